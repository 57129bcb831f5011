"""The worker: what is due is done in time, whatever else it does."""

import threading

import pytest

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
