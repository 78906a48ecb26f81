"""The numbers of the first screen are kept, and whatever is done, they are what counting would give."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
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

ASKED_OF = (i.Technology, i.Element, i.Exposure, i.Countermeasure, i.Counterparty, i.Consultation)
"""The kinds of which more is kept than how many there are, or from which it follows."""


def agree(register: Register) -> bool:
    connection = register._store.connection
    return tallies.are_kept(connection) and tallies.kept(connection) == tallies.counted(connection)


def test_a_gap_that_is_kept_is_what_listing_it_gives(register: Register) -> None:
    register.bulk(world(Random(2), register.today, size=60))
    seen = {g.gap.code: g.count for g in register.overview().gaps}
    for code in (*tallies.OF_ONE_ROW, *tallies.OF_PARTS, *tallies.BY_DATE):
        listed = len(register.rows(BY_CODE[code].kind, Query(gap=code), limit=None))
        assert seen[code] == listed > 0, code


def test_the_whole_check_names_the_entries_that_each_gap_lists_and_asks_no_count(register: Register) -> None:
    register.bulk(world(Random(2), register.today, size=20))
    with register._store.transaction() as connection:
        connection.exec_driver_sql("UPDATE tallies SET count = count + 7")
    found = register.gaps()
    assert list(found) == list(BY_CODE)
    for code, entries in found.items():
        rows = register.rows(BY_CODE[code].kind, Query(gap=code), limit=None)
        assert [n.ref for n in entries] == [row.item.ref for row in rows], code
        assert [n.title for n in entries] == [kind_of(row.item).title_of(row.item) for row in rows]
    assert sum(map(bool, found.values())) > 15


def test_what_was_rated_on_an_earlier_scale_is_as_many_as_are_listed(register: Register) -> None:
    register.bulk(world(Random(2), register.today, size=20))
    codes = ("exposure_on_earlier_scale", "technology_on_earlier_scale")
    for edition in ("", "an earlier one"):
        with register._store.transaction() as connection:
            for table in ("exposures", "technologies"):
                connection.exec_driver_sql(
                    f"UPDATE {table} SET scale_edition = ? WHERE n % 3 = ?",
                    (edition, len(edition) % 3),
                )
        seen = {g.gap.code: g.count for g in register.overview().gaps}
        for code in codes:
            listed = register.count(BY_CODE[code].kind, Query(gap=code))
            assert seen[code] == listed > 0, code
        assert agree(register)


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

    @rule(n=st.integers(0, 9), days=st.integers(1, 400))
    def accept(self, n: int, days: int) -> None:
        until = self.register.today + timedelta(days=days)
        if exposure := self.some(i.Exposure, n):
            with contextlib.suppress(TechguardError):
                self.register.add(
                    i.Acceptance(
                        exposure=exposure.id,
                        accepted_by=self.register.me.id,
                        accepted_role=w.AcceptanceRole.OFFICER,
                        accepted_on=self.register.today,
                        reason="r",
                        valid_until=until,
                    )
                )

    @rule(n=st.integers(0, 9), seed=st.integers(0, 99), status=st.sampled_from(w.CountermeasureStatus))
    def serve(self, n: int, seed: int, status: w.CountermeasureStatus) -> None:
        """A countermeasure for other exposures than before, at another stage."""
        chance, measure = Random(seed), self.some(i.Countermeasure, n)
        every = [x.id for x in self.register.find(i.Exposure)]
        if measure is not None:
            with contextlib.suppress(TechguardError):
                some = tuple(chance.sample(every, min(len(every), chance.randrange(4))))
                self.register.change(measure, exposures=some)
            with contextlib.suppress(TechguardError):
                self.register.change(self.register.get(measure.id), status=status)

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

    @invariant()
    def and_as_many_as_are_listed(self) -> None:
        """The lists do not ask the questions of the tallies: they have conditions of their own."""
        if hasattr(self, "register"):
            for code in (*tallies.OF_PARTS, *tallies.BY_DATE):
                kind, query = BY_CODE[code].kind, Query(gap=code)
                assert self.register.count(kind, query) == len(self.register.ids(kind, query)), code

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
    past_the_register(filled, "UPDATE tallies SET count = count + 1 WHERE topic IN ('exposure', 'person')")
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
        "DROP TRIGGER tally_exposure_exposures_after_insert",
        "DELETE FROM tallies WHERE topic = 'exposure'",
        "UPDATE technologies SET criticality = criticality",
    )
    with filled.open(read_only=True) as register:
        assert shown(register) == before
        assert register.verify().ok
    with filled.open() as register:
        assert agree(register)
        assert shown(register) == before


def test_what_a_change_concerns_is_found_by_its_id_however_much_there_is(place: Place) -> None:
    """No trigger looks through a table: a countermeasure is added as fast to 100,000 entries as to none."""
    with place.open() as register:
        connection = register._store.connection
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger'").scalars()
        statements = [s for sql in made for s in re.findall(r"INSERT INTO tallies .*?(?=;)", sql)]
        assert len(statements) > 100
        for statement in statements:
            asked = re.sub(r'(?:NEW|OLD)\."\w+"', "NULL", statement)
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
            assert not [line for line in plan if line.startswith("SCAN") and line != "SCAN CONSTANT ROW"]
            if found := re.search(r"FROM (\w+) WHERE \1\.id IN", asked):
                (how, *_) = (line for line in plan if line.startswith(f"SEARCH {found[1]} "))
                assert how.endswith("(id=?)"), (statement, plan)


def test_a_count_is_what_is_listed_whatever_happens_between_two_looks(place: Place) -> None:
    """Numbers are remembered between two changes: mine, somebody else's, and those of an act given up."""
    with place.open() as writer, place.open(read_only=True) as reader:

        def agrees(register: Register) -> None:
            for kind in ("technology", "exposure"):
                queries = [Query()] + [Query(gap=code) for code, gap in BY_CODE.items() if gap.kind == kind]
                for query in queries:
                    rows = register.rows(kind, query, limit=None)
                    assert register.count(kind, query) == len(rows), query

        writer.bulk(world(Random(5), writer.today, size=6))
        agrees(writer)
        agrees(reader)
        with contextlib.suppress(InterruptedError), writer.act():
            writer.add(i.Technology(code_name="途中"))
            for exposure in writer.find(i.Exposure)[:5]:
                writer.remove(exposure, with_parts=True)
            agrees(writer)
            raise InterruptedError
        agrees(writer)
        for exposure in writer.find(i.Exposure)[:3]:
            writer.change(exposure, treatment=w.Treatment.ACCEPT, owner=None)
            agrees(writer)
            agrees(reader)
        place.clock.turn(500)
        agrees(writer)
        agrees(reader)
