"""What leaves as a file: the whole register in three formats, and a form; taken back without a difference."""

from __future__ import annotations

import csv
import io
import json
import stat
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from techguard.domain.items import Technology
from techguard.register import Register

from .conftest import PASSPHRASE, House


@pytest.mark.parametrize("name", ["out.xlsx", "out.json", "out.csv"])
def test_an_export_is_taken_back_without_a_difference(house: House, tmp_path: Path, name: str) -> None:
    written = house.run("export", "VAULT", "--output", tmp_path / name, lang="ja")
    assert written.exit_code == 0, written.stderr
    assert "暗号化されていません" in written.stderr
    head = house.json("history", "VAULT")[0]["seq"]
    for line in written.stdout.splitlines():
        back = house.run("import", "VAULT", line, "--json", lang="ja")
        assert back.exit_code == 0, back.output
        report = json.loads(back.stdout)
        assert (sum(report["new"].values()), report["changed"]) == (0, 0), report["changes"]
    assert house.json("history", "VAULT")[0]["seq"] == head


def test_csv_has_one_kind_a_file_and_leaves_none_out(house: House, tmp_path: Path) -> None:
    written = house.run("export", "VAULT", "--format", "csv", "--output", tmp_path / "out.csv")
    names = {Path(line).name for line in written.stdout.splitlines()}
    assert {"out.csv", "out-technologies.csv", "out-countermeasures.csv", "out-people.csv"} <= names
    assert names == {p.name for p in tmp_path.iterdir()} - {"acme.techguard"}
    text = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == ["EXP-0001", "EXP-0002"]
    one = house.run("export", "VAULT", "--kind", "technologies", "--output", tmp_path / "t.csv")
    assert one.stdout.splitlines() == [str(tmp_path / "t.csv")]
    house.run("export", "VAULT", "--output", tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as package:
        assert len(package.namelist()) > 4


def test_what_a_spreadsheet_would_run_is_made_harmless(house: House, tmp_path: Path) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        register.add(Technology(code_name="=cmd|'/C calc'!A1"))
    house.run("export", "VAULT", "--kind", "technologies", "--output", tmp_path / "t.csv")
    house.run("export", "VAULT", "--output", tmp_path / "t.xlsx")
    assert '"=cmd' not in (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    assert ",=cmd" not in (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("cmd" in str(cell.value) for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_form_needs_no_vault(house: House, tmp_path: Path) -> None:
    nothing = {"TECHGUARD_PASSPHRASE_FILE": ""}
    for lang in ("ja", "en"):
        path = tmp_path / f"form-{lang}.xlsx"
        made = house.run("export", "--template", "--output", path, lang=lang, env=nothing)
        assert made.exit_code == 0, made.stderr
        assert len(openpyxl.load_workbook(path).sheetnames) > 3
        empty = house.run("import", "VAULT", path, "--dry-run", lang=lang)
        assert empty.exit_code == 5, "a form that nobody filled in says so"
    assert house.run("export", "--template", "--format", "csv", "--output", tmp_path / "x.csv").exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="mode bits mean nothing there")
def test_only_its_owner_may_read_what_was_exported(house: House, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert house.run("export", "VAULT", "--output", path).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--output", "out.json"], 2),
        (["VAULT", "--output", "out.docx"], 2),
        (["VAULT", "--format", "pdf", "--output", "x"], 2),
        (["VAULT", "--format", "json", "--output", "no/where/x.json"], 5),
    ],
)
def test_what_cannot_be_exported(house: House, tmp_path: Path, args: list[str], code: int) -> None:
    result = house.run("export", *args[:-1], tmp_path / args[-1])
    assert result.exit_code == code
    assert result.stdout == ""
    assert not list(tmp_path.glob("out*"))
