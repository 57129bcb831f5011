"""The page behind an entry URL."""

import pytest

from tests.factories import ParticipantFactory, SessionFactory, in_hours


def open_page(client, participant, **headers):
    return client.get(f"/session/{participant.public_id}", headers=headers)


@pytest.fixture
def guest(db):
    return ParticipantFactory(display_name="Jonas", session__name="Check-up")


def test_shows_session_person_and_role(client, guest):
    page = open_page(client, guest)
    assert page.status_code == 200
    for text in ("Check-up", "Jonas", "guest", guest.session.team.name):
        assert text in page.content.decode()


@pytest.mark.parametrize(
    ("trait", "status", "text"),
    [
        ({}, 200, "It starts in"),
        ({"started": True}, 200, "The call is open"),
        ({"ended": True}, 410, "The call has ended"),
        ({"canceled": True}, 410, "This invitation was cancelled"),
    ],
)
def test_says_what_is_possible_now(client, db, trait, status, text):
    page = open_page(client, ParticipantFactory(session=SessionFactory(**trait)))
    assert page.status_code == status
    assert text in page.content.decode()


def test_a_withdrawn_invitation_is_refused(client, db):
    person = ParticipantFactory(session__started=True, canceled_at=in_hours(0))
    page = open_page(client, person)
    assert page.status_code == 410
    assert "This invitation was cancelled" in page.content.decode()


def test_speaks_chinese_to_a_chinese_browser(client, guest):
    page = open_page(client, guest, **{"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert 'lang="zh-hans"' in page.content.decode()
    assert "距离开始还有" in page.content.decode()


@pytest.mark.parametrize("unknown", ["0e2f3f2c-98a4-4a9b-9d0c-6e1f1c1b7a11", "x", "0" * 500, "a/b"])
def test_an_unknown_link_is_a_clean_404(client, db, unknown):
    page = client.get(f"/session/{unknown}")
    assert page.status_code == 404
    assert "Traceback" not in page.content.decode()


def test_an_inactive_team_lets_nobody_in(client, guest):
    guest.session.team.is_active = False
    guest.session.team.save()
    assert open_page(client, guest).status_code == 404


def test_an_id_is_read_in_its_one_form_only(client, guest):
    for text in (f"{{{guest.public_id}}}", f"urn:uuid:{guest.public_id}", guest.public_id.hex):
        assert client.get(f"/session/{text}").status_code == 404


def test_the_peer_id_opens_nothing(client, guest):
    assert client.get(f"/session/{guest.peer_id}").status_code == 404


def test_names_are_escaped(client, db):
    hostile = "<script>alert(1)</script>"
    person = ParticipantFactory(display_name=hostile, session__name=hostile)
    assert hostile not in open_page(client, person).content.decode()


def test_leaks_the_link_to_nobody(client, guest):
    page = open_page(client, guest)
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"].startswith("noindex")
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert str(guest.public_id) not in page.content.decode()


def test_previews_and_other_methods_change_nothing(client, guest, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.head(f"/session/{guest.public_id}").status_code == 200
    assert client.post(f"/session/{guest.public_id}").status_code == 405


def test_the_page_of_a_call_alone_may_ask_for_devices(client, guest):
    allowed = "camera=(self), microphone=(self), display-capture=(self)"
    assert open_page(client, guest)["Permissions-Policy"] == allowed
    over = open_page(client, ParticipantFactory(session=SessionFactory(ended=True)))
    assert "Permissions-Policy" not in over


def test_the_diagnosis_hands_out_no_credential(client, settings):
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:relay.example.com"], "shared secret"
    page = client.get("/diagnose", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "turn:relay.example.com" in page.content.decode()
    assert "shared secret" not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert "unsafe" not in page["Content-Security-Policy"]
