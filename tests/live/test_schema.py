"""docs/openapi.yaml against a real server: schemathesis makes up calls, right and wrong ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from accounts.services import create_api_client
from accounts.services.logins import Device, start_login
from tests.authorisation.world import bearer_of
from tests.conftest import TESTER
from tests.factories import UserFactory
from tests.servers import Server, database_for_servers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance",
]  # fmt: skip
EXAMPLES = os.environ.get("SCHEMA_EXAMPLES", "30")  # of each operation
SECONDS = 1200
# LiveRoom's refusals are 500 by the original's wire; a real one leaves a traceback.
LIVEROOM = "^/base/v1/"
PARTS = [
    ["--exclude-path-regex", LIVEROOM, "--checks", ",".join(CHECKS)],
    ["--include-path-regex", LIVEROOM, "--checks", ",".join(CHECKS[1:])],
]
ENVIRONMENT = {
    "RTC_RATE_LIMITS": "off",
    "RTC_SMS_BACKEND": "outbox",
}


@pytest.mark.timeout(SECONDS + 60)
def test_every_call_keeps_to_the_file_and_none_breaks_the_server(team, tmp_path):
    scopes = ["sessions", "rooms", "events", "team", "system"]
    key, secret = create_api_client(actor=TESTER, team=team, name="Fuzz", scopes=scopes)
    person = UserFactory(username=None, region="86", phone="13800000000")
    _login, cookie = start_login(user=person, device=Device("sealtalk"))
    headers = {
        "Authorization": f"Bearer {bearer_of(key, scopes)}",
        "X-RTCAT-APIKEY": key.client_id,
        "X-RTCAT-SECRET": secret,
        "Cookie": f"{settings.LOGIN_COOKIE_NAME}={cookie}",
    }
    with Server(tmp_path, database_for_servers(tmp_path), **ENVIRONMENT) as server:
        for part in PARTS:
            done = subprocess.run(
                [*command(server.port, headers), *part],
                cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
        assert "Traceback" not in server.printed


def command(port: int, headers: dict[str, str]) -> list[str]:
    run = [
        str(Path(sys.executable).with_name("schemathesis")), "run",
        str(settings.BASE_DIR / "docs" / "openapi.yaml"),
        "--url", f"http://127.0.0.1:{port}",
        "--phases", "examples,coverage,fuzzing",
        "--max-examples", EXAMPLES,
        "--exclude-operation-id", "sealtalk_logout",  # it would end the login of all others
        "--suppress-health-check", "all",
        "--continue-on-failure", "--no-shrink", "--no-color", "--warnings", "off", "--workers", "2",
        "--generation-database", "none",
        "--generation-with-security-parameters", "false",
    ]  # fmt: skip
    for name, value in headers.items():
        run += ["--header", f"{name}:{value}"]
    return run
