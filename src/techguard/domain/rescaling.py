"""What a company's own scale would do to a register, entry by entry: pure, so that it can be seen before.

Ratings are evidence and stay as they were made, with the edition they were made with. What moves is where an
exposure stands: its newest rating, restated on the scale in force (`techguard.domain.scales.Editions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .items import Counterparty, Exposure, Item, Rating, Technology
from .rules import IMPACTS, derive_counterparty, highest, movement, standing
from .scales import Editions

Effect = Literal["risen", "fallen", "same", "rate_anew", "restate_anew"]

EFFECTS: Mapping[Effect, str] = {
    "rate_anew": "rate anew",
    "restate_anew": "state anew",
    "risen": "rises",
    "fallen": "falls",
    "same": "stays",
}
"""Each effect in a word (message ids), those first that ask for something."""

MESSAGES = tuple(EFFECTS.values())


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of one exposure, technology or counterparty."""

    now: Item
    then: Item
    effect: Effect


@dataclass(frozen=True, slots=True)
class Rescaling:
    """Every entry that a scale touches, those first that it changes most."""

    editions: Editions
    rows: tuple[Row, ...]

    def count(self, effect: Effect) -> int:
        """How many exposures have an effect."""
        return sum(row.effect == effect and isinstance(row.now, Exposure) for row in self.rows)

    @property
    def changed(self) -> tuple[Row, ...]:
        """The rows that write something."""
        return tuple(row for row in self.rows if row.now != row.then)


def rescaling(
    editions: Editions,
    exposures: Iterable[Exposure],
    ratings: Mapping[str, Sequence[Rating]],
    technologies: Iterable[Technology],
    counterparties: Iterable[Counterparty],
) -> Rescaling:
    """What the newest of `editions` does. `ratings` are by exposure, in the order they were recorded."""
    rows = [_exposure(x, ratings.get(x.id, ()), editions) for x in exposures]
    rows += [_technology(t, editions) for t in technologies if t.impact is not None]
    for c in counterparties:
        then = derive_counterparty(c, editions.now)
        if then != c:
            rows.append(Row(c, then, "same"))
    order = list(EFFECTS)
    rows.sort(key=lambda r: (order.index(r.effect), r.now.ref))
    return Rescaling(editions, tuple(rows))


def _exposure(x: Exposure, ratings: Sequence[Rating], editions: Editions) -> Row:
    then = x.model_copy(update=standing(ratings, editions))
    moved = movement(x.level, then.level)
    if then.scale_edition and then.scale_edition != editions.now.edition:
        return Row(x, then, "rate_anew")
    return Row(x, then, moved if moved != "new" else "same")


def _technology(t: Technology, editions: Editions) -> Row:
    """The impacts stated of a technology, each on the new scale; or all as they were, if one has no place."""
    stated = {f: v for f in IMPACTS.values() if (v := getattr(t, f)) is not None}
    carried = {f: editions.carried("impact", v, t.scale_edition) for f, v in stated.items()}
    if any(v is None for v in carried.values()):
        return Row(t, t, "restate_anew")
    impact, driver = highest({d: carried.get(f) for d, f in IMPACTS.items()})
    update = {**carried, "impact": impact, "impact_driver": driver, "scale_edition": editions.now.edition}
    return Row(t, t.model_copy(update=update), "same")
