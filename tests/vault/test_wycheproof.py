"""What implementations got wrong before: Project Wycheproof's vectors for each primitive as we call it,
through our own functions. vectors/README.md says from where they are and which were chosen.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from techguard.vault import box, slots
from techguard.vault.errors import BadSignature, SlotSetTampered
from techguard.vault.identity import CannotReceive, CannotSend, Identity, PublicKeys, verify_signature

from .test_vectors import AES_256_GCM, combined, schedule

HEX = bytes.fromhex
Test = Mapping[str, Any]

WYCHEPROOF: Mapping[str, list[Test]] = json.loads(
    lzma.decompress((Path(__file__).parent / "vectors" / "wycheproof.json.xz").read_bytes())
)
HOW_MANY = {
    "aes_256_gcm": 66,
    "hkdf_sha256": 86,
    "x25519": 518,
    "mlkem_768": 98,
    "mlkem_768_keys": 12,
    "ed25519": 210,
    "mldsa_65": 210,
    "mldsa_65_seeds": 81,
}


def test_all_that_was_chosen_is_there() -> None:
    assert {name: len(list(of(name))) for name in WYCHEPROOF} == HOW_MANY


def of(name: str) -> Iterator[tuple[Test, Test]]:
    """The vectors of a primitive, each with its group."""
    for group in WYCHEPROOF[name]:
        for test in group["tests"]:
            yield group, test


def cases(name: str) -> Any:
    """One test for each vector, called as Wycheproof calls it."""
    return pytest.mark.parametrize(
        ("group", "test"), [pytest.param(g, t, id=f"tcId {t['tcId']}") for g, t in of(name)]
    )


@cases("aes_256_gcm")
def test_a_box_seals_and_opens_as_aes_gcm_says(
    group: Test, test: Test, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through `box.seal` and `box.unseal`, with the vector's key and nonce in place of the derived ones. A
    box has no associated data: the vectors that have some are put to the same cipher directly.
    """
    key, iv, plain, sealed = (
        HEX(test["key"]),
        HEX(test["iv"]),
        HEX(test["msg"]),
        HEX(test["ct"] + test["tag"]),
    )
    if test["aad"]:
        assert AESGCM(key).encrypt(iv, plain, HEX(test["aad"])) == sealed
        assert AESGCM(key).decrypt(iv, sealed, HEX(test["aad"])) == plain
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(iv, sealed, None)
        return
    monkeypatch.setattr(box, "hkdf", lambda *_, **__: key + bytes(range(32)))
    monkeypatch.setattr(box, "_NONCE", iv)
    made = box.seal(b"", plain, b"")
    header = made[: box.OVERHEAD - 16]
    if test["result"] == "invalid":
        with pytest.raises(box.Broken):
            box.unseal(b"", header + sealed, b"")
        return
    assert made == header + sealed
    assert box.unseal(b"", made, b"") == plain
    for bit in range(8 * len(header), 8 * len(made)):
        with pytest.raises(box.Broken):
            box.unseal(b"", _flipped(made, bit), b"")
    for short in (made[:-1], made[:-16], header):
        with pytest.raises(box.Broken):
            box.unseal(b"", short, b"")


@cases("hkdf_sha256")
def test_hkdf(group: Test, test: Test) -> None:
    def derive() -> bytes:
        return box.hkdf(HEX(test["ikm"]), salt=HEX(test["salt"]), info=HEX(test["info"]), length=test["size"])

    if test["result"] == "invalid":
        with pytest.raises(ValueError, match="larger"):
            derive()
    else:
        assert derive().hex() == test["okm"]


MASTER, INFO = bytes(range(32)), b"techguard slot"


def sealed_for(person: Identity, kem: tuple[bytes, bytes], ecdh: bytes, ephemeral: bytes) -> bytes:
    """What somebody sends who follows the standards (test_vectors.py): `kem` is secret and ciphertext."""
    shared = combined(kem[0], ecdh, ephemeral, person.public.hpke[1184:])
    key, nonce = schedule(shared, INFO, AES_256_GCM)
    return kem[1] + ephemeral + AESGCM(key).encrypt(nonce, MASTER, b"")


@cases("x25519")
def test_a_person_receives_as_x25519_says(group: Test, test: Test) -> None:
    """Through `Identity.receive`: the vector's pair is the X25519 half of the hybrid."""
    person = Identity(bytes(64) + HEX(test["private"]) + bytes(64))
    kem = MLKEM768PublicKey.from_public_bytes(person.public.hpke[:1184]).encapsulate()
    sealed = sealed_for(person, kem, HEX(test["shared"]), HEX(test["public"]))
    receiver = PublicKeys(person.public.hpke[:1184] + HEX(test["public"]), b"", b"")
    if "ZeroSharedSecret" in test["flags"]:
        with pytest.raises(CannotReceive):
            person.receive(sealed, INFO)
        with pytest.raises(CannotSend):
            receiver.send(MASTER, INFO)
    else:
        assert person.receive(sealed, INFO) == MASTER
        assert len(receiver.send(MASTER, INFO)) == len(sealed)


@cases("mlkem_768")
def test_a_person_receives_as_mlkem_says(group: Test, test: Test) -> None:
    """Through `Identity.receive`: the vector's seed, ciphertext and secret are the ML-KEM half."""
    seed, ciphertext = HEX(test["seed"]), HEX(test["c"])
    if len(seed) != 64:
        assert test["result"] == "invalid"
        with pytest.raises(ValueError, match="fixed length"):
            Identity(seed + bytes(96))
        return
    person, sender = Identity(seed + bytes(96)), Identity(bytes(160))
    assert person.public.hpke[:1184].hex() == test["ek"]
    ephemeral = sender.public.hpke[1184:]
    ecdh = sender._receiving()[1].exchange(person._receiving()[1].public_key())
    if test["result"] == "invalid":
        with pytest.raises(CannotReceive):
            person.receive(sealed_for(person, (bytes(32), ciphertext), ecdh, ephemeral), INFO)
    else:
        assert (
            person.receive(sealed_for(person, (HEX(test["K"]), ciphertext), ecdh, ephemeral), INFO) == MASTER
        )


@cases("mlkem_768_keys")
def test_nothing_is_sent_to_a_key_that_is_none(group: Test, test: Test) -> None:
    """Who has the master key can write such a public key: whoever replaces the master key is told."""
    wrong = PublicKeys(HEX(test["ek"]) + Identity(bytes(160)).public.hpke[1184:], b"", b"")
    with pytest.raises(CannotSend):
        wrong.send(MASTER, INFO)
    with pytest.raises(SlotSetTampered):
        slots.seal_master(wrong, MASTER, "0" * 32, "person", "0" * 16)


@cases("ed25519")
def test_an_ed25519_signature_holds_or_not(group: Test, test: Test) -> None:
    public, message = HEX(group["publicKey"]["pk"]), HEX(test["msg"])
    if test["result"] == "acceptable":  # a key of small order: taken or refused, and nothing else
        with suppress(BadSignature):
            verify_signature(public, message, HEX(test["sig"]))
    elif test["result"] == "invalid":
        with pytest.raises(BadSignature):
            verify_signature(public, message, HEX(test["sig"]))
    else:
        verify_signature(public, message, HEX(test["sig"]))
        for wrong in (test["sig"][:-2], test["sig"] + "00", test["sig"][2:], ""):
            with pytest.raises(BadSignature):
                verify_signature(public, message, HEX(wrong))


@cases("mldsa_65")
def test_an_mldsa_signature_holds_or_not(group: Test, test: Test) -> None:
    """Ours have the empty context: what holds in another one is none of ours."""
    public, message, signature = HEX(group["publicKey"]), HEX(test["msg"]), HEX(test["sig"])
    if test["result"] == "invalid" or test.get("ctx"):
        with pytest.raises(BadSignature):
            verify_signature(public, message, signature)
    else:
        verify_signature(public, message, signature)
    if test["result"] == "valid" and test.get("ctx"):
        MLDSA65PublicKey.from_public_bytes(public).verify(signature, message, HEX(test["ctx"]))


@cases("mldsa_65_seeds")
def test_a_person_signs_with_the_key_of_an_mldsa_seed(group: Test, test: Test) -> None:
    """The library signs with fresh randomness (FIPS 204, hedged): two signatures differ, and both hold under
    the key that Wycheproof says belongs to the seed.
    """
    person = Identity(bytes(128) + HEX(group["privateSeed"]))
    assert person.public.mldsa65.hex() == group["publicKey"]
    message = HEX(test["msg"])
    ours = [person.sign_mldsa65(message) for _ in range(2)]
    assert len({hashlib.sha256(signature).digest() for signature in ours}) == 2
    for signature in ours:
        verify_signature(HEX(group["publicKey"]), message, signature)


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
