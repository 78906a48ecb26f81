"""Gathers the facts of a summary from a register: the only part of the room that touches one.

It uses the register's public door, counts in SQL, and reads only the entries that will be shown; the number
of queries does not grow with the register.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from itertools import dropwhile, pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from techguard import catalog
from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.domain.gaps import GAPS
from techguard.domain.kinds import KINDS, kind_of
from techguard.register import Query, Register, Where
from techguard.store.overview import as_recorded
from techguard.store.shifts import Shift, Standing

from . import document as d
from .errors import NotEarlier
from .facts import Accepted, Deal, Ending, Facts, Live, Mapped, Numbers, Ranked, Some, Step
from .plans import plans

if TYPE_CHECKING:
    from techguard.domain.scales import Scale
    from techguard.quant.simulate import Outcome
    from techguard.register import Overview

T = TypeVar("T", bound=i.Item)

SOON = timedelta(days=90)
SHOWN = 15
"""Rows of a list; the rest is a number that points to the register."""
_LOOK = 300
"""Agreements and acceptances looked at to find those that still matter."""

_TREND = 8
"""Earlier sessions whose indicators are drawn beside today's."""
_AGES = (0, 90, 180, 365)
"""Days: for how long an exposure has been high."""
_QUARTERS = 4
"""Ends of quarters shown before and after today."""

_OPEN = Where("status", "!=", w.ExposureStatus.CLOSED)
_WAITING = (
    w.CountermeasureStatus.PROPOSED,
    w.CountermeasureStatus.APPROVED,
    w.CountermeasureStatus.IN_PROGRESS,
)
CAPITAL = (
    w.EngagementKind.MA_SELL,
    w.EngagementKind.MA_BUY,
    w.EngagementKind.DIVESTITURE,
    w.EngagementKind.CAPITAL_ALLIANCE,
    w.EngagementKind.LISTING,
    w.EngagementKind.JV,
)
"""Engagements that change who owns what (guideline, section 4(2), third bullet)."""

EXPECTED = (
    w.Department.EXECUTIVE,
    w.Department.PLANNING,
    w.Department.HR,
    w.Department.LEGAL,
    w.Department.RND,
    w.Department.PRODUCTION,
)
"""Who takes part in a review session (guideline, section 4(2))."""

_REGULATORY = (
    "fefta_prior_report",
    "core_sector",
    "deemed_export",
    "foreign_filing_check",
    "specified_critical",
    "patent_secrecy",
)
Movement = Literal["new", "risen", "fallen", "closed"]
_ORDER: Mapping[Movement, int] = {"risen": 0, "new": 1, "closed": 2, "fallen": 3}
_SIGNS_AT_WORK = (w.ObservationStatus.OPEN, w.ObservationStatus.ESCALATED)
_HELD = (w.ReviewStatus.HELD, w.ReviewStatus.CLOSED)


def gather(
    register: Register,
    *,
    redaction: w.RedactionLevel = w.RedactionLevel.R0,
    review: str | None = None,
    matter: str | None = None,
    since: str | None = None,
    budget: int | None = None,
) -> Facts:
    """Everything a summary of `register` needs.

    `review`: the session it reports (reference or id); without it, the one that is being prepared or was held
    last. `matter`: for R2, the engagement or technology it is about; without it, that of the worst exposure.
    `since`: the earlier session with which it is compared; without it, the one held before. Raises
    `NotFound`, and `NotEarlier` for a session that was not held before the one reported. `budget`: whole yen
    within which the plans are chosen.
    """
    return _Gatherer(register, review, since).facts(redaction, matter, budget)


class _Gatherer:
    def __init__(self, register: Register, review: str | None, since: str | None) -> None:
        self.register = register
        self.today = register.today
        self.soon = self.today + SOON
        self.review, self.before = self._sessions(review)
        self.previous = self._earlier(since)
        self.since = self.previous.held_on if self.previous else None

    def facts(self, redaction: w.RedactionLevel, matter: str | None, budget: int | None = None) -> Facts:
        register = self.register
        common: dict[str, Any] = {
            "as_of": self.today,
            "now": register.now.astimezone().replace(microsecond=0),
            "head": register.head,
            "checkpoint": register.checkpoint().text(),
            "prepared_by": register.me,
            "review": self.review,
            "previous": self.previous,
        }
        if redaction is w.RedactionLevel.R2:
            found = self._matter(matter)
            top = self._ranked(found[1])
            return Facts(
                **common,
                matter=found[0],
                numbers=Numbers(limits=d.Limits(scale_edition=register.scale.edition)),
                top=top,
                names=self._names([*found[1], *(m for r in top for m in r.measures)], {found[0]}),
            )
        steps, flow = self._moved()
        overview = register.overview()
        gaps = {g.gap.code: g.count for g in overview.gaps}
        high = register.high_since()
        top = self._ranked([r.item for r in overview.top if isinstance(r.item, i.Exposure)], high)
        leak_map, routes, blank = self._leak_map()
        lists: dict[str, Any] = {
            "leak_map": leak_map,
            "plans": plans(register, budget) if redaction <= w.RedactionLevel.R1 else (),
            "asked": self._some(
                i.Exposure,
                _OPEN,
                Where("decision_asked", "filled"),
                sort=(("level", True), ("urgency", True)),
            ),
            "decisions": self._some(
                i.Decision, Where("status", "=", w.DecisionStatus.ASKED), sort=(("due", False),)
            ),
            "moved": steps,
            "pressing": self._some(
                i.Countermeasure,
                Where("status", "in", _WAITING),
                Where("due", "<=", self.soon),
                sort=(("due", False),),
            ),
            "capital": self._capital(),
            "single_holders": self._some(i.Technology, gap="single_holder", sort=(("criticality", True),)),
            "counterparties": self._some(i.Counterparty, gap="counterparty_danger", sort=(("threat", True),)),
            "agreements": self._agreements(),
            "acceptances": self._acceptances(),
            "observations": self._observations(),
            "consultations": self._consultations(),
        }
        unrated = overview.by_level.get(None, 0)
        numbers = Numbers(
            technologies=overview.counts.get("technology", 0),
            exposures=overview.counts.get("exposure", 0),
            by_level=tuple(
                d.LevelCount(level=n, count=overview.by_level.get(n, 0)) for n in (5, 4, 3, 2, 1, None)
            ),
            by_class=tuple(
                d.ClassCount(criticality=c, count=overview.by_class.get(c.value if c else None, 0))
                for c in (*w.Criticality, None)
            ),
            heat_map=_heat_map(overview, register.scale, unrated, flow),
            words=_own_words(register.scale),
            new=self.moves["new"],
            risen=self.moves["risen"],
            fallen=self.moves["fallen"],
            closed=self.moves["closed"],
            indicators=tuple(
                d.Indicator(
                    id=k.id,
                    value=k.value,
                    previous=k.previous,
                    state=_STATES.get(k.state, ""),
                    trend=tuple(kept.get(k.id) for kept in self._kept()),
                )
                for k in register.kris(self.previous)
            ),
            money=_money(register) if redaction <= w.RedactionLevel.R1 else None,
            ageing=_ageing(high, self.today),
            left=self._left_to_do(),
            agreements_ahead=self._agreements_ahead(),
            routes=routes,
            blank=blank,
            gaps=tuple(d.GapFound(code=g.code, count=gaps[g.code]) for g in GAPS if g.code in gaps),
            by_status=tuple(
                d.StatusCount(status=s, count=self._count(i.Countermeasure, Where("status", "=", s)))
                for s in w.CountermeasureStatus
            ),
            overdue=gaps.get("countermeasure_overdue", 0),
            untested=gaps.get("countermeasure_untested", 0),
            done_since=self._count(i.Countermeasure, Where("done_on", ">", self.since))
            if self.since
            else None,
            accepted_valid=self._count(i.Acceptance, Where("valid_until", ">=", self.today)),
            accepted_ended=gaps.get("acceptance_expired", 0),
            incidents=gaps.get("incident", 0),
            signs_open=self._count(
                i.Observation,
                Where("kind", "=", w.ObservationKind.SIGN),
                Where("status", "in", _SIGNS_AT_WORK),
            ),
            regulatory=self._regulatory(),
            checklists=self._checklists(),
            limits=self._limits(unrated, gaps),
        )
        every = [
            p
            for value in (top, *(s.rows for s in lists.values() if isinstance(s, Some)))
            for p in _items(value)
        ]
        every += [self.review] if self.review else []
        return Facts(**common, numbers=numbers, top=top, names=self._names(every), **lists)

    # --- sessions and what moved between them ---

    def _sessions(self, wanted: str | None) -> tuple[i.Review | None, list[i.Review]]:
        """The session the summary reports, and those held before it, the oldest first."""
        sessions = self.register.find(i.Review)
        current = self.register.get(wanted, i.Review) if wanted else None
        if current is None:
            coming = [
                s for s in sessions if s.status in {w.ReviewStatus.PLANNED, w.ReviewStatus.IN_PREPARATION}
            ]
            held = [s for s in sessions if s.status is w.ReviewStatus.HELD]
            current = min(coming, key=_when, default=None) or max(held, key=_when, default=None)
        until = (current.held_on if current else None) or self.today
        before = [
            s
            for s in sessions
            if s.status in _HELD
            and s.held_on is not None
            and s.held_on <= until
            and (current is None or s.id != current.id)
        ]
        return current, sorted(before, key=_when)

    def _earlier(self, wanted: str | None) -> i.Review | None:
        """The session with which it is compared: the one asked for, or the one held before."""
        if wanted is None:
            return self.before[-1] if self.before else None
        chosen = self.register.get(wanted, i.Review)
        if all(chosen.id != s.id for s in self.before):
            raise NotEarlier(ref=chosen.ref)
        return chosen

    def _kept(self) -> list[dict[str, int]]:
        """The indicators that the sessions before kept, the oldest first."""
        return [as_recorded(s.indicators) for s in self.before[-_TREND:]]

    def _moved(self) -> tuple[Some[Step], Mapping[tuple[int, int], tuple[int, int]]]:
        """What moved since the session before, worst first, and what entered and left each cell."""
        self.moves: Counter[str] = Counter()
        if self.since is None:
            return Some(), {}
        moves: list[tuple[Shift, Movement]] = []
        entered: Counter[tuple[int, int]] = Counter()
        left: Counter[tuple[int, int]] = Counter()
        for shift in self.register.shifts(self.since):
            was, now = shift.before, shift.now
            how: Movement | Literal["same"] = (
                "closed"
                if shift.closed
                else rules.movement(was.level if was else None, now.level if now else None)
            )
            then, there = _cell(was), None if shift.closed else _cell(now)
            if then != there:
                left.update([then] if then else [])
                entered.update([there] if there else [])
            if how != "same":
                moves.append((shift, how))
        self.moves.update(how for _, how in moves)
        moves.sort(key=lambda m: (-_level(m[0].now), _ORDER[m[1]], m[0].exposure))
        shown = moves[:SHOWN]
        exposures = self._by_id(i.Exposure, [shift.exposure for shift, _ in shown])
        ratings = self._by_id(
            i.Rating, [s.rating for shift, _ in shown for s in (shift.before, shift.now) if s]
        )
        steps = tuple(
            Step(
                exposures[shift.exposure],
                how,
                ratings.get(shift.before.rating) if shift.before else None,
                ratings.get(shift.now.rating) if shift.now else None,
            )
            for shift, how in shown
            if shift.exposure in exposures
        )
        return (
            Some.of(steps, len(moves)),
            {cell: (entered[cell], left[cell]) for cell in (*entered, *left)},
        )

    def _standing(self, where: Where, among: Collection[str] | None = None) -> dict[str, i.Rating]:
        """By exposure, the rating that stands among those that fit: the newest current, else inherent one."""
        basis = Where("basis", "!=", w.Basis.TARGET)
        if among is None:
            found = self.register.find(i.Rating, Query(where=(where, basis)))
        else:
            found = [
                r
                for part in _parts(among)
                for r in self.register.find(
                    i.Rating, Query(where=(where, basis, Where("exposure", "in", part)))
                )
            ]
        standing: dict[str, i.Rating] = {}
        for rating in sorted(found, key=lambda r: (r.basis is w.Basis.CURRENT, r.rated_on or date.min)):
            standing[rating.exposure] = rating
        return standing

    def _left_to_do(self) -> tuple[d.Left, ...]:
        """Countermeasures left to do over the quarters, from when the register first knew of one."""
        found = self.register.left_to_do(_quarter_ends(self.today))
        known = dropwhile(lambda n: n.on < self.today and not n.open, found)
        return tuple(d.Left(on=n.on, open=n.open, late=n.late, planned=n.on > self.today) for n in known)

    # --- the worst exposures ---

    def _matter(self, wanted: str | None) -> tuple[str, list[i.Exposure]]:
        """The id of the matter and its open exposures, worst first."""
        worst = self.register.worst(1)
        if wanted is None and not worst:
            return "", []
        if wanted is not None:
            chosen: i.Item = self.register.get(wanted)
            if isinstance(chosen, i.Exposure):
                id_, field = _matter_of(chosen)
            else:
                id_, field = chosen.id, "engagement" if isinstance(chosen, i.Engagement) else "technology"
        else:
            first = worst[0].item
            assert isinstance(first, i.Exposure)
            id_, field = _matter_of(first)
        where = (Where(field, "=", id_), _OPEN)
        found = self.register.rows("exposure", Query(where=where, sort=(("level", True),)), limit=SHOWN)
        return id_, [r.item for r in found if isinstance(r.item, i.Exposure)]

    def _ranked(
        self, exposures: list[i.Exposure], high: Mapping[str, date | None] | None = None
    ) -> tuple[Ranked, ...]:
        ids = [e.id for e in exposures]
        if not ids:
            return ()
        now = self._standing(Where("exposure", "in", ids))
        before = (
            self._standing(Where("rated_on", "<=", self.since), among=ids) if self.since is not None else {}
        )
        milestones = self._milestones({e.engagement for e in exposures if e.engagement})
        measures = self.register.find(i.Countermeasure, Query(where=(Where("exposures", "in", ids),)))
        return tuple(
            Ranked(
                e.model_copy(update={"urgency": self.register.urgency(e)}),
                before.get(e.id),
                now.get(e.id),
                milestones.get(e.engagement or ""),
                tuple(m for m in measures if e.id in m.exposures),
                (high or {}).get(e.id),
            )
            for e in exposures
        )

    def _milestones(self, engagements: Collection[str]) -> dict[str, i.Milestone]:
        """The earliest event of each engagement that is not past."""
        found = self.register.find(
            i.Milestone,
            Query(where=(Where("engagement", "in", engagements),), sort=(("on", True),)),
            done=False,
        )
        return {m.engagement: m for m in found}

    # --- lists ---

    def _leak_map(self) -> tuple[Some[Mapped], tuple[str, ...], int]:
        """The worst technologies against every route, the routes, and how many fields nobody considered."""
        routes = tuple(catalog.routes())
        found = self.register.worst_of_map(routes, SHOWN)
        technologies = self._by_id(i.Technology, [row.id for row in found.rows])

        def level(technology: str, route: str) -> int | None:
            cell = found.cells.get((technology, route))
            if cell is not None:
                return cell.level or 0
            return -1 if (technology, route) in found.excluded else None

        rows = tuple(
            Mapped(technologies[row.id], tuple(level(row.id, route) for route in routes))
            for row in found.rows
            if row.id in technologies
        )
        blank = found.technologies * len(routes) - found.considered
        return Some.of(rows, found.technologies), routes, blank

    def _some(
        self, model: type[T], *where: Where, sort: tuple[tuple[str, bool], ...] = (), gap: str = ""
    ) -> Some[T]:
        query = Query(where=where, sort=sort, gap=gap)
        rows = tuple(r.item for r in self.register.rows(model, query, limit=SHOWN))
        kept = tuple(item for item in rows if isinstance(item, model))
        return Some.of(kept, len(kept) if len(kept) < SHOWN else self.register.count(model, query))

    def _count(self, model: type[i.Item], *where: Where) -> int:
        return self.register.count(model, Query(where=where))

    def _by_id(self, model: type[T], ids: Collection[str]) -> dict[str, T]:
        found = [
            item
            for part in _parts(ids)
            for item in self.register.find(model, Query(where=(Where("id", "in", part),)))
        ]
        return {item.id: item for item in found}

    def _live(self, engagements: Collection[str]) -> dict[str, Live]:
        """What hangs on engagements on which anything does."""
        found = self.register.on_engagements(engagements)
        return {engagement: Live(cell.count, cell.level) for engagement, cell in found.items()}

    def _capital(self) -> Some[Deal]:
        deals = self._some(i.Engagement, Where("kind", "in", CAPITAL), Where("stage", "!=", w.Stage.CLOSED))
        ids = {g.id for g in deals.rows}
        live, milestones = self._live(ids), self._milestones(ids)
        rows = tuple(Deal(g, live.get(g.id, Live()), milestones.get(g.id)) for g in deals.rows)
        return Some.of(rows, deals.total)

    def _agreements(self) -> Some[Ending]:
        """NDAs as K04 counts them, and other agreements of the last year and the next 90 days."""
        ndas = self._some(i.Agreement, gap="agreement_ending", sort=(("expires_on", False),))
        others = self.register.rows(
            i.Agreement,
            Query(
                where=(
                    Where("type", "!=", w.AgreementType.NDA),
                    Where("expires_on", "<=", self.soon),
                    Where("expires_on", ">=", self.today - timedelta(days=365)),
                ),
                sort=(("expires_on", False),),
            ),
            limit=_LOOK,
        )
        rest = [r.item for r in others if isinstance(r.item, i.Agreement)]
        live = self._live({a.engagement for a in (*ndas.rows, *rest)})
        kept = [a for a in rest if a.engagement in live]
        rows = sorted((*ndas.rows, *kept), key=lambda a: a.expires_on or date.max)
        return Some.of(
            tuple(Ending(a, live.get(a.engagement, Live())) for a in rows[:SHOWN]), ndas.total + len(kept)
        )

    def _agreements_ahead(self) -> tuple[d.EndingBy, ...]:
        """How many agreements end in each of the coming quarters, from tomorrow on."""
        days = [self.today, *(end for end in _quarter_ends(self.today) if end > self.today)]

        def ending(*within: Where) -> int:
            return self._count(i.Agreement, *within)

        return tuple(
            d.EndingBy(
                on=until,
                count=ending(
                    *(within := (Where("expires_on", ">", after), Where("expires_on", "<=", until)))
                ),
                ndas=ending(*within, Where("type", "=", w.AgreementType.NDA)),
            )
            for after, until in pairwise(days)
        )

    def _acceptances(self) -> Some[Accepted]:
        """Open exposures whose acceptance has ended (as K03 counts them), then those whose ends soon."""
        ended = self._some(i.Exposure, gap="acceptance_expired", sort=(("level", True),))
        among = Where("exposure", "in", [e.id for e in ended.rows])
        last = {
            a.exposure: a
            for a in self.register.find(i.Acceptance, Query(where=(among,), sort=(("valid_until", False),)))
        }
        ending = self.register.rows(
            i.Acceptance,
            Query(
                where=(Where("valid_until", ">=", self.today), Where("valid_until", "<=", self.soon)),
                sort=(("valid_until", False),),
            ),
            limit=_LOOK,
        )
        newest = {a.exposure: a for row in ending if isinstance(a := row.item, i.Acceptance)}
        renewed = {
            a.exposure
            for a in self.register.find(
                i.Acceptance,
                Query(where=(Where("exposure", "in", list(newest)), Where("valid_until", ">", self.soon))),
            )
        }
        exposures = self._by_id(i.Exposure, newest.keys() - renewed)
        kept = [
            Accepted(newest[e.id], e) for e in exposures.values() if e.status is not w.ExposureStatus.CLOSED
        ]
        kept.sort(key=lambda a: (-(a.exposure.level or 0), a.acceptance.valid_until, a.exposure.ref))
        rows = (*(Accepted(last[e.id], e) for e in ended.rows), *kept)
        return Some.of(rows[:SHOWN], ended.total + len(kept))

    def _observations(self) -> Some[i.Observation]:
        """Incidents of the period and signs still at work, newest first."""
        incident = Where("kind", "=", w.ObservationKind.INCIDENT)
        newest = (("observed_on", True),)
        incidents = self._some(
            i.Observation,
            incident,
            *([Where("observed_on", ">=", self.since)] if self.since else []),
            sort=newest,
        )
        signs = self._some(
            i.Observation,
            Where("kind", "=", w.ObservationKind.SIGN),
            Where("status", "in", _SIGNS_AT_WORK),
            sort=newest,
        )
        return Some.of((*incidents.rows, *signs.rows), incidents.total + signs.total)

    def _consultations(self) -> Some[i.Consultation]:
        """Those pending, and those of the period."""
        pending = self._some(
            i.Consultation, Where("status", "=", w.ConsultationStatus.PENDING), sort=(("on", True),)
        )
        done: Some[i.Consultation] = Some()
        if self.since:
            finished = Where("status", "=", w.ConsultationStatus.DONE)
            done = self._some(i.Consultation, finished, Where("on", ">", self.since), sort=(("on", True),))
        return Some.of((*pending.rows, *done.rows), pending.total + done.total)

    # --- counts ---

    def _regulatory(self) -> tuple[d.RegulatoryCheck, ...]:
        found = self.register.regulatory()
        return tuple(
            d.RegulatoryCheck(field=field, open=found[field][0], act=found[field][1]) for field in _REGULATORY
        )

    def _checklists(self) -> tuple[d.ChecklistState, ...]:
        """The official lists, and every list that was begun; the newest answer of an item counts."""
        about_us = Query(where=(Where("counterparty", "empty"),))
        standing = rules.standing_answers(self.register.find(i.ChecklistAnswer, about_us))
        states = []
        for checklist in self.register.company_checklists():
            counts = rules.tally((item.id for item in checklist.items), standing)
            if not checklist.items or not (counts.answered or checklist.origin is catalog.Origin.OFFICIAL):
                continue
            states.append(
                d.ChecklistState(
                    id=checklist.id,
                    items=counts.items,
                    yes=counts.yes,
                    no=counts.no,
                    not_applicable=counts.not_applicable,
                    unanswered=counts.unanswered,
                    without_grounds=counts.groundless,
                )
            )
        return tuple(states)

    def _limits(self, unrated: int, gaps: Mapping[str, int]) -> d.Limits:
        return d.Limits(
            unrated=unrated,
            inherent_only=self._count(i.Exposure, _OPEN, Where("basis", "=", w.Basis.INHERENT)),
            high_on_a_guess=self._count(
                i.Exposure,
                _OPEN,
                Where("level", ">=", self.register.scale.high_from),
                Where("confidence", "=", 1),
            ),
            unclassed=gaps.get("technology_unclassed", 0),
            without_exposure=gaps.get("technology_without_exposure", 0),
            absent=self._absent(),
            scale_edition=self.register.scale.edition,
        )

    def _absent(self) -> tuple[w.Department, ...]:
        if self.review is None or not self.review.attendees:
            return ()
        present = {p.department for p in self._by_id(i.Person, self.review.attendees).values()}
        return tuple(x for x in EXPECTED if x not in present)

    # --- names ---

    def _names(self, entries: Iterable[i.Item], more: Collection[str] = ()) -> dict[str, i.Item]:
        """Every technology, engagement, counterparty and person that the entries speak of, by id."""
        told = [e for e in entries if e.id]
        wanted: dict[str, dict[str, None]] = {k: {} for k in KINDS}
        for entry in told:
            kind = kind_of(entry)
            wanted[kind.name][entry.id] = None
            for spec in kind.refs:
                value = getattr(entry, spec.name)
                for id_ in (value,) if isinstance(value, str) else value or ():
                    wanted[spec.to][id_] = None
        engagements = self._by_id(i.Engagement, {*wanted["engagement"], *more})
        for engagement in engagements.values():
            wanted["counterparty"] |= dict.fromkeys(engagement.counterparties)
        technologies = self._by_id(i.Technology, {*wanted["technology"], *more})
        return {
            **technologies,
            **engagements,
            **self._by_id(i.Counterparty, wanted["counterparty"]),
            **self._by_id(i.Person, wanted["person"]),
        }


def _level(standing: Standing | None) -> int:
    return (standing.level if standing else None) or 0


_STATES: Mapping[str, Any] = {"ok": "green", "amber": "amber", "red": "red"}


def _when(session: i.Review) -> date:
    return session.held_on or session.planned_on or date.max


def _matter_of(exposure: i.Exposure) -> tuple[str, str]:
    if exposure.engagement:
        return exposure.engagement, "engagement"
    return exposure.technology, "technology"


def _cell(standing: Standing | None) -> tuple[int, int] | None:
    if standing is None or standing.likelihood is None or standing.impact is None:
        return None
    return standing.likelihood, standing.impact


def _heat_map(
    overview: Overview,
    scale: Scale,
    unrated: int,
    flow: Mapping[tuple[int, int], tuple[int, int]],
) -> d.HeatMap:
    rows, columns = scale.size
    return d.HeatMap(
        cells=tuple(
            d.HeatCell(
                likelihood=likelihood,
                impact=impact,
                level=scale.level(likelihood, impact) or 1,
                count=overview.matrix.get((likelihood, impact), 0),
                entered=flow.get((likelihood, impact), (0, 0))[0],
                left=flow.get((likelihood, impact), (0, 0))[1],
            )
            for likelihood in range(rows, 0, -1)
            for impact in range(1, columns + 1)
        ),
        unrated=unrated,
        earlier=sum(overview.by_level.values()) - unrated - sum(overview.matrix.values()),
        upright=scale.upright,
    )


def _money(register: Register) -> d.Money | None:
    """What the estimated exposures could cost in a year; None where nothing is estimated."""
    from techguard import money

    found = money.figures(register)
    if found is None:
        return None
    planned = found.planned.after if found.planned else None
    return d.Money(
        estimated=len(found.estimated),
        without=found.without,
        guesses=sum(e.estimate.confidence == 1 for e in found.estimated),
        before=_year(found.today.before),
        today=_year(found.today.after) if found.today.after else None,
        planned=_year(planned) if planned else None,
        curve=_curve(found.today.before, found.today.after, planned),
        trials=found.today.trials,
        seed=found.today.seed,
    )


def _year(outcome: Outcome) -> d.YearOfLoss:
    names = ("p_any", "if_any", "p95", "p99", "mean")
    figures = {name: getattr(outcome, name) for name in names}
    return d.YearOfLoss.model_validate({n: f.model_dump() for n, f in figures.items() if f is not None})


def _curve(before: Outcome, today: Outcome | None, planned: Outcome | None) -> tuple[d.CurvePoint, ...]:
    """The loss exceedance curve of each, which are told at the same losses."""

    def chances(outcome: Outcome | None) -> list[float | None]:
        if outcome is None:
            return [None] * len(before.curve)
        assert [p.loss for p in outcome.curve] == [p.loss for p in before.curve]
        return [p.probability.value for p in outcome.curve]

    return tuple(
        d.CurvePoint(loss=point.loss, before=point.probability.value, today=now, planned=to_come)
        for point, now, to_come in zip(before.curve, chances(today), chances(planned), strict=True)
    )


def _ageing(high: Mapping[str, date | None], today: date) -> d.Ageing:
    """For how long exposures have been high, counted in the steps of `_AGES`."""
    days = [(today - since).days for since in high.values() if since is not None]
    upper = [*_AGES[1:], None]
    return d.Ageing(
        counts=tuple(
            d.AgeCount(days=least, count=sum(least <= n and (most is None or n < most) for n in days))
            for least, most in zip(_AGES, upper, strict=True)
        ),
        unknown=len(high) - len(days),
        oldest=min((since for since in high.values() if since is not None), default=None),
    )


def _quarter_ends(today: date) -> list[date]:
    """The ends of the last quarters, today, and the ends of those to come."""
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)  # of the quarter of today

    def start(quarters: int) -> date:
        year, quarter = divmod(first.year * 4 + first.month // 3 + quarters, 4)
        return date(year, 3 * quarter + 1, 1)

    ends = [start(n) - timedelta(days=1) for n in range(1 - _QUARTERS, _QUARTERS + 1)]
    return sorted({*ends, today})


def _own_words(scale: Scale) -> d.OwnWords:
    return d.OwnWords(
        likelihood=tuple(step.name for step in scale.likelihood_steps),
        impact=tuple(step.name for step in scale.impact_steps),
        level=scale.level_names,
    )


def _items(value: Any) -> Iterable[i.Item]:
    """Every entry in a nest of tuples and dataclasses."""
    if isinstance(value, i.Item):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _items(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _items(getattr(value, name))


def _parts(ids: Iterable[str], size: int = 5_000) -> Iterable[list[str]]:
    """Ids in portions that a query takes."""
    every = [x for x in ids if x]
    return (every[start : start + size] for start in range(0, len(every), size))
