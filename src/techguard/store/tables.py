"""The tables, made from the kinds: a field that is added to a model is a column here.

Each kind has a table named by its plural; a field of several references has an association table. `n` is the
row's number, which the search index needs; `id` is what everything else refers to. History has two tables:
an entry is one act of one person, its changes are what the act did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.kinds import KINDS, Kind

from .columns import MomentColumn, column_type

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

REGULATORY = (
    "fefta_prior_report",
    "core_sector",
    "deemed_export",
    "foreign_filing_check",
    "patent_secrecy",
    "specified_critical",
)
"""What the law may ask of a technology: the fields that say how far that was looked into."""

# Beside each kind's own, every reference and (removed_at) has an index. The wide ones are read in place of
# the rows: counting or listing a gap over fifty thousand entries must not decrypt fifty thousand texts.
_INDEXED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "technology": (
        ("removed_at", "code_name"),
        (
            "removed_at",
            "status",
            "criticality",
            "next_review",
            "executive",
            "id",
            *REGULATORY,
        ),
        ("removed_at", "next_review", "status"),
        ("source_ref",),
    ),
    "element": (("removed_at", "technology", "single_holder", "holders"),),
    "exposure": (
        (
            "removed_at",
            "level",
            "urgency",
            "impact",
            "status",
            "treatment",
            "engagement",
            "id",
            "confidence",
            "decision_asked",
        ),
        ("removed_at", "next_review", "status"),
        (
            "removed_at",
            "status",
            "level",
            "likelihood",
            "impact",
            "treatment",
            "basis",
            "owner",
            "route",
            "next_review",
            "technology",
            "engagement",
            "id",
        ),
        ("technology", "route", "removed_at", "status", "basis", "level"),
        ("engagement", "removed_at", "status"),
        ("source_ref",),
    ),
    "rating": (("exposure", "removed_at", "basis", "rated_on", "level", "likelihood", "impact", "id"),),
    "countermeasure": (
        ("removed_at", "title"),
        ("removed_at", "status", "due", "tested_on", "id", "done_on", "created_at"),
        ("source_ref",),
    ),
    "counterparty": (
        ("removed_at", "name"),
        ("removed_at", "due_diligence_until", "threat", "id"),
        ("source_ref",),
    ),
    "engagement": (("removed_at", "title"), ("source_ref",)),
    "agreement": (("removed_at", "expires_on"), ("removed_at", "type", "expires_on", "engagement")),
    "milestone": (("removed_at", "done", "on"),),
    "acceptance": (
        ("exposure", "removed_at", "valid_until", "level_at"),
        ("removed_at", "valid_until", "exposure"),
    ),
    "outcome": (("review", "removed_at", "outcome", "position"),),
    "decision": (("removed_at", "due", "status"),),
    "observation": (
        ("removed_at", "kind", "status", "exposure", "observed_on", "created_at", "retention_until"),
    ),
    "answer": (("item", "counterparty", "removed_at"),),
    "checkitem": (("removed_at", "checklist", "position"),),
    "person": (("removed_at", "name"),),
}


def _checks(fields: tuple[FieldSpec, ...]) -> Iterator[CheckConstraint]:
    for f in fields:
        if f.type is FieldType.INTEGER and f.minimum is not None and f.maximum is not None:
            yield CheckConstraint(f"{f.name} BETWEEN {f.minimum} AND {f.maximum}", name=f"{f.name}_range")


def _table(kind: Kind) -> Table:
    own = [f for f in kind.fields if f.type is not FieldType.REFS]
    leading = {names[0] for names in _INDEXED.get(kind.name, ())}  # what leads an index needs none of its own
    must = {f.name for f in own if f.required or f.default is not None}
    columns: list[Column[object]] = [
        Column("n", Integer, primary_key=True),
        Column("id", String(32), nullable=False, unique=True),
        Column("ref", String(20), nullable=False, unique=True),
        Column("version", Integer, nullable=False),
        Column("created_at", MomentColumn(), nullable=False),
        Column("updated_at", MomentColumn(), nullable=False),
        Column("removed_at", MomentColumn()),
    ]
    for f in own:
        if f.type is FieldType.REF:
            target = ForeignKey(f"{KINDS[f.to].plural}.id")
            alone = f.name not in leading
            columns.append(Column(f.name, String(32), target, nullable=f.name not in must, index=alone))
        else:
            columns.append(Column(f.name, column_type(f), nullable=f.name not in must))
    table = Table(kind.plural, metadata, *columns, *_checks(tuple(own)))
    for names in (("removed_at",), *_INDEXED.get(kind.name, ())):
        Index(None, *(table.c[name] for name in names))
    return table


def _link(kind: Kind, spec: FieldSpec) -> Table:
    return Table(
        f"{kind.plural}_{spec.name}",
        metadata,
        Column("owner", String(32), ForeignKey(f"{kind.plural}.id"), primary_key=True),
        Column("target", String(32), ForeignKey(f"{KINDS[spec.to].plural}.id"), primary_key=True, index=True),
        Column("position", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


TABLES: Mapping[str, Table] = MappingProxyType({k.name: _table(k) for k in KINDS.values()})
"""The table of each kind, by the kind's name."""

LINKS: Mapping[tuple[str, str], Table] = MappingProxyType(
    {(k.name, f.name): _link(k, f) for k in KINDS.values() for f in k.fields if f.type is FieldType.REFS}
)
"""The association table of each field of several references, by kind and field."""

history = Table(
    "history",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", MomentColumn(), nullable=False),
    Column("person", String(32), nullable=False),
    Column("key", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("review", String(32)),
    Column("undoes", Integer),
    Column("change_count", Integer, nullable=False),
    Column("changes_root", LargeBinary(32), nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("merges", LargeBinary(32)),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", Integer, ForeignKey("history.seq"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("item", String(32), nullable=False, index=True),
    Column("op", String(10), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("fields", Text, nullable=False),
    sqlite_with_rowid=False,
)

merged_history = Table(
    "merged_history",
    metadata,
    Column("n", Integer, primary_key=True),
    *(
        Column(c.name, c.type, nullable=c.nullable, unique=c.name == "digest" or None)
        for c in history.columns
    ),
)
"""The acts of copies that were brought together with this one, as they were signed there; after those they
stand on (`docs/reference/history-format.md`).
"""

merged_changes = Table(
    "merged_changes",
    metadata,
    Column("act", Integer, ForeignKey("merged_history.n"), primary_key=True),
    *(
        Column(c.name, c.type, nullable=c.nullable, primary_key=c.name == "position", index=c.name == "item")
        for c in changes.columns
        if c.name != "seq"
    ),
    sqlite_with_rowid=False,
)

counters = Table(
    "counters",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("last", Integer, nullable=False),
)
"""The last reference number given out for each kind: a number is never used twice."""

tallies = Table(
    "tallies",
    metadata,
    Column("topic", String(40), primary_key=True),
    Column("cell", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How many entries there are, by what the first screen asks of them (`techguard.store.tallies`)."""

personal = Table(
    "personal",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("topic", String(40), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What a person keeps for themselves, as JSON; no history: it is about a screen, not about the company."""
