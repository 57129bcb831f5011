"""Signs of life of people who are known to be there, written together every few seconds.

Of somebody who is online nothing follows from one more sign but its time, so it may wait for the
others: one statement for everybody this process heard of. Whoever comes back from silence is
written at once, because their rooms are shown again by it.
"""

import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import Login
from accounts.services import logins_heard
from rooms.models import Presence
from rooms.services.presence import BATCH, seen, seen_many
from rooms.states import offline_before
from rtcserver.sockets import is_beating

FLUSH_SECONDS = 2.0
STALLED_SECONDS = 10.0  # without a flush for so long, every sign is written at once


class Signs:
    """The signs this process has heard and not yet written. `flush` runs every FLUSH_SECONDS in
    a serving process; elsewhere nothing is kept back."""

    def __init__(self, serving: Callable[[], bool] = is_beating) -> None:
        self._serving = serving
        self._lock = threading.Lock()
        self._written: dict[int, float] = {}  # person -> when, by the monotonic clock
        self._waiting: dict[int, datetime] = {}
        self._logins: dict[int, float] = {}  # logins heard of -> when
        self._waiting_logins: set[int] = set()
        self._flushed_at = -STALLED_SECONDS

    def note(self, user_id: int) -> None:
        """Somebody was heard of just now."""
        if self.keep(user_id):
            return
        heard = time.monotonic()
        seen(user_id)
        with self._lock:
            if self._is_flushing(heard):
                self._written[user_id] = heard

    def keep(self, user_id: int) -> bool:
        """Keep a sign for the next flush; False if it has to be written at once, by `note`."""
        heard = time.monotonic()
        with self._lock:
            age = heard - self._written.get(user_id, 0.0)
            if not self._is_flushing(heard) or age >= self._known_for():
                return False
            if age >= settings.PRESENCE_WRITE_SECONDS:
                self._waiting[user_id] = timezone.now()
            return True

    def note_login(self, login: Login) -> None:
        """A client of this login called just now."""
        every = timedelta(seconds=settings.PRESENCE_WRITE_SECONDS)
        if not self.keep_login(login.pk) and login.seen_at < timezone.now() - every:
            logins_heard([login.pk])

    def keep_login(self, login_id: int) -> bool:
        """Keep a sign for the next flush; False if there is none, see `note_login`."""
        every = settings.PRESENCE_WRITE_SECONDS
        heard = time.monotonic()
        with self._lock:
            if not self._is_flushing(heard):
                return False
            if heard - self._logins.get(login_id, -every) >= every:
                self._logins[login_id] = heard
                self._waiting_logins.add(login_id)
            return True

    def forget(self, user_id: int) -> None:
        """They went offline: what was heard before counts no more, the next sign at once."""
        with self._lock:
            self._written.pop(user_id, None)
            self._waiting.pop(user_id, None)

    def flush(self, connected: Collection[int] = (), logins: Collection[int] = ()) -> int:
        """Write what waits, and that people with a socket are still there; returns how many.

        Args:
            connected: Ids of people.
            logins: Ids of the logins that opened sockets.
        """
        now = timezone.now()
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._flushed_at = time.monotonic()
            oldest = self._flushed_at - self._known_for()
            self._written = {user: at for user, at in self._written.items() if at > oldest}
            self._logins = {login: at for login, at in self._logins.items() if at > oldest}
            called, self._waiting_logins = [*self._waiting_logins, *logins], set()
        waiting |= dict.fromkeys(connected, now)
        ordered = list(waiting)
        for start in range(0, len(ordered), BATCH):
            self._write({user: waiting[user] for user in ordered[start : start + BATCH]})
        for start in range(0, len(called), BATCH):
            logins_heard(called[start : start + BATCH])
        return len(waiting)

    def _is_flushing(self, now: float) -> bool:
        return self._serving() and now - self._flushed_at < STALLED_SECONDS

    def _write(self, waiting: dict[int, datetime]) -> None:
        written = seen_many(list(waiting))
        with self._lock:
            self._written |= dict.fromkeys(written, time.monotonic())
        others = Presence.objects.filter(user__in=waiting.keys() - written)
        for user_id, last in others.values_list("user", "last_seen_at"):
            if last < offline_before(waiting[user_id]):  # not a sign from before they signed out
                seen(user_id)

    @staticmethod
    def _known_for() -> float:
        """How long after a write the row surely still says online."""
        spare = settings.PRESENCE_WRITE_SECONDS + 2 * FLUSH_SECONDS
        return float(settings.PRESENCE_OFFLINE_SECONDS - spare)


signs = Signs()
