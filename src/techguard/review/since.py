"""What happened to an entry since the session before: field by field, and its path over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.fields import FieldSpec
from techguard.domain.kinds import KINDS
from techguard.register import Entry, Register
from techguard.store.database import Named
from techguard.store.history import Unknown

from .sessions import acted_after, last_closed, subject, unknown_to

_PAGE = 200


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that is not what it was: values typed as in the model, who changed it last, and when."""

    kind: str
    id: str
    ref: str
    title: str
    """The entry: the one asked about, or a countermeasure of it."""
    field: FieldSpec
    before: Any
    after: Any
    who: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PathPoint:
    """One rating on the way: where the exposure stood on the matrix from that day on."""

    on: date
    likelihood: int | None
    impact: int | None
    level: int | None
    basis: w.Basis
    rationale: str
    review: str | None
    since: bool
    """It was given after the session before."""


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since `last` (None: there was no session before, and nothing to compare with).

    `added`: ratings, acceptances, countermeasures, observations … that came. `names`: titles by id, for the
    values of `changes`.
    """

    last: i.Review | None
    changes: tuple[FieldChange, ...] = ()
    added: tuple[Named, ...] = ()
    path: tuple[PathPoint, ...] = ()
    names: dict[str, str] | None = None


def since_last(register: Register, review: i.Review | None, item: i.Item) -> Since:
    """What happened to an entry, or to what an `Outcome` is about, since the session before `review`."""
    about = subject(register, item) if isinstance(item, i.Outcome) else item
    if about is None:
        return Since(last_closed(register, review))
    last = last_closed(register, review)
    unknown = unknown_to(register, last)
    path = tuple(_path(register, about, last, unknown)) if isinstance(about, i.Exposure) else ()
    if last is None:
        return Since(None, path=path)
    parts = register.parts(about.ref)
    measures = parts.get("countermeasure", [])
    changes = tuple(c for entry in (about, *measures) for c in _changes(register, entry, last, unknown))
    new = [
        p
        for kind, found in parts.items()
        if kind not in {"outcome", "summary"}
        for p in found
        if came_after(p, last, unknown)
    ]
    named = register.titles(p.id for p in new)
    ids = {v for c in changes for value in (c.before, c.after) for v in _ids(c.field, value)}
    names = {id_: n.title for id_, n in register.titles(ids).items()}
    return Since(last, changes, tuple(named[p.id] for p in new if p.id in named), path, names)


def _ids(spec: FieldSpec, value: Any) -> Sequence[str]:
    if not spec.to or not value:
        return ()
    return (value,) if isinstance(value, str) else value


_STATED = ("rated_on", "accepted_on", "observed_on", "decided_on", "as_of")
"""The fields that say on which day something was so, whenever it was written down."""


def came_after(item: i.Item, last: i.Review, unknown: Unknown) -> bool:
    """Whether an entry came after a session, or had been recorded without its knowing. A session that was
    taken over from elsewhere, with its ratings, has no moment of closing here: then the day decides that the
    entry itself states.
    """
    if item.id in unknown.added:
        return True
    if last.closed_at is None and last.held_on is not None:
        stated = next((day for name in _STATED if (day := getattr(item, name, None))), None)
        if stated is not None:
            return bool(stated > last.held_on)
    return _after(item.created_at, last)


def _after(at: datetime | None, last: i.Review) -> bool:
    """Whether something was recorded after a session: after its closing; of a session that was taken over,
    after it was written down itself.
    """
    began = last.closed_at or last.created_at
    return at is not None and began is not None and at > began


def _changes(register: Register, item: i.Item, last: i.Review, unknown: Unknown) -> Iterator[FieldChange]:
    """The fields whose value is another than at the session, each once: first before, last after."""
    folded: dict[str, FieldChange] = {}
    for entry, change in _history(register, item, last, unknown):
        for name, (before, after) in change.fields.items():
            spec = KINDS[change.kind].by_name.get(name)
            if spec is None:
                continue
            newer = folded.get(name)
            folded[name] = FieldChange(
                change.kind,
                item.id,
                item.ref,
                change.title,
                spec,
                before,
                newer.after if newer else after,
                newer.who if newer else entry.person,
                newer.at if newer else entry.at,
                newer.reason if newer else entry.reason,
            )
    if unknown.elsewhere and folded:
        # What the merge brought here was so there already: what counts is how it was where the session was.
        at = last.snapshot_seq or 0
        found = register.states_at(type(item), at, *folded, digest=last.snapshot, item=item.id)
        then = found.get(item.id, {})
        folded = {n: replace(c, before=then.get(n, c.field.default)) for n, c in folded.items()}
    order = list(KINDS[change.kind].by_name) if folded else []
    yield from sorted(
        (c for c in folded.values() if c.before != c.after), key=lambda c: order.index(c.field.name)
    )


def _history(
    register: Register, item: i.Item, last: i.Review, unknown: Unknown
) -> Iterator[tuple[Entry, Any]]:
    """The changes of one entry after a session, newest first; its being added is not one of them."""
    before: int | None = None
    while True:
        page = register.history(item.ref, limit=_PAGE, before_seq=before)
        for entry in page:
            if not acted_after(entry, last, unknown):
                return
            yield from ((entry, c) for c in reversed(entry.changes) if c.op != "add")
        if len(page) < _PAGE:
            return
        before = page[-1].seq


def _path(
    register: Register, exposure: i.Exposure, last: i.Review | None, unknown: Unknown
) -> Iterator[PathPoint]:
    """The ratings that stood, oldest first: the current ones; where there are none, the inherent ones."""
    ratings = register.restated(exposure)
    current = [r for r in ratings if r.basis is w.Basis.CURRENT]
    shown = current or [r for r in ratings if r.basis is w.Basis.INHERENT]
    for rating in shown:
        yield PathPoint(
            rating.rated_on or date.min,
            rating.likelihood,
            rating.impact,
            rating.level,
            rating.basis,
            rating.rationale,
            rating.review,
            last is not None and came_after(rating, last, unknown),
        )
