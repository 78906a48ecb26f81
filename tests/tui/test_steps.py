"""The undo list: what can be taken back, by whom it was done, and why some of it cannot yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from techguard.domain.items import Technology
from techguard.register import Register
from techguard.tui.picker import Confirm, Tell
from techguard.tui.screens.history import StepsPage
from techguard.tui.table import VirtualTable

from .conftest import Tui, running
from .test_pictures import Picture


def edited(reg: Register) -> int:
    """Three acts: two of them on the same field. Returns the number of the newest."""
    found = reg.get("TEC-0002", Technology)
    found = reg.change(found, products=("基板 A",))
    found = reg.change(found, business_unit="新事業部")
    reg.change(found, products=("基板 B",))
    return reg.head[0]


async def choose(tui: Tui, seq: int) -> None:
    table = tui.app.screen.query_one(VirtualTable)
    while not table.key.endswith(f" {seq}"):
        await tui.press("down")
    await tui.press("enter")


async def test_one_of_the_middle_is_taken_back_after_a_question_and_made_again(path: Path) -> None:
    async with running(path) as tui:
        newest = await tui.app.store.run(edited)
        await tui.press("ctrl+u")
        assert isinstance(tui.app.screen, StepsPage)
        await choose(tui, newest - 1)
        assert isinstance(tui.app.screen, Confirm)
        assert "新事業部" in tui.text()  # what it would take back stands in the question
        await tui.press("enter")  # the cursor is on the answer that changes nothing
        assert (await tui.app.store.run(lambda reg: reg.head))[0] == newest
        await choose(tui, newest - 1)
        await tui.press("down", "enter")
        unit = await tui.app.store.run(lambda reg: reg.get("TEC-0002", Technology).business_unit)
        assert unit == "電子部品事業部"
        assert "やり直す" in tui.screen()[4]
        await tui.press("home")
        await choose(tui, newest + 1)
        await tui.press("down", "enter")
        unit = await tui.app.store.run(lambda reg: reg.get("TEC-0002", Technology).business_unit)
        assert unit == "新事業部"


async def test_what_a_later_act_stands_on_is_refused_with_its_number(path: Path) -> None:
    async with running(path) as tui:
        newest = await tui.app.store.run(edited)
        await tui.press("ctrl+u")
        line = next(line for line in tui.screen() if f" {newest - 2} " in line)
        assert f"{newest}番の後" in line
        await choose(tui, newest - 2)
        await tui.press("down", "enter")
        assert isinstance(tui.app.screen, Tell)
        assert f"先に履歴{newest}を取り消してください" in tui.text()


async def test_a_reader_sees_what_was_done_and_is_asked_nothing(path: Path) -> None:
    async with running(path, read_only=True) as tui:
        await tui.press("ctrl+u", "enter")
        assert isinstance(tui.app.screen, Tell)


async def test_nothing_done_yet_says_so(path: Path) -> None:
    async with running(path, "en") as tui:
        await tui.press("ctrl+u")
        tui.app.screen.query_one(VirtualTable).show_lines([])
        await tui.settle()
        assert "Nothing to take back yet" in tui.text()


def much(reg: Register) -> int:
    """One act with many additions and many changed fields."""
    long = "長い説明文を書く。" * 60
    with reg.act():
        found = reg.get("TEC-0002", Technology)
        reg.change(
            found, outline=long, products=tuple(f"製品{n}" for n in range(30)), business_unit="新", note=long
        )
        for n in range(20):
            reg.add(Technology(code_name=f"候補{n}", outline=long))
    return reg.head[0]


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_answers_are_in_sight_however_much_an_act_did(path: Path, lang: str) -> None:
    async with running(path, lang) as tui:
        newest = await tui.app.store.run(much)
        await tui.press("ctrl+u")
        await choose(tui, newest)
        for word in (
            ("何も変えない", "この変更を取り消す") if lang == "ja" else ("Change nothing", "Take this back")
        ):
            assert word in tui.text()
        await tui.press("down", "enter")
        assert len(await tui.app.store.run(lambda reg: reg.find(Technology))) == 4


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_pictures(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang) as tui:
        newest = await tui.app.store.run(edited)
        await tui.app.store.run(lambda reg: reg.undo(newest - 1))
        await tui.press("ctrl+u")
        picture(tui, f"steps.{lang}.80x24")
        await tui.press("down", "enter")
        picture(tui, f"steps-question.{lang}.80x24")
