"""The workbook a company keeps today, of any length; and the least that reading it into SQLite can cost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter

from techguard.domain.items import Exposure
from techguard.register import Register

from .synthetic import Synthetic

HEADERS = "管理番号 コア技術 流出リスク 原因 影響 発生可能性 影響度 対策 責任者 期限 備考".split()  # noqa: SIM905


def write(path: Path, rows: int) -> int:
    """Write a register of `rows` exposures as a company would; returns how many columns it has."""
    made = Synthetic(max(1, rows // 5), seed=7)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("リスク一覧")
        sheet.write_row(0, 0, HEADERS)
        row = 0
        for part in made.chunks(200):
            names = {p.id: p.name for p in made.people}
            code_names = {i.id: getattr(i, "code_name", "") for i in part}
            for item in part:
                if isinstance(item, Exposure) and row < rows:
                    row += 1
                    sheet.write_row(row, 0, _cells(item, row, code_names, names, made))
    assert row == rows
    return len(HEADERS)


def _cells(
    item: Exposure, row: int, code_names: dict[str, str], names: dict[str, str], made: Synthetic
) -> list[Any]:
    chance = made.chance
    day: date = made.day(0, 300)
    return [
        f"R-{row:05d}",
        code_names[item.technology],
        item.title,
        item.cause,
        item.consequence,
        chance.randint(1, 5),
        chance.randint(1, 5),
        f"{made.one('measure')}を行う",
        names.get(item.owner or "", ""),
        day.isoformat(),
        item.path,
    ]


def take_in(path: Path, register: Register) -> None:
    """Import it as `techguard import` does."""
    from techguard import exchange

    source = exchange.read(path)
    mapping = exchange.propose(source, "ja")
    plan = exchange.plan(source, mapping, register)
    exchange.apply(plan, register)


def read(path: Path) -> list[list[Any]]:
    """Every row, by calamine alone."""
    return python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def bare(path: Path, database: Path, columns: int, rows: int) -> None:
    """Read the file with calamine and insert its rows into one table of a plain SQLite file."""
    database.unlink(missing_ok=True)
    found = read(path)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = EXTRA")
        names = ", ".join(f"c{n} TEXT" for n in range(columns))
        connection.execute(f"CREATE TABLE rows (id INTEGER PRIMARY KEY, {names})")
        connection.execute("BEGIN IMMEDIATE")
        marks = ", ".join("?" * columns)
        names = ", ".join(f"c{n}" for n in range(columns))
        connection.executemany(f"INSERT INTO rows ({names}) VALUES ({marks})", found[1:])
        connection.execute("COMMIT")
        assert connection.execute("SELECT count(*) FROM rows").fetchone() == (rows,)
