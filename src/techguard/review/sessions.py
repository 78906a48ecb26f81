"""Which session came before which."""

from __future__ import annotations

from datetime import date

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Query, Register, Where


def last_closed(register: Register, before: i.Review | None = None) -> i.Review | None:
    """The session that was closed last; with `before`, the last one closed before that session."""
    closed = register.find(i.Review, Query(where=(Where("status", "=", w.ReviewStatus.CLOSED),)))
    if before is not None:
        closed = [r for r in closed if r.id != before.id]
        if before.status is w.ReviewStatus.CLOSED:
            closed = [r for r in closed if when(r) < when(before)]
    return max(closed, key=when, default=None)


def when(review: i.Review) -> tuple[date, int, str]:
    """The order of sessions: by the day they were held, then by their place in history."""
    day = review.held_on or review.planned_on or date.min
    return day, review.snapshot_seq or 0, review.ref
