"""Presence by live room sockets, against a server of its own that is killed without a word."""

import hashlib
import json
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.servers import free_port, running

SILENT = "3"


class Client:
    """A LiveRoom client over HTTP."""

    def __init__(self, port: int, name: str) -> None:
        self.port, salt = port, hashlib.md5(name.encode()).hexdigest()
        self.call("oauth/register", username=name, salt=salt)
        text = f"{name}----{salt}"
        signature = hashlib.md5(text.encode()).hexdigest()
        self.me = self.call("oauth/signature", username=name, signature=signature)["data"]

    def call(self, api: str, **given):
        me = {name: getattr(self, "me", {}).get(name, "") for name in ("userId", "token")}
        call = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/base/v1/{api}",
            json.dumps(me | given).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(call, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)

    def socket(self, room_id: str):
        query = f"userId={self.me['userId']}&userSig={self.me['userSig']}"
        opened = connect(f"ws://127.0.0.1:{self.port}/ws/rooms/{room_id}/?{query}")
        assert json.loads(opened.recv(timeout=10))["type"] == "welcome"
        return opened

    def listed(self) -> list[str]:
        return [room["roomId"] for room in self.call("rooms/query_room", appId="1")["data"]]


@pytest.fixture
def state(tmp_path):
    return tmp_path


def server(state, port=None):
    quick = {"RTC_PRESENCE_OFFLINE_SECONDS": SILENT, "RTC_PRESENCE_WRITE_SECONDS": "1"}
    return running(state, port, **quick)


def test_a_live_socket_counts_as_life_and_a_closed_one_does_not(state):
    port = free_port()
    with server(state, port) as (_facts, printed):
        host, watcher = Client(port, "anna"), Client(port, "bo")
        host.call("rooms/enter_room", appId="1", roomId="r")
        socket = host.socket("r")
        until = time.monotonic() + 8
        while time.monotonic() < until:
            assert watcher.listed() == ["r"]
            time.sleep(0.5)
        socket.close()
        time.sleep(1)
        assert watcher.listed() == ["r"]
        time.sleep(4)
        assert watcher.listed() == []
        assert host.me["userSig"][:40] not in printed()


def test_after_a_crash_presence_lapses_and_a_reconnect_brings_it_back(state):
    port = free_port()
    with server(state, port):
        host = Client(port, "anna")
        host.call("rooms/enter_room", appId="1", roomId="r")
        socket = host.socket("r")
        os.kill(newest_child(), signal.SIGKILL)
        with pytest.raises(Exception):  # noqa: B017, PT011 (however the system says so)
            socket.recv(timeout=5)
    time.sleep(4)
    with server(state, port):
        watcher = Client(port, "bo")
        assert watcher.listed() == []
        again = host.socket("r")
        assert watcher.listed() == ["r"]
        again.close()


def newest_child() -> int:
    """The server that `running` started last."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return int(children[-1])
