"""An entry with its lists: who goes into one of a list and comes back stands where they left."""

from __future__ import annotations

from pathlib import Path

from techguard.domain.items import Countermeasure, Exposure
from techguard.register import Register
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.search import SearchPage
from techguard.tui.table import VirtualTable

from .conftest import running


def with_three(reg: Register) -> str:
    exposure = reg.find(Exposure)[0]
    for number in range(3):
        reg.add(Countermeasure(title=f"論文の事前確認{number}", exposures=(exposure.id,)))
    return exposure.id


async def test_the_cursor_stays_on_the_countermeasure_that_was_edited(path: Path) -> None:
    async with running(path) as tui:
        exposure = await tui.app.store.run(with_three)
        tui.app.push_screen(DetailPage("exposure", exposure, "countermeasure:exposures"))
        await tui.settle()
        await tui.press("end")
        table = tui.app.screen.query_one(VirtualTable)
        chosen = table.key
        await tui.press("enter", "f4", "f8")
        await tui.press("down", "down")
        await tui.type("2027-03-31")
        await tui.press("ctrl+s", "escape")
        assert isinstance(tui.app.screen, DetailPage)
        assert tui.app.screen.item_id == exposure
        assert (table.key, table.cursor) == (chosen, table.count - 1)
        assert "2027-03-31" in tui.text()
        await tui.press("left", "right")  # another tab begins at its top
        assert table.cursor == 0


async def test_a_list_stands_where_one_left_it_for_an_entry(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "down", "down")
        table = tui.app.screen.query_one(VirtualTable)
        chosen = table.key
        for keys in (("enter",), ("f4",)):
            await tui.press(*keys)
            assert not isinstance(tui.app.screen, ListPage)
            await tui.press("escape")
            assert (table.key, table.cursor) == (chosen, 2)
        await tui.press("f3")
        await tui.type("焼結")  # another look at it begins at its top
        assert table.cursor == 0


async def test_what_was_found_stands_where_one_left_it_for_an_entry(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("slash")
        await tui.type("の")
        await tui.press("enter", "down", "down")
        table = tui.app.screen.query_one(VirtualTable)
        chosen = table.key
        await tui.press("enter", "escape")
        assert isinstance(tui.app.screen, SearchPage)
        assert table.key == chosen
