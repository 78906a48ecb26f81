"""Scales of a company's own: what they may say, and what becomes of a rating that was made before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from techguard import catalog
from techguard.domain.errors import problems_of
from techguard.domain.items import Rating, ScaleEdition
from techguard.domain.scales import (
    Editions,
    Scale,
    Step,
    Unreadable,
    as_lines,
    carry_of,
    matrix_of,
    rises,
    scale_of,
)
from techguard.domain.words import Upright
from tests.made_up import own_scale, scale_lines

FIVE = Scale(edition="five")


def refused_for(**fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        own_scale(**fields)
    return [(p.field, p.message.format(**p.facts)) for p in problems_of(caught.value, {})]


@given(scale_lines())
def test_every_scale_that_is_taken_has_a_matrix_that_never_falls(lines: dict[str, Any]) -> None:
    scale = scale_of(own_scale(**lines), FIVE)
    assert rises(scale.matrix)
    assert scale.size == (len(lines["likelihood_steps"]), len(lines["impact_steps"]))
    for likelihood in range(1, scale.size[0] + 1):
        for impact in range(1, scale.size[1] + 1):
            level = scale.level(likelihood, impact)
            assert level is not None
            assert 1 <= level <= 5
    assert scale.level(scale.size[0] + 1, 1) is None


@given(scale_lines(), st.sampled_from(Upright))
def test_a_scale_written_down_and_read_again_is_the_same_scale(lines: dict[str, Any], up: Upright) -> None:
    scale = scale_of(own_scale(**lines, upright=up), FIVE)
    again = scale_of(own_scale(**as_lines(scale)), FIVE)
    kept = {"edition", "carry_likelihood", "carry_impact"}
    assert again.model_dump(exclude=kept) == scale.model_dump(exclude=kept)


@pytest.mark.parametrize(
    ("fields", "field", "part"),
    [
        ({"likelihood_steps": ("低", "高")}, "likelihood_steps", "3 to 6"),
        ({"impact_steps": tuple("一二三四五六七")}, "impact_steps", ""),
        ({"impact_steps": ("小", "小", "中", "大", "特大")}, "impact_steps", "name of its own"),
        ({"matrix": ("12345",) * 4}, "matrix", "5 lines with 5 levels"),
        ({"matrix": ("1 2 3 4 6",) * 5}, "matrix", "from 1 to 5"),
        ({"matrix": ("54321",) * 5}, "matrix", "must not fall"),
        ({"matrix": ("高い",) * 5}, "matrix", "5 lines"),
        ({"level_names": ("低", "高")}, "level_names", "5 lines"),
        ({"review_days": ("毎年",) * 5}, "review_days", "5 lines"),
        ({"urgency_days": ("30", "60")}, "urgency_days", "3 lines"),
        ({"officer_from": 5, "board_from": 4}, "", "officer"),
        ({"watch_from": 2, "danger_from": 1}, "", "danger"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(fields: dict[str, Any], field: str, part: str) -> None:
    said = refused_for(**fields)
    assert said[0][0] == field
    assert part in said[0][1]


@pytest.mark.parametrize("line", ["1 1 2 3 4", "11234", "1,1,2,3,4", "１１２３４", "1・1・2・3・4"])
def test_a_row_is_read_however_it_is_typed(line: str) -> None:
    assert matrix_of([line]) == ((1, 1, 2, 3, 4),)


@pytest.mark.parametrize("line", ["高い: 年に1回", "高い：年に1回", "高い ： 年に1回"])
def test_a_step_has_a_name_and_what_it_takes(line: str) -> None:
    assert Step.read(line) == Step(name="高い", anchor="年に1回")
    assert Step.read(Step.read(line).line()) == Step.read(line)


def test_steps_stay_only_where_there_are_as_many() -> None:
    assert carry_of((), 5, 5) == (1, 2, 3, 4, 5)
    assert carry_of((), 5, 4) == (None,) * 5
    assert carry_of(("5 → 4", "1=1"), 5, 4) == (1, None, None, None, 4)
    for wrong in ("6 → 1", "1 → 5", "5", "高 → 低"):
        with pytest.raises(Unreadable):
            carry_of((wrong,), 5, 4)


@given(st.lists(scale_lines(), min_size=1, max_size=3), st.integers(1, 5), st.integers(1, 5))
def test_a_rating_is_carried_step_by_step_or_stays_as_it_was_made(
    changes: list[dict[str, Any]], likelihood: int, impact: int
) -> None:
    """Through any number of changes; nothing is rounded and nothing clamped."""
    editions = Editions((FIVE,))
    stands: tuple[int, int] | None = (likelihood, impact)
    for n, lines in enumerate(changes):
        try:
            scale = scale_of(own_scale(**lines, ref=f"SCL-{n + 1:04}"), editions.now)
        except Unreadable:
            return  # a line names a step that the scale before does not have
        editions = editions.followed_by(scale)
        if stands is not None:
            ways = (dict(enumerate(scale.carry_likelihood, 1)), dict(enumerate(scale.carry_impact, 1)))
            to = (ways[0].get(stands[0]), ways[1].get(stands[1]))
            stands = (to[0], to[1]) if to[0] is not None and to[1] is not None else None
    rating = Rating(
        exposure="0" * 32,
        likelihood=likelihood,
        impact=impact,
        rationale="根拠",
        scale_edition="five",
        level=FIVE.level(likelihood, impact),
    )
    now = editions.restated(rating)
    if stands is None:
        assert (now.likelihood, now.impact, now.level) == (likelihood, impact, rating.level)
        assert now.edition == "five"
    else:
        assert (now.likelihood, now.impact) == stands
        assert (now.level, now.edition) == (editions.now.level(*stands), editions.now.edition)


def test_a_rating_of_an_unknown_edition_is_left_alone() -> None:
    rating = Rating(exposure="0" * 32, likelihood=2, impact=2, rationale="根", scale_edition="他社", level=3)
    assert Editions((FIVE,)).restated(rating).edition == "他社"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_standard_scale_written_down_is_the_standard_scale(lang: str) -> None:
    standard = catalog.standard()
    own = ScaleEdition.model_validate(
        {**catalog.written(standard, lang), "title": standard.edition, "reason": "写し"}
    )
    again = scale_of(own, standard)
    named = {"likelihood_steps", "impact_steps", "carry_likelihood", "carry_impact"}
    assert again.model_dump(exclude=named) == standard.model_dump(exclude=named)
    assert catalog.written(again, lang) == catalog.written(standard, lang)
