"""What the shell completes, in all four shells, without ever opening a vault."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import execute


def completed(*words: str, shell: str = "bash") -> list[str]:
    """What the shell is told for the last of these words."""
    env = {
        "_TECHGUARD_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(("techguard", *words)),
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
    }
    done = execute(env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def plain(*words: str) -> set[str]:
    return {line.removeprefix("plain,") for line in completed(*words) if line.startswith("plain,")}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ve"], {"verify"}),
        (["list", "x", "co"], {"countermeasures", "counterparties", "consultations", "comparisons"}),
        (["search", "x", "y", "--kind", "tec"], {"technologies"}),
        (["init", "x", "--department", "le"], {"legal"}),
        (["board", "x", "--redaction", "R"], {"R0", "R1", "R2", "R3"}),
        (["--lang", "j"], {"ja"}),
        (["completion", "po"], {"powershell"}),
        (["people", "x", "pa"], {"passphrase"}),
        (["review", "x", "c"], {"close", "compare"}),
        (["list", "--pl"], {"--plain"}),
        (["list", "x", "y", "--gap", "exposure_d"], {"exposure_due"}),
    ],
)
def test_words_are_completed(words: list[str], expected: set[str]) -> None:
    assert plain(*words) == expected


def test_a_vault_is_completed_as_a_folder_and_a_list_as_a_file() -> None:
    assert completed("list", "ac") == ["dir,ac"]
    assert completed("acme") == ["dir,acme"]
    assert completed("import", "x", "ri") == ["file,ri"]


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ("zsh", ["plain", "verify"]),
        ("fish", ["plain,verify\t"]),
        ("powershell", ["plain", "verify"]),
    ],
)
def test_other_shells_are_told_what_a_command_does_in_the_readers_language(
    shell: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHGUARD_LANG", "ja")
    told = "\n".join(completed("veri", shell=shell))
    assert told.startswith("\n".join(expected))
    assert "検証" in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_script_names_the_command_and_asks_it(shell: str) -> None:
    script = execute("completion", shell)
    assert script.returncode == 0
    assert f"{shell}_complete" in script.stdout
    assert "techguard" in script.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_takes_the_script(tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(execute("completion", "bash").stdout, encoding="utf-8")
    command = tmp_path / "techguard"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m techguard "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    steps = (
        f"PATH={tmp_path}:$PATH; source {script}; COMP_WORDS=(techguard ver); COMP_CWORD=1; "
        '_techguard_completion techguard ver techguard; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", steps], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["verify"]
