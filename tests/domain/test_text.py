"""Text as it enters: readable, comparable, and never able to deceive the one who reads it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from techguard.domain.items import Technology
from techguard.domain.text import clean, folded, width, wrap

ANY = st.text(alphabet=st.characters(exclude_categories=()))


@given(ANY)
@example("\x1b[2J\x1b[31m赤")
@example("abc\u202egpj.exe")
@example("\ud800")
def test_nothing_that_steers_a_terminal_or_turns_the_reading_direction_is_kept(text: str) -> None:
    kept = clean(text)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} and c not in "\n\t" for c in kept)
    assert not any(unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF"} for c in kept)
    assert not any(unicodedata.bidirectional(c) in {"LRI", "RLI", "FSI", "PDI"} for c in kept)
    kept.encode("utf-8")


@given(ANY)
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "text", ["㈱東都", "①②", "ｶﾞﾗｽ", "Ａ社", "𠮷野", "髙橋", "👩‍🔬", "一行目\n二行目\tタブ"]
)
def test_what_people_write_is_kept_as_written(text: str) -> None:
    assert clean(text) == text


def test_letters_that_were_put_together_from_parts_become_one() -> None:
    assert clean("か\u3099") == "が"
    assert clean("一\r\n二\r三") == "一\n二\n三"


@given(ANY)
def test_every_text_field_is_cleaned_when_an_entry_is_made(text: str) -> None:
    made = Technology(code_name="x", note=text[:1000], products=(text[:100],))
    assert made.note == clean(text[:1000]).strip()
    said = clean(text[:100]).strip()
    assert made.products == ((said,) if said else ())


@pytest.mark.parametrize(
    ("one", "other"),
    [("ＡＢＣ", "abc"), ("ｶﾞﾗｽ", "ガラス"), ("㈱", "(株)"), ("Straße", "STRASSE"), ("①", "1")],
)
def test_width_and_case_make_no_difference_to_search(one: str, other: str) -> None:
    assert folded(one) == folded(other)


PROSE = st.lists(
    st.sampled_from(
        [
            "焼結",
            "の",
            "条件",
            "、",
            "。",
            "（",
            "）",
            "「",
            "」",
            "っ",
            "ー",
            " ",
            "abc",
            "CM-07",
            "5%",
            "👨‍🔬",
            "か\u3099",
        ]
    ),
    max_size=40,
).map("".join)


@given(PROSE, st.integers(2, 60))
def test_wrapped_text_fits_and_loses_nothing_but_spaces(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= cells for line in lines)


CLAUSE = st.sampled_from(
    ["焼結の条件、", "（歩留まり）", "「社外秘」は", "チェックリスト。", "かっこ", "CM-07（", "計5%）"]
)


@given(st.lists(CLAUSE, max_size=12).map("".join), st.integers(10, 40))
def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(text: str, cells: int) -> None:
    """JIS X 4051; ten cells hold every run of marks that these clauses make."""
    lines = wrap(text, cells)
    assert not [line for line in lines if line[:1] and line[0] in "、。）」ッっー%"]
    assert not [line for line in lines[:-1] if line[-1:] and line[-1] in "（「"]


@given(PROSE, st.integers(2, 60))
def test_what_fits_stays_on_one_line(text: str, cells: int) -> None:
    if text and width(text) <= cells:
        assert wrap(text, cells) == [text.rstrip(" ")]


def test_lines_break_where_japanese_and_english_do() -> None:
    assert wrap("あいうえ。かき", 8) == ["あいう", "え。かき"]
    assert wrap("あい「うえお」", 6) == ["あい", "「うえ", "お」"]
    assert wrap("only what is marked is needed", 12) == ["only what is", "marked is", "needed"]
    assert wrap("一行目\n\n三行目", 20) == ["一行目", "", "三行目"]
