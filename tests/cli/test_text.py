"""What reaches the terminal acts on nothing, fits, and lines up."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard.cli.output import put_prose
from techguard.cli.text import cut, harmless, one_line, pad
from techguard.domain.text import width as cells

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)


@given(ANY_TEXT)
def test_nothing_that_acts_is_left(text: str) -> None:
    """No escape sequence, no bell, no mark that turns text around; and it can always be written."""
    shown = harmless(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2028\u2029\ufeff")
    shown.encode("utf-8")


@given(ANY_TEXT)
def test_one_line_is_one_line(text: str) -> None:
    shown = one_line(text)
    assert not set(shown) & set("\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def test_an_escape_sequence_is_seen_not_obeyed() -> None:
    assert harmless("a\x1b[31mb\x07") == "a␛[31mb␇"
    assert harmless("a\u202eb") == "a\\u202eb"
    assert one_line("first\r\nsecond\tthird\n\n") == "first / second third"


def test_names_keep_their_joiners_and_variants() -> None:
    """葛 with a variation selector and an emoji family are single characters to their owner."""
    for name in ("葛\U000e0100", "👨\u200d👩\u200d👧", "か\u3099"):
        assert harmless(name) == name


def test_japanese_takes_two_cells() -> None:
    assert cells("abc") == 3
    assert cells("焼結K") == 5
    assert cells("ｶﾅ") == 2
    assert cells("か\u3099") == 2
    assert pad("焼結", 6) == "焼結  "
    assert cut("焼結プロファイル", 9) == "焼結プ.."
    assert cut("abc", 2) == ".."


@given(ANY_TEXT.map(one_line), st.integers(0, 30))
def test_a_padded_text_has_exactly_its_width(text: str, width: int) -> None:
    assert cells(pad(text, width)) == width


def test_prose_is_broken_below_its_own_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    put_prose("見出し\n\n- " + "あ" * 60 + "\n   理由：" + "い" * 60 + "\n")
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["見出し", ""]
    assert [len(line) - len(line.lstrip(" ")) for line in told[2:]] == [0, 2, 3, 3]
    assert all(cells(line) <= 100 for line in told)
    assert "".join(line.strip() for line in told[2:]) == "- " + "あ" * 60 + "理由：" + "い" * 60
