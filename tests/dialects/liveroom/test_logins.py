"""A LiveRoom sign-in is a login like any other: one list, one way to end it."""

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Login, User
from accounts.services import Device, create_user_of_staff, end_every_login, start_login
from rtcserver.models import Event
from tests.conftest import TESTER


def test_staff_see_all_logins_of_a_person_in_one_list(client, anna):
    person = User.objects.get()
    start_login(user=person, device=Device("sealtalk", "10.0.0.7", "a phone"))
    client.force_login(create_user_of_staff(actor=TESTER, username="root", is_superuser=True))
    found = reverse("admin:accounts_login_changelist") + f"?q={anna.me['userId']}"
    page = client.get(found).content.decode()
    assert "liveroom" in page
    assert "sealtalk" in page
    of_person = client.get(reverse("admin:accounts_user_change", args=[person.pk]))
    assert "10.0.0.7" in of_person.content.decode()


def test_ending_every_login_ends_the_tokens_of_both_dialects(client, anna):
    person = User.objects.get()
    login, _key = start_login(user=person, device=Device("sealtalk"))
    end_every_login(person, actor=TESTER)
    assert anna.user("user_query")["errorCode"] == 204
    assert Login.objects.get(pk=login.pk).ended_at
    assert Event.objects.get(type="login.ended").payload["count"] == 2


def test_a_liveroom_login_opens_nothing_that_takes_a_cookie(client, anna):
    client.cookies["rong_im_auth"] = anna.me["token"]
    assert client.get("/user/get_token").status_code == 403


@pytest.fixture
def clock(db):
    with time_machine.travel("2030-01-01 00:00:00", tick=False) as clock:
        yield clock


@pytest.fixture
def two_devices(clock, liveroom):
    """Anna's room, and the parameters of her phone and of her tablet."""
    liveroom.register()
    liveroom.sign_in(nonce="phone")
    phone = liveroom.me
    liveroom.call("rooms/enter_room", **phone, appId="1", roomId="r")
    clock.shift(1)
    liveroom.sign_in(nonce="tablet")
    return phone, liveroom.me


def state_of_room(liveroom):
    liveroom.register("watcher")
    liveroom.sign_in(username="watcher", nonce="w")
    return liveroom.call("rooms/room_detail", **liveroom.me, roomId="r")["data"]["status"]


def test_who_signs_out_of_one_device_and_is_there_on_another_stays(liveroom, clock, two_devices):
    phone, tablet = two_devices
    clock.shift(20)
    liveroom.call("auth_users/user_keepalive", **tablet)
    clock.shift(20)
    liveroom.call("auth_users/user_logout", **phone)
    assert state_of_room(liveroom) == "visible"


def test_a_device_that_fell_silent_does_not_keep_a_person_there(liveroom, clock, two_devices):
    phone, _tablet = two_devices
    for _time in range(4):
        clock.shift(10)
        liveroom.call("auth_users/user_keepalive", **phone)
    liveroom.call("auth_users/user_logout", **phone)
    assert state_of_room(liveroom) == "hidden"
