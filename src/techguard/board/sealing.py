"""Seals a PDF with AES-256 (PDF 2.0, security handler revision 6), from memory to memory.

A reader may print and copy; the owner password, which would lift what is not allowed, is random and thrown
away. PDF encryption keeps a secret but proves no author: the digest of the sealed file is kept in the
register.
"""

from __future__ import annotations

import hashlib
import io
import math
import secrets
from dataclasses import dataclass, field
from typing import Final

from techguard.errors import TechguardError

MOST: Final = 32
"""poppler, and viewers built on it, stop reading a password at 32 bytes."""

ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY347"
LENGTH: Final = 24
BITS: Final = LENGTH * math.log2(len(ALPHABET))


class PasswordUnusable(TechguardError):
    """The password could not be typed in every viewer. Facts: `most`."""

    what = "The password for the PDF must be 1 to {most} letters, digits and signs of ASCII."
    safe = "No file was written."
    next_step = "Choose a shorter password without Japanese characters, or let techguard make one."


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed file and its SHA-256 (hexadecimal)."""

    data: bytes = field(repr=False)
    digest: str


def new_password() -> str:
    """A random password of 24 characters that cannot be mistaken for one another (134 bits).

    In groups it would be easier to read, but a viewer takes every character as it is.
    """
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def check_password(password: str) -> str:
    """The password, if every viewer can take it. Raises `PasswordUnusable`."""
    if not 1 <= len(password) <= MOST or not (password.isascii() and password.isprintable()):
        raise PasswordUnusable(most=MOST)
    return password


def seal(pdf: bytes, password: str) -> Sealed:
    """The PDF, readable only with `password`, its metadata included. Raises `PasswordUnusable`."""
    import pikepdf

    check_password(password)
    sealed = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(
            sealed,
            encryption=pikepdf.Encryption(
                user=password,
                owner=secrets.token_urlsafe(24),
                R=6,
                aes=True,
                metadata=True,
                allow=pikepdf.Permissions(
                    accessibility=True,
                    extract=True,
                    print_lowres=True,
                    print_highres=True,
                    modify_annotation=False,
                    modify_assembly=False,
                    modify_form=False,
                    modify_other=False,
                ),
            ),
        )
    data = sealed.getvalue()
    return Sealed(data, hashlib.sha256(data).hexdigest())
