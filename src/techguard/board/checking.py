"""Is this file what we sent? A file that came back is compared with the records of what left the register."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from . import sealing

if TYPE_CHECKING:
    from techguard.domain.items import Summary
    from techguard.register import Register

Verdict = Literal["same", "sealed anew", "altered", "unknown"]
"""The very file; another seal around the same document; a document that never left like this; not to be told
without its password.
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a file: the verdict, the record of it, and its snapshot's number in the history."""

    verdict: Verdict
    digest: str
    record: Summary | None = None
    entry: int | None = None


def check(register: Register, data: bytes, password: str | None = None) -> Checked:
    """Compare a file with the records. With its password also what is inside, if the file is none of them.

    Raises `NotSealed`, `WrongPassword`.
    """
    from techguard.domain.items import Summary

    digest = hashlib.sha256(data).hexdigest()
    if record := _newest(register.find(Summary, file_digest=digest)):
        return Checked("same", digest, record, register.entry_with(record.snapshot))
    if password is None:
        return Checked("unknown", digest)
    inside = sealing.digest_of(sealing.unseal(data, password))
    if record := _newest(register.find(Summary, content_digest=inside)):
        return Checked("sealed anew", digest, record, register.entry_with(record.snapshot))
    return Checked("altered", digest)


def _newest(found: list[Summary]) -> Summary | None:
    return found[-1] if found else None
