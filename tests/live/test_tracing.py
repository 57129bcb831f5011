"""A server that sends traces to a collector: OTLP over HTTP, as a collector gets it."""

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.fakes import WebhookReceiver
from tests.servers import running
from tests.sockets import Talker


def talk(facts):
    """Enter a page, sign in, and say something in the first conversation."""
    with httpx.Client(base_url=facts["base_url"]) as http:
        assert http.get(facts["host_entry_url"]).status_code == 200
        phone = {"phone": facts["chat_phone"], "password": facts["chat_password"]}
        http.post("/user/login", json={"region": "86"} | phone)
        token = http.get("/user/get_token").json()["result"]["token"]
    talker = Talker(int(facts["base_url"].rpartition(":")[2]))
    assert talker.ask("auth", login=token)["op"] == "welcome"
    [first, *_rest] = talker.ask("list", limit=1)["conversations"]
    sent = {"conversation": first["id"], "id": "m1", "body": "between us"}
    assert talker.ask("send", **sent)["op"] == "sent"
    talker.close()
    return token


def test_requests_operations_batches_and_sweeps_reach_a_collector(tmp_path):
    collector = WebhookReceiver()
    traced = {"RTC_TRACES_URL": collector.url, "RTC_TRACES_SHARE": "1"}
    with running(tmp_path, **traced) as (facts, _printed):
        token = talk(facts)
    collector.close()
    bodies = [body for _headers, body in collector.got]
    parts = [
        part
        for body in bodies
        for part in ExportTraceServiceRequest.FromString(body).resource_spans
    ]
    spans = [span for part in parts for scope in part.scope_spans for span in scope.spans]
    names = {span.name for span in spans}
    assert {"GET session/<str:participant_id>", "ChatSocket", "messages stored"} <= names
    assert any(name.startswith("sweep ") for name in names)
    batch = next(span for span in spans if span.name == "messages stored")
    assert not batch.parent_span_id, "a batch is nobody's own"
    inserts = [span for span in spans if span.parent_span_id == batch.span_id]
    assert inserts, "statements of another thread belong to it"
    service = {fact.key: fact.value.string_value for fact in parts[0].resource.attributes}
    assert service["service.name"] == "rtcserver"
    everything = b"".join(bodies)
    secrets = (token, facts["host_entry_url"][-36:], facts["chat_phone"], "between us")
    assert not [secret for secret in secrets if secret.encode() in everything]
