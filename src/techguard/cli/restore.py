"""`techguard restore`: a backup becomes a vault in a new place."""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Example
from techguard.cli.errors import say
from techguard.cli.output import progress, put, put_json
from techguard.i18n import N_, _


@options.command(
    "restore",
    N_("Bring a backup back as a vault in a new place."),
    N_(
        "Copy a backup to a new place, and prove all of it there before it gets its name. Nothing is ever "
        "written over: VAULT must not be there yet. The backup stays as it is. It opens with the passphrase "
        "that was in use when it was made.\n\n"
        "What was recorded after the backup is not in it. If the damaged vault still opens, techguard backup "
        "VAULT BACKUP --compare shows what that is; keep the damaged vault, it may be evidence."
    ),
    examples=(
        Example(
            "techguard restore D:\\backups\\acme-20261127T090000Z.techguard acme-restored.techguard",
            N_("From another disk:"),
        ),
    ),
)
@click.argument(
    "backup",
    cls=Argument,
    metavar="BACKUP",
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("The backup: a folder that holds vault.json."),
)
@click.argument(
    "vault",
    cls=Argument,
    metavar="VAULT",
    type=click.Path(path_type=Path),
    help=N_("The new place of the vault; it must not be there yet."),
)
@options.passphrase
@options.as_json
@click.pass_context
def command(ctx: click.Context, backup: Path, vault: Path, as_json: bool) -> None:
    from techguard import backups
    from techguard.vault.copying import refuse_taken

    refuse_taken(vault)  # nobody types a passphrase for a place that is taken
    with opening.open_vault(ctx, backup, read_only=True) as opened, progress(_("Checking")) as step:
        where, found = backups.restore(opened, vault, step)
    if as_json:
        put_json(
            {
                "vault": str(where),
                "backup": str(backup),
                "entries": found.seq,
                "digest": found.digest,
                "older_format": found.older,
            }
        )
        return
    say(
        _("The backup was restored and found whole, up to act {seq}, digest {digest}:").format(
            seq=found.seq, digest=found.digest
        )
    )
    put(str(where))
    say(_("What was recorded after that act is not in it."))
