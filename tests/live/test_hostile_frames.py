"""Every socket of a real server is sent anything: it answers or closes, and others go on."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from rtcserver.sockets import Code
from tests.live.crowds import gather
from tests.live.hostile_frames import damaged
from tests.rooms.people import APP, Person
from tests.servers import Server, database_for_servers
from tests.sessions_api.people import guest_of, host_of, running_session

pytestmark = pytest.mark.django_db(transaction=True)

# Also the protocol's own: not UTF-8, a kind of message that is not taken, too long a message
CODES = {*map(int, Code), 1002, 1003, 1007, 1009}
NOT_OF_THE_PROTOCOL = [(b"\xff\xfe", 1007), (b"x" * 70_000, 1009)]  # as text
LASTING = {  # people who wait for their turn in the test are not thought to have left
    "RTC_RATE_LIMITS": "off",
    "RTC_CHAT_MESSAGES_PER_10_SECONDS": "1000000",
    "RTC_CHATROOM_AUTH": "open",
    "RTC_PRESENCE_OFFLINE_SECONDS": "86400",
    "RTC_PRESENCE_LEFT_SECONDS": "86400",
}
PATIENCE = 20  # seconds for an answer
PACE = 0.06  # seconds between frames of somebody innocent: a connection may send 20 a second
SLOW = 3  # seconds an answer to somebody else may take on a busy machine


@dataclass
class Kind:
    """A socket, what is said there, and how one knows that all was read."""

    path: str
    good: list[dict]
    auth: dict | None
    innocent: list[dict]  # what the other one says first
    last: dict
    is_last: Callable[[dict], bool]
    ends: set[int] = field(default_factory=set)

    def open(self, port: int, path: str = "") -> ClientConnection:
        url = f"ws://127.0.0.1:{port}{path or self.path}"
        return connect(url, compression=None, max_size=None, legacy=True)


def has_ref(frame: dict) -> bool:
    return frame.get("ref") == "the last"


PING = {"op": "ping", "ref": "the last"}


def chat() -> Kind:
    crowd = gather(2, 1)
    [group] = crowd.conversations
    about = {"conversation": group, "ref": 7}
    return Kind(
        path="/ws/chat",
        good=[
            {"op": "ping"},
            {"op": "subscribe", "since": 0, "events": "0-0", **about},
            {"op": "send", "body": "hi", "id": "m1", "type": "text", **about},
            {"op": "send", "body": {"url": "https://a.example/b"}, "type": "image", **about},
            {"op": "edit", "seq": 1, "body": "ho", "id": "m2", **about},
            {"op": "recall", "seq": 1, **about},
            {"op": "delete", "seq": 1, **about},
            {"op": "history", "before": 5, "limit": 5, **about},
            {"op": "read", "seq": 1, **about},
            {"op": "typing", "on": True, **about},
            {"op": "list", "cursor": None, "limit": 10},
            {"op": "unread"},
            {"op": "members", "after": None, "limit": 10, **about},
            {"op": "report", "seq": 1, "reason": "no", **about},
            {"op": "seen", "notification": 1},
            {"op": "unsubscribe", "conversation": group},
            {"op": "auth", "bearer": "x"},
            {"op": "auth", "userId": "x", "userSig": "eJw"},
        ],
        auth={"op": "auth", "login": crowd.logins[0]},
        innocent=[
            {"op": "auth", "login": crowd.logins[1]},
            {"op": "subscribe", "conversation": group, "since": 0},
        ],
        last=PING,
        is_last=has_ref,
    )


def call() -> Kind:
    session = running_session()
    host, other, guest = host_of(session), host_of(session), guest_of(session)
    peer = str(other.peer_id)
    offer = {"type": "offer", "sdp": "v=0\r\nm=audio 9 UDP 0\r\na=sendrecv\r\n"}
    candidate = {"candidate": "candidate:1", "sdpMLineIndex": 0, "sdpMid": "0"}
    return Kind(
        path="/ws/call",
        good=[
            {"op": "sync", "ref": 1},
            {"op": "signal", "to": peer, "hello": "1", "page": "p"},
            {"op": "signal", "to": peer, "description": offer},
            {"op": "signal", "to": peer, "candidate": candidate},
            {"op": "media", "muted": True, "camera": False, "sharing": False},
            {"op": "ice", "ref": "x"},
            {"op": "ticket", "ref": "x"},
            {"op": "admit", "peer": str(guest.peer_id)},
            {"op": "refuse", "peer": str(guest.peer_id)},
            {"op": "eject", "peer": str(guest.peer_id)},
            {"op": "admit_all", "ref": 2},
            {"op": "mute", "peer": peer},
            {"op": "auth", "entry": str(guest.public_id)},
        ],
        auth={"op": "auth", "entry": str(host.public_id)},
        innocent=[{"op": "auth", "entry": str(other.public_id)}],
        last=PING,
        is_last=has_ref,
    )


def live_room() -> Kind:
    host, guest = Person("Anna"), Person("Bo")
    host.call("enter_room", appId=APP, roomId="fuzz")
    guest.call("enter_room", appId=APP, roomId="fuzz")
    by_host, by_guest = (
        {"type": "auth", "userId": person.id, "token": person.token} for person in (host, guest)
    )
    return Kind(
        path="/ws/rooms/fuzz/",
        good=[{"type": "ping"}, by_host, {"type": "auth", "userId": "1", "userSig": "eJw"}],
        auth=by_host,
        innocent=[by_guest],
        last={"type": "ping"},
        is_last=lambda frame: frame.get("type") == "pong",
    )


def said(kind: str, name: str, msg: str = "", room: str = "FUZZ") -> dict:
    user = {"user_name": name, "user_avatar": "1"}
    return {"type": kind, "data": {"user": user, "room_name": room, "msg": msg}}


def chatroom(path: str) -> Callable[[], Kind]:
    def made() -> Kind:
        return Kind(
            path=path,
            good=[said(kind, "mallory", "hi") for kind in ("join", "msg", "leave")]
            + [said("join", "other", room="NEW")],
            auth=said("join", "mallory"),
            innocent=[said("join", "anna")],
            last=said("none", "z", room="the last"),
            is_last=lambda frame: frame["data"]["room_name"] == "the last",
        )

    return made


@pytest.fixture
def kinds():
    made = (live_room, chat, call, chatroom("/"), chatroom("/ws/chatroom/"))
    return [kind() for kind in made]


@pytest.fixture
def server(kinds, tmp_path):
    with Server(tmp_path, database_for_servers(tmp_path), **LASTING) as started:
        yield started


def test_no_frame_harms_the_server_or_others(kinds, server):
    for kind in kinds:
        attack(kind, server, examples=8)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_very_many_frames_harm_neither_the_server_nor_others(kinds, server):
    for kind in kinds:
        attack(kind, server, examples=400)


def attack(kind: Kind, server: Server, *, examples: int) -> None:
    messages = st.lists(damaged(kind.good), min_size=1, max_size=30)
    first = st.sampled_from([kind.auth, kind.auth, kind.auth, None, {"op": "auth"}])
    is_flood = st.integers(0, 9).map(lambda n: n == 0)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],  # a live server has a memory: nothing to shrink
        suppress_health_check=list(HealthCheck),
    )
    @given(first=first, messages=messages, is_flood=is_flood)
    def one(first, messages, is_flood):
        send_all(kind, server.port, first, messages * (20 if is_flood else 1))
        began = time.monotonic()
        assert until_last(kind, innocent) is None, "the other one was put out"
        assert time.monotonic() - began < SLOW, "the other one had to wait"
        time.sleep(PACE)

    with kind.open(server.port) as innocent:
        for frame in kind.innocent:
            innocent.send(json.dumps(frame))
        assert until_last(kind, innocent) is None
        one()
        for wrong, code in NOT_OF_THE_PROTOCOL:
            with kind.open(server.port) as client:
                client.send(wrong, text=True)
                # 1006: on a busy machine the end of the connection overtakes its reason.
                assert until_last(kind, client) in (code, 1006), kind.path
        assert until_last(kind, innocent) is None
    assert kind.ends <= CODES, kind.path
    assert "Traceback" not in server.printed
    assert " ERROR " not in server.printed


def send_all(kind: Kind, port: int, first: dict | None, messages: list[str | bytes]) -> None:
    with kind.open(port) as client:
        with suppress(ConnectionClosed):  # what came before is read below
            if first:
                client.send(json.dumps(first))
            for message in messages:
                client.send(message)
        code = until_last(kind, client)
        if code is not None:
            kind.ends.add(code)


def until_last(kind: Kind, client: ClientConnection) -> int | None:
    """Read until the answer to the last frame: None; or the code of the end."""
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            client.send(json.dumps(kind.last))  # again: in a flood it is not carried out
            with suppress(TimeoutError):
                while not kind.is_last(json.loads(client.recv(timeout=1))):
                    pass
                return None
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006
    raise AssertionError(f"{kind.path} answers nothing")
