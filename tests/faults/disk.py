"""Every call by which an act changes the disk, in turn: it fails, or the power is cut after it.

    python -m tests.faults.disk fail              # EIO and ENOSPC at each call, once and from then on
    python -m tests.faults.disk cut               # the power is cut after each call
    python -m tests.faults.disk fail --calls 4    # what the tests run: four calls of each act

`disk.c` stands between this process and its file system; it needs Linux and a C compiler. Keys are derived
by a cheap stand-in for Argon2id, because nothing here depends on what they cost.

**fail**: the act says so (exit code 5) or did not need the call; the vault is whole; the next act of the same
process succeeds; whatever has a name is complete. **cut**: the calls before are replayed on the state before,
with what was not synced kept, dropped, or torn (any subset of the writes, some cut at a sector; any beginning
of what happened to the names in a folder). In every such state the vault opens, `verify` finds nothing, and
everything acknowledged before the cut is there.
"""

from __future__ import annotations

import argparse
import collections
import copy
import ctypes
import dataclasses
import errno
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from techguard import vault
from techguard.domain.items import Technology
from techguard.domain.words import Department
from techguard.errors import TechguardError
from techguard.register import Register
from techguard.vault import kdf

from . import writer
from .kill import Line, Lost, Place, opened, prove, who_opens, whole_files, whole_places

SOURCE = Path(__file__).with_name("disk.c")
SECTOR = 512


def compiled(folder: Path) -> Path:
    """The library. Raises `CalledProcessError`, `FileNotFoundError` where nothing compiles it."""
    made = folder / "disk.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", made, SOURCE, "-ldl"], check=True)
    return made


class Disk:
    """The library, as it lies under this very process."""

    def __init__(self, folder: Path) -> None:
        self._library = ctypes.CDLL(os.environ["LD_PRELOAD"])
        self._library.disk_calls.restype = ctypes.c_long
        self._library.disk_failed.restype = ctypes.c_char_p
        self._library.disk_watch(os.fsencode(folder.resolve()))

    def fail(self, nth: int, error: int, *, stays: bool = False) -> None:
        """The `nth` call from now fails; those after it too, if it `stays`. 0: none."""
        self._library.disk_fail(ctypes.c_long(nth), error, int(stays))

    @property
    def calls(self) -> int:
        """How many there were since `fail`."""
        return int(self._library.disk_calls())

    @property
    def failed(self) -> str:
        """The first call that failed, and where."""
        return os.fsdecode(self._library.disk_failed())

    def record(self, file: int) -> None:
        """Write every call to an open file; -1 ends it."""
        self._library.disk_record(file)


def cheap(secret: bytes, salt: bytes, cost: kdf.KdfParameters) -> bytes:
    """In place of Argon2id."""
    return hashlib.sha256(salt + secret).digest()


class Scene:
    """A register in a folder that is laid out anew for each trial, ready for one act."""

    def __init__(self, folder: Path, aim: str) -> None:
        self.aim = aim
        self.place = Place(folder / "work", writer.State(writer.FIRST_PASSPHRASE))
        self._kept = folder / f"before-{aim}"
        (self.place.folder / writer.PLAIN).mkdir(parents=True)
        self._silent = os.open(os.devnull, os.O_WRONLY)
        register, _ = Register.create(
            self.place.path,
            person="法務部長",
            department=Department.LEGAL,
            passphrase=self.place.state.passphrase,
            kdf=vault.KDF_FLOOR,
        )
        with register:
            actor = self.actor(register)
            actor.done = 100  # other texts than those of the act
            actor.import_()
            actor.do("change")
            if aim in writer.NEEDS:
                actor.do(writer.NEEDS[aim])
            self.head = register.head
        self._state = copy.deepcopy(self.place.state)
        self.place.folder.rename(self._kept)

    def lay(self) -> None:
        """As it was before the act."""
        shutil.rmtree(self.place.folder, ignore_errors=True)
        shutil.copytree(self._kept, self.place.folder)
        self.place.state = copy.deepcopy(self._state)
        self.place.files = {}

    @property
    def before(self) -> Path:
        """Where the state before the act is kept."""
        return self._kept

    def actor(self, register: Register) -> writer.Writer:
        """Who acts, on the state of the place."""
        return writer.Writer(register, self.place.state, 1, self._silent, self.place.folder)

    def whole(self, said: list[Line], under_way: str, *, most: int) -> None:
        """What the kill campaign proves. Raises `Lost`."""
        now = {"about": under_way, "next": "次の合い言葉 1 の 1 番"}
        with opened(self.place, now) as register:
            prove(register, said, most=most)
            for line in said:
                if "sha256" in line:
                    self.place.files[line["file"]] = line["sha256"]
                for made in ("copy", "restored"):
                    if made in line and not Path(line[made]).exists():
                        raise Lost(f"{line[made]} was acknowledged and is gone")
            whole_places(register, self.place)
            whole_files(self.place)
        who_opens(self.place, said, now)


def acknowledged(name: str, register: Register, found: writer.Said) -> Line:
    """The line by which a writer acknowledges an act."""
    seq, digest = register.head
    return {"done": name, "seq": seq, "digest": digest, **found}


# --- A call that fails ------------------------------------------------------------------------------------

FAULTS = {
    "EIO": (errno.EIO, False),
    "ENOSPC": (errno.ENOSPC, False),
    "EIO from then on": (errno.EIO, True),
}


@dataclass
class Outcomes:
    """What came of the failed calls of one act."""

    calls: int = 0
    came: collections.Counter[str] = field(default_factory=collections.Counter)
    stood: collections.Counter[str] = field(default_factory=collections.Counter)
    """The calls whose failure was said although something of the act stands, whole."""


def spread(calls: int, wanted: int | None, chance: random.Random) -> list[int]:
    """As many of the calls as are wanted, one from each stretch of the way; all if nothing is said."""
    if wanted is None or wanted >= calls:
        return list(range(1, calls + 1))
    return [chance.randint(n * calls // wanted + 1, (n + 1) * calls // wanted) for n in range(wanted)]


def fail(disk: Disk, folder: Path, aim: str, wanted: int | None, seed: int) -> Outcomes:
    """Let each call of an act fail. Raises `Lost`."""
    scene, found = Scene(folder, aim), Outcomes()
    scene.lay()
    register = writer.unlocked(scene.place.path, scene.place.state.passphrase)
    actor = scene.actor(register)
    disk.fail(0, 0)
    getattr(actor, aim)()
    found.calls = disk.calls
    actor.register.close()
    for nth in spread(found.calls, wanted, random.Random(seed)):
        for fault, (error, stays) in FAULTS.items():
            scene.lay()
            _one_failure(disk, scene, found, fault, nth, error, stays=stays)
    shutil.rmtree(scene.before)
    return found


def _one_failure(
    disk: Disk, scene: Scene, found: Outcomes, fault: str, nth: int, error: int, *, stays: bool
) -> None:
    """One trial."""
    register = writer.unlocked(scene.place.path, scene.place.state.passphrase)
    actor = scene.actor(register)
    actor.done = 1
    told: TechguardError | None = None
    result: writer.Said = {}
    disk.fail(nth, error, stays=stays)
    try:
        result = getattr(actor, scene.aim)()
    except TechguardError as refused:
        told = refused
    except Exception as fault_of_ours:
        where = f"{scene.aim}, call {nth} ({disk.failed}), {fault}"
        disk.fail(0, 0)
        raise Lost(f"{where}: nobody can understand {fault_of_ours!r}") from fault_of_ours
    failed = disk.failed
    disk.fail(0, 0)
    said = [] if told else [acknowledged(scene.aim, actor.register, result)]
    where = f"{scene.aim}, call {nth} ({failed}), {fault}"
    try:
        if told is not None and told.exit_code != 5:
            raise Lost(f"{type(told).__name__} ends with {told.exit_code}: {told}")
        if actor.register.vault.is_open:  # the same process goes on, now that the disk answers
            technology = actor.register.find(Technology)[0]
            changed = actor.register.change(technology, outline=f"その後 {nth}")
            said.append(
                acknowledged(
                    "change", actor.register, {"id": changed.id, "field": "outline", "value": changed.outline}
                )
            )
        actor.register.close()
        # Opening may bring the history up to the keys once more.
        keys = told is not None or scene.aim in {"issue_code", "join"}
        scene.whole(said, scene.aim if told else "between", most=2 if not said else int(keys))
        with writer.unlocked(scene.place.path, scene.place.state.passphrase, read_only=True) as after:
            stands = after.head[0] - scene.head[0] - sum(line["done"] == "change" for line in said[-1:])
    except Exception as wrong:
        raise Lost(f"{where}: {type(wrong).__name__}: {wrong}") from wrong
    found.came[type(told).__name__ if told else "done"] += 1
    if told and stands > 0:
        found.stood[_anonymous(failed)] += 1


def _anonymous(call: str) -> str:
    """A call without the random part of a temporary file's name."""
    return call.split(".tmp-")[0]


# --- The power is cut ---------------------------------------------------------------------------------------


@dataclass
class File:
    """What a file holds: on the disk, and as programs see it."""

    now: bytearray
    synced: bytes
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Writes since the last sync: where, and what; None cuts the file there."""

    def write(self, at: int, data: bytes | None) -> None:
        self.pending.append((at, data))
        _apply(self.now, at, data)

    def sync(self) -> None:
        self.synced, self.pending = bytes(self.now), []


@dataclass
class Folder:
    """The names in a folder: on the disk, and as programs see them."""

    now: dict[str, File | Folder] = field(default_factory=dict)
    synced: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[tuple[str, str, File | Folder | None]] = field(default_factory=list)
    """What happened to names since the last sync: a new one, one that went, one in place of another."""

    def put(self, name: str, what: File | Folder) -> None:
        self.pending.append((name, "", what))
        self.now[name] = what

    def drop(self, name: str) -> None:
        self.pending.append((name, "", None))
        self.now.pop(name, None)

    def move(self, name: str, to: str) -> None:
        what = self.now.pop(name)
        self.pending.append((name, to, what))
        self.now[to] = what

    def sync(self) -> None:
        self.synced, self.pending = dict(self.now), []


def _apply(data: bytearray, at: int, what: bytes | None) -> None:
    if what is None:
        del data[at:]
    if len(data) < at:
        data.extend(bytes(at - len(data)))
    if what is not None:
        data[at : at + len(what)] = what


def read(folder: Path) -> Folder:
    """A folder that is all on the disk."""
    made = Folder()
    for path in folder.iterdir():
        made.now[path.name] = (
            read(path) if path.is_dir() else File(bytearray(data := path.read_bytes()), data)
        )
    made.synced = dict(made.now)
    return made


@dataclass(frozen=True)
class Call:
    """One that changed something. A mark has what was acknowledged as `data`."""

    name: str
    path: tuple[str, ...]
    to: str
    at: int
    data: bytes


def parsed(log: bytes, root: Path) -> Iterator[Call]:
    """The calls of a log, with paths below `root`."""
    at = 0
    while at < len(log):
        end = log.index(b"\n", at)
        name, path, to, offset, size = log[at:end].decode().split("\t")
        at = end + 1 + int(size)
        parts = Path(path).relative_to(root).parts if name != "mark" else ()
        yield Call(name, parts, Path(to).name, int(offset), log[end + 1 : at])


def replay(root: Folder, call: Call) -> None:
    """What a call does to the state."""
    if call.name == "mark":
        return
    inside = root
    for name in call.path[:-1]:
        found = inside.now.get(name)
        if not isinstance(found, Folder):
            return  # of something that is gone: nobody can see it any more
        inside = found
    name = call.path[-1] if call.path else ""
    there: File | Folder | None = inside.now.get(name) if name else root
    match call.name:
        case "create" if isinstance(there, File):
            there.write(0, None)
        case "create":
            inside.put(name, File(bytearray(), b""))
        case "mkdir":
            inside.put(name, Folder())
        case "write" if isinstance(there, File):
            there.write(call.at, call.data)
        case "truncate" if isinstance(there, File):
            there.write(call.at, None)
        case "rename":
            inside.move(name, call.to)
        case "unlink" | "rmdir":
            inside.drop(name)
        case "sync" if there is not None:
            there.sync()


CUTS = ("kept", "lost", "names only", "torn")
"""What becomes of what was not synced: all of it is there; none; names, and no content; any of it."""


def materialise(what: Folder, path: Path, cut: str, chance: random.Random) -> None:
    """Write what the disk holds after a cut."""
    names = dict(what.synced)
    kept = {"kept": len(what.pending), "lost": 0, "names only": len(what.pending)}.get(cut)
    for name, to, entry in what.pending[: chance.randint(0, len(what.pending)) if kept is None else kept]:
        names.pop(name, None)
        if entry is not None:
            names[to or name] = entry
    path.mkdir(mode=0o700)
    for name, entry in names.items():
        if isinstance(entry, Folder):
            materialise(entry, path / name, cut, chance)
            continue
        data = bytearray(entry.synced)
        for at, written in entry.pending if cut in {"kept", "torn"} else ():
            if cut == "kept" or chance.random() < 0.5:
                half = cut == "torn" and written is not None and chance.random() < 0.3
                _apply(
                    data,
                    at,
                    written[: chance.randrange(0, len(written) + 1, SECTOR)] if half and written else written,
                )
        (path / name).write_bytes(data)
        (path / name).chmod(0o600)


def cut(disk: Disk, folder: Path, aim: str, wanted: int | None, seed: int) -> tuple[int, int]:
    """Cut the power after each call of opening, an act and closing; how many calls, how many states. Raises
    `Lost`.
    """
    import json

    scene, chance = Scene(folder, aim), random.Random(seed)
    scene.lay()
    log = os.open(folder / f"log-{aim}", os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)

    def mark(line: Line) -> None:
        data = json.dumps(line).encode()
        os.write(log, b"mark\t\t\t0\t%d\n" % len(data) + data)

    disk.record(log)
    register = writer.unlocked(scene.place.path, scene.place.state.passphrase)
    actor = scene.actor(register)
    actor.done = 1
    result = getattr(actor, aim)()
    mark(acknowledged(aim, actor.register, result) | {"state": dataclasses.asdict(actor.state)})
    actor.register.close()
    disk.record(-1)
    os.close(log)

    calls = list(parsed((folder / f"log-{aim}").read_bytes(), scene.place.folder.resolve()))
    root, states = read(scene.before), 0
    said: list[Line] = []
    at = set(spread(len(calls), wanted, chance))
    for n, call in enumerate(calls, 1):
        replay(root, call)
        if call.name == "mark":
            said = [json.loads(call.data)]
        if n not in at:
            continue
        for way in CUTS:
            scene.lay()
            shutil.rmtree(scene.place.folder)
            materialise(root, scene.place.folder, way, chance)
            if said:
                scene.place.state = writer.State(**copy.deepcopy(said[0]["state"]))
            try:
                scene.whole(said, "between" if said else aim, most=0 if said else 2)
                with writer.unlocked(scene.place.path, scene.place.state.passphrase) as after:
                    if not said and after.head[0] < scene.head[0]:
                        raise Lost("what stood before the act is gone")
                    after.change(after.find(Technology)[0], outline=f"停電の後 {n}")
            except Exception as wrong:
                raise Lost(
                    f"{aim}, cut after call {n} ({call.name} {'/'.join(call.path)}), {way}: {wrong!r}"
                ) from wrong
            states += 1
    shutil.rmtree(scene.before)
    return len(calls), states


# --- The campaigns ------------------------------------------------------------------------------------------


def under_the_library() -> None:
    """Begin this process anew with the library under it."""
    folder = Path(tempfile.mkdtemp(prefix="techguard-disk-"))
    os.environ |= {"LD_PRELOAD": str(compiled(folder)), "TECHGUARD_DISK": str(folder)}
    os.execv(sys.executable, [sys.executable, "-m", "tests.faults.disk", *sys.argv[1:]])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.disk", description=__doc__.splitlines()[0])
    parser.add_argument("way", choices=["fail", "cut"])
    parser.add_argument("--calls", type=int, help="how many calls of each act are tried; all if not said")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--acts", nargs="*", default=list(writer.AIMS))
    asked = parser.parse_args()
    if "TECHGUARD_DISK" not in os.environ:
        under_the_library()
    folder = Path(os.environ.pop("TECHGUARD_DISK")).resolve()
    kdf.derive_key = cheap
    began, told = time.monotonic(), 0
    try:
        disk = Disk(folder / "work")
        for aim in asked.acts:
            if asked.way == "fail":
                found = fail(disk, folder, aim, asked.calls, asked.seed)
                told += found.came.total()
                came: Any = dict(found.came.most_common())
                print(
                    f"{aim:18} {found.calls:4} calls: {came}",
                    *([f"stood: {dict(found.stood)}"] if found.stood else []),
                    flush=True,
                )
            else:
                calls, states = cut(disk, folder, aim, asked.calls, asked.seed)
                told += states
                print(f"{aim:18} {calls:4} calls, {states} states", flush=True)
            shutil.rmtree(folder / "work")
    except Lost as error:
        print(f"LOST: {error}")
        raise
    finally:
        shutil.rmtree(folder)
    print(
        f"{told} {'failures' if asked.way == 'fail' else 'states'} in {time.monotonic() - began:.0f} s:",
        "nothing lost",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
