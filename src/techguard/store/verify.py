"""Proof that a register is what its signed history says, row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from techguard.domain.kinds import KINDS
from techguard.errors import TechguardError

from . import errors, history
from .database import Store
from .tables import changes
from .tables import history as entries


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
    for row in store.connection.execute(select(entries).order_by(entries.c.seq)):
        while expected < row.seq:
            yield Finding("history", errors.EntryMissing(seq=expected))
            expected += 1
        expected = row.seq + 1
        entry = dict(row._mapping)
        message = history.preimage(store.vault.vault_id, entry)
        digest, count = digests.get(row.seq, (history.digest_of(()), 0))
        if row.previous != previous:
            yield Finding("history", errors.ChainBroken(seq=row.seq))
        if hashlib.sha256(message).digest() != row.digest:
            yield Finding("history", errors.EntryAltered(seq=row.seq))
        if digest != row.changes_digest or count != row.change_count:
            yield Finding("history", errors.ChangesAltered(seq=row.seq))
        try:
            check_signature(keys[row.key], message, row.signature)
        except (KeyError, TechguardError):
            yield Finding("history", errors.SignatureWrong(seq=row.seq))
        previous = row.digest
    for seq in sorted(digests.keys() - set(range(1, expected))):
        yield Finding("history", errors.EntryMissing(seq=seq))


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
        for id_, ref, version, state in store.states(kind):
            known = expected.pop(id_, None)
            if known is None or known.kind != kind.name:
                yield Finding("register", errors.ItemUnrecorded(ref=ref, kind=kind.name))
                continue
            if known.changes == 1 and version == 1 and known.line == history.canonical(state).encode():
                continue
            then = known.state if known.state is not None else json.loads(known.line)
            differing = [name for name in sorted({*then, *state}) if then.get(name) != state.get(name)]
            if version != known.changes:
                differing.append("version")
            if differing:
                yield Finding("register", errors.ItemAltered(ref=ref, fields=", ".join(differing)))
    for id_, known in expected.items():
        then = known.state if known.state is not None else json.loads(known.line)
        yield Finding("register", errors.ItemVanished(ref=then.get("ref", id_)))


@dataclass(slots=True)
class _Expected:
    """What history says of an entry: the line that added it, and once it was changed, what it became."""

    kind: str
    line: bytes
    changes: int = 1
    state: dict[str, object] | None = None


def _expected(store: Store) -> dict[str, _Expected]:
    found: dict[str, _Expected] = {}
    for row in store.connection.execute(select(changes).order_by(changes.c.seq, changes.c.position)):
        known = found.get(row.item)
        if known is None:
            found[row.item] = _Expected(row.kind, row.fields.encode())
            continue
        if known.state is None:
            known.state = json.loads(known.line)
        known.changes += 1
        history.apply(known.state, history.Change(row.kind, row.item, row.op, json.loads(row.fields)))
    return found


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
