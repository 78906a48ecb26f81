"""Proof that a register is what its signed history says, row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import select, type_coerce
from sqlalchemy.types import NullType

from techguard.domain import merging
from techguard.domain.kinds import KINDS, Kind
from techguard.domain.pruning import PRUNE
from techguard.errors import TechguardError

from . import errors, history, tree
from .database import Store
from .pruning import Tombstone
from .tables import history as entries
from .tables import merged_history
from .tallies import TOPICS, Cells


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


class Key(Protocol):
    """A key of the vault's keyring: whose it is."""

    @property
    def person_id(self) -> str: ...


K = TypeVar("K", bound=Key)

Progress = Callable[[int, int], None]
"""What takes how much is done, and of how much."""


@dataclass(slots=True)
class Account:
    """What one reading of all changes gives."""

    roots: dict[int, tuple[bytes, int]]
    """The root over each act's changes, and how many they are."""
    expected: dict[str, _Expected]
    """What the entries that were asked for became."""
    unknown: dict[str, _Expected]
    """Entries that history knows and no table holds."""


def doubtful(store: Store, progress: Progress) -> tuple[dict[str, list[str]], set[str]]:
    """By kind, the entries that are not just what one line of history added; and all entries that are there.

    Most entries of a register were never changed, and of these the database itself says that they agree.
    """
    doubts: dict[str, list[str]] = {}
    present = set[str]()
    of = _count(store)
    done = 0
    for kind in KINDS.values():
        found: dict[str, None] = {}  # an entry comes once for each line of its history
        for id_, agrees in store.agreeing(kind):
            if not agrees or id_ in found or id_ in present:
                found[id_] = None
            present.add(id_)
            done += 1
            if not done % _STEP:
                progress(done, 3 * of)
        doubts[kind.name] = list(found)
    return doubts, present


def account(
    store: Store, wanted: Set[str], present: Set[str], pruned: Collection[str], progress: Progress
) -> Account:
    """Read every change once: for the roots that acts name, and for what entries became.

    `wanted`: the entries of which it is asked; those that are not `present` are always told, but for those of
    which a tombstone is left (`pruned`).
    """
    told = Account({}, {}, {})
    current, covers = 0, tree.Growing()
    of = _count(store)
    query = "SELECT seq, position, kind, item, op, salt, fields FROM changes ORDER BY seq, position"
    rows = store.connection.exec_driver_sql(query)
    for done, (seq, position, kind, item, op, salt, fields) in enumerate(rows, start=1):
        if seq != current:
            if covers.count:
                told.roots[current] = covers.root(), covers.count
            current, covers = seq, tree.Growing()
        leaf = _covered(kind, item, op, salt, fields, pruned)
        covers.add(leaf if position == covers.count else _NOTHING)
        if item in pruned:
            pass
        elif item in wanted:
            _become(told.expected, kind, item, op, fields)
        elif item not in present:
            _become(told.unknown, kind, item, op, fields)
        if not done % _STEP:
            progress(of + done, 3 * of)
    if covers.count:
        told.roots[current] = covers.root(), covers.count
    return told


_NOTHING = b""  # the hash of no change


def _covered(kind: Any, item: Any, op: Any, salt: Any, fields: Any, pruned: Collection[str]) -> bytes:
    """How an act covers a change that lies in the database, where somebody may have put anything. Values may
    lack where a tombstone says so, and nowhere else.
    """
    if not isinstance(salt, bytes) or not isinstance(fields, str):
        return _NOTHING
    if history.is_pruned(salt, fields) and item not in pruned:
        return _NOTHING
    return history.covered(kind, item, op, history.inside(salt, fields))


_STEP = 2000  # entries between two words about progress


def _count(store: Store) -> int:
    found: int = store.connection.exec_driver_sql("SELECT count(*) FROM changes").scalar_one()
    return found


def _become(expected: dict[str, _Expected], kind: str, item: str, op: str, fields: str) -> None:
    known = expected.get(item)
    if known is None:
        expected[item] = _Expected(kind, str(fields).encode())
        return
    known.changes += 1
    with suppress(ValueError, TypeError, AttributeError):
        history.apply(known.now(), history.Change(kind, item, op, json.loads(fields)))


def chain(
    store: Store,
    roots: Mapping[int, tuple[bytes, int]],
    keys: Mapping[str, K],
    check_signature: Callable[[K, bytes, bytes], None],
) -> Iterator[Finding]:
    """Every entry follows the one before, in time too, hashes to its digest, covers its changes, is signed by
    a known key.

    `roots`: over each act's changes, as they lie there, and how many. `check_signature(key, message,
    signature)` raises when a signature does not hold.
    """
    previous, expected, before = history.GENESIS, 1, None
    # As they lie in the database: what somebody wrote there need not be a moment or a digest at all.
    raw = [type_coerce(column, NullType()).label(column.name) for column in entries.columns]
    for row in store.connection.execute(select(*raw).order_by(entries.c.seq)):
        while expected < row.seq:
            yield Finding("history", errors.EntryMissing(seq=expected))
            expected += 1
        expected = row.seq + 1
        message = _message(store.vault.vault_id, dict(row._mapping))
        root, count = roots.get(row.seq, (tree.EMPTY, 0))
        if row.previous != previous:
            yield Finding("history", errors.ChainBroken(seq=row.seq))
        if hashlib.sha256(message).digest() != row.digest:
            yield Finding("history", errors.EntryAltered(seq=row.seq))
        if root != row.changes_root or count != row.change_count:
            yield Finding("history", errors.ChangesAltered(seq=row.seq))
        yield from _signed("history", row, message, keys, check_signature)
        at = history.moment_of(row.at)
        if at and before and at < before:
            yield Finding("history", errors.TimeWentBack(seq=row.seq))
        previous, before = row.digest, at or before
    for seq in sorted(roots.keys() - set(range(1, expected))):
        yield Finding("history", errors.EntryMissing(seq=seq))


def _signed(
    part: str,
    row: Any,
    message: bytes,
    keys: Mapping[str, K],
    check_signature: Callable[[K, bytes, bytes], None],
) -> Iterator[Finding]:
    """An act is signed by a key that is known, and that is of the person it names."""
    try:
        check_signature(keys[row.key], message, row.signature)
    except (KeyError, TypeError, ValueError, TechguardError):
        yield Finding(part, errors.SignatureWrong(seq=row.seq))
    else:
        if keys[row.key].person_id != row.person:
            yield Finding(part, errors.ActorWrong(seq=row.seq))


BESIDE = "history of other copies"
"""The part under which findings about acts that were taken over are told."""


def beside(
    store: Store,
    keys: Mapping[str, K],
    check_signature: Callable[[K, bytes, bytes], None],
    pruned: Collection[str] = (),
) -> Iterator[Finding]:
    """The acts of other copies are whole and signed by who they name, each stands on one that is here, each
    was taken over by an act of merging; and such an act wrote only what one of the copies had, or what was
    settled.
    """
    places = dict[bytes, int]()
    for table in (entries, merged_history):
        query = select(table.c.digest, table.c.seq)
        places |= {row.digest: row.seq for row in store.connection.execute(query)}
    roots = _roots_beside(store, pruned)
    above: dict[bytes, list[bytes]] = {}
    raw = [type_coerce(column, NullType()).label(column.name) for column in merged_history.columns]
    for row in store.connection.execute(select(*raw).order_by(merged_history.c.n)):
        message = _message(store.vault.vault_id, dict(row._mapping))
        above[row.digest] = [row.previous, *([row.merges] if row.merges else [])]
        if row.previous != history.GENESIS and places.get(row.previous) != row.seq - 1:
            yield Finding(BESIDE, errors.ChainBroken(seq=row.seq))
        if hashlib.sha256(message).digest() != row.digest:
            yield Finding(BESIDE, errors.EntryAltered(seq=row.seq))
        if roots.pop(row.n, (tree.EMPTY, 0)) != (row.changes_root, row.change_count):
            yield Finding(BESIDE, errors.ChangesAltered(seq=row.seq))
        yield from _signed(BESIDE, row, message, keys, check_signature)
    reached = set[bytes]()
    merges = store.connection.execute(
        select(entries.c.seq, entries.c.merges).where(entries.c.merges.is_not(None))
    ).all()
    for seq, head in merges:
        if head not in places:
            yield Finding(BESIDE, errors.MergedMissing(seq=seq))
        waiting = [head]
        while waiting:
            digest = waiting.pop()
            if digest in above and digest not in reached:
                reached.add(digest)
                waiting += above[digest]
    for digest in above.keys() - reached:
        yield Finding(BESIDE, errors.MergedStray(seq=places[digest]))
    for seq in [seq for seq, _ in merges]:
        yield from _brought(store, seq)


def pruned(store: Store, left: Mapping[str, Tombstone], present: Set[str]) -> Iterator[Finding]:
    """Of what was pruned nothing is there but what its acts cover."""
    still = left.keys() & present
    for table in ("changes", "merged_changes"):
        query = f"SELECT item, salt, fields FROM {table} WHERE op <> ?"  # noqa: S608 our own names
        rows = store.connection.exec_driver_sql(query, (PRUNE,)) if left else ()
        still |= {item for item, salt, fields in rows if item in left and not _is_pruned(salt, fields)}
    for item in sorted(still):
        yield Finding("register", errors.PrunedStill(ref=left[item].ref))


def _is_pruned(salt: Any, fields: Any) -> bool:
    return isinstance(salt, bytes) and isinstance(fields, str) and history.is_pruned(salt, fields)


def _roots_beside(store: Store, pruned: Collection[str]) -> dict[int, tuple[bytes, int]]:
    covers: dict[int, tree.Growing] = {}
    query = "SELECT act, position, kind, item, op, salt, fields FROM merged_changes ORDER BY act, position"
    for act, position, kind, item, op, salt, fields in store.connection.exec_driver_sql(query):
        growing = covers.setdefault(act, tree.Growing())
        leaf = _covered(kind, item, op, salt, fields, pruned)
        growing.add(leaf if position == growing.count else _NOTHING)
    return {act: (growing.root(), growing.count) for act, growing in covers.items()}


def _brought(store: Store, seq: int) -> Iterator[Finding]:
    """An act of merging wrote into each field what somebody had written there in one of the copies."""
    written = {}
    for item, kind, op, fields in store.connection.exec_driver_sql(
        "SELECT item, kind, op, fields FROM changes WHERE seq = ? ORDER BY position", (seq,)
    ):
        if op != merging.SETTLE and kind in KINDS:
            written[item] = kind, op, _read(fields)
    known = _signed_values(store, written, seq)
    for item, (name, op, fields) in written.items():
        kind = KINDS[name]
        skipped = merging.computed(kind) | {"ref", merging.REMOVED}
        wrong = []
        for field, value in fields.items():
            after = (
                value if op == "add" else value[1] if isinstance(value, list) and len(value) == 2 else value
            )
            signed = known.get((item, field), [])
            spec = kind.by_name.get(field)
            if field in skipped or after is None or after in signed:
                continue
            members = after if spec is not None and spec.many and isinstance(after, list) else [after]
            if not all(
                any(m in (list_ or ()) for list_ in signed if isinstance(list_, list)) for m in members
            ):
                wrong.append(field)
        if wrong:
            ref = store.ref_of(kind, item)
            yield Finding(BESIDE, errors.MergedDiffers(seq=seq, ref=ref, fields=tuple(sorted(wrong))))


def _signed_values(store: Store, items: Iterable[str], seq: int) -> dict[tuple[str, str], list[Any]]:
    """Every value that acts before one of merging, here and in other copies, gave the fields of entries."""
    found: dict[tuple[str, str], list[Any]] = {}
    for item in items:
        for op, line in store.connection.exec_driver_sql(
            "SELECT op, fields FROM changes WHERE item = ? AND seq < ?"
            " UNION ALL SELECT op, fields FROM merged_changes WHERE item = ?",
            (item, seq, item),
        ):
            for field, value in _read(line).items():
                both = [value] if op == "add" or not isinstance(value, list) else value
                found.setdefault((item, field), []).extend(both)
    return found


def _read(line: str) -> dict[str, Any]:
    """The fields of a change; none of one that somebody altered, which is found with its act."""
    try:
        return dict(json.loads(line))
    except (ValueError, TypeError):
        return {}


def _message(vault_id: str, entry: Mapping[str, Any]) -> bytes:
    """What was signed; nothing for an entry that is none."""
    try:
        return history.preimage(vault_id, entry)
    except (TypeError, ValueError):
        return b""


def agreement(store: Store, doubts: Mapping[str, Sequence[str]], told: Account) -> Iterator[Finding]:
    """Every entry of the register is what its history adds up to, and history knows every entry.

    `doubts`: the entries by kind of which this is not known yet.
    """
    for name, ids in doubts.items():
        kind = KINDS[name]
        seen = set[str]()
        try:
            for state in store.states(kind, ids):
                seen.add(state[0])
                yield from _compared(kind, told.expected, *state)
        except _UNREADABLE:
            yield from _one_by_one(store, kind, [id_ for id_ in ids if id_ not in seen], told.expected)
    for id_, known in told.unknown.items():
        yield Finding("register", errors.ItemVanished(ref=known.now().get("ref", id_)))


def moments(store: Store) -> Iterator[Finding]:
    """When an entry was recorded and changed last is when the acts were that did it."""
    for kind in KINDS.values():
        for id_, fields in store.misdated(kind):
            yield Finding("register", errors.ItemAltered(ref=store.ref_of(kind, id_), fields=fields))


_UNREADABLE = (ValueError, TypeError, ArithmeticError, AttributeError)
"""What reading raises when somebody wrote a value that is none of the field's."""


def _compared(
    kind: Kind, expected: dict[str, _Expected], id_: str, ref: str, version: int, state: dict[str, object]
) -> Iterator[Finding]:
    known = expected.pop(id_, None)
    if known is None or known.kind != kind.name:
        yield Finding("register", errors.ItemUnrecorded(ref=ref, kind=kind.name))
        return
    then = known.now()
    differing = [name for name in sorted({*then, *state}) if then.get(name) != state.get(name)]
    if version != known.changes:
        differing.append("version")
    if differing:
        yield Finding("register", errors.ItemAltered(ref=ref, fields=tuple(differing)))


def _one_by_one(
    store: Store, kind: Kind, ids: Sequence[str], expected: dict[str, _Expected]
) -> Iterator[Finding]:
    """Entries of a kind among which a value cannot be read: finds whose, and which."""
    for id_ in ids:
        try:
            state = next(iter(store.states(kind, [id_])))
        except _UNREADABLE:
            expected.pop(id_, None)
            fields = tuple(store.unreadable(kind, id_, _UNREADABLE))
            yield Finding("register", errors.ItemAltered(ref=store.ref_of(kind, id_), fields=fields))
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


def tallies(kept: Cells, counted: Cells) -> Iterator[Finding]:
    """What is kept is what is counted."""
    if dict(kept) != dict(counted):
        kinds = {
            KINDS[TOPICS[topic].kind].plural for (topic, _cell), _count in kept.items() ^ counted.items()
        }
        yield Finding("register", errors.TalliesDiffer(kinds=tuple(sorted(kinds))))


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
