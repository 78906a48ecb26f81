"""What the legal head and the R&D head do, key by key, and what the register holds afterwards."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual import events

from techguard import i18n, vault
from techguard.domain.items import Acceptance, Countermeasure, Exposure, Item, Rating, Technology
from techguard.domain.words import Basis, CountermeasureStatus, TechnologyKind
from techguard.register import Register
from techguard.tui.input import LongInput
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.rating import RatingPage, RatingSheet
from techguard.tui.screens.tour import TourDialog
from techguard.tui.screens.unlock import UnlockPage
from techguard.tui.table import VirtualTable

from .conftest import NOW, PASSPHRASE, Tui, running


async def ask(tui: Tui, work: Any) -> Any:
    return await tui.app.store.run(work)


async def test_add_a_technology_and_find_it(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f2")
        await tui.type("結晶育成炉の温度制御")
        await tui.press("tab", "tab", "enter")
        await tui.type("材料")
        await tui.press("enter", "ctrl+s")
        assert isinstance(tui.app.screen, DetailPage)  # after adding, one is at the new entry
        made = await ask(tui, lambda reg: reg.get("TEC-0005", Technology))
        assert made.code_name == "結晶育成炉の温度制御"
        assert made.kind is TechnologyKind.MATERIAL
        await tui.press("slash")
        await tui.type("育成")
        await tui.press("enter")
        assert isinstance(tui.app.screen, DetailPage)
        assert "結晶育成炉の温度制御" in tui.text()


async def test_an_exposure_is_added_from_its_technology(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "down", "down", "enter", "right", "right", "f2")
        form = tui.app.screen
        assert isinstance(form, FormPage)
        assert "外観検査アルゴリズム" in tui.text()  # the technology is filled in
        await tui.type("検査画像が展示会の説明資料に写り込む")
        await tui.press("ctrl+s")
        made = await ask(tui, lambda reg: reg.get("EXP-0006", Exposure))
        technology = await ask(tui, lambda reg: reg.get("TEC-0003", Technology))
        assert made.technology == technology.id


async def test_what_is_wrong_is_said_and_the_cursor_is_on_it(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f2", "ctrl+s")
        assert "入力してください。" in tui.text()
        assert tui.app.focused is not None
        assert tui.app.focused.id == "edit-code_name"
        await tui.type("名")
        assert "入力してください。" not in tui.text().split("直すところ")[0]


async def test_a_date_is_understood_as_it_is_typed(path: Path) -> None:
    async with running(path, size=(80, 40)) as tui:
        await tui.press("2", "enter", "f4")
        form = tui.app.screen
        assert isinstance(form, FormPage)
        assert form.form
        form.form.put("next_review", "令和9年1月15日")
        await tui.settle()
        assert "= 2027-01-15" in tui.text()
        form.form.put("next_review", "来月")
        await tui.settle()
        assert "のように日付を書いてください" in tui.text()
        form.form.put("next_review", "+3m")
        await tui.press("ctrl+s")
        saved = await ask(tui, lambda reg: reg.get("TEC-0001", Technology))
        assert saved.next_review == date(2027, 2, 23)


async def test_nothing_typed_is_lost_on_escape(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f2")
        await tui.type("書きかけ")
        await tui.press("escape")
        assert "まだ保存していません" in tui.text()
        await tui.press("enter")  # the cursor is on the safe answer
        assert "書きかけ" in tui.text()
        await tui.press("escape", "down", "down", "enter")
        assert isinstance(tui.app.screen, ListPage)
        assert await ask(tui, lambda reg: reg.count("technology")) == 4


async def test_escape_can_save(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f2")
        await tui.type("書きかけ")
        await tui.press("escape", "down", "enter")
        assert await ask(tui, lambda reg: reg.count("technology")) == 5


async def test_a_reference_can_be_added_without_leaving_the_form(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f2")
        await tui.type("新しい技術")
        await tui.press("f8", "enter")
        await tui.type("新任の担当")
        await tui.press("f2")  # nobody of that name: add one
        assert isinstance(tui.app.screen, FormPage)
        await tui.press("ctrl+s")
        assert "新任の担当" in tui.text()
        await tui.press("ctrl+s")
        made = await ask(tui, lambda reg: reg.get("TEC-0005", Technology))
        owner: Item = await ask(tui, lambda reg: reg.get(made.owner))
        assert owner.ref.startswith("PSN-")


async def test_rate_by_digits_and_see_the_level_at_once(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "down", "down", "enter", "f5")  # EXP-0003
        assert isinstance(tui.app.screen, RatingPage)
        assert "3 x 4 = ####. 高" in tui.text()  # the technology's impact on the market counts
        await tui.press("4", "down", "２")  # a full-width digit chooses too
        assert "4 x 4 = ####. 高" in tui.text()
        assert "> 財務" in tui.text()
        await tui.press("ctrl+s")
        assert "理由を書いてください" in tui.text()
        assert "> 理由" in tui.text(), "the mark says where one types now"
        assert "> 財務" not in tui.text()
        await tui.type("査定が始まった。")
        await tui.press("ctrl+s")
        rating: Rating = await ask(tui, lambda reg: reg.ratings(reg.get("EXP-0003").id)[-1])
        assert (rating.likelihood, rating.impact_financial, rating.impact) == (4, 2, 4)
        assert rating.basis is Basis.CURRENT
        assert rating.rationale == "査定が始まった。"


async def test_every_step_is_described_while_choosing(path: Path) -> None:
    """At 80×24, in both languages, for every question: all steps whole, none below the edge."""
    for lang in ("ja", "en"):
        async with running(path, lang) as tui:
            await tui.press("3", "enter", "f5")
            sheet = tui.app.screen.query_one(RatingSheet)
            from techguard.tui.screens.rating import QUESTIONS

            for at in range(len(QUESTIONS)):
                sheet.at = at
                steps = sheet.steps(sheet.size.width - sheet._left_width() - 3)
                assert len(steps) <= sheet.size.height, (lang, QUESTIONS[at])
                results = sheet.result(sheet._left_width() - 3)
                assert len(results) + len(QUESTIONS) + 1 <= sheet.size.height, (lang, QUESTIONS[at])


async def test_an_untested_countermeasure_lowers_no_rating(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "enter", "f5", "2")  # inherent 5, one step earned: not below 4
        assert "4未満にできません" in "".join(tui.text().split())
        await tui.press("f6")
        await tui.type("下げたい")
        await tui.press("ctrl+s")
        assert len(await ask(tui, lambda reg: reg.ratings(reg.get("EXP-0001").id))) == 3
        await tui.press("escape")
        assert "下げたい" in tui.text()  # what was typed is still there


async def test_choose_countermeasures_from_the_catalogue(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "down", "enter", "f8")
        await tui.press("space", "space", "ctrl+s")
        found: list[Countermeasure] = await ask(tui, lambda reg: reg.countermeasures(reg.get("EXP-0002").id))
        chosen = [c for c in found if c.catalog_id]
        assert len(chosen) == 2
        assert {c.status for c in chosen} == {CountermeasureStatus.PROPOSED}
        # The same one for another exposure is linked, not made again.
        first = chosen[0].catalog_id
        before = await ask(tui, lambda reg: reg.count("countermeasure"))
        await tui.press("escape", "down", "enter", "f8")
        page = tui.app.screen
        page.query_one(VirtualTable).marked = {first}
        await tui.press("ctrl+s")
        assert await ask(tui, lambda reg: reg.count("countermeasure")) == before


async def test_accept_an_exposure(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "down", "enter", "f9")  # level 4
        page = tui.app.screen
        assert isinstance(page, FormPage)
        assert page.form
        officer = await ask(tui, lambda reg: reg.person_named("技術担当 執行役員"))
        page.form.put("accepted_by", officer.id)
        from techguard.domain.words import AcceptanceRole

        page.form.put("accepted_role", AcceptanceRole.MANAGER)
        page.form.put("valid_until", "+6m")
        page.form.put("reason", "代替策がない間に限り受容する。")
        await tui.press("ctrl+s")
        assert "レベル4" in tui.text() or "レベル 4" in tui.text()  # a manager may not
        await tui.press("escape")
        page.form.put("accepted_role", AcceptanceRole.OFFICER)
        await tui.press("ctrl+s")
        given: list[Acceptance] = await ask(tui, lambda reg: reg.find(Acceptance))
        assert [a.level_at for a in given] == [4]


async def test_undo_and_redo(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "end", "enter", "delete", "down", "enter")
        assert await ask(tui, lambda reg: reg.count("technology")) == 3
        await tui.press("ctrl+z")
        assert await ask(tui, lambda reg: reg.count("technology")) == 4
        assert "TEC-0004" in tui.text()
        await tui.press("ctrl+y")
        assert await ask(tui, lambda reg: reg.count("technology")) == 3


async def test_narrow_filter_sort_and_show_all(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "f3")
        await tui.type("焼結")
        assert tui.app.screen.query_one(VirtualTable).count == 1
        await tui.press("enter", "f8")
        assert tui.app.screen.query_one(VirtualTable).count == 5
        await tui.press("f6")
        await tui.type("可能性")
        await tui.press("enter", "space", "enter")
        page = tui.app.screen
        assert isinstance(page, ListPage)
        assert page.view.filters
        assert page.view.filters[0][0] == "likelihood"
        await tui.press("f8", "f7")
        await tui.type("次回")
        await tui.press("enter")
        assert page.view.sort == ("next_review", False)
        await tui.press("f7")
        await tui.type("次回")
        await tui.press("enter")
        assert page.view.sort == ("next_review", True)


async def test_the_matrix_and_the_gaps_drill_down(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("shift+tab", "up", "right", "right", "enter")
        page = tui.app.screen
        assert isinstance(page, ListPage)
        assert page.query_one(VirtualTable).count == 1
        assert "EXP-0001" in tui.text()
        await tui.press("1", "left", "enter")
        assert isinstance(tui.app.screen, ListPage)
        assert tui.app.screen.view.gap


async def test_the_language_changes_while_running_and_one_stays_where_one_is(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "down", "enter", "f4")
        form = tui.app.screen
        assert isinstance(form, FormPage)
        assert form.form
        form.form.put("business_unit", "書きかけの部署")
        await tui.settle()
        await tui.press("f12")
        assert i18n.language() == "en"
        assert "Code name" in tui.text()
        assert "書きかけの部署" in tui.text()  # typed, not saved, kept
        await tui.press("f12")
        assert "管理名称" in tui.text()


async def test_the_lock_hides_at_once_and_returns_to_the_same_place(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "f3")
        await tui.type("焼")
        await tui.press("enter", "enter", "f4")
        form = tui.app.screen
        assert isinstance(form, FormPage)
        assert form.form
        form.form.put("cause", "書きかけの原因")
        await tui.settle()
        await tui.press("ctrl+l")
        assert isinstance(tui.app.screen, UnlockPage)
        assert "書きかけ" not in tui.text()
        assert "焼結" not in tui.text()
        assert not tui.app.store.is_open
        assert len(tui.app.screen_stack) == 2  # nothing is left below
        await tui.press("1", "slash", "f12")  # no key leads past it
        assert isinstance(tui.app.screen, UnlockPage)
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert isinstance(tui.app.screen, FormPage)
        await tui.settle()
        assert tui.app.screen.form
        assert tui.app.screen.form.draft()["cause"] == "書きかけの原因"
        await tui.press("escape", "down", "down", "enter")
        assert isinstance(tui.app.screen, DetailPage)
        await tui.press("escape")
        page = tui.app.screen
        assert isinstance(page, ListPage)
        assert page.view.text == "焼"


async def test_idleness_locks(path: Path) -> None:
    now = [0.0]
    async with running(path, idle_seconds=60) as tui:
        tui.app.idle._monotonic = lambda: now[0]
        tui.app.idle._wall = lambda: now[0]
        tui.app.idle.touch()
        await tui.press("2")
        assert isinstance(tui.app.screen, ListPage)
        now[0] = 61.0
        await tui.press("n")  # too late: the key meets the lock, not the form
        assert isinstance(tui.app.screen, UnlockPage)
        assert not tui.app.store.is_open


async def test_a_second_person_is_told_who_writes_and_may_read(path: Path) -> None:
    with Register.open(path, PASSPHRASE):
        async with running(path) as tui:
            assert "法務部長" in tui.text()
            await tui.press("enter")
            assert isinstance(tui.app.screen, OverviewPage)
            assert "閲覧のみ" in tui.text()
            await tui.press("2")
            assert "F2" not in tui.screen()[-1] + tui.screen()[-2]
            await tui.press("f2", "enter", "f4", "delete", "ctrl+z")
            assert isinstance(tui.app.screen, DetailPage)


async def test_make_a_vault(tmp_path: Path) -> None:
    place = tmp_path / "new.techguard"
    async with running(None, passphrase=None) as tui:
        field = tui.app.screen.query_one("#path")
        field.value = str(place)  # type: ignore[attr-defined]
        await tui.press("enter")
        await tui.type("研究所長")
        await tui.press("enter", "enter")
        await tui.type("研究")
        await tui.press("enter", "tab")
        await tui.type("short")
        assert "使えません" in tui.text()
        await tui.press(*["backspace"] * 5)
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        await tui.type(PASSPHRASE + "!")
        await tui.press("enter")
        assert "二つのパスフレーズが違います" in tui.text()
        assert not place.exists()
        await tui.press("backspace", "enter")
        page = tui.app.screen
        code = page.code  # type: ignore[attr-defined]
        assert code in tui.text()
        await tui.type("AAAAA")
        await tui.press("enter")
        assert "番目の組と違います" in tui.text()
        await tui.press(*["backspace"] * 5)
        await tui.type(code.split("-")[page.group].lower())  # type: ignore[attr-defined]
        await tui.press("enter")
        assert isinstance(tui.app.screen, TourDialog)  # the first day begins with the tour
        await tui.press("escape")
        assert isinstance(tui.app.screen, OverviewPage)
        await tui.press("ctrl+q")
    with Register.open(place, code) as reg:  # the code opens it
        assert reg.me.name == "研究所長"


async def test_leaving_asks_when_something_is_not_saved(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f2")
        await tui.type("書きかけ")
        await tui.press("ctrl+q")
        assert tui.app.is_running
        assert "保存していない内容" in tui.text()
        await tui.press("ctrl+q")  # whoever insists is asked once
        assert tui.app.is_running
        assert "保存していない内容" in tui.text()
        await tui.press("enter")
        assert isinstance(tui.app.screen, FormPage)


async def test_one_can_leave_from_a_question_as_well(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("f1")
        await tui.pilot.press("ctrl+q")
        await tui.pilot.pause(0.1)
        assert not tui.app.is_running


async def test_a_conflict_keeps_what_was_typed(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "enter", "f4")
        form = tui.app.screen
        assert isinstance(form, FormPage)
        assert form.form
        await ask(tui, lambda reg: reg.change(reg.get("TEC-0001", Technology), business_unit="別の人の部署"))
        form.form.put("business_unit", "私の部署")
        await tui.press("ctrl+s")
        assert "TEC-0001" in tui.text()
        await tui.press("escape")
        assert form.form.draft()["business_unit"] == "私の部署"


async def test_up_and_down_go_from_field_to_field_in_a_form_that_is_longer_than_the_screen(
    path: Path,
) -> None:
    async with running(path) as tui:
        await tui.press("3", "f2", "down", "down")
        assert tui.app.focused is not None
        assert tui.app.focused.id == "edit-route"
        await tui.press("up")
        assert tui.app.focused.id == "edit-title"
        await tui.type("題")
        await tui.press("enter")
        assert tui.app.focused.id == "edit-route"
        tui.app.screen.query_one("#edit-cause").focus()
        await tui.type("一行目")
        await tui.press("enter")
        await tui.type("二行目")
        await tui.press("up")
        assert tui.app.focused.id == "edit-cause"  # there was a line above
        await tui.press("down", "down")
        assert tui.app.focused.id == "edit-path"


async def test_a_paste_of_several_lines_into_a_form(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f2")
        tui.app.post_message(events.Paste("第一の\n名称"))
        await tui.settle()
        assert "第一の 名称" in tui.text()
        assert "つなげました" in tui.text()


async def test_long_text_is_typed_in_several_lines(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "f2")
        await tui.type("技術")
        await tui.press("tab")
        assert isinstance(tui.app.focused, LongInput)
        await tui.type("一行目")
        await tui.press("enter")
        await tui.type("二行目")
        await tui.press("ctrl+s")
        made = await ask(tui, lambda reg: reg.get("TEC-0005", Technology))
        assert made.outline == "一行目\n二行目"


@pytest.mark.parametrize("key", ["７", "7"])
async def test_rooms_by_full_width_digits(path: Path, key: str) -> None:
    async with running(path) as tui:
        await tui.press(key)
        assert "履歴" in tui.text()


async def test_help_and_search_answer_to_full_width_signs(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("fullwidth_question_mark")
        assert "今日の状況です" in tui.text()
        await tui.press("escape", "fullwidth_solidus")
        assert "検索" in tui.screen()[0]


async def test_a_damaged_database_is_told_and_kept(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "damaged.techguard"
    shutil.copytree(made, path)
    database = path / "register.db"
    data = bytearray(database.read_bytes())
    data[100:4000] = bytes(3900)
    database.write_bytes(data)
    async with running(path) as tui:
        assert isinstance(tui.app.screen, UnlockPage)
        assert "壊れて" in tui.text() or "破損" in tui.text()
    assert vault.KDF_FLOOR
    assert NOW
