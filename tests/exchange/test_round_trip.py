"""What is exported goes in again unchanged, in every format and language; a second import changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techguard import catalog, exchange
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Exposure, Item, Person, Technology, new_id
from techguard.domain.kinds import KINDS, by_dependency
from techguard.domain.text import clean
from techguard.domain.words import Department
from techguard.exchange.own import CARRIED, vault_of
from techguard.exchange.plan import accounted
from techguard.exchange.words import VAULT_MARK
from techguard.exchange.write import ExportDocument, _cells, _csv, _workbook
from techguard.i18n import Language, translator
from techguard.register import Register
from tests.conftest import made
from tests.made_up import own_scale

NASTY = '=HYPERLINK("http://x","y")\n+1\n-2 @SUM(A1)\n\'quoted ①㈱ "comma", tab\tend'


def value_of(spec: FieldSpec, n: int, ids: dict[str, str]) -> Any:
    """A value for a field that is different from its default; texts are as nasty as they may be."""
    if spec.about.spread:
        return {"JPY": "30000000 / 100000000 / 500000000", "%": "20 / 40.5 / 60"}.get(
            spec.about.spread, "0.02 ~ 2"
        )
    match spec.type:
        case FieldType.TEXT if spec.about.catalog:
            return {"routes": "R01", "sub_routes": "R01a", "signs": "R01-S1", "countermeasures": "CM01"}.get(
                spec.about.catalog, "X-1"
            )
        case FieldType.TEXT:
            return f"=cmd{n} @{spec.name}"[: spec.max_length or 100]
        case FieldType.LONG_TEXT:
            return f"{NASTY} {n}"
        case FieldType.WORDS:
            return ("-one", "二、2", f"+{n}")
        case FieldType.INTEGER:
            if spec.about.scale:
                return catalog.standard_scales().scale(spec.about.scale).levels[-1].value
            return int(
                spec.maximum if spec.maximum is not None and spec.maximum < 10 else max(3, spec.minimum or 0)
            )
        case FieldType.DECIMAL:
            return Decimal("2.5")
        case FieldType.BOOLEAN:
            return not spec.default
        case FieldType.DATE:
            # Excel knows no day before 1900: such a one is text there.
            return date(2026 if n % 2 else 1885, 1 + n % 12, 1 + len(spec.name))
        case FieldType.MOMENT:
            return datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        case FieldType.CHOICE:
            assert spec.choices is not None
            return list(spec.choices)[-1]
        case FieldType.CHOICES:
            assert spec.choices is not None
            return tuple(list(spec.choices)[:2])
        case FieldType.REF:
            return ids.get(spec.to)
        case FieldType.REFS:
            return (ids[spec.to],) if spec.to in ids else ()


def full(register: Register) -> None:
    """Two entries of every kind with every field filled."""
    ids: dict[str, str] = {}
    with register.act("fill"):
        for n in (1, 2):
            for kind in by_dependency():
                fields = {f.name: value_of(f, n, ids) for f in kind.editable}
                if kind.name == "acceptance":
                    fields |= {"accepted_on": date(2026, 1, 1), "valid_until": date(2027, 1, 1)}
                if kind.name == "estimate":
                    fields["loss_competitive_advantage"] = ""  # given as catch-up years and margin
                if kind.name == "review":
                    fields["indicators"] = ("K01 3", "K02 0")  # as an earlier session left them
                if kind.name == "consultation":
                    fields["antitrust_review"] = "done"
                if kind.name == "scale":  # whose lines must fit one another
                    lines = own_scale(level_names=("=1+1", "@二", "-三", "+四", "五"))
                    fields = {f: getattr(lines, f) for f in fields} | {
                        f: fields[f] for f in ("title", "reason", "note")
                    }
                item = kind.model.model_validate({**fields, "id": new_id()})
                register.bulk([item])
                ids[kind.name] = item.id


def content(register: Register) -> dict[str, list[dict[str, Any]]]:
    """Everything a person wrote, with references as numbers: what must be equal in two vaults."""
    everything: dict[str, list[dict[str, Any]]] = {}
    refs = {item.id: item.ref for kind in KINDS.values() for item in register.find(kind.model)}

    def plain(spec: FieldSpec, item: Item) -> Any:
        value = getattr(item, spec.name)
        if spec.type is FieldType.REF:
            return refs.get(value)
        return [refs[v] for v in value] if spec.type is FieldType.REFS else value

    for kind in KINDS.values():
        everything[kind.name] = [
            {
                "ref": item.ref,
                **{f.name: plain(f, item) for f in kind.editable},
                **{name: getattr(item, name) for of, name in CARRIED if of == kind.name},
            }
            for item in register.find(kind.model)
        ]
    return everything


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("form", ["xlsx", "csv", "json"])
def test_export_into_an_empty_vault_gives_the_same_content(
    form: exchange.Format, lang: Language, copied: Callable[[Path], Any], tmp_path: Path
) -> None:
    with copied(tmp_path / "a.techguard").open() as first, copied(tmp_path / "b.techguard").open() as second:
        full(first)
        data = exchange.export(first, form, lang)
        name = "export.zip" if form == "csv" else f"export.{form}"
        source = exchange.read(data, name)
        plan = exchange.plan(source, exchange.propose(source, lang), second)
        assert not plan.problems
        assert accounted(plan)
        exchange.apply(plan, second)
        assert content(second) == content(first)
        assert second.verify().ok


@pytest.mark.parametrize("form", ["xlsx", "csv", "json"])
def test_impacts_keep_the_scale_they_were_stated_on(
    form: exchange.Format, copied: Callable[[Path], Any], tmp_path: Path
) -> None:
    """A 2 of five steps does not become a 2 of four on its way into a register that rates by four."""
    four = own_scale(
        impact_steps=("小", "中", "大", "特大"),
        matrix=("1 1 2 3", "1 2 2 3", "1 2 3 4", "2 3 4 4", "2 3 4 5"),
    )
    with copied(tmp_path / "a.techguard").open() as first, copied(tmp_path / "b.techguard").open() as second:
        made = first.add(Technology(code_name="焼結K", impact_financial=2))
        assert made.scale_edition == catalog.standard().edition
        second.add(four)
        data = exchange.export(first, form, "ja")
        source = exchange.read(data, "export.zip" if form == "csv" else f"export.{form}")
        plan = exchange.plan(source, exchange.propose(source, "ja"), second)
        assert not plan.problems
        exchange.apply(plan, second)
        (there,) = second.find(Technology, code_name="焼結K")
        assert (there.impact_financial, there.scale_edition) == (2, made.scale_edition)
        assert "technology_on_earlier_scale" in {g.gap.code for g in second.overview().gaps}
        again = second.change(there, impact_financial=3)
        assert again.scale_edition == second.scale.edition


@pytest.mark.parametrize("form", ["xlsx", "csv", "json"])
def test_export_into_its_own_vault_changes_nothing(form: exchange.Format, register: Register) -> None:
    full(register)
    head = register.head
    source = exchange.read(
        exchange.export(register, form, "ja"), "export.zip" if form == "csv" else f"e.{form}"
    )
    plan = exchange.plan(source, exchange.propose(source), register)
    assert (plan.items, plan.changes, plan.problems) == ([], [], [])
    exchange.apply(plan, register)
    assert register.head == head, "nothing to say, nothing in history"


@pytest.mark.parametrize("form", ["xlsx", "csv", "json"])
@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("marked", [True, False])
def test_a_number_of_another_vault_means_nothing_here(
    form: exchange.Format, lang: Language, marked: bool, tmp_path: Path
) -> None:
    """TEC-0001 and PSN-0001 of another company are not ours: nobody is renamed, everything is added."""
    with made(tmp_path / "a.techguard").open() as theirs, made(tmp_path / "b.techguard").open() as ours:
        theirs.change(theirs.me, name="他社の人", department=Department.HR)
        theirs.add(Technology(code_name="他社の技術"))
        technology, me = ours.add(Technology(code_name="焼結K")), ours.me
        source = exchange.read(
            exchange.export(theirs, form, lang), "export.zip" if form == "csv" else f"e.{form}"
        )
        if not marked:
            source = unmarked(source)
        exchange.apply(exchange.plan(source, exchange.propose(source), ours), ours)
        assert (ours.me, ours.get(technology.id, Technology)) == (me, technology)
        assert {p.name for p in ours.find(Person)} == {me.name, "他社の人"}
        assert {t.code_name for t in ours.find(Technology)} == {"焼結K", "他社の技術"}


def unmarked(source: exchange.Source) -> exchange.Source:
    """The file as it is when a sheet was saved alone, or its cover and that heading were taken out."""
    if source.document:
        source.document["techguard"]["vault"] = ""
    for grid in source.grids:
        for row in grid.rows:
            row[:] = ["" if isinstance(c, str) and c.startswith(VAULT_MARK) else c for c in row]
    assert not vault_of(source)
    return source


def test_numbers_typed_by_hand_are_ours(register: Register) -> None:
    """A list with numbers and a new title among them changes the entry of that number."""
    there = [register.add(Technology(code_name=f"技術{n}")) for n in range(3)]
    rows = "".join(f"{t.ref},{t.code_name},\n" for t in there[1:])
    text = f"参照番号,管理名称（コードネーム）,所管事業部\n{there[0].ref},新しい名,材料\n{rows}"
    source = exchange.read(text.encode(), "list.csv")
    plan = exchange.plan(source, exchange.propose(source), register)
    assert [(item.id, changed["code_name"]) for item, changed in plan.changes] == [(there[0].id, "新しい名")]


def test_a_csv_file_of_this_vault_may_name_everything_anew(register: Register) -> None:
    """It says whose numbers they are: most titles may be others, and nothing becomes a second entry."""
    for n in range(3):
        register.add(Technology(code_name=f"焼結K{n}"))
    text = (
        exchange.export(register, "csv", "ja", ["technologies"]).decode("utf-8-sig").replace("焼結", "改称")
    )
    source = exchange.read(text.encode("utf-8-sig"), "technologies.csv")
    exchange.apply(exchange.plan(source, exchange.propose(source), register), register)
    assert [t.code_name for t in register.find(Technology)] == ["改称K0", "改称K1", "改称K2"]


def edited(register: Register, folder: Path, sheet: str, heading: str, value: Any) -> tuple[Any, Any]:
    """An export in whose first row somebody typed a value: what stood there, and the file as it is read."""
    path = folder / "export.xlsx"
    path.write_bytes(exchange.export(register, "xlsx", "en"))
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    column = next(c.column for c in page[1] if c.value == heading)
    was = page.cell(2, column).value
    page.cell(2, column, value)
    book.save(path)
    return was, exchange.read(path)


@pytest.mark.parametrize(
    ("cell", "yen"), [("1.2億円", 120_000_000), ("12,345,678", 12_345_678), ("1.5円", None)]
)
def test_money_in_a_workbook_may_be_written_in_words(
    cell: str, yen: int | None, register: Register, tmp_path: Path
) -> None:
    full(register)
    was, source = edited(register, tmp_path, "Countermeasures", "Initial cost", cell)
    assert was == 3, "a file holds whole yen as a number"
    plan = exchange.plan(source, exchange.propose(source), register)
    assert [(p.header, p.value) for p in plan.problems] == ([] if yen else [("Initial cost", cell)])
    assert [fields for _item, fields in plan.changes] == ([{"cost_initial": yen}] if yen else [])


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("3,000万円／1億円／5億円", None),
        ("3000万 / 2億 / 5億円", "30000000 / 200000000 / 500000000"),
        ("3000万〜5億", "30000000 ~ 500000000"),
        ("¥30m / ¥100m / ¥600m", "30000000 / 100000000 / 600000000"),
        ("1億", "100000000 / 100000000 / 100000000"),
        ("だいたい1億", "?"),
        ("5億 / 1億 / 3億", "?"),
    ],
)
def test_a_range_in_a_workbook_may_be_written_in_words(
    cell: str, kept: str | None, register: Register, tmp_path: Path
) -> None:
    """`None`: it is what was there; "?": it is asked about."""
    full(register)
    _was, source = edited(register, tmp_path, "Estimates in money", "Cost of response", cell)
    plan = exchange.plan(source, exchange.propose(source), register)
    assert len(plan.problems) == (1 if kept == "?" else 0)
    changes = [] if kept in {None, "?"} else [{"loss_response": kept}]
    assert [fields for _item, fields in plan.changes] == changes


def test_one_edited_cell_changes_one_field(register: Register, tmp_path: Path) -> None:
    full(register)
    _was, source = edited(register, tmp_path, "Technologies", "Business unit", "Ceramics")
    plan = exchange.plan(source, exchange.propose(source), register)
    assert [(item.ref, fields) for item, fields in plan.changes] == [
        ("TEC-0001", {"business_unit": "Ceramics"})
    ]
    exchange.apply(plan, register)
    assert register.get("TEC-0001", Technology).business_unit == "Ceramics"


def test_evidence_in_a_file_is_never_changed(register: Register, tmp_path: Path) -> None:
    full(register)
    _was, source = edited(register, tmp_path, "Ratings", "Likelihood", 1)
    plan = exchange.plan(source, exchange.propose(source), register)
    assert [(p.sheet, p.row) for p in plan.to_settle] == [("Ratings", 2)]


def test_nothing_in_an_export_can_run(register: Register, tmp_path: Path) -> None:
    full(register)
    path = tmp_path / "export.xlsx"
    path.write_bytes(exchange.export(register, "xlsx", "en"))
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    formulas = [c for c in cells if isinstance(c.value, str) and c.value.startswith(("=", "+", "-", "@"))]
    assert formulas
    assert all(c.quotePrefix for c in formulas)
    text = exchange.export(register, "csv", "en", ["technologies"]).decode("utf-8-sig")
    assert ",=" not in text
    assert ",'=cmd1" in text


def test_template_says_what_it_is_and_its_examples_are_left_out(register: Register, tmp_path: Path) -> None:
    for lang in ("ja", "en"):
        path = tmp_path / f"template.{lang}.xlsx"
        path.write_bytes(exchange.template(lang))
        source = exchange.read(path)
        with pytest.raises(exchange.NoRows):
            exchange.plan(source, exchange.propose(source), register)
        book = openpyxl.load_workbook(path)
        assert any(sheet.data_validations.dataValidation for sheet in book)
        assert any(cell.comment for sheet in book for cell in sheet[1])


def test_filled_template_goes_in(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    path.write_bytes(exchange.template("ja"))
    book = openpyxl.load_workbook(path)

    t = translator("ja")

    def fill(kind: str, /, **cells: Any) -> None:
        sheet = book[t.gettext(KINDS[kind].label_plural)]
        at = {c.value: c.column for c in sheet[1]}
        for field, value in cells.items():
            sheet.cell(3, at[t.label(KINDS[kind].by_name[field])], value)

    fill("technology", code_name="焼結条件K")
    fill(
        "exposure",
        technology="焼結条件K",
        title="相手先が条件を公表する",
        route="R01 共同研究",
        likelihood=3,
        impact=4,
    )
    fill("person", name="研究部長")
    book.save(path)
    source = exchange.read(path)
    plan = exchange.plan(source, exchange.propose(source, "ja"), register)
    assert not plan.problems
    exchange.apply(plan, register)
    exposure = register.get("EXP-0001", Exposure)
    assert (exposure.likelihood, exposure.impact, exposure.route) == (3, 4, "R01")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_any_text_survives(register: Register, text: str) -> None:
    note = clean(text).strip()
    item = Technology(code_name="T", note=text, outline=f"={text}")
    kind = KINDS["technology"]
    for data, name in (
        (_csv(kind, [item], {}, "en", "0" * 32), "t.csv"),
        (_workbook([(kind, [_cells(kind, item, {}, "en")])], "en", cover=["x"], vault=""), "t.xlsx"),
    ):
        source = exchange.read(data, name)
        plan = exchange.plan(source, exchange.propose(source), register)
        (back,) = plan.items
        assert isinstance(back, Technology)
        assert back.note == note
        assert back.outline == item.outline


def test_json_is_what_its_schema_says(register: Register) -> None:
    full(register)
    ExportDocument.model_validate_json(exchange.export(register, "json", "en"))
    source = exchange.read(exchange.export(register, "xlsx", "en"), "export.xlsx")
    found = exchange.report(exchange.plan(source, exchange.propose(source), register), "ja")
    assert exchange.Report.model_validate_json(found.model_dump_json()) == found
