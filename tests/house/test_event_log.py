"""The event log: append-only, in the transaction of the change, and no reader skips a row."""

import asyncio
import queue
import threading
import time

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from rtcserver.bus import bus
from rtcserver.events import Actor, events_topic, record
from rtcserver.models import Event

SOMEBODY = Actor("system", "tests", "admin")


def note(number: int) -> None:
    record("thing.happened", subject_kind="thing", subject_id=number, actor=SOMEBODY)


def test_a_rolled_back_change_leaves_no_event(db):
    with transaction.atomic():
        note(1)
        transaction.set_rollback(True)
    assert not Event.objects.exists()


def test_events_are_never_changed_or_removed(db):
    note(1)
    event = Event.objects.get()
    for act in (event.save, event.delete, Event.objects.all().delete):
        with pytest.raises(TypeError):
            act()
    with pytest.raises(TypeError):
        Event.objects.update(type="x")


@pytest.mark.django_db(transaction=True)
def test_a_cursor_continues_where_it_was():
    for number in range(5):
        note(number)
    read_all(5)
    first = list(Event.objects.after("")[:2])
    rest = list(Event.objects.after(first[-1].cursor))
    assert [event.subject_id for event in first + rest] == ["0", "1", "2", "3", "4"]
    assert list(Event.objects.after(rest[-1].cursor)) == []


@pytest.mark.parametrize(
    "cursor", ["x", "1.5", "-", "1-", "1-x", "-1-1", "1" * 50, "1-1-1", "\u0663"]
)
def test_a_made_up_cursor_is_refused(db, cursor):
    with pytest.raises(ValueError, match="cursor"):
        Event.objects.after(cursor)


@pytest.mark.django_db(transaction=True)
def test_events_written_on_another_server_come_first_and_cursors_to_them_stay():
    """A backup that is restored on another PostgreSQL: its transactions are of higher numbers."""
    for number in range(3):
        note(number)
    first = Event.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute('UPDATE rtcserver_event SET "transaction" = "transaction" + 1000000000')
    if connection.vendor == "postgresql":
        assert not Event.objects.settled().exists()
    call_command("migrate", verbosity=0)
    if connection.vendor != "postgresql":
        Event.objects.rebase()
    note(3)
    assert read_all(4) == ["0", "1", "2", "3"]
    for cursor in (first.cursor, f"{first.transaction}-{first.pk}"):
        assert [event.subject_id for event in Event.objects.after(cursor)] == ["1", "2", "3"]


def read_all(count: int) -> list[str]:
    """Follow the cursor until `count` events came.

    An event shows once no transaction that began before it runs anywhere on the database server,
    and others may use the server too.
    """
    seen: list[str] = []
    cursor, deadline = "", time.monotonic() + 20
    while len(seen) < count and time.monotonic() < deadline:
        for event in Event.objects.after(cursor):
            seen.append(event.subject_id)
            cursor = event.cursor
    return seen


@pytest.mark.django_db(transaction=True)
def test_no_reader_skips_a_transaction_that_commits_late():
    """Writers commit in another order than they took their ids; the reader must see all."""
    seen: list[str] = []

    def write(writer: int) -> None:
        for number in range(15):
            with transaction.atomic():
                note(writer * 100 + number)
                time.sleep(0.001 * ((writer * 7 + number * 3) % 5))  # commits overtake each other
        connection.close()

    def read() -> None:
        seen.extend(read_all(60))
        connection.close()

    writers = [threading.Thread(target=write, args=[number]) for number in range(4)]
    reader = threading.Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in (reader, *writers):
        thread.join()
    assert len(seen) == 60
    assert len(set(seen)) == 60


@pytest.fixture
def serving_loop():
    """An event loop in a thread, as a server's is, that sends what is published."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    bus.use_loop(loop)
    yield loop
    bus.use_loop(None)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


class Ear:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.messages: queue.Queue = queue.Queue()

    def heard(self, announcement) -> None:
        self.messages.put(announcement.message)


@pytest.mark.django_db(transaction=True)
def test_readers_are_woken_after_commit_and_not_before(serving_loop):
    ear = Ear()
    serving_loop.call_soon_threadsafe(bus.subscribe, events_topic(None), ear)
    with transaction.atomic():
        note(1)
        with pytest.raises(queue.Empty):
            ear.messages.get(timeout=0.1)
    assert ear.messages.get(timeout=10) == {"type": "events.recorded"}
    serving_loop.call_soon_threadsafe(bus.unsubscribe, events_topic(None), ear)


@pytest.mark.django_db(transaction=True)
def test_a_broken_channel_layer_fails_no_request(settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "tests.fakes.BrokenChannelLayer"}}
    note(1)
    assert Event.objects.count() == 1
