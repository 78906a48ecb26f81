"""Real registers go in whole; a second import changes only what has changed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from techguard import exchange
from techguard.domain.items import Countermeasure, Exposure, Rating
from techguard.exchange.errors import ToSettle
from techguard.register import Register

from .making import xlsx

HEAD = ["Risk ID", "Risk", "Likelihood", "Impact", "Owner", "Action", "Status"]
ROWS = [
    ["R1", "A partner publishes our process window", 4, 5, "Head of R&D", "Read papers first", "Open"],
    ["R2", "A leaver takes the recipe along", 2, 3, "HR", "Exit interview", "Open"],
]


def bring(register: Register, rows: list[list[object]], name: str = "risks.xlsx") -> exchange.Plan:
    source = exchange.read(xlsx({"R": [HEAD, *rows]}), name)
    plan = exchange.plan(source, exchange.propose(source), register)
    exchange.apply(plan, register)
    return plan


def test_second_import_of_the_same_list_changes_nothing(register: Register) -> None:
    bring(register, ROWS)
    head = register.head
    plan = bring(register, ROWS)
    assert (plan.items, plan.changes, plan.unchanged) == ([], [], 2)
    assert register.head == head


def test_changed_rating_is_a_new_rating(register: Register) -> None:
    bring(register, ROWS)
    plan = bring(register, [[*ROWS[0][:2], 2, 5, *ROWS[0][4:]], ROWS[1]])
    assert plan.counts == {"rating": 1}
    exposure = register.find(Exposure, source_ref="R1")[0]
    assert (exposure.likelihood, exposure.impact) == (2, 5)
    assert len(register.ratings(exposure.id)) == 2


def test_changed_words_change_their_fields_and_new_rows_are_added(register: Register) -> None:
    bring(register, ROWS)
    new = ["R3", "The mould is copied", 3, 3, "Production", "Own tooling", "Open"]
    plan = bring(register, [[*ROWS[0][:4], "Legal", *ROWS[0][5:]], ROWS[1], new])
    assert [(item.ref, list(fields)) for item, fields in plan.changes] == [("EXP-0001", ["owner"])]
    assert plan.counts == {"person": 2, "countermeasure": 1, "exposure": 1, "rating": 1}


def test_what_a_person_wrote_in_the_register_stays(register: Register) -> None:
    bring(register, ROWS)
    exposure = register.find(Exposure, source_ref="R1")[0]
    register.change(exposure, note=exposure.note + "\nDiscussed in March.", route="R01")
    measure = register.countermeasures(exposure.id)[0]
    register.change(measure, status="implemented")
    plan = bring(register, ROWS)
    assert (plan.items, plan.changes) == ([], [])
    assert register.get(exposure.id, Exposure).route == "R01"


def test_the_same_number_in_another_list_is_another_risk(register: Register) -> None:
    bring(register, ROWS)
    other = [["R1", "Something quite different", 1, 1, "HR", "", "Open"]]
    plan = bring(register, other, "other.xlsx")
    assert plan.counts["exposure"] == 1
    assert len(register.find(Exposure)) == 3


def test_everything_or_nothing(register: Register) -> None:
    bad = ["R3", "The mould is copied", "Likley", 3, "Production", "Own tooling", "Open"]
    source = exchange.read(xlsx({"R": [HEAD, *ROWS, bad]}), "risks.xlsx")
    plan = exchange.plan(source, exchange.propose(source), register)
    with pytest.raises(ToSettle, match=r"C4: Likley"):
        exchange.apply(plan, register)
    assert register.find(Exposure) == []
    report = exchange.apply(plan, register, good_rows=True)
    assert len(register.find(Exposure)) == 2
    assert (report.applied, report.rows.taken, report.rows.problem, report.to_settle) == (True, 2, 1, 1)
    assert {c.title for c in register.find(Countermeasure)} == {"Read papers first", "Exit interview"}


def test_import_is_one_act_that_can_be_undone(register: Register) -> None:
    before = register.head[0]
    bring(register, ROWS)
    assert register.head[0] == before + 1
    assert register.history()[0].action == "import"
    register.undo()
    assert register.find(Exposure) == []
    assert register.find(Rating) == []


SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not part of the distribution")
@pytest.mark.parametrize(
    ("name", "kind", "entries", "ratings"),
    [
        ("sg1unitis-risk_register.csv", "exposure", 30, 60),
        ("ssi-responsible-ai-risks.csv", "exposure", 9, 9),
        ("alma-controls.csv", "countermeasure", 38, 0),
    ],
)
def test_samples_go_in_whole(register: Register, name: str, kind: str, entries: int, ratings: int) -> None:
    source = exchange.read(SAMPLES / name)
    plan = exchange.plan(source, exchange.propose(source), register)
    assert not plan.to_settle
    assert (plan.counts[kind], plan.counts.get("rating", 0)) == (entries, ratings)
    exchange.apply(plan, register)
    everything = exchange.export(register, "json", "en").decode()
    spaced = " ".join(everything.lower().replace("\\n", " ").replace('\\"', '"').split())
    with (SAMPLES / name).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    lost = [
        piece for row in rows[1:] for cell in row for piece in words_of(cell) if piece.lower() not in spaced
    ]
    assert lost == [], "every word of the list is somewhere in the register"
    again = exchange.plan(source, exchange.propose(source), register)
    assert (again.items, again.changes) == ([], [])


def words_of(cell: str) -> list[str]:
    """The words of a cell that must be found again, without what separates the points of a list."""
    translated = {"reduce", "open", "low", "medium", "high", "critical", "very"}
    found = (w.strip(".,;:-()") for w in cell.split())
    return [w for w in found if len(w) > 3 and w.lower() not in translated]
