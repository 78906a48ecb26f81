"""The line of levels over time: bars that read without colour, the newest in words, true to the register."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rich.cells import cell_len

from techguard import i18n
from techguard.domain import words as w
from techguard.domain.items import Exposure
from techguard.register import Register
from techguard.tui.screens.detail import DetailPage
from techguard.tui.spark import BARS, bar, spark

from .conftest import running


def test_each_level_has_a_bar_of_its_own_one_cell_wide() -> None:
    assert len(set(BARS)) == 5
    assert sorted(BARS) == list(BARS)  # the code points rise with the height
    assert all(cell_len(bar(n)) == 1 for n in (None, 1, 2, 3, 4, 5))


def test_the_newest_is_said_in_words() -> None:
    i18n.set_language("ja")
    said = "".join(text for text, _style in spark(((date(2026, 2, 1), 5), (date(2026, 8, 20), 3))))
    assert said == "▅▃ 中（2026-08-20から）"
    i18n.set_language("en")
    assert "".join(t for t, _ in spark(((date(2026, 2, 1), 4), (date(2026, 3, 1), None)))).startswith(
        "▄- nothing open since 2026-03-01"
    )
    assert spark(()) == []


def moved(reg: Register) -> None:
    """The worst exposure falls; the next one is closed."""
    worst = reg.get("EXP-0001", Exposure)
    reg.rate(worst, likelihood=4, impacts={w.ImpactDimension.FINANCIAL: 3}, rationale="是正後",
             rated_on=date(2026, 11, 1))  # fmt: skip
    reg.change(reg.get("EXP-0002", Exposure), status=w.ExposureStatus.CLOSED)


async def test_pages_of_an_exposure_and_of_its_technology_show_the_same_story(path: Path) -> None:
    async with running(path) as tui:
        await tui.app.store.run(moved)
        found = await tui.app.store.run(lambda reg: reg.get("EXP-0001", Exposure))
        tui.app.go_to(DetailPage("exposure", found.id))
        await tui.settle()
        told = await tui.app.store.run(lambda reg: reg.get("EXP-0001", Exposure).level)
        line = next(line for line in tui.screen() if "推移" in line)
        assert f"▅{bar(told)}" in line
        tui.straight()
        await tui.press("2", "enter")
        line = next(line for line in tui.screen() if "流出リスクの最高レベル" in line)
        assert f"▅{bar(told)} " in line  # the closed one counts for nothing after its day
        assert "2026-11-" in line
        tui.straight()


async def test_nothing_rated_shows_no_line(path: Path) -> None:
    async with running(path, "en") as tui:
        await tui.press("2", "end", "enter")
        assert "Highest level" not in tui.text()
