"""A range is what a person meant: known means, variances and quantiles, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from techguard.domain import errors
from techguard.quant.ranges import Factor, Frequency, Interval, Pert, Range, Years

from .made_up import perts, ranges

EVERY: TypeAdapter[Range] = TypeAdapter(Range)


def generator() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(11))


def problem(error: pytest.ExceptionInfo[ValidationError]) -> str:
    return errors.problems_of(error.value, {})[0].message


def test_pert_is_the_usual_one() -> None:
    """α = β = 3 where the most likely value is in the middle: density 30 y² (1 − y)² on 0..1."""
    middle = Pert(low=0, likely=5, high=10)
    assert middle.mean == 5
    assert middle.variance == pytest.approx(100 * 9 / (36 * 7))
    below = [10 * y**3 - 15 * y**4 + 6 * y**5 for y in (0.1, 0.25, 0.5, 0.9)]
    assert middle.quantile(below) == pytest.approx([1, 2.5, 5, 9])


def test_pert_whose_most_likely_value_is_its_lowest() -> None:
    """α = 1, β = 5: 1 − (1 − y)⁵ of it lies below y."""
    falling = Pert(low=2, likely=2, high=4)
    assert falling.mean == pytest.approx((5 * 2 + 4) / 6)
    assert falling.quantile(1 - 0.5**5) == pytest.approx(3)


def test_an_interval_has_a_twentieth_on_each_side() -> None:
    given_range = Interval(p5=1e7, p95=1e9)
    assert given_range.quantile([0.05, 0.5, 0.95]) == pytest.approx([1e7, 1e8, 1e9])
    sigma = np.log(10) / 1.6448536269514722
    assert given_range.mean == pytest.approx(1e8 * np.exp(sigma**2 / 2))


@settings(deadline=None)
@given(ranges())
def test_mean_and_variance_are_those_of_the_quantiles(one: Pert | Interval) -> None:
    """Integrated by the midpoint rule over the quantile function."""
    if isinstance(one, Interval) and one.p95 > 100 * one.p5:
        return  # the tail that the rule does not reach matters
    values = one.quantile((np.arange(20_000) + 0.5) / 20_000)
    assert values.mean() == pytest.approx(one.mean, rel=2e-3)
    assert values.var() == pytest.approx(one.variance, rel=5e-2, abs=1e-9 * one.mean_square)


@pytest.mark.parametrize(
    "one", [Pert(low=1, likely=2, high=7), Pert(low=0, likely=0, high=3), Interval(p5=1, p95=5)]
)
def test_a_sample_follows_the_quantiles(one: Pert | Interval) -> None:
    drawn = one.sample(generator(), 200_000)
    for share in (0.05, 0.5, 0.95):
        assert np.mean(drawn <= one.quantile(share)) == pytest.approx(share, abs=0.003)


def test_weighted_by_size_the_mean_is_that_of_the_square_over_that_of_the_value() -> None:
    one = Interval(p5=1, p95=5)
    assert one.sample_by_size(generator(), 200_000).mean() == pytest.approx(
        one.mean_square / one.mean, rel=0.01
    )
    assert Interval(p5=3, p95=3).sample_by_size(generator(), 2).tolist() == [3, 3]


@given(perts(3))
def test_nodes_have_the_moments_of_the_range(one: Pert) -> None:
    values, weights = one.nodes()
    assert weights.sum() == pytest.approx(1)
    assert weights @ values == pytest.approx(one.mean)
    assert weights @ values**2 == pytest.approx(one.mean_square)


@pytest.mark.parametrize("one", [Pert.certain(3), Interval(p5=3, p95=3)])
def test_a_range_may_be_certain(one: Pert | Interval) -> None:
    assert one.is_certain
    assert (one.mean, one.variance) == (3, 0)
    assert one.quantile([0, 0.4, 1]).tolist() == [3, 3, 3]
    assert one.sample(generator(), 2).tolist() == [3, 3]


@given(perts())
def test_quantiles_stay_within_the_bounds_and_rise(one: Pert) -> None:
    values = one.quantile(np.linspace(0, 1, 101))
    assert (np.diff(values) >= 0).all()
    assert one.low <= values[0] <= values[-1] <= one.high * (1 + 1e-12)


def test_the_shape_tells_which() -> None:
    assert EVERY.validate_python({"shape": "pert", "low": 1, "likely": 2, "high": 3}) == Pert(
        low=1, likely=2, high=3
    )
    one = Interval(p5=1, p95=2)
    assert EVERY.validate_json(one.model_dump_json()) == one
    assert Pert(low=Decimal("0.02"), likely=Decimal("0.05"), high=1).low == 0.02


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shape": "pert", "low": 3, "likely": 2, "high": 4}, errors.RANGE_ORDER),
        ({"shape": "pert", "low": 1, "likely": 5, "high": 4}, errors.RANGE_ORDER),
        ({"shape": "pert", "low": -1, "likely": 5, "high": 6}, errors.TOO_SMALL),
        ({"shape": "pert", "low": 1, "likely": 5}, errors.REQUIRED),
        ({"shape": "pert", "low": 1, "likely": 5, "high": 1e16}, errors.TOO_LARGE),
        ({"shape": "pert", "low": "few", "likely": 5, "high": 6}, errors.NOT_A_FIGURE),
        ({"shape": "pert", "low": 0, "likely": 5, "high": float("nan")}, errors.NOT_A_FIGURE),
        ({"shape": "interval", "p5": 0, "p95": 4}, errors.RANGE_POSITIVE),
        ({"shape": "interval", "p5": 5, "p95": 4}, errors.RANGE_ORDER),
        ({"shape": "interval", "p5": 1, "p95": 10_001}, errors.RANGE_WIDE),
    ],
)
def test_what_is_refused_is_told_in_our_words(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        EVERY.validate_python(wrong)
    assert problem(refused) == message


@pytest.mark.parametrize(("kind", "most"), [(Frequency, 52), (Years, 100), (Factor, 1)])
def test_each_kind_of_figure_has_a_limit(kind: object, most: float) -> None:
    checked: TypeAdapter[Pert] = TypeAdapter(kind)
    assert checked.validate_python(Pert(low=0, likely=0, high=most)).high == most
    with pytest.raises(ValidationError) as refused:
        checked.validate_python(Pert(low=0, likely=0, high=most * 1.01))
    assert problem(refused) == errors.TOO_LARGE


@given(st.floats(1e-6, 1e11), st.floats(1, 10_000))
def test_the_mean_of_an_interval_is_never_above_its_upper_bound(low: float, times: float) -> None:
    high = low * times
    if high <= 10_000 * low:
        assert Interval(p5=low, p95=high).mean <= high * (1 + 1e-9)
