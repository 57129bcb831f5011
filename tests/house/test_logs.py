"""Nothing that opens a door is ever written to a log."""

import logging

import pytest

from rtcserver.logs import RedactingFormatter, redact
from tests.factories import ParticipantFactory


@pytest.mark.parametrize(
    "line",
    [
        "Not Found: /session/SECRET",
        "GET /session/SECRET?x=1 200",
        "Authorization: Bearer SECRET",
        "Basic SECRET, x",
        "grant_type=refresh_token&refresh_token=SECRET&x=1",
        "POST /base/v1/oauth/signature?signature=SECRET",
        "Bad Request: /v1/participants/SECRET",
        "Authorization: Bearer  SECRET",
        '{"refresh_token": "SECRET"}',
        "{'access_token': 'SECRET'}",
        "postgres://user:SECRET@host/name",
        "Not Found: /v0.4/tokens/SECRET",
        "X-Rtcat-Secret: SECRET",
        "{'X-Rtcat-Secret': 'SECRET', 'X-Rtcat-Apikey': 'SECRET'}",
        "duplicate key\nDETAIL:  Key (region, phone)=(86, SECRET) already exists.\n",
        "null value\nDETAIL:  Failing row contains (1, SECRET\nSECRET).",
    ],
)
def test_secrets_are_blanked(line):
    assert "SECRET" not in redact(line)
    assert "[redacted]" in redact(line)


def test_ordinary_lines_stay():
    line = "Unauthorized: /v1/sessions"
    assert redact(line) == line


@pytest.fixture
def written():
    """Every line the process logs, at every level, after redaction."""
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Keep(level=logging.DEBUG)
    handler.setFormatter(RedactingFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_walk_through_the_api_leaves_no_secret_in_the_log(written, key, token_request, client):
    api_client, secret = key
    tokens = token_request(api_client.client_id, secret, grant_type="client_credentials").json()
    person = ParticipantFactory(session__client=api_client, session__started=True)
    auth = {"Authorization": f"Bearer {tokens['access_token']}"}
    client.get(f"/v1/participants/{person.public_id}", headers=auth)
    client.get(f"/session/{person.public_id}")
    client.get(f"/session/{person.public_id}x")
    client.post(f"/session/{person.public_id}")
    client.get("/v1/nothing", headers=auth)
    client.put(f"/v1/participants/{person.public_id}", "{", "application/json", headers=auth)
    client.get(f"/v1/participants/{person.public_id}")
    try:
        raise RuntimeError(f"Bearer {tokens['access_token']}")
    except RuntimeError:
        logging.getLogger("tests").exception("broken")
    token_request(api_client.client_id, secret + "x", grant_type="client_credentials")

    log = "\n".join(line for line in written if "django.db" not in line and "SELECT" not in line)
    for text in (secret, tokens["access_token"], tokens["refresh_token"]):
        assert text not in log
    assert str(person.public_id) not in log
