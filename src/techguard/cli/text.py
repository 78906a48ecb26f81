"""Text for a terminal: how many cells it takes, where it may be broken, and nothing in it that acts.

A register holds what people typed or imported. Here it is only ever shown: control characters, escape
sequences and marks that reorder text become visible signs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_NOT_FIRST = frozenset(
    "、。，．・：；？！）」』】〕］｝〉》”’ー々ゝゞ…"  # japanese: line breaking
    "ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}%"  # japanese: line breaking
)
_NOT_LAST = frozenset("（「『【〔［｛〈《“‘([{")
# Marks that reorder or hide text (Unicode TR 36, 3.1.1); the joiners and variation selectors that names
# need are
# not among them.
_REORDERING = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u2028\u2029"
)


def harmless(text: str) -> str:
    """`text` with every control character made visible; line breaks and tabs stay."""
    return "".join(c if c in "\n\t" else _visible(c) for c in text)


def one_line(text: str) -> str:
    """`text` harmless, on one line: line breaks become a slash, tabs a space."""
    lines = (line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "".join(map(_visible, " / ".join(line for line in lines if line).replace("\t", " ")))


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000 or char in _REORDERING:
        return f"\\u{code:04x}"
    return char


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes. Ambiguous characters count as one."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells; two dots say that something is missing."""
    if cells(text) <= width:
        return text
    if width < 3:
        return ".."[:width]
    taken, used = [], 0
    for char in text:
        used += _width(char)
        if used > width - 2:
            break
        taken.append(char)
    return "".join(taken).rstrip() + ".."


def pad(text: str, width: int) -> str:
    """`text` cut or filled to exactly `width` cells."""
    short = cut(text, width)
    return short + " " * (width - cells(short))


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken at spaces and between wide characters.

    No line starts with a closing mark or ends with an opening one (JIS X 4051), unless it cannot be
    otherwise.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if line and cells(line) + cells(piece.rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
                piece = piece.lstrip()  # noqa: PLW2901 - a line does not start with a space
            while cells(piece) > width and cells(piece.rstrip()) > width:
                head = _head(piece, width)
                lines.append(head)
                piece = piece[len(head) :]  # noqa: PLW2901
            line += piece
        lines.append(line.rstrip())
    return lines


def _head(text: str, width: int) -> str:
    used = 0
    for position, char in enumerate(text):
        used += _width(char)
        if used > width and position:
            return text[:position]
    return text


def _pieces(text: str) -> Iterator[str]:
    """The pieces between which a line may be broken."""
    start = 0
    for position in range(1, len(text)):
        before, char = text[position - 1], text[position]
        if before in _NOT_LAST or char in _NOT_FIRST or char == " ":
            continue
        if before == " " or _width(before) == 2 or _width(char) == 2:
            yield text[start:position]
            start = position
    if start < len(text):
        yield text[start:]
