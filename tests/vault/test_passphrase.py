"""The strength hint is honest, quick and the same offline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard.vault.passphrase import LEAST_CHARACTERS, MESSAGES, normalised, strength


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "password",
        "passwordpassword",
        "password1234",
        "Qwertyuiop1234",
        "aaaaaaaaaaaaaaaa",
        "123456789012345",
        "abcdefghijklmnop",
        "パスワードパスワード",
        "あいうえおかきくけこさしすせそ",
        "techguard2026",
        "sakura20260401",
        "ｐａｓｓｗｏｒｄ１２３４",
    ],
)
def test_what_attackers_try_first_never_looks_good(weak: str) -> None:
    assert strength(weak).score <= 1


@pytest.mark.parametrize(
    "good",
    [
        "correct horse battery staple window",
        "焼き芋 灯台 裏口の自転車 七回",
        "水曜の午後に青い象が将棋をさす",
        "vK9#mq2!Lw8$zR4t",
    ],
)
def test_what_we_advise_scores_well(good: str) -> None:
    assert strength(good).score >= 3


@given(st.text(max_size=60))
def test_every_text_has_a_score_and_known_hints(text: str) -> None:
    result = strength(text)
    assert 0 <= result.score <= 4
    assert result.hints
    assert set(result.hints) <= set(MESSAGES)
    assert strength(text) == result


@given(
    st.text(max_size=LEAST_CHARACTERS - 1).filter(
        lambda t: len(normalised(t).decode("utf-8", "replace")) < 12
    )
)
def test_what_will_be_refused_scores_nothing(text: str) -> None:
    assert strength(text).score == 0


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_normalising_twice_is_once(text: str) -> None:
    once = normalised(text)
    assert normalised(once.decode("utf-8")) == once
