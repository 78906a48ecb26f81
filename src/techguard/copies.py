"""Copies of one vault that were worked in apart: found, opened, looked through, brought together.

The other copy is only read, and the passphrase is not asked for again where the keys that opened this vault
open it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from techguard import backups, merging, present
from techguard import vault as vaults
from techguard.domain import errors as refused
from techguard.domain.items import Person
from techguard.domain.kinds import KINDS
from techguard.domain.merging import CLOSED, REMOVED, WHOLE, Choice, Conflict, Merged, Rule, Write
from techguard.domain.words import Access
from techguard.errors import TechguardError
from techguard.i18n import _, language, list_text, pgettext
from techguard.register import Register
from techguard.store import entitled, history, migrations
from techguard.store.errors import NewerRegister
from techguard.store.merging import Parting
from techguard.store.reading import Reading
from techguard.vault import layout
from techguard.vault.errors import AnotherVaultsCopy

__all__ = [
    "AccessApart",
    "Brought",
    "Choice",
    "Conflict",
    "Meeting",
    "access_text",
    "beside",
    "field_label",
    "open_other",
    "value_text",
]

Progress = Callable[[int, int], None]


def _silent(done: int, of: int) -> None:
    """Nobody watches."""


def beside(register: Reading) -> list[Path]:
    """Second versions of the vault that a sync tool or a network share left: to be merged."""
    return register.vault.other_versions() if isinstance(register.vault, vaults.Vault) else []


@contextmanager
def open_other(
    register: Reading,
    path: Path,
    secret: str | vaults.SlotKey | None = None,
    key_file: bytes | None = None,
) -> Iterator[Reading]:
    """Another copy of an open register's vault, for reading: a folder, or a database within the vault's own.

    With a `secret` (and a key file, where it wants one) by that, otherwise by the keys that opened the
    register. Raises `AnotherVault`,
    `SameCopy`, `OtherUnfinished`, `NewerRegister`, `CopyBeforeNewKeys` where the keys do not open it, and
    what `techguard.vault.open` raises.
    """
    vault, place = register.vault, path.absolute()
    if place.is_file():
        with _reading(cast("vaults.Vault", vault.open_version(place)), register) as other:
            yield other
        return
    if layout.read_manifest(place).vault_id != vault.vault_id:
        raise refused.AnotherVault(path=path)
    if place.resolve() == vault.path.resolve():
        raise refused.SameCopy(path=path)
    journal = place / "register.db-journal"
    if journal.exists() and journal.stat().st_size:
        raise refused.OtherUnfinished(path=path)
    try:
        opened = (
            vault.open_copy(place)
            if secret is None
            else vaults.open(place, secret, read_only=True, key_file=key_file)
        )
    except AnotherVaultsCopy:
        raise refused.AnotherVault(path=path) from None
    with opened, _reading(opened, register) as other:
        yield other


@contextmanager
def _reading(vault: vaults.Vault, register: Reading) -> Iterator[Reading]:
    """One state of it, although somebody may be writing there."""
    other = Reading(vault, register._clock)
    connection = other._store.connection
    try:
        with other._store.errors():
            found = migrations.version(connection)
            if found != migrations.HEAD:
                raise NewerRegister(version=found) if found and found > migrations.HEAD else refused.ReadOnly
            connection.exec_driver_sql("BEGIN")
            history.head(connection)
        yield other
        connection.exec_driver_sql("ROLLBACK")
    finally:
        other._store.close()


@dataclass(frozen=True, slots=True)
class Brought:
    """What taking the other copy in does to an entry: `what` is added, changed or removed."""

    kind: str
    id: str
    ref: str
    title: str
    what: str
    fields: tuple[str, ...]
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessApart:
    """What a person may do in this copy, and in the other."""

    name: str
    here: Access | None
    there: Access | None


class OtherMoved(TechguardError):
    """Somebody went on working in the other copy while it was looked through. Facts: `path`."""

    what = "Somebody went on working in the copy {path} while you looked through it."
    safe = "Nothing was changed, in neither of the two copies."
    next_step = "Look at what comes once more, then merge."


class Meeting:
    """This copy of a vault and another: what each did alone, and what they give together.

    Nothing is written before `take`.
    """

    def __init__(self, register: Register, other: Reading) -> None:
        """Raises `AnotherVault`, `NothingInCommon`; `OtherDamaged` for values nobody could write."""
        self.register, self.other = register, other
        try:
            self.apart: Parting = merging.parting(register, other)
        except (LookupError, TypeError, ValueError):
            self._prove_whole()
            raise

    @property
    def our_acts(self) -> int:
        """How many acts are in this copy alone."""
        return len(self.apart.our_acts)

    @property
    def their_acts(self) -> int:
        """How many acts are in the other copy alone."""
        return len(self.apart.their_acts)

    @property
    def forward(self) -> bool:
        """Whether the other copy simply goes on where this one ends."""
        return self.apart.forward

    def prove(self, progress: Progress = _silent) -> None:
        """See that the other copy is whole. Raises `OtherDamaged`."""
        keys = cast("dict[str, Any]", {**self.other.vault.verify_keys()})
        self._prove_whole(progress)
        for act in self.apart.their_acts:
            if act.key not in keys:
                raise refused.OtherDamaged(path=self.other.vault.path, finding=act.key)

    def _prove_whole(self, progress: Progress = _silent) -> None:
        for finding in self.other.verify(progress).findings:
            if finding.problem.is_damage:
                raise refused.OtherDamaged(path=self.other.vault.path, finding=finding.problem)

    def result(self, rule: Rule) -> Merged:
        """What both give together, with conflicts settled by a rule."""
        return merging.together(self.apart, rule)

    @property
    def pruned(self) -> tuple[str, ...]:
        """The numbers of entries that the other copy pruned: taking it in destroys their values here."""
        return self.apart.pruned_there

    @property
    def pruned_here(self) -> tuple[str, ...]:
        """The numbers of entries that this copy pruned and the other still holds."""
        return self.apart.pruned_here

    def pruning_texts(self) -> Iterator[str]:
        """What a merge destroys, and what the other copy goes on holding, in the language of the screen."""
        if self.pruned:
            yield _(
                "The other copy pruned {refs}: merging destroys their values in this copy as well, and that "
                "cannot be undone. Backups made before keep them."
            ).format(refs=list_text(list(self.pruned)))
        if self.pruned_here:
            yield _(
                "Pruned here; the other copy holds the values until it takes this one in: {refs}."
            ).format(refs=list_text(list(self.pruned_here)))

    def nothing_new(self, result: Merged) -> bool:
        """Whether taking the other copy in would change nothing."""
        return self.apart.nothing_new(result)

    def signers(self) -> tuple[list[str], list[str]]:
        """Who signed what is new there: people who never had access here, and people who have none here any
        more. Their names.
        """
        acted = {act.person for act in self.apart.their_acts}
        here = {p.id for p in self.register.find(Person) if p.access is not None}
        with self.register._store.errors():
            ever = entitled.ever(self.register._store)
        names = self._people(acted)
        strangers = sorted(names[p] for p in acted - here - ever)
        without = sorted(names[p] for p in (acted & ever) - here)
        return strangers, without

    def access_apart(self) -> list[AccessApart]:
        """The people who may do something else there than here: that is not merged."""
        here, there = ({p.id: p for p in r.find(Person)} for r in (self.register, self.other))
        found = []
        for id_ in here.keys() | there.keys():
            ours, theirs = (side[id_].access if id_ in side else None for side in (here, there))
            if ours is not theirs:
                found.append(AccessApart((here.get(id_) or there[id_]).name, ours, theirs))
        return sorted(found, key=lambda a: a.name)

    def _people(self, ids: Sequence[str] | set[str]) -> dict[str, str]:
        found = {**self.other.titles(ids), **self.register.titles(ids)}
        return {id_: found[id_].title if id_ in found else id_ for id_ in ids}

    def person(self, write: Write | None) -> str:
        """The name of who wrote something; nothing where nobody is known."""
        return "" if write is None or not write.person else self._people([write.person])[write.person]

    def brings(self, result: Merged) -> list[Brought]:
        """What becomes of entries here, by kind and number; what is only computed anew is left out."""
        ours, theirs = self.apart.ours, self.apart.theirs
        who: dict[str, Write] = {}
        for (item, _name), write in sorted(theirs.writes.items(), key=lambda pair: pair[1].at):
            who[item] = write
        found = []
        for id_, entry in result.entries.items():
            kind, before = KINDS[entry.kind], ours.entries.get(id_)
            names = [
                n
                for n in (*kind.by_name, REMOVED, "ref")
                if (before.get(n) if before else None) != entry.get(n)
                and not (n in kind.by_name and kind.by_name[n].about.derived)
            ]
            if not names or (before is None and entry.get(REMOVED)):
                continue
            what = "added" if before is None else "changed"
            if before is not None and REMOVED in names:
                what = "removed" if entry.get(REMOVED) else "restored"
            write = who.get(id_) or Write(self.apart.their_acts[-1].at.isoformat(), "")
            found.append(
                Brought(
                    kind.name,
                    id_,
                    str(entry.get("ref")),
                    str(entry.get(kind.title) or entry.get("ref")),
                    what,
                    tuple(names),
                    self.person(write),
                    datetime.fromisoformat(write.at),
                )
            )
        order = list(KINDS)
        return sorted(found, key=lambda b: (order.index(b.kind), int(b.ref.rpartition("-")[2])))

    def title(self, id_: str) -> tuple[str, str]:
        """Reference number and title of an entry, as this copy has it, or else as the other has it."""
        named = self.register.titles([id_]).get(id_) or self.other.titles([id_]).get(id_)
        return (named.ref, named.title) if named else (id_, "")

    def titles_of(self, result: Merged) -> Mapping[str, str]:
        """Titles of everything that values refer to, by id."""
        ids = {
            v
            for c in (*result.open, *(c for c, _ in result.settled))
            for value in (c.ours, c.theirs)
            for v in (value if isinstance(value, list) else [value])
            if isinstance(v, str)
        }
        found = {**self.other.titles(ids), **self.register.titles(ids)}
        return {id_: named.title for id_, named in found.items()}

    @property
    def heads(self) -> tuple[str, str]:
        """Where both histories end: what was looked at, and what is then merged, are the same."""
        return self.register.head[1], self.apart.head.digest.hex()

    def take(
        self,
        rule: Rule,
        reason: str = "",
        *,
        seen: tuple[str, str] | None = None,
        accept_removed: bool = False,
    ) -> Merged | None:
        """Bring the copies together in the register: all of it, or nothing. None if there is nothing new.

        A backup is made and proved before. `seen`: the `heads` that a person looked at.
        `accept_removed`: also what people did there who have no access here any more. Raises `OtherMoved`,
        `RemovedActed`, `BackupFailed`, and what `techguard.merging.merge` raises.
        """
        if seen is not None and seen != self.heads:
            raise OtherMoved(path=self.other.vault.path)
        result = self.result(rule)
        if result.open:
            raise refused.ConflictsOpen(count=len(result.open))
        if self.nothing_new(result):
            return None
        vault = self.register.vault
        if self.register.read_only:
            raise refused.ReadOnly
        removed = self.signers()[1]
        if removed and not accept_removed:
            raise refused.RemovedActed(names=list_text(removed))
        backups.make(vault, retention=self.register.backups_kept)
        if isinstance(self.other.vault, vaults.Vault):
            vault.know_signers(self.other.vault, {act.key for act in self.apart.their_acts})
        return merging.merge(self.register, self.other, rule, reason)


# --- In words ------------------------------------------------------------------------------------------


def access_text(apart: AccessApart) -> str:
    """That a person may do something else in the other copy, and what to do about it."""

    def said(access: Access | None) -> str:
        return present.choice_label(access, language()) if access else pgettext("access", "no access")

    return _(
        "{name} may do something else there than here (there: {there}; here: {here}). Who has access is not "
        "merged: if the other copy is right, change it here too, with techguard people."
    ).format(name=apart.name, there=said(apart.there), here=said(apart.here))


def field_label(conflict: Conflict) -> str:
    """What a conflict is about."""
    known: dict[str, Callable[[], str]] = {
        REMOVED: lambda: _("taken out or kept"),
        CLOSED: lambda: _("closed on both sides"),
        WHOLE: lambda: _("the entry as a whole"),
    }
    if conflict.field in known:
        return known[conflict.field]()
    return present.field_label(KINDS[conflict.kind].by_name[conflict.field], language())


def value_text(conflict: Conflict, value: Any, names: Mapping[str, str]) -> str:
    """One side's value as a person reads it."""
    kind = KINDS[conflict.kind]

    def shown(name: str, one: Any) -> str:
        spec = kind.by_name[name]
        return present.show(spec, history.value_of(kind, name, one), language(), names) or _("(nothing)")

    if conflict.field == REMOVED:
        return _("taken out") if value else _("kept and worked on")
    if conflict.field == WHOLE:
        return "; ".join(
            f"{present.field_label(kind.by_name[n], language())}: {shown(n, v)}"
            for n, v in cast("dict[str, Any]", value).items()
            if n in kind.by_name
        )
    return shown(conflict.field, value)
