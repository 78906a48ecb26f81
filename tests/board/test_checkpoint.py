"""The checkpoint in a summary: attached whole, and printed so that it can be copied back from the page."""

from __future__ import annotations

import io

import pikepdf
import pytest

from techguard import board
from techguard.domain import items as i
from techguard.domain.words import RedactionLevel
from techguard.i18n import Language
from techguard.register import Register
from techguard.store import checkpoint

from .readers import needs_poppler, run


@pytest.fixture
def document(register: Register) -> board.BoardSummary:
    register.add(i.Technology(code_name="焼結K"))
    return board.compose(register, redaction=RedactionLevel.R3)


def holds(register: Register, data: bytes) -> bool:
    held = register.hold(checkpoint.read(data))
    return held.fits and held.signed_by == register.me.id


def test_the_whole_note_is_attached_to_the_pdf(register: Register, document: board.BoardSummary) -> None:
    with pikepdf.open(io.BytesIO(board.render(document))) as pdf:
        attached = pdf.attachments["checkpoint.txt"].get_file().read_bytes()
    note = checkpoint.read(attached)
    assert attached.decode() == note.text() == document.record.checkpoint
    assert len(note.signatures) == 2
    assert note.checkpoint.size == document.record.sequence
    assert holds(register, attached)


@needs_poppler
@pytest.mark.parametrize("form", board.FORMS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_is_printed_can_be_copied_back_and_holds(
    register: Register, document: board.BoardSummary, form: board.Form, language: Language
) -> None:
    for mode in ("-raw", "-layout"):
        if mode == "-layout" and form == "both":
            continue  # the two languages stand in one line then
        read = run("pdftotext", mode, "-enc", "UTF-8", "-", "-", stdin=board.render(document, language, form))
        assert len(checkpoint.read(read.stdout).signatures) >= 1
        assert holds(register, read.stdout)


def test_it_stands_in_the_page_and_in_the_text(register: Register, document: board.BoardSummary) -> None:
    assert holds(register, board.plain_text(document).replace(" / ", "\n").encode())
