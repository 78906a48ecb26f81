"""Sessions that were closed in another copy: what came after them is told by them, not by numbers of acts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.merging import merge
from techguard.review import session
from techguard.review.sessions import last_closed, when
from tests.conftest import Clock, Place

from .conftest import Company
from .test_session import closed, held, reasons


def on_the_train(place: Place, folder: Path) -> Place:
    """A copy of the vault as it is, at the same moment."""
    path = Path(shutil.copytree(place.path, folder / "train.techguard"))
    return Place(path, place.code, Clock(place.clock.moment))


def test_a_session_closed_in_another_copy_is_a_place_in_time_here(
    company: Company, place: Place, tmp_path: Path
) -> None:
    """There were many acts before it: its number lies beyond this history, and says nothing here."""
    exposure = company.exposure(5)
    company.register.close()
    other = on_the_train(place, tmp_path)
    with other.open() as there:
        room = Company(there, company.people, company.technology, company.exposures)
        for n in range(30):
            there.change(there.find(i.Technology)[0], note=f"下書き {n}")
        first = closed(room, held(room))
    place.clock.moment = other.clock.moment
    place.clock.turn(1)
    with place.open() as here:
        here.change(here.get(exposure.id, i.Exposure), note="工場で")
    with place.open() as here, other.open(read_only=True) as there:
        merge(here, there, lambda conflict: "newest")
        assert (first.snapshot_seq or 0) > here.head[0], "the number is none of this history"
        with here.act("事業から撤退した"):
            here.change(here.get(exposure.id, i.Exposure), status=w.ExposureStatus.CLOSED)
        last = last_closed(here)
        assert last is not None
        assert last.snapshot == first.snapshot
        told = session.since_last(here, None, here.get(exposure.id, i.Exposure))
        reasons = {c.field.name: c.reason for c in told.changes}
        assert reasons["status"] == "事業から撤退した"
        room = Company(here, company.people, company.technology, company.exposures)
        second = closed(room, held(room))
        assert when(last) < when(second), "though its number is the higher one"
        assert last_closed(here, second) == last
        moves = {m.exposure: m for m in session.compare(here, last, second).moves}
        assert moves[exposure.id].how == "gone"
        assert moves[exposure.id].reason == "事業から撤退した"


def test_what_was_recorded_elsewhere_before_a_session_and_came_after_it_was_not_known_to_it(
    company: Company, place: Place, tmp_path: Path
) -> None:
    """On the train a risk was rated higher and one was found, the day before the session at the plant."""
    exposure, known = company.exposure(4), company.exposure(5)
    first_here = closed(company, held(company))
    company.register.close()
    other = on_the_train(place, tmp_path)
    with other.open() as there:
        rated = there.rate(exposure, likelihood=4, impact=5, rationale="列車で聞いた")
        found = there.add(i.Exposure(technology=company.technology.id, title="列車で見付けた", route="R01"))
        core = there.add(i.Technology(code_name="列車で加えた技術"))
    place.clock.turn(1)
    with place.open() as here:
        here.rate(known, likelihood=2, impact=2, rationale="会議で見直した")
        room = Company(here, company.people, company.technology, company.exposures)
        second = closed(room, held(room))
        assert rated.created_at is not None
        assert second.closed_at is not None
        assert rated.created_at < second.closed_at
    place.clock.turn(1)
    with place.open() as here, other.open(read_only=True) as there:
        merge(here, there, lambda conflict: "newest")
        last = last_closed(here)
        assert last == second
        told = session.since_last(here, None, here.get(exposure.id, i.Exposure))
        assert [p.since for p in told.path] == [False, True], "the session did not see it"
        assert rated.id in {n.id for n in told.added}
        room = Company(here, company.people, company.technology, company.exposures)
        third = held(room)
        why = reasons(room, third)
        assert "risen" in why[exposure.title]
        assert "new" in why[found.title]
        assert "new" in why[core.code_name]
        other_risk = {m.exposure: m for m in session.compare(here, second, third).moves}[exposure.id]
        assert (other_risk.how, other_risk.reason) == ("risen", "列車で聞いた")
        here.rate(exposure, likelihood=5, impact=5, rationale="後で改めた", rated_on=rated.rated_on)
        third = closed(room, third)
        moves = {m.exposure: m for m in session.compare(here, second, third).moves}
        assert moves[exposure.id].reason == "後で改めた", "of one day, what was recorded last"
        assert moves[found.id].how == "new"
        before = {m.exposure: m for m in session.compare(here, first_here, second).moves}
        assert exposure.id not in before, "nor between the sessions before"
        assert before[known.id].reason == "会議で見直した"


@pytest.mark.parametrize("takes", ["the one with the session", "the other"])
def test_both_copies_tell_the_same_of_what_a_session_did_not_know(
    company: Company, place: Place, tmp_path: Path, takes: str
) -> None:
    """Whichever copy takes the other in: what was done on the train before the session at the plant came
    after it, and what the session knew did not.
    """
    exposure, changed, seen = company.exposure(4), company.exposure(5), company.exposure(3)
    closed(company, held(company))
    company.register.close()
    other = on_the_train(place, tmp_path)
    with other.open() as there:
        rated = there.rate(exposure, likelihood=4, impact=5, rationale="列車で聞いた")
        found = there.add(i.Exposure(technology=company.technology.id, title="列車で見付けた", route="R01"))
        there.change(there.get(changed.id, i.Exposure), note="列車で改めた")
    place.clock.turn(1)
    with place.open() as here:
        here.change(here.get(seen.id, i.Exposure), note="会議で見た")
        room = Company(here, company.people, company.technology, company.exposures)
        second = closed(room, held(room))
    place.clock.turn(1)
    other.clock.moment = place.clock.moment
    mine, theirs = (place, other) if takes == "the one with the session" else (other, place)
    with mine.open() as register, theirs.open(read_only=True) as copy:
        merge(register, copy, lambda conflict: "newest")
        last = last_closed(register)
        assert last is not None
        assert last.snapshot == second.snapshot
        told = session.since_last(register, None, register.get(exposure.id, i.Exposure))
        assert [p.since for p in told.path] == [False, True]
        assert rated.id in {n.id for n in told.added}

        def fields(item: i.Exposure) -> list[str]:
            return [
                c.field.name
                for c in session.since_last(register, None, register.get(item.id, i.Exposure)).changes
            ]

        assert (fields(changed), fields(seen)) == (["note"], [])
        room = Company(register, company.people, company.technology, company.exposures)
        third = held(room)
        why = reasons(room, third)
        assert "risen" in why[exposure.title]
        assert "new" in why[found.title]
        assert "changed" in why[changed.title]
        moves = {m.exposure: m for m in session.compare(register, second, third).moves}
        assert (moves[exposure.id].how, moves[exposure.id].reason) == ("risen", "列車で聞いた")
        assert moves[found.id].how == "new"
