"""Clients of one team that write events all the time, and keep what they were answered."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from itertools import count
from typing import Any

import httpx

CLIENTS = 4
TYPES = ["session.created", "participant.added"]
Fact = tuple[str, str, str]  # event type, session, peer


def fact_of(event: dict[str, Any]) -> Fact:
    """What an event, as the API shows it, tells of."""
    peer = event["data"].get("participant", {}).get("peer_id", "")
    return event["type"], event["subject"]["id"], peer


class Writers:
    """In the block they plan sessions and invite people; `faults` is whatever was not a 200."""

    def __init__(self, base: str, bearer: str, pause: float) -> None:
        """`pause`: seconds of each client between two writes."""
        self.acknowledged: set[Fact] = set()
        self.faults: list[str] = []
        self._base, self._bearer, self._pause = base, bearer, pause
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(CLIENTS)

    def __enter__(self) -> "Writers":
        self._running = [self._threads.submit(self._write) for _number in range(CLIENTS)]
        return self

    def __exit__(self, *failure: object) -> None:
        self._stopping.set()
        for running in self._running:
            running.result(30)
        self._threads.shutdown()

    def _write(self) -> None:
        headers = {"Authorization": f"Bearer {self._bearer}"}
        with httpx.Client(base_url=self._base, headers=headers, timeout=20) as http:
            for turn in count():
                if turn % 2 == 0:
                    session_id = self._plan(http)
                else:
                    self._invite(http, session_id)
                if self._stopping.wait(self._pause):
                    return

    def _plan(self, http: httpx.Client) -> str:
        now = time.time()
        body = {
            "start_time": formatdate(now + 600, usegmt=True),
            "end_time": formatdate(now + 3600, usegmt=True),
            "participants": [{"display_name": "Ana", "role": "host"}],
        }
        session_id = self._post(http, "/v1/sessions", body)["session_id"]
        self.acknowledged.add(("session.created", session_id, ""))
        return session_id

    def _invite(self, http: httpx.Client, session_id: str) -> None:
        path, body = f"/v1/sessions/{session_id}/participants", {"role": "guest"}
        peer_id = self._post(http, path, body)["peer_id"]
        self.acknowledged.add(("participant.added", session_id, peer_id))

    def _post(self, http: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = http.post(path, json=body)
        if answer.status_code != 200:
            self.faults.append(f"{path}: {answer.status_code} {answer.text[:200]}")
        return answer.json()
