"""`manage.py doctor` and the files a deployment starts from."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.conf import settings as project
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from rtcserver.management.commands.env_example import example
from rtcserver.worker import Worker
from tests.servers import free_port
from tests.sockets import serving

pytestmark = pytest.mark.django_db(transaction=True)


def doctor():
    """What it prints, whether it finds something or not."""
    said = StringIO()
    try:
        call_command("doctor", stdout=said)
    except CommandError as found:
        return said.getvalue() + str(found)
    return said.getvalue()


def test_a_server_that_is_well(settings):
    with serving() as port:
        settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{port}"
        Worker().run_due()
        said = doctor()
    assert "FAULT" not in said.replace("FAULT clock", ""), said


def test_a_worker_that_stopped_is_named():
    Worker().run_due()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert "The worker is stopped" in doctor()


def test_redis_that_is_down_is_named(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    assert "Redis does not answer" in doctor()


def test_a_server_that_cannot_be_reached_is_named(settings):
    settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{free_port()}"
    said = doctor()
    assert "cannot be reached" in said
    assert "opens no WebSocket" in said


def test_an_address_without_tls_is_named(settings):
    settings.PUBLIC_BASE_URL = "http://rtc.invalid"
    assert "is not https" in doctor()


def test_the_example_environment_is_made_from_the_documented_settings():
    kept = (project.BASE_DIR / ".env.example").read_text()
    assert kept == example(), "run `manage.py env_example`"
