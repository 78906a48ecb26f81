"""People on the screen: who has access, and everything that is done about it, with real vaults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard import remembering, vault
from tests.keychain import Keychain, keychain

from .conftest import PASSPHRASE, running

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
