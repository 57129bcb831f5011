"""What the database's connections do beside what Django has them do.

One that answered a moment ago is not asked again whether it lives, as Django does at the start of
each request (CONN_HEALTH_CHECKS): one round trip more for each. If the database restarts within
RECENT_SECONDS of a thread's last request, that thread's next one is refused as unavailable, and
the one after it connects anew.

A PostgreSQL that only reads, as a standby after a failover does, is away for whoever writes. The
connection ends with the request, so that the next one may find the server that writes.
"""

import threading
import time
from typing import Any

from django.core.signals import request_started
from django.db import InternalError, OperationalError, connection
from django.db.backends.signals import connection_created

READ_ONLY = "25006"  # what PostgreSQL calls it
RECENT_SECONDS = 1.0

_used = threading.local()


def trust_recent(sender: Any, **signal: Any) -> None:
    now = time.monotonic()
    last = getattr(_used, "at", 0.0)
    _used.at = now
    if now - last < RECENT_SECONDS and not connection.errors_occurred:
        connection.health_check_done = True  # type: ignore[attr-defined]


# After Django's own receiver, which was connected when django.db was imported.
request_started.connect(trust_recent, dispatch_uid="rtcserver.connections")


def mind_read_only(sender: Any, connection: Any, **signal: Any) -> None:
    if connection.vendor == "postgresql" and _execute not in connection.execute_wrappers:
        connection.execute_wrappers.append(_execute)


def _execute(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except InternalError as fault:
        if getattr(fault.__cause__, "pgcode", None) != READ_ONLY:
            raise
        context["connection"].close_at = 0
        raise OperationalError("The database only reads.") from fault


connection_created.connect(mind_read_only, dispatch_uid="rtcserver.connections")
