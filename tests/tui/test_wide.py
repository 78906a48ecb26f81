"""Laws of wide characters: whatever is typed, a text takes the cells asked for, no character is torn, and
a row of a table is exactly as wide as its columns, measured on the screen that Textual drew.
"""

from __future__ import annotations

import asyncio
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes

from techguard.domain.text import ELLIPSIS, characters, cut, fit
from techguard.tui.table import Cell, Line, VirtualTable, plain
from techguard.tui.text import drawn, one_line, wrap

from .test_table import COLUMNS, TableApp

FLAGS = ["🇯🇵", "🇺🇸🇫🇷", "🇯"]
PIECES = [
    # wide, half-width, combining, variants
    "日本語", "ｶﾀｶﾅ", "ｶﾞﾊﾟ", "ＡＢＣ", "か\u3099", "e\u0301\u0302", "n\u0303", "𠮷", "葛\U000e0100",
    # joined, with a skin tone, with the emoji selector
    "👨\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "👩🏽\u200d🔬", "👍🏽", "☀\ufe0f", "❤\ufe0f", "㊙\ufe0f",
    # a keycap, a flag by tags, flags by letters
    "1\ufe0f\u20e3", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", *FLAGS,
    # alone, and where they do not belong
    "a\u200db", "\u200d", "\ufe0f", "\u0301", "क\u094d\u200dष", "한글", "ก็", "①※→■", "　", " ", "x", "[/foo]",
]  # fmt: skip
"""What tears columns apart, each whole and alone and in the wrong company."""

ANY = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
TROUBLE = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=("Cs", "Cc")), max_size=14).map(
    "".join
)
TEXTS = st.one_of(ANY, TROUBLE).map(one_line)
CELLS = st.integers(1, 40)


def is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


@given(TEXTS, CELLS, st.sampled_from(["left", "right"]))
def test_a_text_that_is_fitted_takes_the_cells_asked_for(text: str, cells: int, align: str) -> None:
    assert cell_len(fit(text, cells, align)) == cells


@given(TEXTS)
def test_characters_are_the_whole_text_and_as_wide_as_it(text: str) -> None:
    found = characters(text)
    assert "".join(text[start:stop] for start, stop, _ in found) == text
    assert sum(wide for _, _, wide in found) == cell_len(text)


@given(TEXTS, CELLS)
def test_what_is_cut_is_a_beginning_that_ends_between_two_characters(text: str, cells: int) -> None:
    shown = cut(text, cells)
    assert cell_len(shown) <= cells
    if shown == text:
        return
    assert shown.endswith(ELLIPSIS)
    kept = shown[: -len(ELLIPSIS)]
    assert text.startswith(kept)
    ends = {0, *(stop for _, stop, _ in characters(text))}
    assert len(kept) in ends
    after = text[len(kept) :]
    if kept:
        assert unicodedata.combining(after[0]) == 0 or not split_graphemes(kept + after[0])[1]
        run = len(kept) - len(kept.rstrip("".join(chr(n) for n in range(0x1F1E6, 0x1F200))))
        assert not (run % 2 and is_flag_letter(after[0]))  # never half a flag
    # As much as fits: the next character would not.
    nxt = next(wide for start, _, wide in characters(text) if start == len(kept))
    assert cell_len(kept) + nxt > cells - 1


@given(TEXTS, CELLS)
def test_cutting_twice_is_cutting_once(text: str, cells: int) -> None:
    assert cut(cut(text, cells), cells) == cut(text, cells)


@given(TEXTS, CELLS)
def test_more_space_never_shows_less(text: str, cells: int) -> None:
    less, more = cut(text, cells).removesuffix(ELLIPSIS), cut(text, cells + 1).removesuffix(ELLIPSIS)
    assert more.startswith(less)


@given(TEXTS, st.integers(2, 30))
def test_lines_are_no_wider_than_asked_and_tear_no_flag(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert all(cell_len(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize("piece", PIECES)
def test_each_is_shown_whole_or_not_at_all(piece: str) -> None:
    text = one_line(piece)
    for cells in range(1, 12):
        kept = cut(text + "終わりです。終わりです。", cells).removesuffix(ELLIPSIS)
        whole = [text[:stop] for _, stop, _ in characters(text)]
        assert kept in {"", *whole} or kept.startswith(text)


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("a\u200db", "ab"),  # measured as one cell, drawn as two
        ("\u200d", ""),
        ("日\u200d本", "日本"),
        ("👨\u200d👩", "👨\u200d👩"),  # joins two emoji: stays
        ("🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("👨\u200d", "👨"),
    ],
)
def test_a_joiner_that_joins_nothing_is_not_drawn(typed: str, seen: str) -> None:
    assert drawn(typed) == seen


ROWS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.sampled_from([40, 61, 80, 120]))
def test_a_row_on_the_screen_is_exactly_as_wide_as_its_columns(
    rows: list[tuple[str, str]], wide: int
) -> None:
    async def check() -> None:
        app = TableApp()
        async with app.run_test(size=(wide, 24)) as pilot:
            table = app.query_one(VirtualTable)
            table.show_lines(
                [
                    Line(str(n), (Cell(f"TEC-{n:04}"), plain(title), plain(owner), Cell(str(n))))
                    for n, (title, owner) in enumerate(rows)
                ]
            )
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {wide}
            for n, (title, owner) in enumerate(rows):
                texts = [f"TEC-{n:04}", title, owner, str(n)]
                x = 2
                for column, cells in table.shown:
                    part = strips[n + 1].crop(x, x + cells)
                    wanted = fit(one_line(texts[column]), cells, COLUMNS[column].align)
                    assert "".join(s.text for s in part) == wanted
                    x += cells + 2

    asyncio.run(check())
