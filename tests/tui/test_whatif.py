"""What-if for a deal, key by key: proposals are labelled, a person confirms, the decision freezes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techguard.domain.items import Assumption, Comparison, Decision, Engagement, Exposure, Variant
from techguard.domain.words import (
    AssumptionStanding,
    DecisionCategory,
    DecisionStatus,
    DisclosureScope,
    Verdict,
)
from techguard.review import deals
from techguard.tui.grid import Grid
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.whatif import AssumePage, DecidePage, VariantPage, WhatIfPage

from .conftest import Tui, running
from .test_pictures import Picture, tour

D = DisclosureScope
SHOTS = (
    ("whatif", "4 enter f7 down down right"),
    ("whatif-sum", "4 enter f7"),
    ("whatif-variant", "4 enter f7 f2"),
    ("whatif-disclosure", "4 enter f7 down down f7"),
    ("whatif-measures", "4 enter f7 down down f8"),
    ("whatif-rate", "4 enter f7 down down enter"),
    ("whatif-choose", "4 enter f7 f9"),
    ("whatif-decide", "4 enter f7 f9 enter"),
)


def three(reg: Any) -> None:
    """Three ways to go on with the joint research."""
    deal = reg.get("ENG-0001", Engagement).id
    for title, scope in (("結果のみ", D.RESULTS_ONLY), ("一部開示", D.PARTIAL), ("全部開示", D.FULL)):
        deals.add_variant(reg, deal, title, disclosure=scope)
    now = deals.deal(reg, deal)
    for cell in now.columns[1].cells.values():
        deals.assume(reg, cell.model_copy(update={"standing": AssumptionStanding.CONFIRMED}))


async def ask(tui: Tui, work: Any) -> Any:
    return await tui.app.store.run(work)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_comparison_at_80x24(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, (80, 24)) as tui:
        await ask(tui, three)
        await tour(tui, picture, SHOTS, f"{lang}.80x24")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_comparison_at_120x40(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, (120, 40)) as tui:
        await ask(tui, three)
        await tour(tui, picture, SHOTS[:1], f"{lang}.120x40")


async def test_three_variants_and_every_level_are_in_sight_at_80x24(path: Path) -> None:
    for lang in ("ja", "en"):
        async with running(path, lang, (80, 24)) as tui:
            if not await ask(tui, lambda reg: reg.count("variants")):
                await ask(tui, three)
            await tui.press("4", "enter", "f7")
            grid = tui.app.screen.query_one(Grid)
            assert grid._in_sight() >= 3
            worst = next(
                line for line in tui.screen() if ("最高レベル" if lang == "ja" else "Highest") in line
            )
            words = ("極高", "高") if lang == "ja" else ("Very high", "High")
            assert worst.count(words[0]) + worst.count(words[1]) >= 3
            assert "~" in tui.text()
            assert "*" in tui.text()


async def test_from_the_engagement_to_a_decision(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("4", "enter", "f7")
        assert isinstance(tui.app.screen, WhatIfPage)
        assert "F2で最初の案を追加" in tui.text()
        await tui.press("f2")
        assert isinstance(tui.app.screen, VariantPage)
        await tui.type("一部開示")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, WhatIfPage)
        cells = await ask(tui, lambda reg: reg.find(Assumption))
        assert cells
        assert all(c.standing is AssumptionStanding.PROPOSED for c in cells)
        await tui.press("f3")  # a copy, then all is disclosed in it
        await tui.press("down", "down", "f7", "end", *["down"] * 5, "enter")
        variants = await ask(tui, lambda reg: reg.find(Variant))
        assert len(variants) == 2
        cells = await ask(tui, lambda reg: reg.find(Assumption, variant=variants[1].id))
        assert {c.disclosure for c in cells} == {D.FULL}
        await tui.press("f6")
        assert any(
            c.standing is AssumptionStanding.CONFIRMED
            for c in await ask(tui, lambda reg: reg.find(Assumption))
        )
        levels = await ask(tui, lambda reg: {x.id: x.level for x in reg.find(Exposure)})
        await tui.press("f9", "enter")
        screen = tui.app.screen
        assert isinstance(screen, DecidePage)
        assert screen.form is not None
        assert screen.form.draft().get("verdict") is None  # go, or go on conditions: nobody has said yet
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, DecidePage)  # who and until when must be said
        screen.form.put("verdict", Verdict.CONDITIONS)
        screen.form.put("conditions", "発表前の確認を点検してから。")
        screen.form.put("owner", await ask(tui, lambda reg: reg.me.id))
        screen.form.put("due", "2027-01-31")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, WhatIfPage)
        assert "決定済み" in tui.text()
        (record,) = await ask(tui, lambda reg: reg.find(Comparison))
        decision = await ask(tui, lambda reg: reg.get(record.decision, Decision))
        assert (record.verdict, record.chosen) == (Verdict.CONDITIONS, variants[1].id)
        assert decision.category is DecisionCategory.GO_NO_GO
        assert decision.status is DecisionStatus.DECIDED
        assert "一部開示" in record.table
        assert await ask(tui, lambda reg: {x.id: x.level for x in reg.find(Exposure)}) == levels
        await tui.press("escape", "right", "right", "right", "right")
        assert isinstance(tui.app.screen, DetailPage)
        assert "比較記録 1" in tui.text()


async def test_a_hope_is_refused_and_nothing_typed_is_lost(path: Path) -> None:
    async with running(path) as tui:
        await ask(tui, three)
        await tui.press("4", "enter", "f7", "down", "down", "right", "enter")
        screen = tui.app.screen
        assert isinstance(screen, AssumePage)
        assert screen.form is not None
        before = await ask(tui, lambda reg: reg.get(screen.item_id, Assumption))
        screen.form.put("likelihood", 1)
        await tui.press("ctrl+s")
        assert "提案と違う理由" in tui.text()
        screen.form.put("rationale", "対策を予定しているから。")
        await tui.press("ctrl+s")
        assert "低くできません" in tui.text()
        await tui.press("escape")
        assert tui.app.screen is screen
        assert screen.form.draft()["rationale"] == "対策を予定しているから。"
        assert await ask(tui, lambda reg: reg.get(screen.item_id, Assumption)) == before


async def test_a_variant_is_taken_out_with_its_cells_and_brought_back(path: Path) -> None:
    async with running(path) as tui:
        await ask(tui, three)
        await tui.press("4", "enter", "f7", "delete", "down", "enter")
        assert len(await ask(tui, lambda reg: reg.find(Variant))) == 2
        await tui.press("ctrl+z")
        assert len(await ask(tui, lambda reg: reg.find(Variant))) == 3


async def test_only_a_deal_has_variants_and_a_reader_changes_none(path: Path) -> None:
    async with running(path) as tui:
        await ask(tui, lambda reg: reg.change(reg.get("ENG-0001", Engagement), kind=None))
        await tui.press("4", "enter", "f7")
        assert isinstance(tui.app.screen, DetailPage)
        await ask(tui, lambda reg: reg.undo())
        await ask(tui, three)
    async with running(path, read_only=True) as tui:
        await tui.press(
            "4", "enter", "f7", "down", "down", "f2", "f3", "f6", "f7", "f8", "f9", "delete", "enter"
        )
        assert isinstance(tui.app.screen, WhatIfPage)
        assert len(await ask(tui, lambda reg: reg.find(Variant))) == 3
