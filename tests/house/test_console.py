"""The admin console: what staff see, may do, and what it costs."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiClient
from accounts.services import create_user_of_staff
from rtcserver.events import record
from rtcserver.models import Event
from sessions_api.models import Participant, Session
from tests.conftest import TESTER
from tests.factories import ApiClientFactory, ParticipantFactory, SessionFactory, TeamFactory

CHANGELISTS = [
    "accounts_team", "accounts_user", "accounts_apiclient", "sessions_api_session",
    "sessions_api_callentry",
    "rtcserver_event",
]  # fmt: skip


def console_of(user):
    http = Client()
    http.force_login(user)
    return http


@pytest.fixture
def superuser(db):
    return console_of(create_user_of_staff(actor=TESTER, username="root", is_superuser=True))


@pytest.fixture
def operator(team):
    """Staff of `team` alone."""
    return console_of(create_user_of_staff(actor=TESTER, username="maria", team=team))


def listed(http, name, query=""):
    answer = http.get(reverse(f"admin:{name}_changelist") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def form_of(session, **changes):
    """What the browser posts for the change page of a session."""
    body = {
        "name": session.name,
        "starts_at_0": f"{session.starts_at:%Y-%m-%d}",
        "starts_at_1": f"{session.starts_at:%H:%M:%S.%f}",
        "ends_at_0": f"{session.ends_at:%Y-%m-%d}",
        "ends_at_1": f"{session.ends_at:%H:%M:%S.%f}",
        "picture": "",
        "data": "",
        "route": session.route,
        "has_lobby": "on",
        "participants-TOTAL_FORMS": 0,
        "participants-INITIAL_FORMS": 0,
        "participants-2-TOTAL_FORMS": 0,
        "participants-2-INITIAL_FORMS": 0,
    }
    return body | changes


class TestCost:
    @pytest.mark.parametrize("name", CHANGELISTS)
    def test_a_list_takes_the_same_queries_for_any_number_of_rows(
        self, superuser, name, django_assert_max_num_queries
    ):
        def grow():
            for session in SessionFactory.create_batch(5):
                ParticipantFactory.create_batch(3, session=session)
                record("thing.happened", subject_kind="x", subject_id=1, actor=TESTER)

        with django_assert_max_num_queries(100) as before:
            listed(superuser, name)
        first = len(before)
        grow()
        with django_assert_max_num_queries(first + 3):  # the date hierarchy may gain a level
            listed(superuser, name)
        grow()
        with django_assert_max_num_queries(first + 3):
            listed(superuser, name)


class TestTeamStaff:
    def test_see_only_their_teams_rows(self, operator, api_client):
        SessionFactory(client=api_client, team=api_client.team, name="ours")
        theirs = SessionFactory(name="theirs", team__name="Foreign team")
        ApiClientFactory(name="their key", team=theirs.team)
        record(
            "foreign.happened", subject_kind="x", subject_id=1, actor=TESTER, team_id=theirs.team_id
        )
        pages = [listed(operator, name) for name in CHANGELISTS if name != "accounts_user"]
        assert any("ours" in page for page in pages)
        for page in pages:
            for secret in ("theirs", "their key", "Foreign team", "foreign.happened"):
                assert secret not in page

    def test_cannot_open_or_change_a_foreign_row(self, operator):
        theirs = SessionFactory(name="theirs")
        url = reverse("admin:sessions_api_session_change", args=[theirs.pk])
        answer = operator.get(url)
        assert answer.status_code == 302
        operator.post(url, form_of(theirs, name="mine now"))
        action = {"action": "cancel_selected", "_selected_action": [theirs.pk]}
        operator.post(reverse("admin:sessions_api_session_changelist"), action)
        theirs.refresh_from_db()
        assert (theirs.name, theirs.canceled_at) == ("theirs", None)

    def test_cannot_plan_for_a_foreign_team(self, operator):
        foreign = TeamFactory()
        body = form_of(SessionFactory.build(client=None, team=foreign), team=foreign.pk)
        answer = operator.post(reverse("admin:sessions_api_session_add"), body)
        assert answer.status_code == 200, "the form comes back with an error"
        assert not Session.across_teams.exists()

    def test_withdraw_a_participant(self, operator, api_client):
        session = SessionFactory(client=api_client, team=api_client.team)
        person = ParticipantFactory(session=session)
        row = {
            "participants-TOTAL_FORMS": 1, "participants-INITIAL_FORMS": 1,
            "participants-0-id": person.pk, "participants-0-session": session.pk,
            "participants-0-display_name": person.display_name, "participants-0-role": "guest",
            "participants-0-DELETE": "on",
        }  # fmt: skip
        url = reverse("admin:sessions_api_session_change", args=[session.pk])
        assert operator.post(url, form_of(session) | row).status_code == 302
        person.refresh_from_db()
        assert person.canceled_at is not None

    def test_may_not_make_users_or_keys(self, operator):
        for name in ("accounts_user_add", "accounts_apiclient_add", "accounts_team_add"):
            assert operator.get(reverse(f"admin:{name}")).status_code == 403


class TestSessions:
    def test_an_empty_end_makes_it_permanent(self, superuser, team):
        session = SessionFactory(team=team)
        url = reverse("admin:sessions_api_session_change", args=[session.pk])
        body = form_of(session, ends_at_0="", ends_at_1="", route="relay")
        assert superuser.post(url, body).status_code == 302
        session.refresh_from_db()
        assert (session.ends_at, session.route, session.has_lobby) == (None, "relay", True)
        assert Event.objects.get(type="session.updated").payload["changed"] == ["ends_at", "route"]
        page = listed(superuser, "sessions_api_session", "?end=never")
        assert session.name in page
        assert "permanent" in page
        assert session.name not in listed(superuser, "sessions_api_session", "?end=some")
        listed(superuser, "sessions_api_session", "?end=never&state=started")

    def test_a_participant_is_made_to_watch_only_and_until_a_day(self, superuser, team):
        session = SessionFactory(team=team)
        body = form_of(session) | {
            "participants-TOTAL_FORMS": 1,
            "participants-0-display_name": "Jonas",
            "participants-0-role": "guest",
            "participants-0-expires_at_0": "2050-01-02",
            "participants-0-expires_at_1": "03:04:05",
        }
        url = reverse("admin:sessions_api_session_change", args=[session.pk])
        assert superuser.post(url, body).status_code == 302
        person = session.participants.get()
        assert person.can_publish is False
        assert person.expires_at.isoformat() == "2050-01-02T03:04:05+00:00"

    def test_a_new_session_is_planned_by_the_service(self, superuser, team):
        draft = SessionFactory.build(client=None, team=team)
        body = form_of(draft, team=team.pk) | {
            "participants-TOTAL_FORMS": 1,
            "participants-0-display_name": "Jonas",
            "participants-0-role": "guest",
        }
        answer = superuser.post(reverse("admin:sessions_api_session_add"), body)
        assert answer.status_code == 302, answer.content.decode()[-2000:]
        session = Session.across_teams.get()
        assert [p.display_name for p in session.participants.all()] == ["Jonas"]
        created, added = Event.objects.order_by("id").filter(subject_kind="session")
        assert (created.type, created.dialect, created.actor_kind) == (
            "session.created", "admin", "staff",
        )  # fmt: skip
        assert added.type == "participant.added"

    def test_participants_are_changed_and_withdrawn(self, superuser):
        session = SessionFactory()
        stays, goes = ParticipantFactory.create_batch(2, session=session)
        body = form_of(session) | {
            "participants-TOTAL_FORMS": 2,
            "participants-INITIAL_FORMS": 2,
            "participants-0-id": stays.pk,
            "participants-0-session": session.pk,
            "participants-0-display_name": "Renamed",
            "participants-0-role": "host",
            "participants-1-id": goes.pk,
            "participants-1-session": session.pk,
            "participants-1-display_name": goes.display_name,
            "participants-1-role": "guest",
            "participants-1-DELETE": "on",
        }
        url = reverse("admin:sessions_api_session_change", args=[session.pk])
        assert superuser.post(url, body).status_code == 302
        stays.refresh_from_db()
        goes.refresh_from_db()
        assert (stays.display_name, stays.role) == ("Renamed", Participant.Role.HOST)
        assert goes.canceled_at is not None

    def test_what_is_over_is_only_shown(self, superuser):
        session = SessionFactory(ended=True, name="before")
        url = reverse("admin:sessions_api_session_change", args=[session.pk])
        assert superuser.get(url).status_code == 200
        assert superuser.post(url, form_of(session, name="after")).status_code == 403

    def test_a_refusal_keeps_the_whole_form_out(self, superuser):
        session = SessionFactory(name="before")
        body = form_of(session, name="after", starts_at_0="2020-01-01")
        url = reverse("admin:sessions_api_session_change", args=[session.pk])
        answer = superuser.post(url, body, follow=True)
        assert "must start in the future" in answer.content.decode()
        session.refresh_from_db()
        assert session.name == "before"

    @pytest.mark.parametrize(
        ("action", "trait", "event"),
        [
            ("cancel_selected", {}, "session.canceled"),
            ("end_selected", {"started": True}, "session.ended"),
        ],
    )
    def test_actions_go_through_the_service(self, superuser, action, trait, event):
        session = SessionFactory(**trait)
        other = SessionFactory(ended=True)
        body = {"action": action, "_selected_action": [session.pk, other.pk]}
        page = superuser.post(reverse("admin:sessions_api_session_changelist"), body, follow=True)
        assert "The session has ended." in page.content.decode()
        assert [e.type for e in Event.objects.filter(subject_id=session.public_id)] == [event]

    def test_the_state_filter_follows_the_clock(self, superuser):
        for name, trait in (("soon", {}), ("now", {"started": True}), ("over", {"ended": True})):
            SessionFactory(name=f"is {name}", **trait)
        SessionFactory(name="is off", canceled=True)
        for state, name in (
            ("scheduled", "soon"), ("started", "now"), ("ended", "over"), ("canceled", "off"),
        ):  # fmt: skip
            page = listed(superuser, "sessions_api_session", f"?state={state}")
            assert [n for n in ("soon", "now", "over", "off") if f"is {n}" in page] == [name]


class TestApiClients:
    def test_the_secret_is_shown_once_and_works(self, superuser, team, token_request):
        body = {"team": team.pk, "name": "Mobile", "scope": ["sessions"]}
        page = superuser.post(reverse("admin:accounts_apiclient_add"), body, follow=True)
        client = ApiClient.objects.of_team(team.pk).get(name="Mobile")
        secret = page.content.decode().split("key_secret ")[1][:64]
        answer = token_request(client.client_id, secret, grant_type="client_credentials")
        assert answer.status_code == 200
        again = superuser.get(reverse("admin:accounts_apiclient_change", args=[client.pk]))
        assert secret not in again.content.decode()
        assert secret not in str(list(Event.objects.values()))

    def test_rotating_asks_first_and_then_shows_the_new_secret(self, superuser, key, token_request):
        client, old = key
        url = reverse("admin:accounts_apiclient_rotate", args=[client.pk])
        assert "stop working" in superuser.get(url).content.decode()
        assert (
            token_request(client.client_id, old, grant_type="client_credentials").status_code == 200
        )
        secret = superuser.post(url, follow=True).content.decode().split("key_secret ")[1][:64]
        assert (
            token_request(client.client_id, old, grant_type="client_credentials").status_code == 401
        )
        answer = token_request(client.client_id, secret, grant_type="client_credentials")
        assert answer.status_code == 200

    def test_disabling_ends_its_tokens(self, superuser, coviu, api_client):
        body = {"action": "disable_selected", "_selected_action": [api_client.pk]}
        superuser.post(reverse("admin:accounts_apiclient_changelist"), body)
        assert coviu.get("/v1/sessions").status_code == 401

    def test_keys_sessions_and_events_are_never_deleted_there(self, superuser, api_client):
        session = SessionFactory(client=api_client, team=api_client.team)
        event = Event.objects.first()
        for name, row in (
            ("accounts_apiclient", api_client), ("sessions_api_session", session),
            ("rtcserver_event", event),
        ):  # fmt: skip
            url = reverse(f"admin:{name}_delete", args=[row.pk])
            assert superuser.post(url, {"post": "yes"}).status_code == 403


def test_teams_are_made_and_closed_through_the_service(superuser, coviu, team):
    formset = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    body = {"name": "New team", "subdomain": "", "picture": "", "is_active": "on"} | formset
    superuser.post(reverse("admin:accounts_team_add"), body)
    assert Event.objects.filter(type="team.created", actor_kind="staff").count() == 1
    closed = {"name": team.name, "subdomain": "", "picture": ""} | formset
    superuser.post(reverse("admin:accounts_team_change", args=[team.pk]), closed)
    assert Event.objects.get(type="team.updated").payload["changed"] == ["is_active"]
    assert coviu.get("/v1/sessions").status_code == 401


def test_markup_in_names_is_shown_as_text(superuser):
    hostile = "<img src=x onerror=alert(1)>"
    session = SessionFactory(name=hostile, team__name=hostile)
    ParticipantFactory(session=session, display_name=hostile, picture="javascript:alert(1)")
    for name in CHANGELISTS:
        assert hostile not in listed(superuser, name)
    url = reverse("admin:sessions_api_session_change", args=[session.pk])
    assert hostile not in superuser.get(url).content.decode()


def test_guessing_passwords_is_slowed_down(client, db):
    for _try in range(10):
        client.post("/admin/login/", {"username": "root", "password": "x"})
    page = client.post("/admin/login/", {"username": "root", "password": "x"}, follow=True)
    assert "Too many attempts" in page.content.decode()
