"""Short and in CI: what once went wrong stays right, and good bytes are damaged at random. The long run is
guided by coverage: `python -m tests.fuzz` (docs/reference/measurements.md).
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techguard.store.tables import metadata

from .targets import TARGETS, run

KEPT = sorted((Path(__file__).parent / "kept").glob("*/*"))
"""Bytes on which something went wrong once, by target."""


@pytest.mark.parametrize("name", TARGETS)
def test_good_bytes_are_read(name: str) -> None:
    for data in TARGETS[name].begin():
        TARGETS[name].read(data)


@pytest.mark.parametrize("case", KEPT, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_what_once_went_wrong_stays_right(case: Path) -> None:
    run(case.parent.name, case.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_damaged_bytes_are_read_or_refused_in_words(name: str, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(chance.choice(TARGETS[name].begin()))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.choice([1, 3, 40])]
            case 2:
                data[at:at] = data[at : at + chance.choice([1, 8, 200])]
            case _:
                data[at:at] = chance.choice([b"\x00", b"\xff" * 4, b"9" * 20, b'"', b"\r\n", b"[" * 50])
        if not data:
            break
    run(name, bytes(data))


_PLACES = [(table.name, column.name) for table in metadata.sorted_tables for column in table.columns]
_VALUES = (
    "forged",
    "-",
    "",
    "0",
    "{}",
    '{"outline": ["", "forged"]}',
    "00" * 32,
    "2020-01-01T00:00:00.000000+00:00",
)
_EDITS = st.lists(
    st.tuples(st.sampled_from(_PLACES), st.integers(1, 6), st.sampled_from(_VALUES)), min_size=1, max_size=3
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(edits=_EDITS)
def test_a_copy_edited_behind_the_application_s_back_brings_nothing_in(
    edits: list[tuple[tuple[str, str], int, str]],
) -> None:
    run("merge", "\n".join(f"{t}\t{c}\t{row}\t{value}" for (t, c), row, value in edits).encode())
