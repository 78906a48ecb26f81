"""What a person types in a field, as a value of the domain, and back. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.text import clean
from techguard.i18n import _

from .dates import parse_date

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
            return parse_date(text, today)
        except ValueError:
            raise Refused(_("Write a date such as 2026-11-23, R8.11.23 or +3m.")) from None
    if spec.type in {FieldType.INTEGER, FieldType.DECIMAL}:
        return _number(spec, text)
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
    return str(value)


def normal(spec: FieldSpec, value: Any) -> Any:
    """A value as it is compared: what is empty is equal whatever it is empty of."""
    if spec.many:
        return tuple(value or ())
    return None if value == "" else value


def differs(fields: tuple[FieldSpec, ...], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two drafts say different things."""
    return any(normal(f, one.get(f.name)) != normal(f, other.get(f.name)) for f in fields)
