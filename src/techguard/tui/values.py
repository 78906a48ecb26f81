"""What a person types in a field, as a value of the domain, and back. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from techguard.domain.errors import RANGE_FORM
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.spread import Unit, read_figure, read_spread
from techguard.domain.text import clean
from techguard.i18n import _
from techguard.i18n.dates import typed_date
from techguard.i18n.money import read_money

TYPED = {
    FieldType.TEXT,
    FieldType.LONG_TEXT,
    FieldType.WORDS,
    FieldType.INTEGER,
    FieldType.DECIMAL,
    FieldType.DATE,
}


class Refused(ValueError):
    """What was typed is not a value of the field; the message is for the person, in their language."""


def is_typed(spec: FieldSpec) -> bool:
    """Whether a field is typed; the others are chosen from a list."""
    return spec.type in TYPED and not spec.about.scale and not spec.about.catalog


def parse(spec: FieldSpec, typed: str, today: date) -> Any:
    """The value of `typed`. Raises `Refused`."""
    text = clean(typed).strip()
    if spec.type is FieldType.WORDS:
        return tuple(line.strip() for line in text.split("\n") if line.strip())
    if not text:
        if spec.required:
            raise Refused(_("This must be filled in."))
        return "" if spec.type in {FieldType.TEXT, FieldType.LONG_TEXT} else None
    if spec.type is FieldType.DATE:
        try:
            return typed_date(text, today)
        except ValueError:
            raise Refused(_("Write a date such as 2026-11-23, R8.11.23 or +3m.")) from None
    if spec.about.spread:
        return _range(spec.about.spread, text)
    if spec.is_money:
        return _within(spec, _money(text))
    if spec.type in {FieldType.INTEGER, FieldType.DECIMAL}:
        return _within(spec, _number(spec, text))
    if spec.max_length and len(text) > spec.max_length:
        raise Refused(_("At most {limit} characters.").format(limit=spec.max_length))
    return text


def _number(spec: FieldSpec, text: str) -> int | Decimal:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("、", "")  # japanese: separator
    try:
        value: int | Decimal = int(plain) if spec.type is FieldType.INTEGER else Decimal(plain)
    except (ValueError, InvalidOperation):
        raise Refused(_("Write a number.")) from None
    if isinstance(value, Decimal) and not value.is_finite():
        raise Refused(_("Write a number."))
    return value


def _money(text: str) -> int:
    found = read_money(text)
    if found is None:
        raise Refused(_("Write whole yen such as 12,000,000 or ¥12 million."))
    return found


def _range(unit: Unit, text: str) -> str:
    """A range in the form the register keeps; amounts may be written in any usual unit."""
    found = read_spread(text, read_money if unit == "JPY" else read_figure)
    if found is None:
        raise Refused(_(RANGE_FORM))
    return str(found)


def _within(spec: FieldSpec, value: int | Decimal) -> int | Decimal:
    low, high = spec.minimum, spec.maximum
    if low is not None and value < low:
        raise Refused(_("At least {limit}.").format(limit=low))
    if high is not None and value > high:
        raise Refused(_("At most {limit}.").format(limit=f"{high:,}"))
    return value


def typed_text(spec: FieldSpec, value: Any) -> str:
    """A value as a person would type it."""
    if value is None:
        return ""
    if spec.type is FieldType.WORDS:
        return "\n".join(value)
    if isinstance(value, date):
        return value.isoformat()
    if spec.is_range:
        found = read_spread(value, read_figure)
        return found.text(lambda figure: f"{figure:,f}") if found else str(value)
    if spec.is_money:
        return f"{value:,}"  # never in the unit chosen for reading: that may be rounded
    return str(value)


def normal(spec: FieldSpec, value: Any) -> Any:
    """A value as it is compared: what is empty is equal whatever it is empty of."""
    if spec.many:
        return tuple(value or ())
    return None if value == "" else value


def differs(fields: tuple[FieldSpec, ...], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two drafts say different things."""
    return any(normal(f, one.get(f.name)) != normal(f, other.get(f.name)) for f in fields)
