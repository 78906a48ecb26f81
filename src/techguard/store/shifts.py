"""How the ratings that stand for exposures changed since a day; bare rows, because they may be many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, and_, bindparam, select, type_coerce

from techguard.domain import words as w

from . import gaps
from .collecting import uncollected
from .columns import MomentColumn
from .database import Store
from .prepared import Prepared
from .tables import TABLES


@dataclass(frozen=True, slots=True)
class Standing:
    """The rating that stands for an exposure: its id and what it says."""

    rating: str
    level: int | None
    likelihood: int | None
    impact: int | None


@dataclass(frozen=True, slots=True)
class Shift:
    """An exposure that was rated again or closed since a day: what stood then and what stands now."""

    exposure: str
    before: Standing | None
    now: Standing | None
    closed: bool


@cache
def _ratings() -> Prepared:
    """All ratings of the exposures that were rated after the day, the oldest first."""
    r = TABLES["rating"]
    counts = and_(gaps.live_by_scan(r), r.c.basis != w.Basis.TARGET)
    later = r.c.rated_on > bindparam("day", type_=Date)
    current = r.c.basis == w.Basis.CURRENT
    return Prepared(
        select(
            r.c.exposure,
            type_coerce(later, Integer),
            type_coerce(current, Integer),
            r.c.id,
            r.c.level,
            r.c.likelihood,
            r.c.impact,
        )
        .where(counts, r.c.exposure.in_(select(r.c.exposure).where(counts, later)))
        .order_by(r.c.rated_on, r.c.n)
    )


@cache
def _closed() -> Prepared:
    """What is closed, and whether it was known by then and changed after it."""
    x = TABLES["exposure"]
    cut = bindparam("cut", type_=MomentColumn)
    return Prepared(
        select(x.c.id, type_coerce(and_(x.c.created_at <= cut, x.c.updated_at > cut), Integer)).where(
            gaps.live(x), x.c.status == w.ExposureStatus.CLOSED
        )
    )


@uncollected()
def since(store: Store, day: date) -> list[Shift]:
    """Every exposure rated after `day`, and those closed since: known by then and changed after it.

    What stands is the newest current rating, else the newest inherent one (`domain.rules.standing`).
    """
    ratings = _ratings().rows(store.connection, {"day": day})
    before: dict[str, tuple[int, Any]] = {}
    now: dict[str, tuple[int, Any]] = {}
    for row in ratings:
        exposure, later, current = row[:3]
        for held in (now,) if later else (before, now):
            if current or exposure not in held or not held[exposure][0]:
                held[exposure] = (current, row)
    cut = datetime.combine(day, time.max, UTC)
    closed = {id_ for id_, since in _closed().rows(store.connection, {"cut": cut}) if since or id_ in now}
    found = [
        Shift(id_, _standing(before.get(id_)), _standing(stands), id_ in closed)
        for id_, stands in now.items()
    ]
    return found + [Shift(id_, None, None, True) for id_ in sorted(closed - set(now))]


def _standing(held: tuple[int, Any] | None) -> Standing | None:
    return Standing(*held[1][3:]) if held else None
