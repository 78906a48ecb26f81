"""Values of entries that were taken out long ago are destroyed; the history says so, and still proves itself.

plan = pruning.look(register, Rule(before=date(2020, 1, 1)))
pruning.prune(register, plan.rule, "保存期間の満了")
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from techguard.domain import errors as refused
from techguard.domain import pruning as domain
from techguard.domain.kinds import KINDS
from techguard.domain.pruning import Because, Rule
from techguard.register import Register
from techguard.store import pruning as store
from techguard.store.pruning import Removed

__all__ = ["Because", "Kept", "Plan", "Removed", "Rule", "look", "prune"]


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that the rule names and that stays: why, and the number of what needs it, if any does."""

    entry: Removed
    because: Because
    needed_by: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rule comes to."""

    rule: Rule
    goes: tuple[Removed, ...]
    stays: tuple[Kept, ...]


def look(register: Register, rule: Rule) -> Plan:
    """What would be pruned by a rule, and what stays and why; nothing is written."""
    connection = register._store.connection
    with register._store.errors():
        before = datetime.combine(rule.before, time.min).astimezone()
        entries = {e.id: e for e in store.removed(connection, before, rule.kinds or tuple(KINDS))}
        named = store.named_by_acts(connection)
        named |= {key.person_id for key in register.vault.verify_keys().values()}
        free = {id_ for id_, e in entries.items() if e.kind not in domain.NEVER and id_ not in named}
        referrers = store.referrers(connection, entries)
        goes = domain.closed(free, referrers)
        titles = register.titles({o for id_ in entries.keys() - goes for o in referrers.get(id_, ())})
    stays = []
    for id_, entry in entries.items():
        if id_ in goes:
            continue
        needed = sorted(titles[o].ref for o in referrers.get(id_, set()) - goes if o in titles)
        because: Because = "kind" if entry.kind in domain.NEVER else "acted" if id_ in named else "needed"
        stays.append(Kept(entry, because, needed[0] if because == "needed" else ""))
    return Plan(rule, tuple(e for id_, e in entries.items() if id_ in goes), tuple(stays))


def prune(register: Register, rule: Rule, reason: str) -> Plan:
    """Destroy the values of everything that a rule names and nothing stands against: one signed act, which no
    undo takes back. Deleted bytes are overwritten by the database (`secure_delete`).

    Raises `ReasonNeeded`, `NotAllowed` for everybody but an editor, `ReadOnly`.
    """
    if not reason.strip():
        raise refused.ReasonNeeded
    if register.read_only:
        raise refused.ReadOnly
    register.require_editor()
    with register.act(reason.strip(), action=domain.PRUNE):
        plan = look(register, rule)
        if plan.goes:
            register._record([store.tombstone(entry, rule) for entry in plan.goes])
            store.destroy(register._store.connection, [entry.id for entry in plan.goes])
    return plan
