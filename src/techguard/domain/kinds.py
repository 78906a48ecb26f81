"""The kinds of entry, in the order a reader meets them, and how each is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from . import items as i
from .fields import FieldSpec, FieldType, specs


@dataclass(frozen=True)
class Kind:
    """One kind of entry.

    `name` and `plural` are the words of the command line; `label` and `label_plural` are message ids;
    `prefix` begins its reference numbers; `title` names the field that stands for the entry; `parent` the
    field that says what it belongs to, where it cannot stand alone.
    """

    name: str
    plural: str
    prefix: str
    model: type[i.Item]
    label: str
    label_plural: str
    title: str
    parent: str = ""

    @cached_property
    def fields(self) -> tuple[FieldSpec, ...]:
        """Every field a person knows, in the order it was written."""
        return specs(self.model)

    @cached_property
    def by_name(self) -> Mapping[str, FieldSpec]:
        """The fields by name."""
        return MappingProxyType({f.name: f for f in self.fields})

    @cached_property
    def editable(self) -> tuple[FieldSpec, ...]:
        """The fields a person fills in."""
        return tuple(f for f in self.fields if not f.about.derived)

    @cached_property
    def derived(self) -> tuple[FieldSpec, ...]:
        """The fields the register computes."""
        return tuple(f for f in self.fields if f.about.derived)

    @cached_property
    def text_fields(self) -> tuple[FieldSpec, ...]:
        """What search covers: every text a person wrote."""
        return tuple(f for f in self.fields if f.is_text and not f.about.derived)

    @cached_property
    def refs(self) -> tuple[FieldSpec, ...]:
        """The fields that point to other entries."""
        return tuple(f for f in self.fields if f.type in {FieldType.REF, FieldType.REFS})

    @property
    def append_only(self) -> bool:
        """Whether entries are evidence: added to, never changed."""
        return self.model.append_only

    def title_of(self, item: i.Item) -> str:
        """What stands for the entry in a list."""
        return str(getattr(item, self.title) or item.ref)


_ALL = (
    Kind("technology", "technologies", "TEC", i.Technology, "Technology", "Technologies", "code_name"),
    Kind(
        "element", "elements", "KNW", i.Element, "Know-how element", "Know-how elements", "name", "technology"
    ),
    Kind("exposure", "exposures", "EXP", i.Exposure, "Exposure", "Exposures", "title", "technology"),
    Kind("rating", "ratings", "RTG", i.Rating, "Rating", "Ratings", "rationale", "exposure"),
    Kind(
        "countermeasure",
        "countermeasures",
        "CMS",
        i.Countermeasure,
        "Countermeasure",
        "Countermeasures",
        "title",
    ),
    Kind(
        "estimate",
        "estimates",
        "QNT",
        i.Estimate,
        "Estimate in money",
        "Estimates in money",
        "basis",
        "exposure",
    ),
    Kind("acceptance", "acceptances", "ACC", i.Acceptance, "Acceptance", "Acceptances", "reason", "exposure"),
    Kind("engagement", "engagements", "ENG", i.Engagement, "Engagement", "Engagements", "title"),
    Kind("agreement", "agreements", "AGR", i.Agreement, "Agreement", "Agreements", "title", "engagement"),
    Kind("milestone", "milestones", "MIL", i.Milestone, "Milestone", "Milestones", "label", "engagement"),
    Kind("variant", "variants", "VAR", i.Variant, "Variant", "Variants", "title", "engagement"),
    Kind(
        "assumption",
        "assumptions",
        "ASM",
        i.Assumption,
        "Assumed exposure",
        "Assumed exposures",
        "title",
        "variant",
    ),
    Kind(
        "comparison",
        "comparisons",
        "CMP",
        i.Comparison,
        "Comparison on record",
        "Comparisons on record",
        "title",
        "engagement",
    ),
    Kind("counterparty", "counterparties", "CPT", i.Counterparty, "Counterparty", "Counterparties", "name"),
    Kind("review", "reviews", "REV", i.Review, "Review session", "Review sessions", "title"),
    Kind("outcome", "outcomes", "OUT", i.Outcome, "Agenda item", "Agenda items", "title", "review"),
    Kind("decision", "decisions", "DEC", i.Decision, "Decision", "Decisions", "title"),
    Kind("answer", "answers", "CHK", i.ChecklistAnswer, "Checklist answer", "Checklist answers", "item"),
    Kind("checkitem", "checkitems", "CHI", i.CheckItem, "Checklist item", "Checklist items", "wording"),
    Kind("consultation", "consultations", "CON", i.Consultation, "Consultation", "Consultations", "topic"),
    Kind("observation", "observations", "OBS", i.Observation, "Observation", "Observations", "title"),
    Kind(
        "exclusion",
        "exclusions",
        "EXC",
        i.Exclusion,
        "Route ruled out",
        "Routes ruled out",
        "reason",
        "technology",
    ),
    Kind("person", "people", "PSN", i.Person, "Person", "People", "name"),
    Kind("summary", "summaries", "SUM", i.Summary, "Board summary", "Board summaries", "title"),
    Kind("scale", "scales", "SCL", i.ScaleEdition, "Own scale", "Own scales", "title"),
)

KINDS: Mapping[str, Kind] = MappingProxyType({k.name: k for k in _ALL})
"""Every kind by name."""

BY_PLURAL: Mapping[str, Kind] = MappingProxyType({k.plural: k for k in _ALL})
"""Every kind by the plural word of the command line."""

_BY_MODEL = {k.model: k for k in _ALL}
_BY_PREFIX = {k.prefix: k for k in _ALL}


def kind_of(what: i.Item | type[i.Item] | str) -> Kind:
    """The kind of an entry, a model, a name or a plural. Raises KeyError."""
    if isinstance(what, str):
        return KINDS.get(what) or BY_PLURAL[what]
    return _BY_MODEL[what if isinstance(what, type) else type(what)]


def kind_of_ref(ref: str) -> Kind | None:
    """The kind a reference number such as TEC-0001 belongs to, or None."""
    return _BY_PREFIX.get(ref.partition("-")[0].upper())


# Kinds in an order in which each comes after everything it refers to: what an import writes first.
def by_dependency() -> tuple[Kind, ...]:
    """The kinds, each after those it refers to."""
    done: list[Kind] = []
    rest = list(_ALL)
    while rest:
        ready = [k for k in rest if all(KINDS[f.to] in done or f.to == k.name for f in k.refs)]
        if not ready:
            raise RuntimeError("kinds refer to each other in a circle")
        done += ready
        rest = [k for k in rest if k not in ready]
    return tuple(done)
