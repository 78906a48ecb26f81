"""Conditions and orders as they are typed: `level>=4`, `owner=`, `title~sinter`, `-level`."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from techguard.cli.errors import UsageError
from techguard.cli.words import chosen, folded
from techguard.i18n import LANGUAGES, translator
from techguard.i18n.dates import read_date
from techguard.i18n.money import read_money

if TYPE_CHECKING:
    from techguard.domain.fields import FieldSpec
    from techguard.domain.kinds import Kind
    from techguard.register import Register, Where
    from techguard.store.queries import Op

_CONDITION = re.compile(r"^\s*([^=!<>~]+?)\s*(!=|>=|<=|=|>|<|~)(.*)$", re.DOTALL)
# A class is compared by its rank: as letters, C would be more than A and S more than both.
_COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"no", "false", "0", "n"})


class NotACondition(UsageError):
    """Facts: `text`."""

    what = "{text} is not a condition."
    next_step = (
        "Write FIELD=VALUE, for example level>=4, status=identified, owner= (empty) or title~word (contains)."
    )


class NoSuchField(UsageError):
    """Facts: `field`, `kind`, `known`."""

    what = "{kind}: there is no field {field}."
    next_step = "The fields are: {known}"


class NotAValue(UsageError):
    """Facts: `value`, `field`, `expected`."""

    what = "{value} is not a value of {field}."
    next_step = "Expected: {expected}"


class NotOne(UsageError):
    """A title that several entries have, or none. Facts: `value`, `field`."""

    what = "{value} does not name exactly one entry for {field}."
    next_step = "Give the number, such as TEC-0001."


def field_named(kind: Kind, typed: str) -> FieldSpec:
    """A field by its name or its label in either language. Raises `NoSuchField`."""
    wanted = folded(typed)
    for spec in kind.fields:
        labels = (translator(language).label(spec) for language in LANGUAGES)
        if wanted in {spec.name, folded(spec.name.replace("_", " ")), *map(folded, labels)}:
            return spec
    known = tuple(spec.name for spec in kind.fields)
    raise NoSuchField(field=typed.strip(), kind=kind, known=known)


def condition(register: Register, kind: Kind, typed: str) -> Where:
    """The condition that was typed. Raises `NotACondition`, `NoSuchField`, `NotAValue`, `NotOne`."""
    from techguard.domain.words import Criticality
    from techguard.register import Where

    match = _CONDITION.match(typed)
    if match is None:
        raise NotACondition(text=typed)
    name, sign, value = match[1], match[2], match[3].strip()
    if folded(name) == "ref":
        return Where("ref", cast("Op", "contains" if sign == "~" else sign), value.upper())
    spec = field_named(kind, name)
    if not value and sign in {"=", "!="}:
        return Where(spec.name, "empty" if sign == "=" else "filled")
    if sign == "~":
        return Where(spec.name, "contains", value if spec.is_text else parsed(register, spec, value))
    if spec.many:
        found = parsed(register, spec, value)
        return Where(spec.name, "contains", found) if sign == "=" else Where(spec.name, "not in", (found,))
    found = parsed(register, spec, value)
    if spec.choices is Criticality and sign in _COMPARED:
        return Where(spec.name, "in", tuple(c for c in Criticality if _COMPARED[sign](c.rank, found.rank)))
    return Where(spec.name, cast("Op", sign), found)


def parsed(register: Register, spec: FieldSpec, value: str) -> Any:
    """A typed value as the field holds it. Raises `NotAValue`, `NotOne`, `NotFound`."""
    from techguard.domain.fields import FieldType

    match spec.type:
        case FieldType.CHOICE | FieldType.CHOICES:
            assert spec.choices is not None
            choice = chosen(spec.choices, value)
            if choice is None:
                raise NotAValue(value=value, field=spec.name, expected=tuple(map(str, spec.choices)))
            return choice
        case FieldType.REF | FieldType.REFS:
            return _pointed(register, spec, value)
        case FieldType.INTEGER if spec.is_money:
            amount = read_money(value)
            if amount is None:
                raise NotAValue(value=value, field=spec.name, expected="12,000,000")
            return amount
        case FieldType.INTEGER | FieldType.DECIMAL:
            try:
                number = Decimal(folded(value))
                return int(number) if spec.type is FieldType.INTEGER else number
            except (InvalidOperation, ValueError, OverflowError):
                raise NotAValue(value=value, field=spec.name, expected="3") from None
        case FieldType.DATE | FieldType.MOMENT:
            day = read_date(value)
            if day is None:
                raise NotAValue(value=value, field=spec.name, expected="2026-04-01")
            return day
        case FieldType.BOOLEAN:
            return _yes_or_no(spec, value)
    return value.upper() if spec.about.catalog and value.isascii() else value


def _yes_or_no(spec: FieldSpec, value: str) -> bool:
    said = {
        translator(language).gettext(word).casefold(): word
        for language in LANGUAGES
        for word in ("Yes", "No")
    }
    word = said.get(folded(value), folded(value)).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise NotAValue(value=value, field=spec.name, expected="yes, no")


def _pointed(register: Register, spec: FieldSpec, value: str) -> str:
    from techguard.domain.kinds import KINDS

    target = KINDS[spec.to]
    if value.upper().startswith(f"{target.prefix}-"):
        return str(register.get(value.upper()).id)
    named = [n for n in register.pick(target.name, value) if folded(n.title) == folded(value)]
    if len(named) != 1:
        raise NotOne(value=value, field=spec.name)
    return named[0].id


def order(kind: Kind, typed: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """Fields to sort by, each with whether it falls: a minus in front. Raises `NoSuchField`."""
    found = []
    for name in typed:
        bare = name.removeprefix("-").removeprefix("+")
        field = "ref" if folded(bare) == "ref" else field_named(kind, bare).name
        found.append((field, name.startswith("-")))
    return tuple(found)
