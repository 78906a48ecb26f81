"""`techguard [VAULT]`: the terminal application. No other command may import it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Option
from techguard.cli.errors import NoScreen
from techguard.i18n import N_, _, language


@options.command("open", N_("Open a vault in the terminal."))
@click.argument(
    "vault",
    cls=Argument,
    required=False,
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("The vault: the folder that holds vault.json."),
)
@click.option(
    "--plain",
    cls=Option,
    is_flag=True,
    help=N_("Draw the screens to be listened to: words only, no boxes. TECHGUARD_PLAIN=1 does the same."),
)
@options.passphrase
@click.pass_context
def command(ctx: click.Context, vault: Path | None, plain: bool) -> None:
    given = options.settings(ctx)
    ctx.exit(run(vault, opening.given_secret(given), plain=plain, key_file=opening.given_key_file(given)))


def run(vault: Path | None, secret: str | None, *, plain: bool = False, key_file: bytes | None = None) -> int:
    """Hand the screen to the terminal application; its exit code. Raises `NoScreen`, `VaultMissing` …"""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoScreen
    if vault is not None:
        from techguard.vault import look

        look(vault)
    from techguard import terminal, tui

    notice = "  ".join(_(finding.advice) for finding in terminal.findings(terminal.look())[:1])
    plain = plain or os.environ.get("TECHGUARD_PLAIN", "") not in {"", "0"}
    return tui.run(vault, lang=language(), passphrase=secret, plain=plain, notice=notice, key_file=key_file)
