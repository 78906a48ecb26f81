"""A value that somebody wrote behind the application's back is told as damage on the screen, too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from techguard import vault
from techguard.domain import words as w
from techguard.domain.items import Review
from techguard.register import Register

from .conftest import NOW, PASSPHRASE, running


@pytest.mark.parametrize("column", ["status", "criticality", "next_review", "outline"])
async def test_the_screen_names_the_entry_and_goes_on(path: Path, column: str) -> None:
    with vault.open(path, PASSPHRASE) as opened:
        connection = opened.connect()
        connection.execute(f"UPDATE technologies SET {column} = CAST(x'E6' AS TEXT) WHERE ref = 'TEC-0001'")
        connection.close()
    async with running(path) as tui:
        await tui.press("2")
        assert "TEC-0001" in tui.text()
        assert "このアプリケーションを通さずに変更されています" in tui.text()
        assert tui.app.is_running
        await tui.press("escape")
        assert "このアプリケーションを通さずに" not in tui.text(), "it is told once, and can be left"


async def test_a_session_under_way_that_cannot_be_read_keeps_nobody_out(path: Path) -> None:
    """That there is one is told on opening; what stands in it is read where it is shown."""
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as register:
        register.add(Review(title="途中の会", status=w.ReviewStatus.HELD, held_on=date(2026, 11, 20)))
    with vault.open(path, PASSPHRASE) as opened:
        connection = opened.connect()
        connection.execute("UPDATE reviews SET scope = CAST(x'E6' AS TEXT), held_on = 'some day'")
        connection.close()
    async with running(path) as tui:
        assert "を開催中です" in tui.text()
        assert "REV-0001 が、このアプリケーションを通さずに変更されています" in tui.text()
        await tui.press("escape")
        assert "このアプリケーションを通さずに" not in tui.text(), "it is told once, and can be left"
        await tui.press("2")
        assert "焼結プロファイルK" in tui.text()
