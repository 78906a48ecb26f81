"""One engagement on one page (R2), and statistics (R3): a canary word stands in every text a person writes.

Exactly the named ones come out, in each format and language; both are recorded as they leave.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import cast

import pytest

from techguard import board, catalog
from techguard.board import notice, statistics, typeset, webpage, workbook
from techguard.board.blocks import Line, Pages
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.fields import Redaction
from techguard.domain.kinds import KINDS
from techguard.i18n import LANGUAGES, Language, translator
from techguard.register import Query, Register
from tests.conftest import Place

from .readers import hidden_texts, needs_poppler, text_of
from .test_redaction import fill, found_in

Lines = tuple[Line, ...]
MAY_APPEAR = {"technology.code_name", "person.role"}
QUESTION = "Zq-asked: which duties survive?"


@pytest.fixture
def filled(register: Register, place: Place) -> Register:
    fill(register, place.clock)
    me = register.get(register.me.id, i.Person)
    register.change(me, role="legal lead")
    return register


def every_format(pages: Pages) -> dict[str, str]:
    """What a reader finds in each format, beneath the surface too."""
    pdf = typeset.set_pages(pages)
    with zipfile.ZipFile(io.BytesIO(workbook.render(pages))) as parts:
        book = "\n".join(parts.read(name).decode() for name in parts.namelist())
    return {
        "pdf": text_of(pdf),
        "beneath": hidden_texts(pdf),
        "web": webpage.render(pages).decode(),
        "book": book,
    }


@needs_poppler
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("reader", notice.READERS)
def test_a_notice_shows_exactly_what_an_adviser_may_see(
    filled: Register, reader: notice.Reader, lang: Language
) -> None:
    made = notice.compose(filled, "ENG-0001", reader=reader, lang=lang, questions=[QUESTION])
    assert found_in(made.model_dump_json()) <= MAY_APPEAR
    assert "technology.code_name" in found_in(made.model_dump_json())
    said = every_format(notice.lay_out(made, lang))
    for name, text in said.items():
        expected = set() if name == "beneath" else {"technology.code_name"}
        assert found_in(text) == expected, name
        assert "法務部長" not in text
    assert "Zq-asked" in said["pdf"]


@needs_poppler
@pytest.mark.parametrize("lang", LANGUAGES)
def test_statistics_show_no_word_of_the_register(filled: Register, lang: Language) -> None:
    made = statistics.compose(filled, lang=lang)
    assert found_in(made.model_dump_json()) == set()
    for name, text in every_format(statistics.lay_out(made, lang)).items():
        assert found_in(text) == set(), name
        assert "ENG-0" not in text
        assert "EXP-0" not in text


def test_what_is_shown_agrees_with_what_the_fields_say() -> None:
    for name in MAY_APPEAR:
        kind, field = name.split(".")
        assert KINDS[kind].by_name[field].visible >= Redaction.ADVISER


def crowded(register: Register, of_each: int = 9, name: str = "Technology {n}") -> i.Engagement:
    """An engagement with more of everything than fits."""
    parties = [
        register.add(i.Counterparty(name=f"P{n}", kind=w.CounterpartyKind.SUPPLIER)) for n in range(of_each)
    ]
    technologies = [
        register.add(i.Technology(code_name=name.format(n=n)[:120], criticality=w.Criticality.S))
        for n in range(of_each)
    ]
    engagement = register.add(
        i.Engagement(
            title="x",
            kind=w.EngagementKind.JOINT_RESEARCH,
            counterparties=tuple(p.id for p in parties),
            technologies=tuple(t.id for t in technologies),
        )
    )
    for n, t in enumerate(technologies):
        exposure = register.add(
            i.Exposure(title="y", technology=t.id, route=f"R{n + 1:02}", engagement=engagement.id)
        )
        for k in range(1, 9):
            register.add(
                i.Countermeasure(title="z", catalog_id=f"CM{10 * k // 2 + n:02}", exposures=(exposure.id,))
            )
        register.add(
            i.Agreement(
                engagement=engagement.id,
                type=w.AgreementType.NDA,
                return_destroy=True,
                audit_right=False,
                sublicence=False,
                publication_clause=True,
                signed_on=register.today,
                expires_on=register.today,
                survives_until=register.today,
            )
        )
    return engagement


LONG_QUESTION = "Is this a long question that fills more than one line of the page? " * 2


def lines_of(pages: Pages) -> list[str]:
    return [line.text for s in pages.sections for row in s.rows for cell in row for line in cast(Lines, cell)]


@pytest.mark.parametrize("name", ["Technology with a rather long code name {n}", "長い管理名称" * 20])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_notice_is_one_page_however_much_there_is(register: Register, lang: Language, name: str) -> None:
    engagement = crowded(register, name=name)
    made = notice.compose(
        register,
        engagement.ref,
        lang=lang,
        questions=[LONG_QUESTION] * notice.QUESTIONS,
        recipients=("A law firm with a name of some length",) * 40,
    )
    pages = notice.lay_out(made, lang)
    assert typeset.page_count(pages) == 1
    technologies = next(
        s for s in pages.sections if s.title == translator(lang).gettext("Technologies concerned")
    )
    left = translator(lang).gettext("and {n} more").format(n=9 - len(technologies.rows))
    assert technologies.more == left


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_left_out_where_the_page_has_room(register: Register, lang: Language) -> None:
    engagement = crowded(register, of_each=1)
    measures = tuple(f"CM{n:02}" for n in range(50, 55))
    exposure = register.find(i.Exposure)[0]
    for measure in measures:
        register.add(i.Countermeasure(title="z", catalog_id=measure, exposures=(exposure.id,)))
    register.add(i.Exposure(title="y", technology=exposure.technology, route="R12", engagement=engagement.id))
    made = notice.compose(register, engagement.ref, lang=lang, questions=["?"])
    pages = notice.lay_out(made, lang)
    assert typeset.page_count(pages) == 1
    said = lines_of(pages)
    assert not any("…" in text for text in said)
    assert not any(section.more for section in pages.sections)
    for route in ("R01", "R12"):
        assert catalog.routes()[route].name.in_(lang) in said
    for measure in measures:
        assert catalog.countermeasures()[measure].title.in_(lang) in said


def test_what_stands_in_a_clause_is_told_from_what_does_not(register: Register) -> None:
    made = notice.compose(register, crowded(register, of_each=1).ref, lang="ja")
    agreed = next(s for s in notice.lay_out(made, "ja").sections if s.title == "契約")
    (row,) = agreed.rows
    clauses = {line.label: line.text for line in cast(Lines, row[-1])}
    assert clauses == {"あり": "返還・廃棄、公表に関する条項", "なし": "監査権、再許諾の可否"}
    dates = [line.label for line in cast(Lines, row[1])]
    assert dates == ["締結日", "満了日", "存続期限"], "a line each: none is broken"


@pytest.mark.parametrize("asked", [["?"] * (notice.QUESTIONS + 1), ["ながい" * 30]])
def test_questions_that_do_not_fit_are_refused_and_never_cut(register: Register, asked: list[str]) -> None:
    engagement = register.add(i.Engagement(title="x"))
    with pytest.raises(notice.QuestionsTooLong):
        notice.compose(register, engagement.ref, questions=asked)


def test_both_leave_sealed_and_recorded(filled: Register, tmp_path: Path) -> None:
    password = board.new_password()
    one, other = tmp_path / "notice.pdf", tmp_path / "statistics.xlsx"
    notice.produce(filled, board.Delivery(output=one, lock=password, recipients=("counsel",)), "ENG-0001")
    statistics.produce(
        filled, board.Delivery(output=other, lock=password, format=board.FileFormat.XLSX), lang="en"
    )
    first, second = filled.find(i.Summary)
    assert (first.redaction, first.recipients, first.language) == ("R2", ("counsel",), "ja")
    assert (second.redaction, second.format, second.language) == ("R3", "xlsx", "en")
    assert board.check(filled, one.read_bytes()).record == first
    assert board.unseal(other.read_bytes(), password).startswith(b"PK")


def test_no_count_below_the_least_is_in_the_statistics(register: Register) -> None:
    crowded(register)
    found = statistics.compose(register, least=5)
    counts = [n for table in found.tables for row in table.cells for n in row if n is not None]
    assert counts
    assert min(counts) >= 5
    exposures = next(t for t in found.tables if t.name == "exposures")
    assert exposures.cells[-1][-1] == 9  # the total of those on nine routes, one each
    assert all(n is None for row in exposures.cells[:-1] for n in row)


def test_a_least_count_that_protects_nobody_is_refused(register: Register) -> None:
    with pytest.raises(ValueError, match="at least 3"):
        statistics.compose(register, least=2)


def given(register: Register, output: Path) -> None:
    delivery = board.Delivery(output=output, lock=board.new_password(), format=board.FileFormat.XLSX)
    statistics.produce(register, delivery)


def cells_of(found: statistics.Statistics, name: str) -> tuple[tuple[int | None, ...], ...]:
    return next(table.cells for table in found.tables if table.name == name)


def test_statistics_beside_those_of_last_time_tell_of_no_single_thing(
    register: Register, tmp_path: Path
) -> None:
    crowded(register)
    technology = register.find(i.Technology)[0].id

    def total() -> int | None:
        return cells_of(statistics.compose(register), "exposures")[-1][-1]

    def expose(title: str) -> None:
        register.add(i.Exposure(title=title, technology=technology, route="R16"))

    assert total() == 9
    given(register, tmp_path / "first.xlsx")
    again = statistics.compose(register)
    assert again.issued == 1
    assert total() == 9, "what did not move is shown again"
    expose("one more")
    assert total() is None, "10 beside 9 would tell of one"
    for n in range(4):
        expose(f"and more {n}")
    assert total() == 14
    said = statistics.lay_out(again, "en").sections[0].intro
    assert any("Statistics were given before" in text for text in said)


def test_what_was_given_before_is_counted_again_from_the_history(filled: Register, tmp_path: Path) -> None:
    """As the store counts it, and as it was then, whatever happened since."""
    crowded(filled)
    snapshot = filled.head[1]

    def now() -> dict[str, list[list[int]]]:
        return {
            plan.name: [
                [
                    filled.count(plan.model, Query(where=(*plan.among, *row, *column)))
                    for column in plan.columns.values()
                ]
                for row in plan.rows.values()
            ]
            for plan in statistics._plans(filled)
        }

    counted = now()
    assert any(n for table in counted.values() for row in table for n in row)
    crowded(filled)
    closed = filled.find(i.Exposure)[0]
    filled.change(closed, status=w.ExposureStatus.CLOSED)
    assert now() != counted
    for plan in statistics._plans(filled):
        assert statistics.counted_then(filled, plan, snapshot) == counted[plan.name], plan.name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_earlier_statistics_are_known_by_their_title(register: Register, lang: Language) -> None:
    """Who rewords the title adds it to those that are known, or earlier statistics are no longer found."""
    assert statistics.lay_out(statistics.compose(register), lang).title in statistics.ISSUED
