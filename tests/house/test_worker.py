"""The worker: what is due is done in time, whatever else it does."""

import threading

import pytest
from django.db import OperationalError

from rtcserver import worker
from rtcserver.worker import Sweep, Worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sweep_that_waits_for_others_holds_nothing_up(monkeypatch):
    done, release = threading.Event(), threading.Event()

    def wait():
        release.wait(20)
        return 0

    def note():
        done.set()
        return 0

    sweeps = {"slow": Sweep("slow", 1, wait, slow=True), "quick": Sweep("quick", 1, note)}
    monkeypatch.setattr(worker, "_sweeps", sweeps)
    at_work = Worker()
    thread = threading.Thread(target=at_work.run)
    thread.start()
    try:
        assert done.wait(15)
    finally:
        release.set()
        at_work.stop()
        thread.join(20)
    assert not thread.is_alive()


def test_a_sweep_that_the_database_interrupted_is_gone_on_with_by_its_worker(monkeypatch):
    """Nobody could give it back meanwhile; others leave it alone until its lease ends."""
    faults = [OperationalError("the database went away")]
    ran = []

    def work():
        if faults:
            raise faults.pop()
        ran.append(1)
        return 1

    monkeypatch.setattr(worker, "_sweeps", {"work": Sweep("work", 60, work)})
    mine, other = Worker(), Worker()
    with pytest.raises(OperationalError):
        mine.run_due()
    assert other.run_due() == []
    assert mine.run_due() == ["work"]
    assert ran == [1]
    assert mine.run_due() == [], "it is not due"
