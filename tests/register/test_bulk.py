"""Bringing many entries in at once gives the register that adding them one by one would have given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from techguard.domain import errors
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.gaps import BY_CODE
from techguard.domain.kinds import KINDS, by_dependency, kind_of
from techguard.register import Query, Register
from techguard.store import history
from tests.conftest import Place
from tests.made_up import world

STATED = frozenset({"status", "treatment", "next_review"})
"""What rating sets on an exposure as of today, and an import states as it was."""


def plain(register: Register, *, but: frozenset[str] = frozenset()) -> dict[str, dict[str, object]]:
    return {
        item.id: {n: v for n, v in history.state(item, k).items() if n not in but | {"ref"}}
        for k in KINDS.values()
        for item in register.find(k.model)
        if item.id != register.me.id
    }


def without(items: list[i.Item], *models: type[i.Item]) -> list[i.Item]:
    """Entries but for some kinds, whose rules at the door an import does not apply, and what needs them."""
    gone = {m.id for m in items if isinstance(m, models)}
    left = [
        m
        for m in items
        if m.id not in gone
        and not gone.intersection(
            id_ for f in kind_of(m).refs for v in [getattr(m, f.name)] if v for id_ in (v if f.many else (v,))
        )
    ]
    return left if len(left) == len(items) else without(left, *models)


@pytest.mark.parametrize("seed", range(3))
def test_all_at_once_is_the_same_as_one_by_one(
    copied: Callable[[Path], Place], tmp_path: Path, seed: int
) -> None:
    order = [k.model for k in by_dependency()]
    with copied(tmp_path / "one").open() as one, copied(tmp_path / "all").open() as all_at_once:
        made = without(world(Random(seed), one.today, size=6), i.Acceptance, i.Countermeasure, i.Rating)
        exposures = [m.id for m in made if isinstance(m, i.Exposure)]
        chance = Random(seed)
        made += [
            i.Rating(
                exposure=chance.choice(exposures),
                basis=chance.choice([w.Basis.CURRENT, w.Basis.TARGET]),
                likelihood=chance.choice([None, 1, 2, 3, 4, 5]),
                impact=chance.randint(1, 5),
                rationale="r",
                rated_on=one.today - timedelta(days=chance.randint(0, 3)),
            )
            for _ in range(25)
        ]
        chance.shuffle(made)
        assert all_at_once.bulk(made) == len(made)
        for item in sorted(made, key=lambda m: order.index(type(m))):
            one.add(item)
        assert plain(all_at_once, but=STATED) == plain(one, but=STATED)
        decided = {"exposure_due"}  # hangs on the next review
        for code in set(BY_CODE) - decided:
            kind = BY_CODE[code].kind
            lists = [
                {row.item.id for row in r.rows(kind, Query(gap=code), limit=None)} for r in (one, all_at_once)
            ]
            assert lists[0] == lists[1], code
        assert all_at_once.head[0] == 2, "one act"
        assert all_at_once.verify().ok
        assert one.verify().ok


def test_entries_may_refer_to_each_other_in_any_order(register: Register) -> None:
    made = world(Random(3), register.today, size=4)
    register.bulk(reversed(made))
    for item in made:
        found: i.Item = register.get(item.id)
        for f in kind_of(item).refs:
            assert getattr(found, f.name) == getattr(item, f.name)


def test_numbers_follow_the_order_of_what_came(register: Register) -> None:
    register.bulk([i.Technology(code_name=n) for n in "abc"])
    assert [(t.ref, t.code_name) for t in register.find(i.Technology)] == [
        ("TEC-0001", "a"),
        ("TEC-0002", "b"),
        ("TEC-0003", "c"),
    ]


def test_an_acceptance_that_comes_in_covers_the_level_it_was_given_for(register: Register) -> None:
    technology = i.Technology(code_name="x")
    exposure = i.Exposure(technology=technology.id, title="流出")
    rating = i.Rating(exposure=exposure.id, likelihood=5, impact=5, rationale="r", rated_on=register.today)
    acceptance = i.Acceptance(
        exposure=exposure.id,
        accepted_by=register.me.id,
        accepted_role=w.AcceptanceRole.BOARD,
        accepted_on=register.today,
        valid_until=register.today + timedelta(days=30),
        reason="r",
    )
    register.bulk([acceptance, rating, exposure, technology])
    assert register.get(acceptance.id, i.Acceptance).level_at == 5
    assert register.count("exposures", Query(gap="high_untreated")) == 0


def test_a_rating_for_an_exposure_that_is_already_there_restates_it(register: Register) -> None:
    technology = register.add(i.Technology(code_name="x"))
    exposure = register.add(i.Exposure(technology=technology.id, title="流出"))
    register.bulk([i.Rating(exposure=exposure.id, likelihood=5, impact=4, rationale="r")])
    found = register.get(exposure.id, i.Exposure)
    assert (found.level, found.status) == (5, w.ExposureStatus.RATED)
    assert found.next_review == register.today + timedelta(days=90)


@pytest.mark.parametrize("wrong", ["missing", "another kind", "twice"])
def test_one_bad_entry_and_nothing_comes_in(register: Register, wrong: str) -> None:
    good = i.Technology(code_name="良い")
    target = {"missing": "f" * 32, "another kind": register.me.id, "twice": good.id}[wrong]
    bad = [i.Exposure(technology=target, title="悪い")] if wrong != "twice" else [good]
    before = register.head
    with pytest.raises(errors.Invalid):
        register.bulk([good, *bad])
    assert register.head == before
    assert register.count("technologies") == 0
    assert register.search("良い") == []
    assert register.verify().ok


def test_nothing_brings_nothing(register: Register) -> None:
    before = register.head
    assert register.bulk([]) == 0
    assert register.head == before
