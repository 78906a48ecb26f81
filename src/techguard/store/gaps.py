"""The gaps of `techguard.domain.gaps`, as conditions on the table of the kind each one lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Text,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
    type_coerce,
)

from techguard.domain import words as w
from techguard.domain.gaps import BY_CODE
from techguard.domain.scales import Scale

from .tables import LINKS, TABLES

_T = TABLES["technology"]
_X = TABLES["exposure"]
_C = TABLES["countermeasure"]
_A = TABLES["acceptance"]
_RUNNING = (
    w.CountermeasureStatus.APPROVED,
    w.CountermeasureStatus.IN_PROGRESS,
    w.CountermeasureStatus.IMPLEMENTED,
    w.CountermeasureStatus.VERIFIED,
)
_SOON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Day:
    """The day a gap is looked at, and what else it depends on."""

    today: date
    scale: Scale
    last_review: date | None = None


def live(table: FromClause) -> ColumnElement[bool]:
    """Entries that have not been removed."""
    return table.c.removed_at.is_(None)


def live_by_scan(table: FromClause) -> ColumnElement[bool]:
    """The same, said so that no index of removed entries is taken: for questions that another index answers
    in its own order, or from what it holds besides.
    """
    return func.coalesce(type_coerce(table.c.removed_at, Text), "") == ""


def open_exposure() -> ColumnElement[bool]:
    """Exposures that still count."""
    return and_(live(_X), _X.c.status != w.ExposureStatus.CLOSED)


def open_exposure_by_scan() -> ColumnElement[bool]:
    """The same, for questions that another index answers (`live_by_scan`)."""
    return and_(live_by_scan(_X), _X.c.status != w.ExposureStatus.CLOSED)


def registered() -> ColumnElement[bool]:
    """Technologies that still count."""
    return and_(live(_T), _T.c.status != w.TechnologyStatus.RETIRED)


def core() -> ColumnElement[bool]:
    """Technologies of class S and A that still count."""
    return and_(registered(), _T.c.criticality.in_((w.Criticality.S, w.Criticality.A)))


def _accepted(today: date) -> ColumnElement[bool]:
    """A valid acceptance of at least today's level: one given for a lower level no longer covers it."""
    return exists().where(
        _A.c.exposure == _X.c.id, live(_A), _A.c.valid_until >= today, _A.c.level_at >= _X.c.level
    )


def _treated() -> ColumnElement[bool]:
    link = LINKS["countermeasure", "exposures"]
    running = select(_C.c.id).where(live(_C), _C.c.status.in_(_RUNNING))
    return _X.c.id.in_(select(link.c.target).where(link.c.owner.in_(running)))


def _high_untreated(day: Day) -> ColumnElement[bool]:
    return and_(
        _X.c.level >= day.scale.high_from,
        open_exposure(),
        ~_accepted(day.today),
        or_(_by_no_treatment(), ~_treated()),
    )


def _by_no_treatment() -> ColumnElement[bool]:
    return _X.c.treatment.in_((w.Treatment.OPEN, w.Treatment.ACCEPT))


def untreated() -> ColumnElement[bool]:
    """Rated open exposures without treatment, accepted or not; asked of one exposure at a time."""
    link = LINKS["countermeasure", "exposures"]
    served = exists().where(
        link.c.target == _X.c.id, link.c.owner == _C.c.id, live(_C), _C.c.status.in_(_RUNNING)
    )
    return and_(open_exposure(), _X.c.level.is_not(None), or_(_by_no_treatment(), ~served))


def accepted_until() -> ColumnElement[date]:
    """Until when an exposure is accepted at today's level; None where it never was."""
    last = select(func.max(_A.c.valid_until))
    return last.where(_A.c.exposure == _X.c.id, live(_A), _A.c.level_at >= _X.c.level).scalar_subquery()


def ever_accepted() -> ColumnElement[bool]:
    """Open exposures that were accepted at any level."""
    given = exists().where(_A.c.exposure == _X.c.id, live(_A))
    return and_(open_exposure(), given)


def last_accepted_until() -> ColumnElement[date]:
    """Until when an exposure is or was accepted, at whatever level."""
    return select(func.max(_A.c.valid_until)).where(_A.c.exposure == _X.c.id, live(_A)).scalar_subquery()


def _technology_without_rating(day: Day) -> ColumnElement[bool]:
    rated = exists().where(_X.c.technology == _T.c.id, open_exposure(), _X.c.basis == w.Basis.CURRENT)
    return and_(core(), ~rated)


def _acceptance_expired(day: Day) -> ColumnElement[bool]:
    ended = select(_A.c.exposure).where(live(_A), _A.c.valid_until < day.today)
    valid = select(_A.c.exposure).where(live(_A), _A.c.valid_until >= day.today)
    return and_(open_exposure(), _X.c.id.in_(ended), _X.c.id.not_in(valid))


def _agreement_ending(day: Day) -> ColumnElement[bool]:
    g = TABLES["agreement"]
    exposed = exists().where(_X.c.engagement == g.c.engagement, open_exposure())
    return and_(live(g), g.c.type == w.AgreementType.NDA, g.c.expires_on <= day.today + _SOON, exposed)


def _single_holder(day: Day) -> ColumnElement[bool]:
    e = TABLES["element"]
    alone = exists().where(
        e.c.technology == _T.c.id, live(e), or_(e.c.single_holder.is_(True), e.c.holders == 1)
    )
    return and_(core(), alone)


def standing_answers() -> FromClause:
    """The checklist answers that stand (`techguard.domain.rules.standing_answers`), to select from."""
    q = TABLES["answer"]
    return select(q).where(live(q), ~_overtaken(q)).subquery()


def _overtaken(q: FromClause) -> ColumnElement[bool]:
    """A newer answer to the item stands: by its stated day, then by when it was recorded."""
    later = TABLES["answer"].alias()
    day, day_later = (func.coalesce(t.c.as_of, date.min) for t in (q, later))
    return exists().where(
        later.c.item == q.c.item,
        later.c.counterparty.is_not_distinct_from(q.c.counterparty),
        live(later),
        or_(day_later > day, and_(day_later == day, later.c.n > q.c.n)),
    )


def _unassessed(day: Day) -> ColumnElement[bool]:
    """Never assessed; or the check, or an answer it rests on, is past its date."""
    p, q = TABLES["counterparty"], standing_answers()
    lapsed = select(q.c.counterparty).where(q.c.counterparty.is_not(None), q.c.valid_until < day.today)
    return and_(
        live(p),
        or_(p.c.threat.is_(None), p.c.due_diligence_until < day.today, p.c.id.in_(lapsed)),
    )


def _observed() -> ColumnElement[date]:
    """The day of an observation; where none was given, the day it was recorded, so that it is not missed."""
    o = TABLES["observation"]
    recorded = func.substr(type_coerce(o.c.created_at, Text), 1, 10)
    return type_coerce(func.coalesce(o.c.observed_on, recorded), Date)


def _sign_open(day: Day) -> ColumnElement[bool]:
    o = TABLES["observation"]
    return and_(
        live(o),
        o.c.kind == w.ObservationKind.SIGN,
        o.c.status == w.ObservationStatus.OPEN,
        _observed() < day.today - timedelta(days=30),
    )


def _incident(day: Day) -> ColumnElement[bool]:
    o = TABLES["observation"]
    since = _observed() >= day.last_review if day.last_review else true()
    return and_(live(o), o.c.kind == w.ObservationKind.INCIDENT, since)


def _rerate(day: Day) -> ColumnElement[bool]:
    """An incident under way or an escalated sign that is newer than the rating (domain.md §6a, rule 7)."""
    o = TABLES["observation"]
    pressing = or_(
        o.c.status == w.ObservationStatus.ESCALATED,
        and_(
            o.c.kind == w.ObservationKind.INCIDENT,
            o.c.status.in_((
                w.ObservationStatus.OPEN,
                w.ObservationStatus.SUSPECTED,
                w.ObservationStatus.CONFIRMED,
            )),
        ),
    )  # fmt: skip
    unknown = or_(_X.c.rated_on.is_(None), _X.c.rated_on < _observed())
    # From the few observations to their exposures, never from every exposure to its observations.
    pressed = select(_X.c.id).join(o, o.c.exposure == _X.c.id)
    return _X.c.id.in_(pressed.where(open_exposure(), live(o), pressing, unknown))


def _retention_over(day: Day) -> ColumnElement[bool]:
    o = TABLES["observation"]
    return and_(live(o), o.c.retention_until < day.today)


def _follow_up_overdue(day: Day) -> ColumnElement[bool]:
    c = TABLES["consultation"]
    return and_(live(c), c.c.follow_up_due < day.today, c.c.follow_up != "")


def _answer_without_grounds(day: Day) -> ColumnElement[bool]:
    """The newest answer to an item counts; the ones before it are evidence of what was said then."""
    q = TABLES["answer"]
    return and_(live(q), q.c.answer == w.Answer.YES, q.c.evidence == "", ~_overtaken(q))


def _regulatory_open(day: Day) -> ColumnElement[bool]:
    todo = (w.RegulatoryStatus.NOT_ASSESSED, w.RegulatoryStatus.NEEDS_ACTION)
    statuses = (
        _T.c.fefta_prior_report,
        _T.c.core_sector,
        _T.c.deemed_export,
        _T.c.foreign_filing_check,
        _T.c.specified_critical,
    )
    patents = _T.c.patent_secrecy == w.PatentSecrecy.NOT_ASSESSED
    return and_(core(), or_(patents, *(s.in_(todo) for s in statuses)))


def _overdue(day: Day) -> ColumnElement[bool]:
    waiting = (
        w.CountermeasureStatus.PROPOSED,
        w.CountermeasureStatus.APPROVED,
        w.CountermeasureStatus.IN_PROGRESS,
    )
    return and_(live(_C), _C.c.status.in_(waiting), _C.c.due < day.today)


def _untested(day: Day) -> ColumnElement[bool]:
    in_force = (w.CountermeasureStatus.IMPLEMENTED, w.CountermeasureStatus.VERIFIED)
    return and_(live(_C), _C.c.status.in_(in_force), _C.c.tested_on.is_(None))


def _danger(day: Day) -> ColumnElement[bool]:
    p = TABLES["counterparty"]
    return and_(live(p), p.c.zone == w.Zone.DANGER)


def _pending(day: Day) -> ColumnElement[bool]:
    c = TABLES["consultation"]
    return and_(live(c), c.c.status == w.ConsultationStatus.PENDING)


_CONDITIONS: Mapping[str, Callable[[Day], ColumnElement[bool]]] = {
    "high_untreated": _high_untreated,
    "technology_without_executive": lambda day: and_(core(), _T.c.executive.is_(None)),
    "technology_without_rating": _technology_without_rating,
    "exposure_unrated": lambda day: and_(open_exposure(), _X.c.level.is_(None)),
    "exposure_without_owner": lambda day: and_(open_exposure(), _X.c.owner.is_(None)),
    "exposure_without_route": lambda day: and_(open_exposure(), _X.c.route == ""),
    "exposure_due": lambda day: and_(open_exposure(), _X.c.next_review <= day.today),
    "exposure_rerate": _rerate,
    "exposure_on_earlier_scale": lambda day: and_(
        open_exposure(), _X.c.level.is_not(None), _X.c.scale_edition != day.scale.edition
    ),
    "technology_on_earlier_scale": lambda day: and_(
        registered(), _T.c.impact.is_not(None), _T.c.scale_edition != day.scale.edition
    ),
    "technology_due": lambda day: and_(registered(), _T.c.next_review <= day.today),
    "technology_unclassed": lambda day: and_(registered(), _T.c.criticality.is_(None)),
    "technology_without_exposure": lambda day: and_(
        registered(), ~exists().where(_X.c.technology == _T.c.id, live(_X))
    ),
    "acceptance_expired": _acceptance_expired,
    "agreement_ending": _agreement_ending,
    "counterparty_danger": _danger,
    "counterparty_unassessed": _unassessed,
    "single_holder": _single_holder,
    "countermeasure_overdue": _overdue,
    "countermeasure_untested": _untested,
    "sign_open": _sign_open,
    "incident": _incident,
    "retention_over": _retention_over,
    "answer_without_grounds": _answer_without_grounds,
    "follow_up_overdue": _follow_up_overdue,
    "consultation_pending": _pending,
    "regulatory_open": _regulatory_open,
}


def condition(code: str, kind: str, day: Day) -> ColumnElement[bool]:
    """The condition of a gap on a kind's table; one that is not known, or of another kind, lists nothing."""
    make = _CONDITIONS.get(code)
    return make(day) if make and BY_CODE[code].kind == kind else false()


CODES = frozenset(_CONDITIONS)
"""The gaps that can be listed."""
