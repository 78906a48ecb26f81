"""What happens to text at the border, so that it compares, searches and draws the same everywhere; and how
much room it takes in the cells of a terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Text as the register keeps it: NFC, line ends as LF, no control or direction-changing characters.

    NFC and not NFKC: NFKC would rewrite ㈱ and ①. Control characters (escape sequences of a terminal among
    them) and bidirectional overrides have no place in a register and could deceive whoever reads it. Half of
    a surrogate pair, which is no character, becomes U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text  # as most values of most fields
    text = _SURROGATE.sub("\ufffd", text)
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def folded(text: str) -> str:
    """Text as search compares it (NFKC, casefold): width and case make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


# --- In cells ---------------------------------------------------------------------------------------

ELLIPSIS = "…"

_FLAG_LETTER = frozenset(chr(n) for n in range(0x1F1E6, 0x1F200))
"""Two of these are a flag: one character, although Rich tells them as two."""
_NOT_FIRST = frozenset(
    "、。，．・：；？！）」』】〕］｝〉》”’ー々ゝゞヽヾ…‥％℃"  # japanese: line breaking
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}%\u00a0"  # japanese: line breaking
)
"""JIS X 4051, 4.1: what never begins a line; and the space that does not break."""
WORD_JOINER = "\u2060"
_NOT_LAST = frozenset("（「『【〔［｛〈《“‘([{\u00a0" + WORD_JOINER)
"""JIS X 4051, 4.2: what never ends a line; and the space that does not break, and the joiner."""


@cache
def _rich() -> Any:
    """Rich's measures; loaded when first asked for, as the command line starts without it."""
    from rich import cells

    return cells


def width(text: str) -> int:
    """How many cells of a terminal `text` takes. Ambiguous characters count as one."""
    return len(text) if text.isascii() else int(_rich().cell_len(text))


def characters(text: str) -> list[tuple[int, int, int]]:
    """The characters a reader sees: where each begins and ends, and how many cells it takes. A base with its
    combining marks is one, and so is a flag.
    """
    found: list[tuple[int, int, int]] = []
    for start, stop, wide in _rich().split_graphemes(text)[0]:
        half = stop - start == 1 and text[start] in _FLAG_LETTER
        before = found[-1] if found else (0, 0, 0)
        if half and before[1] - before[0] == 1 and text[before[0]] in _FLAG_LETTER:
            found[-1] = before[0], stop, before[2] + wide
        else:
            found.append((start, stop, wide))
    return found


def cut(text: str, cells: int, ellipsis: str = ELLIPSIS) -> str:
    """`text` in at most `cells` cells: whole characters only, and an ellipsis where something is missing."""
    if width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room < 0:
        return ellipsis[: max(cells, 0)]
    end = used = 0
    for _, stop, wide in characters(text):
        if used + wide > room:
            break
        end, used = stop, used + wide
    return text[:end] + ellipsis


def fit(text: str, cells: int, align: str = "left", ellipsis: str = ELLIPSIS) -> str:
    """`text` in exactly `cells` cells."""
    wide = width(text)
    if wide > cells:
        text = cut(text, cells, ellipsis)
        wide = width(text)
    space = " " * (cells - wide)
    return space + text if align == "right" else text + space


def wrap(text: str, cells: int) -> list[str]:
    """`text` in lines of at most `cells` cells (at least 2), broken at spaces and beside wide characters.

    No line begins with a closing mark or a small kana, and none ends with an opening bracket, where it can be
    otherwise (JIS X 4051). Words of other scripts stay whole where they fit, and so does what word joiners
    (U+2060) hold together. Nothing but spaces is lost.
    """
    return [line for paragraph in text.split("\n") for line in _wrapped(paragraph, max(cells, 2))]


def _wrapped(text: str, cells: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text):
        rest = piece
        if line and used + width(rest.rstrip(" ")) > cells:
            lines.append(line.rstrip(" "))
            line, used, rest = "", 0, rest.lstrip(" ")
        while width(rest.rstrip(" ")) > cells:
            head = _head(rest, cells)
            lines.append(head.rstrip(" "))
            rest = rest[len(head) :].lstrip(" ")
        line, used = line + rest, used + width(rest)
    return [*lines, line.rstrip(" ")]


def _head(text: str, cells: int) -> str:
    """As many whole characters as fit, and one at least."""
    end = used = 0
    for _, stop, wide in characters(text):
        if end and used + wide > cells:
            break
        end, used = stop, used + wide
    return text[:end]


def _pieces(text: str) -> Iterator[str]:
    """What stays together on a line."""
    begun = 0
    before, was_wide = "", False
    for start, stop, wide in characters(text):
        char = text[start]
        breakable = before == " " or was_wide or wide == 2
        if start and breakable and before not in _NOT_LAST and char not in _NOT_FIRST and char != " ":
            yield text[begun:start]
            begun = start
        joined = text[stop - 1] == WORD_JOINER
        before, was_wide = (WORD_JOINER, False) if joined else (char, wide == 2)
    if begun < len(text):
        yield text[begun:]
