"""Sets the pages with Typst: in this process, in memory, in the fonts of this package and no others.

Data reaches the template as JSON only; no Typst source is ever built from it. Typst says nothing when a font
lacks a character, so the fonts are asked first: what they lack is printed as 〓, the printers' mark for a
missing type, and said on the last page.
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from techguard.i18n import Language

from . import document as d
from .blocks import Form, Pages, Section
from .pages import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typst

_HERE = Path(__file__).parent
FONTS = (_HERE / "fonts" / "NotoSansJP-Regular.ttf", _HERE / "fonts" / "NotoSansJP-Bold.ttf")
_TEMPLATE = _HERE / "board.typ"

MISSING = "〓"  # japanese: the printers' mark for a missing type


def render(document: d.BoardSummary, language: Language | None = None, form: Form = "a4") -> bytes:
    """The document as an unsealed PDF, tagged and with bookmarks (`lay_out`)."""
    return set_pages(lay_out(document, language, form))


def set_pages(pages: Pages) -> bytes:
    """Pages as an unsealed PDF, tagged and with bookmarks."""
    import typst

    spoken = [pages, *([pages.beside] if pages.beside else [])]
    told = [dataclasses.asdict(_with_lacking(each), dict_factory=_drawn) for each in spoken]
    data = _printable(told, missing(told))
    return typst.compile(
        _TEMPLATE.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={
            "pages": json.dumps(data, ensure_ascii=False),
            "form": pages.form,
            "checkpoint": pages.checkpoint.decode(),
        },
    )


def page_count(pages: Pages) -> int:
    """How many pages they take, set."""
    import pikepdf

    with pikepdf.open(io.BytesIO(set_pages(pages))) as pdf:
        return len(pdf.pages)


def _drawn(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """A part of the pages as the template gets it: what is attached as it is, is not drawn."""
    return {name: value for name, value in fields if not isinstance(value, bytes)}


def _with_lacking(pages: Pages) -> Pages:
    """Pages that say, at their end, which of their characters the fonts lack."""
    lacking = missing_in(pages)
    if not lacking:
        return pages
    return dataclasses.replace(pages, sections=(*pages.sections, _lacking(lacking, pages.language)))


def missing_in(pages: Pages) -> str:
    """The characters of pages that the fonts cannot print, sorted."""
    return missing(dataclasses.asdict(pages))


def missing(data: Any) -> str:
    """The characters in `data` (any nest of lists and dictionaries) that the fonts cannot print, sorted."""
    used = {character for text in _texts(data) for character in text}
    return "".join(sorted(c for c in used - _invisible() if ord(c) not in covered() and not _ignorable(c)))


@cache
def covered() -> frozenset[int]:
    """The code points that both fonts have a glyph for."""
    return frozenset.intersection(*(frozenset(code_points(font.read_bytes())) for font in FONTS))


def code_points(font: bytes) -> Iterator[int]:
    """The code points of a font's full `cmap` (format 12, OpenType 1.9). Raises ValueError without one."""
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(tables))
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (subtables,) = struct.unpack_from(">H", font, start + 2)
    for n in range(subtables):
        (offset,) = struct.unpack_from(">I", font, start + 8 + 8 * n)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if form == 12:
            (groups,) = struct.unpack_from(">I", font, start + offset + 12)
            for first, last, glyph in struct.iter_unpack(
                ">III", font[start + offset + 16 : start + offset + 16 + 12 * groups]
            ):
                yield from range(first + (glyph == 0), last + 1)
            return
    raise ValueError("the font has no full Unicode cmap")


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_HERE / "fonts")]
    )


def _invisible() -> set[str]:
    return {"\n", "\t", "\u200b"}


def _ignorable(character: str) -> bool:
    """Whether a reader misses nothing without it: a variation selector, a joiner or the like."""
    code = ord(character)
    return unicodedata.category(character) == "Cf" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value)


_UNBROKEN = re.compile(r"[!-~\u00a1-\u024f]{24,}")
_PIECE = re.compile(r"(?s).{1,6}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def breakable(text: str) -> str:
    """A text whose words fit a column: one too long may break after every sixth character.

    A digest stays in one piece, because it is there to be copied.
    """
    if _DIGEST.fullmatch(text):
        return text
    return _UNBROKEN.sub(lambda run: "\u200b".join(_PIECE.findall(run[0])), text)


def _printable(data: Any, lacking: str) -> Any:
    """`data` with the mark for missing types in place of what the fonts lack, and breakable words."""
    table = str.maketrans(dict.fromkeys(lacking, MISSING))

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return breakable(value.translate(table))
        if isinstance(value, dict):
            return {key: walk(part) for key, part in value.items()}
        return [walk(part) for part in value] if isinstance(value, list | tuple) else value

    return walk(data)


def _lacking(lacking: str, language: Language) -> Section:
    from techguard.i18n import translator

    t = translator(language)
    codes = t.list_text([f"U+{ord(c):04X}" for c in lacking])
    return Section(
        t.gettext("Characters that could not be printed"),
        (t.gettext("They show as {mark} on these pages: {codes}").format(mark=MISSING, codes=codes),),
    )
