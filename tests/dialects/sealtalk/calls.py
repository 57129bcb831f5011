"""Calling the SealTalk paths as a logged-in person."""

import json
from typing import Any

from accounts.models import User
from tests.social.people import logged_in


class Caller:
    """One person and their device; every answer is checked for the shape of the wire."""

    def __init__(self, user: User) -> None:
        self.user, self.id, self.client = user, user.public_id, logged_in(user)

    def post(self, path: str, status: int = 200, code: int = 200, **body: Any) -> Any:
        return self.checked(
            self.client.post(path, json.dumps(body), content_type="application/json"), status, code
        )

    def get(self, path: str, status: int = 200) -> Any:
        return self.checked(self.client.get(path), status, 200)

    def checked(self, answer: Any, status: int, code: int) -> Any:
        body = answer.getvalue()
        assert answer.status_code == status, body
        assert answer["Cache-Control"] == "private"
        assert not answer.cookies
        if status != 200:
            assert answer["Content-Type"] == "text/html; charset=utf-8"
            return body.decode()
        assert answer["Content-Type"] == "application/json; charset=utf-8"
        envelope = json.loads(body)
        assert envelope["code"] == code
        assert set(envelope) <= {"code", "result"}
        return envelope.get("result")

    def sync(self, version: int = 0) -> Any:
        return self.get(f"/user/sync/{version}")
