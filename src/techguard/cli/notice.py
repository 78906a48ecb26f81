"""`techguard notice`: one engagement on one page, sealed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options, sealing, words
from techguard.cli.command import Example, Option
from techguard.cli.errors import say
from techguard.i18n import N_, _, language

if TYPE_CHECKING:
    from techguard.board.notice import Reader


@options.command(
    "notice",
    N_("Write a notice on one engagement, sealed."),
    N_(
        "Write one page on one engagement, for outside counsel or for a consultation with METI: what it is, "
        "which technologies it touches, the routes, the agreements, what is being done, and what you ask. "
        "Names of the engagement, of counterparties and of people are not in it, nor are ratings, scenarios "
        "and amounts (redaction R2). For whom it is, its format and digests are recorded in the register."
    ),
    examples=(
        Example(
            "techguard notice acme.techguard ENG-0001 --output notice.pdf --generate-password "
            '--question "Which duties survive the end of the agreement?"',
            N_("For outside counsel, with a question:"),
        ),
        Example(
            "techguard notice acme.techguard ENG-0001 --output notice.pdf --reader meti "
            "--password-file pw.txt",
            N_("For a consultation with METI:"),
        ),
    ),
)
@options.vault
@click.argument("engagement")
@options.output(required=True)
@click.option(
    "--reader",
    cls=Option,
    type=click.Choice(words.READERS),
    default="counsel",
    show_default=True,
    help=N_("For whom it is: outside counsel, or METI."),
)
@click.option(
    "--question",
    "questions",
    cls=Option,
    multiple=True,
    metavar="TEXT",
    help=N_("What you ask the reader; it is not kept in the register. May be repeated."),
)
@sealing.sealed
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    engagement: str,
    output: Path,
    reader: Reader,
    questions: tuple[str, ...],
    how: sealing.How,
) -> None:
    delivery = how.delivery(output)
    from techguard.board import notice

    with opening.register(ctx, vault) as register:
        made = notice.produce(
            register, delivery, engagement, reader=reader, lang=language(), questions=questions
        )
    say(_("The notice was written and sealed: {path}").format(path=made.path))
    how.tell(delivery, made)
