"""The disk answers a single call with an error: it is said, the vault stays whole, acknowledged acts stay."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from techguard.domain.items import Technology
from techguard.register import Register
from tests.conftest import PASSPHRASE, Place

from . import expected

pytestmark = pytest.mark.slow

# The same twice: what failed is done again by the same process, once the disk answers.
_ACT = """
import sys
from techguard.domain.items import Technology
from techguard.errors import TechguardError
from techguard.register import Register
for attempt in ("first", "second"):
    try:
        with Register.open(sys.argv[1], sys.argv[2]) as register:
            technology = register.find(Technology)[0]
            print("found", technology.outline)
            register.change(technology, outline=attempt)
            print("done", attempt)
    except TechguardError as error:
        print("failed", error.exit_code, type(error).__name__)
"""

# strace counts for each thread. The head is put in place by a thread of each opening: its rename fails the
# second time, after the commit, and opening makes up for it.
FAULTS = [
    *(f"fsync,fdatasync:error=EIO:when={n}" for n in range(1, 7)),
    *(f"pwrite64:error=EIO:when={n}" for n in (1, 2, 4, 8, 12)),
    "pwrite64:error=ENOSPC:when=6",
    "rename,renameat,renameat2:error=EIO:when=1",
    "unlink,unlinkat:error=EIO:when=1",
]

ACKNOWLEDGED = "fsync,fdatasync:error=EIO:when=3"  # of the folder, for the journal's name: SQLite goes on
KEPT = "fsync,fdatasync:error=EIO:when=6"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, copied: Callable[[Path], Place]) -> Place:
    """A register with a technology."""
    place = copied(tmp_path_factory.mktemp("errors") / "acme.techguard")
    with place.open() as register:
        register.add(Technology(code_name="焼結プロファイルK", outline="前の説明"))
    return place


@pytest.mark.parametrize("fault", FAULTS)
def test_one_failed_call_is_said_and_costs_nothing(begun: Place, tmp_path: Path, fault: str) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("needs strace")
    path = tmp_path / "acme.techguard"
    shutil.copytree(begun.path, path)
    names = fault.partition(":")[0]
    tracing = [strace, "-f", "-o", tmp_path / "trace"]
    done = subprocess.run(
        [
            *tracing,
            "-e",
            f"trace={names}",
            "-e",
            f"inject={fault}",
            sys.executable,
            "-c",
            _ACT,
            path,
            PASSPHRASE,
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    trace = (tmp_path / "trace").read_text(encoding="utf-8", errors="replace")
    if "INJECTED" not in trace and "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert "INJECTED" in trace, trace
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    print(fault, said)
    promised = expected.of("a full disk") if "ENOSPC" in fault else expected.of("an input or output error")
    assert promised.kind is not None
    failed = {line for line in said if line.startswith("failed")}
    assert failed <= {f"failed {promised.code} {promised.kind.__name__}"}
    assert "done second" in said, "it works again at once"
    with Register.open(path, PASSPHRASE, clock=begun.clock) as register:
        proof = register.verify()
        assert proof.ok, [str(f.problem) for f in proof.findings]
        assert register.get("TEC-0001", Technology).outline == "second"
        kept = sum("outline" in c.fields for entry in register.history("TEC-0001") for c in entry.changes)
    # SQLite reports the last of its syncs as failed when the act already stands; no other failure keeps one.
    stands = "done first" in said or "found first" in said
    assert kept - 1 == 1 + stands
    assert stands == (fault in {ACKNOWLEDGED, KEPT})
    assert ("done first" in said) == (fault == ACKNOWLEDGED)
