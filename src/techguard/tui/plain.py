"""Plain mode, for those who listen to the screen: no boxes, no pictures, a row of a table as a sentence,
marks as words, and a line above the keys that says what has the focus, with the terminal's own cursor on it.

What it can do and what it cannot is in docs/explanation/terminal.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.css.query import NoMatches
from textual.geometry import Offset
from textual.widget import Widget
from textual.widgets import Input, TextArea

from techguard.i18n import _, labelled

from . import compat
from .prose import Prose
from .text import one_line

if TYPE_CHECKING:
    from textual.app import App

_state = {"on": False}


def turn(on: bool) -> None:
    """Turn plain mode on or off; before the first screen is made."""
    _state["on"] = on


def is_on() -> bool:
    """Whether the screen is drawn to be listened to."""
    return _state["on"]


class Spoken(Prose):
    """The line that says what has the focus."""

    def __init__(self) -> None:
        super().__init__(most=4, id="spoken")
        self._tab = self._opened = ""
        self._early = False

    def opened(self, tab: str, *, key: bool) -> str:
        """The name of the tab that was opened, until a key does something else. What is said by the clock may
        have told of the tab before the key that opened it is told of.
        """
        if tab != self._tab:
            self._tab = self._opened = tab
            self._early = not key
        elif key and self._early:
            self._early = False
        elif key:
            self._opened = ""
        return self._opened


def announce(app: App[Any], *, key: bool = False) -> None:
    """Say what has the focus, and put the terminal's cursor where it is; `key`: because one was pressed."""
    focused = app.focused
    try:
        spoken = app.screen.query_one(Spoken)
    except NoMatches:
        return
    if focused is None or not focused.size:
        spoken.say()
        return
    row, text = line_of(focused)
    # A list that is narrowed by typing has its cursor while the line of typing has the focus.
    lists = app.screen.query(".narrowed").results() if focused.id == "narrow" else ()
    texts = [spoken.opened(_open_tab(app), key=key), text, *(line_of(one)[1] for one in lists)]
    spoken.say(*((t, "") for t in texts if t))
    if not isinstance(focused, Input | TextArea):  # those put it at the character themselves
        app.cursor_position = Offset(focused.region.x, focused.region.y + row)


def _open_tab(app: App[Any]) -> str:
    from .strip import Tabs

    tabs = next(iter(app.screen.query(Tabs)), None)
    return dict(tabs.tabs).get(tabs.opened, "") if tabs is not None else ""


def line_of(widget: Widget) -> tuple[int, str]:
    """The row of a widget that has the cursor, and what to say of it."""
    from .forms import PickField
    from .grid import Grid
    from .screens.rating import RatingSheet
    from .table import VirtualTable

    if isinstance(widget, VirtualTable | RatingSheet):
        return widget.cursor_row, widget.spoken()
    if isinstance(widget, Grid) and widget.said:
        return widget.cursor_row, widget.said
    label = _label(widget)
    if isinstance(widget, Input):
        value = _("{n} characters").format(n=len(widget.value)) if widget.password else widget.value
        return 0, _said(label or widget.placeholder, value)
    if isinstance(widget, TextArea):
        return 0, _said(label, one_line(widget.text))
    if isinstance(widget, PickField):
        return 0, _said(label, widget.shown())
    lines = compat.drawn(widget)
    at = next((i for i, line in enumerate(lines) if line.lstrip().startswith(">")), None)
    if at is None:
        at = next((i for i, line in enumerate(lines) if line.strip()), 0)
    return at, " ".join(lines[at].replace(">", " ", 1).split()) if lines else ""


def _said(label: str, value: str) -> str:
    return labelled(label, value or _("empty"))


def _label(widget: Widget) -> str:
    """What a field is called: the label of its row, or the one before it."""
    from .forms import FieldRow, row_label

    for node in widget.ancestors:
        if isinstance(node, FieldRow):
            return row_label(node.spec)
    siblings = list(widget.parent.children) if isinstance(widget.parent, Widget) else []
    for other in reversed(siblings[: siblings.index(widget)] if widget in siblings else []):
        if isinstance(other, Prose):
            return one_line(other.text)
        if other.has_class("search-label"):
            return " ".join(" ".join(compat.drawn(other)).split())
    return ""
