"""Full-text search over every text a person wrote. Only SQLite has FTS5, so it stays in this module.

The index keeps trigrams (Japanese has no spaces between words) of the folded text: full width and half width,
upper and lower case are the same. It stores no copy of the text: a row's number says which entry it is.
A word of one or two characters is looked up as the beginning of every trigram that starts with it; two spaces
at the end of each text make its last characters beginnings too.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from techguard.domain.fields import FieldSpec
from techguard.domain.items import Item
from techguard.domain.kinds import Kind, kind_of
from techguard.domain.text import folded

# A kind's number in the index never changes: new kinds are added at the end.
_NUMBERS = {
    name: number
    for number, name in enumerate(
        (
            "technology",
            "element",
            "exposure",
            "rating",
            "countermeasure",
            "acceptance",
            "engagement",
            "agreement",
            "milestone",
            "counterparty",
            "review",
            "decision",
            "answer",
            "consultation",
            "observation",
            "person",
            "summary",
            "outcome",
            "variant",
            "assumption",
            "comparison",
            "exclusion",
            "checkitem",
            "scale",
        ),
        start=1,
    )
}
_NAMES = {number: name for name, number in _NUMBERS.items()}
_SHIFT = 40


def row_number(kind: str, n: int) -> int:
    """The index's row number of an entry."""
    return (_NUMBERS[kind] << _SHIFT) | n


def entry_of(row: int) -> tuple[str, int]:
    """The kind and row of an index row."""
    return _NAMES[row >> _SHIFT], row & ((1 << _SHIFT) - 1)


def body(item: Item, kind: Kind | None = None) -> str:
    """What is indexed of an entry: its reference and every text a person wrote, folded."""
    kind = kind or kind_of(item)
    parts = [item.ref]
    for f in kind.text_fields:
        value = getattr(item, f.name)
        if value:
            parts.append(value if isinstance(value, str) else "\n".join(value))
    return folded("\n".join(parts)) + "  "


def put(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Index entries (row number, body), replacing what was there."""
    batch = [{"row": row, "body": text_} for row, text_ in rows]
    if batch:
        connection.execute(text("INSERT OR REPLACE INTO search(rowid, body) VALUES (:row, :body)"), batch)


def drop(connection: Connection, rows: Sequence[int]) -> None:
    """Take entries out of the index."""
    if rows:
        connection.execute(text("DELETE FROM search WHERE rowid = :row"), [{"row": r} for r in rows])


def clear(connection: Connection) -> None:
    """Empty the index."""
    connection.exec_driver_sql("INSERT INTO search(search) VALUES('delete-all')")


def match(connection: Connection, words: str) -> str | None:
    """The FTS5 expression for what a person typed: every word must occur; None if nothing can match."""
    terms = folded(words).split()
    clauses: list[str] = []
    for term in terms:
        if len(term) >= 3:
            clauses.append(_quoted(term))
            continue
        found = (
            connection.execute(
                text("SELECT term FROM search_terms WHERE term >= :low AND term < :high"),
                {"low": term, "high": term + "\U0010ffff"},
            )
            .scalars()
            .all()
        )
        if not found:
            return None
        clauses.append("(" + " OR ".join(_quoted(t) for t in found) + ")")
    return " AND ".join(clauses) if clauses else None


def rows_of(kind: str) -> tuple[int, int]:
    """The lowest and highest index row a kind can have."""
    low = _NUMBERS[kind] << _SHIFT
    return low, low | ((1 << _SHIFT) - 1)


def find(connection: Connection, words: str, kinds: Sequence[str], limit: int) -> list[tuple[str, int]]:
    """The entries in which every word occurs, as (kind, row), at most `limit` a kind."""
    expression = match(connection, words)
    if expression is None:
        return []
    found: dict[str, list[int]] = {kind: [] for kind in kinds}
    # One look goes on into the next kinds, so that those in which nothing occurs cost nothing.
    start = min(low for low, _ in map(rows_of, kinds))
    end = max(high for _, high in map(rows_of, kinds))
    while start <= end:
        query = text(
            "SELECT rowid FROM search WHERE search MATCH :m AND rowid BETWEEN :low AND :high "
            "ORDER BY rowid LIMIT :most"
        )
        rows = connection.execute(query, {"m": expression, "low": start, "high": end, "most": limit + 1})
        seen = list(rows.scalars())
        for kind, n in map(entry_of, seen):
            if kind in found and len(found[kind]) < limit:
                found[kind].append(n)
        if len(seen) <= limit:
            break
        last, _ = entry_of(seen[-1])
        full = last not in found or len(found[last]) == limit
        start = rows_of(last)[1] + 1 if full else seen[-1] + 1
    return [(kind, n) for kind in kinds for n in found[kind]]


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Snippet:
    """Where a word stands in a text: the piece to show and the spans to mark in it."""

    field: str
    text: str
    spans: tuple[tuple[int, int], ...]


def snippet(item: Item, words: str, width: int = 60) -> Snippet:
    """The first text of an entry in which a word of the query occurs, cut around it.

    Folding may change a text's length (㈱ becomes three characters, ｶﾞ one), so every folded character
    remembers which characters it came from.
    """
    kind = kind_of(item)
    terms = folded(words).split()
    best: Snippet | None = None
    for f in (kind.by_name[kind.title], *kind.text_fields):
        value = _plain(item, f)
        if not value:
            continue
        spans = _spans(value, terms)
        if spans:
            return _cut(f.name, value, spans, width)
        best = best or _cut(f.name, value, (), width)
    return best or Snippet(kind.title, item.ref, ())


def _plain(item: Item, f: FieldSpec) -> str:
    value = getattr(item, f.name)
    return " ".join((value if isinstance(value, str) else "\n".join(value or ())).split())


def _spans(value: str, terms: Sequence[str]) -> tuple[tuple[int, int], ...]:
    whole = folded(value)
    if not any(term in whole for term in terms):
        return ()  # as most texts: they need not be gone through letter by letter
    folded_text, origin = "", list[tuple[int, int]]()
    for start, end in _letters(value):
        piece = folded(value[start:end])
        folded_text += piece
        origin += [(start, end)] * len(piece)
    spans = []
    for term in terms:
        start = folded_text.find(term)
        while start >= 0:
            spans.append((origin[start][0], origin[start + len(term) - 1][1]))
            start = folded_text.find(term, start + len(term))
    return tuple(sorted(set(spans)))


def _letters(value: str) -> Iterator[tuple[int, int]]:
    """Where each letter begins and ends: marks that fold into it (the ﾞ of ｶﾞ) belong to it."""
    starts = [
        n
        for n, character in enumerate(value)
        if not n or not unicodedata.combining(unicodedata.normalize("NFKC", character)[0])
    ]
    return itertools.pairwise([*starts, len(value)])


def _cut(name: str, value: str, spans: tuple[tuple[int, int], ...], width: int) -> Snippet:
    start = max(0, spans[0][0] - width // 3) if spans else 0
    end = min(len(value), start + width)
    lead = "…" if start else ""
    tail = "…" if end < len(value) else ""
    moved = tuple(
        (max(a, start) - start + len(lead), min(b, end) - start + len(lead))
        for a, b in spans
        if a < end and b > start
    )
    return Snippet(name, lead + value[start:end] + tail, moved)
