"""From what a person types to a key: Argon2id (RFC 9106), with bounds that are checked before any work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from techguard.vault.encoding import Malformed, b64, fields, unb64
from techguard.vault.errors import KdfOutOfBounds

SALT_BYTES = 16
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """Argon2id cost: memory in KiB, passes over it, parallel lanes."""

    memory_kib: int
    iterations: int
    lanes: int

    def checked(self) -> KdfParameters:
        """These parameters, or `KdfOutOfBounds` if one is below the floor or above the ceiling."""
        for name in ("memory_kib", "iterations", "lanes"):
            if not getattr(KDF_FLOOR, name) <= getattr(self, name) <= getattr(KDF_CEILING, name):
                raise KdfOutOfBounds(name=name)
        return self

    @property
    def work(self) -> int:
        """Memory times passes: what an attacker pays for each guess."""
        return self.memory_kib * self.iterations


# What a reader accepts. RFC 9106 section 3.1 allows down to 8 KiB a lane; below 8 MiB no vault of ours was
# written.
KDF_FLOOR = KdfParameters(memory_kib=8 * 1024, iterations=1, lanes=1)
# What a reader is willing to pay for a file somebody else may have written: about 20 s on a slow machine.
KDF_CEILING = KdfParameters(memory_kib=1024 * 1024, iterations=20, lanes=16)
# RFC 9106 section 4, second recommended option; above every OWASP minimum. Calibration only goes up from
# here.
KDF_DEFAULT = KdfParameters(memory_kib=64 * 1024, iterations=3, lanes=4)
# A recovery code has 140 random bits, no guess will find it: OWASP's minimum is plenty and keeps it quick.
KDF_RECOVERY = KdfParameters(memory_kib=19 * 1024, iterations=2, lanes=1)

_CALIBRATION_MEMORY_KIB = 256 * 1024


def derive_key(secret: bytes, salt: bytes, cost: KdfParameters) -> bytes:
    """32 bytes from `secret`. Raises `KdfOutOfBounds` before any work."""
    cost.checked()
    return Argon2id(
        salt=salt, length=KEY_BYTES, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    ).derive(secret)


def calibrated(
    seconds: float = 0.5,
    *,
    clock: Callable[[], float] = time.perf_counter,
    start: KdfParameters = KDF_DEFAULT,
) -> KdfParameters:
    """Parameters that cost about `seconds` on this machine, never below `start`.

    Memory grows first, up to 256 MiB (what an office laptop spares), then the passes.
    """
    began = clock()
    derive_key(b"calibration", bytes(SALT_BYTES), start)
    ratio = max(1.0, seconds / max(clock() - began, 1e-3))
    memory = start.memory_kib
    while ratio >= 2 and memory * 2 <= _CALIBRATION_MEMORY_KIB:
        memory, ratio = memory * 2, ratio / 2
    iterations = min(max(start.iterations, round(start.iterations * ratio)), KDF_CEILING.iterations)
    return replace(start, memory_kib=memory, iterations=iterations)


def to_json(cost: KdfParameters, salt: bytes) -> dict[str, Any]:
    return {
        "algorithm": "argon2id",
        "iterations": cost.iterations,
        "lanes": cost.lanes,
        "memory_kib": cost.memory_kib,
        "salt": b64(salt),
    }


def from_json(value: dict[str, Any]) -> tuple[KdfParameters, bytes]:
    """Cost and salt of a slot. Raises `Malformed`, or `KdfOutOfBounds` before any work."""
    algorithm, iterations, lanes, memory_kib, salt = fields(
        value, algorithm=str, iterations=int, lanes=int, memory_kib=int, salt=str
    )
    if algorithm != "argon2id":
        raise Malformed
    return KdfParameters(memory_kib, iterations, lanes).checked(), unb64(salt, SALT_BYTES)
