"""The chatroom dialect with real server processes: its own port, and a server that is killed."""

import json
import os
import signal
import sqlite3
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.dialects.chatroom.conftest import Client, eventually
from tests.servers import free_port, running


def rooms(base_url):
    with urllib.request.urlopen(f"{base_url}/chatroom/list", timeout=5) as answer:
        return {room["name"]: room["population"] for room in json.load(answer)["room_list"]}


def test_the_original_client_on_a_port_of_its_own(tmp_path):
    own = free_port()
    with running(tmp_path, RTC_CHATROOM_PORT=str(own)) as (facts, _printed):
        base = facts["base_url"]
        assert rooms(base) == {"TEST": 0, "YOU": 0}
        client = Client(own)
        assert client.join() == ("user", "anna", "create")
        assert client.ask("msg", "hello") == ("msg", "anna", "hello")
        assert rooms(base) == {"TEST": 1, "YOU": 0}
        main = Client(int(base.rsplit(":", 1)[1]), "bo", path="/ws/chatroom/")
        assert main.join() == ("user", "bo", "join")
        assert client.next() == ("user", "bo", "join")
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{own}/ws/chat").__enter__()
        for path in ("/admin/", "/chatroom/list", "/livez"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{own}{path}", timeout=5)
            assert refused.value.code == 404
        client.close()
        main.close()
        eventually(lambda: rooms(base) == {"TEST": 0, "YOU": 0})


def test_a_killed_server_frees_its_seats(tmp_path):
    port = free_port()
    with running(tmp_path, port) as (facts, _printed):
        clients = [Client(port, f"p{number}") for number in range(10)]
        for client in clients:
            assert client.join()[0] == "user"
        assert Client(port, "late").join() == ("error", "late", "room full")
        os.kill(facts["pid"], signal.SIGKILL)
        with sqlite3.connect(tmp_path / "db.sqlite3") as database:
            held = database.execute("SELECT count(*) FROM rooms_seat WHERE socket <> ''")
            assert held.fetchone() == (10,), "nobody could say good-bye"
            database.execute("UPDATE rooms_seat SET socket_until = '2026-01-01 00:00:00'")
    with running(tmp_path, port) as (facts, _printed):
        assert rooms(facts["base_url"])["TEST"] == 0
        again = Client(port, "p1")
        assert again.join() == ("user", "p1", "create")
        again.close()
