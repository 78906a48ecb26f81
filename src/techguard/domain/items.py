"""What the register holds: one frozen model a word of the design, each field written once.

The fields and their allowed values follow domain.md §6a. Three rules are built into the shapes themselves: no
field takes the secret itself (only pointers to where it is kept), no field takes a person's nationality or
profile, and what is evidence (ratings, acceptances, checklist answers) is never changed, only added to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self
from uuid import uuid4

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from . import scales, spread
from . import words as w
from .fields import About, Redaction
from .text import clean

R1 = Redaction.BOARD
R2 = Redaction.ADVISER


def _to_four_places(value: Decimal) -> Decimal:
    """As exact as the register keeps a decimal, so that what is signed is what is kept."""
    return value.quantize(Decimal("0.0001"))


def _said(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without those that say nothing: an empty line of a form, an empty cell of a list."""
    return tuple(word for word in words if word.strip())


def _each_once(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


Score = Annotated[int, Ge(0), Le(4)]
Rate = Annotated[int, Ge(1), Le(5)]
Step = Annotated[int, Ge(1), Le(scales.MOST)]
"""A step of likelihood or impact; how many there are says the scale in force."""
Factor = Annotated[int, Ge(1), Le(4)]
Years = Annotated[Decimal, Ge(Decimal(0)), Le(Decimal(100)), AfterValidator(_to_four_places)]
Yen = Annotated[int, Ge(0), Le(10**15)]
Range = Annotated[str, MaxLen(200)]
_RANGE = "Three figures, lowest / most likely / highest; or two, low ~ high, that hold nine times in ten."
Amounts = Annotated[Range, AfterValidator(spread.normal("JPY"))]
PerYear = Annotated[Range, AfterValidator(spread.normal("a year"))]
SomeYears = Annotated[Range, AfterValidator(spread.normal("years"))]
Percent = Annotated[Range, AfterValidator(spread.normal("%"))]
_MONEY = "In yen. ¥1.2 million and the like are understood."
Line = Annotated[str, MaxLen(200)]
Note = Annotated[str, MaxLen(20_000)]
Words = Annotated[tuple[Annotated[str, MaxLen(200)], ...], MaxLen(200), AfterValidator(_said)]
Ref = Annotated[str, MaxLen(64)]
Refs = Annotated[tuple[str, ...], MaxLen(10_000), AfterValidator(_each_once)]


def new_id() -> str:
    """A fresh identifier: 32 hexadecimal digits, random, the same in every copy of a vault."""
    return uuid4().hex


class Item(BaseModel):
    """What every entry has. Instances are immutable; a change makes a new instance with a higher version."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=False)

    append_only: ClassVar[bool] = False
    """Evidence: added to, never changed."""

    id: str = Field(default_factory=new_id, pattern=r"^[0-9a-f]{32}$")
    ref: str = Field(default="", max_length=20)
    version: int = Field(default=1, ge=1)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    removed_at: datetime | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _clean_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, list | tuple):
            return tuple(clean(v) if isinstance(v, str) else v for v in value)
        return value

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, but in one step: an import of ten thousand rows copies eighty thousand times."""
        if deep:
            return super().model_copy(update=update, deep=True)
        update = update or {}
        made = type(self).__new__(type(self))
        object.__setattr__(made, "__dict__", {**self.__dict__, **update})
        object.__setattr__(made, "__pydantic_fields_set__", {*self.__pydantic_fields_set__, *update})
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made

    def changed(self, **fields: Any) -> Self:
        """A validated copy with other values. Raises `pydantic.ValidationError`."""
        return type(self).model_validate({**dict(self), **fields})


_NOTE = About("Note", "Anything else worth keeping; not the secret itself.", section="Notes", long=True)
_SOURCE_REF = About("Source number", "The number this entry had in the list it came from.", section="Notes")
_HANDLING = About("Handling", "How confidential this entry itself is.", section="Notes")


class Person(Item):
    """A person who owns, decides or acts: display name or staff code, department, role; nothing else."""

    name: Annotated[
        str, MinLen(1), MaxLen(80), About("Name", "A display name, staff code or role.", column=True)
    ]
    department: Annotated[w.Department | None, About("Department", column=True)] = None
    role: Annotated[
        Line, About("Role", "For example: head of sintering research.", column=True, visible=R2)
    ] = ""
    active: Annotated[bool, About("Active", column=True)] = True
    access: Annotated[
        w.Access | None,
        About(
            "Access",
            "What they may do in this register.",
            section="Access",
            visible=Redaction.FULL,
            derived=True,
        ),
    ] = None
    signing_keys: Annotated[
        Words, About("Signing keys", "The keys that sign for this person.", section="Access", derived=True)
    ] = ()
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Technology(Item):
    """A core technology: what must not leak."""

    code_name: Annotated[
        str,
        MinLen(1),
        MaxLen(120),
        About("Code name", "A name that identifies without disclosing.", column=True, visible=R2),
    ]
    outline: Annotated[
        Annotated[str, MaxLen(4000)],
        About("Outline", "Enough to identify the technology. Never write the secret itself here.", long=True),
    ] = ""
    kind: Annotated[w.TechnologyKind | None, About("Kind", column=True)] = None
    areas: Annotated[tuple[w.TechnologyArea, ...], About("Technology area")] = ()
    business_unit: Annotated[Line, About("Business unit", column=True, visible=R1)] = ""
    products: Annotated[Words, About("Products", "Products that use the technology, one a line.")] = ()
    lifecycle: Annotated[w.Lifecycle | None, About("Lifecycle")] = None
    status: Annotated[
        w.TechnologyStatus, About("Status", "A candidate is still to be judged.", column=True)
    ] = w.TechnologyStatus.CANDIDATE
    next_review: Annotated[date | None, About("Next review", "When it is looked at again.", column=True)] = (
        None
    )

    owner: Annotated[
        Ref | None,
        About(
            "Technology owner",
            "The one person in R&D who answers for it.",
            "People",
            to="person",
            column=True,
        ),
    ] = None
    legal_owner: Annotated[Ref | None, About("Legal owner", section="People", to="person")] = None
    executive: Annotated[
        Ref | None, About("Executive in charge", "Needed for class S and A.", "People", to="person")
    ] = None

    competitive_edge: Annotated[
        Score | None, About("Competitive edge", section="Identification", scale="competitive_edge")
    ] = None
    non_substitutability: Annotated[
        Score | None, About("Non-substitutability", section="Identification", scale="non_substitutability")
    ] = None
    catch_up: Annotated[Score | None, About("Catch-up", section="Identification", scale="catch_up")] = None
    dependence: Annotated[
        Score | None, About("Business dependence", section="Identification", scale="dependence")
    ] = None
    national_base: Annotated[
        Score | None, About("National base", section="Identification", scale="national_base")
    ] = None
    secrecy: Annotated[Score | None, About("Secrecy", section="Identification", scale="secrecy")] = None
    criticality_confirmed: Annotated[
        w.Criticality | None,
        About(
            "Confirmed class",
            "Your own judgement; it stands in place of the proposed class.",
            "Identification",
        ),
    ] = None
    criticality_reason: Annotated[
        Note, About("Reason for the class", section="Identification", long=True)
    ] = ""
    criticality: Annotated[
        w.Criticality | None,
        About("Criticality class", section="Identification", derived=True, column=True, visible=R2),
    ] = None
    lead_years_low: Annotated[
        Years | None,
        About("Catch-up years, at least", "Years a competitor needs to catch up.", "Identification"),
    ] = None
    lead_years_likely: Annotated[Years | None, About("Catch-up years, likely", section="Identification")] = (
        None
    )
    lead_years_high: Annotated[Years | None, About("Catch-up years, at most", section="Identification")] = (
        None
    )
    same_field_firms: Annotated[
        w.SameFieldFirms | None, About("Same-field Japanese firms", section="Identification")
    ] = None

    questions_asked: Annotated[
        tuple[w.InterviewQuestion, ...],
        About("Questions gone through", "What the interview has asked so far.", "Identification"),
    ] = ()
    questions_unknown: Annotated[
        tuple[w.InterviewQuestion, ...],
        About("Questions nobody could answer", "Unknown is not zero: find out.", "Identification"),
    ] = ()

    impact_financial: Annotated[
        Step | None, About("Financial impact", section="Impact of a leak", scale="impact.financial")
    ] = None
    impact_market: Annotated[
        Step | None, About("Impact on market position", section="Impact of a leak", scale="impact.market")
    ] = None
    impact_national_base: Annotated[
        Step | None,
        About("Impact on the national base", section="Impact of a leak", scale="impact.national_base"),
    ] = None
    impact_partner_trust: Annotated[
        Step | None,
        About("Impact on partner trust", section="Impact of a leak", scale="impact.partner_trust"),
    ] = None
    impact_legal: Annotated[
        Step | None, About("Legal and contract impact", section="Impact of a leak", scale="impact.legal")
    ] = None
    impact_diversion: Annotated[
        Step | None, About("Impact by diversion", section="Impact of a leak", scale="impact.diversion")
    ] = None
    impact: Annotated[
        Step | None,
        About(
            "Impact",
            "The highest of the six dimensions.",
            "Impact of a leak",
            scale="impact",
            derived=True,
            column=True,
        ),
    ] = None
    impact_driver: Annotated[
        w.ImpactDimension | None, About("Driving dimension", section="Impact of a leak", derived=True)
    ] = None
    scale_edition: Annotated[
        Line,
        About(
            "Scale edition",
            "The edition of the scale on which the impacts were stated.",
            section="Impact of a leak",
            catalog="scales",
            derived=True,
        ),
    ] = ""

    information_owner: Annotated[
        w.InformationOwner, About("Information owner", section="Protection", visible=R2)
    ] = w.InformationOwner.OWN
    protection: Annotated[tuple[w.Protection, ...], About("Form of protection", section="Protection")] = ()
    open_close: Annotated[w.OpenClose | None, About("Open or closed", section="Protection")] = None
    secrecy_managed: Annotated[w.Requirement, About("Managed as secret", section="Protection")] = (
        w.Requirement.UNKNOWN
    )
    useful: Annotated[w.Requirement, About("Useful for business", section="Protection")] = (
        w.Requirement.UNKNOWN
    )
    not_public: Annotated[w.Requirement, About("Not publicly known", section="Protection")] = (
        w.Requirement.UNKNOWN
    )
    trade_secret_evidence: Annotated[
        Note, About("Evidence for the three requirements", section="Protection", long=True)
    ] = ""
    trade_secret_assessed_on: Annotated[
        date | None, About("Requirements assessed on", section="Protection")
    ] = None
    dead_letter_risk: Annotated[
        bool, About("Rules may be a dead letter", "Rules exist but are not lived.", "Protection")
    ] = False

    public_funding: Annotated[
        w.PublicFunding | None, About("Public-funding condition", section="Regulation")
    ] = None
    export_control_class: Annotated[
        Line, About("Export-control class", "A reminder, not a legal determination.", "Regulation")
    ] = ""
    classification_date: Annotated[date | None, About("Classified on", section="Regulation")] = None
    classification_ref: Annotated[Line, About("Classification record", section="Regulation")] = ""
    fefta_prior_report: Annotated[
        w.RegulatoryStatus, About("FEFTA prior report", section="Regulation", visible=R2)
    ] = w.RegulatoryStatus.NOT_ASSESSED
    core_sector: Annotated[w.RegulatoryStatus, About("Core sector", section="Regulation", visible=R2)] = (
        w.RegulatoryStatus.NOT_ASSESSED
    )
    deemed_export: Annotated[
        w.RegulatoryStatus,
        About(
            "Deemed-export check",
            "The result of the check only; never anyone's nationality.",
            "Regulation",
            visible=R2,
        ),
    ] = w.RegulatoryStatus.NOT_ASSESSED
    patent_secrecy: Annotated[w.PatentSecrecy, About("Patent secrecy", section="Regulation", visible=R2)] = (
        w.PatentSecrecy.NOT_ASSESSED
    )
    foreign_filing_check: Annotated[
        w.RegulatoryStatus, About("Foreign-filing pre-check", section="Regulation", visible=R2)
    ] = w.RegulatoryStatus.NOT_ASSESSED
    specified_critical: Annotated[
        w.RegulatoryStatus, About("Specified critical technology", section="Regulation", visible=R2)
    ] = w.RegulatoryStatus.NOT_ASSESSED
    regulatory_note: Annotated[Note, About("Notes on regulation", section="Regulation", long=True)] = ""

    handling: Annotated[w.Handling, _HANDLING] = w.Handling.CONFIDENTIAL
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Element(Item):
    """A know-how element: the unpublished piece that makes a technology work; a pointer, not the content."""

    technology: Annotated[Ref, About("Technology", to="technology", column=True)]
    name: Annotated[str, MinLen(1), MaxLen(120), About("Name", "Identify, do not disclose.", column=True)]
    type: Annotated[w.ElementType | None, About("Type", column=True)] = None
    form: Annotated[w.ElementForm | None, About("Form", column=True)] = None
    location: Annotated[Line, About("Location (pointer)", "Where it is kept; a reference only.")] = ""
    holders: Annotated[
        Annotated[int, Ge(0), Le(1_000_000)] | None, About("Holders", "How many people know it.", column=True)
    ] = None
    single_holder: Annotated[bool, About("Single holder", "Only one person knows it.", column=True)] = False
    marked_secret: Annotated[bool | None, About("Marked secret")] = None
    access_list: Annotated[Line, About("Access list (pointer)")] = ""
    last_access_review: Annotated[date | None, About("Last access review")] = None
    handling: Annotated[w.Handling, _HANDLING] = w.Handling.CONFIDENTIAL
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Counterparty(Item):
    """Whom we deal with, and how far its technology management can be relied on."""

    name: Annotated[str, MinLen(1), MaxLen(120), About("Name", column=True)]
    code_name: Annotated[
        Line, About("Code name", "Shown in board summaries in place of the name.", visible=R1)
    ] = ""
    kind: Annotated[w.CounterpartyKind | None, About("Kind", column=True, visible=R2)] = None
    jurisdiction: Annotated[
        Annotated[str, MaxLen(60)],
        About("Jurisdiction", "A fact about the organisation; it is never scored.", column=True, visible=R1),
    ] = ""
    owner: Annotated[Ref | None, About("Our contact", to="person")] = None
    ultimate_owner_known: Annotated[w.Known | None, About("Ultimate owner known", section="Assessment")] = (
        None
    )
    government_influence: Annotated[
        w.GovernmentInfluence, About("Government influence", section="Assessment")
    ] = w.GovernmentInfluence.UNKNOWN
    listed_on: Annotated[Words, About("Found on lists", section="Assessment")] = ()
    screened_on: Annotated[date | None, About("Screened on", section="Assessment")] = None
    certifications: Annotated[tuple[w.Certification, ...], About("Certifications", section="Assessment")] = ()
    dependency: Annotated[Factor | None, About("Dependency", section="Assessment", scale="dependency")] = None
    penetration: Annotated[Factor | None, About("Penetration", section="Assessment", scale="penetration")] = (
        None
    )
    maturity: Annotated[Factor | None, About("Maturity", section="Assessment", scale="maturity")] = None
    trust: Annotated[Factor | None, About("Trust", section="Assessment", scale="trust")] = None
    target_dependency: Annotated[
        Factor | None, About("Dependency after measures", section="Assessment", scale="dependency")
    ] = None
    target_penetration: Annotated[
        Factor | None, About("Penetration after measures", section="Assessment", scale="penetration")
    ] = None
    target_maturity: Annotated[
        Factor | None, About("Maturity after measures", section="Assessment", scale="maturity")
    ] = None
    target_trust: Annotated[
        Factor | None, About("Trust after measures", section="Assessment", scale="trust")
    ] = None
    threat: Annotated[
        Decimal | None,
        About("Threat", "(dependency × penetration) ÷ (maturity × trust)", "Assessment", derived=True),
    ] = None
    zone: Annotated[w.Zone | None, About("Zone", section="Assessment", derived=True, column=True)] = None
    target_zone: Annotated[
        w.Zone | None, About("Zone after measures", section="Assessment", derived=True)
    ] = None
    due_diligence: Annotated[
        w.DueDiligence | None, About("Due-diligence outcome", section="Assessment", column=True)
    ] = None
    due_diligence_on: Annotated[date | None, About("Due diligence on", section="Assessment")] = None
    due_diligence_until: Annotated[
        date | None, About("Due diligence valid until", section="Assessment", column=True)
    ] = None
    handling: Annotated[w.Handling, _HANDLING] = w.Handling.CONFIDENTIAL
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Engagement(Item):
    """The concrete occasion: this joint research, that deal, this retirement."""

    title: Annotated[str, MinLen(1), MaxLen(160), About("Title", column=True)]
    code_name: Annotated[
        Line, About("Code name", "Shown in board summaries in place of the title.", visible=R1)
    ] = ""
    kind: Annotated[w.EngagementKind | None, About("Kind", column=True, visible=R2)] = None
    stage: Annotated[w.Stage, About("Stage", column=True, visible=R2)] = w.Stage.PLANNING
    counterparties: Annotated[Refs, About("Counterparties", to="counterparty", column=True)] = ()
    technologies: Annotated[Refs, About("Technologies concerned", to="technology")] = ()
    owner: Annotated[Ref | None, About("Owner", to="person", column=True)] = None
    started_on: Annotated[date | None, About("Started on", visible=R2)] = None
    ends_on: Annotated[date | None, About("Ends on", column=True, visible=R2)] = None
    disclosure_scope: Annotated[w.DisclosureScope | None, About("Disclosure scope", visible=R2)] = None
    approved_by: Annotated[Ref | None, About("Approved by", to="person")] = None
    approved_on: Annotated[date | None, About("Approved on")] = None
    handling: Annotated[w.Handling, _HANDLING] = w.Handling.CONFIDENTIAL
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Agreement(Item):
    """A contract of an engagement, with what it says about information and when it ends."""

    engagement: Annotated[Ref, About("Engagement", to="engagement", column=True)]
    type: Annotated[w.AgreementType, About("Type", column=True, visible=R2)]
    title: Annotated[Line, About("Title", column=True)] = ""
    signed_on: Annotated[date | None, About("Signed on", visible=R2)] = None
    expires_on: Annotated[date | None, About("Expires", column=True, visible=R2)] = None
    survives_until: Annotated[date | None, About("Survives until", column=True, visible=R2)] = None
    return_destroy: Annotated[bool | None, About("Return or destroy", visible=R2)] = None
    audit_right: Annotated[bool | None, About("Audit right", visible=R2)] = None
    sublicence: Annotated[bool | None, About("Sublicence allowed", visible=R2)] = None
    improvement_ownership: Annotated[Line, About("Ownership of improvements")] = ""
    publication_clause: Annotated[bool | None, About("Publication clause", visible=R2)] = None
    governing_law: Annotated[Line, About("Governing law")] = ""
    location: Annotated[Line, About("Location (pointer)", "Where it is kept; a reference only.")] = ""
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Milestone(Item):
    """A dated event of an engagement; it sets a floor under the urgency of what the engagement touches."""

    engagement: Annotated[Ref, About("Engagement", to="engagement", column=True)]
    label: Annotated[str, MinLen(1), MaxLen(120), About("What happens", column=True)]
    kind: Annotated[w.MilestoneKind, About("Kind", column=True, visible=R2)] = w.MilestoneKind.OTHER
    on: Annotated[date, About("Date", column=True, visible=R2)]
    done: Annotated[bool, About("Past", column=True, visible=R2)] = False
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Exposure(Item):
    """A technology × a route (× an engagement): the heart of the register.

    A leak that an imported list describes may not say its route yet; `route` is then empty, which is a gap.
    The derived fields repeat the newest current rating (or, where there is none, the inherent one), so that
    lists and counts need no join; `verify` holds them against the ratings.
    """

    technology: Annotated[Ref, About("Technology", to="technology", column=True)]
    title: Annotated[
        str,
        MinLen(1),
        MaxLen(300),
        About(
            "Scenario in one sentence",
            "Who, what, by which route, what could happen.",
            column=True,
            visible=R1,
        ),
    ]
    route: Annotated[Line, About("Route", catalog="routes", column=True, visible=R2)] = ""
    sub_route: Annotated[Line, About("Sub-route", catalog="sub_routes", visible=R2)] = ""
    engagement: Annotated[Ref | None, About("Engagement", to="engagement", column=True)] = None
    counterparty: Annotated[Ref | None, About("Counterparty", to="counterparty")] = None
    elements: Annotated[Refs, About("Reachable elements", to="element")] = ()
    direction: Annotated[w.Direction, About("Direction")] = w.Direction.OUTBOUND
    vector: Annotated[w.Vector | None, About("Vector")] = None
    actor: Annotated[w.ThreatActor | None, About("Threat actor")] = None
    cause: Annotated[Note, About("Cause", section="Scenario", long=True)] = ""
    path: Annotated[Note, About("Path", section="Scenario", long=True)] = ""
    consequence: Annotated[Note, About("Consequence", section="Scenario", long=True)] = ""
    assumptions: Annotated[Note, About("Assumptions", section="Scenario", long=True)] = ""
    status: Annotated[w.ExposureStatus, About("Status", section="Treatment", column=True)] = (
        w.ExposureStatus.IDENTIFIED
    )
    treatment: Annotated[w.Treatment, About("Treatment", section="Treatment", column=True)] = w.Treatment.OPEN
    treatment_plan: Annotated[
        Note, About("Next step", "What is done next, in one sentence.", "Treatment", long=True, visible=R1)
    ] = ""
    decision_asked: Annotated[
        Annotated[str, MaxLen(1000)],
        About("Decision asked", "What management is asked to decide.", "Treatment", long=True, visible=R1),
    ] = ""
    owner: Annotated[Ref | None, About("Owner", section="Treatment", to="person", column=True)] = None
    department: Annotated[w.Department | None, About("Department", section="Treatment")] = None
    next_review: Annotated[date | None, About("Next review", section="Treatment", column=True)] = None

    likelihood: Annotated[
        Step | None, About("Likelihood", section="Rating", scale="likelihood", derived=True, column=True)
    ] = None
    impact: Annotated[
        Step | None, About("Impact", section="Rating", scale="impact", derived=True, column=True)
    ] = None
    impact_driver: Annotated[
        w.ImpactDimension | None, About("Driving dimension", section="Rating", derived=True)
    ] = None
    level: Annotated[
        Rate | None, About("Level", section="Rating", scale="level", derived=True, column=True)
    ] = None
    basis: Annotated[w.Basis | None, About("Basis", section="Rating", derived=True)] = None
    confidence: Annotated[
        Annotated[int, Ge(1), Le(3)] | None,
        About("Confidence", section="Rating", scale="confidence", derived=True),
    ] = None
    urgency: Annotated[
        Rate | None, About("Urgency", section="Rating", scale="urgency", derived=True, column=True)
    ] = None
    rated_on: Annotated[date | None, About("Rated on", section="Rating", derived=True)] = None
    inherent_level: Annotated[
        Rate | None, About("Inherent level", section="Rating", scale="level", derived=True)
    ] = None
    target_level: Annotated[
        Rate | None, About("Target level", section="Rating", scale="level", derived=True)
    ] = None
    scale_edition: Annotated[
        Line,
        About(
            "Scale edition",
            "The edition of the scale that likelihood, impact and level are steps of.",
            section="Rating",
            catalog="scales",
            derived=True,
        ),
    ] = ""

    handling: Annotated[w.Handling, _HANDLING] = w.Handling.CONFIDENTIAL
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Rating(Item):
    """One judgement of an exposure on one day; never changed, only followed by a newer one."""

    append_only: ClassVar[bool] = True

    exposure: Annotated[Ref, About("Exposure", to="exposure", column=True)]
    basis: Annotated[w.Basis, About("Basis", column=True)] = w.Basis.CURRENT
    likelihood: Annotated[Step | None, About("Likelihood", scale="likelihood", column=True)] = None
    impact_financial: Annotated[Step | None, About("Financial impact", scale="impact.financial")] = None
    impact_market: Annotated[Step | None, About("Impact on market position", scale="impact.market")] = None
    impact_national_base: Annotated[
        Step | None, About("Impact on the national base", scale="impact.national_base")
    ] = None
    impact_partner_trust: Annotated[
        Step | None, About("Impact on partner trust", scale="impact.partner_trust")
    ] = None
    impact_legal: Annotated[Step | None, About("Legal and contract impact", scale="impact.legal")] = None
    impact_diversion: Annotated[Step | None, About("Impact by diversion", scale="impact.diversion")] = None
    impact: Annotated[
        Step | None, About("Impact", "The highest of the six dimensions.", scale="impact", column=True)
    ] = None
    impact_driver: Annotated[w.ImpactDimension | None, About("Driving dimension", column=True)] = None
    urgency: Annotated[Rate | None, About("Urgency", scale="urgency", column=True)] = None
    confidence: Annotated[
        Annotated[int, Ge(1), Le(3)] | None, About("Confidence", scale="confidence", column=True)
    ] = None
    rationale: Annotated[
        Annotated[str, MinLen(1), MaxLen(20_000)],
        About("Rationale", "Why this rating and not one higher or lower.", long=True, column=True),
    ]
    rated_on: Annotated[date | None, About("Rated on", column=True)] = None
    rated_by: Annotated[Ref | None, About("Rated by", to="person", column=True)] = None
    review: Annotated[Ref | None, About("Review session", to="review")] = None
    scale_edition: Annotated[Line, About("Scale edition", catalog="scales")] = ""
    level: Annotated[Rate | None, About("Level", scale="level", derived=True, column=True)] = None

    @model_validator(mode="before")
    @classmethod
    def _highest_dimension_decides(cls, data: Any) -> Any:
        """Impact is the maximum of the dimensions that are given, with the first of them as its driver."""
        if not isinstance(data, dict):
            return data
        given = {d: data.get(f"impact_{d.value}") for d in w.ImpactDimension}
        rated = {d: v for d, v in given.items() if isinstance(v, int)}
        if rated:
            driver = max(rated, key=lambda d: rated[d])
            chosen = data.get("impact_driver")
            if chosen is not None and rated.get(w.ImpactDimension(chosen)) == rated[driver]:
                driver = w.ImpactDimension(chosen)
            return {**data, "impact": rated[driver], "impact_driver": driver}
        return data


class Countermeasure(Item):
    """What is done against exposures; an untested one earns no credit (domain.md §6c.5)."""

    title: Annotated[str, MinLen(1), MaxLen(300), About("Title", column=True, visible=R1)]
    catalog_id: Annotated[
        Line, About("Catalogue entry", catalog="countermeasures", column=True, visible=R2)
    ] = ""
    description: Annotated[Note, About("Description", long=True)] = ""
    purpose: Annotated[w.Purpose | None, About("Purpose", column=True)] = None
    addressee: Annotated[w.Addressee | None, About("Addressee")] = None
    kind: Annotated[w.ControlKind | None, About("Kind")] = None
    exposures: Annotated[
        Refs,
        About("Exposures", "It counts only for the exposures it is linked to.", to="exposure", column=True),
    ] = ()
    department: Annotated[w.Department | None, About("Department", section="Doing", column=True)] = None
    owner: Annotated[Ref | None, About("Owner", section="Doing", to="person", column=True)] = None
    due: Annotated[date | None, About("Due", section="Doing", column=True)] = None
    status: Annotated[w.CountermeasureStatus, About("Status", section="Doing", column=True, visible=R2)] = (
        w.CountermeasureStatus.PROPOSED
    )
    done_on: Annotated[date | None, About("Done on", section="Doing")] = None
    cost_initial: Annotated[Yen | None, About("Initial cost", _MONEY, section="Doing", unit="JPY")] = None
    cost_year: Annotated[Yen | None, About("Cost a year", _MONEY, section="Doing", unit="JPY")] = None
    burden: Annotated[Rate | None, About("Burden on work", section="Doing")] = None
    design_effect: Annotated[
        Score | None, About("Design effect", section="Effect", scale="design_effect")
    ] = None
    operating_effect: Annotated[
        Score | None,
        About(
            "Operating effect",
            "Untested is 0 or 1 and lowers no rating.",
            "Effect",
            scale="operating_effect",
            column=True,
        ),
    ] = None
    events_left: Annotated[
        Percent,
        About(
            "Events left (%)",
            "For figures in money: how many in a hundred events still happen with it, for each of its "
            "exposures.",
            "Effect",
            spread="%",
        ),
    ] = ""
    loss_left: Annotated[
        Percent,
        About(
            "Loss left (%)",
            "For figures in money: how much of each loss remains with it.",
            "Effect",
            spread="%",
        ),
    ] = ""
    tested_on: Annotated[date | None, About("Tested on", section="Effect", column=True)] = None
    evidence: Annotated[Line, About("Evidence (pointer)", section="Effect")] = ""
    control_refs: Annotated[Words, About("Control references", section="Effect")] = ()
    handling: Annotated[w.Handling, _HANDLING] = w.Handling.CONFIDENTIAL
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Estimate(Item):
    """What one exposure could cost, in ranges: how often it happens, and what it then costs (domain.md E10).

    Optional. Everything is a range, because nobody knows it better; the method is in docs/explanation/money.
    """

    exposure: Annotated[Ref, About("Exposure", to="exposure", column=True)]
    basis: Annotated[
        Annotated[str, MinLen(1), MaxLen(20_000)],
        About("On what it rests", "Which cases, contracts, figures; who was asked.", long=True, column=True),
    ]
    frequency: Annotated[
        Annotated[PerYear, MinLen(1)],
        About(
            "Loss events a year",
            "How often a year, before the countermeasures named here: 0.02 / 0.05 / 0.2 is once in five to "
            "fifty years.",
            "Frequency",
            spread="a year",
            column=True,
        ),
    ]
    cause_share: Annotated[
        Annotated[int, Ge(0), Le(100)] | None,
        About(
            "From the engagement (%)",
            "How many in a hundred of its events would strike every exposure of the same engagement or "
            "counterparty together.",
            "Frequency",
        ),
    ] = None
    loss_productivity: Annotated[Amounts, About("Lost productivity", _RANGE, "Loss", spread="JPY")] = ""
    loss_response: Annotated[Amounts, About("Cost of response", _RANGE, "Loss", spread="JPY")] = ""
    loss_replacement: Annotated[Amounts, About("Cost of replacement", _RANGE, "Loss", spread="JPY")] = ""
    loss_competitive_advantage: Annotated[
        Amounts, About("Lost competitive advantage", _RANGE, "Loss", spread="JPY")
    ] = ""
    loss_fines_judgments: Annotated[Amounts, About("Fines and judgments", _RANGE, "Loss", spread="JPY")] = ""
    loss_reputation: Annotated[Amounts, About("Damage to reputation", _RANGE, "Loss", spread="JPY")] = ""
    catch_up: Annotated[
        SomeYears,
        About(
            "Years until a rival catches up",
            "With the margin of a year, in place of lost competitive advantage as an amount.",
            "Lost lead",
            spread="years",
        ),
    ] = ""
    margin: Annotated[Amounts, About("Margin a year at stake", _RANGE, "Lost lead", spread="JPY")] = ""
    margin_lost: Annotated[
        Percent, About("Share of it lost (%)", "All of it where nothing is said.", "Lost lead", spread="%")
    ] = ""
    confidence: Annotated[
        Annotated[int, Ge(1), Le(3)] | None, About("Confidence", scale="confidence", column=True)
    ] = None
    estimated_on: Annotated[date | None, About("Estimated on", section="Notes", column=True)] = None
    estimated_by: Annotated[Ref | None, About("Estimated by", section="Notes", to="person")] = None
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""

    @model_validator(mode="after")
    def _loses_something_once(self) -> Self:
        if bool(self.catch_up) != bool(self.margin):
            raise PydanticCustomError("lead_half", "years and margin belong together")
        if self.margin_lost and not self.margin:
            raise PydanticCustomError("lead_half", "years and margin belong together")
        if self.catch_up and self.loss_competitive_advantage:
            raise PydanticCustomError("loss_twice", "lost advantage is given twice")
        if not self.catch_up and not any(getattr(self, f"loss_{form.value}") for form in w.LossForm):
            raise PydanticCustomError("loss_missing", "a risk needs a loss")
        return self


class Acceptance(Item):
    """Who accepted which level, why, until when; it expires and is never changed."""

    append_only: ClassVar[bool] = True

    exposure: Annotated[Ref, About("Exposure", to="exposure", column=True)]
    level_at: Annotated[Rate | None, About("Level accepted", scale="level", derived=True, column=True)] = None
    likelihood_at: Annotated[Step | None, About("Likelihood accepted", scale="likelihood", derived=True)] = (
        None
    )
    impact_at: Annotated[Step | None, About("Impact accepted", scale="impact", derived=True)] = None
    accepted_by: Annotated[Ref, About("Accepted by", to="person", column=True)]
    accepted_role: Annotated[w.AcceptanceRole, About("In the role of", column=True)]
    accepted_on: Annotated[date, About("Accepted on", column=True)]
    valid_until: Annotated[date, About("Valid until", "An acceptance expires.", column=True)]
    reason: Annotated[Annotated[str, MinLen(1), MaxLen(20_000)], About("Reason", long=True, column=True)]
    conditions: Annotated[Note, About("Conditions", long=True)] = ""
    review: Annotated[Ref | None, About("Review session", to="review")] = None

    @model_validator(mode="after")
    def _expires_after_it_starts(self) -> Self:
        if self.valid_until <= self.accepted_on:
            raise ValueError("an acceptance must expire after the day it is given")
        return self


class Review(Item):
    """A review session: planned, prepared, held, closed."""

    title: Annotated[str, MinLen(1), MaxLen(160), About("Title", column=True, visible=R1)]
    kind: Annotated[w.ReviewKind, About("Kind", column=True)] = w.ReviewKind.QUARTERLY
    period: Annotated[Line, About("Period", column=True, visible=R2)] = ""
    status: Annotated[w.ReviewStatus, About("Status", column=True)] = w.ReviewStatus.PLANNED
    planned_on: Annotated[date | None, About("Planned for", column=True)] = None
    held_on: Annotated[date | None, About("Held on", column=True)] = None
    chair: Annotated[Ref | None, About("Chair", to="person", column=True)] = None
    attendees: Annotated[Refs, About("Attendees", to="person")] = ()
    planned_minutes: Annotated[
        Annotated[int, Ge(5), Le(1440)] | None, About("Minutes planned", "How long the session may take.")
    ] = None
    scope: Annotated[Note, About("Scope", long=True)] = ""
    minutes: Annotated[Note, About("Minutes", long=True)] = ""
    conclusion: Annotated[Note, About("Conclusion", long=True)] = ""
    snapshot_seq: Annotated[
        Annotated[int, Ge(0)] | None,
        About("Snapshot", "The history entry at which the register was frozen.", "Record", derived=True),
    ] = None
    snapshot: Annotated[Line, About("Snapshot digest", section="Record", derived=True)] = ""
    indicators: Annotated[
        Words,
        About("Key indicators", "K01–K12 as they stood at the end of the session.", "Record", derived=True),
    ] = ()
    closed_at: Annotated[datetime | None, About("Closed at", section="Record", derived=True)] = None
    signed_by: Annotated[Ref | None, About("Signed off by", section="Record", to="person", derived=True)] = (
        None
    )
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Outcome(Item):
    """An item of a review session's agenda, and what the session did with it."""

    review: Annotated[Ref, About("Review session", to="review", column=True)]
    position: Annotated[Annotated[int, Ge(1), Le(100_000)], About("Place on the agenda", column=True)]
    title: Annotated[str, MinLen(1), MaxLen(300), About("Title", column=True, visible=R1)]
    outcome: Annotated[w.OutcomeKind, About("Result", column=True)] = w.OutcomeKind.PENDING
    reasons: Annotated[Words, About("Why it is on the agenda")] = ()
    exposure: Annotated[Ref | None, About("Exposure", to="exposure")] = None
    technology: Annotated[Ref | None, About("Technology", to="technology")] = None
    engagement: Annotated[Ref | None, About("Engagement", to="engagement")] = None
    counterparty: Annotated[Ref | None, About("Counterparty", to="counterparty")] = None
    countermeasure: Annotated[Ref | None, About("Countermeasure", to="countermeasure")] = None
    agreement: Annotated[Ref | None, About("Agreement", to="agreement")] = None
    observation: Annotated[Ref | None, About("Observation", to="observation")] = None
    decision: Annotated[Ref | None, About("Decision", to="decision")] = None
    checklist: Annotated[Line, About("Checklist")] = ""
    level_before: Annotated[Rate | None, About("Level before", scale="level", column=True)] = None
    level_after: Annotated[Rate | None, About("Level after", scale="level", column=True)] = None
    note: Annotated[Note, About("Note", "What was said, in a sentence or two.", long=True)] = ""
    settled_at: Annotated[datetime | None, About("Settled at")] = None


class Decision(Item):
    """What was, or is to be, decided; a session closes only when each has an owner and a due date."""

    title: Annotated[str, MinLen(1), MaxLen(300), About("What is decided", column=True, visible=R1)]
    category: Annotated[w.DecisionCategory, About("Category", column=True)] = w.DecisionCategory.OTHER
    status: Annotated[w.DecisionStatus, About("Status", column=True)] = w.DecisionStatus.ASKED
    review: Annotated[Ref | None, About("Review session", to="review", column=True)] = None
    technology: Annotated[Ref | None, About("Technology", to="technology")] = None
    exposure: Annotated[Ref | None, About("Exposure", to="exposure")] = None
    engagement: Annotated[Ref | None, About("Engagement", to="engagement")] = None
    reason: Annotated[Note, About("Reason", long=True)] = ""
    owner: Annotated[Ref | None, About("Owner", to="person", column=True)] = None
    due: Annotated[date | None, About("Due", column=True)] = None
    decided_on: Annotated[date | None, About("Decided on")] = None
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Variant(Item):
    """One way a deal could be done: what would be disclosed, with which measures, at which stage."""

    engagement: Annotated[Ref, About("Engagement", to="engagement", column=True)]
    title: Annotated[
        str,
        MinLen(1),
        MaxLen(120),
        About("Name of the variant", "For example: black box with a clean team.", column=True),
    ]
    stage: Annotated[w.Stage, About("Stage", column=True)] = w.Stage.PLANNING
    handling: Annotated[w.Handling, _HANDLING] = w.Handling.CONFIDENTIAL
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Assumption(Item):
    """What a variant would mean for one technology on one route. It rates a thought, not the present: no
    exposure takes its level from here.
    """

    variant: Annotated[Ref, About("Variant", to="variant", column=True)]
    technology: Annotated[Ref, About("Technology", to="technology", column=True)]
    title: Annotated[
        str,
        MinLen(1),
        MaxLen(300),
        About("Scenario in one sentence", "Who, what, by which route, what could happen.", visible=R1),
    ]
    route: Annotated[Line, MinLen(1), About("Route", catalog="routes", column=True, visible=R2)]
    sub_route: Annotated[Line, About("Sub-route", catalog="sub_routes", visible=R2)] = ""
    exposure: Annotated[Ref | None, About("Exposure it rests on", to="exposure")] = None
    disclosure: Annotated[w.DisclosureScope | None, About("What is disclosed", column=True)] = None
    measures: Annotated[
        Words,
        About("Measures assumed", "Catalogue numbers such as CM04; they count on this route alone."),
    ] = ()
    likelihood: Annotated[Step | None, About("Likelihood", scale="likelihood", column=True)] = None
    impact: Annotated[Step | None, About("Impact", scale="impact", column=True)] = None
    level: Annotated[Rate | None, About("Level", scale="level", derived=True, column=True)] = None
    standing: Annotated[
        w.AssumptionStanding,
        About("Standing", "A proposal until a person confirms or changes it.", column=True),
    ] = w.AssumptionStanding.PROPOSED
    rationale: Annotated[
        Note, About("Rationale", "Why this rating and not one higher or lower.", long=True)
    ] = ""
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Comparison(Item):
    """The variants of a deal as they stood when it was decided; never changed."""

    append_only: ClassVar[bool] = True

    engagement: Annotated[Ref, About("Engagement", to="engagement", column=True)]
    decision: Annotated[Ref, About("Decision", to="decision", column=True)]
    title: Annotated[str, MinLen(1), MaxLen(300), About("Title", column=True)]
    verdict: Annotated[w.Verdict, About("Verdict", column=True)]
    chosen: Annotated[Ref | None, About("Variant chosen", to="variant", column=True)] = None
    conditions: Annotated[Note, About("Conditions", long=True)] = ""
    table: Annotated[
        Annotated[str, MaxLen(30_000)],
        About("The comparison as it stood", "Every variant with its assumed exposures.", long=True),
    ] = ""
    snapshot_seq: Annotated[
        Annotated[int, Ge(0), Le(10**15)] | None,
        About("Snapshot", "The history entry at which the register was frozen.", "Record"),
    ] = None
    snapshot: Annotated[Line, About("Snapshot digest", section="Record")] = ""


class ChecklistAnswer(Item):
    """Yes, no or not applicable, with the organisation, rule or record that supports it."""

    append_only: ClassVar[bool] = True

    item: Annotated[
        str, MinLen(1), MaxLen(40), About("Checklist item", catalog="checklists", column=True, visible=R2)
    ]
    answer: Annotated[w.Answer, About("Answer", column=True)]
    evidence: Annotated[
        Note,
        About(
            "Grounds",
            "The organisation, internal rule or record that supports the answer.",
            long=True,
            column=True,
        ),
    ] = ""
    as_of: Annotated[date | None, About("As of", column=True)] = None
    answered_by: Annotated[Ref | None, About("Answered by", to="person", column=True)] = None
    counterparty: Annotated[Ref | None, About("Counterparty", to="counterparty")] = None
    valid_until: Annotated[date | None, About("Valid until")] = None
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class CheckItem(Item):
    """An item of a list that does not come with the program, taken from the company's own copy of the file.

    Its wording is evidence and stays as the file has it; `code` follows from the wording, so that the same
    item is the same in every vault, and is what answers refer to.
    """

    append_only: ClassVar[bool] = True

    wording: Annotated[
        str,
        MinLen(1),
        MaxLen(2000),
        About("Wording", "As the file has it; it is never changed.", column=True, visible=R2),
    ]
    checklist: Annotated[
        str, MinLen(1), MaxLen(40), About("Checklist", "The list it belongs to.", column=True, visible=R2)
    ]
    code: Annotated[
        str, MinLen(1), MaxLen(40), About("Code", "What answers refer to.", column=True, visible=R2)
    ]
    position: Annotated[Annotated[int, Ge(1), Le(100_000)] | None, About("Place in the list")] = None
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Consultation(Item):
    """A consultation with an authority or adviser, or a dialogue with same-field firms.

    The antitrust gate of a dialogue (domain.md E19): it is saved only once someone has considered competition
    law; "needed" may be planned but not held; "done" names who looked at it and when.
    """

    topic: Annotated[str, MinLen(1), MaxLen(200), About("Topic", column=True, visible=R1)]
    kind: Annotated[w.ConsultationKind, About("Kind", column=True)] = w.ConsultationKind.CONSULTATION
    authority: Annotated[w.Authority, About("With whom", column=True)] = w.Authority.METI
    status: Annotated[w.ConsultationStatus, About("Status", column=True)] = w.ConsultationStatus.PENDING
    on: Annotated[date | None, About("Date", column=True)] = None
    technologies: Annotated[Refs, About("Technologies concerned", to="technology")] = ()
    outcome: Annotated[Note, About("Outcome", long=True)] = ""
    antitrust_review: Annotated[
        w.AntitrustReview,
        About(
            "Antitrust review",
            "A dialogue with same-field firms cannot be saved without it; while it is still needed, the "
            "dialogue can be planned but not held.",
            section="Antitrust",
            column=True,
        ),
    ] = w.AntitrustReview.NONE
    antitrust_reviewer: Annotated[
        Ref | None, About("Antitrust reviewer", section="Antitrust", to="person")
    ] = None
    antitrust_on: Annotated[date | None, About("Antitrust review on", section="Antitrust")] = None
    antitrust_materials: Annotated[
        Line,
        About(
            "Materials to be shared (pointer)",
            "Which materials were looked at: where they are kept, not what they say.",
            section="Antitrust",
        ),
    ] = ""
    follow_up: Annotated[Note, About("Follow-up", section="Follow-up", long=True)] = ""
    owner: Annotated[Ref | None, About("Owner", section="Follow-up", to="person", column=True)] = None
    follow_up_due: Annotated[date | None, About("Follow-up due", section="Follow-up", column=True)] = None
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""

    @model_validator(mode="after")
    def _dialogue_needs_antitrust_review(self) -> Self:
        if self.kind is not w.ConsultationKind.DIALOGUE:
            return self
        match self.antitrust_review:
            case w.AntitrustReview.NONE:
                raise ValueError("a dialogue with same-field firms needs an antitrust review first")
            case w.AntitrustReview.NEEDED if self.status is w.ConsultationStatus.DONE:
                raise ValueError("a dialogue is not held before its antitrust review is done")
            case w.AntitrustReview.DONE if not (self.antitrust_reviewer and self.antitrust_on):
                raise ValueError("an antitrust review that is done names who looked at it, and when")
        return self


class Exclusion(Item):
    """A route that was considered for a technology and found not to apply, with the reason: due care."""

    technology: Annotated[Ref, About("Technology", to="technology", column=True)]
    route: Annotated[str, MinLen(1), MaxLen(200), About("Route", catalog="routes", column=True, visible=R2)]
    reason: Annotated[
        Annotated[str, MinLen(1), MaxLen(20_000)],
        About(
            "Reason",
            "Why this route does not apply today: facts somebody can check again.",
            long=True,
            column=True,
        ),
    ]
    considered_on: Annotated[date | None, About("Considered on", column=True)] = None
    considered_by: Annotated[Ref | None, About("Considered by", to="person", column=True)] = None
    review: Annotated[Ref | None, About("Review session", to="review")] = None
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Observation(Item):
    """A warning sign or an incident: facts only, no conjecture about a person."""

    title: Annotated[str, MinLen(1), MaxLen(200), About("Title", column=True, visible=R1)]
    kind: Annotated[w.ObservationKind, About("Kind", column=True)] = w.ObservationKind.SIGN
    status: Annotated[w.ObservationStatus, About("Status", column=True)] = w.ObservationStatus.OPEN
    observed_on: Annotated[date | None, About("Observed on", column=True)] = None
    sign: Annotated[Line, About("Warning sign", catalog="signs", visible=R2)] = ""
    route: Annotated[Line, About("Route", catalog="routes", visible=R2)] = ""
    technology: Annotated[Ref | None, About("Technology", to="technology", column=True)] = None
    exposure: Annotated[Ref | None, About("Exposure", to="exposure")] = None
    subject_ref: Annotated[
        Annotated[str, MaxLen(40)],
        About(
            "Who (pseudonym)",
            "A code such as P-07, whose key is kept outside the register; no name. It may stay empty.",
        ),
    ] = ""
    fact: Annotated[
        Note,
        About(
            "Fact",
            "What was seen or happened, when and where; facts only. No conjecture, and no nationality, "
            "origin, belief or family of anyone.",
            long=True,
        ),
    ] = ""
    access_stopped_on: Annotated[date | None, About("Access stopped on", section="Steps of an incident")] = (
        None
    )
    evidence_preserved_on: Annotated[
        date | None, About("Evidence preserved on", section="Steps of an incident")
    ] = None
    counsel_on: Annotated[date | None, About("Counsel consulted on", section="Steps of an incident")] = None
    police_on: Annotated[date | None, About("Police consulted on", section="Steps of an incident")] = None
    meti_on: Annotated[date | None, About("METI consulted on", section="Steps of an incident")] = None
    partner_notified_on: Annotated[
        date | None, About("Partner notified on", section="Steps of an incident")
    ] = None
    filing_on: Annotated[date | None, About("Filed on", section="Steps of an incident")] = None
    actions: Annotated[Note, About("Actions", section="Steps of an incident", long=True)] = ""
    lessons: Annotated[Note, About("Lessons", section="Closing", long=True)] = ""
    handled_by: Annotated[Ref | None, About("Handled by", section="Closing", to="person", column=True)] = None
    closed_on: Annotated[date | None, About("Closed on", section="Closing")] = None
    retention_until: Annotated[
        date | None,
        About(
            "Keep until",
            "After this day you are reminded to look whether what concerns a person is still needed.",
            section="Closing",
        ),
    ] = None
    handling: Annotated[w.Handling, _HANDLING] = w.Handling.STRICTLY_CONFIDENTIAL
    source_ref: Annotated[Line, _SOURCE_REF] = ""
    note: Annotated[Note, _NOTE] = ""


class Summary(Item):
    """The record of a summary, of minutes or of evidence that left the register: to whom, how redacted, in
    which format, with which digests."""

    append_only: ClassVar[bool] = True

    title: Annotated[str, MinLen(1), MaxLen(160), About("Title", column=True)]
    period: Annotated[Line, About("Period", column=True)] = ""
    language: Annotated[w.Language, About("Language", column=True)] = w.Language.JA
    redaction: Annotated[w.RedactionLevel, About("Redaction", column=True)] = w.RedactionLevel.R1
    format: Annotated[w.FileFormat, About("Format", column=True)] = w.FileFormat.PDF
    recipients: Annotated[
        Words, About("Recipients", "By role, for example: outside director.", column=True)
    ] = ()
    snapshot: Annotated[Line, About("Snapshot digest", column=True)] = ""
    file_digest: Annotated[Line, About("File digest (SHA-256)")] = ""
    content_digest: Annotated[
        Line,
        About("Content digest (SHA-256)", "Tells whether a copy that was sealed anew says the same."),
    ] = ""
    sealed_at: Annotated[datetime | None, About("Sealed at", column=True)] = None
    review: Annotated[Ref | None, About("Review session", to="review")] = None


_MATRIX_LEVEL = range(1, scales.LEVELS + 1)
StepLines = Annotated[tuple[Annotated[str, MinLen(1), MaxLen(200)], ...], MaxLen(scales.MOST)]
Threshold = Annotated[int, Ge(2), Le(scales.LEVELS)]
Zone = Annotated[Decimal, Ge(Decimal(0)), Le(Decimal(16)), AfterValidator(_to_four_places)]


class ScaleEdition(Item):
    """A company's own scale. The newest is in force; those before it stay, for the ratings made with them."""

    append_only: ClassVar[bool] = True

    title: Annotated[
        str, MinLen(1), MaxLen(160), About("Title", "For example: rating scale of 2027.", column=True)
    ]
    reason: Annotated[
        Annotated[str, MinLen(1), MaxLen(4000)],
        About("Reason for the change", "The history keeps it beside the change.", long=True),
    ]
    likelihood_steps: Annotated[
        StepLines,
        About(
            "Steps of likelihood",
            "From 3 to 6, one a line, the lowest first. After a colon: what it takes to choose it.",
            section="Steps",
        ),
    ]
    impact_steps: Annotated[
        StepLines,
        About(
            "Steps of impact",
            "From 3 to 6, one a line, the lowest first. After a colon: what it takes to choose it.",
            section="Steps",
        ),
    ]
    level_names: Annotated[
        Words,
        About(
            "Names of the levels",
            "Five lines, level 1 first; or none for the usual words. A scale need not use every level.",
            section="Steps",
        ),
    ] = ()
    matrix: Annotated[
        Words,
        About(
            "Matrix",
            "One line for each likelihood, the lowest first; in it the level for each impact: 1 1 2 3 4.",
            section="Matrix",
        ),
    ]
    upright: Annotated[w.Upright, About("Drawn upwards", section="Matrix")] = w.Upright.LIKELIHOOD
    high_from: Annotated[
        Threshold,
        About(
            "High from level",
            "From here on a treatment or an acceptance is needed.",
            "Thresholds",
            column=True,
        ),
    ] = 4
    officer_from: Annotated[Threshold, About("Officer accepts from level", section="Thresholds")] = 4
    board_from: Annotated[Threshold, About("Board accepts from level", section="Thresholds")] = 5
    watch_from: Annotated[
        Zone, About("Watch zone from", "A counterparty's threat from which it is watched.", "Thresholds")
    ] = Decimal("0.5")
    danger_from: Annotated[
        Zone, About("Danger zone from", "A counterparty's threat from which it is in danger.", "Thresholds")
    ] = Decimal("1.5")
    review_days: Annotated[
        Words,
        About(
            "Days between two looks",
            "Five lines, level 1 first; or none to leave them as they are.",
            section="Thresholds",
        ),
    ] = ()
    urgency_days: Annotated[
        Words,
        About(
            "Days before a date",
            "Three lines: within so many days urgency is at least 4, at least 3, at least 2; or none to leave"
            " them as they are.",
            section="Thresholds",
        ),
    ] = ()
    carry_likelihood: Annotated[
        Words,
        About(
            "Old likelihood → new",
            "One line for each old step that has a place here: 5 → 4. Without a line, as many steps as "
            "before stay what they are; otherwise ratings are made anew.",
            section="Ratings made before",
        ),
    ] = ()
    carry_impact: Annotated[
        Words,
        About(
            "Old impact → new",
            "One line for each old step that has a place here: 5 → 4. Without a line, as many steps as "
            "before stay what they are; otherwise ratings are made anew.",
            section="Ratings made before",
        ),
    ] = ()
    note: Annotated[Note, _NOTE] = ""

    @field_validator("likelihood_steps", "impact_steps")
    @classmethod
    def _steps(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        names = [scales.Step.read(line).name for line in lines]
        if not (scales.FEWEST <= len(lines) <= scales.MOST) or not all(names) or len(set(names)) < len(names):
            raise PydanticCustomError("scale_steps", "from 3 to 6 steps, each with its own name")
        return lines

    @field_validator("level_names")
    @classmethod
    def _names(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        if lines and (len(lines) != scales.LEVELS or not all(line.strip() for line in lines)):
            raise PydanticCustomError("scale_lines", "a line for each level", {"lines": scales.LEVELS})
        return lines

    @field_validator("matrix")
    @classmethod
    def _matrix(cls, lines: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        rows = len(info.data.get("likelihood_steps", ()))
        columns = len(info.data.get("impact_steps", ()))
        if not (rows and columns):
            return lines  # the steps are not right yet: that is said first
        try:
            matrix = scales.matrix_of(lines)
        except scales.Unreadable:
            matrix = ()
        if len(matrix) != rows or any(
            len(row) != columns or any(level not in _MATRIX_LEVEL for level in row) for row in matrix
        ):
            raise PydanticCustomError("scale_matrix", "one line a step", {"rows": rows, "columns": columns})
        if not scales.rises(matrix):
            raise PydanticCustomError("scale_falls", "a level falls")
        return lines

    @field_validator("review_days", "urgency_days")
    @classmethod
    def _days(cls, lines: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        wanted = scales.LEVELS if info.field_name == "review_days" else 3
        try:
            days = [scales.numbers(line) for line in lines]
        except scales.Unreadable:
            days = [()]
        if lines and (len(days) != wanted or any(len(d) != 1 or not 1 <= d[0] <= 3660 for d in days)):
            raise PydanticCustomError("scale_lines", "one number a line", {"lines": wanted})
        return lines

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not (self.officer_from <= self.board_from and self.watch_from < self.danger_from):
            raise ValueError("thresholds must rise")
        return self
