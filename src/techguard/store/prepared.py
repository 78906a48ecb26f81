"""Statements that are asked at every turn, compiled once.

SQLAlchemy finds the compiled form of a statement anew each time it is executed; for a row by its id that
takes several times as long as SQLite takes to answer. What is written here keeps the form, and the conversion
of values both ways, beside the statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Select, bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.types import TypeEngine

_Convert = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement as one dialect says it: what is bound in which order, what comes back as what."""

    sql: str
    binds: tuple[tuple[str, Any, _Convert], ...]
    results: tuple[_Convert, ...]


def ask(connection: Connection, sql: str, values: Any, *, many: bool = False) -> Any:
    """The driver's cursor after a statement. Raises what SQLAlchemy raises, without the values."""
    cursor = connection.connection.cursor()
    try:
        if many:
            cursor.executemany(sql, values)
        else:
            cursor.execute(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(sql, None, error, base, hide_parameters=True) from error
    return cursor


class Prepared:
    """A statement with named values (`bindparam`), to be executed many times."""

    def __init__(self, statement: Select[Any] | Insert | Update, names: Iterable[str] = ()) -> None:
        """`names`: the columns that an INSERT or UPDATE is given values for."""
        self._statement = statement
        self._names = tuple(names)
        self._forms: dict[str, _Form] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Execute it once; how many rows it wrote."""
        form = self._form(connection.dialect)
        written: int = ask(connection, form.sql, _bound(form, values)).rowcount
        return written

    def run_many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute it for many rows of values; for none, do nothing."""
        form = self._form(connection.dialect)
        if bound := [_bound(form, values) for values in rows]:
            ask(connection, form.sql, bound, many=True)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What a SELECT finds, as values of its columns' types."""
        form = self._form(connection.dialect)
        found: list[tuple[Any, ...]] = ask(connection, form.sql, _bound(form, values)).fetchall()
        if not any(form.results):
            return found
        return [
            tuple([v if c is None else c(v) for c, v in zip(form.results, row, strict=True)]) for row in found
        ]

    def _form(self, dialect: Dialect) -> _Form:
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = self._compiled(dialect)
        return form

    def _compiled(self, dialect: Dialect) -> _Form:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=list(self._names) or None)
        if compiled.positiontup is None:
            raise TypeError(f"{dialect.name} does not number its values")
        binds = tuple(
            (name, bind.value, _type_of(bind.type, dialect).bind_processor(dialect))
            for name in compiled.positiontup
            for bind in [compiled.binds[name]]
        )
        columns = self._statement.selected_columns if isinstance(self._statement, Select) else ()
        results = tuple(_type_of(c.type, dialect).result_processor(dialect, None) for c in columns)
        return _Form(str(compiled), binds, results)


def among(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a column is one of `wanted` (`array`): one statement for however many there are."""
    each = func.json_each(bindparam("wanted")).table_valued("value")
    return column.in_(select(each.c.value))


def array(ids: Iterable[str]) -> str:
    """Ids for `among`. What somebody put in place of one is nobody's id."""
    return json.dumps(list(ids), default=repr)


def _type_of(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return type_.dialect_impl(dialect)


def _bound(form: _Form, values: Mapping[str, Any]) -> tuple[Any, ...]:
    get = values.get
    return tuple(
        [get(name, d) if convert is None else convert(get(name, d)) for name, d, convert in form.binds]
    )
