"""Which rows of a table are entries, and which are titles, sections, totals, legends, forms without content.

Every row of a sheet gets exactly one fate here or, later, as an entry: nothing falls between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from techguard.i18n import N_

from .detect import JOIN, LONG_TEXTS, header_cells
from .errors import BadMapping
from .mapping import ColumnMap, TableMap
from .read import Cell, Grid, blank
from .values import lists_choices, number_of, reading_of, text_of
from .words import is_example, is_hint, is_total, key, meanings


@dataclass(slots=True)
class Record:
    """One entry: its first row, the rows that go on from it, and the section it stands in."""

    row: int
    cells: list[Cell]
    further: list[tuple[int, list[Cell]]] = field(default_factory=list)
    section: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """A row that is no entry, and why (a message id)."""

    row: int
    reason: str
    text: str = ""


@dataclass(slots=True)
class Layout:
    """A mapping held against a sheet: the meaning of each column by its place in the grid."""

    grid: Grid
    table: TableMap
    columns: dict[int, ColumnMap]
    first: int
    last: int
    header: tuple[int, ...]

    def at(self, *fields: str) -> list[int]:
        return [at for at, c in self.columns.items() if c.field in fields]


def layout(grid: Grid, table: TableMap) -> Layout:
    """Find the mapped columns in the sheet, by heading if they have moved. Raises `BadMapping`."""
    offset = grid.row_number(0)
    header = tuple(n - offset for n in table.header)
    if not all(0 <= row < len(grid.rows) for row in header):
        raise BadMapping(where=f"{grid.name}: header", reason=f"{table.header}")
    depth = header[-1] - header[0] + 1
    headings = [JOIN.join(parts) for parts in header_cells(grid, header[0], depth)]
    if table.own:
        headings = [
            text_of(grid.rows[header[0]][at]) if at < len(grid.rows[header[0]]) else ""
            for at in range(grid.width)
        ]
    columns: dict[int, ColumnMap] = {}
    for name, column in table.columns.items():
        at = grid.column_at(name)
        if column.header and (
            at is None or not 0 <= at < grid.width or key(headings[at]) != key(column.header)
        ):
            moved = [i for i, text in enumerate(headings) if key(text) == key(column.header)]
            if len(moved) != 1:
                raise BadMapping(where=f"{grid.name}: {name}", reason=column.header)
            at = moved[0]
        if at is None or at < 0:
            raise BadMapping(where=f"{grid.name}: {name}", reason="?")
        columns[at] = column
    # A column that the mapping does not name (a new one) is kept like any unknown one.
    for at in range(grid.width):
        if at not in columns:
            columns[at] = ColumnMap(field="note", header=headings[at])
    last = min(table.last - offset, len(grid.rows) - 1) if table.last else len(grid.rows) - 1
    return Layout(grid, table, dict(sorted(columns.items())), table.first - offset, last, header)


SECTION = N_("section title")
BELOW = N_("legend or note below the table")
BLANK = N_("blank")
HEADINGS = N_("headings")
_SUBSTANCE = {
    *LONG_TEXTS,
    *("title", "owner", "action_owner", "technology", "counterparty", "engagement", "code_name", "name"),
}


def records(lay: Layout) -> tuple[list[Record], list[Skip]]:
    """The entries of a table and the fate of every other row of its sheet."""
    grid, rows = lay.grid, lay.grid.rows
    skips = [
        Skip(
            r,
            BLANK if _is_blank(rows[r]) else HEADINGS if r in lay.header else N_("above the headings"),
            _line(rows[r]),
        )
        for r in range(min(lay.first, len(rows)))
    ]
    filled = _filled_down(lay)
    spans = {r0 for r0, c0, r1, c1 in grid.merged if r0 == r1 and c1 > c0}
    named = [at for at, c in lay.columns.items() if c.field in {"title", "description", "code_name", "name"}]
    numbers = lay.at("source_ref") if not lay.table.own else []
    rated = [
        at
        for at, c in lay.columns.items()
        if c.field in {"likelihood", "impact"} or c.field.startswith("impact_")
    ]
    numbered = _mostly_filled(lay, numbers)
    raw_header = [rows[lay.header[-1]][at] if at < len(rows[lay.header[-1]]) else "" for at in lay.columns]
    found: list[Record] = []
    section, gap = "", False
    for r in range(lay.first, lay.last + 1):
        cells = rows[r]
        used = [at for at, c in enumerate(cells) if c != "" and not blank(c)]
        if not used:
            skips.append(Skip(r, BLANK))
            gap = True
            continue
        reason = ""
        if not lay.table.own:
            reason = _aside(lay, r, cells, used, raw_header)
        elif is_example(text_of(cells[used[0]])):
            reason = N_("example")
        if not reason and not lay.table.own:
            if _is_section(lay, r, cells, used, spans, numbers, named, numbered):
                section, reason = text_of(cells[used[0]]), SECTION
            elif gap and _is_below(used, cells, numbers, numbered, rated, named):
                reason = BELOW
        if reason:
            skips.append(Skip(r, reason, _line(cells)))
            continue
        goes_on = (
            not lay.table.own
            and found
            and not gap
            and named
            and not any(at in used for at in named)
            and not any(at in used for at in numbers)
            and (numbers or any((r, at) in filled for at in named))
            and any(
                lay.columns[at].field in _SUBSTANCE | {"note", "due", "action_status"}
                for at in used
                if at in lay.columns
            )
        )
        if goes_on and not any(at in used for at in rated):
            found[-1].further.append((r, cells))
            continue
        whole = list(cells)
        for at in lay.columns:
            if (r, at) in filled and at < len(whole) and blank(whole[at]):
                whole[at] = filled[r, at]
        if goes_on:
            for at in (*named, *numbers):
                if at < len(whole) and blank(whole[at]) and at < len(found[-1].cells):
                    whole[at] = found[-1].cells[at]
        found.append(Record(r, whole, section=section))
        gap = False
    skips += [
        Skip(r, BLANK if _is_blank(rows[r]) else N_("outside the table"), _line(rows[r]))
        for r in range(max(lay.last + 1, lay.first), len(rows))
    ]
    end = found[-1].row if found else len(rows)
    skips = [Skip(s.row, BELOW, s.text) if s.reason == SECTION and s.row > end else s for s in skips]
    return (found, skips) if lay.table.own else _without_empty_forms(lay, found, skips)


def _is_blank(cells: Sequence[Cell]) -> bool:
    return all(blank(c) for c in cells)


def _line(cells: Sequence[Cell]) -> str:
    """A row as one line, for the report."""
    text = " | ".join(" ".join(text_of(c).split()) for c in cells if not blank(c))
    return text if len(text) <= 200 else text[:199] + "…"


def _filled_down(lay: Layout) -> dict[tuple[int, int], Cell]:
    """What cells merged downwards say in their lower rows."""
    filled: dict[tuple[int, int], Cell] = {}
    rows = lay.grid.rows
    for r0, c0, r1, c1 in lay.grid.merged:
        if r1 > r0 >= lay.first and c0 == c1 and c0 < len(rows[r0]) and not blank(rows[r0][c0]):
            for r in range(r0 + 1, min(r1, len(rows) - 1) + 1):
                filled[r, c0] = rows[r0][c0]
    return filled


def _mostly_filled(lay: Layout, columns: Sequence[int]) -> bool:
    rows = [r for r in lay.grid.rows[lay.first : lay.last + 1] if sum(not blank(c) for c in r) > 2]
    return bool(rows and columns) and sum(
        any(at < len(r) and not blank(r[at]) for at in columns) for r in rows
    ) > 0.6 * len(rows)


def _aside(lay: Layout, r: int, cells: list[Cell], used: list[int], raw_header: list[Cell]) -> str:
    """Why a row inside the table is no entry, if its own words say so."""
    first = cells[used[0]]
    if isinstance(first, str):
        header = raw_header[used[0]] if used[0] < len(raw_header) else ""
        if isinstance(header, str) and (first == header or (len(first) < 60 and key(first) == key(header))):
            same = sum(
                at < len(raw_header) and key(text_of(cells[at])) == key(text_of(raw_header[at]))
                for at in used
            )
            if same >= max(2, 0.6 * len(used)):
                return N_("headings again")
        if len(first) < 40 and is_total(first) and all(number_of(cells[at]) is not None for at in used[1:]):
            return N_("total")
        if len(first) < 40 and is_example(first) and len(used) > 2:
            return N_("example")
    if r <= lay.first + 2 and len(used) >= 3:
        texts = [text_of(cells[at]).strip("()（）[] ") for at in used]
        if [number_of(t) for t in texts] == [float(n) for n in range(1, len(texts) + 1)]:
            return N_("column numbers")
        if [t.lower() for t in texts] == [chr(97 + n) for n in range(len(texts))]:
            return N_("column numbers")
    if r <= lay.first + 1 and len(used) >= 3:
        headings = [at for at in used if at in lay.columns and _is_heading_of(lay, at, cells[at])]
        if len(headings) >= max(2, 0.6 * len(used)):
            return N_("headings again")
        choices = [text_of(cells[at]) for at in lay.at("likelihood", "impact") if at in used]
        if choices and all(map(lists_choices, choices)):
            return N_("instructions")
        hints = sum(is_hint(text_of(cells[at])) for at in used if isinstance(cells[at], str))
        rated = [at for at in used if at in lay.columns and lay.columns[at].field in {"likelihood", "impact"}]
        if hints >= max(2, 0.4 * len(used)) and not any(_is_value(cells[at]) for at in rated):
            return N_("instructions")
    return ""


def _is_heading_of(lay: Layout, at: int, cell: Cell) -> bool:
    """Whether a cell is a heading that means what its column means: the same row in a second language."""
    if not isinstance(cell, str) or len(cell) > 60:
        return False
    return any(m.field == lay.columns[at].field and m.score >= 85 for m in meanings(cell, lay.table.kind))


def _is_value(cell: Cell) -> bool:
    text = text_of(cell)
    return len(text) < 30 and reading_of(text) is not None


def _is_section(
    lay: Layout,
    r: int,
    cells: list[Cell],
    used: list[int],
    spans: set[int],
    numbers: Sequence[int],
    named: Sequence[int],
    numbered: bool,
) -> bool:
    """A title inside the table: one text alone, over merged cells, or where every entry has a number."""
    if len(used) != 1 or not isinstance(cells[used[0]], str) or len(lay.columns) < 3:
        return False
    at = used[0]
    if r in spans:
        return True
    if at in numbers:
        return number_of(cells[at]) is None and len(text_of(cells[at])) > 3
    return at not in named or numbered


def _is_below(
    used: list[int],
    cells: list[Cell],
    numbers: Sequence[int],
    numbered: bool,
    rated: Sequence[int],
    named: Sequence[int],
) -> bool:
    """After a gap: no number where every entry has one, no rating, and little else: a legend or a remark."""
    if rated and any(at in used and _is_value(cells[at]) for at in rated):
        return False
    if numbered and any(at in used for at in numbers) and any(at in used for at in named):
        return False
    return len(used) <= 2 or (numbered and len(used) <= 3) or not any(at in used for at in named)


def _without_empty_forms(
    lay: Layout, found: list[Record], skips: list[Skip]
) -> tuple[list[Record], list[Skip]]:
    """Rows of a form that hold only a number, a formula's result or a preset choice are no entries."""
    said = [at for at, c in lay.columns.items() if c.field in _SUBSTANCE]
    noted = lay.at("note")
    fixed = lay.at("source_ref", "level")

    def says(record: Record) -> bool:
        return any(at < len(record.cells) and not blank(record.cells[at]) for at in said)

    def rest(record: Record) -> tuple[str, ...]:
        return tuple(text_of(c) for at, c in enumerate(record.cells) if at not in fixed and not blank(c))

    empty = [r for r in found if not says(r) and not r.further]
    about = lay.at(
        *("title", "description", "cause", "path", "consequence", "likelihood", "impact", "impact_part"),
        *("owner", "actions", "controls", "treatment_plan"),
    )
    presets: dict[tuple[str, ...], int] = {}
    for record in empty:
        presets[rest(record)] = presets.get(rest(record), 0) + 1
    substantial = any(says(r) for r in found)
    kept: list[Record] = []
    gone: list[Skip] = []
    for record in found:
        if not says(record) and not record.further:
            own = rest(record)
            words = [c for at in noted if at < len(record.cells) and not blank(c := record.cells[at])]
            texts = [c for c in words if isinstance(c, str) and number_of(c) is None]
            preset = not own or (presets[own] > 1 and presets[own] > len(empty) / 2) or not substantial
            if preset and not (texts and presets[own] == 1 and substantial):
                gone.append(Skip(record.row, N_("empty row of the form"), _line(record.cells)))
                continue
            silent = all(at >= len(record.cells) or blank(record.cells[at]) for at in about)
            if lay.table.kind == "exposure" and substantial and silent:
                gone.append(Skip(record.row, N_("describes no risk"), _line(record.cells)))
                continue
        kept.append(record)
    return kept, sorted([*skips, *gone], key=lambda s: s.row)
