"""From facts to the document: pure functions, after redaction.

What may not be shown is empty before these functions see it (`techguard.board.redact`); they only arrange.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from techguard.catalog import countermeasures, routes, signs, sub_routes
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.fields import Redaction
from techguard.domain.kinds import kind_of
from techguard.domain.rules import movement

from . import document as d
from .facts import Accepted, Deal, Ending, Facts, Mapped, Ranked, Some, Step, Weighed
from .redact import depth, redact

_MARKING = {
    w.RedactionLevel.R0: w.Handling.STRICTLY_CONFIDENTIAL,
    w.RedactionLevel.R1: w.Handling.STRICTLY_CONFIDENTIAL,
    w.RedactionLevel.R2: w.Handling.CONFIDENTIAL,
    w.RedactionLevel.R3: w.Handling.INTERNAL,
}

A = TypeVar("A")
B = TypeVar("B", bound=d.Part)


def compose_from(
    facts: Facts, *, redaction: w.RedactionLevel, language: w.Language, recipients: tuple[str, ...] = ()
) -> d.BoardSummary:
    """The summary of `facts` at a level of redaction, for `recipients`. Nothing that the level hides is in
    it.
    """
    seen = redact(facts, redaction)
    names = Names(seen.names, depth(redaction))
    numbers = seen.numbers
    since = seen.previous and seen.previous.held_on
    review = seen.review
    return d.BoardSummary(
        title=d.Title(
            language=language,
            redaction=redaction,
            marking=_MARKING[redaction],
            as_of=seen.as_of,
            session=review.title if review else "",
            session_kind=review.kind if review else None,
            period=review.period if review else "",
            since=since,
            matter=names.of(seen.matter),
        ),
        technologies=numbers.technologies,
        exposures=numbers.exposures,
        by_level=numbers.by_level,
        by_class=numbers.by_class,
        heat_map=numbers.heat_map,
        words=numbers.words,
        top=tuple(
            _top(rank, ranked, names, compared=since is not None, today=seen.as_of)
            for rank, ranked in enumerate(seen.top, 1)
        ),
        leak_map=d.LeakMap(
            routes=numbers.routes,
            listed=_listing(d.LeakRow, seen.leak_map, lambda row: _mapped(row, names)),
            blank=numbers.blank,
        ),
        money=numbers.money,
        plans=tuple(
            p.figures.model_copy(update={"listed": _listing(d.Weighed, p.weighed, _weighed)})
            for p in seen.plans
        ),
        decisions=_decisions(seen, names),
        movement=d.Movement(
            since=since,
            new=numbers.new,
            risen=numbers.risen,
            fallen=numbers.fallen,
            closed=numbers.closed,
            listed=_listing(d.Moved, seen.moved, lambda step: _moved(step, names)),
            ageing=numbers.ageing,
        ),
        indicators=numbers.indicators,
        gaps=numbers.gaps,
        progress=d.Progress(
            by_status=numbers.by_status,
            overdue=numbers.overdue,
            untested=numbers.untested,
            done_since=numbers.done_since,
            pressing=_listing(d.Measure, seen.pressing, lambda c: _measure(c, names, seen.as_of)),
            left=numbers.left,
        ),
        capital=_listing(d.CapitalItem, seen.capital, lambda deal: _capital(deal, names)),
        single_holders=_listing(d.SingleHolder, seen.single_holders, lambda t: _holder(t, names)),
        counterparties=_listing(d.DangerousCounterparty, seen.counterparties, lambda c: _danger(c, names)),
        agreements=_listing(d.ExpiringAgreement, seen.agreements, lambda e: _agreement(e, names, seen.as_of)),
        agreements_ahead=numbers.agreements_ahead,
        acceptances=d.Acceptances(
            valid=numbers.accepted_valid,
            ended=numbers.accepted_ended,
            ending=_listing(d.AcceptedExposure, seen.acceptances, lambda a: _accepted(a, names, seen.as_of)),
        ),
        regulatory=numbers.regulatory,
        observations=d.Observations(
            incidents=numbers.incidents,
            signs_open=numbers.signs_open,
            listed=_listing(d.Observed, seen.observations, lambda o: _observed(o, names)),
        ),
        consultations=_listing(d.Consulted, seen.consultations, _consulted),
        checklists=numbers.checklists,
        limits=numbers.limits.model_copy(update={"money": numbers.money is not None}),
        record=d.Record(
            session=review.title if review else "",
            snapshot=seen.head[1],
            sequence=seen.head[0],
            checkpoint=seen.checkpoint,
            redaction=redaction,
            prepared_by=names.person(seen.prepared_by),
            signed_by=names.of(review.signed_by) if review else None,
            signed_on=review.closed_at.date() if review and review.closed_at else None,
            recipients=recipients,
            composed_at=seen.now,
        ),
    )


class Names:
    """What each entry is called at one redaction.

    Above R0 a counterparty or engagement without a code name becomes "A", "B" … by the order in which the
    facts hold them, so that two mentions of one entry have one name.
    """

    def __init__(self, items: Mapping[str, i.Item], level: Redaction) -> None:
        self._items = items
        self._level = level
        self._names: dict[str, d.Name] = {}
        marked: dict[str, int] = {}
        for key, item in items.items():
            name = self._name(item)
            if not name.text and name.department is None:
                marked[name.kind] = marked.get(name.kind, 0) + 1
                name = name.model_copy(update={"mark": letters(marked[name.kind])})
            self._names[key] = name

    def _name(self, item: i.Item) -> d.Name:
        kind = kind_of(item)
        title = str(getattr(item, kind.title) or "")
        if isinstance(item, i.Person):
            role = title or item.role
            return d.Name(kind=kind.name, text=role, department=None if role else item.department)
        if self._level > Redaction.FULL and isinstance(item, i.Counterparty | i.Engagement):
            title = item.code_name
        return d.Name(kind=kind.name, text=title, ref=item.ref)

    def of(self, key: str | None) -> d.Name | None:
        """The name of an entry by its id; None where there is none to show."""
        return self._names.get(key) if key else None

    def all(self, keys: tuple[str, ...]) -> tuple[d.Name, ...]:
        return tuple(name for key in keys if (name := self.of(key)))

    def of_engagement(self, key: str | None) -> tuple[d.Name, ...]:
        """The counterparties of an engagement."""
        engagement = self._items.get(key or "")
        return self.all(engagement.counterparties) if isinstance(engagement, i.Engagement) else ()

    def criticality(self, key: str) -> w.Criticality | None:
        """The class of a technology."""
        technology = self._items.get(key)
        return technology.criticality if isinstance(technology, i.Technology) else None

    def person(self, person: i.Person | None) -> d.Name | None:
        return self._name(person) if person else None


def letters(number: int) -> str:
    """1 → A, 26 → Z, 27 → AA."""
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _listing(entry: type[B], some: Some[A], make: Callable[[A], B]) -> d.Listing[B]:
    return d.Listing[entry](rows=tuple(make(row) for row in some.rows), total=some.total)  # type: ignore[valid-type]


def _known(value: str, table: Mapping[str, object]) -> str:
    """A catalogue id, if the catalogue has it: an imported text that is none must not pass for one."""
    return value if value in table else ""


def _change(before: i.Rating | None, now: i.Rating | None) -> d.Change | None:
    if now is None:
        return None
    return d.Change(
        likelihood_before=before.likelihood if before else None,
        likelihood_now=now.likelihood,
        impact_before=before.impact if before else None,
        impact_now=now.impact,
        on=now.rated_on,
        reason=now.rationale,
    )


_DONE = {w.CountermeasureStatus.IMPLEMENTED, w.CountermeasureStatus.VERIFIED}


def _done(measures: tuple[i.Countermeasure, ...]) -> int | None:
    """How many are in force; None where the redaction hides their status."""
    statuses: list[w.CountermeasureStatus | None] = [m.status for m in measures]
    return None if None in statuses else sum(s in _DONE for s in statuses)


def _mapped(row: Mapped, names: Names) -> d.LeakRow:
    return d.LeakRow(
        technology=names.of(row.technology.id), criticality=row.technology.criticality, levels=row.levels
    )


def _top(rank: int, ranked: Ranked, names: Names, *, compared: bool, today: date) -> d.TopExposure:
    e, before = ranked.exposure, ranked.before.level if ranked.before else None
    direct = names.of(e.counterparty)
    return d.TopExposure(
        rank=rank,
        label=e.ref,
        sentence=e.title,
        technology=names.of(e.technology),
        criticality=names.criticality(e.technology),
        route=_known(e.route, routes()),
        sub_route=_known(e.sub_route, sub_routes()),
        engagement=names.of(e.engagement),
        counterparties=(direct,) if direct else names.of_engagement(e.engagement),
        level=e.level,
        level_before=before,
        likelihood_before=ranked.before.likelihood if ranked.before else None,
        impact_before=ranked.before.impact if ranked.before else None,
        high_since=ranked.high_since if e.level is not None else None,
        arrow=movement(before, e.level) if compared and e.level is not None else None,
        change=_change(ranked.before, ranked.now) if e.level is not None and before != e.level else None,
        likelihood=e.likelihood,
        impact=e.impact,
        driver=e.impact_driver,
        confidence=e.confidence,
        urgency=e.urgency,
        urgency_on=ranked.milestone.on if ranked.milestone else None,
        urgency_event=ranked.milestone.kind if ranked.milestone else None,
        treatment=e.treatment,
        owner=names.of(e.owner),
        next_step=e.treatment_plan,
        decision_asked=e.decision_asked,
        measures=tuple(
            dict.fromkeys(c for m in ranked.measures if (c := _known(m.catalog_id, countermeasures())))
        ),
        measures_done=_done(ranked.measures),
        measures_total=len(ranked.measures),
        measures_listed=tuple(_measure(m, names, today) for m in sorted(ranked.measures, key=_to_do_first)),
    )


def _decisions(facts: Facts, names: Names) -> d.Listing[d.DecisionAsked]:
    exposures = tuple(
        d.DecisionAsked(label=e.ref, text=e.decision_asked, level=e.level, owner=names.of(e.owner))
        for e in facts.asked.rows
    )
    open_ones = tuple(
        d.DecisionAsked(label=x.ref, text=x.title, category=x.category, owner=names.of(x.owner), due=x.due)
        for x in facts.decisions.rows
    )
    return d.Listing[d.DecisionAsked](
        rows=open_ones + exposures, total=facts.asked.total + facts.decisions.total
    )


def _moved(step: Step, names: Names) -> d.Moved:
    e = step.exposure
    return d.Moved(
        label=e.ref,
        sentence=e.title,
        technology=names.of(e.technology),
        movement=step.movement,
        level_before=step.before.level if step.before else None,
        level=e.level,
        change=_change(step.before, step.now),
    )


def _to_do_first(c: i.Countermeasure) -> tuple[bool, date, str]:
    return c.status in _DONE, c.due or date.max, c.ref


def _measure(c: i.Countermeasure, names: Names, today: date) -> d.Measure:
    return d.Measure(
        label=c.ref,
        title=c.title,
        catalog_id=_known(c.catalog_id, countermeasures()),
        status=c.status,
        owner=names.of(c.owner),
        department=c.department,
        due=c.due,
        late=c.due is not None and c.due < today and c.status not in _DONE,
        exposures=len(c.exposures),
        cost_initial=c.cost_initial,
        cost_year=c.cost_year,
    )


def _weighed(found: Weighed) -> d.Weighed:
    c = found.measure
    return d.Weighed(
        label=c.ref,
        title=c.title,
        catalog_id=_known(c.catalog_id, countermeasures()),
        chosen=found.chosen,
        reason=found.reason,
        others=tuple(o.ref for o in found.others if o.ref),
        cost=found.cost,
        saves=found.saves,
        lowers=found.lowers,
    )


def _capital(deal: Deal, names: Names) -> d.CapitalItem:
    g = deal.engagement
    return d.CapitalItem(
        label=g.ref,
        name=names.of(g.id),
        kind=g.kind,
        stage=g.stage,
        owner=names.of(g.owner),
        next_on=deal.milestone.on if deal.milestone else None,
        next_event=deal.milestone.kind if deal.milestone else None,
        highest_level=deal.live.highest,
        exposures=deal.live.exposures,
        disclosure=g.disclosure_scope,
    )


def _holder(t: i.Technology, names: Names) -> d.SingleHolder:
    return d.SingleHolder(
        technology=names.of(t.id),
        criticality=t.criticality,
        owner=names.of(t.owner),
        executive=names.of(t.executive),
    )


def _danger(c: i.Counterparty, names: Names) -> d.DangerousCounterparty:
    return d.DangerousCounterparty(
        name=names.of(c.id),
        kind=c.kind,
        threat="" if c.threat is None else f"{c.threat:.2f}",
        zone_after=c.target_zone,
        due_diligence=c.due_diligence,
        due_diligence_until=c.due_diligence_until,
    )


def _agreement(ending: Ending, names: Names, today: date) -> d.ExpiringAgreement:
    a = ending.agreement
    return d.ExpiringAgreement(
        label=a.ref,
        type=a.type,
        engagement=names.of(a.engagement),
        counterparties=names.of_engagement(a.engagement),
        on=a.expires_on,
        survives_until=a.survives_until,
        ended=a.expires_on is not None and a.expires_on < today,
        highest_level=ending.live.highest,
    )


def _accepted(accepted: Accepted, names: Names, today: date) -> d.AcceptedExposure:
    a, e = accepted.acceptance, accepted.exposure
    return d.AcceptedExposure(
        label=e.ref,
        sentence=e.title,
        level_at=a.level_at,
        level=e.level,
        role=a.accepted_role,
        by=names.of(a.accepted_by),
        until=a.valid_until,
        ended=a.valid_until < today,
        reason=a.reason,
    )


def _observed(o: i.Observation, names: Names) -> d.Observed:
    return d.Observed(
        label=o.ref,
        title=o.title,
        kind=o.kind,
        status=o.status,
        on=o.observed_on,
        sign=_known(o.sign, signs()),
        route=_known(o.route, routes()),
        technology=names.of(o.technology),
        lessons=o.lessons,
    )


def _consulted(c: i.Consultation) -> d.Consulted:
    return d.Consulted(
        label=c.ref,
        topic=c.topic,
        kind=c.kind,
        authority=c.authority,
        status=c.status,
        on=c.on,
        antitrust_review=c.antitrust_review if c.kind is w.ConsultationKind.DIALOGUE else None,
        outcome=c.outcome,
    )
