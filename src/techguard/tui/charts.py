"""Charts on the screen, by textual-plot. A chart never stands alone: its numbers stand in a table beside it,
and in plain mode there is the table only.

Only figures are written on a chart. textual-plot counts characters, not cells, and reads markup, so that
words, which may be Japanese or typed by a person, stand above and below it as ordinary text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual_hires_canvas import HiResMode
from textual_plot import AxisFormatter, PlotWidget

from techguard.i18n import Language

if TYPE_CHECKING:
    from techguard.board.blocks import Axis, Curve, Plot

PERCENT = 100


@dataclass(frozen=True)
class Column:
    """A bar: how high, how much of it presses, and whether it is an outlook."""

    value: int
    dark: int = 0
    open: bool = False


class _Labels(AxisFormatter):
    """Ticks at given places, with given texts of figures."""

    def __init__(self, labels: dict[float, str]) -> None:
        self.labels = labels

    def get_ticks(self, min_: float, max_: float, max_ticks: int = 8) -> list[float]:
        return [tick for tick in self.labels if min_ <= tick <= max_]

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        return [self.labels[tick] for tick in ticks]


class Chart(PlotWidget, can_focus=False, inherit_bindings=False):
    """A chart that is looked at: it takes no key, and the mouse moves the page and not the axes."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, allow_pan_and_zoom=False)
        self.set_reactive(PlotWidget.margin_top, 0)
        self.set_reactive(PlotWidget.margin_bottom, 1)

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw_if_there)  # after the widget's own beginning, which clears it

    def notify_style_update(self) -> None:
        """The colours changed: the lines take the new ones."""
        super().notify_style_update()
        self._draw_if_there()

    def _draw_if_there(self) -> None:
        """Its parts come when it is mounted, and go when a person leaves the section it stands in, which may
        be before it was drawn.
        """
        if self.query("#legend"):
            self.draw()

    def draw(self) -> None:
        """Draw what there is, in the colours of the theme."""

    def ink(self, name: str) -> str:
        """A colour of the theme as the canvas takes it."""
        return self.app.theme_variables[f"t-{name}"]


class BarChart(Chart):
    """Bars from the left, numbered from 1 as the rows of their table are."""

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.columns = tuple(columns)

    def draw(self) -> None:
        self.clear()
        if not self.columns:
            return
        places = list(range(1, len(self.columns) + 1))
        highest = max(1, *(c.value for c in self.columns))
        step = next_step(highest)
        self.bar(
            places,
            [c.value for c in self.columns],
            0.7,
            bar_style=[self.ink("muted" if c.open else "accent") for c in self.columns],
            hires_mode=HiResMode.HALFBLOCK,
        )
        self.bar(
            places,
            [c.dark for c in self.columns],
            0.7,
            bar_style=[self.ink("bad")] * len(places),
            hires_mode=HiResMode.HALFBLOCK,
        )
        self.set_xlimits(0.4, len(places) + 0.6)
        self.set_ylimits(0, step * math.ceil(highest / step))
        self.set_x_formatter(_Labels({float(n): str(n) for n in places}))
        self.set_y_formatter(_Labels({float(n): f"{n:,}" for n in range(0, highest + step, step)}))


def next_step(highest: int, most: int = 4) -> int:
    """The distance of at most `most` ticks up to a count: 1, 2 or 5 times a power of ten."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * most >= highest:
                return step
        size *= 10


UNITS: Mapping[Language, float] = {"ja": 1e8, "en": 1e6}
"""Amounts on an axis are in hundreds of millions of yen (oku), or in millions of yen."""


class PlotChart(Chart):
    """Curves over two axes, as the pages have them. Told apart without colour too: the first is dotted, the
    second solid, the third made of rings.
    """

    def __init__(self, plot: Plot, lang: Language, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.curves = plot
        self.lang = lang

    def draw(self) -> None:
        self.clear()
        for curve in self.curves.curves:
            xs, ys = _places(curve)
            if curve.look == 0:
                self.plot(xs, ys, line_style=self.ink("muted"), hires_mode=HiResMode.BRAILLE)
            elif curve.look == 1:
                self.plot(xs, ys, line_style=self.ink("accent"), hires_mode=HiResMode.HALFBLOCK)
            else:
                self.scatter(xs, ys, marker="o", marker_style=self.ink("good"))
        self.set_xlimits(0.0, 1.0)
        self.set_ylimits(0.0, 1.0)
        self.set_x_formatter(_Labels(self._ticks(self.curves.across)))
        self.set_y_formatter(_Labels(self._ticks(self.curves.up)))

    def _ticks(self, axis: Axis) -> dict[float, str]:
        """The ticks of an axis in figures alone."""
        return {tick.at: self._figure(axis, tick.at) for tick in axis.ticks}

    def _figure(self, axis: Axis, at: float) -> str:
        low, high = axis.low, axis.high
        value = low * (high / low) ** at if axis.log else low + (high - low) * at
        match axis.form:
            case "share":
                return f"{value * PERCENT:.3g}%"
            case "yen":
                return f"{value / UNITS[self.lang]:,.4g}"
            case _:
                return f"{value:,.0f}"


def _places(curve: Curve) -> tuple[list[float], list[float]]:
    """Where a line goes; one that falls at its points goes level before it falls."""
    xs: list[float] = []
    ys: list[float] = []
    for x, y in (dot.at for dot in curve.dots):
        if curve.stepped and ys and curve.look != 2:
            xs.append(x)
            ys.append(ys[-1])
        xs.append(x)
        ys.append(y)
    return xs, ys
