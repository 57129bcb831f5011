"""Rules for who may write at all: mutes, slow mode, hosts only, and the rate of a person."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, CharField, DateTimeField, Max

from chat.errors import HostsOnly, SenderMuted, SlowMode, TooManyMessages
from chat.models import Conversation, Message, Mute
from chat.services.access import Pair, Place, Rights
from chat.services.rates import WINDOW, RatesOfBatch
from chat.services.speakers import Speaker
from rtcserver.errors import DomainError
from rtcserver.prepared import Among, Parameter, PreparedRows, Rows


class Rules:
    """The rules for a batch: read by a constant number of queries, then asked in memory.

    The caller holds the conversations, so nobody else can write in them meanwhile. What one
    person sends to several conversations at the same moment may exceed the rate by the number
    of them.
    """

    def __init__(self, pairs: Collection[Pair], rights: Rights, now: datetime) -> None:
        """Args:
        pairs: One for each draft.
        """
        self._rights, self._now = rights, now
        bound = [(c, s) for c, s in pairs if not s.is_overseer]
        self._rates = RatesOfBatch(bound, now)
        muted = {(c.pk, s.key) for c, s in bound if c.has_mutes}
        self._muted = _muted(muted, now) if muted else set()
        slow = {(c.pk, s.key): c.slow_mode_seconds for c, s in bound if c.slow_mode_seconds}
        self._last = _last(slow, now) if slow else {}

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
        if self._rates.are_exceeded(conversation, speaker):
            return TooManyMessages("Too many messages; wait a little.", wait=WINDOW.total_seconds())
        if not self._rights.is_in_charge(conversation, speaker):
            if conversation.only_hosts_write:
                return HostsOnly("Only hosts write here.")
            if not is_change:
                return self._slow_mode(conversation, place)
        return None

    def count(self, conversation: Conversation, speaker: Speaker) -> None:
        """Note what was just accepted: the next one of the same batch comes after it."""
        if not speaker.is_overseer:
            self._rates.count(conversation, speaker)
            self._last[conversation.pk, speaker.key] = self._now

    def _slow_mode(self, conversation: Conversation, place: tuple[int, str]) -> DomainError | None:
        last, pause = self._last.get(place), conversation.slow_mode_seconds
        if not pause or last is None:
            return None
        left = (last + timedelta(seconds=pause) - self._now).total_seconds()
        return SlowMode(f"Slow mode: wait {int(left) + 1} s.", wait=left) if left > 0 else None


def _muted(places: Collection[Place], now: datetime) -> set[Place]:
    found = _mutes(places=places, now=now)
    return {(row["conversation_id"], row["sender_key"]) for row in found}


def _last(slow: Mapping[Place, int], now: datetime) -> dict[Place, datetime]:
    since = now - timedelta(seconds=max(slow.values()))
    found = _latest(places=slow, since=since)
    return {(row["conversation_id"], row["sender_key"]): row["at"] for row in found}


_places = Rows("places", conversation=BigIntegerField(), sender=CharField())
_mutes = PreparedRows(
    lambda: (
        Mute.objects.active(Parameter("now", DateTimeField()))
        .filter(Among("conversation_id", "sender_key", rows=_places))
        .order_by()
        .values("conversation_id", "sender_key")
    ),
    on_server=True,
)
_latest = PreparedRows(
    lambda: (
        Message.objects.said()
        .filter(
            Among("conversation_id", "sender_key", rows=_places),
            created_at__gt=Parameter("since", DateTimeField()),
        )
        .order_by()
        .values("conversation_id", "sender_key")
        .annotate(at=Max("created_at"))
    ),
    on_server=True,
)
