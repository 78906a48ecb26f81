"""The scale a company rates by: its matrix and thresholds, as one value with an edition.

The functions of `techguard.domain.rules` take a `Scale`; the standard one is a data file of the catalogue.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class Scale(BaseModel):
    """Likelihood × impact → level, with the thresholds around it.

    `matrix[likelihood - 1][impact - 1]` is the level. A matrix that falls when likelihood or impact rises is
    refused: no reader could trust it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    edition: str
    matrix: tuple[tuple[int, ...], ...] = (
        (1, 1, 2, 3, 4),
        (1, 2, 2, 3, 4),
        (1, 2, 3, 4, 5),
        (2, 3, 4, 4, 5),
        (2, 3, 4, 5, 5),
    )
    watch_from: Decimal = Decimal("0.5")
    danger_from: Decimal = Decimal("1.5")
    high_from: int = 4
    """Levels from here on need a treatment or an acceptance, and an executive's decision."""
    urgency_within_days: tuple[tuple[int, int], ...] = ((30, 4), (90, 3), (180, 2))
    review_days: tuple[int, ...] = (360, 360, 180, 90, 90)
    """Days between two looks at an exposure, by its level, lowest level first."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        rows = self.matrix
        if len({len(row) for row in rows}) != 1:
            raise ValueError("every row of a matrix has the same length")
        along = all(a <= b for row in rows for a, b in itertools.pairwise(row))
        down = all(
            a <= b for upper, lower in itertools.pairwise(rows) for a, b in zip(upper, lower, strict=True)
        )
        if not (along and down):
            raise ValueError("a level must not fall when likelihood or impact rises")
        return self

    def level(self, likelihood: int | None, impact: int | None) -> int | None:
        """The level of a rating, or None while either half is unrated."""
        if likelihood is None or impact is None:
            return None
        return self.matrix[likelihood - 1][impact - 1]
