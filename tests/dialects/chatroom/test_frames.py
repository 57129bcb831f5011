"""The frames of the chatroom socket: the documented examples, and what is refused how."""

import json

import pytest

from rooms.models import Seat
from tests.dialects.chatroom.conftest import eventually

ANNA = {"user_name": "test", "user_avatar": ""}
DOCUMENTED = [  # what is sent, what comes back (document 003)
    (
        {"type": "join", "data": {"user": ANNA, "room_name": "TEST", "msg": ""}},
        {"type": "user", "data": {"user": ANNA, "room_name": "TEST", "msg": "create"}},
    ),
    (
        {"type": "msg", "data": {"user": ANNA, "room_name": "TEST", "msg": "hello"}},
        {"type": "msg", "data": {"user": ANNA, "room_name": "TEST", "msg": "hello"}},
    ),
    (
        {"type": "leave", "data": {"user": ANNA, "room_name": "TEST", "msg": ""}},
        {"type": "user", "data": {"user": ANNA, "room_name": "TEST", "msg": "leave"}},
    ),
]
USER = '{"user_name": "anna", "user_avatar": "3"}'
REFUSED = [  # what is sent, the text of the error
    ("", "invalid message"),
    ("hello", "invalid message"),
    ("[]", "invalid message"),
    ("null", "invalid message"),
    ("1", "invalid message"),
    ('{"type": "msg"', "invalid message"),
    ("{}", "invalid message"),
    ('{"type": "join"}', "invalid message"),
    ('{"type": "join", "data": null}', "invalid message"),
    ('{"data": {}}', "invalid message"),
    ('{"type": null, "data": {}}', "invalid message"),
    ('{"type": "user", "data": {}}', "invalid message"),
    ('{"type": "error", "data": {}}', "invalid message"),
    ('{"type": "JOIN", "data": {}}', "invalid message"),
    ('{"type": ["join"], "data": {}}', "invalid message"),
    ('{"type": {"a": 1}, "data": {}}', "invalid message"),
    ("[" * 30_000 + "]" * 30_000, "invalid message"),
    ('{"type": "join", "data": ' + '{"a":' * 9_000 + "1" + "}" * 9_001, "invalid message"),
    ('{"type": "join", "data": []}', "invalid data"),
    ('{"type": "join", "data": "text"}', "invalid data"),
    ('{"type": "join", "data": 0}', "invalid data"),
    ('{"type": "join", "data": false}', "invalid data"),
    ('{"type": "join", "data": {}}', "invalid data"),
    ('{"type": "join", "data": {"user": "anna", "room_name": "T", "msg": ""}}', "invalid data"),
    ('{"type": "join", "data": {"user": {}, "room_name": "T", "msg": ""}}', "invalid data"),
    (f'{{"type": "join", "data": {{"user": {USER}, "msg": ""}}}}', "invalid data"),
    (f'{{"type": "join", "data": {{"user": {USER}, "room_name": "T"}}}}', "invalid data"),
    (f'{{"type": "msg", "data": {{"user": {USER}, "room_name": 1, "msg": ""}}}}', "invalid data"),
    (f'{{"type": "msg", "data": {{"user": {USER}, "room_name": "T", "msg": 1}}}}', "invalid data"),
    (f'{{"type": "msg", "data": {{"user": {USER}, "room_name": "T", "msg": null}}}}',
     "invalid data"),
    ('{"type": "join", "data": {"user": {"user_name": 7}, "room_name": "T", "msg": ""}}',
     "invalid data"),
    ('{"type": "join", "data": {"user": {"user_name": "a", "user_avatar": 1}, "room_name": "T", '
     '"msg": ""}}', "invalid data"),
]  # fmt: skip
LEGAL = {"name": "anna", "room": "TEST", "msg": "hello", "avatar": "3"}
ILLEGAL = [
    {"name": ""}, {"room": ""}, {"name": "x" * 65}, {"room": "x" * 65}, {"msg": "x" * 4001},
    {"avatar": "x" * 513}, {"name": "a\x00b"}, {"room": "\x00"}, {"msg": "a\x00"},
    {"name": "\ud800"}, {"room": "\udfff"}, {"msg": "half \ud83d of it"}, {"avatar": "\udc00"},
]  # fmt: skip


def test_the_documented_examples(open_client):
    client = open_client("test")
    for sent, answered in DOCUMENTED:
        client.raw(json.dumps(sent))
        assert client.frame() == answered


@pytest.mark.parametrize("path", ["/", "/ws/chatroom/", "/ws/chatroom"])
def test_the_socket_lives_at_each_of_its_paths(open_client, path):
    assert open_client(path=path).join() == ("user", "anna", "create")


def test_what_is_no_frame_is_refused_and_the_connection_goes_on(open_client):
    client = open_client()
    for sent, text in REFUSED:
        client.raw(sent)
        answer = client.frame()
        assert (answer["type"], answer["data"]["msg"]) == ("error", text), sent
        assert set(answer["data"]) == {"user", "room_name", "msg"}
        assert set(answer["data"]["user"]) == {"user_name", "user_avatar"}
    assert client.join() == ("user", "anna", "create")


@pytest.mark.parametrize("kind", ["join", "msg", "leave"])
def test_names_and_texts_that_nobody_can_have_are_illegal(open_client, kind):
    client = open_client()
    client.join()
    for changed in ILLEGAL:
        client.send(kind, **LEGAL | changed)
        answer = client.frame()
        assert (answer["type"], answer["data"]["msg"]) == ("error", "illegal data"), changed
    assert client.ask("msg", "still here") == ("msg", "anna", "still here")


def test_a_binary_frame_is_an_invalid_message(open_client):
    client = open_client()
    client.raw(b'{"type": "join"}')
    assert client.next() == ("error", "", "invalid message")


def test_an_error_repeats_user_and_room_where_they_can_be_read(open_client):
    client = open_client()
    client.raw('{"type": "msg", "data": {"user": {"user_name": "anna"}, "room_name": "T"}}')
    user = {"user_name": "anna", "user_avatar": ""}
    assert client.frame()["data"] == {"user": user, "room_name": "T", "msg": "invalid data"}
    client.raw('{"type": "msg", "data": {"user": [1], "room_name": null, "msg": {}}}')
    nobody = {"user_name": "", "user_avatar": ""}
    assert client.frame()["data"] == {"user": nobody, "room_name": "", "msg": "invalid data"}


def test_a_message_needs_a_text_and_a_blank_is_one(open_client):
    client = open_client()
    client.join()
    assert client.ask("msg", "") == ("error", "anna", "null message")
    assert client.ask("msg", " ") == ("msg", "anna", " ")


def test_the_first_rule_broken_decides(open_client):
    client = open_client()
    client.raw('{"type": "nothing", "data": {"user": 1}}')
    assert client.next()[2] == "invalid message"
    client.raw('{"type": "msg", "data": {"user": {"user_name": ""}, "room_name": ""}}')
    assert client.next()[2] == "invalid data"
    client.raw('{"type": "msg", "data": {"user": {"user_name": ""}, "room_name": "", "msg": ""}}')
    assert client.next()[2] == "illegal data"
    assert client.ask("msg", "")[2] == "null message"
    assert client.ask("msg", "x")[2] == "room not exist"


def test_an_avatar_may_be_left_out(open_client):
    client = open_client()
    client.raw(
        '{"type": "join", "data": {"user": {"user_name": "anna"}, "room_name": "TEST", "msg": ""}}'
    )
    assert client.frame()["data"]["user"] == {"user_name": "anna", "user_avatar": ""}


def test_who_is_no_member_is_refused(open_client):
    anna, bo = open_client("anna"), open_client("bo")
    assert anna.ask("msg", "x") == ("error", "anna", "room not exist")
    assert anna.ask("leave") == ("error", "anna", "room not exist")
    anna.join()
    assert bo.ask("msg", "x") == ("error", "bo", "user not exist")
    assert bo.ask("leave") == ("error", "bo", "user not exist")
    assert anna.hears_nothing()


def test_everybody_hears_everything_once_and_in_one_order(open_client):
    names = ["anna", "bo", "cy"]
    clients = [open_client(name) for name in names]
    for number, client in enumerate(clients):
        assert client.join() == ("user", names[number], "join" if number else "create")
        for other in clients[:number]:
            assert other.next() == ("user", names[number], "join")
    for round_ in range(5):
        for client in clients:
            client.send("msg", f"{client.name} {round_}")
    heard = [[client.next() for _ in range(15)] for client in clients]
    assert heard[0] == heard[1] == heard[2]
    for name in names:
        said = [msg for _type, sender, msg in heard[0] if sender == name]
        assert said == [f"{name} {round_}" for round_ in range(5)]
    assert all(client.hears_nothing(0.1) for client in clients)


def test_user_and_text_are_copied_unchanged(open_client):
    anna, bo = open_client("anna"), open_client("bo")
    anna.join()
    bo.join(avatar="<b>7</b>")
    assert anna.frame()["data"]["user"] == {"user_name": "bo", "user_avatar": "<b>7</b>"}
    text = '<script>alert(1)</script> 你好 \u2028 \t\n 😀 "quoted" \\'
    bo.send("msg", text, avatar="12")
    for client in (anna, bo):
        said = client.frame()["data"]
        assert said["msg"] == text
        assert said["user"] == {"user_name": "bo", "user_avatar": "12"}


def test_leaving_is_told_to_all_and_the_leaver(open_client):
    anna, bo = open_client("anna"), open_client("bo")
    anna.join()
    bo.join()
    anna.next()
    assert bo.ask("leave") == ("user", "bo", "leave")
    assert anna.next() == ("user", "bo", "leave")
    anna.send("msg", "alone")
    assert anna.next() == ("msg", "anna", "alone")
    assert bo.hears_nothing()
    assert bo.ask("msg", "x") == ("error", "bo", "user not exist")
    assert bo.join() == ("user", "bo", "join")


@pytest.mark.parametrize("go", ["close", "vanish", "leave and close"])
def test_whoever_goes_leaves_once(open_client, go):
    anna, bo = open_client("anna"), open_client("bo")
    anna.join()
    bo.join(avatar="5")
    anna.next()
    if go == "leave and close":
        bo.send("leave", avatar="5")
    bo.vanish() if go == "vanish" else bo.close()
    frame = anna.frame()
    assert frame["data"]["user"] == {"user_name": "bo", "user_avatar": "5"}
    assert frame["data"]["msg"] == "leave"
    assert anna.hears_nothing()
    eventually(lambda: not Seat.objects.seated().filter(name="bo").exists())


def test_the_next_one_in_an_empty_room_creates_it_anew(open_client):
    anna, bo, cy = open_client("anna"), open_client("bo"), open_client("cy")
    anna.join()
    bo.join()
    anna.next()
    anna.ask("leave")
    assert bo.next() == ("user", "anna", "leave")
    assert cy.join() == ("user", "cy", "join")
    bo.next()
    bo.ask("leave")
    cy.next()
    cy.ask("leave")
    assert anna.join() == ("user", "anna", "create")


def test_joining_again_changes_nothing(open_client):
    anna, bo = open_client("anna"), open_client("bo")
    anna.join()
    bo.join()
    anna.next()
    assert bo.join() == ("user", "bo", "join")
    assert anna.hears_nothing()
    assert Seat.objects.seated().count() == 2


def test_one_socket_in_two_rooms(open_client):
    anna, bo = open_client("anna"), open_client("bo", room="YOU")
    anna.join()
    bo.join()
    assert anna.join(room="YOU") == ("user", "anna", "join")
    assert bo.next() == ("user", "anna", "join")
    bo.ask("msg", "here")
    frame = anna.frame()
    assert (frame["data"]["room_name"], frame["data"]["msg"]) == ("YOU", "here")
    anna.ask("leave", room="YOU")
    assert anna.ask("msg", "there") == ("msg", "anna", "there")
