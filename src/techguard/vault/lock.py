"""One writer at a time, and who it is.

The lock is the operating system's (it ends with the process, however that ends). Beside it lies a note,
sealed under the master key, that tells a second person who writes: they can read it because they have the
key.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from techguard.vault import box, files
from techguard.vault.encoding import Malformed, canonical, fields, load_canonical
from techguard.vault.errors import SomebodyWriting, SomeoneElseWriting, VaultDamaged, VaultError, os_errors

NAME = "lock"
NOTE = "writer"
_MOST_BYTES = 4096
_CONTEXT = b"who writes now"


class WriterLock:
    """The right to write a vault, held from `acquire` to `release`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Not thread-local: a vault may be locked by the thread that opened it and released by another.
        self._lock = FileLock(folder / NAME, timeout=0, mode=0o600, thread_local=False)

    def acquire(self, key: bytes, who: str) -> None:
        """Take the lock and leave the note. Raises `SomeoneElseWriting` and our I/O errors."""
        with os_errors(self._folder):
            try:
                self._lock.acquire()
            except Timeout as error:
                raise someone_else(self._folder, key) from error
        try:
            self.note(key, who)
        except BaseException:
            self._lock.release()
            raise

    def note(self, key: bytes, who: str) -> None:
        """Say who writes now, sealed under `key`. Raises our I/O errors."""
        content = {"since": datetime.now(UTC).isoformat(timespec="seconds"), "who": who}
        files.write_atomically(
            self._folder / NOTE, box.seal(key, canonical(content), _CONTEXT), sync_name=False
        )

    def release(self) -> None:
        """Give the lock up. Does nothing when it is not held."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                (self._folder / NOTE).unlink()
            self._lock.release()


def someone_else(folder: Path, key: bytes) -> SomeoneElseWriting:
    """The error that names the writer, or the one that cannot."""
    try:
        data = files.read_bounded(folder / NOTE, _MOST_BYTES, VaultDamaged())
        since, who = fields(load_canonical(box.unseal(key, data, _CONTEXT)), since=str, who=str)
        local = datetime.fromisoformat(since).astimezone()
    except (VaultError, box.WrongKey, box.Broken, Malformed, ValueError):
        return SomebodyWriting()
    return SomeoneElseWriting(who=who, since=local.strftime("%Y-%m-%d %H:%M"))
