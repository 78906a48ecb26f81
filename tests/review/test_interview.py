"""Finding what is core: nothing is lost, unknown is not zero, and the class comes with its reason."""

from __future__ import annotations

from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.i18n import set_language
from techguard.register import Register
from techguard.review import interview

from .conftest import Company

Q = w.InterviewQuestion
SCORES = dict(zip(rules.SCORES, (4, 4, 3, 2, 2, 3), strict=True))


def candidate(reg: Register, name: str = "候補") -> i.Technology:
    return reg.add(i.Technology(code_name=name))


def test_every_question_can_be_answered_taken_back_and_left_unknown(company: Company) -> None:
    reg = company.register
    t = candidate(reg)
    for q in interview.QUESTIONS:
        for given in [a.value for a in interview.question(q).answers]:
            interview.answer(reg, t.id, q, given)
            now = reg.get(t.id, i.Technology)
            assert (rules.asked(now, q), interview.value(now, q)) == ("answered", given)
        interview.answer(reg, t.id, q, None)
        now = reg.get(t.id, i.Technology)
        assert (rules.asked(now, q), interview.value(now, q)) == ("unknown", None)
    found = interview.standing(reg.get(t.id, i.Technology))
    assert (found.answered, found.unknown, found.open) == (0, len(interview.QUESTIONS), 0)


def test_every_answer_is_an_act_of_its_own_that_can_be_taken_back(company: Company) -> None:
    reg = company.register
    t = candidate(reg)
    before = reg.head[0]
    interview.answer(reg, t.id, Q.COMPETITIVE_EDGE, 4)
    interview.answer(reg, t.id, Q.CATCH_UP, None)
    assert reg.head[0] == before + 2
    reg.undo()
    assert rules.asked(reg.get(t.id, i.Technology), Q.CATCH_UP) == "open"
    assert interview.standing(reg.get(t.id, i.Technology)).first_open == 1


def test_unknown_is_not_zero(company: Company) -> None:
    reg = company.register
    t = candidate(reg)
    for name, score in SCORES.items():
        interview.answer(reg, t.id, Q(name), None if name == "secrecy" else score)
    found = interview.standing(reg.get(t.id, i.Technology))
    assert found.judgement.proposed is None
    assert (found.judgement.total, found.lowest, found.highest) == (15, w.Criticality.A, w.Criticality.A)
    assert reg.get(t.id, i.Technology).criticality is None


def test_the_end_is_one_act_with_a_reason_in_the_language_of_the_day(company: Company) -> None:
    reg = company.register
    t = candidate(reg)
    for name, score in SCORES.items():
        interview.answer(reg, t.id, Q(name), score)
    interview.answer(reg, t.id, Q.USEFUL, None)
    before = reg.head[0]
    set_language("ja")
    done = interview.conclude(reg, t.id, core=True)
    assert reg.head[0] == before + 1
    assert (done.status, done.criticality) == (w.TechnologyStatus.REGISTERED, w.Criticality.A)
    assert "24点中18点" in done.criticality_reason
    assert "有用性" in done.criticality_reason  # what is not known is part of the reason
    assert done.next_review is not None


def test_another_judgement_than_the_rules_stands_beside_it(company: Company) -> None:
    reg = company.register
    t = candidate(reg)
    for name, score in SCORES.items():
        interview.answer(reg, t.id, Q(name), score)
    set_language("en")
    done = interview.conclude(reg, t.id, core=True, confirmed=w.Criticality.S, own="The customer said so.")
    assert done.criticality is w.Criticality.S
    assert "18 of 24 points give class A" in done.criticality_reason
    assert "Judged to be class S. The customer said so." in done.criticality_reason


def test_what_is_not_core_is_set_aside_and_leaves_the_list(company: Company) -> None:
    reg = company.register
    first, second = candidate(reg, "一"), candidate(reg, "二")
    names = [c.technology.id for c in interview.candidates(reg)]
    assert names.index(first.id) < names.index(second.id)
    interview.conclude(reg, first.id, core=False, own="公知になった。")
    assert first.id not in {c.technology.id for c in interview.candidates(reg)}
    assert reg.get(first.id, i.Technology).status is w.TechnologyStatus.RETIRED
