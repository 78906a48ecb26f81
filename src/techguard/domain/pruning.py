"""Retention: which entries that were taken out may lose their values for good, and what stands against it.

Nothing is pruned that anything still refers to, and never an act, its person, moment or reason. What remains
of a pruned entry is a tombstone, signed by whoever pruned it (docs/reference/history-format.md).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

PRUNE = "prune"
"""The action of an act that prunes, and how history calls the tombstone it leaves of an entry."""

NEVER = frozenset({"scale", "summary"})
"""Kinds that are kept for good: what ratings were made with, and what left the register."""

Because = Literal["kind", "acted", "needed"]
"""Why an entry stays: its kind is kept for good; an act names it, as its person or session; what stays refers
to it.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which entries are pruned: those taken out before a day; of these kinds, or of all if none is named."""

    before: date
    kinds: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """The rule as a tombstone keeps it."""
        return {"removed_before": self.before.isoformat(), "kinds": sorted(self.kinds)}


def closed(candidates: Collection[str], referrers: Mapping[str, Collection[str]]) -> set[str]:
    """The candidates to which nothing refers but others that go too. `referrers`: by entry, what refers."""
    going = set(candidates)
    while stays := {id_ for id_ in going if not going.issuperset(referrers.get(id_, ()))}:
        going -= stays
    return going
