"""Two open registers of one vault: what each did that the other does not know, and taking over acts.

Every act is known by its digest. What a copy knows are the acts of its own history and those it took over
from copies it was brought together with (`merged_history`); an act comes with everything it stands on. So
what is new in either copy is a difference of two sets, whatever the copies have been through.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from techguard.domain import merging
from techguard.domain.kinds import KINDS
from techguard.domain.merging import Done, Entry, Side

from . import entitled, history, pruning
from .database import Store
from .pruning import Tombstone
from .tables import TABLES, changes, counters, merged_changes, merged_history
from .tables import history as own_history

_MANY = 500  # values in one IN (…)


@dataclass(frozen=True, slots=True)
class Act:
    """An act that a copy knows. `place`: its number in the history, or its row among what was taken over."""

    digest: bytes
    previous: bytes
    merges: bytes | None
    own: bool
    place: int
    seq: int
    at: datetime
    person: str
    key: str
    action: str


def acts(connection: Connection) -> dict[bytes, Act]:
    """Every act that a copy knows, by its digest; those that follow one another in their order."""
    found: dict[bytes, Act] = {}
    for table, place in ((merged_history, merged_history.c.n), (own_history, own_history.c.seq)):
        c = table.c
        query = select(
            c.digest, c.previous, c.merges, place, c.seq, c.at, c.person, c.key, c.action
        ).order_by(place)
        for digest, previous, merges, n, seq, at, person, key, action in connection.execute(query):
            own = table is own_history
            found[digest] = Act(digest, previous, merges, own, n, seq, at, person, key, action)
    return found


@dataclass(frozen=True, slots=True)
class Parting:
    """Two copies as they differ. `forward`: theirs simply goes on where ours ends, and nobody's access or
    keys were stated there, which no merge carries.
    """

    our_acts: tuple[Act, ...]
    their_acts: tuple[Act, ...]
    ours: Side
    theirs: Side
    head: history.Head
    last: Mapping[str, int]
    forward: bool
    in_common: bool
    pruned: Mapping[str, Tombstone]
    """What was pruned in either copy: it is nothing to be brought together."""
    pruned_here: tuple[str, ...]
    pruned_there: tuple[str, ...]
    """Of these, the numbers of those whose values the other side still has."""
    pruned_alive: tuple[str, ...]
    """Of these, the numbers of those that are there in the other copy and were worked on since."""

    def nothing_new(self, result: merging.Merged) -> bool:
        """Whether taking the other copy in would change nothing: it did nothing that is not known here, or
        nothing but bring together what is here already.
        """
        if not self.their_acts:
            return True
        if all(act.merges is not None for act in self.their_acts):
            return all(
                (known := self.ours.entries.get(id_)) is not None and _same(known, entry)
                for id_, entry in result.entries.items()
            )
        return False


def _same(one: Entry, other: Entry) -> bool:
    skipped = merging.computed(KINDS[one.kind])
    return all(one.get(n) == other.get(n) for n in {*one.state, *other.state} - skipped)


def parting(ours: Store, theirs: Store) -> Parting:
    """What each of two copies did that the other does not know, and the entries that this touched."""
    mine, other = acts(ours.connection), acts(theirs.connection)
    our_new = tuple(act for digest, act in mine.items() if digest not in other)
    their_new = tuple(act for digest, act in other.items() if digest not in mine)
    newest = history.head(ours.connection)
    known = other.get(newest.digest)
    left = [pruning.tombstones(store.connection) for store in (ours, theirs)]
    pruned = left[0] | left[1]
    touched = {
        item: kind
        for item, kind in (_touched(ours, our_new) | _touched(theirs, their_new)).items()
        if item not in pruned
    }
    return Parting(
        our_new,
        their_new,
        merging.side(_entries(ours, touched), _done(ours, our_new, pruned)),
        merging.side(_entries(theirs, touched), _done(theirs, their_new, pruned)),
        history.head(theirs.connection),
        {kind: max(_last(ours)[kind], n) for kind, n in _last(theirs).items()},
        forward=not our_new and known is not None and known.own and not _access_stated(theirs, their_new),
        in_common=len(our_new) < len(mine),
        pruned=pruned,
        pruned_here=tuple(sorted(pruned[item].ref for item in left[0].keys() - left[1].keys())),
        pruned_there=tuple(sorted(pruned[item].ref for item in left[1].keys() - left[0].keys())),
        pruned_alive=tuple(
            sorted(
                {
                    *pruning.alive(ours.connection, pruned.keys() & _touched(ours, our_new)),
                    *pruning.alive(theirs.connection, pruned.keys() & _touched(theirs, their_new)),
                }
            )
        ),
    )


def _last(store: Store) -> dict[str, int]:
    """The newest number of each kind. No history vouches for it: a row that makes no sense counts as none."""
    found: dict[str, Any] = {row.kind: row.last for row in store.connection.execute(select(counters))}
    return {name: n if isinstance(n := found.get(name), int) else 0 for name in KINDS}


def _changes(store: Store, new: Sequence[Act]) -> Iterator[tuple[Act, Any]]:
    """The changes of acts, each act's in order."""
    for own, table, number in (
        (False, merged_changes, merged_changes.c.act),
        (True, changes, changes.c.seq),
    ):
        by_place = {act.place: act for act in new if act.own is own}
        places = list(by_place)
        for start in range(0, len(places), _MANY):
            some = places[start : start + _MANY]
            query = (
                select(number, table.c.kind, table.c.item, table.c.op, table.c.fields)
                .where(number.in_(some))
                .order_by(number, table.c.position)
            )
            for place, *change in store.connection.execute(query):
                yield by_place[place], change


def _touched(store: Store, new: Sequence[Act]) -> dict[str, str]:
    return {item: kind for _, (kind, item, _, _) in _changes(store, new)}


def _done(store: Store, new: Sequence[Act], pruned: Collection[str]) -> Iterator[Done]:
    chains = _chains(new)
    for act, (kind, item, op, fields) in _changes(store, new):
        if item in pruned:
            continue
        at, merges = str(history.plain(act.at)), act.merges is not None
        yield Done(chains[act.digest], at, act.person, merges, kind, item, op, json.loads(fields))


def _access_stated(store: Store, new: Sequence[Act]) -> bool:
    return any(
        kind == "person" and any(name in json.loads(fields) for name in entitled.FIELDS)
        for _, (kind, _item, _op, fields) in _changes(store, new)
    )


def _chains(new: Sequence[Act]) -> dict[bytes, str]:
    """Acts that follow one another without a fork, by one name."""
    found: dict[bytes, str] = {}
    ends: dict[bytes, str] = {}
    for act in new:
        name = "own" if act.own else ends.pop(act.previous, act.digest.hex())
        found[act.digest] = ends[act.digest] = name
    return found


def _entries(store: Store, wanted: Mapping[str, str]) -> dict[str, Entry]:
    """Entries as they stand, by id; those that this copy does not have are left out."""
    by_kind: dict[str, list[str]] = {}
    for id_, kind in wanted.items():
        by_kind.setdefault(kind, []).append(id_)
    found: dict[str, Entry] = {}
    for name, ids in by_kind.items():
        created = _created(store, name, ids)
        for id_, _ref, _version, state in store.states(KINDS[name], ids):
            found[id_] = Entry(name, state, created[id_])
    return found


def _created(store: Store, kind: str, ids: Sequence[str]) -> dict[str, str]:
    table, found = TABLES[kind], dict[str, str]()
    for start in range(0, len(ids), _MANY):
        query = select(table.c.id, table.c.created_at).where(table.c.id.in_(ids[start : start + _MANY]))
        found |= {
            id_: at.astimezone(UTC).isoformat(timespec="microseconds")
            for id_, at in store.connection.execute(query)
        }
    return found


# --- Taking over --------------------------------------------------------------------------------------


def take_over(ours: Store, theirs: Store, new: Sequence[Act], *, forward: bool) -> None:
    """Write acts of another copy beside our history, or (`forward`) as its continuation; in a transaction.

    They are copied as they lie there, with their signatures.
    """
    rest = [act for act in new if not (forward and act.own)]
    first: int = ours.connection.execute(select(func.coalesce(func.max(merged_history.c.n), 0))).scalar_one()
    places = {act.digest: first + n for n, act in enumerate(rest, start=1)}
    act_columns = [c.name for c in own_history.columns]
    change_columns = [c.name for c in changes.columns if c.name != "seq"]
    for act in new:
        source, number = (own_history, "seq") if act.own else (merged_history, "n")
        (row,) = _raw(theirs, source, act_columns, number, act.place)
        source, number = (changes, "seq") if act.own else (merged_changes, "act")
        rows = _raw(theirs, source, change_columns, number, act.place)
        values = dict(zip(act_columns, row, strict=True))
        place = places.get(act.digest)
        if place is None:
            into, named = changes, {"seq": act.seq}
            _put(ours, own_history, [values])
        else:
            into, named = merged_changes, {"act": place}
            _put(ours, merged_history, [{"n": place} | values])
        _put(ours, into, [named | dict(zip(change_columns, change, strict=True)) for change in rows])


def _raw(store: Store, table: Table, names: Sequence[str], number: str, place: int) -> list[Any]:
    """Rows as they lie in the database, none of their values read as anything."""
    order = "ORDER BY position" if "position" in names else ""
    columns = ", ".join(names)
    sql = f"SELECT {columns} FROM {table.name} WHERE {number} = ? {order}"  # noqa: S608 our own names
    return list(store.connection.exec_driver_sql(sql, (place,)))


def _put(store: Store, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    given = list(rows)
    if not given:
        return
    names = list(given[0])
    statement = str(insert(table).compile(dialect=store.connection.dialect, column_keys=names))
    order = [c.name for c in table.columns if c.name in names]
    store.connection.exec_driver_sql(statement, [tuple(row[name] for name in order) for row in given])


def places(store: Store, kind: str, ids: Sequence[str]) -> dict[str, int]:
    """Where entries of a kind stand in the order in which a copy holds them, by id."""
    table, found = TABLES[kind], dict[str, int]()
    for start in range(0, len(ids), _MANY):
        query = select(table.c.id, table.c.n).where(table.c.id.in_(ids[start : start + _MANY]))
        found |= {row.id: row.n for row in store.connection.execute(query)}
    return found


def order_of_record(ours: Store, kind: str, brought: Mapping[str, int]) -> list[str]:
    """The entries of a kind in the order in which they were recorded, in whichever copy that was, from the
    first of those on that were `brought` here; each of these with its place there.
    """
    table = TABLES[kind]
    first: datetime | None = None
    ids = list(brought)
    for start in range(0, len(ids), _MANY):
        earliest = select(func.min(table.c.created_at)).where(table.c.id.in_(ids[start : start + _MANY]))
        at: datetime = ours.connection.execute(earliest).scalar_one()
        first = at if first is None else min(first, at)
    query = select(table.c.id, table.c.created_at, table.c.n).where(table.c.created_at >= first)
    found = {id_: (at, brought.get(id_, n), id_) for id_, at, n in ours.connection.execute(query)}
    return sorted(found, key=found.__getitem__)
