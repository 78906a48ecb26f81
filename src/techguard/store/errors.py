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


class EntryAltered(RegisterDamaged):
    """An entry does not hash to its digest. Facts: `seq`."""

    what = "History entry {seq} was altered after it was written."


class ChangesAltered(RegisterDamaged):
    """The changes of an entry are not those it was signed over. Facts: `seq`."""

    what = "What history entry {seq} did was altered after it was written."


class SignatureWrong(RegisterDamaged):
    """The signature does not hold, or is by a key this vault never knew. Facts: `seq`."""

    what = "The signature of history entry {seq} does not hold."


class ItemAltered(RegisterDamaged):
    """An entry of the register is not what its history says. Facts: `ref`, `fields`."""

    what = "{ref} was changed behind the application's back: {fields}."


class ItemUnrecorded(RegisterDamaged):
    """An entry of the register has no history. Facts: `ref`, `kind`."""

    what = "{ref} is in the register, but its history does not know it."


class ItemVanished(RegisterDamaged):
    """History knows an entry that is no longer in the register. Facts: `ref`."""

    what = "{ref} is missing from the register, although its history never removed it."


class TalliesDiffer(RegisterDamaged):
    """The numbers kept for the first screen are not those of the entries. Facts: `kinds`."""

    what = "The numbers kept for the first screen are not those of the entries: {kinds}."
    safe = "The entries are not concerned: each is what its history says, unless something else was found."
    next_step = "Run verify with --recount, and compare the vault with the newest backup."


class NewerRegister(TechguardError):
    """The database was written by a newer program. Facts: `version`."""

    what = "This register was written by a newer techguard (format {version})."
    next_step = "Install the newest techguard and open it again."
