"""What a reader asks for: text, conditions, an order; turned into SQL here and nowhere else."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    TextClause,
    and_,
    case,
    false,
    func,
    not_,
    or_,
    select,
    text,
)

from techguard.domain.fields import Choice, FieldSpec, FieldType
from techguard.domain.kinds import KINDS, Kind

from . import gaps, search
from .columns import MomentColumn
from .tables import LINKS, TABLES

Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "empty", "filled", "contains"]


@dataclass(frozen=True, slots=True)
class Where:
    """One condition on a field. `empty` and `filled` take no value; `in` and `not in` take several.

    Of a list, one of its values has to fit; `contains` looks for a part of a text, and in everything else for
    the value itself.
    """

    field: str
    op: Op = "="
    value: Any = None


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries of a kind, in which order.

    `text`: words that must all occur in what a person wrote. `gap`: a code of `techguard.domain.gaps`.
    `sort`: (field, descending) pairs; without any, by reference number. `removed`: removed entries instead.
    """

    text: str = ""
    where: tuple[Where, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    gap: str = ""
    removed: bool = False


EVERYTHING = Query()


@dataclass(frozen=True)
class Compiled:
    """The condition of a query on a kind's table."""

    kind: Kind
    table: Table
    condition: ColumnElement[bool]
    order: tuple[ColumnElement[Any], ...] = field(default=())
    hits: search.Match | None = None
    """What the search index is asked for, where it alone decides: it holds every live entry and no other."""
    in_number_order: bool = True


def compile_query(connection: Connection, kind: Kind, query: Query, day: Callable[[], gaps.Day]) -> Compiled:
    """A query as SQL. Raises KeyError for a field the kind does not have. The day is asked for a gap only."""
    table = TABLES[kind.name]
    conditions: list[ColumnElement[bool]] = [_there(kind, table, query)]
    conditions += [_condition(kind, table, w) for w in query.where]
    if query.gap:
        conditions.append(gaps.condition(query.gap, kind.name, day()))
    hits = None
    if query.text.strip():
        hits = search.match(connection, query.text)
        conditions.append(false() if hits is None else table.c.n.in_(_found(_ROWS, kind, hits)))
    if query.where or query.gap or query.removed:
        hits = None
    order = tuple(_order(kind, table, query))
    return Compiled(kind, table, and_(*conditions), order, hits, in_number_order=not query.sort)


def _there(kind: Kind, table: Table, query: Query) -> ColumnElement[bool]:
    """That an entry was taken out, or was not.

    Where the entries are named, they are looked up by their names: said as a text, this has no index that
    would be taken instead, only because it gives all fifty thousand entries in the order of their numbers.
    """
    if not query.removed and any(_names(kind, where, query) for where in query.where):
        return gaps.live_by_scan(table)
    return table.c.removed_at.is_not(None) if query.removed else table.c.removed_at.is_(None)


def _names(kind: Kind, where: Where, query: Query) -> bool:
    """Whether a condition names the entries, or what they belong to, one by one."""
    if where.field == "id":
        return where.op in {"=", "in"}
    spec = kind.by_name.get(where.field)
    return spec is not None and bool(spec.to) and where.op == "in" and not query.sort


_HITS = f"FROM ({search.ROWS})"
_FIRST_HITS = f"FROM ({search.ROWS} ORDER BY row LIMIT :most)"
_ROWS = f"SELECT row - :low {_HITS}"
_FIRST_ROWS = f"SELECT row - :low {_FIRST_HITS}"
_COUNT = f"SELECT count(*) {_HITS}"


def _found(query: str, kind: Kind, hits: search.Match, **values: int) -> TextClause:
    return text(query).bindparams(**hits.of_rows(*search.rows_of(kind.name)), **values)


def _order(kind: Kind, table: Table, query: Query) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = []
    descending = False
    for name, descending in query.sort:
        column = _sortable(kind, table, name)
        # Nothing comes last, whichever way the rest is turned.
        order.append(column.desc() if descending else column.asc().nulls_last())
    # The row number in the direction of the last key lets an index be read from its end.
    return [*order, table.c.n.desc() if descending else table.c.n]


def place_of(
    column: ColumnElement[Any], choices: Iterable[Choice], nothing: int | None = None
) -> ColumnElement[Any]:
    """The place of a word in its closed list, from 0, to sort by; `nothing` where there is none."""
    return case({c: place for place, c in enumerate(choices)}, value=column, else_=nothing)


def _sortable(kind: Kind, table: Table, name: str) -> ColumnElement[Any]:
    if name in {"ref", "version", "created_at", "updated_at"}:
        return table.c.n if name == "ref" else table.c[name]
    spec = kind.by_name[name]
    if spec.type is FieldType.CHOICE:
        assert spec.choices is not None
        return place_of(table.c[name], spec.choices)
    if spec.type is FieldType.REF:
        target = TABLES[spec.to].alias()
        # As it is shown: by its number where it has no title.
        title = func.coalesce(func.nullif(target.c[KINDS[spec.to].title], ""), target.c.ref)
        return select(title).where(target.c.id == table.c[name]).scalar_subquery()
    if spec.type is FieldType.REFS:
        link = LINKS[kind.name, name]
        return func.nullif(select(func.count()).where(link.c.owner == table.c.id).scalar_subquery(), 0)
    if spec.many:
        return func.nullif(table.c[name], "[]", type_=Text)
    if spec.type in {FieldType.TEXT, FieldType.LONG_TEXT} and not spec.required:
        return func.nullif(table.c[name], "")
    return table.c[name]  # a text that is never empty is read in the order of its index


def _condition(kind: Kind, table: Table, where: Where) -> ColumnElement[bool]:
    if where.field in {"id", "ref", "version", "created_at", "updated_at"}:
        return _compare(table.c[where.field], where)
    spec = kind.by_name[where.field]
    if spec.type is FieldType.REFS:
        return _of_several(kind, table, spec, where)
    column = table.c[where.field]
    if where.op in {"empty", "filled"}:
        nothing: ColumnElement[bool] = column.is_(None)
        if spec.type in {FieldType.TEXT, FieldType.LONG_TEXT}:
            nothing = or_(nothing, column == "")
        elif spec.many:
            nothing = or_(nothing, column == ())
        return nothing if where.op == "empty" else not_(nothing)
    if spec.many:
        return _in_list(column, where)
    if where.op == "contains" and spec.type not in {FieldType.TEXT, FieldType.LONG_TEXT}:
        return _compare(column, Where(where.field, "=", where.value))
    return _compare(column, where)


def _in_list(column: ColumnElement[Any], where: Where) -> ColumnElement[bool]:
    """A condition on a list that lies in one column: one of its words is, or none of them is."""
    if isinstance(where.value, tuple) and where.op in {"=", "!="}:
        return column == where.value if where.op == "=" else column != where.value
    values = where.value if where.op in {"in", "not in"} else (where.value,)
    # The list is a JSON array of texts: a whole word of it stands between quotation marks.
    words = [json.dumps(str(value).strip(), ensure_ascii=False) for value in values]
    found = or_(false(), *(func.instr(column, word) > 0 for word in words))
    return not_(found) if where.op in {"!=", "not in"} else found


_COMPARE: Mapping[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "=": lambda column, value: column.is_(None) if value is None else column == value,
    # "Not this" includes "nothing at all", as a reader expects.
    "!=": lambda column, value: (
        column.is_not(None) if value is None else or_(column != value, column.is_(None))
    ),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda column, value: column.in_(tuple(value)),
    "not in": lambda column, value: or_(column.not_in(tuple(value)), column.is_(None)),
    "empty": lambda column, _: column.is_(None),
    "filled": lambda column, _: column.is_not(None),
    "contains": lambda column, value: column.contains(str(value), autoescape=True),
}


def _compare(column: ColumnElement[Any], where: Where) -> ColumnElement[bool]:
    value = where.value
    if isinstance(column.type, MomentColumn) and isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min).astimezone()  # a day begins where the reader sits
    return _COMPARE[where.op](column, value)


def _of_several(kind: Kind, table: Table, spec: FieldSpec, where: Where) -> ColumnElement[bool]:
    link = LINKS[kind.name, spec.name]
    owners = select(link.c.owner)
    match where.op:
        case "empty":
            return table.c.id.not_in(owners)
        case "filled":
            return table.c.id.in_(owners)
        case "in":
            return table.c.id.in_(owners.where(link.c.target.in_(tuple(where.value))))
        case "not in":
            return table.c.id.not_in(owners.where(link.c.target.in_(tuple(where.value))))
        case "!=":
            return table.c.id.not_in(owners.where(link.c.target == where.value))
        case _:
            return table.c.id.in_(owners.where(link.c.target == where.value))


def page(compiled: Compiled, offset: int, limit: int | None) -> Select[Any]:
    """The rows of a query, from `offset`, at most `limit`."""
    condition = compiled.condition
    if compiled.hits is not None and compiled.in_number_order and limit is not None:
        # The index gives its rows in this order: so no more of them are looked up than are shown.
        first = _found(_FIRST_ROWS, compiled.kind, compiled.hits, most=offset + limit)
        condition = compiled.table.c.n.in_(first)
    query = select(compiled.table).where(condition).order_by(*compiled.order).offset(offset)
    return query if limit is None else query.limit(limit)


def size(compiled: Compiled) -> Select[int] | TextClause:
    """How many rows a query has."""
    if compiled.hits is not None:
        return _found(_COUNT, compiled.kind, compiled.hits)
    return select(func.count()).select_from(compiled.table).where(compiled.condition)
