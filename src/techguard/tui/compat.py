"""Every use of private parts of Textual, each with its reason. Textual is pinned to 8.2.8; a test holds
each of these, so that a new version is looked at here before it is taken.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from textual.app import App
    from textual.scroll_view import ScrollView
    from textual.widget import Widget
    from textual.widgets import TextArea

KEPT = {"TEXTUAL_COLOR_SYSTEM", "TEXTUAL_DISABLE_KITTY_KEY"}
"""What Textual may still read: how the terminal draws and sends keys. Neither writes anything."""


def drop_environment(environ: MutableMapping[str, str] | None = None) -> None:
    """Forgets Textual's debugging switches before it reads them: TEXTUAL_LOG writes what happens to a file,
    TEXTUAL_SCREENSHOT the screen, TEXTUAL=devtools sends both over a socket, TEXTUAL_PRESS types.
    Call before the first import of textual: `textual.constants` reads them when imported.
    """
    environ = os.environ if environ is None else environ
    for name in list(environ):
        if (name == "TEXTUAL" or name.startswith("TEXTUAL_")) and name not in KEPT:
            del environ[name]


def clear_drawn_text() -> None:
    """Empties the caches in which Textual and Rich keep what was on the screen (Textual #6665): after a lock
    nothing of it may be found there. Strings already handed to the terminal are out of our hands.
    """
    import rich.cells
    from textual._styles_cache import StylesCache

    StylesCache.get_inner_outer.cache_clear()  # an lru_cache on a method: holds the widget's renderable
    rich.cells.cached_cell_len.cache_clear()  # its keys are the texts that were measured


def forget_clipboard(app: App[Any]) -> None:
    """Textual keeps its own copy of what was copied, for terminals that cannot be asked."""
    app._clipboard = ""


def drawn(widget: Widget) -> list[str]:
    """What stands on the screen where a widget is, line by line."""
    region = widget.region
    strips = widget.screen._compositor.render_strips()[max(region.y, 0) : max(region.bottom, 0)]
    return ["".join(s.text for s in strip.crop(region.x, region.right)) for strip in strips]


def draw_now(*widgets: Widget) -> None:
    """Draws these widgets of a screen, and their scroll bars, without waiting for Textual's next frame, which
    may be 1/60 s away. What must be laid out anew before, is: then everything is drawn.
    """
    screen = widgets[0].screen
    if screen.is_running:
        bars = [widget._vertical_scrollbar for widget in widgets if widget._vertical_scrollbar]
        screen._dirty_widgets.update(part for part in (*widgets, *bars) if part in screen._compositor)
        screen._on_timer_update()


def rows_changed(view: ScrollView) -> None:
    """Tells the scroll bar how many lines there are now. The screen is laid out anew, which takes about 6 ms,
    only where the bar appears or goes.
    """
    view._scroll_update(view.virtual_size)


def show_cursor(app: App[Any]) -> None:
    """Shows the terminal's own cursor, which Textual hides: screen readers follow it."""
    if app._driver is not None:
        app._driver.write("\x1b[?25h")


def leave_after_crash(app: App[Any], message: str) -> None:
    """Ends the application with `message` in place of Textual's traceback, which prints local variables:
    measured, a passphrase appeared on the terminal (`App._fatal_error`, `show_locals=True`).
    """
    from rich.segment import Segment, Segments

    app.bell()
    app._exit_renderables.append(Segments([Segment(message + "\n")]))
    app._close_messages_no_wait()


def wrapped_to(area: TextArea) -> int:
    """The width for which the lines of a text area were broken; 0 if they were not."""
    width: int = area.wrapped_document._width
    return width
