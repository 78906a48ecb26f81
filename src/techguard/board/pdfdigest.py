"""A digest of what a PDF holds, however it was written: compressed, numbered or sealed anew, it stays."""

from __future__ import annotations

import hashlib
import io
from collections import deque
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
        waiting: deque[Any] = deque()

        def say(value: Any, *, here: bool = False) -> None:
            if not isinstance(value, pikepdf.Object):
                whole.update(_bytes(f"{type(value).__name__} {value!r}\n"))
            elif not here and value.is_indirect:
                if value.objgen not in numbers:
                    numbers[value.objgen] = len(numbers)
                    waiting.append(value)
                whole.update(b"to %d\n" % numbers[value.objgen])
            elif isinstance(value, pikepdf.Array):
                whole.update(b"array %d\n" % len(value))
                for part in value:
                    say(part)
            elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
                told = {key: part for key, part in value.items() if key not in _OF_THE_WRITING}
                whole.update(b"dictionary %d\n" % len(told))
                for key in sorted(told):
                    whole.update(_bytes(f"{key}\n"))
                    say(told[key])
                if isinstance(value, pikepdf.Stream):
                    content = value.read_bytes()
                    whole.update(b"stream %d\n" % len(content) + content)
            else:
                raw = bytes(value) if isinstance(value, pikepdf.String) else _bytes(str(value))
                whole.update(f"{type(value).__name__} {len(raw)}\n".encode() + raw)

        for root in ("/Root", "/Info"):
            if root in document.trailer:
                say(document.trailer[root])
        while waiting:
            say(waiting.popleft(), here=True)
    return whole.hexdigest()


def _bytes(text: str) -> bytes:
    """A name in a damaged file may be no text: its bytes as they are."""
    return text.encode("utf-8", "surrogateescape")
