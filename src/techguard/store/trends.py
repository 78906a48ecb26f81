"""How things went over time, for the board: since when exposures are high, and how many countermeasures were
left to do. Bare rows and counts, because they may be many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, and_, func, or_, select

from techguard.domain import words as w

from .database import Store
from .tables import TABLES

_OVER = (w.CountermeasureStatus.INEFFECTIVE, w.CountermeasureStatus.CANCELLED)
_DONE = (w.CountermeasureStatus.IMPLEMENTED, w.CountermeasureStatus.VERIFIED)


@dataclass(frozen=True, slots=True)
class Left:
    """Countermeasures that were, or by their dates will be, left to do at the end of a day."""

    on: date
    open: int
    late: int
    """Those of them whose date had passed by then."""


def high_since(store: Store, high_from: int) -> dict[str, date | None]:
    """Of every open exposure that is high now: the day since which its standing rating was so without a
    break, None where it is not known. What stands is the newest current rating, else the newest inherent one.
    """
    r, x = TABLES["rating"], TABLES["exposure"]
    high = select(x.c.id).where(
        x.c.removed_at.is_(None), x.c.status != w.ExposureStatus.CLOSED, x.c.level >= high_from
    )
    since: dict[str, date | None] = dict.fromkeys(store.connection.scalars(high))
    ratings = store.connection.execute(
        select(r.c.exposure, r.c.rated_on, r.c.basis, r.c.level)
        .where(r.c.removed_at.is_(None), r.c.basis != w.Basis.TARGET, r.c.exposure.in_(high))
        .order_by(r.c.rated_on, r.c.n)
    )
    current: set[str] = set()
    was_high: set[str] = set()
    for exposure, on, basis, level in ratings:
        if basis is w.Basis.CURRENT:
            current.add(exposure)
        elif exposure in current:
            continue
        if (level or 0) < high_from:
            was_high.discard(exposure)
            since[exposure] = None
        elif exposure not in was_high:
            was_high.add(exposure)
            since[exposure] = on
    return since


def left_to_do(store: Store, days: Iterable[date], today: date) -> list[Left]:
    """How many countermeasures were left to do at the end of each day, as the register knew it by then; of a
    day to come, how many will be if each is done by its date. One that is late, or has no date, stays.
    """
    days = list(days)
    each = [count for day in days for count in _left(day, today)]
    # All of them in one reading of the table's index.
    found = store.connection.execute(select(*(func.count().filter(c) for c in each)).where(_known())).one()
    return [Left(day, *found[2 * n : 2 * n + 2]) for n, day in enumerate(days)]


def _known() -> ColumnElement[bool]:
    c = TABLES["countermeasure"]
    return and_(c.c.removed_at.is_(None), c.c.status.not_in(_OVER))


def _left(day: date, today: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Left to do on a day, and late on it."""
    c = TABLES["countermeasure"]
    if day <= today:
        end = datetime.combine(day, time.max, UTC)
        # One in force without the day on which it was done counts as done all along: nothing says more.
        undone = or_(c.c.done_on > day, and_(c.c.done_on.is_(None), c.c.status.not_in(_DONE)))
        waiting = and_(c.c.created_at <= end, undone)
        return waiting, and_(waiting, c.c.due < day)
    waiting = and_(
        c.c.done_on.is_(None),
        c.c.status.not_in(_DONE),
        or_(c.c.due.is_(None), c.c.due > day, c.c.due < today),
    )
    return waiting, and_(waiting, c.c.due < today)
