"""A session from its plan to the last item: what is on the agenda, what each key does, where it goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techguard.domain import errors as refused
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Query, Register
from techguard.review import preparation, session
from techguard.review.errors import NobodySigns, NoSession, NotAboutExposure, NotHeld, NotToPrepare
from techguard.store.overview import NextSession
from tests.conftest import Place
from tests.register.reference import later

from .conftest import Company


def planned(company: Company, **fields: object) -> i.Review:
    return session.plan(
        company.register,
        title="第3四半期",
        chair=company.people[w.Department.EXECUTIVE].id,
        attendees=[p.id for p in company.people.values()],
        planned_minutes=90,
        **fields,  # type: ignore[arg-type]
    )


def held(company: Company) -> i.Review:
    review = planned(company)
    session.prepare(company.register, review)
    return session.begin(company.register, review)


def closed(company: Company, review: i.Review) -> i.Review:
    session.settle_rest(company.register, review, w.OutcomeKind.CONFIRMED, "")
    return session.close(company.register, review, lang="ja")


def item(company: Company, review: i.Review, n: int) -> i.Outcome:
    """The agenda item about an exposure."""
    (found,) = company.register.find(i.Outcome, review=review.id, exposure=company.exposures[n].id)
    return found


def reasons(company: Company, review: i.Review) -> dict[str, tuple[str, ...]]:
    return {o.title: o.reasons for o in session.outcomes(company.register, review)}


# --- plan ------------------------------------------------------------------------------------------------


def test_who_is_missing_is_a_warning_and_no_refusal(company: Company) -> None:
    assert session.missing_departments(company.register, planned(company)) == ()
    alone = session.plan(company.register, title="x", chair=company.register.me.id)
    assert alone.attendees == (company.register.me.id,)
    assert session.missing_departments(company.register, alone) == (
        w.Department.EXECUTIVE,
        w.Department.PLANNING,
        w.Department.HR,
        w.Department.RND,
    )


def test_the_session_at_hand_is_the_one_that_has_gone_furthest(company: Company) -> None:
    with pytest.raises(NoSession):
        session.current(company.register)
    first, second = planned(company), planned(company)
    assert session.current(company.register).id == first.id
    session.prepare(company.register, second)
    assert session.current(company.register).id == second.id
    session.begin(company.register, first)
    assert session.current(company.register).id == first.id


def test_a_plan_that_cannot_be_kept_is_refused_by_its_field(company: Company) -> None:
    with pytest.raises(refused.Invalid) as told:
        session.plan(company.register, title="")
    assert [p.field for p in told.value.problems] == ["title"]


# --- prepare ---------------------------------------------------------------------------------------------


def test_the_agenda_is_written_worst_first(company: Company) -> None:
    review = planned(company)
    done = session.prepare(company.register, review)
    written = session.outcomes(company.register, review)
    assert done.added == done.total == len(written)
    assert [o.position for o in written] == list(range(1, len(written) + 1))
    levels = [o.level_before or 0 for o in written]
    assert levels == sorted(levels, reverse=True)
    assert company.register.get(review.id, i.Review).status is w.ReviewStatus.IN_PREPARATION


def test_preparing_again_changes_nothing_that_did_not_change(company: Company) -> None:
    review = planned(company)
    session.prepare(company.register, review)
    before = session.outcomes(company.register, review)
    head = company.register.head
    again = session.prepare(company.register, review)
    assert (again.added, again.dropped, again.renewed) == (0, 0, 0)
    assert session.outcomes(company.register, review) == before
    assert company.register.head == head


def test_preparing_again_follows_the_register(company: Company) -> None:
    review = planned(company)
    session.prepare(company.register, review)
    company.register.change(company.exposure(0), status=w.ExposureStatus.CLOSED)
    company.rate(3, 5, 5)
    done = session.prepare(company.register, review)
    assert (done.added, done.dropped) == (1, 1)
    written = session.outcomes(company.register, review)
    assert written[0].title in {"流出リスク2", "流出リスク3"}, "the worst comes first again"
    assert [o.position for o in written] == list(range(1, len(written) + 1))
    assert "流出リスク0" not in {o.title for o in written}


def test_preparing_during_the_meeting_leaves_what_was_settled_and_adds_at_the_end(company: Company) -> None:
    review = held(company)
    done = session.confirm(company.register, item(company, review, 0), "変わりなし")
    order = [o.id for o in session.outcomes(company.register, review)]
    company.rate(4, 5, 5)
    company.register.change(company.exposure(0), status=w.ExposureStatus.CLOSED)
    session.prepare(company.register, review)
    after = session.outcomes(company.register, review)
    assert [o.id for o in after[: len(order)]] == order
    assert after[-1].exposure == company.exposures[4].id
    assert company.register.get(done.id, i.Outcome) == done


def test_what_a_person_put_on_the_agenda_stays(company: Company) -> None:
    review = planned(company)
    session.prepare(company.register, review)
    own = session.put(company.register, review, "海外拠点の視察報告")
    about = session.put(company.register, review, about=company.exposures[5])
    session.prepare(company.register, review)
    assert {own.title, "流出リスク5"} <= set(reasons(company, review))
    assert company.register.get(about.id, i.Outcome).exposure == company.exposures[5].id


def test_capital_policy_and_checklists_are_on_the_agenda(company: Company) -> None:
    register = company.register
    register.add(i.Engagement(title="事業売却", kind=w.EngagementKind.MA_SELL))
    register.add(i.Engagement(title="済んだ売却", kind=w.EngagementKind.MA_SELL, stage=w.Stage.CLOSED))
    register.add(i.Engagement(title="共同研究", kind=w.EngagementKind.JOINT_RESEARCH))
    listing = i.Decision(
        title="上場の是非", category=w.DecisionCategory.CAPITAL_POLICY, status=w.DecisionStatus.DECIDED
    )
    register.add(listing)
    review = planned(company)
    session.prepare(register, review)
    found = reasons(company, review)
    assert found["事業売却"] == found["上場の是非"] == ("capital_policy",)
    assert {"済んだ売却", "共同研究"}.isdisjoint(found)
    official = [o for o in session.outcomes(register, review) if o.checklist == "ESMG1-A"]
    assert official[0].reasons == ("checklist_open",)


def test_what_rose_came_changed_or_was_put_off_since_the_last_session(
    company: Company, register: Register
) -> None:
    first = held(company)
    session.defer(register, item(company, first, 1), "資料が揃ってから")
    closed(company, first)
    company.rate(3, 4, 5, "競合が同じ手口で失った")
    company.register.change(company.exposure(4), note="窓口が替わった")
    register.add(i.Exposure(technology=company.technology.id, title="新しい経路"))
    review = planned(company)
    session.prepare(register, review)
    found = reasons(company, review)
    assert "deferred" in found["流出リスク1"]
    assert "risen" in found["流出リスク3"]
    assert found["流出リスク4"] == ("changed",)
    assert found["新しい経路"] == ("new",)
    assert "流出リスク5" not in found


def test_after_a_session_from_elsewhere_ratings_tell_what_rose(
    company: Company, register: Register, place: Place
) -> None:
    day = place.clock.today
    register.bulk([i.Review(title="昨年度", status=w.ReviewStatus.CLOSED, held_on=day)])
    place.clock.turn(10)
    company.rate(5, 3, 4)
    review = planned(company)
    session.prepare(register, review)
    assert reasons(company, review)["流出リスク5"] == ("high_untreated", "risen")


def test_an_agenda_too_long_for_any_meeting_keeps_the_worst(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "MOST", 2)
    review = planned(company)
    done = session.prepare(company.register, review)
    assert (done.added, done.total) == (2, 2)
    assert done.left_out == len(session.due(company.register, review)) - 2
    assert {o.level_before for o in session.outcomes(company.register, review)} == {5}
    again = session.prepare(company.register, review)
    assert (again.added, again.dropped, again.total) == (0, 0, 2)


def test_a_session_that_was_called_off_or_closed_is_not_prepared(
    company: Company, register: Register
) -> None:
    off = register.change(planned(company), status=w.ReviewStatus.CANCELLED)
    with pytest.raises(NotToPrepare):
        session.prepare(register, off)
    done = closed(company, held(company))
    with pytest.raises(refused.SessionClosed):
        session.prepare(register, done)
    with pytest.raises(refused.SessionClosed):
        session.put(register, done, "後から")


# --- hold ------------------------------------------------------------------------------------------------


def test_nothing_is_settled_before_the_session_begins(company: Company) -> None:
    review = planned(company)
    session.prepare(company.register, review)
    head = company.register.head
    with pytest.raises(NotHeld):
        session.confirm(company.register, item(company, review, 0))
    assert company.register.head == head


def test_confirming_looks_again_when_its_level_says(company: Company, place: Place) -> None:
    place.clock.turn(400)
    review = held(company)
    session.confirm(company.register, item(company, review, 5))
    again = company.exposure(5).next_review
    assert again == company.register.today + timedelta(days=360)
    session.confirm(company.register, item(company, review, 0))
    assert company.exposure(0).next_review == company.register.today + timedelta(days=90)


def test_rating_again_is_one_act_and_keeps_both_levels(company: Company) -> None:
    review = held(company)
    before = company.register.head[0]
    settled = session.rerate(
        company.register, item(company, review, 0), likelihood=2, impact=3, rationale="開示範囲を絞った"
    )
    assert (settled.outcome, settled.level_before, settled.level_after) == (w.OutcomeKind.RERATED, 5, 2)
    assert company.register.head[0] == before + 1
    assert company.register.history(limit=1)[0].review == review.id
    assert company.register.ratings(company.exposures[0].id)[-1].review == review.id
    assert settled.settled_at is not None


def test_a_refused_rating_leaves_the_item_open(company: Company) -> None:
    register = company.register
    register.rate(company.exposures[0], likelihood=5, impact=5, rationale="x", basis=w.Basis.INHERENT)
    review = held(company)
    with pytest.raises(refused.UntestedControl):
        session.rerate(register, item(company, review, 0), likelihood=1, impact=5, rationale="楽観")
    assert item(company, review, 0).outcome is w.OutcomeKind.PENDING
    with pytest.raises(refused.NotEntitled):
        session.accept(
            register,
            item(company, review, 0),
            by=register.me.id,
            role=w.AcceptanceRole.MANAGER,
            reason="x",
            until=register.today + timedelta(days=30),
        )
    assert register.find(i.Acceptance) == []
    assert item(company, review, 0).outcome is w.OutcomeKind.PENDING


def test_accepting_expires_and_belongs_to_the_session(company: Company) -> None:
    review = held(company)
    session.accept(
        company.register,
        item(company, review, 0),
        by=company.people[w.Department.EXECUTIVE].id,
        role=w.AcceptanceRole.BOARD,
        reason="契約更改まで",
        until=company.register.today + timedelta(days=90),
    )
    (given,) = company.register.find(i.Acceptance)
    assert (given.review, given.level_at) == (review.id, 5)
    assert item(company, review, 0).outcome is w.OutcomeKind.ACCEPTED


def test_assigning_gives_owner_and_date_and_makes_no_second_copy(company: Company) -> None:
    register, review = company.register, held(company)
    owner, due = company.people[w.Department.RND].id, register.today + timedelta(days=60)
    session.assign(register, item(company, review, 0), catalog_ids=["CM01", "CM02"], owner=owner, due=due)
    session.assign(
        register,
        item(company, review, 0),
        catalog_ids=["CM01"],
        titles=["入室記録の月次点検"],
        owner=owner,
        due=due + timedelta(days=1),
    )
    measures = register.countermeasures(company.exposures[0].id)
    assert sorted(m.catalog_id for m in measures) == ["", "CM01", "CM02"]
    assert {m.owner for m in measures} == {owner}
    assert {m.due for m in measures if m.catalog_id == "CM01"} == {due + timedelta(days=1)}
    assert company.exposure(0).treatment is w.Treatment.MITIGATE
    assert company.exposure(0).status is w.ExposureStatus.TREATING
    assert "入室記録の月次点検" in item(company, review, 0).note
    assert register.count("exposure", Query(gap="high_untreated")) == 2


@pytest.mark.parametrize("left_out", ["owner", "due", "both measures"])
def test_assigning_needs_who_what_and_when(company: Company, left_out: str) -> None:
    register, review = company.register, held(company)
    given = {"owner": register.me.id, "due": register.today, "catalog_ids": ["CM01"]}
    given.pop(left_out, None) if left_out != "both measures" else given.pop("catalog_ids")
    with pytest.raises(refused.Invalid):
        session.assign(register, item(company, review, 0), **given)  # type: ignore[arg-type]
    assert register.find(i.Countermeasure) == []


def test_an_overdue_countermeasure_gets_a_new_date(company: Company) -> None:
    register = company.register
    late = register.add(i.Countermeasure(title="持ち出し申請", due=register.today - timedelta(days=9)))
    held(company)
    (about,) = register.find(i.Outcome, countermeasure=late.id)
    session.assign(register, about, owner=register.me.id, due=register.today + timedelta(days=30))
    now = register.get(late.id, i.Countermeasure)
    assert (now.owner, now.status) == (register.me.id, w.CountermeasureStatus.APPROVED)
    assert now.due == register.today + timedelta(days=30)


def test_a_consultation_is_opened_about_the_technology(company: Company) -> None:
    review = held(company)
    session.consult(
        company.register, item(company, review, 0), topic="該非の確認", authority=w.Authority.METI
    )
    (opened,) = company.register.find(i.Consultation)
    assert opened.technologies == (company.technology.id,)
    assert opened.status is w.ConsultationStatus.PENDING


def test_a_decision_that_was_asked_is_settled_by_deciding(company: Company) -> None:
    register = company.register
    asked = register.add(i.Decision(title="上場の是非", category=w.DecisionCategory.CAPITAL_POLICY))
    review = held(company)
    (about,) = register.find(i.Outcome, decision=asked.id)
    made = session.decide(register, review, outcome=about, owner=register.me.id, due=register.today)
    assert (made.id, made.status, made.review) == (asked.id, w.DecisionStatus.DECIDED, review.id)
    assert register.get(about.id, i.Outcome).outcome is w.OutcomeKind.NOTED


def test_a_new_decision_is_about_what_its_item_is_about(company: Company) -> None:
    review = held(company)
    made = session.decide(company.register, review, title="監視を強める", outcome=item(company, review, 1))
    assert (made.exposure, made.technology) == (company.exposures[1].id, company.technology.id)
    assert item(company, review, 1).outcome is w.OutcomeKind.PENDING


def test_noting_and_deferring_say_why(company: Company) -> None:
    review = held(company)
    for act in (session.note, session.defer):
        with pytest.raises(refused.Invalid):
            act(company.register, item(company, review, 0), "")
    with pytest.raises(refused.Invalid):
        session.settle_rest(company.register, review, w.OutcomeKind.DEFERRED, " ")
    with pytest.raises(refused.Invalid):
        session.settle_rest(company.register, review, w.OutcomeKind.ACCEPTED, "x")


def test_only_an_exposure_is_rated_or_accepted(company: Company) -> None:
    register = company.register
    register.add(i.Observation(title="夜間の複写"))
    review = held(company)
    (about,) = (o for o in session.outcomes(register, review) if o.observation)
    with pytest.raises(NotAboutExposure):
        session.rerate(register, about, likelihood=1, impact=1, rationale="x")


def test_an_item_can_be_settled_anew_or_put_back_and_undone(company: Company) -> None:
    review = held(company)
    first = session.resume_at(company.register, review)
    assert first is not None
    session.confirm(company.register, first)
    session.note(company.register, first, "やはり記録のみ")
    assert company.register.get(first.id, i.Outcome).outcome is w.OutcomeKind.NOTED
    session.reopen(company.register, first)
    assert session.resume_at(company.register, review) == company.register.get(first.id, i.Outcome)
    session.confirm(company.register, first)
    company.register.undo()
    assert company.register.get(first.id, i.Outcome).outcome is w.OutcomeKind.PENDING


def test_progress_counts_items_and_minutes(company: Company, place: Place) -> None:
    review = held(company)
    total = len(session.outcomes(company.register, review))
    session.confirm(company.register, item(company, review, 0))
    place.clock.moment += timedelta(minutes=30)
    how = session.progress(company.register, review)
    assert (how.total, how.settled, how.left) == (total, 1, total - 1)
    assert how.by_outcome == {w.OutcomeKind.CONFIRMED: 1, w.OutcomeKind.PENDING: total - 1}
    assert how.minutes_elapsed == 30
    assert how.minutes_left == 60
    assert how.minutes_each == 60 // (total - 1)
    stated = session.progress(company.register, review, place.clock.moment - timedelta(minutes=100))
    assert stated.minutes_left == -10
    assert stated.minutes_each == 0


# --- since the last session ------------------------------------------------------------------------------


def test_without_a_session_before_there_is_only_the_path(company: Company) -> None:
    review = held(company)
    seen = session.since_last(company.register, review, item(company, review, 0))
    assert (seen.last, seen.changes, len(seen.path)) == (None, (), 1)


def test_what_changed_is_a_diff_from_the_last_session_to_now(company: Company, place: Place) -> None:
    register = company.register
    first = closed(company, held(company))
    exposure = company.exposure(3)
    register.change(exposure, title="言い換え", note="a")
    register.change(company.exposure(3), title=exposure.title, note="b", owner=register.me.id)
    measure = register.add(i.Countermeasure(title="分割管理", exposures=(exposure.id,)))
    register.change(measure, status=w.CountermeasureStatus.IMPLEMENTED)
    with register.act("競合の退職者の件"):
        company.rate(3, 4, 5, "手口が広まった")
    review = planned(company)
    seen = session.since_last(register, review, company.exposure(3))
    assert seen.last is not None
    assert seen.last.id == first.id
    told = {c.field.name: (c.before, c.after) for c in seen.changes if c.kind == "exposure"}
    assert told["note"] == ("", "b")
    assert "title" not in told, "what is as it was is no change"
    assert told["level"] == (3, 5)
    assert told["owner"] == (None, register.me.id)
    assert (seen.names or {})[register.me.id] == register.me.name
    level = next(c for c in seen.changes if c.field.name == "level")
    assert (level.who, level.reason) == (register.me.name, "競合の退職者の件")
    assert {(n.kind, n.title) for n in seen.added} >= {
        ("countermeasure", "分割管理"),
        ("rating", "手口が広まった"),
    }
    assert [(p.level, p.since) for p in seen.path] == [(3, False), (5, True)]


def test_after_a_session_that_was_taken_over_the_stated_day_decides_what_is_new(
    company: Company, place: Place
) -> None:
    """A register comes with its sessions and ratings from a workbook: all are written down at one moment."""
    register = company.register
    day = place.clock.today
    exposure = company.exposure(3)
    register.bulk(
        [
            i.Review(title="前回", status=w.ReviewStatus.CLOSED, held_on=day - timedelta(days=30)),
            i.Rating(exposure=exposure.id, likelihood=2, impact=3, rationale="会の前",
                     rated_on=day - timedelta(days=60)),
            i.Rating(exposure=exposure.id, likelihood=4, impact=3, rationale="会の後",
                     rated_on=day - timedelta(days=10)),
            i.Countermeasure(title="前からの対策", exposures=(exposure.id,)),
        ]
    )  # fmt: skip
    register.add(i.Countermeasure(title="その後の対策", exposures=(exposure.id,)))
    seen = session.since_last(register, planned(company), company.exposure(3))
    came = {n.title for n in seen.added if n.kind in {"rating", "countermeasure"}}
    assert came == {"初回の評価", "会の後", "その後の対策"}


# --- close -----------------------------------------------------------------------------------------------


def test_closing_is_refused_while_anything_is_loose(company: Company) -> None:
    register, review = company.register, held(company)
    with pytest.raises(refused.AgendaOpen):
        session.close(register, review)
    session.settle_rest(register, review, w.OutcomeKind.DEFERRED, "次回")
    made = session.decide(register, review, title="予算を付ける")
    assert [d.id for d in session.loose(register, review).decisions] == [made.id]
    with pytest.raises(refused.DecisionsOpen):
        session.close(register, review)
    session.decide(register, review, decision=made, owner=register.me.id, due=register.today)
    assert not session.loose(register, review)
    done = session.close(register, review, conclusion="前進")
    assert done.status is w.ReviewStatus.CLOSED
    assert done.signed_by == review.chair
    assert done.minutes
    assert done.conclusion == "前進"


def test_a_closed_session_keeps_the_indicators_that_the_next_one_is_compared_with(company: Company) -> None:
    register = company.register
    first = closed(company, held(company))
    then = {k.id: k.value for k in register.kris()}
    assert dict(line.split() for line in first.indicators) == {
        id_: str(value) for id_, value in then.items() if id_ != "K13"
    }
    for exposure in company.exposures:
        register.add(
            i.Countermeasure(
                title="二重の鍵", exposures=(exposure.id,), status=w.CountermeasureStatus.IN_PROGRESS,
                due=register.today - timedelta(days=1),
            )
        )  # fmt: skip
    now = {k.id: k for k in register.kris(first)}
    assert now["K07"].value == then["K07"] + len(company.exposures)
    assert {id_: k.previous for id_, k in now.items()} == then | {"K13": None}
    assert {k.previous for k in register.kris()} == {None}


def test_the_next_session_is_the_planned_one_or_due_by_the_last_regular_one(company: Company) -> None:
    register, day = company.register, company.register.today
    assert register.next_session() is None
    done = closed(company, held(company))
    session.close(
        register,
        session.begin(register, planned(company, kind=w.ReviewKind.AD_HOC)),
    )
    coming = register.next_session()
    assert coming
    assert coming.planned is None
    assert coming.after[0] == done.id
    assert coming.on == later(day, 3)
    soon = planned(company, planned_on=day + timedelta(days=9))
    assert register.next_session() == NextSession(
        day + timedelta(days=9), soon.id, (soon.id, soon.ref, soon.title)
    )


def test_a_session_that_was_not_held_or_has_no_chair_is_not_closed(company: Company) -> None:
    register = company.register
    with pytest.raises(NotHeld):
        session.close(register, planned(company))
    nobody = session.begin(register, session.plan(register, title="x"))
    with pytest.raises(NobodySigns):
        session.close(register, nobody)
    assert session.close(register, nobody, signed_by=register.me.id).signed_by == register.me.id


def test_a_closed_session_is_evidence(company: Company) -> None:
    register = company.register
    review = held(company)
    about = item(company, review, 0)
    done = closed(company, review)
    for act in (
        lambda: session.confirm(register, about),
        lambda: session.begin(register, done),
        lambda: session.close(register, done),
        lambda: session.decide(register, done, title="後から"),
        lambda: register.add(i.Outcome(review=done.id, position=99, title="後から")),
    ):
        with pytest.raises((refused.SessionClosed, refused.NothingToUndo)):
            act()


def test_the_day_stated_stands_beside_the_moment_of_record(company: Company, place: Place) -> None:
    review = planned(company)
    day = company.register.today - timedelta(days=1)
    held_then = session.begin(company.register, review, on=day)
    done = closed(company, held_then)
    assert done.held_on == day
    assert done.closed_at is not None
    assert done.closed_at.astimezone().date() == place.clock.today


def test_an_agenda_that_was_closed_names_what_was_removed_since(company: Company) -> None:
    review = held(company)
    about = item(company, review, 0)
    done = closed(company, review)
    company.register.remove(company.exposure(0), with_parts=True)
    assert company.register.get(about.id, i.Outcome).exposure == company.exposures[0].id
    assert session.resume_at(company.register, done) is None
