"""The shapes of the catalogue's rows: frozen, in both languages, each with where it comes from.

`origin` says how far a row may be trusted as someone else's word:

* ``official``: the words of the body named in `sources`, unchanged; the other language is our rendering;
* ``derived``: our words, resting on what `sources` say;
* ``proposal``: ours, with no authority claimed.

`edition` is that of the document an official or derived row follows, and otherwise the catalogue's own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from ..domain.scales import Scale
from ..domain.words import (
    AcceptanceRole,
    Addressee,
    Criticality,
    Department,
    Direction,
    Purpose,
    Vector,
)

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
RouteId = Annotated[str, StringConstraints(pattern=r"^R\d\d$")]
SubRouteId = Annotated[str, StringConstraints(pattern=r"^R\d\d[a-z]$")]
ScenarioId = Annotated[str, StringConstraints(pattern=r"^R\d\d-C\d+$")]
SignId = Annotated[str, StringConstraints(pattern=r"^R\d\d-S\d+$")]
CountermeasureId = Annotated[str, StringConstraints(pattern=r"^CM\d\d$")]
KriId = Annotated[str, StringConstraints(pattern=r"^K\d\d$")]
SourceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ControlRef = Annotated[str, StringConstraints(pattern=r"^[5-8]\.\d{1,2}$")]
AttackRef = Annotated[str, StringConstraints(pattern=r"^T\d{4}(\.\d{3})?$")]


class Origin(StrEnum):
    """Whose words a row is; see the module's text."""

    OFFICIAL = "official"
    DERIVED = "derived"
    PROPOSAL = "proposal"


class SourceKind(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    OWN = "own"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Frozen):
    """One thing said in both languages."""

    ja: Words
    en: Words

    def in_(self, lang: str) -> str:
        """The words in `lang`: Japanese for ``ja``, English for anything else."""
        return self.ja if lang == "ja" else self.en


class Row(_Frozen):
    """What every row carries: an id and where it comes from."""

    id: Words
    origin: Origin
    sources: tuple[SourceId, ...] = Field(min_length=1)
    edition: Words


class Line(Row, Text):
    """A row that is one text: a term, a scenario, a purpose …"""


class Source(_Frozen):
    """A document or body that rows name as their source. `date`: ISO 8601, whole or a year or month."""

    id: SourceId
    kind: SourceKind
    title: Text
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d\d(-\d\d)?)?$")] | None = None
    edition: Words | None = None
    address: Words | None = None
    note: Text | None = None


# ---------------------------------------------------------------- routes


class Vocabulary(Row):
    """The words another document uses for the same routes."""

    title: Text
    terms: tuple[Line, ...]


class SubRoute(Line):
    id: SubRouteId
    direction: Direction


class Scenario(Line):
    id: ScenarioId


class Sign(Line):
    """A warning sign: a fact that can be observed, never a judgement of a person."""

    id: SignId
    attack_refs: tuple[AttackRef, ...] = ()


class FactRule(Line):
    """A rule of the facts-only gate: what it asks for, and the words that make one look again."""

    words_ja: tuple[Words, ...]
    words_en: tuple[Words, ...]
    unless_ja: tuple[Words, ...] = ()
    unless_en: tuple[Words, ...] = ()


class Route(Row):
    """A way by which a technology can leave, or by which another's secret can come in."""

    id: RouteId
    name: Text
    direction: Direction
    vectors: tuple[Vector, ...] = Field(min_length=1)
    cross: tuple[str, ...]
    """Ids of vocabulary terms; `techguard.catalog.cross_map` gives them with their vocabulary."""
    measures: tuple[CountermeasureId, ...] = Field(min_length=1)
    note: Text | None = None
    sub_routes: tuple[SubRoute, ...] = Field(min_length=1)
    scenarios: tuple[Scenario, ...] = Field(min_length=1)
    signs: tuple[Sign, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _pass_direction_down(cls, data: dict[str, Any]) -> dict[str, Any]:
        subs = [{"direction": data.get("direction")} | sub for sub in data.get("sub_routes", ())]
        return data | {"sub_routes": subs}

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        for line in (*self.sub_routes, *self.scenarios, *self.signs):
            if not line.id.startswith(self.id):
                raise ValueError(f"{line.id} stands under {self.id}")
        return self


class RoutesFile(_Frozen):
    vocabularies: tuple[Vocabulary, ...]
    routes: tuple[Route, ...]


# ---------------------------------------------------------------- countermeasures


class PurposeEntry(Line):
    id: Purpose


class CountermeasureEntry(Row):
    """A measure one can choose. Which routes it serves: `techguard.catalog.routes_using`."""

    id: CountermeasureId
    title: Text
    plain: Text
    """One sentence on what doing it means."""
    purpose: Purpose
    addressees: tuple[Addressee, ...] = Field(min_length=1)
    departments: tuple[Department, ...] = Field(min_length=1)
    """Who typically does it, most likely first (ours)."""
    control_refs: tuple[ControlRef, ...]
    """Control numbers of ISO/IEC 27001:2022 Annex A."""
    general: bool = False
    """Serves every route and is therefore listed under none."""


class CountermeasuresFile(_Frozen):
    purposes: tuple[PurposeEntry, ...]
    countermeasures: tuple[CountermeasureEntry, ...]


# ---------------------------------------------------------------- scales


class ScaleLevel(_Frozen):
    """One step of a scale: a number, its short name, and what it takes to choose it."""

    value: int
    name: Text
    anchors: tuple[Text, ...] = Field(min_length=1)


class AnchoredScale(Row):
    """A question answered by a number. `facets` name a level's anchors where it has several.

    The id is the one that the fields of `techguard.domain.items` name in `About.scale`.
    """

    code: Words | None = None
    """What the literature of the register calls it, for example IM1."""
    title: Text
    question: Text
    facets: tuple[Text, ...] = ()
    levels: tuple[ScaleLevel, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _orderly(self) -> Self:
        values = [level.value for level in self.levels]
        if values != list(range(values[0], values[0] + len(values))):
            raise ValueError(f"{self.id}: levels must run without a gap, got {values}")
        wanted = len(self.facets) or 1
        if any(len(level.anchors) != wanted for level in self.levels):
            raise ValueError(f"{self.id}: every level needs {wanted} anchors")
        return self

    def level(self, value: int) -> ScaleLevel:
        """The step with this number. Raises LookupError outside the scale."""
        for level in self.levels:
            if level.value == value:
                return level
        raise LookupError(f"{self.id} has no level {value}")


class Thresholds(_Frozen):
    """The rules of `techguard.domain.rules` as numbers, for whoever explains them to a reader."""

    criticality: dict[Criticality, int]
    """The least sum of the six identification scores for each class."""
    criticality_override: dict[str, int]
    """Scores that together make a technology class S whatever its sum."""
    urgency_under_way: int
    """Urgency once an incident is known or a sign was escalated."""
    acceptance: dict[int, AcceptanceRole]
    """The least role that may accept a level, for the levels that need a particular one."""
    likelihood_drop: dict[int, int]
    """By how many levels a control may lower the likelihood, from a proved operating effect upward."""

    @field_validator("acceptance", "likelihood_drop", mode="before")
    @classmethod
    def _number_keys(cls, table: dict[str, Any]) -> dict[int, Any]:
        # TOML knows only text as a key.
        return {int(key): value for key, value in table.items()}


class Scales(_Frozen):
    """Every scale, and the standard rating scale, in one edition."""

    edition: Words
    standard: Scale
    """The matrix and the thresholds around it, as the rules of the domain take them."""
    thresholds: Thresholds
    scales: tuple[AnchoredScale, ...]

    @model_validator(mode="before")
    @classmethod
    def _one_edition(cls, data: dict[str, Any]) -> dict[str, Any]:
        return data | {"standard": data["standard"] | {"edition": data["edition"]}}

    @property
    def matrix(self) -> tuple[tuple[int, ...], ...]:
        """The 5x5 grid: level by [likelihood - 1][impact - 1]."""
        return self.standard.matrix

    def scale(self, scale_id: str) -> AnchoredScale:
        """One scale by its id. Raises LookupError when there is none."""
        for scale in self.scales:
            if scale.id == scale_id:
                return scale
        raise LookupError(f"there is no scale {scale_id}")


# ---------------------------------------------------------------- checklists and key risk indicators


class ChecklistItem(Line):
    """One item for self-check; none of them is a duty."""

    section: Words | None = None
    """The section of the source it follows."""
    purpose: Purpose | None = None
    addressee: Addressee | None = None


class Checklist(Row):
    """A list for self-check. One that was not obtained has no items and waits for the user's own import."""

    title: Text
    note: Text
    obtained: bool = True
    items: tuple[ChecklistItem, ...] = ()

    @model_validator(mode="after")
    def _items_if_obtained(self) -> Self:
        if self.obtained != bool(self.items):
            raise ValueError(f"{self.id}: obtained is {self.obtained} and there are {len(self.items)} items")
        return self


class Kri(Line):
    """A key risk indicator with default thresholds: a value at or above one has its colour."""

    id: KriId
    unit: Annotated[str, StringConstraints(pattern=r"^(count|days)$")]
    amber: int = Field(ge=1)
    red: int = Field(ge=1)

    @model_validator(mode="after")
    def _amber_first(self) -> Self:
        if self.amber >= self.red:
            raise ValueError(f"{self.id}: amber must come before red")
        return self
