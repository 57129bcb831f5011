"""The sockets of chat."""

from chat.consumers.native import ChatSocket

__all__ = ["ChatSocket"]
