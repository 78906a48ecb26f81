"""A company makes the scale its own in the terminal: what would change is seen before anything does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techguard.domain.items import Exposure, Rating, ScaleEdition
from techguard.tui.heat import HeatMap
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.scale import OwnScalePage, RescalingPage
from techguard.tui.table import VirtualTable
from tests.made_up import own_scale

from .conftest import Tui, running
from .test_pictures import Picture

FOUR: dict[str, Any] = {
    "impact_steps": ("小", "中", "大", "特大"),
    "matrix": ("1 1 2 3", "1 2 2 3", "1 2 3 4", "2 3 4 4", "2 3 4 5"),
    "carry_impact": ("1 → 1", "2 → 2", "3 → 3", "4 → 4"),
}


async def ask(tui: Tui, work: Any) -> Any:
    return await tui.app.store.run(work)


async def open_form(tui: Tui) -> OwnScalePage:
    tui.app.go_to(ListPage("scales"))
    await tui.settle()
    await tui.press("f2")
    page = tui.app.screen
    assert isinstance(page, OwnScalePage)
    return page


async def test_the_form_begins_with_the_scale_in_force_and_says_what_does_not_fit(path: Path) -> None:
    async with running(path) as tui:
        page = await open_form(tui)
        assert page.form is not None
        draft = page.form.draft()
        assert draft["matrix"] == "\n".join(("1 1 2 3 4", "1 2 2 3 4", "1 2 3 4 5", "2 3 4 4 5", "2 3 4 5 5"))
        page.form.lay(draft | {"title": "当社の尺度", "reason": "合わせる", "matrix": "1 1 2 3 4"})
        await tui.press("ctrl+s")
        assert tui.app.screen is page
        assert "5行、各行に1～5のレベルを5個" in tui.text()


async def test_it_is_seen_then_applied_then_taken_back(path: Path) -> None:
    async with running(path) as tui:
        page = await open_form(tui)
        assert page.form is not None
        typed = {name: "\n".join(lines) for name, lines in FOUR.items()}
        page.form.lay(page.form.draft() | typed | {"title": "当社の尺度", "reason": "合わせる"})
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, RescalingPage)
        before = {x.id: x for x in await ask(tui, lambda reg: reg.find(Exposure))}
        ratings = await ask(tui, lambda reg: reg.find(Rating))
        highest = [x for x in before.values() if x.impact == 5]
        assert f"評価し直し {len(highest)}件" in tui.text()
        assert "「これまでの評価」に旧段階と" in tui.text(), "and how to spare that"
        assert highest[0].ref in {c.text for line in _lines(tui) for c in line.cells}
        await tui.press("escape")  # nothing happened; the form is as it was
        assert isinstance(tui.app.screen, OwnScalePage)
        assert await ask(tui, lambda reg: reg.count("scales")) == 0
        await tui.press("ctrl+s", "ctrl+s")
        assert isinstance(tui.app.screen, ListPage)
        assert await ask(tui, lambda reg: reg.scale.size) == (5, 4)
        assert await ask(tui, lambda reg: reg.find(Rating)) == ratings
        await tui.press("1")
        assert "以前の尺度で評価した流出リスク" in tui.text() or "不足" in tui.text()
        await tui.press("ctrl+z")
        after = {x.id: x for x in await ask(tui, lambda reg: reg.find(Exposure))}
        assert {i: x.level for i, x in after.items()} == {i: x.level for i, x in before.items()}
        assert await ask(tui, lambda reg: reg.scale.size) == (5, 5)


def _lines(tui: Tui) -> list[Any]:
    table = tui.app.screen.query_one(VirtualTable)
    return [table.line(n) for n in range(table.count)]


async def test_on_six_steps_the_digit_six_rates(path: Path) -> None:
    steps = tuple(f"段階{n}" for n in range(1, 7))
    six = own_scale(likelihood_steps=steps, impact_steps=steps, matrix=("122345",) * 3 + ("233455",) * 3)
    async with running(path) as tui:
        await ask(tui, lambda reg: reg.add(six))
        await tui.press("3", "enter", "f5", "６", "down", "6", "tab")
        await tui.type("六段階で評価")
        await tui.press("ctrl+s")
        rated = (await ask(tui, lambda reg: reg.find(Rating)))[-1]
        assert (rated.likelihood, rated.impact, rated.scale_edition) == (6, 6, "SCL-0001")


@pytest.mark.parametrize("upright", ["likelihood", "impact"])
async def test_the_matrix_is_drawn_as_the_company_draws_it(path: Path, upright: str) -> None:
    """Three likelihoods, four impacts; every count is found, whichever axis goes up."""
    own = own_scale(
        **FOUR | {"likelihood_steps": ("低", "中", "高"), "matrix": ("1 2 3 4", "2 3 4 4", "3 4 4 5")},
        carry_likelihood=("1 → 1", "2 → 1", "3 → 2", "4 → 3", "5 → 3"),
        upright=upright,
    )
    async with running(path) as tui:
        await ask(tui, lambda reg: reg.add(own))
        await tui.press("1")
        heat = tui.app.screen.query_one(HeatMap)
        drawn = [heat.render_line(y).text for y in range(heat.size.height)]
        counts = await ask(tui, lambda reg: reg.overview().matrix)
        likelihoods, impacts = heat.scale.size if heat.scale else (0, 0)
        rows = likelihoods if upright == "likelihood" else impacts
        assert len(drawn) == rows + 2
        assert drawn[0].strip().startswith("縦：可能性" if upright == "likelihood" else "縦：影響度")
        shown = sorted(int(part) for line in drawn[1:-1] for part in line.split()[2:] if part.isdigit())
        assert shown == sorted(counts.values())


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_six_steps_each_way_have_their_place(path: Path, lang: str) -> None:
    steps = tuple(f"段階{n}の長い呼び名" for n in range(1, 7))
    six = own_scale(likelihood_steps=steps, impact_steps=steps, matrix=("122345",) * 3 + ("233455",) * 3)
    async with running(path, lang) as tui:
        await ask(tui, lambda reg: reg.add(six))
        await tui.press("1")
        heat = tui.app.screen.query_one(HeatMap)
        assert heat.region.right <= tui.app.size.width
        numbers = heat.render_line(7).text.split()
        assert [part for part in numbers if part.isdigit()] == list("123456")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_what_it_looks_like(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang) as tui:
        page = await open_form(tui)
        picture(tui, f"scale-form.{lang}.80x24")
        assert page.form is not None
        own = ScaleEdition.model_validate(own_scale(**FOUR, title="2027年度 評価尺度"))
        tui.app.go_to(RescalingPage({f: getattr(own, f) for f in page.form.draft()}))
        await tui.settle()
        picture(tui, f"scale-effects.{lang}.80x24")
        await tui.press("ctrl+s")
        await tui.press("escape", "1")
        picture(tui, f"scale-overview.{lang}.80x24")
