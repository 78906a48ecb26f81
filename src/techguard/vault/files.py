"""Reading and writing the vault's small files: bounded, private, all or nothing."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import sys
import time
from pathlib import Path

from techguard.vault.errors import PartMissing, VaultDamaged, from_os_error, os_errors

TEMPORARY = ".tmp-"


def read_bounded(path: Path, most: int, damaged: VaultDamaged) -> bytes:
    """The whole file, or `damaged` if it has more than `most` bytes. Raises `PartMissing`, our I/O errors."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PartMissing(name=path.name) from error
    except OSError as error:
        raise from_os_error(error, path) from error
    if len(data) > most:
        raise damaged
    return data


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` last. Windows has no such call; NTFS journals renames itself."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _replace(temporary: Path, path: Path) -> None:
    """Rename over `path`. On Windows a reader or a virus scanner may hold it for a moment: try again then."""
    for pause in (0.01, 0.05, 0.25) if sys.platform == "win32" else ():
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(pause)
    temporary.replace(path)


def write_atomically(path: Path, data: bytes, *, sync_name: bool = True) -> None:
    """Replace `path` as a whole: a sealed temporary file beside it, synced, renamed over it, mode 0600.

    With `sync_name` false the rename itself is not forced to disk: after a power cut the old file may be
    there.
    """
    temporary = path.with_name(f"{path.name}{TEMPORARY}{secrets.token_hex(4)}")
    with os_errors(path):
        _become(_made(temporary), temporary, path, data)
        if sync_name:
            sync_folder(path.parent)


def write_output(path: Path, data: bytes) -> None:
    """As `write_atomically`, for what a person asked for. What runs that were killed left in the same folder
    is removed: a plain export must not lie about under a name that nobody knows.
    """
    with os_errors(path):
        _remove_drafts(path.parent)
        fd, temporary = _held_draft(path)
        _become(fd, temporary, path, data)
        sync_folder(path.parent)


def _made(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)


def _become(fd: int, temporary: Path, path: Path, data: bytes) -> None:
    """Fill a temporary file and let it take its place; it goes if that fails."""
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":  # there an open file cannot be renamed
                _replace(temporary, path)
        if sys.platform == "win32":
            _replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


# A draft is held by whoever writes it: on Windows because it is open, elsewhere by a lock. Both end with the
# process, however that ends, so that a draft which nobody holds was left by one that was killed.

_DRAFT = re.compile(r".+\.techguard\.tmp-[0-9a-f]{8}")
_A_MOMENT = 60
"""Seconds within which a draft that was closed has its name (Windows)."""


def _held_draft(path: Path) -> tuple[int, Path]:
    """A new file beside `path` that `_remove_drafts` leaves alone, and its place."""
    while True:
        draft = path.with_name(f"{path.name}.techguard{TEMPORARY}{secrets.token_hex(4)}")
        fd = _made(draft)
        if sys.platform == "win32":
            return fd, draft
        import fcntl

        with contextlib.suppress(OSError):  # a file system without locks: nobody can take this one's either
            fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return fd, draft
        os.close(fd)  # taken for one that was left, in the moment before it was locked


def _remove_drafts(folder: Path) -> None:
    """Remove the drafts that nobody holds. One that cannot be looked at stays."""
    with contextlib.suppress(OSError):
        for draft in [p for p in folder.iterdir() if _DRAFT.fullmatch(p.name)]:
            with contextlib.suppress(OSError):
                _remove_unless_held(draft)


def _remove_unless_held(draft: Path) -> None:
    if sys.platform == "win32":
        if time.time() - draft.stat().st_mtime > _A_MOMENT:
            draft.unlink()  # refused while it is open
        return
    import fcntl

    fd = os.open(draft, os.O_RDWR | os.O_NOFOLLOW)
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where somebody is at it
            draft.unlink()
    finally:
        os.close(fd)
