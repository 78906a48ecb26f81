"""A scale of one's own: seen before it applies, applied as one act, and no rating is touched by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techguard import catalog, exchange, present
from techguard.domain import errors
from techguard.domain import items as i
from techguard.domain.words import AcceptanceRole, Basis, Zone
from techguard.register import Query, Register
from tests.conftest import Place
from tests.made_up import own_scale, scale_lines

FOUR: dict[str, Any] = {"impact_steps": ("小", "中", "大", "特大"), "matrix": ("1234",) * 5}


@pytest.fixture
def rated(register: Register) -> list[i.Exposure]:
    """An exposure on every field of the standard matrix, and one that is not rated."""
    technology = register.add(i.Technology(code_name="焼結", impact_market=5))
    found = []
    for likelihood in range(1, 6):
        for impact in range(1, 6):
            x = register.add(i.Exposure(technology=technology.id, title=f"{likelihood}-{impact}"))
            register.rate(x, likelihood=likelihood, impact=impact, rationale="根拠")
            found.append(register.get(x.id, i.Exposure))
    register.add(i.Exposure(technology=technology.id, title="未評価"))
    return found


def test_a_new_matrix_moves_exposures_and_leaves_every_rating_as_it_was(
    register: Register, rated: list[i.Exposure]
) -> None:
    before = register.find(i.Rating)
    strict = own_scale(matrix=("22345", "22345", "23455", "34555", "35555"))
    seen = register.rescaling(strict)
    register.add(strict)
    assert register.find(i.Rating) == before
    for x in rated:
        now = register.get(x.id, i.Exposure)
        assert (now.likelihood, now.impact) == (x.likelihood, x.impact)
        assert now.level == register.scale.level(x.likelihood, x.impact)
        assert now.scale_edition == "SCL-0001"
    moved = sum(register.get(x.id, i.Exposure).level != x.level for x in rated)
    assert (seen.count("risen"), seen.count("rate_anew")) == (moved, 0)
    assert register.verify().ok


def test_a_step_without_a_place_keeps_its_level_and_asks_to_be_rated_anew(
    register: Register, rated: list[i.Exposure]
) -> None:
    register.add(own_scale(**FOUR, carry_impact=("1 → 1", "2 → 2", "3 → 3", "4 → 3")))
    for x in rated:
        now = register.get(x.id, i.Exposure)
        if x.impact == 5:
            assert (now.likelihood, now.impact, now.level) == (x.likelihood, 5, x.level)
            assert now.scale_edition == catalog.standard().edition
        else:
            assert now.impact == {1: 1, 2: 2, 3: 3, 4: 3}[x.impact or 0]
    asked = register.rows("exposures", Query(gap="exposure_on_earlier_scale"))
    assert {row.item.id for row in asked} == {x.id for x in rated if x.impact == 5}
    assert sum(register.overview().matrix.values()) == 20
    technology = register.find(i.Technology)[0]
    assert technology.impact_market == 5
    assert register.count("technologies", Query(gap="technology_on_earlier_scale")) == 1
    # Rated anew, it has a place again.
    worst = rated[-1]
    register.rate(worst, likelihood=5, impact=4, rationale="新しい尺度で")
    assert register.get(worst.id, i.Exposure).scale_edition == "SCL-0001"
    register.change(technology, impact_market=4)
    assert register.count("technologies", Query(gap="technology_on_earlier_scale")) == 0


def test_a_step_that_the_scale_does_not_have_is_refused(register: Register, rated: list[i.Exposure]) -> None:
    register.add(own_scale(**FOUR))
    for ask in (
        lambda: register.rate(rated[0], likelihood=1, impact=5, rationale="r"),
        lambda: register.add(i.Technology(code_name="別", impact_legal=5)),
        lambda: register.change(register.find(i.Technology)[0], impact_legal=4),  # market still says 5
    ):
        with pytest.raises(errors.Invalid) as caught:
            ask()
        assert "1 to 4" in str(caught.value)
    six = own_scale(
        likelihood_steps=tuple("一二三四五六"), matrix=("123", "123", "234", "234", "345", "345"),
        impact_steps=("小", "中", "大"),
    )  # fmt: skip
    register.add(six)
    assert register.rate(rated[0], likelihood=6, impact=3, rationale="r").level == 5


def test_thresholds_decide_who_accepts_what_is_high_and_which_zone(
    register: Register, rated: list[i.Exposure]
) -> None:
    partner = register.add(i.Counterparty(name="東都", dependency=2, penetration=2, maturity=2, trust=2))
    assert partner.zone is Zone.WATCH
    high = register.count("exposures", Query(gap="high_untreated"))
    register.add(own_scale(high_from=3, officer_from=2, board_from=3, danger_from=1))
    assert register.count("exposures", Query(gap="high_untreated")) > high
    assert register.get(partner.id, i.Counterparty).zone is Zone.DANGER
    three = next(x for x in rated if x.level == 3)
    accept = {"by": register.me.id, "reason": "r", "until": register.today.replace(year=2030)}
    with pytest.raises(errors.NotEntitled):
        register.accept(three, role=AcceptanceRole.OFFICER, **accept)
    register.accept(three, role=AcceptanceRole.BOARD, **accept)


def test_it_is_one_act_that_can_be_taken_back_and_done_again(
    register: Register, rated: list[i.Exposure]
) -> None:
    def levels() -> list[tuple[int | None, str]]:
        found = [register.get(x.id, i.Exposure) for x in rated]
        return [(x.level, x.scale_edition) for x in found]

    before, seq = levels(), register.head[0]
    register.add(own_scale(matrix=("11112",) * 5, level_names=("極小", "小", "中", "大", "極大")))
    after = levels()
    assert register.head[0] == seq + 1
    assert after != before
    assert present.level_word(5, "ja") == "極大"
    register.undo()
    assert levels() == before
    assert register.scale == catalog.standard()
    assert present.level_word(5, "ja") == "極高"
    register.redo()
    assert levels() == after
    assert register.verify().ok


def test_it_is_still_in_force_when_the_vault_is_opened_again(place: Place) -> None:
    with place.open() as register:
        register.add(own_scale(likelihood_steps=("まれ", "時々", "よく", "いつも"), matrix=("12345",) * 4))
        scale = register.scale
    assert catalog.scales().scale("likelihood").levels[-1].value == 5
    with place.open() as register:
        assert register.scale == scale
        assert [s.name.ja for s in catalog.scales().scale("likelihood").levels] == [
            "まれ", "時々", "よく", "いつも",
        ]  # fmt: skip


def test_a_line_about_a_step_that_is_not_there_is_refused(register: Register) -> None:
    with pytest.raises(errors.Invalid) as caught:
        register.rescaling(own_scale(**FOUR, carry_impact=("5 → 5",)))
    assert caught.value.problems[0].field == "carry_impact"
    with pytest.raises(errors.Invalid):
        register.add(own_scale(**FOUR, carry_impact=("5 → 5",)))
    assert register.scale == catalog.standard()
    assert register.count("scales") == 0


def test_an_inherent_rating_of_an_earlier_scale_binds_only_as_far_as_it_is_carried(
    register: Register,
) -> None:
    technology = register.add(i.Technology(code_name="焼結"))
    x = register.add(i.Exposure(technology=technology.id, title="流出"))
    register.rate(x, likelihood=5, impact=3, rationale="対策前", basis=Basis.INHERENT)
    register.add(
        own_scale(likelihood_steps=("低", "中", "高"), matrix=("12345",) * 3, carry_likelihood=("5 → 3",))
    )
    assert register.inherent(x.id) == 3
    with pytest.raises(errors.UntestedControl):
        register.rate(x, likelihood=2, impact=3, rationale="根拠のない対策")
    register.add(own_scale())  # three steps become five, and nobody said how
    assert register.inherent(x.id) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(lines=scale_lines(), places=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=5))
def test_what_was_shown_before_is_what_happens(
    register: Register, lines: dict[str, Any], places: list[tuple[int, int]]
) -> None:
    """In one act that is undone at the end: the next example begins from nothing."""
    with register.act():
        technology = register.add(i.Technology(code_name="焼結", impact_market=4))
        for likelihood, impact in places:
            x = register.add(i.Exposure(technology=technology.id, title="流出"))
            register.rate(x, likelihood=likelihood, impact=impact, rationale="根拠")
        own = own_scale(**lines)
        shown = {r.now.id: r.then for r in register.rescaling(own).rows if isinstance(r.then, i.Exposure)}
        made = register.add(own)
    for id_, then in shown.items():
        now = register.get(id_, i.Exposure)
        assert (now.likelihood, now.impact, now.level) == (then.likelihood, then.impact, then.level)
        assert (now.scale_edition == made.ref) == (then.scale_edition == made.title)
    register.undo()
    assert register.scale == catalog.standard()


def test_a_list_from_elsewhere_is_read_on_the_standard_scale_and_carried_over(
    register: Register, tmp_path: Path
) -> None:
    """Its fives have no place among four steps: they keep their level and are to be rated anew."""
    register.add(own_scale(**FOUR, carry_impact=("3 → 3",)))
    file = tmp_path / "list.csv"
    file.write_text("リスク,発生可能性,影響度\n設計図の流出,2,3\n製法の流出,4,5\n", encoding="utf-8")
    source = exchange.read(file)
    plan = exchange.plan(source, exchange.propose(source, "ja"), register)
    exchange.apply(plan, register)
    found = {x.title: x for x in register.find(i.Exposure)}
    carried, waiting = found["設計図の流出"], found["製法の流出"]
    assert (carried.likelihood, carried.impact, carried.scale_edition) == (2, 3, "SCL-0001")
    assert (waiting.impact, waiting.level) == (5, catalog.standard().level(4, 5))
    assert waiting.scale_edition == catalog.standard().edition
