"""The one way bytes are sealed with a symmetric key: AES-256-GCM with a fresh key each time, committed.

    box = 01 ‖ salt(32) ‖ commitment(32) ‖ AES-256-GCM(k, nonce = 0¹², plaintext)
    k(32) ‖ commitment(32) = HKDF-SHA256(key, salt, info = "techguard box 1" ‖ 00 ‖ context)

A random 256-bit salt gives every box its own key, so the fixed nonce is used once. AES-GCM alone can be
opened with two keys (Albertini et al., "How to Abuse and Fix Authenticated Encryption Without Key
Commitment", USENIX Security 2022); the commitment fixes key, salt and context before anything is decrypted.
This is the construction of the AWS Encryption SDK's committing suites.
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_SALT = 32
_COMMITMENT = 32
_TAG = 16
_HEADER = len(_VERSION) + _SALT + _COMMITMENT
OVERHEAD = _HEADER + _TAG
_NONCE = bytes(12)
_INFO = b"techguard box 1\x00"


class WrongKey(Exception):
    """The box commits to another key or another context."""


class Broken(Exception):
    """The bytes are not a whole box."""


def hkdf(key: bytes | bytearray, *, salt: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)


def seal(key: bytes | bytearray, plaintext: bytes, context: bytes) -> bytes:
    """Seal `plaintext` under a 32-byte `key` for one `context`. Adds `OVERHEAD` bytes."""
    salt = os.urandom(_SALT)
    okm = hkdf(key, salt=salt, info=_INFO + context, length=32 + _COMMITMENT)
    return _VERSION + salt + okm[32:] + AESGCM(okm[:32]).encrypt(_NONCE, plaintext, None)


def unseal(key: bytes | bytearray, box: bytes, context: bytes) -> bytes:
    """The plaintext. Raises `WrongKey` before decrypting anything, `Broken` if the rest does not hold."""
    if len(box) < OVERHEAD or box[:1] != _VERSION:
        raise Broken
    salt, commitment = box[1 : 1 + _SALT], box[1 + _SALT : _HEADER]
    okm = hkdf(key, salt=salt, info=_INFO + context, length=32 + _COMMITMENT)
    if not hmac.compare_digest(okm[32:], commitment):
        raise WrongKey
    try:
        return AESGCM(okm[:32]).decrypt(_NONCE, box[_HEADER:], None)
    except InvalidTag as error:
        raise Broken from error
