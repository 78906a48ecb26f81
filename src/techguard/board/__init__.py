"""The board summary: composed as a plain document, set as pages, sealed with a password.

    document = board.compose(register, redaction=RedactionLevel.R1, lang="ja")
    sealed = board.seal(board.render(document), board.new_password())

or, in one step that also keeps a record in the register, `board.produce`. Nothing readable touches the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from techguard.domain.words import Language as Written
from techguard.domain.words import RedactionLevel
from techguard.i18n import Language

from .document import BoardSummary
from .pages import plain_text
from .sealing import PasswordUnusable, Sealed, check_password, new_password, seal
from .typeset import missing_in, render, set_pages

if TYPE_CHECKING:
    from techguard.domain.items import Summary
    from techguard.register import Register

__all__ = [
    "BoardSummary",
    "PasswordUnusable",
    "Produced",
    "RedactionLevel",
    "Sealed",
    "check_password",
    "compose",
    "hand_out",
    "new_password",
    "plain_text",
    "produce",
    "render",
    "seal",
    "set_pages",
]


@dataclass(frozen=True, slots=True)
class Produced:
    """A summary that was written: where, its SHA-256, what is in it, and which characters show as 〓."""

    path: Path
    digest: str
    document: BoardSummary
    missing: str


def compose(
    register: Register,
    *,
    redaction: RedactionLevel = RedactionLevel.R1,
    lang: Language = "ja",
    review: str | None = None,
    matter: str | None = None,
) -> BoardSummary:
    """The summary of a register as a plain document. Nothing that `redaction` hides is in it.

    `review`: the session it reports (reference or id); without it, the one in preparation or held last.
    `matter`: for R2, the engagement, technology or exposure it is about; without it, that of the worst
    exposure. Raises `NotFound`.
    """
    from .composition import compose_from
    from .gather import gather

    facts = gather(register, redaction=redaction, review=review, matter=matter)
    return compose_from(facts, redaction=redaction, language=Written(lang))


def produce(
    register: Register,
    output: Path,
    *,
    redaction: RedactionLevel = RedactionLevel.R1,
    lang: Language = "ja",
    password: str,
    review: str | None = None,
    matter: str | None = None,
    recipients: tuple[str, ...] = (),
) -> Produced:
    """Compose, set, seal and write a summary; where the register can be written, record it there too.

    The file appears sealed and whole (mode 0600) or not at all, and never without its record. Raises
    `PasswordUnusable` before anything is done, `NotFound`, and the errors of the disk.
    """
    from techguard.domain.items import Summary

    from .composition import compose_from
    from .gather import gather

    check_password(password)
    facts = gather(register, redaction=redaction, review=review, matter=matter)
    document = compose_from(facts, redaction=redaction, language=Written(lang))
    sealed = seal(render(document), password)
    record = Summary(
        title=document.title.session or document.title.as_of.isoformat(),
        period=document.title.period,
        language=Written(lang),
        redaction=redaction,
        recipients=recipients,
        snapshot=document.record.snapshot,
        file_digest=sealed.digest,
        sealed_at=register.now,
        review=facts.review.id if facts.review else None,
    )
    hand_out(register, output, sealed, record)
    return Produced(output, sealed.digest, document, missing_in(document, lang))


def hand_out(register: Register, output: Path, sealed: Sealed, record: Summary) -> None:
    """Write a sealed file and, where the register can be written, the record that it left the register."""
    from techguard.vault.files import write_atomically

    if register.read_only:
        write_atomically(output, sealed.data)
        return
    with _taken_back(output), register.act(action="board"):
        register.add(record)
        write_atomically(output, sealed.data)


@contextmanager
def _taken_back(output: Path) -> Iterator[None]:
    """A file that was written inside goes again if the block fails after it: its record could not be kept."""
    before = _stamp(output)
    try:
        yield
    except BaseException:
        if _stamp(output) != before:
            output.unlink(missing_ok=True)
        raise


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
