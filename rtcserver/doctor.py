"""What `manage.py doctor` looks at: one probe for each thing that can be wrong in operation.

A probe returns nothing if all is well, else sentences that say what is wrong and what to do.
Apps above add theirs with `register`, in a module `probes` of their own.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

import httpx
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from rtcserver.models import Event, SweepTurn
from rtcserver.worker import registered

MAX_SKEW_SECONDS = 5.0
SILENT = timedelta(minutes=2)  # without any sweep the worker counts as stopped
SOCKET_PATH = "/ws/chat"
TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Probe:
    name: str
    run: Callable[[], Iterable[str]]


_probes: list[Probe] = []


def register(probe: Probe) -> None:
    """Have the doctor look at one more thing; called once, when `<app>.probes` is loaded."""
    _probes.append(probe)


def probes() -> list[Probe]:
    return list(_probes)


def _database() -> Iterable[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield f"{len(missing)} migrations are missing. Run `manage.py migrate`."
    elif Event.objects.ahead().exists():
        yield (
            "The event log was written on another PostgreSQL server, and nothing in it is shown "
            "or sent. Run `manage.py migrate`."
        )


def _redis() -> Iterable[str]:
    if not settings.REDIS_URL:
        if settings.PROCESSES > 1:
            yield "REDIS_URL is empty, and several processes serve. Set it."
        return
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT)
    try:
        seconds, micros = client.time()
    except redis.RedisError as fault:
        yield f"Redis does not answer ({type(fault).__name__}). Start it, or correct REDIS_URL."
        return
    finally:
        client.close()
    yield from _skew("Redis", seconds + micros / 1e6)


def _worker() -> Iterable[str]:
    ours = SweepTurn.objects.filter(name__in=[sweep.name for sweep in registered()])
    last = ours.order_by("-due_at").values_list("due_at", flat=True).first()
    late = ours.filter(due_at__lt=timezone.now() - SILENT).count()
    if last is None or late:
        yield (
            "The worker is stopped: what is due at intervals is not done. Run `manage.py worker`, "
            "or set RTC_EMBEDDED_WORKER=on in the serving process."
        )


def _clock() -> Iterable[str]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            yield from _skew("PostgreSQL", float(cursor.fetchone()[0]))


def _public_address() -> Iterable[str]:
    base = settings.PUBLIC_BASE_URL
    if not base.startswith("https://") and not _is_local(base):
        yield (
            f"{base} is not https: browsers give no camera or microphone there, and tokens travel "
            "in clear. Put TLS in front and give the https address in RTC_PUBLIC_BASE_URL."
        )
    try:
        answer = httpx.get(f"{base}/livez", timeout=TIMEOUT, follow_redirects=False)
    except httpx.HTTPError as fault:
        yield f"{base} cannot be reached from here ({type(fault).__name__})."
        return
    if answer.status_code != 200 or answer.headers.get("content-type") != "application/json":
        yield f"{base}/livez is not answered by this server (HTTP {answer.status_code})."
        return
    if date := answer.headers.get("date"):
        sent = parsedate_to_datetime(date).astimezone(UTC)
        yield from _skew("The web server", sent.timestamp() + 0.5)


def _sockets() -> Iterable[str]:
    base = settings.PUBLIC_BASE_URL
    try:
        asyncio.run(_open_socket(base.replace("http", "ws", 1) + SOCKET_PATH))
    except InvalidStatus as refused:
        status = refused.response.status_code
        yield (
            f"{base}{SOCKET_PATH} answers HTTP {status} instead of opening a WebSocket: the proxy "
            "in front does not pass the upgrade on. Send it the Upgrade and Connection headers "
            "(deploy/nginx/rtcserver.conf)."
        )
    except (OSError, WebSocketException, TimeoutError, ssl.SSLError) as fault:
        yield f"{base}{SOCKET_PATH} opens no WebSocket ({type(fault).__name__})."


async def _open_socket(url: str) -> None:
    async with connect(url, open_timeout=TIMEOUT, close_timeout=1):
        pass


def _skew(whose: str, seconds: float) -> Iterable[str]:
    off = seconds - time.time()
    if abs(off) > MAX_SKEW_SECONDS:
        yield f"{whose}'s clock is {off:+.0f} s off this one. Run NTP on both."


def _is_local(base: str) -> bool:
    return base.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))


register(Probe("database", _database))
register(Probe("redis", _redis))
register(Probe("worker", _worker))
register(Probe("clock", _clock))
register(Probe("public address", _public_address))
register(Probe("sockets", _sockets))
