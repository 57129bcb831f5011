"""Statements compiled once: building one takes Django longer than PostgreSQL takes to answer it.

Only for what every request or every batch does (docs/decisions/0006-prepared-queries.md).
"""

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import (
    BooleanField,
    DateTimeField,
    Expression,
    F,
    Field,
    Func,
    Model,
    QuerySet,
)
from django.db.models import UUIDField as UuidField

_CONVERTED = (DateTimeField, UuidField)  # SQLite has no type of its own for these


class Parameter(Expression):
    """A value that is given when the query runs: `filter(team=Parameter("team", field))`."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]

    def value(self, arguments: dict[str, Any]) -> Any:
        return self.output_field.get_db_prep_value(arguments[self.name], connection)


class Rows:
    """A list of tuples that is given when the statement runs: a table with a column per field.

    The statement is the same however long the list: PostgreSQL is given an array for each column,
    SQLite one text of JSON.
    """

    def __init__(self, name: str, **fields: "Field[Any, Any]") -> None:
        self.name, self.fields = name, fields

    def as_table(self) -> tuple[str, list[Any]]:
        """What to write behind FROM, and its parameters."""
        if connection.vendor == "postgresql":
            types = [field.db_type(connection) for field in self.fields.values()]
            arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
            columns = [_Column(self.name, at) for at in range(len(types))]
            return f"unnest({arrays}) AS {self.name}({', '.join(self.fields)})", columns
        picked = [f"json_extract(value, '$[{at}]') AS {f}" for at, f in enumerate(self.fields)]
        table = f"(SELECT {', '.join(picked)} FROM json_each(%s))"  # noqa: S608 (our own names)
        return f"{table} AS {self.name}", [_Json(self)]


class _Column:
    """One column of `Rows`, as an array."""

    def __init__(self, rows: str, at: int) -> None:
        self._rows, self._at = rows, at

    def value(self, arguments: dict[str, Any]) -> list[Any]:
        at = self._at
        return [row[at] for row in arguments[self._rows]]


class _Json:
    """All of `Rows`, as JSON."""

    def __init__(self, rows: Rows) -> None:
        self._name, self._fields = rows.name, list(rows.fields.values())

    def value(self, arguments: dict[str, Any]) -> str:
        return json.dumps([list(map(_as_json, self._fields, row)) for row in arguments[self._name]])


def _as_json(field: "Field[Any, Any]", value: Any) -> Any:
    return field.get_db_prep_value(value, connection) if isinstance(field, _CONVERTED) else value


class Among(Func):
    """A condition: these columns together are one of `rows`."""

    def __init__(self, *columns: str, rows: Rows) -> None:
        super().__init__(*map(F, columns), output_field=BooleanField())
        self.rows = rows

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        table, parameters = self.rows.as_table()
        if len(columns) == 1 and connection.vendor == "postgresql":  # no join, so rows can be held
            [field] = self.rows.fields.values()
            return f"{columns[0]} = ANY(%s::{field.db_type(connection)}[])", parameters
        return f"({', '.join(columns)}) IN (SELECT * FROM {table})", parameters  # noqa: S608


_numbers = count(1)


class _Prepared:
    """One statement. Each thread compiles it on first use: converters belong to a connection."""

    def __init__(self, *, on_server: bool) -> None:
        self._on_server = on_server
        self._name = f"rtc_{next(_numbers)}"
        self._compiled = threading.local()

    def _compile(self) -> dict[str, Any]:
        """At least `sql` and `parameters`: whatever has a `value(arguments)`, or constants."""
        raise NotImplementedError

    def _run(
        self, arguments: dict[str, Any], *, answers: bool
    ) -> tuple[dict[str, Any], list[Any], int]:
        """What was compiled, the rows that were answered, and how many rows were touched."""
        compiled = self._compiled.__dict__
        if not compiled:
            compiled.update(self._compile())
        bound = [
            given.value(arguments) if isinstance(given, Parameter | _Column | _Json) else given
            for given in compiled["parameters"]
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._statement(compiled, cursor), bound)
            return compiled, cursor.fetchall() if answers else [], cursor.rowcount

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


class PreparedRows(_Prepared):
    """Runs the `values()` query that `build` returns, with its parameters filled in.

    Args:
        on_server: PostgreSQL plans it once per connection too. Only for queries by a unique
            key, whose best plan does not depend on the values.
        hold: Hold the rows of the query's own table until the transaction ends; `build` orders
            them. Other rows may refer to them meanwhile.
    """

    def __init__(
        self,
        build: Callable[[], "QuerySet[Any, Any]"],
        *,
        on_server: bool = False,
        hold: bool = False,
    ) -> None:
        super().__init__(on_server=on_server)
        self._build, self._hold = build, hold

    def __call__(self, **arguments: Any) -> list[dict[str, Any]]:
        """The rows found, as dictionaries."""
        compiled, rows, _touched = self._run(arguments, answers=True)
        if converters := compiled["converters"]:
            rows = compiled["compiler"].apply_converters(rows, converters)
        return [dict(zip(compiled["names"], row, strict=True)) for row in rows]

    def _compile(self) -> dict[str, Any]:
        query = self._build().query
        compiler = query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        if self._hold and connection.features.has_select_for_no_key_update:
            sql += f" FOR NO KEY UPDATE OF {connection.ops.quote_name(query.get_meta().db_table)}"
        columns = [column for column, _sql, _alias in compiler.select]
        return {
            "compiler": compiler,
            "sql": sql,
            "parameters": parameters,
            "names": [*query.values_select, *query.annotation_select],
            "converters": compiler.get_converters(columns),
        }


class PreparedObject:
    """Finds an object by a unique key, with others that it refers to.

    Args:
        build: Where it is looked for, with Parameters.
        parts: The fields to read of the object ("") and of each one it refers to, by its path;
            none named: all. Any other is fetched when it is asked for.
    """

    def __init__(
        self, build: Callable[[], "QuerySet[Any, Any]"], parts: Mapping[str, Collection[str]]
    ) -> None:
        self._build, self._wanted = build, parts
        self._rows = PreparedRows(self._as_values, on_server=True)

    def __call__(self, **arguments: Any) -> Any:
        """The object, or None."""
        for row in self._rows(**arguments):
            found: dict[str, Any] = {}
            for path, (model, names) in self._parts.items():
                values = [row[_at(path, name)] for name in names]
                found[path] = model.from_db(connection.alias, names, values)
                if path:
                    owner, _separator, relation = path.rpartition("__")
                    setattr(found[owner], relation, found[path])
            return found[""]
        return None

    def _as_values(self) -> "QuerySet[Any, Any]":
        parts = self._parts.items()
        wanted = [_at(path, name) for path, (_model, names) in parts for name in names]
        return self._build().order_by().values(*wanted)

    @cached_property
    def _parts(self) -> dict[str, tuple[Any, list[str]]]:
        """The model of each path, and its fields in the order that `from_db` goes by."""
        parts = {}
        for path, wanted in self._wanted.items():
            model: Any = self._build().model
            for relation in filter(None, path.split("__")):
                model = model._meta.get_field(relation).related_model
            every = [field.attname for field in model._meta.concrete_fields]
            parts[path] = model, [name for name in every if name in (wanted or every)]
        return parts


def _at(path: str, name: str) -> str:
    return f"{path}__{name}" if path else name


class PreparedInsert:
    """Stores new instances of a model, as `bulk_create` does, by a statement built once.

    Args:
        computed: Columns whose value the database finds out.
    """

    def __init__(self, model: type[Model], **computed: Expression) -> None:
        self._model, self._computed = model, computed
        self._parts: dict[str, tuple[str, str, str]] = {}  # by kind of database

    def __call__(self, *rows: Model) -> None:
        """Insert all in one statement; each then has its id."""
        if not rows:
            return
        given = [
            field.get_db_prep_save(field.pre_save(row, True), connection)
            for row in rows
            for field in self._fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._statement(len(rows)), given)
            for row, [key] in zip(rows, cursor.fetchall(), strict=True):
                row.pk = key
                row._state.adding, row._state.db = False, connection.alias

    @cached_property
    def _fields(self) -> "list[Field[Any, Any]]":
        every = self._model._meta.local_concrete_fields
        return [f for f in every if not f.primary_key and f.name not in self._computed]

    def _statement(self, rows: int) -> str:
        if connection.vendor not in self._parts:
            self._parts[connection.vendor] = self._compile()
        head, row, tail = self._parts[connection.vendor]
        return f"{head} VALUES {', '.join([row] * rows)} {tail}"

    def _compile(self) -> tuple[str, str, str]:
        compiler = self._model._base_manager.all().query.get_compiler(connection=connection)
        columns = [str(field.column) for field in self._fields]
        values = ["%s"] * len(columns)
        values += [compiler.compile(each)[0] for each in self._computed.values()]
        meta, quote = self._model._meta, connection.ops.quote_name
        named = ", ".join(map(quote, [*columns, *self._computed]))
        return (
            f"INSERT INTO {quote(meta.db_table)} ({named})",
            f"({', '.join(values)})",
            f"RETURNING {quote(str(meta.pk.column))}",
        )


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that writes `rows`.

    `sql` has `{rows}` where their table is meant, and `%s` for each of `parameters` before it.
    """

    sql: str
    rows: Rows
    parameters: Sequence[Parameter] = ()

    def as_sql(self) -> tuple[str, list[Any]]:
        table, parameters = self.rows.as_table()
        return self.sql.format(rows=table), [*self.parameters, *parameters]


def insert(model: type[Model], rows: Rows, *, unless: str = "") -> Write:
    """Write a row of `model` for each of `rows`, whose fields are columns of it.

    Args:
        unless: The columns (and condition) of a unique index; what is there already stays.
    """
    columns = ", ".join(f'"{name}"' for name in rows.fields)
    table = model._meta.db_table
    sql = f'INSERT INTO "{table}" ({columns}) SELECT * FROM {{rows}} WHERE true'  # noqa: S608
    return Write(f"{sql} ON CONFLICT {unless} DO NOTHING" if unless else sql, rows)


class _OneStatement(_Prepared):
    def __init__(self, writes: Sequence[Write]) -> None:
        super().__init__(on_server=True)
        self._writes = writes

    def __call__(self, arguments: dict[str, Any]) -> int:
        return self._run(arguments, answers=False)[2]

    def _compile(self) -> dict[str, Any]:
        *first, (last, parameters) = [write.as_sql() for write in self._writes]
        named = ", ".join(f"w{at} AS ({sql})" for at, (sql, _given) in enumerate(first))
        given = [parameter for _sql, some in first for parameter in some]
        return {
            "sql": f"WITH {named} {last}" if named else last,
            "parameters": [*given, *parameters],
        }


class PreparedWrites:
    """Runs writes that do not depend on each other: on PostgreSQL as one statement."""

    def __init__(self, *writes: Write) -> None:
        self._together = _OneStatement(writes)
        self._each = [_OneStatement([write]) for write in writes]

    def __call__(self, **arguments: Any) -> int:
        """The number of rows that the last one wrote."""
        if connection.vendor == "postgresql":
            return self._together(arguments)
        return [write(arguments) for write in self._each][-1]
