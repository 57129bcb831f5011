"""Queries compiled once: building a SELECT takes Django longer than PostgreSQL takes to answer it.

Only for the few reads that every request makes (docs/decisions/0006-prepared-queries.md).
"""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, QuerySet


class Parameter(Expression):
    """A value that is given when the query runs: `filter(team=Parameter("team", field))`."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]


class PreparedRows:
    """Runs the `values()` query that `build` returns, with its parameters filled in.

    Each thread compiles it on first use, because converters belong to a connection.
    """

    def __init__(self, build: Callable[[], "QuerySet[Any, Any]"]) -> None:
        self._build = build
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
            cursor.execute(compiled["sql"], bound)
            rows = cursor.fetchall()
        if converters := compiled["converters"]:
            rows = compiled["compiler"].apply_converters(rows, converters)
        return [dict(zip(compiled["names"], row, strict=True)) for row in rows]

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
