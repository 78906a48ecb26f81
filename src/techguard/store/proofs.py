"""What of the history can be shown to others: acts in the bytes that were signed, with their proofs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, select

from techguard.domain.fields import FieldType
from techguard.domain.kinds import KINDS
from techguard.domain.pruning import PRUNE

from . import history, tables, tree


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change that is shown: its place in the act, what the act covers, and the path to the act's root."""

    position: int
    kind: str
    item: str
    op: str
    salt: bytes
    fields: str
    path: tuple[bytes, ...]

    @property
    def pruned(self) -> bool:
        """Whether its values were destroyed: then `salt` is what the act covers, and `fields` is empty."""
        return history.is_pruned(self.salt, self.fields)


@dataclass(frozen=True, slots=True)
class ShownAct:
    """An act that is shown: what was signed, by which key, and those of its changes that may be seen."""

    seq: int
    message: bytes
    digest: bytes
    signature: bytes
    entry: Mapping[str, Any]
    """The columns of its row (docs/reference/history-format.md)."""
    changes: tuple[ShownChange, ...]


def acts(connection: Connection, vault_id: str, items: Collection[str] | None) -> Iterator[ShownAct]:
    """The acts that concern these entries (or all acts), oldest first, with the changes of these entries.

    An act's tree is made of all its changes; of those that are not shown nothing but hashes behind a salt is
    in the paths.
    """
    h, c = tables.history.c, tables.changes.c
    return _acts(connection, vault_id, items, h.seq, c.seq)


def merged_acts(connection: Connection, vault_id: str, items: Collection[str] | None) -> Iterator[ShownAct]:
    """The same of the copies that were brought together with this one, in the order they were taken over."""
    h, c = tables.merged_history.c, tables.merged_changes.c
    return _acts(connection, vault_id, items, h.n, c.act)


def _acts(
    connection: Connection,
    vault_id: str,
    items: Collection[str] | None,
    own: Column[int],
    of: Column[int],
) -> Iterator[ShownAct]:
    """`own`: by what acts are numbered; `of`: by what their changes name them."""
    query = select(own.table).order_by(own)
    if items is not None:
        query = query.where(own.in_(sorted(_acts_of(connection, items, of))))
    for row in connection.execute(query):
        entry = dict(row._mapping)
        place = entry[own.name]
        c = of.table.c
        changes = connection.execute(select(of.table).where(of == place).order_by(c.position)).all()
        covers = tree.Tree(
            [history.covered(x.kind, x.item, x.op, history.inside(x.salt, x.fields)) for x in changes]
        )
        shown = tuple(
            ShownChange(x.position, x.kind, x.item, x.op, x.salt, x.fields, tuple(covers.path(x.position)))
            for x in changes
            if items is None or x.item in items
        )
        message = history.preimage(vault_id, entry)
        yield ShownAct(row.seq, message, row.digest, row.signature, entry, shown)


def _acts_of(connection: Connection, items: Collection[str], of: Column[int]) -> set[int]:
    found: set[int] = set()
    wanted = sorted(items)
    for start in range(0, len(wanted), _MANY):
        some = wanted[start : start + _MANY]
        found.update(connection.execute(select(of).where(of.table.c.item.in_(some)).distinct()).scalars())
    return found


_MANY = 500  # values in one IN (…)


def belonging(connection: Connection, root: str, by: Mapping[str, Sequence[str]]) -> set[str]:
    """An entry with all that belongs to it, by the fields (of each kind) that say what an entry belongs to.

    As history knows it, so that what was removed is there too. A single reference counts as it last was
    anything, and a list for all that ever stood in it: a removal takes references away.
    """
    refers: dict[str, dict[str, set[str]]] = {}
    c = tables.changes
    query = select(c.c.kind, c.c.item, c.c.op, c.c.fields).where(c.c.kind.in_(list(by)))
    for kind, item, op, fields in connection.execute(query.order_by(c.c.seq, c.c.position)):
        done = json.loads(fields)
        for name in by[kind]:
            if name not in done:
                continue
            now = done[name] if op == "add" else done[name][0 if op == PRUNE else 1]
            if not now:
                continue
            known = refers.setdefault(item, {})
            if KINDS[kind].by_name[name].type is FieldType.REFS:
                known.setdefault(name, set()).update(now)
            else:
                known[name] = {now}
    owned: dict[str, set[str]] = {}
    for item, known in refers.items():
        for targets in known.values():
            for target in targets:
                owned.setdefault(target, set()).add(item)
    found, waiting = {root}, [root]
    while waiting:
        more = owned.get(waiting.pop(), set()) - found
        found |= more
        waiting += more
    return found
