"""The bench measures every bar, on registers whose every entry is one that a person could have typed."""

from __future__ import annotations

import json
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from techguard.domain.items import Technology
from techguard.domain.kinds import kind_of
from techguard.register import Query

from . import bars
from .__main__ import main
from .measure import Bar, in_turn, p95, table
from .registers import build, kept, plain_connection, replay, statements
from .synthetic import Synthetic, keystrokes


def test_synthetic_entries_are_valid_and_the_same_each_time() -> None:
    made = [item for part in Synthetic(30, seed=4).chunks() for item in part]
    for item in made:
        type(item).model_validate(dict(item))
    again = [item for part in Synthetic(30, seed=4).chunks() for item in part]
    assert made == again
    counts = {name: sum(kind_of(i).name == name for i in made) for name in {kind_of(i).name for i in made}}
    assert (counts["technology"], counts["exposure"], counts["countermeasure"]) == (30, 150, 90)
    assert counts["rating"] > 150
    titles = {getattr(i, "title", "") for i in made if kind_of(i).name == "exposure"}
    assert len(titles) > 145, "hardly one text twice"


def test_the_reference_answers_the_same_as_the_register(tmp_path: Path) -> None:
    built = build(tmp_path, 20)
    query = Query(text="条件")
    with built.open(read_only=True) as register, closing(plain_connection(built.plain)) as plain:
        found = register.rows("exposures", query, 0, 1000)
        asked = statements(register, lambda: register.rows("exposures", query, 0, 1000))
        assert 0 < len(found) < 100
        assert replay(plain, asked) >= len(found)
        assert register.verify().ok


@pytest.mark.slow
def test_a_kept_register_is_made_once_and_each_run_has_its_copy(tmp_path: Path) -> None:
    keep, runs = tmp_path / "keep", [tmp_path / "first", tmp_path / "second", tmp_path / "third"]
    for run in runs:
        run.mkdir()
    first = kept(keep, runs[0], 3)
    lying = (keep / "3.techguard" / "register.db").read_bytes()
    with first.open() as register:
        register.change(register.get("TEC-0001", Technology), note="書き足した")
    second = kept(keep, runs[1], 3)
    assert (second.path / "register.db").read_bytes() == lying
    with closing(plain_connection(keep / "3.sqlite")) as plain:
        plain.execute("CREATE INDEX of_yesterday ON technologies (note)")
    third = kept(keep, runs[2], 3)
    with third.open(read_only=True) as register, closing(plain_connection(third.plain)) as plain:
        assert register.count("technologies") == 3
        assert not plain.execute("SELECT 1 FROM sqlite_master WHERE name = 'of_yesterday'").fetchall()


def test_figures() -> None:
    assert p95([*range(1, 101)]) == 95
    assert p95([7.0]) == 7
    assert keystrokes("契約 期限") == ["契", "契約", "契約 期", "契約 期限"]
    assert [len(times) for times in in_turn([list, dict], 3)] == [3, 3]
    missed = Bar("x", "膜の検索", 10, 30.0, 10.0, "bare", most=2.0)
    assert (missed.ratio, missed.met, missed.bar) == (3.0, False, "≤ 2×")
    assert Bar("x", "y", 10, 30.0, 10.0, "bare", most=3.0, most_ours=29).met is False
    assert Bar("x", "y", 10, 30.0, 10.0, "bare").met is None
    head, line = table([missed]).splitlines()
    assert head.split()[:2] == ["bar", "size"]
    assert line.split() == ["膜の検索", "10", "≤", "2×", "30.0", "ms", "10.0", "ms", "3.00", "NO", "bare"]


@pytest.mark.slow
def test_the_bench_measures_every_bar(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--sizes", "50", "--times", "1", "--rows", "60", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == (1 if any(b["met"] is False for b in found) else 0)
    assert {b["group"] for b in found} == set(bars.GROUPS)
    assert len(found) == 25 + sum(find_spec(peer) is not None for peer in ("pyfair", "riskquant"))
    for bar in found:
        assert bar["ours"] > 0, bar
        assert bar["reference"] > 0, bar
        assert bar["size"] in {0, 50, 60}
        assert bar["against"]
