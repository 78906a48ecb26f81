"""Merkle trees: the roots that others get, and proofs that hold for what they prove and nothing else."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard.store import tree

# The leaves and roots by which implementations of RFC 6962 are compared (Certificate Transparency's own).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(0, 70)


def leaves(count: int) -> list[bytes]:
    return [tree.leaf_hash(str(n).encode()) for n in range(count)]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_a_root_is_the_one_that_others_get(size: int) -> None:
    hashes = [tree.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES[:size]]
    assert tree.root(hashes).hex() == ROOTS[size]
    assert tree.Tree(hashes).root.hex() == ROOTS[size]


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """RFC 9162, section 2.1.3.2, as it is written there."""
    at, last, top = index, size - 1, leaf
    for beside in path:
        if not last:
            return None
        if at & 1 or at == last:
            top = sha256(b"\x01" + beside + top).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            top = sha256(b"\x01" + top + beside).digest()
        at, last = at >> 1, last >> 1
    return None if last else top


@given(st.data(), st.integers(1, 70))
def test_a_path_leads_from_its_leaf_to_the_root_and_from_no_other(data: st.DataObject, size: int) -> None:
    index, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    hashes = leaves(size)
    made = tree.Tree(hashes)
    path = made.path(index)
    assert made.root == tree.root(hashes)
    assert root_by_path(hashes[index], index, size, path) == made.root
    if other != index:
        assert root_by_path(hashes[other], index, size, path) != made.root
        assert root_by_path(hashes[index], other, size, path) != made.root


def agree(first: int, second: int, old: bytes, new: bytes, proof: list[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2, as it is written there."""
    if first == second:
        return old == new and not proof
    rest = [old, *proof] if first & (first - 1) == 0 else list(proof)
    if not rest:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = rest[0]
    for node in rest[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            was = sha256(b"\x01" + node + was).digest()
            now = sha256(b"\x01" + node + now).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            now = sha256(b"\x01" + now + node).digest()
        at, last = at >> 1, last >> 1
    return (was, now, last) == (old, new, 0)


@given(st.data(), st.integers(1, 70))
def test_a_longer_list_is_proved_to_begin_with_a_shorter_one(data: st.DataObject, size: int) -> None:
    first = data.draw(st.integers(1, size))
    hashes = leaves(size)
    old, new = tree.root(hashes[:first]), tree.root(hashes)
    proof = tree.consistency(hashes, first)
    assert agree(first, size, old, new, proof)
    another = [*hashes[: first - 1], tree.leaf_hash(b"another"), *hashes[first:]]
    if first < size:
        assert not agree(first, size, old, tree.root(another), tree.consistency(another, first))


@given(SIZES)
def test_a_leaf_that_is_not_there_has_no_path(size: int) -> None:
    for index in (-1, size):
        with pytest.raises(IndexError):
            tree.Tree(leaves(size)).path(index)
    with pytest.raises(IndexError):
        tree.consistency(leaves(size), size + 1)
