"""A printed recovery code can be typed back by hand, and mistakes are found and named."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from techguard.vault import recovery
from techguard.vault.errors import RecoveryCodeIncomplete, RecoveryCodeTypo

codes = st.integers(0, 2**140 - 1).map(lambda n: n.to_bytes(recovery.ENTROPY_BYTES, "big"))
positions = st.integers(0, recovery.LENGTH - 1)
characters = st.sampled_from(recovery.ALPHABET)


def group(position: int) -> int:
    return position // 5 + 1


@given(codes)
def test_what_is_printed_is_read_back(entropy: bytes) -> None:
    printed = recovery.to_text(entropy)
    assert len(printed) == 41
    assert recovery.from_text(printed) == entropy


@given(codes)
def test_it_may_be_typed_carelessly(entropy: bytes) -> None:
    printed = recovery.to_text(entropy)
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in printed)
    for typed in (
        printed.lower(),
        printed.replace("-", ""),
        printed.replace("-", " "),
        printed.replace("-", "\n"),
        printed.replace("0", "O").replace("1", "l"),
        printed.replace("0", "o").replace("1", "I"),
        printed.replace("-", "ー"),
        printed.replace("-", "－"),
        full_width,
        full_width.lower().replace("－", "　"),
        f"  {printed}。",
    ):
        assert recovery.from_text(typed) == entropy


@given(codes, positions, characters)
def test_every_single_wrong_character_is_found_in_its_group(entropy: bytes, at: int, wrong: str) -> None:
    printed = recovery.to_text(entropy).replace("-", "")
    assume(printed[at] != wrong)
    with pytest.raises(RecoveryCodeTypo) as typo:
        recovery.from_text(printed[:at] + wrong + printed[at + 1 :])
    assert typo.value.facts == {"groups": (group(at),)}


@given(codes, st.integers(0, recovery.LENGTH - 2).filter(lambda at: at % 5 != 4))
def test_two_neighbours_exchanged_are_found(entropy: bytes, at: int) -> None:
    printed = recovery.to_text(entropy).replace("-", "")
    assume(printed[at] != printed[at + 1])
    with pytest.raises(RecoveryCodeTypo) as typo:
        recovery.from_text(printed[:at] + printed[at + 1] + printed[at] + printed[at + 2 :])
    assert typo.value.facts == {"groups": (group(at),)}


@given(codes, st.sets(st.integers(0, recovery.GROUPS - 1), min_size=2, max_size=2))
def test_two_groups_exchanged_are_found(entropy: bytes, places: set[int]) -> None:
    groups = recovery.to_text(entropy).split("-")
    first, second = sorted(places)
    groups[first], groups[second] = groups[second], groups[first]
    with pytest.raises(RecoveryCodeTypo) as typo:
        recovery.from_text("-".join(groups))
    assert typo.value.facts == {"groups": (first + 1, second + 1)}


@given(codes, positions)
def test_a_missing_character_is_counted(entropy: bytes, at: int) -> None:
    printed = recovery.to_text(entropy).replace("-", "")
    with pytest.raises(RecoveryCodeIncomplete) as typo:
        recovery.from_text(printed[:at] + printed[at + 1 :])
    assert typo.value.facts == {"found": 34, "expected": 35}


@given(codes, positions, st.sampled_from("!?あ漢*U"))
def test_a_character_that_no_code_has_is_named_by_its_group(entropy: bytes, at: int, strange: str) -> None:
    printed = recovery.to_text(entropy).replace("-", "")
    with pytest.raises(RecoveryCodeTypo) as typo:
        recovery.from_text(printed[:at] + strange + printed[at + 1 :])
    assert typo.value.facts == {"groups": (group(at),)}


@given(st.text())
def test_any_text_is_a_code_or_a_typo_and_nothing_else(text: str) -> None:
    with contextlib.suppress(RecoveryCodeTypo):
        recovery.from_text(text)


@given(codes, positions, characters)
def test_a_code_with_a_typo_is_still_taken_for_a_code(entropy: bytes, at: int, wrong: str) -> None:
    printed = recovery.to_text(entropy)
    assert recovery.looks_like_code(printed[:at] + wrong + printed[at + 1 :])
    assert not recovery.looks_like_code("正しい馬の電池ホチキスです")
    assert not recovery.looks_like_code("short sentence")


def test_codes_are_random() -> None:
    drawn = {recovery.generate() for _ in range(200)}
    assert len(drawn) == 200
    assert {len(e) for e in drawn} == {recovery.ENTROPY_BYTES}
    highest = max(int.from_bytes(e, "big") for e in drawn)
    assert 2**138 < highest < 2**140
