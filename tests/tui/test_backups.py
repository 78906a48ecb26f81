"""Backups on the screen: made by themselves or by hand, and looked into; nobody waits for one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from techguard import backups, vault
from techguard.domain.items import Technology
from techguard.tui.screens.backups import BackupsPage
from techguard.tui.screens.overview import OverviewPage
from techguard.vault import copying, errors

from .conftest import Tui, running


def names(path: Path) -> list[str]:
    return [c.path.name for c in copying.copies(path / "backups")]


async def until(tui: Tui, holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            break
        await asyncio.sleep(0.05)
    assert holds()
    await tui.settle()


def make_older(path: Path, by: timedelta) -> None:
    """As if the backups had been made earlier."""
    for copy in copying.copies(path / "backups"):
        then = copy.made_at - by
        copy.path.rename(copy.path.with_name(f"acme-{then:%Y%m%dT%H%M%SZ}.techguard"))


async def test_one_is_made_after_unlocking_when_it_is_due(path: Path) -> None:
    async with running(path, automatic_backup=True) as tui:
        await until(tui, lambda: len(names(path)) == 1)
        assert await tui.app.store.run(lambda reg: backups.check(reg.vault, reg.vault.copies()[0].path).ok)
    async with running(path, automatic_backup=True) as tui:
        await asyncio.sleep(0.5)
        await tui.settle()
    assert len(names(path)) == 1, "the newest is of today"
    make_older(path, timedelta(days=2))
    async with running(path, automatic_backup=True) as tui:
        await asyncio.sleep(0.5)
        await tui.settle()
    assert len(names(path)) == 1, "nothing was changed since"


async def test_one_is_made_before_leaving_when_something_was_changed(path: Path) -> None:
    async with running(path, automatic_backup=True) as tui:
        await until(tui, lambda: len(names(path)) == 1)
    make_older(path, timedelta(days=2))
    async with running(path, automatic_backup=True) as tui:
        await tui.app.store.run(lambda reg: reg.add(Technology(code_name="きょう加えた技術")))
        await tui.press("ctrl+q")
        await until(tui, lambda: len(names(path)) == 2)
        await until(tui, lambda: tui.app.return_value == 0)


async def test_who_leaves_again_does_not_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(vault: vault.Vault, *, progress: Callable[[int, int], None], **_: object) -> Path:
        for _second in range(600):
            progress(0, 1)
            time.sleep(0.02)
        raise AssertionError("it went on")

    async with running(path, automatic_backup=True) as tui:
        await until(tui, lambda: len(names(path)) == 1)
        make_older(path, timedelta(days=2))
        await tui.app.store.run(lambda reg: reg.add(Technology(code_name="きょう加えた技術")))
        monkeypatch.setattr(backups, "make", slow)
        await tui.pilot.press("ctrl+q")  # without waiting for what it began
        await asyncio.sleep(0.5)
        assert tui.app.return_value is None
        await tui.pilot.press("ctrl+q")
        assert tui.app.return_value == 0
    assert len(names(path)) == 1


async def test_the_register_is_used_while_one_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on = threading.Event()
    proof = backups.proof

    def waiting(*args: Any) -> Callable[[Path], None]:
        prove = proof(*args)

        def later(draft: Path) -> None:
            assert may_go_on.wait(30)
            prove(draft)

        return later

    monkeypatch.setattr(backups, "proof", waiting)
    async with running(path) as tui:
        making = asyncio.create_task(tui.app.back_up())
        await tui.app.store.run(lambda reg: reg.add(Technology(code_name="その間に加えた技術")))
        await tui.press("2")
        assert "その間に加えた技術" in tui.text()
        assert names(path) == []
        may_go_on.set()
        await making
    assert len(names(path)) == 1


async def test_what_goes_wrong_by_itself_is_told_and_holds_nothing_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> Path:
        raise errors.DiskFull(path=path)

    monkeypatch.setattr(backups, "make", full)
    async with running(path, lang="en", automatic_backup=True) as tui:
        await until(tui, lambda: any("daily backup" in n.message for n in tui.app._notifications))
        assert isinstance(tui.app.screen, OverviewPage)


async def test_a_reader_makes_none(path: Path) -> None:
    async with running(path, automatic_backup=True, read_only=True) as tui:
        await asyncio.sleep(0.3)
        await tui.app.restore([OverviewPage, BackupsPage])
        await tui.settle()
        await tui.press("f2")
        await tui.press("ctrl+q")
    assert names(path) == []


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_one_is_made_proved_and_compared_by_hand(path: Path, lang: str) -> None:
    async with running(path, lang) as tui:
        await tui.app.restore([OverviewPage, BackupsPage])
        await tui.settle()
        await tui.press("f2")
        await until(tui, lambda: len(names(path)) == 1)
        await until(tui, lambda: names(path)[0][:10] in tui.text())
        seq = await tui.app.store.run(lambda reg: reg.head[0])
        assert str(seq) in tui.text()
        await tui.press("enter")
        await until(tui, lambda: ("Whole" if lang == "en" else "問題ありません") in tui.text())
        await tui.press("escape")
        await tui.app.store.run(lambda reg: reg.add(Technology(code_name="あとから加えた技術")))
        await tui.press("f8")
        await until(tui, lambda: "あとから加えた技術" in tui.text())
        await tui.press("escape")
        (damaged,) = copying.copies(path / "backups")
        (damaged.path / "head").write_bytes(b"x")
        await tui.press("enter")
        await until(tui, lambda: "head" in tui.text())


async def test_on_a_wall_what_came_since_has_no_words(path: Path) -> None:
    async with running(path) as tui:
        await tui.app.store.beside(lambda v: backups.make(v, retention=vault.Retention()))
        await tui.app.store.run(lambda reg: reg.add(Technology(code_name="壁に映さない名")))
        await tui.press("ctrl+r")
        await tui.settle()
        await tui.app.restore([OverviewPage, BackupsPage])
        await tui.settle()
        await tui.press("f8")
        await until(tui, lambda: "TEC-" in tui.text())
        assert "壁に映さない名" not in tui.text()


async def test_how_many_are_kept_is_said_on_the_screen(path: Path) -> None:
    async with running(path) as tui:
        tui.app.go_to(BackupsPage())
        await tui.settle()

        async def keep(rule: int, typed: str) -> None:
            await tui.press("f6", *["down"] * rule, "enter")
            await tui.press("end", "ctrl+u")
            await tui.type(typed)
            await tui.press("enter")

        await keep(1, "１４")  # daily; digits of a Japanese keyboard
        tui.app.clear_notifications()
        await tui.settle()
        assert "14日" in tui.text()
        for typed in ("三つ", "-1"):
            await keep(0, typed)
            assert typed in tui.text(), "it is said what cannot be"
            tui.app.clear_notifications()
        for rule in range(3):
            await keep(rule, "0")
        await keep(3, "0")
        assert "一つも残らなくなります" in tui.text()
        await keep(3, "24")
        kept = await tui.app.store.run(lambda reg: reg.backups_kept)
    assert kept == vault.Retention(last=0, daily=0, weekly=0, monthly=24)
