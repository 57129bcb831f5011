"""Tables, read and written row by row whatever their size."""

import hashlib
import json
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import CharField, Field, IntegerField, JSONField, Model

BATCH = 500  # rows of one INSERT
TOLD = 100_000  # rows between two signs of progress
MOST_MISFITS = 20  # of one table: enough to see what is wrong

Row = tuple[Any, ...]


@dataclass
class Tally:
    """How many rows a table has, a sum over their contents, and which rows do not fit."""

    rows: int = 0
    total: int = 0
    misfits: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Rows add up whatever their order: databases sort texts differently."""
        written = json.dumps([_plain(value) for value in row], sort_keys=True)
        digest = hashlib.sha256(written.encode()).digest()
        self.rows += 1
        self.total = (self.total + int.from_bytes(digest[:8])) % 2**64

    @property
    def checksum(self) -> str:
        return f"{self.total:016x}"


def tables() -> list[type[Model]]:
    """Every table of every app; Django's list of applied migrations is none of them."""
    every = apps.get_models(include_auto_created=True)
    own = [model for model in every if model._meta.managed and not model._meta.proxy]
    return sorted(own, key=name_of)


def name_of(model: type[Model]) -> str:
    return model._meta.db_table


def survey(model: type[Model], alias: str, *, fit_for: str = "") -> Tally:
    """Read a whole table.

    Args:
        fit_for: Alias of a database that will have to hold the rows.
    """
    tally = Tally()
    columns = _columns(model)
    strict = bool(fit_for) and connections[fit_for].vendor == "postgresql"
    for row in _rows(model, alias):
        tally.add(row)
        if strict and len(tally.misfits) < MOST_MISFITS:
            tally.misfits += _misfits(columns, row, fit_for)
    return tally


def copy(model: type[Model], source: str, target: str) -> Iterator[int]:
    """Write a table's rows to the same table of another database; yields how many, at times."""
    connection, columns = connections[target], _columns(model)
    rows, done = _rows(model, source), 0
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(column.column)) for column in columns)
    places = f"({', '.join(['%s'] * len(columns))})"
    while batch := list(islice(rows, BATCH)):
        values = ", ".join([places] * len(batch))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {quote(name_of(model))} ({names}) VALUES {values}",  # noqa: S608
                [
                    _stored(column, value, connection)
                    for row in batch
                    for column, value in zip(columns, row, strict=True)
                ],
            )
        done += len(batch)
        if done % TOLD == 0:
            yield done


def empty(models: Collection[type[Model]], alias: str) -> None:
    """Delete every row; foreign keys are looked at when the transaction ends."""
    quote = connections[alias].ops.quote_name
    with connections[alias].cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {quote(name_of(model))}")  # noqa: S608


def _columns(model: type[Model]) -> "list[Field[Any, Any]]":
    return list(model._meta.local_concrete_fields)


def _rows(model: type[Model], alias: str) -> Iterator[Row]:
    names = [column.attname for column in _columns(model)]
    every = model._base_manager.using(alias).order_by("pk")
    return every.values_list(*names).iterator(chunk_size=BATCH)


def _stored(column: "Field[Any, Any]", value: Any, connection: Any) -> Any:
    if value is None and isinstance(column, JSONField) and not column.null:
        return "null"  # JSON's own, which reads as None too
    return column.get_db_prep_save(value, connection)


def _plain(value: Any) -> Any:
    """The same for the same value, whichever database it was read from; JSON types."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str((Decimal(repr(value)) + 0).normalize())  # PostgreSQL writes 1e+20 in full
    return value if value is None or isinstance(value, bool) else str(value)


def _misfits(columns: "list[Field[Any, Any]]", row: Row, alias: str) -> Iterator[str]:
    """SQLite holds any length of text and any size of number, and U+0000; PostgreSQL does not."""
    for column, value in zip(columns, row, strict=True):
        if reason := _misfit(column, value, alias):
            key = row[0] if column.model._meta.pk is columns[0] else None
            which = f"row {key}" if isinstance(key, int) else "a row"  # text keys may be secrets
            yield f"  {name_of(column.model)}, {which}: {column.column} {reason}"


def _misfit(column: "Field[Any, Any]", value: Any, alias: str) -> str:
    if isinstance(column, JSONField):
        return "" if all(map(_is_json, _leaves(value))) else "holds what jsonb cannot hold"
    if isinstance(value, str):
        if "\x00" in value:
            return "holds a NUL character"
        most = column.max_length if isinstance(column, CharField) else None
        return f"is longer than {most} characters" if most and len(value) > most else ""
    if isinstance(column, IntegerField) and value is not None:
        kind = column.get_internal_type()
        least, greatest = connections[alias].ops.integer_field_range(kind)
        return "" if least <= value <= greatest else "is out of range"
    return ""


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _is_json(leaf: Any) -> bool:
    """Whether PostgreSQL takes it: no NUL, no half of a surrogate pair, no NaN."""
    if isinstance(leaf, float):
        return math.isfinite(leaf)
    return not isinstance(leaf, str) or not any(
        letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in leaf
    )
