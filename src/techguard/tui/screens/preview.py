"""A document before it leaves: composed beside the screen, read section by section."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from techguard.i18n import N_, _

from ..page import LoadingPage
from ..paper import Chapter, Paper, chapters, charts
from ..picker import Option, Picker
from ..prose import Prose

if TYPE_CHECKING:
    from techguard.board.blocks import Bars, Pages
    from techguard.register import Register


class PreviewPage(LoadingPage):
    """Pages to read; what they are composed of is said by those that are made of this."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", N_("Section before"), show=False),
        Binding("right", "turn(1)", N_("Next section")),
        Binding("f6", "sections", N_("Sections"), tooltip=N_("Go to a section.")),
    ]

    def __init__(self, at: int = 0) -> None:
        super().__init__()
        self.at = at
        self.chapters: tuple[Chapter, ...] = ()
        self.bars: Mapping[str, Bars] = {}

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return (_(self.NAME),)

    def composer(self) -> Callable[[Register], Pages]:
        """What composes the pages, on the register's thread."""
        raise NotImplementedError

    def read_as(self, pages: Pages) -> tuple[Chapter, ...]:
        """The pages as they are read: section by section, without those that hold nothing."""
        return tuple(chapter for chapter in chapters(pages) if chapter.parts)

    def said(self, pages: Pages) -> str:
        """The line above the pages."""
        return f"{pages.marking} / {pages.running}"

    def body(self) -> Iterable[Any]:
        yield from self.above()
        yield Prose(id="for-whom", most=1)
        yield Prose(id="section", most=1)
        yield Paper(id="minutes")

    def above(self) -> Iterable[Any]:
        """What stands above the line."""
        return ()

    def on_mount(self) -> None:
        self.query_one(Paper).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        self.query_one("#for-whom", Prose).say((_("Composing …"), "$t-muted"))
        pages = await self.store.run(self.composer())
        self.chapters, self.bars = self.read_as(pages), charts(pages)
        self.query_one("#for-whom", Prose).say((self.said(pages), "bold $t-accent"))
        await self._show(self.at)
        self.refresh_bindings()

    async def _show(self, at: int) -> None:
        if not self.chapters:
            return
        self.at = max(0, min(at, len(self.chapters) - 1))
        chapter = self.chapters[self.at]
        where = _("{n} of {all}").format(n=self.at + 1, all=len(self.chapters))
        title = f"{where}   {chapter.title}" if len(self.chapters) > 1 else chapter.title
        self.query_one("#section", Prose).say((title, "bold"))
        await self.query_one(Paper).show(chapter, self.bars)

    def action_turn(self, step: int) -> None:
        self.ask(partial(self._show, self.at + step), group="show", exclusive=True)

    def action_sections(self) -> None:
        options = [Option(n, chapter.title) for n, chapter in enumerate(self.chapters)]

        def go(chosen: list[Any] | None) -> None:
            if chosen:
                self.ask(partial(self._show, chosen[0]), group="show", exclusive=True)

        self.app.push_screen(Picker(_("Sections"), options, chosen=[self.at]), go)
