"""Paragraphs that break as Japanese and English do, whatever the width."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from techguard.domain.text import ELLIPSIS, cut
from techguard.i18n import N_

from .text import join, wrap


class Reading(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Something longer than the screen to read. Left and Right stay free for what is around it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", N_("Up"), show=False),
        Binding("down,j", "scroll_down", N_("Down"), show=False),
        Binding("pageup", "page_up", N_("Page up"), show=False),
        Binding("pagedown,space", "page_down", N_("Page down"), show=False),
        Binding("home", "scroll_home", N_("First line"), show=False),
        Binding("end", "scroll_end", N_("Last line"), show=False),
    ]


class Prose(Widget):
    """Literal text with a style, broken into lines by `text.wrap`. At most `most` lines, if that is
    given; an ellipsis says that there is more.
    """

    def __init__(
        self,
        text: str = "",
        style: str = "",
        *,
        most: int = 0,
        id: str | None = None,  # noqa: A002 - the word of Textual
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._parts: tuple[tuple[str, str], ...] = ((text, style),) if text else ()
        self.most = most

    def say(self, *parts: tuple[str, str]) -> None:
        """Show these paragraphs: (text, style)."""
        self._parts = parts
        self.refresh(layout=True)

    @property
    def text(self) -> str:
        """What it says."""
        return "\n".join(text for text, _style in self._parts)

    def _lines(self, cells: int) -> list[tuple[str, str]]:
        lines = [(line, style) for text, style in self._parts for line in wrap(text, cells)]
        if not self.most or len(lines) <= self.most:
            return lines
        line, style = lines[self.most - 1]
        return [*lines[: self.most - 1], (cut(line + ELLIPSIS, cells), style)]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width)) if self._parts else 0

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def render(self) -> Content:
        return Content("\n").join(join(line) for line in self._lines(self.content_size.width))
