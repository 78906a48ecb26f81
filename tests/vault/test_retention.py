"""Which backups stay: what restic's manual says, as laws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard.vault.retention import MOST, Retention, kept


def at(day: str, hour: int = 12) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=hour)


WHEN = st.integers(0, 455 * 24 * 60).map(lambda minutes: at("2024-12-01", 0) + timedelta(minutes=minutes))
MADE = st.lists(WHEN, max_size=60)
COUNT = st.integers(0, 15)
POLICY = st.builds(tuple[int, ...], st.tuples(COUNT, COUNT, COUNT, COUNT).filter(any)).map(
    lambda n: Retention(*n)
)


def test_the_example_of_the_manual() -> None:
    """restic, "Removing snapshots according to a policy": Sundays over 12 weeks, --keep-daily 4 keeps the
    last four Sundays that have one.
    """
    sundays = [at("2025-01-05") + timedelta(weeks=n) for n in range(12)]
    assert sorted(kept(sundays, Retention(0, 4, 0, 0))) == [8, 9, 10, 11]


def test_of_a_day_the_newest_stays() -> None:
    made = [at("2026-04-01", 9), at("2026-04-01", 17), at("2026-04-02", 8), at("2026-04-02", 20)]
    assert kept(made, Retention(0, 2, 0, 0)) == {3: ("daily",), 1: ("daily",)}


def test_a_week_begins_on_monday_and_may_lie_in_two_years() -> None:
    made = [at("2025-12-28"), at("2025-12-29"), at("2026-01-04"), at("2026-01-05")]  # Sun, Mon … Sun, Mon
    assert set(kept(made, Retention(0, 0, 3, 0))) == {3, 2, 0}


def test_the_oldest_stays_while_a_rule_has_some_left() -> None:
    made = [at("2026-04-01", 9), at("2026-04-01", 17)]
    assert kept(made, Retention(0, 5, 0, 0)) == {1: ("daily",), 0: ("daily",)}
    assert kept(made, Retention(0, 1, 0, 0)) == {1: ("daily",)}


def test_a_reason_is_given_for_each() -> None:
    made = [at("2026-03-31"), at("2026-04-01"), at("2026-04-02")]
    assert kept(made, Retention(1, 2, 1, 2)) == {
        2: ("last", "daily", "weekly", "monthly"),
        1: ("daily",),
        0: ("monthly",),
    }


@given(MADE, POLICY)
def test_the_newest_always_stays_and_nothing_is_kept_without_a_reason(
    made: list[datetime], policy: Retention
) -> None:
    found = kept(made, policy)
    assert set(found) <= set(range(len(made)))
    assert all(found.values())
    if made:
        assert max(made) in [made[i] for i in found]


@given(MADE, POLICY)
def test_no_rule_keeps_more_than_it_may(made: list[datetime], policy: Retention) -> None:
    found = kept(made, policy)
    for rule, most in policy.to_json().items():
        assert sum(rule in reasons for reasons in found.values()) <= most


@given(MADE, POLICY)
def test_each_of_the_last_periods_has_its_newest(made: list[datetime], policy: Retention) -> None:
    stays = {made[i] for i in kept(made, policy)}
    assert set(sorted(made, reverse=True)[: policy.last]) <= stays
    for most, period in (
        (policy.daily, lambda t: t.date()),
        (policy.weekly, lambda t: t.isocalendar()[:2]),
        (policy.monthly, lambda t: (t.year, t.month)),
    ):
        newest: dict[object, datetime] = {}
        for one in sorted(made):
            newest[period(one)] = one
        assert set(sorted(newest.values(), reverse=True)[:most]) <= stays


@given(MADE, POLICY)
def test_keeping_twice_changes_nothing_and_order_does_not_matter(
    made: list[datetime], policy: Retention
) -> None:
    stays = [made[i] for i in kept(made, policy)]
    assert sorted(stays[i] for i in kept(stays, policy)) == sorted(stays)
    back = made[::-1]
    assert sorted(back[i] for i in kept(back, policy)) == sorted(stays)


@given(MADE, POLICY, st.sampled_from(["last", "daily", "weekly", "monthly"]))
def test_asking_for_more_never_loses_one_of_the_last_periods(
    made: list[datetime], policy: Retention, rule: str
) -> None:
    """A law of the periods; the oldest, which a rule keeps only while it has some left, may go."""
    more = Retention(**{**policy.to_json(), rule: policy.to_json()[rule] + 1})
    oldest = min(made, default=None)
    lost = {made[i] for i in kept(made, policy)} - {made[i] for i in kept(made, more)}
    assert lost <= {oldest}


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (-1, 1, 1, 1), (MOST + 1, 0, 0, 0), (True, 0, 0, 0)])
def test_a_rule_that_makes_no_sense_is_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"kept|keeps"):
        Retention(*counts)


@given(POLICY)
def test_a_rule_is_what_was_kept_of_it(policy: Retention) -> None:
    assert Retention.from_json(policy.to_json()) == policy


@pytest.mark.parametrize(
    "value", [None, [], {"last": "3"}, {"yearly": 3}, {"last": 0, "daily": 0} | {"weekly": 0, "monthly": 0}]
)
def test_what_is_no_rule_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"rule|kept"):
        Retention.from_json(value)
