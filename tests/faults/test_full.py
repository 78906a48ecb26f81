"""A disk without room: every way of writing says so, leaves the vault whole, and works again afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import expected

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE or mount"),
]

ROOT = Path(__file__).parents[2]
ACTS = [
    "commit",
    "add",
    "import_",
    "change_passphrase",
    "back_up",
    "back_up_inside",
    "restore",
    "board",
    "export",
]


def trial(way: str, folder: Path) -> dict[str, list[str]]:
    """What came of each act, in rooms that grow."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.full", way, str(folder)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs"]
    if (
        mount is None
        or subprocess.run([mount, *options, folder], capture_output=True, check=False).returncode
    ):
        pytest.skip("only root may mount a small file system; the limit on file sizes is tried all the same")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_file_system_that_is_full(small: Path) -> None:
    came = trial("filled", small)
    assert list(came) == ACTS
    promised = expected.of("a full disk").kind
    assert promised is not None
    for act, outcomes in came.items():
        assert outcomes[0] == promised.__name__, (act, outcomes)
        assert set(outcomes) <= {promised.__name__, "done"}, (act, outcomes)


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    came = trial("limit", tmp_path)
    assert list(came) == ACTS
    for act, outcomes in came.items():
        assert outcomes[0] in {"DiskFull", "StorageFailed"}, (act, outcomes)
