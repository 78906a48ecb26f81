"""What a person may do in the register, by their access. One rule for the door and for the proof.

The door (`Register.act`) asks before an act is written, `verify` asks of every act that was: so what somebody
wrote behind the application's back is judged by the same words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .kinds import KINDS
from .pruning import PRUNE
from .words import Access

PEOPLE = "people"
"""The action of the acts that say who has access."""

_REVIEWED = frozenset({"rating", "estimate", "acceptance", "review", "outcome", "decision"})
"""What a reviewer adds and changes: ratings, acceptances, sessions and what comes of them."""
_FOLLOWS = frozenset({"status", "treatment", "next_review"})
"""What of an exposure a rating, an acceptance or a decision brings along."""
_AGAIN = frozenset({"next_review"})


@dataclass(frozen=True, slots=True)
class Deed:
    """One change of an act: of which entry, add, change, remove, restore or prune, and which fields."""

    kind: str
    item: str
    op: str
    fields: frozenset[str]


def allows(
    access: Access | None, person: str, deeds: Iterable[Deed], *, session: bool = False, invited: bool = False
) -> bool:
    """Whether somebody with this access may do all of these in one act.

    `session`: whether it belongs to a review session. `invited`: whether an invitation signs, which is for
    putting keys of one's own in its place and for nothing else.
    """
    return all(_may(None if invited else access, person, deed, session=session) for deed in deeds)


def _may(access: Access | None, person: str, deed: Deed, *, session: bool) -> bool:
    if access is Access.EDITOR or _own_keys(person, deed):
        return True
    if access is not Access.REVIEWER or deed.op == PRUNE:
        return False
    if deed.kind in _REVIEWED:
        return True
    if deed.op == "change" and deed.fields <= _AGAIN:
        return True
    if deed.kind == "exposure":
        derived = {f.name for f in KINDS["exposure"].derived}
        return deed.op == "change" and deed.fields <= derived | _FOLLOWS
    return session and deed.kind == "countermeasure" and deed.op in {"add", "change"}


def _own_keys(person: str, deed: Deed) -> bool:
    """A changed passphrase or a new recovery code may bring a new key: everybody's own matter."""
    return (deed.kind, deed.item, deed.op, deed.fields) == (
        "person",
        person,
        "change",
        frozenset({"signing_keys"}),
    )


def last_editor(person: str, editors: Collection[str]) -> bool:
    """Whether nobody could change the register any more without this person."""
    return set(editors) <= {person}
