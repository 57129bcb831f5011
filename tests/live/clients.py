"""Clients of every dialect that write and read, while the database takes no writes."""

import time
from email.utils import formatdate

import httpx


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
        ]

    def check_writes_are_refused(self):
        for answer, is_refusal in self.writes():
            assert answer.status_code == 503, answer.text
            assert is_refusal(answer.json()), answer.text
            assert "retry-after" in answer.headers
        assert self.renamed().status_code == 503

    def check_writes(self):
        for answer, _is_refusal in self.writes():
            assert answer.is_success, answer.text
        assert self.renamed().json() == {"code": 200}

    def check_reads(self):
        assert [answer.status_code for answer in self.reads()] == [200] * 5
