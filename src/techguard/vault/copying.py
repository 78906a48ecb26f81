"""A complete copy of a vault, made while it is open and believed only after it was opened again."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from techguard.vault import checking, database, files, layout, manifest, retention, slots
from techguard.vault.errors import (
    BackupFailed,
    DescriptionDamaged,
    FolderInTheWay,
    SlotDamaged,
    SomebodyWriting,
    VaultError,
    VaultExists,
    os_errors,
)

SUFFIX = ".techguard"
_STAMP = "%Y%m%dT%H%M%SZ"
_STAMPED = re.compile(r".+-(\d{8}T\d{6}Z)(?:-(\d+))?\.techguard")
_PIECES, _PAUSE = (2048, 2048, 8192, 8192, 32768, 32768), 0.01
"""Pages (of 4 KB) that are copied while a writer waits, attempt by attempt: the last, 128 MB, take about a
second. Seconds in which a writer that waits goes first.
"""
_ABANDONED = timedelta(days=1)
"""Nobody writes on one copy for so long: what is older and unfinished was left by a process that died."""

Proof = Callable[[Path], None]
"""Looks into a copy that has no name yet, and raises what is wrong with it."""


def no_more(copy: Path) -> None:
    """Nothing beyond what the vault itself looks at: its keys, its head and every page."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that has its name: it was whole when it was made."""

    path: Path
    made_at: datetime
    number: int
    """Of the copies made within one second."""


def copy(
    source: Path, directory: Path, vault_id: str, subkey: checking.Subkey, prove: Proof = no_more
) -> Path:
    """A verified copy of the vault `source` in `directory`, named after it and the time (UTC).

    Raises what `copy_to` raises; then nothing is left of it.
    """
    with os_errors(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(directory)
    now = datetime.now(UTC).replace(microsecond=0)
    number = 1 + max((c.number for c in copies(directory) if c.made_at == now), default=0)
    target = directory / f"{source.stem}-{now:{_STAMP}}{'' if number == 1 else f'-{number}'}{SUFFIX}"
    copy_to(source, target, vault_id, subkey, prove)
    return target


def copy_to(
    source: Path, target: Path, vault_id: str, subkey: checking.Subkey, prove: Proof = no_more
) -> None:
    """A verified copy of the vault `source` as the folder `target`, which must not be there.

    The order makes it one state although others may write: the head first (a history ahead of its head
    heals), then the database, then the keys (whose generation is never behind the database's). It gets its
    name after it was opened, found whole and proved by `prove`: a name is a promise. Raises `BackupFailed`
    when it does not pass, `VaultExists` and `FolderInTheWay`, and our I/O errors; then nothing is left of it.
    """
    draft = target.with_name(f".{target.stem}{files.TEMPORARY}{secrets.token_hex(4)}")
    try:
        with os_errors(target):
            for folder in (draft, draft / layout.KEYS, draft / layout.BACKUPS):
                folder.mkdir(mode=0o700)
            checking.write_head(draft, subkey("head"), *checking.read_head(source, subkey("head")))
            _copy_database(source / database.NAME, draft / database.NAME, subkey("database"))
            _copy_keys(source, draft)
            for finding in checking.examine(draft, vault_id, subkey):
                if finding.is_damage:  # a change of keys while we copied is a remark, which the copy heals
                    raise BackupFailed(detail=str(finding.problem))
            prove(draft)
            refuse_taken(target)
            draft.rename(target)
            files.sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def refuse_taken(target: Path) -> None:
    """Nothing is ever written over: raises `VaultExists` or `FolderInTheWay` for what is there already."""
    if (target / layout.DESCRIPTION).exists():
        raise VaultExists(path=target)
    if target.exists() or target.is_symlink():
        raise FolderInTheWay(path=target)


def _copy_database(source: Path, target: Path, key: bytes) -> None:
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        database.database_errors(source),
        contextlib.closing(database.connect(source, key, read_only=False, query_only=True)) as reading,
        database.database_errors(target),
        contextlib.closing(database.connect(target, key, read_only=False)) as writing,
    ):
        _copy_pages(reading, writing)


class _Overtaken(Exception):
    """Somebody wrote between two pieces, and the copy began anew."""


def _copy_pages(reading: Any, writing: Any) -> None:
    """In pieces, so that somebody who writes waits for one of them and not for all. Their write makes the
    copy begin anew, in larger pieces when it happens again. Raises `SomebodyWriting` where it never gets to
    the end: the work of a person goes before a copy of it.
    """
    for pages in _PIECES:
        left: int | None = None

        def look(_status: int, remaining: int, _total: int) -> None:
            nonlocal left
            if left is not None and remaining > left:
                raise _Overtaken
            left = remaining

        try:
            reading.backup(writing, pages=pages, progress=look, sleep=_PAUSE)
            return
        except _Overtaken:
            continue
    raise SomebodyWriting


def _copy_keys(source: Path, target: Path) -> None:
    """The keys as one state: vault.json is read before and after, and again if somebody changed it."""
    for _ in range(3):
        data = files.read_bounded(source / layout.DESCRIPTION, manifest.MOST_BYTES, DescriptionDamaged())
        for name in manifest.parse(data).slots:
            slot = files.read_bounded(
                layout.slot_path(source, name), slots.MOST_BYTES, SlotDamaged(slot=name)
            )
            files.write_atomically(layout.slot_path(target, name), slot)
        files.write_atomically(target / layout.DESCRIPTION, data)
        if files.read_bounded(source / layout.DESCRIPTION, manifest.MOST_BYTES, DescriptionDamaged()) == data:
            return
        shutil.rmtree(target / layout.KEYS)
        (target / layout.KEYS).mkdir(mode=0o700)


def copies(directory: Path, vault_id: str | None = None) -> list[Copy]:
    """The copies in `directory`, oldest first; only those of one vault, if its id is given.

    A copy whose vault.json cannot be read any more is nobody's: it is told when all are asked for.
    """
    found = []
    with os_errors(directory):
        for path in directory.iterdir() if directory.is_dir() else ():
            stamped = _STAMPED.fullmatch(path.name)
            if not stamped or not path.is_dir() or (vault_id and _vault_of(path) != vault_id):
                continue
            try:
                at = datetime.strptime(stamped[1], _STAMP).replace(tzinfo=UTC)
            except ValueError:
                continue  # digits that are no date
            found.append(Copy(path, at, int(stamped[2] or 1)))
    return sorted(found, key=lambda c: (c.made_at, c.number))


def _vault_of(path: Path) -> str | None:
    try:
        return layout.read_manifest(path).vault_id
    except VaultError:
        return None


def forget_old(directory: Path, vault_id: str, policy: retention.Retention, made: Path) -> list[Path]:
    """Remove the copies of a vault that a policy does not keep, and give their paths; never the one just
    `made`: clocks are set back. Days are counted where the person sits.

    Each loses its name first, so that no half of one is ever taken for a copy.
    """
    known = copies(directory, vault_id)
    stays = retention.kept([c.made_at.astimezone() for c in known], policy)
    gone = []
    for place, one in enumerate(known):
        if place in stays or one.path == made:
            continue
        with os_errors(one.path):
            nameless = one.path.with_name(f".{one.path.name}{files.TEMPORARY}{secrets.token_hex(4)}")
            one.path.rename(nameless)
            shutil.rmtree(nameless)
        gone.append(one.path)
    return gone


def sweep(directory: Path) -> None:
    """Remove what a process that died has left of a copy."""
    before = (datetime.now(UTC) - _ABANDONED).timestamp()
    with os_errors(directory):
        for path in directory.glob(f".*{files.TEMPORARY}*"):
            with contextlib.suppress(OSError):  # it ends just now, or is not ours to remove
                if path.is_dir() and (path / layout.KEYS).is_dir() and path.stat().st_mtime < before:
                    shutil.rmtree(path)
