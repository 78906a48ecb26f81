"""keys/<slot>.json: what a person needs, beside their secret, to reach their private keys.

The master key is sealed to the public half of those keys in vault.json, so that one file decides who opens
the vault. An invitation is a slot file too, which is kept outside of the vault.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import NamedTuple

from techguard.vault import box, kdf
from techguard.vault.encoding import Json, Malformed, b64, canonical, dump, fields, is_hex, load, unb64
from techguard.vault.errors import KdfOutOfBounds, SlotDamaged, SlotRefused, SlotSetTampered
from techguard.vault.identity import PRIVATE_BYTES, CannotReceive, CannotSend, Identity, PublicKeys
from techguard.vault.kdf import KdfParameters

FORMAT = "techguard-slot"
PERSON, RECOVERY, INVITATION = "person", "recovery", "invitation"
KINDS = (PERSON, RECOVERY, INVITATION)
MOST_SLOTS = 64
MOST_BYTES = 16 * 1024
NAME_DIGITS = 16


class WrongSecret(Exception):
    """The secret does not open this slot."""


class SlotKey(NamedTuple):
    """What `Slot.derive` gave for one slot: it opens that slot, and nothing after the slot was replaced."""

    slot: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot file: a person's private keys, sealed with the key that is derived from their secret.

    `key_file`: whether the secret is a passphrase and a key file together.
    """

    name: str
    kind: str
    vault_id: str
    cost: KdfParameters
    salt: bytes
    keys: bytes
    key_file: bool = False

    def _context(self) -> Json:
        """What both seals are bound to: which slot, of which kind, of which vault."""
        return {"format": FORMAT, "kind": self.kind, "slot": self.name, "vault_id": self.vault_id}

    def _keys_context(self) -> bytes:
        return canonical(
            self._context()
            | {"kdf": kdf.to_json(self.cost, self.salt), "key_file": self.key_file, "of": "private keys"}
        )

    def to_bytes(self) -> bytes:
        return dump(
            self._context()
            | {
                "edition": 1,
                "kdf": kdf.to_json(self.cost, self.salt),
                "key_file": self.key_file,
                "keys": b64(self.keys),
            }
        )

    def open_keys(self, secret: bytes) -> Identity:
        """The private keys. Raises `WrongSecret`, or `SlotDamaged` if only the secret is right."""
        return self.open_with(self.derive(secret))

    def derive(self, secret: bytes) -> bytes:
        """The key that `keys` is sealed with, if the secret is right."""
        return kdf.derive_key(secret, self.salt, self.cost)

    def open_with(self, key: bytes) -> Identity:
        """The private keys by a key that was derived before. Raises as `open_keys`."""
        try:
            return Identity(box.unseal(key, self.keys, self._keys_context()))
        except box.WrongKey as error:
            raise WrongSecret from error
        except (box.Broken, ValueError) as error:
            raise SlotDamaged(slot=self.name) from error

    def open_master(self, identity: Identity, sealed: bytes) -> bytearray:
        """The master key that vault.json holds sealed for this slot. Raises `SlotSetTampered`."""
        try:
            return identity.receive(sealed, master_info(self.vault_id, self.kind, self.name))
        except CannotReceive as error:
            raise SlotSetTampered from error


def master_info(vault_id: str, kind: str, name: str) -> bytes:
    """What a master key is sealed for: one slot of one kind of one vault."""
    return canonical({"format": FORMAT, "kind": kind, "of": "master key", "slot": name, "vault_id": vault_id})


def seal_master(public: PublicKeys, master: bytes | bytearray, vault_id: str, kind: str, name: str) -> bytes:
    """The master key for a slot, new or the same: nobody's passphrase is needed for it.

    Raises `SlotSetTampered`: somebody who has the master key wrote a public key that is none.
    """
    try:
        return public.send(master, master_info(vault_id, kind, name))
    except CannotSend as error:
        raise SlotSetTampered from error


def make(
    vault_id: str,
    kind: str,
    identity: Identity,
    secret: bytes,
    cost: KdfParameters,
    *,
    key_file: bool = False,
) -> Slot:
    """A new slot under a new random name. Raises `KdfOutOfBounds`."""
    salt = secrets.token_bytes(kdf.SALT_BYTES)
    bare = Slot(secrets.token_hex(NAME_DIGITS // 2), kind, vault_id, cost, salt, b"", key_file)
    keys = box.seal(bare.derive(secret), bytes(identity.private), bare._keys_context())
    return replace(bare, keys=keys)


def parse(name: str | None, data: bytes) -> Slot:
    """The slot in a file called `name`; None for an invitation, which may be called anything.

    Raises `SlotDamaged` or `SlotRefused`; derives nothing.
    """
    try:
        _, edition, form, cost, key_file, keys, kind, slot, vault_id = fields(
            load(data),
            checksum=str,
            edition=int,
            format=str,
            kdf=dict,
            key_file=bool,
            keys=str,
            kind=str,
            slot=str,
            vault_id=str,
        )
        if edition != 1 or form != FORMAT or kind not in KINDS or not is_hex(vault_id, 32):
            raise Malformed
        if slot != (slot if name is None else name) or not is_hex(slot, NAME_DIGITS):
            raise Malformed
        parameters, salt = kdf.from_json(cost)
        return Slot(
            slot,
            kind,
            vault_id,
            parameters,
            salt,
            unb64(keys, box.OVERHEAD + PRIVATE_BYTES),
            key_file,
        )
    except KdfOutOfBounds as error:
        raise SlotRefused(slot=name or "", **error.facts) from error
    except Malformed as error:
        raise SlotDamaged(slot=name or "") from error
