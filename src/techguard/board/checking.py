"""Is this file what we sent? A file that came back is compared with the records of what left the register."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from . import sealing

if TYPE_CHECKING:
    from techguard.domain.items import Summary
    from techguard.register import Register

Verdict = Literal["same", "sealed anew", "altered", "unknown"]
"""The very file; another seal around the same document; a document that never left like this; not to be told
without its password.
"""

_DIGEST: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_MOST: Final = 50_000_000
"""Bytes that are looked through in all parts of a workbook together: what unpacks to more is none of ours."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a file: the verdict, the record of it, and its snapshot's number in the history.

    `claims`: of a file that is not what was sealed, the record of what it says that it is; nothing proves it.
    """

    verdict: Verdict
    digest: str
    record: Summary | None = None
    entry: int | None = None
    claims: Summary | None = None
    lock: Literal["password", "keys", ""] = ""
    """What opens the file: a password, secret keys of age, or nothing that is known here."""


def check(register: Register, data: bytes, password: str | None = None) -> Checked:
    """Compare a file with the records. With its password also what is inside, if the file is none of them; a
    file that was sealed for keys of age can only be looked into by their owners.

    Raises `NotSealed`, `WrongPassword`.
    """
    from techguard.domain.items import Summary

    digest, lock = hashlib.sha256(data).hexdigest(), sealing.opens_with(data)
    if record := _newest(register.find(Summary, file_digest=digest)):
        return Checked("same", digest, record, register.entry_with(record.snapshot), lock=lock)
    marked = _marked(register, data)
    if password is None or lock == "keys":
        return Checked("unknown", digest, entry=_entry(register, marked), claims=marked, lock=lock)
    try:
        content = sealing.unseal(data, password)
        inside = sealing.digest_of(content)
    except sealing.NotSealed:
        if marked is None:
            raise
        return Checked("altered", digest, entry=_entry(register, marked), claims=marked, lock=lock)
    if record := _newest(register.find(Summary, content_digest=inside)):
        return Checked("sealed anew", digest, record, register.entry_with(record.snapshot), lock=lock)
    named = (_newest(register.find(Summary, snapshot=said)) for said in _named_in(content))
    claims = next((record for record in named if record), marked)
    return Checked("altered", digest, entry=_entry(register, claims), claims=claims, lock=lock)


def _entry(register: Register, record: Summary | None) -> int | None:
    return register.entry_with(record.snapshot) if record else None


def _newest(found: list[Summary]) -> Summary | None:
    return found[-1] if found else None


def _marked(register: Register, data: bytes) -> Summary | None:
    """The record whose mark stands in the clear around what is sealed."""
    from techguard.domain.items import Summary

    mark = sealing.mark_on(data)
    if not mark:
        return None
    return _newest([s for s in register.find(Summary) if sealing.mark_of(s.content_digest) == mark])


def _named_in(content: bytes) -> Iterator[str]:
    """The digests of 64 digits that stand in a document, each once: that of its snapshot is among them."""
    seen = (found.decode() for part in _texts(content) for found in _DIGEST.findall(part))
    yield from dict.fromkeys(seen)


def _texts(content: bytes) -> Iterator[bytes]:
    """What of a document is text as it stands. Nothing for one that is damaged."""
    if content.startswith(b"%PDF"):
        import pikepdf

        try:
            with pikepdf.open(io.BytesIO(content)) as document:
                yield str(document.docinfo.get("/Keywords", "")).encode()
        except pikepdf.PikepdfError:
            return
    elif content.startswith(b"PK"):
        left = _MOST
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                for part in book.infolist():
                    left -= part.file_size
                    if left < 0:
                        return
                    yield book.read(part)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
            return
    else:
        yield content
