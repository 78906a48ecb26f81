"""The rules a legal head relies on when she signs: class, level, urgency, credit, acceptance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from techguard.domain import rules
from techguard.domain.items import Countermeasure, Counterparty, Milestone, Rating, Technology
from techguard.domain.rules import (
    SCORES,
    credit,
    highest,
    judge,
    may_accept,
    movement,
    standing,
    threat,
    zone,
)
from techguard.domain.scales import Scale
from techguard.domain.words import (
    AcceptanceRole,
    Basis,
    CountermeasureStatus,
    Criticality,
    ImpactDimension,
    Zone,
)

SCALE = Scale(edition="test")
TODAY = date(2026, 11, 23)
SCORED = st.fixed_dictionaries({name: st.integers(0, 4) for name in SCORES})
PARTLY = st.fixed_dictionaries({name: st.none() | st.integers(0, 4) for name in SCORES})
FACTOR = st.integers(1, 4)


# Class


def scores(total: int, **fixed: int) -> dict[str, int]:
    """Six scores of one sum that do not meet the override."""
    made = dict.fromkeys(SCORES, 0) | fixed
    for name in SCORES:
        if name not in fixed:
            made[name] = min(3 if name == "national_base" else 4, total - sum(made.values()))
    assert sum(made.values()) == total
    return made


@pytest.mark.parametrize(
    ("total", "expected"),
    [(0, "C"), (7, "C"), (8, "B"), (13, "B"), (14, "A"), (19, "A"), (20, "S"), (23, "S")],
)
def test_class_follows_the_sum_at_every_threshold(total: int, expected: str) -> None:
    found = judge(scores(total))
    assert (str(found.proposed), found.total, found.by_override) == (expected, total, False)


def test_what_cannot_be_replaced_and_carries_the_national_base_is_s_whatever_the_sum() -> None:
    found = judge(dict.fromkeys(SCORES, 0) | {"non_substitutability": 4, "national_base": 4})
    assert found.proposed is Criticality.S
    assert found.by_override
    early = judge({"non_substitutability": 4, "national_base": 4})
    assert early.proposed is Criticality.S, "it need not wait for the other four scores"


@given(PARTLY)
def test_no_class_is_proposed_from_half_a_judgement(given_: dict[str, int | None]) -> None:
    found = judge(given_)
    if None in given_.values():
        total = sum(v or 0 for v in given_.values())
        override = given_["non_substitutability"] == 4 == given_["national_base"]
        assert (found.proposed is None) == (total < 20 and not override)


@given(SCORED, st.sampled_from(SCORES))
def test_a_higher_score_never_lowers_the_class(given_: dict[str, int], name: str) -> None:
    order = [Criticality.C, Criticality.B, Criticality.A, Criticality.S]
    higher = given_ | {name: min(4, given_[name] + 1)}
    before, after = judge(given_).proposed, judge(higher).proposed
    assert before is not None
    assert after is not None
    assert order.index(after) >= order.index(before)


def test_a_person_s_judgement_stands_in_place_of_the_proposal() -> None:
    high: dict[str, Any] = dict.fromkeys(SCORES, 4)
    assert rules.criticality(Technology(code_name="x", **high)) is Criticality.S
    confirmed = Technology(code_name="x", criticality_confirmed=Criticality.C, **high)
    assert rules.criticality(confirmed) is Criticality.C
    assert rules.derive_technology(confirmed).criticality is Criticality.C


# Impact and level


@given(st.dictionaries(st.sampled_from(list(ImpactDimension)), st.none() | st.integers(1, 5)))
def test_impact_is_the_highest_dimension_and_names_it(dimensions: dict[ImpactDimension, int | None]) -> None:
    impact, driver = highest(dimensions)
    numbers = [n for n in dimensions.values() if n is not None]
    assert impact == max(numbers, default=None)
    assert (driver is None) == (not numbers)
    if driver is not None:
        assert dimensions[driver] == impact


def test_the_matrix_is_the_one_that_was_agreed() -> None:
    assert [[SCALE.level(likelihood, i) for i in range(1, 6)] for likelihood in range(1, 6)] == [
        [1, 1, 2, 3, 4],
        [1, 2, 2, 3, 4],
        [1, 2, 3, 4, 5],
        [2, 3, 4, 4, 5],
        [2, 3, 4, 5, 5],
    ]


def test_the_rare_but_irreversible_needs_an_executive_s_decision() -> None:
    level = SCALE.level(1, 5)
    assert level is not None
    assert level >= SCALE.high_from


def test_an_unrated_half_gives_no_level() -> None:
    assert SCALE.level(None, 5) is None
    assert SCALE.level(3, None) is None


@pytest.mark.parametrize("matrix", [((2, 1), (2, 3)), ((1, 2), (1, 1)), ((1, 2), (1,))])
def test_a_matrix_that_falls_as_risk_rises_is_refused(matrix: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValidationError):
        Scale(edition="x", matrix=matrix)


# Counterparties


@given(FACTOR, FACTOR, FACTOR, FACTOR)
def test_threat_grows_with_access_and_shrinks_with_trust(d: int, p: int, m: int, t: int) -> None:
    value = threat(d, p, m, t)
    assert value == Decimal(d * p) / Decimal(m * t)
    assert value is not None
    for more in ((min(4, d + 1), p, m, t), (d, min(4, p + 1), m, t)):
        assert (threat(*more) or 0) >= value
    for less in ((d, p, min(4, m + 1), t), (d, p, m, min(4, t + 1))):
        assert (threat(*less) or 9) <= value


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0", "control"), ("0.4999", "control"), ("0.5", "watch"), ("1.4999", "watch"), ("1.5", "danger")],
)
def test_zones_begin_where_they_should(value: str, expected: str) -> None:
    assert str(zone(Decimal(value), SCALE)) == expected


def test_a_counterparty_is_in_no_zone_until_all_four_factors_are_known() -> None:
    assert threat(1, None, 2, 3) is None
    assert zone(None, SCALE) is None


def test_after_measures_what_was_not_restated_is_as_today() -> None:
    known = Counterparty(name="x", dependency=4, penetration=3, maturity=1, trust=2, target_maturity=4)
    derived = rules.derive_counterparty(known, SCALE)
    assert (derived.threat, derived.zone, derived.target_zone) == (Decimal(6), Zone.DANGER, Zone.DANGER)
    better = rules.derive_counterparty(known.changed(target_penetration=1, target_trust=4), SCALE)
    assert better.target_zone is Zone.CONTROL
    untouched = rules.derive_counterparty(Counterparty(name="x", dependency=1), SCALE)
    assert (untouched.threat, untouched.zone, untouched.target_zone) == (None, None, None)


# Controls


def control(status: str = "implemented", operating: int | None = 4, design: int | None = 4) -> Countermeasure:
    return Countermeasure(
        title="x",
        status=CountermeasureStatus(status),
        operating_effect=operating,
        design_effect=design,
    )


@pytest.mark.parametrize(("operating", "steps"), [(None, 0), (0, 0), (1, 0), (2, 1), (3, 2), (4, 2)])
def test_only_a_test_lowers_a_likelihood(operating: int | None, steps: int) -> None:
    assert credit([control(operating=operating)]) == steps


@pytest.mark.parametrize("status", list(CountermeasureStatus))
def test_only_what_is_in_force_counts(status: CountermeasureStatus) -> None:
    in_force = status in {CountermeasureStatus.IMPLEMENTED, CountermeasureStatus.VERIFIED}
    assert credit([control(status=str(status))]) == (2 if in_force else 0)


def test_a_control_that_does_nothing_by_design_earns_nothing() -> None:
    assert credit([control(design=0)]) == 0
    assert credit([control(design=None)]) == 2


@given(st.lists(st.sampled_from([0, 1, 2, 3, 4]), max_size=8))
def test_many_controls_earn_no_more_than_the_best_of_them(effects: list[int]) -> None:
    controls = [control(operating=e) for e in effects]
    assert credit(controls) == max((credit([c]) for c in controls), default=0) <= 2
    for inherent in range(1, 6):
        assert rules.lowest_current(inherent, controls) == max(1, inherent - credit(controls))


# Urgency


def event(days: int, *, done: bool = False) -> Milestone:
    return Milestone(engagement="0" * 32, label="署名", on=TODAY + timedelta(days=days), done=done)


@pytest.mark.parametrize(
    ("days", "floor"),
    [(0, 4), (30, 4), (31, 3), (90, 3), (91, 2), (180, 2), (181, 1), (3650, 1), (-1, 4), (-3650, 4)],
)
def test_a_date_presses_the_more_the_nearer_it_is_and_a_missed_one_as_today(days: int, floor: int) -> None:
    assert rules.urgency_floor([event(days)], TODAY, SCALE) == floor
    assert rules.floor_for_date(TODAY + timedelta(days=days), TODAY, SCALE) == floor


def test_a_past_event_that_was_marked_as_past_presses_no_more() -> None:
    assert rules.urgency_floor([event(-5, done=True), event(120)], TODAY, SCALE) == 2


def test_what_is_under_way_is_immediate() -> None:
    assert rules.urgency_floor([], TODAY, SCALE, under_way=True) == 5
    assert rules.urgency_floor([], TODAY, SCALE) == 1


@given(st.lists(st.integers(-400, 400), max_size=6))
def test_the_nearest_date_decides(days: list[int]) -> None:
    each = [rules.urgency_floor([event(d)], TODAY, SCALE) for d in days]
    assert rules.urgency_floor([event(d) for d in days], TODAY, SCALE) == max(each, default=1)


# Acceptance, review, movement


@pytest.mark.parametrize("level", [None, 1, 2, 3, 4, 5])
def test_level_four_needs_an_officer_and_level_five_the_board(level: int | None) -> None:
    allowed = {str(role) for role in AcceptanceRole if may_accept(role, level, Scale(edition="x"))}
    assert allowed == {
        4: {"officer", "board"},
        5: {"board"},
    }.get(level or 0, {"manager", "officer", "board"})


def test_the_higher_the_level_the_sooner_it_is_looked_at_again() -> None:
    days = [(rules.next_review(level, TODAY, SCALE) - TODAY).days for level in (1, 2, 3, 4, 5)]
    assert days == sorted(days, reverse=True)
    assert rules.next_review(None, TODAY, SCALE) == rules.next_review(5, TODAY, SCALE)


def test_movement_is_said_as_a_reader_would() -> None:
    known: Mapping[tuple[int | None, int | None], str] = {
        (None, 3): "new",
        (2, 3): "risen",
        (3, 2): "fallen",
        (3, 3): "same",
        (3, None): "same",
        (None, None): "same",
    }
    for (before, now), word in known.items():
        assert movement(before, now) == word


# What an exposure repeats of its ratings


def rating(basis: Basis, level: int, on: date | None = TODAY) -> Rating:
    return Rating(
        exposure="0" * 32, basis=basis, likelihood=level, impact=1, level=level, rationale="r", rated_on=on
    )


RATINGS = st.lists(
    st.builds(
        rating,
        st.sampled_from(list(Basis)),
        st.integers(1, 5),
        st.none() | st.integers(0, 3).map(lambda n: TODAY + timedelta(days=n)),
    ),
    max_size=8,
)


@given(RATINGS)
def test_the_newest_current_rating_stands_else_the_newest_inherent_one_and_never_a_hope(
    ratings: list[Rating],
) -> None:
    def newest(basis: Basis) -> Rating | None:
        dated = [(r.rated_on or date.min, n, r) for n, r in enumerate(ratings) if r.basis is basis]
        return max(dated, key=lambda found: found[:2])[2] if dated else None

    found = standing(ratings)
    now = newest(Basis.CURRENT) or newest(Basis.INHERENT)
    assert found["basis"] == (now and now.basis)
    assert found["level"] == (now and now.level)
    assert found["rated_on"] == (now and now.rated_on)
    inherent, target = newest(Basis.INHERENT), newest(Basis.TARGET)
    assert found["inherent_level"] == (inherent and inherent.level)
    assert found["target_level"] == (target and target.level)


def test_a_path_tells_only_the_days_on_which_the_level_changed() -> None:
    day = [TODAY + timedelta(days=n) for n in range(4)]
    told = rules.path(
        [
            rating(Basis.INHERENT, 5, day[0]),
            rating(Basis.CURRENT, 5, day[1]),
            rating(Basis.TARGET, 1, day[1]),
            rating(Basis.CURRENT, 3, day[3]),
            rating(Basis.CURRENT, 4, day[2]),  # recorded later, stated for an earlier day
        ]
    )
    assert told == ((day[0], 5), (day[2], 4), (day[3], 3))


def test_the_highest_of_several_falls_when_the_worst_is_closed() -> None:
    day = [TODAY + timedelta(days=n) for n in range(4)]
    worst, other = ((day[0], 5),), ((day[1], 2), (day[3], 3))
    assert rules.highest_path([(worst, day[2]), (other, None)]) == ((day[0], 5), (day[2], 2), (day[3], 3))
    assert rules.highest_path([(worst, day[2])]) == ((day[0], 5), (day[2], None))
    assert rules.highest_path([]) == ()


@given(RATINGS)
def test_the_end_of_a_path_is_what_stands_today(ratings: list[Rating]) -> None:
    dated = [r for r in ratings if r.rated_on is not None]
    told = rules.path(ratings)
    assert (told[-1][1] if told else None) == standing(dated)["level"]
    assert all(a != b for (_, a), (_, b) in pairwise(told))
    assert [day for day, _ in told] == sorted({day for day, _ in told})
