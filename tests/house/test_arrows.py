"""The rooms depend on each other in one direction, and a command imports only what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has imported after a statement."""
    code = f"{statement}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_arrows_go_down_only() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8", "PATH": ""},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "heavy", ["textual", "rich", "sqlalchemy", "cryptography", "pydantic", "typst", "pikepdf"]
)
def test_the_command_line_starts_without(heavy: str) -> None:
    assert heavy not in modules_after("import techguard.cli.main")


def test_the_guard_above_would_see_a_heavy_import() -> None:
    assert "textual" in modules_after("import techguard.cli.main, textual")


def test_nothing_is_computed_before_somebody_asks_for_money() -> None:
    """Neither the register and its screens nor the fields of a risk load what draws the numbers."""
    loaded = modules_after("import techguard.register, techguard.tui.app, techguard.quant.model")
    assert not loaded & {"numpy", "scipy"}


def test_speaking_costs_next_to_nothing() -> None:
    """Until something is said, not even the standard library's gettext is loaded."""
    assert "gettext" not in modules_after("import techguard.i18n")
