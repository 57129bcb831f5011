"""SQLite on a full disk: writes are refused in words, reads go on, and nothing is half done."""

import resource
import sqlite3
from contextlib import closing, contextmanager

import pytest

from tests.live.clients import Clients
from tests.servers import running

LITTLE, NOTHING = 64 * 1024, 0  # bytes that a file of the server may have


@contextmanager
def room_for(pid, size):
    """Let no file of the process grow beyond `size` bytes while the block lasts."""
    usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)


def fill(clients):
    """Plan sessions until one is refused; the ids of those that were acknowledged."""
    planned = []
    for _attempt in range(200):
        answer = clients.plan()
        if not answer.is_success:
            assert answer.status_code == 503, answer.text
            return planned
        planned.append(answer.json()["session_id"])
    raise AssertionError("the disk is never full")


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux alone limits a process")
def test_writes_are_refused_reads_go_on_and_all_is_well_with_room_again(tmp_path):
    own = {"RTC_RATE_LIMITS": "off"}
    with running(tmp_path, **own) as (facts, printed):
        clients = Clients(facts)
        with room_for(facts["pid"], LITTLE):
            planned = fill(clients)
        with room_for(facts["pid"], NOTHING):
            clients.check_writes_are_refused()
            clients.check_reads()
            assert clients.http.get("/readyz").status_code == 200
        clients.check_writes()
        assert "Traceback" not in printed(), printed()
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        check(database, len(planned) + 1)


def check(database, sessions):
    """As many sessions as were acknowledged, each with all of its participants and its event."""
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    ours = database.execute(
        "SELECT (SELECT count(*) FROM sessions_api_participant WHERE session_id = s.id),"
        " (SELECT count(*) FROM rtcserver_event WHERE type = 'session.created'"
        "  AND replace(subject_id, '-', '') = s.public_id)"
        " FROM sessions_api_session s WHERE name = 'Full'"
    ).fetchall()
    assert ours == [(20, 1)] * sessions
