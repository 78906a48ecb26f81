"""Looking for words that must not be readable in any file."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "shift_jis", "euc_jp")


def spellings(word: str) -> set[bytes]:
    """A word as bytes in every encoding that has its characters, and as JSON and XML escape it."""
    found = {word.encode("ascii", "backslashreplace"), word.encode("ascii", "xmlcharrefreplace")}
    for encoding in ENCODINGS:
        try:
            found.add(word.encode(encoding))
        except UnicodeEncodeError:
            continue
    return found


def files(roots: Iterable[Path]) -> Iterator[Path]:
    """Every file below the roots, hidden ones too; links are not followed."""
    for root in roots:
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and not path.is_symlink():
                yield path


def readable(path: Path) -> Iterator[bytes]:
    """The bytes of a file; of an archive its parts too, and what is deflated within it."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    yield data
    yield str(path).encode()
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    for start in _streams(data):
        opened = zlib.decompressobj()
        try:
            yield opened.decompress(data[start:], 50_000_000)
        except zlib.error:
            continue


def _streams(data: bytes) -> Iterator[int]:
    """Where a PDF's streams begin."""
    at = data.find(b"stream") if data[:5] == b"%PDF-" else -1
    while at >= 0:
        start = at + len(b"stream")
        yield start + (2 if data[start : start + 2] == b"\r\n" else 1)
        at = data.find(b"stream", start)


def leaks(roots: Iterable[Path], words: Iterable[str]) -> list[tuple[Path, str]]:
    """Which words can be read in which files."""
    needles = {word: spellings(word) for word in words}
    # Four bytes stand somewhere in a few megabytes of random ones; eight do not.
    assert all(len(needle) >= 8 for spelt in needles.values() for needle in spelt)
    found = []
    for path in files(roots):
        for data in readable(path):
            found += [(path, word) for word, bytes_ in needles.items() if any(b in data for b in bytes_)]
    return sorted(set(found))
