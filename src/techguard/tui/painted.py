"""Widgets that draw their lines themselves, in styles that the stylesheet names: `.table--cursor`.

Textual gives every such widget component classes of its own and works all of them out anew whenever a screen
comes up; a page with lists spent two thirds of its time there. Ours look the same wherever they are, so the
application holds them, once for each theme.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, cast

from rich.style import Style
from textual.app import App
from textual.widget import Widget

_BY_WIDGET = {
    "top": "trail here who alarm room room-here",
    "keys": "key text",
    "tabs": "name open",
    "table": "header cursor cursor-blurred heading muted bad warn good "
    "level-1 level-2 level-3 level-4 level-5",
    "grid": "head head-here row row-here blank unrated cursor 1 2 3 4 5",
    "heat": "axis cursor 1 2 3 4 5",
    "sheet": "text muted cursor chosen bad level-1 level-2 level-3 level-4 level-5",
}
STYLES = frozenset(f"{part}--{name}" for part, names in _BY_WIDGET.items() for name in names.split())
"""The names, in techguard.tcss each once."""


class PaintedApp(App[int]):
    """An application with such widgets."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*STYLES}

    def painted(self, name: str) -> Style:
        """A style of `STYLES` in the theme of now. Raises `KeyError` if there is none."""
        styles = self._component_styles[name]
        known = self._painted.get(name)
        if known is None or known[0] is not styles:  # they are worked out anew with every theme
            known = self._painted[name] = styles, styles.rich_style
        return known[1]

    @cached_property
    def _painted(self) -> dict[str, tuple[object, Style]]:
        return {}


class Painted(Widget):
    """Draws its lines in the styles of `STYLES`. As a second base: only the first hands on its rules."""

    def painted(self, name: str) -> Style:
        """One of them, as it is in the theme of now. Raises `KeyError` if there is none."""
        return cast("PaintedApp", self.app).painted(name)
