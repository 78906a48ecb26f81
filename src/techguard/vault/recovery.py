"""The recovery code: 140 random bits that a person can print, keep in a safe and type back.

Seven groups of five characters of Crockford's Base32 (no I, L, O, U). In each group the fifth character
checks the four before it and the place of the group. Over GF(32) the check is

    c = place + a·d1 + a²·d2 + a³·d3 + a⁴·d4        (a a generator, + is exclusive or)

The weights differ and none is 1, so every single wrong character, every two neighbours exchanged and every
two groups exchanged is found, and the group is named.
"""

from __future__ import annotations

import secrets
import unicodedata

from techguard.vault.errors import RecoveryCodeIncomplete, RecoveryCodeTypo

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 7
_GROUP = 5
_DATA = _GROUP - 1
LENGTH = GROUPS * _GROUP
ENTROPY_BYTES = 18  # 140 bits, the four highest of the first byte are zero

_VALUES = {char: value for value, char in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
# Dashes that a Japanese keyboard or a word processor makes of the one that was printed (the prolonged sound
# mark is what the key gives while the input method is on).
_SEPARATORS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\u2500_.,\u3001\u3002/")


def _times_a(value: int) -> int:
    """Multiply by the generator of GF(32) with x⁵ + x² + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value


def _check(place: int, data: list[int]) -> int:
    total = 0
    for value in reversed(data):
        total = _times_a(total ^ value)
    return total ^ place


def generate() -> bytes:
    """140 random bits."""
    return secrets.randbits(GROUPS * _DATA * 5).to_bytes(ENTROPY_BYTES, "big")


def to_text(entropy: bytes) -> str:
    """The printed form, such as ``7K3QX-…``: seven groups with dashes, 41 characters."""
    bits = int.from_bytes(entropy, "big")
    values = [bits >> (5 * i) & 31 for i in reversed(range(GROUPS * _DATA))]
    groups = [values[i : i + _DATA] for i in range(0, len(values), _DATA)]
    return "-".join(
        "".join(ALPHABET[v] for v in [*group, _check(place, group)]) for place, group in enumerate(groups, 1)
    )


def _characters(typed: str) -> str:
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(c for c in folded if not c.isspace() and c not in _SEPARATORS)


def looks_like_code(typed: str) -> bool:
    """Whether somebody who typed this may have meant a recovery code: its alphabet and about its length.

    A hint for choosing the message, never for refusing a passphrase: sentences may look like a code too.
    """
    characters = _characters(typed)
    wrong = sum(c not in _VALUES for c in characters)
    return abs(len(characters) - LENGTH) <= _GROUP and wrong <= 2


def from_text(typed: str) -> bytes:
    """The 140 bits of a code typed in any case, with or without dashes, full-width, with O for 0 and I or L
    for 1.

    Raises `RecoveryCodeIncomplete` or `RecoveryCodeTypo`, which names the groups.
    """
    characters = _characters(typed)
    if len(characters) != LENGTH:
        raise RecoveryCodeIncomplete(found=len(characters), expected=LENGTH)
    groups = [characters[i : i + _GROUP] for i in range(0, LENGTH, _GROUP)]
    bits = 0
    wrong = []
    for place, group in enumerate(groups, 1):
        values = [_VALUES.get(c) for c in group]
        known = [v for v in values if v is not None]
        if len(known) != _GROUP or _check(place, known[:_DATA]) != known[_DATA]:
            wrong.append(place)
            continue
        for value in known[:_DATA]:
            bits = bits << 5 | value
    if wrong:
        raise RecoveryCodeTypo(groups=tuple(wrong))
    return bits.to_bytes(ENTROPY_BYTES, "big")
