"""Live rooms when many act at the same moment: real threads, real locks."""

import hashlib
import time
from functools import partial

import pytest
from django.contrib.auth import get_user_model

from accounts.errors import SignatureUsed
from accounts.models import SignatureUser
from accounts.services import Device, erase_user, register_name, sign_in
from rooms.models import Membership, Room
from rooms.services.live import destroy_room, enter_room, leave_room
from rooms.services.management import kick_member
from rooms.services.presence import go_offline, sweep_presence
from rtcserver.errors import DomainError
from rtcserver.events import Actor
from rtcserver.models import Event
from tests.factories import UserFactory
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)

SALT = "0123456789abcdef0123456789abcdef"
ROUNDS = 6


def acting(user):
    return Actor("person", user.public_id, "liveroom")


def enter(user, room_id):
    return enter_room(user, actor=acting(user), room_id=room_id)


def leave(user, room_id):
    return leave_room(user, room_id, actor=acting(user))


def destroy(user, room_id):
    return destroy_room(user, room_id, actor=acting(user))


def forget(user):
    return erase_user(user, actor=acting(user))


def offline(user):
    return go_offline(user, actor=acting(user))


def the_room(key="show"):
    return Room.across_teams.with_heads().get(key=key)


def refusals(results):
    return [result for result in results if isinstance(result, DomainError)]


@pytest.fixture
def host():
    """Owner of the open room `show`."""
    user = UserFactory()
    enter(user, "show")
    return user


def signature_of(name, tag="", ts="", nonce=""):
    text = f"{name}-{tag}-{ts}-{nonce}-{SALT}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_a_timed_signature_signs_in_one_of_sixteen():
    register_name(name="anna", salt=SALT)
    ts = str(int(time.time() * 1000))
    claims = {
        "device": Device("liveroom"),
        "name": "anna",
        "ts": ts,
        "signature": signature_of("anna", ts=ts),
    }
    results = in_parallel([partial(sign_in, **claims)] * 16)
    assert len(results) - len(refusals(results)) == 1
    assert all(isinstance(refused, SignatureUsed) for refused in refusals(results))


def test_first_sign_ins_of_one_name_and_tag_are_one_person():
    register_name(name="anna", salt=SALT)
    claims = {
        "device": Device("liveroom"),
        "name": "anna",
        "tag": "t",
        "signature": signature_of("anna", tag="t"),
    }
    results = in_parallel([partial(sign_in, **claims)] * 8)
    assert len({user.pk for user, _token in results}) == 1
    assert SignatureUser.objects.count() == 1


def test_entering_an_unknown_id_at_once_opens_one_room_with_one_owner():
    guests = UserFactory.create_batch(8)
    results = in_parallel([partial(enter, guest, "show") for guest in guests])
    assert not refusals(results)
    assert sum(entered.opened for entered in results) == 1
    assert the_room().heads == 8
    assert Event.objects.filter(type="room.created").count() == 1


def test_entering_twice_at_once_is_one_seat(host):
    guest = UserFactory()
    in_parallel([partial(enter, guest, "show")] * 8)
    assert the_room().heads == 2
    assert Event.objects.filter(type="room.entered", payload__member=guest.public_id).count() == 1


def test_head_counts_are_right_while_people_come_and_go(host):
    guests = UserFactory.create_batch(6)
    for _round in range(ROUNDS):
        calls = [partial(act, guest, "show") for guest in guests for act in (enter, leave)]
        assert not refusals(in_parallel(calls))
    staying, going = guests[:3], guests[3:]
    calls = [partial(enter, guest, "show") for guest in staying]
    in_parallel(calls + [partial(leave, guest, "show") for guest in going])
    assert the_room().heads == 1 + len(staying)


def test_nobody_is_left_in_a_room_that_was_destroyed_while_they_entered(host):
    guests = UserFactory.create_batch(6)
    for _round in range(ROUNDS):
        enter(host, "show")
        in_parallel(
            [partial(enter, guest, "show") for guest in guests] + [partial(destroy, host, "show")]
        )
        room = the_room()
        assert room.closed_at is not None
        assert room.heads == 0


def test_one_destruction_is_told_once(host):
    in_parallel([partial(destroy, host, "show")] * 8)
    assert Event.objects.filter(type="room.destroyed").count() == 1


def test_one_reopening_is_told_once(host):
    destroy(host, "show")
    results = in_parallel([partial(enter, host, "show")] * 8)
    assert not refusals(results)
    assert the_room().closed_at is None
    assert the_room().heads == 1
    assert Event.objects.filter(type="room.reopened").count() == 1


def test_somebody_kicked_while_entering_again_is_out(host):
    guest = UserFactory()
    enter(guest, "show")
    room = the_room()
    kick = partial(kick_member, room, guest, actor=acting(host))
    in_parallel([kick, *[partial(enter, guest, "show")] * 5])
    assert not Membership.objects.present().filter(user=guest).exists()


@pytest.mark.parametrize("act", [forget, offline])
def test_hosts_who_are_in_each_others_rooms_go_at_once(act):
    for number in range(ROUNDS):
        users = UserFactory.create_batch(4)
        for user in users:
            enter(user, f"room{number}.{user.pk}")
        for user in users:
            for other in users:
                enter(other, f"room{number}.{user.pk}")
        in_parallel([partial(act, user) for user in users])
        guests = Membership.objects.present().filter(user__in=users)
        if act is forget:
            assert not guests.exists()
            assert not Room.across_teams.open().filter(owner__in=users).exists()


def test_a_guest_is_kicked_while_being_removed(host):
    for _round in range(ROUNDS):
        guest = UserFactory()
        enter(guest, "show")
        in_parallel(
            [partial(kick_member, the_room(), guest, actor=acting(host)), partial(forget, guest)]
        )
        assert the_room().heads == 1


def test_two_processes_sweep_at_once(time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=True)
    hosts = UserFactory.create_batch(4)
    for owner in hosts:
        for person in [owner, *hosts]:
            enter(person, f"room.{owner.pk}")
    time_machine.move_to("2026-03-01 12:20:00+00:00", tick=True)
    in_parallel([sweep_presence] * 4)
    assert not Room.across_teams.open().exists()
    assert not Membership.objects.present().exists()
    assert Event.objects.filter(type="room.destroyed").count() == Room.across_teams.count()


def test_a_person_who_was_removed_while_entering_owns_no_open_room():
    for number in range(ROUNDS):
        user = UserFactory()
        in_parallel([partial(forget, user), partial(enter, user, f"late{number}")])
        gone = get_user_model().objects.get(pk=user.pk)
        assert not Room.across_teams.open().filter(owner=gone).exists()
        assert not Membership.objects.present().filter(user=gone).exists()
