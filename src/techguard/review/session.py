"""A review session from its plan to its closing: what the screens and the command line call.

    from techguard.review import session

    review = session.plan(register, title="第3四半期レビュー会", kind=ReviewKind.QUARTERLY, period="2026Q3",
                          planned_on=date(2026, 12, 1), chair=officer.id, attendees=(a.id, b.id),
                          planned_minutes=90)
    session.missing_departments(register, review)  # (Department.HR,): a warning, not a refusal
    session.prepare(register, review)              # Preparation; may be repeated
    session.put(register, review, about=technology)  # what somebody asks for besides
    review = session.begin(register, review)       # held, today
    outcome = session.resume_at(register, review)  # the first item that is not settled; None: all are
    session.since_last(register, review, outcome)  # what changed, and the path over time
    session.confirm(register, outcome)             # and rerate, accept, assign, note, defer, consult, decide
    session.progress(register, review)             # settled of total, minutes left
    session.loose(register, review)                # what still hinders the closing
    review = session.close(register, review, lang="ja")

Every function is one act in history (with the session's id) or only reads; nothing is kept outside the
register, so that a session whose machine was switched off goes on at the same item. `register.undo` takes the
newest act back. Items may be settled again, in any way, until the session is closed.

In other modules, and offered here too:

- `agenda.agenda(register)`, `preparation.due(register, review)`: what is to be discussed, before it is
  written; `agenda.Reason` says why with its facts; `reasons.label(code)` says a reason of an `Outcome` in
  general.
- `since.since_last(register, review, item)`: `Since(last, changes, added, path)`.
- `comparison.compare(register, a, b)`: `Comparison(a, b, basis_a, basis_b, moves)`; `.risen`, `.fallen`,
  `.new`, `.gone`.
- `minutes.compose(register, review, lang)`: `Minutes`; `minutes.text(minutes)`; `minutes.pdf(minutes)`
  unsealed; `minutes.produce(register, review, delivery, lang)` sealed to a file.

Rules: guideline section 4(2) and 4(3) (a company-wide effort), domain.md §5.3 and §6c.6, 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from techguard.domain import errors as refused
from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.domain.kinds import KINDS, kind_of
from techguard.i18n import Language, language, translator
from techguard.register import Query, Register, Where

from .comparison import Comparison, Move, compare
from .errors import NobodySigns, NoSession, NotAboutExposure, NotHeld
from .preparation import Preparation, due, prepare, put
from .sessions import EXPECTED, last_closed, missing_departments, present, subject, subject_id
from .since import FieldChange, PathPoint, Since, since_last

__all__ = [
    "EXPECTED",
    "Comparison",
    "FieldChange",
    "Loose",
    "Move",
    "PathPoint",
    "Preparation",
    "Progress",
    "Since",
    "accept",
    "assign",
    "began_at",
    "begin",
    "close",
    "compare",
    "confirm",
    "consult",
    "current",
    "decide",
    "defer",
    "due",
    "last_closed",
    "loose",
    "missing_departments",
    "note",
    "outcomes",
    "plan",
    "prepare",
    "present",
    "progress",
    "put",
    "reopen",
    "rerate",
    "resume_at",
    "settle_rest",
    "since_last",
    "subject",
    "subject_id",
]


# --- plan ------------------------------------------------------------------------------------------------


def plan(
    register: Register,
    *,
    title: str,
    kind: w.ReviewKind = w.ReviewKind.QUARTERLY,
    period: str = "",
    planned_on: date | None = None,
    scope: str = "",
    chair: str | None = None,
    attendees: Sequence[str] = (),
    planned_minutes: int | None = None,
) -> i.Review:
    """Plan a session. `chair` and `attendees` are ids of people; the chair attends. Raises `Invalid`."""
    present = (chair, *attendees) if chair and chair not in attendees else tuple(attendees)
    return register.add(
        i.Review.model_construct(
            title=title,
            kind=kind,
            period=period,
            planned_on=planned_on,
            scope=scope,
            chair=chair,
            attendees=present,
            planned_minutes=planned_minutes,
        )
    )


def current(register: Register) -> i.Review:
    """The session that is being held, else in preparation, else planned; the earliest. Raises `NoSession`."""
    order = (w.ReviewStatus.HELD, w.ReviewStatus.IN_PREPARATION, w.ReviewStatus.PLANNED)
    found = register.find(i.Review, Query(where=(Where("status", "in", order),)))
    if not found:
        raise NoSession
    return min(found, key=lambda r: (order.index(r.status), r.held_on or r.planned_on or date.max, r.ref))


# --- hold ------------------------------------------------------------------------------------------------


def begin(register: Register, review: i.Review, *, on: date | None = None) -> i.Review:
    """The session is being held, from today or the stated day on. One that is held already stays as it is."""
    now = register.get(review.id, i.Review)
    if now.status is w.ReviewStatus.HELD and on in (None, now.held_on):
        return now
    if now.status is w.ReviewStatus.CANCELLED:
        raise NotHeld(ref=now.ref)
    with register.act(action="review", review=now.id):
        return register.change(now, status=w.ReviewStatus.HELD, held_on=on or now.held_on or register.today)


def outcomes(register: Register, review: i.Review, outcome: w.OutcomeKind | None = None) -> list[i.Outcome]:
    """The items of a session in the order of its agenda; those with one result, if given."""
    where = [Where("review", "=", review.id)]
    where += [Where("outcome", "=", outcome)] if outcome else []
    return register.find(i.Outcome, Query(where=tuple(where), sort=(("position", False),)))


def resume_at(register: Register, review: i.Review) -> i.Outcome | None:
    """The first item that is not settled: where the session goes on, whatever happened to the machine."""
    query = Query(where=_pending(review), sort=(("position", False),))
    row = next(iter(register.rows(i.Outcome, query, limit=1)), None)
    return row.item if row and isinstance(row.item, i.Outcome) else None


def _pending(review: i.Review) -> tuple[Where, ...]:
    return (Where("review", "=", review.id), Where("outcome", "=", w.OutcomeKind.PENDING))


def confirm(register: Register, outcome: i.Outcome, note: str = "") -> i.Outcome:
    """It stands as it is: an exposure or a technology that was due is due again by its level."""
    with _acting(register, outcome, note) as now:
        about = subject(register, now)
        if isinstance(about, i.Exposure):
            again = rules.next_review(about.level, register.today, register.scale)
            register.change(about, next_review=again)
        elif isinstance(about, i.Technology) and about.next_review and about.next_review <= register.today:
            register.change(about, next_review=_technology_again(register, about))
        return _settle(register, now, w.OutcomeKind.CONFIRMED, note)


def _technology_again(register: Register, technology: i.Technology) -> date:
    """A technology is looked at again when the worst of its open exposures is."""
    query = Query(
        where=(Where("technology", "=", technology.id), Where("status", "!=", w.ExposureStatus.CLOSED)),
        sort=(("level", True),),
    )
    worst = next((row.item for row in register.rows(i.Exposure, query, limit=1)), None)
    level = worst.level if isinstance(worst, i.Exposure) else 1
    return rules.next_review(level, register.today, register.scale)


def rerate(
    register: Register,
    outcome: i.Outcome,
    *,
    likelihood: int | None,
    impact: int | None = None,
    impacts: Mapping[w.ImpactDimension, int] | None = None,
    rationale: str,
    basis: w.Basis = w.Basis.CURRENT,
    confidence: int | None = None,
    urgency: int | None = None,
    by: str | None = None,
    note: str = "",
) -> i.Outcome:
    """Rate the exposure again, as of today. Raises `NotAboutExposure` and what `Register.rate` raises."""
    with _acting(register, outcome, note or rationale) as now:
        register.rate(
            _exposure(now),
            likelihood=likelihood,
            impact=impact,
            impacts=impacts,
            rationale=rationale,
            basis=basis,
            confidence=confidence,
            urgency=urgency,
            review=now.review,
            by=by,
        )
        return _settle(register, now, w.OutcomeKind.RERATED, note)


def accept(
    register: Register,
    outcome: i.Outcome,
    *,
    by: str,
    role: w.AcceptanceRole,
    reason: str,
    until: date,
    conditions: str = "",
    note: str = "",
) -> i.Outcome:
    """Accept the exposure until a date. Raises `NotAboutExposure` and what `Register.accept` raises."""
    with _acting(register, outcome, note or reason) as now:
        register.accept(
            _exposure(now),
            by=by,
            role=role,
            reason=reason,
            until=until,
            conditions=conditions,
            review=now.review,
        )
        return _settle(register, now, w.OutcomeKind.ACCEPTED, note)


def assign(
    register: Register,
    outcome: i.Outcome,
    *,
    catalog_ids: Sequence[str] = (),
    titles: Sequence[str] = (),
    owner: str | None = None,
    due: date | None = None,
    department: w.Department | None = None,
    note: str = "",
    lang: Language | None = None,
) -> i.Outcome:
    """Give countermeasures of the catalogue, or others by their titles, an owner and a date.

    A countermeasure of the exposure that is there already gets the owner and the date; an item about a
    countermeasure gives them to that one. An exposure that was undecided is then treated. Raises `Invalid`
    if nothing is assigned, or without an owner or a date.
    """
    _require(i.Countermeasure, owner=owner, due=due)
    spoken = lang or language()
    with _acting(register, outcome, note) as now:
        about = subject(register, now)
        given: dict[str, Any] = {"owner": owner, "due": due}
        given |= {"department": department} if department else {}
        if isinstance(about, i.Countermeasure):
            done = [register.change(about, **given, **_approved(about))]
        else:
            _require(i.Countermeasure, title=catalog_ids or titles)
            exposure = about if isinstance(about, i.Exposure) else None
            done = list(_assigned(register, exposure, catalog_ids, titles, given, spoken))
            if exposure and exposure.treatment in {w.Treatment.OPEN, w.Treatment.ACCEPT}:
                register.change(exposure, treatment=w.Treatment.MITIGATE, status=w.ExposureStatus.TREATING)
        who = register.get(str(owner), i.Person).name
        t = translator(spoken)
        told = t.gettext("{measures}: {owner}, by {due}").format(
            measures=t.list_text([c.title for c in done]), owner=who, due=t.date_text(done[0].due or date.max)
        )
        return _settle(register, now, w.OutcomeKind.ASSIGNED, "\n".join(p for p in (note, told) if p))


def _assigned(
    register: Register,
    exposure: i.Exposure | None,
    catalog_ids: Sequence[str],
    titles: Sequence[str],
    given: Mapping[str, Any],
    lang: Language,
) -> Iterator[i.Countermeasure]:
    """The countermeasures that now have their owner and date: those there were, and new ones."""
    from techguard import catalog

    there = {c.catalog_id: c for c in register.countermeasures(exposure.id)} if exposure else {}
    served = (exposure.id,) if exposure else ()
    common: dict[str, Any] = {"exposures": served, "status": w.CountermeasureStatus.APPROVED}
    for id_ in dict.fromkeys(catalog_ids):
        if id_ in there:
            yield register.change(there[id_], **given, **_approved(there[id_]))
            continue
        entry = catalog.countermeasures()[id_]
        proposed: dict[str, Any] = {
            "title": entry.title.in_(lang),
            "catalog_id": entry.id,
            "description": entry.plain.in_(lang),
            "purpose": entry.purpose,
            "addressee": entry.addressees[0],
            "department": entry.departments[0],
            "control_refs": entry.control_refs,
        }
        yield register.add(i.Countermeasure.model_construct(**{**proposed, **common, **given}))
    for title in titles:
        yield register.add(i.Countermeasure.model_construct(title=title, **common, **given))


def _approved(measure: i.Countermeasure) -> dict[str, w.CountermeasureStatus]:
    proposed = measure.status in {w.CountermeasureStatus.PROPOSED, w.CountermeasureStatus.CANCELLED}
    return {"status": w.CountermeasureStatus.APPROVED} if proposed else {}


def note(register: Register, outcome: i.Outcome, text: str) -> i.Outcome:
    """Only what was said is kept. Raises `Invalid` without a text."""
    _require(i.Outcome, note=text)
    with _acting(register, outcome, text) as now:
        return _settle(register, now, w.OutcomeKind.NOTED, text)


def defer(register: Register, outcome: i.Outcome, why: str) -> i.Outcome:
    """To the next session, with the reason. Raises `Invalid` without one."""
    _require(i.Outcome, note=why)
    with _acting(register, outcome, why) as now:
        return _settle(register, now, w.OutcomeKind.DEFERRED, why)


def consult(
    register: Register,
    outcome: i.Outcome,
    *,
    topic: str,
    authority: w.Authority = w.Authority.METI,
    owner: str | None = None,
    note: str = "",
) -> i.Outcome:
    """Somebody outside is asked: a consultation is opened, about the technology concerned."""
    with _acting(register, outcome, note or topic) as now:
        about = subject(register, now)
        technology = about.id if isinstance(about, i.Technology) else getattr(about, "technology", None)
        concerned = (technology,) if technology else tuple(getattr(about, "technologies", ()))
        register.add(
            i.Consultation.model_construct(
                topic=topic,
                authority=authority,
                owner=owner,
                technologies=concerned,
                status=w.ConsultationStatus.PENDING,
            )
        )
        return _settle(register, now, w.OutcomeKind.CONSULT, note or topic)


def decide(
    register: Register,
    review: i.Review,
    *,
    title: str = "",
    category: w.DecisionCategory = w.DecisionCategory.OTHER,
    status: w.DecisionStatus = w.DecisionStatus.DECIDED,
    owner: str | None = None,
    due: date | None = None,
    reason: str = "",
    outcome: i.Outcome | None = None,
    decision: i.Decision | None = None,
) -> i.Decision:
    """Record a decision of the session; owner and due date may follow until it is closed.

    `outcome`: the item it came from, whose exposure, technology or engagement it is then about; an item that
    asks for a decision is settled by it. `decision`: the one that was asked before and is now decided.
    """
    with register.act(reason or title, action="review", review=review.id):
        now = _held(register, review.id)
        item = register.get(outcome.id, i.Outcome) if outcome else None
        if decision is None and item and item.decision:
            decision = register.get(item.decision, i.Decision)
        decided = register.today if status is w.DecisionStatus.DECIDED else None
        stated: dict[str, Any] = {"status": status, "review": now.id, "decided_on": decided}
        if decision is not None:
            given = {"title": title, "owner": owner, "due": due, "reason": reason}
            made = register.change(decision, **stated, **{k: v for k, v in given.items() if v})
        else:
            made = register.add(
                i.Decision.model_construct(
                    title=title,
                    category=category,
                    owner=owner,
                    due=due,
                    reason=reason,
                    **stated,
                    **_concerned(register, item),
                )
            )
        if item and item.decision == made.id:
            _settle(register, item, w.OutcomeKind.NOTED, reason or made.title)
        return made


def _concerned(register: Register, outcome: i.Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return {}
    about = subject(register, outcome)
    found = {
        name: about.id if kind.model is type(about) else getattr(about, name, None)
        for name in ("technology", "exposure", "engagement")
        for kind in [KINDS[name]]
    }
    return {name: id_ for name, id_ in found.items() if id_}


def reopen(register: Register, outcome: i.Outcome) -> i.Outcome:
    """Put an item back on the agenda; what was rated, accepted or assigned by it stays."""
    with _acting(register, outcome, "") as now:
        return register.change(now, outcome=w.OutcomeKind.PENDING, level_after=None, settled_at=None, note="")


_WITHOUT_WORK = (w.OutcomeKind.CONFIRMED, w.OutcomeKind.NOTED, w.OutcomeKind.DEFERRED)


def settle_rest(
    register: Register,
    review: i.Review,
    how: w.OutcomeKind,
    text: str,
    among: Iterable[i.Outcome] | None = None,
) -> int:
    """Confirm, note or defer all that is not settled yet (or the items given) in one act; how many.

    Raises `Invalid` for another result, and without a text for one that needs it.
    """
    if how not in _WITHOUT_WORK:
        raise refused.Invalid([refused.Problem("outcome", refused.NOT_A_CHOICE)])
    if how is not w.OutcomeKind.CONFIRMED:
        _require(i.Outcome, note=text)
    with register.act(text, action="review", review=review.id):
        now = _held(register, review.id)
        items = list(among) if among is not None else outcomes(register, now, w.OutcomeKind.PENDING)
        for item in items:
            if how is w.OutcomeKind.CONFIRMED:
                confirm(register, item, text)
            else:
                _settle(register, item, how, text)
        return len(items)


# --- how far ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session is. Minutes are whole; None where nothing was planned or it has not begun."""

    total: int
    settled: int
    by_outcome: Mapping[w.OutcomeKind, int]
    minutes_planned: int | None = None
    minutes_elapsed: int | None = None

    @property
    def left(self) -> int:
        """Items that are not settled."""
        return self.total - self.settled

    @property
    def minutes_left(self) -> int | None:
        """Negative when the session runs over its time."""
        if self.minutes_planned is None or self.minutes_elapsed is None:
            return None
        return self.minutes_planned - self.minutes_elapsed

    @property
    def minutes_each(self) -> int | None:
        """Minutes that are left for each item that is not settled."""
        return max(0, self.minutes_left) // self.left if self.minutes_left is not None and self.left else None


def progress(register: Register, review: i.Review, started: datetime | None = None) -> Progress:
    """How far a session is; `started`: when the meeting began, otherwise when `begin` was called."""
    counted = {
        kind: n
        for kind in w.OutcomeKind
        if (
            n := register.count(
                i.Outcome, Query(where=(Where("review", "=", review.id), Where("outcome", "=", kind)))
            )
        )
    }
    total = sum(counted.values())
    began = started or began_at(register, review)
    until = review.closed_at or register.now
    return Progress(
        total=total,
        settled=total - counted.get(w.OutcomeKind.PENDING, 0),
        by_outcome=counted,
        minutes_planned=review.planned_minutes,
        minutes_elapsed=int((until - began) / timedelta(minutes=1)) if began else None,
    )


def began_at(register: Register, review: i.Review) -> datetime | None:
    """When `begin` was recorded; None if it never was."""
    for entry in register.history(review.ref, limit=100):
        for change in entry.changes:
            if change.fields.get("status", (None, None))[1] is w.ReviewStatus.HELD and change.op == "change":
                return entry.at
    return None


# --- close -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loose:
    """What hinders the closing of a session."""

    unsettled: int
    decisions: tuple[i.Decision, ...]
    """Decisions without an owner or a due date."""

    def __bool__(self) -> bool:
        return bool(self.unsettled or self.decisions)


def loose(register: Register, review: i.Review) -> Loose:
    """What `close` would be refused for."""
    decisions = register.find(i.Decision, review=review.id)
    return Loose(
        register.count(i.Outcome, Query(where=_pending(review))),
        tuple(d for d in decisions if d.status is not w.DecisionStatus.WITHDRAWN and not (d.owner and d.due)),
    )


def close(
    register: Register,
    review: i.Review,
    *,
    signed_by: str | None = None,
    conclusion: str = "",
    lang: Language | None = None,
) -> i.Review:
    """Close a session: its minutes are composed and kept, the register as it stands is its snapshot.

    `signed_by`: otherwise the chair. The minutes that are kept are in `lang`, otherwise in the language of
    the screen; they can be composed in the other one at any time. Raises `NotHeld`, `NobodySigns`, and what
    `Register.close_review` raises.
    """
    from .minutes import KEPT, compose, text

    with register.act(action="close", review=review.id):
        now = register.get(review.id, i.Review)
        if now.closed_at is not None:
            raise refused.SessionClosed(ref=now.ref)
        now = _held(register, review.id)
        signer = signed_by or now.chair
        if signer is None:
            raise NobodySigns(ref=now.ref)
        stated = now.model_copy(update={"conclusion": conclusion or now.conclusion, "signed_by": signer})
        composed = compose(register, stated, lang or language())
        return register.close_review(
            now,
            signed_by=signer,
            held_on=now.held_on or register.today,
            minutes=text(composed, most=KEPT),
            conclusion=stated.conclusion,
        )


# --- shared ----------------------------------------------------------------------------------------------


@contextmanager
def _acting(register: Register, outcome: i.Outcome, reason: str) -> Iterator[i.Outcome]:
    """One act on one item of a session that is being held; gives the item as it now stands."""
    with register.act(reason, action="review", review=outcome.review):
        _held(register, outcome.review)
        now = register.get(outcome.id, i.Outcome)
        if now.outcome is w.OutcomeKind.PENDING:
            now = now.model_copy(update={"level_before": _level(register, now)})
        yield now


def _held(register: Register, review: str) -> i.Review:
    now = register.get(review, i.Review)
    if now.closed_at is not None:
        raise refused.SessionClosed(ref=now.ref)
    if now.status is not w.ReviewStatus.HELD:
        raise NotHeld(ref=now.ref)
    return now


def _exposure(outcome: i.Outcome) -> str:
    if outcome.exposure is None:
        raise NotAboutExposure(ref=outcome.ref)
    return outcome.exposure


def _level(register: Register, outcome: i.Outcome) -> int | None:
    return register.get(outcome.exposure, i.Exposure).level if outcome.exposure else None


def _settle(register: Register, outcome: i.Outcome, how: w.OutcomeKind, text: str) -> i.Outcome:
    return register.change(
        outcome,
        outcome=how,
        level_before=outcome.level_before,
        level_after=_level(register, outcome),
        note=text or outcome.note,
        settled_at=register.now,
    )


def _require(model: type[i.Item], **given: object) -> None:
    """Raises `Invalid` for what is not given."""
    labels = kind_of(model).by_name
    missing = [
        refused.Problem(name, refused.REQUIRED, labels[name].label)
        for name, value in given.items()
        if not value or (isinstance(value, str) and not value.strip())
    ]
    if missing:
        raise refused.Invalid(missing)
