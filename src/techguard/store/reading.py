"""Everything that can be asked of an open register: entries, search, overview, history, proof."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from techguard import catalog
from techguard import vault as vaults
from techguard.domain import errors as refused
from techguard.domain import rescaling as rescale
from techguard.domain import rules, whatif
from techguard.domain.gaps import BY_CODE, GAPS
from techguard.domain.items import (
    CheckItem,
    Countermeasure,
    Counterparty,
    Engagement,
    Exposure,
    Item,
    Person,
    Rating,
    Review,
    ScaleEdition,
    Technology,
)
from techguard.domain.kinds import KINDS, Kind, kind_of, kind_of_ref
from techguard.domain.pruning import PRUNE
from techguard.domain.scales import Editions, Scale, Unreadable, carry_of, scale_of
from techguard.domain.words import Basis, ExposureStatus
from techguard.errors import TechguardError
from techguard.vault.errors import HeadDamaged

from . import (
    checkpoint,
    entitled,
    gaps,
    history,
    leakmap,
    overview,
    personal,
    proofs,
    pruning,
    queries,
    search,
    secrecy,
    shifts,
    tallies,
    telling,
    trends,
    verify,
)
from .checkpoint import Checkpoint, Held, Note
from .database import Named, Store, as_value_errors
from .errors import ItemAltered
from .history import Change as Recorded
from .history import Unknown
from .overview import Due, GapCount, Kri, NextSession
from .proofs import ShownAct
from .queries import Query, Where
from .verify import Finding, Verification

if TYPE_CHECKING:
    from techguard.catalog import models as catalog_models

T = TypeVar("T", bound=Item)

_SHOWN_CHANGES = 200
"""Changes of one entry that `history` gives at once; an import may have tens of thousands."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry with the names of everything it refers to."""

    item: Item
    named: Mapping[str, Named]

    @property
    def names(self) -> dict[str, str]:
        """Titles by id."""
        return {id_: n.title for id_, n in self.named.items()}

    @property
    def refs(self) -> dict[str, str]:
        """Reference numbers by id."""
        return {id_: n.ref for id_, n in self.named.items()}


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that search found: the text in which the words stand and where (start, end) in `snippet`."""

    kind: str
    id: str
    ref: str
    title: str
    field: str
    snippet: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What an act did to one entry of the register: field → (before, after), typed."""

    kind: str
    id: str
    ref: str
    title: str
    op: str
    fields: Mapping[str, tuple[Any, Any]]
    pruned: bool = False
    """Whether its values were destroyed since."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act in history. `changes` holds the first of them; `count` says how many there are."""

    seq: int
    at: datetime
    person: str
    action: str
    reason: str
    review: str | None
    undoes: int | None
    count: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first screen shows."""

    counts: Mapping[str, int]
    by_level: Mapping[int | None, int]
    by_class: Mapping[str | None, int]
    matrix: Mapping[tuple[int, int], int]
    gaps: tuple[GapCount, ...]
    top: tuple[Row, ...]
    due_soon: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What can be taken back: an act, or (`redo`) an undoing. `later`: the newest act in force that changed
    the same fields of the same entry after it, which has to be taken back first.
    """

    entry: Entry
    redo: bool
    later: int | None


_BROKEN_BY_A_VALUE = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    SQLAlchemyError,
)
"""What comes of a value that is none of its field's, wherever it is met."""


class Reading:
    """The reading half of `techguard.register.Register`. One thread at a time."""

    def __init__(self, vault: vaults.Vault, clock: Callable[[], datetime]) -> None:
        self.vault = vault
        self._clock = clock
        self._store = Store(vault)

    def close(self) -> None:
        """Close the database, drop the keys, let the next one write."""
        self._store.close()
        self.vault.close()

    # --- Who, when, by which scale --------------------------------------------------------------------

    @property
    def read_only(self) -> bool:
        """Whether this register can only be read."""
        return self.vault.read_only

    @property
    def now(self) -> datetime:
        """The moment of record, in UTC; it comes from the clock, never from a person."""
        return self._clock()

    @property
    def today(self) -> date:
        """Today where the person sits."""
        return self._clock().astimezone().date()

    @cached_property
    def me(self) -> Person:
        """The person whose passphrase opened this register."""
        with self._store.errors():
            found = self._store.by_ids(KINDS["person"], [self.vault.person_id])
        return cast(Person, found[self.vault.person_id])

    def answers_ending(self, last: date) -> dict[str, date]:
        """Counterparties of whom an answer ends by a day, before their check does: id and earliest day."""
        return {due.id: due.on for due in overview.answers_ending(self._store, self.today, last)}

    def company_checklists(self) -> tuple[catalog_models.Checklist, ...]:
        """The lists that the company answers for itself (`techguard.catalog.company_checklists`).

        Those that do not come with the program have the items taken from the company's own copy.
        """
        from techguard import catalog

        taken: dict[str, list[CheckItem]] = {}
        for item in self.find(CheckItem, Query(sort=(("position", False),))):
            taken.setdefault(item.checklist, []).append(item)
        return tuple(
            _with_items(c, taken[c.id]) if not c.obtained and c.id in taken else c
            for c in catalog.company_checklists()
        )

    @cached_property
    def editions(self) -> Editions:
        """Every scale this register has rated by, the standard one first, the one in force last."""
        found = Editions((catalog.standard(),))
        with self._store.errors():
            own_scales = cast("list[ScaleEdition]", self._store.live(KINDS["scale"]))
        for own in own_scales:
            found = found.followed_by(scale_of(own, found.now))
        return found

    @property
    def scale(self) -> Scale:
        """The scale this register rates by."""
        return self.editions.now

    def _scale_changed(self) -> None:
        """Read the scale anew, and speak in its words."""
        self.__dict__.pop("editions", None)
        catalog.adopt(self.scale)

    def _scale_of(self, own: ScaleEdition) -> Scale:
        """A company's own scale in the place of the one in force. Raises `Invalid`."""
        try:
            return scale_of(own, self.scale)
        except Unreadable:
            labels = {f.name: f.label for f in KINDS["scale"].fields}
            rows, columns = self.scale.size
            axes = (
                ("carry_likelihood", rows, len(own.likelihood_steps)),
                ("carry_impact", columns, len(own.impact_steps)),
            )
            wrong = [n for n, before, after in axes if not _carries(getattr(own, n), before, after)]
            raise refused.Invalid(
                [refused.Problem(n, refused.SCALE_CARRY, labels[n]) for n in wrong]
            ) from None

    def rescaling(self, own: ScaleEdition) -> rescale.Rescaling:
        """What a company's own scale would do, entry by entry, before it does. Raises `Invalid`."""
        try:
            checked = ScaleEdition.model_validate(dict(own))
        except ValidationError as error:
            labels = {f.name: f.label for f in KINDS["scale"].fields}
            raise refused.Invalid(refused.problems_of(error, labels)) from None
        return self._rescaling(self.editions.followed_by(self._scale_of(checked)))

    def _rescaling(self, editions: Editions) -> rescale.Rescaling:
        with self._store.errors():
            every = {k: self._store.live(KINDS[k]) for k in ("exposure", "technology", "counterparty")}
            by_exposure: dict[str, list[Rating]] = {}
            for rating in cast("list[Rating]", self._store.live(KINDS["rating"])):
                by_exposure.setdefault(rating.exposure, []).append(rating)
        return rescale.rescaling(
            editions,
            cast("list[Exposure]", every["exposure"]),
            by_exposure,
            cast("list[Technology]", every["technology"]),
            cast("list[Counterparty]", every["counterparty"]),
        )

    def _day(self) -> gaps.Day:
        return gaps.Day(self.today, self.scale, overview.last_review(self._store))

    # --- Reading --------------------------------------------------------------------------------------

    def get(self, ref: str, model: type[T] | None = None) -> T:
        """An entry by reference number or id, removed ones too. Raises `NotFound`."""
        with self._store.errors():
            found = self._lookup(ref, model)
        if found is None or (model is not None and not isinstance(found, model)):
            raise refused.NotFound(ref=ref)
        return cast(T, found)

    def _lookup(self, ref: str, model: type[Item] | None) -> Item | None:
        kind = kind_of_ref(ref)
        if kind is not None:
            return self._store.by_ref(kind, ref.upper())
        if model is not None and model is not Item:  # one question instead of one for each kind
            return self._store.by_ids(kind_of(model), [ref]).get(ref)
        named = self._store.named([ref]).get(ref)
        return None if named is None else self._store.by_ids(KINDS[named.kind], [ref])[ref]

    def rows(
        self,
        kind: str | type[Item],
        query: Query = queries.EVERYTHING,
        offset: int = 0,
        limit: int | None = 200,
    ) -> list[Row]:
        """A page of entries with the names of what they refer to. Raises `UnknownField`."""
        items = self._items(kind_of(kind), query, offset, limit)
        return self._rows(kind_of(kind), items)

    def _items(self, kind: Kind, query: Query, offset: int = 0, limit: int | None = None) -> list[Item]:
        compiled = self._compiled(kind, query)
        with self._store.errors():
            return self._store.items(
                kind, self._store.connection.execute(queries.page(compiled, offset, limit)).all()
            )

    def _compiled(self, kind: Kind, query: Query) -> queries.Compiled:
        try:
            return queries.compile_query(self._store.connection, kind, query, self._day)
        except KeyError as error:
            raise refused.UnknownField(name=error.args[0], kind=kind.plural) from None

    def _rows(self, kind: Kind, items: Sequence[Item]) -> list[Row]:
        wanted: dict[str, set[str]] = {}
        for f in kind.refs:
            for item in items:
                value = getattr(item, f.name)
                if value:
                    wanted.setdefault(f.to, set()).update((value,) if isinstance(value, str) else value)
        named: dict[str, Named] = {}
        for to, ids in wanted.items():
            named |= self._store.named_of(KINDS[to], ids)
        return [Row(item, {i: named[i] for i in _referred(kind, item) if i in named}) for item in items]

    def count(self, kind: str | type[Item], query: Query = queries.EVERYTHING) -> int:
        """How many entries a query has. Raises `UnknownField`."""
        if (known := self._kept_count(kind_of(kind), query)) is not None:
            return known
        compiled = self._compiled(kind_of(kind), query)
        with self._store.errors():
            found: int = self._store.connection.execute(queries.size(compiled)).scalar_one()
            return found

    def _kept_count(self, kind: Kind, query: Query) -> int | None:
        """How many entries there are of a kind, or with a gap; None where it must be counted."""
        if query != Query(gap=query.gap) or not self._store.keeps_tallies:
            return None
        with self._store.errors():
            kept = self._store.tallies()
            if not query.gap:
                return kept.total(kind.name)
            if query.gap not in gaps.CODES or BY_CODE[query.gap].kind != kind.name:
                return None
            return overview.gap_count(self._store, kept, query.gap, self._day())

    def ids(
        self, kind: str | type[Item], query: Query = queries.EVERYTHING, limit: int = 10_000
    ) -> list[str]:
        """The ids of the entries that a query finds, in its order."""
        return [i.id for i in self._items(kind_of(kind), query, 0, limit)]

    def find(self, model: type[T], query: Query = queries.EVERYTHING, **equals: Any) -> list[T]:
        """Every entry that fits, in the order of reference numbers unless the query sorts."""
        where = (*query.where, *(Where(name, "=", value) for name, value in equals.items()))
        full = Query(query.text, where, query.sort, query.gap, query.removed)
        return cast("list[T]", self._items(kind_of(model), full))

    def titles(self, ids: Iterable[str]) -> dict[str, Named]:
        """Kind, reference and title by id."""
        return self._store.named(ids)

    def named(self, refs: Iterable[str]) -> list[Named]:
        """The entries with these reference numbers, as many as there are and were not taken out."""
        found = [item for ref in refs if (item := self._lookup(ref, None)) is not None]
        return [
            Named(i.id, kind_of(i).name, i.ref, kind_of(i).title_of(i)) for i in found if i.removed_at is None
        ]

    def pick(self, kind: str, text: str = "", limit: int = 50) -> list[Named]:
        """Entries to choose from for a reference: those in which the words occur, or the first ones."""
        k = kind_of(kind)
        return [
            Named(i.id, k.name, i.ref, k.title_of(i))
            for i in self._items(k, Query(text=text, sort=((k.title, False),)), 0, limit)
        ]

    def search(self, text: str, kinds: Sequence[str] = (), limit: int = 50) -> list[Hit]:
        """Entries in which every word occurs, with the place where it does.

        Over several kinds no kind gets more than a quarter of `limit`, so that each can be seen.
        """
        names = [kind_of(k).name for k in kinds] or list(KINDS)
        each = limit if len(names) == 1 else max(5, limit // 4)
        by_kind: dict[str, list[int]] = {}
        hits: list[Hit] = []
        with self._store.errors():
            for name, n in search.find(self._store.connection, text, names, each, limit):
                by_kind.setdefault(name, []).append(n)
            for name, numbers in by_kind.items():
                kind = KINDS[name]
                for values in self._store.texts(kind, numbers):
                    cut = search.snippet(values, text, kind=kind)
                    title = str(values[kind.title] or values["ref"])
                    at = (cut.field, cut.text, cut.spans)
                    hits.append(Hit(name, values["id"], values["ref"], title, *at))
        return hits

    def parts(self, id_: str) -> dict[str, list[Item]]:
        """What refers to an entry, by kind: a technology's elements and exposures, an exposure's ratings …"""
        item: Item = self.get(id_)
        return self._store.pointing_at(kind_of(item), item.id)

    def ratings(self, exposure: str | Exposure) -> list[Rating]:
        """The ratings of an exposure, oldest first."""
        id_ = exposure.id if isinstance(exposure, Exposure) else exposure
        found = self.find(Rating, exposure=id_)
        return sorted(found, key=lambda r: r.rated_on or date.min)

    def level_path(self, exposures: Iterable[tuple[Exposure, Sequence[Rating]]]) -> rules.Path:
        """How the highest level among exposures (with their ratings) moved: from the stated days of the
        ratings, and from history the day on which one was closed.
        """
        pairs = list(exposures)
        closed = [x.id for x, _ in pairs if x.status is ExposureStatus.CLOSED]
        with self._store.errors():
            when = history.last_set(self._store.connection, closed, "status", ExposureStatus.CLOSED.value)
        days = {id_: at.astimezone().date() for id_, at in when.items()}
        return rules.highest_path((rules.path(ratings), days.get(x.id)) for x, ratings in pairs)

    def urgency(self, exposure: Exposure) -> int:
        """The urgency in force: what was stated or what dated events demand, whichever is higher."""
        return max(exposure.urgency or 1, self._floors([exposure])[exposure.id])

    def _floors(self, exposures: Sequence[Exposure]) -> dict[str, int]:
        with self._store.errors():
            return overview.floors(self._store, exposures, self.today, self.scale)

    def worst(self, limit: int = 5) -> list[Row]:
        """The worst open exposures: by level, then urgency in force, then impact (domain.md §6c.7)."""
        with self._store.errors():
            found = overview.worst(self._store, limit)
            if len(found) == limit:  # or else every one is among them
                found += overview.pressed(self._store, found[-1], self.today, self.scale)
            each = list(dict.fromkeys(found))
            floors = overview.floors(self._store, each, self.today, self.scale)
            each.sort(
                key=lambda e: (-(e.level or 0), -max(e.urgency or 1, floors[e.id]), -(e.impact or 0), e.n)
            )
            kind, ids = KINDS["exposure"], [e.id for e in each[:limit]]
            items = self._store.by_ids(kind, ids)
        return self._rows(kind, [items[id_] for id_ in ids])

    def overview(self) -> Overview:
        """Counts, matrix, gaps, the worst five and what is due."""
        with self._store.errors():
            kept = self._store.tallies()
            return Overview(
                counts=overview.counts(kept),
                by_level=overview.by_level(kept),
                by_class=overview.by_class(kept),
                matrix=overview.matrix(kept, self.scale.edition),
                gaps=overview.gap_counts(self._store, kept, self._day()),
                top=tuple(self.worst()),
                due_soon=overview.due(self._store, self.today),
            )

    def gaps(self) -> dict[str, tuple[Named, ...]]:
        """The whole consistency check: every gap by its code, in the order they matter, with every entry that
        has it. It asks the entries, never the counts that are kept. Whether anything was altered behind the
        register's back is another question: `verify`.
        """
        day = self._day()
        with self._store.errors():
            return {gap.code: overview.listed(self._store, gap.code, day) for gap in GAPS}

    def next_session(self) -> NextSession | None:
        """When the next review session is planned or due; None before the first."""
        with self._store.errors():
            return overview.next_session(self._store)

    def kris(self, before: Review | None = None) -> list[Kri]:
        """The key risk indicators K01–K13 today (domain.md §6e), and as they were when a session ended."""
        from techguard import catalog

        day, kept = self._day(), self._store.tallies()
        values = {g.kri: overview.gap_count(self._store, kept, g.code, day) for g in GAPS if g.kri}
        since = day.last_review
        # A session recorded ahead of its day has not left anything waiting.
        values["K13"] = max(0, (self.today - since).days) if since else 0
        was = overview.as_recorded(before.indicators) if before else {}
        return [
            Kri(id_, values.get(id_, 0), was.get(id_), _state(values.get(id_, 0), k))
            for id_, k in catalog.kris().items()
        ]

    def regulatory(self) -> dict[str, tuple[int, int]]:
        """Of the core technologies, by regulatory field: how many are not assessed, how many need action."""
        with self._store.errors():
            return overview.regulatory(self._store)

    def shifts(self, since: date) -> list[shifts.Shift]:
        """How the ratings that stand for exposures changed after a day, however many they are."""
        with self._store.errors():
            return shifts.since(self._store, since)

    def high_since(self) -> dict[str, date | None]:
        """Every open exposure that is high, with the day since which it was so without a break (None: not
        known)."""
        with self._store.errors():
            return trends.high_since(self._store, self.scale.high_from)

    def left_to_do(self, days: Iterable[date]) -> list[trends.Left]:
        """How many countermeasures were, or will be, left to do at the end of each of these days."""
        with self._store.errors():
            return trends.left_to_do(self._store, days, self.today)

    def leak_map(self, side: leakmap.Side = "route") -> leakmap.LeakMap:
        """Technologies against routes (or another side); a blank was never considered."""
        with self._store.errors():
            return leakmap.leak_map(self._store, side)

    def worst_of_map(self, routes: Collection[str], most: int) -> leakmap.WorstOfMap:
        """The first `most` technologies of the leak map by route, and how much under `routes` was
        considered at all."""
        with self._store.errors():
            return leakmap.worst_of_map(self._store, routes, most)

    def on_engagements(self, engagements: Collection[str]) -> dict[str, leakmap.Cell]:
        """How many open exposures hang on each of these engagements (ids), and their worst level."""
        with self._store.errors():
            return leakmap.on_engagements(self._store, engagements)

    def concentration(self, side: leakmap.Side, limit: int = 50) -> tuple[leakmap.Concentration, ...]:
        """Where most exposure comes together on one side: which counterparty, which owner …"""
        with self._store.errors():
            return leakmap.concentration(self._store, side, self.scale.high_from, limit)

    def exposures_at(self, side: leakmap.Side, column: str, technology: str | None = None) -> tuple[str, ...]:
        """The ids of the open exposures in one column of the leak map; of one technology, if given."""
        with self._store.errors():
            return leakmap.exposures_at(self._store, side, column, technology)

    def kept(self, topic: str) -> dict[str, Any]:
        """What I keep for myself on a topic (saved filters of a list, its columns): JSON values by name."""
        with self._store.errors():
            return personal.kept(self._store.connection, self.vault.person_id, topic)

    def hidden(self) -> frozenset[str]:
        """The ids of what is strictly confidential, and of what speaks of it: not for a wall."""
        with self._store.errors():
            return secrecy.hidden(self._store)

    # --- History --------------------------------------------------------------------------------------

    def history(self, ref: str | None = None, limit: int = 100, before_seq: int | None = None) -> list[Entry]:
        """What was done, newest first; to one entry of the register, if given. Raises `NotFound`."""
        item = None if ref is None else self._known(ref)
        rows = history.entries(self._store.connection, item=item, limit=limit, before=before_seq)
        return self._entries(rows, item)

    def _known(self, ref: str) -> str:
        """The id of an entry that is there or of which a tombstone is left. Raises `NotFound`."""
        try:
            found: Item = self.get(ref)
        except refused.NotFound:
            with self._store.errors():
                pruned = pruning.item_of(self._store.connection, ref.upper())
            if pruned is None:
                raise
            return pruned
        return found.id

    def entry(self, seq: int) -> Entry:
        """One act by its number. Raises `NotFound`."""
        rows = history.entries(self._store.connection, limit=1, before=seq + 1)
        if not rows or rows[0].seq != seq:
            raise refused.NotFound(ref=seq)
        return self._entries(rows, None)[0]

    def entry_with(self, digest: str) -> int | None:
        """The number of the act with a digest (hexadecimal), or None if this history has none."""
        return history.number_of(self._store.connection, digest)

    def unknown_to(self, digest: str) -> Unknown:
        """What an act (by its digest, hexadecimal) did not know, though it may have been recorded before: it
        was recorded in another copy, and the two had not been brought together.
        """
        return history.unknown_to(self._store.connection, digest)

    def _entries(self, rows: Sequence[Any], item: str | None) -> list[Entry]:
        by_seq: dict[int, list[Recorded]] = {r.seq: [] for r in rows}
        for seq, change in history.changes_of(
            self._store.connection,
            list(by_seq),
            item=item,
            most=None if item else _SHOWN_CHANGES,
        ):
            by_seq[seq].append(change)
        everyone = {r.person for r in rows}
        touched = {c.item for found in by_seq.values() for c in found}
        named = self._store.named(touched | everyone)
        return [
            Entry(
                seq=r.seq,
                at=r.at,
                person=named[r.person].title if r.person in named else r.person,
                action=r.action,
                reason=r.reason,
                review=r.review,
                undoes=r.undoes,
                count=r.change_count,
                changes=tuple(_typed(c, named) for c in by_seq[r.seq]),
            )
            for r in rows
        ]

    def states_at(
        self, kind: str | type[Item], seq: int, *fields: str, digest: str = "", item: str = ""
    ) -> dict[str, dict[str, Any]]:
        """Some fields of every entry of a kind, or of one `item`, as they were after an act, by id: a
        session's snapshot.

        With the act's `digest` also after an act of a copy that was brought together with this one.
        """
        with self._store.errors():
            found = frozenset(fields)
            return history.states_at(self._store.connection, kind_of(kind), seq, found, digest, item)

    def told_history(self) -> dict[str, Any]:
        """The signed history as JSON values: `keys` that signed, by key id, `acts`, and acts `merged` from
        other copies (docs/reference/export-json.md).
        """
        with self._store.errors():
            return {
                "keys": {
                    id_: {
                        "person": key.person_id,
                        "kind": key.kind,
                        "ed25519": key.ed25519.hex(),
                        "mldsa65": key.mldsa65.hex(),
                    }
                    for id_, key in sorted(self.vault.verify_keys().items())
                },
                "acts": list(telling.acts(self._store.connection)),
                "merged": list(telling.merged_acts(self._store.connection)),
            }

    @property
    def head(self) -> tuple[int, str]:
        """Number and digest (hexadecimal) of the newest history entry."""
        with self._store.errors():
            newest = history.head(self._store.connection)
        return newest.seq, newest.digest.hex()

    def checkpoint(self) -> Note:
        """How far the history goes and what it is, signed by whoever opened the vault (Ed25519, ML-DSA-65).

        Raises `RolledBack` or `HeadDiffers` where an older or another database was put in place: nobody signs
        two histories of one vault.
        """
        with self._store.errors():
            with suppress(HeadDamaged):
                for finding in verify.head(self._store, self.vault.read_head()):
                    raise finding.problem
            digests = history.digests(self._store.connection)
        said = Checkpoint.of(self.vault.vault_id, digests, self.now)
        mine = self.vault.verify_keys()[self.vault.key_id]
        return checkpoint.sign(said, mine, self.vault.sign_checkpoint)

    def digests(self) -> list[bytes]:
        """The digests of all acts, oldest first."""
        with self._store.errors():
            return history.digests(self._store.connection)

    def belonging(self, id_: str, by: Mapping[str, Sequence[str]]) -> set[str]:
        """An entry with all that belongs to it, removed ones too (`techguard.store.proofs.belonging`)."""
        with self._store.errors():
            return proofs.belonging(self._store.connection, id_, by)

    def shown_acts(self, items: Collection[str] | None, *, merged: bool = False) -> Iterator[ShownAct]:
        """The acts that concern these entries, or all acts, with what proves them to others: those of this
        copy, or (`merged`) those of copies that were brought together with it.
        """
        told = proofs.merged_acts if merged else proofs.acts
        with self._store.errors():
            yield from told(self._store.connection, self.vault.vault_id, items)

    def hold(self, note: Note) -> Held:
        """Hold a checkpoint against the history, and against those of copies that were taken in.

        Raises `CheckpointOfAnother`.
        """
        with self._store.errors():
            digests = history.digests(self._store.connection)
            elsewhere = list(history.digests_elsewhere(self._store.connection, note.checkpoint.size))
        keys = self.vault.verify_keys().values()
        return checkpoint.hold(note, self.vault.vault_id, digests, keys, vaults.verify_signature, elsewhere)

    def verify(self, progress: Callable[[int, int], None] = lambda done, of: None) -> Verification:
        """Prove the vault's files, chain, signatures and head, and that every row is what history says.

        The vault looks at its files and pages in a thread of its own meanwhile. `progress` is told how much
        is done, and of how much.
        """
        with ThreadPoolExecutor(1) as beside:
            files = beside.submit(self.vault.check)
            contents = self._verify_contents(progress)
            findings = [Finding(f.part, f.problem) for f in files.result()]
        progress(1, 1)
        return replace(contents, findings=(*findings, *contents.findings))

    def damage_behind(self, error: BaseException | None) -> TechguardError | None:
        """What somebody wrote behind the application's back, where something came of it that looks like a
        fault of the program: a value that no field can have breaks whatever meets it.
        """
        if not isinstance(error, _BROKEN_BY_A_VALUE):
            return None
        with suppress(*_BROKEN_BY_A_VALUE, TechguardError):
            problems = [f.problem for f in self._verify_contents(lambda done, of: None).findings]
            damage = [p for p in problems if p.is_damage]
            return min(damage, key=lambda p: not isinstance(p, ItemAltered), default=None)
        return None

    def _verify_contents(self, progress: Callable[[int, int], None]) -> Verification:
        findings: list[Finding] = []
        store = self._store
        with store.errors():
            doubts, present = verify.doubtful(store, progress)
            pruned = pruning.tombstones(store.connection)
            wanted = frozenset(chain.from_iterable(doubts.values()))
            told = verify.account(store, wanted, present, pruned, progress)
            findings += verify.chain(store, told.roots, self.vault.verify_keys(), _check_signature)
            findings += entitled.proof(store, self.vault.verify_keys())
            findings += verify.agreement(store, doubts, told)
            if not findings:  # an entry that was put in or whose history was altered has other moments, too
                findings += verify.moments(store)
            findings += verify.beside(store, self.vault.verify_keys(), _check_signature, pruned)
            findings += verify.pruned(store, pruned, present)
            with suppress(HeadDamaged):  # the vault's own check has said so
                sealed = self.vault.read_head()
                findings += verify.head(store, sealed and (sealed.seq, sealed.digest))
            counted = kept = None
            with suppress(ValueError), as_value_errors():  # a value that is no text: found with its entry
                counted = tallies.counted(store.connection)
            with suppress(ValueError), as_value_errors():
                kept = tallies.kept(store.connection) if tallies.are_kept(store.connection) else counted
            if counted is not None:
                findings += verify.tallies(kept or {}, counted)
            count = sum(n for (topic, _), n in (counted or {}).items() if topic in KINDS)
            seq, digest = self.head
            return Verification(tuple(findings), seq, count, digest)

    def countermeasures(self, exposure_id: str) -> list[Countermeasure]:
        """The countermeasures that are linked to an exposure."""
        return self.find(Countermeasure, Query(where=(Where("exposures", "contains", exposure_id),)))

    def lowest_current(self, exposure_id: str) -> int:
        """The lowest current likelihood that the inherent rating and the tested countermeasures allow."""
        inherent = self.inherent(exposure_id)
        return 1 if inherent is None else rules.lowest_current(inherent, self.countermeasures(exposure_id))

    def inherent(self, exposure_id: str) -> int | None:
        """The newest likelihood before controls that was stated, or None."""
        stated = [
            r.likelihood for r in self.restated(exposure_id) if r.basis is Basis.INHERENT and r.likelihood
        ]
        return stated[-1] if stated else None

    def restated(self, exposure: str | Exposure) -> list[Rating]:
        """The ratings of an exposure as they stand on the scale in force, oldest first; without those that
        have no place there.
        """
        found = []
        for rating in self.ratings(exposure):
            now = self.editions.restated(rating)
            if now.edition == rating.scale_edition:
                if now.edition == self.scale.edition:
                    found.append(rating)
                continue
            stands = {"likelihood": now.likelihood, "impact": now.impact, "level": now.level}
            found.append(rating.model_copy(update={**stands, "scale_edition": now.edition}))
        return found

    def ground(
        self, technology: str, route: str, engagement: str, exposure: str | None = None
    ) -> whatif.Ground:
        """What is known of a technology on a route: of one exposure; or else of the open ones there, by that
        engagement before those by others.
        """
        found = [
            x
            for x in self.find(Exposure, technology=technology, route=route)
            if x.status is not ExposureStatus.CLOSED
        ]
        mine = (
            [x for x in found if x.id == exposure]
            or [x for x in found if x.engagement == engagement]
            or found
        )
        scopes = {
            x.engagement: self.get(x.engagement, Engagement).disclosure_scope for x in mine if x.engagement
        }
        known = [(x, self.restated(x), scopes.get(x.engagement or "")) for x in mine]
        core = self.get(technology, Technology)
        chosen = whatif.ground(core, known).exposure
        return whatif.ground(core, known, self.countermeasures(chosen.id) if chosen else ())

    def has_acted(self) -> bool:
        """Whether I ever changed anything, apart from making the vault."""
        with self._store.errors():
            return history.has_acted(self._store.connection, self.vault.person_id)

    # --- Undo

    def _stacks(self) -> tuple[list[int], list[int]]:
        return history.stacks(
            (e.seq, e.action, e.undoes) for e in history.entries(self._store.connection, limit=500)
        )

    def undoable(self) -> Entry | None:
        """The act that `undo` would take back."""
        undo, _ = self._stacks()
        return self.entry(undo[-1]) if undo else None

    def redoable(self) -> Entry | None:
        """The undoing that `redo` would take back."""
        _, redo = self._stacks()
        return self.entry(redo[-1]) if redo else None

    def steps(self, limit: int = 100) -> list[Step]:
        """What can be undone or redone, newest first."""
        undo, redo = self._stacks()
        seqs = sorted({*undo, *redo}, reverse=True)[:limit]
        later = self._later(seqs)
        rows = history.entries_of(self._store.connection, seqs)
        return [Step(e, e.seq in redo, later.get(e.seq)) for e in self._entries(rows, None)]

    def _later(self, seqs: Sequence[int]) -> dict[int, int]:
        """For acts on which a later one stands: the newest such act that is in force."""
        return history.overtaken(self._store.connection, seqs, self._stacks()[0])


def _referred(kind: Kind, item: Item) -> Iterator[str]:
    for f in kind.refs:
        yield from _values(getattr(item, f.name))


def _values(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else value


def _typed(change: Recorded, named: Mapping[str, Named]) -> Change:
    kind = KINDS[change.kind]
    known = named.get(change.item)
    fields: dict[str, tuple[Any, Any]] = {}
    for name, value in change.fields.items():
        old, new = (None, value) if change.op == "add" else value
        fields[name] = history.value_of(kind, name, old), history.value_of(kind, name, new)
    ref, title = (known.ref, known.title) if known else ("", "")
    if not fields or change.op == PRUNE:  # of what was pruned there is no title
        title = ""
    return Change(change.kind, change.item, ref, title, change.op, fields, pruned=not fields)


def _state(value: int, kri: catalog_models.Kri) -> str:
    return "red" if value >= kri.red else "amber" if value >= kri.amber else "ok"


def _check_signature(key: vaults.VerifyKey, message: bytes, signature: bytes) -> None:
    vaults.verify_signature(key.ed25519, message, signature)


def _carries(lines: Sequence[str], before: int, after: int) -> bool:
    try:
        carry_of(lines, before, after)
    except Unreadable:
        return False
    return True


def _with_items(checklist: catalog_models.Checklist, taken: Sequence[CheckItem]) -> catalog_models.Checklist:
    """A list with items that were taken from a file: the words are those of whoever issued it."""
    from techguard.catalog import ChecklistItem, Origin

    items = tuple(
        ChecklistItem(
            id=item.code,
            ja=item.wording,
            en=item.wording,
            origin=Origin.OFFICIAL,
            sources=checklist.sources,
            edition=checklist.edition,
        )
        for item in taken
    )
    return checklist.model_copy(update={"items": items, "obtained": True, "origin": Origin.OFFICIAL})
