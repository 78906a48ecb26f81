"""Merkle trees over SHA-256, as RFC 9162 §2.1 (and RFC 6962 §2.1, the same) defines them.

One number, the root, stands for a list of leaves. A path of a few hashes proves that a leaf is in it without
showing the others; another proves that a longer list begins with a shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""The root of no leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf: another one than that of two hashes together, whatever the leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two hashes together."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Growing:
    """The root of leaves that come one after another, in the memory of a few hashes."""

    count: int = 0
    peaks: list[bytes] = field(default_factory=list)
    """The roots of the full trees that the leaves so far make, the largest first."""

    def add(self, leaf: bytes) -> None:
        """The hash of one more leaf."""
        size = self.count
        while size & 1:  # two full trees of one size are a full tree of the next
            leaf = node_hash(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.count += 1

    def root(self) -> bytes:
        """The root of the leaves so far."""
        if not self.peaks:
            return EMPTY
        *larger, top = self.peaks
        for peak in reversed(larger):
            top = node_hash(peak, top)
        return top


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over the hashes of leaves."""
    growing = Growing()
    for leaf in leaves:
        growing.add(leaf)
    return growing.root()


class Tree:
    """All hashes over some leaves: for proofs of many of them."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """`leaves`: their hashes, in order."""
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            above = [node_hash(left, right) for left, right in pairs]
            self._levels.append(above + below[len(above) * 2 :])  # a last one without a pair rises as it is

    @property
    def root(self) -> bytes:
        """The root over all leaves."""
        return self._levels[-1][0] if self._levels[0] else EMPTY

    def path(self, index: int) -> list[bytes]:
        """The inclusion proof of a leaf (RFC 9162 §2.1.3): from the leaf's neighbour up to below the root."""
        if not 0 <= index < len(self._levels[0]):
            raise IndexError(index)
        found = []
        for level in self._levels[:-1]:
            if (beside := index ^ 1) < len(level):
                found.append(level[beside])
            index >>= 1
        return found


def consistency(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """The proof that the leaves begin with the first `size` of them (RFC 9162 §2.1.4).

    `leaves`: the hashes of all of them. Nothing needs to be shown where both are the same, or nothing.
    """
    if not 0 <= size <= len(leaves):
        raise IndexError(size)
    return _consistency(leaves, size, whole=True) if size else []


def _consistency(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    """`whole`: whether the first `size` leaves of all are a root that the reader knows."""
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)  # the largest power of two below the number of leaves
    left, right = leaves[:half], leaves[half:]
    if size <= half:
        return [*_consistency(left, size, whole=whole), root(right)]
    return [*_consistency(right, size - half, whole=False), root(left)]
