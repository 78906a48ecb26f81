"""Killing the program at any moment loses nothing that it acknowledged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from techguard import vault
from techguard.register import Register

from . import expected, writer

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the campaign forks its writers")
def test_a_kill_aimed_at_every_act_loses_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill", "--kills", "24", "--seed", "11"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    expected.of("killed at any moment of any act").ended(done.returncode, done.stdout + done.stderr)
    assert "24 kills" in done.stdout
    assert "nothing lost" in done.stdout


def test_a_vault_whose_making_was_cut_off_is_finished_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "acme.techguard"
    made, code = vault.create(
        path,
        person_id="ab" * 16,
        person_name="法務部長",
        passphrase=writer.FIRST_PASSPHRASE,
        kdf=vault.KDF_FLOOR,
    )
    made.close()  # here the process died: there are keys, but no table and no person yet
    with Register.open(path, writer.FIRST_PASSPHRASE) as register:
        assert register.me.name == "法務部長"
        assert [entry.action for entry in register.history()] == ["create"]
        assert register.verify().ok
        head = register.head
    with Register.open(path, code, read_only=True) as register:
        assert register.head == head, "it is finished once"
