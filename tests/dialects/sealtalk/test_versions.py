"""What clients ask about themselves."""

import pytest

UPDATE = {
    "version": "1.10.0",
    "url": "https://example.com/a.zip",
    "name": "1.10",
    "notes": "New",
    "pub_date": "2026-11-21T08:00:00Z",
}


@pytest.mark.parametrize("mine", ["1.9.9", "v0.0.1", "1.10.0-rc.1", "1.10.0-alpha"])
def test_an_older_client_is_told_of_the_update(client, db, settings, mine):
    settings.DESKTOP_UPDATE = UPDATE
    answer = client.get("/misc/latest_update", {"version": mine})
    assert answer.json() == UPDATE


@pytest.mark.parametrize(
    "mine",
    ["1.10.0", "1.10.1", "2.0.0-beta", "1.10.0+build.5", "2.0.0-0.1a.-.x-y+001.a", "2.0.0--1"],
)
def test_a_client_that_is_not_older_gets_204_without_a_type(client, db, settings, mine):
    settings.DESKTOP_UPDATE = UPDATE
    answer = client.get("/misc/latest_update", {"version": mine})
    assert answer.status_code == 204
    assert not answer.has_header("Content-Type")


@pytest.mark.parametrize("update", [{}, {"url": "https://example.com"}])
def test_without_a_newest_version_nobody_has_to_update(client, db, settings, update):
    settings.DESKTOP_UPDATE = update
    assert client.get("/misc/latest_update", {"version": "0.0.0"}).status_code == 204


@pytest.mark.parametrize(
    "mine",
    [
        "", "1", "1.2", "x.y.z", "1.2.3.4", "01.2.3", None, "1.2.0-01", "1.2.0-a..b", "1.2.0-",
        "1.2.0-a.", "1.2.0-.a", "1.2.0-a.00", "1.2.0+", "1.2.0+a..b", "1.2.0-a_b", "1.2.0+a+b",
        f"1.2.0-{'a' * 65}", f"1.2.0+{'a' * 65}",
    ],
)  # fmt: skip
def test_what_is_no_version_is_400(client, db, mine):
    query = {} if mine is None else {"version": mine}
    assert client.get("/misc/latest_update", query).status_code == 400


def test_client_versions_are_bare(client, db, settings):
    settings.CLIENT_VERSIONS = {"Android": {"version": "1.3.1", "url": "https://a"}}
    assert client.get("/misc/client_version").json() == {
        "iOS": {"version": "", "build": "", "url": ""},
        "Android": {"version": "1.3.1", "url": "https://a"},
    }


def test_no_picture_has_to_be_solved(client, db):
    answer = client.get("/user/get_sms_img_code").json()
    assert answer == {"code": 200, "result": {"url": "", "verifyId": ""}}
