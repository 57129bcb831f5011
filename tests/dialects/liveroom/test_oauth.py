"""Registering and signing in: `oauth/register`, `oauth/signature`."""

import hashlib
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Login, SignatureName, SignatureUser, UsedSignature, User
from accounts.usersig import is_valid
from rtcserver.checks import readable_keys, unsafe_choices
from rtcserver.crypto import decrypt, encrypt
from tests.dialects.liveroom.conftest import SALT, LiveRoom, at_once, signed


class TestRegister:
    def test_a_name_is_registered_once_and_keeps_its_salt(self, liveroom):
        answer = liveroom.register()
        assert answer["data"]["name"] == "anna"
        assert isinstance(answer["data"]["id"], int)

        assert liveroom.register(salt="0" * 32)["errorCode"] == 98
        assert liveroom.sign_in()["userId"]

    @pytest.mark.parametrize(
        "given",
        [
            {"salt": SALT},
            {"username": "anna"},
            {"username": "anna", "salt": "x" * 31},
            {"username": "anna", "salt": "x" * 257},
            {"username": "x" * 129, "salt": SALT},
            {"username": " anna", "salt": SALT},
            {"username": "an\u200bna", "salt": SALT},
        ],
    )
    def test_what_cannot_be_registered_is_98(self, liveroom, given):
        assert liveroom.call("oauth/register", **given)["errorCode"] == 98
        assert not SignatureName.objects.exists()

    def test_the_salt_rests_encrypted(self, liveroom):
        liveroom.register()
        kept = SignatureName.objects.get().salt
        assert SALT not in kept
        assert decrypt(kept) == SALT

    def test_registration_can_be_closed_or_by_invitation(self, liveroom, settings):
        settings.LIVEROOM_REGISTRATION = "closed"
        assert liveroom.register()["errorCode"] == 98
        settings.LIVEROOM_REGISTRATION = "invite"
        settings.LIVEROOM_INVITE_CODE = "come in, all of you"
        assert liveroom.register()["errorCode"] == 98
        assert liveroom.register(invite="wrong")["errorCode"] == 98
        assert liveroom.register(invite="come in, all of you")["errorCode"] == 0

    def test_registrations_of_one_address_are_limited(self, liveroom):
        codes = [liveroom.register(f"name{n}")["errorCode"] for n in range(61)]
        assert codes == [0] * 60 + [98]


class TestKeys:
    def test_salts_move_to_the_first_key_and_the_old_one_can_go(self, liveroom, settings):
        liveroom.register()
        kept = SignatureName.objects.get().salt
        settings.ENCRYPTION_KEYS = ["A" * 43 + "=", *settings.ENCRYPTION_KEYS]
        assert liveroom.sign_in(nonce="read with the old key")
        call_command("rotate_encryption_keys")
        settings.ENCRYPTION_KEYS = ["A" * 43 + "="]
        assert liveroom.sign_in(nonce="read with the new one")
        with pytest.raises(ImproperlyConfigured):
            decrypt(kept)

    @pytest.mark.parametrize("keys", [[], ["no key"]])
    def test_nothing_is_stored_in_clear_for_want_of_a_key(self, settings, keys):
        settings.ENCRYPTION_KEYS = keys
        with pytest.raises(ImproperlyConfigured):
            encrypt("salt")

    def test_a_key_that_is_none_is_found_at_the_start(self, settings):
        assert readable_keys(None) == []
        settings.ENCRYPTION_KEYS = ["no key"]
        assert [fault.id for fault in readable_keys(None)] == ["rtc.E030"]

    def test_a_server_without_keys_still_refuses_unknown_names(self, liveroom, settings):
        settings.ENCRYPTION_KEYS = []
        assert liveroom.call("oauth/signature", **signed())["errorCode"] == 98


class TestSignature:
    def test_signing_in_answers_credentials(self, liveroom):
        liveroom.register()
        with time_machine.travel(datetime(2026, 1, 8, 3, 22, 6, tzinfo=UTC), tick=False):
            data = liveroom.sign_in(tag="xiaozhibo")
        user_id = data["userId"]

        assert user_id.isdecimal()
        assert data["apaasUserId"] == user_id
        assert (data["apaasAppId"], data["sdkAppId"]) == ("", 1_400_000_000)
        assert data["expire"] == "2026-02-07 03:22:06"
        assert data["userSig"] == data["sdkUserSig"]
        assert is_valid(
            data["userSig"], user_id=user_id, now=time.mktime((2026, 1, 9, 0, 0, 0, 0, 0, 0))
        )
        assert set(data) == {
            "userId", "apaasUserId", "apaasAppId", "sdkAppId", "sdkUserSig", "userSig", "token",
            "expire",
        }  # fmt: skip

    def test_each_name_and_tag_is_one_user_for_ever(self, liveroom):
        liveroom.register()
        liveroom.register("bert")
        first = liveroom.sign_in(nonce="1")["userId"]
        assert liveroom.sign_in(nonce="2")["userId"] == first
        other = [liveroom.sign_in(tag="t")["userId"], liveroom.sign_in(username="bert")["userId"]]
        assert len({first, *other}) == 3
        assert User.objects.count() == 3

    def test_a_tenant_is_put_before_new_ids_alone(self, liveroom, settings):
        liveroom.register()
        before = liveroom.sign_in()["userId"]
        settings.LIVEROOM_TENANT = "1000019"
        assert liveroom.sign_in(nonce="again")["userId"] == before
        data = liveroom.sign_in(tag="new")
        assert data["userId"].startswith("1000019-")
        assert data["apaasAppId"] == "1000019"
        assert liveroom.user("user_query")["data"]["userId"] == data["userId"]

    @pytest.mark.parametrize("nickname", [{"nickname": "Anna"}, {"name": "Anna"}])
    def test_a_profile_is_taken_at_first_and_filled_later(self, liveroom, nickname):
        liveroom.register()
        liveroom.sign_in()
        liveroom.sign_in(nonce="1", **nickname)
        liveroom.sign_in(nonce="2", nickname="Other", avatar="https://a.b/c.png")
        shown = liveroom.user("user_query")["data"]
        assert (shown["name"], shown["avatar"]) == ("Anna", "https://a.b/c.png")

    @pytest.mark.parametrize(
        "change",
        [
            {"username": "nobody"},
            {"signature": "0" * 32},
            {"tag": "other"},
            {"nonce": "other"},
            {"hash": "sha1"},
            {"tag": "x" * 33},
            {"nickname": "x" * 126},
        ],
    )
    def test_what_is_not_signed_as_sent_is_98(self, liveroom, change):
        liveroom.register()
        answer = liveroom.call("oauth/signature", **signed() | change)
        assert answer["errorCode"] == 98
        assert not User.objects.exists()

    @pytest.mark.parametrize("missing", ["username", "signature"])
    def test_name_and_signature_are_required(self, liveroom, missing):
        given = signed()
        del given[missing]
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 98

    def test_unknown_names_and_wrong_signatures_read_the_same(self, liveroom):
        liveroom.register()
        unknown = liveroom.call("oauth/signature", **signed("nobody"))
        wrong = liveroom.call("oauth/signature", **signed(salt="1" * 32))
        assert unknown == wrong

    def test_the_signature_without_a_salt_is_refused(self, liveroom):
        liveroom.register()
        unsalted = hashlib.md5(b"annamd5").hexdigest()
        given = {"username": "anna", "signature": unsalted, "hash": "md5"}
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 98

    @pytest.mark.parametrize("name", ["md5", "MD5"])
    def test_md5_may_be_named(self, liveroom, name):
        liveroom.register()
        assert liveroom.sign_in(hash=name)

    def test_a_blocked_person_is_refused_like_a_wrong_signature(self, anna):
        User.objects.update(is_active=False)
        assert anna.call("oauth/signature", **signed(nonce="x"))["errorCode"] == 98
        assert anna.user("user_query")["errorCode"] == 204

    @pytest.mark.parametrize("name", ["sha256", "SHA256"])
    def test_sha256_over_the_same_text_may_be_named(self, liveroom, name):
        liveroom.register()
        given = signed(hash=name)
        text = f"anna--{given['ts']}--{SALT}"
        given["signature"] = hashlib.sha256(text.encode()).hexdigest()
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 0
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 98  # once

    def test_md5_is_no_sha256(self, liveroom):
        liveroom.register()
        assert liveroom.call("oauth/signature", **signed(hash="sha256"))["errorCode"] == 98

    def test_a_guesser_is_told_to_wait_and_the_right_signature_still_passes(self, liveroom):
        liveroom.register()
        guess = {**signed(), "signature": "0" * 32}
        answers = [liveroom.call("oauth/signature", **guess) for _try in range(11)]
        assert {answer["errorCode"] for answer in answers} == {98}
        assert answers[-1]["errorMessage"] != answers[0]["errorMessage"]
        assert liveroom.sign_in()

    def test_a_flood_of_guesses_shuts_that_name_and_no_other(self, liveroom):
        liveroom.register()
        liveroom.register("bert")
        for _try in range(100):
            liveroom.call("oauth/signature", **{**signed(), "signature": "0" * 32})
        assert liveroom.call("oauth/signature", **signed())["errorCode"] == 98
        assert liveroom.sign_in(username="bert")

    def test_successes_do_not_count_against_it(self, liveroom):
        liveroom.register()
        for n in range(15):
            assert liveroom.sign_in(nonce=str(n))


class TestTimes:
    @pytest.mark.parametrize("unit", [1, 1000])
    @pytest.mark.parametrize(("off", "code"), [(-599, 0), (599, 0), (-601, 98), (601, 98)])
    def test_a_signature_counts_for_ten_minutes_around_its_time(self, liveroom, unit, off, code):
        liveroom.register()
        with time_machine.travel(timezone.now(), tick=False):
            ts = str(int((time.time() + off) * unit))
            assert liveroom.call("oauth/signature", **signed(ts=ts))["errorCode"] == code

    @pytest.mark.parametrize("ts", ["now", "-1", "1.5", "१२३", "9" * 30])
    def test_a_time_that_is_none_is_98(self, liveroom, ts):
        liveroom.register()
        assert liveroom.call("oauth/signature", **signed(ts=ts))["errorCode"] == 98

    def test_a_timed_signature_counts_once(self, liveroom):
        liveroom.register()
        given = signed()
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 0
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 98

    def test_an_untimed_one_counts_unless_times_are_required(self, liveroom, settings):
        liveroom.register()
        given = signed(ts="")
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 0
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 0
        settings.LIVEROOM_REQUIRE_TS = True
        assert liveroom.call("oauth/signature", **given)["errorCode"] == 98

    def test_used_signatures_are_forgotten_when_their_time_is_over(self, anna):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            call_command("sweep_signatures")
            assert UsedSignature.objects.exists()
            clock.shift(1300)
            call_command("sweep_signatures")
        assert not UsedSignature.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_one_signature_at_once_one_gets_in(client):
    LiveRoom(client).register()
    given = signed()

    codes = at_once(lambda: LiveRoom(Client()).call("oauth/signature", **given)["errorCode"])

    assert sorted(codes) == [0] + [98] * 15
    assert Login.objects.count() == UsedSignature.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_first_sign_ins_at_once_make_one_user(client):
    LiveRoom(client).register()
    nonces = iter(map(str, range(16)))

    codes = at_once(
        lambda: LiveRoom(Client()).call("oauth/signature", **signed(nonce=next(nonces)))[
            "errorCode"
        ]
    )

    assert codes == [0] * 16
    assert SignatureUser.objects.count() == User.objects.count() == 1


@pytest.mark.parametrize(
    ("setting", "value", "number"),
    [
        ("LIVEROOM_REGISTRATION", "open", "rtc.W030"),
        ("LIVEROOM_REQUIRE_TS", False, "rtc.W031"),
        ("LIVEROOM_ALLOWED_ORIGINS", ["*"], "rtc.W032"),
    ],
)
def test_what_is_opened_is_warned_of(settings, setting, value, number):
    settings.LIVEROOM_REGISTRATION = "closed"
    settings.LIVEROOM_REQUIRE_TS = True
    assert number not in [warning.id for warning in unsafe_choices(None)]
    setattr(settings, setting, value)
    assert number in [warning.id for warning in unsafe_choices(None)]


@pytest.mark.live
@pytest.mark.parametrize(
    ("environment", "starts"),
    [
        ({}, True),
        ({"RTC_LIVEROOM_REGISTRATION": "open"}, False),
        ({"RTC_LIVEROOM_REGISTRATION": "open", "RTC_ENCRYPTION_KEYS": "A" * 43 + "="}, True),
        ({"RTC_LIVEROOM_REGISTRATION": "invite", "RTC_ENCRYPTION_KEYS": "A" * 43 + "="}, False),
        ({"RTC_LIVEROOM_ERROR_HTTP_STATUS": "404"}, False),
        ({"RTC_ENCRYPTION_KEYS": "no key"}, False),
        ({"RTC_SECRET_KEY": ""}, False),
    ],
)
def test_production_starts_only_with_what_it_needs(environment, starts, tmp_path):
    base = {
        "RTC_PROFILE": "production",
        "RTC_SECRET_KEY": "s" * 50,
        "RTC_PUBLIC_BASE_URL": "https://rtc.example.com",
        "RTC_STATE_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "manage.py", "check"]
    ran = subprocess.run(
        command, env=base | environment, cwd=settings.BASE_DIR, capture_output=True, check=False
    )
    assert (ran.returncode == 0) is starts, ran.stderr
