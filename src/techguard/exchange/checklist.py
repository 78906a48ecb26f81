"""A checklist workbook, METI's own or a company's copy of it, read and filled without knowing its layout.

An item is found by its wording (or our number), wherever it stands in whichever sheet; the columns of the
answer and of its grounds by their headings above it. What is not found is said, never guessed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from techguard.catalog import Checklist, ChecklistItem, Origin, checklists, company_checklists
from techguard.domain import rules
from techguard.domain.items import CheckItem, ChecklistAnswer
from techguard.domain.text import clean
from techguard.domain.words import Answer
from techguard.i18n import N_
from techguard.store.queries import Query, Where

from .errors import NoAnswerColumn, NoItems
from .read import Cell, Grid, Source, blank, letters
from .values import text_of
from .words import checklist_answer, checklist_heading, key

if TYPE_CHECKING:
    from techguard.register import Register

_HEADING_CELLS = 60
"""A heading is short; what is longer is a sentence."""
_HEADING_AGAIN = 20
"""A heading that comes again between items is shorter still."""
_SHORTEST = 8
"""A text of fewer characters is a heading or a number, not an item."""
_LEAD = 8
"""So many characters of numbering may stand before an item's wording in its cell."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in a workbook, and what is answered there.

    `answer_at`, `grounds_at`: row and column in the sheet, counted from 0; None where there is no column.
    """

    sheet: str
    row: int
    item: ChecklistItem
    answer_at: tuple[int, int] | None
    grounds_at: tuple[int, int] | None
    said: Cell
    grounds: str
    reworded: bool = False
    """The row has the item's number, and another wording."""
    japanese: bool = True

    @property
    def where(self) -> str:
        """The place as a spreadsheet names it."""
        if self.answer_at is None:
            return f"{self.sheet} {self.row}"
        return f"{self.sheet} {cell_name(self.answer_at)}"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A row that was answered and is no item known here."""

    sheet: str
    row: int
    text: str


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """An answer that nobody but the file's owner can settle. `message`: a message id with the facts."""

    place: Place
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class AnswerPlan:
    """What importing a filled copy would do. Nothing has been done yet."""

    source: Source
    new: list[tuple[Place, ChecklistAnswer]] = field(default_factory=list)
    unchanged: list[Place] = field(default_factory=list)
    unanswered: list[Place] = field(default_factory=list)
    problems: list[AnswerProblem] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)
    items: list[tuple[Stranger, CheckItem]] = field(default_factory=list)
    """Items that are taken in because the person asked for it, each with its row."""


def cell_name(at: tuple[int, int]) -> str:
    """A cell as a spreadsheet names it, from its row and column counted from 0."""
    return f"{letters(at[1])}{at[0] + 1}"


# --- finding ----------------------------------------------------------------------------------------------


class Known:
    """The items that can be found: by their wording in both languages, and by their number."""

    def __init__(self, lists: Iterable[Checklist]) -> None:
        items = [i for c in lists for i in c.items]
        self.by_number = {_squeezed(i.id): i for i in items}
        self.by_wording = {_squeezed(i.en): (i, False) for i in items}
        self.by_wording |= {_squeezed(i.ja): (i, True) for i in items}

    def worded(self, text: str) -> tuple[ChecklistItem, bool] | None:
        """The item whose wording a squeezed text holds, after at most a few characters of numbering; and
        whether that is the Japanese one.
        """
        starts = range(min(_LEAD, len(text)) + 1)
        return next((hit for n in starts if (hit := self.by_wording.get(text[n:]))), None)


def find(
    source: Source, known: Known | None = None, answer_column: str = "", grounds_column: str = ""
) -> list[Place]:
    """Every known item that stands in a workbook, in the order of its sheets.

    `known`: otherwise those that come with the program. `answer_column`, `grounds_column`: the letters of
    columns, where their headings do not tell. Raises `NoItems` when there is none, `NoAnswerColumn` when no
    answer can be told.
    """
    known = known or Known(company_checklists())
    places = [p for grid in source.grids for p in _places(grid, known, answer_column, grounds_column)]
    if not places:
        raise NoItems(name=source.name)
    if all(p.answer_at is None for p in places):
        raise NoAnswerColumn(name=source.name, cell=places[0].where)
    return [p for p in places if p.answer_at is not None]


def _places(grid: Grid, known: Known, answer_column: str, grounds_column: str) -> Iterator[Place]:
    headings = _headings(grid, known)
    for r, wording, item, reworded, japanese in _items(grid, known):
        answer = _column(grid, headings, answer_column, r, "answer", wording)
        grounds = _column(grid, headings, grounds_column, r, "grounds", wording)
        at = _anchor(grid, r, answer) if answer is not None else None
        why = _anchor(grid, r, grounds) if grounds is not None else None
        yield Place(
            grid.name,
            grid.row_number(r),
            item,
            at and (at[0] + grid.top, at[1] + grid.left),
            why and (why[0] + grid.top, why[1] + grid.left),
            _value(grid, at),
            clean(text_of(_value(grid, why))).strip(),
            reworded,
            japanese,
        )


def _items(grid: Grid, known: Known) -> Iterator[tuple[int, int, ChecklistItem, bool, bool]]:
    """Rows that hold an item: row, column of its wording, the item, whether it is worded otherwise."""
    for r, row in enumerate(grid.rows):
        texts = [
            (c, _squeezed(cell)) for c, cell in enumerate(row) if isinstance(cell, str) and not blank(cell)
        ]
        found = next(((c, *hit) for c, text in texts if (hit := known.worded(text))), None)
        if found is not None:
            column, item, japanese = found
            yield r, column, item, False, japanese
            continue
        numbered = next((known.by_number[text] for _c, text in texts if text in known.by_number), None)
        if numbered is not None:
            longest = max(texts, key=lambda pair: len(pair[1]))[0]
            yield r, longest, numbered, True, True


def _squeezed(cell: object) -> str:
    """A text without width, case, punctuation and spaces."""
    return key(str(cell)).replace(" ", "")


@dataclass(frozen=True, slots=True)
class _Heading:
    """A row of headings: the column of each sort that is named there."""

    row: int
    columns: Mapping[str, int]


def _headings(grid: Grid, known: Known) -> list[_Heading]:
    """The rows of headings of a sheet. Above the first item one heading makes such a row; below it only a
    short one of items beside a short one of answers does, because grounds may hold the same words.
    """
    items = {r for r, *_rest in _items(grid, known)}
    first = min(items, default=len(grid.rows))
    found: list[_Heading] = []
    for r, row in enumerate(grid.rows):
        if r in items:
            continue
        limit = _HEADING_CELLS if r < first else _HEADING_AGAIN
        columns: dict[str, int] = {}
        for c, cell in enumerate(row):
            if isinstance(cell, str) and not blank(cell) and len(cell) <= _HEADING_CELLS:
                sort = checklist_heading(_squeezed(cell))
                if sort and (len(cell) <= limit or sort == "grounds"):
                    columns.setdefault(sort, c)
        if columns and (r < first or {"item", "answer"} <= columns.keys()):
            found.append(_Heading(r, columns))
    return found


def _column(
    grid: Grid, headings: Iterable[_Heading], named: str, row: int, sort: str, wording: int | None = None
) -> int | None:
    """The column that was named, or the one under the nearest heading of that sort above a row: one that
    stands beside another heading, if there is such a one. It is not the column of the wording.
    """
    if named:
        return grid.column_at(named)
    above = [h for h in headings if h.row < row and h.columns.get(sort, wording) != wording]
    if not above:
        return None
    return max(above, key=lambda h: (len(h.columns) > 1, h.row)).columns[sort]


def _anchor(grid: Grid, row: int, column: int) -> tuple[int, int]:
    """The cell that holds the value of a merged area; else the cell itself."""
    for top, left, bottom, right in grid.merged:
        if top <= row <= bottom and left <= column <= right:
            return top, left
    return row, column


def _value(grid: Grid, at: tuple[int, int] | None) -> Cell:
    if at is None or not (0 <= at[0] < len(grid.rows) and 0 <= at[1] < grid.width):
        return ""
    return grid.rows[at[0]][at[1]]


# --- reading ----------------------------------------------------------------------------------------------


def answer_of(cell: Cell) -> Answer | None:
    """What a cell answers; None when it is none of the answers. A blank cell is no answer."""
    if isinstance(cell, bool):
        return Answer.YES if cell else Answer.NO
    said = checklist_answer(clean(text_of(cell)))
    return Answer(said) if said else None


def plan_answers(
    source: Source,
    register: Register,
    *,
    items: str = "",
    skip: Collection[int] = (),
    answer_column: str = "",
    grounds_column: str = "",
) -> AnswerPlan:
    """Hold the answers of a filled copy against those that stand. Raises `NoItems`, `NoAnswerColumn`.

    A blank cell says nothing: it takes no answer back. The same answer without grounds takes none away.
    `items`: take rows that are no item known here as items of this list (one that does not come with the
    program), except the rows of these numbers.
    """
    lists = register.company_checklists()
    out = AnswerPlan(source)
    if items:
        out.items = list(_new_items(source, Known(lists), items, skip, answer_column))
        lists = (*lists, _as_list(items, [item for _row, item in out.items]))
    places = find(source, Known(lists), answer_column, grounds_column)
    standing = standing_answers(register)
    day, me = register.today, register.me.id
    taken: dict[str, tuple[Answer, str]] = {}
    for place in places:
        said = answer_of(place.said)
        if blank(place.said):
            out.unanswered.append(place)
        elif said is None:
            message = N_("The answer cannot be read: {value}")
            out.problems.append(AnswerProblem(place, message, {"value": text_of(place.said)}))
        elif place.reworded:
            out.problems.append(
                AnswerProblem(place, N_("It has the number of this item and another wording."))
            )
        elif place.item.id in taken:
            if taken[place.item.id] != (said, place.grounds):
                message = N_("The item stands in the file more than once, with different answers.")
                out.problems.append(AnswerProblem(place, message))
            else:
                out.unchanged.append(place)
        else:
            taken[place.item.id] = said, place.grounds
            held = standing.get(place.item.id)
            if held is not None and held.answer is said and place.grounds in {"", held.evidence}:
                out.unchanged.append(place)
            else:
                made = ChecklistAnswer(
                    item=place.item.id,
                    answer=said,
                    evidence=place.grounds,
                    as_of=day,
                    answered_by=me,
                    source_ref=f"{source.name} {place.where}"[:200],
                )
                out.new.append((place, made))
    out.strangers = list(_strangers(source, places))
    return out


def _new_items(
    source: Source, known: Known, checklist: str, skip: Collection[int], answer_column: str
) -> Iterator[tuple[Stranger, CheckItem]]:
    """The rows that hold a text where items stand, below the headings, and are no item known here.

    A row whose text reaches over the answers is a heading, and so is a very short one.
    """
    seen: set[str] = set()
    for grid in source.grids:
        headings = _headings(grid, known)
        named = {h.row for h in headings}
        worded = Counter(column for _r, column, *_rest in _items(grid, known))
        for r in range(min(named, default=-1) + 1, len(grid.rows)):
            item = worded.most_common(1)[0][0] if worded else _column(grid, headings, "", r, "item")
            answer = _column(grid, headings, answer_column, r, "answer", item)
            if answer is None or item is None or r in named or grid.row_number(r) in skip:
                continue
            cell = _value(grid, (r, item))
            if not isinstance(cell, str) or blank(cell) or _anchor(grid, r, answer) == _anchor(grid, r, item):
                continue
            text, wording = _squeezed(cell), clean(cell).strip()
            if len(text) < _SHORTEST or known.worded(text) or text in seen:
                continue
            seen.add(text)
            code = f"{checklist}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
            row = Stranger(grid.name, grid.row_number(r), wording)
            yield (
                row,
                CheckItem(
                    wording=wording[:2000],
                    checklist=checklist,
                    code=code,
                    source_ref=f"{source.name} {grid.name} {row.row}"[:200],
                ),
            )


def _as_list(checklist: str, items: Iterable[CheckItem]) -> Checklist:
    """Items that are about to be taken in, as a list in which they can be found."""
    empty = checklists()[checklist]
    made = tuple(
        ChecklistItem(
            id=i.code,
            ja=i.wording,
            en=i.wording,
            origin=Origin.OFFICIAL,
            sources=empty.sources,
            edition=empty.edition,
        )
        for i in items
    )
    return empty.model_copy(update={"items": made})


def _strangers(source: Source, places: Iterable[Place]) -> Iterator[Stranger]:
    """Rows that are answered in the same columns and hold no item known here."""
    known = list(places)
    for grid in source.grids:
        here = [p for p in known if p.sheet == grid.name and p.answer_at]
        rows = {p.row for p in here}
        columns = {p.answer_at[1] - grid.left for p in here if p.answer_at}
        for r, row in enumerate(grid.rows):
            if not here or grid.row_number(r) in rows:
                continue
            for column in columns:
                said = _value(grid, (r, column))
                if blank(said) or answer_of(said) is None:
                    continue
                texts = [c for n, c in enumerate(row) if n != column and isinstance(c, str) and not blank(c)]
                if texts:
                    yield Stranger(grid.name, grid.row_number(r), max(texts, key=len))


def standing_answers(register: Register) -> dict[str, ChecklistAnswer]:
    """The company's answers that stand, by item."""
    about_us = Query(where=(Where("counterparty", "empty"),))
    return rules.standing_answers(register.find(ChecklistAnswer, about_us))


def apply_answers(plan: AnswerPlan, register: Register) -> int:
    """Add the new items and answers in one act. Returns how many answers there were."""
    if plan.new or plan.items:
        last = max((i.position or 0 for i in register.find(CheckItem)), default=0)
        items = [item.changed(position=last + n) for n, (_row, item) in enumerate(plan.items, 1)]
        with register.act(f"{plan.source.name} (SHA-256 {plan.source.digest[:16]}…)", action="import"):
            register.bulk([*items, *(answer for _place, answer in plan.new)])
    return len(plan.new)


# --- filling ----------------------------------------------------------------------------------------------

_SPELT = {
    Answer.YES: ("Y", "Y"),
    Answer.NO: ("N", "N"),
    Answer.NOT_APPLICABLE: ("対象外", "N/A"),  # japanese: in the language of the form
}


@dataclass(slots=True)
class Filling:
    """What filling a copy does: cells by sheet, (row, column) counted from 0, and what was left alone."""

    cells: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    filled: list[Place] = field(default_factory=list)
    replaced: list[Place] = field(default_factory=list)
    """Of those filled, the ones where something else stood before."""
    unanswered: list[Place] = field(default_factory=list)
    without_grounds_column: list[Place] = field(default_factory=list)


def plan_filling(places: Iterable[Place], standing: Mapping[str, ChecklistAnswer]) -> Filling:
    """Which cells of a copy take which answer. Cells of items without an answer are left as they are."""
    out = Filling()
    for place in places:
        answer = standing.get(place.item.id)
        if answer is None or place.reworded or place.answer_at is None:
            out.unanswered.append(place)
            continue
        cells = out.cells.setdefault(place.sheet, {})
        word = _SPELT[answer.answer][0 if place.japanese else 1]
        cells[place.answer_at] = word
        if answer.evidence:
            if place.grounds_at is None:
                out.without_grounds_column.append(place)
            else:
                cells[place.grounds_at] = answer.evidence
        out.filled.append(place)
        before = not blank(place.said) and text_of(place.said) != word
        if before or (answer.evidence and place.grounds and place.grounds != answer.evidence):
            out.replaced.append(place)
    return out
