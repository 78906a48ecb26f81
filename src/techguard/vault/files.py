"""Reading and writing the vault's small files: bounded, private, all or nothing."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
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
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        if sync_name:
            sync_folder(path.parent)


def write_output(path: Path, data: bytes) -> None:
    """As `write_atomically`, for what a person asked for; what runs that were killed left of it is removed. A
    plain export must not lie about under a name that nobody knows.
    """
    write_atomically(path, data)
    draft = re.compile(re.escape(path.name + TEMPORARY) + r"[0-9a-f]{8}")
    with contextlib.suppress(OSError):  # what was asked for is there
        for left in [p for p in path.parent.iterdir() if draft.fullmatch(p.name)]:
            left.unlink()
