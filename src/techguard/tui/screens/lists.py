"""A room: every entry of one kind as a table that is searched, filtered and sorted while one looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from techguard import present
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.gaps import GAPS
from techguard.domain.kinds import KINDS, Kind, kind_of
from techguard.i18n import N_, _, language, ngettext

from .. import compat
from ..columns import COLUMNS, columns_of, known_columns, line_of
from ..empty import empty_list
from ..forms import options_for
from ..input import LineInput
from ..page import Page
from ..picker import Option, Picker
from ..table import PAGE, Count, Line, VirtualTable
from ..text import join, literal
from ..views import DATES, EMPTY, View, in_words

if TYPE_CHECKING:
    from techguard.register import Query, Register


class ListPage(Page):
    """One kind, as a table."""

    ABOUT = N_(
        "Every entry of this kind. Type in the search line to narrow the list while you type; filter by any "
        "field with F6 and sort with F7 or by clicking a column's head. On a narrow screen the last columns "
        "are left out; Enter opens an entry with everything that is known of it. Space marks entries (Shift "
        "with an arrow, Ctrl+A all of them); F4 then changes the marked ones together. F9 keeps a filter "
        "under a name, brings a kept one back, and chooses the columns."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,n", "add", N_("Add"), tooltip=N_("Add a new entry.")),
        Binding("f3", "narrow", N_("Find here"), tooltip=N_("Go to the search line of this list.")),
        Binding("f4,e", "edit", N_("Edit"), tooltip=N_("Change this entry, or all that are marked.")),
        Binding("f6,f", "filter", N_("Filter"), tooltip=N_("Show only entries with certain values.")),
        Binding("f7,s", "sort", N_("Sort"), tooltip=N_("Choose the order; again for the other way round.")),
        Binding(
            "space,shift+down", "mark(1)", N_("Mark"), tooltip=N_("Mark entries to change them together.")
        ),
        Binding("shift+up", "mark(-1)", N_("Mark and go up"), show=False),
        Binding(
            "ctrl+a",
            "mark_all",
            N_("Mark all"),
            show=False,
            tooltip=N_("Mark all that the list shows, or none."),
        ),
        Binding("f8,x", "unfilter", N_("Show all"), tooltip=N_("Take the search and every filter away.")),
        Binding(
            "f9,v", "views", N_("Views"), tooltip=N_("Saved filters of this list, and which columns it has.")
        ),
        Binding("f5", "candidates", N_("Candidates"), tooltip=N_("Technologies still to be judged.")),
    ]

    def __init__(self, plural: str, view: View | None = None) -> None:
        super().__init__()
        self.kind = kind_of(plural)
        self.view = view or View(sort=("level", True) if self.kind.name == "exposure" else None)
        self._names: dict[str, str] = {}
        self._told_of: tuple[bool, bool] | None = None
        """What the keys were last told anew of: whether the list is narrowed, and whether it has rows."""
        self.chosen: tuple[str, ...] | None = None
        """The columns the person chose; none until they were read, empty for the usual ones."""

    def room(self) -> str:
        return self.kind.plural if self.kind.plural in ROOM_KINDS else "more"

    def trail(self) -> tuple[str, ...]:
        return (present.kind_label(self.kind, language(), plural=True),)

    def place(self) -> Callable[[], Page]:
        plural, view = self.kind.plural, replace(self.view, cursor=self._cursor())
        return lambda: ListPage(plural, view)

    def _cursor(self) -> int:
        return self.query_one(VirtualTable).cursor if self.is_mounted else self.view.cursor

    def body(self) -> Iterable[Any]:
        with Horizontal(classes="searchline"):
            yield Static(literal(_("Find")), classes="search-label")
            yield LineInput(self.view.text, placeholder=_("any word, Japanese or English"), id="narrow")
            yield Count(id="count")
        yield Static(id="chips", classes="line muted")
        yield VirtualTable(columns_of(self.kind), id="rows")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "narrow":
            return not (self.is_mounted and self.query_one("#narrow").has_focus)
        if action == "unfilter":
            return self.view.narrowed
        if action == "candidates":
            return self.kind.name == "technology"
        if action == "add":
            return self.tg.may_change(self.kind.name) and self.kind.name not in NOT_BY_HAND
        if action in {"edit", "mark", "mark_all"}:
            if not self.tg.may_change(self.kind.name) or self.kind.append_only or not self.is_mounted:
                return False
            table = self.query_one(VirtualTable)
            return table.count > 0 and (action == "mark_all" or table.has_focus)
        return super().check_action(action, parameters)

    # --- what is shown ---

    def reload(self) -> None:
        if self.chosen is not None:  # read before: who comes back stands where they left
            self.view = replace(self.view, cursor=self._cursor())
        self._read()

    def _read(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        kind, view = self.kind, self.view
        if self.chosen is None:
            kept = await self.store.run(lambda reg: reg.kept(COLUMNS))
            self.choose_columns(known_columns(kind, kept.get(kind.name)))
        chosen = self.chosen or ()
        typing = self.query_one("#narrow").has_focus  # then the next letter is on its way
        enough = min(PAGE, self.query_one(VirtualTable).rows_in_sight) if typing else PAGE

        def first(reg: Register) -> tuple[Query, int, list[Any], dict[str, str]]:
            query = view.query(kind, reg.today)
            rows = reg.rows(kind.name, query, 0, enough)
            names = {i: n.title for i, n in reg.titles(view.referred()).items()}
            return query, reg.count(kind.name, query), rows, names

        query, count, rows, names = await self.store.run(first)
        self._names |= names

        async def page(offset: int, limit: int) -> list[Line]:
            found = await self.store.run(lambda reg: reg.rows(kind.name, query, offset, limit))
            return [line_of(kind, row.item, row.names, chosen=chosen) for row in found]

        table = self.query_one(VirtualTable)
        table.sorted_by = view.sort[0] if view.sort else ""
        if not view.narrowed:
            table.empty = empty_list(kind, read_only=not self.tg.may_change(self.kind.name))
        else:
            table.empty = _("Nothing matches. F8 shows everything again.")
        lines = [line_of(kind, row.item, row.names, chosen=chosen) for row in rows]
        table.show_source(count, page, first=lines, cursor=view.cursor)
        self._show_count()
        self._show_chips()
        if typing:
            compat.draw_now(table, self.query_one(Count), self.query_one("#chips"))
        if self._told_of != (view.narrowed, count > 0):
            self._told_of = view.narrowed, count > 0
            self.refresh_bindings()

    def _show_chips(self) -> None:
        words = in_words(self.kind, self.view, self._names)
        self.query_one("#chips", Static).update(join("   ".join(words)), layout=False)

    def choose_columns(self, names: tuple[str, ...]) -> None:
        """Show these columns, in this order; the usual ones if none."""
        self.chosen = names
        self.query_one(VirtualTable).columns = tuple(columns_of(self.kind, chosen=names))

    def look(self, view: View) -> None:
        """Look at the list in another way. Marks go: what is changed together is always in sight."""
        self.query_one(VirtualTable).mark(())
        self.view = view
        self._read()

    # --- typing ---

    @on(Input.Changed, "#narrow")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.view.text:
            self.look(replace(self.view, text=event.value, cursor=0))

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VirtualTable).focus()

    def on_key(self, event: Any) -> None:
        if event.key == "down" and self.query_one("#narrow").has_focus:
            event.stop()
            self.query_one(VirtualTable).focus()

    @on(VirtualTable.PastTop)
    def _past_top(self) -> None:
        self.query_one("#narrow").focus()

    def action_narrow(self) -> None:
        self.query_one("#narrow").focus()

    def action_back(self) -> None:
        if self.query_one("#narrow").has_focus:
            self.query_one(VirtualTable).focus()
        else:
            super().action_back()

    def can_go_back(self) -> bool:
        return super().can_go_back() or (self.is_mounted and self.query_one("#narrow").has_focus)

    # --- opening and adding ---

    @on(VirtualTable.Chosen)
    def _open(self, event: VirtualTable.Chosen) -> None:
        from .detail import open_item

        event.stop()
        open_item(self.tg, self.kind.name, event.key)

    def action_add(self) -> None:
        from .form import FormPage
        from .scale import OwnScalePage
        from .summary import SummaryPage

        match self.kind.name:
            case "summary":
                self.tg.go_to(SummaryPage())
            case "scale":
                self.tg.go_to(OwnScalePage())
            case name:
                self.tg.go_to(FormPage(name))

    def action_candidates(self) -> None:
        from .interview import CandidatesPage

        self.tg.go_to(CandidatesPage())

    # --- marking, and changing together ---

    def action_mark(self, step: int) -> None:
        table = self.query_one(VirtualTable)
        table.toggle_mark(step)
        table.mark(table.marked)
        self._show_count()

    def action_mark_all(self) -> None:
        self.ask(self._mark_all, group="mark", exclusive=True)

    async def _mark_all(self) -> None:
        from .bulk import ENOUGH

        table, kind, view = self.query_one(VirtualTable), self.kind, self.view
        if table.marked:
            table.mark(())
        elif table.count > ENOUGH:
            text = _("At most {n} entries can be changed together; filter the list first.")
            self.tg.say(text.format(n=f"{ENOUGH:,}"), severity="warning")
        else:
            table.mark(await self.store.run(lambda reg: reg.ids(kind.name, view.query(kind, reg.today))))
        self._show_count()

    def _show_count(self) -> None:
        table = self.query_one(VirtualTable)
        count = ngettext("{n} entry", "{n} entries", table.count).format(n=table.count)
        if table.marked:
            marked = ngettext("{n} marked", "{n} marked", len(table.marked)).format(n=len(table.marked))
            count = f"{marked} / {count}"
        self.query_one(Count).say(count)

    def action_edit(self) -> None:
        from .bulk import BulkPage, changeable
        from .form import FormPage

        table, kind = self.query_one(VirtualTable), self.kind
        if not table.marked:
            self.tg.go_to(FormPage(kind.name, table.key))
            return
        ids = tuple(table.marked)
        options = [Option(f.name, _(f.label), group=_(f.about.section)) for f in changeable(kind)]

        def chosen(names: list[Any] | None) -> None:
            if names:
                self.tg.go_to(BulkPage(kind.name, ids, names[0], done=lambda: table.mark(())))

        self.app.push_screen(Picker(_("Which field to change"), options), chosen)

    # --- filtering ---

    def action_filter(self) -> None:
        active = {name for name, _values in self.view.filters}
        options = [
            Option(f.name, _(f.label), group=_(f.about.section), style="good" if f.name in active else "")
            for f in self.kind.fields
            if filterable(f)
        ]
        gaps = [
            Option(f"gap:{g.code}", _(g.label), _(g.remedy), group=_("Gaps"))
            for g in GAPS
            if g.kind == self.kind.name
        ]
        self.app.push_screen(Picker(_("Filter by"), [*gaps, *options]), self._filter_by)

    def _filter_by(self, chosen: list[Any] | None) -> None:
        if not chosen:
            return
        name = chosen[0]
        if name.startswith("gap:"):
            self.look(replace(self.view, gap=name.removeprefix("gap:"), cursor=0))
            return
        spec = self.kind.by_name[name]
        empty = [Option(EMPTY, _("(empty)"))]
        given = dict(self.view.filters).get(name, ())

        def taken(values: list[Any] | None) -> None:
            if values is not None:
                self.look(self.view.with_filter(name, values))

        if spec.to:

            async def find(text: str) -> list[Option]:
                named = await self.store.run(lambda reg: reg.pick(spec.to, text))
                self._names |= {n.id: n.title for n in named}
                return [*empty, *(Option(n.id, f"{n.ref}  {n.title}") for n in named)]

            self.app.push_screen(
                Picker(_(spec.label), find=find, several=not spec.many, chosen=given, clearable=True), taken
            )
            return
        if spec.type is FieldType.DATE:
            options = [Option(key, _(label)) for key, label, _days in DATES]
            self.app.push_screen(Picker(_(spec.label), [*options, *empty], clearable=True), taken)
            return
        several = not spec.many
        self.app.push_screen(
            Picker(
                _(spec.label), [*options_for(spec, {}), *empty], several=several, chosen=given, clearable=True
            ),
            taken,
        )

    def action_unfilter(self) -> None:
        self.query_one("#narrow", LineInput).value = ""
        self.look(View(sort=self.view.sort))

    # --- saved filters and columns ---

    def action_views(self) -> None:
        from .saved import open_views

        open_views(self)

    # --- sorting ---

    def action_sort(self) -> None:
        options = [Option(f.name, _(f.label)) for f in self.kind.fields if sortable(f)]
        self.app.push_screen(Picker(_("Sort by"), options), lambda c: self._sort_by(c[0]) if c else None)

    @on(VirtualTable.HeaderClicked)
    def _header(self, event: VirtualTable.HeaderClicked) -> None:
        event.stop()
        spec = self.kind.by_name.get(event.column)
        if spec is not None and sortable(spec):
            self._sort_by(event.column)

    def _sort_by(self, name: str) -> None:
        again = self.view.sort is not None and self.view.sort[0] == name
        down = (
            not self.view.sort[1] if again and self.view.sort else bool(self.kind.by_name[name].about.scale)
        )
        self.look(replace(self.view, sort=(name, down), cursor=0))


ROOM_KINDS = ("technologies", "exposures", "engagements", "counterparties", "countermeasures")

NOT_BY_HAND = frozenset({
    "rating", "acceptance", "element", "agreement", "milestone", "variant", "assumption",
    "comparison", "checkitem",
})  # fmt: skip
"""Kinds that are added from what they belong to, or by a command of their own."""


_WITHIN = frozenset({
    "element", "rating", "acceptance", "agreement", "milestone", "review", "outcome", "variant", "assumption",
    "comparison", "checkitem",
})  # fmt: skip
"""Kinds that are met in what they belong to."""


def filterable(spec: FieldSpec) -> bool:
    """Whether a field has few enough values to choose from."""
    if spec.type in {FieldType.CHOICE, FieldType.CHOICES, FieldType.BOOLEAN, FieldType.DATE}:
        return True
    return bool(spec.to or spec.about.scale or spec.about.catalog in {"routes", "checklists"})


def sortable(spec: FieldSpec) -> bool:
    """Whether entries have an order by a field."""
    return not spec.many and spec.type is not FieldType.LONG_TEXT


def kinds_in_more() -> Mapping[str, Kind]:
    """The kinds that have no number key of their own."""
    return {
        name: kind for name, kind in KINDS.items() if kind.plural not in ROOM_KINDS and name not in _WITHIN
    }
