"""What the first screen and the board want to know at once: counts, the matrix, gaps, what is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from techguard.domain import words as w
from techguard.domain.gaps import BY_CODE, GAPS, Gap
from techguard.domain.kinds import KINDS
from techguard.domain.scales import Scale

from . import gaps
from .database import Store
from .tables import TABLES
from .tallies import OF_ONE_ROW, Tallies


@dataclass(frozen=True, slots=True)
class GapCount:
    """How often a gap occurs."""

    gap: Gap
    count: int


@dataclass(frozen=True, slots=True)
class Due:
    """Something with a date that is near or past. `what` is a message id."""

    kind: str
    id: str
    ref: str
    title: str
    what: str
    on: date


@dataclass(frozen=True, slots=True)
class Kri:
    """A key risk indicator: its number today. `state` is ok, amber or red by the catalogue's thresholds."""

    id: str
    value: int
    previous: int | None = None
    state: str = "ok"


def counts(tallies: Tallies) -> dict[str, int]:
    """How many live entries there are of each kind."""
    return {name: tallies.total(name) for name in KINDS}


def by_level(tallies: Tallies) -> dict[int | None, int]:
    """Open exposures by level; None is unrated."""
    return {level: n for (level,), n in tallies.by("exposure", "level", having=("open",)).items()}


def matrix(tallies: Tallies, edition: str) -> dict[tuple[int, int], int]:
    """Open exposures rated on an edition of the scale, by (likelihood, impact)."""
    found = tallies.by("exposure", "likelihood", "impact", "edition", having=("open", "level"))
    return {(likelihood, impact): n for (likelihood, impact, on), n in found.items() if on == edition}


def by_class(tallies: Tallies) -> dict[str | None, int]:
    """Technologies in force by criticality class; None is still to judge."""
    return {c: n for (c,), n in tallies.by("technology", "criticality", having=("registered",)).items()}


def _at_least(store: Store, limit: int) -> ColumnElement[bool]:
    """Rated open exposures of the level that the worst `limit` of them reach, or a higher one."""
    x = TABLES["exposure"]
    query = select(x.c.level).where(gaps.open_exposure(), x.c.level.is_not(None))
    last = store.connection.execute(query.order_by(x.c.level.desc()).offset(limit - 1).limit(1)).scalar()
    return and_(gaps.open_exposure(), x.c.level >= (last or 1))


def worst(store: Store, limit: int) -> list[str]:
    """The worst open exposures by level, stated urgency and impact, without what dates and events add."""
    x = TABLES["exposure"]
    query = (
        select(x.c.id)
        .where(_at_least(store, limit))
        .order_by(x.c.level.desc(), func.coalesce(x.c.urgency, 1).desc(), x.c.impact.desc(), x.c.n)
        .limit(limit)
    )
    return list(store.connection.execute(query).scalars())


def pressed(store: Store, today: date, scale: Scale, limit: int) -> list[str]:
    """Exposures that a date or an event lifts, of a level at which they may be among the worst `limit`."""
    x, m, o = TABLES["exposure"], TABLES["milestone"], TABLES["observation"]
    until = today + timedelta(days=max(days for days, _ in scale.urgency_within_days))
    dated = select(m.c.engagement).where(gaps.live(m), m.c.done.is_(False), m.c.on <= until)
    seen = select(o.c.exposure).where(gaps.live(o), o.c.status.in_(UNDER_WAY), o.c.exposure.is_not(None))
    query = select(x.c.id).where(_at_least(store, limit), or_(x.c.engagement.in_(dated), x.c.id.in_(seen)))
    return list(store.connection.execute(query).scalars())


UNDER_WAY = (
    w.ObservationStatus.OPEN,
    w.ObservationStatus.ESCALATED,
    w.ObservationStatus.SUSPECTED,
    w.ObservationStatus.CONFIRMED,
)
"""What an incident may be while it lasts; of these a sign presses only once it is escalated."""


def gap_count(store: Store, tallies: Tallies, code: str, day: gaps.Day) -> int:
    """How often one gap occurs."""
    kind = BY_CODE[code].kind
    if code in OF_ONE_ROW:
        return tallies.total(kind, code)
    query = select(func.count()).select_from(TABLES[kind]).where(gaps.condition(code, kind, day))
    return store.connection.execute(query).scalar_one()


def gap_counts(store: Store, tallies: Tallies, day: gaps.Day) -> tuple[GapCount, ...]:
    """Every gap that occurs, in the order they matter."""
    counted = (GapCount(g, gap_count(store, tallies, g.code, day)) for g in GAPS)
    return tuple(c for c in counted if c.count)


def last_review(store: Store) -> date | None:
    """When the last session was held."""
    r = TABLES["review"]
    query = select(func.max(r.c.held_on)).where(
        r.c.removed_at.is_(None), r.c.status.in_((w.ReviewStatus.HELD, w.ReviewStatus.CLOSED))
    )
    found: date | None = store.connection.execute(query).scalar_one()
    return found


_DUE: Mapping[str, tuple[str, str, int]] = {
    # message id: kind, field, days ahead
    "Milestone": ("milestone", "on", 60),
    "Countermeasure due": ("countermeasure", "due", 30),
    "Decision due": ("decision", "due", 30),
    "Acceptance ends": ("acceptance", "valid_until", 90),
    "Agreement ends": ("agreement", "expires_on", 90),
    "Due diligence ends": ("counterparty", "due_diligence_until", 90),
    "Exposure to review": ("exposure", "next_review", 14),
    "Technology to review": ("technology", "next_review", 14),
    "Review session": ("review", "planned_on", 60),
}

_ANSWERS = "Partner answers end"
_ANSWERS_AHEAD = 90

MESSAGES = (*_DUE, _ANSWERS)
"""What can fall due (message ids)."""


def _still_open(kind: str) -> ColumnElement[bool]:
    table = TABLES[kind]
    match kind:
        case "milestone":
            return table.c.done.is_(False)
        case "countermeasure":
            waiting = (
                w.CountermeasureStatus.PROPOSED,
                w.CountermeasureStatus.APPROVED,
                w.CountermeasureStatus.IN_PROGRESS,
            )
            return table.c.status.in_(waiting)
        case "decision":
            return table.c.status.in_((w.DecisionStatus.ASKED, w.DecisionStatus.DECIDED))
        case "exposure":
            return table.c.status != w.ExposureStatus.CLOSED
        case "technology":
            return table.c.status != w.TechnologyStatus.RETIRED
        case "review":
            return table.c.status.in_((w.ReviewStatus.PLANNED, w.ReviewStatus.IN_PREPARATION))
        case _:
            return table.c.removed_at.is_(None)


def due(store: Store, today: date, limit: int = 40) -> tuple[Due, ...]:
    """What is due soon or was due within the last year, earliest first; at most `limit` of each sort."""
    found = []
    for label, (name, column, ahead) in _DUE.items():
        table, kind = TABLES[name], KINDS[name]
        query = (
            select(table.c.id, table.c.ref, table.c[kind.title], table.c[column])
            .where(
                and_(
                    table.c.removed_at.is_(None),
                    table.c[column] <= today + timedelta(days=ahead),
                    table.c[column] >= today - timedelta(days=365),
                    _still_open(name),
                )
            )
            .order_by(table.c[column])
            .limit(limit)
        )
        found += [
            Due(name, id_, ref, str(title or ref), label, on)
            for id_, ref, title, on in store.connection.execute(query)
        ]
    first, last = today - timedelta(days=365), today + timedelta(days=_ANSWERS_AHEAD)
    found += answers_ending(store, first, last, limit)
    return tuple(sorted(found, key=lambda d: (d.on, d.ref)))


def answers_ending(store: Store, first: date, last: date, limit: int | None = None) -> list[Due]:
    """Counterparties of whom an answer that stands ends between two days and before their check as a whole
    does, with the earliest such day; the earliest first.
    """
    p, q = TABLES["counterparty"], gaps.standing_answers()
    earliest = func.min(q.c.valid_until)
    query = (
        select(p.c.id, p.c.ref, p.c.name, earliest)
        .join(q, q.c.counterparty == p.c.id)
        .where(
            gaps.live(p),
            q.c.valid_until.between(first, last),
            or_(p.c.due_diligence_until.is_(None), q.c.valid_until < p.c.due_diligence_until),
        )
        .group_by(p.c.id)
        .order_by(earliest)
        .limit(limit)
    )
    return [
        Due("counterparty", id_, ref, name, _ANSWERS, on)
        for id_, ref, name, on in store.connection.execute(query)
    ]
