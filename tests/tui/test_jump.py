"""Jump: a number on each place in sight; a digit goes there, with an input method on and from a field too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard.tui.input import LineInput
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.jump import JumpScreen, labels, places
from techguard.tui.screens.leakmap import LeakMapPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.overview import OverviewPage

from .conftest import Tui, running
from .test_keys import pages
from .test_pictures import Picture


@given(st.integers(0, 99))
def test_no_number_is_the_beginning_of_another(count: int) -> None:
    made = labels(count)
    assert len(set(made)) == count
    assert len({len(one) for one in made}) <= 1


def numbered(tui: Tui) -> list[str]:
    screen = tui.app.screen
    assert isinstance(screen, JumpScreen)
    return [number for number, _place in screen.numbered]


@pytest.mark.parametrize("key", ["1", "１"])
async def test_from_the_table_to_the_search_line_and_back(path: Path, key: str) -> None:
    async with running(path) as tui:
        await tui.press("3", "ctrl+o")
        assert numbered(tui) == ["1", "2"]
        lines = tui.screen()
        place = dict(tui.app.screen.numbered)["1"]  # type: ignore[attr-defined]
        assert lines[place.region.y][place.region.x :].startswith(" 1 ") or " 1 " in lines[place.region.y]
        await tui.type(key)
        assert isinstance(tui.app.focused, LineInput)
        assert tui.app.focused.value == ""  # the digit was not typed into it
        await tui.type("共同")
        await tui.press("ctrl+o", "2")
        page = tui.app.screen
        assert isinstance(page, ListPage)
        assert page.view.text == "共同"
        assert tui.app.focused is not None
        assert tui.app.focused.id == "rows"


async def test_a_form_with_many_fields_has_two_digits_and_loses_nothing(path: Path) -> None:
    async with running(path, size=(80, 40)) as tui:
        await tui.press("2", "f2")
        await tui.type("書きかけ")
        await tui.press("ctrl+o")
        assert len(numbered(tui)) > 9
        assert all(len(n) == 2 for n in numbered(tui))
        await tui.press("0", "3")
        page = tui.app.screen
        assert isinstance(page, FormPage)
        assert tui.app.focused is places(page)[2]
        assert "書きかけ" in tui.text()
        await tui.press("ctrl+o", "9")  # no such number: it says so and waits
        assert isinstance(tui.app.screen, JumpScreen)
        assert "9番はここにはありません" in tui.text()
        await tui.press("escape")
        assert tui.app.focused is places(page)[2]


async def test_once_more_the_digits_are_those_of_the_rooms(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "f3")  # in a line where digits are typed
        await tui.press("ctrl+o", "ctrl+o")
        assert "8 流出マップ" in tui.text()
        await tui.type("８")
        assert isinstance(tui.app.screen, LeakMapPage)


async def test_letters_and_kana_do_nothing(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("ctrl+o")
        await tui.type("あx")
        assert isinstance(tui.app.screen, JumpScreen)
        await tui.press("escape")
        assert isinstance(tui.app.screen, OverviewPage)


@pytest.mark.slow
async def test_every_place_of_every_screen_can_be_jumped_to(path: Path) -> None:
    async with running(path, size=(120, 40)) as tui:
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            page = tui.app.screen
            for number, place in zip(labels(len(places(page))), list(places(page)), strict=True):
                await tui.press("ctrl+o", *number)
                assert tui.app.screen is page
                assert tui.app.focused is place, (page, number)


async def test_in_plain_mode_the_places_are_a_list_of_words(path: Path) -> None:
    async with running(path, "en", plain=True) as tui:
        await tui.press("3", "ctrl+o")
        assert "Find" in tui.text()
        await tui.press("home", "enter")
        assert isinstance(tui.app.screen, ListPage)
        assert isinstance(tui.app.focused, LineInput)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_pictures(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang) as tui:
        await tui.press("ctrl+o")
        picture(tui, f"jump.{lang}.80x24")
        await tui.press("ctrl+o")
        picture(tui, f"jump-rooms.{lang}.80x24")
        await tui.press("escape", "2", "f2", "ctrl+o")
        picture(tui, f"jump-form.{lang}.80x24")
