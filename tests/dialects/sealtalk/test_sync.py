"""Versioned sync: what one call brings, and what it costs. Histories: tests/social."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import set_name
from rooms.models import Membership, Room
from rtcserver.events import Actor
from rtcserver.models import SyncClock
from social.models import Friendship, Group
from tests.factories import UserFactory

STAFF = Actor("staff", "someone", "admin")
NOTHING = {
    "version": None, "user": None, "blacklist": [], "friends": [], "groups": [],
    "group_members": [],
}  # fmt: skip


@pytest.fixture
def group(ada, bo):
    return ada.post("/group/create", name="Choir", memberIds=[ada.id, bo.id])["id"]


def make_friends(ada, bo):
    ada.post("/friendship/invite", friendId=bo.id, message="hi")
    bo.post("/friendship/agree", friendId=ada.id)


def selects(caller, version):
    """The answer, and how many rows-reading statements it took."""
    with CaptureQueriesContext(connection) as queries:
        answer = caller.sync(version)
    kinds = ("SELECT", "DECLARE", "EXECUTE")  # the last is a SELECT that was prepared
    reading = [q for q in queries if q["sql"].lstrip().upper().startswith(kinds)]
    return answer, len(reading)


def test_a_stranger_to_everything_gets_nothing(ada):
    assert ada.sync(0) == NOTHING


def test_the_shape_of_the_answer(ada, bo, cai, group):
    make_friends(ada, bo)
    ada.post("/user/add_to_blacklist", friendId=cai.id)
    ada.post("/user/set_nickname", nickname="<Ada>")
    answer = ada.sync(0)
    version = answer["version"]
    assert answer["user"] == {
        "id": ada.id, "nickname": "&lt;Ada&gt;", "portraitUri": "", "timestamp": version,
    }  # fmt: skip
    bos = {"id": bo.id, "nickname": "Bo", "portraitUri": ""}
    [friend], [blocked] = answer["friends"], answer["blacklist"]
    assert friend == {
        "friendId": bo.id, "displayName": "", "status": 20, "timestamp": friend["timestamp"],
        "user": bos,
    }  # fmt: skip
    assert blocked == {
        "friendId": cai.id, "status": True, "timestamp": blocked["timestamp"],
        "user": {"id": cai.id, "nickname": "Cai", "portraitUri": ""},
    }  # fmt: skip
    [mine], members = answer["groups"], {row["memberId"]: row for row in answer["group_members"]}
    assert mine == {
        "groupId": group, "displayName": "", "role": 0, "isDeleted": False,
        "group": {
            "id": group, "name": "Choir", "portraitUri": "",
            "timestamp": mine["group"]["timestamp"],
        },
    }  # fmt: skip
    assert members[bo.id] == {
        "groupId": group, "memberId": bo.id, "displayName": "", "role": 1, "isDeleted": False,
        "timestamp": mine["group"]["timestamp"], "user": bos,
    }  # fmt: skip
    assert set(members) == {ada.id, bo.id}
    assert ada.sync(version) == NOTHING


def test_a_new_name_reaches_friends_fellows_and_those_who_blocked(ada, bo, cai, group):
    make_friends(ada, cai)
    bo.post("/user/add_to_blacklist", friendId=ada.id)
    versions = [caller.sync()["version"] for caller in (ada, bo, cai)]
    set_name(ada.user, "Ada L.", actor=STAFF)
    mine, fellows, friends = (
        caller.sync(at) for caller, at in zip((ada, bo, cai), versions, strict=True)
    )
    assert mine["user"]["nickname"] == "Ada L."
    assert [row["user"]["nickname"] for row in fellows["group_members"]] == ["Ada L."]
    assert [row["user"]["nickname"] for row in fellows["blacklist"]] == ["Ada L."]
    assert [row["user"]["nickname"] for row in friends["friends"]] == ["Ada L."]
    assert (fellows["friends"], friends["group_members"]) == ([], [])
    assert mine["version"] == fellows["version"] == friends["version"]


def test_a_former_friends_new_name_is_none_of_ones_business(ada, bo):
    make_friends(ada, bo)
    ada.post("/friendship/delete", friendId=bo.id)
    at = ada.sync()["version"]
    set_name(bo.user, "Bob", actor=STAFF)
    assert ada.sync(at) == NOTHING


def test_a_rename_brings_the_group_without_its_members(ada, bo, group):
    at = bo.sync()["version"]
    ada.post("/group/rename", groupId=group, name="Band")
    news = bo.sync(at)
    assert [row["group"]["name"] for row in news["groups"]] == ["Band"]
    assert news["group_members"] == []


def test_whoever_enters_gets_all_members_and_the_others_only_the_new_one(ada, bo, cai, group):
    at = {caller.id: caller.sync()["version"] or 0 for caller in (ada, bo, cai)}
    bo.post("/group/add", groupId=group, memberIds=[cai.id])
    entered = {row["memberId"] for row in cai.sync(at[cai.id])["group_members"]}
    assert entered == {ada.id, bo.id, cai.id}
    assert [row["memberId"] for row in ada.sync(at[ada.id])["group_members"]] == [cai.id]


def test_whoever_is_put_out_learns_that_and_nothing_after(ada, bo, cai, group):
    ada.post("/group/add", groupId=group, memberIds=[cai.id])
    at = {caller.id: caller.sync()["version"] for caller in (bo, cai)}
    ada.post("/group/kick", groupId=group, memberIds=[cai.id])
    ada.post("/group/set_display_name", groupId=group, displayName="A")
    out, inside = cai.sync(at[cai.id]), bo.sync(at[bo.id])
    assert [(row["groupId"], row["isDeleted"]) for row in out["groups"]] == [(group, True)]
    assert out["group_members"] == []
    assert {(row["memberId"], row["isDeleted"]) for row in inside["group_members"]} == {
        (cai.id, True),
        (ada.id, False),
    }
    assert out["version"] < inside["version"]
    ada.post("/group/rename", groupId=group, name="Band")
    assert cai.sync(out["version"]) == NOTHING


def test_a_dismissed_group_is_deleted_on_every_device(ada, bo, group):
    at = bo.sync()["version"]
    ada.post("/group/dismiss", groupId=group)
    assert [row["isDeleted"] for row in bo.sync(at)["groups"]] == [True]


@pytest.mark.parametrize("version", ["99999999999999", "9" * 18, "-5", "0", "-0"])
def test_a_version_from_the_future_or_before_all_time_brings_everything(ada, group, version):
    assert ada.sync(version) == ada.sync(0)


def test_versions_are_milliseconds_and_never_go_back(ada, bo):
    now = timezone.now()
    with time_machine.travel(now + timedelta(days=10), tick=False):
        ada.post("/friendship/invite", friendId=bo.id, message="hi")
        first = ada.sync()["version"]
        assert first == time.time_ns() // 1_000_000
    bo.post("/friendship/agree", friendId=ada.id)  # the clock was set back meanwhile
    assert ada.sync(first)["version"] == first + 1


def test_changes_by_staff_are_synced_like_any_other(ada, bo, group):
    at = ada.sync()["version"]
    set_name(bo.user, "Bob", actor=STAFF)
    assert [row["user"]["nickname"] for row in ada.sync(at)["group_members"]] == ["Bob"]


class TestCost:
    def test_nothing_new_takes_two_selects(self, ada, bo, group):
        make_friends(ada, bo)
        at = ada.sync()["version"]
        assert selects(ada, at) == (NOTHING, 2)  # login, and one for all parts

    def test_anything_new_takes_seven_whatever_the_number_of_rows(self, ada, bo, group):
        make_friends(ada, bo)
        small, taken = selects(ada, 0)
        crowded(ada)
        large, taken_by_all = selects(ada, 0)
        assert len(small["group_members"]) == 2
        assert len(large["group_members"]) == 2 + 20 * 30
        assert len(large["friends"]) == 1 + 200
        assert (taken, taken_by_all) == (7, 7)
        with_future = selects(ada, 10**15)
        assert with_future == (large, 8)


def crowded(ada, friends=200, groups=20, size=30):
    """Give a person many friends and groups, as if it had happened one by one."""
    people = UserFactory.create_batch(friends)
    now, stamp = timezone.now(), SyncClock.tick()
    Friendship.objects.bulk_create(
        Friendship(user=ada.user, friend=friend, status=20, status_changed_at=now, stamp=stamp)
        for friend in people
    )
    rooms = Room.across_teams.bulk_create(
        Room(kind=Room.Kind.GROUP, name=f"Group {number}", owner=ada.user, stamp=stamp)
        for number in range(groups)
    )
    Group.objects.bulk_create(Group(room=room, member_count=size) for room in rooms)
    Membership.objects.bulk_create(
        Membership(room=room, user=user, joined_at=now, stamp=stamp)
        for room in rooms
        for user in [ada.user, *people[: size - 1]]
    )
