"""The 5×5 matrix: likelihood upwards, impact to the right; in every field the count and the level's word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from techguard.domain.scales import Scale
from techguard.i18n import N_, NP_, _, language, pgettext

from .text import cut, fit, width

SHORT_WORDS = (
    NP_("level, at most 4 cells", "L1"),
    NP_("level, at most 4 cells", "L2"),
    NP_("level, at most 4 cells", "L3"),
    NP_("level, at most 4 cells", "L4"),
    NP_("level, at most 4 cells", "L5"),
)


class HeatMap(Widget, can_focus=True):
    """Counts by likelihood and impact; or, after `show_path`, where one exposure stands and stood."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "heat--axis",
        "heat--cursor",
        *(f"heat--{n}" for n in range(1, 6)),
    }
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

    def _names(self, axis: str) -> list[str]:
        from techguard import catalog

        lang = language()
        return [level.name.in_(lang) for level in catalog.scales().scale(axis).levels]

    def _label_width(self) -> int:
        return 2 + max(width(name) for name in self._names("likelihood")) + 1

    def _cell(self) -> int:
        """A count, and the level's word; where there is space, enough for the names of the impacts too."""
        words = max(width(pgettext("level, at most 4 cells", word)) for word in SHORT_WORDS)
        return 4 + words + (2 if self.app.size.width >= 100 else 0)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self._label_width() + 5 * self._cell()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 7

    # --- drawing ---

    def render(self) -> str:
        return ""

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        axis = self.get_component_rich_style("heat--axis")
        label = self._label_width()
        if self.scale is None or y > 6:
            return Strip.blank(cells, axis)
        segments: list[Segment] = []
        if y == 0:
            text = cut(_("Likelihood up, impact to the right"), cells)
            segments.append(Segment(text, axis))
        elif y == 6:
            segments.append(Segment(fit(pgettext("axis", "Impact"), label), axis))
            texts = [f"{n} {name}" for n, name in enumerate(self._names("impact"), 1)]
            if max(map(width, texts)) >= self._cell():
                texts = [f"    {n}" for n in range(1, 6)]
            segments += [Segment(fit(text, self._cell()), axis) for text in texts]
        else:
            likelihood = 6 - y
            name = f"{likelihood} {self._names('likelihood')[likelihood - 1]}"
            segments.append(Segment(fit(name, label), axis))
            for impact in range(1, 6):
                segments += self._field(likelihood, impact, axis)
        return Strip(segments).adjust_cell_length(cells, axis)

    def _field(self, likelihood: int, impact: int, axis: RichStyle) -> list[Segment]:
        assert self.scale is not None
        here = (likelihood, impact)
        level = self.scale.level(likelihood, impact) or 1
        style = self.get_component_rich_style(f"heat--{level}")
        word = pgettext("level, at most 4 cells", SHORT_WORDS[level - 1])
        if self.path:
            steps = [n for n, place in enumerate(self.path, 1) if place == here]
            now = here == self.path[-1]
            text = "[*]" if now else f" {steps[-1]} " if steps else "   "
        else:
            count = self.counts.get(here, 0)
            now = False
            text = f"{count:>3}" if count else "   "
        bold = style + RichStyle(bold=True)
        if now or (self.has_focus and here == self.at):
            bold = style = self.get_component_rich_style("heat--cursor")
            if self.has_focus:
                text = ">" + text[1:]
        return [Segment(text, bold), Segment(" " + fit(word, self._cell() - 4), style)]

    # --- moving ---

    def action_move(self, up: int, right: int) -> None:
        self.at = min(5, max(1, self.at[0] + up)), min(5, max(1, self.at[1] + right))
        self.refresh()

    def action_choose(self) -> None:
        if self.counts.get(self.at):
            self.post_message(self.Chosen(*self.at))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "choose" or bool(self.counts)

    def on_click(self, event: events.Click) -> None:
        x = event.x - self._label_width()
        if self.can_focus and 1 <= event.y <= 5 and 0 <= x < 5 * self._cell():
            self.at = 6 - event.y, x // self._cell() + 1
            self.refresh()
            self.action_choose()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


def level_chart(levels: list[tuple[str, int]], cells: int) -> list[str]:
    """Levels over time as rows of text, the highest on top: a mark in the row of each level, dates below."""
    shown = levels[-max(1, (cells - 4) // 7) :]
    rows = [
        f"{level} |" + "".join("   #   " if value == level else "       " for _when, value in shown)
        for level in range(5, 0, -1)
    ]
    rows.append("   " + "".join(fit(when[2:7], 7) for when, _value in shown))
    return [row.rstrip() for row in rows]
