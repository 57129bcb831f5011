"""What waits for a slow client is counted as it goes over the wire."""

import asyncio

import pytest

from rtcserver.sockets.writing import MAX_BYTES, Overfull, Writer
from tests.threads import on_a_loop


@pytest.mark.parametrize("letter", ["a", "é", "好", "🎈"])
def test_the_backlog_is_counted_in_bytes(letter):
    taken = []

    async def send(event):
        if not taken:
            await reads.wait()
        taken.append(event)

    async def run():
        writer = Writer(send)
        writer.write("the client does not read")
        quarter = letter * (MAX_BYTES // 4 // len(letter.encode()))
        for _time in range(4):
            writer.write(quarter)
        with pytest.raises(Overfull):
            writer.write(letter * 4)
        reads.set()
        await writer.drained()
        return len(taken)

    reads = asyncio.Event()
    assert on_a_loop(run()) == 5
