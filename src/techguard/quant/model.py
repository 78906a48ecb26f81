"""What is known of each risk, before any number is drawn: frequency, losses, common cause, measures.

A risk is an exposure in numbers: one technology on one route. Three rules make the figures honest:

* **A range of frequency is doubt**, so one value of it holds for a whole simulated year. **A range of loss is
  chance**: each event draws its own.
* **A cause strikes together.** Where several risks hang on one engagement or counterparty, a share of each
  one's frequency comes from it. The risk with the largest such part (share × mean frequency) leads: its
  part is how often the cause occurs. An event of the cause strikes each other risk with probability (its part
  ÷ the leader's part), nested: whoever is struck less often is struck only along with those struck more
  often. No risk's mean frequency is changed by that.
* **A measure acts on the risk it names and on no other**, so what is done on one route changes nothing on
  another. It leaves a share of the events, a share of each loss, or both; several on one risk multiply.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from techguard.domain.words import LossForm

from .ranges import Factor, Frequency, Pert, Years, Yen

Id = Annotated[str, Field(min_length=1, max_length=64)]

_WHOLE = Pert.certain(1)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LostAdvantage(_Frozen):
    """What a lost lead costs: years until a competitor has caught up × margin a year × share of it lost.

    The dominant loss of a core technology (domain.md §5.4).
    """

    years: Years
    margin: Yen
    """Yen a year."""
    share: Factor = _WHOLE


class Cause(_Frozen):
    """The engagement or counterparty (`id`) that a `share` (0..1) of a risk's events comes from."""

    id: Id
    share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Risk(_Frozen):
    """One exposure in numbers.

    `frequency`: loss events a year. `losses`: yen an event, each form drawn by itself and then summed.
    `advantage` stands in for the form competitive advantage and cannot be given beside it. Raises a
    ValidationError: `loss_missing`, `loss_twice`, or that of a range.
    """

    id: Id
    frequency: Frequency
    losses: Mapping[LossForm, Yen] = Field(default_factory=dict)
    advantage: LostAdvantage | None = None
    cause: Cause | None = None

    @field_validator("losses")
    @classmethod
    def _in_order(cls, losses: Mapping[LossForm, Yen]) -> Mapping[LossForm, Yen]:
        return {form: losses[form] for form in LossForm if form in losses}

    @model_validator(mode="after")
    def _loses_something_once(self) -> Self:
        if not self.losses and self.advantage is None:
            raise PydanticCustomError("loss_missing", "a risk needs a loss")
        if self.advantage is not None and LossForm.COMPETITIVE_ADVANTAGE in self.losses:
            raise PydanticCustomError("loss_twice", "lost advantage is given twice")
        return self


class Effect(_Frozen):
    """What a countermeasure leaves of one risk: of its `frequency` and of each `loss` (factors 0..1).

    A factor that is a range is doubt about the measure: one value of it holds for a whole simulated year.
    """

    measure: Id
    risk: Id
    frequency: Factor = _WHOLE
    loss: Factor = _WHOLE

    @property
    def left(self) -> float:
        """The mean share of the risk's expected loss that is left."""
        return self.frequency.mean * self.loss.mean


class Portfolio(_Frozen):
    """All risks, with the effects of the measures that are to be counted.

    Raises a ValidationError: `taken` (an id or an effect is there twice), `not_there` (an effect names a risk
    that is not in it).
    """

    risks: tuple[Risk, ...]
    effects: tuple[Effect, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _once(risk.id for risk in self.risks)
        _once((effect.measure, effect.risk) for effect in self.effects)
        known = {risk.id for risk in self.risks}
        if not known.issuperset(effect.risk for effect in self.effects):
            raise PydanticCustomError("not_there", "an effect names an unknown risk")
        return self

    def by_risk(self) -> dict[str, tuple[Effect, ...]]:
        """The effects on each risk, by measure."""
        found: dict[str, tuple[Effect, ...]] = {risk.id: () for risk in self.risks}
        for effect in sorted(self.effects, key=lambda e: e.measure):
            found[effect.risk] += (effect,)
        return found

    def leaders(self) -> dict[str, Risk]:
        """For each cause, the risk whose part of it is largest; of equals, the one with the smallest id."""
        found: dict[str, Risk] = {}
        for risk in sorted(self.risks, key=lambda r: r.id):
            if risk.cause is not None:
                first = found.get(risk.cause.id)
                if first is None or part(risk) > part(first):
                    found[risk.cause.id] = risk
        return found

    def digest(self) -> str:
        """SHA-256 of everything that was put in, so that a result can be told to belong to it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def part(risk: Risk) -> float:
    """How many events a year of a risk come from its cause, on average."""
    return risk.cause.share * risk.frequency.mean if risk.cause else 0.0


def _once(values: Iterable[object]) -> None:
    seen: set[object] = set()
    for value in values:
        if value in seen:
            raise PydanticCustomError("taken", "something is there twice")
        seen.add(value)
