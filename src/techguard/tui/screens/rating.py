"""Rate an exposure: every step of the scale in sight while choosing, and what follows from the choice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static, TextArea

from techguard import present
from techguard.domain import rules
from techguard.domain.items import Exposure, Rating, Technology
from techguard.domain.scales import MOST
from techguard.domain.text import fit, width
from techguard.domain.words import Basis, ImpactDimension
from techguard.i18n import N_, NP_, _, date_text, labelled, language, pgettext

from ..columns import level_text
from ..heat import HeatMap
from ..input import LongInput
from ..page import LoadingPage, Page
from ..painted import Painted
from ..picker import Confirm
from ..prose import Prose
from ..text import literal, wrap

if TYPE_CHECKING:
    from techguard.catalog.models import ScaleLevel
    from techguard.domain.scales import Scale
    from techguard.register import Register

BASIS, LIKELIHOOD, URGENCY, CONFIDENCE = "basis", "likelihood", "urgency", "confidence"
QUESTIONS = (BASIS, LIKELIHOOD, *(f"impact.{d.value}" for d in ImpactDimension), URGENCY, CONFIDENCE)
BASES = (Basis.INHERENT, Basis.CURRENT, Basis.TARGET)

_ONE_LINE = 10_000
"""More cells than any line has: nothing is broken."""
_BASIS_NOTES = (
    N_("As if no countermeasure existed. Rate it once; it shows what the countermeasures are worth."),
    N_("As things are today. Only tested countermeasures may make it lower than before controls."),
    N_("When the planned countermeasures work. A hope: it never stands for today."),
)


@dataclass(frozen=True)
class Known:
    """What is known of an exposure when it is rated."""

    exposure: Exposure
    scale: Scale
    technology: Technology | None = None
    ratings: tuple[Rating, ...] = ()
    credit: int = 0
    floor: int = 1

    def previous(self, basis: Basis) -> Rating | None:
        """The newest rating on a basis."""
        return next((r for r in reversed(self.ratings) if r.basis is basis), None)

    def lowest(self, basis: Basis) -> int:
        """The lowest likelihood that the tested countermeasures allow (domain.md §6c.5)."""
        inherent = self.previous(Basis.INHERENT)
        if basis is not Basis.CURRENT or inherent is None or inherent.likelihood is None:
            return 1
        return max(1, inherent.likelihood - self.credit)


@dataclass(frozen=True)
class Draft:
    """What was chosen so far: values by question (the basis apart)."""

    basis: Basis = Basis.CURRENT
    values: Mapping[str, int] = field(default_factory=dict)

    def impacts(self) -> dict[ImpactDimension, int]:
        """The impact dimensions that were chosen."""
        return {
            d: self.values[f"impact.{d.value}"] for d in ImpactDimension if f"impact.{d.value}" in self.values
        }

    def level(self, scale: Scale) -> int | None:
        """The level that follows."""
        impact, _driver = rules.highest(dict(self.impacts()))
        return scale.level(self.values.get(LIKELIHOOD), impact)


def first_draft(known: Known, basis: Basis) -> Draft:
    """Where rating begins: the previous rating on that basis, else what the technology says of impact."""
    values: dict[str, int] = {}
    technology = known.technology
    if technology is not None and technology.scale_edition != known.scale.edition:
        technology = None  # its impacts are steps of an earlier scale
    for source in (technology, known.previous(basis)):
        if source is None:
            continue
        for d in ImpactDimension:
            stated = getattr(source, f"impact_{d.value}")
            if stated is not None:
                values[f"impact.{d.value}"] = stated
    before = known.previous(basis)
    for name in (LIKELIHOOD, URGENCY, CONFIDENCE):
        stated = getattr(before, name) if before else None
        if stated is not None:
            values[name] = stated
    return Draft(basis, values)


class RatingSheet(Painted, can_focus=True):
    """Questions on the left; on the right every step of the one under the cursor; below left what follows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", N_("Question before"), show=False),
        Binding("down,j,enter", "move(1)", N_("Next question"), show=False),
        Binding("left", "step(-1)", N_("Lower"), show=False),
        Binding("right", "step(1)", N_("Higher"), show=False),
        Binding("delete,backspace", "clear", N_("Not rated"), show=False),
        *(
            Binding(f"{n},{chr(0xFF10 + n)}", f"choose({n})", N_("Choose the step"), show=False)
            for n in range(1, MOST + 1)
        ),
    ]

    class Chosen(Message):
        """Something was chosen."""

    def __init__(self, known: Known, draft: Draft) -> None:
        super().__init__(id="sheet")
        self.known = known
        self.draft = draft
        self.at = 1

    # --- choosing ---

    @property
    def question(self) -> str:
        """The question under the cursor."""
        return QUESTIONS[self.at]

    def _levels(self, question: str) -> tuple[ScaleLevel, ...]:
        from techguard import catalog

        return catalog.scales().scale(question).levels

    def value(self, question: str) -> int | None:
        """What was chosen for a question; for the basis its place."""
        return BASES.index(self.draft.basis) + 1 if question == BASIS else self.draft.values.get(question)

    def choose(self, question: str, value: int | None) -> None:
        """Choose a step, or none."""
        if question == BASIS:
            if value is None or not 1 <= value <= len(BASES):
                return
            self.draft = first_draft(self.known, BASES[value - 1])
        else:
            rest = {k: v for k, v in self.draft.values.items() if k != question}
            if value is not None:
                if value not in {level.value for level in self._levels(question)}:
                    return
                rest[question] = value
            self.draft = Draft(self.draft.basis, rest)
        self.refresh()
        self.post_message(self.Chosen())

    def action_choose(self, value: int) -> None:
        self.choose(self.question, value)

    def action_step(self, step: int) -> None:
        now = self.value(self.question)
        self.choose(self.question, 1 if now is None else max(1, now + step))

    def action_clear(self) -> None:
        if self.question != BASIS:
            self.choose(self.question, None)

    def action_move(self, step: int) -> None:
        self.at = max(0, min(len(QUESTIONS) - 1, self.at + step))
        self.refresh()

    # --- drawing ---

    def _style(self, name: str) -> Any:
        return self.painted(f"sheet--{name}")

    def _left_width(self) -> int:
        return max(26, min(34, self.size.width * 2 // 5))

    def label(self, question: str) -> str:
        """What a question is called."""
        lang = language()
        if question == BASIS:
            return _("Basis")
        if question.startswith("impact."):
            dimension = ImpactDimension(question.removeprefix("impact."))
            return pgettext("short", SHORT_DIMENSIONS[dimension])
        from techguard import catalog

        return catalog.scales().scale(question).title.in_(lang)

    def _question_line(self, n: int, cells: int) -> list[Segment]:
        question = QUESTIONS[n]
        here = n == self.at
        style = self._style("cursor" if here and self.has_focus else "chosen" if here else "text")
        value = self.value(question)
        before = self.known.previous(self.draft.basis)
        was = None
        if before is not None and question != BASIS:
            was = getattr(before, question.replace(".", "_"), None)
        text = present.choice_label(self.draft.basis, language()) if question == BASIS else str(value or "-")
        if was is not None and was != value:
            text += " " + _("(was {n})").format(n=was)
        lead = "> " if here and self.has_focus else "  "
        room = cells - 2
        if question == BASIS:
            return [Segment(lead + fit(text, room), style)]
        space = max(8, width(text))
        return [Segment(lead + fit(self.label(question), room - space) + fit(text, space, "right"), style)]

    @property
    def cursor_row(self) -> int:
        """On which row of the widget the cursor is."""
        return self.at

    def spoken(self) -> str:
        """The question under the cursor with what is chosen, and what follows from all that is chosen."""
        value = self.value(self.question)
        chosen = next((f"{n} {name}" for n, name, _note in self._offered(self.question) if n == value), "")
        said = [text for text, _style in self.result(_ONE_LINE)]
        return "; ".join([labelled(self.label(self.question), chosen or _("Not rated")), *said])

    def result(self, cells: int) -> list[tuple[str, str]]:
        """What follows from what was chosen: lines of text, each with its style."""
        draft, known = self.draft, self.known
        impact, driver = rules.highest(dict(draft.impacts()))
        likelihood = draft.values.get(LIKELIHOOD)
        level = draft.level(known.scale)
        lines: list[tuple[str, str]] = []
        if level is None:
            text = _("The level follows from likelihood and impact.")
            lines += [(part, "muted") for part in wrap(text, cells)]
        else:
            lines.append((f"{likelihood} x {impact} = {level_text(level)}", f"level-{level}"))
        if driver is not None:
            name = pgettext("short", SHORT_DIMENSIONS[driver])
            lines.append((_("Driven by: {dimension}").format(dimension=name), "text"))
        before = known.previous(draft.basis)
        if before is not None and before.level:
            when = date_text(before.rated_on) if before.rated_on else ""
            text = _("Before: {likelihood} x {impact}, {when}")
            lines.append(
                (text.format(likelihood=before.likelihood, impact=before.impact, when=when), "muted")
            )
        lowest = known.lowest(draft.basis)
        if likelihood is not None and likelihood < lowest:
            text = _("Not below {n} without a tested countermeasure.").format(n=lowest)
            lines += [(part, "bad") for part in wrap(text, cells)]
        elif draft.basis is Basis.CURRENT and lowest > 1:
            text = _("Tested countermeasures allow likelihood {n} or more.").format(n=lowest)
            lines += [(part, "muted") for part in wrap(text, cells)]
        return lines

    def _offered(self, question: str) -> list[tuple[int, str, str]]:
        """What can be chosen: number, name, and what it means."""
        lang = language()
        if question == BASIS:
            return [
                (n, present.choice_label(basis, lang), _(note))
                for n, (basis, note) in enumerate(zip(BASES, _BASIS_NOTES, strict=True), 1)
            ]
        return [
            (s.value, s.name.in_(lang), " / ".join(a.in_(lang) for a in s.anchors))
            for s in self._levels(question)
        ]

    def steps(self, cells: int) -> list[tuple[str, str, int | None]]:
        """Every step of the question under the cursor, described: lines with style and step."""
        question, lang = self.question, language()
        chosen = self.value(question)
        lines: list[tuple[str, str, int | None]] = []
        if question == BASIS:
            title = _("What the rating assumes")
        else:
            from techguard import catalog

            title = catalog.scales().scale(question).question.in_(lang)
        lines += [(part, "muted", None) for part in wrap(title, cells)]
        for value, name, note in self._offered(question):
            here = value == chosen
            mark = "(x)" if here else "( )"
            body = wrap(f"{value} {name}  {note}", cells - 4)
            style = "chosen" if here else "text"
            lines.append((f"{mark} {body[0]}", style, value))
            lines += [(f"    {part}", style if here else "muted", value) for part in body[1:]]
        if question == URGENCY and self.known.floor > 1:
            text = _("Dates make it at least urgency {n}.").format(n=self.known.floor)
            lines += [("", "text", None), *((part, "bad", None) for part in wrap(text, cells))]
        return lines

    def render(self) -> str:
        return ""

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        left = self._left_width()
        right = cells - left - 3
        text = self._style("text")
        segments: list[Segment] = []
        results = self.result(left - 3)
        if y < len(QUESTIONS):
            segments += self._question_line(y, left)
        elif 0 < y - len(QUESTIONS) <= len(results):
            said, style = results[y - len(QUESTIONS) - 1]
            segments.append(Segment("  " + fit(said, left - 2), self._style(style)))
        else:
            segments.append(Segment(" " * left, text))
        segments.append(Segment(" " * 2, text))
        steps = self.steps(right)
        if y < len(steps):
            said, style, _step = steps[y]
            segments.append(Segment(fit(said, right), self._style(style)))
        return Strip(segments).adjust_cell_length(cells, text)

    def on_click(self, event: events.Click) -> None:
        left = self._left_width()
        if event.x < left:
            if event.y < len(QUESTIONS):
                self.at = event.y
                self.refresh()
            return
        steps = self.steps(self.size.width - left - 3)
        if event.y < len(steps) and steps[event.y][2] is not None:
            self.choose(self.question, steps[event.y][2])

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


SHORT_DIMENSIONS = {
    ImpactDimension.FINANCIAL: NP_("short", "Finance"),
    ImpactDimension.MARKET: NP_("short", "Market"),
    ImpactDimension.NATIONAL_BASE: NP_("short", "National base"),
    ImpactDimension.PARTNER_TRUST: NP_("short", "Partner trust"),
    ImpactDimension.LEGAL: NP_("short", "Law, contract"),
    ImpactDimension.DIVERSION: NP_("short", "Diversion"),
}


class RatingPage(LoadingPage):
    """Rate one exposure."""

    WITH_ROOMS = False
    NAME = N_("Rate")
    ABOUT = N_(
        "Go through the questions with Up and Down and choose with the digits (or Left and Right); "
        "on the right stands what each step means. The highest impact decides, never an average. The level "
        "follows at once. Then press Tab, write why it is this and not one higher or lower, and save with "
        "Ctrl+S. A rating is evidence: it is never changed, only followed by a newer one."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", N_("Save"), tooltip=N_("Save the rating.")),
        Binding(
            "f6",
            "switch",
            N_("Scale / rationale"),
            priority=True,
            tooltip=N_("Go to the rationale, or back to the scale."),
        ),
    ]

    def __init__(self, exposure_id: str, draft: Draft | None = None, rationale: str = "") -> None:
        super().__init__()
        self.exposure_id = exposure_id
        self.first = draft
        self.rationale = rationale
        self.known: Known | None = None
        self._start: Draft | None = None

    def room(self) -> str:
        return "exposures"

    def trail(self) -> tuple[str, ...]:
        ref = self.known.exposure.ref if self.known else ""
        return _("Exposures"), ref, _(self.NAME)

    def place(self) -> Callable[[], Page]:
        exposure = self.exposure_id
        draft = self.query_one(RatingSheet).draft if self.known else self.first
        rationale = self.query_one(LongInput).text if self.known else self.rationale
        return lambda: RatingPage(exposure, draft, rationale)

    def works_on(self) -> str:
        return self.exposure_id

    def unsaved(self) -> bool:
        if self.known is None:
            return False
        return (
            bool(self.query_one(LongInput).text.strip()) or self.query_one(RatingSheet).draft != self._start
        )

    def body(self) -> Iterable[Any]:
        yield Prose(id="item-title", most=1)
        yield Vertical(id="sheet-holder")
        yield HeatMap(id="live", focusable=False)
        yield Static(literal(self._why(here=False)), id="why", classes="muted")
        yield LongInput(self.rationale, limit=20_000, id="rationale")

    def on_mount(self) -> None:
        self.ask(self._load)

    async def _load(self) -> None:
        def look(reg: Register) -> Known:
            exposure = reg.get(self.exposure_id, Exposure)
            return Known(
                exposure,
                reg.scale,
                reg.get(exposure.technology, Technology),
                tuple(reg.restated(exposure)),
                rules.credit(reg.countermeasures(exposure.id)),
                reg.urgency(exposure.model_copy(update={"urgency": None})),
            )

        self.known = known = await self.store.run(look)
        self._start = first_draft(known, Basis.CURRENT)
        sheet = RatingSheet(known, self.first or self._start)
        await self.query_one("#sheet-holder").mount(sheet)
        self.set_focus(sheet)
        self._show_place()
        title = f"{known.exposure.ref}  {known.exposure.title}"
        self.query_one("#item-title", Prose).say((title, "bold"))
        self.show_trail()

    @on(RatingSheet.Chosen)
    def _chosen(self, event: RatingSheet.Chosen) -> None:
        event.stop()
        self._show_place()

    def _show_place(self) -> None:
        """On a tall screen: the matrix with the previous rating (1) and the one in the making."""
        assert self.known is not None
        draft = self.query_one(RatingSheet).draft
        before = self.known.previous(draft.basis)
        path = [(before.likelihood, before.impact)] if before else []
        impact, _driver = rules.highest(dict(draft.impacts()))
        path.append((draft.values.get(LIKELIHOOD), impact))
        places = tuple((likely, hits) for likely, hits in path if likely and hits)
        self.query_one("#live", HeatMap).show_path(self.known.scale, places)

    @staticmethod
    def _why(*, here: bool) -> str:
        return ("> " if here else "  ") + _("Rationale: why this, and not one higher or lower *")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The mark of the cursor stands at the rationale or in the sheet, without colours too."""
        here = event.widget is self.query_one(LongInput)
        self.query_one("#why", Static).update(literal(self._why(here=here)))

    def action_switch(self) -> None:
        sheet = self.query_one(RatingSheet)
        target: Widget = self.query_one(LongInput) if sheet.has_focus else sheet
        target.focus()

    def action_save(self) -> None:
        if self.known is None:
            return
        draft = self.query_one(RatingSheet).draft
        rationale = self.query_one(LongInput).text.strip()
        if draft.level(self.known.scale) is None:
            self.tg.say(_("Choose the likelihood and at least one impact first."), severity="warning")
            self.query_one(RatingSheet).focus()
        elif not rationale:
            self.tg.say(_("Write why: a rating without a reason cannot be kept."), severity="warning")
            self.query_one(LongInput).focus()
        else:
            self.ask(partial(self._save, draft, rationale), group="save", exclusive=True)

    async def _save(self, draft: Draft, rationale: str) -> None:
        rating = await self.store.run(
            lambda reg: reg.rate(
                self.exposure_id,
                likelihood=draft.values.get(LIKELIHOOD),
                impacts=draft.impacts(),
                basis=draft.basis,
                confidence=draft.values.get(CONFIDENCE),
                urgency=draft.values.get(URGENCY),
                rationale=rationale,
            )
        )
        self.tg.say(_("Rated: {level}").format(level=level_text(rating.level)))
        self.tg.go_back()

    def action_back(self) -> None:
        if not self.unsaved():
            super().action_back()
            return
        answers = [
            ("stay", _("Go on rating")),
            ("save", _("Save and leave")),
            ("drop", _("Throw away this rating")),
        ]
        self.app.push_screen(Confirm(_("This rating is not saved yet."), answers), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "save":
            self.action_save()
        elif answer == "drop":
            super().action_back()

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
