"""The curves of the pack: the loss exceedance curve and the efficient frontier, as places on two axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from techguard.i18n import Together

from . import document as d
from .blocks import Axis, Curve, Dot, Plot, Tick
from .wording import Wording

_RAREST = 0.001
"""The lowest probability drawn: of 100,000 years a hundred are above it, so that chance moves it little."""
_CHANCES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
_FLAT = 0.98
"""Losses that are exceeded almost as often as there is a loss at all: the curve begins where they end."""
_DECADES = 2.3
"""Powers of ten that an axis may span and still name twice and five times each."""
_SAME = 1e-9
_STEPS = (1, 2, 2.5, 5, 10)
_LINES = 5

Series = tuple[str, Literal[0, 1, 2], list[float | None]]


@dataclass(frozen=True, slots=True)
class _Span:
    """The values from one end of an axis to the other."""

    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value, from 0 to 1."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


class PlotWriter(Wording):
    """Writes the curves."""

    def exceedance(self, found: d.Money) -> Plot | None:
        """How likely a year's loss is above any amount; None where losses are too rare to be drawn."""
        losses = [p.loss for p in found.curve]
        every: list[Series] = [
            (self._("Without measures"), 0, [p.before for p in found.curve]),
            (self._("Today"), 1, [p.today for p in found.curve]),
            (self._("As planned"), 2, [p.planned for p in found.curve]),
        ]
        series = [s for s in every if any(s[2])]
        across = _losses(losses, [_known(chances) for _n, _l, chances in series])
        if across is None:
            return None
        up = _Span(_RAREST, min(c for c in _CHANCES if c >= max(_known(series[0][2]))), log=True)
        columns = [chances for _n, _l, chances in series]
        told = [n for n, v in enumerate(losses) if across.low <= v <= across.high and _is_bold(v)]
        say = self.t.amounts(round(losses[n]) for n in told)
        return Plot(
            title=self._("How likely it is that a year's loss is above an amount"),
            across=Axis(
                self._("A year's loss (logarithmic)"),
                self.ticks(across, _round_losses(across)),
                across.low,
                across.high,
                log=True,
                form="yen",
            ),
            up=Axis(
                self._("Chance that it is more (logarithmic)"),
                tuple(
                    Tick(up.at(c), _percent(c), "" if c == 1 else self._one_year_in(round(1 / c)))
                    for c in _CHANCES
                    if up.low <= c <= up.high and (c in _BOLD or up.high / up.low < _FINE)
                ),
                up.low,
                up.high,
                log=True,
                form="share",
            ),
            curves=tuple(
                Curve(name, tuple(_dots(losses, _known(chances), across, up)), look)
                for name, look, chances in series
            ),
            heads=(self._("A year's loss above"), *(name for name, _l, _c in series)),
            rows=tuple(
                (say(round(losses[n])), *(self.drawn(column[n] or 0) for column in columns)) for n in told
            ),
            said=self._(
                "Read it from an amount upwards to a line, and from there to the left: so likely is a year "
                "that costs more. What is rarer than one year in a thousand is not drawn."
            ),
        )

    def frontier(self, found: d.Plan) -> Plot | None:
        """What each amount of money reaches at best; None where there is nothing to choose."""
        points = found.frontier
        most = max((p.cost for p in points), default=0)
        if len(points) < 2 or not most:
            return None
        by_money = found.by == "money"
        say = self.saying(found)

        def left(loss: float, high: int) -> float:
            return loss if by_money else high

        across = _Span(0, _round_up(most))
        up = _Span(0, _round_up(max(left(p.loss, p.high) for p in points)))
        dots = tuple(_dot((p.cost, left(p.loss, p.high)), across, up) for p in points)
        plan = _dot((found.cost, left(found.loss_after, found.high_after)), across, up)
        years = self._("Cost over {years} years").format(years=found.years)
        what = self._("Expected loss a year that is left") if by_money else self._("High exposures left")
        return Plot(
            title=self._("The least that is left for so much money"),
            across=Axis(
                years,
                self.ticks(across, _even(across.high)),
                0,
                across.high,
                log=False,
                form="yen",
            ),
            up=Axis(
                what,
                self.ticks(up, _even(up.high))
                if by_money
                else tuple(Tick(up.at(v), f"{v:g}") for v in _even(up.high) if v == int(v)),
                0,
                up.high,
                log=False,
                form="yen" if by_money else "count",
            ),
            curves=(
                Curve(self._("The best there is for the money"), dots, 0, stepped=True),
                Curve(self._("The plan below"), (plan,), 1),
            ),
            heads=(years, what, self._("Countermeasures")),
            rows=tuple(
                (
                    say.cost(p.cost) if p.cost else "0",
                    say.loss(p.loss) if by_money else f"{p.high:,}",
                    f"{p.measures:,}",
                )
                for p in points
            ),
            said=self._(
                "Each mark is the best choice for that much money; between two marks, the left one holds. "
                "Where the line falls steeply, money does much; where it is flat, little."
            ),
        )

    def ticks(self, axis: _Span, values: Iterable[float]) -> tuple[Tick, ...]:
        """Amounts of an axis, all in one unit."""
        marks = tuple(values)
        say = self.t.amounts(map(round, marks))
        return tuple(Tick(axis.at(v), say(round(v)) if v else "0") for v in marks)

    def saying(self, found: d.Plan) -> Together:
        """How the amounts of a plan are said, in its sentences and in its tables."""
        costs = [found.cost, found.budget, *(p.cost for p in found.frontier)]
        costs += [m.cost for m in found.listed.rows]
        losses = [found.loss_before, found.loss_after, *(p.loss for p in found.frontier)]
        losses += [m.saves for m in found.listed.rows]
        return self.t.together(costs, losses)

    def drawn(self, chance: float) -> str:
        """A chance that was drawn: its three figures that count, zeros among them. What is rarer than is
        drawn rests on too few years for that.
        """
        if chance < _RAREST:
            return self._("less than {share}").format(share=_percent(_RAREST))
        return f"{f'{chance * 100:#.3g}'.rstrip('.')}%"

    def _one_year_in(self, years: int) -> str:
        return self._("1 year in {n}").format(n=f"{years:,}")


_BOLD = (1.0, 0.1, 0.05, 0.01, 0.001)
_FINE = 60
"""Spans that have room for every chance of `_CHANCES`."""


def _known(values: Iterable[float | None]) -> list[float]:
    return [v or 0.0 for v in values]


def _percent(chance: float) -> str:
    return f"{chance * 100:.3g}%"


def _losses(losses: Sequence[float], curves: Sequence[Sequence[float]]) -> _Span | None:
    """The losses between which the curves fall from their beginning to `_RAREST`."""
    first = max((c[0] for c in curves if c), default=0.0)
    if first < 2 * _RAREST or len(losses) < 2:
        return None
    flat = [n for n in range(len(losses)) if all(c[n] >= _FLAT * c[0] for c in curves)]
    seen = [n for n in range(len(losses)) if any(c[n] >= _RAREST for c in curves)]
    low, high = losses[max(flat, default=0)], losses[min(max(seen) + 1, len(losses) - 1)]
    return _Span(low, high, log=True) if high > low else None


def _round_losses(across: _Span) -> list[float]:
    """The losses that an axis names: the powers of ten, and twice and five times them where there is room."""
    steps = (1, 2, 5) if math.log10(across.high / across.low) < _DECADES else (1,)
    first = math.floor(math.log10(across.low))
    every = (step * 10.0**power for power in range(first, first + 20) for step in steps)
    return [v for v in every if across.low * (1 - _SAME) <= v <= across.high * (1 + _SAME)]


def _is_bold(loss: float) -> bool:
    """Whether an amount is one, two or five with noughts."""
    return any(math.isclose(loss / 10 ** math.floor(math.log10(loss * (1 + _SAME))), n) for n in (1, 2, 5))


def _dots(losses: Sequence[float], chances: Sequence[float], across: _Span, up: _Span) -> Iterable[Dot]:
    """A curve within its axes; the last piece ends where it becomes rarer than is drawn."""
    at = list(zip(losses, chances, strict=True))
    for loss, chance in at:
        if across.low <= loss <= across.high and chance >= up.low:
            yield _dot((loss, chance), across, up, marked=_is_bold(loss))
    for (loss, chance), (next_loss, next_chance) in pairwise(at):
        if chance > up.low > next_chance and loss >= across.low:
            share = math.log(chance / up.low) / math.log(chance / max(next_chance, up.low / 100))
            yield _dot((loss * (next_loss / loss) ** share, up.low), across, up, marked=False)


def _dot(values: tuple[float, float], across: _Span, up: _Span, *, marked: bool = True) -> Dot:
    return Dot((across.at(values[0]), up.at(values[1])), values, marked)


def _round_up(most: float) -> float:
    """The end of an axis from 0: a few round steps, none of them wasted."""
    step = _step(most)
    return step * math.ceil(most / step * (1 - _SAME))


def _even(high: float) -> list[float]:
    step = _step(high)
    return [n * step for n in range(round(high / step) + 1)]


def _step(most: float) -> float:
    power = 10.0 ** math.floor(math.log10(most / _LINES))
    return next(s * power for s in _STEPS if s * power * _LINES >= most * (1 - _SAME))
