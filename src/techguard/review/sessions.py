"""What every part of the room needs to know of a session: who, about what, which came before which."""

from __future__ import annotations

from datetime import date

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.kinds import KINDS
from techguard.register import Entry, Query, Register, Where
from techguard.store.history import Unknown


def last_closed(register: Register, before: i.Review | None = None) -> i.Review | None:
    """The session that was closed last; with `before`, the last one closed before that session."""
    closed = register.find(i.Review, Query(where=(Where("status", "=", w.ReviewStatus.CLOSED),)))
    if before is not None:
        closed = [r for r in closed if r.id != before.id]
        if before.status is w.ReviewStatus.CLOSED:
            closed = [r for r in closed if when(r) < when(before)]
    return max(closed, key=when, default=None)


def when(review: i.Review) -> tuple[date, float, str]:
    """The order of sessions: by the day they were held, then by the moment of closing, in whichever copy
    that was; those that were taken over first, open ones last.
    """
    day = review.held_on or review.planned_on or date.min
    if review.status is not w.ReviewStatus.CLOSED:
        return day, float("inf"), review.ref
    return day, review.closed_at.timestamp() if review.closed_at else 0, review.ref


def unknown_to(register: Register, review: i.Review | None) -> Unknown:
    """What a closed session did not know, though it may have been recorded before its closing: it came with a
    merge after it; or the session was closed in another copy, and it was done here. Nothing of one that was
    taken over: it knew what the days say.
    """
    if review is None or review.snapshot_seq is None:
        return Unknown()
    return register.unknown_to(review.snapshot)


def acted_after(entry: Entry, review: i.Review, unknown: Unknown) -> bool:
    """Whether a session did not know an act of this history; of one that was taken over: whether the act came
    after the moment at which it was written down.
    """
    if unknown.until is not None:
        return entry.seq > unknown.until
    began = review.closed_at or review.created_at
    return began is not None and entry.at > began


SUBJECTS = (
    "exposure",
    "technology",
    "engagement",
    "counterparty",
    "countermeasure",
    "agreement",
    "observation",
    "decision",
)
"""What an item can be about: kinds, and the fields of `Outcome` that name one. Besides: `checklist`."""


def subject_id(outcome: i.Outcome) -> str | None:
    """The id of the entry that an item is about."""
    return next((id_ for name in SUBJECTS if (id_ := getattr(outcome, name))), None)


def subject(register: Register, outcome: i.Outcome) -> i.Item | None:
    """The entry of the register that an item is about; None for a checklist, or for nothing but a title."""
    for name in SUBJECTS:
        if id_ := getattr(outcome, name):
            found: i.Item = register.get(id_, KINDS[name].model)
            return found
    return None


EXPECTED = (
    w.Department.EXECUTIVE,
    w.Department.PLANNING,
    w.Department.HR,
    w.Department.LEGAL,
    w.Department.RND,
)
"""Departments that should all be there (guideline, sections 4(2) and 4(3)); without them: a warning."""


def present(register: Register, review: i.Review) -> list[i.Person]:
    """Who takes part, the chair first."""
    ids = dict.fromkeys(id_ for id_ in (review.chair, *review.attendees) if id_)
    return [register.get(id_, i.Person) for id_ in ids]


def missing_departments(register: Register, review: i.Review) -> tuple[w.Department, ...]:
    """The expected departments from which nobody takes part."""
    here = {person.department for person in present(register, review)}
    return tuple(d for d in EXPECTED if d not in here)
