"""Who may read and write where: decided here alone, for any number of speakers at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from chat.errors import (
    ConversationClosed,
    NotInCharge,
    NotInConversation,
    SenderBlocked,
    UnknownConversation,
)
from chat.models import Conversation
from chat.services import standing
from chat.services.speakers import Speaker, SpeakerKind
from chat.services.standing import Moment
from rooms.models import Room
from rtcserver.errors import DomainError
from sessions_api.models import Participant

Pair = tuple[Conversation, Speaker]
Place = tuple[int, str]  # conversation id, speaker key


@dataclass(slots=True)
class Rights:
    """What these speakers may do in these conversations: read by `rights_of`, asked in memory.

    Keyed by conversation id and speaker key, where not by the rows' own ids.
    """

    open_rooms: dict[int, tuple[str, int | None]] = field(default_factory=dict)  # kind, owner
    open_sessions: set[int] = field(default_factory=set)
    inside: set[Place] = field(default_factory=set)
    session_hosts: set[Place] = field(default_factory=set)
    blocked: set[Place] = field(default_factory=set)

    def is_open(self, conversation: Conversation) -> bool:
        if conversation.room_id:
            return conversation.room_id in self.open_rooms
        if conversation.session_id:
            return conversation.session_id in self.open_sessions
        return True

    def may_read(self, conversation: Conversation, speaker: Speaker) -> bool:
        """Overseers read what is over, too; others read while they are in it."""
        if speaker.is_overseer:
            return oversees(conversation, speaker)
        return (conversation.pk, speaker.key) in self.inside and self.is_open(conversation)

    def is_in_charge(self, conversation: Conversation, speaker: Speaker) -> bool:
        """An overseer, the owner of the room or group, or a host of the session."""
        if speaker.is_overseer:
            return oversees(conversation, speaker)
        place: Place = (conversation.pk, speaker.key)
        if place not in self.inside or not self.is_open(conversation):
            return False
        if conversation.room_id:
            owner_id = self.open_rooms[conversation.room_id][1]
            return owner_id is not None and owner_id == speaker.user_id
        return place in self.session_hosts

    def refusal(self, conversation: Conversation, speaker: Speaker) -> DomainError | None:
        """Why the speaker may not write there; None if they may."""
        if speaker.is_overseer and not oversees(conversation, speaker):
            return UnknownConversation("There is no such conversation.")
        if not self.is_open(conversation):
            return ConversationClosed("The conversation is closed.")
        if speaker.is_overseer:
            return None
        if (conversation.pk, speaker.key) not in self.inside:
            return NotInConversation("You are not in this conversation.")
        if (conversation.pk, speaker.key) in self.blocked:
            return SenderBlocked("The receiver does not take messages from you.")
        return None


def rights_of(pairs: Iterable[Pair], *, hold: bool = False) -> Rights:
    """Read the rights of every (conversation, speaker): a constant number of queries.

    Args:
        hold: Keep what gives the right to write (membership, invitation, friendship) as it is
            until the transaction ends; the caller holds the conversations.
    """
    rights, at = Rights(), Moment(timezone.now(), hold)
    unique = {
        (conversation.pk, speaker.key): (conversation, speaker) for conversation, speaker in pairs
    }
    of_rooms = [pair for pair in unique.values() if pair[0].room_id]
    of_sessions = [pair for pair in unique.values() if pair[0].session_id]
    of_friends = [pair for pair in unique.values() if pair[0].first_id]
    if of_rooms:
        _read_rooms(rights, of_rooms, at)
    if of_sessions:
        _read_sessions(rights, of_sessions, at)
    if of_friends:
        _read_friends(rights, of_friends, at)
    return rights


def may_read(*, conversation: Conversation, speaker: Speaker) -> bool:
    return rights_of([(conversation, speaker)]).may_read(conversation, speaker)


def require_reader(*, conversation: Conversation, speaker: Speaker) -> None:
    """Raises UnknownConversation."""
    if not may_read(conversation=conversation, speaker=speaker):
        raise UnknownConversation("There is no such conversation.")


def require_writer(*, conversation: Conversation, speaker: Speaker) -> None:
    """Raises what `Rights.refusal` says."""
    rights = rights_of([(conversation, speaker)])
    if refusal := rights.refusal(conversation, speaker):
        raise refusal


def require_charge(*, conversation: Conversation, speaker: Speaker) -> None:
    """Raises NotInCharge; UnknownConversation, if they may not even read."""
    rights = rights_of([(conversation, speaker)])
    if not rights.may_read(conversation, speaker):
        raise UnknownConversation("There is no such conversation.")
    if not rights.is_in_charge(conversation, speaker):
        raise NotInCharge("Only who is in charge of the conversation may do that.")


def oversees(conversation: Conversation, speaker: Speaker) -> bool:
    return speaker.team_ids is None or conversation.team_id in speaker.team_ids


def _read_rooms(rights: Rights, pairs: list[Pair], at: Moment) -> None:
    people = [(c.room_id or 0, s.user_id or 0) for c, s in pairs if is_person(s)]
    found: set[tuple[int, object]] = set()
    for row in standing.members(people, at):
        found.add((row["room_id"], row["user_id"]))
        rights.open_rooms[row["room_id"]] = row["room__kind"], row["room__owner_id"]
    missing = {c.room_id for c, _s in pairs if c.room_id} - rights.open_rooms.keys()
    for row in standing.open_rooms(missing, at):  # in which nobody of these is a member
        rights.open_rooms[row["id"]] = row["kind"], row["owner_id"]
    chat_rooms = {pk for pk, (kind, _owner) in rights.open_rooms.items() if kind == Room.Kind.CHAT}
    seats = [(c.room_id, s) for c, s in pairs if c.room_id in chat_rooms]
    sitting = [(room_id, s.user_id) for room_id, s in seats if is_person(s)]
    guests = [(room_id, s.name) for room_id, s in seats if s.kind is SpeakerKind.GUEST]
    found |= {(row["room_id"], row["user_id"]) for row in standing.seats_of_people(sitting, at)}
    found |= {(row["room_id"], row["name"]) for row in standing.seats_of_guests(guests, at)}
    for conversation, speaker in pairs:
        known_by = speaker.name if speaker.kind is SpeakerKind.GUEST else speaker.user_id
        if (conversation.room_id, known_by) in found:
            rights.inside.add((conversation.pk, speaker.key))


def _read_sessions(rights: Rights, pairs: list[Pair], at: Moment) -> None:
    asked = {c.session_id for c, _s in pairs if c.session_id}
    rights.open_sessions = {row["id"] for row in standing.open_sessions(asked, at)}
    invited = {
        (conversation.session_id, peer_id(speaker)): (conversation.pk, speaker.key)
        for conversation, speaker in pairs
        if speaker.kind is SpeakerKind.PARTICIPANT
        and conversation.session_id in rights.open_sessions
    }
    for row in standing.invited(invited, at):
        place = invited[row["session_id"], row["peer_id"]]
        rights.inside.add(place)
        if row["role"] == Participant.Role.HOST:
            rights.session_hosts.add(place)


def _read_friends(rights: Rights, pairs: list[Pair], at: Moment) -> None:
    wanted = {
        (speaker.user_id, friend_of(conversation, speaker)): (conversation.pk, speaker.key)
        for conversation, speaker in pairs
        if is_person(speaker) and speaker.user_id in (conversation.first_id, conversation.second_id)
    }
    for row in standing.friendships(wanted, at):
        rights.inside.add(wanted[row["user_id"], row["friend_id"]])
    others = [(friend, user_id) for user_id, friend in wanted]
    for row in standing.blocks(others, at):
        rights.blocked.add(wanted[row["blocked_id"], row["user_id"]])


def is_person(speaker: Speaker) -> bool:
    return speaker.kind is SpeakerKind.PERSON


def peer_id(speaker: Speaker) -> UUID:
    return UUID(speaker.key.partition(":")[2])


def friend_of(conversation: Conversation, speaker: Speaker) -> int | None:
    """The other one of a pair."""
    if conversation.first_id == speaker.user_id:
        return conversation.second_id
    return conversation.first_id
