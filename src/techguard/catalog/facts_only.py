"""The facts-only rule of observations: words that are no facts are found and explained, never forbidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from techguard.domain.text import folded

from .loader import fact_rules
from .models import FactRule


def unfactual(texts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """By rule, the words of it that occur in the texts, in their order; both languages are looked for."""
    whole = folded("\n".join(texts))
    found = {}
    for rule in fact_rules().values():
        harmless = _pattern(rule.id, "unless")
        text = harmless.sub(" ", whole) if harmless else whole
        pattern = _pattern(rule.id, "words")
        if pattern and (words := tuple(dict.fromkeys(m.group() for m in pattern.finditer(text)))):
            found[rule.id] = words
    return found


@cache
def _pattern(rule_id: str, which: str) -> re.Pattern[str] | None:
    rule: FactRule = fact_rules()[rule_id]
    japanese = [re.escape(folded(word)) for word in getattr(rule, f"{which}_ja")]
    english = [rf"\b{re.escape(folded(word))}\b" for word in getattr(rule, f"{which}_en")]
    pieces = sorted((*japanese, *english), key=len, reverse=True)
    return re.compile("|".join(pieces)) if pieces else None
