"""Backups of a register: made, proved, listed, compared and restored.

A backup counts only after it was opened as a vault of its own and everything in it held: its keys, its head,
every page of its database, every signature of its history, every entry against that history. It is a vault
like the one it was made of, so everything that opens one opens the other.

These functions take an open `Vault`, not a `Register`: they use connections of their own, so that they may
run beside one that somebody is working with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from techguard import vault as vaults
from techguard.store import migrations, verify
from techguard.store.differences import Difference, in_common, since
from techguard.store.errors import NewerRegister
from techguard.store.reading import Reading
from techguard.store.verify import Finding
from techguard.vault.errors import BackupFailed, VaultError

__all__ = [
    "Backup",
    "Check",
    "Comparison",
    "Difference",
    "check",
    "compare",
    "due",
    "known",
    "make",
    "restore",
]

EVERY = timedelta(days=1)
"""How old the newest backup may grow before another one is made by itself, if anything was changed."""

Progress = Callable[[int, int], None]


def _silent(done: int, of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a vault in a folder. `seq`: its last act, or None with the `problem` why nobody can tell."""

    path: Path
    made_at: datetime
    size: int
    seq: int | None
    problem: VaultError | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What was found in a backup. `older`: it was made by an older version, whose history is proved once a
    restored copy of it was brought to this one; until then its keys, head and every page are.
    """

    findings: tuple[Finding, ...]
    seq: int
    digest: str
    items: int | None
    older: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged."""
        return not any(f.problem.is_damage for f in self.findings)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A vault beside one of its backups. `common`: the last act that both have.

    `since`: what became of entries in the vault after it. `only_there`: in the backup after it, which is
    something only where the two went different ways.
    """

    common: int
    vault_seq: int
    backup_seq: int
    since: tuple[Difference, ...]
    only_there: tuple[Difference, ...]


# --- Making -------------------------------------------------------------------------------------------


def make(
    vault: vaults.Vault,
    directory: Path | None = None,
    *,
    retention: vaults.Retention | None = None,
    progress: Progress = _silent,
) -> Path:
    """A backup in `directory`, or in the vault's own folder, where `retention` says which older ones stay.

    Others may write meanwhile. Raises `BackupFailed` if it does not hold what it promises, and the vault's
    errors; then nothing is left of it.
    """
    prove = proof(vault, progress)
    if directory is not None:
        return vault.backup(directory, prove=prove)
    return vault.safety_copy(retention=retention, prove=prove)


def proof(vault: vaults.Vault, progress: Progress = _silent) -> Callable[[Path], None]:
    """What looks into a copy of an open vault and raises `BackupFailed` unless all of it holds."""

    def prove(draft: Path) -> None:
        with vault.open_copy(draft) as opened:
            _believe(_checked(opened, progress))

    return prove


def _believe(found: Check) -> None:
    for finding in found.findings:
        if finding.problem.is_damage:
            raise BackupFailed(detail=str(finding.problem))


def due(vault: vaults.Vault, seq: int, now: datetime) -> bool:
    """Whether a backup should be made by itself: none was made within a day, and something was changed since
    the newest: `seq`, the register's last act, is not in it, or the keys are others. One that cannot be read
    is none.
    """
    newest: tuple[int, int] | None = None
    for one in reversed(vault.copies()):
        near = abs(now - one.made_at) < EVERY  # also where the clock was set back meanwhile
        if newest is not None and not near:
            continue
        try:
            with vault.open_copy(one.path) as opened:
                head = opened.read_head()
                newest = newest or (head.seq if head else 0, opened.generation)
        except VaultError:
            continue
        if near:
            return False
    return seq > 0 if newest is None else newest[0] < seq or newest[1] < vault.generation


# --- Looking ------------------------------------------------------------------------------------------


def known(vault: vaults.Vault, directory: Path | None = None) -> list[Backup]:
    """The backups in a folder (the vault's own, if none is named), newest first. Those of other vaults are
    left out; one that cannot be read is told with the reason.
    """
    from techguard.vault.errors import AnotherVaultsCopy

    found = []
    for one in reversed(vault.copies(directory)):
        seq, problem = None, None
        try:
            with vault.open_copy(one.path) as opened:
                head = opened.read_head()
                seq = head.seq if head else 0
        except AnotherVaultsCopy:
            continue
        except VaultError as error:
            problem = error
        found.append(Backup(one.path, one.made_at, _size(one.path), seq, problem))
    return found


def _size(folder: Path) -> int:
    """Bytes, of what can be seen."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def check(vault: vaults.Vault, path: Path, progress: Progress = _silent) -> Check:
    """Open a backup of an open vault and prove all of it. Damage is a finding, not an error.

    Raises `AnotherVaultsCopy`, `CopyBeforeNewKeys`, and errors that are no damage: a missing folder, a newer
    format, no permission.
    """
    try:
        with vault.open_copy(path) as opened:
            return _checked(opened, progress)
    except VaultError as error:
        if not error.is_damage:
            raise
        return Check((Finding(path.name, error),), 0, "", None)


def _checked(opened: vaults.Vault, progress: Progress) -> Check:
    """Prove an open copy: everything, or for an older format what does not depend on it."""
    with _reading(opened) as reading:
        with reading._store.errors():
            format_ = migrations.version(reading._store.connection)
        if format_ is not None and format_ > migrations.HEAD:
            raise NewerRegister(version=format_)
        if format_ == migrations.HEAD:
            proved = reading.verify(progress)
            return Check(proved.findings, proved.entries, proved.head, proved.items)
        findings = [Finding(f.part, f.problem) for f in opened.check()]
        with reading._store.errors():
            head = opened.read_head()
            findings += verify.head(reading._store, head and (head.seq, head.digest))
            seq, digest = reading.head
        return Check(tuple(findings), seq, digest, None, older=True)


@contextmanager
def _reading(opened: vaults.Vault) -> Iterator[Reading]:
    reading = Reading(opened, lambda: datetime.now(UTC))
    try:
        yield reading
    finally:
        reading.close()


def compare(vault: vaults.Vault, path: Path) -> Comparison:
    """What differs between an open vault and one of its backups, entry by entry. Raises what `check` raises,
    and damage as an error.
    """
    with vault.open_copy(path) as there, _store(there) as backup, _store(vault) as here:
        common = in_common(here._store, backup._store)
        return Comparison(
            common,
            here.head[0],
            backup.head[0],
            tuple(since(here._store, common)),
            tuple(since(backup._store, common)),
        )


@contextmanager
def _store(opened: vaults.Vault) -> Iterator[Reading]:
    """Its register, for reading; the vault stays open."""
    reading = Reading(opened, lambda: datetime.now(UTC))
    try:
        with reading._store.errors():
            yield reading
    finally:
        reading._store.close()


# --- Restoring ----------------------------------------------------------------------------------------


def restore(backup: vaults.Vault, target: Path, progress: Progress = _silent) -> tuple[Path, Check]:
    """An open backup as a vault in a new place, proved before it gets its name; and what was proved.

    Raises `VaultExists` and `FolderInTheWay`: nothing is ever written over. `BackupFailed` and the vault's
    errors; then nothing is left in the new place.
    """
    found: list[Check] = []

    def prove(draft: Path) -> None:
        with backup.open_copy(draft) as opened:
            found.append(_checked(opened, progress))
            _believe(found[0])

    return backup.restore(target, prove=prove), found[0]
