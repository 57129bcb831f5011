"""What is shown of conversations. Rights are asked before, in chat/services/access.py."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from chat.entries import entry_of, topic_of
from chat.models import Conversation, Message, ReadPosition
from chat.models.conversations import ConversationQuerySet
from rooms.models import Membership, Room
from rooms.states import host_heard_since, in_room_at, over_before
from rtcserver.dates import iso_date
from social.models import Friendship

__all__ = [
    "Listed",
    "Page",
    "conversations_of",
    "entries_after",
    "entries_before",
    "entry_of",
    "last_numbers",
    "messages_of",
    "topic_of",
    "unread_counts",
]

MOST_UNREAD = 100  # more are not counted
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in ascending order. `missed`: older ones were asked for than are kept."""

    entries: list[dict[str, Any]]
    more: bool
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of conversations, JSON-ready; `cursor` continues behind it, None at the end."""

    conversations: list[dict[str, Any]]
    cursor: str | None


def messages_of(
    conversation: Conversation, *, before: int | None = None, after: int | None = None, limit: int
) -> tuple[list[Message], bool]:
    """Entries after a number, or the last ones (before a number), ascending: one query.

    Returns:
        The rows, and whether there are more in that direction.
    """
    if after is not None:
        rows = list(conversation.messages.after(after)[: limit + 1])
        return rows[:limit], len(rows) > limit
    found = conversation.messages.order_by("-seq")
    rows = list((found if before is None else found.filter(seq__lt=before))[: limit + 1])
    return rows[:limit][::-1], len(rows) > limit


def entries_after(conversation: Conversation, since: int, limit: int) -> Page:
    """The entries that follow `since`, oldest first. One query; two if there are none."""
    rows, more = messages_of(conversation, after=since, limit=limit)
    if rows:
        missed = rows[0].seq > since + 1  # numbers have no gaps
    else:
        ends = Conversation.across_teams.filter(pk=conversation.pk)
        missed = (ends.values_list("last_seq", flat=True).first() or 0) > since
    return Page([entry_of(row) for row in rows], more, missed)


def last_numbers(conversation_ids: Collection[int]) -> dict[int, int]:
    """Where conversations stand, by their ids: one query."""
    rows = Conversation.across_teams.filter(pk__in=conversation_ids).order_by()
    return dict(rows.values_list("pk", "last_seq"))


def entries_before(conversation: Conversation, before: int | None, limit: int) -> Page:
    """The latest entries below `before` (None: of all), in ascending order. One query."""
    rows, more = messages_of(conversation, before=before, limit=limit)
    return Page([entry_of(row) for row in rows], more)


def conversations_of(user: User, *, cursor: str | None = None, limit: int = 50) -> Listed:
    """Rooms the person is in, groups and friends, the last active first: four queries.

    Each is `{id, kind (live | chat | group | friend), subject {id, key, name, picture}, lastSeq,
    firstSeq, time, slowModeSeconds, onlyHostsWrite, last (entry or null), unread, read}`.
    Those that nobody has needed yet are missing: `services.open_conversations` creates them.

    Raises ValueError: `cursor` was never handed out.
    """
    rows = _mine(user).with_subjects().order_by("-last_at", "-id")
    if cursor is not None:
        at, row_id = _position(cursor)
        rows = rows.filter(Q(last_at__lt=at) | Q(last_at=at, pk__lt=row_id))
    found = list(rows[: limit + 1])
    page = found[:limit]
    ids = [row.pk for row in page]
    key = f"person:{user.public_id}"
    unread, last = unread_counts(key, ids), _last_entries(ids)
    positions = ReadPosition.objects.filter(reader_key=key, conversation__in=ids)
    read = dict(positions.order_by().values_list("conversation", "seq"))
    shown = [
        _described(row, user)
        | {
            "last": last.get(row.pk),
            "unread": unread.get(row.pk, 0),
            "read": read.get(row.pk, 0),
        }
        for row in page
    ]
    return Listed(shown, _cursor_of(page[-1]) if len(found) > limit else None)


def unread_counts(reader_key: str, conversation_ids: Collection[int]) -> dict[int, int]:
    """How many messages of others are behind the read position, at most 100: one query."""
    ids = list(conversation_ids)
    if not ids:
        return {}
    messages, positions = Message._meta.db_table, ReadPosition._meta.db_table
    conversations, places = Conversation._meta.db_table, ",".join(["%s"] * len(ids))
    sql = f"""
        SELECT c.id, (
            SELECT count(*) FROM (
                SELECT 1 FROM {messages} m
                WHERE m.conversation_id = c.id AND m.seq > COALESCE(
                    (SELECT r.seq FROM {positions} r
                     WHERE r.reader_key = %s AND r.conversation_id = c.id), 0)
                AND m.kind IN ('message', 'system') AND m.removed_at IS NULL
                AND m.sender_key <> %s
                ORDER BY m.seq  -- by index, whatever the planner thinks of how many there are
                LIMIT %s
            ) unread)
        FROM {conversations} c WHERE c.id IN ({places})
    """  # noqa: S608 (names of our own tables)
    with connection.cursor() as cursor:
        cursor.execute(sql, [reader_key, reader_key, MOST_UNREAD, *ids])
        return dict(cursor.fetchall())


def _mine(user: User) -> ConversationQuerySet:
    now = timezone.now()
    is_live = Q(room__kind=Room.Kind.LIVE)
    inside = Membership.objects.filter(user=user).filter(
        (is_live & in_room_at(now)) | (~is_live & Q(left_at=None))
    )
    lasting = ~Q(kind=Room.Kind.LIVE) | host_heard_since(over_before(now))
    rooms = Room.across_teams.open().filter(lasting, pk__in=inside.values("room"))
    friends = Friendship.objects.agreed().filter(user=user).values("friend")
    # One index for each way to have a conversation: with OR all conversations would be read.
    every = Conversation.across_teams.order_by().values("pk")
    of_pairs = (
        every.filter(first=user, second__in=friends),
        every.filter(second=user, first__in=friends),
    )
    mine = every.filter(room__in=rooms.order_by().values("pk")).union(*of_pairs)
    return Conversation.across_teams.filter(pk__in=mine)


def _last_entries(ids: Collection[int]) -> dict[int, dict[str, Any]]:
    latest = Message.objects.filter(conversation__in=ids, seq=F("conversation__last_seq"))
    return {row.conversation_id: entry_of(row) for row in latest.order_by()}


def _described(row: Conversation, user: User) -> dict[str, Any]:
    return {
        "id": row.public_id,
        **_subject(row, user),
        "lastSeq": row.last_seq,
        "firstSeq": row.first_seq,
        "time": iso_date(row.last_at),
        "slowModeSeconds": row.slow_mode_seconds,
        "onlyHostsWrite": row.only_hosts_write,
    }


def _subject(row: Conversation, user: User) -> dict[str, Any]:
    if row.room:
        room = row.room
        subject = {"id": room.public_id, "key": room.key, "name": str(room)}
        return {"kind": room.kind, "subject": subject | {"picture": room.picture}}
    friend: Any = row.second if row.first_id == user.pk else row.first
    subject = {"id": friend.public_id, "key": None, "name": friend.name}
    return {"kind": "friend", "subject": subject | {"picture": friend.portrait_url}}


def _cursor_of(row: Conversation) -> str:
    return f"{(row.last_at - _EPOCH) // _MICROSECOND}-{row.pk}"


def _position(cursor: str) -> tuple[datetime, int]:
    at, _separator, row_id = cursor.partition("-")
    if not (at.isdecimal() and row_id.isdecimal() and len(at) < 18 and len(row_id) < 19):
        raise ValueError("not a cursor")
    return _EPOCH + int(at) * _MICROSECOND, int(row_id)
