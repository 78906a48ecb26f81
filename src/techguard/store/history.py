"""History: what was done, by whom, chained and signed in the transaction that did it.

An entry is one act of one person. It covers its changes by the root of a tree over them, and the entry
before it by that one's digest; the person's Ed25519 key signs its bytes. Whoever alters a row, an entry, or
the order of entries has to forge a signature. Each change is covered with a salt of its own, so that it can
be shown to somebody who may not see the others. Formats are specified in docs/reference/history-format.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Text, select, type_coerce
from sqlalchemy import insert as sql_insert

from techguard.domain import merging
from techguard.domain.access import PEOPLE
from techguard.domain.fields import Choice, FieldType
from techguard.domain.items import Item
from techguard.domain.kinds import Kind
from techguard.domain.pruning import PRUNE

from . import tables, tree
from .prepared import Prepared

GENESIS = b"\x00" * 32
"""What the first entry names as the digest before it."""

SALT_BYTES = 16
"""128 bits: as many as RFC 9901 (SD-JWT) asks of what hides a value that could be guessed."""


class Signer(Protocol):
    """Who acts: what of an open vault history needs."""

    @property
    def vault_id(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    @property
    def key_id(self) -> str: ...
    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Change:
    """What an act did to one entry of the register.

    `op` is add, change, remove, restore or settle. `fields` maps a field to [before, after] in JSON values;
    for an addition, to the value alone.
    """

    kind: str
    item: str
    op: str
    fields: Mapping[str, Any]


def covered(kind: str, item: str, op: str, inside: bytes) -> bytes:
    """The hash by which the tree of an act covers one change; `inside`: from `hidden`."""
    line = f"techguard change v1\n{kind}\t{item}\t{op}\t{inside.hex()}\n"
    return tree.leaf_hash(line.encode())


def hidden(salt: bytes, fields: str) -> bytes:
    """The digest of a change's canonical fields: without the salt nobody can try out what they might be."""
    return sha256(salt + fields.encode()).digest()


PRUNED = "{}"
"""The fields of a change whose values were destroyed (`techguard.store.pruning`)."""


def is_pruned(salt: bytes, fields: str) -> bool:
    """Whether of a change only what its act covers is left, in the place of the salt."""
    return fields == PRUNED and len(salt) == len(GENESIS)


def inside(salt: bytes, fields: str) -> bytes:
    """What an act covers of a change as it lies in the database, pruned or not."""
    return salt if is_pruned(salt, fields) else hidden(salt, fields)


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: the same bytes for the same value, always."""
    return _CANONICAL.encode(value)


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(value: object) -> object:
    """A field's value as history keeps it; None, empty text and empty lists are all nothing."""
    form = _FORMS.get(type(value))
    if form is not None:
        return form(value)
    return value.value if isinstance(value, Choice) else value


# By exact type, because an import asks half a million times.
_FORMS: Mapping[type, Callable[[Any], object]] = {
    type(None): lambda value: None,
    str: lambda value: value or None,
    datetime: lambda value: value.astimezone(UTC).isoformat(timespec="microseconds"),
    date: date.isoformat,
    Decimal: lambda value: format(value.normalize(), "f"),
    tuple: lambda value: [str(v) for v in value] or None,
    list: lambda value: [str(v) for v in value] or None,
}


def state(item: Item, kind: Kind) -> dict[str, object]:
    """Everything history keeps of an entry, nothing left out but what is nothing."""
    values = item.__dict__
    kept: dict[str, object] = {}
    for name in kind.by_name:  # a loop that passes over what is nothing: most of an imported entry is
        value = values[name]
        if value is None or value == "":
            continue
        if (form := plain(value)) is not None:
            kept[name] = form
    if item.removed_at is not None:
        kept["removed_at"] = plain(item.removed_at)
    return {"ref": item.ref, **kept}


def added(item: Item, kind: Kind) -> Change:
    """The change that adds an entry."""
    return Change(kind.name, item.id, "add", state(item, kind))


def changed(before: Item, after: Item, kind: Kind) -> Change | None:
    """The change between two versions of an entry, or None if they are the same."""
    old, new = before.__dict__, after.__dict__
    # Equal values have one form in history: only those that differ are brought into it.
    pairs = {
        name: [plain(old[name]), plain(new[name])]
        for name in sorted({"ref", "removed_at", *kind.by_name})
        if old[name] != new[name]
    }
    fields = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if not fields:
        return None
    op = "change"
    if "removed_at" in fields:
        op = "restore" if fields["removed_at"][1] is None else "remove"
    return Change(kind.name, before.id, op, fields)


def settled(before: Item, after: Item, kind: Kind, names: Iterable[str]) -> Change:
    """The change by which a person settled fields that two copies had differently; also to what was here."""
    old, new = before.__dict__, after.__dict__
    return Change(
        kind.name, before.id, merging.SETTLE, {n: [plain(old[n]), plain(new[n])] for n in sorted(names)}
    )


def value_of(kind: Kind, name: str, value: object) -> object:
    """The typed value of a field from its JSON value in history."""
    if name in {"ref", "removed_at"}:
        return datetime.fromisoformat(value) if name == "removed_at" and isinstance(value, str) else value
    f = kind.by_name.get(name)
    if f is None:
        return value
    if value is None:
        return () if f.many else f.default if f.type in {FieldType.TEXT, FieldType.LONG_TEXT} else None
    match f.type:
        case FieldType.CHOICE:
            assert f.choices is not None
            return f.choices(str(value))
        case FieldType.CHOICES:
            assert f.choices is not None
            assert isinstance(value, list)
            return tuple(f.choices(v) for v in value)
        case FieldType.WORDS | FieldType.REFS:
            assert isinstance(value, list)
            return tuple(value)
        case FieldType.DATE:
            return date.fromisoformat(str(value))
        case FieldType.MOMENT:
            return datetime.fromisoformat(str(value))
        case FieldType.DECIMAL:
            return Decimal(str(value))
        case _:
            return value


_NEWEST = Prepared(
    select(tables.history.c.seq, tables.history.c.digest, type_coerce(tables.history.c.at, Text))
    .order_by(tables.history.c.seq.desc())
    .limit(1)
)
_ENTER = Prepared(sql_insert(tables.history), tables.history.c.keys())
_ENTER_CHANGES = Prepared(sql_insert(tables.changes), tables.changes.c.keys())


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: its number and digest. An empty history has number 0 and the genesis digest.

    `at`: when it was recorded; None where there is none, or what stands there is no moment.
    """

    seq: int
    digest: bytes
    at: datetime | None = None


def head(connection: Connection) -> Head:
    """The newest entry of a database."""
    rows = _NEWEST.rows(connection, {})
    if not rows:
        return Head(0, GENESIS)
    seq, digest, at = rows[0]
    return Head(seq, digest, moment_of(at))


def moment_of(value: object) -> datetime | None:
    """A moment as the database holds it; None where somebody put something else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def digests(connection: Connection) -> list[bytes]:
    """The digests of all entries, oldest first; where somebody put something else, nothing."""
    found = connection.exec_driver_sql("SELECT digest FROM history ORDER BY seq").scalars()
    return [digest if isinstance(digest, bytes) else b"" for digest in found]


def digests_elsewhere(connection: Connection, seq: int) -> Iterator[list[bytes]]:
    """Of each copy that was brought together with this one and had an act of that number: the digests of its
    acts up to that one, oldest first.
    """
    own = digests(connection)
    places = {digest: n for n, digest in enumerate(own, start=1)}
    m = tables.merged_history.c
    above = {row.digest: row.previous for row in connection.execute(select(m.digest, m.previous))}
    for last in connection.execute(select(m.digest).where(m.seq == seq)).scalars():
        line: list[bytes] = []
        at = last
        while at in above and len(line) < seq:
            line.append(at)
            at = above[at]
        if at in places or at == GENESIS:
            yield [*own[: places.get(at, 0)], *reversed(line)]


def number_of(connection: Connection, digest: str) -> int | None:
    """The number of the entry with a digest (hexadecimal), or None."""
    h = tables.history
    number: int | None = connection.execute(select(h.c.seq).where(h.c.digest == _bytes(digest))).scalar()
    return number


@dataclass(frozen=True, slots=True)
class Unknown:
    """What an act did not know, as far as its time does not tell: it had been recorded, but elsewhere.

    `until`: the newest act of this history that it knew, None if the act lies nowhere. `elsewhere`: whether
    it is an act of another copy. `added` and `changed`: ids of entries.
    """

    until: int | None = None
    elsewhere: bool = False
    added: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()


def unknown_to(connection: Connection, digest: str) -> Unknown:
    """What an act (by its digest, hexadecimal) did not know, though it may have been recorded before it.

    To an act of this history: what merges brought after it. To one of another copy: everything that was done
    here after the last act that it builds on, along what was before it and what it took in, unless it was
    done there as well.
    """
    c, h, m = tables.changes.c, tables.history.c, tables.merged_changes.c
    here = number_of(connection, digest)
    until, there = (here, []) if here is not None else _builds_on(connection, digest)
    if until is None:
        return Unknown()
    later = select(c.item, c.op).where(c.seq > until)
    if here is not None:
        later = later.join(tables.history, h.seq == c.seq).where(h.merges.is_not(None))
    added: set[str] = set()
    changed: set[str] = set()
    for item, op in connection.execute(later):
        (added if op == "add" else changed).add(item)
    for n in there:
        known = select(m.item).where(m.act == n, m.op == "add")
        added.difference_update(item for (item,) in connection.execute(known))
    return Unknown(until, here is None, frozenset(added), frozenset(changed))


def _builds_on(connection: Connection, digest: str) -> tuple[int | None, list[int]]:
    """The newest act of this history that an act of another copy builds on, and the acts beside ours that it
    builds on, itself among them.
    """
    h = tables.merged_history.c
    beside = {row.digest: row for row in connection.execute(select(h.digest, h.n, h.previous, h.merges))}
    here = {digest: seq for seq, digest in enumerate(digests(connection), start=1)}
    until, there, open_ = None, [], [_bytes(digest)]
    while open_:
        at = open_.pop()
        if at in here:
            until = max(until or 0, here[at])
        elif (act := beside.pop(at, None)) is not None:
            there.append(act.n)
            open_ += [act.previous, *filter(None, [act.merges])]
    return until, there


def _bytes(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b""


def preimage(vault_id: str, entry: Mapping[str, Any]) -> bytes:
    """The bytes of an entry that are hashed and signed."""
    fields = ("seq", "at", "person", "key", "action", "reason", "review", "undoes", "change_count")
    document = {name: plain(entry[name]) for name in fields}
    document |= {
        "vault": vault_id,
        "changes": bytes(entry["changes_root"]).hex(),
        "previous": bytes(entry["previous"]).hex(),
    }
    if entry.get("merges") is not None:
        document["merges"] = bytes(entry["merges"]).hex()
    return b"techguard history entry v1\n" + canonical(document).encode()


def append(
    connection: Connection,
    signer: Signer,
    before: Head,
    at: datetime,
    done: list[Change],
    *,
    action: str,
    reason: str = "",
    review: str | None = None,
    undoes: int | None = None,
    merges: bytes | None = None,
) -> Head:
    """Write an act into history, after the newest one; it must run inside the transaction of the changes
    themselves.

    `merges`: the digest of the newest act of another copy that this one took in.
    """
    rows = []
    salts = os.urandom(SALT_BYTES * len(done))
    covers = tree.Growing()
    for position, change in enumerate(done):
        fields = canonical(change.fields)
        salt = salts[position * SALT_BYTES : (position + 1) * SALT_BYTES]
        covers.add(covered(change.kind, change.item, change.op, hidden(salt, fields)))
        rows.append(
            {
                "seq": before.seq + 1,
                "position": position,
                "kind": change.kind,
                "item": change.item,
                "op": change.op,
                "salt": salt,
                "fields": fields,
            }
        )
    entry: dict[str, Any] = {
        "seq": before.seq + 1,
        "at": at,
        "person": signer.person_id,
        "key": signer.key_id,
        "action": action,
        "reason": reason,
        "review": review,
        "undoes": undoes,
        "change_count": len(rows),
        "changes_root": covers.root(),
        "previous": before.digest,
        "merges": merges,
    }
    message = preimage(signer.vault_id, entry)
    entry["digest"] = sha256(message).digest()
    entry["signature"] = signer.sign(message)
    _ENTER.run(connection, entry)
    _ENTER_CHANGES.run_many(connection, rows)
    return Head(entry["seq"], entry["digest"], at)


def entries(
    connection: Connection, *, item: str | None = None, limit: int = 100, before: int | None = None
) -> list[Row[Any]]:
    """Entries, newest first; of one item if asked."""
    h, c = tables.history, tables.changes
    query = select(h).order_by(h.c.seq.desc()).limit(limit)
    if item is not None:
        query = query.where(h.c.seq.in_(select(c.c.seq).where(c.c.item == item)))
    if before is not None:
        query = query.where(h.c.seq < before)
    return list(connection.execute(query))


def entries_of(connection: Connection, seqs: Iterable[int]) -> list[Row[Any]]:
    """These entries, newest first."""
    h = tables.history
    query = select(h).where(h.c.seq.in_(list(seqs))).order_by(h.c.seq.desc())
    return list(connection.execute(query))


def has_acted(connection: Connection, person: str) -> bool:
    """Whether a person ever did anything but make the vault."""
    h = tables.history.c
    query = select(h.seq).where(h.person == person, h.action != "create").limit(1)
    return connection.execute(query).first() is not None


def last_set(connection: Connection, items: Iterable[str], name: str, value: object) -> dict[str, datetime]:
    """When a field of each of these entries last became a value (a JSON value), where it ever did."""
    c, h = tables.changes.c, tables.history.c
    query = (
        select(c.item, c.fields, h.at)
        .join(tables.history, h.seq == c.seq)
        .where(c.item.in_(list(items)), c.op.in_(("change", merging.SETTLE)))
        .order_by(c.seq)
    )
    return {
        item: at
        for item, fields, at in connection.execute(query)
        if json.loads(fields).get(name, (None, None))[1] == value
    }


def overtaken(connection: Connection, seqs: Iterable[int], in_force: Iterable[int]) -> dict[int, int]:
    """For acts whose entries a later act changed in the same fields: the newest such act in force."""
    first, then = tables.changes.alias(), tables.changes.alias()
    query = (
        select(first.c.seq, first.c.op, first.c.fields, then.c.seq.label("later"), then.c.fields.label("now"))
        .where(first.c.seq.in_(list(seqs)), then.c.seq.in_(list(in_force)))
        .where(first.c.item == then.c.item, then.c.seq > first.c.seq)
        .order_by(first.c.seq, then.c.seq.desc())
    )
    found: dict[int, int] = {}
    for row in connection.execute(query):
        if row.seq not in found and (row.op == "add" or json.loads(row.fields).keys() & json.loads(row.now)):
            found[row.seq] = row.later
    return found


def changes_of(
    connection: Connection, seqs: list[int], *, item: str | None = None, most: int | None = None
) -> Iterator[tuple[int, Change]]:
    """The changes of some entries, in order; at most `most` of each, if given."""
    c = tables.changes
    query = select(c).where(c.c.seq.in_(seqs)).order_by(c.c.seq, c.c.position)
    if item is not None:
        query = query.where(c.c.item == item)
    if most is not None:
        query = query.where(c.c.position < most)
    for row in connection.execute(query):
        yield row.seq, Change(row.kind, row.item, row.op, json.loads(row.fields))


def apply(state: dict[str, object], change: Change) -> None:
    """Bring an entry's state from before a change to after it."""
    if change.op == "add":
        state.clear()
        state |= change.fields
        return
    for name, (_, new) in change.fields.items():
        if new is None:
            state.pop(name, None)
        else:
            state[name] = new


_STAYS = frozenset({"create", "board", "evidence", "close", "merge", PEOPLE, PRUNE})


def stacks(newest_first: Iterable[tuple[int, str, int | None]]) -> tuple[list[int], list[int]]:
    """From (seq, action, undoes): acts that can be undone, and undoings that can be taken back; newest last.

    A new act clears what could be redone, as everywhere. What stays: the making of the register, and the
    record that a board summary or evidence was sealed, because the file is out; the closing of a session,
    because it was signed off; that another copy was taken in, because what it brought was done there; that
    values were pruned, because they are gone.
    """
    undo: list[int] = []
    redo: list[int] = []
    for seq, action, undoes in reversed(list(newest_first)):
        if action == "undo":
            if undoes in undo:
                undo.remove(undoes)
            redo.append(seq)
        elif action == "redo":
            if undoes in redo:
                redo.remove(undoes)
            undo.append(seq)
        elif action not in _STAYS:
            undo.append(seq)
            redo.clear()
    return undo, redo


def states_at(
    connection: Connection, kind: Kind, seq: int, names: frozenset[str], digest: str = "", item: str = ""
) -> dict[str, dict[str, object]]:
    """Some fields of every entry of a kind (or of one `item`) as they were after an act, removed entries left
    out.

    This is how a closed session's snapshot is read: nothing is copied, the signed history is the snapshot.
    `digest`: of the act; where this history has another act of that number, it is one of a copy that was
    brought together with this one, and what is given is how that copy was.
    """
    wanted = names | {"ref", "removed_at"}
    found: dict[str, dict[str, object]] = {}
    for id_, op, fields in _changes_until(connection, kind, seq, digest, item):
        if fields == PRUNED:  # nobody can tell any more how it was
            continue
        done = json.loads(fields)
        if op == "add":
            found[id_] = {n: value_of(kind, n, done[n]) for n in wanted if n in done}
        elif (state_then := found.get(id_)) is not None:
            for name in wanted & done.keys():
                state_then[name] = value_of(kind, name, done[name][1])
    return {id_: then for id_, then in found.items() if then.get("removed_at") is None}


def _changes_until(connection: Connection, kind: Kind, seq: int, digest: str, item: str) -> Iterator[Any]:
    """The changes of a kind up to an act, in order: of this history, or of the copy that had the act."""
    c, h = tables.changes.c, tables.merged_history.c
    elsewhere: list[int] = []
    if digest and number_of(connection, digest) is None:
        act = connection.execute(
            select(h.n, h.previous, h.seq).where(h.digest == bytes.fromhex(digest))
        ).one_or_none()
        while act is not None:
            elsewhere.insert(0, act.n)
            seq = act.seq - 1
            act = connection.execute(
                select(h.n, h.previous, h.seq).where(h.digest == act.previous)
            ).one_or_none()
    query = select(c.item, c.op, c.fields).where(c.kind == kind.name, c.seq <= seq)
    yield from connection.execute(
        (query.where(c.item == item) if item else query).order_by(c.seq, c.position)
    )
    m = tables.merged_changes.c
    for n in elsewhere:
        query = select(m.item, m.op, m.fields).where(m.act == n, m.kind == kind.name)
        yield from connection.execute((query.where(m.item == item) if item else query).order_by(m.position))
