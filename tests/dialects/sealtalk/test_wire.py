"""What holds for every path of the dialect."""

import pytest
from django.test import Client

from rtcserver.errors import Kind
from rtcserver.wire.sealtalk import STATUS, prepared, shown_text
from tests.dialects.sealtalk.values import COOKIE_LINES

WEB = "https://web.example.com"


@pytest.mark.parametrize(
    "path",
    [
        "/user/nothing", "/friendship/x/y/z", "/group/", "/misc/none",
        "/user", "/friendship", "/group", "/misc",
    ],
)  # fmt: skip
def test_an_unknown_path_is_403_without_login_and_404_with(client, ann, path):
    refused = client.get(path)
    assert (refused.status_code, refused.content) == (403, b"Not loged in.")
    assert refused["Content-Type"] == "text/html; charset=utf-8"
    assert ann.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/user//nothing", "/user///nothing"])
def test_doubled_slashes_count_as_one(client, path):
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("line", COOKIE_LINES)
def test_cookie_headers_of_all_known_clients_are_read(ann, line):
    key = ann.cookies["rong_im_auth"].value
    sent = Client(headers={"Cookie": line.format(key)})
    assert sent.get("/user/nothing").status_code == 404


@pytest.mark.parametrize("forged", ["0" * 64, "", "x", "0" * 4000, "%00", "ä"])
def test_a_forged_cookie_is_no_login(db, forged):
    sent = Client(headers={"Cookie": f"rong_im_auth={forged}"})
    assert sent.get("/user/nothing").status_code == 403


def test_a_preflight_needs_no_login_and_names_the_exact_origin(client, settings):
    settings.CORS_ALLOWED_ORIGINS = settings.ALLOWED_ORIGINS = [WEB]
    ask = {
        "Origin": WEB,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = client.options("/user/login", headers=ask)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == WEB
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert "content-type" in answer["Access-Control-Allow-Headers"]


def test_refusals_carry_the_cors_headers_too(client, settings):
    settings.CORS_ALLOWED_ORIGINS = settings.ALLOWED_ORIGINS = [WEB]
    answer = client.get("/user/nothing", headers={"Origin": WEB})
    assert answer.status_code == 403
    assert answer["Access-Control-Allow-Origin"] == WEB
    assert "origin" in answer["Vary"].lower()


def test_an_origin_that_is_not_listed_gets_no_cors_headers(client, settings):
    settings.CORS_ALLOWED_ORIGINS = settings.ALLOWED_ORIGINS = [WEB]
    answer = client.get("/user/nothing", headers={"Origin": "https://web.example.com.evil.org"})
    assert not answer.has_header("Access-Control-Allow-Origin")


def test_bodies_are_prepared_in_the_order_of_their_members():
    assert prepared({"friendId": "5Vg2XCh9f", "displayName": ""}) == {
        "friendId": "5Vg2XCh9f",
        "displayName": "",
    }
    assert prepared({"friendId": "../etc"}) == {"friendId": "-"}
    assert prepared({"memberIds": ["a", 1, None]}) == {"memberIds": ["a", None, None]}


@pytest.mark.parametrize("value", ["", None, []])
def test_empty_members_are_refused_by_name(value):
    with pytest.raises(Exception, match=r"Empty message\."):
        prepared({"message": value})


@pytest.mark.parametrize("value", [7, {}, True, None, ""])
def test_an_id_that_is_no_string_is_empty(value):
    with pytest.raises(Exception, match=r"Empty friendId\."):
        prepared({"friendId": value})


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("<a>", "&lt;a&gt;"),
        ("Tom & 'Jerry'", "Tom & 'Jerry'"),
        ("<" * 32, "&lt;" * 8),
        ("a<!-- b -->c", "ac"),
        ("a<!-- b", "a"),
    ],
)
def test_markup_is_escaped_and_cut_to_the_limit(stored, shown):
    assert shown_text(stored, 32) == shown


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://testserver"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": WEB},
        {"Referer": f"{WEB}/chat/index.html"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_apps_own_pages_and_listed_origins_may_write(ann, settings, headers):
    settings.CORS_ALLOWED_ORIGINS = settings.ALLOWED_ORIGINS = [WEB]
    answer = ann.post(
        "/user/set_nickname", {"nickname": "A"}, content_type="application/json", headers=headers
    )
    assert answer.json() == {"code": 200}


def test_a_faulty_request_outside_views_is_answered_as_text(client, db):
    answer = client.get("/user/batch?" + "&".join(f"id={n}" for n in range(2000)))
    assert answer["Content-Type"].startswith("text/html; charset=utf-8")
    assert "<" not in answer.text


def test_finding_a_login_costs_one_query(ann, django_assert_num_queries):
    with django_assert_num_queries(1):
        ann.get("/friendship/nothing")


def test_every_kind_of_refusal_has_a_status():
    assert set(Kind) == set(STATUS)
