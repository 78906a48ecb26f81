"""`techguard list`: the entries of one kind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options, records, where, words
from techguard.cli.command import Argument, Example, Option
from techguard.cli.output import put_json_array, put_plain, put_table
from techguard.i18n import N_

if TYPE_CHECKING:
    from techguard.register import Query, Register, Row

_PAGE = 500


class KindType(options.Word):
    """A kind of entry by its plural or singular word, or its label in either language."""

    def __init__(self) -> None:
        super().__init__("kind", lambda: words.KINDS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in words.KINDS:
            return str(value)
        return super().convert(words.kind(value) or value, param, ctx)


@options.command(
    "list",
    N_("List technologies, exposures, countermeasures and the rest."),
    N_(
        "List the entries of one kind. On the terminal they come as a table; written to a file or to "
        "another program, "
        "the columns are separated by tabs.\n\n"
        "A condition is FIELD=VALUE. Instead of = there are !=, >, >=, <, <= and ~ (contains); nothing "
        "after = means "
        "that the field is empty. Several conditions must all hold. Fields and values may be written as "
        "the program "
        "shows them, in Japanese or English."
    ),
    examples=(
        Example("techguard list acme.techguard technologies", N_("All technologies:")),
        Example(
            'techguard list acme.techguard exposures --where "level>=4" --sort -level',
            N_("Exposures of level 4 and 5, the highest first:"),
        ),
        Example(
            "techguard list acme.techguard exposures --where owner= --where route=R01",
            N_("Exposures by joint research that nobody owns:"),
        ),
        Example(
            "techguard list acme.techguard countermeasures --gap countermeasure_overdue --json",
            N_("Overdue countermeasures, for another program:"),
        ),
    ),
)
@options.vault
@click.argument(
    "kind",
    cls=Argument,
    metavar="KIND",
    type=KindType(),
    help=N_(
        "What to list: technologies, elements, exposures, ratings, countermeasures, estimates, "
        "acceptances, "
        "engagements, agreements, milestones, variants, assumptions, comparisons, counterparties, reviews, "
        "decisions, answers, checkitems, consultations, "
        "observations, exclusions, people, "
        "summaries or scales."
    ),
)
@click.option(
    "--where",
    "--filter",
    "conditions",
    cls=Option,
    multiple=True,
    metavar="FIELD=VALUE",
    help=N_("Only entries for which this holds; may be repeated."),
)
@click.option(
    "--text",
    cls=Option,
    default="",
    metavar="WORDS",
    help=N_("Only entries in whose texts all these words occur."),
)
@click.option(
    "--gap",
    cls=Option,
    metavar="CODE",
    type=options.Word("gap", words.gaps),
    help=N_("Only entries with this gap, such as high_untreated; a wrong code shows all codes."),
)
@click.option(
    "--sort",
    cls=Option,
    multiple=True,
    metavar="FIELD",
    help=N_("Sort by this field; -FIELD begins with the highest; may be repeated."),
)
@click.option(
    "--limit", cls=Option, type=click.IntRange(min=1), metavar="N", help=N_("Show at most so many entries.")
)
@options.as_json
@options.plain
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    kind: str,
    conditions: tuple[str, ...],
    text: str,
    gap: str | None,
    sort: tuple[str, ...],
    limit: int | None,
    as_json: bool,
    plain: bool,
) -> None:
    from techguard.domain.kinds import kind_of
    from techguard.register import Query

    listed = kind_of(kind)
    with opening.register(ctx, vault, read_only=True) as register:
        query = Query(
            text=text,
            where=tuple(where.condition(register, listed, typed) for typed in conditions),
            sort=where.order(listed, sort),
            gap=gap or "",
        )
        rows = islice(all_rows(register, kind, query), limit)
        if as_json:
            put_json_array(records.record(listed, row.item, row.named) for row in rows)
        elif plain:
            put_plain(records.lines(listed, row) for row in rows)
        else:
            specs = records.columns(listed)
            put_table(
                records.headings(specs),
                (records.cells_of(specs, row) for row in rows),
                records.essential(listed, specs),
            )


def all_rows(register: Register, kind: str, query: Query) -> Iterator[Row]:
    """Every row of a query, read a page at a time."""
    offset = 0
    while page := register.rows(kind, query, offset=offset, limit=_PAGE):
        yield from page
        offset += len(page)
        if len(page) < _PAGE:
            return
