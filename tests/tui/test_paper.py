"""A document on the screen: nothing of it is lost, whatever the width; charts say figures only."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from techguard.board.blocks import Line, Pages, Plot
from techguard.board.composition import compose_from
from techguard.board.outline import Box, Drawing, Heading, Paragraph, Table
from techguard.board.pages import lay_out
from techguard.domain import words as w
from techguard.tui import plain
from techguard.tui.charts import BarChart, next_step
from techguard.tui.charts import Column as ChartColumn
from techguard.tui.paper import HEIGHTS, NOT_KEPT, Chapter, TableView, chapters, fitted, spark
from tests.board.sample import sample
from tests.board.test_forms import told
from tests.tui.test_table import TableApp


@pytest.fixture(params=[False, True], ids=["drawn", "plain"])
def plainly(request: pytest.FixtureRequest) -> object:
    plain.turn(request.param)
    yield request.param
    plain.turn(False)


def shown(chapter: Chapter, cells: int) -> str:
    """What a chapter says in so many cells, without the white space in which lines break."""
    said = [chapter.title]
    for part in chapter.parts:
        if isinstance(part, Heading | Paragraph):
            said.append(part.text)
        else:
            lines = TableView(part.table if isinstance(part, Drawing) else part).lines(cells)
            assert max((cell_len(line.plain.rstrip()) for line in lines), default=0) <= cells
            said += [line.plain for line in lines]
    return "".join(said)


def axes(pages: Pages) -> set[str]:
    """What is written along the axes of curves: on the screen the chart itself says it in figures."""
    plots = [s.figure for s in pages.sections if isinstance(s.figure, Plot)]
    return {t for plot in plots for axis in (plot.across, plot.up) for t in told(axis)} | {
        curve.name for plot in plots for curve in plot.curves
    }


def follows(text: str, there: str) -> bool:
    """Whether the letters stand in their order: a cell breaks anywhere, with other columns between."""
    rest = iter(there)
    return all(c in rest for c in text)


def letters(text: str) -> list[str]:
    return sorted(re.sub(r"\s", "", text))


@pytest.mark.parametrize("level", w.RedactionLevel)
@pytest.mark.parametrize("cells", [76, 40])
def test_every_text_of_the_pages_can_be_read(level: w.RedactionLevel, cells: int, plainly: bool) -> None:
    for lang in ("ja", "en"):
        pages = lay_out(compose_from(sample(), redaction=level, language=w.Language(lang)))
        found = chapters(pages)
        assert found[0].title == pages.title
        said = "".join(shown(chapter, cells) for chapter in found)
        there = re.sub(r"\s", "", said)
        for text in told(pages):
            if text not in {
                pages.marking,
                pages.running,
                *axes(pages),
            }:  # on every sheet of paper; above the preview
                assert follows(re.sub(r"\s", "", text), there), text
        for section in pages.sections:
            assert section.title in said


TEXTS = st.text(st.sampled_from("aあ1 、Z"), max_size=30)


@given(
    rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=4),
    cells=st.integers(10, 90),
)
@settings(max_examples=60, deadline=None)
def test_a_table_loses_no_letter_and_is_never_wider_than_the_screen(
    rows: list[list[str]], cells: int
) -> None:
    table = Table(tuple(tuple(Box((Line(text),)) for text in row) for row in rows))
    lines = [line.plain for line in TableView(table).lines(cells)]
    assert max(cell_len(line.rstrip()) for line in lines) <= cells
    said, meant = letters("".join(lines)), letters("".join(map("".join, rows)))
    assert [c for c in said if c != "/"] == meant


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(5, 120))
def test_columns_fill_at_most_the_width_and_none_is_wider_than_it_needs(
    natural: list[int], cells: int
) -> None:
    widths = fitted(natural, cells)
    if widths is not None:
        assert sum(widths) + 2 * (len(widths) - 1) <= max(cells, 0) or all(w <= 6 for w in widths)
        assert all(w <= n for w, n in zip(widths, natural, strict=True))


def test_many_columns_have_numbers_for_names_and_a_key_below() -> None:
    heads = tuple(Box((Line(f"a long name {n}"),)) for n in range(16))
    rows = ((Box((Line("Technology"),)), *(Box((Line("5"),)) for _ in range(15))),)
    lines = [line.plain for line in TableView(Table(rows, heads)).lines(76)]
    assert any("15 a long name 15" in line for line in lines)


def test_a_small_line_rises_and_falls_with_its_numbers() -> None:
    assert spark((0, 7, None, 3)) == HEIGHTS[0] + HEIGHTS[7] + NOT_KEPT + HEIGHTS[3]
    assert spark((4, 4)) == HEIGHTS[0] * 2


@given(st.integers(1, 10**9))
def test_an_axis_has_few_ticks_at_round_numbers(highest: int) -> None:
    step = next_step(highest)
    assert step * 4 >= highest
    assert str(step).rstrip("0") in {"1", "2", "5"}


async def test_a_section_that_is_left_before_its_chart_was_drawn_ends_nothing() -> None:
    app = TableApp()
    async with app.run_test() as pilot:
        for _ in range(3):
            chart = BarChart([ChartColumn(3), ChartColumn(5)])
            await app.screen.mount(chart)
            await chart.remove_children()
            await chart.remove()
            await pilot.pause()
        await app.screen.mount(chart := BarChart([ChartColumn(3)]))
        await pilot.pause()
        await pilot.pause()
        assert chart._datasets, "one that stays is drawn"
