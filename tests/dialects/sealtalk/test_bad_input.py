"""Every endpoint of accounts x everything that can be wrong: a clear refusal, nothing written."""

import uuid

import pytest
from django.test import Client

from accounts.models import FailedLogin, Login, PhoneCode, User
from rtcserver.models import Event
from tests.dialects.sealtalk.steps import PASSWORD, post

TOKEN = str(uuid.uuid4())
BODIES = {
    "send_code": {"region": "86", "phone": "13800000002"},
    "verify_code": {"region": "86", "phone": "13800000002", "code": "123456"},
    "check_phone_available": {"region": "86", "phone": "13800000002"},
    "register": {"nickname": "Bob", "password": PASSWORD, "verification_token": TOKEN},
    "login": {"region": "86", "phone": "13800000002", "password": PASSWORD},
    "reset_password": {"password": PASSWORD, "verification_token": TOKEN},
    "change_password": {"oldPassword": PASSWORD, "newPassword": "other12"},
    "set_nickname": {"nickname": "Bob"},
    "set_portrait_uri": {"portraitUri": "https://example.com/a.png"},
    "delete": {"password": PASSWORD},
}
MEMBERS = [(path, name) for path, body in BODIES.items() for name in body]
NEEDS_LOGIN = ["change_password", "set_nickname", "set_portrait_uri", "delete", "logout"]
READS = ["get_token", "get_image_token", "batch", "abc", "find/86/13800000001"]
WRONG_TYPES = [True, 1.5, {"a": 1}, ["a"], {}, "\x00", "\ud800"]


def rows():
    return [table.objects.count() for table in (User, Login, PhoneCode, FailedLogin, Event)]


@pytest.fixture(autouse=True)
def nothing_written(ann):
    before = rows()
    yield
    assert rows() == before


def assert_refused(answer, text=None):
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert not answer.cookies
    assert "<" not in answer.text
    if text:
        assert answer.text == text


@pytest.mark.parametrize(("path", "name"), MEMBERS)
def test_a_missing_member_is_400(ann, path, name):
    body = {key: value for key, value in BODIES[path].items() if key != name}
    assert_refused(post(ann, f"/user/{path}", **body))


@pytest.mark.parametrize("empty", ["", None, []])
@pytest.mark.parametrize(("path", "name"), MEMBERS)
def test_an_empty_member_is_400_and_named(ann, path, name, empty):
    body = BODIES[path] | {name: empty}
    assert_refused(post(ann, f"/user/{path}", **body), f"Empty {name}.")


@pytest.mark.parametrize("value", WRONG_TYPES, ids=repr)
@pytest.mark.parametrize(("path", "name"), MEMBERS)
def test_a_member_of_the_wrong_type_is_400(ann, path, name, value):
    assert_refused(post(ann, f"/user/{path}", **(BODIES[path] | {name: value})))


@pytest.mark.parametrize(("path", "name"), MEMBERS)
def test_an_over_long_member_is_400(ann, path, name):
    assert_refused(post(ann, f"/user/{path}", **(BODIES[path] | {name: "1" * 5000})))


@pytest.mark.parametrize("password", ["12345", "1" * 21, "with blank", " leading", "tab\tbed"])
@pytest.mark.parametrize(
    ("path", "name"),
    [("register", "password"), ("reset_password", "password"), ("change_password", "newPassword")],
)
def test_a_password_has_six_to_twenty_characters_and_no_blank(ann, path, name, password):
    assert_refused(post(ann, f"/user/{path}", **(BODIES[path] | {name: password})))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b'{"region": NaN}', b"[" * 100_000],
    ids=lambda body: body[:12],
)
@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_is_no_object_is_400(ann, path, body):
    assert_refused(ann.post(f"/user/{path}", body, content_type="application/json"))


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_does_not_say_it_is_json_is_400(ann, path, content_type):
    assert_refused(ann.post(f"/user/{path}", b'{"a": 1}', content_type=content_type))


@pytest.mark.parametrize("path", BODIES)
def test_a_huge_body_is_400(ann, path):
    body = b'{"a": "' + b"x" * 1_100_000 + b'"}'
    assert_refused(ann.post(f"/user/{path}", body, content_type="application/json"))


@pytest.mark.parametrize("cookie", ["", "rong_im_auth=", "rong_im_auth=" + "0" * 64, "x" * 5000])
@pytest.mark.parametrize("path", NEEDS_LOGIN)
def test_writing_without_a_login_is_403(path, cookie):
    answer = post(Client(headers={"Cookie": cookie}), f"/user/{path}", **BODIES.get(path, {}))
    assert (answer.status_code, answer.text) == (403, "Not loged in.")


@pytest.mark.parametrize("cookie", ["", "rong_im_auth=" + "0" * 64])
@pytest.mark.parametrize("path", READS)
def test_reading_without_a_login_is_403(path, cookie):
    answer = Client(headers={"Cookie": cookie}).get(f"/user/{path}")
    assert (answer.status_code, answer.text) == (403, "Not loged in.")


@pytest.mark.parametrize("path", BODIES)
def test_the_wrong_method_is_404(ann, path):
    assert ann.get(f"/user/{path}").status_code == 404
    assert ann.put(f"/user/{path}").status_code == 404


def test_member_names_are_repeated_without_markup(ann):
    answer = post(ann, "/user/set_nickname", **{"<script>": "", "nickname": "A"})
    assert answer.text == "Empty &lt;script&gt;."


@pytest.mark.parametrize("name", ["\ud800", "\x00"])
def test_member_names_that_no_answer_can_carry_are_replaced(ann, name):
    answer = post(ann, "/user/set_nickname", **{name: "", "nickname": "A"})
    assert (answer.status_code, answer.text) == (400, "Empty ?.")


EVIL = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Referer": "https://evil.example/page"},
    {"Referer": "http://["},
    {"Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", EVIL, ids=str)
@pytest.mark.parametrize("path", [*BODIES, "logout"])
def test_a_foreign_page_cannot_write(ann, path, headers):
    answer = post(ann, f"/user/{path}", headers=headers, **BODIES.get(path, {}))
    assert answer.status_code == 403
    assert answer["Content-Type"] == "text/html; charset=utf-8"
