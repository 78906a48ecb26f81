"""Reads the catalogue's data files: each alone, once, and only when something of it is asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ..domain.scales import Scale, Step, as_lines
from .models import (
    AnchoredScale,
    Checklist,
    CountermeasureEntry,
    CountermeasuresFile,
    FactRule,
    Kri,
    Line,
    Origin,
    PurposeEntry,
    Route,
    RoutesFile,
    Row,
    ScaleLevel,
    Scales,
    Sign,
    Source,
    SubRoute,
    Text,
    Vocabulary,
)

_DATA = Path(__file__).with_name("data")
_PROVENANCE = ("origin", "sources", "edition")

Entry = TypeVar("Entry", bound=Row | Source)


def inherit(value: Any, known: dict[str, Any]) -> Any:
    """Give every table with an id the origin, sources and edition it lacks from the table above it."""
    if isinstance(value, list):
        return [inherit(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    known = {key: value.get(key, known.get(key)) for key in _PROVENANCE}
    filled = {key: inherit(item, known) for key, item in value.items()}
    return known | filled if "id" in filled else filled


def by_id(rows: Iterable[Entry]) -> Mapping[str, Entry]:
    """Rows by id, in their order and read-only. Raises ValueError when an id comes twice."""
    found: dict[str, Entry] = {}
    for row in rows:
        if row.id in found:
            raise ValueError(f"{row.id} comes twice")
        found[str(row.id)] = row
    return MappingProxyType(found)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


def _rows(name: str) -> dict[str, Any]:
    """A file's tables with provenance filled in, without the file's own defaults."""
    data: dict[str, Any] = inherit(_read(name), {})
    return {key: value for key, value in data.items() if key not in _PROVENANCE}


@cache
def routes_file() -> RoutesFile:
    return RoutesFile.model_validate(_rows("routes"))


@cache
def countermeasures_file() -> CountermeasuresFile:
    return CountermeasuresFile.model_validate(_rows("countermeasures"))


@cache
def sources() -> Mapping[str, Source]:
    """What rows rest on, by id."""
    return by_id(Source.model_validate(row) for row in _read("sources")["sources"])


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """The words other documents use for the same routes, by id."""
    return by_id(routes_file().vocabularies)


@cache
def routes() -> Mapping[str, Route]:
    """Leakage routes R01-R16, by id."""
    return by_id(routes_file().routes)


@cache
def sub_routes() -> Mapping[str, SubRoute]:
    """The sub-routes of all routes (R01a ...), by id."""
    return by_id(sub for route in routes().values() for sub in route.sub_routes)


@cache
def signs() -> Mapping[str, Sign]:
    """The warning signs of all routes (R01-S1 ...), by id."""
    return by_id(sign for route in routes().values() for sign in route.signs)


@cache
def purposes() -> Mapping[str, PurposeEntry]:
    """What a countermeasure is for: P1-P5 and X1-X4, by id."""
    return by_id(countermeasures_file().purposes)


@cache
def countermeasures() -> Mapping[str, CountermeasureEntry]:
    """Countermeasures CM01-CM67, by id."""
    return by_id(countermeasures_file().countermeasures)


def scales() -> Scales:
    """Every scale with its anchored descriptions, a company's own steps in the place of the standard ones."""
    own = _in_force[0]
    return standard_scales() if own is None or own == standard() else _spoken(own)


def spoken(edition: str) -> Scales | None:
    """`scales` of one edition: the standard one (also ""), or the company's own in force; else None."""
    own = _in_force[0]
    if edition in {"", standard().edition}:
        return standard_scales()
    return scales() if own is not None and own.edition == edition else None


def standard() -> Scale:
    """The scale every register begins with."""
    return standard_scales().standard


def adopt(scale: Scale | None) -> None:
    """Let `scales` speak in the words of the scale in force, in this process; None: of the standard one.

    It is the words alone that are common to a process, as its language is: what a level follows from is asked
    of the register.
    """
    _in_force[0] = scale


def written(scale: Scale, lang: str) -> dict[str, object]:
    """A scale as a company writes its own: where it does not name a step, in the words of the catalogue."""

    def words(axis: str) -> tuple[str, ...]:
        levels = standard_scales().scale(axis).levels
        said = (Step(name=s.name.in_(lang), anchor=s.anchors[0].in_(lang)) for s in levels)
        return tuple(step.line() for step in said)

    lines = as_lines(scale)
    return lines | {
        f"{axis}_steps": lines[f"{axis}_steps"] or words(axis) for axis in ("likelihood", "impact")
    }


def level_names() -> tuple[str, ...]:
    """The company's own names of levels 1–5; none: the usual words."""
    own = _in_force[0]
    return own.level_names if own else ()


_in_force: list[Scale | None] = [None]


@lru_cache(maxsize=8)
def _spoken(own: Scale) -> Scales:
    rows, columns = own.size
    said = {
        "likelihood": _steps(own.likelihood_steps or (Step(name=str(n)) for n in range(1, rows + 1))),
        "impact": _steps(own.impact_steps or (Step(name=str(n)) for n in range(1, columns + 1))),
    }
    return standard_scales().model_copy(
        update={"scales": tuple(_in_words(s, own, said) for s in standard_scales().scales)}
    )


def _in_words(scale: AnchoredScale, own: Scale, said: Mapping[str, tuple[ScaleLevel, ...]]) -> AnchoredScale:
    """A scale of the catalogue with the company's steps. A dimension of impact keeps what it takes to choose
    a step only as long as there are as many of them: what a fourth of four means, the catalogue cannot know.
    """
    if scale.id in said:
        return scale.model_copy(update={"levels": said[scale.id], "facets": ()})
    if scale.id.startswith("impact."):
        levels = said["impact"]
        if len(levels) == len(scale.levels):
            pairs = zip(levels, scale.levels, strict=True)
            levels = tuple(new.model_copy(update={"anchors": old.anchors}) for new, old in pairs)
            return scale.model_copy(update={"levels": levels})
        return scale.model_copy(update={"levels": levels, "facets": ()})
    if scale.id == "level" and own.level_names:
        pairs_ = zip(own.level_names, scale.levels, strict=True)
        levels = tuple(old.model_copy(update={"name": Text(ja=n, en=n)}) for n, old in pairs_)
        return scale.model_copy(update={"levels": levels})
    return scale


def _steps(steps: Iterable[Step]) -> tuple[ScaleLevel, ...]:
    return tuple(
        ScaleLevel(
            value=n,
            name=Text(ja=step.name, en=step.name),
            anchors=(Text(ja=step.anchor or step.name, en=step.anchor or step.name),),
        )
        for n, step in enumerate(steps, 1)
    )


@cache
def standard_scales() -> Scales:
    """Every scale as the catalogue has it, whatever a company rates by."""
    data = _read("scales")
    rows = inherit(data, {})["scales"]
    return Scales.model_validate(
        {
            "edition": data["edition"],
            "standard": data["standard"],
            "thresholds": data["thresholds"],
            "scales": rows,
        }
    )


@cache
def checklists() -> Mapping[str, Checklist]:
    """Lists for self-check, by id; those that were not obtained have no items."""
    return by_id(Checklist.model_validate(row) for row in _rows("checklists")["checklists"])


PARTNER_CHECKLIST = "DDQ"
"""The list that is answered for each counterparty, and not for the company."""


@cache
def company_checklists() -> tuple[Checklist, ...]:
    """The lists a company answers for itself: official ones first, then derived ones, then ours.

    Those that were not obtained stand with the official ones: they are parts of them.
    """
    order = list(Origin)
    own = [c for c in checklists().values() if c.id != PARTNER_CHECKLIST]
    return tuple(sorted(own, key=lambda c: order.index(c.origin) if c.obtained else 0))


@cache
def kris() -> Mapping[str, Kri]:
    """Key risk indicators K01-K13, by id."""
    return by_id(Kri.model_validate(row) for row in _rows("kris")["kris"])


@cache
def fact_rules() -> Mapping[str, FactRule]:
    """The rules of the facts-only gate of observations, by id."""
    return by_id(FactRule.model_validate(row) for row in _rows("facts_only")["rules"])


def suggest(route_id: str) -> list[CountermeasureEntry]:
    """The measures listed for a route, in catalogue order. Raises KeyError for an unknown route."""
    wanted = frozenset(routes()[route_id].measures)
    return [entry for entry in countermeasures().values() if entry.id in wanted]


def routes_using(countermeasure_id: str) -> list[Route]:
    """The routes that list a countermeasure, in catalogue order; none for a general one.

    Raises KeyError for an unknown countermeasure.
    """
    entry = countermeasures()[countermeasure_id]
    return [route for route in routes().values() if entry.id in route.measures]


def cross_map(route_id: str) -> list[tuple[Vocabulary, Line]]:
    """What other documents call a route: vocabulary and term. Raises KeyError for an unknown route."""
    wanted = frozenset(routes()[route_id].cross)
    return [(words, term) for words in vocabularies().values() for term in words.terms if term.id in wanted]
