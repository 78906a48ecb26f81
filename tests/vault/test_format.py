"""The format is what docs/reference/vault-format.md says: a reader written from that page opens a vault.

It uses nothing of ours, only the published primitives, so that a vault can be read in ten years by anybody
who has the page. And the primitives as we call them give the published test vectors.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import unicodedata
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlcipher3 import dbapi2

from techguard import vault
from techguard.vault import box, kdf
from techguard.vault.identity import Identity

from .conftest import PASSPHRASE, PERSON_ID, PERSON_NAME, Made

FIXTURE = Path(__file__).parent / "fixtures" / "edition-1"
FIXTURE_CODE = (FIXTURE.parent / "edition-1.code.txt").read_text(encoding="ascii").strip()


# A reader from the specification

HEAD = ("edition", "format", "generation", "invitations", "slots", "vault_id")


def canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1).encode("ascii") + b"\n"


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    out, block, n = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([n]), "sha256")
        out, n = out + block, n + 1
    return out[:length]


def open_box(key: bytes, data: bytes, context: bytes) -> bytes:
    assert data[0] == 1
    salt, commitment, sealed = data[1:33], data[33:65], data[65:]
    okm = expand(extract(salt, key), b"techguard box 1\0" + context, 64)
    assert okm[32:] == commitment
    return AESGCM(okm[:32]).decrypt(bytes(12), sealed, None)


def open_hpke(mlkem_seed: bytes, x25519: bytes, data: bytes, info: bytes) -> bytes:
    """RFC 9180 base mode with KEM 0x647a (ML-KEM-768 with X25519), HKDF-SHA256, AES-256-GCM; empty aad."""
    mlkem, dh = MLKEM768PrivateKey.from_seed_bytes(mlkem_seed), X25519PrivateKey.from_private_bytes(x25519)
    ct_m, ct_x, sealed = data[:1088], data[1088:1120], data[1120:]
    pk_x = dh.public_key().public_bytes_raw()
    shared = hashlib.sha3_256(
        mlkem.decapsulate(ct_m)
        + dh.exchange(X25519PublicKey.from_public_bytes(ct_x))
        + ct_x
        + pk_x
        + bytes.fromhex("5c2e2f2f5e5c")  # the label of X-Wing
    ).digest()
    suite = b"HPKE" + bytes.fromhex("647a00010002")

    def labeled_extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + suite + label + ikm)

    def labeled_expand(prk: bytes, label: bytes, context: bytes, length: int) -> bytes:
        return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context, length)

    context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared, b"secret", b"")
    key = labeled_expand(secret, b"key", context, 32)
    nonce = labeled_expand(secret, b"base_nonce", context, 12)
    return AESGCM(key).decrypt(nonce, sealed, None)


def read_by_the_book(folder: Path, passphrase: str, key_file: bytes = b"") -> dict[str, Any]:
    second_factor = hashlib.sha256(b"techguard key file\0" + key_file).digest() if key_file else b""
    description = json.loads((folder / "vault.json").read_bytes())
    vault_id = description["vault_id"]
    for name in description["slots"]:
        data = (folder / "keys" / f"{name}.json").read_bytes()
        assert hashlib.sha256(data).hexdigest() == description["slots"][name]["file"]
        slot = json.loads(data)
        if slot["kind"] == "person":
            break
    cost = slot["kdf"]
    kek = Argon2id(
        salt=base64.b64decode(cost["salt"]),
        length=32,
        iterations=cost["iterations"],
        lanes=cost["lanes"],
        memory_cost=cost["memory_kib"],
    ).derive(second_factor + unicodedata.normalize("NFKC", passphrase).encode("utf-8"))
    bound = {"format": "techguard-slot", "kind": "person", "slot": name, "vault_id": vault_id}
    keys = open_box(
        kek,
        base64.b64decode(slot["keys"]),
        canonical(bound | {"kdf": cost, "key_file": slot["key_file"], "of": "private keys"}),
    )
    mlkem, x25519, ed25519, mldsa = keys[:64], keys[64:96], keys[96:128], keys[128:]
    master = open_hpke(
        mlkem,
        x25519,
        base64.b64decode(description["slots"][name]["master"]),
        canonical(bound | {"of": "master key"}),
    )

    def subkey(label: str) -> bytes:
        return expand(extract(bytes.fromhex(vault_id), master), b"techguard vault 1\0" + label.encode(), 32)

    head = {k: description[k] for k in HEAD}
    ring = json.loads(open_box(subkey("keyring"), base64.b64decode(description["keyring"]), canonical(head)))
    with closing(dbapi2.connect(str(folder / "register.db"))) as connection:
        connection.execute(f"PRAGMA key = \"x'{subkey('database').hex()}'\"")
        rows = connection.execute("SELECT text FROM note").fetchall()
        generation = connection.execute("PRAGMA user_version").fetchone()[0]
    return {
        "ring": ring,
        "rows": rows,
        "generation": generation,
        "head": json.loads(open_box(subkey("head"), (folder / "head").read_bytes(), b"head")),
        "mldsa": MLDSA65PrivateKey.from_seed_bytes(mldsa).public_key().public_bytes_raw(),
        "ed25519": ed25519,
    }


def test_a_reader_written_from_the_specification_opens_a_vault(made: Made) -> None:
    read = read_by_the_book(made.path, PASSPHRASE)
    assert read["rows"] == [("最初の行",)]
    assert read["generation"] == 1
    assert read["head"] == {"digest": "11" * 32, "seq": 1}
    assert read["ring"]["people"] == {PERSON_ID: PERSON_NAME}
    (key_id,) = [k for k, key in read["ring"]["keys"].items() if key["kind"] == "person"]
    key = read["ring"]["keys"][key_id]
    assert base64.b64decode(key["mldsa65"]) == read["mldsa"]
    public = base64.b64decode(key["ed25519"]) + base64.b64decode(key["mldsa65"])
    assert key_id == hashlib.sha256(b"techguard key id\0" + public).hexdigest()[:32]


def test_the_reader_opens_a_vault_with_a_key_file_and_after_its_master_key_was_replaced(made: Made) -> None:
    file = bytes(range(100))
    with made.open() as v:
        v.change_passphrase(PASSPHRASE, key_file=file, kdf=vault.KDF_FLOOR)
        v.replace_master()
    read = read_by_the_book(made.path, PASSPHRASE, file)
    assert read["rows"] == [("最初の行",)]
    assert read["generation"] == 4, "the key file, the new master key, the old one forgotten"
    assert read["head"] == {"digest": "11" * 32, "seq": 1}
    assert read["ring"]["previous"] == ""


def test_the_kept_vault_of_edition_1_opens_for_ever(tmp_path: Path) -> None:
    kept = tmp_path / "kept.techguard"
    shutil.copytree(FIXTURE, kept)
    for path in [kept, *kept.rglob("*")]:  # a checkout does not keep modes
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert read_by_the_book(kept, PASSPHRASE)["rows"] == [("最初の行",)]
    for secret in (PASSPHRASE, FIXTURE_CODE):
        with vault.open(kept, secret) as v:
            assert v.person_name == PERSON_NAME
            assert v.read_head() == vault.Head(1, b"\x11" * 32)
            assert v.check() == []
            with closing(v.connect()) as connection:
                assert connection.execute("SELECT text FROM note").fetchall() == [("最初の行",)]


# The primitives as we call them


# From the reference implementation's test.c: Argon2id, version 0x13, 64 MiB, one lane.
@pytest.mark.parametrize(
    ("iterations", "password", "salt", "expected"),
    [
        (2, b"password", b"somesalt", "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
        (1, b"password", b"somesalt", "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"),
        (4, b"password", b"somesalt", "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"),
        (2, b"password", b"diffsalt", "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"),
    ],
)
def test_argon2id_gives_the_reference_vectors(
    iterations: int, password: bytes, salt: bytes, expected: str
) -> None:
    cost = kdf.KdfParameters(memory_kib=65536, iterations=iterations, lanes=1)
    assert kdf.derive_key(password, salt, cost).hex() == expected


def test_argon2id_of_the_library_gives_the_vector_of_rfc_9106() -> None:
    """Section 5.3; it uses a secret and associated data, which we do not, and 32 KiB, which we refuse."""
    argon2id = Argon2id(
        salt=b"\x02" * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        secret=b"\x03" * 8,
        ad=b"\x04" * 12,
    )
    tag = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert argon2id.derive(b"\x01" * 32).hex() == tag


def test_hkdf_gives_the_vector_of_rfc_5869() -> None:
    okm = box.hkdf(b"\x0b" * 22, salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), length=42)
    assert okm.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_ed25519_gives_the_vector_of_rfc_8032() -> None:
    private = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    identity = Identity(bytes(96) + private + bytes(32))
    assert identity.public.ed25519.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert identity.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_a_box_opens_with_its_key_and_context_only() -> None:
    key, other = b"k" * 32, b"o" * 32
    sealed = box.seal(key, b"text", b"context")
    assert len(sealed) == len(b"text") + box.OVERHEAD
    assert box.unseal(key, sealed, b"context") == b"text" == open_box(key, sealed, b"context")
    assert sealed != box.seal(key, b"text", b"context")
    for wrong in ((other, sealed, b"context"), (key, sealed, b"contexT"), (key, sealed, b"")):
        with pytest.raises(box.WrongKey):
            box.unseal(*wrong)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(box.WrongKey if 1 <= at < 65 else box.Broken):
            box.unseal(key, changed, b"context")


def test_calibration_goes_up_from_the_default_and_stays_in_bounds() -> None:
    def clock(step: float) -> Any:
        ticks = iter((0.0, step))
        return lambda: next(ticks)

    slow = vault.calibrated(0.5, clock=clock(5.0))
    assert slow == vault.KDF_DEFAULT
    for took in (0.25, 0.1, 0.01, 0.0001):
        quick = vault.calibrated(0.5, clock=clock(took))
        assert quick.checked() == quick
        assert quick.work > vault.KDF_DEFAULT.work
        assert quick.memory_kib <= 256 * 1024
    assert vault.calibrated(0.5, clock=clock(0.25)).work == 2 * vault.KDF_DEFAULT.work
