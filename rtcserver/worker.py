"""Work done at intervals: apps register sweeps, and of all processes one at a time runs each.

A row of `SweepTurn` for each sweep says when it is due and who holds it. Taking it is one
conditional UPDATE, so processes need not know of each other; a process that dies holding it is
followed by another when its lease ends. Sweeps must bear being run twice all the same.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error, close_old_connections, connections
from django.db.models import Q
from django.utils import timezone

from rtcserver import metrics, tracing
from rtcserver.errors import DatabaseAway
from rtcserver.models import SweepTurn

LEASE = timedelta(seconds=60)
TICK_SECONDS = 1.0
STOP_SECONDS = 5.0  # how long a stopping server waits for the sweep in hand

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """`run` is called every `seconds`, by one process; what it returns is counted for the log.

    A sweep that waits for others (`slow`) runs on a thread of its own: nothing is late for it.
    """

    name: str
    seconds: float
    run: Callable[[], int]
    slow: bool = False


_sweeps: dict[str, Sweep] = {}


def register(sweep: Sweep) -> None:
    """Have a sweep run by every worker; called once, while apps get ready."""
    _sweeps[sweep.name] = sweep


def registered() -> list[Sweep]:
    return list(_sweeps.values())


class Worker:
    """Two loops, over the quick and the slow sweeps; `run` returns soon after `stop`."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._stopped = threading.Event()

    def run(self) -> None:
        waiting = threading.Thread(target=self._repeat, args=[True], name="slow sweeps")
        waiting.start()
        self._repeat(slow=False)
        waiting.join()

    def _repeat(self, slow: bool) -> None:
        while not self._stopped.is_set():
            try:
                self.run_due(slow=slow)
            except Error:  # the database is away: it is asked again at the next tick
                logger.warning("Sweeps wait for the database")
            close_old_connections()
            self._stopped.wait(TICK_SECONDS)
        connections.close_all()

    def stop(self) -> None:
        self._stopped.set()

    def run_due(self, slow: bool | None = None) -> list[str]:
        """Run each sweep that is due and that nobody else has in hand; returns their names.

        Args:
            slow: Only the slow ones, or only the others; None: all.
        """
        ran = []
        for name in self._due():
            if slow not in (None, _sweeps[name].slow):
                continue
            if self._stopped.is_set():
                break
            if self.take(name):
                self._run(_sweeps[name])
                ran.append(name)
        return ran

    def take(self, name: str) -> bool:
        """Claim a due sweep for LEASE; False if somebody else was quicker.

        One that this worker holds already is one it could not give back: the database was away.
        """
        now = timezone.now()
        free = Q(held_until__lte=now) | Q(holder=self.name)
        due = SweepTurn.objects.filter(free, name=name, due_at__lte=now)
        return due.update(holder=self.name, held_until=now + LEASE) == 1

    def _due(self) -> list[str]:
        now = timezone.now()
        turns = dict(SweepTurn.objects.values_list("name", "due_at"))
        if missing := set(_sweeps) - set(turns):
            new = [SweepTurn(name=name, due_at=now, held_until=now) for name in missing]
            SweepTurn.objects.bulk_create(new, ignore_conflicts=True)
        return [name for name in _sweeps if turns.get(name, now) <= now]

    def _run(self, sweep: Sweep) -> None:
        try:
            with tracing.span(f"sweep {sweep.name}"):
                done = sweep.run()
        except DatabaseAway:
            raise
        except Exception:
            logger.exception("Sweep %s failed", sweep.name)
        else:
            if done:
                logger.info("Sweep %s: %d", sweep.name, done)
        now = timezone.now()
        mine = SweepTurn.objects.filter(name=sweep.name, holder=self.name)
        mine.update(due_at=now + timedelta(seconds=sweep.seconds), held_until=now)


class EmbeddedWorker:
    """A worker on a thread of the serving process."""

    def __init__(self) -> None:
        self._worker = Worker()
        self._thread = threading.Thread(target=self._worker.run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the sweep in hand finish, within STOP_SECONDS; its lease covers the rest."""
        self._worker.stop()
        self._thread.join(STOP_SECONDS)


def _lag() -> float:
    """Seconds by which the sweep that waits longest is late."""
    ours = SweepTurn.objects.filter(name__in=list(_sweeps))
    due = ours.order_by("due_at").values_list("due_at", flat=True).first()
    return max(0.0, (timezone.now() - due).total_seconds()) if due else 0.0


metrics.register(
    metrics.Figure("rtc_worker_lag_seconds", "How late the most overdue sweep is", _lag)
)
