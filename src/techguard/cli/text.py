"""Text for a terminal, with nothing in it that acts.

A register holds what people typed or imported. Here it is only ever shown: control characters, escape
sequences and marks that reorder text become visible signs.
"""

from __future__ import annotations

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


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells; two dots, which every console writes, say that some is missing."""
    from techguard.domain import text as domain

    return domain.cut(text, width, "..")


def pad(text: str, width: int) -> str:
    """`text` cut or filled to exactly `width` cells."""
    from techguard.domain import text as domain

    return domain.fit(text, width, ellipsis="..")
