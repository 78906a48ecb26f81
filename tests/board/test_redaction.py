"""What each reader may see. A canary word stands in every text a person can write; at each level exactly the
named ones may come out: in the document, on the pages, in what a PDF says besides its pages."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from techguard import board
from techguard.board import webpage, workbook
from techguard.board.composition import compose_from
from techguard.board.facts import Facts, Ranked
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.fields import FieldSpec, FieldType, Redaction
from techguard.domain.kinds import KINDS
from techguard.i18n import Language
from techguard.register import Register
from tests.conftest import Clock, Place

from .readers import hidden_texts, needs_poppler, text_of
from .sample import sample

LEVELS = tuple(w.RedactionLevel)

MAY_APPEAR: dict[w.RedactionLevel, set[str]] = {
    w.RedactionLevel.R0: {
        "technology.code_name",
        "exposure.title",
        "exposure.treatment_plan",
        "exposure.decision_asked",
        "rating.rationale",
        "countermeasure.title",
        "acceptance.reason",
        "engagement.title",
        "counterparty.name",
        "review.title",
        "review.period",
        "decision.title",
        "consultation.topic",
        "consultation.outcome",
        "observation.title",
        "observation.lessons",
        "person.name",
    },
    w.RedactionLevel.R1: {
        "technology.code_name",
        "exposure.title",
        "exposure.treatment_plan",
        "exposure.decision_asked",
        "countermeasure.title",
        "engagement.code_name",
        "counterparty.code_name",
        "review.title",
        "review.period",
        "decision.title",
        "consultation.topic",
        "observation.title",
        "person.role",
    },
    w.RedactionLevel.R2: {"technology.code_name", "person.role", "review.period"},
    w.RedactionLevel.R3: set(),
}


def texts() -> Iterator[tuple[str, FieldSpec]]:
    """Every field of every kind in which a person writes freely."""
    for kind in KINDS.values():
        for spec in kind.fields:
            if spec.is_text and not spec.about.derived:
                yield kind.name, spec


CANARY = {f"{kind}.{spec.name}": f"Zq{n:03}x" for n, (kind, spec) in enumerate(texts())}


def canaries(kind: str) -> dict[str, Any]:
    """A canary for every free text of a kind."""
    return {
        spec.name: (CANARY[f"{kind}.{spec.name}"],)
        if spec.type is FieldType.WORDS
        else CANARY[f"{kind}.{spec.name}"]
        for name, spec in texts()
        if name == kind
    }


COST = 7_654_321
"""What a countermeasure costs: an amount that stands nowhere else."""


def found_in(text: str) -> set[str]:
    return {name for name, word in CANARY.items() if word in text}


def fill(register: Register, clock: Clock) -> None:
    """One entry of every kind, wired so that every part of the summary has something to show."""
    person = register.add(i.Person(**canaries("person"), department=w.Department.RND))
    technology = register.add(
        i.Technology(
            **canaries("technology"),
            owner=person.id,
            executive=person.id,
            criticality_confirmed=w.Criticality.S,
            handling=w.Handling.STRICTLY_CONFIDENTIAL,
        )
    )
    register.add(i.Element(**canaries("element"), technology=technology.id, single_holder=True))
    counterparty = register.add(
        i.Counterparty(
            **canaries("counterparty"), owner=person.id, dependency=4, penetration=4, maturity=1, trust=1
        )
    )
    engagement = register.add(
        i.Engagement(
            **canaries("engagement"),
            kind=w.EngagementKind.CAPITAL_ALLIANCE,
            counterparties=(counterparty.id,),
            technologies=(technology.id,),
            owner=person.id,
        )
    )
    today = clock.today
    register.add(
        i.Agreement(
            **canaries("agreement"),
            engagement=engagement.id,
            type=w.AgreementType.NDA,
            expires_on=today + timedelta(days=20),
        )
    )
    register.add(
        i.Milestone(**canaries("milestone"), engagement=engagement.id, on=today + timedelta(days=10))
    )
    register.add(
        i.Review(
            **canaries("review") | {"title": "before", "period": "before"},
            status=w.ReviewStatus.CLOSED,
            held_on=today - timedelta(days=50),
        )
    )
    review = register.add(
        i.Review(
            **canaries("review"),
            status=w.ReviewStatus.IN_PREPARATION,
            planned_on=today,
            chair=person.id,
            attendees=(person.id,),
        )
    )
    exposure = register.add(
        i.Exposure(
            **canaries("exposure"),
            technology=technology.id,
            engagement=engagement.id,
            counterparty=counterparty.id,
            route="R03",
            owner=person.id,
        )
    )
    rated = {"basis": w.Basis.CURRENT, "rationale": CANARY["rating.rationale"]}
    register.rate(exposure, likelihood=3, impact=3, **rated, rated_on=today - timedelta(days=70))
    register.rate(exposure, likelihood=4, impact=5, **rated, rated_on=today - timedelta(days=2))
    register.add(
        i.Estimate(
            **canaries("estimate"),
            exposure=exposure.id,
            frequency="0.1 / 0.2 / 0.6",
            loss_response="10000000 / 30000000 / 90000000",
            confidence=2,
        )
    )
    register.add(
        i.Countermeasure(
            **canaries("countermeasure"),
            exposures=(exposure.id,),
            catalog_id="CM01",
            owner=person.id,
            due=today - timedelta(days=1),
            cost_initial=COST,
            events_left="20 / 40 / 60",
        )
    )
    register.add(
        i.Acceptance(
            **canaries("acceptance"),
            exposure=exposure.id,
            accepted_by=person.id,
            accepted_role=w.AcceptanceRole.BOARD,
            accepted_on=today,
            valid_until=today + timedelta(days=30),
        )
    )
    register.add(i.Decision(**canaries("decision"), owner=person.id, review=review.id))
    register.add(
        i.ChecklistAnswer(
            item="3S-1", answer=w.Answer.YES, evidence=CANARY["answer.evidence"], note=CANARY["answer.note"]
        )
    )
    register.add(i.Consultation(**canaries("consultation"), owner=person.id, technologies=(technology.id,)))
    register.add(
        i.Observation(
            **canaries("observation"),
            kind=w.ObservationKind.INCIDENT,
            observed_on=today - timedelta(days=1),
            technology=technology.id,
            exposure=exposure.id,
        )
    )


@pytest.fixture
def filled(register: Register, place: Place) -> Register:
    fill(register, place.clock)
    return register


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_shows_exactly_what_it_may(filled: Register, level: w.RedactionLevel) -> None:
    document = board.compose(filled, redaction=level)
    assert found_in(document.model_dump_json()) == MAY_APPEAR[level]
    # The person who prepares it wrote no canary: above R0 neither their name may be there.
    assert ("法務部長" in document.model_dump_json()) == (level is w.RedactionLevel.R0)


@needs_poppler
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("level", LEVELS)
def test_pages_and_metadata_show_no_more(
    filled: Register, level: w.RedactionLevel, language: Language
) -> None:
    document = board.compose(filled, redaction=level, lang=language)
    pdf = board.render(document)
    assert found_in(text_of(pdf)) == MAY_APPEAR[level]
    assert found_in(board.plain_text(document)) == MAY_APPEAR[level]
    assert found_in(hidden_texts(pdf)) == set()


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("level", LEVELS)
def test_web_page_and_workbook_show_no_more(
    filled: Register, level: w.RedactionLevel, language: Language
) -> None:
    laid = board.lay_out(board.compose(filled, redaction=level, lang=language), language, "both")
    assert found_in(webpage.render(laid).decode()) == MAY_APPEAR[level]
    with zipfile.ZipFile(io.BytesIO(workbook.render(laid))) as parts:
        everything = "\n".join(parts.read(name).decode() for name in parts.namelist())
    assert found_in(everything) == MAY_APPEAR[level]


@needs_poppler
@pytest.mark.parametrize("form", board.FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_money_and_plans_are_for_the_board_alone(
    filled: Register, level: w.RedactionLevel, form: board.Form
) -> None:
    """In every form of every format: the cost, the drawn curves, and what a program reads of them."""
    document = board.compose(filled, redaction=level)
    laid = board.lay_out(document, "ja", form)
    with zipfile.ZipFile(io.BytesIO(workbook.render(laid))) as parts:
        book = {name: parts.read(name).decode() for name in parts.namelist()}
    pdf = board.set_pages(laid)
    page = webpage.render(laid).decode()
    shown = level in {w.RedactionLevel.R0, w.RedactionLevel.R1}
    assert (document.money is not None) == bool(document.plans) == shown
    for said in (text_of(pdf), page, "\n".join(book.values()), board.plain_text(document)):
        assert (f"{COST:,}" in said) == shown
        assert ("効率的フロンティア" in said) == shown
        assert ("損失超過曲線" in said) == shown
    assert ("損失超過曲線" in hidden_texts(pdf)) == shown, "what it says for who cannot see it"
    assert any(name.startswith("xl/charts/") for name in book) == shown
    assert ("<svg" in page) == shown


def test_the_levels_agree_with_what_the_fields_say() -> None:
    for level in LEVELS:
        for name in MAY_APPEAR[level]:
            kind, field = name.split(".")
            assert KINDS[kind].by_name[field].visible >= Redaction(LEVELS.index(level)), (level, name)


@pytest.mark.parametrize("level", LEVELS[1:])
def test_entries_without_a_code_name_are_told_apart_by_letters(level: w.RedactionLevel) -> None:
    document = compose_from(sample(), redaction=level, language=w.Language.JA)
    said = document.model_dump_json()
    assert "髙﨑大学" not in said
    assert "𠮷野キャピタル" not in said
    if level is w.RedactionLevel.R1:
        assert document.counterparties.rows[0].name is not None
        assert document.counterparties.rows[0].name.mark == "A"
        assert document.top[0].counterparties[0] == document.counterparties.rows[0].name
        assert document.top[1].counterparties[0].text == "投資家①"


def test_an_adviser_sees_one_matter() -> None:
    document = compose_from(sample(), redaction=w.RedactionLevel.R2, language=w.Language.JA)
    said = document.model_dump_json()
    assert [t.technology.text for t in document.top if t.technology] == ["焼結K"]
    assert "粉体表面処理A-2" not in said
    assert "薄膜電極F" not in said
    assert not document.by_level
    assert not document.heat_map.cells
    assert document.decisions.total == 0


def test_an_adviser_sees_the_matter_that_was_chosen(filled: Register) -> None:
    other = filled.add(i.Technology(code_name="別件の技術"))
    exposure = filled.add(i.Exposure(technology=other.id, title="別件", route="R04"))
    filled.rate(exposure, likelihood=2, impact=2, rationale="…")
    for ref in (other.ref, exposure.ref):
        document = board.compose(filled, redaction=w.RedactionLevel.R2, matter=ref)
        assert [t.technology.text for t in document.top if t.technology] == ["別件の技術"]
        assert found_in(document.model_dump_json()) == {"review.period"}


def test_statistics_keep_the_numbers(filled: Register) -> None:
    full = board.compose(filled, redaction=w.RedactionLevel.R0)
    statistics = board.compose(filled, redaction=w.RedactionLevel.R3)
    assert statistics.by_level == full.by_level
    assert statistics.heat_map == full.heat_map
    assert statistics.indicators == full.indicators
    assert statistics.movement.risen == full.movement.risen == 1
    assert statistics.capital.total == full.capital.total == 1
    assert statistics.capital.rows == statistics.top == ()


def test_a_text_in_place_of_a_catalogue_id_never_passes_for_one() -> None:
    facts = sample()
    odd = facts.top[0].exposure.model_copy(update={"route": "Zq-route", "sub_route": "Zq-sub"})
    facts = dataclasses.replace(facts, top=(Ranked(odd),))
    for level in LEVELS:
        said = compose_from(facts, redaction=level, language=w.Language.EN).model_dump_json()
        assert "Zq-" not in said


def test_redaction_never_changes_the_facts() -> None:
    facts = sample()
    before: Facts = dataclasses.replace(facts)
    for level in LEVELS:
        compose_from(facts, redaction=level, language=w.Language.JA)
    assert facts == before


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_statistics_leave_out_is_not_said_to_be_missing(filled: Register, language: Language) -> None:
    """The estimates are there, and the leak map has rows: this reader is told neither, and nothing false."""
    statistics = board.compose(filled, redaction=w.RedactionLevel.R3, lang=language)
    assert statistics.leak_map.listed.total == 1
    laid = board.lay_out(statistics, language)
    said = board.plain_text(statistics)
    assert {"ja": "金額の見積りは行っていません", "en": "Amounts of money were not estimated"}[
        language
    ] not in said
    leak_map = next(
        s for s in laid.sections if s.title.startswith({"ja": "流出マップ", "en": "Leak map"}[language])
    )
    assert not leak_map.nothing
    assert {"ja": "件数だけ", "en": "the number only"}[language] in leak_map.intro[-1]
