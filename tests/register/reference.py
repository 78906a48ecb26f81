"""What is missing, due and worst, said again in plain Python from the words of the gaps' labels.

It shares no line with the program: the program counts in SQL, this leafs through every entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from techguard.domain import items as i
from techguard.domain.items import Item
from techguard.register import Register

T = TypeVar("T", bound=Item)


def later(day: date, months: int) -> date:
    """The same day so many months later, or the last one that month has."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(last, first + timedelta(days=day.day - 1))


@dataclass
class Leaves:
    """Every live entry of a register, and the day it is looked at."""

    register: Register
    today: date

    def all(self, model: type[T]) -> list[T]:
        return self.register.find(model)

    # Who counts

    def open_exposures(self) -> list[i.Exposure]:
        return [e for e in self.all(i.Exposure) if e.status != "closed"]

    def technologies(self) -> list[i.Technology]:
        return [t for t in self.all(i.Technology) if t.status != "retired"]

    def core(self) -> list[i.Technology]:
        return [t for t in self.technologies() if t.criticality in {"S", "A"}]

    def days_to(self, on: date | None) -> int | None:
        return None if on is None else (on - self.today).days

    def past(self, on: date | None) -> bool:
        return on is not None and on < self.today

    def last_session(self) -> date | None:
        held = [r.held_on for r in self.all(i.Review) if r.status in {"held", "closed"} and r.held_on]
        return max(held, default=None)

    # Gaps

    def high_untreated(self) -> list[i.Exposure]:
        acceptances = self.all(i.Acceptance)
        measures = self.all(i.Countermeasure)

        def accepted(e: i.Exposure) -> bool:
            return any(
                a.exposure == e.id
                and not self.past(a.valid_until)
                and a.level_at
                and a.level_at >= (e.level or 0)
                for a in acceptances
            )

        def treated(e: i.Exposure) -> bool:
            working = {"approved", "in_progress", "implemented", "verified"}
            has_one = any(e.id in c.exposures and c.status in working for c in measures)
            return has_one and e.treatment not in {"open", "accept"}

        return [
            e for e in self.open_exposures() if (e.level or 0) >= 4 and not accepted(e) and not treated(e)
        ]

    def technology_without_executive(self) -> list[i.Technology]:
        return [t for t in self.core() if t.executive is None]

    def technology_without_rating(self) -> list[i.Technology]:
        rated = {e.technology for e in self.open_exposures() if e.basis == "current"}
        return [t for t in self.core() if t.id not in rated]

    def exposure_unrated(self) -> list[i.Exposure]:
        return [e for e in self.open_exposures() if e.level is None]

    def exposure_without_owner(self) -> list[i.Exposure]:
        return [e for e in self.open_exposures() if not e.owner]

    def exposure_without_route(self) -> list[i.Exposure]:
        return [e for e in self.open_exposures() if not e.route]

    def exposure_due(self) -> list[i.Exposure]:
        return [e for e in self.open_exposures() if e.next_review and e.next_review <= self.today]

    def exposure_rerate(self) -> list[i.Exposure]:
        newest: dict[str, date] = {}
        under_way = {"open", "suspected", "confirmed"}
        for o in self.all(i.Observation):
            incident = o.kind == "incident" and o.status in under_way
            if o.exposure and (incident or o.status == "escalated"):
                seen = self._seen_on(o)
                newest[o.exposure] = max(seen, newest.get(o.exposure, seen))
        return [
            e
            for e in self.open_exposures()
            if e.id in newest and (e.rated_on is None or e.rated_on < newest[e.id])
        ]

    def retention_over(self) -> list[i.Observation]:
        return [o for o in self.all(i.Observation) if self.past(o.retention_until)]

    def follow_up_overdue(self) -> list[i.Consultation]:
        return [c for c in self.all(i.Consultation) if c.follow_up and self.past(c.follow_up_due)]

    def exposure_on_earlier_scale(self) -> list[i.Exposure]:
        now = self.register.scale.edition
        return [e for e in self.open_exposures() if e.level is not None and e.scale_edition != now]

    def technology_on_earlier_scale(self) -> list[i.Technology]:
        now = self.register.scale.edition
        return [t for t in self.technologies() if t.impact is not None and t.scale_edition != now]

    def technology_due(self) -> list[i.Technology]:
        return [t for t in self.technologies() if t.next_review and t.next_review <= self.today]

    def technology_unclassed(self) -> list[i.Technology]:
        return [t for t in self.technologies() if t.criticality is None]

    def technology_without_exposure(self) -> list[i.Technology]:
        considered = {e.technology for e in self.all(i.Exposure)}
        return [t for t in self.technologies() if t.id not in considered]

    def acceptance_expired(self) -> list[i.Exposure]:
        expired = {a.exposure for a in self.all(i.Acceptance) if self.past(a.valid_until)}
        valid = {a.exposure for a in self.all(i.Acceptance) if not self.past(a.valid_until)}
        return [e for e in self.open_exposures() if e.id in expired - valid]

    def agreement_ending(self) -> list[i.Agreement]:
        live = {e.engagement for e in self.open_exposures()}
        return [
            a
            for a in self.all(i.Agreement)
            if a.type == "nda"
            and a.engagement in live
            and a.expires_on
            and a.expires_on <= self.today + timedelta(days=90)
        ]

    def counterparty_danger(self) -> list[i.Counterparty]:
        return [c for c in self.all(i.Counterparty) if c.zone == "danger"]

    def counterparty_unassessed(self) -> list[i.Counterparty]:
        return [
            c
            for c in self.all(i.Counterparty)
            if None in {c.dependency, c.penetration, c.maturity, c.trust}
            or self.past(c.due_diligence_until)
            or any(self.past(a.valid_until) for a in self._standing(c.id))
        ]

    def single_holder(self) -> list[i.Technology]:
        alone = {e.technology for e in self.all(i.Element) if e.single_holder or e.holders == 1}
        return [t for t in self.core() if t.id in alone]

    def countermeasure_overdue(self) -> list[i.Countermeasure]:
        waiting = {"proposed", "approved", "in_progress"}
        return [c for c in self.all(i.Countermeasure) if c.status in waiting and self.past(c.due)]

    def countermeasure_untested(self) -> list[i.Countermeasure]:
        in_force = {"implemented", "verified"}
        return [c for c in self.all(i.Countermeasure) if c.status in in_force and c.tested_on is None]

    def _seen_on(self, o: i.Observation) -> date:
        assert o.created_at
        return o.observed_on or o.created_at.date()

    def sign_open(self) -> list[i.Observation]:
        return [
            o
            for o in self.all(i.Observation)
            if o.kind == "sign" and o.status == "open" and (self.today - self._seen_on(o)).days > 30
        ]

    def incident(self) -> list[i.Observation]:
        last = self.last_session() or date.min
        return [o for o in self.all(i.Observation) if o.kind == "incident" and self._seen_on(o) >= last]

    def answer_without_grounds(self) -> list[i.ChecklistAnswer]:
        about = {a.counterparty for a in self.all(i.ChecklistAnswer)}
        return [a for c in about for a in self._standing(c) if a.answer == "yes" and not a.evidence]

    def _standing(self, counterparty: str | None) -> list[i.ChecklistAnswer]:
        newest: dict[str, i.ChecklistAnswer] = {}
        ours = [a for a in self.all(i.ChecklistAnswer) if a.counterparty == counterparty]
        for answer in sorted(ours, key=lambda a: a.as_of or date.min):  # a stable sort: then as recorded
            newest[answer.item] = answer
        return list(newest.values())

    def consultation_pending(self) -> list[i.Consultation]:
        return [c for c in self.all(i.Consultation) if c.status == "pending"]

    def regulatory_open(self) -> list[i.Technology]:
        fields = (
            "fefta_prior_report",
            "core_sector",
            "deemed_export",
            "foreign_filing_check",
            "specified_critical",
            "patent_secrecy",
        )
        return [
            t
            for t in self.core()
            if any(getattr(t, name) in {"not_assessed", "needs_action"} for name in fields)
        ]

    def gap(self, code: str) -> list[Item]:
        find: Callable[[], list[Item]] = getattr(self, code)
        return find()

    # Urgency and the order of the worst

    def urgency(self, e: i.Exposure) -> int:
        found = e.urgency or 1
        for m in self.all(i.Milestone):
            if m.engagement == e.engagement and not m.done:
                days = (m.on - self.today).days
                found = max(found, 4 if days <= 30 else 3 if days <= 90 else 2 if days <= 180 else 1)
        for o in self.all(i.Observation):
            under_way = o.kind == "incident" and o.status in {"open", "escalated", "suspected", "confirmed"}
            if o.exposure == e.id and (under_way or o.status == "escalated"):
                found = 5
        return found

    def worst(self, limit: int) -> list[str]:
        rated = [e for e in self.open_exposures() if e.level is not None]
        rated.sort(key=lambda e: (-(e.level or 0), -self.urgency(e), -(e.impact or 0), e.ref))
        return [e.ref for e in rated[:limit]]

    # Counts

    def by_level(self) -> dict[int | None, int]:
        return dict(Counter(e.level for e in self.open_exposures()))

    def by_class(self) -> dict[str | None, int]:
        return dict(Counter(t.criticality and str(t.criticality) for t in self.technologies()))

    def matrix(self) -> dict[tuple[int | None, int | None], int]:
        now = self.register.scale.edition
        placed = [e for e in self.open_exposures() if e.level is not None and e.scale_edition == now]
        return dict(Counter((e.likelihood, e.impact) for e in placed))

    def due(self) -> set[tuple[str, str, date]]:
        found: set[tuple[str, str, date]] = set()

        def look(label: str, items: list[T], on: Callable[[T], date | None], ahead: int) -> None:
            for item in items:
                days = self.days_to(on(item))
                if days is not None and -365 <= days <= ahead:
                    found.add((label, item.ref, on(item) or date.min))

        waiting = {"proposed", "approved", "in_progress"}
        measures = [c for c in self.all(i.Countermeasure) if c.status in waiting]
        decisions = [d for d in self.all(i.Decision) if d.status in {"asked", "decided"}]
        sessions = [r for r in self.all(i.Review) if r.status in {"planned", "in_preparation"}]
        look("Milestone", [m for m in self.all(i.Milestone) if not m.done], lambda m: m.on, 60)
        look("Countermeasure due", measures, lambda c: c.due, 30)
        look("Decision due", decisions, lambda d: d.due, 30)
        look("Acceptance ends", self.all(i.Acceptance), lambda a: a.valid_until, 90)
        look("Agreement ends", self.all(i.Agreement), lambda a: a.expires_on, 90)
        look("Due diligence ends", self.all(i.Counterparty), lambda c: c.due_diligence_until, 90)
        look("Exposure to review", self.open_exposures(), lambda e: e.next_review, 14)
        look("Technology to review", self.technologies(), lambda t: t.next_review, 14)
        look("Review session", sessions, lambda r: r.planned_on, 60)
        regular = [r for r in self.all(i.Review) if r.status in {"held", "closed"} and r.kind != "ad_hoc"]
        last = max((r for r in regular if r.held_on), key=lambda r: r.held_on or date.min, default=None)
        if last and last.held_on and not any(r.planned_on for r in sessions):
            months = {"quarterly": 3, "semiannual": 6, "annual": 12}[last.kind]
            due = later(last.held_on, months)
            if due <= self.today + timedelta(days=60):
                found.add(("Next review session", last.ref, due))
        for c in self.all(i.Counterparty):
            days = [
                a.valid_until
                for a in self._standing(c.id)
                if (left := self.days_to(a.valid_until)) is not None
                and -365 <= left <= 90
                and (a.valid_until or date.max) < (c.due_diligence_until or date.max)
            ]
            if days:
                found.add(("Partner answers end", c.ref, min(d for d in days if d)))
        return found
