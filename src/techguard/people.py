"""Who may open the vault and what they may do in the register: both halves of it, in one step each.

The vault knows who opens it and with which keys. The signed history of the register knows what each person
may do and which keys sign for them. What is given is stated in the history first and done in the vault
second; a key that is replaced is taken from the vault first. So the history vouches at every moment for
whatever opens the vault, what a crash leaves between the two opens nothing, and doing it again, or opening
once more, completes it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from techguard import present, remembering
from techguard import vault as vaults
from techguard.domain import errors as refused
from techguard.domain.access import PEOPLE
from techguard.domain.items import Person
from techguard.domain.kinds import kind_of_ref
from techguard.domain.text import folded
from techguard.domain.words import Access, Department
from techguard.i18n import _
from techguard.register import Register
from techguard.vault import files
from techguard.vault.errors import VaultError, os_errors
from techguard.vault.passphrase import MOST_KEY_FILE, key_file_digest, new_key_file

__all__ = [
    "DAYS",
    "Seat",
    "as_oneself",
    "fingerprint",
    "grade",
    "invite",
    "invite_by_file",
    "issue_code",
    "join",
    "key_file",
    "let_in",
    "named",
    "rekey",
    "remove",
    "revoke_code",
    "seats",
    "set_passphrase",
    "ways",
    "withdraw",
]

T = TypeVar("T")

DAYS = 14
"""How long an invitation holds, unless somebody says otherwise."""

_ALL = 1_000_000
"""More acts than there are about one person."""

KeyFile = bytes | Literal["as it is"] | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A person of the register and their way into the vault.

    `invited_until`: the last day (UTC) of an invitation that was not used yet. `key`: the fingerprint of the
    key they sign with. `remembered`: whether this machine opens the vault for them without asking.
    `since`: the day they were let in, if they have access.
    """

    person: Person
    passphrase: bool
    recovery_code: bool
    key_file: bool
    invited_until: date | None
    key: str
    me: bool
    remembered: bool = False
    since: date | None = None


def seats(register: Register) -> list[Seat]:
    """Everybody in the register, as the list of people shows them."""
    opening = register.vault.slots()
    invited = {i.person_id: i.until for i in register.vault.invitations()}
    kept = remembering.recall(register.vault.vault_id)
    return [
        Seat(
            person,
            passphrase=any(s.kind == "person" for s in mine),
            recovery_code=any(s.kind == "recovery" for s in mine),
            key_file=any(s.key_file for s in mine),
            invited_until=invited.get(person.id),
            key=next((fingerprint(s.key_id) for s in mine if s.kind == "person"), ""),
            me=person.id == register.vault.person_id,
            remembered=kept is not None and any(s.slot == kept.slot for s in mine),
            since=_since(register, person) if person.access else None,
        )
        for person in register.find(Person)
        for mine in [[s for s in opening if s.person_id == person.id]]
    ]


def _since(register: Register, person: Person) -> date | None:
    for entry in register.history(person.ref, limit=_ALL):
        for change in entry.changes:
            before, after = change.fields.get("access", (None, None))
            if before is None and after is not None:
                return entry.at.astimezone().date()
    return None


def fingerprint(key_id: str) -> str:
    """The id of a key in groups, to be read out on the telephone."""
    return " ".join(key_id[at : at + 4] for at in range(0, 16, 4))


def ways(seat: Seat) -> str:
    """How a person opens the vault, in words."""
    if seat.invited_until:
        return _("invited until {day}").format(day=present.day(seat.invited_until))
    if seat.passphrase:
        own = _("with a passphrase and a key file") if seat.key_file else _("with a passphrase")
        if seat.remembered:
            own = _("with a passphrase that this machine remembers")
        return _("{way}, or a recovery code").format(way=own) if seat.recovery_code else own
    return _("with a recovery code") if seat.recovery_code else _("does not open it")


def key_file(path: Path) -> bytes:
    """The content of a key file that is being set; one that is not there is made, with random content.

    Raises `KeyFileUnusable` and our I/O errors.
    """
    with os_errors(path):
        if not path.exists():
            files.write_atomically(path, new_key_file())
        with path.open("rb") as file:
            content = file.read(MOST_KEY_FILE + 1)
    key_file_digest(content)
    return content


def named(register: Register, who: str) -> Person:
    """The person of that number or name. Raises `NobodyThere`."""
    kind = kind_of_ref(who)
    if kind is not None and kind.model is Person:
        return register.get(who, Person)
    wanted = folded(who).strip()
    for person in register.find(Person):
        if folded(person.name).strip() == wanted:
            return person
    raise refused.NobodyThere(name=who)


def let_in(
    register: Register,
    name: str,
    access: Access,
    passphrase: str,
    *,
    department: Department | None = None,
    key_file: bytes | None = None,
    kdf: vaults.KdfParameters | None = None,
) -> Person:
    """Let somebody in who typed their own passphrase at this keyboard.

    Raises `HasAccess`, `NotAllowed`, and what setting a passphrase raises.
    """
    with register.act(action=PEOPLE):
        person = _newcomer(register, name, department)
        prepared = register.vault.prepare_person(
            person.id, person.name, passphrase, key_file=key_file, kdf=kdf
        )
        granted = register.grant(person, access, [prepared.key_id])
    register.vault.admit(prepared)
    return granted


def invite(
    register: Register,
    name: str,
    access: Access,
    *,
    department: Department | None = None,
    days: int = DAYS,
) -> tuple[Person, bytes, str, date]:
    """Invite somebody who sets their passphrase on their own machine: the person, the file, the code, and the
    last day (UTC). File and code go to them by different ways; the vault itself they need too.

    Whoever makes an invitation could use it themselves until it was used. Afterwards they know neither the
    passphrase nor the keys. Raises `HasAccess`, `NotAllowed`.
    """
    until = datetime.now(UTC).date() + timedelta(days=days)
    with register.act(action=PEOPLE):
        person = _newcomer(register, name, department)
        prepared, code = register.vault.prepare_invitation(person.id, person.name, until)
        granted = register.grant(person, access, [prepared.key_id])
    register.vault.admit(prepared)
    return granted, prepared.file, code, until


def invite_by_file(
    register: Register,
    output: Path,
    name: str,
    access: Access,
    *,
    department: Department | None = None,
    days: int = DAYS,
) -> tuple[Person, str, date]:
    """As `invite`, and write the file; an invitation whose file could not be written is none."""
    made, file, code, until = invite(register, name, access, department=department, days=days)
    try:
        files.write_atomically(output, file)
    except BaseException:
        withdraw(register, made)
        raise
    return made, code, until


def as_oneself(
    register: Register, secret: str, do: Callable[[Register], T], *, key_file: bytes | None = None
) -> T:
    """What `do` gives for one's own keys, once `secret` (passphrase or recovery code) is seen to be theirs. A
    register that is open for reading is opened once more for this: a reader changes their passphrase too.

    Raises `WrongPassphrase` and its kinds; for a reader, what `Register.open` raises.
    """
    path = register.vault.path
    if register.read_only:
        with Register.open(path, secret, own_keys=True, key_file=key_file) as own:
            return do(own)
    register.vault.confirm(secret)
    return do(register)


def _newcomer(register: Register, name: str, department: Department | None) -> Person:
    """The person of that name, who must not have a way into the vault already; added if there is none."""
    try:
        person = named(register, name)
    except refused.NobodyThere:
        person = register.person_named(name, department)
    if any(s.person_id == person.id for s in register.vault.slots()):
        raise refused.HasAccess(name=person.name)
    return person


def join(
    register: Register,
    passphrase: str,
    *,
    key_file: bytes | None = None,
    kdf: vaults.KdfParameters | None = None,
) -> str:
    """Use the invitation that opened this register: it is spent with this. Gives the fingerprint of the new
    key, which the person who invited can compare. Raises what setting a passphrase raises.
    """
    set_passphrase(register, passphrase, key_file=key_file, kdf=kdf)
    return fingerprint(register.vault.key_id)


def set_passphrase(
    register: Register,
    passphrase: str,
    *,
    key_file: KeyFile = "as it is",
    kdf: vaults.KdfParameters | None = None,
) -> None:
    """A new passphrase for whoever opened the register. Where it brings a new key (after a recovery code or
    an invitation), the history says so, signed with the key that is open.
    """
    vault = register.vault
    prepared = vault.prepare_passphrase(passphrase, key_file=key_file, kdf=kdf)
    _own(register, prepared)
    remembering.tidy(vault)


def issue_code(register: Register) -> str:
    """A new recovery code for whoever opened the register; the one before it opens nothing any more."""
    prepared, code = register.vault.prepare_recovery_code()
    _own(register, prepared)
    return code


def _own(register: Register, prepared: vaults.Prepared) -> None:
    """Put a key of one's own in place of others."""
    vault, me = register.vault, register.get(register.vault.person_id, Person)
    register.grant(me, me.access, vault.keys_of(me.id) | {prepared.key_id})
    vault.admit(prepared)
    with suppress(VaultError):  # the change has happened; the next opening makes up for this
        register.state_keys()


def revoke_code(register: Register, person: Person) -> None:
    """End a recovery code. Raises `NotAllowed`; does nothing where there is none."""
    vault = register.vault
    codes = vault.recovery_keys(person.id)
    if vault.key_id in codes:
        raise refused.CodeInUse
    if person.id != vault.person_id:
        register.require_editor()
    if codes:
        vault.retire(codes)
    register.grant(person, person.access, vault.keys_of(person.id).intersection(person.signing_keys))


def withdraw(register: Register, person: Person) -> None:
    """End an invitation that was not used yet, and the access that it would have given.

    Whoever has file and code and an old copy of the vault can still read that copy: `remove` replaces the
    master key as well.
    """
    invited = [i.key_id for i in register.vault.invitations() if i.person_id == person.id]
    if not invited:
        raise refused.HasNoAccess(name=person.name)
    register.grant(person, None, ())
    register.vault.retire(invited)


def grade(register: Register, person: Person, access: Access) -> Person:
    """Give somebody another access. Raises `HasNoAccess`, `LastEditor`, `NotAllowed`."""
    if person.access is None:
        raise refused.HasNoAccess(name=person.name)
    return register.grant(person, access, person.signing_keys)


def remove(register: Register, person: Person) -> None:
    """End somebody's access and encrypt the register anew under a key that they never had.

    Nobody's passphrase is needed. Done again after it was cut off, it completes what is left. Raises
    `NotYourself`, `LastEditor`, `HasNoAccess`, `NotAllowed`, and what `Vault.replace_master` raises.
    """
    if person.id == register.vault.person_id:
        if len(_editors(register)) < 2:
            raise refused.LastEditor(name=person.name)
        raise refused.NotYourself
    if person.access is None and not register.vault.keys_of(person.id):
        raise refused.HasNoAccess(name=person.name)
    register.grant(person, None, ())
    with register.set_aside():
        register.vault.replace_master(without={person.id})
    remembering.tidy(register.vault)


def _editors(register: Register) -> list[Person]:
    return [s.person for s in seats(register) if s.person.access is Access.EDITOR and s.passphrase]


def rekey(register: Register) -> None:
    """Encrypt the register anew although nobody leaves: when a passphrase or a backup may have been seen."""
    register.require_editor()
    with register.set_aside():
        register.vault.replace_master()
