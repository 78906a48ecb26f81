"""A fictional company's register, to look at and to play with.

Kagamise Materials (鏡瀬マテリアル) makes ceramics, battery materials, carbon and coatings; it, its people
(by role only) and everyone it deals with are invented. Its register is a workbook in this package, in
Japanese and in English, and goes in through the same import as anyone's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from techguard.errors import TechguardError
from techguard.i18n import Language, translator

if TYPE_CHECKING:
    from techguard.domain.items import Item
    from techguard.register import Register

BASE: Final = date(2026, 11, 23)
"""The Monday on which the workbooks stand. `build` moves their dates by whole weeks, so that a session never
falls on a Sunday and what is past never lies in the future."""

PERSON: Final = {"ja": "法務部長", "en": "Head of Legal"}  # japanese: data
"""Who opens the demo: the first person of the workbooks."""

VAULT: Final = "kagamise.techguard"
SUMMARY: Final = {"ja": "取締役会報告-R1.pdf", "en": "board-summary-R1.pdf"}  # japanese: a file name


class DemoThere(TechguardError):
    """A demo is already in the folder. Facts: path."""

    what = "There is already something in {path}."
    safe = "It was not touched."
    next_step = "Choose another folder with --dir, or delete that one."


class DemoIncomplete(TechguardError):
    """The workbook that came with the program does not fit the program. Facts: first."""

    exit_code = 4
    what = "The demo's own workbook cannot be taken in: {first}"
    safe = "No demo was made."
    next_step = "The installation seems damaged. Install techguard again."


@dataclass(frozen=True, slots=True)
class DemoResult:
    """A finished demo: where its vault and its sealed board summary are, and what opens them."""

    vault: Path
    passphrase: str
    summary: Path
    password: str


def workbook(lang: Language) -> bytes:
    """The demo company's register as a workbook, as it stands on `BASE`."""
    return files(__package__).joinpath(f"demo.{lang}.xlsx").read_bytes()


def period(day: date, lang: Language) -> str:
    """The quarter of a Japanese fiscal year (April to March) that a day falls in."""
    year, quarter = (day.year, (day.month - 4) // 3 + 1) if day.month >= 4 else (day.year - 1, 4)
    text = translator(lang).pgettext("fiscal quarter", "FY{year} Q{quarter}")
    return text.format(year=year, quarter=quarter)


def moved(item: Item, weeks: int, lang: Language) -> Item:
    """An entry with every date some weeks later, and a session's quarter named anew."""
    from techguard.domain.items import Review

    names = _dates(type(item))
    later = {n: day + timedelta(weeks=weeks) for n in names if (day := getattr(item, n)) is not None}
    if isinstance(item, Review) and (planned := later.get("planned_on")):
        return item.model_copy(update={**later, "period": period(planned, lang)})
    return item.model_copy(update=later)


@cache
def _dates(model: type[Item]) -> tuple[str, ...]:
    from techguard.domain.fields import FieldType, specs

    return tuple(f.name for f in specs(model) if f.type is FieldType.DATE)


def passphrase() -> str:
    """A random passphrase of seven made-up words that is easy to read and to type (about 80 bits)."""
    import secrets

    syllables = [c + v for c in ("k", "s", "t", "n", "h", "m", "r", "g", "z", "d", "b", "p") for v in "aiueo"]
    word = "".join
    return "-".join(word(secrets.choice(syllables) for _ in range(2)) for _ in range(7))


def build(directory: Path, lang: Language, progress: Callable[[int, int], None] | None = None) -> DemoResult:
    """Make a demo in a folder: its vault, filled through the ordinary import, and the sealed board summary.

    The passphrase and the password are new and random each time. If anything fails nothing is left behind.
    Raises `DemoThere` if the folder already holds one, and what making a vault raises.
    """
    from techguard import board
    from techguard.domain.words import Department
    from techguard.register import Register

    vault, summary = directory / VAULT, directory / SUMMARY[lang]
    for path in (vault, summary):
        if path.exists() or path.is_symlink():
            raise DemoThere(path=path)
    step = progress or (lambda done, of: None)
    there = directory.exists()
    step(0, 3)
    secret, password = passphrase(), board.new_password()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        register, _ = Register.create(
            vault, person=PERSON[lang], department=Department.LEGAL, passphrase=secret
        )
        with register:
            step(1, 3)
            _fill(register, lang)
            step(2, 3)
            board.produce(register, board.Delivery(output=summary, lock=password), lang=lang)
    except BaseException:
        _leave_nothing(vault, summary, None if there else directory)
        raise
    step(3, 3)
    return DemoResult(vault, secret, summary, password)


def _fill(register: Register, lang: Language) -> None:
    """Take the workbook in, with its dates moved to the present."""
    from techguard import exchange

    source = exchange.read(workbook(lang), f"demo.{lang}.xlsx")
    planned = exchange.plan(source, exchange.propose(source, lang), register)
    if planned.problems:
        first = planned.problems[0]
        raise DemoIncomplete(first=f"{first.sheet} {first.column}{first.row}: {first.value}")
    weeks = (register.today - BASE).days // 7
    planned.items = [moved(item, weeks, lang) for item in planned.items]
    exchange.apply(planned, register, lang=lang)


def _leave_nothing(vault: Path, summary: Path, directory: Path | None) -> None:
    import contextlib
    import shutil

    shutil.rmtree(vault, ignore_errors=True)
    with contextlib.suppress(OSError):
        summary.unlink(missing_ok=True)
        if directory is not None:
            directory.rmdir()
