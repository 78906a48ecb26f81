"""What every screen looks like, in both languages: pictures as text, to be read in a difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.unlock import CreatePage, RecoveryPage

from .conftest import Tui, running

Picture = Callable[[Tui, str], None]

MAIN: tuple[tuple[str, str], ...] = (
    ("overview", ""),
    ("technologies", "2"),
    ("technology", "2 enter"),
    ("exposures", "3"),
    ("exposure", "3 enter"),
    ("exposure-ratings", "3 enter right"),
    ("rating", "3 enter f5"),
    ("suggestions", "3 enter f8 down"),
    ("technology-form", "2 f2"),
    ("search", "/ 焼 結"),
)
"""The screens that matter most: at 80×24 and at 120×40."""

REST: tuple[tuple[str, str], ...] = (
    ("overview-due", "right"),
    ("overview-missing", "right right"),
    ("overview-matrix", "shift+tab"),
    ("overview-help", "f1"),
    ("commands", "ctrl+p"),
    ("exposures-filter", "3 f6"),
    ("exposures-filtered", "3 f6 down enter"),
    ("exposures-sort", "3 f7"),
    ("exposures-found", "3 f3 共 同"),
    ("engagements", "4"),
    ("engagement", "4 enter"),
    ("counterparties", "5"),
    ("counterparty", "5 enter"),
    ("countermeasures", "6"),
    ("countermeasure", "6 enter"),
    ("more", "7"),
    ("people", "7 end up up enter"),
    ("decisions", "7 down down down down enter"),
    ("history", "7 end enter"),
    ("history-entry", "7 end enter enter"),
    ("technology-elements", "2 enter right"),
    ("technology-measures", "2 enter left left left"),
    ("technology-levels", "2 enter left left"),
    ("technology-history", "2 enter left"),
    ("exposure-acceptances", "3 enter right right right"),
    ("exposure-remove", "3 enter delete"),
    ("exposure-form", "3 enter f4"),
    ("form-route", "3 enter f4 down down enter"),
    ("form-person", "2 enter f4 f8 enter"),
    ("form-leaving", "2 f2 新 escape"),
    ("form-wrong", "2 f2 ctrl+s"),
    ("acceptance", "3 enter f9"),
    ("rating-impact", "3 enter f5 down down 3"),
    ("rating-basis", "3 enter f5 up"),
    ("rating-too-low", "3 enter f5 2"),
    ("nothing-found", "/ z z z z"),
)


async def tour(tui: Tui, picture: Picture, stops: tuple[tuple[str, str], ...], ending: str) -> None:
    for name, keys in stops:
        await tui.app.restore([OverviewPage])
        await tui.settle()
        await tui.press(*keys.split())
        tui.app.clear_notifications()
        await tui.settle()
        picture(tui, f"{name}.{ending}")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_screens_at_80x24(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, (80, 24)) as tui:
        await tour(tui, picture, MAIN + REST, f"{lang}.80x24")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_main_screens_at_120x40(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, (120, 40)) as tui:
        await tour(tui, picture, MAIN, f"{lang}.120x40")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_before_the_vault_is_open(path: Path, picture: Picture, lang: str) -> None:
    async with running(None, lang, passphrase=None) as tui:
        picture(tui, f"start.{lang}.80x24")
        tui.app.go_to(CreatePage(Path("new.techguard")))
        await tui.settle()
        picture(tui, f"create.{lang}.80x24")
        page = RecoveryPage("7K3QX-2M9FA-4ZC2J-03672-FXGT8-JDWWY-6SKMB")
        page.group = 2
        tui.app.go_to(page)
        await tui.settle()
        picture(tui, f"recovery.{lang}.80x24")
    async with running(path, lang, passphrase="これは合っていません") as tui:
        picture(tui, f"unlock-wrong.{lang}.80x24")
    async with running(path, lang) as tui:
        await tui.press("ctrl+l")
        picture(tui, f"locked.{lang}.80x24")
