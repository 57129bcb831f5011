"""Tokens and profiles: `auth_users/...`."""

import itertools
import logging
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import (
    LiveRoomToken,
    Login,
    SignatureName,
    SignatureUser,
    UsedSignature,
    User,
)
from accounts.services import create_user_of_staff, sweep_liveroom_tokens
from accounts.signals import user_removed, user_seen, user_signed_out
from rtcserver.models import Event
from tests.conftest import TESTER
from tests.dialects.liveroom.conftest import SALT, LiveRoom, at_once, signed

DAY = 86400


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2026, 5, 1, 12, tzinfo=UTC), tick=False) as moving:
        yield moving


@pytest.fixture
def told():
    """What the signals said, in order."""
    heard = []

    def hear(name):
        def receive(user, **_more):
            heard.append((name, user.public_id))

        return receive

    receivers = [
        (signal, hear(name))
        for name, signal in [
            ("removed", user_removed), ("seen", user_seen), ("out", user_signed_out),
        ]
    ]  # fmt: skip
    for signal, receive in receivers:
        signal.connect(receive)
    yield heard
    for signal, receive in receivers:
        signal.disconnect(receive)


def code(answer):
    return answer["errorCode"]


class TestTokens:
    def test_login_token_answers_a_fresh_token_and_the_account(self, clock, anna):
        answer = anna.user("user_login_token")["data"]
        assert answer["token"] != anna.me["token"]
        assert answer["expire"] == "2026-05-31 12:00:00"
        assert (answer["phone"], answer["email"], answer["name"]) == ("", "", "")
        assert {"userSig", "sdkUserSig", "sdkAppId", "apaasAppId", "avatar"} <= set(answer)
        assert code(anna.user("user_query", token=answer["token"])) == 0

    def test_the_presented_token_counts_for_ten_more_minutes(self, clock, anna):
        fresh = anna.user("user_login_token")["data"]["token"]
        clock.shift(599)
        assert code(anna.user("user_query")) == 0
        assert code(anna.user("user_login_token")) == 0
        clock.shift(2)
        assert code(anna.user("user_query")) == 203
        assert code(anna.user("user_query", token=fresh)) == 0

    def test_renewing_again_does_not_prolong_an_old_token(self, clock, anna):
        anna.user("user_login_token")
        clock.shift(500)
        anna.user("user_login_token")
        clock.shift(101)
        assert code(anna.user("user_query")) == 203

    def test_a_token_that_is_renewed_in_time_goes_on_for_ever(self, clock, anna):
        for _renewal in range(3):
            clock.shift(29 * DAY)
            anna.me["token"] = anna.user("user_login_token")["data"]["token"]
        assert code(anna.user("user_query")) == 0

    def test_an_expired_token_is_203_for_sixty_days_and_an_unknown_one_204(self, clock, anna):
        clock.shift(30 * DAY - 1)
        assert code(anna.user("user_query")) == 0
        clock.shift(1)
        for api in ("login_token", "query", "keepalive", "delete"):
            assert code(anna.user(f"user_{api}")) == 203
        assert code(anna.user("user_query", token="0" * 64)) == 204
        clock.shift(60 * DAY - 1)
        sweep_liveroom_tokens()
        assert code(anna.user("user_query")) == 203
        clock.shift(2)
        assert sweep_liveroom_tokens() == 1
        assert code(anna.user("user_query")) == 204

    def test_an_expired_token_of_another_user_id_is_204(self, clock, anna):
        clock.shift(31 * DAY)
        assert code(anna.user("user_query", userId="999")) == 204

    def test_tokens_rest_as_checksums(self, anna):
        kept = str(list(LiveRoomToken.objects.values_list()))
        assert anna.me["token"] not in kept


class TestSignOut:
    def test_logging_out_ends_every_token_of_the_sign_in_and_no_other(self, clock, anna):
        first = anna.me
        renewed = anna.user("user_login_token")["data"]["token"]
        anna.sign_in(nonce="second device")
        second = anna.me
        anna.me = first

        assert code(anna.user("user_logout")) == 0
        assert code(anna.user("user_query")) == 204
        assert code(anna.user("user_login_token", token=renewed)) == 204
        assert code(anna.user("user_query", **second)) == 0

    def test_logging_out_with_an_unusable_token_is_no_error(self, clock, anna):
        assert code(anna.user("user_logout", token="wrong")) == 0
        assert code(anna.user("user_logout", userId="999")) == 0
        assert code(anna.user("user_query")) == 0
        assert code(anna.user("user_logout")) == 0
        assert code(anna.user("user_logout")) == 0
        anna.sign_in(nonce="again")
        clock.shift(31 * DAY)
        assert code(anna.user("user_logout")) == 0

    def test_it_is_told_once(self, anna, told):
        anna.user("user_logout")
        anna.user("user_logout")
        assert [name for name, _user in told] == ["out"]
        assert Event.objects.filter(type="login.ended").count() == 1


class TestDelete:
    def test_the_reference_flow_logs_out_and_then_deletes(self, clock, anna):
        assert code(anna.user("user_logout")) == 0
        assert code(anna.user("user_delete")) == 0
        assert code(anna.user("user_delete")) == 0, "the token is of a just-deleted user"

    def test_a_logged_out_token_deletes_for_a_minute_only(self, clock, anna):
        anna.user("user_logout")
        clock.shift(61)
        assert code(anna.user("user_delete")) == 204
        assert SignatureName.objects.exists()

    def test_nothing_of_the_account_is_left(self, clock, anna):
        anna.user("user_update", name="Anna", tag="T", avatar="https://a.b/c.png")
        user_id = anna.me["userId"]
        assert code(anna.user("user_delete")) == 0

        assert code(anna.user("user_query")) == 204
        assert code(anna.user("user_login_token")) == 204
        assert code(anna.call("oauth/signature", **signed(nonce="x"))) == 98
        assert not SignatureName.objects.exists()
        assert not UsedSignature.objects.exists()
        user = User.objects.get()
        assert (user.name, user.portrait_url, user.is_active) == ("", "", False)
        assert not Login.objects.open().exists()
        known = SignatureUser.objects.get()
        assert (known.public_id, known.name, known.tag) == (user_id, None, None)
        clock.shift(61)
        assert code(anna.user("user_delete")) == 204

    def test_the_name_may_be_registered_anew_and_is_another_user(self, anna):
        before = anna.me["userId"]
        anna.user("user_delete")
        assert code(anna.register(salt="1" * 32)) == 0
        assert anna.sign_in(salt="1" * 32)["userId"] != before

    def test_everyone_of_the_name_goes_and_apps_above_are_told(self, anna, told):
        anna.sign_in(tag="other")
        people = [user.public_id for user in User.objects.order_by("pk")]
        told.clear()
        anna.user("user_delete")
        assert [who for name, who in told if name == "removed"] == people
        assert [name for name, _who in told].count("out") == 2

    def test_what_an_app_above_refuses_undoes_it_all(self, anna):
        def refuse(**signal):
            raise RuntimeError("not now")

        user_removed.connect(refuse)
        try:
            anna.client.raise_request_exception = False
            answer = anna.user("user_delete")
        finally:
            user_removed.disconnect(refuse)
        assert (anna.status, code(answer)) == (500, 99)
        assert SignatureName.objects.exists()
        assert code(anna.user("user_query")) == 0


class TestProfile:
    def test_an_update_is_shown(self, anna):
        given = {"name": "Anna", "tag": "T", "tag2": "U", "avatar": "https://a.b/c.png"}
        answer = anna.user("user_update", **given)
        assert "data" not in answer
        shown = anna.user("user_query")["data"]
        assert shown == given | {"userId": anna.me["userId"], "apaasUserId": anna.me["userId"]}

    def test_the_same_name_again_is_fine(self, anna):
        assert code(anna.user("user_update", name="Anna")) == 0
        assert code(anna.user("user_update", name="Anna")) == 0

    @pytest.mark.parametrize(("field", "limit"), [("name", 125), ("tag", 32), ("tag2", 32)])
    def test_lengths_count_characters(self, anna, field, limit):
        assert code(anna.user("user_update", **{field: "漢" * limit})) == 0
        assert code(anna.user("user_update", **{field: "漢" * (limit + 1)})) == 98
        assert anna.user("user_query")["data"][field] == "漢" * limit

    def test_tags_are_null_until_they_are_set(self, anna):
        shown = anna.user("user_query")["data"]
        assert (shown["name"], shown["tag"], shown["tag2"]) == ("", None, None)

    def test_others_are_found_by_id_then_by_phone(self, anna):
        other = anna.sign_in(tag="other")["userId"]
        mine = anna.sign_in(nonce="x")["userId"]
        User.objects.filter(signature_user__public_id=other).update(
            region="86", phone="13800000000"
        )
        for phone in ("+8613800000000", "8613800000000", " 8613800000000"):
            assert anna.user("user_query", searchPhone=phone)["data"]["userId"] == other
        by_both = anna.user("user_query", searchUserId=mine, searchPhone="+8613800000000")
        assert by_both["data"]["userId"] == mine
        assert "phone" not in by_both["data"]

    @pytest.mark.parametrize(
        "search",
        [{"searchUserId": "999"}, {"searchPhone": "+8613900000000"}, {"searchPhone": "me"}],
    )
    def test_whom_nobody_knows_is_206(self, anna, search):
        assert code(anna.user("user_query", **search)) == 206

    def test_login_token_shows_the_phone(self, anna):
        User.objects.update(region="86", phone="13800000000", email="a@b.c")
        data = anna.user("user_login_token")["data"]
        assert (data["phone"], data["email"]) == ("+8613800000000", "a@b.c")


class TestKeepalive:
    def test_it_answers_the_time(self, clock, anna):
        assert anna.user("user_keepalive")["data"] == {
            "userId": anna.me["userId"],
            "updateUtc": "2026-05-01 12:00:00",
        }

    @pytest.mark.parametrize("api", ["keepalive", "query", "login_token"])
    def test_every_authenticated_call_is_a_sign_of_life(self, anna, told, api):
        anna.user(f"user_{api}", token="wrong")
        assert told == []
        anna.user(f"user_{api}")
        assert [name for name, _who in told] == ["seen"]

    def test_signing_in_is_one_too(self, anna, told):
        anna.sign_in(nonce="x")
        assert [name for name, _who in told] == ["seen"]


class TestCost:
    @pytest.mark.parametrize(
        ("api", "queries"), [("keepalive", 3), ("query", 3), ("login_token", 10), ("logout", 7)]
    )
    def test_a_call_takes_so_many_queries(self, anna, api, queries, django_assert_num_queries):
        for n in range(3):
            anna.sign_in(nonce=str(n))
        with django_assert_num_queries(queries):
            anna.user(f"user_{api}")

    def test_signing_in_takes_so_many_queries(self, anna, django_assert_max_num_queries):
        with django_assert_max_num_queries(13):
            anna.sign_in(nonce="x")


def test_no_credential_reaches_logs_or_events(liveroom, caplog, settings):
    caplog.set_level(logging.DEBUG)
    salt = "canary0123456789canary0123456789"
    liveroom.register(salt=salt)
    given = signed(salt=salt)
    liveroom.call("oauth/signature", "query", **given)
    data = liveroom.sign_in(salt=salt, nonce="x")
    fresh = liveroom.user("user_login_token", "query")["data"]
    liveroom.call("oauth/signature", "query", **given)
    liveroom.call("oauth/register", "query", username="anna", salt=salt)
    liveroom.send("GET", f"/base/v1/nope?token={fresh['token']}&salt={salt}")
    liveroom.user("user_logout", "query")

    written = caplog.text + str(list(Event.objects.values_list()))
    for secret in (salt, given["signature"], data["token"], fresh["token"], data["userSig"]):
        assert secret not in written
    assert SALT not in written


class TestConsole:
    @pytest.fixture
    def console(self, client, anna):
        client.force_login(create_user_of_staff(actor=TESTER, username="root", is_superuser=True))
        return client

    def test_staff_end_logins(self, console, anna):
        page = reverse("admin:accounts_login_changelist")
        assert anna.me["userId"] in console.get(page).content.decode()
        chosen = [login.pk for login in Login.objects.all()]
        console.post(page, {"action": "end_selected", "_selected_action": chosen})
        assert code(anna.user("user_query")) == 204
        assert Event.objects.get(type="login.ended").actor_kind == "staff"

    def test_the_salt_is_shown_to_nobody(self, console):
        name = SignatureName.objects.get()
        page = reverse("admin:accounts_signaturename_change", args=[name.pk])
        shown = console.get(page).content.decode()
        assert "anna" in shown
        assert name.salt not in shown

    def test_lists_take_the_same_queries_for_any_number_of_rows(
        self, console, anna, django_assert_max_num_queries
    ):
        for model in ("signaturename", "login"):
            page = reverse(f"admin:accounts_{model}_changelist")
            with django_assert_max_num_queries(100) as asked:
                console.get(page)
            first = len(asked)
            for n in range(5):
                anna.register(f"{model}{n}")
                anna.sign_in(username=f"{model}{n}")
            with django_assert_max_num_queries(first + 1):
                console.get(page)


def test_time_is_kept_in_utc(anna):
    expire = anna.user("user_login_token")["data"]["expire"]
    left = datetime.strptime(expire, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - timezone.now()
    assert 29.9 * DAY < left.total_seconds() <= 30 * DAY


@pytest.mark.django_db(transaction=True)
def test_updates_sign_ins_and_removals_at_once_end_well(client):
    liveroom = LiveRoom(client)
    liveroom.register()
    people = []
    for tag in ("a", "b", "c"):
        liveroom.sign_in(tag=tag)
        people.append(liveroom.me)
    turn = itertools.count()

    def act():
        n = next(turn)
        mine = LiveRoom(Client())
        mine.me = people[n % 3]
        match n % 4:
            case 0:
                return code(mine.user("user_update", name=f"n{n}", tag="t"))
            case 1:
                return code(mine.call("oauth/signature", **signed(nonce=str(n), nickname="N")))
            case 2:
                return code(mine.user("user_login_token"))
        return code(mine.user("user_delete"))

    codes = at_once(act, times=24)

    assert set(codes) <= {0, 98, 204}, codes
    assert not SignatureName.objects.exists()
    assert set(User.objects.values_list("name", "is_active")) == {("", False)}
    assert not Login.objects.open().exists()
