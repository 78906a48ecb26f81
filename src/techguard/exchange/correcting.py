"""What a person corrects in a mapping: what a column or a value becomes. Each gives a new mapping."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Literal

from techguard.domain.kinds import KINDS
from techguard.domain.scales import Scale
from techguard.domain.words import ImpactDimension

from .mapping import IGNORE, NOTE, ColumnMap, Mapping, TableMap
from .propose import choices_for, on_scale
from .read import Grid, Source, blank
from .values import text_of

BasisName = Literal["", "inherent", "current", "target"]

BASED = ("likelihood", "impact", *(f"impact_{d.value}" for d in ImpactDimension))
"""Meanings that say a part of a rating, and need to say on what basis."""
_PARTS = (
    "description",
    "controls",
    "actions",
    "action_owner",
    "action_status",
    "due",
    "rationale",
    "rated_on",
)
_NOT_FROM_A_CELL = frozenset({"id", "ref", "version"})


def meanings(kind: str) -> list[tuple[str, BasisName]]:
    """What a column of a list of this kind can become, as (field, basis): the likely ones first."""
    fields = [f.name for f in KINDS[kind].editable if f.name not in _NOT_FROM_A_CELL]
    if kind != "exposure":
        return [(name, "") for name in (*fields, NOTE, IGNORE)]
    bases: tuple[BasisName, ...] = ("current", "inherent", "target")
    rated = [(name, basis) for basis in bases for name in BASED]
    rest: list[tuple[str, BasisName]] = [(name, "") for name in (*_PARTS, *fields) if name not in BASED]
    order = [("title", ""), *rated[:2], *rest, *rated[2:], (NOTE, ""), (IGNORE, "")]
    return list(dict.fromkeys(order))


def with_column(mapping: Mapping, table: int, at: str, field: str, basis: BasisName = "") -> Mapping:
    """A column becomes something else. What its values become is read anew when the file is planned again:
    values are read together, and what stood beside them has changed.
    """
    changed = mapping.model_copy(deep=True)
    one = changed.table[table]
    now = ColumnMap(field=field, basis=basis, header=one.columns[at].header)
    stale = {value_list(one, one.columns[at]), value_list(one, now)}
    one.columns = {**one.columns, at: now}
    one.values = {name: values for name, values in one.values.items() if name not in stale}
    return changed


def with_value(mapping: Mapping, table: int, name: str, value: str, to: int | str) -> Mapping:
    """A value becomes something else, in every cell of the table in which it stands."""
    changed = mapping.model_copy(deep=True)
    values = changed.table[table].values
    changed.table[table].values = {**values, name: {**values.get(name, {}), value: to}}
    return changed


def with_taken(mapping: Mapping, table: int, *, take: bool) -> Mapping:
    """A table is taken, or left out."""
    changed = mapping.model_copy(deep=True)
    changed.table[table].take = take
    return changed


def with_dates(mapping: Mapping, table: int, order: Literal["dmy", "mdy"]) -> Mapping:
    """Which of two numbers in a date such as 03/04/2026 is the day."""
    changed = mapping.model_copy(deep=True)
    changed.table[table].date_order = order
    return changed


def with_technology(mapping: Mapping, name: str) -> Mapping:
    """Rows without a technology belong to another one."""
    return mapping.model_copy(update={"technology": name[:120]}, deep=True)


def with_scale(mapping: Mapping, source: Source, table: int, scale: Scale | None) -> Mapping:
    """The ratings of a table are on the steps of a company's own scale, or (None) on the standard five. What
    its values become is read anew.
    """
    changed = mapping.model_copy(deep=True)
    one = changed.table[table]
    changed.table[table] = on_scale(_grid(source, one), one, scale)
    return changed


def with_unknown(mapping: Mapping, unknown: Literal["settle", "note"]) -> Mapping:
    """What happens to ratings that nobody can read."""
    return mapping.model_copy(update={"unknown": unknown}, deep=True)


def value_list(table: TableMap, column: ColumnMap) -> str:
    """The list of words that the values of a column stand in, or "" if they are taken as they are."""
    name = "impact" if column.field.startswith("impact_") else choices_for(table.kind, column.field)[0]
    return name if name in table.values else ""


def samples(source: Source, table: TableMap, most: int = 3) -> Map[str, str]:
    """What stands in each column, by its letters: the first few different values."""
    grid = _grid(source, table)
    start = table.first - grid.row_number(0)
    shown: dict[str, str] = {}
    for name in table.columns:
        at = grid.column_at(name)
        found: dict[str, None] = {}
        for row in grid.rows[start : start + 200]:
            if at is not None and 0 <= at < len(row) and not blank(row[at]):
                found.setdefault(text_of(row[at]))
            if len(found) >= most:
                break
        shown[name] = " / ".join(found)
    return shown


def _grid(source: Source, table: TableMap) -> Grid:
    grid = next(g for g in source.grids if g.name == table.sheet)
    return grid.turned() if table.transposed else grid
