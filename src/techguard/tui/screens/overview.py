"""How do we stand: levels, classes, the matrix; what is worst, what is due, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from techguard import present
from techguard.domain.kinds import KINDS
from techguard.domain.text import fit, width
from techguard.domain.words import Criticality, ExposureStatus
from techguard.i18n import N_, _, language, ngettext, short_date

from ..columns import level_cell, level_text
from ..heat import HeatMap
from ..page import Page
from ..strip import Tabs
from ..table import Cell, Column, Line, VirtualTable, plain
from ..text import join, literal

if TYPE_CHECKING:
    from techguard.domain.scales import Scale
    from techguard.register import Overview, Register

PANELS = ("top", "due", "gaps")


class OverviewPage(Page):
    """The first screen."""

    NAME = N_("Overview")
    ABOUT = N_(
        "How things stand today: how many exposures at each level, how many technologies in each class, and"
        " where the exposures lie on the matrix of likelihood and impact. Below: the five that need "
        "attention first, what is due, and what is missing. Enter opens what the cursor is on; on the "
        "matrix it lists the exposures of that field. Left and right change the list below; Tab goes to the"
        " matrix."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "panel(-1)", N_("List before"), show=False),
        Binding("right", "panel(1)", N_("Next list")),
        Binding("f2,n", "add", N_("Add technology"), tooltip=N_("Add a technology.")),
        Binding(
            "f3", "import", N_("Import a list"), tooltip=N_("Take in a list you have, from Excel or CSV.")
        ),
        Binding("f5", "candidates", N_("Candidates"), tooltip=N_("Technologies still to be judged.")),
        Binding(
            "f6,y", "worth", N_("In money"), tooltip=N_("What it could cost, and the plan within a budget.")
        ),
        Binding("f9", "board", N_("Board summary"), tooltip=N_("Read it, and seal it.")),
    ]

    def __init__(self, panel: str = "top", cursor: int = 0) -> None:
        super().__init__()
        self.panel = panel
        self.start_cursor = cursor
        self.gap_kinds: dict[str, str] = {}
        self.due_kinds: dict[str, tuple[str, str]] = {}

    def room(self) -> str:
        return "overview"

    def trail(self) -> tuple[str, ...]:
        return (_(self.NAME),)

    def place(self) -> Callable[[], Page]:
        panel = self.panel
        cursor = self.query_one(f"#{panel}", VirtualTable).cursor
        return lambda: OverviewPage(panel, cursor)

    def body(self) -> Iterable[Any]:
        with Horizontal(id="summary"):
            yield Static(id="level-counts")
            yield HeatMap(id="heat")
        yield Static(id="class-counts", classes="line")
        yield Tabs(id="panels")
        with Horizontal(id="lists"):
            for name, columns, empty in (
                ("top", _top_columns, _("No exposure is rated yet.")),
                ("due", _due_columns, _("Nothing is due soon.")),
                ("gaps", _gap_columns, _("No gaps: nothing is missing.")),
            ):
                with Vertical(id=f"panel-{name}", classes="panel"):
                    yield Static(literal(_(_PANEL_NAMES[name])), classes="panel-title")
                    yield VirtualTable(columns(), empty=empty, id=name, header=False, quiet=True)

    def on_mount(self) -> None:
        self._show_panel()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        def look(reg: Register) -> tuple[Overview, Scale, Any]:
            return reg.overview(), reg.scale, reg.today

        seen, scale, today = await self.store.run(look)
        self.query_one("#level-counts", Static).update(_levels(seen))
        self.query_one("#class-counts", Static).update(_classes(seen))
        self.query_one(HeatMap).show(scale, seen.matrix)
        nothing = not any(seen.counts.get(name) for name in ("technology", "exposure"))
        self.query_one("#top", VirtualTable).empty = (
            _("Empty. F3 takes in a list you have; F2 adds the first technology.")
            if nothing and self.tg.may_change("technology")
            else _("No exposure is rated yet.")
        )
        self.query_one("#top", VirtualTable).show_lines(
            [_top_line(row) for row in seen.top], cursor=self._at("top")
        )
        self.due_kinds = {f"{d.kind}:{d.id}:{d.what}": (d.kind, d.id) for d in seen.due_soon}
        self.query_one("#due", VirtualTable).show_lines(
            [_due_line(d, today) for d in seen.due_soon], cursor=self._at("due")
        )
        found = [g for g in seen.gaps if g.count]
        self.gap_kinds = {g.gap.code: g.gap.kind for g in found}
        self.query_one("#gaps", VirtualTable).show_lines(
            [_gap_line(g) for g in found], cursor=self._at("gaps")
        )
        counts = {"top": len(seen.top), "due": len(seen.due_soon), "gaps": len(found)}
        self.query_one(Tabs).show([(n, f"{_(_PANEL_NAMES[n])} {counts[n]}") for n in PANELS], self.panel)
        self.start_cursor = 0

    def _at(self, panel: str) -> int:
        if panel == self.panel and self.start_cursor:
            return self.start_cursor
        return self.query_one(f"#{panel}", VirtualTable).cursor

    # --- panels ---

    def _show_panel(self) -> None:
        for name in PANELS:
            self.query_one(f"#panel-{name}").set_class(name == self.panel, "-shown")
        self.query_one(Tabs).choose(self.panel)
        self.query_one(f"#{self.panel}").focus()

    def action_panel(self, step: int) -> None:
        self.panel = PANELS[(PANELS.index(self.panel) + step) % len(PANELS)]
        self._show_panel()

    @on(Tabs.Chosen)
    def _tab(self, event: Tabs.Chosen) -> None:
        event.stop()
        self.panel = event.name
        self._show_panel()

    def on_descendant_focus(self, event: Any) -> None:
        if event.widget.id in PANELS and event.widget.id != self.panel:
            self.panel = event.widget.id
            self._show_panel()

    # --- opening ---

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        from ..views import View
        from .detail import open_item
        from .lists import ListPage

        event.stop()
        if event.table.id == "gaps":
            kind = KINDS[self.gap_kinds[event.key]]
            self.tg.go_to(ListPage(kind.plural, View(gap=event.key)))
        elif event.table.id == "due":
            open_item(self.tg, *self.due_kinds[event.key])
        else:
            open_item(self.tg, "exposure", event.key)

    @on(HeatMap.Chosen)
    def _field(self, event: HeatMap.Chosen) -> None:
        from ..views import View
        from .lists import ListPage

        event.stop()
        open_ = tuple(s for s in ExposureStatus if s is not ExposureStatus.CLOSED)
        filters = (("likelihood", (event.likelihood,)), ("impact", (event.impact,)), ("status", open_))
        self.tg.go_to(ListPage("exposures", View(filters=filters)))

    def action_add(self) -> None:
        from .form import FormPage

        self.tg.go_to(FormPage("technology"))

    def action_candidates(self) -> None:
        from .interview import CandidatesPage

        self.tg.go_to(CandidatesPage())

    def action_worth(self) -> None:
        from .worth import WorthPage

        self.tg.go_to(WorthPage())

    def action_import(self) -> None:
        from .importing import FilePage

        self.tg.go_to(FilePage())

    def action_board(self) -> None:
        from .summary import SummaryPage

        self.tg.go_to(SummaryPage())

    def writing_actions(self) -> Mapping[str, str]:
        return {"add": "technology", "import": "technology"}


_PANEL_NAMES = {"top": N_("Needs attention first"), "due": N_("Due"), "gaps": N_("Missing")}


def _top_columns() -> list[Column]:
    return [
        Column("level", "", 12, 15, keep=True),
        Column("ref", "", 9, 9),
        Column("title", "", 24, 200, keep=True),
    ]


def _due_columns() -> list[Column]:
    return [
        Column("on", "", 10, 10, keep=True),
        Column("what", "", 26, 26),
        Column("title", "", 20, 200, keep=True),
    ]


def _gap_columns() -> list[Column]:
    return [Column("count", "", 5, 6, "right", keep=True), Column("label", "", 30, 200, keep=True)]


def _top_line(row: Any) -> Line:
    x = row.item
    return Line(x.id, (level_cell(x.level), plain(x.ref, "muted"), plain(x.title)))


def _due_line(due: Any, today: Any) -> Line:
    late = due.on < today
    when = Cell(short_date(due.on), "bad" if late else "")
    what = _("{what}, past").format(what=_(due.what)) if late else _(due.what)
    return Line(
        f"{due.kind}:{due.id}:{due.what}", (when, plain(what, "muted"), plain(f"{due.ref}  {due.title}"))
    )


def _gap_line(found: Any) -> Line:
    return Line(found.gap.code, (Cell(str(found.count)), plain(_(found.gap.label))))


def _levels(seen: Overview) -> Content:
    total = sum(seen.by_level.values())
    lines = [literal(ngettext("{n} open exposure", "{n} open exposures", total).format(n=total), "bold")]
    words = max(width(level_text(level)) for level in (5, 4, 3, 2, 1, None))
    for level in (5, 4, 3, 2, 1, None):
        n = seen.by_level.get(level, 0)
        style = f"$t-level-{level}" if level else "$t-muted"
        lines.append(join((fit(level_text(level), words), style), (f"{n:>4}", "bold" if n else "$t-muted")))
    return Content("\n").join(lines)


def _classes(seen: Overview) -> Content:
    total = sum(seen.by_class.values())
    head = ngettext("{n} technology by class", "{n} technologies by class", total).format(n=total)
    parts: list[Any] = [(head + "   ", "bold")]
    for one in (*Criticality, None):
        name = present.choice_label(one, language()) if one else _("none")
        parts += [f"{name} ", (f"{seen.by_class.get(one.value if one else None, 0)}", "bold"), "  "]
    return join(*parts)
