"""Real registers on disk for the bench, and the references beside them: the same content in plain SQLite."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import event
from sqlcipher3 import dbapi2

from techguard import vault
from techguard.domain.words import Department
from techguard.register import Register
from techguard.store import prepared
from techguard.vault import kdf

from .synthetic import Synthetic

PASSPHRASE = "ベンチのための長い合い言葉"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def now() -> datetime:
    """The moment at which all of it plays, so that the same is due in each run."""
    return NOW


@dataclass(frozen=True)
class Built:
    """A synthetic register on disk, closed."""

    path: Path
    size: int
    plain: Path
    """The same tables in a plain, unencrypted file."""

    def open(self, **how: Any) -> Register:
        """Open it for writing."""
        return Register.open(self.path, PASSPHRASE, clock=now, **how)


def empty(folder: Path, name: str = "empty.techguard") -> Register:
    """A new register with its first person, open."""
    register, _code = Register.create(
        folder / name,
        person="法務部長",
        department=Department.LEGAL,
        passphrase=PASSPHRASE,
        kdf=vault.KDF_FLOOR,
        clock=now,
    )
    return register


def build(folder: Path, size: int, *, progress: bool = False) -> Built:
    """Make the register of `size` technologies in `folder`."""
    made = 0
    with empty(folder, f"{size}.techguard") as register:
        # Ids are random: of a large register each new entry would otherwise be looked for on the disk (2 GB).
        register._store.connection.exec_driver_sql("PRAGMA cache_size = -2097152")
        for part in Synthetic(size).chunks():
            made += register.bulk(part)
            if progress:
                print(f"\rbuilding {size:,}: {made:,} entries", end="", file=sys.stderr, flush=True)
        if progress:
            print(file=sys.stderr)
        plain = folder / f"{size}.sqlite"
        write_plain(register.vault, plain)
    return Built(register.vault.path, size, plain)


def kept(keep: Path, folder: Path, size: int, *, progress: bool = False) -> Built:
    """A copy in `folder` of the register that lies in `keep`; made there first if none does, or if it is of
    other tables, indexes or triggers than are made today. What a run writes goes into the copy.
    """
    path, plain = keep / f"{size}.techguard", keep / f"{size}.sqlite"
    with empty(folder, f"{size}-of-today.techguard") as register:
        write_plain(register.vault, of_today := folder / f"{size}-of-today.sqlite")
    if not plain.exists() or _made_of(plain) != _made_of(of_today):
        keep.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(path, ignore_errors=True)
        plain.unlink(missing_ok=True)
        build(keep, size, progress=progress)
    copy = Built(folder / path.name, size, folder / plain.name)
    shutil.copytree(path, copy.path)
    shutil.copy(plain, copy.plain)
    return copy


def _made_of(plain: Path) -> set[tuple[str, str]]:
    with closing(plain_connection(plain)) as connection:
        return set(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def write_plain(opened: vault.Vault, plain: Path) -> None:
    """Everything without encryption, by SQLCipher itself; what it holds is fictional."""
    with closing(opened.connect()) as connection:
        connection.execute(f"ATTACH DATABASE '{plain}' AS plain KEY ''")
        connection.execute("SELECT sqlcipher_export('plain')")
        connection.execute("DETACH DATABASE plain")
    with closing(plain_connection(plain)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def plain_connection(path: Path) -> Any:
    """A connection to a plain file, by the same driver and settings as ours, less the key."""
    connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


@contextmanager
def without_kdf() -> Iterator[None]:
    """Inside, a passphrase's key is derived once and remembered: opening is measured without that cost."""
    known: dict[tuple[bytes, bytes, kdf.KdfParameters], bytes] = {}
    real = kdf.derive_key

    def remembered(secret: bytes, salt: bytes, cost: kdf.KdfParameters) -> bytes:
        asked = (bytes(secret), bytes(salt), cost)
        if asked not in known:
            known[asked] = real(secret, salt, cost)
        return known[asked]

    with mock.patch.object(kdf, "derive_key", remembered):
        yield


Statement = tuple[str, Any, bool]
"""SQL, its values, and whether these are many rows of values."""


def statements(register: Register, act: Callable[[], object]) -> list[Statement]:
    """The SQL that `act` asks of the database, with its values."""
    seen: list[Statement] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        seen.append((statement, values, many))

    asking = prepared.ask

    def ask(connection: Any, sql: str, values: Any, *, many: bool = False) -> Any:
        seen.append((sql, values, many))
        return asking(connection, sql, values, many=many)

    engine = register._store._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        with ExitStack() as patched:
            for module in [m for m in sys.modules.values() if getattr(m, "ask", None) is asking]:
                patched.enter_context(mock.patch.object(module, "ask", ask))
            act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen


def replay(connection: Any, asked: list[Statement]) -> int:
    """Ask the same of a plain file; how many rows came back."""
    found = 0
    for statement, values, many in asked:
        done = connection.executemany(statement, values) if many else connection.execute(statement, values)
        found += len(done.fetchall())
    return found
