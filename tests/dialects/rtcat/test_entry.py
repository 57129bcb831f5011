"""What a token is in a call: a guest who comes straight in, as long as it counts."""

import pytest
import time_machine

from sessions_api import services
from sessions_api.errors import ParticipantCanceled, ParticipantExpired, SessionCanceled
from sessions_api.models import CallEntry, Participant
from tests.factories import ParticipantFactory, SessionFactory, in_hours


def person_of(token):
    people = Participant.across_teams.select_related("session")
    return people.get(public_id=token["uuid"])


@pytest.fixture
def anna(rtcat):
    return person_of(rtcat.token(label="Anna", live_days=1))


def test_a_token_leads_straight_in(anna):
    arrival = services.arrive(anna, connection_id="one")
    assert arrival.entry.state == CallEntry.State.INSIDE


def test_but_waits_in_a_session_that_has_a_lobby(rtcat, api_client):
    planned = SessionFactory(client=api_client, started=True)
    token = rtcat.post(f"/sessions/{planned.public_id}/tokens", label="Anna")
    arrival = services.arrive(person_of(token), connection_id="one")
    assert arrival.entry.state == CallEntry.State.WAITING


def test_who_was_put_out_does_not_come_straight_in_again(anna):
    services.arrive(anna, connection_id="one")
    services.eject(anna, actor=services.as_actor(anna))
    assert services.arrive(anna, connection_id="two").entry.state == CallEntry.State.WAITING


def test_an_expired_token_ends_the_stay(anna):
    services.arrive(anna, connection_id="one")
    with time_machine.travel(in_hours(24.1)):
        services.renew(["one"])
        services.sweep_calls()
        entry = CallEntry.across_teams.get()
        assert (entry.state, entry.reason) == ("left", "ended")
        with pytest.raises(ParticipantExpired):
            services.arrive(anna, connection_id="two")


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/tokens/{0.public_id}", ParticipantCanceled),
        ("/sessions/{0.session.public_id}", SessionCanceled),
    ],
)
def test_deleting_sends_who_is_inside_away(rtcat, anna, path, refusal):
    services.arrive(anna, connection_id="one")
    rtcat.delete(path.format(anna))
    entry = CallEntry.across_teams.get()
    assert (entry.state, entry.reason) == ("left", "canceled")
    with pytest.raises(refusal):
        services.arrive(anna, connection_id="two")


def test_a_planned_guest_still_waits(db):
    guest = ParticipantFactory(session__started=True)
    assert services.arrive(guest, connection_id="one").entry.state == CallEntry.State.WAITING
