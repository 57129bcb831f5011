"""The way from the event loop to domain code: a few threads, each keeping its connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import connections

from rtcserver.errors import DatabaseAway

THREADS = 8

P = ParamSpec("P")
R = TypeVar("R")

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="domain")


async def domain(act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run synchronous domain code off the loop; what it raises is raised here."""
    return await domain_on(_pool, act, *args, **kwargs)


async def domain_on(
    pool: ThreadPoolExecutor, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """The same on threads kept for it, whose connections know its statements."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, partial(copy_context().run, _run, act, *args, **kwargs))


def _run(act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return act(*args, **kwargs)
    except DatabaseAway:
        connections.close_all()  # a dead connection must not be met again
        raise
