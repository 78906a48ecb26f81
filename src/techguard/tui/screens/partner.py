"""The check of a counterparty: twelve questions with evidence, its threat before and after measures, the
conclusion and how long it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Static

from techguard import present
from techguard.domain import rules
from techguard.domain.fields import FieldSpec
from techguard.domain.items import Counterparty, Item
from techguard.domain.kinds import KINDS
from techguard.domain.scales import Scale
from techguard.domain.words import Zone
from techguard.i18n import N_, _, date_text, language, pgettext
from techguard.review import checklists

from .. import plain as plain_mode
from ..forms import Form
from ..page import Page
from ..prose import Prose
from ..text import join
from .checklists import AnswerPage, ChecklistsPage, Where
from .form import FormPage

if TYPE_CHECKING:
    from techguard.register import Register
    from techguard.review.checklists import ItemState, Room

ZONE_MARKS: Mapping[Zone | None, str] = {
    Zone.DANGER: "###",
    Zone.WATCH: "##.",
    Zone.CONTROL: "#..",
    None: "---",
}
_ZONE_STYLES = {
    Zone.DANGER: "bold $t-level-5",
    Zone.WATCH: "$t-level-3",
    Zone.CONTROL: "$t-level-1",
    None: "",
}
_NOW = ("dependency", "penetration", "maturity", "trust")
FACTORS = (*_NOW, *(f"target_{name}" for name in _NOW))
"""The four factors today, and after measures."""
VALID = timedelta(days=365)
"""How long a check holds unless somebody says otherwise: it is looked at again every year."""


def zone_text(zone: Zone | None, threat: Decimal | None) -> str:
    """A zone in black and white: its mark, its word, and the number it follows from."""
    word = pgettext("Zone", "not assessed")
    if zone is not None and threat is not None:
        word = f"{present.choice_label(zone, language())} ({threat:.2f})"
    return word if plain_mode.is_on() else f"{ZONE_MARKS[zone]} {word}"


def standing(party: Counterparty, scale: Scale) -> list[tuple[str, str] | str]:
    """The threat today and after measures, as parts of one line: (text, style)."""
    now, after = rules.threats(party)
    first = zone_text(rules.zone(now, scale), now)
    parts: list[tuple[str, str] | str] = [
        (f"{_('Threat')} ", "$t-muted"),
        (first, _ZONE_STYLES[rules.zone(now, scale)]),
        "   ",
        (f"{_('after measures')} ", "$t-muted"),
    ]
    if after is None:
        parts.append((pgettext("Zone", "no measure stated"), ""))
    else:
        parts.append((zone_text(rules.zone(after, scale), after), _ZONE_STYLES[rules.zone(after, scale)]))
    return parts


def concluded(party: Counterparty, today: date) -> tuple[str, str]:
    """What the check concluded and how long that holds: (text, style)."""
    if party.due_diligence is None:
        return _("Not concluded yet. F9 concludes it."), "$t-warn"
    word, until = present.choice_label(party.due_diligence, language()), party.due_diligence_until
    if until is None:
        return _("Concluded: {outcome}. No day is set on which it ends.").format(outcome=word), "$t-warn"
    days = (until - today).days
    if days < 0:
        text = _("Concluded: {outcome}. It ended on {date}: check again.")
        return text.format(outcome=word, date=date_text(until)), "bold $t-bad"
    text = _("Concluded: {outcome}, valid until {date} ({days} days left).")
    return text.format(outcome=word, date=date_text(until), days=days), ""


class PartnerCheckPage(ChecklistsPage):
    """The questions about one counterparty."""

    VALIDITY = True
    NAME = N_("Partner check")
    ABOUT = N_(
        "Twelve questions about one counterparty, derived from public guidance; nobody's nationality or "
        "other personal attribute is asked. Enter answers the question under the cursor, with evidence and "
        "until when it holds. F9 concludes the check: proceed, with conditions, escalate or do not proceed, "
        "the four factors of its threat today and after measures, and the day on which it is checked again. "
        "Threat = (dependency x penetration) / (maturity x trust); the zone is shown beside a likelihood and "
        "is never averaged into it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f9,d",
            "conclude",
            N_("Conclude"),
            tooltip=N_("Record the outcome, the factors of the threat and how long the check is valid."),
        ),
    ]

    def __init__(self, counterparty: str, where: Where | None = None) -> None:
        super().__init__(where)
        self.counterparty = counterparty
        self.party: Counterparty | None = None

    def room(self) -> str:
        return "counterparties"

    def trail(self) -> tuple[str, ...]:
        label = present.kind_label(KINDS["counterparty"], language(), plural=True)
        return (label, self.party.ref, _(self.NAME)) if self.party else (label, _(self.NAME))

    def place(self) -> Callable[[], Page]:
        counterparty, where = self.counterparty, self.here()
        return lambda: PartnerCheckPage(counterparty, where)

    def head(self) -> Iterable[Any]:
        yield Prose(id="party", most=1, classes="line")
        yield Static(id="threat", classes="line")
        yield Prose(id="concluded", most=1, classes="line")
        yield from super().head()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(".searchline").display = False  # twelve questions need no search

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "narrow":
            return False
        if action == "conclude":
            return self.tg.may_change("counterparty") and self.party is not None
        return super().check_action(action, parameters)

    def action_narrow(self) -> None:
        """There is no search line here."""

    def read(self, reg: Register) -> Room:
        self.party = reg.get(self.counterparty, Counterparty)
        self._scale, self._today = reg.scale, reg.today
        return checklists.partner(reg, self.counterparty)

    def _show_head(self) -> None:
        super()._show_head()
        assert self.party is not None
        self.query_one("#party", Prose).say((f"{self.party.ref}  {self.party.name}", "bold"))
        self.query_one("#threat", Static).update(join(*standing(self.party, self._scale)))
        self.query_one("#concluded", Prose).say(concluded(self.party, self._today))

    def answer_page(self, state: ItemState) -> Page:
        return PartnerAnswerPage(state.checklist, state.item, self.counterparty)

    def action_conclude(self) -> None:
        self.tg.go_to(ConcludePage(self.counterparty))


class PartnerAnswerPage(AnswerPage):
    """Answer one question about a counterparty, with how long the answer holds."""

    ASKED = ("answer", "evidence", "as_of", "valid_until", "answered_by", "note")

    def room(self) -> str:
        return "counterparties"

    def trail(self) -> tuple[str, ...]:
        return _(PartnerCheckPage.NAME), self.checked.id

    def _begin(self, reg: Register) -> dict[str, Any]:
        """The answer that stands; it holds as long as the check it belongs to, or a year."""
        party = reg.get(self.counterparty, Counterparty)
        until = party.due_diligence_until
        holds = until if until is not None and until > reg.today else reg.today + VALID
        return {**super()._begin(reg), "valid_until": holds}


class ConcludePage(FormPage):
    """The outcome of a check, the factors it rests on, and until when it holds: saved as one act."""

    NAME = N_("Conclude the check")
    ABOUT = N_(
        "Each factor is a step of its scale, on evidence. After measures, a factor that is left open is as "
        "it is today. The zones above follow at once. Before the check ends, the overview and the agenda "
        "of the review session call for the next one."
    )
    ASKED = (
        "due_diligence",
        "due_diligence_on",
        "due_diligence_until",
        *FACTORS,
        "ultimate_owner_known",
        "government_influence",
        "screened_on",
        "certifications",
    )

    def __init__(self, counterparty: str, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__("counterparty", counterparty, draft=draft)
        self._scale: Scale | None = None

    def trail(self) -> tuple[str, ...]:
        return (self.item.ref if self.item else "", _(self.NAME))

    def place(self) -> Callable[[], Page]:
        counterparty = self.item_id
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: ConcludePage(counterparty, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        return tuple(self.kind.by_name[name] for name in self.ASKED)

    def body(self) -> Iterable[Any]:
        yield Prose(id="counts", classes="line")
        yield Static(id="threat", classes="line")
        yield from super().body()

    async def _load(self) -> None:
        def begin(reg: Register) -> tuple[Room, Scale, date]:
            return checklists.partner(reg, self.item_id), reg.scale, reg.today

        room, self._scale, today = await self.store.run(begin)
        self.overlay = {"due_diligence_on": today, "due_diligence_until": today + VALID}
        await super()._load()
        total = room.total
        text = _("{items} questions: {answered} answered, {open} not yet, {no} answered no.").format(
            items=total.items, answered=total.answered, open=total.unanswered, no=total.no
        )
        self.query_one("#counts", Prose).say((text, "$t-warn" if total.unanswered else "$t-muted"))
        self._show_threat()

    @on(Form.Edited)
    def _edited(self) -> None:
        self._show_threat()

    def _show_threat(self) -> None:
        """The zones that follow from what stands in the form."""
        if self.form is None or self._scale is None or not isinstance(self.item, Counterparty):
            return
        draft = self.form.draft()
        party = self.item.model_copy(update={name: draft[name] for name in FACTORS})
        self.query_one("#threat", Static).update(join(*standing(party, self._scale)))

    def leave(self, item: Item) -> None:
        self.tg.go_back()
