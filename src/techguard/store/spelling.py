"""An entry's state as history spells it, spelt by the database itself.

`verify` holds every row against the line of history that added it. Most rows were never changed, and for
these the whole comparison can be one expression of SQL: two texts that are the same byte for byte. Where the
database cannot spell a value, or spells it differently, the two differ and the row is read and compared field
by field, as `history.plain` and `history.canonical` say: so this can cost time, and never hide a difference.

`json_quote`, `typeof` and the like are SQLite's; what is particular to it stays in this module. No value of a
person's is in the SQL made here: only the names of our own tables and fields.
"""

from __future__ import annotations

from functools import cache

from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.kinds import Kind

from .columns import DECIMAL_PLACES
from .tables import LINKS, TABLES

_NONE = "'?'"
"""What stands where there is no spelling: in no line that was written by the register."""

_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.REF})
_LISTS = frozenset({FieldType.CHOICES, FieldType.WORDS})


@cache
def agreeing(kind: Kind) -> str:
    """SQL that gives the id of each row of a kind, removed ones too, and whether the row is, in its first
    version, exactly the state that a line of its history added. A row with several lines comes as often.
    """
    table = TABLES[kind.name].name
    return (
        "SELECT t.id, coalesce(t.version = 1 AND c.op = 'add' "  # noqa: S608
        f"AND c.kind = '{kind.name}' AND c.fields = {_state(kind)}, 0) "
        f"FROM {table} AS t NOT INDEXED LEFT JOIN changes AS c ON c.item = t.id ORDER BY t.n"
    )


@cache
def misdated(kind: Kind) -> str:
    """SQL that gives the id of each row whose moments are not those of acts, and whether it is the first
    (`created_at`) and the last (`updated_at`).

    A row was made by the act that added it, here or in another copy; it was changed last by the newest act
    that did anything to it here or, where nothing was but taking it over, by one of the other copy.
    """
    table = TABLES[kind.name].name
    here = "FROM changes AS c JOIN history AS h ON h.seq = c.seq WHERE c.item = t.id"
    there = "FROM merged_changes AS c JOIN merged_history AS h ON h.n = c.act WHERE c.item = t.id"
    first = " AND ".join(
        f"NOT EXISTS (SELECT 1 {acts} AND c.op = 'add' AND h.at = t.created_at)" for acts in (here, there)
    )
    newest = f"(SELECT h.at {here} ORDER BY c.seq DESC LIMIT 1)"
    taken_over = f"(SELECT count(*) {here}) = 1 AND EXISTS (SELECT 1 {there} AND h.at = t.updated_at)"
    last = f"t.updated_at IS NOT {newest} AND NOT ({taken_over})"
    return (
        f"SELECT id, first, last FROM (SELECT t.id, {first} AS first, {last} AS last FROM {table} AS t)"  # noqa: S608
        " WHERE first OR last"
    )


def _state(kind: Kind) -> str:
    members = {f.name: _member(kind, f) for f in kind.fields}
    members["ref"] = _text("ref", may_be_empty=False)
    members["removed_at"] = _text("removed_at", may_be_empty=False)
    joined = " || ".join(members[name] for name in sorted(members))
    return f"'{{' || substr({joined}, 2) || '}}'"


def _member(kind: Kind, f: FieldSpec) -> str:
    """A field as `,"name":value`, or nothing where history keeps nothing."""
    column = f't."{f.name}"'
    match f.type:
        case FieldType.REFS:
            return _references(LINKS[kind.name, f.name].name, f.name)
        case t if t in _LISTS:
            known = f"typeof({column}) = 'text' AND json_valid({column})"
            return _choice(f.name, column, f"{column} = '[]'", known, f"json({column})")
        case FieldType.BOOLEAN:
            known = f"typeof({column}) = 'integer' AND {column} IN (0, 1)"
            return _choice(f.name, column, "0", known, f"iif({column}, 'true', 'false')")
        case FieldType.INTEGER:
            return _choice(f.name, column, "0", f"typeof({column}) = 'integer'", column)
        case FieldType.DECIMAL:
            known = f"typeof({column}) = 'integer' AND {column} >= 0"
            return _choice(f.name, column, "0", known, _decimal(column))
        case t:
            return _text(f.name, may_be_empty=t in _TEXTS)


def _choice(name: str, column: str, empty: str, known: str, spelling: str) -> str:
    return (
        f"CASE WHEN {column} IS NULL OR {empty} THEN '' "
        f"WHEN {known} THEN ',\"{name}\":' || {spelling} ELSE {_NONE} END"
    )


def _text(name: str, *, may_be_empty: bool) -> str:
    column = f't."{name}"'
    empty = f"{column} = ''" if may_be_empty else "0"
    return _choice(name, column, empty, f"typeof({column}) = 'text'", f"json_quote({column})")


def _decimal(column: str) -> str:
    """A count of the smallest part as a decimal without trailing zeros, between quotation marks."""
    parts = 10**DECIMAL_PLACES
    spelt = f"printf('%d.%0{DECIMAL_PLACES}d', {column} / {parts}, {column} % {parts})"
    return f"'\"' || rtrim(rtrim({spelt}, '0'), '.') || '\"'"


def _references(link: str, name: str) -> str:
    found = (
        "(SELECT json_group_array(CASE typeof(target) WHEN 'text' THEN target ELSE 0 END ORDER BY position) "  # noqa: S608
        f"FROM {link} WHERE owner = t.id)"
    )
    return f"coalesce(',\"{name}\":' || nullif({found}, '[]'), '')"
