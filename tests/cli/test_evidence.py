"""`techguard evidence`: sealed unless somebody says otherwise, and whole after age opened it."""

from __future__ import annotations

import hashlib
import io
import json
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
        ["--output", "e.zip", "--unsealed", "--json"],
        ["--output", "e.zip", "--unsealed", "--check", "e.zip"],
        [],
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


def test_what_was_handed_out_is_recorded_and_known_again(house: House, tmp_path: Path) -> None:
    """Which package a file is, to whom it went, and whether it was altered."""
    output, password = tmp_path / "e.zip.age", tmp_path / "pw.txt"
    password.write_text("correct horse battery staple")
    written = house.run(
        "evidence",
        "VAULT",
        "TEC-0001",
        "--output",
        output,
        "--password-file",
        password,
        "--recipient",
        "court",
    )
    assert written.exit_code == 0, written.output
    (act, *_rest) = json.loads(house.run("history", "VAULT", "--json").stdout)
    assert act["action"] == "evidence"
    (change,) = act["changes"]
    assert change["fields"]["recipients"]["after"] == ["court"]
    assert change["fields"]["format"]["after"] == "zip.age"
    assert change["fields"]["file_digest"]["after"] == hashlib.sha256(output.read_bytes()).hexdigest()

    told = house.run("evidence", "VAULT", "--check", output)
    assert (told.exit_code, "Evidence: TEC-0001" in told.stdout, "court" in told.stdout) == (0, True, True)
    assert json.loads(house.run("evidence", "VAULT", "--check", output, "--json").stdout)["verdict"] == "same"
    assert house.run("board", "VAULT", "--check", output).exit_code == 0, "one register of what left"

    inside = pyrage.passphrase.decrypt(output.read_bytes(), "correct horse battery staple")
    anew, altered = tmp_path / "anew.zip.age", tmp_path / "altered.zip.age"
    anew.write_bytes(pyrage.passphrase.encrypt(inside, "correct horse battery staple"))
    altered.write_bytes(pyrage.passphrase.encrypt(inside + b"x", "correct horse battery staple"))
    for path, code, verdict in ((anew, 0, "sealed anew"), (altered, 1, "altered")):
        told = house.run("evidence", "VAULT", "--check", path, "--json", "--password-file", password)
        assert (told.exit_code, json.loads(told.stdout)["verdict"]) == (code, verdict)
    assert house.run("evidence", "VAULT", "--check", anew).exit_code == 1, "not without its password"
    undone = house.run("undo", "VAULT")
    assert json.loads(house.run("history", "VAULT", "--json").stdout)[-1]["action"] == "create"
    assert undone.exit_code != 0 or "evidence" not in undone.output, "what is out cannot be taken back"


def test_a_package_without_a_seal_is_recorded_too(house: House, tmp_path: Path) -> None:
    output = tmp_path / "e.zip"
    assert house.run("evidence", "VAULT", "--output", output, "--unsealed").exit_code == 0
    told = house.run("evidence", "VAULT", "--check", output, lang="ja")
    assert (told.exit_code, "証拠一式" in told.stdout) == (0, True), told.output
    output.write_bytes(output.read_bytes() + b"x")
    assert house.run("evidence", "VAULT", "--check", output).exit_code == 1
    assert house.run("verify", "VAULT").exit_code == 0
