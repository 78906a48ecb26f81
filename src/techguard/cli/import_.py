"""`techguard import`: a spreadsheet, a CSV or a JSON file into the register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import FOUND, UsageError, say
from techguard.cli.output import put, put_prose, working
from techguard.i18n import N_, _, language

if TYPE_CHECKING:
    from techguard.exchange import Mapping, Report


class MappingUnreadable(UsageError):
    """Facts: `path`, `reason`."""

    what = "The mapping {path} cannot be read: {reason}"
    next_step = "Check the path. A mapping is a text file in UTF-8."


@options.command(
    "import",
    N_("Take in a spreadsheet, a CSV or a JSON file."),
    N_(
        "Take the list that your company uses today into the register: .xlsx, .xls, .ods, .csv, .tsv or "
        ".json, in "
        "Japanese or English, with title rows, merged headings and scales of its own. The register "
        "among the sheets "
        "is found by itself.\n\n"
        "Begin with --dry-run: it changes nothing, shows what each column and each value becomes and "
        "what cannot be "
        "taken, and writes a mapping: a text file that you can correct and give back with --mapping. "
        "Nothing is "
        "dropped or guessed in silence, and either everything is taken or nothing. Importing the same "
        "list again "
        "changes only what differs.\n\n"
        "With --dry-run, exit code 1 means that something must be settled first."
    ),
    examples=(
        Example(
            "techguard import acme.techguard risks.xlsx --dry-run --write-mapping risks.toml",
            N_("Look first, and write the mapping to a file:"),
        ),
        Example(
            "techguard import acme.techguard risks.xlsx --mapping risks.toml",
            N_("Then take it in with the corrected mapping:"),
        ),
    ),
)
@options.vault
@click.argument(
    "file",
    cls=Argument,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The list to take in."),
)
@click.option(
    "--mapping",
    "mapping_file",
    cls=Option,
    metavar="M.toml",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("Take it in as this mapping says; otherwise as techguard proposes."),
)
@click.option(
    "--dry-run",
    cls=Option,
    is_flag=True,
    help=N_("Change nothing; show what would happen, and the mapping."),
)
@click.option(
    "--write-mapping",
    cls=Option,
    metavar="M.toml",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("Write the mapping to this file instead of showing it; one that is there is replaced."),
)
@click.option(
    "--good-rows",
    cls=Option,
    is_flag=True,
    help=N_("Take every row that can be taken, and leave out those that must be settled."),
)
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    file: Path,
    mapping_file: Path | None,
    dry_run: bool,
    write_mapping: Path | None,
    good_rows: bool,
    as_json: bool,
) -> None:
    from techguard import exchange
    from techguard.vault.files import write_output

    source = exchange.read(file)
    given = _mapping(mapping_file) if mapping_file else None
    with opening.register(ctx, vault, read_only=dry_run) as register:
        with working(_("Taking in {file}").format(file=file.name)):
            mapping = given or exchange.propose(source, language(), register.scale)
            if write_mapping:
                # Before the plan: a list in words that nobody here knows is named in the mapping.
                write_output(write_mapping, mapping.to_toml(language()).encode("utf-8"))
                say(_("The mapping was written to {path}.").format(path=write_mapping))
            plan = exchange.plan(source, mapping, register)
        if dry_run:
            report = exchange.report(plan, language())
        elif plan.to_settle and not good_rows:
            _show(exchange.report(plan, language()), as_json=as_json)
            report = exchange.apply(plan, register, lang=language())  # says what must be settled first
        else:
            with working(_("Taking in {file}").format(file=file.name)):
                report = exchange.apply(plan, register, good_rows=good_rows, lang=language())
    _show(report, as_json=as_json, with_mapping=dry_run and not (given or write_mapping))
    ctx.exit(FOUND if report.to_settle else 0)


def _mapping(path: Path) -> Mapping:
    from techguard import exchange

    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MappingUnreadable(path=path, reason=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise MappingUnreadable(path=path, reason=_("it is not UTF-8 text")) from None
    return exchange.Mapping.from_toml(text)


def _show(report: Report, *, as_json: bool, with_mapping: bool = False) -> None:
    from techguard import exchange

    if as_json:
        put(report.model_dump_json(indent=2))
        return
    put_prose(exchange.render(report, language()).rstrip("\n"))
    if with_mapping:
        put()
        put(report.mapping.rstrip("\n"))
