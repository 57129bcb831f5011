"""Rules for who may write at all: mutes, slow mode, hosts only, and the rate of a person."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import CharField, Count, DateTimeField, Max

from chat.errors import HostsOnly, SenderMuted, SlowMode, TooManyMessages
from chat.models import Conversation, Message, Mute
from chat.services.access import Pair, Rights
from chat.services.speakers import Speaker, SpeakerKind
from rtcserver.errors import DomainError
from rtcserver.prepared import Parameter, PreparedLists

WINDOW = timedelta(seconds=10)


class Rules:
    """The rules for a batch: read by a constant number of queries, then asked in memory.

    The caller holds the conversations, so nobody else can write in them meanwhile. What one
    person sends to several conversations at the same moment may exceed the rate by the number
    of them.
    """

    def __init__(self, pairs: Collection[Pair], rights: Rights, now: datetime) -> None:
        self._rights, self._now = rights, now
        bound = [(c, s) for c, s in pairs if not s.is_overseer]
        keys = {speaker.key for _conversation, speaker in bound}
        with_mutes = {c.pk for c, _s in bound if c.has_mutes}
        self._muted = _muted(with_mutes, keys, now) if with_mutes else set()
        self._sent = _sent(keys, now) if bound else Counter()
        self._said: Counter[str] = Counter()  # the same in all conversations together
        for (_pk, key), number in self._sent.items():
            self._said[key] += number
        slow = [c for c, _s in bound if c.slow_mode_seconds]
        self._last = _last(slow, keys, now) if slow else {}

    def refusal(
        self, conversation: Conversation, speaker: Speaker, *, is_change: bool = False
    ) -> DomainError | None:
        """Why the speaker may not write there now; None if they may.

        Args:
            is_change: An edit, which slow mode does not hold up.
        """
        if speaker.is_overseer:
            return None
        place = (conversation.pk, speaker.key)
        if place in self._muted:
            return SenderMuted("You are muted in this conversation.")
        if self._count_of(place, speaker) >= settings.CHAT_MESSAGES_PER_10_SECONDS:
            return TooManyMessages("Too many messages; wait a little.", wait=WINDOW.total_seconds())
        if not self._rights.is_in_charge(conversation, speaker):
            if conversation.only_hosts_write:
                return HostsOnly("Only hosts write here.")
            if not is_change:
                return self._slow_mode(conversation, place)
        return None

    def count(self, conversation: Conversation, speaker: Speaker) -> None:
        """Note what was just accepted: the next one of the same batch comes after it."""
        self._sent[conversation.pk, speaker.key] += 1
        self._said[speaker.key] += 1
        self._last[conversation.pk, speaker.key] = self._now

    def _count_of(self, place: tuple[int, str], speaker: Speaker) -> int:
        """A guest is a name, which somebody else may have in another room."""
        if speaker.kind is SpeakerKind.GUEST:
            return self._sent[place]
        return self._said[speaker.key]

    def _slow_mode(self, conversation: Conversation, place: tuple[int, str]) -> DomainError | None:
        last, pause = self._last.get(place), conversation.slow_mode_seconds
        if not pause or last is None:
            return None
        left = (last + timedelta(seconds=pause) - self._now).total_seconds()
        return SlowMode(f"Slow mode: wait {int(left) + 1} s.", wait=left) if left > 0 else None


def _muted(places: set[int], keys: set[str], now: datetime) -> set[tuple[int, str]]:
    mutes = Mute.objects.active(now).filter(conversation__in=places, sender_key__in=keys)
    return set(mutes.order_by().values_list("conversation", "sender_key"))


def _sent(keys: set[str], now: datetime) -> Counter[tuple[int, str]]:
    rows = _recent({"senders": keys}, since=now - WINDOW)
    return Counter({(row["conversation_id"], row["sender_key"]): row["n"] for row in rows})


def _last(
    slow: list[Conversation], keys: set[str], now: datetime
) -> dict[tuple[int, str], datetime]:
    longest = max(conversation.slow_mode_seconds for conversation in slow)
    recent = Message.objects.said().filter(
        sender_key__in=keys,
        created_at__gt=now - timedelta(seconds=longest),
        conversation__in={conversation.pk for conversation in slow},
    )
    grouped = recent.order_by().values_list("conversation", "sender_key")
    return {(pk, key): at for pk, key, at in grouped.annotate(at=Max("created_at"))}


_recent = PreparedLists(
    lambda senders: (
        Message.objects.order_by()
        .filter(sender_key__in=senders, created_at__gt=Parameter("since", DateTimeField()))
        .values("conversation_id", "sender_key")
        .annotate(n=Count("pk"))
    ),
    senders=CharField(),
)
