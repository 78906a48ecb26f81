"""Counts that are kept instead of counted: how many entries of a kind there are, as the first screen shows.

A tally is the number of live entries of a kind with the same answers to a few questions about their own row
(which level, whether without an owner …). Triggers keep it in the transaction of the change itself, so that
no way of writing can forget it: add, import, undo and removal are the same to them. It is derived data and
no part of the format: a program whose questions differ asks them anew when it opens a register for writing,
and counts as before while it can only read. `verify` compares what is kept with what is counted.

Triggers and `json_array` are SQLite's; what is particular to it stays in this module. No value of a person's
is in the SQL made here: only the names and words of our own tables.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.visitors import replacement_traverse

from techguard.domain.gaps import BY_CODE
from techguard.domain.kinds import KINDS
from techguard.domain.scales import Scale

from . import gaps
from .tables import TABLES

_PREFIX = "tally_"

OF_ONE_ROW = (
    "technology_without_executive",
    "technology_unclassed",
    "regulatory_open",
    "exposure_unrated",
    "exposure_without_owner",
    "exposure_without_route",
    "countermeasure_untested",
    "counterparty_danger",
    "consultation_pending",
)
"""The gaps that an entry has by its own row alone, on any day: they are kept, the others counted."""


@cache
def _questions(kind: str) -> Mapping[str, ColumnElement[Any]]:
    """What is asked of each entry of a kind, by name."""
    asked: dict[str, ColumnElement[Any]] = {}
    if kind == "exposure":
        x = TABLES[kind].c
        asked = {
            "open": gaps.open_exposure(),
            "level": x.level,
            "likelihood": x.likelihood,
            "impact": x.impact,
            "edition": x.scale_edition,
        }
    elif kind == "technology":
        asked = {"registered": gaps.registered(), "criticality": TABLES[kind].c.criticality}
    any_day = gaps.Day(date.min, Scale(edition="any"))
    return asked | {
        code: gaps.condition(code, kind, any_day) for code in OF_ONE_ROW if BY_CODE[code].kind == kind
    }


Cells = Mapping[tuple[str, str], int]
"""How many entries there are by kind and answers (a JSON array)."""


class Tallies:
    """Numbers of live entries, by kind and by what was asked of them."""

    def __init__(self, cells: Cells) -> None:
        self._cells: dict[str, list[tuple[dict[str, Any], int]]] = {}
        for (kind, answers), count in cells.items():
            named = dict(zip(_questions(kind), json.loads(answers), strict=True))
            self._cells.setdefault(kind, []).append((named, count))

    def by(self, kind: str, *names: str, having: Sequence[str] = ()) -> Counter[tuple[Any, ...]]:
        """The entries of a kind for which all of `having` is so, by their answers to `names`."""
        found: Counter[tuple[Any, ...]] = Counter()
        for answers, count in self._cells.get(kind, ()):
            if all(answers[name] for name in having):
                found[tuple(answers[name] for name in names)] += count
        return found

    def total(self, kind: str, *having: str) -> int:
        """The number of entries of a kind for which all of `having` is so."""
        return self.by(kind, having=having)[()]


def kept(connection: Connection) -> Cells:
    """What is kept; cells in which nothing lies are left out."""
    rows = connection.exec_driver_sql("SELECT kind, cell, count FROM tallies WHERE count <> 0")
    return {(kind, cell): count for kind, cell, count in rows}


def counted(connection: Connection) -> Cells:
    """The same, counted over every entry."""
    return {
        (kind, cell): count
        for kind in KINDS
        for _, cell, count in connection.exec_driver_sql(_counting(kind))
    }


def are_kept(connection: Connection) -> bool:
    """Whether the database keeps the tallies that this program asks for."""
    return _found(connection) == _triggers()


def keep(connection: Connection) -> None:
    """Count everything and keep it from now on; inside the caller's transaction."""
    for name in _found(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    connection.exec_driver_sql("DELETE FROM tallies")
    for kind in KINDS:
        connection.exec_driver_sql(f"INSERT INTO tallies (kind, cell, count) {_counting(kind)}")
    for statement in _triggers().values():
        connection.exec_driver_sql(statement)


def _found(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: sql for name, sql in rows if name.startswith(_PREFIX)}


def _counting(kind: str) -> str:
    table = TABLES[kind].name
    return (
        f"SELECT '{kind}', {_cell(kind, table)}, count(*) FROM {table} "  # noqa: S608
        f"WHERE {table}.removed_at IS NULL GROUP BY 2"
    )


@cache
def _triggers() -> dict[str, str]:
    """The statements that make the triggers, by their names."""
    made: dict[str, str] = {}
    for kind in KINDS:
        table = TABLES[kind].name
        columns = ", ".join(f'"{name}"' for name in _columns(kind))
        plus, minus = _added(kind), _taken(kind)
        for name, event, does in (
            ("added", "INSERT", plus),
            ("changed", f"UPDATE OF {columns}", f"{minus} {plus}"),
            ("deleted", "DELETE", minus),
        ):
            trigger = f"{_PREFIX}{table}_{name}"
            made[trigger] = f"CREATE TRIGGER {trigger} AFTER {event} ON {table} BEGIN {does} END"
    return made


def _added(kind: str) -> str:
    return (
        f"INSERT INTO tallies (kind, cell, count) SELECT '{kind}', {_cell(kind, 'NEW')}, 1 "
        "WHERE NEW.removed_at IS NULL ON CONFLICT (kind, cell) DO UPDATE SET count = count + 1;"
    )


def _taken(kind: str) -> str:
    return (
        f"UPDATE tallies SET count = count - 1 "  # noqa: S608
        f"WHERE kind = '{kind}' AND cell = {_cell(kind, 'OLD')} AND OLD.removed_at IS NULL;"
    )


def _columns(kind: str) -> list[str]:
    """The columns from which the answers follow."""
    found: dict[str, None] = {"removed_at": None}

    def note(element: Any, **_: Any) -> None:
        if isinstance(element, Column):
            found[element.name] = None

    for question in _questions(kind).values():
        replacement_traverse(question, {}, note)
    return list(found)


def _cell(kind: str, row: str) -> str:
    """The answers as SQL, asked of a row: of the table, or of a trigger's NEW or OLD."""

    def of_row(element: Any, **_: Any) -> ColumnElement[Any] | None:
        return literal_column(f'{row}."{element.name}"') if isinstance(element, Column) else None

    asked = (replacement_traverse(question, {}, of_row) for question in _questions(kind).values())
    answers = [
        str(q.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})) for q in asked
    ]
    return f"json_array({', '.join(answers)})"
