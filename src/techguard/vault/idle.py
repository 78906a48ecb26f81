"""When nobody has touched anything for a while, lock."""

from __future__ import annotations

import time
from collections.abc import Callable


class IdleTimer:
    """Counts seconds since the last touch by two clocks and believes the longer time.

    The monotonic clock stands still while a laptop sleeps on Linux and macOS; the wall clock does not, but
    may be set back. So a lid that was closed for an hour locks at once, and setting the clock back does not
    keep it open.
    """

    def __init__(
        self,
        seconds: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._wall = wall
        self.touch()

    def touch(self) -> None:
        """Somebody is here."""
        self._last = self._monotonic(), self._wall()

    def remaining(self) -> float:
        """Seconds until `expired`, zero or more."""
        idle = max(self._monotonic() - self._last[0], self._wall() - self._last[1])
        return max(0.0, self.seconds - idle)

    def expired(self) -> bool:
        """Whether it is time to lock."""
        return self.remaining() == 0.0
