"""Profiles, looking people up, and leaving."""

import io
import json

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import FailedLogin, Image, Login, OutboxMessage, PhoneCode, User
from accounts.services import block_user
from accounts.signals import user_removed
from rtcserver.models import Event
from tests.conftest import TESTER
from tests.dialects.sealtalk.steps import PASSWORD, post, registered
from tests.factories import UserFactory


def test_a_person_is_shown_by_id_and_by_phone(ann, person):
    shown = {"id": person.public_id, "nickname": "Ann", "portraitUri": ""}
    assert ann.get(f"/user/{person.public_id}").json() == {"code": 200, "result": shown}
    assert ann.get("/user/find/86/13800000001").json() == {"code": 200, "result": shown}


def test_unknown_people_are_404_and_bad_phones_400(ann):
    assert ann.get("/user/5Vg2XCh9f").status_code == 404
    assert ann.get("/user/%00").status_code == 404
    assert ann.get("/user/find/86/13800000077").status_code == 404
    assert ann.get("/user/find/86/123").status_code == 400
    assert ann.get("/user/find/33/13800000001").status_code == 400


def test_finding_is_slowed_down(ann):
    answers = [ann.get("/user/find/86/13800000077").status_code for _round in range(61)]
    assert answers == [404] * 60 + [429]


def test_a_batch_leaves_unknown_ids_out(ann, person):
    other = UserFactory(name="Bob")
    path = f"/user/batch?id={person.public_id}&id=nobody&id={other.public_id}&id=%00"
    names = {shown["nickname"] for shown in ann.get(path).json()["result"]}
    assert names == {"Ann", "Bob"}
    assert ann.get("/user/batch").json() == {"code": 200, "result": []}


def test_reading_people_costs_the_same_for_one_and_for_many(ann, person, django_assert_num_queries):
    many = "&".join(f"id={user.public_id}" for user in UserFactory.create_batch(30))
    for path in (f"/user/{person.public_id}", f"/user/batch?{many}"):
        with django_assert_num_queries(2):
            ann.get(path)


def test_changes_of_the_profile_take_a_new_stamp(ann, person):
    stamps = [person.stamp]
    for path, body in [
        ("/user/set_nickname", {"nickname": "<Anna>"}),
        ("/user/set_portrait_uri", {"portraitUri": "https://img.example.com/a.png"}),
    ]:
        assert post(ann, path, **body).json() == {"code": 200}
        person.refresh_from_db()
        stamps.append(person.stamp)
    assert stamps == sorted(set(stamps))
    assert person.name == "<Anna>"  # stored as given, escaped on answers
    shown = ann.get(f"/user/{person.public_id}").json()["result"]
    assert shown["nickname"] == "&lt;Anna&gt;"
    assert shown["portraitUri"] == "https://img.example.com/a.png"


def test_thirty_two_characters_are_a_nickname_in_any_script(ann):
    assert post(ann, "/user/set_nickname", nickname="王" * 32).status_code == 200
    assert post(ann, "/user/set_nickname", nickname="<" * 32).status_code == 200
    assert post(ann, "/user/set_nickname", nickname="王" * 33).status_code == 400


@pytest.mark.parametrize(
    "url",
    ["example.com/a.png", "ftp://example.com/a", "javascript:alert(1)", "http://a.b", "x" * 300,
     "https://example.com/" + "a" * 240],
)  # fmt: skip
def test_what_is_no_web_address_is_no_portrait(ann, person, url):
    assert post(ann, "/user/set_portrait_uri", portraitUri=url).status_code == 400
    person.refresh_from_db()
    assert person.portrait_url == ""


def test_uploading_contacts_is_404_as_ever(ann):
    assert post(ann, "/user/upload_contacts", contacts=[1]).status_code == 404


def test_a_blocked_person_is_out_everywhere(ann, person):
    block_user(person, actor=TESTER)
    assert ann.get(f"/user/{person.public_id}").status_code == 403
    assert Login.objects.open().count() == 0


def test_leaving_needs_the_password(registered_ann):
    assert post(registered_ann, "/user/delete", password="wrong12").json() == {"code": 1000}
    assert User.objects.get().phone == "13800000001"


def test_leaving_empties_the_row_and_every_trace(registered_ann):
    before = User.objects.get()
    assert post(registered_ann, "/user/delete", password=PASSWORD).json() == {"code": 200}
    left = User.objects.get()
    assert (left.name, left.phone, left.region, left.is_active) == ("", None, "", False)
    assert left.removed_at
    assert left.stamp > before.stamp
    for rows in (Login, PhoneCode, OutboxMessage, FailedLogin, Image):
        assert not rows.objects.exists()
    bob = registered(Client(), "13800000002", "Bob")
    assert bob.get(f"/user/{left.public_id}").status_code == 404


def test_a_receiver_that_fails_keeps_the_person(registered_ann):
    def refuse(**signal):
        raise RuntimeError("cannot clean up")

    user_removed.connect(refuse)
    try:
        registered_ann.raise_request_exception = False
        assert post(registered_ann, "/user/delete", password=PASSWORD).status_code == 500
    finally:
        user_removed.disconnect(refuse)
    assert User.objects.get().phone == "13800000001"
    assert not Event.objects.filter(type="user.removed").exists()


def test_an_export_holds_what_is_kept_about_a_person(registered_ann):
    printed = io.StringIO()
    call_command("export_person", registered_ann.user_id, stdout=printed)
    kept = json.loads(printed.getvalue())
    assert kept["person"]["phone"] == "13800000001"
    assert len(kept["logins"]) == len(kept["codes"]) == 1
    assert "argon2" not in printed.getvalue()
