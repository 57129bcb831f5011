"""Work that each serving process does for all its sockets at once, at intervals."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beat:
    """`run` is awaited every `seconds` while the process serves, on its loop."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[None]]


_beats: dict[str, Beat] = {}
_beating = 0


def every(beat: Beat) -> None:
    """Have a beat run by every serving process; called once, while apps get ready."""
    _beats[beat.name] = beat


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Run the registered beats while the block lasts."""
    global _beating
    tasks = [asyncio.create_task(_repeat(beat)) for beat in _beats.values()]
    _beating += 1
    try:
        yield
    finally:
        _beating -= 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def is_beating() -> bool:
    """Whether this process serves, so that work may be left to a beat."""
    return _beating > 0


async def _repeat(beat: Beat) -> None:
    while True:
        await asyncio.sleep(beat.seconds)
        try:
            await beat.run()
        except Exception as fault:  # noqa: BLE001 (the next beat tries again)
            logger.warning("%s failed: %s", beat.name, type(fault).__name__)
