"""Two sessions side by side: which exposures rose, fell, came and went, why, and who said so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeVar

from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.register import Query, Register, Where
from techguard.store.history import Unknown

from .errors import NothingToCompare
from .sessions import acted_after, unknown_to, when

T = TypeVar("T")
Basis = Literal["snapshot", "ratings", "now"]
"""Where a session's state is read: from its frozen snapshot, from ratings dated up to the day it was held
(a session that was taken over from elsewhere), or from the register as it stands (not closed yet)."""
How = Literal["risen", "fallen", "new", "gone", "rescaled"]
"""`rescaled`: nobody rated it anew; its level is another one because the company's scale is."""

_MANY = 500


@dataclass(frozen=True, slots=True)
class Move:
    """An exposure that is not where it was. `who` and `on` belong to `reason`; any of them may be unknown."""

    how: How
    exposure: str
    ref: str
    title: str
    technology: str
    """Its title."""
    before: int | None
    after: int | None
    reason: str
    who: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """From session `a` to session `b`; the worst first."""

    a: i.Review
    b: i.Review
    basis_a: Basis
    basis_b: Basis
    moves: tuple[Move, ...]
    same: int
    """Exposures that stand in both at the same level."""
    scales: tuple[str, ...] = ()
    """The scales that were put in force between them: number and title."""

    def _of(self, how: How) -> tuple[Move, ...]:
        return tuple(m for m in self.moves if m.how == how)

    @property
    def risen(self) -> tuple[Move, ...]:
        return self._of("risen")

    @property
    def fallen(self) -> tuple[Move, ...]:
        return self._of("fallen")

    @property
    def new(self) -> tuple[Move, ...]:
        """In `b` alone, or rated only there."""
        return self._of("new")

    @property
    def gone(self) -> tuple[Move, ...]:
        """In `a` alone: closed or removed since; or rated only there."""
        return self._of("gone")

    @property
    def rescaled(self) -> tuple[Move, ...]:
        """At another level only because of another scale."""
        return self._of("rescaled")


@dataclass(frozen=True, slots=True)
class _State:
    """The open exposures of a session with their levels and the editions of the scale, by id."""

    basis: Basis
    levels: Mapping[str, int | None]
    editions: Mapping[str, str]


def compare(register: Register, a: i.Review, b: i.Review) -> Comparison:
    """What moved from `a` to `b`. The reverse comparison has the same moves the other way round.

    Raises `NothingToCompare` for a session that was never held.
    """
    before, after = _state(register, a), _state(register, b)
    moved: dict[str, tuple[How, int | None, int | None]] = {}
    same = 0
    for id_ in before.levels.keys() | after.levels.keys():
        how = _how(before.levels, after.levels, id_)
        if how is None:
            same += 1
        else:
            moved[id_] = (how, before.levels.get(id_), after.levels.get(id_))
    own = {s.ref: s for s in register.find(i.ScaleEdition)}
    again = {
        id_: own.get(after.editions[id_]) or own.get(edition)
        for id_, edition in before.editions.items()
        if after.editions.get(id_, edition) != edition
    }
    moves = list(_moves(register, a, b, moved, again)) if moved else []
    order: dict[How, int] = {"risen": 0, "new": 1, "fallen": 2, "gone": 3, "rescaled": 4}
    moves.sort(key=lambda m: (order[m.how], -max(m.after or 0, m.before or 0), m.ref))
    scales = sorted({f"{s.ref} {s.title}" for s in again.values() if s})
    return Comparison(a, b, before.basis, after.basis, tuple(moves), same, tuple(scales))


def _how(before: Mapping[str, int | None], after: Mapping[str, int | None], id_: str) -> How | None:
    if id_ not in before:
        return "new"
    if id_ not in after:
        return "gone"
    was, now = before[id_], after[id_]
    if was == now:
        return None
    if was is None or now is None:
        return "new" if was is None else "gone"
    return "risen" if now > was else "fallen"


def _state(register: Register, review: i.Review) -> _State:
    if review.status is w.ReviewStatus.CLOSED and review.snapshot_seq is not None:
        then = register.states_at(
            "exposure",
            review.snapshot_seq,
            "level",
            "status",
            "scale_edition",
            digest=review.snapshot,
        )
        still = {k: s for k, s in then.items() if s.get("status") is not w.ExposureStatus.CLOSED}
        return _State(
            "snapshot",
            {id_: state.get("level") for id_, state in still.items()},
            {id_: state.get("scale_edition") or "" for id_, state in still.items()},
        )
    if review.status is w.ReviewStatus.CLOSED:
        if review.held_on is None:
            raise NothingToCompare(ref=review.ref)
        return _rated_by(register, review.held_on)
    if review.status is not w.ReviewStatus.HELD:
        raise NothingToCompare(ref=review.ref)
    query = Query(where=(Where("status", "!=", w.ExposureStatus.CLOSED),))
    found = register.find(i.Exposure, query)
    return _State("now", {e.id: e.level for e in found}, {e.id: e.scale_edition for e in found})


def _rated_by(register: Register, day: date) -> _State:
    by_exposure: dict[str, list[i.Rating]] = {}
    for rating in register.find(i.Rating, Query(where=(Where("rated_on", "<=", day),))):
        by_exposure.setdefault(rating.exposure, []).append(rating)
    stood = {id_: rules.standing(ratings) for id_, ratings in by_exposure.items()}
    levels = {id_: s["level"] for id_, s in stood.items() if isinstance(s["level"], int)}
    return _State("ratings", levels, {id_: str(stood[id_]["scale_edition"] or "") for id_ in levels})


def _moves(
    register: Register,
    a: i.Review,
    b: i.Review,
    moved: Mapping[str, tuple[How, int | None, int | None]],
    again: Mapping[str, i.ScaleEdition | None],
) -> Iterator[Move]:
    earlier, later = sorted((a, b), key=when)
    unknown, not_yet = unknown_to(register, earlier), unknown_to(register, later)
    exposures = {e.id: e for part in _parts(moved) for e in _everything(register, part)}
    technologies = register.titles({e.technology for e in exposures.values()})
    spoken = _ratings(register, moved, earlier, later, unknown.added, not_yet.added)
    left = {id_ for id_, (how, _, _) in moved.items() if how in {"gone", "new"} and id_ not in spoken}
    done = _acts(register, {id_: exposures[id_].ref for id_ in left}, earlier, later, unknown, not_yet)
    people = register.titles({r.rated_by for r in spoken.values() if r.rated_by})
    for id_, (how, was, now) in moved.items():
        exposure = exposures[id_]
        rating = spoken.get(id_)
        rescaled = rating is None and id_ in again and was is not None and now is not None
        if rating is not None:
            who = people[rating.rated_by].title if rating.rated_by in people else ""
            said: tuple[str, str, date | None] = (rating.rationale, who, rating.rated_on)
        elif rescaled:
            said = _of_scale(again[id_])
        else:
            said = done.get(id_, ("", "", None))
        technology = technologies.get(exposure.technology)
        yield Move(
            "rescaled" if rescaled else how,
            id_,
            exposure.ref,
            exposure.title,
            technology.title if technology else "",
            was,
            now,
            *said,
        )


def _of_scale(own: i.ScaleEdition | None) -> tuple[str, str, date | None]:
    if own is None:
        return "", "", None
    reason = f"{own.ref} {own.title}: {own.reason}" if own.reason else f"{own.ref} {own.title}"
    return reason, "", _day(own.created_at) if own.created_at else None


def _everything(register: Register, ids: list[str]) -> list[i.Exposure]:
    """Exposures by id, removed ones too."""
    where = (Where("id", "in", ids),)
    return register.find(i.Exposure, Query(where=where)) + register.find(
        i.Exposure, Query(where=where, removed=True)
    )


def _ratings(
    register: Register,
    ids: Iterable[str],
    earlier: i.Review,
    later: i.Review,
    brought: frozenset[str],
    not_yet: frozenset[str],
) -> dict[str, i.Rating]:
    """The newest rating of each exposure between two sessions, of which neither may have known all."""
    since, until = [], [Where("basis", "!=", w.Basis.TARGET)]
    if earlier.closed_at is not None and earlier.snapshot_seq is not None:
        since.append(Where("created_at", ">", earlier.closed_at))
    elif earlier.held_on is not None:
        since.append(Where("rated_on", ">", earlier.held_on))
    if later.closed_at is not None and later.snapshot_seq is not None:
        until.append(Where("created_at", "<=", later.closed_at))
    elif later.status is w.ReviewStatus.CLOSED:
        until.append(Where("rated_on", "<=", later.held_on))
    wanted = list(ids)
    among = set(wanted)
    asked = [(Where("exposure", "in", part), *since, *until) for part in _parts(wanted)]
    asked += [(Where("id", "in", part), *until) for part in _parts(sorted(brought))]
    by_day = (("rated_on", False),)
    queries = (Query(where=where, sort=by_day) for where in asked)
    given = [r for query in queries for r in register.find(i.Rating, query) if r.id not in not_yet]
    given.sort(key=lambda r: (r.rated_on or date.min, r.created_at.timestamp() if r.created_at else 0))
    return {r.exposure: r for r in given if r.exposure in among}


def _acts(
    register: Register,
    refs: Mapping[str, str],
    earlier: i.Review,
    later: i.Review,
    unknown: Unknown,
    not_yet: Unknown,
) -> dict[str, tuple[str, str, date | None]]:
    """The reason, person and day of the act that closed, removed or added each exposure between them."""
    found: dict[str, tuple[str, str, date | None]] = {}
    for id_, ref in refs.items():
        for entry in register.history(ref):
            if later.snapshot_seq is not None and acted_after(entry, later, not_yet):
                continue
            if earlier.snapshot_seq is not None and not acted_after(entry, earlier, unknown):
                break
            if any(c.op != "change" or "status" in c.fields for c in entry.changes):
                found[id_] = (entry.reason, entry.person, _day(entry.at))
                break
    return found


def _day(at: datetime) -> date:
    return at.astimezone().date()


def _parts(ids: Iterable[str]) -> Iterator[list[str]]:
    listed = list(ids)
    return (listed[start : start + _MANY] for start in range(0, len(listed), _MANY))
