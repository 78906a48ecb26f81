"""Everything that is known of one entry: its facts, what belongs to it, how it moved, who changed what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from techguard import present
from techguard.domain.items import (
    Countermeasure,
    Counterparty,
    Engagement,
    Exposure,
    Item,
    Observation,
    Rating,
    Technology,
)
from techguard.domain.kinds import KINDS, Kind
from techguard.domain.rules import Path
from techguard.domain.text import fit, width
from techguard.domain.words import Basis, TechnologyStatus
from techguard.i18n import N_, _, date_text, labelled, language, pgettext, short_date
from techguard.register import Query, Where
from techguard.review import deals

from .. import plain as plain_mode
from ..columns import columns_of, level_cell, level_text, line_of
from ..empty import empty_part
from ..facts import Fact, Facts, facts_of, scale_word
from ..heat import HeatMap, level_chart
from ..page import ALONE, LoadingPage, Page
from ..picker import Confirm
from ..prose import Prose
from ..scrolled import Reading
from ..spark import spark
from ..strip import Tabs
from ..table import PAGE, Column, Line, VirtualTable, plain
from ..text import join, literal
from .history import entry_lines, history_columns
from .rating import SHORT_DIMENSIONS

if TYPE_CHECKING:
    from techguard.domain.scales import Scale
    from techguard.register import Entry, Register

    from ..app import TechguardApp

FACTS, RATED, MEASURES, HISTORY = "facts", "rated", "measures", "history"

PARTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "technology": (
        ("element", "technology"),
        ("exposure", "technology"),
        ("engagement", "technologies"),
        ("decision", "technology"),
        ("observation", "technology"),
        ("consultation", "technologies"),
        ("exclusion", "technology"),
    ),
    "exposure": (
        ("countermeasure", "exposures"),
        ("estimate", "exposure"),
        ("acceptance", "exposure"),
        ("decision", "exposure"),
        ("observation", "exposure"),
    ),
    "engagement": (
        ("agreement", "engagement"),
        ("milestone", "engagement"),
        ("exposure", "engagement"),
        ("variant", "engagement"),
        ("decision", "engagement"),
        ("comparison", "engagement"),
    ),
    "variant": (("assumption", "variant"), ("comparison", "chosen")),
    "decision": (("comparison", "decision"),),
    "counterparty": (
        ("engagement", "counterparties"),
        ("exposure", "counterparty"),
        ("answer", "counterparty"),
    ),
    "countermeasure": (),
    "review": (("decision", "review"), ("rating", "review"), ("acceptance", "review")),
    "person": (("technology", "owner"), ("exposure", "owner"), ("countermeasure", "owner")),
}
"""What belongs to an entry: (kind, the field of that kind which points here)."""

ALWAYS = frozenset({
    "element", "exposure", "countermeasure", "estimate", "acceptance", "agreement", "milestone",
})  # fmt: skip
"""Parts whose tab is there even when empty: one may want to add the first."""

_CHANGES = {
    "edit": "", "remove": "", "rate": "rating", "accept": "acceptance", "suggest": "countermeasure",
    "raise": "observation",
}  # fmt: skip
"""What kind of entry a key changes; none: that of the page itself."""

_ADDABLE = frozenset({
    "element", "exposure", "engagement", "agreement", "milestone", "decision", "observation", "consultation",
    "countermeasure", "exclusion", "estimate",
})  # fmt: skip


def has_detail(kind: str) -> bool:
    """Whether an entry of this kind has a screen worth going to after it was added."""
    return kind in {
        "technology",
        "exposure",
        "engagement",
        "counterparty",
        "countermeasure",
        "consultation",
        "observation",
    }


def open_item(app: TechguardApp, kind: str, item_id: str) -> None:
    """Open an entry."""
    app.go_to(DetailPage(kind, item_id))


@dataclass
class Seen:
    """What the register knows of an entry."""

    item: Item
    names: dict[str, str]
    counts: dict[tuple[str, str], int]
    scale: Scale
    ratings: list[Rating] = field(default_factory=list)
    restated: tuple[Rating, ...] = ()
    """The ratings that have a place on the scale in force, restated on it."""
    urgency: int = 1
    measures: list[Countermeasure] = field(default_factory=list)
    rated: list[tuple[Exposure, list[Rating]]] = field(default_factory=list)
    path: Path = ()
    """How the level moved: an exposure's own, or the highest of a technology's."""
    history: list[Entry] = field(default_factory=list)


class DetailPage(LoadingPage):
    """One entry."""

    ABOUT = N_(
        "Everything that is known of one entry. Left and Right change between its facts, what belongs to "
        "it, how its level moved, and its history. F4 edits it, F2 adds what the open list holds, Delete "
        "takes it out of the register (it can be undone)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "tab(-1)", N_("Tab before"), show=False),
        Binding("right", "tab(1)", N_("Next tab"), tooltip=N_("Facts, what belongs to it, history.")),
        Binding("f4,e", "edit", N_("Edit"), tooltip=N_("Change the entry.")),
        Binding("f2,n", "add", N_("Add"), tooltip=N_("Add to the list that is open.")),
        Binding("f5,r", "rate", N_("Rate"), tooltip=N_("Rate this exposure.")),
        Binding("f6,i", "interview", N_("Interview"), tooltip=N_("Go through the questions: is it core?")),
        Binding(
            "f6,d",
            "check",
            N_("Partner check"),
            tooltip=N_("Go through the due-diligence questions; the threat before and after measures."),
        ),
        Binding("f7,w", "whatif", N_("What if"), tooltip=N_("Compare the ways this deal could be done.")),
        Binding("f8,m", "suggest", N_("Measures"), tooltip=N_("Choose countermeasures that fit this route.")),
        Binding(
            "f9,a", "accept", N_("Accept"), tooltip=N_("Record who accepts this exposure, and until when.")
        ),
        Binding("f9,b", "notice", N_("Notice"), tooltip=N_("One page for outside counsel or for METI.")),
        Binding(
            "f6,y", "worth", N_("In money"), tooltip=N_("What it could cost, and the plan within a budget.")
        ),
        Binding(
            "f6,p",
            "raise",
            N_("Raise the exposure"),
            tooltip=N_("Ask for the exposure to be rated again and put it on the next agenda."),
        ),
        Binding(
            "delete", "remove", N_("Remove"), show=False, tooltip=N_("Take the entry out of the register.")
        ),
        Binding(
            "f5,v",
            "evidence",
            N_("Evidence"),
            show=False,
            tooltip=N_("Pack what was done about this technology, for others to check."),
        ),
        Binding(
            "c", "copy", N_("Copy as text"), show=False, tooltip=N_("Copy the facts; cleared after 30 s.")
        ),
    ]

    def __init__(self, kind: str, item_id: str, tab: str = FACTS, cursor: int = 0) -> None:
        super().__init__()
        self.kind: Kind = KINDS[kind]
        self.item_id = item_id
        self.tab = tab
        self.start_cursor = cursor
        self.seen: Seen | None = None

    # --- where we are ---

    def room(self) -> str:
        return self.kind.plural

    def trail(self) -> tuple[str, ...]:
        label = present.kind_label(self.kind, language(), plural=True)
        if self.seen is None:
            return (label,)
        return label, self.seen.item.ref

    def place(self) -> Callable[[], Page]:
        kind, item_id, tab = self.kind.name, self.item_id, self.tab
        cursor = self.query_one(VirtualTable).cursor
        return lambda: DetailPage(kind, item_id, tab, cursor)

    def body(self) -> Iterable[Any]:
        yield Prose(id="item-title", most=2)
        yield Tabs(id="tabs")
        with Reading(id="tab-facts"):
            with Horizontal(id="standing"):
                yield Static(id="standing-text")
                yield HeatMap(id="position", focusable=False)
            yield Facts(id="facts")
        with Vertical(id="tab-list"):
            yield Static(id="chart")
            yield VirtualTable(id="rows")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something for this kind and the open tab."""
        if action in _CHANGES and not self.tg.may_change(_CHANGES[action] or self.kind.name):
            return False
        exposure = self.kind.name == "exposure"
        known = self.seen.item if self.seen else None
        match action:
            case "edit" | "remove":
                return not self.kind.append_only
            case "add" if not self.tg.may_change(self.part_kind() or "rating"):
                return False
            case "add":
                return self.part_kind() in _ADDABLE or (
                    exposure and self.tab in {RATED, "acceptance:exposure"}
                )
            case "rate" | "worth":
                return exposure
            case "interview":
                return isinstance(known, Technology) and known.status is TechnologyStatus.CANDIDATE
            case "check":
                return isinstance(known, Counterparty)
            case "evidence":
                return isinstance(known, Technology)
            case "whatif":
                return isinstance(known, Engagement) and deals.is_deal(known)
            case "notice":
                return isinstance(known, Engagement)
            case "suggest":
                return exposure and isinstance(known, Exposure)
            case "raise":
                return isinstance(known, Observation) and bool(known.exposure)
            case "accept":
                return exposure and isinstance(known, Exposure) and known.level is not None
        return super().check_action(action, parameters)

    # --- loading ---

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        seen = await self.store.run(self._read)
        if self.seen is not None:  # read anew: who comes back from an entry stands where they left
            self.start_cursor = self.query_one("#rows", VirtualTable).cursor
        self.seen = seen
        self.show_trail()
        self._show_title()
        self._show_tabs()
        await self._show_tab()
        self.refresh_bindings()

    def _read(self, reg: Register) -> Seen:
        kind = self.kind
        item: Item = reg.get(self.item_id, kind.model)
        ids: set[str] = set()
        for f in kind.refs:
            value = getattr(item, f.name)
            ids |= {value} if isinstance(value, str) else set(value or ())
        counts = {(k, f): reg.count(k, _pointing(k, f, item.id)) for k, f in PARTS.get(kind.name, ())}
        if isinstance(item, Countermeasure):
            counts["exposure", ""] = len(item.exposures)
        seen = Seen(item, {i: n.title for i, n in reg.titles(ids).items()}, counts, reg.scale)
        seen.history = reg.history(item.id, limit=200)
        if isinstance(item, Exposure):
            seen.ratings = reg.ratings(item)
            seen.restated = tuple(reg.restated(item))
            seen.urgency = reg.urgency(item)
            seen.path = reg.level_path([(item, seen.ratings)])
            seen.names |= {
                i: n.title for i, n in reg.titles({r.rated_by for r in seen.ratings if r.rated_by}).items()
            }
        if isinstance(item, Technology):
            for exposure in reg.find(Exposure, technology=item.id):
                seen.rated.append((exposure, reg.ratings(exposure)))
            seen.path = reg.level_path(seen.rated)
            found: dict[str, Countermeasure] = {}
            for exposure, _ratings in seen.rated:
                found |= {c.id: c for c in reg.countermeasures(exposure.id)}
            seen.measures = list(found.values())
            owners = {c.owner for c in seen.measures if c.owner}
            seen.names |= {i: n.title for i, n in reg.titles(owners).items()}
        return seen

    # --- tabs ---

    def tabs(self) -> list[tuple[str, str]]:
        """The tabs of this entry: (name, label with count)."""
        assert self.seen is not None
        tabs = [(FACTS, _("Facts"))]
        if isinstance(self.seen.item, Exposure):
            tabs.append((RATED, f"{_('Ratings')} {len(self.seen.ratings)}"))
        for (kind, name), count in self.seen.counts.items():
            if count or kind in ALWAYS:
                label = present.kind_label(KINDS[kind], language(), plural=True)
                tabs.append((f"{kind}:{name}", f"{label} {count}"))
        if isinstance(self.seen.item, Technology):
            tabs += [
                (MEASURES, f"{_('Countermeasures')} {len(self.seen.measures)}"),
                (RATED, _("Levels over time")),
            ]
        tabs.append((HISTORY, f"{_('History')} {len(self.seen.history)}"))
        return tabs

    def part_kind(self) -> str:
        """The kind of the list that is open, or an empty string."""
        kind, colon, name = self.tab.partition(":")
        return kind if colon and name else ""

    def _show_title(self) -> None:
        assert self.seen is not None
        item = self.seen.item
        title = f"{item.ref}  {present.title(item, self.kind, language())}"
        if isinstance(item, Technology) and item.criticality:
            mark = _("Class {name}").format(name=present.choice_label(item.criticality, language()))
            title = f"{title}   {mark}"
        if isinstance(item, Exposure):
            title = f"{level_text(item.level)}  {title}"
        if item.removed_at is not None:
            title = f"{title}   {_('removed')}"
        self.query_one("#item-title", Prose).say((title, "bold"))

    def _show_tabs(self) -> None:
        tabs = self.tabs()
        if self.tab not in {name for name, _label in tabs}:
            self.tab = FACTS
        self.query_one(Tabs).show(tabs, self.tab)

    def action_tab(self, step: int) -> None:
        if self.seen is None:
            return
        names = [name for name, _label in self.tabs()]
        self.open_tab(names[(names.index(self.tab) + step) % len(names)])

    @on(Tabs.Chosen)
    def _tab_chosen(self, event: Tabs.Chosen) -> None:
        event.stop()
        self.open_tab(event.name)

    def open_tab(self, name: str) -> None:
        """Open another tab."""
        self.tab = name
        self.start_cursor = 0
        self.query_one(Tabs).choose(name)
        self.ask(self._show_tab, group="tab", exclusive=True)
        self.refresh_bindings()

    async def _show_tab(self) -> None:
        assert self.seen is not None
        facts = self.tab == FACTS
        self.query_one("#tab-facts").display = facts
        self.query_one("#tab-list").display = not facts
        self.query_one("#chart", Static).update("")
        if facts:
            self._show_facts()
            self.set_focus(self.query_one("#tab-facts"))
            return
        table = self.query_one("#rows", VirtualTable)
        table.sorted_by = ""
        if self.tab == HISTORY:
            table.columns = tuple(history_columns())
            table.show_lines(entry_lines(self.seen.history), cursor=self.start_cursor)
        elif self.tab == MEASURES:
            kind = KINDS["countermeasure"]
            table.columns = tuple(columns_of(kind))
            table.empty = _("No countermeasure yet. Open an exposure and press F8.")
            lines = [line_of(kind, m, self.seen.names) for m in self.seen.measures]
            table.show_lines(lines, cursor=self.start_cursor)
        elif self.tab == RATED:
            self._show_ratings(table)
        else:
            await self._show_part(table)
        self.set_focus(table)

    async def _show_part(self, table: VirtualTable) -> None:
        assert self.seen is not None
        name, _colon, through = self.tab.partition(":")
        kind = KINDS[name]
        item = self.seen.item
        if through:
            query = _pointing(name, through, item.id)
        else:
            ids = item.exposures if isinstance(item, Countermeasure) else ()
            query = Query(where=(Where("id", "in", tuple(ids)),))

        async def page(offset: int, limit: int) -> list[Line]:
            if not through:
                rows = await self.store.run(lambda reg: _rows_by_id(reg, kind, ids))
                return [line_of(kind, i, n) for i, n in rows[offset : offset + limit]]
            found = await self.store.run(lambda reg: reg.rows(name, query, offset, limit))
            return [line_of(kind, row.item, row.names, without=through) for row in found]

        first = await page(0, PAGE)
        table.columns = tuple(columns_of(kind, without=through))
        table.empty = empty_part(kind, can_add=name in _ADDABLE, read_only=not self.tg.may_change(name))
        table.show_source(self.seen.counts[name, through], page, first=first, cursor=self.start_cursor)

    # --- facts and ratings ---

    def _show_facts(self) -> None:
        assert self.seen is not None
        item = self.seen.item
        standing = self.query_one("#standing")
        standing.display = isinstance(item, Exposure) or bool(self.seen.path)
        self.query_one("#position").display = isinstance(item, Exposure) and not plain_mode.is_on()
        if not isinstance(item, Exposure):
            self.query_one("#standing-text", Static).update(_highest(self.seen.path))
        skip: Sequence[str] = (self.kind.title,)
        if isinstance(item, Exposure):
            skip = (*skip, "level", "likelihood", "impact", "impact_driver", "urgency", "confidence", "basis",
                    "rated_on", "inherent_level", "target_level", "scale_edition")  # fmt: skip
            self.query_one("#standing-text", Static).update(_standing(item, self.seen))
            path = tuple(
                (r.likelihood, r.impact)
                for r in self.seen.restated
                if r.likelihood and r.impact and r.basis is not Basis.TARGET
            )
            self.query_one("#position", HeatMap).show_path(self.seen.scale, path)
        facts = facts_of(self.kind, item, self.seen.names, skip)
        self.query_one("#facts", Facts).show(facts or [Fact("", _("Nothing more is filled in yet."), "")])

    def _show_ratings(self, table: VirtualTable) -> None:
        assert self.seen is not None
        chart = self.query_one("#chart", Static)
        if isinstance(self.seen.item, Technology):
            table.columns = (
                Column("level", _("Level"), 12, 15, keep=True),
                Column("title", _("Exposure"), 24, 60, keep=True),
                Column("path", _("Levels, oldest first"), 20, 40),
            )
            table.empty = _("No exposure yet.")
            table.show_lines(
                [
                    Line(
                        f"exposure:{x.id}",
                        (level_cell(x.level), plain(f"{x.ref}  {x.title}"), plain(_path(ratings))),
                    )
                    for x, ratings in self.seen.rated
                ],
                cursor=self.start_cursor,
            )
            return
        kind = KINDS["rating"]
        rated = [r for r in self.seen.ratings if r.level and r.basis is not Basis.TARGET]
        points = [(r.rated_on, r.level or 0) for r in rated]
        if len(points) > 1 and not plain_mode.is_on():  # the rows below say it
            lines = level_chart(points, min(self.size.width - 4, 100))
            chart.update(Content("\n").join([literal(line, "$t-muted") for line in lines]))
        table.columns = (
            Column("level", _("Level"), 12, 15, keep=True),
            Column("on", _("Rated on"), 10, 10, keep=True),
            Column("values", _("L x I"), 6, 6),
            Column("basis", _("Basis"), 10, 30),
            Column("why", _("Rationale"), 20, 80, keep=True),
            Column("by", _("Rated by"), 10, 24),
        )
        table.empty = _("Not rated yet. F5 rates it.")
        table.show_lines(
            [
                Line(
                    r.id,
                    (
                        level_cell(r.level),
                        plain(short_date(r.rated_on) if r.rated_on else ""),
                        plain(f"{r.likelihood or '-'} x {r.impact or '-'}"),
                        plain(present.show(kind.by_name["basis"], r.basis, language())),
                        plain(r.rationale),
                        plain(self.seen.names.get(r.rated_by or "", "")),
                    ),
                )
                for r in reversed(self.seen.ratings)
            ],
            cursor=self.start_cursor,
        )

    # --- doing ---

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        if self.tab == HISTORY:
            from .history import show_entry

            self.ask(partial(show_entry, self, int(event.key)))
            return
        kind, colon, key = event.key.partition(":")
        if colon:
            open_item(self.tg, kind, key)
        elif self.tab == RATED:
            open_item(self.tg, "rating", event.key)
        elif self.tab == MEASURES:
            open_item(self.tg, "countermeasure", event.key)
        else:
            open_item(self.tg, self.tab.partition(":")[0], event.key)

    def action_edit(self) -> None:
        from .form import FormPage

        self.tg.go_to(FormPage(self.kind.name, self.item_id))

    def action_add(self) -> None:
        from .form import FormPage

        if self.tab == RATED:
            self.action_rate()
            return
        if self.tab == "acceptance:exposure":
            self.action_accept()
            return
        name, _colon, through = self.tab.partition(":")
        many = KINDS[name].by_name[through].many
        self.tg.go_to(FormPage(name, preset={through: (self.item_id,) if many else self.item_id}))

    def action_rate(self) -> None:
        from .rating import RatingPage

        self.tg.go_to(RatingPage(self.item_id))

    def action_interview(self) -> None:
        from .interview import InterviewPage

        self.tg.go_to(InterviewPage(self.item_id))

    def action_check(self) -> None:
        from .partner import PartnerCheckPage

        self.tg.go_to(PartnerCheckPage(self.item_id))

    def action_whatif(self) -> None:
        from .whatif import WhatIfPage

        self.tg.go_to(WhatIfPage(self.item_id))

    def action_notice(self) -> None:
        from .notice import NoticePage

        self.tg.go_to(NoticePage(self.item_id))

    def action_suggest(self) -> None:
        from .suggest import SuggestPage

        self.tg.go_to(SuggestPage(self.item_id))

    def action_worth(self) -> None:
        from .worth import WorthPage

        self.tg.go_to(WorthPage())

    def action_accept(self) -> None:
        from .accept import AcceptPage

        self.tg.go_to(AcceptPage(self.item_id))

    def action_raise(self) -> None:
        """The exposure an observation concerns: rated again, and on the next agenda."""
        self.ask(self._raise, group=ALONE)

    async def _raise(self) -> None:
        from techguard.review.raising import raise_exposure

        exposure = await self.store.run(lambda reg: raise_exposure(reg, self.item_id))
        self.tg.say(_("{ref} is to be rated again; it is on the next agenda.").format(ref=exposure.ref))
        await self._load()

    def action_remove(self) -> None:
        if self.seen is None:
            return
        parts = sum(n for (k, _f), n in self.seen.counts.items() if KINDS[k].parent == self.kind.name)
        question = _("Take {ref} out of the register?").format(ref=self.seen.item.ref)
        detail = _("History keeps it, and Ctrl+Z brings it back.")
        if parts:
            detail += " " + _("What belongs to it goes with it: {n}.").format(n=parts)
        answers = [("stay", _("Leave it")), ("remove", _("Take it out"))]
        self.app.push_screen(Confirm(question, answers, detail=detail), self._removed)

    def _removed(self, answer: str | None) -> None:
        if answer == "remove":
            self.ask(self._remove)

    async def _remove(self) -> None:
        assert self.seen is not None
        item = self.seen.item
        await self.store.run(lambda reg: reg.remove(item, with_parts=True))
        self.tg.say(_("{ref} was taken out. Ctrl+Z brings it back.").format(ref=item.ref))
        self.tg.go_back()

    def action_evidence(self) -> None:
        from .evidence import seal_evidence

        assert self.seen is not None
        assert isinstance(self.seen.item, Technology)
        seal_evidence(self, self.seen.item)

    def action_copy(self) -> None:
        if self.seen is None:
            return
        item = self.seen.item
        lines = [f"{item.ref}  {present.title(item, self.kind, language())}"]
        if isinstance(item, Exposure):
            lines.append(_standing(item, self.seen).plain)
        elif self.seen.path:
            lines.append(_highest(self.seen.path).plain)
        facts = facts_of(self.kind, item, self.seen.names, (self.kind.title,))
        lines += [labelled(f.label, f.value) for f in facts]
        self.tg.copy_to_clipboard("\n".join(lines))
        self.tg.say(_("Copied. The clipboard is cleared in 30 seconds."))


def _pointing(kind: str, name: str, item_id: str) -> Query:
    many = KINDS[kind].by_name[name].many
    return Query(where=(Where(name, "contains" if many else "=", item_id),))


def _rows_by_id(reg: Register, kind: Kind, ids: Sequence[str]) -> list[tuple[Item, dict[str, str]]]:
    items: list[Item] = [reg.get(i, kind.model) for i in ids]
    refs = {getattr(i, f.name) for i in items for f in kind.refs if not f.many and getattr(i, f.name)}
    names = {i: n.title for i, n in reg.titles(refs).items()}
    return [(i, names) for i in items]


def _path(ratings: Sequence[Rating]) -> str:
    levels = [str(r.level) for r in ratings if r.level and r.basis is not Basis.TARGET]
    return " > ".join(levels[-12:])


def _highest(path: Path) -> Content:
    """How the highest level of a technology's exposures moved."""
    return (
        join((_("Highest level of its exposures") + "  ", "$t-muted"), *spark(path)) if path else literal("")
    )


def _standing(item: Exposure, seen: Seen) -> Content:
    """Where an exposure stands, in a few lines."""
    said: list[tuple[str, str, str]] = []
    if item.level is not None:
        said.append((_("Level"), level_text(item.level), f"bold $t-level-{item.level}"))
        earlier = item.scale_edition != seen.scale.edition
        for name, label, value in (
            ("likelihood", _("Likelihood"), item.likelihood or 0),
            ("impact", _("Impact"), item.impact or 0),
        ):
            said.append((label, str(value) if earlier else scale_word(name, value), ""))
        if earlier:
            said.append((_("Scale"), _("an earlier one; rate again (F5)"), "$t-warn"))
    if item.impact_driver:
        said.append((_("Driver"), pgettext("short", SHORT_DIMENSIONS[item.impact_driver]), ""))
    said.append((_("Urgency"), scale_word("urgency", seen.urgency), ""))
    if item.confidence:
        said.append((_("Confidence"), scale_word("confidence", item.confidence), ""))
    if item.inherent_level:
        said.append((_("Inherent"), level_text(item.inherent_level), ""))
    if item.target_level:
        said.append((_("Target"), level_text(item.target_level), ""))
    if item.rated_on:
        said.append((_("Rated on"), date_text(item.rated_on), ""))
    moved = _("Over time") if seen.path else ""
    wide = max(width(label) for label in (moved, *(label for label, _text, _style in said))) + 1
    lines = [join((fit(label, wide), "$t-muted"), (text, style)) for label, text, style in said]
    if moved:
        lines.insert(1, join((fit(moved, wide), "$t-muted"), *spark(seen.path, dated=False)))
    if item.level is None:
        lines.insert(0, literal(_("Not rated yet. F5 rates it."), "bold"))
    return Content("\n").join(lines)
