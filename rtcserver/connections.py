"""A connection that answered a moment ago is not asked again whether it lives.

Django asks at the start of each request (CONN_HEALTH_CHECKS): one round trip more for each. If the
database restarts within RECENT_SECONDS of a thread's last request, that thread's next one is
refused as unavailable, and the one after it connects anew.
"""

import threading
import time
from typing import Any

from django.core.signals import request_started
from django.db import connection

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
