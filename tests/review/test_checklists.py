"""The checklists: which answer stands, what changed since the last session, and counts only."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from techguard.catalog import PARTNER_CHECKLIST, Origin, checklists, company_checklists
from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.register import Register
from techguard.review.checklists import company, partner

A = w.Answer
FIRST = "ESMG1-A-1-ア"


def answer(register: Register, item: str, which: A, on: date, **more: str) -> i.ChecklistAnswer:
    return register.add(i.ChecklistAnswer(item=item, answer=which, as_of=on, **more))  # type: ignore[arg-type]


def test_official_lists_come_first_and_the_questions_to_partners_are_not_the_companys() -> None:
    lists = company_checklists()
    assert lists[0].id == "ESMG1-A"
    assert PARTNER_CHECKLIST not in {c.id for c in lists}
    origins = [c.origin for c in lists if c.obtained]
    assert origins == sorted(origins, key=list(Origin).index)


def test_the_newest_answer_stands_and_the_ones_before_stay(register: Register) -> None:
    answer(register, FIRST, A.NO, date(2026, 5, 1))
    answer(register, FIRST, A.YES, date(2026, 8, 1), evidence="規程第3条")
    answer(register, FIRST, A.NOT_APPLICABLE, date(2026, 2, 1))  # an older one, recorded late
    room = company(register)
    state = next(s for s in room.items if s.item.id == FIRST)
    assert state.answer is not None
    assert state.answer.answer is A.YES
    assert register.count("answers") == 3


def test_an_answer_for_a_counterparty_says_nothing_of_the_company(register: Register) -> None:
    one, other = (register.add(i.Counterparty(name=name)) for name in ("甲", "乙"))
    answer(register, "DDQ-01", A.YES, date(2026, 8, 1), counterparty=one.id, evidence="契約書")
    assert partner(register, one.id).total.yes == 1
    assert partner(register, other.id).total.answered == 0
    assert company(register).total.answered == 0


def test_what_changed_since_the_last_session_and_what_was_only_said_again(register: Register) -> None:
    second, third = "ESMG1-A-1-イ", "ESMG1-A-1-ウ"
    for item in (FIRST, second):
        answer(register, item, A.YES, date(2026, 5, 1), evidence="規程")
    register.add(i.Review(title="第1回", status=w.ReviewStatus.CLOSED, held_on=date(2026, 6, 1)))
    answer(register, FIRST, A.YES, date(2026, 8, 1), evidence="規程")  # said again
    answer(register, second, A.NO, date(2026, 8, 1))
    answer(register, third, A.YES, date(2026, 8, 1))
    room = company(register)
    changed = {s.item.id: s for s in room.items if s.changed}
    assert changed.keys() == {second, third}
    before = changed[second].before
    assert before is not None
    assert before.answer is A.YES
    assert changed[third].before is None


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(A), st.booleans()), max_size=30))
def test_every_item_counts_once(given_: list[tuple[int, A, bool]]) -> None:
    items = [x.id for x in checklists()["G-PRN"].items]
    standing = rules.standing_answers(
        i.ChecklistAnswer(item=items[n], answer=which, evidence="規程" if grounds else "")
        for n, which, grounds in given_
    )
    counts = rules.tally(items, standing)
    assert counts.answered + counts.unanswered == counts.items == len(items)
    assert counts.answered == len({n for n, _which, _grounds in given_})
    assert 0 <= counts.groundless <= counts.yes
