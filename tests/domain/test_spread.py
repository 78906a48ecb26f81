"""A range is three figures or two, in one form whatever way it was written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from techguard.domain import items as i
from techguard.domain.errors import LEAD_HALF, LOSS_MISSING, LOSS_TWICE, RANGE_FORM, RANGE_ORDER, problems_of
from techguard.domain.spread import normal, read_figure, read_spread

FIGURES = st.decimals(0, 50, places=6, allow_nan=False)


def estimate(**fields: str) -> i.Estimate:
    said = {"exposure": "0" * 32, "basis": "同業の事例", "frequency": "0.1", "loss_response": "5"}
    return i.Estimate.model_validate(said | fields)


@given(st.lists(FIGURES, min_size=3, max_size=3), st.sampled_from([" / ", "/", "／", " | ", "｜"]))
def test_however_it_is_written_it_is_kept_in_one_form(figures: list[Decimal], between: str) -> None:
    figures.sort()
    kept = normal("years")(between.join(map(str, figures)))
    found = read_spread(kept, read_figure)
    assert found is not None
    assert list(found.figures) == figures
    assert normal("years")(kept) == kept


@given(FIGURES.filter(bool), st.sampled_from(["~", "〜", "～", " から ", ".."]))
def test_two_figures_are_an_interval(low: Decimal, between: str) -> None:
    kept = normal("years")(f"{low}{between}{low * 2}")
    found = read_spread(kept, read_figure)
    assert found is not None
    assert found.is_interval
    assert normal("years")(kept) == kept


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"frequency": "ときどき"}, RANGE_FORM),
        ({"frequency": "1 / 2"}, RANGE_FORM),
        ({"frequency": "3 / 2 / 1"}, RANGE_ORDER),
        ({"loss_response": "1.5"}, RANGE_FORM),
        ({"loss_response": ""}, LOSS_MISSING),
        ({"catch_up": "1 / 2 / 3"}, LEAD_HALF),
        ({"catch_up": "1", "margin": "9", "loss_competitive_advantage": "5"}, LOSS_TWICE),
    ],
)
def test_what_is_no_estimate_is_refused_in_words(fields: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        estimate(**fields)
    assert [p.message for p in problems_of(refused.value, {})] == [message]
