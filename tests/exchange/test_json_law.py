"""A law: whatever a register holds, its JSON export in an empty vault of another company gives the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from techguard import exchange, people
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Item, Person, Technology, new_id
from techguard.domain.kinds import by_dependency
from techguard.domain.words import Access
from techguard.register import Register
from techguard.vault import KDF_FLOOR
from techguard.vault.errors import WrongPassphrase
from tests.conftest import Clock, Place, made
from tests.made_up import ids_of, one_of_each, ranges, value, world

from .test_round_trip import content

_numbers = count()
ME = new_id()
"""A person of the first register."""


@pytest.fixture(scope="module")
def vaults(
    tmp_path_factory: pytest.TempPathFactory, copied: Callable[[Path], Place]
) -> Callable[[], tuple[Place, Place]]:
    """Makes pairs of empty vaults that have nothing to do with one another."""
    folder = tmp_path_factory.mktemp("law")
    other = made(folder / "other.techguard", Clock())

    def pair() -> tuple[Place, Place]:
        n = next(_numbers)
        second = folder / f"{n}-b.techguard"
        shutil.copytree(other.path, second)
        return copied(folder / f"{n}-a.techguard"), Place(second, other.code, Clock())

    return pair


def differing(first: Register, second: Register) -> list[tuple[str, str, Any, Any]]:
    """Where what people wrote is not the same: entry, field and both values."""
    one, other = content(first), content(second)
    found = [(kind, "number of entries", len(one[kind]), len(other[kind])) for kind in one]
    found = [each for each in found if each[2] != each[3]]
    for kind in one:
        for here, there in zip(one[kind], other[kind], strict=False):
            found += [(f"{kind} {here['ref']}", n, here[n], there[n]) for n in here if here[n] != there[n]]
    return found


def goes_over(items: list[Item], vaults: Callable[[], tuple[Place, Place]]) -> None:
    """The entries in a register, its export in another one: the same is there, and it is proved."""
    one, other = vaults()
    with one.open() as first, other.open() as second:
        with first.act("fill"):
            first.bulk([Person(id=ME, name="審査役"), *items])
        source = exchange.read(exchange.export(first, "json", "ja"), "export.json")
        plan = exchange.plan(source, exchange.propose(source), second)
        assert not plan.problems
        exchange.apply(plan, second)
        assert differing(first, second) == []
        assert second.verify().ok
        again = exchange.plan(source, exchange.propose(source), second)
        assert (again.items, again.changes) == ([], []), "the same file once more changes nothing"
    for place in (one, other):
        shutil.rmtree(place.path)


def as_typed(spec: FieldSpec, value: Any) -> Any:
    """A list of words as a form takes it: one a line, and no empty ones."""
    if spec.type is not FieldType.WORDS:
        return value
    return tuple(line for word in value for line in word.split("\n") if line.strip())


@st.composite
def registers(draw: st.DrawFn) -> list[Item]:
    """An entry of every kind, with any values in any fields, on top of the least one of every kind."""
    made = one_of_each(ME)
    ids = ids_of(made)
    for kind in by_dependency():
        values = {f.name: as_typed(f, draw(value(f, ids))) for f in kind.editable}
        if kind.name == "scale":
            continue  # one is in force; tests/exchange/test_own_scale.py has the law of those
        if kind.name == "estimate":
            values |= {
                "catch_up": "",
                "margin": "",
                "margin_lost": "",
                "loss_reputation": draw(ranges("JPY")),
            }
        try:
            item = kind.model(**values)
        except ValidationError:
            continue  # fields that do not fit one another
        made.append(item)
        ids[kind.name].append(item.id)
    return made


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(items=registers())
def test_any_values_in_any_fields_go_over_whole(
    items: list[Item], vaults: Callable[[], tuple[Place, Place]]
) -> None:
    goes_over(items, vaults)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_register_full_of_everything_goes_over_whole(
    seed: int, vaults: Callable[[], tuple[Place, Place]]
) -> None:
    clock = Clock()
    goes_over(world(Random(seed), clock.moment.date(), size=6), vaults)


def test_history_keys_access_and_what_was_taken_out_stay_behind(
    vaults: Callable[[], tuple[Place, Place]],
) -> None:
    """What docs/reference/export-json.md says of an import into another vault."""
    one, other = vaults()
    secret = "another passphrase of somebody else"
    with one.open() as first:
        first.add(Technology(code_name="焼結プロファイルK"))
        gone = first.add(Technology(code_name="外した技術"))
        first.remove(gone)
        people.let_in(first, "研究企画 主査", Access.EDITOR, secret, kdf=KDF_FLOOR)
        acts, data = first.head[0], exchange.export(first, "json", "ja")
    with other.open() as second:
        source = exchange.read(data, "export.json")
        before = second.head[0]
        exchange.apply(exchange.plan(source, exchange.propose(source), second), second)
        assert second.head[0] == before + 1 < acts
        assert {entry.person for entry in second.history()} == {second.me.name}
        assert [t.code_name for t in second.find(Technology)] == ["焼結プロファイルK"]
        assert second.verify().ok
        came = people.named(second, "研究企画 主査")
        assert came.access is None
    with pytest.raises(WrongPassphrase):
        Register.open(other.path, secret)
