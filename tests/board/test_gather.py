"""What a summary says about a real register: what moved and why, what ends, who was there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from techguard import board
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register
from tests.conftest import Place

Rate = Callable[..., i.Exposure]


@pytest.fixture
def technology(register: Register) -> i.Technology:
    return register.add(i.Technology(code_name="焼結K", criticality_confirmed=w.Criticality.S))


@pytest.fixture
def exposure(register: Register, technology: i.Technology) -> Rate:
    """Makes an exposure with ratings: (days ago, likelihood, impact[, basis])."""

    def make(title: str, *ratings: tuple[Any, ...], **fields: Any) -> i.Exposure:
        made = register.add(i.Exposure(technology=technology.id, title=title, **({"route": "R01"} | fields)))
        for days, likelihood, impact, *basis in ratings:
            register.rate(
                made,
                likelihood=likelihood,
                impact=impact,
                basis=basis[0] if basis else w.Basis.CURRENT,
                rationale=f"{title} {days}",
                rated_on=register.today - timedelta(days=days),
            )
        return register.get(made.id, i.Exposure)

    return make


@pytest.fixture
def session(register: Register) -> i.Review:
    """A session held 60 days ago."""
    return register.add(
        i.Review(title="前回", status=w.ReviewStatus.CLOSED, held_on=register.today - timedelta(days=60))
    )


def summary(register: Register, **how: Any) -> board.BoardSummary:
    return board.compose(register, redaction=w.RedactionLevel.R0, **how)


def moves(document: board.BoardSummary) -> dict[str, str]:
    return {m.sentence: m.movement for m in document.movement.listed.rows}


def test_what_moved_since_the_session_before(register: Register, exposure: Rate, session: i.Review) -> None:
    exposure("上がった", (90, 2, 3), (5, 4, 5))
    exposure("下がった", (90, 4, 5), (5, 2, 2))
    exposure("初めて", (5, 3, 3))
    exposure("同じ", (90, 3, 3), (5, 3, 3))
    exposure("前に動いた", (200, 1, 1), (90, 5, 5))
    exposure("期待だけ", (90, 4, 4), (5, 1, 1, w.Basis.TARGET))
    exposure("対策前の評価だけ後", (90, 3, 4), (5, 5, 5, w.Basis.INHERENT))
    gone = exposure("なくなった", (90, 4, 4), (5, 4, 4))
    register.change(gone, status=w.ExposureStatus.CLOSED)
    document = summary(register)
    assert moves(document) == {
        "上がった": "risen",
        "下がった": "fallen",
        "初めて": "new",
        "なくなった": "closed",
    }
    m = document.movement
    assert (m.new, m.risen, m.fallen, m.closed) == (1, 1, 1, 1)
    risen = m.listed.rows[0]
    assert risen.sentence == "上がった", "the worst first"
    assert risen.change is not None
    assert (risen.level_before, risen.level) == (2, 5)
    assert (risen.change.likelihood_before, risen.change.likelihood_now) == (2, 4)
    assert risen.change.reason == "上がった 5"


def test_the_heat_map_shows_what_came_and_went(register: Register, exposure: Rate, session: i.Review) -> None:
    exposure("上がった", (90, 2, 3), (5, 4, 5))
    exposure("初めて", (5, 4, 5))
    cells = {(c.likelihood, c.impact): c for c in summary(register).heat_map.cells}
    assert (cells[4, 5].count, cells[4, 5].entered, cells[4, 5].left) == (2, 2, 0)
    assert (cells[2, 3].count, cells[2, 3].entered, cells[2, 3].left) == (0, 0, 1)
    assert sum(c.count for c in cells.values()) == 2


def test_closing_without_a_new_rating_counts_too(place: Place) -> None:
    with place.open() as register:
        technology = register.add(i.Technology(code_name="焼結K"))
        known = register.add(i.Exposure(technology=technology.id, title="古い"))
        place.clock.turn(30)
        register.add(i.Review(title="前回", status=w.ReviewStatus.CLOSED, held_on=register.today))
        place.clock.turn(30)
        register.change(known, status=w.ExposureStatus.CLOSED)
        born_closed = register.add(i.Exposure(technology=technology.id, title="後で取り込んだ"))
        register.change(born_closed, status=w.ExposureStatus.CLOSED)
        assert moves(summary(register)) == {"古い": "closed"}


def test_the_worst_five_come_with_owner_date_and_measures(
    register: Register, exposure: Rate, technology: i.Technology
) -> None:
    engagement = register.add(i.Engagement(title="出資", kind=w.EngagementKind.CAPITAL_ALLIANCE))
    for days in (50, 12):
        register.add(
            i.Milestone(
                engagement=engagement.id,
                label="締結",
                kind=w.MilestoneKind.SIGNING,
                on=register.today + timedelta(days=days),
            )
        )
    register.add(
        i.Milestone(engagement=engagement.id, label="済", on=register.today - timedelta(days=3), done=True)
    )
    worst = exposure("最悪", (1, 5, 5), engagement=engagement.id, owner=register.me.id)
    for n in range(7):
        exposure(f"ほか{n}", (1, 2, 3))
    for status in (w.CountermeasureStatus.VERIFIED, w.CountermeasureStatus.PROPOSED):
        register.add(i.Countermeasure(title="対策", exposures=(worst.id,), status=status, catalog_id="CM01"))
    document = summary(register)
    assert len(document.top) == 5
    first = document.top[0]
    assert first.sentence == "最悪"
    assert first.urgency == 4
    assert first.urgency_on == register.today + timedelta(days=12)
    assert first.owner is not None
    assert first.owner.text == register.me.name
    assert (first.measures_done, first.measures_total, first.measures) == (1, 2, ("CM01",))
    assert first.criticality is w.Criticality.S
    (deal,) = document.capital.rows
    assert (deal.highest_level, deal.exposures, deal.next_on) == (5, 1, first.urgency_on)


def test_acceptances_that_end_are_told_unless_renewed_or_closed(register: Register, exposure: Rate) -> None:
    def accept(title: str, *days: int) -> i.Exposure:
        accepted = exposure(title, (300, 2, 2))
        for until in days:
            register.add(
                i.Acceptance(
                    exposure=accepted.id,
                    accepted_by=register.me.id,
                    accepted_role=w.AcceptanceRole.BOARD,
                    accepted_on=register.today - timedelta(days=250),
                    valid_until=register.today + timedelta(days=until),
                    reason="理由",
                )
            )
        return register.get(accepted.id, i.Exposure)

    accept("切れた", -10)
    accept("もうすぐ", 30)
    accept("先", 200)
    accept("更新済み", -10, 200)
    register.change(accept("解消済み", -10), status=w.ExposureStatus.CLOSED)
    told = summary(register).acceptances
    assert {(a.sentence, a.ended) for a in told.ending.rows} == {("切れた", True), ("もうすぐ", False)}
    assert told.ended == 1


def test_agreements_count_while_something_is_exposed(register: Register, exposure: Rate) -> None:
    live = register.add(i.Engagement(title="生きている"))
    dead = register.add(i.Engagement(title="終わった"))
    exposure("露出", (1, 3, 4), engagement=live.id)
    for engagement in (live, dead):
        for type_, days in (
            (w.AgreementType.NDA, -800),
            (w.AgreementType.JRA, 60),
            (w.AgreementType.JRA, 200),
        ):
            register.add(
                i.Agreement(
                    engagement=engagement.id, type=type_, expires_on=register.today + timedelta(days=days)
                )
            )
    told = summary(register).agreements
    assert [(a.type, a.ended, a.highest_level) for a in told.rows] == [
        (w.AgreementType.NDA, True, 4),
        (w.AgreementType.JRA, False, 4),
    ]
    assert told.total == 2


def test_who_was_absent_and_what_was_not_rated(
    register: Register, technology: i.Technology, session: i.Review
) -> None:
    people = [
        register.add(i.Person(name=d.value, department=d))
        for d in (w.Department.LEGAL, w.Department.RND, w.Department.PLANNING)
    ]
    register.add(
        i.Review(title="今回", status=w.ReviewStatus.IN_PREPARATION, attendees=tuple(p.id for p in people))
    )
    register.add(i.Exposure(technology=technology.id, title="未評価"))
    document = summary(register)
    assert document.title.session == "今回"
    assert document.title.since == session.held_on
    assert document.limits.absent == (w.Department.EXECUTIVE, w.Department.HR, w.Department.PRODUCTION)
    assert document.limits.unrated == document.heat_map.unrated == 1


def test_a_session_can_be_chosen(register: Register, session: i.Review) -> None:
    older = register.add(
        i.Review(title="前々回", status=w.ReviewStatus.CLOSED, held_on=register.today - timedelta(days=150))
    )
    document = summary(register, review=session.ref)
    assert document.title.session == "前回"
    assert document.title.since == older.held_on


def test_the_newest_answer_of_a_checklist_counts(register: Register) -> None:
    for days, answer, grounds in ((9, w.Answer.YES, ""), (1, w.Answer.NO, "")):
        register.add(
            i.ChecklistAnswer(
                item="TLP-ウ-1",
                answer=answer,
                evidence=grounds,
                as_of=register.today - timedelta(days=days),
            )
        )
    states = {c.id: c for c in summary(register).checklists}
    tlp = states["TLP"]
    assert (tlp.yes, tlp.no, tlp.unanswered) == (0, 1, tlp.items - 1)
    assert states["3S"].unanswered == states["3S"].items, "official lists are shown even when not begun"


def test_long_lists_are_cut_and_counted(register: Register, exposure: Rate) -> None:
    with register.act():
        for n in range(22):
            register.add(i.Decision(title=f"決定{n}"))
    decisions = summary(register).decisions
    assert (len(decisions.rows), decisions.total) == (15, 22)


def test_the_digest_is_that_of_the_register(register: Register) -> None:
    record = summary(register).record
    assert (record.sequence, record.snapshot) == register.head
