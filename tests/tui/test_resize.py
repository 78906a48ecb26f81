"""The terminal's size changes under the hands: nothing crashes, the cursor and what was typed stay."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.widgets import Input, TextArea

from techguard.tui.screens.leakmap import LeakMapPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.rating import RatingPage
from techguard.tui.screens.search import SearchPage
from techguard.tui.screens.whatif import AssumePage
from techguard.tui.table import VirtualTable

from .conftest import Tui, running
from .test_keys import pages, with_variant
from .test_pictures import REST

SIZES = ((240, 70), (80, 24), (120, 40), (81, 25), (240, 24), (80, 70), (80, 24))
"""From the smallest to the largest and back, and what lies between, also lopsided."""
ENDS = ((240, 70), (80, 24))
"""The words of the second language take other widths, and are laid out by the same code: the ends suffice."""


async def resized(tui: Tui, size: tuple[int, int]) -> None:
    await tui.pilot.resize_terminal(*size)
    await tui.settle()
    assert tui.app.size == size


def kept(tui: Tui) -> dict[str, Any]:
    """What must not change: the screens, where the cursor is, everything typed, rows under the cursor."""
    screen = tui.app.screen
    return {
        "screens": [type(s).__name__ for s in tui.app.screen_stack],
        "focus": tui.app.focused,
        "typed": {w.id: w.value for w in screen.query(Input)}
        | {w.id: w.text for w in screen.query(TextArea)},
        "rows": {w.id: (w.cursor, w.key, set(w.marked)) for w in screen.query(VirtualTable) if w.display},
    }


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "sizes"), [("ja", SIZES), ("en", ENDS)], ids=["ja", "en"])
async def test_every_screen_lives_through_every_size(
    path: Path, lang: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    async with running(path, lang) as tui:
        for make in await pages(tui):
            await resized(tui, (80, 24))
            await tui.app.restore([make])
            await tui.settle()
            if isinstance(tui.app.focused, Input | TextArea):
                await tui.type("焼結ＡＢ")
            else:
                await tui.press("down")
            before = kept(tui)
            for size in sizes:
                await resized(tui, size)
                tui.straight()
                assert kept(tui) == before, (tui.app.screen, size)
                if tui.app.focused is not None:
                    assert tui.app.focused.region.overlaps(tui.app.screen.region), (tui.app.screen, size)


@pytest.mark.slow
async def test_every_dialog_lives_through_every_size(path: Path) -> None:
    async with running(path) as tui:
        for _name, keys in REST:
            await resized(tui, (80, 24))
            await tui.app.restore([OverviewPage])
            await tui.settle()
            await tui.press(*keys.split())
            tui.app.clear_notifications()
            before = kept(tui)
            for size in ENDS:
                await resized(tui, size)
                tui.straight()
                assert kept(tui) == before, (keys, size)


async def test_a_long_text_being_written_is_whole_afterwards(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "enter", "f5", "tab")
        assert isinstance(tui.app.screen, RatingPage)
        text = "確認の手続を四半期ごとに点検した結果、見落としがなくなったため。" * 3
        await tui.type(text)
        area = tui.app.focused
        assert isinstance(area, TextArea)
        for size in SIZES:
            await resized(tui, size)
            breaks = [0, *area.wrapped_document.get_offsets(0), len(text)]
            # Nothing is out of sight, and the width is used.
            widest = max(cell_len(text[a:b]) for a, b in pairwise(breaks))
            room = area.scrollable_content_region.width
            assert min(room, cell_len(text)) - 6 < widest < room, size
        assert area.text == text
        assert tui.app.focused is area
        assert area.cursor_location == (0, len(text))
        await tui.type("以上")
        assert area.text == text + "以上"


async def test_a_text_is_broken_for_its_field_however_often_the_screen_is_opened(path: Path) -> None:
    """Which comes first, the text or the layout, is chance."""
    async with running(path, "en") as tui:
        _candidate, assumed = await tui.app.store.run(with_variant)
        for _ in range(8):
            await tui.app.restore([OverviewPage, lambda: AssumePage(assumed)])
            await tui.settle()
            area = tui.app.screen.query_one(TextArea)
            assert cell_len(area.text) > area.wrap_width > 0
            assert area.wrapped_document.height > 1


async def test_the_row_under_the_cursor_stays_in_sight(path: Path) -> None:
    async with running(path, size=(240, 70)) as tui:
        await tui.press("7", "end", "enter", "end")
        table = tui.app.screen.query_one(VirtualTable)
        for size in ((80, 24), (240, 70), (80, 30)):
            await resized(tui, size)
            assert any(line.startswith("> ") for line in tui.screen()), size
            top = table.scroll_offset.y
            assert top <= table.cursor < top + table.size.height


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_a_wide_terminal_shows_long_columns_whole(path: Path, lang: str) -> None:
    async with running(path, lang, (240, 70)) as tui:
        for make in (
            OverviewPage,
            lambda: ListPage("technologies"),
            lambda: ListPage("exposures"),
            lambda: ListPage("countermeasures"),
            lambda: ListPage("engagements"),
            lambda: ListPage("counterparties"),
            lambda: SearchPage("焼"),
        ):
            await tui.app.restore([make])
            await tui.settle()
            for table in tui.app.screen.query(VirtualTable):
                assert len(table.shown) == len(table.columns)  # no column is left out
                lines = [table.line(n) for n in range(min(table.count, 50))]
                cut_off, room = [], []
                for i, wide in table.shown:
                    need = max((cell_len(line.cells[i].text) for line in lines if line), default=0)
                    if min(need, table.columns[i].most) > wide:
                        cut_off.append(table.columns[i].key)
                    elif wide > max(need, table.columns[i].least):
                        room.append(table.columns[i].key)
                assert not cut_off or not room, (make, cut_off, room)  # nothing is cut where there is room
                assert table.columns[0].key not in cut_off
                assert "title" not in cut_off


async def test_a_wide_terminal_shows_the_whole_leak_map(path: Path) -> None:
    async with running(path, "ja", (240, 70)) as tui:
        await tui.app.restore([LeakMapPage])
        await tui.settle()
        assert all(f"R{n:02}" in tui.text() for n in range(1, 17))
