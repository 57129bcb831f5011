"""Figures for Prometheus, the id of a request, and logs that programs read."""

import json
import logging

import pytest

from rtcserver.logs import JSONFormatter, RedactingFormatter
from tests.factories import ParticipantFactory

TOKEN = "scrape me, and nobody else"


@pytest.fixture
def scrape(client, settings, db):
    settings.METRICS_TOKEN = TOKEN

    def read():
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        lines = [line for line in answer.content.decode().splitlines() if line[0] != "#"]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    return read


def test_requests_are_counted_by_route_and_hold_no_id(scrape, client):
    entry = f"/session/{ParticipantFactory().public_id}"
    client.get(entry)
    figures = scrape()
    route = "session/<str:participant_id>"
    assert figures[f'rtc_http_requests_total{{method="GET",status="200",view="{route}"}}'] >= 1
    assert entry not in str(figures)


def test_methods_that_clients_invent_are_counted_as_one(scrape, client):
    client.generic("BREW", "/v1/sessions")
    assert "BREW" not in str(scrape())


@pytest.mark.parametrize(
    "name",
    ["rtc_worker_lag_seconds", "rtc_webhooks_due", "rtc_webhook_lag_seconds", "rtc_live_calls"],
)
def test_what_the_database_knows_is_told(name, scrape):
    assert scrape()[name] >= 0


@pytest.mark.parametrize("shown", [None, "Bearer wrong", f"Basic {TOKEN}"])
def test_figures_are_for_who_shows_the_token(shown, client, settings):
    settings.METRICS_TOKEN = TOKEN
    headers = {"Authorization": shown} if shown else {}
    assert client.get("/metrics", headers=headers).status_code == 401


def test_without_a_token_there_are_no_figures(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_an_answer_names_its_request(client, db):
    sent = client.get("/v1/sessions", headers={"X-Request-ID": "proxy-17"})
    assert sent["X-Request-ID"] == "proxy-17"
    made = client.get("/v1/sessions", headers={"X-Request-ID": "no good\x01"})
    assert made["X-Request-ID"].isalnum()


def record(message, *args):
    return logging.LogRecord("rtcserver", logging.INFO, __file__, 1, message, args, None)


def test_a_json_line_holds_what_happened_without_secrets():
    line = JSONFormatter().format(record("login of %s with password=hunter2", "ana"))
    written = json.loads(line)
    assert written["level"] == "INFO"
    assert written["message"] == "login of ana with password=[redacted]"


@pytest.mark.parametrize(
    "text",
    [
        "phone=13800138000", '{"phone": "13800138000"}', "to +86 138 0013 8000 failed",
        "searchPhone=+8613800138000", "user_tel=13800138000",
    ],
)  # fmt: skip
def test_phone_numbers_do_not_reach_the_log(text):
    assert "8000" not in RedactingFormatter("%(message)s").format(record(text))
