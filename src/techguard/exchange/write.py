"""The register as a workbook, as CSV or as JSON: what a person asked to have readable, and nothing beside it.

An export can be read by anyone; its first sheet says so. It is composed in memory: no temporary file is
written. What comes out goes in again unchanged: headings are the labels of the fields, references are by
number, and a text that a spreadsheet would take for a formula is neutralised and restored.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, create_model

from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Item
from techguard.domain.kinds import KINDS, Kind, kind_of
from techguard.i18n import N_, Language, Translator, translator

from .errors import CellTooLong, NotExported
from .words import VAULT_MARK

if TYPE_CHECKING:
    from techguard.register import Register


class ExportHead(BaseModel):
    """Where an export comes from: the vault's id tells an import whether numbers mean the same entries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    vault: str
    exported_at: datetime
    scale: str


_Strict = ConfigDict(extra="forbid", frozen=True)


class ExportedKey(BaseModel):
    """Public keys of a person or a recovery code, in hexadecimal."""

    model_config = _Strict
    person: str
    kind: str
    ed25519: str
    mldsa65: str


class ExportedChange(BaseModel):
    """What an act did to one entry: of an addition the state, else each field that changed with its values
    before and after.
    """

    model_config = _Strict
    kind: str
    item: str
    op: str
    salt: str
    fields: dict[str, Any]


class ExportedAct(BaseModel):
    """One signed act (docs/reference/history-format.md); bytes in hexadecimal."""

    model_config = _Strict
    seq: int
    at: str
    person: str
    key: str
    action: str
    reason: str
    review: str | None
    undoes: int | None
    change_count: int
    changes_root: str
    previous: str
    digest: str
    signature: str
    merges: str | None
    changes: list[ExportedChange]


class MergedAct(ExportedAct):
    """An act of another copy, at its place among all that were brought together."""

    n: int


class ExportedHistory(BaseModel):
    """The whole signed history; there where every kind was exported."""

    model_config = _Strict
    keys: dict[str, ExportedKey]
    acts: list[ExportedAct]
    merged: list[MergedAct]


_LISTS: dict[str, Any] = {kind.plural: (list[kind.model], []) for kind in KINDS.values()}  # type: ignore[name-defined]

ExportDocument = create_model(
    "ExportDocument",
    __config__=ConfigDict(extra="forbid"),
    __doc__="The register as JSON: every entry with its id, its number and its fields, and the whole signed "
    "history; references are ids.",
    techguard=(ExportHead, ...),
    **_LISTS,
    history=(ExportedHistory | None, None),
)

Format = Literal["xlsx", "csv", "json"]

COVER = N_("About this file")
LISTS = "techguard-lists"
REFERENCE = N_("Reference")
CELL_LIMIT = 32_767
"""Characters that a cell of a workbook can hold."""

EXCEL_BEGINS = date(1900, 3, 1)
"""Earlier days go into a workbook as text: Excel knows none before 1900 and a 29 February 1900 that never was
(Microsoft: "Excel incorrectly assumes that the year 1900 is a leap year").
"""

FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet could run: OWASP, CSV Injection."""


def export(
    register: Register,
    format: Format,  # noqa: A002 - the word of the command line
    lang: Language,
    kinds: Iterable[str] | None = None,
) -> bytes:
    """The register, or some kinds of it, as a file.

    CSV has one kind a file: several come as a .zip of them. Raises `NotExported`, `CellTooLong`.
    """
    chosen = [kind_of(k) for k in kinds] if kinds is not None else list(KINDS.values())
    if not chosen:
        raise NotExported
    content = {kind.name: register.find(kind.model) for kind in chosen}
    if format == "json":
        return _json(register, content, with_history=kinds is None)
    names = _names(register, content)
    if format == "csv":
        vault = register.vault.vault_id
        if len(chosen) == 1:
            return _csv(chosen[0], content[chosen[0].name], names, lang, vault)
        return _zip({f"{k.plural}.csv": _csv(k, content[k.name], names, lang, vault) for k in chosen})
    if format == "xlsx":
        sheets = [(kind, [_cells(kind, item, names, lang) for item in content[kind.name]]) for kind in chosen]
        return _workbook(sheets, lang, cover=_cover(register, lang), vault=register.vault.vault_id)
    raise NotExported


def _names(register: Register, content: Mapping[str, Sequence[Item]]) -> dict[str, str]:
    """Number and title of everything that is referred to: "TEC-0001 Sintering"."""
    wanted: set[str] = set()
    for name, items in content.items():
        for spec in KINDS[name].refs:
            for item in items:
                value = getattr(item, spec.name)
                if value:
                    wanted.update((value,) if isinstance(value, str) else value)
    return {id_: f"{n.ref} {' '.join(n.title.split())}" for id_, n in register.titles(wanted).items()}


# --- JSON ---------------------------------------------------------------------------------------


def _json(register: Register, content: Mapping[str, Sequence[Item]], *, with_history: bool) -> bytes:
    head = ExportHead(vault=register.vault.vault_id, exported_at=register.now, scale=register.scale.edition)
    document: dict[str, Any] = {"techguard": head.model_dump(mode="json")}
    for name, items in content.items():
        kind = KINDS[name]
        fields = {"id", "ref", *(spec.name for spec in kind.fields)}
        document[kind.plural] = [item.model_dump(mode="json", include=fields) for item in items]
    if with_history:
        document["history"] = register.told_history()
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


# --- Cells ----------------------------------------------------------------------------------------


def _cells(kind: Kind, item: Item, names: Mapping[str, str], lang: Language) -> list[Any]:
    return [item.ref, *(cell(spec, getattr(item, spec.name), names, lang) for spec in kind.fields)]


def cell(spec: FieldSpec, value: Any, names: Mapping[str, str], lang: Language) -> Any:
    """A value as it stands in a cell: typed where a spreadsheet has the type, words in a language."""
    if value is None or value in ("", ()):
        return ""
    t = translator(lang)
    match spec.type:
        case FieldType.CHOICE:
            return t.label(value)
        case FieldType.CHOICES:
            return "\n".join(t.label(v) for v in value)
        case FieldType.WORDS:
            return "\n".join(" ".join(v.split("\n")) for v in value)
        case FieldType.BOOLEAN:
            return t.gettext("Yes" if value else "No")
        case FieldType.REF:
            return names.get(value, value)
        case FieldType.REFS:
            whole = "\n".join(names.get(v, v) for v in value)
            numbers = "\n".join(names.get(v, v).split(" ", 1)[0] for v in value)
            return whole if len(whole) < CELL_LIMIT // 4 else numbers
        case FieldType.MOMENT:
            return value.isoformat()
        case FieldType.DECIMAL:
            return str(Decimal(value))
    return value


def _csv(kind: Kind, items: Sequence[Item], names: Mapping[str, str], lang: Language, vault: str) -> bytes:
    """One kind as text. The last heading, over an empty column, says which vault the numbers are of."""
    t = translator(lang)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([t.gettext(REFERENCE), *(t.label(spec) for spec in kind.fields), f"{VAULT_MARK} {vault}"])
    for item in items:
        writer.writerow([*(plain(value) for value in _cells(kind, item, names, lang)), ""])
    # With a byte-order mark Excel opens Japanese text as what it is.
    return out.getvalue().encode("utf-8-sig")


def plain(value: Any) -> str:
    """A cell of a text file. What begins like a formula gets an apostrophe, which `own` takes off again."""
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and FORMULA.match(text) else text


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return out.getvalue()


# --- Workbook -----------------------------------------------------------------------------------------


def _cover(register: Register, lang: Language) -> list[str]:
    _ = translator(lang).gettext
    return [
        _("The register of core technologies, as a workbook"),
        _("Written by techguard on {day}.").format(day=translator(lang).date_text(register.today)),
        _("Warning: this file is not encrypted. Whoever has it can read everything in it."),
        _("Delete it when it is no longer needed; changes reach the register by `techguard import`."),
    ]


def template(lang: Language) -> bytes:
    """An empty workbook to fill in: drop-downs, notes, and an example row a sheet that import leaves out."""
    _ = translator(lang).gettext
    cover = [
        _("A form for the register of core technologies"),
        _("One row an entry, on the sheets you need. The first row of each is an example."),
        _("Refer to an entry by its name or title. Write no technical secret here."),
        _("Warning: this file is not encrypted. Import it, then delete it."),
    ]
    sheets = [(KINDS[name], [_example(KINDS[name], texts, lang)]) for name, texts in _EXAMPLES.items()]
    return _workbook(sheets, lang, cover=cover, vault="", rows=500)


_EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "technology": {
        "code_name": N_("Sintering profile K"),
        "business_unit": N_("Materials"),
        "competitive_edge": 3,
    },
    "element": {"technology": N_("Sintering profile K"), "name": N_("Temperature curve")},
    "counterparty": {"name": N_("University A")},
    "engagement": {"title": N_("Joint research with University A"), "counterparties": N_("University A")},
    "agreement": {"engagement": N_("Joint research with University A"), "type": "nda"},
    "milestone": {
        "engagement": N_("Joint research with University A"),
        "label": N_("Conference talk"),
        "on": date(2027, 3, 31),
    },
    "exposure": {
        "technology": N_("Sintering profile K"),
        "title": N_("The partner publishes the temperature curve"),
        "route": "R01",
        "likelihood": 3,
        "impact": 4,
    },
    "countermeasure": {
        "title": N_("Read publications before they go out"),
        "exposures": N_("The partner publishes the temperature curve"),
        "due": date(2027, 3, 31),
    },
    "person": {"name": N_("Head of R&D")},
}
"""One example a sheet: message ids, ids of the catalogue, values of an enumeration."""

_RATED_HERE = {"likelihood", "impact"}
"""Computed fields that a form asks for all the same: the first rating of an exposure."""


def _example(kind: Kind, texts: Mapping[str, Any], lang: Language) -> list[Any]:
    t = translator(lang)
    row: list[Any] = [t.gettext("Example")]
    for spec in _asked(kind):
        value = texts.get(spec.name, "")
        if spec.choices and value:
            value = t.label(spec.choices(value))
        elif isinstance(value, str) and not spec.about.catalog:
            value = t.gettext(value)
        row.append(value)
    return row


def _asked(kind: Kind) -> list[FieldSpec]:
    """The fields of a form."""
    return [
        f for f in kind.fields if not f.about.derived or (kind.name == "exposure" and f.name in _RATED_HERE)
    ]


def _workbook(
    sheets: Sequence[tuple[Kind, Sequence[Sequence[Any]]]],
    lang: Language,
    *,
    cover: Sequence[str],
    vault: str,
    rows: int = 0,
) -> bytes:
    """`rows`: how many rows of a form get drop-downs; 0 for an export."""
    import xlsxwriter

    t = translator(lang)
    out = io.BytesIO()
    # in_memory: without it the writer keeps its parts in temporary files.
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    formats = {
        "head": book.add_format(
            {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"}
        ),
        "need": book.add_format(
            {"bold": True, "bg_color": "#F8E3B0", "border": 1, "text_wrap": True, "valign": "top"}
        ),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"}),
        "inert": book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True}),
        "title": book.add_format({"bold": True, "font_size": 16}),
        "warning": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
    }
    first = book.add_worksheet(t.gettext(COVER))
    first.set_column(0, 0, 100)
    for n, line in enumerate(cover):
        first.write_string(n, 0, line, formats["title" if n == 0 else "warning" if n == 2 else "text"])
    if vault:
        first.write_string(len(cover) + 1, 0, VAULT_MARK)
        first.write_string(len(cover) + 1, 1, vault)
    lists = _Lists(book)
    for kind, content in sheets:
        _sheet(book, kind, content, t, formats, lists, rows)
    lists.write()
    book.close()
    return out.getvalue()


class _Lists:
    """The choices of drop-downs, on a hidden sheet: a drop-down of its own holds 255 characters at most."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._columns: dict[tuple[str, ...], int] = {}

    def source(self, choices: Sequence[str]) -> str:
        column = self._columns.setdefault(tuple(choices), len(self._columns))
        name = _letter(column)
        return f"='{LISTS}'!${name}$1:${name}${len(choices)}"

    def write(self) -> None:
        if not self._columns:
            return
        sheet = self._book.add_worksheet(LISTS)
        for choices, column in self._columns.items():
            for row, text in enumerate(choices):
                sheet.write_string(row, column, text)
        sheet.hide()


def _letter(column: int) -> str:
    from .read import letters

    return letters(column)


def _sheet(
    book: Any,
    kind: Kind,
    content: Sequence[Sequence[Any]],
    t: Translator,
    formats: Mapping[str, Any],
    lists: _Lists,
    rows: int,
) -> None:
    sheet = book.add_worksheet(t.gettext(kind.label_plural))
    specs = _asked(kind) if rows else list(kind.fields)
    headings = [t.gettext(REFERENCE), *(t.label(spec) for spec in specs)]
    for at, text in enumerate(headings):
        needed = at > 0 and specs[at - 1].required
        sheet.write_string(0, at, text, formats["need" if needed else "head"])
    sheet.set_column(0, 0, 12)
    for at, spec in enumerate(specs, 1):
        sheet.set_column(at, at, _width(spec, headings[at], [row[at] for row in content[:200]]))
        note = _remark(spec, t)
        if note:
            sheet.write_comment(0, at, note, {"x_scale": 2, "y_scale": 1 + len(note) / 120})
        _drop_down(sheet, at, spec, t, lists, max(rows, len(content) + 200))
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(len(content), 1), len(headings) - 1)
    text, inert, day = formats["text"], formats["inert"], formats["date"]
    for r, row in enumerate(content, 1):
        for at, value in enumerate(row):
            if value == "":
                continue
            if isinstance(value, str):
                if len(value) > CELL_LIMIT:
                    raise CellTooLong(kind=kind, ref=row[0], limit=CELL_LIMIT)
                sheet.write_string(r, at, value, inert if FORMULA.match(value) else text)
            elif isinstance(value, date) and value < EXCEL_BEGINS:
                sheet.write_string(r, at, value.isoformat(), text)
            elif isinstance(value, date):
                sheet.write_datetime(r, at, value, day)
            else:
                sheet.write_number(r, at, value, text)


def _remark(spec: FieldSpec, t: Translator) -> str:
    """What a cell note says of a field: its help, and the steps of its scale."""
    lines = [t.gettext(spec.help)] if spec.help else []
    if spec.required:
        lines.append(t.gettext("This field is needed."))
    if spec.type in {FieldType.REFS, FieldType.CHOICES, FieldType.WORDS}:
        lines.append(t.gettext("Several: one a line."))
    lines += [f"{value}: {name}" for value, name in _steps(spec, t.language)]
    return "\n".join(lines)


def _steps(spec: FieldSpec, lang: Language) -> list[tuple[int, str]]:
    """The steps of the scale a number is chosen from."""
    if not spec.about.scale or spec.about.scale == "level":
        return []
    from techguard import catalog

    try:
        scale = catalog.scales().scale(spec.about.scale)
    except LookupError:
        return []
    return [(level.value, level.name.in_(lang)) for level in scale.levels]


def _drop_down(sheet: Any, at: int, spec: FieldSpec, t: Translator, lists: _Lists, rows: int) -> None:
    if spec.about.derived and spec.name not in _RATED_HERE:
        return
    choices: list[str] = []
    if spec.type is FieldType.CHOICE and spec.choices:
        choices = [t.label(member) for member in spec.choices]
    elif spec.type is FieldType.BOOLEAN:
        choices = [t.gettext("Yes"), t.gettext("No")]
    elif spec.about.catalog == "routes":
        from techguard import catalog

        choices = [f"{id_} {route.name.in_(t.language)}" for id_, route in catalog.routes().items()]
    if choices:
        sheet.data_validation(
            1, at, rows, at, {"validate": "list", "source": lists.source(choices), "error_type": "warning"}
        )
    elif spec.type is FieldType.INTEGER and spec.minimum is not None and spec.maximum is not None:
        low, high = int(spec.minimum), int(spec.maximum)
        if high <= 10:
            sheet.data_validation(
                1, at, rows, at, {"validate": "list", "source": [str(n) for n in range(low, high + 1)]}
            )
    elif spec.type is FieldType.DATE:
        sheet.data_validation(
            1,
            at,
            rows,
            at,
            {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1), "error_type": "warning"},
        )


def _width(spec: FieldSpec, heading: str, values: Sequence[Any]) -> float:
    """A column's width in characters; Japanese ones are two wide."""
    if spec.type is FieldType.DATE:
        return 13
    most = 60 if spec.type is FieldType.LONG_TEXT else 40
    widest = max((_columns(line) for v in values if isinstance(v, str) for line in v.split("\n")), default=0)
    return float(min(max(_columns(heading) / 2 + 2, widest + 2, 10), most))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
