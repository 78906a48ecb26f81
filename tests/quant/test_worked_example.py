"""The example of docs/explanation/money.md is what the program counts."""

from __future__ import annotations

import pytest

from techguard.domain.words import LossForm
from techguard.quant.model import Effect, Portfolio, Risk
from techguard.quant.moments import event_loss, expected_loss
from techguard.quant.ranges import Pert
from techguard.quant.simulate import Run, simulate


def test_the_worked_example() -> None:
    risk = Risk(
        id="x",
        frequency=Pert(low=0.05, likely=0.1, high=0.3),
        losses={LossForm.RESPONSE: Pert(low=20e6, likely=50e6, high=140e6)},
    )
    left = Effect(measure="m", risk="x", frequency=Pert(low=0.2, likely=0.4, high=0.6))
    assert risk.frequency.mean == pytest.approx(0.125)
    assert event_loss(risk).mean == pytest.approx(60e6)
    assert expected_loss(risk) == pytest.approx(7.5e6)
    assert expected_loss(risk, (left,)) == pytest.approx(3e6)
    found = simulate(Portfolio(risks=(risk,), effects=(left,)), Run(seed=2))
    assert 1 / 9 < found.before.p_any.value < 1 / 8
    assert found.reduction is not None
    assert found.reduction.low < 4.5e6 < found.reduction.high
