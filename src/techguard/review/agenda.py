"""What a review session has to discuss, and why: drawn from the register, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any

from techguard.domain import words as w
from techguard.domain.items import Acceptance, Counterparty, Exposure, Item
from techguard.domain.kinds import kind_of
from techguard.i18n import N_
from techguard.register import Query, Register, Row, Where

SOON = timedelta(days=90)
"""How long before its end an acceptance or agreement is brought up (domain.md §6e, K03 and K04)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is on the agenda: a stable code, and a sentence (message id) with its facts."""

    code: str
    what: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """An entry of the register that is to be discussed, once, with every reason there is."""

    kind: str
    id: str
    ref: str
    title: str
    belongs_to: str
    """Title of what it is part of: an exposure's technology, an agreement's engagement."""
    owner: str
    level: int | None
    on: date | None
    """The earliest date among the reasons."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    code: str
    kind: str
    query: Query
    why: Callable[[Any], tuple[str, Mapping[str, object]]]


def _says(what: str, **fields: str) -> Callable[[Any], tuple[str, Mapping[str, object]]]:
    return lambda item: (what, {name: getattr(item, source) for name, source in fields.items()})


def _assessment(item: Any) -> tuple[str, Mapping[str, object]]:
    if item.threat is None:
        return N_("Its technology management was never assessed."), {}
    return N_("Its due diligence was valid until {on}."), {"on": item.due_diligence_until}


def _stale(today: date) -> Callable[[Any], tuple[str, Mapping[str, object]]]:
    """Why an assessment is missing or out of date: never made, the check is over, or answers it rests on."""

    def why(item: Any) -> tuple[str, Mapping[str, object]]:
        if item.threat is not None and (item.due_diligence_until or today) >= today:
            return N_("Answers of its due diligence are out of date."), {}
        return _assessment(item)

    return why


def _rules(today: date) -> tuple[_Rule, ...]:
    untold = (w.ObservationStatus.EXPLAINED, w.ObservationStatus.CLOSED, w.ObservationStatus.UNFOUNDED)
    ending = (Where("expires_on", "filled"), Where("expires_on", "<=", today + SOON))
    asked = (Where("status", "=", w.DecisionStatus.ASKED),)
    return (
        _Rule(
            "high_untreated",
            "exposure",
            Query(gap="high_untreated"),
            _says(N_("Level {level}, without treatment or valid acceptance."), level="level"),
        ),
        _Rule(
            "acceptance_expired",
            "exposure",
            Query(gap="acceptance_expired"),
            _says(N_("It was accepted for a time that is over.")),
        ),
        _Rule(
            "exposure_due",
            "exposure",
            Query(gap="exposure_due"),
            _says(N_("Its review was due on {on}."), on="next_review"),
        ),
        _Rule(
            "exposure_rerate",
            "exposure",
            Query(gap="exposure_rerate"),
            _says(N_("An incident or an escalated sign concerns it, and it was not rated since.")),
        ),
        _Rule(
            "exposure_on_earlier_scale",
            "exposure",
            Query(gap="exposure_on_earlier_scale"),
            _says(N_("It was rated on an earlier scale, and its steps have no place on the one in force.")),
        ),
        _Rule(
            "technology_due",
            "technology",
            Query(gap="technology_due"),
            _says(N_("Its review was due on {on}."), on="next_review"),
        ),
        _Rule(
            "single_holder",
            "technology",
            Query(gap="single_holder"),
            _says(N_("Only one person knows a part of it.")),
        ),
        _Rule(
            "agreement_ending",
            "agreement",
            Query(where=ending),
            lambda item: (
                N_("It ended on {on}.") if item.expires_on < today else N_("It ends on {on}."),
                {"on": item.expires_on},
            ),
        ),
        _Rule(
            "countermeasure_overdue",
            "countermeasure",
            Query(gap="countermeasure_overdue"),
            _says(N_("It should have been done by {on}."), on="due"),
        ),
        _Rule(
            "countermeasure_untested",
            "countermeasure",
            Query(gap="countermeasure_untested"),
            _says(N_("It is in place and was never tested: it lowers no rating.")),
        ),
        _Rule("counterparty_unassessed", "counterparty", Query(gap="counterparty_unassessed"), _stale(today)),
        _Rule(
            "counterparty_danger",
            "counterparty",
            Query(gap="counterparty_danger"),
            _says(N_("It is in the danger zone.")),
        ),
        _Rule(
            "counterparty_ending",
            "counterparty",
            Query(
                where=(
                    Where("due_diligence_until", ">=", today),
                    Where("due_diligence_until", "<=", today + SOON),
                )
            ),
            _says(N_("Its due diligence is valid until {on}."), on="due_diligence_until"),
        ),
        _Rule(
            "observation_open",
            "observation",
            Query(where=(Where("status", "not in", untold),)),
            lambda item: (
                (N_("Observed on {on} and not settled."), {"on": item.observed_on})
                if item.observed_on
                else (N_("Observed and not settled."), {})
            ),
        ),
        _Rule("decision_asked", "decision", Query(where=asked), _says(N_("It is still to be decided."))),
    )


def agenda(register: Register, more: Iterable[tuple[Row, Reason]] = ()) -> list[AgendaItem]:
    """What is to be discussed today: the highest level first, then what has been due the longest.

    `more`: what else there is to say, and about what.
    """
    rows: dict[str, Row] = {}
    reasons: dict[str, list[Reason]] = {}
    for row, reason in chain(_found(register), more):
        rows.setdefault(row.item.id, row)
        reasons.setdefault(row.item.id, []).append(reason)
    items = [_item(rows[id_], tuple(found)) for id_, found in reasons.items()]
    return sorted(items, key=lambda i: (-(i.level or 0), i.on or date.max, i.ref))


def _found(register: Register) -> Iterator[tuple[Row, Reason]]:
    today = register.today
    for rule in _rules(today):
        for row in register.rows(rule.kind, rule.query, limit=None):
            yield row, Reason(rule.code, *rule.why(row.item))
    yield from _acceptances_ending(register, today)
    yield from _answers_ending(register, today)


def _acceptances_ending(register: Register, today: date) -> Iterator[tuple[Row, Reason]]:
    """Exposures whose last valid acceptance ends soon."""
    last: dict[str, date] = {}
    for acceptance in register.find(Acceptance, Query(where=(Where("valid_until", ">=", today),))):
        last[acceptance.exposure] = max(acceptance.valid_until, last.get(acceptance.exposure, today))
    ending = {id_: until for id_, until in last.items() if until <= today + SOON}
    open_ones = (Where("id", "in", tuple(ending)), Where("status", "!=", w.ExposureStatus.CLOSED))
    for row in register.rows(Exposure, Query(where=open_ones), limit=None):
        yield (
            row,
            Reason("acceptance_ending", N_("Its acceptance ends on {on}."), {"on": ending[row.item.id]}),
        )


def _answers_ending(register: Register, today: date) -> Iterator[tuple[Row, Reason]]:
    """Counterparties of whom an answer ends soon, before their check as a whole does."""
    ending = register.answers_ending(today + SOON)
    for row in register.rows(Counterparty, Query(where=(Where("id", "in", tuple(ending)),)), limit=None):
        facts = {"on": ending[row.item.id]}
        yield row, Reason("counterparty_ending", N_("An answer of its due diligence ends on {on}."), facts)


_OWNERS = ("owner", "handled_by")


def _item(row: Row, reasons: tuple[Reason, ...]) -> AgendaItem:
    item: Item = row.item
    kind = kind_of(item)
    parent = getattr(item, kind.parent) if kind.parent else getattr(item, "technology", None)
    owner = next((id_ for name in _OWNERS if (id_ := getattr(item, name, None))), None)
    dates = [on for reason in reasons if isinstance(on := reason.facts.get("on"), date)]
    return AgendaItem(
        kind=kind.name,
        id=item.id,
        ref=item.ref,
        title=kind.title_of(item),
        belongs_to=row.names.get(parent or "", ""),
        owner=row.names.get(owner or "", ""),
        level=getattr(item, "level", None),
        on=min(dates, default=None),
        reasons=reasons,
    )
