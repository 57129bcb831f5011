"""What accounts do at intervals (rtcserver/worker.py)."""

from accounts.delivery import queue_events, send_due, sweep_deliveries
from accounts.services import (
    sweep,
    sweep_access_tokens,
    sweep_liveroom_tokens,
    sweep_used_signatures,
)
from rtcserver.worker import Sweep, register

register(Sweep("accounts.access_tokens", seconds=60, run=sweep_access_tokens))
register(Sweep("accounts.liveroom_tokens", seconds=3600, run=sweep_liveroom_tokens))
register(Sweep("accounts.phone_entry", seconds=3600, run=lambda: sum(sweep().values())))
register(Sweep("accounts.used_signatures", seconds=60, run=sweep_used_signatures))
register(Sweep("accounts.webhooks_queue", seconds=1, run=queue_events))
register(Sweep("accounts.webhooks_send", seconds=1, run=send_due, slow=True))
register(Sweep("accounts.webhooks_log", seconds=600, run=sweep_deliveries))
