"""Registering, logging in and out, passwords."""

import time
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import FailedLogin, Login, SocketToken, User
from accounts.services import block_user, find_login_by_socket_token
from tests.conftest import TESTER
from tests.dialects.sealtalk.hashing import CountingHasher
from tests.dialects.sealtalk.steps import PASSWORD, post, proved, registered


def cookies_set(answer):
    return [value for name, value in answer.items() if name == "Set-Cookie"] + [
        morsel.OutputString() for morsel in answer.cookies.values()
    ]


def test_registering_logs_in_with_exactly_one_cookie(client, token):
    answer = post(
        client, "/user/register", nickname="Ann", password=PASSWORD, verification_token=token
    )
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert answer["Cache-Control"] == "private"
    user = User.objects.get()
    assert answer.json() == {"code": 200, "result": {"id": user.public_id}}
    assert user.public_id.isalnum()
    assert len(user.public_id) == 12
    assert user.stamp > 0
    [cookie] = cookies_set(answer)
    assert cookie.startswith("rong_im_auth=")
    value = answer.cookies["rong_im_auth"].value
    assert value.isalnum()
    assert len(value) == 64
    for attribute in ("HttpOnly", "Path=/", "Max-Age=2592000", "SameSite=Lax"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert client.get("/user/get_token").status_code == 200


def test_the_cookie_value_rests_hashed(registered_ann):
    key = registered_ann.cookies["rong_im_auth"].value
    assert key not in {str(value) for value in Login.objects.values().get().values()}


def test_a_token_registers_once_and_resets_once(client, token):
    def spend(path, **body):
        return post(client, path, verification_token=token, **body).status_code

    assert spend("/user/register", nickname="Ann", password=PASSWORD) == 200
    assert spend("/user/register", nickname="Bob", password=PASSWORD) == 404
    assert spend("/user/reset_password", password="other12") == 200
    assert spend("/user/reset_password", password="other13") == 404


def test_a_token_lives_fifteen_minutes(client, db):
    with time_machine.travel("2026-11-21T08:00:00Z", tick=False) as clock:
        token = proved(client, "13800000009")
        clock.shift(timedelta(minutes=15, seconds=1))
        answer = post(
            client, "/user/register", nickname="A", password=PASSWORD, verification_token=token
        )
        assert answer.status_code == 404
    assert not User.objects.exists()


def test_a_registered_phone_cannot_register_again_but_may_reset(registered_ann):
    with time_machine.travel(time.time() + 61):
        token = proved(Client(), "13800000001")
    again = {"verification_token": token}
    answer = post(Client(), "/user/register", nickname="B", password=PASSWORD, **again)
    assert answer.status_code == 400
    assert post(Client(), "/user/reset_password", password="other12", **again).status_code == 200


def test_check_phone_tells_whether_it_is_free(client, registered_ann):
    assert post(client, "/user/check_phone_available", region=86, phone=13800000001).json() == {
        "code": 200,
        "result": False,
    }
    free = post(client, "/user/check_phone_available", region="86", phone="13800000002")
    assert free.json() == {"code": 200, "result": True}


def test_login_gives_id_and_socket_token_and_one_cookie(registered_ann):
    answer = post(Client(), "/user/login", region=86, phone=13800000001, password=PASSWORD)
    result = answer.json()["result"]
    assert result["id"] == registered_ann.user_id
    assert len(cookies_set(answer)) == 1
    login = find_login_by_socket_token(result["token"])
    assert login.user.public_id == registered_ann.user_id


def test_wrong_phone_wrong_password_and_a_blocked_person_look_alike(registered_ann, log_in):
    assert log_in("wrong12") == {"code": 1000}
    assert log_in(PASSWORD, phone="13800000002") == {"code": 1000}
    block_user(User.objects.get(), actor=TESTER)
    assert log_in(PASSWORD) == {"code": 1000}
    assert registered_ann.get("/user/get_token").status_code == 403


@pytest.mark.parametrize("phone", ["13800000001", "13800000002"])
def test_login_hashes_once_whether_or_not_somebody_has_the_phone(
    registered_ann, log_in, settings, phone
):
    settings.PASSWORD_HASHERS = ["tests.dialects.sealtalk.hashing.CountingHasher"]
    before = CountingHasher.verified
    log_in("wrong12", phone=phone)
    assert CountingHasher.verified == before + 1


def test_logout_ends_the_login_and_its_socket_tokens(registered_ann):
    key = registered_ann.cookies["rong_im_auth"].value
    token = registered_ann.get("/user/get_token").json()["result"]["token"]
    answer = registered_ann.post("/user//logout")
    assert answer.json() == {"code": 200}
    assert len(cookies_set(answer)) == 1
    assert find_login_by_socket_token(token) is None
    stolen = Client(headers={"Cookie": f"rong_im_auth={key}"})
    assert stolen.get("/user/get_token").status_code == 403


def test_logout_without_login_is_403(client, db):
    answer = client.post("/user/logout")
    assert (answer.status_code, answer.content) == (403, b"Not loged in.")


def test_a_login_ends_after_thirty_days(registered_ann):
    with time_machine.travel(time.time() + 29 * 86400):
        assert registered_ann.get("/user/get_token").status_code == 200
    with time_machine.travel(time.time() + 31 * 86400):
        key = registered_ann.cookies["rong_im_auth"].value
        late = Client(headers={"Cookie": f"rong_im_auth={key}"})
        assert late.get("/user/get_token").status_code == 403


def test_changing_the_password_ends_all_other_logins(registered_ann, log_in):
    other = Client()
    post(other, "/user/login", region="86", phone="13800000001", password=PASSWORD)
    change = {"oldPassword": PASSWORD, "newPassword": "changed1"}
    assert post(registered_ann, "/user/change_password", **change).json() == {"code": 200}
    assert registered_ann.get("/user/get_token").status_code == 200
    assert other.get("/user/get_token").status_code == 403
    assert log_in(PASSWORD) == {"code": 1000}
    assert log_in("changed1")["code"] == 200


def test_a_wrong_old_password_is_1000_and_changes_nothing(registered_ann, log_in):
    change = {"oldPassword": "wrong12", "newPassword": "changed1"}
    assert post(registered_ann, "/user/change_password", **change).json() == {"code": 1000}
    assert log_in(PASSWORD)["code"] == 200


def reset(phone="13800000001"):
    with time_machine.travel(time.time() + 61):
        token = proved(Client(), phone)
        answer = post(
            Client(), "/user/reset_password", password="forgot1", verification_token=token
        )
    assert answer.json() == {"code": 200}


def test_a_reset_ends_every_login(registered_ann, log_in):
    reset()
    assert registered_ann.get("/user/get_token").status_code == 403
    assert log_in("forgot1")["code"] == 200


def test_a_reset_leaves_logins_alone_if_the_setting_says_so(registered_ann, settings):
    settings.RESET_ENDS_LOGINS = False
    reset()
    assert registered_ann.get("/user/get_token").status_code == 200


def test_a_reset_for_a_phone_nobody_has_answers_200(registered_ann):
    reset(phone="13800000002")
    assert User.objects.count() == 1


def test_a_login_keeps_address_and_device(registered_ann):
    agent = {"User-Agent": "okhttp/3.2.0" + "x" * 400}
    phone = {"region": "86", "phone": "13800000001"}
    answer = Client(REMOTE_ADDR="2001:db8::7").post(
        "/user/login",
        phone | {"password": PASSWORD},
        content_type="application/json",
        headers=agent,
    )
    assert answer.json()["code"] == 200
    login = Login.objects.first()
    assert login.address == "2001:db8::7"
    assert login.user_agent.startswith("okhttp/3.2.0")
    assert len(login.user_agent) == 255


def test_a_login_keeps_a_handful_of_socket_tokens(registered_ann):
    tokens = [
        registered_ann.get("/user/get_token").json()["result"]["token"] for _round in range(7)
    ]
    assert SocketToken.objects.count() == 5
    assert find_login_by_socket_token(tokens[0]) is None
    assert find_login_by_socket_token(tokens[-1])


def test_guessing_waits_longer_and_longer_even_for_the_right_password(registered_ann, log_in):
    with time_machine.travel(time.time(), tick=False) as clock:
        for _try in range(5):
            assert log_in("wrong12") == {"code": 1000}
        assert log_in(PASSWORD) == {"code": 1000}
        clock.shift(31)
        assert log_in("wrong12") == {"code": 1000}
        clock.shift(31)
        assert log_in(PASSWORD) == {"code": 1000}
        clock.shift(31)
        assert log_in(PASSWORD)["code"] == 200
        assert not FailedLogin.objects.exists()


@pytest.mark.parametrize(
    ("path", "name", "more"),
    [
        ("/user/change_password", "oldPassword", {"newPassword": "changed1"}),
        ("/user/delete", "password", {}),
    ],
)
def test_who_holds_a_cookie_guesses_no_faster_than_who_logs_in(
    registered_ann, log_in, path, name, more
):
    def guess(password):
        return post(registered_ann, path, **{name: password}, **more).json()

    with time_machine.travel(time.time(), tick=False) as clock:
        for _try in range(5):
            assert guess("wrong12") == {"code": 1000}
        assert guess(PASSWORD) == log_in(PASSWORD) == {"code": 1000}
        assert User.objects.get().check_password(PASSWORD)
        clock.shift(31)
        assert guess(PASSWORD) == {"code": 200}
        assert not FailedLogin.objects.exists()


def test_guessing_from_one_address_does_not_lock_the_person_out_elsewhere(registered_ann, log_in):
    for _try in range(8):
        log_in("wrong12")
    elsewhere = Client(REMOTE_ADDR="10.9.8.7")
    answer = post(elsewhere, "/user/login", region="86", phone="13800000001", password=PASSWORD)
    assert answer.json()["code"] == 200


def test_an_address_that_guesses_at_many_phones_is_refused(registered_ann, log_in, settings):
    settings.LOGIN_LIMITS = settings.LOGIN_LIMITS | {"address_hour": 4}
    for n in range(4):
        log_in("wrong12", phone=f"1390000000{n}")
    assert log_in(PASSWORD) == {"code": 1000}


def test_rate_limits_off_switches_the_waiting_off(registered_ann, log_in, settings):
    settings.RATE_LIMITS = False
    for _try in range(8):
        log_in("wrong12")
    assert log_in(PASSWORD)["code"] == 200


def test_each_person_sees_only_their_own_token(client, registered_ann):
    bob = registered(Client(), "13800000002", "Bob")
    assert bob.get("/user/get_token").json()["result"]["userId"] == bob.user_id


@pytest.mark.parametrize("path", ["/user/register", "/user/reset_password"])
def test_an_unknown_verification_token_is_404(client, db, path):
    body = {"nickname": "A", "password": PASSWORD, "verification_token": str(uuid.uuid4())}
    assert post(client, path, **body).status_code == 404


def test_each_step_costs_a_bounded_number_of_queries(
    client, registered_ann, django_assert_max_num_queries
):
    """Savepoints of the test's own transaction count too."""
    phone = {"region": "86", "phone": "13800000001"}
    with django_assert_max_num_queries(14):
        post(client, "/user/send_code", region="86", phone="13800000002")
    with django_assert_max_num_queries(16):
        assert post(client, "/user/login", **phone, password=PASSWORD).json()["code"] == 200
    with django_assert_max_num_queries(8):
        post(client, "/user/check_phone_available", **phone)
    with django_assert_max_num_queries(8):
        registered_ann.get("/user/get_token")
