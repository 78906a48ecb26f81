"""What a reader is promised of every row: both languages, a source, and official words unchanged."""

from __future__ import annotations

import re
import unicodedata

import pytest
from pydantic import ValidationError

from techguard import catalog
from techguard.catalog import Line, Origin, Row, Sign, Source, SourceKind, Text, loader
from techguard.domain.words import Purpose

from .conftest import whole

MODELS = whole()
TEXTS = [m for m in MODELS if isinstance(m, Text)]
ROWS = [m for m in MODELS if isinstance(m, Row)]

JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]")
LATIN_WORD = re.compile(r"[A-Za-z]")
DEBRIS = re.compile(r"\[[PSMD]\d?\]|[(\uff08]\d{1,2}[)\uff09]|\bGL\b|\bGD\d?\b")

# The guideline numbers its items ア, イ, ウ; a rendering has to point at them.
ITEM_MARKS = re.compile("[アイウ]")

OFFICIAL = {
    "ESMG1-A-1-ア": "自社ビジネスのグローバル・バリューチェーンの全体像の把握に向けた調査を実施している",
    "ESMG1-A-1-イ": "自社のコアとなる技術等の把握に向けた検討を進めている",
    "ESMG1-A-1-ウ": "ア及びイで把握した事実に基づき、リスクシナリオ及び対応策の検討を進めている",
    "ESMG1-A-2-ア": "自社の経営戦略等の策定に際し、経済安全保障対応に係る検討を行っている",
    "ESMG1-A-3-ア": "自社の経済安全保障対応に関係する社内外のステークホルダーとの対話を行っている",
    "3S-1": "相手・書類をよく見る",
    "3S-2": "立ち止まってリスクを把握する",
    "3S-3": "共有する・相談する",
}


def test_the_walk_finds_every_row() -> None:
    # Guards the guard: these tests prove nothing if the walk comes back empty-handed.
    assert len(TEXTS) > 600
    ids = {row.id for row in ROWS}
    assert {
        "R01",
        "R04h",
        "R16-S3",
        "R02-C4",
        "CM67",
        "X4",
        "K13",
        "ESMG1-A",
        "TLP-ウ-2",
        "likelihood",
    } <= ids


def test_every_text_is_in_both_languages() -> None:
    wrong = [
        text
        for text in TEXTS
        # A bare figure ("5〜30%") is Japanese enough; Latin words alone are not.
        if (not JAPANESE.search(text.ja) and LATIN_WORD.search(text.ja))
        or JAPANESE.search(ITEM_MARKS.sub("", text.en))
        or not LATIN_WORD.search(text.en + "x" if "%" in text.en else text.en)
    ]
    assert wrong == []


def test_no_text_carries_the_marks_of_its_research() -> None:
    assert [t for t in TEXTS if DEBRIS.search(t.ja) or DEBRIS.search(t.en)] == []


def test_every_text_is_clean_unicode_that_a_terminal_can_measure() -> None:
    """NFC, no stray blanks or controls, and no character whose width depends on the terminal's settings."""
    for text in TEXTS:
        for words in (text.ja, text.en):
            assert unicodedata.is_normalized("NFC", words)
            assert words == " ".join(words.split())
            unsure = [c for c in words if unicodedata.east_asian_width(c) == "A" or not c.isprintable()]
            assert not unsure, (words, unsure)


def test_japanese_punctuation_is_japanese() -> None:
    assert [
        t.ja for t in TEXTS if re.search(JAPANESE.pattern + r"[(),;:?!]|[(]" + JAPANESE.pattern, t.ja)
    ] == []


def test_a_text_speaks_the_language_asked_for() -> None:
    text = Text(ja="流出", en="Leak")
    assert (text.in_("ja"), text.in_("en"), text.in_("fr")) == ("流出", "Leak", "Leak")


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_text_without_one_language_is_refused(blank: str) -> None:
    with pytest.raises(ValidationError):
        Text(ja="流出", en=blank)
    with pytest.raises(ValidationError):
        Text(ja=blank, en="Leak")


def test_every_source_named_exists_and_every_source_is_named() -> None:
    named = {source for row in ROWS for source in row.sources}
    assert named == set(catalog.sources())


def test_origin_and_source_agree() -> None:
    """What claims nobody's authority says so, and what claims some names somebody other than us."""
    kinds = {source.id: source.kind for source in catalog.sources().values()}
    for row in ROWS:
        others = [source for source in row.sources if kinds[source] is not SourceKind.OWN]
        if row.origin is Origin.OFFICIAL:
            assert others == list(row.sources), row.id
            assert all(kinds[source] is SourceKind.PRIMARY for source in others), row.id
        elif row.origin is Origin.DERIVED:
            assert others, row.id


def test_official_wording_is_unchanged_and_nothing_else_claims_to_be_official() -> None:
    lines = {r.id: r.ja for r in ROWS if r.origin is Origin.OFFICIAL and isinstance(r, Line)}
    assert lines == OFFICIAL
    assert {r.id for r in ROWS if r.origin is Origin.OFFICIAL} - lines.keys() == {"ESMG1-A", "3S"}


def test_official_rows_carry_their_edition_and_a_dated_source() -> None:
    for row in ROWS:
        if row.origin is Origin.OFFICIAL:
            assert row.edition != catalog.scales().edition
            assert all(catalog.sources()[source].date for source in row.sources)


def test_what_was_never_seen_in_a_source_is_ours() -> None:
    items = catalog.checklists()["TLP"].items
    assert [i.origin for i in items] == [Origin.DERIVED] * 4 + [Origin.PROPOSAL] * 4


@pytest.mark.parametrize("checklist_id", ["G-IND", "G-PRN", "G-GOV"])
def test_a_summary_of_the_guideline_says_that_it_is_one(checklist_id: str) -> None:
    checklist = catalog.checklists()[checklist_id]
    assert "要約（公式チェックリストではない）" in checklist.note.ja
    assert {i.origin for i in checklist.items} == {Origin.DERIVED}


def test_counts() -> None:
    assert list(catalog.routes()) == [f"R{n:02}" for n in range(1, 17)]
    assert list(catalog.countermeasures()) == [f"CM{n:02}" for n in range(1, 68)]
    assert list(catalog.kris()) == [f"K{n:02}" for n in range(1, 14)]
    assert list(catalog.purposes()) == [purpose.value for purpose in Purpose]
    assert {c.id: len(c.items) for c in catalog.checklists().values()} == {
        "ESMG1-A": 5, "ESMG1-X": 0, "G-IND": 5, "G-PRN": 6, "G-GOV": 9, "TLP": 8, "TS3": 3,
        "HB5": 19, "SEL5": 5, "TICS8": 7, "3S": 3, "GDC": 0, "DDQ": 12, "BRP": 9,
    }  # fmt: skip
    assert {r.id: (len(r.sub_routes), len(r.scenarios), len(r.signs)) for r in catalog.routes().values()} == {
        "R01": (6, 5, 7), "R02": (6, 4, 6), "R03": (7, 4, 5), "R04": (8, 5, 7), "R05": (9, 5, 7),
        "R06": (9, 4, 6), "R07": (5, 3, 4), "R08": (7, 3, 4), "R09": (5, 3, 5), "R10": (5, 2, 4),
        "R11": (5, 1, 4), "R12": (5, 3, 3), "R13": (5, 3, 4), "R14": (5, 3, 3), "R15": (4, 2, 3),
        "R16": (4, 2, 3),
    }  # fmt: skip


def test_ids_run_in_order_within_a_route() -> None:
    for route in catalog.routes().values():
        assert [s.id for s in route.sub_routes] == [
            f"{route.id}{chr(97 + n)}" for n in range(len(route.sub_routes))
        ]
        assert [s.id for s in route.scenarios] == [
            f"{route.id}-C{n + 1}" for n in range(len(route.scenarios))
        ]
        assert [s.id for s in route.signs] == [f"{route.id}-S{n + 1}" for n in range(len(route.signs))]


def test_no_id_means_two_things() -> None:
    by_kind: dict[str, list[str]] = {}
    for row in [*ROWS, *(m for m in MODELS if isinstance(m, Source))]:
        by_kind.setdefault(type(row).__name__, []).append(str(row.id))
    for kind, ids in by_kind.items():
        assert len(ids) == len(set(ids)), kind


def test_the_same_id_twice_is_refused() -> None:
    one = catalog.routes()["R01"]
    with pytest.raises(ValueError, match="R01 comes twice"):
        loader.by_id([one, one])


@pytest.mark.parametrize("bad", ["R1-S1", "R01-X1", "R01-S", "r01-S1"])
def test_an_ill_formed_id_is_refused(bad: str) -> None:
    row = catalog.signs()["R01-S1"].model_dump() | {"id": bad}
    with pytest.raises(ValidationError):
        Sign.model_validate(row)


def test_a_line_under_the_wrong_route_is_refused() -> None:
    first, second = catalog.routes()["R01"], catalog.routes()["R02"]
    with pytest.raises(ValidationError, match="R02-S1 stands under R01"):
        type(first).model_validate(first.model_dump() | {"signs": [second.signs[0].model_dump()]})


def test_checklists_that_were_not_obtained_tell_the_user_where_to_get_them() -> None:
    missing = [c for c in catalog.checklists().values() if not c.obtained]
    assert [c.id for c in missing] == ["ESMG1-X", "GDC"]
    for checklist in missing:
        assert "経済産業省" in checklist.note.ja
        assert "import" in checklist.note.en


def test_the_handbook_grid_has_every_cell_but_the_one_that_does_not_apply() -> None:
    cells = [(i.purpose, i.addressee) for i in catalog.checklists()["HB5"].items]
    wanted = [
        (p, a)
        for p in ("P1", "P2", "P3", "P4", "P5")
        for a in ("employees", "leavers", "partners", "outsiders")
        if (p, a) != ("P5", "outsiders")
    ]
    assert cells == wanted


def test_nothing_asks_for_nationality() -> None:
    """Guideline: not aimed at countries or people. No row may make a person's origin a criterion."""
    asks = [t for t in TEXTS if re.search("国籍|出身国|人種|宗教|信条", t.ja)]
    assert [t.ja for t in asks] == [catalog.checklists()["DDQ"].note.ja]
