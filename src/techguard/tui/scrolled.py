"""What is longer than the screen, with a scroll bar that says where one is."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from techguard.i18n import N_


class WithBar(Widget):
    """Textual tells a scroll bar where one is only while the bar is shown: what was emptied and filled anew
    came back with the bar of what stood there before. A base of everything here that scrolls, after the one
    that hands on its rules.
    """

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        if shown:
            self.vertical_scrollbar.position = self.scroll_y


class Scrolled(VerticalScroll, WithBar):
    """Something that may be longer than its place."""


class Reading(Scrolled, can_focus=True, inherit_bindings=False):
    """Something longer than the screen to read. Left and Right stay free for what is around it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", N_("Up"), show=False),
        Binding("down,j", "scroll_down", N_("Down"), show=False),
        Binding("pageup", "page_up", N_("Page up"), show=False),
        Binding("pagedown,space", "page_down", N_("Page down"), show=False),
        Binding("home", "scroll_home", N_("First line"), show=False),
        Binding("end", "scroll_end", N_("Last line"), show=False),
    ]
