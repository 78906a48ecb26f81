"""Every condition on every field says what a reader of the list would say, item by item."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techguard.domain.errors import UnknownField
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Exposure, Item, Summary, Technology
from techguard.domain.kinds import KINDS, Kind
from techguard.register import Query, Register, Where
from tests.conftest import Place
from tests.made_up import LETTERS, world

ALL = [(k, f) for k in KINDS.values() for f in k.fields]
COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
IN_ORDER = {FieldType.INTEGER, FieldType.DECIMAL, FieldType.DATE, FieldType.MOMENT}
TEXT = {FieldType.TEXT, FieldType.LONG_TEXT}


@pytest.fixture(scope="module")
def shared(copied: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    with copied(tmp_path_factory.mktemp("queries") / "acme.techguard").open() as register:
        register.bulk(world(Random(7), register.today))
        yield register


@pytest.fixture(scope="module")
def everything(shared: Register) -> dict[str, list[Item]]:
    """Every entry by kind, as a reader would leaf through them."""
    return {name: shared.find(kind.model) for name, kind in KINDS.items()}


def lowered(text: str) -> str:
    """Letters of ASCII in one case: how a database compares a part of a text."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def fits(spec: FieldSpec, value: Any, where: Where) -> bool:
    """Whether one value fits a condition, as the condition's words say."""
    wanted, op = where.value, where.op
    if op in {"empty", "filled"}:
        return (value in (None, "", ())) == (op == "empty")
    if spec.many:
        values = set(map(str, value))
        if op in {"in", "not in"}:
            return bool(values & set(map(str, wanted))) == (op == "in")
        return (str(wanted) in values) == (op != "!=")
    match op:
        case "=":
            return bool(value == wanted)
        case "!=":
            return bool(value != wanted)
        case "in":
            return value in wanted
        case "not in":
            return value not in wanted
        case "contains":
            return lowered(wanted) in lowered(value) if spec.type in TEXT else bool(value == wanted)
        case _:
            return value is not None and bool(COMPARED[op](value, wanted))


@st.composite
def conditions(draw: st.DrawFn, spec: FieldSpec, items: list[Item]) -> Where:
    seen = [getattr(i, spec.name) for i in items]
    single = [v for value in seen for v in (value if spec.many else (value,)) if v not in (None, "")]
    ops = ["empty", "filled"]
    if single:
        ops += ["=", "!=", "in", "not in", "contains"] + (list(COMPARED) if spec.type in IN_ORDER else [])
    op = draw(st.sampled_from(ops))
    if op in {"empty", "filled"}:
        return Where(spec.name, op)  # type: ignore[arg-type]
    if op in {"in", "not in"}:
        return Where(spec.name, op, tuple(draw(st.lists(st.sampled_from(single), max_size=3))))  # type: ignore[arg-type]
    value = draw(st.sampled_from(single))
    if op == "contains" and spec.type in TEXT:
        start = draw(st.integers(0, len(value) - 1))
        value = draw(st.sampled_from([value[start : start + 3], value.upper(), "%", "_", "\\", "'"]))
    return Where(spec.name, op, value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "spec"), ALL, ids=[f"{k.name}.{f.name}" for k, f in ALL])
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_condition_lists_what_fits_and_nothing_else(
    shared: Register, everything: dict[str, list[Item]], kind: Kind, spec: FieldSpec, data: st.DataObject
) -> None:
    items = everything[kind.name]
    where = data.draw(conditions(spec, items))
    found = shared.rows(kind.name, Query(where=(where,)), limit=None)
    expected = [i.id for i in items if fits(spec, getattr(i, spec.name), where)]
    assert [r.item.id for r in found] == expected
    assert shared.count(kind.name, Query(where=(where,))) == len(expected)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_conditions_join_and_pages_make_up_the_whole(
    shared: Register, everything: dict[str, list[Item]], data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(list(KINDS.values())))
    items = everything[kind.name]
    specs = data.draw(st.lists(st.sampled_from(kind.fields), min_size=1, max_size=2))
    wheres = tuple(data.draw(conditions(s, items)) for s in specs)
    query = Query(where=wheres, sort=((specs[0].name, data.draw(st.booleans())),))
    whole = [r.item.id for r in shared.rows(kind.name, query, limit=None)]
    assert set(whole) == {
        i.id for i in items if all(fits(s, getattr(i, s.name), w) for s, w in zip(specs, wheres, strict=True))
    }
    size = data.draw(st.integers(1, 5))
    paged = [
        r.item.id
        for start in range(0, len(whole) + 1, size)
        for r in shared.rows(kind.name, query, offset=start, limit=size)
    ]
    assert paged == whole
    assert shared.count(kind.name, query) == len(whole)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("kind", "spec"), ALL, ids=[f"{k.name}.{f.name}" for k, f in ALL])
def test_sorting_turns_the_values_and_leaves_nothing_last(
    shared: Register, kind: Kind, spec: FieldSpec, descending: bool
) -> None:
    rows = shared.rows(kind.name, Query(sort=((spec.name, descending),)), limit=None)
    values = [getattr(r.item, spec.name) for r in rows]
    assert len(rows) == shared.count(kind.name)
    filled = [v not in (None, "", ()) for v in values]
    assert filled == sorted(filled, reverse=True), "empty ones come last, whichever way the rest is turned"
    numbered = [(r, v) for r, v in zip(rows, values, strict=True) if v not in (None, "", ())]
    if spec.type in IN_ORDER | TEXT | {FieldType.BOOLEAN}:
        order = [v for _, v in numbered]
    elif spec.type is FieldType.CHOICE:
        assert spec.choices
        order = [list(spec.choices).index(v) for _, v in numbered]
    elif spec.type is FieldType.REF:
        order = [r.names[v] for r, v in numbered]
    elif spec.type is FieldType.REFS:
        order = [len(v) for _, v in numbered]
    else:
        return
    expected = sorted(order, reverse=descending)
    assert order == expected
    for (a, x), (b, y) in pairwise(zip((r for r, _ in numbered), order, strict=True)):
        if x == y:
            assert (a.item.ref < b.item.ref) != descending, "equal ones by number, the same way round"


def test_a_class_is_sorted_by_its_meaning_not_by_its_letter(register: Register) -> None:
    for letter in "BSCA":
        register.add(Technology.model_validate({"code_name": letter, "criticality_confirmed": letter}))
    found = register.find(Technology, Query(sort=(("criticality", False),)))
    assert [str(t.criticality) for t in found] == ["S", "A", "B", "C"]


@settings(max_examples=80, deadline=None)
@given(st.text(LETTERS, max_size=6))
def test_whatever_is_typed_is_a_value_and_never_a_command(shared: Register, typed: str) -> None:
    items = shared.find(Technology)
    for field in ("code_name", "note"):
        found = shared.find(Technology, Query(where=(Where(field, "contains", typed),)))
        assert found == [t for t in items if lowered(typed) in lowered(getattr(t, field))]
    found = shared.find(Technology, Query(where=(Where("products", "contains", typed),)))
    assert found == [t for t in items if typed.strip() in t.products]
    shared.count("technologies", Query(text=typed))


def test_a_field_nobody_has_is_named(shared: Register) -> None:
    for query in (Query(where=(Where("colour", "=", 1),)), Query(sort=(("colour", False),))):
        with pytest.raises(UnknownField, match="colour"):
            shared.rows("technologies", query)


def test_a_moment_is_compared_with_a_day(register: Register) -> None:
    sealed = datetime(2026, 11, 23, 12, tzinfo=UTC)
    register.add(Summary(title="第一四半期", sealed_at=sealed))
    for day, expected in ((date(2026, 11, 20), 1), (date(2026, 11, 26), 0)):
        assert register.count("summaries", Query(where=(Where("sealed_at", ">=", day),))) == expected
        assert register.count("summaries", Query(where=(Where("created_at", ">=", day),))) == expected


def test_removed_entries_are_listed_only_when_asked_for(register: Register) -> None:
    kept, gone = (register.add(Technology(code_name=n)) for n in ("残る", "消える"))
    register.remove(gone)
    assert [t.id for t in register.find(Technology)] == [kept.id]
    assert [t.id for t in register.find(Technology, Query(removed=True))] == [gone.id]
    assert register.get(gone.ref, Technology).removed_at is not None


def test_a_row_knows_the_names_of_what_it_refers_to(shared: Register) -> None:
    for row in shared.rows("exposures"):
        exposure = row.item
        assert isinstance(exposure, Exposure)
        technology = shared.get(exposure.technology, Technology)
        assert row.names[exposure.technology] == technology.code_name
        assert row.refs[exposure.technology] == technology.ref
        assert set(row.names) >= {i for i in (exposure.owner, exposure.engagement, *exposure.elements) if i}


def test_a_year_s_dates_are_found_by_a_span(shared: Register) -> None:
    today = shared.today
    soon = (Where("next_review", ">=", today), Where("next_review", "<=", today + timedelta(days=30)))
    expected = [
        e
        for e in shared.find(Exposure)
        if e.next_review and today <= e.next_review <= today + timedelta(days=30)
    ]
    assert shared.find(Exposure, Query(where=soon)) == expected
