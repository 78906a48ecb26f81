"""The same inputs given to pyfair and riskquant, where they are installed (they are no dependency).

They can only agree where they mean the same. riskquant's SimpleLoss is our model with a certain frequency and
a lognormal loss, so the whole distribution agrees. pyfair multiplies a frequency by a loss in each trial and
has another PERT: the means agree always, the distribution of a range only where both parametrisations
coincide, and never the distribution of a year's loss, as pyfair knows no events.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from techguard.domain.words import LossForm
from techguard.quant.model import Portfolio, Risk
from techguard.quant.ranges import Interval, Pert
from techguard.quant.simulate import Run, draw
from tests.bench.money import FREQUENCY, LOSS, plain, pyfair_portfolio


def test_riskquant_has_the_same_distribution() -> None:
    simpleloss = pytest.importorskip("riskquant.simpleloss")
    np.random.seed(20)  # riskquant draws from the global generator
    theirs = np.array(simpleloss.SimpleLoss("a", "", 0.6, 1e6, 1e8).simulate_years(400_000))
    risk = Risk(id="a", frequency=Pert.certain(0.6), losses={LossForm.RESPONSE: Interval(p5=1e6, p95=1e8)})
    ours = draw(Portfolio(risks=(risk,)), Run(seed=20, trials=400_000)).before
    for limit in (0, 1e6, 1e7, 3e7, 1e8, 3e8):
        share = (ours > limit).mean()
        assert (theirs > limit).mean() == pytest.approx(share, abs=5 * math.sqrt(2 * share / 400_000))
    assert theirs.mean() == pytest.approx(ours.mean(), rel=0.02)


def test_pyfair_has_the_same_mean() -> None:
    pytest.importorskip("pyfair")
    theirs = pyfair_portfolio(5, 200_000)
    ours = draw(plain(5), Run(seed=21, trials=200_000)).before
    exact = 5 * FREQUENCY.mean * LOSS.mean
    assert theirs.mean() == pytest.approx(exact, rel=0.01)
    assert ours.mean() == pytest.approx(exact, rel=0.02)


def test_pyfair_has_the_same_pert_where_both_parametrisations_coincide() -> None:
    """Equal variances: μ (1 − μ) / 7 = 1/36 on 0..1, so μ = (1 − √(2/9)) / 2 and the most likely value
    (6 μ − 1) / 4.
    """
    pytest.importorskip("pyfair")
    likely = (6 * (1 - math.sqrt(2 / 9)) / 2 - 1) / 4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyfair import FairBetaPert

        np.random.seed(22)  # pyfair draws from the global generator
        theirs = np.asarray(FairBetaPert(low=0, mode=likely, high=1).random_variates(400_000))
    ours = Pert(low=0, likely=likely, high=1)
    shares = np.array([0.01, 0.1, 0.5, 0.9, 0.99])
    assert np.quantile(theirs, shares) == pytest.approx(ours.quantile(shares), abs=0.004)
    assert theirs.var() == pytest.approx(ours.variance, rel=0.01)


def test_pyfair_has_a_narrower_pert_elsewhere() -> None:
    """So that nobody takes the two for the same: on 0..1 with the centre most likely, 1/36 against 1/28."""
    pytest.importorskip("pyfair")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyfair import FairBetaPert

        np.random.seed(23)
        theirs = np.asarray(FairBetaPert(low=0, mode=0.5, high=1).random_variates(400_000))
    assert theirs.var() == pytest.approx(1 / 36, rel=0.01)
    assert Pert(low=0, likely=0.5, high=1).variance == pytest.approx(1 / 28)
