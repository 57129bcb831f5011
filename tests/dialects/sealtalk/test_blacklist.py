"""The blacklist."""

from rtcserver.models import Event
from social.models import Block


def test_blocked_people_are_listed_until_taken_off(people):
    ada, bo, cai = people
    for other in (bo, cai, bo):
        ada.post("/user/add_to_blacklist", friendId=other.id)
    listed = ada.get("/user/blacklist")
    assert [set(row) for row in listed] == [{"user"}, {"user"}]
    assert [row["user"]["nickname"] for row in listed] == ["Bo", "Cai"]
    assert set(listed[0]["user"]) == {"id", "nickname", "portraitUri", "updatedAt"}
    for _twice in range(2):
        ada.post("/user/remove_from_blacklist", friendId=bo.id)
    assert [row["user"]["id"] for row in ada.get("/user/blacklist")] == [cai.id]
    assert bo.get("/user/blacklist") == []


def test_only_changes_are_stamped_and_recorded(people):
    ada, bo, _cai = people
    ada.post("/user/remove_from_blacklist", friendId=bo.id)
    ada.post("/user/remove_from_blacklist", friendId="5Vg2XCh9f")
    assert not Block.objects.exists()
    ada.post("/user/add_to_blacklist", friendId=bo.id)
    at = ada.sync()["version"]
    ada.post("/user/add_to_blacklist", friendId=bo.id)
    assert ada.sync(at)["version"] is None
    ada.post("/user/remove_from_blacklist", friendId=bo.id)
    assert [row["status"] for row in ada.sync(at)["blacklist"]] == [False]
    types = Event.objects.filter(type__startswith="block.").order_by("id")
    assert [event.type for event in types] == ["block.added", "block.removed"]


def test_nobody_blocks_strangers_or_themselves(people):
    ada = people[0]
    ada.post("/user/add_to_blacklist", friendId="5Vg2XCh9f", status=404)
    ada.post("/user/add_to_blacklist", friendId=ada.id, status=400)
    assert ada.get("/user/blacklist") == []
