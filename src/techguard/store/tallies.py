"""Counts that are kept instead of counted: how many entries of a kind there are, as the first screen shows.

A tally is the number of entries of a kind with the same answers to a few questions (which level, whether
without an owner, until when accepted …). Triggers keep it in the transaction of the change itself, so that
no way of writing can forget it: add, import, undo and removal are the same to them. Where an answer follows
from other entries (whether a technology has an exposure), those have triggers as well: the cells of the
entries that a change may concern are taken away before it and added after it. What follows from the day is
kept by its date, and the day is compared when it is asked. It is derived data and
no part of the format: a program whose questions differ asks them anew when it opens a register for writing,
and counts as before while it can only read. `verify` compares what is kept with what is counted.

Triggers and `json_array` are SQLite's; what is particular to it stays in this module. No value of a person's
is in the SQL made here: only the names and words of our own tables.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import visitors
from sqlalchemy.sql.visitors import replacement_traverse

from techguard.domain.gaps import BY_CODE
from techguard.domain.kinds import KINDS
from techguard.domain.scales import Scale

from . import gaps
from .prepared import ask
from .tables import LINKS, TABLES

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
"""The gaps that an entry has by its own row alone, on any day."""

OF_PARTS = (
    "technology_without_exposure",
    "technology_without_rating",
    "single_holder",
)
"""The gaps that a technology has by its exposures and know-how elements, on any day."""

_PARTS = "technology_parts"
_UNTREATED, _ENDED = "high_untreated", "acceptance_expired"

_DUE = ("exposure_due", "technology_due", "countermeasure_overdue")

BY_DATE = (_UNTREATED, _ENDED, *_DUE)
"""The gaps that are kept by the date from which, or until which, they do not exist."""

_ANY_DAY = gaps.Day(date.min, Scale(edition="any"))
_LAST_DAY = gaps.Day(date.max, Scale(edition="any"))  # on which whatever has a date is due

Rows = tuple[str, ...]
"""How the rows of a change are called in a trigger: NEW, OLD or both."""


@dataclass(frozen=True)
class Other:
    """A table from which answers about the entries of another one follow."""

    table: Table
    entries: Callable[[Rows], str]
    """The ids of the entries that rows of it concern, as what stands in `id IN (…)`."""


@dataclass(frozen=True)
class Topic:
    """What is counted together."""

    kind: str
    where: ColumnElement[bool]
    """Which entries of the kind are counted."""
    asked: Mapping[str, ColumnElement[Any]]
    """What is asked of each, by name."""
    others: tuple[Other, ...] = ()


def _named_in(column: str) -> Callable[[Rows], str]:
    return lambda rows: ", ".join(f'{row}."{column}"' for row in rows)


def _served_by(rows: Rows) -> str:
    link = LINKS["countermeasure", "exposures"].name
    return f"SELECT target FROM {link} WHERE owner IN ({_named_in('id')(rows)})"  # noqa: S608


def _topics() -> Iterator[tuple[str, Topic]]:
    for kind in KINDS:
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
            t = TABLES[kind].c
            asked = {
                "registered": gaps.registered(),
                "criticality": t.criticality,
                "stated": t.impact.is_not(None),
                "edition": t.scale_edition,
            }
        of_row = {c: gaps.condition(c, kind, _ANY_DAY) for c in OF_ONE_ROW if BY_CODE[c].kind == kind}
        yield kind, Topic(kind, gaps.live(TABLES[kind]), asked | of_row)
    of_parts = {code: gaps.condition(code, "technology", _ANY_DAY) for code in OF_PARTS}
    parts = tuple(Other(TABLES[kind], _named_in("technology")) for kind in ("exposure", "element"))
    yield _PARTS, Topic("technology", gaps.registered(), of_parts, parts)
    exposure = TABLES["exposure"]
    acceptances = Other(TABLES["acceptance"], _named_in("exposure"))
    yield (
        _UNTREATED,
        Topic(
            "exposure",
            gaps.untreated(),
            {"until": gaps.accepted_until(), "level": exposure.c.level},
            (
                acceptances,
                Other(TABLES["countermeasure"], _served_by),
                Other(LINKS["countermeasure", "exposures"], _named_in("target")),
            ),
        ),
    )
    yield (
        _ENDED,
        Topic("exposure", gaps.ever_accepted(), {"until": gaps.last_accepted_until()}, (acceptances,)),
    )
    for code in _DUE:
        kind = BY_CODE[code].kind
        on = TABLES[kind].c["due" if kind == "countermeasure" else "next_review"]
        yield code, Topic(kind, gaps.condition(code, kind, _LAST_DAY), {"on": on})


TOPICS: Mapping[str, Topic] = MappingProxyType(dict(_topics()))
"""What is counted, by the name under which it is kept; of each kind something is kept by the kind's name."""


Cells = Mapping[tuple[str, str], int]
"""How many entries there are by topic and answers (a JSON array)."""


class Tallies:
    """Numbers of live entries, by kind and by what was asked of them."""

    def __init__(self, cells: Cells) -> None:
        self._cells: dict[str, list[tuple[dict[str, Any], int]]] = {}
        for (topic, answers), count in cells.items():
            named = dict(zip(TOPICS[topic].asked, json.loads(answers), strict=True))
            self._cells.setdefault(topic, []).append((named, count))

    def by(self, topic: str, *names: str, having: Sequence[str] = ()) -> Counter[tuple[Any, ...]]:
        """The entries of a topic for which all of `having` is so, by their answers to `names`."""
        found: Counter[tuple[Any, ...]] = Counter()
        for answers, count in self._cells.get(topic, ()):
            if all(answers[name] for name in having):
                found[tuple(answers[name] for name in names)] += count
        return found

    def total(self, topic: str, *having: str) -> int:
        """The number of entries of a topic for which all of `having` is so."""
        return self.by(topic, having=having)[()]

    def with_gap(self, code: str) -> int:
        """The number of entries with one of the gaps that are the same on any day."""
        return self.total(_PARTS if code in OF_PARTS else BY_CODE[code].kind, code)


_OF_ANY_DAY = tuple(name for name in TOPICS if name not in BY_DATE)


def kept(connection: Connection, topics: Sequence[str] = tuple(TOPICS)) -> Cells:
    """What is kept on topics; cells in which nothing lies are left out."""
    wanted = ", ".join(f"'{name}'" for name in topics)
    rows = connection.exec_driver_sql(
        f"SELECT topic, cell, count FROM tallies WHERE topic IN ({wanted}) AND count <> 0"  # noqa: S608
    )
    return {(topic, cell): count for topic, cell, count in rows}


def counted(connection: Connection, topics: Sequence[str] = tuple(TOPICS)) -> Cells:
    """The same, counted over every entry."""
    return {
        (topic, cell): count
        for topic in topics
        for _, cell, count in connection.exec_driver_sql(_counting(topic))
    }


def of_any_day(connection: Connection, *, are_kept: bool) -> Tallies:
    """What is the same on any day, as it is kept or else counted."""
    return Tallies((kept if are_kept else counted)(connection, _OF_ANY_DAY))


# A cell begins with its date, so that those before a day lie together; those without one lie together too.
_BEFORE: Mapping[str, str] = {
    _UNTREATED: "(cell < :day OR cell >= '[null') AND json_extract(cell, '$[1]') >= :high",
    _ENDED: "cell < :day",
    "exposure_due": """cell <= :day || '"]'""",
    "technology_due": """cell <= :day || '"]'""",
    "countermeasure_overdue": "cell < :day",
}


def with_gap_on(connection: Connection, code: str, day: gaps.Day) -> int:
    """The number of entries with one of the gaps that are kept `BY_DATE`."""
    values = {"day": f'["{day.today.isoformat()}', "high": day.scale.high_from}
    query = f"SELECT coalesce(sum(count), 0) FROM tallies WHERE topic = '{code}' AND {_BEFORE[code]}"  # noqa: S608
    ((found,),) = ask(connection, query, {name: values[name] for name in values if f":{name}" in query})
    return int(found)


def are_kept(connection: Connection) -> bool:
    """Whether the database keeps the tallies that this program asks for."""
    return _found(connection) == _triggers()


def keep(connection: Connection) -> None:
    """Count everything and keep it from now on; inside the caller's transaction."""
    rest(connection)
    connection.exec_driver_sql("DELETE FROM tallies")
    for topic in TOPICS:
        connection.exec_driver_sql(f"INSERT INTO tallies (topic, cell, count) {_counting(topic)}")
    for statement in _triggers().values():
        connection.exec_driver_sql(statement)


def rest(connection: Connection) -> None:
    """Keep nothing any more; inside the caller's transaction."""
    for name in _found(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def _found(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: sql for name, sql in rows if name.startswith(_PREFIX)}


def _counting(topic: str) -> str:
    table = TABLES[TOPICS[topic].kind].name
    return (
        f"SELECT '{topic}', {_cell(topic, table)}, count(*) FROM {table} "  # noqa: S608
        f"WHERE {_counts(topic, table)} GROUP BY 2"
    )


@cache
def _triggers() -> dict[str, str]:
    """The statements that make the triggers, by their names."""
    made: dict[str, str] = {}

    def make(topic: str, table: Table, moment: str, event: str, does: str) -> None:
        name = f"{_PREFIX}{topic}_{table.name}_{moment}_{event}".lower()
        when = f"{moment} {event}"
        if event == "UPDATE":
            columns = ", ".join(f'"{column}"' for column in _columns(topic, table))
            when = f"{moment} UPDATE OF {columns}"
        made[name] = f"CREATE TRIGGER {name} {when} ON {table.name} BEGIN {does} END"

    for topic, about in TOPICS.items():
        table = TABLES[about.kind]
        plus, minus = _of_row(topic, "NEW", 1), _of_row(topic, "OLD", -1)
        for event, does in (("INSERT", plus), ("UPDATE", f"{minus} {plus}"), ("DELETE", minus)):
            make(topic, table, "AFTER", event, does)
        for other in about.others:
            for event, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
                entries = other.entries(rows)
                make(topic, other.table, "BEFORE", event, _of_entries(topic, entries, -1))
                make(topic, other.table, "AFTER", event, _of_entries(topic, entries, 1))
    return made


def _of_row(topic: str, row: str, more: int) -> str:
    return (
        f"INSERT INTO tallies (topic, cell, count) SELECT '{topic}', {_cell(topic, row)}, {more} "
        f"WHERE {_counts(topic, row)} ON CONFLICT (topic, cell) DO UPDATE SET count = count + ({more});"
    )


def _of_entries(topic: str, entries: str, more: int) -> str:
    table = TABLES[TOPICS[topic].kind].name
    # `+`: whether they are counted is asked of the entries found by their ids. SQLite, which knows no sizes
    # here, would look through all that count (at 10,000 technologies 13 ms a new row, with it 0.3 ms).
    return (
        f"INSERT INTO tallies (topic, cell, count) SELECT '{topic}', {_cell(topic, table)}, {more} "  # noqa: S608
        f"FROM {table} WHERE {table}.id IN ({entries}) AND +({_counts(topic, table)}) "
        f"ON CONFLICT (topic, cell) DO UPDATE SET count = count + ({more});"
    )


def _columns(topic: str, table: Table) -> list[str]:
    """The columns of a table from which the answers follow."""
    about = TOPICS[topic]
    found: dict[str, None] = {}
    for question in (about.where, *about.asked.values()):
        for element in visitors.iterate(question):
            if isinstance(element, Column) and element.table is table:
                found[element.name] = None
    return list(found)


def _cell(topic: str, row: str) -> str:
    """The answers as SQL, asked of a row: of the table, or of a trigger's NEW or OLD."""
    about = TOPICS[topic]
    return f"json_array({', '.join(_of(q, TABLES[about.kind], row) for q in about.asked.values())})"


def _counts(topic: str, row: str) -> str:
    """Whether a row is counted, as SQL."""
    about = TOPICS[topic]
    return _of(about.where, TABLES[about.kind], row)


def _of(question: ColumnElement[Any], table: Table, row: str) -> str:
    """A question about an entry as SQL about a row."""

    def of_row(element: Any, **_: Any) -> ColumnElement[Any] | None:
        mine = isinstance(element, Column) and element.table is table
        return literal_column(f'{row}."{element.name}"', element.type) if mine else None

    asked = replacement_traverse(question, {}, of_row)
    form = asked.self_group().compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return " ".join(str(form).split())
