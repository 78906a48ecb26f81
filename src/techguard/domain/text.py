"""What happens to text at the border, so that it compares, searches and draws the same everywhere."""

from __future__ import annotations

import re
import unicodedata

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
    text = _SURROGATE.sub("\ufffd", text)
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def folded(text: str) -> str:
    """Text as search compares it (NFKC, casefold): width and case make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()
