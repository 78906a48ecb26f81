"""The leak map and where exposure concentrates, against a plain reading of every entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from techguard import catalog
from techguard.domain import words as w
from techguard.domain.items import Counterparty, Element, Engagement, Exposure, Person, Technology
from techguard.register import Register
from techguard.store.leakmap import SIDES, Side
from tests.conftest import Place
from tests.made_up import world


@pytest.fixture(scope="module", params=range(4))
def register(
    request: pytest.FixtureRequest, copied: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Register]:
    chance = Random(request.param)
    place = copied(tmp_path_factory.mktemp("map") / "acme.techguard")
    with place.open() as opened:
        opened.bulk(world(chance, opened.today, size=20))
        for exposure in chance.sample(opened.find(Exposure), 3):
            opened.remove(opened.get(exposure.id, Exposure), with_parts=True)
        yield opened


def places(register: Register, exposure: Exposure, side: Side) -> set[str]:
    """The columns an exposure stands in, read from the entries themselves."""
    counterparties = {exposure.counterparty} if exposure.counterparty else set()
    if exposure.engagement:
        counterparties |= set(register.get(exposure.engagement, Engagement).counterparties)
    match side:
        case "route" | "engagement" | "owner":
            return {getattr(exposure, side) or ""}
        case "role":
            return {register.get(exposure.owner, Person).role.strip() if exposure.owner else ""}
        case "site":
            kept = register.find(Element, technology=exposure.technology)
            return {e.location.strip() for e in kept if e.location.strip()} or {""}
        case "department":
            owner = register.get(exposure.owner, Person) if exposure.owner else None
            return {str(exposure.department or (owner and owner.department) or "")}
        case "counterparty":
            return counterparties or {""}
        case "jurisdiction":
            return {register.get(c, Counterparty).jurisdiction for c in counterparties} or {""}


def open_exposures(register: Register) -> list[Exposure]:
    return [e for e in register.find(Exposure) if e.status is not w.ExposureStatus.CLOSED]


@pytest.mark.parametrize("side", SIDES)
def test_a_cell_holds_the_worst_level_and_a_blank_was_never_considered(
    register: Register, side: Side
) -> None:
    expected: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    shown = {t.id for t in register.find(Technology) if t.status is not w.TechnologyStatus.RETIRED}
    for exposure in open_exposures(register):
        for place in places(register, exposure, side):
            if exposure.technology in shown:
                expected[exposure.technology, place].append(exposure.level)

    found = register.leak_map(side)

    assert {key: (c.count, c.level) for key, c in found.cells.items()} == {
        key: (len(levels), max((n for n in levels if n is not None), default=None))
        for key, levels in expected.items()
    }
    assert {row.id for row in found.rows} == shown
    assert set(found.columns) == {place for _, place in expected}
    worst = [row.worst or 0 for row in found.rows]
    assert worst == sorted(worst, reverse=True)


@pytest.mark.parametrize("most", [1, 7, 1000])
@pytest.mark.parametrize("each", [1, 2], ids=["all routes", "some routes"])
def test_the_worst_rows_alone_are_those_of_the_whole_map(register: Register, most: int, each: int) -> None:
    whole = register.leak_map("route")
    routes = sorted({route for _, route in (*whole.cells, *whole.excluded)})[::each]
    few = register.worst_of_map(routes, most)

    assert few.rows == whole.rows[:most]
    assert few.technologies == len(whole.rows)
    shown = {row.id for row in few.rows}
    assert few.cells == {key: cell for key, cell in whole.cells.items() if key[0] in shown}
    assert few.excluded == {key: id_ for key, id_ in whole.excluded.items() if key[0] in shown}
    known = [key for key in (*whole.cells, *whole.excluded) if key[1] in routes]
    assert known
    assert few.considered == len(known)


def test_a_map_without_technologies_has_no_worst_rows(place: Place) -> None:
    with place.open() as opened:
        for technology in opened.find(Technology):
            opened.remove(technology, with_parts=True)
        assert not opened.worst_of_map(list(catalog.routes()), 5).rows
        assert opened.worst_of_map(list(catalog.routes()), 5).considered == 0


@pytest.mark.parametrize("side", SIDES)
def test_concentration_counts_each_exposure_once_in_each_place(register: Register, side: Side) -> None:
    exposures: dict[str, list[Exposure]] = defaultdict(list)
    for exposure in open_exposures(register):
        for place in places(register, exposure, side) - {""}:
            exposures[place].append(exposure)
    core = {t.id for t in register.find(Technology) if t.criticality in {w.Criticality.S, w.Criticality.A}}

    found = register.concentration(side, limit=1000)

    assert {c.column: (c.exposures, c.high, c.technologies, c.core) for c in found} == {
        place: (
            len(here),
            sum((e.level or 0) >= 4 for e in here),
            len({e.technology for e in here}),
            len({e.technology for e in here} & core),
        )
        for place, here in exposures.items()
    }
    order = [(-c.high, -c.exposures) for c in found]
    assert order == sorted(order)


@pytest.mark.parametrize("side", SIDES)
def test_the_exposures_of_a_cell_and_of_a_column_can_be_listed(register: Register, side: Side) -> None:
    cells: dict[tuple[str, str], set[str]] = defaultdict(set)
    columns: dict[str, set[str]] = defaultdict(set)
    for exposure in open_exposures(register):
        for place in places(register, exposure, side):
            cells[exposure.technology, place].add(exposure.id)
            columns[place].add(exposure.id)

    for (technology, place), expected in cells.items():
        found = register.exposures_at(side, place, technology)
        assert len(found) == len(set(found))
        assert set(found) == expected
    for place, expected in columns.items():
        assert set(register.exposures_at(side, place)) == expected
    assert register.exposures_at(side, "nobody and nowhere") == ()
