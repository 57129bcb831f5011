"""`GET /v1/events` as Server-Sent Events: held open on the event loop, not on a pool thread."""

import asyncio
import json
import time
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from accounts.authentication import BearerGrant, find_grant
from accounts.shown_events import are_types, events_of_team, newest_cursor, shown
from rtcserver.buffering import Receive, Send, refuse
from rtcserver.bus import Announcement, bus
from rtcserver.events import events_topic
from rtcserver.sockets import domain
from rtcserver.sockets.opening import header

PATH = "/v1/events"
SCOPE = "events"
PAGE = 200
HEARTBEAT_SECONDS = 15.0
UNSETTLED_SECONDS = 0.2  # an event shows once no older transaction runs
VERIFY_SECONDS = 60.0
STREAMS_PER_KEY = 10
STREAMS = 500  # of one process
TOO_MANY = 429, "too_many_streams", "Too many streams are open."
UNKNOWN = 401, "not_authenticated", "The access token is missing, unknown, revoked or expired."

Scope = dict[str, Any]

_open: Counter[str] = Counter()


class EventStream:
    """ASGI middleware: takes requests for the stream, and leaves every other to the inner app."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == PATH and scope["method"] == "GET" and _wants_stream(scope):
            await _Reader(scope, receive, send).serve()
        else:
            await self._app(scope, receive, send)


class _Reader:
    """One open stream."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._token = header(scope, b"authorization").partition(" ")[2].strip()
        self._scheme = header(scope, b"authorization").partition(" ")[0].lower()
        self._query = parse_qs(scope["query_string"].decode("latin-1"))
        self._resume = header(scope, b"last-event-id") or self._query.get("after", [""])[0]
        self._types = [t for t in self._query.get("types", [""])[0].split(",") if t]
        self._scope = scope
        self._woken = asyncio.Event()

    def heard(self, announcement: Announcement) -> None:
        self._woken.set()

    async def serve(self) -> None:
        grant = await domain(find_grant, self._token) if self._scheme == "bearer" else None
        if grant is None:
            await refuse(self._scope, self._send, *UNKNOWN)
            return
        if _open[grant.api_key] >= STREAMS_PER_KEY or _open.total() >= STREAMS:
            await refuse(self._scope, self._send, *TOO_MANY)
            return
        _open[grant.api_key] += 1  # before anything is waited for: no two take the last place
        try:
            if failure := await self._failure(grant):
                await refuse(self._scope, self._send, *failure)
            else:
                await self._follow(grant)
        finally:
            _open[grant.api_key] -= 1

    async def _follow(self, grant: BearerGrant) -> None:
        topic = events_topic(grant.team_id)
        bus.subscribe(topic, self)
        writing = asyncio.create_task(self._write(grant))
        try:
            await self._until_gone(writing)
        finally:
            bus.unsubscribe(topic, self)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _failure(self, grant: BearerGrant) -> tuple[int, str, str] | None:
        if SCOPE not in grant.scopes:
            return 403, "permission_denied", "The access token lacks the scope for this."
        if not are_types(self._types):
            return 400, "bad_event_type", "Event types are such as session.created, or room.*."
        try:
            if not self._resume:
                self._resume = await domain(newest_cursor, grant.team_id)
            events_of_team(grant.team_id, after=self._resume)  # is it a cursor? nothing is read
        except ValueError:
            return 400, "bad_cursor", "`after` is not the id of an event."
        return None

    async def _until_gone(self, writing: "asyncio.Task[None]") -> None:
        """Until the client disconnects or the writer ends."""
        reading = asyncio.create_task(self._gone())
        await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _write(self, grant: BearerGrant) -> None:
        await self._send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                ],
            }
        )
        after, verified = self._resume, time.monotonic()
        await self._chunk(": open\n\n")
        while True:
            self._woken.clear()
            events = await domain(_read, grant.team_id, after, self._types)
            for event in events:
                data = json.dumps(event, separators=(",", ":"))
                await self._chunk(f"id: {event['id']}\nevent: {event['type']}\ndata: {data}\n\n")
                after = event["id"]
            if not events:
                await self._wait()
            if time.monotonic() - verified > VERIFY_SECONDS:
                verified = time.monotonic()
                if await domain(find_grant, self._token) != grant:
                    break
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._woken.wait()
            await asyncio.sleep(UNSETTLED_SECONDS)
        except TimeoutError:
            await self._chunk(": still here\n\n")

    async def _chunk(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def _read(team_id: int, after: str, types: list[str]) -> list[dict[str, Any]]:
    return [shown(event) for event in events_of_team(team_id, after=after, types=types)[:PAGE]]


def _wants_stream(scope: Scope) -> bool:
    return "text/event-stream" in header(scope, b"accept")
