"""Taking a company's own list in: looked at first, all or nothing, and twice is once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from techguard.i18n import Language
from tests.faults import expected

from .conftest import House

GOOD = """番号,リスク内容,可能性,影響度,責任者
1,退職者が図面を持ち出す,高,5,人事部長
2,委託先から金型データが漏れる,2,3,購買部長
"""
BAD = GOOD + "3,共同研究で条件が伝わる,たぶん,4,研究部長\n"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "risks.csv"
    path.write_bytes(GOOD.encode("cp932"))
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "risks.csv"
    path.write_text(BAD, encoding="utf-8")
    return path


def exposures(house: House) -> dict[str, object]:
    return {e["title"]: e["level"] for e in house.json("list", "VAULT", "exposures")}


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_file_of_nonsense_is_refused_in_words(house: House, tmp_path: Path, lang: Language) -> None:
    nonsense = tmp_path / "list.xlsx"
    nonsense.write_bytes(bytes(range(256)) * 40)
    before = house.json("history", "VAULT")
    told = house.run("import", "VAULT", nonsense, lang=lang)
    expected.of("a file of nonsense").ended(told.exit_code, told.stderr, lang)
    assert house.json("history", "VAULT") == before


def test_a_dry_run_shows_everything_and_changes_nothing(house: House, good: Path) -> None:
    before = house.json("history", "VAULT")
    looked = house.run("import", "VAULT", good, "--dry-run", lang="ja")
    assert looked.exit_code == 0, looked.stderr
    assert "リスク内容 → " in looked.stdout
    assert "[[table]]" in looked.stdout, "the mapping is shown"
    assert house.json("history", "VAULT") == before


def test_what_must_be_settled_ends_a_dry_run_with_1(house: House, bad: Path) -> None:
    looked = house.run("import", "VAULT", bad, "--dry-run", "--json")
    assert looked.exit_code == 1
    report = json.loads(looked.stdout)
    assert report["to_settle"] == 1
    assert report["applied"] is False
    (problem,) = (p for p in report["problems"] if p["outcome"] == "settle")
    assert (problem["row"], problem["value"]) == (4, "たぶん")


def test_nothing_is_taken_in_while_something_must_be_settled(house: House, bad: Path) -> None:
    before = exposures(house)
    refused = house.run("import", "VAULT", bad, lang="ja")
    assert refused.exit_code == 5
    assert "たぶん" in refused.stdout
    assert "たぶん" in refused.stderr
    assert exposures(house) == before


def test_all_good_rows_when_asked(house: House, bad: Path) -> None:
    """The exit code still says that something was left."""
    taken = house.run("import", "VAULT", bad, "--good-rows", "--json")
    assert taken.exit_code == 1, taken.stderr
    assert json.loads(taken.stdout)["applied"] is True
    found = exposures(house)
    assert "退職者が図面を持ち出す" in found
    assert "共同研究で条件が伝わる" not in found


def test_the_mapping_is_written_corrected_and_given_back(house: House, bad: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    looked = house.run("import", "VAULT", bad, "--dry-run", "--write-mapping", mapping)
    assert looked.exit_code == 1
    assert "[[table]]" not in looked.stdout
    text = mapping.read_text(encoding="utf-8")
    assert '"たぶん" = "settle"' in text
    mapping.write_text(text.replace('"たぶん" = "settle"', '"たぶん" = 2'), encoding="utf-8")
    given = house.run("import", "VAULT", bad, "--mapping", mapping, "--dry-run")
    assert given.exit_code == 0
    assert "[[table]]" not in given.stdout, "who gives a mapping has it"
    taken = house.run("import", "VAULT", bad, "--mapping", mapping)
    assert taken.exit_code == 0, taken.stderr
    assert exposures(house)["共同研究で条件が伝わる"] is not None
    head = house.json("history", "VAULT")[0]["seq"]
    again = house.run("import", "VAULT", bad, "--mapping", mapping)
    assert again.exit_code == 0, again.stderr
    assert house.json("history", "VAULT")[0]["seq"] == head, "the same list again changes nothing"


def test_an_import_is_one_act_and_can_be_undone(house: House, good: Path) -> None:
    before = exposures(house)
    assert house.run("import", "VAULT", good).exit_code == 0
    newest = house.json("history", "VAULT")[0]
    assert newest["action"] == "import"
    assert "risks.csv" in newest["reason"]
    assert house.run("undo", "VAULT").exit_code == 0
    assert exposures(house) == before
    assert house.run("verify", "VAULT").exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("missing.csv", None, 5), ("x.csv", b"", 5), ("x.xlsx", b"no workbook", 5), ("x.exe", b"MZ", 5)],
)
def test_a_file_that_cannot_be_read(
    house: House, tmp_path: Path, name: str, content: bytes | None, code: int
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = house.run("import", "VAULT", path, "--dry-run")
    assert result.exit_code == code
    assert name in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(("content", "code"), [(None, 2), (b"\xff\xff", 2), (b"nonsense", 5)])
def test_a_mapping_that_cannot_be_read(
    house: House, good: Path, tmp_path: Path, content: bytes | None, code: int
) -> None:
    path = tmp_path / "map.toml"
    if content is not None:
        path.write_bytes(content)
    assert house.run("import", "VAULT", good, "--mapping", path).exit_code == code
