"""Search every text of every kind while typing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from techguard import present
from techguard.domain.kinds import KINDS
from techguard.i18n import N_, _, language, ngettext

from .. import compat
from ..input import LineInput
from ..page import Page
from ..table import Column, Count, Line, VirtualTable, found, plain
from ..text import literal

LIMIT = 200


class SearchPage(Page):
    """Everything in which the words occur."""

    NAME = N_("Search")
    ABOUT = N_(
        "Type any words, in Japanese or English; one character is enough. Every text that a person wrote is"
        " searched, in every kind of entry; width and case make no difference. Enter or Down goes to the "
        "results, Enter opens one. What was found is underlined."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "narrow", N_("Search line"), tooltip=N_("Go to the search line.")),
    ]

    def __init__(self, text: str = "", cursor: int = 0) -> None:
        super().__init__()
        self.text = text
        self.start_cursor = cursor
        self.kinds: dict[str, str] = {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "narrow":
            return not (self.is_mounted and self.query_one("#words").has_focus)
        return super().check_action(action, parameters)

    def trail(self) -> tuple[str, ...]:
        return (_(self.NAME),)

    def place(self) -> Callable[[], Page]:
        text, cursor = self.text, self.query_one(VirtualTable).cursor
        return lambda: SearchPage(text, cursor)

    def body(self) -> Iterable[Any]:
        with Horizontal(classes="searchline"):
            yield Static(literal(_("Search")), classes="search-label")
            yield LineInput(self.text, placeholder=_("any word, Japanese or English"), id="words")
            yield Count(id="count")
        yield Static(classes="line")
        yield VirtualTable(
            [
                Column("kind", _("Kind"), 12, 18),
                Column("ref", _("No."), 9, 9),
                Column("title", _("Title"), 20, 90, keep=True),
                Column("found", _("Found in"), 20, 90, keep=True),
            ],
            empty="",
            id="rows",
        )

    def on_mount(self) -> None:
        self.query_one("#words").focus()

    def reload(self) -> None:
        if self.kinds:  # found before: who comes back stands where they left
            self.start_cursor = self.query_one(VirtualTable).cursor
        self._find()

    def _find(self) -> None:
        self.ask(partial(self._look, self.text), group="look", exclusive=True)

    @on(Input.Changed, "#words")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.text:
            self.text = event.value
            self.start_cursor = 0
            self._find()

    async def _look(self, text: str) -> None:
        table = self.query_one(VirtualTable)
        hits = await self.store.run(lambda reg: reg.search(text, limit=LIMIT)) if text.strip() else []
        self.kinds = {hit.id: hit.kind for hit in hits}
        lang = language()
        lines = []
        for hit in hits:
            kind = KINDS[hit.kind]
            label = plain(present.kind_label(kind, lang), "muted")
            cells = (label, plain(hit.ref, "muted"), plain(hit.title), found(hit.snippet, hit.spans))
            lines.append(Line(hit.id, cells))
        table.empty = _("Nothing matches.") if text.strip() else ""
        table.show_lines(lines, cursor=self.start_cursor)
        count = ngettext("{n} entry", "{n} entries", len(hits)).format(n=len(hits))
        if len(hits) == LIMIT:
            count = _("the first {n}").format(n=LIMIT)
        self.query_one(Count).say(count if text.strip() else "")
        compat.draw_now(table, self.query_one(Count))

    @on(Input.Submitted, "#words")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        table = self.query_one(VirtualTable)
        if table.count == 1:
            table.action_choose()
        elif table.count:
            table.focus()

    def on_key(self, event: Any) -> None:
        if event.key == "down" and self.query_one("#words").has_focus:
            event.stop()
            self.query_one(VirtualTable).focus()

    @on(VirtualTable.PastTop)
    def _past_top(self) -> None:
        self.query_one("#words").focus()

    def action_narrow(self) -> None:
        self.query_one("#words").focus()

    @on(VirtualTable.Chosen)
    def _open(self, event: VirtualTable.Chosen) -> None:
        from .detail import open_item

        event.stop()
        open_item(self.tg, self.kinds[event.key], event.key)
