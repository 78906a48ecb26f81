"""Fields to type in: a line and a text of several lines that lose nothing that was typed or pasted."""

from __future__ import annotations

import unicodedata
from typing import Any

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widgets import Input, TextArea

from techguard.domain.text import clean
from techguard.i18n import _

from . import compat


class Notice(Message):
    """Something a field did with what was typed, in a sentence for the person."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class LineInput(Input):
    """One line. Textual's own keeps only the first line of a paste, and nothing of one that is too long or
    begins with a line break; here lines are joined, what fits is kept, and what happened is said.
    """

    virtual_size = Reactive(Size(0, 0))  # a longer text is no reason to lay the screen out anew

    def __init__(self, value: str = "", *, limit: int = 0, **options: Any) -> None:
        super().__init__(value, compact=True, select_on_focus=False, **options)
        self.limit = limit
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self._take(event.character)

    def _on_paste(self, event: events.Paste) -> None:
        # Both: this class's handler alone runs, and the application does not hand the text on once more.
        event.prevent_default()
        event.stop()
        lines = [line.strip() for line in clean(event.text).replace("\t", " ").split("\n")]
        lines = [line for line in lines if line]
        if not lines:
            return
        if len(lines) > 1:
            self.post_message(
                Notice(_("The {n} lines you pasted were joined into one.").format(n=len(lines)))
            )
        self._take(" ".join(lines))

    def _take(self, text: str) -> None:
        """Put text at the cursor in place of the selection: NFC, and as much as fits."""
        start, end = sorted(self.selection)
        before, after = self.value[:start], self.value[end:]
        whole = unicodedata.normalize("NFC", before + clean(text))
        room = self.limit - len(after) if self.limit else len(whole)
        if len(whole) > room:
            lost = len(whole) - max(room, 0)
            whole = whole[: max(room, len(before))]
            self.post_message(
                Notice(
                    _("This field takes {limit} characters; {n} did not fit and were left out.").format(
                        limit=self.limit, n=lost
                    )
                )
            )
        self.value = whole + after
        self.cursor_position = len(whole)


class SecretInput(LineInput):
    """A passphrase: dots, and never normalised or cleaned: what was typed is what counts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(password=True, **options)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._take(event.text.strip("\r\n"))

    def _take(self, text: str) -> None:
        start, end = sorted(self.selection)
        self.value = self.value[:start] + text + self.value[end:]
        self.cursor_position = start + len(text)


class LongInput(TextArea):
    """A text of several lines. Tab goes on to the next field, as in every other; so do Up and Down where
    there is no further line.
    """

    def __init__(self, value: str = "", *, limit: int = 0, **options: Any) -> None:
        super().__init__(
            clean(value),
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=True,
            **options,
        )
        self.limit = limit
        self.cursor_blink = False
        self._trimming = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw; and break the lines anew where they were broken for another width than the one that is drawn.
        Textual breaks them when it hears of a new width, which may be before the field's place and its scroll
        bar are known; text is then out of sight.
        """
        if compat.wrapped_to(self) != self.wrap_width:
            self.call_later(self._break_anew)
        return super().render_lines(crop)

    def _break_anew(self) -> None:
        self._rewrap_and_refresh_virtual_size()
        self.refresh()

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and self.navigator.is_last_wrapped_line(self.cursor_location):
            self.screen.focus_next()
        else:
            super().action_cursor_down(select)

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self.navigator.is_first_wrapped_line(self.cursor_location):
            self.screen.focus_previous()
        else:
            super().action_cursor_up(select)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(clean(event.text), *sorted(self.selection))

    def on_text_area_changed(self) -> None:
        """Hold the limit. A text that came too long (a paste) keeps what fits, and it is said."""
        if self._trimming or not self.limit or len(self.text) <= self.limit:
            return
        lost = len(self.text) - self.limit
        self._trimming = True
        self.text = self.text[: self.limit]
        self.move_cursor(self.document.end)
        self._trimming = False
        self.post_message(
            Notice(
                _("This field takes {limit} characters; {n} did not fit and were left out.").format(
                    limit=self.limit, n=lost
                )
            )
        )
