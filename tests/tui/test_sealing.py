"""The board summary and minutes from the screen: read first, then sealed; the password is shown once."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pikepdf
import pyrage
import pytest

from techguard import board
from techguard.board import Delivered, Delivery
from techguard.domain.items import Summary
from techguard.domain.words import FileFormat, Language, RedactionLevel
from techguard.register import Register
from techguard.tui.input import LineInput
from techguard.tui.paper import Paper
from techguard.tui.picker import Ask, Confirm, Picker
from techguard.tui.screens import sealing
from techguard.tui.screens.checklists import AnswerPage
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.review import MinutesPage
from techguard.tui.screens.sealing import PasswordPage, SealPage
from techguard.tui.screens.summary import ReadyPage, SummaryPage

from .conftest import PASSPHRASE, Tui, running
from .test_pictures import Picture


def never(reg: Register, delivery: Delivery) -> Delivered:
    raise AssertionError


async def to_the_password(tui: Tui) -> PasswordPage:
    await tui.press("ctrl+s")
    page = tui.app.screen
    assert isinstance(page, PasswordPage), tui.text()
    return page


async def read_through(tui: Tui) -> str:
    """Every section of the preview, one after the other."""
    page = tui.app.screen
    assert isinstance(page, SummaryPage)
    said: list[str] = []
    for n, chapter in enumerate(page.chapters):
        await page._show(n)
        await tui.settle()
        tui.straight()
        said += [chapter.title, page.query_one(Paper).text]
    return "\n".join(said)


async def test_the_summary_is_read_redacted_and_sealed(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9")
        page = tui.app.screen
        assert isinstance(page, SummaryPage)
        assert page.redaction is RedactionLevel.R1
        assert "共同研究先の留学生" in await read_through(tui)
        await tui.press("f5", "end", "enter")
        assert page.redaction is RedactionLevel.R3
        assert "共同研究先の留学生" not in await read_through(tui)
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


async def test_sections_are_turned_and_chosen(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9")
        page = tui.app.screen
        assert isinstance(page, SummaryPage)
        await tui.press("right", "right", "left")
        assert page.at == 1
        assert page.chapters[1].title in tui.text()
        await tui.press("f6")
        await tui.type("主要リスク指標")
        await tui.press("enter")
        assert page.chapters[page.at].title == "主要リスク指標"
        assert "K01" in tui.text()
        await tui.press("f7", "down", "enter")
        assert page.chapters[page.at].title == "Key risk indicators"  # the same place, in the other language


async def test_bars_are_drawn_with_their_numbers_below_and_not_in_plain_mode(path: Path) -> None:
    from techguard.tui.charts import Chart

    for plainly in (False, True):
        async with running(path, plain=plainly) as tui:
            await tui.press("f9", "f6")
            await tui.type("対策の進み具合")
            await tui.press("enter")
            assert bool(tui.app.screen.query(Chart)) is not plainly
            assert ("┃" in tui.text()) is not plainly
            await tui.press("end")
            assert "2027" in tui.text()  # the quarters of the table


async def test_what_is_sealed_is_chosen_where_it_is_sealed(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9", "f9")

        async def choose(option: str, value: str) -> None:
            await tui.press("f7")
            picker = tui.app.screen
            assert isinstance(picker, Picker)
            names = [o.value for o in picker.options]
            await tui.press(*["down"] * names.index(option), "enter")
            assert isinstance(tui.app.screen, Picker)
            values = [str(o.value) for o in tui.app.screen.options]
            await tui.press("home", *["down"] * values.index(value), "enter")
            assert isinstance(tui.app.screen, SealPage)

        await choose("redaction", "R2")
        await choose("matter", "ENG-0001")
        await choose("language", "en")
        await choose("form", "both")
        named = tui.app.screen.query_one("#file", LineInput).value
        assert "-R2-" in named  # nobody named it otherwise
        await to_the_password(tui)
    with Register.open(path, PASSPHRASE, read_only=True) as reg:
        [kept] = reg.find(Summary)
        assert (kept.redaction, kept.language) == (RedactionLevel.R2, Language.EN)


async def test_the_plan_in_the_pack_keeps_to_a_budget_that_is_typed(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9", "f9")

        async def budget(typed: str) -> None:
            await tui.press("f7", "end", "enter", "end", "enter")
            assert isinstance(tui.app.screen, Ask)
            await tui.type(typed)
            await tui.press("enter")
            assert isinstance(tui.app.screen, SealPage)

        assert "計画の予算：上限なし" in tui.text()
        await budget("たくさん")
        assert "たくさん" in tui.text()
        assert "計画の予算：上限なし" in tui.text()
        await budget("３，０００万円")
        assert "計画の予算：3,000万円" in tui.text()
        pack = tui.app.screen.handout.pack  # type: ignore[attr-defined]
        assert pack.asked()["budget"] == 30_000_000
        await budget("5000万")
        await tui.press("f7", "end", "enter", "home", "enter")
        assert "計画の予算：上限なし" in tui.text()
        assert pack.asked()["budget"] is None
        pack.taken("budget", 1)
        pack.taken("redaction", RedactionLevel.R2)
        assert pack.asked()["budget"] is None, "R2 holds no plan"


async def test_a_name_that_was_typed_stays_whatever_is_chosen(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9", "f9", "end", "ctrl+u")
        await tui.type("mine.pdf")
        await tui.press("f7", "enter", "end", "enter")
        assert tui.app.screen.query_one("#file", LineInput).value == "mine.pdf"


async def test_the_check_tells_what_is_lacking_and_takes_an_answer(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9", "f8")
        page = tui.app.screen
        assert isinstance(page, ReadyPage)
        states = {r.item.id: r.state for r in page.found}
        assert states["BRP-2"] == "lacking"  # nothing is estimated in money
        await tui.press("home", "down", "f2")
        assert isinstance(tui.app.screen, AnswerPage)
        await tui.press("escape", "escape")
        await tui.press("f9")
        assert "点検" in tui.text()


async def test_the_check_opens_what_is_to_be_mended(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9", "f8")
        page = tui.app.screen
        assert isinstance(page, ReadyPage)
        assert page.found[0].refs == ("EXP-0003", "EXP-0004")  # without an owner
        await tui.press("home", "enter")
        assert isinstance(tui.app.screen, Picker)
        await tui.press("down", "enter")
        assert isinstance(tui.app.screen, DetailPage)
        assert "EXP-0004" in tui.text()


async def test_format_and_recipients_are_chosen(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f9", "f9", "f5")
        assert isinstance(tui.app.screen, Picker)
        await tui.type("Excel")
        await tui.press("enter")
        assert "取締役会報告-R1" in (named := tui.app.screen.query_one("#file", LineInput).value)
        assert named.endswith(".xlsx")
        await tui.press("f6", "space", "enter")
        chosen = tui.app.screen.query_one("#recipients", LineInput).value
        assert chosen
        told = await to_the_password(tui)
        assert board.unseal(told.file.read_bytes(), told.password).startswith(b"PK")
    with Register.open(path, PASSPHRASE, read_only=True) as reg:
        [kept] = reg.find(Summary)
        assert (kept.format, kept.recipients) == (FileFormat.XLSX, (chosen,))


async def test_age_takes_keys_and_then_there_is_no_password(path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    async with running(path) as tui:
        await tui.press("f9", "f9")
        keys = tui.app.screen.query_one("#with-keys")
        assert not keys.display
        await tui.press("end", "ctrl+u")
        await tui.type("out.html.age")
        assert keys.display
        await tui.press("enter", "enter")
        await tui.type("age1nonsense")
        await tui.press("ctrl+s")
        assert "age1nonsense" in tui.text()  # said, and kept
        await tui.press("escape")
        assert isinstance(tui.app.screen, SealPage)
        await tui.press("ctrl+u")
        await tui.type(str(identity.to_public()))
        told = await to_the_password(tui)
        assert told.password == ""
        assert "age で開きます" in tui.text()
        assert b"<h1>" in pyrage.decrypt(told.file.read_bytes(), [identity])


def test_every_format_is_offered() -> None:
    assert set(sealing.FORMATS) == {kind for kind in FileFormat if not kind.is_package}


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

        def make(reg: Register, delivery: Delivery) -> Delivered:
            made.append(delivery.output)
            return Delivered(delivery.output, "", Summary(title="x"), "")

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
        handout = sealing.Handout("x", Path("a.pdf"), never)
        tui.app.go_to(SealPage(handout, sealing.Typed(typed, "監査役")))
        await tui.settle()
        await tui.press("ctrl+s")
        page = tui.app.screen
        assert isinstance(page, SealPage)
        assert page._typed() == (typed, "監査役", "")
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
        await tui.press("f8")
        picture(tui, f"ready.{lang}.80x24")
        await tui.press("escape")
        handout = sealing.Handout(tui.app.screen.trail()[0], Path("/home/user/報告.pdf"), never)
        tui.app.go_to(SealPage(handout))
        await tui.settle()
        picture(tui, f"seal.{lang}.80x24")
        tui.app.go_to(PasswordPage(Path("/home/user/報告.pdf"), "bT7jJHJTzsrgGHVYqMCeisRy", "ab" * 32, ""))
        await tui.settle()
        picture(tui, f"password.{lang}.80x24")
