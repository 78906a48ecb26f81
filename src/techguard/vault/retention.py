"""Which backups are kept: the last few, and one for each of the last days, weeks and months.

The rule is that of restic's ``forget --keep-last/-daily/-weekly/-monthly``, because it is documented, in wide
use, and people who look after computers know it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self

MOST = 999
"""Of each sort, at most: a folder with thousands of copies helps nobody."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many backups are kept, by each rule. What any one rule keeps is kept.

    `daily`: for the last so many days *on which there is a backup*, the newest of each; `weekly` by weeks
    that begin on Monday (ISO 8601), `monthly` by calendar months. Raises `ValueError` where nothing, or a
    number outside 0 to `MOST`, is asked for.
    """

    last: int = 3
    daily: int = 7
    weekly: int = 5
    monthly: int = 12

    def __post_init__(self) -> None:
        counts = [getattr(self, f.name) for f in fields(self)]
        if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= MOST for n in counts):
            raise ValueError(f"a backup rule keeps between 0 and {MOST}")
        if not any(counts):
            raise ValueError("at least one backup is kept")

    def to_json(self) -> dict[str, int]:
        """As JSON values, by the names of the rules."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What `to_json` gave. Raises `ValueError` for anything else."""
        names = {f.name for f in fields(cls)}
        if not isinstance(value, dict) or not value.keys() <= names:
            raise ValueError("not a rule for keeping backups")
        return cls(**value)


_SORTS: tuple[tuple[str, Callable[[datetime, int], object]], ...] = (
    ("last", lambda at, place: place),
    ("daily", lambda at, place: at.date()),
    ("weekly", lambda at, place: at.isocalendar()[:2]),
    ("monthly", lambda at, place: (at.year, at.month)),
)


def kept(made: Sequence[datetime], policy: Retention) -> dict[int, tuple[str, ...]]:
    """The positions in `made` of the backups that are kept, each with the rules that keep it.

    `made`: when each was made, in any order, on the clock by which days are counted. As restic does it: from
    the newest to the oldest, a rule with some left takes a backup whose day (week, month) is not the one it
    took last; and where some are still left at the end it keeps the oldest too, so that the reach of the
    backups is as long as it can be.
    """
    newest_first = sorted(range(len(made)), key=lambda i: (made[i], i), reverse=True)
    left = policy.to_json()
    taken: dict[str, object] = {}
    reasons: dict[int, list[str]] = {}
    for place, i in enumerate(newest_first):
        oldest = place == len(newest_first) - 1
        for name, period in _SORTS:
            if not left[name]:
                continue
            now = period(made[i], place)
            if name not in taken or now != taken[name] or oldest:
                taken[name] = now
                left[name] -= 1
                reasons.setdefault(i, []).append(name)
    return {i: tuple(found) for i, found in reasons.items()}
