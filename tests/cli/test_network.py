"""A register of secrets opens no port and calls nobody: watched by the system, not by ourselves."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from .conftest import PASSPHRASE, House

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")


def traced(log: Path, *command: str) -> list[str]:
    return [
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=%network",
        "-o",
        str(log),
        sys.executable,
        "-m",
        "techguard",
        *command,
    ]


def internet(log: Path) -> list[str]:
    """Every call that had to do with the network of other machines, or waits for callers of any kind."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if "AF_INET" in line or " listen(" in line or " bind(" in line]


def test_commands_do_not(house: House, tmp_path: Path) -> None:
    env = os.environ | {"TECHGUARD_PASSPHRASE_FILE": str(house.passphrase_file)}
    for n, words in enumerate((("list", str(house.vault), "exposures"), ("verify", str(house.vault)))):
        log = tmp_path / f"{n}.strace"
        subprocess.run(traced(log, *words), env=env, capture_output=True, check=True)
        assert internet(log) == []


def test_the_application_does_not(house: House, tmp_path: Path) -> None:
    log = tmp_path / "app.strace"
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = os.environ | {"TERM": "xterm-256color", "TECHGUARD_LANG": "ja"}
    app = subprocess.Popen(traced(log, str(house.vault)), stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    told = b""
    until = time.monotonic() + 120
    steps = [("パスフレーズ", f"{PASSPHRASE}\r"), ("概況", "3"), ("流出リスク", "\x11")]
    try:
        while app.poll() is None and time.monotonic() < until:
            if not select.select([master], [], [], 0.5)[0]:
                continue
            try:
                told += os.read(master, 65536)
            except OSError:
                break
            if steps and steps[0][0] in told.decode(errors="replace"):
                os.write(master, steps.pop(0)[1].encode())
                told = b""
        assert app.wait(timeout=60) == 0
    finally:
        app.kill()
        os.close(master)
    assert not steps
    assert log.stat().st_size > 0  # it was watched: its own sockets are in the log
    assert internet(log) == []
