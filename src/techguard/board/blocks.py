"""What pages are made of: plain data, without a word of its own. `pages` fills it, `typeset` draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from techguard.i18n import Language

Style = Literal["plain", "strong", "quiet", "asked"]
Align = Literal["left", "right", "center"]
Form = Literal["a4", "slides", "both"]
"""A4 pages, 16:9 slides, or A3 with both languages side by side."""
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a cell. `label` stands before it and is never broken."""

    text: str
    style: Style = "plain"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A level: its number, its word, and how it moved. `level` None: not rated."""

    level: int | None
    word: str
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Spark:
    """How a number went: a small line without axes, with the numbers for who cannot see it."""

    values: tuple[int | None, ...]
    said: str


Cell = tuple[Line, ...] | Badge | Spark


@dataclass(frozen=True, slots=True)
class Column:
    """`mm` is the width; 0 takes what is left."""

    label: str
    mm: float = 0
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart; `dark` is the part of its value that presses, `open` an outlook."""

    label: str
    value: int
    dark: int = 0
    open: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart of counts, with what its two shades say. `said` tells it in words."""

    title: str
    bars: tuple[Bar, ...]
    light: str
    dark: str
    said: str


@dataclass(frozen=True, slots=True)
class MapRow:
    name: str
    cells: tuple[str, ...]
    """A level as a digit, "?" not rated, "×" ruled out, "" never considered."""


@dataclass(frozen=True, slots=True)
class Map:
    """The leak map: technologies down, routes across."""

    columns: tuple[str, ...]
    rows: tuple[MapRow, ...]
    legend: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: its place, from 0 at the lower or left end to 1, and what it says."""

    at: float
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """`form` is what its values are, for a program that draws its own axis from `low` to `high`."""

    label: str
    ticks: tuple[Tick, ...]
    low: float
    high: float
    log: bool
    form: Literal["yen", "share", "count"]


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a curve: its place, each from 0 to 1 from the lower left corner, and its values."""

    at: tuple[float, float]
    values: tuple[float, float]
    marked: bool = True


@dataclass(frozen=True, slots=True)
class Curve:
    """`look` chooses line and mark: each can be told from the others without colour."""

    name: str
    dots: tuple[Dot, ...]
    look: Literal[0, 1, 2] = 0
    stepped: bool = False
    """It falls at its points and is level between them."""


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over two axes; `heads` and `rows` are its figures as a table, for who cannot see it."""

    title: str
    across: Axis
    up: Axis
    curves: tuple[Curve, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    said: str


Figure = Bars | Map | Plot


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what is under it. `more` says what the table leaves out."""

    title: str
    intro: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    more: str = ""
    figure: Figure | None = None
    nothing: bool = False
    """There is nothing to tell: the title goes into one line with the others of its sort."""
    tall: bool = False
    """More than half a page: it may run over to the next one."""
    long_rows: bool = False
    """Some row alone takes half a page: a row may break, too."""
    short: str = ""
    """Its title in a word or two, where there is no room for it: on the tab of a workbook's sheet."""
    kept: bool = True
    """No row is left alone on a page: the first two stay together, and the last two. Rows are low enough."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its name."""

    label: str
    value: str
    level: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """A cell of the heat map, as it is drawn."""

    level: int
    count: int
    moved: str = ""


@dataclass(frozen=True, slots=True)
class HeatMap:
    title: str
    rows: tuple[tuple[Heat, ...], ...]
    up: str
    across: str
    up_names: tuple[str, ...]
    across_names: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Card:
    """One of the worst exposures on the front page."""

    rank: str
    badge: Badge
    sentence: str
    where: str
    facts: tuple[Line, ...]
    below: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """The first page; it stands alone. Empty where a document has none."""

    levels_title: str = ""
    levels: tuple[Tile, ...] = ()
    classes_title: str = ""
    classes: tuple[Tile, ...] = ()
    movement_title: str = ""
    movement: tuple[Tile, ...] = ()
    asked: str = ""
    heat: HeatMap | None = None
    cards_title: str = ""
    cards: tuple[Card, ...] = ()
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A station on the way a technology could take."""

    label: str
    text: str
    open: bool = False
    """Nobody is named there."""


@dataclass(frozen=True, slots=True)
class Position:
    """The matrix with the place of one exposure then and now, as (row, column) from its upper left corner."""

    levels: tuple[tuple[int, ...], ...]
    up: str
    across: str
    up_names: tuple[str, ...]
    across_names: tuple[str, ...]
    now: tuple[int, int]
    then: tuple[int, int] | None
    said: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One exposure on a page of its own. Its title becomes a bookmark, so it names nothing."""

    title: str
    sentence: str
    badge: Badge
    chain: tuple[Node, ...]
    facts: tuple[Line, ...]
    position: Position | None
    measures: Section
    asked: Line


@dataclass(frozen=True, slots=True)
class Pages:
    """Everything that is printed."""

    language: Language
    title: str
    subtitle: str
    marking: str
    running: str
    foot: str
    page_of: str
    front: Front
    sections: tuple[Section, ...]
    asked: Section | None = None
    """What the reader is asked to decide: right after the front page."""
    sheets: tuple[Sheet, ...] = ()
    form: Form = "a4"
    beside: Pages | None = None
    """In the form "both": the same in the other language."""
    checkpoint: bytes = b""
    """The whole signed note, to be attached where the format has room for a file."""
    continued: str = "{title}"
    """How a page is headed that begins within a section: "{title} (continued)"."""
    snapshot: str = ""
    """The digest of what it shows; a PDF names it in its information, where its pages hold only shapes."""
