"""The board summary from the command line: sealed, recorded, its password given or made."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest

from .conftest import House


def pages(path: Path, password: str) -> int:
    with pikepdf.open(io.BytesIO(path.read_bytes()), password=password) as document:
        return len(document.pages)


def test_a_password_from_a_file_opens_it_and_nothing_else_does(house: House, tmp_path: Path) -> None:
    password, output = tmp_path / "pw.txt", tmp_path / "summary.pdf"
    password.write_text("board-4711\n", encoding="utf-8")
    made = house.run("board", "VAULT", "--output", output, "--password-file", password, "--lang", "ja")
    assert made.exit_code == 0, made.stderr
    assert made.stdout == ""
    assert "board-4711" not in made.stderr
    assert pages(output, "board-4711") >= 2
    for wrong in ("", "board-4712"):
        with pytest.raises(pikepdf.PasswordError):
            pages(output, wrong)
    (summary,) = house.json("list", "VAULT", "summaries")
    assert (summary["redaction"], summary["language"]) == ("R1", "ja")
    assert summary["file_digest"] in made.stderr
    assert house.run("verify", "VAULT").exit_code == 0


def test_a_password_that_is_made_is_printed_once_on_standard_output(house: House, tmp_path: Path) -> None:
    output = tmp_path / "summary.pdf"
    made = house.run(
        "board",
        "VAULT",
        "--output",
        output,
        "--generate-password",
        "--redaction",
        "R3",
        "--recipient",
        "監査役",
    )
    assert made.exit_code == 0, made.stderr
    password = made.stdout.strip()
    assert len(made.stdout.splitlines()) == 1
    assert password not in made.stderr
    assert pages(output, password) >= 1
    (summary,) = house.json("list", "VAULT", "summaries")
    assert (summary["redaction"], summary["recipients"]) == ("R3", ["監査役"])


@pytest.mark.parametrize("ways", [[], ["--generate-password", "--password-file", "pw.txt"]])
def test_one_password_is_needed(house: House, tmp_path: Path, ways: list[str]) -> None:
    result = house.run("board", "VAULT", "--output", tmp_path / "x.pdf", *ways)
    assert result.exit_code == 2
    assert "--generate-password" in result.stderr
    assert not (tmp_path / "x.pdf").exists()


def test_what_cannot_be_written_leaves_nothing_behind(house: House, tmp_path: Path) -> None:
    password = tmp_path / "pw.txt"
    password.write_text("パスワード", encoding="utf-8")
    assert (
        house.run("board", "VAULT", "--output", tmp_path / "x.pdf", "--password-file", password).exit_code
        == 5
    )
    nowhere = tmp_path / "nowhere" / "x.pdf"
    assert house.run("board", "VAULT", "--output", nowhere, "--generate-password").exit_code == 5
    assert house.json("list", "VAULT", "summaries") == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["acme.techguard", "pw.txt"]
    assert (
        house.run(
            "board", "VAULT", "--output", tmp_path / "x.pdf", "--generate-password", "--review", "REV-0009"
        ).exit_code
        == 5
    )
