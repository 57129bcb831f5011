"""Every socket, by every kind of credential: who is let in, and what they are let hear."""

import json

import pytest
from django.test import override_settings
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rtcserver.asgi import sockets
from tests.authorisation import world as worlds
from tests.dialects.chatroom.conftest import Client as ChatroomClient
from tests.dialects.chatroom.conftest import close_connections
from tests.sockets import Talker, serving

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = {
    "ws/chat": "/ws/chat",
    "ws/call": "/ws/call",
    "^ws/rooms/(?P<room_id>.+?)/?$": "/ws/rooms/stage/",
    "^(?:ws/chatroom/?)?$": "/ws/chatroom/",
    "": "/ws/nothing",
}
IN, NO_ONE, NOT_INSIDE, NOWHERE = "welcome", 4401, 4403, 4404

# /ws/chat: credential -> let in, and which of the conversations it may hear
EVERYTHING = ("session", "room")
CHAT = [
    ({}, NO_ONE, ()),
    *(({"bearer": name}, NO_ONE, ()) for name in
      ("garbage", "expired", "revoked", "key_off", "team_off", "leaver", "entry", "login", "ticket",
       "liveroom_token", "chat_ticket", "scopeless")),
    *(({"login": name}, NO_ONE, ()) for name in ("ours", "ticket", "liveroom_token", "entry")),
    *(({"ticket": name}, NO_ONE, ()) for name in ("ours", "login", "chat_ticket", "entry")),
    *(({"staff": name}, NO_ONE, ()) for name in ("ours", "login", "ticket")),
    ({"userId": "liveroom_user"}, NO_ONE, ()),
    ({"userId": "liveroom_user", "token": "login"}, NO_ONE, ()),
    ({"userId": "liveroom_user", "userSig": "garbage"}, NO_ONE, ()),
    ({"bearer": "theirs"}, IN, ()),
    ({"bearer": "ours"}, IN, EVERYTHING),
    ({"ticket": "ticket"}, IN, ("session",)),
    ({"login": "login"}, IN, ("group",)),
    ({"staff": "their_staff"}, IN, ()),
    ({"staff": "our_staff"}, IN, EVERYTHING),
    ({"userId": "liveroom_user", "token": "liveroom_token"}, IN, ("room",)),
]  # fmt: skip

# /ws/rooms/<id>/: whose parameters, in which room
ROOMS = [
    ("nobody", "stage", NO_ONE),
    ("garbage", "stage", NO_ONE),
    ("other_token", "stage", NO_ONE),
    ("signed_out", "stage", NO_ONE),
    ("stranger", "stage", NOT_INSIDE),
    ("member", "elsewhere", NOWHERE),
    ("member", "stage", IN),
    ("owner", "stage", IN),
]

# /ws/call: what is shown as the entry id
CALL = [
    *((name, NOWHERE) for name in ("garbage", "ours", "login", "liveroom_token", "chat_ticket")),
    ("peer", NOWHERE),  # what the others of the call know
    ("entry", IN),
]


def test_the_table_names_every_socket():
    assert {str(route.pattern) for route in sockets.routes} == PATHS.keys()


@pytest.fixture
def world(transactional_db):
    with override_settings(
        LIVEROOM_TEAM=f"{worlds.MARK} Clinic", CHATROOM_AUTH="login-ip", EMBEDDED_WORKER=False
    ):
        world = worlds.build()
        world.secrets["scopeless"] = worlds.bearer_of(world.key, ["events", "team", "system"])
        yield world
        close_connections()


def test_who_is_let_in(world):
    with serving() as port:
        refuses_foreign_pages(port)
        for shown, answer, hears in CHAT:
            credentials = {name: world.secrets[value] for name, value in shown.items()}
            wrong = chat_fault(world, port, credentials, answer, hears)
            assert not wrong, (shown, wrong)
        for name, room, answer in ROOMS:
            given = first_answer(
                port, f"/ws/rooms/{room}/", {"type": "auth", **world.liveroom[name]}
            )
            assert given == answer, (name, room)
        for name, answer in CALL:
            frame = {"op": "auth", "entry": world.secrets[name][:64]}
            assert first_answer(port, "/ws/call", frame) == answer, name
        chatroom_keeps_names(port)


def refuses_foreign_pages(port):
    for path in PATHS.values():
        with pytest.raises(InvalidStatus) as refused:
            Talker(port, path, origin="https://evil.example")
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus):
        Talker(port, "/ws/nothing")


def chat_fault(world, port, credentials, answer, hears):
    """What a speaker hears, whatever it asks for: nothing of Zebra beyond `hears`."""
    talker = Talker(port)
    try:
        if answer != IN:
            talker.send(json.dumps({"op": "auth", **credentials}))
            return "" if talker.close_code() == answer else "let in"
        welcome = talker.ask("auth", **credentials)
        if welcome["op"] != IN:
            return welcome
        for kind in ("session", "room", "group"):
            for op, more in (("subscribe", {"since": 0}), ("history", {}), ("members", {})):
                got = talker.ask(op, **{kind: str(world.ids[kind])}, **more)
                refused = got.get("code") == "conversation_not_found"
                if refused == (kind in hears):
                    return kind, op, got
        if not hears and worlds.MARK in str(talker.heard):
            return talker.heard
    finally:
        talker.close()
    return ""


def first_answer(port, path, frame):
    """The close code; or the kind of the first frame."""
    talker = Talker(port, path)
    try:
        talker.send(json.dumps(frame))
        got = talker.receive()
        kind = got.get("op") or got.get("type")
        return kind if kind == IN else talker.close_code()
    except ConnectionClosed as closed:
        return closed.rcvd.code
    finally:
        talker.close()


def chatroom_keeps_names(port):
    """Whoever comes may be a guest under a free name; a registered one is its owner's."""
    for path in ("/", "/ws/chatroom/"):
        guest, thief = (
            ChatroomClient(port, name=name, room="LOBBY", path=path) for name in ("guest", "Zoe")
        )
        assert guest.join()[0] != "error"
        assert thief.join()[0] == "error"
        guest.close()
        thief.close()
