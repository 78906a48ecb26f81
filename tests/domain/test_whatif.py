"""What a deal would bring: the laws of the proposals, and what the scores still allow."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from techguard.catalog import scales
from techguard.domain import items as i
from techguard.domain import rules, whatif
from techguard.domain import words as w

SCALE = scales().standard
SCOPES = st.sampled_from(list(w.DisclosureScope))
IDS = [f"CM{n:02d}" for n in range(1, 9)]
MEASURES = st.lists(st.sampled_from(IDS), max_size=4, unique=True)
STEPS = st.integers(1, 5)


@st.composite
def controls(draw: st.DrawFn) -> i.Countermeasure:
    return i.Countermeasure(
        title="対策",
        catalog_id=draw(st.sampled_from(IDS)),
        status=draw(st.sampled_from(list(w.CountermeasureStatus))),
        design_effect=draw(st.none() | st.integers(0, 4)),
        operating_effect=draw(st.none() | st.integers(0, 4)),
    )


@st.composite
def grounds(draw: st.DrawFn) -> whatif.Ground:
    likelihood = draw(st.none() | STEPS)
    return whatif.Ground(
        likelihood=likelihood,
        before_controls=likelihood is not None and draw(st.booleans()),
        impact=draw(st.none() | STEPS),
        disclosure=draw(st.none() | SCOPES),
        countermeasures=tuple(draw(st.lists(controls(), max_size=5))),
    )


@given(grounds(), SCOPES, SCOPES, MEASURES)
def test_more_disclosed_is_never_less_likely_and_costs_the_same(
    known: whatif.Ground, one: w.DisclosureScope, other: w.DisclosureScope, measures: list[str]
) -> None:
    less, more = sorted((one, other), key=whatif.DISCLOSED.__getitem__)
    low = whatif.propose(known, less, measures, SCALE)
    high = whatif.propose(known, more, measures, SCALE)
    assert low.impact == high.impact == known.impact
    assert (low.likelihood or 0) <= (high.likelihood or 0)
    assert (low.level or 0) <= (high.level or 0)


@given(grounds(), st.none() | SCOPES, MEASURES)
def test_only_what_was_tested_lowers_a_likelihood(
    known: whatif.Ground, scope: w.DisclosureScope | None, measures: list[str]
) -> None:
    found = whatif.propose(known, scope, measures, SCALE)
    bare = whatif.propose(known, scope, [], SCALE)
    kept = [m for m in measures if m not in found.untested]
    assert whatif.propose(known, scope, kept, SCALE).likelihood == found.likelihood
    tested = rules.credit([c for c in known.countermeasures if c.catalog_id in measures])
    if found.likelihood is not None and bare.likelihood is not None:
        assert bare.likelihood - tested <= found.likelihood <= bare.likelihood
        if tested == 0:
            assert found.likelihood == bare.likelihood


@given(grounds(), st.none() | SCOPES, MEASURES)
def test_what_is_not_known_is_not_proposed(
    known: whatif.Ground, scope: w.DisclosureScope | None, measures: list[str]
) -> None:
    found = whatif.propose(known, scope, measures, SCALE)
    assert (found.likelihood is None) == (known.likelihood is None)
    assert (found.level is None) == (known.likelihood is None or known.impact is None)
    assert found.likelihood is None or 1 <= found.likelihood <= 5


def rated(level: int, likelihood: int, inherent: int | None = None) -> tuple[Any, ...]:
    x = i.Exposure(technology="t", title="流出", level=level, likelihood=likelihood, impact=3)
    ratings = [i.Rating(exposure=x.id, basis=w.Basis.INHERENT, likelihood=inherent, impact=3, rationale="r")]
    return x, ratings if inherent else [], w.DisclosureScope.PARTIAL


def test_it_starts_from_the_worst_exposure_and_from_before_controls_where_that_is_known() -> None:
    core = i.Technology(code_name="K", impact=4)
    mild, bad = rated(2, 2), rated(4, 2, inherent=4)
    known = whatif.ground(core, [mild, bad])
    assert (known.exposure, known.likelihood, known.before_controls) == (bad[0], 4, True)
    assert known.impact == 3
    assert whatif.ground(core, [mild]).before_controls is False


def test_without_a_rating_the_impact_of_the_technology_is_all_there_is() -> None:
    known = whatif.ground(i.Technology(code_name="K", impact=4), [])
    assert (known.likelihood, known.impact) == (None, 4)
    assert whatif.propose(known, w.DisclosureScope.FULL, ["CM04"], SCALE).level is None


def test_a_control_already_in_the_standing_rating_is_not_counted_twice() -> None:
    tested = i.Countermeasure(
        title="点検済", catalog_id="CM01", status=w.CountermeasureStatus.VERIFIED, operating_effect=4
    )
    standing = whatif.Ground(likelihood=4, impact=4, countermeasures=(tested,))
    inherent = whatif.Ground(likelihood=4, before_controls=True, impact=4, countermeasures=(tested,))
    assert whatif.propose(standing, None, ["CM01"], SCALE).likelihood == 4
    assert whatif.propose(inherent, None, ["CM01"], SCALE).likelihood == 2


def test_listing_and_capital_alliance_are_capital_policy() -> None:
    assert whatif.category(w.EngagementKind.LISTING) is w.DecisionCategory.CAPITAL_POLICY
    assert whatif.category(w.EngagementKind.CAPITAL_ALLIANCE) is w.DecisionCategory.CAPITAL_POLICY
    assert whatif.category(w.EngagementKind.MA_SELL) is w.DecisionCategory.GO_NO_GO


SCORES = st.fixed_dictionaries({n: st.none() | st.integers(0, 4) for n in rules.SCORES})
ORDER = list(w.Criticality)


@given(SCORES)
def test_the_proposed_class_is_one_of_those_still_possible(scores: dict[str, int | None]) -> None:
    lowest, highest = rules.possible(scores)
    assert ORDER.index(highest) <= ORDER.index(lowest)
    proposed = rules.judge(scores).proposed
    if proposed is not None:
        assert ORDER.index(highest) <= ORDER.index(proposed) <= ORDER.index(lowest)
    if None not in scores.values():
        assert lowest is highest is proposed


@given(SCORES, st.sampled_from(rules.SCORES), st.integers(0, 4))
def test_every_answer_narrows_what_is_possible(scores: dict[str, int | None], name: str, answer: int) -> None:
    unknown = {**scores, name: None}
    lowest, highest = rules.possible(unknown)
    low, high = rules.possible({**unknown, name: answer})
    assert ORDER.index(highest) <= ORDER.index(high) <= ORDER.index(low) <= ORDER.index(lowest)


def test_not_asked_unknown_and_answered_are_three_things() -> None:
    q = w.InterviewQuestion
    t = i.Technology(code_name="K", competitive_edge=0, questions_asked=(q.CATCH_UP, q.USEFUL),
                     questions_unknown=(q.CATCH_UP,))  # fmt: skip
    assert rules.asked(t, q.COMPETITIVE_EDGE) == "answered"
    assert rules.asked(t, q.CATCH_UP) == "unknown"
    assert rules.asked(t, q.USEFUL) == "answered"
    assert rules.asked(t, q.NOT_PUBLIC) == "open"
