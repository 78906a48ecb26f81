"""Seals a document in every format, from memory to memory, and opens it again to look whether it is the same.

- PDF: AES-256 (PDF 2.0, security handler revision 6). A reader may print and copy; the owner password, which
  would lift what is not allowed, is random and thrown away.
- Web page: AES-256-GCM, opened by the browser (`lockpage`).
- Workbook: Office's agile encryption with AES-256 and SHA-512 ([MS-OFFCRYPTO] 2.3.4.10).
- age (age-encryption.org/v1): any of the three, for public keys or a password.

None of them proves an author: the digests of the sealed file and of what is inside are kept in the register.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from techguard.domain.words import FileFormat
from techguard.errors import TechguardError
from techguard.i18n import Language

MOST: Final = 32
"""poppler, and viewers built on it, stop reading a password at 32 bytes."""

ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY347"
LENGTH: Final = 24
BITS: Final = LENGTH * math.log2(len(ALPHABET))

STRONG: Final = 3
"""The score (`techguard.vault.passphrase.strength`) a chosen password of a web page needs: about 55 bits."""


class PasswordUnusable(TechguardError):
    """The password could not be typed in every viewer. Facts: `most`."""

    what = "The password must be 1 to {most} letters, digits and signs of ASCII."
    safe = "No file was written."
    next_step = "Choose a shorter password without Japanese characters, or let techguard make one."


class PasswordWeak(TechguardError):
    """A web page's password that would be found by trying."""

    what = "The password is too easy to guess for a web page: whoever has the file can try without end."
    safe = "No file was written."
    next_step = "Let techguard make one, or choose one of at least 16 characters that are not words."


class KeyUnusable(TechguardError):
    """What was given as an age public key is none. Facts: `key`."""

    what = "{key} is no age public key; one begins with age1 and has 62 characters."
    safe = "No file was written."
    next_step = "Ask the recipient for it: age-keygen -y prints it."


class KeySecret(TechguardError):
    """A secret key was given where a public one is due. It is not shown."""

    what = "That is a secret key of age, which nobody but its owner may have."
    safe = "No file was written, and the key was not kept."
    next_step = (
        "Give the public key, which begins with age1. Whoever sent the secret one should make a new one."
    )


class NotSealed(TechguardError):
    """The file is none that is sealed here."""

    what = "The file is no sealed PDF, web page, workbook or age file, or it is damaged."


class WrongPassword(TechguardError):
    """The password does not open the file."""

    exit_code = 3
    what = "The password does not open the file."
    next_step = "Check the password."


class TooMuchWork(TechguardError):
    """An age file asks for more work than this machine does in the time that age allows: at least 16 times
    what it does in a second."""

    what = "Opening this age file would take this machine too long. It was sealed for a much faster one."
    next_step = "Try again when nothing else is running, or have it sealed anew."


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed file with its SHA-256, and that of what is inside (hexadecimal)."""

    data: bytes = field(repr=False)
    digest: str
    inside: str


@dataclass(frozen=True, slots=True)
class _Outside:
    """What a sealed file says to whoever has no password, where its format says anything."""

    language: Language
    mark: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The recipients' age public keys. Raises `KeyUnusable`, `KeySecret`."""

    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        for key in self.keys:
            _recipient(key)


Lock = str | Keys
"""What opens a file: a password, or the secret key to one of some public keys (age only)."""


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


def check_chosen(password: str, kind: FileFormat) -> str:
    """A password that a person chose, if the format can rest on it.

    Raises `PasswordUnusable`, `PasswordWeak`.
    """
    from techguard.vault.passphrase import strength

    if kind is FileFormat.HTML and strength(check_password(password)).score < STRONG:
        raise PasswordWeak
    return check_password(password)


def seal(content: bytes, lock: Lock, kind: FileFormat = FileFormat.PDF, language: Language = "ja") -> Sealed:
    """A composed document, readable only with `lock`; `language` is that of what a web page says before.

    Raises `PasswordUnusable`. Keys go with the forms in age only (ValueError).
    """
    if isinstance(lock, str):
        check_password(lock)
    elif not kind.in_age:
        raise ValueError("keys open age files only")
    inside = digest_of(content)
    if isinstance(lock, str):
        data = _SEALS[kind](content, lock, _Outside(language, mark_of(inside)))
    else:
        data = _age_for(content, lock)
    return Sealed(data, hashlib.sha256(data).hexdigest(), inside)


def mark_of(inside: str) -> str:
    """What a PDF and a web page carry in the clear, by the digest of what is inside (32 hexadecimal digits).

    The register knows by it which file an altered one claims to be. It tells others nothing.
    """
    return hashlib.sha256(f"techguard mark {inside}".encode()).hexdigest()[:32]


def mark_on(data: bytes) -> str:
    """The mark that a file carries in the clear; "" where there is none."""
    found = _MARK_OF_PDF.search(data[-_TAIL:]) if data.startswith(b"%PDF") else _MARK_OF_PAGE.search(data)
    return found[1].decode().lower() if found else ""


_TAIL: Final = 2**16
_MARK_OF_PDF: Final = re.compile(rb"/ID\s*\[\s*<([0-9a-fA-F]{32})>")
_MARK_OF_PAGE: Final = re.compile(rb'<pre id="sealed"[^>]* data-mark="([0-9a-f]{32})"')


def opens_with(data: bytes) -> Literal["password", "keys", ""]:
    """What opens a file, by its beginning: a password, secret keys of age, or nothing that is known here."""
    if data.startswith(_AGE):
        return "password" if _FOR_A_PASSWORD.match(data) else "keys"
    return "password" if data.startswith(tuple(_OPENS)) else ""


_AGE: Final = b"age-encryption.org/v1"
_FOR_A_PASSWORD: Final = re.compile(_AGE + rb"\r?\n-> scrypt ")


def unseal(data: bytes, password: str) -> bytes:
    """What is inside a sealed file. Raises `NotSealed`, `WrongPassword`, `TooMuchWork`."""
    for magic, opens in _OPENS.items():
        if data.startswith(magic):
            return opens(data, password)
    raise NotSealed


def digest_of(content: bytes) -> str:
    """The SHA-256 of what is inside. Of a PDF it is taken over its objects: every program that opens or seals
    one writes the same objects in other bytes. Raises `NotSealed` for a PDF that is damaged.
    """
    if content.startswith(b"%PDF"):
        import pikepdf

        from .pdfdigest import digest

        try:
            return digest(content)
        except (pikepdf.PikepdfError, RecursionError):
            raise NotSealed from None
    return hashlib.sha256(content).hexdigest()


# --- PDF -------------------------------------------------------------------------------------------------


def _pdf(pdf: bytes, password: str, outside: _Outside) -> bytes:
    import pikepdf

    sealed = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        mark = bytes.fromhex(outside.mark)
        document.trailer.ID = pikepdf.Array([pikepdf.String(mark), pikepdf.String(mark)])
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
    return sealed.getvalue()


def _open_pdf(data: bytes, password: str) -> bytes:
    import pikepdf

    def opened(password: str) -> bytes:
        plain = io.BytesIO()
        with pikepdf.open(io.BytesIO(data), password=password) as document:
            document.save(plain, encryption=False)
        return plain.getvalue()

    try:
        try:
            return opened("")  # whose seal somebody took off; with a password pikepdf would warn
        except pikepdf.PasswordError:
            return opened(password)
    except pikepdf.PasswordError:
        raise WrongPassword from None
    except pikepdf.PikepdfError:
        raise NotSealed from None


# --- web page --------------------------------------------------------------------------------------------


def _html(html: bytes, password: str, outside: _Outside) -> bytes:
    from . import lockpage

    return lockpage.lock(html, password, outside.language, outside.mark)


def _open_html(data: bytes, password: str) -> bytes:
    from . import lockpage

    try:
        return lockpage.unlock(data, password)
    except lockpage.InvalidTag:
        raise WrongPassword from None
    except ValueError:
        raise NotSealed from None


# --- workbook --------------------------------------------------------------------------------------------


def _xlsx(workbook: bytes, password: str, _outside: _Outside) -> bytes:
    """As `OOXMLFile.encrypt` does, with a better key: that one draws 128 bits and fills them up. Here the
    wrapped key is drawn, 256 bits, and the content key is what unwraps from it: as random, and whole.
    """
    from msoffcrypto.method.container.ecma376_encrypted import ECMA376Encrypted
    from msoffcrypto.method.ecma376_agile import ECMA376Agile as Agile

    info, _ = Agile.generate_encryption_parameters(password)
    wrap = info.encryptedKey
    info.encryptedKeyValue = secrets.token_bytes(wrap.keyBits // 8)
    key = Agile.makekey_from_password(
        password, wrap.saltValue, wrap.hashName, info.encryptedKeyValue, info.spinCount, wrap.keyBits
    )
    content = Agile.encrypt_payload(io.BytesIO(workbook), wrap, key, info.keyData.saltValue)
    sealed = io.BytesIO()
    ECMA376Encrypted(content, Agile.get_encryption_information(info, content, key)).write_to(sealed)
    return sealed.getvalue()


def _open_xlsx(data: bytes, password: str) -> bytes:
    import struct
    from xml.parsers.expat import ExpatError

    import msoffcrypto

    faults = msoffcrypto.exceptions
    damage = (faults.FileFormatError, faults.DecryptionError, OSError, ValueError, LookupError, struct.error)
    plain = io.BytesIO()
    try:
        file: Any = msoffcrypto.OfficeFile(io.BytesIO(data))
        try:
            file.load_key(password=password, verify_password=True)
        except faults.InvalidKeyError:
            raise WrongPassword from None
        file.decrypt(plain, verify_integrity=True)
    except (*damage, faults.InvalidKeyError, ExpatError):  # by its name also: the content was altered
        raise NotSealed from None
    return plain.getvalue()


# --- age -------------------------------------------------------------------------------------------------


def _recipient(key: str) -> Any:
    import pyrage

    if key.upper().startswith("AGE-SECRET-KEY"):
        raise KeySecret
    try:
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise KeyUnusable(key=key) from None


def _age_for(content: bytes, lock: Keys) -> bytes:
    import pyrage

    sealed: bytes = pyrage.encrypt(content, [_recipient(key) for key in lock.keys])
    return sealed


def _age(content: bytes, password: str, _outside: _Outside) -> bytes:
    import pyrage

    sealed: bytes = pyrage.passphrase.encrypt(content, password)
    return sealed


def _open_age(data: bytes, password: str) -> bytes:
    import pyrage

    for last in (False, False, True):
        try:
            plain: bytes = pyrage.passphrase.decrypt(data, password)
        except pyrage.DecryptError as error:
            # The library tells its cases apart by their words alone.
            if str(error) == "Decryption failed":
                raise WrongPassword from None
            if not str(error).startswith("Excessive work"):
                raise NotSealed from None
            if last:  # how much this machine can do is measured anew each time: once it may have been busy
                raise TooMuchWork from None
        else:
            return plain
    raise AssertionError("the last round returns or raises")


_SEALS: Mapping[FileFormat, Callable[[bytes, str, _Outside], bytes]] = {
    FileFormat.PDF: _pdf,
    FileFormat.HTML: _html,
    FileFormat.XLSX: _xlsx,
    **dict.fromkeys((kind for kind in FileFormat if kind.in_age), _age),
}
_OPENS: Mapping[bytes, Callable[[bytes, str], bytes]] = {
    b"%PDF-": _open_pdf,
    b"<!DOCTYPE html>": _open_html,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _open_xlsx,
    _AGE: _open_age,
}
