"""Friends, groups and sync in the console."""

import pytest
from django.urls import reverse

from rooms.models import Room
from rtcserver.models import Event
from social.models import Block, Friendship, Notification
from tests.dialects.sealtalk.calls import Caller
from tests.factories import UserFactory


@pytest.fixture
def people(db):
    return [Caller(UserFactory(name=name)) for name in ("Ada", "Bo", "<Cai>")]


@pytest.fixture
def group(people):
    """Ada, Bo and Cai in a group; Bo is Ada's friend and has blocked Cai."""
    ada, bo, cai = people
    ada.post("/friendship/invite", friendId=bo.id, message="hi")
    bo.post("/friendship/agree", friendId=ada.id)
    bo.post("/user/add_to_blacklist", friendId=cai.id)
    ids = [caller.id for caller in people]
    return ada.post("/group/create", name="Choir", memberIds=ids)["id"]


@pytest.fixture
def room_id(group):
    return Room.across_teams.get(public_id=group).pk


def page(client, name, *args, **query):
    answer = client.get(reverse(f"admin:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_groups_are_listed_and_shown_with_their_members(admin_client, group, room_id):
    assert "Choir" in page(admin_client, "social_group_changelist")
    shown = page(admin_client, "social_group_change", room_id)
    assert "Ada" in shown
    assert "&lt;Cai&gt;" in shown
    assert "<Cai>" not in shown


def test_staff_dismiss_a_group_through_the_service(admin_client, people, group, room_id):
    url = reverse("admin:social_group_changelist")
    admin_client.post(url, {"action": "dismiss_selected", "_selected_action": [room_id]})
    assert people[1].get(f"/group/{group}")["deletedAt"]
    event = Event.objects.get(type="group.dismissed")
    assert (event.actor_kind, event.dialect) == ("staff", "admin")


def test_a_person_is_shown_with_friends_and_blacklist(admin_client, people, group):
    assert "Ada" in page(admin_client, "social_socialprofile_changelist")
    shown = page(admin_client, "social_socialprofile_change", people[1].user.pk)
    assert "Ada" in shown
    assert "&lt;Cai&gt;" in shown


def test_what_sync_would_return_is_shown_and_changes_nothing(admin_client, people, group):
    ada = people[0]
    version = ada.sync()["version"]
    where = ("social_socialprofile_sync_answer", ada.user.pk)
    shown = page(admin_client, *where)
    assert str(version) in shown
    assert "<Cai>" not in shown
    assert "Nothing is newer" in page(admin_client, *where, version=version)
    for odd in ("x", "-1", "9" * 40, "²"):
        page(admin_client, *where, version=odd)
    assert ada.sync()["version"] == version


@pytest.mark.parametrize("model", [Friendship, Block, Notification])
def test_rows_of_people_are_read_only(admin_client, group, model):
    name = f"social_{model._meta.model_name}"
    page(admin_client, f"{name}_changelist")
    row = model.objects.first()
    page(admin_client, f"{name}_change", row.pk)
    assert admin_client.get(reverse(f"admin:{name}_add")).status_code == 403
    assert admin_client.post(reverse(f"admin:{name}_delete", args=[row.pk])).status_code == 403


@pytest.mark.parametrize("name", ["friendship", "group", "socialprofile", "notification", "block"])
def test_lists_take_a_fixed_number_of_queries(
    admin_client, people, group, name, django_assert_max_num_queries
):
    for _number in range(5):
        people[0].post("/group/create", name="More", memberIds=[p.id for p in people])
    with django_assert_max_num_queries(12):
        page(admin_client, f"social_{name}_changelist")
