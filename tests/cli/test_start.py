"""The command line starts at once: nothing is loaded that a command does not need."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from techguard.cli import words
from techguard.cli.main import root

from .conftest import House, execute

# Of Rich, its table of character widths alone is light.
HEAVY = (
    "alembic", "calamine", "cryptography", "importlib.metadata", "numpy", "pikepdf", "pydantic",
    "python_calamine", "rich.console", "scipy", "sqlalchemy", "sqlcipher3", "textual", "tomlkit", "typst",
    "xlsxwriter",
)  # fmt: skip

SCRIPT = """
import contextlib, json, sys
from techguard.cli.main import root
for words in json.loads(sys.argv[1]):
    with contextlib.suppress(SystemExit):
        root.main(words, prog_name="techguard")
print(json.dumps([name for name in json.loads(sys.argv[2]) if name in sys.modules]))
"""


def paths() -> list[list[str]]:
    """Every command, as it is typed before its options."""
    context = click.Context(root, info_name="techguard")
    found = []
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        found.append([name])
        if isinstance(command, click.Group):
            found += [[name, "acme.techguard", sub] for sub in command.list_commands(context)]
    return found


def loaded(*lines: list[str], of: tuple[str, ...] = HEAVY) -> tuple[list[str], str]:
    """Which heavy modules a fresh process has loaded after these command lines, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(lines), json.dumps(of)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    *printed, last = done.stdout.splitlines()
    return json.loads(last), "\n".join(printed)


def test_version_and_help_load_nothing_heavy() -> None:
    found, printed = loaded(["--version"], ["--help"], ["--lang", "ja", "--help"], ["lits"])
    assert found == []
    assert "techguard 0." in printed


def test_the_help_of_no_command_loads_anything_heavy() -> None:
    lines = [[*path, "--lang", lang, "--help"] for path in paths() for lang in ("en", "ja")]
    found, printed = loaded(*lines)
    assert found == []
    assert printed.count("Usage: ") == printed.count("使い方：") == len(lines) // 2


def test_no_command_but_the_terminal_application_loads_textual(house: House) -> None:
    """Each is run on a real vault; textual brings what Rich draws with."""
    vault = [str(house.vault), "--passphrase-file", str(house.passphrase_file)]
    found, printed = loaded(
        ["list", *vault, "exposures"],
        ["show", *vault, "TEC-0001"],
        ["search", *vault, "焼結"],
        ["history", *vault],
        ["review", *vault, "agenda"],
        ["verify", *vault],
        ["people", *vault, "list"],
        ["backup", *vault, str(house.vault.parent / "copies")],
        ["undo", *vault],
        ["import", *vault, str(house.passphrase_file), "--dry-run"],
        ["export", *vault, "--output", str(house.vault.parent / "out.xlsx")],
        ["board", *vault, "--output", str(house.vault.parent / "out.pdf"), "--generate-password"],
        ["completion", "zsh"],
        ["demo", "--no-tui", "--dir", str(house.vault.parent / "demo")],
        of=("textual", "rich.console"),
    )
    assert "EXP-0001" in printed
    assert found == []


@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_what_help_lists_can_be_run(path: list[str]) -> None:
    """The short help shown beside a command is the command's own, and each has an example that names it."""
    context = click.Context(root, info_name="techguard")
    command = root.get_command(context, path[0])
    assert command is not None
    if len(path) == 1:
        assert command.short_help == root.summaries(context)[path[0]]
    else:
        assert isinstance(command, click.Group)
        command = command.get_command(context, path[-1])
    examples = getattr(command, "examples", ())
    assert examples
    assert all(example.line.startswith(f"techguard {path[0]}") for example in examples)
    assert all(path[-1] in example.line for example in examples)


def test_the_closed_lists_are_those_of_the_domain() -> None:
    from techguard.board import FORMS
    from techguard.domain.kinds import BY_PLURAL
    from techguard.domain.words import Department, FileFormat, RedactionLevel

    assert tuple(BY_PLURAL) == words.KINDS
    assert tuple(map(str, Department)) == words.DEPARTMENTS
    assert tuple(map(str, RedactionLevel)) == words.REDACTIONS
    assert tuple(str(f) for f in FileFormat if not f.is_package) == words.FILE_FORMATS
    assert words.LAYOUTS == FORMS


def test_the_module_runs_like_the_command() -> None:
    assert execute("--version").stdout.startswith("techguard 0.")
