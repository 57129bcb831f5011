"""SMS backends: where a code goes, and what happens when it does not get there."""

import hashlib
import hmac
import json
import logging
import stat
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import transaction

from accounts.models import PhoneCode
from accounts.services import send_code

PHONE = {"region": "86", "phone": "13800000009", "address": "10.0.0.1"}


class Gateway(BaseHTTPRequestHandler):
    """A gateway that keeps what it gets and answers the statuses it is told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        if self.server.delay:
            self.server.released.wait(self.server.delay)
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Stay silent."""


@pytest.fixture
def gateway(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.got, server.statuses, server.delay = [], [], 0
    server.released = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_BACKEND = "http"
    settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/send?key=topsecret"
    settings.SMS_SECRET = "shared"
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


@pytest.mark.django_db(transaction=True)
def test_the_gateway_gets_a_signed_message(gateway):
    send_code(**PHONE)
    [(headers, body)] = gateway.got
    said = json.loads(body)
    assert (said["region"], said["phone"]) == ("86", "13800000009")
    assert "code is" in said["text"]
    assert headers["Idempotency-Key"] == said["id"]
    signed = f"{headers['X-Rtc-Timestamp']}.".encode() + body
    expected = hmac.new(b"shared", signed, hashlib.sha256).hexdigest()
    assert headers["X-Rtc-Signature"] == expected
    assert PhoneCode.objects.get().failure == ""


@pytest.mark.django_db(transaction=True)
def test_a_fault_is_tried_once_more_with_the_same_id(gateway):
    gateway.statuses = [503]
    send_code(**PHONE)
    assert len({headers["Idempotency-Key"] for headers, _body in gateway.got}) == 1
    assert len(gateway.got) == 2
    assert PhoneCode.objects.get().failure == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("statuses", "tries"), [([500, 502], 2), ([403], 1)])
def test_a_gateway_that_refuses_is_noted_and_not_told(gateway, statuses, tries):
    gateway.statuses = list(statuses)
    send_code(**PHONE)
    assert len(gateway.got) == tries
    assert PhoneCode.objects.get().failure == f"gateway: HTTP {statuses[-1]}"


@pytest.mark.django_db(transaction=True)
def test_a_gateway_that_hangs_blocks_for_a_few_seconds_only(gateway):
    gateway.delay = 30
    start = time.monotonic()
    send_code(**PHONE)
    assert time.monotonic() - start < 6
    assert "Timeout" in PhoneCode.objects.get().failure


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_when_the_transaction_fails(gateway):
    with transaction.atomic():
        send_code(**PHONE)
        transaction.set_rollback(True)
    assert gateway.got == []


@pytest.mark.django_db(transaction=True)
def test_neither_url_nor_code_nor_phone_reach_the_log(gateway, caplog):
    gateway.statuses = [500, 500]
    with caplog.at_level(logging.DEBUG):
        send_code(**PHONE)
    code = json.loads(gateway.got[0][1])["text"].split()[3].rstrip(".")
    written = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("accounts"))
    assert "not delivered" in written
    for secret in (code, "13800000009", "topsecret"):
        assert secret not in written
    assert logging.getLogger("httpx").level == logging.WARNING  # it writes URLs at INFO


@pytest.mark.django_db(transaction=True)
def test_the_file_backend_appends_lines_only_its_owner_reads(settings, tmp_path):
    settings.SMS_BACKEND, settings.SMS_FILE = "file", str(tmp_path / "sms.jsonl")
    send_code(**PHONE)
    file = tmp_path / "sms.jsonl"
    assert json.loads(file.read_text())["phone"] == "13800000009"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.django_db(transaction=True)
def test_the_console_backend_prints(settings, capsys):
    settings.SMS_BACKEND = "console"
    send_code(**PHONE)
    assert "SMS to +86 13800000009" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_a_backend_may_be_the_operators_own(settings):
    settings.SMS_BACKEND = "accounts.sms.base.SmsBackend"  # has no `send`
    send_code(**PHONE)
    assert PhoneCode.objects.get().failure == "NotImplementedError"
