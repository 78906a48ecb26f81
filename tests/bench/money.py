"""How long a portfolio and a plan take, and how much memory, beside two libraries that do a part of the same.

pyfair and riskquant are measured where they are installed; the bench says so where they are not. Neither is
a dependency: pyfair multiplies a frequency by a loss in each trial, without events, and riskquant knows no
doubt about a frequency. So they do less.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from techguard.domain.words import LossForm
from techguard.quant.model import Cause, Effect, LostAdvantage, Portfolio, Risk
from techguard.quant.plan import Candidate, Goal, Task, Terms, plan
from techguard.quant.ranges import Interval, Pert
from techguard.quant.simulate import Run, draw, simulate

from .measure import Bar, in_turn, median

TRIALS = 100_000
FREQUENCY = Pert(low=0.02, likely=0.05, high=0.2)
LOSS = Pert(low=3e8, likely=1e9, high=1e10)
"""The case of domain.md §5.4."""


def portfolio(risks: int) -> Portfolio:
    """Risks with two forms of loss; half with a lost advantage, half of eight to a cause, half measured."""
    return Portfolio(
        risks=tuple(
            Risk(
                id=f"r{n}",
                frequency=FREQUENCY,
                losses={
                    LossForm.RESPONSE: Pert(low=1e7, likely=3e7, high=2e8),
                    LossForm.PRODUCTIVITY: Interval(p5=1e7, p95=5e8),
                },
                advantage=LostAdvantage(
                    years=Pert(low=1, likely=3, high=6), margin=Pert(low=1e7, likely=1e8, high=3e8)
                )
                if n % 2
                else None,
                cause=Cause(id=f"c{n // 16}", share=0.4) if n % 16 < 8 else None,
            )
            for n in range(risks)
        ),
        effects=tuple(
            Effect(measure=f"m{n}", risk=f"r{n}", frequency=Pert(low=0.2, likely=0.4, high=0.9))
            for n in range(0, risks, 2)
        ),
    )


def plain(risks: int) -> Portfolio:
    """Risks with one loss each and nothing else: what pyfair can be given too."""
    return Portfolio(
        risks=tuple(
            Risk(id=f"r{n}", frequency=FREQUENCY, losses={LossForm.RESPONSE: LOSS}) for n in range(risks)
        )
    )


def task(count: int, seed: int) -> tuple[Task, int]:
    """Candidates on one to three of as many risks each, a hundredth of them must-haves, some of which exclude
    one another; and a budget of three tenths of what all would cost over five years.
    """
    chance = np.random.default_rng(seed)
    losses = {f"r{n}": float(loss) for n, loss in enumerate(chance.lognormal(17, 1.2, count))}
    candidates = []
    effects = []
    for n in range(count):
        initial, yearly = int(chance.lognormal(16, 1)), int(chance.lognormal(14, 1))
        candidates.append(
            Candidate(
                id=f"m{n}",
                initial=initial,
                yearly=yearly,
                burden=int(chance.integers(1, 6)),
                must=n % 100 == 0,
            )
        )
        for risk in chance.choice(count, chance.integers(1, 4), replace=False):
            left = float(chance.beta(3, 3))
            effects.append(Effect(measure=f"m{n}", risk=f"r{risk}", frequency=Pert.certain(left)))
    made = Task(
        candidates=tuple(candidates),
        losses=losses,
        effects=tuple(effects),
        exclusions=tuple((f"m{n}", f"m{n + 1}") for n in range(1, count - 1, 10)),
    )
    return made, sum(c.cost(5) or 0 for c in candidates) * 3 // 10


def money(times: int) -> Iterator[Bar]:
    """The portfolio, its memory, its peers, and the plan."""
    rounds = max(1, times // 3)
    yield from _portfolio(rounds)
    yield from _memory()
    for name, few, theirs in _peers():
        own = plain(few) if name == "pyfair" else certain(few)
        mine, other = in_turn([partial(draw, own, Run(seed=1, trials=TRIALS)), theirs], rounds)
        yield Bar(
            "money",
            f"{few} risks of one loss, {TRIALS:,} years",
            0,
            median(mine),
            median(other),
            name,
            most=1 / 50 if name == "pyfair" else None,
            note=f"{_speed(few, median(mine))}; {name}: {_speed(few, median(other))}",
        )
    yield from _plan(rounds)


def _speed(risks: int, took: float) -> str:
    return f"{risks * TRIALS / took / 1000:.1f} million trials of a risk a second"


def _portfolio(rounds: int) -> Iterator[Bar]:
    whole, few = portfolio(1_000), 20
    mine, straight = in_turn(
        [lambda: simulate(whole, Run(seed=1, trials=TRIALS)), lambda: _straight(few)], rounds
    )
    yield Bar(
        "money",
        f"1,000 risks, {TRIALS:,} years, before and after",
        0,
        median(mine),
        median(straight) * 1_000 / few,
        f"one loss a risk, every year drawn, NumPy: 50 × {few} risks",
        most_ours=2_000.0,
        note=f"{_speed(1_000, median(mine))}; {_processor(whole):.0f} ms of processor time",
    )


def _processor(whole: Portfolio) -> float:
    """The time on all processors together: what other work on the machine changes least."""
    began = time.process_time()
    simulate(whole, Run(seed=1, trials=TRIALS))
    return (time.process_time() - began) * 1000


def _straight(risks: int) -> None:
    """The same model as a few lines of NumPy: each year of each risk is looked at."""
    rng = np.random.default_rng(1)
    total = np.zeros(TRIALS)
    for _ in range(risks):
        events = rng.poisson(FREQUENCY.sample(rng, TRIALS))
        years = np.repeat(np.arange(TRIALS), events)
        total += np.bincount(years, LOSS.sample(rng, len(years)), TRIALS)
    np.percentile(total, [50, 90, 95, 99])


_MEMORY = """
from tests.bench.measure import peak_memory
from tests.bench.money import Run, TRIALS, portfolio, simulate
empty = peak_memory()
simulate(portfolio(1_000), Run(seed=1, trials=TRIALS))
print(empty, peak_memory())
"""


def _memory() -> Iterator[Bar]:
    """The most memory that drawing the portfolio takes, beside that of a process that only imported."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    empty, used = map(float, done.stdout.split())
    yield Bar(
        "money",
        f"memory: 1,000 risks, {TRIALS:,} years",
        0,
        used,
        empty,
        "a process that imported the same",
        most_ours=500.0,
        unit="MB",
    )


def _plan(rounds: int) -> Iterator[Bar]:
    made, budget = task(1_000, seed=1)
    terms = Terms(goal=Goal.LOSS, budget=budget)
    mine, greedy = in_turn([lambda: plan(made, terms), lambda: _greedy(made, budget)], rounds)
    best, left = plan(made, terms), _greedy(made, budget)
    assert best.proven
    yield Bar(
        "money",
        "the best plan of 1,000 candidates, proven",
        0,
        median(mine),
        median(greedy),
        "taking what saves most a yen, one by one",
        most_ours=2_000.0,
        note=f"which leaves {left / best.loss_after - 1:.1%} more loss",
    )


def _greedy(made: Task, budget: int) -> float:
    """The expected loss that is left when candidates are taken by what they save a yen by themselves."""
    saved: dict[str, float] = {}
    for effect in made.effects:
        saved[effect.measure] = saved.get(effect.measure, 0) + made.losses[effect.risk] * (1 - effect.left)
    costs = {c.id: c.cost(5) or 0 for c in made.candidates}
    order = sorted(made.candidates, key=lambda c: (not c.must, -saved[c.id] / max(1, costs[c.id])))
    rivals = [set(group) for group in made.exclusions]
    taken: set[str] = set()
    for candidate in order:
        free = all(candidate.id not in group or taken.isdisjoint(group) for group in rivals)
        if free and costs[candidate.id] <= budget:
            taken.add(candidate.id)
            budget -= costs[candidate.id]
    left = dict(made.losses)
    for effect in made.effects:
        if effect.measure in taken:
            left[effect.risk] *= effect.left
    return sum(left.values())


# --- peers -----------------------------------------------------------------------------------------------


def certain(risks: int) -> Portfolio:
    """Risks whose frequency is certain, with a lognormal loss: what riskquant can be given too."""
    loss = Interval(p5=3e8, p95=1e10)
    return Portfolio(
        risks=tuple(
            Risk(id=f"r{n}", frequency=Pert.certain(0.07), losses={LossForm.RESPONSE: loss})
            for n in range(risks)
        )
    )


def _peers() -> Iterator[tuple[str, int, Callable[[], object]]]:
    peers: dict[str, Callable[[], object]] = {
        "pyfair": lambda: pyfair_portfolio(20, TRIALS),
        "riskquant": lambda: riskquant_portfolio(20, TRIALS),
    }
    for name, drawing in peers.items():
        if importlib.util.find_spec(name):
            yield name, 20, drawing
        else:
            print(f"        {name} is not installed: left out", file=sys.stderr)


def pyfair_portfolio(risks: int, trials: int, seed: int = 1) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The yearly losses of `plain(risks)`, as pyfair has them: LEF × LM, its own PERT, no events."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyfair

        models = []
        for n in range(risks):
            model = pyfair.FairModel(name=f"r{n}", n_simulations=trials, random_seed=seed + n)
            for target, given in (("Loss Event Frequency", FREQUENCY), ("Loss Magnitude", LOSS)):
                model.input_data(target, low=given.low, mode=given.likely, high=given.high)
            models.append(model.calculate_all())
        whole = pyfair.FairMetaModel(name="all", models=models).calculate_all()
        return np.asarray(whole.export_results()["Risk"], float)


def riskquant_portfolio(risks: int, trials: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The yearly losses of `certain(risks)`, as riskquant has them."""
    from riskquant import multiloss, simpleloss

    one = [simpleloss.SimpleLoss(f"r{n}", "", 0.07, 3e8, 1e10) for n in range(risks)]
    return np.asarray(multiloss.MultiLoss(one).simulate_years(trials), float)
