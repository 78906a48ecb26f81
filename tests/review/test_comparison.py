"""Two sessions side by side: who moved what, and why; where each state was read is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.review import session
from techguard.review.errors import NothingToCompare
from tests.conftest import Place
from tests.made_up import own_scale

from .conftest import Company
from .test_session import closed, held, item, planned


def test_each_move_says_why_and_who(company: Company) -> None:
    register = company.register
    a = closed(company, held(company))
    company.rate(3, 5, 5, "退職者が競合に移った")
    with register.act("事業から撤退した"):
        register.change(company.exposure(1), status=w.ExposureStatus.CLOSED)
    added = register.add(i.Exposure(technology=company.technology.id, title="新しい経路"))
    b = held(company)
    session.rerate(register, item(company, b, 0), likelihood=2, impact=3, rationale="開示範囲を絞った")
    b = closed(company, b)
    company.rate(2, 1, 1, "後の話")
    found = session.compare(register, a, b)
    assert (found.basis_a, found.basis_b) == ("snapshot", "snapshot")
    told = {m.exposure: (m.how, m.before, m.after, m.reason, m.who) for m in found.moves}
    me = register.me.name
    assert told == {
        company.exposures[3].id: ("risen", 3, 5, "退職者が競合に移った", me),
        company.exposures[0].id: ("fallen", 5, 2, "開示範囲を絞った", me),
        company.exposures[1].id: ("gone", 4, None, "事業から撤退した", me),
        added.id: ("new", None, None, "", me),
    }
    assert [m.how for m in found.moves] == ["risen", "new", "fallen", "gone"]
    assert (len(found.risen), len(found.new), len(found.fallen), len(found.gone)) == (1, 1, 1, 1)
    assert {m.technology for m in found.moves} == {company.technology.code_name}


def test_a_session_from_elsewhere_is_read_from_ratings_of_its_day(company: Company, place: Place) -> None:
    register = company.register
    day = register.today
    register.bulk([i.Review(title="昨年度", status=w.ReviewStatus.CLOSED, held_on=day)])
    (old,) = register.find(i.Review, title="昨年度")
    place.clock.turn(5)
    company.rate(5, 4, 4, "兆候があった")
    found = session.compare(register, old, held(company))
    assert (found.basis_a, found.basis_b) == ("ratings", "now")
    (move,) = found.moves
    assert (move.how, move.before, move.after, move.reason) == ("risen", 1, 4, "兆候があった")
    assert move.on == day + timedelta(days=5)


def test_a_change_of_scale_is_named_and_is_no_rise_or_fall(company: Company) -> None:
    register = company.register
    a = closed(company, held(company))
    before = {e.id: e.level for e in register.find(i.Exposure)}
    matrix = ("2 2 3 4 5", "2 3 3 4 5", "2 3 4 5 5", "3 4 5 5 5", "3 4 5 5 5")
    own = register.add(own_scale(matrix=matrix))
    company.rate(3, 1, 1, "工場を閉じた")
    b = closed(company, held(company))
    after = {e.id: e.level for e in register.find(i.Exposure)}
    found = session.compare(register, a, b)
    assert found.scales == (f"{own.ref} {own.title}",)
    rated = company.exposures[3].id
    assert {m.exposure for m in (*found.risen, *found.fallen, *found.new, *found.gone)} == {rated}
    only_the_scale = {id_ for id_, level in before.items() if level != after[id_]} - {rated}
    assert only_the_scale
    assert {m.exposure for m in found.rescaled} == only_the_scale
    for move in found.rescaled:
        assert (move.before, move.after) == (before[move.exposure], after[move.exposure])
        assert own.ref in move.reason
    back = session.compare(register, b, a)
    assert {m.exposure for m in back.rescaled} == only_the_scale
    assert back.scales == found.scales


def test_a_session_that_was_never_held_cannot_be_compared(company: Company) -> None:
    with pytest.raises(NothingToCompare):
        session.compare(company.register, closed(company, held(company)), planned(company))
