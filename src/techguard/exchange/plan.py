"""What an import would do, row by row, before anything is done.

`plan` turns a file and its mapping into new entries, changes of entries that are already there, and problems.
Every row of every sheet is accounted for exactly once: taken, skipped with a reason, or to be settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from techguard.domain.items import Item
from techguard.domain.kinds import kind_of
from techguard.errors import few
from techguard.i18n import N_
from techguard.store.collecting import uncollected

from .detect import detect
from .errors import BadMapping, NoRows, NothingFound
from .fates import Built, Fate, Problem, RowFate
from .foreign import Foreign
from .mapping import Mapping, TableMap
from .own import Own
from .propose import choices_for, complete
from .read import Grid, Notice, Source, blank
from .rows import Layout, Record, layout, records
from .values import text_of
from .view import View
from .words import key

if TYPE_CHECKING:
    from techguard.register import Register


@dataclass(slots=True)
class Plan:
    """What an import will do. Nothing has been done yet."""

    source: Source
    mapping: Mapping
    items: list[Item] = field(default_factory=list)
    changes: list[tuple[Item, dict[str, Any]]] = field(default_factory=list)
    unchanged: int = 0
    unrated: int = 0
    problems: list[Problem] = field(default_factory=list)
    rows: list[RowFate] = field(default_factory=list)
    others: list[tuple[str, str, int]] = field(default_factory=list)
    """Sheets that are no register: name, what they seem to be (message id), rows."""
    notices: list[Notice] = field(default_factory=list)
    value_counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """In how many cells each value of a mapped list of words stands: by sheet, list and value."""

    @property
    def to_settle(self) -> list[Problem]:
        """What nobody but the file's owner can decide."""
        return [p for p in self.problems if p.outcome == "settle"]

    @property
    def counts(self) -> dict[str, int]:
        """New entries by kind."""
        return dict(Counter(kind_of(i).name for i in self.items))


@uncollected()
def plan(source: Source, mapping: Mapping, register: Register | None = None) -> Plan:
    """Hold a file with its mapping against a register (or an empty one).

    Raises `NothingFound` if no sheet is taken, `NoRows` if a form has no entries, `BadMapping` if the mapping
    does not fit the file.
    """
    view = View(register)
    mapping = mapping.model_copy(deep=True)
    out = Plan(source, mapping, notices=list(source.notices))
    lists = _lists(source, mapping, out, view)
    if not lists:
        raise NothingFound(name=source.name, found=_found(source))
    if not any(found for _, found in lists):
        lay = lists[0][0]
        raise NoRows(name=source.name, sheet=lay.grid.name, row=lay.table.header[-1])
    own, foreign = Own(view, mapping, source), Foreign(view, mapping, source)
    own.announce([(lay, found) for lay, found in lists if lay.table.own])
    # Lists of measures name the risks of the same file by their numbers: risks first.
    for lay, found in sorted(lists, key=lambda pair: pair[0].table.kind != "exposure"):
        builder = own if lay.table.own else foreign
        builder.begin(lay, found)
        if lay.table.kind == "exposure" and not lay.table.own:
            out.notices += [*_unrated_list(lay), *_on_own_steps(lay, view), *_mixed(lay, found)]
        if not lay.table.own:
            if source.delimited:
                out.notices += _shifted(lay, found)
            out.value_counts |= _value_counts(lay, found)
        for record in found:
            _settle(out, builder.build(record), lay, record)
        out.problems += builder.checks()
    _finish(out, foreign)
    return out


def _lists(source: Source, mapping: Mapping, out: Plan, view: View) -> list[tuple[Layout, list[Record]]]:
    """The entries of every table that is taken. All other rows are written down in `out` as skipped."""
    by_sheet: dict[str, list[TableMap]] = {}
    for table in mapping.table:
        by_sheet.setdefault(table.sheet, []).append(table)
    lists: list[tuple[Layout, list[Record]]] = []
    for grid in source.grids:
        tables = by_sheet.pop(grid.name, [])
        wanted = [t for t in tables if t.take]
        if not wanted:
            what = _why_not(grid, tables)
            out.others.append((grid.name, what, len(grid.rows)))
            out.rows += [
                RowFate(grid.name, grid.row_number(r), "skipped", what) for r in range(len(grid.rows))
            ]
            continue
        # A grid is read upright or turned, never both: its rows are counted one way.
        turned = grid.turned() if wanted[0].transposed else grid
        fates: dict[int, RowFate] = {}
        entries: set[int] = set()
        for table in wanted:
            lay = layout(turned, table)
            if view.scale(table.scale) is None:
                raise BadMapping(where=f"{grid.name}: scale", reason=table.scale)
            found, skips = records(lay)
            if not table.own:
                complete(lay, found, view.editions)
            lists.append((lay, found))
            entries |= {row for record in found for row in (record.row, *(r for r, _ in record.further))}
            for skip in skips:
                inside = lay.header[0] <= skip.row <= lay.last
                if inside or skip.row not in fates:
                    number = turned.row_number(skip.row)
                    fates[skip.row] = RowFate(grid.name, number, "skipped", skip.reason, text=skip.text)
        out.rows += [fate for row, fate in sorted(fates.items()) if row not in entries]
    missing = [name for name, tables in by_sheet.items() if any(t.take for t in tables)]
    if missing:
        raise BadMapping(where="sheet", reason=missing[0])
    return lists


def _settle(out: Plan, built: Built, lay: Layout, record: Record) -> None:
    out.problems += built.problems
    fate: Fate = "taken" if built.settled else "problem"
    sheet, reason = lay.grid.name, "" if built.settled else N_("must be settled")
    number = lay.grid.row_number(record.row)
    out.rows.append(RowFate(sheet, number, fate, reason, built.kind, built.title))
    for row, _ in record.further:
        goes_on = reason or N_("goes on from the row above")
        out.rows.append(RowFate(sheet, lay.grid.row_number(row), fate, goes_on, built.kind))
    if built.settled:
        out.items += built.items
        out.changes += [(item, fields) for item, fields in built.changes if fields]
        out.unchanged += sum(not fields for _, fields in built.changes)


_KINDS = {
    "risk",
    "issue",
    "assumption",
    "dependency",
    "dependencie",
    "action",
    "decision",
    "opportunity",
    "change",
    "constraint",
}


def _mixed(lay: Layout, found: Sequence[Record]) -> list[Notice]:
    """Whether rows say that they are of several kinds, as in a RAID log."""
    for at, column in lay.columns.items():
        if column.field != "note":
            continue
        said = set[str]()
        for record in found:
            said |= (
                {key(text_of(record.cells[at])).removesuffix("s")} - {""} if at < len(record.cells) else set()
            )
            if not said <= _KINDS:
                break
        if "risk" in said and len(said) > 1 and said <= _KINDS:
            message = N_(
                "The list holds entries of several kinds ({kinds}). All are taken as exposures; "
                "the kind of each is kept in its note."
            )
            return [Notice(message, {"kinds": tuple(sorted(said))}, lay.grid.name)]
    return []


def _shifted(lay: Layout, found: Sequence[Record]) -> list[Notice]:
    """Rows of delimited text with more cells than headings: a separator stands in a text without quotes."""
    named = max((at for at, c in lay.columns.items() if c.header), default=0)
    rows = [r.row for r in found if any(not blank(c) for c in r.cells[named + 1 :])]
    if not rows or len(rows) > len(found) / 2:
        return []
    shown = few([lay.grid.row_number(row) for row in rows], 10)
    message = N_(
        "Rows {rows} have more cells than there are headings: probably a text holds the separator without "
        "quotes, and what follows stands one column too far to the right. Correct the file."
    )
    return [Notice(message, {"rows": shown}, lay.grid.name)]


def _unrated_list(lay: Layout) -> list[Notice]:
    """Whether a list rates its risks at all: by a likelihood and an impact."""
    fields = {c.field for c in lay.columns.values()}
    impact = any(f == "impact" or f.startswith("impact_") for f in fields)
    if "likelihood" in fields and impact:
        return []
    message = N_("The list has no likelihood that can be read; its risks have no level.")
    if "likelihood" in fields:
        message = N_("The list has no impact that can be read; its risks have no level.")
    elif not impact:
        message = N_("The list rates neither likelihood nor impact; its own scores are kept in the note.")
    return [Notice(message, {}, lay.grid.name)]


def _on_own_steps(lay: Layout, view: View) -> list[Notice]:
    """Whether the ratings are on steps of the company's own, so that a person can say if they are not."""
    scale = view.scale(lay.table.scale)
    if not lay.table.scale or scale is None:
        return []
    message = N_(
        "The ratings are on the company's own steps ({rows} × {columns}, scale {edition}) and are taken as "
        "they are."
    )
    rows, columns = scale.size
    return [Notice(message, {"rows": rows, "columns": columns, "edition": scale.edition}, lay.grid.name)]


def _value_counts(lay: Layout, found: Sequence[Record]) -> dict[tuple[str, str, str], int]:
    """How often each value occurs that the mapping translates."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for at, column in lay.columns.items():
        name = (
            "impact" if column.field.startswith("impact_") else choices_for(lay.table.kind, column.field)[0]
        )
        if name in lay.table.values:
            for record in found:
                cell = record.cells[at] if at < len(record.cells) else ""
                if cell != "" and not blank(cell):
                    counts[lay.grid.name, name, column.tick or text_of(cell)] += 1
    return dict(counts)


def _finish(out: Plan, foreign: Foreign) -> None:
    """Add what rows share: people, technologies, countermeasures; join several changes of one entry."""
    items, changes = foreign.shared()
    out.items = [*items, *out.items]
    merged: dict[str, tuple[Item, dict[str, Any]]] = {}
    for item, fields in [*out.changes, *changes]:
        known = merged.setdefault(item.id, (item, {}))[1]
        for name, value in fields.items():
            both = isinstance(value, tuple) and isinstance(known.get(name), tuple)
            known[name] = tuple(dict.fromkeys((*known[name], *value))) if both else value
    out.changes = list(merged.values())
    out.unrated = foreign.unrated


def _why_not(grid: Grid, tables: Sequence[TableMap]) -> str:
    """Why nothing of a sheet is taken (a message id)."""
    if tables:
        return N_("hidden sheet") if grid.hidden else N_("the mapping leaves it out")
    found = detect([grid])
    return found.others[0][1] if found.others else N_("the mapping does not name it")


def _found(source: Source) -> str:
    parts = [f"{grid.name} ({what})" for grid, what in detect(source.grids).others]
    return "; ".join(parts[:8]) + (" …" if len(parts) > 8 else "")


def accounted(plan_: Plan) -> bool:
    """Whether every row of the file has exactly one fate."""
    want: Counter[tuple[str, int]] = Counter()
    for grid in plan_.source.grids:
        turned = (
            grid.turned() if any(t.transposed for t in plan_.mapping.table if t.sheet == grid.name) else grid
        )
        for r in range(len(turned.rows)):
            want[grid.name, turned.row_number(r)] += 1
    return want == Counter((f.sheet, f.row) for f in plan_.rows)
