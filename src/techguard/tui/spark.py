"""Levels over time in one line: a bar for each change, the newest in words. It reads in black and white."""

from __future__ import annotations

from techguard import present
from techguard.domain.rules import Path
from techguard.i18n import _, language, list_text

from . import plain

BARS = "▁▂▃▄▅"
"""A bar for each level, 1 to 5: its height says the level, also without colour."""
NOTHING_OPEN = "-"
SHOWN = 12


def bar(level: int | None) -> str:
    """The bar of a level."""
    return BARS[level - 1] if level else NOTHING_OPEN


def spark(path: Path, *, dated: bool = True) -> list[tuple[str, str]]:
    """Parts (text, style): the bars of the last changes, oldest first, and the word of the newest; if asked,
    since when. Empty when there never was a level.
    """
    if not path:
        return []
    if plain.is_on():
        words = [present.level_word(n, language()) if n else _("nothing open") for _day, n in path[-SHOWN:]]
        return [(list_text(words), "")]
    parts = [(bar(level), f"$t-level-{level}" if level else "$t-muted") for _day, level in path[-SHOWN:]]
    day, level = path[-1]
    word = present.level_word(level, language()) if level else _("nothing open")
    if dated:
        word = _("{level} since {day}").format(level=word, day=present.day(day))
    return [*parts, (" ", ""), (word, f"bold $t-level-{level}" if level else "")]
