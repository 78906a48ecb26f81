"""What the first screen and the board are told, against a plain reading of every entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from techguard import catalog
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.gaps import BY_CODE, GAPS
from techguard.domain.kinds import KINDS
from techguard.register import Query, Register
from techguard.store import gaps
from tests.conftest import Place
from tests.made_up import own_scale, world

from .reference import Leaves

SEEDS = range(6)


@pytest.fixture(scope="module", params=SEEDS)
def full(
    request: pytest.FixtureRequest, copied: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Leaves]:
    """A register full of everything; some of it removed again, some of it a day later."""
    chance = Random(request.param)
    place = copied(tmp_path_factory.mktemp("full") / "acme.techguard")
    with place.open() as register:
        register.bulk(world(chance, register.today, size=16))
        for kind in ("exposure", "acceptance", "countermeasure", "element", "answer", "observation"):
            model = KINDS[kind].model
            for item in chance.sample(register.find(model), 3):
                if register.get(item.id, model).removed_at is None:
                    register.remove(item, with_parts=True)
        if request.param % 2:
            register.add(own_scale(carry_impact=("1 → 1", "2 → 2", "3 → 4")))
        place.clock.turn(chance.choice([0, 1, 31]))
        yield Leaves(register, register.today)


def test_every_gap_is_both_named_and_counted() -> None:
    assert frozenset(BY_CODE) == gaps.CODES
    assert all(hasattr(Leaves, g.code) and g.kind in KINDS and g.label and g.remedy for g in GAPS)
    assert {g.kri for g in GAPS if g.kri} <= set(catalog.kris())


@pytest.mark.parametrize("code", list(BY_CODE))
def test_a_gap_lists_what_a_reader_would_find(full: Leaves, code: str) -> None:
    kind = BY_CODE[code].kind
    query = Query(gap=code)
    listed = sorted(row.item.ref for row in full.register.rows(kind, query, limit=None))
    assert listed == sorted(item.ref for item in full.gap(code))
    assert full.register.count(kind, query) == len(listed)


def test_every_gap_occurs_in_a_register_that_is_large_enough(register: Register) -> None:
    """Else the test above could compare nothing with nothing."""
    register.bulk(world(Random(3), register.today, size=80))
    four = {"impact_steps": ("小", "中", "大", "特大"), "matrix": ("1234",) * 5}
    register.add(own_scale(**four))
    leaves = Leaves(register, register.today)
    assert [code for code in BY_CODE if not leaves.gap(code)] == []


def test_the_overview_adds_up(full: Leaves) -> None:
    seen = full.register.overview()
    assert seen.by_level == full.by_level()
    assert seen.by_class == full.by_class()
    assert seen.matrix == full.matrix()
    assert seen.counts == {name: len(full.all(k.model)) for name, k in KINDS.items()}
    assert {c.gap.code: c.count for c in seen.gaps} == {
        code: n for code in BY_CODE if (n := len(full.gap(code)))
    }
    assert sum(seen.by_level.values()) == len(full.open_exposures())
    assert sum(seen.matrix.values()) + len(full.gap("exposure_on_earlier_scale")) == sum(
        n for level, n in seen.by_level.items() if level is not None
    )


def test_the_worst_come_by_level_then_urgency_in_force_then_impact(full: Leaves) -> None:
    assert [row.item.ref for row in full.register.overview().top] == full.worst(5)
    assert [row.item.ref for row in full.register.worst(50)] == full.worst(50)
    for exposure in full.all(i.Exposure):
        assert full.register.urgency(exposure) == full.urgency(exposure)


def test_what_is_due_is_due(full: Leaves) -> None:
    seen = full.register.overview().due_soon
    assert {(d.what, d.ref, d.on) for d in seen} == full.due()
    assert [d.on for d in seen] == sorted(d.on for d in seen)


def test_indicators_count_what_the_gaps_count_and_take_their_colour_from_the_catalogue(full: Leaves) -> None:
    kris = {k.id: k for k in full.register.kris()}
    assert list(kris) == list(catalog.kris())
    for gap in GAPS:
        if gap.kri:
            assert kris[gap.kri].value == len(full.gap(gap.code))
    last = full.last_session()
    assert last
    assert kris["K13"].value == max(0, (full.today - last).days)
    for id_, row in catalog.kris().items():
        value = kris[id_].value
        assert kris[id_].state == ("red" if value >= row.red else "amber" if value >= row.amber else "ok")


def test_a_gap_of_another_kind_lists_nothing(register: Register) -> None:
    register.add(i.Technology(code_name="技術"))
    assert register.count("people", Query(gap="technology_unclassed")) == 0
    assert register.count("technologies", Query(gap="no such gap")) == 0
    assert register.count("technologies", Query(gap="technology_unclassed")) == 1


def test_a_removed_entry_has_no_gaps(register: Register) -> None:
    technology = register.add(i.Technology(code_name="技術"))
    register.remove(technology)
    assert [c for c in register.overview().gaps if c.gap.kind == "technology"] == []


def test_an_expiring_acceptance_becomes_a_gap_the_day_after(register: Register, place: Place) -> None:
    exposure = register.add(
        i.Exposure(technology=register.add(i.Technology(code_name="技術")).id, title="流出", route="R01")
    )
    register.rate(exposure, likelihood=5, impact=5, rationale="同業で発生")
    assert register.count("exposures", Query(gap="high_untreated")) == 1
    register.accept(
        exposure,
        by=register.me.id,
        role=w.AcceptanceRole.BOARD,
        reason="契約改定まで",
        until=register.today + timedelta(days=10),
    )
    assert register.count("exposures", Query(gap="high_untreated")) == 0
    place.clock.turn(10)
    assert register.count("exposures", Query(gap="acceptance_expired")) == 0
    place.clock.turn(1)
    assert register.count("exposures", Query(gap="acceptance_expired")) == 1
    assert register.count("exposures", Query(gap="high_untreated")) == 1


def test_an_acceptance_of_a_lower_level_does_not_cover_a_risen_one(register: Register) -> None:
    exposure = register.add(
        i.Exposure(technology=register.add(i.Technology(code_name="技術")).id, title="流出")
    )
    register.rate(exposure, likelihood=3, impact=4, rationale="根拠")
    register.accept(
        exposure,
        by=register.me.id,
        role=w.AcceptanceRole.OFFICER,
        reason="契約改定まで",
        until=register.today + timedelta(days=100),
    )
    assert register.count("exposures", Query(gap="high_untreated")) == 0
    register.rate(exposure, likelihood=5, impact=5, rationale="自社で発生")
    assert register.count("exposures", Query(gap="high_untreated")) == 1


def test_answers_about_a_partner_are_called_for_before_they_end(register: Register) -> None:
    party = register.add(i.Counterparty(name="甲", dependency=1, penetration=1, maturity=4, trust=4))

    def answer(item: str, days: int, ago: int = 0) -> None:
        register.add(
            i.ChecklistAnswer(
                item=item,
                answer=w.Answer.YES,
                counterparty=party.id,
                as_of=register.today - timedelta(days=ago),
                valid_until=register.today + timedelta(days=days),
            )
        )

    def told() -> list[tuple[str, int]]:
        due = register.overview().due_soon
        return [(d.title, (d.on - register.today).days) for d in due if d.what == "Partner answers end"]

    answer("DDQ-01", 40)
    answer("DDQ-02", 20)
    answer("DDQ-03", 200)
    assert told() == [("甲", 20)]
    answer("DDQ-02", 300)  # renewed
    answer("DDQ-01", -5, ago=400)  # recorded late, but older: it does not stand
    assert told() == [("甲", 40)]
    assert register.count("counterparties", Query(gap="counterparty_unassessed")) == 0
    answer("DDQ-03", -1)
    assert told() == [("甲", -1)]
    assert register.count("counterparties", Query(gap="counterparty_unassessed")) == 1


def test_a_new_answer_with_grounds_closes_the_gap_of_the_old_one(register: Register) -> None:
    register.add(i.ChecklistAnswer(item="ESMG1-A-1-ア", answer=w.Answer.YES))
    assert register.count("answers", Query(gap="answer_without_grounds")) == 1
    register.add(i.ChecklistAnswer(item="ESMG1-A-1-ア", answer=w.Answer.YES, evidence="経済安保推進室"))
    assert register.count("answers", Query(gap="answer_without_grounds")) == 0
