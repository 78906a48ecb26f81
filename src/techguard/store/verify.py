"""Proof that a register is what its signed history says, row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, type_coerce
from sqlalchemy.types import NullType

from techguard.domain.kinds import KINDS, Kind
from techguard.errors import TechguardError

from . import errors, history
from .database import Store
from .tables import changes
from .tables import history as entries
from .tallies import Cells


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which part, and what, as an error that was not raised."""

    part: str
    problem: TechguardError

    @property
    def code(self) -> str:
        """A stable name for programs."""
        return type(self.problem).__name__


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and what was found."""

    findings: tuple[Finding, ...]
    entries: int
    items: int
    head: str

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def chain(store: Store, keys: Mapping[str, object], check_signature: object) -> Iterator[Finding]:
    """Every entry follows the one before, hashes to its digest, covers its changes, is signed by a known key.

    `check_signature(key, message, signature)` raises when a signature does not hold.
    """
    assert callable(check_signature)
    previous, expected = history.GENESIS, 1
    digests = _change_digests(store)
    # As they lie in the database: what somebody wrote there need not be a moment or a digest at all.
    raw = [type_coerce(column, NullType()).label(column.name) for column in entries.columns]
    for row in store.connection.execute(select(*raw).order_by(entries.c.seq)):
        while expected < row.seq:
            yield Finding("history", errors.EntryMissing(seq=expected))
            expected += 1
        expected = row.seq + 1
        message = _message(store.vault.vault_id, dict(row._mapping))
        digest, count = digests.get(row.seq, (history.digest_of(()), 0))
        if row.previous != previous:
            yield Finding("history", errors.ChainBroken(seq=row.seq))
        if hashlib.sha256(message).digest() != row.digest:
            yield Finding("history", errors.EntryAltered(seq=row.seq))
        if digest != row.changes_digest or count != row.change_count:
            yield Finding("history", errors.ChangesAltered(seq=row.seq))
        try:
            check_signature(keys[row.key], message, row.signature)
        except (KeyError, TypeError, ValueError, TechguardError):
            yield Finding("history", errors.SignatureWrong(seq=row.seq))
        previous = row.digest
    for seq in sorted(digests.keys() - set(range(1, expected))):
        yield Finding("history", errors.EntryMissing(seq=seq))


def _message(vault_id: str, entry: Mapping[str, Any]) -> bytes:
    """What was signed; nothing for an entry that is none."""
    try:
        return history.preimage(vault_id, entry)
    except (TypeError, ValueError):
        return b""


def _change_digests(store: Store) -> dict[int, tuple[bytes, int]]:
    found: dict[int, tuple[bytes, int]] = {}
    current, hasher, count = 0, hashlib.sha256(), 0
    query = select(changes).order_by(changes.c.seq, changes.c.position)
    for row in store.connection.execute(query):
        if row.seq != current:
            if count:
                found[current] = hasher.digest(), count
            current, hasher, count = row.seq, hashlib.sha256(b"techguard history changes v1\n"), 0
        hasher.update(f"{row.kind}\t{row.item}\t{row.op}\t{row.fields}\n".encode())
        count += 1
    if count:
        found[current] = hasher.digest(), count
    return found


def agreement(store: Store) -> Iterator[Finding]:
    """Every entry of the register is what its history adds up to, and history knows every entry."""
    expected = _expected(store)
    for kind in KINDS.values():
        seen = set[str]()
        try:
            for state in store.states(kind):
                seen.add(state[0])
                yield from _compared(kind, expected, *state)
        except _UNREADABLE:
            yield from _one_by_one(store, kind, expected, seen)
    for id_, known in expected.items():
        yield Finding("register", errors.ItemVanished(ref=known.now().get("ref", id_)))


_UNREADABLE = (ValueError, TypeError, ArithmeticError, AttributeError)
"""What reading raises when somebody wrote a value that is none of the field's."""


def _compared(
    kind: Kind, expected: dict[str, _Expected], id_: str, ref: str, version: int, state: dict[str, object]
) -> Iterator[Finding]:
    known = expected.pop(id_, None)
    if known is None or known.kind != kind.name:
        yield Finding("register", errors.ItemUnrecorded(ref=ref, kind=kind.name))
        return
    if known.changes == 1 and version == 1 and known.line == history.canonical(state).encode():
        return
    then = known.now()
    differing = [name for name in sorted({*then, *state}) if then.get(name) != state.get(name)]
    if version != known.changes:
        differing.append("version")
    if differing:
        yield Finding("register", errors.ItemAltered(ref=ref, fields=", ".join(differing)))


def _one_by_one(
    store: Store, kind: Kind, expected: dict[str, _Expected], seen: set[str]
) -> Iterator[Finding]:
    """The rest of a kind in which a value cannot be read: finds whose, and which."""
    for id_, ref in store.identities(kind):
        if id_ in seen:
            continue
        try:
            state = next(iter(store.states(kind, id_)))
        except _UNREADABLE:
            expected.pop(id_, None)
            fields = ", ".join(store.unreadable(kind, id_, _UNREADABLE))
            yield Finding("register", errors.ItemAltered(ref=ref, fields=fields))
        else:
            yield from _compared(kind, expected, *state)


@dataclass(slots=True)
class _Expected:
    """What history says of an entry: the line that added it, and once it was changed, what it became."""

    kind: str
    line: bytes
    changes: int = 1
    state: dict[str, Any] | None = None

    def now(self) -> dict[str, Any]:
        """What the entry became. A line that is not what was signed is found with the history entries."""
        if self.state is None:
            try:
                self.state = dict(json.loads(self.line))
            except (ValueError, TypeError):
                self.state = {}
        return self.state


def _expected(store: Store) -> dict[str, _Expected]:
    found: dict[str, _Expected] = {}
    for row in store.connection.execute(select(changes).order_by(changes.c.seq, changes.c.position)):
        known = found.get(row.item)
        if known is None:
            found[row.item] = _Expected(row.kind, str(row.fields).encode())
            continue
        known.changes += 1
        with suppress(ValueError, TypeError, AttributeError):
            history.apply(known.now(), history.Change(row.kind, row.item, row.op, json.loads(row.fields)))
    return found


def tallies(kept: Cells, counted: Cells) -> Iterator[Finding]:
    """What is kept is what is counted."""
    if dict(kept) != dict(counted):
        kinds = {KINDS[kind].plural for (kind, _cell), _count in kept.items() ^ counted.items()}
        yield Finding("register", errors.TalliesDiffer(kinds=", ".join(sorted(kinds))))


def head(store: Store, sealed: tuple[int, bytes] | None) -> Iterator[Finding]:
    """The history ends where the head beside it says, or later."""
    newest = history.head(store.connection)
    if sealed is None:
        return
    seq, digest = sealed
    if seq > newest.seq:
        yield Finding("head", errors.RolledBack(seq=newest.seq, head=seq))
        return
    found = store.connection.execute(
        select(entries.c.digest).where(entries.c.seq == seq)
    ).scalar_one_or_none()
    if seq and found != digest:
        yield Finding("head", errors.HeadDiffers(seq=seq))
