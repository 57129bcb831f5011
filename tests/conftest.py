import base64
import os
import shutil
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test import Client, TransactionTestCase

from accounts.services import create_api_client, create_team
from rtcserver.events import Actor
from rtcserver.settings.storage import database_at
from rtcserver.wire.throttles import limiter, own_limiter
from tests.databases import binary
from tests.tables import begin_migrated, empty_tables

TESTER = Actor("system", "tests", "admin")


NODE_MODULES = Path(__file__).parent / "node" / "node_modules"

# What a machine may lack, and how to tell. Left out aloud by `make test`, never in CI.
LANES = {
    "coturn": lambda: bool(shutil.which("turnserver")),
    "browser": lambda: bool(shutil.which("chromium") or shutil.which("google-chrome")),
    "janus": lambda: bool(shutil.which("janus")),
    "node": lambda: shutil.which("node") and NODE_MODULES.is_dir(),
    "nginx": lambda: bool(shutil.which("nginx") or Path("/usr/sbin/nginx").exists()),
    "postgresql": lambda: connection.vendor == "postgresql",
    "postgresql_server": lambda: bool(binary("initdb")),
    "redis": lambda: bool(shutil.which("redis-server")),
    "systemd": lambda: bool(shutil.which("systemd-analyze")),
}


def pytest_runtest_setup(item):
    for lane, is_there in LANES.items():
        if item.get_closest_marker(lane) and not is_there():
            if lane in os.environ.get("RTC_REQUIRED_LANES", "").split():
                pytest.fail(f"lane {lane} cannot run here", pytrace=False)
            pytest.skip(f"lane {lane} is not available")


def pytest_terminal_summary(terminalreporter):
    reasons = [str(skipped.longrepr) for skipped in terminalreporter.stats.get("skipped", [])]
    for lane in LANES:
        if count := sum(f"lane {lane} is not" in reason for reason in reasons):
            terminalreporter.write_line(f"LEFT OUT: lane {lane}, {count} tests")
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"MEASURED: {name}: {value}")


@pytest.fixture(scope="session")
def django_db_keepdb():
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    begin_migrated()
    TransactionTestCase._fixture_teardown = empty_tables


@pytest.fixture
def older(tmp_path, django_db_blocker):
    """An empty database beside the suite's, whose migrations can begin in the middle."""
    known, address = connections.settings, database_at(f"sqlite:///{tmp_path / 'older.sqlite3'}")
    known["older"] = connections.configure_settings({**known, "older": address})["older"]
    with django_db_blocker.unblock():
        yield connections["older"]
    connections["older"].close()
    del connections["older"], known["older"]


@pytest.fixture(autouse=True)
def fresh_limits():
    """Counted requests of one test never slow down the next."""
    limiter().storage.reset()
    own_limiter().storage.reset()


@pytest.fixture
def team(db):
    return create_team(actor=TESTER, name="Harbour Clinic")


@pytest.fixture
def key(team):
    """An API client of `team` and its secret."""
    return create_api_client(actor=TESTER, team=team, name="Back office")


@pytest.fixture
def api_client(key):
    return key[0]


@pytest.fixture
def token_request(client):
    """Ask for a token as the SDKs do: Basic credentials and a form."""

    def ask(api_key: str, secret: str, **form):
        credentials = base64.b64encode(f"{api_key}:{secret}".encode()).decode()
        return client.post(
            "/v1/auth/token", form, headers={"Authorization": f"Basic {credentials}"}
        )

    return ask


@pytest.fixture
def bearer(token_request):
    """Return an HTTP client that carries a real access token of the given key."""

    def of(api_client, secret):
        answer = token_request(api_client.client_id, secret, grant_type="client_credentials")
        return Client(headers={"Authorization": f"Bearer {answer.json()['access_token']}"})

    return of


@pytest.fixture
def coviu(bearer, key):
    """HTTP client holding a bearer token of `team`."""
    return bearer(*key)
