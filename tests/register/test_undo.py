"""Undo takes back what a person did, whole, as a new entry; or it refuses and says what stands in its way."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from techguard.domain import errors
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.kinds import KINDS, by_dependency
from techguard.register import Query, Register
from techguard.store import history
from tests.conftest import Place
from tests.made_up import one_of_each


def snapshot(register: Register) -> dict[str, dict[str, object]]:
    """Everything that is in force, field by field."""
    return {
        item.id: history.state(item, kind) for kind in KINDS.values() for item in register.find(kind.model)
    }


def test_undo_and_redo_go_through_a_person_s_steps_and_back(register: Register) -> None:
    states = [snapshot(register)]

    def did() -> None:
        states.append(snapshot(register))

    technology = register.add(i.Technology(code_name="旧称", products=("a",)))
    did()
    technology = register.change(technology, code_name="新称", products=(), next_review=register.today)
    did()
    exposure = register.add(i.Exposure(technology=technology.id, title="流出"))
    did()
    register.rate(exposure, likelihood=3, impact=5, rationale="根拠")
    did()
    register.accept(
        exposure,
        by=register.me.id,
        role=w.AcceptanceRole.BOARD,
        reason="r",
        until=register.today + timedelta(days=9),
    )
    did()
    register.remove(technology, with_parts=True)
    did()
    register.bulk(one_of_each(register.me.id))
    did()

    steps = len(states) - 1
    for back in range(steps):
        assert (register.undoable() is None) is False
        entry = register.undo()
        assert entry.action == "undo"
        assert snapshot(register) == states[steps - back - 1]
    assert register.undoable() is None
    with pytest.raises(errors.NothingToUndo):
        register.undo()
    for forth in range(steps):
        assert register.redo().action == "redo"
        assert snapshot(register) == states[forth + 1]
    assert register.redoable() is None
    with pytest.raises(errors.NothingToUndo):
        register.redo()
    assert register.verify().ok


def test_making_the_register_cannot_be_undone(register: Register) -> None:
    assert register.undoable() is None
    with pytest.raises(errors.NothingToUndo):
        register.undo(1)


def test_a_new_act_clears_what_could_be_redone(register: Register) -> None:
    register.add(i.Technology(code_name="一"))
    register.undo()
    assert register.redoable() is not None
    register.add(i.Technology(code_name="二"))
    assert register.redoable() is None


def test_an_undo_after_reopening_is_the_same(register: Register, place: Place) -> None:
    register.add(i.Technology(code_name="一"))
    seq = register.head[0]
    register.close()
    with place.open() as again:
        entry = again.undoable()
        assert entry is not None
        assert entry.seq == seq
        again.undo()
        assert again.count("technologies") == 0


def test_an_earlier_act_can_be_undone_while_nothing_stands_on_it(register: Register) -> None:
    one = register.add(i.Technology(code_name="一"))
    first = register.head[0]
    two = register.add(i.Technology(code_name="二"))
    entry = register.undo(first)
    assert entry.undoes == first
    assert [t.id for t in register.find(i.Technology)] == [two.id]
    assert register.get(one.id).removed_at is not None


def test_what_later_acts_stand_on_cannot_be_pulled_away(register: Register) -> None:
    def refused(seq: int, ref: str) -> None:
        before = register.head
        with pytest.raises(errors.CannotUndo, match=ref):
            register.undo(seq)
        assert register.head == before

    technology = register.add(i.Technology(code_name="一"))  # 2
    register.change(technology, outline="概要")  # 3
    refused(2, "TEC-0001")
    register.undo()
    exposure = register.add(i.Exposure(technology=technology.id, title="流出"))  # 5
    refused(2, "EXP-0001")
    person = register.person_named("担当")  # 6
    register.change(exposure, owner=person.id)  # 7
    refused(6, "EXP-0001")
    register.change(register.get(exposure.id), owner=None)  # 8
    register.remove(person)  # 9
    refused(8, "EXP-0001")
    register.remove(register.get(exposure.id))  # 10
    refused(5, "EXP-0001")
    assert register.verify().ok


def test_undoing_one_of_two_like_ratings_leaves_the_other_in_force(register: Register) -> None:
    technology = register.add(i.Technology(code_name="一"))
    exposure = register.add(i.Exposure(technology=technology.id, title="流出"))
    register.rate(exposure, likelihood=3, impact=4, rationale="はじめ")
    seq = register.head[0]
    register.rate(exposure, likelihood=3, impact=4, rationale="確認")
    register.undo(seq)
    found = register.get(exposure.id, i.Exposure)
    assert [r.rationale for r in register.ratings(found)] == ["確認"]
    assert (found.level, found.likelihood) == (4, 3)


# Any sequence of acts


class Acts(RuleBasedStateMachine):
    """Random work on a register beside a model that only remembers what it looked like after each act."""

    template: Place
    copied: Callable[[Path], Place]

    @initialize()
    def start(self) -> None:
        self.folder = Path(mkdtemp())
        self.place = type(self).copied(self.folder / "acme.techguard")
        self.register = self.place.open()
        self.past: list[dict[str, Any]] = []
        self.future: list[dict[str, Any]] = []
        self.now = snapshot(self.register)

    def acted(self) -> None:
        """A new act: what was is remembered, what could be redone is forgotten."""
        after = snapshot(self.register)
        if after != self.now:
            self.past.append(self.now)
            self.future.clear()
            self.now = after

    def some(self, model: type[i.Item], n: int) -> i.Item | None:
        found = self.register.find(model)
        return found[n % len(found)] if found else None

    @rule(name=st.sampled_from(["焼結", "薄膜", "鋳造"]), score=st.none() | st.integers(0, 4))
    def add_technology(self, name: str, score: int | None) -> None:
        self.register.add(i.Technology(code_name=name, non_substitutability=score, national_base=score))
        self.acted()

    @rule(n=st.integers(0, 5))
    def add_exposure(self, n: int) -> None:
        technology = self.some(i.Technology, n)
        if technology:
            self.register.add(i.Exposure(technology=technology.id, title="流出"))
            self.acted()

    @rule(n=st.integers(0, 5), likelihood=st.integers(1, 5), basis=st.sampled_from(list(w.Basis)))
    def rate(self, n: int, likelihood: int, basis: w.Basis) -> None:
        exposure = self.some(i.Exposure, n)
        if not exposure:
            return
        with contextlib.suppress(errors.UntestedControl):
            self.register.rate(exposure.id, likelihood=likelihood, impact=3, rationale="r", basis=basis)
        self.acted()

    @rule(n=st.integers(0, 5), status=st.sampled_from(list(w.CountermeasureStatus)))
    def measure(self, n: int, status: w.CountermeasureStatus) -> None:
        exposure = self.some(i.Exposure, n)
        if exposure:
            self.register.add(
                i.Countermeasure(title="m", exposures=(exposure.id,), status=status, operating_effect=4)
            )
            self.acted()

    @rule(n=st.integers(0, 5), text=st.sampled_from(["", "概要", "別"]))
    def change(self, n: int, text: str) -> None:
        technology = self.some(i.Technology, n)
        if technology:
            self.register.change(technology, outline=text)
            self.acted()

    @rule(n=st.integers(0, 5), model=st.sampled_from([i.Technology, i.Exposure, i.Rating, i.Countermeasure]))
    def remove(self, n: int, model: type[i.Item]) -> None:
        item = self.some(model, n)
        if item:
            self.register.remove(item, with_parts=True)
            self.acted()

    @rule(n=st.integers(0, 5), model=st.sampled_from([i.Technology, i.Exposure, i.Rating, i.Countermeasure]))
    def restore(self, n: int, model: type[i.Item]) -> None:
        gone = self.register.find(model, Query(removed=True))
        if not gone:
            return
        with contextlib.suppress(errors.Invalid):
            self.register.restore(gone[n % len(gone)].ref)
        self.acted()

    @rule()
    def several_at_once(self) -> None:
        with self.register.act("まとめて"):
            technology = self.register.add(i.Technology(code_name="一括"))
            exposure = self.register.add(i.Exposure(technology=technology.id, title="流出"))
            self.register.rate(exposure, likelihood=2, impact=2, rationale="r")
        self.acted()

    @precondition(lambda self: self.past)
    @rule()
    def undo(self) -> None:
        self.register.undo()
        self.future.append(self.now)
        self.now = self.past.pop()

    @precondition(lambda self: self.future)
    @rule()
    def redo(self) -> None:
        self.register.redo()
        self.past.append(self.now)
        self.now = self.future.pop()

    @invariant()
    def it_is_what_it_should_be(self) -> None:
        if not hasattr(self, "register"):
            return
        assert snapshot(self.register) == self.now
        assert (self.register.undoable() is not None) == bool(self.past)
        assert (self.register.redoable() is not None) == bool(self.future)
        for exposure in self.register.find(i.Exposure):
            stands = [r for r in self.register.ratings(exposure) if r.basis is not w.Basis.TARGET]
            assert (exposure.basis is not None) == bool(stands), "it repeats a rating that is there"

    def teardown(self) -> None:
        if hasattr(self, "register"):
            verified = self.register.verify()
            self.register.close()
            shutil.rmtree(self.folder)
            assert verified.ok, [str(f.problem) for f in verified.findings]


@pytest.fixture
def machine(copied: Callable[[Path], Place]) -> type[Acts]:
    Acts.copied = staticmethod(copied)  # type: ignore[assignment]
    return Acts


def test_whatever_is_done_undo_restores_what_was_and_history_proves_it(machine: type[Acts]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine, settings=settings(max_examples=8, stateful_step_count=20, deadline=None)
    )


def test_a_large_import_is_undone_as_one(register: Register) -> None:
    technologies = [i.Technology(code_name=f"技術{n}") for n in range(300)]
    exposures = [i.Exposure(technology=t.id, title="流出") for t in technologies]
    ratings = [i.Rating(exposure=x.id, likelihood=3, impact=3, rationale="r") for x in exposures]
    before = snapshot(register)
    register.bulk([*technologies, *exposures, *ratings])
    entry = register.undo()
    assert entry.count == 900
    assert snapshot(register) == before
    register.redo()
    assert register.count("exposures", Query()) == 300
    assert [k.name for k in by_dependency() if register.count(k.name)] == [
        k.name for k in by_dependency() if k.name in {"person", "technology", "exposure", "rating"}
    ]
    assert register.verify().ok


def test_the_steps_are_what_can_be_taken_back_newest_first(register: Register) -> None:
    one = register.add(i.Technology(code_name="一"))  # 2
    two = register.add(i.Technology(code_name="二"))  # 3
    one = register.change(one, outline="概要")  # 4
    register.change(two, business_unit="事業部")  # 5
    register.change(one, business_unit="別の事業部")  # 6
    register.undo(5)  # 7
    steps = register.steps()
    assert [(s.entry.seq, s.redo, s.later) for s in steps] == [
        (7, True, None),
        (6, False, None),
        (4, False, None),  # act 6 changed the same entry, but another field
        (3, False, None),  # act 5 is not in force any more
        (2, False, 6),
    ]
    register.redo(7)  # 8
    assert next((s.entry.seq, s.redo, s.later) for s in register.steps()) == (8, False, None)
    with pytest.raises(errors.NothingToUndo):
        register.redo(7)


def test_what_the_steps_say_of_later_acts_is_what_undo_says(register: Register) -> None:
    """A step without a later act is never refused for one; a step with one is refused and names it."""
    one = register.add(i.Technology(code_name="一"))
    for n in range(3):
        one = register.change(
            one, outline=f"概要{n}", business_unit="事業部" if n == 1 else one.business_unit
        )
    steps = register.steps()
    assert [s.later for s in steps] == [None, 5, 5, 5]
    for step in steps[1:]:
        with pytest.raises(errors.CannotUndo, match=f"act {step.later} changed TEC-0001") as caught:
            register.undo(step.entry.seq)
        assert caught.value.facts["later"] == step.later
    for seq in (5, 4, 3, 2):  # once what stands on it is taken back, each can be
        assert [s.later for s in register.steps() if s.entry.seq == seq] == [None]
        register.undo(seq)
