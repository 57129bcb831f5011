"""No id is given out twice: the counters of the target go on where those of the source are."""

from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.db.models import Max, Model


def continue_ids(models: Iterable[type[Model]], source: str, target: str) -> None:
    """Also past ids of rows that were deleted: somebody may still know them."""
    for model in models:
        if model._meta.auto_field is None:
            continue
        highest = model._base_manager.using(target).aggregate(last=Max("pk"))["last"]
        if last := max(highest or 0, _last_id(connections[source], model)):
            _set_last_id(connections[target], model, last)


def _last_id(connection: Any, model: type[Model]) -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_sequence_last_value(%s)", [_sequence(cursor, model)])
        else:
            name = model._meta.db_table
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
        row = cursor.fetchone()
    return row[0] or 0 if row else 0


def _set_last_id(connection: Any, model: type[Model], last: int) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(%s, %s)", [_sequence(cursor, model), last])
            return
        name = model._meta.db_table
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last])


def _sequence(cursor: Any, model: type[Model]) -> str:
    column = model._meta.auto_field.column  # type: ignore[union-attr]
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{model._meta.db_table}"', column])
    return str(cursor.fetchone()[0])
