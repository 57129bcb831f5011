"""Storing messages: the one way in for every dialect and socket."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.errors import UnknownConversation
from chat.models import Conversation, Message
from chat.services.access import Rights, rights_of
from chat.services.appending import (
    ClientKey,
    Posted,
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


@transaction.atomic
def post_many(drafts: Sequence[Draft]) -> list[Posted | DomainError]:
    """Store messages of any senders in any conversations, in the order given.

    A draft that is refused has its DomainError as its result and keeps no other from being
    stored. The number of statements does not depend on the number of drafts.

    Refusals: BadMessage, MessageTooLong, WordRefused, UnknownConversation, ConversationClosed,
    NotInConversation, SenderBlocked, SenderMuted, HostsOnly, SlowMode, TooManyMessages.

    Publishes `chat.entries` for each conversation after commit.
    """
    batch = _Batch(drafts)
    batch.check_forms()
    batch.hold()
    batch.write()
    return batch.results


class _Batch:
    """The steps of `post_many`; `open` are the places of drafts that have no result yet."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = drafts
        self._results: list[Posted | DomainError | None] = [None] * len(drafts)
        self._bodies: list[str] = [""] * len(drafts)
        self._held: dict[int, Conversation] = {}
        self._known: dict[ClientKey, Posted] = {}

    @property
    def results(self) -> list[Posted | DomainError]:
        return [result for result in self._results if result is not None]

    @property
    def _open(self) -> list[int]:
        return [at for at, result in enumerate(self._results) if result is None]

    def check_forms(self) -> None:
        for at, draft in enumerate(self.drafts):
            try:
                check_client_id(draft.client_id)
                self._bodies[at] = encoded(draft.type, draft.body)
            except DomainError as refusal:
                self._results[at] = refusal

    def hold(self) -> None:
        """Hold the conversations, and answer retries with what was stored the first time."""
        drafts = [self.drafts[at] for at in self._open]
        self._held = locked_conversations(draft.conversation_id for draft in drafts)
        self._known = sent_before([draft.client_key for draft in drafts if draft.client_key])
        for at in self._open:
            draft = self.drafts[at]
            if draft.conversation_id not in self._held:
                self._results[at] = UnknownConversation("There is no such conversation.")
            else:
                self._results[at] = self._repeated(draft)

    def write(self) -> None:
        drafts = [self.drafts[at] for at in self._open]
        pairs = [(self._held[draft.conversation_id], draft.speaker) for draft in drafts]
        if not pairs:
            return
        now = timezone.now()  # after the wait for the locks, so times follow the order
        rights = rights_of(pairs, hold=True)
        rules = Rules(pairs, rights, now)
        entries = []
        for at in self._open:
            draft = self.drafts[at]
            if repeated := self._repeated(draft):  # twice in one batch
                self._results[at] = repeated
                continue
            conversation = self._held[draft.conversation_id]
            try:
                body = self._allowed(at, conversation, rights, rules)
            except DomainError as refusal:
                self._results[at] = refusal
                continue
            overseen = draft.speaker.is_overseer
            entry = next_entry(
                conversation,
                draft.speaker,
                kind=Message.Kind.SYSTEM if overseen else Message.Kind.MESSAGE,
                type=draft.type,
                body=body,
                at=now,
                client_id=draft.client_id,
            )
            rules.count(conversation, draft.speaker)
            entries.append(entry)
            self._results[at] = Posted(entry.seq, now)
            if draft.client_key:
                self._known[draft.client_key] = Posted(entry.seq, now, is_new=False)
        store(self._held, entries, now)

    def _repeated(self, draft: Draft) -> Posted | None:
        return self._known.get(draft.client_key) if draft.client_key else None

    def _allowed(self, at: int, conversation: Conversation, rights: Rights, rules: Rules) -> str:
        """The encoded body as it may be stored; raises what refuses the draft."""
        draft = self.drafts[at]
        speaker = draft.speaker
        refusal = rights.refusal(conversation, speaker) or rules.refusal(conversation, speaker)
        if refusal:
            raise refusal
        allowed = cleaned(draft.type, draft.body, team_id=conversation.team_id)
        return self._bodies[at] if allowed is draft.body else encoded(draft.type, allowed)
