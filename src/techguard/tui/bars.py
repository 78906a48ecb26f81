"""The lines above and below every screen: where we are, which rooms there are, what the keys do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Size
from textual.strip import Strip

from techguard.domain.text import cut, width
from techguard.i18n import NP_, _, pgettext

from .painted import Painted

if TYPE_CHECKING:
    from textual.screen import Screen

ROOMS: tuple[tuple[str, str], ...] = (
    ("overview", NP_("room", "Overview")),
    ("technologies", NP_("room", "Technologies")),
    ("exposures", NP_("room", "Exposures")),
    ("engagements", NP_("room", "Engagements")),
    ("counterparties", NP_("room", "Parties")),
    ("countermeasures", NP_("room", "Measures")),
    ("more", NP_("room", "More")),
    ("leakmap", NP_("room", "Leak map")),
    ("reviews", NP_("room", "Reviews")),
    ("checklists", NP_("room", "Checklists")),
)
"""The rooms in the order of their number keys (the tenth is 0), with the short name that the line of rooms
has space for. On a narrow screen the last are left out of the line; their keys stand in the list that is the
room "more".
"""
ALWAYS = 7
"""So many rooms stand in the line on every screen."""


@dataclass(frozen=True)
class Where:
    """What the top line says."""

    vault: str = ""
    trail: tuple[str, ...] = ()
    who: str = ""
    read_only: bool = False
    room: str = ""
    projected: bool = False


class TopBar(Painted):
    """Vault, room and item on the left; who, and whether only reading, on the right. Below it the rooms."""

    def __init__(self, *, rooms: bool = True) -> None:
        super().__init__()
        self.rooms = rooms
        self.where = Where()

    def show(self, where: Where) -> None:
        """Say where we are."""
        if where != self.where:
            self.where = where
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 2 if self.rooms else 1

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        if y == 0:
            return self._trail(cells)
        return self._rooms(cells) if y == 1 and self.rooms else Strip.blank(cells, self.rich_style)

    def _style(self, name: str) -> RichStyle:
        return self.painted(f"top--{name}")

    def _trail(self, cells: int) -> Strip:
        where = self.where
        marks = (_("projected") if where.projected else "", _("read only") if where.read_only else "")
        right = [Segment(cut(where.who, cells // 3), self._style("who"))]
        for mark in filter(None, marks):
            right = [Segment(f" {mark} ", self._style("alarm")), Segment("  ", self._style("who")), *right]
        right.append(Segment(" ", self._style("who")))
        space = cells - sum(width(s.text) for s in right) - 3
        left = [Segment(" ", self._style("trail"))]
        parts = [where.vault, *where.trail]
        for place, part in enumerate(parts):
            last = place == len(parts) - 1
            # Where we are is said whole, then what leads there; the vault's name gives way first.
            least = 8 if place else 24
            after = [5 + min(width(p), least) for p in parts[place + 1 : -1]]
            after += [] if last else [5 + width(parts[-1])]
            text = cut(part, max(4, space if last else min(space - sum(after), 24)))
            left.append(Segment(text, self._style("here" if last else "trail")))
            space -= width(text)
            if not last:
                left.append(Segment("  /  ", self._style("trail")))
                space -= 5
            if space < 6:
                break
        used = sum(width(s.text) for s in (*left, *right))
        gap = Segment(" " * max(0, cells - used), self._style("trail"))
        return Strip([*left, gap, *right]).adjust_cell_length(cells, self._style("trail"))

    def _spans(self, cells: int) -> list[tuple[int, int, str, str]]:
        """Where each room stands: start, end, label, name."""
        labels = [f"{n % 10} {pgettext('room', label)}" for n, (_name, label) in enumerate(ROOMS, 1)]
        first = labels[:ALWAYS]
        gap = 2 if sum(map(width, first)) + 2 * (len(first) - 1) + 2 <= cells else 1
        x = 1
        spans = []
        for n, ((name, _label), label) in enumerate(zip(ROOMS, labels, strict=True)):
            if n >= ALWAYS and x + width(label) >= cells:
                break
            spans.append((x, x + width(label), label, name))
            x += width(label) + gap
        return spans

    def _rooms(self, cells: int) -> Strip:
        segments: list[Segment] = []
        x = 0
        for start, end, label, name in self._spans(cells):
            segments.append(Segment(" " * (start - x), self._style("room")))
            segments.append(Segment(label, self._style("room-here" if name == self.where.room else "room")))
            x = end
        return Strip(segments).adjust_cell_length(cells, self._style("room"))

    def on_click(self, event: events.Click) -> None:
        if event.y == 1 and self.rooms:
            for start, end, _label, name in self._spans(self.size.width):
                if start <= event.x < end:
                    self.app.call_next(self.app.run_action, f"room('{name}')")

    def render(self) -> str:
        return ""


class KeyBar(Painted):
    """What the keys do here, in as many lines as it takes. A click does the same."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[list[tuple[str, str, str]]] = [[]]

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        # A screen below a dialog keeps the keys it had: they are its own again in a moment.
        if screen is self.screen and self.is_attached and screen.is_current:
            self.remake()

    def remake(self) -> None:
        """Take the keys anew."""
        lines = self._arranged(self.size.width or self.app.size.width)
        if lines != self._lines:
            grown = len(lines) != len(self._lines)
            self._lines = lines
            self.refresh(layout=grown)

    def on_resize(self) -> None:
        self.remake()

    def _arranged(self, cells: int) -> list[list[tuple[str, str, str]]]:
        lines: list[list[tuple[str, str, str]]] = [[]]
        used = 1
        for key, shown, text in self._keys():
            wide = width(shown) + 1 + width(text)
            if used + wide > cells and lines[-1]:
                lines.append([])
                used = 1
            lines[-1].append((key, shown, text))
            used += wide + 2
        return lines

    def _keys(self) -> list[tuple[str, str, str]]:
        seen: dict[str, tuple[str, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.description and binding.action not in seen:
                shown = self.app.get_key_display(binding)
                seen[binding.action] = binding.key, shown, binding.description
        last = [seen.pop(a) for a in ("help", "palette") if a in seen]
        return [*seen.values(), *last]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._lines))

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        text = self.painted("keys--text")
        key_style = self.painted("keys--key")
        segments = [Segment(" ", text)]
        for _key, shown, label in self._lines[y] if y < len(self._lines) else ():
            segments += [Segment(shown, key_style), Segment(f" {label}  ", text)]
        return Strip(segments).adjust_cell_length(cells, text)

    def on_click(self, event: events.Click) -> None:
        x = 1
        for key, shown, label in self._lines[event.y] if event.y < len(self._lines) else ():
            wide = width(shown) + 1 + width(label)
            if x <= event.x < x + wide:
                self.app.simulate_key(key)
                return
            x += wide + 2

    def render(self) -> str:
        return ""


KEY_NAMES = {
    "enter": NP_("key", "Enter"),
    "escape": NP_("key", "Esc"),
    "space": NP_("key", "Space"),
    "tab": NP_("key", "Tab"),
    "shift+tab": NP_("key", "Shift+Tab"),
    "delete": NP_("key", "Delete"),
    "backspace": NP_("key", "Backspace"),
    "up": NP_("key", "Up"),
    "down": NP_("key", "Down"),
    "left": NP_("key", "Left"),
    "right": NP_("key", "Right"),
    "pageup": NP_("key", "PgUp"),
    "pagedown": NP_("key", "PgDn"),
    "home": NP_("key", "Home"),
    "end": NP_("key", "End"),
    "question_mark": "?",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
}


def key_name(key: str) -> str:
    """A key as it stands on a keyboard: ctrl+s is Ctrl+S, question_mark is ?."""
    if key in KEY_NAMES:
        name = KEY_NAMES[key]
        return pgettext("key", name) if name.isalpha() or "+" in name else name
    if key.startswith("shift+"):
        return f"Shift+{key_name(key.removeprefix('shift+'))}"
    if key.startswith("ctrl+"):
        name = key_name(key.removeprefix("ctrl+"))
        return "Ctrl+" + (name.upper() if len(name) == 1 else name)
    return key.upper() if key[:1] == "f" and key[1:].isdigit() else key
