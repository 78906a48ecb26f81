"""vault.json: what this vault is, and the sealed set of its keys.

The keyring (who the keys belong to) is sealed under the master key; its context is everything else in the
file. So one seal vouches for the format, the vault id, the generation, and the name and hash of every slot
file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
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
    PublicKeys,
)

FORMAT = "techguard-vault"
EDITION = 1
MOST_BYTES = 8 * 1024 * 1024
MOST_GENERATION = 2**31 - 1  # it is kept in the database's user_version too, a signed 32-bit number


@dataclass(frozen=True, slots=True)
class Key:
    """One key pair of the keyring: active while `slot` names a file, retired since `retired` otherwise."""

    public: PublicKeys
    kind: str
    person: str
    slot: str
    since: int
    retired: int | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every key this vault ever knew, by key id, and the people's names. Retired keys verify old history."""

    people: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)

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
                }
                for key_id, key in self.keys.items()
            },
            "people": self.people,
        }

    @classmethod
    def from_json(cls, value: Json) -> Keyring:
        """Raises `Malformed`."""
        keys, people = fields(value, keys=dict, people=dict)
        ring = cls(people, {key_id: _key(entry) for key_id, entry in keys.items()})
        if not all(isinstance(name, str) for name in people.values()) or any(
            key_id != key.public.key_id or key.person not in people for key_id, key in ring.keys.items()
        ):
            raise Malformed
        return ring


def _key(value: Any) -> Key:
    if not isinstance(value, dict):
        raise Malformed
    ed25519, hpke, kind, mldsa65, person, retired, since, slot = fields(
        value, ed25519=str, hpke=str, kind=str, mldsa65=str, person=str, retired=int, since=int, slot=str
    )
    public = PublicKeys(
        unb64(hpke, HPKE_PUBLIC_BYTES),
        unb64(ed25519, ED25519_PUBLIC_BYTES),
        unb64(mldsa65, MLDSA65_PUBLIC_BYTES),
    )
    return Key(public, kind, person, slot, since, retired or None)


@dataclass(frozen=True, slots=True)
class Manifest:
    """vault.json as read: nothing in it is believed before `keyring` has opened."""

    vault_id: str
    generation: int
    slots: dict[str, str]
    sealed_keyring: bytes = b""

    def _head(self) -> Json:
        return {
            "edition": EDITION,
            "format": FORMAT,
            "generation": self.generation,
            "slots": self.slots,
            "vault_id": self.vault_id,
        }

    def to_bytes(self) -> bytes:
        return dump(self._head() | {"keyring": b64(self.sealed_keyring)})

    def sealed(self, key: bytes, ring: Keyring) -> Manifest:
        """The same manifest vouched for by `key` together with `ring`."""
        return Manifest(
            self.vault_id,
            self.generation,
            self.slots,
            box.seal(key, canonical(ring.to_json()), canonical(self._head())),
        )

    def keyring(self, key: bytes) -> Keyring:
        """The keyring, if `key` vouches for this very set of slots. Raises `SlotSetTampered`."""
        try:
            ring = Keyring.from_json(
                load_canonical(box.unseal(key, self.sealed_keyring, canonical(self._head())))
            )
        except (box.WrongKey, box.Broken, Malformed) as error:
            raise SlotSetTampered from error
        if {key.slot for key in ring.active().values()} != self.slots.keys():
            raise SlotSetTampered
        return ring


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
        _, _, _, generation, sealed, listed, vault_id = fields(
            value,
            checksum=str,
            edition=int,
            format=str,
            generation=int,
            keyring=str,
            slots=dict,
            vault_id=str,
        )
        if (
            not 1 <= generation <= MOST_GENERATION
            or not is_hex(vault_id, 32)
            or not 1 <= len(listed) <= slots.MOST_SLOTS
            or not all(
                is_hex(name, slots.NAME_DIGITS) and is_hex(digest, 64) for name, digest in listed.items()
            )
        ):
            raise Malformed
        return Manifest(vault_id, generation, listed, unb64(sealed))
    except Malformed as error:
        raise DescriptionDamaged from error
