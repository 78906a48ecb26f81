"""A value that no field can have, written behind the application's back with the keys in hand, is told as
the damage it is, however the register is read; it never looks like a fault of the program.

    python -m tests.register.test_unreadable     # every column of every table, in about three hours
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from techguard import board, exchange
from techguard.board import statistics
from techguard.domain.items import Technology
from techguard.domain.kinds import KINDS
from techguard.errors import TechguardError
from techguard.register import Register
from techguard.review.agenda import agenda
from techguard.store.errors import ItemAltered
from techguard.store.tables import TABLES
from tests import made_up
from tests.conftest import Clock, Place, made

READINGS: dict[str, Callable[[Register], object]] = {
    "list": lambda r: [r.rows(kind.plural) for kind in KINDS.values()],
    "show": lambda r: [r.parts(i.id) for kind in KINDS.values() for i in r.find(kind.model)],
    "search": lambda r: r.search("焼結"),
    "overview": lambda r: (r.overview(), r.gaps(), r.kris(), r.worst(), r.regulatory()),
    "leak map": lambda r: r.leak_map(),
    "history": lambda r: r.history(),
    "agenda": agenda,
    "board": lambda r: board.compose(r, lang="ja"),
    "statistics": statistics.compose,
    "xlsx": lambda r: exchange.export(r, "xlsx", "ja"),
    "json": lambda r: exchange.export(r, "json", "en"),
}
VALUES = ("'nonsense'", "x'E6FF'", "-1", "'{'", "CAST(x'E6FF' AS TEXT)", "0.5")
"""As SQL: no word of any list, bytes, no step, no list, no text, no whole number."""
COLUMNS = [
    (table, column.name)
    for table in TABLES.values()
    for column in table.columns
    if column.name not in {"n", "id"}
]


_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"


@contextmanager
def written(place: Place, table: str, column: str, value: str) -> Iterator[None]:
    """The first row of a table holds `value` meanwhile."""

    def write(what: str, *given: Any) -> None:
        with place.vault() as vault:
            connection = vault.connect()
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.execute("PRAGMA recursive_triggers = OFF")
            if not before:
                ask = f'SELECT hex("{column}"), typeof("{column}") FROM {table} ORDER BY n LIMIT 1'
                before.extend(connection.execute(ask).fetchone())
            row = f"(SELECT n FROM {table} ORDER BY n LIMIT 1)"
            update = f'UPDATE OR IGNORE {table} SET "{column}" = {what} WHERE n = {row}'
            try:
                connection.execute(update, given)
            except dbapi2.OperationalError:  # a trigger stumbled over it: who writes so can set it aside
                triggers = connection.execute(_TRIGGERS, [table]).fetchall()
                for name, _ in triggers:
                    connection.execute(f"DROP TRIGGER {name}")
                connection.execute(update, given)
                for _, made_by in triggers:
                    connection.execute(made_by)
            connection.close()

    before: list[Any] = []
    write(value)
    yield
    plain = {"null": "NULL", "blob": "x'{0}'"}.get(before[1], "CAST(CAST(x'{0}' AS TEXT) AS {1})")
    write(plain.format(*before))


def wrong(place: Place) -> Iterator[str]:
    """Whatever a way of reading raises that is not a message of ours about this damage."""
    for name, read in READINGS.items():
        try:
            with place.open(read_only=True) as register:
                read(register)
        except TechguardError as error:
            named = error.facts.get("ref") and error.facts.get("fields")
            if not (named if isinstance(error, ItemAltered) else error.is_damage):
                yield f"{name}: {error!r}: {error}"
        except Exception as error:
            yield f"{name}: {error!r}"


def full(path: Path) -> Place:
    """A register with a little of everything."""
    place = made(path, Clock())
    with place.open() as register:
        register.bulk(made_up.world(Random(3), register.today, size=2))
        register.add(made_up.own_scale())
    return place


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return full(tmp_path_factory.mktemp("unreadable") / "acme.techguard")


def swept(place: Place, cases: Sequence[tuple[Any, str, str]]) -> list[str]:
    found = []
    for table, column, value in cases:
        with written(place, table.name, column, value):
            found += [f"{table.name}.{column} = {value}: {w}" for w in wrong(place)]
    return found


@pytest.mark.slow
def test_any_value_in_any_column_is_told_as_damage_however_it_is_read(everything: Place) -> None:
    chance = Random(7)
    cases = [(*chance.choice(COLUMNS), chance.choice(VALUES)) for _ in range(16)]
    assert swept(everything, cases) == []
    with everything.open(read_only=True) as register:
        assert register.verify().ok, "every value was put back"


@pytest.mark.parametrize(
    ("assignment", "field"),
    [
        ("status = 'nonsense'", "status"),
        ("next_review = 'some day'", "next_review"),
        ("products = '{'", "products"),
        ("lead_years_low = 'x'", "lead_years_low"),
        ("outline = CAST(x'E6FF' AS TEXT)", "outline"),
    ],
)
def test_the_entry_and_the_field_are_named(place: Place, assignment: str, field: str) -> None:
    with place.open() as register:
        register.add(Technology(code_name="焼結プロファイルK"))
    with place.vault() as vault:
        connection = vault.connect()
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(f"UPDATE technologies SET {assignment}")
        connection.close()
    with pytest.raises(ItemAltered, match=f"TEC-0001 was changed.*{field}"), place.open() as register:
        exchange.export(register, "xlsx", "ja")


def test_a_fault_that_has_nothing_to_do_with_the_register_stays_one(place: Place) -> None:
    with pytest.raises(LookupError, match="ours"), place.open():
        raise LookupError("ours")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.register.test_unreadable")
    parser.add_argument("--cases", type=int, default=len(COLUMNS) * len(VALUES))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    cases = [(table, column, value) for table, column in COLUMNS for value in VALUES]
    cases = Random(asked.seed).sample(cases, min(asked.cases, len(cases)))
    with tempfile.TemporaryDirectory() as folder:
        found = swept(full(Path(folder) / "acme.techguard"), cases)
    print(*found, sep="\n")
    print(f"{len(cases)} values, {len(READINGS)} ways of reading: {len(found)} not told as damage")


if __name__ == "__main__":
    main()
