"""How a list is looked at: a value that asks the register, says itself in words, and can be kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.gaps import BY_CODE
from techguard.domain.kinds import Kind
from techguard.i18n import N_, _, labelled, list_text
from techguard.register import Query, Where

from .forms import options_for

EMPTY = "\x00empty"
"""Chosen in a filter: what has no value there."""

DATES: tuple[tuple[str, str, int | None], ...] = (
    ("overdue", N_("Before today"), 0),
    ("30", N_("Within 30 days"), 30),
    ("90", N_("Within 90 days"), 90),
    ("365", N_("Within a year"), 365),
)


@dataclass(frozen=True)
class View:
    """How a list is looked at: what was typed, filters by field, order, gap; and where the cursor is. `only`:
    certain entries and no others, with the word for what they have in common.
    """

    text: str = ""
    filters: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    sort: tuple[str, bool] | None = None
    gap: str = ""
    cursor: int = 0
    only: tuple[str, tuple[str, ...]] | None = None

    @property
    def narrowed(self) -> bool:
        """Whether it shows less than everything."""
        return bool(self.filters or self.text or self.gap or self.only)

    def with_filter(self, name: str, chosen: Sequence[Any]) -> View:
        """With another filter on a field; none when nothing was chosen."""
        rest = tuple(f for f in self.filters if f[0] != name)
        return replace(self, filters=(*rest, (name, tuple(chosen))) if chosen else rest, cursor=0)

    def query(self, kind: Kind, today: date) -> Query:
        """What the register is asked."""
        where: list[Where] = []
        for name, chosen in self.filters:
            where += _where(kind.by_name[name], chosen, today)
        if self.only:
            where.append(Where("id", "in", self.only[1]))
        sort = (self.sort,) if self.sort else ()
        return Query(text=self.text, where=tuple(where), sort=sort, gap=self.gap)

    def referred(self) -> set[str]:
        """Every text chosen in a filter; the ids of entries are among them."""
        return {v for _name, values in self.filters for v in values if isinstance(v, str)}


def _where(spec: FieldSpec, chosen: Sequence[Any], today: date) -> list[Where]:
    if EMPTY in chosen:
        return [Where(spec.name, "empty")]
    if spec.type is FieldType.DATE:
        days = next(d for key, _label, d in DATES if key == chosen[0])
        if days == 0:
            return [Where(spec.name, "<", today)]
        return [Where(spec.name, ">=", today), Where(spec.name, "<=", today + timedelta(days=days or 0))]
    if spec.many:
        return [Where(spec.name, "contains", chosen[0])]
    return [Where(spec.name, "in", tuple(chosen))]


# --- in words ---


def in_words(kind: Kind, view: View, names: Mapping[str, str]) -> list[str]:
    """What the list is narrowed to and how it is sorted; `names`: titles of entries by id."""
    parts: list[str] = [view.only[0]] if view.only else []
    if view.gap:
        parts.append(_(BY_CODE[view.gap].label))
    for name, chosen in view.filters:
        spec = kind.by_name[name]
        words = list_text([_value_text(spec, v, names) for v in chosen])
        parts.append(labelled(_(spec.label), words))
    if view.sort:
        name, down = view.sort
        text = _("sorted by {field}, descending") if down else _("sorted by {field}, ascending")
        parts.append(text.format(field=_(kind.by_name[name].label)))
    return parts


def _value_text(spec: FieldSpec, value: Any, names: Mapping[str, str]) -> str:
    if value == EMPTY:
        return _("(empty)")
    if spec.type is FieldType.DATE:
        return next(_(label) for key, label, _days in DATES if key == value)
    if spec.to:
        return names.get(value, str(value))
    return next((o.label for o in options_for(spec, {}) if o.value == value), str(value))


# --- kept ---


def kept_form(view: View) -> dict[str, Any]:
    """A view as a JSON value: what was typed, filters, order, gap; neither the cursor nor single entries."""
    return {
        "text": view.text,
        "filters": [
            [name, [str(v) if isinstance(v, str) else v for v in chosen]] for name, chosen in view.filters
        ],
        "sort": list(view.sort) if view.sort else None,
        "gap": view.gap,
    }


def from_kept(kind: Kind, kept: Any) -> tuple[View, bool]:
    """The view that was kept, and whether it is whole: a field, value or gap that is no more is left out."""
    kept = kept if isinstance(kept, dict) else {}
    filters: list[tuple[str, tuple[Any, ...]]] = []
    whole = True
    for name, values in kept.get("filters") or ():
        spec = kind.by_name.get(name)
        known = [v for v in (_known(spec, raw) for raw in values) if v is not None] if spec else []
        whole = whole and len(known) == len(values)
        if known:
            filters.append((name, tuple(known)))
    gap = kept.get("gap") or ""
    sort = kept.get("sort")
    found = View(
        text=str(kept.get("text") or ""),
        filters=tuple(filters),
        sort=(sort[0], bool(sort[1])) if sort and sort[0] in kind.by_name else None,
        gap=gap if gap in BY_CODE and BY_CODE[gap].kind == kind.name else "",
    )
    return found, whole and found.gap == gap and bool(found.sort) == bool(sort)


def _known(spec: FieldSpec, raw: Any) -> Any:
    if raw == EMPTY:
        return EMPTY
    if spec.choices is not None:
        return spec.choices(raw) if raw in list(spec.choices) else None
    if spec.type is FieldType.DATE:
        return raw if raw in [key for key, _label, _days in DATES] else None
    return raw
