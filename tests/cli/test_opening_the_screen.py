"""How the command line hands over to the screen."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from techguard import tui
from techguard.cli import open_


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(tui, "run", lambda path, **more: calls.append({"path": path, **more}) or 0)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("TECHGUARD_PLAIN", raising=False)
    return calls


@pytest.mark.parametrize(
    ("variable", "option", "plain"),
    [(None, False, False), ("1", False, True), ("0", False, False), ("", False, False), (None, True, True)],
)
def test_plain_is_asked_for_by_option_or_environment(
    handed_over: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
    option: bool,
    plain: bool,
) -> None:
    if variable is not None:
        monkeypatch.setenv("TECHGUARD_PLAIN", variable)
    assert open_.run(None, None, plain=option) == 0
    assert [call["plain"] for call in handed_over] == [plain]


PROGRAM = """
import os, sys
os.environ["TEXTUAL_LOG"] = "typed.log"
sys.stdin.isatty = sys.stdout.isatty = lambda: True
from techguard.cli import open_
from techguard.tui import compat
before = compat.drop_environment
def dropped():
    before()
    assert "textual.constants" not in sys.modules
    raise SystemExit(3 if "TEXTUAL_LOG" in os.environ else 0)
compat.drop_environment = dropped
open_.run(None, None)
raise SystemExit(4)
"""


def test_switches_for_debugging_are_dropped_before_textual_reads_them() -> None:
    """`tui.run` drops them; a command that went past it would let a log of what is typed lie on the disk."""
    assert subprocess.run([sys.executable, "-c", PROGRAM], check=False).returncode == 0
