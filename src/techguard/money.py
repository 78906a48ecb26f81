"""The register's estimates in money, as figures: what the exposures could cost, and where the next yen goes.

An exposure counts with its newest estimate; a closed one does not count. A countermeasure counts for the
exposures it is linked to and only with what was said to be left of events or losses. The figures come from
`techguard.quant`; docs/explanation/money.md says how, and what they cannot say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.spread import read_figure, read_spread
from techguard.i18n import Language, Together, translator
from techguard.register import Query, Where

if TYPE_CHECKING:
    from techguard.quant.model import Effect, Portfolio, Risk
    from techguard.quant.plan import FrontierPoint, Plan, Task, Terms
    from techguard.quant.ranges import Range
    from techguard.quant.simulate import Result
    from techguard.register import Register

IN_FORCE = (w.CountermeasureStatus.IMPLEMENTED, w.CountermeasureStatus.VERIFIED)
TO_COME = (
    w.CountermeasureStatus.PROPOSED,
    w.CountermeasureStatus.APPROVED,
    w.CountermeasureStatus.IN_PROGRESS,
)
SEED, TRIALS = 20260131, 100_000
"""What is drawn unless somebody says otherwise: the same register then gives the same figures."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """An open exposure with the estimate that counts and what is, or is to be, done about it."""

    exposure: i.Exposure
    estimate: i.Estimate
    measures: tuple[i.Countermeasure, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the estimated exposures could cost in a year.

    `today.before` is without any countermeasure, `today.after` with those in force; `planned.after` with
    those to come as well, None where none says what it leaves. All were drawn with the same numbers.
    """

    estimated: tuple[Estimated, ...]
    without: int
    """Open exposures that nobody has estimated: no figure holds anything of them."""
    today: Result
    planned: Result | None


def estimated(register: Register) -> tuple[Estimated, ...]:
    """Every open exposure with an estimate, by reference number."""
    newest: dict[str, i.Estimate] = {}
    for estimate in sorted(register.find(i.Estimate), key=lambda e: (e.estimated_on or date.min, e.ref)):
        newest[estimate.exposure] = estimate
    if not newest:
        return ()
    ids = tuple(newest)
    exposures = register.find(i.Exposure, Query(where=(Where("id", "in", ids),)))
    measures = register.find(i.Countermeasure, Query(where=(Where("exposures", "in", ids),)))
    live = sorted((x for x in exposures if x.status is not w.ExposureStatus.CLOSED), key=lambda x: x.ref)
    return tuple(Estimated(x, newest[x.id], tuple(m for m in measures if x.id in m.exposures)) for x in live)


def figures(register: Register, *, seed: int = SEED, trials: int = TRIALS) -> Figures | None:
    """What the estimated exposures could cost in a year; None where nothing was estimated."""
    from techguard.quant.simulate import Run, simulate_together

    found = estimated(register)
    if not found:
        return None
    run = Run(seed=seed, trials=trials)
    still_open = register.count(i.Exposure, Query(where=(Where("status", "!=", w.ExposureStatus.CLOSED),)))
    coming = portfolio(found, (*IN_FORCE, *TO_COME))
    now = portfolio(found, IN_FORCE)
    told = simulate_together([now, coming] if coming.effects != now.effects else [now], run)
    return Figures(found, still_open - len(found), told[0], told[1] if told[1:] else None)


def portfolio(found: Iterable[Estimated], statuses: tuple[w.CountermeasureStatus, ...]) -> Portfolio:
    """The estimated exposures as risks, with the effects of the measures that have one of the statuses."""
    from techguard.quant.model import Portfolio

    every = tuple(found)
    return Portfolio(
        risks=tuple(_risk(e) for e in every),
        effects=tuple(
            effect
            for e in every
            for m in e.measures
            if m.status in statuses and (effect := _effect(m, e.exposure.id)) is not None
        ),
    )


def task(register: Register, *, must: Iterable[str] = (), exclusions: Iterable[Iterable[str]] = ()) -> Task:
    """What there is to choose from: every countermeasure to come, what is in force counting as done.

    `must`: the ids of those that are chosen whatever they cost. `exclusions`: sets of ids of which one at
    most may be chosen.
    """
    from techguard.quant.plan import Candidate, Step, Task, losses_of, steps_needed

    found = estimated(register)
    candidates = register.find(i.Countermeasure, Query(where=(Where("status", "in", TO_COME),)))
    known = {c.id for c in candidates}
    wanted = set(must)
    now, coming = portfolio(found, IN_FORCE), portfolio(found, TO_COME)
    scale = register.scale
    high = {
        x.id: needed
        for x in register.find(i.Exposure, Query(where=(Where("level", ">=", scale.high_from),)))
        if x.status is not w.ExposureStatus.CLOSED
        and x.likelihood
        and x.impact
        and (needed := steps_needed(x.likelihood, x.impact, scale)) is not None
        and needed > 0
    }
    return Task(
        candidates=tuple(
            Candidate(
                id=c.id,
                initial=c.cost_initial,
                yearly=c.cost_year,
                burden=c.burden or 0,
                must=c.id in wanted,
            )
            for c in candidates
        ),
        losses=losses_of(now),
        effects=tuple(e for e in coming.effects if e.measure in known),
        high=high,
        steps=tuple(
            Step(measure=c.id, exposure=x, steps=c.design_effect)
            for c in candidates
            if c.design_effect
            for x in c.exposures
            if x in high
        ),
        exclusions=tuple(tuple(each) for each in exclusions),
    )


def choose(
    register: Register,
    terms: Terms,
    *,
    must: Iterable[str] = (),
    exclusions: Iterable[Iterable[str]] = (),
) -> Plan:
    """The best countermeasures to come within `terms` (`quant.plan`), with a reason for each."""
    from techguard.quant.plan import plan

    return plan(task(register, must=must, exclusions=exclusions), terms)


def reached(
    register: Register,
    terms: Terms,
    *,
    must: Iterable[str] = (),
    exclusions: Iterable[Iterable[str]] = (),
    points: int = 8,
) -> tuple[FrontierPoint, ...]:
    """The efficient frontier: what the best plan reaches within rising budgets, up to that of `terms`."""
    from techguard.quant.plan import budgets_to, frontier

    weighed = task(register, must=must, exclusions=exclusions)
    budgets = None
    if terms.budget is not None:
        least = sum(c.cost(terms.years) or 0 for c in weighed.candidates if c.must)
        budgets = budgets_to(terms.budget, min(least, terms.budget), points)
    return frontier(weighed, terms, budgets, points=points)


def said_together(found: Plan, lang: Language) -> Together:
    """How the amounts of a plan are said in sentences and tables: costs in one unit, losses in one."""
    costs = [found.cost, found.terms.budget, *(v.cost for v in found.verdicts)]
    losses = [found.loss_before, found.loss_after, *(v.saves for v in found.verdicts)]
    return translator(lang).together(costs, losses)


# --- from texts to figures -------------------------------------------------------------------------------


def _risk(e: Estimated) -> Risk:
    from techguard.quant.model import Cause, LostAdvantage, Risk

    said, x = e.estimate, e.exposure
    losses = {
        form: found
        for form in w.LossForm
        if (found := _range(getattr(said, f"loss_{form.value}"))) is not None
    }
    years, margin = _range(said.catch_up), _range(said.margin)
    advantage = None
    if years is not None and margin is not None:
        share = {"share": _share(said.margin_lost)} if said.margin_lost else {}
        advantage = LostAdvantage(years=years, margin=margin, **share)
    common = x.engagement or x.counterparty
    frequency = _range(said.frequency)
    assert frequency is not None  # the model asks for one
    return Risk(
        id=x.id,
        frequency=frequency,
        losses=losses,
        advantage=advantage,
        cause=Cause(id=common, share=said.cause_share / 100) if common and said.cause_share else None,
    )


def _effect(m: i.Countermeasure, exposure: str) -> Effect | None:
    from techguard.quant.model import Effect

    said: Mapping[str, str] = {"frequency": m.events_left, "loss": m.loss_left}
    left = {name: _share(text) for name, text in said.items() if text}
    return Effect(measure=m.id, risk=exposure, **left) if left else None


def _range(text: str) -> Range | None:
    from techguard.quant.ranges import Interval, Pert

    found = read_spread(text, read_figure) if text else None
    if found is None:
        return None
    values = [float(f) for f in found.figures]
    if found.is_interval:
        return Interval(p5=values[0], p95=values[1])
    return Pert(low=values[0], likely=values[1], high=values[2])


def _share(text: str) -> Range:
    """Hundredths as a factor from 0 to 1. Two figures are taken for a lowest and a highest value here: a
    share has an upper end.
    """
    from techguard.quant.ranges import Pert

    found = read_spread(text, read_figure)
    assert found is not None  # the field keeps nothing else
    low, *middle, high = (float(f) / 100 for f in found.figures)
    return Pert(low=low, likely=middle[0] if middle else (low + high) / 2, high=high)
