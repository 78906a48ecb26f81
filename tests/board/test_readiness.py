"""The board pack check: what the pack lacks follows the register; what only a person knows is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techguard import catalog
from techguard.board.readiness import LIST, Ready, readiness
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register
from tests.conftest import Clock, Place

TODO = {"lacking", "ask"}


def check(register: Register) -> dict[str, Ready]:
    return {r.item.id.removeprefix("BRP-"): r for r in readiness(register, "en")}


@pytest.fixture
def clock(place: Place) -> Clock:
    return place.clock


def exposed(register: Register, level: tuple[int, int] = (5, 5), **more: object) -> i.Exposure:
    technology = register.add(i.Technology(code_name="K"))
    exposure = register.add(i.Exposure(technology=technology.id, title="x", route="R01", **more))
    register.rate(exposure, likelihood=level[0], impact=level[1], rationale="because")
    return register.get(exposure.ref, i.Exposure)


def test_each_item_of_the_catalogue_is_looked_at_in_both_languages(register: Register) -> None:
    for lang in ("ja", "en"):
        found = readiness(register, lang)
        assert [r.item.id for r in found] == [item.id for item in catalog.checklists()[LIST].items]
        assert all(r.said for r in found)


def test_an_empty_register_lacks_the_first_things_and_asks_the_others(register: Register) -> None:
    found = check(register)
    assert {n for n, r in found.items() if r.state == "lacking"} == {"1", "2"}
    assert {n for n, r in found.items() if r.state == "ask"} == {"5", "7", "8"}


def test_the_worst_exposures_need_an_owner_each(register: Register) -> None:
    exposure = exposed(register)
    assert check(register)["1"].refs == (exposure.ref,)
    register.change(exposure, owner=register.me.id)
    assert check(register)["1"].state == "ready"


def test_the_highest_level_needs_a_decision_asked_open_or_taken_by_acceptance(
    register: Register, clock: Clock
) -> None:
    exposure = exposed(register)
    assert check(register)["5"].refs == (exposure.ref,)
    asked = register.change(exposure, decision_asked="Stop it?")
    assert check(register)["5"].state == "ready"
    plain = register.change(asked, decision_asked="")
    decision = register.add(i.Decision(title="Stop it?", exposure=exposure.id))
    assert check(register)["5"].state == "ready"
    register.change(decision, status=w.DecisionStatus.DECIDED)
    assert check(register)["5"].state == "lacking"
    register.accept(
        plain,
        by=register.me.id,
        role=w.AcceptanceRole.BOARD,
        until=clock.today + timedelta(days=30),
        reason="known",
    )
    assert check(register)["5"].state == "ask"


def test_a_level_below_the_highest_asks_nothing_of_the_board(register: Register) -> None:
    exposed(register, (2, 2))
    assert check(register)["5"].state == "ask"


def test_what_is_to_be_accepted_needs_someone_who_did(register: Register, clock: Clock) -> None:
    exposure = exposed(register, (2, 2), treatment=w.Treatment.ACCEPT)
    assert check(register)["6"].refs == (exposure.ref,)
    register.accept(
        exposure,
        by=register.me.id,
        role=w.AcceptanceRole.MANAGER,
        until=clock.today + timedelta(days=10),
        reason="small",
    )
    assert check(register)["6"].state == "ready"
    clock.turn(20)
    found = check(register)["6"]
    assert (found.state, found.refs) == ("lacking", (exposure.ref,))


def test_incidents_say_what_was_learnt_and_consultations_what_came_out(
    register: Register, clock: Clock
) -> None:
    register.add(
        i.Review(title="before", status=w.ReviewStatus.CLOSED, held_on=clock.today - timedelta(days=90))
    )
    incident = register.add(
        i.Observation(title="lost", kind=w.ObservationKind.INCIDENT, observed_on=clock.today)
    )
    talk = register.add(
        i.Consultation(topic="t", status=w.ConsultationStatus.DONE, on=clock.today, outcome="")
    )
    found = check(register)
    assert (found["7"].refs, found["8"].refs) == ((incident.ref,), (talk.ref,))
    register.change(incident, lessons="lock it")
    register.change(talk, outcome="go on")
    found = check(register)
    assert (found["7"].state, found["8"].state) == ("ready", "ready")


def test_a_session_that_was_held_names_who_took_part(register: Register, clock: Clock) -> None:
    review = register.add(i.Review(title="r", status=w.ReviewStatus.HELD, held_on=clock.today))
    assert check(register)["9"].refs == (review.ref,)
    register.change(review, attendees=(register.me.id,))
    assert check(register)["9"].state == "ready"


def answer(register: Register, item: str, said: w.Answer, clock: Clock) -> None:
    register.add(i.ChecklistAnswer(item=item, answer=said, evidence="minutes 12", as_of=clock.today))


def test_a_person_answers_what_only_a_person_knows(register: Register, clock: Clock) -> None:
    answer(register, "BRP-7", w.Answer.YES, clock)
    answer(register, "BRP-8", w.Answer.NO, clock)
    found = check(register)
    assert (found["7"].state, found["8"].state) == ("ready", "lacking")
    assert "minutes 12" in found["7"].said


def test_yes_does_not_cover_what_is_missing_and_not_applicable_does(register: Register, clock: Clock) -> None:
    answer(register, "BRP-1", w.Answer.YES, clock)
    answer(register, "BRP-2", w.Answer.NOT_APPLICABLE, clock)
    found = check(register)
    assert (found["1"].state, found["2"].state) == ("lacking", "ready")


def test_an_answer_counts_until_the_next_session(register: Register, clock: Clock) -> None:
    answer(register, "BRP-7", w.Answer.YES, clock)
    clock.turn(5)
    register.add(i.Review(title="r", status=w.ReviewStatus.CLOSED, held_on=clock.today))
    clock.turn(1)
    found = check(register)["7"]
    assert (found.state, found.answer) == ("ask", None)
