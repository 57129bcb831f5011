"""Putting entries into the order of conversations; the caller's transaction holds them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, CharField, DateTimeField, Field, TextField

from chat.entries import NewEntry, entry_of, topic_of
from chat.errors import IdUsed, UnknownConversation
from chat.models import Conversation, Message
from chat.services.speakers import Speaker
from rtcserver.events import publish
from rtcserver.prepared import (
    Among,
    Parameter,
    PreparedRows,
    PreparedWrites,
    Rows,
    Write,
    insert,
)

NAME_LENGTH, PICTURE_LENGTH = 256, 2048  # characters of a sender's name and picture kept

COLUMNS = [field.attname for field in Conversation._meta.concrete_fields]

ClientKey = tuple[int, str, str]  # conversation id, sender key, client message id


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry that has its place; `is_new` is False for a retry of what was stored before.

    `target`: the number of the message that it edits, None for a message.
    """

    seq: int
    created_at: datetime
    is_new: bool = True
    target: int | None = None

    def as_retry(self, target: int | None = None) -> "Posted":
        """What a retry is answered; raises IdUsed if what is sent now has another target."""
        if self.target != target:
            raise IdUsed("The id was given to something else.")
        return self


def locked_conversations(ids: Iterable[int]) -> dict[int, Conversation]:
    """Hold conversations, in the order of their ids, until the transaction ends.

    No joins: a row that was waited for is read anew alone. Messages may refer to the rows
    meanwhile.
    """
    rows = _held(ids=[(pk,) for pk in set(ids)])
    alias = connection.alias
    return {row["id"]: Conversation.from_db(alias, COLUMNS, list(row.values())) for row in rows}


def locked_conversation(conversation_id: int) -> Conversation:
    """Raises UnknownConversation."""
    held = locked_conversations([conversation_id])
    if conversation_id not in held:
        raise UnknownConversation("There is no such conversation.")
    return held[conversation_id]


def sent_before(keys: Collection[ClientKey]) -> dict[ClientKey, Posted]:
    """What was stored under these client message ids: one query."""
    if not keys:
        return {}
    return {
        (row["conversation_id"], row["sender_key"], row["client_message_id"]): Posted(
            row["seq"], row["created_at"], is_new=False, target=row["target_seq"]
        )
        for row in _sent(keys=keys)
    }


def next_entry(
    conversation: Conversation,
    speaker: Speaker,
    *,
    kind: Message.Kind,
    type: str,
    body: str,
    at: datetime,
    client_id: str | None = None,
    target_seq: int | None = None,
) -> NewEntry:
    """The entry that comes next in a held conversation; not stored yet."""
    conversation.last_seq += 1
    conversation.last_at = at
    return NewEntry(
        conversation_id=conversation.pk,
        seq=conversation.last_seq,
        kind=kind.value,
        target_seq=target_seq,
        sender_key=speaker.key,
        sender_id=speaker.user_id,
        sender_name=speaker.name[:NAME_LENGTH],
        sender_picture=speaker.picture[:PICTURE_LENGTH],
        client_message_id=client_id,
        type=type,
        body=body,
        created_at=at,
    )


class SentBefore(Exception):
    """Some of the entries were stored before under the same client message id."""


def store(held: Mapping[int, Conversation], entries: Sequence[NewEntry], at: datetime) -> None:
    """Write new entries and the new ends of their conversations: one statement (SQLite: two).

    Raises SentBefore: roll back, as numbers would be missing.
    Publishes `chat.entries` to the topic of each conversation after commit, with the entries
    complete and in order; losing it loses nothing.
    """
    if not entries:
        return
    by_conversation: dict[int, list[NewEntry]] = {}
    for entry in entries:
        by_conversation.setdefault(entry.conversation_id, []).append(entry)
    ends = [(pk, held[pk].last_seq) for pk in by_conversation]
    if _append(ends=ends, at=at, entries=[_written(entry) for entry in entries]) < len(entries):
        raise SentBefore
    for pk, fresh in by_conversation.items():
        complete = [entry_of(entry) for entry in fresh]
        publish(topic_of(held[pk]), "chat.entries", entries=complete)


_KEPT: dict[str, "Field[Any, Any]"] = {
    "conversation_id": BigIntegerField(),
    "seq": BigIntegerField(),
    "kind": CharField(),
    "target_seq": BigIntegerField(),
    "sender_key": CharField(),
    "sender_id": BigIntegerField(),
    "sender_name": CharField(),
    "sender_picture": CharField(),
    "client_message_id": CharField(),
    "type": CharField(),
    "body": TextField(),
    "created_at": DateTimeField(),
    "removed_by_key": CharField(),
}
_written = attrgetter(*_KEPT)
_append = PreparedWrites(
    Write(
        "UPDATE chat_conversation SET last_seq = ends.seq, last_at = %s"
        " FROM {rows} WHERE chat_conversation.id = ends.id",
        Rows("ends", id=BigIntegerField(), seq=BigIntegerField()),
        [Parameter("at", DateTimeField())],
    ),
    insert(
        Message,
        Rows("entries", **_KEPT),
        unless="(conversation_id, sender_key, client_message_id)"
        " WHERE client_message_id IS NOT NULL",
    ),
)
_held = PreparedRows(
    lambda: (
        Conversation.across_teams.filter(Among("id", rows=Rows("ids", id=BigIntegerField())))
        .order_by("id")
        .values(*COLUMNS)
    ),
    on_server=True,
    hold=True,
)
_keys = Rows("keys", conversation=BigIntegerField(), sender=CharField(), client_id=CharField())
_sent = PreparedRows(
    lambda: (
        Message.objects.order_by()
        .filter(
            Among("conversation_id", "sender_key", "client_message_id", rows=_keys),
            client_message_id__isnull=False,  # as the index says
        )
        .values(
            "conversation_id", "sender_key", "client_message_id", "seq", "created_at", "target_seq"
        )
    ),
    on_server=True,
)
