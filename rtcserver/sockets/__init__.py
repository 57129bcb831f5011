"""What every WebSocket of the server is made of; imported from here.

`Socket` is a Channels consumer: it takes frames and joins topics of `rtcserver.bus`. It has no
channel of its own and no task of its own for writing, which is where plain Channels spends 30
times the time of the delivery itself (docs/performance.md).
"""

from rtcserver.sockets.beats import Beat, beating, every, is_beating
from rtcserver.sockets.codes import Code
from rtcserver.sockets.consumer import Closed, Socket
from rtcserver.sockets.operations import OperationSocket
from rtcserver.sockets.threads import domain, domain_on

__all__ = [
    "Beat",
    "Closed",
    "Code",
    "OperationSocket",
    "Socket",
    "beating",
    "domain",
    "domain_on",
    "every",
    "is_beating",
]
