"""A merge that is killed at any moment leaves the vault as it was, or merged; the other copy as it was.

python -m tests.faults.test_merge_killed --kills 500      # the long run
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from techguard import copies, vault
from techguard.domain import items as i
from techguard.domain.words import Department
from techguard.register import Register
from techguard.vault.errors import GenerationBehind, UnfinishedWrite

from .kill import Lost, killed

PASSPHRASE = "正しい馬の電池ホチキスです"


def made(folder: Path) -> tuple[Path, Path]:
    """Two copies that parted: much was done in the other, and one field was changed in both."""
    path, other = folder / "acme.techguard", folder / "train.techguard"
    register, _ = Register.create(
        path, person="法務部長", department=Department.LEGAL, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
    )
    with register:
        first = register.add(i.Technology(code_name="焼結"))
        register.bulk(i.Exposure(technology=first.id, title=f"流出{n}", route="R01") for n in range(40))
    shutil.copytree(path, other)
    with Register.open(other, PASSPHRASE) as register:
        register.change(register.get(first.id, i.Technology), note="鉄道で")
        for exposure in register.find(i.Exposure)[:20]:
            register.rate(exposure, likelihood=4, impact=4, rationale="鉄道で")
    with Register.open(path, PASSPHRASE) as register:
        register.change(register.get(first.id, i.Technology), note="工場で")
        register.add(i.Technology(code_name="薄膜"))
    return path, other


def merge(path: Path, other: Path, out: int) -> None:
    """Merge, and say when it begins and when it is done; then wait to be killed."""
    with Register.open(path, PASSPHRASE) as register, copies.open_other(register, other) as there:
        meeting = copies.Meeting(register, there)
        os.write(out, b'{"begun": true}\n')
        meeting.take(lambda conflict: "theirs")
        os.write(out, b'{"done": true}\n')
        time.sleep(600)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def campaign(kills: int, seed: int, folder: Path) -> Counter[str]:
    """How often the vault was found as it was, and merged. Raises `Lost`."""
    path, other = made(folder / "made")
    chance, found = random.Random(seed), Counter[str]()
    there = files(other)
    with Register.open(path, PASSPHRASE) as register:
        before = register.head
    for n in range(kills):
        place = folder / f"{n}"
        shutil.copytree(folder / "made", place)
        mine, theirs = place / path.name, place / other.name
        said = killed(lambda out, a=mine, b=theirs: merge(a, b, out), chance.uniform(0, 0.5))  # type: ignore[misc]
        if files(theirs) != there:
            raise Lost(f"kill {n}: the other copy was written")
        with Register.open(mine, PASSPHRASE) as register:
            wrong = [
                f
                for f in register.verify().findings
                if not isinstance(f.problem, UnfinishedWrite | GenerationBehind)
            ]
            if wrong:
                raise Lost(f"kill {n}: {wrong[0].part}: {wrong[0].problem}")
            merged = register.head != before
            note = register.find(i.Technology)[0].note
            if {"done": True} in said and not merged:
                raise Lost(f"kill {n}: an acknowledged merge is gone")
            if note != ("鉄道で" if merged else "工場で"):
                raise Lost(f"kill {n}: half a merge")
            with copies.open_other(register, theirs) as again:
                outcome = copies.Meeting(register, again).take(lambda conflict: "theirs")
            if (outcome is None) != merged:
                raise Lost(f"kill {n}: merging once more did not end where it should")
        found["merged" if merged else "as it was"] += 1
        shutil.rmtree(place)
    return found


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the campaign forks the program that is killed")
def test_a_merge_that_is_killed_happened_or_did_not(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    found = campaign(12, 5, tmp_path)
    assert sum(found.values()) == 12


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill a merge at random moments.")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "made").mkdir()
        found = campaign(asked.kills, asked.seed, folder)
    print(f"{asked.kills} kills, seed {asked.seed}: nothing lost; {dict(found)}")


if __name__ == "__main__":
    main()
