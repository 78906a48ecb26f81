"""The demo from the command line: a vault, its sealed summary, and what opens them; then the screen."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner

from techguard.cli.main import root

from .conftest import execute
from .test_terminal import Terminal


@pytest.mark.parametrize("language", ["ja", "en"])
def test_json_tells_a_script_everything_it_needs(tmp_path: Path, language: str) -> None:
    made = execute("demo", "--no-tui", "--json", "--dir", tmp_path / "demo", "--lang", language)
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert set(told) == {"vault", "passphrase", "summary", "password"}
    assert made.stderr == ""
    with pikepdf.open(io.BytesIO(Path(told["summary"]).read_bytes()), password=told["password"]) as pdf:
        assert len(pdf.pages) >= 2
    secret = tmp_path / "passphrase.txt"
    secret.write_text(told["passphrase"], encoding="utf-8")
    vault, given = told["vault"], ("--passphrase-file", str(secret), "--lang", language)
    listed = CliRunner().invoke(root, ["list", vault, "technologies", "--json", *given])
    technologies = json.loads(listed.stdout)
    assert len(technologies) >= 24
    assert bool(re.search("[ぁ-ん]", technologies[0]["outline"])) == (language == "ja")
    assert CliRunner().invoke(root, ["verify", vault, *given]).exit_code == 0


def test_a_second_demo_takes_another_folder_and_a_named_one_is_left_alone(tmp_path: Path) -> None:
    first = tmp_path / "techguard-demo" / "kagamise.techguard"
    first.mkdir(parents=True)
    made = execute("demo", "--no-tui", "--json", cwd=tmp_path)
    assert Path(json.loads(made.stdout)["vault"]).parent == tmp_path / "techguard-demo-2"
    again = execute("demo", "--no-tui", "--dir", "techguard-demo", cwd=tmp_path)
    assert again.returncode == 5
    assert again.stdout == ""
    assert list(tmp_path.glob("techguard-demo/**/*")) == [first]


def test_at_a_terminal_it_tells_and_then_opens(tmp_path: Path) -> None:
    """Before the screen is taken, where everything is has been told."""
    terminal = Terminal("demo", "--dir", tmp_path / "demo", "--lang", "ja", columns=100)
    terminal.read_until("\x1b[?1049h")
    before = terminal.seen[: terminal.read]
    for told in ("kagamise.techguard", "パスフレーズ", "PDFのパスワード"):
        assert told in before
    terminal.read_until("EXP-")
    terminal.type("\x11")
    assert terminal.end() == 0
