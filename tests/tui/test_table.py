"""The table: straight columns whatever stands in them, the same speed at any size, a cursor that tells."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual._compositor import ChopsUpdate
from textual.app import ComposeResult
from textual.screen import Screen

from techguard.domain.text import cut
from techguard.tui import theme
from techguard.tui.painted import PaintedApp
from techguard.tui.table import PAGE, Cell, Column, Line, VirtualTable, found, in_sight, layout, plain

COLUMNS = [
    Column("ref", "番号", 9, 9, keep=True),
    Column("title", "件名", 20, 60, keep=True),
    Column("owner", "責任者", 12, 30),
    Column("n", "数", 4, 8, "right"),
]


class TableApp(PaintedApp):
    CSS_PATH = "../../src/techguard/tui/techguard.tcss"

    def __init__(self) -> None:
        super().__init__()
        for one in theme.THEMES:
            self.register_theme(one)
        self.theme = theme.DARK
        self.chosen: list[str] = []
        self.moved: list[str] = []
        self.heads: list[str] = []

    def compose(self) -> ComposeResult:
        yield VirtualTable(COLUMNS, empty="何もありません。", id="rows")

    def on_virtual_table_chosen(self, event: VirtualTable.Chosen) -> None:
        self.chosen.append(event.key)

    def on_virtual_table_moved(self, event: VirtualTable.Moved) -> None:
        self.moved.append(event.key)

    def on_virtual_table_header_clicked(self, event: VirtualTable.HeaderClicked) -> None:
        self.heads.append(event.column)

    @property
    def table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    def lines(self) -> list[str]:
        return ["".join(s.text for s in strip) for strip in self.screen._compositor.render_strips()]


def row(n: int, title: str = "件名") -> Line:
    return Line(str(n), (Cell(f"TEC-{n:04}"), plain(title), plain("担当"), Cell(str(n))))


@given(
    st.lists(st.builds(Column, st.text(max_size=3), st.just("x"), st.integers(1, 30), st.integers(30, 60),
                       keep=st.booleans()), min_size=1, max_size=9),
    st.integers(1, 200),
)  # fmt: skip
def test_columns_never_need_more_space_than_there_is(columns: list[Column], cells: int) -> None:
    shown = layout(columns, cells)
    assert shown
    kept = [i for i, c in enumerate(columns) if c.keep]
    if sum(columns[i].least for i in kept or [0]) + 2 * (len(kept or [0]) - 1) <= cells:
        assert sum(w for _i, w in shown) + 2 * (len(shown) - 1) <= cells
        assert set(kept) <= {i for i, _w in shown}
    assert [i for i, _w in shown] == sorted(i for i, _w in shown)


def test_the_last_columns_are_left_out_first() -> None:
    assert [i for i, _w in layout(COLUMNS, 41)] == [0, 1]
    assert [i for i, _w in layout(COLUMNS, 47)] == [0, 1, 2]
    assert [i for i, _w in layout(COLUMNS, 60)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "title",
    ["日本語の件名", "ｶﾀｶﾅ", "か\u3099き\u3099く\u3099", "絵文字👍🏽と👨\u200d👩\u200d👧", "𠮷野家", "㊙️",
     "e\u0301te\u0301", "[/foo] [b", "a\tb\nc", "長い" * 80],
)  # fmt: skip
async def test_columns_stay_straight(title: str) -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.show_lines([row(1), row(2, title), row(3)])
        await pilot.pause()
        lines = app.lines()
        assert {cell_len(line) for line in lines} == {80}
        # The owner's column begins at the same cell in every row.
        assert len({cell_len(line[: line.index("担当")]) for line in lines[1:4]}) == 1


@pytest.mark.parametrize("count", [1_000, 100_000])
async def test_showing_asks_for_what_is_seen_at_any_size(count: int) -> None:
    asked: list[int] = []

    async def fetch(offset: int, limit: int) -> Sequence[Line]:
        asked.append(offset)
        return [row(n) for n in range(offset, min(offset + limit, count))]

    app = TableApp()
    async with app.run_test(size=(120, 40)) as pilot:
        app.table.show_source(count, fetch, first=await fetch(0, PAGE))
        app.screen._compositor.render_strips()
        assert asked == [0]
        await pilot.press("end")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert f"TEC-{count - 1:04}" in app.lines()[-1]
        assert len(asked) <= 4  # the first page, the last ones and what lies beside: never the whole


async def test_a_page_that_is_late_leaves_the_rest_usable() -> None:
    gate = asyncio.Event()

    async def fetch(offset: int, limit: int) -> Sequence[Line]:
        if offset:
            await gate.wait()
        return [row(n) for n in range(offset, offset + limit)]

    app = TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        app.table.show_source(1000, fetch, first=await fetch(0, 100))
        await pilot.press("end")
        assert app.table.key == ""  # not there yet: Enter does nothing, and nothing breaks
        await pilot.press("enter", "home")
        assert app.table.key == "0"
        assert app.chosen == []
        await pilot.press("end")
        gate.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        assert app.chosen == ["999"]


async def test_the_cursor_tells_where_it_is() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.focus()
        app.table.show_lines([Line("", (plain("見出し"),), heading=True), *(row(n) for n in range(1, 30))])
        await pilot.press("down", "down", "pagedown", "up", "home")
        assert app.moved == ["1", "2", "3", "12", "11", "1"]
        await pilot.press("enter")
        assert app.chosen == ["1"]
        cursor = next(line for line in app.lines() if line.startswith("> "))
        assert "TEC-0001" in cursor  # the cursor reads without colour


async def test_a_click_on_a_head_names_the_column_and_a_second_click_on_a_row_opens_it() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.show_lines([row(n) for n in range(5)])
        await pilot.click("#rows", offset=(14, 0))
        assert app.heads == ["title"]
        await pilot.click("#rows", offset=(12, 3), times=2)
        await pilot.pause()
        assert app.chosen == ["2"]


async def test_an_empty_table_says_so() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        assert "何もありません。" not in "".join(app.lines()), "nobody knows that before it was read"
        app.table.show_lines([])
        await pilot.press("enter")
        assert "何もありません。" in app.lines()[1]
        assert app.chosen == []


async def test_what_was_found_is_set_off_in_black_and_white() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.show_lines([row(1), Line("x", (Cell("a"), found("高純度の焼結条件", ((4, 6),))))])
        await pilot.pause()
        strip = app.screen._compositor.render_strips()[2]
        underlined = "".join(s.text for s in strip if s.style and s.style.underline)
        assert underlined == "焼結"


NEEDS = st.tuples(st.integers(1, 12), st.integers(12, 60), st.integers(0, 80))


@given(st.lists(NEEDS, min_size=1, max_size=8), st.integers(20, 300))
def test_nothing_is_cut_while_another_column_has_room_to_spare(
    made: list[tuple[int, int, int]], cells: int
) -> None:
    columns = [Column(str(n), "", least, most) for n, (least, most, _need) in enumerate(made)]
    needs = [need for *_, need in made]
    shown = dict(layout(columns, cells, needs=needs))
    cut_off = [i for i, wide in shown.items() if wide < min(needs[i], columns[i].most)]
    room = [i for i, wide in shown.items() if wide > max(columns[i].least, needs[i])]
    assert not (cut_off and room)


@pytest.mark.parametrize("before", [0, 3, 10, 11, 40, 400])
def test_what_was_found_is_never_out_of_sight(before: int) -> None:
    text = "あ" * before + "炉" + "い" * 50
    shown, spans = in_sight(text, [(before, before + 1)], 24)
    (first, last), *_ = spans
    assert shown[first:last] == "炉"
    assert "炉" in cut(shown, 24)


async def test_a_cursor_key_is_drawn_at_once_and_only_what_changed() -> None:
    """Not with Textual's next frame; where the list scrolls, scrolled already."""
    app = TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        table = app.table
        table.show_lines([row(n) for n in range(100)])
        await pilot.pause()
        drawn: list[set[int]] = []
        every = set(range(20))

        def display(screen: Screen[object], update: object) -> None:
            drawn.append({y for y, _x1, _x2 in update.spans} if isinstance(update, ChopsUpdate) else every)

        with mock.patch.object(app, "_display", display):
            table.move_to(0)  # what was shown just now is drawn with it
            drawn.clear()
            table.action_move(1)
            assert drawn == [{1, 2}]  # below the head: the row it left, the row it came to
            drawn.clear()
            table.action_page(1)
            table.action_move(1)
            assert table.scroll_offset.y > 0
            assert drawn[-1] == every
        assert app.lines()[table.cursor_row].startswith("> TEC-0021")


async def test_rows_that_come_ahead_of_the_cursor_are_not_drawn_until_they_are_in_sight() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        came: list[int] = []

        async def fetch(offset: int, limit: int) -> Sequence[Line]:
            came.append(offset)
            return [row(n) for n in range(offset, min(offset + limit, 1_000))]

        app.table.show_source(1_000, fetch)
        await pilot.pause()
        await app.workers.wait_for_complete()
        app.table.move_to(0)
        drawn: list[object] = []
        with mock.patch.object(app, "_display", lambda _screen, update: drawn.append(update)):
            await app.table._load(3, fetch, app.table._generation)
            assert came[-1] == 3 * PAGE
            assert not drawn
            await app.table._load(0, fetch, app.table._generation)
            assert drawn


async def test_where_only_what_is_in_sight_was_read_the_rest_comes_when_one_goes_on() -> None:
    """While one types, what is in sight is read alone: the next letter is on its way."""
    asked: list[int] = []

    async def fetch(offset: int, limit: int) -> Sequence[Line]:
        asked.append(offset)
        return [row(n) for n in range(offset, min(offset + limit, 45))]

    app = TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        table = app.table
        table.focus()
        table.show_source(45, fetch, first=(await fetch(0, PAGE))[: table.rows_in_sight])
        await pilot.pause()
        assert asked == [0], "nothing more is read for what is not in sight"
        for _ in range(30):
            await pilot.press("down")
        await app.workers.wait_for_complete()
        assert asked == [0, 0]
        assert app.lines()[table.cursor_row].startswith("> TEC-0030")
        await pilot.press("end")
        assert app.lines()[table.cursor_row].startswith("> TEC-0044")
        assert asked == [0, 0], "what is there is not read again"


async def test_a_source_that_gives_fewer_rows_than_it_counted_is_not_asked_for_ever() -> None:
    asked: list[int] = []

    async def fetch(offset: int, limit: int) -> Sequence[Line]:
        asked.append(offset)
        return [row(n) for n in range(3)]

    app = TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        app.table.show_source(6, fetch, first=[row(n) for n in range(3)])
        for _ in range(5):
            await pilot.press("end", "home")
            await app.workers.wait_for_complete()
        assert len(asked) <= 1
