"""keys/<slot>.json: what a person needs, beside their secret, to reach the master key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from techguard.vault import box, kdf
from techguard.vault.encoding import Json, Malformed, b64, canonical, dump, fields, is_hex, load, unb64
from techguard.vault.errors import KdfOutOfBounds, SlotDamaged, SlotRefused
from techguard.vault.identity import (
    PRIVATE_BYTES,
    SEALED_MASTER_BYTES,
    CannotReceive,
    Identity,
    PublicKeys,
)
from techguard.vault.kdf import KdfParameters

FORMAT = "techguard-slot"
PERSON, RECOVERY = "person", "recovery"
KINDS = (PERSON, RECOVERY)
MOST_SLOTS = 32
MOST_BYTES = 16 * 1024
NAME_DIGITS = 16


class WrongSecret(Exception):
    """The secret does not open this slot."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot file. `keys` is sealed with the secret's key, `master` with the public key of those keys."""

    name: str
    kind: str
    vault_id: str
    cost: KdfParameters
    salt: bytes
    keys: bytes
    master: bytes

    def _context(self) -> Json:
        """What both seals are bound to: which slot, of which kind, of which vault."""
        return {"format": FORMAT, "kind": self.kind, "slot": self.name, "vault_id": self.vault_id}

    def _keys_context(self) -> bytes:
        return canonical(self._context() | {"kdf": kdf.to_json(self.cost, self.salt), "of": "private keys"})

    def _master_info(self) -> bytes:
        return canonical(self._context() | {"of": "master key"})

    def to_bytes(self) -> bytes:
        return dump(
            self._context()
            | {
                "edition": 1,
                "kdf": kdf.to_json(self.cost, self.salt),
                "keys": b64(self.keys),
                "master": b64(self.master),
            }
        )

    def open_keys(self, secret: bytes) -> Identity:
        """The private keys. Raises `WrongSecret`, or `SlotDamaged` if only the secret is right."""
        key = kdf.derive_key(secret, self.salt, self.cost)
        try:
            return Identity(box.unseal(key, self.keys, self._keys_context()))
        except box.WrongKey as error:
            raise WrongSecret from error
        except (box.Broken, ValueError) as error:
            raise SlotDamaged(slot=self.name) from error

    def open_master(self, identity: Identity) -> bytearray:
        """The master key. Raises `SlotDamaged`."""
        try:
            return identity.receive(self.master, self._master_info())
        except CannotReceive as error:
            raise SlotDamaged(slot=self.name) from error

    def with_master(self, public: PublicKeys, master: bytes | bytearray) -> Slot:
        """The same slot for a master key, new or the same: nobody's passphrase is needed for it."""
        return Slot(
            self.name,
            self.kind,
            self.vault_id,
            self.cost,
            self.salt,
            self.keys,
            public.send(master, self._master_info()),
        )


def make(
    vault_id: str,
    kind: str,
    identity: Identity,
    secret: bytes,
    cost: KdfParameters,
    master: bytes | bytearray,
) -> Slot:
    """A new slot under a new random name. Raises `KdfOutOfBounds`."""
    salt = secrets.token_bytes(kdf.SALT_BYTES)
    bare = Slot(secrets.token_hex(NAME_DIGITS // 2), kind, vault_id, cost, salt, b"", b"")
    key = kdf.derive_key(secret, salt, cost)
    keys = box.seal(key, bytes(identity.private), bare._keys_context())
    return Slot(bare.name, kind, vault_id, cost, salt, keys, b"").with_master(identity.public, master)


def parse(name: str, data: bytes) -> Slot:
    """The slot in a file called `name`. Raises `SlotDamaged` or `SlotRefused`; derives nothing."""
    try:
        _, edition, form, cost, keys, kind, master, slot, vault_id = fields(
            load(data),
            checksum=str,
            edition=int,
            format=str,
            kdf=dict,
            keys=str,
            kind=str,
            master=str,
            slot=str,
            vault_id=str,
        )
        if edition != 1 or form != FORMAT or kind not in KINDS or slot != name or not is_hex(vault_id, 32):
            raise Malformed
        parameters, salt = kdf.from_json(cost)
        return Slot(
            name,
            kind,
            vault_id,
            parameters,
            salt,
            unb64(keys, box.OVERHEAD + PRIVATE_BYTES),
            unb64(master, SEALED_MASTER_BYTES),
        )
    except KdfOutOfBounds as error:
        raise SlotRefused(slot=name, **error.facts) from error
    except Malformed as error:
        raise SlotDamaged(slot=name) from error
