"""Putting entries into the order of conversations; the caller's transaction holds them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, CharField, ExpressionWrapper, F

from chat.entries import entry_of, topic_of
from chat.errors import UnknownConversation
from chat.models import Conversation, Message
from chat.services.speakers import Speaker
from rtcserver.events import publish
from rtcserver.prepared import PreparedLists

NAME_LENGTH, PICTURE_LENGTH = 256, 2048  # characters of a sender's name and picture kept

COLUMNS = [field.attname for field in Conversation._meta.concrete_fields]

ClientKey = tuple[int, str, str]  # conversation id, sender key, client message id


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry that has its place; `is_new` is False for a retry of what was stored before."""

    seq: int
    created_at: datetime
    is_new: bool = True


def locked_conversations(ids: Iterable[int]) -> dict[int, Conversation]:
    """Hold conversations, in the order of their ids, until the transaction ends.

    No joins: a row that was waited for is read anew alone. Messages may refer to the rows
    meanwhile.
    """
    rows = _held({"ids": set(ids)})
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
    lists: dict[str, set[Any]] = {
        "conversations": {pk for pk, _sender, _id in keys},
        "senders": {sender for _pk, sender, _id in keys},
        "client_ids": {id_ for _pk, _sender, id_ in keys},
    }
    return {
        (row["conversation_id"], row["sender_key"], row["client_message_id"]): Posted(
            row["seq"], row["created_at"], is_new=False
        )
        for row in _sent(lists)
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
) -> Message:
    """The entry that comes next in a held conversation; not stored yet."""
    conversation.last_seq += 1
    conversation.last_at = at
    return Message(
        conversation=conversation,
        seq=conversation.last_seq,
        kind=kind,
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


def store(held: Mapping[int, Conversation], entries: Sequence[Message], at: datetime) -> None:
    """Write new entries and the new ends of their conversations: two statements.

    Publishes `chat.entries` to the topic of each conversation after commit, with the entries
    complete and in order; losing it loses nothing.
    """
    if not entries:
        return
    by_conversation: dict[int, list[Message]] = {}
    for entry in entries:
        by_conversation.setdefault(entry.conversation_id, []).append(entry)
    _move_ends([held[pk] for pk in by_conversation], at)
    Message.objects.bulk_create(entries)
    for pk, fresh in by_conversation.items():
        complete = [entry_of(entry) for entry in fresh]
        publish(topic_of(held[pk]), "chat.entries", entries=complete)


def _move_ends(conversations: Sequence[Conversation], at: datetime) -> None:
    """Django's bulk_update would take longer to write than the database to run."""
    rows = ",".join(["(%s,%s)"] * len(conversations))
    table = Conversation._meta.db_table
    numbers = [value for row in conversations for value in (row.pk, row.last_seq)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET last_seq = ends.column2, last_at = %s"  # noqa: S608
            f" FROM (VALUES {rows}) AS ends WHERE {table}.id = ends.column1",
            [connection.ops.adapt_datetimefield_value(at), *numbers],
        )


_held = PreparedLists(
    lambda ids: (
        Conversation.across_teams.select_for_update(no_key=True)
        .filter(pk__in=ids)
        .order_by("id")
        .values(*COLUMNS)
    ),
    ids=BigIntegerField(),
)
_sent = PreparedLists(
    lambda conversations, senders, client_ids: (
        Message.objects.order_by()
        .alias(place=ExpressionWrapper(F("conversation_id"), BigIntegerField()))  # as a number
        .filter(
            place__in=conversations,
            sender_key__in=senders,
            client_message_id__in=client_ids,
        )
        .values("conversation_id", "sender_key", "client_message_id", "seq", "created_at")
    ),
    conversations=BigIntegerField(),
    senders=CharField(),
    client_ids=CharField(),
)
