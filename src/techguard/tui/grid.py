"""A grid of levels: rows as they come into sight, columns that scroll sideways, headings that stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from techguard.domain.text import cut, fit
from techguard.i18n import N_

from . import compat
from .painted import Painted
from .scrolled import WithBar
from .table import Column
from .text import one_line

MARKS = ".-=+#"
"""One sign a level, from 1 to 5: darker is worse, so that a map reads in black and white."""
UNRATED = "?"
EXCLUDED = "/"
"""Considered, and it does not apply: struck out."""


@dataclass(frozen=True)
class GridRow:
    """A row: its key, and the cells of its heading (in the order of the grid's lead columns)."""

    key: str
    lead: tuple[str, ...]


@dataclass(frozen=True)
class GridColumn:
    """A column: its key, its name, and a name of two cells for where there is no space."""

    key: str
    label: str
    short: str = ""


class Grid(ScrollView, Painted, WithBar, can_focus=True, inherit_bindings=False):
    """Levels by row and column. A cell that is not in `levels` is blank; one whose level is None is `?`.

    The cursor is on a cell, or (left of the first) on the heading of its row.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("Open"), tooltip=N_("Open what the cursor is on.")),
        Binding("up,k", "move(-1, 0)", N_("Up"), show=False),
        Binding("down,j", "move(1, 0)", N_("Down"), show=False),
        Binding("left", "move(0, -1)", N_("Left"), show=False),
        Binding("right", "move(0, 1)", N_("Right"), show=False),
        Binding("pageup", "page(-1)", N_("Page up"), show=False),
        Binding("pagedown", "page(1)", N_("Page down"), show=False),
        Binding("home", "edge(0, -1)", N_("First column"), show=False),
        Binding("end", "edge(0, 1)", N_("Last column"), show=False),
        Binding("ctrl+home", "edge(-1, 0)", N_("First row"), show=False),
        Binding("ctrl+end", "edge(1, 0)", N_("Last row"), show=False),
    ]

    class Chosen(Message):
        """Enter, or a second click; `column` is empty on the heading of a row."""

        def __init__(self, row: str, column: str | None) -> None:
            super().__init__()
            self.row = row
            self.column = column

    class Moved(Message):
        """The cursor is on another cell."""

    class PastTop(Message):
        """Up on the first row."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.lead: tuple[Column, ...] = ()
        self.rows: Sequence[GridRow] = ()
        self.columns: Sequence[GridColumn] = ()
        self.levels: Mapping[tuple[str, str], int | None] = {}
        self.ruled_out: Collection[tuple[str, str]] = ()
        self.least = 3
        self.at = (0, 0)
        self.first_column = 0
        self.empty = ""
        self.said = ""
        """What is under the cursor, in words: whoever fills the grid says it, plain mode reads it out."""

    # --- giving it something ---

    def show(
        self,
        lead: Sequence[Column],
        rows: Sequence[GridRow],
        columns: Sequence[GridColumn],
        levels: Mapping[tuple[str, str], int | None],
        *,
        ruled_out: Collection[tuple[str, str]] = (),
        least: int = 3,
        at: tuple[int, int] = (0, 0),
    ) -> None:
        """Show `levels` by (row, column). `ruled_out`: where nothing is, and that is known.

        `least`: the width of a column where space is scarce.
        """
        self.lead, self.rows, self.columns, self.levels = tuple(lead), rows, columns, levels
        self.ruled_out = ruled_out
        self.least = least
        self.first_column = 0
        self._fit()
        self.move_to(*at)

    @property
    def cursor_row(self) -> int:
        """On which row of the widget the cursor is."""
        return self.at[0] - self.scroll_offset.y + 1

    # --- measures ---

    @property
    def _cells(self) -> int:
        return max(1, self.scrollable_content_region.width)

    def _widths(self) -> tuple[int, int]:
        """How wide the heading of a row is, and each column."""
        needed = 2 + sum(c.least + 1 for c in self.lead)
        most = 2 + sum(c.most + 1 for c in self.lead)
        space = max(0, self._cells - needed - 1)
        wide = max(self.least, min(self.least + 8, space // max(1, len(self.columns))))
        head = min(most, max(needed, self._cells - wide * len(self.columns) - 1))
        return head, wide

    def _in_sight(self) -> int:
        """How many columns fit beside the headings."""
        head, wide = self._widths()
        return max(1, (self._cells - head - 1) // wide)

    def _fit(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows) + 1)

    def on_resize(self) -> None:
        self._fit()
        self._show_cursor()

    # --- moving ---

    def _inside(self, row: int, column: int) -> tuple[int, int]:
        return max(0, min(row, len(self.rows) - 1)), max(-1, min(column, len(self.columns) - 1))

    def move_to(self, row: int, column: int) -> None:
        """Put the cursor on a cell, as near as there is one; column -1 is the heading of the row."""
        self.at = self._inside(row, column)
        self._show_cursor()
        self.refresh()
        compat.draw_now(self)
        self.refresh_bindings()
        self.post_message(self.Moved())

    def _show_cursor(self) -> None:
        row, column = self.at
        rows, top = self._rows_in_sight(), self.scroll_offset.y
        if row < top:
            self.scroll_to(y=row, animate=False, force=True, immediate=True)
        elif row >= top + rows:
            self.scroll_to(y=row - rows + 1, animate=False, force=True, immediate=True)
        fits = self._in_sight()
        last = max(0, len(self.columns) - fits)
        if column < self.first_column:
            self.first_column = max(0, column)
        elif column >= self.first_column + fits:
            self.first_column = column - fits + 1
        self.first_column = min(self.first_column, last)

    def _rows_in_sight(self) -> int:
        return max(1, self.size.height - 1)

    def action_move(self, down: int, right: int) -> None:
        if down < 0 and self.at[0] == 0:
            self.post_message(self.PastTop())
        self.move_to(self.at[0] + down, self.at[1] + right)

    def action_page(self, step: int) -> None:
        self.move_to(self.at[0] + step * self._rows_in_sight(), self.at[1])

    def action_edge(self, down: int, right: int) -> None:
        row, column = self.at
        if down:
            row = 0 if down < 0 else len(self.rows) - 1
        if right:
            column = 0 if right < 0 else len(self.columns) - 1
        self.move_to(row, column)

    @property
    def here(self) -> tuple[str, str | None] | None:
        """The keys of the row and the column under the cursor; None when there is no row."""
        if not self.rows:
            return None
        row, column = self.at
        return self.rows[row].key, self.columns[column].key if 0 <= column < len(self.columns) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter means something where there is a row."""
        return action != "choose" or bool(self.rows)

    def action_choose(self) -> None:
        if here := self.here:
            self.post_message(self.Chosen(*here))

    # --- drawing ---

    def mark(self, level: int | None, cells: int) -> str:
        """A level as it stands in a cell: its digit, and a sign for each step where there is space."""
        if level is None:
            return UNRATED
        return f"{level} {MARKS[level - 1] * level}" if cells >= 7 else f"{level}{MARKS[level - 1]}"

    def cell_text(self, key: tuple[str, str], level: int | None, cells: int) -> str:
        """What stands in a cell that is not blank."""
        del key
        return self.mark(level, cells)

    def render_line(self, y: int) -> Strip:
        cells = self._cells
        if y == 0:
            return self._head(cells)
        index = self.scroll_offset.y + y - 1
        if not self.rows and y == 1 and self.empty:
            style = self._style("row")
            return Strip([Segment("  " + cut(self.empty, cells - 2), style)]).adjust_cell_length(cells, style)
        if index >= len(self.rows):
            return Strip.blank(cells, self.rich_style)
        return self._row(self.rows[index], index, cells)

    def _style(self, name: str) -> RichStyle:
        return self.painted(f"grid--{name}")

    def _leads(self, texts: Sequence[str], cells: int) -> str:
        """The heading of a row: what can grow takes what is left."""
        parts = []
        left = cells - 2
        for n, (column, text) in enumerate(zip(self.lead, texts, strict=True)):
            last = n == len(self.lead) - 1
            wide = left - 1 if last else column.least
            parts.append(fit(one_line(text), max(1, wide), column.align))
            left -= wide + 1
        return " ".join(parts) + " "

    def _head(self, cells: int) -> Strip:
        style, here = self._style("head"), self._style("head-here")
        head, wide = self._widths()
        more_left = "<" if self.first_column else " "
        segments = [
            Segment("  " + self._leads([c.label for c in self.lead], head)[:-1], style),
            Segment(more_left, style),
        ]
        shown = self._in_sight()
        last = min(len(self.columns), self.first_column + shown)
        for n in range(self.first_column, last):
            column = self.columns[n]
            text = column.short if column.short and wide < 5 else column.label
            segments.append(Segment(" ", style))
            segments.append(Segment(fit(one_line(text), wide - 1), here if n == self.at[1] else style))
        if last < len(self.columns):
            segments.append(Segment(">", style))
        return Strip(segments).adjust_cell_length(cells, style)

    def _row(self, row: GridRow, index: int, cells: int) -> Strip:
        head, wide = self._widths()
        at_row = index == self.at[0]
        at_head = at_row and self.at[1] < 0
        name = "cursor" if at_head and self.has_focus else "row-here" if at_row else "row"
        text = ("> " if at_row else "  ") + self._leads(row.lead, head)
        segments = [Segment(text, self._style(name))]
        last = min(len(self.columns), self.first_column + self._in_sight())
        for n in range(self.first_column, last):
            key = row.key, self.columns[n].key
            known = key in self.levels
            level = self.levels.get(key)
            text = (
                self.cell_text(key, level, wide - 1) if known else EXCLUDED if key in self.ruled_out else ""
            )
            style = self._style("blank" if not known else str(level) if level else "unrated")
            here = at_row and n == self.at[1]
            if here and self.has_focus:
                style = self._style("cursor")
            segments.append(Segment(">" if here else " ", style if here else self._style("row")))
            segments.append(Segment(fit(text, wide - 1), style))
        return Strip(segments).adjust_cell_length(cells, self.rich_style)

    # --- mouse and focus ---

    def on_click(self, event: events.Click) -> None:
        row = self.scroll_offset.y + event.y - 1
        if event.y < 1 or row >= len(self.rows):
            return
        head, wide = self._widths()
        column = self.first_column + (event.x - head) // wide if event.x >= head else -1
        if (row, column) == self.at and event.chain > 1:
            self.action_choose()
        else:
            self.move_to(row, column)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    @property
    def allow_select(self) -> bool:
        return False
