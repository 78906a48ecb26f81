"""The same pages as a web page and as a workbook: nothing of them is lost, and no text acts."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from techguard.board import webpage, workbook
from techguard.board.blocks import Cell, Column, Front, Heat, HeatMap, Line, Pages, Section
from techguard.board.composition import compose_from
from techguard.board.pages import lay_out
from techguard.domain import words as w
from techguard.i18n import LANGUAGES, translator

from .sample import sample

OF_THE_LAYOUT = {"language", "style", "align", "page_of", "continued", "form", "ticks", "short"}
"""A spreadsheet draws the ticks of an axis itself."""
MAY_BE_EMPTY = {"levels", "classes", "cards"}
"""Their titles are not shown above nothing."""


def pages(level: w.RedactionLevel = w.RedactionLevel.R0, language: str = "ja") -> Pages:
    return lay_out(compose_from(sample(), redaction=level, language=w.Language(language)))


def told(value: Any) -> Iterator[str]:
    """Every text of a block and of the blocks in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from told(part)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            over = field.name.removesuffix("_title")
            if field.name not in OF_THE_LAYOUT and (over not in MAY_BE_EMPTY or getattr(value, over)):
                yield from told(getattr(value, field.name))


class Reader(HTMLParser):
    """What a browser would read of a page: its words, its elements and what they ask for."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}


def cells(book: bytes) -> list[Any]:
    read = openpyxl.load_workbook(io.BytesIO(book))
    return [c for sheet in read for row in sheet.iter_rows() for c in row if c.value is not None]


def words_of_book(book: bytes) -> str:
    return "\n".join(f"{c.value:,}" if isinstance(c.value, int) else str(c.value) for c in cells(book))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", w.RedactionLevel)
def test_every_text_of_the_pages_stands_in_the_web_page_and_in_the_workbook(
    level: w.RedactionLevel, language: str
) -> None:
    laid = pages(level, language)
    on_screen, in_cells = "".join(Reader(webpage.render(laid)).words), words_of_book(workbook.render(laid))
    for text in told(laid):
        assert text in on_screen, text
        assert text in in_cells, text


def test_the_page_is_headings_tables_and_shapes_and_nothing_that_acts() -> None:
    read = Reader(webpage.render(pages()))
    assert {"h1", "h2", "table", "caption", "thead", "th"} <= read.tags()
    assert not read.tags() & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "a",
        "form",
        "base",
        "use",
        "image",
    }
    drawn = read.tags() & {"foreignobject", "style", "animate", "set"}
    assert drawn == {"style"}, "of SVG the page has shapes and texts alone"
    assert not any(
        name.startswith("on") or name in {"style", "src", "href"} for _, a in read.elements for name in a
    )
    assert ("html", {"lang": "ja"}) in read.elements
    policy = next(a["content"] for t, a in read.elements if t == "meta" and "http-equiv" in a)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'",
        str(policy),
    )


FRONT = Front()


def saying(text: str) -> Pages:
    """Pages on which a text stands wherever a person's text can stand."""
    cell: Cell = (Line(text, "strong", text), Line(text, "asked"))
    section = Section(text, (text,), (Column(text), Column(text, 20, "right")), ((cell, cell),), text)
    heat = HeatMap(text, ((Heat(5, 1, text),),), text, text, (text,), (text,), text)
    front = dataclasses.replace(FRONT, heat=heat, asked=text)
    return Pages("ja", text, text, text, text, text, "", front, (section,))


@pytest.mark.parametrize(
    "text",
    [
        "<script>fetch('https://example.com')</script>",
        "</style></title></td><img src=x onerror=alert(1)>",
        "\"><iframe srcdoc='x'>&lt;b&gt;",
        "]]><!-- <svg onload=alert(1)>",
    ],
)
def test_markup_in_a_text_is_text(text: str) -> None:
    page = webpage.render(saying(text))
    assert Reader(page).tags() == Reader(webpage.render(saying("x"))).tags()
    assert text in "".join(Reader(page).words)


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", '+HYPERLINK("https://example.com")', "https://example.com"]
)
def test_a_formula_in_a_text_is_text(text: str) -> None:
    book = workbook.render(saying(text))
    assert all(c.data_type == "s" and c.hyperlink is None for c in cells(book) if text in str(c.value))
    assert any(c.value == text for c in cells(book))
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any("externalLink" in name or "hyperlink" in name for name in parts.namelist())
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_text_can_spoil_a_form(text: str) -> None:
    assert Reader(webpage.render(saying(text))).tags() == Reader(webpage.render(saying("x"))).tags()
    assert len(openpyxl.load_workbook(io.BytesIO(workbook.render(saying(text)))).sheetnames) == 2


def test_counts_are_numbers_that_can_be_added() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(pages(language="en"))))
    indicators = next(s for s in book if "Key risk indicators" in s.title)
    now = [row[2].value for row in indicators.iter_rows() if re.match(r"K\d", str(row[0].value))]
    assert len(now) == 13
    assert all(isinstance(n, int) for n in now)


def test_the_marking_stands_on_every_sheet_and_above_and_below_the_page() -> None:
    laid = pages(w.RedactionLevel.R1)
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(laid)))
    for sheet in book:
        assert laid.marking in str(sheet["A1"].value)
        assert laid.marking in str(sheet.oddHeader.left.text)
    page = Reader(webpage.render(laid)).words
    assert page.count(laid.marking) == 2


def test_a_date_is_never_broken_over_two_lines_and_a_digest_may_be() -> None:
    page = webpage.render(pages()).decode()
    assert re.search(r'<span class="day">\d{4}-\d\d-\d\d</span>', page)
    assert not re.search(r'<div class="\w+">\d{4}-\d\d-\d\d</div>', page)
    assert re.search(r'<span class="long">[0-9a-f]{64}</span>', page)


def test_japanese_stands_before_the_colon_of_japanese() -> None:
    narrow = re.compile(r"[ぁ-んァ-ヶー一-龠）」]: ?")  # japanese: the letters themselves
    for level in w.RedactionLevel:
        laid = pages(level)
        for said in (*told(laid), words_of_book(workbook.render(laid))):
            assert not narrow.search(said), said


def test_indicators_have_no_columns_for_a_comparison_that_nobody_can_make() -> None:
    document = compose_from(sample(), redaction=w.RedactionLevel.R0, language=w.Language.EN)
    alone = tuple(k.model_copy(update={"previous": None, "trend": ()}) for k in document.indicators)

    def columns(document: Any) -> list[str]:
        (found,) = (s for s in lay_out(document).sections if s.title == "Key risk indicators")
        assert all(len(row) == len(found.columns) for row in found.rows)
        return [c.label for c in found.columns]

    assert {"Last time", "Trend"} <= set(columns(document))
    assert {"Last time", "Trend"}.isdisjoint(columns(document.model_copy(update={"indicators": alone})))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", w.RedactionLevel)
def test_the_tab_of_a_sheet_is_a_whole_name(level: w.RedactionLevel, language: str) -> None:
    made = pages(level, language)
    known = {s.short or s.title for s in (*made.sections, *([made.asked] if made.asked else []))}
    known |= {sheet.title for sheet in made.sheets}
    known |= {made.front.cards_title, translator(made.language).gettext("Overview")}
    names = openpyxl.load_workbook(io.BytesIO(workbook.render(made))).sheetnames
    for number, name in enumerate(names, 1):
        assert len(name) <= 31
        assert name.removeprefix(f"{number} ") in known


@given(st.lists(st.text("abcdef:/()", min_size=1, max_size=12), min_size=1, max_size=9), st.integers(1, 99))
def test_a_long_name_ends_with_a_whole_word(words: list[str], number: int) -> None:
    name = workbook._sheet_name(number, " ".join(words))
    assert name.startswith(str(number))
    assert len(name) <= 31
    assert "  " not in name
    assert set(name.split(" ")[1:]) <= set(re.split(r"[ :/]+", " ".join(words)))


def test_a_sheet_prints_as_wide_as_its_paper_with_its_heads_on_each_page() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(pages(w.RedactionLevel.R1, "en"))))
    asked = book[next(name for name in book.sheetnames if name.endswith("Decisions asked"))]
    assert asked.page_setup.orientation == "landscape"
    assert asked.sheet_properties.pageSetUpPr.fitToPage
    assert (asked.page_setup.fitToWidth or 1, asked.page_setup.fitToHeight) == (1, 0)
    assert asked.print_title_rows == "$4:$4"
    table = range(4, asked.max_row + 1)
    assert not any(merged.min_row in table for merged in asked.merged_cells.ranges), "rows can be sorted"


def test_no_column_of_one_table_is_as_wide_as_another_table_needs() -> None:
    """Exposures have several tables on a sheet; the matrix keeps columns of one width."""
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(pages(w.RedactionLevel.R1, "en"))))
    sheet = next(s for s in book if "Exposure EXP" in s.title)
    corner = next(c for row in sheet.iter_rows() for c in row if str(c.value).startswith("Likelihood ↑"))

    def wide(cell: Any) -> float:
        over = next((m for m in sheet.merged_cells.ranges if cell.coordinate in m), None)
        columns = range(cell.column, (over.max_col if over else cell.column) + 1)
        return sum(sheet.column_dimensions[get_column_letter(n)].width for n in columns)

    heads = [c for c in sheet[corner.row][1:] if c.value]
    assert len(heads) == 5
    widths = [wide(c) for c in heads]
    assert max(widths) - min(widths) < 8
