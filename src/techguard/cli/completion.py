"""`techguard completion`: the script that lets a shell complete commands."""

from __future__ import annotations

import click

from techguard.cli import options, words
from techguard.cli.command import Argument, Example
from techguard.i18n import N_


@options.command(
    "completion",
    N_("Print the script that completes commands in your shell."),
    N_(
        "Print the script that lets your shell complete commands, options and fixed words when you "
        "press Tab. Load "
        "it in the file that your shell reads when it starts. It never opens a vault."
    ),
    examples=(
        Example("techguard completion bash >> ~/.bashrc", N_("Bash:")),
        Example("techguard completion zsh >> ~/.zshrc", N_("Zsh:")),
        Example("techguard completion fish > ~/.config/fish/completions/techguard.fish", N_("Fish:")),
        Example("techguard completion powershell >> $PROFILE", N_("PowerShell:")),
    ),
)
@click.argument(
    "shell",
    cls=Argument,
    metavar="SHELL",
    type=click.Choice(words.SHELLS),
    help=N_("Your shell: bash, zsh, fish or powershell."),
)
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    root = ctx.find_root()
    click.echo(found(root.command, {}, "techguard", "_TECHGUARD_COMPLETE").source())
