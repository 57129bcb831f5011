"""`/livez`: the process answers. `/readyz`: it can also do its work."""

import logging
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from rtcserver.metrics import metrics

logger = logging.getLogger(__name__)


class Probes:
    """Answers both paths before the Host is looked at: probes ask for 127.0.0.1 or an address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = PATHS.get(request.path_info)
        return answer(request) if answer else self._get_response(request)


@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503; names the part, never the reason (that is logged)."""
    parts = {"database": _database, "cache": _cache, "channel_layer": _channel_layer}
    states = {name: _state(name, check) for name, check in parts.items()}
    ready = all(state == "ok" for state in states.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", **states}, status=200 if ready else 503
    )


def _state(name: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as fault:  # noqa: BLE001 (whatever the part raises, it is not ready)
        logger.warning("Not ready: %s: %s", name, type(fault).__name__)
        return "unreachable"


def _database() -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            if cursor.fetchone() == ("on",):
                return "only reads"
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "migrations missing" if missing else "ok"


def _cache() -> str:
    cache.set("readyz", "ok", 5)
    return "ok" if cache.get("readyz") == "ok" else "unreachable"


PATHS: dict[str, Callable[[HttpRequest], HttpResponseBase]] = {
    "/livez": livez,
    "/readyz": readyz,
    "/metrics": metrics,
}


def _channel_layer() -> str:
    layer = get_channel_layer()
    if hasattr(layer, "_get_layer"):  # Redis: ask it on a loop of this check's own
        async_to_sync(layer.group_send)("readyz", {"type": "readyz"})
    return "ok"
