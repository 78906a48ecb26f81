"""The database of an open vault: entries in and out, and one transaction an act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    create_engine,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from techguard.domain.fields import FieldType
from techguard.domain.items import Item
from techguard.domain.kinds import KINDS, Kind, kind_of
from techguard.vault import explain

from . import history, search, tallies
from .tables import LINKS, TABLES, counters

_LIST = (FieldType.REFS,)
_MANY = 500  # values in one IN (…)


class OpenVault(history.Signer, Protocol):
    """What of an open vault the store needs."""

    @property
    def path(self) -> Path: ...
    @property
    def read_only(self) -> bool: ...
    def connect(self) -> Any: ...


class Named(NamedTuple):
    """What stands for an entry in a list or a picker."""

    id: str
    kind: str
    ref: str
    title: str


class Store:
    """Entries of an open vault's database. One thread at a time; the caller sees to that."""

    def __init__(self, vault: OpenVault) -> None:
        self.vault = vault
        # An error says which statement failed, never with which values: they are what a person typed.
        self._engine = create_engine(
            "sqlite://",
            creator=vault.connect,
            module=dbapi2,
            poolclass=StaticPool,
            hide_parameters=True,
        )
        # The driver begins nothing by itself; `transaction` says BEGIN IMMEDIATE, reads need no BEGIN.
        self.connection: Connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._inside = False
        self._tallies_kept: bool | None = None
        # Decrypted pages are kept in memory (64 MB): what is listed twice is decrypted once.
        self.connection.exec_driver_sql("PRAGMA cache_size = -65536")

    def tallies(self) -> tallies.Tallies:
        """What is counted for the first screen: as it is kept, or counted now where none is kept."""
        if self._tallies_kept is None:
            self._tallies_kept = tallies.are_kept(self.connection)
        count = tallies.kept if self._tallies_kept else tallies.counted
        return tallies.Tallies(count(self.connection))

    def keep_tallies(self, *, anew: bool = False) -> None:
        """See to it that the tallies are kept; `anew` counts them again. Outside a transaction."""
        if anew or not tallies.are_kept(self.connection):
            with self.transaction() as connection:
                tallies.keep(connection)
        self._tallies_kept = True

    def close(self) -> None:
        """Close the database."""
        self.connection.close()
        self._engine.dispose()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what the driver raises inside into an error of the vault where it is one."""
        try:
            yield
        except DBAPIError as error:
            ours = explain(error.orig, self.vault.path / "register.db") if error.orig else None
            if ours is None:
                raise
            raise ours from None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Everything inside is written at once or not at all."""
        if self._inside:
            raise RuntimeError("a transaction is already open")
        self._inside = True
        try:
            self.connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.exec_driver_sql("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        finally:
            self._inside = False

    def _roll_back(self) -> None:
        try:
            self.connection.exec_driver_sql("ROLLBACK")
        except DBAPIError as error:
            # A full disk makes SQLite roll back by itself; a second ROLLBACK then has nothing to do.
            if "no transaction is active" not in str(error):
                raise

    # --- reading --------------------------------------------------------------------------------------

    def items(self, kind: Kind, rows: Sequence[Row[Any]]) -> list[Item]:
        """Entries from rows of their table, with their lists of references."""
        links = {
            f.name: self._linked(kind, f.name, [r.id for r in rows]) for f in kind.fields if f.type in _LIST
        }
        made = []
        for row in rows:
            values = dict(row._mapping)
            del values["n"]
            for name, linked in links.items():
                values[name] = linked.get(row.id, ())
            made.append(kind.model.model_construct(**values))
        return made

    def states(
        self, kind: Kind, only: str | None = None
    ) -> Iterator[tuple[str, str, int, dict[str, object]]]:
        """Id, reference, version and history's view of every entry of a kind, removed ones too; or of one."""
        table = TABLES[kind.name]
        links = {f.name: self._all_linked(kind, f.name) for f in kind.fields if f.type is FieldType.REFS}
        own = [f.name for f in kind.fields if f.type is not FieldType.REFS]
        query = select(table) if only is None else select(table).where(table.c.id == only)
        for row in self.connection.execute(query):
            values = row._mapping
            state: dict[str, object] = {"ref": row.ref}
            for name in (*own, "removed_at"):
                kept = history.plain(values[name])
                if kept is not None:
                    state[name] = kept
            for name, linked in links.items():
                if row.id in linked:
                    state[name] = linked[row.id]
            yield row.id, row.ref, row.version, state

    def identities(self, kind: Kind) -> list[tuple[str, str]]:
        """Id and reference of every entry of a kind, removed ones too."""
        table = TABLES[kind.name]
        query = select(table.c.id, table.c.ref).order_by(table.c.n)
        return [(id_, ref) for id_, ref in self.connection.execute(query)]

    def unreadable(self, kind: Kind, id_: str, because: tuple[type[Exception], ...]) -> Iterator[str]:
        """The fields of an entry whose values raise one of these when they are read."""
        table = TABLES[kind.name]
        for column in table.columns:
            try:
                history.plain(self.connection.execute(select(column).where(table.c.id == id_)).scalar_one())
            except because:
                yield column.name

    def _all_linked(self, kind: Kind, name: str) -> dict[str, list[str]]:
        link = LINKS[kind.name, name]
        found: dict[str, list[str]] = {}
        query = select(link.c.owner, link.c.target).order_by(link.c.owner, link.c.position)
        for owner, target in self.connection.execute(query):
            found.setdefault(owner, []).append(target)
        return found

    def _linked(self, kind: Kind, name: str, owners: Sequence[str]) -> dict[str, tuple[str, ...]]:
        link = LINKS[kind.name, name]
        found: dict[str, list[str]] = {}
        for start in range(0, len(owners), _MANY):
            query = (
                select(link.c.owner, link.c.target)
                .where(link.c.owner.in_(owners[start : start + _MANY]))
                .order_by(link.c.owner, link.c.position)
            )
            for owner, target in self.connection.execute(query):
                found.setdefault(owner, []).append(target)
        return {owner: tuple(targets) for owner, targets in found.items()}

    def by_ids(self, kind: Kind, ids: Iterable[str]) -> dict[str, Item]:
        """Entries of a kind by id; what is not there is left out."""
        table, found = TABLES[kind.name], dict[str, Item]()
        wanted = list(ids)
        for start in range(0, len(wanted), _MANY):
            rows = self.connection.execute(
                select(table).where(table.c.id.in_(wanted[start : start + _MANY]))
            ).all()
            found |= {item.id: item for item in self.items(kind, rows)}
        return found

    def live(self, kind: Kind) -> list[Item]:
        """Every entry of a kind that was not taken out, in the order they were recorded."""
        table = TABLES[kind.name]
        query = select(table).where(table.c.removed_at.is_(None)).order_by(table.c.n)
        return self.items(kind, self.connection.execute(query).all())

    def by_ref(self, kind: Kind, ref: str) -> Item | None:
        """The entry with a reference number, or None."""
        table = TABLES[kind.name]
        rows = self.connection.execute(select(table).where(table.c.ref == ref)).all()
        return self.items(kind, rows)[0] if rows else None

    def has_ref(self, kind: Kind, refs: Sequence[str]) -> bool:
        """Whether one of these reference numbers is taken."""
        table = TABLES[kind.name]
        for start in range(0, len(refs), _MANY):
            query = select(table.c.n).where(table.c.ref.in_(refs[start : start + _MANY])).limit(1)
            if self.connection.execute(query).first():
                return True
        return False

    def by_row(self, kind: Kind, numbers: Sequence[int]) -> list[Item]:
        """Entries by row number, in the order given; removed ones are left out."""
        table = TABLES[kind.name]
        rows = self.connection.execute(
            select(table).where(table.c.n.in_(numbers), table.c.removed_at.is_(None))
        ).all()
        order = {n: place for place, n in enumerate(numbers)}
        return self.items(kind, sorted(rows, key=lambda r: order[r.n]))

    def named(self, ids: Iterable[str]) -> dict[str, Named]:
        """Kind, reference and title of entries of any kind, by id."""
        wanted = set(ids)
        found: dict[str, Named] = {}
        for kind in KINDS.values():
            if not wanted:
                break
            table = TABLES[kind.name]
            rest = list(wanted)
            for start in range(0, len(rest), _MANY):
                query = select(table.c.id, table.c.ref, table.c[kind.title]).where(
                    table.c.id.in_(rest[start : start + _MANY])
                )
                for id_, ref, title in self.connection.execute(query):
                    found[id_] = Named(id_, kind.name, ref, str(title or ref))
                    wanted.discard(id_)
        return found

    def named_of(self, kind: Kind, ids: Iterable[str]) -> dict[str, Named]:
        """Reference and title of entries of one kind, by id."""
        table, found = TABLES[kind.name], dict[str, Named]()
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), _MANY):
            query = select(table.c.id, table.c.ref, table.c[kind.title]).where(
                table.c.id.in_(wanted[start : start + _MANY])
            )
            for id_, ref, title in self.connection.execute(query):
                found[id_] = Named(id_, kind.name, ref, str(title or ref))
        return found

    def pointing_at(self, target: Kind, id_: str) -> dict[str, list[Item]]:
        """Live entries that refer to an entry, by kind."""
        found: dict[str, list[Item]] = {}
        for kind in KINDS.values():
            table = TABLES[kind.name]
            conditions: list[ColumnElement[bool]] = []
            for f in kind.refs:
                if f.to != target.name:
                    continue
                if f.type is FieldType.REFS:
                    link = LINKS[kind.name, f.name]
                    conditions.append(table.c.id.in_(select(link.c.owner).where(link.c.target == id_)))
                else:
                    conditions.append(table.c[f.name] == id_)
            if not conditions:
                continue
            numbers: set[int] = set()
            for condition in conditions:
                query = select(table.c.n).where(condition, table.c.removed_at.is_(None))
                numbers.update(self.connection.execute(query).scalars())
            if numbers:
                found[kind.name] = self.by_row(kind, sorted(numbers))
        return found

    def pointing_at_any(self, target: Kind, ids: Sequence[str]) -> str | None:
        """The reference number of a live entry that refers to one of these entries, or None."""
        for kind in KINDS.values():
            table = TABLES[kind.name]
            for f in kind.refs:
                if f.to != target.name:
                    continue
                link = LINKS.get((kind.name, f.name))
                for start in range(0, len(ids), _MANY):
                    some = ids[start : start + _MANY]
                    if link is None:
                        refers = table.c[f.name].in_(some)
                    else:
                        refers = table.c.id.in_(select(link.c.owner).where(link.c.target.in_(some)))
                    query = select(table.c.ref).where(refers, table.c.removed_at.is_(None)).limit(1)
                    found: str | None = self.connection.execute(query).scalar_one_or_none()
                    if found:
                        return found
        return None

    # --- writing --------------------------------------------------------------------------------------

    def next_refs(self, kind: Kind, count: int) -> Iterator[str]:
        """The next reference numbers of a kind; none is ever given out twice."""
        last = self.connection.execute(
            update(counters)
            .where(counters.c.kind == kind.name)
            .values(last=counters.c.last + count)
            .returning(counters.c.last)
        ).scalar_one()
        width = 4
        return (f"{kind.prefix}-{number:0{width}d}" for number in range(last - count + 1, last + 1))

    def reserve_refs(self, kind: Kind, refs: Iterable[str]) -> None:
        """Remember which numbers are taken, so that they are not given out again."""
        highest = max((int(n) for ref in refs if (n := ref.rpartition("-")[2]).isdecimal()), default=0)
        if highest:
            self.connection.execute(
                update(counters)
                .where(counters.c.kind == kind.name, counters.c.last < highest)
                .values(last=highest)
            )

    def insert(self, kind: Kind, new: Sequence[Item], at: datetime) -> None:
        """Write new entries with their references and their place in the search index."""
        table = TABLES[kind.name]
        own = [c.name for c in table.columns if c.name != "n"]
        first = self.connection.execute(select(func.coalesce(func.max(table.c.n), 0))).scalar_one() + 1
        stamped = {"created_at": at, "updated_at": at}
        self._insert_many(
            table,
            ["n", *own],
            ([n, *map((i.__dict__ | stamped).__getitem__, own)] for n, i in enumerate(new, start=first)),
        )
        for f in kind.fields:
            if f.type is FieldType.REFS:
                self._link(kind, f.name, new)
        indexed = (
            (search.row_number(kind.name, n), search.body(item, kind))
            for n, item in enumerate(new, start=first)
        )
        search.put(self.connection, indexed)

    def _insert_many(self, table: Table, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Insert rows of typed values. SQLAlchemy compiles the statement and the types; the loop is ours.

        Its own loop over dictionaries takes as long as SQLite itself (measured at 20,000 rows).
        """
        dialect = self._engine.dialect
        columns = [table.c[name] for name in names]
        processors = [c.type.dialect_impl(dialect).bind_processor(dialect) for c in columns]
        statement = str(insert(table).compile(dialect=dialect, column_keys=list(names)))
        self.connection.exec_driver_sql(
            statement,
            [tuple(v if p is None else p(v) for p, v in zip(processors, row, strict=True)) for row in rows],
        )

    def _link(self, kind: Kind, name: str, owners: Sequence[Item]) -> None:
        rows = [
            {"owner": item.id, "target": target, "position": position}
            for item in owners
            for position, target in enumerate(dict.fromkeys(getattr(item, name)))
        ]
        if rows:
            self.connection.execute(insert(LINKS[kind.name, name]), rows)

    def replace(self, before: Item, after: Item) -> bool:
        """Write a new version over an old one; False if it is no longer the version last read."""
        kind = kind_of(after)
        table = TABLES[kind.name]
        old, new = before.__dict__, after.__dict__
        names = [c.name for c in table.columns if c.name not in {"n", "id", "created_at"}]
        values = {name: new[name] for name in names if old[name] != new[name]}
        done = self.connection.execute(
            update(table).where(table.c.id == after.id, table.c.version == before.version).values(values)
        )
        if done.rowcount != 1:
            return False
        for f in kind.fields:
            if f.type is FieldType.REFS and old[f.name] != new[f.name]:
                link = LINKS[kind.name, f.name]
                self.connection.execute(delete(link).where(link.c.owner == after.id))
                self._link(kind, f.name, [after])
        text_changed = any(old[f.name] != new[f.name] for f in kind.text_fields)
        if text_changed or before.removed_at != after.removed_at:
            self._reindex(kind, after)
        return True

    def _reindex(self, kind: Kind, item: Item) -> None:
        table = TABLES[kind.name]
        n = self.connection.execute(select(table.c.n).where(table.c.id == item.id)).scalar_one()
        row = search.row_number(kind.name, n)
        if item.removed_at is None:
            search.put(self.connection, [(row, search.body(item, kind))])
        else:
            search.drop(self.connection, [row])
