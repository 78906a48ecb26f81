"""Which columns a kind has in a table, how wide they are by what they hold, and how a row reads. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from techguard import present
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Item
from techguard.domain.kinds import Kind
from techguard.domain.text import width
from techguard.i18n import _, language

from . import plain as plain_mode
from .table import Cell, Column, Line, plain

REF = "ref"

ORDER: Mapping[str, tuple[str, ...]] = {
    "technology": (
        "code_name",
        "criticality",
        "impact",
        "owner",
        "status",
        "kind",
        "business_unit",
        "next_review",
    ),
    "exposure": (
        "level",
        "title",
        "technology",
        "route",
        "owner",
        "treatment",
        "status",
        "urgency",
        "next_review",
        "engagement",
        "likelihood",
        "impact",
    ),
    "engagement": ("title", "kind", "stage", "counterparties", "owner", "ends_on"),
    "counterparty": ("name", "zone", "kind", "due_diligence", "due_diligence_until", "jurisdiction"),
    "countermeasure": (
        "title",
        "status",
        "due",
        "operating_effect",
        "owner",
        "department",
        "exposures",
        "purpose",
        "tested_on",
        "catalog_id",
    ),
}
"""The columns of the main kinds, the most telling first: on a narrow screen the last are left out."""


COLUMNS = "columns"
"""The topic under which a person keeps the columns of each kind (`Register.kept`)."""


def shown_fields(kind: Kind, chosen: Sequence[str] = ()) -> list[FieldSpec]:
    """The fields of a kind that stand in its table, in their order: those chosen, or the usual ones."""
    if chosen or kind.name in ORDER:
        return [kind.by_name[name] for name in chosen or ORDER[kind.name]]
    fields = [f for f in kind.fields if f.about.column]
    fields.sort(key=lambda f: f.name != kind.title)
    return fields


def choosable(kind: Kind) -> list[FieldSpec]:
    """The fields that can be columns: all but texts of several lines."""
    return [f for f in kind.fields if f.type is not FieldType.LONG_TEXT]


def known_columns(kind: Kind, kept: Any) -> tuple[str, ...]:
    """Of the columns a person kept, those there still are."""
    can = {f.name for f in choosable(kind)}
    return tuple(name for name in kept if name in can) if isinstance(kept, list) else ()


def columns_of(kind: Kind, *, without: str = "", chosen: Sequence[str] = ()) -> list[Column]:
    """The columns of a kind's table, labelled in the language of the screen."""
    columns = [Column(REF, _("No."), 9, 9, keep=True)]
    columns += [_column(f, kind) for f in shown_fields(kind, chosen) if f.name != without]
    return columns


def _column(spec: FieldSpec, kind: Kind) -> Column:
    label = present.field_label(spec, language())
    least, most, align = _widths(spec)
    title = spec.name == kind.title
    if title:
        least, most = 28, 90
    return Column(
        spec.name,
        label,
        max(least, width(label)),
        max(most, width(label)),
        align,
        keep=title or _level(spec),
        share=0.4 if title else 0.0,
        whole=spec.type in {FieldType.CHOICE, FieldType.BOOLEAN},
    )


def _level(spec: FieldSpec) -> bool:
    return spec.about.scale == "level"


def _widths(spec: FieldSpec) -> tuple[int, int, str]:
    if _level(spec):
        return (12 if language() == "ja" else 15), 15, "left"
    match spec.type:
        case FieldType.DATE:
            return 10, 10, "left"
        case FieldType.MOMENT:
            return 16, 16, "left"
        case FieldType.BOOLEAN:
            return 4, 6, "left"
        case FieldType.INTEGER if spec.is_money:
            return 10, 20, "right"
        case FieldType.INTEGER | FieldType.DECIMAL:
            return 4, 4 if spec.about.scale else 8, "right"
        case FieldType.CHOICE:
            assert spec.choices is not None
            widest = max(width(present.choice_label(choice, language())) for choice in spec.choices)
            return min(8, widest), widest, "left"  # never wider than what can stand in it
        case FieldType.REFS:
            return 8, 30, "left"
        case FieldType.REF:
            return 12, 30, "left"
        case _:
            return 10, 40, "left"


def line_of(
    kind: Kind, item: Item, names: Mapping[str, str], *, without: str = "", chosen: Sequence[str] = ()
) -> Line:
    """A row of a kind's table."""
    cells = [plain(item.ref, "muted")]
    fields = shown_fields(kind, chosen)
    cells += [cell_of(f, getattr(item, f.name), names) for f in fields if f.name != without]
    return Line(item.id, tuple(cells))


def cell_of(spec: FieldSpec, value: Any, names: Mapping[str, str]) -> Cell:
    """A value in a column."""
    if _level(spec):
        return level_cell(value)
    if value is None or value in ("", ()):
        return Cell("")
    text = present.show(spec, value, language(), names)
    if spec.type is FieldType.REFS and len(value) > 1:
        text = _("{first} and {n} more").format(first=names.get(value[0], value[0]), n=len(value) - 1)
    return plain(text)


def level_cell(level: int | None) -> Cell:
    """A level: its mark and its word, and the colour only beside them."""
    return Cell(level_text(level), f"level-{level}" if level else "muted")


def level_text(level: int | None) -> str:
    """A level in black and white: a mark and a word; only the word where the screen is listened to."""
    if plain_mode.is_on():
        return present.level_word(level, language())
    return f"{present.level_mark(level)} {present.level_word(level, language())}"
