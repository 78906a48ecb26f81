"""Dates as people type them."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "r": 2018, "h": 1988, "s": 1925}  # japanese: era names
_ERA = re.compile(
    r"(令和|平成|昭和|[rhs])\.?(元|\d{1,2})(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?"
)  # japanese: eras
_WESTERN = re.compile(r"(\d{4})(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?")  # japanese: dates
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_AHEAD = re.compile(r"\+(\d{1,4})(d|w|m|y|日|週|か月|ヶ月|月|年)")  # japanese: units of time
_TODAY = {"today", "今日", "本日"}  # japanese: what a person types


def parse_date(typed: str, today: date) -> date:
    """The date that was typed: 2026-11-23, 2026/11/23, 2026年11月23日, 20261123, 令和8年11月23日, R8.11.23,
    +10d, +2w, +3m, +1y from `today`, or "today"; digits and signs of any width. Raises ValueError.
    """
    text = "".join(unicodedata.normalize("NFKC", typed).split()).casefold()
    if text in _TODAY:
        return today
    if match := _AHEAD.fullmatch(text):
        return _ahead(today, int(match[1]), match[2])
    if match := _ERA.fullmatch(text):
        year = 1 if match[2] == "元" else int(match[2])  # japanese: the first year of an era
        return date(_ERAS[match[1]] + year, int(match[3]), int(match[4]))
    match = _WESTERN.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None:
        raise ValueError(typed)
    return date(int(match[1]), int(match[2]), int(match[3]))


def _ahead(today: date, n: int, unit: str) -> date:
    if unit in {"d", "日"}:  # japanese: days
        return today + timedelta(days=n)
    if unit in {"w", "週"}:  # japanese: weeks
        return today + timedelta(weeks=n)
    months = n * 12 if unit in {"y", "年"} else n  # japanese: years
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    if year > date.max.year:
        raise ValueError(n)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))
