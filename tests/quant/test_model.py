"""What a risk is, what is refused, and what follows from it without drawing a number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from techguard.domain import errors
from techguard.domain.words import LossForm
from techguard.quant.model import Cause, Effect, LostAdvantage, Portfolio, Risk
from techguard.quant.moments import event_loss, expected_loss, yearly_loss
from techguard.quant.ranges import Pert

from .made_up import portfolios

ONE = Risk(id="a", frequency=Pert.certain(0.5), losses={LossForm.RESPONSE: Pert.certain(100)})


def problem(error: pytest.ExceptionInfo[ValidationError]) -> str:
    return errors.problems_of(error.value, {})[0].message


def test_a_risk_without_a_loss_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        Risk(id="a", frequency=Pert.certain(1))
    assert problem(refused) == errors.LOSS_MISSING


def test_lost_advantage_is_given_once() -> None:
    advantage = LostAdvantage(years=Pert.certain(2), margin=Pert.certain(10))
    with pytest.raises(ValidationError) as refused:
        Risk(
            id="a",
            frequency=Pert.certain(1),
            losses={LossForm.COMPETITIVE_ADVANTAGE: Pert.certain(1)},
            advantage=advantage,
        )
    assert problem(refused) == errors.LOSS_TWICE


def test_an_effect_never_adds() -> None:
    with pytest.raises(ValidationError) as refused:
        Effect(measure="m", risk="a", frequency=Pert(low=0.5, likely=0.9, high=1.1))
    assert problem(refused) == errors.TOO_LARGE


def test_ids_are_there_once_and_effects_have_a_risk() -> None:
    effect = Effect(measure="m", risk="a")
    for wrong, message in (
        ({"risks": (ONE, ONE)}, errors.NUMBER_TAKEN),
        ({"risks": (ONE,), "effects": (effect, effect)}, errors.NUMBER_TAKEN),
        ({"risks": (), "effects": (effect,)}, errors.NOT_THERE),
    ):
        with pytest.raises(ValidationError) as refused:
            Portfolio.model_validate(wrong)
        assert problem(refused) == message


def test_a_portfolio_survives_being_written() -> None:
    both = {LossForm.REPUTATION: Pert.certain(1), LossForm.RESPONSE: Pert.certain(2)}
    risk = ONE.model_copy(update={"cause": Cause(id="c", share=0.5)})
    whole = Portfolio(risks=(risk, Risk(id="b", frequency=Pert.certain(1), losses=both)))
    again = Portfolio.model_validate_json(whole.model_dump_json())
    assert again == whole
    assert again.digest() == whole.digest()
    turned = dict(reversed(both.items()))
    other = Portfolio(risks=(risk, Risk(id="b", frequency=Pert.certain(1), losses=turned)))
    assert other.digest() == whole.digest()
    assert Portfolio(risks=(ONE,)).digest() != whole.digest()


def test_what_an_event_costs() -> None:
    """Forms add, means and variances alike; years × margin × share multiply."""
    forms = {LossForm.RESPONSE: Pert(low=0, likely=5, high=10), LossForm.REPUTATION: Pert.certain(7)}
    lost = LostAdvantage(
        years=Pert(low=1, likely=2, high=3), margin=Pert.certain(10), share=Pert.certain(0.5)
    )
    got = event_loss(Risk(id="a", frequency=Pert.certain(1), losses=forms, advantage=lost))
    assert got.mean == pytest.approx(5 + 7 + 2 * 10 * 0.5)
    assert got.variance == pytest.approx(100 / 28 + (4 / 28) * 25)


def test_compound_poisson_by_hand() -> None:
    """λ = 0.5, X = 100: mean 50, variance λ E[X²] = 5,000."""
    assert yearly_loss(Portfolio(risks=(ONE,))) == pytest.approx((50, 5_000))


def test_doubt_about_the_frequency_adds_its_variance_times_the_squared_mean_loss() -> None:
    doubtful = ONE.model_copy(update={"frequency": Pert(low=0, likely=0.5, high=1)})
    mean, variance = yearly_loss(Portfolio(risks=(doubtful,)))
    assert mean == pytest.approx(50)
    assert variance == pytest.approx(5_000 + (1 / 28) * 100**2)


def test_effects_multiply() -> None:
    effects = [
        Effect(measure="m", risk="a", frequency=Pert.certain(0.5)),
        Effect(measure="n", risk="a", frequency=Pert.certain(0.4), loss=Pert.certain(0.5)),
    ]
    assert expected_loss(ONE, effects) == pytest.approx(50 * 0.5 * 0.4 * 0.5)


def test_the_covariance_of_two_risks_of_one_cause_by_hand() -> None:
    """0.5 × 0.6 and 1 × 0.2 events a year come from the cause: 0.2 a year strike both, at 100 and 10."""
    risks = (
        ONE.model_copy(update={"cause": Cause(id="c", share=0.6)}),
        Risk(
            id="b",
            frequency=Pert.certain(1),
            losses={LossForm.RESPONSE: Pert.certain(10)},
            cause=Cause(id="c", share=0.2),
        ),
    )
    mean, variance = yearly_loss(Portfolio(risks=risks))
    assert mean == pytest.approx(60)
    assert variance == pytest.approx(5_000 + 100 + 2 * 0.2 * 100 * 10)


@settings(deadline=None)
@given(portfolios())
def test_laws_of_causes_and_effects(whole: Portfolio) -> None:
    """A cause never changes the mean and never lowers the variance of risks whose frequency is certain;
    an effect never raises the expected loss, of any risk."""
    bare = whole.model_copy(
        update={"risks": tuple(r.model_copy(update={"cause": None}) for r in whole.risks), "effects": ()}
    )
    without = whole.model_copy(update={"effects": ()})
    assert yearly_loss(without).mean == pytest.approx(yearly_loss(bare).mean)
    if all(risk.frequency.is_certain for risk in whole.risks):
        assert yearly_loss(without).variance >= yearly_loss(bare).variance * (1 - 1e-12)
    effects = whole.by_risk()
    for risk in whole.risks:
        several = [expected_loss(risk, effects[risk.id][:n]) for n in range(len(effects[risk.id]) + 1)]
        assert (np.diff(several) <= 0).all()
