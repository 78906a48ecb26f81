"""`techguard board`: the board summary as a sealed PDF."""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import opening, options, words
from techguard.cli.command import Example, Option
from techguard.cli.errors import UsageError, say
from techguard.cli.output import put
from techguard.i18n import N_, _, language


class OnePassword(UsageError):
    """Neither or both of the two ways to give the PDF its password."""

    what = "The PDF needs one password: give --password-file, or --generate-password."
    safe = "No file was written."
    next_step = "The password should be another than your passphrase: those who read the PDF need it."


@options.command(
    "board",
    N_("Write the board summary as a PDF sealed with a password."),
    N_(
        "Write the summary for the board as a PDF that only its password opens (AES-256), in the language of "
        "--lang. How much was left out, for whom it is and its digest are recorded in the register.\n\n"
        "How much is in it: R0 everything, for members of the review session; R1 for the board, code "
        "names and "
        "roles; R2 for an outside adviser, one matter; R3 numbers only.\n\n"
        "Hand the password over by another way than the PDF. It should be another than your passphrase, and "
        "has at most 32 letters, digits and signs of ASCII: PDF viewers cannot take more."
    ),
    examples=(
        Example(
            "techguard board acme.techguard --output summary.pdf --generate-password",
            N_("For the board, with a password made now and shown once:"),
        ),
        Example(
            "techguard board acme.techguard --output adviser.pdf --redaction R2 --lang en "
            "--password-file pw.txt",
            N_("For an outside adviser, in English, with a password from a file:"),
        ),
    ),
)
@options.vault
@click.option(
    "--output",
    cls=Option,
    required=True,
    metavar="FILE.pdf",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The PDF to write; one that is there is replaced."),
)
@click.option(
    "--redaction",
    cls=Option,
    type=click.Choice(words.REDACTIONS),
    default="R1",
    show_default=True,
    help=N_("How much the reader may see."),
)
@click.option(
    "--password-file",
    cls=Option,
    metavar="FILE",
    type=click.Path(allow_dash=True, dir_okay=False),
    help=N_("Read the password of the PDF from this file; - is standard input."),
)
@click.option(
    "--generate-password",
    cls=Option,
    is_flag=True,
    help=N_("Make a strong password and print it, once, on standard output and nowhere else."),
)
@click.option(
    "--review",
    cls=Option,
    metavar="REF",
    help=N_("The review session it reports; otherwise the one in preparation, or the last one held."),
)
@click.option(
    "--matter",
    cls=Option,
    metavar="REF",
    help=N_("For R2: the engagement, technology or exposure that the adviser is asked about."),
)
@click.option(
    "--recipient",
    "recipients",
    cls=Option,
    multiple=True,
    metavar="NAME",
    help=N_("Who gets it, for the record in the register; may be repeated."),
)
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    output: Path,
    redaction: str,
    password_file: str | None,
    generate_password: bool,
    review: str | None,
    matter: str | None,
    recipients: tuple[str, ...],
) -> None:
    if bool(password_file) == generate_password:
        raise OnePassword
    from techguard import board

    if password_file:
        password = board.check_password(opening.read_secret_file(password_file))
    else:
        password = board.new_password()
    with opening.register(ctx, vault) as register:
        made = board.produce(
            register,
            output,
            redaction=board.RedactionLevel(redaction),
            lang=language(),
            password=password,
            review=review,
            matter=matter,
            recipients=recipients,
        )
    say(_("The board summary was written and sealed: {path}").format(path=made.path))
    say(_("Its digest (SHA-256) is {digest}; the register keeps it too.").format(digest=made.digest))
    if made.missing:
        say(
            _("These characters are not in the font and show as 〓: {characters}").format(
                characters=made.missing
            )
        )
    if generate_password:
        say(
            _(
                "This is the password of the PDF. It is shown only now; hand it over by another way "
                "than the PDF."
            )
        )
        put(password)
