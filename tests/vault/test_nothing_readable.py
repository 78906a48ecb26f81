"""Whoever copies the folder learns nothing of what was typed."""

from __future__ import annotations

import base64
from contextlib import closing
from pathlib import Path

from techguard import vault

from .conftest import PASSPHRASE, PERSON_ID, PERSON_NAME, Made

CANARY = "極秘の焼結条件カナリア"


def spellings(text: str) -> list[bytes]:
    found = [text.encode("utf-8"), text.encode("utf-16-le"), text.encode("utf-16-be")]
    found.append(text.encode("shift_jis"))
    found.append(base64.b64encode(text.encode("utf-8")).rstrip(b"="))
    return found


def forms(secret: bytes) -> list[bytes]:
    return [
        secret,
        secret.hex().encode(),
        secret.hex().upper().encode(),
        base64.b64encode(secret).rstrip(b"="),
    ]


def test_no_file_of_the_vault_holds_a_name_a_secret_or_a_key(made: Made, tmp_path: Path) -> None:
    v = made.open()
    with closing(v.connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO note VALUES (?)", (CANARY * 500,))
        during = list(files(made.path))
        connection.execute("COMMIT")
    code = v.new_recovery_code()
    v.change_passphrase("次の合い言葉はもっと長いもの", kdf=vault.KDF_FLOOR)
    v.write_head(2, b"\x22" * 32)
    v.safety_copy()
    v.backup(tmp_path / "elsewhere")

    secrets = [forms(bytes(v._master)), forms(bytes(v._identity.private)), forms(v._key("database"))]
    secrets.append(forms(v._identity.public.ed25519))
    texts = [CANARY, PASSPHRASE, "次の合い言葉はもっと長いもの", PERSON_NAME, PERSON_ID]
    texts += [made.code, code, made.code.replace("-", ""), code.replace("-", "")]
    needles = [s for text in texts for s in spellings(text)] + [f for forms_ in secrets for f in forms_]
    scanned = during + list(files(made.path)) + list(files(tmp_path / "elsewhere"))
    assert len(scanned) > 20
    for name, data in scanned:
        for needle in needles:
            assert needle not in data, (name, needle)
    plain = v.connect().execute("SELECT text FROM note WHERE length(text) > 100").fetchone()[0]
    assert CANARY in plain, "the canary is really there, inside"


def files(folder: Path) -> list[tuple[Path, bytes]]:
    return [(path, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


def test_two_vaults_with_the_same_secrets_share_no_sealed_byte_string(made: Made, tmp_path: Path) -> None:
    from .conftest import make

    other = make(tmp_path / "other")
    ours = {data for path, data in files(made.path) if data and path.name != "lock"}
    theirs = {data for path, data in files(other.path) if data and path.name != "lock"}
    assert not ours & theirs
