"""Several people in one register: what each may do, who says so, and what the proof finds."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from techguard import merging as bringing
from techguard import people, vault
from techguard.domain import errors as refused
from techguard.domain.items import (
    Countermeasure,
    Decision,
    Exposure,
    Outcome,
    Person,
    Rating,
    Review,
    Technology,
)
from techguard.domain.words import (
    AcceptanceRole,
    Access,
    DecisionStatus,
    Department,
    OutcomeKind,
    ReviewStatus,
)
from techguard.register import Register
from techguard.store import history, tree
from techguard.vault.errors import InvitationVoid, WrongPassphrase
from techguard.vault.identity import Identity

FIRST, SECOND, THIRD = "the first person's passphrase", "the second one's passphrase", "the third passphrase"
CHEAP = vault.KDF_FLOOR


class Company:
    """A vault with one editor, and a way in for the others."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "acme.techguard"
        register, self.code = Register.create(
            self.path, person="法務部長", department=Department.LEGAL, passphrase=FIRST, kdf=CHEAP
        )
        with register:
            technology = register.add(Technology(code_name="焼結炉の条件"))
            exposure = register.add(Exposure(technology=technology.id, title="共同研究"))
            register.rate(exposure, likelihood=4, impact=4, rationale="初回")
            register.change(technology, outline="雰囲気の制御")
            self.described, _ = register.head
            self.technology, self.exposure = technology.id, exposure.id

    def open(self, secret: str = FIRST, **how: object) -> Register:
        return Register.open(self.path, secret, **how)  # type: ignore[arg-type]

    def let_in(self, access: Access, secret: str = SECOND, name: str = "研究部長") -> str:
        with self.open() as register:
            return people.let_in(register, name, access, secret, kdf=CHEAP).id

    def found(self, secret: str = FIRST) -> list[str]:
        with self.open(secret, read_only=True) as register:
            return sorted(f.code for f in register.verify().findings)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Never opened, only copied."""
    return Company(tmp_path_factory.mktemp("founded"))


@pytest.fixture
def company(founded: Company, tmp_path: Path) -> Company:
    of_ones_own = copy.copy(founded)
    of_ones_own.path = Path(shutil.copytree(founded.path, tmp_path / founded.path.name))
    return of_ones_own


def test_the_first_person_is_an_editor_and_the_history_names_their_keys(company: Company) -> None:
    with company.open() as register:
        assert register.access is Access.EDITOR
        assert set(register.me.signing_keys) == register.vault.keys_of(register.me.id)
        first = register.history(limit=1000)[-1]
        assert first.action == "create"
        assert first.changes[0].fields["access"][1] is Access.EDITOR
    assert company.found() == []


def may(register: Register, do: Callable[[], object]) -> bool:
    before = register.head
    try:
        do()
    except refused.NotAllowed:
        assert register.head == before
        return False
    return True


def test_a_reviewer_rates_accepts_and_signs_and_changes_nothing_else(company: Company) -> None:
    company.let_in(Access.REVIEWER)
    third = company.let_in(Access.READER, THIRD, "監査役")
    with company.open(SECOND) as register:
        exposure = register.get(company.exposure, Exposure)
        technology = register.get(company.technology, Technology)
        me = register.me

        def rate() -> Rating:
            return register.rate(exposure, likelihood=5, impact=4, rationale="見直した")

        def accept() -> object:
            until = register.today + timedelta(days=90)
            return register.accept(exposure, by=me.id, role=AcceptanceRole.BOARD, reason="理由", until=until)

        def hold() -> None:
            review = register.add(Review(title="第3四半期", chair=me.id))
            out = register.add(Outcome(review=review.id, position=1, title="議題"))
            register.change(out, outcome=OutcomeKind.NOTED, note="様子を見る")
            register.add(Decision(title="決定", owner=me.id, due=date(2027, 3, 31), review=review.id))
            register.close_review(register.get(review.id, Review), signed_by=me.id, held_on=register.today)

        for allowed in (rate, accept, hold):
            assert may(register, allowed), allowed.__name__
        for not_allowed in (
            lambda: register.add(Technology(code_name="別の技術")),
            lambda: register.change(technology, outline="書き換えた"),
            lambda: register.change(register.get(company.exposure, Exposure), title="別の題"),
            lambda: register.remove(technology, with_parts=True),
            lambda: register.add(Person(name="知らない人")),
            lambda: register.grant(me, Access.EDITOR, me.signing_keys),
            lambda: people.let_in(register, "知人", Access.EDITOR, THIRD, kdf=CHEAP),
            lambda: people.invite(register, "知人", Access.EDITOR),
            lambda: people.remove(register, register.get(third, Person)),
            lambda: people.rekey(register),
            lambda: register.undo(company.described),
        ):
            assert not may(register, not_allowed)
        assert len(register.vault.slots()) == 4
        assert register.vault.invitations() == []
    assert company.found() == []


def test_a_reader_opens_for_reading_only_and_keeps_their_own_passphrase(company: Company) -> None:
    company.let_in(Access.READER)
    with pytest.raises(refused.MayOnlyRead) as only:
        company.open(SECOND)
    assert only.value.exit_code == 6
    with company.open(SECOND, read_only=True) as register:
        assert register.count("technologies") == 1
        with pytest.raises(refused.ReadOnly):
            register.add(Technology(code_name="x"))
    with company.open(SECOND, own_keys=True) as register:
        assert not may(register, lambda: register.add(Technology(code_name="x")))
        people.set_passphrase(register, THIRD, kdf=CHEAP)
        code = people.issue_code(register)
    with company.open(code, own_keys=True) as register:
        people.set_passphrase(register, SECOND, kdf=CHEAP)  # new keys: the history must carry them
    company.open(SECOND, read_only=True).close()
    assert company.found() == []


def test_an_access_holds_from_the_act_that_gave_it(company: Company) -> None:
    who = company.let_in(Access.EDITOR)
    with company.open(SECOND) as register:
        register.add(Technology(code_name="編集者として"))
    with company.open() as register:
        people.grade(register, register.get(who, Person), Access.REVIEWER)
    with company.open(SECOND) as register:
        assert not may(register, lambda: register.add(Technology(code_name="評価者として")))
        register.rate(company.exposure, likelihood=5, impact=4, rationale="評価者として")
    assert company.found() == [], "what was done as an editor stays right"


def test_an_invited_person_joins_with_keys_of_their_own_and_the_history_vouches(company: Company) -> None:
    with company.open() as register:
        person, file, code, until = people.invite(register, "研究部長", Access.EDITOR)
        assert until > register.today
        (seat,) = (s for s in people.seats(register) if s.person.id == person.id)
        assert (seat.invited_until, seat.passphrase, seat.key) == (until, False, "")
    assert company.found() == []
    with company.open(code, invitation=file, own_keys=True) as register:
        assert not may(register, lambda: register.add(Technology(code_name="招待状で")))
        shown = people.join(register, SECOND, kdf=CHEAP)
    with company.open() as register:
        (seat,) = (s for s in people.seats(register) if s.person.id == person.id)
        assert (seat.invited_until, seat.passphrase, seat.key) == (None, True, shown)
    with pytest.raises(InvitationVoid):
        company.open(code, invitation=file, own_keys=True)
    with company.open(SECOND) as register:
        register.add(Technology(code_name="自分の鍵で"))
    assert company.found() == []


def test_a_withdrawn_invitation_gives_no_access(company: Company) -> None:
    with company.open() as register:
        person, file, code, _ = people.invite(register, "研究部長", Access.EDITOR)
        people.withdraw(register, register.get(person.id, Person))
        with pytest.raises(refused.HasNoAccess):
            people.withdraw(register, register.get(person.id, Person))
    with pytest.raises(InvitationVoid):
        company.open(code, invitation=file, own_keys=True)
    assert company.found() == []


def test_a_removed_person_is_out_and_their_history_stays(company: Company, tmp_path: Path) -> None:
    who = company.let_in(Access.EDITOR)
    with company.open(SECOND) as register:
        theirs = register.add(Technology(code_name="その人の記録"))
        register.vault.backup(tmp_path / "copies")
    with company.open() as register:
        people.remove(register, register.get(who, Person))
        assert register.get(theirs.id, Technology).code_name == "その人の記録"
        register.change(register.get(theirs.id, Technology), outline="その後")
        assert register.verify().findings == ()
        with pytest.raises(refused.HasNoAccess):
            people.remove(register, register.get(who, Person))
    with pytest.raises(WrongPassphrase):
        company.open(SECOND)
    (copy,) = (tmp_path / "copies").iterdir()
    Register.open(copy, SECOND, read_only=True).close()  # said in the documentation
    # and they may come again, with keys of their own
    assert company.let_in(Access.READER) == who
    company.open(SECOND, read_only=True).close()
    assert company.found() == []


def test_a_removal_that_was_cut_off_opens_nothing_and_is_completed_by_doing_it_again(
    company: Company,
) -> None:
    who = company.let_in(Access.EDITOR)
    with company.open() as register:
        register.grant(register.get(who, Person), None, ())  # and here the process dies
    for read_only in (True, False):
        with pytest.raises(refused.NoAccess):
            company.open(SECOND, read_only=read_only)
    with company.open() as register:
        people.remove(register, register.get(who, Person))
    with pytest.raises(WrongPassphrase):
        company.open(SECOND)
    assert company.found() == []


def test_the_last_editor_stays(company: Company) -> None:
    who = company.let_in(Access.READER)
    with company.open() as register:
        people.invite(register, "まだ来ない人", Access.EDITOR)
        me = register.me
        for end in (
            lambda: people.remove(register, me),
            lambda: people.grade(register, me, Access.REVIEWER),
            lambda: register.grant(me, None, ()),
        ):
            with pytest.raises(refused.LastEditor):
                end()
        people.grade(register, register.get(who, Person), Access.EDITOR)
        with pytest.raises(refused.NotYourself):
            people.remove(register, me)
        people.grade(register, me, Access.REVIEWER)
        assert register.access is Access.REVIEWER
    assert company.found() == []


def test_nobody_is_let_in_twice_and_nobody_with_access_is_struck_out(company: Company) -> None:
    who = company.let_in(Access.READER)
    with company.open() as register:
        with pytest.raises(refused.HasAccess):
            people.let_in(register, "研究部長", Access.EDITOR, THIRD, kdf=CHEAP)
        with pytest.raises(refused.StillHasAccess):
            register.remove(register.get(who, Person))
        with pytest.raises(refused.NobodyThere):
            people.named(register, "いない人")
        assert people.named(register, register.get(who, Person).ref).id == who
        assert people.named(register, "研究部長").id == who


def test_access_is_stated_by_granting_and_by_nothing_else(company: Company) -> None:
    with company.open() as register:
        added = register.add(Person(name="取り込んだ人", access=Access.EDITOR, signing_keys=("a" * 32,)))
        assert (added.access, added.signing_keys) == (None, ())
        register.bulk([Person(name="もう一人", access=Access.EDITOR, signing_keys=("b" * 32,))])
        assert people.named(register, "もう一人").access is None
        with pytest.raises(refused.UnknownField):
            register.change(added, access=Access.EDITOR)
        who = people.let_in(register, "研究部長", Access.READER, SECOND, kdf=CHEAP)
        renamed = register.change(register.get(who.id, Person), role="部長")
        assert renamed.access is Access.READER
        with pytest.raises((refused.NothingToUndo, refused.CannotUndo)):
            register.undo(register.history(limit=2)[1].seq)
    assert company.found() == []


def test_an_undo_does_not_take_an_access_back(company: Company) -> None:
    who = company.let_in(Access.READER)
    with company.open() as register:
        people.grade(register, register.get(who, Person), Access.EDITOR)
        register.undo()  # the newest act that can be taken back lies before
        assert register.get(who, Person).access is Access.EDITOR


# What somebody with the master key does behind the application's back


def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application of somebody who took the rule out of it."""
    monkeypatch.setattr(Register, "_check_allowed", lambda *_: None)
    monkeypatch.setattr(Register, "_check_entitled", lambda *_, **__: None)
    monkeypatch.setattr(Register, "_check_closed", lambda *_: None)
    monkeypatch.setattr(Register, "_check_session_open", lambda *_: None)


@pytest.mark.parametrize("access", [Access.READER, Access.REVIEWER])
def test_what_goes_beyond_somebody_s_access_is_found_though_it_is_signed(
    company: Company, monkeypatch: pytest.MonkeyPatch, access: Access
) -> None:
    company.let_in(access)
    unchecked(monkeypatch)
    with company.open(SECOND) as register:
        register.add(Technology(code_name="してはならないこと"))
    monkeypatch.undo()
    assert company.found() == ["AccessExceeded"]


REWRITES: dict[str, Callable[[Register, Review, Outcome, Exposure], object]] = {
    "opened again": lambda register, held, *_: register._write(
        held, held.model_copy(update={"closed_at": None, "status": ReviewStatus.HELD})
    ),
    "conclusion": lambda register, held, *_: register.change(held, conclusion="書き換えた結論"),
    "outcome": lambda register, _, outcome, __: register.change(outcome, outcome=OutcomeKind.DEFERRED),
    "agenda": lambda register, held, *_: register.add(Outcome(review=held.id, position=2, title="後から")),
    "decision": lambda register, held, *_: register.add(Decision(title="後から", review=held.id)),
    "rating": lambda register, held, _, exposure: register.rate(
        exposure, likelihood=1, impact=1, rationale="後から", review=held.id
    ),
    "taken out": lambda register, held, *_: register._write(
        held, held.model_copy(update={"removed_at": register._now_of_act()})
    ),
}
"""What somebody might want to change of a session that was signed off."""


def confirmed(held: Review, exposure: str) -> Outcome:
    """The first item of a session's agenda."""
    return Outcome(
        review=held.id, position=1, title="共同研究", exposure=exposure, outcome=OutcomeKind.CONFIRMED
    )


@pytest.mark.parametrize("what", REWRITES)
@pytest.mark.parametrize("access", [Access.REVIEWER, Access.EDITOR])
def test_what_a_closed_session_holds_is_refused_and_found_if_it_is_changed(
    company: Company, monkeypatch: pytest.MonkeyPatch, access: Access, what: str
) -> None:
    """A session that was signed off is evidence for everybody, whatever their access."""
    company.let_in(access)
    with company.open() as register:
        held = register.add(Review(title="第1回", status=ReviewStatus.HELD))
        item = register.add(confirmed(held, company.exposure))
        register.add(Decision(title="その場で", review=held.id, owner=register.me.id, due=register.today))
        register.close_review(held, signed_by=register.me.id, held_on=register.today)

    def rewrite() -> None:
        with company.open(SECOND) as register, register.act():
            REWRITES[what](
                register,
                register.get(held.id, Review),
                register.get(item.id, Outcome),
                register.get(company.exposure, Exposure),
            )

    with pytest.raises(refused.SessionClosed):
        rewrite()
    assert company.found() == []
    unchecked(monkeypatch)
    rewrite()
    monkeypatch.undo()
    assert company.found() == ["SessionRewritten"]


def test_what_follows_from_a_closed_session_goes_on(company: Company) -> None:
    """A decision is carried out, an attendee leaves, an exposure goes: the session stays as it was."""
    with company.open() as register:
        leaving = register.add(Person(name="退職する人"))
        held = register.add(Review(title="第1回", status=ReviewStatus.HELD, attendees=(leaving.id,)))
        exposure = register.get(company.exposure, Exposure)
        register.add(confirmed(held, exposure.id))
        register.rate(exposure, likelihood=2, impact=2, rationale="会議で", review=held.id)
        decided = register.add(
            Decision(title="その場で", review=held.id, owner=register.me.id, due=register.today)
        )
        closed = register.close_review(
            register.get(held.id, Review), signed_by=register.me.id, held_on=register.today
        )
        register.change(decided, status=DecisionStatus.DONE)
        register.remove(leaving)
        register.remove(exposure, with_parts=True)
        assert register.get(held.id, Review) == closed
        assert [o.exposure for o in register.find(Outcome)] == [exposure.id]
    assert company.found() == []


def test_an_act_of_before_the_closing_is_not_taken_back_after_it(company: Company) -> None:
    with company.open() as register:
        held = register.add(Review(title="第1回", status=ReviewStatus.HELD))
        item = register.add(Outcome(review=held.id, position=1, title="共同研究", exposure=company.exposure))
        register.change(item, outcome=OutcomeKind.CONFIRMED)
        before = register.head[0]
        register.close_review(held, signed_by=register.me.id, held_on=register.today)
        with pytest.raises(refused.SessionClosed):
            register.undo(before)
        assert register.get(item.id, Outcome).outcome is OutcomeKind.CONFIRMED


@pytest.mark.parametrize("which", ["closed", "never", "taken out"])
def test_what_only_a_session_allows_is_found_outside_of_an_open_one(
    company: Company, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    """A reviewer gives work in a session. Naming one that was closed, or that never was, makes it none."""
    company.let_in(Access.REVIEWER)
    with company.open() as register:
        held = register.add(Review(title="第1回", status=ReviewStatus.HELD))
        again = register.add(Review(title="第2回", status=ReviewStatus.HELD))
    with company.open(SECOND) as register, register.act(review=held.id):
        register.add(Countermeasure(title="会議の中で"))
    assert company.found() == []
    with company.open() as register:
        chair = register.me.id
        register.close_review(register.get(held.id, Review), signed_by=chair, held_on=register.today)
    assert company.found() == [], "it was open then"
    with company.open() as register:
        out = register.add(Review(title="第3回", status=ReviewStatus.HELD))
        register.remove(out)
    named = {"closed": held.id, "never": "0" * 32, "taken out": out.id}[which]
    with (
        pytest.raises(refused.NotAllowed),
        company.open(SECOND) as register,
        register.act(review=named),
    ):
        register.add(Countermeasure(title="会議の外で"))
    unchecked(monkeypatch)
    with company.open(SECOND) as register, register.act(review=named):
        register.add(Countermeasure(title="会議の外で"))
    monkeypatch.undo()
    with company.open(SECOND) as register, register.act(review=again.id):
        register.add(Countermeasure(title="別の会議の中で"))
    assert company.found() == ["AccessExceeded"]


def test_making_oneself_an_editor_is_found_and_so_is_what_follows(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.let_in(Access.READER)
    unchecked(monkeypatch)
    with company.open(SECOND) as register:
        me = register.me
        register.grant(me, Access.EDITOR, me.signing_keys)
    monkeypatch.undo()
    assert "AccessExceeded" in company.found()


def test_signing_with_a_key_put_into_the_keyring_for_somebody_else_is_found(company: Company) -> None:
    """Whoever has the master key can write the keyring; the history does not name the key they put there."""
    company.let_in(Access.READER)
    with company.open(SECOND, own_keys=True) as register:
        v = register.vault
        first = next(s for s in v.slots() if s.person_name == "法務部長")
        forged = v.prepare_person(first.person_id, first.person_name, THIRD, kdf=CHEAP)
        v.admit(forged)
    with company.open(THIRD) as register:
        assert register.me.name == "法務部長"
        register.add(Technology(code_name="法務部長の名で"))
    assert company.found(THIRD) == ["KeyNotVouched"]


def test_an_invitation_that_does_more_than_join_is_found(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with company.open() as register:
        _, file, code, _ = people.invite(register, "研究部長", Access.EDITOR)
    unchecked(monkeypatch)
    with company.open(code, invitation=file) as register:
        register.add(Technology(code_name="招待状のまま"))
    monkeypatch.undo()
    assert company.found() == ["AccessExceeded"]


def test_a_key_of_a_removed_person_signs_nothing_any_more(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They kept their private keys, and somebody else let them at the new database."""
    who = company.let_in(Access.EDITOR)
    with company.open(SECOND, read_only=True) as register:
        theirs = bytes(register.vault._identity.private)
        key = register.vault.key_id
    with company.open() as register:
        people.remove(register, register.get(who, Person))
    with company.open() as register:
        v = register.vault
        v._identity = Identity(theirs)
        assert v.key_id == key
        unchecked(monkeypatch)
        register.add(Technology(code_name="外された人の署名で"))
    monkeypatch.undo()
    assert company.found() == ["KeyNotVouched"]


def test_a_copy_without_the_second_person_s_acts_is_a_rollback_as_ever(
    company: Company, tmp_path: Path
) -> None:
    company.let_in(Access.EDITOR)
    shutil.copy(company.path / "register.db", tmp_path / "old.db")
    with company.open(SECOND) as register:
        register.add(Technology(code_name="消したい記録"))
    shutil.copy(tmp_path / "old.db", company.path / "register.db")
    assert company.found() == ["RolledBack"]


@pytest.mark.parametrize("done", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("way", ["code", "join", "recovered", "revoked"])
def test_a_change_of_keys_that_is_cut_off_vouches_for_whatever_opens_the_vault(
    company: Company, monkeypatch: pytest.MonkeyPatch, way: str, done: bool
) -> None:
    """The process dies beside the one step by which the keys of the vault change."""
    secret, how = FIRST, {}
    if way == "join":
        with company.open() as register:
            _, file, secret, _ = people.invite(register, "研究部長", Access.EDITOR)
        how = {"invitation": file, "own_keys": True}
    elif way == "recovered":
        secret = company.code

    def change(register: Register) -> None:
        if way == "code":
            people.issue_code(register)
        elif way == "revoked":
            people.revoke_code(register, register.me)
        else:
            people.set_passphrase(register, SECOND, kdf=CHEAP)

    class Died(BaseException):
        pass

    name = "retire" if way == "revoked" else "admit"
    step = getattr(vault.Vault, name)

    def dies(self: vault.Vault, what: object) -> None:
        if done:
            step(self, what)
        raise Died

    with company.open(secret, **how) as register, monkeypatch.context() as at:
        at.setattr(vault.Vault, name, dies)
        with pytest.raises(Died):
            change(register)

    opening = {
        "code": [FIRST] if done else [company.code, FIRST],
        "revoked": [FIRST] if done else [company.code, FIRST],
        "join": [SECOND if done else secret, FIRST],
        "recovered": [SECOND if done else FIRST, company.code],
    }[way]
    for one in opening:
        with company.open(one, **(how if one == secret else {})) as register:
            me = register.get(register.vault.person_id, Person)
            assert set(me.signing_keys) == register.vault.keys_of(me.id)
            if register.vault.opened_with != "invitation":
                technology = register.get(company.technology, Technology)
                register.change(technology, outline=f"{one[:10]}で開いて改めた")
            assert register.verify().findings == ()
    if not done:
        with company.open(secret, **how) as register:
            change(register)
            assert register.verify().findings == ()
    assert company.found(SECOND if way == "recovered" else FIRST) == []


# Acts of another copy


def copied(company: Company, path: Path) -> Company:
    copy = Company.__new__(Company)
    copy.path, copy.technology, copy.exposure = path, company.technology, company.exposure
    shutil.copytree(company.path, path)
    return copy


@pytest.fixture
def other(company: Company, tmp_path: Path) -> Company:
    """A copy of the vault that the others work in, while an editor goes on in the first one."""
    company.let_in(Access.EDITOR)
    company.let_in(Access.READER, THIRD, "監査役")
    copy = copied(company, tmp_path / "copy.techguard")
    with company.open() as register:
        register.change(register.get(company.technology, Technology), note="工場で")
    return copy


def merged(company: Company, other: Company) -> list[tuple[str, str]]:
    """The other copy is taken in by an editor who did not look into it; what `verify` finds then."""
    with company.open() as register, other.open(FIRST, read_only=True) as there:
        register.vault.know_signers(there.vault, there.vault.verify_keys().keys())
        bringing.merge(register, there, lambda _: "newest")
        return sorted((f.part, f.code) for f in register.verify().findings)


def test_what_others_did_in_another_copy_within_their_access_is_proved(
    company: Company, other: Company
) -> None:
    """Also by somebody who was let in there, and by somebody whose access was changed there."""
    with other.open(SECOND) as register:
        people.let_in(register, "協力者", Access.EDITOR, "the fourth passphrase", kdf=CHEAP)
        people.grade(register, people.named(register, "監査役"), Access.REVIEWER)
    with other.open("the fourth passphrase") as register:
        register.add(Technology(code_name="薄膜"))
        people.set_passphrase(register, "the fourth one's next", kdf=CHEAP)
    with other.open(THIRD) as register:
        register.rate(other.exposure, likelihood=2, impact=2, rationale="評価者として")
    assert merged(company, other) == []
    with company.open() as register:
        assert register.find(Technology)[-1].code_name == "薄膜"
        came = people.named(register, "協力者")
        assert (came.access, came.signing_keys) == (None, ()), "nobody gets access by a merge"
        assert people.named(register, "監査役").access is Access.READER
    with pytest.raises(WrongPassphrase):
        company.open("the fourth one's next")
    with company.open() as register, other.open(FIRST, read_only=True) as there:
        assert bringing.merge(register, there, lambda _: "newest") is None
    assert company.found() == []


@pytest.mark.parametrize("what", ["conclusion", "decision"])
def test_a_closed_session_rewritten_in_another_copy_is_found(
    company: Company, other: Company, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Closed there and rewritten there, by a reviewer without the rule; here nobody had heard of it."""
    with other.open(SECOND) as register:
        held = register.add(Review(title="列車の会議", status=ReviewStatus.HELD))
        register.close_review(held, signed_by=register.me.id, held_on=register.today)
    unchecked(monkeypatch)
    with other.open(SECOND) as register:
        closed = register.get(held.id, Review)
        if what == "conclusion":
            register.change(closed, conclusion="書き換えた結論")
        else:
            register.add(Decision(title="後から", review=closed.id))
    monkeypatch.undo()
    assert merged(company, other) == [("history of other copies", "SessionRewritten")]


def test_what_was_stated_elsewhere_in_a_session_that_was_closed_here_is_brought(
    company: Company, tmp_path: Path
) -> None:
    """Nobody on the train knew that the session was over: the merge brings what they had stated in it."""
    with company.open() as register:
        held = register.add(Review(title="第1回", status=ReviewStatus.HELD))
    copy = copied(company, tmp_path / "train.techguard")
    with copy.open() as register:
        register.add(Decision(title="列車で", review=held.id))
    with company.open() as register:
        register.close_review(held, signed_by=register.me.id, held_on=register.today)
    assert merged(company, copy) == []
    with company.open() as register:
        assert [d.title for d in register.find(Decision)] == ["列車で"]


@pytest.mark.parametrize("first", ["the deed", "more access"])
def test_an_act_of_a_reader_in_another_copy_is_found(
    company: Company, other: Company, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    unchecked(monkeypatch)
    with other.open(THIRD) as register:
        if first == "more access":
            register.grant(register.me, Access.EDITOR, register.me.signing_keys)
        register.add(Technology(code_name="してはならないこと"))
    monkeypatch.undo()
    assert merged(company, other) == [("history of other copies", "AccessExceeded")]


def test_an_act_signed_in_another_copy_with_a_key_that_nobody_gave_is_found(
    company: Company, other: Company
) -> None:
    with other.open(THIRD, own_keys=True) as register:
        v = register.vault
        first = next(s for s in v.slots() if s.person_name == "法務部長")
        v.admit(v.prepare_person(first.person_id, first.person_name, "a forged passphrase", kdf=CHEAP))
    with other.open("a forged passphrase") as register:
        register.add(Technology(code_name="法務部長の名で"))
    with company.open() as register, other.open("a forged passphrase", read_only=True) as there:
        register.vault.know_signers(there.vault, there.vault.verify_keys().keys())
        bringing.merge(register, there, lambda _: "newest")
        found = sorted((f.part, f.code) for f in register.verify().findings)
    assert found == [("history of other copies", "KeyNotVouched")]


def test_a_second_beginning_of_the_register_among_the_acts_of_other_copies_gives_nobody_a_right(
    company: Company, other: Company
) -> None:
    """A reader writes a first act of their own, which makes them its editor."""
    with other.open(FIRST) as register:
        register.add(Technology(code_name="薄膜"))
    assert merged(company, other) == []
    with company.open(THIRD, own_keys=True) as register:
        store, v, me = register._store, register.vault, register.me
        salt, fields = bytes(16), {"access": "editor", "name": me.name, "signing_keys": [v.key_id]}
        line = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        root = tree.root([history.covered("person", me.id, "add", history.hidden(salt, line))])
        entry = {
            "seq": 1, "at": "2026-11-23T00:00:00.000000Z", "person": me.id, "key": v.key_id,
            "action": "create", "reason": "", "review": None, "undoes": None, "merges": None,
            "change_count": 1,
            "changes_root": root, "previous": history.GENESIS,
        }  # fmt: skip
        message = history.preimage(v.vault_id, entry)
        entry |= {"digest": hashlib.sha256(message).digest(), "signature": v.sign(message), "n": 999}
        with store.transaction() as connection:
            connection.exec_driver_sql(
                f"INSERT INTO merged_history ({', '.join(entry)}) VALUES ({', '.join('?' * len(entry))})",
                tuple(entry.values()),
            )
            connection.exec_driver_sql(
                "INSERT INTO merged_changes (act, position, kind, item, op, salt, fields)"
                " VALUES (?,?,?,?,?,?,?)",
                (999, 0, "person", me.id, "add", salt, line),
            )
    assert company.found() == ["KeyNotVouched", "MergedStray"]
