"""Two copies of a register on disk come together: what is there afterwards, and how it is proved."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from techguard import merging as bringing
from techguard.domain import errors, merging
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.kinds import KINDS, kind_of
from techguard.domain.merging import Choice, Conflict, Rule
from techguard.register import Query, Register
from techguard.store import history
from techguard.store.entitled import FIELDS
from tests.conftest import Clock, Place
from tests.made_up import own_scale, world

T = TypeVar("T", bound=i.Item)


def every(register: Register, model: type[T]) -> list[T]:
    """The entries of a kind, removed ones too."""
    return [*register.find(model), *register.find(model, Query(removed=True))]


def everything(register: Register) -> dict[str, dict[str, Any]]:
    """Every entry, removed ones too, computed fields too, in the order of each kind."""
    return {
        kind.name: {
            item.id: history.state(item, kind) | {"created": item.created_at}
            for item in every(register, kind.model)
        }
        for kind in KINDS.values()
    }


def in_order(register: Register) -> list[str]:
    return [id_ for found in everything(register).values() for id_ in found]


def but_access(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is the same after copies took each other in: all but who has access."""
    people = {
        id_: {name: value for name, value in state.items() if name not in FIELDS}
        for id_, state in found["person"].items()
    }
    return found | {"person": people}


def access(register: Register) -> dict[str, w.Access | None]:
    """What everybody may do."""
    return {p.id: p.access for p in every(register, i.Person)}


def always(choice: Choice) -> Rule:
    return lambda conflict: choice


def unsettled(conflict: Conflict) -> None:
    return None


@pytest.fixture
def pair(place: Place, tmp_path: Path) -> tuple[Place, Place]:
    """Two copies of a register with a little in it; the other's clock runs an hour later."""
    with place.open() as register:
        technology = register.add(i.Technology(code_name="焼結プロファイルK"))
        exposure = register.add(
            i.Exposure(technology=technology.id, title="共同研究先から条件が流出する", route="R01")
        )
        register.rate(exposure, likelihood=3, impact=3, rationale="同業で発生")
        register.add(i.Review(title="第一四半期レビュー会", status=w.ReviewStatus.HELD))
    return place, fork(place, tmp_path / "train.techguard")


def fork(place: Place, path: Path) -> Place:
    shutil.copytree(place.path, path)
    clock = Clock(place.clock.moment + timedelta(hours=1))
    return Place(path, place.code, clock)


@contextmanager
def both(pair: tuple[Place, Place]) -> Iterator[tuple[Register, Register]]:
    with pair[0].open() as ours, pair[1].open() as theirs:
        yield ours, theirs


def taken(place: Place, other: Place, rule: Rule = unsettled) -> merging.Merged | None:
    """Merge the other copy into the first; it was only read."""
    before = {p: p.read_bytes() for p in sorted(other.path.rglob("*")) if p.is_file()}
    with place.open() as register, other.open(read_only=True) as there:
        found = bringing.merge(register, there, rule)
        assert register.verify().findings == ()
    assert {p: p.read_bytes() for p in sorted(other.path.rglob("*")) if p.is_file()} == before
    return found


def test_what_was_done_on_the_train_and_in_the_plant_is_there_afterwards(pair: tuple[Place, Place]) -> None:
    with both(pair) as (ours, theirs):
        technology = ours.find(i.Technology)[0]
        ours.change(technology, note="工場で")
        there = theirs.get(technology.id, i.Technology)
        theirs.change(there, outline="鉄道で", products=("ガラス基板",))
        theirs.add(i.Technology(code_name="薄膜"))
        theirs.rate(theirs.find(i.Exposure)[0], likelihood=5, impact=5, rationale="新しい事例")
    found = taken(*pair)
    assert found is not None
    assert not found.settled
    with pair[0].open() as register:
        technology = register.find(i.Technology)[0]
        assert (technology.note, technology.outline) == ("工場で", "鉄道で")
        assert [t.code_name for t in register.find(i.Technology)] == ["焼結プロファイルK", "薄膜"]
        assert register.find(i.Exposure)[0].level == 5
        assert register.history(limit=1)[0].action == "merge"
        assert register.search("ガラス基板")
        assert register.undoable() is None or register.undoable().action != "merge"  # type: ignore[union-attr]


def test_a_conflict_that_nobody_settled_changes_nothing(pair: tuple[Place, Place]) -> None:
    with both(pair) as (ours, theirs):
        ours.change(ours.find(i.Technology)[0], note="工場で")
        theirs.change(theirs.find(i.Technology)[0], note="鉄道で")
    with both(pair) as (ours, theirs):
        before, head = everything(ours), ours.head
        with pytest.raises(errors.ConflictsOpen):
            bringing.merge(ours, theirs, unsettled)
        assert (everything(ours), ours.head) == (before, head)
        (conflict,) = bringing.together(bringing.parting(ours, theirs), unsettled).open
        assert (conflict.ours, conflict.theirs) == ("工場で", "鉄道で")
        assert conflict.our_write is not None
        assert conflict.our_write.person == ours.me.id
    taken(*pair, always("newest"))
    with pair[0].open() as register:
        assert register.find(i.Technology)[0].note == "鉄道で"


def test_a_copy_that_only_went_on_is_taken_over_as_it_is(pair: tuple[Place, Place]) -> None:
    with pair[1].open() as theirs:
        theirs.change(theirs.find(i.Technology)[0], note="鉄道で")
        theirs.add(i.Technology(code_name="薄膜"))
        wanted, head = everything(theirs), theirs.head
    taken(*pair)
    with pair[0].open() as register:
        assert (everything(register), register.head) == (wanted, head)
        assert in_order(register) == [id_ for found in wanted.values() for id_ in found]
        assert register.undo().undoes == head[0]
    assert taken(pair[1], pair[0]) is not None


def test_merging_twice_and_both_ways_ends(pair: tuple[Place, Place]) -> None:
    with both(pair) as (ours, theirs):
        ours.change(ours.find(i.Technology)[0], note="工場で")
        theirs.change(theirs.find(i.Technology)[0], note="鉄道で")
        theirs.add(i.Technology(code_name="薄膜"))
        ours.add(i.Technology(code_name="塗工"))
    assert taken(*pair, always("ours")) is not None
    assert taken(*pair) is None
    assert taken(pair[1], pair[0]) is not None
    assert taken(*pair) is None
    assert taken(pair[1], pair[0]) is None
    with both(pair) as (ours, theirs):
        assert everything(ours) == everything(theirs)
        numbers = {t.code_name: t.ref for t in ours.find(i.Technology)}
        assert numbers == {"焼結プロファイルK": "TEC-0001", "塗工": "TEC-0002", "薄膜": "TEC-0003"}
        assert ours.add(i.Technology(code_name="次")).ref == "TEC-0004"


def test_what_one_took_out_and_the_other_needs_stays_whichever_copy_takes_the_other_in_first(
    pair: tuple[Place, Place],
) -> None:
    """Also in the copy that took it out, when the other, where it never went, took that one in before."""
    with both(pair) as (ours, theirs):
        owner = ours.add(i.Person(name="技術責任者"))
    taken(pair[1], pair[0])
    with both(pair) as (ours, theirs):
        exposure = theirs.find(i.Exposure)[0]
        theirs.accept(
            exposure,
            by=owner.id,
            role=w.AcceptanceRole.OFFICER,
            reason="対策が済むまで",
            until=theirs.today + timedelta(days=30),
        )
        ours.remove(ours.get(owner.id))
    taken(pair[1], pair[0])
    taken(pair[0], pair[1])
    with both(pair) as (ours, theirs):
        assert ours.get(owner.id).removed_at is None
        assert everything(ours) == everything(theirs)
    assert taken(*pair) is None
    assert taken(pair[1], pair[0]) is None


def test_three_copies(pair: tuple[Place, Place], tmp_path: Path) -> None:
    a, b = pair
    c = fork(a, tmp_path / "home.techguard")
    c.clock.moment += timedelta(minutes=7)
    for place, note, name in ((a, "note", "塗工"), (b, "outline", "薄膜"), (c, "criticality_reason", "接合")):
        with place.open() as register:
            register.change(register.find(i.Technology)[0], **{note: name})
            register.add(i.Technology(code_name=name))
            register.rate(register.find(i.Exposure)[0], likelihood=2, impact=2, rationale=name)
    taken(a, b)
    with b.open() as register:
        register.add(i.Technology(code_name="後から"))
        register.rate(register.find(i.Exposure)[0], likelihood=4, impact=4, rationale="後から")
    taken(c, a)
    taken(c, b)
    taken(a, c)
    taken(b, c)
    with a.open() as one, b.open() as two, c.open() as three:
        assert everything(one) == everything(two) == everything(three)
        assert in_order(one) == in_order(two) == in_order(three)
        assert {t.code_name for t in one.find(i.Technology)} == {
            "焼結プロファイルK",
            "塗工",
            "薄膜",
            "接合",
            "後から",
        }
        known = [set(_digests(r)) for r in (one, two, three)]
        assert known[2] <= known[0] & known[1]


def _digests(register: Register) -> list[bytes]:
    rows = register._store.connection.execute(
        text("SELECT digest FROM history UNION SELECT digest FROM merged_history")
    )
    return [row.digest for row in rows]


def test_the_newest_rating_stands_whichever_copy_takes_the_other_in(pair: tuple[Place, Place]) -> None:
    """Rated on the same day in both: what was recorded last stands, also after any number of merges."""
    with both(pair) as (ours, theirs):
        theirs.rate(theirs.find(i.Exposure)[0], likelihood=5, impact=5, rationale="後")
        pair[0].clock.turn(0)
        ours.rate(ours.find(i.Exposure)[0], likelihood=1, impact=1, rationale="先")
    taken(*pair)
    taken(pair[1], pair[0])
    with both(pair) as (ours, theirs):
        assert ours.find(i.Exposure)[0].level == 5
        assert everything(ours) == everything(theirs)
        assert in_order(ours) == in_order(theirs)


def test_a_session_closed_elsewhere_is_read_as_it_was_closed(pair: tuple[Place, Place]) -> None:
    with both(pair) as (ours, theirs):
        review = theirs.find(i.Review)[0]
        exposure = theirs.find(i.Exposure)[0]
        theirs.rate(exposure, likelihood=4, impact=4, rationale="会議で")
        theirs.close_review(review, signed_by=theirs.me.id, held_on=theirs.today)
        closed = theirs.get(review.id, i.Review)
        there = theirs.states_at("exposure", closed.snapshot_seq or 0, "level", "status")
        theirs.rate(exposure, likelihood=1, impact=1, rationale="その後")
        ours.change(ours.find(i.Exposure)[0], note="工場で")
        ours.change(ours.get(review.id, i.Review), note="工場で")
    found = taken(*pair)
    assert found is not None
    assert [(k.field, k.value) for k in found.kept_out] == [("note", "工場で")]
    with pair[0].open() as register:
        review = register.find(i.Review)[0]
        assert review.snapshot == closed.snapshot
        read = register.states_at(
            "exposure", review.snapshot_seq or 0, "level", "status", digest=review.snapshot
        )
        assert read == there
        assert register.get(exposure.id, i.Exposure).level != read[exposure.id]["level"]


def test_a_scale_that_one_copy_brought_in_holds_for_what_the_other_rated(pair: tuple[Place, Place]) -> None:
    with both(pair) as (ours, theirs):
        theirs.add(own_scale(matrix=("1 1 1 1 1", "1 1 1 1 1", "1 1 2 2 2", "1 1 2 2 2", "1 1 2 2 2")))
        exposure = ours.find(i.Exposure)[0]
        ours.rate(exposure, likelihood=5, impact=5, rationale="工場で")
    taken(*pair)
    taken(pair[1], pair[0])
    with both(pair) as (ours, theirs):
        assert ours.find(i.Exposure)[0].level == 2
        assert everything(ours) == everything(theirs)


def test_another_vault_is_none_of_its_copies(pair: tuple[Place, Place], tmp_path: Path) -> None:
    from tests.conftest import made

    stranger = made(tmp_path / "other.techguard")
    with pair[0].open() as ours, stranger.open(read_only=True) as theirs, pytest.raises(errors.AnotherVault):
        bringing.merge(ours, theirs, unsettled)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("UPDATE merged_changes SET fields = replace(fields, '鉄道', '船旅')", "ChangesAltered"),
        ("DELETE FROM merged_changes", "ChangesAltered"),
        ("UPDATE merged_history SET reason = '別の理由'", "EntryAltered"),
        ("UPDATE merged_history SET previous = zeroblob(32)", "EntryAltered"),
        ("DELETE FROM merged_history WHERE n = (SELECT max(n) FROM merged_history)", "MergedMissing"),
        ("DELETE FROM merged_history WHERE n = (SELECT min(n) FROM merged_history)", "ChainBroken"),
        ("UPDATE history SET merges = NULL", "EntryAltered"),
        ("UPDATE history SET merges = NULL", "MergedStray"),
        ("UPDATE merged_history SET signature = zeroblob(64)", "SignatureWrong"),
    ],
)
def test_acts_of_another_copy_cannot_be_altered_unnoticed(
    pair: tuple[Place, Place], harm: str, code: str
) -> None:
    with both(pair) as (ours, theirs):
        ours.change(ours.find(i.Technology)[0], note="工場で")
        theirs.change(theirs.find(i.Technology)[0], outline="鉄道で")
        theirs.add(i.Technology(code_name="薄膜"))
    taken(*pair)
    with pair[0].open() as register:
        connection = register._store.connection
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql(harm)
        assert code in {f.code for f in register.verify().findings}


def test_an_act_of_merging_that_brings_what_nobody_wrote_is_found(
    pair: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed by somebody who has a key and a program of their own."""
    with both(pair) as (ours, theirs):
        ours.change(ours.find(i.Technology)[0], note="工場で")
        theirs.change(theirs.find(i.Technology)[0], outline="鉄道で")
    with both(pair) as (ours, theirs):
        result = bringing.together(bringing.parting(ours, theirs), unsettled)
        technology = ours.find(i.Technology)[0].id
        entry = result.entries[technology]
        forged = merging.Entry(entry.kind, {**entry.state, "outline": "誰も書いていない"}, entry.created)
        result.entries[technology] = forged
        monkeypatch.setattr(bringing, "together", lambda *_: result)
        bringing.merge(ours, theirs, unsettled)
        (finding,) = ours.verify().findings
        assert finding.code == "MergedDiffers"
        assert "outline" in str(finding.problem)


# Any two lives


def live(register: Register, chance: Random, steps: int) -> None:
    """Somebody works in a copy for a while: adds, changes, rates, takes out, takes back."""
    for _ in range(steps):
        kind = KINDS[chance.choice(["technology", "exposure", "countermeasure", "engagement", "person"])]
        found = register.find(kind.model)
        what = chance.choice(["change", "change", "add", "rate", "remove", "undo", "restore", "grant"])
        try:
            if what == "change" and found:
                item, f = chance.choice(found), chance.choice(kind.editable)
                other = chance.choice(found)
                register.change(item, **{f.name: getattr(other, f.name)})
            elif what == "add":
                like = chance.choice(found or register.find(i.Technology))
                register.add(type(like)(**{f.name: getattr(like, f.name) for f in kind_of(like).editable}))
            elif what == "rate":
                exposure = chance.choice(register.find(i.Exposure))
                register.rate(
                    exposure,
                    likelihood=chance.randint(1, 5),
                    impact=chance.randint(1, 5),
                    rationale="根拠",
                    rated_on=register.today - timedelta(days=chance.randint(0, 2)),
                )
            elif what == "grant":
                person = chance.choice([p for p in register.find(i.Person) if p.id != register.me.id])
                register.grant(person, chance.choice([None, *w.Access]), ())
            elif what == "remove" and found:
                register.remove(chance.choice(found), with_parts=True)
            elif what == "undo":
                register.undo()
            elif what == "restore":
                gone = [x for x in register.find(kind.model, Query(removed=True)) if x.removed_at]
                if gone:
                    register.restore(chance.choice(gone).ref)
        except (
            errors.Invalid,
            errors.InUse,
            errors.CannotUndo,
            errors.NothingToUndo,
            errors.UntestedControl,
            errors.ReferredTo,
            errors.Conflict,
            errors.StillHasAccess,
            IndexError,
        ):
            continue


@pytest.fixture(scope="module")
def peopled(copied: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A register full of everything."""
    place = copied(tmp_path_factory.mktemp("peopled") / "acme.techguard")
    with place.open() as register:
        register.bulk(world(Random(7), date(2026, 11, 23), size=4))
    return place


@pytest.mark.parametrize("choice", ["ours", "theirs", "newest"])
@pytest.mark.parametrize("seed", range(4))
def test_any_two_lives_come_together(
    peopled: Place, tmp_path_factory: pytest.TempPathFactory, seed: int, choice: Choice
) -> None:
    """By seeds and not by hypothesis: on disk there is no time for shrinking."""
    folder = tmp_path_factory.mktemp("lives")
    chance = Random(seed)
    places = [fork(peopled, folder / f"{name}.techguard") for name in "AB"]
    places[0].clock.moment += timedelta(minutes=7, microseconds=1)
    for place in places:
        with place.open() as register:
            live(register, chance, 12)
    a, b = places
    other_way: Choice = {"ours": "theirs", "theirs": "ours"}.get(choice, choice)  # type: ignore[assignment]
    shutil.copytree(a.path, folder / "A2.techguard")
    before = Place(folder / "A2.techguard", a.code, a.clock)
    with both((a, b)) as (ours, theirs):
        nobody = {p.id: None for register in (ours, theirs) for p in every(register, i.Person)}
        had = [nobody | access(register) for register in (ours, theirs)]
    taken(a, b, always(choice))
    assert taken(a, b) is None
    taken(b, before, always(other_way))
    with both((a, b)) as (ours, theirs):
        assert [access(ours), access(theirs)] == had
        mine, other = but_access(everything(ours)), but_access(everything(theirs))
        for kind, found in mine.items():
            for id_ in found:
                assert found[id_] == other[kind][id_], id_
        assert in_order(ours) == in_order(theirs)
        assert ours._verify_contents(lambda done, of: None).ok
    assert taken(a, b) is None
    shutil.rmtree(folder)


def test_an_act_of_the_other_copy_in_the_name_of_another_is_found(pair: tuple[Place, Place]) -> None:
    """Whoever opens the vault could sign with their own key, as if somebody else had acted there."""
    with both(pair) as (ours, theirs):
        ours.add(i.Technology(code_name="薄膜"))
        theirs.add(i.Technology(code_name="蒸着"))
    taken(*pair)
    with pair[0].open() as register:
        other = register.person_named("別の担当者")
        connection = register._store.connection
        row = connection.execute(text("SELECT * FROM merged_history ORDER BY n DESC LIMIT 1")).one()
        moment = history.tables.merged_history.c.at.type.result_processor(connection.dialect, None)
        assert moment is not None
        entry = dict(row._mapping) | {"person": other.id, "key": register.vault.key_id}
        message = history.preimage(register.vault.vault_id, entry | {"at": moment(row.at)})
        connection.exec_driver_sql(
            "UPDATE merged_history SET person = ?, key = ?, digest = ?, signature = ? WHERE n = ?",
            (
                other.id,
                register.vault.key_id,
                history.sha256(message).digest(),
                register.vault.sign(message),
                row.n,
            ),
        )
        codes = {f.code for f in register.verify().findings if f.part == "history of other copies"}
        assert "ActorWrong" in codes
        assert not codes & {"SignatureWrong", "EntryAltered"}, "all else about the act is whole"
