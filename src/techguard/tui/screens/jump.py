"""Jump: a number on each place that takes the cursor; typing it goes there. Digits only, and full-width ones
too, so that it works while a Japanese input method is on.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.errors import NoWidget
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from techguard.i18n import N_, _, pgettext

from .. import plain
from ..bars import ALWAYS, ROOMS, KeyBar
from ..page import Dialog, Page
from ..picker import Option, Picker
from ..prose import Prose
from ..text import literal

if TYPE_CHECKING:
    from ..app import TechguardApp


def places(screen: Screen[Any]) -> list[Widget]:
    """What takes the cursor and is in sight, from top to bottom and left to right; of a text that scrolls and
    the fields in it, the fields.
    """
    seen = [w for w in screen.focus_chain if w.focusable and _in_sight(screen, w)]
    around = {node for w in seen for node in w.ancestors}
    return sorted((w for w in seen if w not in around), key=lambda w: (w.region.y, w.region.x))


def _in_sight(screen: Screen[Any], widget: Widget) -> bool:
    try:
        found, _region = screen.get_widget_at(*widget.region.offset)
    except NoWidget:
        return False
    return widget in found.ancestors_with_self


def labels(count: int) -> list[str]:
    """The numbers of so many places: one digit each, or two where one is not enough."""
    return [f"{n:0{1 if count <= 9 else 2}}" for n in range(1, count + 1)]


class JumpScreen(Dialog[str]):
    """The numbers, over the screen that they belong to. Gives the one that was typed, or a room's name."""

    ABOUT = N_("Type the number of the place to go to. Ctrl+O once more: the number of a room.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "rooms", N_("Rooms"), tooltip=N_("The digits are those of the rooms now.")),
        Binding("backspace", "again", N_("Begin again"), show=False),
    ]

    def __init__(self, numbered: Sequence[tuple[str, Widget]], *, rooms: bool) -> None:
        super().__init__()
        self.numbered = numbered
        self.with_rooms = rooms
        self.in_rooms = False
        self.typed = ""

    def compose(self) -> ComposeResult:
        for number, place in self.numbered:
            label = Static(literal(f" {number} "), classes="jump-label", id=f"jump-{number}")
            label.styles.offset = place.region.offset
            yield label
        yield Prose(id="jump-said")
        yield KeyBar()

    def on_mount(self) -> None:
        self._say(_("Type the number of the place to go to."))

    def _say(self, *lines: str) -> None:
        self.query_one("#jump-said", Prose).say(*((line, "bold") for line in lines))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "rooms" or (self.with_rooms and not self.in_rooms)

    def action_rooms(self) -> None:
        self.in_rooms = True
        self.typed = ""
        self.query(".jump-label").set(display=False)
        rooms = [f"{n % 10} {pgettext('room', label)}" for n, (_name, label) in enumerate(ROOMS, 1)]
        self._say("  ".join(rooms[:ALWAYS]), "  ".join(rooms[ALWAYS:]))
        self.refresh_bindings()

    def action_again(self) -> None:
        self.typed = ""
        self._narrow()

    def _narrow(self) -> None:
        for number, _place in self.numbered:
            self.query_one(f"#jump-{number}").display = number.startswith(self.typed)

    def on_key(self, event: events.Key) -> None:
        digit = unicodedata.normalize("NFKC", event.character or "")
        if not (digit.isascii() and digit.isdigit()):
            return
        event.stop()
        if self.in_rooms:
            keys = {str(n % 10): name for n, (name, _label) in enumerate(ROOMS, 1)}
            if digit in keys:
                self.dismiss(keys[digit])
            return
        numbers = [number for number, _place in self.numbered]
        typed = self.typed + digit
        if typed in numbers:
            self.dismiss(typed)
        elif any(number.startswith(typed) for number in numbers):
            self.typed = typed
            self._narrow()
        else:
            self._say(_("There is no number {typed} here.").format(typed=typed))


def open_jump(app: TechguardApp) -> None:
    """Show the numbers, and go where the person says."""
    screen = app.screen
    found = places(screen)
    numbered = list(zip(labels(len(found)), found, strict=True))
    rooms = bool(app.check_action("room", ())) and isinstance(screen, Page)
    if plain.is_on():
        _ask_in_words(app, numbered)
        return

    def go(chosen: str | None) -> None:
        if chosen is None:
            return
        target = dict(numbered).get(chosen)
        if target is not None:
            target.focus()
        else:
            app.action_room(chosen)

    app.push_screen(JumpScreen(numbered, rooms=rooms), go)


def _ask_in_words(app: TechguardApp, numbered: Sequence[tuple[str, Widget]]) -> None:
    options = [Option(number, f"{number}  {plain.line_of(place)[1]}") for number, place in numbered]

    def go(chosen: list[Any] | None) -> None:
        if chosen:
            app.call_after_refresh(partial(dict(numbered)[chosen[0]].focus))

    app.push_screen(Picker(_("Jump to"), options), go)
