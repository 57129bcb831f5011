"""The name of the request in hand, for whoever writes or answers on its behalf."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
