"""No count below the least one can be told from a published table: an adversary that tries every table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techguard.board.withholding import Published, published


def totals(rows: list[list[int]]) -> list[list[int]]:
    full = [[*row, sum(row)] for row in rows]
    return [*full, [sum(column) for column in zip(*full, strict=True)]]


def may_be_large(shown: Published, target: tuple[int, int], least: int, most: int) -> bool:
    """Whether some table of whole counts up to `most` says what was published and has `least` or more at
    `target`: tried cell by cell, with no linear programme.
    """
    height, wide = len(shown.cells) - 1, len(shown.cells[0]) - 1
    flat: list[int] = []

    def fits(r: int, c: int, total: int) -> bool:
        """A finished line against its total; the target against the least."""
        told = shown.cells[r][c]
        return (told is None or told == total) and ((r, c) != target or total >= least)

    def fill(n: int) -> bool:
        if n == height * wide:
            columns = [sum(flat[c::wide]) for c in range(wide)]
            return all(fits(height, c, total) for c, total in enumerate([*columns, sum(columns)]))
        r, c = divmod(n, wide)
        told = shown.cells[r][c]
        low = least if (r, c) == target else 0
        for value in (told,) if told is not None else range(low, most + 1):
            flat.append(value)
            row_done = c < wide - 1 or fits(r, wide, sum(flat[r * wide :]))
            if row_done and fill(n + 1):
                return True
            flat.pop()
        return False

    return fill(0)


def told_small(rows: list[list[int]], least: int) -> list[tuple[int, int]]:
    """The withheld cells of which a reader can tell that they are below `least`."""
    shown = published(rows, least)
    # In no table that helps is a cell larger than all counts and what one of them lacks.
    most = max(map(max, rows)) + least
    withheld = [(r, c) for r, row in enumerate(shown.cells) for c, cell in enumerate(row) if cell is None]
    return [place for place in withheld if not may_be_large(shown, place, least, most)]


SHAPES = st.sampled_from([(1, 3), (4, 1), (2, 2), (2, 3)])


@st.composite
def tables(draw: st.DrawFn) -> list[list[int]]:
    height, wide = draw(SHAPES)
    count = st.integers(0, 6)
    return draw(st.lists(st.lists(count, min_size=wide, max_size=wide), min_size=height, max_size=height))


@given(tables(), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_an_adversary_who_tries_every_table_tells_no_small_count(rows: list[list[int]], least: int) -> None:
    assert told_small(rows, least) == []


def test_the_adversary_subtracts_where_only_the_small_cell_is_withheld() -> None:
    naive = Published(((None, 6, 8), (6, 6, 12), (8, 12, 20)))
    assert not may_be_large(naive, (0, 0), 3, 9)


@given(tables(), st.integers(2, 4))
@settings(max_examples=80, deadline=None)
def test_what_is_shown_is_true_and_large_enough(rows: list[list[int]], least: int) -> None:
    shown = published(rows, least)
    for told, true in zip(shown.cells, totals(rows), strict=True):
        for cell, n in zip(told, true, strict=True):
            assert cell is None or cell == n >= least


@given(st.lists(st.lists(st.integers(5, 99), min_size=3, max_size=3), min_size=2, max_size=5))
@settings(max_examples=30, deadline=None)
def test_nothing_is_withheld_where_every_count_is_large(rows: list[list[int]]) -> None:
    assert published(rows, 5).withheld == 0


def test_the_textbook_case_one_small_cell_takes_three_more_with_it() -> None:
    shown = published([[2, 20, 30], [20, 20, 20], [30, 20, 20]], 5)
    assert shown.cells[0][0] is None
    assert shown.withheld == 4
    assert all(cell is not None for cell in shown.cells[-1])  # totals are kept where they can be


def test_a_zero_is_withheld_as_any_small_count() -> None:
    shown = published([[0, 8, 9]], 5)
    assert shown.cells[0][0] is None
    assert shown.withheld >= 2


def test_a_table_too_small_to_say_anything_says_nothing() -> None:
    assert all(cell is None for row in published([[1, 2], [0, 1]], 5).cells for cell in row)


@pytest.mark.parametrize(("rows", "least"), [([[1]], 1), ([], 5), ([[]], 5), ([[-1, 9]], 5)])
def test_what_is_no_table_of_counts_is_refused(rows: list[list[int]], least: int) -> None:
    with pytest.raises(ValueError, match=r"count|table"):
        published(rows, least)


def test_a_table_of_routes_can_be_told_too() -> None:
    rows = [[(7 * r * c + r) % 11 for c in range(4)] for r in range(16)]
    shown = published(rows, 5)
    small = sum(n < 5 for row in totals(rows) for n in row)
    assert small < shown.withheld < 2 * small
