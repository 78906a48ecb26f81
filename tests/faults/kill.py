"""Kills a process that is writing, at random moments, and looks whether anything acknowledged was lost.

    python -m tests.faults.kill --kills 1000            # about an hour
    python -m tests.faults.kill --kills 24 --seed 7     # what the tests run

Each kill is aimed at one act, all of them in turn: making a vault, bringing one to a new format, and every
act of `writer.AIMS`. It falls anywhere in that act, or in what is done right after it.

After every kill: the vault opens, `verify` finds nothing, every acknowledged act is in the history with the
digest that was acknowledged, no unacknowledged act but the one under way follows it, who was let in opens the
vault and who was removed does not, no half file has the name of a whole one, and no word of the register can
be read anywhere but in what was exported in plain; the draft of a file that was being written goes with the
next file in its folder. Exit code 1 when anything of that fails. Needs a system that can fork.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import io
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pikepdf

from techguard import backups, vault
from techguard.board import sealing
from techguard.register import Register
from techguard.store import migrations
from techguard.vault import slots
from techguard.vault.errors import InvitationVoid, VaultError, WrongPassphrase
from techguard.vault.files import write_output

from . import writer
from .scan import leaks

CANARIES = ("持ち出し", "見直した結果", "最初の技術", "合い言葉", "法務部長", "条件そのもの", "鉄道の技術")
AIMS = ("create", "migrate", *writer.AIMS)
_A_VAULT = 40
"""Kills that one vault lives through before a new one is begun: proving it takes longer the longer it is."""
_AT_FIRST, _AFTER = 0.5, 1.1
"""Seconds within which a kill falls while nobody knows how long the act takes; and how far beyond the longest
that it took, when somebody does.
"""

Line = dict[str, Any]
Took = dict[str, float]


@dataclass
class Place:
    """The vault under test, and what is known of it."""

    folder: Path
    state: writer.State
    files: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "acme.techguard"


class Lost(AssertionError):
    """A promise that was broken."""


def killed(work: Callable[[int], None], seconds: float, *, since: bytes = b"") -> list[Line]:
    """Run `work(pipe)` in a process, kill it `seconds` after its first line with `since` in it, and give what
    it said.
    """
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
        lines = []
        for line in pipe:
            lines.append(line)
            if since in line:
                break
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        lines += pipe.readlines()
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise Lost(f"the writer failed before it was killed (exit {os.WEXITSTATUS(status)})")
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


AIMED = b'"aimed": true'


def moment(took: Took, aim: str, chance: random.Random) -> float:
    """When to kill, in seconds after the act began."""
    return chance.uniform(0, _AFTER * took.get(aim, _AT_FIRST))


def learn(took: Took, said: list[Line]) -> None:
    """How long the acts took that were acknowledged, at most."""
    for begun, ended in itertools.pairwise(said):
        if "about" in begun and ended.get("done") == begun["about"]:
            took[ended["done"]] = max(ended["at"] - begun["at"], took.get(ended["done"], 0))


# --- The rounds: each kills once and proves what was left -----------------------------------------------


def create(place: Place, took: Took, chance: random.Random, seed: int) -> str:
    """Kill the making of a vault. Afterwards there is one (made again if need be)."""
    said = killed(
        lambda out: writer.create(place.path, seed, out), moment(took, "create", chance), since=AIMED
    )
    learn(took, said)
    done = [line for line in said if "done" in line]
    place.state.code = done[0]["code"] if done else ""
    if done and not place.path.exists():
        raise Lost("a vault that was handed over is gone")
    if not place.path.exists():
        register, _ = Register.create(
            place.path,
            person="法務部長",
            department=None,
            passphrase=place.state.passphrase,
            kdf=vault.KDF_FLOOR,
        )
        register.close()
        return "create: nothing left"
    with writer.unlocked(place.path, place.state.passphrase) as register:
        if register.me.name != "法務部長":
            raise Lost("the first person is not there")
        prove(register, done[-1:], most=1)
    if done:
        vault.open(place.path, done[0]["code"]).close()
    return "create: done" if done else "create: whole"


_STEP = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None


def upgrade() -> None:
    op.create_table("tomorrow", sa.Column("id", sa.Text(), primary_key=True), sa.Column("text", sa.Text()))
    op.execute("INSERT INTO tomorrow SELECT id, code_name FROM technologies")
    with op.batch_alter_table("exposures") as exposures:  # every row is written anew
        exposures.add_column(sa.Column("tomorrow", sa.Text(), nullable=False, server_default="x"))
"""


@contextmanager
def tomorrow(folder: Path) -> Iterator[None]:
    """Within, the program is a later version, whose format is one step ahead of today's."""
    steps = folder / "steps"
    shutil.copytree(Path(migrations.__file__).parent, steps, dirs_exist_ok=True)
    (steps / "versions" / "0002_tomorrow.py").write_text(_STEP, encoding="utf-8")
    with (
        mock.patch.object(migrations, "__file__", str(steps / "__init__.py")),
        mock.patch.object(migrations, "HEAD", "0002"),
    ):
        yield


def migrate(place: Place, took: Took, chance: random.Random, _seed: int) -> str:
    """Kill the step to a new format, on a copy of the vault: it is of the old format, or of the new."""
    copy = Place(place.folder / "migrated", place.state)
    shutil.copytree(place.path, copy.path, ignore=shutil.ignore_patterns("backups"))
    (copy.path / "backups").mkdir()
    with writer.unlocked(copy.path, place.state.passphrase, read_only=True) as register:
        before, tables = register.head, _tables(register)
    with tomorrow(place.folder.parent):
        said = killed(
            lambda out: writer.migrate(copy.path, place.state, out),
            moment(took, "migrate", chance),
            since=AIMED,
        )
        learn(took, said)
        secret = place.state.passphrase
        with vault.open(copy.path, secret, key_file=writer.key_of(secret), read_only=True) as opened:
            older = opened.copies()
        with writer.unlocked(copy.path, place.state.passphrase) as register:
            if (
                register.head != before
                or {n: t for n, t in _tables(register).items() if n in tables} != tables
            ):
                raise Lost("another content after the step")
            prove(register, [], most=0)
            for one in older or register.vault.copies():
                if backups.check(register.vault, one.path).findings:
                    raise Lost(f"{one.path.name}, made before the step, is not whole")
            if not register.vault.copies():
                raise Lost("no backup was made before the step")
    shutil.rmtree(copy.folder)
    return "migrate"


def _tables(register: Register) -> dict[str, int]:
    """How many rows each table has."""
    connection = register._store.connection
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    kept = [n for n in names if not n.startswith(("search", "tall", "sqlite"))]
    return {n: connection.exec_driver_sql(f'SELECT count(*) FROM "{n}"').scalar_one() for n in kept}


def write(place: Place, aim: str, took: Took, chance: random.Random, seed: int) -> str:
    """Kill a writer in or after the act that is aimed at, and prove what it left."""
    said = killed(
        lambda out: writer.write(place.path, place.state, seed, out, place.folder, aim),
        moment(took, aim, chance),
        since=AIMED,
    )
    learn(took, said)
    done = [line for line in said if "done" in line]
    if not done:
        raise Lost("the writer did not even open the register")
    under_way = said[-1] if "about" in said[-1] else {"about": "between"}
    place.state = writer.State(**done[-1]["state"])
    register = opened(place, under_way)
    with register:
        prove(register, done, most=writer.OF_SEVERAL.get(under_way["about"], 1))
        kept = register.kept(writer.KEPT[0]).get(writer.KEPT[1], "")
        if kept != place.state.kept and not (under_way["about"] == "keep" and kept == under_way["next"]):
            raise Lost("what somebody kept for themselves is not what was acknowledged")
        place.state.kept = kept
        for line in done:
            if "sha256" in line:
                place.files[line["file"]] = line["sha256"]
            if "copy" in line:
                whole_copy(register, Path(line["copy"]))
            if "restored" in line and not Path(line["restored"]).exists():
                raise Lost("a vault that was restored is gone")
        whole_places(register, place)
        whole_files(place)
    no_drafts(place)
    who_opens(place, done, under_way)
    return str(under_way["about"])


def opens(place: Place, secret: str, **how: Any) -> bool:
    """Whether a passphrase or code opens the vault."""
    try:
        vault.open(place.path, secret, key_file=writer.key_of(secret), read_only=True, **how).close()
    except (WrongPassphrase, InvitationVoid):
        return False
    return True


def opened(place: Place, under_way: Line) -> Register:
    """The register by the passphrase that holds; exactly one may hold."""
    secrets = [place.state.passphrase]
    if under_way["about"] == "change_passphrase":
        secrets.append(under_way["next"])
    holding = [secret for secret in secrets if opens(place, secret)]
    if len(holding) != 1:
        raise Lost(f"{len(holding)} of {len(secrets)} passphrases open the vault")
    place.state.passphrase = holding[0]
    return writer.unlocked(place.path, holding[0])


def who_opens(place: Place, done: list[Line], under_way: Line) -> None:
    """Who was let in opens the vault, who was removed does not; what was under way happened or did not."""
    state = place.state
    for line in done:
        if "removed_person" in line and opens(place, line["removed_person"]):
            raise Lost("who was removed still opens the vault")
    for line in done:
        if "replaced" in line and opens(place, line["replaced"]):
            raise Lost("a recovery code that was replaced or revoked still opens the vault")
    if state.code and not opens(place, state.code):
        if under_way["about"] not in {"issue_code", "revoke_code"}:
            raise Lost("a recovery code that was handed over opens nothing")
        state.code = ""
    if state.invited and under_way["about"] == "withdraw":
        state.invited.pop()  # it gives no access any more, or it still does: either is right
    if state.invited and under_way["about"] == "join":
        name, file, code = state.invited[-1]
        if not opens(place, code, invitation=file.encode()):
            state.invited.pop()
            state.open[name] = under_way["next"]
    if state.open and under_way["about"] == "remove_person":
        name = next(iter(state.open))
        if not opens(place, state.open[name]):
            del state.open[name]
    if shut := [name for name, secret in state.open.items() if not opens(place, secret)]:
        raise Lost(f"let in, and cannot open the vault: {shut}")
    for name, file, code in state.invited:
        if not opens(place, code, invitation=file.encode()):
            raise Lost(f"invited, and the invitation opens nothing: {name}")


# --- What is proved ---------------------------------------------------------------------------------------


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
        and str(getattr(register.get(last["id"]), last["field"])) != last["value"]
    ):
        raise Lost(f"{last['field']} of {last['id']} is not what was acknowledged")


def digests(register: Register) -> dict[int, str]:
    """Every history entry's digest."""
    rows = register._store.connection.exec_driver_sql("SELECT seq, digest FROM history")
    return {seq: digest.hex() for seq, digest in rows}


def whole_files(place: Place) -> None:
    """A file that was asked for has its name only when it is whole, and what was acknowledged stays."""
    for path in place.folder.rglob("*"):
        opens_whole = next((o for ending, o in _WHOLE.items() if path.name.endswith(ending)), None)
        if opens_whole is None or ".techguard" in str(path.relative_to(place.folder)):
            continue
        data = path.read_bytes()
        known = place.files.get(str(path))
        if known is None:
            opens_whole(data)
        elif hashlib.sha256(data).hexdigest() != known:
            raise Lost(f"{path.name} is not what was acknowledged")
    if gone := [name for name in place.files if not Path(name).exists()]:
        raise Lost(f"gone: {gone}")


def no_drafts(place: Place) -> None:
    """The next file that is written into a folder, whatever its name, takes away what was left there."""
    for folder in (place.folder, place.folder / writer.PLAIN):
        write_output(folder / "next", b"")
        if left := [path.name for path in folder.iterdir() if ".tmp-" in path.name and path.is_file()]:
            raise Lost(f"drafts stayed: {left}")


def _zip(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if archive.testzip() is not None:
            raise Lost("a damaged archive has its name")


def _pdf(data: bytes) -> None:
    with pikepdf.open(io.BytesIO(data), password=writer.BOARD_PASSWORD) as pdf:
        if not pdf.pages:
            raise Lost("a board summary without pages has its name")


def _invitation(data: bytes) -> None:
    if slots.parse(None, data).kind != slots.INVITATION:
        raise Lost("what has the name of an invitation is none")


_WHOLE: dict[str, Callable[[bytes], None]] = {
    ".pdf": _pdf,
    ".zip.age": lambda data: _zip(sealing.unseal(data, writer.BOARD_PASSWORD)),
    ".xlsx": _zip,
    ".invitation": _invitation,
}


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
    took: Took = {}
    aims: list[str] = []
    place = Place(folder, writer.State(""))
    for n in range(kills):
        aims = aims or chance.sample(AIMS, len(AIMS))
        aim = "create" if n % _A_VAULT == 0 else aims.pop()
        try:
            if aim == "create":
                if place.state.passphrase:
                    shutil.rmtree(place.folder)
                place = Place(folder / f"{n}", writer.State(writer.FIRST_PASSPHRASE))
                (place.folder / writer.PLAIN).mkdir(parents=True)
                hit[create(place, took, chance, seed + n)] += 1
            elif aim == "migrate":
                hit[migrate(place, took, chance, seed + n)] += 1
            else:
                hit[write(place, aim, took, chance, seed + n)] += 1
            in_plain = place.folder / writer.PLAIN
            if found := [
                (p, word) for p, word in leaks([place.folder], CANARIES) if in_plain not in p.parents
            ]:
                raise Lost(f"readable: {found}")
        except (Lost, VaultError, LookupError) as error:
            raise Lost(f"kill {n} (seed {seed}), {aim}: {type(error).__name__}: {error}") from error
        print(f"{n + 1} {aim}", file=sys.stderr, flush=True)
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
