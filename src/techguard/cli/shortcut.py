"""`techguard shortcut`: an icon on the desktop that opens a vault."""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import options
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import say
from techguard.cli.output import put, put_json
from techguard.i18n import N_, _


@options.command(
    "shortcut",
    N_("Put an icon on the desktop that opens the vault."),
    N_(
        "Put an icon on the desktop that opens the vault in the system's own terminal: Windows Terminal (or "
        "the old console), Terminal.app, or the terminal of the Linux desktop, in a window of a good size. "
        "The icon holds the path of the vault and no secret: the passphrase is asked for when it opens."
    ),
    examples=(
        Example("techguard shortcut acme.techguard", N_("An icon on the desktop:")),
        Example('techguard shortcut acme.techguard --name "Core technologies"', N_("Under another name:")),
    ),
)
@click.argument(
    "vault",
    cls=Argument,
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("The vault: the folder that holds vault.json."),
)
@click.option("--name", cls=Option, metavar="NAME", help=N_("What stands under the icon."))
@click.option(
    "--dir",
    "folder",
    cls=Option,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=N_("Another folder than the desktop."),
)
@click.option("--replace", cls=Option, is_flag=True, help=N_("Write over an icon of the same name."))
@options.as_json
def command(vault: Path, name: str | None, folder: Path | None, replace: bool, as_json: bool) -> None:
    from techguard import desktop
    from techguard.cli.terminal import FONTS
    from techguard.vault import look

    look(vault)
    system = desktop.this_system()
    title = name or vault.name.removesuffix(".techguard")
    made = desktop.icon(system, title, desktop.opening_command(vault.resolve()))
    path = desktop.place(system, made, folder, replace=replace)
    if as_json:
        put_json({"icon": str(path), "command": list(made.command)})
        return
    put(str(path))
    say(_("Click it to open the vault. {font}").format(font=_(FONTS[system])))
