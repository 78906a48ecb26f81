"""Create, open and use a vault. The format is specified in docs/reference/vault-format.md."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
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
    AnotherVaultsCopy,
    CopyBeforeNewKeys,
    DatabaseDamaged,
    FolderInTheWay,
    HeadDamaged,
    InvitationLapsed,
    InvitationUnreadable,
    InvitationVoid,
    KeyFileNeeded,
    KeyFileWanted,
    NoPermission,
    NotByPassphrase,
    OpenedReadOnly,
    PartMissing,
    ReadOnlyFolder,
    RecoveryCodeTypo,
    RememberedVoid,
    SealBroken,
    SlotDamaged,
    SlotRefused,
    SlotSetTampered,
    SomeoneElseWriting,
    TooManySlots,
    VaultClosed,
    VaultError,
    VaultExists,
    WrongInvitationCode,
    WrongPassphrase,
    WrongPassphraseOrKeyFile,
    WrongPassphraseSomeDamaged,
    WrongRecoveryCode,
    os_errors,
)
from techguard.vault.identity import Identity
from techguard.vault.kdf import KDF_RECOVERY, KdfParameters, calibrated
from techguard.vault.manifest import MASTER_BYTES, Key, Keyring, Listed, Manifest
from techguard.vault.retention import Retention
from techguard.vault.slots import INVITATION, PERSON, RECOVERY, Slot, SlotKey

OpenedWith = Literal["passphrase", "recovery", "invitation"]


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
    key_file: bool = False


class Invited(NamedTuple):
    """An invitation that was not used yet. `until` is its last day (UTC)."""

    person_id: str
    person_name: str
    key_id: str
    until: date


@dataclass(frozen=True, slots=True)
class Prepared:
    """A way to open a vault that is made and not yet part of it: `Vault.admit` makes it one.

    `replaces`: the keys that are retired in the same step. `until`: the last day of an invitation.
    `key_file`: the digest of the key file that the slot wants beside its passphrase.
    """

    slot: Slot
    identity: Identity
    person_id: str
    person_name: str
    replaces: frozenset[str] = frozenset()
    until: date | None = None
    key_file: bytes | None = None

    @property
    def key_id(self) -> str:
        """Which key will sign for the person."""
        return self.identity.public.key_id

    @property
    def file(self) -> bytes:
        """The slot's file: what an invited person is given."""
        return self.slot.to_bytes()


def _subkey(master: bytes | bytearray, vault_id: str, label: str) -> bytes:
    """The key of one purpose: HKDF-SHA256(master, salt = vault id, info = "techguard vault 1" ‖ 00 ‖ …)."""
    return box.hkdf(master, salt=bytes.fromhex(vault_id), info=b"techguard vault 1\x00" + label.encode())


@dataclass(frozen=True, slots=True)
class _Unlocked:
    slot: Slot
    identity: Identity
    master: bytearray
    key_file: bytes | None = None

    def wipe(self) -> None:
        self.identity.wipe()
        self.master[:] = bytes(len(self.master))


def _unlock(disk: layout.OnDisk, secret: str, first: str | None, key_file: bytes | None) -> _Unlocked:
    """Try the secret on the slots of its kind: a whole recovery code on recovery slots, or persons.

    `key_file` (its digest) counts for those slots of persons that want one; no other needs it.
    """
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
        if slot.key_file and key_file is None:
            continue
        try:
            digest = key_file if slot.key_file else None
            identity = slot.open_keys(passphrase.with_key_file(typed, digest))
            return _Unlocked(slot, identity, _master_of(disk.manifest, slot, identity), digest)
        except slots.WrongSecret:
            continue
        except SlotDamaged as error:
            damaged[slot.name] = error
    if typo is not None:
        raise typo
    if damaged and not any(slot.name not in damaged for slot in candidates):
        raise next(iter(damaged.values()))  # the secret was never proved wrong
    if damaged:
        raise WrongPassphraseSomeDamaged(slots=tuple(damaged))
    if any(slot.key_file for slot in candidates):
        raise KeyFileNeeded if key_file is None else WrongPassphraseOrKeyFile
    raise WrongRecoveryCode if kind == RECOVERY else WrongPassphrase


def _master_of(description: Manifest, slot: Slot, identity: Identity) -> bytearray:
    return slot.open_master(identity, description.listed[slot.name].master)


def _unlock_kept(disk: layout.OnDisk, kept: SlotKey) -> _Unlocked:
    """By a key that was derived before. Raises `RememberedVoid`, `SlotDamaged`."""
    slot = disk.slots.get(kept.slot)
    if slot is None or slot.key_file:
        raise RememberedVoid
    try:
        identity = slot.open_with(kept.key)
    except slots.WrongSecret as error:
        raise RememberedVoid from error
    return _Unlocked(slot, identity, _master_of(disk.manifest, slot, identity))


def _unlock_invitation(disk: layout.OnDisk, data: bytes, code: str) -> _Unlocked:
    """By the file and the code of an invitation, if vault.json lists just this file."""
    try:
        slot = slots.parse(None, data)
    except (SlotDamaged, SlotRefused) as error:
        raise InvitationUnreadable from error
    if slot.kind != INVITATION:
        raise InvitationUnreadable
    listed = disk.manifest.invitations.get(slot.name)
    if slot.vault_id != disk.manifest.vault_id or listed is None or listed.file != manifest.slot_hash(data):
        raise InvitationVoid
    try:
        identity = slot.open_keys(recovery.from_text(code))
    except slots.WrongSecret as error:
        raise WrongInvitationCode from error
    return _Unlocked(slot, identity, _master_of(disk.manifest, slot, identity))


def _today() -> date:
    return datetime.now(UTC).date()


_WITH: Mapping[str, OpenedWith] = {PERSON: "passphrase", RECOVERY: "recovery", INVITATION: "invitation"}


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
        self._key_file = unlocked.key_file
        self._writer = writer
        self._open = True
        self._beside = ThreadPoolExecutor(1, "head")
        self._newest = 0  # the number of the newest head that was asked for
        self._coming: Future[None] | None = None
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
    def generation(self) -> int:
        """How often the keys were changed, counted from 1."""
        return self._manifest.generation

    @property
    def opened_with(self) -> OpenedWith:
        """What the person typed. After a recovery code, ask for a new passphrase."""
        return _WITH[self._slot.kind]

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
        key = _subkey(self._master, self.vault_id, label)
        if self._ring.previous and label in {"database", "head"} and not self._is_under(label, key):
            return _subkey(self._ring.previous, self.vault_id, label)
        return key

    def _is_under(self, label: str, key: bytes) -> bool:
        """Whether a part that a replaced master key may not have reached yet is under `key`."""
        if label == "database":
            return database.opens(self.path / database.NAME, key)
        with contextlib.suppress(HeadDamaged):
            checking.read_head(self.path, key)
            return True
        return False

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
            if self._ring.previous and not self.read_only:
                self._rekey_database()  # so that nothing is ever written under a key that was replaced
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
        self._head_in_place()
        seq, digest = checking.read_head(self.path, self._key("head"))
        return Head(seq, digest) if seq else None

    def write_head(self, seq: int, digest: bytes) -> None:
        """Replace the head after a commit: `seq` from 1, `digest` 32 bytes.

        One synced write and a rename. After a power cut the head before it may be back; the history is then
        ahead of its head, which heals, never behind.
        """
        self._check_head(seq, digest)
        self._head_in_place()
        checking.write_head(self.path, self._key("head"), seq, digest)

    def next_head(self, seq: int, digest: bytes) -> None:
        """Have the head of a change that was committed put in place by a thread of its own: the person who
        made the change does not wait for it.

        Until it is there the history is ahead of its head, as after a crash between the two, which heals.
        What fails about it raises nothing: the change has happened, and the next head, or opening, makes up
        for it. Whoever looks at the folder through this vault waits for it; so does `close`.
        """
        self._check_head(seq, digest)
        self._newest = seq

        def put() -> None:
            if seq == self._newest:  # the next one is on its way otherwise
                with contextlib.suppress(VaultError):
                    checking.write_head(self.path, self._key("head"), seq, digest)

        self._coming = self._beside.submit(put)

    def _head_in_place(self) -> None:
        """Wait for the head of the last commit."""
        if self._coming is not None:
            self._coming.result()

    def _check_head(self, seq: int, digest: bytes) -> None:
        self._for_writing()
        if seq < 1 or len(digest) != checking.DIGEST_BYTES:
            raise ValueError("a head has a number from 1 and a digest of 32 bytes")

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
        """Every way to open this vault but invitations, persons first."""
        found = []
        for key_id, key in self._ring.active().items():
            if key.kind == INVITATION:
                continue
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
                    slot.key_file,
                )
            )
        return sorted(found, key=lambda info: (info.kind != PERSON, info.person_name, info.slot))

    def invitations(self) -> list[Invited]:
        """The invitations that can still be used, by the name of the person."""
        found = [
            Invited(key.person, self._ring.people[key.person], key_id, key.until)
            for key_id, key in self._ring.active().items()
            if key.until is not None and key.until >= _today()
        ]
        return sorted(found, key=lambda invited: invited.person_name)

    def _active_of(self, person_id: str, *kinds: str) -> frozenset[str]:
        """The active keys of a person, of some kinds."""
        active = self._ring.active().items()
        return frozenset(id_ for id_, key in active if key.person == person_id and key.kind in kinds)

    def prepare_passphrase(
        self,
        new: str,
        *,
        key_file: bytes | Literal["as it is"] | None = "as it is",
        kdf: KdfParameters | None = None,
    ) -> Prepared:
        """A new passphrase for the opened person, with a key file (its content), without one, or as it was.

        With the passphrase open, their keys stay. With the recovery code open, their old private keys are
        sealed under what was forgotten: they get new ones and the old key is retired (it still verifies
        what it signed). With an invitation open they get the keys that only they ever know.

        `kdf` defaults to what this machine can do in half a second, never less than the slot had.
        Raises `PassphraseTooShort`, `PassphraseUnusable`, `KeyFileUnusable`, `OpenedReadOnly`.
        """
        self._for_writing()
        secret = passphrase.new_passphrase(new)
        digest = self._key_file if key_file == "as it is" else _digest(key_file)
        replaced = self._active_of(self.person_id, PERSON, INVITATION)
        identity = self._identity if self.opened_with == "passphrase" else Identity.generate()
        cost = kdf or max(calibrated(), self._slot.cost, key=lambda c: c.work)
        slot = slots.make(
            self.vault_id,
            PERSON,
            identity,
            passphrase.with_key_file(secret, digest),
            cost,
            key_file=digest is not None,
        )
        return Prepared(slot, identity, self.person_id, self.person_name, replaced, key_file=digest)

    def slot_key(self, secret: str) -> SlotKey:
        """What the passphrase that opened this vault derives: with it `open` needs no passphrase.

        Raises what `confirm` raises, `NotByPassphrase` where a recovery code or an invitation opened the
        vault, and `KeyFileWanted` where a key file is wanted each time.
        """
        if self._slot.kind != PERSON:
            raise NotByPassphrase
        key = self._derived(secret)
        if self._slot.key_file:
            raise KeyFileWanted
        return SlotKey(self._slot.name, key)

    def confirm(self, secret: str) -> None:
        """See that whoever is here knows the passphrase, or the code, that opened this vault.

        Raises `WrongPassphrase` and its kinds where it is another.
        """
        self._derived(secret)

    def _derived(self, secret: str) -> bytes:
        self._alive()
        person = self._slot.kind == PERSON
        typed = passphrase.normalised(secret) if person else recovery.from_text(secret)
        key = self._slot.derive(passphrase.with_key_file(typed, self._key_file))
        try:
            self._slot.open_with(key).wipe()
        except slots.WrongSecret:
            raise WrongPassphrase if person else WrongRecoveryCode from None
        return key

    def change_passphrase(
        self,
        new: str,
        *,
        key_file: bytes | Literal["as it is"] | None = "as it is",
        kdf: KdfParameters | None = None,
    ) -> None:
        """Give the opened person a new passphrase: their slot is replaced, nothing else.

        An attacker who has an old copy of the vault *and* the old passphrase can still open that copy, and
        with its master key this one too: only `replace_master` ends that. Raises what `prepare_passphrase`
        raises, and our I/O errors.
        """
        self.admit(self.prepare_passphrase(new, key_file=key_file, kdf=kdf))

    def prepare_recovery_code(self, *, kdf: KdfParameters = KDF_RECOVERY) -> tuple[Prepared, str]:
        """A new recovery code for the opened person, in place of the one before; and the code itself."""
        self._for_writing()
        replaced = self._active_of(self.person_id, RECOVERY)
        return self._prepare_code(RECOVERY, self.person_id, self.person_name, replaced, kdf)

    def new_recovery_code(self, *, kdf: KdfParameters = KDF_RECOVERY) -> str:
        """A new recovery code for the opened person; the one before it opens nothing any more. Shown once."""
        prepared, code = self.prepare_recovery_code(kdf=kdf)
        self.admit(prepared)
        return code

    def prepare_person(
        self,
        person_id: str,
        name: str,
        new: str,
        *,
        key_file: bytes | None = None,
        kdf: KdfParameters | None = None,
    ) -> Prepared:
        """Keys for somebody who types their own passphrase here and now.

        Raises what `prepare_passphrase` raises.
        """
        self._for_writing()
        secret, digest = passphrase.new_passphrase(new), _digest(key_file)
        identity = Identity.generate()
        slot = slots.make(
            self.vault_id,
            PERSON,
            identity,
            passphrase.with_key_file(secret, digest),
            kdf or calibrated(),
            key_file=digest is not None,
        )
        return Prepared(slot, identity, person_id, name, self._active_of(person_id, PERSON, INVITATION))

    def prepare_invitation(
        self, person_id: str, name: str, until: date, *, kdf: KdfParameters = KDF_RECOVERY
    ) -> tuple[Prepared, str]:
        """An invitation for somebody, in place of an earlier one; and its code.

        `Prepared.file` and the code go to that person by different ways. The vault is opened by both
        together (`open` with `invitation`), until the last day `until` (UTC), until it was used once, and
        only to set a passphrase.
        """
        self._for_writing()
        replaced = self._active_of(person_id, INVITATION)
        prepared, code = self._prepare_code(INVITATION, person_id, name, replaced, kdf)
        return replace(prepared, until=until), code

    def _prepare_code(
        self, kind: str, person_id: str, name: str, replaced: frozenset[str], cost: KdfParameters
    ) -> tuple[Prepared, str]:
        entropy = recovery.generate()
        identity = Identity.generate()
        slot = slots.make(self.vault_id, kind, identity, entropy, cost)
        return Prepared(slot, identity, person_id, name, replaced), recovery.to_text(entropy)

    def admit(self, prepared: Prepared) -> None:
        """Let what was prepared open the vault, in place of what it replaces: in one step that happens or
        does not. Raises `TooManySlots`, `OpenedReadOnly` and our I/O errors.
        """
        self._for_writing()
        generation = self._manifest.generation + 1
        keys = self._retired(prepared.replaces, generation)
        kept = keys.get(prepared.key_id)
        keys[prepared.key_id] = Key(
            prepared.identity.public,
            prepared.slot.kind,
            prepared.person_id,
            prepared.slot.name,
            kept.since if kept else generation,
            until=prepared.until,
        )
        people = {**self._ring.people, prepared.person_id: prepared.person_name}
        self._commit(replace(self._ring, people=people, keys=keys), self._master, prepared.slot)
        mine = prepared.person_id == self.person_id
        if (mine and prepared.slot.kind == PERSON) or self._ring.keys[self.key_id].retired:
            if prepared.identity is not self._identity:
                self._identity.wipe()
            self._slot, self._identity = prepared.slot, prepared.identity
            self._key_file = prepared.key_file
        else:
            prepared.identity.wipe()
        # The change has happened. What follows is made up for at the next opening if it fails.
        with contextlib.suppress(VaultError, OSError):
            self._settle()

    def retire(self, key_ids: Collection[str]) -> None:
        """Let some keys open the vault no more: a recovery code, an invitation. Never the one that is open.

        As with a changed passphrase, whoever has an old copy of the vault beside the code still has a master
        key: `replace_master` ends that too.
        """
        self._for_writing()
        if self.key_id in key_ids:
            raise ValueError("what opened the vault is not taken away while it is open")
        generation = self._manifest.generation + 1
        self._commit(replace(self._ring, keys=self._retired(key_ids, generation)), self._master)
        with contextlib.suppress(VaultError, OSError):
            self._settle()

    def recovery_keys(self, person_id: str) -> frozenset[str]:
        """The key of a person's recovery code, if there is one."""
        return self._active_of(person_id, RECOVERY)

    def keys_of(self, person_id: str) -> frozenset[str]:
        """Every active key of a person."""
        return self._active_of(person_id, PERSON, RECOVERY, INVITATION)

    def _retired(self, key_ids: Collection[str], generation: int) -> dict[str, Key]:
        return {
            id_: replace(key, retired=generation) if id_ in key_ids and key.retired is None else key
            for id_, key in self._ring.keys.items()
        }

    def _commit(self, ring: Keyring, master: bytearray, new: Slot | None = None) -> None:
        """Replace vault.json by one whose slots are those of the active keys: the moment of change.

        What `ring` did not have before is `new`; with another master key it is sealed to everybody anew.
        """
        files_of = {name: listed.file for name, listed in self._manifest.listed.items()}
        data = new.to_bytes() if new else b""
        if new:
            files_of[new.name] = manifest.slot_hash(data)
        listed: dict[str, dict[str, Listed]] = {"slots": {}, "invitations": {}}
        for key in ring.active().values():
            known = self._manifest.listed.get(key.slot)
            sealed = (
                known.master
                if known is not None and master is self._master
                else slots.seal_master(key.public, master, self.vault_id, key.kind, key.slot)
            )
            where = "invitations" if key.kind == INVITATION else "slots"
            listed[where][key.slot] = Listed(files_of[key.slot], sealed)
        if sum(map(len, listed.values())) > slots.MOST_SLOTS:
            raise TooManySlots(most=slots.MOST_SLOTS)
        description = Manifest(
            self.vault_id, self._manifest.generation + 1, listed["slots"], listed["invitations"]
        ).sealed(_subkey(master, self.vault_id, "keyring"), ring)
        path = layout.slot_path(self.path, new.name) if new and new.kind != INVITATION else None
        try:
            if path:
                files.write_atomically(path, data)
            files.write_atomically(self.path / layout.DESCRIPTION, description.to_bytes())
        except BaseException:
            if path and layout.read_manifest(self.path) == self._manifest:
                with contextlib.suppress(OSError):
                    path.unlink()
            raise
        self._manifest, self._ring = description, ring

    # The master key

    def replace_master(self, *, without: Collection[str] = ()) -> None:
        """A new master key, sealed to everybody but the people `without`; the database is encrypted anew.

        Nobody's passphrase is needed. What is written from now on opens with no copy of an old key. Close
        every connection first. A crash or an error leaves the vault as it was, or changed; between the two
        it opens for everybody who stays, and the next one to write finishes it before writing anything.
        Raises `SomebodyWriting` while somebody reads, `DiskFull` and our other I/O errors.
        """
        self._for_writing()
        if self.person_id in without:
            raise ValueError("nobody removes themselves")
        self._head_in_place()
        if self._ring.previous:
            self._finish_rekey()
        before, old = (self._manifest, self._ring, self._master), layout.fingerprint(self.path)
        gone = [id_ for id_, key in self._ring.active().items() if key.person in without]
        ring = replace(
            self._ring,
            keys=self._retired(gone, self._manifest.generation + 1),
            previous=bytes(self._master),
        )
        master = bytearray(secrets.token_bytes(MASTER_BYTES))
        self._commit(ring, master)
        self._master = master
        try:
            with database.database_errors(self.path / database.NAME):
                self._rekey_database()
        except BaseException:
            # The database is as it was; so are the keys then, unless not even that can be written.
            files.write_atomically(self.path / layout.DESCRIPTION, old or b"")
            self._manifest, self._ring, self._master = before
            raise
        before[2][:] = bytes(MASTER_BYTES)
        # The change has happened. What follows is made up for at the next opening if it fails.
        with contextlib.suppress(VaultError, OSError):
            self._finish_rekey()
            self._settle()
        if self._writer is not None:
            with contextlib.suppress(VaultError, OSError):
                self._writer.note(self._key("writer"), self.person_name)

    def _rekey_database(self) -> None:
        path = self.path / database.NAME
        old, new = (_subkey(m, self.vault_id, "database") for m in (self._ring.previous, self._master))
        database.rekey(path, old, new)

    def _finish_rekey(self) -> None:
        """Bring everything under the master key that vault.json is under, then forget the one before it."""
        with database.database_errors(self.path / database.NAME):
            self._rekey_database()
        with contextlib.suppress(HeadDamaged):  # found and told as what it is, by whoever reads it
            head = checking.read_head(self.path, self._key("head"))
            checking.write_head(self.path, _subkey(self._master, self.vault_id, "head"), *head)
        self._commit(replace(self._ring, previous=b""), self._master)

    def _settle(self) -> None:
        """Finish what a crash may have left: stray files, and the database's memory of the generation.

        Raises `SlotSetTampered` when the database has seen a later set of keys than the folder holds.
        """
        path = self.path / database.NAME
        if not self.read_only:
            if self._ring.previous:
                self._finish_rekey()
            self._retire_lapsed()
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

    def _retire_lapsed(self) -> None:
        """An invitation whose last day is past opens nothing any more, whatever a clock says later."""
        lapsed = [id_ for id_, key in self._ring.active().items() if key.until and key.until < _today()]
        if lapsed:
            keys = self._retired(lapsed, self._manifest.generation + 1)
            self._commit(replace(self._ring, keys=keys), self._master)

    @property
    def keys_moved(self) -> bool:
        """Whether somebody changed the keys since this vault was opened."""
        return layout.fingerprint(self.path) != self._manifest.to_bytes()

    # Trust

    def check(self) -> list[Finding]:
        """Look at every file of the vault: description, keys, head, every page of the database, strangers,
        modes.

        Empty when all is well. It does not know the history: whether that agrees with the head is for the
        register.
        """
        self._alive()
        self._head_in_place()
        for _ in range(_LOOKS):
            seen = layout.fingerprint(self.path)
            findings = list(checking.examine(self.path, self.vault_id, self._key))
            if not findings or layout.fingerprint(self.path) == seen:
                break  # else somebody changed the keys meanwhile, and the parts we saw were of two states
        return findings

    def backup(self, directory: Path | str, *, prove: copying.Proof = copying.no_more) -> Path:
        """A complete copy in `directory`, checked by opening it again before it gets its name. Returns its
        path.

        It is a vault like this one, opened by the same passphrases; the vault stays open, and others may
        write: they wait while the pages are copied, not while the copy is checked. `prove` may look into the
        copy, which has no name yet, and raise. Raises `BackupFailed` and our I/O errors; then nothing is left
        of it.
        """
        self._alive()
        self._head_in_place()
        return copying.copy(self.path, Path(directory).absolute(), self.vault_id, self._key, prove)

    def safety_copy(
        self, *, retention: Retention | None = None, prove: copying.Proof = copying.no_more
    ) -> Path:
        """A backup in the vault's own folder. With a `retention`, those that it does not keep are removed
        once the new one has passed its check.
        """
        self._for_writing()
        directory = self.path / layout.BACKUPS
        path = self.backup(directory, prove=prove)
        if retention is not None:
            copying.forget_old(directory, self.vault_id, retention, path)
        return path

    def copies(self, directory: Path | str | None = None) -> list[copying.Copy]:
        """The copies in a folder (the vault's own, if none is named), oldest first; whatever vault they are
        of."""
        return copying.copies(self.path / layout.BACKUPS if directory is None else Path(directory))

    def check_copy(self, copy: Path | str) -> list[Finding]:
        """What `check` would find in a copy of this vault that has its keys of today."""
        self._alive()
        return list(checking.examine(Path(copy).absolute(), self.vault_id, self._key))

    def open_copy(self, copy: Path | str) -> Vault:
        """A copy of this vault, opened for reading by the private keys that opened this one.

        No passphrase is asked for again, and it does not matter whether the passphrase or the master key was
        changed since. Raises `AnotherVaultsCopy`, `CopyBeforeNewKeys` where the copy knows other private
        keys, and what `open_vault` raises.
        """
        self._alive()
        folder = Path(copy).absolute()
        disk = layout.read(folder)
        if disk.manifest.vault_id != self.vault_id:
            raise AnotherVaultsCopy(path=folder)
        for slot in disk.slots.values():
            try:
                master = _master_of(disk.manifest, slot, self._identity)
            except SlotSetTampered:  # somebody else's
                continue
            unlocked = _Unlocked(slot, Identity(self._identity.private), master)
            try:
                opened = Vault(folder, disk.manifest, _believe(disk.manifest, unlocked), unlocked, None)
                opened.damaged_slots = disk.damaged
                opened._settle()
            except BaseException:
                unlocked.wipe()
                raise
            return opened
        if disk.damaged:
            raise next(iter(disk.damaged.values()))
        raise CopyBeforeNewKeys(path=folder)

    def other_versions(self) -> list[Path]:
        """Second versions of this vault that a sync tool kept: folders beside it, databases within it."""
        return list(layout.other_versions(self.path, self.vault_id))

    def open_version(self, file: Path | str) -> Version:
        """A second version of this vault's database, opened for reading. Raises `DatabaseDamaged` if it is
        none, or one under an older master key.
        """
        self._alive()
        path = Path(file).absolute()
        with (
            database.database_errors(path),
            contextlib.closing(database.connect(path, self._key("database"), read_only=True)) as connection,
        ):
            database.read_generation(connection)
        return Version(self, path)

    def know_signers(self, other: Vault, key_ids: Collection[str]) -> None:
        """Know signing keys of another copy of this vault: what they signed is proved here as well. They
        open nothing, and nobody is let in: to this vault they are keys that are no longer in use.
        """
        self._for_writing()
        new = {id_: other._ring.keys[id_] for id_ in key_ids if id_ not in self._ring.keys}
        if not new:
            return
        generation = self._manifest.generation + 1
        keys = {id_: replace(key, since=generation, retired=generation) for id_, key in new.items()}
        names = {key.person: other._ring.people[key.person] for key in new.values()}
        ring = replace(self._ring, people=names | self._ring.people, keys=self._ring.keys | keys)
        self._commit(ring, self._master)
        with contextlib.suppress(VaultError, OSError):
            self._settle()

    def restore(self, target: Path | str, *, prove: copying.Proof = copying.no_more) -> Path:
        """This vault, a backup, as a vault of its own in a new place. Raises `VaultExists`,
        `FolderInTheWay` for whatever is there already, `BackupFailed` and our I/O errors; then nothing is
        left of it.
        """
        self._alive()
        folder = Path(target).absolute()
        with os_errors(folder):
            copying.refuse_taken(folder)
            folder.parent.mkdir(parents=True, exist_ok=True)
        self._head_in_place()
        copying.copy_to(self.path, folder, self.vault_id, self._key, prove)
        return folder

    # The end

    def close(self) -> None:
        """Overwrite the keys and give up the lock. Close every connection first. Twice is once.

        Python and the libraries below keep copies that nobody can reach to overwrite; only the end of the
        process removes those.
        """
        if not self._open:
            return
        self._beside.shutdown()  # the last head is on its way
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


_LOOKS = 25
"""How often `check` looks again when somebody changed the keys while it looked: that is rare, and over in the
blink of an eye."""


class Version:
    """Another version of an open vault's database, for reading: what of `Vault` a register asks for."""

    read_only = True

    def __init__(self, vault: Vault, file: Path) -> None:
        self.path = file
        self._vault = vault
        self.vault_id, self.person_id, self.person_name = vault.vault_id, vault.person_id, vault.person_name
        self.key_id = vault.key_id

    def connect(self) -> Any:
        """A keyed connection that cannot write."""
        with database.database_errors(self.path):
            return database.connect(self.path, self._vault._key("database"), read_only=True)

    def check(self) -> list[Finding]:
        """What is wrong with the pages of the database: a version has no other file of its own."""
        return [
            Finding(self.path.name, damaged)
            for damaged in database.integrity(self.path, self._vault._key("database"))
        ]

    def read_head(self) -> None:
        """A version has no head."""
        return

    def verify_keys(self) -> Mapping[str, VerifyKey]:
        """Every signing key that the vault knows."""
        return self._vault.verify_keys()

    def sign(self, message: bytes) -> bytes:
        """Nobody signs anything in another version."""
        raise OpenedReadOnly

    def close(self) -> None:
        """The keys are the vault's."""


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
    slot = slots.make(vault_id, PERSON, identity, secret, cost)
    recovery_slot = slots.make(vault_id, RECOVERY, recovery_identity, entropy, KDF_RECOVERY)
    ring = Keyring(
        {person_id: person_name},
        {
            key.public.key_id: Key(key.public, made.kind, person_id, made.name, 1)
            for key, made in ((identity, slot), (recovery_identity, recovery_slot))
        },
    )
    data = {made.name: made.to_bytes() for made in (slot, recovery_slot)}
    listed = {
        made.name: Listed(
            manifest.slot_hash(data[made.name]),
            slots.seal_master(key.public, master, vault_id, made.kind, made.name),
        )
        for key, made in ((identity, slot), (recovery_identity, recovery_slot))
    }
    description = Manifest(vault_id, 1, listed).sealed(_subkey(master, vault_id, "keyring"), ring)
    recovery_identity.wipe()

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


def _digest(key_file: bytes | None) -> bytes | None:
    return None if key_file is None else passphrase.key_file_digest(key_file)


def _believe(description: Manifest, unlocked: _Unlocked) -> Keyring:
    """The keyring, if the master key vouches for it and it knows the slot that was opened, with its keys."""
    ring = description.keyring(_subkey(unlocked.master, description.vault_id, "keyring"))
    public = unlocked.identity.public
    own = ring.keys.get(public.key_id)
    if own is None or (own.slot, own.kind, own.public) != (unlocked.slot.name, unlocked.slot.kind, public):
        raise SlotSetTampered
    return ring


def open_vault(
    path: Path | str,
    secret: str | SlotKey,
    *,
    read_only: bool | Literal["auto"] = False,
    person: str | None = None,
    key_file: bytes | None = None,
    invitation: bytes | None = None,
) -> Vault:
    """Open a vault with a passphrase or a recovery code, told apart by the code's own check characters.

    `key_file`: the content of the person's key file, if they have one. `invitation`: the content of an
    invitation; the secret is then its code. A `SlotKey` is what was remembered of one slot.

    `read_only`: False takes the writer's lock or raises `SomeoneElseWriting`; True takes no lock; "auto"
    writes if it can and reads if someone else writes or the place cannot be written. `person` is the name
    of the slot to try first (`Vault.slot` of the last time): a hint, not a condition.

    Raises `VaultMissing`, `NotAVault`, `NewerFormat`, `WrongPassphrase` and its kinds, `InvitationVoid` and
    its kinds, `InvitationUnreadable`, `VaultDamaged` and its kinds, `SomeoneElseWriting`, and our I/O errors.
    """
    folder = Path(path).absolute()
    digest = _digest(key_file)

    def unlock(disk: layout.OnDisk) -> _Unlocked:
        if isinstance(secret, SlotKey):
            return _unlock_kept(disk, secret)
        if invitation is not None:
            return _unlock_invitation(disk, invitation, secret)
        return _unlock(disk, secret, person, digest)

    for last in (*[False] * 7, True):
        seen = layout.fingerprint(folder)
        try:
            return _open_once(folder, unlock, read_only)
        except (SlotSetTampered, PartMissing, DatabaseDamaged):
            # Somebody else changing the keys at this moment looks the same for once, but not when nothing
            # moved since, and nobody does it eight times in a row.
            if last or layout.fingerprint(folder) == seen:
                raise
    raise AssertionError("the last round returns or raises")


def _open_once(
    folder: Path, unlock: Callable[[layout.OnDisk], _Unlocked], read_only: bool | Literal["auto"]
) -> Vault:
    disk = layout.read(folder)
    unlocked = unlock(disk)
    writer: lock.WriterLock | None = None
    try:
        description, ring = disk.manifest, _believe(disk.manifest, unlocked)
        if read_only is not True:
            writer = _take_lock(folder, unlocked, ring, or_read=read_only == "auto")
        if writer is not None:  # nobody else changes the keys any more: what is there now is what we change
            description = layout.read_manifest(folder)
            ring = _believe(description, unlocked)
        until = ring.keys[unlocked.identity.public.key_id].until
        if until is not None and until < _today():
            raise InvitationLapsed(until=until)
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
