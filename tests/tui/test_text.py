"""Text in cells: whole characters, exact widths, lines that break where Japanese breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from techguard.domain.text import clean, cut, fit
from techguard.tui.prose import Prose
from techguard.tui.text import beside, join, literal, wrap

ANY = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
TROUBLE = st.sampled_from(
    ["日本語", "ｶﾀｶﾅ", "か\u3099", "👨\u200d👩\u200d👧", "𠮷野家", "㊙️", "e\u0301", "[/foo]", "  "]
)


@given(st.one_of(ANY, st.lists(TROUBLE).map("".join)), st.integers(1, 40), st.sampled_from(["left", "right"]))
def test_fit_is_exactly_as_wide_as_asked(text: str, cells: int, align: str) -> None:
    assert cell_len(fit(text, cells, align)) == cells


@given(st.one_of(ANY, st.lists(TROUBLE).map("".join)), st.integers(1, 40))
def test_what_fits_is_not_cut(text: str, cells: int) -> None:
    if cell_len(text) <= cells:
        assert cut(text, cells) == text


@given(st.lists(TROUBLE, min_size=1).map("".join), st.integers(2, 30))
def test_lines_are_never_wider_than_asked_and_lose_only_spaces(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert all(cell_len(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(clean(text).split())


def test_a_combining_mark_stays_with_its_base() -> None:
    assert cut("か\u3099ぎ\u3099くけこ", 5) == "か\u3099ぎ\u3099…"


def test_japanese_breaks_before_no_closing_punctuation() -> None:
    lines = wrap("秘密そのものは書かない。識別できればよい。", 22)
    assert lines == ["秘密そのものは書かな", "い。識別できればよい。"]


def test_english_words_stay_whole() -> None:
    assert wrap("only what is marked is needed", 12) == ["only what is", "marked is", "needed"]


def test_facts_in_a_row_stay_whole() -> None:
    said = beside(["Chair: Director for Technology", "", "15 attend"])
    assert wrap(said, 38) == ["Chair: Director for Technology", "15 attend"]
    assert wrap(said, 60) == ["Chair: Director for Technology   15 attend"]
    said = beside(["開示範囲：R1：取締役会", "比較の相手：前回のレビュー会", "👩‍🔬が2名"])
    assert wrap(said, 48) == ["開示範囲：R1：取締役会", "比較の相手：前回のレビュー会   👩‍🔬が2名"]
    assert wrap(beside(["a name " * 10]), 20)[0] == "a name a name a name", "a long one breaks as text does"


def test_a_paragraph_that_is_cut_says_so() -> None:
    said = Prose("秘密そのものは書かない。識別できればよい。", most=1)
    assert said._lines(20) == [("秘密そのものは書か…", "")]
    assert said._lines(60) == [("秘密そのものは書かない。識別できればよい。", "")]


@pytest.mark.parametrize("text", ["[/foo] 焼", "[internal] 配", "[@click=app.quit]退出[/]", "[b", "\\[x]"])
def test_brackets_are_literal(text: str) -> None:
    assert literal(text).plain == text
    assert join((text, "bold"), text).plain == text * 2


def test_escape_sequences_never_reach_a_widget() -> None:
    assert "\x1b" not in literal("\x1b]52;c;AAAA\x07秘密").plain
