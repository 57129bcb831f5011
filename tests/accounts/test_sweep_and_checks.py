"""What expires is deleted; what is unsafe is named."""

import time

import pytest
import time_machine
from django.core.checks import run_checks
from django.core.management import call_command

from accounts.models import CodeBudget, Login, OutboxMessage, PhoneCode
from accounts.services import Device, send_code, start_login
from tests.factories import UserFactory


def test_a_sweep_deletes_what_is_past_its_time(db, capsys):
    send_code(region="86", phone="13800000009", address="10.0.0.1")
    start_login(user=UserFactory(), device=Device("sealtalk"))
    call_command("sweep_accounts")
    assert PhoneCode.objects.count() == Login.objects.count() == 1
    with time_machine.travel(time.time() + 3 * 86400):
        call_command("sweep_accounts")
        assert not PhoneCode.objects.exists()
        assert not OutboxMessage.objects.exists()
        assert not CodeBudget.objects.exists()
        assert Login.objects.exists()
    with time_machine.travel(time.time() + 211 * 86400):
        call_command("sweep_accounts")
        assert not Login.objects.exists()


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"SMS_BACKEND": "outbox"}, "rtc.W010"),
        ({"RESET_ENDS_LOGINS": False}, "rtc.W011"),
        ({"LOGIN_COOKIE_SAMESITE": "None"}, "rtc.W012"),
        ({"SMS_BACKEND": "http", "SMS_URL": "http://gateway"}, "rtc.W013"),
        ({"SMS_BACKEND": "http", "SMS_URL": ""}, "rtc.E010"),
        ({"LOGIN_COOKIE_SAMESITE": "lax"}, "rtc.E011"),
        ({"LOGIN_COOKIE_SAMESITE": "None", "HTTPS": False}, "rtc.E012"),
        ({"SMS_TEXT": "Hello"}, "rtc.E013"),
    ],
)
def test_unsafe_and_impossible_choices_are_named(settings, values, number):
    for name, value in values.items():
        setattr(settings, name, value)
    assert number in {found.id for found in run_checks(include_deployment_checks=True)}


def test_a_sound_choice_is_not_named(settings):
    settings.SMS_BACKEND, settings.SMS_URL = "http", "https://gateway.example.com/send"
    settings.SMS_SECRET = "shared"
    found = {fault.id for fault in run_checks(include_deployment_checks=True)}
    assert not found & {f"rtc.W01{n}" for n in range(4)}
    assert not found & {f"rtc.E01{n}" for n in range(10)}
