"""A range: what a person gives instead of a single number.

Two shapes. `Pert`: low, most likely, high. `Interval`: the bounds of a 90 % interval, read as a lognormal
distribution, for what may be many times larger than expected. Either may be certain (its bounds are equal).

PERT has two parametrisations in use (domain.md §5.4). Ours is the usual one, α = 1 + 4 (m − a) / (b − a) and
β = 6 − α. The other derives α and β from a standard deviation of a sixth of the width, which is narrower (α =
4 in place of 3 where the most likely value is in the middle).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from .beta import Staircase

    Floats = NDArray[np.float64]

WIDEST = 10_000
"""How many times its lower bound the upper bound of a 90 % interval may be. Beyond four powers of ten the
mean rests on values that nobody had in mind; up to here it is never above the upper bound.
"""

_Amount = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
_FEW = 400
"""Up to so many values NumPy's own beta numbers are there sooner."""
_Z95 = NormalDist().inv_cdf(0.95)


class _Range(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pert(_Range):
    """Low ≤ most likely ≤ high, as a PERT distribution. Raises a ValidationError (`range_order`)."""

    shape: Literal["pert"] = "pert"
    low: _Amount
    likely: _Amount
    high: _Amount

    @classmethod
    def certain(cls, value: float) -> Self:
        """A range of one value."""
        return cls(low=value, likely=value, high=value)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.low <= self.likely <= self.high:
            raise PydanticCustomError("range_order", "a range must not fall from low to high")
        return self

    @property
    def is_certain(self) -> bool:
        """Whether there is one value only."""
        return self.low == self.high

    @property
    def upper(self) -> float:
        """The largest value a person named."""
        return self.high

    @cached_property
    def _shapes(self) -> tuple[float, float]:
        alpha = 1 + 4 * (self.likely - self.low) / (self.high - self.low)
        return alpha, 6 - alpha

    @cached_property
    def _staircase(self) -> Staircase:
        from .beta import Staircase

        return Staircase(*self._shapes)

    @property
    def mean(self) -> float:
        """(low + 4 × most likely + high) / 6."""
        return (self.low + 4 * self.likely + self.high) / 6

    @property
    def variance(self) -> float:
        """(mean − low) × (high − mean) / 7."""
        return (self.mean - self.low) * (self.high - self.mean) / 7

    @property
    def mean_square(self) -> float:
        """The mean of the square: variance + mean²."""
        return self.variance + self.mean**2

    def quantile(self, p: ArrayLike) -> Floats:
        """The values below which the shares `p` (0..1, any shape) lie: the inverse distribution function.
        Uniform random numbers put in give a sample.
        """
        import numpy as np
        from scipy.special import betaincinv

        at = np.asarray(p, float)
        if self.is_certain:
            return np.full(at.shape, self.low)
        inverse: Floats = betaincinv(*self._shapes, at)
        return self.low + (self.high - self.low) * inverse

    def sample(self, rng: np.random.Generator, count: int) -> Floats:
        """`count` independent values."""
        import numpy as np

        if self.is_certain:
            return np.full(count, self.low)
        drawn = self._staircase.sample(rng, count) if count > _FEW else rng.beta(*self._shapes, count)
        return self.low + (self.high - self.low) * drawn

    def nodes(self) -> tuple[Floats, Floats]:
        """Values with weights (sum 1). The weighted sum of a smooth function at the values is its mean over
        the range, to 13 digits: double exponential formula (Takahasi and Mori 1974), which does not mind how
        the density begins and ends.
        """
        import numpy as np

        if self.is_certain:
            return np.array([self.low]), np.ones(1)
        along = np.linspace(-3.2, 3.2, 65)
        stretched = np.pi * np.sinh(along)
        left, right = 1 / (1 + np.exp(-stretched)), 1 / (1 + np.exp(stretched))
        alpha, beta = self._shapes
        weights = left**alpha * right**beta * np.cosh(along)
        return self.low + (self.high - self.low) * left, weights / weights.sum()


class Interval(_Range):
    """A 90 % interval: one time in twenty below `p5`, one in twenty above `p95`; lognormal.

    Raises a ValidationError: `range_positive`, `range_order`, `range_wide`.
    """

    shape: Literal["interval"] = "interval"
    p5: _Amount
    p95: _Amount

    @model_validator(mode="after")
    def _spans(self) -> Self:
        if self.p5 <= 0:
            raise PydanticCustomError("range_positive", "a lognormal range lies above zero")
        if self.p5 > self.p95:
            raise PydanticCustomError("range_order", "a range must not fall from low to high")
        if self.p95 > WIDEST * self.p5:
            raise PydanticCustomError("range_wide", "a range spans four powers of ten at most")
        return self

    @property
    def is_certain(self) -> bool:
        """Whether there is one value only."""
        return self.p5 == self.p95

    @property
    def upper(self) -> float:
        """The largest value a person named."""
        return self.p95

    @cached_property
    def _normal(self) -> tuple[float, float]:
        low, high = math.log(self.p5), math.log(self.p95)
        return (low + high) / 2, (high - low) / (2 * _Z95)

    @property
    def mean(self) -> float:
        """exp(μ + σ² / 2), where μ is the middle of ln p5 and ln p95 and σ their distance / 3.2897."""
        mu, sigma = self._normal
        return self.p5 if self.is_certain else math.exp(mu + sigma**2 / 2)

    @property
    def variance(self) -> float:
        """(exp(σ²) − 1) × mean²."""
        return math.expm1(self._normal[1] ** 2) * self.mean**2

    @property
    def mean_square(self) -> float:
        """The mean of the square: variance + mean²."""
        return self.variance + self.mean**2

    def quantile(self, p: ArrayLike) -> Floats:
        """As `Pert.quantile`."""
        import numpy as np
        from scipy.special import ndtri

        at = np.asarray(p, float)
        if self.is_certain:
            return np.full(at.shape, self.p5)
        mu, sigma = self._normal
        deviates: Floats = ndtri(at)
        return np.exp(mu + sigma * deviates)

    def sample(self, rng: np.random.Generator, count: int) -> Floats:
        """As `Pert.sample`."""
        import numpy as np

        return np.full(count, self.p5) if self.is_certain else rng.lognormal(*self._normal, count)

    def sample_by_size(self, rng: np.random.Generator, count: int) -> Floats:
        """`count` values, each as likely as in `sample` times its size (density x f(x) / mean): lognormal
        again, with μ + σ².
        """
        import numpy as np

        mu, sigma = self._normal
        return np.full(count, self.p5) if self.is_certain else rng.lognormal(mu + sigma**2, sigma, count)


Range = Annotated[Pert | Interval, Field(discriminator="shape")]
"""Either shape; `shape` tells which."""


def _at_most(limit: float) -> Callable[[Pert | Interval], Pert | Interval]:
    def check(value: Pert | Interval) -> Pert | Interval:
        if value.upper > limit:
            raise PydanticKnownError("less_than_equal", {"le": limit})
        return value

    return check


def _share(value: Pert) -> Pert:
    if value.high > 1:
        raise PydanticKnownError("less_than_equal", {"le": 1})
    return value


Yen = Range
"""An amount in yen, from 0 to a thousand trillion (10¹⁵)."""
Frequency = Annotated[Range, AfterValidator(_at_most(52))]
"""Events a year. More than one a week is no rare event: it is better described as a cost."""
Years = Annotated[Range, AfterValidator(_at_most(100))]
"""A number of years."""
Factor = Annotated[Pert, AfterValidator(_share)]
"""What is left of something, 0..1: 0.3 leaves 30 % of it. A PERT, as a lognormal has no upper end."""
