"""Copies come together in which people came, left, and were given other access: nobody gets or loses any."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from techguard import copies, people, vault
from techguard.domain import errors as refused
from techguard.domain.access import PEOPLE
from techguard.domain.items import Person, Technology
from techguard.domain.words import Access
from techguard.register import Register
from techguard.store.errors import KeyNotVouched
from techguard.vault.errors import CopyBeforeNewKeys, WrongPassphrase

FIRST, SECOND, THIRD = "the first person's passphrase", "the second one's passphrase", "the third passphrase"
CHEAP = vault.KDF_FLOOR
HEAD, LEGAL, AUDITOR = "研究部長", "法務部長", "監査役"

Act = Callable[[Register], object]


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault of two editors; never opened, only copied."""
    path = tmp_path_factory.mktemp("founded") / "acme.techguard"
    register, _code = Register.create(path, person=LEGAL, department=None, passphrase=FIRST, kdf=CHEAP)
    with register:
        register.add(Technology(code_name="焼結プロファイルK"))
        people.let_in(register, HEAD, Access.EDITOR, SECOND, kdf=CHEAP)
    return path


@pytest.fixture
def plant(founded: Path, tmp_path: Path) -> Path:
    """One of one's own."""
    return Path(shutil.copytree(founded, tmp_path / founded.name))


@pytest.fixture
def train(plant: Path) -> Path:
    """A copy of it that was taken along."""
    return copied(plant, "train.techguard")


def copied(path: Path, name: str) -> Path:
    return Path(shutil.copytree(path, path.with_name(name)))


def work(path: Path, do: Act, secret: str = FIRST) -> None:
    with Register.open(path, secret) as register:
        do(register)


def noted(note: str) -> Act:
    return lambda register: register.change(register.find(Technology)[0], note=note)


def named(code_name: str) -> Act:
    return lambda register: register.add(Technology(code_name=code_name))


def let_in(name: str, access: Access, secret: str) -> Act:
    return lambda register: people.let_in(register, name, access, secret, kdf=CHEAP)


def removed(name: str) -> Act:
    return lambda register: people.remove(register, people.named(register, name))


def graded(name: str, access: Access) -> Act:
    return lambda register: people.grade(register, people.named(register, name), access)


def taken_out(name: str) -> Act:
    return lambda register: register.remove(people.named(register, name))


@contextmanager
def meeting(
    path: Path, other: Path, secret: str = FIRST, there: str | None = None
) -> Iterator[copies.Meeting]:
    with Register.open(path, secret) as register, copies.open_other(register, other, there) as opened:
        found = copies.Meeting(register, opened)
        found.prove()
        yield found


def merged(path: Path, other: Path, there: str | None = None) -> bool:
    """Take the other copy in; what is here then holds."""
    with meeting(path, other, there=there) as both:
        done = both.take(lambda conflict: "newest", accept_removed=True) is not None
        assert both.register.verify().findings == ()
        return done


def access(path: Path) -> dict[str, Access | None]:
    with Register.open(path, FIRST, read_only=True) as register:
        return {p.name: p.access for p in register.find(Person)}


def technologies(path: Path) -> list[tuple[str, str, str]]:
    with Register.open(path, FIRST, read_only=True) as register:
        return [(t.ref, t.code_name, t.note) for t in register.find(Technology)]


def test_who_was_let_in_there_acts_under_their_name_and_gets_no_access(plant: Path, train: Path) -> None:
    work(train, let_in(AUDITOR, Access.EDITOR, THIRD))
    work(train, noted("監査役が書いた"), THIRD)
    with meeting(plant, train) as both:
        assert both.signers() == ([AUDITOR], [])
        assert not both.forward
    assert merged(plant, train)
    assert access(plant) == {LEGAL: Access.EDITOR, HEAD: Access.EDITOR, AUDITOR: None}
    assert technologies(plant)[0][2] == "監査役が書いた"
    with pytest.raises(WrongPassphrase):
        Register.open(plant, THIRD)
    # They are still nobody who was removed: what they do next is not held back.
    work(train, noted("もう一度"), THIRD)
    with meeting(plant, train) as both:
        assert both.signers() == ([AUDITOR], [])
    # And may be let in here, as anybody.
    work(plant, let_in(AUDITOR, Access.READER, THIRD))
    assert merged(plant, train)
    assert access(plant)[AUDITOR] is Access.READER
    assert access(train)[AUDITOR] is Access.EDITOR
    assert merged(train, plant)
    assert access(train)[AUDITOR] is Access.EDITOR
    assert not merged(plant, train)


def test_who_was_removed_here_is_told_apart_from_who_was_never_here(plant: Path, train: Path) -> None:
    work(train, noted("外された人が書いた"), SECOND)
    work(train, let_in(AUDITOR, Access.EDITOR, THIRD))
    work(train, noted("監査役が書いた"), THIRD)
    work(plant, removed(HEAD))
    with meeting(plant, train, there=FIRST) as both:
        assert both.signers() == ([AUDITOR], [HEAD])
        with pytest.raises(refused.RemovedActed):
            both.take(lambda conflict: None)
    assert technologies(plant)[0][2] == ""
    assert merged(plant, train, FIRST)
    assert access(plant)[HEAD] is None
    with pytest.raises(WrongPassphrase):
        Register.open(plant, SECOND)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (removed(HEAD), graded(HEAD, Access.READER)),
        (graded(HEAD, Access.READER), removed(HEAD)),
        (graded(HEAD, Access.READER), graded(HEAD, Access.REVIEWER)),
        (removed(HEAD), removed(HEAD)),
        (noted("工場で"), removed(HEAD)),
    ],
)
def test_whatever_was_said_of_somebodys_access_stands_where_it_was_said(
    plant: Path, train: Path, here: Act, there: Act
) -> None:
    work(plant, here)
    work(train, there)
    work(plant, named("工場の技術"))
    work(train, named("鉄道の技術"))
    before = access(plant), access(train)
    with meeting(plant, train, there=FIRST) as both:
        told = [(a.name, a.here, a.there) for a in both.access_apart()]
    assert told == [(HEAD, before[0][HEAD], before[1][HEAD])] * (before[0] != before[1])
    assert merged(plant, train, FIRST)
    assert not merged(plant, train, FIRST), "twice is once"
    assert merged(train, plant, FIRST)
    assert not merged(plant, train, FIRST)
    assert not merged(train, plant, FIRST)
    assert (access(plant), access(train)) == before
    assert technologies(plant) == technologies(train)


def test_it_does_not_matter_which_copy_takes_the_other_in(plant: Path, train: Path) -> None:
    work(plant, removed(HEAD))
    work(plant, noted("工場で"))
    work(train, graded(HEAD, Access.READER))
    work(train, let_in(AUDITOR, Access.EDITOR, THIRD))
    work(train, named("鉄道の技術"), THIRD)
    first, second = copied(plant, "first.techguard"), copied(train, "second.techguard")
    assert merged(first, train, FIRST)
    assert merged(second, plant, FIRST)
    assert technologies(first) == technologies(second)
    with Register.open(first, FIRST) as one, Register.open(second, FIRST) as other:
        known = [{p.id: p.name for p in r.find(Person)} for r in (one, other)]
        assert known[0] == known[1]


def test_a_copy_that_only_went_on_and_ended_somebodys_access_ends_none_here(plant: Path, train: Path) -> None:
    """Their slot and the master key that they know are still in this copy: only a removal here ends that."""
    work(train, removed(HEAD))
    with meeting(plant, train, there=FIRST) as both:
        assert not both.forward
        assert [(a.name, a.here, a.there) for a in both.access_apart()] == [(HEAD, Access.EDITOR, None)]
    assert merged(plant, train, FIRST)
    assert access(plant)[HEAD] is Access.EDITOR
    work(plant, noted("研究部長が書いた"), SECOND)
    work(plant, removed(HEAD))
    assert access(plant) == access(train)


def test_my_own_new_key_there_does_not_void_my_key_here(plant: Path, train: Path) -> None:
    work(train, people.issue_code)
    with meeting(plant, train) as both:
        assert not both.forward
    merged(plant, train)
    work(plant, noted("それから"))
    with Register.open(plant, FIRST) as register:
        assert register.verify().findings == ()


@pytest.mark.parametrize("alone", [True, False])
def test_whoever_merges_is_not_taken_out_by_it(plant: Path, train: Path, alone: bool) -> None:
    """There their access was ended and their entry taken out; here they have it, and go on."""
    work(train, removed(LEGAL), SECOND)
    work(train, taken_out(LEGAL), SECOND)
    if not alone:
        work(plant, noted("工場で"))
    with Register.open(plant, FIRST) as register, copies.open_other(register, train, SECOND) as opened:
        both = copies.Meeting(register, opened)
        both.prove()
        result = both.take(lambda conflict: None)
        assert result is not None
        assert result.still_needed == [register.me.id]
        assert register.me.removed_at is None
        assert register.verify().findings == ()
    work(plant, noted("それから"))
    with Register.open(train, SECOND) as register, copies.open_other(register, plant, FIRST) as opened:
        copies.Meeting(register, opened).take(lambda conflict: None, accept_removed=True)
        assert people.named(register, LEGAL).access is None
        assert register.verify().findings == ()
    assert not merged(plant, train, SECOND)


def test_copies_that_were_both_encrypted_anew_come_together_with_a_passphrase_each(
    plant: Path, train: Path
) -> None:
    """My keys are others there as well: I forgot the passphrase, and came in by a recovery code."""
    with Register.open(plant, SECOND) as register:
        code = people.issue_code(register)
    shutil.rmtree(train)
    copied(plant, train.name)
    with Register.open(train, code) as register:
        people.set_passphrase(register, THIRD, kdf=CHEAP)
    work(train, people.rekey, THIRD)
    work(plant, people.rekey, SECOND)
    work(plant, noted("工場で"), SECOND)
    work(train, named("鉄道の技術"), THIRD)
    with Register.open(plant, SECOND) as register:
        for secret, error in ((None, CopyBeforeNewKeys), (SECOND, WrongPassphrase)):
            with pytest.raises(error), copies.open_other(register, train, secret):
                pass
        with copies.open_other(register, train, THIRD) as opened:
            both = copies.Meeting(register, opened)
            both.prove()
            assert both.signers() == ([], [])
            assert both.take(lambda conflict: None) is not None
        assert register.verify().findings == ()
    work(plant, noted("それから"), SECOND)
    with Register.open(train, THIRD) as register, copies.open_other(register, plant, SECOND) as opened:
        both = copies.Meeting(register, opened)
        both.prove()
        assert both.take(lambda conflict: None) is not None
        assert register.verify().findings == ()
    assert technologies(plant) == technologies(train)


def test_a_copy_whose_passphrase_wants_a_key_file(plant: Path, train: Path) -> None:
    key = b"k" * 64
    work(train, people.rekey)
    work(train, lambda r: people.set_passphrase(r, THIRD, key_file=key, kdf=CHEAP))
    with Register.open(train, THIRD, key_file=key) as register:
        named("鉄道の技術")(register)
    with Register.open(plant, FIRST) as register:
        with pytest.raises(WrongPassphrase), copies.open_other(register, train, THIRD, b"o" * 64):
            pass
        with copies.open_other(register, train, THIRD, key) as opened:
            both = copies.Meeting(register, opened)
            both.prove()
            assert both.take(lambda conflict: None) is not None
        assert register.verify().findings == ()


def test_an_act_by_a_key_that_nobody_vouched_for_is_not_taken_in(
    plant: Path, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody put their own key into the other copy's keyring and wrote with a program of their own."""
    with Register.open(train, FIRST) as register:
        stranger = register.add(Person(name=AUDITOR))
        register.vault.admit(register.vault.prepare_person(stranger.id, AUDITOR, THIRD, kdf=CHEAP))
    monkeypatch.setattr(Register, "_check_allowed", lambda *_: None)
    with Register(vault.open(train, THIRD)) as register:
        register.add(Technology(code_name="誰も認めていない"))
    before = technologies(plant)
    with Register.open(plant, FIRST) as register, copies.open_other(register, train) as opened:
        both = copies.Meeting(register, opened)
        with pytest.raises(refused.OtherDamaged) as told:
            both.prove()
    assert isinstance(told.value.facts["finding"], KeyNotVouched)
    assert technologies(plant) == before


def test_an_act_that_names_another_as_its_author_is_found_also_beside_the_history(
    plant: Path, train: Path
) -> None:
    work(train, noted("鉄道で"), SECOND)
    work(plant, named("工場の技術"))
    merged(plant, train)
    with Register.open(plant, FIRST) as register:
        connection = register._store.connection
        connection.exec_driver_sql("UPDATE merged_history SET person = ?", (register.me.id,))
        codes = {f.code for f in register.verify().findings}
    assert "ActorWrong" in codes or "SignatureWrong" in codes


def test_a_reader_takes_nothing_in(plant: Path, train: Path) -> None:
    work(plant, graded(HEAD, Access.REVIEWER))
    work(train, named("鉄道の技術"))
    with (
        Register.open(plant, SECOND) as register,
        copies.open_other(register, train) as opened,
        pytest.raises(refused.NotAllowed),
    ):
        copies.Meeting(register, opened).take(lambda conflict: None)
    assert len(technologies(plant)) == 1


def test_acts_about_people_stay_in_the_history_beside(plant: Path, train: Path) -> None:
    work(train, graded(HEAD, Access.READER))
    merged(plant, train)
    with Register.open(plant, FIRST) as register:
        beside = register.told_history()["merged"]
        assert [act["action"] for act in beside] == [PEOPLE]
