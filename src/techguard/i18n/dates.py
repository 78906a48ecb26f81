"""Dates as people write them: read in every usual form, written in the one that was chosen.

ISO 8601 is what files and machines get, everywhere. People may have their dates by the Western calendar
(2026-11-23) or, in Japanese, by era (令和8年11月23日).
"""

# japanese throughout: it reads and writes what Japanese people write

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, get_args

Calendar = Literal["western", "era"]
CALENDARS: Final[tuple[Calendar, ...]] = get_args(Calendar)


class Era(NamedTuple):
    """An era: what it is called, its letter on forms, and its first day."""

    name: str
    letter: str
    first: date


ERAS: Final = (
    Era("明治", "M", date(1873, 1, 1)),
    Era("大正", "T", date(1912, 7, 30)),
    Era("昭和", "S", date(1926, 12, 25)),
    Era("平成", "H", date(1989, 1, 8)),
    Era("令和", "R", date(2019, 5, 1)),
)
"""The eras since Japan counts its days as the West does: from Meiji 6 on (Dajokan proclamation 337 of 1872).
The law on eras (Act 43 of 1979) and its orders give the first day of the later ones.
"""
_YEAR_ONE: Final = {era.name: era.first.year for era in ERAS} | {"明治": 1868}
_NAME: Final = {era.letter.casefold(): era.name for era in ERAS}
_FIRST: Final = {era.name: era.first for era in ERAS}

ERA_PATTERN: Final = r"(明治|大正|昭和|平成|令和|[mtshr])\.?(元|\d{1,2})"
"""An era and a year of it, in text that was folded: two groups."""
_ERA_DAY = re.compile(ERA_PATTERN + r"(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_WESTERN_DAY = re.compile(r"(\d{4})(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_AHEAD = re.compile(r"\+(\d{1,4})(d|w|m|y|日|週|か月|ヶ月|月|年)")
_TODAY = {"today", "今日", "本日"}


def western_year(era: str, year: str) -> int:
    """The Western year of a year of an era (`ERA_PATTERN`). Years after the end of an era count on: an
    agreement of 2015 that ends in 平成38年 ends in 2026.
    """
    name = _NAME.get(era.casefold(), era)
    return _YEAR_ONE[name] + (0 if year == "元" else int(year) - 1)


def read_date(text: str) -> date | None:
    """The one day that is written: 2026-11-23, 2026/11/23, 20261123, 2026年11月23日, 令和8年11月23日 or
    R8.11.23; digits and signs of any width, with or without spaces. None if it is no such day; a day before
    its era began is none.
    """
    plain = _folded(text)
    try:
        if match := _ERA_DAY.fullmatch(plain):
            day = date(western_year(match[1], match[2]), int(match[3]), int(match[4]))
            return day if day >= _FIRST[_NAME.get(match[1], match[1])] else None
        match = _WESTERN_DAY.fullmatch(plain) or _COMPACT.fullmatch(plain)
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def typed_date(typed: str, today: date) -> date:
    """What a person types into a form: all that `read_date` reads; "today"; +10d, +2w, +3m, +1y from `today`.
    Raises ValueError.
    """
    plain = _folded(typed)
    if plain in _TODAY:
        return today
    if match := _AHEAD.fullmatch(plain):
        return _ahead(today, int(match[1]), match[2])
    found = read_date(plain)
    if found is None:
        raise ValueError(typed)
    return found


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _ahead(today: date, n: int, unit: str) -> date:
    if unit in {"d", "日"}:
        return today + timedelta(days=n)
    if unit in {"w", "週"}:
        return today + timedelta(weeks=n)
    return months_after(today, n * 12 if unit in {"y", "年"} else n)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where that month is shorter. Raises ValueError after the
    year 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise ValueError(months)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def by_era(day: date, *, short: bool = False) -> str:
    """A day by era: 令和8年11月23日, or R08.11.23 for narrow columns. Where no era is known: ISO."""
    era = next((era for era in reversed(ERAS) if day >= era.first), None)
    year = day.year - _YEAR_ONE[era.name] + 1 if era else 0
    if era is None or year > 99:
        return day.isoformat()
    if short:
        return f"{era.letter}{year:02}.{day.month:02}.{day.day:02}"
    return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
