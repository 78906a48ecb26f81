"""Dates as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard.tui.dates import parse_date

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "typed",
    ["2026-11-23", "2026/11/23", "2026.11.23", "20261123", "2026年11月23日", "２０２６／１１／２３",
     "令和8年11月23日", "R8.11.23", "r8/11/23", "平成38年11月23日", " 2026-11-23 ", "today", "今日"],
)  # fmt: skip
def test_the_same_day_in_many_hands(typed: str) -> None:
    assert parse_date(typed, TODAY) == TODAY


@pytest.mark.parametrize(
    ("typed", "day"),
    [("+10d", date(2026, 12, 3)), ("+2w", date(2026, 12, 7)), ("+3m", date(2027, 2, 23)),
     ("+1y", date(2027, 11, 23)), ("＋３か月", date(2027, 2, 23)), ("令和元年5月1日", date(2019, 5, 1))],
)  # fmt: skip
def test_from_today(typed: str, day: date) -> None:
    assert parse_date(typed, TODAY) == day


def test_a_month_later_is_never_a_day_that_does_not_exist() -> None:
    assert parse_date("+1m", date(2027, 1, 31)) == date(2027, 2, 28)


@pytest.mark.parametrize("typed", ["", "11/23", "2026-13-01", "2026-02-30", "明日ごろ", "+9999y", "9"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the form says it in its own words
        parse_date(typed, TODAY)


@given(st.dates())
def test_iso_comes_back(day: date) -> None:
    assert parse_date(day.isoformat(), TODAY) == day


@given(st.text(max_size=20))
def test_anything_else_is_a_date_or_a_value_error(typed: str) -> None:
    try:
        parse_date(typed, TODAY)
    except ValueError:
        return
