"""How much each sender said in the last 10 seconds: the store knows it for all processes.

Within a second after it was read, this process goes on counting by itself; the store is asked
again before somebody comes near the limit, and always before somebody is refused. So who sends
through one process never exceeds the limit, and who sends through several by no more than what
the others stored within that second.
"""

import threading
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import CharField, Count, DateTimeField

from chat.models import Conversation, Message
from chat.services.access import Pair, Place
from chat.services.speakers import Speaker, SpeakerKind
from rtcserver.prepared import Among, Parameter, PreparedRows, Rows

WINDOW = timedelta(seconds=10)
KNOWN_FOR = timedelta(seconds=1)
ANYWHERE = 0  # instead of a conversation
COUNTED = (*Message.SAID, Message.Kind.EDITED)


class RatesOfBatch:
    """What is known of the senders of a batch, counted on while it is stored."""

    def __init__(self, pairs: Collection[Pair], now: datetime) -> None:
        """Args:
        pairs: One for each draft.
        """
        drafts = Counter(_counted_at(conversation, speaker) for conversation, speaker in pairs)
        limit = settings.CHAT_MESSAGES_PER_10_SECONDS
        self._said = _known.of(drafts, limit // 2, now)
        if unknown := drafts.keys() - self._said.keys():
            read = _read({key for _pk, key in unknown}, now)
            found = {place: read[place] for place in unknown}
            self._said |= found
            _known.put(found)

    def are_exceeded(self, conversation: Conversation, speaker: Speaker) -> bool:
        said = self._said[_counted_at(conversation, speaker)]
        return said >= settings.CHAT_MESSAGES_PER_10_SECONDS

    def count(self, conversation: Conversation, speaker: Speaker) -> None:
        place = _counted_at(conversation, speaker)
        self._said[place] += 1
        _known.add(place)


class _Known:
    """What this process knows, by where it is counted; forgotten all together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._said: dict[Place, int] = {}

    def of(self, drafts: Counter[Place], most: int, now: datetime) -> dict[Place, int]:
        """Those that are known, and stay below `most` with their drafts."""
        with self._lock:
            if self._since is None or not timedelta() <= now - self._since < KNOWN_FOR:
                self._since, self._said = now, {}
            said = self._said
            return {
                place: said[place]
                for place, more in drafts.items()
                if place in said and said[place] + more < most
            }

    def put(self, read: dict[Place, int]) -> None:
        """What was counted meanwhile is newer than what was read."""
        with self._lock:
            for place, n in read.items():
                self._said[place] = max(n, self._said.get(place, 0))

    def add(self, place: Place) -> None:
        with self._lock:
            if place in self._said:  # not forgotten meanwhile
                self._said[place] += 1


_known = _Known()


def _counted_at(conversation: Conversation, speaker: Speaker) -> Place:
    """A guest is a name, which somebody else may have in another room."""
    is_guest = speaker.kind is SpeakerKind.GUEST
    return (conversation.pk if is_guest else ANYWHERE), speaker.key


def _read(keys: Collection[str], now: datetime) -> Counter[Place]:
    said: Counter[Place] = Counter()
    for row in _recent(senders=[(key,) for key in keys], since=now - WINDOW):
        said[row["conversation_id"], row["sender_key"]] += row["n"]
        said[ANYWHERE, row["sender_key"]] += row["n"]
    return said


_recent = PreparedRows(
    lambda: (
        Message.objects.order_by()
        .filter(
            Among("sender_key", rows=Rows("senders", key=CharField())),
            kind__in=COUNTED,
            created_at__gt=Parameter("since", DateTimeField()),
        )
        .values("conversation_id", "sender_key")
        .annotate(n=Count("pk"))
    ),
    on_server=True,
)
