"""Who is in a conversation, and who of them is there now."""

from collections.abc import Collection
from typing import Any

from django.utils import timezone

from accounts.models import User
from chat.models import Conversation, ReadPosition
from chat.services import Speaker
from chat.services.chatrooms import speaker_in_room
from rooms.models import Membership, Presence, Room, Seat
from rooms.states import in_room_at
from sessions_api.models import Participant

MOST = 200  # members of one page

Member = dict[str, Any]


def members_of(conversation: Conversation, *, after: int = 0, limit: int = MOST) -> dict[str, Any]:
    """A page of members, in the order they came.

    Returns `{"members": [{key, name, picture, role, online, read}], "next": number or null}`;
    `online` is null where nobody knows, `read` is how far they have read. Three queries.
    """
    page = _page(conversation, after, limit)
    keys = [member["key"] for member in page["members"]]
    positions = ReadPosition.objects.filter(conversation=conversation, reader_key__in=keys)
    read = dict(positions.order_by().values_list("reader_key", "seq"))
    for member in page["members"]:
        member["read"] = read.get(member["key"], 0)
    return page


def _page(conversation: Conversation, after: int, limit: int) -> dict[str, Any]:
    if conversation.session_id:
        return _participants(conversation, after, limit)
    if conversation.room_id:
        return _room_members(conversation, after, limit)
    pair = {conversation.first_id, conversation.second_id}
    people = list(User.objects.filter(pk__in=pair).order_by("pk"))
    online = online_of([person.pk for person in people])
    return {"members": [_member(p, "", p.pk in online) for p in people], "next": None}


def online_of(user_ids: Collection[int]) -> set[int]:
    """Which of these people were heard of lately: one query."""
    seen = Presence.objects.online().filter(user__in=user_ids)
    return set(seen.order_by().values_list("user", flat=True))


def _room_members(conversation: Conversation, after: int, limit: int) -> dict[str, Any]:
    if conversation.room is not None and conversation.room.kind == Room.Kind.CHAT:
        return _seats(conversation, after, limit)
    rows = Membership.objects.filter(room=conversation.room_id, pk__gt=after)
    is_live = conversation.room is not None and conversation.room.kind == Room.Kind.LIVE
    rows = rows.filter(in_room_at(timezone.now())) if is_live else rows.present()
    found = list(rows.select_related("user").order_by("pk")[: limit + 1])
    page = found[:limit]
    online = online_of([row.user_id for row in page])
    members = [_member(row.user, row.role, row.user_id in online) for row in page]
    return {"members": members, "next": page[-1].pk if len(found) > limit else None}


def _seats(conversation: Conversation, after: int, limit: int) -> dict[str, Any]:
    """Who sits in a chat room; those without a socket are on their way in."""
    now = timezone.now()
    rows = Seat.objects.seated(now).filter(room=conversation.room_id, pk__gt=after)
    found = list(rows.select_related("user").order_by("pk")[: limit + 1])
    page = found[:limit]
    members = [
        _shown(speaker_in_room(seat.name, seat.picture, seat.user), "", seat.is_connected(now))
        for seat in page
    ]
    return {"members": members, "next": page[-1].pk if len(found) > limit else None}


def _participants(conversation: Conversation, after: int, limit: int) -> dict[str, Any]:
    rows = Participant.across_teams.not_canceled().filter(
        session=conversation.session_id, pk__gt=after
    )
    found = list(rows.order_by("pk")[: limit + 1])
    page = found[:limit]
    members = []
    for row in page:
        speaker = Speaker.participant(row)
        members.append(_shown(speaker, row.role, None))
    return {"members": members, "next": page[-1].pk if len(found) > limit else None}


def _member(user: User, role: str, online: bool) -> Member:
    return _shown(Speaker.person(user), role, online)


def _shown(speaker: Speaker, role: str, online: bool | None) -> Member:
    return {
        "key": speaker.key,
        "name": speaker.name,
        "picture": speaker.picture,
        "role": role,
        "online": online,
    }
