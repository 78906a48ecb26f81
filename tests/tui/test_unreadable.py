"""A value that somebody wrote behind the application's back is told as damage on the screen, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from techguard import vault

from .conftest import PASSPHRASE, running


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
