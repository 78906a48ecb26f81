"""The rules over the words: pure functions, each with the section of domain.md it follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, cast

from .items import ChecklistAnswer, Countermeasure, Counterparty, Milestone, Rating, Technology
from .scales import Editions, Restated, Scale
from .words import (
    AcceptanceRole,
    Answer,
    Basis,
    CountermeasureStatus,
    Criticality,
    ImpactDimension,
    InterviewQuestion,
    Zone,
)

SCORES = ("competitive_edge", "non_substitutability", "catch_up", "dependence", "national_base", "secrecy")
"""The six attributes that identify a core technology, each scored 0–4 (§6c.1)."""

IMPACTS: Mapping[ImpactDimension, str] = {d: f"impact_{d.value}" for d in ImpactDimension}
"""The field that holds each dimension of impact (§6c.2)."""


# --- Criticality (§6c.1) -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judgement:
    """A proposed class with what led to it."""

    proposed: Criticality | None
    total: int
    scored: int
    by_override: bool
    """S because nothing can stand in for it and the national base rests on it, whatever the sum."""


def judge(scores: Mapping[str, int | None]) -> Judgement:
    """The class that six scores propose: S from 20 (or by override), A from 14, B from 8, else C.

    Without all six scores nothing is proposed, except that the override holds as soon as both its scores do.
    """
    given = {name: scores.get(name) for name in SCORES}
    total = sum(v for v in given.values() if v is not None)
    scored = sum(v is not None for v in given.values())
    override = given["non_substitutability"] == 4 and given["national_base"] == 4
    if override or total >= 20:
        proposed: Criticality | None = Criticality.S
    elif scored < len(SCORES):
        proposed = None
    elif total >= 14:
        proposed = Criticality.A
    elif total >= 8:
        proposed = Criticality.B
    else:
        proposed = Criticality.C
    return Judgement(proposed, total, scored, override and total < 20)


def possible(scores: Mapping[str, int | None]) -> tuple[Criticality, Criticality]:
    """The lowest and the highest class that the scores still allow: what is unknown may be anything."""
    order = tuple(Criticality)
    found = []
    for unknown in (0, 4):
        filled = {n: unknown if (v := scores.get(n)) is None else v for n in SCORES}
        proposed = judge(filled).proposed
        assert proposed is not None
        found.append(proposed)
    lowest, highest = found
    return max(lowest, highest, key=order.index), min(lowest, highest, key=order.index)


Progress = Literal["open", "unknown", "answered"]


def asked(technology: Technology, question: InterviewQuestion) -> Progress:
    """How far a question of the interview is: not asked yet, asked and not known, or answered.

    A score that was given elsewhere is an answer too. Unknown is not zero, and not asked is not unknown.
    """
    if question.value in SCORES and getattr(technology, question.value) is not None:
        return "answered"
    if question in technology.questions_unknown:
        return "unknown"
    return "answered" if question in technology.questions_asked and question.value not in SCORES else "open"


def judge_technology(technology: Technology) -> Judgement:
    """The class that a technology's scores propose."""
    return judge({name: getattr(technology, name) for name in SCORES})


def criticality(technology: Technology) -> Criticality | None:
    """The class in force: what a person confirmed, else what the scores propose."""
    return technology.criticality_confirmed or judge_technology(technology).proposed


# --- Impact (§6c.2) ----------------------------------------------------------------------------------


def highest(dimensions: Mapping[ImpactDimension, int | None]) -> tuple[int | None, ImpactDimension | None]:
    """The overall impact (the maximum, never an average) and the dimension that drives it."""
    rated = {d: v for d in ImpactDimension if (v := dimensions.get(d)) is not None}
    if not rated:
        return None, None
    driver = max(rated, key=lambda d: rated[d])
    return rated[driver], driver


# --- Counterparties (§6c.4) --------------------------------------------------------------------------


def threat(
    dependency: int | None, penetration: int | None, maturity: int | None, trust: int | None
) -> Decimal | None:
    """(dependency × penetration) ÷ (maturity × trust), each 1–4; None until all four are known."""
    if dependency is None or penetration is None or maturity is None or trust is None:
        return None
    return Decimal(dependency * penetration) / Decimal(maturity * trust)


def threats(counterparty: Counterparty) -> tuple[Decimal | None, Decimal | None]:
    """The threat of a counterparty today and after measures; None where it cannot be told.

    After measures, a factor that was not restated is as it is today; with none restated there is nothing to
    tell.
    """
    c = counterparty
    now = threat(c.dependency, c.penetration, c.maturity, c.trust)
    restated = (c.target_dependency, c.target_penetration, c.target_maturity, c.target_trust)
    if all(v is None for v in restated):
        return now, None
    return now, threat(
        c.target_dependency or c.dependency,
        c.target_penetration or c.penetration,
        c.target_maturity or c.maturity,
        c.target_trust or c.trust,
    )


def zone(value: Decimal | None, scale: Scale) -> Zone | None:
    """The zone of a threat value: control, watch, danger."""
    if value is None:
        return None
    if value >= scale.danger_from:
        return Zone.DANGER
    return Zone.WATCH if value >= scale.watch_from else Zone.CONTROL


# --- Derived fields: what the register fills in ------------------------------------------------------


def derive_technology(technology: Technology) -> Technology:
    """A technology with its class, impact and driving dimension filled in."""
    impact, driver = highest({d: getattr(technology, f) for d, f in IMPACTS.items()})
    return technology.model_copy(
        update={"criticality": criticality(technology), "impact": impact, "impact_driver": driver}
    )


def derive_counterparty(counterparty: Counterparty, scale: Scale) -> Counterparty:
    """A counterparty with its threat and zones filled in."""
    now, after = threats(counterparty)
    rounded = None if now is None else now.quantize(Decimal("0.0001"))
    return counterparty.model_copy(
        update={"threat": rounded, "zone": zone(now, scale), "target_zone": zone(after, scale)}
    )


def derive_rating(rating: Rating, scale: Scale) -> Rating:
    """A rating with its level and the edition of the scale that gave it."""
    return rating.model_copy(
        update={"level": scale.level(rating.likelihood, rating.impact), "scale_edition": scale.edition}
    )


def standing(ratings: Iterable[Rating], editions: Editions | None = None) -> dict[str, object]:
    """What an exposure repeats of its ratings: the newest current one, else the newest inherent one.

    Newest is by the stated date, then by the order in which they were recorded. A target never stands for
    today: it is a hope. Ratings must come in the order in which they were recorded. With `editions` they are
    restated on the scale in force; without, they are as they were made.
    """
    newest: dict[Basis, Rating] = {}
    for rating in ratings:
        held = newest.get(rating.basis)
        if held is None or (rating.rated_on or date.min) >= (held.rated_on or date.min):
            newest[rating.basis] = rating
    now = newest.get(Basis.CURRENT) or newest.get(Basis.INHERENT)
    stands = _restated(now, editions)
    return {
        "likelihood": stands.likelihood,
        "impact": stands.impact,
        "impact_driver": now and now.impact_driver,
        "level": stands.level,
        "basis": now and now.basis,
        "confidence": now and now.confidence,
        "urgency": now and now.urgency,
        "rated_on": now and now.rated_on,
        "inherent_level": _restated(newest.get(Basis.INHERENT), editions).level,
        "target_level": _restated(newest.get(Basis.TARGET), editions).level,
        "scale_edition": stands.edition,
    }


def _restated(rating: Rating | None, editions: Editions | None) -> Restated:
    if rating is None:
        return Restated(None, None, None, "")
    if editions is None:
        return Restated(rating.likelihood, rating.impact, rating.level, rating.scale_edition)
    return editions.restated(rating)


# --- Controls (§6c.5) --------------------------------------------------------------------------------

_IN_FORCE = {CountermeasureStatus.IMPLEMENTED, CountermeasureStatus.VERIFIED}


def credit(countermeasures: Iterable[Countermeasure]) -> int:
    """By how many steps countermeasures may lower likelihood: 2 if tested yearly, 1 if checked once, else 0.

    Only countermeasures in force count, and only those linked to the exposure: a control on one route never
    lowers the risk of another. A control that does nothing by design earns nothing however well it is tested.
    """
    best = 0
    for c in countermeasures:
        if c.status not in _IN_FORCE or c.operating_effect is None or c.design_effect == 0:
            continue
        best = max(best, 2 if c.operating_effect >= 3 else 1 if c.operating_effect >= 2 else 0)
    return best


def lowest_current(inherent_likelihood: int, countermeasures: Iterable[Countermeasure]) -> int:
    """The lowest likelihood a current rating may state, given the inherent one and the tested controls."""
    return max(1, inherent_likelihood - credit(countermeasures))


# --- Urgency (§6c.6) ---------------------------------------------------------------------------------


UNDER_WAY_URGENCY = 5
"""The urgency of an exposure while an incident, or a sign that was escalated, is under way."""


def urgency_floor(
    milestones: Iterable[Milestone], today: date, scale: Scale, *, under_way: bool = False
) -> int:
    """The lowest urgency that dated events allow: 4 within 30 days, 3 within 90, 2 within 180, else 1.

    A date that has passed without being marked as past still presses: it counts as within 30 days.
    `under_way`: an incident, or a sign that was escalated, makes it 5.
    """
    if under_way:
        return UNDER_WAY_URGENCY
    floor = 1
    for milestone in milestones:
        if not milestone.done:
            floor = max(floor, floor_for_date(milestone.on, today, scale))
    return floor


def floor_for_date(on: date, today: date, scale: Scale) -> int:
    """The urgency floor of one date."""
    days = (on - today).days
    return next((urgency for within, urgency in scale.urgency_within_days if days <= within), 1)


# --- Acceptance and review (§6c.7) -------------------------------------------------------------------

_RANK = {AcceptanceRole.MANAGER: 0, AcceptanceRole.OFFICER: 1, AcceptanceRole.BOARD: 2}


def who_accepts(level: int | None, scale: Scale) -> AcceptanceRole:
    """The least role that may accept a level: on the standard scale 4 an executive officer, 5 the board."""
    if level is not None and level >= scale.board_from:
        return AcceptanceRole.BOARD
    if level is not None and level >= scale.officer_from:
        return AcceptanceRole.OFFICER
    return AcceptanceRole.MANAGER


def may_accept(role: AcceptanceRole, level: int | None, scale: Scale) -> bool:
    """Whether a role may accept a level."""
    return _RANK[role] >= _RANK[who_accepts(level, scale)]


def next_review(level: int | None, from_day: date, scale: Scale) -> date:
    """When an exposure of a level is looked at again; an unrated one as soon as the highest level."""
    return from_day + timedelta(days=scale.review_days[(level or len(scale.review_days)) - 1])


Movement = Literal["new", "risen", "fallen", "same"]


def movement(before: int | None, now: int | None) -> Movement:
    """How a level moved between two looks."""
    if before is None or now is None:
        return "new" if before is None and now is not None else "same"
    return "risen" if now > before else "fallen" if now < before else "same"


Path = tuple[tuple[date, int | None], ...]
"""Levels over time: on which day it became which; None when nothing is open any more."""


def path(ratings: Iterable[Rating]) -> Path:
    """How the level of an exposure moved: the days on which what stands (`standing`) changed its level."""
    dated = [r for r in ratings if r.rated_on is not None]
    levels = [
        (day, cast("int | None", standing(r for r in dated if cast(date, r.rated_on) <= day)["level"]))
        for day in sorted({cast(date, r.rated_on) for r in dated})
    ]
    return _changes((day, level) for day, level in levels if level is not None)


def highest_path(exposures: Iterable[tuple[Path, date | None]]) -> Path:
    """How the highest level among several exposures moved; each with the day it was closed, if it was."""
    events: list[tuple[date, int, int | None]] = []
    for place, (moved, closed) in enumerate(exposures):
        events += [(day, place, level) for day, level in moved if closed is None or day < closed]
        if closed is not None and moved:
            events.append((closed, place, None))
    held: dict[int, int | None] = {}
    days: dict[date, int | None] = {}
    for day, place, level in sorted(events, key=lambda e: (e[0], e[1])):
        held[place] = level
        days[day] = max((n for n in held.values() if n), default=None)
    return _changes(days.items())


def _changes(levels: Iterable[tuple[date, int | None]]) -> Path:
    found: list[tuple[date, int | None]] = []
    for day, level in levels:
        if not found or found[-1][1] != level:
            found.append((day, level))
    return tuple(found)


# --- Checklists (§6d, §6e K11) -----------------------------------------------------------------------


def standing_answers(answers: Iterable[ChecklistAnswer]) -> dict[str, ChecklistAnswer]:
    """The answer that stands for each item: the newest by its stated day, then by when it was recorded.

    Answers must come in the order in which they were recorded, all about the company or all about one
    counterparty.
    """
    newest: dict[str, ChecklistAnswer] = {}
    for answer in answers:
        held = newest.get(answer.item)
        if held is None or (answer.as_of or date.min) >= (held.as_of or date.min):
            newest[answer.item] = answer
    return newest


@dataclass(frozen=True, slots=True)
class Tally:
    """How a list was answered: counts, never a score. `groundless`: answered yes without grounds."""

    items: int
    yes: int
    no: int
    not_applicable: int
    groundless: int

    @property
    def answered(self) -> int:
        """Items with an answer, whatever it is."""
        return self.yes + self.no + self.not_applicable

    @property
    def unanswered(self) -> int:
        """Items that nobody has answered yet."""
        return self.items - self.answered


def tally(items: Iterable[str], standing: Mapping[str, ChecklistAnswer]) -> Tally:
    """Count the standing answers of these items."""
    ids = tuple(items)
    given = [standing[id_] for id_ in ids if id_ in standing]
    count = {which: sum(a.answer is which for a in given) for which in Answer}
    groundless = sum(a.answer is Answer.YES and not a.evidence for a in given)
    return Tally(len(ids), count[Answer.YES], count[Answer.NO], count[Answer.NOT_APPLICABLE], groundless)
