"""Reading several tables as of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Let every query inside see the database as it was at the first one; write nothing.

    PostgreSQL reads at REPEATABLE READ; SQLite begins a reading transaction, which waits
    for no writer. Inside a transaction it changes nothing: that one is what it reads in.
    """
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor != "postgresql":
        with _deferred(), transaction.atomic():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


@contextmanager
def _deferred() -> Iterator[None]:
    """Begin without the write lock that transactions take by default (settings.DATABASES)."""
    connection.ensure_connection()  # the mode is known from then on
    sqlite: Any = connection
    usual = sqlite.transaction_mode
    sqlite.transaction_mode = "DEFERRED"
    try:
        yield
    finally:
        sqlite.transaction_mode = usual
