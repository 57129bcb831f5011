"""SQLite on a full disk: writes are refused in words, reads go on, and nothing is half done."""

import resource
import sqlite3
import time
from contextlib import closing, contextmanager
from email.utils import formatdate

import httpx
import pytest

from tests.servers import running

LITTLE, NOTHING = 64 * 1024, 0  # bytes that a file of the server may have


class Clients:
    """What is written and read in each dialect; `office` holds a bearer token."""

    def __init__(self, facts):
        self.facts, base = facts, {"base_url": facts["base_url"], "timeout": 40}
        self.http, self.office, self.phone = (httpx.Client(**base) for _client in range(3))
        self.key = {"X-RTCAT-APIKEY": facts["api_key"], "X-RTCAT-SECRET": facts["key_secret"]}
        token = self.token().json()["access_token"]
        self.office.headers["Authorization"] = f"Bearer {token}"
        phone = {"phone": facts["chat_phone"], "password": facts["chat_password"]}
        assert self.phone.post("/user/login", json={"region": "86"} | phone).status_code == 200

    def token(self):
        key = (self.facts["api_key"], self.facts["key_secret"])
        form = {"grant_type": "client_credentials"}
        return self.http.post("/v1/auth/token", auth=key, data=form)

    def plan(self):
        now = time.time()
        body = {
            "session_name": "Full", "start_time": formatdate(now + 60, usegmt=True),
            "end_time": formatdate(now + 900, usegmt=True),
            "participants": [{"display_name": "x" * 200, "role": "guest"}] * 20,
        }  # fmt: skip
        return self.office.post("/v1/sessions", json=body)

    def writes(self):
        """Answers, and what says whether a body is the dialect's own refusal."""
        query = "user_tel=13800000009&user_name=anna&user_password=secret-1"
        salt = {"username": "anna", "salt": "0" * 32}
        return [
            (self.plan(), lambda told: told["error"]["code"] == "unavailable"),
            (self.token(), lambda told: told["error"] == "temporarily_unavailable"),
            (
                self.http.post("/v0.4/sessions", data={"type": "rel"}, headers=self.key),
                lambda told: told["error"] == "unavailable",
            ),
            (
                self.http.post("/base/v1/oauth/register", json=salt),
                lambda told: told["errorCode"] == 103,
            ),
            (self.http.get(f"/auth/register?{query}"), lambda told: told["res"] == "unavailable"),
        ]

    def renamed(self):
        return self.phone.post("/user/set_nickname", json={"nickname": "Maria J."})

    def reads(self):
        return [
            self.office.get("/v1/sessions"),
            self.http.get("/v0.4/sessions", headers=self.key),
            self.phone.get("/user/sync/0"),
            self.http.get("/chatroom/list"),
            self.http.get(self.facts["guest_entry_url"]),
            self.http.get("/readyz"),
        ]


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
            for answer, is_refusal in clients.writes():
                assert answer.status_code == 503, answer.text
                assert is_refusal(answer.json()), answer.text
                assert "retry-after" in answer.headers
            assert clients.renamed().status_code == 503
            assert [answer.status_code for answer in clients.reads()] == [200] * 6
        for answer, _is_refusal in clients.writes():
            assert answer.is_success, answer.text
        assert clients.renamed().json() == {"code": 200}
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
