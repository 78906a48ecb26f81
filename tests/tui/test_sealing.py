"""The board summary and minutes from the screen: read first, then sealed; the password is shown once."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pikepdf
import pytest

from techguard.domain.items import Summary
from techguard.domain.words import RedactionLevel
from techguard.register import Register
from techguard.tui.picker import Confirm
from techguard.tui.screens import sealing
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.review import MinutesPage
from techguard.tui.screens.sealing import PasswordPage, SealPage, SummaryPage

from .conftest import PASSPHRASE, Tui, running
from .test_pictures import Picture


async def to_the_password(tui: Tui) -> PasswordPage:
    await tui.press("ctrl+s")
    page = tui.app.screen
    assert isinstance(page, PasswordPage), tui.text()
    return page


async def test_the_summary_is_read_redacted_and_sealed(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9")
        page = tui.app.screen
        assert isinstance(page, SummaryPage)
        assert page.redaction is RedactionLevel.R1
        assert "共同研究先の留学生" in page.text
        await tui.press("f5", "end", "enter")
        assert page.redaction is RedactionLevel.R3
        assert "共同研究先の留学生" not in page.text
        await tui.press("f9")
        assert isinstance(tui.app.screen, SealPage)
        await tui.press("end", "ctrl+u")
        await tui.type("out")
        await tui.press("enter")
        await tui.type("社外取締役、監査役")
        told = await to_the_password(tui)
        assert told.password in tui.text()
        assert told.file == Path("out.pdf")  # the ending was not typed
        data = told.file.read_bytes()
        assert told.file.stat().st_mode & 0o777 == 0o600
        with pikepdf.open(io.BytesIO(data), password=told.password) as pdf:
            assert len(pdf.pages) >= 1
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(io.BytesIO(data))
    with Register.open(path, PASSPHRASE, read_only=True) as reg:
        [kept] = reg.find(Summary)
        assert kept.redaction is RedactionLevel.R3
        assert kept.recipients == ("社外取締役", "監査役")
        assert kept.file_digest == hashlib.sha256(data).hexdigest() == told.digest


async def test_minutes_are_sealed_from_the_screen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from .test_review_room import ask, planned

    async with running(path) as tui:
        review = await ask(tui, planned)
        await tui.app.restore([OverviewPage, lambda: MinutesPage(review.id)])
        await tui.settle()
        await tui.press("f9")
        told = await to_the_password(tui)
        assert told.file == Path("議事録-REV-0001.pdf").absolute()
        with pikepdf.open(told.file, password=told.password) as pdf:
            assert len(pdf.pages) >= 1
        await tui.press("escape")
        assert isinstance(tui.app.screen, MinutesPage)  # the password is not behind it any more


async def test_a_file_that_is_there_is_not_replaced_by_surprise(path: Path) -> None:
    Path("mine.pdf").write_bytes(b"mine")
    async with running(path) as tui:
        made: list[Path] = []

        def make(reg: Register, file: Path, password: str, recipients: tuple[str, ...]) -> tuple[str, str]:
            made.append(file)
            return "", ""

        tui.app.go_to(SealPage(sealing.Handout("x", Path("mine.pdf"), make)))
        await tui.settle()
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, Confirm)
        await tui.press("enter")  # the safe answer
        assert not made
        await tui.press("ctrl+s", "down", "enter")
        assert made == [Path("mine.pdf")]
        assert isinstance(tui.app.screen, PasswordPage)


@pytest.mark.parametrize("typed", ["", "nowhere/at/all.pdf", "."])
async def test_a_place_that_cannot_be_is_told_and_what_was_typed_stays(path: Path, typed: str) -> None:
    async with running(path) as tui:
        handout = sealing.Handout("x", Path("a.pdf"), lambda *_args: ("", ""))
        tui.app.go_to(SealPage(handout, (typed, "監査役")))
        await tui.settle()
        await tui.press("ctrl+s")
        page = tui.app.screen
        assert isinstance(page, SealPage)
        assert page._typed() == (typed, "監査役")
        assert "フォルダ" in tui.text() or "ファイル名" in tui.text()


async def test_a_lock_forgets_the_password(path: Path) -> None:
    async with running(path) as tui:
        tui.app.go_to(PasswordPage(Path("a.pdf"), "secret-password", "ab" * 32, ""))
        await tui.settle()
        await tui.press("ctrl+l")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert isinstance(tui.app.screen, OverviewPage)
        assert not any(isinstance(s, PasswordPage) for s in tui.app.screen_stack)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_what_it_looks_like(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang) as tui:
        await tui.press("f9")
        picture(tui, f"summary.{lang}.80x24")
        handout = sealing.Handout(
            tui.app.screen.trail()[0], Path("/home/user/報告.pdf"), lambda *_a: ("", "")
        )
        tui.app.go_to(SealPage(handout))
        await tui.settle()
        picture(tui, f"seal.{lang}.80x24")
        tui.app.go_to(PasswordPage(Path("/home/user/報告.pdf"), "bT7jJHJTzsrgGHVYqMCeisRy", "ab" * 32, ""))
        await tui.settle()
        picture(tui, f"password.{lang}.80x24")
