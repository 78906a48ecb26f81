"""An entry's fields as text: what is filled in, by section, label beside value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from techguard import present
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Item
from techguard.domain.kinds import Kind
from techguard.domain.text import fit, width
from techguard.i18n import _, language

from .columns import level_text
from .text import join, literal, wrap


@dataclass(frozen=True)
class Fact:
    """One line of an entry: its section, its label, its value as text, and a style for the value."""

    section: str
    label: str
    value: str
    style: str = ""


_QUIET = {"not_assessed", "unknown"}
"""Values that say that nobody has looked yet: a reader is told once, in the gaps, not on every line."""


def facts_of(kind: Kind, item: Item, names: Mapping[str, str], skip: Sequence[str] = ()) -> list[Fact]:
    """What is filled in, in the order of the definitions."""
    return [
        Fact(_(f.about.section), present.field_label(f, language()), *_value(f, getattr(item, f.name), names))
        for f in kind.fields
        if f.name not in skip and _tells(f, getattr(item, f.name))
    ]


def _tells(spec: FieldSpec, value: object) -> bool:
    if value is None or value in ("", ()):
        return False
    if spec.type is FieldType.BOOLEAN and value is False and not spec.required:
        return False
    return not (spec.type is FieldType.CHOICE and str(value) in _QUIET)


def _value(spec: FieldSpec, value: object, names: Mapping[str, str]) -> tuple[str, str]:
    if spec.about.scale == "level" and isinstance(value, int):
        return level_text(value), f"$t-level-{value}"
    if spec.about.scale and isinstance(value, int):
        return scale_word(spec.about.scale, value), ""
    if spec.type is FieldType.WORDS and isinstance(value, tuple):
        return "\n".join(str(v) for v in value), ""
    return present.show(spec, value, language(), names), ""


def scale_word(scale_id: str, value: int) -> str:
    """A step of a scale: its number and its name."""
    from techguard import catalog

    try:
        return f"{value} {catalog.scales().scale(scale_id).level(value).name.in_(language())}"
    except LookupError:
        return str(value)


class Facts(Widget):
    """Facts, laid out for the width there is."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._facts: Sequence[Fact] = ()

    def show(self, facts: Sequence[Fact]) -> None:
        """Show these."""
        self._facts = facts
        self.refresh(layout=True)

    def lines(self, cells: int) -> list[Content]:
        """The facts in lines of at most `cells` cells."""
        cells = min(cells, 110)
        label = min(max((width(f.label) for f in self._facts), default=0), 30) + 2
        lines: list[Content] = []
        for section, facts in groupby(self._facts, key=lambda f: f.section):
            if lines:
                lines.append(Content(""))
            lines.append(literal(section, "bold $t-accent"))
            for fact in facts:
                parts = wrap(fact.value, max(10, cells - label))
                lines.append(join((fit(fact.label, label), "$t-muted"), (parts[0], fact.style)))
                lines += [join(" " * label, (part, fact.style)) for part in parts[1:]]
        return lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self.lines(width)))

    def render(self) -> Content:
        return Content("\n").join(self.lines(self.content_size.width))
