"""Ranges and portfolios that hypothesis makes up."""

from __future__ import annotations

from hypothesis import strategies as st

from techguard.domain.words import LossForm
from techguard.quant.model import Cause, Effect, LostAdvantage, Portfolio, Risk
from techguard.quant.ranges import Interval, Pert


def amounts(most: float) -> st.SearchStrategy[float]:
    return st.integers(0, 1_000).map(lambda n: n * most / 1_000)


def perts(most: float = 1e10) -> st.SearchStrategy[Pert]:
    def ordered(three: list[float]) -> Pert:
        low, likely, high = sorted(three)
        return Pert(low=low, likely=likely, high=high)

    return st.lists(amounts(most), min_size=3, max_size=3).map(ordered)


def intervals(most: float = 1e10) -> st.SearchStrategy[Interval]:
    return st.builds(
        lambda high, times: Interval(p5=high / times, p95=high),
        st.integers(1, 1_000).map(lambda n: n * most / 1_000),
        st.sampled_from([1, 2, 5, 30, 1_000]),
    )


def ranges(most: float = 1e10) -> st.SearchStrategy[Pert | Interval]:
    return perts(most) | intervals(most)


@st.composite
def risks(draw: st.DrawFn, name: str) -> Risk:
    forms = draw(st.dictionaries(st.sampled_from(LossForm), ranges(), max_size=2))
    advantage = None
    if not forms:
        advantage = LostAdvantage(years=draw(ranges(10)), margin=draw(ranges(1e9)), share=draw(perts(1)))
    cause = draw(st.none() | st.builds(Cause, id=st.sampled_from("xy"), share=amounts(1)))
    return Risk(id=name, frequency=draw(ranges(2)), losses=forms, advantage=advantage, cause=cause)


@st.composite
def portfolios(draw: st.DrawFn, most: int = 4, measures: int = 3) -> Portfolio:
    made = tuple(draw(risks(f"r{n}")) for n in range(draw(st.integers(1, most))))
    pairs = draw(st.sets(st.tuples(st.integers(0, measures - 1), st.sampled_from(made).map(lambda r: r.id))))
    effects = tuple(
        Effect(measure=f"m{n}", risk=risk, frequency=draw(perts(1)), loss=draw(perts(1)))
        for n, risk in sorted(pairs)
    )
    return Portfolio(risks=made, effects=effects)
