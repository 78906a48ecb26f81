"""The matrix of likelihood and impact; in every field the count and the level's word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from techguard.domain.scales import LEVELS, Axis, Scale
from techguard.domain.text import cut, fit, width
from techguard.i18n import N_, NP_, _, language, pgettext, short_date

from .painted import Painted

SHORT_WORDS = (
    NP_("level, at most 4 cells", "L1"),
    NP_("level, at most 4 cells", "L2"),
    NP_("level, at most 4 cells", "L3"),
    NP_("level, at most 4 cells", "L4"),
    NP_("level, at most 4 cells", "L5"),
)


class HeatMap(Painted, can_focus=True):
    """Counts by likelihood and impact; or, after `show_path`, where one exposure stands and stood."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("Show these")),
        Binding("up", "move(1, 0)", N_("Up"), show=False),
        Binding("down", "move(-1, 0)", N_("Down"), show=False),
        Binding("left", "move(0, -1)", N_("Left"), show=False),
        Binding("right", "move(0, 1)", N_("Right"), show=False),
    ]

    class Chosen(Message):
        """A field of the matrix was chosen."""

        def __init__(self, likelihood: int, impact: int) -> None:
            super().__init__()
            self.likelihood = likelihood
            self.impact = impact

    def __init__(self, scale: Scale | None = None, *, id: str | None = None, focusable: bool = True) -> None:  # noqa: A002
        super().__init__(id=id)
        self.scale = scale
        self.counts: Mapping[tuple[int, int], int] = {}
        self.path: tuple[tuple[int, int], ...] = ()
        self.at = (3, 3)
        """The field under the cursor: how far up, how far to the right."""
        self.can_focus = focusable

    def show(self, scale: Scale, counts: Mapping[tuple[int, int], int]) -> None:
        """Show counts by (likelihood, impact)."""
        self.scale, self.counts, self.path = scale, counts, ()
        self.refresh(layout=True)

    def show_path(self, scale: Scale, path: tuple[tuple[int, int], ...]) -> None:
        """Show where an exposure stands: the last of `path`; before it, where it stood."""
        self.scale, self.counts, self.path = scale, {}, path
        self.refresh(layout=True)

    # --- measures ---

    @property
    def _laid_out(self) -> Scale:
        """The scale that is drawn; until one is known the standard one keeps its place free."""
        from techguard import catalog

        return self.scale or catalog.standard()

    @property
    def _axes(self) -> tuple[Axis, Axis]:
        """The axis that goes up, and the one that goes to the right."""
        upright: Axis = self._laid_out.upright
        return upright, "impact" if upright == "likelihood" else "likelihood"

    def _steps(self, axis: Axis) -> int:
        likelihood, impact = self._laid_out.size
        return likelihood if axis == "likelihood" else impact

    @property
    def _rows(self) -> int:
        return self._steps(self._axes[0])

    @property
    def _columns(self) -> int:
        return self._steps(self._axes[1])

    def _place(self, up: int, right: int) -> tuple[int, int]:
        """Likelihood and impact of a field."""
        return (up, right) if self._axes[0] == "likelihood" else (right, up)

    def _names(self, axis: Axis) -> list[str]:
        """The scale's own words; where it has none, those of the catalogue."""
        from techguard import catalog

        own = self._laid_out.likelihood_steps if axis == "likelihood" else self._laid_out.impact_steps
        lang = language()
        return [s.name for s in own] or [
            level.name.in_(lang) for level in catalog.standard_scales().scale(axis).levels
        ]

    def _label_width(self) -> int:
        """The widest name beside a row, but no more than leaves the matrix its place; below them stands the
        name of the other axis.
        """
        up, right = self._axes
        names = 2 + min(max(width(name) for name in self._names(up)), 12 if self._tight else 16)
        return max(names, width(_axis_name(right))) + 1

    @property
    def _tight(self) -> bool:
        """Six columns beside what else stands on a screen of 80 columns."""
        return self._columns > 5 and self.app.size.width < 100

    def _word(self, level: int) -> str:
        own = self._laid_out.level_names
        return own[level - 1] if own else pgettext("level, at most 4 cells", SHORT_WORDS[level - 1])

    def _cell(self) -> int:
        """A count, and the level's word; where there is space, enough for the names to the right too."""
        words = max(width(self._word(level)) for level in range(1, LEVELS + 1))
        roomy = self.app.size.width >= 100 and self._columns <= 5
        return 4 + min(2 if self._tight else 4, words) + (2 if roomy else 0)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self._label_width() + self._columns * self._cell()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 2 + self._rows

    # --- drawing ---

    def render(self) -> str:
        return ""

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        axis = self.painted("heat--axis")
        last = self._rows + 1
        if self.scale is None or y > last:
            return Strip.blank(cells, axis)
        label = self._label_width()
        up, right = self._axes
        segments: list[Segment] = []
        if y == 0:
            said = (
                _("Likelihood up, impact to the right")
                if up == "likelihood"
                else _("Impact up, likelihood to the right")
            )
            segments.append(Segment(cut(said, cells), axis))
        elif y == last:
            segments.append(Segment(fit(_axis_name(right), label), axis))
            texts = [f"{n} {name}" for n, name in enumerate(self._names(right), 1)]
            if max(map(width, texts)) >= self._cell():
                texts = [f"    {n}" for n in range(1, self._columns + 1)]
            segments += [Segment(fit(text, self._cell()), axis) for text in texts]
        else:
            upward = last - y
            name = f"{upward} {self._names(up)[upward - 1]}"
            segments.append(Segment(fit(cut(name, label - 1), label), axis))
            for aside in range(1, self._columns + 1):
                segments += self._field(upward, aside)
        return Strip(segments).adjust_cell_length(cells, axis)

    def _field(self, up: int, right: int) -> list[Segment]:
        assert self.scale is not None
        here = self._place(up, right)
        level = self.scale.level(*here) or 1
        style = self.painted(f"heat--{level}")
        if self.path:
            steps = [n for n, place in enumerate(self.path, 1) if place == here]
            now = here == self.path[-1]
            text = "[*]" if now else f" {steps[-1]} " if steps else "   "
        else:
            count = self.counts.get(here, 0)
            now = False
            text = f"{count:>3}" if count else "   "
        bold = style + RichStyle(bold=True)
        if now or (self.has_focus and (up, right) == self.at):
            bold = style = self.painted("heat--cursor")
            if self.has_focus:
                text = ">" + text[1:]
        word = cut(self._word(level), self._cell() - 4)
        return [Segment(text, bold), Segment(" " + fit(word, self._cell() - 4), style)]

    # --- moving ---

    def action_move(self, up: int, right: int) -> None:
        self.at = min(self._rows, max(1, self.at[0] + up)), min(self._columns, max(1, self.at[1] + right))
        self.refresh()

    def action_choose(self) -> None:
        place = self._place(*self.at)
        if self.counts.get(place):
            self.post_message(self.Chosen(*place))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "choose" or bool(self.counts)

    def on_click(self, event: events.Click) -> None:
        x = event.x - self._label_width()
        if self.can_focus and 1 <= event.y <= self._rows and 0 <= x < self._columns * self._cell():
            self.at = self._rows + 1 - event.y, x // self._cell() + 1
            self.refresh()
            self.action_choose()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


def _axis_name(axis: Axis) -> str:
    return pgettext("axis", "Impact") if axis == "impact" else pgettext("axis", "Likelihood")


def level_chart(levels: list[tuple[date | None, int]], cells: int) -> list[str]:
    """Levels over time as rows of text, the highest on top: a mark in the row of each level, months below."""
    shown = levels[-max(1, (cells - 4) // 7) :]
    rows = [
        f"{level} |" + "".join("   #   " if value == level else "       " for _when, value in shown)
        for level in range(5, 0, -1)
    ]
    rows.append("   " + "".join(fit(_month(when), 7) for when, _value in shown))
    return [row.rstrip() for row in rows]


def _month(day: date | None) -> str:
    return re.sub(r"\W\d\d$", "", short_date(day)).removeprefix("20") if day else ""
