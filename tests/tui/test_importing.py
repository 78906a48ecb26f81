"""A legal head with an Excel file and nothing else gets it into the register: key by key, on real files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from textual import events

from techguard.domain.items import Exposure, Technology
from techguard.tui.files import as_path, completed, entries, existing, split
from techguard.tui.screens.importing import FilePage, ImportedPage, ProposalPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.overview import OverviewPage
from tests.exchange.making import xlsx
from tests.exchange.test_own_scale import four

from .conftest import PASSPHRASE, Tui, running
from .test_markup import EACH
from .test_pictures import Picture

RISKS = (
    ["リスク管理台帳 2026年度"],
    [],
    ["No", "リスク内容", "発生可能性", "影響度", "担当者", "対策", "状況", "備考欄X", "期限"],
    [
        1,
        "共同研究先から焼結条件が漏れる",
        "高",
        "大",
        "田中",
        "NDAの締結",
        "対応中",
        "社外秘",
        date(2027, 3, 1),
    ],
    [2, "退職者が図面を持ち出す", "中", "大", "佐藤", "", "未着手", "[/foo]", ""],
    [3, "展示会で配合比を話す", "なんとも言えない", "中", "田中", "事前確認", "対応中", "", ""],
    [4, "海外工場から工程票が流出", "低", "小", "", "", "完了", "", ""],
    ["合計", 4],
)


def write(path: Path, rows: Sequence[Sequence[Any]] = RISKS) -> Path:
    path.write_bytes(xlsx({"台帳": rows, "説明": [["この台帳について"], ["高は年1回以上"]]}))
    then = datetime(2026, 11, 20, 3, 0, tzinfo=UTC).timestamp()
    os.utime(path, (then, then))
    return path


async def choose(tui: Tui, path: Path) -> None:
    """From the overview to the proposal, typing the path."""
    await tui.press("f3", "ctrl+a", "ctrl+k")
    await tui.type(str(path))
    await tui.press("enter")


async def ask(tui: Tui, work: Callable[[Any], Any]) -> Any:
    return await tui.app.store.run(work)


def page(tui: Tui) -> ProposalPage:
    assert isinstance(tui.app.screen, ProposalPage), tui.text()
    return tui.app.screen


async def test_from_an_empty_register_to_a_filled_one(empty: Path) -> None:
    write(Path("lists/リスク台帳.xlsx"))
    async with running(empty) as tui:
        assert "F3" in tui.text()  # the empty register says what to do
        await tui.press("f3", "ctrl+a", "ctrl+k")
        await tui.type("lists/")
        assert "リスク台帳.xlsx" in tui.text()
        await tui.press("down", "enter")
        assert "なんとも言えない" in tui.text()  # what must be settled comes first
        await tui.press("enter", "2", "enter")  # a rating nobody can read: it becomes 2
        assert not page(tui).read.plan.to_settle  # type: ignore[union-attr]
        assert await ask(tui, lambda reg: reg.count("exposure")) == 0  # nothing has happened yet
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, ImportedPage)
        made = await ask(tui, lambda reg: reg.find(Exposure))
        assert [x.likelihood for x in made] == [4, 3, 2, 2]
        assert [x.source_ref for x in made] == ["1", "2", "3", "4"]
        assert "[/foo]" in made[1].note
        await tui.press("enter")
        assert isinstance(tui.app.screen, ListPage)  # and on to what is missing
        await tui.press("ctrl+z")
        assert await ask(tui, lambda reg: reg.count("exposure")) == 0  # all of it taken back at once


async def test_the_plan_is_the_same_as_the_command_line_s(empty: Path) -> None:
    from techguard import exchange

    path = write(Path("lists/r.xlsx"))
    async with running(empty) as tui:
        await choose(tui, path)
        source = exchange.read(path)
        plan = await ask(tui, lambda reg: exchange.plan(source, exchange.propose(source, "ja"), reg))
        shown = page(tui).read
        assert shown
        assert shown.report == exchange.report(plan, "ja")


async def test_all_or_nothing(empty: Path) -> None:
    async with running(empty) as tui:
        await choose(tui, write(Path("lists/r.xlsx")))
        await tui.press("ctrl+s", "enter")  # the safe answer: go on settling
        assert page(tui)
        assert await ask(tui, lambda reg: (reg.count("exposure"), reg.count("technology"))) == (0, 0)
        await tui.press("ctrl+s", "down", "down", "enter")  # all other rows
        assert isinstance(tui.app.screen, ImportedPage)
        assert await ask(tui, lambda reg: [x.source_ref for x in reg.find(Exposure)]) == ["1", "2", "4"]
        assert "1行" in tui.text()  # and says that one was left out


async def test_unreadable_ratings_can_be_kept_in_the_note(empty: Path) -> None:
    async with running(empty) as tui:
        await choose(tui, write(Path("lists/r.xlsx")))
        await tui.press("ctrl+s", "down", "enter", "ctrl+s")
        made = await ask(tui, lambda reg: reg.find(Exposure))
        assert [x.level is None for x in made] == [False, False, True, False]
        assert "なんとも言えない" in made[2].note


async def test_a_column_can_become_something_else(empty: Path) -> None:
    async with running(empty) as tui:
        await choose(tui, write(Path("lists/r.xlsx")))
        await tui.press("right", "end", "up", "enter")  # the column H, kept in the note
        await tui.type("原因")
        await tui.press("enter")
        read = page(tui).read
        assert read
        assert read.mapping.table[0].columns["H"].field == "cause"
        assert {x.cause for x in read.plan.items if isinstance(x, Exposure)} >= {"社外秘", "[/foo]"}  # type: ignore[union-attr]


async def test_a_column_that_becomes_a_rating_brings_its_values(empty: Path) -> None:
    rows = [["リスク内容", "ランク", "影響度"], ["漏えい", "甲", 5], ["持出し", "乙", 3], ["転職", "丙", 4]]
    async with running(empty) as tui:
        await choose(tui, write(Path("lists/r.xlsx"), rows))
        proposal = page(tui)
        at = next(a for a, c in proposal.read.mapping.table[0].columns.items() if c.header == "ランク")  # type: ignore[union-attr]
        proposal._open("columns")
        place = next(i for i, t in enumerate(proposal.targets) if t.at == at)
        proposal._ask_column(proposal.targets[place])
        await tui.settle()
        await tui.type("可能性（現状）")
        await tui.press("enter")
        read = page(tui).read
        assert read
        assert set(read.mapping.table[0].values["likelihood"]) == {"甲", "乙", "丙"}
        assert len(read.plan.to_settle) == 3  # type: ignore[union-attr]
        for digit in "531":
            page(tui)._open("problems")
            await tui.press("enter", digit, "enter")
        await tui.press("ctrl+s")
        assert await ask(tui, lambda reg: [x.likelihood for x in reg.find(Exposure)]) == [5, 3, 1]


async def test_the_technology_of_the_rows_can_be_chosen_or_named(path: Path) -> None:
    listed = write(Path("r.xlsx"), RISKS[:4])
    async with running(path) as tui:
        await choose(tui, listed)
        await tui.press("f5")
        await tui.type("薄膜")
        await tui.press("enter", "ctrl+s")
        assert isinstance(tui.app.screen, ImportedPage)
        coat = await ask(tui, lambda reg: reg.get("TEC-0002", Technology))
        assert await ask(tui, lambda reg: reg.find(Exposure)[-1].technology) == coat.id


async def test_the_scale_of_a_list_can_be_chosen(empty: Path) -> None:
    """Numbers that could be on either scale are taken on the company's own until a person says otherwise."""
    rows = [["番号", "リスク", "可能性", "影響度"], ["1", "漏えい", 4, 3], ["2", "転職", 1, 4]]
    write(Path("台帳.xlsx"), rows)
    async with running(empty) as tui:
        await tui.press("f3", "ctrl+a", "ctrl+k")
        await tui.type("台帳.xlsx")
        await tui.press("enter")
        assert "F7" not in tui.text()  # there is only one scale
        await tui.press("escape")
        scale = await ask(tui, lambda reg: reg.add(four()))
        await choose(tui, Path("台帳.xlsx"))
        assert page(tui).read.mapping.table[0].scale == scale.ref  # type: ignore[union-attr]
        await tui.press("f7")
        assert "低い、中くらい、高い、極めて高い" in tui.text()
        await tui.press("down", "enter")
        assert page(tui).read.mapping.table[0].scale == ""  # type: ignore[union-attr]
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, ImportedPage)
        found = await ask(tui, lambda reg: [(e.likelihood, e.impact) for e in reg.find(Exposure)])
        assert sorted(found) == [(1, 3), (3, 2)]  # read on the standard five, and carried over


async def test_a_sheet_can_be_left_out_and_then_nothing_is_left(empty: Path) -> None:
    async with running(empty) as tui:
        await choose(tui, write(Path("lists/r.xlsx")))
        page(tui)._open("sheets")
        await tui.press("enter")
        assert page(tui).read.plan is None  # type: ignore[union-attr]
        assert not page(tui).check_action("save", ())
        await tui.press("enter")  # and taken again
        assert page(tui).read.plan is not None  # type: ignore[union-attr]


async def test_importing_the_same_list_again_shows_what_would_change(empty: Path) -> None:
    write(Path("lists/r.xlsx"), RISKS[:5])
    async with running(empty) as tui:
        await choose(tui, Path("lists/r.xlsx"))
        await tui.press("ctrl+s")
        changed = [list(row) for row in RISKS[:5]]
        changed[3][1] = "共同研究先から焼結条件の全体が漏れる"
        write(Path("lists/r.xlsx"), changed)
        await tui.press("1")
        await choose(tui, Path("lists/r.xlsx"))
        page(tui)._open("changes")
        await tui.settle()
        assert "EXP-0001" in tui.text()


async def test_what_is_no_list_is_refused_in_words_and_one_goes_back(empty: Path) -> None:
    Path("lists/note.xlsx").write_bytes(b"not a workbook")
    async with running(empty) as tui:
        await choose(tui, Path("lists/note.xlsx"))
        assert "note.xlsx" in tui.text()
        assert not page(tui).check_action("save", ())
        await tui.press("escape")
        assert isinstance(tui.app.screen, FilePage)


async def test_choices_are_not_lost_without_a_question_nor_by_a_lock(empty: Path) -> None:
    async with running(empty) as tui:
        await choose(tui, write(Path("lists/r.xlsx")))
        await tui.press("enter", "2", "enter", "escape")
        assert "失われます" in tui.text()
        await tui.press("enter", "ctrl+l")
        await tui.type(PASSPHRASE)
        await tui.press("enter")
        assert not page(tui).read.plan.to_settle  # type: ignore[union-attr]


async def test_a_reader_cannot_import(path: Path) -> None:
    async with running(path, read_only=True) as tui:
        await tui.press("f3")
        assert isinstance(tui.app.screen, OverviewPage)
        await tui.press("ctrl+p")
        assert "一覧の取込" not in tui.text()


async def test_the_command_list_leads_there_from_anywhere(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("4", "ctrl+p")
        await tui.type("一覧の取込")
        await tui.press("enter")
        assert isinstance(tui.app.screen, FilePage)


async def test_a_pasted_path_in_quotes_is_understood(empty: Path) -> None:
    write(Path("lists/リスク 台帳.xlsx"))
    async with running(empty) as tui:
        await tui.press("f3", "ctrl+a", "ctrl+k")
        tui.app.post_message(events.Paste('"lists/リスク 台帳.xlsx"'))
        await tui.settle()
        await tui.press("enter")
        assert page(tui).path.name == "リスク 台帳.xlsx"


@pytest.mark.parametrize("text", EACH)
async def test_brackets_in_a_file_are_literal(empty: Path, text: str) -> None:
    rows = [
        [text, "リスク内容", "発生可能性", "影響度"],
        [text, text, text, 5],
        [text + "2", text + "2", 4, 4],
    ]
    async with running(empty, "ja", (120, 40)) as tui:
        await choose(tui, write(Path("lists/r.xlsx"), rows))
        for name, _label in list(page(tui).query_one("Tabs").tabs):  # type: ignore[attr-defined]
            page(tui)._open(name)
            await tui.settle()
            tui.straight()
            await tui.press("enter")
            tui.straight()
            if not isinstance(tui.app.screen, ProposalPage):
                await tui.press("escape")
        await tui.press("ctrl+s")
        tui.straight()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_screens_at_80x24(empty: Path, picture: Picture, lang: str) -> None:
    write(Path("lists/リスク台帳.xlsx"))
    Path("lists/old").mkdir()
    async with running(empty, lang, (80, 24)) as tui:
        picture(tui, f"overview-empty.{lang}.80x24")
        await tui.press("f3", "ctrl+a", "ctrl+k")
        await tui.type("lists/リ")
        picture(tui, f"import-file.{lang}.80x24")
        await tui.press("enter")
        assert isinstance(tui.app.screen, FilePage)  # no such file yet
        await tui.press("tab", "enter")
        picture(tui, f"import-settle.{lang}.80x24")
        await tui.press("enter")
        picture(tui, f"import-value.{lang}.80x24")
        await tui.press("escape", "ctrl+s")
        picture(tui, f"import-refused.{lang}.80x24")
        await tui.press("escape")
        for name in ("columns", "values", "sheets", "skipped"):
            await tui.press("right")
            picture(tui, f"import-{name}.{lang}.80x24")
        await tui.press("ctrl+s", "down", "enter", "ctrl+s")
        tui.app.clear_notifications()
        await tui.settle()
        picture(tui, f"import-done.{lang}.80x24")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_proposal_at_120x40(empty: Path, picture: Picture, lang: str) -> None:
    write(Path("lists/リスク台帳.xlsx"))
    async with running(empty, lang, (120, 40)) as tui:
        await choose(tui, Path("lists/リスク台帳.xlsx"))
        await tui.press("right")
        picture(tui, f"import-columns.{lang}.120x40")


# --- paths ---


def test_paths_as_they_are_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_path('"C d/e.xlsx"') == Path("C d/e.xlsx")
    assert as_path("'a b.csv' ") == Path("a b.csv")
    assert as_path("~/x.csv") == tmp_path / "x.csv"
    for put in ("/ここ/x.csv", "'/ここ/x.csv'", "~/x.csv"):  # behind the folder that stood there already
        assert as_path(f"{tmp_path}/{put}") == as_path(put)
    (tmp_path / "a").mkdir()
    assert as_path(f"{tmp_path}//a/x.csv") == tmp_path / "a" / "x.csv", "a slash too many is none the less"
    if os.sep == "/":
        assert as_path("/a\\ b/c\\(1\\).xlsx") == Path("/a b/c(1).xlsx")
    assert split("") == (Path(), "")
    assert split(f"{tmp_path}/a") == (tmp_path, "a")
    assert split(f"{tmp_path}/") == (tmp_path, "")


def test_a_folder_shows_lists_and_folders_only(tmp_path: Path) -> None:
    for name in ("b.xlsx", "a.csv", "c.docx", ".hidden.csv", "~$b.xlsx", "か\u3099.json"):
        (tmp_path / name).touch()
    for name in ("sub", "acme.techguard"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "a.csv", (1, 1))
    names = [e.name for e in entries(tmp_path)]
    assert names[0] == "sub"
    assert set(names) == {"sub", "a.csv", "b.xlsx", "か\u3099.json"}
    assert names[-1] == "a.csv"  # the newest first
    assert [e.name for e in entries(tmp_path, "B")] == ["b.xlsx"]
    assert [e.name for e in entries(tmp_path, "が")] == ["か\u3099.json"]
    assert existing(tmp_path / "が.json") == tmp_path / "か\u3099.json"
    assert existing(tmp_path / "none.csv") is None


def test_completion_goes_as_far_as_it_is_clear(tmp_path: Path) -> None:
    for name in ("Risks 2025.xlsx", "risks 2026.xlsx", "other.csv"):
        (tmp_path / name).touch()
    (tmp_path / "deep").mkdir()

    def complete(begins: str) -> str | None:
        return completed(tmp_path, begins, entries(tmp_path, begins))

    assert complete("d") == f"{tmp_path / 'deep'}{os.sep}"
    assert complete("o") == str(tmp_path / "other.csv")
    assert (complete("ri") or "").casefold() == str(tmp_path / "risks 202").casefold()
    assert complete("risks 202") is None
    assert complete("nothing") is None
