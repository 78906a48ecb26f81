"""`techguard scale`: shown, edited as a file, tried, put in force."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from .conftest import House


def test_the_scale_goes_to_a_file_and_back(house: House, tmp_path: Path) -> None:
    shown = house.run("scale", "VAULT", lang="ja")
    assert "適用中の尺度：2026-1" in shown.stdout
    assert "5 ほぼ確実" in shown.stdout
    written = house.run("scale", "VAULT", "--toml", lang="ja").stdout
    values = tomllib.loads(written)
    assert values["matrix"][0] == "1 1 2 3 4"
    file = tmp_path / "scale.toml"
    edited = written.replace('title = ""', 'title = "当社"').replace('reason = ""', 'reason = "合わせる"')
    file.write_text(edited.replace('"1 2 3 4 5"', '"4 4 4 4 5"').replace('"1 2 2 3 4"', '"2 2 2 3 4"'))
    refused = house.run("scale", "VAULT", "--file", file)
    assert refused.exit_code == 5
    assert "must not fall" in refused.stderr
    file.write_text(edited.replace("high_from = 4", "high_from = 3").replace('"2 3 4 5 5"', '"5 5 5 5 5"'))
    file.write_text(file.read_text().replace('upright = "likelihood"', 'upright = "impact"'))
    tried = json.loads(house.run("scale", "VAULT", "--file", file, "--json").stdout)
    assert {row["effect"] for row in tried} <= {"same", "risen"}
    assert house.json("scale", "VAULT")["edition"] == "2026-1"  # trying changes nothing
    applied = house.run("scale", "VAULT", "--file", file, "--apply")
    assert "SCL-0001 is in force" in applied.stderr
    now = house.json("scale", "VAULT")
    assert (now["edition"], now["high_from"], now["matrix"][4]) == ("SCL-0001", 3, "5 5 5 5 5")
    assert now["upright"] == "impact"
    assert 'upright = "impact"' in house.run("scale", "VAULT", "--toml").stdout  # where the next one begins
    assert [s["ref"] for s in house.json("list", "VAULT", "scales")] == ["SCL-0001"]
    house.run("undo", "VAULT")
    assert house.json("scale", "VAULT")["edition"] == "2026-1"


def test_a_file_that_is_no_scale_is_named(house: House, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("matrix = [")
    told = house.run("scale", "VAULT", "--file", file)
    assert told.exit_code == 5
    assert "x.toml is not a rating scale" in told.stderr
    file.write_text("colour = 3")
    assert "colour" in house.run("scale", "VAULT", "--file", file).stderr
    told = house.run("scale", "VAULT", "--apply")
    assert told.exit_code == 2
    assert "--file" in told.stderr
