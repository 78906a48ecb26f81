"""What a person typed, as widgets take it: literal, cut to cells, never markup.

Textual parses a `str` given to most widgets as markup: "[/foo]" ends the application and "[internal]" is
swallowed. Everything drawn by this room is therefore a `Content` (or a rich `Text`) made here; a lint in the
tests holds the rule.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes
from rich.style import Style as RichStyle
from rich.text import Text
from textual.content import Content

from techguard.domain.text import clean

ELLIPSIS = "…"

_LOOSE_JOINER = re.compile(
    "(?<![\u2190-\u2bff\u3030-\u3299\U0001f000-\U0001faff\ufe0f])\u200d+"
    "|\u200d+(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
"""A joiner (ZWJ) that joins no two emoji: it is measured as joining its neighbours into one cell, and no
terminal draws them so.
"""
_FLAG_LETTER = frozenset(chr(n) for n in range(0x1F1E6, 0x1F200))
"""Two of these are a flag: one character, although Rich tells them as two."""


def drawn(text: str) -> str:
    """`text` as it is drawn: clean, and measured as wide as terminals draw it."""
    text = clean(text)
    return _LOOSE_JOINER.sub("", text) if "\u200d" in text else text


def characters(text: str) -> list[tuple[int, int, int]]:
    """The characters a reader sees: where each begins and ends, and how many cells it takes. A base with its
    combining marks is one, and so is a flag.
    """
    found: list[tuple[int, int, int]] = []
    for start, stop, wide in split_graphemes(text)[0]:
        half = stop - start == 1 and text[start] in _FLAG_LETTER
        before = found[-1] if found else (0, 0, 0)
        if half and before[1] - before[0] == 1 and text[before[0]] in _FLAG_LETTER:
            found[-1] = before[0], stop, before[2] + wide
        else:
            found.append((start, stop, wide))
    return found


def literal(text: object, style: str = "") -> Content:
    """`text` as it is, whatever brackets or escape sequences it holds; `style` is a Textual style."""
    content = Content(drawn(str(text)))
    return content.stylize(style) if style else content


def join(*parts: Content | tuple[str, str] | str) -> Content:
    """Literal parts one after the other; a tuple is (text, style)."""
    whole = Content("")
    for part in parts:
        if isinstance(part, Content):
            whole += part
        elif isinstance(part, tuple):
            whole += literal(*part)
        else:
            whole += literal(part)
    return whole


def one_line(text: str) -> str:
    """`text` without line breaks or tabs: they would tear a table row apart."""
    return " ".join(drawn(text).split()) if any(c in text for c in "\n\t\r") else drawn(text)


def width(text: str) -> int:
    """How many cells of a terminal `text` takes."""
    return cell_len(text)


def cut(text: str, cells: int) -> str:
    """`text` in at most `cells` cells: whole characters only (a base with its combining marks is one), and an
    ellipsis where something is missing.
    """
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return text
    end = used = 0
    for _, stop, wide in characters(text):
        if used + wide > cells - 1:
            break
        end, used = stop, used + wide
    return text[:end] + ELLIPSIS


def fit(text: str, cells: int, align: str = "left") -> str:
    """`text` in exactly `cells` cells."""
    text = cut(text, cells)
    space = " " * (cells - cell_len(text))
    return space + text if align == "right" else text + space


def wrap(text: str, cells: int) -> list[str]:
    """`text` in lines of at most `cells` cells. Japanese breaks anywhere except before closing punctuation;
    words of other scripts stay whole where they fit.
    """
    lines: list[str] = []
    for paragraph in drawn(text).split("\n"):
        lines += _wrap_paragraph(paragraph, max(cells, 2))
    return lines


_NOT_FIRST = frozenset(
    "、。，．,.!?！？）)」』】〕〉》ー：；…・％%"  # japanese: line breaking
    "ぁぃぅぇぉっゃゅょァィゥェォッャュョ"  # japanese: line breaking
)


def _wrap_paragraph(text: str, cells: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for word in _units(text):
        wide = cell_len(word)
        if used + cell_len(word.rstrip(" ")) <= cells:
            line, used = line + word, used + wide
            continue
        if wide > cells:
            for start, stop, w in characters(word):
                if used + w > cells:
                    lines.append(line.rstrip(" "))
                    line, used = "", 0
                line, used = line + word[start:stop], used + w
            continue
        before = characters(line)
        last = before[-1] if word and word[0] in _NOT_FIRST and len(before) > 1 else None
        if last and last[2] + wide <= cells and not line.endswith(" "):
            # Take the character before along, so that punctuation never begins a line.
            lines.append(line[: last[0]].rstrip(" "))
            line = line[last[0] :] + word
        else:
            lines.append(line.rstrip(" "))
            line = word.lstrip(" ")
        used = cell_len(line)
    lines.append(line.rstrip(" "))
    return lines


def _units(text: str) -> list[str]:
    """What stays together: a run of narrow characters without spaces, or one wide character."""
    units: list[str] = []
    run = ""
    for start, stop, wide in characters(text):
        piece = text[start:stop]
        if wide == 2:
            if run:
                units.append(run)
            units.append(piece)
            run = ""
        elif piece == " ":
            units.append(run + piece)
            run = ""
        else:
            run += piece
    if run:
        units.append(run)
    return units


def rich_text(text: str, style: RichStyle | None = None) -> Text:
    """Literal text for the parts of Textual that take rich renderables."""
    return Text(drawn(text), style=style or "", no_wrap=True, overflow="ignore", end="")
