"""Queries compiled once: building a SELECT takes Django longer than PostgreSQL takes to answer it.

Only for the few reads that every request makes (docs/decisions/0006-prepared-queries.md).
"""

import threading
from collections.abc import Callable, Collection, Mapping
from functools import partial
from itertools import count
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Expression, Field, QuerySet


class Parameter(Expression):
    """A value that is given when the query runs: `filter(team=Parameter("team", field))`."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]


_numbers = count(1)


class PreparedRows:
    """Runs the `values()` query that `build` returns, with its parameters filled in.

    Each thread compiles it on first use, because converters belong to a connection.

    Args:
        on_server: PostgreSQL plans it once per connection too. Only for queries by a unique
            key, whose best plan does not depend on the values.
    """

    def __init__(
        self, build: Callable[[], "QuerySet[Any, Any]"], *, on_server: bool = False
    ) -> None:
        self._build = build
        self._on_server = on_server
        self._name = f"rtc_{next(_numbers)}"
        self._compiled = threading.local()

    def __call__(self, **arguments: Any) -> list[dict[str, Any]]:
        """The rows found, as dictionaries."""
        compiled = self._compiled.__dict__
        if not compiled:
            compiled.update(self._compile())
        bound = [
            given.output_field.get_db_prep_value(arguments[given.name], connection)
            if isinstance(given, Parameter)
            else given
            for given in compiled["parameters"]
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._statement(compiled, cursor), bound)
            rows = cursor.fetchall()
        if converters := compiled["converters"]:
            rows = compiled["compiler"].apply_converters(rows, converters)
        return [dict(zip(compiled["names"], row, strict=True)) for row in rows]

    def _statement(self, compiled: dict[str, Any], cursor: Any) -> str:
        """What to execute on this connection: the query, or the name it was prepared under."""
        plain = not self._on_server or connection.vendor != "postgresql"
        if plain or not settings.DATABASE_PREPARES:
            return str(compiled["sql"])
        if compiled.get("prepared_on") is not connection.connection:
            wanted = len(compiled["parameters"])
            numbered = tuple(f"${n + 1}" for n in range(wanted))
            cursor.execute(f"PREPARE {self._name} AS {compiled['sql'] % numbered}")
            compiled["call"] = f"EXECUTE {self._name}({', '.join(['%s'] * wanted)})"
            compiled["prepared_on"] = connection.connection
        return str(compiled["call"])

    def _compile(self) -> dict[str, Any]:
        query = self._build().query
        compiler = query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]
        return {
            "compiler": compiler,
            "sql": sql,
            "parameters": parameters,
            "names": [*query.values_select, *query.annotation_select],
            "converters": compiler.get_converters(columns),
        }


class PreparedLists:
    """Like PreparedRows, for conditions on lists: `filter(pk__in=ids)`.

    Lists are filled up to the next power of two with their last value, so that a few
    compilations serve every length.
    """

    def __init__(
        self, build: Callable[..., "QuerySet[Any, Any]"], **fields: "Field[Any, Any]"
    ) -> None:
        """Args:
        build: Called with a list of parameters for each of `fields`; returns a `values()` query.
        """
        self._build = build
        self._fields = fields
        self._of_sizes: dict[tuple[int, ...], PreparedRows] = {}

    def __call__(self, lists: Mapping[str, Collection[Any]], **arguments: Any) -> list[Any]:
        """The rows found, as dictionaries; none if a list is empty."""
        if not all(lists.values()):
            return []
        filled = {name: _filled(list(lists[name])) for name in self._fields}
        sizes = tuple(len(values) for values in filled.values())
        if sizes not in self._of_sizes:
            self._of_sizes[sizes] = PreparedRows(
                partial(self._built, dict(zip(filled, sizes, strict=True)))
            )
        for name, values in filled.items():
            arguments |= {f"{name} {at}": value for at, value in enumerate(values)}
        return self._of_sizes[sizes](**arguments)

    def _built(self, sizes: Mapping[str, int]) -> "QuerySet[Any, Any]":
        return self._build(
            **{
                name: [Parameter(f"{name} {at}", self._fields[name]) for at in range(size)]
                for name, size in sizes.items()
            }
        )


def _filled(values: list[Any]) -> list[Any]:
    size = 1 << (len(values) - 1).bit_length()
    return values + values[-1:] * (size - len(values))
