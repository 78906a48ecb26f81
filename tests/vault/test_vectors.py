"""Each primitive as we call it, against published vectors: that the library computes what the standards say,
and that we hand it the right things in the right order.

Long values are in vectors/published.json, each with its source.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from techguard.vault import box
from techguard.vault.errors import BadSignature
from techguard.vault.identity import Identity, PublicKeys, verify_signature
from techguard.vault.kdf import KdfParameters, derive_key

PUBLISHED: Mapping[str, Mapping[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors" / "published.json").read_text(encoding="utf-8")
)
HEX = bytes.fromhex


# --- HKDF-SHA256: RFC 5869, appendix A ---


@pytest.mark.parametrize(
    ("key", "salt", "info", "okm"),
    [
        (
            "0b" * 22,
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            bytes(range(0x50)).hex(),
            bytes(range(0x60, 0xB0)).hex(),
            bytes(range(0xB0, 0x100)).hex(),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            "0b" * 22,
            "",
            "",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
    ids=["A.1", "A.2", "A.3"],
)
def test_hkdf(key: str, salt: str, info: str, okm: str) -> None:
    assert box.hkdf(HEX(key), salt=HEX(salt), info=HEX(info), length=len(okm) // 2).hex() == okm


# --- AES-256-GCM with the zero nonce: NIST GCM specification (McGrew and Viega), test cases 13 and 14 ---


@pytest.mark.parametrize(
    ("plain", "sealed"),
    [
        ("", "530f8afbc74536b9a963b4f1c4cb738b"),
        ("00" * 16, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
    ],
)
def test_aes_gcm_under_the_nonce_of_a_box(plain: str, sealed: str) -> None:
    assert AESGCM(bytes(32)).encrypt(box._NONCE, HEX(plain), None).hex() == sealed


def test_a_box_is_what_its_description_says() -> None:
    """Written by hand from the description alone, a box opens; and the other way round."""
    key, context, plain, salt = b"k" * 32, b"purpose", "秘密".encode(), bytes(range(32))
    okm = _expand(hmac.digest(salt, key, "sha256"), b"techguard box 1\x00" + context, 64)
    made = b"\x01" + salt + okm[32:] + AESGCM(okm[:32]).encrypt(bytes(12), plain, None)
    assert box.unseal(key, made, context) == plain
    ours = box.seal(key, plain, context)
    okm = _expand(hmac.digest(ours[1:33], key, "sha256"), b"techguard box 1\x00" + context, 64)
    assert ours[33:65] == okm[32:]
    assert AESGCM(okm[:32]).decrypt(bytes(12), ours[65:], None) == plain


# --- Argon2id: the reference implementation's own tests (phc-winner-argon2, test.c), version 0x13 ---


@pytest.mark.parametrize(
    ("cost", "password", "salt", "derived"),
    [
        (
            KdfParameters(65536, 2, 1),
            "password",
            "somesalt",
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
        ),
        (
            KdfParameters(65536, 2, 1),
            "differentpassword",
            "somesalt",
            "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde",
        ),
        (
            KdfParameters(65536, 2, 1),
            "password",
            "diffsalt",
            "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c",
        ),
    ],
)
def test_argon2id(cost: KdfParameters, password: str, salt: str, derived: str) -> None:
    assert derive_key(password.encode(), salt.encode(), cost).hex() == derived


# --- Ed25519: RFC 8032, section 7.1 ---


@pytest.mark.parametrize(
    ("private", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
    ids=["1", "2", "3"],
)
def test_ed25519(private: str, public: str, message: str, signature: str) -> None:
    person = Identity(bytes(96) + HEX(private) + bytes(32))
    assert person.public.ed25519.hex() == public
    assert person.sign(HEX(message)).hex() == signature
    verify_signature(HEX(public), HEX(message), HEX(signature))


ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group of Ed25519 (RFC 8032, section 5.1)."""


@pytest.mark.parametrize(
    "change",
    [
        lambda r, s: r + (int.from_bytes(s, "little") + ORDER).to_bytes(32, "little"),
        lambda r, s: r[::-1] + s,
        lambda r, s: r,
        lambda r, s: r + s + b"\x00",
        lambda r, s: b"\x00" + r + s,
        lambda r, s: r + bytes(32),
        lambda r, s: bytes(32) + s,
        lambda r, s: b"\x01" + bytes(63),
        lambda r, s: b"\xed" + b"\xff" * 30 + b"\x7f" + bytes(32),
        lambda r, s: ORDER.to_bytes(32, "little") * 2,
        lambda r, s: b"",
        *(lambda r, s, bit=bit: _flipped(r, bit) + s for bit in (0, 1, 7, 8, 63, 127, 255)),
        *(lambda r, s, bit=bit: r + _flipped(s, bit) for bit in (0, 1, 7, 8, 63, 127, 255)),
    ],
)
def test_a_signature_has_one_form(change: Any) -> None:
    """The kinds of forgery in Wycheproof's tests of EdDSA: malleable s, special values of r and s, wrong
    lengths, changed bits.
    """
    person = Identity(bytes(96) + b"\x07" * 32 + bytes(32))
    message = "変更".encode()
    signature = person.sign(message)
    verify_signature(person.public.ed25519, message, signature)
    with pytest.raises(BadSignature):
        verify_signature(person.public.ed25519, message, change(signature[:32], signature[32:]))


# --- ML-DSA-65: FIPS 204 ---


def test_mldsa() -> None:
    known = PUBLISHED["mldsa65"]
    person = Identity(bytes(128) + HEX(known["seed"]))
    assert person.public.mldsa65.hex() == known["public"]
    public = MLDSA65PublicKey.from_public_bytes(HEX(known["public"]))
    public.verify(HEX(known["signature"]), HEX(known["message"]), HEX(known["context"]))
    # Ours have the empty context: a signature made for another one is none of ours.
    with pytest.raises(BadSignature):
        verify_signature(person.public.mldsa65, HEX(known["message"]), HEX(known["signature"]))
    ours = person.sign_mldsa65(HEX(known["message"]))
    verify_signature(HEX(known["public"]), HEX(known["message"]), ours)
    public.verify(ours, HEX(known["message"]), b"")
    for bit in (0, 300, 20_000, len(ours) * 8 - 1):
        with pytest.raises(BadSignature):
            verify_signature(HEX(known["public"]), HEX(known["message"]), _flipped(ours, bit))


# --- HPKE (RFC 9180) with MLKEM768-X25519 (draft-ietf-hpke-pq), written out by the standards ---

KEM_ID, KDF_ID, AES_256_GCM, CHACHA = 0x647A, 0x0001, 0x0002, 0x0003


def _expand(prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand (RFC 5869, section 2.3)."""
    out = last = b""
    for n in range(1, 2 + length // 32):
        last = hmac.digest(prk, last + info + bytes([n]), "sha256")
        out += last
    return out[:length]


def schedule(shared: bytes, info: bytes, aead: int) -> tuple[bytes, bytes]:
    """Key and base nonce of the base mode (RFC 9180, section 5.1)."""
    suite = b"HPKE" + b"".join(n.to_bytes(2, "big") for n in (KEM_ID, KDF_ID, aead))

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")

    def expand(label: bytes, context: bytes, length: int) -> bytes:
        return _expand(secret, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context, length)

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    return expand(b"key", context, 32), expand(b"base_nonce", context, 12)


def combined(kem: bytes, ecdh: bytes, ephemeral: bytes, public: bytes) -> bytes:
    """X-Wing's combiner (draft-connolly-cfrg-xwing-kem, section 5.3)."""
    return hashlib.sha3_256(kem + ecdh + ephemeral + public + b"\\.//^\\").digest()


def opened(private: bytes, enc: bytes) -> bytes:
    """The shared secret that the owner of the 96 bytes finds in an encapsulation of 1120."""
    kem = MLKEM768PrivateKey.from_seed_bytes(private[:64]).decapsulate(enc[:1088])
    key = X25519PrivateKey.from_private_bytes(private[64:96])
    ecdh = key.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    return combined(kem, ecdh, enc[1088:], key.public_key().public_bytes_raw())


def test_the_standards_written_out_agree_with_the_published_vector() -> None:
    known = PUBLISHED["xwing"]
    private = hashlib.shake_256(HEX(known["seed"])).digest(96)
    assert Identity(private + bytes(64)).public.hpke.hex() == known["public"]
    shared = opened(private, HEX(known["enc"]))
    assert shared.hex() == known["shared_secret"]
    key, nonce = schedule(shared, HEX(known["info"]), CHACHA)
    assert (key.hex(), nonce.hex()) == (known["key"], known["base_nonce"])
    sealed = known["encryption"]
    plain = ChaCha20Poly1305(key).decrypt(nonce, HEX(sealed["ct"]), HEX(sealed["aad"]))
    assert plain.hex() == sealed["pt"]


def test_what_is_sent_opens_by_the_standards_written_out() -> None:
    private = hashlib.shake_256(b"somebody").digest(96)
    person = Identity(private + bytes(64))
    master, info = bytes(range(32)), b"techguard slot"
    sent = PublicKeys(person.public.hpke, b"", b"").send(master, info)
    key, nonce = schedule(opened(private, sent[:1120]), info, AES_256_GCM)
    assert AESGCM(key).decrypt(nonce, sent[1120:], b"") == master


def test_what_was_sealed_by_the_standards_written_out_is_received() -> None:
    private = hashlib.shake_256(b"somebody else").digest(96)
    person = Identity(private + bytes(64))
    master, info = bytes(range(32, 64)), b"techguard slot"
    kem, ciphertext = MLKEM768PrivateKey.from_seed_bytes(private[:64]).public_key().encapsulate()
    ephemeral = X25519PrivateKey.generate()
    receiver = X25519PrivateKey.from_private_bytes(private[64:]).public_key()
    ours = ephemeral.public_key().public_bytes_raw()
    shared = combined(kem, ephemeral.exchange(receiver), ours, receiver.public_bytes_raw())
    key, nonce = schedule(shared, info, AES_256_GCM)
    sealed = ciphertext + ours + AESGCM(key).encrypt(nonce, master, b"")
    assert person.receive(sealed, info) == master


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
