"""`techguard undo`: take a change back."""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Example
from techguard.cli.errors import say
from techguard.i18n import N_, _, ngettext


@options.command(
    "undo",
    N_("Take back a change; the history keeps both."),
    N_(
        "Take back the last change, or the act whose number you give. What was undone stays in the "
        "history, and so "
        "does who undid it. An act cannot be undone when something it changed was changed again later."
    ),
    examples=(
        Example("techguard undo acme.techguard", N_("The last change:")),
        Example("techguard undo acme.techguard 42", N_("Act 42 of the history:")),
    ),
)
@options.vault
@click.argument(
    "entry",
    cls=Argument,
    metavar="[ENTRY]",
    type=click.IntRange(min=1),
    required=False,
    help=N_("The number of the act, as techguard history shows it."),
)
@click.pass_context
def command(ctx: click.Context, vault: Path, entry: int | None) -> None:
    with opening.register(ctx, vault) as register:
        done = register.undo(entry)
    say(
        ngettext(
            "Act {entry} was undone: {count} entry is as it was before.",
            "Act {entry} was undone: {count} entries are as they were before.",
            done.count,
        ).format(entry=done.undoes, count=done.count)
    )
    say(_("This is act {entry} of the history.").format(entry=done.seq))
