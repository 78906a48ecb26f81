"""What a screen is for, and its keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Input, TextArea

from techguard.domain.text import fit, width
from techguard.i18n import N_, _, list_text, pgettext

from ..bars import ROOMS, key_name
from ..page import Dialog, Speaking
from ..prose import Prose
from ..scrolled import Reading
from ..text import join, wrap

_TEXTUAL_S = frozenset(
    binding.action
    for cls in (ScrollableContainer, Input, TextArea, Screen, App)
    for binding in Binding.make_bindings(cls.BINDINGS)
) - {"quit"}
"""Moving about in a field or a text, as everywhere: not worth a line, and not in our languages."""


class HelpDialog(Dialog[None]):
    """Explains the screen below it."""

    NAME = N_("Help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark,fullwidth_question_mark,enter", "leave", N_("Close"), show=False),
        Binding("f2", "tour", N_("Tour"), tooltip=N_("Walk through the five places one needs first.")),
    ]

    def __init__(self, about: Speaking[Any]) -> None:
        super().__init__()
        self.about = _(about.ABOUT)
        self.name_of_screen = _(about.NAME) if about.NAME else ""
        self.keys = key_table(about)
        self.can_tour = bool(about.app.check_action("room", ()))

    def title_text(self) -> str:
        return self.name_of_screen or _(self.NAME)

    def body(self) -> Iterable[Any]:
        with Reading(id="reading"):
            yield Prose(self.about, classes="paragraph")
            yield KeyLines(self.keys)

    def on_mount(self) -> None:
        self.query_one("#reading").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "tour" or self.can_tour

    def action_tour(self) -> None:
        from .tour import start_tour

        self.dismiss(None)
        start_tour(self.tg)


class KeyLines(Prose):
    """Keys, and beside them what they do: a longer text goes on below itself."""

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{shown}  {text}" for shown, text in keys), classes="paragraph")
        self.keys = keys
        self._wide = max((width(shown) for shown, _text in keys), default=0) + 2

    def _rows(self, cells: int) -> list[tuple[str, str]]:
        """What stands in each line: the keys, in the first one of theirs, and a part of the text."""
        return [
            (shown if n == 0 else "", part)
            for shown, text in self.keys
            for n, part in enumerate(wrap(text, max(10, cells - self._wide)))
        ]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def render(self) -> Content:
        rows = self._rows(self.content_size.width)
        return Content("\n").join(join((fit(shown, self._wide), "bold"), part) for shown, part in rows)


def key_table(screen: Speaking[Any]) -> list[tuple[str, str]]:
    """The keys of a screen and what they do, in its language: every key that works, once."""
    by_action: dict[str, tuple[list[str], str]] = {}
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if not active.enabled or not binding.description or binding.action.startswith("room("):
            continue
        if binding.action in _TEXTUAL_S:
            continue
        text = binding.tooltip or binding.description
        keys, _text = by_action.setdefault(binding.action, ([], text))
        shown = key_name(key)
        if (
            not key.startswith("fullwidth")
            and shown not in keys
            and not (len(key) == 1 and ord(key) > 0xFF00)
        ):
            keys.append(shown)
    rows = [(" ".join(keys), text) for keys, text in by_action.values() if keys]
    if screen.app.check_action("room", ()):
        rooms = list_text([pgettext("room", label) for _name, label in ROOMS])
        rows.append((f"1-{len(ROOMS) - 1}, 0", rooms))
    return rows
