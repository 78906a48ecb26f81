"""What was taken out long ago loses its values for good, and the history proves itself as before."""

from __future__ import annotations

import hashlib
import hmac
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techguard import merging, pruning
from techguard.domain import errors
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.kinds import KINDS
from techguard.domain.pruning import Rule, closed
from techguard.register import Query, Register
from techguard.store import history
from tests.conftest import Place
from tests.made_up import world

SECRET = "極秘のアニール条件八百二十度"
PERSON = "退職した研究員の氏名"
WHY = "保存期間の十年を過ぎた"


def later(register: Register) -> Rule:
    return Rule(register.today + timedelta(days=1))


@pytest.fixture
def filled(register: Register) -> Register:
    """One technology that stays, and one with its exposure, rating and element that was taken out."""
    kept = register.add(i.Technology(code_name="焼結プロファイルK"))
    gone = register.add(i.Technology(code_name=SECRET, outline=f"{SECRET}の概要"))
    exposure = register.add(i.Exposure(technology=gone.id, title=f"{SECRET}の流出"))
    register.rate(exposure, likelihood=3, impact=4, rationale=f"{SECRET}の根拠")
    register.add(i.Countermeasure(title="入室の記録", exposures=(exposure.id,)))
    register.change(register.get(gone.id, i.Technology), outline=f"{SECRET}の新しい概要")
    register.add(i.Person(name=PERSON))
    register.remove(gone, with_parts=True)
    register.remove(register.person_named(PERSON))
    assert kept.removed_at is None
    return register


def refs(found: tuple[Any, ...]) -> set[str]:
    return {e.ref for e in found}


def test_what_was_taken_out_is_pruned_and_everything_still_proves_itself(filled: Register) -> None:
    before = filled.checkpoint()
    digests = filled.digests()
    plan = pruning.prune(filled, later(filled), WHY)
    assert refs(plan.goes) == {"TEC-0002", "EXP-0001", "RTG-0001", "PSN-0002"}
    assert not plan.stays
    verified = filled.verify()
    assert verified.findings == ()
    assert filled.digests()[: len(digests)] == digests, "what was signed is as it was"
    assert filled.hold(before).problems == (), "a checkpoint of before still fits"
    with pytest.raises(errors.NotFound):
        filled.get("TEC-0002")
    assert not filled.search(SECRET)
    assert [t.ref for t in filled.find(i.Technology)] == ["TEC-0001"]
    assert not filled.find(i.Technology, Query(removed=True))
    added = filled.add(i.Technology(code_name="薄膜"))
    assert added.ref == "TEC-0003", "a number is given once"


def test_a_tombstone_says_who_what_when_why_and_by_which_rule(filled: Register) -> None:
    rule = Rule(later(filled).before, ("person",))
    pruning.prune(filled, rule, WHY)
    act = filled.history(limit=1)[0]
    assert (act.action, act.reason, act.person, act.count) == ("prune", WHY, filled.me.name, 1)
    (change,) = act.changes
    assert (change.kind, change.ref, change.op) == ("person", "PSN-0002", "prune")
    assert change.fields["rule"][1] == {"removed_before": rule.before.isoformat(), "kinds": ["person"]}
    told = filled.history("PSN-0002")
    assert [c.op for a in told for c in a.changes] == ["prune", "remove", "add"]
    assert [c.pruned for a in told for c in a.changes] == [False, True, True]
    assert all(PERSON not in repr(a) for a in filled.history(limit=100))
    assert PERSON not in repr(filled.told_history())


def test_it_needs_a_reason_an_editor_and_a_register_open_for_writing(place: Place) -> None:
    with place.open() as register, pytest.raises(errors.ReasonNeeded):
        pruning.prune(register, later(register), "  ")
    with place.open(read_only=True) as register, pytest.raises(errors.ReadOnly):
        pruning.prune(register, later(register), WHY)


def test_nothing_that_is_there_or_was_taken_out_later_is_pruned(filled: Register) -> None:
    assert not pruning.prune(filled, Rule(filled.today), WHY).goes
    assert filled.history(limit=1)[0].action != "prune", "nothing to do is no act"
    assert not pruning.prune(filled, Rule(later(filled).before, ("engagement",)), WHY).goes


def test_what_something_refers_to_stays_and_is_said(filled: Register) -> None:
    plan = pruning.look(filled, Rule(later(filled).before, ("technology",)))
    assert not plan.goes
    (kept,) = plan.stays
    assert (kept.entry.ref, kept.because, kept.needed_by) == ("TEC-0002", "needed", "EXP-0001")


def test_who_acted_and_what_left_the_register_stay(register: Register) -> None:
    with register.act(review=register.add(i.Review(title="開かれなかった会")).id):
        register.add(i.Technology(code_name="焼結"))
    register.remove(register.find(i.Review)[0])
    connection = register._store.connection
    connection.exec_driver_sql("UPDATE people SET removed_at = ?", (str(history.plain(register.now)),))
    stays = {k.entry.ref: k.because for k in pruning.look(register, later(register)).stays}
    assert stays == {"REV-0001": "acted", "PSN-0001": "acted"}


def test_nothing_of_it_is_undone(filled: Register) -> None:
    seqs = [e.seq for e in filled.history(limit=100)]
    pruning.prune(filled, later(filled), WHY)
    with pytest.raises(errors.NothingToUndo):
        filled.undo(filled.head[0])
    with pytest.raises(errors.Pruned, match="PSN-0002"):
        filled.undo(seqs[0])
    with pytest.raises((errors.Pruned, errors.Invalid, errors.CannotUndo)):
        filled.undo(seqs[1])
    assert filled.verify().findings == ()


# The bytes are gone


def pages(place: Place) -> Iterator[bytes]:
    """Every page of the database as it is under the encryption, also those that nothing uses any more.

    SQLCipher 4: 4,096 bytes a page, of which the last 80 are the initialisation vector and HMAC-SHA-512.
    """
    with place.vault(read_only=True) as vault:
        key = bytes(vault._key("database"))
    data = (place.path / "register.db").read_bytes()
    salt = data[:16]
    mac_key = hashlib.pbkdf2_hmac("sha512", key, bytes(b ^ 0x3A for b in salt), 2, 32)
    for number in range(len(data) // 4096):
        page = data[number * 4096 : (number + 1) * 4096]
        body = page[16:-80] if number == 0 else page[:-80]
        iv, mac = page[-80:-64], page[-64:]
        counted = (number + 1).to_bytes(4, "little")
        assert hmac.digest(mac_key, body + iv + counted, "sha512") == mac, "these are the pages"
        decrypted = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        yield decrypted.update(body) + decrypted.finalize()


def test_no_page_of_the_database_holds_what_was_pruned(place: Place) -> None:
    with place.open() as register:
        technology = register.add(i.Technology(code_name=SECRET, outline=f"{SECRET}。" * 250))
        register.add(i.Person(name=PERSON))
        register.add(i.Technology(code_name="焼結プロファイルK"))
        register.remove(technology)
        register.remove(register.person_named(PERSON))
    found = b"".join(pages(place))
    assert SECRET.encode() in found
    assert PERSON.encode() in found
    assert "アニ".encode() in found
    with place.open() as register:
        pruning.prune(register, later(register), WHY)
    found = b"".join(pages(place))
    for word in (SECRET, PERSON, "アニ", "退職"):
        assert word.encode() not in found, word
    assert "焼結プロファイルK".encode() in found
    assert not (place.path / "register.db-journal").exists()


# Whatever else lacks is damage


HARM = [
    ("DELETE FROM technologies WHERE ref = 'TEC-0001'", "ItemVanished"),
    ("UPDATE changes SET salt = zeroblob(32), fields = '{}' WHERE item = (SELECT id FROM technologies)",
     "ChangesAltered"),
    ("DELETE FROM changes WHERE op = 'prune'", "ChangesAltered"),
    ("UPDATE changes SET fields = replace(fields, 'TEC-0002', 'TEC-0001') WHERE op = 'prune'",
     "ChangesAltered"),
    ("UPDATE history SET action = 'edit' WHERE action = 'prune'", "EntryAltered"),
    ("UPDATE changes SET item = (SELECT id FROM technologies) WHERE op = 'prune'", "ChangesAltered"),
    ("UPDATE changes SET salt = randomblob(32) WHERE fields = '{}'", "ChangesAltered"),
    ("DELETE FROM changes WHERE fields = '{}'", "ChangesAltered"),
    ("UPDATE changes SET fields = '{\"note\":[null,\"x\"]}' WHERE fields = '{}'", "PrunedStill"),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "code"), HARM)
def test_whatever_else_was_taken_away_is_found(filled: Register, harm: str, code: str) -> None:
    pruning.prune(filled, later(filled), WHY)
    connection = filled._store.connection
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql(harm)
    assert code in {f.code for f in filled.verify().findings}


def test_a_change_emptied_as_if_it_were_pruned_is_found_without_a_tombstone(filled: Register) -> None:
    """Also by somebody who keeps what the act covers, so that every hash still holds."""
    connection = filled._store.connection
    c = history.tables.changes.c
    for row in connection.execute(history.select(c.seq, c.position, c.salt, c.fields)).all():
        with filled._store.transaction() as inside:
            inside.exec_driver_sql(
                "UPDATE changes SET salt = ?, fields = '{}' WHERE seq = ? AND position = ?",
                (history.inside(row.salt, row.fields), row.seq, row.position),
            )
        assert "ChangesAltered" in {f.code for f in filled.verify().findings}
        with filled._store.transaction() as inside:
            inside.exec_driver_sql(
                "UPDATE changes SET salt = ?, fields = ? WHERE seq = ? AND position = ?",
                (row.salt, row.fields, row.seq, row.position),
            )
    assert filled.verify().findings == ()


def test_values_put_back_are_found(filled: Register) -> None:
    connection = filled._store.connection
    c = history.tables.changes.c
    kept = connection.execute(history.select(c.seq, c.position, c.salt, c.fields)).all()
    pruning.prune(filled, later(filled), WHY)
    for row in kept:
        connection.exec_driver_sql(
            "UPDATE changes SET salt = ?, fields = ? WHERE seq = ? AND position = ?",
            (row.salt, row.fields, row.seq, row.position),
        )
    assert {f.code for f in filled.verify().findings} == {"PrunedStill"}


def test_a_reader_who_prunes_with_a_program_of_their_own_is_found() -> None:
    from techguard.domain.access import Deed, allows

    deed = Deed("rating", "0" * 32, "prune", frozenset({"ref", "rule"}))
    allowed = {a for a in w.Access if allows(a, "1" * 32, [deed], session=True)}
    assert allowed == {w.Access.EDITOR}


# Laws


@given(
    st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 15), max_size=3)),
    st.sets(st.integers(0, 12)),
)
def test_nothing_that_stays_refers_to_what_goes(refer: dict[int, set[int]], asked: set[int]) -> None:
    referrers = {str(k): {str(v) for v in those} for k, those in refer.items()}
    candidates = {str(n) for n in asked}
    goes = closed(candidates, referrers)
    assert goes <= candidates
    assert all(referrers.get(id_, set()) <= goes for id_ in goes)
    for more in candidates - goes:  # and it is the largest such set: no other one could go too
        assert not closed({more, *goes}, referrers) - goes


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_whatever_is_pruned_the_register_is_whole_and_any_other_loss_is_found(
    tmp_path_factory: pytest.TempPathFactory, seed: int, copied: Any
) -> None:
    chance, place = Random(seed), copied(tmp_path_factory.mktemp("law") / "acme.techguard")
    with place.open() as register:
        register.bulk(world(chance, register.today))
        everything = [x for k in KINDS.values() for x in register.find(k.model)]
        for item in chance.sample(everything, k=len(everything) // 2):
            try:
                register.remove(item, with_parts=chance.random() < 0.7)
            except (errors.InUse, errors.StillHasAccess, errors.Evidence, errors.SessionClosed):
                continue
        assert register.verify().findings == ()
        note, digests = register.checkpoint(), register.digests()
        kinds = tuple(chance.sample(sorted(KINDS), k=chance.randint(1, len(KINDS))))
        before = {k.name: register.count(k.model) for k in KINDS.values()}
        plan = pruning.prune(register, Rule(later(register).before, kinds), WHY)
        assert register.verify().findings == ()
        assert register.digests()[: len(digests)] == digests
        assert register.hold(note).problems == ()
        assert before == {k.name: register.count(k.model) for k in KINDS.values()}, "all that was there is"
        gone = {e.id for e in plan.goes}
        for item in register.history(limit=3):
            assert item.seq
        connection = register._store.connection
        rows = connection.exec_driver_sql(
            "SELECT seq, position, item, salt, fields FROM changes WHERE op <> 'prune'"
        ).fetchall()
        for seq, position, item, salt, fields in chance.sample(rows, k=min(3, len(rows))):
            assert (item in gone) == history.is_pruned(salt, fields)
            if item in gone:
                continue
            connection.exec_driver_sql(
                "UPDATE changes SET salt = ?, fields = '{}' WHERE seq = ? AND position = ?",
                (history.inside(salt, fields), seq, position),
            )
            assert register.verify().findings, "a loss that nobody signed for"
            connection.exec_driver_sql(
                "UPDATE changes SET salt = ?, fields = ? WHERE seq = ? AND position = ?",
                (salt, fields, seq, position),
            )


# Copies


@pytest.fixture
def pair(place: Place, tmp_path: Path) -> tuple[Place, Place]:
    """Two copies that parted after a technology with its parts was taken out."""
    with place.open() as register:
        register.add(i.Technology(code_name="焼結プロファイルK"))
        gone = register.add(i.Technology(code_name=SECRET))
        register.add(i.Element(technology=gone.id, name=f"{SECRET}の要素"))
        register.remove(gone, with_parts=True)
    shutil.copytree(place.path, tmp_path / "train.techguard")
    return place, Place(tmp_path / "train.techguard", place.code, place.clock)


def taken(into: Place, other: Place) -> None:
    with into.open() as register, other.open(read_only=True) as there:
        merging.merge(register, there, lambda conflict: None)
        assert register.verify().findings == ()


def is_gone(place: Place) -> bool:
    with place.open(read_only=True) as register:
        assert register.verify().findings == ()
        assert register.history("TEC-0002"), "the tombstone is there"
        return (
            SECRET not in repr(register.told_history())
            and not register.find(i.Technology, Query(removed=True, where=()))[1:]
        )


@pytest.mark.parametrize("worked_on", [False, True])
@pytest.mark.parametrize("into", [0, 1])
def test_what_one_copy_pruned_is_pruned_in_both(
    pair: tuple[Place, Place], worked_on: bool, into: int
) -> None:
    pruner, other = pair
    with pruner.open() as register:
        pruning.prune(register, later(register), WHY)
        if into == 0:
            register.add(i.Technology(code_name="工場で"))
    with other.open() as register:
        note = register.checkpoint()
        if worked_on or into == 0:
            register.add(i.Technology(code_name="車中で"))
    assert not is_gone(other)
    receiver = (pruner, other)[into]
    taken(receiver, (other, pruner)[into])
    assert is_gone(receiver)
    assert SECRET.encode() not in b"".join(pages(receiver))
    with receiver.open() as register:
        assert register.hold(note).problems == (), "a checkpoint of the copy that still had it fits"
    # and back again: the other one loses it as well
    taken((other, pruner)[into], receiver)
    assert is_gone((other, pruner)[into])
    taken(receiver, (other, pruner)[into])
    assert is_gone(receiver)


def test_what_the_other_copy_uses_again_stops_the_merge(pair: tuple[Place, Place]) -> None:
    with pair[0].open() as register:
        pruning.prune(register, later(register), WHY)
    with pair[1].open() as register:
        register.restore("TEC-0002")
        register.add(i.Element(technology=register.get("TEC-0002").id, name="新しい要素"))
    for one, two in (pair, pair[::-1]):
        with one.open() as register, two.open(read_only=True) as there:
            before = register.head
            with pytest.raises(errors.PrunedInUse, match="TEC-0002"):
                merging.merge(register, there, lambda conflict: None)
            assert register.head == before
            assert register.verify().findings == ()
    # as the message says: take out and prune there as well, and merge again
    with pair[1].open() as register:
        register.remove(register.get("TEC-0002"), with_parts=True)
        pruning.prune(register, later(register), WHY)
    taken(*pair)
    assert is_gone(pair[0])


def test_a_copy_that_only_went_on_brings_the_pruning_along(pair: tuple[Place, Place]) -> None:
    with pair[1].open() as register:
        kept = register.find(i.Technology)[0]
        register.remove(kept)
        pruning.prune(register, later(register), WHY)
    taken(*pair)
    with pair[0].open() as register:
        assert not register.find(i.Technology, Query(removed=True))
        assert register.history(limit=1)[0].action == "prune"


def test_a_backup_of_before_still_holds_it(place: Place, tmp_path: Path) -> None:
    with place.open() as register:
        register.add(i.Person(name=PERSON))
        register.remove(register.person_named(PERSON))
        copy = register.vault.safety_copy()
        pruning.prune(register, later(register), WHY)
    with Place(copy, place.code, place.clock).open(read_only=True) as old:
        assert PERSON in repr(old.told_history())
