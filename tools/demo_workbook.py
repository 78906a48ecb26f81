"""Makes the demo company's workbooks from their source.

    python tools/demo_workbook.py          write src/techguard/demo/demo.ja.xlsx and demo.en.xlsx
    python tools/demo_workbook.py check    exit 1 when a workbook is not what its source says

The source is `tools/demo/*.toml`, both languages side by side: `{ ja = "…", en = "…" }` stands wherever a
text stands. Most keys are the names of fields; the few shorthands are explained at the head of each file.
Dates are real dates of a year that ends at `techguard.demo.BASE`; making a demo moves them to the present.
"""

from __future__ import annotations

import argparse
import io
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import techguard.demo
from techguard.demo import BASE, period, workbook
from techguard.domain.fields import FieldSpec
from techguard.domain.items import Item
from techguard.domain.kinds import KINDS, Kind, by_dependency, kind_of
from techguard.domain.rules import SCORES
from techguard.exchange import write
from techguard.exchange.own import CARRIED
from techguard.exchange.read import Cell, read
from techguard.i18n import LANGUAGES, Language, translator
from techguard.present import field_label, kind_label

SOURCE = Path(__file__).parent / "demo"
FOLDER = Path(techguard.demo.__file__).parent
WORKSHOP = date(2025, 12, 9)
"""Meeting 0: the workshop before the first review session."""

_FACTORS = ("dependency", "penetration", "maturity", "trust")

Row = dict[str, Any]


def source(lang: Language) -> dict[str, list[Row]]:
    """Every kind's rows as they were written, in one language."""
    rows: dict[str, list[Row]] = {}
    for path in sorted(SOURCE.glob("*.toml")):
        for kind, found in tomllib.loads(path.read_text(encoding="utf-8")).items():
            rows[kind] = [_spoken(row, lang) for row in found]
    return rows


def _spoken(value: Any, lang: Language) -> Any:
    """A value with every text in one language; both must be there and neither empty."""
    if isinstance(value, dict):
        if value.keys() & set(LANGUAGES):
            texts = {k: value[k] for k in LANGUAGES}
            if not all(texts.values()):
                raise ValueError(f"a text is missing: {texts}")
            if value.keys() == texts.keys():
                return value[lang]
            return {k: _spoken(v, lang) for k, v in value.items() if k not in texts} | {"text": value[lang]}
        return {k: _spoken(v, lang) for k, v in value.items()}
    return [_spoken(v, lang) for v in value] if isinstance(value, list) else value


class _Register:
    """Rows on their way to entries: who may be referred to, and the numbers that are given here."""

    def __init__(self) -> None:
        self.fields: dict[str, list[Row]] = defaultdict(list)

    def put(self, kind: str, row: Row, **more: Any) -> None:
        """Keep a row; one without a number gets the next."""
        kept = self.fields[kind]
        kept.append({"ref": f"{KINDS[kind].prefix}-{len(kept) + 1:04d}", **row, **more})

    def items(self) -> Iterator[Item]:
        for kind in by_dependency():
            refs = {f.name: f.to for f in kind.refs}
            for row in self.fields[kind.name]:
                pointed = {n: _pointed(v) if n in refs else v for n, v in row.items()}
                yield kind.model.model_validate({"id": _id(row["ref"]), **pointed})


def _id(ref: str) -> str:
    return uuid5(NAMESPACE_URL, f"techguard-demo:{ref}").hex


def _pointed(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_id(v) for v in value)
    return _id(value) if value else None


def entries(lang: Language) -> list[Item]:
    """The demo company's register: every entry, each after those it refers to, with dates around `BASE`."""
    rows, out = source(lang), _Register()
    held = {n: row["held_on"] for n, row in enumerate(rows["review"], 1) if "held_on" in row}
    department = {row["ref"]: row["department"] for row in rows["person"]}
    for row in rows["person"]:
        out.put("person", row, role=row["name"])
    for row in rows["counterparty"]:
        now = dict(zip(_FACTORS, row.pop("now", ()), strict=False))
        after = zip((f"target_{f}" for f in _FACTORS), row.pop("after", ()), strict=False)
        out.put("counterparty", row, **now, **dict(after))
    for row in rows["technology"]:
        _technology(row, out)
    for row in rows["engagement"]:
        agreements, milestones = row.pop("agreements", ()), row.pop("milestones", ())
        out.put("engagement", row)
        for part in agreements:
            out.put("agreement", part, engagement=row["ref"])
        for part in milestones:
            out.put("milestone", part, engagement=row["ref"])
    _exposures(rows["exposure"], held, department, out)
    for row in rows["countermeasure"]:
        design, operating = row.pop("effect")
        out.put("countermeasure", row, design_effect=design, operating_effect=operating)
    for row in rows["review"]:
        out.put("review", row, period=period(row["planned_on"], lang))
    for row in rows["decision"]:
        at = row.pop("at")
        decided = {"decided_on": held[at]} if row["status"] != "asked" else {}
        out.put("decision", row, review=f"REV-{at:04d}", **decided)
    for row in rows["variant"]:
        assumed = row.pop("assumed")
        out.put("variant", row)
        for part in assumed:
            out.put("assumption", part, variant=row["ref"])
    for kind in ("estimate", "comparison", "answer", "consultation", "observation", "exclusion"):
        for row in rows[kind]:
            out.put(kind, row)
    return list(out.items())


def _technology(row: Row, out: _Register) -> None:
    elements = row.pop("elements", ())
    scores = {n: s for n, s in zip(SCORES, row.pop("scores", ()), strict=False) if s != "?"}
    lead = zip(("low", "likely", "high"), row.pop("lead", ()), strict=False)
    years = {f"lead_years_{n}": y for n, y in lead}
    out.put("technology", row, **scores, **years, **_impacts(row.pop("impacts", {})))
    for element in elements:
        out.put("element", element, technology=row["ref"])


def _impacts(given: Mapping[str, int]) -> Row:
    return {f"impact_{name}": n for name, n in given.items()}


def _exposures(
    rows: Iterable[Row], held: Mapping[int, date], department: Mapping[str, str], out: _Register
) -> None:
    ratings: list[tuple[date, Row]] = []
    acceptances: list[tuple[date, Row]] = []
    for row in rows:
        rated, accepted, impacts = row.pop("rated", ()), row.pop("accepted", ()), row.pop("impacts", {})
        owner = row.get("owner")
        out.put("exposure", row, **({"department": department[owner]} if owner else {}))
        for given in rated:
            on, more = _meeting(given, held)
            basis = next(b for b in ("inherent", "current", "target") if b in given)
            dimensions = _impacts(given.pop("impacts", impacts))
            stated = {"basis": basis, "likelihood": given.pop(basis), "rationale": given.pop("text")}
            by = given.pop("by", owner)
            known = {"exposure": row["ref"], **stated, **dimensions, **given}
            ratings.append((on, {**known, "rated_on": on, "rated_by": by, **more}))
        for given in accepted:
            on, more = _meeting(given, held)
            known = {
                "exposure": row["ref"],
                "accepted_by": given.pop("by"),
                "accepted_role": given.pop("role"),
                "accepted_on": on,
                "valid_until": given.pop("until"),
            }
            acceptances.append((on, {**known, **given, **more}))
    for kind, dated in (("rating", ratings), ("acceptance", acceptances)):
        for _, row in sorted(dated, key=lambda pair: pair[0]):
            out.put(kind, row)


def _meeting(row: Row, held: Mapping[int, date]) -> tuple[date, Row]:
    """When something was judged, and in which session if in one."""
    if "on" in row:
        return row.pop("on"), {}
    at = row.pop("at")
    return (held[at], {"review": f"REV-{at:04d}"}) if at else (WORKSHOP, {})


# --- The workbook ------------------------------------------------------------------------------------------

COVER = {
    "ja": (
        "はじめに",
        "鏡瀬マテリアル株式会社（架空）コア技術流出管理台帳",
        "会社、相手先、技術、出来事はすべて架空のものです。人は役職で記しています。",
        "この台帳は技術を見分けられるように記しますが、秘密の中身は記しません。",
        "日付は{base}を「今日」として書かれ、取り込むときに現在へ移されます。",
    ),
    "en": (
        "Cover",
        "Kagamise Materials Co., Ltd. (fictional): register of core technologies and leakage routes",
        "The company, everyone it deals with, the technologies and the events are invented. People are given "
        "by role.",
        "The register tells technologies apart and never holds the secret itself.",
        "Dates are written as if today were {base}; they are moved to the present when it is taken in.",
    ),
}


def written(lang: Language) -> bytes:
    """The workbook: a cover, then one sheet a kind, headed by the labels of the fields."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": datetime(BASE.year, BASE.month, BASE.day)})  # noqa: DTZ001
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
    name, *lines = COVER[lang]
    cover = book.add_worksheet(name)
    cover.set_column(0, 0, 110)
    for row, line in enumerate(lines):
        cover.write_string(row, 0, line.format(base=BASE.isoformat()), plain)
    everything = entries(lang)
    refs = {item.id: item.ref for item in everything}
    for kind in KINDS.values():
        items = [i for i in everything if kind_of(i) is kind]
        if not items:
            continue
        sheet = book.add_worksheet(kind_label(kind, lang, plural=True))
        sheet.freeze_panes(1, 1)
        sheet.write_string(0, 0, translator(lang).gettext(write.REFERENCE), head)
        sheet.set_column(0, 0, 11)
        columns = _used(kind, items)
        for at, spec in enumerate(columns, 1):
            sheet.write_string(0, at, field_label(spec, lang), head)
            sheet.set_column(at, at, 48 if spec.about.long else 16)
        for row, item in enumerate(items, 1):
            sheet.write_string(row, 0, item.ref, plain)
            for at, spec in enumerate(columns, 1):
                cell = write.cell(spec, getattr(item, spec.name), refs, lang)
                if isinstance(cell, date):
                    sheet.write_datetime(row, at, cell, day)
                elif isinstance(cell, int | float):
                    sheet.write_number(row, at, cell, plain)
                elif cell:
                    sheet.write_string(row, at, cell, plain)
    book.close()
    return buffer.getvalue()


def _used(kind: Kind, items: Iterable[Item]) -> list[FieldSpec]:
    """The fields to write, of those that can be taken in: what must be there, and what differs from its own
    beginning somewhere.
    """
    rows = list(items)
    taken = [f for f in kind.fields if not f.about.derived or (kind.name, f.name) in CARRIED]
    return [f for f in taken if f.required or any(getattr(i, f.name) != f.default for i in rows)]


def cells(book: bytes) -> dict[str, list[list[Cell]]]:
    """What a workbook says, whatever program or version wrote it."""
    return {grid.name: grid.rows for grid in read(book, "demo.xlsx").grids}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["write", "check"], default="write")
    stale = 0
    for lang in LANGUAGES:
        if parser.parse_args(arguments).what == "write":
            (FOLDER / f"demo.{lang}.xlsx").write_bytes(written(lang))
        elif cells(workbook(lang)) != cells(written(lang)):
            print(f"demo.{lang}.xlsx is not what tools/demo says: run python tools/demo_workbook.py")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
