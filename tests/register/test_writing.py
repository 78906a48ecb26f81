"""Adding, changing, removing, restoring: what a person wrote is kept, or refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from techguard.domain import errors
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.kinds import KINDS, kind_of
from techguard.register import Query, Register, Where
from tests.conftest import Place
from tests.made_up import one_of_each

APPEND_ONLY = [k.name for k in KINDS.values() if k.append_only]


def technology(register: Register, name: str = "焼結", **fields: Any) -> i.Technology:
    return register.add(i.Technology(code_name=name, **fields))


def exposure(register: Register, **fields: Any) -> i.Exposure:
    fields.setdefault("technology", technology(register).id)
    return register.add(i.Exposure(title="流出", **fields))


# Adding


def test_an_entry_gets_a_number_that_is_never_used_again(register: Register) -> None:
    assert [technology(register, n).ref for n in "ab"] == ["TEC-0001", "TEC-0002"]
    register.remove(register.get("TEC-0002"))
    assert technology(register, "c").ref == "TEC-0003"
    register.undo()
    assert technology(register, "d").ref == "TEC-0004"


def test_a_stated_number_is_kept_and_counted_on_from(register: Register) -> None:
    assert technology(register, ref="TEC-0041").ref == "TEC-0041"
    assert technology(register).ref == "TEC-0042"


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("TEC-0001", errors.NUMBER_TAKEN),
        ("EXP-0002", errors.NOT_A_NUMBER_OF_THIS_KIND),
        ("my own", errors.NOT_A_NUMBER_OF_THIS_KIND),
        ("TEC-0002; --", errors.NOT_A_NUMBER_OF_THIS_KIND),
    ],
)
def test_a_number_that_cannot_be_is_refused(register: Register, ref: str, message: str) -> None:
    technology(register)
    with pytest.raises(errors.Invalid) as caught:
        technology(register, ref=ref)
    assert [p.message for p in caught.value.problems] == [message]
    with pytest.raises(errors.Invalid):
        register.bulk([i.Technology(code_name="x", ref=ref), i.Technology(code_name="y", ref="TEC-0001")])
    assert register.count("technologies") == 1


def test_an_entry_is_found_by_number_in_any_case_and_by_id(register: Register) -> None:
    added = technology(register)
    assert register.get("tec-0001") == register.get(added.id) == added
    for ref, model in (("TEC-9999", None), ("f" * 32, None), ("", None), ("TEC-0001", i.Exposure)):
        with pytest.raises(errors.NotFound):
            register.get(ref, model)


@pytest.mark.parametrize("kind", [k.name for k in KINDS.values() if k.refs])
def test_what_does_not_exist_cannot_be_referred_to(register: Register, kind: str) -> None:
    """Not an unknown entry, not one of another kind, not a removed one."""
    register.bulk(one_of_each(register.me.id))
    sample = register.find(KINDS[kind].model)[0]
    gone = {name: _removed(register, name) for name in ("technology", "person", "counterparty", "engagement")}
    for f in KINDS[kind].refs:
        other_kind = register.me.id if f.to != "person" else register.get("TEC-0001").id
        for wrong in ("f" * 32, other_kind, *([gone[f.to]] if f.to in gone else [])):
            value = (wrong,) if f.many else wrong
            bad = sample.model_copy(update={f.name: value, "id": i.new_id(), "ref": ""})
            before = register.head
            with pytest.raises((errors.Invalid, errors.NotFound)) as caught:
                register.add(bad)
            if isinstance(caught.value, errors.Invalid):
                assert f.name in {p.field for p in caught.value.problems}
            assert register.head == before


def _removed(register: Register, kind: str) -> str:
    made = next(m for m in one_of_each(register.me.id) if kind_of(m).name == kind)
    if kind == "engagement":
        made = made.changed(counterparties=())
    added = register.add(made)
    register.remove(added)
    return added.id


def test_what_is_computed_cannot_be_stated(register: Register) -> None:
    added = register.add(i.Exposure(technology=technology(register).id, title="流出", level=5, likelihood=5))
    assert (added.level, added.likelihood) == (None, None)
    with pytest.raises(errors.UnknownField, match="level"):
        register.change(added, level=1)
    stated = technology(register, criticality=w.Criticality.S)
    assert stated.criticality is None
    one = register.add(
        i.Counterparty(name="x", zone=w.Zone.CONTROL, dependency=4, penetration=4, maturity=1, trust=1)
    )
    assert one.zone is w.Zone.DANGER


# Changing


def test_changes_of_different_fields_both_stand(register: Register) -> None:
    mine = yours = technology(register)
    register.change(mine, outline="私の概要")
    both = register.change(yours, business_unit="電子材料")
    assert (both.outline, both.business_unit, both.version) == ("私の概要", "電子材料", 3)


def test_changes_of_the_same_field_conflict_and_the_first_stays(register: Register) -> None:
    mine = yours = technology(register)
    register.change(mine, code_name="私の名称")
    before = register.head
    with pytest.raises(errors.Conflict) as caught:
        register.change(yours, code_name="別の名称", outline="概要")
    assert caught.value.names == ("code_name",)
    assert register.head == before
    assert register.get(mine.id, i.Technology).code_name == "私の名称"
    assert register.get(mine.id, i.Technology).outline == "", "nothing of a refused change is written"
    assert register.change(yours, code_name="私の名称").version == 2, "the same change twice is no conflict"


def test_an_entry_that_was_removed_meanwhile_conflicts(register: Register) -> None:
    mine = technology(register)
    register.remove(mine)
    with pytest.raises(errors.Conflict):
        register.change(mine, code_name="x")


@pytest.mark.parametrize("kind", APPEND_ONLY)
def test_evidence_is_never_changed(register: Register, kind: str) -> None:
    register.bulk(one_of_each(register.me.id))
    item = register.find(KINDS[kind].model)[0]
    with pytest.raises(errors.Evidence):
        register.change(item, **{KINDS[kind].editable[0].name: "x"})
    assert set(APPEND_ONLY) >= {"rating", "acceptance", "answer"}


def test_a_refused_value_names_its_field_and_never_repeats_the_value(register: Register) -> None:
    added = technology(register)
    with pytest.raises(errors.Invalid) as caught:
        register.change(added, code_name="秘" * 121, competitive_edge=9)
    assert {p.field for p in caught.value.problems} == {"code_name", "competitive_edge"}
    assert "秘秘" not in str(caught.value)
    with pytest.raises(errors.UnknownField):
        register.change(added, colour="red")
    with pytest.raises(errors.UnknownField):
        register.change(added, ref="TEC-0009")


def test_the_class_follows_the_scores_as_they_are_given(register: Register) -> None:
    added = technology(register)
    assert added.criticality is None
    scored = register.change(added, non_substitutability=4, national_base=4)
    assert scored.criticality is w.Criticality.S
    assert register.change(scored, criticality_confirmed=w.Criticality.B).criticality is w.Criticality.B


def test_nothing_is_written_by_a_reader(register: Register, place: Place) -> None:
    added = technology(register)
    register.close()
    with place.open(read_only=True) as reader:
        assert reader.read_only
        for attempt in (
            lambda: reader.add(i.Technology(code_name="x")),
            lambda: reader.change(added, code_name="x"),
            lambda: reader.remove(added),
            lambda: reader.bulk([i.Technology(code_name="x")]),
            lambda: reader.person_named("新しい人"),
            reader.undo,
        ):
            with pytest.raises(errors.ReadOnly):
                attempt()


# Removing and restoring


def test_what_others_stand_on_is_removed_only_with_them(register: Register) -> None:
    x = exposure(register)
    parent = register.get(x.technology)
    decision = register.add(i.Decision(title="決定", technology=parent.id))
    with pytest.raises(errors.InUse, match=x.ref):
        register.remove(parent)
    assert register.get(decision.id, i.Decision).technology == parent.id, "a refusal changes nothing"
    assert register.remove(parent, with_parts=True) == 2
    assert register.count("exposures") == register.count("technologies") == 0
    assert register.get(decision.id, i.Decision).technology is None
    assert register.verify().ok


def test_a_refusal_inside_an_act_changes_nothing_either(register: Register) -> None:
    x = exposure(register)
    decision = register.add(i.Decision(title="決定", technology=x.technology))
    with register.act("整理"), pytest.raises(errors.InUse):
        register.remove(register.get(x.technology))
    assert register.get(decision.id, i.Decision).technology == x.technology


def test_who_accepted_a_risk_is_not_removed_and_takes_no_evidence_along(register: Register) -> None:
    register.bulk(one_of_each(register.me.id))
    acceptance = register.find(i.Acceptance)[0]
    for with_parts in (False, True):
        with pytest.raises(errors.InUse, match=acceptance.ref):
            register.remove(register.get(acceptance.accepted_by), with_parts=with_parts)


def test_who_rated_stays_named_after_leaving(register: Register) -> None:
    other = register.person_named("退職する人")
    x = exposure(register)
    rating = register.rate(x, likelihood=2, impact=2, rationale="r", by=other.id)
    owned = technology(register, owner=other.id)
    register.remove(other)
    assert register.get(owned.id, i.Technology).owner is None
    assert register.get(rating.id, i.Rating).rated_by == other.id
    assert register.titles([other.id])[other.id].title == "退職する人"


def test_a_removed_entry_comes_back_as_it_was(register: Register) -> None:
    added = technology(register, products=("a", "b"))
    register.remove(added)
    assert register.remove(added) == 0
    back = register.restore(added.ref)
    assert isinstance(back, i.Technology)
    assert (back.products, back.removed_at, back.version) == (("a", "b"), None, 3)
    assert register.restore(added.ref).version == 3


def test_a_part_does_not_come_back_without_what_it_belongs_to(register: Register) -> None:
    x = exposure(register)
    register.remove(register.get(x.technology), with_parts=True)
    with pytest.raises(errors.Invalid):
        register.restore(x.ref)
    register.restore(register.get(x.technology).ref)
    assert register.restore(x.ref).removed_at is None


def test_what_names_a_whole_and_its_part_forgets_both(register: Register) -> None:
    technology = register.add(i.Technology(code_name="焼結"))
    exposure = register.add(i.Exposure(technology=technology.id, title="流出"))
    decision = register.add(i.Decision(title="続ける", technology=technology.id, exposure=exposure.id))
    register.remove(technology, with_parts=True)
    after = register.get(decision.id, i.Decision)
    assert (after.technology, after.exposure) == (None, None)


def test_what_refers_to_an_entry_are_its_parts(register: Register) -> None:
    x = exposure(register)
    register.rate(x, likelihood=1, impact=1, rationale="r")
    measure = register.add(i.Countermeasure(title="記録", exposures=(x.id,)))
    register.add(i.Countermeasure(title="他"))
    found = register.parts(x.id)
    assert set(found) == {"rating", "countermeasure"}
    assert [m.id for m in found["countermeasure"]] == [measure.id]
    assert set(register.parts(x.technology)) == {"exposure"}
    register.remove(measure)
    assert set(register.parts(x.id)) == {"rating"}


# People and pickers


def test_a_person_is_made_once(register: Register) -> None:
    one = register.person_named("法務 太郎", w.Department.LEGAL)
    assert register.person_named(" 法務　太郎 ").id == one.id
    assert register.count("people") == 2
    assert register.person_named("Ｌｅｇａｌ").id == register.person_named("legal").id


def test_a_picker_offers_what_fits_by_title(register: Register) -> None:
    for name in ("焼結B", "焼結A", "別"):
        technology(register, name)
    assert [n.title for n in register.pick("technology")] == ["別", "焼結A", "焼結B"] or [
        n.title for n in register.pick("technology")
    ] == sorted(["別", "焼結A", "焼結B"])
    assert [n.title for n in register.pick("technologies", "焼結")] == ["焼結A", "焼結B"]
    assert [n.title for n in register.pick("technology", "焼", limit=1)] == ["焼結A"]
    assert register.find(i.Technology, Query(where=(Where("code_name", "=", "別"),)))[0].code_name == "別"
