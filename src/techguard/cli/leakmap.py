"""`techguard leakmap`: technologies against routes, and what was never considered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from techguard.cli import opening, options
from techguard.cli.command import Example, Option
from techguard.cli.errors import say
from techguard.cli.output import put_json, put_table
from techguard.i18n import N_, _, language, ngettext, pgettext

if TYPE_CHECKING:
    from techguard.register import Register
    from techguard.store.leakmap import LeakMap, MapRow, Side

SIDES = ("route", "counterparty", "engagement", "department", "owner", "role", "site", "jurisdiction")


@options.command(
    "leakmap",
    N_("Show technologies against routes, and what was never considered."),
    N_(
        "A line for each technology with the worst level of its open exposures in each column: a digit, "
        "? where a risk is not rated yet, / where somebody considered the route and it does not apply. An "
        "empty field was never considered by anybody."
    ),
    examples=(
        Example("techguard leakmap acme.techguard", N_("Technologies against routes:")),
        Example("techguard leakmap acme.techguard --by counterparty", N_("Against counterparties:")),
        Example(
            "techguard leakmap acme.techguard --concentration --by owner",
            N_("Which owners hold most of it:"),
        ),
    ),
)
@options.vault
@click.option(
    "--by",
    "side",
    cls=Option,
    type=click.Choice(SIDES),
    default="route",
    show_default=True,
    help=N_("What the columns are."),
)
@click.option(
    "--concentration",
    cls=Option,
    is_flag=True,
    help=N_("Show instead where most open exposures come together."),
)
@options.as_json
@click.pass_context
def command(ctx: click.Context, vault: Path, side: str, concentration: bool, as_json: bool) -> None:
    by = cast("Side", side)
    with opening.register(ctx, vault, read_only=True) as register:
        if concentration:
            _concentration(register, by, as_json)
        else:
            _map(register, by, as_json)


def _map(register: Register, side: Side, as_json: bool) -> None:
    from techguard import catalog

    seen = register.leak_map(side)
    columns = tuple(catalog.routes()) if side == "route" else seen.columns
    columns += tuple(c for c in seen.columns if c not in columns)
    names = _names(register, side, columns)
    if as_json:
        put_json([_row(seen, row, columns, names) for row in seen.rows])
        return
    heads = [c or "-" if side == "route" else names[c] for c in columns]
    lines = [[row.ref, row.title, *(_mark(seen, row.id, column) for column in columns)] for row in seen.rows]
    put_table([_("Number"), _("Technology"), *heads], lines)
    if side == "route":
        known = {*seen.cells, *seen.excluded}
        n = sum((row.id, column) not in known for row in seen.rows for column in columns if column)
        say(
            ngettext(
                "{n} field was never considered: it is not safe, it is unknown.",
                "{n} fields were never considered: they are not safe, they are unknown.",
                n,
            ).format(n=n)
        )


def _row(seen: LeakMap, row: MapRow, columns: tuple[str, ...], names: dict[str, str]) -> dict[str, object]:
    return {
        "ref": row.ref,
        "id": row.id,
        "title": row.title,
        "criticality": row.criticality,
        "worst": row.worst,
        "fields": [
            {
                "column": column,
                "name": names[column],
                "considered": (row.id, column) in seen.cells or (row.id, column) in seen.excluded,
                "applies": (row.id, column) not in seen.excluded,
                "exposures": cell.count if (cell := seen.cells.get((row.id, column))) else 0,
                "level": cell.level if cell else None,
            }
            for column in columns
        ],
    }


def _mark(seen: LeakMap, technology: str, column: str) -> str:
    cell = seen.cells.get((technology, column))
    if cell is not None:
        return str(cell.level or "?")
    return "/" if (technology, column) in seen.excluded else ""


def _concentration(register: Register, side: Side, as_json: bool) -> None:
    found = register.concentration(side)
    names = _names(register, side, tuple(c.column for c in found))
    if as_json:
        put_json(
            [
                {
                    "column": c.column,
                    "name": names[c.column],
                    "high": c.high,
                    "exposures": c.exposures,
                    "technologies": c.technologies,
                    "core": c.core,
                    "worst": c.worst,
                }
                for c in found
            ]
        )
        return
    put_table(
        [
            pgettext("leak map", "Where"),
            _("High level"),
            pgettext("leak map", "Open"),
            pgettext("leak map", "Technologies"),
            pgettext("leak map", "Class S, A"),
            pgettext("leak map", "Worst"),
        ],
        [
            [names[c.column], *map(str, (c.high, c.exposures, c.technologies, c.core, c.worst or "?"))]
            for c in found
        ],
    )


def _names(register: Register, side: Side, columns: tuple[str, ...]) -> dict[str, str]:
    """What each column is called; what names none is a dash."""
    from techguard import present
    from techguard.domain.words import Department

    lang = language()
    titles = register.titles({c for c in columns if c}) if side in _TITLED else {}

    def name(column: str) -> str:
        if not column:
            return "-"
        if side == "route":
            return present.route_name(column, lang)
        if side == "department":
            return present.choice_label(Department(column), lang)
        return titles[column].title if column in titles else column

    return {column: name(column) for column in columns}


_TITLED = frozenset({"counterparty", "engagement", "owner"})
