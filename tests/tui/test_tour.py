"""The first steps of a new user: a tour to be left and brought back, empty lists that say what to do next."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from techguard.domain.kinds import KINDS
from techguard.tui.empty import NEXT
from techguard.tui.screens.detail import MEASURES, DetailPage
from techguard.tui.screens.lists import NOT_BY_HAND, ListPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.tour import STOPS, TourDialog
from techguard.tui.table import VirtualTable

from .conftest import Tui, running
from .test_pictures import Picture


@pytest.fixture
def fresh(unused: Path, tmp_path: Path) -> Path:
    """A vault in which nothing was done yet."""
    return Path(shutil.copytree(unused, tmp_path / "new.techguard"))


@asynccontextmanager
async def toured(path: Path, lang: str = "ja", **more: bool) -> AsyncIterator[Tui]:
    async with running(path, lang, **more) as tui:
        if isinstance(tui.app.screen, TourDialog):
            await tui.press("escape")
        yield tui


async def test_the_first_opening_leads_through_five_places_and_ends_where_it_began(fresh: Path) -> None:
    assert len(STOPS) == 5
    async with running(fresh) as tui:
        seen = []
        for n in range(5):
            dialog = tui.app.screen
            assert isinstance(dialog, TourDialog)
            assert dialog.stop == n
            behind = tui.app.screen_stack[-2]
            seen.append(type(behind).__name__)
            tui.straight()
            await tui.press("enter")
        assert seen == ["OverviewPage", "ListPage", "ListPage", "ReviewsPage", "OverviewPage"]
        assert isinstance(tui.app.screen, OverviewPage)
    async with running(fresh) as tui:  # it does not come by itself a second time
        assert isinstance(tui.app.screen, OverviewPage)


async def test_the_tour_is_left_with_one_key_and_walked_back(fresh: Path) -> None:
    async with running(fresh) as tui:
        await tui.press("right", "left")
        assert isinstance(tui.app.screen, TourDialog)
        assert tui.app.screen.stop == 0
        await tui.press("left", "escape")
        assert isinstance(tui.app.screen, OverviewPage)


async def test_who_already_works_here_is_not_held_up(path: Path) -> None:
    async with running(path) as tui:
        assert isinstance(tui.app.screen, OverviewPage)


async def test_a_reader_of_a_new_vault_is_not_held_up(fresh: Path) -> None:
    async with running(fresh, read_only=True) as tui:
        assert isinstance(tui.app.screen, OverviewPage)


async def test_the_help_and_the_command_list_bring_it_back_and_nothing_typed_is_lost(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f3")
        await tui.type("焼結")
        await tui.press("f1", "f2")
        assert isinstance(tui.app.screen, TourDialog)
        await tui.press("enter", "escape")
        assert isinstance(tui.app.screen, ListPage)
        assert tui.app.screen.view.text == "焼結"
        await tui.press("ctrl+p")
        await tui.type("案内")
        await tui.press("enter")
        assert isinstance(tui.app.screen, TourDialog)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_empty_list_says_what_to_do_next_with_keys_that_work(fresh: Path, lang: str) -> None:
    async with toured(fresh, lang) as tui:
        for kind in KINDS.values():
            assert kind.name in NEXT, kind.name
            await tui.app.restore([lambda k=kind: ListPage(k.plural)])  # type: ignore[misc]
            await tui.settle()
            table = tui.app.screen.query_one(VirtualTable)
            if table.count:
                assert kind.name == "person"  # oneself
                continue
            said = " ".join(line.strip() for line in tui.screen())
            told = table.empty
            assert told.split("。")[0].split(". ")[0][:20] in said, kind.name
            assert "…" not in told
            tui.straight()
            by_hand = kind.name not in NOT_BY_HAND
            keys = {k.lower() for k in re.findall(r"F\d+", told)}
            active = {k for k, a in tui.app.screen.active_bindings.items() if a.enabled}
            first = re.search(r"F\d+|[（(]|[0-9]キー|[Kk]ey [0-9]", told)
            assert first, (kind.name, told)
            if by_hand and "f2" in keys and first[0] == "F2":
                assert "f2" in active, kind.name
            else:
                # What is added elsewhere says where: a room that is there.
                place = re.search(r"[Kk]ey (\d)|(\d)キー", told)
                assert place, (kind.name, told)
                assert (place[1] or place[2]) in {str(n) for n in range(10)}


async def test_a_reader_is_not_told_to_write(fresh: Path) -> None:
    async with toured(fresh, "en", read_only=True) as tui:
        for kind in KINDS.values():
            await tui.app.restore([lambda k=kind: ListPage(k.plural)])  # type: ignore[misc]
            await tui.settle()
            assert "F2" not in tui.app.screen.query_one(VirtualTable).empty


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_empty_tab_of_an_entry_says_something(path: Path, lang: str) -> None:
    async with running(path, lang) as tui:
        found = await tui.app.store.run(
            lambda reg: [(n.kind, n.id) for n in reg.named(["TEC-0004", "EXP-0005", "ENG-0001", "CPT-0002"])]
        )
        for kind, id_ in found:
            await tui.app.restore([lambda k=kind, i=id_: DetailPage(k, i)])  # type: ignore[misc]
            await tui.settle()
            page = tui.app.screen
            assert isinstance(page, DetailPage)
            for name, _label in page.tabs()[1:]:
                page.open_tab(name)
                await tui.settle()
                table = page.query_one("#rows", VirtualTable)
                if not table.count:
                    assert table.empty, (kind, name)
                    if name != MEASURES:  # that one says to open an exposure first
                        active = {k for k, a in page.active_bindings.items() if a.enabled}
                        first = re.findall(r"F\d+", table.empty)[:1]
                        assert {key.lower() for key in first} <= active, (kind, name, table.empty)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_pictures(fresh: Path, picture: Picture, lang: str) -> None:
    async with running(fresh, lang) as tui:
        for n in range(5):
            for below in tui.app.screen_stack[:-1]:
                below._refresh_layout()  # Textual may leave a screen under a dialog as it was laid out before
            await tui.settle()
            picture(tui, f"tour-{n + 1}.{lang}.80x24")
            await tui.press("enter")
        await tui.press("2")
        picture(tui, f"empty-technologies.{lang}.80x24")
