"""Changing what was said: each change is an entry of its own, and changes its target's row."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chat.errors import (
    MessageRemoved,
    NotInCharge,
    NotOwnMessage,
    TooLateToChange,
    UnknownConversation,
    UnknownMessage,
)
from chat.models import Conversation, Message
from chat.services.access import rights_of
from chat.services.appending import (
    Posted,
    locked_conversation,
    next_entry,
    sent_before,
    store,
)
from chat.services.bodies import check_client_id, encoded
from chat.services.rules import Rules
from chat.services.speakers import Speaker, SpeakerKind
from chat.services.words import cleaned
from rtcserver.events import Actor, record

Kind = Message.Kind


@transaction.atomic
def edit(
    *, conversation_id: int, seq: int, speaker: Speaker, body: Any, client_id: str | None = None
) -> Posted:
    """Replace the body of one's own message, for RTC_CHAT_EDIT_SECONDS after it was sent.

    Nothing of the former body is kept. The type stays.

    Args:
        client_id: Makes a retry find the first edit.

    Raises UnknownMessage, NotOwnMessage, MessageRemoved, TooLateToChange, and what refuses a
    message except SlowMode (see `post_many`).
    """
    check_client_id(client_id)
    conversation = locked_conversation(conversation_id)
    if client_id and (before := _sent_before(conversation, speaker, client_id)):
        return before.as_retry(seq)
    now = timezone.now()
    _require_write(conversation, speaker, now)
    target = _own_target(conversation, seq, speaker)
    if target.removed_at is not None:
        raise MessageRemoved("The message was removed.")
    _require_time_left(target, settings.CHAT_EDIT_SECONDS, now)
    encoded(target.type, body)  # before the words: they are looked for in sound bodies alone
    text = encoded(target.type, cleaned(target.type, body, team_id=conversation.team_id))
    mine = _target_and_edits(conversation, seq)
    conversation.messages.filter(pk__in=mine[:1]).update(body=text, edited_at=now)
    conversation.messages.filter(pk__in=mine[1:]).update(body=text)
    return _tell(conversation, target, speaker, Kind.EDITED, now, body=text, client_id=client_id)


@transaction.atomic
def recall(*, conversation_id: int, seq: int, speaker: Speaker) -> Posted:
    """Take back one's own message, for RTC_CHAT_RECALL_SECONDS after it was sent.

    Its body is gone. Recalled twice, the answer is the first recall.

    Raises UnknownMessage, NotOwnMessage, MessageRemoved, TooLateToChange, UnknownConversation,
    ConversationClosed, NotInConversation.
    """
    conversation = locked_conversation(conversation_id)
    rights = rights_of([(conversation, speaker)])
    if refusal := rights.refusal(conversation, speaker):
        raise refusal
    target = _own_target(conversation, seq, speaker)
    if target.removed_at is not None:
        return _removal_of(conversation, target, Kind.RECALLED)
    now = timezone.now()
    _require_time_left(target, settings.CHAT_RECALL_SECONDS, now)
    _empty(conversation, target, speaker, now)
    return _tell(conversation, target, speaker, Kind.RECALLED, now)


@transaction.atomic
def delete(*, conversation_id: int, seq: int, speaker: Speaker, actor: Actor) -> Posted:
    """Remove anybody's message: for the owner of the room or group, a host of the session, an
    API client of the team, and staff. Its body is gone; deleted twice, the answer is the first
    deletion.

    Raises UnknownMessage, UnknownConversation, NotInCharge, MessageRemoved.
    Records `message.deleted`.
    """
    conversation = locked_conversation(conversation_id)
    rights = rights_of([(conversation, speaker)])
    if not rights.may_read(conversation, speaker):
        raise UnknownConversation("There is no such conversation.")
    if not rights.is_in_charge(conversation, speaker):
        raise NotInCharge("Only who is in charge of the conversation may do that.")
    target = _target(conversation, seq)
    if target.removed_at is not None:
        return _removal_of(conversation, target, Kind.DELETED)
    now = timezone.now()
    _empty(conversation, target, speaker, now)
    record(
        "message.deleted",
        team_id=conversation.team_id,
        subject_kind="conversation",
        subject_id=conversation.public_id,
        actor=actor,
        seq=seq,
        sender=target.sender_key,
    )
    return _tell(conversation, target, speaker, Kind.DELETED, now)


def _require_write(conversation: Conversation, speaker: Speaker, now: datetime) -> None:
    pairs = [(conversation, speaker)]
    rights = rights_of(pairs, hold=True)
    rules = Rules(pairs, rights, now)
    refusal = rights.refusal(conversation, speaker) or rules.refusal(
        conversation, speaker, is_change=True
    )
    if refusal:
        raise refusal
    rules.count(conversation, speaker)


def _sent_before(conversation: Conversation, speaker: Speaker, client_id: str) -> Posted | None:
    key = (conversation.pk, speaker.key, client_id)
    return sent_before([key]).get(key)


def _target(conversation: Conversation, seq: int) -> Message:
    target = conversation.messages.said().filter(seq=seq).first()
    if target is None:
        raise UnknownMessage("There is no such message.")
    return target


def _own_target(conversation: Conversation, seq: int, speaker: Speaker) -> Message:
    target = _target(conversation, seq)
    # A guest is known by a name, which somebody else may have tomorrow.
    if target.sender_key != speaker.key or speaker.kind is SpeakerKind.GUEST:
        raise NotOwnMessage("It is not your message.")
    return target


def _require_time_left(target: Message, seconds: int, now: datetime) -> None:
    """0 seconds stand for any time."""
    if seconds and now - target.created_at > timedelta(seconds=seconds):
        raise TooLateToChange("The message is too old for that.")


def _removal_of(conversation: Conversation, target: Message, kind: Message.Kind) -> Posted:
    """The entry that tells of the removal of `target`; raises MessageRemoved if it was another."""
    removals = conversation.messages.filter(kind=kind, target_seq=target.seq)
    found = removals.values_list("seq", "created_at").first()
    if found is None:
        raise MessageRemoved("The message was removed.")
    return Posted(*found, is_new=False)


def _empty(conversation: Conversation, target: Message, speaker: Speaker, now: datetime) -> None:
    """Let nothing of the message be read any more, nor of its edits."""
    rows = conversation.messages.filter(pk__in=_target_and_edits(conversation, target.seq))
    rows.update(body="", removed_at=now, removed_by_key=speaker.key)


def _target_and_edits(conversation: Conversation, seq: int) -> list[int]:
    """Ids of a message and of its edits, held in their order: a removal holds some of them, too."""
    edits = Q(kind=Kind.EDITED, target_seq=seq)
    rows = conversation.messages.select_for_update(no_key=True).filter(Q(seq=seq) | edits)
    return list(rows.order_by("id").values_list("pk", flat=True))


def _tell(
    conversation: Conversation,
    target: Message,
    speaker: Speaker,
    kind: Message.Kind,
    now: datetime,
    *,
    body: str = "",
    client_id: str | None = None,
) -> Posted:
    """Write the entry of a change, and publish it after commit."""
    entry = next_entry(
        conversation,
        speaker,
        kind=kind,
        type=target.type,
        body=body,
        at=now,
        client_id=client_id,
        target_seq=target.seq,
    )
    store({conversation.pk: conversation}, [entry], now)
    return Posted(entry.seq, now)
