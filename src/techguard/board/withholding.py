"""Counts for strangers: which cells of a table are withheld, so that no count below a least one can be told.

A count below `least`, zero too, is withheld (primary). Whoever has the totals could subtract, so more cells
are withheld with it (complementary): for each small count another table is sought that says the same in all
that is shown, and in which that count is `least` or more. What differs in it is withheld too. Then a reader
cannot tell that the count is small. The table that asks for the fewest and smallest cells is a linear
programme; the constraints of a table with its totals are a network, so that its solution is in whole numbers.

The reader is assumed to know this rule, the totals and everything that is shown; not to know some of the
counts from elsewhere. Two tables of different days can be compared: docs/howto/notice.md says so.
"""

from __future__ import annotations

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


def published(counts: Sequence[Sequence[int]], least: int) -> Published:
    """A table of counts with its totals, and without what would tell a count below `least`.

    `counts`: rows of equal length, at least one of each. Raises ValueError for a table without cells, a
    negative count, or `least` below 2 (there would be nothing to protect).
    """
    import numpy as np

    if least < 2:
        raise ValueError("a count below 1 tells of nobody: there is nothing to withhold")
    if not counts or not counts[0] or any(n < 0 for row in counts for n in row):
        raise ValueError("a table needs rows and columns of counts")
    inner = np.asarray(counts, dtype=np.int64)
    rows = np.column_stack([inner, inner.sum(axis=1)])
    full = np.vstack([rows, rows.sum(axis=0)])
    hidden = full < least
    equations = _equations(*full.shape)
    for place in np.flatnonzero(hidden):
        hidden |= _with_it(full, hidden, int(place), least, equations)
    return Published(
        tuple(
            tuple(None if off else int(n) for n, off in zip(row, offs, strict=True))
            for row, offs in zip(full, hidden, strict=True)
        )
    )


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


def _with_it(full: Ints, hidden: Hidden, place: int, least: int, equations: NDArray[np.float64]) -> Hidden:
    """The cells that differ in the nearest table in which the count at `place` is not small."""
    import numpy as np
    from scipy.optimize import linprog

    counts = full.ravel().astype(float)
    weights = 1.0 + counts / (counts[-1] + 1.0)
    weights.reshape(full.shape)[-1, :] *= _TOTAL
    weights.reshape(full.shape)[:, -1] *= _TOTAL
    weights[hidden.ravel()] = 0.0
    more = [(0.0, np.inf)] * counts.size
    less = [(0.0, n) for n in counts]
    needed = least - counts[place]
    more[place], less[place] = (needed, needed), (0.0, 0.0)
    found = linprog(
        np.concatenate([weights, weights]),
        A_eq=np.hstack([equations, -equations]),
        b_eq=np.zeros(len(equations)),
        bounds=[*more, *less],
        method="highs",
    )
    differs: Hidden = (np.abs(found.x[: counts.size] - found.x[counts.size :]) > _TINY).reshape(full.shape)
    return differs
