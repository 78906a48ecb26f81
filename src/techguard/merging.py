"""Another copy of a vault is taken in: what was done there is in this register afterwards.

What both give together is computed without a register (`techguard.domain.merging`); what each copy did alone
is read from both (`techguard.store.merging`). Here it is written: the acts of the other copy beside this
history, with their signatures, and what they come to as one act of whoever merges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from techguard.domain import errors as refused
from techguard.domain import merging as domain
from techguard.domain import rules
from techguard.domain.items import Item, Person, Technology
from techguard.domain.kinds import KINDS, by_dependency, kind_of
from techguard.domain.merging import Entry, Merged, Rule
from techguard.domain.scales import Unreadable
from techguard.register import Register
from techguard.store import history, pruning
from techguard.store import merging as acts
from techguard.store.merging import Parting
from techguard.store.reading import Reading

__all__ = ["Parting", "merge", "parting", "pruned_in_use", "together"]


def parting(register: Reading, other: Reading) -> Parting:
    """How two copies of one vault have parted. Raises `AnotherVault`, `NothingInCommon`."""
    if other.vault.vault_id != register.vault.vault_id:
        raise refused.AnotherVault(path=other.vault.path)
    with register._store.errors(), other._store.errors():
        found = acts.parting(register._store, other._store)
    if not found.in_common:
        raise refused.NothingInCommon(path=other.vault.path)
    return found


def together(apart: Parting, rule: Rule) -> Merged:
    """What two copies give together, with conflicts settled by a rule; nothing is written."""
    return domain.merge(apart.ours, apart.theirs, rule, fits=_fits, last=apart.last)


def merge(register: Register, other: Reading, rule: Rule, reason: str = "") -> Merged | None:
    """Take another copy in, all of it or nothing; the other copy is not touched.

    What either copy pruned stays pruned, and is pruned in the other by it. None if it holds nothing new.
    Raises `ConflictsOpen` where the rule leaves one open, `ScalesApart`, `PrunedInUse` where one copy still
    uses what the other pruned, `ReadOnly`, `NotAllowed`, and what `parting` raises.
    """
    apart = parting(register, other)
    result = together(apart, rule)
    if result.open:
        raise refused.ConflictsOpen(count=len(result.open))
    if apart.nothing_new(result):
        return None
    if not apart.forward and (needed := pruned_in_use(apart, result)):
        raise refused.PrunedInUse(refs=tuple(needed[:10]))
    taking = _TakingIn(register, other, apart, result)
    if apart.forward:
        taking.go_forward()
        register.state_keys()  # those that open this copy
    else:
        with register.act(reason, action="merge", merges=apart.head.digest):
            taking.bring()
    return result


def pruned_in_use(apart: Parting, result: Merged) -> list[str]:
    """The numbers of entries that stand in the way of what one copy pruned being pruned in both: those that
    were worked on in the other, and what would refer to what is gone.
    """
    refers = {
        str(entry.get("ref"))
        for entry in result.entries.values()
        for f in KINDS[entry.kind].refs
        if (value := entry.get(f.name)) and not apart.pruned.keys().isdisjoint(_several(value))
    }
    return sorted({*apart.pruned_alive, *refers})


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


class _TakingIn:
    """What is written when a copy is taken in, in the order in which it is written."""

    def __init__(self, register: Register, other: Reading, apart: Parting, result: Merged) -> None:
        self.register, self.other, self.apart, self.result = register, other, apart, result
        self.ours, self.theirs = register._store, other._store

    # The other copy goes on where this one ends

    def go_forward(self) -> None:
        """Its acts continue this history, and its entries are taken over as they are."""
        if self.register.read_only:
            raise refused.ReadOnly
        self.register.require_editor()
        with self.ours.errors(), self.ours.transaction() as connection:
            acts.take_over(self.ours, self.theirs, self.apart.their_acts, forward=True)
            by_kind = _by_kind(self.apart.theirs.entries)
            for kind in by_dependency():
                items = self.theirs.by_ids(kind, by_kind.get(kind.name, ()))
                known = self.ours.by_ids(kind, items)
                there = acts.places(self.theirs, kind.name, [i for i in items if i not in known])
                if there:
                    self.ours.insert(kind, [items[i] for i in sorted(there, key=there.__getitem__)], None)
                for id_ in known:
                    if known[id_] != items[id_]:
                        self.ours.replace(known[id_], items[id_])
            self._reserve_numbers({})
            pruning.destroy(connection, self.apart.pruned)
            newest = history.head(connection)
        self.register.vault.next_head(newest.seq, newest.digest)
        self.register._scale_changed()

    # Both went on

    def bring(self) -> None:
        """Write what both give together: numbers first, so that none is there twice meanwhile."""
        acts.take_over(self.ours, self.theirs, self.apart.their_acts, forward=False)
        by_kind = _by_kind(self.result.entries)
        found = (self.ours.by_ids(k, by_kind.get(k.name, ())) for k in KINDS.values())
        mine = {id_: item for items in found for id_, item in items.items()}
        self._number_anew(mine)
        self._add_new(by_kind, mine)
        for now in mine.values():
            self._write_what_both_have(now)
        self._reserve_numbers(by_kind)
        self._follow(by_kind)
        pruning.destroy(self.ours.connection, self.apart.pruned)

    def _number_anew(self, mine: dict[str, Item]) -> None:
        anew = {
            id_: entry.state["ref"]
            for id_, entry in self.result.entries.items()
            if id_ in mine and mine[id_].ref != entry.state["ref"]
        }
        for id_, ref in sorted(anew.items(), key=lambda pair: -int(pair[1].rpartition("-")[2])):
            mine[id_] = self.register._write(mine[id_], mine[id_].model_copy(update={"ref": ref}))

    def _add_new(self, by_kind: Mapping[str, list[str]], mine: Mapping[str, Item]) -> None:
        for kind in by_dependency():
            new = [i for i in by_kind.get(kind.name, ()) if i not in mine]
            if not new:
                continue
            there = self.theirs.by_ids(kind, new)
            added = [self._merged(there[i]).model_copy(update={"version": 1}) for i in new]
            self.register._insert(kind, added, recorded=True)
            # What is newest is what was recorded last, in whichever copy that was.
            places = acts.places(self.theirs, kind.name, new)
            self.ours.put_in_order(kind, acts.order_of_record(self.ours, kind.name, places))

    def _merged(self, like: Item) -> Item:
        """An entry as both copies give it; who has access is as it is here."""
        item = _item_of(like, self.result.entries[like.id].state)
        return self.register._as_entitled(item) if isinstance(item, Person) else item

    def _write_what_both_have(self, now: Item) -> None:
        """Bring an entry that both copies have to what they give together: first what was settled.

        That an entry stays which the other copy took out is told there also where nothing changes here.
        """
        kind = kind_of(now)
        after = self._merged(now)
        if isinstance(after, Technology):
            after = self._impacts_stated(now, after)
        decided = self.result.decided.get(now.id, set())
        if decided or now.id in self.result.kept:
            act = self.register._act
            assert act is not None
            settled = now.model_copy(update={name: getattr(after, name) for name in decided})
            stamped = settled.model_copy(update={"version": now.version + 1, "updated_at": act.at})
            self.ours.replace(now, stamped)
            act.done.append(history.settled(now, stamped, kind, decided))
            now = stamped
        of_record = {"version": now.version, "updated_at": now.updated_at}
        self.register._write(now, after.model_copy(update=of_record))

    def _impacts_stated(self, now: Item, after: Technology) -> Technology:
        """Impacts belong to the scale of the copy they come from."""
        here, there = self.apart.ours.entries[after.id], self.apart.theirs.entries.get(after.id)
        names = tuple(rules.IMPACTS.values())
        if there is None or there.get("scale_edition") == here.get("scale_edition"):
            return after
        if all(getattr(after, n) == there.get(n) for n in names):
            return after.model_copy(update={"scale_edition": there.get("scale_edition") or ""})
        if all(getattr(after, n) == getattr(now, n) for n in names):
            return after
        return after.model_copy(update={"scale_edition": ""})

    def _reserve_numbers(self, by_kind: Mapping[str, list[str]]) -> None:
        """No number that either copy has given out is given again."""
        for kind in KINDS.values():
            refs = [self.result.entries[i].state["ref"] for i in by_kind.get(kind.name, ())]
            self.ours.reserve_refs(kind, [*refs, f"{kind.prefix}-{self.apart.last[kind.name]}"])

    def _follow(self, by_kind: Mapping[str, list[str]]) -> None:
        """Make anew what is computed from what came together."""
        register = self.register
        if "scale" in by_kind:
            try:
                register._bring_to_scale()
            except Unreadable:
                raise refused.ScalesApart from None
        exposures = dict.fromkeys(by_kind.get("exposure", ()))
        exposures |= dict.fromkeys(
            self.result.entries[i].state["exposure"] for i in by_kind.get("rating", ())
        )
        for id_ in exposures:
            register._restate(id_)
        for kind in ("technology", "counterparty", "assumption"):
            for now in self.ours.by_ids(KINDS[kind], by_kind.get(kind, ())).values():
                register._write(now, register._ready(now, check_controls=False))


def _by_kind(entries: Mapping[str, Entry]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for id_ in sorted(entries):
        found.setdefault(entries[id_].kind, []).append(id_)
    return found


def _item_of(like: Item, state: Mapping[str, Any]) -> Item:
    """An entry with the fields of a state in the form of history; the rest is as `like` has it."""
    kind = kind_of(like)
    names = ("ref", "removed_at", *kind.by_name)
    return like.model_copy(update={name: history.value_of(kind, name, state.get(name)) for name in names})


def _fits(kind: str, state: Mapping[str, Any]) -> bool:
    """Whether the fields of an entry go together."""
    k = KINDS[kind]
    values = {name: history.value_of(k, name, value) for name, value in state.items()}
    try:
        k.model.model_validate(values)
    except ValidationError:
        return False
    return True
