"""What the estimated exposures could cost, and which countermeasures to choose within a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from techguard import present
from techguard.i18n import N_, Together, _, language, money_text
from techguard.i18n.money import read_money

from ..input import LineInput
from ..page import Page
from ..paper import Paper
from ..picker import Option, Picker
from ..prose import Prose
from ..text import literal
from .preview import PreviewPage

if TYPE_CHECKING:
    from techguard.board.blocks import Pages, Section
    from techguard.domain.items import Countermeasure
    from techguard.quant.plan import Plan
    from techguard.register import Register


PLAN = 1
"""Which section the plan is: the one that the budget and the goal are about."""


class WorthPage(PreviewPage):
    """Money: the losses of a year, and the plan."""

    NAME = N_("Losses and plan in money")
    ABOUT = N_(
        "What the estimated exposures could cost in a year, as ranges and as a curve: without measures, "
        "today, as planned. Then the countermeasures that do most within a budget, each with its reason. F2 "
        "goes to the budget, Enter counts anew; F5 chooses what the plan is best at. Left and Right turn to "
        "another section, F6 lists them. Counting goes on beside the screen. An estimate is entered on the "
        "page of its exposure; what nobody estimated is in no figure."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "budget", N_("Budget"), tooltip=N_("Write how much may be spent.")),
        Binding("f5", "goal", N_("Goal"), tooltip=N_("Choose what the plan is best at.")),
    ]

    def __init__(self, budget: int | None = None, goal: str = "loss", at: int = 0) -> None:
        super().__init__(at)
        self.budget = budget
        self.goal = goal

    def place(self) -> Callable[[], Page]:
        budget, goal, at = self.budget, self.goal, self.at
        return lambda: WorthPage(budget, goal, at)

    def above(self) -> Iterable[Any]:
        label = _("Budget over five years; empty is no limit. Enter counts anew")
        yield Static(literal(label), classes="asked-label muted")
        yield LineInput(money_text(self.budget) if self.budget is not None else "", id="questions")

    def action_budget(self) -> None:
        self.query_one("#questions").focus()

    @on(Input.Submitted, "#questions")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        typed = event.value.strip()
        found = read_money(typed) if typed else None
        if typed and found is None:
            self.tg.say(
                _("This is not an amount of whole yen: {value}").format(value=typed), severity="warning"
            )
            return
        self.budget = found
        self.at = PLAN
        self.query_one(Paper).focus()
        self.reload()

    def action_goal(self) -> None:
        from techguard.quant.plan import Goal

        lang = language()
        options = [Option(str(goal), present.choice_label(goal, lang)) for goal in Goal]

        def done(chosen: list[Any] | None) -> None:
            if chosen:
                self.goal = chosen[0]
                self.at = PLAN
                self.reload()

        self.app.push_screen(Picker(_("Goal"), options, chosen=[self.goal]), done)

    async def _load(self) -> None:
        self.query_one("#section", Prose).say((_("Counting …"), "$t-muted"))
        await super()._load()

    def said(self, pages: Pages) -> str:
        return _("For members of the review session: nothing is hidden here.")

    def composer(self) -> Callable[[Register], Pages]:
        return partial(_composed, self.budget, self.goal, language())


def _composed(budget: int | None, goal: str, lang: Any, reg: Register) -> Pages:
    """The money parts of the pack, after the plan within the budget."""
    from techguard import board
    from techguard.board.blocks import Plot, Section
    from techguard.domain.words import RedactionLevel

    pages = board.lay_out(board.compose(reg, redaction=RedactionLevel.R0, lang=lang), lang)
    money = [s for s in pages.sections if isinstance(s.figure, Plot)]
    front = replace(
        pages.front,
        levels=(),
        classes=(),
        movement=(),
        movement_title="",
        asked="",
        heat=None,
        cards=(),
        nothing="",
    )
    none = Section(
        _("Losses"),
        (
            _(
                "No open exposure is estimated in money. Open one (key 3), turn with Right to “Estimates in "
                "money” and press F2."
            ),
        ),
    )
    first, *rest = money or [none]
    return replace(
        pages,
        subtitle="",
        front=front,
        asked=None,
        sheets=(),
        sections=(first, _within(reg, budget, goal), *rest),
        foot="",
    )


def _within(reg: Register, budget: int | None, goal: str) -> Section:
    """The plan within a budget, as a section of the pack would tell it."""
    from techguard import money
    from techguard.board.blocks import Section
    from techguard.domain.items import Countermeasure
    from techguard.quant.plan import Goal, Terms
    from techguard.register import Query, Where

    found = money.choose(reg, Terms(goal=Goal(goal), budget=budget))
    title = (
        _("Within a budget of {budget}").format(budget=money_text(budget))
        if budget is not None
        else _("Without a limit of the budget")
    )
    if not found.verdicts:
        nothing = _("There is no countermeasure to choose from: none is proposed, approved or in progress.")
        return Section(title, (nothing,))
    among = Query(where=(Where("id", "in", [v.id for v in found.verdicts]),))
    named = {c.id: c for c in reg.find(Countermeasure, among)}
    said = money.said_together(found, language())
    return Section(title, _reached(found, said), *_table(found, named, said))


def _reached(found: Plan, said: Together) -> tuple[str, ...]:
    lang = language()
    return (
        present.choice_label(found.terms.goal, lang),
        _("Cost over {years} years: {cost}. Expected loss a year: {before} → {after}.").format(
            years=found.terms.years,
            cost=said.cost(found.cost),
            before=said.loss(found.loss_before),
            after=said.loss(found.loss_after),
        ),
        _("Exposures on a high level that a measure could lower: {before} → {after}.").format(
            before=found.high_before, after=found.high_after
        ),
        _("No other choice does better: it is proven.")
        if found.proven
        else _("It may be short of the best choice by {gap}.").format(gap=f"{found.gap:.2%}"),
    )


def _table(found: Plan, named: dict[str, Countermeasure], said: Together) -> tuple[Any, Any]:
    from techguard.board.blocks import Column
    from techguard.board.wording import cell

    lang = language()
    columns = (
        Column("", 12),
        Column(_("Number"), 20),
        Column(_("Countermeasure")),
        Column(_("Cost"), 24, "right"),
        Column(_("Saves a year"), 24, "right"),
        Column(_("Why"), 44),
    )
    rows = tuple(
        (
            cell(_("in") if v.chosen else _("out"), "strong" if v.chosen else "quiet"),
            cell(named[v.id].ref, "quiet"),
            cell(named[v.id].title, "strong" if v.chosen else "plain"),
            cell(said.cost(v.cost) if v.cost is not None else ""),
            cell(said.loss(v.saves) if v.saves else ""),
            cell(" ".join([present.choice_label(v.reason, lang), *(named[o].ref for o in v.others)])),
        )
        for v in sorted(found.verdicts, key=lambda v: (not v.chosen, named[v.id].ref))
    )
    return columns, rows
