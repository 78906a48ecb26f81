"""People on the screen: who has access, and everything that is done about it, with real vaults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard import people, remembering, vault
from techguard.domain.words import Access
from techguard.register import Register
from techguard.tui.bars import KeyBar
from techguard.tui.input import SecretInput
from techguard.tui.picker import Tell
from techguard.tui.prose import Prose
from techguard.tui.screens.joining import JoinPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.people import (
    AddPage,
    AskSecret,
    AskWord,
    InvitationPage,
    InvitePage,
    NewCodePage,
    OwnPage,
    PeoplePage,
)
from techguard.tui.table import VirtualTable
from techguard.vault.errors import InvitationVoid, KeyFileNeeded, WrongPassphrase
from tests.keychain import Keychain, keychain

from .conftest import NOW, PASSPHRASE, Tui, running

THEIRS = "監査役の長いパスフレーズ"
NEW = "新しい長いパスフレーズです"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keychain]:
    with keychain(monkeypatch) as ours:
        yield ours


async def test_a_vault_that_this_machine_remembers_opens_without_asking_until_it_is_locked(
    path: Path, kept: Keychain
) -> None:
    with vault.open(path, PASSPHRASE, read_only=True) as opened:
        remembering.remember(opened, PASSPHRASE)
    async with running(path, passphrase=None) as tui:
        assert tui.app.store.is_open
        assert "パスフレーズなしで開きました" in tui.text()
        await tui.press("ctrl+l")
        assert not tui.app.store.is_open, "a lock that opens itself is none"
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert tui.app.store.is_open


async def test_what_is_remembered_and_void_is_told_and_forgotten(path: Path, kept: Keychain) -> None:
    with vault.open(path, PASSPHRASE) as opened:
        remembering.remember(opened, PASSPHRASE)
        opened.change_passphrase(NEW, kdf=vault.KDF_FLOOR)
    async with running(path, passphrase=None) as tui:
        assert not tui.app.store.is_open
        assert "覚えていたものは消しました" in tui.text()
        assert kept.kept == {}
        await tui.type(NEW)
        await tui.press("enter")
        assert tui.app.store.is_open


# What is done on the page, each against the vault on disk


def who_opens(path: Path, secret: str, key_file: bytes | None = None) -> str:
    """The name and access of whom a secret lets in now; nothing if nobody."""
    try:
        with Register.open(path, secret, read_only=True, key_file=key_file) as reg:
            assert reg.verify().findings == ()
            return f"{reg.me.name}: {reg.access}"
    except WrongPassphrase:
        return ""


def let_in(path: Path, access: Access, secret: str = THEIRS, name: str = "監査役") -> None:
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        people.let_in(reg, name, access, secret, kdf=vault.KDF_FLOOR)


async def to_people(tui: Tui, *keys: str) -> None:
    """The page, a key on it, and the passphrase that it wants before the first change."""
    await tui.app.restore([OverviewPage, PeoplePage])
    await tui.settle()
    if keys:
        await tui.press(*keys)
        await tui.type(PASSPHRASE)
        await tui.press("enter")


async def to_row(tui: Tui, name: str) -> None:
    table = tui.app.screen.query_one(VirtualTable)
    for _ in range(20):
        if name in tui.app.screen._seats[table.key].person.name:  # type: ignore[attr-defined]
            return
        await tui.press("down")
    raise AssertionError(name)


def no_secret_is_left(tui: Tui) -> None:
    for screen in tui.app.screen_stack:
        assert not [field for field in screen.query(SecretInput) if field.value]


async def choose(tui: Tui, row: str, times: int) -> None:
    tui.app.screen.query_one(f"#{row}").focus()
    await tui.press("enter", *["down"] * times, "enter")


async def fill_newcomer(tui: Tui, name: str, access: int) -> None:
    await tui.type(name)
    await choose(tui, "access", access)


async def test_the_page_tells_who_opens_the_vault_and_says_what_to_do_when_it_is_one(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("7", "end", "up", "up", "enter")
        assert isinstance(tui.app.screen, PeoplePage)
        text = tui.text()
        assert "法務部長（あなた）" in text
        assert "この保管庫を開けるのは、あなただけです" in text
        await tui.press("enter")
        assert "指紋" in tui.text()
        await tui.press("escape")
    let_in(path, Access.REVIEWER)
    async with running(path, "en") as tui:
        await tui.press("ctrl+p")
        await tui.type("who has")
        await tui.press("enter")
        assert isinstance(tui.app.screen, PeoplePage)
        await to_row(tui, "監査役")
        assert "Reviewer" in tui.text()
        assert "Only you" not in tui.text()


async def test_somebody_is_let_in_at_this_keyboard(path: Path) -> None:
    async with running(path) as tui:
        await to_people(tui, "f2")
        assert isinstance(tui.app.screen, AddPage)
        await tui.press("ctrl+s")
        assert "名前" in tui.text()
        await fill_newcomer(tui, "監査役", 2)
        for field, typed in (("first", THEIRS), ("second", THEIRS + "x")):
            tui.app.screen.query_one(f"#{field}").focus()
            await tui.type(typed)
        await tui.press("ctrl+s")
        assert "違います" in tui.app.screen.query_one("#problem", Prose).text
        await tui.press("backspace", "ctrl+s")
        assert isinstance(tui.app.screen, PeoplePage)
        assert "閲覧者" in tui.text()
        no_secret_is_left(tui)
    assert who_opens(path, THEIRS) == "監査役: reader"


async def test_a_passphrase_that_is_refused_stays_in_no_field(path: Path) -> None:
    async with running(path) as tui:
        await to_people(tui, "f2")
        await fill_newcomer(tui, "監査役", 0)
        for field in ("first", "second"):
            tui.app.screen.query_one(f"#{field}").focus()
            await tui.type("short")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, AddPage)
        assert tui.app.screen.query_one("#problem", Prose).text
        no_secret_is_left(tui)


async def test_who_has_access_is_not_changed_without_the_passphrase(path: Path) -> None:
    async with running(path) as tui:
        await to_people(tui)
        await tui.press("f2")
        await tui.type("何か違うパスフレーズです")
        await tui.press("enter")
        assert not isinstance(tui.app.screen, AddPage)
        await tui.press("escape", "f3")
        assert isinstance(tui.app.screen, AskSecret)
        await tui.press("escape")
        assert isinstance(tui.app.screen, PeoplePage)


async def test_an_invitation_shows_its_code_once_and_lets_somebody_in(path: Path, tmp_path: Path) -> None:
    async with running(path) as tui:
        await to_people(tui, "f3")
        assert isinstance(tui.app.screen, InvitePage)
        await fill_newcomer(tui, "研究部長", 1)
        await tui.press("ctrl+s")
        page = tui.app.screen
        assert isinstance(page, InvitationPage)
        file, code = page.made.file, page.made.code
        assert code in tui.text()
        await tui.press("f6")
        assert tui.app.clipboard == code
        await tui.press("ctrl+l")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert code not in tui.text(), "a lock forgets it"
        assert isinstance(tui.app.screen, PeoplePage)
        await to_row(tui, "研究部長")
        assert "招待中" in tui.text()
        assert "指紋" in tui.text()
    assert file.exists()
    assert not any(code in f.read_text(errors="replace") for f in tmp_path.rglob("*") if f.is_file())
    with Register.open(path, code, invitation=file.read_bytes(), own_keys=True) as reg:
        shown = people.join(reg, THEIRS, kdf=vault.KDF_FLOOR)
    assert who_opens(path, THEIRS) == "研究部長: reviewer"
    async with running(path, size=(200, 30)) as tui:
        await to_people(tui)
        assert shown in tui.text()


async def test_who_was_invited_joins_on_the_screen(path: Path, tmp_path: Path) -> None:
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        _, content, code, _until = people.invite(reg, "研究部長", Access.REVIEWER)
    file = tmp_path / "招待状.json"
    file.write_bytes(content)
    async with running(path, passphrase=None) as tui:
        await tui.press("f5")
        assert isinstance(tui.app.screen, JoinPage)
        await tui.press("ctrl+s")
        assert "招待状のファイルを指定してください" in tui.text()
        await tui.type(str(tmp_path / "ない.json"))
        await tui.press("tab")
        await tui.type(code)
        await tui.press("tab")
        await tui.type(THEIRS)
        await tui.press("tab", "ctrl+s")
        assert "パスフレーズが違います" in tui.text()
        await tui.type(THEIRS)
        await tui.press("enter", "enter")
        assert "読めませんでした" in tui.text()
        assert who_opens(path, PASSPHRASE) == "法務部長: editor", "nothing has happened yet"
        await tui.press("end", "ctrl+u")
        await tui.type(str(file))
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, Tell), tui.text()
        shown = tui.text()
        assert "研究部長として参加します" in shown
        assert code not in shown
        await tui.press("enter")
        assert tui.app.store.is_open
        assert tui.app.who == "研究部長"
    assert who_opens(path, THEIRS) == "研究部長: reviewer"
    with pytest.raises(InvitationVoid):
        Register.open(path, code, invitation=content, own_keys=True)
    async with running(path, size=(200, 30)) as tui:
        await to_people(tui)
        key = next(line for line in shown.splitlines() if re.search("[0-9a-f]{4} [0-9a-f]{4}", line))
        assert key.strip("│ ") in tui.text(), "the fingerprint that was read aloud is in the list"


async def test_a_key_file_is_set_while_joining_and_wanted_from_then_on(path: Path, tmp_path: Path) -> None:
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        _, content, code, _until = people.invite(reg, "研究部長", Access.EDITOR)
    file, key_file = tmp_path / "invitation.json", tmp_path / "鍵"
    file.write_bytes(content)
    async with running(path, passphrase=None) as tui:
        await tui.press("f5")
        for text in (str(file), code, THEIRS, THEIRS, str(tmp_path / "ない" / "鍵")):
            await tui.type(text)
            await tui.press("enter")
        assert isinstance(tui.app.screen, JoinPage), "no folder to make the key file in"
        assert tui.app.screen.query_one("#problem", Prose).text
        await tui.press("end", "ctrl+u")
        await tui.type(str(key_file))
        await tui.press("enter")
        assert isinstance(tui.app.screen, Tell), tui.text()
        await tui.press("enter")
        assert tui.app.store.is_open
    with pytest.raises(KeyFileNeeded):
        Register.open(path, THEIRS)
    with Register.open(path, THEIRS, key_file=key_file.read_bytes()) as reg:
        assert reg.me.name == "研究部長"


async def test_a_wrong_code_joins_nobody_and_a_lock_offers_no_invitation(path: Path, tmp_path: Path) -> None:
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        _, content, _code, _until = people.invite(reg, "研究部長", Access.EDITOR)
    file = tmp_path / "invitation.json"
    file.write_bytes(content)
    async with running(path, passphrase=None) as tui:
        await tui.press("f5")
        for text in (str(file), "7K3QX-2M9FA-4ZC2J-03672-FXGT8-JDWWY-6SKMB", THEIRS, THEIRS, ""):
            await tui.type(text)
            await tui.press("enter")
        assert isinstance(tui.app.screen, JoinPage)
        assert tui.app.screen.query_one("#problem", Prose).text
        await tui.press("escape")
        await tui.type(PASSPHRASE)
        await tui.press("enter", "ctrl+l")
        assert "招待" not in tui.text()


@pytest.mark.parametrize("also_anew", [False, True])
async def test_an_invitation_is_called_back(path: Path, also_anew: bool) -> None:
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        _, file, code, _until = people.invite(reg, "研究部長", Access.EDITOR)
    async with running(path) as tui:
        await to_people(tui)
        await to_row(tui, "研究部長")
        await tui.press("f9")
        await tui.type(PASSPHRASE)
        await tui.press("enter", "down", *(["down"] if also_anew else []), "enter")
        if also_anew:
            await tui.type("研究部長")
            await tui.press("enter")
        assert isinstance(tui.app.screen, PeoplePage)
        assert "招待中" not in tui.text()
    with pytest.raises(InvitationVoid):
        Register.open(path, code, invitation=file, own_keys=True)
    assert who_opens(path, PASSPHRASE) == "法務部長: editor"


async def test_an_access_is_changed(path: Path) -> None:
    let_in(path, Access.READER)
    async with running(path) as tui:
        await to_people(tui)
        await to_row(tui, "監査役")
        await tui.press("f4")
        await tui.type(PASSPHRASE)
        await tui.press("enter", "up", "enter")
        assert "評価者" in tui.text()
    assert who_opens(path, THEIRS) == "監査役: reviewer"


async def test_the_last_editor_and_oneself_cannot_be_taken_away(path: Path) -> None:
    async with running(path) as tui:
        await to_people(tui)
        await tui.press("f9")
        assert isinstance(tui.app.screen, Tell)
        await tui.press("escape", "f4")
        await tui.type(PASSPHRASE)
        await tui.press("enter", "down", "enter")
        assert isinstance(tui.app.screen, Tell)
    assert who_opens(path, PASSPHRASE) == "法務部長: editor"


async def test_somebody_is_removed_once_their_name_was_typed(path: Path) -> None:
    let_in(path, Access.EDITOR)
    before = (path / "register.db").read_bytes()
    async with running(path) as tui:
        await to_people(tui)
        await to_row(tui, "監査役")
        await tui.press("f9")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert isinstance(tui.app.screen, AskWord)
        await tui.type("監査")
        await tui.press("enter")
        assert who_opens(path, THEIRS) == "監査役: editor", "not the name"
        await tui.press("f9")
        await tui.type("監査役")
        await tui.press("enter")
        assert isinstance(tui.app.screen, PeoplePage)
        assert "開けません" in tui.text()
        await tui.press("2")
        assert "焼結プロファイルK" in tui.text(), "the register goes on being used under its new key"
    assert who_opens(path, THEIRS) == ""
    assert (path / "register.db").read_bytes() != before
    assert who_opens(path, PASSPHRASE) == "法務部長: editor"


async def test_the_register_is_encrypted_anew(path: Path) -> None:
    sealed = json.loads((path / "vault.json").read_text(encoding="utf-8"))["keyring"]
    async with running(path) as tui:
        await to_people(tui)
        await tui.press("f8", "down", "enter")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert "暗号化し直しました" in tui.text()
    assert json.loads((path / "vault.json").read_text(encoding="utf-8"))["keyring"] != sealed
    assert who_opens(path, PASSPHRASE) == "法務部長: editor"


async def change_own(tui: Tui, current: str, new: str, file: str = "") -> None:
    await tui.press("f5")
    assert isinstance(tui.app.screen, OwnPage)
    for field, typed in (("current", current), ("first", new), ("second", new)):
        tui.app.screen.query_one(f"#{field}").focus()
        await tui.type(typed)
    if file:
        await choose(tui, "key-file", 1)
        tui.app.screen.query_one("#file").focus()
        await tui.type(file)
    await tui.press("ctrl+s")


async def test_one_s_own_passphrase_and_key_file_are_changed(path: Path, tmp_path: Path) -> None:
    async with running(path) as tui:
        await to_people(tui)
        await change_own(tui, "違うパスフレーズを入れた", NEW)
        assert isinstance(tui.app.screen, OwnPage)
        no_secret_is_left(tui)
        await tui.press("escape")
        await change_own(tui, PASSPHRASE, NEW, str(tmp_path / "stick.key"))
        assert isinstance(tui.app.screen, PeoplePage)
        assert "キーファイル" in tui.text()
        await tui.press("ctrl+l")
        await tui.type(NEW)
        await tui.press("enter")
        assert tui.app.store.is_open, "the lock knows the new key file"
        await tui.press("f5")
        await tui.press("escape")
    assert who_opens(path, PASSPHRASE) == ""
    assert who_opens(path, NEW, (tmp_path / "stick.key").read_bytes()) == "法務部長: editor"


async def test_a_recovery_code_is_issued_and_revoked(path: Path) -> None:
    async with running(path) as tui:
        await to_people(tui)
        await tui.press("f6", "enter")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        page = tui.app.screen
        assert isinstance(page, NewCodePage)
        code = page.code
        assert code in tui.text()
        await tui.press("escape")
        assert tui.app.screen is page, "not before it was noted"
        await tui.type(code.split("-")[page.group])
        await tui.press("enter")
        assert isinstance(tui.app.screen, PeoplePage)
        assert (page.code, code in tui.text()) == ("", False)
        assert who_opens(path, code) == "法務部長: editor"
        await tui.press("f6", "down", "enter")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert "復旧コード" in tui.text()
    assert who_opens(path, code) == ""


async def test_an_editor_revokes_the_code_of_another(path: Path) -> None:
    let_in(path, Access.REVIEWER)
    with Register.open(path, THEIRS, clock=lambda: NOW) as reg:
        code = people.issue_code(reg)
    async with running(path) as tui:
        await to_people(tui)
        await to_row(tui, "監査役")
        await tui.press("f6", "end", "enter")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
    assert who_opens(path, code) == ""
    assert who_opens(path, THEIRS) == "監査役: reviewer"


def shown_keys(tui: Tui) -> set[str]:
    """What the line of keys offers."""
    return {text for line in tui.app.screen.query_one(KeyBar)._lines for _key, _shown, text in line}


async def test_a_reviewer_is_shown_no_key_that_only_an_editor_may_use(path: Path) -> None:
    let_in(path, Access.REVIEWER)
    editors = {
        ("1",): {"コア技術を追加", "一覧の取込"},
        ("2",): {"追加", "編集", "選択"},
        ("2", "enter"): {"編集"},
        ("3", "enter"): {"編集", "対策"},
        ("8", "f7"): {"該当なし"},
        ("0",): {"回答", "Excelの取込"},
    }
    both = {("3", "enter"): {"評価", "受容"}, ("9",): {"レビュー会を計画"}}
    for secret, only in ((PASSPHRASE, False), (THEIRS, True)):
        async with running(path, passphrase=secret, size=(120, 40)) as tui:
            await tui.press("escape")  # from the tour, on a first day
            for keys, needs in editors.items():
                await tui.press(*keys)
                assert needs & shown_keys(tui) == (set() if only else needs), (secret, keys, shown_keys(tui))
            for keys, needs in both.items():
                await tui.press(*keys)
                assert needs <= shown_keys(tui), (secret, keys, shown_keys(tui))


async def test_a_reader_changes_their_own_passphrase_and_nobody_else_s_access(path: Path) -> None:
    let_in(path, Access.READER)
    async with running(path, passphrase=THEIRS) as tui:
        await to_people(tui)
        for key in ("f2", "f3", "f4", "f8", "f9"):
            await tui.press(key)
            assert isinstance(tui.app.screen, PeoplePage), key
        await change_own(tui, THEIRS, NEW)
        assert not tui.app.store.is_open, "what was open knows the old keys alone"
        await tui.type(NEW)
        await tui.press("enter")
        assert tui.app.store.is_open
        await to_people(tui)
        await tui.press("f6", "enter")
        await tui.type(NEW)
        await tui.press("enter")
        page = tui.app.screen
        assert isinstance(page, NewCodePage)
        code = page.code
        await tui.type(code.split("-")[page.group])
        await tui.press("enter")
        assert not tui.app.store.is_open
    assert who_opens(path, NEW) == "監査役: reader"
    assert who_opens(path, code) == "監査役: reader"


async def test_this_machine_remembers_and_forgets(path: Path, kept: Keychain) -> None:
    async with running(path) as tui:
        await to_people(tui)
        await tui.press("f7")
        assert "ログイン中にここに座る人も" in tui.text(), "what it costs is said before"
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert len(kept.kept) == 1
        assert "この端末が記憶" in tui.text()
        await tui.press("f7")
        assert kept.kept == {}


async def test_no_code_is_shown_on_a_wall(path: Path) -> None:
    async with running(path) as tui:
        await to_people(tui)
        await tui.press("ctrl+r", "f3")
        assert isinstance(tui.app.screen, Tell)
        await tui.press("escape", "f6", "enter")
        assert isinstance(tui.app.screen, Tell)
