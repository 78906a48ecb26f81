"""The checklists with their answers: which answer stands, what stood at the last session, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from techguard.catalog import (
    PARTNER_CHECKLIST,
    Checklist,
    ChecklistItem,
    checklists,
)
from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain.words import Answer
from techguard.register import Query, Register, Where

from .sessions import last_closed, unknown_to
from .since import came_after

_SAID = ("answer", "evidence", "valid_until", "note")


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item of a list, the answer that stands, and the one that stood when the last session closed."""

    checklist: Checklist
    item: ChecklistItem
    answer: i.ChecklistAnswer | None
    before: i.ChecklistAnswer | None
    changed: bool
    """It says something else than at the last session. Before the first there is nothing to compare with."""

    @property
    def groundless(self) -> bool:
        """Answered yes, and nothing named that supports it."""
        return self.answer is not None and self.answer.answer is Answer.YES and not self.answer.evidence


@dataclass(frozen=True, slots=True)
class Room:
    """Every list with its items in the order they are read: official, derived, ours.

    `last`: the session that changes are counted from. `names`: people by id.
    """

    lists: tuple[Checklist, ...]
    items: tuple[ItemState, ...]
    tallies: Mapping[str, rules.Tally]
    total: rules.Tally
    last: i.Review | None
    names: Mapping[str, str]
    today: date


def company(register: Register) -> Room:
    """The company's own lists."""
    return _room(register, register.company_checklists(), Where("counterparty", "empty"))


def partner(register: Register, counterparty: str) -> Room:
    """The due-diligence questions of one counterparty, by its id."""
    return _room(register, (checklists()[PARTNER_CHECKLIST],), Where("counterparty", "=", counterparty))


def _room(register: Register, lists: tuple[Checklist, ...], about: Where) -> Room:
    last = last_closed(register)
    answers = register.find(i.ChecklistAnswer, Query(where=(about,)))
    standing = rules.standing_answers(answers)
    unknown = unknown_to(register, last)
    then = rules.standing_answers(a for a in answers if last is not None and not came_after(a, last, unknown))
    items = tuple(
        ItemState(
            c,
            item,
            (now := standing.get(item.id)),
            (was := then.get(item.id)),
            last is not None and _differs(was, now),
        )
        for c in lists
        for item in c.items
    )
    tallies = {c.id: rules.tally((item.id for item in c.items), standing) for c in lists}
    people = {a.answered_by for s in items for a in (s.answer, s.before) if a and a.answered_by}
    return Room(
        lists,
        items,
        tallies,
        rules.tally((s.item.id for s in items), standing),
        last,
        {id_: n.title for id_, n in register.titles(people).items()},
        register.today,
    )


def _differs(before: i.ChecklistAnswer | None, now: i.ChecklistAnswer | None) -> bool:
    if before is None or now is None:
        return before is not now
    return any(getattr(before, name) != getattr(now, name) for name in _SAID)
