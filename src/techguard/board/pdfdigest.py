"""A digest of what a PDF holds, however it was written: compressed, numbered or sealed anew, it stays."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any, Final

_OF_THE_WRITING: Final = {"/Length", "/Filter", "/DecodeParms", "/Metadata", "/Extensions"}
"""How a stream is stored, the XMP packet, the list of extensions: written anew by programs, and not shown."""


def digest(pdf: bytes, password: str = "") -> str:
    """The SHA-256 over every object that the catalogue and the document information lead to (hexadecimal).

    Objects are numbered in the order in which they are met. Raises pikepdf's errors.
    """
    import pikepdf

    whole = hashlib.sha256()
    with pikepdf.open(io.BytesIO(pdf), password=password) as document:
        numbers: dict[tuple[int, int], int] = {}
        waiting: list[Any] = []

        def said(value: Any, *, here: bool = False) -> Iterator[bytes]:
            if not isinstance(value, pikepdf.Object):
                yield _bytes(f"{type(value).__name__} {value!r}\n")
            elif value.is_indirect and not here:
                if value.objgen not in numbers:
                    numbers[value.objgen] = len(numbers)
                    waiting.append(value)
                yield f"to {numbers[value.objgen]}\n".encode()
            elif isinstance(value, pikepdf.Array):
                yield f"array {len(value)}\n".encode()
                for part in value:
                    yield from said(part)
            elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
                stream = isinstance(value, pikepdf.Stream)
                keys = sorted(set(value.keys()) - _OF_THE_WRITING)
                yield f"dictionary {len(keys)}\n".encode()
                for key in keys:
                    yield _bytes(f"{key}\n")
                    yield from said(value[key])
                if stream:
                    content = value.read_bytes()
                    yield f"stream {len(content)}\n".encode() + content
            else:
                raw = bytes(value) if isinstance(value, pikepdf.String) else _bytes(str(value))
                yield f"{type(value).__name__} {len(raw)}\n".encode() + raw

        for root in ("/Root", "/Info"):
            if root in document.trailer:
                for piece in said(document.trailer[root]):
                    whole.update(piece)
        while waiting:
            for piece in said(waiting.pop(0), here=True):
                whole.update(piece)
    return whole.hexdigest()


def _bytes(text: str) -> bytes:
    """A name in a damaged file may be no text: its bytes as they are."""
    return text.encode("utf-8", "surrogateescape")
