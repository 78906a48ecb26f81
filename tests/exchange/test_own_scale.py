"""Lists in a company with its own scale: taken as they are on its steps, carried over on others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard import catalog, exchange
from techguard.domain.items import Exposure
from techguard.domain.scales import Scale, Step
from techguard.exchange.errors import BadMapping
from techguard.exchange.plan import Plan
from techguard.exchange.steps import on_own_steps
from techguard.register import Register
from tests.made_up import own_scale

from .making import xlsx

HEAD = ["番号", "リスク", "可能性", "影響度"]
CARRY = ("1 → 1", "2 → 1", "3 → 2", "4 → 3", "5 → 4")


def four(**fields: Any) -> Any:
    """A 4×4 scale: the standard five steps carried over, unless `fields` say otherwise."""
    own = {
        "likelihood_steps": ("低い", "中くらい", "高い", "極めて高い"),
        "impact_steps": ("軽微", "限定的", "重大", "致命的"),
        "matrix": ("1 2 2 3", "2 2 3 4", "2 3 4 5", "3 4 5 5"),
        "carry_likelihood": CARRY,
        "carry_impact": CARRY,
    }
    return own_scale(**(own | fields))


def six() -> Any:
    """A 6×6 scale without a word on what the standard steps become."""
    words = ("一", "二", "三", "四", "五", "六")
    return own_scale(
        likelihood_steps=words,
        impact_steps=words,
        matrix=("1 1 2 2 3 3", "1 2 2 3 3 4", "2 2 3 3 4 4", "2 3 3 4 4 5", "3 3 4 4 5 5", "3 4 4 5 5 5"),
    )


def planned(register: Register, rows: Sequence[Sequence[object]], head: Sequence[str] = HEAD) -> Plan:
    source = exchange.read(xlsx({"一覧": [head, *rows]}), "一覧.xlsx")
    mapping = exchange.propose(source, "ja", register.scale)
    again = exchange.Mapping.from_toml(mapping.to_toml("ja"))
    assert again == mapping, "the mapping survives its file"
    return exchange.plan(source, again, register)


def standing(register: Register) -> dict[str, tuple[int | None, int | None, str]]:
    """By the number in the list: likelihood, impact, and the edition that they are steps of."""
    return {e.source_ref: (e.likelihood, e.impact, e.scale_edition) for e in register.find(Exposure)}


@pytest.mark.parametrize(
    "rows",
    [
        [["1", "漏えい", "低い", "致命的"], ["2", "転職", "極めて高い", "軽微"]],
        [["1", "漏えい", 1, 4], ["2", "転職", 4, 1]],
        [["1", "漏えい", "１", "4：致命的"], ["2", "転職", "極めて高い（4）", "1 軽微"]],
        [["1", "漏えい", "1", "致命的"], ["2", "転職", "4", "軽微"]],
    ],
    ids=["words", "numbers", "both", "one half of each"],
)
def test_a_list_on_the_companys_own_steps_is_taken_as_it_is(
    register: Register, rows: list[list[object]]
) -> None:
    scale = register.add(four())
    plan = planned(register, rows)
    assert not [p for p in plan.problems if "scale in force" in p.message]
    assert "4 × 4, scale SCL-0001" in exchange.report(plan, "en").notices[0]
    exchange.apply(plan, register)
    assert standing(register) == {"1": (1, 4, scale.ref), "2": (4, 1, scale.ref)}
    assert not planned(register, rows).items  # nor is it another rating the next time


def test_the_report_names_the_steps_by_the_words_of_their_scale(register: Register) -> None:
    register.add(four())
    own = exchange.report(planned(register, [["1", "漏えい", 4, 4]]), "ja")
    assert [v.becomes for v in own.tables[0].values] == ["4 極めて高い", "4 致命的"]
    standard = exchange.report(planned(register, [["1", "漏えい", 5, 5]]), "ja")
    usual = [catalog.standard_scales().scale(axis).level(5).name.ja for axis in ("likelihood", "impact")]
    assert [v.becomes for v in standard.tables[0].values] == [f"5 {word}" for word in usual]


def test_a_list_on_other_steps_is_carried_over_and_said_row_by_row(register: Register) -> None:
    scale = register.add(four())
    plan = planned(register, [["1", "漏えい", 5, 3], ["2", "転職", 2, 5]])
    said = [p for p in exchange.report(plan, "en").problems if p.outcome == "kept"]
    assert [(p.row, p.value) for p in said] == [(2, "5 × 3"), (3, "2 × 5")]
    assert "carried over as 4 × 2" in said[0].reason
    assert "carried over as 1 × 4" in said[1].reason
    exchange.apply(plan, register)
    assert standing(register) == {"1": (4, 2, scale.ref), "2": (1, 4, scale.ref)}
    assert not planned(register, [["1", "漏えい", 5, 3], ["2", "転職", 2, 5]]).problems  # nothing new to say


def test_what_has_no_place_on_the_own_scale_is_rated_anew_and_not_clamped(register: Register) -> None:
    register.add(four(carry_likelihood=CARRY[:4]))
    plan = planned(register, [["1", "漏えい", 5, 3]])
    assert "is to be rated anew" in exchange.report(plan, "en").problems[0].reason
    exchange.apply(plan, register)
    assert standing(register) == {"1": (5, 3, catalog.standard().edition)}
    assert "exposure_on_earlier_scale" in {g.gap.code for g in register.overview().gaps}


def test_a_heading_that_counts_out_other_steps_is_believed(register: Register) -> None:
    register.add(four())
    plan = planned(register, [["1", "漏えい", 4, 2]], ["番号", "リスク", "可能性（1-5）", "影響度（1-5）"])
    exchange.apply(plan, register)
    assert standing(register)["1"][:2] == (3, 1)


def test_on_six_steps_numbers_up_to_five_need_a_further_sign(register: Register) -> None:
    scale = register.add(six())
    exchange.apply(planned(register, [["1", "漏えい", 5, 3]]), register)
    assert standing(register)["1"] == (5, 3, catalog.standard().edition)
    told = planned(register, [["2", "転職", 5, 3]], ["番号", "リスク", "可能性（1-6）", "影響度（1-6）"])
    exchange.apply(told, register)
    exchange.apply(planned(register, [["3", "複製", 6, 3]]), register)
    assert (standing(register)["2"], standing(register)["3"]) == ((5, 3, scale.ref), (6, 3, scale.ref))


def test_a_mapping_keeps_the_scale_it_was_made_for(register: Register) -> None:
    first = register.add(four())
    source = exchange.read(xlsx({"一覧": [HEAD, ["1", "漏えい", 4, 4]]}), "一覧.xlsx")
    kept = exchange.propose(source, "ja", register.scale).to_toml("ja")
    register.add(four(carry_likelihood=("4 → 3", "3 → 2", "2 → 1", "1 → 1"), carry_impact=()))
    plan = exchange.plan(source, exchange.Mapping.from_toml(kept), register)
    assert first.ref in exchange.report(plan, "en").problems[0].reason
    exchange.apply(plan, register)
    assert standing(register)["1"][:2] == (3, 4)
    unknown = exchange.Mapping.from_toml(kept.replace(first.ref, "SCL-0009"))
    with pytest.raises(BadMapping):
        exchange.plan(source, unknown, register)


def test_a_step_beyond_the_own_scale_must_be_settled(register: Register) -> None:
    register.add(four())
    source = exchange.read(xlsx({"一覧": [HEAD, ["1", "漏えい", 4, 4]]}), "一覧.xlsx")
    mapping = exchange.propose(source, "ja", register.scale)
    mapping.table[0].values["likelihood"]["4"] = 5
    assert len(exchange.plan(source, mapping, register).to_settle) == 1


@given(rows=st.integers(3, 6), columns=st.integers(3, 6), data=st.data(), by_word=st.booleans())
def test_every_list_on_own_steps_is_read_as_written(
    rows: int, columns: int, data: st.DataObject, by_word: bool
) -> None:
    """Whatever the size: the highest steps are there, and each value stays the step that it names."""
    words = tuple(Step(name=f"段階{n}番") for n in "甲乙丙丁戊己")
    scale = Scale(
        edition="SCL-0001",
        matrix=tuple(tuple(min(5, 1 + (r + c) // 2) for c in range(columns)) for r in range(rows)),
        likelihood_steps=words[:rows],
        impact_steps=words[:columns],
    )
    likely = data.draw(st.lists(st.integers(1, rows), min_size=1, unique=True))
    bad = data.draw(st.lists(st.integers(1, columns), min_size=1, unique=True))
    name = (lambda n: words[n - 1].name) if by_word else str
    texts = {"likelihood": [name(n) for n in {*likely, rows}], "impact": [name(n) for n in {*bad, columns}]}
    found = on_own_steps(texts, {}, scale)
    assert found == {
        "likelihood": {name(n): n for n in {*likely, rows}},
        "impact": {name(n): n for n in {*bad, columns}},
    }
