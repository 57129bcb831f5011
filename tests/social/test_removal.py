"""What a removed account leaves behind."""

import pytest

from accounts.services import export_user
from rooms.models import Room
from social.models import Block, Notification
from tests.dialects.sealtalk.calls import Caller
from tests.factories import UserFactory
from tests.social.people import HASHED, PASSWORD


@pytest.fixture
def people(db):
    return [Caller(UserFactory(name=name, password=HASHED)) for name in ("Ada", "Bo", "Cai")]


def test_friends_blacklists_and_groups_let_go_of_a_removed_person(people):
    ada, bo, cai = people
    ada.post("/friendship/invite", friendId=bo.id, message="hi")
    bo.post("/friendship/agree", friendId=ada.id)
    cai.post("/user/add_to_blacklist", friendId=ada.id)
    shared = ada.post("/group/create", name="Choir", memberIds=[ada.id, bo.id, cai.id])["id"]
    alone = ada.post("/group/create", name="Duo", memberIds=[ada.id, bo.id])["id"]
    bo.post("/group/quit", groupId=alone)
    versions = [caller.sync()["version"] for caller in (bo, cai)]

    ada.client.post("/user/delete", {"password": PASSWORD}, content_type="application/json")

    news, others = (caller.sync(at) for caller, at in zip((bo, cai), versions, strict=True))
    assert [(row["friendId"], row["status"]) for row in news["friends"]] == [(ada.id, 30)]
    assert [(row["friendId"], row["status"]) for row in others["blacklist"]] == [(ada.id, False)]
    gone = {row["memberId"]: (row["isDeleted"], row["role"]) for row in news["group_members"]}
    assert gone == {ada.id: (True, 1), bo.id: (False, 0)}
    assert [row["groupId"] for row in news["groups"]] == [shared]
    assert bo.get(f"/group/{shared}")["creatorId"] == bo.id
    assert Room.across_teams.get(public_id=alone).closed_at
    assert not Block.objects.active().exists()
    bo.post("/friendship/invite", friendId=ada.id, message="hi", status=404)
    bo.post("/group/add", groupId=shared, memberIds=[ada.id], status=400)
    last = Notification.objects.of_user(bo.user.pk).latest("event_id").event
    assert (last.type, last.payload["new_creator"]["name"]) == ("group.member_left", "Bo")


def test_a_person_can_have_everything_that_is_kept(people):
    ada, bo, cai = people
    bo.post("/friendship/invite", friendId=ada.id, message="hi")
    ada.post("/user/add_to_blacklist", friendId=cai.id)
    ada.post("/group/create", name="Choir", memberIds=[ada.id, bo.id])
    kept = export_user(ada.user)
    assert [(row["person"], row["message"]) for row in kept["friendships"]] == [(bo.id, "hi")]
    assert kept["blacklist"] == [cai.id]
    assert [row["name"] for row in kept["groups"]] == ["Choir"]
