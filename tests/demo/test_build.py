"""Making the demo: one call gives a vault full of a year's work and a sealed board summary, or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest

from techguard import demo
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.gaps import GAPS
from techguard.domain.kinds import kind_of
from techguard.i18n import Language
from techguard.register import Query, Register
from techguard.store.overview import SINCE_SESSION, as_recorded
from techguard.vault.errors import WrongPassphrase

Built = Callable[[Language], demo.DemoResult]


def test_everything_in_the_source_is_in_the_register(
    opened: Register, entries: dict[Language, list[i.Item]], lang: Language
) -> None:
    weeks = (opened.today - demo.BASE).days // 7
    refs = {e.id: e.ref for e in entries[lang]}
    got = {
        (kind_of(x).name, x.ref): x for model in {type(e) for e in entries[lang]} for x in opened.find(model)
    }
    ids = {x.id: x.ref for x in got.values()}
    assert len(got) == len(entries[lang])
    for entry in entries[lang]:
        want, have = demo.moved(entry, weeks, lang), got[kind_of(entry).name, entry.ref]
        for spec in kind_of(entry).editable:
            a, b = getattr(want, spec.name), getattr(have, spec.name)
            if spec.to:
                a = tuple(refs[v] for v in a) if spec.many else a and refs[a]
                b = tuple(ids[v] for v in b) if spec.many else b and ids[b]
            if not a and spec.name in {"next_review", "scale_edition"}:
                continue  # the register fills these in
            assert a == b, (entry.ref, spec.name)


WITHOUT = {"exposure_on_earlier_scale", "technology_on_earlier_scale"}
"""The fictional company rates by the standard scale and never changed it."""


def test_every_gap_has_something_to_show(opened: Register) -> None:
    counts = {g.gap.code: g.count for g in opened.overview().gaps}
    assert {g.code for g in GAPS} - set(counts) == WITHOUT
    assert [code for code, n in counts.items() if not n] == []
    # … and is the exception: most of the register is in order.
    for gap in (g for g in GAPS if g.code not in WITHOUT):
        assert counts[gap.code] * 2 < max(opened.count(gap.kind), 9), gap.code
        assert opened.count(gap.kind, Query(gap=gap.code)) == counts[gap.code]


def test_five_exposures_are_worth_the_boards_attention(opened: Register) -> None:
    top = [row.item for row in opened.overview().top]
    assert len(top) == 5
    for exposure in top:
        assert isinstance(exposure, i.Exposure)
        assert exposure.level == 5
        assert exposure.owner
        assert exposure.treatment_plan
        assert exposure.decision_asked
    assert len({x.route for x in top if isinstance(x, i.Exposure)}) == 5


def test_the_board_sees_how_the_indicators_moved(opened: Register) -> None:
    held = [r for r in opened.find(i.Review) if r.status is w.ReviewStatus.CLOSED]
    assert len(held) == 3
    assert {len(as_recorded(r.indicators)) for r in held} == {12}
    assert all(k.previous is not None for k in opened.kris(held[-1]) if k.id != SINCE_SESSION)


def test_it_counts_the_same_in_both_languages(built: Built) -> None:
    seen = []
    for lang in ("ja", "en"):
        result = built(lang)
        with Register.open(result.vault, result.passphrase, read_only=True) as register:
            overview = register.overview()
            seen.append(
                (overview.counts, overview.by_level, overview.by_class, overview.matrix, overview.gaps)
            )
    assert seen[0] == seen[1]


def test_the_register_proves_itself(opened: Register) -> None:
    assert opened.verify().ok


def test_whoever_opens_it_is_one_of_its_people(opened: Register, lang: Language) -> None:
    assert opened.me.ref == "PSN-0001"
    assert opened.me.name == demo.PERSON[lang]
    assert opened.me.department is w.Department.LEGAL
    assert [p.name for p in opened.find(i.Person)].count(demo.PERSON[lang]) == 1


def test_the_summary_is_sealed_and_recorded(built: Built, opened: Register, lang: Language) -> None:
    result = built(lang)
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(result.summary)
    with pikepdf.open(result.summary, password=result.password) as pdf:
        assert len(pdf.pages) >= 2
    record = opened.find(i.Summary)
    assert [(s.redaction, s.language) for s in record] == [(w.RedactionLevel.R1, w.Language(lang))]


def test_secrets_are_new_each_time(built: Built) -> None:
    ja, en = built("ja"), built("en")
    assert ja.passphrase != en.passphrase
    assert ja.password != en.password
    assert len({demo.passphrase() for _ in range(200)}) == 200
    with pytest.raises(WrongPassphrase):
        Register.open(ja.vault, en.passphrase)


def test_it_never_writes_over_anything(built: Built, tmp_path: Path) -> None:
    result = built("ja")
    folder = result.vault.parent
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(demo.DemoThere) as refused:
        demo.build(folder, "ja")
    assert str(result.vault) in str(refused.value)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    summary = tmp_path / demo.SUMMARY["en"]
    summary.write_bytes(b"mine")
    with pytest.raises(demo.DemoThere):
        demo.build(tmp_path, "en")
    assert [p.name for p in tmp_path.iterdir()] == [summary.name]
    assert summary.read_bytes() == b"mine"


def test_a_demo_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _with_a_wrong_word(demo.workbook("en"))
    monkeypatch.setattr(demo, "workbook", lambda lang: broken)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for folder in (tmp_path / "new", tmp_path):
        with pytest.raises(demo.DemoIncomplete):
            demo.build(folder, "en")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def _with_a_wrong_word(book: bytes) -> bytes:
    """A workbook in which one technology's status is no status."""
    import openpyxl  # type: ignore[import-untyped]

    opened = openpyxl.load_workbook(io.BytesIO(book))
    sheet = opened["Technologies"]
    heads = [c.value for c in sheet[1]]
    sheet.cell(2, heads.index("Status") + 1).value = "purple"
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


@pytest.mark.parametrize("days", [0, 1, 6, 7, 400, -1, -30])
def test_dates_move_by_whole_weeks_and_never_past_today(days: int) -> None:
    today = demo.BASE + timedelta(days=days)
    weeks = (today - demo.BASE).days // 7
    review = i.Review(title="x", planned_on=date(2026, 12, 8), held_on=demo.BASE, period="?")
    later = demo.moved(review, weeks, "ja")
    assert isinstance(later, i.Review)
    assert later.planned_on is not None
    assert later.held_on is not None
    assert later.planned_on.weekday() == date(2026, 12, 8).weekday()
    assert later.planned_on - later.held_on == timedelta(days=15)
    assert 0 <= (today - later.held_on).days < 7
    assert later.period == demo.period(later.planned_on, "ja")


@pytest.mark.parametrize(
    ("day", "ja", "en"),
    [
        (date(2026, 3, 31), "2025年度 第4四半期", "FY2025 Q4"),
        (date(2026, 4, 1), "2026年度 第1四半期", "FY2026 Q1"),
        (date(2026, 12, 8), "2026年度 第3四半期", "FY2026 Q3"),
    ],
)
def test_quarters_are_those_of_a_japanese_fiscal_year(day: date, ja: str, en: str) -> None:
    assert demo.period(day, "ja") == ja
    assert demo.period(day, "en") == en


def test_progress_is_told_to_the_end(built: Built, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    demo.build(tmp_path / "again", "en", progress=lambda done, of: told.append((done, of)))
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert [d for d, _ in told] == sorted(d for d, _ in told)
