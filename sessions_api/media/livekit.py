"""A LiveKit server: pages join it by a token that this server signs (docs/calls.md).

LiveKit checks a token only when somebody joins, so tokens live for minutes and whoever is put
out is removed by a call. The room is named by the session's id, people by their peer ids.
"""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
from django.conf import settings
from jwcrypto import jwk, jwt
from jwcrypto.common import JWException, base64url_encode

from sessions_api.media.base import MediaUnreachable
from sessions_api.models import Participant, Session

TIMEOUT = httpx.Timeout(2.0, connect=1.0)  # seconds
SERVER_TOKEN_SECONDS = 60
LEEWAY_SECONDS = 60


class BadWebhook(Exception):
    """The call was not signed by our LiveKit server, or its body is another one."""


class LiveKit:
    name = "livekit"

    def join(self, session: Session, participant: Participant) -> dict[str, Any]:
        seconds = settings.LIVEKIT_TOKEN_SECONDS
        grants = {
            "room": str(session.public_id),
            "roomJoin": True,
            "canPublish": participant.can_publish,
            "canPublishData": participant.can_publish,
            "canSubscribe": True,
        }
        identity = str(participant.peer_id)
        token = _signed(grants, seconds, sub=identity, name=participant.display_name or "")
        return {"url": settings.LIVEKIT_URL, "token": token}

    def remove(self, session: Session, participant: Participant) -> None:
        room = str(session.public_id)
        identity = str(participant.peer_id)
        grants = {"roomAdmin": True, "room": room}
        _call("RemoveParticipant", grants, {"room": room, "identity": identity})

    def close(self, session: Session) -> None:
        room = str(session.public_id)
        _call("DeleteRoom", {"roomCreate": True}, {"room": room})


def read_webhook(authorization: str, body: bytes) -> dict[str, Any]:
    """The event that a LiveKit server posts, once its signature and the body's hash are checked.

    Raises BadWebhook.
    """
    claims = _verified(authorization.removeprefix("Bearer ").strip())
    told = str(claims.get("sha256", ""))
    actual = base64.b64encode(hashlib.sha256(body).digest()).decode()
    if not hmac.compare_digest(told.encode(), actual.encode()):
        raise BadWebhook("another body")
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise BadWebhook("no JSON") from None
    if not isinstance(event, dict):
        raise BadWebhook("no object")
    return event


def _key() -> jwk.JWK:
    return jwk.JWK(kty="oct", k=base64url_encode(settings.LIVEKIT_API_SECRET))


def _signed(grants: dict[str, Any], seconds: int, **claims: Any) -> str:
    now = int(time.time())
    token = jwt.JWT(
        header={"alg": "HS256", "typ": "JWT"},
        claims={
            "iss": settings.LIVEKIT_API_KEY,
            "nbf": now - LEEWAY_SECONDS,
            "exp": now + seconds,
            "video": grants,
            **claims,
        },
    )
    token.make_signed_token(_key())
    return token.serialize()


def _verified(token: str) -> dict[str, Any]:
    expected = {"iss": settings.LIVEKIT_API_KEY, "exp": None}
    try:
        read = jwt.JWT(
            jwt=token, key=_key(), algs=["HS256"], check_claims=expected, expected_type="JWS"
        )
        return json.loads(read.claims)
    except (JWException, ValueError, TypeError) as fault:
        raise BadWebhook(type(fault).__name__) from None


def _call(method: str, grants: dict[str, Any], body: dict[str, Any]) -> None:
    server = settings.LIVEKIT_URL.replace("ws", "http", 1).rstrip("/")
    token = _signed(grants, SERVER_TOKEN_SECONDS)
    try:
        answer = httpx.post(
            f"{server}/twirp/livekit.RoomService/{method}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise MediaUnreachable(type(fault).__name__) from None
    if not answer.is_success and answer.status_code != httpx.codes.NOT_FOUND:
        raise MediaUnreachable(f"HTTP {answer.status_code}")
