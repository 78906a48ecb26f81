"""The one place from which documents leave the register: set, sealed, recorded and written in one act.

The board summary and the minutes of a session both come here as pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from techguard.domain.words import FileFormat

from . import sealing
from .blocks import Pages

if TYPE_CHECKING:
    from techguard.domain.items import Summary
    from techguard.register import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a document leaves: the file, what opens it, its format, and who gets it.

    Raises `PasswordUnusable` when it is made, before any work is done.
    """

    output: Path
    lock: sealing.Lock = field(repr=False)
    format: FileFormat = FileFormat.PDF
    recipients: tuple[str, ...] = ()
    """Who gets it, for the record."""

    def __post_init__(self) -> None:
        if isinstance(self.lock, str):
            sealing.check_password(self.lock)


_DOCUMENTS = {kind.value for kind in FileFormat if not kind.is_package}


def format_of(path: Path) -> FileFormat | None:
    """The format that a name tells: "summary.xlsx.age" a workbook in age, "summary.age" a PDF in age."""
    endings = [ending.lower().removeprefix(".") for ending in path.suffixes[-2:]]
    told = (name for name in (".".join(endings), *endings[-1:]) if name in _DOCUMENTS)
    return next(map(FileFormat, told), None)


def ending_of(kind: FileFormat) -> str:
    """How the name of a file of a format ends."""
    return ".pdf.age" if kind is FileFormat.AGE else f".{kind.value}"


def named_for(path: Path, kind: FileFormat) -> Path:
    """The path with the ending of a format, in place of that of another."""
    there = format_of(path)
    name = path.name
    if there is not None:
        known = (ending_of(there), f".{there.value}")
        name = name[: -len(next(end for end in known if name.lower().endswith(end)))]
    return path.with_name(name + ending_of(kind))


@dataclass(frozen=True, slots=True)
class Delivered:
    """A document that was written: its file, the SHA-256 of that, its record if the register keeps one, and
    what shows as 〓.
    """

    path: Path
    digest: str
    record: Summary | None
    missing: str


def deliver(register: Register, pages: Pages, delivery: Delivery, record: Summary) -> Delivered:
    """Set pages, seal and write them; where the register can be written, record it there too.

    `record` says what the document is; to whom it goes, its format, digests and the time are added. The file
    appears sealed and whole (mode 0600) or not at all, and never without its record. Raises the errors of the
    disk.
    """
    from techguard.vault.files import write_output

    content, missing = _drawn(pages, delivery.format)
    sealed = sealing.seal(content, delivery.lock, delivery.format, pages.language)
    record = record.model_copy(
        update={
            "format": delivery.format,
            "recipients": delivery.recipients,
            "file_digest": sealed.digest,
            "content_digest": sealed.inside,
            "sealed_at": register.now,
        }
    )
    if register.read_only:
        write_output(delivery.output, sealed.data)
    else:
        with taken_back(delivery.output), register.act(action="board"):
            record = register.add(record)
            write_output(delivery.output, sealed.data)
    return Delivered(delivery.output, sealed.digest, record, missing)


def _drawn(pages: Pages, kind: FileFormat) -> tuple[bytes, str]:
    """The document before it is sealed, and what shows as 〓 in it: a PDF's fonts lack some."""
    match kind:
        case FileFormat.PDF | FileFormat.AGE:
            from . import typeset

            return typeset.set_pages(pages), typeset.missing_in(pages)
        case FileFormat.HTML | FileFormat.HTML_AGE:
            from . import webpage

            return webpage.render(pages), ""
        case FileFormat.XLSX | FileFormat.XLSX_AGE:
            from . import workbook

            return workbook.render(pages), ""
        case FileFormat.ZIP | FileFormat.ZIP_AGE:
            raise ValueError(kind)  # a package is put together in `techguard.evidence`
        case _:
            assert_never(kind)


@contextmanager
def taken_back(output: Path) -> Iterator[None]:
    """A file that was written inside goes again if the block fails after it: its record could not be kept.
    Where the disk takes no more, what failed first is told, and not that the file stays.
    """
    before = _stamp(output)
    try:
        yield
    except BaseException:
        if _stamp(output) != before:
            with suppress(OSError):
                output.unlink(missing_ok=True)
        raise


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
