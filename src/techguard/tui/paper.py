"""A composed document on the screen: its headings, paragraphs, tables and charts, section by section, as
`techguard.board.outline` takes the pages apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from techguard.domain.text import fit, width
from techguard.i18n import _, labelled, language, list_text

from . import plain
from .prose import Prose
from .scrolled import Reading
from .text import beside, join, wrap

if TYPE_CHECKING:
    from techguard.board.blocks import Axis, Bars, Line, Pages, Plot
    from techguard.board.outline import Box, Part, Table

GAP = 2
NARROW = 6
"""So many cells a column keeps, whatever else there is."""
_STYLES = {"plain": "", "strong": "bold", "quiet": "$t-muted", "asked": "bold $t-accent"}
HEIGHTS = "▁▂▃▄▅▆▇█"
NOT_KEPT = "·"


@dataclass(frozen=True)
class Chapter:
    """What stands under one heading."""

    title: str
    parts: tuple[Part, ...]


def chapters(pages: Pages) -> tuple[Chapter, ...]:
    """The pages, section by section; the first holds what stands on the front page."""
    from techguard.board.outline import Heading, outline

    found: list[tuple[str, list[Part]]] = []
    for part in outline(_with_sparks(pages)):
        if isinstance(part, Heading) and part.depth <= 2:
            found.append((part.text, []))
        else:
            found[-1][1].append(part)
    return tuple(Chapter(title, tuple(parts)) for title, parts in found)


def charts(pages: Pages) -> Mapping[str, Bars]:
    """The bar charts of the pages, by their titles."""
    from techguard.board.blocks import Bars

    figures = (section.figure for section in pages.sections)
    return {figure.title: figure for figure in figures if isinstance(figure, Bars)}


def spark(values: Sequence[int | None]) -> str:
    """How a number went, as bars of eight heights; a dot where nothing was kept."""
    known = [n for n in values if n is not None]
    least, most = min(known, default=0), max(known, default=0)
    step = (most - least) / (len(HEIGHTS) - 1) or 1
    return "".join(NOT_KEPT if n is None else HEIGHTS[round((n - least) / step)] for n in values)


def _with_sparks(pages: Pages) -> Pages:
    """The pages with their small lines as characters before the numbers; in words only in plain mode."""
    from techguard.board.blocks import Cell, Line, Spark

    def cell(content: Cell) -> Cell:
        if not isinstance(content, Spark) or plain.is_on():
            return content
        return (Line(spark(content.values)), Line(content.said, "quiet"))

    return replace(
        pages,
        sections=tuple(
            replace(section, rows=tuple(tuple(map(cell, row)) for row in section.rows))
            for section in pages.sections
        ),
    )


class Paper(Reading):
    """One chapter at a time, to read."""

    async def show(self, chapter: Chapter, bars: Mapping[str, Bars]) -> None:
        """Show a chapter in place of what is shown."""
        await self.remove_children()
        await self.mount_all(self._widgets(chapter, bars))
        self.scroll_home(animate=False)

    def _widgets(self, chapter: Chapter, bars: Mapping[str, Bars]) -> Iterator[Widget]:
        from techguard.board.outline import Drawing, Heading, Paragraph, Table

        for part in chapter.parts:
            match part:
                case Heading(_, text):
                    yield Prose(text, "bold $t-accent", classes="gap")
                case Paragraph(text, style):
                    yield Prose(text, _STYLES[style])
                case Table():
                    chart = bars.get(part.title) if part.title else None
                    if chart is not None:
                        yield from _chart(chart)
                    yield TableView(part, numbered=chart is not None and not plain.is_on())
                case Drawing(plot, table):
                    if not plain.is_on():
                        yield from _plot(plot)
                    yield TableView(table)
                case _:
                    assert_never(part)

    @property
    def text(self) -> str:
        """All that is shown, as text."""
        return "\n".join(
            child.text if isinstance(child, Prose) else child.plain
            for child in self.children
            if isinstance(child, Prose | TableView)
        )


def _chart(bars: Bars) -> Iterator[Widget]:
    """A bar chart with what its shades mean; in plain mode its table tells it."""
    if plain.is_on():
        return
    from .charts import BarChart, Column

    yield Prose(bars.title, "bold")
    chart = BarChart([Column(bar.value, bar.dark, bar.open) for bar in bars.bars])
    chart.add_class("chart")
    yield chart
    said = _("Upper part of a bar: {light}. Lower part: {dark}. The numbers are those of the rows below.")
    yield Prose(said.format(light=bars.light, dark=bars.dark), "$t-muted")


def _plot(plot: Plot) -> Iterator[Widget]:
    """Curves with what their axes and looks mean; their table follows."""
    from .charts import PlotChart

    lang = language()
    looks = (_("dotted"), _("solid"), _("rings"))
    units = {
        "share": "%",
        "count": "",
        "yen": _("hundreds of millions of yen") if lang == "ja" else _("millions of yen"),
    }

    def axis(one: Axis) -> str:
        return f"{one.label} ({units[one.form]})" if units[one.form] else one.label

    yield Prose(f"↑ {axis(plot.up)}   → {axis(plot.across)}", "$t-muted")
    chart = PlotChart(plot, lang)
    chart.add_class("chart")
    yield chart
    said = [labelled(looks[c.look], c.name) for c in plot.curves]
    yield Prose(beside(said), "$t-muted")


class TableView(Widget):
    """A table for the width there is: columns that break their lines; where even that is too narrow, and in
    plain mode, each row as a sentence.
    """

    def __init__(self, table: Table, *, numbered: bool = False) -> None:
        super().__init__()
        self.table = table
        self.numbered = numbered
        """Its rows are numbered, as the bars of the chart above."""

    @property
    def plain(self) -> str:
        """Its words, row by row."""
        return "\n".join(" ".join(_text(box) for box in row) for row in (self.table.heads, *self.table.rows))

    def lines(self, cells: int) -> list[Content]:
        """The table in lines of at most `cells` cells."""
        heads, rows = self.table.heads, self.table.rows
        title = [] if self.numbered or not self.table.title else self._title(cells)
        if not rows:
            return title
        if self.numbered:
            rows = tuple((_numbered(n, row[0]), *row[1:]) for n, row in enumerate(rows, 1))
        key: tuple[str, ...] = ()
        widths = fitted(_natural((heads, *rows)), cells)
        if widths is None and heads:
            # Too many columns for their names: a number each, and what it stands for below.
            key = tuple(_text(head) for head in heads)
            heads = (heads[0], *(replace(h, lines=_short(n)) for n, h in enumerate(heads[1:], 1)))
            widths = fitted(_natural((heads, *rows)), cells)
        if plain.is_on() or widths is None:
            return [*title, *self._sentences(self.table.heads, rows, cells)]
        drawn = [*title]
        if any(_text(head) for head in heads):
            drawn += _row(heads, widths, "$t-muted")
        for row in rows:
            drawn += _row(row, widths)
        if key:
            told = "  ".join(f"{n} {name}" for n, name in enumerate(key[1:], 1))
            drawn += [join((line, "$t-muted")) for line in wrap(told, cells)]
        return drawn

    def _title(self, cells: int) -> list[Content]:
        return [join((line, "bold")) for line in wrap(self.table.title, cells)]

    def _sentences(
        self, heads: Sequence[Box], rows: Sequence[Sequence[Box]], cells: int
    ) -> Iterator[Content]:
        names = [_text(head) for head in heads]
        for row in rows:
            parts = [
                labelled(name, text)
                for name, text in zip(names or [""] * len(row), map(_text, row), strict=True)
                if text
            ]
            yield from (join(line) for line in wrap(" / ".join(parts), cells))
        empty = [name for n, name in enumerate(names) if name and not any(_text(row[n]) for row in rows)]
        if empty:
            said = _("Nothing stands under: {columns}.").format(columns=list_text(empty))
            yield from (join((line, "$t-muted")) for line in wrap(said, cells))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines(width))

    def render(self) -> Content:
        return Content("\n").join(self.lines(self.content_size.width))


def _said(line: Line) -> str:
    return labelled(line.label, line.text)


def _text(box: Box) -> str:
    return " ".join(_said(line) for line in box.lines if _said(line))


def _short(number: int) -> tuple[Line, ...]:
    from techguard.board.blocks import Line

    return (Line(str(number)),)


def _numbered(number: int, box: Box) -> Box:
    first, *rest = box.lines
    return replace(box, lines=(replace(first, text=f"{number}  {first.text}"), *rest))


def _natural(rows: Iterable[Sequence[Box]]) -> list[int]:
    """How wide each column is where nothing breaks."""
    full = [row for row in rows if row]
    across = len(full[-1])
    return [
        max((width(_said(line)) for row in full if n < len(row) for line in row[n].lines), default=0)
        for n in range(across)
    ]


def fitted(natural: Sequence[int], cells: int) -> list[int] | None:
    """Widths of columns that fill at most `cells` cells: the widest give way. None where they cannot."""
    room = cells - GAP * (len(natural) - 1)
    least = [min(wide, NARROW) for wide in natural]
    if sum(least) > room:
        return None
    low, high = NARROW, max([*natural, NARROW])
    while low < high:
        cap = (low + high + 1) // 2
        if sum(min(wide, cap) for wide in natural) <= room:
            low = cap
        else:
            high = cap - 1
    return [min(wide, low) for wide in natural]


def _row(boxes: Sequence[Box], widths: Sequence[int], style: str = "") -> list[Content]:
    """The lines of one row."""
    columns = [
        [
            (piece, style or _styled(box, line.style))
            for line in box.lines
            for piece in (wrap(_said(line), max(1, wide)) or [""])
        ]
        for box, wide in zip(boxes, widths, strict=True)
    ]
    lines = []
    for n in range(max((len(column) for column in columns), default=0)):
        parts: list[tuple[str, str]] = []
        for box, column, wide in zip(boxes, columns, widths, strict=True):
            text, look = column[n] if n < len(column) else ("", "")
            parts.append((_aligned(text, wide, box.align) + " " * GAP, look))
        lines.append(join(*parts))
    return lines


def _styled(box: Box, style: str) -> str:
    level = f"$t-level-{box.level}" if box.level else ""
    return " ".join(part for part in (_STYLES[style], level) if part)


def _aligned(text: str, cells: int, align: str) -> str:
    space = max(0, cells - width(text))
    if align == "right":
        return " " * space + text
    if align == "center":
        return fit(" " * (space // 2) + text, cells)
    return fit(text, cells)
