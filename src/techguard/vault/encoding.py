"""One spelling for every small file: canonical JSON with a checksum.

A file is accepted only if writing what was read gives the same bytes again. So there is no second spelling of
the same content, and no changed byte that means nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

Json = dict[str, Any]


class Malformed(Exception):
    """The bytes are not what this format writes. Never reaches a person: callers say which file it was."""


def canonical(value: Json) -> bytes:
    """JSON with sorted keys, one entry a line, ASCII only, a final newline."""
    return (
        json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False, indent=1).encode("ascii")
        + b"\n"
    )


def checksum(value: Json) -> str:
    """SHA-256 over the canonical form without its own `checksum`: shows accidents, not attackers."""
    return hashlib.sha256(canonical({k: v for k, v in value.items() if k != "checksum"})).hexdigest()


def dump(value: Json) -> bytes:
    """The bytes of a checksummed file."""
    return canonical({**value, "checksum": checksum(value)})


def load(data: bytes) -> Json:
    """The content of a checksummed file. Raises `Malformed`."""
    value = load_canonical(data)
    if value.get("checksum") != checksum(value):
        raise Malformed
    return value


def load_canonical(data: bytes) -> Json:
    """The content of canonical JSON. Raises `Malformed`."""
    try:
        value = json.loads(data)
        if not isinstance(value, dict) or canonical(value) != data:
            raise Malformed
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    return value


def fields(value: Json, **kinds: type) -> tuple[Any, ...]:
    """The named fields in order, if `value` has exactly those, of these types. Raises `Malformed`."""
    if value.keys() != kinds.keys() or any(type(value[name]) is not kind for name, kind in kinds.items()):
        raise Malformed
    return tuple(value[name] for name in kinds)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def unb64(text: str, length: int | None = None) -> bytes:
    """Strict Base64 of, if given, exactly `length` bytes. Raises `Malformed`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed from error
    if b64(data) != text or (length is not None and len(data) != length):
        raise Malformed
    return data


def is_hex(text: object, length: int) -> bool:
    """Whether `text` is `length` lower-case hexadecimal digits."""
    return isinstance(text, str) and len(text) == length and all(c in "0123456789abcdef" for c in text)
