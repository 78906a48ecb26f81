"""The leak map: technologies by routes, counterparties, engagements, departments, owners, roles, sites or
jurisdictions.

A cell holds the worst level of the open exposures there. A blank cell is not a safe one: nobody has
considered it. Concentration is the same picture from the side of the columns: where most comes together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, Text, and_, case, exists, func, select, type_coerce, union

from techguard.domain import words as w

from . import gaps
from .collecting import uncollected
from .database import Store
from .prepared import Prepared, among, array
from .queries import place_of
from .tables import LINKS, TABLES

Side = Literal["route", "counterparty", "engagement", "department", "owner", "role", "site", "jurisdiction"]
SIDES: tuple[Side, ...] = get_args(Side)


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known where a technology meets a column: how many open exposures, and their worst level."""

    count: int
    level: int | None
    """None: considered, but not rated yet."""


@dataclass(frozen=True, slots=True)
class MapRow:
    """A technology of the map."""

    id: str
    ref: str
    title: str
    criticality: w.Criticality | None
    worst: int | None


@dataclass(frozen=True, slots=True)
class LeakMap:
    """The picture: rows worst first, columns in their own order, and the cells that were considered."""

    side: Side
    rows: tuple[MapRow, ...]
    columns: tuple[str, ...]
    """Route ids, entry ids, department values, or roles, sites and jurisdictions as they were written; ""
    stands for exposures that name none.
    """
    cells: Mapping[tuple[str, str], Cell]
    """By technology id and column."""
    excluded: Mapping[tuple[str, str], str]
    """Routes that were considered and do not apply: the id of the newest entry that says why. An open
    exposure at the same place speaks louder: it is left out here. Empty for every other side."""


@dataclass(frozen=True, slots=True)
class WorstOfMap:
    """The first rows of the map by route, and what is said of all its rows."""

    rows: tuple[MapRow, ...]
    cells: Mapping[tuple[str, str], Cell]
    excluded: Mapping[tuple[str, str], str]
    """Of these rows, as in `LeakMap`."""
    technologies: int
    """How many rows the whole map has."""
    considered: int
    """How many cells of the whole map are not blank, under the routes that were asked about."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much comes together in one column."""

    column: str
    exposures: int
    high: int
    """Open exposures of high level."""
    technologies: int
    core: int
    """Technologies of class S and A among them."""
    worst: int | None


def _by_route() -> Select[*tuple[Any, ...]]:
    """The cells by route; an index has them in this order."""
    x = TABLES["exposure"]
    cells = select(x.c.technology, x.c.route, func.count(), func.max(x.c.level))
    return cells.where(gaps.open_exposure_by_scan()).group_by(x.c.technology, x.c.route)


@cache
def _grouped(side: Side) -> Prepared:
    """The cells: technology, place, how many open exposures, and their worst level."""
    if side == "route":
        return Prepared(_by_route())
    places = _places(side).subquery()
    return Prepared(
        select(
            places.c.technology, type_coerce(places.c.place, Text), func.count(), func.max(places.c.level)
        ).group_by(places.c.technology, places.c.place)
    )


@cache
def _in_force() -> Prepared:
    t = TABLES["technology"]
    return Prepared(
        select(t.c.id, t.c.ref, t.c.code_name, t.c.criticality).where(
            t.c.removed_at.is_(None), t.c.status != w.TechnologyStatus.RETIRED
        )
    )


@uncollected()
def leak_map(store: Store, side: Side = "route") -> LeakMap:
    """The map of every technology in force against one side."""
    cells = {
        (technology, place): Cell(count, level)
        for technology, place, count, level in _grouped(side).rows(store.connection, {})
    }
    worst: dict[str, int] = {}
    for (technology, _), cell in cells.items():
        if cell.level is not None and cell.level > worst.get(technology, 0):
            worst[technology] = cell.level
    rows = [
        MapRow(id_, ref, title, criticality, worst.get(id_))
        for id_, ref, title, criticality in _in_force().rows(store.connection, {})
    ]
    place: dict[w.Criticality | None, int] = {c: n for n, c in enumerate(w.Criticality)}
    place[None] = len(place)
    rows.sort(key=lambda r: (-(r.worst or 0), place[r.criticality], r.ref))
    shown = {r.id for r in rows}
    ruled = _excluded(store) if side == "route" else {}
    excluded = {k: id_ for k, id_ in ruled.items() if k[0] in shown and k not in cells}
    columns = sorted(
        {column for technology, column in cells if technology in shown}, key=lambda c: (not c, c)
    )
    # Most often there is nothing to leave out.
    hidden = {technology for technology, _ in cells} - shown
    in_sight = {k: c for k, c in cells.items() if k[0] in shown} if hidden else cells
    return LeakMap(side, tuple(rows), tuple(columns), in_sight, excluded)


def worst_of_map(store: Store, routes: Collection[str], most: int) -> WorstOfMap:
    """At most `most` rows of the map by route, worst first, and how much of the map under these routes was
    considered. The database counts and sorts: a large register is not brought into memory for a few rows.
    """
    t, x, ruled = TABLES["technology"], TABLES["exposure"], TABLES["exclusion"]
    there = gaps.open_exposure_by_scan()
    asked = x.c.route.in_(routes)
    each = (
        select(
            x.c.technology,
            func.max(x.c.level).label("worst"),
            func.count(x.c.route.distinct()).filter(asked).label("considered"),
        )
        .where(there)
        .group_by(x.c.technology)
        .subquery()
    )
    by_class = place_of(t.c.criticality, w.Criticality, len(w.Criticality))
    found = store.connection.execute(
        select(
            t.c.id,
            t.c.ref,
            t.c.code_name,
            t.c.criticality,
            each.c.worst,
            func.count().over(),
            func.sum(each.c.considered).over(),
        )
        .select_from(t.outerjoin(each, each.c.technology == t.c.id))
        .where(gaps.registered())
        .order_by(func.coalesce(each.c.worst, 0).desc(), by_class, t.c.ref)
        .limit(most)
    ).all()
    rows = tuple(MapRow(*row[:5]) for row in found)
    shown = {row.id for row in rows}
    cells = {
        (technology, route): Cell(count, level)
        for technology, route, count, level in store.connection.execute(
            _by_route().where(x.c.technology.in_(shown))
        )
    }
    excluded = {k: id_ for k, id_ in _excluded(store, shown).items() if k not in cells}
    exposed = and_(there, x.c.technology == ruled.c.technology, x.c.route == ruled.c.route)
    only_ruled_out = (
        select(ruled.c.technology, ruled.c.route)
        .join(t, and_(t.c.id == ruled.c.technology, gaps.registered()))
        .where(ruled.c.removed_at.is_(None), ruled.c.route.in_(routes), ~exists().where(exposed))
        .distinct()
        .subquery()
    )
    others = store.connection.scalar(select(func.count()).select_from(only_ruled_out)) or 0
    technologies, considered = (found[0][5], found[0][6] or 0) if found else (0, 0)
    return WorstOfMap(rows, cells, excluded, technologies, considered + others)


def _excluded(store: Store, technologies: Collection[str] | None = None) -> dict[tuple[str, str], str]:
    """Where a route was ruled out, of these technologies or of all: the newest entry for each of both."""
    x = TABLES["exclusion"]
    query = select(x.c.technology, x.c.route, x.c.id).where(x.c.removed_at.is_(None)).order_by(x.c.n)
    if technologies is not None:
        query = query.where(x.c.technology.in_(technologies))
    return {(technology, route): id_ for technology, route, id_ in store.connection.execute(query)}


@cache
def _on_engagements() -> Prepared:
    x = TABLES["exposure"]
    return Prepared(
        select(x.c.engagement, func.count(), func.max(x.c.level))
        .where(among(x.c.engagement), gaps.open_exposure())
        .group_by(x.c.engagement)
    )


def on_engagements(store: Store, engagements: Collection[str]) -> dict[str, Cell]:
    """The open exposures of these engagements, by engagement; one that has none is left out."""
    rows = _on_engagements().rows(store.connection, {"wanted": array(engagements)})
    return {engagement: Cell(count, level) for engagement, count, level in rows}


def concentration(store: Store, side: Side, high_from: int, limit: int = 50) -> tuple[Concentration, ...]:
    """The columns of one side, those with most high exposures first. "" is left out: it names nobody."""
    t, places = TABLES["technology"], _places(side).subquery()
    core = and_(t.c.id == places.c.technology, t.c.criticality.in_((w.Criticality.S, w.Criticality.A)))
    query = (
        select(
            places.c.place,
            func.count(),
            func.sum(case((places.c.level >= high_from, 1), else_=0)),
            func.count(places.c.technology.distinct()),
            func.count(t.c.id.distinct()),
            func.max(places.c.level),
        )
        .select_from(places.outerjoin(t, core))
        .where(places.c.place != "")
        .group_by(places.c.place)
        .order_by(
            func.sum(case((places.c.level >= high_from, 1), else_=0)).desc(),
            func.count().desc(),
            places.c.place,
        )
        .limit(limit)
    )
    return tuple(
        Concentration(str(place), exposures, high or 0, technologies, core_count, worst)
        for place, exposures, high, technologies, core_count, worst in store.connection.execute(query)
    )


def exposures_at(store: Store, side: Side, column: str, technology: str | None = None) -> tuple[str, ...]:
    """The ids of the open exposures in a column of the map; of one technology, if given."""
    places = _places(side).subquery()
    query = select(places.c.exposure).where(places.c.place == column).order_by(places.c.exposure)
    if technology is not None:
        query = query.where(places.c.technology == technology)
    return tuple(store.connection.execute(query).scalars())


def _places(side: Side) -> Select[tuple[str, str, str, int | None]]:
    """Open exposures as (exposure, technology, place, level), once for each counterparty and each site. A
    role is that of the owner; a site is where a know-how element of the technology is kept.
    """
    x = TABLES["exposure"]

    def rows(place: ColumnElement[str]) -> Select[tuple[str, str, str, int | None]]:
        return select(
            x.c.id.label("exposure"),
            x.c.technology.label("technology"),
            func.coalesce(type_coerce(place, Text), "").label("place"),
            x.c.level.label("level"),
        ).where(gaps.open_exposure())

    match side:
        case "route":
            return rows(x.c.route)
        case "engagement":
            return rows(x.c.engagement)
        case "owner":
            return rows(x.c.owner)
        case "role":
            p = TABLES["person"]
            return rows(func.trim(p.c.role)).outerjoin(p, p.c.id == x.c.owner)
        case "site":
            e = TABLES["element"]
            kept = and_(e.c.technology == x.c.technology, gaps.live(e), func.trim(e.c.location) != "")
            return rows(func.trim(e.c.location)).outerjoin(e, kept).distinct()
        case "department":
            p = TABLES["person"]
            return rows(func.coalesce(x.c.department, p.c.department)).outerjoin(p, p.c.id == x.c.owner)
        case "counterparty" | "jurisdiction":
            return _by_counterparty(side)


def _by_counterparty(side: Side) -> Select[tuple[str, str, str, int | None]]:
    """The counterparty an exposure names, and those of its engagement: each counts once."""
    x, p = TABLES["exposure"], TABLES["counterparty"]
    link = LINKS["engagement", "counterparties"]
    named = select(x.c.id.label("exposure"), x.c.counterparty.label("counterparty")).where(
        x.c.counterparty.is_not(None)
    )
    through = select(x.c.id, link.c.target).join(link, link.c.owner == x.c.engagement)
    pairs = union(named, through).subquery()
    place = pairs.c.counterparty if side == "counterparty" else p.c.jurisdiction
    query = (
        select(
            x.c.id.label("exposure"),
            x.c.technology.label("technology"),
            func.coalesce(place, "").label("place"),
            x.c.level.label("level"),
        )
        .select_from(
            x.outerjoin(pairs, pairs.c.exposure == x.c.id).outerjoin(p, p.c.id == pairs.c.counterparty)
        )
        .where(gaps.open_exposure())
        .distinct()
        .subquery()
    )
    return select(query.c.exposure, query.c.technology, query.c.place, query.c.level)
