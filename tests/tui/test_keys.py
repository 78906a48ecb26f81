"""Keys and labels: each key shown does something, each is said in the language of the screen, none is cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from techguard import catalog
from techguard.domain.items import Assumption, Review, Variant
from techguard.domain.kinds import KINDS
from techguard.register import Register
from techguard.review import deals, session
from techguard.tui.bars import KeyBar, TopBar
from techguard.tui.columns import columns_of
from techguard.tui.page import Page, Speaking
from techguard.tui.screens.accept import AcceptPage
from techguard.tui.screens.checklistfile import ChecklistFilePage
from techguard.tui.screens.checklists import AnswerPage, ChecklistsPage
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.help import key_table
from techguard.tui.screens.history import HistoryPage, StepsPage
from techguard.tui.screens.holding import AssignPage, DecidePage, HoldPage, NotePage
from techguard.tui.screens.importing import FilePage
from techguard.tui.screens.interview import END, CandidatesPage, InterviewPage
from techguard.tui.screens.leakmap import LeakMapPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.more import MorePage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.partner import ConcludePage, PartnerAnswerPage, PartnerCheckPage
from techguard.tui.screens.rating import RatingPage
from techguard.tui.screens.review import MinutesPage, PlanPage, ReviewsPage, SessionPage
from techguard.tui.screens.scale import OwnScalePage, RescalingPage
from techguard.tui.screens.sealing import Handout, PasswordPage, SealPage, SummaryPage
from techguard.tui.screens.search import SearchPage
from techguard.tui.screens.suggest import SuggestPage
from techguard.tui.screens.whatif import AssumePage, VariantPage, WhatIfPage
from techguard.tui.screens.whatif import DecidePage as CompareDecidePage
from techguard.tui.strip import Tabs
from techguard.tui.table import layout
from tests.made_up import own_scale

from .conftest import Tui, running

DEAD = {"ctrl+h", "ctrl+m", "ctrl+i", "ctrl+j", "alt+enter", "f10", "f11"}
"""Backspace, Enter, Tab and line feed under another name; keys that terminals keep for themselves."""


def with_variant(reg: Register) -> tuple[str, str]:
    """A candidate, and a cell of a variant of the joint research (made if there is none)."""
    deal = reg.get("ENG-0001").id
    if not reg.find(Variant, engagement=deal):
        deals.add_variant(reg, deal, "一部開示")
    return reg.get("TEC-0004").id, reg.find(Assumption)[0].id


async def pages(tui: Tui) -> list[Callable[[], Page]]:
    ids: dict[str, str] = await tui.app.store.run(
        lambda reg: {r: reg.get(r).id for r in ("TEC-0001", "EXP-0001", "ENG-0001", "CPT-0001", "CMS-0001")}
    )
    exposure = ids["EXP-0001"]
    candidate, assumed = await tui.app.store.run(with_variant)
    made: list[Callable[[], Page]] = [
        OverviewPage,
        MorePage,
        HistoryPage,
        StepsPage,
        SearchPage,
        OwnScalePage,
    ]
    made += [lambda k=k: ListPage(k) for k in ("technologies", "exposures", "people")]  # type: ignore[misc]
    made += [
        lambda: DetailPage("technology", ids["TEC-0001"]),
        lambda: DetailPage("exposure", exposure),
        lambda: DetailPage("engagement", ids["ENG-0001"]),
        lambda: DetailPage("counterparty", ids["CPT-0001"]),
        lambda: DetailPage("countermeasure", ids["CMS-0001"]),
        lambda: FormPage("technology"),
        lambda: RatingPage(exposure),
        lambda: SuggestPage(exposure),
        lambda: AcceptPage(exposure),
        lambda: RescalingPage(dict(own_scale())),
        CandidatesPage,
        lambda: InterviewPage(candidate, 0),
        lambda: InterviewPage(candidate, 8),
        lambda: InterviewPage(candidate, END),
        lambda: WhatIfPage(ids["ENG-0001"], (2, 0)),
        lambda: VariantPage(ids["ENG-0001"]),
        lambda: AssumePage(assumed),
        lambda: CompareDecidePage(ids["ENG-0001"], None, ""),
    ]
    review, item = await tui.app.store.run(in_session)
    official, questions = (catalog.checklists()[name] for name in ("ESMG1-A", "DDQ"))
    made += [
        LeakMapPage,
        FilePage,
        ReviewsPage,
        lambda: SessionPage(review),
        lambda: HoldPage(review, item),
        lambda: PlanPage(review),
        lambda: MinutesPage(review),
        lambda: NotePage(item),
        lambda: AssignPage(item),
        lambda: DecidePage(item),
        ChecklistsPage,
        ChecklistFilePage,
        lambda: AnswerPage(official, official.items[0]),
        lambda: PartnerCheckPage(ids["CPT-0001"]),
        lambda: PartnerAnswerPage(questions, questions.items[0], ids["CPT-0001"]),
        lambda: ConcludePage(ids["CPT-0001"]),
        SummaryPage,
        lambda: SealPage(Handout("x", Path("x.pdf"), lambda *_args: ("", ""))),
        lambda: PasswordPage(Path("x.pdf"), "secret", "ab" * 32, ""),
    ]
    return made


def in_session(reg: Register) -> tuple[str, str]:
    """A session that is being held, and the item on its table."""
    held = next(iter(reg.find(Review)), None)
    if held is None:
        held = session.plan(reg, title="レビュー会", chair=reg.me.id, planned_minutes=60)
        session.prepare(reg, held)
        held = session.begin(reg, held)
    return held.id, session.outcomes(reg, held)[0].id


def state(tui: Tui) -> tuple[Any, ...]:
    """What a key could change: the screen, what it shows, the cursor, the copy, a note."""
    app = tui.app
    return (
        [id(s) for s in app.screen_stack], tui.text(), app.focused and app.focused.id, app.clipboard,
        len(app._notifications), app.store.is_open, app.theme,
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_line_of_keys_is_whole_and_has_at_most_two_lines(path: Path, lang: str) -> None:
    async with running(path, lang) as tui:
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            bar = tui.app.screen.query_one(KeyBar)
            lines = bar._lines
            assert 1 <= len(lines) <= 2, (tui.app.screen, lines)
            shown = [text for line in lines for _key, _shown, text in line]
            assert all(text in tui.text() for text in shown)
            assert "…" not in tui.screen()[-1] + tui.screen()[-2]


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_rooms_and_tabs_are_never_cut(path: Path, lang: str) -> None:
    async with running(path, lang) as tui:
        spans = tui.app.screen.query_one(TopBar)._spans(80)
        assert spans[-1][1] <= 80
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            for tabs in tui.app.screen.query(Tabs):
                assert all("…" not in text for _s, _e, _n, text in tabs._spans())


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_head_of_a_column_is_cut_at_80_columns(lang: str) -> None:
    from techguard import i18n

    i18n.set_language(lang)  # type: ignore[arg-type]
    for kind in KINDS.values():
        columns = columns_of(kind)
        shown = layout(columns, 77)
        assert len(shown) >= min(3, len(columns)), kind.name
        assert sum(w for _i, w in shown) + 2 * (len(shown) - 1) <= 77
        for i, wide in shown:
            assert cell_len(columns[i].label) <= wide, (kind.name, columns[i].label)


async def test_every_key_is_said_in_japanese(path: Path) -> None:
    async with running(path, "ja") as tui:
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            screen = tui.app.screen
            assert isinstance(screen, Speaking)
            rows = key_table(screen)
            assert rows
            for keys, text in rows:
                assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text), (screen, keys, text)
            for active in screen.active_bindings.values():
                if active.binding.show and active.enabled and active.binding.description:
                    assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", active.binding.description), (
                        active.binding
                    )


async def test_no_key_is_one_that_never_arrives(path: Path) -> None:
    async with running(path) as tui:
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            own = {
                key
                for key, active in tui.app.screen.active_bindings.items()
                if active.binding.description and type(active.node).__module__.startswith("techguard")
            }
            from textual.widgets import Input, TextArea

            focused = tui.app.focused
            texts = [cls for cls in (Input, TextArea) if isinstance(focused, cls)]
            inherited = {k for cls in texts for b in cls.BINDINGS for k in b.key.split(",")}
            assert not (own - inherited) & DEAD
            assert not {k for k in own - inherited if k.startswith(("alt+", "ctrl+shift+"))}


async def test_what_is_done_by_a_letter_is_done_by_a_key_that_works_with_an_ime(path: Path) -> None:
    """With a Japanese input method on, letters do not arrive as letters."""
    always = re.compile(
        r"f\d+|ctrl\+\w+|enter|escape|tab|shift\+tab|up|down|left|right|page\w+|home|end|delete|space|backspace"
    )
    async with running(path) as tui:
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            by_action: dict[str, set[str]] = {}
            for key, active in tui.app.screen.active_bindings.items():
                by_action.setdefault(active.binding.action, set()).add(key)
            for action, keys in by_action.items():
                if action == "copy":
                    continue  # in the command list too
                if any(len(k) == 1 and k.isascii() and k.isalpha() for k in keys):
                    assert any(always.fullmatch(k) for k in keys), (action, keys)
                if any(k in {"question_mark", "slash"} or (len(k) == 1 and k in "1234567") for k in keys):
                    wide = {k for k in keys if k.startswith("fullwidth") or (len(k) == 1 and ord(k) > 0xFF00)}
                    assert wide, (action, keys)


@pytest.mark.slow
async def test_no_key_that_is_shown_does_nothing(path: Path) -> None:
    async with running(path) as tui:
        for make in await pages(tui):
            await tui.app.restore([OverviewPage, make] if make is not OverviewPage else [make])
            await tui.settle()
            bar = tui.app.screen.query_one(KeyBar)
            keys = [key for line in bar._lines for key, _shown, _text in line]
            name = type(tui.app.screen).__name__
            for key in keys:
                await tui.app.restore([OverviewPage, make] if make is not OverviewPage else [make])
                tui.app.clear_notifications()
                await tui.settle()
                before = state(tui)
                await tui.press(key)
                assert state(tui) != before, (name, key)


async def test_the_command_list_holds_every_key_of_the_line(path: Path) -> None:
    async with running(path, "ja", (120, 60)) as tui:
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            bar = tui.app.screen.query_one(KeyBar)
            shown = {text for line in bar._lines for _key, _shown, text in line} - {"操作一覧"}
            await tui.press("ctrl+p")
            options = " ".join(o.label for o in tui.app.screen.options)  # type: ignore[attr-defined]
            assert all(text in options for text in shown), shown
            await tui.press("escape")


async def test_a_command_is_done_from_the_list(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("ctrl+p")
        await tui.type("English")
        await tui.press("enter")
        assert "Overview" in tui.text()
        await tui.press("ctrl+p")
        await tui.type("zzz")
        assert "Nothing matches." in tui.text()
        await tui.press("escape", "f12", "ctrl+p")
        await tui.type("zzz")
        assert "該当するものはありません。" in tui.text()


async def test_a_click_on_the_line_of_keys_is_the_key(path: Path) -> None:
    async with running(path) as tui:
        bar = tui.app.screen.query_one(KeyBar)
        x = cell_len(tui.screen()[bar.region.y].split("F2")[0]) + 1
        await tui.pilot.click(KeyBar, offset=(x, 0))
        await tui.settle()
        assert isinstance(tui.app.screen, FormPage)


async def test_black_and_white_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(path) as tui:
        assert tui.app.no_color
        text = tui.text()
        assert "##### 極高" in text
        assert any(line.startswith("> ") for line in tui.screen())
