"""Rooms in the console: staff see and manage those of their own teams."""

import pytest
from django.test import Client

from accounts.services import create_user_of_staff
from rooms.models import Room
from rooms.services.management import open_room
from rtcserver.events import Actor
from tests.rooms.people import Person, events

TESTER = Actor("system", "tests", "tests")


@pytest.fixture
def staff_of_team(team):
    client = Client()
    client.force_login(create_user_of_staff(actor=TESTER, username="maria", team=team))
    return client


def act(client, action, *rooms):
    chosen = [room.pk for room in rooms]
    sent = {"action": action, "_selected_action": chosen}
    return client.post("/admin/rooms/room/", sent, follow=True)


def test_staff_close_a_room_of_their_team(staff_of_team, team):
    room = open_room(actor=TESTER, team_id=team.pk, fields={"title": "Lobby"})
    assert "Lobby" in staff_of_team.get("/admin/rooms/room/").content.decode()
    assert staff_of_team.get(f"/admin/rooms/room/{room.pk}/change/").status_code == 200
    act(staff_of_team, "close_selected", room)
    assert Room.across_teams.get().closed_at
    assert events() == ["created", "destroyed"]


def test_staff_never_see_the_rooms_of_another_team(staff_of_team, host, admin_client):
    host.enter("r", title="Secret show")
    room = Room.across_teams.get()
    assert "Secret show" not in staff_of_team.get("/admin/rooms/room/").content.decode()
    assert staff_of_team.get(f"/admin/rooms/room/{room.pk}/change/").status_code == 302
    assert "Anna" not in staff_of_team.get("/admin/rooms/presence/").content.decode()
    act(staff_of_team, "close_selected", room)
    assert Room.across_teams.get().closed_at is None
    assert "Secret show" in admin_client.get("/admin/rooms/room/?state=visible").content.decode()
    assert "Anna" in admin_client.get("/admin/rooms/presence/").content.decode()


def test_a_room_is_handed_to_the_next_in_it(admin_client, host, guest):
    host.enter("r")
    act(admin_client, "hand_over_selected", Room.across_teams.get())
    assert host.detail("r")["ownBy"] == host.id
    guest.enter("r")
    act(admin_client, "hand_over_selected", Room.across_teams.get())
    assert host.detail("r")["ownBy"] == guest.id


def test_the_list_costs_the_same_for_many_rooms(admin_client, django_assert_max_num_queries):
    for number in range(6):
        Person(f"P{number}").enter(f"r{number}")
    with django_assert_max_num_queries(12):
        assert admin_client.get("/admin/rooms/room/").status_code == 200
