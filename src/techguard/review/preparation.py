"""Prepares a session: its agenda is drawn from the register and written down, as often as one likes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from techguard.domain import errors as refused
from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.domain.kinds import kind_of
from techguard.i18n import N_
from techguard.register import Query, Register, Row, Where
from techguard.store.history import Unknown

from .agenda import AgendaItem, Reason, agenda
from .errors import NotToPrepare
from .sessions import SUBJECTS, last_closed, unknown_to
from .since import came_after

T = TypeVar("T")

MOST = 10_000
"""Items of one agenda; what is beyond them is less pressing than all of them, and is left for the next."""

ASKED = "asked"
"""The reason of an item that a person put on the agenda; preparing again leaves it there."""

CAPITAL = (
    w.EngagementKind.MA_SELL,
    w.EngagementKind.MA_BUY,
    w.EngagementKind.DIVESTITURE,
    w.EngagementKind.CAPITAL_ALLIANCE,
    w.EngagementKind.LISTING,
    w.EngagementKind.JV,
)
"""Engagements that change who owns what (guideline, section 4(2), third bullet)."""

_MANY = 500
_OPEN = Where("status", "!=", w.ExposureStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class Preparation:
    """What preparing did to the agenda: items that came, went, were brought up to date; how many stand.

    `left_out`: due as well, beyond the most that one agenda holds.
    """

    added: int
    dropped: int
    renewed: int
    total: int
    left_out: int = 0


# --- what is due -----------------------------------------------------------------------------------------


def due(register: Register, review: i.Review | None = None) -> list[AgendaItem]:
    """What `review` has to discuss: the standing agenda, what happened since the session before it, capital
    policy and checklists. A checklist is an item of the kind "checklist" with the list's id.
    """
    last = last_closed(register, review)
    more = [*_capital(register), *(_since(register, last) if last else ())]
    return [*agenda(register, more), *_checklists(register)]


def _capital(register: Register) -> Iterator[tuple[Row, Reason]]:
    deals = (Where("kind", "in", CAPITAL), Where("stage", "!=", w.Stage.CLOSED))
    for row in register.rows(i.Engagement, Query(where=deals), limit=None):
        yield row, Reason("capital_policy", N_("It changes who owns what: capital policy."))
    open_ones = (
        Where("category", "=", w.DecisionCategory.CAPITAL_POLICY),
        Where("status", "in", (w.DecisionStatus.ASKED, w.DecisionStatus.DECIDED)),
    )
    for row in register.rows(i.Decision, Query(where=open_ones), limit=None):
        yield row, Reason("capital_policy", N_("A decision of capital policy that is not carried out yet."))


def _since(register: Register, last: i.Review) -> Iterator[tuple[Row, Reason]]:
    """What was deferred by the last session, and what came, rose or changed after it."""
    yield from _deferred(register, last)
    if last.closed_at is None or last.snapshot_seq is None:
        yield from _since_day(register, last)
        return
    unknown = unknown_to(register, last)
    rows = list(_touched(register, i.Exposure, _OPEN, last, unknown))
    before = _levels_at_closing(register, last, [r.item.id for r in rows], unknown)
    for row in rows:
        item = row.item
        assert isinstance(item, i.Exposure)
        yield row, _movement(item, before.get(item.id), new=came_after(item, last, unknown))
    live = Where("status", "!=", w.TechnologyStatus.RETIRED)
    for row in _touched(register, i.Technology, live, last, unknown):
        yield row, _NEW if came_after(row.item, last, unknown) else _CHANGED


def _touched(
    register: Register, kind: type[i.Item], live: Where, last: i.Review, unknown: Unknown
) -> Iterator[Row]:
    """What was written after a session, and what it did not know, whenever that was written."""
    after = Query(where=(Where("updated_at", ">", last.closed_at), live))
    rows = register.rows(kind, after, limit=None)
    yield from rows
    for part in _parts(sorted((unknown.added | unknown.changed) - {r.item.id for r in rows})):
        yield from register.rows(kind, Query(where=(Where("id", "in", part), live)), limit=None)


_NEW = Reason("new", N_("It came after the last session."))
_CHANGED = Reason("changed", N_("It was changed after the last session."))


def _movement(exposure: i.Exposure, before: int | None, *, new: bool) -> Reason:
    if new:
        return _NEW
    if rules.movement(before, exposure.level) == "risen":
        facts = {"before": before, "level": exposure.level}
        return Reason("risen", N_("It rose from level {before} to {level}."), facts)
    return _CHANGED


def _levels_at_closing(
    register: Register, last: i.Review, ids: Sequence[str], unknown: Unknown
) -> dict[str, int | None]:
    by_exposure: dict[str, list[i.Rating]] = {}
    for part in _parts(ids):
        recorded = (Where("exposure", "in", part), Where("created_at", "<=", last.closed_at))
        for rating in register.find(i.Rating, Query(where=recorded)):
            if rating.id in unknown.added:
                continue
            by_exposure.setdefault(rating.exposure, []).append(rating)
    found = {id_: rules.standing(ratings)["level"] for id_, ratings in by_exposure.items()}
    return {id_: level for id_, level in found.items() if isinstance(level, int)}


def _since_day(register: Register, last: i.Review) -> Iterator[tuple[Row, Reason]]:
    """After a session that was taken over from elsewhere, only ratings tell by their dates what moved."""
    if last.held_on is None:
        return
    shifts = {s.exposure: s for s in register.shifts(last.held_on) if not s.closed}
    for part in _parts(list(shifts)):
        for row in register.rows(i.Exposure, Query(where=(Where("id", "in", part), _OPEN)), limit=None):
            item, was = row.item, shifts[row.item.id].before
            assert isinstance(item, i.Exposure)
            yield row, _movement(item, was.level if was else None, new=was is None)


def _deferred(register: Register, last: i.Review) -> Iterator[tuple[Row, Reason]]:
    ids: dict[str, list[str]] = {}
    put_off = Query(where=(Where("review", "=", last.id), Where("outcome", "=", w.OutcomeKind.DEFERRED)))
    for outcome in register.find(i.Outcome, put_off):
        for name in SUBJECTS:
            if id_ := getattr(outcome, name):
                ids.setdefault(name, []).append(id_)
    for name, wanted in ids.items():
        for part in _parts(wanted):
            for row in register.rows(name, Query(where=(Where("id", "in", part),)), limit=None):
                yield row, Reason("deferred", N_("The last session put it off."))


def _checklists(register: Register) -> Iterator[AgendaItem]:
    """The official lists, and every list that was begun, with items that lack an answer or its grounds."""
    from techguard import catalog

    about_us = Query(where=(Where("counterparty", "empty"),))
    standing = rules.standing_answers(register.find(i.ChecklistAnswer, about_us))
    for checklist in register.company_checklists():
        counts = rules.tally((item.id for item in checklist.items), standing)
        if not checklist.items or not (counts.answered or checklist.origin is catalog.Origin.OFFICIAL):
            continue
        if counts.unanswered or counts.groundless:
            why = N_("Without an answer: {unanswered}; answered without grounds: {groundless}.")
            facts = {"unanswered": counts.unanswered, "groundless": counts.groundless}
            yield AgendaItem(
                kind="checklist",
                id=checklist.id,
                ref=checklist.id,
                title=checklist.title.ja if _japanese() else checklist.title.en,
                belongs_to="",
                owner="",
                level=None,
                on=None,
                reasons=(Reason("checklist_open", why, facts),),
            )


def _japanese() -> bool:
    from techguard.i18n import language

    return language() == "ja"


# --- writing it down -------------------------------------------------------------------------------------


def prepare(register: Register, review: i.Review) -> Preparation:
    """Write what is due into the agenda of a session, as one act.

    May be repeated: what is new is added, what is no longer due goes, what changed is brought up to date;
    what was settled, or was put there by a person, stays. Until the session begins the worst comes first;
    then new items come last, so that nobody loses the thread. Raises `SessionClosed`, `NotToPrepare`.
    """
    with register.act(action="review", review=review.id):
        now = register.get(review.id, i.Review)
        if now.closed_at is not None:
            raise refused.SessionClosed(ref=now.ref)
        if now.status is w.ReviewStatus.CANCELLED:
            raise NotToPrepare(ref=now.ref)
        done = _write(register, now, due(register, now))
        if now.status is w.ReviewStatus.PLANNED:
            register.change(now, status=w.ReviewStatus.IN_PREPARATION)
        return done


def _write(register: Register, review: i.Review, wanted: Sequence[AgendaItem]) -> Preparation:
    there = register.find(i.Outcome, Query(sort=(("position", False),)), review=review.id)
    by_key = {_key(o): o for o in there}
    due_keys = {(item.kind, item.id) for item in wanted}
    gone = [o for o in there if _pending(o) and ASKED not in o.reasons and _key(o) not in due_keys]
    for outcome in gone:
        register.remove(outcome)
    stays = [o for o in there if o not in gone] if len(gone) < len(there) else []
    settled = {_key(o) for o in there if not _pending(o)}
    everything = [item for item in wanted if (item.kind, item.id) not in by_key]
    fresh = everything[: max(0, MOST - len(stays))]
    left_out = {(item.kind, item.id) for item in everything[len(fresh) :]}
    wanted = [item for item in wanted if (item.kind, item.id) not in left_out]
    begun = review.status is w.ReviewStatus.HELD or bool(settled)
    places = _places(wanted, stays, begun=begun)
    register.bulk(_outcome(review, item, places[item.kind, item.id]) for item in fresh)
    renewed = 0
    for item in wanted:
        held = by_key.get((item.kind, item.id))
        if held is not None and _pending(held):
            meant = _stated(item, places[item.kind, item.id])
            if ASKED in held.reasons:
                meant["reasons"] = (ASKED, *meant["reasons"])
            changed = {name: value for name, value in meant.items() if getattr(held, name) != value}
            if changed:
                register.change(held, **changed)
                renewed += 1
    return Preparation(len(fresh), len(gone), renewed, len(stays) + len(fresh), len(left_out))


def _places(
    wanted: Sequence[AgendaItem], stays: Sequence[i.Outcome], *, begun: bool
) -> dict[tuple[str, str], int]:
    """The position of every item that is due."""
    held = {_key(o): o.position for o in stays}
    if begun:
        last = max(held.values(), default=0)
        fresh = [k for item in wanted if (k := (item.kind, item.id)) not in held]
        return held | {key: last + n for n, key in enumerate(fresh, start=1)}
    # What a person asked for and is not due besides keeps its place; the rest closes up around it.
    due_keys = dict.fromkeys((item.kind, item.id) for item in wanted)
    taken = {place for key, place in held.items() if key not in due_keys}
    free = (n for n in range(1, 100_001) if n not in taken)
    return dict(zip(due_keys, free, strict=False))


def put(register: Register, review: i.Review, title: str = "", about: i.Item | None = None) -> i.Outcome:
    """Put something on the agenda because a person asks for it: an entry of the register, or only a title."""
    with register.act(action="review", review=review.id):
        places = register.rows(
            i.Outcome,
            Query(where=(Where("review", "=", review.id),), sort=(("position", True),)),
            limit=1,
        )
        last = places[0].item.position if places and isinstance(places[0].item, i.Outcome) else 0
        fields: dict[str, Any] = {}
        if about is not None:
            kind = kind_of(about)
            title = title or kind.title_of(about)
            fields = {kind.name: about.id} if kind.name in SUBJECTS else {}
            fields["level_before"] = getattr(about, "level", None)
        return register.add(
            i.Outcome.model_construct(
                review=review.id, position=last + 1, title=title, reasons=(ASKED,), **fields
            )
        )


def _outcome(review: i.Review, item: AgendaItem, position: int) -> i.Outcome:
    return i.Outcome(review=review.id, **{item.kind: item.id}, **_stated(item, position))


def _stated(item: AgendaItem, position: int) -> dict[str, Any]:
    return {
        "title": f"{item.ref} {item.belongs_to}" if item.title == item.ref else item.title,
        "position": position,
        "reasons": tuple(reason.code for reason in item.reasons),
        "level_before": item.level,
    }


def _key(outcome: i.Outcome) -> tuple[str, str]:
    """What an item is about; one that is about nothing in the register stands for itself."""
    if outcome.checklist:
        return "checklist", outcome.checklist
    found = ((name, id_) for name in SUBJECTS if (id_ := getattr(outcome, name)))
    return next(found, ("", outcome.id))


def _pending(outcome: i.Outcome) -> bool:
    return outcome.outcome is w.OutcomeKind.PENDING


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    listed = list(values)
    return (listed[start : start + _MANY] for start in range(0, len(listed), _MANY))
