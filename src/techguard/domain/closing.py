"""A closed session is evidence: what belongs to it stays as it was signed off. One rule for door and proof.

To a session belong its own entry, its agenda with what came of each item, and what was rated, accepted, ruled
out or decided in it. What becomes of those later is no part of it: a decision is carried out, an exposure is
taken out with its ratings. Only a merge may add to it: what another copy held while it was open there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .pruning import PRUNE

STATED_IN = frozenset({"rating", "acceptance", "exclusion", "decision"})
"""Kinds whose entries name the session in which they were stated."""


def touched(
    kind: str, op: str, item: str, fields: Mapping[str, Any], session_of: Callable[[str], str | None]
) -> frozenset[str]:
    """The sessions of whose content a change is, whether they are closed or not.

    `fields`: the values of an addition, else [before, after] of each field. `session_of`: the session of an
    outcome, by its id.
    """
    if op == PRUNE:
        return frozenset()
    said = fields.get("review")
    named = {said} if op == "add" else set(said or ())
    if kind == "review":
        named = {item} if op != "add" else set()
    elif kind == "outcome":
        named.add(session_of(item))
    elif kind not in STATED_IN:
        return frozenset()
    return frozenset(session for session in named if isinstance(session, str))
