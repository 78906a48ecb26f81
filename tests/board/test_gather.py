"""What a summary says about a real register: what moved and why, what ends, who was there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from techguard import board
from techguard.board import plans
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register
from tests.conftest import Place
from tests.made_up import own_scale

from .readers import needs_poppler, pages_of, squeezed

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


def test_it_is_compared_with_any_earlier_session(
    register: Register, exposure: Rate, session: i.Review
) -> None:
    older = register.add(
        i.Review(title="前々回", status=w.ReviewStatus.CLOSED, held_on=register.today - timedelta(days=150))
    )
    exposure("上がってから変わらない", (200, 2, 3), (100, 4, 4))
    assert moves(summary(register)) == {}
    document = summary(register, since=older.ref)
    assert document.title.since == older.held_on
    assert moves(document) == {"上がってから変わらない": "risen"}
    with pytest.raises(board.NotEarlier):
        summary(register, review=older.ref, since=session.ref)


def test_high_exposures_age_from_when_they_became_high_without_a_break(
    register: Register, exposure: Rate
) -> None:
    exposure("ずっと高い", (400, 4, 4), (200, 5, 5), (10, 4, 4))
    exposure("一度下がった", (400, 5, 5), (200, 2, 2), (100, 4, 5))
    exposure("対策前から高い", (95, 4, 4, w.Basis.INHERENT), (30, 4, 5))
    exposure("解消した", (300, 5, 5), status=w.ExposureStatus.CLOSED)
    ageing = summary(register).movement.ageing
    assert {n.days: n.count for n in ageing.counts} == {0: 0, 90: 2, 180: 0, 365: 1}
    assert ageing.oldest == register.today - timedelta(days=400)
    top = {t.sentence: t.high_since for t in summary(register).top}
    assert top["ずっと高い"] == register.today - timedelta(days=400)
    assert top["一度下がった"] == register.today - timedelta(days=100)


def test_countermeasures_burn_down_by_their_dates(register: Register, exposure: Rate) -> None:
    today = register.today
    for status, due, done_on in (
        (w.CountermeasureStatus.IN_PROGRESS, today + timedelta(days=30), None),
        (w.CountermeasureStatus.APPROVED, today + timedelta(days=200), None),
        (w.CountermeasureStatus.PROPOSED, None, None),
        (w.CountermeasureStatus.IN_PROGRESS, today - timedelta(days=3), None),
        (w.CountermeasureStatus.VERIFIED, today - timedelta(days=3), today - timedelta(days=5)),
        (w.CountermeasureStatus.CANCELLED, today + timedelta(days=30), None),
    ):
        register.add(i.Countermeasure(title="対策", status=status, due=due, done_on=done_on))
    left = summary(register).progress.left
    assert [n.on for n in left] == sorted({n.on for n in left})
    now = next(n for n in left if n.on == today)
    assert (now.open, now.late, now.planned) == (4, 1, False)
    assert not any(n.open for n in left if n.on < today), "the register knew of none then"
    later = [n for n in left if n.on > today]
    assert all(n.planned for n in later)
    assert [n.open for n in later] == [
        2 + sum(d > n.on for d in (today + timedelta(days=30), today + timedelta(days=200))) for n in later
    ]
    assert {n.late for n in later} == {1}


def test_the_leak_map_tells_blank_from_ruled_out(
    register: Register, exposure: Rate, technology: i.Technology
) -> None:
    exposure("高い", (10, 5, 5), route="R01")
    exposure("未評価", route="R04")
    register.add(i.Exclusion(technology=technology.id, route="R02", reason="売却の予定がない。"))
    register.add(i.Technology(code_name="誰も見ていない"))
    found = summary(register).leak_map
    rows = {
        r.technology.text: dict(zip(found.routes, r.levels, strict=True))
        for r in found.listed.rows
        if r.technology
    }
    assert {k: v for k, v in rows["焼結K"].items() if v is not None} == {"R01": 5, "R04": 0, "R02": -1}
    assert set(rows["誰も見ていない"].values()) == {None}
    assert found.blank == 2 * len(found.routes) - 3


def test_money_is_a_range_and_for_the_board_only(register: Register, exposure: Rate) -> None:
    assert summary(register).money is None
    assert not summary(register).limits.money
    one = exposure("見積もった", (10, 4, 5))
    exposure("見積もらない", (10, 4, 4))
    register.add(
        i.Estimate(
            exposure=one.id,
            basis="同業の事例",
            frequency="0.1 / 0.2 / 0.6",
            loss_response="10000000 / 30000000 / 90000000",
            confidence=1,
        )
    )
    register.add(
        i.Countermeasure(
            title="対策",
            exposures=(one.id,),
            status=w.CountermeasureStatus.APPROVED,
            events_left="20 / 40 / 60",
        )
    )
    money = summary(register).money
    assert money is not None
    assert (money.estimated, money.without, money.guesses) == (1, 1, 1)
    assert money.today is None
    assert money.planned is not None
    for year in (money.before, money.planned):
        for figure in (year.p_any, year.p95, year.p99, year.mean):
            assert figure.low <= figure.value <= figure.high
    assert money.planned.mean.value < money.before.mean.value
    assert summary(register).limits.money
    said = board.plain_text(summary(register), "en")
    assert "Not exceeded in 99 of 100 years" in said
    assert "Amounts of money were not estimated" not in said
    for level in (w.RedactionLevel.R2, w.RedactionLevel.R3):
        assert board.compose(register, redaction=level).money is None
    assert board.compose(register, redaction=w.RedactionLevel.R1).money == money


def test_where_nothing_is_estimated_the_next_yen_goes_by_levels(register: Register, exposure: Rate) -> None:
    assert summary(register).plans == ()
    likely = exposure("高い", (10, 4, 4))
    costs = {"安い": 1_000_000, "高い": 9_000_000, "足りない": 500_000}
    for title, cost in costs.items():
        register.add(
            i.Countermeasure(
                title=title,
                exposures=(likely.id,),
                cost_initial=cost,
                design_effect=1 if title == "足りない" else 3,
            )
        )
    (plan,) = summary(register).plans
    assert (plan.by, plan.candidates, plan.cost, plan.gap) == ("levels", 3, 1_000_000, 0)
    assert (plan.high_before, plan.high_after) == (1, 0)
    assert [(m.title, m.chosen, m.reason) for m in plan.listed.rows] == [
        ("安い", True, "chosen"),
        ("高い", False, "nothing_left"),
    ]
    assert plan.without_effect == 1
    assert [(p.cost, p.high) for p in plan.frontier] == [(0, 1), (1_000_000, 0)]
    for level in (w.RedactionLevel.R2, w.RedactionLevel.R3):
        assert board.compose(register, redaction=level).plans == ()


def test_the_plan_by_money_saves_more_than_it_costs(register: Register, exposure: Rate) -> None:
    one = exposure("見積もった", (10, 4, 5))
    register.add(
        i.Estimate(
            exposure=one.id,
            basis="同業の事例",
            frequency="0.1 / 0.2 / 0.6",
            loss_response="10000000 / 30000000 / 90000000",
        )
    )
    for title, cost in (("引き合う", 2_000_000), ("引き合わない", 90_000_000)):
        register.add(
            i.Countermeasure(title=title, exposures=(one.id,), cost_initial=cost, events_left="20 / 40 / 60")
        )
    (plan,) = summary(register).plans
    assert plan.by == "money"
    assert [(m.title, m.chosen, m.reason) for m in plan.listed.rows] == [
        ("引き合う", True, "chosen"),
        ("引き合わない", False, "not_worth"),
    ]
    assert plan.loss_after == pytest.approx(0.4 * plan.loss_before)
    assert plan.years * (plan.loss_before - plan.loss_after) > plan.cost
    assert [p.cost for p in plan.frontier] == [0, 2_000_000, 92_000_000]
    within = {
        budget: [m.title for m in board.compose(register, budget=budget).plans[0].listed.rows if m.chosen]
        for budget in (1_000_000, 2_000_000, 100_000_000)
    }
    assert within == {
        1_000_000: [],
        2_000_000: ["引き合う"],
        100_000_000: ["引き合う", "引き合わない"],
    }, "within a budget, what lowers the loss most, whether or not it pays"
    said = board.plain_text(board.compose(register, budget=2_000_000, lang="en"))
    assert "lower the expected loss most within ¥2 million over 5 years" in said


def test_more_candidates_than_a_reader_waits_for_are_counted(
    register: Register, exposure: Rate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "MOST", 1)
    likely = exposure("高い", (10, 4, 4))
    for cost in (1_000, 2_000):
        register.add(i.Countermeasure(title="対策", exposures=(likely.id,), cost_year=cost, design_effect=3))
    (plan,) = summary(register).plans
    assert (plan.too_many, plan.candidates, plan.listed.rows) == (True, 2, ())


def test_indicators_come_with_what_the_sessions_before_kept(register: Register) -> None:
    for days, kept in ((150, "K03 4"), (60, "K03 2")):
        register.add(
            i.Review(
                title="前",
                status=w.ReviewStatus.CLOSED,
                held_on=register.today - timedelta(days=days),
                indicators=(kept, "K07 1"),
            )
        )
    indicators = {k.id: k for k in summary(register).indicators}
    assert indicators["K03"].trend == (4, 2)
    assert indicators["K03"].previous == 2
    assert indicators["K13"].trend == (None, None)


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


@needs_poppler
@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("upright", ["likelihood", "impact"])
def test_the_matrix_of_ones_own_scale_is_printed_as_the_company_draws_it(
    register: Register, exposure: Rate, upright: str, lang: Any
) -> None:
    """Six likelihoods, four impacts, in the company's words, with the axis upwards that it chose."""
    likelihoods = ("皆無", "まれ", "時々", "たびたび", "頻繁", "常時")
    impacts = ("軽微", "中程度", "重大", "壊滅的")
    register.add(
        own_scale(
            likelihood_steps=likelihoods,
            impact_steps=impacts,
            matrix=("1 1 2 3", "1 2 2 3", "1 2 3 4", "2 3 4 4", "2 3 4 5", "3 4 5 5"),
            level_names=("青", "緑", "黄", "橙", "赤"),
            upright=upright,
        )
    )
    exposure("資産査定", (3, 6, 4), route="R02")
    made = summary(register, lang=lang)
    front = pages_of(board.render(made))[0]
    rows, across = (likelihoods, impacts) if upright == "likelihood" else (impacts, likelihoods)
    places = [front.index(squeezed(name)) for name in rows[::-1]]
    assert places == sorted(places)  # the highest step on top
    assert all(squeezed(name) in front for name in across)
    assert "赤" in front
    assert (made.heat_map.upright, len(made.heat_map.cells)) == (upright, 24)


def test_agreements_are_counted_by_the_quarter_in_which_they_end(register: Register) -> None:
    deal = register.add(i.Engagement(title="共同研究"))
    today = register.today
    for days, kind in (
        (-3, w.AgreementType.NDA),
        (1, w.AgreementType.NDA),
        (2, w.AgreementType.JRA),
        (150, w.AgreementType.NDA),
        (900, w.AgreementType.NDA),
    ):
        register.add(i.Agreement(engagement=deal.id, type=kind, expires_on=today + timedelta(days=days)))
    ahead = summary(register).agreements_ahead
    assert [n.on for n in ahead] == sorted({n.on for n in ahead})
    assert all((n.on + timedelta(days=1)).day == 1 and n.on.month % 3 == 0 for n in ahead)
    assert (ahead[0].count, ahead[0].ndas) == (2, 1)
    assert (sum(n.count for n in ahead), sum(n.ndas for n in ahead)) == (3, 2)
    statistics = board.compose(register, redaction=w.RedactionLevel.R3)
    assert statistics.agreements_ahead == ahead
