"""Everything that can go wrong with a vault. One class is one situation.

TechguardError
└── VaultError
    ├── VaultMissing, NotAVault, FolderInTheWay ── VaultExists;  NewerFormat  exit 5
    ├── PassphraseTooShort, PassphraseUnusable                                exit 5
    ├── KdfOutOfBounds, NoPermission, ReadOnlyFolder, DiskFull, StorageFailed  exit 5
    ├── AnotherVaultsCopy, CopyBeforeNewKeys                                   exit 5
    ├── VaultClosed, TooManySlots, KeyFileUnusable                             exit 5
    ├── KeyFileWanted, NotByPassphrase                                         exit 5
    ├── InvitationVoid ── InvitationLapsed;  InvitationUnreadable             exit 5
    ├── WrongPassphrase                                                       exit 3
    │   ├── WrongPassphraseSomeDamaged
    │   ├── WrongRecoveryCode, WrongInvitationCode
    │   ├── KeyFileNeeded, WrongPassphraseOrKeyFile, RememberedVoid
    │   └── RecoveryCodeTypo ── RecoveryCodeIncomplete
    ├── SomeoneElseWriting ── SomebodyWriting;  OpenedReadOnly, KeysReplaced  exit 6
    └── VaultDamaged                                                          exit 4
        ├── PartMissing
        ├── DescriptionDamaged, SlotDamaged, SlotRefused, SlotFromAnotherVault, SlotSetTampered
        ├── HeadDamaged ── HeadMissing
        ├── DatabaseDamaged ── PagesAltered
        ├── SealBroken
        ├── BadSignature
        └── BackupFailed

Not raised but found by `Vault.check`, beside the errors of damage:

    Remark                                                                    exit 1
    └── StrayFile, UnfinishedWrite, ConflictCopy, OpenToOthers, GenerationBehind
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from techguard.errors import TechguardError


class VaultError(TechguardError):
    """Base of every error of the vault."""


class VaultMissing(VaultError):
    """There is no folder where the vault was expected. Facts: `path`."""

    what = "There is no vault at {path}."
    safe = "Nothing was created."
    next_step = "Check the place, or make a new vault with: techguard init"


class NotAVault(VaultError):
    """The path exists and is something else. Facts: `path`."""

    what = "{path} is not a techguard vault: vault.json is not in it, or is not ours."
    safe = "Nothing was changed."
    next_step = "Choose the folder that holds vault.json and register.db."


class FolderInTheWay(VaultError):
    """A new vault would land on something that exists. Facts: `path`."""

    what = "{path} exists already and is not an empty folder."
    safe = "What is there was left as it is."
    next_step = "Choose another place for the new vault."


class VaultExists(FolderInTheWay):
    """A new vault would land on a vault. Facts: `path`."""

    what = "There is already a vault at {path}."
    safe = "That vault was left as it is."
    next_step = "Open it, or choose another place for the new vault."


class NewerFormat(VaultError):
    """The vault was written by a later version. Facts: `edition`, `known`."""

    what = "This vault has format edition {edition}; this version of techguard knows editions up to {known}."
    safe = "Nothing was changed."
    next_step = "Install the current version of techguard and open the vault again."


class PassphraseTooShort(VaultError):
    """Fewer characters than the least. Facts: `least`."""

    what = "The passphrase is too short: it needs at least {least} characters."
    safe = "Nothing was changed."
    next_step = "Use a sentence, or four or more words that do not belong together."


class PassphraseUnusable(VaultError):
    """The passphrase could not be typed again for certain on another machine."""

    what = (
        "The passphrase holds a character that cannot be used (a control, unassigned or private-use "
        "character), or has the form of a recovery code."
    )
    safe = "Nothing was changed."
    next_step = "Use letters, kana, kanji, digits, punctuation and spaces."


class KdfOutOfBounds(VaultError):
    """Key derivation parameters below the floor or above the ceiling. Facts: `name`."""

    what = "The key derivation setting {name} is outside the range that techguard accepts."
    safe = "No key was derived and nothing was changed."
    next_step = "Use the default settings."


class NoPermission(VaultError):
    """The system refused access. Facts: `path`."""

    what = "The system does not allow access to {path}."
    safe = "Nothing was changed."
    next_step = "Ask for permission to read and write that folder, or open a copy of the vault."


class ReadOnlyFolder(VaultError):
    """The place cannot be written. Facts: `path`."""

    what = "{path} is on a read-only medium."
    safe = "Nothing was changed."
    next_step = "Open the vault for reading only, or copy it to a place that can be written."


class DiskFull(VaultError):
    """No space or quota left. Facts: `path`."""

    what = "There is no space left to write {path}."
    safe = "The vault keeps its last saved state."
    next_step = "Free some space and do the last step again."


class StorageFailed(VaultError):
    """Any other answer of the operating system. Facts: `path`, `reason`."""

    what = "The system could not read or write {path}: {reason}"
    safe = "The vault keeps its last saved state."
    next_step = "Check the disk or the network connection, then try again."


class VaultClosed(VaultError):
    """A closed vault was asked for something that needs its keys."""

    what = "The vault is locked."
    safe = "Everything saved before is kept."
    next_step = "Unlock the vault again."


class WrongPassphrase(VaultError):
    """No slot opens with this passphrase, and every slot is whole."""

    exit_code: ClassVar[int] = 3
    what = "The passphrase does not open this vault."
    safe = "The vault is whole and nothing was changed."
    next_step = "Try again; check the keyboard layout and Caps Lock. The recovery code opens it too."


class WrongPassphraseSomeDamaged(WrongPassphrase):
    """No whole slot opens, and some slot is damaged: it may be this person's. Facts: `slots`."""

    what = (
        "The passphrase opens none of the keys that are whole, and these files of the folder keys are "
        "damaged: {slots}."
    )
    safe = "The register itself is not affected and nothing was changed."
    next_step = (
        "Try again; if the damaged key is yours, use the recovery code or the keys folder of a backup."
    )


class WrongRecoveryCode(WrongPassphrase):
    """The code is written correctly and is not a code of this vault."""

    what = "The recovery code has no typing error, but it is not a valid code of this vault."
    safe = "The vault is whole and nothing was changed."
    next_step = "Look for the newest printed code: making a new code ends the one before it."


class WrongInvitationCode(WrongPassphrase):
    """The code is written correctly and is not the one of this invitation."""

    what = "The code has no typing error, but it does not belong to this invitation."
    safe = "The invitation can still be used; nothing was changed."
    next_step = "Ask the person who invited you whether the file and the code are of the same invitation."


class KeyFileNeeded(WrongPassphrase):
    """No slot opens with the passphrase alone, some need a key file, and none was given."""

    what = "The passphrase alone does not open this vault; a key that needs a key file was not tried."
    next_step = "If you open the vault with a key file, name it with --key-file; else try again."


class WrongPassphraseOrKeyFile(WrongPassphrase):
    """No slot opens with the passphrase and the key file. Which of the two is wrong cannot be told."""

    what = "The passphrase and the key file together do not open this vault."
    next_step = (
        "Try again, and check that it is the right key file and was never changed. The recovery code opens "
        "the vault without either."
    )


class RememberedVoid(WrongPassphrase):
    """What the system's keyring keeps is of a passphrase that was changed, or of somebody removed."""

    what = (
        "What this machine remembered does not open this vault: the passphrase was changed, or it is a copy "
        "from before. It was forgotten."
    )
    next_step = "Type the passphrase, and have it remembered again if you like."


class RecoveryCodeTypo(WrongPassphrase):
    """A group of the code contradicts its check character. Facts: `groups` (their numbers from 1)."""

    what = "The recovery code has a typing error in group {groups}."
    safe = "Nothing was changed."
    next_step = "Compare that group with the printed code and type it again."


class RecoveryCodeIncomplete(RecoveryCodeTypo):
    """The code has too few or too many characters. Facts: `found`, `expected`."""

    what = "The recovery code has {found} characters; it must have {expected}."
    safe = "Nothing was changed."
    next_step = "Compare it with the printed code, group by group."


class KeyFileWanted(VaultError):
    """A key that wants a key file each time is not remembered without it."""

    what = "Your key wants a key file each time, so this machine does not remember it."
    safe = "Nothing was changed."
    next_step = (
        "To have it remembered, give up the key file: techguard people VAULT passphrase --no-key-file."
    )


class NotByPassphrase(VaultError):
    """The vault is open by a recovery code or an invitation."""

    what = "The vault was not opened with a passphrase."
    safe = "Nothing was changed."
    next_step = "Set a passphrase first: techguard people VAULT passphrase."


class TooManySlots(VaultError):
    """The vault has as many ways to be opened as it can hold. Facts: `most`."""

    what = "This vault holds {most} passphrases, recovery codes and invitations, and no more."
    safe = "Nothing was changed."
    next_step = "Remove somebody, revoke a recovery code, or withdraw an invitation first."


class KeyFileUnusable(VaultError):
    """A key file with too little or too much in it. Facts: `least`."""

    what = "A key file has at least {least} bytes and at most a megabyte."
    safe = "Nothing was changed."
    next_step = "Let techguard make one: name a file that does not exist yet."


class InvitationUnreadable(VaultError):
    """The file is no invitation, or was damaged on its way."""

    what = "This file is not an invitation, or it was damaged on its way."
    safe = "Nothing was changed."
    next_step = "Ask for the file to be sent again, as an attachment."


class InvitationVoid(VaultError):
    """This vault does not know the invitation, or does not know it any more."""

    what = (
        "This copy of the vault does not accept the invitation: it was used, withdrawn or has lapsed, or the "
        "copy is older than the invitation."
    )
    safe = "Nothing was changed."
    next_step = "Ask for the newest copy of the vault, or for a new invitation."


class InvitationLapsed(InvitationVoid):
    """The last day of the invitation is past. Facts: `until`."""

    what = "The invitation was valid until {until}."
    next_step = "Ask for a new invitation."


class SomeoneElseWriting(VaultError):
    """Another process holds the vault for writing. Facts: `who`, `since`."""

    exit_code: ClassVar[int] = 6
    what = "{who} has had this vault open for writing since {since}."
    safe = "Nothing was changed."
    next_step = "Open it for reading only, or try again when they have closed it."


class SomebodyWriting(SomeoneElseWriting):
    """As above, when the note that names them cannot be read."""

    what = "Another program has this vault open for writing."
    next_step = "Open it for reading only, or try again when it is closed."


class OpenedReadOnly(VaultError):
    """A change was asked of a vault that was opened for reading only."""

    exit_code: ClassVar[int] = 6
    what = "This vault is open for reading only."
    safe = "Nothing was changed."
    next_step = "Close it and open it for writing."


class VaultDamaged(VaultError):
    """Base of every finding that the vault is not what it was."""

    exit_code: ClassVar[int] = 4
    what = "The vault is damaged."
    safe = "Nothing was changed."
    next_step = "Keep this vault as it is and open the newest backup."


class PartMissing(VaultDamaged):
    """A file that belongs to the vault is not there. Facts: `name`."""

    what = "The file {name} is missing from the vault."
    next_step = "Look whether a sync tool renamed it; otherwise open the newest backup."


class DescriptionDamaged(VaultDamaged):
    """vault.json cannot be read as what it says it is."""

    what = "The file vault.json, which describes the vault, is damaged."
    safe = "The register itself may be whole; nothing was changed."
    next_step = "Keep this vault as it is and open the newest backup."


class SlotDamaged(VaultDamaged):
    """A key file contradicts its own checksum. Facts: `slot`."""

    what = "The file keys/{slot}.json is damaged; this is not a matter of the passphrase."
    safe = "The register itself is not affected and nothing was changed."
    next_step = "Open the vault with another passphrase or the recovery code, or open the newest backup."


class SlotRefused(VaultDamaged):
    """A key file asks for a key derivation that no vault of ours was written with. Facts: `slot`, `name`."""

    what = (
        "The file keys/{slot}.json asks for a key derivation ({name}) outside the range that techguard "
        "accepts."
    )
    safe = "No key was derived from the passphrase, and nothing was changed."
    next_step = "Somebody changed the file. Keep this vault as evidence and open the newest backup."


class SlotFromAnotherVault(VaultDamaged):
    """A whole key file of a different vault. Facts: `slot`."""

    what = "The file keys/{slot}.json belongs to another vault."
    next_step = "Somebody replaced files. Keep this vault as evidence and open the newest backup."


class SlotSetTampered(VaultDamaged):
    """The keys are not the set that was last sealed: one added, replaced, put back or an old set restored."""

    what = (
        "The set of keys of this vault is not the one that was last saved: files were replaced or put back."
    )
    next_step = (
        "Keep this vault as evidence, find out who could write to the folder, and open the newest backup."
    )


class HeadDamaged(VaultDamaged):
    """The sealed head cannot be opened with the vault's key."""

    what = "The file head, which says how far the history goes, is damaged or was replaced."
    safe = "The register itself may be whole; nothing was changed."
    next_step = (
        "Run verify with --mend-head if you are sure that this is the newest copy; else compare with the "
        "newest backup."
    )


class HeadMissing(HeadDamaged):
    """The head is not there although the vault has one from its first day."""

    what = "The file head, which says how far the history goes, is missing."


class KeysReplaced(VaultError):
    """Somebody replaced the keys of the vault while it was open here."""

    exit_code: ClassVar[int] = 6
    what = "The keys of this vault were replaced while it was open here."
    safe = "Everything saved is kept."
    next_step = "Close it and open it again."


class DatabaseDamaged(VaultDamaged):
    """The database cannot be read as it should. Facts: `detail`, in the words of SQLCipher or SQLite."""

    what = "The register's database is damaged: part of it was altered, cut off or spoilt ({detail})."
    safe = "The keys are whole and nothing was changed."
    next_step = "Keep this vault as it is and open the newest backup."


class PagesAltered(DatabaseDamaged):
    """Pages without the code that authenticates them. Facts: `count`, and `pages`, the first ten."""

    what = (
        "Pages of the register's database do not bear the seal they were written with, {count} in all "
        "(page {pages}): somebody altered them from outside, or the disk spoilt them."
    )


class SealBroken(VaultDamaged):
    """Sealed bytes that are not what this vault sealed, or for another purpose."""

    what = "A sealed file is damaged or does not belong to this vault."


class BadSignature(VaultDamaged):
    """A signature does not match its message and key."""

    what = "A signature in the history does not match."
    next_step = "Keep this vault as evidence and compare it with the newest backup."


class BackupFailed(VaultDamaged):
    """The copy was made, opened again, and found wrong. Facts: `detail`."""

    what = "The backup was made but did not pass its check, so it was discarded: {detail}"
    safe = "The vault itself was not changed."
    next_step = "Run verify on the vault, and check the disk that the backup was written to."


class AnotherVaultsCopy(VaultError):
    """What should be a backup of this vault is another vault. Facts: `path`."""

    what = "{path} is not a backup of this vault: it has another vault's number."
    safe = "Nothing was changed."
    next_step = "Name a backup of this vault; techguard backup VAULT --list shows those it has."


class CopyBeforeNewKeys(VaultError):
    """A backup whose keys are not those that opened this vault. Facts: `path`."""

    what = "The backup {path} was made before you had the keys that you have now."
    safe = "It may be whole: it opens with the passphrase of its time."
    next_step = "Check it with: techguard verify {path}"


_DISK_FULL = {errno.ENOSPC, errno.EFBIG} | ({errno.EDQUOT} if hasattr(errno, "EDQUOT") else set())


def from_os_error(error: OSError, path: Path) -> VaultError:
    """The error of ours that says what the operating system said."""
    if isinstance(error, PermissionError):
        return NoPermission(path=path)
    if error.errno == errno.EROFS:
        return ReadOnlyFolder(path=path)
    if error.errno in _DISK_FULL:
        return DiskFull(path=path)
    return StorageFailed(path=path, reason=error.strerror or type(error).__name__)


@contextmanager
def os_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` of the block into an error of ours that names `path`."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error, path) from error


class Remark(VaultError):
    """Base of what `check` finds beside damage. Nothing is lost, and somebody should look."""

    exit_code: ClassVar[int] = 1
    safe = "The vault itself is whole."


class StrayFile(Remark):
    """A file that is not part of the vault. Facts: `name`."""

    what = "The file {name} is in the vault's folder and does not belong to it."
    next_step = "If you know what it is, move it elsewhere."


class UnfinishedWrite(Remark):
    """What an interrupted write of ours left. Facts: `name`."""

    what = "The file {name} was left by an interrupted write."
    next_step = "Open the vault for writing once: it is removed then."


class ConflictCopy(Remark):
    """A sync tool or a network share kept two versions of one file. Facts: `name`."""

    what = "{name} is a second version of a file, kept by a sync tool: two places wrote the vault at once."
    next_step = (
        "Do not delete it yet: techguard merge brings both together. Then keep the vault out of synchronised "
        "folders."
    )


class OpenToOthers(Remark):
    """The file mode lets other accounts of this machine in. Facts: `name`."""

    what = "Other accounts of this machine can read or write {name}."
    next_step = "Allow access to its owner only; the content is encrypted, but it can be copied or deleted."


class GenerationBehind(Remark):
    """A crash between a key change and its note in the database."""

    what = "A change of keys was interrupted just before its end; the change itself is complete."
    next_step = "Open the vault for writing once: the rest is done then."
