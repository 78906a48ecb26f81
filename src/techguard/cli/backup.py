"""`techguard backup`: a complete, checked copy."""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Example
from techguard.cli.errors import say
from techguard.cli.output import put, put_json
from techguard.i18n import N_, _


@options.command(
    "backup",
    N_("Make a complete, checked copy of the vault."),
    N_(
        "Make a complete copy of the vault in a folder, named after the vault and the time. The copy is "
        "opened and "
        "checked before it gets its name; it is encrypted like the vault and opened by the same passphrases. "
        "Others may go on working meanwhile."
    ),
    examples=(Example("techguard backup acme.techguard D:\\backups", N_("Copy the vault to another disk:")),),
)
@options.vault
@click.argument(
    "directory",
    metavar="DIR",
    cls=Argument,
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("The folder that receives the copy; it is made when it is missing."),
)
@options.as_json
@click.pass_context
def command(ctx: click.Context, vault: Path, directory: Path, as_json: bool) -> None:
    with opening.open_vault(ctx, vault, read_only=True) as opened:
        made = opened.backup(directory)
    if as_json:
        put_json({"vault": str(vault), "backup": str(made)})
        return
    say(_("The copy was made, opened again and found whole:"))
    put(str(made))
