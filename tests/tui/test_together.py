"""Marking entries and changing them together; going straight to one by its number."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from techguard.domain import words as w
from techguard.domain.items import Consultation, Exposure, Person, Technology
from techguard.tui.picker import Picker
from techguard.tui.screens.bulk import BulkPage
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.table import VirtualTable

from .conftest import Tui, running
from .test_pictures import Picture


async def ask(tui: Tui, work: Any) -> Any:
    return await tui.app.store.run(work)


def marked(tui: Tui) -> set[str]:
    return tui.app.screen.query_one(VirtualTable).marked


async def choose(tui: Tui, text: str) -> None:
    assert isinstance(tui.app.screen, Picker), tui.text()
    await tui.type(text)
    await tui.press("enter")


async def test_several_get_one_owner_and_one_key_takes_it_back(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "space", "shift+down", "down", "space")
        assert len(marked(tui)) == 3
        assert "選択3件 / 5件" in tui.text()
        await tui.press("f4")
        await choose(tui, "責任者")
        page = tui.app.screen
        assert isinstance(page, BulkPage)
        assert "3件を選択しています。変える値はまだ選んでいません" in tui.text()
        await tui.press("ctrl+s")  # nothing was chosen yet: nothing is emptied by surprise
        assert isinstance(tui.app.screen, BulkPage)
        await tui.press("enter")
        await choose(tui, "執行役員")
        assert "3件のうち、3件が変わります" in tui.text()
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, ListPage)
        assert not marked(tui)
        officer = (await ask(tui, lambda reg: reg.find(Person, name="技術担当 執行役員")))[0]
        owned = await ask(tui, lambda reg: reg.find(Exposure, owner=officer.id))
        assert len(owned) == 3
        await tui.press("ctrl+z")
        assert not await ask(tui, lambda reg: reg.find(Exposure, owner=officer.id))


async def test_all_that_a_filter_shows_are_marked_and_those_that_have_the_value_stay(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "ctrl+a")
        assert len(marked(tui)) == 4
        await tui.press("f4")
        await choose(tui, "次回見直し日")
        await tui.type("2026-12-20")
        assert "4件のうち、3件が変わります" in tui.text()
        assert "そのまま" in tui.text()
        await tui.press("ctrl+s")
        found = await ask(tui, lambda reg: reg.find(Technology))
        assert {t.next_review for t in found} == {date(2026, 12, 20)}
        assert sorted(t.version for t in found)[0] == 1  # who had it already was not touched


async def test_what_cannot_be_changes_nothing_and_names_the_entry(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("4", "ctrl+a", "f4")
        await choose(tui, "終了日")
        await tui.type("あした")
        assert "未定" in tui.text()
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, BulkPage)


async def test_no_gate_is_passed_by_changing_together(path: Path) -> None:
    """A consultation that becomes a dialogue needs its antitrust review; the register holds to that."""
    async with running(path) as tui:
        await ask(tui, lambda reg: reg.add(Consultation(topic="標準化の進め方")))
        await tui.app.restore([lambda: ListPage("consultations")])
        await tui.settle()
        await tui.press("ctrl+a", "f4", "enter", "enter", "down", "enter", "ctrl+s")
        assert isinstance(tui.app.screen, BulkPage)
        assert "CON-0001のため、何も変更していません" in tui.text()
        kept = (await ask(tui, lambda reg: reg.find(Consultation)))[0]
        assert kept.kind is w.ConsultationKind.CONSULTATION


async def test_a_value_is_emptied_only_on_purpose(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "ctrl+a", "f4")
        await choose(tui, "技術責任者")
        await tui.press("delete")
        assert "4件のうち、2件が変わります" in tui.text()
        await tui.press("ctrl+s")
        assert all(t.owner is None for t in await ask(tui, lambda reg: reg.find(Technology)))


async def test_f4_edits_the_entry_under_the_cursor_where_none_is_marked(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f4")
        page = tui.app.screen
        assert isinstance(page, FormPage)
        assert not isinstance(page, BulkPage)
        assert page.item is not None
        assert page.item.ref == "TEC-0001"


async def test_marks_go_when_the_list_shows_something_else(path: Path) -> None:
    """What is changed together is in sight."""
    async with running(path) as tui:
        await tui.press("3", "space", "space")
        assert len(marked(tui)) == 2
        await tui.press("f3")
        await tui.type("共同")
        assert not marked(tui)


async def test_a_lock_comes_back_to_what_was_chosen(path: Path) -> None:
    from .conftest import PASSPHRASE

    async with running(path) as tui:
        await tui.press("3", "space", "space", "f4")
        await choose(tui, "状態")
        await tui.press("enter", "end", "up", "up", "enter")  # few enough to have no line to type in
        assert "対策中" in tui.text()
        await tui.press("ctrl+l")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        page = tui.app.screen
        assert isinstance(page, BulkPage)
        assert page.form
        assert page.form.row("status").raw is w.ExposureStatus.TREATING
        await tui.press("ctrl+s")
        assert len(await ask(tui, lambda reg: reg.find(Exposure, status="treating"))) == 2


async def test_a_reader_marks_and_changes_nothing(path: Path) -> None:
    async with running(path, read_only=True) as tui:
        await tui.press("3", "space", "f4")
        assert isinstance(tui.app.screen, ListPage)
        assert not marked(tui)


@pytest.mark.parametrize(
    ("typed", "ref"),
    [("exp-2", "EXP-0002"), ("ＥＸＰ－０００２", "EXP-0002"), ("2", "TEC-0002"), ("定年退職", "EXP-0002")],
)
async def test_go_straight_to_an_entry(path: Path, typed: str, ref: str) -> None:
    async with running(path) as tui:
        await tui.press("ctrl+g")
        await choose(tui, typed)
        page = tui.app.screen
        assert isinstance(page, DetailPage)
        assert page.seen is not None
        assert page.seen.item.ref == ref


async def test_what_was_taken_out_is_not_offered(path: Path) -> None:
    async with running(path) as tui:
        await ask(tui, lambda reg: reg.remove(reg.get("TEC-0004"), with_parts=True))
        await tui.press("ctrl+g")
        await tui.type("TEC-0004")
        assert "Slurry" not in tui.text()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_what_it_looks_like(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang) as tui:
        await tui.press("3", "space", "space")
        picture(tui, f"marked.{lang}.80x24")
        await tui.press("f4")
        await tui.type("責任者" if lang == "ja" else "owner")
        await tui.press("enter", "enter", "enter")
        picture(tui, f"together.{lang}.80x24")
        await tui.press("escape", "end", "enter")  # not saved: thrown away only when asked
        await tui.press("ctrl+g")
        await tui.type("2")
        picture(tui, f"go-to.{lang}.80x24")
