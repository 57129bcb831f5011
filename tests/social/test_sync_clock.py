"""Stamps become visible in their order: a reader that has one has all before it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from rtcserver.models import SyncClock
from social.models import Block
from tests.factories import UserFactory
from tests.threads import in_parallel

WRITERS, ROWS = 4, 40


@pytest.mark.django_db(transaction=True)
def test_a_syncing_reader_misses_no_stamp():
    reader, *others = UserFactory.create_batch(1 + WRITERS * ROWS)
    done = Event()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(seen_by, reader, done)
        in_parallel([lambda part=others[n::WRITERS]: write(reader, part) for n in range(WRITERS)])
        done.set()
    assert reading.result() == WRITERS * ROWS
    stamps = list(Block.objects.values_list("stamp", flat=True))
    assert len(set(stamps)) == len(stamps)


def write(user, others):
    for other in others:
        with transaction.atomic():
            block = Block.objects.create(user=user, blocked=other)
            block.stamp = SyncClock.tick()
            block.save(update_fields=["stamp"])


def seen_by(user, done):
    """How many rows a device has found by asking for what is newer than the newest it has."""
    version, seen = 0, 0
    try:
        while True:
            finished = done.is_set()
            stamps = Block.objects.filter(user=user, stamp__gt=version)
            found = list(stamps.values_list("stamp", flat=True))
            seen, version = seen + len(found), max([version, *found])
            if finished:
                return seen
    finally:
        connection.close()
