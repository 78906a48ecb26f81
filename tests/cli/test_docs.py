"""The reference says what the commands do, in both languages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from techguard.cli.main import root

from .test_start import paths

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
HALVES = dict(re.findall(r"<!-- commands: (\w\w) -->\n(.*?)<!-- /commands -->", PAGE, re.DOTALL))


def test_the_page_is_what_the_commands_say() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "commands.py", "check"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", paths(), ids=" ".join)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_command_and_option_is_there(path: list[str], language: str) -> None:
    context = click.Context(root, info_name="techguard")
    command = root.get_command(context, path[0])
    heading = f"techguard {path[0]}"
    if len(path) > 1:
        assert isinstance(command, click.Group)
        command, heading = command.get_command(context, path[-1]), f"techguard {path[0]} VAULT {path[-1]}"
    assert command is not None
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", HALVES[language], re.DOTALL | re.MULTILINE
    )
    assert found is not None, heading
    for param in command.params:
        for name in (
            param.opts if isinstance(param, click.Option) else [param.human_readable_name.strip("[]")]
        ):
            assert f"`{name}" in found[1] or f" {name}" in found[1], name


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 6, 70, 130, 141])
def test_every_exit_code_is_there_twice(code: int) -> None:
    assert len(re.findall(rf"^\| {code} \| .+ \|$", PAGE, re.MULTILINE)) == 2
