"""An installation as its clients know it: what each dialect handed out, and whether it still works.

Grown and looked at over HTTP alone.
"""

import hashlib
import json
import time
from email.utils import formatdate
from urllib.parse import urlencode

import httpx

SALT = hashlib.md5(b"anna").hexdigest()
WEBHOOKS = {"event_types": ["session.created"]}


class Instance:
    """Clients of every dialect of one server; `facts` is what `manage.py up` told."""

    def __init__(self, facts: dict) -> None:
        self.facts, self.base = facts, facts["base_url"]
        self.http = httpx.Client(base_url=self.base, timeout=20)
        self.office = httpx.Client(base_url=self.base, timeout=20)
        key = {"X-RTCAT-APIKEY": facts["api_key"], "X-RTCAT-SECRET": facts["key_secret"]}
        self.rtcat = httpx.Client(base_url=self.base, timeout=20, headers=key)
        self.phone = httpx.Client(base_url=self.base, timeout=20)  # keeps the login's cookie

    def grow(self, webhook_url: str) -> None:
        """Have every dialect hand out what its clients keep."""
        key = (self.facts["api_key"], self.facts["key_secret"])
        form = {"grant_type": "client_credentials"}
        tokens = self._ok(self.http.post("/v1/auth/token", auth=key, data=form))
        self.refresh_token = tokens["refresh_token"]
        self.office.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        hook = {"url": webhook_url} | WEBHOOKS
        self.hook = self._ok(self.office.post("/v1/webhooks", json=hook))
        self.session = self.plan()
        self.numbers = [self.say(text) for text in ("one", "two", "你好 😀")]
        phone = {"phone": self.facts["chat_phone"], "password": self.facts["chat_password"]}
        self._ok(self.phone.post("/user/login", json={"region": "86"} | phone))
        self.version = self.synced(0)["version"]
        self._grow_rooms()
        session = self._ok(self.rtcat.post("/v0.4/sessions", data={"type": "rel"}))
        self.rtcat_token = self._ok(self.rtcat.post(f"/v0.4/sessions/{session['uuid']}/tokens"))
        self.cursor = self.events()[2]["id"]  # a slow reader's

    def _grow_rooms(self) -> None:
        self._ok(self.http.post("/base/v1/oauth/register", json={"username": "anna", "salt": SALT}))
        now = str(time.time_ns() // 1_000_000)
        signed = hashlib.md5(f"anna--{now}--{SALT}".encode()).hexdigest()
        given = {"username": "anna", "tag": "", "ts": now, "nonce": "", "signature": signed}
        data = self._ok(self.http.post("/base/v1/oauth/signature", json=given))["data"]
        self.anna = {"userId": data["userId"], "token": data["token"]}
        self.live("enter_room", appId="1400000000", roomId="stage")
        query = {"user_tel": "13800000009", "user_name": "anna", "user_password": "secret-1"}
        told = self._ok(self.http.get(f"/auth/register?{urlencode(query)}"))
        assert told["res"] == "register successfully"

    def plan(self) -> dict:
        now = time.time()
        people = [{"display_name": "Ana", "role": "host"}, {"display_name": "Bo", "role": "guest"}]
        body = {
            "session_name": "Prüfung", "participants": people,
            "start_time": formatdate(now + 5, usegmt=True),
            "end_time": formatdate(now + 3600, usegmt=True),
        }  # fmt: skip
        return self._ok(self.office.post("/v1/sessions", json=body))

    def say(self, text: str) -> int:
        path = f"/v1/sessions/{self.session['session_id']}/messages"
        return self._ok(self.office.post(path, json={"body": text}))["number"]

    def events(self, after: str = "") -> list[dict]:
        """All events of the team behind a cursor, however many pages they are."""
        found: list[dict] = []
        while True:
            query = {"after": after, "limit": 100}
            page = self._ok(self.office.get("/v1/events", params=query))
            found, after = found + page["events"], page["after"]
            if not page["more"]:
                return found

    def live(self, api: str, **given) -> object:
        answer = self._ok(self.http.post(f"/base/v1/rooms/{api}", json=self.anna | given))
        return answer.get("data")

    def synced(self, version: int) -> dict:
        return self._ok(self.phone.get(f"/user/sync/{version}"))["result"]

    def state(self) -> dict:
        """All that clients can read, as JSON: to be compared before and after."""
        session = self.session["session_id"]
        return {
            "session": self._ok(self.office.get(f"/v1/sessions/{session}")),
            "sessions": self._ok(self.office.get("/v1/sessions")),
            "messages": self._ok(self.office.get(f"/v1/sessions/{session}/messages")),
            "rtcat": self._ok(self.rtcat.get(f"/v0.4/tokens/{self.rtcat_token['uuid']}")),
            "sync": self.synced(0),
            "since": self.synced(self.version),
            "room": self.live("room_detail", roomId="stage"),
            "hooks": self._ok(self.office.get("/v1/webhooks")),
        }

    def check_continues(self) -> None:
        """What comes next comes behind what there was: numbers, stamps, cursors."""
        for person in self.session["participants"]:
            assert self.http.get(person["entry_url"]).status_code == 200
        assert self.say("next") == self.numbers[-1] + 1
        nickname = {"nickname": "Maria J."}
        self._ok(self.phone.post("/user/set_nickname", json=nickname))
        assert self.synced(self.version)["version"] > self.version
        query = {"user_tel": "13800000009", "user_password": "secret-1"}
        told = self._ok(self.http.get(f"/auth/login?{urlencode(query)}"))
        assert told["data"]["user_name"] == "anna", told
        key = (self.facts["api_key"], self.facts["key_secret"])
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        self._ok(self.http.post("/v1/auth/token", auth=key, data=form))

    def replay(self) -> None:
        """Have the oldest delivery of the webhook sent again."""
        path = f"/v1/webhooks/{self.hook['webhook_id']}/deliveries"
        oldest = self._ok(self.office.get(path))["content"][-1]
        self._ok(self.office.post(f"{path}/{oldest['delivery_id']}/replay"))

    def check_events(self, kept: list[dict]) -> list[dict]:
        """Those that were kept come again under the same cursors, and new ones behind them."""
        made = self.plan()["session_id"]
        deadline = time.monotonic() + 60  # others may be migrating on the same server
        while (news := self.events(self.cursor))[-1]["subject"]["id"] != made:
            assert time.monotonic() < deadline, news[-1]
            time.sleep(0.05)
        behind = kept[3:]
        assert self.events()[: len(kept)] == kept
        assert news[: len(behind)] == behind
        newest = self.events(kept[-1]["id"])
        assert newest == news[len(behind) :]
        return kept + newest

    def _ok(self, answer: httpx.Response) -> dict:
        assert answer.is_success, (answer.request.url.path, answer.status_code, answer.text)
        told = answer.json()
        if isinstance(told, dict):
            assert not told.get("errorCode"), json.dumps(told)
        return told
