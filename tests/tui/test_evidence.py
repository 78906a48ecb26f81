"""The checkpoint on the screen, and the evidence sealed from it."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pyrage

from techguard.register import Register
from techguard.store import checkpoint
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.evidence import CheckpointPage
from techguard.tui.screens.history import HistoryPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.sealing import PasswordPage, SealPage

from .conftest import PASSPHRASE, Tui, running


async def packed(tui: Tui) -> tuple[PasswordPage, zipfile.ZipFile]:
    assert isinstance(tui.app.screen, SealPage)
    assert tui.app.screen.query_one("#with-recipients").display
    await tui.press("ctrl+s")
    told = tui.app.screen
    assert isinstance(told, PasswordPage), tui.text()
    data = pyrage.passphrase.decrypt(told.file.read_bytes(), told.password)
    return told, zipfile.ZipFile(io.BytesIO(data))


async def test_the_checkpoint_is_copied_as_text_and_holds(path: Path) -> None:
    async with running(path) as tui:
        await tui.app.restore([OverviewPage, HistoryPage])
        await tui.settle()
        await tui.press("f4")
        page = tui.app.screen
        assert isinstance(page, CheckpointPage)
        assert "techguard/" in tui.text()
        await tui.press("f6")
        copied = tui.app.clipboard
    with Register.open(path, PASSPHRASE, read_only=True) as register:
        held = register.hold(checkpoint.read(copied.encode()))
        assert (held.fits, held.signed_by) == (True, register.me.id)


async def test_evidence_about_one_technology_is_sealed_from_its_page(path: Path, tmp_path: Path) -> None:
    async with running(path) as tui:
        id_ = await tui.app.store.run(lambda reg: reg.get("TEC-0001").id)
        await tui.app.restore([OverviewPage, lambda: DetailPage("technology", id_)])
        await tui.settle()
        await tui.press("f5")
        told, archive = await packed(tui)
        assert told.file.name == "証拠一式-TEC-0001.zip.age"
        assert "台帳にも" in tui.text()
    archive.extractall(tmp_path / "package")
    done = subprocess.run(
        [sys.executable, "check.py"], cwd=tmp_path / "package", capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


async def test_evidence_of_the_whole_register_is_sealed_from_the_history(path: Path) -> None:
    async with running(path) as tui:
        await tui.app.restore([OverviewPage, HistoryPage])
        await tui.settle()
        await tui.press("f5")
        assert "証拠一式（age で封）" in tui.text()
        await tui.press("end", "ctrl+u")
        await tui.type("all")
        told, archive = await packed(tui)
        assert told.file == Path("all.zip.age"), "the ending was not typed"
    with Register.open(path, PASSPHRASE, read_only=True) as register:
        acts = [name for name in archive.namelist() if name.endswith(".message")]
        assert len(acts) == register.head[0] - 1, "the record of the package comes after it"
        assert register.history(limit=1)[0].action == "evidence"


async def test_only_a_technology_has_evidence_of_its_own(path: Path) -> None:
    async with running(path) as tui:
        id_ = await tui.app.store.run(lambda reg: reg.get("EXP-0001").id)
        await tui.app.restore([OverviewPage, lambda: DetailPage("exposure", id_)])
        await tui.settle()
        await tui.press("v")
        assert isinstance(tui.app.screen, DetailPage)
