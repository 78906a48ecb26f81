"""What the first screen and the board want to know at once: counts, the matrix, gaps, what is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, and_, func, or_, select, type_coerce

from techguard.domain import rules
from techguard.domain import words as w
from techguard.domain.gaps import BY_CODE, GAPS, Gap
from techguard.domain.items import Exposure
from techguard.domain.kinds import KINDS
from techguard.domain.scales import Scale
from techguard.i18n.dates import months_after

from . import gaps
from .database import Named, Store
from .memo import remembered
from .tables import REGULATORY, TABLES
from .tallies import BY_DATE, OF_ONE_ROW, OF_PARTS, Tallies, with_gap_on


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


SINCE_SESSION = "K13"
"""Days since the last session begin anew with every session: no number of an earlier one is worth keeping."""


def recorded(kris: Iterable[Kri]) -> tuple[str, ...]:
    """The indicators as a session keeps them: "K01 3"."""
    return tuple(f"{k.id} {k.value}" for k in kris if k.id != SINCE_SESSION)


def as_recorded(lines: Iterable[str]) -> dict[str, int]:
    """What `recorded` wrote, by id; a line that says something else is left out."""
    pairs = (line.split() for line in lines)
    return {p[0]: int(p[1]) for p in pairs if len(p) == 2 and p[1].isdecimal()}


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


class Standing(NamedTuple):
    """What of an exposure decides its place among the worst; an index has all of it."""

    id: str
    n: int
    level: int | None
    urgency: int | None
    impact: int | None
    engagement: str | None


def _standing() -> Select[Any]:
    return select(*(TABLES["exposure"].c[name] for name in Standing._fields))


def worst(store: Store, limit: int) -> list[Standing]:
    """The worst open exposures by level, stated urgency and impact, without what dates and events add."""
    x = TABLES["exposure"]
    rated = select(x.c.level).where(gaps.open_exposure(), x.c.level.is_not(None))
    # So many are of this level or a higher one: those below it need not be put in order.
    least = store.connection.execute(rated.order_by(x.c.level.desc()).offset(limit - 1).limit(1)).scalar()
    query = _standing().where(gaps.open_exposure(), x.c.level >= (least or 1)).limit(limit)
    # An index has them in this order, but for those without an urgency, which stand with those of urgency 1.
    stated = query.order_by(x.c.level.desc(), x.c.urgency.desc(), x.c.impact.desc(), x.c.n)
    found = [Standing(*row) for row in store.connection.execute(stated)]
    if found and (found[-1].urgency or 1) > 1:
        return found
    urgency = func.coalesce(x.c.urgency, 1)
    ordered = query.order_by(x.c.level.desc(), urgency.desc(), x.c.impact.desc(), x.c.n)
    return [Standing(*row) for row in store.connection.execute(ordered)]


def pressed(store: Store, last: Standing, today: date, scale: Scale) -> list[Standing]:
    """Exposures that a date or an event may lift above the last of the worst.

    Whatever is of a higher level than the last one is among the worst already: what is lifted is of the same
    level, and is lifted to its urgency at least.
    """
    x, m, o = TABLES["exposure"], TABLES["milestone"], TABLES["observation"]
    urgency = last.urgency or 1
    lifted: list[ColumnElement[bool]] = []
    if days := [days for days, demanded in scale.urgency_within_days if demanded >= urgency]:
        until = today + timedelta(days=max(days))
        dated = select(m.c.engagement).where(gaps.live(m), m.c.done.is_(False), m.c.on <= until)
        lifted.append(x.c.engagement.in_(dated))
    if urgency <= rules.UNDER_WAY_URGENCY:
        seen = select(o.c.exposure).where(gaps.live(o), o.c.status.in_(UNDER_WAY), o.c.exposure.is_not(None))
        lifted.append(x.c.id.in_(seen))
    if not lifted:
        return []
    query = _standing().where(gaps.open_exposure(), x.c.level == last.level, or_(*lifted))
    return [Standing(*row) for row in store.connection.execute(query)]


def floors(
    store: Store, exposures: Sequence[Standing | Exposure], today: date, scale: Scale
) -> dict[str, int]:
    """The urgency that dated events and events under way demand of exposures, by id (domain.md §6c.5)."""
    m, o = TABLES["milestone"], TABLES["observation"]
    waiting = select(m.c.engagement, m.c.on).where(gaps.live(m), m.c.done.is_(False)).distinct()
    presses = or_(
        o.c.kind == w.ObservationKind.INCIDENT,
        o.c.status == w.ObservationStatus.ESCALATED,
    )
    under_way = select(o.c.exposure).where(gaps.live(o), o.c.status.in_(UNDER_WAY), presses)
    engagements = list(dict.fromkeys(e.engagement for e in exposures if e.engagement))
    ids = [e.id for e in exposures]
    floor: dict[str | None, int] = {}
    for some in _parts(engagements):
        for engagement, on in store.connection.execute(waiting.where(m.c.engagement.in_(some))):
            demanded = rules.floor_for_date(on, today, scale)
            floor[engagement] = max(demanded, floor.get(engagement, 1))
    lifted: set[str] = set()
    for some in _parts(ids):
        lifted.update(store.connection.execute(under_way.where(o.c.exposure.in_(some))).scalars())
    return {
        e.id: rules.UNDER_WAY_URGENCY if e.id in lifted else floor.get(e.engagement, 1) for e in exposures
    }


def _parts(values: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


UNDER_WAY = (
    w.ObservationStatus.OPEN,
    w.ObservationStatus.ESCALATED,
    w.ObservationStatus.SUSPECTED,
    w.ObservationStatus.CONFIRMED,
)
"""What an incident may be while it lasts; of these a sign presses only once it is escalated."""


_ON_EARLIER_SCALE: Mapping[str, tuple[str, ...]] = {
    "exposure_on_earlier_scale": ("open", "level"),
    "technology_on_earlier_scale": ("registered", "stated"),
}
"""Gaps that are told from the edition of the scale that is kept with each count: what must be so besides."""


def gap_count(store: Store, tallies: Tallies, code: str, day: gaps.Day) -> int:
    """How often one gap occurs."""
    kind = BY_CODE[code].kind
    if code in OF_ONE_ROW or code in OF_PARTS:
        return tallies.with_gap(code)
    if code in _ON_EARLIER_SCALE:
        found = tallies.by(kind, "edition", having=_ON_EARLIER_SCALE[code])
        return sum(n for (edition,), n in found.items() if edition not in {None, day.scale.edition})

    def counted() -> int:
        if code in BY_DATE and store.keeps_tallies:
            return with_gap_on(store.connection, code, day)
        query = select(func.count()).select_from(TABLES[kind]).where(gaps.condition(code, kind, day))
        found: int = store.connection.execute(query).scalar_one()
        return found

    return remembered(store.connection, (code, day), counted)


def gap_counts(store: Store, tallies: Tallies, day: gaps.Day) -> tuple[GapCount, ...]:
    """Every gap that occurs, in the order they matter."""
    counted = (GapCount(g, gap_count(store, tallies, g.code, day)) for g in GAPS)
    return tuple(c for c in counted if c.count)


def listed(store: Store, code: str, day: gaps.Day) -> tuple[Named, ...]:
    """Every entry with a gap, asked of the entries themselves and not of what is kept, in their order."""
    kind = KINDS[BY_CODE[code].kind]
    t = TABLES[kind.name]
    query = select(t.c.id, t.c.ref, t.c[kind.title]).where(gaps.condition(code, kind.name, day))
    rows = store.connection.execute(query.order_by(t.c.n))
    return tuple([Named(id_, kind.name, ref, str(title or ref)) for id_, ref, title in rows])


def regulatory(store: Store) -> dict[str, tuple[int, int]]:
    """For each of the fields `tables.REGULATORY`: how many core technologies are not assessed in it, and how
    many need action.
    """
    t = TABLES["technology"]
    states = (w.RegulatoryStatus.NOT_ASSESSED, w.RegulatoryStatus.NEEDS_ACTION)
    # As text: what says the same is a word of several lists.
    each = [func.count().filter(type_coerce(t.c[f], Text) == s.value) for f in REGULATORY for s in states]
    found = store.connection.execute(select(*each).where(gaps.core())).one()
    return {f: (found[2 * n], found[2 * n + 1]) for n, f in enumerate(REGULATORY)}


def last_review(store: Store) -> date | None:
    """When the last session was held."""
    r = TABLES["review"]
    query = select(func.max(r.c.held_on)).where(
        r.c.removed_at.is_(None), r.c.status.in_((w.ReviewStatus.HELD, w.ReviewStatus.CLOSED))
    )
    found: date | None = store.connection.execute(query).scalar_one()
    return found


@dataclass(frozen=True, slots=True)
class NextSession:
    """When the next session is, or is due. `planned`: the one that is planned; `after`: id, number and title
    of the one it follows.
    """

    on: date
    planned: str | None
    after: tuple[str, str, str]


def next_session(store: Store) -> NextSession | None:
    """The earliest session that is planned; otherwise when one is due by the kind of the last regular one.
    None before the first.
    """
    r = TABLES["review"]
    query = select(r.c.id, r.c.ref, r.c.title, r.c.planned_on, r.c.held_on, r.c.kind).where(gaps.live(r))
    planned = query.where(r.c.planned_on.is_not(None), _still_open("review")).order_by(r.c.planned_on)
    if row := store.connection.execute(planned.limit(1)).one_or_none():
        return NextSession(row.planned_on, row.id, (row.id, row.ref, row.title))
    regular = query.where(
        r.c.held_on.is_not(None),
        r.c.status.in_((w.ReviewStatus.HELD, w.ReviewStatus.CLOSED)),
        r.c.kind != w.ReviewKind.AD_HOC,
    )
    row = store.connection.execute(regular.order_by(r.c.held_on.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    on = months_after(row.held_on, MONTHS_BETWEEN[w.ReviewKind(row.kind)])
    return NextSession(on, None, (row.id, row.ref, row.title))


MONTHS_BETWEEN: Mapping[w.ReviewKind, int] = {
    w.ReviewKind.QUARTERLY: 3,
    w.ReviewKind.SEMIANNUAL: 6,
    w.ReviewKind.ANNUAL: 12,
}

_SESSION, _NEXT_SESSION = "Review session", "Next review session"

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
    _SESSION: ("review", "planned_on", 60),
}

_ANSWERS = "Partner answers end"
_ANSWERS_AHEAD = 90

MESSAGES = (*_DUE, _NEXT_SESSION, _ANSWERS)
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
    coming = next_session(store)
    if coming and coming.planned is None and coming.on <= today + timedelta(days=_DUE[_SESSION][2]):
        found.append(Due("review", *coming.after, _NEXT_SESSION, coming.on))
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
