"""`techguard demo`: a fictional company, to look at and to play with."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import click

from techguard.cli import options
from techguard.cli.command import Example, Option
from techguard.cli.errors import say
from techguard.cli.output import Line, progress, put_fields, put_json
from techguard.i18n import N_, _, language

FOLDER = "techguard-demo"


@options.command(
    "demo",
    N_("Make a fictional company's vault and its board summary, and open it."),
    N_(
        "Make the vault of a fictional Japanese materials company with a year of history, seal its "
        "board summary, "
        "print where they are and what opens them, and open the vault in the terminal. Nothing of it is "
        "real; change "
        "and delete what you like.\n\n"
        "Without a terminal, or with --json, it stops before opening."
    ),
    examples=(
        Example("techguard demo", N_("Look around:")),
        Example("techguard demo --no-tui --json --dir trial", N_("For a script:")),
    ),
)
@click.option(
    "--dir",
    "directory",
    cls=Option,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("The folder to make it in; otherwise techguard-demo here, or techguard-demo-2 and so on."),
)
@click.option("--no-tui", cls=Option, is_flag=True, help=N_("Do not open it in the terminal afterwards."))
@options.as_json
@click.pass_context
def command(ctx: click.Context, directory: Path | None, no_tui: bool, as_json: bool) -> None:
    from techguard import demo

    with progress(_("Making the demo")) as step:
        made = demo.build(directory or _free_folder(), language(), progress=step)
    if as_json:
        put_json(
            {
                "vault": str(made.vault.absolute()),
                "passphrase": made.passphrase,
                "summary": str(made.summary.absolute()),
                "password": made.password,
            }
        )
        return
    put_fields(
        [
            Line(_("Vault"), str(made.vault)),
            Line(_("Passphrase"), made.passphrase),
            Line(_("Board summary"), str(made.summary)),
            Line(_("Password of the PDF"), made.password),
        ]
    )
    say(_("Open it again with: {line}").format(line=f"techguard {made.vault}"))
    if no_tui or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    from techguard.cli.open_ import run

    ctx.exit(run(made.vault, made.passphrase))


def _free_folder() -> Path:
    names = (FOLDER if number == 1 else f"{FOLDER}-{number}" for number in count(1))
    return next(path for name in names if not (path := Path(name)).exists())
