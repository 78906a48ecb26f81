"""What a person typed, as widgets take it: literal, cut to cells, never markup.

Textual parses a `str` given to most widgets as markup: "[/foo]" ends the application and "[internal]" is
swallowed. Everything drawn by this room is therefore a `Content` (or a rich `Text`) made here; a lint in the
tests holds the rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.content import Content

from techguard.domain.text import WORD_JOINER, characters, clean, width
from techguard.domain.text import wrap as lines_of

_LOOSE_JOINER = re.compile(
    "(?<![\u2190-\u2bff\u3030-\u3299\U0001f000-\U0001faff\ufe0f])\u200d+"
    "|\u200d+(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
"""A joiner (ZWJ) that joins no two emoji: it is measured as joining its neighbours into one cell, and no
terminal draws them so.
"""


def drawn(text: str) -> str:
    """`text` as it is drawn: clean, and measured as wide as terminals draw it."""
    text = clean(text)
    return _LOOSE_JOINER.sub("", text) if "\u200d" in text else text


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
    torn = "\n" in text or "\t" in text or "\r" in text
    return " ".join(drawn(text).split()) if torn else drawn(text)


def beside(facts: Iterable[str]) -> str:
    """Short facts in a row. Where the row is too long for a line, it breaks between them and not within. To
    be drawn by `wrap`, as `Prose` does.
    """
    return "   ".join(_whole(fact) if width(fact) <= _SHORT else fact for fact in facts if fact)


def _whole(fact: str) -> str:
    """A fact in which no line breaks."""
    return WORD_JOINER.join(fact[start:stop] for start, stop, _ in characters(fact)).replace(" ", _KEPT)


def unbroken(text: str) -> str:
    """What `beside` says, as one line without its marks."""
    return text.replace(WORD_JOINER, "").replace(_KEPT, " ")


def wrap(text: str, cells: int) -> list[str]:
    """`text`, as it is drawn, in lines of at most `cells` cells: see `techguard.domain.text.wrap`."""
    return [unbroken(line) for line in lines_of(drawn(text), cells)]


_KEPT = "\u00a0"
_SHORT = 60
"""A longer fact breaks as any text does."""
