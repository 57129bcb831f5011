"""Clients of the chatroom dialect: calls as the original app makes them, and its socket."""

import json
import time
from contextlib import ExitStack, suppress
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from chat import outbox
from chat.streams import streams
from rtcserver.sockets import threads
from rtcserver.sockets.opening import open_from
from tests.sockets import serving
from tests.threads import close_in

SECONDS = 5


class Calls:
    """The HTTP side; a call returns the answer's JSON."""

    def __init__(self, client):
        self.client = client

    def get(self, path, **query):
        return self.answer(self.client.get(f"/{path}?{urlencode(query)}"))

    def post(self, path, data, content_type="application/json"):
        body = json.dumps(data) if isinstance(data, dict) else data
        return self.answer(self.client.post(f"/{path}", body, content_type=content_type))

    def answer(self, response):
        self.response = response
        assert response["Content-Type"] == "application/json", response.content
        return response.json()

    def res(self, path, **query):
        answer = self.get(path, **query)
        assert self.response.status_code == 200
        return answer["res"]

    def register(self, tel=13800000001, name="anna", password="secret-1"):
        return self.res("auth/register", user_tel=tel, user_name=name, user_password=password)

    def login(self, tel=13800000001, password="secret-1"):
        return self.get("auth/login", user_tel=tel, user_password=password)

    def room(self, name, status, room="TEST"):
        return self.res("chatroom/room", room_name=room, user_name=name, status=status)

    def rooms(self):
        listed = self.get("chatroom/list")["room_list"]
        return {room["name"]: room["population"] for room in listed}


class Client:
    """The socket as okhttp opens it: no Origin, no header of its own, path `/`."""

    def __init__(self, port, name="anna", room="TEST", path="/", **options):
        self.name, self.room = name, room
        okhttp = {"compression": None, "user_agent_header": None, "close_timeout": 1}
        options = okhttp | options
        self._opened = ExitStack()
        self.socket = self._opened.enter_context(connect(f"ws://127.0.0.1:{port}{path}", **options))

    def send(self, kind, msg="", name=None, room=None, avatar="3"):
        user = {"user_name": self.name if name is None else name, "user_avatar": avatar}
        data = {"user": user, "room_name": self.room if room is None else room, "msg": msg}
        self.raw(json.dumps({"type": kind, "data": data}))

    def raw(self, sent):
        self.socket.send(sent)

    def frame(self):
        return json.loads(self.socket.recv(timeout=SECONDS))

    def next(self):
        """(type, user_name, msg) of the next frame."""
        frame = self.frame()
        return frame["type"], frame["data"]["user"]["user_name"], frame["data"]["msg"]

    def ask(self, kind, msg="", **about):
        self.send(kind, msg, **about)
        return self.next()

    def join(self, **about):
        return self.ask("join", **about)

    def hears_nothing(self, seconds=0.3):
        with suppress(TimeoutError):
            raise AssertionError(self.socket.recv(timeout=seconds))
        return True

    def close_code(self):
        """Read until the server closes; returns the code."""
        try:
            while True:
                self.socket.recv(timeout=SECONDS)
        except ConnectionClosed as closed:
            return closed.rcvd.code

    def vanish(self):
        """The network is gone: no close frame."""
        self.socket.socket.close()

    def close(self):
        self._opened.close()


@pytest.fixture
def calls(client):
    return Calls(client)


@pytest.fixture(scope="package")
def port():
    """The application on a real port, in this process, so that tests can change its settings."""
    with override_settings(EMBEDDED_WORKER=False), serving() as port:
        yield port


@pytest.fixture
def open_client(port, transactional_db):
    """Open sockets that are closed after the test, and wait until the server has seen that."""
    opened = []

    def of(name="anna", room="TEST", **options):
        opened.append(Client(port, name, room, **options))
        return opened[-1]

    yield of
    for client in opened:
        with suppress(OSError):
            client.close()
    until = time.monotonic() + SECONDS
    while open_from and time.monotonic() < until:
        time.sleep(0.01)
    assert not streams._open, "a reader was left behind"
    close_connections()


def close_connections():
    """Of the threads that sockets use: a test database can only go when nobody uses it."""
    close_in(threads._pool, threads.THREADS)
    close_in(outbox._thread, 1)
    close_in(outbox._spare, outbox.SPARE_THREADS)


def eventually(condition, seconds=SECONDS):
    """Wait until `condition()` holds; returns what it gave."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "did not happen"
        time.sleep(0.02)
    return found


@pytest.fixture
def count_queries():
    def of(act):
        with CaptureQueriesContext(connection) as queries:
            act()
        return len(queries)

    return of
