"""Signs of life that a serving process writes together."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.models import Presence
from rooms.services import presence
from rooms.services.signs import Signs
from tests.rooms.people import Person


@pytest.fixture
def clock(db):
    with time_machine.travel("2030-01-01 00:00:00", tick=False) as clock:
        yield clock


@pytest.fixture
def signs(clock, monkeypatch):
    """Those of a process that serves."""
    mine = Signs(serving=lambda: True)
    mine.flush()
    monkeypatch.setattr("rooms.receivers.signs", mine)
    return mine


@pytest.fixture
def people(clock, signs):
    made = [Person(name) for name in ("Anna", "Bo", "Cem")]
    for person in made:
        person.alive()
    return made


def pass_time(clock, signs, seconds):
    clock.shift(seconds)
    signs._written = {user: at - seconds for user, at in signs._written.items()}


def heard(person):
    return Presence.objects.get(user=person.user).last_seen_at.timestamp()


def test_signs_of_people_who_are_there_wait_for_one_statement(clock, signs, people):
    before = heard(people[0])
    pass_time(clock, signs, 10)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for person in people:
            person.alive()
    assert not [q for q in queries if "UPDATE" in q["sql"]]
    assert heard(people[0]) == before
    with CaptureQueriesContext(connection) as queries:
        assert signs.flush() == 3
    written = [q["sql"].split()[1] for q in queries if q["sql"].startswith("UPDATE")]
    assert written == ['"rooms_presence"', '"accounts_login"']
    assert {heard(person) for person in people} == {before + 10}


def test_who_comes_back_from_silence_is_seen_at_once(clock, signs, people):
    host, guest, _other = people
    host.enter("r")
    pass_time(clock, signs, 31)
    guest.alive()
    assert guest.listed() == []
    host.alive()
    assert guest.listed() == ["r"]


def test_a_sign_from_before_they_signed_out_does_not_bring_them_back(clock, signs, people):
    host, guest, _other = people
    host.enter("r")
    pass_time(clock, signs, 10)
    host.alive()
    clock.shift(1)
    presence.go_offline(host.user, actor=presence.steps.WORKER)  # in another process
    clock.shift(1)
    signs.flush()
    assert guest.listed() == []


def test_a_sign_from_after_they_signed_out_elsewhere_brings_them_back(clock, signs, people):
    host, guest, _other = people
    host.enter("r")
    presence.go_offline(host.user, actor=presence.steps.WORKER)  # in another process
    pass_time(clock, signs, 10)
    host.alive()
    signs.flush()
    assert guest.listed() == ["r"]


def test_signing_out_and_in_again_is_seen_at_once(clock, signs, people):
    host, guest, _other = people
    host.enter("r")
    host.sign_out()
    assert guest.listed() == []
    host.sign_in()
    host.alive()
    assert guest.listed() == ["r"]


def test_who_was_removed_leaves_nothing_behind(clock, signs, people):
    gone = people[2]
    pass_time(clock, signs, 10)
    gone.alive()
    presence.forget(gone.user, actor=presence.steps.WORKER)
    signs.flush()
    assert Presence.objects.filter(user=gone.user).count() == 0


def test_without_flushes_every_sign_is_written_at_once(clock, signs, people):
    before = heard(people[0])
    pass_time(clock, signs, 10)
    signs._flushed_at -= 11
    people[0].alive()
    assert heard(people[0]) == before + 10
