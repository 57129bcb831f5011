"""Why a socket was closed by the server (docs/chat-protocol.md)."""

from enum import IntEnum


class Code(IntEnum):
    """Close codes; 4xxx are ours. After RESUME and RESTARTING a client connects again."""

    NORMAL = 1000
    POLICY = 1008
    TOO_BIG = 1009
    FAULT = 1011
    RESTARTING = 1012
    ROOM_DESTROYED = 4004
    PUT_OUT = 4005  # somebody in charge put the person out of the room
    LEFT = 4006  # the person is not in the room any more
    RESUME = 4008  # the client was too slow: connect again and resume by sequence
    TAKEN_OVER = 4009  # the same principal connected anew
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    FULL = 4409  # no place in the call; one may be free later
    ENDED = 4410
    TOO_MANY = 4429
