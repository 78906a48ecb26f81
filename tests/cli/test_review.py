"""A session from the command line: planned, prepared, settled, closed, its minutes, and two compared."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from .conftest import House


def held(house: House) -> str:
    """A session with its agenda written."""
    ref = house.run("review", "VAULT", "plan", "Q3", "--chair", "法務部長", "--minutes", "90").stdout.strip()
    assert house.run("review", "VAULT", "prepare").exit_code == 0
    return ref


def closed(house: House) -> str:
    ref = held(house)
    assert house.run("review", "VAULT", "settle", "--rest", "--as", "confirmed").exit_code == 0
    assert house.run("review", "VAULT", "close", "--conclusion", "Nothing new").exit_code == 0
    return ref


def test_a_whole_session(house: House) -> None:
    done = house.run("review", "VAULT", "plan", "Q3", "--chair", "法務部長", "--on", "2026-12-01")
    assert (done.exit_code, done.stdout) == (0, "REV-0001\n")
    assert "Human resources" in done.stderr
    done = house.run("review", "VAULT", "prepare")
    assert "REV-0001" in done.stderr
    shown = house.json("review", "VAULT", "show")
    assert shown["status"] == "in_preparation"
    assert shown["total"] == len(shown["items"]) > 0
    first = shown["items"][0]
    assert (first["about"], first["outcome"], first["level_before"]) == ("EXP-0001", "pending", 5)
    assert house.run("review", "VAULT", "settle", first["ref"], "--as", "confirmed").exit_code == 0
    assert house.run("review", "VAULT", "close").exit_code == 5
    assert (
        house.run("review", "VAULT", "settle", "--rest", "--as", "deferred", "--note", "late").exit_code == 0
    )
    done = house.run("review", "VAULT", "close", "--conclusion", "Nothing new")
    assert done.exit_code == 0
    shown = house.json("review", "VAULT", "show", "REV-0001")
    assert shown["status"] == "closed"
    assert shown["settled"] == shown["total"]
    assert shown["snapshot"] == done.stdout.strip()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_is_shown_is_whole_in_both_languages(house: House, lang: str) -> None:
    held(house)
    for extra in ([], ["--plain"]):
        printed = house.run("review", "VAULT", "show", *extra, lang=lang)
        assert printed.exit_code == 0
        assert "共同研究先が条件表を持ち出す" in printed.stdout
    said = house.run("review", "VAULT", "minutes", lang=lang).stdout
    assert ("案：" in said) == (lang == "ja")
    assert ("Draft:" in said) == (lang == "en")


def test_minutes_as_a_sealed_file(house: House, tmp_path: Path) -> None:
    ref = closed(house)
    output = tmp_path / "minutes.pdf"
    made = house.run("review", "VAULT", "minutes", ref, "--output", output, "--generate-password", lang="ja")
    assert made.exit_code == 0
    with pikepdf.open(output, password=made.stdout.strip()) as pdf:
        assert len(pdf.pages) >= 1
    assert house.json("review", "VAULT", "minutes", ref)["draft"] == ""


def test_two_sessions_compared(house: House) -> None:
    first, second = closed(house), closed(house)
    found = house.json("review", "VAULT", "compare", first, second)
    assert found["moves"] == []
    assert found["before"] == {"ref": first, "basis": "snapshot"}
    assert "Nothing moved" in house.run("review", "VAULT", "compare", first, second).stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["settle", "--as", "confirmed"], 2),
        (["settle", "OUT-0001", "--rest", "--as", "confirmed"], 2),
        (["settle", "--rest", "--as", "deferred"], 2),
        (["minutes", "--output", "x.pdf"], 2),
        (["minutes", "--generate-password"], 2),
        (["plan", "Q3", "--chair", "Nobody"], 5),
        (["compare", "REV-0001", "REV-0009"], 5),
        (["show", "REV-0009"], 5),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    house: House, words: list[str], code: int
) -> None:
    held(house)
    before = house.json("history", "VAULT")
    assert house.run("review", "VAULT", *words).exit_code == code
    assert house.json("history", "VAULT") == before
    assert not Path("x.pdf").exists()


def test_without_a_session_it_says_what_to_do(house: House) -> None:
    refused = house.run("review", "VAULT", "prepare")
    assert refused.exit_code == 5
    assert "Plan one first" in refused.stderr
