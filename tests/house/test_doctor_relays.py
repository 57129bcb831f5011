"""`manage.py doctor` asks TURN servers for a relay, as browsers do: a real coturn answers."""

import pytest

from sessions_api import probes
from tests.house.test_doctor import about, doctor
from tests.relays import Certificate, Relay
from tests.servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "shared with coturn"


@pytest.fixture
def relay(settings, tmp_path):
    """A coturn that the settings name, over UDP and TCP."""
    with Relay(tmp_path, SECRET) as relay:
        settings.TURN_SECRET = SECRET
        url = f"turn:127.0.0.1:{relay.port}?transport="
        settings.TURN_URLS = [f"{url}udp", f"{url}tcp"]
        yield relay


@pytest.mark.coturn
def test_a_relay_that_gives_allocations_is_well(relay):
    assert about("turn", doctor()) == ["ok    turn"]


@pytest.mark.coturn
def test_a_relay_with_another_secret_is_named(relay, settings):
    settings.TURN_SECRET = "another"
    said = about("turn", doctor())
    assert said[0] == "FAULT turn"
    assert len(said) == 3
    assert all("refuses our credentials (401)" in line for line in said[1:])


@pytest.fixture
def encrypted(settings, tmp_path, monkeypatch):
    """Start a coturn with a certificate that is trusted here, and have the settings name it."""
    started = []

    def start(days=1, trusted=True):
        certificate = Certificate(tmp_path, days)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        started.append(Relay(tmp_path, SECRET, certificate))
        started[0].start()
        settings.TURN_SECRET = SECRET
        settings.TURN_URLS = [f"turns:127.0.0.1:{started[0].tls_port}?transport=tcp"]
        return started[0]

    yield start
    for relay in started:
        relay.kill()


@pytest.mark.coturn
def test_a_relay_over_tls_is_well(encrypted, settings):
    encrypted()
    assert about("turn", doctor()) == ["ok    turn"]
    settings.TURN_SECRET = "another"
    [_fault, said] = about("turn", doctor())
    assert "refuses our credentials (401)" in said


@pytest.mark.coturn
@pytest.mark.parametrize(
    ("certificate", "host", "reason"),
    [
        ({"trusted": False}, "127.0.0.1", "self-signed certificate"),
        ({"days": -1}, "127.0.0.1", "certificate has expired"),
        ({}, "localhost", "Hostname mismatch"),
    ],
    ids=["unknown", "expired", "of another name"],
)
def test_a_certificate_that_browsers_refuse_is_named(
    encrypted, settings, certificate, host, reason
):
    port = encrypted(**certificate).tls_port
    settings.TURN_URLS = [f"turns:{host}:{port}?transport=tcp"]
    [_fault, said] = about("turn", doctor())
    assert f"shows a certificate that browsers refuse ({reason}" in said
    assert f"a valid one for {host}" in said


@pytest.mark.coturn
def test_a_port_without_tls_is_named(relay, settings, monkeypatch):
    monkeypatch.setattr(probes, "TIMEOUT_SECONDS", 0.5)  # coturn waits for the rest of a packet
    settings.TURN_URLS = [f"turns:127.0.0.1:{relay.port}?transport=tcp"]
    [_fault, said] = about("turn", doctor())
    assert "speaks no TLS (ConnectionAbortedError)" in said
    assert "tls-listening-port" in said


def test_a_relay_over_dtls_is_named(settings):
    settings.TURN_URLS = ["turns:127.0.0.1?transport=udp"]
    [_fault, said] = about("turn", doctor())
    assert "is TURN over DTLS, which browsers do not speak" in said


def test_a_relay_that_is_down_is_named(settings):
    settings.TURN_SECRET = SECRET
    url = f"turn:127.0.0.1:{free_port()}?transport=tcp"
    settings.TURN_URLS = [url, "turn:", "http://127.0.0.1"]
    said = about("turn", doctor())
    assert f"{url} does not answer" in said[1]
    assert [line.split(" is no TURN address")[0].strip() for line in said[2:]] == [
        "turn:", "http://127.0.0.1",
    ]  # fmt: skip
