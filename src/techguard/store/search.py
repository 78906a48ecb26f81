"""Full-text search over every text a person wrote. Only SQLite has FTS5, so it stays in this module.

The index keeps trigrams (Japanese has no spaces between words) of the folded text: full width and half width,
upper and lower case are the same. It stores no copy of the text: a row's number says which entry it is.
A word of one or two characters is looked up as the beginning of every trigram that starts with it; two spaces
at the end of each text make its last characters beginnings too.

To bring one text into the index changes eight pages of the database; the rest of an act changes five. So the
newest texts wait beside it, as they are: a search looks through those few itself, and they are brought in
together.
"""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, text

from techguard.domain.items import Item
from techguard.domain.kinds import Kind, kind_of
from techguard.domain.text import folded

from .memo import remembered
from .prepared import ask

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
            "estimate",
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


WAITING = 64
"""How many texts wait at most. A search looks through them all; bringing them in takes about 15 ms."""

_WAIT = "INSERT OR REPLACE INTO search_waiting(row, body) VALUES (?, ?)"
_PUT = "INSERT OR REPLACE INTO search(rowid, body) VALUES (?, ?)"
_DROP = "DELETE FROM search WHERE rowid = ?"


def put(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Index entries (row number, body), replacing what was there."""
    _write(connection, list(rows))


def drop(connection: Connection, rows: Sequence[int]) -> None:
    """Take entries out of the index."""
    _write(connection, [(row, None) for row in rows])


def _write(connection: Connection, rows: Sequence[tuple[int, str | None]]) -> None:
    if not rows:
        return
    ((waiting,),) = ask(connection, "SELECT count(*) FROM search_waiting", ()).fetchall()
    if waiting + len(rows) <= WAITING:
        ask(connection, _WAIT, rows, many=True)
    else:
        _bring_in_waiting(connection)
        _bring_in(connection, rows)


def _bring_in_waiting(connection: Connection) -> None:
    _bring_in(connection, ask(connection, "SELECT row, body FROM search_waiting", ()).fetchall())
    ask(connection, "DELETE FROM search_waiting", ())


def _bring_in(connection: Connection, rows: Sequence[tuple[int, str | None]]) -> None:
    ask(connection, _DROP, [(row,) for row, body in rows if body is None], many=True)
    ask(connection, _PUT, [row for row in rows if row[1] is not None], many=True)


@dataclass(frozen=True, slots=True)
class Match:
    """What a person typed: every one of the words must occur."""

    words: str
    """A JSON array of them, folded: for the texts that wait."""
    expression: str
    """For FTS5."""

    def of_rows(self, low: int, high: int) -> dict[str, object]:
        """The values of `ROWS` for what lies between two index rows."""
        return {"words": self.words, "match": self.expression, "low": low, "high": high}


ROWS = (
    "SELECT rowid AS row FROM search WHERE search MATCH :match AND rowid BETWEEN :low AND :high"
    " AND rowid NOT IN (SELECT row FROM search_waiting) "
    "UNION ALL "
    "SELECT row FROM search_waiting WHERE row BETWEEN :low AND :high AND body IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM json_each(:words) WHERE instr(body, value) = 0)"
)
"""The index rows in which a `Match` is found."""


def match(connection: Connection, words: str) -> Match | None:
    """What a person typed, as the index is asked for it; None if it is nothing that could be looked for."""
    terms = folded(words).split()
    return Match(json.dumps(terms), _expression(connection, terms)) if terms else None


_NOTHING = '""'
"""A phrase without a trigram, in which FTS5 finds nothing."""


def _expression(connection: Connection, terms: Sequence[str]) -> str:
    clauses: list[str] = []
    for term in terms:
        if len(term) >= 3:
            clauses.append(_quoted(term))
            continue
        found = _beginning_with(connection, term)
        if not found:
            return _NOTHING
        clauses.append("(" + " OR ".join(_quoted(t) for t in found) + ")")
    return " AND ".join(clauses)


def _beginning_with(connection: Connection, beginning: str) -> Sequence[str]:
    """The trigrams in the index that begin so. Each letter that is typed asks again for those of the words
    before it, and a list asks once for its rows and once for their number.
    """

    def find() -> Sequence[str]:
        query = text("SELECT term FROM search_terms WHERE term >= :low AND term < :high")
        found = connection.execute(query, {"low": beginning, "high": beginning + "\U0010ffff"})
        return found.scalars().all()

    return remembered(connection, ("trigrams", beginning), find)


def rows_of(kind: str) -> tuple[int, int]:
    """The lowest and highest index row a kind can have."""
    low = _NUMBERS[kind] << _SHIFT
    return low, low | ((1 << _SHIFT) - 1)


def find(
    connection: Connection, words: str, kinds: Sequence[str], each: int, most: int | None = None
) -> list[tuple[str, int]]:
    """The entries in which every word occurs, as (kind, row), kind by kind: at most `each` of a kind, and at
    most `most` together.
    """
    looked_for = match(connection, words)
    if looked_for is None:
        return []
    found: dict[str, list[int]] = {kind: [] for kind in kinds}
    # One look goes on into the next kinds, so that those in which nothing occurs cost nothing.
    start = min(low for low, _ in map(rows_of, kinds))
    end = max(high for _, high in map(rows_of, kinds))
    while start <= end:
        seen = ask(connection, _NEXT, looked_for.of_rows(start, end) | {"most": each + 1}).fetchall()
        for (row,) in seen:
            kind, n = entry_of(row)
            if kind in found and len(found[kind]) < each:
                found[kind].append(n)
        if len(seen) <= each:
            break
        last, _ = entry_of(seen[-1][0])
        full = last not in found or len(found[last]) == each
        start = rows_of(last)[1] + 1 if full else seen[-1][0] + 1
        if most is not None and _known(found, start) >= most:
            break
    return [(kind, n) for kind in kinds for n in found[kind]][:most]


_NEXT = f"{ROWS} ORDER BY row LIMIT :most"


def _known(found: Mapping[str, Sequence[int]], start: int) -> int:
    """How many entries at the beginning of what is found stay there, whatever is found from `start` on."""
    settled = itertools.takewhile(lambda kind: rows_of(kind)[1] < start, found)
    return sum(len(found[kind]) for kind in settled)


def gather(connection: Connection) -> None:
    """Join the pieces in which the index was written, inside the caller's transaction. A search looks for
    each of its trigrams in each piece: after many new entries that is ten times the work (measured).
    """
    _bring_in_waiting(connection)
    connection.exec_driver_sql("INSERT INTO search(search) VALUES('optimize')")


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Snippet:
    """Where a word stands in a text: the piece to show and the spans to mark in it."""

    field: str
    text: str
    spans: tuple[tuple[int, int], ...]


def shown(kind: Kind) -> tuple[str, ...]:
    """The fields of a kind in which words are looked for, in the order in which they are shown."""
    return tuple(dict.fromkeys((kind.title, *(f.name for f in kind.text_fields))))


def snippet(
    item: Item | Mapping[str, Any], words: str, width: int = 60, *, kind: Kind | None = None
) -> Snippet:
    """The first text of an entry in which a word of the query occurs, cut around it. Of an entry, or of its
    `ref` and the fields that are `shown`, by name, with their kind.

    Folding may change a text's length (㈱ becomes three characters, ｶﾞ one), so every folded character
    remembers which characters it came from.
    """
    values = item.__dict__ if isinstance(item, Item) else item
    kind = kind or kind_of(cast("Item", item))
    terms = folded(words).split()
    best: Snippet | None = None
    for name in shown(kind):
        value = _plain(values[name])
        if not value:
            continue
        spans = _spans(value, terms)
        if spans:
            return _cut(name, value, spans, width)
        best = best or _cut(name, value, (), width)
    return best or Snippet(kind.title, values["ref"], ())


def _plain(value: str | Sequence[str] | None) -> str:
    return " ".join((value if isinstance(value, str) else "\n".join(value or ())).split())


def _spans(value: str, terms: Sequence[str]) -> tuple[tuple[int, int], ...]:
    whole = folded(value)
    if not any(term in whole for term in terms):
        return ()  # as most texts: they need not be gone through letter by letter
    if len(whole) == len(value) and unicodedata.is_normalized("NFKC", value):
        spans = [span for term in terms for span in _places(whole, term)]  # letter for letter
        return tuple(sorted(set(spans)))
    folded_text, origin = _traced(value)
    spans = []
    for term in terms:
        spans += [(origin[start][0], origin[end - 1][1]) for start, end in _places(folded_text, term)]
    return tuple(sorted(set(spans)))


def _places(text: str, term: str) -> Iterator[tuple[int, int]]:
    start = text.find(term)
    while start >= 0:
        yield start, start + len(term)
        start = text.find(term, start + len(term))


def _traced(value: str) -> tuple[str, list[tuple[int, int]]]:
    """A text folded, and for each of its characters where the letter it came from begins and ends."""
    alone = [_alone(character) for character in value]
    if not any(mark for _, mark in alone):
        pieces = [piece for piece, _ in alone]
        ends = [(n, n + 1) for n, piece in enumerate(pieces) for _ in piece]
        return "".join(pieces), ends
    starts = [n for n, (_, mark) in enumerate(alone) if not n or not mark]
    folded_text, origin = "", list[tuple[int, int]]()
    for start, end in itertools.pairwise([*starts, len(value)]):
        piece = folded(value[start:end])
        folded_text += piece
        origin += [(start, end)] * len(piece)
    return folded_text, origin


@lru_cache(8192)
def _alone(character: str) -> tuple[str, bool]:
    """A character folded, and whether it is a mark that folds into the one before it (the \uff9e of ｶﾞ)."""
    return folded(character), bool(unicodedata.combining(unicodedata.normalize("NFKC", character)[0]))


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
