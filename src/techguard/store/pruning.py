"""Values of removed entries are destroyed here; what proves that they were there stays.

Of a pruned change `salt` holds what its act covers (`inside`) and `fields` is empty: the leaf hashes to the
same, and without the salt nobody can try out what the values were. The row of the entry goes. A tombstone, a
change with the operation `prune` in a signed act, says that all changes of the entry before it were pruned.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, select, union

from techguard.domain.kinds import KINDS, Kind, by_dependency
from techguard.domain.pruning import PRUNE, Rule

from . import history, search
from .history import Change
from .tables import LINKS, TABLES, changes, merged_changes, merged_history
from .tables import history as own_history

_MANY = 500  # values in one IN (…)


@dataclass(frozen=True, slots=True)
class Removed:
    """An entry that was taken out, and what it belongs to."""

    id: str
    kind: str
    ref: str
    title: str
    removed_at: datetime
    parent: str | None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a pruned entry."""

    item: str
    kind: str
    ref: str


def tombstones(connection: Connection, items: Collection[str] | None = None) -> dict[str, Tombstone]:
    """The tombstones of this copy and of those that were taken in, by entry; of these entries, or of all."""
    found: dict[str, Tombstone] = {}
    for acts, table, own, of in (
        (own_history, changes, own_history.c.seq, changes.c.seq),
        (merged_history, merged_changes, merged_history.c.n, merged_changes.c.act),
    ):
        c = table.c
        query = (
            select(c.item, c.kind, c.fields)
            .join(acts, own == of)
            .where(c.op == PRUNE, acts.c.action == PRUNE)
        )
        for some in [None] if items is None else _few(items):
            asked = query if some is None else query.where(c.item.in_(some))
            for item, kind, fields in connection.execute(asked):
                found.setdefault(item, Tombstone(item, kind, _ref_in(fields) or item))
    return found


def _ref_in(fields: str) -> str:
    try:
        return str(json.loads(fields)["ref"][0])
    except (ValueError, TypeError, LookupError):  # altered: found with its act
        return ""


def item_of(connection: Connection, ref: str) -> str | None:
    """The id of a pruned entry by its reference number, or None."""
    return next((t.item for t in tombstones(connection).values() if ref in {t.ref, t.item}), None)


def removed(connection: Connection, before: datetime, kinds: Collection[str]) -> Iterator[Removed]:
    """Entries of these kinds that were taken out before a moment."""
    for kind in by_dependency():
        if kind.name not in kinds:
            continue
        c = TABLES[kind.name].c
        names = [c.id, c.ref, c[kind.title], c.removed_at, *([c[kind.parent]] if kind.parent else [])]
        for id_, ref, title, at, *parent in connection.execute(select(*names).where(c.removed_at < before)):
            yield Removed(id_, kind.name, ref, str(title or ref), at, parent[0] if parent else None)


def referrers(connection: Connection, items: Collection[str]) -> dict[str, set[str]]:
    """By entry, which rows refer to it, removed ones too."""
    found: dict[str, set[str]] = {}
    for owner, target in _references(connection, items):
        found.setdefault(target, set()).add(owner)
    return found


def _references(connection: Connection, items: Collection[str]) -> Iterator[tuple[str, str]]:
    for some in _few(items):
        for kind in KINDS.values():
            for f in kind.refs:
                link = LINKS.get((kind.name, f.name))
                table = TABLES[kind.name].c if link is None else link.c
                owner, target = (table.id, table[f.name]) if link is None else (table.owner, table.target)
                for row in connection.execute(select(owner, target).where(target.in_(some))):
                    yield row[0], row[1]


def named_by_acts(connection: Connection) -> set[str]:
    """The people and the sessions that acts name, here and in copies that were taken in."""
    columns = [t.c[name] for t in (own_history, merged_history) for name in ("person", "review")]
    return {id_ for id_ in connection.execute(union(*map(select, columns))).scalars() if id_}


def alive(connection: Connection, items: Collection[str]) -> list[str]:
    """The numbers of those of these entries that are there."""
    return [
        ref
        for some in _few(items)
        for table in TABLES.values()
        for ref in connection.execute(
            select(table.c.ref).where(table.c.id.in_(some), table.c.removed_at.is_(None))
        ).scalars()
    ]


def tombstone(entry: Removed, rule: Rule) -> Change:
    """What says that an entry was pruned: its number, when it was taken out, what it belonged to, a rule."""
    at = entry.removed_at.astimezone(UTC).isoformat(timespec="microseconds")
    fields: dict[str, Any] = {"ref": [entry.ref, None], "removed_at": [at, None], "rule": [None, rule.told()]}
    if entry.parent:
        fields[str(KINDS[entry.kind].parent)] = [entry.parent, None]
    return Change(entry.kind, entry.id, PRUNE, fields)


def destroy(connection: Connection, items: Collection[str]) -> None:
    """Destroy the values of entries wherever they are, inside the caller's transaction: in their rows, in the
    search index, in their changes here and in acts of other copies. What is destroyed already stays so.
    """
    if not items:
        return
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for some in _few(items):
        for table, of in ((changes, "seq"), (merged_changes, "act")):
            _empty(connection, table, of, some)
        for kind in KINDS.values():
            _drop_rows(connection, kind, some)
    search.gather(connection)  # else the index keeps the pieces of words of what was taken out of it


def _empty(connection: Connection, table: Table, of: str, items: Collection[str]) -> None:
    c = table.c
    query = select(c[of], c.position, c.salt, c.fields).where(c.item.in_(items), c.op != PRUNE)
    pruned = [
        (history.inside(salt, fields), history.PRUNED, act, position)
        for act, position, salt, fields in connection.execute(query)
        if not history.is_pruned(salt, fields)
    ]
    sql = f"UPDATE {table.name} SET salt = ?, fields = ? WHERE {of} = ? AND position = ?"  # noqa: S608
    if pruned:
        connection.exec_driver_sql(sql, pruned)


def _drop_rows(connection: Connection, kind: Kind, items: Collection[str]) -> None:
    table = TABLES[kind.name]
    numbers = list(connection.execute(select(table.c.n).where(table.c.id.in_(items))).scalars())
    if not numbers:
        return
    search.drop(connection, [search.row_number(kind.name, n) for n in numbers])
    for f in kind.refs:
        if (link := LINKS.get((kind.name, f.name))) is not None:
            connection.execute(delete(link).where(link.c.owner.in_(items)))
    connection.execute(delete(table).where(table.c.id.in_(items)))


def _few(items: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(items)
    for start in range(0, len(wanted), _MANY):
        yield wanted[start : start + _MANY]
