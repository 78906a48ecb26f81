"""`techguard [VAULT]`: the terminal application. No other command may import it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument
from techguard.cli.errors import FAULT, NoScreen
from techguard.i18n import N_, _, language


@options.command("open", N_("Open a vault in the terminal."))
@click.argument(
    "vault",
    cls=Argument,
    required=False,
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("The vault: the folder that holds vault.json."),
)
@options.passphrase
@click.pass_context
def command(ctx: click.Context, vault: Path | None) -> None:
    ctx.exit(run(vault, opening.given_secret(options.settings(ctx))))


def run(vault: Path | None, secret: str | None) -> int:
    """Hand the screen to the terminal application; its exit code. Raises `NoScreen`, `VaultMissing` …"""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoScreen
    if vault is not None:
        from techguard.vault import look

        look(vault)
    from techguard import terminal
    from techguard.tui.app import TechguardApp

    notice = "  ".join(_(finding.advice) for finding in terminal.findings(terminal.look())[:1])
    app = TechguardApp(vault, lang=language(), passphrase=secret, notice=notice)
    left = app.run()
    return FAULT if left is None and app.return_code else left or 0
