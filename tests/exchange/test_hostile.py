"""Whatever the bytes are, the answer is a register or a clear refusal."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from techguard import exchange
from techguard.errors import TechguardError
from techguard.exchange import errors
from techguard.exchange.plan import accounted
from techguard.register import Register

from .making import text, xlsx

FILES = Path(__file__).parent / "files"
ENDINGS = [".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".csv", ".tsv", ".json", ".txt", ".pdf", ""]
GOOD = xlsx({"R": [["ID", "Risk", "Likelihood", "Impact"], ["1", "Leak", 3, 4]]})


def try_it(data: bytes, name: str) -> None:
    """Read, propose, plan, report: nothing but a TechguardError may come of it."""
    with contextlib.suppress(TechguardError):
        source = exchange.read(data, name)
        plan = exchange.plan(source, exchange.propose(source))
        assert accounted(plan)
        assert exchange.render(exchange.report(plan, "en"), "en")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(ENDINGS))
@example(b"PK\x05\x06" + b"\0" * 18, ".xlsx")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls")
def test_any_bytes(data: bytes, ending: str) -> None:
    try_it(data, f"list{ending}")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255), st.integers(0, len(GOOD)))
def test_any_damage_to_a_workbook(at: int, byte: int, length: int) -> None:
    try_it(GOOD[:at] + bytes([byte]) + GOOD[at + 1 :], "list.xlsx")
    try_it(GOOD[:length], "list.xlsx")


CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["Risk", "Likelihood", "Impact", "ID", "Owner", "リスク", "影響度", "High", "低", "x", "", "Total"]
    ),
    st.integers(-3, 12).map(str),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=7), max_size=12), st.sampled_from(",;\t"))
def test_any_table_is_accounted_for(rows: list[list[str]], delimiter: str) -> None:
    try_it(text([["ID", "Risk", "Likelihood", "Impact", "Owner"], *rows], delimiter, "utf-8"), "list.csv")
    try_it(text(rows, delimiter, "utf-8"), "list.csv")


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_json(value: Any) -> None:
    try_it(json.dumps(value).encode(), "list.json")


def test_json_nested_without_end() -> None:
    with pytest.raises(errors.Unreadable):
        exchange.read(b"[" * 200_000, "list.json")


def bomb(part: str, content: bytes) -> bytes:
    """A workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == part else old.read(entry))
    return out.getvalue()


def test_decompression_bomb_is_refused() -> None:
    data = bomb("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    assert len(data) < 100_000
    with pytest.raises(errors.Suspicious):
        exchange.read(data, "list.xlsx")


def test_bomb_whose_directory_lies_is_refused() -> None:
    data = bytearray(bomb("xl/worksheets/sheet1.xml", b" " * 60_000_000))
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    with pytest.raises(errors.Suspicious):
        exchange.read(bytes(data), "list.xlsx")


def test_entities_are_refused() -> None:
    with pytest.raises(errors.Suspicious):
        exchange.read(bomb("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "list.xlsx")


def test_corners_that_lie_absurdly_far_apart_are_refused() -> None:
    data = xlsx({"R": [["ID", "Risk", "Likelihood", "Impact"], ["1", "Leak", 3, 4]]})
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["R"]["XFD1048576"] = "x"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(errors.TooLarge):
        exchange.read(out.getvalue(), "list.xlsx")


def test_sixteen_thousand_styled_columns_and_trailing_blank_rows_are_trimmed() -> None:
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    sheet = book["R"]
    for at in ("XFD1", "XFD2", "A1400", "B900"):
        sheet[at].font = openpyxl.styles.Font(bold=True)
    sheet["C1399"] = " \xa0"
    out = io.BytesIO()
    book.save(out)
    (grid,) = exchange.read(out.getvalue(), "list.xlsx").grids
    assert (len(grid.rows), grid.width) == (2, 4)


@pytest.mark.parametrize("name", ["password.xlsx", "password.xls"])
def test_password_is_named(name: str) -> None:
    if name.endswith(".xlsx"):
        # [MS-OFFCRYPTO] 2.3: an encrypted workbook is a compound file with this stream.
        data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    else:
        data = (FILES / name).read_bytes()
    with pytest.raises(errors.HasPassword, match="password"):
        exchange.read(data, name)


def test_formula_without_a_value_and_error_cells_are_said() -> None:
    rows = [
        ["ID", "Risk", "Likelihood", "Impact", "Score"],
        ["1", "Leak", "=1+2", 4, "=C2*D2"],
        ["2", "Loss", 3, 4, 12],
    ]
    book = openpyxl.load_workbook(io.BytesIO(xlsx({"R": rows})))
    book["R"]["D3"] = "#REF!"
    book["R"]["D3"].data_type = "e"
    out = io.BytesIO()
    book.save(out)
    source = exchange.read(out.getvalue(), "list.xlsx")
    plan = exchange.plan(source, exchange.propose(source))
    assert {(p.row, p.column) for p in plan.to_settle} == {(2, "C"), (3, "D")}
    assert {n.facts["cells"] for n in source.notices} == {("C2", "E2"), ("D3",)}


def test_cached_values_of_formulas_are_read() -> None:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("R")
    sheet.write_row(0, 0, ["ID", "Risk", "Likelihood", "Impact"])
    sheet.write_row(1, 0, ["1", "Leak"])
    sheet.write_formula(1, 2, "=1+2", None, 3)
    sheet.write_formula(1, 3, '=IF(TRUE,"High","")', None, "High")
    book.close()
    source = exchange.read(out.getvalue(), "list.xlsx")
    assert source.grids[0].rows[1] == ["1", "Leak", 3.0, "High"]
    assert not source.notices


TABLE = """
source = "x"
[[table]]
sheet = "R"
header = [1]
first = 2
last = 0
"""


@pytest.mark.parametrize(
    ("mapping", "where"),
    [
        ("source = ", "1:"),
        ('format = 2\nsource = "x"', "format"),
        (TABLE + 'kind = "dragon"\ncolumns = {}', "table.1.kind"),
        (TABLE + 'kind = "exposure"\n[table.columns]\nA = {field = "dragon"}', "dragon"),
        ('source = "x"\nsorce = "y"', "sorce"),
    ],
)
def test_bad_mapping_says_where(mapping: str, where: str) -> None:
    with pytest.raises(errors.BadMapping) as caught:
        exchange.Mapping.from_toml(mapping)
    assert where in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_mapping(mapping: str) -> None:
    with contextlib.suppress(TechguardError):
        assert exchange.Mapping.from_toml(mapping).source


@pytest.mark.parametrize(
    "data", [b"<html><table><tr><td>Risk</td></tr></table>", b'<?xml version="1.0"?><Workbook/>']
)
def test_web_page_called_a_workbook_is_named(data: bytes) -> None:
    with pytest.raises(errors.Disguised):
        exchange.read(data, "export.xls")


def test_text_called_a_workbook_is_read_as_text() -> None:
    data = text([["ID", "Risk", "Likelihood", "Impact"], ["1", "Leak", "3", "4"]], "\t", "utf-16")
    source = exchange.read(data, "export.xls")
    assert exchange.plan(source, exchange.propose(source)).counts["exposure"] == 1


def opendocument(cells: str) -> bytes:
    """A minimal OpenDocument spreadsheet."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Risks">{cells}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        package.writestr("content.xml", content)
    return out.getvalue()


def cell(value: str, more: str = "") -> str:
    return f'<table:table-cell {more} office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def test_opendocument_is_read() -> None:
    rows = [["ID", "Risk", "Likelihood", "Impact"], ["1", "Leak", "High", "Low"]]
    data = opendocument("".join(f"<table:table-row>{''.join(map(cell, r))}</table:table-row>" for r in rows))
    source = exchange.read(data, "list.ods")
    assert exchange.plan(source, exchange.propose(source)).counts["rating"] == 1


MANY = cell("x", 'table:number-columns-repeated="1000000"')


@pytest.mark.parametrize(
    "cells",
    [
        f'<table:table-row table:number-rows-repeated="1048576">{cell("x")}</table:table-row>',
        f"<table:table-row>{MANY}</table:table-row>",
    ],
)
def test_opendocument_that_repeats_itself_a_million_times_is_refused(cells: str) -> None:
    with pytest.raises(errors.Suspicious):
        exchange.read(opendocument(cells), "list.ods")


def test_import_and_export_write_no_temporary_file(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    for name in (
        "NamedTemporaryFile",
        "TemporaryFile",
        "SpooledTemporaryFile",
        "mkstemp",
        "mkdtemp",
        "mktemp",
    ):
        monkeypatch.setattr(tempfile, name, never)
    source = exchange.read(GOOD, "list.xlsx")
    exchange.apply(exchange.plan(source, exchange.propose(source), register), register)
    for form in ("xlsx", "csv", "json"):
        assert exchange.export(register, form, "ja")
    assert exchange.template("en")
