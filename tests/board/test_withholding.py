"""No count below the least one can be told from a published table: an adversary that tries every table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techguard.board.withholding import Published, published


def totals(rows: list[list[int]]) -> list[list[int]]:
    full = [[*row, sum(row)] for row in rows]
    return [*full, [sum(column) for column in zip(*full, strict=True)]]


Tells = Callable[[int], bool]


def may_be(shown: Published, target: tuple[int, int], wanted: Tells, most: int) -> bool:
    """Whether some table of whole counts up to `most` says what was published and has a `wanted` count at
    `target`: tried cell by cell, with no linear programme.
    """
    height, wide = len(shown.cells) - 1, len(shown.cells[0]) - 1
    flat: list[int] = []

    def fits(r: int, c: int, total: int) -> bool:
        """A finished line against its total; the target against what is wanted."""
        told = shown.cells[r][c]
        return (told is None or told == total) and ((r, c) != target or wanted(total))

    def fill(n: int) -> bool:
        if n == height * wide:
            columns = [sum(flat[c::wide]) for c in range(wide)]
            return all(fits(height, c, total) for c, total in enumerate([*columns, sum(columns)]))
        r, c = divmod(n, wide)
        told = shown.cells[r][c]
        for value in (told,) if told is not None else range(most + 1):
            if (r, c) == target and not wanted(value):
                continue
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
    return [place for place in withheld if not may_be(shown, place, least.__le__, most)]


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


def told_moved(rows: list[list[int]], earlier: list[list[list[int]]], least: int) -> list[tuple[int, int]]:
    """The cells of which a reader who has the whole earlier tables can tell that they moved by less than
    `least`, but not by 0, since one of them.
    """
    shown = published(rows, least, earlier)
    before = [totals(table) for table in earlier]
    most = max(max(map(max, table)) for table in (rows, *earlier)) + least * (len(earlier) + 1)

    def told(r: int, c: int) -> bool:
        def moved_little(n: int) -> bool:
            return any(0 < abs(n - then[r][c]) < least for then in before)

        if not moved_little(totals(rows)[r][c]):
            return False
        return not may_be(shown, (r, c), lambda n: not moved_little(n), most)

    return [(r, c) for r in range(len(shown.cells)) for c in range(len(shown.cells[0])) if told(r, c)]


@st.composite
def issues(draw: st.DrawFn) -> tuple[list[list[int]], list[list[list[int]]]]:
    """A table, and one or two earlier ones from which little moved."""
    rows = draw(tables())
    step = st.integers(-2, 2)
    earlier = [
        [[max(0, n + draw(step)) for n in row] for row in rows] for _ in range(draw(st.integers(1, 2)))
    ]
    return rows, earlier


@given(issues(), st.integers(2, 3))
@settings(max_examples=60, deadline=None)
def test_an_adversary_with_the_earlier_tables_tells_of_no_few_that_came_or_went(
    tables_of_two_days: tuple[list[list[int]], list[list[list[int]]]], least: int
) -> None:
    rows, earlier = tables_of_two_days
    assert told_moved(rows, earlier, least) == []


def test_the_adversary_compares_where_nothing_is_done_about_it() -> None:
    shown = published([[20, 30], [40, 50]], 5)
    assert shown.withheld == 0
    assert not may_be(shown, (1, 1), lambda n: n == 49 or abs(n - 49) >= 5, 60)


def test_what_moved_by_one_is_withheld_and_what_did_not_move_is_not() -> None:
    shown = published([[20, 30], [40, 50]], 5, [[[20, 30], [40, 49]]])
    assert shown.cells[1][1] is None
    assert shown.cells[2][2] is None, "the total moved with it"
    assert shown.cells[0][0] == 20
    same = published([[20, 30], [40, 50]], 5, [[[20, 30], [40, 50]]])
    assert same.withheld == 0
    many = published([[20, 30], [40, 55]], 5, [[[20, 30], [40, 50]]])
    assert many.withheld == 0


def test_an_earlier_table_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="rows and columns"):
        published([[9, 9]], 5, [[[9]]])


def test_the_adversary_subtracts_where_only_the_small_cell_is_withheld() -> None:
    naive = Published(((None, 6, 8), (6, 6, 12), (8, 12, 20)))
    assert not may_be(naive, (0, 0), lambda n: n >= 3, 9)


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
