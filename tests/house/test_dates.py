"""Dates as people type and read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard import i18n
from techguard.i18n.dates import ERAS, by_era, read_date, typed_date
from techguard.present import day, moment

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "typed",
    ["2026-11-23", "2026/11/23", "2026.11.23", "20261123", "2026年11月23日", "２０２６／１１／２３",
     "令和8年11月23日", "R8.11.23", "r8/11/23", "平成38年11月23日", " 2026-11-23 ", "令和 8 年 11 月 23 日"],
)  # fmt: skip
def test_the_same_day_in_many_hands(typed: str) -> None:
    assert read_date(typed) == typed_date(typed, TODAY) == TODAY


@pytest.mark.parametrize(
    ("typed", "day"),
    [("+10d", date(2026, 12, 3)), ("+2w", date(2026, 12, 7)), ("+3m", date(2027, 2, 23)),
     ("+1y", date(2027, 11, 23)), ("＋３か月", date(2027, 2, 23)), ("today", TODAY), ("今日", TODAY)],
)  # fmt: skip
def test_from_today(typed: str, day: date) -> None:
    assert typed_date(typed, TODAY) == day


def test_a_month_later_is_never_a_day_that_does_not_exist() -> None:
    assert typed_date("+1m", date(2027, 1, 31)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("written", "day"),
    [("令和元年5月1日", date(2019, 5, 1)), ("平成31年4月30日", date(2019, 4, 30)),
     ("平成元年1月8日", date(1989, 1, 8)), ("昭和64年1月7日", date(1989, 1, 7)),
     ("昭和元年12月25日", date(1926, 12, 25)), ("大正15年12月24日", date(1926, 12, 24)),
     ("大正元年7月30日", date(1912, 7, 30)), ("明治45年7月29日", date(1912, 7, 29)),
     ("明治6年1月1日", date(1873, 1, 1))],
)  # fmt: skip
def test_eras_meet_where_the_law_says(written: str, day: date) -> None:
    assert read_date(written) == day
    assert by_era(day) == written


@pytest.mark.parametrize(
    "typed",
    ["", "11/23", "2026-13-01", "2026-02-30", "明日ごろ", "+9999y", "9", "令和1年4月30日", "平成0年5月1日",
     "平成00年5月1日", "平成元年1月7日", "昭和1年12月24日", "大正元年7月29日", "明治5年12月31日",
     "令和8年2月30日"],
)  # fmt: skip
def test_what_is_no_date_is_refused(typed: str) -> None:
    assert read_date(typed) is None
    with pytest.raises(ValueError):  # noqa: PT011 - the form says it in its own words
        typed_date(typed, TODAY)


@given(st.dates())
def test_every_form_that_is_written_is_read_as_the_same_day(one: date) -> None:
    western = f"{one.year:04}年{one.month}月{one.day}日"
    for written in (one.isoformat(), western, by_era(one), by_era(one, short=True)):
        assert read_date(written) == one


@given(st.text(max_size=20))
def test_anything_else_is_a_date_or_a_value_error(typed: str) -> None:
    try:
        typed_date(typed, TODAY)
    except ValueError:
        return


@given(st.dates(ERAS[0].first, ERAS[-1].first.replace(year=ERAS[-1].first.year + 98)))
def test_a_short_date_fits_its_column(one: date) -> None:
    assert len(by_era(one, short=True)) <= len("2026-11-23")


def test_dates_are_shown_by_the_calendar_that_was_chosen() -> None:
    """Only in Japanese text: nobody reads an era in English."""
    at = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    ja, en = i18n.translator("ja"), i18n.translator("en")
    was, spoken = i18n.dates_by(), i18n.language()
    try:
        i18n.set_language("ja")
        for calendar, long, short in (
            ("western", "2026-11-23", "2026-11-23"),
            ("era", "令和8年11月23日", "R08.11.23"),
        ):
            i18n.set_calendar(calendar)  # type: ignore[arg-type]
            assert (ja.date_text(TODAY), ja.short_date(TODAY)) == (long, short)
            assert ja.date_text(at) == f"{long} 09:05+00:00"
            assert day(TODAY) == short
            assert moment(at).startswith(short)
            assert (en.date_text(TODAY), en.short_date(TODAY)) == ("2026-11-23", "2026-11-23")
    finally:
        i18n.set_calendar(was)
        i18n.set_language(spoken)
