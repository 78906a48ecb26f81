"""The database holds its own promises, even against a program that makes a mistake."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Insert, Update, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from techguard.domain.fields import FieldType
from techguard.domain.kinds import KINDS, Kind
from techguard.store import migrations, search
from techguard.store.tables import LINKS, TABLES, metadata

from .conftest import Populated

each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def row_of(populated: Populated, kind: Kind) -> dict[str, Any]:
    row = populated.store.connection.execute(select(TABLES[kind.name])).mappings().first()
    assert row is not None
    return dict(row)


def test_the_migrations_make_exactly_the_tables_the_program_means(populated: Populated) -> None:
    def ours(thing: Any, name: str | None, type_: str, *_: object) -> bool:
        return not (type_ == "table" and name and (name.startswith("search") or name == "alembic_version"))

    context = MigrationContext.configure(
        populated.store.connection,
        opts={"compare_type": True, "compare_server_default": True, "include_object": ours},
    )
    assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_the_program_knows() -> None:
    folder = str(migrations.__path__[0])
    assert ScriptDirectory(folder).get_current_head() == migrations.HEAD


def test_checks_lie_in_the_database_as_they_do_in_the_program(populated: Populated) -> None:
    """Alembic does not compare check constraints, so the text of each table is read."""
    for table in metadata.tables.values():
        (sql,) = populated.store.connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table.name,)
        ).one()
        kept = set(re.findall(r"CHECK \(([^)]*)\)", sql))
        meant = {str(c.sqltext) for c in table.constraints if hasattr(c, "sqltext")}  # type: ignore[attr-defined]
        assert kept == meant, table.name
        assert sql.count("FOREIGN KEY") == len(table.foreign_key_constraints), table.name


def test_every_kind_has_its_own_number_in_the_search_index() -> None:
    rows = {search.row_number(name, 1) for name in KINDS}
    assert len(rows) == len(KINDS)
    assert {search.entry_of(row) for row in rows} == {(name, 1) for name in KINDS}


@each_kind
def test_a_number_out_of_its_range_is_refused(populated: Populated, kind: Kind) -> None:
    table = TABLES[kind.name]
    for f in kind.fields:
        if f.type is not FieldType.INTEGER or f.maximum is None:
            continue
        for wrong in (f.maximum + 1, (f.minimum or 0) - 1):
            with populated.passing() as store, pytest.raises(IntegrityError):
                store.connection.execute(update(table).values({f.name: wrong}))


@each_kind
def test_a_reference_to_nothing_is_refused(populated: Populated, kind: Kind) -> None:
    table = TABLES[kind.name]
    for f in kind.refs:
        if f.type is FieldType.REFS:
            link = {"owner": populated.ids[kind.name][0], "target": "f" * 32, "position": 9}
            wrong: Insert | Update = insert(LINKS[kind.name, f.name]).values(link)
        else:
            wrong = update(table).values({f.name: "f" * 32})
        with populated.passing() as store, pytest.raises(IntegrityError):
            store.connection.execute(wrong)


@each_kind
def test_what_is_needed_cannot_be_missing(populated: Populated, kind: Kind) -> None:
    table = TABLES[kind.name]
    needed = [f.name for f in kind.fields if f.required and f.type is not FieldType.REFS]
    for name in (*needed, "id", "ref", "version", "created_at", "updated_at"):
        with populated.passing() as store, pytest.raises(IntegrityError):
            store.connection.execute(update(table).values({name: None}))


@each_kind
def test_no_two_entries_share_an_id_or_a_number(populated: Populated, kind: Kind) -> None:
    row = row_of(populated, kind)
    for same in ("id", "ref"):
        other = row | {"n": 9_999, "id": "e" * 32, "ref": f"{kind.prefix}-9999"} | {same: row[same]}
        with populated.passing() as store, pytest.raises(IntegrityError):
            store.connection.execute(insert(TABLES[kind.name]), other)


def test_what_others_refer_to_cannot_be_deleted(populated: Populated) -> None:
    for name in ("technology", "exposure", "engagement", "person"):
        with populated.passing() as store, pytest.raises(IntegrityError):
            store.connection.execute(delete(TABLES[name]))


def test_a_transaction_that_fails_leaves_nothing(populated: Populated) -> None:
    before: Sequence[Any] = populated.store.connection.execute(select(TABLES["person"])).all()
    with populated.passing() as store:
        store.connection.execute(update(TABLES["person"]).values(name="異"))
    assert populated.store.connection.execute(select(TABLES["person"])).all() == before
    with populated.store.transaction(), pytest.raises(RuntimeError), populated.store.transaction():
        pass
