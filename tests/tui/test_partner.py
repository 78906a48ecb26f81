"""The partner check: questions with evidence and validity, the threat before and after, its reminder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from techguard.domain.items import ChecklistAnswer, Counterparty
from techguard.domain.words import Answer, DueDiligence, Zone
from techguard.register import Register
from techguard.tui.screens.checklists import ChecklistsPage
from techguard.tui.screens.partner import (
    ConcludePage,
    PartnerAnswerPage,
    PartnerCheckPage,
    zone_text,
)
from techguard.tui.table import VirtualTable

from .conftest import NOW, PASSPHRASE, Tui, running
from .test_pictures import Picture, tour

SHOTS = (
    ("partner", "5 enter f6"),
    ("partner-answer", "5 enter f6 f5 enter"),
    ("partner-conclude", "5 enter f6 f9"),
)


@pytest.fixture
def checked(path: Path) -> Path:
    """The university with a check that ends soon and some answers."""
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        party = reg.get("CPT-0001", Counterparty)
        reg.change(
            party,
            due_diligence=DueDiligence.CONDITIONS,
            due_diligence_on=date(2026, 1, 20),
            due_diligence_until=date(2027, 1, 20),
            target_penetration=2,
            target_maturity=3,
        )
        for item, which, until in (
            ("DDQ-01", Answer.YES, date(2027, 1, 20)),
            ("DDQ-03", Answer.NO, date(2027, 1, 20)),
            ("DDQ-05", Answer.YES, date(2026, 12, 31)),
        ):
            reg.add(
                ChecklistAnswer(
                    item=item,
                    answer=which,
                    evidence="受領した書面" if which is Answer.YES else "",
                    as_of=date(2026, 1, 20),
                    answered_by=reg.me.id,
                    counterparty=party.id,
                    valid_until=until,
                )
            )
    return path


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_check_at_80x24(checked: Path, picture: Picture, lang: str) -> None:
    async with running(checked, lang, (80, 24)) as tui:
        await tour(tui, picture, SHOTS, f"{lang}.80x24")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_check_at_120x40(checked: Path, picture: Picture, lang: str) -> None:
    async with running(checked, lang, (120, 40)) as tui:
        await tour(tui, picture, SHOTS[:1], f"{lang}.120x40")


async def party(tui: Tui) -> Counterparty:
    return await tui.app.store.run(lambda reg: reg.get("CPT-0001", Counterparty))


async def acts(tui: Tui) -> int:
    return await tui.app.store.run(lambda reg: reg.head[0])


async def test_the_key_is_on_a_counterparty_and_nowhere_else(path: Path) -> None:
    async with running(path, "ja", (120, 40)) as tui:
        await tui.press("5", "enter")
        assert "相手先確認" in tui.text()
        await tui.press("f6")
        assert isinstance(tui.app.screen, PartnerCheckPage)
        await tui.press("escape", "4", "enter", "f6")
        assert not isinstance(tui.app.screen, PartnerCheckPage)
        assert "相手先確認" not in tui.text()


async def test_a_question_is_answered_with_evidence_and_until_when(checked: Path) -> None:
    async with running(checked, "ja") as tui:
        await tui.press("5", "enter", "f6", "f5", "enter")
        assert isinstance(tui.app.screen, PartnerAnswerPage)
        before = await acts(tui)
        await tui.press("enter", "enter", "down")
        await tui.type("資金一覧")
        await tui.press("ctrl+s")
        assert await acts(tui) == before + 1
        found = await tui.app.store.run(lambda reg: reg.find(ChecklistAnswer, item="DDQ-02"))
        assert [(a.evidence, a.valid_until, a.counterparty) for a in found] == [
            ("資金一覧", date(2027, 1, 20), (await party(tui)).id)
        ]
        assert "[Y] 3  [N] 1  [-] 0  [ ] 8" in tui.text()
        # The company's own lists know nothing of it.
        await tui.press("0")
        assert isinstance(tui.app.screen, ChecklistsPage)
        assert "79項目：回答済み 0" in tui.text()


async def test_the_threat_is_shown_before_and_after_measures_by_mark_word_and_number(checked: Path) -> None:
    async with running(checked, "ja") as tui:
        await tui.press("5", "enter", "f6")
        assert "##. 注視域 (1.50)" not in tui.text()
        assert "### 警戒域 (1.50)" in tui.text()
        assert "##. 注視域 (0.67)" in tui.text()
        assert "2027-01-20まで有効（残り58日）" in tui.text()


async def test_the_zones_follow_while_the_factors_are_chosen_and_saving_is_one_act(checked: Path) -> None:
    async with running(checked, "ja") as tui:
        await tui.press("5", "enter", "f6", "f9")
        assert isinstance(tui.app.screen, ConcludePage)
        before = await acts(tui)
        await tui.press("down", "down", "down", "1")  # dependency
        assert "#.. 管理域 (0.33)" not in tui.text()
        assert "##. 注視域 (0.50)" in tui.text()
        await tui.press("down", "1")  # penetration
        assert "#.. 管理域 (0.17)" in tui.text()
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, PartnerCheckPage)
        now = await party(tui)
        assert (now.dependency, now.penetration, now.zone) == (1, 1, Zone.CONTROL)
        assert (now.due_diligence_on, now.due_diligence_until) == (date(2026, 11, 23), date(2027, 11, 23))
        assert await acts(tui) == before + 1
        await tui.press("ctrl+z")
        assert (await party(tui)).due_diligence_until == date(2027, 1, 20)


async def test_the_overview_calls_for_it_before_it_lapses(checked: Path) -> None:
    async with running(checked, "ja", (120, 40)) as tui:
        await tui.press("right")
        text = tui.text()
        assert "相手先確認の期限" in text
        assert "相手先確認の回答の期限" in text
        assert "2026-12-31" in text


async def test_a_check_that_is_over_says_so(checked: Path) -> None:
    with Register.open(checked, PASSPHRASE, clock=lambda: NOW) as reg:
        reg.change(reg.get("CPT-0001", Counterparty), due_diligence_until=date(2026, 11, 1))
    async with running(checked, "en") as tui:
        await tui.press("5", "enter", "f6")
        assert "It ended on 2026-11-01: check again." in tui.text()


async def test_an_answer_that_is_over_says_so_by_sign_and_word(checked: Path) -> None:
    with Register.open(checked, PASSPHRASE, clock=lambda: NOW) as reg:
        party = reg.get("CPT-0001", Counterparty)
        reg.add(
            ChecklistAnswer(
                item="DDQ-01", answer=Answer.YES, as_of=date(2026, 2, 1), evidence="契約書",
                counterparty=party.id, valid_until=date(2026, 11, 1),
            )
        )  # fmt: skip
    async with running(checked, "ja") as tui:
        await tui.press("5", "enter", "f6")
        assert "2026-11-01 !" in tui.text()
        assert "2026-11-01に期限切れ" in tui.text()


async def test_a_reader_sees_it_and_changes_nothing(checked: Path) -> None:
    async with running(checked, "ja", read_only=True) as tui:
        await tui.press("5", "enter", "f6", "enter", "f9")
        assert isinstance(tui.app.screen, PartnerCheckPage)


async def test_where_one_was_is_kept_when_the_language_changes(checked: Path) -> None:
    async with running(checked, "ja") as tui:
        await tui.press("5", "enter", "f6", "down", "down", "f12")
        screen = tui.app.screen
        assert isinstance(screen, PartnerCheckPage)
        assert screen.query_one(VirtualTable).key == "DDQ-03"


def test_a_zone_reads_in_black_and_white() -> None:
    from decimal import Decimal

    marks = {zone_text(zone, Decimal(1)).split()[0] for zone in Zone} | {zone_text(None, None).split()[0]}
    assert len(marks) == 4
