"""How the ratings that stand for exposures changed since a day; bare rows, because they may be many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import and_, or_, select

from techguard.domain import words as w

from .database import Store
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


def since(store: Store, day: date) -> list[Shift]:
    """Every exposure rated after `day`, and those closed since: known by then and changed after it.

    What stands is the newest current rating, else the newest inherent one (`domain.rules.standing`).
    """
    r, x = TABLES["rating"], TABLES["exposure"]
    counts = and_(r.c.removed_at.is_(None), r.c.basis != w.Basis.TARGET)
    again = select(r.c.exposure).where(counts, r.c.rated_on > day)
    ratings = store.connection.execute(
        select(r.c.exposure, r.c.rated_on > day, r.c.basis, r.c.id, r.c.level, r.c.likelihood, r.c.impact)
        .where(counts, r.c.exposure.in_(again))
        .order_by(r.c.rated_on, r.c.n)
    )
    cut = datetime.combine(day, time.max, UTC)
    closed = set(
        store.connection.scalars(
            select(x.c.id).where(
                x.c.removed_at.is_(None),
                x.c.status == w.ExposureStatus.CLOSED,
                or_(x.c.id.in_(again), and_(x.c.created_at <= cut, x.c.updated_at > cut)),
            )
        )
    )
    before: dict[str, tuple[bool, Any]] = {}
    now: dict[str, tuple[bool, Any]] = {}
    for row in ratings:
        exposure, later, basis = row[0], row[1], row[2]
        current = basis is w.Basis.CURRENT
        for held in (now,) if later else (before, now):
            if current or exposure not in held or not held[exposure][0]:
                held[exposure] = (current, row)
    found = [
        Shift(id_, _standing(before.get(id_)), _standing(stands), id_ in closed)
        for id_, stands in now.items()
    ]
    return found + [Shift(id_, None, None, True) for id_ in sorted(closed - set(now))]


def _standing(held: tuple[bool, Any] | None) -> Standing | None:
    return Standing(*held[1][3:]) if held else None
