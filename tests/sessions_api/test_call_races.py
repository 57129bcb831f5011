"""Things done to a call at the same moment: whatever comes first, the rows agree."""

import pytest

from rtcserver.errors import DomainError
from rtcserver.models import Event
from sessions_api import services
from sessions_api.models import CallEntry
from tests.conftest import TESTER
from tests.sessions_api.people import (
    admitted,
    come,
    connection_of,
    guest_of,
    host_of,
    inside,
    stays,
)
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def test_of_many_connections_of_one_person_one_counts(session):
    host = host_of(session)
    names = [f"tab {number}" for number in range(8)]
    arrivals = in_parallel(
        lambda name=name: services.arrive(host, connection_id=name) for name in names
    )
    [stay] = stays(host)
    gave_way = sorted(arrival.replaced for arrival in arrivals)
    assert gave_way == sorted({"", *names} - {stay.connection_id})
    assert services.renew(names) == {stay.connection_id}
    assert Event.objects.filter(type="participant.joined").count() == 1


@pytest.mark.usefixtures("large_call")
def test_ten_guests_at_once_all_wait_in_one_order(session):
    guests = [guest_of(session) for _ in range(10)]
    assert in_parallel(lambda guest=guest: come(guest) for guest in guests) == ["waiting"] * 10
    shown = [person["peer_id"] for person in services.waiting_of(session)]
    assert sorted(shown) == sorted(str(guest.peer_id) for guest in guests)
    assert shown == [person["peer_id"] for person in services.waiting_of(session)]
    assert services.admit_all(session, actor=TESTER) == 10
    assert [person["peer_id"] for person in services.roster(session)] == shown


def test_guests_who_come_while_all_are_admitted_are_in_or_seen_waiting(session):
    for _ in range(ROUNDS):
        early, late = [guest_of(session) for _ in range(3)], [guest_of(session) for _ in range(3)]
        for guest in early:
            come(guest)
        in_parallel(
            [
                lambda: services.admit_all(session, actor=TESTER),
                *[lambda guest=guest: come(guest) for guest in late],
            ]
        )
        listed = services.roster(session) + services.waiting_of(session)
        peers = {person["peer_id"] for person in listed}
        assert {str(guest.peer_id) for guest in early + late} <= peers


def test_admitting_refusing_and_canceling_at_once_have_one_outcome(session):
    for _ in range(ROUNDS):
        guest = guest_of(session)
        come(guest)
        outcomes = in_parallel(
            [
                lambda guest=guest: services.admit(guest, actor=TESTER),
                lambda guest=guest: services.refuse(guest, actor=TESTER),
                lambda guest=guest: services.cancel_participant(guest, actor=TESTER),
            ]
        )
        [stay] = stays(guest)
        assert stay.state in ("left", "refused")
        assert outcomes[2] is None
        was_admitted, was_refused = (not isinstance(o, DomainError) for o in outcomes[:2])
        assert (stay.state == "refused") == was_refused
        assert (stay.joined_at is not None) == was_admitted
        assert not (was_admitted and was_refused)


@pytest.mark.usefixtures("large_call")
def test_two_hosts_admit_the_same_guest_once(session):
    for _ in range(ROUNDS):
        guest, hosts = guest_of(session), [inside(session) for _ in range(2)]
        come(guest)
        in_parallel(
            lambda guest=guest, host=host: services.admit(
                guest, actor=services.as_actor(host), by=host
            )
            for host in hosts
        )
        events = Event.objects.filter(
            type="participant.admitted", payload__participant__peer_id=str(guest.peer_id)
        )
        assert events.count() == 1


def test_an_ejected_person_who_reloads_at_that_moment_is_not_inside(session):
    for _ in range(ROUNDS):
        guest = admitted(session)
        in_parallel(
            [
                lambda guest=guest: services.eject(guest, actor=TESTER),
                lambda guest=guest: come(guest, "reload"),
            ]
        )
        assert stays(guest)[0].state == "ejected"
        assert [stay.state for stay in stays(guest)[1:]] in ([], ["waiting"])


def test_nobody_is_inside_a_call_that_ends_while_they_arrive(session):
    people = [host_of(session) for _ in range(6)]
    in_parallel(
        [
            lambda: services.end_session(session, actor=TESTER),
            *[lambda person=person: come(person) for person in people],
        ]
    )
    assert not CallEntry.across_teams.open().filter(session=session).exists()


@pytest.mark.usefixtures("large_call")
def test_leases_are_renewed_while_people_are_let_in_and_swept(session):
    """No deadlock between the batched renewal and acts on whole calls, whatever the order."""
    guests = [guest_of(session) for _ in range(12)]
    for guest in reversed(guests):
        come(guest)
    names = [connection_of(guest) for guest in guests]

    def renew():
        for _ in range(10):
            services.renew(names)

    outcomes = in_parallel(
        [renew, renew, lambda: services.admit_all(session, actor=TESTER), services.sweep_calls]
    )
    assert outcomes[2] == 12
    assert len(services.roster(session)) == 12
