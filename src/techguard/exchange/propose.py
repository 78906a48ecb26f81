"""A first mapping of a file: what it seems to mean, written down so that a person can correct it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Map
from pathlib import Path
from typing import Literal

from techguard.domain import words as w
from techguard.domain.fields import Choice, FieldType
from techguard.domain.kinds import KINDS
from techguard.domain.scales import Axis, Editions, Scale
from techguard.i18n import LANGUAGES, Language
from techguard.store.collecting import uncollected

from .detect import Column, Found, Table, data_cells, detect, is_example_sheet, legend_points, settle_columns
from .mapping import NOTE, SETTLE, UNRATED, ColumnMap, Mapping, TableMap
from .read import Cell, Grid, Source, blank
from .rows import Layout, Record, layout, records
from .steps import on_own_steps, own_steps
from .values import DateOrder, hinted_points, number_of, orders_of, steps_of, text_of
from .words import choice_of, is_unrated, key

RATED = ("likelihood", "impact")
_DATES = {"due", "next_review", "rated_on", "done_on", "tested_on"}


@uncollected()
def propose(source: Source, lang: Language = "en", scale: Scale | None = None) -> Mapping:
    """The mapping that seems right for a file. If no sheet is a register, it takes none.

    `scale` is the one in force in the register: a list on its steps is taken as it is.
    """
    return propose_from(source, detect(source.grids), lang, scale)


def propose_from(source: Source, found: Found, lang: Language, scale: Scale | None = None) -> Mapping:
    name = Path(source.name).stem or source.name
    visible = [t for t in found.tables if not t.grid.hidden]
    real = [t for t in visible if not is_example_sheet(t.grid)]
    tables = []
    points = legend_points(grid for grid, _ in found.others)
    for table in found.tables:
        if not table.own:
            settle_columns(table)
        take = table in (real or visible or found.tables)
        tables.append(_table(table, points, scale, take=take))
    tables = tables or [t for grid in source.grids for t in _unknown(grid)]
    foreign = any(not t.own and t.kind == "exposure" for t in tables if t.take or not found.tables)
    return Mapping(
        source=source.name,
        language=lang,
        technology=name[:120] if foreign else "",
        table=tables,
    )


def _unknown(grid: Grid) -> Iterator[TableMap]:
    """A list whose headings are not understood, left out until a person names its columns: in some language
    that this program has no words for. The column with the longest texts is proposed as what names the risk.
    """
    for row, cells in enumerate(grid.rows[:20]):
        named = [at for at, c in enumerate(cells) if isinstance(c, str) and not blank(c) and len(c) < 80]
        below = [r for r in grid.rows[row + 1 :] if any(at < len(r) and not blank(r[at]) for at in named)]
        if len(named) < 2 or len({key(str(cells[at])) for at in named}) < len(named) or not below:
            continue
        length = {at: sum(len(text_of(r[at])) for r in below if at < len(r)) for at in named}
        longest = max(named, key=lambda at: length[at])
        yield TableMap(
            sheet=grid.name,
            kind="exposure",
            take=False,
            header=[grid.row_number(row)],
            first=grid.row_number(row + 1),
            last=0,
            columns={
                grid.column_name(at): ColumnMap(
                    field="title" if at == longest else NOTE, header=text_of(cells[at])
                )
                for at in named
            },
        )
        return


def _table(table: Table, points: int | None, scale: Scale | None, *, take: bool) -> TableMap:
    grid = table.grid
    found = TableMap(
        sheet=grid.name,
        kind=table.kind,
        take=take,
        own=table.own,
        transposed=grid.transposed,
        header=[grid.row_number(r) for r in table.header],
        first=grid.row_number(table.first),
        last=grid.row_number(table.last) if table.last < len(grid.rows) - 1 else 0,
        columns={
            grid.column_name(c.at): ColumnMap(field=c.field, basis=c.basis, tick=c.tick, header=c.header)
            for c in table.columns
            if c.header or c.field != "note" or data_cells(table, c)
        },
    )
    if not table.own:
        entries, _ = records(layout(grid, found))
        values = Values(table, entries)
        found.date_order = _date_order(table, values)
        found.values = _values(table, values, points)
        if own := _own_ratings(table, values, points, scale):
            found.scale, found.values = own[0], found.values | own[1]
    return found


def complete(lay: Layout, entries: Sequence[Record], editions: Editions | None = None) -> None:
    """Write down what the values become of columns that a person has named since the mapping was proposed.

    Values are read together: a 4 means one thing beside a 5, another beside a 10. They stay on the scale that
    the mapping names, one of `editions`; a list of which nothing was read yet may be on the one in force.
    """

    def settled(name: str) -> bool:
        group = "impact" if name.startswith("impact") else choices_for(lay.table.kind, name)[0]
        return group in lay.table.values or name in {NOTE, "ignore"}

    table = _table_of(lay, [at for at, c in lay.columns.items() if not settled(c.field)])
    values = Values(table, entries)
    found = _values(table, values, None)
    if editions is not None and lay.table.scale:
        found |= _read_on(table, values, editions.named(lay.table.scale))
    elif lay.table.values.keys().isdisjoint(RATED) and (
        own := _own_ratings(table, values, None, editions.now if editions else None)
    ):
        lay.table.scale, found = own[0], found | own[1]
    lay.table.values = found | lay.table.values


def on_scale(grid: Grid, table: TableMap, scale: Scale | None) -> TableMap:
    """The table with its ratings read anew: on the steps of a company's own scale, or the standard five."""
    lay = layout(grid, table)
    whole = _table_of(lay, lay.columns)
    values = Values(whole, records(lay)[0])
    rated = _read_on(whole, values, scale) if scale else _ratings(whole, values, None)
    edition = scale.edition if scale else ""
    return table.model_copy(update={"scale": edition, "values": table.values | rated})


def _table_of(lay: Layout, columns: Iterable[int]) -> Table:
    """A table as its mapping has it, with some of its columns."""
    named = [(at, lay.columns[at]) for at in columns]
    return Table(
        lay.grid,
        lay.table.kind,
        lay.header,
        lay.first,
        lay.last,
        [Column(at, c.header, c.field, c.basis, c.tick, 100) for at, c in named],
    )


class Values:
    """What stands in the columns of a table's entries: totals, legends and headings are no values."""

    def __init__(self, table: Table, entries: Sequence[Record]) -> None:
        self._rows = [cells for e in entries for cells in (e.cells, *(further for _, further in e.further))]

    def cells(self, column: Column) -> Iterator[Cell]:
        return (row[column.at] for row in self._rows if column.at < len(row) and not blank(row[column.at]))

    def distinct(self, columns: Sequence[Column]) -> list[str]:
        """Every different value of some columns, in order: numbers by size, then words as they come."""
        found = dict.fromkeys(text_of(cell) for c in columns for cell in self.cells(c))
        return sorted(found, key=lambda v: (number_of(v) is None, number_of(v) or 0.0))


def _date_order(table: Table, values: Values) -> Literal["", "dmy", "mdy"]:
    """The one order in which every written date of the table makes sense, or "" if there are two."""
    possible: set[DateOrder] = {"dmy", "mdy"}
    for c in table.columns:
        if c.field in _DATES:
            possible &= orders_of(v for v in values.cells(c) if isinstance(v, str)) or possible
    return possible.pop() if len(possible) == 1 else ""


def _values(table: Table, values: Values, points: int | None) -> dict[str, dict[str, int | str]]:
    found: dict[str, dict[str, int | str]] = {}
    if table.kind == "exposure":
        found |= _ratings(table, values, points)
    for c in table.columns:
        name, choices = choices_for(table.kind, c.field)
        if choices and name not in found:
            words = [v for v in values.distinct([c]) if not is_unrated_cell(v)]
            found[name] = {value: _choice(value, name, choices) for value in words}
        elif c.field == "route":
            found["route"] = {value: route_of(value) or NOTE for value in values.distinct([c])}
    return {name: becomes for name, becomes in found.items() if becomes}


def is_unrated_cell(value: str) -> bool:
    """A mark for "nothing", such as a dash: it needs no line in the mapping of choices."""
    return is_unrated(value) and not re.search(r"\w", value)


def choices_for(kind: str, field_name: str) -> tuple[str, type[Choice] | None]:
    """The name of the list of words for a column's values, and the enumeration they stand for."""
    if field_name == "action_status":
        return "countermeasure_status", w.CountermeasureStatus
    spec = KINDS[kind].by_name.get(field_name)
    if spec is None or spec.type is not FieldType.CHOICE:
        return field_name, None
    if kind == "countermeasure" and field_name == "status":
        return "countermeasure_status", spec.choices
    return field_name, spec.choices


def _choice(value: str, name: str, choices: type[Choice]) -> str:
    found = choice_of(value, name, choices)
    done = number_of(value)
    if not found and choices is w.CountermeasureStatus and done is not None and 0 <= done <= 1:
        found = "proposed" if done <= 0 else "implemented" if done >= 1 else "in_progress"
    if found:
        return found
    parts = [choice_of(p, name, choices) for p in re.split(r"[/／,、;；&+]|\band\b|\bor\b", value)]
    same = {p for p in parts if p}
    return same.pop() if len(same) == 1 and all(parts) else NOTE


def _rated(table: Table, values: Values) -> tuple[dict[Axis, list[Column]], dict[Axis, list[str]]]:
    """The columns of both halves of the ratings, and every different value that stands in each half."""
    groups: dict[Axis, list[Column]] = {"likelihood": [], "impact": []}
    for c in table.columns:
        if c.field == "likelihood":
            groups["likelihood"].append(c)
        elif c.field == "impact" or c.field.startswith("impact_"):
            groups["impact"].append(c)
    return groups, {
        name: [*values.distinct([c for c in columns if not c.tick]), *(c.tick for c in columns if c.tick)]
        for name, columns in groups.items()
    }


def _hint(columns: Sequence[Column]) -> int | None:
    """How many points their headings give the scale, if they agree."""
    hints = {h for h in (hinted_points(c.header) for c in columns) if h}
    return hints.pop() if len(hints) == 1 else None


def _own_ratings(
    table: Table, values: Values, points: int | None, scale: Scale | None
) -> tuple[str, dict[str, dict[str, int | str]]] | None:
    """The edition of the company's own scale and what the ratings become on it, if the list is on its steps.

    A legend (`points`) speaks of either half: it is against the own scale if neither has so many steps.
    """
    from techguard import catalog

    if scale is None or scale == catalog.standard() or table.kind != "exposure":
        return None
    if points is not None and points not in scale.size:
        return None
    groups, texts = _rated(table, values)
    own = on_own_steps(texts, {name: _hint(columns) for name, columns in groups.items()}, scale)
    return None if own is None else (scale.edition, own)


def _read_on(table: Table, values: Values, scale: Scale | None) -> dict[str, dict[str, int | str]]:
    """What ratings become on the steps of a company's own scale that a mapping names."""
    if scale is None or table.kind != "exposure":
        return {}
    return {name: own_steps(said, name, scale) for name, said in _rated(table, values)[1].items() if said}


def _ratings(table: Table, values: Values, points: int | None) -> dict[str, dict[str, int | str]]:
    groups, found = _rated(table, values)
    tops = {name: _top(texts) for name, texts in found.items()}
    becomes: dict[str, dict[str, int | str]] = {}
    for name, columns in groups.items():
        if not found[name]:
            continue
        hint = _hint(columns)
        if hint is None and points and tops[name] <= points:
            hint = points
        if hint is None and max(tops.values()) in {4, 5} and tops[name] > 1:
            hint = 5  # the other half of the rating uses the upper steps
        if hint is not None and tops[name] > hint:
            hint = None
        if hint is None and 5 < max(tops.values()) <= 10 and tops[name] > 1:
            hint = 6 if max(tops.values()) <= 6 else 10
        if hint is None and max(tops.values()) == 3 and _counted(found) == {1, 2, 3}:
            hint = 3  # both halves of a rating use one scale
        fractions = hint == 100 and tops[name] <= 1
        steps = steps_of(
            list(dict.fromkeys(found[name])), None if fractions else hint, likelihood=name == "likelihood"
        )
        becomes[name] = {
            v: UNRATED if is_unrated(v) else step if (step := steps.get(v)) is not None else SETTLE
            for v in dict.fromkeys(found[name])
        }
    return becomes


def _counted(found: Map[Axis, Sequence[str]]) -> set[float]:
    """The numbers that stand in both halves of the ratings together."""
    return {n for values in found.values() for n in map(number_of, values) if n is not None}


def _top(values: Sequence[str]) -> float:
    return max((n for n in (number_of(v) for v in values) if n is not None), default=0.0)


def route_of(text: str) -> str:
    """The catalogue's route that a cell names by its number or its words, or ""."""
    words = text.split(maxsplit=1)
    return (_routes().get(key(text)) or _routes().get(key(words[0])) or "") if words else ""


def _routes() -> Map[str, str]:
    """What names a route: its number, its name, a sub-route, and a part of these that no other route has."""
    if not _ROUTES:
        from techguard import catalog

        routes = catalog.routes().values()
        _ROUTES.update({key(route.id): route.id for route in routes})
        names = [(route.id, route.name) for route in routes]
        subs = [(route.id, sub) for route in routes for sub in route.sub_routes]
        for texts in (names, subs):
            said = [(ref, text.in_(lang)) for ref, text in texts for lang in LANGUAGES]
            parts = [(ref, part) for ref, text in said for part in _PARTS.split(text)]
            for spelled in (said, parts):
                found: dict[str, set[str]] = {}
                for ref, words in spelled:
                    found.setdefault(key(words), set()).add(ref)
                for words, refs in found.items():
                    if len(refs) == 1:
                        _ROUTES.setdefault(words, *refs)
    return _ROUTES


_ROUTES: dict[str, str] = {}
_PARTS = re.compile(r"・|, | and ")
