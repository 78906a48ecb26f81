"""A review session being held: one item at a time, and what the session does with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from techguard import present
from techguard.domain.fields import FieldSpec
from techguard.domain.items import Countermeasure, Exposure, Item, Outcome, Review
from techguard.domain.kinds import KINDS, kind_of
from techguard.domain.words import OutcomeKind
from techguard.i18n import N_, _, date_text, labelled, language, list_text, short_date
from techguard.register import Query, Where

from ..columns import level_text
from ..facts import Facts, facts_of
from ..heat import HeatMap
from ..page import ALONE, LoadingPage, Page
from ..prose import Prose
from ..scrolled import Reading
from ..text import beside
from .accept import AcceptPage
from .form import FormPage
from .rating import CONFIDENCE, LIKELIHOOD, URGENCY, Draft, RatingPage
from .review import asked, progress_text

if TYPE_CHECKING:
    from techguard.domain.scales import Scale
    from techguard.register import Register
    from techguard.review.session import Progress
    from techguard.review.since import FieldChange, PathPoint, Since

_STANDING = (
    "level", "likelihood", "impact", "impact_driver", "urgency", "confidence", "basis", "rated_on",
    "inherent_level", "target_level",
)  # fmt: skip
_FROM_RATINGS = frozenset({*_STANDING, "next_review"})
_EVERY = 20.0
"""Seconds between two looks at the clock."""


@dataclass
class Seen:
    """What is known of the item on the table."""

    review: Review
    outcome: Outcome
    order: list[Outcome]
    about: Item | None
    names: dict[str, str]
    since: Since
    measures: list[Countermeasure]
    owners: dict[str, str]
    progress: Progress
    scale: Scale


def look_at(reg: Register, review_id: str, outcome_id: str) -> Seen:
    """Read an item of a session with everything that is said of it."""
    from techguard.review import session

    review, outcome = reg.get(review_id, Review), reg.get(outcome_id, Outcome)
    about = session.subject(reg, outcome)
    names: dict[str, str] = {}
    measures: list[Countermeasure] = []
    if about is not None:
        rows = reg.rows(kind_of(about).name, Query(where=(Where("id", "=", about.id),)), limit=1)
        names = dict(rows[0].names) if rows else {}
        measures = reg.countermeasures(about.id) if isinstance(about, Exposure) else []
    owners = reg.titles({m.owner for m in measures if m.owner})
    return Seen(
        review,
        outcome,
        session.outcomes(reg, review),
        about,
        names,
        session.since_last(reg, review, outcome),
        measures,
        {i: n.title for i, n in owners.items()},
        session.progress(reg, review),
        reg.scale,
    )


class HoldPage(LoadingPage):
    """The item on the table."""

    NAME = N_("Hold")
    ABOUT = N_(
        "One item of the agenda at a time: why it is there, what changed since the last session, where it "
        "stands and stood on the matrix, what could happen, what is done against it. Settle it with a "
        "function key: F2 confirms that it stands as it is, F5 rates it again, F9 accepts it until a date, "
        "F8 assigns a countermeasure, F7 asks for a consultation, F3 keeps a note, F4 puts it off to the "
        "next session; F6 records a decision beside it. The next item then comes by itself; Left and Right "
        "go to any other. All is saved at once: a session that was cut off goes on at the same item. Ctrl+Z "
        "takes back what was done last."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "confirm", N_("Confirm"), tooltip=N_("It stands as it is.")),
        Binding("f3", "note", N_("Remark"), tooltip=N_("Keep what was said.")),
        Binding("f4", "defer", N_("Defer"), tooltip=N_("To the next session, with the reason.")),
        Binding("f5", "rate", N_("Rate"), tooltip=N_("Rate the exposure again.")),
        Binding("f6", "decide", N_("Decide"), tooltip=N_("Record a decision with its owner and date.")),
        Binding("f7", "consult", N_("Consult"), tooltip=N_("Somebody outside is to be asked.")),
        Binding("f8", "assign", N_("Measure"), tooltip=N_("Give a countermeasure an owner and a date.")),
        Binding("f9", "accept", N_("Accept"), tooltip=N_("Accept the exposure until a date.")),
        Binding("left", "go(-1)", N_("Item before"), show=False),
        Binding("right", "go(1)", N_("Next"), tooltip=N_("Go to the next item.")),
        Binding("enter", "open", N_("Open"), show=False, tooltip=N_("Everything that is known of it.")),
    ]

    def __init__(self, review_id: str, outcome_id: str) -> None:
        super().__init__()
        self.review_id = review_id
        self.outcome_id = outcome_id
        self.seen: Seen | None = None
        self._settling = False
        self._done = ""

    # --- where we are ---

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        if self.seen is None:
            return (_("Review sessions"),)
        place = _("Item {n} of {total}").format(n=self._at() + 1, total=len(self.seen.order))
        return _("Review sessions"), self.seen.review.ref, place

    def place(self) -> Callable[[], Page]:
        review, outcome = self.review_id, self.outcome_id
        return lambda: HoldPage(review, outcome)

    def _at(self) -> int:
        assert self.seen is not None
        return next((n for n, o in enumerate(self.seen.order) if o.id == self.outcome_id), 0)

    IN_SESSION = True

    def writing_actions(self) -> Mapping[str, str]:
        return {
            "confirm": "outcome",
            "note": "outcome",
            "defer": "outcome",
            "rate": "rating",
            "decide": "decision",
            "consult": "consultation",
            "assign": "countermeasure",
            "accept": "acceptance",
        }

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in self.writing_actions() or action in {"open", "go"}:
            if self.seen is None:
                return False
            about = self.seen.about
            if action in {"rate", "accept"} and not isinstance(about, Exposure):
                return False
            if action == "assign" and not isinstance(about, Exposure | Countermeasure):
                return False
            if action == "open" and about is None and not self.seen.outcome.checklist:
                return False
            if action == "go" and len(self.seen.order) < 2:
                return False
            if action in self.writing_actions() and self.seen.review.closed_at is not None:
                return False
        return super().check_action(action, parameters)

    # --- what is shown ---

    def body(self) -> Iterable[Any]:
        yield Prose(id="item-title", most=2)
        yield Prose(id="progress", most=3)
        with Reading(id="item"):
            yield Prose(id="changed")
            with Horizontal(id="standing"):
                yield Prose(id="path")
                yield HeatMap(id="position", focusable=False)
            yield Facts(id="facts")
            yield Prose(id="measures")

    def on_mount(self) -> None:
        self.query_one("#item").focus()
        self.set_interval(_EVERY, self._tick)

    def _tick(self) -> None:
        if self.app.screen is self:
            self.ask(self._show_time, group="tick", exclusive=True)

    async def _show_time(self) -> None:
        from techguard.review import session

        if self.seen is None:
            return
        review = self.seen.review
        self.seen.progress = await self.store.run(lambda reg: session.progress(reg, review))
        self._show_progress()

    def reload(self) -> None:
        self.ask(self._load, group=ALONE)  # a key is meant for the item one turned to, not for the one before

    async def _load(self) -> None:
        before = self.seen
        review, outcome = self.review_id, self.outcome_id
        seen = await self.store.run(lambda reg: look_at(reg, review, outcome))
        self.seen = seen
        settling, self._settling = self._settling, False
        was_open = before is None or before.outcome.outcome is OutcomeKind.PENDING
        if settling and was_open and seen.outcome.outcome is not OutcomeKind.PENDING:
            result = present.choice_label(seen.outcome.outcome, language())
            self._done = _("{result}: {title}").format(result=result, title=seen.outcome.title)
            self._go_on()
            return
        self._show()

    def _go_on(self) -> None:
        """To the next item that is not settled: below this one, else from the top; else back."""
        assert self.seen is not None
        at = self._at()
        rest = [*self.seen.order[at + 1 :], *self.seen.order[: at + 1]]
        following = next((o for o in rest if o.outcome is OutcomeKind.PENDING), None)
        if following is not None:
            self._turn_to(following.id)
            return
        self.tg.go_back()

    def _turn_to(self, outcome_id: str) -> None:
        self.outcome_id = outcome_id
        self.query_one("#item").scroll_home(animate=False)
        self.reload()

    def _show(self) -> None:
        seen = self.seen
        assert seen is not None
        about = seen.about
        title = seen.outcome.title
        if about is not None:
            title = f"{about.ref}  {present.title(about, kind_of(about), language())}"
        if isinstance(about, Exposure):
            title = f"{level_text(about.level)}  {title}"
        self.query_one("#item-title", Prose).say((title, "bold"))
        self._show_progress()
        self.query_one("#changed", Prose).say(*changed_text(seen))
        standing = self.query_one("#standing")
        standing.display = isinstance(about, Exposure)
        if isinstance(about, Exposure):
            path = tuple((p.likelihood, p.impact) for p in seen.since.path if p.likelihood and p.impact)
            self.query_one("#position", HeatMap).show_path(seen.scale, path)
            self.query_one("#path", Prose).say(*path_text(seen.since.path))
        facts = (
            facts_of(kind_of(about), about, seen.names, (kind_of(about).title, *_STANDING)) if about else []
        )
        self.query_one("#facts", Facts).show(facts)
        self.query_one("#measures", Prose).say(*measures_text(seen))
        self.show_trail()
        self.refresh_bindings()

    def _show_progress(self) -> None:
        from techguard.review.reasons import label

        seen = self.seen
        assert seen is not None
        why = list_text([label(code, language()) for code in seen.outcome.reasons])
        if seen.outcome.outcome is OutcomeKind.PENDING:
            standing = (why, "$t-accent")
        else:
            result = present.choice_label(seen.outcome.outcome, language())
            text = labelled(result, seen.outcome.note) if seen.outcome.note else result
            standing = (" ".join(text.split()), "$t-good")
        # What was settled last may be long: it comes last, and is what is cut.
        done = "   ".join(t for t in (progress_text(seen.progress), self._done) if t)
        self.query_one("#progress", Prose).say(standing, (done, "$t-muted"))

    # --- going about ---

    def action_go(self, step: int) -> None:
        assert self.seen is not None
        self._done = ""
        order = self.seen.order
        self._turn_to(order[(self._at() + step) % len(order)].id)

    def action_open(self) -> None:
        assert self.seen is not None
        open_subject(self, self.seen.outcome)

    # --- settling ---

    def _with(self, page: Page) -> None:
        self._settling = True
        self.tg.go_to(page)

    def action_confirm(self) -> None:
        self.ask(self._confirm, group=ALONE)

    async def _confirm(self) -> None:
        from techguard.review import session

        outcome_id = self.outcome_id
        await self.store.run(lambda reg: session.confirm(reg, reg.get(outcome_id, Outcome)))
        self._settling = True
        await self._load()

    def action_note(self) -> None:
        self._with(NotePage(self.outcome_id))

    def action_defer(self) -> None:
        self._with(DeferPage(self.outcome_id))

    def action_consult(self) -> None:
        self._with(ConsultPage(self.outcome_id))

    def action_decide(self) -> None:
        self._with(DecidePage(self.outcome_id))

    def action_assign(self) -> None:
        self._with(AssignPage(self.outcome_id))

    def action_rate(self) -> None:
        assert self.seen is not None
        assert self.seen.about is not None
        self._with(RateItemPage(self.outcome_id, self.seen.about.id))

    def action_accept(self) -> None:
        assert self.seen is not None
        assert self.seen.about is not None
        self._with(AcceptItemPage(self.outcome_id, self.seen.about.id))


def open_subject(page: Page, outcome: Outcome) -> None:
    """Open what an item of an agenda is about; the item itself if it is about nothing in the register."""
    from techguard.review.sessions import SUBJECTS

    from .checklists import ChecklistsPage, Where
    from .detail import open_item

    if outcome.checklist:
        page.tg.go_to(ChecklistsPage(Where(item=outcome.checklist)))
        return
    found = ((name, id_) for name in SUBJECTS if (id_ := getattr(outcome, name)))
    kind, id_ = next(found, ("outcome", outcome.id))
    open_item(page.tg, kind, id_)


# --- what is said ----------------------------------------------------------------------------------------

Said = list[tuple[str, str]]


def changed_text(seen: Seen) -> Said:
    """What changed since the last session, as a difference: what was, and what is."""
    since = seen.since
    if since.last is None:
        return [(_("There was no session before: everything is new to this one."), "$t-muted"), ("", "")]
    held = date_text(since.last.held_on) if since.last.held_on else since.last.ref
    head = _("Since the last session ({on})").format(on=held)
    said: Said = [(head, "bold $t-accent")]
    by = ""
    for change in since.changes:
        if isinstance(seen.about, Exposure) and change.field.name in _FROM_RATINGS:
            continue  # they follow from the ratings, which stand below
        now = f"{change.who}  {present.moment(change.at)}  {change.reason}".strip()
        if now != by:
            said.append((now, "$t-muted"))
            by = now
        said += _change_text(change, since.names or {}, seen.about)
    for named in since.added:
        kind = present.kind_label(KINDS[named.kind], language())
        said.append((f"+ {kind} {named.ref}  {named.title}", "$t-good"))
    if len(said) == 1:
        said.append((_("Nothing changed."), "$t-muted"))
    return [*said, ("", "")]


def _change_text(change: FieldChange, names: Mapping[str, str], about: Item | None) -> Said:
    lang = language()
    label = present.field_label(change.field, lang)
    if about is None or change.id != about.id:
        label = labelled(f"{change.ref} {change.title}", label)
    old = present.show(change.field, change.before, lang, names) or _("(empty)")
    new = present.show(change.field, change.after, lang, names) or _("(empty)")
    return [(labelled(f"- {label}", old), "$t-bad"), (labelled(f"+ {label}", new), "$t-good")]


def path_text(path: Sequence[PathPoint]) -> Said:
    """Where an exposure stood, oldest first: the numbers are those on the matrix."""
    if not path:
        return [(_("Not rated yet. F5 rates it."), "bold")]
    said: Said = [(_("Path over time"), "bold $t-accent")]
    shown = path[-5:]
    for n, p in enumerate(shown, len(path) - len(shown) + 1):
        now = n == len(path)
        when = "" if p.on == date.min else short_date(p.on)
        mark = "[*]" if now else f" {n} "
        text = f"{mark} {when} {p.likelihood or '-'}x{p.impact or '-'} = {p.level or '-'}"
        said.append((text, f"$t-level-{p.level}" if p.level and now else "$t-muted"))
    last = path[-1]
    if last.rationale:
        said.append((last.rationale, ""))
    return said


def measures_text(seen: Seen) -> Said:
    """The countermeasures of an exposure, and whether they can be counted on."""
    if not isinstance(seen.about, Exposure):
        return []
    said: Said = [("", ""), (_("Countermeasures"), "bold $t-accent")]
    if not seen.measures:
        return [*said, (_("None. F8 assigns one."), "$t-warn")]
    lang = language()
    for m in seen.measures:
        due = date_text(m.due) if m.due else _("no date")
        tested = _("tested {on}").format(on=date_text(m.tested_on)) if m.tested_on else _("never tested")
        parts = [
            present.choice_label(m.status, lang),
            seen.owners.get(m.owner or "", _("no owner")),
            due,
            tested,
        ]
        said.append((f"{m.ref}  {m.title}", ""))
        said.append((beside(parts), "$t-muted"))
    return said


# --- forms of one item -----------------------------------------------------------------------------------


class ItemForm(FormPage):
    """A few fields with which an item of the agenda is settled."""

    KIND: ClassVar[str] = "outcome"
    ASKED: ClassVar[tuple[str, ...]] = ("note",)
    FREE: ClassVar[tuple[str, ...]] = ()

    def __init__(self, outcome_id: str, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.KIND, draft=draft)
        self.outcome_id = outcome_id
        self.outcome: Outcome | None = None
        self.about: Item | None = None

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        return _("Review sessions"), self.about.ref if self.about else "", _(self.NAME)

    def place(self) -> Callable[[], Page]:
        make, outcome = type(self), self.outcome_id
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: make(outcome, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        return asked(self.KIND, self.ASKED, free=self.FREE)

    async def _load(self) -> None:
        from techguard.review import session

        def read(reg: Register) -> tuple[Outcome, Item | None]:
            outcome = reg.get(self.outcome_id, Outcome)
            return outcome, session.subject(reg, outcome)

        self.outcome, self.about = outcome, _about = await self.store.run(read)
        self.preset = self.start(outcome)
        await super()._load()

    def start(self, outcome: Outcome) -> dict[str, Any]:
        """What is filled in already."""
        return {}

    def leave(self, item: Item) -> None:
        self.tg.go_back()


class NotePage(ItemForm):
    """Only what was said is kept."""

    NAME = N_("Remark")
    ABOUT = N_("Write what was said, in a sentence or two. The item is then settled.")

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import session

        return session.note(reg, reg.get(self.outcome_id, Outcome), collected["note"])


class DeferPage(ItemForm):
    """To the next session."""

    NAME = N_("Defer")
    ABOUT = N_("Write why it is put off. The next session will have it on its agenda.")

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import session

        return session.defer(reg, reg.get(self.outcome_id, Outcome), collected["note"])


class ConsultPage(ItemForm):
    """Somebody outside is asked."""

    NAME = N_("Consult")
    ABOUT = N_("What is to be asked, of whom, and who sees to it. A consultation is opened in the register.")
    KIND = "consultation"
    ASKED = ("topic", "authority", "owner")

    def start(self, outcome: Outcome) -> dict[str, Any]:
        return {"topic": outcome.title}

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import session

        given = {n: v for n, v in collected.items() if v}
        return session.consult(reg, reg.get(self.outcome_id, Outcome), **given)


class DecidePage(ItemForm):
    """Record a decision."""

    NAME = N_("Decision")
    ABOUT = N_(
        "What was decided, why, who carries it out and until when. Owner and date may follow, but the "
        "session cannot be closed without them."
    )
    KIND = "decision"
    ASKED = ("title", "category", "owner", "due", "reason")

    def start(self, outcome: Outcome) -> dict[str, Any]:
        if self.about is not None and outcome.decision:
            return {name: getattr(self.about, name) for name in self.ASKED}
        return {}

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import session

        outcome = reg.get(self.outcome_id, Outcome)
        given = {n: v for n, v in collected.items() if v}
        return session.decide(reg, reg.get(outcome.review, Review), outcome=outcome, **given)


class AssignPage(ItemForm):
    """Assign a countermeasure."""

    NAME = N_("Assign a countermeasure")
    ABOUT = N_(
        "Choose a countermeasure of the catalogue, or name another; who does it, and until when. One that "
        "the exposure has already gets the owner and the date. It lowers no rating until it is in force and "
        "tested."
    )
    KIND = "countermeasure"
    FREE = ("title",)

    def fields(self) -> tuple[FieldSpec, ...]:
        from dataclasses import replace

        names: tuple[str, ...] = ("owner", "due", "department")
        if not isinstance(self.about, Countermeasure):
            names = ("catalog_id", "title", *names)
        fields = asked(self.KIND, names, free=self.FREE)
        return tuple(replace(f, required=True) if f.name in {"owner", "due"} else f for f in fields)

    def start(self, outcome: Outcome) -> dict[str, Any]:
        if isinstance(self.about, Countermeasure):
            return {name: getattr(self.about, name) for name in ("owner", "due", "department")}
        return {}

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import session

        catalog_id, title = collected.pop("catalog_id", ""), collected.pop("title", "")
        return session.assign(
            reg,
            reg.get(self.outcome_id, Outcome),
            catalog_ids=(catalog_id,) if catalog_id else (),
            titles=(title,) if title else (),
            lang=language(),
            **{n: v for n, v in collected.items() if v},
        )


class AcceptItemPage(AcceptPage):
    """Accept an exposure in a session."""

    def __init__(self, outcome_id: str, exposure_id: str, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__(exposure_id, draft=draft)
        self.outcome_id = outcome_id

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        return _("Review sessions"), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        outcome, exposure = self.outcome_id, self.exposure_id
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: AcceptItemPage(outcome, exposure, draft=draft)

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import session

        return session.accept(
            reg,
            reg.get(self.outcome_id, Outcome),
            by=collected["accepted_by"],
            role=collected["accepted_role"],
            reason=collected["reason"],
            until=collected["valid_until"],
            conditions=collected["conditions"],
        )


class RateItemPage(RatingPage):
    """Rate an exposure in a session."""

    def __init__(
        self, outcome_id: str, exposure_id: str, draft: Draft | None = None, rationale: str = ""
    ) -> None:
        super().__init__(exposure_id, draft, rationale)
        self.outcome_id = outcome_id

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        return _("Review sessions"), self.known.exposure.ref if self.known else "", _(self.NAME)

    def place(self) -> Callable[[], Page]:
        make = super().place()
        outcome = self.outcome_id

        def again() -> Page:
            page = make()
            assert isinstance(page, RatingPage)
            return RateItemPage(outcome, page.exposure_id, page.first, page.rationale)

        return again

    async def _save(self, draft: Draft, rationale: str) -> None:
        from techguard.review import session

        def write(reg: Register) -> None:
            session.rerate(
                reg,
                reg.get(self.outcome_id, Outcome),
                likelihood=draft.values.get(LIKELIHOOD),
                impacts=draft.impacts(),
                basis=draft.basis,
                confidence=draft.values.get(CONFIDENCE),
                urgency=draft.values.get(URGENCY),
                rationale=rationale,
            )

        await self.store.run(write)
        self.tg.go_back()


class ItemPage(FormPage):
    """Put something on the agenda that the register did not bring up."""

    NAME = N_("Add an item")
    ABOUT = N_("Name what is to be discussed, or choose the entry of the register that it is about.")
    SUBJECTS = ("exposure", "technology", "engagement", "counterparty")

    def __init__(self, review_id: str, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__("outcome", draft=draft)
        self.review_id = review_id

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        return _("Review sessions"), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        review = self.review_id
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: ItemPage(review, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        return asked("outcome", ("title", *self.SUBJECTS), free=("title",))

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import preparation

        about = next((reg.get(collected[n]) for n in self.SUBJECTS if collected[n]), None)
        return preparation.put(reg, reg.get(self.review_id, Review), collected["title"] or "", about)

    def leave(self, item: Item) -> None:
        self.tg.go_back()
