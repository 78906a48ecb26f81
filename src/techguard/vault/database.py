"""register.db: a keyed SQLCipher connection, and what its damage looks like."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from techguard.errors import few
from techguard.vault.errors import (
    DatabaseDamaged,
    DiskFull,
    PagesAltered,
    PartMissing,
    ReadOnlyFolder,
    SomebodyWriting,
    StorageFailed,
    VaultError,
)

NAME = "register.db"
_BUSY_SECONDS = 5.0

# Result codes of SQLite (sqlite.org/rescode.html), the low byte of an extended code.
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26

# What `sqlite3_errstr` calls them. The driver's `backup` gives this text alone, without the code.
_CODES = {
    "database is locked": _BUSY,
    "database table is locked": _LOCKED,
    "attempt to write a readonly database": _READONLY,
    "disk I/O error": _IOERR,
    "database disk image is malformed": _CORRUPT,
    "database or disk is full": _FULL,
    "unable to open database file": _CANTOPEN,
    "file is not a database": _NOTADB,
}

# In the words of SQLCipher's `cipher_integrity_check`: "HMAC verification failed for page 49".
_PAGE = re.compile(r"\bpage (\d+)")
_PAGES_NAMED = 10


def _uri(path: Path, mode: str) -> str:
    uri = path.resolve().as_uri()
    if not uri.startswith(
        "file:///"
    ):  # a Windows share: SQLite takes no host, it wants file:////server/share
        uri = "file:////" + uri.removeprefix("file://")
    return f"{uri}?mode={mode}"


def _raw(key: bytes | bytearray) -> bytearray:
    """A key as SQLCipher takes one that nothing is to be derived from."""
    return bytearray(b"x'" + bytes(key).hex().encode("ascii") + b"'")


def connect(path: Path, key: bytes | bytearray, *, read_only: bool, query_only: bool = False) -> Any:
    """A DBAPI connection of `sqlcipher3` to an existing database under a raw 32-byte key.

    The driver begins no transaction by itself (`isolation_level` is None): the caller says BEGIN IMMEDIATE.
    Durability: rollback journal, `synchronous=EXTRA` (the journal's folder entry is synced too); no WAL,
    where one flipped bit silently drops commits. Temporary tables stay in memory; deleted content is
    overwritten.
    """
    connection = dbapi2.connect(
        _uri(path, "ro" if read_only else "rw"),
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_SECONDS,
    )
    try:
        # Before the key: SQLCipher writes its complaints to standard error, over the screen.
        connection.execute("PRAGMA cipher_log_level = NONE")
        # By the function, not by PRAGMA key: so no SQL text holds the key.
        connection.set_key(_raw(key))
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        if read_only or query_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def create(path: Path, key: bytes | bytearray, generation: int) -> None:
    """An empty encrypted database, readable by its owner only (its journal gets the same mode)."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(connect(path, key, read_only=False)) as connection:
        write_generation(connection, generation)


def opens(path: Path, key: bytes | bytearray) -> bool:
    """Whether the database is under this key. Raises the driver's errors about anything else."""
    try:
        with closing(connect(path, key, read_only=False, query_only=True)) as connection:
            read_generation(connection)
    except dbapi2.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == _NOTADB:
            return False
        raise
    return True


def rekey(path: Path, old: bytes | bytearray, new: bytes | bytearray) -> None:
    """Encrypt the whole database anew, in one transaction of SQLCipher: a crash leaves it under `old`, or
    under `new`. Every other connection has to be closed. Does nothing where it was done before.

    The rollback journal holds the pages before, encrypted under `old`; it is rolled back by whatever opens
    the database next, with either key.
    """
    if opens(path, new):
        return
    with closing(connect(path, old, read_only=False)) as connection:
        connection.reset_key(_raw(new))
        read_generation(connection)


def read_generation(connection: Any) -> int:
    """The key set's generation that this database has seen: `user_version`, in the encrypted header."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def write_generation(connection: Any, generation: int) -> None:
    connection.execute(f"PRAGMA user_version = {int(generation)}")


def integrity(path: Path, key: bytes | bytearray) -> list[DatabaseDamaged]:
    """What SQLCipher (the HMAC of every page) and SQLite (structure, indexes) find wrong.

    Where pages fail, what the structure lacks follows from it, and is not told beside it.

    Both look at once, each by its own connection: the driver lets other threads run meanwhile.
    """

    def look(check: str) -> list[str]:
        with closing(connect(path, key, read_only=False, query_only=True)) as connection:
            # Every row is looked for in every index: pages that are met again are not decrypted again.
            connection.execute("PRAGMA cache_size = -131072")
            try:
                return [str(row[0]) for row in connection.execute(f"PRAGMA {check}")]
            except dbapi2.DatabaseError as error:
                return [str(error)]

    with ThreadPoolExecutor(2) as both:
        pages, structure = both.map(look, ("cipher_integrity_check", "integrity_check"))
    altered = [found[1] for text in pages if (found := _PAGE.search(text))]
    if altered:
        return [PagesAltered(count=len(altered), pages=few(altered, _PAGES_NAMED))]
    return [DatabaseDamaged(detail=text) for text in dict.fromkeys(pages + structure) if text != "ok"]


def explain(error: BaseException, path: Path) -> VaultError | None:
    """The error of ours that an exception of the driver stands for; None if it is a matter of the SQL."""
    code = getattr(error, "sqlite_errorcode", None) or _CODES.get(str(error))
    if not isinstance(code, int):
        return None
    primary = code & 0xFF
    if primary in {_CORRUPT, _NOTADB}:
        return DatabaseDamaged(detail=str(error))
    if primary in {_BUSY, _LOCKED}:
        return SomebodyWriting()
    if primary == _FULL:
        return DiskFull(path=path)
    if primary == _READONLY:
        return ReadOnlyFolder(path=path)
    if primary == _CANTOPEN and not path.exists():
        return PartMissing(name=path.name)
    if primary in {_IOERR, _CANTOPEN}:
        return StorageFailed(path=path, reason=str(error))
    return None


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn what the driver raises in the block into an error of ours where it is one."""
    try:
        yield
    except dbapi2.Error as error:
        ours = explain(error, path)
        if ours is None:
            raise
        raise ours from error
