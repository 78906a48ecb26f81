"""The pages, as readers nobody here wrote see them."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techguard import board
from techguard.board import document as d
from techguard.board import typeset
from techguard.board.composition import compose_from, letters
from techguard.board.facts import Facts, Some
from techguard.board.pages import lay_out
from techguard.board.wording import clip, width
from techguard.domain import words as w
from techguard.domain.items import Item
from techguard.domain.kinds import kind_of
from techguard.i18n import LANGUAGES, Language

from .readers import needs_poppler, pages_of, run, squeezed, text_of
from .sample import DIGEST, empty, sample

FONTS = {
    "NotoSansJP-Regular.ttf": "d930d5d52d15231c283089760f84584272ad5e37e14607ba0d19c798e7a9caec",
    "NotoSansJP-Bold.ttf": "c5b7b9d6a6eb682b0d4e6bbb38509575fd2759a28f147daa74714d1359a7909e",
    "OFL.txt": "1c05c68c34f9708415aada51f17e1b0092d2cea709bf4a94cd38114f9e73d7d9",
}
"""As in the npm package @expo-google-fonts/noto-sans-jp 0.4.3."""


def document(
    facts: Facts | None = None, level: w.RedactionLevel = w.RedactionLevel.R0, language: Language = "ja"
) -> d.BoardSummary:
    return compose_from(facts or sample(), redaction=level, language=w.Language(language))


def rewritten(value: Any, text: Callable[[int], str]) -> Any:
    """Facts with every free text replaced by one of at most the field's length."""
    if isinstance(value, Item):
        fields = [s for s in kind_of(value).fields if s.is_text and not s.about.derived and not s.many]
        return value.model_copy(update={s.name: text(s.max_length or 300)[: s.max_length] for s in fields})
    if isinstance(value, tuple):
        return tuple(rewritten(part, text) for part in value)
    if isinstance(value, dict):
        return {key: rewritten(part, text) for key, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value, **{f.name: rewritten(getattr(value, f.name), text) for f in dataclasses.fields(value)}
        )
    return value


def test_the_fonts_are_the_ones_their_maker_published() -> None:
    for name, digest in FONTS.items():
        assert hashlib.sha256((typeset.FONTS[0].parent / name).read_bytes()).hexdigest() == digest


@needs_poppler
def test_japanese_text_can_be_taken_out_of_the_pages() -> None:
    facts = rewritten(sample(), lambda most: "髙﨑𠮷①㈱㎡℃―～※→≧✓葛󠄀"[:most])
    text = text_of(board.render(document(facts)))
    assert "髙﨑𠮷①㈱㎡℃―～※→≧✓葛" in text


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_front_page_stands_alone(language: Language) -> None:
    made = document(language=language)
    front = pages_of(board.render(made))[0]
    for top in made.top:
        assert top.label in front
        assert squeezed(clip(top.sentence, 60)).rstrip("…") in front
    assert "研究開発部長" in front
    assert squeezed("共同研究を次年度に更新しないことを決めていただきたい") in front
    assert made.record.snapshot[:16] in front


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", list(w.RedactionLevel))
def test_every_page_says_what_it_is(level: w.RedactionLevel, language: Language) -> None:
    made = document(level=level, language=language)
    pages = pages_of(board.render(made))
    for number, page in enumerate(pages, 1):
        marking = {
            "ja": {0: "極秘", 1: "極秘", 2: "秘", 3: "社外秘"},
            "en": {0: "Strictlyconfidential", 1: "Strictlyconfidential", 2: "Confidential", 3: "Internal"},
        }
        assert page.startswith(marking[language][int(level.value[1])])
        assert level.value in page
        of = f"{number}/{len(pages)}" if language == "ja" else f"Page{number}of{len(pages)}"
        assert of in page
    assert DIGEST in pages[-1]


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    ["とても長い文章を繰り返す。", "Abcdefghij", "1234567890", "長い word と 1,234 の混在、"],
    ids=["japanese", "one word", "digits", "mixed"],
)
def test_the_five_worst_stay_on_the_front_page_however_long_their_texts(
    text: str, language: Language
) -> None:
    facts = rewritten(sample(), lambda most: (text * (most // len(text) + 1))[:most])
    pages = pages_of(board.render(document(facts, language=language)))
    assert all(f"EXP-{n:04}" in pages[0] for n in range(11, 16))
    assert "DEC-0008" in pages[1]


@needs_poppler
def test_a_text_that_looks_like_markup_is_text() -> None:
    written = '#panic("x") *bold* _it_ `raw` <label> @ref $x^2$ \\u{41} // c /* d */ = h #{1+1}'
    text = text_of(board.render(document(rewritten(sample(), lambda most: written))))
    assert squeezed(written) in text
    assert text.count(squeezed("#panic(")) >= 5


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=60))
def test_no_text_can_stop_the_printer(text: str) -> None:
    assert board.render(document(rewritten(sample(), lambda most: text))).startswith(b"%PDF")


@needs_poppler
def test_a_character_the_fonts_lack_is_marked_and_named() -> None:
    facts = rewritten(sample(), lambda most: "鍵😀印")
    made = document(facts)
    assert typeset.missing_in(lay_out(made)) == "😀"
    text = text_of(board.render(made))
    assert "鍵〓印" in text
    assert "U+1F600" in text
    assert typeset.missing_in(lay_out(document())) == ""


def test_the_fonts_cover_what_japanese_companies_write() -> None:
    assert not {c for c in "髙﨑𠮷①㈱㎡℃―～※→≧✓■〓▲▼＋×＝−–…" if ord(c) not in typeset.covered()}
    # Every kanji of JIS X 0208 and of the vendor rows, through the code page that companies use.
    pairs = itertools.product(
        (*range(0x88, 0xA0), *range(0xE0, 0xEB), *range(0xFA, 0xFD)), (*range(0x40, 0x7F), *range(0x80, 0xFD))
    )
    kanji = "".join(bytes(pair).decode("cp932", errors="ignore") for pair in pairs)
    assert len(kanji) > 6_000
    assert not {c for c in kanji if unicodedata.category(c) == "Lo" and ord(c) not in typeset.covered()}


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", list(w.RedactionLevel))
def test_an_empty_register_makes_a_summary_too(level: w.RedactionLevel, language: Language) -> None:
    text = text_of(board.render(document(empty(), level, language)))
    assert DIGEST in text


@needs_poppler
def test_the_fonts_are_embedded_and_the_structure_is_tagged() -> None:
    pdf = board.render(document())
    fonts = run("pdffonts", "-", stdin=pdf).stdout.decode()
    rows = [line.split() for line in fonts.splitlines()[2:]]
    assert {row[0].partition("+")[2] for row in rows} == {"NotoSansJP-Regular", "NotoSansJP-Bold"}
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows), "embedded, subset, with Unicode"
    info = run("pdfinfo", "-", stdin=pdf).stdout.decode()
    assert re.search(r"Tagged:\s+yes", info)
    assert re.search(r"Page size:\s+595\.\d+ x 841\.\d+ pts \(A4\)", info)


def test_bookmarks_lead_to_every_section() -> None:
    import io

    import pikepdf

    made = document()
    with pikepdf.open(io.BytesIO(board.render(made))) as pdf, pdf.open_outline() as outline:
        (top,) = outline.root
        titles = [item.title for item in top.children]
    pages = lay_out(made)
    assert pages.asked is not None
    sheets = [part.title for s in pages.sheets for part in (s, s.measures)]
    assert titles == [pages.front.cards_title, pages.asked.title, *sheets, *(s.title for s in pages.sections)]
    assert len(pages.sheets) == 5


def test_the_same_document_is_the_same_in_its_schema_and_back() -> None:
    for level in w.RedactionLevel:
        made = document(level=level)
        assert d.BoardSummary.model_validate_json(made.model_dump_json()) == made


def test_a_preview_reads_like_the_pages() -> None:
    made = document()
    text = board.plain_text(made, "en")
    assert "Leakage of core technologies: board summary" in text
    assert made.top[0].sentence in text
    assert DIGEST in text
    assert "\x1b" not in text


@given(st.text(max_size=80), st.integers(min_value=4, max_value=60))
def test_a_clipped_text_fits_and_says_that_it_was_clipped(text: str, most: int) -> None:
    clipped = clip(text, most)
    assert width(clipped) <= most
    assert clipped.endswith("…") or clipped == " ".join(text.split())


def test_letters_go_on_after_z() -> None:
    assert [letters(n) for n in (1, 2, 26, 27, 52, 53, 702, 703)] == [
        "A",
        "B",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_a_first_summary_compares_with_nothing() -> None:
    made = document(dataclasses.replace(sample(), previous=None))
    assert made.movement.since is None
    assert {t.arrow for t in made.top} == {None}
    assert isinstance(made.title.as_of, date)


@needs_poppler
def test_a_digest_can_be_copied_in_one_piece() -> None:
    done = run("pdftotext", "-raw", "-", "-", stdin=board.render(document()))
    assert DIGEST in done.stdout.decode("utf-8")


@given(st.text())
def test_breaking_long_words_changes_nothing_that_is_read(text: str) -> None:
    assert typeset.breakable(text).replace("\u200b", "") == text.replace("\u200b", "")


def many(facts: Facts) -> Facts:
    """The same facts with every list as long as a list gets."""

    def longest(some: Some[Any]) -> Some[Any]:
        return Some.of((some.rows * 15)[:15], 4_321)

    lists = {
        f.name: longest(getattr(facts, f.name))
        for f in dataclasses.fields(facts)
        if isinstance(getattr(facts, f.name), Some)
    }
    plans = tuple(dataclasses.replace(p, weighed=longest(p.weighed)) for p in facts.plans)
    return dataclasses.replace(facts, **lists, plans=plans)


EACH_FORM = [(form, language) for form in board.FORMS for language in LANGUAGES if form != "both"]
"""In every language that it can have alone; the form that has both, once."""


@needs_poppler
@pytest.mark.parametrize(("form", "language"), [*EACH_FORM, ("both", "ja")])
@pytest.mark.parametrize("text", ["とても長い文章を繰り返す。", "Abcdefghij", "a word or two and ", ""])
def test_nothing_runs_out_of_the_page(text: str, language: Language, form: board.Form) -> None:
    facts = many(sample())
    if text:
        facts = rewritten(facts, lambda most: (text * (300 // len(text)))[:most].strip())
    pdf = board.render(document(facts, language=language), form=form)
    boxes = run("pdftotext", "-bbox", "-", "-", stdin=pdf).stdout.decode("utf-8")
    words = re.findall(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">', boxes)
    assert len(words) > 300
    width, height, margin = {"a4": (595.3, 842, 16), "slides": (720, 405, 14), "both": (1190.6, 842, 16)}[
        form
    ]
    margin *= 72 / 25.4
    for left, top, right, bottom in (tuple(map(float, word)) for word in words):
        assert left >= margin - 6, "the empty half of an opening bracket may hang"
        assert right <= width - margin + 6, "a comma or full stop may hang"
        assert top >= 18
        assert bottom <= height - 12
    # Every row of every list arrived, and the one on the page of its exposure.
    assert text_of(pdf).count("CMS-0001") == (22 if form == "both" else 11)


@needs_poppler
def test_two_languages_stand_side_by_side() -> None:
    made = document(language="ja")
    pdf = board.render(made, form="both")
    for page, (left, right) in enumerate(
        [("最も重い流出リスク", "The five worst exposures"), ("求める決定", "Decisions asked")]
    ):
        half = ("-f", str(page + 1), "-l", str(page + 1), "-y", "0", "-W", "595", "-H", "842")
        seen = [run("pdftotext", *half, "-x", x, "-", "-", stdin=pdf).stdout.decode() for x in ("0", "595")]
        assert left in seen[0]
        assert right in seen[1]
        assert right not in seen[0]


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_of_the_worst_has_a_page_with_its_way_its_place_and_what_is_asked(language: Language) -> None:
    made = document(language=language)
    pages = pages_of(board.render(made))
    top = made.top[0]
    page = next(p for p in pages[1:] if squeezed(clip(top.sentence, 60)).rstrip("…") in p)
    assert top.technology is not None
    assert top.engagement is not None
    sheet = lay_out(made).sheets[0]
    assert sheet.position is not None
    said = [top.technology.text, top.engagement.text, top.counterparties[0].text, top.decision_asked]
    said += [sheet.position.said, *(m.title for m in top.measures_listed)]
    assert len(top.measures_listed) == top.measures_total > 1
    for text in said:
        assert squeezed(text) in page, text


def test_the_place_on_the_matrix_is_where_the_ratings_put_it() -> None:
    top = document().top[0]
    position = lay_out(document()).sheets[0].position
    assert position is not None
    assert top.likelihood is not None
    assert top.impact is not None
    row, column = position.now
    assert (5 - row, column + 1) == (top.likelihood, top.impact)
    assert position.levels[row][column] == top.level
    assert position.then is not None
    assert top.likelihood_before == 5 - position.then[0]
    assert top.impact_before == position.then[1] + 1
