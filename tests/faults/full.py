"""Runs every way of writing on a disk without room, with a little more room each time, and looks at the vault
after each. It is a process of its own, because it limits itself.

    python -m tests.faults.full limit FOLDER     # RLIMIT_FSIZE: no file may grow beyond a size
    python -m tests.faults.full filled FOLDER    # FOLDER is a small file system, which is filled
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from techguard import backups, board, exchange, vault
from techguard.domain.items import Exposure, Technology
from techguard.errors import TechguardError
from techguard.register import Register
from techguard.vault.errors import DiskFull, StorageFailed
from techguard.vault.files import write_atomically
from tests.bench.synthetic import Synthetic

PASSPHRASE = "満杯でも失わない合い言葉"
PASSWORD = "board-password-1"


@contextmanager
def limited(most: int) -> Iterator[None]:
    """No file may have more than `most` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Filled:
    """A small file system that is filled except for some bytes."""

    def __init__(self, folder: Path) -> None:
        self.filler = folder / "filler"

    @contextmanager
    def __call__(self, left: int) -> Iterator[None]:
        room = os.statvfs(self.filler.parent)
        with self.filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_frsize - left))
        try:
            yield
        finally:
            self.filler.unlink()


class Trial:
    """One vault, what was acknowledged of it, and every way of writing into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "acme.techguard"
        self.register, _ = Register.create(
            self.path, person="法務部長", department=None, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
        )
        self.passphrase = PASSPHRASE
        for part in Synthetic(10).chunks():
            self.register.bulk(part)
        self.number = 0
        self.acknowledged: dict[str, str] = {}
        self.files: set[Path] = set()

    def commit(self) -> None:
        """A change with a long text."""
        found = self.register.find(Technology)[self.number % 10]
        text = f"{self.number} " + "長い説明である。" * 400
        self.register.change(found, outline=text[:4000])
        self.acknowledged[found.id] = text[:4000].strip()

    def add(self) -> None:
        """A new exposure, rated."""
        technology = self.register.find(Technology)[0]
        with self.register.act("評価"):
            made = self.register.add(Exposure(technology=technology.id, title=f"流出 {self.number}"))
            self.register.rate(made, likelihood=3, impact=3, rationale="満杯の間に評価した")

    def import_(self) -> None:
        """Eighty entries in one act."""
        parts = [i for part in Synthetic(8, seed=100 + self.number).chunks() for i in part]
        with self.register.act("一覧.xlsx", action="import"):
            self.register.bulk(parts)

    def change_passphrase(self) -> None:
        new = f"満杯の間に改めた合い言葉 {self.number}"
        self.register.vault.change_passphrase(new, kdf=vault.KDF_FLOOR)
        self.passphrase = new

    def back_up(self) -> None:
        backups.make(self.register.vault, self.folder / "copies")

    def back_up_inside(self) -> None:
        backups.make(self.register.vault, retention=vault.Retention(2, 0, 0, 0))

    def restore(self) -> None:
        """A backup that lies elsewhere, into a new place."""
        source = self.register.vault.copies(self.folder / "copies")[-1]
        with self.register.vault.open_copy(source.path) as backup:
            backups.restore(backup, self.folder / "copies" / f"back-{self.number}")
        shutil.rmtree(self.folder / "copies" / f"back-{self.number}")

    def board(self) -> None:
        output = self.folder / f"board-{self.number}.pdf"
        board.produce(self.register, board.Delivery(output=output, lock=PASSWORD))
        self.files.add(output)

    def export(self) -> None:
        output = self.folder / f"export-{self.number}.xlsx"
        write_atomically(output, exchange.export(self.register, "xlsx", "ja"))
        self.files.add(output)

    def whole(self) -> None:
        """The vault is whole, everything acknowledged is there, and no half file lies about."""
        proof = self.register.verify()
        assert proof.ok, [str(f.problem) for f in proof.findings]
        for id_, outline in self.acknowledged.items():
            assert self.register.get(id_, Technology).outline == outline
        lying = {p for p in self.folder.iterdir() if p.is_file() and p.name != "filler"}
        assert lying == self.files, lying ^ self.files
        copies = self.folder / "copies"
        for copy in copies.iterdir() if copies.is_dir() else ():
            assert not copy.name.startswith("."), copy
            assert backups.check(self.register.vault, copy).ok
        for own in (self.path / "backups").iterdir():
            assert not own.name.startswith("."), own
            assert backups.check(self.register.vault, own).ok

    def reopened(self) -> None:
        """Another process finds it whole too."""
        head = self.register.head
        self.register.close()
        self.register = Register.open(self.path, self.passphrase)
        assert self.register.head == head
        self.whole()


def rooms(way: str, trial: Trial) -> list[int]:
    """From none to nearly enough."""
    if way == "filled":
        return [0, 4096, 16_384, 65_536, 262_144, 1_048_576]
    size = (trial.path / "register.db").stat().st_size
    return [0, 100, 4096, 30_000, size, size + 8192, size + 65_536]


def run(way: str, folder: Path) -> dict[str, list[str]]:
    """Every act in every room; what came of each."""
    trial = Trial(folder)
    no_room = Filled(folder) if way == "filled" else limited
    outcomes: dict[str, list[str]] = {}
    for act in (
        trial.commit,
        trial.add,
        trial.import_,
        trial.change_passphrase,
        trial.back_up,
        trial.back_up_inside,
        trial.restore,
        trial.board,
        trial.export,
    ):
        came = outcomes.setdefault(act.__name__, [])
        for left in rooms(way, trial):
            trial.number += 1
            before = trial.register.head
            with no_room(left):
                error = _error_of(act)
            came.append(type(error).__name__ if error else "done")
            if error:
                assert isinstance(error, DiskFull | StorageFailed), repr(error)
                assert error.exit_code == 5
                assert trial.register.head == before, "what failed left nothing behind"
            trial.whole()
        trial.number += 1
        act()  # there is room again
        trial.reopened()
    trial.register.close()
    return outcomes


def _error_of(act: Callable[[], None]) -> TechguardError | None:
    try:
        act()
    except TechguardError as error:
        return error
    return None


def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for act, came in run(sys.argv[1], Path(sys.argv[2])).items():
        print(act, *came)


if __name__ == "__main__":
    main()
