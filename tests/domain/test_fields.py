"""Every field of every kind is described well enough for a form, a column, an import and a redaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from techguard.domain import words
from techguard.domain.errors import problems_of
from techguard.domain.fields import Choice, FieldSpec, FieldType, Redaction
from techguard.domain.items import Item
from techguard.domain.kinds import BY_PLURAL, KINDS, Kind, by_dependency, kind_of, kind_of_ref
from tests.made_up import entries, ids_of, one_of_each

ALL = [(k, f) for k in KINDS.values() for f in k.fields]
CHOICES = [
    c for c in vars(words).values() if isinstance(c, type) and issubclass(c, Choice) and c is not Choice
]
IDS = ids_of(one_of_each("0" * 32))
each_field = pytest.mark.parametrize(("kind", "spec"), ALL, ids=[f"{k.name}.{f.name}" for k, f in ALL])
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@each_field
def test_a_field_says_what_it_is(kind: Kind, spec: FieldSpec) -> None:
    assert spec.label.strip() == spec.label != ""
    assert spec.about.section
    assert (spec.type in {FieldType.REF, FieldType.REFS}) == bool(spec.to)
    assert not spec.to or spec.to in KINDS
    assert (spec.type in {FieldType.CHOICE, FieldType.CHOICES}) == (spec.choices is not None)
    assert spec.many == (spec.type in {FieldType.WORDS, FieldType.CHOICES, FieldType.REFS})


@each_field
def test_a_number_and_a_text_have_limits_even_where_they_may_be_left_empty(
    kind: Kind, spec: FieldSpec
) -> None:
    if spec.type in {FieldType.INTEGER, FieldType.DECIMAL} and not spec.about.derived:
        assert spec.minimum is not None
        assert spec.maximum is not None
        assert spec.minimum < spec.maximum
    if spec.type in {FieldType.TEXT, FieldType.LONG_TEXT}:
        assert spec.max_length
    if spec.about.scale:
        assert spec.type is FieldType.INTEGER


@each_field
def test_limits_are_the_ones_the_entry_enforces(kind: Kind, spec: FieldSpec) -> None:
    beyond: list[object] = []
    if spec.type in {FieldType.TEXT, FieldType.LONG_TEXT}:
        beyond = ["長" * ((spec.max_length or 0) + 1)] + ([""] if spec.required else [])
    elif spec.type in {FieldType.INTEGER, FieldType.DECIMAL} and spec.maximum is not None:
        beyond = [spec.maximum + 1, (spec.minimum or 0) - 1]
    elif spec.type is FieldType.CHOICE:
        beyond = ["no such word"]
    for value in beyond:
        with pytest.raises(ValidationError) as caught:
            kind.model.model_validate({spec.name: value})
        about = [p for p in problems_of(caught.value, {spec.name: spec.label}) if p.field == spec.name]
        assert about, "the problem is said of the field"
        assert about[0].field_label == spec.label
        assert "{" not in str(about[0])


@each_field
def test_free_text_and_people_are_not_for_the_board_unless_a_field_says_so(
    kind: Kind, spec: FieldSpec
) -> None:
    written = {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.WORDS, FieldType.REF, FieldType.REFS}
    if spec.about.visible is None:
        free = spec.type in written and not spec.is_range
        assert spec.visible is (Redaction.FULL if free else Redaction.BOARD)
    else:
        assert spec.visible is spec.about.visible
        assert spec.visible is not Redaction.STATISTICS


def test_of_a_person_only_what_owning_a_task_needs_is_kept() -> None:
    """And what opening the vault needs: what they may do, and the ids of their keys."""
    owning = {"name", "department", "role", "active", "source_ref", "note"}
    assert set(KINDS["person"].by_name) == owning | {"access", "signing_keys"}


@pytest.mark.parametrize("choices", CHOICES, ids=lambda c: c.__name__)
def test_a_choice_can_be_told_from_the_others(choices: type[Choice]) -> None:
    labels = [c.label for c in choices]
    assert all(labels)
    assert len({label.casefold() for label in labels}) == len(labels)
    assert len({str(c).casefold() for c in choices}) == len(labels)
    assert all(choices(str(c)) is c for c in choices)
    assert all(len(str(c)) <= 40 for c in choices)


@each_kind
def test_a_kind_has_names_a_title_and_columns(kind: Kind) -> None:
    assert kind.title in kind.by_name
    assert not kind.parent or kind.by_name[kind.parent].required
    assert any(f.about.column for f in kind.fields)
    assert kind_of(kind.plural) is kind_of(kind.name) is kind_of(kind.model) is BY_PLURAL[kind.plural]
    assert kind_of_ref(f"{kind.prefix}-0001") is kind
    assert kind_of_ref(f"{kind.prefix.lower()}-0001") is kind
    assert len({f.label for f in kind.fields}) == len(kind.fields), "two columns would have one header"


def test_names_and_prefixes_are_distinct() -> None:
    for part in ("name", "plural", "prefix", "label", "label_plural", "model"):
        assert len({getattr(k, part) for k in KINDS.values()}) == len(KINDS)
    assert kind_of_ref("NOPE-1") is None
    with pytest.raises(KeyError):
        kind_of("nothing")


def test_every_kind_comes_after_what_it_refers_to() -> None:
    order = [k.name for k in by_dependency()]
    assert sorted(order) == sorted(KINDS)
    for kind in KINDS.values():
        for f in kind.refs:
            assert f.to == kind.name or order.index(f.to) < order.index(kind.name)


def test_the_least_entry_of_every_kind_can_be_made_and_has_a_title() -> None:
    made = one_of_each("0" * 32)
    assert {kind_of(m).name for m in made} == set(KINDS)
    assert all(kind_of(m).title_of(m) or kind_of(m).name == "agreement" for m in made)


@each_kind
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_values_have_the_type_their_field_says(kind: Kind, data: st.DataObject) -> None:
    item = data.draw(entries(kind, IDS))
    plain = {
        FieldType.TEXT: str,
        FieldType.LONG_TEXT: str,
        FieldType.INTEGER: int,
        FieldType.DECIMAL: Decimal,
        FieldType.BOOLEAN: bool,
        FieldType.DATE: date,
        FieldType.MOMENT: datetime,
        FieldType.REF: str,
    }
    for f in kind.fields:
        value = getattr(item, f.name)
        if f.many:
            assert isinstance(value, tuple)
        elif value is not None:
            assert isinstance(value, plain.get(f.type, f.choices or object))


@each_kind
def test_an_entry_cannot_be_altered_in_place(kind: Kind) -> None:
    item = next(m for m in one_of_each("0" * 32) if kind_of(m) is kind)
    for name in ("id", kind.fields[0].name):
        with pytest.raises(ValidationError):
            setattr(item, name, "altered")
    with pytest.raises(ValidationError):
        type(item).model_validate({**dict(item), "unknown": 1})


def test_a_changed_copy_is_validated_and_leaves_the_original() -> None:
    item: Item = one_of_each("0" * 32)[0]
    assert item.changed(code_name="別名").code_name == "別名"  # type: ignore[attr-defined]
    assert item.code_name == "焼結プロファイルK"  # type: ignore[attr-defined]
    with pytest.raises(ValidationError):
        item.changed(code_name="")
