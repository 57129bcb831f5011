"""What each serving process does for its calls, at intervals."""

from rtcserver.sockets import every
from sessions_api.consumers.here import beat as leases

every(leases)
