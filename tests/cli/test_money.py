"""`money` and `plan` over a real vault: ranges go in, ranges and reasons come out."""

from __future__ import annotations

import re
from datetime import date
from itertools import zip_longest

import pytest

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register

from .conftest import PASSPHRASE, House


@pytest.fixture
def estimated(house: House) -> House:
    """Two exposures of one engagement with estimates, one without; a measure in force and two to come."""
    with Register.open(house.vault, PASSPHRASE) as reg:
        technology = reg.add(i.Technology(code_name="見積りの技術"))
        deal = reg.add(i.Engagement(title="見積りの案件"))
        one, two = (
            reg.add(i.Exposure(technology=technology.id, title=title, route="R01", engagement=deal.id))
            for title in ("条件が渡る", "図面が渡る")
        )
        reg.add(i.Exposure(technology=technology.id, title="見積りなし", route="R04"))
        for exposure, frequency in ((one, "0.1 / 0.2 / 0.5"), (two, "0.05 ~ 0.4")):
            reg.add(
                i.Estimate(
                    exposure=exposure.id,
                    basis="同業の事例",
                    frequency=frequency,
                    cause_share=50,
                    loss_response="10000000 / 20000000 / 90000000",
                    catch_up="1 / 2 / 4",
                    margin="100000000 ~ 500000000",
                    estimated_on=date(2026, 11, 1),
                )
            )
        for title, status, cost, left in (
            ("済んだ対策", w.CountermeasureStatus.IMPLEMENTED, 0, "60 / 80 / 90"),
            ("安く効く対策", w.CountermeasureStatus.PROPOSED, 5_000_000, "20 / 40 / 60"),
            ("高い対策", w.CountermeasureStatus.APPROVED, 90_000_000, "50 / 60 / 90"),
        ):
            reg.add(
                i.Countermeasure(
                    title=title, status=status, exposures=(one.id,), cost_initial=cost, events_left=left
                )
            )
    return house


def test_without_estimates_it_says_so(house: House) -> None:
    assert house.json("money", "VAULT") is None
    assert "money" in house.run("money", "VAULT", lang="en").stderr


def test_what_it_could_cost_without_measures_today_and_as_planned(estimated: House) -> None:
    found = estimated.json("money", "VAULT", "--years", "20000")
    assert len(found["estimated"]) == 2
    assert found["not_estimated"] >= 1
    before, today = (found["today"][side] for side in ("before", "after"))
    planned = found["planned"]["after"]
    assert before["mean"]["value"] > today["mean"]["value"] > planned["mean"]["value"] > 0
    assert found["planned"]["before"] == before  # the same numbers were drawn
    assert 0 < planned["p_any"]["value"] < before["p_any"]["value"] < 1
    assert found == estimated.json("money", "VAULT", "--years", "20000")
    assert found != estimated.json("money", "VAULT", "--years", "20000", "--seed", "7")


@pytest.mark.parametrize(("lang", "word"), [("ja", "計画どおり"), ("en", "As planned")])
def test_the_table_shows_ranges_and_what_they_do_not_say(estimated: House, lang: str, word: str) -> None:
    done = estimated.run("money", "VAULT", "--years", "5000", lang=lang)
    assert word in done.stdout
    assert " – " in done.stdout
    assert "5,000" in done.stderr


def test_the_plan_within_a_budget_gives_a_reason_for_each(estimated: House) -> None:
    found = estimated.json("plan", "VAULT", "--budget", "1000万")
    assert found["proven"]
    assert found["cost"] <= 10_000_000
    titles = {row["ref"]: row["title"] for row in estimated.json("list", "VAULT", "countermeasures")}
    chosen = {titles[c] for c in found["chosen"]}
    assert "安く効く対策" in chosen
    assert "高い対策" not in chosen
    assert "済んだ対策" not in {titles[v["id"]] for v in found["verdicts"]}
    assert {v["reason"] for v in found["verdicts"]} <= {
        "chosen", "must", "no_effect", "no_cost", "over_budget", "better", "nothing_left", "not_worth",
    }  # fmt: skip
    expensive = next(ref for ref, title in titles.items() if title == "高い対策")
    forced = estimated.json("plan", "VAULT", "--budget", "1億", "--must", expensive)
    assert expensive in forced["chosen"]
    refused = estimated.run("plan", "VAULT", "--budget", "1000万", "--must", expensive)
    assert refused.exit_code != 0
    assert "must-haves alone cost more" in str(refused.exception) or refused.stderr
    assert estimated.run("plan", "VAULT", "--budget", "たくさん").exit_code != 0


def refs(house: House) -> dict[str, str]:
    return {row["title"]: row["ref"] for row in house.json("list", "VAULT", "countermeasures")}


def test_the_curve_is_shown_as_bars_that_shorten(estimated: House) -> None:
    said = estimated.run("money", "VAULT", "--years", "20000", lang="en").stdout
    head, *rows = said[said.index("A year's loss above") :].split("\n\n")[0].splitlines()
    assert [name for name in head.split("\t") if name] == [
        "A year's loss above",
        "Without measures",
        "Today",
        "As planned",
    ]
    cells = [row.split("\t") for row in rows]
    assert len(cells) >= 3
    for chance, bar in ((1, 2), (3, 4), (5, 6)):
        chances = [float(row[chance].removeprefix("less than ").rstrip("%")) for row in cells]
        bars = [len(row[bar]) for row in cells]
        assert chances == sorted(chances, reverse=True)
        assert bars == sorted(bars, reverse=True)
        assert all(set(row[bar]) <= {"#"} for row in cells)


def test_the_frontier_tells_what_more_money_reaches(estimated: House) -> None:
    found = estimated.json("plan", "VAULT", "--frontier")
    known = refs(estimated)
    losses = [point["loss_after"] for point in found]
    assert losses == sorted(losses, reverse=True)
    assert all(point["cost"] <= point["budget"] and point["proven"] for point in found)
    assert found[0]["chosen"] == []
    assert found[-1]["chosen"] == sorted([known["安く効く対策"], known["高い対策"]])
    within = estimated.json("plan", "VAULT", "--frontier", "--budget", "1000万")
    assert within[-1]["budget"] == 10_000_000
    assert within[-1]["chosen"] == [known["安く効く対策"]]
    said = estimated.run("plan", "VAULT", "--frontier", lang="en").stdout.splitlines()
    assert [row.split("\t")[-1] for row in said[1:4]] == [
        "",
        f"+{known['安く効く対策']}",
        f"+{known['高い対策']}",
    ]


def test_without_anything_to_choose_the_frontier_says_so(house: House) -> None:
    assert "nothing to choose" in house.run("plan", "VAULT", "--frontier", lang="en").stderr


def test_of_two_that_exclude_each_other_one_is_chosen(estimated: House) -> None:
    known = refs(estimated)
    cheap, dear, done = known["安く効く対策"], known["高い対策"], known["済んだ対策"]
    assert estimated.json("plan", "VAULT")["chosen"] == [cheap, dear]
    found = estimated.json("plan", "VAULT", "--one-of", f"{cheap}, {dear}")
    assert found["chosen"] == [cheap]
    out = next(v for v in found["verdicts"] if v["id"] == dear)
    assert (out["reason"], out["others"]) == ("excluded", [cheap])
    frontier = estimated.json("plan", "VAULT", "--frontier", "--one-of", f"{cheap},{dear}")
    assert all(len(point["chosen"]) <= 1 for point in frontier)
    both = ("--must", cheap, "--must", dear, "--one-of", f"{cheap},{dear}")
    assert estimated.run("plan", "VAULT", *both).exit_code != 0
    for wrong in (cheap, f"{cheap},{cheap}", f"{cheap},{done}", f"{cheap},CMS-9999"):
        assert estimated.run("plan", "VAULT", "--one-of", wrong).exit_code in {2, 5}


@pytest.mark.parametrize("command", [("money", "--years", "5000"), ("plan",), ("plan", "--frontier")])
def test_the_amounts_of_one_column_are_said_in_one_unit(estimated: House, command: tuple[str, ...]) -> None:
    name, *rest = command
    said = estimated.run(name, "VAULT", *rest, lang="ja").stdout
    columns = [
        {unit for cell in column for unit in re.findall(r"[\d.,]+(億円|万円|円)", cell) if cell != "0円"}
        for table in said.split("\n\n")
        for column in zip_longest(*(row.split("\t") for row in table.splitlines()), fillvalue="")
    ]
    assert any(columns)
    assert all(len(units) <= 1 for units in columns)
