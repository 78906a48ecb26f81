"""A table that holds a page of rows, however many there are.

Textual's DataTable measures every cell of every row when it is filled: 48 s for 100,000 rows. This one is
drawn line by line and asks for rows by page when they come into sight, so that showing it takes the same time
at any size.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from techguard.domain.text import ELLIPSIS, cut, fit, width
from techguard.errors import TechguardError
from techguard.i18n import N_, _, labelled

from . import compat
from . import plain as plain_mode
from .data import begin
from .painted import Painted
from .scrolled import WithBar
from .text import drawn, literal, one_line, wrap

PAGE = 50
ENOUGH = 60
"""So wide a telling column tells enough: what a wide terminal has beyond goes to all that can grow."""
WIDE = 150
"""From so many cells on, columns are as wide as what stands in them before the rest is shared out."""
_PAGES_KEPT = 24


@dataclass(frozen=True)
class Cell:
    """What stands in a column of a row. `style` names a component class of the table ("level-5", "muted" …);
    `spans` are the parts of the text to be set off, as search found them.
    """

    text: str
    style: str = ""
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Line:
    """A row: the key it is known by, its cells, and whether it can be chosen (a heading cannot)."""

    key: str
    cells: tuple[Cell, ...]
    heading: bool = False


@dataclass(frozen=True)
class Column:
    """A column: at least `least` cells wide and at most `most`; what is left goes to
    those that can grow.
    `keep` columns stay when the screen is narrow; of the others, the last are left out first.
    """

    key: str
    label: str
    least: int
    most: int
    align: str = "left"
    keep: bool = False
    share: float = 0.0
    """The least part of the whole width: the telling column keeps it before others are added, as far as
    `ENOUGH` cells.
    """
    whole: bool = False
    """Whether it holds words of ours, which are never cut: where there is no room, others are left out."""


Fetch = Callable[[int, int], Awaitable[Sequence[Line]]]


def layout(
    columns: Sequence[Column], cells: int, gap: int = 2, *, needs: Sequence[int] = ()
) -> list[tuple[int, int]]:
    """Which columns are shown in `cells` cells, and how wide: (index, width) from left to right. `needs`: how
    wide what stands in each column is, as far as it was seen; what is left goes to those that need it first.
    """
    shown = list(range(len(columns)))
    enough = [min(ENOUGH, need) for need in needs] or [ENOUGH] * len(columns)
    wanted = [
        max(c.least, min(c.most, int(cells * c.share), e)) for c, e in zip(columns, enough, strict=True)
    ]

    def least() -> int:
        return sum(wanted[i] for i in shown) + gap * (len(shown) - 1)

    while len(shown) > 1 and least() > cells:
        droppable = [i for i in shown if not columns[i].keep] or shown[1:]
        shown.remove(droppable[-1])
    widths = {i: wanted[i] for i in shown}
    if least() > cells:
        widths[shown[0]] = max(1, cells)
    spare = cells - sum(widths.values()) - gap * (len(shown) - 1)
    most = {i: columns[i].most for i in shown}
    if needs:
        spare = _grow(widths, {i: min(most[i], needs[i]) for i in shown}, spare)
    _grow(widths, most, spare)
    return [(i, widths[i]) for i in shown]


def roomy(column: Column, need: int) -> Column:
    """`column` with room for what stands in it, where that must not be cut."""
    return replace(column, least=max(column.least, min(column.most, need))) if column.whole else column


def _widened(widths: tuple[int, ...], lines: Sequence[Line]) -> tuple[int, ...]:
    """`widths`, and as wide as what stands in the columns of `lines` where that is wider."""
    widest = list(widths)
    for line in lines:
        if not line.heading:
            for place, cell in enumerate(line.cells[: len(widest)]):
                widest[place] = max(widest[place], width(cell.text))
    return tuple(widest)


def _grow(widths: dict[int, int], most: Mapping[int, int], spare: int) -> int:
    """Give what is spare to the columns that are not as wide as they may be, in equal parts; what is left."""
    while spare > 0:
        growing = [i for i in widths if widths[i] < most[i]]
        if not growing:
            break
        share = max(1, spare // len(growing))
        for i in growing:
            more = min(share, most[i] - widths[i], spare)
            widths[i] += more
            spare -= more
    return spare


class VirtualTable(ScrollView, Painted, WithBar, can_focus=True, inherit_bindings=False):
    """Rows drawn as they come into sight. Give it rows with `show_lines` (all at hand) or `show_source`.

    A `quiet` one shows its cursor only while it has the focus: one of several lists side by side.
    """

    virtual_size = Reactive(Size(0, 0))  # more rows are no reason to lay the screen out anew

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("Open"), tooltip=N_("Open what the cursor is on.")),
        Binding("up,k", "move(-1)", N_("Up"), show=False),
        Binding("down,j", "move(1)", N_("Down"), show=False),
        Binding("pageup", "page(-1)", N_("Page up"), show=False),
        Binding("pagedown", "page(1)", N_("Page down"), show=False),
        Binding("home,ctrl+home", "edge(-1)", N_("First row"), show=False),
        Binding("end,ctrl+end", "edge(1)", N_("Last row"), show=False),
    ]

    class Chosen(Message):
        """Enter, or a click on the row that has the cursor."""

        def __init__(self, table: VirtualTable, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> VirtualTable:
            return self.table

    class Moved(Message):
        """The cursor is on another row; `key` is empty when there is none."""

        def __init__(self, table: VirtualTable, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> VirtualTable:
            return self.table

    class HeaderClicked(Message):
        """A click on the head of a column."""

        def __init__(self, table: VirtualTable, column: str) -> None:
            super().__init__()
            self.table = table
            self.column = column

        @property
        def control(self) -> VirtualTable:
            return self.table

    class Failed(Message):
        """A page of rows could not be had."""

        def __init__(self, error: TechguardError) -> None:
            super().__init__()
            self.error = error

    class PastTop(Message):
        """Up on the first row."""

    def __init__(
        self,
        columns: Iterable[Column] = (),
        *,
        header: bool = True,
        marks: bool = False,
        empty: str = "",
        quiet: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.header = header and not plain_mode.is_on()  # there each row names its columns
        self.marks = marks
        self.empty = empty
        self.quiet = quiet
        self.sorted_by = ""
        self.marked: set[str] = set()
        self.count = 0
        self.cursor = 0
        self._fetch: Fetch | None = None
        self._pages: OrderedDict[int, Sequence[Line]] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0
        self._told = ""
        self._choosable: bool | None = None
        self._begun = False
        """Whether only the beginning of the first page is there."""
        self._given = False
        """Whether it was ever given rows: before that it cannot say that there are none."""
        self._ground, self._cells, self._columns = RichStyle.null(), 0, list[tuple[int, int]]()
        self._headed: tuple[object, Strip] = (None, Strip.blank(0))
        self._laid: tuple[object, list[tuple[int, int]]] = (None, [])
        self._widest: tuple[tuple[Column, ...], tuple[int, ...], Sequence[Line] | None] = ((), (), None)

    # --- giving it rows ---

    def show_lines(self, lines: Sequence[Line], *, cursor: int = 0) -> None:
        """Show rows that are at hand."""
        self._fetch = None
        self._reset(len(lines), cursor)
        for page in range(0, (len(lines) + PAGE - 1) // PAGE):
            self._pages[page] = lines[page * PAGE : (page + 1) * PAGE]
        self._seen_widths()
        self._also_seen(lines[PAGE:])
        self._settle()

    def show_source(self, count: int, fetch: Fetch, *, first: Sequence[Line] = (), cursor: int = 0) -> None:
        """Show `count` rows that `fetch(offset, limit)` gives by page; `first`: how the first page begins, if
        that is known.
        """
        self._fetch = fetch
        self._reset(count, cursor)
        if first:
            self._pages[0] = first
        self._begun = len(first) < min(count, PAGE)
        self._settle()

    def _reset(self, count: int, cursor: int) -> None:
        self._generation += 1
        self._given = True
        self._pages.clear()
        self._asked.clear()
        self.count = count
        self.cursor = max(0, min(cursor, count - 1))
        self._told = ""
        self._fit()

    def _settle(self) -> None:
        if self.is_mounted:
            self._skip_heading(1)
            self._show_cursor()
            self.refresh()
            if self._fetch is None or self._choosable != (self.count > 0):  # at each letter typed it is not
                self._choosable = self.count > 0
                self.refresh_bindings()
            self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter means something where there is a row."""
        return action != "choose" or self.count > 0

    # --- rows ---

    def line(self, index: int) -> Line | None:
        """The row at `index`, or None while it is on its way."""
        number, place = divmod(index, PAGE)
        page = self._pages.get(number)
        if page is not None and place < len(page):
            return page[place]
        if page is None or (number == 0 and self._begun):
            self._ask(number)
        return None

    @property
    def key(self) -> str:
        """The key of the row under the cursor, empty when there is none (yet)."""
        line = self.line(self.cursor) if self.count else None
        return line.key if line and not line.heading else ""

    def _ask(self, page: int) -> None:
        if self._fetch is None or page in self._asked or not 0 <= page * PAGE < self.count:
            return
        self._asked.add(page)
        begin(self, partial(self._load, page, self._fetch, self._generation), group=f"page-{page}")

    async def _load(self, page: int, fetch: Fetch, generation: int) -> None:
        try:
            lines = await fetch(page * PAGE, PAGE)
        except TechguardError as error:
            self.post_message(self.Failed(error))
            return
        if generation != self._generation:
            return
        self._pages[page] = lines
        self._begun = self._begun and page != 0
        self._asked.discard(page)
        widths = self._widest[1]
        self._also_seen(lines)
        while len(self._pages) > _PAGES_KEPT:
            self._pages.popitem(last=False)
        top = self.scroll_offset.y
        in_sight = page * PAGE < top + self.rows_in_sight and top < (page + 1) * PAGE
        if in_sight or self._widest[1] != widths:  # what was asked for ahead need not be drawn
            self.refresh()
            compat.draw_now(self)
        self._tell()

    # --- cursor ---

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, as near as there is one. It is drawn at once: of what did not scroll, the
        row it leaves and the row it comes to.
        """
        step = 1 if index >= self.cursor else -1
        left, top = self.cursor, self.scroll_offset.y
        self.cursor = max(0, min(index, self.count - 1))
        self._skip_heading(step)
        self._show_cursor()
        if self.scroll_offset.y == top:
            for row in {left, self.cursor}:
                self.refresh_line(row + self._head)
        else:
            self.refresh()
        compat.draw_now(self)
        for screens in (1, 2):  # so that the next page key finds its rows there
            self.line(max(0, min(self.cursor + step * screens * self.rows_in_sight, self.count - 1)))
        self._tell()

    def _skip_heading(self, step: int) -> None:
        def heading() -> bool:
            line = self._pages.get(self.cursor // PAGE)
            place = self.cursor % PAGE
            return bool(line and place < len(line) and line[place].heading)

        start = self.cursor
        while heading() and 0 <= self.cursor + step < self.count:
            self.cursor += step
        if heading():
            self.cursor = start
            while heading() and 0 <= self.cursor - step < self.count:
                self.cursor -= step

    def _show_cursor(self) -> None:
        rows = self.rows_in_sight
        top = self.scroll_offset.y
        first = 0 if self.cursor <= 1 else self.cursor
        if first < top:
            self.scroll_to(y=first, animate=False, force=True, immediate=True)
        elif self.cursor >= top + rows:
            self.scroll_to(y=self.cursor - rows + 1, animate=False, force=True, immediate=True)

    @property
    def _head(self) -> int:
        """How many lines stand above the first row."""
        return 1 if self.header else 0

    @property
    def rows_in_sight(self) -> int:
        """For how many rows there is room."""
        return max(1, self.size.height - self._head)

    def _tell(self) -> None:
        key = self.key
        if key != self._told:
            self._told = key
            self.post_message(self.Moved(self, key))

    def action_move(self, step: int) -> None:
        if step < 0 and self.cursor == 0:
            self.post_message(self.PastTop())
        self.move_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        self.move_to(self.cursor + step * self.rows_in_sight)

    def action_edge(self, side: int) -> None:
        self.move_to(0 if side < 0 else self.count - 1)

    def action_choose(self) -> None:
        if key := self.key:
            self.post_message(self.Chosen(self, key))

    def toggle_mark(self, step: int = 1) -> None:
        """Mark or unmark the row under the cursor, and go on to the next."""
        if key := self.key:
            self.marked ^= {key}
            self.move_to(self.cursor + step)

    def mark(self, keys: Iterable[str]) -> None:
        """Mark these rows and no others; boxes stand before the rows as long as any is marked."""
        before = self.marked, self.marks
        self.marked = set(keys)
        self.marks = bool(self.marked)
        if before != (self.marked, self.marks):
            self.refresh()

    # --- drawing ---

    def _fit(self) -> None:
        size = Size(self.size.width, self.count + self._head)
        if size == self.virtual_size:
            return
        self.virtual_size = size
        if self.styles.auto_dimensions:
            self.refresh(layout=True)
        else:
            compat.rows_changed(self)

    def on_resize(self) -> None:
        self._fit()
        self._show_cursor()

    def on_mount(self) -> None:
        self._settle()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    @property
    def shown(self) -> list[tuple[int, int]]:
        """The columns that fit: (index, width)."""
        cells = self._text_width()
        wanted = self.columns, cells, self._seen_widths()
        if self._laid[0] != wanted:
            columns = [roomy(c, need) for c, need in zip(self.columns, wanted[2], strict=True)]
            self._laid = wanted, layout(columns, cells, needs=wanted[2] if cells >= WIDE else ())
        return self._laid[1]

    def _seen_widths(self) -> tuple[int, ...]:
        """How wide what was seen in each column is. It only grows, so that columns do not jump while one
        types in the search line; other columns begin anew.
        """
        columns, widths, measured = self._widest
        first = self._pages.get(0, ())
        if columns != self.columns or len(widths) != len(self.columns):
            widths, measured = (0,) * len(self.columns), None
        if measured is not first:  # once for each reading, not for each line that is drawn
            widths = _widened(widths, first)
            self._widest = self.columns, widths, first
        return widths

    def _also_seen(self, lines: Sequence[Line]) -> None:
        """A page further down came: its words may be longer."""
        columns, widths, first = self._widest
        if columns == self.columns and any(column.whole for column in columns):
            self._widest = columns, _widened(widths, lines), first

    def _lead(self) -> int:
        return 6 if self.marks else 2

    def _text_width(self) -> int:
        return max(1, self.scrollable_content_region.width - self._lead() - 1)

    def render_lines(self, crop: Region) -> list[Strip]:
        # Put together anew for each who asks: here once for all the lines that are drawn.
        self._ground = self.rich_style
        self._cells = self.scrollable_content_region.width
        self._columns = self.shown
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        cells, base = self._cells, self._ground
        if self.header and y == 0:
            return self._header_line()
        index = self.scroll_offset.y + y - self._head
        if 0 <= index < self.count:
            line = self.line(index)
            if line is None:
                return Strip.blank(cells, base)
            if line.heading:
                text = "  " + fit(line.cells[0].text, max(1, cells - 2))
                return self._strip([Segment(text, self._style("heading"))], cells, base)
            return self._row(line, index)
        if self.count == 0 and self.empty and self._given:
            said = wrap(self.empty, max(2, cells - 4))
            place = y - self._head
            if 0 <= place < len(said):
                return self._strip([Segment("  " + said[place], self._style("muted"))], cells, base)
        return Strip.blank(cells, base)

    def _row(self, line: Line, index: int) -> Strip:
        cells = self._cells
        at_cursor = index == self.cursor and (self.has_focus or not self.quiet)
        ground = self._ground
        if at_cursor:
            ground = self._style("cursor" if self.has_focus else "cursor-blurred")
        lead = "> " if at_cursor else "  "
        if self.marks and not plain_mode.is_on():
            lead += "[x] " if line.key in self.marked else "[ ] "
        segments = [Segment(lead, ground)]
        if plain_mode.is_on():
            text = self.sentence(line)
            segments.append(Segment(cut(one_line(text), max(1, cells - len(lead))), ground))
            return self._strip(segments, cells, ground)
        for place, (column, wide) in enumerate(self._columns):
            if place:
                segments.append(Segment("  ", ground))
            if column < len(line.cells):
                segments += self._cell(line.cells[column], wide, self.columns[column], ground, at_cursor)
        return self._strip(segments, cells, ground)

    def _cell(
        self, cell: Cell, wide: int, column: Column, ground: RichStyle, at_cursor: bool
    ) -> list[Segment]:
        style = ground
        if cell.style and not (at_cursor and self.has_focus):
            own = self._style(cell.style)
            style += RichStyle(color=own.color, bold=own.bold)
        if not cell.spans:
            return [Segment(fit(one_line(cell.text), wide, column.align), style)]
        text, spans = in_sight(cell.text, cell.spans, wide)
        shown = cut(text, wide)
        whole = len(shown) - (1 if shown != text else 0)
        found = style + RichStyle(bold=True, underline=True)
        segments: list[Segment] = []
        done = 0
        for start, end in spans:
            first, last = min(start, whole), min(end, whole)
            segments.append(Segment(shown[done:first], style))
            segments.append(Segment(shown[first:last], found))
            done = max(done, last)
        segments.append(Segment(shown[done:], style))
        segments.append(Segment(" " * (wide - width(shown)), style))
        return segments

    def _header_line(self) -> Strip:
        plain = self._style("header")
        wanted = self._cells, self._columns, self.columns, self.sorted_by, self._lead(), plain
        if self._headed[0] != wanted:  # at each letter typed in a search line it is not
            self._headed = wanted, self._header(plain)
        return self._headed[1]

    def _header(self, plain: RichStyle) -> Strip:
        chosen = plain + RichStyle(underline=True)
        segments = [Segment(" " * self._lead(), plain)]
        for place, (i, wide) in enumerate(self._columns):
            if place:
                segments.append(Segment("  ", plain))
            column = self.columns[i]
            label = cut(column.label, wide)
            space = Segment(" " * (wide - width(label)), plain)
            text = Segment(label, chosen if column.key == self.sorted_by else plain)
            segments += [space, text] if column.align == "right" else [text, space]
        return self._strip(segments, self._cells, plain)

    def _style(self, name: str) -> RichStyle:
        return self.painted(f"table--{name}")

    @staticmethod
    def _strip(segments: list[Segment], cells: int, ground: RichStyle) -> Strip:
        return Strip([s for s in segments if s.text]).adjust_cell_length(cells, ground)

    # --- listened to ---

    @property
    def cursor_row(self) -> int:
        """On which row of the widget the cursor is."""
        return self.cursor - self.scroll_offset.y + self._head

    def sentence(self, line: Line) -> str:
        """A row as a sentence: each column with its head."""
        if line.heading:
            return line.cells[0].text
        parts = [
            labelled(column.label, cell.text)
            for column, cell in zip(self.columns, line.cells, strict=False)
            if cell.text
        ]
        text = "; ".join(parts)
        if self.marks:
            said = _("{text}; marked") if line.key in self.marked else _("{text}; not marked")
            text = said.format(text=text)
        return text

    def spoken(self) -> str:
        """Where the cursor is, in words."""
        if not self.count:
            return self.empty if self._given else ""
        line = self.line(self.cursor)
        text = self.sentence(line) if line else ""
        return _("Row {n} of {all}. {text}").format(n=self.cursor + 1, all=self.count, text=text)

    # --- mouse ---

    def on_click(self, event: events.Click) -> None:
        if self.header and event.y == 0:
            if column := self._column_at(event.x):
                self.post_message(self.HeaderClicked(self, column))
            return
        index = self.scroll_offset.y + event.y - self._head
        if not 0 <= index < self.count:
            return
        if index == self.cursor and event.chain > 1:
            self.action_choose()
        else:
            self.move_to(index)
            if self.marks and event.x < self._lead():
                self.marked ^= {self.key}
                self.refresh()

    def _column_at(self, x: int) -> str:
        left = self._lead()
        for i, wide in self.shown:
            if left <= x < left + wide + 2:
                return self.columns[i].key
            left += wide + 2
        return ""

    @property
    def allow_select(self) -> bool:
        return False


class Count(Static):
    """How many rows there are, beside a search line."""

    def say(self, text: str) -> None:
        """Say it. The line is laid out anew for a longer text only, not for each letter that is typed."""
        self.update(literal(text), layout=width(text) > self.content_size.width)


def plain(text: str, style: str = "") -> Cell:
    """A cell of one line."""
    return Cell(one_line(text), style)


def in_sight(
    text: str, spans: Sequence[tuple[int, int]], cells: int
) -> tuple[str, Sequence[tuple[int, int]]]:
    """The text, begun later where the first of its parts to be set off would be cut off in so many cells."""
    start, end = spans[0]
    begin = max(start - _BEFORE_FOUND, 0)
    if width(text[:end]) < cells or not begin:
        return text, spans
    moved = len(ELLIPSIS) - begin
    return ELLIPSIS + text[begin:], [(first + moved, last + moved) for first, last in spans]


_BEFORE_FOUND = 4
"""Letters shown before what was found, where it stands far in."""


def found(text: str, spans: Sequence[tuple[int, int]], style: str = "") -> Cell:
    """A cell in which some parts are set off. Line breaks become spaces, so that the spans stay true; where
    something else must go so that the row stays straight, nothing is set off.
    """
    if drawn(text) != text:
        return plain(text, style)
    return Cell("".join(" " if c in "\n\r\t" else c for c in text), style, tuple(spans))
