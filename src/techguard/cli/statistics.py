"""`techguard statistics`: counts for an industry association, sealed."""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import opening, options, sealing
from techguard.cli.command import Example, Option
from techguard.cli.errors import say
from techguard.i18n import N_, _, language

_FEWEST, _LEAST = 3, 5


@options.command(
    "statistics",
    N_("Write statistics for an industry association, sealed."),
    N_(
        "Write counts and nothing else (redaction R3): exposures by route and level, technologies by kind"
        " and class, engagements by kind, countermeasures by status. A count below the least one, zero "
        "too, is withheld, and so are those from which it could be worked out with the totals. For whom "
        "it is, its format and digests are recorded in the register."
    ),
    examples=(
        Example(
            "techguard statistics acme.techguard --output statistics.xlsx --generate-password",
            N_("As a workbook:"),
        ),
    ),
)
@options.vault
@options.output(required=True)
@click.option(
    "--least",
    cls=Option,
    type=click.IntRange(_FEWEST, 100),
    default=_LEAST,
    show_default=True,
    help=N_("The least count that is shown."),
)
@sealing.sealed
@click.pass_context
def command(ctx: click.Context, vault: Path, output: Path, least: int, how: sealing.How) -> None:
    delivery = how.delivery(output)
    from techguard.board import statistics

    with opening.register(ctx, vault) as register:
        made = statistics.produce(register, delivery, least=least, lang=language())
    say(_("The statistics were written and sealed: {path}").format(path=made.path))
    how.tell(delivery, made)
