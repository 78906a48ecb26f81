"""Draws pages as a workbook for those who work on with the tables: a sheet a table, the rest on the first.

Every text is written as text, never as a formula or a link; counts in columns of numbers are numbers. It is
composed in memory.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil
from typing import TYPE_CHECKING, assert_never

from techguard.i18n import Language, translator

from .blocks import Axis, Curve, Line, Pages, Plot
from .outline import Box, Drawing, Heading, Paragraph, Part, Table, outline, printable, spoken
from .wording import width

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

FILLS = {1: "#EEF0EE", 2: "#DFE6D3", 3: "#F3CF7D", 4: "#D2602F", 5: "#7C1226"}
_WHITE_INK = {4, 5}
_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})*")
_FORMULA = re.compile(r"[=+\-@\t\r]")
"""What a spreadsheet would run if a person typed it (OWASP, CSV Injection): it is marked as text."""
_MM_A_CHARACTER = 1.7
_REST, _LEAST = 70, 32
"""Characters that the columns without a width share, and the least that one of them gets."""
_FIRST, _OTHERS, _NUMBERS, _WHOLE, _NAMES, _FIELDS = 22, 13, 16, 90, 40, 6
"""Widths of columns, in characters. Where a table names none: the first and the others; the numbers of a
chart; a sheet without tables; names and fields of a table whose heads are turned.
"""
_PARTS = 6
"""Columns of a sheet without tables: one alone would not be made to fit the paper by LibreOffice."""
_UPRIGHT = 95
"""Characters across that an upright page takes as large as on the screen."""
_TURNED = 150
"""Points high that heads are that are read upwards."""
_CLOSE = 3.5
"""Edges of columns that are no further apart are one."""
_INDENT, _LETTER = 1.5, 1.08
"""Characters that a cell keeps free at its side, and that a letter takes on the average."""
_LINE, _HIGHEST = 16, 409
"""Points a line takes, and the most that Excel gives a row."""
_MOST_IN_A_NAME, _MOST_IN_A_CELL = 31, 32_767
_CHART, _CHART_ROWS = (760, 400), 26
"""Pixels of a chart, and the rows that it covers."""
_FORMS = {"share": "0.0%"}
_LINES: tuple[dict[str, object], ...] = (
    {"color": "#5A6472", "width": 2},
    {"color": "#1D2430", "width": 2, "dash_type": "dash"},
    {"color": "#7C1226", "width": 2.25, "dash_type": "round_dot"},
)
_MARKS: tuple[dict[str, object], ...] = tuple(
    {"type": shape, "size": size, "fill": {"color": ink}, "border": {"color": ink}}
    for shape, size, ink in (("circle", 6, "#5A6472"), ("square", 8, "#1D2430"), ("triangle", 7, "#7C1226"))
)
"""Filled, as LibreOffice draws no border around a mark."""
_A_LINE = 2
_FORBIDDEN_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")


def render(pages: Pages) -> bytes:
    """Pages as an .xlsx file."""
    import xlsxwriter

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": pages.title, "subject": pages.marking})
        book.set_size(24_000, 14_000)
        draw = _Drawing(book)
        number = 0
        for each in spoken(pages):
            for parts in sheets(outline(each)):
                number += 1
                draw.sheet(number, parts, each)
    return file.getvalue()


def sheets(parts: Iterable[Part]) -> list[list[Part]]:
    """The parts of each sheet: sections with a table apart, all other parts together on the first."""
    sections: list[list[Part]] = [[]]
    for part in parts:
        if isinstance(part, Heading) and part.depth <= 2:
            sections.append([])
        sections[-1].append(part)
    apart = [s for s in sections if _of_its_own(s)]
    return [[part for s in sections if not _of_its_own(s) for part in s], *apart]


def _of_its_own(section: list[Part]) -> bool:
    return any(isinstance(part, Table) and part.widths for part in section)


class _Drawing:
    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.formats: dict[tuple[object, ...], Format] = {}
        self.language: Language = "ja"
        """Of the sheet at hand."""
        self.grid = _Grid((_REST,))
        """The columns of the sheet at hand."""
        self.charts: list[tuple[Chart, Plot]] = []
        """Those of the sheet at hand, still without their numbers."""

    def sheet(self, number: int, parts: list[Part], pages: Pages) -> None:
        self.language = pages.language
        sheet = self.book.add_worksheet(_sheet_name(number, self.short_title(parts, pages)))
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        marking = f"{pages.marking} / {pages.running}"
        literal = marking.replace("&", "＆")  # there "&" commands, and "&&G" counts as a picture
        sheet.set_header(f"&L{literal}")
        sheet.set_footer(f"&L{literal}&R&P / &N")
        self.grid = _Grid.of(parts)
        if sum(self.grid.columns) > _UPRIGHT:
            sheet.set_landscape()
        for column, characters in enumerate(self.grid.columns):
            sheet.set_column(column, column, characters)
        self.text(sheet, 0, marking, bold=True)
        tables = [part for part in parts if isinstance(part, Table)]
        row = 2
        for part in parts:
            if (
                [part] == tables
                and not any(isinstance(p, Drawing) for p in parts)
                and tables[0].heads
                and not tables[0].title
            ):
                sheet.freeze_panes(row + 1, 0)
                sheet.repeat_rows(row)
            row = self.part(sheet, row, part)
        for chart, plot in self.charts:
            row = self.numbers(sheet, row + 1, chart, plot)
        self.charts.clear()

    def short_title(self, parts: list[Part], pages: Pages) -> str:
        first = next((part for part in parts if isinstance(part, Heading)), None)
        if first is None:
            return pages.title
        if first.depth == 1:
            return translator(pages.language).gettext("Overview")
        return first.short or first.text

    def part(self, sheet: Worksheet, row: int, part: Part) -> int:
        """Draw a part from a row on; the next free row."""
        match part:
            case Heading(depth, text):
                self.text(sheet, row, text, bold=True, size={1: 16, 2: 13}.get(depth, 11))
                return row + 1
            case Paragraph(text, style):
                self.text(sheet, row, text, bold=style in {"strong", "asked"})
                return row + 1
            case Table():
                return self.table(sheet, row, part)
            case Drawing(plot, table):
                return self.curves(sheet, self.table(sheet, row, table), plot)
            case _:
                assert_never(part)

    def text(self, sheet: Worksheet, row: int, text: str, *, bold: bool = False, size: int = 11) -> None:
        """A paragraph over all columns."""
        look = self.format(bold=bold, size=size, text=text, wrap=True)
        self.over(sheet, row, range(len(self.grid.columns)), look)
        sheet.write_string(row, 0, _fitting(text), look)
        lines = _lines_of(text, sum(self.grid.columns) * 11 / size)
        sheet.set_row(row, min(_LINE * lines * max(1, size / 11), _HIGHEST))

    def over(self, sheet: Worksheet, row: int, columns: range, look: Format) -> None:
        """Make the columns that a cell covers one cell."""
        if len(columns) > 1:
            sheet.merge_range(row, columns[0], row, columns[-1], "", look)

    def table(self, sheet: Worksheet, row: int, table: Table) -> int:
        if table.title:
            self.text(sheet, row, table.title, bold=True)
            row += 1
        widths = _widths(table)
        spans = self.grid.spans(widths)
        for boxes in (table.heads, *table.rows):
            if not boxes:
                continue
            head = boxes is table.heads
            for columns, box in zip(spans, boxes, strict=False):
                self.box(sheet, row, columns, box, head=head, turned=head and table.turned)
            lines = max(_lines(box, wide) for wide, box in zip(widths, boxes, strict=False))
            sheet.set_row(row, _TURNED if head and table.turned else min(_LINE * lines, _HIGHEST))
            row += 1
        return row + 1

    def curves(self, sheet: Worksheet, row: int, plot: Plot) -> int:
        """A chart of the spreadsheet's own; the next free row. Its numbers follow at the end of the sheet."""
        chart = self.book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
        chart.set_title({"name": plot.title, "name_font": {"size": 11}, "overlay": False})
        chart.set_x_axis(_axis(plot.across))
        chart.set_y_axis(_axis(plot.up))
        chart.set_size({"width": _CHART[0], "height": _CHART[1]})
        sheet.insert_chart(row, 0, chart, {"object_position": 3, "description": plot.said})
        self.charts.append((chart, plot))
        return row + _CHART_ROWS

    def numbers(self, sheet: Worksheet, row: int, chart: Chart, plot: Plot) -> int:
        """The numbers that a chart is drawn from, two columns a curve; the next free row."""
        below = row
        hidden: list[int] = []
        number = 0
        spans = self.grid.spans(_of_numbers(plot))

        def put(down: int, columns: range, value: str | float, look: Format) -> None:
            self.over(sheet, down, columns, look)
            if isinstance(value, str):
                sheet.write_string(down, columns[0], _fitting(value), look)
            else:
                sheet.write_number(down, columns[0], value, look)

        for n, curve in enumerate(plot.curves):
            two = spans[2 * n : 2 * n + 2]
            across, up = (columns[0] for columns in two)
            for down, texts in enumerate(((curve.name, ""), (plot.across.label, plot.up.label))):
                for columns, text in zip(two, texts, strict=True):
                    put(row + down, columns, text, self.format(bold=True, cell=True, text=text))
            at = row + 2
            lines, marks = _values(curve)
            for values, look in ((lines, _look(curve, marked=not marks)), (marks, _look(curve, lined=False))):
                if not values:
                    continue
                first = at
                for x, y in values:
                    put(at, two[0], x, self.format(cell=True, form=plot.across.form))
                    put(at, two[1], y, self.format(cell=True, form=plot.up.form))
                    at += 1
                name = sheet.get_name()
                chart.add_series(
                    {
                        "name": [name, row, across],
                        "categories": [name, first, across, at - 1, across],
                        "values": [name, first, up, at - 1, up],
                        **look,
                    }
                )
                if values is lines and marks:
                    hidden.append(number)
                number += 1
            below = max(below, at)
        sheet.set_row(row, _LINE * 2)
        sheet.set_row(row + 1, _LINE * 3)
        chart.set_legend({"position": "bottom", "delete_series": hidden})
        return below + 1

    def box(self, sheet: Worksheet, row: int, columns: range, box: Box, *, head: bool, turned: bool) -> None:
        text = _fitting("\n".join(_said(line, self.language) for line in box.lines))
        number = box.align != "left" and not head and bool(_NUMBER.fullmatch(text))
        look = self.format(
            bold=head or box.names or all(line.style in {"strong", "asked"} for line in box.lines),
            level=box.level,
            align=box.align,
            cell=True,
            number=number,
            text=text,
            turned=turned,
        )
        self.over(sheet, row, columns, look)
        if number:
            sheet.write_number(row, columns[0], int(text.replace(",", "")), look)
        else:
            sheet.write_string(row, columns[0], text, look)

    def format(
        self,
        *,
        bold: bool = False,
        size: int = 11,
        level: int | None = None,
        align: str = "left",
        cell: bool = False,
        number: bool = False,
        form: str = "",
        text: str = "",
        wrap: bool = False,
        turned: bool = False,
    ) -> Format:
        runs = bool(_FORMULA.match(text))
        key = (bold, size, level, align, cell, number, form, runs, wrap, turned)
        if key not in self.formats:
            look = {"bold": bold, "font_size": size, "align": align, "valign": "top", "quote_prefix": runs}
            if wrap:
                look |= {"text_wrap": True}
            if cell:
                look |= {"indent": 1} if align == "left" else {}
                look |= {"border": 1, "border_color": "#C3C9D1", "text_wrap": True}
            if turned:
                look |= {"rotation": 90, "align": "center", "valign": "bottom", "indent": 0}
            if level:
                ink = "#FFFFFF" if level in _WHITE_INK else "#000000"
                look |= {"bg_color": FILLS[level], "font_color": ink}
            if number or form:
                look |= {"num_format": _FORMS.get(form, "#,##0")}
            self.formats[key] = self.book.add_format(look)
        return self.formats[key]


def _values(curve: Curve) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """The points of a curve's line, none where it is a single point; and the marks that are not among them:
    a line that goes in steps has corners without one.
    """
    values = [dot.values for dot in curve.dots]
    if len(values) < _A_LINE:
        return [], values
    if not curve.stepped:
        return values, []
    corners = [corner for (_, y), here in pairwise(values) for corner in ((here[0], y), here)]
    return [values[0], *corners], values


def _look(curve: Curve, *, lined: bool = True, marked: bool = True) -> dict[str, object]:
    return {
        "line": _LINES[curve.look] if lined else {"none": True},
        "marker": _MARKS[curve.look] if marked else {"type": "none"},
    }


def _axis(axis: Axis) -> dict[str, object]:
    """An axis as the spreadsheet draws it."""
    return {
        "name": axis.label,
        "name_font": {"size": 9, "bold": False},
        "min": axis.low,
        "max": axis.high,
        "num_format": _FORMS.get(axis.form, "#,##0"),
        "num_font": {"size": 9},
        "label_position": "low",
        "crossing": "min",
        "major_gridlines": {"visible": True, "line": {"color": "#DFE3E8"}},
    } | ({"log_base": 10} if axis.log else {})


def _widths(table: Table) -> list[float]:
    """How many half-width characters wide the columns of a table are to be."""
    if table.turned:
        return [_NAMES, *[_FIELDS] * (len(table.widths) - 1)]
    if table.widths:
        rest = max(_REST / max(1, table.widths.count(0)), _LEAST)
        return [mm / _MM_A_CHARACTER if mm else rest for mm in table.widths]
    across = max(map(len, (table.heads, *table.rows)))
    return [_FIRST, *[_OTHERS] * (across - 1)]


def _of_numbers(plot: Plot) -> list[float]:
    """Widths of the columns with the numbers of a chart."""
    return [_NUMBERS] * (2 * len(plot.curves))


def _nearest(edges: Sequence[float], wanted: float) -> int:
    """Which of them is nearest, the first if several are."""
    apart = [abs(edge - wanted) for edge in edges]
    return apart.index(min(apart))


@dataclass(frozen=True)
class _Grid:
    """The columns of a sheet, in characters: fine enough that every column of its tables covers whole ones.

    The table with most rows has its columns as they are, if another one does not end within one of them.
    """

    columns: tuple[float, ...]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> _Grid:
        found: list[tuple[int, list[float]]] = []
        for part in parts:
            if isinstance(part, Table):
                found.append((len(part.rows), _widths(part)))
            if isinstance(part, Drawing):
                found += [(len(part.table.rows), _widths(part.table)), (0, _of_numbers(part.plot))]
        edges: list[float] = []
        for _, widths in sorted(found, key=lambda f: -f[0]):
            used: set[float] = set()
            for edge in accumulate(widths):
                near = [e for e in edges if abs(edge - e) < _CLOSE and e > max(used, default=0.0)]
                used.add(near[_nearest(near, edge)] if near else edge)
            edges = sorted({*edges, *used})
        if not edges:
            return cls((_WHOLE / _PARTS,) * _PARTS)
        return cls(tuple(there - here for here, there in pairwise((0.0, *edges))))

    def spans(self, widths: list[float]) -> list[range]:
        """The columns of the sheet that each column of a table covers."""
        edges = list(accumulate(self.columns))
        ends: list[int] = []
        for wanted in accumulate(widths):
            taken = ends[-1] if ends else 0
            ends.append(taken + _nearest(edges[taken:], wanted) + 1)
        return [range(here, there) for here, there in pairwise((0, *ends))]


def _lines(box: Box, characters: float) -> int:
    """About how many lines a box takes in a column of so many half-width characters."""
    return sum(_lines_of(_said(line), characters) for line in box.lines)


def _lines_of(text: str, characters: float) -> int:
    """Wider letters take a little more room than the digits that a column is measured in."""
    room = max(characters - _INDENT, 4)
    return sum(max(1, ceil(width(part) * _LETTER / room)) for part in text.split("\n"))


def _sheet_name(number: int, title: str) -> str:
    """A name that Excel takes: short (in UTF-16), without its signs, and told apart by its number.

    What is too long ends with a whole word, if it has words.
    """
    words = " ".join(_FORBIDDEN_IN_A_NAME.sub(" ", printable(title)).split(" "))
    words = re.sub(" {2,}", " ", words).strip()
    name = f"{number} {words}"
    if len(name.encode("utf-16-le")) > 2 * _MOST_IN_A_NAME:
        cut = name.encode("utf-16-le")[: 2 * _MOST_IN_A_NAME].decode("utf-16-le", "ignore")
        whole = cut.rsplit(" ", 1)[0]
        name = whole if whole != str(number) and not name[len(cut)].isspace() else cut
    return name.rstrip(" '-,、。")


def _fitting(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _MOST_IN_A_CELL else f"{text[: _MOST_IN_A_CELL - 1]}…"


def _said(line: Line, language: Language = "en") -> str:
    if line.label.isdecimal() and line.text:  # a level before what is counted there
        return f"[{line.label}] {line.text}"
    return translator(language).labelled(line.label, line.text) if line.text else line.label
