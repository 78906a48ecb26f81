"""A complete copy of a vault, made while it is open and believed only after it was opened again."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from techguard.vault import checking, database, files, layout, manifest, slots
from techguard.vault.errors import BackupFailed, DescriptionDamaged, SlotDamaged, os_errors

SUFFIX = ".techguard"
_STAMPED = re.compile(r".+-(\d{8}T\d{6}Z)(?:-(\d+))?\.techguard")


def copy(source: Path, directory: Path, vault_id: str, subkey: checking.Subkey) -> Path:
    """A verified copy of the vault `source` in `directory`, named after it and the time (UTC).

    The order makes it one state although others may write: the head first (a history ahead of its head
    heals), then the database, then the keys (whose generation is never behind the database's). Raises
    `BackupFailed` when the copy does not pass its check, and our I/O errors; then nothing is left of it.
    """
    with os_errors(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = directory / f"{source.stem}-{stamp}{SUFFIX}"
    number = 2
    while target.exists():
        target = directory / f"{source.stem}-{stamp}-{number}{SUFFIX}"
        number += 1
    draft = directory / f".{target.stem}{files.TEMPORARY}{secrets.token_hex(4)}"
    try:
        with os_errors(directory):
            for folder in (draft, draft / layout.KEYS, draft / layout.BACKUPS):
                folder.mkdir(mode=0o700)
            checking.write_head(draft, subkey("head"), *checking.read_head(source, subkey("head")))
            _copy_database(source / database.NAME, draft / database.NAME, subkey("database"))
            _copy_keys(source, draft)
            for finding in checking.examine(draft, vault_id, subkey):
                if finding.is_damage:  # a change of keys while we copied is a remark, which the copy heals
                    raise BackupFailed(detail=str(finding.problem))
            draft.rename(target)
            files.sync_folder(directory)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return target


def _copy_database(source: Path, target: Path, key: bytes) -> None:
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        database.database_errors(source),
        contextlib.closing(database.connect(source, key, read_only=False, query_only=True)) as reading,
        database.database_errors(target),
        contextlib.closing(database.connect(target, key, read_only=False)) as writing,
    ):
        reading.backup(writing)


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


def copies(directory: Path) -> list[Path]:
    """The copies that `copy` made in `directory`, oldest first."""
    found = []
    for path in directory.iterdir() if directory.is_dir() else ():
        stamped = _STAMPED.fullmatch(path.name)
        if stamped and path.is_dir():
            found.append((stamped[1], int(stamped[2] or 1), path))
    return [path for _, _, path in sorted(found)]


def keep_newest(directory: Path, keep: int, made: Path) -> None:
    """Remove the oldest copies until `keep` are left, never the one just `made`: clocks are set back.

    Each loses its name first, so that no half of one is ever taken for a copy.
    """
    others = [path for path in copies(directory) if path != made]
    for path in others[: max(0, len(others) - (keep - 1))]:
        with os_errors(path):
            gone = path.with_name(f".{path.name}{files.TEMPORARY}{secrets.token_hex(4)}")
            path.rename(gone)
            shutil.rmtree(gone)
