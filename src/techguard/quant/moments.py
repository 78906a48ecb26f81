"""What follows from the model exactly: mean and variance of the yearly loss, without drawing a number.

With N events a year, N Poisson with a rate Λ that is itself in doubt, and losses X of one distribution:

    mean       E[S] = E[Λ] E[X]
    variance   V[S] = E[Λ] E[X²] + V[Λ] E[X]²          (compound mixed Poisson)
    covariance C[Sᵢ, Sⱼ] = (κᵢⱼ + C[Λᵢ, Λⱼ]) E[Xᵢ] E[Xⱼ]   (κᵢⱼ: events a year that strike both)

Source: Klugman, Panjer, Willmot, Loss Models, on compound and mixed distributions; the last line follows from
the common-shock construction described in `techguard.quant.model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod
from typing import NamedTuple

from .model import Effect, Portfolio, Risk, part


class Moments(NamedTuple):
    """`mean` and `variance` of a year's loss, in yen and yen²."""

    mean: float
    variance: float


def event_loss(risk: Risk) -> Moments:
    """What one event costs. Forms are independent; so are years, margin and share of a lost advantage."""
    forms = list(risk.losses.values())
    mean, variance = sum(f.mean for f in forms), sum(f.variance for f in forms)
    if risk.advantage is not None:
        factors = (risk.advantage.years, risk.advantage.margin, risk.advantage.share)
        lost = prod(f.mean for f in factors)
        mean += lost
        variance += prod(f.mean_square for f in factors) - lost**2
    return Moments(mean, variance)


def expected_loss(risk: Risk, effects: Sequence[Effect] = ()) -> float:
    """The mean loss of a year, in yen, with these effects on the risk (none: before measures)."""
    return risk.frequency.mean * event_loss(risk).mean * prod(effect.left for effect in effects)


def yearly_loss(portfolio: Portfolio) -> Moments:
    """Mean and variance of a year's loss over all risks, after the effects that the portfolio counts."""
    effects, leaders = portfolio.by_risk(), portfolio.leaders()
    mean = sum(expected_loss(risk, effects[risk.id]) for risk in portfolio.risks)
    variance = sum(_own_variance(risk, leaders, effects[risk.id]) for risk in portfolio.risks)
    together: dict[str, list[Risk]] = {cause: [] for cause in leaders}
    for risk in portfolio.risks:
        if risk.cause is not None:
            together[risk.cause.id].append(risk)
    for cause, risks in together.items():
        for one, other in combinations(risks, 2):
            scale = prod(
                event_loss(risk).mean * prod(e.left for e in effects[risk.id]) for risk in (one, other)
            )
            variance += 2 * scale * _covariance(one, other, leaders[cause])
    return Moments(mean, variance)


def _own_variance(risk: Risk, leaders: dict[str, Risk], effects: Sequence[Effect]) -> float:
    loss = event_loss(risk)
    rate = risk.frequency.mean
    doubt = _rate_variance(risk, leaders)
    # A year's factors on frequency (q) and on loss (g) are drawn once: they scale the rate and the loss.
    q, g = prod(e.frequency.mean for e in effects), prod(e.loss.mean for e in effects)
    q2, g2 = prod(e.frequency.mean_square for e in effects), prod(e.loss.mean_square for e in effects)
    chance = rate * q * g2 * (loss.variance + loss.mean**2)
    return chance + ((doubt + rate**2) * q2 * g2 - (rate * q * g) ** 2) * loss.mean**2


def _rate_variance(risk: Risk, leaders: dict[str, Risk]) -> float:
    """Of the doubtful rate: a risk that does not lead follows the leader in the part it does not own."""
    if risk.cause is None or leaders[risk.cause.id] is risk:
        return risk.frequency.variance
    own = (1 - risk.cause.share) ** 2 * risk.frequency.variance
    return own + _follows(risk, leaders[risk.cause.id]) ** 2 * leaders[risk.cause.id].frequency.variance


def _follows(risk: Risk, leader: Risk) -> float:
    """How much of the leader's rate a risk takes over: 1 for the leader, all of whose rate is its own."""
    return 1.0 if risk is leader else part(risk) / leader.frequency.mean if leader.frequency.mean else 0.0


def _covariance(one: Risk, other: Risk, leader: Risk) -> float:
    """Of the numbers of events: those that strike both, and what doubt about the leader does to both."""
    doubt = _follows(one, leader) * _follows(other, leader) * leader.frequency.variance
    return min(part(one), part(other)) + doubt
