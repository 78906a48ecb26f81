"""The board summary as a plain document: what the board is told, before any page is drawn.

It holds codes, numbers, dates and the few texts that its redaction level allows; no sentence of ours. The
same document is therefore read in both languages, printed, and compared with the next one. Every field that
may be hidden by redaction can be empty: `None`, `""` or no rows.

The contents follow domain.md §6(e). The schema is `schema/board-summary.schema.json`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict

from techguard.domain import scales
from techguard.domain import words as w

Five = Annotated[int, Ge(1), Le(5)]
Step = Annotated[int, Ge(1), Le(scales.MOST)]
Count = Annotated[int, Ge(0)]


class Part(BaseModel):
    """Base of every part: frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Name(Part):
    """What an entry is called at this redaction.

    `text` is its name, its code name or, of a person, the role. Where none may be shown or none was given,
    `mark` tells entries of a kind apart ("counterparty A"), and of a person `department` is left.
    """

    kind: str
    text: str = ""
    mark: str = ""
    department: w.Department | None = None
    ref: str = ""


Entry = TypeVar("Entry", bound=Part)


class Listing(Part, Generic[Entry]):
    """The first rows of a list, and how many there are in all."""

    rows: tuple[Entry, ...] = ()
    total: Count = 0


class Title(Part):
    """What this is: language, redaction, marking, the session and period reported, the day it is true for."""

    language: w.Language
    redaction: w.RedactionLevel
    marking: w.Handling
    as_of: date
    session: str = ""
    session_kind: w.ReviewKind | None = None
    period: str = ""
    since: date | None = None
    """The day of the session before, with which this one is compared."""
    matter: Name | None = None
    """R2: the one matter this is about."""


class LevelCount(Part):
    """Open exposures of one level; `level` is None for those not rated yet."""

    level: Five | None
    count: Count


class ClassCount(Part):
    """Technologies of one class; `criticality` is None for those without a class."""

    criticality: w.Criticality | None
    count: Count


class HeatCell(Part):
    """One cell of the matrix: how many open exposures stand here, how many came and went since last time."""

    likelihood: Step
    impact: Step
    level: Five
    count: Count
    entered: Count = 0
    left: Count = 0


class HeatMap(Part):
    """The matrix, highest likelihood first, impact rising; empty when the redaction hides it."""

    cells: tuple[HeatCell, ...] = ()
    unrated: Count = 0
    earlier: Count = 0
    """Rated on an earlier scale, so without a place on this matrix."""
    upright: Literal["likelihood", "impact"] = "likelihood"
    """The axis that is drawn upwards."""


class OwnWords(Part):
    """A company's own names of the steps, lowest first; empty where the usual words hold."""

    likelihood: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()
    level: tuple[str, ...] = ()


class Change(Part):
    """How one rating went into another: the reason as numbers, and as the text where that may be shown."""

    likelihood_before: Step | None = None
    likelihood_now: Step | None = None
    impact_before: Step | None = None
    impact_now: Step | None = None
    on: date | None = None
    reason: str = ""


class Measure(Part):
    """A countermeasure that is late or due soon."""

    label: str = ""
    title: str = ""
    catalog_id: str = ""
    status: w.CountermeasureStatus | None = None
    owner: Name | None = None
    department: w.Department | None = None
    due: date | None = None
    late: bool = False
    exposures: Count = 0
    cost_initial: Count | None = None
    cost_year: Count | None = None


class TopExposure(Part):
    """One of the worst exposures, as the board sees it."""

    rank: Annotated[int, Ge(1)]
    label: str = ""
    """Its reference number."""
    sentence: str = ""
    technology: Name | None = None
    criticality: w.Criticality | None = None
    route: str = ""
    sub_route: str = ""
    engagement: Name | None = None
    counterparties: tuple[Name, ...] = ()
    level: Five | None = None
    level_before: Five | None = None
    likelihood_before: Step | None = None
    impact_before: Step | None = None
    high_since: date | None = None
    """The day since which it has been high without a break."""
    arrow: Literal["new", "risen", "fallen", "same"] | None = None
    """Against the session before; None when there was none."""
    change: Change | None = None
    likelihood: Step | None = None
    impact: Step | None = None
    driver: w.ImpactDimension | None = None
    confidence: Annotated[int, Ge(1), Le(3)] | None = None
    urgency: Five | None = None
    urgency_on: date | None = None
    """The nearest dated event that presses."""
    urgency_event: w.MilestoneKind | None = None
    treatment: w.Treatment | None = None
    owner: Name | None = None
    next_step: str = ""
    decision_asked: str = ""
    measures: tuple[str, ...] = ()
    """Catalogue ids of its countermeasures."""
    measures_done: Count | None = None
    measures_total: Count = 0
    measures_listed: tuple[Measure, ...] = ()
    """Its countermeasures, what is to be done first."""


class DecisionAsked(Part):
    """What the board is asked to decide: an exposure's question or a decision that is open."""

    label: str = ""
    text: str
    category: w.DecisionCategory | None = None
    level: Five | None = None
    owner: Name | None = None
    due: date | None = None


class Moved(Part):
    """An exposure that is new, rose, fell or was closed since the session before."""

    label: str = ""
    sentence: str = ""
    technology: Name | None = None
    movement: Literal["new", "risen", "fallen", "closed"]
    level_before: Five | None = None
    level: Five | None = None
    change: Change | None = None


class AgeCount(Part):
    """High exposures that have been so for at least `days`, and less than the next of these counts says."""

    days: Count
    count: Count


class Ageing(Part):
    """For how long exposures have been high without a break."""

    counts: tuple[AgeCount, ...] = ()
    unknown: Count = 0
    oldest: date | None = None


class Movement(Part):
    """What changed since the session before; `since` is None when there was none to compare with."""

    since: date | None = None
    new: Count = 0
    risen: Count = 0
    fallen: Count = 0
    closed: Count = 0
    listed: Listing[Moved] = Listing[Moved]()
    ageing: Ageing = Ageing()


class LeakRow(Part):
    """A technology against the routes of the leak map, in their order.

    A level; 0: considered and not rated yet; -1: considered and ruled out; None: never considered.
    """

    technology: Name | None = None
    criticality: w.Criticality | None = None
    levels: tuple[Annotated[int, Ge(-1), Le(5)] | None, ...] = ()


class LeakMap(Part):
    """Technologies against routes, the worst first."""

    routes: tuple[str, ...] = ()
    listed: Listing[LeakRow] = Listing[LeakRow]()
    blank: Count = 0
    """How many fields of the whole map nobody has considered."""


class GapFound(Part):
    """One kind of gap (a code of techguard.domain.gaps) and how often it was found."""

    code: str
    count: Count


class Indicator(Part):
    """A key risk indicator K01–K13. `state` is green, amber or red by its thresholds; empty if unknown."""

    id: str
    value: int | None = None
    previous: int | None = None
    state: Literal["green", "amber", "red", ""] = ""
    trend: tuple[int | None, ...] = ()
    """What the sessions before kept of it, the oldest first; None where one kept nothing."""


class ExpiringAgreement(Part):
    label: str = ""
    type: w.AgreementType | None = None
    engagement: Name | None = None
    counterparties: tuple[Name, ...] = ()
    on: date | None = None
    survives_until: date | None = None
    ended: bool = False
    highest_level: Five | None = None
    """The highest level among the exposures of its engagement."""


class EndingBy(Part):
    """How many agreements end from the count before this one up to `on`, and how many of them are NDAs."""

    on: date
    count: Count
    ndas: Count


class AcceptedExposure(Part):
    """An acceptance that has ended or ends soon."""

    label: str = ""
    sentence: str = ""
    level_at: Five | None = None
    level: Five | None = None
    role: w.AcceptanceRole | None = None
    by: Name | None = None
    until: date | None = None
    ended: bool = False
    reason: str = ""


class Acceptances(Part):
    """How much is being accepted, and what of it needs the board's eye."""

    valid: Count = 0
    ended: Count = 0
    ending: Listing[AcceptedExposure] = Listing[AcceptedExposure]()


class StatusCount(Part):
    status: w.CountermeasureStatus
    count: Count


class Left(Part):
    """Countermeasures left to do at the end of a day; of a day to come, if each is done by its date."""

    on: date
    open: Count
    late: Count
    planned: bool = False


class Progress(Part):
    """Where the countermeasures stand. Only a tested one lowers a rating."""

    by_status: tuple[StatusCount, ...] = ()
    overdue: Count = 0
    untested: Count = 0
    done_since: Count | None = None
    pressing: Listing[Measure] = Listing[Measure]()
    left: tuple[Left, ...] = ()


class CapitalItem(Part):
    """A deal that changes who owns what: M&A, alliance, listing, joint venture (guideline 4(2))."""

    label: str = ""
    name: Name | None = None
    kind: w.EngagementKind | None = None
    stage: w.Stage | None = None
    owner: Name | None = None
    next_on: date | None = None
    next_event: w.MilestoneKind | None = None
    highest_level: Five | None = None
    exposures: Count = 0
    disclosure: w.DisclosureScope | None = None


class SingleHolder(Part):
    """A class S or A technology of which one person alone knows a piece."""

    technology: Name | None = None
    criticality: w.Criticality | None = None
    owner: Name | None = None
    executive: Name | None = None


class DangerousCounterparty(Part):
    name: Name | None = None
    kind: w.CounterpartyKind | None = None
    threat: str = ""
    """Threat value with two decimals."""
    zone_after: w.Zone | None = None
    due_diligence: w.DueDiligence | None = None
    due_diligence_until: date | None = None


class RegulatoryCheck(Part):
    """A check still to do: the technology's `field`; how many are `open`, and how many need an `act`."""

    field: str
    open: Count
    act: Count


class Observed(Part):
    """An incident or a warning sign since the session before, or still open."""

    label: str = ""
    title: str = ""
    kind: w.ObservationKind | None = None
    status: w.ObservationStatus | None = None
    on: date | None = None
    sign: str = ""
    route: str = ""
    technology: Name | None = None
    lessons: str = ""


class Observations(Part):
    incidents: Count = 0
    signs_open: Count = 0
    listed: Listing[Observed] = Listing[Observed]()


class Consulted(Part):
    label: str = ""
    topic: str = ""
    kind: w.ConsultationKind | None = None
    authority: w.Authority | None = None
    status: w.ConsultationStatus | None = None
    on: date | None = None
    antitrust_review: w.AntitrustReview | None = None
    outcome: str = ""


class ChecklistState(Part):
    """How far one checklist was answered: counts, never a score."""

    id: str
    items: Count
    yes: Count = 0
    no: Count = 0
    not_applicable: Count = 0
    unanswered: Count = 0
    without_grounds: Count = 0


class Figure(Part):
    """A figure with what drawing alone leaves open (95 %)."""

    value: float
    low: float
    high: float


class YearOfLoss(Part):
    """A year's loss over all estimated exposures, in yen; `p_any` is a probability."""

    p_any: Figure
    if_any: Figure | None = None
    p95: Figure
    p99: Figure
    mean: Figure


class CurvePoint(Part):
    """The probabilities that a year's loss is above `loss` (yen): as the three years of `Money`."""

    loss: float
    before: float
    today: float | None = None
    planned: float | None = None


class Money(Part):
    """What the estimated exposures could cost in a year: without measures, with those in force, and with
    those to come; None where no measure says what it leaves.
    """

    estimated: Count
    without: Count
    """Open exposures that nobody estimated: no figure holds anything of them."""
    guesses: Count
    """Estimates of the lowest confidence."""
    before: YearOfLoss
    today: YearOfLoss | None = None
    planned: YearOfLoss | None = None
    curve: tuple[CurvePoint, ...] = ()
    """The loss exceedance curve, at rising losses."""
    trials: Count
    seed: Count


class PlanPoint(Part):
    """A point of the efficient frontier: the least that is left for so much money."""

    cost: Count
    """Yen over the years."""
    loss: float
    """Expected yen a year that are left."""
    high: Count
    """Exposures on a high level that are left."""
    measures: Count


class Weighed(Part):
    """A countermeasure to come, and why it is in the plan or not."""

    label: str = ""
    title: str = ""
    catalog_id: str = ""
    chosen: bool
    reason: Literal[
        "must",
        "chosen",
        "excluded",
        "no_effect",
        "no_cost",
        "nothing_left",
        "not_worth",
        "over_budget",
        "over_burden",
        "better",
    ]
    others: tuple[str, ...] = ()
    """Reference numbers of those that exclude it, or would have to make room for it."""
    cost: Count | None = None
    """Yen over the years; None if not known."""
    saves: float = 0
    """Yen a year."""
    lowers: Count = 0
    """Exposures brought below the high levels."""


class Plan(Part):
    """Where the next yen goes: the countermeasures to come that are worth most, by money (what saves most
    after costs) or by levels (what lowers most exposures, at the least cost).
    """

    by: Literal["money", "levels"]
    years: Annotated[int, Ge(1)]
    candidates: Count
    budget: Count | None = None
    """Yen over the years that somebody gave; by money the plan then lowers the expected loss most."""
    too_many: bool = False
    """More candidates than a pack weighs up: there is no plan."""
    cost: Count = 0
    loss_before: float = 0
    loss_after: float = 0
    high_before: Count = 0
    high_after: Count = 0
    gap: float = 0
    """By what share it may be short of the best plan; 0 when it is proven to be the best."""
    without_effect: Count = 0
    """Candidates whose effect is not known or does not count."""
    frontier: tuple[PlanPoint, ...] = ()
    listed: Listing[Weighed] = Listing[Weighed]()


class Limits(Part):
    """What the assessment does not say."""

    unrated: Count = 0
    inherent_only: Count = 0
    """Rated without regard to today's controls."""
    high_on_a_guess: Count = 0
    """High levels with the lowest confidence: find out, do not average."""
    unclassed: Count = 0
    without_exposure: Count = 0
    absent: tuple[w.Department, ...] = ()
    """Departments that the guideline expects in the session and that were not there."""
    scale_edition: str = ""
    money: bool = False
    """Whether amounts were estimated."""


class Record(Part):
    """By what the reader can tell which state of which register this shows."""

    session: str = ""
    snapshot: str
    sequence: Count
    checkpoint: str = ""
    """The history so far, signed, as a note: it tells later whether that history is still the same."""
    redaction: w.RedactionLevel
    prepared_by: Name | None = None
    signed_by: Name | None = None
    """Who signed the session off that it reports; None before."""
    signed_on: date | None = None
    recipients: tuple[str, ...] = ()
    composed_at: datetime


class BoardSummary(Part):
    """The whole document (domain.md §6e)."""

    edition: Literal[1] = 1
    title: Title
    technologies: Count = 0
    exposures: Count = 0
    by_level: tuple[LevelCount, ...] = ()
    by_class: tuple[ClassCount, ...] = ()
    heat_map: HeatMap = HeatMap()
    words: OwnWords = OwnWords()
    top: tuple[TopExposure, ...] = ()
    leak_map: LeakMap = LeakMap()
    money: Money | None = None
    plans: tuple[Plan, ...] = ()
    decisions: Listing[DecisionAsked] = Listing[DecisionAsked]()
    movement: Movement = Movement()
    indicators: tuple[Indicator, ...] = ()
    gaps: tuple[GapFound, ...] = ()
    progress: Progress = Progress()
    capital: Listing[CapitalItem] = Listing[CapitalItem]()
    single_holders: Listing[SingleHolder] = Listing[SingleHolder]()
    counterparties: Listing[DangerousCounterparty] = Listing[DangerousCounterparty]()
    agreements: Listing[ExpiringAgreement] = Listing[ExpiringAgreement]()
    agreements_ahead: tuple[EndingBy, ...] = ()
    """The coming quarters."""
    acceptances: Acceptances = Acceptances()
    regulatory: tuple[RegulatoryCheck, ...] = ()
    observations: Observations = Observations()
    consultations: Listing[Consulted] = Listing[Consulted]()
    checklists: tuple[ChecklistState, ...] = ()
    limits: Limits = Limits()
    record: Record
