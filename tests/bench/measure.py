"""Taking times and saying them: medians over repetitions, ours and the reference in turn in the same run."""

from __future__ import annotations

import math
import pathlib
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from unicodedata import east_asian_width


@dataclass(frozen=True)
class Bar:
    """One measured bar: what must hold, and what came out. Times are in milliseconds, memory in MB.

    `most` is the highest ratio to the reference, `most_ours` the highest figure of ours; either may be None.
    """

    group: str
    what: str
    size: int
    ours: float
    reference: float
    against: str
    """What the reference is."""
    most: float | None = None
    most_ours: float | None = None
    unit: str = "ms"
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours by the reference."""
        return self.ours / self.reference if self.reference else math.nan

    @property
    def met(self) -> bool | None:
        """Whether the bar holds; None where there is none and the figure is for information."""
        held = []
        if self.most is not None:
            held.append(self.ratio <= self.most)
        if self.most_ours is not None:
            held.append(self.ours <= self.most_ours)
        return all(held) if held else None

    @property
    def bar(self) -> str:
        """The bar, as it stands in the table."""
        parts = [f"≤ {self.most:g}×"] if self.most is not None else []
        parts += [f"≤ {self.most_ours:g} {self.unit}"] if self.most_ours is not None else []
        return ", ".join(parts) or "–"

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


clock: Callable[[], float] = time.perf_counter
"""By what times are taken, in seconds: what a person waits; with `--cpu` `time.process_time`, which other
work on the machine disturbs less, but which knows nothing of the disk and of other processes.
"""


def milliseconds(act: Callable[[], object]) -> float:
    """How long `act` takes, by `clock`."""
    began = clock()
    act()
    return (clock() - began) * 1000


def in_turn(acts: Sequence[Callable[[], object]], times: int) -> list[list[float]]:
    """The times of several acts, one after the other and again: what disturbs the machine disturbs all."""
    took: list[list[float]] = [[] for _ in acts]
    for _ in range(times):
        for place, act in enumerate(acts):
            took[place].append(milliseconds(act))
    return took


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * 0.95) - 1)]


def table(bars: Sequence[Bar]) -> str:
    """The bars as a table for people."""
    head = ("bar", "size", "must be", "ours", "reference", "ratio", "met", "against")
    rows = [head]
    for b in bars:
        met = {True: "yes", False: "NO", None: "–"}[b.met]
        rows.append(
            (
                b.what,
                f"{b.size:,}" if b.size else "",
                b.bar,
                _figure(b.ours, b.unit),
                _figure(b.reference, b.unit),
                f"{b.ratio:.2f}",
                met,
                b.against + (f" ({b.note})" if b.note else ""),
            )
        )
    wide = [max(_width(row[i]) for row in rows) for i in range(len(head))]
    right = {1, 3, 4, 5}
    lines = []
    for row in rows:
        cells = []
        for i, cell in enumerate(row):
            space = " " * (wide[i] - _width(cell))
            cells.append(space + cell if i in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _figure(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def peak_memory() -> float:
    """The most memory this process has had so far, in MB."""
    try:  # ru_maxrss begins with what the parent had; this does not
        with pathlib.Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except FileNotFoundError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
