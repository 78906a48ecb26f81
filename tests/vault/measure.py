"""Prints what the vault costs on this machine: python tests/vault/measure.py"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from techguard import vault

PASSPHRASE = "measure this passphrase"


def milliseconds(act: Callable[[], object], times: int) -> str:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(took):8.2f} ms  (median of {times}, worst {max(took):.2f})"


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "v.techguard"
        v, _ = vault.create(
            folder, person_id="p", person_name="x", passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
        )
        with v:
            connection = v.connect()
            connection.execute("CREATE TABLE t (a TEXT)")

            def commit() -> None:
                connection.execute("INSERT INTO t VALUES ('x')")

            def commit_and_head() -> None:
                commit()
                v.write_head(1, bytes(32))

            print("durable commit              ", milliseconds(commit, 200))
            print("head                        ", milliseconds(lambda: v.write_head(1, bytes(32)), 200))
            print("durable commit and head     ", milliseconds(commit_and_head, 200))
            print("connect                     ", milliseconds(lambda: v.connect().close(), 50))
            print("Ed25519 signature           ", milliseconds(lambda: v.sign(b"x" * 300), 200))
            print("Ed25519 + ML-DSA-65         ", milliseconds(lambda: v.sign_checkpoint(b"x" * 300), 50))
            print("check (small vault)         ", milliseconds(v.check, 20))
            print("backup (small vault)        ", milliseconds(lambda: v.backup(Path(place) / "b"), 20))
            connection.close()

        def reopen() -> None:
            vault.open(folder, PASSPHRASE).close()

        print("open, cheapest derivation   ", milliseconds(reopen, 20))
    derive = vault.kdf.derive_key
    print("Argon2id, floor             ", milliseconds(lambda: derive(b"x", bytes(16), vault.KDF_FLOOR), 10))
    print(
        "Argon2id, recovery code     ", milliseconds(lambda: derive(b"x", bytes(16), vault.KDF_RECOVERY), 10)
    )
    print("Argon2id, default           ", milliseconds(lambda: derive(b"x", bytes(16), vault.KDF_DEFAULT), 5))
    chosen = vault.calibrated()
    print("Argon2id, calibrated        ", milliseconds(lambda: derive(b"x", bytes(16), chosen), 3), chosen)


if __name__ == "__main__":
    main()
