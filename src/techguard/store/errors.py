"""What can be wrong with a register's database and its history. All are exit code 4: damage."""

from __future__ import annotations

from techguard.errors import TechguardError


class RegisterDamaged(TechguardError):
    """Base of what verification finds."""

    exit_code = 4
    safe = "Nothing was changed."
    next_step = "Do not go on working in this vault. Keep a copy, and compare it with the newest backup."


class RolledBack(RegisterDamaged):
    """The database is older than the head beside it. Facts: `seq`, `head`."""

    what = "An older register was put back: it ends at history entry {seq}, the vault has seen entry {head}."
    next_step = "Look for the newer register.db, or restore the newest backup. It can be opened read-only."


class HeadDiffers(RegisterDamaged):
    """The history's newest entry is not the one the head was sealed over. Facts: `seq`."""

    what = "History entry {seq} is not the one that this vault wrote."


class EntryMissing(RegisterDamaged):
    """A number is missing from history. Facts: `seq`."""

    what = "History entry {seq} is missing."


class ChainBroken(RegisterDamaged):
    """An entry does not follow the one before it. Facts: `seq`."""

    what = "History entry {seq} does not follow the entry before it: one of them was replaced."


class TimeWentBack(TechguardError):
    """An entry says that it was recorded before the one that it follows. Facts: `seq`.

    The program never writes one (`Register.act`), whatever the clock says: nothing is lost, but its time is
    not what this program recorded.
    """

    exit_code = 1
    what = "History entry {seq} says that it was recorded before the entry it follows."
    safe = "No entry was changed: order and signatures hold."
    next_step = "Do not rely on its time. Ask who recorded it, and with which program."


class EntryAltered(RegisterDamaged):
    """An entry does not hash to its digest. Facts: `seq`."""

    what = "History entry {seq} was altered after it was written."


class ChangesAltered(RegisterDamaged):
    """The changes of an entry are not those it was signed over. Facts: `seq`."""

    what = "What history entry {seq} did was altered after it was written."


class SignatureWrong(RegisterDamaged):
    """The signature does not hold, or is by a key this vault never knew. Facts: `seq`."""

    what = "The signature of history entry {seq} does not hold."


class KeyNotVouched(RegisterDamaged):
    """The key that signed was not one that the history names as this person's then. Facts: `seq`."""

    what = "History entry {seq} is signed by a key that nobody entitled ever gave to this person."


class AccessExceeded(RegisterDamaged):
    """Somebody did what their access did not include then. Facts: `seq`."""

    what = "History entry {seq} does what the access of the person who signed it did not include."


class SessionRewritten(RegisterDamaged):
    """What belongs to a closed session was changed or added to. Facts: `seq`."""

    what = "History entry {seq} changes what had been decided in a review session after it was closed."


class ActorWrong(RegisterDamaged):
    """An entry names another person than the one whose key signed it. Facts: `seq`."""

    what = "History entry {seq} names a person who did not sign it."


class ItemAltered(RegisterDamaged):
    """An entry of the register is not what its history says. Facts: `ref`, `fields`."""

    what = "{ref} was changed behind the application's back: {fields}."


class ItemUnrecorded(RegisterDamaged):
    """An entry of the register has no history. Facts: `ref`, `kind`."""

    what = "{ref} is in the register, but its history does not know it."


class ItemVanished(RegisterDamaged):
    """History knows an entry that is no longer in the register. Facts: `ref`."""

    what = "{ref} is missing from the register, although its history never removed it."


class MergedMissing(RegisterDamaged):
    """An act took over acts of another copy that are not there. Facts: `seq`."""

    what = "History entry {seq} brought two copies together, but what was done in the other one is missing."


class MergedStray(RegisterDamaged):
    """An act of another copy lies in the register, and no act took it over. Facts: `seq`."""

    what = "Entry {seq} of another copy's history lies in this register, but nobody took it over."


class MergedDiffers(RegisterDamaged):
    """An act that brought two copies together wrote what was in neither of them. Facts: `seq`, `ref`,
    `fields`."""

    what = "History entry {seq} brought two copies together and gave {ref} values that neither had: {fields}."


class PrunedStill(RegisterDamaged):
    """Values that a tombstone declares to be destroyed are there. Facts: `ref`."""

    what = "{ref} was pruned, and values of it are in the register again."
    next_step = (
        "Somebody put them back behind the application's back, or the pruning was undone by a copy of the "
        "database. Find out who, and use the newest backup made after the pruning."
    )


class TalliesDiffer(RegisterDamaged):
    """The numbers kept for the first screen are not those of the entries. Facts: `kinds`."""

    what = "The numbers kept for the first screen are not those of the entries: {kinds}."
    safe = "The entries are not concerned: each is what its history says, unless something else was found."
    next_step = "Run verify with --recount, and compare the vault with the newest backup."


class NewerRegister(TechguardError):
    """The database was written by a newer program. Facts: `version`."""

    what = "This register was written by a newer techguard (format {version})."
    next_step = "Install the newest techguard and open it again."


class MigrationFailed(TechguardError):
    """A step to the format of today did not end. Facts: `version`, the format it has; `reason`."""

    what = "The register (format {version}) could not be brought to the format of this techguard: {reason}"
    safe = "It is as it was, in its own format, and a backup made just before is in its folder."
    next_step = (
        "Go on with the techguard you used before, and report this: it is our fault, not your register's."
    )


class NotACheckpoint(TechguardError):
    """What was given is no checkpoint of a techguard vault."""

    what = "This is no checkpoint: none of its lines begins one."
    next_step = (
        "A checkpoint begins with a line techguard/…, then the number of acts, then the root. Copy these "
        "lines and those below them from the board summary, or give the file that techguard checkpoint wrote."
    )


class CheckpointOfAnother(TechguardError):
    """The checkpoint is of another vault."""

    what = "This checkpoint is of another vault: it says nothing about this one."
    next_step = "Look for the checkpoint in a board summary of this vault, or check the vault it belongs to."


class CheckpointAltered(TechguardError):
    """A signature by a key of this vault does not hold over the checkpoint."""

    exit_code = 1
    what = "The checkpoint was altered, or not all of it was copied: its signature does not hold."
    safe = "The vault was not held against it."
    next_step = "Copy it once more, whole, from where it was printed, and check again."


class CheckpointByUnknown(TechguardError):
    """No key that this vault knows signed the checkpoint."""

    exit_code = 1
    what = "The checkpoint is signed by nobody whose key this vault knows."
    safe = "It was held against the history all the same."
    next_step = (
        "Either it was not made with this vault, or the whole vault was put back to a day before that person "
        "was given a key. Find out who signed it."
    )


class CheckpointAhead(RegisterDamaged):
    """The checkpoint knows of more acts than the history has. Facts: `size`, `entries`."""

    what = (
        "An older copy of the vault was put back: when the checkpoint was signed the history had {size} "
        "acts, now it has {entries}."
    )
    next_step = (
        "Do not go on working in this copy. Look for the newer vault, or restore the newest backup that the "
        "checkpoint fits."
    )


class CheckpointDiffers(RegisterDamaged):
    """The history up to the checkpoint is another one. Facts: `size`."""

    what = (
        "The history of this vault is not the one that was signed: among its first {size} acts at least one "
        "was replaced, removed or put in, or this copy went its own way before act {size}."
    )
    next_step = (
        "Do not go on working in this copy, and keep it as it is. Check the other copies and the backups "
        "against the same checkpoint: the one that it fits is the one it was signed over."
    )
