"""What two copies of one register do not have in common: read from their histories, which begin alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from techguard.domain.kinds import KINDS
from techguard.domain.pruning import PRUNE

from .database import Store

Came = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one entry of the register in a stretch of history.

    `first` and `last`: the acts between which it happened. `fields`: the names of what changed, of an entry
    that was there before. An entry that came and went within the stretch is `removed`.
    """

    kind: str
    id: str
    ref: str
    title: str
    what: Came
    first: int
    last: int
    fields: tuple[str, ...] = ()


def in_common(one: Store, other: Store) -> int:
    """The number of the last act that two histories share; 0 if they do not even begin alike.

    Each act's digest covers the one before it: where two are the same, so is everything before.
    """
    least = min(_newest(one), _newest(other))
    shared, too_far = 0, least + 1
    while too_far - shared > 1:
        middle = (shared + too_far) // 2
        if _digest(one, middle) == _digest(other, middle) is not None:
            shared = middle
        else:
            too_far = middle
    return shared


def _newest(store: Store) -> int:
    found: int | None = store.connection.exec_driver_sql("SELECT max(seq) FROM history").scalar_one()
    return found or 0


def _digest(store: Store, seq: int) -> bytes | None:
    query = "SELECT digest FROM history WHERE seq = ?"
    found: bytes | None = store.connection.exec_driver_sql(query, (seq,)).scalar_one_or_none()
    return found


@dataclass(slots=True)
class _Stretch:
    kind: str
    begins_with: str
    ends_with: str
    first: int
    last: int
    fields: dict[str, None]

    @property
    def what(self) -> Came:
        if self.ends_with == "remove":
            return "removed"
        return "added" if self.begins_with == "add" else "changed"


_NAMED_BY_OP = frozenset({"removed_at"})
"""A field whose change the act already names."""


def since(store: Store, seq: int) -> list[Difference]:
    """What became of every entry that was touched after an act, in the order of their first change."""
    found: dict[str, _Stretch] = {}
    query = "SELECT seq, kind, item, op, fields FROM changes WHERE seq > ? ORDER BY seq, position"
    for at, kind, item, op, fields in store.connection.exec_driver_sql(query, (seq,)):
        if op == PRUNE:  # it was taken out before, and nobody can tell any more what it was
            found.pop(item, None)
            continue
        known = found.setdefault(item, _Stretch(kind, op, op, at, at, {}))
        known.last = at
        if op in {"add", "remove", "restore"}:
            known.ends_with = op
        if known.begins_with != "add":
            known.fields |= dict.fromkeys(json.loads(fields).keys() - _NAMED_BY_OP)
    named = store.named(found)
    return [
        Difference(
            one.kind,
            item,
            named[item].ref if item in named else item,
            named[item].title if item in named else "",
            one.what,
            one.first,
            one.last,
            tuple(n for n in ("ref", *_names(one.kind)) if n in one.fields),
        )
        for item, one in found.items()
    ]


def _names(kind: str) -> Sequence[str]:
    return list(KINDS[kind].by_name)
