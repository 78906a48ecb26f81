"""The minutes of a session: composed from what is kept of it, in either language; plain text or sealed pages.

Nothing of them is written by hand but the conclusion and the notes of the items: a closed session is
evidence, so its minutes can be composed again at any time and say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.i18n import Language, Translator, translator
from techguard.present import level_word, moment
from techguard.register import Query, Register, Where

from . import reasons
from .sessions import missing_departments, present, subject_id, unknown_to

if TYPE_CHECKING:
    from techguard import board
    from techguard.board.blocks import Cell, Pages, Section

T = TypeVar("T", bound=i.Item)

KEPT = 20_000
"""Characters that a session keeps of its minutes; a longer agenda is shortened there and only there."""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item of the agenda and what became of it."""

    position: int
    ref: str
    title: str
    before: int | None
    after: int | None
    reasons: tuple[str, ...]
    outcome: w.OutcomeKind
    result: str
    note: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    ref: str
    title: str
    category: str
    status: str
    owner: str
    due: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcceptanceLine:
    ref: str
    title: str
    level: int | None
    by: str
    role: str
    until: str
    reason: str
    conditions: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """Everything the minutes say, in one language."""

    language: Language
    title: str
    subtitle: str
    draft: str
    """A sentence that says so, where the session is not closed."""
    facts: tuple[tuple[str, str], ...]
    attendance: tuple[tuple[str, str], ...]
    """Department and names."""
    missing: str
    counts: str
    decisions: tuple[DecisionLine, ...]
    acceptances: tuple[AcceptanceLine, ...]
    items: tuple[ItemLine, ...]
    conclusion: str
    limits: tuple[str, ...]
    record: tuple[tuple[str, str], ...]

    @property
    def deferred(self) -> tuple[ItemLine, ...]:
        """What the next session has to take up."""
        return tuple(x for x in self.items if x.outcome is w.OutcomeKind.DEFERRED)


# --- composing -------------------------------------------------------------------------------------------


def compose(register: Register, review: i.Review, lang: Language) -> Minutes:
    """The minutes of a session as it was closed; of one that is not closed yet, a draft."""
    return _Composer(register, review, lang).minutes()


_AMONG_PEOPLE = " / "
"""Between people: their titles have commas of their own ("Director, Technology")."""


class _Composer:
    def __init__(self, register: Register, review: i.Review, lang: Language) -> None:
        self.register, self.review, self.lang = register, review, lang
        self.t: Translator = translator(lang)
        self._ = self.t.gettext
        self.closed = review.closed_at is not None

    def minutes(self) -> Minutes:
        review = self.review
        outcomes = self.register.find(i.Outcome, Query(sort=(("position", False),)), review=review.id)
        return Minutes(
            language=self.lang,
            title=self._("Minutes of the review session"),
            subtitle=review.title,
            draft=self._draft(),
            facts=self._filled(
                (self._("Review session"), review.ref),
                (self._("Kind"), self.t.label(review.kind)),
                (self._("Period"), review.period),
                (self._("Held on"), self._day(review.held_on)),
                (self._("Chair"), self._names([review.chair])),
                (self._("Scope"), review.scope),
            ),
            attendance=self._attendance(),
            missing=self._missing(),
            counts=self._counts(outcomes),
            decisions=tuple(self._decisions()),
            acceptances=tuple(self._acceptances()),
            items=tuple(self._items(outcomes)),
            conclusion=review.conclusion,
            limits=tuple(self._limits(outcomes)),
            record=self._record(),
        )

    @property
    def _entered_afterwards(self) -> bool:
        """Whether the session was held and closed elsewhere."""
        return self.review.status is w.ReviewStatus.CLOSED and not self.closed

    def _draft(self) -> str:
        if self.review.signed_by:
            return ""
        if self._entered_afterwards:
            return self._("Entered afterwards: this session was not led and signed off here.")
        return self._("Draft: the session is not closed yet.")

    def _filled(self, *pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple((label, value) for label, value in pairs if value)

    def _day(self, on: date | None) -> str:
        return self.t.date_text(on) if on else ""

    def _short(self, on: date | None) -> str:
        """A day in a column of a table."""
        return self.t.short_date(on) if on else ""

    def _names(self, ids: Iterable[str | None]) -> str:
        wanted = [id_ for id_ in ids if id_]
        named = self.register.titles(wanted)
        return self.t.list_text([named[id_].title for id_ in wanted if id_ in named])

    # --- who ---

    def _attendance(self) -> tuple[tuple[str, str], ...]:
        people = present(self.register, self.review)
        order = [*w.Department, None]
        by_department = {d: [p.name for p in people if p.department is d] for d in order}
        return tuple(
            (self.t.label(d) if d else self._("No department stated"), _AMONG_PEOPLE.join(names))
            for d, names in by_department.items()
            if names
        )

    def _missing(self) -> str:
        absent = missing_departments(self.register, self.review)
        if not absent:
            return ""
        return self._("Departments not present at the session: {departments}.").format(
            departments=self.t.list_text([self.t.label(d) for d in absent])
        )

    # --- what ---

    def _counts(self, outcomes: Sequence[i.Outcome]) -> str:
        if not outcomes and self._entered_afterwards:
            return ""  # its items were settled elsewhere: "0 items" would say that nothing came of it
        counted = Counter(o.outcome for o in outcomes)
        said = [
            self._("{result}: {n}").format(result=self.t.label(kind), n=f"{counted[kind]:,}")
            for kind in w.OutcomeKind
            if counted[kind]
        ]
        total = self.t.ngettext("{n} item", "{n} items", len(outcomes)).format(n=f"{len(outcomes):,}")
        return self.t.pgettext("between facts on one line", " · ").join([total, *said])

    def _items(self, outcomes: Sequence[i.Outcome]) -> Iterable[ItemLine]:
        from techguard import catalog

        about = {o.id: id_ for o in outcomes if (id_ := subject_id(o))}
        named = self.register.titles(about.values())
        ratings = self._given(i.Rating)
        rationale = {r.exposure: r.rationale for r in ratings}
        accepted = {a.exposure: a.reason for a in self._given(i.Acceptance)}
        why = {w.OutcomeKind.RERATED: rationale, w.OutcomeKind.ACCEPTED: accepted}
        lists = catalog.checklists()
        for o in outcomes:
            subject = about.get(o.id, "")
            grounds = why.get(o.outcome, {}).get(subject, "")
            yield ItemLine(
                position=o.position,
                ref=named[subject].ref if subject in named else o.checklist,
                title=lists[o.checklist].title.in_(self.lang) if o.checklist in lists else o.title,
                before=o.level_before,
                after=o.level_after if o.outcome is not w.OutcomeKind.PENDING else None,
                reasons=tuple(reasons.label(code, self.lang) for code in o.reasons),
                outcome=o.outcome,
                result=self.t.label(o.outcome),
                note=_together(o.note, grounds),
            )

    def _decisions(self) -> Iterable[DecisionLine]:
        """As they stood when the session was closed: later work on them is not part of its minutes."""
        names = ("title", "category", "status", "owner", "due", "reason", "review")
        if self.closed and self.review.snapshot_seq is not None:
            then = self.register.states_at(
                "decision", self.review.snapshot_seq, *names, digest=self.review.snapshot
            )
            found: list[Mapping[str, Any]] = [s for s in then.values() if s.get("review") == self.review.id]
        else:
            kept = self.register.find(i.Decision, review=self.review.id)
            found = [{"ref": d.ref, **{n: getattr(d, n) for n in names}} for d in kept]
        people = self.register.titles(s["owner"] for s in found if s.get("owner"))
        for s in sorted(found, key=lambda s: (len(s["ref"]), s["ref"])):
            owner = s.get("owner") or ""
            yield DecisionLine(
                ref=s["ref"],
                title=s["title"],
                category=self.t.label(s["category"]),
                status=self.t.label(s["status"]),
                owner=people[owner].title if owner in people else "",
                due=self._short(s.get("due")),
                reason=s.get("reason") or "",
            )

    def _acceptances(self) -> Iterable[AcceptanceLine]:
        found = self._given(i.Acceptance)
        named = self.register.titles({id_ for a in found for id_ in (a.exposure, a.accepted_by)})
        for a in found:
            exposure = named[a.exposure]
            yield AcceptanceLine(
                ref=exposure.ref,
                title=exposure.title,
                level=a.level_at,
                by=named[a.accepted_by].title,
                role=self.t.label(a.accepted_role),
                until=self._short(a.valid_until),
                reason=a.reason,
                conditions=a.conditions,
            )

    def _given(self, model: type[T]) -> list[T]:
        """Ratings or acceptances of the session; what names it after its closing is not part of it."""
        found = self.register.find(model, review=self.review.id)
        until, later = self.review.closed_at, unknown_to(self.register, self.review).added
        return [
            x
            for x in found
            if x.id not in later and (until is None or x.created_at is None or x.created_at <= until)
        ]

    # --- how far it can be relied on ---

    def _limits(self, outcomes: Sequence[i.Outcome]) -> Iterable[str]:
        unrated, inherent, guessed, total = self._weak()
        discussed = len({o.exposure for o in outcomes if o.exposure})
        deferred = sum(o.outcome is w.OutcomeKind.DEFERRED for o in outcomes)
        said = (
            (unrated, self._("Open exposures that are not rated: {n}.")),
            (inherent, self._("Rated only without regard to today's controls: {n}.")),
            (guessed, self._("High levels on a guess, to be found out: {n}.")),
            (max(0, total - discussed), self._("Open exposures that were not on the agenda: {n}.")),
            (deferred, self._("Items put off to the next session: {n}.")),
        )
        yield from (text.format(n=f"{n:,}") for n, text in said if n)
        if missing := self._missing():
            yield missing
        yield self._(
            "Levels are the judgement of the people in the session, not a measurement; a rating says how "
            "sure they were. Scale edition: {edition}."
        ).format(edition=self.register.scale.edition)

    def _weak(self) -> tuple[int, int, int, int]:
        """Open exposures: unrated, rated without controls only, high on a guess, all."""
        high = self.register.scale.high_from
        if self.closed and self.review.snapshot_seq is not None:
            then = self.register.states_at(
                "exposure",
                self.review.snapshot_seq,
                "level",
                "basis",
                "confidence",
                "status",
                digest=self.review.snapshot,
            )
            found = [s for s in then.values() if s.get("status") is not w.ExposureStatus.CLOSED]
            return (
                sum(s.get("level") is None for s in found),
                sum(s.get("basis") is w.Basis.INHERENT for s in found),
                sum((s.get("level") or 0) >= high and s.get("confidence") == 1 for s in found),
                len(found),
            )
        live = Where("status", "!=", w.ExposureStatus.CLOSED)

        def count(*where: Where) -> int:
            return self.register.count(i.Exposure, Query(where=(live, *where)))

        return (
            count(Where("level", "empty")),
            count(Where("basis", "=", w.Basis.INHERENT)),
            count(Where("level", ">=", high), Where("confidence", "=", 1)),
            count(),
        )

    def _record(self) -> tuple[tuple[str, str], ...]:
        review = self.review
        seq, digest = self.register.head
        if self.closed:
            seq, digest = review.snapshot_seq or 0, review.snapshot
        return self._filled(
            (self._("Signed off by"), self._names([review.signed_by])),
            (self._("Recorded at"), moment(review.closed_at) if review.closed_at else ""),
            (self._("Entries in the history"), f"{seq:,}" if seq else ""),
            (self._("Snapshot digest"), digest),
        )


def _together(note: str, grounds: str) -> str:
    """A note and the grounds of a rating or an acceptance; once, where they are the same."""
    return " / ".join(dict.fromkeys(part for part in (note, grounds) if part))


# --- plain text ------------------------------------------------------------------------------------------


def text(minutes: Minutes, most: int | None = None) -> str:
    """The minutes as lines of plain text; of at most `most` characters, by listing fewer items."""
    whole = _text(minutes, None)
    if most is None or len(whole) <= most:
        return whole
    low, high = 0, len(minutes.items) + len(minutes.decisions) + len(minutes.acceptances)
    while low < high:
        middle = (low + high + 1) // 2
        if len(_text(minutes, middle)) <= most:
            low = middle
        else:
            high = middle - 1
    short = _text(minutes, low)
    return short if len(short) <= most else short[: most - 1] + "…"


def _text(minutes: Minutes, shown: int | None) -> str:
    t = translator(minutes.language)
    lines = [minutes.title, _flat(minutes.subtitle), *([minutes.draft] if minutes.draft else []), ""]
    lines += [_pair(minutes, label, value) for label, value in minutes.facts]

    def heading(title: str) -> None:
        lines.extend(["", t.pgettext("heading in a plain text", "[{title}]").format(title=title)])

    def listed(title: str, entries: Sequence[Any], say: Callable[[Any], list[str]]) -> None:
        if not entries:
            return
        heading(title)
        kept = entries if shown is None else entries[:shown]
        for entry in kept:
            first, *rest = say(entry)
            lines.extend([first, *(f"   {line}" for line in rest)])
        if len(kept) < len(entries):
            left = len(entries) - len(kept)
            more = t.ngettext(
                "… and {n} more, kept in the register.", "… and {n} more, kept in the register.", left
            )
            lines.append(more.format(n=f"{left:,}"))

    def pair(label: str, value: str) -> list[str]:
        return [_pair(minutes, label, value)] if value else []

    heading(t.gettext("Attendance"))
    lines += [_pair(minutes, label, names) for label, names in minutes.attendance]
    lines += [minutes.missing] if minutes.missing else []
    if minutes.counts:
        heading(t.gettext("Results"))
        lines.append(minutes.counts)
    if minutes.conclusion:
        heading(t.gettext("Conclusion"))
        lines.append(_flat(minutes.conclusion))
    listed(
        t.gettext("Decisions"),
        minutes.decisions,
        lambda d: [
            f"- {d.ref} {_flat(d.title)}",
            *pair(t.gettext("Category"), d.category),
            *pair(t.gettext("Status"), d.status),
            *pair(t.gettext("Owner"), d.owner or "–"),
            *pair(t.gettext("Due"), d.due or "–"),
            *pair(t.gettext("Reason"), d.reason),
        ],
    )
    listed(
        t.gettext("Accepted risks"),
        minutes.acceptances,
        lambda a: [
            f"- {a.ref} {_flat(a.title)}",
            *pair(t.gettext("Level accepted"), _level(a.level, minutes.language)),
            *pair(t.gettext("Accepted by"), t.gettext("{name} ({role})").format(name=a.by, role=a.role)),
            *pair(t.gettext("Valid until"), a.until),
            *pair(t.gettext("Reason"), a.reason),
            *pair(t.gettext("Conditions"), a.conditions),
        ],
    )
    listed(
        t.gettext("Put off to the next session"),
        minutes.deferred,
        lambda x: [f"- {x.ref} {_flat(x.title)}".replace("-  ", "- "), *pair(t.gettext("Reason"), x.note)],
    )
    listed(
        t.gettext("Agenda"),
        minutes.items,
        lambda x: [
            " ".join(p for p in (f"{x.position}.", x.ref, _flat(x.title)) if p),
            *pair(t.gettext("Why it is on the agenda"), t.list_text(list(x.reasons))),
            *pair(t.gettext("Result"), x.result),
            *pair(t.gettext("Level"), _levels(x, minutes.language)),
            *pair(t.gettext("Note"), x.note),
        ],
    )
    heading(t.gettext("Limits of the assessment"))
    lines += [f"- {line}" for line in minutes.limits]
    heading(t.gettext("Record"))
    lines += [_pair(minutes, label, value) for label, value in minutes.record]
    return "\n".join(lines) + "\n"


def _pair(minutes: Minutes, label: str, value: str) -> str:
    return translator(minutes.language).labelled(label, _flat(value))


def _flat(written: str) -> str:
    return " ".join(written.split())


def _level(level: int | None, lang: Language) -> str:
    return f"{level} {level_word(level, lang)}" if level else ""


def _levels(item: ItemLine, lang: Language) -> str:
    if item.before == item.after or item.after is None:
        return _level(item.before, lang)
    return f"{_level(item.before, lang) or '–'} → {_level(item.after, lang)}"


# --- pages -----------------------------------------------------------------------------------------------


def pages(minutes: Minutes) -> Pages:
    """The minutes as pages, to be set like those of the board summary."""
    from techguard.board.blocks import Front, Pages

    t = translator(minutes.language)
    digest = minutes.record[-1][1]
    return Pages(
        language=minutes.language,
        title=minutes.title,
        subtitle=minutes.subtitle,
        marking=t.label(w.Handling.STRICTLY_CONFIDENTIAL),
        running=t.label(w.RedactionLevel.R0),
        foot=t.gettext("Snapshot {digest}").format(digest=digest[:16]),
        page_of=t.gettext("Page {page} of {pages}"),
        continued=t.gettext("{title} (continued)"),
        front=Front(),
        sections=tuple(_sections(minutes)),
    )


def _sections(minutes: Minutes) -> Iterable[Section]:
    from techguard.board.blocks import Badge, Column, Line, Section
    from techguard.board.wording import cell

    t = translator(minutes.language)

    def facts(title: str, pairs: Sequence[tuple[str, str]], *said: str) -> Section:
        rows = tuple((cell(label, "quiet"), cell(value)) for label, value in pairs)
        long = any(len(value) > _LONG for _, value in pairs)
        return Section(title, said, (Column("", 44), Column("")), rows, tall=long, long_rows=long)

    def table(title: str, columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]) -> list[Section]:
        made = tuple(rows)
        long = any(
            sum(len(line.text) for line in c) > _LONG for row in made for c in row if isinstance(c, tuple)
        )
        few = len(made) <= _FEW and not long
        return [Section(title, (), columns, made, tall=not few, long_rows=long)] if made else []

    def lines(main: str, *quiet: str) -> Cell:
        return (Line(main or "–"), *(Line(said, "quiet") for said in quiet if said))

    def badge(level: int | None, before: int | None = None) -> Badge:
        moved = rules.movement(before, level) if before and level else "same"
        was = t.gettext("from level {level}").format(level=before) if moved in {"risen", "fallen"} else ""
        return Badge(level, level_word(level, minutes.language), was)

    yield facts(t.gettext("Review session"), minutes.facts, *([minutes.draft] if minutes.draft else []))
    yield facts(t.gettext("Attendance"), minutes.attendance, *([minutes.missing] if minutes.missing else []))
    if said := tuple(text for text in (minutes.counts, minutes.conclusion) if text):
        yield Section(t.gettext("Results"), said)
    yield from table(
        t.gettext("Decisions"),
        (
            Column(t.gettext("Decision")),
            Column(t.gettext("Owner"), 32),
            Column(t.gettext("Due"), 26),
            Column(t.gettext("Status"), 22),
        ),
        (
            (lines(f"{d.ref} {d.title}", d.category, d.reason), cell(d.owner), cell(d.due), cell(d.status))
            for d in minutes.decisions
        ),
    )
    yield from table(
        t.gettext("Accepted risks"),
        (
            Column(t.gettext("Level"), 24),
            Column(t.gettext("Exposure")),
            Column(t.gettext("Accepted by"), 36),
            Column(t.gettext("Valid until"), 26),
        ),
        (
            (
                badge(a.level),
                lines(f"{a.ref} {a.title}", a.reason, a.conditions),
                lines(a.by, a.role),
                cell(a.until),
            )
            for a in minutes.acceptances
        ),
    )
    yield from table(
        t.gettext("Put off to the next session"),
        (Column(t.gettext("Agenda item")), Column(t.gettext("Reason"), 70)),
        ((cell(f"{x.ref} {x.title}".strip()), cell(x.note)) for x in minutes.deferred),
    )
    yield from table(
        t.gettext("Agenda"),
        (
            Column("", 9, "right"),
            Column(t.gettext("Level"), 26),
            Column(t.gettext("Agenda item")),
            Column(t.gettext("Result"), 62),
        ),
        (
            (
                cell(str(x.position)),
                badge(x.after or x.before, x.before) if x.after or x.before else cell(""),
                lines(f"{x.ref} {x.title}".strip(), t.list_text(list(x.reasons))),
                lines(x.result, x.note),
            )
            for x in minutes.items
        ),
    )
    yield Section(t.gettext("Limits of the assessment"), minutes.limits)
    yield facts(t.gettext("Record"), minutes.record)


_LONG = 700
_FEW = 10


def pdf(minutes: Minutes) -> bytes:
    """The minutes as an unsealed PDF."""
    from techguard import board

    return board.set_pages(pages(minutes))


def produce(
    register: Register, review: i.Review, delivery: board.Delivery, *, lang: Language
) -> board.Delivered:
    """Compose the minutes and deliver them: the register records that they left it.

    They name people and technologies in full. Raises the errors of the disk.
    """
    from techguard import board

    composed = compose(register, review, lang)
    record = i.Summary(
        title=f"{composed.title}: {review.title}"[:160],
        period=review.period,
        language=w.Language(lang),
        redaction=w.RedactionLevel.R0,
        snapshot=composed.record[-1][1],
        review=review.id,
    )
    return board.deliver(register, pages(composed), delivery, record)
