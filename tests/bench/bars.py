"""The bars of design.md, each measured beside its reference in the same run."""

from __future__ import annotations

import functools
import gc
import itertools
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from techguard import vault
from techguard.domain.items import Technology
from techguard.register import Query, Register
from techguard.vault import kdf

from . import workbook
from .measure import Bar, in_turn, median, milliseconds, p95
from .registers import (
    PASSPHRASE,
    Built,
    Statement,
    empty,
    plain_connection,
    replay,
    statements,
    without_kdf,
    write_plain,
)
from .synthetic import QUERIES, keystrokes

GROUPS = (
    "version",
    "open",
    "search",
    "frame",
    "commit",
    "import",
    "board",
    "gaps",
    "review",
    "verify",
    "memory",
    "money",
)


def measure(group: str, built: Built, times: int) -> Iterator[Bar]:
    """The bars of a group on one register. `times`: how often each thing is done."""
    match group:
        case "open":
            yield from opening(built, times)
        case "search":
            yield from search(built, times)
        case "frame":
            from .frames import frames

            yield from frames(built, times)
        case "commit":
            yield from commit(built, times)
        case "board":
            yield from board(built, times)
        case "review":
            from .sessions import sessions

            yield from sessions(built, times)
        case "gaps":
            yield from gaps(built, times)
        case "verify":
            yield from verify(built, times)
        case "memory":
            yield from memory(built)


# --- the command line ------------------------------------------------------------------------------------


def version(times: int) -> Iterator[Bar]:
    """`techguard --version` against a Python that only imports click."""
    script = Path(sys.executable).with_name("techguard")
    ours = [str(script)] if script.exists() else [sys.executable, "-m", "techguard"]

    def run(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run(words, check=True, capture_output=True)

    acts = [run(*ours, "--version"), run(sys.executable, "-c", "import click"), run(sys.executable, "-c", "")]
    mine, click, bare = in_turn(acts, max(3, times * 3))
    yield Bar(
        "version",
        "techguard --version",
        0,
        median(mine),
        median(click),
        "python -c 'import click'",
        most=1.5,
        note=f"bare Python: {median(bare):.0f} ms",
    )


# --- opening ---------------------------------------------------------------------------------------------


def first_screen(register: Register) -> None:
    """What the first screen and the list behind it ask for."""
    register.overview()
    register.rows("technologies", limit=100)
    register.count("technologies")


def opening(built: Built, times: int) -> Iterator[Bar]:
    """Open without the key derivation, then the first screen's figures and the first page of the list."""
    with built.open() as register:
        asked = statements(register, lambda: first_screen(register))

    def ours() -> None:
        with built.open() as opened:
            first_screen(opened)

    def theirs() -> None:
        with closing(plain_connection(built.plain)) as connection:
            replay(connection, asked)

    with without_kdf():
        ours()
        mine, reference = in_turn([ours, theirs], times)
        fresh = [_fresh_process(built) for _ in range(max(1, times // 3))]
    limit = 300.0 if built.size == 10_000 else None
    yield Bar(
        "open",
        "open (no KDF) → first screen",
        built.size,
        median(mine),
        median(reference),
        f"the same {len(asked)} statements, plain file, bare driver",
        most_ours=limit,
    )
    cost = vault.calibrated()
    salt = secrets.token_bytes(kdf.SALT_BYTES)
    derived = [milliseconds(lambda: kdf.derive_key(b"x", salt, cost)) for _ in range(3)]
    yield Bar(
        "open",
        "the same in a fresh process, imports included",
        built.size,
        median(fresh),
        median(mine),
        "the row above",
        note=f"the KDF on top: {median(derived):.0f} ms",
    )


_FRESH = """
import sys, time
began = time.perf_counter()
from techguard.register import Register
with Register.open(sys.argv[1], sys.argv[2]) as register:
    register.overview()
    register.rows("technologies", limit=100)
    print((time.perf_counter() - began) * 1000)
"""


def _fresh_process(built: Built) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _FRESH, str(built.path), PASSPHRASE],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    return float(done.stdout)


# --- searching -------------------------------------------------------------------------------------------


def search(built: Built, times: int) -> Iterator[Bar]:
    """Each key press of each query: the page of a list with its count; and the search over everything."""
    typed = [text for query in QUERIES for text in keystrokes(query)]
    rounds = max(1, times // 2)
    limit = {10_000: 16.0, 100_000: 50.0}.get(built.size)
    with built.open(read_only=True) as register, closing(plain_connection(built.plain)) as plain:

        def narrow(kind: str, text: str) -> None:
            query = Query(text=text)
            register.rows(kind, query, 0, 100)
            register.count(kind, query)

        def everywhere(text: str) -> None:
            register.search(text, limit=200)

        for what, act in (
            ("search as you type, technologies", functools.partial(narrow, "technologies")),
            ("search as you type, exposures", functools.partial(narrow, "exposures")),
            ("search over all kinds", everywhere),
        ):
            mine: list[float] = []
            reference: list[float] = []
            slowest = (0.0, "")
            for text in typed:
                asked = statements(register, functools.partial(act, text))
                ours, theirs = in_turn(
                    [functools.partial(act, text), functools.partial(replay, plain, asked)], rounds
                )
                mine.append(median(ours))  # what else the machine does is no part of it
                reference.append(median(theirs))
                slowest = max(slowest, (median(ours), text))
            yield Bar(
                "search",
                f"{what}, p95",
                built.size,
                p95(mine),
                p95(reference),
                "the same statements, plain file, bare driver",
                most_ours=limit,
                note=f"median {median(mine):.1f} ms; slowest {slowest[1]!r} {slowest[0]:.0f} ms",
            )


# --- writing ---------------------------------------------------------------------------------------------


def commit(built: Built, times: int) -> Iterator[Bar]:
    """One field of one technology changed: row, search index, signed history, head; all of it durable."""
    with built.open() as register, closing(plain_connection(built.plain)) as plain:
        found = register.rows("technologies", limit=max(4, times * 4))
        ids = [row.item.id for row in found]
        place = iter(range(1_000_000))
        in_hand: Technology
        text = ""

        def read() -> None:  # as for a form: it was read before somebody typed
            nonlocal in_hand, text
            n = next(place)
            in_hand, text = register.get(ids[n % len(ids)], Technology), f"期限を{n}日後に改める"

        def ours(field: str) -> Callable[[], object]:
            return lambda: register.change(in_hand, **{field: text})

        def theirs() -> None:
            plain.execute("BEGIN IMMEDIATE")
            plain.execute("UPDATE technologies SET note = ? WHERE id = ?", (text, in_hand.id))
            plain.execute("COMMIT")

        def head_in_place() -> None:
            register.vault.read_head()  # what is still being written must not disturb the reference

        acts = [read, ours("note"), read, ours("business_unit"), head_in_place, theirs]
        _, note, _, business_unit, _, reference = in_turn(acts, times * 5)
        syncs = _syncs(built)
    yield Bar(
        "commit",
        "durable commit with history row and signature",
        built.size,
        median(note + business_unit),
        median(reference),
        "one-row UPDATE, plain SQLite, same journal mode and synchronous=EXTRA",
        most=3.0,
        note=f"fsyncs {syncs}; p95 {p95(note + business_unit):.1f} / {p95(reference):.1f} ms",
    )


_SYNCS = """
import sys
from contextlib import closing
from techguard.register import Register
from techguard.domain.items import Technology
from tests.bench.registers import plain_connection
if sys.argv[1] == "ours":
    with Register.open(sys.argv[2], sys.argv[3]) as register:
        register.change(register.get("TEC-0001", Technology), note="前")
        register.vault.read_head()
        open("/dev/null", "rb").close()
        register.change(register.get("TEC-0001", Technology), note="後")
        register.vault.read_head()
        open("/dev/null", "rb").close()
else:
    with closing(plain_connection(sys.argv[2])) as plain:
        plain.execute("SELECT count(*) FROM technologies").fetchall()
        open("/dev/null", "rb").close()
        plain.execute("UPDATE technologies SET note = '後' WHERE ref = 'TEC-0001'")
        open("/dev/null", "rb").close()
"""


_STRACE = ("strace", "-f", "-e", "trace=fsync,fdatasync,openat,open")


def _syncs(built: Built) -> str:
    """How many times each makes the disk hold what was written, counted by strace where there is one."""
    if shutil.which("strace") is None:
        return "not counted: no strace"
    counts = []
    copy = built.path.with_suffix(".counted")
    shutil.copytree(built.path, copy)
    for which, path in (("ours", copy), ("plain", built.plain)):
        done = subprocess.run(
            [*_STRACE, sys.executable, "-c", _SYNCS, which, str(path), PASSPHRASE],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            env=os.environ | {"PYTHONUTF8": "1"},
        )
        between = re.split(r'open(?:at)?\([^\n]*"/dev/null", O_RDONLY', done.stderr)
        if done.returncode or len(between) < 3:
            return "not counted: strace may not trace here"
        counts.append(str(len(re.findall(r"\bf(?:data)?sync\(", between[-2]))))
    shutil.rmtree(copy)
    return " against ".join(counts)


# --- bringing in -----------------------------------------------------------------------------------------


def importing(folder: Path, rows: int, times: int) -> Iterator[Bar]:
    """A workbook of `rows` rows read and inserted: by the importer; by bare calamine and SQLite; and by
    calamine and the importer's own INSERT statements into the same tables of a plain file.
    """
    path = folder / f"{rows}.xlsx"
    columns = workbook.write(path, rows)
    asked: list[Statement] = []
    took: list[float] = []
    numbers = itertools.count()

    def ours() -> None:
        place = folder / f"import-{next(numbers)}"
        place.mkdir()
        with empty(place) as register:
            asked[:] = statements(
                register, lambda: took.append(milliseconds(lambda: workbook.take_in(path, register)))
            )
            assert register.count("exposures") == rows

    def bare() -> None:
        workbook.bare(path, folder / "bare.sqlite", columns, rows)

    def same_rows() -> None:
        plain = folder / f"import-{next(numbers)}.sqlite"
        shutil.copy(template, plain)
        with closing(plain_connection(plain)) as connection:
            same.append(milliseconds(lambda: (workbook.read(path), replay(connection, asked))))

    with empty(folder) as register:
        template = folder / "empty.sqlite"
        write_plain(register.vault, template)
    same: list[float] = []
    ours()  # what is loaded once a process is no part of it
    took.clear()
    _, reference, _ = in_turn([ours, bare, same_rows], max(1, times // 4))
    what = f"import of a {rows:,}-row workbook"
    yield Bar(
        "import",
        what,
        rows,
        median(took),
        median(reference),
        "python-calamine reads it, one INSERT a row into plain SQLite",
        most=2.0,
        note=f"{columns} columns",
    )
    yield Bar(
        "import",
        f"{what}, the same entries",
        rows,
        median(took),
        median(same),
        "python-calamine reads it, our INSERTs into the same tables, plain file",
    )


# --- handing over ----------------------------------------------------------------------------------------


def board(built: Built, times: int) -> Iterator[Bar]:
    """Compose, set and seal the summary."""
    from techguard import board as boards

    limit = 2000.0 if built.size == 10_000 else None
    with built.open(read_only=True) as register:
        document = boards.compose(register)
        parts: list[list[float]] = [[], [], []]

        def ours() -> None:
            made: list[Any] = []
            register._store.connection.info.clear()  # as if something had been written just before
            parts[0].append(milliseconds(lambda: made.append(boards.compose(register))))
            parts[1].append(milliseconds(lambda: made.append(boards.render(made[0]))))
            parts[2].append(milliseconds(lambda: made.append(boards.seal(made[1], "bench-password"))))

        mine, reference = in_turn([ours, lambda: boards.render(document)], max(2, times // 3))
    composed, rendered, sealed = (median(p) for p in parts)
    yield Bar(
        "board",
        "board PDF, composed, set and sealed",
        built.size,
        median(mine),
        median(reference),
        "Typst alone on the same pages",
        most_ours=limit,
        note=f"compose {composed:.0f}, set {rendered:.0f}, seal {sealed:.0f} ms",
    )


# --- checking -------------------------------------------------------------------------------------------


def gaps(built: Built, times: int) -> Iterator[Bar]:
    """The whole consistency check: every gap, asked of every entry anew, with the entries that have it."""
    limit = 1000.0 if built.size == 10_000 else None
    with built.open(read_only=True) as register, closing(plain_connection(built.plain)) as plain:
        asked = statements(register, register.gaps)
        found = register.gaps()
        mine, reference = in_turn([register.gaps, lambda: replay(plain, asked)], max(2, times // 2))
    rows = sum(map(len, found.values()))
    yield Bar(
        "gaps",
        "the whole consistency check, every gap with its entries",
        built.size,
        median(mine),
        median(reference),
        "the same statements, plain file, bare driver",
        most_ours=limit,
        note=f"{len(found)} checks, {rows:,} findings",
    )


# --- proving ---------------------------------------------------------------------------------------------


def verify(built: Built, times: int) -> Iterator[Bar]:
    """Prove every page, the chain, every signature and every row."""
    with built.open(read_only=True) as register, closing(plain_connection(built.plain)) as plain:

        def ours() -> None:
            proof = register.verify()
            assert proof.ok, proof.findings

        def theirs() -> None:
            assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

        mine, reference = in_turn([ours, theirs], 1 if built.size > 20_000 else max(1, times // 5))
    gc.collect()
    yield Bar(
        "verify", "verify", built.size, median(mine), median(reference), "PRAGMA integrity_check, plain file"
    )


# --- memory ----------------------------------------------------------------------------------------------

_MEMORY = """
import sys
from tests.bench.measure import peak_memory
from techguard.register import Query, Register
empty = peak_memory()
with Register.open(sys.argv[1], sys.argv[2]) as register:
    register.overview()
    for text in ("", "退職", "膜", "焼結条件"):
        for kind in ("technologies", "exposures", "countermeasures"):
            register.rows(kind, Query(text=text))
            register.count(kind, Query(text=text))
        if text:
            register.search(text)
print(empty, peak_memory())
"""


def memory(built: Built) -> Iterator[Bar]:
    """The most memory that an hour's reading takes, against a process that only imported the register."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(built.path), PASSPHRASE],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    empty, used = map(float, done.stdout.split())
    yield Bar(
        "memory",
        "memory: open, overview, lists, search",
        built.size,
        used,
        empty,
        "a process that imported techguard.register",
        unit="MB",
    )


def scaling(bars: list[Bar]) -> Iterator[Bar]:
    """What was measured at 100,000 technologies against 10,000."""
    at = {(b.what, b.size): b for b in bars if b.group == "open"}
    for (what, size), small in at.items():
        large = at.get((what, 100_000))
        if size == 10_000 and large is not None:
            yield Bar(
                "open", f"{what}: 100,000 against 10,000", 100_000, large.ours, small.ours, "10,000", most=2.0
            )
