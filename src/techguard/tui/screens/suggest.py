"""Countermeasures that the catalogue lists for an exposure's route: choose several, they become linked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from techguard import present
from techguard.domain.items import Countermeasure, Exposure
from techguard.domain.text import width
from techguard.i18n import N_, _, language, ngettext

from ..page import Page
from ..prose import Prose
from ..scrolled import Scrolled
from ..table import Cell, Column, Line, VirtualTable, plain

if TYPE_CHECKING:
    from techguard.catalog.models import CountermeasureEntry
    from techguard.register import Register


@dataclass(frozen=True)
class Suggestion:
    """A catalogue entry, and the countermeasure of the register that came of it, if there is one."""

    entry: CountermeasureEntry
    existing: Countermeasure | None
    linked: bool


class MarkTable(VirtualTable):
    """A table whose Enter marks, as Space does."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", N_("Mark"), show=False)]


class SuggestPage(Page):
    """Choose countermeasures for one exposure."""

    WITH_ROOMS = False
    NAME = N_("Countermeasures")
    ABOUT = N_(
        "The countermeasures that the catalogue lists for this exposure's route, then those that serve "
        "every route. Space marks one; Ctrl+S links what is marked to the exposure. One that the register "
        "has already is linked, not made again. A new one is only proposed: it lowers no rating until it is"
        " in force and tested."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", N_("Mark")),
        Binding("ctrl+s", "save", N_("Link what is marked")),
    ]

    def __init__(self, exposure_id: str, marked: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.exposure_id = exposure_id
        self.first_marked = marked
        self.exposure: Exposure | None = None
        self.found: dict[str, Suggestion] = {}

    def room(self) -> str:
        return "exposures"

    def trail(self) -> tuple[str, ...]:
        return _("Exposures"), self.exposure.ref if self.exposure else "", _(self.NAME)

    def place(self) -> Callable[[], Page]:
        exposure, marked = self.exposure_id, frozenset(self.query_one(VirtualTable).marked)
        return lambda: SuggestPage(exposure, marked)

    def unsaved(self) -> bool:
        return bool(self.query_one(VirtualTable).marked)

    def body(self) -> Iterable[Any]:
        yield Prose(id="item-title", most=1)
        yield MarkTable(
            [
                Column("title", _("Countermeasure"), 40, 70, keep=True),
                Column("state", _("In the register"), 18, 20, keep=True),
                Column("purpose", _("Purpose"), 12, 24),
                Column("department", _("Department"), 10, 20),
            ],
            marks=True,
            id="rows",
        )
        with Scrolled(id="suggestion", can_focus=False):
            yield Prose(id="suggestion-text")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).marked = set(self.first_marked)
        self.query_one(VirtualTable).focus()
        self.ask(self._load)

    async def _load(self) -> None:
        from techguard import catalog

        def look(reg: Register) -> tuple[Exposure, dict[str, Countermeasure]]:
            exposure = reg.get(self.exposure_id, Exposure)
            own = {c.catalog_id: c for c in reg.find(Countermeasure) if c.catalog_id}
            own |= {c.catalog_id: c for c in reg.countermeasures(exposure.id) if c.catalog_id}
            return exposure, own

        exposure, own = await self.store.run(look)
        self.exposure = exposure
        lang = language()
        for_route = catalog.suggest(exposure.route) if exposure.route in catalog.routes() else []
        listed = {entry.id for entry in for_route}
        others = [e for e in catalog.countermeasures().values() if e.id not in listed]
        general = [e for e in others if e.general or not for_route]
        lines: list[Line] = []
        groups = [(_("Listed for the route {route}").format(route=self._route()), for_route)]
        groups.append(
            (_("Serve every route") if for_route else _("No route is chosen: the whole catalogue"), general)
        )
        for title, entries in groups:
            if entries:
                lines.append(Line("", (plain(title),), heading=True))
            for entry in entries:
                existing = own.get(entry.id)
                linked = existing is not None and self.exposure_id in existing.exposures
                self.found[entry.id] = Suggestion(entry, existing, linked)
                state = Cell("")
                if existing is not None:
                    text = _("linked: {ref}") if linked else _("has {ref}")
                    state = plain(text.format(ref=existing.ref), "good" if linked else "")
                lines.append(
                    Line(
                        entry.id,
                        (
                            plain(f"{entry.id}  {entry.title.in_(lang)}"),
                            state,
                            plain(present.choice_label(entry.purpose, lang)),
                            plain(present.choice_label(entry.departments[0], lang)),
                        ),
                    )
                )
        self.query_one(VirtualTable).show_lines(lines)
        title_line = f"{exposure.ref}  {exposure.title}"
        self.query_one("#item-title", Prose).say((title_line, "bold"))
        self.show_trail()

    def _route(self) -> str:
        return (
            present.route_name(self.exposure.route, language())
            if self.exposure and self.exposure.route
            else ""
        )

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        found = self.found.get(event.key)
        table, below = self.query_one(VirtualTable), self.query_one("#suggestion-text", Prose)
        if found is None:
            below.say()
            return
        title = f"{found.entry.id}  {found.entry.title.in_(language())}"
        whole = width(title) <= table.shown[0][1]
        said = [("" if whole else title, "$t-ink"), (found.entry.plain.in_(language()), "$t-muted")]
        below.say(*((text, style) for text, style in said if text))

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.action_mark()

    def action_mark(self) -> None:
        table = self.query_one(VirtualTable)
        found = self.found.get(table.key)
        if found is not None and found.linked:
            self.tg.say(_("This one is linked to the exposure already."))
            return
        table.toggle_mark()

    def action_save(self) -> None:
        marked = [s for key, s in self.found.items() if key in self.query_one(VirtualTable).marked]
        if not marked:
            self.tg.say(_("Nothing is marked. Space marks what the cursor is on."), severity="warning")
            return
        self.ask(partial(self._save, marked), group="save", exclusive=True)

    async def _save(self, marked: list[Suggestion]) -> None:
        exposure_id, lang = self.exposure_id, language()

        def link(reg: Register) -> None:
            with reg.act(_("countermeasures chosen from the catalogue")):
                for one in marked:
                    if one.existing is not None:
                        reg.change(one.existing, exposures=(*one.existing.exposures, exposure_id))
                    else:
                        reg.add(_countermeasure(one.entry, exposure_id, lang))

        await self.store.run(link)
        n = len(marked)
        self.tg.say(
            ngettext("{n} countermeasure is linked.", "{n} countermeasures are linked.", n).format(n=n)
        )
        self.tg.go_back()


def _countermeasure(entry: CountermeasureEntry, exposure_id: str, lang: str) -> Countermeasure:
    return Countermeasure(
        title=entry.title.in_(lang),
        catalog_id=entry.id,
        description=entry.plain.in_(lang),
        purpose=entry.purpose,
        addressee=entry.addressees[0],
        department=entry.departments[0],
        control_refs=entry.control_refs,
        exposures=(exposure_id,),
    )
