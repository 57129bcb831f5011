"""Errors that are reported to Sentry: what leaves the process, and what never does."""

import json
import logging
import sys

import pytest
import sentry_sdk
from django.test import Client, override_settings
from django.urls import path
from sentry_sdk.transport import Transport

from rtcserver import reporting
from rtcserver.checks import extras_are_installed
from rtcserver.urls import handler400, handler403, handler404, handler500  # noqa: F401

SECRETS = {
    "entry": "5c9d8d6a-1111-2222-3333-444455556666",
    "token": "tok3n-that-opens-everything",
    "phone": "+8613812345678",
    "password": "hunter2-hunter2",
    "code": "918273",
}


def broken(request, entry):
    password = request.POST["password"]  # a variable of a frame
    raise RuntimeError(
        f"Bearer {SECRETS['token']} at /session/{entry} code={SECRETS['code']} "
        f"phone={SECRETS['phone']} password={password}"
    )


urlpatterns = [path("v1/session/<str:entry>", broken)]


class Kept(Transport):
    """Sentry's own border: what would be sent."""

    def __init__(self, options=None):
        super().__init__(options)
        self.events = []

    def capture_envelope(self, envelope):
        self.events += [item.payload.json for item in envelope.items]


@pytest.fixture
def sent():
    kept = Kept()
    with override_settings(SENTRY_DSN="https://key@sentry.example.com/1"):
        reporting.start(transport=kept)
        yield kept.events
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


@override_settings(ROOT_URLCONF=__name__)
def test_a_crash_is_reported_without_anything_of_the_person_it_happened_to(sent):
    http = Client(raise_request_exception=False, headers={"Authorization": "Bearer tok3n-header"})
    http.cookies["rong_im_auth"] = "cookie-of-a-person"
    answer = http.post(
        f"/v1/session/{SECRETS['entry']}?token={SECRETS['token']}",
        {"password": SECRETS["password"]},
    )
    assert answer.status_code == 500
    [event] = sent
    [error] = event["exception"]["values"]
    assert error["type"] == "RuntimeError"
    assert error["stacktrace"]["frames"][-1]["function"] == "broken"
    text = json.dumps(event)
    for secret in (*SECRETS.values(), "tok3n-header", "cookie-of-a-person"):
        assert secret not in text
    assert "[redacted]" in error["value"]
    assert not {"request", "extra", "breadcrumbs", "user", "modules", "contexts"} & event.keys()


def test_a_logged_error_is_reported_as_the_log_has_it(sent):
    logging.getLogger("rooms").error("No way to %s", f"/session/{SECRETS['entry']}")
    logging.getLogger("rooms").warning("not worth a report")
    [event] = sent
    assert event["logentry"] == {"message": "No way to /session/[redacted]"}
    assert event["logger"] == "rooms"


def test_nothing_is_reported_unless_it_is_asked_for():
    assert not sentry_sdk.get_client().is_active()
    reporting.start()
    assert not sentry_sdk.get_client().is_active()


@pytest.mark.parametrize(
    ("setting", "package", "told"),
    [("SENTRY_DSN", "sentry_sdk", "rtc.E050"), ("TRACES_URL", "opentelemetry", "rtc.E051")],
)
def test_a_missing_package_is_told_at_the_start(monkeypatch, setting, package, told):
    assert extras_are_installed(None) == []
    with override_settings(**{setting: "https://key@example.com/1"}):
        assert extras_are_installed(None) == []
        monkeypatch.delitem(sys.modules, package, raising=False)
        monkeypatch.setattr(sys, "path", [])
        monkeypatch.setattr(sys, "path_importer_cache", {})
        monkeypatch.setattr(sys, "meta_path", [])
        [error] = extras_are_installed(None)
    assert error.id == told
