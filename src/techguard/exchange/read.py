"""From the bytes of a file to plain grids of typed cells, and nothing else: no guess at what they mean.

Whatever the bytes are, the outcome is a `Source` or an `ExchangeError`. What a reader would lose without
noticing (formulas that were never calculated, error cells, a guessed encoding) is kept as a `Notice`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from techguard.domain.text import clean
from techguard.errors import TechguardError, few
from techguard.i18n import N_

from .errors import Damaged, Disguised, Empty, HasPassword, Suspicious, TooLarge, UnknownFormat, Unreadable

Cell = str | int | float | bool | datetime | date | time | timedelta
"""An empty cell is an empty string."""

Span = tuple[int, int, int, int]
"""First row, first column, last row, last column: all inclusive, counted from 0 within the grid."""

MAX_FILE = 100 * 2**20
MAX_UNPACKED = 600 * 2**20
MAX_RATIO = 250
"""Highest believable compression. Measured: 100,000 equal rows of a workbook reach about 60."""
MAX_ENTRIES = 10_000
MAX_CELLS = 20_000_000
MAX_TEXT = 1_000_000

WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".ods")
TEXTS = (".csv", ".tsv", ".txt", ".tab")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader of a file should know. `message` is a message id with the named `facts`."""

    message: str
    facts: dict[str, object] = field(default_factory=dict)
    sheet: str = ""


@dataclass(slots=True)
class Grid:
    """The used part of one sheet, every row equally long.

    `top` and `left` say where in the sheet it begins, counted from 0.
    """

    name: str
    rows: list[list[Cell]]
    top: int = 0
    left: int = 0
    merged: tuple[Span, ...] = ()
    hidden: bool = False
    lost: dict[tuple[int, int], str] = field(default_factory=dict)
    """Cells whose value the file does not hold: an error value, or a formula that was never calculated."""
    transposed: bool = False

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    def row_number(self, row: int) -> int:
        """The number a spreadsheet shows beside a row of the grid (or, turned on its side, above)."""
        return row + 1 + (self.left if self.transposed else self.top)

    def column_name(self, column: int) -> str:
        """The letters a spreadsheet shows above a column (turned on its side: the row number)."""
        return str(column + self.top + 1) if self.transposed else letters(column + self.left)

    def column_at(self, name: str) -> int | None:
        """The column of the grid with that name, or None."""
        if self.transposed:
            return int(name) - 1 - self.top if name.isascii() and name.isdigit() else None
        number = 0
        for letter in name.upper():
            if not "A" <= letter <= "Z":
                return None
            number = number * 26 + ord(letter) - 64
        return number - 1 - self.left if number else None

    def turned(self) -> Grid:
        """The same sheet with its rows as columns: for forms that have their headings down the side."""
        return Grid(
            self.name,
            [list(column) for column in zip(*self.rows, strict=True)],
            self.top,
            self.left,
            tuple((c0, r0, c1, r1) for r0, c0, r1, c1 in self.merged),
            self.hidden,
            {(c, r): why for (r, c), why in self.lost.items()},
            not self.transposed,
        )


@dataclass(slots=True)
class Source:
    """A file as read: its name, its sheets, and what its reader should know."""

    name: str
    grids: list[Grid]
    digest: str = ""
    notices: list[Notice] = field(default_factory=list)
    document: Any = None
    """The parsed content of a .json file."""
    delimited: bool = False
    """Whether cells came as text without a type (.csv)."""


def letters(column: int) -> str:
    """The spreadsheet's name of a column counted from 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def read(source: str | Path | bytes, name: str = "") -> Source:
    """Read a file, or bytes with the name the file had.

    Raises `ExchangeError`: unknown format, unreadable, password, too large, suspicious.
    """
    if isinstance(source, bytes):
        data = source
    else:
        path = Path(source)
        name = name or path.name
        try:
            if path.stat().st_size > MAX_FILE:
                raise TooLarge(name=name, found=_megabytes(path.stat().st_size), limit=_megabytes(MAX_FILE))
            data = path.read_bytes()
        except OSError as error:
            raise Unreadable(name=name, reason=error.strerror or str(error)) from error
    if len(data) > MAX_FILE:
        raise TooLarge(name=name, found=_megabytes(len(data)), limit=_megabytes(MAX_FILE))
    name = name or "-"
    grids, notices, document = _parse(data, name)
    for grid in grids:
        removed = _clean(grid)
        if removed:
            message = N_("{count} cells held control characters; they were removed.")
            notices.append(Notice(message, {"count": removed}, grid.name))
    delimited = _is_archive(data) or (document is None and not data.startswith(_WORKBOOK_MARKS))
    return Source(name, grids, hashlib.sha256(data).hexdigest(), notices, document, delimited)


def _clean(grid: Grid) -> int:
    """Take out of all texts what no register keeps (`domain.text.clean`). Returns how many cells had any."""
    removed = 0
    for row in grid.rows:
        for at, cell in enumerate(row):
            if isinstance(cell, str) and not (cell.isascii() and cell.isprintable()):
                text = clean(cell)
                if text != cell:
                    row[at] = text
                    removed += len(text) < len(unicodedata.normalize("NFC", cell.replace("\r\n", "\n")))
    grid.rows = trimmed(grid.rows)
    return removed


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f} MB"


def _parse(data: bytes, name: str) -> tuple[list[Grid], list[Notice], Any]:
    suffix = Path(name).suffix.lower()
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Empty(name=name)
    # What the bytes are counts for more than what the name says: exports are often misnamed.
    if _is_archive(data):
        return (*_archive(data, name), None)
    if data.startswith(_WORKBOOK_MARKS):
        return (*_workbook(data, name), None)
    if suffix == ".json":
        return _json(data, name)
    if suffix in WORKBOOKS and data[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise Disguised(name=name)
    if suffix in TEXTS or (suffix in WORKBOOKS and not _looks_binary(data)):
        return (*_delimited(data, name, suffix), None)
    if suffix == ".xls":
        return (*_workbook(data, name), None)
    if suffix in WORKBOOKS:
        raise Damaged(name=name)
    raise UnknownFormat(name=name)


_WORKBOOK_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def _is_archive(data: bytes) -> bool:
    """Whether this is a .zip of .csv files, as our own export writes it for several kinds."""
    if not data.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = package.namelist()
    except _BAD_ZIP:
        return False
    return 0 < len(names) <= 1000 and all(n.lower().endswith(".csv") for n in names)


def _archive(data: bytes, name: str) -> tuple[list[Grid], list[Notice]]:
    grids: list[Grid] = []
    notices: list[Notice] = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        entries = package.infolist()
    for entry in entries:
        if entry.flag_bits & 1:
            raise HasPassword(name=name)
        content = _unpack(data, entry, min(MAX_UNPACKED, MAX_RATIO * max(len(data), 40_000)), name)
        found, said = _delimited(content, entry.filename, ".csv")
        grids += found
        notices += said
    return grids, notices


def _looks_binary(data: bytes) -> bool:
    head = data[:4096]
    return b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


# --- Workbooks ------------------------------------------------------------------------------------


def _workbook(data: bytes, name: str) -> tuple[list[Grid], list[Notice]]:
    import python_calamine as calamine

    parts = _check_package(data, name) if data.startswith(b"PK") else {}
    try:
        with calamine.load_workbook(io.BytesIO(data)) as book:
            return _sheets(book, parts, name)
    except calamine.PasswordError as error:
        raise HasPassword(name=name) from error
    except TechguardError:
        raise
    except BaseException as error:
        # A panic of the Rust reader is a BaseException of its own kind; everything else that is not an
        # Exception (the user's Ctrl+C, running out of memory) goes on its way.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if isinstance(error, MemoryError):
            raise
        if _is_encrypted(data):
            raise HasPassword(name=name) from error
        raise Damaged(name=name) from error


def _is_encrypted(data: bytes) -> bool:
    """Whether a compound file is a workbook with a password.

    [MS-OFFCRYPTO] 2.3.4.4: a stream EncryptedPackage; [MS-XLS] 2.4.117: a FILEPASS record after BOF.
    """
    if not data.startswith(b"\xd0\xcf\x11\xe0"):
        return False
    if "EncryptedPackage".encode("utf-16-le") in data:
        return True
    at = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    for _ in range(8):
        if at < 0 or at + 4 > len(data):
            return False
        record, length = struct.unpack("<HH", data[at : at + 4])
        if record == 0x2F:
            return True
        at += 4 + length
    return False


def _sheets(book: Any, parts: dict[str, bytes], name: str) -> tuple[list[Grid], list[Notice]]:
    import python_calamine as calamine

    grids, notices = [], []
    files = sheet_parts(parts)
    for meta in book.sheets_metadata:
        if meta.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.start is None:
            grids.append(Grid(meta.name, [], hidden=meta.visible != calamine.SheetVisibleEnum.Visible))
            continue
        top, left = sheet.start
        if sheet.height * sheet.width > MAX_CELLS:
            raise TooLarge(
                name=name, found=f"{meta.name}: {sheet.height} × {sheet.width}", limit=f"{MAX_CELLS:,}"
            )
        rows = sheet.to_python()
        lost = {
            (row - top, column - left): why
            for (row, column), why in _lost_cells(parts.get(files.get(meta.name, ""), b"")).items()
        }
        for kind in sorted(set(lost.values())):
            at = [f"{letters(c + left)}{r + top + 1}" for (r, c), why in lost.items() if why == kind]
            message = (
                N_("{count} formulas were never calculated, so that the file holds no value: {cells}")
                if kind == "formula"
                else N_("{count} cells hold the error {error}: {cells}")
            )
            facts = {"count": len(at), "error": kind, "cells": few(at, 10)}
            notices.append(Notice(message, facts, meta.name))
        grids.append(
            Grid(
                meta.name,
                rows,
                top,
                left,
                _merged(sheet, top, left, len(rows)),
                meta.visible != calamine.SheetVisibleEnum.Visible,
                lost,
            )
        )
    return grids, notices


def _merged(sheet: Any, top: int, left: int, height: int) -> tuple[Span, ...]:
    spans = sheet.merged_cell_ranges or ()
    moved = ((r0 - top, c0 - left, r1 - top, c1 - left) for (r0, c0), (r1, c1) in spans)
    inside = (span for span in moved if span[2] >= 0 <= span[3] and span[0] < height)
    return tuple((max(r0, 0), max(c0, 0), r1, c1) for r0, c0, r1, c1 in inside)


def trimmed(rows: list[list[Any]]) -> list[list[Cell]]:
    """Without the empty rows at the end and the empty columns at the right; every row equally long."""
    last = len(rows)
    while last and not any(not blank(cell) for cell in rows[last - 1]):
        last -= 1
    rows = rows[:last]
    used = 0
    for row in rows:
        end = len(row)
        while end > used:
            if not blank(row[end - 1]):
                used = end
                break
            end -= 1
    return [row[:used] if len(row) >= used else [*row, *[""] * (used - len(row))] for row in rows]


_INVISIBLE = " \t\r\n\xa0\u3000\u200b\ufeff"


def blank(cell: object) -> bool:
    """Nothing, or nothing a person could see."""
    return cell == "" or (isinstance(cell, str) and cell[0] in _INVISIBLE and not cell.strip(_INVISIBLE))


_BAD_ZIP = (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError)


def _check_package(data: bytes, name: str) -> dict[str, bytes]:
    """Refuse a package that unpacks to more than a register could be; else give its worksheets.

    The sizes in its directory are a claim of whoever made it, so parts are unpacked, up to the limit.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
    except _BAD_ZIP as error:
        raise Damaged(name=name) from error
    if len(entries) > MAX_ENTRIES:
        raise Suspicious(name=name, found=f"{len(entries):,} parts")
    if any(entry.flag_bits & 1 for entry in entries):
        raise HasPassword(name=name)
    claimed = sum(entry.file_size for entry in entries)
    if claimed > MAX_UNPACKED or claimed > MAX_RATIO * max(len(data), 40_000):
        raise Suspicious(name=name, found=f"{_megabytes(len(data))} → {_megabytes(claimed)}")
    parts: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        part = entry.filename.lstrip("/")
        if not part.lower().endswith((".xml", ".rels", ".bin")):
            continue
        room = min(MAX_UNPACKED - total, MAX_RATIO * max(len(data), 40_000))
        content = _unpack(data, entry, room, name)
        total += len(content)
        if b"<!DOCTYPE" in content[:4096]:
            raise Suspicious(name=name, found="DOCTYPE")
        if re.fullmatch(r"(?i)xl/(worksheets/[^/]+|workbook)\.xml|xl/_rels/workbook\.xml\.rels", part):
            parts[part] = content
            _check_extent(content, part, name)
        elif part == "content.xml":
            _check_repeats(content, name)
    return parts


def unpacked(data: bytes, name: str) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """Every part of a package with its content, within the limits of a register.

    Raises `HasPassword`, `Damaged`, `Suspicious`, `TooLarge`.
    """
    _check_package(data, name)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        entries = package.infolist()
    parts: list[tuple[zipfile.ZipInfo, bytes]] = []
    room = min(MAX_UNPACKED, MAX_RATIO * max(len(data), 40_000))
    for entry in entries:
        content = b"" if entry.is_dir() else _unpack(data, entry, room, name)
        room -= len(content)
        parts.append((entry, content))
    return parts


def _unpack(data: bytes, entry: zipfile.ZipInfo, room: int, name: str) -> bytes:
    head = data[entry.header_offset : entry.header_offset + 30]
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise Damaged(name=name)
    names, extra = struct.unpack("<HH", head[26:30])
    start = entry.header_offset + 30 + names + extra
    raw = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        content = raw
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        try:
            content = zlib.decompressobj(-15).decompress(raw, room + 1)
        except zlib.error as error:
            raise Damaged(name=name) from error
    else:
        raise Suspicious(name=name, found=f"compression {entry.compress_type}")
    if len(content) > room:
        raise Suspicious(name=name, found=f"{_megabytes(len(data))} → > {_megabytes(room)}")
    return content


_WIDE = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{2,3})\d+"')
_HIGH = re.compile(rb'<(?:\w+:)?row\b[^>]{0,400}?\br="(\d+)"')
_VALUE = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{2,3})\d+"[^>/]{0,200}>(?=<(?:\w+:)?(?:v|is|f)\b)')


def _check_extent(content: bytes, part: str, name: str) -> None:
    """The reader lays a sheet out densely: refuse one whose corners lie absurdly far apart."""
    if not part.startswith("xl/worksheets/"):
        return
    height = max((int(n) for n in _HIGH.findall(content)), default=0)
    width = max((_number(text) for text in set(_WIDE.findall(content))), default=26)
    if height * width > MAX_CELLS:
        # Styled empty cells out there cost nothing; only those with content count.
        width = max((_number(text) for text in set(_VALUE.findall(content))), default=26)
        if height * width > MAX_CELLS:
            raise TooLarge(name=name, found=f"{height:,} × {width:,}", limit=f"{MAX_CELLS:,}")


def _number(text: bytes) -> int:
    number = 0
    for byte in text:
        number = number * 26 + byte - 64
    return number


_SAME_ROW = re.compile(
    rb'<table:table-row[^>]*?rows-repeated="(\d{1,9})"[^>]*>((?:(?!</table:table-row>).)*)</table:table-row>',
    re.DOTALL,
)
_SAME_CELL = re.compile(rb'<table:table-cell[^>]*?columns-repeated="(\d{1,9})"[^>]*?office:value')


def _check_repeats(content: bytes, name: str) -> None:
    """An OpenDocument sheet may say "a million times this row": only empty ones may."""
    for match in _SAME_ROW.finditer(content):
        if int(match[1]) > 10_000 and b"office:value" in match[2]:
            raise Suspicious(name=name, found=f"{int(match[1]):,} × the same row")
    for match in _SAME_CELL.finditer(content):
        if int(match[1]) > 1_000:
            raise Suspicious(name=name, found=f"{int(match[1]):,} × the same cell")


_LOST = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*"
    rb"(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
    rb"|(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v>(#[^<]*)</(?:\w+:)?v>)"
)
_REF = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')


def _lost_cells(content: bytes) -> dict[tuple[int, int], str]:
    """Cells of a worksheet part that hold an error or a formula without a stored value, counted from 0."""
    lost: dict[tuple[int, int], str] = {}
    if b"<f" not in content and b't="e"' not in content:
        return lost
    for match in _LOST.finditer(content):
        at = _REF.search(match[1])
        if at is None or (match[2] and b't="e"' not in match[1]):
            continue
        # A formula whose result is an empty text is calculated: its type says so.
        if not match[2] and b't="str"' in match[1]:
            continue
        why = match[2].decode("ascii", "replace") if match[2] else "formula"
        lost[int(at[2]) - 1, _number(at[1]) - 1] = why
    return lost


def sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """The part of each sheet, by the sheet's name."""
    try:
        book = ElementTree.fromstring(parts.get("xl/workbook.xml", b"<x/>"))  # noqa: S314 - no DOCTYPE: checked
        rels = ElementTree.fromstring(parts.get("xl/_rels/workbook.xml.rels", b"<x/>"))  # noqa: S314 - the same
    except ElementTree.ParseError:
        return {}
    targets = {rel.get("Id"): rel.get("Target", "") for rel in rels}
    found = {}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
            target = targets.get(key) or ""
            found[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


# --- Delimited text -------------------------------------------------------------------------------


def _delimited(data: bytes, name: str, suffix: str) -> tuple[list[Grid], list[Notice]]:
    text, encoding, sure = decoded(data)
    notices = []
    if not sure:
        message = N_("The file does not say its encoding and was read as {encoding}: check the accents.")
        notices.append(Notice(message, {"encoding": encoding}))
    head = re.match(r"sep=(.)\r?\n", text)
    if head:
        text = text[head.end() :]
    delimiter = head[1] if head else _delimiter(text, "\t" if suffix in {".tsv", ".tab"} else ",")
    rows, balanced = _csv_rows(text, delimiter, name)
    if not balanced:
        message = N_("Quotation marks are not balanced: look whether the rows are cut correctly.")
        notices.append(Notice(message))
    return [Grid(Path(name).stem, [list(row) for row in rows], top=1 if head else 0)], notices


_KANA = re.compile(r"[\u3041-\u30fe]")
_NEIGHBOURS = re.compile(r"[^\x00-\x7f]{2,}")


def decoded(data: bytes) -> tuple[str, str, bool]:
    """The text of a file, the encoding it is in, and whether that is certain.

    Byte-order marks first, then UTF-16 by its zero bytes, strict UTF-8, Japanese encodings if the outcome
    looks Japanese (letters with accents misread as kanji stand alone between Latin letters), Western last.
    """
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding, True
    if b"\0" in data[:65536]:
        encoding = max(("utf-16-le", "utf-16-be"), key=lambda e: _usual(data[:65536].decode(e, "replace")))
        return data.decode(encoding, "replace"), encoding, True
    for encoding in (*(("iso2022_jp",) if b"\x1b$" in data else ()), "utf-8"):
        try:
            return data.decode(encoding), encoding, True
        except UnicodeDecodeError:
            pass
    japanese = []
    for encoding in ("cp932", "euc_jp"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        foreign = sum(not c.isascii() for c in text) or 1
        together = sum(len(m[0]) for m in _NEIGHBOURS.finditer(text))
        if together / foreign > 0.8:
            japanese.append((len(_KANA.findall(text)), encoding, text))
    if japanese:
        _, encoding, text = max(japanese)
        return text, encoding, True
    try:
        return data.decode("cp1252"), "cp1252", False
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1", False


_USUAL = re.compile(r"[\t\r\n -~\u00c0-\u00ff\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")


def _usual(text: str) -> int:
    """How many characters are such as people write, line ends and separators counting most."""
    return len(_USUAL.findall(text)) + 3 * sum(map(text.count, ",;\t\n"))


def _delimiter(text: str, usual: str) -> str:
    """The separator that cuts the first rows into the most even, and then the widest, pieces."""
    sample = text[:200_000]

    def merit(delimiter: str) -> tuple[float, int, bool]:
        rows = [row for row in _some_rows(sample, delimiter) if any(c.strip() for c in row)]
        wide = Counter(len(row) for row in rows if len(row) > 1)
        if not wide:
            return 0.0, 0, False
        width, often = max(wide.items(), key=lambda pair: pair[0] * pair[1])
        return round(often / len(rows), 1), width, delimiter == usual

    return max(",;\t|", key=merit)


def _some_rows(sample: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) >= 300:
                break
    except csv.Error:
        pass
    return rows


def _csv_rows(text: str, delimiter: str, name: str) -> tuple[list[list[str]], bool]:
    csv.field_size_limit(MAX_TEXT)
    for strict in (True, False):
        rows: list[list[str]] = []
        cells = 0
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
            for row in reader:
                rows.append(row)
                cells += len(row)
                if cells > MAX_CELLS:
                    raise TooLarge(name=name, found=f"> {MAX_CELLS:,}", limit=f"{MAX_CELLS:,}")
        except csv.Error as error:
            if not strict:
                raise Unreadable(name=name, reason=str(error)) from error
            continue
        return rows, strict
    raise Unreadable(name=name, reason="CSV")


# --- JSON -----------------------------------------------------------------------------------------


def _json(data: bytes, name: str) -> tuple[list[Grid], list[Notice], Any]:
    text, _encoding, _sure = decoded(data)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(name=name, reason=str(error)) from error
    try:
        grids = [_grid_of(key, entries) for key, entries in _lists(_entries(document), Path(name).stem, 0)]
    except RecursionError as error:
        raise Unreadable(name=name, reason="RecursionError") from error
    return grids, [], document


def _entries(document: Any) -> Any:
    """What can be taken in: of an export of ours everything but its history, which is evidence of another
    vault or of this one, and no entry.
    """
    if isinstance(document, dict) and isinstance(document.get("techguard"), dict):
        return {key: value for key, value in document.items() if key != "history"}
    return document


def _lists(document: Any, key: str, depth: int) -> Iterator[tuple[str, Sequence[dict[str, Any]]]]:
    """Every list of objects in the document, with the key it stands under."""
    if isinstance(document, list) and document and all(isinstance(entry, dict) for entry in document):
        yield key, document
    elif isinstance(document, dict) and depth < 4:
        for name, value in document.items():
            yield from _lists(value, str(name), depth + 1)


def _grid_of(name: str, entries: Sequence[dict[str, Any]]) -> Grid:
    keys = list(dict.fromkeys(str(key) for entry in entries for key in entry))
    rows: list[list[Cell]] = [[*keys]]
    rows += [[_cell(entry.get(key)) for key in keys] for entry in entries]
    return Grid(name, rows)


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return ""
        case bool() | int() | float() | str():
            return value
        case list() if all(isinstance(entry, str | int | float) for entry in value):
            return "\n".join(str(entry) for entry in value)
    return json.dumps(value, ensure_ascii=False)
