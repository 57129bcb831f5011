"""Groups: who may do what, what it changes, and who is told."""

import pytest
from django.utils import timezone

from rooms.models import Membership, Room
from rtcserver.models import Event
from social.models import Group, Notification
from tests.dialects.sealtalk.calls import Caller
from tests.factories import UserFactory

NOBODY = "5Vg2XCh9f"


@pytest.fixture
def group(ada, bo):
    """Ada's group, with Bo in it."""
    return ada.post("/group/create", name="Choir", memberIds=[bo.id, ada.id])["id"]


def crowd(number):
    return [user.public_id for user in UserFactory.create_batch(number)]


def members(caller, group):
    return [row["user"]["nickname"] for row in caller.get(f"/group/{group}/members")]


def told(event_type):
    """Names of the people who are told of the newest event of a type."""
    event = Event.objects.filter(type=event_type).order_by("-id").first()
    rows = Notification.objects.filter(event=event).select_related("user")
    return sorted(row.user.name for row in rows)


def test_a_new_group_has_its_creator_first_and_an_id_of_letters_and_digits(ada, bo, cai, group):
    assert group.isalnum()
    expected = {
        "id": group,
        "name": "Choir",
        "portraitUri": "",
        "memberCount": 2,
        "maxMemberCount": 500,
        "creatorId": ada.id,
        "bulletin": None,
        "deletedAt": None,
    }
    assert ada.get(f"/group/{group}") == cai.get(f"/group/{group}") == expected
    first, second = bo.get(f"/group/{group}/members")
    assert (first["user"]["nickname"], first["role"]) == ("Ada", 0)
    assert (second["user"]["nickname"], second["role"]) == ("Bo", 1)
    assert set(first) == {"displayName", "role", "createdAt", "updatedAt", "user"}
    [mine] = ada.get("/user/groups")
    assert mine["role"] == 0
    assert set(mine["group"]) == set(expected) - {"bulletin", "deletedAt"}
    assert [row["role"] for row in bo.get("/user/groups")] == [1]
    assert told("group.created") == ["Ada", "Bo"]


def test_creating_checks_name_number_and_people(ada, bo):
    def refused(name="Choir", members=(ada.id, bo.id)):
        ada.post("/group/create", name=name, memberIds=list(members), status=400)

    refused(name="x")
    refused(name="x" * 33)
    refused(members=[ada.id])
    refused(members=[ada.id, ada.id])
    refused(members=[bo.id, *crowd(2)])
    refused(members=[ada.id, None])
    refused(members=[ada.id, NOBODY])
    refused(members=[ada.id, *crowd(500)])
    assert not Group.objects.exists()
    assert not Event.objects.filter(type__startswith="group.").exists()
    full = ada.post("/group/create", name="合唱" * 16, memberIds=[ada.id, *crowd(499)])
    assert ada.get(f"/group/{full['id']}")["memberCount"] == 500


def test_with_500_groups_one_founds_no_more(ada, bo):
    rooms = Room.across_teams.bulk_create(
        Room(kind=Room.Kind.GROUP, name="Choir", owner=bo.user) for _number in range(500)
    )
    Group.objects.bulk_create(Group(room=room, member_count=1) for room in rooms)
    enter = [Membership(room=room, user=ada.user, joined_at=timezone.now()) for room in rooms]
    Membership.objects.bulk_create(enter)
    ada.post("/group/create", name="Choir", memberIds=[bo.id, ada.id], code=1000)
    assert len(ada.get("/user/groups")) == 500
    ada.post("/group/quit", groupId=rooms[0].public_id)
    ada.post("/group/create", name="Choir", memberIds=[bo.id, ada.id])


def test_any_member_adds_people_and_others_may_not(ada, bo, cai, group):
    cai.post("/group/add", groupId=group, memberIds=[cai.id], status=403)
    ada.post("/group/add", groupId=NOBODY, memberIds=[cai.id], status=404)
    bo.post("/group/add", groupId=group, memberIds=[cai.id, NOBODY], status=400)
    bo.post("/group/add", groupId=group, memberIds=[cai.id, None], status=400)
    assert members(ada, group) == ["Ada", "Bo"]
    bo.post("/group/add", groupId=group, memberIds=[cai.id, cai.id])
    assert members(ada, group) == ["Ada", "Bo", "Cai"]
    assert told("group.members_added") == ["Ada", "Bo", "Cai"]
    ada.post("/group/add", groupId=group, memberIds=[cai.id], status=400)
    assert ada.get(f"/group/{group}")["memberCount"] == 3


def test_joining_needs_no_approval_but_a_place(ada, bo, cai, group):
    cai.post("/group/join", groupId=NOBODY, status=404)
    cai.post("/group/join", groupId=group)
    cai.post("/group/join", groupId=group, status=400)
    assert told("group.members_added") == ["Ada", "Bo", "Cai"]
    full = ada.post("/group/create", name="Full", memberIds=[ada.id, *crowd(499)])["id"]
    bo.post("/group/join", groupId=full, status=400)
    ada.post("/group/add", groupId=full, memberIds=[bo.id], status=400)
    assert Membership.objects.filter(room__public_id=full).count() == 500


def test_only_the_creator_kicks_and_only_members(ada, bo, cai, group):
    ada.post("/group/add", groupId=group, memberIds=[cai.id])
    ada.post("/group/kick", groupId=group, memberIds=[bo.id, ada.id], status=400)
    ada.post("/group/kick", groupId=NOBODY, memberIds=[bo.id], status=404)
    bo.post("/group/kick", groupId=group, memberIds=[cai.id], status=403)
    ada.post("/group/kick", groupId=group, memberIds=[NOBODY, bo.id], status=400)
    ada.post("/group/kick", groupId=group, memberIds=[None, bo.id], status=400)
    assert members(ada, group) == ["Ada", "Bo", "Cai"]
    ada.post("/group/kick", groupId=group, memberIds=[bo.id, cai.id])
    assert members(ada, group) == ["Ada"]
    assert told("group.members_kicked") == ["Ada", "Bo", "Cai"]
    assert ada.get(f"/group/{group}")["deletedAt"] is None
    ada.post("/group/kick", groupId=group, memberIds=[bo.id], status=400)


def test_whoever_left_may_come_back_as_a_plain_member(ada, bo, group):
    bo.post("/group/set_display_name", groupId=group, displayName="B.")
    ada.post("/group/quit", groupId=group)
    ada.post("/group/join", groupId=group)
    rows = bo.get(f"/group/{group}/members")
    assert [(row["user"]["nickname"], row["role"]) for row in rows] == [("Bo", 0), ("Ada", 1)]
    assert Membership.objects.count() == 2


def test_the_creator_is_followed_by_who_joined_first(ada, bo, cai, group):
    cai.post("/group/join", groupId=group)
    bo.post("/group/quit", groupId=group)
    bo.post("/group/join", groupId=group)  # and is behind Cai now
    ada.post("/group/quit", groupId=group)
    assert members(bo, group) == ["Cai", "Bo"]
    assert told("group.member_left") == ["Ada", "Bo", "Cai"]
    event = Event.objects.filter(type="group.member_left").latest("id")
    assert event.payload["new_creator"] == {"id": cai.id, "name": "Cai"}
    ada.post("/group/quit", groupId=group, status=403)
    ada.post("/group/quit", groupId=NOBODY, status=404)


def test_with_the_last_member_the_group_ends(ada, bo, group):
    bo.post("/group/quit", groupId=group)
    ada.post("/group/quit", groupId=group)
    ended = bo.get(f"/group/{group}")
    assert ended["memberCount"] == 0
    assert ended["deletedAt"]
    ada.get(f"/group/{group}/members", status=404)
    ada.post("/group/join", groupId=group, status=404)


def test_only_the_creator_dismisses_and_all_are_told(ada, bo, group):
    bo.post("/group/dismiss", groupId=group, status=400)
    ada.post("/group/dismiss", groupId=NOBODY, status=400)
    assert not Event.objects.filter(type="group.dismissed").exists()
    ada.post("/group/dismiss", groupId=group)
    assert told("group.dismissed") == ["Ada", "Bo"]
    assert ada.get("/user/groups") == bo.get("/user/groups") == []
    assert ada.get(f"/group/{group}")["memberCount"] == 0
    ada.post("/group/dismiss", groupId=group, status=400)


def test_transferring_makes_another_member_the_creator(ada, bo, cai, group):
    ada.post("/group/transfer", groupId=group, userId=ada.id, status=403)
    ada.post("/group/transfer", groupId=group, userId=cai.id, status=400)
    ada.post("/group/transfer", groupId=NOBODY, userId=bo.id, status=400)
    bo.post("/group/transfer", groupId=group, userId=ada.id, status=400)
    cai.post("/group/transfer", groupId=group, userId=bo.id, status=400)
    ada.post("/group/transfer", groupId=group, userId=bo.id)
    assert members(ada, group) == ["Bo", "Ada"]
    assert ada.get(f"/group/{group}")["creatorId"] == bo.id
    assert told("group.transferred") == ["Ada", "Bo"]


def test_the_creator_names_and_decorates_the_group(ada, bo, group):
    for path, given in [
        ("rename", {"name": "Band"}),
        ("set_bulletin", {"bulletin": "Tonight"}),
        ("set_portrait_uri", {"portraitUri": "https://example.com/p.png"}),
    ]:
        bo.post(f"/group/{path}", groupId=group, **given, status=400)
        ada.post(f"/group/{path}", groupId=NOBODY, **given, status=400)
        ada.post(f"/group/{path}", groupId=group, **given)
    shown = bo.get(f"/group/{group}")
    assert (shown["name"], shown["bulletin"]) == ("Band", "Tonight")
    assert shown["portraitUri"] == "https://example.com/p.png"
    assert told("group.renamed") == told("group.bulletin_set") == ["Ada", "Bo"]
    assert told("group.portrait_set") == []
    for nothing in ("", None):
        ada.post("/group/set_bulletin", groupId=group, bulletin="Tonight")
        ada.post("/group/set_bulletin", groupId=group, bulletin=nothing)
        assert bo.get(f"/group/{group}")["bulletin"] == ""


def test_texts_are_shown_without_markup_and_within_their_length(ada, bo, group):
    ada.post("/group/rename", groupId=group, name="<a>" + "x" * 29)
    assert bo.get(f"/group/{group}")["name"] == "&lt;a&gt;" + "x" * 23
    ada.post("/group/set_bulletin", groupId=group, bulletin="<script>")
    assert bo.get(f"/group/{group}")["bulletin"] == "&lt;script&gt;"


def test_members_choose_their_own_name_in_the_group(ada, bo, cai, group):
    cai.post("/group/set_display_name", groupId=group, displayName="C", status=404)
    ada.post("/group/set_display_name", groupId=NOBODY, displayName="C", status=404)
    bo.post("/group/set_display_name", groupId=group, displayName="Bass")
    rows = ada.get(f"/group/{group}/members")
    assert [row["displayName"] for row in rows] == ["", "Bass"]
    for nothing in ("", None):
        bo.post("/group/set_display_name", groupId=group, displayName="Bass")
        bo.post("/group/set_display_name", groupId=group, displayName=nothing)
        assert ada.get(f"/group/{group}/members")[1]["displayName"] == ""


def test_members_are_shown_to_members_only(cai, group):
    cai.get(f"/group/{group}/members", status=403)
    cai.get(f"/group/{NOBODY}/members", status=404)
    cai.get(f"/group/{NOBODY}", status=404)


def test_looking_at_strangers_groups_is_slowed_down(cai, group):
    for _look in range(300):
        cai.get(f"/group/{NOBODY}", status=404)
    cai.get(f"/group/{group}", status=429)


def test_lists_take_two_queries_and_acts_a_fixed_number(
    ada, bo, group, django_assert_num_queries, django_assert_max_num_queries
):
    ada.post("/group/add", groupId=group, memberIds=crowd(60))
    for path in ("/user/groups", f"/group/{group}", f"/group/{group}/members"):
        with django_assert_num_queries(2):  # login, rows
            ada.get(path)
    for number in (1, 60):
        caller = Caller(UserFactory())
        with django_assert_max_num_queries(14):
            caller.post("/group/create", name="Choir", memberIds=[caller.id, *crowd_of(number)])


def crowd_of(number):
    rows = Membership.objects.values_list("user__public_id", flat=True)
    return list(rows.distinct()[:number])


def test_the_square_shows_what_the_operator_chose(client, ada, group, settings):
    assert client.get("/misc/demo_square").json() == {"code": 200, "result": []}
    settings.DEMO_SQUARE = [f"group:{group}", "group:gone", "chatroom:lobby"]
    known, gone, lobby = client.get("/misc/demo_square").json()["result"]
    assert known == {
        "type": "group",
        "id": group,
        "name": "Choir",
        "portraitUri": "",
        "memberCount": 2,
        "maxMemberCount": 500,
    }
    assert (gone["name"], gone["memberCount"]) == ("Unknown", 0)
    assert (lobby["type"], lobby["id"], lobby["name"]) == ("chatroom", "lobby", "Unknown")
