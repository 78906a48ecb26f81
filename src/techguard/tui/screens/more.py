"""The rooms that have no space in the line of rooms; the kinds without a number key; history; backups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on

from techguard import present
from techguard.i18n import N_, _, language, pgettext

from ..bars import ALWAYS, ROOMS
from ..page import Page
from ..table import Cell, Column, Line, VirtualTable, plain
from .backups import BackupsPage
from .history import HistoryPage
from .lists import ListPage, kinds_in_more
from .notice import StatisticsPage
from .people import PeoplePage
from .worth import WorthPage

HISTORY, BACKUPS, ACCESS = "history", "backups", "access"
WORTH, STATISTICS = "worth", "statistics"


class MorePage(Page):
    """A list of lists."""

    NAME = N_("More")
    ABOUT = N_("Everything else that the register holds. Enter opens a list.")

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return (_(self.NAME),)

    def body(self) -> Iterable[Any]:
        columns = [Column("kind", _("Kind"), 24, 40, keep=True), Column("count", _("Entries"), 8, 8, "right")]
        yield VirtualTable(columns, id="rows")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        kinds = kinds_in_more()
        counts = await self.store.run(
            lambda reg: (
                {n: reg.count(n) for n in kinds},
                reg.head[0],
                len(reg.vault.copies()),
                len({slot.person_id for slot in reg.vault.slots()}),
            )
        )
        lines = [
            Line(name, (plain(pgettext("room", label)), plain(_("key {n}").format(n=n % 10), "muted")))
            for n, (name, label) in enumerate(ROOMS, 1)
            if n > ALWAYS
        ]
        lines += [
            Line(k.plural, (plain(present.kind_label(k, language(), plural=True)), Cell(str(counts[0][n]))))
            for n, k in kinds.items()
        ]
        lines.append(Line(WORTH, (plain(_("Losses and plan in money")), Cell(""))))
        lines.append(Line(STATISTICS, (plain(_("Association statistics")), Cell(""))))
        lines.append(Line(ACCESS, (plain(_("Who has access")), Cell(str(counts[3])))))
        lines.append(Line(BACKUPS, (plain(_("Backups")), Cell(str(counts[2])))))
        lines.append(Line(HISTORY, (plain(_("History")), Cell(str(counts[1])))))
        table = self.query_one(VirtualTable)
        table.show_lines(lines, cursor=table.cursor)

    @on(VirtualTable.Chosen)
    def _open(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        if event.key in dict(ROOMS[ALWAYS:]):
            from . import room_page

            self.tg.go_to(room_page(event.key))
            return
        own: dict[str, type[Page]] = {
            HISTORY: HistoryPage,
            ACCESS: PeoplePage,
            BACKUPS: BackupsPage,
            WORTH: WorthPage,
            STATISTICS: StatisticsPage,
        }
        self.tg.go_to(own[event.key]() if event.key in own else ListPage(event.key))
