"""A person's keys: one pair to receive the master key, two to sign.

Receiving is HPKE (RFC 9180) with the hybrid of ML-KEM-768 and X25519, so that what is sealed today stays
sealed when either falls. Every change is signed with Ed25519; checkpoints with ML-DSA-65 (FIPS 204) as
well.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from techguard.vault.errors import BadSignature

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

_MLKEM_SEED, _X25519, _ED25519, _MLDSA_SEED = 64, 32, 32, 32
PRIVATE_BYTES = _MLKEM_SEED + _X25519 + _ED25519 + _MLDSA_SEED

_MLKEM_PUBLIC = 1184
HPKE_PUBLIC_BYTES = _MLKEM_PUBLIC + 32
ED25519_PUBLIC_BYTES = 32
MLDSA65_PUBLIC_BYTES = 1952

# HPKE encapsulation (1120) + the 32-byte master key + its tag (16).
SEALED_MASTER_BYTES = 1120 + 32 + 16


class CannotReceive(Exception):
    """What was sealed is not for this key, or not for this purpose."""


class CannotSend(Exception):
    """A public key that nobody's private key can have."""


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public halves, as raw bytes."""

    hpke: bytes
    ed25519: bytes
    mldsa65: bytes

    @property
    def key_id(self) -> str:
        """The first 16 bytes of SHA-256 over the two signing keys, in hexadecimal."""
        return _key_id(self.ed25519, self.mldsa65)

    def send(self, secret: bytes | bytearray, info: bytes) -> bytes:
        """Seal `secret` so that only the private half opens it, for the purpose `info`.

        Raises `CannotSend`.
        """
        try:
            public = MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(self.hpke[:_MLKEM_PUBLIC]),
                X25519PublicKey.from_public_bytes(self.hpke[_MLKEM_PUBLIC:]),
            )
            return _SUITE.encrypt(secret, public, info=info)
        except ValueError as error:
            raise CannotSend from error


@lru_cache(256)
def _key_id(ed25519: bytes, mldsa65: bytes) -> str:
    return hashlib.sha256(b"techguard key id\x00" + ed25519 + mldsa65).hexdigest()[:32]


class Identity:
    """The private keys, kept as one bytearray that `wipe` overwrites."""

    def __init__(self, private: bytes | bytearray) -> None:
        if len(private) != PRIVATE_BYTES:
            raise ValueError("a person's private keys have a fixed length")
        self.private = bytearray(private)

    @classmethod
    def generate(cls) -> Identity:
        """New keys: every part of the encoding is a uniformly random seed or key."""
        return cls(os.urandom(PRIVATE_BYTES))

    def _part(self, start: int, length: int) -> bytes:
        return bytes(self.private[start : start + length])

    def _receiving(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        return (
            MLKEM768PrivateKey.from_seed_bytes(self._part(0, _MLKEM_SEED)),
            X25519PrivateKey.from_private_bytes(self._part(_MLKEM_SEED, _X25519)),
        )

    @cached_property
    def _ed25519(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._part(_MLKEM_SEED + _X25519, _ED25519))

    @cached_property
    def _mldsa65(self) -> MLDSA65PrivateKey:
        return MLDSA65PrivateKey.from_seed_bytes(self._part(PRIVATE_BYTES - _MLDSA_SEED, _MLDSA_SEED))

    @cached_property
    def public(self) -> PublicKeys:
        mlkem, x25519 = self._receiving()
        return PublicKeys(
            hpke=mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw(),
            ed25519=self._ed25519.public_key().public_bytes_raw(),
            mldsa65=self._mldsa65.public_key().public_bytes_raw(),
        )

    def receive(self, sealed: bytes, info: bytes) -> bytearray:
        """Open what `PublicKeys.send` sealed. Raises `CannotReceive`."""
        try:
            return bytearray(_SUITE.decrypt(sealed, MLKEM768X25519PrivateKey(*self._receiving()), info=info))
        except InvalidTag as error:
            raise CannotReceive from error

    def sign(self, message: bytes) -> bytes:
        """Ed25519 (RFC 8032), 64 bytes."""
        return self._ed25519.sign(message)

    def sign_mldsa65(self, message: bytes) -> bytes:
        """ML-DSA-65 (FIPS 204) with an empty context, 3309 bytes."""
        return self._mldsa65.sign(message)

    def wipe(self) -> None:
        """Overwrite the private keys and drop what was made of them (the library frees its own copies)."""
        self.private[:] = bytes(len(self.private))
        for name in ("_ed25519", "_mldsa65"):
            self.__dict__.pop(name, None)


def verify_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Check a signature by the length of the raw public key: 32 bytes Ed25519, 1952 bytes ML-DSA-65.

    Returns nothing when it holds. Raises `BadSignature` otherwise, also for a key of another length.
    """
    try:
        if len(public) == ED25519_PUBLIC_BYTES:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        elif len(public) == MLDSA65_PUBLIC_BYTES:
            MLDSA65PublicKey.from_public_bytes(public).verify(signature, message)
        else:
            raise BadSignature
    except (InvalidSignature, ValueError) as error:
        raise BadSignature from error
