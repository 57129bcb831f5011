"""Traces: what a request, an operation and a batch tell of themselves, and what they never tell."""

import json
import logging

import pytest
from django.test import Client, override_settings
from django.urls import path
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from rtcserver import tracing
from rtcserver.logs import JSONFormatter
from rtcserver.urls import handler400, handler403, handler404, handler500  # noqa: F401
from tests.factories import ParticipantFactory

THEIRS = "4bf92f3577b34da6a3ce929d0e0e4736"


def broken(request):
    raise RuntimeError("hunter2")


urlpatterns = [path("v1/broken", broken)]


@pytest.fixture
def spans(db):
    """Call it for the spans that ended since tracing began."""
    exporter = InMemorySpanExporter()
    with override_settings(TRACES_URL="http://127.0.0.1:1", TRACES_SHARE=1.0):
        tracing.start(exporter)

    def ended():
        tracing.stop()
        return exporter.get_finished_spans()

    yield ended
    tracing.stop()


def test_a_request_tells_its_route_and_its_statements(spans, client):
    entry = str(ParticipantFactory().public_id)
    client.get(f"/session/{entry}?code=918273", headers={"User-Agent": "agent-7"})
    *statements, request = spans()
    assert request.name == "GET session/<str:participant_id>"
    assert dict(request.attributes) == {
        "http.request.method": "GET",
        "http.route": "session/<str:participant_id>",
        "http.response.status_code": 200,
    }
    assert statements
    for statement in statements:
        assert statement.parent.span_id == request.context.span_id
        assert statement.attributes["db.query.text"].startswith(statement.name)
    text = "".join(span.to_json() for span in (*statements, request))
    for secret in (entry, entry.replace("-", ""), "918273", "agent-7", "127.0.0.1"):
        assert secret not in text


def test_a_request_joins_the_trace_of_its_caller(spans, client):
    client.get("/v1/sessions", headers={"traceparent": f"00-{THEIRS}-00f067aa0ba902b7-01"})
    client.get("/v1/sessions", headers={"traceparent": "nonsense"})
    joined, own = (span.context.trace_id for span in spans() if span.name.startswith("GET"))
    assert f"{joined:032x}" == THEIRS != f"{own:032x}"


@override_settings(ROOT_URLCONF=__name__)
def test_a_crash_tells_its_kind_and_not_its_text(spans):
    Client(raise_request_exception=False).get("/v1/broken")
    [request] = spans()
    assert request.attributes["error.type"] == "500"
    assert request.status.status_code.name == "ERROR"
    assert "hunter2" not in request.to_json()


def test_a_part_that_fails_tells_its_kind_and_not_its_text(spans):
    with pytest.raises(RuntimeError), tracing.span("part", number=7):
        raise RuntimeError("hunter2")
    [part] = spans()
    assert dict(part.attributes) == {"rtc.number": 7, "error.type": "RuntimeError"}
    assert not part.events
    assert "hunter2" not in part.to_json()


def test_what_machines_ask_all_day_is_not_traced(spans, client):
    client.get("/livez", headers={"Host": "unknown.example.com"})
    client.get("/readyz")
    assert spans() == ()


def test_a_line_of_the_log_names_its_trace(spans):
    record = logging.LogRecord("rooms", logging.INFO, "", 1, "said", None, None)
    with tracing.span("part"):
        line = json.loads(JSONFormatter().format(record))
    [part] = spans()
    assert line["trace_id"] == f"{part.context.trace_id:032x}"
    assert "trace_id" not in json.loads(JSONFormatter().format(record))


def test_nothing_is_traced_unless_it_is_asked_for(client, db):
    tracing.start()
    assert tracing.span("part") is tracing.span("another")
    assert tracing.trace_id() == ""


@pytest.mark.parametrize(("share", "told"), [(0.0, 0), (1.0, 20)])
def test_callers_do_not_decide_how_much_is_sent(share, told, client, db):
    exporter = InMemorySpanExporter()
    with override_settings(TRACES_URL="http://127.0.0.1:1", TRACES_SHARE=share):
        tracing.start(exporter)
    for number in range(20):
        client.get("/v1/me", headers={"traceparent": f"00-{number + 1:032x}-00f067aa0ba902b7-01"})
    tracing.stop()
    assert len([span for span in exporter.get_finished_spans() if span.kind.name == "SERVER"]) == (
        told
    )
