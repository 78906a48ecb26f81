"""Two copies of one register come together: a pure function over what both hold and what each has done.

A copy is known by its entries as they stand, and by what was written in it since the two parted. Nothing
else is needed: a field that was written on one side only is as that side has it, one that was written on both
to different values is a conflict, which a rule or a person settles. Which acts lie before the parting is for
the caller to say (`techguard.store.merging`); there need not be one moment of parting, because copies may
have been brought together before, in any order.

What is merged is the same whichever copy is called ours, if conflicts are settled the same
(docs/decisions/0014-merging.md). States are in the form of history: JSON values, nothing that is nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .fields import FieldSpec
from .kinds import KINDS, Kind

State = Mapping[str, Any]
"""An entry's fields in the form of history."""

Which = Literal["ours", "theirs"]

REMOVED = "removed_at"
CLOSED = "closed_at"
WHOLE = ""
"""Stands for all fields of an entry together, where a conflict is about them as a whole."""

SETTLE = "settle"
"""How history calls what a person or their rule settled; all else that an act of merging did follows from
the two histories."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as a copy has it. `created`: the moment it was recorded."""

    kind: str
    state: State
    created: str

    def get(self, name: str) -> Any:
        """The value of a field; None where it is nothing."""
        return self.state.get(name)


@dataclass(frozen=True, slots=True)
class Write:
    """Who wrote last, and when (history's form of a moment)."""

    at: str
    person: str


@dataclass(frozen=True, slots=True)
class Done:
    """One change of one act that the other copy does not have. `chain`: acts that follow one another share
    it. `merging`: the act brought copies together.
    """

    chain: str
    at: str
    person: str
    merging: bool
    kind: str
    item: str
    op: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """A copy: its entries, and which of their fields were written in it since the copies parted."""

    entries: Mapping[str, Entry]
    writes: Mapping[tuple[str, str], Write] = field(default_factory=dict)
    members: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """Of a list: what was put in or taken out."""
    merged: bool = False
    """Whether it took another copy in since."""
    new: bool = False
    """Whether anything was done in it since."""

    def touched(self, item: str) -> Iterator[tuple[str, Write]]:
        """The fields of an entry that were written."""
        kind = KINDS[self.entries[item].kind]
        for name in (*kind.by_name, REMOVED):
            if (item, name) in self.writes:
                yield name, self.writes[item, name]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What only a person, or their rule, can settle.

    `field` is the field; `removed_at` where one copy took an entry out and the other went on with it;
    `closed_at` where both closed the same session; empty where the fields of both do not fit together.
    `because`: the entries and fields in which the other copy went on with what was taken out.
    """

    kind: str
    item: str
    field: str
    ours: Any
    theirs: Any
    our_write: Write | None
    their_write: Write | None
    because: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What stands for the conflict in either copy."""
        return self.item, self.field


Choice = Literal["ours", "theirs", "newest"]
"""How a conflict is settled. `newest`: for what was written last, by the clocks of the machines. That follows
from the two histories and is no decision of its own: merged with a third copy, the newest of all three
stands, in whatever order.
"""

Rule = Callable[[Conflict], Choice | None]
"""How conflicts are settled; None leaves one open."""


def _newest(conflict: Conflict) -> Which:
    def place(write: Write | None, value: object) -> tuple[str, str]:
        return write.at if write else "", _spelled(value)

    ours, theirs = place(conflict.our_write, conflict.ours), place(conflict.their_write, conflict.theirs)
    return "ours" if ours > theirs else "theirs"


@dataclass(frozen=True, slots=True)
class Renumbered:
    """An entry that has another reference number now."""

    item: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class KeptOut:
    """What one copy wrote in a session that the other closed: the record that was signed off stands."""

    item: str
    kind: str
    field: str
    side: Which
    value: Any
    stands: Any


@dataclass(slots=True)
class Merged:
    """What two copies give together. Computed fields are as one of the copies has them: to be made anew."""

    entries: dict[str, Entry] = field(default_factory=dict)
    open: list[Conflict] = field(default_factory=list)
    settled: list[tuple[Conflict, Which]] = field(default_factory=list)
    decided: dict[str, set[str]] = field(default_factory=dict)
    """By entry, the fields whose value follows from what was settled."""
    renumbered: list[Renumbered] = field(default_factory=list)
    kept_out: list[KeptOut] = field(default_factory=list)
    still_needed: list[str] = field(default_factory=list)
    """Entries that one copy took out and that stay: the other made something of that cannot be without them,
    or they are people who have access there."""
    kept: set[str] = field(default_factory=set)
    """Entries that one copy took out and that stay, for whatever reason."""
    twice: list[str] = field(default_factory=list)
    """Checklist items that both copies took from the same file: one of each pair is taken out."""


# --- What was written ---------------------------------------------------------------------------------


def side(entries: Mapping[str, Entry], done: Iterable[Done]) -> Side:
    """A copy from its entries and from what was done in it alone, in the order it was done.

    What only follows (computed fields; what an act of merging brought in) was not written. Neither was what
    is now as it was before the first act.
    """
    before: dict[tuple[str, str], dict[str, Any]] = {}
    writes: dict[tuple[str, str], Write] = {}
    members: dict[tuple[str, str], set[str]] = {}
    settled: set[tuple[str, str]] = set()
    merged = new = False
    for d in done:
        merged, new = merged or d.merging, True
        if d.merging and d.op != SETTLE:
            continue
        kind = KINDS[d.kind]
        for name, value in d.fields.items():
            spec = kind.by_name.get(name)
            if name != REMOVED and (spec is None or _follows(kind, spec)):
                continue
            old, then = (None, value) if d.op == "add" else value
            place = d.item, name
            if d.op == SETTLE:  # also that it stays as it was
                settled.add(place)
            before.setdefault(place, {}).setdefault(d.chain, old)
            known = writes.get(place)
            writes[place] = Write(d.at, d.person) if known is None or known.at <= d.at else known
            if spec is not None and spec.many:
                members.setdefault(place, set()).update(set(old or ()) ^ set(then or ()))
    for place, firsts in before.items():
        now, first = entries[place[0]].get(place[1]), next(iter(firsts.values()))
        if place in settled or any(other != first for other in firsts.values()):
            continue
        if first == now:
            del writes[place]
        if place in members:
            members[place] = {m for m in members[place] if (m in (first or ())) != (m in (now or ()))}
    lists = {place: frozenset(those) for place, those in members.items()}
    return Side(entries, writes, lists, merged, new)


def _follows(kind: Kind, spec: FieldSpec) -> bool:
    """Whether a field is computed from others. What a session's closing recorded is not: it is evidence."""
    return spec.about.derived and kind.name != "review"


def computed(kind: Kind) -> frozenset[str]:
    """The fields of a kind that follow from others."""
    return frozenset(f.name for f in kind.fields if _follows(kind, f))


# --- Bringing together --------------------------------------------------------------------------------


def merge(
    ours: Side,
    theirs: Side,
    rule: Rule = lambda conflict: None,
    *,
    fits: Callable[[str, State], bool] = lambda kind, state: True,
    last: Mapping[str, int] = {},
) -> Merged:
    """What two copies give together.

    `rule` settles conflicts; those it leaves are listed as `open`, and the result is then not one to keep.
    `fits` says whether the fields of an entry of a kind go together. `last`: by kind, the highest reference
    number that either copy has given out.
    """
    for one, other in ((ours, theirs), (theirs, ours)):
        if not other.new:  # then one knows all that the other does, and went on from there
            told = [
                Renumbered(i, e.kind, known.get("ref"), e.get("ref"))
                for i, e in sorted(one.entries.items())
                if (known := other.entries.get(i)) is not None and known.get("ref") != e.get("ref")
            ]
            entries, needed = _keeping_who_has_access(one, other)
            return Merged(entries, renumbered=told, still_needed=needed, kept=set(needed))
    return _Merging(ours, theirs, rule, fits, last).done()


def _keeping_who_has_access(one: Side, other: Side) -> tuple[dict[str, Entry], list[str]]:
    """The entries of one copy; but nobody is taken out who has access in the other."""
    found, kept = dict(one.entries), []
    for item, entry in one.entries.items():
        there = other.entries.get(item)
        if entry.get(REMOVED) and there is not None and _has_access(there):
            found[item] = Entry(entry.kind, _without(entry.state, REMOVED), entry.created)
            kept.append(item)
    return found, kept


def _has_access(entry: Entry) -> bool:
    return entry.kind == "person" and bool(entry.get("access")) and not entry.get(REMOVED)


class _Merging:
    """The steps of a merge, each on what those before it left."""

    def __init__(
        self,
        ours: Side,
        theirs: Side,
        rule: Rule,
        fits: Callable[[str, State], bool],
        last: Mapping[str, int],
    ) -> None:
        self.sides: Mapping[Which, Side] = {"ours": ours, "theirs": theirs}
        self.rule, self.fits, self.last = rule, fits, last
        self.result = Merged()
        self.both = ours.entries.keys() & theirs.entries.keys()
        self.every = sorted(ours.entries.keys() | theirs.entries.keys())
        self.whole: dict[str, Which] = {}
        """Entries that are altogether as one side has them."""
        self.gone: dict[str, str | None] = {}
        """When an entry was taken out, where that was decided apart from its fields."""
        self.kept: dict[Which, set[str]] = {"ours": set(), "theirs": set()}
        """Entries that a side took out and that stay all the same."""

    def done(self) -> Merged:
        self._closings()
        self._removals()
        for item in self.every:
            self.result.entries[item] = self._entry(item)
        self._items_taken_twice()
        self._references()
        self._numbers()
        return self.result

    def _has(self, which: Which, item: str) -> Entry | None:
        return self.sides[which].entries.get(item)

    def _any(self, item: str) -> Entry:
        found = self._has("ours", item) or self._has("theirs", item)
        assert found is not None
        return found

    def _settle(self, conflict: Conflict, fields: Collection[str]) -> Which:
        """The side a conflict is settled for; while it is open, whichever."""
        choice = self.rule(conflict)
        if choice is None:
            self.result.open.append(conflict)
            return "ours"
        which = _newest(conflict) if choice == "newest" else choice
        self.result.settled.append((conflict, which))
        if choice != "newest":
            self._decided(conflict.item, fields)
        return which

    def _decided(self, item: str, fields: Collection[str]) -> None:
        self.result.decided.setdefault(item, set()).update(fields)

    def _was_decided(self, item: str, name: str) -> bool:
        return name in self.result.decided.get(item, ())

    # Sessions that were closed

    def _closings(self) -> None:
        for item in self.every:
            if self._any(item).kind == "review" and item in self.both:
                self._closing(item)

    def _closing(self, item: str) -> None:
        ours, theirs = self.sides["ours"].entries[item], self.sides["theirs"].entries[item]
        mine, other = ours.get(CLOSED), theirs.get(CLOSED)
        if mine == other:
            return
        if mine and other:
            place = item, CLOSED
            conflict = Conflict(
                "review",
                item,
                CLOSED,
                mine,
                other,
                self.sides["ours"].writes.get(place),
                self.sides["theirs"].writes.get(place),
            )
            which = self._settle(conflict, _fields_of(ours, theirs))
        else:
            which = "ours" if mine else "theirs"
        agenda = [
            o for o in self.every if self._any(o).kind == "outcome" and self._any(o).get("review") == item
        ]
        closed_at = self.sides[which].entries[item].get(CLOSED)
        for each in (item, *agenda):
            record = self._has(which, each)
            if record is None:
                self.gone[each] = closed_at
            else:
                self.whole[each] = which
            self._note_kept_out(each, _other(which), record)

    def _note_kept_out(self, item: str, side: Which, record: Entry | None) -> None:
        there = self._has(side, item)
        if there is None:
            return
        if record is None:
            self.result.kept_out.append(KeptOut(item, there.kind, WHOLE, side, None, None))
            return
        for name, _ in self.sides[side].touched(item):
            if there.get(name) != record.get(name):
                self.result.kept_out.append(
                    KeptOut(item, there.kind, name, side, there.get(name), record.get(name))
                )

    # What was taken out

    def _removals(self) -> None:
        for which in ("ours", "theirs"):
            taken = self._taken_out(which)
            groups: dict[str, list[str]] = {}
            for item in sorted(taken):
                groups.setdefault(self._root(which, item, taken), []).append(item)
            for root, group in sorted(groups.items()):
                self._removal(which, root, group)

    def _taken_out(self, which: Which) -> dict[str, str]:
        """What a side took out since, while the other still has it: the moments, by entry."""
        found = {}
        for item in self.both - self.whole.keys():
            moment = self.sides[which].entries[item].get(REMOVED)
            there = self.sides[_other(which)].entries[item].get(REMOVED)
            if moment and not there and (item, REMOVED) in self.sides[which].writes:
                found[item] = moment
        return found

    def _root(self, which: Which, item: str, taken: Mapping[str, str]) -> str:
        """The entry with which another was taken out, because it is a part of it."""
        while True:
            entry = self.sides[which].entries[item]
            parent = entry.get(KINDS[entry.kind].parent) if KINDS[entry.kind].parent else None
            if parent is None or taken.get(parent) != taken[item]:
                return item
            item = parent

    def _removal(self, which: Which, root: str, group: Collection[str]) -> None:
        other = _other(which)
        there = self.sides[other]
        because: list[tuple[str, str]] = []
        writes: list[Write] = []
        for item in group:
            for name, write in there.touched(item):
                because.append((item, name))
                writes.append(write)
        needed = any(_has_access(there.entries[item]) for item in group)
        for item, f in self._new_references(other, frozenset(group)):
            if item in group:
                continue
            because.append((item, f.name))
            writes.append(there.writes.get((item, f.name)) or Write(there.entries[item].created, ""))
            kind = KINDS[there.entries[item].kind]
            needed = needed or (f.required and f.name != kind.parent)
        if needed:
            self.result.still_needed.append(root)
            self._keep(which, group)
            return
        if because:
            gone, stays = self.sides[which].entries[root].get(REMOVED), None
            mine, last = self.sides[which].writes.get((root, REMOVED)), max(writes, key=lambda w: w.at)
            first = which == "ours"
            conflict = Conflict(
                self._any(root).kind,
                root,
                REMOVED,
                gone if first else stays,
                stays if first else gone,
                mine if first else last,
                last if first else mine,
                tuple(dict.fromkeys(because)),
            )
            settled = self._settle(conflict, (REMOVED,))
            if root in self.result.decided:
                for item in group:
                    self._decided(item, (REMOVED,))
            if settled != which or conflict in self.result.open:
                self._keep(which, group)
                return
        for item in group:
            self.gone[item] = self.sides[which].entries[item].get(REMOVED)

    def _keep(self, which: Which, group: Collection[str]) -> None:
        self.result.kept.update(group)
        self.kept[which].update(group)
        for item in group:
            self.gone[item] = None

    def _new_references(self, which: Which, targets: frozenset[str]) -> Iterator[tuple[str, FieldSpec]]:
        """What a side made refer to some entries since; what it took out itself left aside."""
        here = self.sides[which]
        for item in sorted(here.entries):
            entry = here.entries[item]
            if entry.get(REMOVED):
                continue
            for f in KINDS[entry.kind].refs:
                named = targets.intersection(_several(entry.get(f.name)))
                new = item not in self.both or (
                    bool(named & here.members.get((item, f.name), frozenset()))
                    if f.many
                    else (item, f.name) in here.writes
                )
                if named and new:
                    yield item, f

    # The fields of an entry

    def _entry(self, item: str) -> Entry:
        ours, theirs = self._has("ours", item), self._has("theirs", item)
        if item in self.whole:
            entry = self.sides[self.whole[item]].entries[item]
        elif ours is None or theirs is None:
            entry = self._any(item)
        else:
            entry = self._together(item, ours, theirs)
        state = dict(entry.state)
        if item in self.gone:
            _put(state, REMOVED, self.gone[item])
        return Entry(entry.kind, state, entry.created)

    def _together(self, item: str, ours: Entry, theirs: Entry) -> Entry:
        kind = KINDS[ours.kind]
        state: dict[str, Any] = {}
        skipped = computed(kind) | {"ref", REMOVED}
        for name in _fields_of(ours, theirs):
            if name in skipped:
                _put(state, name, ours.get(name))
            else:
                _put(state, name, self._field(item, kind.by_name[name], ours, theirs))
        _put(state, REMOVED, self._removed(ours, theirs, item))
        state["ref"] = ours.get("ref")
        worked_on = all(any(True for _ in self.sides[w].touched(item)) for w in self.sides)
        if worked_on and not self.fits(kind.name, state):
            state = self._one_of_both(item, kind, ours, theirs)
        return Entry(ours.kind, state, min(ours.created, theirs.created))

    def _field(self, item: str, f: FieldSpec, ours: Entry, theirs: Entry) -> Any:
        place, mine, other = (item, f.name), ours.get(f.name), theirs.get(f.name)
        if mine == other:
            return mine
        our_write = self.sides["ours"].writes.get(place)
        their_write = self.sides["theirs"].writes.get(place)
        if f.to:
            brought = self._remembered(item, f, mine, other)
            if brought is not None:
                return brought
        if not our_write and not their_write:
            return self._followed(mine, other)
        if not their_write:
            return mine
        if not our_write:
            return other
        if f.many:
            return self._list(place, mine or [], other or [])
        if self._both_rated(item, f):
            return min(filter(None, (mine, other)), default=None)
        conflict = Conflict(ours.kind, item, f.name, mine, other, our_write, their_write)
        return mine if self._settle(conflict, (f.name,)) == "ours" else other

    def _followed(self, mine: Any, other: Any) -> Any:
        """Of two values that nobody wrote since: that of the copy in which it followed from a merge."""
        if self.sides["ours"].merged != self.sides["theirs"].merged:
            return mine if self.sides["ours"].merged else other
        return max(mine, other, key=lambda value: (value is not None, _spelled(value)))

    def _remembered(self, item: str, f: FieldSpec, mine: Any, other: Any) -> Any:
        """A reference that one side dropped with an entry that stays after all; None if it is none such."""
        values: Mapping[Which, Any] = {"ours": mine, "theirs": other}
        for which in ("ours", "theirs"):
            kept, there = self.kept[which], values[_other(which)]
            back = kept.intersection(_several(there)) - set(_several(values[which]))
            if not back or (not f.many and values[which] is not None):
                continue
            if any(self._was_decided(b, REMOVED) for b in back):
                self._decided(item, (f.name,))
            return self._list((item, f.name), mine or [], other or []) if f.many else there
        return None

    def _list(self, place: tuple[str, str], mine: list[str], other: list[str]) -> list[str] | None:
        """What is in both lists, what one side put in, and not what one side took out."""
        ours = self.sides["ours"].members.get(place, frozenset())
        theirs = self.sides["theirs"].members.get(place, frozenset())

        def stays(member: str) -> bool:
            if member in mine and member in other:
                return True
            here, there = (ours, theirs) if member in mine else (theirs, ours)
            remover: Which = "theirs" if member in mine else "ours"
            return member in here or member not in there or member in self.kept[remover]

        places = [{m: n for n, m in reversed(list(enumerate(those)))} for those in (mine, other)]

        def order(member: str) -> tuple[int, int, str]:
            found = sorted(p[member] for p in places if member in p)
            return found[0], found[-1], member

        return sorted({m for m in (*mine, *other) if stays(m)}, key=order) or None

    def _both_rated(self, item: str, f: FieldSpec) -> bool:
        """Whether both sides rated an exposure, which sets the day of its next look: the earlier is kept."""
        if f.name != "next_review":
            return False
        rated = set[Which]()
        for id_ in self.every:
            if self._any(id_).kind == "rating" and self._any(id_).get("exposure") == item:
                for which in ("ours", "theirs"):
                    if id_ not in self.sides[_other(which)].entries:
                        rated.add(which)
        return len(rated) == 2

    def _removed(self, ours: Entry, theirs: Entry, item: str) -> str | None:
        mine: str | None = ours.get(REMOVED)
        other: str | None = theirs.get(REMOVED)
        if mine and other:
            return min(mine, other)
        written: list[Which] = [w for w in ("ours", "theirs") if (item, REMOVED) in self.sides[w].writes]
        if len(written) == 1:
            return mine if written[0] == "ours" else other
        return None if mine == other else self._followed(mine, other)

    def _one_of_both(self, item: str, kind: Kind, ours: Entry, theirs: Entry) -> dict[str, Any]:
        """An entry as one side has it, because the fields of both do not fit together."""
        written = {w: dict(self.sides[w].touched(item)) for w in self.sides}
        names = sorted({*written["ours"], *written["theirs"]})
        # One question about the entry in place of those about its fields.
        self.result.open = [c for c in self.result.open if c.item != item or c.field == REMOVED]
        self.result.settled = [(c, w) for c, w in self.result.settled if c.item != item or c.field == REMOVED]

        def newest(which: Which) -> Write | None:
            return max(written[which].values(), key=lambda w: w.at, default=None)

        conflict = Conflict(
            kind.name,
            item,
            WHOLE,
            {n: ours.get(n) for n in names},
            {n: theirs.get(n) for n in names},
            newest("ours"),
            newest("theirs"),
        )
        which = self._settle(conflict, names)
        state = dict((ours if which == "ours" else theirs).state)
        _put(state, REMOVED, self._removed(ours, theirs, item))
        return state

    # Afterwards: on what came out

    def _items_taken_twice(self) -> None:
        """Both copies took the same checklist from the same file: each item once."""
        first: dict[tuple[str, str], str] = {}
        live = [i for i in self.every if self._any(i).kind == "checkitem" and not self._now(i).get(REMOVED)]
        for item in sorted(live, key=self._age):
            entry = self._now(item)
            kept = first.setdefault((entry.get("checklist"), entry.get("code")), item)
            if kept != item:
                self._take_out(item, entry.created)
                self.result.twice.append(item)

    def _now(self, item: str) -> Entry:
        return self.result.entries[item]

    def _age(self, item: str) -> tuple[str, str]:
        return self._now(item).created, item

    def _take_out(self, item: str, moment: str) -> None:
        entry = self._now(item)
        self.result.entries[item] = Entry(entry.kind, {**entry.state, REMOVED: moment}, entry.created)

    def _references(self) -> None:
        """Nothing that stays refers to what is gone: a part goes with its whole, another forgets it."""
        gone = {i for i in self.every if self._now(i).get(REMOVED)}
        changed = True
        while changed:
            changed = False
            for item in self.every:
                entry = self._now(item)
                parent = KINDS[entry.kind].parent
                whole = entry.get(parent) if parent else None
                if item not in gone and whole in gone and self._is_new_part(item, whole):
                    self._take_out(item, self._now(whole).get(REMOVED))
                    if self._was_decided(whole, REMOVED):
                        self._decided(item, (REMOVED,))
                    gone.add(item)
                    changed = True
        for item in self.every:
            entry = self._now(item)
            if item in gone or KINDS[entry.kind].append_only or self._in_closed_session(item):
                continue
            state = dict(entry.state)
            for f in KINDS[entry.kind].refs:
                lost = gone.intersection(_several(state.get(f.name)))
                if lost and not f.required:
                    left = [v for v in _several(state.get(f.name)) if v not in lost]
                    _put(state, f.name, (left or None) if f.many else None)
                    if any(self._was_decided(target, REMOVED) for target in lost):
                        self._decided(item, (f.name,))
            self.result.entries[item] = Entry(entry.kind, state, entry.created)

    def _is_new_part(self, item: str, whole: str) -> bool:
        """Whether one side put a part to what the other took out: together they were never in one copy."""
        return not any(
            (entry := self._has(w, item)) is not None
            and not entry.get(REMOVED)
            and (above := self._has(w, whole)) is not None
            and bool(above.get(REMOVED))
            for w in self.sides
        )

    def _in_closed_session(self, item: str) -> bool:
        entry = self._now(item)
        if entry.kind != "outcome":
            return False
        review = self.result.entries.get(entry.get("review") or "")
        return review is None or bool(review.get(CLOSED))

    def _numbers(self) -> None:
        """Each entry keeps its reference number; of two with the same one, the later gets a new one."""
        for kind in KINDS.values():
            items = sorted((i for i in self.every if self._any(i).kind == kind.name), key=self._age)
            if items:
                self._number(kind, items)

    def _number(self, kind: Kind, items: list[str]) -> None:
        wanted = {i: max(self._refs(i), key=_number_in) for i in items}  # once given anew, it stays so
        next_number = max(self.last.get(kind.name, 0), *(_number_in(r) for i in items for r in self._refs(i)))
        taken = set[str]()
        for item in items:
            ref = wanted[item]
            if ref in taken:
                next_number += 1
                ref = f"{kind.prefix}-{next_number:04d}"
            taken.add(ref)
            for before in dict.fromkeys(r for r in self._refs(item) if r != ref):
                self.result.renumbered.append(Renumbered(item, kind.name, before, ref))
            entry = self._now(item)
            self.result.entries[item] = Entry(entry.kind, {**entry.state, "ref": ref}, entry.created)

    def _refs(self, item: str) -> list[str]:
        return [e.get("ref") for w in self.sides if (e := self._has(w, item)) is not None]


def _other(which: Which) -> Which:
    return "theirs" if which == "ours" else "ours"


def _fields_of(*entries: Entry) -> list[str]:
    return sorted({name for e in entries for name in e.state} - {"ref", REMOVED})


def _several(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _without(state: State, name: str) -> State:
    return {n: value for n, value in state.items() if n != name}


def _put(state: dict[str, Any], name: str, value: Any) -> None:
    """Nothing is left out of a state."""
    if value is None:
        state.pop(name, None)
    else:
        state[name] = value


def _number_in(ref: str) -> int:
    return int(ref.rpartition("-")[2])


def _spelled(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
