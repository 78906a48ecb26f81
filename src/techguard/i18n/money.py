"""Money as people write it: read in every usual form, written in the unit that was chosen.

An amount is kept in whole yen and never rounded. Only what is shown may be, and then it says so.
"""

# japanese throughout: it reads what Japanese people write

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from math import floor, log10
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

MoneyUnit = Literal["exact", "yen", "million", "oku"]
"""`exact`: in the largest unit in which nothing is lost. `yen`, `million` and `oku` (円, 百万円, 億円):
in that unit, to a tenth of it.
"""
MONEY_UNITS: Final[tuple[MoneyUnit, ...]] = get_args(MoneyUnit)

_FACTORS: Final = {
    prefix + myriad: small * large
    for prefix, small in (("", 1), ("十", 10), ("百", 100), ("千", 1000))
    for myriad, large in (("", 1), ("万", 10**4), ("億", 10**8), ("兆", 10**12))
} | {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mil": 10**6,
    "million": 10**6,
    "hundredmillion": 10**8,
    "bn": 10**9,
    "billion": 10**9,
    "tn": 10**12,
    "trillion": 10**12,
}
_FACTOR: Final = "|".join(sorted(filter(None, _FACTORS), key=len, reverse=True))
_NUMBER: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_PART: Final = re.compile(rf"({_NUMBER})({_FACTOR})?")
_MONEY: Final = re.compile(
    rf"(?:金|¥|jpy|yen)?((?:{_NUMBER}(?:{_FACTOR}))*{_NUMBER}(?:{_FACTOR})?|(?:{_NUMBER}(?:{_FACTOR}))+)(?:円也?|jpy|yen)?"
)
_LONGEST: Final = 60


def read_money(text: str) -> int | None:
    """The whole yen that are written: 12,000,000, 1.2億円, 1億2,000万円, 120百万円, ¥120 million,
    JPY 1.2bn; digits and signs of any width. A bare number is yen, in whatever unit amounts are shown. None
    if it is no such amount: a part of a yen, "about", less than nothing or another currency.
    """
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold().replace("、", ",").strip()
    if re.search(r"[0-9,.]\s+[0-9,.]", plain):
        return None
    match = _MONEY.fullmatch("".join(plain.split()))
    parts = _PART.findall(match[1]) if match else []
    total, below = Fraction(0), 0
    for number, factor in parts:
        amount = Fraction(number.replace(",", "")) * _FACTORS[factor]
        if len(parts) > 1 and ("." in number or (below and amount >= below)):
            return None
        total, below = total + amount, _FACTORS[factor]
    return int(total) if parts and total.denominator == 1 else None


class Shown(NamedTuple):
    """How an amount is said: `number` of `unit` yen each, and whether something was rounded away."""

    number: str
    unit: int
    rounded: bool


_EXACT: Final = {"ja": ((10**8, 10**6), (10**4, 10**4)), "en": ((10**6, 10**5),)}
"""Per language: a unit, and the step to which an amount must be round to be said in it."""
_ROUNDED: Final[dict[tuple[str, str], tuple[tuple[int, int], ...]]] = {
    ("ja", "oku"): ((10**8, 10**7), (10**6, 10**5)),
    ("en", "oku"): ((10**6, 10**7), (10**6, 10**5)),
    ("ja", "million"): ((10**6, 10**5),),
    ("en", "million"): ((10**6, 10**5),),
    ("ja", "yen"): (),
    ("en", "yen"): (),
}
"""Per language and choice: a unit, and the step to which an amount is rounded. English has no word for 億: it
says millions, rounded as Japanese does, so that both languages tell the same figure.
"""


def shown(yen: int, chosen: MoneyUnit, language: str) -> Shown:
    """How an amount of whole yen is said. What is shown is rounded half up and keeps two digits that count:
    what is too small for that is said in the next smaller unit.
    """
    if chosen == "exact":
        return in_unit(yen, unit_of_all([yen], language))
    for unit, step in _ROUNDED[language, chosen]:
        if yen >= 10 * step:
            near = (yen + step // 2) // step * step
            return Shown(_of(near, unit), unit, rounded=near != yen)
    return Shown(f"{yen:,}", 1, rounded=False)


FIGURES: Final = 3
"""How many figures of an estimate count: more would say what nobody knows."""


def estimated(yen: float, chosen: MoneyUnit, language: str) -> Shown:
    """How an estimated amount is said: three figures count, zeros among them (3.40億円 beside 3.61億円).
    In the largest unit, or in the one that was chosen as any other amount. It is not called rounded for that.
    """
    step: int = 10 ** max(len(str(abs(round(yen)))) - FIGURES, 0)
    near = round(yen / step) * step
    if chosen != "exact":
        return shown(near, chosen, language)
    for unit, _ in _EXACT[language]:
        if near >= unit:
            return Shown(_of(near, unit, FIGURES), unit, rounded=False)
    return Shown(f"{near:,}", 1, rounded=False)


def unit_of_all(amounts: Iterable[int], language: str) -> int:
    """The unit in which the amounts of one table are said, so that they can be compared: the largest in which
    nothing of any of them is lost.
    """
    known = [yen for yen in amounts if yen]
    for unit, step in _EXACT[language]:
        if max(known, default=0) >= unit and all(yen % step == 0 for yen in known):
            return unit
    return 1


def unit_of_estimates(amounts: Iterable[float], language: str) -> int:
    """The unit in which the estimates of one table are said: the largest of which the least is a tenth."""
    known = [yen for yen in amounts if yen > 0]
    for unit, _ in _EXACT[language]:
        if max(known, default=0) >= unit and min(known) * 10 >= unit:
            return unit
    return 1


def in_unit(yen: int, unit: int) -> Shown:
    """An amount in a unit, with all its figures; nothing has no unit to be measured in."""
    return Shown(_of(yen, unit), unit if yen else 1, rounded=False)


def estimate_in(yen: float, unit: int) -> Shown:
    """An estimated amount in a unit: three figures count, zeros among them."""
    near = round(yen, FIGURES - 1 - floor(log10(yen))) if yen > 0 else 0.0
    if unit == 1 or near < 1:
        return in_unit(round(near), unit)
    decimals = FIGURES - 1 - floor(log10(near / unit))
    return Shown(f"{near / unit:,.{max(decimals, 0)}f}", unit, rounded=False)


def _of(yen: int, unit: int, figures: int = 0) -> str:
    """`yen` in units, as many decimals as it takes, zeros up to so many `figures`. Units are powers of ten,
    so that it always ends.
    """
    whole, rest = divmod(yen, unit)
    decimals = f"{rest:0{len(str(unit)) - 1}}".rstrip("0").ljust(figures - len(str(whole)), "0")
    return f"{whole:,}.{decimals}" if decimals else f"{whole:,}"
