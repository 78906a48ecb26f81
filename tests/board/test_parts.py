"""The thirteen parts of a board summary (domain.md §6e), each in its place; and no heading left alone."""

from __future__ import annotations

import dataclasses
import re

import pytest

from techguard import board
from techguard.board.blocks import Pages, Section
from techguard.board.composition import compose_from
from techguard.board.pages import lay_out
from techguard.domain import words as w
from techguard.i18n import Language

from .readers import needs_poppler, pages_of, run, squeezed
from .sample import sample

PARTS = {
    1: ("by_level", "by_class", "heat_map", "top"),
    2: ("movement",),
    3: ("money", "plans"),
    4: ("capital",),
    5: ("single_holders",),
    6: ("counterparties", "agreements", "agreements_ahead"),
    7: ("regulatory",),
    8: ("observations",),
    9: ("consultations",),
    10: ("checklists",),
    11: ("decisions",),
    12: ("limits",),
    13: ("record",),
}
"""By the number of the part in domain.md §6(e): the fields of the document that hold it."""

SECTIONS = {
    2: ("What changed since the last session", "How long high exposures have been high"),
    3: (
        "Money: what the estimated exposures could cost in a year",
        "Where the next yen goes: by money",
        "Where the next yen goes: by levels",
    ),
    4: ("Capital policy",),
    5: ("People: class S and A technologies that one person alone knows",),
    6: ("Counterparties in the danger zone", "Agreements that ended or end within 90 days"),
    7: ("Regulatory checks still to do (work to do, not a legal finding)",),
    8: ("Incidents and warning signs",),
    9: ("Consultations and dialogue with same-field firms",),
    10: ("Checklists (counts, never a score)",),
    12: ("Limits of the assessment",),
    13: ("Record",),
}
"""Where a reader finds it. Parts 1 and 11 are the front page and the page after it."""


def pages(language: Language = "en") -> Pages:
    return lay_out(
        compose_from(sample(), redaction=w.RedactionLevel.R1, language=w.Language(language)), language
    )


def test_each_of_the_thirteen_parts_is_in_the_document_and_on_the_pages() -> None:
    made = compose_from(sample(), redaction=w.RedactionLevel.R1, language=w.Language.EN)
    assert sorted(PARTS) == list(range(1, 14))
    for part, names in PARTS.items():
        for name in names:
            value = getattr(made, name)
            assert value, (part, name)
            assert value != type(made).model_fields[name].default, (part, name)
    laid = pages()
    titles = [section.title for section in laid.sections]
    for part, wanted in SECTIONS.items():
        for title in wanted:
            section = next((s for s in laid.sections if s.title == title), None)
            assert section is not None, (part, title, titles)
            assert section.rows or section.figure or part == 12, (part, title)
    assert laid.front.levels
    assert laid.front.classes
    assert laid.front.heat
    assert len(laid.front.cards) == 5
    assert laid.asked is not None
    assert laid.asked.rows


def test_the_record_says_all_that_part_thirteen_asks_for() -> None:
    made = compose_from(
        sample(), redaction=w.RedactionLevel.R1, language=w.Language.EN, recipients=("Board of directors",)
    )
    record = lay_out(made, "en").sections[-1]
    said = [line.label or line.text for row in record.rows for cell in row[:1] for line in cell]  # type: ignore[union-attr]
    assert {
        "Review session",
        "Period",
        "Redaction",
        "Signed off by",
        "Recipients",
        "Snapshot digest",
    } <= set(said)


# --- headings at the foot of a page ----------------------------------------------------------------------


def alone(pdf: bytes, section: Section) -> bool:
    """Whether a page has the heading of a section, or the head of its table, and nothing of its rows."""
    listed = run("pdftotext", "-raw", "-", "-", stdin=pdf).stdout.decode("utf-8").split("\f")[:-1]
    here = [re.sub(r"\s|\u200b", "", page) for page in listed]
    title, first = squeezed(section.title), squeezed(section.rows[0][0][0].text)  # type: ignore[index]
    return not any(title in page and first in page.partition(title)[2] for page in here)


@needs_poppler
@pytest.mark.parametrize("form", board.FORMS)
def test_no_heading_and_no_row_stands_alone_on_a_page(form: board.Form) -> None:
    """Whatever stands before it: a table that grows row by row pushes the next one down the page."""
    laid = pages()
    table = next(s for s in laid.sections if s.title == "Incidents and warning signs")
    rows = tuple(
        ((dataclasses.replace(table.rows[0][0][0], text=f"MARK-{n}"),), *table.rows[0][1:]) for n in range(14)
    )  # type: ignore[index]
    followed = dataclasses.replace(table, title="The table that follows", rows=rows, tall=True)
    for count in range(0, 26, 1 if form == "a4" else 2):
        filling = dataclasses.replace(
            table, title="Filling", intro=("x",) * (count % 3), rows=table.rows[:1] * count, tall=True
        )
        only = dataclasses.replace(
            laid,
            form=form,
            front=dataclasses.replace(laid.front, cards=(), heat=None),
            asked=None,
            sheets=(),
            sections=(filling, followed),
        )
        whole = dataclasses.replace(only, beside=only) if form == "both" else only
        pdf = board.set_pages(whole)
        assert not alone(pdf, followed), count
        rows_by_page = [len(set(re.findall(r"MARK-\d+", page))) for page in pages_of(pdf)]
        assert sum(rows_by_page) == len(rows)
        assert 1 not in rows_by_page, (count, rows_by_page)


@needs_poppler
@pytest.mark.parametrize(
    ("level", "form"),
    [
        *((w.RedactionLevel.R2, form) for form in board.FORMS),
        (w.RedactionLevel.R3, "a4"),
        (w.RedactionLevel.R3, "both"),  # a slide is filled by the matrix
    ],
)
def test_a_title_stands_above_what_it_is_the_title_of(level: w.RedactionLevel, form: board.Form) -> None:
    """Where no worst exposures are shown, the first page has no reason to be one of its own."""
    laid = lay_out(compose_from(sample(), redaction=level, language=w.Language.EN), "en", form)
    first, *_ = pages_of(board.set_pages(laid))
    assert squeezed(laid.title) in first
    assert squeezed(laid.sections[0].title) in first
