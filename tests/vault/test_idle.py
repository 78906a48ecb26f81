"""A terminal that was left alone locks."""

from __future__ import annotations

from techguard.vault import IdleTimer


class Clocks:
    def __init__(self) -> None:
        self.monotonic = 100.0
        self.wall = 5000.0

    def pass_by(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds


def timer(clocks: Clocks) -> IdleTimer:
    return IdleTimer(600, monotonic=lambda: clocks.monotonic, wall=lambda: clocks.wall)


def test_it_expires_after_the_time_and_a_touch_starts_again() -> None:
    clocks = Clocks()
    idle = timer(clocks)
    clocks.pass_by(599)
    assert not idle.expired()
    assert idle.remaining() == 1
    idle.touch()
    clocks.pass_by(599)
    assert not idle.expired()
    clocks.pass_by(1)
    assert idle.expired()
    assert idle.remaining() == 0


def test_sleep_counts_although_the_monotonic_clock_stood_still() -> None:
    clocks = Clocks()
    idle = timer(clocks)
    clocks.wall += 3600
    assert idle.expired()


def test_setting_the_clock_back_does_not_keep_it_open() -> None:
    clocks = Clocks()
    idle = timer(clocks)
    clocks.wall -= 86400
    clocks.monotonic += 600
    assert idle.expired()
