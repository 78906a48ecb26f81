"""Plain mode: words only, one after the other, the focus said in text with the terminal's cursor on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techguard.tui import plain
from techguard.tui.page import Page
from techguard.tui.plain import Spoken
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.leakmap import LeakMapPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.rating import RatingSheet
from techguard.tui.table import VirtualTable

from .conftest import Tui, running
from .test_keys import pages
from .test_pictures import Picture

DRAWN = re.compile("[\u2500-\u259f]")
"""Boxes and blocks."""


def spoken(tui: Tui) -> str:
    plain.announce(tui.app)
    return tui.app.screen.query_one(Spoken).text


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_no_screen_draws_boxes_or_blocks_and_each_says_its_focus(path: Path, lang: str) -> None:
    async with running(path, lang, plain=True) as tui:
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            found = [line for line in tui.screen() if DRAWN.search(line)]
            assert not found, (tui.app.screen, found)
            tui.straight()
            assert isinstance(tui.app.screen, Page)
            if tui.app.focused is not None:
                assert spoken(tui).strip(), tui.app.screen
        for keys in (("f1",), ("ctrl+p",), ("3", "f6"), ("3", "f9")):
            await tui.app.restore([OverviewPage])
            await tui.settle()
            await tui.press(*keys)
            found = [line for line in tui.screen() if DRAWN.search(line)]
            assert not found, (keys, found)


async def test_a_row_is_a_sentence_and_the_cursor_of_the_terminal_is_on_it(path: Path) -> None:
    async with running(path, "en", plain=True) as tui:
        await tui.press("3", "down")
        table = tui.app.screen.query_one(VirtualTable)
        said = spoken(tui)
        assert said.startswith("Row 2 of 5. No.: EXP-0002; Level: High; ")
        assert "Technology: 焼結プロファイルK" in said
        assert "####" not in tui.text()
        at = tui.app.cursor_position
        assert tui.screen()[at.y].startswith("> No.: EXP-0002; Level: High")
        assert at.y == table.region.y + 1
        await tui.press("space")  # marks, and goes on to the next
        await tui.press("up")
        assert spoken(tui).endswith("; marked")


async def test_a_field_of_the_leak_map_is_a_sentence(path: Path) -> None:
    async with running(path, "en", plain=True) as tui:
        await tui.press("8")
        assert isinstance(tui.app.screen, LeakMapPage)
        said = "焼結プロファイルK  TEC-0001  x  R01 Joint research and co-development"
        assert "".join(spoken(tui).split()) == "".join(f"{said}  1 open exposure: Very high".split())
        await tui.press("right")
        assert spoken(tui).endswith("Never considered. Enter adds an exposure here.")


async def test_the_tab_that_was_opened_is_said_before_what_stands_in_it(path: Path) -> None:
    async with running(path, "ja", plain=True) as tui:
        await tui.press("3", "enter", "right")
        assert spoken(tui).startswith("評価 3")
        assert "3行中1行目" in spoken(tui)
        await tui.press("down")
        assert spoken(tui).startswith("3行中2行目"), "once"
        await tui.press("1", "right")
        assert spoken(tui).startswith("期限 ")


def test_a_tab_is_said_though_the_clock_came_before_the_key_that_opened_it() -> None:
    said = Spoken()
    assert said.opened("評価 3", key=False) == "評価 3"
    assert said.opened("評価 3", key=True) == "評価 3", "it is the one that opened it"
    assert said.opened("評価 3", key=False) == "評価 3"
    assert said.opened("評価 3", key=True) == ""


async def test_a_question_of_a_rating_is_said_with_its_answer_and_what_follows(path: Path) -> None:
    async with running(path, "en", plain=True) as tui:
        await tui.press("3", "enter", "right")
        assert not [line for line in tui.screen() if re.match(r"\s+[1-5] \|", line)]  # no drawn path
        await tui.press("f5", "4")
        sheet = tui.app.screen.query_one(RatingSheet)
        assert spoken(tui).startswith("Likelihood: 4 Likely; 4 x 5 = Very high; Driven by: ")
        await tui.press("down")
        said = spoken(tui)
        assert not said.startswith("Likelihood")
        assert "4 x 5 = Very high" in said
        assert tui.app.cursor_position.y == sheet.region.y + sheet.at


async def test_a_field_is_said_with_its_label(path: Path) -> None:
    async with running(path, "en", plain=True) as tui:
        await tui.press("2", "f2")
        assert isinstance(tui.app.screen, FormPage)
        await tui.type("X")
        assert re.match(r"\*? ?Code name.*: X$", spoken(tui)), spoken(tui)
        await tui.press("tab", "tab")
        assert spoken(tui) == "Kind: empty"


async def test_a_passphrase_is_never_spoken(path: Path) -> None:
    async with running(path, "en", passphrase=None, plain=True) as tui:
        await tui.type("geheim")
        assert "6 characters" in spoken(tui)
        assert "geheim" not in tui.text()


async def test_without_it_nothing_changes(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3")
        assert not tui.app.screen.query(Spoken)
        assert "##### 極高" in tui.text()
        assert isinstance(tui.app.screen, ListPage)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_pictures(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, plain=True) as tui:
        for name, keys in (
            ("overview", "1"),
            ("exposures", "3"),
            ("exposure", "3 enter"),
            ("filter", "3 f6"),
        ):
            await tui.app.restore([OverviewPage])
            await tui.settle()
            await tui.press(*keys.split())
            plain.announce(tui.app)
            await tui.settle()
            picture(tui, f"plain-{name}.{lang}.80x24")
