"""Look at every part of a vault with the keys in hand and say what is wrong with each."""

from __future__ import annotations

import contextlib
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from techguard.vault import box, database, files, layout
from techguard.vault.encoding import Malformed, canonical, fields, is_hex, load_canonical
from techguard.vault.errors import (
    ConflictCopy,
    GenerationBehind,
    HeadDamaged,
    HeadMissing,
    OpenToOthers,
    PartMissing,
    Remark,
    SlotSetTampered,
    StrayFile,
    UnfinishedWrite,
    VaultError,
    os_errors,
)
from techguard.vault.manifest import Manifest

DIGEST_BYTES = 32
_HEAD_MOST_BYTES = 1024
_HEAD_CONTEXT = b"head"

Subkey = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which part, and what, as an error that was not raised."""

    part: str
    problem: VaultError

    @property
    def code(self) -> str:
        """A stable name for programs."""
        return type(self.problem).__name__

    @property
    def is_damage(self) -> bool:
        """Whether something is lost or was replaced, and not merely worth a look."""
        return not isinstance(self.problem, Remark)


def write_head(folder: Path, key: bytes, seq: int, digest: bytes) -> None:
    """Seal and replace the head: one synced write and a rename. After a power cut the one before may be back:
    that heals.
    """
    content = canonical({"digest": digest.hex(), "seq": seq})
    files.write_atomically(folder / layout.HEAD, box.seal(key, content, _HEAD_CONTEXT), sync_name=False)


def read_head(folder: Path, key: bytes) -> tuple[int, bytes]:
    """Number and digest of the last history row as sealed. Raises `HeadMissing`, `HeadDamaged`."""
    try:
        data = files.read_bounded(folder / layout.HEAD, _HEAD_MOST_BYTES, HeadDamaged())
        digest, seq = fields(load_canonical(box.unseal(key, data, _HEAD_CONTEXT)), digest=str, seq=int)
    except PartMissing as error:
        raise HeadMissing from error
    except (box.WrongKey, box.Broken, Malformed) as error:
        raise HeadDamaged from error
    if seq < 0 or not is_hex(digest, 2 * DIGEST_BYTES):
        raise HeadDamaged
    return seq, bytes.fromhex(digest)


def examine(folder: Path, vault_id: str, subkey: Subkey) -> Iterator[Finding]:
    """Every part of the vault in `folder`, which should be the vault `vault_id` with these keys."""
    try:
        description = layout.read_manifest(folder)
        if description.vault_id != vault_id:
            raise SlotSetTampered
        description.keyring(subkey("keyring"))
        with os_errors(folder / layout.KEYS):
            unfinished = set(layout.left_over(folder, description))
    except VaultError as error:
        yield Finding(layout.DESCRIPTION, error)
        return
    for name in sorted(description.slots):
        try:
            layout.read_slot(folder, name, description)
        except VaultError as error:
            yield Finding(f"{layout.KEYS}/{name}.json", error)
    try:
        read_head(folder, subkey("head"))
    except VaultError as error:
        yield Finding(layout.HEAD, error)
    for problem in _database(folder / database.NAME, subkey("database"), description.generation):
        yield Finding(database.NAME, problem)
    try:
        with os_errors(folder):
            # What was there before the long look at the database and still is: not somebody's write just now.
            yield from _folder(folder, description, unfinished & set(layout.left_over(folder, description)))
    except VaultError as error:
        yield Finding(folder.name, error)


def _database(path: Path, key: bytes, generation: int) -> Iterator[VaultError]:
    try:
        with (
            database.database_errors(path),
            contextlib.closing(database.connect(path, key, read_only=False, query_only=True)) as connection,
        ):
            seen = database.read_generation(connection)
        with database.database_errors(path):
            yield from database.integrity(path, key)
    except VaultError as error:
        yield error
        return
    if seen > generation:
        yield SlotSetTampered()
    elif seen < generation:
        yield GenerationBehind()


def _folder(folder: Path, description: Manifest, unfinished: set[Path]) -> Iterator[Finding]:
    for path in sorted(unfinished):
        name = path.relative_to(folder).as_posix()
        yield Finding(name, UnfinishedWrite(name=name))
    for path, is_conflict in layout.strangers(folder, description):
        name = path.relative_to(folder).as_posix()
        yield Finding(name, ConflictCopy(name=name) if is_conflict else StrayFile(name=name))
    if sys.platform == "win32":  # the owner's profile folder is private there, and mode bits mean nothing
        return
    for path in layout.parts(folder, description):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            name = path.relative_to(folder).as_posix() if path != folder else folder.name
            yield Finding(name, OpenToOthers(name=name))
