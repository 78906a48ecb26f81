"""The numbers of the first screen are kept, and whatever is done, they are what counting would give."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from techguard.domain import errors
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.gaps import BY_CODE
from techguard.domain.kinds import KINDS, kind_of
from techguard.errors import TechguardError
from techguard.register import Query, Register
from techguard.store import tallies
from tests.conftest import Place
from tests.made_up import world

ASKED_OF = (i.Technology, i.Exposure, i.Countermeasure, i.Counterparty, i.Consultation)
"""The kinds of which more is kept than how many there are."""


def agree(register: Register) -> bool:
    connection = register._store.connection
    return tallies.are_kept(connection) and tallies.kept(connection) == tallies.counted(connection)


def test_a_gap_that_is_kept_is_what_listing_it_gives(register: Register) -> None:
    register.bulk(world(Random(2), register.today, size=60))
    seen = {g.gap.code: g.count for g in register.overview().gaps}
    for code in tallies.OF_ONE_ROW:
        listed = register.count(BY_CODE[code].kind, Query(gap=code))
        assert seen[code] == listed > 0, code


class Work(RuleBasedStateMachine):
    """Random work on a register full of everything."""

    copied: Callable[[Path], Place]

    @initialize(seed=st.integers(0, 99))
    def start(self, seed: int) -> None:
        self.folder = Path(mkdtemp())
        self.register = type(self).copied(self.folder / "acme.techguard").open()
        self.register.bulk(world(Random(seed), self.register.today, size=4))

    def some(self, model: type[i.Item], n: int, *, removed: bool = False) -> i.Item | None:
        found = self.register.find(model, Query(removed=removed))
        return found[n % len(found)] if found else None

    @rule(seed=st.integers(0, 99))
    def take_in(self, seed: int) -> None:
        self.register.bulk(world(Random(seed), self.register.today, size=2))

    @rule(n=st.integers(0, 9), seed=st.integers(0, 99), model=st.sampled_from(ASKED_OF))
    def change(self, n: int, seed: int, model: type[i.Item]) -> None:
        """A field becomes what it is in another entry of the kind, or nothing."""
        chance, mine, other = Random(seed), self.some(model, n), self.some(model, seed)
        if mine is None or other is None:
            return
        spec = chance.choice(kind_of(model).editable)
        value = getattr(other, spec.name) if chance.random() < 0.7 else spec.default
        with contextlib.suppress(TechguardError):
            self.register.change(mine, **{spec.name: value})

    @rule(n=st.integers(0, 9), likelihood=st.integers(1, 5), impact=st.integers(1, 5))
    def rate(self, n: int, likelihood: int, impact: int) -> None:
        if exposure := self.some(i.Exposure, n):
            with contextlib.suppress(TechguardError):
                self.register.rate(exposure.id, likelihood=likelihood, impact=impact, rationale="r")

    @rule(n=st.integers(0, 9), status=st.sampled_from(list(w.ExposureStatus)))
    def close(self, n: int, status: w.ExposureStatus) -> None:
        if exposure := self.some(i.Exposure, n):
            with contextlib.suppress(TechguardError):
                self.register.change(exposure, status=status)

    @rule(n=st.integers(0, 9), kind=st.sampled_from([k for k in KINDS if k != "person"]))
    def remove(self, n: int, kind: str) -> None:
        if item := self.some(KINDS[kind].model, n):
            with contextlib.suppress(TechguardError):
                self.register.remove(item, with_parts=True)

    @rule(n=st.integers(0, 9), kind=st.sampled_from(list(KINDS)))
    def restore(self, n: int, kind: str) -> None:
        if item := self.some(KINDS[kind].model, n, removed=True):
            with contextlib.suppress(TechguardError):
                self.register.restore(item.ref)

    @rule(n=st.integers(0, 9))
    def give_up_in_the_middle(self, n: int) -> None:
        with contextlib.suppress(InterruptedError), self.register.act():
            self.register.add(i.Technology(code_name="途中"))
            if exposure := self.some(i.Exposure, n):
                self.register.remove(exposure, with_parts=True)
            raise InterruptedError

    @rule()
    def undo(self) -> None:
        with contextlib.suppress(TechguardError):
            self.register.undo()

    @rule()
    def redo(self) -> None:
        with contextlib.suppress(TechguardError):
            self.register.redo()

    @invariant()
    def what_is_kept_is_what_is_counted(self) -> None:
        assert not hasattr(self, "register") or agree(self.register)

    def teardown(self) -> None:
        if hasattr(self, "register"):
            self.register.close()
            shutil.rmtree(self.folder)


def test_whatever_is_done_what_is_kept_is_what_is_counted(copied: Callable[[Path], Place]) -> None:
    Work.copied = staticmethod(copied)  # type: ignore[assignment]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Work, settings=settings(max_examples=8, stateful_step_count=20, deadline=None)
    )


def past_the_register(place: Place, *statements: str) -> None:
    with place.vault() as vault:
        connection = vault.connect()
        for statement in statements:
            connection.execute(statement)
        connection.close()


@pytest.fixture
def filled(place: Place) -> Place:
    with place.open() as register:
        register.bulk(world(Random(3), register.today))
    return place


def shown(register: Register) -> tuple[Any, ...]:
    seen = register.overview()
    return seen.counts, seen.by_level, seen.by_class, seen.matrix, seen.gaps


def test_a_number_that_was_altered_is_found_and_counted_anew(filled: Place) -> None:
    past_the_register(filled, "UPDATE tallies SET count = count + 1 WHERE kind IN ('exposure', 'person')")
    with filled.open(read_only=True) as register:
        (finding,) = register.verify().findings
        assert finding.code == "TalliesDiffer"
        assert "exposures, people" in str(finding.problem)
        with pytest.raises(errors.ReadOnly):
            register.recount()
    with filled.open() as register:
        head = register.head
        register.recount()
        assert agree(register)
        assert register.verify().ok
        assert register.head == head, "nothing was done to any entry"


def test_where_nothing_is_kept_it_is_counted_and_kept_from_the_next_writing_on(filled: Place) -> None:
    """As when an older program, which asks other questions, wrote last."""
    with filled.open() as register:
        before = shown(register)
    past_the_register(
        filled,
        "DROP TRIGGER tally_exposures_added",
        "DELETE FROM tallies WHERE kind = 'exposure'",
        "UPDATE technologies SET criticality = criticality",
    )
    with filled.open(read_only=True) as register:
        assert shown(register) == before
        assert register.verify().ok
    with filled.open() as register:
        assert agree(register)
        assert shown(register) == before
