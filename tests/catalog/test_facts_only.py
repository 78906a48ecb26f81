"""The facts-only rule: what makes one look again, in both languages, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard import catalog

WORDS = [
    (rule.id, word) for rule in catalog.fact_rules().values() for word in (*rule.words_ja, *rule.words_en)
]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("10月3日、保守用の口座で夜間に2回の接続があった。", set()),
        ("設計思想の異なる資料を受け取った。新しい名簿を受け取った。", set()),
        ("国籍を理由に調べた。", {"profile"}),
        ("Ｎａｔｉｏｎａｌｉｔｙ was noted.", {"profile"}),
        ("持ち出したと思われる。", {"conjecture"}),
        ("He PROBABLY copied it; his wife works there.", {"profile", "conjecture"}),
        ("The trace shows a race condition.", set()),
        ("A traced copy of the embrace.", set()),
    ],
)
def test_facts_pass_and_the_rest_is_explained(text: str, rules: set[str]) -> None:
    assert set(catalog.unfactual([text])) == rules


@given(
    st.sampled_from(WORDS),
    st.text(alphabet="あ一、。 ", max_size=20),
    st.text(alphabet="あ一、。 ", max_size=20),
)
def test_every_word_of_the_list_is_found_wherever_it_stands(
    word: tuple[str, str], before: str, after: str
) -> None:
    rule, text = word
    assert rule in catalog.unfactual([f"{before} {text} {after}"])
