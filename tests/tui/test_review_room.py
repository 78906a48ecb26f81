"""A review session on the screen, from its plan to its closing; nothing is lost when the machine dies."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual import events

from techguard.domain import words as w
from techguard.domain.items import (
    Acceptance,
    Consultation,
    Countermeasure,
    Decision,
    Exposure,
    Outcome,
    Person,
    Rating,
    Review,
)
from techguard.register import Register
from techguard.review import session
from techguard.tui.bars import KeyBar
from techguard.tui.picker import Picker
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.holding import (
    AcceptItemPage,
    AssignPage,
    ConsultPage,
    DecidePage,
    DeferPage,
    HoldPage,
    ItemPage,
    NotePage,
    RateItemPage,
)
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.review import (
    ClosePage,
    ComparePage,
    MinutesPage,
    PlanPage,
    ReviewsPage,
    SessionPage,
)

from . import conftest
from .conftest import NOW, PASSPHRASE, Tui, running
from .test_markup import TWO, nasty_vault
from .test_pictures import Picture

K = w.OutcomeKind


def opened(path: Path) -> Register:
    return Register.open(path, PASSPHRASE, clock=lambda: NOW)


def planned(reg: Register, *, title: str = "第3四半期レビュー会") -> Review:
    officer = reg.find(Person, name="技術担当 執行役員")[0]
    research = reg.find(Person, name="研究企画 主査")[0]
    return session.plan(
        reg,
        title=title,
        period="2026Q3",
        planned_on=date(2026, 11, 23),
        chair=officer.id,
        attendees=(reg.me.id, research.id),
        planned_minutes=90,
    )


@pytest.fixture
def held(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register with one closed session, a week later."""
    monkeypatch.setattr(conftest, "NOW", NOW + timedelta(days=7))
    with opened(path) as reg:
        first = planned(reg, title="第2四半期レビュー会")
        session.prepare(reg, first)
        first = session.begin(reg, first, on=date(2026, 11, 22))
        session.settle_rest(reg, first, K.CONFIRMED, "異議なし")
        session.close(reg, first, conclusion="継続する。", lang="ja")
    return path


async def ask(tui: Tui, work: Callable[[Any], Any]) -> Any:
    return await tui.app.store.run(work)


async def items(tui: Tui, ref: str = "REV-0001") -> list[Outcome]:
    found: list[Outcome] = await ask(tui, lambda reg: session.outcomes(reg, reg.get(ref, Review)))
    return found


def hold(tui: Tui) -> HoldPage:
    assert isinstance(tui.app.screen, HoldPage), tui.text()
    return tui.app.screen


async def begin(tui: Tui, path: Path) -> None:
    """Plan, draw the agenda and begin; the first item is on the table."""
    review = await ask(tui, planned)
    await tui.app.restore([OverviewPage, ReviewsPage, lambda: SessionPage(review.id)])
    await tui.settle()
    await tui.press("f5", "f6")
    assert isinstance(tui.app.screen, HoldPage)


async def test_a_session_is_planned_with_a_warning_of_who_is_missing(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("9", "f2")
        assert "経営、経営企画、人事、法務、研究開発" in tui.text()
        await tui.type("第3四半期レビュー会")
        await tui.press("tab", "tab")
        await tui.type("2026Q3")
        await tui.press("tab", "tab")
        await tui.type("90")
        await tui.press("tab", "enter")
        await tui.type("執行役員")
        await tui.press("enter")
        assert "出席者のいない部署：経営企画、人事、法務、研究開発" in tui.text()
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, SessionPage)
        made = await ask(tui, lambda reg: reg.get("REV-0001", Review))
        assert made.planned_minutes == 90
        assert made.chair in made.attendees
        assert "出席者のいない部署" in tui.text()


async def test_a_whole_session_key_by_key(path: Path) -> None:
    """Every way to settle an item; then it is closed, signed and cannot change."""
    async with running(path) as tui:
        await begin(tui, path)
        assert "EXP-0001" in tui.text()
        assert "90分" in tui.text()

        await tui.press("f5", "down", "down", "4")  # rate again: the impact on the market is 4
        assert isinstance(tui.app.screen, RateItemPage)
        await tui.press("f6")
        await tui.type("確認の運用が定着した。")
        await tui.press("ctrl+s")
        first = (await items(tui))[0]
        assert (first.outcome, first.level_before, first.level_after) == (K.RERATED, 5, 4)
        rating: Rating = await ask(tui, lambda reg: reg.ratings(first.exposure)[-1])
        assert rating.review == first.review
        assert rating.rationale == "確認の運用が定着した。"

        assert hold(tui).seen.outcome.position == 2  # type: ignore[union-attr]
        await tui.press("f9")  # accept until a date
        page = tui.app.screen
        assert isinstance(page, AcceptItemPage)
        assert page.form
        officer = await ask(tui, lambda reg: reg.find(Person, name="技術担当 執行役員")[0])
        page.form.put("accepted_by", officer.id)
        page.form.put("accepted_role", w.AcceptanceRole.OFFICER)
        page.form.put("valid_until", "+6m")
        page.form.put("reason", "後任が決まるまで受け入れる。")
        await tui.press("ctrl+s")
        second = (await items(tui))[1]
        assert second.outcome is K.ACCEPTED
        accepted = await ask(tui, lambda reg: reg.find(Acceptance)[0])
        assert (accepted.exposure, accepted.review) == (second.exposure, second.review)

        await tui.press("f2")  # confirm: the observation stands
        await tui.press("f8")  # an overdue countermeasure gets an owner and a date
        page = tui.app.screen
        assert isinstance(page, AssignPage)
        assert page.form
        page.form.put("owner", officer.id)
        page.form.put("due", "+3m")
        await tui.press("ctrl+s")
        fourth = (await items(tui))[3]
        assert fourth.outcome is K.ASSIGNED
        measure = await ask(tui, lambda reg: reg.get(fourth.countermeasure, Countermeasure))
        assert (measure.owner, measure.due) == (officer.id, date(2027, 2, 23))

        await tui.press("f3")  # a note
        assert isinstance(tui.app.screen, NotePage)
        await tui.type("更新の交渉中。")
        await tui.press("ctrl+s")
        await tui.press("f4")  # put off
        assert isinstance(tui.app.screen, DeferPage)
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, DeferPage)  # not without a reason
        await tui.type("資料が間に合わない。")
        await tui.press("ctrl+s")
        await tui.press("f7")  # a consultation
        assert isinstance(tui.app.screen, ConsultPage)
        await tui.press("ctrl+s")
        assert await ask(tui, lambda reg: reg.count(Consultation)) == 1
        found = await items(tui)
        expected = [K.RERATED, K.ACCEPTED, K.CONFIRMED, K.ASSIGNED, K.NOTED, K.DEFERRED, K.CONSULT]
        assert [o.outcome for o in found[:7]] == expected

        await tui.press("f6")  # the decision that was asked: decided, but nobody has it yet
        page = tui.app.screen
        assert isinstance(page, DecidePage)
        assert page.form
        assert page.form.row("title").raw == "共同研究の延長を認めるか"
        await tui.press("ctrl+s")
        assert (await items(tui))[7].outcome is K.NOTED
        while isinstance(tui.app.screen, HoldPage):
            await tui.press("f2")
        assert isinstance(tui.app.screen, SessionPage)
        assert "担当者か期限のない決定が1件" in tui.text()

        await tui.press("f9")  # refused, and it says which
        assert isinstance(tui.app.screen, Picker)
        assert "DEC-0001" in tui.text()
        await tui.press("enter")
        page = tui.app.screen
        assert isinstance(page, FormPage)
        assert page.form
        page.form.put("owner", officer.id)
        await tui.press("ctrl+s", "f9")
        page = tui.app.screen
        assert isinstance(page, ClosePage)
        assert page.form
        assert page.form.row("signed_by").raw == officer.id  # the chair signs
        page.form.put("conclusion", "全社で対応を続ける。")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, MinutesPage)
        assert "全社で対応を続ける。" in tui.app.screen.text
        closed = await ask(tui, lambda reg: reg.get("REV-0001", Review))
        assert closed.status is w.ReviewStatus.CLOSED
        assert closed.signed_by == officer.id
        assert closed.snapshot
        await tui.press("escape")
        for action in ("hold", "prepare", "add", "edit", "close"):
            assert not tui.app.screen.check_action(action, ())


async def test_keys_in_quick_succession_strike_what_they_were_meant_for(path: Path) -> None:
    """F5, F6 and three times "confirm" before anything was drawn: three items, each settled once."""
    async with running(path, "ja", size=(80, 24)) as tui:
        review = await ask(tui, planned)
        await tui.app.restore([OverviewPage, ReviewsPage, lambda: SessionPage(review.id)])
        await tui.settle()
        for key in ("f5", "f6", "f2", "f2", "f2"):
            tui.app.post_message(events.Key(key, None))
        for _ in range(100):
            await tui.settle()
        found = await items(tui)
        assert [o.outcome for o in found[:4]] == [*[K.CONFIRMED] * 3, K.PENDING]
        assert hold(tui).outcome_id == found[3].id


async def test_the_session_goes_on_at_the_item_after_a_crash(path: Path, tmp_path: Path) -> None:
    """The folder as it was when the machine died is opened anew: the third item is on the table."""
    died = tmp_path / "died.techguard"
    async with running(path) as tui:
        await begin(tui, path)
        await tui.press("f2", "f2")
        third = hold(tui).outcome_id
        await tui.press("f3")
        await tui.type("書きかけ")
        shutil.copytree(path, died)
    async with running(died) as tui:
        assert "を開催中です" in tui.text(), "who comes back is told at once"
        await tui.press("9")
        assert "件のうち2件が済みました。開いて、F6で続けます。" in tui.text()
        await tui.press("enter", "f6")
        assert hold(tui).outcome_id == third
        assert [o.outcome for o in (await items(tui))[:3]] == [K.CONFIRMED, K.CONFIRMED, K.PENDING]


async def test_a_lock_comes_back_to_the_item_and_to_what_was_being_written(path: Path) -> None:
    async with running(path) as tui:
        await begin(tui, path)
        await tui.press("right", "f3")
        await tui.type("途中の発言")
        await tui.press("ctrl+l")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert isinstance(tui.app.screen, NotePage)
        await tui.press("ctrl+s")
        assert (await items(tui))[1].note == "途中の発言"


async def test_what_changed_since_the_last_session_is_shown_as_a_difference(held: Path) -> None:
    async with running(held) as tui:
        exposure = await ask(tui, lambda reg: reg.get("EXP-0001", Exposure))
        await ask(tui, lambda reg: reg.change(exposure, cause="事前確認が書面になった。"))
        await ask(
            tui,
            lambda reg: reg.rate(
                exposure.id, likelihood=4, impact=3, rationale="書面になった。", rated_on=date(2026, 11, 25)
            ),
        )
        review = await ask(tui, planned)
        await tui.app.restore([OverviewPage, lambda: SessionPage(review.id)])
        await tui.settle()
        await tui.press("f5", "f6")
        at = next(o for o in await items(tui, "REV-0002") if o.exposure == exposure.id)
        hold(tui)._turn_to(at.id)
        await tui.settle()
        text = tui.text()
        assert "2026-11-22" in text
        assert "- 原因：発表資料の事前確認が口頭だけである。" in text
        assert "+ 原因：事前確認が書面になった。" in text
        await tui.press("escape", "f8", "enter")  # and the two sessions side by side
        assert isinstance(tui.app.screen, ComparePage)
        assert re.search(r"5 > 4 .*書面になった。", tui.text())


async def test_what_is_done_can_be_undone_at_once(path: Path) -> None:
    async with running(path) as tui:
        await begin(tui, path)
        await tui.press("f2", "ctrl+z")
        assert (await items(tui))[0].outcome is K.PENDING


async def test_leaving_a_form_settles_nothing(path: Path) -> None:
    async with running(path) as tui:
        await begin(tui, path)
        at = hold(tui).outcome_id
        for key in ("f3", "f4", "f6", "f7", "f8", "f9", "f5"):
            await tui.press(key, "escape")
            assert hold(tui).outcome_id == at
        assert {o.outcome for o in await items(tui)} == {K.PENDING}


async def test_something_else_can_be_put_on_the_agenda(path: Path) -> None:
    async with running(path) as tui:
        review = await ask(tui, planned)
        await tui.app.restore([OverviewPage, lambda: SessionPage(review.id)])
        await tui.settle()
        await tui.press("f2")
        assert isinstance(tui.app.screen, ItemPage)
        await tui.type("特許の棚卸し")
        await tui.press("ctrl+s")
        assert [o.title for o in await items(tui)] == ["特許の棚卸し"]
        await tui.press("f5")
        assert "特許の棚卸し" in [o.title for o in await items(tui)]


async def test_keys_that_mean_nothing_for_an_item_are_not_there(path: Path) -> None:
    async with running(path) as tui:
        await begin(tui, path)
        found = await items(tui)
        observation = next(o for o in found if o.observation)
        hold(tui)._turn_to(observation.id)
        await tui.settle()
        assert not hold(tui).check_action("rate", ())
        assert not hold(tui).check_action("accept", ())
        assert not hold(tui).check_action("assign", ())
        assert "F9" not in "".join(tui.screen()[-2:])


async def test_a_reader_sees_and_changes_nothing(held: Path) -> None:
    async with running(held, read_only=True) as tui:
        await tui.press("9")
        assert not tui.app.screen.check_action("add", ())
        await tui.press("enter", "f7")
        assert isinstance(tui.app.screen, MinutesPage)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_room_looks_as_it_should(
    held: Path, picture: Picture, lang: str, size: tuple[int, int]
) -> None:
    ending = f"{lang}.{size[0]}x{size[1]}"

    async def look(tui: Tui, name: str) -> None:
        tui.app.clear_notifications()
        await tui.settle()
        picture(tui, f"{name}.{ending}")
        for bar in tui.app.screen.query(KeyBar):
            assert len(bar._lines) <= 2, bar._lines

    async with running(held, lang, size) as tui:
        exposure = await ask(tui, lambda reg: reg.get("EXP-0001", Exposure))
        await ask(tui, lambda reg: reg.change(exposure, cause="事前確認が書面になった。"))
        await ask(tui, lambda reg: reg.rate(exposure.id, likelihood=4, impact=3, rationale="書面になった。"))
        await tui.press("9", "f2")
        await look(tui, "review-plan")
        review = await ask(tui, planned)
        await tui.app.restore([OverviewPage, ReviewsPage])
        await tui.settle()
        await look(tui, "reviews")
        tui.app.go_to(SessionPage(review.id))
        await tui.settle()
        await look(tui, "review-planned")
        await tui.press("f5")
        await look(tui, "review-agenda")
        await tui.press("f6")
        await look(tui, "review-item")
        await tui.press("pagedown")
        await look(tui, "review-item-below")
        await tui.press("f8")
        await look(tui, "review-assign")
        await tui.press("escape", "f6")
        await look(tui, "review-decide")
        await tui.press("escape", "escape", "f9")
        await look(tui, "review-refused")
        await tui.press("escape")
        now = await ask(tui, lambda reg: reg.get(review.id, Review))
        await ask(tui, lambda reg: session.settle_rest(reg, now, K.NOTED, "説明のとおり"))
        await tui.app.restore([OverviewPage, ReviewsPage, lambda: SessionPage(review.id)])
        await tui.settle()
        await look(tui, "review-settled")
        for decision in await ask(tui, lambda reg: reg.find(Decision, review=review.id)):
            await ask(tui, lambda reg, d=decision: reg.change(d, owner=now.chair, due=date(2026, 12, 20)))
        await tui.app.restore([OverviewPage, ReviewsPage, lambda: SessionPage(review.id)])
        await tui.settle()
        await tui.press("f9")
        await look(tui, "review-close")
        await tui.press("ctrl+s")
        await look(tui, "review-minutes")
        await tui.press("escape", "f8", "enter")
        await look(tui, "review-compare")


@pytest.mark.parametrize("text", TWO)
async def test_brackets_are_literal_in_the_review_room(tmp_path: Path, text: str) -> None:
    path = tmp_path / "v.techguard"
    nasty_vault(path, text)
    async with running(path, "ja", (120, 40)) as tui:
        review = await ask(
            tui,
            lambda reg: session.plan(reg, title=text[:100], scope=text, chair=reg.me.id, planned_minutes=60),
        )
        await tui.app.restore([OverviewPage, ReviewsPage, lambda: SessionPage(review.id)])
        await tui.settle()
        await tui.press("f5", "f6")
        for _n in range(len(await items(tui))):
            tui.straight()
            await tui.press("right")
        for key in ("f3", "f6", "f7", "f8", "f9"):
            await tui.press(key)
            tui.straight()
            await tui.press("escape")
        now = await ask(tui, lambda reg: reg.get(review.id, Review))
        await ask(tui, lambda reg: session.settle_rest(reg, now, K.NOTED, text))
        for decision in await ask(tui, lambda reg: reg.find(Decision, review=review.id)):
            await ask(tui, lambda reg, d=decision: reg.change(d, owner=now.chair, due=date(2026, 12, 20)))
        await ask(tui, lambda reg: session.close(reg, now, conclusion=text, lang="ja"))
        for make in (ReviewsPage, lambda: SessionPage(review.id), lambda: MinutesPage(review.id)):
            await tui.app.restore([OverviewPage, make])
            await tui.settle()
            tui.straight()
        await tui.app.restore([OverviewPage, PlanPage])
        await tui.settle()
        tui.straight()
        assert tui.app.is_running


async def test_the_minutes_can_be_read_to_their_end(held: Path) -> None:
    async with running(held) as tui:
        await tui.press("9", "enter", "f7", "end")
        page = tui.app.screen
        assert isinstance(page, MinutesPage)
        last = [line for line in page.text.splitlines() if line.strip()][-1]
        assert last.strip()[:10] in tui.text()


def test_the_rows_of_an_agenda_say_what_moved() -> None:
    from techguard.tui.screens.review import agenda_line

    moved = Outcome(review="0" * 32, position=1, title="t", outcome=K.RERATED, level_before=5, level_after=3)
    same = Outcome(review="0" * 32, position=2, title="t", level_before=4)
    assert agenda_line(moved).cells[2].text == "5 > 3"
    assert agenda_line(same).cells[2].text == "4"


async def test_a_session_that_is_being_held_stands_first(path: Path) -> None:
    """Who comes back after a fault finds it under the cursor, whatever was planned for later."""

    def prepared(reg: Register) -> None:
        reg.add(Review(title="来期の会", planned_on=date(2027, 3, 9)))
        reg.add(Review(title="途中の会", status=w.ReviewStatus.HELD, held_on=date(2026, 11, 20)))
        reg.add(Review(title="前の会", status=w.ReviewStatus.CLOSED, held_on=date(2026, 6, 10)))

    async with running(path) as tui:
        await tui.app.store.run(prepared)
        await tui.press("9", "enter")
        assert "途中の会" in tui.text()
        await tui.press("escape", "end", "enter")
        assert "前の会" in tui.text()
        assert "F5" not in tui.text(), "it is over, and nothing is drawn for it any more"
