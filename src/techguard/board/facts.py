"""What a summary is composed from: entries of the register as they are, and counts.

`gather` fills it from a register; a test fills it by hand. Numbers that belong to no single entry are already
parts of the document (`Numbers`), because no redaction but R2 hides them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

from techguard.domain import items as i

from . import document as d

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Some(Generic[T]):
    """The first of many, in the order a reader should meet them, and how many there are."""

    rows: tuple[T, ...] = ()
    total: int = 0

    @classmethod
    def of(cls, rows: tuple[T, ...], total: int | None = None) -> Some[T]:
        return cls(rows, len(rows) if total is None else total)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An exposure with what its place in the summary needs."""

    exposure: i.Exposure
    """Its urgency is the stated one or the floor that its dates set, whichever is higher."""
    before: i.Rating | None = None
    """The rating that stood at the session before."""
    now: i.Rating | None = None
    milestone: i.Milestone | None = None
    """The nearest dated event that presses."""
    measures: tuple[i.Countermeasure, ...] = ()
    high_since: date | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """A technology of the leak map, with what is known of each route (`document.LeakRow.levels`)."""

    technology: i.Technology
    levels: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """An exposure that moved."""

    exposure: i.Exposure
    movement: Literal["new", "risen", "fallen", "closed"]
    before: i.Rating | None = None
    now: i.Rating | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """The open exposures of an engagement: how many, and their highest level."""

    exposures: int = 0
    highest: int | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """A capital-policy engagement with what hangs on it."""

    engagement: i.Engagement
    live: Live = Live()
    milestone: i.Milestone | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """An agreement that ended or ends soon, and what hangs on its engagement."""

    agreement: i.Agreement
    live: Live = Live()


@dataclass(frozen=True, slots=True)
class Accepted:
    acceptance: i.Acceptance
    exposure: i.Exposure


@dataclass(frozen=True, slots=True)
class Weighed:
    """A countermeasure to come with what a plan says of it (`document.Weighed`)."""

    measure: i.Countermeasure
    chosen: bool
    reason: str
    others: tuple[i.Countermeasure, ...]
    cost: int | None
    saves: float
    lowers: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan: its figures, and the countermeasures that were weighed up for it."""

    figures: d.Plan
    weighed: Some[Weighed] = Some()


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Counts over the whole register."""

    technologies: int = 0
    exposures: int = 0
    by_level: tuple[d.LevelCount, ...] = ()
    by_class: tuple[d.ClassCount, ...] = ()
    heat_map: d.HeatMap = field(default_factory=d.HeatMap)
    words: d.OwnWords = field(default_factory=d.OwnWords)
    new: int = 0
    risen: int = 0
    fallen: int = 0
    closed: int = 0
    indicators: tuple[d.Indicator, ...] = ()
    gaps: tuple[d.GapFound, ...] = ()
    by_status: tuple[d.StatusCount, ...] = ()
    overdue: int = 0
    untested: int = 0
    done_since: int | None = None
    accepted_valid: int = 0
    accepted_ended: int = 0
    ageing: d.Ageing = field(default_factory=d.Ageing)
    left: tuple[d.Left, ...] = ()
    agreements_ahead: tuple[d.EndingBy, ...] = ()
    money: d.Money | None = None
    routes: tuple[str, ...] = ()
    """The columns of the leak map."""
    blank: int = 0
    incidents: int = 0
    signs_open: int = 0
    regulatory: tuple[d.RegulatoryCheck, ...] = ()
    checklists: tuple[d.ChecklistState, ...] = ()
    limits: d.Limits = field(default_factory=d.Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything one summary is made of."""

    as_of: date
    now: datetime
    head: tuple[int, str]
    checkpoint: str = ""
    """The signed note over that history (`techguard.store.checkpoint`)."""
    prepared_by: i.Person | None = None
    review: i.Review | None = None
    previous: i.Review | None = None
    matter: str | None = None
    """R2: the id of the engagement or technology the summary is about."""
    numbers: Numbers = field(default_factory=Numbers)
    top: tuple[Ranked, ...] = ()
    leak_map: Some[Mapped] = Some()
    plans: tuple[Planned, ...] = ()
    asked: Some[i.Exposure] = Some()
    decisions: Some[i.Decision] = Some()
    moved: Some[Step] = Some()
    pressing: Some[i.Countermeasure] = Some()
    capital: Some[Deal] = Some()
    single_holders: Some[i.Technology] = Some()
    counterparties: Some[i.Counterparty] = Some()
    agreements: Some[Ending] = Some()
    acceptances: Some[Accepted] = Some()
    observations: Some[i.Observation] = Some()
    consultations: Some[i.Consultation] = Some()
    names: Mapping[str, i.Item] = field(default_factory=dict)
    """Every entry that another one refers to, by id."""
