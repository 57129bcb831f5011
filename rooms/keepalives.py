"""Keepalives of people who are known to be there, answered without a thread and a database.

Ten thousand people call every ten seconds, and nothing follows from one more sign of life but its
time. Only what the ordinary view has answered lately is answered here, with its headers; whoever
is unknown, was signed out or falls silent goes the ordinary way (docs/performance.md).
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.utils import timezone

from accounts.errors import TokenExpired, TokenInvalid
from accounts.hashers import checksum
from accounts.liveroom_api import alive
from accounts.models import LiveRoomToken, Login
from accounts.services import live_token
from rooms.services.signs import signs
from rtcserver import metrics
from rtcserver.bus import Announcement, bus
from rtcserver.events import PEOPLE_TOPIC
from rtcserver.pool import Answer, Answers
from rtcserver.sockets import Beat, domain, every
from rtcserver.sockets.opening import header
from rtcserver.wire import liveroom

CALL = "auth_users/user_keepalive"
PATHS = {prefix + CALL for prefix in liveroom.PREFIXES}
MOST_KNOWN = 50_000  # people; then those who came first go the ordinary way once more
OWN_HEADERS = {b"content-length", b"x-request-id"}  # of one answer
METHODS = {"GET", "POST"}
MOST_BODY = 2048  # bytes of a body with two texts
BATCH = 1_000
CHECK_SECONDS = 30.0

Key = tuple[str, ...]  # user id, checksum of the token, and the address that was called


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is, as it was when the ordinary view answered."""

    user_id: int
    login_id: int
    token_id: int
    public_id: str
    expires_at: datetime


class Keepalives:
    """Stands before the pool of threads. Called on the serving loop."""

    def __init__(self, pool: Answers) -> None:
        self._pool = pool
        self._known: dict[Key, Caller] = {}
        self._keys_of: dict[int, set[Key]] = {}
        self._headers: list[tuple[bytes, bytes]] = []
        self._signed_out = 0  # how often somebody was
        bus.subscribe(PEOPLE_TOPIC, self)
        every(Beat("rooms.keepalives", CHECK_SECONDS, self.check))

    async def answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        asked = _asked(scope, body) if scope["path"] in PATHS else None
        if asked is None:
            return await self._pool.answer(scope, body)
        user_id, token = asked
        key = user_id, checksum(token), *_address(scope)
        caller = self._known.get(key)
        if caller and caller.expires_at > timezone.now() and self._keep(caller):
            return self._alive(scope, caller)
        answer = await self._pool.answer(scope, body)
        if caller is None and answer.status == 200 and answer.body.startswith(b'{"errorCode":0,'):
            self._headers = [pair for pair in answer.headers if pair[0] not in OWN_HEADERS]
            signed_out = self._signed_out
            found = await domain(_caller, user_id, token)
            if found and signed_out == self._signed_out:  # or it may be about this very person
                self._remember(key, found)
        return answer

    def heard(self, announcement: Announcement) -> None:
        """Somebody's logins changed; which counts is asked at their next call."""
        message = announcement.message
        if message["type"] == "people.signed_out":
            self._signed_out += 1
            self._forget(message["user_ids"])

    async def check(self) -> None:
        """Learn what is not announced: tokens that were renewed, and whatever was lost."""
        asked = list(self._known.items())
        until = await domain(_live_tokens, [caller.token_id for _key, caller in asked])
        for key, caller in asked:
            if key in self._known and caller.token_id in until:
                self._known[key] = replace(caller, expires_at=until[caller.token_id])
            elif key in self._known:
                self._drop(key)

    @staticmethod
    def _keep(caller: Caller) -> bool:
        return signs.keep_login(caller.login_id) and signs.keep(caller.user_id)

    def _alive(self, scope: dict[str, Any], caller: Caller) -> Answer:
        started = time.perf_counter()
        name = metrics.name_of(header(scope, b"x-request-id"))
        sent = {"HTTP_X_REQUEST_ID": header(scope, b"x-request-id")}
        sent |= {"HTTP_X_SCF_REQUEST_ID": header(scope, b"x-scf-request-id")}
        content = liveroom.written(liveroom.marked(alive(caller.public_id), sent)).encode()
        own = [(b"content-length", str(len(content)).encode()), (b"x-request-id", name.encode())]
        metrics.count(scope["method"], scope["path"][1:], 200, time.perf_counter() - started)
        return Answer(200, self._headers + own, content)

    def _remember(self, key: Key, caller: Caller) -> None:
        while len(self._known) >= MOST_KNOWN:
            self._drop(next(iter(self._known)))
        self._known[key] = caller
        self._keys_of.setdefault(caller.user_id, set()).add(key)

    def _forget(self, user_ids: Iterable[int]) -> None:
        for user_id in user_ids:
            for key in list(self._keys_of.get(user_id, ())):
                self._drop(key)

    def _drop(self, key: Key) -> None:
        user_id = self._known.pop(key).user_id
        self._keys_of[user_id].discard(key)
        if not self._keys_of[user_id]:
            del self._keys_of[user_id]


def _asked(scope: dict[str, Any], body: bytes) -> tuple[str, str] | None:
    """User id and token, if the call has these two alone; whatever else is read by the view."""
    if scope["method"] not in METHODS or header(scope, b"origin"):
        return None
    sent = _fields(scope["query_string"].decode("latin-1"))
    if body and sent is not None:
        in_body = _in_body(header(scope, b"content-type"), body)
        sent = None if in_body is None else in_body | sent
    if sent is None or len(sent) != 2 or not all(isinstance(v, str) and v for v in sent.values()):
        return None
    user_id, token = sent.get("userId") or sent.get("apaasUserId"), sent.get("token")
    return (user_id, token) if user_id and token and f"{user_id}{token}".isascii() else None


def _address(scope: dict[str, Any]) -> tuple[str, str]:
    """What decides whether the ordinary way refuses a host or redirects to https."""
    return header(scope, b"host"), f"{scope['scheme']} {header(scope, b'x-forwarded-proto')}"


def _in_body(kind: str, body: bytes) -> dict[str, Any] | None:
    is_json = kind.partition(";")[0].strip().lower() == "application/json"
    if not is_json or len(body) > MOST_BODY:
        return None
    try:
        sent = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    return sent if isinstance(sent, dict) else None


def _fields(query: str) -> dict[str, Any] | None:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=2)
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


def _caller(user_id: str, token: str) -> Caller | None:
    try:
        found = live_token(user_id=user_id, token=token)
    except (TokenExpired, TokenInvalid):
        return None
    public_id = found.login.user.signature_user.public_id or ""
    login = found.login
    return Caller(login.user_id, login.pk, found.pk, public_id, found.expires_at)


def _live_tokens(ids: list[int]) -> dict[int, datetime]:
    """Until when each of these counts that still does."""
    now = timezone.now()
    live = LiveRoomToken.objects.filter(
        expires_at__gt=now, login__in=Login.objects.open(now), login__user__is_active=True
    ).order_by()
    found: dict[int, datetime] = {}
    for start in range(0, len(ids), BATCH):
        batch = live.filter(pk__in=ids[start : start + BATCH])
        found.update(batch.values_list("pk", "expires_at"))
    return found
