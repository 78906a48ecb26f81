"""Proof that whoever acted was entitled to: by a key that was theirs, within the access they had then, and
without touching what belongs to a session that was closed.

Access and keys of a person are fields of their entry, which the signed history carries. So the proof begins
with the first act, whose person makes the register and is its first editor, and goes on from act to act: who
gives access needs it. An act of another copy is held against the acts before it there: the line that it
stands on leaves this history where the copies parted. What the keyring says beside it is only asked what kind
a key is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from techguard.domain import closing
from techguard.domain.access import Deed, allows
from techguard.domain.pruning import PRUNE
from techguard.domain.words import Access
from techguard.vault.slots import INVITATION

from . import errors, history
from .database import Store
from .verify import BESIDE, Finding

if TYPE_CHECKING:
    from techguard.errors import TechguardError
    from techguard.vault import VerifyKey

FIELDS = ("access", "signing_keys")
"""The fields of a person in which history says what they may do, and which keys sign for them."""

_ACTS = (
    "SELECT {number}, seq, person, key, review, merges, previous, digest FROM {acts} ORDER BY seq, {number}"
)
_STATED = (
    "SELECT {act}, kind, item, op, fields FROM {changes} "
    "WHERE kind IN ('person', 'review') ORDER BY {act}, position"
)
_IN_SESSIONS = (
    "SELECT {act}, kind, item, op, fields FROM {changes} WHERE kind IN ('review', 'outcome') "
    "OR (kind IN ({stated_in}) AND instr(fields, '\"review\"'))"
)
_OUTCOMES = "SELECT item, fields FROM {changes} WHERE kind = 'outcome' AND op = 'add'"
_DEEDS = "SELECT kind, item, op, fields FROM {changes} WHERE {act} = ? ORDER BY position"
_PARTED = "SELECT previous FROM merged_history"


class _Where(NamedTuple):
    """Where one of the two histories lies: its acts and what counts them, their changes and what those name
    their act by.
    """

    acts: str
    number: str
    changes: str
    act: str

    def asked(self, query: str) -> str:
        """A query above, of this one."""
        stated_in = ",".join(f"'{kind}'" for kind in sorted(closing.STATED_IN))
        return query.format(**self._asdict(), stated_in=stated_in)


_HERE = _Where("history", "seq", "changes", "seq")
_BESIDE = _Where("merged_history", "n", "merged_changes", "act")


class _Act(NamedTuple):
    """An act as it lies there; `place` is what its changes are found by."""

    place: int
    seq: int
    person: str
    key: str
    review: str | None
    merges: bytes | None
    previous: bytes
    digest: bytes


Stated = tuple[str, str, str, Any]
"""What an act says of a person's or a session's entry: the kind, which, how, and the fields."""


class _Entitled:
    """What each person may do, which keys sign for them and which sessions there are, as far as a line of
    acts was read.
    """

    def __init__(
        self, access: Mapping[str, str | None], keys: Mapping[str, list[str]], closed: Mapping[str, bool]
    ) -> None:
        self._access = dict(access)
        self._keys = dict(keys)
        self._closed = dict(closed)

    def after(self, stated: Sequence[Stated]) -> Self:
        """What holds once an act has said this."""
        if not stated:
            return self
        then = type(self)(self._access, self._keys, self._closed)
        for kind, item, op, fields in stated:
            with suppress(ValueError, TypeError, LookupError, AttributeError):  # found as an altered change
                said = json.loads(fields)
                if kind == "review":
                    if op in {"remove", PRUNE}:
                        then._closed.pop(item, None)
                    elif op in {"add", "restore"} or "closed_at" in said:
                        then._closed[item] = op != "restore" and _new(op, said, "closed_at") is not None
                    continue
                for name, held in (("access", then._access), ("signing_keys", then._keys)):
                    if op == "add" or name in said:
                        value = _new(op, said, name)
                        held.pop(item, None)
                        if value:
                            held[item] = value
        return then

    def signs_for(self, person: str, key: str) -> bool:
        return key in (self._keys.get(person) or ())

    def access(self, person: str) -> Access | None:
        with suppress(ValueError):
            return Access(self._access.get(person) or "")
        return None

    def closed(self, review: str) -> bool | None:
        """Whether a session is closed; None if there is none, or it was taken out."""
        return self._closed.get(review)


def _new(op: str, said: Mapping[str, Any], name: str) -> Any:
    """The value of a field after a change that says it."""
    return said.get(name) if op == "add" else said[name][1]


class _Judge:
    """Holds acts of one of the two histories against what the acts before them say."""

    def __init__(
        self, store: Store, keys: Mapping[str, VerifyKey], sessions: Mapping[str, str], where: _Where
    ) -> None:
        self._ask = store.connection.exec_driver_sql
        self._invited = {id_ for id_, key in keys.items() if key.kind == INVITATION}
        self._deeds = where.asked(_DEEDS)
        self._stated: dict[int, list[Stated]] = {}
        for place, *said in self._ask(where.asked(_STATED)):
            self._stated.setdefault(place, []).append((said[0], said[1], said[2], said[3]))
        self._touched: dict[int, set[str]] = {}
        """By act, the sessions to whose content it adds, or of which it changes something."""
        for place, kind, item, op, fields in self._ask(where.asked(_IN_SESSIONS)):
            with suppress(ValueError, TypeError, AttributeError):
                found = closing.touched(kind, op, item, json.loads(fields), sessions.get)
                self._touched.setdefault(place, set()).update(found)

    def after(self, act: _Act, before: _Entitled) -> _Entitled:
        """What holds after an act."""
        return before.after(self._stated.get(act.place, ()))

    def fault(self, act: _Act, known: _Entitled) -> TechguardError | None:
        """What is wrong with an act, by what held before it."""
        if not known.signs_for(act.person, act.key):
            return errors.KeyNotVouched(seq=act.seq)
        if act.merges is None and any(known.closed(session) for session in self._touched.get(act.place, ())):
            return errors.SessionRewritten(seq=act.seq)
        invited, access = act.key in self._invited, known.access(act.person)
        if access is Access.EDITOR and not invited:
            return None
        deeds = [_deed(*row) for row in self._ask(self._deeds, (act.place,))]
        if allows(access, act.person, deeds, session=self._in_session(act, known), invited=invited):
            return None
        return errors.AccessExceeded(seq=act.seq)

    def _in_session(self, act: _Act, known: _Entitled) -> bool:
        """Whether an act belongs to a session that is there, and that nobody had closed before."""
        if act.review is None or known.closed(act.review):
            return False
        return self.after(act, known).closed(act.review) is not None


def proof(store: Store, keys: Mapping[str, VerifyKey]) -> Iterator[Finding]:
    """Every act, here and taken over from other copies, is signed by a key that was its person's then, and is
    within their access then.
    """
    ask = store.connection.exec_driver_sql
    parted = {previous for (previous,) in ask(_PARTED)}
    lines: dict[Any, _Entitled] = {history.GENESIS: _Entitled({}, {}, {})}
    sessions = _sessions(store)
    here = _Judge(store, keys, sessions, _HERE)
    known = _Entitled({}, {}, {})
    for row in ask(_HERE.asked(_ACTS)).fetchall():
        act, after = _Act(*row), here.after(_Act(*row), known)
        # The first act says itself who its person is; every other stands on the acts before it.
        fault = here.fault(act, after if act.seq == 1 else known)
        known = after
        if fault is not None:
            yield Finding("history", fault)
        if act.digest in parted:
            lines[act.digest] = known
    if parted:
        yield from _beside(
            map(_Act._make, ask(_BESIDE.asked(_ACTS)).fetchall()),
            lines,
            parted,
            _Judge(store, keys, sessions, _BESIDE),
        )


def _sessions(store: Store) -> dict[str, str]:
    """The session of every outcome there was, here or in another copy."""
    found: dict[str, str] = {}
    for where in (_BESIDE, _HERE):
        for item, fields in store.connection.exec_driver_sql(where.asked(_OUTCOMES)):
            with suppress(ValueError, TypeError, LookupError):
                found[item] = json.loads(fields)["review"]
    return found


def _beside(
    acts: Iterable[_Act], lines: dict[Any, _Entitled], parted: set[Any], there: _Judge
) -> Iterator[Finding]:
    """The same of acts of other copies, in an order in which each comes after those it stands on. One that
    stands on nothing is found with the chain; that a register began twice gives nobody any right.
    """
    for act in acts:
        known = lines.get(act.previous)
        if known is None:
            continue
        fault = there.fault(act, known)
        if fault is not None:
            yield Finding(BESIDE, fault)
        if act.digest in parted:
            lines[act.digest] = there.after(act, known)


def ever(store: Store) -> set[str]:
    """Everybody whom this history ever gave access, whether they have it still or not."""
    rows = store.connection.exec_driver_sql(_HERE.asked(_STATED))
    return {
        item
        for _seq, kind, item, op, fields in rows
        if kind == "person" and "access" in _deed(kind, item, op, fields).fields
    }


def _deed(kind: Any, item: Any, op: Any, fields: Any) -> Deed:
    """A change as it lies there. One that cannot be read is nobody's right."""
    with suppress(ValueError, TypeError):
        return Deed(kind, item, op, frozenset(json.loads(fields)))
    return Deed("", "", "", frozenset())
