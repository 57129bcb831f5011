"""The socket of calls."""

from sessions_api.consumers.call import CallSocket

__all__ = ["CallSocket"]
