"""Review sessions: the list, the plan, one session with its agenda, closing, minutes, comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from techguard import present
from techguard.domain.fields import FieldSpec
from techguard.domain.items import Item, Outcome, Person, Review
from techguard.domain.kinds import KINDS
from techguard.domain.words import Department, OutcomeKind, ReviewStatus
from techguard.i18n import N_, _, date_text, language, list_text, ngettext, pgettext, short_date

from ..columns import level_cell
from ..forms import Form
from ..page import ALONE, LoadingPage, Page
from ..picker import Option, Picker
from ..prose import Prose
from ..scrolled import Reading
from ..table import Cell, Column, Line, VirtualTable, plain
from ..text import beside
from .form import FormPage

if TYPE_CHECKING:
    from techguard.board import Delivered, Delivery
    from techguard.register import Register
    from techguard.review.comparison import Comparison, Move
    from techguard.review.session import Loose, Progress
    from techguard.store.overview import NextSession

BEFORE = (ReviewStatus.PLANNED, ReviewStatus.IN_PREPARATION)


class ReviewsPage(Page):
    """Every session, the newest first."""

    NAME = N_("Review sessions")
    ABOUT = N_(
        "The sessions in which management, planning, HR, legal and R&D look at the register together: "
        "planned, in preparation, being held, closed. F2 plans a new one; Enter opens one, to draw its "
        "agenda, to lead it and to close it; F8 sets two sessions side by side."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,n", "add", N_("Plan a session"), tooltip=N_("Plan a new review session.")),
        Binding("f8,x", "compare", N_("Compare"), tooltip=N_("What moved between two sessions.")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.reviews: list[Review] = []

    def room(self) -> str:
        return "reviews"

    def writing_actions(self) -> Mapping[str, str]:
        return {"add": "review"}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "compare":
            return len(comparable(self.reviews)) > 1
        return super().check_action(action, parameters)

    def body(self) -> Iterable[Any]:
        yield Prose(id="next-session")
        yield VirtualTable(
            [
                Column("status", _("Status"), 10, 16, keep=True),
                Column("title", _("Title"), 24, 60, keep=True, share=0.45),
                Column("on", _("Date"), 10, 10, keep=True),
                Column("items", pgettext("review", "Settled"), 8, 9, "right"),
                Column("chair", _("Chair"), 12, 30),
            ],
            empty=_("No session yet. F2 plans the first one."),
            id="rows",
        )

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard.review import session

        def look(
            reg: Register,
        ) -> tuple[tuple[str, str], list[Review], dict[str, Progress], dict[str, str]]:
            reviews = reg.find(Review)
            names = reg.titles({r.chair for r in reviews if r.chair})
            return (
                next_session(reg.next_session(), reg.today),
                reviews,
                {r.id: session.progress(reg, r) for r in reviews},
                {i: n.title for i, n in names.items()},
            )

        coming, reviews, progress, names = await self.store.run(look)
        held = [under_way(r.ref, progress[r.id]) for r in reviews if r.status is ReviewStatus.HELD]
        self.query_one("#next-session", Prose).say(*(held or ([coming] if coming[0] else [])))
        reviews.sort(key=_place)
        self.reviews = reviews[::-1]
        lines = []
        for r in self.reviews:
            done = progress[r.id]
            on_day = r.held_on or r.planned_on
            lines.append(
                Line(
                    r.id,
                    (
                        plain(present.choice_label(r.status, language()), _STATUS_STYLE.get(r.status, "")),
                        plain(f"{r.ref}  {r.title}"),
                        plain(short_date(on_day) if on_day else ""),
                        Cell(f"{done.settled}/{done.total}" if done.total else ""),
                        plain(names.get(r.chair or "", "")),
                    ),
                )
            )
        table = self.query_one(VirtualTable)
        table.show_lines(lines, cursor=table.cursor)
        self.refresh_bindings()

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.tg.go_to(SessionPage(event.key))

    def action_add(self) -> None:
        self.tg.go_to(PlanPage())

    def action_compare(self) -> None:
        choose_comparison(self, self.reviews)


def under_way(ref: str, progress: Progress) -> tuple[str, str]:
    """That a session was begun and not closed: nothing else comes before it."""
    text = _("{ref} is being held: {settled} of {total} items settled. Open it; F6 goes on.")
    return text.format(ref=ref, settled=progress.settled, total=progress.total), ""


def next_session(coming: NextSession | None, today: date) -> tuple[str, str]:
    """When the next session is, or is due, and how that is drawn; empty before the first."""
    if coming is None:
        return "", ""
    days = abs((coming.on - today).days)
    facts = {"on": date_text(coming.on), "days": days}
    if coming.on < today:
        if coming.planned:
            return _("A session was planned for {on} and is not held yet.").format(**facts), "bold $t-bad"
        text = ngettext(
            "The next session was due on {on}, {days} day ago. F2 plans it.",
            "The next session was due on {on}, {days} days ago. F2 plans it.",
            days,
        )
        return text.format(**facts), "bold $t-bad"
    if coming.planned:
        text = ngettext("Next session: {on}, in {days} day", "Next session: {on}, in {days} days", days)
    else:
        text = ngettext(
            "Next session due: {on}, in {days} day. F2 plans it.",
            "Next session due: {on}, in {days} days. F2 plans it.",
            days,
        )
    return text.format(**facts), ""


_STATUS_STYLE = {ReviewStatus.HELD: "warn", ReviewStatus.CLOSED: "muted", ReviewStatus.CANCELLED: "muted"}


def comparable(reviews: Sequence[Review]) -> list[Review]:
    """Sessions that have a state to be compared: those that were, or are being, held."""
    return [r for r in reviews if r.status in {ReviewStatus.HELD, ReviewStatus.CLOSED}]


def _held(review: Review) -> str:
    return short_date(review.held_on) if review.held_on else ""


def _option(review: Review) -> Option:
    """A session to be chosen, with the day it was held."""
    return Option(review.id, f"{review.ref}  {review.title}  {_held(review)}")


def choose_comparison(page: Page, reviews: Sequence[Review]) -> None:
    """Ask which two sessions are set side by side, the earlier first."""

    found = comparable(reviews)

    def second(first: list[Any] | None) -> None:
        if first:
            rest = [_option(r) for r in found if r.id != first[0]]
            page.app.push_screen(Picker(_("… and the later session"), rest), partial(third, first[0]))

    def third(first: str, chosen: list[Any] | None) -> None:
        if chosen:
            page.tg.go_to(ComparePage(first, chosen[0]))

    page.app.push_screen(Picker(_("The earlier session"), [_option(r) for r in reversed(found)]), second)


# --- planning --------------------------------------------------------------------------------------------


class PlanPage(FormPage):
    """Plan a session, or change its plan."""

    NAME = N_("Plan a session")
    ABOUT = N_(
        "What the session is called, when it is, how long it may take, who leads it and who is there. The "
        "guideline asks that management, corporate planning, HR, legal and R&D look at it together; below is "
        "said who is missing. It is a warning: the session can be planned all the same."
    )
    ASKED = ("title", "kind", "period", "planned_on", "planned_minutes", "chair", "attendees", "scope")

    def __init__(self, review_id: str = "", *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__("review", review_id, draft=draft)

    def room(self) -> str:
        return "reviews"

    def place(self) -> Callable[[], Page]:
        review = self.item_id
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: PlanPage(review, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        return asked("review", self.ASKED)

    def body(self) -> Iterable[Any]:
        yield from super().body()
        yield Prose(id="missing", most=2)

    async def _load(self) -> None:
        await super()._load()
        await self._warn()

    @on(Form.Edited)
    def _edited(self, event: Form.Edited) -> None:
        event.stop()
        self.ask(self._warn, group="warn", exclusive=True)

    async def _warn(self) -> None:
        """Say which departments are not there yet, as people are chosen."""
        assert self.form is not None
        draft = self.form.draft()
        ids = [i for i in (draft["chair"], *(draft["attendees"] or ())) if i]
        found = await self.store.run(lambda reg: {reg.get(i, Person).department for i in ids})
        self.query_one("#missing", Prose).say((missing_text(found), "$t-warn"))

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import session

        chair, attendees = collected["chair"], tuple(collected["attendees"] or ())
        if self.item is not None:
            if chair and chair not in attendees:
                collected["attendees"] = (chair, *attendees)
            return super().write(reg, collected)
        return session.plan(reg, **{n: v for n, v in collected.items() if v not in (None, "", ())})

    def leave(self, item: Item) -> None:
        new = self.item is None
        self.tg.go_back()
        if new:
            self.tg.go_to(SessionPage(item.id))


def asked(kind: str, names: Iterable[str], *, free: Iterable[str] = ()) -> tuple[FieldSpec, ...]:
    """Some fields of a kind, in this order; those in `free` may stay empty here."""
    from dataclasses import replace

    by_name = KINDS[kind].by_name
    loose = set(free)
    return tuple(replace(by_name[n], required=False) if n in loose else by_name[n] for n in names)


def missing_text(there: set[Department | None]) -> str:
    """Which of the expected departments nobody attends from; empty when all are there."""
    from techguard.review.session import EXPECTED

    names = [present.choice_label(d, language()) for d in EXPECTED if d not in there]
    return _("Nobody is there from: {departments}.").format(departments=list_text(names)) if names else ""


# --- one session -----------------------------------------------------------------------------------------


@dataclass
class Known:
    """What is known of a session."""

    review: Review
    items: list[Outcome]
    progress: Progress
    loose: Loose
    names: dict[str, str]
    there: set[Department | None]
    last: Review | None
    others: list[Review] = field(default_factory=list)


def look_at(reg: Register, review_id: str) -> Known:
    """Read a session."""
    from techguard.review import session

    review = reg.get(review_id, Review)
    ids = {i for i in (review.chair, review.signed_by, *review.attendees) if i}
    return Known(
        review,
        session.outcomes(reg, review),
        session.progress(reg, review),
        session.loose(reg, review),
        {i: n.title for i, n in reg.titles(ids).items()},
        {reg.get(i, Person).department for i in (review.chair, *review.attendees) if i},
        session.last_closed(reg, review),
        reg.find(Review),
    )


def _place(review: Review) -> tuple[bool, str, str]:
    """Where a session stands among the others: one that is being held goes on first, then the latest."""
    on = review.held_on or review.planned_on or (review.created_at.date() if review.created_at else None)
    return review.status is ReviewStatus.HELD, on.isoformat() if on else "", review.ref


class SessionPage(LoadingPage):
    """One session with its agenda."""

    NAME = N_("Review session")
    ABOUT = N_(
        "One session. F5 draws its agenda from the register: what is due, what changed, rose or is high and "
        "untreated, what ends, what is overdue; each item with its reasons. It may be drawn again at any "
        "time. F6 begins the session, or goes on with it at the first item that is not settled: also after "
        "the machine was switched off. F9 closes it, once every item is settled and every decision has an "
        "owner and a date. F7 shows the minutes, F8 what moved since another session."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "hold", N_("Hold"), tooltip=N_("Begin the session, or go on where it was left.")),
        Binding("f5", "prepare", N_("Draw the agenda"), tooltip=N_("Write down what is due today.")),
        Binding("f2,n", "add", N_("Add an item"), tooltip=N_("Put something else on the agenda.")),
        Binding("f4,e", "edit", N_("Edit"), tooltip=N_("Change the plan.")),
        Binding("f7", "minutes", N_("Minutes")),
        Binding("f8", "compare", N_("Compare"), tooltip=N_("What moved since another session.")),
        Binding("f9", "close", N_("Close session"), tooltip=N_("Close the session and sign it off.")),
    ]

    def __init__(self, review_id: str, cursor: int = 0) -> None:
        super().__init__()
        self.review_id = review_id
        self.start_cursor = cursor
        self.known: Known | None = None

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        return _("Review sessions"), self.known.review.ref if self.known else ""

    def place(self) -> Callable[[], Page]:
        review, cursor = self.review_id, self.query_one(VirtualTable).cursor
        return lambda: SessionPage(review, cursor)

    def writing_actions(self) -> Mapping[str, str]:
        return {
            "prepare": "review",
            "add": "outcome",
            "edit": "review",
            "close": "review",
            "hold": "review",
        }

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        own = {"hold", "prepare", "add", "edit", "minutes", "compare", "close"}
        if action in own and (self.known is None or not self._possible(action)):
            return False
        return super().check_action(action, parameters)

    def _possible(self, action: str) -> bool:
        assert self.known is not None
        status, some = self.known.review.status, bool(self.known.items)
        closed = status in {ReviewStatus.CLOSED, ReviewStatus.CANCELLED}
        match action:
            case "hold":
                return some and not closed and (status in BEFORE or self.known.progress.left > 0)
            case "close":
                return status is ReviewStatus.HELD
            case "minutes":
                return status in {ReviewStatus.HELD, ReviewStatus.CLOSED}
            case "compare":
                here = self.known.review
                others = [r for r in comparable(self.known.others) if r.id != here.id]
                return bool(others) and bool(comparable([here]))
        return not closed

    def body(self) -> Iterable[Any]:
        yield Prose(id="item-title", most=2)
        yield Prose(id="said", most=5)
        yield VirtualTable(
            [
                Column("n", "", 3, 4, "right", keep=True),
                Column("result", _("Result"), 8, 22, keep=True),
                Column("level", _("Level"), 7, 9, keep=True),
                Column("title", pgettext("review", "Item"), 24, 80, keep=True),
                Column("why", _("Why"), 24, 80),
            ],
            id="rows",
        )

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        self.known = known = await self.store.run(lambda reg: look_at(reg, self.review_id))
        review = known.review
        status = present.choice_label(review.status, language())
        self.query_one("#item-title", Prose).say((f"{review.ref}  {review.title}   {status}", "bold"))
        self.query_one("#said", Prose).say(*self._summary())
        table = self.query_one(VirtualTable)
        cursor, self.start_cursor = self.start_cursor or table.cursor, 0
        closed = review.status in {ReviewStatus.CLOSED, ReviewStatus.CANCELLED}
        none = _("This session has no agenda.")
        table.empty = (
            none if closed or self.tg.read_only else _("No agenda yet. F5 draws it from the register.")
        )
        table.show_lines([agenda_line(o) for o in known.items], cursor=cursor)
        self.show_trail()
        self.refresh_bindings()

    def _summary(self) -> list[tuple[str, str]]:
        assert self.known is not None
        known, review = self.known, self.known.review
        when = review.held_on or review.planned_on
        facts = [
            present.choice_label(review.kind, language()),
            review.period,
            date_text(when) if when else _("no date yet"),
            _("{n} min").format(n=review.planned_minutes) if review.planned_minutes else "",
            _("Chair: {name}").format(name=known.names.get(review.chair or "", _("not chosen"))),
            ngettext("{n} attends", "{n} attend", len(review.attendees)).format(n=len(review.attendees)),
        ]
        said = [(beside(facts), "")]
        if review.closed_at is not None:
            signer = known.names.get(review.signed_by or "", "")
            text = _("Closed {moment}, signed off by {name}. Nothing in it can change any more.")
            said.append((text.format(moment=present.moment(review.closed_at), name=signer), "$t-good"))
        elif missing := missing_text(known.there):
            said.append((missing, "$t-warn"))
        if known.items:
            said.append((progress_text(known.progress), "bold"))
        if review.status is ReviewStatus.HELD and known.progress.left == 0:
            loose = len(known.loose.decisions)
            text = (
                ngettext(
                    "{n} decision lacks an owner or a date. F9 shows it.",
                    "{n} decisions lack an owner or a date. F9 shows them.",
                    loose,
                ).format(n=loose)
                if loose
                else _("Every item is settled. F9 closes the session.")
            )
            said.append((text, "$t-warn" if loose else "$t-good"))
        return said

    # --- doing ---

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        from .holding import HoldPage, open_subject

        event.stop()
        assert self.known is not None
        outcome = next(o for o in self.known.items if o.id == event.key)
        if self.known.review.status is ReviewStatus.HELD and not self.tg.read_only:
            self.tg.go_to(HoldPage(self.review_id, outcome.id))
        else:
            open_subject(self, outcome)

    def action_prepare(self) -> None:
        self.ask(self._prepare, group=ALONE)

    async def _prepare(self) -> None:
        from techguard.review import session

        def work(reg: Register) -> Any:
            return session.prepare(reg, reg.get(self.review_id, Review))

        done = await self.store.run(work)
        text = _("Agenda: {total} items. New {added}, gone {dropped}, brought up to date {renewed}.")
        await self._load()
        self.tg.say(
            text.format(total=done.total, added=done.added, dropped=done.dropped, renewed=done.renewed)
        )

    def action_add(self) -> None:
        from .holding import ItemPage

        self.tg.go_to(ItemPage(self.review_id))

    def action_edit(self) -> None:
        self.tg.go_to(PlanPage(self.review_id))

    def action_hold(self) -> None:
        self.ask(self._hold, group=ALONE)

    async def _hold(self) -> None:
        from techguard.review import session

        from .holding import HoldPage

        def work(reg: Register) -> Outcome | None:
            review = session.begin(reg, reg.get(self.review_id, Review))
            return session.resume_at(reg, review)

        at = await self.store.run(work)
        if at is not None:
            self.tg.go_to(HoldPage(self.review_id, at.id))
        else:
            await self._load()

    def action_minutes(self) -> None:
        self.tg.go_to(MinutesPage(self.review_id))

    def action_compare(self) -> None:
        assert self.known is not None
        here = self.known.review
        others = [r for r in comparable(self.known.others) if r.id != here.id]
        last = self.known.last
        others.sort(key=lambda r: r.id != (last.id if last else ""))
        options = [_option(r) for r in others]

        def chosen(found: list[Any] | None) -> None:
            if found:
                self.tg.go_to(ComparePage(found[0], here.id))

        self.app.push_screen(Picker(_("What moved since"), options), chosen)

    def action_close(self) -> None:
        self.ask(self._close, group="close", exclusive=True)

    async def _close(self) -> None:
        """Close, or say what hinders it: as the register is now, not as the screen was last drawn."""
        from techguard.review import session

        loose = await self.store.run(lambda reg: session.loose(reg, reg.get(self.review_id, Review)))
        if not loose:
            self.tg.go_to(ClosePage(self.review_id))
            return
        options = [
            Option(
                d.id,
                f"{d.ref}  {d.title}",
                _("The decision lacks: {what}.").format(
                    what=list_text([_(t) for t, v in ((_OWNER, d.owner), (_DUE, d.due)) if not v])
                ),
            )
            for d in loose.decisions
        ]
        if n := loose.unsettled:
            text = ngettext("{n} item is not settled yet", "{n} items are not settled yet", n).format(n=n)
            options.insert(0, Option(_UNSETTLED, text, _("Go on with the first of them.")))
        note = _("The session cannot be closed while something is loose. Enter goes there.")
        self.app.push_screen(Picker(_("What hinders the closing"), options, note=note), self._go_to_loose)

    def _go_to_loose(self, chosen: list[Any] | None) -> None:
        if not chosen:
            return
        if chosen[0] == _UNSETTLED:
            self.action_hold()
        else:
            self.tg.go_to(FormPage("decision", chosen[0]))


_OWNER, _DUE = N_("an owner"), N_("a due date")
_UNSETTLED = "\x00unsettled"


def agenda_line(outcome: Outcome) -> Line:
    """An item of an agenda as a row."""
    from techguard.review.reasons import short_label

    lang = language()
    pending = outcome.outcome is OutcomeKind.PENDING
    before, after = outcome.level_before, outcome.level_after
    level = str(before or "-")
    if after is not None and after != before:
        level = f"{before or '-'} > {after}"
    shown = after if after is not None else before
    return Line(
        outcome.id,
        (
            Cell(str(outcome.position), "muted"),
            plain("-") if pending else plain(present.choice_label(outcome.outcome, lang), "good"),
            Cell(level, level_cell(shown).style),
            plain(outcome.title),
            plain(list_text([short_label(code, lang) for code in outcome.reasons]), "muted"),
        ),
    )


def progress_text(progress: Progress) -> str:
    """How far a session is, and what time is left."""
    text = _("{settled} of {total} items are settled.").format(settled=progress.settled, total=progress.total)
    left = progress.minutes_left
    if left is None or not progress.left:
        return text
    if left < 0:
        return text + "  " + _("{n} minutes over time.").format(n=-left)
    each = progress.minutes_each or 0
    return text + "  " + _("{n} minutes are left, {each} for each item.").format(n=left, each=each)


# --- closing ---------------------------------------------------------------------------------------------


class ClosePage(FormPage):
    """Close a session and sign it off."""

    NAME = N_("Close the session")
    ABOUT = N_(
        "Who signs the session off, usually its chair, and what it concluded. The minutes are then composed "
        "and kept, and the register as it stands becomes the snapshot of the session. Afterwards nothing in "
        "it can change any more."
    )

    def __init__(self, review_id: str, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__("review", draft=draft)
        self.review_id = review_id
        self.ref = ""

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        return _("Review sessions"), self.ref, _(self.NAME)

    def place(self) -> Callable[[], Page]:
        review = self.review_id
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: ClosePage(review, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        return asked("review", ("signed_by", "conclusion"))

    async def _load(self) -> None:
        review = await self.store.run(lambda reg: reg.get(self.review_id, Review))
        self.ref = review.ref
        self.preset = {"signed_by": review.chair, "conclusion": review.conclusion}
        await super()._load()

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        from techguard.review import session

        return session.close(
            reg,
            reg.get(self.review_id, Review),
            signed_by=collected["signed_by"],
            conclusion=collected["conclusion"],
            lang=language(),
        )

    def leave(self, item: Item) -> None:
        self.tg.go_back()
        self.tg.go_to(MinutesPage(item.id))


class MinutesPage(Page):
    """The minutes of a session, as they were kept or as they would be now."""

    NAME = N_("Minutes")
    ABOUT = N_(
        "The minutes, composed from what is kept of the session. Those of a closed session say the same "
        "whenever they are composed. F9 seals them for those who get them; they name people and technologies "
        "in full, and are for the members of the session."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6,c", "take", N_("Copy"), tooltip=N_("Copy the minutes as text.")),
        Binding("f9", "seal", N_("Seal"), tooltip=N_("Write them, sealed, for those who get them.")),
    ]

    def __init__(self, review_id: str) -> None:
        super().__init__()
        self.review_id = review_id
        self.text = ""
        self.ref = ""

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        return _("Review sessions"), self.ref, _(self.NAME)

    def place(self) -> Callable[[], Page]:
        review = self.review_id
        return lambda: MinutesPage(review)

    def body(self) -> Iterable[Any]:
        with Reading(id="minutes"):
            yield Prose(id="minutes-text")

    def on_mount(self) -> None:
        self.query_one("#minutes").focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard.review import minutes

        lang = language()

        def compose(reg: Register) -> tuple[str, str]:
            review = reg.get(self.review_id, Review)
            return review.ref, minutes.text(minutes.compose(reg, review, lang))

        self.ref, self.text = await self.store.run(compose)
        self.query_one("#minutes-text", Prose).say((self.text, ""))
        self.show_trail()

    def action_seal(self) -> None:
        from .sealing import Handout, SealPage, beside_vault

        review_id, lang = self.review_id, language()

        def make(reg: Register, delivery: Delivery) -> Delivered:
            from techguard.review import minutes

            return minutes.produce(reg, reg.get(review_id, Review), delivery, lang=lang)

        file = beside_vault(self, f"{_(self.NAME)}-{self.ref}.pdf")
        self.tg.go_to(SealPage(Handout(_(self.NAME), file, make)))

    def action_take(self) -> None:
        self.tg.copy_to_clipboard(self.text)
        self.tg.say(_("Copied. The clipboard is cleared in 30 seconds."))


# --- comparing -------------------------------------------------------------------------------------------


class ComparePage(Page):
    """Two sessions side by side."""

    NAME = N_("Compare")
    ABOUT = N_(
        "What moved from the earlier session to the later one: exposures that rose, came, fell or went, each "
        "with the reason and who gave it. A closed session is read from its frozen snapshot. Enter opens the "
        "exposure as it is today."
    )

    def __init__(self, earlier: str, later: str) -> None:
        super().__init__()
        self.earlier, self.later = earlier, later
        self.refs: tuple[str, ...] = ()

    def room(self) -> str:
        return "reviews"

    def trail(self) -> tuple[str, ...]:
        return (_("Review sessions"), " > ".join(self.refs) or _(self.NAME))

    def place(self) -> Callable[[], Page]:
        earlier, later = self.earlier, self.later
        return lambda: ComparePage(earlier, later)

    def body(self) -> Iterable[Any]:
        yield Prose(id="said", most=3)
        yield VirtualTable(
            [
                Column("level", _("Level"), 7, 9, keep=True),
                Column("title", _("Exposure"), 26, 60, keep=True),
                Column("why", _("Reason"), 16, 80, keep=True),
                Column("who", _("Who"), 10, 24),
                Column("on", _("Date"), 10, 10),
            ],
            empty=_("Nothing moved between the two sessions."),
            id="rows",
        )

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard.review import session

        def look(reg: Register) -> Comparison:
            return session.compare(reg, reg.get(self.earlier, Review), reg.get(self.later, Review))

        found = await self.store.run(look)
        self.refs = (found.a.ref, found.b.ref)
        counts = _("Risen {risen}, new {new}, fallen {fallen}, gone {gone}, unchanged {same}.").format(
            risen=len(found.risen),
            new=len(found.new),
            fallen=len(found.fallen),
            gone=len(found.gone),
            same=found.same,
        )
        sides = "  >  ".join(f"{side.title} ({_held(side)})" for side in (found.a, found.b))
        said = [(sides, ""), (counts, "bold")]
        if found.scales:
            other = _("The rating scale changed between them: {scales}.").format(
                scales=list_text([*found.scales])
            )
            said.append((other, "$t-warn"))
        self.query_one("#said", Prose).say(*said)
        lines: list[Line] = []
        for moves, title in (
            (found.risen, _("Risen")),
            (found.new, _("New")),
            (found.fallen, _("Fallen")),
            (found.gone, _("Gone")),
            (found.rescaled, _("By another scale")),
        ):
            if moves:
                lines.append(Line("", (plain(f"{title} {len(moves)}"),), heading=True))
                lines += [_move_line(m) for m in moves]
        table = self.query_one(VirtualTable)
        table.show_lines(lines, cursor=table.cursor)
        self.show_trail()

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        from .detail import open_item

        event.stop()
        open_item(self.tg, "exposure", event.key)


def _move_line(move: Move) -> Line:
    level = f"{move.before or '-'} > {move.after or '-'}"
    return Line(
        move.exposure,
        (
            Cell(level, level_cell(move.after or move.before).style),
            plain(f"{move.ref}  {move.title}"),
            plain(move.reason),
            plain(move.who),
            plain(short_date(move.on) if move.on else "", "muted"),
        ),
    )
