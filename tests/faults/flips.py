"""Every byte of a database, changed: the page that it is in is named.

    python -m tests.faults.flips                 # every byte of every page
    python -m tests.faults.flips --places 40     # what the tests run: some places of each page

Pages are authenticated one by one, so one byte of each is changed at once, at the same place in all: every
page must be named. Of the first, which holds what the keys of the others come from, each byte is changed
alone. The vault's other files are small: `tests/vault/test_tampering.py` changes every byte of each of them.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from techguard import vault
from techguard.domain.items import Exposure, Technology
from techguard.register import Register
from techguard.vault import database

from .disk import spread

PAGE = 4096
PASSPHRASE = "一字も見逃さない合い言葉"
_FAILED = re.compile(r"failed for page (\d+)")


class Unnoticed(AssertionError):
    """A change that nobody was told of."""


def made(path: Path) -> bytes:
    """A small register, and the key of its database."""
    register, _ = Register.create(
        path, person="法務部長", department=None, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
    )
    with register:
        technology = register.add(Technology(code_name="焼結プロファイルK"))
        exposure = register.add(Exposure(technology=technology.id, title="条件表が持ち出される", route="R01"))
        register.rate(exposure, likelihood=3, impact=4, rationale="前例がある。")
        return register.vault._key("database")


def named(path: Path, key: bytes) -> set[int]:
    """The pages of which SQLCipher says that they were altered."""
    connection: Any
    with closing(database.connect(path, key, read_only=True)) as connection:
        rows = connection.execute("PRAGMA cipher_integrity_check").fetchall()
    return {int(found[1]) for (text,) in rows if (found := _FAILED.search(text))}


def campaign(folder: Path, most: int | None, seed: int) -> tuple[int, int]:
    """How many places of a page were changed, in how many pages. Raises `Unnoticed`."""
    chance = random.Random(seed)
    key, path = made(folder / "acme.techguard"), folder / "acme.techguard" / database.NAME
    data = path.read_bytes()
    pages = len(data) // PAGE
    others = set(range(2, pages + 1))
    if named(path, key):
        raise Unnoticed("pages are named of which nothing was changed")
    places = [n - 1 for n in spread(PAGE, most, chance)]
    for place in places:
        path.write_bytes(flipped(data, [(page - 1) * PAGE + place for page in others], chance))
        if missed := others - named(path, key):
            raise Unnoticed(f"byte {place} of the pages {sorted(missed)}")
        path.write_bytes(flipped(data, [place], chance))
        if database.opens(path, key) and 1 not in named(path, key):
            raise Unnoticed(f"byte {place} of the first page")
    return len(places), pages


def flipped(data: bytes, places: list[int], chance: random.Random) -> bytes:
    """With one bit of each of these bytes another."""
    changed = bytearray(data)
    for at in places:
        changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.flips", description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, help="how many places of each page; all if not said")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="techguard-flips-") as folder:
        places, pages = campaign(Path(folder), asked.places, asked.seed)
    print(f"{places * pages} bytes of {pages} pages in {time.monotonic() - began:.0f} s: each page was named")
    return 0


if __name__ == "__main__":
    sys.exit(main())
