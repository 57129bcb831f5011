"""`POST /misc/send_message`: a person's message to a friend or to a group of theirs."""

import pytest

from chat.models import Conversation, Message

NOBODY = "5Vg2XCh9f"
TEXT = '{"content":"hello","extra":"x"}'


@pytest.fixture
def group(ada, bo):
    return ada.post("/group/create", name="Choir", memberIds=[ada.id, bo.id])["id"]


@pytest.fixture
def friends(ada, bo):
    ada.post("/friendship/invite", friendId=bo.id, message="hi")
    bo.post("/friendship/agree", friendId=ada.id)


def send(caller, kind, target, status=200, **changes):
    body = {
        "conversationType": kind,
        "targetId": target,
        "objectName": "RC:TxtMsg",
        "content": TEXT,
        "pushContent": "",
    }
    return caller.post("/misc/send_message", status=status, **body | changes)


def stored():
    return list(Message.objects.order_by("id").values_list("seq", "sender_name", "type", "body"))


def test_messages_go_to_friends_and_own_groups_only(ada, bo, cai, group):
    other = cai.post("/group/create", name="Other", memberIds=[bo.id, cai.id])["id"]
    send(ada, "PRIVATE", bo.id, 403)
    send(ada, "PRIVATE", NOBODY, 403)
    send(ada, "GROUP", other, 403)
    send(ada, "SYSTEM", bo.id, 403)
    ada.post("/friendship/invite", friendId=bo.id, message="hi")
    send(ada, "PRIVATE", bo.id, 403)
    assert not stored()
    bo.post("/friendship/agree", friendId=ada.id)
    assert send(ada, "PRIVATE", bo.id) is None
    assert send(ada, "GROUP", group) is None
    assert stored() == [(1, ada.user.name, "RC:TxtMsg", TEXT)] * 2


def test_a_text_may_say_how_nul_is_written(ada, group):
    send(ada, "GROUP", group, content='"\\\\u0000"')
    [(_seq, _name, _type, body)] = stored()
    assert body == '"\\\\u0000"'


def test_nothing_for_the_phones_is_nothing(ada, group):
    send(ada, "GROUP", group, pushContent=None)
    assert len(stored()) == 1


def test_friends_share_one_conversation(ada, bo, friends):
    send(ada, "PRIVATE", bo.id)
    send(bo, "PRIVATE", ada.id)
    assert [(seq, name) for seq, name, _type, _body in stored()] == [
        (1, ada.user.name),
        (2, bo.user.name),
    ]
    assert Conversation.across_teams.count() == 1


def test_the_blacklist_of_the_receiver_holds(ada, bo, friends):
    bo.post("/user/add_to_blacklist", friendId=ada.id)
    send(ada, "PRIVATE", bo.id, 403)
    send(bo, "PRIVATE", ada.id)
    bo.post("/user/remove_from_blacklist", friendId=ada.id)
    send(ada, "PRIVATE", bo.id)


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "hello"},
        {"content": '{"a":'},
        {"content": '{"a": NaN}'},
        {"content": "[" * 60_000},
        {"content": '"' + "x" * 20_000 + '"'},
        {"content": '"\\ud800"'},
        {"content": '{"content":"a\\u0000b"}'},
        {"content": '{"content":"\\\\\\u0000"}'},
        {"content": '{"a\\u0000b":1}'},
        {"content": ""},
        {"content": {"content": "hello"}},
        {"objectName": "a b"},
        {"objectName": "x" * 64},
        {"objectName": ""},
        {"conversationType": 1},
    ],
)
def test_what_is_no_message_is_400(ada, group, changes):
    send(ada, "GROUP", group, 400, **changes)
    assert not stored()


def test_a_flood_is_held_up(ada, group, settings):
    settings.CHAT_MESSAGES_PER_10_SECONDS = 2
    for _time in range(2):
        send(ada, "GROUP", group)
    send(ada, "GROUP", group, 429)
