"""History: what was done, by whom, chained and signed in the transaction that did it.

An entry is one act of one person. It covers its changes by their digest, and the entry before it by that
one's digest; the person's Ed25519 key signs its bytes. Whoever alters a row, an entry, or the order of
entries has to forge a signature. Formats are specified in docs/reference/history-format.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select
from sqlalchemy import insert as sql_insert

from techguard.domain.fields import Choice, FieldType
from techguard.domain.items import Item
from techguard.domain.kinds import Kind

from . import tables

GENESIS = b"\x00" * 32
"""What the first entry names as the digest before it."""


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

    `op` is add, change, remove or restore. `fields` maps a field to [before, after] in JSON values; for an
    addition, to the value alone.
    """

    kind: str
    item: str
    op: str
    fields: Mapping[str, Any]

    def line(self) -> str:
        """The canonical line that the entry's digest covers."""
        return f"{self.kind}\t{self.item}\t{self.op}\t{canonical(self.fields)}\n"


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: the same bytes for the same value, always."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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
    kept = {name: p for name in kind.by_name if (p := plain(values[name])) is not None}
    if item.removed_at is not None:
        kept["removed_at"] = plain(item.removed_at)
    return {"ref": item.ref, **kept}


def added(item: Item, kind: Kind) -> Change:
    """The change that adds an entry."""
    return Change(kind.name, item.id, "add", state(item, kind))


def changed(before: Item, after: Item, kind: Kind) -> Change | None:
    """The change between two versions of an entry, or None if they are the same."""
    old, new = state(before, kind), state(after, kind)
    fields = {
        name: [old.get(name), new.get(name)]
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    }
    if not fields:
        return None
    op = "change"
    if "removed_at" in fields:
        op = "restore" if fields["removed_at"][1] is None else "remove"
    return Change(kind.name, before.id, op, fields)


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


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: its number and digest. An empty history has number 0 and the genesis digest."""

    seq: int
    digest: bytes


def head(connection: Connection) -> Head:
    """The newest entry of a database."""
    h = tables.history
    row = connection.execute(select(h.c.seq, h.c.digest).order_by(h.c.seq.desc()).limit(1)).first()
    return Head(row.seq, row.digest) if row else Head(0, GENESIS)


def preimage(vault_id: str, entry: Mapping[str, Any]) -> bytes:
    """The bytes of an entry that are hashed and signed."""
    fields = ("seq", "at", "person", "key", "action", "reason", "review", "undoes", "change_count")
    document = {name: plain(entry[name]) for name in fields}
    document |= {
        "vault": vault_id,
        "changes": bytes(entry["changes_digest"]).hex(),
        "previous": bytes(entry["previous"]).hex(),
    }
    return b"techguard history entry v1\n" + canonical(document).encode()


def digest_of(lines: Iterable[str]) -> bytes:
    """The digest of an act's changes, in their order."""
    hasher = hashlib.sha256(b"techguard history changes v1\n")
    for line in lines:
        hasher.update(line.encode())
    return hasher.digest()


def append(
    connection: Connection,
    signer: Signer,
    at: datetime,
    done: list[Change],
    *,
    action: str,
    reason: str = "",
    review: str | None = None,
    undoes: int | None = None,
) -> Head:
    """Write an act into history; it must run inside the transaction of the changes themselves."""
    before = head(connection)
    rows = []
    hasher = hashlib.sha256(b"techguard history changes v1\n")
    for position, change in enumerate(done):
        fields = canonical(change.fields)
        hasher.update(f"{change.kind}\t{change.item}\t{change.op}\t{fields}\n".encode())
        rows.append(
            {
                "seq": before.seq + 1,
                "position": position,
                "kind": change.kind,
                "item": change.item,
                "op": change.op,
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
        "changes_digest": hasher.digest(),
        "previous": before.digest,
    }
    message = preimage(signer.vault_id, entry)
    entry["digest"] = hashlib.sha256(message).digest()
    entry["signature"] = signer.sign(message)
    connection.execute(sql_insert(tables.history), entry)
    connection.execute(sql_insert(tables.changes), rows)
    return Head(entry["seq"], entry["digest"])


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
        .where(c.item.in_(list(items)), c.op == "change")
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


_STAYS = frozenset({"create", "board", "close"})


def stacks(newest_first: Iterable[tuple[int, str, int | None]]) -> tuple[list[int], list[int]]:
    """From (seq, action, undoes): acts that can be undone, and undoings that can be taken back; newest last.

    A new act clears what could be redone, as everywhere. What stays: the making of the register, and the
    record that a board summary was sealed, because the file is out; the closing of a session, because it was
    signed off.
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
    connection: Connection, kind: Kind, seq: int, names: frozenset[str]
) -> dict[str, dict[str, object]]:
    """Some fields of every entry of a kind as they were after an act, removed entries left out.

    This is how a closed session's snapshot is read: nothing is copied, the signed history is the snapshot.
    """
    c = tables.changes
    wanted = names | {"ref", "removed_at"}
    found: dict[str, dict[str, object]] = {}
    query = (
        select(c.c.item, c.c.op, c.c.fields)
        .where(c.c.kind == kind.name, c.c.seq <= seq)
        .order_by(c.c.seq, c.c.position)
    )
    for item, op, fields in connection.execute(query):
        done = json.loads(fields)
        if op == "add":
            found[item] = {n: value_of(kind, n, done[n]) for n in wanted if n in done}
        else:
            state_then = found[item]
            for name in wanted & done.keys():
                state_then[name] = value_of(kind, name, done[name][1])
    return {item: then for item, then in found.items() if then.get("removed_at") is None}
