"""Counts for strangers: which cells of a table are withheld, so that no count below a least one can be told.

A count below `least`, zero too, is withheld (primary). Whoever has the totals could subtract, so more cells
are withheld with it (complementary): for each small count another table is sought that says the same in all
that is shown, and in which that count is `least` or more. What differs in it is withheld too. Then a reader
cannot tell that the count is small. The table that asks for the fewest and smallest cells is a linear
programme; the constraints of a table with its totals are a network, so that its solution is in whole numbers.

A reader may have the tables of earlier days beside it. A count that differs from an earlier one by less than
`least`, but not by 0, would tell of the few that came or went: it is withheld too, with others from which it
could be worked out, until it differs by `least` or more from each of them or is one of them again.

The reader is assumed to know this rule, the totals, everything that is shown, and the whole earlier tables;
not to know some of the counts of today from elsewhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Hidden = NDArray[np.bool_]

_TOTAL = 3.0
"""So many times as much a total tells as one of its parts: parts are withheld first."""
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Published:
    """A table as it may be shown: None is withheld. The last row and the last column hold the totals."""

    cells: tuple[tuple[int | None, ...], ...]

    @property
    def withheld(self) -> int:
        """How many cells, totals among them, are not shown."""
        return sum(cell is None for row in self.cells for cell in row)


Counts = Sequence[Sequence[int]]


def published(counts: Counts, least: int, earlier: Sequence[Counts] = ()) -> Published:
    """A table of counts with its totals, and without what would tell a count below `least`, or that one moved
    by less than `least` since one of the `earlier` tables.

    `counts`: rows of equal length, at least one of each; `earlier` tables have as many. Raises ValueError for
    a table without cells or of another shape, a negative count, or `least` below 2 (there would be nothing to
    protect).
    """
    import numpy as np

    if least < 2:
        raise ValueError("a count below 1 tells of nobody: there is nothing to withhold")
    for table in (counts, *earlier):
        if not table or not table[0] or any(n < 0 for row in table for n in row):
            raise ValueError("a table needs rows and columns of counts")
        if [*map(len, table)] != [*map(len, counts)]:
            raise ValueError("an earlier table has to have the rows and columns of this one")
    full = _with_totals(counts)
    before = [_with_totals(table) for table in earlier]
    small = full < least
    moved = np.zeros(full.shape, dtype=bool)
    for then in before:
        moved |= (full != then) & (np.abs(full - then) < least)
    hidden = small | moved
    equations = _equations(*full.shape)
    for place in np.flatnonzero(hidden):
        known = {int(then.flat[place]) for then in before}
        others = _others(int(full.flat[place]), least, known, small=bool(small.flat[place]))
        hidden |= _with_it(full, hidden, int(place), others, equations)
    return Published(
        tuple(
            tuple(None if off else int(n) for n, off in zip(row, offs, strict=True))
            for row, offs in zip(full, hidden, strict=True)
        )
    )


def _with_totals(counts: Counts) -> Ints:
    import numpy as np

    inner = np.asarray(counts, dtype=np.int64)
    rows = np.column_stack([inner, inner.sum(axis=1)])
    return np.vstack([rows, rows.sum(axis=0)])


def _others(count: int, least: int, known: set[int], *, small: bool) -> list[int]:
    """What a withheld count may be as well, the nearest above and below: `least` or more if it is small, and
    none that would tell of a few that came or went either.
    """

    def tells_nothing(n: int) -> bool:
        return (n >= least or not small) and all(n == then or abs(n - then) >= least for then in known)

    above = next(n for n in itertools.count(count) if tells_nothing(n))
    below = next((n for n in range(count, -1, -1) if tells_nothing(n)), None)
    return [above] if below is None else [above, below]


def _equations(height: int, wide: int) -> NDArray[np.float64]:
    """What holds in every table: in each row and each column the parts make the total."""
    import numpy as np

    places = np.arange(height * wide).reshape(height, wide)
    lines = [*places, *places.T]
    found = np.zeros((len(lines), height * wide))
    for equation, line in zip(found, lines, strict=True):
        equation[line[:-1]] = 1.0
        equation[line[-1]] = -1.0
    return found


def _with_it(
    full: Ints, hidden: Hidden, place: int, others: Sequence[int], equations: NDArray[np.float64]
) -> Hidden:
    """The cells that differ in the nearest table in which the count at `place` is one of `others`."""
    import numpy as np
    from scipy.optimize import linprog

    counts = full.ravel().astype(float)
    weights = 1.0 + counts / (counts[-1] + 1.0)
    weights.reshape(full.shape)[-1, :] *= _TOTAL
    weights.reshape(full.shape)[:, -1] *= _TOTAL
    weights[hidden.ravel()] = 0.0
    tables = []
    for other in others:
        more = [(0.0, np.inf)] * counts.size
        less = [(0.0, n) for n in counts]
        difference = other - counts[place]
        more[place] = (max(difference, 0.0),) * 2
        less[place] = (max(-difference, 0.0),) * 2
        found = linprog(
            np.concatenate([weights, weights]),
            A_eq=np.hstack([equations, -equations]),
            b_eq=np.zeros(len(equations)),
            bounds=[*more, *less],
            method="highs",
        )
        if found.status == 0:
            tables.append(found)
    nearest = min(tables, key=lambda table: table.fun)
    changes = nearest.x[: counts.size] - nearest.x[counts.size :]
    differs: Hidden = (np.abs(changes) > _TINY).reshape(full.shape)
    return differs
