"""Makes files such as people send, and reads what became of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl

from techguard import exchange
from techguard.domain.items import Countermeasure, Exposure, Item, Rating
from techguard.domain.kinds import kind_of
from techguard.domain.words import Basis
from techguard.exchange.plan import Plan, accounted

Row = Sequence[Any]


def xlsx(
    sheets: Mapping[str, Sequence[Row]],
    merged: Mapping[str, Sequence[str]] | None = None,
    hidden: Sequence[str] = (),
    at: tuple[int, int] = (1, 1),
) -> bytes:
    """A workbook: rows by sheet, merged ranges by sheet. `at`: row and column of the first cell."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None and value != "":
                    sheet.cell(r + at[0], c + at[1], value)
        for span in (merged or {}).get(name, ()):
            sheet.merge_cells(span)
        if name in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text(rows: Sequence[Row], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Delimited text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


@dataclass
class Risk:
    """What became of one risk, with everything that hangs on it."""

    item: Exposure
    ratings: dict[Basis, Rating]
    measures: list[Countermeasure]
    named: dict[str, str]

    def rated(self, basis: Basis = Basis.CURRENT) -> tuple[int | None, int | None] | None:
        """Likelihood and impact, or None if it was not rated."""
        rating = self.ratings.get(basis)
        return None if rating is None else (rating.likelihood, rating.impact)


def take(data: bytes, name: str = "list.xlsx", **mapping: Any) -> Plan:
    """A file as the importer proposes to take it, every row accounted for."""
    source = exchange.read(data, name)
    proposed = exchange.propose(source, "en")
    read_back = exchange.Mapping.from_toml(proposed.to_toml("ja"))
    assert read_back == proposed, "the mapping survives its file"
    plan = exchange.plan(source, proposed.model_copy(update=mapping))
    assert accounted(plan)
    exchange.render(exchange.report(plan, "ja"), "ja")
    return plan


def risks(plan: Plan) -> dict[str, Risk]:
    """The exposures of a plan by title."""
    items: dict[str, Item] = {i.id: i for i in plan.items}
    named = {i.id: kind_of(i).title_of(i) for i in plan.items}
    return {
        e.title: Risk(
            e,
            {r.basis: r for r in items.values() if isinstance(r, Rating) and r.exposure == e.id},
            [c for c in items.values() if isinstance(c, Countermeasure) and e.id in c.exposures],
            named,
        )
        for e in items.values()
        if isinstance(e, Exposure)
    }


def fates(plan: Plan) -> dict[int, str]:
    """What became of each row, by its number: taken, problem, or the reason it was skipped."""
    return {f.row: f.reason if f.fate == "skipped" else f.fate for f in plan.rows}
