"""`techguard people`: who has access, one's own passphrase and recovery code."""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import opening, options
from techguard.cli.command import Example, Option
from techguard.cli.errors import say
from techguard.cli.output import put, put_json, put_table
from techguard.cli.recovery import explain_code
from techguard.i18n import N_, _


@options.group(
    "people",
    N_("List who has access; change your passphrase or recovery code."),
    N_(
        "Who is known in the register and who can open the vault, and your own passphrase and recovery code. "
        "Name the vault first, then what to do."
    ),
    examples=(
        Example("techguard people acme.techguard list", N_("Who can open the vault:")),
        Example("techguard people acme.techguard passphrase", N_("Change your passphrase:")),
    ),
)
@options.vault
def command(vault: Path) -> None:
    """Only names the vault; each command below opens it."""


def _command(name: str, short: str, help: str, *examples: Example) -> options.Decorator:  # noqa: A002
    made = options.command(name, short, help, examples)

    def add(function: options.Function) -> click.Command:
        added = made(options.passphrase(click.pass_context(function)))
        command.add_command(added)
        return added

    return add


@_command(
    "list",
    N_("List the people of the register and who can open the vault."),
    N_("List the people of the register: name, department, role, and whether they have a passphrase."),
    Example("techguard people acme.techguard list", N_("Everybody:")),
)
@options.as_json
def list_people(ctx: click.Context, as_json: bool) -> None:
    from techguard.domain.items import Person
    from techguard.i18n import label
    from techguard.vault.slots import PERSON

    with opening.register(ctx, options.vault_of(ctx), read_only=True) as register:
        ways: dict[str, list[str]] = {}
        for slot in register.vault.slots():
            way = "passphrase" if slot.kind == PERSON else slot.kind
            ways.setdefault(slot.person_id, []).append(way)
        people = register.find(Person)
        mine = register.me.id
    if as_json:
        put_json(
            [
                {
                    "ref": p.ref,
                    "name": p.name,
                    "department": p.department,
                    "role": p.role,
                    "active": p.active,
                    "opens_with": sorted(ways.get(p.id, [])),
                    "me": p.id == mine,
                }
                for p in people
            ]
        )
        return
    put_table(
        [_("Number"), _("Name"), _("Department"), _("Role"), _("Opens the vault")],
        (
            [p.ref, p.name, label(p.department) if p.department else "", p.role, _ways(ways.get(p.id, []))]
            for p in people
        ),
    )


def _ways(kinds: list[str]) -> str:
    if "passphrase" in kinds:
        return _("with a passphrase and a recovery code") if "recovery" in kinds else _("with a passphrase")
    return _("with a recovery code") if kinds else _("does not open it")


@_command(
    "passphrase",
    N_("Change your own passphrase."),
    N_(
        "Change your own passphrase. First you give the one you have, or your recovery code if you "
        "forgot it; then "
        "the new one, twice. The passphrases of others stay as they are."
    ),
    Example("techguard people acme.techguard passphrase", N_("Change it at the terminal:")),
    Example(
        "techguard people acme.techguard passphrase --passphrase-file old.txt --new-passphrase-file new.txt",
        N_("Change it in a script:"),
    ),
)
@click.option(
    "--new-passphrase-file",
    cls=Option,
    metavar="FILE",
    type=click.Path(allow_dash=True, dir_okay=False),
    help=N_("Read the new passphrase from this file instead of asking; - is standard input."),
)
def change_passphrase(ctx: click.Context, new_passphrase_file: str | None) -> None:
    with opening.open_vault(ctx, options.vault_of(ctx)) as vault:
        if new_passphrase_file:
            new = opening.read_secret_file(new_passphrase_file)
        else:
            new = opening.ask_new_passphrase()
        vault.change_passphrase(new)
    say(_("Your passphrase was changed. The old one does not open this vault any more."))
    say(_("Copies made before, such as backups, still open with the old one."))


@_command(
    "recovery",
    N_("Issue a new recovery code for yourself."),
    N_(
        "Issue a new recovery code for yourself and print it, once. The code before it opens nothing "
        "any more."
    ),
    Example("techguard people acme.techguard recovery", N_("When the printed code was lost or seen:")),
)
def new_recovery_code(ctx: click.Context) -> None:
    with opening.open_vault(ctx, options.vault_of(ctx)) as vault:
        code = vault.new_recovery_code()
    explain_code()
    put(code)
