"""What a page says it is about, where it begins within a section."""

from __future__ import annotations

import dataclasses

from techguard.board.blocks import Column, Line, Section
from techguard.board.composition import compose_from
from techguard.board.pages import lay_out
from techguard.board.typeset import set_pages
from techguard.domain import words as w

from .readers import needs_poppler, pages_of
from .sample import sample


@needs_poppler
def test_a_page_that_goes_on_with_a_section_names_it_and_another_names_the_document() -> None:
    document = compose_from(sample(), redaction=w.RedactionLevel.R3, language=w.Language.EN)
    rows = tuple(((Line(f"row {n}"),),) for n in range(120))
    laid = lay_out(document)
    long = Section("A long list", (), (Column("What"),), rows, tall=True)
    after = Section("A short end", ("The end.",))
    printed = pages_of(set_pages(dataclasses.replace(laid, sections=(long, after))))
    title = laid.title.replace(" ", "")
    goes_on = [page for page in printed if "Alonglist(continued)" in page]
    assert len(goes_on) >= 2
    assert all("row" in page and title not in page for page in goes_on)
    assert any("Alonglist" in page and "(continued)" not in page for page in printed)
    assert "Ashortend(continued)" not in "".join(printed)
