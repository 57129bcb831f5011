"""What silence means: computed in every answer, told by the sweep."""

import pytest
import time_machine

from rooms.models import Presence
from rooms.services.presence import sweep_presence
from tests.rooms.people import APP, Person, events

HIDDEN_AFTER, LEFT_AFTER, OVER_AFTER = 30, 60, 630


@pytest.fixture
def clock(db):
    with time_machine.travel("2030-01-01 00:00:00", tick=False) as clock:
        yield clock


@pytest.fixture
def host(clock):
    return Person("Anna")


@pytest.fixture
def guest(clock):
    return Person("Bo")


@pytest.fixture(params=["with the sweep", "without"])
def swept(request):
    """The same answers are given whether the sweep came by or not."""
    return sweep_presence if request.param == "with the sweep" else lambda: None


def test_a_silent_host_hides_the_room_and_is_back_at_the_next_sign_of_life(
    clock, host, guest, swept
):
    host.enter("r")
    clock.shift(HIDDEN_AFTER)
    swept()
    assert guest.listed() == ["r"]
    clock.shift(1)
    swept()
    assert guest.listed() == []
    assert guest.detail("r")["status"] == "hidden"
    host.alive()
    assert guest.listed() == ["r"]
    assert guest.detail("r")["status"] == "visible"


def test_hiding_and_showing_are_told_once(clock, host):
    host.enter("r")
    clock.shift(HIDDEN_AFTER + 1)
    sweep_presence(), sweep_presence()
    host.alive()
    sweep_presence()
    assert events() == ["created", "entered", "hidden", "shown"]


def test_a_room_hidden_for_ten_minutes_is_over(clock, host, guest, swept):
    host.enter("r")
    clock.shift(OVER_AFTER)
    swept()
    assert guest.detail("r")["status"] == "hidden"
    clock.shift(1)
    swept()
    assert guest.code("room_detail", roomId="r") == 2004
    assert guest.code("enter_room", appId=APP, roomId="r") == 2004
    assert guest.code("update_room", roomId="r", role="x") == 2004
    assert guest.inside("r") == []
    host.alive()
    assert host.code("room_detail", roomId="r") == 2004
    assert events()[-1] == "destroyed"
    assert events().count("destroyed") == 1


def test_its_host_may_open_it_again(clock, host, guest, swept):
    host.enter("r")
    clock.shift(OVER_AFTER + 1)
    swept()
    host.enter("r")
    assert guest.listed() == ["r"]
    assert host.detail("r")["nnUsers"] == 1


def test_guests_who_fall_silent_without_leaving_have_left(clock, host, guest, swept):
    host.enter("r")
    guest.enter("r")
    for _time in range(4):
        clock.shift(LEFT_AFTER / 4)
        host.alive()
    swept()
    assert host.detail("r")["nnUsers"] == 2
    clock.shift(1)
    swept()
    assert host.detail("r")["nnUsers"] == 1
    assert host.inside("r") == [host.id]
    guest.alive()
    assert host.inside("r") == [host.id]  # back, but not in the room
    assert events().count("left") == 1


def test_the_host_stays_a_member_while_the_room_is_hidden(clock, host, guest, swept):
    host.enter("r")
    clock.shift(LEFT_AFTER + 1)
    swept()
    assert guest.inside("r") == [host.id]


def test_signing_out_is_being_offline_at_once(clock, host, guest, swept):
    host.enter("r")
    guest.enter("mine")
    guest.enter("r")
    guest.sign_out()
    swept()
    assert host.inside("r") == [host.id]
    assert host.listed() == ["r"]
    assert host.detail("mine")["status"] == "hidden"
    guest.sign_in()
    guest.alive()
    assert host.listed() == ["mine", "r"] or host.listed() == ["r", "mine"]


def test_a_room_of_nobody_needs_nobody(clock, host, guest, api_client):
    host.enter("r")
    room = host.user.owned_rooms.get()
    room.owner = None
    room.save()
    clock.shift(24 * 3600)
    sweep_presence()
    assert guest.listed() == ["r"]


def test_a_sign_of_life_is_written_once_in_a_few_seconds(clock, host, django_assert_num_queries):
    host.alive()
    written = Presence.objects.get().last_seen_at
    clock.shift(4)
    host.alive()
    assert Presence.objects.get().last_seen_at == written
    clock.shift(2)
    with django_assert_num_queries(4):  # token, one UPDATE each of person and login, the list
        host.alive()
    assert Presence.objects.get().last_seen_at > written


def test_a_sweep_with_nothing_to_do_changes_nothing(clock, host, guest, django_assert_num_queries):
    host.enter("r")
    guest.enter("r")
    with django_assert_num_queries(2):
        assert sweep_presence() == 0


def test_a_person_who_is_removed_leaves_nothing(clock, host, guest):
    host.enter("r")
    guest.enter("r")
    guest.enter("hers")
    body = {"userId": guest.id, "token": guest.token}
    assert guest.send("auth_users/user_delete", body)["errorCode"] == 0
    assert host.inside("r") == [host.id]
    assert host.code("room_detail", roomId="hers") == 2004
    assert Presence.objects.count() == 1
