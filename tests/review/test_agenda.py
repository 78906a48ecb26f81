"""The agenda of a review session: each entry once, with every reason there is, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from techguard import vault
from techguard.domain import words as w
from techguard.domain.items import (
    Agreement,
    ChecklistAnswer,
    Countermeasure,
    Counterparty,
    Decision,
    Element,
    Engagement,
    Exposure,
    Observation,
    Technology,
)
from techguard.i18n import translator
from techguard.register import Register
from techguard.review.agenda import SOON, AgendaItem, agenda

TODAY = date(2026, 11, 23)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    made, _code = Register.create(
        tmp_path / "v.techguard",
        person="法務部長",
        department=w.Department.LEGAL,
        passphrase="a long enough passphrase",
        kdf=vault.KDF_FLOOR,
        clock=lambda: datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
    )
    with made:
        yield made


def reasons(register: Register) -> dict[str, list[str]]:
    return {item.ref: [reason.code for reason in item.reasons] for item in agenda(register)}


def technology(register: Register, name: str = "Sintering", **fields: object) -> Technology:
    return register.add(Technology(code_name=name, **fields))


def test_nothing_to_discuss_in_an_empty_register(register: Register) -> None:
    assert agenda(register) == []


def test_an_entry_comes_once_with_every_reason(register: Register) -> None:
    t = technology(register)
    exposure = register.add(Exposure(technology=t.id, title="A leaver takes it along"))
    register.rate(exposure, likelihood=5, impact=5, rationale="x", rated_on=TODAY - timedelta(days=900))
    (item,) = agenda(register)
    assert [reason.code for reason in item.reasons] == ["high_untreated", "exposure_due"]
    assert (item.level, item.belongs_to) == (5, "Sintering")
    assert item.on is not None
    assert item.on < TODAY


def test_the_highest_level_first_then_the_longest_overdue(register: Register) -> None:
    t = technology(register)
    for title, likelihood in (("middle", 4), ("top", 5)):
        register.rate(
            register.add(Exposure(technology=t.id, title=title)),
            likelihood=likelihood,
            impact=5,
            rationale="x",
        )
    for title, due in (("late", date(2026, 11, 1)), ("later", date(2026, 1, 1))):
        register.add(Countermeasure(title=title, due=due))
    items = agenda(register)
    assert [i.level for i in items[:2]] == sorted((i.level or 0 for i in items[:2]), reverse=True)
    assert [i.title for i in items[2:]] == ["later", "late"]


def test_an_acceptance_is_brought_up_before_it_ends_and_after(register: Register) -> None:
    t = technology(register)
    for title, until in (("soon", TODAY + SOON), ("far", TODAY + SOON + timedelta(days=1)), ("over", TODAY)):
        exposure = register.add(Exposure(technology=t.id, title=title))
        register.rate(exposure, likelihood=3, impact=2, rationale="x")
        register.accept(
            exposure,
            by=register.me.id,
            role=w.AcceptanceRole.BOARD,
            reason="x",
            until=until,
            on=TODAY - timedelta(days=30),
        )
    found = {item.title: [r.code for r in item.reasons] for item in agenda(register)}
    assert found == {"soon": ["acceptance_ending"], "over": ["acceptance_ending"]}


def test_a_renewed_acceptance_is_not_brought_up(register: Register) -> None:
    exposure = register.add(Exposure(technology=technology(register).id, title="x"))
    register.rate(exposure, likelihood=3, impact=2, rationale="x")
    for days in (10, 400):
        register.accept(
            exposure,
            by=register.me.id,
            role=w.AcceptanceRole.BOARD,
            reason="x",
            until=TODAY + timedelta(days=days),
        )
    assert agenda(register) == []


def test_agreements_that_end(register: Register) -> None:
    engagement = register.add(Engagement(title="Joint research"))
    for days in (-5, 30, 200):
        register.add(
            Agreement(
                engagement=engagement.id, type=w.AgreementType.NDA, expires_on=TODAY + timedelta(days=days)
            )
        )
    items = agenda(register)
    assert [(i.ref, i.reasons[0].what) for i in items] == [
        ("AGR-0001", "It ended on {on}."),
        ("AGR-0002", "It ends on {on}."),
    ]
    assert {i.belongs_to for i in items} == {"Joint research"}


def test_everything_else_that_is_waiting(register: Register) -> None:
    core = technology(register, criticality_confirmed=w.Criticality.S, next_review=TODAY)
    register.add(Element(technology=core.id, name="Recipe", single_holder=True))
    register.add(Countermeasure(title="In place", status=w.CountermeasureStatus.IMPLEMENTED))
    register.add(Counterparty(name="Never looked at"))
    register.add(
        Counterparty(
            name="Danger", dependency=4, penetration=4, maturity=1, trust=1, due_diligence_until=TODAY
        )
    )
    register.add(
        Counterparty(
            name="Stale",
            dependency=1,
            penetration=1,
            maturity=4,
            trust=4,
            due_diligence_until=date(2026, 1, 1),
        )
    )
    register.add(Observation(title="Copying at night"))
    register.add(Observation(title="Explained", status=w.ObservationStatus.EXPLAINED))
    register.add(Decision(title="List or not"))
    register.add(Decision(title="Done", status=w.DecisionStatus.DONE))
    assert reasons(register) == {
        "TEC-0001": ["technology_due", "single_holder"],
        "CMS-0001": ["countermeasure_untested"],
        "CPT-0001": ["counterparty_unassessed"],
        "CPT-0002": ["counterparty_danger", "counterparty_ending"],
        "CPT-0003": ["counterparty_unassessed"],
        "OBS-0001": ["observation_open"],
        "DEC-0001": ["decision_asked"],
    }
    never, stale = (i for i in agenda(register) if i.reasons[0].code == "counterparty_unassessed")
    assert {never.title, stale.title} == {"Never looked at", "Stale"}


def test_a_partner_check_comes_up_before_it_lapses_and_so_does_an_answer_it_rests_on(
    register: Register,
) -> None:
    factors = {"dependency": 1, "penetration": 1, "maturity": 4, "trust": 4}
    far = TODAY + timedelta(days=300)

    def party(name: str, until: date | None) -> str:
        made = register.add(Counterparty(name=name, due_diligence_until=until, **factors))  # type: ignore[arg-type]
        return made.id

    def answer(id_: str, until: date, on: date = TODAY) -> None:
        register.add(
            ChecklistAnswer(item="DDQ-06", answer=w.Answer.YES, counterparty=id_, valid_until=until, as_of=on)
        )

    party("Soon", TODAY + SOON)
    party("Later", TODAY + SOON + timedelta(days=1))
    answer(party("Answer soon", far), TODAY + timedelta(days=20))
    over = party("Answer over", far)
    answer(over, TODAY - timedelta(days=1))
    renewed = party("Renewed", far)
    answer(renewed, TODAY - timedelta(days=1), on=TODAY - timedelta(days=400))
    answer(renewed, far)
    found = {item.title: item.reasons for item in agenda(register)}
    assert {title: [r.code for r in why] for title, why in found.items()} == {
        "Soon": ["counterparty_ending"],
        "Answer soon": ["counterparty_ending"],
        "Answer over": ["counterparty_unassessed"],
    }
    assert found["Answer soon"][0].facts == {"on": TODAY + timedelta(days=20)}
    assert found["Answer over"][0].what == "Answers of its due diligence are out of date."


def test_the_owner_is_named(register: Register) -> None:
    register.add(Countermeasure(title="x", due=date(2026, 1, 1), owner=register.me.id))
    register.add(Observation(title="y", handled_by=register.me.id))
    assert {item.owner for item in agenda(register)} == {"法務部長"}


def test_every_reason_can_be_said_in_both_languages(register: Register) -> None:
    test_everything_else_that_is_waiting(register)
    for item in agenda(register):
        for reason in item.reasons:
            for said in (translator("ja").gettext(reason.what), reason.what):
                assert "{" not in said.format(**reason.facts)
            assert translator("ja").gettext(reason.what) != reason.what


def test_what_is_closed_or_removed_is_not_discussed(register: Register) -> None:
    t = technology(register)
    exposure = register.add(Exposure(technology=t.id, title="x"))
    register.rate(exposure, likelihood=5, impact=5, rationale="x")
    register.change(register.get(exposure.ref, Exposure), status=w.ExposureStatus.CLOSED)
    register.remove(register.add(Observation(title="y")))
    assert agenda(register) == []


def test_an_item_is_plain_data() -> None:
    """A snapshot for a meeting must not change under it."""
    with pytest.raises(AttributeError):
        AgendaItem("exposure", "", "", "", "", "", None, None, ()).level = 5  # type: ignore[misc]
