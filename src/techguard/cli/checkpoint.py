"""`techguard checkpoint`: how far the history goes, signed, to be kept outside the vault."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options
from techguard.cli.command import Example
from techguard.cli.errors import say
from techguard.cli.output import put, put_json
from techguard.i18n import N_, _

if TYPE_CHECKING:
    from techguard.store.checkpoint import Note


@options.command(
    "checkpoint",
    N_("Print a signed mark of the history, to be kept outside the vault."),
    N_(
        "Print how many acts the history has and one number that stands for all of them, signed by you. Keep "
        "it where the vault is not: on paper, in a mail to your auditor, in the minutes. Later, verify with "
        "--against tells whether the history still begins with exactly these acts. It says nothing of what "
        "they were.\n\n"
        "Every board summary carries one. The format is that of transparency logs (a signed note with "
        "Ed25519 and ML-DSA-65 signatures), so that other programs read it too."
    ),
    examples=(
        Example("techguard checkpoint acme.techguard", N_("On the screen, to copy or print:")),
        Example("techguard checkpoint acme.techguard --output checkpoint.txt", N_("In a file:")),
    ),
)
@options.vault
@options.output(N_("The file to write; one that is there is replaced. It holds nothing secret."))
@options.as_json
@click.pass_context
def command(ctx: click.Context, vault: Path, output: Path | None, as_json: bool) -> None:
    from techguard.vault.files import write_output

    with opening.register(ctx, vault, read_only=True) as register:
        note = register.checkpoint()
    said, text = note.checkpoint, note.text()
    if output is not None:
        write_output(output, text.encode())
    if as_json:
        put_json(
            {
                "origin": said.origin,
                "size": said.size,
                "root": said.root.hex(),
                "signed_at": said.at.isoformat() if said.at else None,
                "note": text,
            }
        )
    elif output is not None:
        put(str(output))
        say(_("Checkpoint over {size} acts: {short}").format(size=said.size, short=said.short))
    else:
        put(text.removesuffix("\n"))


def read(path: Path) -> Note:
    """The checkpoint in a file. Raises `NotACheckpoint` and the errors of the disk."""
    from techguard.store import checkpoint
    from techguard.vault.errors import os_errors

    if str(path) == "-":
        return checkpoint.read(sys.stdin.buffer.read(checkpoint.MOST_BYTES + 1))
    with os_errors(path), path.open("rb") as file:
        return checkpoint.read(file.read(checkpoint.MOST_BYTES + 1))
