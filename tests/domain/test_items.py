"""What an entry refuses by its own shape, whoever makes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from techguard.domain import errors
from techguard.domain import words as w
from techguard.domain.errors import problems_of
from techguard.domain.fields import FieldType
from techguard.domain.items import Acceptance, Consultation, Countermeasure, Rating, Technology
from techguard.domain.kinds import KINDS, Kind
from techguard.domain.words import ImpactDimension
from tests.made_up import least

DAY = date(2026, 11, 23)


def acceptance(until: date) -> Acceptance:
    return Acceptance(
        exposure="0" * 32,
        accepted_by="1" * 32,
        accepted_role=w.AcceptanceRole.BOARD,
        accepted_on=DAY,
        valid_until=until,
        reason="契約改定まで",
    )


@pytest.mark.parametrize("until", [DAY, date(2026, 11, 22), date(1999, 1, 1)])
def test_an_acceptance_expires_after_the_day_it_is_given(until: date) -> None:
    with pytest.raises(ValidationError) as caught:
        acceptance(until)
    assert [p.message for p in problems_of(caught.value, {})] == [errors.EXPIRES_FIRST]


def test_an_acceptance_of_one_day_is_possible() -> None:
    assert acceptance(date(2026, 11, 24)).valid_until == date(2026, 11, 24)


def test_a_dialogue_with_same_field_firms_waits_for_the_antitrust_review() -> None:
    with pytest.raises(ValidationError) as caught:
        Consultation(topic="共同の懸念", kind=w.ConsultationKind.DIALOGUE)
    assert [p.message for p in problems_of(caught.value, {})] == [errors.NEEDS_ANTITRUST]
    planned = Consultation(
        topic="共同の懸念", kind=w.ConsultationKind.DIALOGUE, antitrust_review=w.AntitrustReview.NEEDED
    )
    with pytest.raises(ValidationError) as caught:
        planned.changed(status=w.ConsultationStatus.DONE)
    assert [p.message for p in problems_of(caught.value, {})] == [errors.ANTITRUST_FIRST]
    with pytest.raises(ValidationError) as caught:
        planned.changed(antitrust_review=w.AntitrustReview.DONE)
    assert [p.message for p in problems_of(caught.value, {})] == [errors.ANTITRUST_WHO]
    planned.changed(
        antitrust_review=w.AntitrustReview.DONE,
        antitrust_reviewer="a" * 32,
        antitrust_on=date(2026, 11, 20),
        status=w.ConsultationStatus.DONE,
    )


def test_a_consultation_with_an_authority_needs_no_antitrust_review() -> None:
    assert Consultation(topic="該非").antitrust_review is w.AntitrustReview.NONE


@given(
    st.dictionaries(st.sampled_from(list(ImpactDimension)), st.integers(1, 5) | st.none(), min_size=1),
    st.none() | st.integers(1, 5),
)
def test_the_highest_dimension_is_the_impact_and_never_an_average(
    dimensions: dict[ImpactDimension, int | None], stated: int | None
) -> None:
    given_ = {f"impact_{d.value}": n for d, n in dimensions.items()}
    rating = Rating(exposure="0" * 32, rationale="根拠", impact=stated, **given_)  # type: ignore[arg-type]
    numbers = [n for n in dimensions.values() if n is not None]
    assert rating.impact == (max(numbers) if numbers else stated)
    if numbers:
        assert rating.impact_driver is not None
        assert dimensions[rating.impact_driver] == max(numbers)


def test_a_stated_driver_stands_only_if_it_is_among_the_highest() -> None:
    both = {"impact_market": 4, "impact_legal": 4, "impact_diversion": 2}
    for stated, kept in (("legal", "legal"), ("diversion", "market"), (None, "market")):
        rating = Rating(exposure="0" * 32, rationale="r", impact_driver=stated, **both)  # type: ignore[arg-type]
        assert str(rating.impact_driver) == kept


@given(st.decimals(0, 100, allow_nan=False, allow_infinity=False))
def test_a_decimal_is_as_exact_as_the_register_keeps_it(years: Decimal) -> None:
    kept = Technology(code_name="x", lead_years_low=years).lead_years_low
    assert kept is not None
    assert kept == years.quantize(Decimal("0.0001"))


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (kind, f.name)
        for kind in KINDS.values()
        for f in kind.editable
        if f.type is FieldType.WORDS and kind.name != "scale"  # whose lines have a place and a shape
    ],
)
def test_a_list_has_no_word_that_says_nothing(kind: Kind, field: str) -> None:
    given = dict(least(kind, {name: ["0" * 32] for name in KINDS})) | {
        field: ("", "甲", "\u3000", "乙", " \n")
    }
    assert getattr(kind.model.model_validate(given), field) == ("甲", "乙")


def test_an_exposure_is_linked_once_however_often_it_is_named() -> None:
    assert Countermeasure(title="x", exposures=("a", "b", "a")).exposures == ("a", "b")


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-1", "100.00001"])
def test_years_are_years(bad: str) -> None:
    with pytest.raises(ValidationError):
        Technology(code_name="x", lead_years_low=Decimal(bad))
