"""Updating and cancelling sessions and participants: the state rules of contract A.7."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from rtcserver.dates import http_date
from rtcserver.models import Event
from sessions_api import services
from sessions_api.errors import SessionCanceled
from sessions_api.models import Participant
from sessions_api.services import cancel_session
from tests.conftest import TESTER
from tests.factories import ParticipantFactory, SessionFactory, in_hours
from tests.sessions_api.conftest import END, START


def path_of(session):
    return f"/sessions/{session.public_id}"


class TestUpdate:
    def test_what_is_left_out_stays(self, api, plan):
        session = api.post("/sessions", plan())
        changed = api.put(f"/sessions/{session['session_id']}", {"session_name": "new"})
        assert changed == session | {"session_name": "new"}

    def test_the_answered_start_is_the_text_that_was_sent(self, api, plan):
        session = api.post("/sessions", plan())
        moved = {
            "start_time": "Wed, 08 Jun 2050 04:32:27 GMT",
            "end_time": "Wed, 08 Jun 2050 04:42:27 GMT",
            "picture": "example",
            "session_name": "new session name",
            "display_name": "ignored",
        }
        changed = api.put(f"/sessions/{session['session_id']}", moved)
        assert {name: changed[name] for name in moved if name != "display_name"} == {
            name: value for name, value in moved.items() if name != "display_name"
        }

    def test_null_clears_a_text(self, api, plan):
        session = api.post("/sessions", plan())
        changed = api.put(f"/sessions/{session['session_id']}", {"session_name": None})
        assert changed["session_name"] is None

    def test_the_merged_window_counts(self, api, plan):
        path = f"/sessions/{api.post('/sessions', plan())['session_id']}"
        api.put(path, {"start_time": END}, status=400)
        api.put(path, {"end_time": START}, status=400)
        api.put(path, {"start_time": "Wed, 08 Jun 2016 04:07:11 GMT"}, status=400)
        assert api.get(path)["start_time"] == START

    def test_a_running_session_keeps_its_start(self, api, session_of_team):
        session = session_of_team(started=True)
        path = path_of(session)
        refusal = api.put(path, {"start_time": http_date(in_hours(1))}, status=400)
        assert refusal["error"]["code"] == "start_in_past"
        api.put(path, {"end_time": http_date(in_hours(-0.5))}, status=400)
        later = http_date(in_hours(5))
        assert api.put(path, {"session_name": "x", "end_time": later})["end_time"] == later

    def test_a_running_session_accepts_its_own_start_again(self, api, session_of_team):
        session = session_of_team(starts_at=in_hours(-0.5).replace(microsecond=0))
        changes = {"session_name": "renamed", "start_time": http_date(session.starts_at)}
        assert api.put(path_of(session), changes)["session_name"] == "renamed"

    def test_a_start_may_come_back_as_it_was_answered(self, api, session_of_team):
        session = session_of_team(starts_at=in_hours(-0.5).replace(microsecond=337_123))
        path = path_of(session)
        api.put(path, {"end_time": http_date(in_hours(3))})
        answered = api.get(path)["start_time"]
        assert api.put(path, {"start_time": answered, "session_name": "x"})["session_name"] == "x"

    def test_a_time_that_differs_by_a_fraction_is_taken_as_sent(self, api, plan):
        times = {"start_time": "2050-06-08T04:07:11.500Z", "end_time": "2050-06-08T05:07:11.250Z"}
        made = api.post("/sessions", plan(**times))
        sent = {"start_time": "2050-06-08T04:07:11.000Z", "end_time": "2050-06-08T05:07:11.000Z"}
        changed = api.put(f"/sessions/{made['session_id']}", sent)
        assert {name: changed[name] for name in sent} == sent

    def test_a_permanent_session_may_be_written_back(self, api, session_of_team):
        session = session_of_team(ends_at=None)
        path = f"/sessions/{session.public_id}"
        changed = api.put(path, {"session_name": "Always", "end_time": None})
        assert (changed["session_name"], changed["end_time"]) == ("Always", None)

    def test_a_session_that_ends_cannot_be_made_permanent(self, api, session_of_team):
        path = f"/sessions/{session_of_team().public_id}"
        refused = api.put(path, {"end_time": None}, 400)
        assert "end_time" in refused["error"]["message"]

    def test_an_ended_or_canceled_session_is_fixed(self, api, session_of_team):
        ended, canceled = session_of_team(ended=True), session_of_team(canceled=True)
        assert api.put(path_of(ended), {"session_name": "x"}, status=400)["error"]["code"] == (
            "session_ended"
        )
        api.put(path_of(canceled), {"session_name": "x"}, status=401)

    @pytest.mark.parametrize(
        "body",
        [{"start_time": None}, {"end_time": 5}, {"session_name": 5}, {"picture": {}}, [], "x", 5],
    )
    def test_bad_changes_change_nothing(self, api, session_of_team, body):
        session = session_of_team()
        before = api.get(path_of(session))
        api.put(path_of(session), body, status=400)
        assert api.get(path_of(session)) == before
        assert not Event.objects.filter(type="session.updated").exists()


class TestCancel:
    def test_is_soft_final_and_leaves_participants(self, api, plan):
        body = api.post("/sessions", plan())
        path = f"/sessions/{body['session_id']}"
        assert api.delete(path) == {"ok": True}
        api.get(path, status=401)
        api.get(path + "/participants", status=401)
        api.delete(path, status=401)
        [kept] = api.get("/sessions?include_canceled=true")["content"]
        assert len(kept["participants"]) == 2

    @pytest.mark.parametrize("trait", ["started", "ended"])
    def test_only_while_scheduled(self, api, session_of_team, trait):
        session = session_of_team(**{trait: True})
        assert api.delete(path_of(session), status=400)["error"]["code"] == f"session_{trait}"

    def test_the_state_follows_the_clock_alone(self, api, session_of_team):
        session = session_of_team(starts_at=in_hours(0.5), ends_at=in_hours(0.75))
        path = path_of(session)
        with time_machine.travel(session.starts_at - timedelta(seconds=1), tick=False) as clock:
            api.put(path, {"session_name": "before"})
            clock.move_to(session.starts_at)
            assert api.delete(path, status=400)["error"]["code"] == "session_started"
            clock.move_to(session.ends_at)
            assert api.delete(path, status=400)["error"]["code"] == "session_ended"

    @pytest.mark.django_db(transaction=True)
    def test_a_participant_is_never_added_to_a_session_canceled_at_once(self, api_client):
        def race(_round):
            session = SessionFactory(client=api_client, team=api_client.team)

            def run(act):
                try:
                    return act(session, actor=TESTER)
                except SessionCanceled:
                    return None
                finally:
                    connection.close()

            def add(session, actor):
                return services.add_participant(session, actor=actor, role="guest")

            with ThreadPoolExecutor(2) as pool:
                list(pool.map(run, [add, cancel_session]))
            session.refresh_from_db()
            added = Participant.across_teams.filter(session=session).first()
            assert session.canceled_at is not None
            assert added is None or added.created_at <= session.canceled_at

        for number in range(10):
            race(number)

    @pytest.mark.django_db(transaction=True)
    def test_of_many_cancels_at_once_one_succeeds(self, api_client):
        session = SessionFactory(client=api_client, team=api_client.team)

        def cancel(_racer):
            try:
                cancel_session(session, actor=TESTER)
                return True
            except SessionCanceled:
                return False
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(cancel, range(16))) == 1
        assert Event.objects.filter(type="session.canceled").count() == 1


class TestParticipants:
    def test_are_added_while_scheduled_and_running(self, api, session_of_team):
        for session in (session_of_team(), session_of_team(started=True)):
            person = api.post(
                path_of(session) + "/participants", {"role": "HOST", "display_name": "Dr. Who"}
            )
            assert person["role"] == "HOST"
            assert api.get(f"/participants/{person['participant_id']}") == person
            assert api.get(path_of(session))["participants"] == [person]

    def test_are_not_added_once_ended_or_canceled(self, api, session_of_team):
        body = {"role": "guest"}
        api.post(path_of(session_of_team(ended=True)) + "/participants", body, status=400)
        api.post(path_of(session_of_team(canceled=True)) + "/participants", body, status=401)
        assert not Participant.across_teams.exists()

    @pytest.mark.parametrize(
        "body",
        [{}, {"role": "PARTICIPANT"}, {"role": 5}, {"role": "host", "state": 5}, [], None, "x"],
    )
    def test_bad_ones_are_refused(self, api, session_of_team, body):
        api.post(path_of(session_of_team()) + "/participants", body, status=400)
        assert not Participant.across_teams.exists()

    def test_are_changed_in_part(self, api, session_of_team):
        person = ParticipantFactory(session=session_of_team(), state="old")
        path = f"/participants/{person.public_id}"
        assert api.put(path, {"role": "HOST"})["state"] == "old"
        changed = api.put(path, {"state": None, "picture": "not a real picture"})
        assert (changed["role"], changed["state"]) == ("HOST", None)
        assert changed["picture"] == "not a real picture"
        api.put(path, {"role": None}, status=400)
        api.put(path, {"state": "x" * 257}, status=400)

    def test_are_withdrawn_for_good(self, api, session_of_team):
        for session in (session_of_team(), session_of_team(started=True)):
            person = ParticipantFactory(session=session)
            path = f"/participants/{person.public_id}"
            assert api.delete(path) == {"ok": True}
            for call in (api.get, api.delete):
                assert call(path, status=401)["error"]["code"] == "participant_canceled"
            api.put(path, {"state": "x"}, status=401)

    def test_stay_as_they_were_after_the_end(self, api, session_of_team):
        person = ParticipantFactory(session=session_of_team(ended=True))
        path = f"/participants/{person.public_id}"
        api.put(path, {"state": "x"}, status=400)
        api.delete(path, status=400)

    def test_changes_are_recorded_once_each(self, api, session_of_team):
        person = ParticipantFactory(session=session_of_team(), state="old")
        path = f"/participants/{person.public_id}"
        api.put(path, {"state": "new"})
        api.put(path, {"state": "new"})
        api.delete(path)
        events = Event.objects.order_by("id").filter(type__startswith="participant.")
        assert [event.type for event in events] == ["participant.updated", "participant.canceled"]
        assert events[0].payload["changed"] == ["state"]
