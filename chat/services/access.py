"""Who may read and write where: decided here alone, for any number of speakers at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.errors import (
    ConversationClosed,
    NotInCharge,
    NotInConversation,
    SenderBlocked,
    UnknownConversation,
)
from chat.models import Conversation
from chat.services.seats import seated
from chat.services.speakers import Speaker, SpeakerKind
from rooms.models import Membership, Room
from rooms.states import host_heard_since, in_room_at, over_before
from rtcserver.errors import DomainError
from sessions_api.models import Participant, Session, admitted
from sessions_api.states import State, in_state
from social.models import Block, Friendship

Pair = tuple[Conversation, Speaker]


@dataclass(slots=True)
class Rights:
    """What these speakers may do in these conversations: read by `rights_of`, asked in memory.

    Keyed by conversation id and speaker key, where not by the rows' own ids.
    """

    open_rooms: dict[int, tuple[str, int | None]] = field(default_factory=dict)  # kind, owner
    open_sessions: set[int] = field(default_factory=set)
    inside: set[tuple[int, str]] = field(default_factory=set)
    session_hosts: set[tuple[int, str]] = field(default_factory=set)
    blocked: set[tuple[int, str]] = field(default_factory=set)

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
        place = (conversation.pk, speaker.key)
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
    reading = _Reading(set(pairs), hold, timezone.now())
    reading.rooms()
    reading.sessions()
    reading.friends()
    return reading.rights


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


class _Reading:
    """The queries behind `rights_of`, each made only if somebody needs it."""

    def __init__(self, pairs: Collection[Pair], hold: bool, now: datetime) -> None:
        self.pairs, self.hold, self.now = pairs, hold, now
        self.rights = Rights()

    def rooms(self) -> None:
        wanted = [pair for pair in self.pairs if pair[0].room_id]
        self._members([pair for pair in wanted if is_person(pair[1])])
        missing = {c.room_id for c, _s in wanted if c.room_id} - set(self.rights.open_rooms)
        if missing:
            self._open_rooms(missing)
        self._seats([pair for pair in wanted if self._kind(pair) == Room.Kind.CHAT])

    def _kind(self, pair: Pair) -> str | None:
        return self.rights.open_rooms.get(pair[0].room_id or 0, (None, None))[0]

    def _members(self, pairs: list[Pair]) -> None:
        """Who is in live rooms and groups, and with them what these rooms are."""
        if not pairs:
            return
        is_live = Q(room__kind=Room.Kind.LIVE)
        lasting = host_heard_since(over_before(self.now), "room__")
        there = (is_live & in_room_at(self.now) & lasting) | Q(
            room__kind=Room.Kind.GROUP, left_at=None
        )
        present = Membership.objects.filter(
            _places(pairs),
            there,
            room__closed_at=None,
            user__is_active=True,
        )
        shown = present.select_related("room").only("user", "room__kind", "room__owner")
        found = {(row.room_id, row.user_id): row.room for row in self._held(shown)}
        for conversation, speaker in pairs:
            if room := found.get((conversation.room_id or 0, speaker.user_id or 0)):
                self.rights.inside.add((conversation.pk, speaker.key))
                self.rights.open_rooms[room.pk] = room.kind, room.owner_id

    def _open_rooms(self, ids: set[int]) -> None:
        """Those in which nobody of the batch is a member."""
        lasting = ~Q(kind=Room.Kind.LIVE) | host_heard_since(over_before(self.now))
        rooms = Room.across_teams.open().filter(lasting, pk__in=ids).order_by()
        for pk, kind, owner_id in rooms.values_list("pk", "kind", "owner_id"):
            self.rights.open_rooms[pk] = kind, owner_id

    def _seats(self, pairs: list[Pair]) -> None:
        if not pairs:
            return
        found = seated({c.room_id for c, _s in pairs if c.room_id}, {s for _c, s in pairs})
        self.rights.inside |= {(c.pk, s.key) for c, s in pairs if (c.room_id, s.key) in found}

    def sessions(self) -> None:
        wanted = [pair for pair in self.pairs if pair[0].session_id]
        if not wanted:
            return
        going_on = in_state(State.SCHEDULED, self.now) | in_state(State.STARTED, self.now)
        sessions = Session.across_teams.filter(going_on, pk__in={c.session_id for c, _s in wanted})
        self.rights.open_sessions = {row.pk for row in self._held(sessions.only("pk"))}
        peers = {peer_id(s): s for _c, s in wanted if s.kind is SpeakerKind.PARTICIPANT}
        if not peers:
            return
        invited = admitted(Participant.across_teams.not_canceled()).filter(
            session__in=self.rights.open_sessions, peer_id__in=peers
        )
        found = {
            (row.session_id, peers[row.peer_id].key): row.role
            for row in self._held(invited.only("session", "peer_id", "role"))
        }
        for conversation, speaker in wanted:
            role = found.get((conversation.session_id or 0, speaker.key))
            if role is not None:
                self.rights.inside.add((conversation.pk, speaker.key))
            if role == Participant.Role.HOST:
                self.rights.session_hosts.add((conversation.pk, speaker.key))

    def friends(self) -> None:
        wanted = {
            (c.pk, s.key): (s.user_id, friend_of(c, s))
            for c, s in self.pairs
            if c.first_id and is_person(s) and s.user_id in (c.first_id, c.second_id)
        }
        if not wanted:
            return
        people = {user_id for user_id, _friend in wanted.values()}
        friends = {friend for _user_id, friend in wanted.values()}
        agreed = Friendship.objects.agreed().filter(
            user__in=people, friend__in=friends, user__is_active=True
        )
        found = {(row.user_id, row.friend_id) for row in self._held(agreed.only("user", "friend"))}
        refused = Block.objects.active().filter(user__in=friends, blocked__in=people)
        blocks = set(refused.order_by().values_list("blocked", "user"))
        self.rights.inside |= {place for place, pair in wanted.items() if pair in found}
        self.rights.blocked |= {place for place, pair in wanted.items() if pair in blocks}

    def _held(self, rows: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
        if not self.hold:
            return rows.order_by()
        return rows.select_for_update(of=("self",), no_key=True).order_by("id")


def _places(pairs: list[Pair]) -> Q:
    """Exactly these people in these rooms: all people in all rooms would be many times as many."""
    people: dict[int | None, set[int | None]] = {}
    for conversation, speaker in pairs:
        people.setdefault(conversation.room_id, set()).add(speaker.user_id)
    places = Q()
    for room_id, user_ids in people.items():
        places |= Q(room=room_id, user__in=user_ids)
    return places


def is_person(speaker: Speaker) -> bool:
    return speaker.kind is SpeakerKind.PERSON


def peer_id(speaker: Speaker) -> UUID:
    return UUID(speaker.key.partition(":")[2])


def friend_of(conversation: Conversation, speaker: Speaker) -> int | None:
    """The other one of a pair."""
    if conversation.first_id == speaker.user_id:
        return conversation.second_id
    return conversation.first_id
