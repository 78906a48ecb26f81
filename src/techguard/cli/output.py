"""Data on standard output, in the form its reader needs.

To a person at a terminal: a table whose columns line up, or, with --plain, one field a line. To a file or
another
program: the same columns separated by tabs, a heading first, nothing cut off. With --json: JSON in UTF-8.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, zip_longest
from typing import Any, NamedTuple

import click

from techguard.cli.errors import say
from techguard.cli.text import harmless, one_line, pad
from techguard.domain.text import width as cells
from techguard.domain.text import wrap
from techguard.i18n import labelled, ngettext

_GAP = "  "
_LEAST = 12
_LEAST_ESSENTIAL = 28
_SAMPLE = 500
"""Rows that decide the widths of columns: a table starts to show before its last row is read."""


class Line(NamedTuple):
    """One field with its value, as --plain and `show` print it."""

    label: str
    text: str


def put(text: str = "") -> None:
    """A line of data."""
    click.echo(harmless(text))


def put_json(value: Any) -> None:
    """A JSON value, readable by people too."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def put_json_array(values: Iterable[Any]) -> None:
    """A JSON array, written as it comes: it need not fit in memory."""
    first = True
    for value in values:
        click.echo("[" if first else ",")
        click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str), nl=False)
        first = False
    click.echo("[]" if first else "\n]")


def put_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    essential: Collection[int] = (),
    wrapped: Collection[int] = (),
) -> None:
    """Rows under headings: aligned on a terminal, separated by tabs otherwise.

    A terminal that is too narrow shows fewer columns, and words say so: first those go in which nothing
    stands, then
    the rightmost that are not `essential` (positions from 0). What does not fit into a column is cut, or goes
    on in the next line if the column is `wrapped`.
    """
    clean = ([one_line(value) for value in row] for row in rows)
    if not sys.stdout.isatty():
        for row in chain([list(headings)], clean):
            click.echo("\t".join(row))
        return
    sample = list(islice(clean, _SAMPLE))
    room = shutil.get_terminal_size().columns
    natural = [max(cells(row[i]) for row in [headings, *sample]) for i in range(len(headings))]
    filled = [i for i in range(len(headings)) if not i or any(row[i] for row in sample)]
    shown = chosen_columns(natural, filled, room, essential)
    wide = [place for place, i in enumerate(shown) if i in essential]
    widths = fitted([natural[i] for i in shown], room, wide)
    click.echo(_row([headings[i] for i in shown], widths))
    click.echo(_GAP.join("-" * width for width in widths))
    for row in chain(sample, clean):
        columns = [
            wrap(row[i], width) if i in wrapped else [row[i]] for i, width in zip(shown, widths, strict=True)
        ]
        for line in zip_longest(*columns, fillvalue=""):
            click.echo(_row(line, widths))
    if len(shown) < len(filled):
        say(
            ngettext(
                "{count} column does not fit; a wider window or --json shows it.",
                "{count} columns do not fit; a wider window or --json shows them.",
                len(filled) - len(shown),
            ).format(count=len(filled) - len(shown))
        )


def block_bar(share: float, most: int = 16) -> str:
    """A bar for a share from 0 to 1, in signs that are one cell wide on every terminal."""
    return "#" * (round(share * most) or (share > 0))


def _row(values: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(pad(value, width) for value, width in zip(values, widths, strict=True)).rstrip()


def _least(natural: Sequence[int], essential: Collection[int]) -> list[int]:
    """Below these widths a column says nothing: the first is a number, which is never cut."""
    return [
        width if i == 0 else min(width, _LEAST_ESSENTIAL if i in essential else _LEAST)
        for i, width in enumerate(natural)
    ]


def chosen_columns(
    natural: Sequence[int], among: Sequence[int], room: int, essential: Collection[int]
) -> list[int]:
    """The columns that fit into `room` cells, in their order."""
    least = _least(natural, essential)
    shown = list(among)
    for column in sorted(shown[1:], key=lambda i: (i not in essential, i), reverse=True):
        if sum(least[i] for i in shown) + len(_GAP) * (len(shown) - 1) <= room:
            break
        shown.remove(column)
    return shown


def fitted(natural: Sequence[int], room: int, essential: Collection[int] = ()) -> list[int]:
    """Column widths that fill at most `room` cells, if it can be: the widest columns give way first."""
    space = room - len(_GAP) * (len(natural) - 1)
    least = _least(natural, essential)
    for cap in range(max(natural, default=0), 0, -1):
        widths = [max(low, min(width, cap)) for low, width in zip(least, natural, strict=True)]
        if sum(widths) <= space:
            return widths
    return least


def put_plain(entries: Iterable[Sequence[Line]]) -> None:
    """One field a line, an empty line between entries: what a screen reader reads well."""
    for number, entry in enumerate(entries):
        if number:
            click.echo()
        for label, text in entry:
            put(labelled(label, one_line(text)))


def put_fields(lines: Sequence[Line]) -> None:
    """Labels on the left, values on the right, as wide as the terminal; both go on in further lines."""
    if not lines:
        return
    left = min(max(cells(line.label) for line in lines), 30)
    room = max(_columns() - left - len(_GAP), 20)
    for label, text in lines:
        said = wrap(harmless(text).replace("\t", " "), room)
        for name, line in zip_longest(wrap(label, left), said, fillvalue=""):
            click.echo(f"{pad(name, left)}{_GAP}{line}".rstrip())


def put_prose(text: str) -> None:
    """Lines as wide as the terminal. What a line is indented by, its continuation is as well; that of an item
    of a list stands below its text.
    """
    for line in harmless(text).replace("\t", " ").splitlines():
        indent = len(line) - len(line.lstrip(" "))
        hang = indent + (2 if line[indent : indent + 2] == "- " else 0)
        first, *rest = wrap(line[hang:], max(_columns() - hang, 20)) or [""]
        click.echo(f"{line[:hang]}{first}".rstrip())
        for further in rest:
            click.echo(f"{'':{hang}}{further}".rstrip())


def _columns() -> int:
    """Of the terminal; what is written to a file is to be read or printed somewhere else."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 100


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A function that takes (done, of): a bar on a terminal, once the work has taken a second."""
    began = time.monotonic()
    bar: Any = None
    entered: Any = None

    def step(done: int, of: int) -> None:
        nonlocal bar, entered
        if entered is None:
            if not sys.stderr.isatty() or of <= 0 or time.monotonic() - began < 1:
                return
            bar = click.progressbar(length=of, label=label, file=sys.stderr)
            entered = bar.__enter__()
        entered.length = max(of, 1)
        entered.update(done - entered.pos)

    try:
        yield step
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)


@contextmanager
def working(label: str) -> Iterator[None]:
    """Says every second that the work goes on, on a terminal, once it has taken one."""
    import threading

    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    began = time.monotonic()

    def tick() -> None:
        said = ""
        while not done.wait(1):
            said = f"{one_line(label)} … {time.monotonic() - began:.0f} s"
            click.echo(f"\r{said}", err=True, nl=False)
        if said:
            click.echo(f"\r{'':{cells(said)}}\r", err=True, nl=False)

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
