"""A crash leaves no image of the memory, in which the keys would be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Place
from tests.faults import expected

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and cores are of POSIX")

_UNLIMITED = (
    "import resource, os, sys; hard = resource.getrlimit(resource.RLIMIT_CORE)[1]; "
    "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)); os.execv(sys.argv[1], sys.argv[1:])"
)


def dumped(command: list[str], folder: Path, how: signal.Signals, *, ready: Path | None = None) -> bool:
    """Start a command where cores are allowed, end it by a signal; whether the system wrote a core."""
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", _UNLIMITED, *command],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if ready is not None:
            until = time.monotonic() + 60
            while not ready.exists():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            time.sleep(0.3)
            os.kill(process.pid, how)
        _, status = os.waitpid(process.pid, 0)
    finally:
        process.returncode = 0  # waited for above
        assert process.stdin is not None
        process.stdin.close()
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == how
    return os.WCOREDUMP(status) or any("core" in p.name for p in folder.iterdir())


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT], ids=lambda how: how.name)
def test_a_crash_with_the_vault_open_leaves_no_core(
    place: Place, tmp_path: Path, how: signal.Signals
) -> None:
    """It waits for the new passphrase on standard input, the keys in memory, when it crashes."""
    secret = tmp_path / "secret"
    secret.write_text(place.passphrase, encoding="utf-8")
    words = ["people", str(place.path), "passphrase", "--passphrase-file", str(secret)]
    command = [sys.executable, "-m", "techguard", *words, "--new-passphrase-file", "-"]
    assert expected.of("a crash of the program").code is None, "it does not end, it is ended"
    assert not dumped(command, tmp_path / "there", how, ready=place.path / "writer")
    with place.open() as register:
        assert register.verify().ok


def test_without_it_the_same_crash_would_leave_one(tmp_path: Path) -> None:
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGABRT)"
    if not dumped([sys.executable, "-c", crash], tmp_path / "plain", signal.SIGABRT):
        pytest.skip("this system writes no cores at all")
    off = f"from techguard.cli import cores; cores.off(); {crash}"
    assert not dumped([sys.executable, "-c", off], tmp_path / "off", signal.SIGABRT)
