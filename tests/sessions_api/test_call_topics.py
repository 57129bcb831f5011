"""What is announced of a call: to those inside and to the one concerned, never a secret."""

import json

import pytest

from sessions_api import services
from tests.conftest import TESTER
from tests.sessions_api.people import (
    Ears,
    admitted,
    come,
    connection_of,
    guest_of,
    host_of,
    inside,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ears():
    ears = Ears()
    yield ears
    ears.close()


@pytest.fixture
def call(ears, session):
    """What those inside are told, as `(list, change, peer ids)`."""
    topic = services.call_topic(session)
    ears.listen(topic)

    def told():
        return [
            (
                message["type"],
                message.get("change"),
                [person["peer_id"] for person in message.get("people", [])],
            )
            for message in ears.of(topic)
        ]

    return told


def person_hears(ears, person):
    return [message["type"] for message in ears.of(services.participant_topic(person))]


def test_those_inside_see_people_come_wait_and_go(session, call):
    guest = guest_of(session)
    peer = [str(guest.peer_id)]
    come(guest)
    services.disconnect(connection_of(guest))
    come(guest, "back")
    services.admit(guest, actor=TESTER)
    services.update_participant(guest, {"display_name": "Renamed"}, actor=TESTER)
    services.leave(guest, connection_id=connection_of(guest, "back"))
    assert call() == [
        ("call.waiting", "arrived", peer),
        ("call.waiting", "updated", peer),
        ("call.waiting", "updated", peer),
        ("call.waiting", "gone", peer),
        ("call.roster", "joined", peer),
        ("call.roster", "updated", peer),
        ("call.roster", "left", peer),
    ]


@pytest.mark.usefixtures("large_call")
def test_admitting_many_is_one_message(session, call):
    guests = [guest_of(session) for _ in range(30)]
    for guest in guests:
        come(guest)
    services.admit_all(session, actor=TESTER)
    peers = [str(guest.peer_id) for guest in guests]
    assert call()[30:] == [("call.waiting", "gone", peers), ("call.roster", "joined", peers)]


def test_each_person_is_told_what_happens_to_them(session, ears):
    refused, ejected, canceled = guest_of(session), admitted(session), admitted(session)
    admitted_later, host = guest_of(session), inside(session)
    for person in (refused, admitted_later):
        come(person)
    people = (refused, ejected, canceled, admitted_later, host)
    ears.listen(*[services.participant_topic(person) for person in people])
    services.refuse(refused, actor=TESTER)
    services.eject(ejected, actor=TESTER)
    services.cancel_participant(canceled, actor=TESTER)
    services.admit(admitted_later, actor=TESTER)
    come(host, "second tab")
    services.end_session(session, actor=TESTER)
    assert [person_hears(ears, person) for person in people] == [
        ["participant.refused"],
        ["participant.ejected"],
        ["participant.closed"],
        ["participant.admitted", "participant.closed"],
        ["participant.replaced", "participant.closed"],
    ]
    [replaced, _closed] = ears.of(services.participant_topic(host))
    assert replaced["connection_id"] == connection_of(host)


def test_sockets_hear_of_a_moved_end_and_of_the_end(session, call, ears):
    later = session.ends_at.replace(microsecond=0, year=session.ends_at.year + 1)
    services.update_session(session, {"ends_at": later}, actor=TESTER)
    services.end_session(session, actor=TESTER)
    moved, closed = ears.of(services.call_topic(session))
    assert (moved["type"], moved["ends_at"]) == ("call.moved", later.strftime("%FT%T.000Z"))
    assert (closed["type"], closed["reason"]) == ("call.closed", "ended")


def test_a_withdrawn_invitation_of_somebody_absent_is_told_the_call(session, call, ears):
    guest = guest_of(session)
    services.cancel_participant(guest, actor=TESTER)
    call()
    [told] = ears.of(services.call_topic(session))
    assert told == {"type": "call.canceled", "peer_id": str(guest.peer_id)}


def test_no_announcement_and_no_event_has_an_entry_secret(session, ears):
    people = [host_of(session), guest_of(session), guest_of(session)]
    ears.listen(
        services.call_topic(session), *[services.participant_topic(person) for person in people]
    )
    for person in people:
        come(person)
    services.admit(people[1], actor=TESTER)
    services.refuse(people[2], actor=TESTER)
    services.eject(people[1], actor=TESTER)
    services.cancel_participant(people[0], actor=TESTER)
    ears.settle()
    assert len(ears.messages) > 8
    told = json.dumps(ears.messages) + "".join(services.participant_topic(p) for p in people)
    shown = json.dumps([services.roster(session), services.waiting_of(session)])
    for person in people:
        for secret in (str(person.public_id), person.public_id.hex):
            assert secret not in told + shown
