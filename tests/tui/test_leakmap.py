"""The leak map: what was considered, what never was, and the way down from a field."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import ComposeResult

from techguard import catalog
from techguard.domain.items import Counterparty, Exposure, Technology
from techguard.store.leakmap import SIDES
from techguard.tui.grid import Grid, GridColumn, GridRow
from techguard.tui.painted import PaintedApp
from techguard.tui.picker import Picker
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.leakmap import LeakMapPage, Place, blanks
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.table import Column, VirtualTable

from .conftest import Tui, running
from .test_markup import TWO, nasty_vault
from .test_pictures import Picture, tour

SHOTS = (
    ("leakmap", "8"),
    ("leakmap-blank", "8 f7"),
    ("leakmap-technology", "8 left"),
    ("leakmap-parties", "8 f6 down enter"),
    ("leakmap-concentration", "8 f8"),
    ("leakmap-sides", "8 f6"),
    ("leakmap-field", "8 f6 down enter enter"),
)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_map_at_80x24(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, (80, 24)) as tui:
        await tour(tui, picture, SHOTS, f"{lang}.80x24")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_map_at_120x40(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang, (120, 40)) as tui:
        await tour(tui, picture, SHOTS[:1] + SHOTS[3:5], f"{lang}.120x40")


def page(tui: Tui) -> LeakMapPage:
    assert isinstance(tui.app.screen, LeakMapPage)
    return tui.app.screen


def keys_shown(tui: Tui) -> list[str]:
    table = tui.app.screen.query_one("#rows", VirtualTable)
    return [line.key for i in range(table.count) if (line := table.line(i))]


async def ask(tui: Tui, work: Callable[[Any], Any]) -> Any:
    return await tui.app.store.run(work)


async def test_every_route_of_the_catalogue_is_a_column_and_only_what_was_considered_is_filled(
    path: Path,
) -> None:
    async with running(path) as tui:
        await tui.press("8")
        grid = tui.app.screen.query_one(Grid)
        assert [c.key for c in grid.columns] == list(catalog.routes())
        exposures = await ask(tui, lambda reg: reg.find(Exposure))
        assert set(grid.levels) == {(x.technology, x.route) for x in exposures}
        lines = tui.screen()
        row = next(line for line in lines if "薄膜コーティング" in line)
        assert "3=" in row  # rated: a digit and a sign
        assert "?" in row  # considered, not rated
        blank = next(line for line in lines if "Slurry" in line)
        assert not blank.split("…")[1].strip(" ")


async def test_enter_on_a_field_lists_exactly_its_exposures(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "right", "right", "right", "enter")
        assert isinstance(tui.app.screen, ListPage)
        found = await ask(tui, lambda reg: reg.find(Exposure, route="R04"))
        assert keys_shown(tui) == [x.id for x in found]
        await tui.press("escape")
        assert page(tui).query_one(Grid).at == (0, 3)


@pytest.mark.parametrize("side", SIDES)
async def test_every_field_of_every_side_lists_as_many_as_it_says(path: Path, side: Any) -> None:
    async with running(path) as tui:
        await tui.app.restore([OverviewPage, lambda: LeakMapPage(Place(side=side))])
        await tui.settle()
        seen = page(tui).seen
        assert seen
        for (technology, column), cell in seen.cells.items():
            page(tui)._list(column, technology)
            await tui.settle()
            assert len(keys_shown(tui)) == cell.count
            await tui.press("escape")


async def test_enter_on_a_blank_field_adds_an_exposure_there(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "f7", "enter")
        form = tui.app.screen
        assert isinstance(form, FormPage)
        technology = await ask(tui, lambda reg: reg.get("TEC-0001", Technology))
        assert form.preset == {"technology": technology.id, "route": "R02"}
        assert "R02" in tui.text()
        await tui.type("資産査定で炉の図面が渡る")
        await tui.press("ctrl+s", "escape")
        grid = page(tui).query_one(Grid)
        assert (technology.id, "R02") in grid.levels
        made = await ask(tui, lambda reg: reg.find(Exposure, route="R02"))
        assert [x.title for x in made] == ["資産査定で炉の図面が渡る"]


async def test_a_form_begins_behind_what_is_known_and_a_word_typed_on_a_choice_is_looked_for(
    path: Path,
) -> None:
    async with running(path) as tui:
        await tui.press("8", "f7", "enter")
        await tui.type("買い手が技術者を引き抜く")  # the technology is given: the scenario comes first
        form = tui.app.screen
        assert isinstance(form, FormPage)
        assert form.form is not None
        assert form.form.draft()["title"] == "買い手が技術者を引き抜く"
        before = form.form.draft()["engagement"]
        form.form.row("engagement").editor.focus()
        await tui.type("共同研究")
        assert isinstance(tui.app.screen, Picker)
        assert "次世代基板の共同研究" in tui.text()
        await tui.press("enter")
        assert form.form.draft()["engagement"] not in {"", None, before}
        form.form.row("status").editor.focus()  # a list so short that it has no line to type in by itself
        await tui.type("対策")
        await tui.press("enter")
        assert form.form.draft()["status"] == "treating"


async def test_what_a_form_had_to_say_does_not_stay_when_one_leaves_it(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "f7", "enter", "ctrl+s")
        assert "直すところがあります" in tui.text()
        await tui.press("escape")
        assert isinstance(tui.app.screen, LeakMapPage)
        assert "直すところがあります" not in tui.text()


async def test_a_blank_of_another_side_fills_that_side_in(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "f6", "down", "enter")
        fund = await ask(tui, lambda reg: reg.get("CPT-0002", Counterparty))
        grid = tui.app.screen.query_one(Grid)
        grid.move_to(0, [c.key for c in grid.columns].index(fund.id))
        await tui.settle()
        await tui.press("enter")
        assert isinstance(tui.app.screen, FormPage)
        assert tui.app.screen.preset["counterparty"] == fund.id
        assert "Meridian Growth Fund" in tui.app.screen.form.row("counterparty").editor.shown()  # type: ignore[union-attr,attr-defined]


async def test_left_of_the_first_column_is_the_technology_itself(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "left", "enter")
        assert isinstance(tui.app.screen, DetailPage)
        assert "焼結プロファイルK" in tui.text()


async def test_concentration_goes_down_to_the_exposures(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "f6", "down", "enter", "f8")
        assert "北都工業大学" in tui.text()
        await tui.press("enter")
        assert isinstance(tui.app.screen, ListPage)
        assert "北都工業大学" in tui.text()
        assert len(keys_shown(tui)) == 1
        await tui.press("f8")  # show all
        assert len(keys_shown(tui)) == 5


async def test_the_head_of_the_concentration_says_of_what_it_is(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "f8")
        assert "流出経路  " in tui.text()
        await tui.press("f6")
        await tui.type("相手先")
        await tui.press("enter")
        head = next(line for line in tui.screen() if "最高レベル" in line)
        assert head.split()[0] == "相手先"


async def test_a_lock_comes_back_to_the_same_field(path: Path) -> None:
    from .conftest import PASSPHRASE

    async with running(path) as tui:
        await tui.press("8", "f6", "down", "enter", "down", "right", "ctrl+l")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert page(tui).where.side == "counterparty"
        assert page(tui).query_one(Grid).at == (1, 1)


async def test_a_reader_is_not_offered_to_add(path: Path) -> None:
    async with running(path, read_only=True) as tui:
        await tui.press("8", "f7")
        assert "追加" not in tui.text()
        await tui.press("enter")
        assert isinstance(tui.app.screen, LeakMapPage)


async def test_typing_narrows_the_technologies(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8", "up")
        await tui.type("薄膜")
        assert [r.title for r in page(tui).rows] == ["薄膜コーティング前処理"]
        await tui.press("down", "enter")
        assert isinstance(tui.app.screen, FormPage | ListPage)


async def test_blanks_are_counted_and_core_ones_apart(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("8")
        seen = page(tui).seen
        assert seen
        found = blanks(seen.rows, list(catalog.routes()), seen.cells)
        assert found.fields == 4 * 16
        assert found.blank == 4 * 16 - 5
        assert found.core == 2 * 16 - 4


@pytest.mark.parametrize("text", TWO)
async def test_brackets_are_literal_on_the_map(tmp_path: Path, text: str) -> None:
    path = tmp_path / "v.techguard"
    nasty_vault(path, text)
    async with running(path, "ja", (120, 40)) as tui:
        for side in SIDES:
            for concentrated in (False, True):
                where = Place(side=side, concentrated=concentrated)  # type: ignore[arg-type]
                await tui.app.restore([OverviewPage, lambda where=where: LeakMapPage(where)])  # type: ignore[misc]
                await tui.settle()
                tui.straight()
                await tui.press("enter")
                tui.straight()


class Bare(PaintedApp):
    """A grid and nothing else."""

    def compose(self) -> ComposeResult:
        yield Grid()


async def test_a_hundred_thousand_rows_are_drawn_as_fast_as_ten() -> None:
    """Only what is in sight is drawn: the time of a frame does not grow with the rows."""
    columns = [GridColumn(f"R{n:02}", f"R{n:02}", f"{n:02}") for n in range(1, 17)]
    lead = [Column("class", "", 2, 2), Column("title", "技術", 23, 60)]
    async with Bare().run_test(size=(80, 24)) as pilot:
        grid = pilot.app.query_one(Grid)

        def frame(count: int) -> float:
            rows = [GridRow(str(n), ("S", f"技術{n}")) for n in range(count)]
            levels: dict[tuple[str, str], int | None] = {(str(n), "R01"): n % 5 + 1 for n in range(count)}
            best = 1e9
            for _ in range(5):
                start = time.perf_counter()
                grid.show(lead, rows, columns, levels, at=(count - 1, 15))
                drawn = [grid.render_line(y) for y in range(grid.size.height)]
                best = min(best, time.perf_counter() - start)
                assert all(strip.cell_length == 80 for strip in drawn)
            return best

        few, many = frame(10), frame(100_000)
        assert many < 20 * few + 0.02, (few, many)
