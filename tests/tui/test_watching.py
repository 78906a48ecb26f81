"""Signs, incidents, consultations and routes ruled out: their gates, and the way on to the exposure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from techguard.domain import words as w
from techguard.domain.items import Consultation, Exclusion, Exposure, Observation
from techguard.review.agenda import agenda
from techguard.tui.forms import Form
from techguard.tui.picker import Confirm
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.gates import AntitrustPage
from techguard.tui.screens.leakmap import LeakMapPage

from .conftest import Tui, running
from .test_pictures import Picture


async def ask(tui: Tui, work: Callable[[Any], Any]) -> Any:
    return await tui.app.store.run(work)


async def fill(tui: Tui, which: str, **preset: Any) -> FormPage:
    """A form with something in it."""
    page = FormPage(which, preset=preset)
    tui.app.go_to(page)
    await tui.settle()
    assert isinstance(tui.app.screen, FormPage)
    return page


async def test_a_guess_about_a_person_is_asked_about_and_never_refused(path: Path) -> None:
    async with running(path) as tui:
        before = await ask(tui, lambda reg: reg.count("observation"))
        await fill(tui, "observation", title="夜間の接続", fact="国籍からみて持ち出したと思われる")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, Confirm)
        assert "国籍" in tui.text()
        assert "推測は書かない" in tui.text()
        assert await ask(tui, lambda reg: reg.count("observation")) == before
        await tui.press("enter")  # the cursor is on going back
        assert isinstance(tui.app.screen, FormPage)
        assert "国籍からみて" in tui.text()  # nothing typed is lost
        await tui.press("ctrl+s", "down", "enter")
        assert isinstance(tui.app.screen, DetailPage)
        assert await ask(tui, lambda reg: reg.count("observation")) == before + 1


async def test_facts_are_saved_without_a_question(path: Path) -> None:
    async with running(path) as tui:
        await fill(tui, "observation", title="夜間の接続", fact="10月3日 23時、2回の接続があった。")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, DetailPage)


async def test_one_key_takes_a_sign_to_the_next_agenda(path: Path) -> None:
    async with running(path) as tui:
        today = await ask(tui, lambda reg: reg.today)
        exposure = await ask(
            tui,
            lambda reg: next(
                x
                for x in reg.find(Exposure)
                if x.rated_on and x.rated_on < today and (x.next_review is None or x.next_review > today)
            ),
        )
        seen = await ask(tui, lambda reg: reg.add(Observation(title="夜間の接続", exposure=exposure.id)))
        tui.app.go_to(DetailPage("observation", seen.id))
        await tui.press("f6")
        after = await ask(tui, lambda reg: reg.get(seen.id, Observation))
        assert after.status is w.ObservationStatus.ESCALATED
        raised = await ask(tui, lambda reg: reg.get(exposure.id, Exposure))
        assert raised.next_review == today
        items = await ask(tui, agenda)
        codes = {r.code for item in items if item.id == exposure.id for r in item.reasons}
        assert {"exposure_due", "exposure_rerate"} <= codes


async def test_a_dialogue_stops_at_the_antitrust_check(path: Path) -> None:
    async with running(path) as tui:
        await fill(tui, "consultation", topic="共同の懸念", kind=w.ConsultationKind.DIALOGUE)
        await tui.press("ctrl+s")
        page = tui.app.screen
        assert isinstance(page, AntitrustPage)
        assert "公正取引委員会" in tui.text()
        await tui.press("ctrl+s")  # not considered: refused, and nothing is lost
        assert isinstance(tui.app.screen, AntitrustPage)
        assert await ask(tui, lambda reg: reg.count("consultation")) == 0
        await tui.press("escape")
        assert isinstance(tui.app.screen, FormPage)
        assert "共同の懸念" in tui.text()
        await tui.press("ctrl+s")
        me = await ask(tui, lambda reg: reg.me.id)
        form = tui.app.screen.query_one(Form)
        form.lay(
            {
                "antitrust_review": w.AntitrustReview.DONE,
                "antitrust_reviewer": me,
                "antitrust_on": "2026-11-20",
                "antitrust_materials": "法務部共有 2026-11",
            }
        )
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, DetailPage)
        made = (await ask(tui, lambda reg: reg.find(Consultation)))[0]
        assert made.topic == "共同の懸念"
        assert made.antitrust_reviewer == me
        assert made.antitrust_on == date(2026, 11, 20)
        await tui.press("escape")
        assert not isinstance(tui.app.screen, FormPage)  # the form went with it


async def test_a_dialogue_is_with_a_firm_of_the_same_field_unless_said_otherwise(path: Path) -> None:
    """METI stands there for a consultation only; who was chosen on purpose stays."""

    def partner(tui: Tui) -> object:
        return tui.app.screen.query_one(Form).draft()["authority"]

    async with running(path) as tui:
        await fill(tui, "consultation", topic="共同の懸念")
        form = tui.app.screen.query_one(Form)
        assert partner(tui) is w.Authority.METI
        form.put("kind", w.ConsultationKind.DIALOGUE)
        await tui.settle()
        assert partner(tui) is w.Authority.SAME_FIELD
        form.put("kind", w.ConsultationKind.CONSULTATION)
        await tui.settle()
        assert partner(tui) is w.Authority.METI
        form.put("authority", w.Authority.LAWYER)
        form.put("kind", w.ConsultationKind.DIALOGUE)
        await tui.settle()
        assert partner(tui) is w.Authority.LAWYER


async def test_a_dialogue_that_still_needs_the_check_is_planned_but_not_held(path: Path) -> None:
    async with running(path) as tui:
        needed = {"kind": w.ConsultationKind.DIALOGUE, "antitrust_review": w.AntitrustReview.NEEDED}
        await fill(tui, "consultation", topic="予定の対話", **needed)
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, DetailPage)
        held = {"topic": "済んだ対話", "status": w.ConsultationStatus.DONE, **needed}
        await fill(tui, "consultation", **held)
        await tui.press("ctrl+s", "ctrl+s")
        assert isinstance(tui.app.screen, AntitrustPage)
        assert await ask(tui, lambda reg: reg.count("consultation")) == 1


async def test_a_blank_field_becomes_considered_with_a_reason(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "f7", "f9")
        form = tui.app.screen
        assert isinstance(form, FormPage)
        technology, route = form.preset["technology"], form.preset["route"]
        form.query_one(Form).lay({"reason": "該当する設備がない。"})
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, LeakMapPage)
        made = (await ask(tui, lambda reg: reg.find(Exclusion)))[0]
        assert (made.technology, made.route) == (technology, route)
        assert "検討済み" in tui.text()
        assert any("/" in line for line in tui.screen())
        await tui.press("enter")
        assert "該当する設備がない。" in tui.text()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_pictures(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, (80, 24)) as tui:
        await fill(tui, "observation", title="夜間の接続", fact="Probably his wife. 国籍による推測")
        await tui.press("ctrl+s")
        tui.app.clear_notifications()
        await tui.settle()
        picture(tui, f"facts-only.{lang}.80x24")
        await tui.press("down", "enter")
        tui.app.clear_notifications()
        await tui.settle()
        picture(tui, f"observation.{lang}.80x24")
        await fill(tui, "consultation", topic="共同の懸念", kind=w.ConsultationKind.DIALOGUE)
        await tui.press("ctrl+s")
        tui.app.clear_notifications()
        await tui.settle()
        picture(tui, f"antitrust.{lang}.80x24")
        await tui.press("escape", "escape", "down", "down", "enter")
        await tui.press("8", "f7", "f9")
        tui.app.clear_notifications()
        await tui.settle()
        picture(tui, f"ruled-out.{lang}.80x24")
