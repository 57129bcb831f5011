"""The outbox of a process: what holds up one message holds up no other."""

import asyncio

import pytest
from django.db import Error, connection

from chat.models import Conversation
from chat.outbox import PATIENCE, SPARE_THREADS, Outbox, _spare, _thread
from chat.services import Posted, Speaker
from tests.chat.places import group, live_room
from tests.factories import UserFactory
from tests.threads import close_in, held, on_a_loop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def closed_connections():
    yield
    close_in(_thread, 1)
    close_in(_spare, SPARE_THREADS)


async def posted(outbox, *drafts):
    return await asyncio.gather(*map(outbox.post, drafts), return_exceptions=True)


def test_a_conversation_that_is_held_holds_up_no_other():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")
    stuck, free = group(), live_room()

    async def run(release):
        outbox = Outbox()
        waiting = asyncio.create_task(posted(outbox, stuck.draft("a"), stuck.draft("b")))
        first = await asyncio.wait_for(outbox.post(free.draft("one")), 3 * PATIENCE)
        begun = asyncio.get_running_loop().time()
        again = asyncio.create_task(posted(outbox, stuck.draft("c")))
        second = await outbox.post(free.draft("two"))  # nobody tries the stuck one with it
        took = asyncio.get_running_loop().time() - begun
        [refused, *_rest] = await waiting
        release.set()
        return first, second, took, refused, await again

    with held(Conversation.across_teams.filter(pk=stuck.pk)) as release:
        first, second, took, refused, [after] = on_a_loop(run(release))
    assert (first.seq, second.seq) == (1, 2)
    assert took < PATIENCE / 2
    assert isinstance(refused, Error)
    assert isinstance(after, Posted)


def test_a_draft_the_database_refuses_is_refused_alone(caplog):
    place, gone = live_room(), UserFactory(is_superuser=True)
    unknown = Speaker.staff(gone)
    gone.delete()

    async def run():
        drafts = [place.draft("a"), place.draft("b", unknown), place.draft("c")]
        return await posted(Outbox(), *drafts)

    first, refused, last = on_a_loop(run())
    assert (first.seq, last.seq) == (1, 2)
    assert isinstance(refused, Error)
    assert "IntegrityError" in caplog.text or "ForeignKeyViolation" in caplog.text
    assert place.bodies() == ["a", "c"]
