"""A filled checklist workbook: read without knowing its layout, and filled with its layout kept."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from techguard import exchange
from techguard.catalog import checklists
from techguard.domain.items import ChecklistAnswer
from techguard.domain.words import Answer
from techguard.exchange.checklist import (
    answer_of,
    apply_answers,
    find,
    plan_answers,
    plan_filling,
    standing_answers,
)
from techguard.exchange.errors import CellsNotWritten, Damaged, NoAnswerColumn, NoItems, NotWorkbook
from techguard.exchange.read import read
from techguard.exchange.refill import refill
from techguard.register import Register

ITEMS = {i.id: i for i in checklists()["ESMG1-A"].items}
FIRST, SECOND, THIRD, FOURTH, FIFTH = ITEMS


def book(draw: Callable[[Any, Any], None]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        draw(made, made.add_worksheet("チェックリスト"))
    return out.getvalue()


def form(answers: dict[str, tuple[str, str]] | None = None, stranger: tuple[str, str] = ("", "")) -> bytes:
    """A form of three columns with everything a filling could spoil: merged cells, styles, a drop-down, a
    note, a colour by condition, a formula, a hidden sheet, a print area.
    """
    said = answers or {}

    def draw(made: Any, sheet: Any) -> None:
        bold = made.add_format({"bold": True, "bg_color": "#DDEEFF", "border": 1})
        boxed = made.add_format({"border": 1, "text_wrap": True, "valign": "top", "font_name": "ＭＳ 明朝"})
        sheet.merge_range("A1:E1", "経済安全保障経営ガイドライン　付録　チェックリスト", bold)
        sheet.merge_range("A3:C4", "チェック項目", bold)
        sheet.merge_range("D3:D4", "チェック\n(Y/N)", bold)
        sheet.merge_range("E3:F4", "チェックの根拠とした体制（組織、内部規程等）、実績等", bold)
        row = 5
        for n, (id_, item) in enumerate(ITEMS.items()):
            answer, grounds = said.get(id_, ("", ""))
            sheet.write(row, 0, f"({n + 1})", boxed)
            sheet.merge_range(
                row, 1, row + 1, 2, f"{'アイウアア'[n]}　{item.ja}。", boxed
            )  # japanese: numbering
            sheet.merge_range(row, 3, row + 1, 3, answer, boxed)
            sheet.merge_range(row, 4, row + 1, 5, grounds, boxed)
            row += 2
        sheet.write(row, 1, "ア　自社の不可欠性を確保する取組を進めている", boxed)
        sheet.write(row, 3, stranger[0], boxed)
        sheet.write(row, 4, stranger[1], boxed)
        sheet.write_formula(row + 2, 3, '=COUNTIF(D6:D15,"Y")', boxed, 0)
        sheet.data_validation("D6:D16", {"validate": "list", "source": ["Y", "N"]})
        sheet.conditional_format("D6:D16", {"type": "cell", "criteria": "==", "value": '"N"', "format": bold})
        sheet.write_comment("D3", "Y または N")
        sheet.set_column("B:C", 40)
        sheet.print_area("A1:F20")
        hidden = made.add_worksheet("設定")
        hidden.write("A1", "=1+1 ではない文字")
        hidden.hide()

    return book(draw)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def add(
    register: Register, item: str, which: Answer, evidence: str = "", on: date = date(2026, 8, 1)
) -> None:
    register.add(ChecklistAnswer(item=item, answer=which, evidence=evidence, as_of=on))


# --- reading ----------------------------------------------------------------------------------------------


def test_answers_are_read_from_a_filled_copy(register: Register) -> None:
    data = form({FIRST: ("Y", "供給網調査"), SECOND: ("Ｎ", ""), FOURTH: ("対象外", "経営戦略は親会社")})
    plan = plan_answers(read(data, "checklist.xlsx"), register)
    assert [(p.item.id, a.answer, a.evidence) for p, a in plan.new] == [
        (FIRST, Answer.YES, "供給網調査"),
        (SECOND, Answer.NO, ""),
        (FOURTH, Answer.NOT_APPLICABLE, "経営戦略は親会社"),
    ]
    assert [p.item.id for p in plan.unanswered] == [THIRD, FIFTH]
    assert plan.problems == []
    assert plan.new[0][0].where == "チェックリスト D6"
    assert register.count("answers") == 0  # a plan changes nothing
    before = register.head[0]
    assert apply_answers(plan, register) == 3
    assert register.head[0] == before + 1  # one act
    held = standing_answers(register)[FIRST]
    assert (held.as_of, held.answered_by) == (register.today, register.me.id)
    assert held.source_ref == "checklist.xlsx チェックリスト D6"


def test_the_same_file_again_adds_nothing_and_a_blank_takes_nothing_back(register: Register) -> None:
    data = form({FIRST: ("Y", "供給網調査"), SECOND: ("Y", "")})
    apply_answers(plan_answers(read(data, "a.xlsx"), register), register)
    add(register, THIRD, Answer.YES, "規程")
    again = plan_answers(read(data, "a.xlsx"), register)
    assert again.new == []
    assert [p.item.id for p in again.unchanged] == [FIRST, SECOND]
    # The same answer without its grounds takes none away.
    bare = plan_answers(read(form({FIRST: ("Y", "")}), "a.xlsx"), register)
    assert bare.new == []
    other = plan_answers(read(form({FIRST: ("N", "")}), "a.xlsx"), register)
    assert [a.answer for _p, a in other.new] == [Answer.NO]


def test_what_cannot_be_read_is_said_and_not_guessed(register: Register) -> None:
    data = form(
        {FIRST: ("一部", "検討中"), SECOND: ("x", ""), THIRD: ("-", ""), FOURTH: ("○", "")}, ("Y", "計画")
    )
    plan = plan_answers(read(data, "a.xlsx"), register)
    assert [(p.place.item.id, p.facts["value"]) for p in plan.problems] == [
        (FIRST, "一部"),
        (SECOND, "x"),
        (THIRD, "-"),
    ]
    assert [a.answer for _p, a in plan.new] == [Answer.YES]
    assert [(s.row, s.text) for s in plan.strangers] == [(16, "ア　自社の不可欠性を確保する取組を進めている")]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_any_layout_will_do_as_long_as_headings_name_the_columns(register: Register, lang: str) -> None:
    def draw(_made: Any, sheet: Any) -> None:
        heads = ("回答", "根拠", "項目") if lang == "ja" else ("Answer", "Evidence", "Item")
        sheet.write_row("C8", heads)
        for n, item in enumerate(ITEMS.values()):
            sheet.write_row(10 + 3 * n, 2, ("Yes" if n % 2 else "No", f"r{n}", f"{n + 1}. {item.in_(lang)}"))

    plan = plan_answers(read(book(draw), "own.xlsx"), register)
    assert [(p.item.id, str(a.answer), a.evidence) for p, a in plan.new] == [
        (id_, "yes" if n % 2 else "no", f"r{n}") for n, id_ in enumerate(ITEMS)
    ]


def test_a_remark_between_headings_and_items_is_no_heading(register: Register) -> None:
    def draw(_made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ("チェック項目", "チェック", "根拠"))
        sheet.write(1, 0, "※Y/Nのいずれかでチェックしてください")
        sheet.write(2, 2, "（体制・実績を回答欄に）")
        sheet.write_row(3, 0, (ITEMS[FIRST].ja, "Y", "規程"))

    plan = plan_answers(read(book(draw), "own.xlsx"), register)
    assert [(str(a.answer), a.evidence) for _p, a in plan.new] == [("yes", "規程")]


def test_columns_without_headings_are_named_by_the_person(register: Register) -> None:
    def draw(_made: Any, sheet: Any) -> None:
        for n, item in enumerate(ITEMS.values()):
            sheet.write_row(n, 0, (item.ja, "Y", "規程"))

    source = read(book(draw), "own.xlsx")
    with pytest.raises(NoAnswerColumn):
        find(source)
    plan = plan_answers(source, register, answer_column="B", grounds_column="c")
    assert [(a.answer, a.evidence) for _p, a in plan.new] == [(Answer.YES, "規程")] * 5


def test_an_item_of_the_same_number_in_other_words_is_not_taken(register: Register) -> None:
    def draw(_made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ("番号", "項目", "Y/N"))
        sheet.write_row(1, 0, (FIRST, "自社のサプライチェーンを把握し、毎年見直している", "Y"))

    plan = plan_answers(read(book(draw), "own.xlsx"), register)
    assert plan.new == []
    assert [p.message for p in plan.problems] == ["It has the number of this item and another wording."]


def test_an_item_that_stands_twice_must_say_the_same(register: Register) -> None:
    def draw(_made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ("項目", "Y/N"))
        for row, said in enumerate(("Y", "N", "Y"), 1):
            sheet.write_row(row, 0, (ITEMS[FIRST].ja, said))

    plan = plan_answers(read(book(draw), "own.xlsx"), register)
    assert len(plan.new) == 1
    assert [p.place.row for p in plan.problems] == [3]
    assert [p.row for p in plan.unchanged] == [4]


def test_a_workbook_without_an_item_says_so() -> None:
    data = book(lambda _made, sheet: sheet.write("A1", "売上"))
    with pytest.raises(NoItems):
        find(read(data, "sales.xlsx"))


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("Y", "yes"), ("ｙ", "yes"), ("はい", "yes"), ("○", "yes"), (True, "yes"), ("N", "no"), ("×", "no"),
     (False, "no"), ("N/A", "not_applicable"), ("対象外", "not_applicable"), ("x", None), ("-", None),
     ("Y/N", None), ("はい／いいえ", None)],
)  # fmt: skip
def test_what_a_cell_answers(cell: Any, answer: str | None) -> None:
    said = answer_of(cell)
    assert (said and str(said)) == answer


# --- filling ----------------------------------------------------------------------------------------------


def filled(register: Register, data: bytes) -> tuple[bytes, list[str]]:
    places = find(read(data, "form.xlsx"))
    return refill(data, "form.xlsx", plan_filling(places, standing_answers(register)).cells)


def test_a_filled_copy_keeps_the_layout_and_reads_back_as_it_was_answered(register: Register) -> None:
    add(register, FIRST, Answer.YES, "供給網調査 <年1回> & 購買データ\n（調達部）")
    add(register, SECOND, Answer.NO)
    add(register, FIFTH, Answer.NOT_APPLICABLE, "該当する相手がいない")
    data = form()
    out, left = filled(register, data)
    assert left == []
    before, after = parts(data), parts(out)
    assert list(before) == list(after)
    changed = [name for name in before if before[name] != after[name]]
    assert changed == ["xl/worksheets/sheet1.xml"]
    # In the sheet itself, whatever is not a cell's value is as it was: merged areas, drop-down, colours.
    old, new = (p["xl/worksheets/sheet1.xml"].decode() for p in (before, after))
    assert re.sub(r"<sheetData>.*</sheetData>", "", old, flags=re.S) == re.sub(
        r"<sheetData>.*</sheetData>", "", new, flags=re.S
    )
    for kept in ("mergeCell ", "dataValidation ", "conditionalFormatting", "legacyDrawing"):
        assert old.count(kept) == new.count(kept) > 0
    books = [openpyxl.load_workbook(io.BytesIO(d))["チェックリスト"] for d in (data, out)]
    assert {str(r) for r in books[0].merged_cells.ranges} == {str(r) for r in books[1].merged_cells.ranges}
    assert len(books[1].data_validations.dataValidation) == 1
    assert books[1]["D3"].comment is not None
    for at in ("B6", "D6", "E6", "D8", "D16"):
        assert books[0][at].font.name == books[1][at].font.name == "ＭＳ 明朝"
        assert books[0][at].border.left.style == books[1][at].border.left.style
    assert (books[1]["D6"].value, books[1]["D8"].value, books[1]["D14"].value) == ("Y", "N", "対象外")
    styles = [re.findall(r'<c r="([A-Z]+\d+)"(?: s="(\d+)")?', text) for text in (old, new)]
    assert styles[0] == styles[1]
    plan = plan_answers(read(out, "form.xlsx"), register)
    assert plan.new == []
    assert [p.item.id for p in plan.unchanged] == [FIRST, SECOND, FIFTH]
    assert [p.item.id for p in plan.unanswered] == [THIRD, FOURTH]


def test_cells_of_items_without_an_answer_stay_as_they_are(register: Register) -> None:
    add(register, FIRST, Answer.YES, "新しい根拠")
    data = form({FIRST: ("N", "古い根拠"), SECOND: ("Y", "手書き")}, ("N", "そのまま"))
    out, _left = filled(register, data)
    grid = read(out, "form.xlsx").grids[0]
    cells = {(r + grid.top, c + grid.left): v for r, row in enumerate(grid.rows) for c, v in enumerate(row)}
    assert (cells[5, 3], cells[5, 4]) == ("Y", "新しい根拠")
    assert (cells[7, 3], cells[7, 4]) == ("Y", "手書き")
    assert (cells[15, 3], cells[15, 4]) == ("N", "そのまま")


def test_a_formula_where_an_answer_should_go_is_left_and_named(register: Register) -> None:
    add(register, FIRST, Answer.YES, "規程")

    def draw(_made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ("項目", "Y/N", "根拠"))
        sheet.write(1, 0, ITEMS[FIRST].ja)
        sheet.write_formula(1, 1, '=IF(1,"N","")', None, "N")

    out, left = filled(register, book(draw))
    assert left == ["チェックリスト B2"]
    assert b"IF(1," in parts(out)["xl/worksheets/sheet1.xml"]
    assert read(out, "x.xlsx").grids[0].rows[1] == [ITEMS[FIRST].ja, "N", "規程"]


def test_text_that_looks_like_a_formula_is_text(register: Register) -> None:
    add(register, FIRST, Answer.YES, '=HYPERLINK("http://example.com")')
    out, _left = filled(register, form())
    sheet = parts(out)["xl/worksheets/sheet1.xml"].decode()
    assert "<f>HYPERLINK" not in sheet
    assert 't="inlineStr"' in sheet


def test_sheets_whose_elements_have_a_prefix_or_no_numbers_are_filled_too(register: Register) -> None:
    add(register, FIRST, Answer.YES, "規程")

    def draw(_made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ("項目", "Y/N", "根拠"))
        sheet.write(1, 0, ITEMS[FIRST].ja)
        sheet.write(2, 0, "以下余白")

    data = book(draw)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w") as copy:
        for name in package.namelist():
            content = package.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(rb' r="[A-Z]+\d+"| r="\d+"| spans="[^"]*"', b"", content)
            copy.writestr(name, content)
    result, _left = filled(register, out.getvalue())
    rows = read(result, "x.xlsx").grids[0].rows
    assert rows[1] == [ITEMS[FIRST].ja, "Y", "規程"]
    assert rows[2][0] == "以下余白"


def test_what_is_no_workbook_or_broken_is_refused() -> None:
    with pytest.raises(NotWorkbook):
        refill(b"a,b\n", "a.csv", {})
    data = form()
    with pytest.raises((Damaged, exchange.ExchangeError)):
        refill(data[: len(data) // 2], "cut.xlsx", {"チェックリスト": {(5, 3): "Y"}})
    with pytest.raises(CellsNotWritten):
        refill(data, "a.xlsx", {"チェックリスト": {(5000, 3): "Y"}})
    with pytest.raises(CellsNotWritten):
        refill(data, "a.xlsx", {"ない": {(5, 3): "Y"}})
    with pytest.raises(CellsNotWritten):
        refill(data, "a.xlsx", {"チェックリスト": {(5, 3): "a" * 40_000}})
    with pytest.raises(Damaged):
        refill(in_encoding(data, b"utf-9"), "a.xlsx", {"チェックリスト": {(5, 3): "Y"}})


def in_encoding(data: bytes, encoding: bytes) -> bytes:
    """The workbook with another encoding named at the head of its sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w") as copy:
        for name in package.namelist():
            content = package.read(name)
            if name == "xl/worksheets/sheet1.xml":
                head = b'<?xml version="1.0" encoding="' + encoding + b'"?>'
                content = head + content[content.index(b"?>") + 2 :]
            copy.writestr(name, content)
    return out.getvalue()


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from([5, 7, 9, 11, 13, 15]), st.sampled_from([0, 1, 3, 4, 9])),
        st.text(
            st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Zl", "Zp", "Cf"]),
            min_size=1,
            max_size=40,
        )
        .map(str.strip)
        .filter(bool),
        max_size=8,
    )
)
def test_only_the_cells_named_change_whatever_is_written(cells: dict[tuple[int, int], str]) -> None:
    """`refill` reads its outcome itself and refuses to give one that differs elsewhere."""
    from techguard.domain.text import clean

    data = FORM
    meant = {at: clean(text) for at, text in cells.items() if clean(text)}
    out, left = refill(data, "a.xlsx", {"チェックリスト": meant})
    assert left == []
    assert [n for n, content in parts(out).items() if content != FORM_PARTS[n]] in (
        [],
        ["xl/worksheets/sheet1.xml"],
    )


FORM = form()
FORM_PARTS = parts(FORM)


def test_grounds_that_hold_the_words_of_a_heading_are_not_taken_for_one(register: Register) -> None:
    data = form(
        {FIRST: ("Y", "点検の回答"), SECOND: ("N", "項目の一覧"), THIRD: ("Y", "体制図"), FIFTH: ("N", "")}
    )
    plan = plan_answers(read(data, "a.xlsx"), register)
    assert [(p.item.id, str(a.answer), a.evidence) for p, a in plan.new] == [
        (FIRST, "yes", "点検の回答"),
        (SECOND, "no", "項目の一覧"),
        (THIRD, "yes", "体制図"),
        (FIFTH, "no", ""),
    ]


# --- items of the company's own copy ----------------------------------------------------------------------


def meti(answers: dict[int, str] | None = None) -> bytes:
    """A form with part A and a part that does not come with the program, with headings between."""

    def draw(made: Any, sheet: Any) -> None:
        wrap = made.add_format({"text_wrap": True, "border": 1})
        sheet.write("A1", "付録　チェックリスト")
        sheet.write_row("A3", ("チェック項目", "チェック(Y/N)", "チェックの根拠とした体制、実績等"), wrap)
        sheet.merge_range("A4:C4", "A．経営者等が念頭に置く原則", wrap)
        for n, item in enumerate(ITEMS.values()):
            sheet.write(4 + n, 0, item.ja, wrap)
        sheet.merge_range("A10:C10", "B．不可欠性の確保に向けた取組の方向性", wrap)
        sheet.write_row("A11", ("チェック項目", "チェック(Y/N)", "チェックの根拠とした体制、実績等"), wrap)
        sheet.write("A12", "（２）不可欠性の確保", wrap)
        for n, text in enumerate(REST):
            sheet.write_row(12 + n, 0, (text, (answers or {}).get(n, ""), ""), wrap)

    return book(draw)


REST = (
    "ア　技術流出のリスクを洗い出し、対策を講じている",
    "イ　取引先の技術情報を守る体制を整えている",
    "ウ　資本政策を流出の面から検討している",
)


def test_the_items_of_ones_own_copy_are_taken_in_word_for_word(register: Register) -> None:
    source = read(meti({0: "Y", 2: "N"}), "meti.xlsx")
    without = plan_answers(source, register)
    assert without.items == []
    assert [s.text for s in without.strangers] == [REST[0], REST[2]]
    plan = plan_answers(source, register, items="ESMG1-X", skip=[12])
    assert [i.wording for _row, i in plan.items] == list(REST)
    assert plan.strangers == []
    before = register.head[0]
    apply_answers(plan, register)
    assert register.head[0] == before + 1
    taken = next(c for c in register.company_checklists() if c.id == "ESMG1-X")
    assert [i.ja for i in taken.items] == list(REST)
    assert {str(i.origin) for i in taken.items} == {"official"}
    standing = standing_answers(register)
    assert [str(standing[i.id].answer) if i.id in standing else "" for i in taken.items] == ["yes", "", "no"]
    # Again: nothing new; and a copy is filled for these items too.
    again = plan_answers(source, register, items="ESMG1-X", skip=[12])
    assert (again.items, again.new, again.strangers) == ([], [], [])
    add(register, taken.items[1].id, Answer.YES, "規程第5条", on=register.today)
    blank_form = meti()
    places = find(read(blank_form, "meti.xlsx"), exchange.KnownItems(register.company_checklists()))
    out, _left = refill(blank_form, "meti.xlsx", plan_filling(places, standing_answers(register)).cells)
    rows = read(out, "meti.xlsx").grids[0].rows
    assert [row[1:] for row in rows if row[0] in REST] == [["Y", ""], ["Y", "規程第5条"], ["N", ""]]


def test_headings_that_reach_over_the_answers_are_no_items(register: Register) -> None:
    plan = plan_answers(read(meti(), "meti.xlsx"), register, items="ESMG1-X")
    assert [i.wording for _row, i in plan.items] == ["（２）不可欠性の確保", *REST]


def test_the_same_item_has_the_same_code_in_every_vault(register: Register) -> None:
    first, second = (
        [i.code for _r, i in plan_answers(read(meti(), n), register, items="ESMG1-X").items]
        for n in ("a.xlsx", "b.xlsx")
    )
    assert first == second
    assert len(set(first)) == 4


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_mangled_workbook_is_a_clear_error_or_filled_as_asked(chance: Any) -> None:
    content = bytearray(FORM_PARTS["xl/worksheets/sheet1.xml"])
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content))
        match chance.randrange(3):
            case 0:
                content[at] = chance.randrange(256)
            case 1:
                del content[at : at + chance.randrange(40)]
            case _:
                content[at:at] = content[at : at + chance.randrange(60)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in FORM_PARTS.items():
            package.writestr(name, bytes(content) if name == "xl/worksheets/sheet1.xml" else part)
    data = out.getvalue()
    try:
        find(read(data, "a.xlsx"))
        filled, left = refill(data, "a.xlsx", {"チェックリスト": {(5, 3): "Y", (5, 4): "規程"}})
    except exchange.ExchangeError:
        return
    grid = read(filled, "a.xlsx").grids[0]
    said = {(r + grid.top, c + grid.left): v for r, row in enumerate(grid.rows) for c, v in enumerate(row)}
    assert left or (said[5, 3], said[5, 4]) == ("Y", "規程")
