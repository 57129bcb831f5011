"""What readers are given while somebody asks whether they may still read."""

import pytest

from social.services import set_friend_name
from tests.chat.places import group, pair, user_of
from tests.conftest import TESTER
from tests.dialects.sealtalk.calls import Caller
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def choir():
    """A group of three; the first founded it."""
    return group([UserFactory(name=name) for name in ("Ada", "Bo", "Cai")])


def test_who_is_kicked_is_given_nothing_written_afterwards(choir, talkers):
    ada, _bo, cai = map(user_of, choir.speakers)
    founder, kicked = Caller(ada), talkers(cai)
    name = kicked.ask("subscribe", group=choir.conversation.room.public_id)["conversation"]
    founder.post(
        "/group/kick", groupId=choir.conversation.room.public_id, memberIds=[cai.public_id]
    )
    choir.say("Gone?")
    for op in ("history", "members"):
        assert kicked.ask(op, conversation=name)["code"] == "conversation_not_found"
    assert kicked.next("unsubscribed")["conversation"] == name
    assert "entries" not in {frame["op"] for frame in kicked.heard}


def test_who_leaves_holds_up_nobody_else(choir, talkers, monkeypatch):
    _ada, bo, cai = map(user_of, choir.speakers)
    monkeypatch.setattr("chat.consumers.here.RECHECK_SECONDS", 600)
    stays = talkers(bo)
    stays.ask("subscribe", group=choir.conversation.room.public_id)
    Caller(cai).post("/group/quit", groupId=choir.conversation.room.public_id)
    choir.say("Gone?")
    assert [entry["body"] for entry in stays.entries(1)] == ["Gone?"]


def test_who_stays_gets_everything_once(talkers):
    friends = pair()
    ana, bo = map(user_of, friends.speakers)
    reader = talkers(bo)
    reader.ask("subscribe", friend=ana.public_id)
    for number in range(5):
        friends.say(f"{number}")
        set_friend_name(actor=TESTER, user=ana, friend_id=bo.public_id, display_name=f"{number}")
    friends.say("5")
    assert [entry["body"] for entry in reader.entries(6)] == list("012345")
    assert "entries" not in {frame["op"] for frame in reader.heard}


def test_who_gave_up_a_friend_is_given_nothing_more(talkers):
    friends = pair()
    ana, bo = map(user_of, friends.speakers)
    reader = talkers(bo)
    name = reader.ask("subscribe", friend=ana.public_id)["conversation"]
    Caller(bo).post("/friendship/delete", friendId=ana.public_id)
    friends.say("Still there?")
    assert reader.next("unsubscribed")["conversation"] == name
    assert "entries" not in {frame["op"] for frame in reader.heard}
