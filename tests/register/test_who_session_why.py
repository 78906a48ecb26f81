"""Every change names who made it; and the session and the reason where one was asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from techguard import merging, pruning
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.kinds import KINDS, kind_of
from techguard.register import Register
from techguard.review import session
from techguard.store import history
from tests.conftest import Clock, Place
from tests.made_up import one_of_each, own_scale

WHY = "理由はこのとおり"


@dataclass
class Meeting:
    register: Register
    technology: i.Technology
    exposure: i.Exposure
    review: i.Review
    outcome: i.Outcome

    @property
    def person(self) -> str:
        return self.register.me.id


@pytest.fixture
def meeting(register: Register) -> Meeting:
    technology = register.add(i.Technology(code_name="焼結"))
    exposure = register.add(i.Exposure(technology=technology.id, title="流出"))
    register.rate(exposure, likelihood=4, impact=4, rationale="初回")
    review = session.plan(register, title="第一回")
    review = session.begin(register, review)
    outcome = register.add(i.Outcome(review=review.id, title="流出", exposure=exposure.id, position=1))
    return Meeting(register, technology, exposure, review, outcome)


def joined(m: Meeting) -> None:
    with m.register.act(), m.register.act(WHY, review=m.review.id):
        m.register.change(m.register.get(m.technology.ref), outline="概要")


ACTS: dict[str, Callable[[Meeting], Any]] = {
    "rated": lambda m: m.register.rate(
        m.exposure, likelihood=2, impact=2, rationale=WHY, basis=w.Basis.TARGET, review=m.review.id
    ),
    "accepted": lambda m: m.register.accept(
        m.exposure,
        by=m.person,
        role=w.AcceptanceRole.BOARD,
        reason=WHY,
        until=m.register.today + timedelta(days=90),
        review=m.review.id,
    ),
    "rated in the session": lambda m: session.rerate(
        m.register, m.outcome, likelihood=5, impact=5, rationale=WHY
    ),
    "deferred": lambda m: session.defer(m.register, m.outcome, WHY),
    "decided": lambda m: session.decide(m.register, m.review, title="続ける", reason=WHY, outcome=m.outcome),
    "ruled out": lambda m: m.register.add(
        i.Exclusion(technology=m.technology.id, route="R02", reason=WHY, review=m.review.id)
    ),
    "joined": joined,
}


@pytest.mark.parametrize("name", ACTS)
def test_what_was_done_in_a_session_names_it_with_person_and_reason(meeting: Meeting, name: str) -> None:
    register = meeting.register
    before = register.head[0]
    ACTS[name](meeting)
    assert register.head[0] == before + 1
    (act,) = [a for a in register.shown_acts(None) if a.seq == before + 1]
    assert act.entry["person"] == register.me.id
    assert act.entry["review"] == meeting.review.id
    told = f"{act.entry['reason']} {' '.join(c.fields for c in act.changes)}"
    assert WHY in told, "the reason is part of what was signed"
    assert register.verify().ok


def removed(m: Meeting) -> None:
    with m.register.act(WHY):
        m.register.remove(m.register.get(m.technology.ref), with_parts=True)


def rescaled(m: Meeting) -> None:
    m.register.add(own_scale().model_copy(update={"reason": WHY}))


def pruned(m: Meeting) -> None:
    gone = m.register.add(i.Person(name="退職者"))
    m.register.remove(gone)
    pruning.prune(m.register, pruning.Rule(m.register.today + timedelta(days=1)), WHY)


def merged(m: Meeting, folder: Path) -> None:
    m.register.vault.read_head()  # waits until the thread that puts it in place has done so
    shutil.copytree(m.register.vault.path, folder / "other.techguard")
    (folder / "other.techguard" / "writer.lock").unlink(missing_ok=True)
    with Place(folder / "other.techguard", "", Clock()).open() as other:
        other.add(i.Technology(code_name="他の写しの技術"))
    m.register.add(i.Technology(code_name="この写しの技術"))
    with Place(folder / "other.techguard", "", Clock()).open(read_only=True) as other:
        merging.merge(m.register, other, lambda conflict: None, WHY)


WITHOUT_SESSION: dict[str, Callable[[Meeting, Path], Any]] = {
    "removed": lambda m, _: removed(m),
    "scale changed": lambda m, _: rescaled(m),
    "pruned": lambda m, _: pruned(m),
    "merged": merged,
}


@pytest.mark.parametrize("name", WITHOUT_SESSION)
def test_what_is_done_outside_of_a_session_names_person_and_reason(
    meeting: Meeting, name: str, tmp_path: Path
) -> None:
    register = meeting.register
    WITHOUT_SESSION[name](meeting, tmp_path)
    act = list(register.shown_acts(None))[-1]
    assert act.entry["person"] == register.me.id
    told = f"{act.entry['reason']} {' '.join(c.fields for c in act.changes)}"
    assert WHY in told, "the reason is part of what was signed"
    assert register.verify().ok


ASKED = {
    (kind.name, f.name)
    for kind in KINDS.values()
    for f in kind.fields
    if f.name in {"reason", "rationale", "why", "justification"} or "reason" in f.name
}
"""Every field in which the register asks why."""


def test_wherever_a_reason_is_asked_it_is_in_the_signed_act(register: Register) -> None:
    """Over all kinds: so that a new one cannot ask for a reason and keep it out of what is signed."""
    assert {("rating", "rationale"), ("acceptance", "reason"), ("exclusion", "reason")} <= ASKED
    items = [
        x.model_copy(update={n: WHY for k, n in ASKED if k == kind_of(x).name})
        for x in one_of_each(register.me.id)
    ]
    register.bulk(items)
    signed = {
        (change.kind, name): value
        for act in register.shown_acts(None)
        for change in act.changes
        for name, value in json.loads(change.fields).items()
    }
    assert {asked: signed.get(asked) for asked in ASKED} == dict.fromkeys(ASKED, WHY)


def test_a_reason_for_many_changes_stands_on_their_act(register: Register) -> None:
    items = [register.add(i.Technology(code_name=f"技術 {n}")) for n in range(2)]
    register.change_all(items, WHY, outline="同じ")
    assert register.history()[0].reason == WHY


def test_what_is_brought_in_belongs_to_no_session_of_ours(meeting: Meeting) -> None:
    meeting.register.bulk(
        [i.Decision(title="前の台帳での決定", technology=meeting.technology.id, review=meeting.review.id)]
    )
    assert meeting.register.history()[0].review is None


def test_an_act_in_the_name_of_another_is_found(register: Register, place: Place) -> None:
    """Whoever signs with their own key and names somebody else is found out, all else being whole."""
    other = register.person_named("別の担当者")
    connection = register._store.connection
    (row,) = history.entries(connection, limit=1)
    entry = dict(row._mapping) | {"person": other.id}
    message = history.preimage(register.vault.vault_id, entry)
    digest = history.sha256(message).digest()
    connection.exec_driver_sql(
        "UPDATE history SET person = ?, digest = ?, signature = ? WHERE seq = ?",
        (other.id, digest, register.vault.sign(message), row.seq),
    )
    register.vault.write_head(row.seq, digest)
    assert "ActorWrong" in {f.code for f in register.verify().findings}
