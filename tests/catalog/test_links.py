"""The ties between files, and between the catalogue and the domain."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from techguard import catalog
from techguard.catalog import loader
from techguard.domain import items
from techguard.domain.fields import About
from techguard.domain.words import Direction

ROUTE_IDS = [f"R{n:02}" for n in range(1, 17)]
CM_IDS = [f"CM{n:02}" for n in range(1, 68)]


def test_every_measure_of_a_route_exists_and_is_listed_once_in_order() -> None:
    for route in catalog.routes().values():
        assert list(route.measures) == sorted(set(route.measures) & set(catalog.countermeasures()))


def test_every_countermeasure_serves_a_route_or_says_that_it_serves_all() -> None:
    for entry in catalog.countermeasures().values():
        assert bool(catalog.routes_using(entry.id)) != entry.general, entry.id


@given(route_id=st.sampled_from(ROUTE_IDS), countermeasure_id=st.sampled_from(CM_IDS))
def test_suggesting_and_using_are_two_views_of_one_link(route_id: str, countermeasure_id: str) -> None:
    suggested = [entry.id for entry in catalog.suggest(route_id)]
    using = [route.id for route in catalog.routes_using(countermeasure_id)]
    assert (countermeasure_id in suggested) == (route_id in using)
    assert suggested == sorted(suggested)
    assert using == sorted(using)


def test_suggestions_for_a_route_are_its_measures() -> None:
    assert [entry.id for entry in catalog.suggest("R14")] == ["CM06", "CM59", "CM60"]
    assert catalog.suggest("R14")[0].title.en == "Zoning, visitor routes and no photography"


def test_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        catalog.suggest("R17")
    with pytest.raises(KeyError):
        catalog.routes_using("CM68")
    with pytest.raises(KeyError):
        catalog.cross_map("R17")
    with pytest.raises(LookupError, match="no scale gut_feeling"):
        catalog.scales().scale("gut_feeling")
    with pytest.raises(LookupError, match="has no level 6"):
        catalog.scales().scale("likelihood").level(6)


def test_the_cross_map_resolves_and_no_term_is_idle() -> None:
    terms = {term.id for words in catalog.vocabularies().values() for term in words.terms}
    assert {term for route in catalog.routes().values() for term in route.cross} == terms
    for route in catalog.routes().values():
        mapped = catalog.cross_map(route.id)
        assert {term.id for _, term in mapped} == set(route.cross)
        assert all(term in words.terms for words, term in mapped)


def test_capital_policy_routes_are_the_guidelines_words() -> None:
    words = {
        term.ja for route in ("R02", "R03") for voc, term in catalog.cross_map(route) if voc.id == "guideline"
    }
    assert words == {"買収", "資本提携", "上場の是非"}


def test_only_what_comes_in_is_inbound() -> None:
    inbound = {s.id for s in catalog.sub_routes().values() if s.direction is Direction.INBOUND}
    assert inbound == {"R04h", "R16a", "R16b", "R16c", "R16d"}
    assert [r.id for r in catalog.routes().values() if r.direction is Direction.INBOUND] == ["R16"]


def test_every_catalogue_the_fields_name_is_a_door_of_this_package() -> None:
    named = {
        about.catalog
        for model in vars(items).values()
        if isinstance(model, type) and hasattr(model, "model_fields")
        for info in model.model_fields.values()
        for about in info.metadata
        if isinstance(about, About) and about.catalog
    }
    assert {"routes", "sub_routes", "signs", "countermeasures", "checklists"} <= named
    for name in named:
        assert callable(getattr(catalog, name)), name


def test_what_the_loaders_return_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        catalog.routes()["R99"] = catalog.routes()["R01"]  # type: ignore[index]
    with pytest.raises(ValidationError):
        catalog.routes()["R01"].name = catalog.routes()["R02"].name  # type: ignore[misc]
    assert catalog.routes() is catalog.routes()


READS = """
import json, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from techguard import catalog
steps = {"import": []}
def reads(name, *args):
    before = len(opened)
    getattr(catalog, name)(*args)
    steps[name] = sorted({p.rsplit("/", 1)[-1] for p in map(lambda p: p.replace("\\\\", "/"), opened[before:])
                          if p.endswith(".toml")})
steps["import"] = [p for p in opened if p.endswith(".toml")]
for name in ("routes", "sources", "scales", "checklists", "kris"):
    reads(name)
reads("routes_using", "CM01")
for name in ("purposes", "countermeasures", "sub_routes", "signs", "vocabularies"):
    reads(name)
print(json.dumps(steps))
"""


def test_importing_reads_nothing_and_each_file_is_read_once_and_alone() -> None:
    run = subprocess.run([sys.executable, "-c", READS], capture_output=True, check=True, encoding="utf-8")
    assert json.loads(run.stdout) == {
        "import": [],
        "routes": ["routes.toml"],
        "sources": ["sources.toml"],
        "scales": ["scales.toml"],
        "checklists": ["checklists.toml"],
        "kris": ["kris.toml"],
        "routes_using": ["countermeasures.toml"],
        "purposes": [],
        "countermeasures": [],
        "sub_routes": [],
        "signs": [],
        "vocabularies": [],
    }


provenance = st.fixed_dictionaries(
    {}, optional={key: st.text(min_size=1, max_size=3) for key in ("origin", "sources", "edition")}
)


@given(top=provenance, middle=provenance, leaf=provenance)
def test_a_row_takes_what_it_lacks_from_the_nearest_table_above(
    top: dict[str, str], middle: dict[str, str], leaf: dict[str, str]
) -> None:
    data = loader.inherit({**top, "lists": [{**middle, "id": "m", "items": [{**leaf, "id": "l"}]}]}, {})
    got = data["lists"][0]["items"][0]
    for key in ("origin", "sources", "edition"):
        assert got[key] == {**top, **middle, **leaf}.get(key)
    assert got["id"] == "l"
