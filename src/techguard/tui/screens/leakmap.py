"""Technologies by routes (or counterparties, owners …) as one picture; where exposure concentrates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from techguard import present
from techguard.domain.kinds import KINDS
from techguard.domain.text import folded, width
from techguard.domain.words import Criticality, Department, ExposureStatus
from techguard.i18n import N_, NP_, _, labelled, language, ngettext, pgettext

from ..columns import level_cell, level_text
from ..grid import EXCLUDED, MARKS, UNRATED, Grid, GridColumn, GridRow
from ..input import LineInput
from ..page import Page
from ..picker import Option, Picker
from ..projection import ON_NO_WALL
from ..prose import Prose
from ..table import Cell, Column, Count, Line, VirtualTable, plain
from ..text import join, literal
from ..views import EMPTY, View
from .lists import ListPage

if TYPE_CHECKING:
    from techguard.register import Register
    from techguard.store.leakmap import Concentration, LeakMap, MapRow, Side

SIDES: Mapping[str, str] = {
    "route": N_("Route"),
    "counterparty": N_("Counterparty"),
    "engagement": N_("Engagement"),
    "department": N_("Department"),
    "owner": N_("Owner"),
    "role": N_("Role of the owner"),
    "site": N_("Site"),
    "jurisdiction": N_("Jurisdiction"),
}
_BLANK = {
    "counterparty": N_("Blank: no open exposure names this counterparty, or an engagement with it."),
    "engagement": N_("Blank: no open exposure belongs to this engagement."),
    "department": N_("Blank: no open exposure lies with this department."),
    "owner": N_("Blank: this person owns no open exposure."),
    "role": N_("Blank: nobody in this role owns an open exposure."),
    "site": N_("Where know-how elements are kept, as it was written. Blank: none of this technology there."),
    "jurisdiction": N_("Where counterparties are registered, as a plain fact: it raises no level by itself."),
}
_NOBODY = {
    "route": NP_("leak map", "no route"),
    "counterparty": NP_("leak map", "no counterparty"),
    "engagement": NP_("leak map", "no engagement"),
    "department": NP_("leak map", "no department"),
    "owner": NP_("leak map", "no owner"),
    "role": NP_("leak map", "no role"),
    "site": NP_("leak map", "no site"),
    "jurisdiction": NP_("leak map", "not stated"),
}
CORE = (Criticality.S, Criticality.A)
OPEN = tuple(s for s in ExposureStatus if s is not ExposureStatus.CLOSED)


@dataclass(frozen=True)
class Place:
    """Where one is on the map: the side, the view, what was typed, the cell under the cursor."""

    side: Side = "route"
    concentrated: bool = False
    text: str = ""
    at: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Blanks:
    """How much of the map was never considered."""

    fields: int
    blank: int
    core: int
    """Blank fields of technologies of class S and A."""


def blanks(rows: Sequence[MapRow], columns: Sequence[str], considered: Iterable[tuple[str, str]]) -> Blanks:
    """Count the blank fields, in all and in core technologies; `considered`: where something is known."""
    known = {c for c in columns if c}
    filled: dict[str, int] = {}
    for technology, column in considered:
        if column in known:
            filled[technology] = filled.get(technology, 0) + 1
    blank = {r.id: len(known) - filled.get(r.id, 0) for r in rows}
    core = sum(blank[r.id] for r in rows if r.criticality in CORE)
    return Blanks(len(rows) * len(known), sum(blank.values()), core)


class LeakMapPage(Page):
    """The leak map."""

    NAME = N_("Leak map")
    ABOUT = N_(
        "Every technology against every route: the worst level of the open exposures in each field, as a "
        "digit with a sign that is darker the worse it is. A question mark was considered but is not rated "
        "yet. A stroke / was considered and does not apply; the reason is recorded. A blank field was never "
        "considered by anybody: it is not safe, it is unknown. Arrows move; "
        "Enter lists the exposures of a field, adds one to a blank field, and on the name of a technology "
        "opens it. F6 turns the map to counterparties, engagements, departments, owners, their roles, sites "
        "or jurisdictions; F7 goes to the next blank field; F9 records on a blank field why a route does "
        "not apply; F8 shows where most comes together."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "narrow", N_("Find here"), tooltip=N_("Show only some technologies.")),
        Binding("f6,f", "side", N_("Columns"), tooltip=N_("Choose what the columns are.")),
        Binding("f7,b", "blank", N_("Next blank"), tooltip=N_("Go to the next field nobody considered.")),
        Binding(
            "f8,x",
            "switch",
            N_("Map / concentration"),
            tooltip=N_("Change between the map and the list of where most exposure comes together."),
        ),
        Binding(
            "f9,d",
            "exclude",
            N_("Does not apply"),
            tooltip=N_(
                "Record that this route was considered for this technology, and why it does not apply."
            ),
        ),
    ]

    def __init__(self, where: Place | None = None) -> None:
        super().__init__()
        self.where = where or Place()
        self.seen: LeakMap | None = None
        self.concentration: Sequence[Concentration] = ()
        self.names: dict[str, str] = {}
        self.rows: Sequence[MapRow] = ()
        self._folded: list[str] = []

    def room(self) -> str:
        return "leakmap"

    def trail(self) -> tuple[str, ...]:
        return _(self.NAME), _(SIDES[self.where.side])

    def place(self) -> Callable[[], Page]:
        where = replace(self.where, at=self.query_one(Grid).at) if self.seen else self.where
        return lambda: LeakMapPage(where)

    def body(self) -> Iterable[Any]:
        with Horizontal(classes="searchline"):
            yield Static(literal(_("Find")), classes="search-label")
            yield LineInput(self.where.text, placeholder=_("a technology"), id="narrow")
            yield Count(id="count")
        yield Prose(id="blanks", most=2)
        yield Grid(id="map")
        yield VirtualTable(
            _concentration_columns(self.where.side), empty=_("No open exposure names one."), id="most"
        )
        yield Prose(id="cell", most=2)
        yield Static(id="legend", classes="line muted")

    def on_mount(self) -> None:
        self._show_view()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "narrow":
            return not self.where.concentrated and not (
                self.is_mounted and self.query_one("#narrow").has_focus
            )
        if action == "exclude":
            return self.tg.may_change("exclusion") and self.is_mounted and self._blank_here() is not None
        if action == "blank":
            return not self.where.concentrated
        return super().check_action(action, parameters)

    # --- what is shown ---

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        if self.store.projecting and self.where.side in ON_NO_WALL:
            self.where = replace(self.where, side="route", at=(0, 0))
        side = self.where.side

        def look(reg: Register) -> tuple[LeakMap, Sequence[Concentration], dict[str, str]]:
            seen = reg.leak_map(side)
            most = reg.concentration(side)
            ids = {*seen.columns, *(c.column for c in most)} if side in _TITLED else set()
            return seen, most, {i: n.title for i, n in reg.titles(ids - {""}).items()}

        seen, self.concentration, self.names = await self.store.run(look)
        again = self.seen is not None and self.seen.side == side
        at = self.query_one(Grid).at if again else self.where.at
        self.seen = seen
        self._folded = [folded(f"{r.ref} {r.title}") for r in seen.rows]
        self._columns = self._columns_of(seen)
        self._show_rows(at)
        self.query_one("#most", VirtualTable).columns = tuple(_concentration_columns(side))
        self.query_one("#most", VirtualTable).show_lines(
            [self._concentration_line(c) for c in self.concentration],
            cursor=self.query_one("#most", VirtualTable).cursor,
        )
        self._say_blanks()
        self._say_legend()
        self.show_trail()

    def _columns_of(self, seen: LeakMap) -> list[GridColumn]:
        if self.where.side == "route":
            from techguard import catalog

            rest = [c for c in seen.columns if c not in catalog.routes()]
            return [GridColumn(c, c or "?", c.removeprefix("R")[:2]) for c in (*catalog.routes(), *rest)]
        worst: dict[str, tuple[int, int]] = {}
        for (_technology, column), cell in seen.cells.items():
            level, count = worst.get(column, (0, 0))
            worst[column] = max(level, cell.level or 0), count + cell.count
        order = sorted(seen.columns, key=lambda c: (not c, -worst[c][0], -worst[c][1], self.column_name(c)))
        return [GridColumn(c, self.column_name(c)) for c in order]

    def column_name(self, column: str) -> str:
        """What a column is called."""
        side = self.where.side
        if not column:
            return pgettext("leak map", _NOBODY[side])
        if side == "route":
            return present.route_name(column, language())
        if side == "department":
            return present.choice_label(Department(column), language())
        return self.names.get(column, column)

    def _show_rows(self, at: tuple[int, int]) -> None:
        assert self.seen is not None
        wanted = folded(self.where.text).split()
        self.rows = [
            r
            for r, text in zip(self.seen.rows, self._folded, strict=True)
            if all(word in text for word in wanted)
        ]
        grid = self.query_one(Grid)
        grid.empty = (
            _("Nothing matches.") if self.seen.rows else _("No technology yet. In room 2, F2 adds the first.")
        )
        lang = language()
        grid.show(
            [Column("class", "", 2, 2), Column("title", _("Technology"), 23, 60)],
            [
                GridRow(r.id, (present.choice_label(r.criticality, lang) if r.criticality else "-", r.title))
                for r in self.rows
            ],
            self._columns,
            {key: cell.level for key, cell in self.seen.cells.items()},
            ruled_out=self.seen.excluded,
            least=3 if self.where.side == "route" else 12,
            at=at,
        )
        n = len(self.rows)
        self.query_one(Count).say(ngettext("{n} technology", "{n} technologies", n).format(n=n))

    def _say_blanks(self) -> None:
        assert self.seen is not None
        if self.where.concentrated:
            text = _("Where open exposures come together: those with most of high level first.")
            self.query_one("#blanks", Prose).say((text, "$t-muted"))
            return
        if self.where.side != "route":
            self.query_one("#blanks", Prose).say((_(_BLANK[self.where.side]), "$t-muted"))
            return
        found = blanks(
            self.seen.rows, [c.key for c in self._columns], {**self.seen.cells, **self.seen.excluded}
        )
        text = _("A blank field was never considered: {blank} of {fields}.").format(
            blank=found.blank, fields=found.fields
        )
        core = _("{n} of them lie in technologies of class S and A.").format(n=found.core)
        self.query_one("#blanks", Prose).say((text, "$t-muted"), *([(core, "bold")] if found.core else []))

    def _say_legend(self) -> None:
        lang = language()
        parts: list[Any] = []
        for level in range(5, 0, -1):
            mark = f"{level}{MARKS[level - 1]}"
            parts += [(mark, f"$t-level-{level}"), f" {present.level_word(level, lang)}  "]
        parts += [UNRATED, f" {present.level_word(None, lang)}"]
        if self.where.side == "route":
            parts += ["  ", EXCLUDED, f" {pgettext('leak map', 'n.a.')}"]
        self.query_one("#legend", Static).update(join(*parts))

    def _show_view(self) -> None:
        concentrated = self.where.concentrated
        for which in ("#map", ".searchline", "#cell", "#legend"):
            self.query_one(which).display = not concentrated
        self.query_one("#most").display = concentrated
        self.query_one("#most" if concentrated else "#map").focus()
        if self.seen is not None:
            self._say_blanks()
        self.refresh_bindings()

    @on(Grid.Moved)
    def _moved(self, event: Grid.Moved) -> None:
        event.stop()
        self._describe()
        self.refresh_bindings()

    def _describe(self) -> None:
        """Say in words what is under the cursor."""
        place, said, colour = self._under_cursor()
        self.query_one("#cell", Prose).say(*([(place, "bold"), (said, colour)] if place else []))
        here = self.query_one(Grid).here
        title = self.rows[self.query_one(Grid).at[0]].title if here and here[1] is not None else ""
        self.query_one(Grid).said = "  ".join(text for text in (title, place, said) if text)

    def _under_cursor(self) -> tuple[str, str, str]:
        """The place, what is there, and its colour."""
        here = self.query_one(Grid).here
        if self.seen is None or here is None:
            return "", "", ""
        row, column = self.rows[self.query_one(Grid).at[0]], here[1]
        if column is None:
            return f"{row.ref}  {row.title}", _("Enter opens the technology."), "$t-muted"
        place = f"{row.ref}  x  {self.column_name(column)}"
        cell = self.seen.cells.get((row.id, column))
        if cell is not None:
            text = ngettext(
                "{n} open exposure: {level}", "{n} open exposures, the worst: {level}", cell.count
            )
            colour = f"$t-level-{cell.level}" if cell.level else "$t-muted"
            return place, text.format(n=cell.count, level=level_text(cell.level)), colour
        if (row.id, column) in self.seen.excluded:
            return place, _("Considered: it does not apply. Enter opens the reason."), "$t-muted"
        if not self.tg.may_change("exposure"):
            said = _("Nothing here.")
        elif self.where.side == "route":
            said = _("Never considered. Enter adds an exposure here.")
        else:
            said = _("No exposure here. Enter adds one.")
        return place, said, "$t-warn" if row.criticality in CORE else "$t-muted"

    # --- going on ---

    @on(Grid.Chosen)
    def _chosen(self, event: Grid.Chosen) -> None:
        from .detail import open_item
        from .form import FormPage

        event.stop()
        assert self.seen is not None
        if event.column is None:
            open_item(self.tg, "technology", event.row)
        elif (event.row, event.column) in self.seen.cells:
            self._list(event.column, event.row)
        elif (event.row, event.column) in self.seen.excluded:
            open_item(self.tg, "exclusion", self.seen.excluded[event.row, event.column])
        elif self.tg.may_change("exposure"):
            preset: dict[str, Any] = {"technology": event.row}
            if event.column and self.where.side in KINDS["exposure"].by_name:
                side = self.where.side
                preset[side] = Department(event.column) if side == "department" else event.column
            self.tg.go_to(FormPage("exposure", preset=preset))

    def _blank_here(self) -> tuple[str, str] | None:
        """Technology and route under the cursor, if nobody has considered them."""
        here = self.query_one(Grid).here if self.seen and not self.where.concentrated else None
        if self.seen is None or here is None or not here[1] or self.where.side != "route":
            return None
        at = here[0], here[1]
        return None if at in self.seen.cells or at in self.seen.excluded else at

    def action_exclude(self) -> None:
        if at := self._blank_here():
            self.ask(partial(self._exclude, *at))

    async def _exclude(self, technology: str, route: str) -> None:
        from .form import FormPage

        today, me = await self.store.run(lambda reg: (reg.today, reg.me.id))
        preset = {
            "technology": technology,
            "route": route,
            "considered_on": today,
            "considered_by": me,
        }
        self.tg.go_to(FormPage("exclusion", preset=preset))

    def _list(self, column: str, technology: str = "") -> None:
        """List the open exposures of a column, or of one field of it."""
        side = self.where.side
        filters: tuple[tuple[str, tuple[Any, ...]], ...] = (("status", OPEN),)
        if technology:
            filters = (("technology", (technology,)), *filters)
        if side in _EXACT:
            view = View(filters=((side, (column or EMPTY,)), *filters), sort=("level", True))
            self.tg.go_to(ListPage("exposures", view))
            return
        self.ask(lambda: self._list_only(column, technology, filters[:-1]))

    async def _list_only(
        self, column: str, technology: str, filters: tuple[tuple[str, tuple[Any, ...]], ...]
    ) -> None:
        """The list of what counts in a column by way of something else: an engagement's counterparty, an
        owner's department.
        """
        side = self.where.side
        ids = await self.store.run(lambda reg: reg.exposures_at(side, column, technology or None))
        label = labelled(_(SIDES[side]), self.column_name(column))
        self.tg.go_to(ListPage("exposures", View(filters=filters, sort=("level", True), only=(label, ids))))

    @on(VirtualTable.Chosen, "#most")
    def _column_chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self._list(event.key)

    def action_side(self) -> None:
        shown = (s for s in SIDES if s not in ON_NO_WALL or not self.store.projecting)
        options = [Option(name, _(SIDES[name])) for name in shown]
        self.app.push_screen(Picker(_("Technologies against"), options, chosen=[self.where.side]), self._turn)

    def _turn(self, chosen: list[Any] | None) -> None:
        if chosen and chosen[0] != self.where.side:
            self.where = replace(self.where, side=chosen[0], at=(self.query_one(Grid).at[0], 0))
            self.reload()

    def action_switch(self) -> None:
        self.where = replace(self.where, concentrated=not self.where.concentrated)
        self._show_view()

    def action_blank(self) -> None:
        """Go to the next blank field: along the row, then down."""
        grid = self.query_one(Grid)
        if self.seen is None or not self.rows:
            return
        considered = {*self.seen.cells, *self.seen.excluded}
        columns = [c.key for c in self._columns]
        size = len(columns)
        start = grid.at[0] * size + grid.at[1] + 1
        for step in range(len(self.rows) * size):
            place = (start + step) % (len(self.rows) * size)
            row, column = divmod(place, size)
            if columns[column] and (self.rows[row].id, columns[column]) not in considered:
                grid.move_to(row, column)
                grid.focus()
                return
        self.tg.say(_("No field is blank."))

    # --- typing ---

    def action_narrow(self) -> None:
        self.query_one("#narrow").focus()

    @on(Input.Changed, "#narrow")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.where.text:
            self.where = replace(self.where, text=event.value)
            if self.seen is not None:
                self._show_rows((0, max(0, self.query_one(Grid).at[1])))

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(Grid).focus()

    def on_key(self, event: Any) -> None:
        if event.key == "down" and self.query_one("#narrow").has_focus:
            event.stop()
            self.query_one(Grid).focus()

    @on(Grid.PastTop)
    def _past_top(self, event: Grid.PastTop) -> None:
        event.stop()
        self.query_one("#narrow").focus()

    def action_back(self) -> None:
        if self.query_one("#narrow").has_focus:
            self.query_one(Grid).focus()
        else:
            super().action_back()

    def can_go_back(self) -> bool:
        return super().can_go_back() or (self.is_mounted and self.query_one("#narrow").has_focus)

    # --- concentration ---

    def _concentration_line(self, found: Concentration) -> Line:
        return Line(
            found.column,
            (
                plain(self.column_name(found.column)),
                Cell(str(found.high), "bad" if found.high else "muted"),
                Cell(str(found.exposures)),
                Cell(str(found.technologies)),
                Cell(str(found.core)),
                level_cell(found.worst),
            ),
        )


_TITLED = frozenset({"counterparty", "engagement", "owner"})
_EXACT = frozenset({"route", "engagement", "owner"})
"""Sides whose column is a field of the exposure itself."""


def _concentration_columns(side: Side) -> list[Column]:
    counted = [
        ("high", _("High level"), True),
        ("all", pgettext("leak map", "Open"), True),
        ("technologies", pgettext("leak map", "Technologies"), False),
        ("core", pgettext("leak map", "Class S, A"), False),
    ]
    return [
        Column("name", _(SIDES[side]), 20, 60, keep=True, share=0.3),
        *(Column(key, text, width(text), width(text), "right", keep=keep) for key, text, keep in counted),
        Column("worst", pgettext("leak map", "Worst"), 12 if language() == "ja" else 15, 15),
    ]
