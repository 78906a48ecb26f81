"""A checklist workbook, METI's own or a company's copy of it, read and filled without knowing its layout.

An item is found by its wording (or our number), wherever it stands in whichever sheet; the columns of the
answer and of its grounds by their headings above it. What is not found is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from techguard.catalog import ChecklistItem, company_checklists
from techguard.domain import rules
from techguard.domain.items import ChecklistAnswer
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


def cell_name(at: tuple[int, int]) -> str:
    """A cell as a spreadsheet names it, from its row and column counted from 0."""
    return f"{letters(at[1])}{at[0] + 1}"


# --- finding ----------------------------------------------------------------------------------------------


def find(source: Source, answer_column: str = "", grounds_column: str = "") -> list[Place]:
    """Every item of the company's lists that stands in a workbook, in the order of its sheets.

    `answer_column`, `grounds_column`: the letters of columns, where their headings do not tell. Raises
    `NoItems` when there is none, `NoAnswerColumn` when no answer can be told.
    """
    places = [p for grid in source.grids for p in _places(grid, answer_column, grounds_column)]
    if not places:
        raise NoItems(name=source.name)
    if all(p.answer_at is None for p in places):
        raise NoAnswerColumn(name=source.name, cell=places[0].where)
    return [p for p in places if p.answer_at is not None]


def _places(grid: Grid, answer_column: str, grounds_column: str) -> Iterator[Place]:
    for r, column, item, reworded, japanese in _items(grid):
        answer = _column(grid, answer_column, r, "answer", column)
        grounds = _column(grid, grounds_column, r, "grounds", column)
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


def _items(grid: Grid) -> Iterator[tuple[int, int, ChecklistItem, bool, bool]]:
    """Rows that hold an item: row, column of its wording, the item, whether it is worded otherwise."""
    for r, row in enumerate(grid.rows):
        texts = [
            (c, _squeezed(cell)) for c, cell in enumerate(row) if isinstance(cell, str) and not blank(cell)
        ]
        found = next(((c, *hit) for c, text in texts if (hit := _worded(text))), None)
        if found is not None:
            column, item, japanese = found
            yield r, column, item, False, japanese
            continue
        numbers = _by_number()
        numbered = next(((c, numbers[text]) for c, text in texts if text in numbers), None)
        if numbered is not None:
            longest = max(texts, key=lambda pair: len(pair[1]))[0]
            yield r, longest, numbered[1], True, True


@cache
def _by_number() -> Mapping[str, ChecklistItem]:
    return {_squeezed(i.id): i for c in company_checklists() for i in c.items}


@cache
def _by_wording() -> Mapping[str, tuple[ChecklistItem, bool]]:
    items = [i for c in company_checklists() for i in c.items]
    return {_squeezed(i.en): (i, False) for i in items} | {_squeezed(i.ja): (i, True) for i in items}


def _worded(text: str) -> tuple[ChecklistItem, bool] | None:
    """The item whose wording a cell holds, after at most a few characters of numbering."""
    known = _by_wording()
    for start in range(min(_LEAD, len(text)) + 1):
        if hit := known.get(text[start:]):
            return hit
    return None


def _squeezed(cell: object) -> str:
    """A text without width, case, punctuation and spaces."""
    return key(str(cell)).replace(" ", "")


def _column(grid: Grid, named: str, row: int, wanted: str, wording: int) -> int | None:
    """The column that was named, or the one under the nearest heading of that sort above a row."""
    if named:
        return grid.column_at(named)
    for above in range(row - 1, -1, -1):
        for c, cell in enumerate(grid.rows[above]):
            short = isinstance(cell, str) and not blank(cell) and len(cell) <= _HEADING_CELLS
            if short and c != wording and checklist_heading(_squeezed(cell)) == wanted:
                return c
    return None


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
    as_of: date | None = None,
    answer_column: str = "",
    grounds_column: str = "",
) -> AnswerPlan:
    """Hold the answers of a filled copy against those that stand. Raises `NoItems`, `NoAnswerColumn`.

    A blank cell says nothing: it takes no answer back. The same answer without grounds takes none away.
    """
    places = find(source, answer_column, grounds_column)
    out = AnswerPlan(source)
    standing = standing_answers(register)
    day, me = as_of or register.today, register.me.id
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
    """Add the new answers in one act. Returns how many there were."""
    if plan.new:
        with register.act(f"{plan.source.name} (SHA-256 {plan.source.digest[:16]}…)", action="import"):
            register.bulk([answer for _place, answer in plan.new])
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
