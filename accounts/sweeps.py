"""What accounts do at intervals (rtcserver/worker.py)."""

from accounts.services import sweep_access_tokens, sweep_liveroom_tokens
from rtcserver.worker import Sweep, register

register(Sweep("accounts.access_tokens", seconds=60, run=sweep_access_tokens))
register(Sweep("accounts.liveroom_tokens", seconds=3600, run=sweep_liveroom_tokens))
