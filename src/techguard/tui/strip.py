"""A line of names of which one is open."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from techguard.domain.text import width

from .painted import Painted


class Tabs(Painted):
    """Names side by side; the open one is underlined and in brackets, so that it reads without colour."""

    class Chosen(Message):
        """A click on a name."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.tabs: list[tuple[str, str]] = []
        self.opened = ""

    def show(self, tabs: Sequence[tuple[str, str]], opened: str) -> None:
        """Show (name, label) pairs with one of them open."""
        self.tabs, self.opened = list(tabs), opened
        self.refresh()

    def choose(self, name: str) -> None:
        """Open another."""
        self.opened = name
        self.refresh()

    def render(self) -> str:
        return ""

    def _spans(self) -> list[tuple[int, int, str, str]]:
        """Start, end, name and text of what is in sight: where not all fit, whole names around the open
        one, with < and > for the others.
        """
        texts = [(name, f"[{label}]" if name == self.opened else f" {label} ") for name, label in self.tabs]
        at = next((i for i, (name, _text) in enumerate(texts) if name == self.opened), 0)
        first, cells = 0, self.size.width - 2
        while first < at and sum(width(t) + 1 for _n, t in texts[first : at + 1]) > cells - 4:
            first += 1
        spans: list[tuple[int, int, str, str]] = []
        x = 1
        if first:
            spans.append((x, x + 1, texts[first - 1][0], "<"))
            x += 2
        for place, (name, text) in enumerate(texts[first:], first):
            room = cells - (2 if place + 1 < len(texts) else 0)
            if x + width(text) > room + 1:
                spans.append((x, x + 1, name, ">"))
                break
            spans.append((x, x + width(text), name, text))
            x += width(text) + 1
        return spans

    def render_line(self, y: int) -> Strip:
        plain = self.painted("tabs--name")
        here = self.painted("tabs--open")
        segments: list[Segment] = []
        x = 0
        for start, end, name, text in self._spans():
            segments.append(Segment(" " * (start - x), plain))
            segments.append(Segment(text, here if name == self.opened else plain))
            x = end
        return Strip(segments).adjust_cell_length(self.size.width, plain)

    def on_click(self, event: events.Click) -> None:
        for start, end, name, _text in self._spans():
            if start <= event.x < end:
                self.post_message(self.Chosen(name))
