"""Create, open and use a vault. The format is specified in docs/reference/vault-format.md."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

from techguard.vault import (
    box,
    checking,
    copying,
    database,
    files,
    layout,
    lock,
    manifest,
    passphrase,
    recovery,
    slots,
)
from techguard.vault.checking import Finding
from techguard.vault.errors import (
    FolderInTheWay,
    NoPermission,
    OpenedReadOnly,
    PartMissing,
    ReadOnlyFolder,
    RecoveryCodeTypo,
    SealBroken,
    SlotDamaged,
    SlotSetTampered,
    SomeoneElseWriting,
    VaultClosed,
    VaultError,
    VaultExists,
    WrongPassphrase,
    WrongPassphraseSomeDamaged,
    WrongRecoveryCode,
    os_errors,
)
from techguard.vault.identity import Identity
from techguard.vault.kdf import KDF_RECOVERY, KdfParameters, calibrated
from techguard.vault.manifest import Key, Keyring, Manifest
from techguard.vault.slots import PERSON, RECOVERY, Slot

MASTER_BYTES = 32

OpenedWith = Literal["passphrase", "recovery"]


class Head(NamedTuple):
    """How far the history goes: the number of its last row and that row's digest."""

    seq: int
    digest: bytes


class VerifyKey(NamedTuple):
    """The public signing keys of one key pair. A retired one still verifies what it signed."""

    person_id: str
    ed25519: bytes
    mldsa65: bytes
    retired: bool
    kind: str


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """One way to open the vault."""

    slot: str
    kind: str
    person_id: str
    person_name: str
    key_id: str
    kdf: KdfParameters
    mine: bool


def _subkey(master: bytes | bytearray, vault_id: str, label: str) -> bytes:
    """The key of one purpose: HKDF-SHA256(master, salt = vault id, info = "techguard vault 1" ‖ 00 ‖ …)."""
    return box.hkdf(master, salt=bytes.fromhex(vault_id), info=b"techguard vault 1\x00" + label.encode())


@dataclass(frozen=True, slots=True)
class _Unlocked:
    slot: Slot
    identity: Identity
    master: bytearray

    def wipe(self) -> None:
        self.identity.wipe()
        self.master[:] = bytes(len(self.master))


def _unlock(disk: layout.OnDisk, secret: str, first: str | None) -> _Unlocked:
    """Try the secret on the slots of its kind: a whole recovery code on recovery slots, or persons."""
    typo: RecoveryCodeTypo | None = None
    try:
        typed, kind = recovery.from_text(secret), RECOVERY
    except RecoveryCodeTypo as error:
        typed, kind = passphrase.normalised(secret), PERSON
        typo = error if recovery.looks_like_code(secret) else None
    candidates = [slot for slot in disk.slots.values() if slot.kind == kind]
    candidates.sort(key=lambda slot: slot.name != first)
    damaged = dict(disk.damaged)
    for slot in candidates:
        try:
            identity = slot.open_keys(typed)
            return _Unlocked(slot, identity, slot.open_master(identity))
        except slots.WrongSecret:
            continue
        except SlotDamaged as error:
            damaged[slot.name] = error
    if typo is not None:
        raise typo
    if damaged and not any(slot.name not in damaged for slot in candidates):
        raise next(iter(damaged.values()))  # the secret was never proved wrong
    if damaged:
        raise WrongPassphraseSomeDamaged(slots=", ".join(damaged))
    raise WrongRecoveryCode if kind == RECOVERY else WrongPassphrase


class Vault:
    """An open vault: the keys are in memory until `close`. Made by `create` and `open` only.

    `damaged_slots` names the key files that were found damaged, missing or replaced while opening, although
    another slot opened the vault: worth a warning.
    """

    def __init__(
        self,
        folder: Path,
        description: Manifest,
        ring: Keyring,
        unlocked: _Unlocked,
        writer: lock.WriterLock | None,
    ) -> None:
        self.path = folder
        self.vault_id = description.vault_id
        self._manifest = description
        self._ring = ring
        self._slot = unlocked.slot
        self._identity = unlocked.identity
        self._master = unlocked.master
        self._writer = writer
        self._open = True
        self.damaged_slots: Mapping[str, VaultError] = {}

    # Who and how

    @property
    def read_only(self) -> bool:
        """Whether this vault was opened for reading only."""
        return self._writer is None

    @property
    def is_open(self) -> bool:
        """Whether the keys are still here."""
        return self._open

    @property
    def opened_with(self) -> OpenedWith:
        """What the person typed. After a recovery code, ask for a new passphrase."""
        return "recovery" if self._slot.kind == RECOVERY else "passphrase"

    @property
    def key_id(self) -> str:
        """Which key `sign` uses. A recovery code has its own, so the history shows that it was used."""
        return self._identity.public.key_id

    @property
    def person_id(self) -> str:
        """The person whose passphrase or recovery code opened the vault."""
        return self._ring.keys[self.key_id].person

    @property
    def person_name(self) -> str:
        return self._ring.people[self.person_id]

    @property
    def slot(self) -> str:
        """The name of the slot that opened the vault: remember it as the `person` hint of the next `open`."""
        return self._slot.name

    def _alive(self) -> None:
        if not self._open:
            raise VaultClosed

    def _key(self, label: str) -> bytes:
        self._alive()
        return _subkey(self._master, self.vault_id, label)

    def _for_writing(self) -> None:
        self._alive()
        if self.read_only:
            raise OpenedReadOnly

    # The database

    def connect(self) -> Any:
        """A keyed DBAPI connection of `sqlcipher3` to the register's database.

        The driver starts no transaction by itself: say ``BEGIN IMMEDIATE`` (with SQLAlchemy in a ``begin``
        event, and give `create_engine` ``module=sqlcipher3.dbapi2`` so that it knows the driver's
        exceptions). Read-only vaults get connections that cannot write. Raises `DatabaseDamaged`,
        `PartMissing` and our I/O errors.
        """
        path = self.path / database.NAME
        with database.database_errors(path):
            return database.connect(path, self._key("database"), read_only=self.read_only)

    # Signatures

    def sign(self, message: bytes) -> bytes:
        """The opened person's Ed25519 signature over exactly `message`; let it begin with its purpose."""
        self._alive()
        return self._identity.sign(message)

    def sign_checkpoint(self, message: bytes) -> tuple[bytes, bytes]:
        """Ed25519 and ML-DSA-65 signatures over exactly `message`: forged only if both fall."""
        self._alive()
        return self._identity.sign(message), self._identity.sign_mldsa65(message)

    def verify_keys(self) -> Mapping[str, VerifyKey]:
        """Every signing key this vault ever knew, by key id, from the sealed keyring."""
        return {
            key_id: VerifyKey(
                key.person, key.public.ed25519, key.public.mldsa65, key.retired is not None, key.kind
            )
            for key_id, key in self._ring.keys.items()
        }

    # The head

    def read_head(self) -> Head | None:
        """The last head, or None while none was ever written. Raises `HeadMissing`, `HeadDamaged`."""
        seq, digest = checking.read_head(self.path, self._key("head"))
        return Head(seq, digest) if seq else None

    def write_head(self, seq: int, digest: bytes) -> None:
        """Replace the head after a commit: `seq` from 1, `digest` 32 bytes.

        One synced write and a rename. After a power cut the head before it may be back; the history is then
        ahead of its head, which heals, never behind.
        """
        self._for_writing()
        if seq < 1 or len(digest) != checking.DIGEST_BYTES:
            raise ValueError("a head has a number from 1 and a digest of 32 bytes")
        checking.write_head(self.path, self._key("head"), seq, digest)

    # Other sealed bytes

    def seal(self, data: bytes, context: str) -> bytes:
        """`data` sealed for this vault and one purpose, named by `context`."""
        return box.seal(self._key("sealed"), data, context.encode())

    def unseal(self, data: bytes, context: str) -> bytes:
        """What `seal` sealed for the same purpose. Raises `SealBroken`."""
        try:
            return box.unseal(self._key("sealed"), data, context.encode())
        except (box.WrongKey, box.Broken) as error:
            raise SealBroken from error

    def derive(self, label: str) -> bytes:
        """A 32-byte key for one purpose outside this room. Distinct labels give independent keys."""
        return self._key(f"derived/{label}")

    # Slots

    def slots(self) -> list[SlotInfo]:
        """Every way to open this vault, persons first."""
        found = []
        for key_id, key in self._ring.active().items():
            try:
                slot = layout.read_slot(self.path, key.slot, self._manifest)
            except VaultError:
                continue
            found.append(
                SlotInfo(
                    key.slot,
                    key.kind,
                    key.person,
                    self._ring.people[key.person],
                    key_id,
                    slot.cost,
                    key.slot == self._slot.name,
                )
            )
        return sorted(found, key=lambda info: (info.kind != PERSON, info.person_name, info.slot))

    def change_passphrase(self, new: str, *, kdf: KdfParameters | None = None) -> None:
        """Give the opened person a new passphrase: their slot is rewritten, nothing else.

        With the passphrase open, their keys stay. With the recovery code open, their old private keys are
        sealed under what was forgotten: they get new ones and the old key is retired (it still verifies
        what it signed). An attacker who has an old copy of the vault *and* the old passphrase can still
        open that copy, and with its master key this one too: only replacing the master key ends that.

        `kdf` defaults to what this machine can do in half a second, never less than the slot had.
        Raises `PassphraseTooShort`, `PassphraseUnusable`, `OpenedReadOnly` and our I/O errors.
        """
        self._for_writing()
        secret = passphrase.new_passphrase(new)
        mine = {
            key_id: key
            for key_id, key in self._ring.active().items()
            if key.person == self.person_id and key.kind == PERSON
        }
        identity = self._identity if self.opened_with == "passphrase" else Identity.generate()
        cost = kdf or max(calibrated(), self._slot.cost, key=lambda c: c.work)
        self._put_slot(identity, PERSON, secret, cost, replaced=mine)

    def new_recovery_code(self, *, kdf: KdfParameters = KDF_RECOVERY) -> str:
        """A new recovery code for the opened person; the one before it opens nothing any more. Shown once."""
        self._for_writing()
        entropy = recovery.generate()
        mine = {
            key_id: key
            for key_id, key in self._ring.active().items()
            if key.person == self.person_id and key.kind == RECOVERY
        }
        self._put_slot(Identity.generate(), RECOVERY, entropy, kdf, replaced=mine)
        return recovery.to_text(entropy)

    def _put_slot(
        self,
        identity: Identity,
        kind: str,
        secret: bytes,
        cost: KdfParameters,
        *,
        replaced: Mapping[str, Key],
    ) -> None:
        """Add a slot for the opened person in place of others, in one step that happens or does not."""
        person = self.person_id
        slot = slots.make(self.vault_id, kind, identity, secret, cost, self._master)
        data = slot.to_bytes()
        generation = self._manifest.generation + 1
        keys = dict(self._ring.keys)
        for key_id, key in replaced.items():
            keys[key_id] = replace(key, retired=generation)
        kept = keys.get(identity.public.key_id)
        since = kept.since if kept else generation
        keys[identity.public.key_id] = Key(identity.public, kind, person, slot.name, since)
        ring = Keyring(self._ring.people, keys)
        gone = {key.slot for key in replaced.values()}
        listed = {name: digest for name, digest in self._manifest.slots.items() if name not in gone}
        listed[slot.name] = manifest.slot_hash(data)
        description = Manifest(self.vault_id, generation, listed).sealed(self._key("keyring"), ring)

        path = layout.slot_path(self.path, slot.name)
        try:
            files.write_atomically(path, data)
            files.write_atomically(self.path / layout.DESCRIPTION, description.to_bytes())
        except BaseException:
            if layout.read_manifest(self.path) == self._manifest:
                with contextlib.suppress(OSError):
                    path.unlink()
            raise
        self._manifest, self._ring = description, ring
        if self._slot.name in gone or (kind == PERSON and self.opened_with == "recovery"):
            if identity is not self._identity:
                self._identity.wipe()
            self._slot, self._identity = slot, identity
        # The change has happened. What follows is made up for at the next opening if it fails.
        with contextlib.suppress(VaultError, OSError):
            self._settle()

    def _settle(self) -> None:
        """Finish what a crash may have left: stray files, and the database's memory of the generation.

        Raises `SlotSetTampered` when the database has seen a later set of keys than the folder holds.
        """
        path = self.path / database.NAME
        with (
            database.database_errors(path),
            # Not mode=ro even for a reader: a journal left by a crash is rolled back where the folder
            # allows it.
            contextlib.closing(
                database.connect(path, self._key("database"), read_only=False, query_only=self.read_only)
            ) as connection,
        ):
            seen = database.read_generation(connection)
            if seen > self._manifest.generation:
                raise SlotSetTampered
            if self.read_only:
                return
            if seen < self._manifest.generation:
                database.write_generation(connection, self._manifest.generation)
        with os_errors(self.path):
            for path in list(layout.left_over(self.path, self._manifest)):
                path.unlink(missing_ok=True)

    # Trust

    def check(self) -> list[Finding]:
        """Look at every file of the vault: description, keys, head, every page of the database, strangers,
        modes.

        Empty when all is well. It does not know the history: whether that agrees with the head is for the
        register.
        """
        self._alive()
        for _ in range(3):
            seen = layout.fingerprint(self.path)
            findings = list(checking.examine(self.path, self.vault_id, self._key))
            if not findings or layout.fingerprint(self.path) == seen:
                break  # else somebody changed the keys meanwhile, and the parts we saw were of two states
        return findings

    def backup(self, directory: Path | str) -> Path:
        """A complete copy in `directory`, checked by opening it again before it gets its name. Returns its
        path.

        It is a vault like this one, opened by the same passphrases; the vault stays open, and others may
        write. Raises `BackupFailed` and our I/O errors; then nothing is left of it.
        """
        self._alive()
        return copying.copy(self.path, Path(directory).absolute(), self.vault_id, self._key)

    def safety_copy(self, *, keep: int = 5) -> Path:
        """A backup in the vault's own folder, before something is rewritten; the newest `keep` stay."""
        if keep < 1:
            raise ValueError("at least the copy just made is kept")
        self._for_writing()
        path = self.backup(self.path / layout.BACKUPS)
        copying.keep_newest(self.path / layout.BACKUPS, keep, path)
        return path

    def safety_copies(self) -> list[Path]:
        """The copies that `safety_copy` kept, oldest first."""
        return copying.copies(self.path / layout.BACKUPS)

    def check_copy(self, copy: Path | str) -> list[Finding]:
        """What `check` would find in a copy of this vault."""
        self._alive()
        return list(checking.examine(Path(copy).absolute(), self.vault_id, self._key))

    # The end

    def close(self) -> None:
        """Overwrite the keys and give up the lock. Close every connection first. Twice is once.

        Python and the libraries below keep copies that nobody can reach to overwrite; only the end of the
        process removes those.
        """
        if not self._open:
            return
        self._open = False
        self._master[:] = bytes(len(self._master))
        self._identity.wipe()
        if self._writer is not None:
            self._writer.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Vault {self.vault_id[:8]} {'open' if self._open else 'closed'}>"


def create(
    path: Path | str, *, person_id: str, person_name: str, passphrase: str, kdf: KdfParameters | None = None
) -> tuple[Vault, str]:
    """Make a vault with its first person, and open it for writing. The second value is the recovery code.

    The code is shown once and kept nowhere. The vault appears whole or not at all: it is made beside `path`
    and renamed. `kdf` defaults to what this machine can do in half a second. Raises `VaultExists`,
    `FolderInTheWay`, `PassphraseTooShort`, `PassphraseUnusable`, `KdfOutOfBounds` and our I/O errors.
    """
    folder = Path(path).absolute()
    secret = _new_passphrase(passphrase)
    cost = (kdf or calibrated()).checked()
    with os_errors(folder):
        if (folder / layout.DESCRIPTION).exists():
            raise VaultExists(path=folder)
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()
        if folder.exists() or folder.is_symlink():
            raise FolderInTheWay(path=folder)
        folder.parent.mkdir(parents=True, exist_ok=True)

    master = bytearray(secrets.token_bytes(MASTER_BYTES))
    vault_id = secrets.token_hex(16)
    entropy = recovery.generate()
    identity, recovery_identity = Identity.generate(), Identity.generate()
    slot = slots.make(vault_id, PERSON, identity, secret, cost, master)
    recovery_slot = slots.make(vault_id, RECOVERY, recovery_identity, entropy, KDF_RECOVERY, master)
    ring = Keyring(
        {person_id: person_name},
        {
            key.public.key_id: Key(key.public, made.kind, person_id, made.name, 1)
            for key, made in ((identity, slot), (recovery_identity, recovery_slot))
        },
    )
    recovery_identity.wipe()
    data = {made.name: made.to_bytes() for made in (slot, recovery_slot)}
    description = Manifest(vault_id, 1, {name: manifest.slot_hash(d) for name, d in data.items()}).sealed(
        _subkey(master, vault_id, "keyring"), ring
    )

    draft = folder.with_name(f".{folder.name}{files.TEMPORARY}{secrets.token_hex(4)}")
    try:
        with os_errors(folder):
            for made in (draft, draft / layout.KEYS, draft / layout.BACKUPS):
                made.mkdir(mode=0o700)
            for name, content in data.items():
                files.write_atomically(layout.slot_path(draft, name), content)
            with database.database_errors(folder / database.NAME):
                database.create(draft / database.NAME, _subkey(master, vault_id, "database"), 1)
            checking.write_head(draft, _subkey(master, vault_id, "head"), 0, bytes(checking.DIGEST_BYTES))
            files.write_atomically(draft / layout.DESCRIPTION, description.to_bytes())
            draft.rename(folder)
            draft = folder  # from here on a failure takes the new vault with it: nobody has seen its code
            files.sync_folder(folder.parent)
        writer = lock.WriterLock(folder)
        writer.acquire(_subkey(master, vault_id, "writer"), person_name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    unlocked = _Unlocked(slot, identity, master)
    return Vault(folder, description, ring, unlocked, writer), recovery.to_text(entropy)


_new_passphrase = passphrase.new_passphrase


def _believe(description: Manifest, unlocked: _Unlocked) -> Keyring:
    """The keyring, if the master key vouches for it and it knows the slot that was opened, with its keys."""
    ring = description.keyring(_subkey(unlocked.master, description.vault_id, "keyring"))
    public = unlocked.identity.public
    own = ring.keys.get(public.key_id)
    if own is None or (own.slot, own.kind, own.public) != (unlocked.slot.name, unlocked.slot.kind, public):
        raise SlotSetTampered
    return ring


def open_vault(
    path: Path | str, secret: str, *, read_only: bool | Literal["auto"] = False, person: str | None = None
) -> Vault:
    """Open a vault with a passphrase or a recovery code, told apart by the code's own check characters.

    `read_only`: False takes the writer's lock or raises `SomeoneElseWriting`; True takes no lock; "auto"
    writes if it can and reads if someone else writes or the place cannot be written. `person` is the name
    of the slot to try first (`Vault.slot` of the last time): a hint, not a condition.

    Raises `VaultMissing`, `NotAVault`, `NewerFormat`, `WrongPassphrase` and its kinds, `VaultDamaged` and
    its kinds, `SomeoneElseWriting`, and our I/O errors.
    """
    folder = Path(path).absolute()
    for last in (False, False, True):
        seen = layout.fingerprint(folder)
        try:
            return _open_once(folder, secret, read_only, person)
        except (SlotSetTampered, PartMissing):
            # Somebody else changing their passphrase at this moment looks the same for once, but not twice.
            if last or layout.fingerprint(folder) == seen:
                raise
    raise AssertionError("the last round returns or raises")


def _open_once(folder: Path, secret: str, read_only: bool | Literal["auto"], person: str | None) -> Vault:
    disk = layout.read(folder)
    unlocked = _unlock(disk, secret, person)
    writer: lock.WriterLock | None = None
    try:
        description, ring = disk.manifest, _believe(disk.manifest, unlocked)
        if read_only is not True:
            writer = _take_lock(folder, unlocked, ring, or_read=read_only == "auto")
        if writer is not None:  # nobody else changes the keys any more: what is there now is what we change
            description = layout.read_manifest(folder)
            ring = _believe(description, unlocked)
        vault = Vault(folder, description, ring, unlocked, writer)
        vault.damaged_slots = disk.damaged
        vault._settle()
    except BaseException:
        unlocked.wipe()
        if writer is not None:
            writer.release()
        raise
    return vault


def _take_lock(folder: Path, unlocked: _Unlocked, ring: Keyring, *, or_read: bool) -> lock.WriterLock | None:
    """The writer's lock; None, if `or_read`, where it cannot be had."""
    writer = lock.WriterLock(folder)
    name = ring.people[ring.keys[unlocked.identity.public.key_id].person]
    try:
        writer.acquire(_subkey(unlocked.master, unlocked.slot.vault_id, "writer"), name)
    except (SomeoneElseWriting, ReadOnlyFolder, NoPermission):
        if not or_read:
            raise
        return None
    return writer
