"""How things went over time, for the board: since when exposures are high, and how many countermeasures were
left to do. Bare rows and counts, because they may be many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, func, or_, select, type_coerce

from techguard.domain import words as w

from . import gaps
from .collecting import uncollected
from .database import Store
from .prepared import Prepared
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


@uncollected()
def high_since(store: Store, high_from: int) -> dict[str, date | None]:
    """Of every open exposure that is high now: the day since which its standing rating was so without a
    break, None where it is not known. What stands is the newest current rating, else the newest inherent one.
    """
    values = {"high_from": high_from}
    since: dict[str, str | None] = {id_: None for (id_,) in _high().rows(store.connection, values)}
    current: set[str] = set()
    was_high: set[str] = set()
    for exposure, on, is_current, level in _ratings_of_high().rows(store.connection, values):
        if is_current:
            current.add(exposure)
        elif exposure in current:
            continue
        if (level or 0) < high_from:
            was_high.discard(exposure)
            since[exposure] = None
        elif exposure not in was_high:
            was_high.add(exposure)
            since[exposure] = on
    return {exposure: date.fromisoformat(on) if on else None for exposure, on in since.items()}


def _are_high() -> Select[tuple[str]]:
    """The open exposures that are high now."""
    x = TABLES["exposure"]
    high_from = bindparam("high_from", type_=Integer)
    return select(x.c.id).where(gaps.open_exposure(), x.c.level >= high_from)


@cache
def _high() -> Prepared:
    return Prepared(_are_high())


@cache
def _ratings_of_high() -> Prepared:
    """Their ratings, the oldest first; days as they are stored: most are not asked for."""
    r = TABLES["rating"]
    return Prepared(
        select(
            r.c.exposure,
            type_coerce(r.c.rated_on, Text),
            type_coerce(r.c.basis == w.Basis.CURRENT, Integer),
            r.c.level,
        )
        .where(gaps.live_by_scan(r), r.c.basis != w.Basis.TARGET, r.c.exposure.in_(_are_high()))
        .order_by(r.c.rated_on, r.c.n)
    )


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
