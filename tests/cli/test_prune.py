"""`techguard prune`: shows first, does it only as often as it was confirmed, and leaves tombstones."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from techguard.domain.items import Exposure, Person
from techguard.register import Register
from tests.cli.conftest import House

TOMORROW = (datetime.now().astimezone().date() + timedelta(days=1)).isoformat()
NAME = "Researcher who left"


@pytest.fixture
def left(house: House) -> House:
    """A person who was taken out of the register."""
    with Register.open(house.vault, house.passphrase_file.read_text().strip()) as register:
        register.add(Person(name=NAME))
        register.remove(register.person_named(NAME))
        assert register.find(Exposure)
    return house


def test_it_shows_first_and_does_only_what_was_confirmed(left: House) -> None:
    shown = left.run("prune", "VAULT", "--before", TOMORROW, "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert NAME in shown.stdout
    assert "--confirm 1" in shown.output
    refused = left.run("prune", "VAULT", "--before", TOMORROW, "--confirm", "2", "--reason", "over")
    assert refused.exit_code == 5, refused.output
    assert left.run("prune", "VAULT", "--before", TOMORROW, "--confirm", "1").exit_code == 5, "no reason"
    for wrong in ((), ("--dry-run", "--confirm", "1")):
        assert left.run("prune", "VAULT", "--before", TOMORROW, *wrong).exit_code == 2
    assert NAME in left.run("history", "VAULT").stdout, "nothing was changed by any of these"

    done = left.run(
        "prune",
        "VAULT",
        "--before",
        TOMORROW,
        "--kind",
        "people",
        "--confirm",
        "1",
        "--reason",
        "period over",
    )
    assert done.exit_code == 0, done.output
    assert "1 entry" in done.output
    told = left.run("history", "VAULT", env={"COLUMNS": "400"}).stdout
    assert NAME not in told
    assert "values pruned" in told
    assert "period over" in told
    assert f"removed before {TOMORROW}" in told
    assert left.run("verify", "VAULT").exit_code == 0
    again = left.run("prune", "VAULT", "--before", TOMORROW, "--dry-run", lang="ja")
    assert "抹消するものはありません" in again.output


def test_the_tombstone_is_found_by_its_number_and_told_as_json(left: House) -> None:
    shown = left.run("prune", "VAULT", "--before", TOMORROW, "--dry-run", "--json")
    (entry,) = json.loads(shown.stdout)["goes"]
    done = left.run("prune", "VAULT", "--before", TOMORROW, "--confirm", "1", "--reason", "over", "--json")
    assert json.loads(done.stdout)["rule"]["removed_before"] == TOMORROW
    told = json.loads(left.run("history", "VAULT", entry["ref"], "--json").stdout)
    changes = [change for act in told for change in act["changes"]]
    assert [(c["op"], c["pruned"]) for c in changes] == [("prune", False), ("remove", True), ("add", True)]
    assert told[0]["reason"] == "over"
    japanese = left.run("history", "VAULT", entry["ref"], lang="ja", env={"COLUMNS": "300"}).stdout
    assert "（値は抹消済み）" in japanese
