"""Proof that whoever acted was entitled to: by a key that was theirs, and within the access they had then.

Access and keys of a person are fields of their entry, which the signed history carries. So the proof begins
with the first act, whose person makes the register and is its first editor, and goes on from act to act: who
gives access needs it. What the keyring says beside it is only asked what kind a key is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from techguard.domain.access import Deed, allows
from techguard.domain.words import Access
from techguard.vault.slots import INVITATION

from . import errors
from .database import Store
from .verify import Finding

if TYPE_CHECKING:
    from techguard.vault import VerifyKey

FIELDS = ("access", "signing_keys")
"""The fields of a person in which history says what they may do, and which keys sign for them."""

_ACTS = "SELECT seq, person, key, review FROM history ORDER BY seq"
_PEOPLE = "SELECT seq, item, op, fields FROM changes WHERE kind = 'person' ORDER BY seq, position"
_DEEDS = "SELECT kind, item, op, fields FROM changes WHERE seq = ? ORDER BY position"


class _Entitled:
    """What each person may do and which keys sign for them, as far as the history was read."""

    def __init__(self, changes: Iterable[tuple[int, str, str, Any]]) -> None:
        self._changes = iter(changes)
        self._next = next(self._changes, None)
        self._access: dict[str, str | None] = {}
        self._keys: dict[str, list[str]] = {}

    def read_to(self, seq: int) -> None:
        """Take in what the acts up to `seq` say."""
        while self._next is not None and self._next[0] <= seq:
            _, item, op, fields = self._next
            with suppress(ValueError, TypeError, LookupError, AttributeError):  # found as an altered change
                stated = json.loads(fields)
                for name, held in (("access", self._access), ("signing_keys", self._keys)):
                    if op == "add":
                        held[item] = stated.get(name)
                    elif name in stated:
                        held[item] = stated[name][1]
            self._next = next(self._changes, None)

    def signs_for(self, person: str, key: str) -> bool:
        return key in (self._keys.get(person) or ())

    def access(self, person: str) -> Access | None:
        with suppress(ValueError):
            return Access(self._access.get(person) or "")
        return None


def proof(store: Store, keys: Mapping[str, VerifyKey]) -> Iterator[Finding]:
    """Every act is signed by a key that was its person's then, and is within their access then."""
    ask = store.connection.exec_driver_sql
    known = _Entitled((row[0], row[1], row[2], row[3]) for row in ask(_PEOPLE))
    for seq, person, key, review in ask(_ACTS).fetchall():
        # The first act says itself who its person is; every other stands on the acts before it.
        known.read_to(seq if seq == 1 else seq - 1)
        if not known.signs_for(person, key):
            yield Finding("history", errors.KeyNotVouched(seq=seq))
            continue
        invited = key in keys and keys[key].kind == INVITATION
        access = known.access(person)
        if access is Access.EDITOR and not invited:
            continue
        deeds = [_deed(*row) for row in ask(_DEEDS, (seq,))]
        if not allows(access, person, deeds, session=bool(review), invited=invited):
            yield Finding("history", errors.AccessExceeded(seq=seq))


def ever(store: Store) -> set[str]:
    """Everybody whom this history ever gave access, whether they have it still or not."""
    rows = store.connection.exec_driver_sql(_PEOPLE)
    return {item for _seq, item, op, fields in rows if "access" in _deed("person", item, op, fields).fields}


def _deed(kind: Any, item: Any, op: Any, fields: Any) -> Deed:
    """A change as it lies there. One that cannot be read is nobody's right."""
    with suppress(ValueError, TypeError):
        return Deed(kind, item, op, frozenset(json.loads(fields)))
    return Deed("", "", "", frozenset())
