"""vault.json: what this vault is, and the sealed set of its keys.

For each slot it holds the hash of the slot's file and the master key, sealed to the public key that the file
guards. The keyring (who the keys belong to) is sealed under the master key; its context is everything else in
the file. So one seal vouches for the format, the vault id, the generation, and every slot; and replacing this
one file replaces the master key for everybody at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from techguard.vault import box, slots
from techguard.vault.encoding import (
    Json,
    Malformed,
    b64,
    canonical,
    dump,
    fields,
    is_hex,
    load,
    load_canonical,
    unb64,
)
from techguard.vault.errors import DescriptionDamaged, NewerFormat, NotAVault, SlotSetTampered
from techguard.vault.identity import (
    ED25519_PUBLIC_BYTES,
    HPKE_PUBLIC_BYTES,
    MLDSA65_PUBLIC_BYTES,
    SEALED_MASTER_BYTES,
    PublicKeys,
)
from techguard.vault.slots import INVITATION

FORMAT = "techguard-vault"
EDITION = 1
MOST_BYTES = 8 * 1024 * 1024
MASTER_BYTES = 32
MOST_GENERATION = 2**31 - 1  # it is kept in the database's user_version too, a signed 32-bit number


@dataclass(frozen=True, slots=True)
class Key:
    """One key pair of the keyring: active while `slot` names a file, retired since `retired` otherwise.

    `until`: the last day (UTC) of an invitation.
    """

    public: PublicKeys
    kind: str
    person: str
    slot: str
    since: int
    retired: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every key this vault ever knew, by key id, and the people's names. Retired keys verify old history.

    `previous`: the master key before this one, while the database may still be under it; else empty.
    """

    people: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    previous: bytes = b""

    def active(self) -> dict[str, Key]:
        return {key_id: key for key_id, key in self.keys.items() if key.retired is None}

    def to_json(self) -> Json:
        return {
            "keys": {
                key_id: {
                    "ed25519": b64(key.public.ed25519),
                    "hpke": b64(key.public.hpke),
                    "kind": key.kind,
                    "mldsa65": b64(key.public.mldsa65),
                    "person": key.person,
                    "retired": key.retired or 0,
                    "since": key.since,
                    "slot": key.slot,
                    "until": key.until.isoformat() if key.until else "",
                }
                for key_id, key in self.keys.items()
            },
            "people": self.people,
            "previous": b64(self.previous),
        }

    @classmethod
    def from_json(cls, value: Json) -> Keyring:
        """Raises `Malformed`."""
        keys, people, previous = fields(value, keys=dict, people=dict, previous=str)
        ring = cls(
            people,
            {key_id: _key(entry) for key_id, entry in keys.items()},
            unb64(previous, MASTER_BYTES) if previous else b"",
        )
        if not all(isinstance(name, str) for name in people.values()) or any(
            key_id != key.public.key_id or key.person not in people for key_id, key in ring.keys.items()
        ):
            raise Malformed
        return ring


def _key(value: Any) -> Key:
    if not isinstance(value, dict):
        raise Malformed
    ed25519, hpke, kind, mldsa65, person, retired, since, slot, until = fields(
        value,
        ed25519=str,
        hpke=str,
        kind=str,
        mldsa65=str,
        person=str,
        retired=int,
        since=int,
        slot=str,
        until=str,
    )
    if kind not in slots.KINDS or (kind == INVITATION) != bool(until):
        raise Malformed
    public = PublicKeys(
        unb64(hpke, HPKE_PUBLIC_BYTES),
        unb64(ed25519, ED25519_PUBLIC_BYTES),
        unb64(mldsa65, MLDSA65_PUBLIC_BYTES),
    )
    return Key(public, kind, person, slot, since, retired or None, _day(until) if until else None)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Malformed from error
    if day.isoformat() != text:
        raise Malformed
    return day


@dataclass(frozen=True, slots=True)
class Listed:
    """A slot as vault.json lists it: the hash of its file (hexadecimal), and the master key sealed for it."""

    file: str
    master: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """vault.json as read: nothing in it is believed before `keyring` has opened.

    `slots` have their file in the vault, `invitations` have theirs elsewhere.
    """

    vault_id: str
    generation: int
    slots: Mapping[str, Listed]
    invitations: Mapping[str, Listed] = field(default_factory=dict)
    sealed_keyring: bytes = b""

    @property
    def listed(self) -> dict[str, Listed]:
        """Every slot, those of invitations too."""
        return {**self.slots, **self.invitations}

    def _head(self) -> Json:
        return {
            "edition": EDITION,
            "format": FORMAT,
            "generation": self.generation,
            "invitations": _listed_json(self.invitations),
            "slots": _listed_json(self.slots),
            "vault_id": self.vault_id,
        }

    def to_bytes(self) -> bytes:
        return dump(self._head() | {"keyring": b64(self.sealed_keyring)})

    def sealed(self, key: bytes, ring: Keyring) -> Manifest:
        """The same manifest vouched for by `key` together with `ring`."""
        return replace(self, sealed_keyring=box.seal(key, canonical(ring.to_json()), canonical(self._head())))

    def keyring(self, key: bytes) -> Keyring:
        """The keyring, if `key` vouches for this very set of slots. Raises `SlotSetTampered`."""
        try:
            ring = Keyring.from_json(
                load_canonical(box.unseal(key, self.sealed_keyring, canonical(self._head())))
            )
        except (box.WrongKey, box.Broken, Malformed) as error:
            raise SlotSetTampered from error
        active = ring.active().values()
        invited = {key.slot for key in active if key.kind == INVITATION}
        if invited != self.invitations.keys() or {key.slot for key in active} - invited != self.slots.keys():
            raise SlotSetTampered
        return ring


def _listed_json(listed: Mapping[str, Listed]) -> Json:
    return {name: {"file": slot.file, "master": b64(slot.master)} for name, slot in listed.items()}


def _listed(value: Json) -> dict[str, Listed]:
    """Raises `Malformed`."""
    found = {}
    for name, entry in value.items():
        if not is_hex(name, slots.NAME_DIGITS) or not isinstance(entry, dict):
            raise Malformed
        file, master = fields(entry, file=str, master=str)
        if not is_hex(file, 64):
            raise Malformed
        found[name] = Listed(file, unb64(master, SEALED_MASTER_BYTES))
    return found


def slot_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parse(data: bytes) -> Manifest:
    """vault.json. Raises `NotAVault`, `DescriptionDamaged`, or `NewerFormat` for a whole file of a later
    edition.

    Every edition keeps this: canonical JSON, and the fields `format`, `edition` and `checksum`. So damage
    is told from a newer format.
    """
    try:
        value = load(data)
        if value.get("format") != FORMAT:
            raise NotAVault
        edition = value.get("edition")
        if type(edition) is not int or edition < 1:
            raise Malformed
        if edition > EDITION:
            raise NewerFormat(edition=edition, known=EDITION)
        _, _, _, generation, invited, sealed, listed, vault_id = fields(
            value,
            checksum=str,
            edition=int,
            format=str,
            generation=int,
            invitations=dict,
            keyring=str,
            slots=dict,
            vault_id=str,
        )
        if (
            not 1 <= generation <= MOST_GENERATION
            or not is_hex(vault_id, 32)
            or not listed
            or len(listed) + len(invited) > slots.MOST_SLOTS
            or listed.keys() & invited.keys()
        ):
            raise Malformed
        return Manifest(vault_id, generation, _listed(listed), _listed(invited), unb64(sealed))
    except Malformed as error:
        raise DescriptionDamaged from error
