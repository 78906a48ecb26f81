"""`techguard export`: the register, or an empty form, as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from techguard.cli import opening, options, words
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import UsageError, say
from techguard.cli.list import KindType
from techguard.cli.output import put, working
from techguard.i18n import N_, _, language

if TYPE_CHECKING:
    from techguard.exchange import Format
    from techguard.register import Register

HEART = "exposures"
"""What the file itself holds when a CSV export has several kinds."""


class NothingToExport(UsageError):
    """Neither a vault nor --template."""

    what = "Name the vault to export, or say --template for an empty form."
    safe = "No file was written."
    next_step = "For example: techguard export acme.techguard --format xlsx --output register.xlsx"


class UnknownFormat(UsageError):
    """Facts: `path`."""

    what = "The name {path} does not tell the format."
    safe = "No file was written."
    next_step = "Say --format xlsx, --format csv or --format json."


class TemplateIsWorkbook(UsageError):
    """A form in another format was asked for."""

    what = "The form is a workbook: only --format xlsx fits --template."
    safe = "No file was written."


@options.command(
    "export",
    N_("Write the register, or an empty form, to a file."),
    N_(
        "Write the whole register, or the kinds you name, as a workbook, CSV or JSON; import takes each "
        "of them back. "
        "The file is not encrypted: whoever has it can read it, so delete it when it is no longer needed.\n\n"
        "CSV holds one kind a file. When there are several, FILE holds the exposures (or the first kind "
        "you name) "
        "and the others stand beside it, each with its kind in its name; a FILE that ends in .zip holds "
        "them all. "
        "Text that a spreadsheet would take for a formula is made harmless.\n\n"
        "With --template you need no vault: it writes a workbook to fill in, with drop-downs and notes."
    ),
    examples=(
        Example(
            "techguard export acme.techguard --format xlsx --output register.xlsx",
            N_("The whole register as a workbook:"),
        ),
        Example(
            "techguard export acme.techguard --format csv --kind technologies --output technologies.csv",
            N_("The technologies as CSV:"),
        ),
        Example("techguard export --template --output form.xlsx", N_("An empty form for colleagues:")),
    ),
)
@click.argument(
    "vault",
    cls=Argument,
    metavar="[VAULT]",
    required=False,
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("The vault: the folder that holds vault.json. Not needed with --template."),
)
@click.option(
    "--format",
    "format_",
    cls=Option,
    type=click.Choice(words.FORMATS),
    help=N_("The format; otherwise as the name of the file says."),
)
@options.output(required=True)
@click.option(
    "--kind",
    "kinds",
    cls=Option,
    multiple=True,
    metavar="KIND",
    type=KindType(),
    help=N_("Only entries of this kind, such as technologies; may be repeated."),
)
@click.option(
    "--template",
    cls=Option,
    is_flag=True,
    help=N_("Write an empty form to fill in, in the language of --lang."),
)
@options.passphrase
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path | None,
    format_: str | None,
    output: Path,
    kinds: tuple[str, ...],
    template: bool,
) -> None:
    from techguard.vault.files import write_output

    if template:
        write_output(output, _form(format_))
        put(str(output))
        return
    if vault is None:
        raise NothingToExport
    chosen = format_ or _told_by(output)
    with (
        opening.register(ctx, vault, read_only=True) as register,
        working(_("Writing {file}").format(file=output.name)),
    ):
        files = list(_files(register, cast("Format", chosen), output, kinds))
    for path, data in files:
        write_output(path, data)
        put(str(path))
    say(_("This is not encrypted: whoever has it can read it. Delete it when it is no longer needed."))


def _form(format_: str | None) -> bytes:
    from techguard import exchange

    if format_ not in {None, "xlsx"}:
        raise TemplateIsWorkbook
    return exchange.template(language())


def _told_by(path: Path) -> str:
    name = path.suffix.lower().removeprefix(".")
    if name == "zip":
        return "csv"
    if name not in words.FORMATS:
        raise UnknownFormat(path=path)
    return name


def _files(
    register: Register, format_: Format, output: Path, kinds: tuple[str, ...]
) -> Iterator[tuple[Path, bytes]]:
    """Every file of an export, composed in memory."""
    from techguard import exchange

    if format_ != "csv" or len(kinds) == 1 or output.suffix.lower() == ".zip":
        yield output, exchange.export(register, format_, language(), kinds or None)
        return
    first, *others = dict.fromkeys(kinds or (HEART, *words.KINDS))
    yield output, exchange.export(register, format_, language(), [first])
    for kind in others:
        if kinds or register.count(kind):
            beside = output.with_name(f"{output.stem}-{kind}{output.suffix}")
            yield beside, exchange.export(register, format_, language(), [kind])
