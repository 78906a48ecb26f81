"""The one door to the register: every reader and every writer goes through `Register`.

    with Register.open(path, passphrase) as register:
        technology = register.add(Technology(code_name="Sintering profile K"))
        exposure = register.add(Exposure(technology=technology.id, title="…", route="R01"))
        register.rate(exposure, likelihood=3, impact=4, rationale="…")
        for row in register.rows("exposures", Query(where=(Where("level", ">=", 4),))):
            print(row.item.ref, row.item.title)

Every call that writes is one transaction and one signed history entry; `act` joins several into one. One
thread at a time.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from techguard import catalog
from techguard import vault as vaults
from techguard.domain import access as entitled
from techguard.domain import closing, rules, whatif
from techguard.domain import errors as refused
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import (
    Acceptance,
    Assumption,
    Counterparty,
    Decision,
    Exposure,
    Item,
    Outcome,
    Person,
    Rating,
    Review,
    ScaleEdition,
    Technology,
    Variant,
    new_id,
)
from techguard.domain.kinds import KINDS, Kind, by_dependency, kind_of
from techguard.domain.text import folded
from techguard.domain.words import (
    AcceptanceRole,
    Access,
    Basis,
    DecisionStatus,
    Department,
    ExposureStatus,
    ImpactDimension,
    OutcomeKind,
    ReviewStatus,
    Treatment,
)
from techguard.errors import TechguardError, few
from techguard.i18n import set_calendar, set_money_unit
from techguard.i18n.dates import CALENDARS, Calendar
from techguard.i18n.money import MONEY_UNITS, MoneyUnit
from techguard.store import history, migrations, personal, verify
from techguard.store.collecting import uncollected
from techguard.store.database import Named, Store
from techguard.store.errors import HeadDiffers, MigrationFailed, NewerRegister, RolledBack
from techguard.store.history import Change as Recorded
from techguard.store.overview import Due, GapCount, Kri, recorded
from techguard.store.queries import Query, Where
from techguard.store.reading import Change, Entry, Hit, Overview, Reading, Row, Step
from techguard.store.verify import Finding, Verification
from techguard.vault.errors import HeadDamaged, VaultError

__all__ = [
    "Change",
    "Due",
    "Entry",
    "Finding",
    "GapCount",
    "Hit",
    "Kri",
    "Named",
    "Overview",
    "Query",
    "Register",
    "Row",
    "Step",
    "Verification",
    "Where",
]

T = TypeVar("T", bound=Item)
S = TypeVar("S", bound=str)

_APART = timedelta(minutes=5)
"""How far the clocks of two machines may stand apart without a word."""

_SETTINGS, _CALENDAR, _MONEY_UNIT = "settings", "calendar", "money_unit"
"""Where a person keeps how they like things shown (docs/decisions/0009)."""

_NOBODYS, _BACKUPS = "", "backups"
"""Where the vault keeps what is the same for everybody and no evidence (docs/decisions/0018)."""


@dataclass
class _Act:
    """A transaction in the making."""

    before: history.Head
    at: datetime
    action: str
    reason: str
    review: str | None
    undoes: int | None
    access: Access | None
    merges: bytes | None = None
    done: list[Recorded] = field(default_factory=list)


class Register(Reading):
    """An open register. Make one with `create` or `open`."""

    def __init__(self, vault: vaults.Vault, *, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__(vault, clock or (lambda: datetime.now(UTC)))
        self._act: _Act | None = None

    # --- Opening --------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        person: str,
        department: Department | None,
        passphrase: str,
        role: str = "",
        kdf: vaults.KdfParameters | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> tuple[Self, str]:
        """A new vault with an empty register and its first person; and the recovery code, shown only now.

        Raises what `techguard.vault.create` raises, and `Invalid` for a name that cannot be kept. If anything
        fails on the way, nothing is left behind.
        """
        first = cls._validated(Person, name=person, department=department, role=role, id=new_id())
        vault, code = vaults.create(
            Path(path), person_id=first.id, person_name=first.name, passphrase=passphrase, kdf=kdf
        )
        register: Self | None = None
        try:
            register = cls(vault, clock=clock)
            with register._store.transaction() as connection:
                migrations.upgrade(connection)
            register._store.keep_tallies()
            register._begin(first)
        except BaseException:
            (register or vault).close()
            shutil.rmtree(path, ignore_errors=True)
            raise
        return register, code

    @classmethod
    def open(
        cls,
        path: Path | str,
        secret: str | vaults.SlotKey,
        *,
        read_only: bool = False,
        person: str | None = None,
        mend_head: bool = False,
        own_keys: bool = False,
        key_file: bytes | None = None,
        invitation: bytes | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> Self:
        """Open a register with a passphrase or the recovery code.

        Raises what `techguard.vault.open` raises; `NewerRegister`; and, when opened for writing,
        `MigrationFailed`; `RolledBack` or `HeadDiffers` if an older or another database was put in place of
        the one this vault wrote;
        `NoAccess` for somebody whose access was ended, and `MayOnlyRead` for a reader who wants to write,
        unless it is only their own passphrase or recovery code (`own_keys`).

        A lost or damaged head raises `HeadMissing` or `HeadDamaged`. With `mend_head` a new one is sealed, if
        everything else holds: the caller must have made sure that this is the newest copy, because without a
        head nothing on this disk can tell.
        """
        vault = vaults.open(
            Path(path),
            secret,
            read_only=read_only,
            person=person,
            key_file=key_file,
            invitation=invitation,
        )
        register: Self | None = None
        try:
            register = cls(vault, clock=clock)
            register._check_format()
            if not read_only:
                register._settle_head(mend=mend_head)
                with register._store.errors():
                    register._store.keep_tallies()
            if register.head[0] == 0:
                # Making it was cut off after the vault stood: its first person is in the keys alone.
                id_, name = vault.person_id, vault.person_name
                register._begin(cls._validated(Person, id=id_, name=name))
            register._check_entitled(writes=not read_only and not own_keys)
            if not read_only:
                with suppress(VaultError):  # no room for it: made up for at the next opening
                    register.state_keys()
            with suppress(VaultError):  # damage is told where it is met, and `verify` finds it
                register._scale_changed()
        except BaseException:
            with register or vault:
                raise
        return register

    def _begin(self, first: Person) -> None:
        with self.act(action="create"):
            keys = tuple(sorted(self.vault.keys_of(first.id)))
            entitled_first = first.model_copy(update={"access": Access.EDITOR, "signing_keys": keys})
            kind = kind_of(first)
            self._insert(kind, self._numbered(kind, [entitled_first]))

    def _check_format(self) -> None:
        with self._store.errors():
            found = migrations.version(self._store.connection)
        if found == migrations.HEAD:
            return
        if found is not None and found > migrations.HEAD:
            raise NewerRegister(version=found)
        if self.vault.read_only:
            raise refused.ReadOnly
        if found is not None:
            self.vault.safety_copy()
        try:
            with self._store.errors(), self._store.transaction() as connection:
                migrations.upgrade(connection)
        except (TechguardError, MemoryError):
            raise
        except Exception as error:
            if found is None:
                raise
            # Its kind alone: what a step stumbled over is what somebody wrote.
            raise MigrationFailed(version=found, reason=type(error).__name__) from None

    def _settle_head(self, *, mend: bool) -> None:
        """Compare database and head; a database ahead is a crash between the two, and heals."""
        newest = history.head(self._store.connection)
        try:
            sealed = self.vault.read_head()
        except HeadDamaged:
            if not mend or any(not isinstance(f.problem, HeadDamaged) for f in self.verify().findings):
                raise
            sealed = None
        if sealed is None and newest.seq == 0:
            return
        if sealed is not None:
            found = next(verify.head(self._store, (sealed.seq, sealed.digest)), None)
            if found is not None and isinstance(found.problem, RolledBack | HeadDiffers):
                raise found.problem
        if sealed is None or newest.seq > sealed.seq:
            self.vault.write_head(newest.seq, newest.digest)

    def recount(self) -> None:
        """Count anew what the first screen shows; no entry and no history changes. Raises `ReadOnly`."""
        if self.read_only:
            raise refused.ReadOnly
        with self._store.errors():
            self._store.keep_tallies(anew=True)

    def close(self) -> None:
        """Close the database, drop the keys, let the next one write."""
        catalog.adopt(None)
        super().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close. A fault that came of a value which somebody wrote behind the application's back is told as
        the damage that it is.
        """
        damage = self.damage_behind(error)
        self.close()
        if damage is not None:
            raise damage from error

    # --- Writing --------------------------------------------------------------------------------------

    @contextmanager
    def act(
        self,
        reason: str = "",
        *,
        action: str = "edit",
        review: str | None = None,
        undoes: int | None = None,
        merges: bytes | None = None,
    ) -> Iterator[None]:
        """Join several changes into one transaction and one history entry; an exception undoes them all.

        Inside another act it joins that one, which takes its reason and session where it has none. What was
        rated, accepted or ruled out in one session makes that the session of the act. An act that `merges` is
        written even if it changed nothing.
        """
        if self._act is not None:
            self._act.reason = self._act.reason or reason
            self._act.review = self._act.review or review
            yield
            return
        if self.read_only:
            raise refused.ReadOnly
        act: _Act | None = None
        try:
            with self._store.errors(), self._store.transaction() as connection:
                before = history.head(connection)
                # By the clock, but never before the act it follows.
                at = max(filter(None, (self.now, before.at)))
                self._act = act = _Act(before, at, action, reason, review, undoes, self.access, merges)
                yield
                if not act.done and act.merges is None:
                    return
                self._check_allowed(act)
                self._check_closed(act)
                newest = history.append(
                    connection,
                    self.vault,
                    act.before,
                    act.at,
                    act.done,
                    action=act.action,
                    reason=act.reason,
                    review=act.review or _session_of(act),
                    undoes=act.undoes,
                    merges=act.merges,
                )
            self.vault.next_head(newest.seq, newest.digest)
        except IntegrityError as error:
            raise refused.Invalid([refused.Problem("", refused.NOT_THERE)]) from error
        finally:
            self._act = None
            if act is not None and any(change.kind == "scale" for change in act.done):
                self._scale_changed()  # also when it was taken back

    @property
    def recorded_ahead(self) -> datetime | None:
        """When the newest act was recorded, if the clock of this machine stands well before that: it was set
        back, or was ahead then. What is recorded meanwhile gets that time.
        """
        with self._store.errors():
            newest = history.head(self._store.connection).at
        return newest if newest and newest - self.now > _APART else None

    def add(self, item: T) -> T:
        """Add an entry; it comes back with its reference number and computed fields.

        A rating or an acceptance also updates its exposure. Raises `Invalid`, `UntestedControl`,
        `NotEntitled`, `ReadOnly`.
        """
        with self.act():
            ready = self._ready(_unrated(self._revalidated(item)))
            kind = kind_of(ready)
            self._require_targets(kind, [ready])
            if isinstance(ready, Outcome):
                self._check_session_open(ready)
            made = self._numbered(kind, [ready])[0]
            self._insert(kind, [made])
            self._after_add(made)
            return cast(T, self._store.by_ids(kind, [made.id])[made.id])

    def _numbered(self, kind: Kind, items: Sequence[Item]) -> list[Item]:
        given = [i.ref for i in items if i.ref]
        self._require_free(kind, given)
        self._store.reserve_refs(kind, given)
        without = len(items) - len(given)
        fresh = self._store.next_refs(kind, without) if without else iter(())
        at = self._now_of_act()
        return [
            i.model_copy(
                update={
                    "ref": i.ref or next(fresh),
                    "version": 1,
                    "created_at": at,
                    "updated_at": at,
                    "removed_at": None,
                }
            )
            for i in items
        ]

    def _require_free(self, kind: Kind, given: Sequence[str]) -> None:
        """Reference numbers that were stated are of the kind, and nobody has them."""
        taken = len(set(given)) != len(given) or self._store.has_ref(kind, given)
        strange = not all(re.fullmatch(rf"{kind.prefix}-[0-9]{{4,9}}", ref) for ref in given)
        if taken or strange:
            problem = refused.NUMBER_TAKEN if taken else refused.NOT_A_NUMBER_OF_THIS_KIND
            raise refused.Invalid([refused.Problem("ref", problem)])

    def _insert(self, kind: Kind, items: Sequence[Item], *, recorded: bool = False) -> None:
        """`recorded`: elsewhere and before; the moment of record stays."""
        assert self._act is not None
        self._store.insert(kind, items, None if recorded else self._act.at)
        self._act.done += [history.added(i, kind) for i in items]

    def _after_add(self, item: Item) -> None:
        if isinstance(item, Rating):
            self._restate(item.exposure, rated=item)
        elif isinstance(item, Acceptance):
            exposure = self.get(item.exposure, Exposure)
            self._write(
                exposure, exposure.changed(status=ExposureStatus.ACCEPTED, treatment=Treatment.ACCEPT)
            )
        elif isinstance(item, ScaleEdition):
            self._bring_to_scale()

    def _bring_to_scale(self) -> None:
        """Restate everything on the scale in force: a part of the act that changed the scale."""
        self._scale_changed()
        for row in self._rescaling(self.editions).changed:
            self._write(row.now, row.then)

    def _restate(self, exposure_id: str, rated: Rating | None = None) -> None:
        """Bring an exposure's repeated rating up to date."""
        exposure = self.get(exposure_id, Exposure)
        updates = rules.standing(self.find(Rating, exposure=exposure_id), self.editions)
        if rated is not None and rated.basis is not Basis.TARGET:
            if exposure.status is ExposureStatus.IDENTIFIED and updates["level"] is not None:
                updates["status"] = ExposureStatus.RATED
            day = cast("date | None", updates["rated_on"]) or self.today
            updates["next_review"] = rules.next_review(cast("int | None", updates["level"]), day, self.scale)
        self._write(exposure, exposure.model_copy(update=updates))

    def change(self, item: T, /, **fields: Any) -> T:
        """Change fields of an entry as it was last read.

        If someone changed other fields meanwhile, both changes stand; if they changed the same ones,
        `Conflict`. Raises `Invalid`, `Evidence`, `NotFound`, `ReadOnly`.
        """
        kind = kind_of(item)
        if kind.append_only:
            raise refused.Evidence(ref=item.ref)
        unknown = [name for name in fields if name not in kind.by_name or kind.by_name[name].about.derived]
        if unknown:
            raise refused.UnknownField(name=unknown[0], kind=kind.plural)
        with self.act():
            now = self.get(item.id, type(item))
            self._check_session_open(now)
            if now.version != item.version:
                clash = [
                    n for n in fields if getattr(now, n) != getattr(item, n) and getattr(now, n) != fields[n]
                ]
                if clash or now.removed_at is not None:
                    raise refused.Conflict(ref=item.ref, names=clash or ["removed_at"])
            stated = {**dict(now), **fields}
            if kind.model is Technology and any(name in fields for name in rules.IMPACTS.values()):
                stated["scale_edition"] = ""
            wanted = self._ready(self._validated(type(item), **stated))
            self._require_targets(kind, [wanted], fields)
            return cast(T, self._write(now, wanted))

    def change_all(self, items: Iterable[T], /, reason: str = "", **fields: Any) -> int:
        """Give several entries the same values, in one act: all of them or none. Returns how many differed.

        Raises what `change` raises; an `Invalid` names the entry in its problems' facts as `ref`.
        """
        changed = 0
        with self.act(reason):
            for item in items:
                try:
                    after = self.change(item, **fields)
                except refused.Invalid as error:
                    named = [replace(p, facts={**p.facts, "ref": item.ref}) for p in error.problems]
                    raise refused.Invalid(named) from None
                changed += after.version != item.version
        return changed

    def _record(self, done: Iterable[Recorded]) -> None:
        """Put changes that were written otherwise into the act."""
        assert self._act is not None
        self._act.done += done

    def _write(self, before: Item, after: Item) -> Item:
        """Write a version over another, if anything differs."""
        assert self._act is not None
        kind = kind_of(after)
        done = history.changed(before, after, kind)
        if done is None:
            return before
        stamped = after.model_copy(update={"version": before.version + 1, "updated_at": self._act.at})
        if not self._store.replace(before, stamped):
            raise refused.Conflict(ref=before.ref, names=sorted(done.fields))
        self._act.done.append(done)
        return stamped

    def remove(self, item: Item, *, with_parts: bool = False) -> int:
        """Take an entry out of the register; history keeps it, and `restore` brings it back.

        Raises `InUse` if others refer to it, unless `with_parts` takes those out too that cannot stand alone.
        Returns how many entries went.
        """
        with self.act():
            return self._remove(item, with_parts=with_parts)

    def _remove(self, item: Item, *, with_parts: bool) -> int:
        kind = kind_of(item)
        now = self.get(item.id, type(item))
        if now.removed_at is not None:
            return 0
        self._check_session_open(now)
        others = [
            (KINDS[name], other)
            for name, found in self._store.pointing_at(kind, item.id).items()
            for other in found
        ]
        # Who accepted a risk stays known: what must name an entry is not for that reason a part of it.
        parts = {o.id for k, o in others if k.parent and getattr(o, k.parent) == item.id}
        blocking = [o.ref for k, o in others if _needs(k, o, item.id) and not (with_parts and o.id in parts)]
        if blocking:
            raise refused.InUse(ref=item.ref, others=few(blocking, 5))
        if isinstance(now, Person) and now.access is not None:
            raise refused.StillHasAccess(ref=now.ref)
        gone = 0
        for _, other in others:
            if other.id in parts:
                gone += self._remove(other, with_parts=True)
            else:
                self._forget(other, item.id)
        now = self.get(item.id, type(item))
        self._write(now, now.model_copy(update={"removed_at": self._now_of_act()}))
        if isinstance(item, Rating):
            self._restate(item.exposure)
        return gone + 1

    def _forget(self, other: Item, id_: str) -> None:
        """Take a reference out of an entry that can stand without it."""
        other = self.get(other.id, type(other))  # a part that went may have been forgotten by it already
        kind = kind_of(other)
        updates: dict[str, object] = {}
        for f in kind.refs:
            value = getattr(other, f.name)
            if f.type is FieldType.REFS and id_ in value:
                updates[f.name] = tuple(v for v in value if v != id_)
            elif value == id_:
                updates[f.name] = None
        if updates and not kind.append_only and self._closed_session(other) is None:
            self._write(other, other.model_copy(update=updates))

    def restore(self, ref: str) -> Item:
        """Bring a removed entry back. Raises `NotFound`, and `Invalid` if what it refers to is gone."""
        with self.act():
            now: Item = self.get(ref)
            if now.removed_at is not None:
                self._require_targets(kind_of(now), [now])
            self._write(now, now.model_copy(update={"removed_at": None}))
            if isinstance(now, Rating | Exposure):
                self._restate(now.exposure if isinstance(now, Rating) else now.id)
            return self.get(now.id)

    @uncollected()
    def bulk(self, items: Iterable[Item]) -> int:
        """Add many new entries in one go: what import uses. Returns how many.

        Entries may refer to one another in any order. Ratings are taken as they are stated: whether a tested
        control stood behind them is for whoever brings them in to check. Raises `Invalid`.
        """
        by_kind: dict[str, list[Item]] = {}
        with self.act(action="import"):
            rest: list[Item] = []
            total = 0
            for item in items:
                if isinstance(item, ScaleEdition):
                    self.add(item)  # first: everything else stands on it
                    total += 1
                else:
                    rest.append(item)
            for item in rest:
                by_kind.setdefault(kind_of(item).name, []).append(self._ready(item, check_controls=False))
            ratings: dict[str, list[Rating]] = {}
            for rating in cast("list[Rating]", by_kind.get("rating", [])):
                ratings.setdefault(rating.exposure, []).append(rating)
            if "acceptance" in by_kind:
                given = cast("list[Acceptance]", by_kind["acceptance"])
                by_kind["acceptance"] = [self._as_accepted(a, ratings.get(a.exposure, [])) for a in given]
            if "exposure" in by_kind:
                by_kind["exposure"] = [self._rated(cast(Exposure, e), ratings) for e in by_kind["exposure"]]
            with self._store.taking_in(sum(map(len, by_kind.values()))):
                for kind in by_dependency():
                    new = by_kind.get(kind.name)
                    if new:
                        self._insert(kind, self._numbered(kind, new))
                        total += len(new)
                for exposure_id, added in ratings.items():  # what is left was there before
                    self._restate(exposure_id, next((r for r in added if r.basis is not Basis.TARGET), None))
            return total

    def _as_accepted(self, acceptance: Acceptance, ratings: list[Rating]) -> Acceptance:
        """An acceptance with the level it was given for: what the ratings said on its day."""
        if acceptance.level_at is not None:
            return acceptance
        known = [*self.find(Rating, exposure=acceptance.exposure), *ratings]
        then = rules.standing(
            (r for r in known if (r.rated_on or date.min) <= acceptance.accepted_on), self.editions
        )
        return acceptance.model_copy(
            update={f"{name}_at": then[name] for name in ("level", "likelihood", "impact")}
        )

    def _rated(self, exposure: Exposure, ratings: dict[str, list[Rating]]) -> Exposure:
        mine = ratings.pop(exposure.id, None)
        if mine is None:
            return _unrated(exposure)
        updates = rules.standing(mine, self.editions)
        if exposure.status is ExposureStatus.IDENTIFIED and updates["level"] is not None:
            updates["status"] = ExposureStatus.RATED
        if exposure.next_review is None:
            day = cast("date | None", updates["rated_on"]) or self.today
            updates["next_review"] = rules.next_review(cast("int | None", updates["level"]), day, self.scale)
        return exposure.model_copy(update=updates)

    def person_named(self, name: str, department: Department | None = None) -> Person:
        """The person of that name (width and case make no difference), added if there is none."""
        wanted = folded(name).strip()
        for person in self.find(Person):
            if folded(person.name).strip() == wanted:
                return person
        return self.add(self._validated(Person, name=name, department=department))

    # --- What a person keeps for themselves -------------------------------------------------------------

    def keep(self, topic: str, name: str, value: object) -> None:
        """Keep something of my own (a JSON value) under a name, in place of what was there. It is no act:
        history is about the register, not about how somebody likes to look at it. Raises `ReadOnly`.
        """
        with self._for_myself() as connection:
            personal.keep(connection, self.vault.person_id, topic, name, value)

    def rename_kept(self, topic: str, name: str, new: str) -> None:
        """Keep something of my own under another name. Raises `NotFound`, `ReadOnly`."""
        with self._for_myself() as connection:
            me = self.vault.person_id
            known = personal.kept(connection, me, topic)
            if name not in known:
                raise refused.NotFound(ref=name)
            personal.forget(connection, me, topic, name)
            personal.keep(connection, me, topic, new, known[name])

    def forget(self, topic: str, name: str) -> None:
        """Keep something of my own no longer. Raises `ReadOnly`."""
        with self._for_myself() as connection:
            personal.forget(connection, self.vault.person_id, topic, name)

    @property
    def calendar(self) -> Calendar:
        """The calendar by which I have dates shown."""
        return self._setting(_CALENDAR, CALENDARS)

    def choose_calendar(self, chosen: Calendar) -> None:
        """Have dates shown by a calendar. Raises `ReadOnly`."""
        self.keep(_SETTINGS, _CALENDAR, chosen)

    @property
    def money_unit(self) -> MoneyUnit:
        """The unit in which I have money shown."""
        return self._setting(_MONEY_UNIT, MONEY_UNITS)

    def choose_money_unit(self, chosen: MoneyUnit) -> None:
        """Have money shown in a unit. Raises `ReadOnly`."""
        self.keep(_SETTINGS, _MONEY_UNIT, chosen)

    @property
    def backups_kept(self) -> vaults.Retention:
        """Which backups in the vault's own folder are kept: a matter of the vault, the same for everybody."""
        with self._store.errors():
            chosen = personal.kept(self._store.connection, _NOBODYS, _SETTINGS).get(_BACKUPS)
        with suppress(ValueError, TypeError):  # what a later program wrote
            return vaults.Retention.from_json(chosen)
        return vaults.Retention()

    def choose_backups_kept(self, chosen: vaults.Retention) -> None:
        """Say which backups are kept from now on: for everybody, so an editor says it. Raises `NotAllowed`,
        `ReadOnly`.
        """
        self.require_editor()
        with self._for_myself() as connection:
            personal.keep(connection, _NOBODYS, _SETTINGS, _BACKUPS, chosen.to_json())

    def show_as_chosen(self) -> None:
        """Have dates and money shown from now on as I chose."""
        set_calendar(self.calendar)
        set_money_unit(self.money_unit)

    def _setting(self, name: str, known: Sequence[S]) -> S:
        """What I chose; the first of what there is to choose where I chose nothing, or what nobody knows."""
        chosen = self.kept(_SETTINGS).get(name)
        return cast("S", chosen) if chosen in known else known[0]

    @contextmanager
    def _for_myself(self) -> Iterator[Connection]:
        if self.read_only:
            raise refused.ReadOnly
        with self._store.errors(), self._store.transaction() as connection:
            yield connection

    # --- Rating and accepting -------------------------------------------------------------------------

    def rate(
        self,
        exposure: Exposure | str,
        *,
        likelihood: int | None,
        impact: int | None = None,
        impacts: Mapping[ImpactDimension, int] | None = None,
        rationale: str,
        basis: Basis = Basis.CURRENT,
        confidence: int | None = None,
        urgency: int | None = None,
        rated_on: date | None = None,
        review: str | None = None,
        by: str | None = None,
    ) -> Rating:
        """Rate an exposure; the rating is evidence and stays.

        Give `impacts` (the highest decides) or `impact` alone. Raises `UntestedControl` if a current
        likelihood is lower than the inherent one by more than tested countermeasures earn (§6c.5), `Invalid`.
        """
        id_ = exposure.id if isinstance(exposure, Exposure) else self.get(exposure, Exposure).id
        dimensions: dict[str, int | None] = {rules.IMPACTS[d]: n for d, n in (impacts or {}).items()}
        return self.add(
            self._validated(
                Rating,
                exposure=id_,
                basis=basis,
                likelihood=likelihood,
                **(dimensions or {"impact": impact}),
                confidence=confidence,
                urgency=urgency,
                rationale=rationale,
                rated_on=rated_on or self.today,
                rated_by=by or self.vault.person_id,
                review=review,
            )
        )

    def _check_controls(self, rating: Rating) -> None:
        if rating.basis is not Basis.CURRENT or rating.likelihood is None:
            return
        lowest = self.lowest_current(rating.exposure)
        if rating.likelihood < lowest:
            raise refused.UntestedControl(lowest=lowest, inherent=self.inherent(rating.exposure))

    def _check_hope(self, assumed: Assumption) -> None:
        """What a variant assumes is not below what its disclosure and tested countermeasures give."""
        if assumed.likelihood is None:
            return
        engagement = self.get(assumed.variant, Variant).engagement
        known = self.ground(assumed.technology, assumed.route, engagement, assumed.exposure)
        lowest = whatif.propose(known, assumed.disclosure, assumed.measures, self.scale).likelihood
        if lowest is not None and assumed.likelihood < lowest:
            raise refused.UntestedHope(lowest=lowest, start=known.likelihood)

    def accept(
        self,
        exposure: Exposure | str,
        *,
        by: str,
        role: AcceptanceRole,
        reason: str,
        until: date,
        conditions: str = "",
        on: date | None = None,
        review: str | None = None,
    ) -> Acceptance:
        """Accept an exposure at its level until a date.

        Raises `NothingToAccept`, `NotEntitled`, `Invalid`.
        """
        found = exposure if isinstance(exposure, Exposure) else self.get(exposure, Exposure)
        return self.add(
            self._validated(
                Acceptance,
                exposure=found.id,
                accepted_by=by,
                accepted_role=role,
                accepted_on=on or self.today,
                valid_until=until,
                reason=reason,
                conditions=conditions,
                review=review,
            )
        )

    # --- Review sessions --------------------------------------------------------------------------------

    def close_review(
        self,
        review: Review,
        *,
        signed_by: str,
        held_on: date,
        minutes: str = "",
        conclusion: str = "",
    ) -> Review:
        """Close a session: the register as it now stands becomes its snapshot, and it is signed off.

        The moment of record comes from the clock and stands beside the stated day. Raises `DecisionsOpen`,
        `AgendaOpen`, `SessionClosed`, `Invalid`.
        """
        with self.act(action="close", review=review.id):
            now = self.get(review.id, Review)
            if now.status is ReviewStatus.CLOSED:
                raise refused.SessionClosed(ref=now.ref)
            unsettled = self.count(
                Outcome,
                Query(where=(Where("review", "=", now.id), Where("outcome", "=", OutcomeKind.PENDING))),
            )
            if unsettled:
                raise refused.AgendaOpen(count=unsettled)
            loose = [
                d.ref
                for d in self.find(Decision, review=now.id)
                if d.status is not DecisionStatus.WITHDRAWN and not (d.owner and d.due)
            ]
            if loose:
                raise refused.DecisionsOpen(others=loose)
            seq, digest = self.head
            stated = self._validated(
                Review,
                **{
                    **dict(now),
                    "held_on": held_on,
                    "minutes": minutes or now.minutes,
                    "conclusion": conclusion or now.conclusion,
                },
            )
            closed = stated.model_copy(
                update={
                    "status": ReviewStatus.CLOSED,
                    "snapshot_seq": seq,
                    "snapshot": digest,
                    "indicators": recorded(self.kris()),
                    "closed_at": self._now_of_act(),
                    "signed_by": signed_by,
                }
            )
            self._require_targets(KINDS["review"], [closed])
            return cast(Review, self._write(now, closed))

    def _check_session_open(self, item: Item) -> None:
        """Say at once that a session or its agenda is closed; `_check_closed` looks at the whole act."""
        if (review := self._closed_session(item)) is not None:
            raise refused.SessionClosed(ref=review.ref)

    def _closed_session(self, item: Item) -> Review | None:
        """The closed session that an entry is, or to whose agenda it belongs: then it is evidence."""
        review = self.get(item.review, Review) if isinstance(item, Outcome) else item
        return review if isinstance(review, Review) and review.closed_at is not None else None

    # --- Undo -----------------------------------------------------------------------------------------

    def undo(self, seq: int | None = None) -> Entry:
        """Take an act back (the newest, if none is named) as a new act.

        Raises `NothingToUndo`, `CannotUndo`.
        """
        undo, _ = self._stacks()
        if not undo or (seq is not None and seq not in undo):
            raise refused.NothingToUndo
        return self._revert(undo[-1] if seq is None else seq, "undo")

    def redo(self, seq: int | None = None) -> Entry:
        """Take an undoing back (the newest, if none is named). Raises `NothingToUndo`, `CannotUndo`."""
        _, redo = self._stacks()
        if not redo or (seq is not None and seq not in redo):
            raise refused.NothingToUndo
        return self._revert(redo[-1] if seq is None else seq, "redo")

    def _revert(self, seq: int, action: str) -> Entry:
        done = [c for _, c in history.changes_of(self._store.connection, [seq])]
        with self.act(action=action, undoes=seq):
            for change in reversed(done):
                self._invert(seq, change)
            self._check_references(seq, done)
            if any(c.kind == "scale" for c in done):
                self._scale_changed()
            for exposure in dict.fromkeys(self._rated_by(c) for c in done if c.kind == "rating"):
                if self.get(exposure).removed_at is None:
                    self._restate(exposure)
        return self.entry(self.head[0])

    def _rated_by(self, change: Recorded) -> str:
        return self.get(change.item, Rating).exposure

    def _invert(self, seq: int, change: Recorded) -> None:
        kind = KINDS[change.kind]
        now = self._store.by_ids(kind, [change.item]).get(change.item)
        if now is None:
            raise refused.Pruned(seq=seq, ref=self._store.named([change.item])[change.item].ref)
        state = history.state(now, kind)
        if change.op == "add":
            after = {name: change.fields.get(name) for name in (*change.fields, *state)}
            updates: dict[str, object] = {"removed_at": self._now_of_act()}
        else:
            after = {name: new for name, (_, new) in change.fields.items()}
            updates = {name: history.value_of(kind, name, old) for name, (old, _) in change.fields.items()}
        if any(state.get(name) != value for name, value in after.items()):
            later = self._later([seq]).get(seq) or self.head[0]
            raise refused.CannotUndo(seq=seq, ref=now.ref, later=later)
        self._write(now, now.model_copy(update=updates))

    def _check_references(self, seq: int, done: Sequence[Recorded]) -> None:
        """After taking an act back, nothing refers to what is gone."""
        for name in dict.fromkeys(c.kind for c in done):
            kind = KINDS[name]
            items = self._store.by_ids(kind, dict.fromkeys(c.item for c in done if c.kind == name))
            live = [i for i in items.values() if i.removed_at is None]
            lost = next((item.ref for _, item in self._dangling(kind, live)), None)
            lost = lost or self._store.pointing_at_any(kind, [i for i in items if items[i].removed_at])
            if lost:
                raise refused.ReferredTo(seq=seq, ref=lost)

    # --- Who may do what ------------------------------------------------------------------------------

    @property
    def access(self) -> Access | None:
        """What the person who opened this register may do in it, by the signed history."""
        with self._store.errors():
            return self._store.access_of(self.vault.person_id)

    def grant(self, person: Person, access: Access | None, keys: Collection[str]) -> Person:
        """State what a person may do from now on, and which keys sign for them: a signed act, which an undo
        leaves alone. Whether they can open the vault is the vault's matter (`techguard.people`).

        Raises `LastEditor`, `NotAllowed`, `ReadOnly`.
        """
        with self.act(action=entitled.PEOPLE):
            return self._grant(self.get(person.id, Person), access, keys)

    def _grant(self, now: Person, access: Access | None, keys: Collection[str]) -> Person:
        if now.access is Access.EDITOR and access is not Access.EDITOR:
            opening = {slot.person_id for slot in self.vault.slots()}
            editors = [p.id for p in self.find(Person) if p.access is Access.EDITOR and p.id in opening]
            if entitled.last_editor(now.id, editors):
                raise refused.LastEditor(name=now.name)
        updates = {"access": access, "signing_keys": tuple(sorted(keys))}
        return cast(Person, self._write(now, now.model_copy(update=updates)))

    def state_keys(self) -> None:
        """State in the history which keys are those of whoever opened the register, where it says otherwise:
        a change of them was cut off between the vault and the history. Raises what `grant` raises.
        """
        me = self.get(self.vault.person_id, Person)  # as they are now
        keys = self.vault.keys_of(me.id)
        if self.vault.key_id in me.signing_keys and keys != set(me.signing_keys):
            self.grant(me, me.access, keys)

    def _check_entitled(self, *, writes: bool) -> None:
        access = self.access
        if access is None:
            raise refused.NoAccess
        if writes and access is Access.READER:
            raise refused.MayOnlyRead(access=access.label)

    def require_editor(self) -> None:
        """Raises `NotAllowed` for everybody but an editor."""
        access = self.access
        if access is not Access.EDITOR:
            raise refused.NotAllowed(access=access.label if access else "")

    def _check_allowed(self, act: _Act) -> None:
        """The one place where what somebody may not do is refused. The first act makes the first editor."""
        if act.action == "create" and self.head[0] == 0:
            return
        deeds = (entitled.Deed(c.kind, c.item, c.op, frozenset(c.fields)) for c in act.done)
        who, invited = self.vault.person_id, self.vault.opened_with == "invitation"
        if not entitled.allows(act.access, who, deeds, session=self._in_session(act), invited=invited):
            raise refused.NotAllowed(access=act.access.label if act.access else "")

    def _in_session(self, act: _Act) -> bool:
        """Whether an act belongs to a session that is there and that nobody had closed before."""
        found = self._store.by_ids(KINDS["review"], [act.review]) if act.review else {}
        return any(r.removed_at is None and not self._was_closed(act, r) for r in found.values())

    @staticmethod
    def _was_closed(act: _Act, review: Item) -> bool:
        """Whether a session had been closed before an act that is about to be written."""
        for c in act.done:
            if c.item == review.id and "closed_at" in c.fields:
                return c.op != "add" and c.fields["closed_at"][0] is not None
        return cast(Review, review).closed_at is not None

    def _check_closed(self, act: _Act) -> None:
        """The one place where a change of what a closed session holds is refused, however it came about."""
        if act.merges is not None:
            return
        named: set[str] = set()
        for c in act.done:
            named |= closing.touched(c.kind, c.op, c.item, c.fields, self._session_of_outcome)
        for review in self._store.by_ids(KINDS["review"], named).values():
            if self._was_closed(act, review):
                raise refused.SessionClosed(ref=review.ref)

    def _session_of_outcome(self, outcome: str) -> str:
        return self.get(outcome, Outcome).review

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Close the database while its key is replaced; the register too, if it cannot be opened again."""
        self._store.close()
        try:
            yield
        finally:
            try:
                self._store = Store(self.vault)
            except BaseException:
                self.close()
                raise

    # --- Rules at the door ----------------------------------------------------------------------------

    def _now_of_act(self) -> datetime:
        assert self._act is not None
        return self._act.at

    @staticmethod
    def _validated(model: type[T], **fields: Any) -> T:
        try:
            return model.model_validate(fields)
        except ValidationError as error:
            labels = {f.name: f.label for f in kind_of(model).fields}
            raise refused.Invalid(refused.problems_of(error, labels)) from None

    @classmethod
    def _revalidated(cls, item: T) -> T:
        return cls._validated(type(item), **dict(item))

    def _ready(self, item: Item, *, check_controls: bool = True) -> Item:
        """An entry with its computed fields, after the rules of its kind."""
        if isinstance(item, Person):
            return self._as_entitled(item)
        if isinstance(item, Technology):
            return self._ready_technology(rules.derive_technology(item), stated_now=check_controls)
        if isinstance(item, Counterparty):
            return rules.derive_counterparty(item, self.scale)
        if isinstance(item, Rating):
            if not item.scale_edition:
                self._require_steps(item)
            rated = rules.derive_rating(item, self.scale) if not item.scale_edition else item
            if rated.rated_on is None:
                rated = rated.model_copy(update={"rated_on": self.today})
            if rated.level is None:
                made_with = next(
                    (s for s in self.editions.scales if s.edition == rated.scale_edition), self.scale
                )
                rated = rated.model_copy(update={"level": made_with.level(rated.likelihood, rated.impact)})
            if check_controls:
                self._check_controls(rated)
            return rated
        if isinstance(item, Assumption):
            self._require_steps(item)
            level = self.scale.level(item.likelihood, item.impact)
            assumed = item.model_copy(update={"level": level})
            if check_controls:
                self._check_hope(assumed)
            return assumed
        if isinstance(item, ScaleEdition):
            self._scale_of(item)
        if isinstance(item, Acceptance) and check_controls:
            exposure = self.get(item.exposure, Exposure)
            if exposure.level is None:
                raise refused.NothingToAccept(ref=exposure.ref)
            if not rules.may_accept(item.accepted_role, exposure.level, self.scale):
                raise refused.NotEntitled(
                    level=exposure.level,
                    officer=self.scale.officer_from,
                    board=self.scale.board_from,
                )
            at = {
                "level_at": exposure.level,
                "likelihood_at": exposure.likelihood,
                "impact_at": exposure.impact,
            }
            return item.model_copy(update=at)
        return item

    def _as_entitled(self, person: Person) -> Person:
        """With the access and the keys they have: neither is ever stated on an entry."""
        there = cast("Person | None", self._store.by_ids(KINDS["person"], [person.id]).get(person.id))
        updates = {"access": there and there.access, "signing_keys": there.signing_keys if there else ()}
        return person.model_copy(update=updates)

    def _ready_technology(self, technology: Technology, *, stated_now: bool) -> Technology:
        """Impacts belong to the scale they were stated on; stated now, they are steps of the one in force.
        What an import brings may be steps of an earlier one: it is kept, and listed to be stated again.
        """
        if technology.impact is None:
            return technology.model_copy(update={"scale_edition": ""})
        if technology.scale_edition:
            return technology
        if stated_now:
            self._require_steps(technology)
        fits = not self._beyond(technology)
        return technology.model_copy(update={"scale_edition": self.scale.edition if fits else ""})

    def _beyond(self, item: Item) -> list[tuple[FieldSpec, int]]:
        """The fields that hold more than the last step of the scale in force, each with that step."""
        rows, columns = self.scale.size
        return [
            (f, most)
            for f in kind_of(item).fields
            if f.about.scale == "likelihood" or f.about.scale.partition(".")[0] == "impact"
            for most in [rows if f.about.scale == "likelihood" else columns]
            if (getattr(item, f.name) or 0) > most
        ]

    def _require_steps(self, item: Item) -> None:
        """What is stated now is a step of the scale in force. Raises `Invalid`."""
        beyond = self._beyond(item)
        if beyond:
            raise refused.Invalid(
                [
                    refused.Problem(f.name, refused.NOT_ON_THE_SCALE, f.label, {"maximum": most})
                    for f, most in beyond
                ]
            )

    def _require_targets(
        self, kind: Kind, items: Sequence[Item], among: Collection[str] | None = None
    ) -> None:
        """Every reference (or those of the fields named) is to an entry of the right kind that is there."""
        lost = dict.fromkeys(f for f, _ in self._dangling(kind, items, among))
        if lost:
            raise refused.Invalid([refused.Problem(f.name, refused.NOT_THERE, f.label) for f in lost])

    def _dangling(
        self, kind: Kind, items: Sequence[Item], among: Collection[str] | None = None
    ) -> Iterator[tuple[FieldSpec, Item]]:
        for f in kind.refs:
            if among is not None and f.name not in among:
                continue
            ids = {i for item in items for i in _values(getattr(item, f.name))}
            found = self._store.by_ids(KINDS[f.to], ids)
            lost = {i for i in ids if i not in found or found[i].removed_at is not None}
            if lost:
                yield from ((f, item) for item in items if lost.intersection(_values(getattr(item, f.name))))


_STATED = frozenset({"rating", "acceptance", "exclusion"})
"""What names the session in which it was stated; a decision may name one to come."""


def _session_of(act: _Act) -> str | None:
    """The one session in which all of an act was stated, if it was; what is imported was stated elsewhere."""
    if act.action != "edit":
        return None
    named = {
        change.fields["review"]
        for change in act.done
        if change.kind in _STATED and change.op == "add" and "review" in change.fields
    }
    return str(named.pop()) if len(named) == 1 else None


def _needs(kind: Kind, item: Item, id_: str) -> bool:
    """Whether an entry cannot be without its reference to another."""
    return any(f.required and getattr(item, f.name) == id_ for f in kind.refs)


def _unrated(item: T) -> T:
    """A new exposure without a rating of its own: what it repeats of its ratings is never stated."""
    return item.model_copy(update=rules.standing(())) if isinstance(item, Exposure) else item


def _values(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else value
