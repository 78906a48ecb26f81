"""Beta numbers under a staircase: as the distribution says, whatever its shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from techguard.quant.beta import Staircase

SHAPES = ((1.0, 5.0), (1.05, 4.95), (2.6, 3.4), (3.0, 3.0), (4.7, 1.3), (5.0, 1.0), (1.0, 1.0))


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


@pytest.mark.parametrize(("alpha", "beta"), SHAPES)
def test_a_sample_has_the_distribution_of_its_shape(alpha: float, beta: float) -> None:
    drawn = Staircase(alpha, beta).sample(generator(7), 400_000)
    assert len(drawn) == 400_000
    assert 0 < drawn.min() < drawn.max() < 1
    assert stats.kstest(drawn, stats.beta(alpha, beta).cdf).pvalue > 1e-4
    exact = stats.beta(alpha, beta)
    assert drawn.mean() == pytest.approx(exact.mean(), abs=5 * exact.std() / 400_000**0.5)
    assert drawn.var() == pytest.approx(exact.var(), rel=0.02)


def test_neighbours_do_not_know_of_one_another() -> None:
    drawn = Staircase(2.6, 3.4).sample(generator(8), 400_000)
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 5 / 400_000**0.5


def test_few_and_none_can_be_asked_for() -> None:
    stairs = Staircase(2.6, 3.4)
    assert [len(stairs.sample(generator(9), n)) for n in (0, 1, 2, 400)] == [0, 1, 2, 400]
