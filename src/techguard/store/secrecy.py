"""Which entries a wall must not show: what is strictly confidential, and what speaks of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from techguard.domain.fields import FieldType
from techguard.domain.kinds import KINDS, Kind
from techguard.domain.words import Handling

from .database import Store
from .tables import LINKS, TABLES

_TELLING_NOTHING = frozenset({"person", "review"})
"""To refer to a person or a session says nothing of what is secret."""


def hidden(store: Store) -> frozenset[str]:
    """The ids of every strictly confidential entry, and of all that belong to or speak of one.

    An entry that refers to a hidden one is hidden with it; one that refers to several at once (a
    countermeasure to its exposures) only if all of them are. The minutes of a session and comparisons on
    record quote what they are about: they are hidden as soon as one part of it is.
    """
    found: set[str] = set()
    for kind in KINDS.values():
        if "handling" in kind.by_name:
            t = TABLES[kind.name]
            secret = select(t.c.id).where(t.c.handling == Handling.STRICTLY_CONFIDENTIAL)
            found.update(store.connection.execute(secret).scalars())
    while True:
        more = {i for kind in KINDS.values() for i in _speaking_of(store, kind, found)} - found
        if not more:
            break
        found |= more
    return frozenset(found | _quoting(store, found))


def _speaking_of(store: Store, kind: Kind, found: set[str]) -> Iterable[str]:
    t = TABLES[kind.name]
    one = [f.name for f in kind.refs if f.type is FieldType.REF and f.to not in _TELLING_NOTHING]
    if one:
        for row in store.connection.execute(select(t.c.id, *(t.c[name] for name in one))):
            if any(target in found for target in row[1:]):
                yield row[0]
    for f in kind.refs:
        if f.type is FieldType.REFS and f.to not in _TELLING_NOTHING:
            link = LINKS[kind.name, f.name]
            targets: dict[str, list[bool]] = {}
            for owner, target in store.connection.execute(select(link.c.owner, link.c.target)):
                targets.setdefault(owner, []).append(target in found)
            yield from (owner for owner, secret in targets.items() if all(secret))


def _quoting(store: Store, found: set[str]) -> set[str]:
    outcome, variant = TABLES["outcome"], TABLES["variant"]
    assumed, comparison = TABLES["assumption"], TABLES["comparison"]
    told = store.connection.execute
    quoted = {review for id_, review in told(select(outcome.c.id, outcome.c.review)) if id_ in found}
    deals = {
        engagement
        for id_, engagement in told(
            select(assumed.c.id, variant.c.engagement).join(variant, variant.c.id == assumed.c.variant)
        )
        if id_ in found
    }
    return quoted | {
        id_ for id_, deal in told(select(comparison.c.id, comparison.c.engagement)) if deal in deals
    }
