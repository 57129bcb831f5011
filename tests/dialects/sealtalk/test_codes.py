"""Codes: sending, verifying, and their limits."""

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.models import OutboxMessage, PhoneCode, VerificationToken
from tests.dialects.sealtalk.steps import last_code, post, proved, wrong

PHONE = {"region": "86", "phone": "13800000009"}
START = "2026-11-21T08:00:00Z"


@pytest.fixture
def clock(db):
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def test_numbers_and_strings_name_the_same_phone(client, clock):
    assert post(client, "/user/send_code", region=86, phone=13800000009).json() == {"code": 200}
    assert post(client, "/user/send_code", **PHONE).json() == {"code": 5000}
    code = last_code("13800000009")
    answer = post(client, "/user/verify_code", region=86, phone=13800000009, code=code)
    assert answer.json()["code"] == 200


@pytest.mark.parametrize("phone", ["+8613800000009", "86-13800000009", "08613800000009"])
def test_prefixes_of_the_original_pattern_are_cut(client, db, phone):
    post(client, "/user/send_code", region="86", phone=phone)
    assert PhoneCode.objects.get().phone == "13800000009"


@pytest.mark.parametrize(
    ("region", "phone"),
    [("86", "12800000009"), ("86", "1380000000"), ("86", "138000000099"), ("1", "2025550123"),
     ("0", "13800000009"), ("86", "13800000009\n"), ("86", "१३८०००००००९"), ("", "1")],
)  # fmt: skip
def test_what_is_no_phone_of_an_allowed_region_is_400(client, db, region, phone):
    answer = post(client, "/user/send_code", region=region, phone=phone)
    assert answer.status_code == 400
    assert not PhoneCode.objects.exists()


def test_regions_are_a_setting(client, db, settings):
    settings.PHONE_REGIONS = ["86", "44"]
    assert post(client, "/user/send_code", region="44", phone="07400 123456").status_code == 200
    assert PhoneCode.objects.get().phone == "7400123456"
    assert post(client, "/user/send_code", region="44", phone="123").status_code == 400
    assert post(client, "/user/send_code", region="44", phone="+18002255288").status_code == 400


def test_a_right_code_gives_a_uuid_once(client, clock):
    post(client, "/user/send_code", **PHONE)
    code = last_code(PHONE["phone"])
    answer = post(client, "/user/verify_code", **PHONE, code=code).json()
    assert len(answer["result"]["verification_token"]) == 36
    assert post(client, "/user/verify_code", **PHONE, code=code).json() == {"code": 2000}


def test_a_wrong_code_is_1000_and_an_expired_one_2000(client, clock):
    post(client, "/user/send_code", **PHONE)
    code = last_code(PHONE["phone"])
    assert post(client, "/user/verify_code", **PHONE, code=wrong(code)).json() == {"code": 1000}
    clock.shift(121)
    assert post(client, "/user/verify_code", **PHONE, code=code).json() == {"code": 2000}


def test_a_phone_that_never_got_a_code_is_404(client, db):
    answer = post(client, "/user/verify_code", **PHONE, code="123456")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "text/html; charset=utf-8"


def test_five_tries_kill_a_code_and_a_new_one_works(client, clock):
    post(client, "/user/send_code", **PHONE)
    code = last_code(PHONE["phone"])
    for _try in range(5):
        answer = post(client, "/user/verify_code", **PHONE, code=wrong(code))
        assert answer.json() == {"code": 1000}
    assert post(client, "/user/verify_code", **PHONE, code=code).json() == {"code": 1000}
    clock.shift(61)
    assert proved(client, PHONE["phone"])


def test_a_code_of_one_phone_does_not_prove_another(client, clock):
    post(client, "/user/send_code", **PHONE)
    post(client, "/user/send_code", region="86", phone="13800000008")
    foreign = last_code("13800000008")
    if foreign != last_code(PHONE["phone"]):
        answer = post(client, "/user/verify_code", **PHONE, code=foreign)
        assert answer.json() == {"code": 1000}


def test_codes_and_tokens_rest_hashed(client, db):
    token = proved(client, PHONE["phone"])
    code = last_code(PHONE["phone"])
    [row] = PhoneCode.objects.values()
    assert code not in {str(value) for value in row.values()}
    [proof] = VerificationToken.objects.values()
    assert token not in {str(value) for value in proof.values()}


def test_a_phone_gets_one_code_a_minute_even_without_rate_limits(client, clock, settings):
    settings.RATE_LIMITS = False
    codes = []
    for _second in range(4):
        codes.append(post(client, "/user/send_code", **PHONE).json()["code"])
        clock.shift(21)
    assert codes == [200, 5000, 5000, 200]


def test_a_phone_gets_five_codes_an_hour_and_ten_a_day(client, clock):
    def sent(times):
        answers = []
        for _time in range(times):
            answers.append(post(client, "/user/send_code", **PHONE).json()["code"])
            clock.shift(61)
        return answers

    assert sent(6) == [200] * 5 + [5000]
    clock.shift(3600)
    assert sent(6) == [200] * 5 + [5000]
    clock.shift(3600)
    assert sent(1) == [5000]
    clock.shift(24 * 3600)
    assert sent(1) == [200]


def test_an_address_gets_ten_codes_an_hour_whatever_the_phones(client, clock):
    answers = [
        post(client, "/user/send_code", region="86", phone=f"138000000{n:02}").json()["code"]
        for n in range(50)
    ]
    assert answers == [200] * 10 + [5000] * 40
    assert OutboxMessage.objects.count() == 10


def test_a_region_and_the_whole_server_have_a_daily_budget(client, clock, settings):
    settings.PHONE_REGIONS = ["86", "44"]
    settings.CODE_LIMITS = settings.CODE_LIMITS | {"region_day": 2, "day": 3}

    def send(region, phone):
        return post(client, "/user/send_code", region=region, phone=phone).json()["code"]

    assert [send("86", f"1380000000{n}") for n in range(3)] == [200, 200, 5000]
    assert [send("44", f"740012345{n}") for n in range(2)] == [200, 5000]
    clock.shift(24 * 3600)
    assert send("86", "13800000005") == 200


def test_without_rate_limits_only_the_minute_counts(client, clock, settings):
    settings.RATE_LIMITS = False
    for n in range(20):
        answer = post(client, "/user/send_code", region="86", phone=f"138000000{n:02}")
        assert answer.json() == {"code": 200}


def test_last_code_works_with_the_outbox_alone(client, db, settings):
    post(client, "/user/send_code", **PHONE)
    assert last_code("13800000009").isdecimal()
    settings.SMS_BACKEND = "console"
    with pytest.raises(CommandError, match="outbox"):
        call_command("last_code", "86", "13800000009")


def test_no_fixed_code_opens_anything(client, clock):
    post(client, "/user/send_code", **PHONE)
    if last_code(PHONE["phone"]) not in ("9999", "000000"):
        for code in ("9999", 9999, "000000"):
            answer = post(client, "/user/verify_code", **PHONE, code=code)
            assert answer.json() == {"code": 1000}
