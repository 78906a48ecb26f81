"""On the wall: nothing strictly confidential is read by the room, and nothing hidden is written over."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.kinds import KINDS, kind_of
from techguard.register import Register
from techguard.review import session
from techguard.tui.page import Page
from techguard.tui.picker import Tell
from techguard.tui.projection import BY_SIDE, VEIL, NeedsWhatIsHidden, Projected
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.leakmap import LeakMapPage, Place
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.saved import topic
from techguard.tui.screens.search import SearchPage
from techguard.tui.table import VirtualTable
from tests.made_up import ids_of, least

from .conftest import NOW, PASSPHRASE, Tui, running
from .test_keys import pages
from .test_pictures import Picture

WORD = "白鷺の秘法"
SECRET = w.Handling.STRICTLY_CONFIDENTIAL


def hide(reg: Register) -> i.Technology:
    """Write the word into every text of one technology and of all that belongs to it; make it 極秘."""
    technology = reg.get("TEC-0001", i.Technology)
    reg.change(technology, code_name=f"{WORD}1", outline=WORD, products=(WORD,), note=WORD, handling=SECRET)
    for element in reg.find(i.Element, technology=technology.id):
        reg.change(element, name=f"{WORD}要素", note=WORD)
    for x in reg.find(i.Exposure, technology=technology.id):
        reg.change(x, title=f"{WORD}の流出", cause=WORD, path=WORD, treatment_plan=WORD, note=WORD)
        reg.rate(x, likelihood=4, impact=5, rationale=f"{WORD}の根拠")
        until, role = date(2027, 3, 1), w.AcceptanceRole.BOARD
        reg.accept(x, by=reg.me.id, role=role, reason=f"{WORD}の受容", until=until, conditions=WORD)
        reg.add(i.Decision(title=f"{WORD}の決定", exposure=x.id, due=date(2026, 12, 1), reason=WORD))
        reg.add(i.Countermeasure(title=f"{WORD}の対策", exposures=(x.id,), due=date(2026, 11, 1)))
    reg.add(i.Observation(title=f"{WORD}の兆候", technology=technology.id, fact=WORD))
    with reg.act(f"{WORD}のため"):
        reg.change(reg.get(technology.id, i.Technology), note=f"{WORD}を改めた")
    held = session.plan(reg, title="第三四半期レビュー会", chair=reg.me.id)
    session.prepare(reg, held)
    session.begin(reg, held)
    return reg.get(technology.id, i.Technology)


async def ask(tui: Tui, work: Any) -> Any:
    """Something of the register itself, whatever the wall shows."""
    was, tui.app.store.projecting = tui.app.store.projecting, False
    try:
        return await tui.app.store.run(work)
    finally:
        tui.app.store.projecting = was


async def test_a_word_of_what_is_hidden_finds_nothing(path: Path) -> None:
    """To be found by a word would tell the word; what is shown is found as ever."""
    async with running(path) as tui:
        await ask(tui, hide)
        listed = await ask(tui, lambda reg: reg.count("technologies"))
        await tui.press("2", "f3")
        await tui.type(WORD)
        assert "該当するものはありません" not in tui.text()
        await tui.press("ctrl+r")
        assert tui.app.screen.query_one(VirtualTable).count == 0
        await tui.press("f8")
        assert tui.app.screen.query_one(VirtualTable).count == listed
        shown = await ask(tui, lambda reg: reg.get("TEC-0002", i.Technology).code_name)
        await tui.press("f3")
        await tui.type(shown)
        assert tui.app.screen.query_one(VirtualTable).count == 1


async def test_names_of_saved_filters_are_not_shown_on_the_wall(path: Path) -> None:
    async with running(path) as tui:
        await ask(tui, lambda reg: reg.keep(topic(KINDS["technology"]), WORD, {}))
        await tui.press("2", "f9")
        assert WORD in tui.text()
        await tui.press("escape", "ctrl+r", "f9")
        assert WORD not in tui.text()
        assert "列" in tui.text()


async def test_the_leak_map_is_not_turned_to_sites_on_the_wall(path: Path) -> None:
    """Where know-how is kept is a word of the elements, and these may be hidden."""
    async with running(path, size=(120, 40)) as tui:
        await ask(tui, hide)
        await tui.app.restore([OverviewPage, lambda: LeakMapPage(Place(side="site"))])
        await tui.settle()
        assert "保管場所" in tui.text()
        await tui.press("ctrl+r")
        assert "保管場所" not in tui.text()
        await tui.press("f6")
        assert "保管場所" not in tui.text()
        assert "責任者の役職" in tui.text()
        for name in BY_SIDE:
            with pytest.raises(NeedsWhatIsHidden):
                await tui.app.store.run(lambda reg, name=name: getattr(reg, name)("site"))  # type: ignore[misc]


@pytest.mark.slow
async def test_no_screen_shows_a_word_of_it(path: Path) -> None:
    async with running(path, size=(160, 50)) as tui:  # the larger, the more is on it
        await ask(tui, hide)
        places = await pages(tui)
        met = 0
        for projecting in (False, True):
            tui.app.store.projecting = projecting
            for make in places:
                await tui.app.restore([OverviewPage, make])
                await tui.settle()
                shown = tui.text()
                if projecting:
                    assert WORD not in shown, (tui.app.screen, shown)
                else:
                    met += WORD in shown
        assert met > 8  # else nothing was hidden from anybody


async def test_its_number_and_level_stay_and_one_key_shows_it_again(path: Path) -> None:
    async with running(path) as tui:
        await ask(tui, hide)
        await tui.press("3")
        assert WORD in tui.text()
        await tui.press("ctrl+r")
        assert isinstance(tui.app.screen, ListPage)
        assert WORD not in tui.text()
        assert VEIL in tui.text()
        assert "EXP-0001" in tui.text()
        assert "極高" in tui.text()
        assert "投影中" in tui.screen()[0]
        await tui.press("ctrl+l")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert WORD not in tui.text()  # a lock does not lift the veil
        await tui.press("ctrl+r")
        assert WORD in tui.text()
        assert "投影中" not in tui.screen()[0]


async def test_searching_for_it_finds_nothing(path: Path) -> None:
    async with running(path) as tui:
        await ask(tui, hide)
        tui.app.store.projecting = True
        tui.app.go_to(SearchPage())
        await tui.settle()
        await tui.type(WORD[:3])
        assert "EXP-0001" not in tui.text()
        assert "TEC-0001" not in tui.text()


async def test_what_is_hidden_is_not_edited_and_what_is_not_is(path: Path) -> None:
    async with running(path) as tui:
        secret = await ask(tui, hide)
        await tui.press("2", "ctrl+r")
        await tui.app.restore([OverviewPage, lambda: DetailPage("technology", secret.id)])
        await tui.settle()
        await tui.press("f4")
        assert isinstance(tui.app.screen, Tell)
        assert "TEC-0001" in tui.text()
        await tui.press("escape")
        assert isinstance(tui.app.screen, DetailPage)
        other = await ask(tui, lambda reg: reg.get("TEC-0002", i.Technology))
        tui.app.go_to(FormPage("technology", other.id))
        await tui.settle()
        await tui.press("end")
        await tui.type("改")
        await tui.press("ctrl+s")
        assert (await ask(tui, lambda reg: reg.get("TEC-0002", i.Technology))).code_name.endswith("改")
        assert await ask(tui, lambda reg: reg.get(secret.id, i.Technology)) == secret


async def test_the_veil_is_not_drawn_over_what_is_being_filled_in(path: Path) -> None:
    """A form holds what was read before: it is finished or left first."""
    async with running(path) as tui:
        await ask(tui, hide)
        await tui.press("2", "f2")
        assert isinstance(tui.app.screen, FormPage)
        await tui.press("ctrl+r")
        assert not tui.app.store.projecting


def test_nothing_made_of_what_is_hidden_is_saved(path: Path) -> None:
    """Agenda and minutes copy titles: made while projecting they would keep the veil for ever."""
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        secret = hide(reg)
        seen: Any = Projected(reg, reg.hidden())
        before = reg.head
        exposure = reg.find(i.Exposure, technology=secret.id)[0]
        held = reg.find(i.Review)[0]
        for write in (
            lambda: session.prepare(seen, seen.get("REV-0001", i.Review)),
            lambda: seen.change(seen.get(secret.id, i.Technology), note="x"),
            lambda: seen.change_all(iter([seen.get(secret.id, i.Technology)]), note="x"),
            lambda: seen.rate(exposure.id, likelihood=1, impact=1, rationale="x"),
            lambda: seen.remove(seen.get(exposure.id, i.Exposure)),
            lambda: seen.add(i.Decision(title=seen.get(exposure.id, i.Exposure).title)),
            lambda: session.confirm(
                seen, next(o for o in session.outcomes(reg, held) if o.id in reg.hidden())
            ),
        ):
            with pytest.raises(Exception, match="projected"):
                write()
        assert reg.head == before


def test_whatever_refers_to_it_is_hidden_too(path: Path) -> None:
    """One entry of every kind that can belong to a strictly confidential one."""
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        secret = reg.get("TEC-0001", i.Technology)
        reg.change(secret, handling=SECRET)
        ids = {name: [found[0].id] for name, k in KINDS.items() if (found := reg.find(k.model))}
        shown = Projected(reg, reg.hidden())
        for kind in KINDS.values():
            to_it = next((f for f in kind.refs if f.to == "technology"), None)
            if to_it is None or kind.name == "technology":
                continue
            missing = {f.to for f in kind.refs if f.required} - set(ids)
            for name in missing:
                ids[name] = [reg.add(least(KINDS[name], ids | ids_of([]) | ids)).id]
            made = least(kind, ids)
            value: Any = (secret.id,) if to_it.many else secret.id
            added = reg.add(made.model_copy(update={to_it.name: value}))
            again = Projected(reg, reg.hidden()).get(added.id)
            text = str(getattr(again, kind_of(added).title))
            spec = kind.by_name[kind.title]
            assert text == VEIL or spec.about.catalog, kind.name
        assert shown.get("TEC-0002").code_name != VEIL


async def test_sealing_waits_until_the_wall_is_dark(path: Path, tmp_path: Path) -> None:
    from techguard.tui.screens.sealing import Handout, SealPage

    def never(*_args: Any) -> tuple[str, str]:
        raise AssertionError("sealed while projecting")

    async with running(path) as tui:
        await ask(tui, hide)
        tui.app.store.projecting = True
        tui.app.go_to(SealPage(Handout("x", tmp_path / "x.pdf", never)))
        await tui.settle()
        page = tui.app.screen
        assert isinstance(page, Page)
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, Tell)
        assert "極秘" in tui.text()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_what_it_looks_like(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang) as tui:
        secret = await ask(tui, hide)
        await tui.press("ctrl+r")
        tui.app.clear_notifications()
        await tui.press("3")
        picture(tui, f"projected.{lang}.80x24")
        tui.app.go_to(DetailPage("technology", secret.id))
        await tui.settle()
        picture(tui, f"projected-technology.{lang}.80x24")
