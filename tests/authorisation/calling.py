"""Calling as somebody, and taking back what came of it."""

import re
from contextlib import contextmanager

from django.db import connection, transaction
from django.test import Client

HTTP = Client()  # one for all: each would build the whole chain of middleware anew
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
# Signs of life of whoever is known, refused or not; and the console's cookie
NOT_COUNTED = re.compile(r"rooms_presence|seen_at|django_session")


@contextmanager
def kept_back():
    """Collects what is written, and takes it back."""
    writes: list[str] = []

    def watch(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if WRITES.match(sql) and context["cursor"].rowcount and not NOT_COUNTED.search(sql):
            writes.append(sql)
        return result

    with transaction.atomic(), connection.execute_wrapper(watch):
        yield writes
        transaction.set_rollback(True)
