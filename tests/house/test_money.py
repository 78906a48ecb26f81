"""Money as people type and read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard import i18n
from techguard.domain.kinds import KINDS
from techguard.i18n.money import MONEY_UNITS, MoneyUnit, read_money, shown
from techguard.tui.values import Refused, parse, typed_text

YEN = st.one_of(
    st.integers(0, 10**15),
    st.builds(lambda n, zeros: n * 10**zeros, st.integers(0, 99_999), st.integers(0, 10)),
)
COST = KINDS["countermeasure"].by_name["cost_initial"]


@pytest.fixture(autouse=True)
def _unit() -> Iterator[None]:
    yield
    i18n.set_money_unit("exact")


@pytest.mark.parametrize(
    "written",
    ["120,000,000", "120000000", "1.2億円", "1億2,000万円", "1億2千万円", "120百万円", "12,000万円",
     "120,000千円", "１．２億円", "１２０，０００，０００円", "￥120,000,000", "¥120 million", "JPY 120m",
     "120 million yen", "1.2 hundred million yen", "0.12bn yen", "金1億2,000万円也", " 1 億 2,000 万 円 "],
)  # fmt: skip
def test_the_same_amount_in_many_hands(written: str) -> None:
    assert read_money(written) == 120_000_000


@pytest.mark.parametrize(
    "written",
    ["", "円", "百万円", "abc", "-5", "▲500万円", "約1億円", "1.5", "1.200円", "12,34", "1,2000万円",
     "1,200,00", "12 000", "1 2億円", "1万2億円", "1億2億円", "1.5億200万円", "$100", "100元", "100 EUR",
     "1〜2億円", "9" * 5000],
)  # fmt: skip
def test_what_is_no_amount_of_whole_yen_is_refused_and_never_guessed(written: str) -> None:
    assert read_money(written) is None


@pytest.mark.parametrize(
    ("yen", "unit", "ja", "en"),
    [
        (0, "exact", "0円", "¥0"),
        (123_456_789, "exact", "123,456,789円", "¥123,456,789"),
        (12_000_000, "exact", "1,200万円", "¥12 million"),
        (120_000_000, "exact", "1.2億円", "¥120 million"),
        (12_000_000, "yen", "12,000,000円", "¥12,000,000"),
        (12_000_000, "million", "12百万円", "¥12 million"),
        (12_345_678, "million", "約12.3百万円", "about ¥12.3 million"),
        (999_999, "million", "999,999円", "¥999,999"),
        (1_000_000, "million", "1百万円", "¥1 million"),
        (123_456_789, "oku", "約1.2億円", "about ¥120 million"),
        (12_345_678_900, "oku", "約123.5億円", "about ¥12,350 million"),
        (96_000_000, "oku", "96百万円", "¥96 million"),
        (800_000, "oku", "800,000円", "¥800,000"),
    ],
)
def test_an_amount_always_says_its_unit_and_whether_it_was_rounded(
    yen: int, unit: MoneyUnit, ja: str, en: str
) -> None:
    i18n.set_money_unit(unit)
    assert (i18n.translator("ja").money_text(yen), i18n.translator("en").money_text(yen)) == (ja, en)


@given(YEN, st.sampled_from(MONEY_UNITS), st.sampled_from(i18n.LANGUAGES))
def test_what_is_shown_reads_as_what_is_kept_or_says_that_it_does_not(
    yen: int, unit: MoneyUnit, language: i18n.Language
) -> None:
    text = i18n.translator(language).money_text(yen, unit)
    about = i18n.translator(language).gettext("about {amount}").format(amount="")
    read = read_money(text.removeprefix(about))
    assert read is not None
    assert text.startswith(about) == (read != yen)
    assert abs(read - yen) <= yen * 0.05


@given(YEN, st.sampled_from(MONEY_UNITS))
def test_both_languages_tell_the_same_figure(yen: int, unit: MoneyUnit) -> None:
    if unit != "exact":
        assert shown(yen, unit, "ja").rounded == shown(yen, unit, "en").rounded


@given(YEN, st.sampled_from(MONEY_UNITS))
def test_a_form_keeps_every_yen_whatever_is_shown(yen: int, unit: MoneyUnit) -> None:
    i18n.set_money_unit(unit)
    assert parse(COST, typed_text(COST, yen), date(2026, 11, 23)) == yen


@pytest.mark.parametrize(
    ("yen", "ja", "en"),
    [
        (340_000_000, "3.40億円", "¥340 million"),
        (361_400_000, "3.61億円", "¥361 million"),
        (3_400_000.4, "340万円", "¥3.40 million"),
        (99_960_000, "1.00億円", "¥100 million"),
        (123_456_789_000, "1,230億円", "¥123,000 million"),
        (123_400, "12.3万円", "¥123,000"),
        (0, "0円", "¥0"),
    ],
)
def test_three_figures_of_an_estimate_count_and_zeros_are_figures(yen: float, ja: str, en: str) -> None:
    assert (i18n.translator("ja").estimate_text(yen), i18n.translator("en").estimate_text(yen)) == (ja, en)


@given(st.floats(0, 10**13), st.sampled_from(i18n.LANGUAGES))
def test_an_estimate_reads_as_its_three_figures(yen: float, language: i18n.Language) -> None:
    read = read_money(i18n.translator(language).estimate_text(yen))
    assert read is not None
    assert abs(read - yen) <= max(yen * 0.005, 0.5)


def unit_of(text: str) -> str:
    return text.lstrip("¥0123456789,.")


@given(st.lists(YEN, min_size=1, max_size=8), st.sampled_from(i18n.LANGUAGES))
def test_the_amounts_of_a_table_are_exact_and_in_one_unit(
    amounts: list[int], language: i18n.Language
) -> None:
    """So that their figures alone can be compared: 28,780万円 beside 24,000万円, not beside 2.4億円."""
    say = i18n.translator(language).amounts(amounts)
    told = {yen: say(yen) for yen in amounts}
    assert all(read_money(text) == yen for yen, text in told.items())
    assert len({unit_of(text) for yen, text in told.items() if yen}) <= 1


@given(st.lists(st.floats(1, 10**13), min_size=1, max_size=8), st.sampled_from(i18n.LANGUAGES))
def test_the_estimates_of_a_table_are_in_one_unit_with_three_figures(
    amounts: list[float], language: i18n.Language
) -> None:
    say = i18n.translator(language).estimates(amounts)
    told = {yen: say(yen) for yen in amounts}
    assert len({unit_of(text) for text in told.values()}) == 1
    for yen, text in told.items():
        read = read_money(text)
        assert read is not None
        assert abs(read - yen) <= max(yen * 0.00501, 0.5)


@pytest.mark.parametrize(
    ("amounts", "ja", "en"),
    [
        ((240_000_000, 287_800_000), ["24,000万円", "28,780万円"], ["¥240 million", "¥287.8 million"]),
        ((120_000_000, 5_000_000), ["1.2億円", "0.05億円"], ["¥120 million", "¥5 million"]),
        ((800_000, 54_500_000), ["80万円", "5,450万円"], ["¥0.8 million", "¥54.5 million"]),
        ((0, 800_000), ["0円", "80万円"], ["¥0", "¥800,000"]),
        ((1_234_567, 20_000_000), ["1,234,567円", "20,000,000円"], ["¥1,234,567", "¥20,000,000"]),
    ],
)
def test_a_table_takes_the_largest_unit_in_which_nothing_of_it_is_lost(
    amounts: tuple[int, ...], ja: list[str], en: list[str]
) -> None:
    assert list(map(i18n.translator("ja").amounts(amounts), amounts)) == ja
    assert list(map(i18n.translator("en").amounts(amounts), amounts)) == en


def test_the_unit_that_was_chosen_holds_in_a_table_too() -> None:
    i18n.set_money_unit("million")
    say = i18n.translator("ja").amounts((240_000_000, 287_800_000))
    assert [say(240_000_000), say(287_800_000)] == ["240百万円", "287.8百万円"]


@given(st.floats(0, 1), st.sampled_from(i18n.LANGUAGES))
def test_only_what_cannot_be_is_said_to_have_no_chance(chance: float, language: i18n.Language) -> None:
    said = i18n.translator(language).chance_text(chance)
    assert (said == "0%") == (chance == 0)
    assert (said == "100.0%") == (chance == 1)
    figure = float(re.sub(r"[^0-9.]", "", said)) / 100
    assert abs(figure - chance) <= 0.001


@pytest.mark.parametrize(
    ("chance", "ja", "en"),
    [
        (0.0, "0%", "0%"),
        (0.00002, "0.1%未満", "less than 0.1%"),
        (0.0312, "3.1%", "3.1%"),
        (0.99999, "99.9%超", "more than 99.9%"),
    ],
)
def test_a_small_chance_is_said_in_words(chance: float, ja: str, en: str) -> None:
    assert (i18n.translator("ja").chance_text(chance), i18n.translator("en").chance_text(chance)) == (ja, en)


def test_a_form_says_how_to_write_money() -> None:
    for typed in ("about 5", "1.5円", "99999兆円"):
        with pytest.raises(Refused):
            parse(COST, typed, date(2026, 11, 23))


@given(st.text("0123456789,.円万億百千兆¥ mb", max_size=24))
def test_anything_else_is_an_amount_or_none(written: str) -> None:
    found = read_money(written)
    assert found is None or found >= 0
