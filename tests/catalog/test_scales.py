"""The scales a person rates by, and that the rules of the domain keep to the numbers they publish."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from techguard import catalog
from techguard.catalog import AnchoredScale
from techguard.domain import items, rules
from techguard.domain.fields import About
from techguard.domain.scales import MOST
from techguard.domain.words import AcceptanceRole, CountermeasureStatus, ImpactDimension

SCALES = catalog.scales()
one_to_five = st.integers(1, 5)


@given(likelihood=one_to_five, impact=one_to_five, step=st.sampled_from([(0, 1), (1, 0)]))
def test_a_level_never_falls_when_likelihood_or_impact_rises(
    likelihood: int, impact: int, step: tuple[int, int]
) -> None:
    higher = min(likelihood + step[0], 5), min(impact + step[1], 5)
    assert SCALES.matrix[likelihood - 1][impact - 1] <= SCALES.matrix[higher[0] - 1][higher[1] - 1]


def test_the_rare_but_irreversible_corner_is_lifted() -> None:
    assert SCALES.matrix[0][4] == 4
    # On purpose not symmetric: often and harmless stays low.
    assert SCALES.matrix[4][0] == 2


def test_the_matrix_is_the_published_one() -> None:
    assert SCALES.matrix == (
        (1, 1, 2, 3, 4),
        (1, 2, 2, 3, 4),
        (1, 2, 3, 4, 5),
        (2, 3, 4, 4, 5),
        (2, 3, 4, 5, 5),
    )
    assert {cell for row in SCALES.matrix for cell in row} == {
        level.value for level in SCALES.scale("level").levels
    }


def test_the_standard_scale_carries_the_edition_of_its_file() -> None:
    assert SCALES.edition == "2026-1"
    assert SCALES.standard.edition == SCALES.edition
    assert {scale.edition for scale in SCALES.scales} == {SCALES.edition}


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("impact", *(f"impact.{d.value}" for d in ImpactDimension)), (1, 2, 3, 4, 5)),
        (("likelihood", "urgency", "level"), (1, 2, 3, 4, 5)),
        (("confidence",), (1, 2, 3)),
        (("dependency", "penetration", "maturity", "trust"), (1, 2, 3, 4)),
        ((*rules.SCORES, "design_effect", "operating_effect"), (0, 1, 2, 3, 4)),
    ],
)
def test_every_scale_is_there_with_its_range(names: tuple[str, ...], values: tuple[int, ...]) -> None:
    for name in names:
        assert tuple(level.value for level in SCALES.scale(name).levels) == values


SCALED = [
    (f"{name}.{field}", info, about.scale)
    for name, model in vars(items).items()
    if isinstance(model, type) and issubclass(model, BaseModel)
    for field, info in model.model_fields.items()
    for about in info.metadata
    if isinstance(about, About) and about.scale
]


def test_there_is_no_scale_that_no_field_uses_and_no_field_without_its_scale() -> None:
    assert {scale for _, _, scale in SCALED} == {scale.id for scale in SCALES.scales}


@pytest.mark.parametrize(("info", "scale"), [pytest.param(*rest, id=name) for name, *rest in SCALED])
def test_a_field_takes_exactly_the_steps_of_its_scale(info: FieldInfo, scale: str) -> None:
    field: TypeAdapter[object] = TypeAdapter(Annotated[(info.annotation, *info.metadata)])

    def takes(value: int) -> bool:
        try:
            field.validate_python(value)
        except ValidationError:
            return False
        return True

    steps = [level.value for level in SCALES.scale(scale).levels]
    if scale == "likelihood" or scale.partition(".")[0] == "impact":
        steps = list(
            range(1, MOST + 1)
        )  # a company's own scale may have more; the register asks the one in force
    assert [v for v in range(-1, 8) if takes(v)] == steps


def test_impact_dimensions_are_numbered_as_the_literature_does() -> None:
    assert [SCALES.scale(f"impact.{d.value}").code for d in ImpactDimension] == [
        f"IM{n}" for n in range(1, 7)
    ]
    assert {
        tuple(level.name for level in SCALES.scale(f"impact.{d.value}").levels) for d in ImpactDimension
    } == {tuple(level.name for level in SCALES.scale("impact").levels)}


def test_likelihood_is_anchored_by_frequency_and_by_situation() -> None:
    likelihood = SCALES.scale("likelihood")
    assert [facet.en for facet in likelihood.facets] == ["Frequency", "Situation"]
    assert [anchor.ja for anchor in likelihood.level(1).anchors] == ["年1%未満", "手口も動機も知られていない"]


def test_no_two_steps_of_a_scale_say_the_same() -> None:
    for scale in SCALES.scales:
        for one, other in itertools.combinations(scale.levels, 2):
            assert one.name != other.name, scale.id
            assert all(a != b for a, b in zip(one.anchors, other.anchors, strict=True)), scale.id


def test_a_scale_with_a_gap_or_a_missing_anchor_is_refused() -> None:
    likelihood = SCALES.scale("likelihood").model_dump()
    levels = likelihood["levels"]
    with pytest.raises(ValidationError, match="without a gap"):
        AnchoredScale.model_validate(likelihood | {"levels": [levels[0], levels[2]]})
    with pytest.raises(ValidationError, match="needs 2 anchors"):
        AnchoredScale.model_validate(
            likelihood | {"levels": [levels[0], levels[1] | {"anchors": levels[1]["anchors"][:1]}]}
        )


# --- the domain's rules keep to the published thresholds


@given(st.fixed_dictionaries({name: st.integers(0, 4) for name in rules.SCORES}))
def test_the_class_follows_the_published_thresholds(scores: dict[str, int]) -> None:
    override = SCALES.thresholds.criticality_override
    total = sum(scores.values())
    by_sum = next(c for c, least in SCALES.thresholds.criticality.items() if total >= least)
    wanted = "S" if all(scores[name] == value for name, value in override.items()) else by_sum
    assert rules.judge(scores).proposed == wanted


@given(role=st.sampled_from(AcceptanceRole), level=one_to_five)
def test_who_may_accept_follows_the_published_authority(role: AcceptanceRole, level: int) -> None:
    ranks = list(AcceptanceRole)
    needed = SCALES.thresholds.acceptance.get(level, AcceptanceRole.MANAGER)
    assert rules.may_accept(role, level, SCALES.standard) == (ranks.index(role) >= ranks.index(needed))


@pytest.mark.parametrize(
    ("days", "urgency"), [(0, 4), (30, 4), (31, 3), (90, 3), (91, 2), (180, 2), (181, 1)]
)
def test_urgency_floors_are_at_30_90_and_180_days(days: int, urgency: int) -> None:
    today = date(2026, 11, 23)
    assert rules.floor_for_date(today + timedelta(days=days), today, SCALES.standard) == urgency


def test_what_is_under_way_is_as_urgent_as_published() -> None:
    today = date(2026, 11, 23)
    floor = rules.urgency_floor([], today, SCALES.standard, under_way=True)
    assert floor == SCALES.thresholds.urgency_under_way == 5


@pytest.mark.parametrize(("level", "days"), [(5, 90), (4, 90), (3, 180), (2, 360), (1, 360)])
def test_review_comes_sooner_for_higher_levels(level: int, days: int) -> None:
    today = date(2026, 11, 23)
    assert rules.next_review(level, today, SCALES.standard) == today + timedelta(days=days)


@given(
    dependency=st.integers(1, 4),
    penetration=st.integers(1, 4),
    maturity=st.integers(1, 4),
    trust=st.integers(1, 4),
)
def test_zones_part_at_one_half_and_one_and_a_half(
    dependency: int, penetration: int, maturity: int, trust: int
) -> None:
    value = dependency * penetration / (maturity * trust)
    wanted = "control" if value < 0.5 else "watch" if value < 1.5 else "danger"
    assert rules.zone(rules.threat(dependency, penetration, maturity, trust), SCALES.standard) == wanted


@given(operating=st.integers(0, 4))
def test_a_control_lowers_likelihood_only_as_far_as_its_proof_reaches(operating: int) -> None:
    drops = SCALES.thresholds.likelihood_drop
    wanted = max((levels for least, levels in drops.items() if operating >= least), default=0)
    control = items.Countermeasure.model_construct(
        title="監査権", status=CountermeasureStatus.VERIFIED, design_effect=3, operating_effect=operating
    )
    assert rules.credit([control]) == wanted
    if operating < 2:
        assert wanted == 0


@given(amber=st.integers(1, 500), red=st.integers(1, 500))
def test_an_indicator_turns_amber_before_it_turns_red(amber: int, red: int) -> None:
    row = catalog.kris()["K01"].model_dump() | {"amber": amber, "red": red}
    if amber < red:
        assert catalog.Kri.model_validate(row).red == red
    else:
        with pytest.raises(ValidationError, match="amber must come before red"):
            catalog.Kri.model_validate(row)
