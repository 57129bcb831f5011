"""What sessions and calls do at intervals (rtcserver/worker.py)."""

from rtcserver.worker import Sweep, register
from sessions_api.services.calls import sweep_calls
from sessions_api.services.demo import sweep_demo

register(Sweep("sessions_api.calls", seconds=1, run=sweep_calls))
register(Sweep("sessions_api.demo", seconds=300, run=sweep_demo))
