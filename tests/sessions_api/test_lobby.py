"""The door of a call: who comes straight in, who waits, and who lets them in."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from rtcserver.models import Event
from sessions_api import services
from sessions_api.errors import (
    MayNotDecide,
    NotInside,
    NotWaiting,
    ParticipantCanceled,
    ParticipantExpired,
    SessionCanceled,
    SessionEnded,
    SessionNotStarted,
    UnknownSession,
)
from sessions_api.models import CallEntry
from sessions_api.services import withdraw_participant, withdraw_session
from sessions_api.services.open_sessions import issue_tokens, open_session
from tests.conftest import TESTER
from tests.factories import SessionFactory, in_hours
from tests.sessions_api.people import (
    admitted,
    come,
    connection_of,
    guest_of,
    host_of,
    inside,
    running_session,
    state_of,
    stays,
)

LEASE = timedelta(seconds=30)


def told(session):
    """The types of what was recorded of the people of a session, in order."""
    events = Event.objects.about("session", str(session.public_id)).order_by("id")
    return [event.type.removeprefix("participant.") for event in events]


class TestComingIn:
    def test_hosts_enter_directly_and_guests_wait(self, session):
        assert come(host_of(session)) == "inside"
        assert come(guest_of(session)) == "waiting"
        assert told(session) == ["joined", "waiting"]

    def test_early_arrivals_wait_until_the_start_and_guests_beyond(self, db):
        session = SessionFactory(starts_at=in_hours(1), ends_at=in_hours(2))
        host, guest = host_of(session), guest_of(session)
        assert (come(guest), come(host)) == ("waiting", "waiting")
        with pytest.raises(SessionNotStarted):
            services.admit(guest, actor=TESTER)
        services.sweep_calls()
        assert (state_of(guest), state_of(host)) == ("waiting", "waiting")
        with time_machine.travel(session.starts_at, tick=False):
            services.renew([connection_of(guest), connection_of(host)])
            services.sweep_calls()
            assert (state_of(guest), state_of(host)) == ("waiting", "inside")

    def test_a_host_who_came_early_is_let_in_by_their_own_socket_as_well(self, db):
        session = SessionFactory(starts_at=in_hours(1), ends_at=in_hours(2))
        host = host_of(session)
        come(host)
        with time_machine.travel(session.starts_at, tick=False):
            assert come(host) == "inside"
        assert len(stays(host)) == 1

    @pytest.mark.parametrize(
        ("trait", "refusal"), [("ended", SessionEnded), ("canceled", SessionCanceled)]
    )
    def test_nobody_comes_to_a_call_that_is_over(self, db, trait, refusal):
        person = host_of(SessionFactory(**{trait: True}))
        with pytest.raises(refusal):
            come(person)
        assert not stays(person)

    def test_a_canceled_person_stays_out(self, session):
        with pytest.raises(ParticipantCanceled):
            come(host_of(session, canceled_at=timezone.now()))

    def test_nobody_comes_to_the_call_of_a_closed_team(self, session):
        session.team.is_active = False
        session.team.save()
        with pytest.raises(UnknownSession):
            come(host_of(session))


class TestANewRole:
    def test_a_host_who_waits_and_becomes_a_guest_needs_to_be_let_in(self, db):
        session = SessionFactory()
        person = host_of(session)
        assert come(person) == "waiting"
        services.update_participant(person, {"role": "guest"}, actor=TESTER)
        with time_machine.travel(session.starts_at, tick=False):
            CallEntry.across_teams.update(alive_until=session.starts_at + LEASE)
            services.settle(session)
            assert state_of(person) == "waiting"

    def test_a_guest_who_waits_and_becomes_a_host_goes_in(self, session):
        person = guest_of(session)
        assert come(person) == "waiting"
        services.update_participant(person, {"role": "host"}, actor=TESTER)
        services.sweep_calls()
        assert state_of(person) == "inside"


class TestReturning:
    def test_a_reload_keeps_the_place_in_the_queue(self, session):
        first, second = guest_of(session), guest_of(session)
        come(first)
        come(second)
        services.disconnect(connection_of(first))
        assert come(first, "again") == "waiting"
        assert [person["peer_id"] for person in services.waiting_of(session)] == [
            str(first.peer_id),
            str(second.peer_id),
        ]
        assert len(stays(first)) == 1

    def test_an_outage_longer_than_the_lease_keeps_the_order(self, session):
        people = [guest_of(session) for _ in range(3)]
        for person in people:
            come(person)
        with time_machine.travel(timezone.now() + 10 * LEASE, tick=False):
            services.sweep_calls()
            assert services.waiting_of(session) == []
            for person in reversed(people):
                come(person, "after")
        back = [person["peer_id"] for person in services.waiting_of(session)]
        assert back == [str(person.peer_id) for person in people]

    def test_who_gave_up_goes_to_the_end_of_the_queue(self, session):
        first, second = guest_of(session), guest_of(session)
        come(first)
        come(second)
        services.leave(first, connection_id=connection_of(first))
        come(first)
        assert services.waiting_of(session)[0]["peer_id"] == str(second.peer_id)

    def test_who_was_let_in_comes_back_without_asking(self, session):
        guest = admitted(session)
        services.disconnect(connection_of(guest))
        assert come(guest, "reload") == "inside"
        services.leave(guest, connection_id=connection_of(guest, "reload"))
        assert come(guest, "an hour later") == "inside"
        assert told(session).count("admitted") == 1

    def test_who_was_put_out_waits_again_host_or_guest(self, session):
        for person in (inside(session), admitted(session)):
            services.eject(person, actor=TESTER)
            assert come(person, "again") == "waiting"
            services.sweep_calls()
            assert state_of(person) == "waiting"
            services.admit(person, actor=TESTER)
            services.leave(person, connection_id=connection_of(person, "again"))
            assert come(person) == "inside"

    def test_who_was_refused_may_ask_again(self, session):
        guest = guest_of(session)
        come(guest)
        services.refuse(guest, actor=TESTER)
        assert come(guest) == "waiting"
        assert [stay.state for stay in stays(guest)] == ["refused", "waiting"]


class TestOneConnection:
    def test_a_second_one_takes_over(self, session):
        host = host_of(session)
        assert services.arrive(host, connection_id="one").replaced == ""
        assert services.arrive(host, connection_id="two").replaced == "one"
        assert services.arrive(host, connection_id="two").replaced == ""
        assert services.renew(["one", "two"]) == {"two"}

    def test_what_the_former_one_still_says_changes_nothing(self, session):
        host = host_of(session)
        services.arrive(host, connection_id="one")
        services.arrive(host, connection_id="two")
        services.disconnect("one")
        services.leave(host, connection_id="one")
        [stay] = stays(host)
        assert (stay.state, stay.connection_id) == ("inside", "two")


class TestLease:
    def test_silent_people_have_left_when_they_were_last_heard_of(self, session):
        host = inside(session)
        with time_machine.travel(timezone.now() + LEASE * 2, tick=False):
            assert services.sweep_calls() == 1
        [stay] = stays(host)
        assert (stay.state, stay.reason) == ("left", "lapsed")
        assert stay.left_at - stay.joined_at < timedelta(seconds=1)

    def test_renewed_people_stay(self, session):
        people = [inside(session), guest_of(session)]
        come(people[1])
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _ in range(10):
                clock.shift(LEASE / 3)
                services.renew([connection_of(person) for person in people])
                assert services.sweep_calls() == 0

    @pytest.mark.usefixtures("large_call")
    def test_a_process_renews_all_its_connections_at_once(self, session, django_assert_num_queries):
        names = [connection_of(inside(session)) for _ in range(20)]
        with django_assert_num_queries(4):  # two of them open and close the transaction
            assert services.renew(names) == set(names)

    def test_a_quiet_server_sweeps_with_one_query(self, session, django_assert_num_queries):
        inside(session)
        with django_assert_num_queries(1):
            services.sweep_calls()


class TestDeciding:
    def test_whoever_is_inside_admits(self, session):
        for opener in (inside(session), admitted(session)):
            guest = guest_of(session)
            come(guest)
            services.admit(guest, actor=services.as_actor(opener), by=opener)
            [stay] = stays(guest)
            assert stay.state == "inside"
            assert stay.admitted_by == f"participant:{opener.peer_id}"
            assert stay.admitted_at == stay.joined_at

    def test_guests_may_be_kept_from_admitting(self, session, settings):
        settings.GUESTS_ADMIT = False
        host, opener, guest = inside(session), admitted(session), guest_of(session)
        come(guest)
        for act in (services.admit, services.refuse):
            with pytest.raises(MayNotDecide):
                act(guest, actor=services.as_actor(opener), by=opener)
        with pytest.raises(MayNotDecide):
            services.admit_all(session, actor=services.as_actor(opener), by=opener)
        services.admit(guest, actor=services.as_actor(host), by=host)

    def test_only_hosts_put_people_out(self, session):
        host, guest, other = inside(session), admitted(session), admitted(session)
        with pytest.raises(MayNotDecide):
            services.eject(other, actor=services.as_actor(guest), by=guest)
        services.eject(other, actor=services.as_actor(host), by=host)
        assert state_of(other) == "ejected"

    def test_who_is_not_inside_this_session_decides_nothing(self, session):
        guest, outsider = guest_of(session), inside(running_session())
        waiting, gone = guest_of(session), inside(session)
        come(guest)
        come(waiting)
        services.leave(gone, connection_id=connection_of(gone))
        for by in (outsider, waiting, gone, guest):
            actor = services.as_actor(by)
            for act in (services.admit, services.refuse, services.eject):
                with pytest.raises(MayNotDecide):
                    act(guest, actor=actor, by=by)
            with pytest.raises(MayNotDecide):
                services.admit_all(session, actor=actor, by=by)
        assert state_of(guest) == "waiting"

    @pytest.mark.usefixtures("large_call")
    def test_admitting_all_lets_in_everybody_in_their_order(self, session):
        guests = [guest_of(session) for _ in range(70)]
        for guest in guests:
            come(guest)
        canceled = guests.pop()
        services.cancel_participant(canceled, actor=TESTER)
        assert services.admit_all(session, actor=TESTER) == 69
        assert services.waiting_of(session) == []
        came = [person["peer_id"] for person in services.roster(session)]
        assert came == [str(guest.peer_id) for guest in guests]
        assert services.admit_all(session, actor=TESTER) == 0

    def test_decisions_about_nobody_are_refused(self, session):
        stranger, guest = guest_of(session), guest_of(session)
        come(guest)
        for act, refusal in (
            (services.admit, NotWaiting),
            (services.refuse, NotWaiting),
            (services.eject, NotInside),
        ):
            with pytest.raises(refusal):
                act(stranger, actor=TESTER)
        with pytest.raises(NotInside):
            services.eject(guest, actor=TESTER)
        services.admit(guest, actor=TESTER)
        with pytest.raises(NotWaiting):
            services.refuse(guest, actor=TESTER)

    def test_admitting_twice_changes_nothing(self, session):
        guest = admitted(session)
        services.admit(guest, actor=TESTER)
        assert told(session) == ["waiting", "admitted", "joined"]


class TestOpenSessions:
    """Sessions without a schedule, whose guests hold tokens."""

    @pytest.fixture
    def session(self, team):
        return open_session(actor=TESTER, team_id=team.pk, permanent=True)

    @pytest.fixture
    def token(self, session):
        [token] = issue_tokens(session, actor=TESTER)
        return token

    def test_have_no_lobby(self, token):
        assert come(token) == "inside"

    def test_let_nobody_back_whom_staff_put_out(self, token):
        come(token)
        services.eject(token, actor=TESTER)
        assert come(token) == "waiting"

    def test_a_token_that_expires_ends_its_part_of_the_call(self, session, token):
        come(token)
        other = inside(session)
        assert services.closing_at(session) is None
        assert services.closing_at(session, token) == token.expires_at
        with time_machine.travel(token.expires_at, tick=False):
            services.renew([connection_of(other)])
            services.sweep_calls()
            assert (state_of(token), state_of(other)) == ("left", "inside")
            assert stays(token)[0].left_at == token.expires_at
            with pytest.raises(ParticipantExpired):
                come(token)

    def test_withdrawing_ends_the_call(self, session, token):
        other = inside(session)
        come(token)
        withdraw_participant(token, actor=TESTER)
        assert (state_of(token), state_of(other)) == ("left", "inside")
        withdraw_session(session, actor=TESTER)
        assert stays(other)[0].reason == "canceled"


class TestTheEnd:
    def test_a_canceled_person_is_out_at_once_for_good(self, session):
        for person in (inside(session), admitted(session), guest_of(session)):
            if not stays(person):
                come(person)
            services.cancel_participant(person, actor=TESTER)
            assert (state_of(person), stays(person)[-1].reason) == ("left", "canceled")
            with pytest.raises(ParticipantCanceled):
                come(person)
            with pytest.raises(ParticipantCanceled):
                services.admit(person, actor=TESTER)

    def test_a_canceled_session_sends_those_away_who_wait(self, db):
        session = SessionFactory()
        guest = guest_of(session)
        come(guest)
        services.cancel_session(session, actor=TESTER)
        assert (state_of(guest), stays(guest)[0].reason) == ("left", "canceled")

    def test_the_end_time_ends_the_call(self, session):
        host, guest = inside(session), guest_of(session)
        come(guest)
        with time_machine.travel(session.ends_at + timedelta(seconds=1), tick=False):
            services.sweep_calls()
        for person in (host, guest):
            [stay] = stays(person)
            assert (stay.state, stay.reason, stay.left_at) == ("left", "ended", session.ends_at)

    def test_ending_it_earlier_ends_it_at_once(self, session):
        host = inside(session)
        services.end_session(session, actor=TESTER)
        assert state_of(host) == "left"
        session.refresh_from_db()
        assert services.closing_at(session) <= timezone.now()

    def test_closing_a_team_ends_its_calls(self, session):
        host = inside(session)
        session.team.is_active = False
        session.team.save()
        services.sweep_calls()
        assert state_of(host) == "left"


class TestActualTimes:
    def test_run_from_the_first_join_to_the_last_leave(self, session):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            began = timezone.now()
            guest = guest_of(session)
            come(guest)
            session.refresh_from_db()
            assert session.actual_started_at is None
            host = inside(session)
            services.admit(guest, actor=TESTER)
            clock.shift(60)
            services.leave(host, connection_id=connection_of(host))
            session.refresh_from_db()
            assert (session.actual_started_at, session.actual_ended_at) == (began, None)
            clock.shift(60)
            services.leave(guest, connection_id=connection_of(guest))
            session.refresh_from_db()
            assert session.actual_ended_at == began + timedelta(seconds=120)
            come(host, "again")
            session.refresh_from_db()
            assert (session.actual_started_at, session.actual_ended_at) == (began, None)


def test_an_entry_is_open_once(session):
    stay = inside(session).entries.get()
    stay.pk = None
    with pytest.raises(Exception, match=r"(?i)unique"):
        CallEntry.across_teams.bulk_create([stay])
