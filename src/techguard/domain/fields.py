"""How a field is described once, and how everything else reads it.

An item (a technology, an exposure …) is a frozen pydantic model. Each of its fields is written once, with its
type, limits, label and help; form, table column, import, export, JSON Schema, database column, history and
search all follow from that line through `FieldSpec`. Labels and helps are message ids: English sentences that
the catalogues of `techguard.i18n` translate.
"""

from __future__ import annotations

import builtins
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any, Self

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from . import spread as ranges


class Choice(StrEnum):
    """A closed list of words. A member has the value that is stored and an English label (a message id)."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    __str__ = str.__str__


class Redaction(IntEnum):
    """How much a reader may see (domain.md §6e). What carries a level is visible up to and including it."""

    FULL = 0
    """R0: members of the review session."""
    BOARD = 1
    """R1: code names, no detail of elements, people by role."""
    ADVISER = 2
    """R2: an outside adviser, one matter."""
    STATISTICS = 3
    """R3: counts only."""


class FieldType(StrEnum):
    """The shape of a field, as a form or a column needs to know it."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    WORDS = "words"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    CHOICES = "choices"
    REF = "ref"
    REFS = "refs"


@dataclass(frozen=True, slots=True)
class About:
    """What pydantic does not know about a field.

    `label`, `help`: message ids. `section`: where a form puts it (a message id). `to`: the kind a reference
    points to. `catalog`: the catalogue an id comes from (routes, signs, countermeasures, checklists …).
    `scale`: the anchored scale a number is chosen from. `visible`: the highest redaction level at which the
    value may appear (None: by type; free text is for session members only). `derived`: computed, never typed.
    `long`: text of several lines. `column`: shown in a table unless the reader hides it.
    `spread`: what the figures of a range count (`domain.spread`).
    """

    label: str
    help: str = ""
    section: str = "General"
    to: str = ""
    catalog: str = ""
    scale: str = ""
    visible: Redaction | None = None
    derived: bool = False
    long: bool = False
    column: bool = False
    unit: str = ""
    spread: ranges.Unit | None = None


@dataclass(frozen=True)
class FieldSpec:
    """One field, as forms, tables, importers and the store see it. Made by `specs`."""

    name: str
    about: About
    type: FieldType
    required: bool
    default: Any
    choices: builtins.type[Choice] | None = None
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    max_length: int | None = None

    @property
    def is_money(self) -> bool:
        """Whether it is an amount in whole yen."""
        return self.about.unit == "JPY"

    @property
    def is_range(self) -> bool:
        """Whether it is a range of figures, kept as a text of one form."""
        return self.about.spread is not None

    @property
    def label(self) -> str:
        """The field's name for a reader (message id)."""
        return self.about.label

    @property
    def help(self) -> str:
        """One sentence that a form shows beside the field (message id)."""
        return self.about.help

    @property
    def to(self) -> str:
        """The kind a reference points to, or an empty string."""
        return self.about.to

    @property
    def is_text(self) -> bool:
        """Whether a person writes free text here: what search covers and redaction hides."""
        texts = {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.WORDS}
        return self.type in texts and not self.about.catalog and not self.is_range

    @property
    def many(self) -> bool:
        """Whether the field holds several values."""
        return self.type in {FieldType.WORDS, FieldType.CHOICES, FieldType.REFS}

    @cached_property
    def visible(self) -> Redaction:
        """The highest redaction level at which the value may appear."""
        if self.about.visible is not None:
            return self.about.visible
        free = {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.WORDS, FieldType.REF, FieldType.REFS}
        return Redaction.FULL if self.type in free and not self.is_range else Redaction.BOARD


def specs(model: type[BaseModel]) -> tuple[FieldSpec, ...]:
    """The field specs of a model, in the order they were written."""
    return tuple(_specs(model))


def _specs(model: type[BaseModel]) -> Iterator[FieldSpec]:
    for name, info in model.model_fields.items():
        about = next((m for m in info.metadata if isinstance(m, About)), None)
        if about is None:
            continue
        bare, choices, metadata = _shape(info)
        # Limits of a list are about its entries, not about text.
        limits = [] if bare is list else metadata
        yield FieldSpec(
            name=name,
            about=about,
            type=_field_type(bare, about, choices, name),
            required=info.is_required() or any(isinstance(m, MinLen) and m.min_length > 0 for m in metadata),
            default=None if info.is_required() else info.get_default(call_default_factory=True),
            choices=choices,
            minimum=next((typing.cast("int | Decimal", m.ge) for m in limits if isinstance(m, Ge)), None),
            maximum=next((typing.cast("int | Decimal", m.le) for m in limits if isinstance(m, Le)), None),
            max_length=next((m.max_length for m in limits if isinstance(m, MaxLen)), None),
        )


def _shape(info: FieldInfo) -> tuple[type, type[Choice] | None, list[Any]]:
    """The bare type, the Choice within it, and all metadata; Optional and Annotated are looked through."""
    annotation, metadata = _bare(info.annotation, list(info.metadata))
    if typing.get_origin(annotation) in {list, tuple}:
        inner, _ = _bare(typing.get_args(annotation)[0], [])
        return list, inner if isinstance(inner, type) and issubclass(inner, Choice) else None, metadata
    return annotation, annotation if issubclass(annotation, Choice) else None, metadata


def _bare(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        inner = next(a for a in typing.get_args(annotation) if a is not type(None))
        return _bare(inner, metadata)
    if typing.get_origin(annotation) is typing.Annotated:
        first, *more = typing.get_args(annotation)
        return _bare(first, metadata + more)
    return annotation, metadata


def _field_type(bare: type, about: About, choices: type[Choice] | None, name: str) -> FieldType:
    if bare is list:
        if about.to:
            return FieldType.REFS
        return FieldType.CHOICES if choices else FieldType.WORDS
    if about.to:
        return FieldType.REF
    if choices:
        return FieldType.CHOICE
    if bare is str:
        return FieldType.LONG_TEXT if about.long else FieldType.TEXT
    simple = {
        bool: FieldType.BOOLEAN,
        int: FieldType.INTEGER,
        Decimal: FieldType.DECIMAL,
        datetime: FieldType.MOMENT,
        date: FieldType.DATE,
    }
    if bare not in simple:
        raise TypeError(f"{name}: no field type for {bare!r}")
    return simple[bare]
