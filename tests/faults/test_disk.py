"""Some calls of every act on the disk, failing and followed by a power cut. Every call: `python -m
tests.faults.disk` (docs/reference/measurements.md).
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from . import disk, expected

ROOT = Path(__file__).parents[2]
needs_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("cc") is None, reason="needs Linux and a C compiler"
)


@needs_linux
@pytest.mark.slow
@pytest.mark.parametrize("way", ["fail", "cut"])
@pytest.mark.parametrize(
    "acts",
    [("change", "export", "issue_code"), ("rekey", "join"), ("back_up", "restore"), ("merge", "board")],
)
def test_some_calls_of_each_act(way: str, acts: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.disk", way, "--calls", "3", "--acts", *acts],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k != "TECHGUARD_DISK"} | {"PYTHONUTF8": "1"},
    )
    expected.of("a power cut").ended(done.returncode, done.stdout + done.stderr)
    assert "nothing lost" in done.stdout
    told = [line for line in done.stdout.splitlines() if "calls" in line]
    assert len(told) == len(acts)
    assert "Failed" in done.stdout or way == "cut"


def test_what_is_not_synced_may_be_lost_in_every_way(tmp_path: Path) -> None:
    """The model of the disk itself: names and contents last from their own sync on, and not before."""
    root = disk.Folder()
    for call in (
        disk.Call("mkdir", ("kept",), "", 0, b""),
        disk.Call("sync", (), "", 0, b""),
        disk.Call("create", ("kept", "a"), "", 0, b""),
        disk.Call("write", ("kept", "a"), "", 0, b"first"),
        disk.Call("sync", ("kept", "a"), "", 0, b""),
        disk.Call("sync", ("kept",), "", 0, b""),
        disk.Call("write", ("kept", "a"), "", 5, b" second"),
        disk.Call("create", ("kept", "b.tmp"), "", 0, b""),
        disk.Call("write", ("kept", "b.tmp"), "", 0, b"new"),
        disk.Call("rename", ("kept", "b.tmp"), "b", 0, b""),
    ):
        disk.replay(root, call)
    found = {}
    for way in ("kept", "lost", "names only"):
        disk.materialise(root, tmp_path / way, way, random.Random(1))
        found[way] = {p.name: p.read_bytes() for p in (tmp_path / way / "kept").iterdir()}
    assert found == {
        "kept": {"a": b"first second", "b": b"new"},
        "lost": {"a": b"first"},
        "names only": {"a": b"first", "b": b""},
    }
    torn = set()
    for n in range(40):
        disk.materialise(root, tmp_path / f"torn-{n}", "torn", random.Random(n))
        torn.add(tuple(sorted((p.name, p.read_bytes()) for p in (tmp_path / f"torn-{n}" / "kept").iterdir())))
    assert len(torn) > 4


def test_calls_are_read_as_they_were_written(tmp_path: Path) -> None:
    log = b"write\t%s/v/a\t\t7\t3\na\nb" % os.fsencode(tmp_path) + b"rename\t%s/v/a\t%s/v/b\t0\t0\n" % (
        (os.fsencode(tmp_path),) * 2
    )
    assert list(disk.parsed(log, tmp_path)) == [
        disk.Call("write", ("v", "a"), "", 7, b"a\nb"),
        disk.Call("rename", ("v", "a"), "b", 0, b""),
    ]
