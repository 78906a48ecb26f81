"""Two copies come together on the screen: seen first, settled one at a time, confirmed, only then done."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from techguard.domain.items import Technology
from techguard.register import Register
from techguard.tui.picker import Confirm, Tell
from techguard.tui.screens.merging import CopyPage, MergePage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.table import VirtualTable

from .conftest import PASSPHRASE, Tui, running


@pytest.fixture
def other(path: Path) -> Path:
    """The copy that was on the train: a new technology, and one that the plant changed too."""
    made = path.with_name("train.techguard")
    shutil.copytree(path, made)
    with Register.open(made, PASSPHRASE) as register:
        register.change(register.find(Technology)[0], note="鉄道で書いた")
        register.add(Technology(code_name="薄膜の新技術"))
    with Register.open(path, PASSPHRASE) as register:
        register.change(register.find(Technology)[0], note="工場で書いた")
    return made


async def note(tui: Tui) -> Any:
    return await tui.app.store.run(lambda reg: reg.find(Technology)[0].note)


async def opened(tui: Tui, other: Path) -> MergePage:
    page = MergePage(other)
    tui.app.go_to(page)
    await tui.settle()
    return page


async def test_a_conflict_is_settled_with_both_values_in_sight_and_then_merged(
    path: Path, other: Path
) -> None:
    async with running(path) as tui:
        page = await opened(tui, other)
        assert "決める食い違いが1件" in tui.text()
        assert "薄膜の新技術" in tui.text()
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, Tell), "nothing is merged before it is settled"
        await tui.press("escape", "enter")
        assert isinstance(tui.app.screen, Confirm)
        for word in ("工場で書いた", "鉄道で書いた"):
            assert word in tui.text()
        await tui.press("down", "enter")
        assert page.chosen
        assert await note(tui) == "工場で書いた"
        await tui.press("ctrl+s")
        assert await note(tui) == "工場で書いた", "nothing before the answer"
        await tui.press("down", "enter")
        assert isinstance(tui.app.screen, OverviewPage)
        assert await note(tui) == "鉄道で書いた"
        assert await tui.app.store.run(lambda reg: reg.verify().ok)
        page = await opened(tui, other)
        assert "ここにないものはありません" in tui.text()


async def test_a_rule_settles_what_is_left_and_can_be_taken_back(path: Path, other: Path) -> None:
    async with running(path, lang="en") as tui:
        page = await opened(tui, other)
        await tui.press("f8", "down", "enter")
        assert set(page.chosen.values()) == {"newest"}
        assert "No conflict is left" in tui.text()
        await tui.press("enter", "down", "down", "enter")
        assert not page.chosen
        await tui.press("escape")
        assert await note(tui) == "工場で書いた"


async def test_what_was_settled_is_not_lost_by_leaving_unasked(path: Path, other: Path) -> None:
    async with running(path) as tui:
        page = await opened(tui, other)
        await tui.press("enter", "down", "enter", "escape")
        assert isinstance(tui.app.screen, Confirm)
        await tui.press("enter")
        assert tui.app.screen is page
        await tui.press("escape", "down", "enter")
        assert tui.app.screen is not page


async def test_what_moved_meanwhile_is_not_merged_unseen(path: Path, other: Path) -> None:
    async with running(path, lang="en") as tui:
        await opened(tui, other)
        with Register.open(other, PASSPHRASE) as register:
            register.add(Technology(code_name="後から"))
        await tui.press("f8", "down", "enter", "ctrl+s", "down", "enter")
        assert isinstance(tui.app.screen, Tell)
        assert "went on working" in tui.text()
        assert await note(tui) == "工場で書いた"


async def test_the_other_copy_is_chosen_among_the_vaults_of_a_folder(path: Path, other: Path) -> None:
    async with running(path) as tui:
        tui.app.go_to(CopyPage(path))
        await tui.settle()
        assert "train.techguard" in tui.text()
        table = tui.app.screen.query_one("#files", VirtualTable)
        table.focus()
        names = [Path(line.key).name for n in range(9) if (line := table.line(n))]
        table.move_to(names.index(other.name))
        await tui.press("enter")
        assert isinstance(tui.app.screen, MergePage)


async def test_a_second_version_that_was_left_beside_the_vault_is_told(path: Path) -> None:
    shutil.copytree(path, path.with_name(f"{path.stem} (1).techguard"))
    async with running(path) as tui:
        told = " ".join(str(n.message) for n in tui.app._notifications)
        assert "(1)" in told
        assert "写しの統合" in told
