"""`manage.py doctor` and the files a deployment starts from."""

import itertools
import threading
import time
from datetime import timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
import time_machine
from django.conf import settings as project
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from rtcserver.events import Actor, record
from rtcserver.management.commands.env_example import example
from rtcserver.worker import Worker
from tests.servers import OwnJanus, free_port
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


def about(name, said):
    """The lines of one probe."""
    lines = said.splitlines()
    start = next(at for at, line in enumerate(lines) if line.endswith(f" {name}"))
    rest = lines[start + 1 :]
    return [lines[start], *itertools.takewhile(lambda line: line.startswith("      "), rest)]


@pytest.mark.janus
def test_the_media_server_is_asked_for_a_room(settings, tmp_path):
    settings.MEDIA_BACKEND, settings.JANUS_URL = "janus", f"ws://127.0.0.1:{free_port()}"
    assert "does not answer (ConnectionRefusedError)" in about("media server", doctor())[1]
    with OwnJanus(tmp_path) as janus:
        settings.JANUS_URL = janus.environment["RTC_JANUS_URL"]
        settings.JANUS_API_SECRET, settings.JANUS_ADMIN_KEY = "another", ""
        assert "makes no room for a call (error 403)" in about("media server", doctor())[1]
        settings.JANUS_API_SECRET = janus.environment["RTC_JANUS_API_SECRET"]
        assert "makes no room for a call (error 429)" in about("media server", doctor())[1]
        settings.JANUS_ADMIN_KEY = janus.environment["RTC_JANUS_ADMIN_KEY"]
        assert about("media server", doctor()) == ["ok    media server"]


class Misconfigured:
    """A proxy in front that answers by itself, and passes no upgrade on."""

    def __init__(self, date: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = b'{"status": "ok"}'
                self.send_response_only(200 if self.path == "/livez" else 502)
                self.send_header("Date", date)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *failure):
        self.server.shutdown()
        self.server.server_close()


def test_a_proxy_that_passes_no_upgrade_on_is_named(settings):
    with Misconfigured(formatdate(usegmt=True)) as settings.PUBLIC_BASE_URL:
        said = doctor()
    assert about("public address", said) == ["ok    public address"]
    assert "answers HTTP 502 instead of opening a WebSocket" in about("sockets", said)[1]
    assert "Upgrade and Connection headers" in said


def test_clocks_that_disagree_are_named(settings):
    long_ago = formatdate(time.time() - 3650, usegmt=True)
    with Misconfigured(long_ago) as settings.PUBLIC_BASE_URL:
        assert "The web server's clock is -36" in doctor()


def test_the_clock_of_the_database_is_compared(settings):
    with time_machine.travel(timezone.now() + timedelta(seconds=3650)):
        said = about("clock", doctor())
    expected = "PostgreSQL's clock is -36" if connection.vendor == "postgresql" else "ok"
    assert expected in "".join(said)


def test_missing_migrations_are_named():
    last = ("chat", "0003_conversation_has_mutes")
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(*last)
    try:
        assert "1 migrations are missing" in doctor()
    finally:
        recorder.record_applied(*last)


@pytest.mark.postgresql
def test_a_log_of_another_server_is_named():
    record("a.b", subject_kind="thing", subject_id=1, actor=Actor("system", "tests", "admin"))
    with connection.cursor() as cursor:
        cursor.execute('UPDATE rtcserver_event SET "transaction" = "transaction" + 1000000000')
    assert "written on another PostgreSQL server" in doctor()


def test_an_address_without_tls_is_named(settings):
    settings.PUBLIC_BASE_URL = "http://rtc.invalid"
    assert "is not https" in doctor()


def test_the_example_environment_is_made_from_the_documented_settings():
    kept = (project.BASE_DIR / ".env.example").read_text()
    assert kept == example(), "run `manage.py env_example`"
