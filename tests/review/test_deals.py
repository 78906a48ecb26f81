"""Variants of a deal: proposed openly, confirmed by a person, frozen when it is decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techguard.domain import errors as refused
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register
from techguard.review import deals

from .conftest import Company

D = w.DisclosureScope


@pytest.fixture
def deal(company: Company) -> i.Engagement:
    """A sale of a business, with one technology rated on two routes and one never considered."""
    reg = company.register
    core = reg.add(i.Technology(code_name="焼結K", impact_market=5))
    other = reg.add(i.Technology(code_name="前処理", impact_market=3))
    sale = reg.add(
        i.Engagement(
            title="事業の譲渡",
            kind=w.EngagementKind.MA_SELL,
            technologies=(core.id, other.id),
            disclosure_scope=D.PARTIAL,
        )
    )
    for route, likelihood in (("R02", 3), ("R04", 2)):
        x = reg.add(i.Exposure(technology=core.id, title=f"{route}で流出", route=route, engagement=sale.id))
        for basis in (w.Basis.INHERENT, w.Basis.CURRENT):
            reg.rate(x, likelihood=likelihood, impact=4, basis=basis, rationale="現状")
        if route == "R02":
            reg.add(i.Countermeasure(title="クリーンチーム", catalog_id="CM11", exposures=(x.id,)))
    return sale


def cells(reg: Register, sale: i.Engagement) -> list[dict[str, i.Assumption]]:
    seen = deals.deal(reg, sale.id)
    return [{a.route: a for a in c.cells.values() if a.exposure} for c in seen.columns]


def test_a_variant_begins_with_a_labelled_proposal_for_every_row(
    company: Company, deal: i.Engagement
) -> None:
    reg = company.register
    deals.add_variant(reg, deal.id, "全部開示", disclosure=D.FULL)
    seen = deals.deal(reg, deal.id)
    assert len(seen.rows) == 3  # two exposures, and the technology nobody had considered
    (column,) = seen.columns
    assert column.proposed == 3
    assert column.unrated == 1  # unknown, not low
    (r02,) = (a for a in column.cells.values() if a.route == "R02" and a.exposure)
    assert (r02.likelihood, r02.impact, r02.level) == (4, 4, 4)
    assert "+1" in r02.rationale
    assert "CM11" in r02.rationale


def test_what_is_disclosed_of_a_technology_is_disclosed_on_all_its_routes(
    company: Company, deal: i.Engagement
) -> None:
    reg = company.register
    deals.add_variant(reg, deal.id, "A", disclosure=D.PARTIAL)
    before = cells(reg, deal)[0]
    deals.assume(reg, deals.propose(reg, before["R02"], D.NONE, ()))
    after = cells(reg, deal)[0]
    assert (after["R04"].disclosure, after["R02"].disclosure) == (D.NONE, D.NONE)
    assert (after["R02"].likelihood, after["R04"].likelihood) == (1, 1)


def test_a_measure_on_one_route_lowers_no_other_and_an_untested_one_lowers_nothing(
    company: Company, deal: i.Engagement
) -> None:
    reg = company.register
    deals.add_variant(reg, deal.id, "A")
    before = cells(reg, deal)[0]
    kept = deals.propose(reg, before["R02"], D.PARTIAL, ("CM11", "CM02"))
    deals.assume(reg, kept)
    assert cells(reg, deal)[0]["R04"] == before["R04"]
    assert kept.likelihood == 3
    with pytest.raises(refused.UntestedHope):
        deals.assume(reg, kept.model_copy(update={"likelihood": 2}))
    assert cells(reg, deal)[0]["R02"].likelihood == 3
    (measure,) = reg.find(i.Countermeasure, catalog_id="CM11")
    reg.change(measure, status=w.CountermeasureStatus.VERIFIED, design_effect=3, operating_effect=2)
    now = deals.propose(reg, cells(reg, deal)[0]["R02"], D.PARTIAL, ("CM11", "CM02"))
    assert now.likelihood == 2
    assert deals.assume(reg, now.model_copy(update={"standing": "confirmed"})).likelihood == 2
    assert cells(reg, deal)[0]["R04"].likelihood == before["R04"].likelihood


def test_no_exposure_takes_its_level_from_a_thought(company: Company, deal: i.Engagement) -> None:
    reg = company.register
    levels = {x.id: x.level for x in reg.find(i.Exposure)}
    deals.add_variant(reg, deal.id, "A", disclosure=D.FULL)
    assert {x.id: x.level for x in reg.find(i.Exposure)} == levels


def test_a_copy_is_the_same_and_then_its_own(company: Company, deal: i.Engagement) -> None:
    reg = company.register
    first = deals.add_variant(reg, deal.id, "A")
    deals.copy_variant(reg, first.id, "B")
    a, b = cells(reg, deal)
    assert a["R02"].rationale == b["R02"].rationale
    deals.assume(reg, deals.propose(reg, b["R02"], D.FULL, ()))
    seen = deals.deal(reg, deal.id)
    assert any(seen.differs(row) for row in seen.rows)
    assert cells(reg, deal)[0]["R02"] == a["R02"]


def test_a_deal_without_rows_is_refused_with_what_to_do(company: Company) -> None:
    reg = company.register
    empty = reg.add(i.Engagement(title="空", kind=w.EngagementKind.JV))
    with pytest.raises(refused.NothingToCompare):
        deals.add_variant(reg, empty.id, "A")
    assert reg.find(i.Variant, engagement=empty.id) == []


def test_a_decision_freezes_the_comparison(company: Company, deal: i.Engagement) -> None:
    reg = company.register
    first = deals.add_variant(reg, deal.id, "全部開示", disclosure=D.FULL)
    second = deals.add_variant(reg, deal.id, "ブラックボックス", disclosure=D.BLACK_BOX)
    due = reg.today + timedelta(days=30)
    head = reg.head
    made = deals.decide(
        reg,
        deal.id,
        verdict=w.Verdict.CONDITIONS,
        chosen=second.id,
        conditions="第三者の点検を終えてから開示する。",
        owner=reg.me.id,
        due=due,
    )
    assert (made.snapshot_seq, made.snapshot) == head
    assert reg.head[0] == head[0] + 1
    decision = reg.get(made.decision, i.Decision)
    assert (decision.category, decision.status) == (w.DecisionCategory.GO_NO_GO, w.DecisionStatus.DECIDED)
    assert (decision.owner, decision.due) == (reg.me.id, due)
    assert second.ref in decision.title
    frozen = made.table
    assert first.title in frozen
    assert second.title in frozen
    (x,) = (a for a in deals.deal(reg, deal.id).columns[0].cells.values() if a.route == "R04")
    deals.assume(reg, x.model_copy(update={"likelihood": 5, "rationale": "別の見方"}))
    assert reg.get(made.id, i.Comparison).table == frozen
    with pytest.raises(refused.Evidence):
        reg.change(made, table="書き換え")
    assert reg.verify().findings == ()


def test_go_needs_a_variant_and_conditions_need_words(company: Company, deal: i.Engagement) -> None:
    reg = company.register
    due = reg.today
    with pytest.raises(refused.Undecidable):
        deals.decide(reg, deal.id, verdict=w.Verdict.GO, chosen=None, owner=reg.me.id, due=due)
    variant = deals.add_variant(reg, deal.id, "A")
    with pytest.raises(refused.Invalid):
        deals.decide(reg, deal.id, verdict=w.Verdict.CONDITIONS, chosen=variant.id, owner=reg.me.id, due=due)
    made = deals.decide(reg, deal.id, verdict=w.Verdict.NO_GO, chosen=None, owner=reg.me.id, due=due)
    assert made.chosen is None
    assert reg.find(i.Decision, engagement=deal.id)[0].title.startswith(deal.title)
