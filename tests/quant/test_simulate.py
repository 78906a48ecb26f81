"""What is drawn agrees with what is known exactly, is the same again, and is never worse after measures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp1f1

from techguard.domain.words import LossForm
from techguard.quant.model import Cause, Effect, LostAdvantage, Portfolio, Risk
from techguard.quant.moments import yearly_loss
from techguard.quant.ranges import Interval, Pert
from techguard.quant.simulate import BLOCK, Estimate, Result, Run, draw, simulate, simulate_together

from .made_up import portfolios


def risk(
    name: str, frequency: Pert | Interval | float, loss: Pert | Interval | float, cause: Cause | None = None
) -> Risk:
    def ranged(value: Pert | Interval | float) -> Pert | Interval:
        return Pert.certain(value) if isinstance(value, int | float) else value

    return Risk(id=name, frequency=ranged(frequency), losses={LossForm.RESPONSE: ranged(loss)}, cause=cause)


def near(found: Estimate, exact: float) -> bool:
    """Within twice its own 95 % interval: about four standard errors."""
    return (
        found.value - 2 * (found.value - found.low) <= exact <= found.value + 2 * (found.high - found.value)
    )


SHARED = Portfolio(
    risks=(
        risk("a", Pert(low=0.05, likely=0.1, high=0.4), 100, Cause(id="c", share=0.6)),
        risk("b", Pert(low=0.1, likely=0.2, high=0.9), Interval(p5=20, p95=300), Cause(id="c", share=0.5)),
        risk("d", Interval(p5=0.02, p95=0.5), Pert(low=10, likely=30, high=200), Cause(id="c", share=0.9)),
        Risk(
            id="e",
            frequency=Pert(low=0.5, likely=1, high=4),
            losses={
                LossForm.PRODUCTIVITY: Pert(low=0, likely=10, high=50),
                LossForm.REPUTATION: Pert.certain(5),
            },
            advantage=LostAdvantage(
                years=Pert(low=1, likely=2, high=6),
                margin=Interval(p5=5, p95=50),
                share=Pert(low=0.1, likely=0.2, high=0.5),
            ),
        ),
    ),
    effects=(
        Effect(measure="m", risk="a", frequency=Pert(low=0.2, likely=0.4, high=0.9)),
        Effect(measure="m", risk="b", loss=Pert(low=0.1, likely=0.5, high=1)),
        Effect(measure="n", risk="b", frequency=Pert.certain(0.7), loss=Pert.certain(0.8)),
        Effect(
            measure="n",
            risk="e",
            frequency=Pert(low=0, likely=0.5, high=1),
            loss=Pert(low=0.5, likely=0.6, high=0.7),
        ),
    ),
)


# --- closed forms ----------------------------------------------------------------------------------------


def test_one_risk_with_one_loss_is_a_poisson_distribution() -> None:
    """λ = 0.1, X = 100: P(N = 0) = 0.905, P(N ≤ 1) = 0.9953."""
    result = simulate(Portfolio(risks=(risk("a", 0.1, 100),)), Run(seed=1, trials=200_000))
    now = result.before
    assert near(now.p_any, -math.expm1(-0.1))
    assert near(now.mean, 10)
    assert [q.value for q in (now.p50, now.p90, now.p95, now.p99)] == [0, 0, 100, 100]
    assert now.if_any is not None
    assert near(now.if_any, 10 / -math.expm1(-0.1))
    above = {point.loss: point.probability for point in now.curve}
    assert near(above[70], -math.expm1(-0.1))
    assert near(above[100], 1 - 1.1 * math.exp(-0.1))
    assert near(above[200], 1 - 1.105 * math.exp(-0.1))
    assert (result.after, result.reduction) == (None, None)


@pytest.mark.parametrize("scale", [0.1, 1, 10])
def test_doubt_about_the_frequency_holds_for_a_whole_year(scale: float) -> None:
    """With λ a PERT, P(N = 0) = e^(−a) ₁F₁(α; 6; a − b): rare or not, whichever way it is drawn."""
    low, likely, high = 0.05 * scale, 0.3 * scale, 1.5 * scale
    alpha = 1 + 4 * (likely - low) / (high - low)
    whole = Portfolio(risks=(risk("a", Pert(low=low, likely=likely, high=high), 100),))
    result = simulate(whole, Run(seed=2, trials=200_000))
    assert near(result.before.p_any, 1 - math.exp(-low) * hyp1f1(alpha, 6, low - high))


@pytest.mark.parametrize("p95", [0.4, 6])
def test_a_lognormal_frequency_gives_the_mixed_poisson_distribution(p95: float) -> None:
    """P(N = 0), P(N ≤ 1), P(N ≤ 3) integrated over the quantiles of λ."""
    frequency = Interval(p5=p95 / 40, p95=p95)
    rates = frequency.quantile((np.arange(200_000) + 0.5) / 200_000)
    upto = np.cumsum([np.mean(np.exp(-rates) * rates**n / math.factorial(n)) for n in range(4)])
    now = simulate(Portfolio(risks=(risk("a", frequency, 100),)), Run(seed=3, trials=200_000)).before
    above = {point.loss: point.probability for point in now.curve}
    assert near(now.p_any, 1 - upto[0])
    assert near(above[100], 1 - upto[1])
    assert near(above[300], 1 - upto[3])


def test_quantiles_of_a_lognormal_loss() -> None:
    """So rare that two events hardly meet: a year with a loss costs what one event costs."""
    loss = Interval(p5=1e6, p95=1e9)
    whole = Portfolio(risks=(risk("a", 0.02, loss),))
    now = simulate(whole, Run(seed=4, trials=500_000)).before
    exact = loss.quantile(0.5)  # of 2 % struck years, half are above it: P99
    assert now.p99.low <= exact <= now.p99.high
    for point in now.curve:
        tail = 0.5 * math.erfc(
            (math.log(point.loss) - math.log(exact)) / (math.log(1e3) / 1.6448536 / 2) / 2**0.5
        )
        assert point.probability.value == pytest.approx(0.02 * tail, abs=0.0012)


@pytest.mark.parametrize("effects", [(), SHARED.effects], ids=["before", "after"])
def test_mean_and_variance_of_risks_with_causes_and_effects(effects: tuple[Effect, ...]) -> None:
    whole = SHARED.model_copy(update={"effects": effects})
    exact = yearly_loss(whole)
    losses = draw(whole, Run(seed=5, trials=1_000_000)).after
    assert losses.mean() == pytest.approx(exact.mean, abs=4 * math.sqrt(exact.variance / len(losses)))
    spread = math.sqrt(np.mean((losses - losses.mean()) ** 4) / len(losses))
    assert losses.var() == pytest.approx(exact.variance, abs=4 * spread)


def test_the_covariance_of_a_common_cause() -> None:
    """Marshall-Olkin: C = λ₁₂ E[X₁] E[X₂], where λ₁₂ is the smaller of the two parts; variance tells it."""
    parts = risk("a", 0.5, 100, Cause(id="c", share=0.8)), risk("b", 0.4, 100, Cause(id="c", share=0.5))
    alone = [draw(Portfolio(risks=(one,)), Run(seed=6, trials=500_000)).before.var() for one in parts]
    both = draw(Portfolio(risks=parts), Run(seed=6, trials=500_000)).before
    assert (both.var() - sum(alone)) / 2 == pytest.approx(0.2 * 100 * 100, rel=0.03)
    assert both.mean() == pytest.approx(90, rel=0.01)


def test_a_cause_that_is_everything_strikes_all_at_once() -> None:
    cause = Cause(id="c", share=1)
    whole = Portfolio(risks=tuple(risk(name, 0.05, 100, cause) for name in "abc"))
    losses = draw(whole, Run(seed=7, trials=100_000)).before
    assert set(np.unique(losses)) <= {300.0 * n for n in range(9)}
    assert np.mean(losses > 0) == pytest.approx(-math.expm1(-0.05), abs=0.003)


@pytest.mark.slow
def test_intervals_hold_as_often_as_they_say() -> None:
    """Of 400 runs with other seeds, about 95 % have the exact figure in each interval (never under 90 %)."""
    whole = Portfolio(risks=(risk("a", 0.3, Pert(low=100, likely=200, high=600)),))
    p99 = np.sort(draw(whole, Run(seed=1, trials=5_000_000)).before)[4_950_000 - 1]
    runs = [simulate(whole, Run(seed=seed, trials=2_000)).before for seed in range(100, 500)]
    exact = (("mean", yearly_loss(whole).mean), ("p_any", -math.expm1(-0.3)), ("p99", p99))
    for name, value in exact:
        held = [getattr(run, name).low <= value <= getattr(run, name).high for run in runs]
        assert np.mean(held) > 0.9


# --- the same again --------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_again_and_another_seed_does_not() -> None:
    run = Run(seed=8, trials=BLOCK + 1_234)
    result = simulate(SHARED, run)
    assert simulate(SHARED, run) == result
    assert simulate(SHARED, Run(seed=9, trials=run.trials)).before.mean != result.before.mean


def test_a_longer_run_begins_with_the_shorter_one() -> None:
    short, long = (draw(SHARED, Run(seed=8, trials=trials)) for trials in (BLOCK + 10, 2 * BLOCK + 5))
    assert (long.before[: BLOCK + 10] == short.before).all()
    assert (long.after[: BLOCK + 10] == short.after).all()


def test_one_more_risk_or_another_order_changes_no_other_risk() -> None:
    run = Run(seed=8, trials=BLOCK)
    more = Portfolio(risks=(risk("z", 3, 10), *reversed(SHARED.risks)), effects=SHARED.effects)
    drawn = {r.id: (r.drawn_before, r.drawn_after) for r in simulate(more, run).risks}
    assert {
        r.id: (r.drawn_before, r.drawn_after) for r in simulate(SHARED, run).risks
    }.items() <= drawn.items()


def test_a_result_survives_being_written() -> None:
    result = simulate(SHARED, Run(seed=8, trials=1_000))
    assert Result.model_validate_json(result.model_dump_json()) == result
    assert result.inputs == SHARED.digest()


# --- laws ------------------------------------------------------------------------------------------------


def test_a_measure_on_one_risk_leaves_the_others_as_they_are() -> None:
    """To the last bit, even where they share a cause and the measured risk is the one that leads."""
    effect = Effect(measure="m", risk="b", frequency=Pert.certain(0), loss=Pert.certain(0))
    result = simulate(Portfolio(risks=SHARED.risks, effects=(effect,)), Run(seed=10, trials=BLOCK))
    for one in result.risks:
        assert one.drawn_after == (0 if one.id == "b" else one.drawn_before)


def test_one_more_measure_changes_nothing_that_another_draws() -> None:
    """So that two plans can be compared: with it, no year is worse than without."""
    run = Run(seed=11, trials=BLOCK)
    for kept in range(len(SHARED.effects)):
        fewer = SHARED.model_copy(update={"effects": SHARED.effects[:kept]})
        assert (draw(SHARED, run).after <= draw(fewer, run).after * (1 + 1e-12)).all()


def test_what_was_before_is_told_alike_whatever_measures_follow() -> None:
    small = Portfolio(risks=(risk("a", 0.3, Interval(p5=20, p95=300)),))
    told = [
        simulate(small.model_copy(update={"effects": effects}), Run(seed=3, trials=5_000)).before
        for effects in ((), (Effect(measure="m", risk="a", loss=Pert.certain(0.001)),))
    ]
    assert told[0] == told[1]


@settings(deadline=None, max_examples=30)
@given(portfolios(), st.integers(0, 2**63 - 1))
def test_no_year_is_worse_after_measures(whole: Portfolio, seed: int) -> None:
    drawn = draw(whole, Run(seed=seed, trials=1_000))
    assert (drawn.after <= drawn.before * (1 + 1e-12)).all()
    assert (drawn.after >= 0).all()
    without = draw(whole.model_copy(update={"effects": ()}), Run(seed=seed, trials=1_000))
    assert (without.before == drawn.before).all()


@settings(deadline=None, max_examples=30)
@given(portfolios(), st.data(), st.integers(0, 2**63 - 1))
def test_what_is_drawn_together_is_what_is_drawn_alone(
    whole: Portfolio, data: st.DataObject, seed: int
) -> None:
    """To the last bit: a board sees the same figures beside each other and alone."""
    run = Run(seed=seed, trials=1_000)
    fewer = [e for e in whole.effects if data.draw(st.booleans())]
    each = [whole, whole.model_copy(update={"effects": tuple(fewer)})]
    assert simulate_together(each, run) == tuple(simulate(one, run) for one in each)


def test_only_the_same_risks_are_drawn_together() -> None:
    others = Portfolio(risks=SHARED.risks[1:])
    with pytest.raises(ValueError, match="same risks"):
        simulate_together([SHARED, others], Run(seed=1, trials=1_000))


def test_the_difference_is_less_noise_than_two_separate_runs() -> None:
    """The same events before and after: the error of the reduction is far below that of either mean."""
    effect = Effect(measure="m", risk="a", loss=Pert.certain(0.9))
    whole = Portfolio(risks=(risk("a", 0.1, Interval(p5=10, p95=1_000)),), effects=(effect,))
    result = simulate(whole, Run(seed=12))
    assert result.reduction is not None
    assert near(result.reduction, yearly_loss(whole.model_copy(update={"effects": ()})).mean * 0.1)
    assert result.reduction.high - result.reduction.low < 0.11 * (
        result.before.mean.high - result.before.mean.low
    )


def test_nothing_that_can_happen_costs_nothing() -> None:
    now = simulate(Portfolio(risks=(risk("a", 0, 100), risk("b", 1, 0))), Run(seed=13)).before
    assert (now.p_any.value, now.mean.value, now.p99.value) == (0, 0, 0)
    assert now.p_any.high > 0
    assert (now.if_any, now.curve) == (None, ())
    assert simulate(Portfolio(risks=()), Run(seed=13)).before.mean.value == 0
