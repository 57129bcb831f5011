"""Requests that arrive at once, on threads with connections of their own."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from rooms.errors import UnknownRoom
from rooms.models import Membership, Presence, Room
from rooms.services import live, presence
from rtcserver import worker
from rtcserver.events import Actor
from rtcserver.models import SweepTurn
from rtcserver.worker import LEASE, Sweep, Worker, register
from tests.rooms.people import Person, events

pytestmark = pytest.mark.django_db(transaction=True)
TESTER = Actor("person", "tests", "tests")


@pytest.fixture
def people():
    return [Person(f"P{number}").user for number in range(6)]


def at_once(acts):
    """Run every act on a thread of its own, all starting together; returns what they gave."""
    start, given = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        start.wait(10)
        try:
            given[number] = act()
        except Exception as problem:  # noqa: BLE001 (handed to the test)
            given[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return given


def entering(user, room_id="r"):
    return lambda: live.enter_room(user, actor=TESTER, room_id=room_id)


def inside():
    return Membership.objects.present().count()


def test_of_several_creators_of_one_id_one_owns_it_and_all_are_inside(people):
    given = at_once([entering(user) for user in people])
    assert [g.opened for g in given].count(True) == 1
    assert Room.across_teams.count() == 1
    assert inside() == len(people)
    assert events().count("created") == 1


def test_head_counts_are_right_when_many_come_and_go_at_once(people):
    live.enter_room(people[0], actor=TESTER, room_id="r")
    for user in people[1:3]:
        live.enter_room(user, actor=TESTER, room_id="r")
    going = [lambda u=u: live.leave_room(u, "r", actor=TESTER) for u in people[1:3] * 2]
    given = at_once([*going, *[entering(user) for user in people[3:]]])
    assert not [g for g in given if isinstance(g, Exception)]
    assert inside() == len(people) - 2
    assert events().count("left") == 2
    assert events().count("entered") == len(people)


def test_nobody_is_inside_a_room_that_was_ended_while_they_came(people):
    host, *guests = people
    live.enter_room(host, actor=TESTER, room_id="r")
    ending = [lambda: live.destroy_room(host, "r", actor=TESTER)]
    given = at_once([*[entering(user) for user in guests], *ending])
    refused = [g for g in given if isinstance(g, Exception)]
    assert all(isinstance(problem, UnknownRoom) for problem in refused), refused
    assert inside() == 0


def test_one_of_several_reopenings_is_told(people):
    host = people[0]
    live.enter_room(host, actor=TESTER, room_id="r")
    live.destroy_room(host, "r", actor=TESTER)
    given = at_once([entering(host) for _time in range(4)])
    assert not [g for g in given if isinstance(g, Exception)]
    assert events().count("reopened") == 1
    assert inside() == 1


def test_the_same_person_entering_twice_at_once_is_one_member(people):
    live.enter_room(people[0], actor=TESTER, room_id="r")
    at_once([entering(people[1]) for _time in range(4)])
    assert inside() == 2
    assert events().count("entered") == 2


def test_several_sweeps_at_once_tell_everything_once(people):
    host, guest, *_others = people
    live.enter_room(host, actor=TESTER, room_id="r")
    live.enter_room(guest, actor=TESTER, room_id="r")
    long_ago = timezone.now() - timedelta(seconds=90)
    Presence.objects.update(last_seen_at=long_ago)
    for user in (host, guest):
        Presence.objects.get_or_create(user=user, defaults={"last_seen_at": long_ago})
    Membership.objects.update(joined_at=long_ago)
    room = Room.across_teams.get()
    room.live.hosted_since = long_ago
    room.live.save()
    given = at_once([presence.sweep_presence] * 4)
    assert not [g for g in given if isinstance(g, Exception)]
    assert events()[3:].count("hidden") == 1
    assert events()[3:].count("left") == 1


def test_a_return_and_a_sweep_at_once_leave_the_room_shown(people):
    host = people[0]
    live.enter_room(host, actor=TESTER, room_id="r")
    long_ago = timezone.now() - timedelta(seconds=90)
    Presence.objects.update_or_create(user=host, defaults={"last_seen_at": long_ago})
    room = Room.across_teams.get()
    room.live.hosted_since = long_ago
    room.live.save()
    at_once([presence.sweep_presence, lambda: presence.seen(host.pk)] * 2)
    presence.sweep_presence()
    room = Room.across_teams.get()
    assert room.live.hidden_at is None
    assert events().count("hidden") == events().count("shown")


class TestTurns:
    @pytest.fixture(autouse=True)
    def counted(self):
        self.runs = 0

        def run():
            self.runs += 1
            return 0

        register(Sweep("tests.counted", seconds=60, run=run))
        Worker()._due()
        yield
        from_registry("tests.counted")

    def test_of_several_workers_one_takes_a_turn(self):
        taken = at_once([lambda: Worker().take("tests.counted")] * 6)
        assert sorted(taken) == [False] * 5 + [True]

    def test_a_sweep_runs_once_in_its_interval(self):
        ran = at_once([Worker().run_due for _ in range(4)])
        assert sum("tests.counted" in names for names in ran) == 1
        assert self.runs == 1

    def test_the_turn_of_a_worker_that_died_is_taken_when_its_lease_ends(self):
        assert Worker().take("tests.counted")
        assert not Worker().take("tests.counted")
        SweepTurn.objects.update(held_until=timezone.now() - LEASE)
        assert Worker().take("tests.counted")

    def test_a_sweep_that_fails_is_tried_again_at_its_next_turn(self, caplog):
        def fail():
            raise ValueError("broken")

        register(Sweep("tests.counted", seconds=60, run=fail))
        assert "tests.counted" in Worker().run_due()
        assert "tests.counted" in caplog.text
        assert "tests.counted" not in Worker().run_due()


def from_registry(name):
    SweepTurn.objects.filter(name=name).delete()
    del worker._sweeps[name]


def test_a_worker_stops_soon_and_leaves_no_turn_held(people):
    one = Worker()
    thread = threading.Thread(target=one.run)
    thread.start()
    one.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert not SweepTurn.objects.filter(held_until__gt=timezone.now()).exists()
