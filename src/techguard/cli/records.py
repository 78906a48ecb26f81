"""Entries of the register as JSON objects and as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from techguard.cli.output import Line
from techguard.i18n import _, language

if TYPE_CHECKING:
    from techguard.domain.fields import FieldSpec
    from techguard.domain.items import Item
    from techguard.domain.kinds import Kind
    from techguard.register import Entry, Named, Row


def plain(value: Any) -> Any:
    """A value as JSON knows it: dates in ISO 8601, choices by their code, decimals as numbers."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    return str(value) if isinstance(value, str) else value


def record(kind: Kind, item: Item, named: Mapping[str, Named]) -> dict[str, Any]:
    """An entry as an object: every field under its name; a reference with its number and title."""
    made: dict[str, Any] = {"ref": item.ref, "id": item.id, "kind": kind.name, "version": item.version}
    for spec in kind.fields:
        value = getattr(item, spec.name)
        if not spec.to:
            made[spec.name] = plain(value)
        elif spec.many:
            made[spec.name] = [_pointer(id_, named) for id_ in value]
        else:
            made[spec.name] = _pointer(value, named) if value else None
    made["created_at"] = plain(item.created_at)
    made["updated_at"] = plain(item.updated_at)
    made["removed_at"] = plain(item.removed_at)
    return made


def _pointer(id_: str, named: Mapping[str, Named]) -> dict[str, str]:
    found = named.get(id_)
    return {"ref": found.ref if found else "", "title": found.title if found else "", "id": id_}


def text(spec: FieldSpec, value: Any, names: Mapping[str, str]) -> str:
    """A value as a person reads it."""
    from techguard.present import show

    return show(spec, value, language(), names)


def columns(kind: Kind) -> tuple[FieldSpec, ...]:
    """The fields that a table of this kind shows."""
    return tuple(spec for spec in kind.fields if spec.about.column)


def cells_of(specs: tuple[FieldSpec, ...], row: Row) -> list[str]:
    """A row of a table: the number, then the columns."""
    return [row.item.ref, *(text(spec, getattr(row.item, spec.name), row.names) for spec in specs)]


def headings(specs: tuple[FieldSpec, ...]) -> list[str]:
    """The headings of a table."""
    return [_("Number"), *(label(spec) for spec in specs)]


_TELLING = frozenset({"level", "criticality", "zone", "due", "expires_on", "valid_until", "on", "answer"})


def essential(kind: Kind, specs: tuple[FieldSpec, ...]) -> list[int]:
    """The columns that a narrow terminal shows before the others: title, and what the entry is judged by."""
    return [i for i, spec in enumerate(specs, 1) if spec.name == kind.title or spec.name in _TELLING]


def label(spec: FieldSpec) -> str:
    """A field's name in the reader's language."""
    from techguard.present import field_label

    return field_label(spec, language())


def lines(kind: Kind, row: Row) -> list[Line]:
    """Every field that has a value."""
    shown = [Line(_("Number"), row.item.ref)]
    for spec in kind.fields:
        value = getattr(row.item, spec.name)
        if value not in {None, "", ()}:
            shown.append(Line(label(spec), text(spec, value, row.names)))
    return shown


def entry_record(entry: Entry) -> dict[str, Any]:
    """An act of history as an object."""
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "person": entry.person,
        "action": entry.action,
        "reason": entry.reason,
        "review": entry.review,
        "undoes": entry.undoes,
        "count": entry.count,
        "changes": [
            {
                "kind": change.kind,
                "ref": change.ref,
                "id": change.id,
                "title": change.title,
                "op": change.op,
                "pruned": change.pruned,
                "fields": {
                    name: {"before": plain(before), "after": plain(after)}
                    for name, (before, after) in change.fields.items()
                },
            }
            for change in entry.changes
        ],
    }
