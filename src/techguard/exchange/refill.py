"""Put text into cells of somebody's workbook and leave everything else of it as it is.

A library that reads a workbook and writes it anew loses what it does not know (pictures, form controls,
extensions of Excel). Here only the text of the cells named is spliced into the XML of their sheets; every
other part of the package, and every other byte of those sheets, stays.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from .errors import CellsNotWritten, Damaged, NotWorkbook
from .read import letters, read, sheet_parts, unpacked

Cells = Mapping[tuple[int, int], str]
"""Text by row and column, counted from 0."""

LONGEST = 32_767
"""Characters a cell can hold: Excel specifications and limits."""
_REF = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_DROPPED = frozenset({"t", "cm", "vm"})
"""Attributes that speak of the value that stood there."""


@dataclass(slots=True)
class _Cell:
    column: int
    start: int
    name: str
    attributes: dict[str, str]
    end: int = 0
    formula: bool = False


@dataclass(slots=True)
class _Row:
    end: int = 0
    cells: list[_Cell] = field(default_factory=list)


def refill(data: bytes, name: str, sheets: Mapping[str, Cells]) -> tuple[bytes, list[str]]:
    """A workbook (.xlsx, .xlsm) with these texts in it, by the names of its sheets; and the cells that hold a
    formula, which were left as they are.

    Raises `NotWorkbook`, what `read` raises, and `CellsNotWritten` when a cell has no place, a text is too
    long, or the outcome does not read as it should.
    """
    if not data.startswith(b"PK"):
        raise NotWorkbook(name=name)
    contents = unpacked(data, name)
    files = sheet_parts({entry.filename.lstrip("/"): content for entry, content in contents})
    if "xl/workbook.xml" not in {entry.filename.lstrip("/") for entry, _content in contents}:
        raise NotWorkbook(name=name)
    wanted = {files.get(sheet, ""): (sheet, cells) for sheet, cells in sheets.items() if cells}
    left: list[str] = []
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for entry, content in contents:
            sheet, cells = wanted.pop(entry.filename.lstrip("/"), ("", {}))
            new, kept = _spliced(content, cells, name) if cells else (content, [])
            left += [_at(sheet, at) for at in kept]
            package.writestr(entry, new, compress_type=entry.compress_type)
    if wanted:
        raise CellsNotWritten(name=name, found=tuple(sheet for sheet, _cells in wanted.values()))
    filled = out.getvalue()
    _check(data, filled, name, sheets, left)
    return filled, left


def _spliced(xml: bytes, cells: Cells, name: str) -> tuple[bytes, list[tuple[int, int]]]:
    """The XML of a sheet with texts in its cells, and the cells that were left for their formulas."""
    rows = _rows(xml, {r for r, _c in cells}, name)
    edits: list[tuple[int, int, bytes]] = []
    kept: list[tuple[int, int]] = []
    for (r, c), text in sorted(cells.items()):
        row = rows.get(r)
        if row is None or not row.cells or len(text) > LONGEST:
            raise CellsNotWritten(name=name, found=f"{letters(c)}{r + 1}")
        there = next((cell for cell in row.cells if cell.column == c), None)
        if there is not None and there.formula:
            kept.append((r, c))
        elif there is not None:
            edits.append((there.start, there.end, _cell(there.name, there.attributes, r, c, text)))
        else:
            after = next((cell for cell in row.cells if cell.column > c), None)
            at = after.start if after else row.end
            edits.append((at, at, _cell(row.cells[0].name, {}, r, c, text)))
    for start, end, new in sorted(edits, key=lambda e: e[:2], reverse=True):
        xml = xml[:start] + new + xml[end:]
    return xml, kept


def _cell(name: str, attributes: Mapping[str, str], row: int, column: int, text: str) -> bytes:
    prefix = name.removesuffix("c")
    kept = {k: v for k, v in attributes.items() if k not in _DROPPED} | {"r": f"{letters(column)}{row + 1}"}
    said = "".join(f" {k}={quoteattr(v)}" for k, v in kept.items())
    return (
        f'<{name}{said} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">{escape(text)}'
        f"</{prefix}t></{prefix}is></{name}>"
    ).encode()


def _rows(xml: bytes, wanted: set[int], name: str) -> dict[int, _Row]:
    """Where the wanted rows and their cells stand in the bytes of a sheet."""
    parser = expat.ParserCreate()
    found: dict[int, _Row] = {}
    row, column = -1, -1
    here: _Row | None = None
    cell: _Cell | None = None

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, here, cell
        local = tag.rpartition(":")[2]
        if local == "row":
            row = int(attributes["r"]) - 1 if "r" in attributes else row + 1
            column = -1
            here = found.setdefault(row, _Row()) if row in wanted else None
        elif local == "c" and here is not None:
            ref = _REF.fullmatch(attributes.get("r", ""))
            column = _number(ref[1]) if ref else column + 1
            cell = _Cell(column, parser.CurrentByteIndex, tag, dict(attributes))
        elif local == "f" and cell is not None:
            cell.formula = True

    def end(tag: str) -> None:
        nonlocal here, cell
        local = tag.rpartition(":")[2]
        at = parser.CurrentByteIndex
        if local == "c" and cell is not None and here is not None:
            # Of an element without content expat says where it ends; of another where its end tag begins.
            closing = xml.startswith(b"</" + tag.encode(), at)
            cell.end = xml.index(b">", at) + 1 if closing else at
            here.cells.append(cell)
            cell = None
        elif local == "row" and here is not None:
            here.end = at
            here = None

    def refuse(*_declared: object) -> None:
        raise Damaged(name=name)

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: an encoding nobody knows
        raise Damaged(name=name) from error
    return found


def _number(column: str) -> int:
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _check(before: bytes, after: bytes, name: str, sheets: Mapping[str, Cells], left: list[str]) -> None:
    """Read the outcome: what was to be written stands there, and nothing else is other than it was."""
    was, now = (_values(data, name) for data in (before, after))
    for sheet in was:
        wanted = {_at(sheet, at): text for at, text in sheets.get(sheet, {}).items()}
        meant = was[sheet] | {at: text for at, text in wanted.items() if at not in left}
        wrong = [at for at in meant.keys() | now[sheet].keys() if meant.get(at) != now[sheet].get(at)]
        if wrong:
            raise CellsNotWritten(name=name, found=min(wrong))


def _values(data: bytes, name: str) -> dict[str, dict[str, object]]:
    """Every cell that holds something, by sheet and by its name."""
    return {
        g.name: {
            _at(g.name, (r + g.top, c + g.left)): value
            for r, row in enumerate(g.rows)
            for c, value in enumerate(row)
            if value != ""
        }
        for g in read(data, name).grids
    }


def _at(sheet: str, at: tuple[int, int]) -> str:
    return f"{sheet} {letters(at[1])}{at[0] + 1}"
