"""Redaction: the one place where it is decided what a level may show (domain.md §6e).

It works on the facts, before anything is composed. What a level does not show is emptied here and exists
nowhere later: not in the document, not in the PDF, not in its metadata.

- R0 shows everything the summary has a place for.
- R1 shows code names, people by role, and no detail of know-how elements.
- R2 is about one matter; counts over the whole register are not its reader's business.
- R3 shows counts and no entry at all.

Which field is visible at which level is said where the field is defined (`About.visible`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

from techguard.domain import words as w
from techguard.domain.fields import FieldType, Redaction
from techguard.domain.items import Item
from techguard.domain.kinds import kind_of

from . import document as d
from .facts import Facts, Numbers, Ranked

AnItem = TypeVar("AnItem", bound=Item)

_REFERENCES = {FieldType.REF, FieldType.REFS}


def depth(level: w.RedactionLevel) -> Redaction:
    """The redaction level as the number that fields are compared with."""
    return Redaction(int(level.value[1:]))


@cache
def _hidden(model: type[Item], level: Redaction) -> Mapping[str, Any]:
    """The fields of a model that a level hides, each with what stands in its place.

    References stay: they are random ids that the document never holds. What they point to is redacted itself.
    """
    empty: dict[str, Any] = {
        spec.name: () if spec.many else "" if spec.type in {FieldType.TEXT, FieldType.LONG_TEXT} else None
        for spec in kind_of(model).fields
        if spec.visible < level and spec.type not in _REFERENCES
    }
    if level > Redaction.BOARD:
        empty["ref"] = ""
    return empty


def veiled(item: AnItem, level: Redaction) -> AnItem:
    """A copy of an entry without what `level` hides. Its enumerations may then be None as well."""
    return item.model_copy(update=dict(_hidden(type(item), level)))


def redact(facts: Facts, level: w.RedactionLevel) -> Facts:
    """The facts without anything that `level` does not show."""
    deep = depth(level)
    if deep == Redaction.FULL:
        return facts
    if deep == Redaction.STATISTICS:
        return _counts_only(facts)
    if deep == Redaction.ADVISER:
        facts = _one_matter(facts)
    return cast("Facts", _walk(facts, deep))


def _walk(value: Any, level: Redaction) -> Any:
    """`value` with every entry in it veiled."""
    if isinstance(value, Item):
        return veiled(value, level)
    if isinstance(value, tuple):
        return tuple(_walk(part, level) for part in value)
    if isinstance(value, Mapping):
        return {key: _walk(part, level) for key, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value, **{f.name: _walk(getattr(value, f.name), level) for f in dataclasses.fields(value)}
        )
    return value


def _counts_only(facts: Facts) -> Facts:
    limits = facts.numbers.limits.model_copy(update={"absent": ()})
    some = {
        f.name: dataclasses.replace(getattr(facts, f.name), rows=())
        for f in dataclasses.fields(facts)
        if f.name in _LISTS
    }
    # The day of the session before is a date of a meeting, not an entry: movement cannot be read without it.
    previous = facts.previous and veiled(facts.previous, Redaction.STATISTICS)
    if previous is not None and facts.previous is not None:
        previous = previous.model_copy(update={"held_on": facts.previous.held_on})
    return dataclasses.replace(
        facts,
        prepared_by=None,
        review=None,
        previous=previous,
        matter=None,
        numbers=dataclasses.replace(facts.numbers, limits=limits, money=None),
        top=(),
        plans=(),
        names={},
        **some,
    )


_LISTS = (
    "leak_map",
    "asked",
    "decisions",
    "moved",
    "pressing",
    "capital",
    "single_holders",
    "counterparties",
    "agreements",
    "acceptances",
    "observations",
    "consultations",
)


def matter_of(ranked: Ranked) -> str:
    """What an exposure belongs to: its engagement, or its technology where it has none."""
    return ranked.exposure.engagement or ranked.exposure.technology


def _one_matter(facts: Facts) -> Facts:
    """The exposures of one matter and nothing else: the chosen one, or that of the worst exposure."""
    matter = facts.matter or (matter_of(facts.top[0]) if facts.top else None)
    top = tuple(
        r
        for r in facts.top
        if matter is not None and matter in {r.exposure.engagement, r.exposure.technology}
    )
    wanted = {matter} | {
        i for r in top for i in (r.exposure.technology, r.exposure.owner, r.exposure.engagement) if i
    }
    return Facts(
        as_of=facts.as_of,
        now=facts.now,
        head=facts.head,
        prepared_by=facts.prepared_by,
        review=facts.review,
        matter=matter,
        numbers=Numbers(
            limits=d.Limits(scale_edition=facts.numbers.limits.scale_edition), words=facts.numbers.words
        ),
        top=top,
        names={i: item for i, item in facts.names.items() if i in wanted},
    )
