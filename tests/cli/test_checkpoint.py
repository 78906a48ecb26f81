"""`techguard checkpoint`, and `verify --against`: what a legal head reads, and the exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import House


def written(house: House, path: Path) -> Path:
    result = house.run("checkpoint", "VAULT", "--output", path)
    assert result.exit_code == 0, result.output
    return path


def test_what_is_printed_is_what_is_written(house: House, tmp_path: Path) -> None:
    path = written(house, tmp_path / "checkpoint.txt")
    printed = house.run("checkpoint", "VAULT").stdout
    assert printed.split("\n")[:4] == path.read_text(encoding="utf-8").split("\n")[:4]
    told = json.loads(house.run("checkpoint", "VAULT", "--json").stdout)
    assert told["note"].startswith(f"{told['origin']}\n{told['size']}\n")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_checkpoint_that_fits(house: House, tmp_path: Path) -> None:
    path = written(house, tmp_path / "checkpoint.txt")
    result = house.run("verify", "VAULT", "--against", path)
    assert result.exit_code == 0
    assert "fits: none of them was changed" in " ".join(result.output.split())
    told = json.loads(house.run("verify", "VAULT", "--against", path, "--json").stdout)
    assert [c["fits"] for c in told["checkpoints"]] == [True]
    assert told["checkpoints"][0]["signed_by"]
    result = house.run("verify", "VAULT", "--against", path, lang="ja")
    assert "確認点と合っています" in result.output


def test_it_may_come_by_standard_input_and_without_signatures(house: House, tmp_path: Path) -> None:
    typed = "".join(
        f"{line}\n" for line in written(house, tmp_path / "c.txt").read_text("utf-8").split("\n")[:3]
    )
    result = house.run("verify", "VAULT", "--against", "-", input=typed.encode())
    assert result.exit_code == 0
    assert "bears no signature" in result.output


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "older copy of the vault was put back"), ("ja", "保管庫が古い写しに戻されています")],
)
def test_4_a_whole_vault_put_back(house: House, tmp_path: Path, lang: str, words: str) -> None:
    old = tmp_path / "old"
    shutil.copytree(house.vault, old)
    assert house.run("undo", "VAULT").exit_code == 0
    path = written(house, tmp_path / "checkpoint.txt")
    shutil.rmtree(house.vault)
    shutil.copytree(old, house.vault)
    assert house.run("verify", "VAULT").exit_code == 0, "nothing in the vault can tell"
    result = house.run("verify", "VAULT", "--against", path, lang=lang)
    assert (result.exit_code, words in result.output) == (4, True), result.output


def test_1_a_note_that_was_altered(house: House, tmp_path: Path) -> None:
    path = written(house, tmp_path / "checkpoint.txt")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\ntime 2", "\ntime 3"), encoding="utf-8")
    result = house.run("verify", "VAULT", "--against", path)
    assert (result.exit_code, "was altered" in result.output) == (1, True)


def test_5_no_checkpoint_and_that_of_another_vault(house: House, tmp_path: Path) -> None:
    path = tmp_path / "none.txt"
    path.write_text("hello", encoding="utf-8")
    assert house.run("verify", "VAULT", "--against", path).exit_code == 5
    path.write_text(f"techguard/{'0' * 32}\n1\n{'A' * 43}=\n", encoding="utf-8")
    result = house.run("verify", "VAULT", "--against", path)
    assert (result.exit_code, "another vault" in result.output) == (5, True)
