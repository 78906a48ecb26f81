"""Where the register is: on which sheet, under which headings, and what each column means.

Titles, metadata, legends, matrices and lists of choices lie around a register in every other file. Each row
is tried as the row of headings, alone and together with the one or two rows below; what is understood of it,
in any of our languages, decides.
"""

# japanese throughout: it recognises what Japanese lists say

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean

from techguard.domain.kinds import KINDS
from techguard.i18n import N_

from .mapping import IGNORE
from .read import Cell, Grid, blank
from .values import date_of, hinted_points, is_quantity, number_of, reading_of, text_of
from .words import (
    FOREIGN,
    VAULT_MARK,
    Meaning,
    basis_of,
    choice_of,
    is_example,
    is_unrated,
    key,
    meanings,
    own_headings,
    without_brackets,
    yes_or_no,
)

SCANNED = 120
"""Rows that are tried as headings before a sheet is given up."""
DEEPEST = 3
JOIN = " › "

LONG_TEXTS = {
    *("description", "cause", "path", "consequence", "assumptions", "controls", "actions", "treatment_plan"),
    *("rationale", "outline", "decision_asked", "control_refs", "evidence"),
}
MANY = {*LONG_TEXTS, "note", "impact_part"}
"""What several columns may say together."""
SUBJECTS = ("title", "description", "consequence", "cause", "path")
"""What can stand for a risk, best first."""


@dataclass(slots=True)
class Column:
    """A column of a table: where it is, what its heading says, and what it was taken for."""

    at: int
    header: str
    field: str = "note"
    basis: str = ""
    tick: str = ""
    score: int = 0


@dataclass(slots=True)
class Table:
    """A register found in a sheet. Rows count from 0 within the grid; `last` is the last that may be data."""

    grid: Grid
    kind: str
    header: tuple[int, ...]
    first: int
    last: int
    columns: list[Column]
    own: bool = False
    score: float = 0.0

    def column(self, field_name: str, basis: str | None = None) -> Column | None:
        return next(
            (c for c in self.columns if c.field == field_name and (basis is None or c.basis == basis)), None
        )


@dataclass(slots=True)
class Found:
    """What a file holds: the tables, and for every other sheet what it seems to be (a message id)."""

    tables: list[Table] = field(default_factory=list)
    others: list[tuple[Grid, str]] = field(default_factory=list)


def detect(grids: Sequence[Grid]) -> Found:
    """Every register in a file, and what the other sheets are."""
    found = Found()
    for grid in grids:
        tables, what = tables_in(grid)
        if tables:
            found.tables += tables
        else:
            found.others.append((grid, what))
    return found


def tables_in(grid: Grid) -> tuple[list[Table], str]:
    """The tables of one sheet, from top to bottom; if none, what the sheet is (a message id)."""
    if not grid.rows:
        return [], N_("empty sheet")
    tables: list[Table] = []
    start = 0
    while start < len(grid.rows):
        table = _best_header(grid, start)
        if table is None:
            break
        table.last = _end(table)
        tables.append(table)
        start = table.last + 1
    tables = [t for t in tables if t.own or not _is_legend(t)]
    if tables:
        return tables, ""
    turned = grid.turned()
    if len(turned.rows) <= 400 and not grid.transposed and grid.width <= len(grid.rows):
        sideways = _best_header(turned, 0, DEEPEST)
        if sideways and sideways.kind == "exposure" and len(sideways.header) == 1 and sideways.score >= 4.5:
            sideways.last = len(turned.rows) - 1
            return [sideways], ""
    return [], _what(grid)


# --- Headings ------------------------------------------------------------------------------------


def _best_header(grid: Grid, start: int, scanned: int = SCANNED) -> Table | None:
    """The table whose row of headings is understood best, the first one if several are alike."""
    best: Table | None = None
    tried = 0
    for row in range(start, len(grid.rows)):
        cells = [text_of(c) if isinstance(c, str) else c for c in grid.rows[row]]
        filled = [c for c in cells if c != ""]
        if len(filled) < 2 or sum(isinstance(c, str) and len(c) < 160 for c in filled) < 2:
            continue
        tried += 1
        if tried > scanned or (best and row > best.header[-1] + 25):
            break
        for depth in range(1, DEEPEST + 1):
            if row + depth > len(grid.rows) or (depth > 1 and not _may_be_header(grid, row + depth - 1)):
                break
            if depth > 1 and not _goes_on(grid, row, depth):
                continue
            for kind in KINDS if depth == 1 else FOREIGN:
                table = _as_header(grid, row, depth, kind)
                deeper = best is not None and depth > len(best.header)
                if table and (best is None or table.score > best.score + (0.4 if deeper else 0.0)):
                    best = table
        if best and best.own:
            break
    return best


def _may_be_header(grid: Grid, row: int) -> bool:
    """A further row of headings holds short words, not data."""
    filled = [c for c in grid.rows[row] if not blank(c)]
    texts = [c for c in filled if isinstance(c, str)]
    numbers = [c for c in filled if not isinstance(c, str)]
    return (
        bool(texts)
        and all(len(t) < 80 for t in texts)
        and all(number_of(c) in {1, 2, 3, 4, 5} for c in numbers)
    )


def _goes_on(grid: Grid, row: int, depth: int) -> bool:
    """Whether the last of several rows says headings: most of it is understood, alone or under its groups.

    Without this, the first entry of a list of short texts would pass for headings, and be lost.
    """
    last = grid.rows[row + depth - 1]
    filled = [at for at, c in enumerate(last) if not blank(c)]
    headings = header_cells(grid, row, depth)
    merged = any(r0 <= row + depth - 1 <= r1 and r1 > r0 for r0, _, r1, _ in grid.merged)

    def understood(at: int) -> bool:
        text = text_of(last[at])
        if reading_of(text) is not None:
            return len(headings[at]) > 1
        alone = max((m.score for kind in FOREIGN for m in meanings(text, kind)[:1]), default=0)
        return alone >= 70 or basis_of(text)[0] != ""

    known = sum(understood(at) for at in filled)
    return known >= 0.5 * len(filled) or (merged and known > 0)


def header_cells(grid: Grid, row: int, depth: int) -> list[tuple[str, ...]]:
    """The heading of every column, outermost first: groups are spread over the columns they cover."""
    spread = [_spread(grid, row + level, level < depth - 1, depth) for level in range(depth)]
    columns = []
    for at in range(grid.width):
        parts: list[str] = []
        for level in spread:
            if level[at] and (not parts or key(level[at]) != key(parts[-1])):
                parts.append(level[at])
        columns.append(tuple(parts))
    return columns


def _spread(grid: Grid, row: int, is_group: bool, depth: int) -> list[str]:
    cells = [text_of(c) for c in grid.rows[row]] + [""] * (grid.width - len(grid.rows[row]))
    if not is_group:
        return cells
    covered = False
    for r0, c0, _, c1 in grid.merged:
        if r0 == row and c1 > c0 and cells[c0]:
            covered = True
            for at in range(c0, min(c1 + 1, len(cells))):
                cells[at] = cells[c0]
    if covered or any(r0 <= row <= r1 and c1 > c0 for r0, c0, r1, c1 in grid.merged):
        return cells
    # Without merged cells: a group goes on over the columns that have a heading below and none of their own.
    below = grid.rows[row + 1] if row + 1 < len(grid.rows) else []
    current = ""
    for at in range(len(cells)):
        under = at < len(below) and not blank(below[at])
        if cells[at]:
            current = cells[at] if under else ""
        elif under:
            cells[at] = current
        else:
            current = ""
    return cells


def _as_header(grid: Grid, row: int, depth: int, kind: str) -> Table | None:
    headings = header_cells(grid, row, depth)
    if depth == 1:
        own = _own(grid, row, headings, kind)
        if own:
            return own
    if kind not in FOREIGN:
        return None
    columns = [Column(at, JOIN.join(parts)) for at, parts in enumerate(headings)]
    named = [c for c in columns if c.header]
    if len(named) < 2:
        return None
    candidates = {c.at: heading_meanings(headings[c.at], kind) for c in named}
    assign(columns, candidates, kind)
    if not _is_table(columns, kind, grid):
        return None
    understood = [c for c in named if c.score >= 55]
    distinct = {(c.field, c.basis, c.tick) for c in understood if c.field != "note"}
    weight = dict.fromkeys(distinct, 0.0)
    for c in understood:
        if c.field != "note":
            pair = (c.field, c.basis, c.tick)
            weight[pair] = max(weight[pair], 1.0 if c.score >= 90 else 0.6 if c.score >= 70 else 0.35)
    score = sum(weight.values()) + 0.15 * sum(c.field == "note" and c.score >= 85 for c in understood)
    score *= 0.4 + 0.6 * len(understood) / len(named)
    long = sum(len(c.header) > 90 for c in named)
    score -= 0.5 * long + 0.5 * (depth - 1)
    score -= 0.4 * sum(reading_of(c.header) is not None and not c.tick and c.score < 90 for c in named)
    return Table(
        grid, kind, tuple(range(row, row + depth)), row + depth, len(grid.rows) - 1, columns, False, score
    )


def _own(grid: Grid, row: int, headings: Sequence[tuple[str, ...]], kind: str) -> Table | None:
    """One of our own sheets: every heading is a label or the name of a field of the kind."""
    columns = [Column(at, parts[0] if parts else "") for at, parts in enumerate(headings)]
    for c in columns:
        if c.header.startswith(VAULT_MARK):
            c.field = IGNORE
    named = [c for c in columns if c.header and c.field != IGNORE]
    required = {f.name for f in KINDS[kind].editable if f.required}
    known = next((w for w in own_headings(kind) if all(key(c.header) in w for c in named)), None)
    if len(named) < 2 or known is None:
        return None
    for c in named:
        c.field, c.score = known[key(c.header)], 100
    fields = [c.field for c in named]
    if not required <= set(fields) or len(set(fields)) != len(fields):
        return None
    if "ref" not in fields and (kind in FOREIGN or len(named) < 3):
        return None  # a plain "Title, Status, Owner" is everybody's
    return Table(grid, kind, (row,), row + 1, len(grid.rows) - 1, columns, True, 100.0 + len(named))


def heading_meanings(parts: Sequence[str], kind: str) -> list[Meaning]:
    """What a heading under its groups may mean, likeliest first."""
    if not parts:
        return []
    *groups, last = parts
    found: dict[str, Meaning] = {}

    def consider(options: Iterable[Meaning], plus: int, basis: str = "") -> None:
        for m in options:
            score = m.score + plus
            if m.field not in found or found[m.field].score < score:
                found[m.field] = Meaning(m.field, score, m.basis or (basis if _is_rated(m.field) else ""))

    basis = next((b for b in (basis_of(g)[0] for g in reversed(groups)) if b), "")
    consider(meanings(last, kind), 0, basis)
    for group in groups:
        consider(meanings(f"{group} {last}", kind), 1, basis)
    return sorted(found.values(), key=lambda m: -m.score)


def _is_rated(field_name: str) -> bool:
    return field_name in {"likelihood", "impact", "level"} or field_name.startswith("impact_")


def assign(
    columns: list[Column],
    candidates: Mapping[int, Sequence[Meaning]],
    kind: str,
    banned: frozenset[tuple[int, str]] = frozenset(),
) -> None:
    """Give each column the likeliest of its meanings that no better column has. What is left stays a note."""
    allowed = None if kind != "exposure" else _EXPOSURE
    initials = {c.at for c in columns if key(c.header.split(JOIN)[-1]) in {"c", "i", "a"}}
    taken: set[tuple[str, str]] = set()
    groups = _ticked(columns, kind)
    stems: dict[str, set[str]] = {}
    impact = any(
        m.field == "impact" and m.score >= 85 and not _SEVERITY.search(_stem(c))
        for c in columns
        for m in candidates.get(c.at, ())
        if (c.at, "impact") not in banned
    )
    order = sorted(
        ((_weight(c, m, impact), -c.at, c, m) for c in columns for m in candidates.get(c.at, ())),
        key=lambda t: t[:2],
        reverse=True,
    )
    done: set[int] = set()
    for c in columns:
        c.field, c.basis, c.tick, c.score = "note", "", "", 0
    for at, (field_name, basis, tick) in groups.items():
        c = next(c for c in columns if c.at == at)
        c.field, c.basis, c.tick, c.score = field_name, basis, tick, 98
        taken.add((field_name, basis))
        done.add(at)
    if kind == "exposure" and len(initials) == len({_stem(c) for c in columns if c.at in initials}) == 3:
        # Confidentiality, integrity, availability: three parts of one impact.
        for c in columns:
            if c.at in initials:
                c.field, c.basis, c.score = "impact_part", basis_of(c.header)[0] or "current", 90
                done.add(c.at)
    explicit = {
        (m.field, m.basis)
        for at, options in candidates.items()
        for m in options[:1]
        if m.basis and m.score >= 85 and (at, m.field) not in banned
    }
    for score, _, c, m in order:
        if c.at in done or score < _NEEDED.get(m.field, 55) or (c.at, m.field) in banned:
            continue
        if allowed is not None and m.field not in allowed:
            continue
        basis = m.basis
        if _is_rated(m.field):
            basis = basis or "current"
            if basis == "target" and (m.field, "residual") in explicit and m.field != "level":
                continue
            if (m.field, basis) in taken and not m.basis and m.field not in MANY:
                # The same names a second time: after the first set of ratings comes the one after measures.
                # Another name, such as Severity beside Impact, is the list's own level, not a second rating.
                if m.field != "level" and _stem(c) not in stems.get(m.field, {_stem(c)}):
                    continue
                basis = "target"
                if (m.field, "residual") in explicit or (m.field, "target") in explicit:
                    continue
        if m.field not in MANY and (m.field, basis) in taken:
            continue
        taken.add((m.field, basis))
        stems.setdefault(m.field, set()).add(_stem(c))
        c.field, c.basis, c.score = m.field, basis, score
        done.add(c.at)


_NEEDED = {"controls": 68, "actions": 68}
"""How sure a heading must be whose cells become entries of their own."""
_SEVERITY = re.compile(r"severity|severidad|gravite|criticality|schweregrad|深刻度|重大度")
_UNIT = re.compile(
    r"\b(?:days?|weeks?|months?|hours?|usd|eur|gbp|chf|jpy|inr|cad|aud|cost|costs|amount|money|millions?)\b|"
    r"[$€£¥￥]|金額|日数|件数|万円|百万円|億円"
)
_ESTIMATE = re.compile(
    r"\b(?:low|high|min|max|minimum|maximum|mode|mean|median|p10|p50|p80|p90|pessimistic|optimistic|count)\b"
)


def _stem(column: Column) -> str:
    """What a heading says below its groups, without the number that tells a doubled one apart."""
    return re.sub(r"[ .]?\d+$", "", key(column.header.split(JOIN)[-1]))


def _weight(column: Column, meaning: Meaning, impact: bool) -> int:
    """How sure a meaning is: a quantity is no rating, nor is Severity where another column says Impact."""
    if meaning.field in {"likelihood", "impact", "impact_part"}:
        last = column.header.split(JOIN)[-1]
        if _UNIT.search(last.casefold()) or _ESTIMATE.search(key(without_brackets(last))):
            return 0
        if impact and meaning.field == "impact" and _SEVERITY.search(key(last)):
            return meaning.score - 4
    return meaning.score


_EXPOSURE = {
    *(f.name for f in KINDS["exposure"].editable),
    *("description", "controls", "actions", "action_owner", "action_status", "due", "rationale", "rated_on"),
    *("likelihood", "impact", "level", "impact_part", "note"),
    *(f"impact_{d}" for d in ("financial", "market", "national_base", "partner_trust", "legal", "diversion")),
}


def _ticked(columns: Sequence[Column], kind: str) -> dict[int, tuple[str, str, str]]:
    """Columns under one rating that each stand for one value, to be ticked: at → field, basis, value."""
    if kind != "exposure":
        return {}
    found: dict[int, tuple[str, str, str]] = {}
    groups: dict[str, list[tuple[int, str]]] = {}
    for c in columns:
        parts = c.header.split(JOIN)
        if len(parts) > 1:
            groups.setdefault(JOIN.join(parts[:-1]), []).append((c.at, parts[-1]))
    for group, members in groups.items():
        options = [
            m for m in heading_meanings(group.split(JOIN), kind) if m.field in {"likelihood", "impact"}
        ]
        read = [reading_of(text) for _, text in members]
        if options and options[0].score >= 70 and len(members) >= 2 and all(read):
            for at, text in members:
                found[at] = options[0].field, options[0].basis or "current", text
    return found


_RISK = re.compile(
    r"risk|risque|risiko|riesgo|hazard|threat|danger|gefahr|peligro|failure mode|"
    r"リスク|脅威|流出|漏えい|漏洩|ハザード|危険|懸念"
)
_CONTROL = re.compile(
    r"control|safeguard|measure|mesure|massnahme|medida|countermeasure|requirement|action|"
    r"対策|管理策|統制|施策|要求事項"
)


def _is_table(columns: Sequence[Column], kind: str, grid: Grid) -> bool:
    """Whether these headings make a list of the kind: it says what the thing is, and something about it."""
    fields = {c.field for c in columns if c.score >= 55}
    sure = {c.field for c in columns if c.score >= 85}
    headings = [key(c.header) for c in columns if c.header]
    name = key(grid.name)
    if kind == "exposure":
        rated = fields & {"likelihood", "impact", "level", "impact_part", "impact_financial"}
        if not fields & set(SUBJECTS):
            return bool({"likelihood", "impact"} <= sure and len(headings) >= 4)
        about_risk = sum(bool(_RISK.search(h)) for h in headings) + bool(_RISK.search(name))
        others = fields & {
            *("source_ref", "owner", "status", "treatment", "controls", "actions", "treatment_plan", "due"),
            *("technology", "route", "department", "next_review", "cause", "consequence", "level"),
        }
        if {"likelihood", "impact"} <= fields:
            return True
        if rated & {"likelihood", "impact", "impact_part", "impact_financial"}:
            return len(others) >= 1 and (about_risk > 0 or len(others) >= 3)
        says = fields & {"title", "description", "cause"}
        enough = 2 if _RISK.search(name) and all(c.score >= 90 for c in columns if c.header) else 3
        return about_risk > 0 and bool(says) and len(others | says) >= enough
    if kind == "countermeasure":
        about = sum(bool(_CONTROL.search(h)) for h in headings) + bool(_CONTROL.search(name))
        rated = {
            m.field for c in columns if c.header for m in meanings(c.header, "exposure")[:1] if m.score > 90
        }
        if {"likelihood", "impact"} <= rated or not fields & {"title", "description"}:
            return False
        papers = re.search(r"version|revision|change|history|document|改訂|版", name)
        return about >= 1 and len(fields - {"note"}) >= 3 and not papers
    named = KINDS[kind].title
    risk = {m.field for c in columns if c.header for m in meanings(c.header, "exposure")[:1] if m.score > 90}
    if (
        named not in sure
        or risk & {"likelihood", "actions", "controls", "treatment"}
        or "risk" in " ".join(headings)
    ):
        return False
    return len(sure - {"note"}) >= 3


# --- Where a table ends, and what is no register --------------------------------------------------------


def _end(table: Table) -> int:
    """The last row that may belong to a table: before the next row of headings of another one."""
    grid = table.grid
    mine = {key(c.header.split(JOIN)[-1]) for c in table.columns if c.header}
    gap = False
    for row in range(table.first, len(grid.rows)):
        cells = grid.rows[row]
        filled = [c for c in cells if not blank(c)]
        if len(filled) <= 1:
            gap = True
            continue
        if gap and len(filled) >= 3 and all(isinstance(c, str) and len(c) < 60 for c in filled):
            same = sum(key(str(c)) in mine for c in filled)
            if same < 0.6 * len(filled):
                another = next(
                    (t for kind in KINDS if (t := _as_header(grid, row, 1, kind)) and t.score >= 2.5), None
                )
                if another:
                    return row - 1
        gap = False
    return len(grid.rows) - 1


def data_cells(table: Table, column: Column, limit: int = 1000) -> list[Cell]:
    """What stands in a column below the headings, blanks left out."""
    rows = table.grid.rows[table.first : table.last + 1][:limit]
    return [r[column.at] for r in rows if column.at < len(r) and not blank(r[column.at])]


def _is_legend(table: Table) -> bool:
    """A table that explains a scale: few rows, each value once, nobody and nothing named."""
    if table.kind != "exposure":
        return False
    concrete = {
        "owner",
        "treatment",
        "actions",
        "controls",
        "technology",
        "status",
        "department",
        "due",
        "route",
    }
    if any(c.field in concrete and c.score >= 85 for c in table.columns):
        return False
    rows = [r for r in table.grid.rows[table.first : table.last + 1] if any(not blank(c) for c in r)]
    rated = [c for c in table.columns if c.field in {"likelihood", "impact", "level"}]
    if not rows or len(rows) > 12:
        return False
    numbered = table.column("source_ref")
    for c in rated:
        values = [text_of(v) for v in data_cells(table, c)]
        read = [r for r in (reading_of(v) for v in values) if r]
        if len(values) >= 3 and len(set(values)) == len(values) and len(read) == len(values):
            numbers = [r.number for r in read if r.number is not None]
            in_order = numbers in (sorted(numbers), sorted(numbers, reverse=True))
            if in_order and not (numbered and {"likelihood", "impact"} <= {r.field for r in rated}):
                return True
    return False


_MATRIX = re.compile(r"matrix|matrice|heat ?map|マトリ|ヒートマップ")
_LEGEND = re.compile(
    r"legend|scale|criteria|definition|guide|instruction|echelle|anleitung|read ?me|"
    r"読み方|凡例|定義|基準|説明|記入要領|使い方"
)


def _what(grid: Grid) -> str:
    """What a sheet without a register seems to be (a message id)."""
    name = key(grid.name)
    if _MATRIX.search(name):
        return N_("risk matrix")
    if _LEGEND.search(name):
        return N_("legend or instructions")
    cells = [text_of(c) for row in grid.rows[:200] for c in row if not blank(c)]
    if not cells:
        return N_("empty sheet")
    long = [c for c in cells if len(c) > 60]
    if len(long) > len(cells) / 2:
        return N_("text")
    if any(key(c).startswith(("row labels", "count of", "sum of", "行ラベル", "個数")) for c in cells):
        return N_("pivot table")
    ends = sum(c.endswith(("?", "？")) for c in cells)
    if ends >= 3:
        return N_("questionnaire")
    if sum(reading_of(c) is not None for c in cells) > len(cells) / 2:
        return N_("risk matrix")
    return N_("a list without a risk, a measure or a technology in its headings")


# --- Whether the values are what the headings promise ------------------------------------------------------


_INSTEAD = {"impact": "consequence", "treatment": "treatment_plan", "action_status": "note"}
_MEASURES = re.compile(r"mitigat|action|measure|massnahme|mesure|medida|accion|対策|施策|措置")
"""What a column of sentences says whose heading promises a rating or a choice."""


def settle_columns(table: Table) -> None:
    """Hold every heading against the values below it; where they disagree, it means something else."""
    headings = {c.at: tuple(c.header.split(JOIN)) for c in table.columns if c.header}
    candidates = {at: heading_meanings(parts, table.kind) for at, parts in headings.items()}
    banned: set[tuple[int, str]] = set()
    for _ in range(6):
        assign(table.columns, candidates, table.kind, frozenset(banned))
        if table.kind == "exposure":
            _promote(table)
        refused = {(c.at, c.field) for c in table.columns if not c.tick and not _fits(table, c)}
        if not refused - banned:
            break
        banned |= refused
        for c in table.columns:
            instead = _INSTEAD.get(c.field) if (c.at, c.field) in refused else None
            if instead == "treatment_plan" and _MEASURES.search(key(c.header)):
                instead = "actions"
            if (
                instead
                and mean(len(v) for v in _texts(table, c)) > (5 if c.field == "treatment" else 15)
                and not _share(_texts(table, c), is_quantity)
            ):
                candidates[c.at] = [*candidates[c.at], Meaning(instead, 70, c.basis)]
    if table.kind == "exposure" and not any(c.field in SUBJECTS for c in table.columns):
        _name_by_shape(table)


def _texts(table: Table, column: Column) -> list[str]:
    return [text_of(cell) for cell in data_cells(table, column)]


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(v)) for v in values) / len(values)


def _rating(text: str) -> bool:
    return is_unrated(text) or (len(text) < 200 and reading_of(text) is not None)


def _fits(table: Table, column: Column) -> bool:
    values = _texts(table, column)
    if not values or column.field == "note":
        return True
    length = mean(len(v) for v in values)
    match column.field:
        case "likelihood" | "impact" | "impact_part":
            if _share(values, is_quantity) >= 0.3:
                return False
            numbers = [n for n in (number_of(v) for v in values) if n is not None]
            if len(numbers) > len(values) / 2 and (max(numbers) > 10 or min(numbers) < 0):
                return hinted_points(column.header) == 100 or all("%" in v for v in values)
            if column.field == "likelihood" and column.score >= 90 and length <= 12:
                return True  # a rating in words nobody knows: A to E runs either way; its owner has to say
            return _share(values, _rating) >= 0.5
        case name if name.startswith("impact_"):
            return _share(values, _rating) >= 0.5
        case "treatment" | "status" | "action_status":
            enum = (
                KINDS["countermeasure" if column.field == "action_status" else table.kind]
                .by_name[column.field.removeprefix("action_")]
                .choices
            )
            name = "countermeasure_status" if enum and enum.__name__.startswith("Counter") else column.field
            known = _share(values, lambda v: enum and choice_of(v, name, enum))
            return known >= 0.5 or (known > 0 and ((length < 25 and column.score >= 85) or length < 12))
        case "owner" | "action_owner" | "department" | "technology" | "counterparty" | "route" | "engagement":
            return length < 80
        case "due" | "next_review" | "rated_on" | "done_on" | "tested_on":
            return _share(values, lambda v: date_of(v, "dmy") or date_of(v, "mdy") or is_unrated(v)) >= 0.3
        case "title":
            return _share(values, _no_title) < 0.6
        case "source_ref":
            return length < 40 and _share(values, lambda v: yes_or_no(v) is not None and v != "1") < 0.6
        case "actions" | "controls":
            said = [v for v in values if not is_unrated(v)]
            return not said or _share(said, _no_measure) < 0.6
        case name if (spec := KINDS[table.kind].by_name.get(name)) and spec.choices and name != "department":
            choices = spec.choices
            return _share(values, lambda v: choice_of(v, name, choices)) >= 0.3
    return True


_CODE = re.compile(r"[A-Za-z]{1,8}[-_.]?\d{1,5}")


def _no_title(text: str) -> bool:
    """What names no risk: a number, an amount, a rating, a code, yes or no."""
    said = reading_of(text) if len(text) < 40 else None
    return (
        number_of(text) is not None
        or is_quantity(text)
        or is_unrated(text)
        or yes_or_no(text) is not None
        or _CODE.fullmatch(text) is not None
        or (said is not None and bool(said.word))
    )


_REFERENCES = re.compile(r"(?:[A-Z]{1,6}[.\- ]?\d+(?:[.\-]\d+)*(?:\([a-z0-9]+\))*\s*[,;/\n]?\s*)+")


def _no_measure(text: str) -> bool:
    """What is no countermeasure whatever the heading says: a number, a date, an amount, High, "A.5.12"."""
    return (
        number_of(text) is not None
        or _REFERENCES.fullmatch(text) is not None
        or is_quantity(text)
        or date_of(text) is not None
        or yes_or_no(text) is not None
        or (len(text) < 25 and (said := reading_of(text)) is not None and bool(said.word))
    )


def _promote(table: Table) -> None:
    """A column of words that holds ratings is a rating: "Consequence" is one in half of the world."""
    for c in table.columns:
        if c.field not in {"consequence", "cause", "title"} or c.score < 85:
            continue
        values = _texts(table, c)
        if len(values) < 1 or _share(values, _rating) < 0.8:
            continue
        if c.field == "consequence":
            basis = c.basis or basis_of(c.header)[0] or "current"
            if table.column("impact", basis) is None:
                c.field, c.basis = "impact", basis


def _name_by_shape(table: Table) -> None:
    """Ratings without a word that names the risk: the column with the longest texts says what it is."""
    notes = [(c, _texts(table, c)) for c in table.columns if c.field == "note"]
    lengths = [(mean(len(v) for v in values), c) for c, values in notes if values]
    if lengths:
        length, longest = max(lengths, key=lambda pair: pair[0])
        if length >= 8:
            longest.field, longest.score = "title", 55


def legend_points(grids: Iterable[Grid]) -> int | None:
    """How many points the scales have that legends count out (1, 2, 3 …), if they agree."""
    found: set[int] = set()
    for grid in grids:
        width = min(grid.width, 40)
        for at in range(width):
            column = [row[at] for row in grid.rows[:200] if at < len(row)]
            found |= set(_runs(column))
    found &= {3, 4, 5, 6, 10}
    return found.pop() if len(found) == 1 else None


def _runs(column: Sequence[Cell]) -> Iterator[int]:
    run: list[int] = []
    for cell in [*column, ""]:
        match = re.match(r"\s*(\d{1,2})(?:\.0)?\s*(?:$|[-–—=:.)])", text_of(cell))
        number = int(match[1]) if match else None
        if number is not None and (not run or abs(number - run[-1]) == 1):
            run.append(number)
            continue
        if len(run) >= 3 and sorted(run) == list(range(1, len(run) + 1)):
            yield len(run)
        run = [number] if number is not None else []


def is_example_sheet(grid: Grid) -> bool:
    return is_example(grid.name) or key(grid.name).startswith(("example", "sample", "記入例"))
