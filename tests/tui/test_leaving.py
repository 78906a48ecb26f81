"""Notice, statistics and money from the screen: read first; what leaves is sealed and recorded."""

from __future__ import annotations

from pathlib import Path

from techguard import board
from techguard.domain.items import Countermeasure, Estimate, Exposure, Summary
from techguard.domain.words import Language
from techguard.register import Register
from techguard.tui.charts import Chart
from techguard.tui.paper import Paper
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.notice import NoticePage, StatisticsPage
from techguard.tui.screens.sealing import PasswordPage, SealPage
from techguard.tui.screens.worth import WorthPage

from .conftest import PASSPHRASE, Tui, running


def said(tui: Tui) -> str:
    return tui.app.screen.query_one(Paper).text


async def test_a_notice_is_asked_for_on_the_page_of_an_engagement_and_sealed(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("4", "enter", "f9")
        assert isinstance(tui.app.screen, NoticePage)
        assert "北都工業大学" not in said(tui)
        assert "焼結プロファイルK" in said(tui)
        await tui.press("f2")
        await tui.type("残る義務は?；期限は?")
        await tui.press("enter")
        assert "2. 期限は?" in said(tui)
        await tui.press("f5", "down", "enter")
        assert "経済産業省" in tui.text()
        await tui.press("f9")
        assert isinstance(tui.app.screen, SealPage)
        await tui.press("ctrl+s")
        told = tui.app.screen
        assert isinstance(told, PasswordPage), tui.text()
        assert board.unseal(told.file.read_bytes(), told.password).startswith(b"%PDF")
    with Register.open(path, PASSPHRASE, read_only=True) as reg:
        [kept] = reg.find(Summary)
        assert kept.redaction == "R2"
        assert "残る義務" not in kept.model_dump_json()


async def test_questions_that_do_not_fit_are_told_and_stay(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("4", "enter", "f9", "f2")
        await tui.type("a;b;c;d")
        await tui.press("enter")
        assert "1ページ" in tui.text()
        await tui.press("escape")
        page = tui.app.screen
        assert isinstance(page, NoticePage)
        assert page.query_one("#questions").value == "a;b;c;d"  # type: ignore[attr-defined]


async def test_statistics_take_another_least_count_and_language(path: Path) -> None:
    async with running(path) as tui:
        tui.app.go_to(StatisticsPage())
        await tui.settle()
        assert "5件未満" in said(tui)
        await tui.press("f5", "home", "enter")
        assert "3件未満" in said(tui)
        await tui.press("f7", "end", "enter")
        page = tui.app.screen
        assert isinstance(page, StatisticsPage)
        assert page.chosen.language is Language.EN
        assert "withheld" in said(tui)


def estimated(reg: Register) -> None:
    exposure = reg.get("EXP-0001", Exposure)
    reg.add(
        Estimate(
            exposure=exposure.id,
            basis="two cases",
            frequency="0.1 / 0.3 / 0.8",
            loss_response="10000000 / 30000000 / 90000000",
        )
    )
    reg.add(
        Countermeasure(
            title="柵", exposures=(exposure.id,), cost_initial=5_000_000, events_left="20 / 40 / 60"
        )
    )


async def test_losses_are_drawn_and_a_budget_chooses(path: Path) -> None:
    async with running(path) as tui:
        await tui.app.store.run(estimated)
        tui.app.go_to(WorthPage())
        await tui.settle()
        assert tui.app.screen.query(Chart)
        assert "1年の損失" in said(tui)
        await tui.press("right")
        assert "柵" in said(tui)
        assert "証明済み" in said(tui)
        assert "5年間の費用：500万円" in said(tui)  # it was chosen
        await tui.press("f2")
        await tui.type("100万円")
        await tui.press("enter")
        page = tui.app.screen
        assert isinstance(page, WorthPage)
        assert page.budget == 1_000_000
        assert "100万円" in page.chapters[page.at].title
        assert "5年間の費用：0円" in said(tui)  # it costs more than that
        await tui.press("f2")
        await tui.type("たくさん")
        await tui.press("enter")
        assert page.budget == 1_000_000
        assert "たくさん" in tui.text()


async def test_without_an_estimate_its_hint_leads_to_the_first_one(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f6")  # from the overview
        assert "見積もった未解消の流出リスクがありません" in said(tui)
        await tui.press("3", "enter")
        while "見積り 0]" not in tui.text():
            await tui.press("right")
        await tui.press("f2")
        assert isinstance(tui.app.screen, FormPage)
        assert tui.app.screen.kind.name == "estimate"


async def test_the_money_screen_is_a_key_away_from_the_overview_and_from_an_exposure(path: Path) -> None:
    async with running(path) as tui:
        for before in ((), ("3", "enter")):
            for key in ("f6", "y"):
                await tui.press("1", *before, key)
                assert isinstance(tui.app.screen, WorthPage)
        await tui.press("escape")
        assert "EXP-" in tui.text()  # back on the exposure
        await tui.press("2", "enter", "y")  # of a technology there is no such page
        assert not isinstance(tui.app.screen, WorthPage)
