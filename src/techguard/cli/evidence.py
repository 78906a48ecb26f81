"""`techguard evidence`: what was done, as a package that others check without vault and program."""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import opening, options, sealing
from techguard.cli.board import check_file
from techguard.cli.checkpoint import read
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import UsageError, say
from techguard.cli.output import put, working
from techguard.i18n import N_, _, language


class OneThing(UsageError):
    """Neither a package to write nor a file to check, or both."""

    what = "Name a package to write with --output, or a file to look at with --check."
    safe = "No file was written."


class OnlyToCheck(UsageError):
    """--json without --check."""

    what = "--json goes with --check only: a package is told in words, with its password."
    safe = "No file was written."


class SealedOrNot(UsageError):
    """Both a lock and --unsealed."""

    what = "--unsealed says that nothing is to open the file, and a password or key says otherwise."
    safe = "No file was written."


@options.command(
    "evidence",
    N_("Pack what was done about a technology, for others to check."),
    N_(
        "Write a package that shows what was done about one technology, or in the whole register: by whom, "
        "when and why, each act in the bytes that its author signed. Whoever gets it can check it without "
        "the vault and without techguard, with sha256sum, openssl and Python; how is written in it, in both "
        "languages. Of other technologies nothing is in it but hashes that tell nothing.\n\n"
        "It is confidential, and sealed in age: with a password, or for age keys of those who get it. With "
        "--unsealed it is a plain zip file. The register is verified first; nothing is written if it does "
        "not hold.\n\n"
        "What was handed out, to whom, when and with which digest is recorded in the register, as for a "
        "board summary; --check says of a file which package it is, and whether it was altered."
    ),
    examples=(
        Example(
            "techguard evidence acme.techguard TEC-0001 --output TEC-0001.zip.age --generate-password",
            N_("About one technology, sealed with a password made now and shown once:"),
        ),
        Example(
            "techguard evidence acme.techguard --output all.zip.age --age-key auditor.pub "
            "--against checkpoint.txt",
            N_(
                "The whole register for an auditor's key, with the proof that it continues an earlier "
                "checkpoint:"
            ),
        ),
        Example(
            "techguard evidence acme.techguard --check TEC-0001.zip.age",
            N_("Is this file what we handed out, to whom and when?"),
        ),
    ),
)
@options.vault
@click.argument(
    "ref",
    cls=Argument,
    metavar="[REF]",
    required=False,
    help=N_("The number of a technology, such as TEC-0001; without it, the whole register."),
)
@options.output(
    N_("The file to write; one that is there is replaced. Its name ends in .zip.age, or .zip if unsealed."),
)
@click.option(
    "--check",
    cls=Option,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_(
        "Write nothing, but say whether this file left the register, what it shows, and whether it was "
        "altered. With --password-file also whether a copy that was sealed anew holds the same."
    ),
)
@sealing.locked
@click.option(
    "--unsealed",
    cls=Option,
    is_flag=True,
    help=N_("Write a plain zip file that anybody who has it can read."),
)
@options.against(
    N_(
        "A checkpoint that was kept elsewhere, for example of a board summary: the package then proves that "
        "the history continues it. May be repeated."
    )
)
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    ref: str | None,
    output: Path | None,
    check: Path | None,
    how: sealing.How,
    unsealed: bool,
    against: tuple[Path, ...],
    as_json: bool,
) -> None:
    from techguard import board, evidence

    if (output is None) is (check is None):
        raise OneThing
    if check is not None:
        ctx.exit(check_file(ctx, vault, check, how.password(), as_json=as_json))
    assert output is not None
    if as_json:
        raise OnlyToCheck
    ending = "zip" if unsealed else "zip.age"
    if not output.name.lower().endswith(f".{ending}"):
        raise sealing.NameSaysOtherwise(path=output, format=ending)
    if unsealed and how:
        raise SealedOrNot
    lock = None if unsealed else how.lock(board.FileFormat.ZIP_AGE)
    earlier = [read(path) for path in against]
    with (
        opening.register(ctx, vault) as register,
        working(_("Writing {file}").format(file=output.name)),
    ):
        package, done = evidence.deliver(
            register, ref, output, lock, recipients=how.recipients, lang=language(), earlier=earlier
        )
    put(str(output))
    say(
        _("Packed: {acts} acts of {size}, up to the checkpoint {short}").format(
            acts=package.acts,
            size=package.checkpoint.checkpoint.size,
            short=package.checkpoint.checkpoint.short,
        )
    )
    say(_("Its digest (SHA-256) is {digest}; the register keeps it too.").format(digest=done.digest))
    if lock is None:
        say(_("This is not encrypted: whoever has it can read it. Delete it when it is no longer needed."))
    else:
        how.tell_password(lock)
