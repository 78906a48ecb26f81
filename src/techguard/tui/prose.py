"""Paragraphs that break as Japanese and English do, whatever the width."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from techguard.domain.text import ELLIPSIS, cut

from .text import join, unbroken, wrap


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
        return "\n".join(unbroken(text) for text, _style in self._parts)

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
