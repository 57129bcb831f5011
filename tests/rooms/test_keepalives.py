"""Keepalives of people who are known to be there need no database, and nothing else changes."""

import asyncio
import time
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from accounts.hashers import checksum
from accounts.models import LiveRoomToken, Login
from accounts.services import block_user
from rooms.models import Presence
from rooms.services.signs import signs
from rtcserver.asgi import keepalives
from rtcserver.bus import bus
from rtcserver.events import PEOPLE_TOPIC
from tests.conftest import TESTER
from tests.rooms.people import Person
from tests.sockets import serving

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/base/v1/auth_users/user_keepalive"
HALF_A_CHARACTER = b'{"userId":"x","token":"\\ud800"}'
JSON, NEARLY_JSON = ({"Content-Type": f"application/{kind}"} for kind in ("json", "json-seq"))
OF_ONE_ANSWER = {"date", "x-request-id"}


@pytest.fixture
def http():
    with serving() as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client
        on_loop(signs_begin)


@pytest.fixture
def anna(http, transactional_db):
    """Somebody whose keepalives have been answered already."""
    on_loop(signs_begin)
    person = Person("Anna")
    assert called(http, person)["errorCode"] == 0
    return person


async def signs_begin():
    """What a serving process does every two seconds, now."""
    await asyncio.to_thread(signs.flush)


def on_loop(act):
    asyncio.run_coroutine_threadsafe(act(), bus._loop).result(10)


def by_query(person):
    return {"userId": person.id, "token": person.token}


def called(http, person, **headers):
    return http.get(PATH, params=by_query(person), headers=headers).json()


def lose_tokens():
    """The database knows them no more, and nobody was told."""
    LiveRoomToken.objects.all().delete()


def test_the_answer_is_the_ordinary_one_to_the_last_header(http, anna):
    ordinary = http.get(PATH, params=by_query(anna) | {"more": "1"})
    lose_tokens()
    quick = http.get(PATH, params=by_query(anna))
    assert quick.status_code == ordinary.status_code == 200
    assert quick.json()["data"].keys() == ordinary.json()["data"].keys()
    told, expected = quick.json(), ordinary.json()
    assert told | {"data": None} == expected | {"data": None}
    assert told["data"]["userId"] == anna.id
    assert list(told) == list(expected)
    shown, wanted = dict(quick.headers), dict(ordinary.headers)
    assert {n: v for n, v in shown.items() if n not in OF_ONE_ANSWER} == {
        n: v for n, v in wanted.items() if n not in OF_ONE_ANSWER
    }
    assert shown["x-request-id"] != wanted["x-request-id"]


@pytest.mark.parametrize(
    "call",
    [
        lambda http, who: http.get(PATH, params=by_query(who)),
        lambda http, who: http.post(PATH, json=by_query(who)),
        lambda http, who: http.post(PATH, params={"userId": who.id}, json={"token": who.token}),
        lambda http, who: http.get(PATH, params={"apaasUserId": who.id, "token": who.token}),
        lambda http, who: http.get(f"/prod{PATH}", params=by_query(who)),
    ],
)
def test_however_it_is_called_the_database_is_not_asked(http, anna, call):
    lose_tokens()
    assert call(http, anna).json()["errorCode"] == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda http, who: http.get(PATH, params=by_query(who) | {"token": "another"}),
        lambda http, who: http.get(PATH, params=by_query(who) | {"userId": "another"}),
        lambda http, who: http.get(PATH, params={"userId": who.id}),
        lambda http, who: http.get(PATH, params=[("token", "x"), *by_query(who).items()]),
        lambda http, who: http.post(PATH, params=by_query(who), content=b"[1"),
        lambda http, who: http.post(PATH, params={"token": ""}, json=by_query(who)),
        lambda http, who: http.delete(PATH, params=by_query(who)),
        lambda http, who: http.post(PATH, content=HALF_A_CHARACTER, headers=JSON),
        lambda http, who: http.post(PATH, json=by_query(who), headers=NEARLY_JSON),
    ],
)
def test_whatever_else_is_sent_goes_the_ordinary_way(http, anna, call):
    lose_tokens()
    answer = call(http, anna)
    assert answer.json()["errorCode"] in (98, 204)


def test_the_name_of_a_request_is_told(http, anna):
    lose_tokens()
    answer = http.get(PATH, params=by_query(anna), headers={"X-Request-ID": "gateway-7"})
    assert (answer.headers["x-request-id"], answer.json()["requestId"]) == ("gateway-7",) * 2


def test_signing_out_holds_at_once(http, anna):
    http.post("/base/v1/auth_users/user_logout", json=by_query(anna))
    assert called(http, anna)["errorCode"] == 204


def test_of_two_logins_the_one_that_stays_goes_on(http, anna):
    former = anna.token
    anna.sign_in()
    assert called(http, anna)["errorCode"] == 0
    http.post("/base/v1/auth_users/user_logout", json={"userId": anna.id, "token": former})
    assert called(http, anna)["errorCode"] == 0


def test_the_blocked_are_refused_at_once(http, anna):
    block_user(anna.user, actor=TESTER)
    assert called(http, anna)["errorCode"] == 204


def test_signing_out_at_another_process_holds_when_it_is_announced(http, anna):
    Login.objects.update(ended_at=timezone.now())
    bus.announce(PEOPLE_TOPIC, {"type": "people.signed_out", "user_ids": [anna.user.pk]})
    assert called(http, anna)["errorCode"] == 204


def test_what_was_not_announced_is_found_out(http, anna):
    Login.objects.update(ended_at=timezone.now())
    assert called(http, anna)["errorCode"] == 0
    on_loop(keepalives.check)
    assert called(http, anna)["errorCode"] == 204


def test_a_renewed_token_is_not_remembered_beyond_its_overlap(http, anna):
    http.post("/base/v1/auth_users/user_login_token", json=by_query(anna))
    LiveRoomToken.objects.filter(checksum=checksum(anna.token)).update(expires_at=timezone.now())
    on_loop(keepalives.check)
    assert called(http, anna)["errorCode"] == 203


def test_a_token_ends_with_its_time(http, transactional_db):
    on_loop(signs_begin)
    bo = Person("Bo")
    LiveRoomToken.objects.update(expires_at=timezone.now() + timedelta(seconds=1))
    assert called(http, bo)["errorCode"] == 0
    deadline = time.monotonic() + 5
    while (code := called(http, bo)["errorCode"]) == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert code == 203


def test_signs_reach_the_database_with_the_next_flush(http, anna, settings):
    settings.PRESENCE_WRITE_SECONDS = 0
    before = timezone.now() - timedelta(seconds=5)
    Presence.objects.update(last_seen_at=before)
    assert called(http, anna)["errorCode"] == 0
    on_loop(signs_begin)
    assert Presence.objects.get().last_seen_at > before


def test_who_was_forgotten_comes_back_the_ordinary_way(http, anna):
    Presence.objects.all().delete()
    signs.forget(anna.user.pk)
    assert called(http, anna)["errorCode"] == 0
    assert Presence.objects.online().count() == 1
