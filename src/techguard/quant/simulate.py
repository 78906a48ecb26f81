"""Thousands of years, drawn by chance: what all risks cost together, before and after measures.

For each simulated year and risk the number of events is Poisson with a rate drawn from the range of its
frequency; each event draws its losses. Measures are applied to the very same events: an event survives with
the probability that the measures leave, and its loss is scaled by what they leave of it. So a year after
measures is never worse than the same year before them, and their difference is not noise.

How it is fast: years in which a risk strikes are picked, and the others are never touched (`_strikes`). It is
one thread: two of them, each in many calls of some microseconds, wait for one another longer than they draw.

How it is repeatable: Philox generates numbers from a key and a counter. Each risk has its own key (seed and
id), each block of `BLOCK` years its own counter. So neither the order of the work nor another risk changes
what a risk draws, and the first 100,000 of a million years are the same as 100,000. Sums are made in one
order, so results are equal to the last bit on one machine and one NumPy version.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from .model import Effect, Portfolio, Risk, part
from .moments import expected_loss
from .ranges import Factor, Frequency, Interval, Pert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .ranges import Floats

    Ints = NDArray[np.int64]
    Key = NDArray[np.uint64]

METHOD = "3"
"""Changes whenever the same inputs and seed would give other figures."""

BLOCK = 100_000
"""Years that are drawn from one counter: many, so that a call does much; few enough to stay at hand."""

CURVE_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
"""The losses at which the curve is told, within each power of ten."""

_Z = 1.959963984540054
_RARE = 0.5
"""Up to this mean frequency years are picked; above it, each is looked at."""
_BATCH = 2**15
"""Events that are kept before they are summed by year: about as many as a processor keeps at hand."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Run(_Frozen):
    """How to draw: the `seed`, and how many years (`trials`)."""

    seed: Annotated[int, Field(ge=0, lt=2**63)]
    trials: Annotated[int, Field(ge=1_000, le=10_000_000)] = 100_000


class Estimate(_Frozen):
    """A figure with its sampling error: 95 % of runs with other seeds have `low` and `high` around what
    infinitely many years would give. It says nothing of errors in the inputs.
    """

    value: float
    low: float
    high: float


class Point(_Frozen):
    """The probability that a year's loss is above `loss` (yen)."""

    loss: float
    probability: Estimate


class Outcome(_Frozen):
    """A year's loss over all risks, in yen.

    `p_any`: probability of any loss. `p50` … `p99`: the loss that is not exceeded in that share of years. In
    rare events P50 and P90 are often 0: read `p_any`, `p99` and `if_any` (the mean loss of the years that
    have one; None where fewer than two years have). `curve`: the loss exceedance curve.
    """

    p_any: Estimate
    mean: Estimate
    p50: Estimate
    p90: Estimate
    p95: Estimate
    p99: Estimate
    if_any: Estimate | None
    curve: tuple[Point, ...]


class RiskOutcome(_Frozen):
    """A risk's mean loss a year in yen: as it follows exactly (`expected_…`), and as it was drawn."""

    id: str
    expected_before: float
    expected_after: float
    drawn_before: float
    drawn_after: float


class Result(_Frozen):
    """What came out, with all that is needed to get it again. `after` and `reduction` are None without
    measures; `reduction` is the mean of the difference, year by year.
    """

    method: str = METHOD
    seed: int
    trials: int
    inputs: str
    """Digest of the portfolio (`Portfolio.digest`)."""
    before: Outcome
    after: Outcome | None
    reduction: Estimate | None
    risks: tuple[RiskOutcome, ...]


class Drawn(NamedTuple):
    """In yen: each year's loss over all risks, before and after measures; each risk's mean (2 × risks)."""

    before: Floats
    after: Floats
    by_risk: Floats


def simulate(portfolio: Portfolio, run: Run) -> Result:
    """What `draw` has drawn, as figures with their sampling errors."""
    return simulate_together([portfolio], run)[0]


def simulate_together(portfolios: Sequence[Portfolio], run: Run) -> tuple[Result, ...]:
    """What `simulate` says of each of them; what the risks do before measures is drawn and told once.

    Raises `ValueError` unless all have the same risks.
    """
    drawn = draw_together(portfolios, run)
    steps = _steps(drawn[0].before)
    before = _outcome(drawn[0].before, steps)
    return tuple(
        Result(
            seed=run.seed,
            trials=run.trials,
            inputs=portfolio.digest(),
            before=before,
            after=_outcome(each.after, steps) if portfolio.effects else None,
            reduction=_mean(each.before - each.after) if portfolio.effects else None,
            risks=_by_risk(portfolio, each),
        )
        for portfolio, each in zip(portfolios, drawn, strict=True)
    )


def _by_risk(portfolio: Portfolio, drawn: Drawn) -> tuple[RiskOutcome, ...]:
    effects = portfolio.by_risk()
    return tuple(
        RiskOutcome(
            id=risk.id,
            expected_before=expected_loss(risk),
            expected_after=expected_loss(risk, effects[risk.id]),
            drawn_before=drawn.by_risk[0, index],
            drawn_after=drawn.by_risk[1, index],
        )
        for index, risk in enumerate(portfolio.risks)
    )


def draw(portfolio: Portfolio, run: Run) -> Drawn:
    """Draw `run.trials` years. Memory: 16 bytes a year, and about 40 MB."""
    return draw_together([portfolio], run)[0]


def draw_together(portfolios: Sequence[Portfolio], run: Run) -> tuple[Drawn, ...]:
    """What `draw` draws of each of them: the same events, under the measures of each. Memory: 8 bytes a year
    and 8 for each of them, and about 40 MB. Raises `ValueError` unless all have the same risks.
    """
    work = _Work(portfolios, run.seed)
    by_year = [np.empty(run.trials) for _ in range(1 + len(portfolios))]
    by_risk = np.zeros((1 + len(portfolios), work.count))
    for block in range(math.ceil(run.trials / BLOCK)):
        sums = _block(work, run.trials, block)
        for whole, here in zip(by_year, sums.by_year, strict=True):
            whole[block * BLOCK : block * BLOCK + len(here)] = here
        by_risk += sums.by_risk / run.trials
    before, *after = by_year
    return tuple(Drawn(before, each, by_risk[[0, n]]) for n, each in enumerate(after, 1))


# --- drawing ---------------------------------------------------------------------------------------------


class _Work:
    """The risks made ready, with the measures of each portfolio: each cause's leader comes before those that
    follow it.
    """

    def __init__(self, portfolios: Sequence[Portfolio], seed: int) -> None:
        portfolio, *others = portfolios
        if any(other.risks != portfolio.risks for other in others):
            raise ValueError("only portfolios of the same risks are drawn together")
        self.seed = seed
        self.count = len(portfolio.risks)
        self.effects = [each.by_risk() for each in portfolios]
        self.leaders = portfolio.leaders()
        self.order: Sequence[tuple[int, Risk]] = sorted(
            enumerate(portfolio.risks), key=lambda at: not self.leads(at[1])
        )
        self.keys = {risk.id: _key(seed, risk.id) for risk in portfolio.risks}
        self.chances = {risk.id: _chances(risk.frequency) for risk in portfolio.risks}

    def leads(self, risk: Risk) -> bool:
        """Whether the risk says how often its cause occurs."""
        return risk.cause is not None and self.leaders[risk.cause.id] is risk


@dataclass
class _Sums:
    """Of one block, first before measures, then under those of each portfolio: a year's loss, and each
    risk's sum over the years (one row each × risks).
    """

    by_year: list[Floats]
    by_risk: Floats
    waiting: list[tuple[Ints, Sequence[Floats]]] = field(default_factory=list)
    events: int = 0

    def add(self, risk: int, years: Ints, losses: Sequence[Floats]) -> None:
        """What a risk's events cost; where measures change nothing, by the very array before them."""
        before = losses[0]
        total = before.sum()
        self.by_risk[:, risk] = [total if each is before else each.sum() for each in losses]
        self.waiting.append((years, losses))
        self.events += len(years)
        if self.events > _BATCH:
            self.settle()

    def settle(self) -> None:
        if self.waiting:
            years = np.concatenate([years for years, _ in self.waiting])
            before, *after = zip(*(losses for _, losses in self.waiting), strict=True)
            summed = np.bincount(years, np.concatenate(before), len(self.by_year[0]))
            self.by_year[0] += summed
            for by_year, each in zip(self.by_year[1:], after, strict=True):
                same = all(a is b for a, b in zip(each, before, strict=True))
                by_year[:] += summed if same else np.bincount(years, np.concatenate(each), len(by_year))
            self.waiting.clear()
            self.events = 0


def _block(work: _Work, trials: int, block: int) -> _Sums:
    """Draw one block of years, risk by risk; of the last block only what is asked for is kept."""
    size = min(BLOCK, trials - block * BLOCK)
    told = 1 + len(work.effects)
    sums = _Sums([np.zeros(size) for _ in range(told)], np.zeros((told, work.count)))
    shocks: dict[str, tuple[Ints, Floats]] = {}
    for index, risk in work.order:
        rng = _generator(work.keys[risk.id], block)
        years = _strikes(risk.frequency, work.chances[risk.id], rng)
        if risk.cause is not None:
            years = _with_cause(work, risk, years, shocks, rng)
        before = _losses(risk, rng, len(years))
        measures = [effects[risk.id] for effects in work.effects]
        after = [before] * len(measures)
        if any(measures):
            left = _Left(work.seed, years, before, rng.random(len(years)), block)
            after = [left.after(each) if each else before for each in measures]
        if size < BLOCK:
            kept = years < size
            years, shorter = years[kept], before[kept]
            after = [shorter if each is before else each[kept] for each in after]
            before = shorter
        sums.add(index, years, [before, *after])
    sums.settle()
    return sums


def _key(*words: object) -> Key:
    """128 bits that depend on all the words and on nothing else."""
    whole = "\0".join(map(str, (METHOD, *words))).encode()
    return np.frombuffer(hashlib.blake2b(whole, digest_size=16).digest(), "<u8").astype(np.uint64)


def _generator(key: Key, block: int) -> np.random.Generator:
    """The numbers of one key in one block: 2¹²⁸ of them before they would meet those of the next block."""
    return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, block, 0], np.uint64)))


class _Chances(NamedTuple):
    """Of the number of events N in a year: P(N ≥ 1), P(N ≥ 2 | N ≥ 1) and P(N ≤ n | N ≥ 2) for n = 2, 3, …"""

    once: float
    again: float
    upto: Floats


def _chances(frequency: Frequency) -> _Chances | None:
    """Where the range is a PERT and events are rare; else None. The rate is at most 3 then, so that both 40
    events and what the quadrature leaves out are beyond double precision.
    """
    if not isinstance(frequency, Pert) or not 0 < frequency.mean <= _RARE:
        return None
    rates, weights = frequency.nodes()
    counts = np.arange(1, 41)
    each = weights @ (np.exp(-rates)[:, None] * (rates[:, None] / counts).cumprod(axis=1))
    once, several = each.sum(), each[1:].cumsum()
    return _Chances(float(once), float(several[-1] / once), several / several[-1])


def _strikes(frequency: Frequency, chances: _Chances | None, rng: np.random.Generator) -> Ints:
    """The year (0 … BLOCK − 1) of each event of a block, in no order."""
    if frequency.mean == 0:
        return np.empty(0, np.int64)
    if chances is not None:
        years = _pick(int(rng.binomial(BLOCK, chances.once)), rng)
        several = years[: rng.binomial(len(years), chances.again)]
        further = chances.upto.searchsorted(rng.random(len(several))) + 1
        return np.concatenate([years, several.repeat(further)])
    if frequency.mean > _RARE or isinstance(frequency, Pert):
        return np.repeat(np.arange(BLOCK), rng.poisson(frequency.sample(rng, BLOCK)))
    return _strikes_without_bound(frequency, rng)


def _strikes_without_bound(frequency: Interval, rng: np.random.Generator) -> Ints:
    """For a rare but unbounded rate. Candidates are picked with probability E[λ], their λ weighted by size; a
    year stays with probability (1 − e^(−λ)) / λ. So it is struck with probability 1 − e^(−λ).
    """
    years = _pick(int(rng.binomial(BLOCK, frequency.mean)), rng)
    rates = frequency.sample_by_size(rng, len(years))
    # Struck if u λ < 1 − e^(−λ). The same u then tells when in the year the first event was, which is why
    # further ones are Poisson with λ + ln(1 − u λ), the rate of what is left of the year.
    chances = rng.random(len(years)) * rates
    struck = chances < -np.expm1(-rates)
    years = years[struck]
    ahead = np.maximum(rates[struck] + np.log1p(-chances[struck]), 0).cumsum()
    if not len(years):
        return years
    further = rng.random(int(rng.poisson(ahead[-1]))) * ahead[-1]
    return np.concatenate([years, years[ahead.searchsorted(further)]])


def _pick(count: int, rng: np.random.Generator) -> Ints:
    """So many different years, in random order; each choice of them is as likely as any other."""
    return rng.choice(BLOCK, count, replace=False)


def _stands_for(years: Ints) -> Ints:
    """For each event, the place of the one event that stands for its year."""
    place = np.empty(BLOCK, np.int64)
    place[years] = np.arange(len(years))
    places: Ints = place[years]
    return places


def _with_cause(
    work: _Work, risk: Risk, years: Ints, shocks: dict[str, tuple[Ints, Floats]], rng: np.random.Generator
) -> Ints:
    """The events of a risk that has a cause. The leader's are its own, and those of the cause among them are
    put into `shocks`, each with the level up to which it strikes; another risk has those that reach it in
    place of as many of its own.
    """
    assert risk.cause is not None
    shared = rng.random(len(years)) < risk.cause.share
    if work.leads(risk):
        shocks[risk.cause.id] = years[shared], rng.random(np.count_nonzero(shared))
        return years
    struck, levels = shocks[risk.cause.id]
    largest = part(work.leaders[risk.cause.id])
    return np.concatenate([years[~shared], struck[levels * largest < part(risk)]])


def _losses(risk: Risk, rng: np.random.Generator, count: int) -> Floats:
    """What each event costs, in yen."""
    total = np.zeros(count)
    for loss in risk.losses.values():
        total += loss.sample(rng, count)
    if lost := risk.advantage:
        total += (
            lost.years.sample(rng, count) * lost.margin.sample(rng, count) * lost.share.sample(rng, count)
        )
    return total


class _Left:
    """What is left of a risk's events under measures.

    A certain factor is a number; a doubtful one is drawn once a year, from a key of its own, so that one more
    measure does not change what another one draws.
    """

    def __init__(self, seed: int, years: Ints, losses: Floats, luck: Floats, block: int) -> None:
        self._seed, self._years, self._losses, self._luck, self._block = seed, years, losses, luck, block
        self._drawn: dict[tuple[Effect, str], Floats] = {}

    def after(self, effects: Sequence[Effect]) -> Floats:
        """What each event costs under these measures: nothing if it did not happen."""
        survives: Floats | float = 1.0
        leaves: Floats | float = 1.0
        for effect in effects:
            survives = survives * self._factor(effect, effect.frequency, "f")
            leaves = leaves * self._factor(effect, effect.loss, "l")
        return np.where(self._luck < survives, self._losses * leaves, 0.0)

    def _factor(self, effect: Effect, factor: Factor, of: str) -> Floats | float:
        if factor.is_certain:
            return factor.low
        if (effect, of) not in self._drawn:
            rng = _generator(_key(self._seed, effect.risk, effect.measure, of), self._block)
            drawn = factor.sample(rng, len(self._years))
            self._drawn[effect, of] = drawn[_stands_for(self._years)]
        return self._drawn[effect, of]


# --- telling ---------------------------------------------------------------------------------------------


def _outcome(losses: Floats, steps: Floats) -> Outcome:
    ordered = np.sort(losses)
    count = len(ordered)
    some = ordered[np.searchsorted(ordered, 0.0, "right") :]
    above = count - np.searchsorted(ordered, steps, "right")
    return Outcome(
        p_any=_proportion(len(some), count),
        mean=_mean(losses),
        p50=_percentile(ordered, 50),
        p90=_percentile(ordered, 90),
        p95=_percentile(ordered, 95),
        p99=_percentile(ordered, 99),
        if_any=_mean(some) if len(some) > 1 else None,
        curve=tuple(
            Point(loss=float(step), probability=_proportion(int(k), count))
            for step, k in zip(steps, above, strict=True)
        ),
    )


def _steps(before: Floats) -> Floats:
    """Round losses from below the smallest before measures (or a thousandth of the largest, where that is
    less) to the largest. Measures change nothing of them: two plans are told at the same losses.
    """
    some = before[before > 0]
    if not len(some):
        return np.empty(0)
    high = float(some.max())
    return np.array(list(_round_numbers(min(float(some.min()), high / 1e3), high)))


def _round_numbers(low: float, high: float) -> Iterator[float]:
    low = max(low, high / 1e6)
    power = math.floor(math.log10(low)) - 1
    while True:
        for step in CURVE_STEPS:
            value = step * 10.0**power
            if value * 2 > low:
                yield value
            if value >= high:
                return
        power += 1


def _mean(values: Floats) -> Estimate:
    """The mean ± 1.96 standard errors (central limit theorem)."""
    mean = float(values.mean())
    error = _Z * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(value=mean, low=max(0.0, mean - error), high=mean + error)


def _proportion(hits: int, count: int) -> Estimate:
    """A proportion with its Wilson score interval, which holds for rare events too."""
    share = hits / count
    weight = 1 + _Z**2 / count
    middle = (share + _Z**2 / (2 * count)) / weight
    half = _Z / weight * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return Estimate(
        value=share, low=min(share, max(0.0, middle - half)), high=max(share, min(1.0, middle + half))
    )


def _percentile(ordered: Floats, percent: int) -> Estimate:
    """The smallest loss that at least `percent` of the years do not exceed; its interval is that of the ranks
    (binomial, so whatever the distribution).
    """
    count = len(ordered)
    rank = -(-count * percent // 100)
    half = _Z * math.sqrt(count * percent * (100 - percent)) / 100
    low, high = max(1, math.floor(rank - half)), min(count, math.ceil(rank + half) + 1)
    return Estimate(value=ordered[rank - 1], low=ordered[low - 1], high=ordered[high - 1])
