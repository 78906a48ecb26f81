"""The pages in reading order, as headings, paragraphs and tables: web page and workbook are drawn from it.

Every block of the pages is taken apart here and nowhere else. A new kind of cell does not pass the type
checker until it is told here how it reads; a test holds that every text of the pages comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from techguard.i18n import Language, translator

from .blocks import (
    Align,
    Badge,
    Bars,
    Card,
    Cell,
    Figure,
    Front,
    HeatMap,
    Line,
    Map,
    Node,
    Pages,
    Plot,
    Position,
    Section,
    Sheet,
    Spark,
    Style,
    Tile,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """`depth` 1 is the title, 2 a section, 3 what is inside one; `short` is for where there is no room."""

    depth: int
    text: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    style: Style = "plain"


@dataclass(frozen=True, slots=True)
class Box:
    """A cell of a table. `level` gives it the colour of a level; `names` marks the name of a row."""

    lines: tuple[Line, ...]
    level: int | None = None
    align: Align = "left"
    names: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of boxes under their heads, if there are any; `widths` in millimetres, 0 for what is left."""

    rows: tuple[tuple[Box, ...], ...]
    heads: tuple[Box, ...] = ()
    title: str = ""
    widths: tuple[float, ...] = ()
    turned: bool = False
    """It has so many columns that their heads are read downwards, where the format can do that."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Curves, with their figures as a table."""

    plot: Plot
    table: Table


Part = Heading | Paragraph | Table | Drawing


def spoken(pages: Pages) -> tuple[Pages, ...]:
    """The pages in their language, and those in the other language where both stand side by side."""
    return (pages, pages.beside) if pages.beside else (pages,)


def outline(pages: Pages) -> Iterator[Part]:
    """Everything on the pages in one language, but the marking, which stands on each of them."""
    yield Heading(1, pages.title)
    yield from _paragraphs(pages.subtitle, style="quiet")
    yield from _front(pages.front)
    if pages.asked:
        yield from _section(pages.asked)
    for sheet in pages.sheets:
        yield from _sheet(sheet, pages.language)
    for section in pages.sections:
        yield from _section(section)
    yield from _paragraphs(pages.foot, style="quiet")


_NOWHERE = {
    code: "\ufffd"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
    if chr(code) not in "\n\t"
}


def printable(text: str) -> str:
    """A text without control characters and the like: neither HTML nor XML has a place for them."""
    return text.translate(_NOWHERE)


def _paragraphs(*texts: str, style: Style = "plain") -> Iterator[Paragraph]:
    yield from (Paragraph(text, style) for text in texts if text)


def _front(front: Front) -> Iterator[Part]:
    yield from _tiles(front.levels_title, front.levels)
    yield from _tiles(front.classes_title, front.classes)
    if front.movement:
        yield from _tiles(front.movement_title, front.movement)
    else:
        yield from _paragraphs(front.movement_title)
    yield from _paragraphs(front.asked, style="strong")
    if front.heat:
        yield from _heat_map(front.heat)
    if front.cards:
        yield Heading(2, front.cards_title)
        yield Table(tuple(_card(card) for card in front.cards), widths=(8, 24, 0, 52))
    yield from _paragraphs(front.nothing)


def _tiles(title: str, tiles: tuple[Tile, ...]) -> Iterator[Table]:
    if not tiles:
        return
    yield Table(
        title=title,
        heads=tuple(
            Box((Line(f"{t.level} {t.label}" if t.level else t.label),), t.level, "center") for t in tiles
        ),
        rows=(
            tuple(
                Box((Line(t.value, "strong"), *([Line(t.note, "quiet")] if t.note else [])), align="center")
                for t in tiles
            ),
        ),
    )


def _heat_map(heat: HeatMap) -> Iterator[Part]:
    def cell(level: int, count: int, moved: str) -> Box:
        said = Line(f"{count:,}" if count else "·", "strong" if count else "quiet", str(level))
        return Box((said, *([Line(moved, "quiet")] if moved else [])), level, "center")

    size = len(heat.rows)
    yield Table(
        title=heat.title,
        heads=_axes(heat.up, heat.across, heat.across_names),
        rows=tuple(
            (Box((Line(f"{size - n} {name}"),), names=True), *(cell(h.level, h.count, h.moved) for h in row))
            for n, (name, row) in enumerate(zip(heat.up_names, heat.rows, strict=True))
        ),
    )
    yield from _paragraphs(heat.note, style="quiet")


def _card(card: Card) -> tuple[Box, ...]:
    return (
        Box((Line(card.rank, "strong"),), align="right", names=True),
        _box(card.badge),
        Box((Line(card.sentence, "strong"), Line(card.where, "quiet"), *card.below)),
        Box(card.facts),
    )


def _sheet(sheet: Sheet, language: Language) -> Iterator[Part]:
    def station(node: Node) -> Box:
        return Box((Line(node.text, "quiet" if node.open else "strong"),))

    yield Heading(2, sheet.title)
    yield from _paragraphs(sheet.sentence, style="strong")
    yield Table(rows=((_box(sheet.badge), Box(sheet.facts)),), widths=(34, 0))
    yield Table(
        heads=tuple(Box((Line(node.label),)) for node in sheet.chain),
        rows=(tuple(station(node) for node in sheet.chain),),
        widths=(0,) * len(sheet.chain),
    )
    if sheet.position:
        yield from _position(sheet.position)
    yield from _section(sheet.measures, depth=3)
    yield from _paragraphs(
        translator(language).labelled(sheet.asked.label, sheet.asked.text), style=sheet.asked.style
    )


_NOW, _THEN = "●", "○"


def _position(position: Position) -> Iterator[Part]:
    size = len(position.levels)

    def cell(level: int, place: tuple[int, int]) -> Box:
        mark = _NOW if place == position.now else _THEN if place == position.then else ""
        return Box((Line(mark, "strong", str(level)),), level, "center")

    yield Table(
        heads=_axes(position.up, position.across, position.across_names),
        rows=tuple(
            (
                Box((Line(f"{size - down} {name}"),), names=True),
                *(cell(level, (down, aside)) for aside, level in enumerate(row)),
            )
            for down, (name, row) in enumerate(zip(position.up_names, position.levels, strict=True))
        ),
    )
    yield from _paragraphs(position.said, style="quiet")


def _section(section: Section, depth: int = 2) -> Iterator[Part]:
    yield Heading(depth, section.title, section.short)
    yield from _paragraphs(*section.intro)
    if section.figure:
        yield from _figure(section.figure)
    if section.rows:
        named = any(column.label for column in section.columns)
        yield Table(
            heads=tuple(Box((Line(c.label),), align=c.align) for c in section.columns) if named else (),
            rows=tuple(
                tuple(_box(c, column.align) for c, column in zip(row, section.columns, strict=True))
                for row in section.rows
            ),
            widths=tuple(column.mm for column in section.columns),
        )
    yield from _paragraphs(section.more, style="quiet")


def _figure(figure: Figure) -> Iterator[Part]:
    match figure:
        case Bars(title, bars, light, dark, said):
            yield Table(
                title=title,
                heads=tuple(Box((Line(text),), align=align) for text, align in _columns(light, dark)),
                rows=tuple(
                    (
                        Box((Line(bar.label),), names=True),
                        Box(
                            (Line(f"{bar.value - bar.dark:,}", "quiet" if bar.open else "plain"),),
                            align="right",
                        ),
                        Box((Line(f"{bar.dark:,}"),), align="right"),
                    )
                    for bar in bars
                ),
            )
            yield from _paragraphs(said, style="quiet")
        case Plot():
            yield from _paragraphs(figure.title, style="strong")
            yield Drawing(figure, _figures(figure))
            yield from _paragraphs(figure.said, style="quiet")
        case Map(columns, rows, legend):
            yield Table(
                heads=(Box((Line(""),)), *(Box((Line(name),), align="center") for name in columns)),
                rows=tuple(
                    (
                        Box((Line(row.name),), names=True),
                        *(
                            Box((Line(c, "strong"),), int(c) if c.isdecimal() else None, "center")
                            for c in row.cells
                        ),
                    )
                    for row in rows
                ),
                widths=(44, *[13] * len(columns)),
                turned=True,
            )
            yield from _paragraphs(legend, style="quiet")
        case _:
            assert_never(figure)


def _figures(plot: Plot) -> Table:
    return Table(
        heads=tuple(Box((Line(head),), align="right") for head in plot.heads),
        rows=tuple(
            tuple(Box((Line(text),), align="right", names=not n) for n, text in enumerate(row))
            for row in plot.rows
        ),
    )


def _columns(light: str, dark: str) -> tuple[tuple[str, Align], ...]:
    return ("", "left"), (light, "right"), (dark, "right")


def _axes(up: str, across: str, names: tuple[str, ...]) -> tuple[Box, ...]:
    corner = Box((Line(f"{up} ↑"), Line(f"{across} →")))
    return (corner, *(Box((Line(f"{n} {name}"),), align="center") for n, name in enumerate(names, 1)))


def _box(cell: Cell, align: Align = "left") -> Box:
    match cell:
        case Badge(level, word, moved):
            said = Line(f"{level} {word}" if level else word, "strong")
            return Box((said, *([Line(moved)] if moved else [])), level or 0, align)
        case Spark(said=text):
            return Box((Line(text, "quiet"),), align=align)
        case tuple():
            return Box(cell, align=align)
        case _:
            assert_never(cell)
