"""The scale a company rates by: its steps, matrix and thresholds, as one value with an edition.

The functions of `techguard.domain.rules` take a `Scale`. The standard one is a data file of the catalogue; a
company may put its own in its place (`techguard.domain.items.ScaleEdition`), and may do so again. Levels are
1–5 on every scale: it may use some of them, and names them as it likes. So what a level demands, its mark and
its colour mean the same through every change of steps (docs/decisions/0010).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from .words import Upright

if TYPE_CHECKING:
    from .items import Rating, ScaleEdition

FEWEST, MOST = 3, 6
"""A matrix has from 3 to 6 steps on each axis."""

LEVELS = 5
"""Levels are 1–5 on every scale."""

Axis = Literal["likelihood", "impact"]


class Step(BaseModel):
    """A step of an axis in a company's own words; `anchor` is what it takes to choose it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    anchor: str = ""

    @classmethod
    def read(cls, line: str) -> Self:
        """`Name: what it takes to choose it`, the colon in either width; or a name alone."""
        name, _, anchor = re.sub("[:：]", ":", line, count=1).partition(":")  # japanese: either width
        return cls(name=name.strip(), anchor=anchor.strip())

    def line(self) -> str:
        """As `read` takes it."""
        return f"{self.name}: {self.anchor}" if self.anchor else self.name


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
    likelihood_steps: tuple[Step, ...] = ()
    """A company's own words, lowest first; none: those of the catalogue."""
    impact_steps: tuple[Step, ...] = ()
    level_names: tuple[str, ...] = ()
    upright: Axis = "likelihood"
    """The axis that is drawn upwards; the other one goes to the right."""
    watch_from: Decimal = Decimal("0.5")
    danger_from: Decimal = Decimal("1.5")
    high_from: int = 4
    """Levels from here on need a treatment or an acceptance, and an executive's decision."""
    officer_from: int = 4
    """Levels from here on are accepted by an executive officer or the board."""
    board_from: int = 5
    """Levels from here on are accepted by the board."""
    urgency_within_days: tuple[tuple[int, int], ...] = ((30, 4), (90, 3), (180, 2))
    review_days: tuple[int, ...] = (360, 360, 180, 90, 90)
    """Days between two looks at an exposure, by its level, lowest level first."""
    carry_likelihood: tuple[int | None, ...] = ()
    """For each step of the scale before: the step it becomes on this one. None: to be rated anew."""
    carry_impact: tuple[int | None, ...] = ()

    @model_validator(mode="after")
    def _rises(self) -> Self:
        rows = self.matrix
        if len({len(row) for row in rows}) != 1:
            raise ValueError("every row of a matrix has the same length")
        if not rises(rows):
            raise ValueError("a level must not fall when likelihood or impact rises")
        return self

    @property
    def size(self) -> tuple[int, int]:
        """How many steps likelihood and impact have."""
        return len(self.matrix), len(self.matrix[0])

    def most(self, axis: Axis) -> int:
        """How many steps one axis has."""
        return self.size[0 if axis == "likelihood" else 1]

    def steps(self, axis: Axis) -> tuple[Step, ...]:
        """A company's own words for the steps of an axis, lowest first."""
        return self.likelihood_steps if axis == "likelihood" else self.impact_steps

    def level(self, likelihood: int | None, impact: int | None) -> int | None:
        """The level of a rating, or None while either half is unrated or is not a step of this scale."""
        if likelihood is None or impact is None:
            return None
        rows, columns = self.size
        if not (1 <= likelihood <= rows and 1 <= impact <= columns):
            return None
        return self.matrix[likelihood - 1][impact - 1]


def rises(matrix: Sequence[Sequence[int]]) -> bool:
    """Whether no level falls when likelihood or impact rises. The rows have one length."""
    along = all(a <= b for row in matrix for a, b in itertools.pairwise(row))
    down = all(
        a <= b for upper, lower in itertools.pairwise(matrix) for a, b in zip(upper, lower, strict=True)
    )
    return along and down


@dataclass(frozen=True, slots=True)
class Restated:
    """A rating as it stands on the scale in force, and that scale's edition; or, where a step has no place on
    it, as it was made, with the edition it was made with: the exposure is then to be rated anew.
    """

    likelihood: int | None
    impact: int | None
    level: int | None
    edition: str


@dataclass(frozen=True, slots=True)
class Editions:
    """Every scale this register has rated by, oldest first; the last is in force."""

    scales: tuple[Scale, ...]

    @property
    def now(self) -> Scale:
        """The scale in force."""
        return self.scales[-1]

    def named(self, edition: str) -> Scale | None:
        """The scale of an edition, if this register has ever rated by it."""
        return next((scale for scale in self.scales if scale.edition == edition), None)

    def followed_by(self, scale: Scale) -> Editions:
        """What the editions would be with one more."""
        return Editions((*self.scales, scale))

    def carried(self, axis: Axis, value: int, edition: str) -> int | None:
        """What a step of an earlier edition is on the scale in force; None if it has no place there."""
        at = next((n for n, s in enumerate(self.scales) if s.edition == edition), None)
        if at is None:
            return None
        step: int | None = value
        for scale in self.scales[at + 1 :]:
            carry = scale.carry_likelihood if axis == "likelihood" else scale.carry_impact
            step = carry[step - 1] if step is not None and step <= len(carry) else None
        return step

    def restated(self, rating: Rating) -> Restated:
        """A rating on the scale in force. Nothing is rounded and nothing clamped."""
        as_made = Restated(rating.likelihood, rating.impact, rating.level, rating.scale_edition)
        now = self.now.edition
        if rating.scale_edition == now or (rating.likelihood is None and rating.impact is None):
            return as_made
        found: dict[Axis, int | None] = {}
        axis: Axis
        for axis in ("likelihood", "impact"):
            value = getattr(rating, axis)
            found[axis] = None if value is None else self.carried(axis, value, rating.scale_edition)
            if value is not None and found[axis] is None:
                return as_made
        level = self.now.level(found["likelihood"], found["impact"])
        return Restated(found["likelihood"], found["impact"], level, now)


# --- A company's own scale, as it is written down ----------------------------------------------------


class Unreadable(ValueError):
    """A line of an own scale is not what it should be."""


def numbers(line: str) -> tuple[int, ...]:
    """The numbers of a line, in either width: `1 1 2 3 4`, `1,1,2,3,4`, `５ → ４`. Raises `Unreadable`."""
    plain = unicodedata.normalize("NFKC", line)
    found = re.findall(r"[0-9]{1,4}", plain)
    if not found or re.search(r"[^\W\d_]", plain):
        raise Unreadable(line)
    return tuple(map(int, found))


def matrix_of(lines: Iterable[str]) -> tuple[tuple[int, ...], ...]:
    """A matrix from its lines, the lowest likelihood first; `11234` is five levels. Raises `Unreadable`."""
    return tuple(numbers(" ".join(line)) for line in lines)


def carry_of(lines: Sequence[str], before: int, after: int) -> tuple[int | None, ...]:
    """What becomes of each of `before` steps, from lines such as `5 → 4`. Raises `Unreadable`.

    Without a line, steps stay what they are as long as there are as many as before; otherwise every rating is
    to be made anew. With lines, a step that none of them names is to be rated anew.
    """
    if not lines:
        return tuple(range(1, before + 1)) if before == after else (None,) * before
    carried: list[int | None] = [None] * before
    for line in lines:
        pair = numbers(line)
        if len(pair) != 2 or not (1 <= pair[0] <= before and 1 <= pair[1] <= after):
            raise Unreadable(line)
        carried[pair[0] - 1] = pair[1]
    return tuple(carried)


def as_lines(scale: Scale) -> dict[str, object]:
    """A scale as it is written down: where a company begins when it makes its own. Steps that the scale does
    not name are for the caller to fill in.
    """
    return {
        "likelihood_steps": tuple(map(Step.line, scale.likelihood_steps)),
        "impact_steps": tuple(map(Step.line, scale.impact_steps)),
        "level_names": scale.level_names,
        "upright": Upright(scale.upright),
        "matrix": tuple(" ".join(map(str, row)) for row in scale.matrix),
        "high_from": scale.high_from,
        "officer_from": scale.officer_from,
        "board_from": scale.board_from,
        "watch_from": scale.watch_from,
        "danger_from": scale.danger_from,
        "review_days": tuple(map(str, scale.review_days)),
        "urgency_days": tuple(str(days) for days, _urgency in scale.urgency_within_days),
    }


def scale_of(own: ScaleEdition, before: Scale) -> Scale:
    """A company's own scale as the rules take it; `before` is the scale it takes the place of.

    Raises `Unreadable` if the lines on carried steps do not fit the scale before.
    """
    matrix = matrix_of(own.matrix)
    rows, columns = before.size
    days = [int(numbers(d)[0]) for d in own.review_days] or list(before.review_days)
    within = [int(numbers(d)[0]) for d in own.urgency_days]
    return Scale(
        edition=own.ref or own.title,
        matrix=matrix,
        likelihood_steps=tuple(map(Step.read, own.likelihood_steps)),
        impact_steps=tuple(map(Step.read, own.impact_steps)),
        level_names=own.level_names,
        upright=own.upright.value,
        watch_from=own.watch_from,
        danger_from=own.danger_from,
        high_from=own.high_from,
        officer_from=own.officer_from,
        board_from=own.board_from,
        urgency_within_days=tuple(zip(within, (4, 3, 2), strict=True))
        if within
        else before.urgency_within_days,
        review_days=tuple(days),
        carry_likelihood=carry_of(own.carry_likelihood, rows, len(matrix)),
        carry_impact=carry_of(own.carry_impact, columns, len(matrix[0])),
    )
