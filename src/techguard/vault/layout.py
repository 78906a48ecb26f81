"""The vault's folder: which file is where, and reading the parts that need no key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from techguard.vault import database, files, lock, manifest, slots
from techguard.vault.encoding import is_hex
from techguard.vault.errors import (
    DescriptionDamaged,
    NotAVault,
    PartMissing,
    SlotDamaged,
    SlotFromAnotherVault,
    SlotSetTampered,
    VaultError,
    VaultMissing,
    os_errors,
)
from techguard.vault.manifest import Manifest
from techguard.vault.slots import Slot

DESCRIPTION = "vault.json"
KEYS = "keys"
HEAD = "head"
BACKUPS = "backups"

_PARTS = {DESCRIPTION, KEYS, HEAD, BACKUPS, database.NAME, lock.NAME, lock.NOTE}
_JOURNAL = database.NAME + "-journal"
_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}
# What sync tools, network shares and file managers call the second version of a file.
_CONFLICT = re.compile(  # japanese: what Japanese tools call it
    r" \(\d+\)|\.sync-conflict|conflicted copy|conflict|競合|のコピー| - コピー| - copy| copy( \d+)?\.",
    re.IGNORECASE,
)

_MACHINE = re.compile(r"-[A-Z0-9][A-Z0-9-]{0,14}")
"""What OneDrive puts behind a name: the NetBIOS name of the machine, at most 15 characters."""


def _is_second_version(name: str, of: Path) -> bool:
    """Whether a name is such as those tools give a second version of `of`."""
    if _CONFLICT.search(name):
        return True
    before, after = name.startswith(of.stem), name.endswith(of.suffix)
    return before and after and bool(_MACHINE.fullmatch(name[len(of.stem) : len(name) - len(of.suffix)]))


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What the folder says before anything is believed: the manifest, the whole slots, and the others."""

    manifest: Manifest
    slots: dict[str, Slot]
    damaged: dict[str, VaultError]


def slot_path(folder: Path, name: str) -> Path:
    return folder / KEYS / f"{name}.json"


def read_manifest(folder: Path) -> Manifest:
    """Raises `VaultMissing`, `NotAVault`, `NewerFormat`, `DescriptionDamaged` and our I/O errors."""
    with os_errors(folder):
        if not folder.exists():
            raise VaultMissing(path=folder)
        if not folder.is_dir():
            raise NotAVault(path=folder)
    try:
        data = files.read_bounded(folder / DESCRIPTION, manifest.MOST_BYTES, DescriptionDamaged())
        return manifest.parse(data)
    except (PartMissing, DescriptionDamaged, NotAVault) as error:
        # Somebody else's folder with a vault.json, or none, is not a damaged vault of ours.
        if isinstance(error, NotAVault) or not (folder / database.NAME).exists():
            raise NotAVault(path=folder) from None
        raise


def fingerprint(folder: Path) -> bytes | None:
    """The bytes of vault.json, whatever they are: to see whether the keys were changed meanwhile."""
    try:
        return files.read_bounded(folder / DESCRIPTION, manifest.MOST_BYTES, DescriptionDamaged())
    except VaultError:
        return None


def read_slot(folder: Path, name: str, description: Manifest) -> Slot:
    """The slot as the manifest names it. Raises `PartMissing`, or what is wrong with the file."""
    try:
        data = files.read_bounded(slot_path(folder, name), slots.MOST_BYTES, SlotDamaged(slot=name))
    except PartMissing as error:
        raise PartMissing(name=f"{KEYS}/{name}.json") from error
    slot = slots.parse(name, data)
    if slot.kind == slots.INVITATION:
        raise SlotDamaged(slot=name)
    if slot.vault_id != description.vault_id:
        raise SlotFromAnotherVault(slot=name)
    if manifest.slot_hash(data) != description.slots[name].file:
        raise SlotSetTampered
    return slot


def read(folder: Path) -> OnDisk:
    """Read manifest and slots as one state: again, if somebody changed a passphrase in between."""
    for _ in range(3):
        description = read_manifest(folder)
        whole: dict[str, Slot] = {}
        damaged: dict[str, VaultError] = {}
        for name in sorted(description.slots):
            try:
                whole[name] = read_slot(folder, name, description)
            except VaultError as error:
                damaged[name] = error
        if not damaged or read_manifest(folder) == description:
            break
    return OnDisk(description, whole, damaged)


def _is_slot_file(name: str) -> bool:
    return name.endswith(".json") and is_hex(name.removesuffix(".json"), slots.NAME_DIGITS)


def left_over(folder: Path, description: Manifest) -> Iterator[Path]:
    """What an interrupted write of ours left: temporary files, and key files that are not in the set."""
    for path in folder.iterdir():
        if files.TEMPORARY in path.name and path.is_file():
            yield path
    for path in (folder / KEYS).iterdir():
        unlisted = _is_slot_file(path.name) and path.stem not in description.slots
        if (unlisted or files.TEMPORARY in path.name) and path.is_file():
            yield path


def strangers(folder: Path, description: Manifest) -> Iterator[tuple[Path, bool]]:
    """Whatever else lies in the folder, and whether it looks like a second version of one of our files."""
    known = {slot_path(folder, name) for name in description.slots} | set(left_over(folder, description))
    known |= {folder / name for name in (*_PARTS, _JOURNAL)}
    for path in sorted([*folder.iterdir(), *(folder / KEYS).iterdir()]):
        if path not in known and path.name not in _OF_THE_SYSTEM:
            yield path, any(_is_second_version(path.name, of) for of in known)


def other_versions(folder: Path, vault_id: str) -> Iterator[Path]:
    """Second versions of a vault that a sync tool or a network share kept: folders beside it that call
    themselves the same vault, and databases within it, each under a name such as those tools give.
    """
    try:
        beside, within = sorted(folder.parent.iterdir()), sorted(folder.iterdir())
    except OSError:
        return
    for path in beside:
        if (
            path.name != folder.name
            and _is_second_version(path.name, folder)
            and (path / DESCRIPTION).is_file()
        ):
            try:
                same = read_manifest(path).vault_id == vault_id
            except VaultError:
                same = False
            if same:
                yield path
    stem, suffix = database.NAME.split(".")
    for path in within:
        name = path.name
        ours = name == database.NAME or name.endswith("-journal")
        if (
            not ours
            and name.startswith(stem)
            and suffix in name
            and _is_second_version(name, folder / database.NAME)
            and path.is_file()
        ):
            yield path


def parts(folder: Path, description: Manifest) -> Iterator[Path]:
    """The folders and files of a vault that should be nobody else's business."""
    yield folder
    yield folder / KEYS
    for name in (DESCRIPTION, HEAD, database.NAME):
        yield folder / name
    for name in description.slots:
        yield slot_path(folder, name)
