"""Webhooks, `/v1/events` and the event stream: the same rows of the event log, three ways."""

import base64
import hashlib
import hmac
import json
import threading
import time
from datetime import timedelta

import httpx
import pytest
import time_machine
from django.utils import timezone

from accounts.delivery import queue_events, send_due, sweep_deliveries
from accounts.delivery.sending import OF_ONE_ENDPOINT
from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.services import create_webhook
from rtcserver.events import record
from rtcserver.models import Event
from tests.conftest import TESTER
from tests.factories import TeamFactory
from tests.fakes import WebhookReceiver
from tests.sockets import serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver():
    receiver = WebhookReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def webhook(coviu, receiver):
    """A webhook of the team for every event, as the API answered it."""
    settle()  # or it is sent what happened before
    return coviu.post("/v1/webhooks", {"url": receiver.url}, "application/json").json()


def happen(team, event_type="thing.happened", **facts):
    return record(
        event_type, team_id=team.pk, subject_kind="thing", subject_id="7", actor=TESTER, **facts
    )


def settle():
    """Wait until all that happened shows: no older transaction of the whole server may run."""
    deadline = time.monotonic() + 80  # others may be migrating on the same server
    while Event.objects.settled().count() < Event.objects.count():
        assert time.monotonic() < deadline, "another transaction never ends"
        time.sleep(0.02)


def queue():
    settle()
    return queue_events()


def deliver():
    queue()
    return send_due()


def test_an_event_is_sent_once_and_signed(team, receiver, webhook):
    event = happen(team, answer=42)
    assert deliver() == 1
    assert deliver() == 0
    [(headers, body)] = receiver.got
    sent = json.loads(body)
    assert (sent["type"], sent["data"]) == ("thing.happened", {"answer": 42})
    assert sent["id"] == event.cursor or sent["id"]
    key = base64.b64decode(webhook["secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_what_happened_before_is_not_sent_and_other_teams_events_never(team, receiver, coviu):
    happen(team)
    settle()
    coviu.post("/v1/webhooks", {"url": receiver.url}, "application/json")
    happen(TeamFactory())
    deliver()
    assert receiver.got == []


def test_a_filter_keeps_to_its_types(team, receiver, coviu, webhook):
    changed = {"event_types": ["room.*", "thing.lost"]}
    answer = coviu.put(f"/v1/webhooks/{webhook['webhook_id']}", changed, "application/json")
    assert answer.json()["event_types"] == ["room.*", "thing.lost"]
    for name in ("thing.happened", "room.created", "thing.lost"):
        happen(team, name)
    deliver()
    types = {json.loads(body)["type"] for _headers, body in receiver.got}
    assert types == {"room.created", "thing.lost"}  # sent side by side


def test_a_receiver_that_is_down_is_tried_for_days_and_then_given_up(team, receiver, webhook):
    receiver.status = 503
    happen(team)
    queue()
    start = timezone.now()
    tries = 0
    with time_machine.travel(start, tick=False) as clock:
        while WebhookDelivery.objects.filter(state="pending").exists():
            clock.shift(60 if tries < 3 else 3600)
            tries += send_due()
        took = timezone.now() - start
    assert WebhookDelivery.objects.get().state == "dead"
    assert len(receiver.got) == 10
    assert timedelta(days=2) < took < timedelta(days=5)


def test_a_receiver_that_comes_back_gets_everything(team, receiver, webhook):
    receiver.status = 500
    happen(team, number=1)
    happen(team, number=2)
    deliver()
    receiver.status = 200
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert deliver() == 2
    numbers = {json.loads(body)["data"]["number"] for _headers, body in receiver.got}
    assert numbers == {1, 2}
    assert not WebhookDelivery.objects.exclude(state="delivered").exists()


def test_a_queue_goes_as_fast_as_its_receiver_takes_it(team, receiver, webhook):
    for _number in range(OF_ONE_ENDPOINT + 1):
        happen(team)
    assert deliver() == OF_ONE_ENDPOINT + 1


def test_one_that_says_it_is_gone_is_left_alone(team, receiver, webhook):
    receiver.status = 410
    happen(team)
    deliver()
    assert not WebhookEndpoint.across_teams.get().is_active


def test_the_log_shows_each_delivery_and_replays_it(team, receiver, coviu, webhook):
    base = f"/v1/webhooks/{webhook['webhook_id']}"
    tested = coviu.post(f"{base}/test").json()
    assert (tested["event_type"], tested["state"]) == ("webhook.tested", "pending")
    deliver()
    [shown] = coviu.get(f"{base}/deliveries?state=delivered").json()["content"]
    assert (shown["answer_status"], shown["attempts"]) == (204, 1)
    again = coviu.post(f"{base}/deliveries/{shown['delivery_id']}/replay").json()
    assert again["state"] == "pending"
    send_due()
    sent = [json.loads(body)["type"] for _headers, body in receiver.got]
    assert sent.count("webhook.tested") == 2


def test_two_workers_send_each_event_once(team, receiver, webhook):
    for _number in range(20):
        happen(team)
    gate = threading.Barrier(4)

    def work():
        gate.wait()
        queue()
        send_due()
        send_due()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while send_due():
        pass
    ids = [headers["webhook-id"] for headers, _body in receiver.got]
    assert len(ids) == len(set(ids)) == 20


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x",
        "https://10.1.2.3/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/", "https://192.168.0.1:8443/",
    ],
)  # fmt: skip
def test_no_webhook_reaches_into_the_server_s_own_network(url, settings, team, coviu, webhook):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    WebhookEndpoint.across_teams.update(url=url)
    happen(team)
    deliver()
    delivery = WebhookDelivery.objects.get()
    assert delivery.answer_status is None
    assert "address" in delivery.error


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"url": ""}, "bad_url"),
        ({"url": "ftp://example.com"}, "bad_url"),
        ({"url": "https://user:secret@example.com"}, "bad_url"),
        ({"url": "https://example.com:99999"}, "bad_url"),
        ({"url": "https://example.com/" + "x" * 2048}, "invalid"),
        ({"url": "https://example.com", "event_types": "room.created"}, "invalid"),
        ({"url": "https://example.com", "event_types": ["everything"]}, "bad_event_type"),
        ({"url": "https://example.com", "event_types": ["a.b"] * 51}, "bad_event_type"),
    ],
)
def test_a_bad_webhook_is_refused_in_words(body, code, coviu):
    answer = coviu.post("/v1/webhooks", body, "application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert not WebhookEndpoint.across_teams.exists()


def test_a_foreign_webhook_is_an_unknown_one(coviu):
    foreign = WebhookEndpoint.across_teams.create(team=TeamFactory(), url="https://a.example")
    for path in ("", "/deliveries"):
        assert coviu.get(f"/v1/webhooks/{foreign.public_id}{path}").status_code == 404
    assert coviu.delete(f"/v1/webhooks/{foreign.public_id}").status_code == 404
    assert coviu.post(f"/v1/webhooks/{foreign.public_id}/test").status_code == 404


def test_the_secret_is_told_once_and_encrypted_at_rest(coviu, webhook):
    assert webhook["secret"].startswith("whsec_")
    assert "secret" not in coviu.get(f"/v1/webhooks/{webhook['webhook_id']}").json()
    assert webhook["secret"] not in WebhookEndpoint.across_teams.get().secret
    renewed = coviu.post(f"/v1/webhooks/{webhook['webhook_id']}/secret").json()
    assert renewed["secret"] != webhook["secret"]


def test_finished_deliveries_are_forgotten_after_a_while(team, receiver, webhook):
    happen(team)
    deliver()
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert sweep_deliveries() == 1


def read_events(coviu, count, **query):
    """Follow the cursor until `count` events came (older transactions of the server may run)."""
    found, after = [], query.pop("after", "")
    for _attempt in range(200):
        page = coviu.get("/v1/events", {"after": after, **query}).json()
        found, after = found + page["events"], page["after"]
        if len(found) >= count:
            return found, after
    raise AssertionError(found)


def test_events_are_read_behind_a_cursor(team, coviu):
    _before, start = read_events(coviu, 0)
    for number in range(5):
        happen(team, number=number)
    happen(TeamFactory(), number=99)
    first, after = read_events(coviu, 2, after=start, limit=2)
    rest, _end = read_events(coviu, 3, after=after)
    numbers = [event["data"].get("number") for event in first + rest if "number" in event["data"]]
    assert numbers == list(range(5))


def test_a_made_up_cursor_is_refused(coviu):
    answer = coviu.get("/v1/events?after=x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_cursor")


def token_of(token_request, key):
    api_client, secret = key
    answer = token_request(api_client.client_id, secret, grant_type="client_credentials")
    return answer.json()["access_token"]


def test_the_stream_brings_what_happens_and_continues_behind_the_last_event(
    team, token_request, key
):
    headers = {
        "Authorization": f"Bearer {token_of(token_request, key)}", "Accept": "text/event-stream",
    }  # fmt: skip
    with serving() as port:
        url = f"http://127.0.0.1:{port}/v1/events"
        with httpx.stream("GET", url, headers=headers, timeout=20) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert next(lines) == ": open"
            happen(team, number=1)
            happen(team, number=2)
            first = next(line for line in lines if line.startswith("id: "))
            assert next(lines) == "event: thing.happened"
            assert json.loads(next(lines).removeprefix("data: "))["data"] == {"number": 1}
        resumed = headers | {"Last-Event-ID": first.removeprefix("id: ")}
        with httpx.stream("GET", url, headers=resumed, timeout=20) as answer:
            data = next(line for line in answer.iter_lines() if line.startswith("data: "))
            assert json.loads(data.removeprefix("data: "))["data"] == {"number": 2}


def test_the_stream_wants_a_token_with_the_scope(token_request, key):
    with serving() as port:
        url = f"http://127.0.0.1:{port}/v1/events"
        accept = {"Accept": "text/event-stream"}
        answer = httpx.get(url, headers=accept)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
        bad = httpx.get(f"{url}?after=x", headers=accept | {
            "Authorization": f"Bearer {token_of(token_request, key)}"
        })  # fmt: skip
        assert (bad.status_code, bad.json()["error"]["code"]) == (400, "bad_cursor")


def test_an_address_that_cannot_be_called_stops_nobody_else(team, receiver, coviu, webhook):
    bad = WebhookEndpoint.across_teams.get()
    good = coviu.post("/v1/webhooks", {"url": receiver.url}, "application/json").json()
    WebhookEndpoint.across_teams.filter(pk=bad.pk).update(url="http://127.0.0.1:1/\x7f")
    happen(team)
    deliver()
    assert len(receiver.got) == 1
    states = dict(WebhookDelivery.objects.values_list("endpoint__public_id", "state"))
    assert states == {webhook["webhook_id"]: "pending", good["webhook_id"]: "delivered"}
    assert WebhookDelivery.objects.get(endpoint=bad).attempts == 1


def test_a_long_queue_of_one_team_is_no_queue_of_the_others(team, receiver, webhook):
    for _number in range(120):
        happen(team)
    other = TeamFactory()
    create_webhook(actor=TESTER, team=other, url=receiver.url)
    happen(other, "other.happened")
    deliver()
    assert "other.happened" in [json.loads(body)["type"] for _headers, body in receiver.got]


@pytest.mark.parametrize(
    "url", ["https://[", "https://a\u2100b.example/", "https://a.example/\x7f"]
)
def test_an_address_that_cannot_be_read_is_refused(url, coviu):
    answer = coviu.post("/v1/webhooks", {"url": url}, "application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_url")


@pytest.mark.parametrize("address", ["64:ff9b::a9fe:a9fe", "fec0::1", "::7f00:1", "::1"])
def test_private_networks_in_disguise_are_private(address, settings, team, coviu, webhook):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    WebhookEndpoint.across_teams.update(url=f"https://[{address}]/")
    happen(team)
    deliver()
    assert "private" in WebhookDelivery.objects.get().error


@pytest.mark.parametrize("types", ["a.*," * 60, "\x00", "everything"])
def test_event_types_that_are_none_are_refused(types, coviu):
    assert coviu.get("/v1/events", {"types": types}).status_code == 400
