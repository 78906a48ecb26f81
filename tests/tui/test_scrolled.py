"""A scroll bar says where one is, also after what it stands beside was emptied and filled anew."""

from __future__ import annotations

from pathlib import Path

from techguard.tui.paper import Paper
from techguard.tui.table import VirtualTable

from .conftest import running


async def test_the_next_section_of_a_document_begins_at_its_top(path: Path) -> None:
    async with running(path, size=(80, 24)) as tui:
        await tui.press("f9")
        paper = tui.app.screen.query_one(Paper)
        for _section in range(8):
            await tui.press("end", "right")
            assert paper.scroll_y == 0
            tui.scrolled_as_shown()


async def test_a_list_that_was_short_is_long_again(path: Path) -> None:
    async with running(path, size=(60, 12)) as tui:
        await tui.press("3", "end")
        table = tui.app.screen.query_one(VirtualTable)
        assert table.scroll_y > 0
        await tui.press("f3", "共", "同")
        assert not table.show_vertical_scrollbar
        await tui.press("backspace", "backspace")
        assert table.show_vertical_scrollbar
        tui.scrolled_as_shown()
