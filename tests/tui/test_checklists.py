"""The checklist room: whose words each item is, answering from the keyboard, what changed, counts only."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from techguard import catalog, exchange
from techguard.domain.items import CheckItem, ChecklistAnswer, Review
from techguard.domain.words import Answer, ReviewStatus
from techguard.register import Register
from techguard.review import session
from techguard.tui.screens.checklistfile import ChecklistFilePage, FillFilePage, FillPage, TakeInPage
from techguard.tui.screens.checklists import AnswerPage, ChecklistsPage
from techguard.tui.screens.holding import HoldPage
from techguard.tui.screens.importing import PathInput
from techguard.tui.table import VirtualTable
from tests.exchange.test_checklist import meti

from .conftest import NOW, PASSPHRASE, Tui, running
from .test_pictures import Picture, tour

FIRST = "ESMG1-A-1-ア"
SHOTS = (
    ("checklists", "0"),
    ("checklists-unanswered", "0 f5"),
    ("checklists-filter", "0 f6"),
    ("checklists-changed", "0 f7"),
    ("checklists-answer", "0 enter"),
)


@pytest.fixture
def answered(path: Path) -> Path:
    """A register with answers from before and after a session."""
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:

        def say(item: str, which: Answer, on: date, evidence: str = "") -> None:
            reg.add(
                ChecklistAnswer(item=item, answer=which, as_of=on, evidence=evidence, answered_by=reg.me.id)
            )

        say(FIRST, Answer.NO, date(2026, 5, 20))
        say("G-IND-03", Answer.NOT_APPLICABLE, date(2026, 5, 20), "上場の予定はない。")
        reg.add(Review(title="第1四半期レビュー会", status=ReviewStatus.CLOSED, held_on=date(2026, 6, 10)))
        say(FIRST, Answer.YES, date(2026, 9, 8), "調達部の供給網調査（年1回）")
        say("ESMG1-A-1-イ", Answer.YES, date(2026, 9, 8))
        say("G-GOV-04", Answer.NO, date(2026, 9, 8), "司令塔を置く部署を検討中。")
    return path


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_room_at_80x24(answered: Path, picture: Picture, lang: str) -> None:
    async with running(answered, lang, (80, 24)) as tui:
        await tour(tui, picture, SHOTS, f"{lang}.80x24")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_room_at_120x40(answered: Path, picture: Picture, lang: str) -> None:
    async with running(answered, lang, (120, 40)) as tui:
        await tour(tui, picture, SHOTS[:1], f"{lang}.120x40")


def page(tui: Tui) -> ChecklistsPage:
    assert isinstance(tui.app.screen, ChecklistsPage)
    return tui.app.screen


def keys(tui: Tui) -> list[str]:
    table = page(tui).query_one(VirtualTable)
    return [line.key for n in range(table.count) if (line := table.line(n)) and line.key]


async def answers(tui: Tui, item: str) -> list[ChecklistAnswer]:
    return await tui.app.store.run(lambda reg: reg.find(ChecklistAnswer, item=item))


async def test_an_item_is_answered_with_grounds_from_the_keyboard(path: Path) -> None:
    async with running(path, "ja") as tui:
        await tui.press("0", "enter")
        assert isinstance(tui.app.screen, AnswerPage)
        await tui.press("enter", "enter")  # the list of answers; the first is yes
        await tui.press("down")
        await tui.type("調達部の調査報告")
        await tui.press("ctrl+s")
        found = await answers(tui, FIRST)
        assert [(a.answer, a.evidence) for a in found] == [(Answer.YES, "調達部の調査報告")]
        assert found[0].as_of == NOW.date()
        assert found[0].answered_by is not None
        assert "[Y]" in tui.text()
        assert "調達部の調査報告" in tui.text()
        # One act: one undo takes the answer back.
        await tui.press("ctrl+z")
        assert await answers(tui, FIRST) == []


async def test_answering_again_keeps_what_was_said_before(answered: Path) -> None:
    async with running(answered, "ja") as tui:
        await tui.press("0", "enter", "ctrl+s")
        assert len(await answers(tui, FIRST)) == 3
        assert "調達部の供給網調査（年1回）" in tui.text()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_wording_is_shown_whole_and_cannot_be_edited(path: Path, lang: str) -> None:
    item = catalog.checklists()["ESMG1-A"].items[2]
    async with running(path, lang, (80, 24)) as tui:
        await tui.press("0", "down", "down", "enter")
        screen = tui.app.screen
        assert isinstance(screen, AnswerPage)
        assert "item" not in {f.name for f in screen.fields()}
        shown = "".join(line.strip() for line in tui.screen()[1:7])
        assert item.in_(lang).replace(" ", "") in shown.replace(" ", "")


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ja", ("公式", "派生", "提案")), ("en", ("Official", "Derived", "Proposal"))],
)
async def test_each_item_says_in_a_word_whose_words_it_is(
    path: Path, lang: str, words: tuple[str, str, str]
) -> None:
    async with running(path, lang, (80, 24)) as tui:
        await tui.press("0")
        table = page(tui).query_one(VirtualTable)
        said = {
            line.key: line.cells[2].text for n in range(table.count) if (line := table.line(n)) if line.key
        }
        assert (said[FIRST], said["G-IND-01"], said["BRP-1"]) == words
        assert said["TLP-ア-1"] == words[1]
        assert said["TLP-イ-4"] == words[2]
        tui.straight()


async def test_only_what_changed_and_everything_again(answered: Path) -> None:
    async with running(answered, "ja") as tui:
        await tui.press("0", "f7")
        assert keys(tui) == [FIRST, "ESMG1-A-1-イ", "G-GOV-04"]
        assert "前回のレビュー会では：[N] いいえ" in tui.text()
        await tui.press("f7")
        assert len(keys(tui)) > 70
        await tui.press("f6", "down", "down", "enter")
        assert keys(tui) == ["G-GOV-04"]
        await tui.press("f8")
        assert len(keys(tui)) > 70


async def test_the_next_open_item_and_finding_a_word(answered: Path) -> None:
    async with running(answered, "ja") as tui:
        await tui.press("0", "f5")
        assert page(tui).query_one(VirtualTable).key == "ESMG1-A-1-ウ"
        await tui.press("f3")
        await tui.type("司令塔")
        assert keys(tui) == ["G-GOV-04", "G-GOV-06"]


async def test_there_are_counts_and_no_score(answered: Path) -> None:
    async with running(answered, "ja") as tui:
        await tui.press("0")
        text = tui.text()
        assert "[Y] 2  [N] 0  [-] 0  [ ] 3" in text
        assert "%" not in text
        assert "％" not in text


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_items_of_ones_own_copy_are_official_and_answered_like_the_others(
    path: Path, lang: str
) -> None:
    wording = "取引先の技術情報を守る体制を整えている"
    with Register.open(path, PASSPHRASE, clock=lambda: NOW) as reg:
        reg.add(CheckItem(wording=wording, checklist="ESMG1-X", code="ESMG1-X-1a2b3c4d", position=1))
    async with running(path, lang, (120, 40)) as tui:
        await tui.press("0", "f3")
        await tui.type("取引先の技術情報を守る体制")
        await tui.press("enter")
        assert keys(tui) == ["ESMG1-X-1a2b3c4d"]
        table = page(tui).query_one(VirtualTable)
        line = table.line(table.cursor)
        assert line is not None
        assert line.cells[2].text == ("公式" if lang == "ja" else "Official")
        assert wording in tui.text()
        await tui.press("enter", "enter", "enter", "ctrl+s")
        assert [a.answer for a in await answers(tui, "ESMG1-X-1a2b3c4d")] == [Answer.YES]
        tui.straight()


async def test_an_item_of_an_agenda_leads_to_its_list(answered: Path) -> None:
    with Register.open(answered, PASSPHRASE, clock=lambda: NOW) as reg:
        review = session.plan(reg, title="第3四半期レビュー会", chair=reg.me.id)
        session.prepare(reg, review)
        review = session.begin(reg, review)
        item = next(o for o in session.outcomes(reg, review) if o.checklist == "G-GOV")
    async with running(answered, "ja") as tui:
        tui.app.go_to(HoldPage(review.id, item.id))
        await tui.settle()
        await tui.press("enter")
        assert page(tui).query_one(VirtualTable).key == "G-GOV-01"
        await tui.press("escape")
        assert isinstance(tui.app.screen, HoldPage)


async def test_in_plain_mode_an_answer_is_a_word(answered: Path) -> None:
    async with running(answered, "en", plain=True) as tui:
        await tui.press("0")
        text = tui.text()
        assert "Answer: Yes*; No.: ESMG1-A-1-ア; Words: Official" in text
        assert "[Y]" not in text


async def test_a_reader_cannot_answer(answered: Path) -> None:
    async with running(answered, "ja", read_only=True) as tui:
        await tui.press("0", "enter", "f4")
        assert isinstance(tui.app.screen, ChecklistsPage)


async def test_where_one_was_is_kept_over_a_lock(answered: Path) -> None:
    async with running(answered, "ja") as tui:
        await tui.press("0", "down", "down", "f12")
        assert page(tui).query_one(VirtualTable).key == "ESMG1-A-1-ウ"


# --- METI's own file ----------------------------------------------------------------------------------------


async def test_answers_and_items_are_read_from_a_workbook_on_the_screen(path: Path, picture: Picture) -> None:
    Path("meti.xlsx").write_bytes(meti({0: "Y"}))
    for lang in ("ja", "en"):
        async with running(path, lang) as tui:
            await tui.app.restore([lambda: TakeInPage(Path("meti.xlsx"), "ESMG1-X")])
            await tui.settle()
            picture(tui, f"checklist-file.{lang}.80x24")


async def test_a_workbook_is_looked_at_and_taken_in_as_one_act(path: Path) -> None:
    Path("meti.xlsx").write_bytes(meti({0: "Y", 2: "N"}))
    async with running(path, "ja") as tui:
        await tui.press("0", "f2")
        await tui.press("ctrl+a")
        screen = tui.app.screen
        assert isinstance(screen, ChecklistFilePage)
        screen.query_one("#path", PathInput).value = str(Path("meti.xlsx").resolve())
        await tui.press("enter")
        assert isinstance(tui.app.screen, TakeInPage)
        assert "2行" in tui.text()  # answered, and no item known here
        await tui.press("f6")
        assert "（２）不可欠性の確保" in tui.text()
        await tui.press("space")  # the heading is no item
        assert "（２）不可欠性の確保" not in tui.text()
        before = await tui.app.store.run(lambda reg: reg.head[0])
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, ChecklistsPage)
        assert await tui.app.store.run(lambda reg: reg.head[0]) == before + 1
        counts = await tui.app.store.run(lambda reg: (reg.count("checkitems"), reg.count("answers")))
        assert counts == (3, 2)
        await tui.press("ctrl+z")
        counts = await tui.app.store.run(lambda reg: (reg.count("checkitems"), reg.count("answers")))
        assert counts == (0, 0)


async def test_another_file_is_told_and_one_chooses_again(path: Path) -> None:
    Path("other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    async with running(path, "en") as tui:
        await tui.press("0", "f2")
        tui.app.screen.query_one("#path", PathInput).value = str(Path("other.csv").resolve())
        await tui.press("enter")
        assert "No item of a checklist was found in other.csv." in tui.text()
        await tui.press("escape")
        assert isinstance(tui.app.screen, ChecklistFilePage)


async def test_a_filled_copy_is_written_and_nothing_is_replaced(answered: Path) -> None:
    template, copy = Path("meti.xlsx").resolve(), Path("meti-記入済み.xlsx").resolve()
    template.write_bytes(meti())
    before = template.read_bytes()
    async with running(answered, "ja", size=(120, 40)) as tui:
        await tui.press("0", "f9")
        assert isinstance(tui.app.screen, FillFilePage)
        await tui.type(str(template))  # behind the folder that stands there
        await tui.press("enter")
        assert isinstance(tui.app.screen, FillPage)
        assert "2項目を記入します" in tui.text()
        assert "meti-記入済み.xlsx" in tui.text()
        assert "暗号化されません" in tui.text()
        assert not copy.exists()
        await tui.press("ctrl+s")
        assert "2項目を記入しました" in tui.text()
        assert "暗号化されていません" in tui.text()
        await tui.press("enter")
        assert isinstance(tui.app.screen, ChecklistsPage)
        written = copy.read_bytes()
        said = {cell for grid in exchange.read(copy).grids for row in grid.rows for cell in row}
        assert "調達部の供給網調査（年1回）" in said
        await tui.press("f9")
        await tui.type(str(template))
        await tui.press("enter", "ctrl+s")
        assert isinstance(tui.app.screen, FillPage), "there is such a file already"
        assert "置き換えない" in tui.text()
    assert copy.read_bytes() == written
    assert template.read_bytes() == before
