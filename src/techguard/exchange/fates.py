"""What becomes of rows and of values that cannot be taken as they are."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any, Literal

from techguard.domain.items import Item
from techguard.i18n import N_

TAKEN_FROM = N_("Taken from {file}, sheet {sheet}, row {row}.")
"""How the rationale of an imported rating begins."""

Outcome = Literal["settle", "note", "unrated", "target", "kept"]
"""What happens to a value that cannot be taken as it is: it stops the import; it is kept in the note; the
same, and the entry stays unrated; it is taken as the rating after planned controls; it is taken, but look."""

Fate = Literal["taken", "skipped", "problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be taken as it is. `message` is a message id with the named `facts`."""

    sheet: str
    row: int
    column: str
    header: str
    value: str
    message: str
    outcome: Outcome
    facts: Map[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowFate:
    """What becomes of one row of the file, numbered as in the spreadsheet. `reason` is a message id."""

    sheet: str
    row: int
    fate: Fate
    reason: str = ""
    kind: str = ""
    text: str = ""


@dataclass(slots=True)
class Built:
    """What one row becomes."""

    kind: str
    title: str
    items: list[Item] = field(default_factory=list)
    changes: list[tuple[Item, dict[str, Any]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        return not any(p.outcome == "settle" for p in self.problems)
