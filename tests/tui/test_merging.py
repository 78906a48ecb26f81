"""Two copies come together on the screen: seen first, settled one at a time, confirmed, only then done."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from techguard import people, pruning
from techguard.domain.items import Person, Technology
from techguard.domain.words import Access
from techguard.register import Register
from techguard.tui.input import LineInput, SecretInput
from techguard.tui.picker import Confirm, Tell
from techguard.tui.screens.merging import CopyPage, MergePage, WayIn
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.table import VirtualTable
from techguard.vault import KDF_FLOOR

from .conftest import NOW, PASSPHRASE, Tui, running


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


async def test_one_goes_from_conflict_to_conflict_and_each_says_its_field(path: Path, other: Path) -> None:
    for copy, text in ((other, "鉄道"), (path, "工場")):
        with Register.open(copy, PASSPHRASE) as register:
            register.change(register.find(Technology)[1], outline=f"{text}の概要")
    async with running(path) as tui:
        page = await opened(tui, other)
        table = page.query_one(VirtualTable)
        assert "TEC-0001 備考" in tui.text()
        assert "TEC-0002 概要" in tui.text()
        await tui.press("enter", "enter")  # what is here stands
        assert [len(page.chosen), table.cursor] == [1, 1], "on the next one"
        await tui.press("enter", "enter")
        assert len(page.chosen) == 2


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


SECOND, THIRD = "the passphrase of the other editor", "the passphrase after the recovery code"


def let_in(path: Path, name: str) -> None:
    with Register.open(path, PASSPHRASE) as register:
        people.let_in(register, name, Access.EDITOR, SECOND, kdf=KDF_FLOOR)


async def test_what_somebody_removed_did_is_held_back_until_it_is_chosen(path: Path) -> None:
    let_in(path, "去った人")
    old = Path(shutil.copytree(path, path.with_name("old.techguard")))
    with Register.open(old, SECOND) as register:
        register.change(register.find(Technology)[0], note="去った人が書いた")
    with Register.open(path, PASSPHRASE) as register:
        people.remove(register, people.named(register, "去った人"))
        before = register.find(Technology)[0].note
    async with running(path) as tui:
        page = await opened(tui, old)
        assert "保留" in tui.text()
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, Tell)
        assert "去った人" in tui.text()
        await tui.press("escape")
        assert await note(tui) == before
        await tui.press("enter")
        assert isinstance(tui.app.screen, Confirm)
        assert "TEC-" in tui.text(), "what they did is shown"
        await tui.press("enter")
        assert not page.accepted, "the safe answer comes first"
        await tui.press("enter", "down", "enter")
        assert page.accepted
        assert await note(tui) == before
        await tui.press("ctrl+s", "down", "enter")
        assert isinstance(tui.app.screen, OverviewPage)
        assert await note(tui) == "去った人が書いた"
        assert await tui.app.store.run(lambda reg: reg.verify().ok)


@pytest.mark.parametrize("with_key_file", [False, True])
async def test_a_copy_with_other_keys_asks_for_its_passphrase(
    path: Path, tmp_path: Path, with_key_file: bool
) -> None:
    """There my passphrase was forgotten and made anew, and the register encrypted anew."""
    with Register.open(path, PASSPHRASE) as register:
        code = people.issue_code(register)
    there = Path(shutil.copytree(path, path.with_name("there.techguard")))
    file = tmp_path / "own.key"
    file.write_bytes(b"k" * 64)
    key_file = file.read_bytes() if with_key_file else None
    with Register.open(there, code) as register:
        people.set_passphrase(register, THIRD, key_file=key_file, kdf=KDF_FLOOR)
        people.rekey(register)
        register.add(Technology(code_name="よその鍵で書いた技術"))
    async with running(path) as tui:
        page = await opened(tui, there)
        assert isinstance(tui.app.screen, WayIn)
        await tui.press(*"wrong words", "enter")
        assert isinstance(tui.app.screen, WayIn), "and may try again"
        assert "wrong words" not in tui.text()
        assert tui.app.screen.problem
        tui.app.screen.query_one("#narrow", SecretInput).value = THIRD
        if with_key_file:
            tui.app.screen.query_one("#key-file", LineInput).value = str(tmp_path / "none")
            await tui.press("enter")
            assert isinstance(tui.app.screen, WayIn), "the key file is not there"
            tui.app.screen.query_one("#key-file", LineInput).value = str(file)
        await tui.press("enter")
        assert tui.app.screen is page
        assert "よその鍵で書いた技術" in tui.text()
        await tui.press("ctrl+s", "down", "enter")
        assert isinstance(tui.app.screen, OverviewPage)
        names = await tui.app.store.run(lambda reg: [t.code_name for t in reg.find(Technology)])
        assert "よその鍵で書いた技術" in names


async def test_who_does_not_know_the_passphrase_leaves_again(path: Path) -> None:
    with Register.open(path, PASSPHRASE) as register:
        code = people.issue_code(register)
    there = Path(shutil.copytree(path, path.with_name("there.techguard")))
    with Register.open(there, code) as register:
        people.set_passphrase(register, THIRD, kdf=KDF_FLOOR)
        people.rekey(register)
    async with running(path) as tui:
        page = await opened(tui, there)
        assert isinstance(tui.app.screen, WayIn)
        await tui.press("escape")
        assert tui.app.screen is not page
        assert page not in tui.app.screen_stack


async def test_what_a_merge_destroys_is_told_before(path: Path) -> None:
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as register:
        left = register.add(Person(name="退職した研究員"))
        register.remove(left)
    there = Path(shutil.copytree(path, path.with_name("there.techguard")))
    with Register.open(there, PASSPHRASE, clock=lambda: NOW + timedelta(days=1)) as register:
        pruning.prune(register, pruning.Rule(register.today + timedelta(days=1)), "保存期間が過ぎた")
    async with running(path) as tui:
        await opened(tui, there)
        told = "".join(tui.text().split())
        assert f"抹消されたもの（{left.ref}）は、統合すると、この写しからも値が失われます" in told
