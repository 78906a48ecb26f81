"""How a field's values lie in the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from techguard.domain.fields import Choice, FieldSpec, FieldType

DECIMAL_PLACES = 4
_DECIMALS = Decimal(10**DECIMAL_PLACES)


class ChoiceColumn(TypeDecorator[Choice]):
    """A word of a closed list, kept as its value."""

    impl = String(40)
    cache_ok = True

    def __init__(self, choices: type[Choice]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: Choice | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Choice | None]:
        """By a table of the words: a page of a list has thousands of them."""
        choices, known = self.choices, {c.value: c for c in self.choices}

        def read(value: Any) -> Choice | None:
            return None if value is None else known.get(value) or choices(value)

        return read


class ListColumn(TypeDecorator[tuple[Any, ...]]):
    """Several words, kept as a JSON array; none is an empty array."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[Choice] | None = None) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: tuple[Any, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps([str(v) for v in value], ensure_ascii=False)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], tuple[Any, ...]]:
        choices = self.choices

        def read(value: Any) -> tuple[Any, ...]:
            if not value or value == "[]":
                return ()
            words = json.loads(value)
            return tuple(map(choices, words)) if choices else tuple(words)

        return read


class DecimalColumn(TypeDecorator[Decimal]):
    """An exact decimal with four places, kept as a count of ten-thousandths so that it also sorts."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * _DECIMALS).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / _DECIMALS


@lru_cache(64)
def _utc(moment: datetime) -> str:
    """As text. An act writes one moment into every row it makes."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class MomentColumn(TypeDecorator[datetime]):
    """A moment in UTC, kept as ISO 8601 text."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else _utc(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return lambda value: None if value is None else datetime.fromisoformat(value)


def column_type(spec: FieldSpec) -> TypeEngine[Any]:
    """The database type of a field that lies in its kind's own table (not of REFS)."""
    match spec.type:
        case FieldType.CHOICE:
            assert spec.choices is not None
            return ChoiceColumn(spec.choices)
        case FieldType.CHOICES | FieldType.WORDS:
            return ListColumn(spec.choices)
        case FieldType.DECIMAL:
            return DecimalColumn()
        case FieldType.MOMENT:
            return MomentColumn()
        case FieldType.DATE:
            return Date()
        case FieldType.BOOLEAN:
            return Boolean(create_constraint=False)
        case FieldType.INTEGER:
            return BigInteger() if spec.about.unit else Integer()
        case _:
            return Text()
