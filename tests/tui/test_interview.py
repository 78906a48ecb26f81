"""Finding what is core, key by key: one question a screen, nothing lost, and an honest end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techguard.domain.items import Element, Technology
from techguard.domain.words import Criticality, InterviewQuestion, SameFieldFirms, TechnologyStatus
from techguard.review import interview
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.interview import END, CandidatesPage, InterviewPage
from techguard.tui.screens.overview import OverviewPage

from .conftest import PASSPHRASE, Tui, running
from .test_pictures import Picture, tour

Q = InterviewQuestion
SHOTS = (
    ("candidates", "f5"),
    ("interview", "f5 down enter"),
    ("interview-unknown", "f5 down enter f8 left"),
    ("interview-firms", "f5 down enter right right right right right right"),
    ("interview-elements", "f5 down enter right right right right right right right right"),
    ("interview-summary", "f5 down enter 4 f8 3 f7"),
    ("interview-end", "f5 down enter 4 4 3 2 2 3 f7 ctrl+s"),
)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_interview_at_80x24(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, (80, 24)) as tui:
        for shot in SHOTS:
            await tour(tui, picture, (shot,), f"{lang}.80x24")
            asked = shot[0] != "candidates"
            assert any(isinstance(screen, InterviewPage) for screen in tui.app.screen_stack) == asked
            while await ask(tui, lambda reg: "Slurry" in reg.undoable().changes[0].title):
                await ask(tui, lambda reg: reg.undo())


async def ask(tui: Tui, work: Any) -> Any:
    return await tui.app.store.run(work)


async def candidate(tui: Tui) -> Technology:
    found: Technology = await ask(tui, lambda reg: reg.get("TEC-0004", Technology))
    return found


def page(tui: Tui) -> InterviewPage:
    assert isinstance(tui.app.screen, InterviewPage)
    return tui.app.screen


async def test_from_the_overview_to_a_registered_core_technology(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f5")
        assert isinstance(tui.app.screen, CandidatesPage)
        assert "0/12" in tui.text()
        await tui.press("down", "enter")
        await tui.press("4", "３", "3", "2", "2", "enter")  # a full-width digit is a digit
        now = await candidate(tui)
        assert (now.competitive_edge, now.non_substitutability, now.secrecy) == (4, 3, 4)
        await tui.press("2")  # a few firms, by its place
        assert (await candidate(tui)).same_field_firms is SameFieldFirms.FEW
        await tui.press("f7")
        assert "提案：重要度区分A" in tui.text()
        assert "未確認：" in tui.text()
        before = (await ask(tui, lambda reg: reg.head))[0]
        await tui.press("ctrl+s", "down", "enter")
        now = await candidate(tui)
        assert (now.status, now.criticality) == (TechnologyStatus.REGISTERED, Criticality.A)
        assert "24点中18点" in now.criticality_reason
        assert (await ask(tui, lambda reg: reg.head))[0] == before + 1  # one act
        assert isinstance(tui.app.screen, CandidatesPage)
        assert "Slurry" not in tui.text()
        assert "次は流出マップ" in tui.text()


async def test_what_nobody_knows_stays_unknown_and_nothing_is_proposed(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f5", "down", "enter", "4", "f8", "4", "4", "4", "4")
        now = await candidate(tui)
        assert now.non_substitutability is None
        assert now.questions_unknown == (Q.NON_SUBSTITUTABILITY,)
        await tui.press("f7")
        assert "不明：代替困難性" in tui.text()
        assert now.criticality is Criticality.S  # twenty points, whatever the unknown one would add


async def test_another_judgement_needs_a_reason_and_keeps_it(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f5", "down", "enter", "2", "2", "2", "2", "2", "2", "f7", "f6")
        await tui.press("down", "down", "enter")  # class A, where the rule says B
        assert "自分の判断：重要度区分A" in tui.text()
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, InterviewPage)  # refused: no reason yet
        await tui.type("主要顧客が当社品を前提に設計している。")
        await tui.press("ctrl+s", "down", "enter")
        now = await candidate(tui)
        assert now.criticality is Criticality.A
        assert now.criticality_confirmed is Criticality.A
        assert now.criticality_reason.endswith("主要顧客が当社品を前提に設計している。")


async def test_answers_survive_a_lock_and_it_goes_on_at_the_same_question(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f5", "down", "enter", "4", "3")
        assert page(tui).at == 2
        await tui.press("ctrl+l")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert page(tui).at == 2
        now = await candidate(tui)
        assert (now.competitive_edge, now.non_substitutability) == (4, 3)
    async with running(path) as tui:  # and after the end of the process
        await tui.press("f5", "down", "enter")
        assert page(tui).at == 2


async def test_going_back_changes_an_answer_and_undo_takes_it_back(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f5", "down", "enter", "4", "left", "1")
        assert (await candidate(tui)).competitive_edge == 1
        await ask(tui, lambda reg: reg.undo())
        assert (await candidate(tui)).competitive_edge == 4


async def test_an_element_is_named_without_leaving_the_interview(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f5", "down", "enter", *["right"] * 8)
        assert page(tui).question is Q.ELEMENTS
        await tui.press("f2")
        assert isinstance(tui.app.screen, FormPage)
        await tui.type("分散剤の選定理由")  # the technology is known: the name comes first
        await tui.press("ctrl+s")
        assert page(tui).question is Q.ELEMENTS
        technology = await candidate(tui)
        elements = await ask(tui, lambda reg: reg.find(Element, technology=technology.id))
        assert [e.name for e in elements] == ["分散剤の選定理由"]
        await tui.press("enter")
        assert Q.ELEMENTS in (await candidate(tui)).questions_asked


async def test_what_is_not_core_leaves_the_list(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f5", "down", "enter", "f7", "ctrl+s")
        assert "コア技術として登録する" not in tui.text()  # no class, so nothing to register
        await tui.press("down", "enter")
        assert (await candidate(tui)).status is TechnologyStatus.RETIRED
        waiting = await ask(tui, interview.candidates)
        assert "TEC-0004" not in {c.technology.ref for c in waiting}


async def test_a_reader_sees_the_questions_and_answers_nothing(path: Path) -> None:
    async with running(path, read_only=True) as tui:
        await tui.press("f5", "down", "enter", "4", "enter", "f8")
        assert page(tui).at == 0
        assert (await candidate(tui)).competitive_edge is None
        await tui.press(*["right"] * END, "ctrl+s")
        assert isinstance(tui.app.screen, InterviewPage)


async def test_the_candidates_are_reached_from_the_room_and_the_command_list(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f5")
        assert isinstance(tui.app.screen, CandidatesPage)
        await tui.press("4", "ctrl+p")
        await tui.type("見極めを待つ候補")
        await tui.press("enter")
        assert isinstance(tui.app.screen, CandidatesPage)
        await tui.press("1")
        assert isinstance(tui.app.screen, OverviewPage)
