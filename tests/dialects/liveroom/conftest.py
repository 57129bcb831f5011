"""A LiveRoom client: it registers, signs and keeps its token as the original apps do."""

import hashlib
import json
import time
from urllib.parse import urlencode

import pytest

SALT = hashlib.md5(b"anna-secret").hexdigest()


def signed(username="anna", salt=SALT, tag="", ts=None, nonce="", **extra):
    """Parameters of `oauth/signature`; `ts` None is now, "" leaves it out."""
    if ts is None:
        ts = str(time.time_ns() // 1_000_000)
    text = f"{username}-{tag}-{ts}-{nonce}-{salt}"
    parts = {"username": username, "tag": tag, "ts": ts, "nonce": nonce}
    return parts | {"signature": hashlib.md5(text.encode()).hexdigest()} | extra


class LiveRoom:
    """Calls below `/base/v1/`; the answer is the envelope, and `status` the last HTTP status."""

    def __init__(self, client):
        self.client = client
        self.status = 0
        self.me = {}

    def call(self, api, encoding="json", method="POST", prefix="/base/v1/", **given):
        path, body, content_type = prefix + api, b"", "application/json"
        if encoding == "query":
            path = f"{path}?{urlencode(given, doseq=True)}"
        elif encoding == "form":
            body, content_type = urlencode(given, doseq=True), "application/x-www-form-urlencoded"
        else:
            body = json.dumps(given)
        return self.send(method, path, body, content_type)

    def send(self, method, path, body=b"", content_type="application/json"):
        answer = self.client.generic(method, path, body, content_type=content_type)
        self.status = answer.status_code
        assert answer["Content-Type"] == "application/json", answer.content
        return answer.json()

    def register(self, username="anna", salt=SALT, **extra):
        return self.call("oauth/register", username=username, salt=salt, **extra)

    def sign_in(self, nonce="", **given):
        answer = self.call("oauth/signature", **signed(nonce=nonce, **given))
        assert answer["errorCode"] == 0, answer
        self.me = {"userId": answer["data"]["userId"], "token": answer["data"]["token"]}
        return answer["data"]

    def user(self, api, encoding="json", **given):
        return self.call(f"auth_users/{api}", encoding, **self.me | given)


@pytest.fixture
def liveroom(db, client):
    return LiveRoom(client)


@pytest.fixture
def anna(liveroom):
    """A registered client that is signed in."""
    liveroom.register()
    liveroom.sign_in()
    return liveroom
