"""Storing messages: the one way in for every dialect and socket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from chat.entries import NewEntry
from chat.errors import UnknownConversation
from chat.models import Conversation, Message
from chat.services.access import Rights, rights_of
from chat.services.appending import (
    ClientKey,
    Posted,
    SentBefore,
    locked_conversations,
    next_entry,
    sent_before,
    store,
)
from chat.services.bodies import TEXT, check_client_id, encoded
from chat.services.rules import Rules
from chat.services.speakers import Speaker
from chat.services.words import cleaned
from rtcserver.errors import DomainError


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be stored. `client_id` makes a retry find the first one."""

    conversation_id: int
    speaker: Speaker
    body: Any  # JSON value
    type: str = TEXT
    client_id: str | None = None

    @property
    def client_key(self) -> ClientKey | None:
        if self.client_id is None:
            return None
        return self.conversation_id, self.speaker.key, self.client_id


def post(
    *,
    conversation_id: int,
    speaker: Speaker,
    body: Any,
    type: str = TEXT,
    client_id: str | None = None,
) -> Posted:
    """Store one message; see `post_many`. Raises what refuses it."""
    [result] = post_many([Draft(conversation_id, speaker, body, type, client_id)])
    if isinstance(result, DomainError):
        raise result
    return result


def post_many(
    drafts: Sequence[Draft], *, patience: float | None = None
) -> list[Posted | DomainError]:
    """Store messages of any senders in any conversations, in the order given.

    A draft that is refused has its DomainError as its result and keeps no other from being
    stored; one that was stored before has its first result. The number of statements does not
    depend on the number of drafts.

    Refusals: BadMessage, MessageTooLong, IdUsed, WordRefused, UnknownConversation,
    ConversationClosed, NotInConversation, SenderBlocked, SenderMuted, HostsOnly, SlowMode,
    TooManyMessages.

    Publishes `chat.entries` for each conversation after commit.

    Args:
        patience: Seconds to wait for each row that somebody else holds (PostgreSQL); then
            OperationalError. None: as long as it takes.
    """
    try:
        return _stored(drafts, patience)
    except SentBefore:
        return _stored(drafts, patience, look_first=True)


@transaction.atomic
def _stored(
    drafts: Sequence[Draft], patience: float | None, *, look_first: bool = False
) -> list[Posted | DomainError]:
    """Args:
    look_first: Whether to look for retries before writing; else the database finds them.
    """
    if patience is not None and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
    batch = _Batch(drafts)
    batch.check_forms()
    batch.hold()
    if look_first:
        batch.answer_retries(batch.open)
    batch.write()
    batch.answer_retries(batch.refused)
    return batch.results


class _Batch:
    """The steps of `post_many`; `open` are the places of drafts that have no result yet."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = drafts
        self.refused: list[int] = []  # but may have been stored before
        self._results: list[Posted | DomainError | None] = [None] * len(drafts)
        self._bodies: list[str] = [""] * len(drafts)
        self._held: dict[int, Conversation] = {}
        self._written: dict[ClientKey, Posted] = {}

    @property
    def results(self) -> list[Posted | DomainError]:
        return [result for result in self._results if result is not None]

    @property
    def open(self) -> list[int]:
        return [at for at, result in enumerate(self._results) if result is None]

    def check_forms(self) -> None:
        for at, draft in enumerate(self.drafts):
            try:
                check_client_id(draft.client_id)
            except DomainError as refusal:
                self._results[at] = refusal
                continue
            try:
                self._bodies[at] = encoded(draft.type, draft.body)
            except DomainError as refusal:
                self._results[at] = refusal
                self.refused.append(at)

    def hold(self) -> None:
        self._held = locked_conversations(self.drafts[at].conversation_id for at in self.open)
        for at in self.open:
            if self.drafts[at].conversation_id not in self._held:
                self._results[at] = UnknownConversation("There is no such conversation.")

    def answer_retries(self, places: Sequence[int]) -> None:
        """Give those that were stored before their first result, or IdUsed."""
        keys = {at: key for at in places if (key := self.drafts[at].client_key)}
        known = sent_before(set(keys.values()))
        for at, key in keys.items():
            if before := known.get(key):
                self._results[at] = _answer(before)

    def write(self) -> None:
        drafts = [self.drafts[at] for at in self.open]
        pairs = [(self._held[draft.conversation_id], draft.speaker) for draft in drafts]
        if not pairs:
            return
        now = timezone.now()  # after the wait for the locks, so times follow the order
        rights = rights_of(pairs, hold=True)
        rules = Rules(pairs, rights, now)
        entries = []
        for at in self.open:
            try:
                if entry := self._entry(at, rights, rules, now):
                    entries.append(entry)
            except DomainError as refusal:
                self._results[at] = refusal
                self.refused.append(at)
        store(self._held, entries, now)

    def _entry(self, at: int, rights: Rights, rules: Rules, now: datetime) -> NewEntry | None:
        """The entry of a draft; none if the batch has it already. Raises what refuses it."""
        draft = self.drafts[at]
        key = draft.client_key
        if key in self._written:
            self._results[at] = self._written[key]
            return None
        conversation = self._held[draft.conversation_id]
        entry = next_entry(
            conversation,
            draft.speaker,
            kind=Message.Kind.SYSTEM if draft.speaker.is_overseer else Message.Kind.MESSAGE,
            type=draft.type,
            body=self._allowed(at, conversation, rights, rules),
            at=now,
            client_id=draft.client_id,
        )
        rules.count(conversation, draft.speaker)
        self._results[at] = Posted(entry.seq, now)
        if key:
            self._written[key] = Posted(entry.seq, now, is_new=False)
        return entry

    def _allowed(self, at: int, conversation: Conversation, rights: Rights, rules: Rules) -> str:
        """The encoded body as it may be stored; raises what refuses the draft."""
        draft = self.drafts[at]
        speaker = draft.speaker
        refusal = rights.refusal(conversation, speaker) or rules.refusal(conversation, speaker)
        if refusal:
            raise refusal
        allowed = cleaned(draft.type, draft.body, team_id=conversation.team_id)
        return self._bodies[at] if allowed is draft.body else encoded(draft.type, allowed)


def _answer(before: Posted) -> Posted | DomainError:
    """What a draft is answered whose id was given before."""
    try:
        return before.as_retry()
    except DomainError as refusal:
        return refusal
