"""Rating and accepting: what the guideline's reader may rely on when she sees a level."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techguard.domain import errors
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.scales import Scale
from techguard.domain.words import AcceptanceRole, Basis, ImpactDimension
from techguard.register import Register
from tests.conftest import Place


@pytest.fixture
def exposure(register: Register) -> i.Exposure:
    technology = register.add(i.Technology(code_name="焼結"))
    return register.add(i.Exposure(technology=technology.id, title="流出", route="R01"))


def now(register: Register, exposure: i.Exposure) -> i.Exposure:
    return register.get(exposure.id, i.Exposure)


def test_a_rating_gives_the_exposure_its_level_and_its_next_look(
    register: Register, exposure: i.Exposure
) -> None:
    rating = register.rate(
        exposure,
        likelihood=3,
        impacts={ImpactDimension.MARKET: 4, ImpactDimension.FINANCIAL: 2},
        rationale="同業で発生した",
        confidence=2,
        urgency=3,
    )
    found = now(register, exposure)
    assert (rating.impact, rating.impact_driver, rating.level) == (4, ImpactDimension.MARKET, 4)
    assert (found.likelihood, found.impact, found.level) == (3, 4, 4)
    assert (found.impact_driver, found.basis, found.confidence) == (ImpactDimension.MARKET, Basis.CURRENT, 2)
    assert (found.status, found.urgency, found.rated_on) == (w.ExposureStatus.RATED, 3, register.today)
    assert found.next_review == register.today + timedelta(days=90)
    assert (rating.rated_by, rating.scale_edition) == (register.me.id, register.scale.edition)


def test_a_target_is_a_hope_and_does_not_stand(register: Register, exposure: i.Exposure) -> None:
    register.rate(exposure, likelihood=4, impact=5, rationale="対策前", basis=Basis.INHERENT)
    register.rate(exposure, likelihood=1, impact=1, rationale="計画", basis=Basis.TARGET)
    found = now(register, exposure)
    assert (found.level, found.basis, found.inherent_level, found.target_level) == (5, Basis.INHERENT, 5, 1)
    register.rate(exposure, likelihood=5, impact=3, rationale="現状")
    found = now(register, exposure)
    assert (found.level, found.basis, found.inherent_level, found.target_level) == (4, Basis.CURRENT, 5, 1)


def test_a_rating_of_an_earlier_day_is_kept_and_does_not_stand(
    register: Register, exposure: i.Exposure
) -> None:
    register.rate(exposure, likelihood=5, impact=5, rationale="今日")
    register.rate(exposure, likelihood=1, impact=1, rationale="昨年", rated_on=date(2025, 11, 23))
    found = now(register, exposure)
    assert (found.level, found.rated_on) == (5, register.today)
    assert found.next_review == register.today + timedelta(days=90), "from the rating that stands"
    assert [r.rationale for r in register.ratings(exposure)] == ["昨年", "今日"]


def test_half_a_rating_has_no_level(register: Register, exposure: i.Exposure) -> None:
    register.rate(exposure, likelihood=None, impact=4, rationale="可能性は未定")
    found = now(register, exposure)
    assert (found.level, found.impact, found.status) == (None, 4, w.ExposureStatus.IDENTIFIED)


@pytest.mark.parametrize(
    "wrong", [{"likelihood": 6, "impact": 1}, {"likelihood": 1, "impact": 0}, {"rationale": ""}]
)
def test_a_rating_within_its_scale_and_with_a_reason(
    register: Register, exposure: i.Exposure, wrong: dict[str, Any]
) -> None:
    with pytest.raises(errors.Invalid):
        register.rate(exposure, **({"likelihood": 1, "impact": 1, "rationale": "r"} | wrong))
    assert register.count("ratings") == 0


def measure(
    register: Register, exposure: i.Exposure, operating: int | None, **fields: Any
) -> i.Countermeasure:
    fields.setdefault("status", w.CountermeasureStatus.IMPLEMENTED)
    return register.add(
        i.Countermeasure(title="開示記録", exposures=(exposure.id,), operating_effect=operating, **fields)
    )


@pytest.mark.parametrize(("operating", "lowest"), [(None, 4), (0, 4), (1, 4), (2, 3), (3, 2), (4, 2)])
def test_an_untested_control_cannot_lower_a_rating(
    register: Register, exposure: i.Exposure, operating: int | None, lowest: int
) -> None:
    register.rate(exposure, likelihood=4, impact=4, rationale="対策前", basis=Basis.INHERENT)
    measure(register, exposure, operating)
    assert register.lowest_current(exposure.id) == lowest
    before = register.head
    with pytest.raises(errors.UntestedControl) as caught:
        register.rate(exposure, likelihood=lowest - 1, impact=4, rationale="楽観")
    assert caught.value.facts == {"lowest": lowest, "inherent": 4}
    assert register.head == before
    register.rate(exposure, likelihood=lowest - 1, impact=4, rationale="計画", basis=Basis.TARGET)
    assert register.rate(exposure, likelihood=lowest, impact=4, rationale="検証済").likelihood == lowest


def test_a_control_of_another_exposure_or_not_in_force_earns_nothing(
    register: Register, exposure: i.Exposure
) -> None:
    other = register.add(i.Exposure(technology=exposure.technology, title="別の経路"))
    register.rate(exposure, likelihood=4, impact=4, rationale="対策前", basis=Basis.INHERENT)
    measure(register, other, 4)
    measure(register, exposure, 4, status=w.CountermeasureStatus.IN_PROGRESS)
    measure(register, exposure, 4, status=w.CountermeasureStatus.INEFFECTIVE)
    gone = measure(register, exposure, 4)
    assert register.lowest_current(exposure.id) == 2
    register.remove(gone)
    assert register.lowest_current(exposure.id) == 4


def test_without_a_rating_before_controls_there_is_nothing_to_lower(
    register: Register, exposure: i.Exposure
) -> None:
    register.rate(exposure, likelihood=None, impact=3, rationale="未定", basis=Basis.INHERENT)
    assert register.rate(exposure, likelihood=1, impact=3, rationale="現状").level == 2


def accept(register: Register, exposure: i.Exposure, role: AcceptanceRole, days: int = 90) -> i.Acceptance:
    return register.accept(
        exposure,
        by=register.me.id,
        role=role,
        reason="契約改定まで",
        until=register.today + timedelta(days=days),
        conditions="四半期ごとに確認",
    )


@pytest.mark.parametrize(
    ("likelihood", "impact", "level", "roles"),
    [(1, 1, 1, "mob"), (3, 3, 3, "mob"), (1, 5, 4, "ob"), (5, 5, 5, "b")],
)
def test_only_who_may_accept_a_level_accepts_it(
    register: Register, exposure: i.Exposure, likelihood: int, impact: int, level: int, roles: str
) -> None:
    register.rate(exposure, likelihood=likelihood, impact=impact, rationale="r")
    for role in AcceptanceRole:
        if str(role)[0] in roles:
            accepted = accept(register, exposure, role)
            assert (accepted.level_at, accepted.likelihood_at, accepted.impact_at) == (
                level,
                likelihood,
                impact,
            )
        else:
            before = register.head
            with pytest.raises(errors.NotEntitled):
                accept(register, exposure, role)
            assert register.head == before
    found = now(register, exposure)
    assert (found.status, found.treatment) == (w.ExposureStatus.ACCEPTED, w.Treatment.ACCEPT)


def test_what_is_not_rated_cannot_be_accepted(register: Register, exposure: i.Exposure) -> None:
    with pytest.raises(errors.NothingToAccept):
        accept(register, exposure, AcceptanceRole.BOARD)


def test_an_acceptance_expires(register: Register, exposure: i.Exposure) -> None:
    register.rate(exposure, likelihood=1, impact=1, rationale="r")
    for days in (0, -1):
        with pytest.raises(errors.Invalid) as caught:
            accept(register, exposure, AcceptanceRole.BOARD, days)
        assert [p.message for p in caught.value.problems] == [errors.EXPIRES_FIRST]


def test_a_rating_that_is_removed_stands_no_more(register: Register, exposure: i.Exposure) -> None:
    register.rate(exposure, likelihood=2, impact=2, rationale="前")
    wrong = register.rate(exposure, likelihood=5, impact=5, rationale="誤り")
    register.remove(wrong)
    assert now(register, exposure).level == 2
    register.restore(wrong.ref)
    assert now(register, exposure).level == 5
    assert register.verify().ok


# Urgency


def test_dates_press_on_what_the_engagement_touches(register: Register, place: Place) -> None:
    deal = register.add(i.Engagement(title="共同研究"))
    technology = register.add(i.Technology(code_name="焼結"))
    x = register.add(i.Exposure(technology=technology.id, title="流出", engagement=deal.id))
    signing = register.add(
        i.Milestone(engagement=deal.id, label="署名", on=register.today + timedelta(days=91))
    )
    assert register.urgency(x) == 2
    place.clock.turn(1)
    assert register.urgency(x) == 3
    register.rate(x, likelihood=1, impact=1, rationale="r", urgency=5)
    assert register.urgency(now(register, x)) == 5, "what was stated is never lowered"
    x = register.add(i.Exposure(technology=technology.id, title="別", engagement=deal.id))
    place.clock.turn(365)
    assert register.urgency(x) == 4, "a date that has passed unmarked still presses"
    register.change(signing, done=True)
    assert register.urgency(x) == 1


@pytest.mark.parametrize(
    ("kind", "status", "urgency"),
    [
        ("incident", "open", 5),
        ("incident", "suspected", 5),
        ("incident", "confirmed", 5),
        ("incident", "closed", 1),
        ("incident", "unfounded", 1),
        ("sign", "open", 1),
        ("sign", "escalated", 5),
        ("sign", "explained", 1),
    ],
)
def test_an_incident_or_an_escalated_sign_is_immediate(
    register: Register, exposure: i.Exposure, kind: str, status: str, urgency: int
) -> None:
    register.add(
        i.Observation(
            title="大量取得",
            exposure=exposure.id,
            kind=w.ObservationKind(kind),
            status=w.ObservationStatus(status),
        )
    )
    assert register.urgency(exposure) == urgency


def test_what_is_pressing_now_is_among_the_worst_however_many_there_are(register: Register) -> None:
    """The date of one among two hundred of the same level must lift it to the top."""
    deal = i.Engagement(title="売却")
    technology = i.Technology(code_name="焼結")
    many = [
        i.Exposure(technology=technology.id, title=f"流出 {n}", engagement=deal.id if n == 49 else None)
        for n in range(200)
    ]
    ratings = [i.Rating(exposure=x.id, likelihood=5, impact=5, urgency=1, rationale="r") for x in many]
    signing = i.Milestone(engagement=deal.id, label="署名", on=register.today)
    register.bulk([deal, technology, *many, *ratings, signing])
    refs = [row.item.ref for row in register.overview().top]
    assert refs == ["EXP-0050", "EXP-0001", "EXP-0002", "EXP-0003", "EXP-0004"]


@pytest.mark.parametrize("limit", [1, 3, 5, 20])
def test_no_urgency_stands_with_the_lowest_among_the_worst(register: Register, limit: int) -> None:
    technology = i.Technology(code_name="焼結")
    stated = [(5, None, 5), (5, 1, 4), (5, None, 3), (5, 2, 3), (4, 5, 5), (5, 1, 5), (4, None, 4)]
    many = [i.Exposure(technology=technology.id, title=f"流出 {n}") for n in range(len(stated))]
    register.bulk([technology, *many])
    with register._store.transaction() as connection:
        for n, values in enumerate(stated, start=1):
            connection.exec_driver_sql(
                "UPDATE exposures SET level = ?, urgency = ?, impact = ? WHERE n = ?", (*values, n)
            )
    order = sorted(range(len(stated)), key=lambda n: (-stated[n][0], -(stated[n][1] or 1), -stated[n][2], n))
    assert [row.item.ref for row in register.worst(limit)] == [f"EXP-{n + 1:04d}" for n in order[:limit]]


# The matrix, for any likelihood and impact


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(likelihood=st.integers(1, 5), impact=st.integers(1, 5))
def test_the_level_is_the_matrix_s(
    register: Register, exposure: i.Exposure, likelihood: int, impact: int
) -> None:
    rating = register.rate(exposure, likelihood=likelihood, impact=impact, rationale="r")
    assert rating.level == Scale(edition="x").level(likelihood, impact) == now(register, exposure).level
