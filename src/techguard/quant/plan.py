"""Where the next yen goes: which candidate countermeasures to choose within a budget, proven to be the best.

What is saved by several measures on one risk is not a sum: they multiply. Of a risk with expected loss e and
measures that leave f₁, f₂, … of it, e × ∏ fₘ is left over the chosen ones. That is brought into a linear
program exactly, without rounding and without logarithms, in one of two ways:

* **Few measures on a risk** (up to `_FEW`): one variable w ≥ 0 for each combination of them, Σ w ≤ 1, and
  for each measure m the w of all combinations with m sum to its choice zₘ ∈ {0, 1}. With whole z only the w
  of the combination that was chosen can be 1. The relaxation is the convex hull, so the search is short.
* **Many**: what is left is followed from measure to measure, t₀ = 1, tⱼ = tⱼ₋₁ − (1 − fⱼ) sⱼ with sⱼ ≤ zⱼ and
  sⱼ ≤ tⱼ₋₁. As tⱼ ≥ fⱼ tⱼ₋₁ always and t is made small, sⱼ is tⱼ₋₁ where zⱼ = 1: again exactly the product,
  with two variables' worth of work a measure instead of a power of two.

Where money is not known, levels are: an exposure is brought below the high levels by any one measure that
lowers its likelihood by enough steps. Measures do not add up there: the best one counts, as in the register's
rule on tested controls (domain.md §6c.5).

The program is solved by HiGHS (branch and bound) until nothing better is possible: to a ten-billionth of the
loss that is at stake, to the last exposure. Because a solver counts in
floating point, its plan is checked in whole yen afterwards, and the set of measures that would break a limit
is cut off and the search repeated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from techguard.domain.fields import Choice
from techguard.domain.scales import Scale

from .errors import BeyondBudget, BeyondBurden, MustHavesExclude, NoPlan
from .model import Effect, Id, Portfolio
from .moments import expected_loss

if TYPE_CHECKING:
    from .ranges import Floats

PATIENCE = 30.0
"""Seconds after which the best plan so far is given, with the gap that is left (`Plan.gap`)."""

_FEW = 8
_SIZE = 1e4
"""What the sums of the program are scaled to: the solver's tolerance of 1e-6 is then a ten-billionth."""
_LEVELS_GAP = 1e-5
"""Of the levels' sum, which counts whole exposures: small enough for the last exposure to be proven."""

Yen = Annotated[int, Field(ge=0, le=10**15)]


class Goal(Choice):
    """What a plan is best at."""

    LOSS = "loss", "Lower the expected loss most"
    NET = "net", "Save most after costs"
    LEVELS = "levels", "Bring most exposures below the high levels"


class Reason(Choice):
    """Why a candidate is in a plan or not."""

    MUST = "must", "It is a must-have."
    CHOSEN = "chosen", "It belongs to the best plan."
    EXCLUDED = "excluded", "Something that excludes it is in the plan."
    NO_EFFECT = "no_effect", "No effect is known that counts for the goal."
    NO_COST = "no_cost", "Its cost is not known."
    NOTHING_LEFT = "nothing_left", "What it would do is done by others in the plan."
    NOT_WORTH = "not_worth", "It does not pay for its cost."
    OVER_BUDGET = "over_budget", "It costs more than the must-haves leave of the budget."
    OVER_BURDEN = "over_burden", "It is a larger burden on work than the must-haves leave room for."
    BETTER = "better", "The budget, or what people can bear, is used better by others."


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Candidate(_Frozen):
    """A countermeasure that may be chosen. Costs in whole yen; one that is None counts as nothing, but if
    both are, the cost is not known. `burden`: burden on work, 1–5, or 0 if it is not known.
    """

    id: Id
    initial: Yen | None = None
    yearly: Yen | None = None
    burden: Annotated[int, Field(ge=0, le=5)] = 0
    must: bool = False

    def cost(self, years: int) -> int | None:
        """What it costs over so many years, not discounted."""
        if self.initial is None and self.yearly is None:
            return None
        return (self.initial or 0) + years * (self.yearly or 0)


class Step(_Frozen):
    """By how many steps a measure lowers the likelihood of an exposure, once it is tested."""

    measure: Id
    exposure: Id
    steps: Annotated[int, Field(ge=1, le=5)]


class Task(_Frozen):
    """What there is to choose from, and what it would do.

    `losses`: expected loss a year of each quantified risk, in yen, as it is without the candidates.
    `effects`: what candidates leave of it. `high`: for each exposure on a high level, by how many steps its
    likelihood has to fall to leave it. `exclusions`: sets of which one at most may be chosen. Raises a
    ValidationError: `taken`, `not_there`.
    """

    candidates: tuple[Candidate, ...]
    losses: Mapping[Id, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    high: Mapping[Id, Annotated[int, Field(ge=1, le=5)]] = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    exclusions: tuple[tuple[Id, ...], ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Task:
        known = {candidate.id for candidate in self.candidates}
        pairs = {(effect.measure, effect.risk) for effect in self.effects}
        if len(known) < len(self.candidates) or len(pairs) < len(self.effects):
            raise PydanticCustomError("taken", "something is there twice")
        named = {e.measure for e in self.effects} | {s.measure for s in self.steps}
        if not known.issuperset(named.union(*self.exclusions)) or not set(self.losses).issuperset(
            effect.risk for effect in self.effects
        ):
            raise PydanticCustomError("not_there", "an effect or exclusion names something unknown")
        return self


class Terms(_Frozen):
    """How to choose. `budget`: whole yen over all the `years`, or None for no limit; `burden`: the largest
    sum of burdens, or None.
    """

    goal: Goal = Goal.LOSS
    budget: Yen | None = None
    burden: Annotated[int, Field(ge=0)] | None = None
    years: Annotated[int, Field(ge=1, le=30)] = 5


class Verdict(_Frozen):
    """Why a candidate is in or out.

    `cost`: yen over the years. `saves`: yen a year; of a chosen one what would be lost without it, of another
    one what it would save on top of the plan. `lowers`: the same in exposures brought below the high levels.
    `pays`: whether it saves at least its cost over the years. `others`: what excludes it, or what would have
    to make room for it. `worse_by`: how much worse the plan would be after that exchange, in the goal's unit
    (yen a year, yen over the years, exposures).
    """

    id: str
    chosen: bool
    reason: Reason
    cost: int | None
    saves: float
    lowers: int
    pays: bool | None
    others: tuple[str, ...] = ()
    worse_by: float | None = None


class Plan(_Frozen):
    """The best choice. `cost`: yen over the years (`unpriced`: must-haves whose cost is not known, counted as
    nothing). `loss_…`: expected yen a year. `high_…`: exposures on a high level. `gap`: by what share of its
    value the plan may still be short of the best one; 0 when it is proven to be the best (`proven`).
    """

    terms: Terms
    chosen: tuple[str, ...]
    cost: int
    burden: int
    unpriced: tuple[str, ...]
    loss_before: float
    loss_after: float
    high_before: int
    high_after: int
    proven: bool
    gap: float
    verdicts: tuple[Verdict, ...]


class FrontierPoint(_Frozen):
    """What the best plan within a budget costs and achieves."""

    budget: int
    cost: int
    loss_after: float
    high_after: int
    proven: bool
    chosen: tuple[str, ...]


def losses_of(portfolio: Portfolio) -> dict[str, float]:
    """The expected loss a year of each risk, in yen, after the effects that the portfolio counts."""
    effects = portfolio.by_risk()
    return {risk.id: expected_loss(risk, effects[risk.id]) for risk in portfolio.risks}


def steps_needed(likelihood: int, impact: int, scale: Scale) -> int | None:
    """By how many steps likelihood has to fall to leave the high levels; None if it is on none or cannot."""
    level = scale.level(likelihood, impact)
    if level is None or level < scale.high_from:
        return None
    for steps in range(1, likelihood):
        if (scale.level(likelihood - steps, impact) or 0) < scale.high_from:
            return steps
    return None


def plan(task: Task, terms: Terms, *, patience: float = PATIENCE) -> Plan:
    """The best plan. Raises `MustHavesExclude`, `BeyondBudget`, `BeyondBurden`, `NoPlan`."""
    choice = _Choice(task, terms)
    choice.check_musts()
    chosen, gap = _solve(choice, patience)
    chosen = choice.tidied(chosen)
    return Plan(
        terms=terms,
        chosen=tuple(c.id for c in task.candidates if c.id in chosen),
        cost=choice.cost(chosen),
        burden=choice.burden(chosen),
        unpriced=tuple(c.id for c in task.candidates if c.id in chosen and choice.costs[c.id] is None),
        loss_before=sum(task.losses.values()),
        loss_after=choice.loss(chosen),
        high_before=len(task.high),
        high_after=len(task.high) - choice.lowered(chosen),
        proven=gap == 0,
        gap=gap,
        verdicts=tuple(_verdicts(choice, chosen)),
    )


def frontier(
    task: Task,
    terms: Terms,
    budgets: Sequence[int] | None = None,
    *,
    points: int = 8,
    patience: float = PATIENCE,
) -> tuple[FrontierPoint, ...]:
    """The best plans over rising budgets: those given, or `points` ones from the must-haves alone to as much
    as can be used (`budgets_to`). A budget that leaves a richer one's plan affordable is not solved again.
    Raises as `plan`.
    """
    best = plan(task, terms.model_copy(update={"budget": None}), patience=patience)
    if budgets is None:
        first = _Choice(task, terms).cost({c.id for c in task.candidates if c.must})
        budgets = budgets_to(best.cost, first, points)
    found = []
    for budget in sorted(set(budgets), reverse=True):
        if budget < best.cost:
            best = plan(task, terms.model_copy(update={"budget": budget}), patience=patience)
        found.append(
            FrontierPoint(
                budget=budget,
                cost=best.cost,
                loss_after=best.loss_after,
                high_after=best.high_after,
                proven=best.proven,
                chosen=best.chosen,
            )
        )
    return tuple(reversed(found))


def budgets_to(most: int, least: int = 0, points: int = 8) -> list[int]:
    """Rising budgets up to `most`, closer together where money is short: there each yen does most."""
    return [least + (most - least) * n * n // (points - 1) ** 2 for n in range(points)]


# --- what a set of candidates is worth -------------------------------------------------------------------


class _Choice:
    """A task under its terms: what any set of candidates costs and achieves, counted exactly."""

    def __init__(self, task: Task, terms: Terms) -> None:
        self.task, self.terms = task, terms
        self.candidates = {c.id: c for c in task.candidates}
        self.costs = {c.id: c.cost(terms.years) for c in task.candidates}
        self.musts = frozenset(c.id for c in task.candidates if c.must)
        self.on_risk: dict[str, dict[str, float]] = {}
        self.by_measure: dict[str, list[str]] = {}
        for effect in task.effects:
            if effect.left < 1 and task.losses[effect.risk] > 0:
                self.on_risk.setdefault(effect.risk, {})[effect.measure] = effect.left
                self.by_measure.setdefault(effect.measure, []).append(effect.risk)
        self.enough: dict[str, set[str]] = {}
        self.lowers: dict[str, list[str]] = {}
        for step in task.steps:
            if step.steps >= task.high.get(step.exposure, math.inf):
                self.enough.setdefault(step.exposure, set()).add(step.measure)
                self.lowers.setdefault(step.measure, []).append(step.exposure)
        self.rivals: dict[str, set[str]] = {}
        for group in task.exclusions:
            for one in group:
                self.rivals.setdefault(one, set()).update(other for other in group if other != one)

    def check_musts(self) -> None:
        """Raises if the must-haves break a rule by themselves."""
        for one, other in combinations(sorted(self.musts), 2):
            if other in self.rivals.get(one, ()):
                raise MustHavesExclude(one=one, other=other)
        if self.terms.budget is not None and self.cost(self.musts) > self.terms.budget:
            raise BeyondBudget
        if self.terms.burden is not None and self.burden(self.musts) > self.terms.burden:
            raise BeyondBurden

    def cost(self, chosen: Iterable[str]) -> int:
        return sum(self.costs[one] or 0 for one in chosen)

    def burden(self, chosen: Iterable[str]) -> int:
        return sum(self.candidates[one].burden for one in chosen)

    def over(self, chosen: Iterable[str]) -> tuple[int, int]:
        """By how much a set is beyond the budget and the burden; 0 within."""
        chosen = list(chosen)
        money = 0 if self.terms.budget is None else self.cost(chosen) - self.terms.budget
        burden = 0 if self.terms.burden is None else self.burden(chosen) - self.terms.burden
        return max(0, money), max(0, burden)

    def loss(self, chosen: set[str], risks: Iterable[str] | None = None) -> float:
        """Expected yen a year that are left, over all risks or those named."""
        total = 0.0
        for risk in self.task.losses if risks is None else risks:
            left = self.task.losses[risk]
            for measure, factor in self.on_risk.get(risk, {}).items():
                if measure in chosen:
                    left *= factor
            total += left
        return total

    def lowered(self, chosen: set[str], exposures: Iterable[str] | None = None) -> int:
        """How many exposures leave the high levels, of all or of those named."""
        among = self.enough if exposures is None else exposures
        return sum(not chosen.isdisjoint(self.enough[exposure]) for exposure in among)

    def saves(self, chosen: set[str], one: str) -> float:
        """Yen a year between a set with and without one."""
        risks = self.by_measure.get(one, [])
        return self.loss(chosen - {one}, risks) - self.loss(chosen | {one}, risks)

    def lifts(self, chosen: set[str], one: str) -> int:
        """Exposures between a set with and without one."""
        exposures = self.lowers.get(one, [])
        return self.lowered(chosen | {one}, exposures) - self.lowered(chosen - {one}, exposures)

    def gains(self, chosen: set[str], one: str) -> float:
        """What one is worth beside a set, in the goal's unit."""
        if self.terms.goal is Goal.LEVELS:
            return self.lifts(chosen, one)
        if self.terms.goal is Goal.NET:
            return self.terms.years * self.saves(chosen, one) - (self.costs[one] or 0)
        return self.saves(chosen, one)

    def useful(self, one: str) -> bool:
        """Whether one has an effect that counts for the goal."""
        return one in (self.lowers if self.terms.goal is Goal.LEVELS else self.by_measure)

    def usable(self) -> list[str]:
        """What may be chosen: must-haves, and what has an effect and a cost and no must-have against it."""
        return [
            one
            for one in self.candidates
            if one in self.musts
            or (
                self.useful(one)
                and self.costs[one] is not None
                and self.musts.isdisjoint(self.rivals.get(one, ()))
            )
        ]

    def tidied(self, chosen: set[str]) -> set[str]:
        """A plan of at least the same value without what adds nothing, and with what adds something for free:
        ties, and differences below the solver's tolerance.
        """
        chosen = set(chosen)
        for one in sorted(chosen - self.musts, key=lambda c: (-(self.costs[c] or 0), c)):
            if self.gains(chosen, one) <= 0:
                chosen.discard(one)
        for one in self.usable():
            fits = chosen.isdisjoint(self.rivals.get(one, ())) and not any(self.over({*chosen, one}))
            if one not in chosen and fits and self.gains(chosen, one) > 0:
                chosen.add(one)
        return chosen


# --- the program -----------------------------------------------------------------------------------------


class _Program:
    """Columns and rows of a linear program, as they come: maximise gains × x, rows within bounds."""

    def __init__(self) -> None:
        self.gains: list[float] = []
        self.whole: list[bool] = []
        self.lower: list[float] = []
        self.places: list[tuple[int, int]] = []
        self.values: list[float] = []
        self.bounds: list[tuple[float, float]] = []

    def column(self, gain: float, *, whole: bool = False, must: bool = False) -> int:
        self.gains.append(gain)
        self.whole.append(whole)
        self.lower.append(1.0 if must else 0.0)
        return len(self.gains) - 1

    def row(self, entries: Iterable[tuple[int, float]], most: float, least: float = -math.inf) -> None:
        for column, value in entries:
            self.places.append((len(self.bounds), column))
            self.values.append(value)
        self.bounds.append((least, most))

    def solve(self, patience: float, tolerated: float) -> tuple[list[float], float]:
        """The solution, and the gap that is left beyond what is tolerated. Raises `NoPlan`."""
        if not self.gains:
            return [], 0.0
        rows, columns = zip(*self.places, strict=True) if self.places else ((), ())
        matrix = coo_array((self.values, (rows, columns)), shape=(len(self.bounds), len(self.gains)))
        least, most = zip(*self.bounds, strict=True) if self.bounds else ((), ())
        found = milp(
            -np.array(self.gains),
            integrality=np.array(self.whole, int),
            bounds=Bounds(np.array(self.lower), np.ones(len(self.gains))),
            constraints=LinearConstraint(matrix.tocsr(), least, most) if self.bounds else None,
            options={"mip_rel_gap": tolerated, "time_limit": patience},
        )
        if found.x is None:
            raise NoPlan
        return found.x.tolist(), 0.0 if found.status == 0 else float(found.mip_gap)


def _solve(choice: _Choice, patience: float) -> tuple[set[str], float]:
    """The best set of candidates, and the gap that is left."""
    program = _Program()
    columns = {}
    most = max((cost for cost in choice.costs.values() if cost), default=1)
    total = sum(cost or 0 for cost in choice.costs.values()) + 1
    worth = sum(choice.task.losses[risk] for risk in choice.on_risk) or 1.0
    for one in choice.usable():
        cost = choice.costs[one] or 0
        price = {
            Goal.LOSS: 0.0,
            Goal.NET: cost / choice.terms.years / worth,
            # All costs together weigh half an exposure: of the plans that lower most a cheap one is taken.
            Goal.LEVELS: cost / total / 2 / max(1, len(choice.enough)),
        }[choice.terms.goal]
        columns[one] = program.column(-_SIZE * price, whole=True, must=one in choice.musts)
    if choice.terms.goal is Goal.LEVELS:
        _add_levels(program, choice, columns)
    else:
        _add_losses(program, choice, columns, worth)
    if choice.terms.budget is not None:
        scale = 1e4 / max(choice.terms.budget, most)
        program.row(
            ((column, (choice.costs[one] or 0) * scale) for one, column in columns.items()),
            choice.terms.budget * scale,
        )
    if choice.terms.burden is not None:
        program.row(
            ((column, choice.candidates[one].burden) for one, column in columns.items()), choice.terms.burden
        )
    for group in choice.task.exclusions:
        program.row(((columns[one], 1.0) for one in set(group) if one in columns), 1.0)
    tolerated = _LEVELS_GAP if choice.terms.goal is Goal.LEVELS else 0.0
    while True:
        solution, gap = program.solve(patience, tolerated)
        chosen = {one for one, column in columns.items() if solution[column] > 0.5}
        if not any(choice.over(chosen)):
            return chosen, gap
        program.row(((columns[one], 1.0) for one in chosen), len(chosen) - 1.0)


def _add_losses(program: _Program, choice: _Choice, columns: Mapping[str, int], worth: float) -> None:
    for risk, factors in choice.on_risk.items():
        size = _SIZE * choice.task.losses[risk] / worth
        measures = sorted((factor, columns[one]) for one, factor in factors.items() if one in columns)
        if len(measures) <= _FEW:
            _add_combinations(program, size, measures)
        else:
            _add_chain(program, size, measures)


def _add_combinations(program: _Program, size: float, measures: Sequence[tuple[float, int]]) -> None:
    parts: dict[int, list[int]] = {column: [] for _, column in measures}
    every = []
    for count in range(1, len(measures) + 1):
        for group in combinations(measures, count):
            combination = program.column(size * (1 - math.prod(factor for factor, _ in group)))
            every.append(combination)
            for _, column in group:
                parts[column].append(combination)
    program.row(((combination, 1.0) for combination in every), 1.0)
    for column, combined in parts.items():
        program.row([*((combination, 1.0) for combination in combined), (column, -1.0)], 0.0, 0.0)


def _add_chain(program: _Program, size: float, measures: Sequence[tuple[float, int]]) -> None:
    before: list[tuple[int, float]] = []
    for factor, column in measures:
        taken = program.column(size * (1 - factor))
        program.row([(taken, 1.0), (column, -1.0)], 0.0)
        program.row([(taken, 1.0), *before], 1.0)
        before.append((taken, 1 - factor))


def _add_levels(program: _Program, choice: _Choice, columns: Mapping[str, int]) -> None:
    for measures in choice.enough.values():
        lowered = program.column(_SIZE / len(choice.enough))
        program.row([(lowered, 1.0), *((columns[one], -1.0) for one in measures if one in columns)], 0.0)


# --- why -------------------------------------------------------------------------------------------------


def _verdicts(choice: _Choice, chosen: set[str]) -> Iterable[Verdict]:
    movable = [one for one in choice.candidates if one in chosen and one not in choice.musts]
    gains = np.array([choice.gains(chosen, one) for one in movable])
    costs = np.array([choice.costs[one] or 0 for one in movable], float)
    burdens = np.array([choice.candidates[one].burden for one in movable], float)
    for one in choice.candidates:
        reason, worse_by = Reason.CHOSEN, None
        others: tuple[str, ...] = ()
        if one in chosen:
            reason = Reason.MUST if one in choice.musts else Reason.CHOSEN
        elif settled := _settled(choice, chosen, one):
            reason, others = settled
        else:
            reason = Reason.BETTER
            others = _room(choice, chosen, one, movable, gains, costs, burdens)
            worse_by = max(0.0, _worse_by(choice, chosen, one, others))
        cost, saves = choice.costs[one], choice.saves(chosen, one)
        quantified = one in choice.by_measure and cost is not None
        yield Verdict(
            id=one,
            chosen=one in chosen,
            reason=reason,
            cost=cost,
            saves=saves,
            lowers=choice.lifts(chosen, one),
            pays=saves * choice.terms.years >= (cost or 0) if quantified else None,
            others=others,
            worse_by=worse_by,
        )


def _settled(choice: _Choice, chosen: set[str], one: str) -> tuple[Reason, tuple[str, ...]] | None:
    """Why one is out, if that takes no comparison with others."""
    if not choice.useful(one):
        return Reason.NO_EFFECT, ()
    if choice.costs[one] is None:
        return Reason.NO_COST, ()
    if against := choice.rivals.get(one, set()) & chosen:
        return Reason.EXCLUDED, tuple(sorted(against))
    money, burden = choice.over({*choice.musts, one})
    if money:
        return Reason.OVER_BUDGET, ()
    if burden:
        return Reason.OVER_BURDEN, ()
    if choice.terms.goal is Goal.NET and choice.gains(chosen, one) <= 0:
        return Reason.NOT_WORTH, ()
    if choice.gains(chosen, one) <= 0:
        return Reason.NOTHING_LEFT, ()
    return None


def _room(
    choice: _Choice,
    chosen: set[str],
    one: str,
    movable: Sequence[str],
    gains: Floats,
    costs: Floats,
    burdens: Floats,
) -> tuple[str, ...]:
    """What would have to go for one to fit: the single choice that gains least, or the cheapest to miss."""
    money, burden = choice.over({*chosen, one})
    alone = (costs >= money) & (burdens >= burden)
    if alone.any():
        return (movable[int(np.argmin(np.where(alone, gains, math.inf)))],)
    relief = costs / max(money, 1) * bool(money) + burdens / max(burden, 1) * bool(burden)
    going: list[str] = []
    for place in np.argsort(gains / np.maximum(relief, 1e-12), kind="stable"):
        if relief[place] > 0:
            going.append(movable[int(place)])
        if not any(choice.over({*chosen, one} - set(going))):
            break
    # What turned out not to be needed stays.
    for other in list(going):
        if not any(choice.over({*chosen, one} - (set(going) - {other}))):
            going.remove(other)
    return tuple(sorted(going))


def _worse_by(choice: _Choice, chosen: set[str], one: str, going: Sequence[str]) -> float:
    """How much worse a plan is once some went and one came, in the goal's unit."""
    after = set(chosen)
    change = 0.0
    for other in going:
        change += choice.gains(after, other)
        after.discard(other)
    return change - choice.gains(after, one)
