"""Measures the bars of design.md and prints one table.

    python -m tests.bench                                   # 1,000, 10,000 and 100,000 technologies
    python -m tests.bench --sizes 10000 --only open,search
    python -m tests.bench --sizes 1000 --json
    python -m tests.bench --sizes 10000,100000 --keep ~/registers    # made once, used by every later run

The registers are made anew in a temporary folder, which goes away with them (100,000 technologies: about
8 GB and 20 minutes, on a busy machine more than an hour). With `--keep` they are made in that folder where
it does not have them yet, and each run works on a copy. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from . import bars, measure
from .measure import Bar, table
from .registers import build, kept

_BY_SIZE = [g for g in bars.GROUPS if g not in {"version", "import", "money"}]


_NOT_BY_CPU = {"version", "frame", "commit", "memory"}
"""What waits for the disk, for the next frame or for other processes."""


def measured(
    sizes: Sequence[int], groups: Sequence[str], times: int, rows: int, folder: Path, keep: Path | None = None
) -> Iterator[Bar]:
    """All bars of these groups at these sizes, as they are measured."""
    found: list[Bar] = []
    if "version" in groups:
        yield from bars.version(times)
    if "import" in groups:
        yield from bars.importing(folder, rows, times)
    if "money" in groups:
        from .money import money

        yield from money(times)
    wanted = [g for g in _BY_SIZE if g in groups]
    for size in sizes if wanted else ():
        make = build if keep is None else partial(kept, keep)
        built = make(folder, size, progress=sys.stderr.isatty())
        for group in wanted:
            for bar in bars.measure(group, built, times):
                found.append(bar)
                yield bar
    yield from bars.scaling(found)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000,100000", help="numbers of technologies")
    parser.add_argument("--only", default=",".join(bars.GROUPS), help=f"of {', '.join(bars.GROUPS)}")
    parser.add_argument("--times", type=int, default=10, help="how often each thing is done (10)")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the workbook (10,000)")
    parser.add_argument("--folder", type=Path, help="where to make the registers, if not in temp")
    parser.add_argument("--keep", type=Path, help="where registers lie that were made before, or are to stay")
    parser.add_argument(
        "--cpu", action="store_true", help="CPU time of this process, where other work disturbs the clock"
    )
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    asked = parser.parse_args(words)
    sizes = [int(size) for size in asked.sizes.split(",")]
    groups = asked.only.split(",")
    if unknown := set(groups) - set(bars.GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    if asked.cpu:
        if beside := set(groups) & _NOT_BY_CPU:
            parser.error(f"not by CPU time: {', '.join(sorted(beside))}")
        measure.clock = time.process_time
    done: list[Bar] = []
    with tempfile.TemporaryDirectory(prefix="techguard-bench-", dir=asked.folder) as folder:
        for bar in measured(sizes, groups, asked.times, asked.rows, Path(folder), asked.keep):
            done.append(bar)
            print(f"{bar.size or '':>7} {bar.what}: {bar.ours:.1f} {bar.unit}", file=sys.stderr, flush=True)
    if asked.json:
        print(json.dumps([b.as_json() for b in done], ensure_ascii=False, indent=1))
    else:
        by = ", CPU time" if asked.cpu else ""
        print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}{by}")
        print(table(done))
    return 1 if any(b.met is False for b in done) else 0


if __name__ == "__main__":
    sys.exit(main())
