"""Who may do what, over every way to write: the table of docs/howto/people.md, held against the register."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from techguard import merging, people, pruning, vault
from techguard.domain import errors as refused
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.access import Deed, allows
from techguard.domain.kinds import KINDS
from techguard.domain.words import Access
from techguard.register import Register
from techguard.review import deals, interview, preparation, session
from tests.conftest import PASSPHRASE, Place

CHEAP = vault.KDF_FLOOR
SECRETS = {
    Access.EDITOR: "the editor's passphrase",
    Access.REVIEWER: "the reviewer's passphrase",
    Access.READER: "the reader's passphrase",
}
EVERYBODY, REVIEWERS, EDITORS = set(Access), {Access.EDITOR, Access.REVIEWER}, {Access.EDITOR}

ADDED_BY_REVIEWERS = {"rating", "estimate", "acceptance", "review", "outcome", "decision"}
"""Kinds that a reviewer adds, changes and takes out; in a session, countermeasures too but for taking out."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("in_session", [False, True])
@pytest.mark.parametrize("op", ["add", "change", "remove", "restore", "settle"])
def test_what_each_access_may_do_with_each_kind(kind: str, op: str, in_session: bool) -> None:
    deed = Deed(kind, "x" * 32, op, frozenset({"title", "owner"}))

    def may(access: Access | None, **how: bool) -> bool:
        return allows(access, "y" * 32, [deed], session=in_session, **how)

    in_a_session = in_session and kind == "countermeasure" and op in {"add", "change"}
    assert may(Access.EDITOR)
    assert may(Access.REVIEWER) == (kind in ADDED_BY_REVIEWERS or in_a_session)
    assert not may(Access.READER)
    assert not may(None)
    assert not may(Access.EDITOR, invited=True)


@pytest.mark.parametrize("access", [*Access, None])
def test_everybody_changes_their_own_keys_and_nobody_anything_more_with_them(access: Access | None) -> None:
    for own, fields, right in (
        (True, {"signing_keys"}, True),
        (True, {"signing_keys", "access"}, access is Access.EDITOR),
        (True, {"access"}, access is Access.EDITOR),
        (False, {"signing_keys"}, access is Access.EDITOR),
    ):
        deed = Deed("person", "me" if own else "they", "change", frozenset(fields))
        assert allows(access, "me", [deed]) == right


@pytest.mark.parametrize("f", [f.name for f in KINDS["exposure"].fields])
def test_of_an_exposure_a_reviewer_changes_what_follows_from_what_they_do(f: str) -> None:
    derived = {f.name for f in KINDS["exposure"].derived}
    follows = f in derived | {"status", "treatment", "next_review"}
    assert allows(Access.REVIEWER, "me", [Deed("exposure", "x", "change", frozenset({f}))]) == follows
    assert not allows(Access.REVIEWER, "me", [Deed("exposure", "x", "add", frozenset({f}))])


# Every method of the register that writes, as each of them


class Room:
    """A register with something in it, opened by somebody, and the ids of what is in it."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.technology = register.find(i.Technology)[0]
        self.exposure = register.find(i.Exposure)[0]
        self.measure = register.find(i.Countermeasure)[0]
        self.review = register.find(i.Review)[0]
        self.me = register.me
        self.editor = people.named(register, "法務部長")
        self.soon = register.today + timedelta(days=30)

    def session(self) -> i.Review:
        """The session that is being held."""
        return session.begin(self.register, self.review)


def accepted(r: Room) -> object:
    return r.register.accept(r.exposure, by=r.me.id, role=w.AcceptanceRole.BOARD, reason="理由", until=r.soon)


def held_and_closed(r: Room) -> object:
    review = r.register.add(i.Review(title="第3四半期", chair=r.me.id))
    return r.register.close_review(review, signed_by=r.me.id, held_on=r.register.today)


def in_session(r: Room, do: Callable[[], object]) -> None:
    held = r.session()
    with r.register.act(review=held.id):
        do()


def in_a_closed_session(r: Room, do: Callable[[], object]) -> None:
    closed = r.register.add(i.Review(title="締めた会", chair=r.me.id))
    r.register.close_review(closed, signed_by=r.me.id, held_on=r.register.today)
    with r.register.act(review=closed.id):
        do()


def undone(r: Room, *, mine: bool) -> object:
    if mine:
        r.register.rate(r.exposure, likelihood=2, impact=2, rationale="見直し")
    return r.register.undo()


def redone(r: Room) -> object:
    undone(r, mine=True)
    return r.register.redo()


def renamed(r: Room) -> None:
    r.register.keep("x", "y", 1)
    r.register.rename_kept("x", "y", "z")


def answered(r: Room) -> object:
    return interview.answer(r.register, r.technology.id, w.InterviewQuestion.SECRECY, 3)


Write = Callable[[Room], object]
WRITES: dict[str, list[tuple[set[Access], Write]]] = {
    "add": [
        (EDITORS, lambda r: r.register.add(i.Technology(code_name="薄膜"))),
        (EDITORS, lambda r: r.register.add(i.Exposure(technology=r.technology.id, title="転職"))),
        (EDITORS, lambda r: r.register.add(i.Countermeasure(title="申請制", exposures=(r.exposure.id,)))),
        (EDITORS, lambda r: r.register.add(i.Person(name="知らない人"))),
        (EDITORS, lambda r: r.register.add(i.Observation(title="兆候", observed_on=date(2026, 1, 1)))),
        (REVIEWERS, lambda r: r.register.add(i.Review(title="第3四半期", chair=r.me.id))),
        (REVIEWERS, lambda r: r.register.add(i.Decision(title="決定", owner=r.me.id))),
    ],
    "change": [
        (EDITORS, lambda r: r.register.change(r.technology, outline="書き換え")),
        (EDITORS, lambda r: r.register.change(r.exposure, title="別の題")),
        (EDITORS, lambda r: r.register.change(r.measure, title="別の対策")),
        (EDITORS, lambda r: r.register.change(r.me, name="別の名")),
        (REVIEWERS, lambda r: r.register.change(r.exposure, next_review=r.soon)),
        (REVIEWERS, lambda r: r.register.change(r.review, title="別の会")),
    ],
    "change_all": [(EDITORS, lambda r: r.register.change_all([r.technology], note="一括"))],
    "remove": [
        (EDITORS, lambda r: r.register.remove(r.technology, with_parts=True)),
        (REVIEWERS, lambda r: r.register.remove(r.register.add(i.Decision(title="誤り", owner=r.me.id)))),
    ],
    "restore": [(EDITORS, lambda r: r.register.restore(removed_before(r)))],
    "bulk": [
        (EDITORS, lambda r: r.register.bulk([i.Technology(code_name="一括")])),
        (REVIEWERS, lambda r: r.register.bulk([i.Decision(title="一括", owner=r.me.id)])),
    ],
    "person_named": [
        (EDITORS, lambda r: r.register.person_named("新しい人")),
        (EVERYBODY, lambda r: r.register.person_named("法務部長")),  # who is there is only found
    ],
    "rate": [(REVIEWERS, lambda r: r.register.rate(r.exposure, likelihood=2, impact=2, rationale="見直し"))],
    "accept": [(REVIEWERS, accepted)],
    "close_review": [(REVIEWERS, held_and_closed)],
    "undo": [(REVIEWERS, lambda r: undone(r, mine=True)), (EDITORS, lambda r: undone(r, mine=False))],
    "redo": [(REVIEWERS, redone)],
    "act": [
        (
            REVIEWERS,
            lambda r: in_session(
                r, lambda: r.register.add(i.Countermeasure(title="会で決めた", exposures=(r.exposure.id,)))
            ),
        ),
        (REVIEWERS, lambda r: in_session(r, lambda: r.register.change(r.measure, due=r.soon))),
        (EDITORS, lambda r: in_session(r, lambda: r.register.remove(r.measure))),
        (EDITORS, lambda r: in_session(r, lambda: r.register.change(r.technology, note="会の中で"))),
        (EDITORS, lambda r: in_a_closed_session(r, lambda: r.register.change(r.measure, due=r.soon))),
    ],
    "grant": [
        (EDITORS, lambda r: r.register.grant(r.me, Access.EDITOR, (*r.me.signing_keys, "a" * 32))),
        (EDITORS, lambda r: r.register.grant(r.editor, r.editor.access, (*r.editor.signing_keys, "a" * 32))),
        (EVERYBODY, lambda r: r.register.grant(r.me, r.me.access, (*r.me.signing_keys, "a" * 32))),
    ],
    "state_keys": [(EVERYBODY, lambda r: r.register.state_keys())],
    "choose_backups_kept": [(EDITORS, lambda r: r.register.choose_backups_kept(vault.Retention()))],
    "require_editor": [(EDITORS, lambda r: r.register.require_editor())],
    # no evidence: how somebody likes to look at it
    "keep": [(EVERYBODY, lambda r: r.register.keep("x", "y", 1))],
    "rename_kept": [(EVERYBODY, renamed)],
    "forget": [(EVERYBODY, lambda r: r.register.forget("x", "y"))],
    "choose_calendar": [(EVERYBODY, lambda r: r.register.choose_calendar("era"))],
    "choose_money_unit": [(EVERYBODY, lambda r: r.register.choose_money_unit("exact"))],
    "recount": [(EVERYBODY, lambda r: r.register.recount())],
    # what is made of these
    "review.session": [
        (REVIEWERS, lambda r: session.plan(r.register, title="会", chair=r.me.id, planned_minutes=60)),
        (REVIEWERS, lambda r: r.session()),
    ],
    "review.preparation": [(REVIEWERS, lambda r: preparation.prepare(r.register, r.review))],
    "review.deals": [(EDITORS, lambda r: deals.add_variant(r.register, engagement(r), "一部開示"))],
    "review.interview": [(EDITORS, answered)],
    "pruning.prune": [(EDITORS, lambda r: pruning.prune(r.register, pruning.Rule(r.soon), "満了"))],
    "people.let_in": [
        (EDITORS, lambda r: people.let_in(r.register, "知人", Access.EDITOR, "another passphrase", kdf=CHEAP))
    ],
    "people.invite": [(EDITORS, lambda r: people.invite(r.register, "知人", Access.EDITOR))],
    "people.grade": [(EDITORS, lambda r: people.grade(r.register, r.editor, Access.READER))],
    "people.remove": [(EDITORS, lambda r: people.remove(r.register, other(r)))],
    "people.withdraw": [(EDITORS, lambda r: people.withdraw(r.register, people.named(r.register, "招待中")))],
    "people.rekey": [(EDITORS, lambda r: people.rekey(r.register))],
    "people.revoke_code": [
        (EVERYBODY, lambda r: (people.issue_code(r.register), people.revoke_code(r.register, r.me))),
        (EDITORS, lambda r: people.revoke_code(r.register, r.editor)),
    ],
    "people.set_passphrase": [
        (EVERYBODY, lambda r: people.set_passphrase(r.register, "yet another one", kdf=CHEAP))
    ],
}  # fmt: skip

READS = {
    "create", "open", "close", "calendar", "money_unit", "backups_kept", "show_as_chosen", "access",
    "set_aside", "recorded_ahead",
}  # fmt: skip
"""What of `Register` writes nothing that is anybody's."""


def removed_before(r: Room) -> str:
    return next(e.changes[0].ref for e in r.register.history(limit=100) if e.changes[0].op == "remove")


def engagement(r: Room) -> str:
    return r.register.find(i.Engagement)[0].id


def other(r: Room) -> i.Person:
    return next(p for p in r.register.find(i.Person) if p.access and p.id not in {r.me.id, r.editor.id})


def test_every_method_of_the_register_is_in_the_table() -> None:
    public = {name for name in vars(Register) if not name.startswith("_")}
    assert public == READS | {name for name in WRITES if "." not in name}
    writing = {
        name for name, member in inspect.getmembers(people, inspect.isfunction) if name in people.__all__
    }
    told = {name.partition(".")[2] for name in WRITES if name.startswith("people.")}
    also_asked = {"issue_code", "join", "invite_by_file", "as_oneself"}  # through those that are told
    reading = {"fingerprint", "key_file", "named", "seats", "ways"}
    assert writing == told | also_asked | reading


@pytest.fixture(scope="module")
def peopled(template: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with somebody of each access, closed."""
    import shutil

    path = tmp_path_factory.mktemp("rights") / "acme.techguard"
    shutil.copytree(template.path, path)
    with Register.open(path, template.passphrase) as register:
        technology = register.add(i.Technology(code_name="焼結プロファイルK"))
        exposure = register.add(i.Exposure(technology=technology.id, title="共同研究"))
        register.rate(exposure, likelihood=4, impact=4, rationale="初回")
        register.add(i.Countermeasure(title="持ち出しの申請", exposures=(exposure.id,)))
        joint = w.EngagementKind.JOINT_RESEARCH
        register.add(i.Engagement(title="共同研究", kind=joint, technologies=(technology.id,)))
        register.add(i.Review(title="第2四半期", chair=register.me.id))
        register.remove(register.add(i.Technology(code_name="消したもの")))
        for access, secret in SECRETS.items():
            people.let_in(register, f"{access.value}の人", access, secret, kdf=CHEAP)
        people.invite(register, "招待中", Access.READER)
        register.add(i.Technology(code_name="最後に追加"))
    return path


@contextmanager
def opened(path: Path, access: Access) -> Iterator[Register]:
    """As somebody who got past the door for opening: the door for writing is what is looked at."""
    with Register.open(path, SECRETS[access], own_keys=True) as register:
        yield register


@pytest.mark.parametrize("access", Access)
@pytest.mark.parametrize("name", WRITES)
def test_each_access_may_do_just_what_the_table_says(
    peopled: Path, tmp_path: Path, name: str, access: Access
) -> None:
    import shutil

    for n, (allowed, write) in enumerate(WRITES[name]):
        path = tmp_path / f"{n}.techguard"
        shutil.copytree(peopled, path)
        with opened(path, access) as register:
            room = Room(register)
            before = register.head
            if access in allowed:
                write(room)
            else:
                with pytest.raises(refused.NotAllowed):
                    write(room)
                mine = [e for e in register.history(limit=20) if e.seq > before[0]]
                assert all(e.changes[0].kind in ADDED_BY_REVIEWERS for e in mine), "nothing but what they may"
                assert len(register.vault.slots()) == 5
        with Register.open(path, PASSPHRASE, read_only=True) as register:
            assert register.verify().findings == ()


@pytest.mark.parametrize("access", Access)
def test_a_copy_is_taken_in_by_an_editor(peopled: Path, tmp_path: Path, access: Access) -> None:
    import shutil

    for n, ours_went_on in enumerate([False, True]):
        here, there = tmp_path / f"here{n}", tmp_path / f"there{n}"
        shutil.copytree(peopled, here)
        shutil.copytree(peopled, there)
        with opened(there, Access.EDITOR) as register:
            register.add(i.Technology(code_name="向こうで"))
        if ours_went_on:
            with opened(here, Access.EDITOR) as register:
                register.add(i.Technology(code_name="こちらで"))
        with opened(here, access) as register, Register.open(there, SECRETS[access], read_only=True) as other:
            before = register.head
            with suppress(refused.NotAllowed):
                merging.merge(register, other, lambda _: "newest")
            assert (register.head != before) == (access is Access.EDITOR)


def test_a_reader_does_not_even_open_for_writing(peopled: Path) -> None:
    with pytest.raises(refused.MayOnlyRead):
        Register.open(peopled, SECRETS[Access.READER])
