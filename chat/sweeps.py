"""What chat does at intervals (rtcserver/worker.py)."""

from chat.services import sweep_history
from rtcserver.worker import Sweep, register

register(Sweep("chat.history", seconds=60, run=sweep_history))
