"""Where the next yen goes, for the board: the countermeasures to come that are worth most, and the frontier.

By money, where their effect on estimated losses is known: those that save most after costs. By levels: those
that bring most exposures below the high levels, at the least cost. Neither needs a budget, which only the
board can set; the frontier says what each budget reaches. Within one that is given they are what `techguard
plan --budget` chooses: what lowers the expected loss most, or brings most exposures below the high levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from techguard.domain import items as i
from techguard.register import Query, Register, Where

from . import document as d
from .facts import Planned, Some, Weighed

if TYPE_CHECKING:
    from techguard.quant.plan import Task, Verdict

YEARS = 5
MOST = 200
"""Candidates with a known cost that a pack weighs up; more take longer than a reader waits for pages."""
_PATIENCE = 2.0
"""Seconds a single choice may take; what it may then be short of is said."""
_POINTS, _FEWER = 12, 7
_FEW = 100
"""Up to so many candidates the frontier has all its points; with more, fewer, so that pages do not wait."""
_SHOWN = 20
_USELESS = "no_effect"


def plans(register: Register, budget: int | None = None) -> tuple[Planned, ...]:
    """The plans there are, by money and by levels, within a budget of whole yen if one is given.

    None where no countermeasure to come has a cost.
    """
    from techguard import money

    to_come = Where("status", "in", money.TO_COME)
    priced = Where("cost_initial", "filled"), Where("cost_year", "filled")
    known = max(register.count(i.Countermeasure, Query(where=(to_come, cost))) for cost in priced)
    if not known:
        return ()
    if known > MOST:
        return (Planned(d.Plan(by="levels", years=YEARS, candidates=known, too_many=True)),)
    task = money.task(register)
    measures = {m.id: m for m in register.find(i.Countermeasure, Query(where=(to_come,)))}
    found = (_planned(task, by, measures, budget) for by in _BY)
    return tuple(p for p in found if p is not None)


_BY: tuple[Literal["money", "levels"], ...] = ("money", "levels")


def _planned(
    task: Task, by: Literal["money", "levels"], measures: dict[str, i.Countermeasure], budget: int | None
) -> Planned | None:
    """The plan by money or by levels; None where no candidate with a cost does anything for it."""
    from techguard.quant.errors import NoPlan
    from techguard.quant.plan import Goal, Terms, frontier, plan

    by_money = Goal.NET if budget is None else Goal.LOSS
    terms = Terms(goal=by_money if by == "money" else Goal.LEVELS, years=YEARS, budget=budget)
    count = _POINTS if len(task.candidates) <= _FEW else _FEWER
    over = terms.model_copy(update={"goal": Goal.LOSS}) if by == "money" else terms
    try:
        best = plan(task, terms, patience=_PATIENCE)
        points = frontier(task, over, points=count, patience=_PATIENCE)
    except NoPlan:
        return None
    if budget is None and not best.chosen and all(p.cost == 0 for p in points):
        return None
    useless = sum(v.reason.value == _USELESS for v in best.verdicts)
    told = sorted(
        (v for v in best.verdicts if v.reason.value != _USELESS),
        key=lambda v: (not v.chosen, -v.saves if by == "money" else -v.lowers, measures[v.id].ref),
    )
    return Planned(
        d.Plan(
            by=by,
            years=YEARS,
            budget=budget,
            candidates=len(task.candidates),
            cost=best.cost,
            loss_before=best.loss_before,
            loss_after=best.loss_after,
            high_before=best.high_before,
            high_after=best.high_after,
            gap=best.gap,
            without_effect=useless,
            frontier=tuple(
                d.PlanPoint(cost=p.cost, loss=p.loss_after, high=p.high_after, measures=len(p.chosen))
                for p in {p.cost: p for p in points}.values()
            ),
        ),
        Some.of(tuple(_weighed(v, measures) for v in told[:_SHOWN]), len(told)),
    )


def _weighed(v: Verdict, measures: dict[str, i.Countermeasure]) -> Weighed:
    return Weighed(
        measure=measures[v.id],
        chosen=v.chosen,
        reason=v.reason.value,
        others=tuple(measures[o] for o in v.others),
        cost=v.cost,
        saves=v.saves,
        lowers=v.lowers,
    )
