"""Ratings on a company's own steps: recognised by the words and numbers of a list, and taken as they are.

A list is on the company's own steps or it is not, as a whole: its two halves make one level. What is not is
read on the standard five steps and carried over as the scale in force says
(`techguard.domain.scales.Editions`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping as Map
from collections.abc import Sequence

from techguard.domain.scales import Axis, Scale

from .mapping import SETTLE, UNRATED
from .values import LEADING, TRAILING, number_of, reading_of
from .words import is_unrated, key

_USUAL = 5
"""Up to so many steps, numbers that all are steps of the own scale need no further sign; beyond, a list whose
highest number is 5 may as well have five steps."""


def own_step(text: str, axis: Axis, scale: Scale) -> int | None:
    """The step that a cell names by the company's word for it, its number or both; None if by neither."""
    names = {key(step.name): n for n, step in enumerate(scale.steps(axis), 1)}
    if key(text) in names:
        return names[key(text)]
    plain = unicodedata.normalize("NFKC", text)
    for pattern, digits, word in ((LEADING, 1, 2), (TRAILING, 2, 1)):
        match = pattern.match(plain)
        if match and (step := names.get(key(match[word]))):
            return step if number_of(match[digits]) == step else None
    reading = reading_of(text)
    if reading is None or reading.number is None or reading.word or reading.percent:
        return None
    whole = reading.number.is_integer() and 1 <= reading.number <= scale.most(axis)
    return int(reading.number) if whole else None


def own_steps(texts: Sequence[str], axis: Axis, scale: Scale) -> dict[str, int | str]:
    """What each distinct value of one half of the ratings becomes on the company's own steps."""
    return {
        text: UNRATED if is_unrated(text) else own_step(text, axis, scale) or SETTLE
        for text in dict.fromkeys(texts)
    }


def on_own_steps(
    texts: Map[Axis, Sequence[str]], counted: Map[Axis, int | None], scale: Scale
) -> dict[str, dict[str, int | str]] | None:
    """What the ratings of a list become if it is on the company's own steps, else None.

    It is when every rating that can be read at all is one of the own steps, and no heading or legend counts
    out (`counted`) another number of them.
    """
    if any(n is not None and n != scale.most(axis) for axis, n in counted.items()):
        return None
    rated: dict[Axis, list[str]] = {
        axis: [t for t in said if not is_unrated(t) and (own_step(t, axis, scale) or reading_of(t))]
        for axis, said in texts.items()
    }
    steps = {axis: [own_step(t, axis, scale) for t in said] for axis, said in rated.items()}
    if not any(steps.values()) or any(None in found for found in steps.values()):
        return None
    sure = any(
        scale.most(axis) <= _USUAL
        or counted.get(axis) is not None
        or scale.most(axis) in steps[axis]
        or any(re.search(r"[^\W\d_]", t) for t in said)
        for axis, said in rated.items()
        if said
    )
    return {axis: own_steps(said, axis, scale) for axis, said in texts.items() if said} if sure else None
