"""One call over two processes: whoever is on the other one is heard as if they were here."""

import base64
import json
import time
import urllib.request
from contextlib import ExitStack

import pytest

from tests.factories import ParticipantFactory, SessionFactory
from tests.servers import OwnRedis, Server, database_for_servers
from tests.sessions_api.pages import OFFER, Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql, pytest.mark.redis]


@pytest.fixture
def session(api_client):
    return SessionFactory(client=api_client, team=api_client.team, started=True)


@pytest.fixture
def invite(session):
    def of(role, name):
        return ParticipantFactory(session=session, role=role, display_name=name)

    return of


@pytest.fixture
def two_servers(session, tmp_path):
    url = database_for_servers(tmp_path)
    with ExitStack() as stack:
        redis = stack.enter_context(OwnRedis(tmp_path))
        made = [Server(tmp_path, url, redis.url) for _number in range(2)]
        yield [stack.enter_context(server) for server in made]


def cancel(server, key, path):
    """As a back office does, by the process that holds neither or either page."""
    base = f"http://127.0.0.1:{server.port}/v1"

    def call(path, body, method, **headers):
        asked = urllib.request.Request(base + path, body, headers, method=method)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    client, secret = key
    basic = base64.b64encode(f"{client.client_id}:{secret}".encode()).decode()
    form = b"grant_type=client_credentials"
    token = call("/auth/token", form, "POST", Authorization=f"Basic {basic}")["access_token"]
    assert call(path, None, "DELETE", Authorization=f"Bearer {token}") == {"ok": True}


def test_a_call_whose_pages_are_on_two_processes(two_servers, invite, key):
    first, second = two_servers
    host, guest = invite("host", "Dr. Who"), invite("guest", "Jonas")
    host = Page(first.port, host)
    host.enter()
    guest = Page(second.port, guest)
    assert guest.come() == "waiting"
    told = host.next("waiting", timeout=2)
    assert (told["change"], told["people"][0]["display_name"]) == ("arrived", "Jonas")
    assert host.ask("admit", peer=guest.peer_id)["op"] == "done"
    roster = guest.next("inside", timeout=2)["roster"]
    assert {person["peer_id"] for person in roster} == {host.peer_id, guest.peer_id}

    guest.send({"op": "signal", "to": host.peer_id, "description": OFFER})
    assert host.next("signal", timeout=2)["description"] == OFFER
    candidate = {"candidate": "candidate:1 1 udp 1 x.local 9 typ host", "sdpMLineIndex": 0}
    host.send({"op": "signal", "to": guest.peer_id, "candidate": candidate})
    assert guest.next("signal", timeout=2)["candidate"] == candidate
    host.send({"op": "media", "muted": True, "camera": False, "sharing": False})
    assert guest.next("media", timeout=2)["muted"] is True

    again = Page(first.port, guest.person)  # a second window, on the other process
    again.enter()
    assert guest.next("closed", timeout=2)["reason"] == "taken_over"
    assert guest.close_code() == 4009

    away = Page(second.port, guest.person)
    away.enter()
    assert again.close_code() == 4009
    assert host.ask("eject", peer=away.peer_id)["op"] == "done"
    assert away.next("closed", timeout=2)["reason"] == "ejected"
    assert away.close_code() == 4403

    eve = Page(second.port, invite("host", "Eve"))
    eve.enter()
    cancel(first, key, f"/participants/{eve.person.public_id}")
    began = time.monotonic()
    assert eve.next("closed", timeout=1)["reason"] == "canceled"
    assert eve.close_code(timeout=1) == 4410
    assert time.monotonic() - began < 1
    changes = []
    while "left" not in changes:
        told = host.next("roster", timeout=2)
        if told["people"][0]["peer_id"] == eve.peer_id:
            changes.append(told["change"])
    assert changes == ["joined", "left"]
