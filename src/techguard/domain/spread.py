"""A range that a person estimates, as text of one form: three figures or two.

`low / likely / high` is a lowest, a most likely and a highest value (PERT); `low ~ high` is an interval that
holds nine times in ten (lognormal, domain.md §5.4). The text of one form is what the register keeps, signs
and exports; `techguard.quant` gives it its distribution.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Literal

from pydantic_core import PydanticCustomError, PydanticKnownError

Unit = Literal["JPY", "a year", "years", "%"]
"""What a range counts: yen, events a year, years, or hundredths."""

MOST: dict[Unit, Decimal] = {
    "JPY": Decimal(10**15),
    "a year": Decimal(52),
    "years": Decimal(100),
    "%": Decimal(100),
}
"""The largest figure of each unit. More than one event a week is a cost, not a risk."""

_WIDEST = 10_000
_PLACES = Decimal("0.000001")
_THREE = re.compile(r"\s*[/|]\s*")
_TWO = re.compile(r"\s*(?:~|\.\.|\bto\b|から)\s*")  # japanese: 3から5
_INTERVAL = 2
_PERT = 3


@dataclass(frozen=True, slots=True)
class Spread:
    """The figures of a range: three (low, most likely, high) or two (a 90 % interval)."""

    figures: tuple[Decimal, ...]

    @property
    def is_interval(self) -> bool:
        """Whether it is a 90 % interval."""
        return len(self.figures) == _INTERVAL

    @property
    def is_certain(self) -> bool:
        """Whether there is one value only."""
        return len(set(self.figures)) == 1

    def text(self, figure: Callable[[Decimal], str]) -> str:
        """The range with each figure said by `figure`."""
        return (" ~ " if self.is_interval else " / ").join(figure(f) for f in self.figures)

    def __str__(self) -> str:
        return self.text(plain_figure)


def plain_figure(value: Decimal) -> str:
    """A figure without exponent and without zeros that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_spread(text: str, figure: Callable[[str], Decimal | int | None]) -> Spread | None:
    """The range that is written: three figures between / or ｜, two between ~ (also 〜), or one that is
    certain. `figure` reads one. None if it is no such text.
    """
    plain = unicodedata.normalize("NFKC", text).replace("〜", "~").replace("∼", "~").strip()
    for separator, count in ((_THREE, _PERT), (_TWO, _INTERVAL)):
        parts = separator.split(plain)
        if len(parts) == count:
            found = [figure(part.strip()) for part in parts]
            return None if None in found else Spread(tuple(Decimal(f) for f in found if f is not None))
    only = figure(plain)
    return None if only is None else Spread((Decimal(only),) * _PERT)


def read_figure(text: str) -> Decimal | None:
    """A bare figure, with or without separators of thousands and a sign of hundredths."""
    try:
        value = Decimal(text.removesuffix("%").replace(",", "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def normal(unit: Unit) -> Callable[[str], str]:
    """Checks a range of a unit and gives its one form; an empty text stays empty.

    The validator raises what pydantic turns into a message: `range_form`, `range_order`, `range_positive`,
    `range_wide`, or that a figure is too small, too large or no whole yen.
    """

    def check(text: str) -> str:
        if not text:
            return ""
        found = read_spread(text, read_figure)
        if found is None:
            raise PydanticCustomError("range_form", "not a range")
        figures = tuple(_kept(f, unit) for f in found.figures)
        if any(a > b for a, b in pairwise(figures)):
            raise PydanticCustomError("range_order", "a range must not fall from low to high")
        if len(figures) == _INTERVAL:
            if figures[0] <= 0:
                raise PydanticCustomError("range_positive", "a lognormal range lies above zero")
            if figures[1] > _WIDEST * figures[0]:
                raise PydanticCustomError("range_wide", "a range spans four powers of ten at most")
        return str(Spread(figures))

    return check


def _kept(figure: Decimal, unit: Unit) -> Decimal:
    """A figure as exact as the register keeps it, within the limits of its unit."""
    if figure < 0:
        raise PydanticKnownError("greater_than_equal", {"ge": 0})
    if figure > MOST[unit]:
        raise PydanticKnownError("less_than_equal", {"le": int(MOST[unit])})
    if unit == "JPY" and figure != figure.to_integral_value():
        raise PydanticCustomError("range_form", "not whole yen")
    return figure.quantize(_PLACES)
