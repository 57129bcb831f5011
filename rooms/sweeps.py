"""What rooms do at intervals (rtcserver/worker.py)."""

from rooms.services.chat_rooms import sweep_chat_rooms
from rooms.services.presence import sweep_presence, sweep_reservations
from rtcserver.worker import Sweep, register

register(Sweep("rooms.chat_rooms", seconds=5, run=sweep_chat_rooms))
register(Sweep("rooms.presence", seconds=5, run=sweep_presence))
register(Sweep("rooms.reservations", seconds=300, run=sweep_reservations))
