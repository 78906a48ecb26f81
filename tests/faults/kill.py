"""Kills a process that is writing, at random moments, and looks whether anything acknowledged was lost.

    python -m tests.faults.kill --kills 1000            # about 25 minutes
    python -m tests.faults.kill --kills 20 --seed 7     # what the tests run

After every kill: the vault opens, `verify` finds nothing, every acknowledged act is in the history with the
digest that was acknowledged, at most one unacknowledged act follows it, no half file has the name of a whole
one, and no word of the register can be read anywhere. Exit code 1 when anything of that fails. Needs a
system that can fork.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf

from techguard import backups, vault
from techguard.register import Register
from techguard.vault.errors import VaultError, WrongPassphrase

from . import writer
from .scan import leaks

CANARIES = ("持ち出し", "見直した結果", "最初の技術", "合い言葉", "法務部長", "条件そのもの")
_A_VAULT = 40
"""Kills that one vault lives through before a new one is begun: proving it takes longer the longer it is."""
_LONGEST = 0.7
"""Seconds a writer lives after it has opened the register, at most."""


@dataclass
class Place:
    """The vault under test, and what is known of it."""

    folder: Path
    passphrases: list[str]
    seq: int = 0
    digest: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "acme.techguard"


class Lost(AssertionError):
    """A promise that was broken."""


def killed(work: Callable[[int], None], seconds: float) -> list[dict[str, Any]]:
    """Run `work(pipe)` in a process, kill it `seconds` after its first line, and give what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 0
        try:
            work(writing)
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 70
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = [pipe.readline()]
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        lines += pipe.readlines()
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise Lost(f"the writer failed before it was killed (exit {os.WEXITSTATUS(status)})")
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def create(place: Place, chance: random.Random, seed: int) -> str:
    """Kill the making of a vault. Afterwards there is one (made again if need be)."""
    said = killed(lambda out: writer.create(place.path, seed, out), chance.uniform(0, 0.35))
    done = [line for line in said if "done" in line]
    if done and not place.path.exists():
        raise Lost("a vault that was handed over is gone")
    if not place.path.exists():
        register, _ = Register.create(
            place.path,
            person="法務部長",
            department=None,
            passphrase=place.passphrases[0],
            kdf=vault.KDF_FLOOR,
        )
        register.close()
        return "create: nothing left"
    with Register.open(place.path, place.passphrases[0]) as register:
        if register.me.name != "法務部長":
            raise Lost("the first person is not there")
        place.seq, place.digest = 0, ""
        prove(register, done[-1:], most=1)
    if done:
        vault.open(place.path, done[0]["code"]).close()
    return "create: done" if done else "create: whole"


def round_of_writing(place: Place, chance: random.Random, seed: int) -> str:
    """Kill a writer somewhere, and prove what it left."""
    passphrase = place.passphrases[0]
    said = killed(
        lambda out: writer.write(place.path, passphrase, seed, out, place.folder), chance.uniform(0, _LONGEST)
    )
    done = [line for line in said if "done" in line]
    if not done:
        raise Lost("the writer did not even open the register")
    last = done[-1]
    under_way = said[-1] if "about" in said[-1] else {"about": "between"}
    secrets = [last["passphrase"]]
    if under_way["about"] == "change_passphrase":
        secrets.append(under_way["passphrase"])
    register, place.passphrases = opened(place.path, secrets)
    with register:
        prove(register, done, most=2 if under_way["about"] == "add" else 1)
        for line in done:
            if "sha256" in line:
                place.files[line["file"]] = line["sha256"]
            if "copy" in line:
                whole_copy(register, Path(line["copy"]))
            if "restored" in line and not Path(line["restored"]).exists():
                raise Lost("a vault that was restored is gone")
        whole_places(register, place)
        sealed_files(place)
    return under_way["about"]


def opened(path: Path, secrets: list[str]) -> tuple[Register, list[str]]:
    """The register by the passphrase that holds, and that passphrase; exactly one may hold."""
    holding = []
    for secret in secrets:
        try:
            vault.open(path, secret, read_only=True).close()
            holding.append(secret)
        except WrongPassphrase:
            pass
    if len(holding) != 1:
        raise Lost(f"{len(holding)} of {len(secrets)} passphrases open the vault")
    return Register.open(path, holding[0]), holding


def prove(register: Register, done: list[dict[str, Any]], *, most: int) -> None:
    """Everything is whole and everything acknowledged is there; no more than `most` acts follow it."""
    proof = register.verify()
    if not proof.ok:
        raise Lost("; ".join(f"{f.part}: {f.problem}" for f in proof.findings))
    seq, _ = register.head
    if not done:
        return
    last = done[-1]
    if not last["seq"] <= seq <= last["seq"] + most:
        raise Lost(f"acknowledged up to {last['seq']}, found {seq}")
    recorded = digests(register)
    for line in done:
        if recorded.get(line["seq"]) != line["digest"]:
            raise Lost(f"act {line['seq']} ({line['done']}) is not the one that was acknowledged")
    if (
        seq == last["seq"]
        and "id" in last
        and getattr(register.get(last["id"]), last["field"]) != last["value"]
    ):
        raise Lost(f"{last['field']} of {last['id']} is not what was acknowledged")


def digests(register: Register) -> dict[int, str]:
    """Every history entry's digest."""
    rows = register._store.connection.exec_driver_sql("SELECT seq, digest FROM history")
    return {seq: digest.hex() for seq, digest in rows}


def sealed_files(place: Place) -> None:
    """A board summary has its name only when it is whole."""
    import hashlib

    for path in place.folder.glob("board-*.pdf"):
        data = path.read_bytes()
        known = place.files.get(str(path))
        if known is not None and hashlib.sha256(data).hexdigest() != known:
            raise Lost(f"{path.name} is not what was acknowledged")
        with pikepdf.open(path, password=writer.BOARD_PASSWORD) as pdf:
            if not pdf.pages:
                raise Lost(f"{path.name} has no pages")
    for name in place.files:
        if not Path(name).exists():
            raise Lost(f"{name} is gone")


def whole_copy(register: Register, copy: Path) -> None:
    """A backup that was acknowledged is complete (or was rotated away since)."""
    if copy.exists() and backups.check(register.vault, copy).findings:
        raise Lost(f"{copy.name} is not whole")


def whole_places(register: Register, place: Place) -> None:
    """Whatever has the name of a backup or of a restored vault is complete, acknowledged or not."""
    for path in [c.path for c in register.vault.copies()] + sorted(place.folder.glob("restored-*")):
        found = backups.check(register.vault, path)
        if found.findings:
            raise Lost(f"{path.name} has its name and is not whole: {found.findings[0].problem}")
        if path.parent == place.folder:
            shutil.rmtree(path)


def campaign(kills: int, seed: int, folder: Path) -> collections.Counter[str]:
    """Kill `kills` times; how often which act was hit. Raises `Lost`."""
    chance = random.Random(seed)
    hit: collections.Counter[str] = collections.Counter()
    place = Place(folder, [])
    for n in range(kills):
        fresh = n % _A_VAULT == 0 or chance.random() < 0.12
        try:
            if fresh:
                if place.passphrases:
                    shutil.rmtree(place.folder)
                place = Place(folder / f"{n}", [writer.FIRST_PASSPHRASE])
                place.folder.mkdir()
                hit[create(place, chance, seed + n)] += 1
            else:
                hit[round_of_writing(place, chance, seed + n)] += 1
            if found := leaks([place.folder], CANARIES):
                raise Lost(f"readable: {found}")
        except (Lost, VaultError, LookupError) as error:
            raise Lost(f"kill {n} (seed {seed}): {type(error).__name__}: {error}") from error
        if sys.stderr.isatty():
            print(f"\r{n + 1} kills", end="", file=sys.stderr, flush=True)
    return hit


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kill", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="techguard-kill-") as folder:
        began = time.monotonic()
        try:
            hit = campaign(asked.kills, asked.seed, Path(folder))
        except Lost as error:
            print(f"LOST: {error}")
            raise
    print(f"{asked.kills} kills in {time.monotonic() - began:.0f} s, seed {asked.seed}: nothing lost")
    for name, count in hit.most_common():
        print(f"{count:6} during {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
