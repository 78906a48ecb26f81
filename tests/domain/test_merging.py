"""Laws of bringing copies together, over random lives of copies of one register.

The copies here are models: entries in the form of history, acts as lists of changes, nothing on disk. What a
real register makes of it is told in tests/register/test_merging.py.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from techguard.domain import merging
from techguard.domain.kinds import KINDS
from techguard.domain.merging import REMOVED, SETTLE, Choice, Conflict, Done, Entry, Merged, Rule, Side

# The parts of a register that differ to the rules: texts, a word of a list, references, lists, parts.
FIELDS = {
    "technology": ("code_name", "note", "status", "owner", "products"),
    "exposure": ("title", "note", "owner", "elements", "status"),
    "element": ("name", "note"),
    "engagement": ("title", "technologies", "owner"),
    "person": ("name", "role"),
}
REFERS = {"owner": "person", "elements": "element", "technologies": "technology"}
MANY = {"products", "elements", "technologies"}
WORDS = ("焼結", "Kiln", "b", "")

_ids = count()


@dataclass(repr=False)
class Copy:
    """A copy of a register, as far as merging sees it."""

    name: str
    entries: dict[str, Entry] = field(default_factory=dict)
    acts: dict[str, list[Done]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        """What was done since the copies parted: the rest is the same for all."""
        done = [(d.at[14:19], d.item, d.op, d.fields) for a in self.acts.values() for d in a]
        return f"{self.name}: {[d for d in done if d[0] >= '01:40']}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def fork(self, name: str) -> Copy:
        return replace(copy.deepcopy(self), name=name)

    def act(self, at: int, *changes: tuple[str, str, str, Mapping[str, Any]], merging_: bool = False) -> None:
        number = f"{at:06d}{self.name}{next(_ids)}"
        moment = _moment(at)
        done = [
            Done(self.name, moment, f"person of {self.name}", merging_, kind, item, op, fields)
            for kind, item, op, fields in changes
        ]
        self.acts[number] = done

    def add(self, at: int, kind: str, **fields: Any) -> str:
        id_ = f"{kind}{next(_ids):06d}"
        number = self.last.get(kind, 0) + 1
        self.last[kind] = number
        state = {"ref": f"{KINDS[kind].prefix}-{number:04d}"} | {k: v for k, v in fields.items() if v}
        self.entries[id_] = Entry(kind, state, _moment(at))
        self.act(at, (kind, id_, "add", state))
        return id_

    def change(self, at: int, item: str, name: str, value: Any) -> None:
        entry = self.entries[item]
        before = entry.get(name)
        if before == value:
            return
        self._set(item, name, value)
        self.act(at, (entry.kind, item, "change", {name: [before, value]}))

    def remove(self, at: int, item: str) -> None:
        """As the register does it: with its parts, and whoever can stand without it forgets it."""
        changes: list[tuple[str, str, str, Mapping[str, Any]]] = []
        self._remove(at, item, changes)
        self.act(at, *changes)

    def _remove(self, at: int, item: str, changes: list[Any]) -> None:
        for other in sorted(self.live()):
            entry = self.entries[other]
            parent = KINDS[entry.kind].parent
            if parent and entry.get(parent) == item:
                self._remove(at, other, changes)
                continue
            for f in KINDS[entry.kind].refs:
                before = entry.get(f.name)
                if f.name not in REFERS or item not in ((before or []) if f.many else [before]):
                    continue
                after = ([v for v in before if v != item] or None) if f.many else None
                self._set(other, f.name, after)
                changes.append((entry.kind, other, "change", {f.name: [before, after]}))
        self._set(item, REMOVED, _moment(at))
        changes.append((self.entries[item].kind, item, "remove", {REMOVED: [None, _moment(at)]}))

    def _set(self, item: str, name: str, value: Any) -> None:
        entry = self.entries[item]
        state = {k: v for k, v in entry.state.items() if k != name}
        self.entries[item] = Entry(
            entry.kind, state if value is None else {**state, name: value}, entry.created
        )

    def live(self, kind: str = "") -> list[str]:
        return [i for i, e in self.entries.items() if not e.get(REMOVED) and (not kind or e.kind == kind)]

    def side(self, other: Copy) -> Side:
        new = [self.acts[a] for a in self.acts if a not in other.acts]
        return merging.side(self.entries, [d for done in new for d in done])

    def with_(self, other: Copy, rule: Rule, at: int = 9000) -> tuple[Copy, Merged]:
        """What this copy becomes when it takes the other in."""
        last = {k: max(self.last.get(k, 0), other.last.get(k, 0)) for k in {*self.last, *other.last}}
        merged = merging.merge(self.side(other), other.side(self), rule, last=last)
        made = self.fork(self.name)
        made.entries = dict(merged.entries)
        made.acts |= copy.deepcopy(other.acts)
        made.last = {
            k: max(n, *(int(e.get("ref")[4:]) for e in merged.entries.values() if e.kind == k), 0)
            for k, n in last.items()
        }
        changes: list[tuple[str, str, str, Mapping[str, Any]]] = []
        for item, entry in merged.entries.items():
            before = self.entries.get(item)
            decided = merged.decided.get(item, set())
            if before is None:
                changes.append((entry.kind, item, "add", entry.state))
                before = entry
            differs = {
                n: [before.get(n), entry.get(n)]
                for n in sorted({*before.state, *entry.state})
                if before.get(n) != entry.get(n) and n not in decided
            }
            if differs:
                changes.append((entry.kind, item, "change", differs))
            if decided:
                settled = {n: [before.get(n), entry.get(n)] for n in sorted(decided)}
                changes.append((entry.kind, item, SETTLE, settled))
        made.act(at, *changes, merging_=True)
        return made, merged


def _moment(at: int) -> str:
    return f"2026-11-{1 + at // 1000:02d}T00:{at // 60 % 60:02d}:{at % 60:02d}.000000+00:00"


def start() -> Copy:
    """A little of everything, as both copies knew it."""
    base = Copy("base")
    people = [base.add(1, "person", name=f"担当{n}") for n in range(3)]
    techs = [
        base.add(
            2, "technology", code_name=f"技術{n}", status="candidate", owner=people[n], products=["a", "b"]
        )
        for n in range(2)
    ]
    elements = [base.add(3, "element", technology=techs[n], name=f"要素{n}") for n in range(2)]
    for n in range(2):
        base.add(
            4, "exposure", technology=techs[n], title=f"流出{n}", owner=people[0], elements=[elements[n]]
        )
    base.add(5, "engagement", title="共同研究", technologies=techs, owner=people[1])
    return base


@st.composite
def lives(draw: st.DrawFn, copy_: Copy, *, removing: bool = True) -> Copy:
    """A copy after a few acts of somebody who works in it alone."""
    for at in sorted(draw(st.lists(st.integers(100, 800), max_size=6))):
        what = draw(st.sampled_from(["add", "change", "change", "change", "remove" if removing else "add"]))
        live = copy_.live()
        if what == "add":
            kind = draw(st.sampled_from(sorted(FIELDS)))
            parent = KINDS[kind].parent
            above = copy_.live(parent) if parent else [""]
            if not above:
                continue
            fields = {parent: draw(st.sampled_from(above))} if parent else {}
            title = KINDS[kind].title
            copy_.add(at, kind, **fields, **{title: draw(st.sampled_from(WORDS[:3]))})
        elif not live:  # everything was taken out
            continue
        elif what == "change":
            item = draw(st.sampled_from(live))
            name = draw(st.sampled_from(FIELDS[copy_.entries[item].kind]))
            copy_.change(at, item, name, draw(_value(name, copy_)))
        else:
            copy_.remove(at, draw(st.sampled_from(live)))
    return copy_


def _value(name: str, copy_: Copy) -> st.SearchStrategy[Any]:
    if name in REFERS:
        known = copy_.live(REFERS[name])
        if name not in MANY:
            return st.sampled_from([*known, None])
        return (
            st.lists(st.sampled_from(known), max_size=3, unique=True).map(lambda v: v or None)
            if (known)
            else st.none()
        )
    if name in MANY:
        return st.lists(st.sampled_from("abcde"), max_size=4, unique=True).map(lambda v: v or None)
    return st.sampled_from(WORDS).map(lambda v: v or None)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Copy, Copy]:
    """Two copies that parted and lived on."""
    base = start()
    return draw(lives(base.fork("A"))), draw(lives(base.fork("B")))


def flipped(rule: Rule) -> Rule:
    """The same rule, seen from the other copy."""

    def other(conflict: Conflict) -> Choice | None:
        found = rule(
            replace(
                conflict,
                ours=conflict.theirs,
                theirs=conflict.ours,
                our_write=conflict.their_write,
                their_write=conflict.our_write,
            )
        )
        return {"ours": "theirs", "theirs": "ours", "newest": "newest", None: None}[found]

    return other


def always(choice: Choice) -> Rule:
    return lambda conflict: choice


CHOICES = st.sampled_from(["ours", "theirs", "newest"])


def content(of: Copy | Merged) -> dict[str, Any]:
    """What a copy holds, field by field."""
    return {i: (e.kind, e.created, dict(e.state)) for i, e in of.entries.items()}


def loosely(of: Copy) -> dict[str, Any]:
    """The same without what depends on the order in which three copies met: numbers, order within lists."""
    return {
        i: {n: sorted(v) if isinstance(v, list) else v for n, v in e.state.items() if n != "ref"}
        for i, e in of.entries.items()
    }


def dangling(of: Copy) -> Iterator[tuple[str, str]]:
    for item in of.live():
        entry = of.entries[item]
        for f in KINDS[entry.kind].refs:
            value = entry.get(f.name)
            for target in value if isinstance(value, list) else [value] if value else []:
                if of.entries[target].get(REMOVED):
                    yield item, f.name


@given(pairs(), CHOICES)
def test_it_does_not_matter_which_copy_takes_the_other_in(pair: tuple[Copy, Copy], choice: Choice) -> None:
    a, b = pair
    one, _ = a.with_(b, always(choice))
    other, _ = b.with_(a, flipped(always(choice)))
    assert content(one) == content(other)


@given(pairs(), CHOICES)
def test_merging_twice_changes_nothing(pair: tuple[Copy, Copy], choice: Choice) -> None:
    a, b = pair
    once, _ = a.with_(b, always(choice))
    twice, merged = once.with_(b, always("theirs" if choice == "ours" else "ours"))
    assert content(twice) == content(once)
    assert not merged.settled


@given(pairs(), CHOICES)
def test_copies_that_took_each_other_in_have_nothing_to_tell(pair: tuple[Copy, Copy], choice: Choice) -> None:
    a, b = pair
    one, _ = a.with_(b, always(choice))
    other, _ = b.with_(a, flipped(always(choice)))
    again, merged = one.with_(other, lambda conflict: None)
    assert not merged.open
    assert content(again) == content(one)


@given(pairs(), CHOICES)
def test_nothing_of_either_side_is_lost(pair: tuple[Copy, Copy], choice: Choice) -> None:
    """What one side wrote and the other did not stands; entries of both are there."""
    a, b = pair
    made, merged = a.with_(b, always(choice))
    assert made.entries.keys() == a.entries.keys() | b.entries.keys()
    asked = {key for conflict, _ in merged.settled for key in (conflict.key, *conflict.because)}
    for mine, other in ((a.side(b), b.side(a)), (b.side(a), a.side(b))):
        for item, name in mine.writes:
            entry, result = mine.entries[item], made.entries[item]
            if (item, name) in other.writes or (item, name) in asked or result.get(REMOVED):
                continue
            if name == REMOVED:
                assert item in {c.item for c, _ in merged.settled} | set(merged.still_needed) or any(
                    made.entries[c.item] for c, _ in merged.settled
                )
            elif name in MANY:
                gone = {v for v in entry.get(name) or () if made.entries.get(v, result).get(REMOVED)}
                assert set(entry.get(name) or ()) - gone <= set(result.get(name) or ())
            elif name in REFERS:
                target = entry.get(name)
                forgotten = target and made.entries[target].get(REMOVED)
                brought_back = target is None and merged.settled
                assert result.get(name) == target or forgotten or brought_back or merged.still_needed
            else:
                assert result.get(name) == entry.get(name)


@given(pairs(), CHOICES)
def test_what_comes_out_holds_together(pair: tuple[Copy, Copy], choice: Choice) -> None:
    """No live entry refers to one that is gone, and no two of a kind have the same number."""
    a, b = pair
    made, _ = a.with_(b, always(choice))
    assert not list(dangling(a)), "the model itself"
    assert not list(dangling(made))
    numbers = [e.get("ref") for e in made.entries.values()]
    assert len(set(numbers)) == len(numbers)


@given(st.data())
def test_three_copies_give_the_same_in_any_order(data: st.DataObject) -> None:
    """Of edits and additions, by the clocks: who met whom first does not show. (What was taken out on one
    side and worked on in another is a question of its own in each meeting.)
    """
    base = start()
    a, b, c = (data.draw(lives(base.fork(name), removing=False)) for name in "ABC")
    newest = always("newest")
    ab, _ = a.with_(b, newest, 9000)
    left, _ = ab.with_(c, newest, 9100)
    bc, _ = b.with_(c, newest, 9200)
    right, _ = a.with_(bc, newest, 9300)
    assert loosely(left) == loosely(right)
    both, merged = left.with_(right, lambda conflict: None)
    assert not merged.open
    assert loosely(both) == loosely(left)


@given(st.data(), CHOICES)
def test_work_goes_on_after_a_merge(data: st.DataObject, choice: Choice) -> None:
    """A took B in; both work on. The next meeting is about what is new only."""
    base = start()
    a, b = (data.draw(lives(base.fork(name))) for name in "AB")
    a, _ = a.with_(b, always(choice))
    a, b = data.draw(lives(a)), data.draw(lives(b))
    before = content(b)
    b2, merged = b.with_(a, always("theirs"))
    a2, _ = a.with_(b, flipped(always("theirs")))
    assert content(a2) == content(b2)
    if all(content(a)[i] == before.get(i) for i in content(a)):
        assert not merged.settled


def test_a_conflict_names_both_values_who_and_when() -> None:
    base = start()
    a, b = base.fork("A"), base.fork("B")
    item = base.live("technology")[0]
    a.change(100, item, "note", "鉄道で")
    b.change(200, item, "note", "工場で")
    _, merged = a.with_(b, lambda conflict: None)
    (conflict,) = merged.open
    assert (conflict.field, conflict.ours, conflict.theirs) == ("note", "鉄道で", "工場で")
    assert conflict.our_write is not None
    assert conflict.their_write is not None
    assert (conflict.our_write.person, conflict.their_write.person) == ("person of A", "person of B")
    assert conflict.our_write.at < conflict.their_write.at
    assert a.with_(b, always("newest"))[0].entries[item].get("note") == "工場で"


def test_what_was_changed_and_changed_back_is_no_conflict() -> None:
    base = start()
    a, b = base.fork("A"), base.fork("B")
    item = base.live("technology")[0]
    a.change(100, item, "note", "仮")
    a.change(101, item, "note", None)
    b.change(200, item, "note", "工場で")
    made, merged = a.with_(b, lambda conflict: None)
    assert not merged.open
    assert made.entries[item].get("note") == "工場で"


def test_taken_out_here_and_worked_on_there_is_one_question_about_the_whole() -> None:
    base = start()
    a, b = base.fork("A"), base.fork("B")
    technology = base.live("technology")[0]
    exposure, element = base.live("exposure")[0], base.live("element")[0]
    engagement = base.live("engagement")[0]
    a.remove(100, technology)
    b.change(200, exposure, "note", "新しい兆候")
    new = b.add(201, "element", technology=technology, name="条件")

    kept, merged = a.with_(b, always("theirs"))
    ((conflict, _),) = merged.settled
    assert (conflict.item, conflict.field) == (technology, REMOVED)
    assert set(conflict.because) == {(exposure, "note"), (new, "technology")}
    assert {technology, exposure, element, new} <= set(kept.live())
    assert kept.entries[exposure].get("elements") == [element]
    assert technology in kept.entries[engagement].get("technologies")

    gone, _ = a.with_(b, always("ours"))
    assert not {technology, exposure, element, new} & set(gone.live())
    assert gone.entries[exposure].get("note") == "新しい兆候"


def test_what_is_needed_elsewhere_stays_without_a_question() -> None:
    base = start()
    a, b = base.fork("A"), base.fork("B")
    person, exposure = base.live("person")[2], base.live("exposure")[0]
    a.remove(100, person)
    b.add(200, "acceptance", exposure=exposure, accepted_by=person, reason="契約改定まで")
    made, merged = a.with_(b, lambda conflict: None)
    assert not merged.open
    assert merged.still_needed == [person]
    assert person in made.live()


def test_of_two_new_entries_with_one_number_the_later_gets_another() -> None:
    base = start()
    a, b = base.fork("A"), base.fork("B")
    late, early = a.add(200, "technology", code_name="後"), b.add(100, "technology", code_name="先")
    made, merged = a.with_(b, always("ours"))
    assert made.entries[early].get("ref") == "TEC-0003"
    assert made.entries[late].get("ref") == "TEC-0004"
    (told,) = merged.renumbered
    assert (told.item, told.before, told.after) == (late, "TEC-0003", "TEC-0004")


def test_a_session_that_one_copy_closed_stands_as_it_was_signed_off() -> None:
    base = start()
    review = base.add(6, "review", title="レビュー会", status="held")
    item = base.add(7, "outcome", review=review, title="議題", position=1, outcome="pending")
    a, b = base.fork("A"), base.fork("B")
    closed = _moment(150)
    a.change(149, item, "outcome", "done")
    a.act(
        150,
        (
            "review",
            review,
            "change",
            {"status": ["held", "closed"], "closed_at": [None, closed], "snapshot": [None, "ab"]},
        ),
    )
    for name, value in (("status", "closed"), ("closed_at", closed), ("snapshot", "ab")):
        a._set(review, name, value)
    b.change(200, item, "note", "後から")
    late = b.add(201, "outcome", review=review, title="追加", position=2)
    decision = b.add(202, "decision", title="決めたこと", review=review)

    for made, merged in (a.with_(b, lambda c: None), b.with_(a, lambda c: None)):
        assert not merged.open
        assert made.entries[item].get("note") is None
        assert made.entries[review].get("snapshot") == "ab"
        assert made.entries[late].get(REMOVED) == closed
        assert decision in made.live()
        assert {(k.item, k.field) for k in merged.kept_out} == {(item, "note"), (late, "")}


def test_fields_that_do_not_fit_together_are_settled_as_a_whole() -> None:
    base = start()
    a, b = base.fork("A"), base.fork("B")
    item = base.live("technology")[0]
    a.change(100, item, "status", "核心")
    b.change(200, item, "note", "候補のまま")

    def fits(kind: str, state: Mapping[str, Any]) -> bool:
        return not (state.get("status") == "核心" and state.get("note"))

    merged = merging.merge(a.side(b), b.side(a), fits=fits)
    (conflict,) = merged.open
    assert conflict.field == ""
    assert conflict.ours == {"note": None, "status": "核心"}
    settled = merging.merge(a.side(b), b.side(a), always("theirs"), fits=fits)
    assert settled.entries[item].get("note") == "候補のまま"
    assert settled.entries[item].get("status") == "candidate"
    assert settled.decided[item] == {"note", "status"}


def test_the_same_checklist_taken_on_both_sides_is_there_once() -> None:
    base = start()
    a, b = base.fork("A"), base.fork("B")
    first = a.add(100, "checkitem", checklist="list", code="c1", wording="問い")
    second = b.add(200, "checkitem", checklist="list", code="c1", wording="問い")
    for made, merged in (a.with_(b, always("ours")), b.with_(a, always("ours"))):
        assert made.live("checkitem") == [first]
        assert merged.twice == [second]


def test_the_next_look_at_an_exposure_that_both_rated_is_the_earlier() -> None:
    base = start()
    a, b = base.fork("A"), base.fork("B")
    exposure = base.live("exposure")[0]
    for made, day in ((a, "2027-05-01"), (b, "2027-02-01")):
        made.add(100, "rating", exposure=exposure, rationale="根拠")
        made.change(101, exposure, "next_review", day)
    made, merged = a.with_(b, lambda conflict: None)
    assert not merged.open
    assert made.entries[exposure].get("next_review") == "2027-02-01"
