"""What-if for a deal: its variants as columns, what each would bring as levels, and the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Static

from techguard import present
from techguard.domain import errors as refused
from techguard.domain.fields import FieldSpec
from techguard.domain.items import Assumption, Item, Variant
from techguard.domain.kinds import KINDS
from techguard.domain.words import AssumptionStanding, DisclosureScope, Verdict
from techguard.i18n import N_, _, language
from techguard.review import deals

from ..columns import level_text
from ..grid import Grid, GridColumn, GridRow
from ..page import ALONE, LoadingPage, Page
from ..picker import Confirm, Option, Picker
from ..prose import Prose
from ..table import Column
from ..text import literal
from .form import FormPage

if TYPE_CHECKING:
    from techguard.register import Register

WORST, HIGH = "=worst", "=high"
NOBODY = ""


class VariantGrid(Grid):
    """A grid whose cells say the level in a word; a proposal nobody confirmed begins with ~."""

    def __init__(self) -> None:
        super().__init__(id="variants")
        self.words: Mapping[tuple[str, str], str] = {}

    def cell_text(self, key: tuple[str, str], level: int | None, cells: int) -> str:
        """The word of a cell."""
        return self.words.get(key) or super().cell_text(key, level, cells)


def row_key(row: deals.Row) -> str:
    """A row as the grid knows it."""
    return ":".join(row)


class WhatIfPage(LoadingPage):
    """The variants of one deal, side by side."""

    NAME = N_("What if")
    ABOUT = N_(
        "The ways a deal could be done, side by side: each column is a variant, each row a technology on a "
        "route, each cell the level it would bring. ~ marks a proposal that nobody has confirmed yet, * a "
        "row in which the variants differ, ? what is not rated: unknown, not safe. F7 and F8 change what is "
        "disclosed and which measures are assumed, and propose the level anew; an untested measure lowers "
        "nothing, and no measure acts on another route. Enter rates a cell yourself; F6 confirms it as it "
        "stands. F9 decides: the comparison is frozen with the decision. Nothing here changes the rating of "
        "an exposure."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,n", "add", N_("Add"), tooltip=N_("Add another way to do the deal.")),
        Binding(
            "f3,c", "duplicate", N_("Copy"), tooltip=N_("Copy the variant under the cursor, to change it.")
        ),
        Binding("f4,e", "edit", N_("Name"), tooltip=N_("Change the name or the stage of the variant.")),
        Binding("f6", "confirm", N_("Confirm"), tooltip=N_("Stand behind the cell as it is.")),
        Binding(
            "f7", "disclosure", N_("Disclosure"), tooltip=N_("Choose what is disclosed; it is proposed anew.")
        ),
        Binding("f8,m", "measures", N_("Measures"), tooltip=N_("Choose the measures assumed on this route.")),
        Binding(
            "f9", "decide", N_("Decide"), tooltip=N_("Record go, conditions or no-go, with the comparison.")
        ),
        Binding("delete", "remove", N_("Remove"), show=False, tooltip=N_("Take the variant out.")),
    ]

    def __init__(self, engagement: str, at: tuple[int, int] = (0, 0)) -> None:
        super().__init__()
        self.engagement = engagement
        self.start_at = at
        self.deal: deals.Deal | None = None
        self.high_from = 4

    # --- where we are ---

    def room(self) -> str:
        return "engagements"

    def trail(self) -> tuple[str, ...]:
        label = present.kind_label(KINDS["engagement"], language(), plural=True)
        return label, self.deal.engagement.ref if self.deal else "", _(self.NAME)

    def place(self) -> Callable[[], Page]:
        engagement = self.engagement
        at = self.query_one(Grid).at if self.deal else self.start_at
        return lambda: WhatIfPage(engagement, at)

    def body(self) -> Iterable[Any]:
        yield Prose(id="item-title", most=1)
        yield Prose(id="said", most=2)
        yield VariantGrid()
        yield Prose(id="assumed", most=7)
        yield Static(id="legend", classes="line muted")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"add", "duplicate", "edit", "confirm", "disclosure", "measures", "decide", "remove"}:
            if not self.tg.may_change("variant") or self.deal is None:
                return False
            if action in {"duplicate", "edit", "remove"}:
                return self.column() is not None
            if action in {"disclosure", "measures"}:
                return self.cell() is not None
            if action == "confirm":
                cell = self.cell()
                return cell is not None and cell.standing is AssumptionStanding.PROPOSED
            return action == "add" or bool(self.deal.columns)
        return super().check_action(action, parameters)

    # --- what is under the cursor ---

    def column(self) -> deals.Column | None:
        """The variant under the cursor."""
        here = self.query_one(Grid).here if self.is_mounted else None
        if self.deal is None or here is None:
            return None
        return next((c for c in self.deal.columns if c.variant.id == here[1]), None)

    def cell(self) -> Assumption | None:
        """The cell under the cursor; None on the rows that sum up."""
        column = self.column()
        here = self.query_one(Grid).here
        if column is None or here is None:
            return None
        return next((a for row, a in column.cells.items() if row_key(row) == here[0]), None)

    # --- what is shown ---

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        before = self.deal
        now, self.high_from = await self.store.run(
            lambda reg: (deals.deal(reg, self.engagement), reg.scale.high_from)
        )
        self.deal = now
        row, column = self.query_one(Grid).at if before is not None else self.start_at
        if before is not None and len(now.columns) > len(before.columns):
            column = len(now.columns) - 1  # the variant that was just added
        self._show((row, column))

    def _show(self, at: tuple[int, int]) -> None:
        assert self.deal is not None
        now = self.deal
        grid = self.query_one(VariantGrid)
        levels: dict[tuple[str, str], int | None] = {}
        words: dict[tuple[str, str], str] = {}
        for column in now.columns:
            name = column.variant.id
            levels[WORST, name], levels[HIGH, name] = column.worst, None
            words[WORST, name] = " " + level_text(column.worst)
            words[HIGH, name] = " " + str(column.high(self.high_from))
            for row, cell in column.cells.items():
                key = row_key(row), name
                levels[key] = cell.level
                mark = "~" if cell.standing is AssumptionStanding.PROPOSED else " "
                words[key] = mark + (level_text(cell.level) if cell.level else "?")
        grid.words = words
        grid.empty = _("No variant yet. F2 adds the first way to do this deal.")
        high = _("Level {n} and above").format(n=self.high_from)
        sums = [
            GridRow(WORST, (_mark(len({c.worst for c in now.columns}) > 1), _("Highest level"))),
            GridRow(HIGH, (_mark(len({c.high(self.high_from) for c in now.columns}) > 1), high)),
        ]
        rows = [GridRow(row_key(row), (_mark(now.differs(row)), self._row_name(row))) for row in now.rows]
        grid.show(
            [Column("differs", "", 1, 1), Column("title", _("Technology on a route"), 22, 50)],
            [*sums, *rows] if now.columns else [],
            [GridColumn(c.variant.id, c.variant.title) for c in now.columns],
            levels,
            least=17,
            at=at,
        )
        e = now.engagement
        self.query_one("#item-title", Prose).say((f"{e.ref}  {e.title}", "bold"))
        self.query_one("#said", Prose).say(*self._said())
        self.query_one("#legend", Static).update(
            literal(_("~ proposal, not confirmed   * variants differ   ? not rated"))
        )
        self.show_trail()
        grid.focus()
        self._describe()

    def _row_name(self, row: deals.Row) -> str:
        assert self.deal is not None
        lead = self.deal.refs.get(row[2], row[1])
        return f"{lead} {self.deal.technologies[row[0]].code_name}"

    def _said(self) -> list[tuple[str, str]]:
        assert self.deal is not None
        if self.deal.decided:
            last = self.deal.decided[-1]
            text = _("Decided: {title} ({ref}); the comparison of that day is kept.")
            return [(text.format(title=last.title, ref=last.ref), "$t-accent")]
        return [(_("Not decided yet. Nothing here changes the rating of an exposure."), "$t-muted")]

    @on(Grid.Moved)
    def _moved(self, event: Grid.Moved) -> None:
        event.stop()
        self._describe()
        self.refresh_bindings()

    def _describe(self) -> None:
        """Say in words what is under the cursor."""
        said = self.query_one("#assumed", Prose)
        column, cell = self.column(), self.cell()
        lang = language()
        if self.deal is None or column is None:
            said.say()
            return
        variant = column.variant
        head = f"{variant.ref}  {variant.title} ({present.choice_label(variant.stage, lang)})"
        if cell is None:
            said.say((head, "bold"), (deals.summary(column, self.high_from), ""))
            return
        place = deals.place_name(self.deal, deals.row_of(cell))
        disclosed = present.choice_label(cell.disclosure, lang) if cell.disclosure else _("not stated")
        line = _(
            "{standing}: {likelihood} x {impact} = {level}. Disclosed: {disclosed}. Measures: {measures}."
        )
        text = line.format(
            standing=present.choice_label(cell.standing, lang),
            likelihood=cell.likelihood or "?",
            impact=cell.impact or "?",
            level=level_text(cell.level),
            disclosed=disclosed,
            measures=" ".join(cell.measures) or _("none"),
        )
        style = f"$t-level-{cell.level}" if cell.level else "$t-warn"
        said.say((f"{column.variant.title}  {place}", "bold"), (text, style), (cell.rationale, "$t-muted"))

    # --- variants ---

    def action_add(self) -> None:
        self.tg.go_to(VariantPage(self.engagement))

    def action_duplicate(self) -> None:
        column = self.column()
        if column is not None:
            self.ask(partial(self._copy, column.variant), group=ALONE)

    async def _copy(self, variant: Variant) -> None:
        title = _("{title} (copy)").format(title=variant.title)[:120]
        made = await self.store.run(lambda reg: deals.copy_variant(reg, variant.id, title))
        self.tg.say(_("{ref} is a copy of {before}. F4 names it.").format(ref=made.ref, before=variant.ref))
        await self._load()

    def action_edit(self) -> None:
        column = self.column()
        if column is not None:
            self.tg.go_to(FormPage("variant", column.variant.id))

    def action_remove(self) -> None:
        column = self.column()
        if column is not None:
            question = _("Take {ref} out of the register?").format(ref=column.variant.ref)
            answers = [("stay", _("Leave it")), ("remove", _("Take it out"))]
            detail = _("History keeps it, and Ctrl+Z brings it back.")
            self.app.push_screen(
                Confirm(question, answers, detail=detail), partial(self._removed, column.variant)
            )

    def _removed(self, variant: Variant, answer: str | None) -> None:
        if answer == "remove":
            self.ask(partial(self._remove, variant), group=ALONE)

    async def _remove(self, variant: Variant) -> None:
        await self.store.run(lambda reg: reg.remove(variant, with_parts=True))
        self.tg.say(_("{ref} was taken out. Ctrl+Z brings it back.").format(ref=variant.ref))
        await self._load()

    # --- cells ---

    @on(Grid.Chosen)
    def _chosen(self, event: Grid.Chosen) -> None:
        event.stop()
        cell, here = self.cell(), self.query_one(Grid).here
        if cell is not None and self.tg.may_change("assumption"):
            self.tg.go_to(AssumePage(cell.id))
        elif here is not None and here[1] is None and here[0] not in {WORST, HIGH}:
            from .detail import open_item

            open_item(self.tg, "technology", here[0].partition(":")[0])
        elif self.column() is not None and self.tg.may_change("variant"):
            self.action_edit()

    def action_confirm(self) -> None:
        cell = self.cell()
        if cell is None:
            return
        if cell.level is None:
            self.tg.say(_("It has no level yet: Enter rates it."), severity="warning")
            return
        wanted = cell.model_copy(update={"standing": AssumptionStanding.CONFIRMED})
        self.ask(partial(self._assume, wanted), group=ALONE)

    async def _assume(self, wanted: Assumption) -> None:
        await self.store.run(lambda reg: deals.assume(reg, wanted))
        await self._load()

    def action_disclosure(self) -> None:
        cell = self.cell()
        if cell is None:
            return
        options = [Option(d, present.choice_label(d, language())) for d in DisclosureScope]
        note = _("It holds for this technology on every route of this variant.")

        def taken(chosen: list[Any] | None) -> None:
            if chosen:
                self._propose(cell, chosen[0], cell.measures)

        given = [cell.disclosure] if cell.disclosure else []
        self.app.push_screen(Picker(_("What is disclosed"), options, chosen=given, note=note), taken)

    def action_measures(self) -> None:
        from techguard import catalog

        cell = self.cell()
        if cell is None:
            return
        lang = language()
        mine = catalog.suggest(cell.route) if cell.route in catalog.routes() else []
        listed = {m.id for m in mine}
        general = [m for m in catalog.countermeasures().values() if m.general and m.id not in listed]
        known = listed | {m.id for m in general}
        kept = [m for i in cell.measures if i not in known and (m := catalog.countermeasures().get(i))]
        options = [
            Option(m.id, f"{m.id}  {m.title.in_(lang)}", m.plain.in_(lang)) for m in (*kept, *mine, *general)
        ]

        def taken(chosen: list[Any] | None) -> None:
            if chosen is not None:
                self._propose(cell, cell.disclosure, tuple(sorted(chosen)))

        note = _("They count on this route alone, and only tested ones lower a likelihood.")
        self.app.push_screen(
            Picker(_("Measures assumed"), options, several=True, chosen=cell.measures, note=note), taken
        )

    def _propose(
        self, cell: Assumption, disclosure: DisclosureScope | None, measures: tuple[str, ...]
    ) -> None:
        async def work() -> None:
            await self.store.run(
                lambda reg: deals.assume(reg, deals.propose(reg, cell, disclosure, measures))
            )
            await self._load()

        self.ask(work, group=ALONE)

    # --- deciding ---

    def action_decide(self) -> None:
        assert self.deal is not None
        options = [
            Option(c.variant.id, f"{c.variant.ref}  {c.variant.title}", deals.summary(c, self.high_from))
            for c in self.deal.columns
        ]
        options.append(Option(NOBODY, _("None of them: no-go")))
        column = self.column()
        chosen = [column.variant.id] if column else []
        self.app.push_screen(
            Picker(_("Which variant is decided for?"), options, chosen=chosen), self._decided
        )

    def _decided(self, chosen: list[Any] | None) -> None:
        if chosen and self.deal is not None:
            variant = next((c.variant for c in self.deal.columns if c.variant.id == chosen[0]), None)
            name = f"{variant.ref}  {variant.title}" if variant else _("None of them: no-go")
            self.tg.go_to(DecidePage(self.engagement, chosen[0] or None, name))


def _mark(differs: bool) -> str:
    return "*" if differs else " "


class VariantPage(FormPage):
    """Add a variant."""

    NAME = N_("Add variant")
    ABOUT = N_(
        "Name the variant, its stage and what would be disclosed. A proposal is made for every exposure of "
        "the deal, and for each technology that nobody has considered yet; you confirm or change them one "
        "by one."
    )

    def __init__(self, engagement: str, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__("variant", draft=draft)
        self.engagement = engagement

    def room(self) -> str:
        return "engagements"

    def trail(self) -> tuple[str, ...]:
        return _(WhatIfPage.NAME), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        engagement = self.engagement
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: VariantPage(engagement, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        variant = KINDS["variant"].by_name
        return variant["title"], variant["stage"], KINDS["assumption"].by_name["disclosure"]

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        return deals.add_variant(
            reg,
            self.engagement,
            collected["title"],
            stage=collected["stage"],
            disclosure=collected["disclosure"],
        )

    def leave(self, item: Item) -> None:
        self.tg.go_back()


class AssumePage(FormPage):
    """Rate a cell yourself."""

    NAME = N_("Rate")
    ABOUT = N_(
        "What this variant would bring for one technology on one route. The likelihood cannot go below what "
        "the disclosure and the tested measures give. Write why it is not as proposed; what you save is "
        "confirmed by you."
    )

    def __init__(self, item_id: str, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__("assumption", item_id, draft=draft)

    def room(self) -> str:
        return "engagements"

    def trail(self) -> tuple[str, ...]:
        return _(WhatIfPage.NAME), self.item.ref if self.item else "", _(self.NAME)

    def place(self) -> Callable[[], Page]:
        item_id = self.item_id
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: AssumePage(item_id, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        by_name = KINDS["assumption"].by_name
        return tuple(by_name[n] for n in ("likelihood", "impact", "rationale"))

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        now = self.item
        assert isinstance(now, Assumption)
        rated = any(collected[n] != getattr(now, n) for n in ("likelihood", "impact"))
        told = collected["rationale"].strip()
        if not told or (rated and told == now.rationale.strip()):
            raise refused.Invalid([refused.Problem("rationale", refused.SAY_WHY)])
        wanted = now.model_copy(update={**collected, "standing": AssumptionStanding.CONFIRMED})
        return deals.assume(reg, wanted)

    def leave(self, item: Item) -> None:
        self.tg.go_back()


class DecidePage(FormPage):
    """Decide a deal."""

    NAME = N_("Decide")
    ABOUT = N_(
        "What was decided, on which conditions, who carries it out and until when. Saving makes a decision "
        "and freezes the comparison as it stands now; neither changes any more when the variants do."
    )

    def __init__(
        self,
        engagement: str,
        chosen: str | None,
        name: str,
        *,
        draft: Mapping[str, Any] | None = None,
    ) -> None:
        # A variant may be gone for as it is or on conditions: which, nobody says but the person who decides.
        preset = {} if chosen else {"verdict": Verdict.NO_GO}
        super().__init__("comparison", preset=preset, draft=draft)
        self.engagement = engagement
        self.chosen = chosen
        self.chosen_name = name

    def body(self) -> Iterable[Any]:
        yield Prose(self.chosen_name, "bold", id="item-title", most=1)
        yield from super().body()

    def room(self) -> str:
        return "engagements"

    def trail(self) -> tuple[str, ...]:
        return _(WhatIfPage.NAME), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        engagement, chosen, name = self.engagement, self.chosen, self.chosen_name
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: DecidePage(engagement, chosen, name, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        comparison, decision = KINDS["comparison"].by_name, KINDS["decision"].by_name
        asked = (comparison["verdict"], comparison["conditions"], decision["reason"])
        return (*asked, *(replace(decision[n], required=True) for n in ("owner", "due")))

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        verdict = collected["verdict"]
        return deals.decide(
            reg,
            self.engagement,
            verdict=verdict,
            chosen=None if verdict is Verdict.NO_GO else self.chosen,
            conditions=collected["conditions"],
            reason=collected["reason"],
            owner=collected["owner"],
            due=collected["due"],
        )

    def leave(self, item: Item) -> None:
        self.tg.go_back()
