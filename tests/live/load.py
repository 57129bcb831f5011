"""Calls of every dialect, over and over, and what they must not be answered whatever happens."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import httpx

PATIENCE = 20.0


@dataclass
class Keys:
    """What the clients of the dialects show: a team's key and token, a person's cookie."""

    api_key: str
    secret: str
    bearer: str
    cookie: str
    entry: str  # a participant's public id


@dataclass(frozen=True)
class Call:
    """`is_refusal` says whether a body is one of the dialect's own, for an answer of 503."""

    method: str
    path: str
    is_refusal: Callable[[httpx.Response], bool]
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None

    @property
    def creates(self) -> bool:
        return (self.method, self.path) == ("POST", "/v1/sessions")


def calls(keys: Keys) -> list[Call]:
    """One of each dialect that asks the database, a page, and one that writes."""
    now = time.time()
    session = {
        "session_name": "Under load",
        "start_time": formatdate(now + 600, usegmt=True),
        "end_time": formatdate(now + 3600, usegmt=True),
        "participants": [{"display_name": "Ana", "role": "host"}],
    }
    bearer = {"Authorization": f"Bearer {keys.bearer}"}
    key = {"X-RTCAT-APIKEY": keys.api_key, "X-RTCAT-SECRET": keys.secret}
    nobody = {"userId": "1", "token": "x"}
    return [
        Call("POST", "/v1/sessions", _coviu, bearer, session),
        Call("GET", "/v1/sessions", _coviu, bearer),
        Call("GET", "/v0.4/sessions", _rtcat, key),
        Call("GET", "/user/sync/0", _sealtalk, {"Cookie": f"rong_im_auth={keys.cookie}"}),
        Call("POST", "/base/v1/auth_users/user_query", _liveroom, body=nobody),
        Call("GET", "/chatroom/list", _chatroom),
        Call("GET", f"/session/{keys.entry}", lambda answer: bool(answer.text)),
    ]


def _coviu(answer: httpx.Response) -> bool:
    return answer.json()["error"]["code"] == "unavailable"


def _rtcat(answer: httpx.Response) -> bool:
    return answer.json()["error"] == "unavailable"


def _sealtalk(answer: httpx.Response) -> bool:
    return answer.headers["content-type"].startswith("text/html") and "<" not in answer.text


def _liveroom(answer: httpx.Response) -> bool:
    return answer.json()["errorCode"] == 103


def _chatroom(answer: httpx.Response) -> bool:
    return answer.json() == {"res": "unavailable"}


class Load:
    """Sends the calls until it is stopped; keeps what was created, and what must not happen."""

    def __init__(self, port: int, keys: Keys) -> None:
        self._port, self._calls = port, calls(keys)
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.created: list[str] = []
        self.good_at = 0.0  # when the last creation was acknowledged
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True

    async def run(self) -> None:
        base = f"http://127.0.0.1:{self._port}"
        async with httpx.AsyncClient(base_url=base, timeout=PATIENCE) as http:
            await asyncio.gather(*(self._repeat(http, call) for call in self._calls))

    async def _repeat(self, http: httpx.AsyncClient, call: Call) -> None:
        while not self._stopping:
            answer = await http.request(
                call.method, call.path, headers=call.headers, json=call.body
            )
            self._look(call, answer)
            await asyncio.sleep(0.02)

    def _look(self, call: Call, answer: httpx.Response) -> None:
        self.statuses[answer.status_code] += 1
        if call.creates and answer.is_success:
            self.created.append(answer.json()["session_id"])
            self.good_at = time.monotonic()
        if answer.status_code < 500:
            return
        told = f"{call.method} {call.path}: {answer.status_code} {answer.text[:200]}"
        if answer.status_code != 503 or "retry-after" not in answer.headers:
            self.faults.append(told)
        elif not _holds(call.is_refusal, answer):
            self.faults.append(f"not of its dialect: {told}")


def _holds(is_refusal: Callable[[httpx.Response], bool], answer: httpx.Response) -> bool:
    try:
        return is_refusal(answer)
    except (json.JSONDecodeError, KeyError, TypeError):
        return False
