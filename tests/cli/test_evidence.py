"""`techguard evidence`: sealed unless somebody says otherwise, and whole after age opened it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pyrage
import pytest

from tests.cli.conftest import House


def names(data: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def test_it_is_sealed_with_a_password_shown_once(house: House, tmp_path: Path) -> None:
    output = tmp_path / "e.zip.age"
    result = house.run("evidence", "VAULT", "TEC-0001", "--output", output, "--generate-password")
    assert result.exit_code == 0, result.output
    path, password = result.stdout.split()
    assert path == str(output)
    data = output.read_bytes()
    assert data.startswith(b"age-encryption.org/v1")
    assert output.stat().st_mode & 0o777 == 0o600
    assert {"VERIFY.md", "検証.md", "check.py", "timeline.html"} < names(
        pyrage.passphrase.decrypt(data, password)
    )


def test_it_is_sealed_for_an_auditors_key(house: House, tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    mark = tmp_path / "checkpoint.txt"
    assert house.run("checkpoint", "VAULT", "--output", mark).exit_code == 0
    output = tmp_path / "all.zip.age"
    result = house.run(
        "evidence", "VAULT", "--output", output, "--age-key", str(key.to_public()), "--against", mark
    )
    assert result.exit_code == 0, result.output
    assert "earlier/1.proof" in names(pyrage.decrypt(output.read_bytes(), [key]))


@pytest.mark.parametrize(
    ("lang", "warning"), [("en", "This is not encrypted"), ("ja", "暗号化されていません")]
)
def test_it_is_plain_only_when_somebody_says_so(
    house: House, tmp_path: Path, lang: str, warning: str
) -> None:
    output = tmp_path / "e.zip"
    result = house.run("evidence", "VAULT", "TEC-0001", "--output", output, "--unsealed", lang=lang)
    assert (result.exit_code, warning in result.output) == (0, True), result.output
    with zipfile.ZipFile(output) as archive:
        assert f'lang="{lang}"' in archive.read("timeline.html").decode()


@pytest.mark.parametrize(
    "args",
    [
        ["--output", "e.zip"],
        ["--output", "e.zip.age"],
        ["--output", "e.zip.age", "--unsealed"],
        ["--output", "e.zip", "--unsealed", "--generate-password"],
        ["--output", "e.pdf", "--generate-password"],
    ],
)
def test_2_wrong_usage_writes_nothing(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert house.run("evidence", "VAULT", *args).exit_code == 2
    assert not list(tmp_path.glob("e.*"))


def test_5_what_is_no_technology(house: House, tmp_path: Path) -> None:
    result = house.run("evidence", "VAULT", "EXP-0001", "--output", tmp_path / "e.zip", "--unsealed")
    assert (result.exit_code, "is no technology" in result.output) == (5, True)
    result = house.run("evidence", "VAULT", "TEC-9999", "--output", tmp_path / "e.zip", "--unsealed")
    assert result.exit_code == 5
