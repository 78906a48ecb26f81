"""`techguard init`: a new vault with its first person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from techguard.cli import opening, options, words
from techguard.cli.command import Example, Option
from techguard.cli.errors import say
from techguard.cli.output import put
from techguard.cli.recovery import explain_code
from techguard.i18n import N_, _


class DepartmentType(options.Word):
    """A department by its code, or its name in either language."""

    def __init__(self) -> None:
        super().__init__("department", lambda: words.DEPARTMENTS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = words.department(value)
        return super().convert(value if found is None else str(found), param, ctx)


@options.command(
    "init",
    N_("Make a new, empty vault for your company."),
    N_(
        "Make a new, empty vault and give its first person access.\n\n"
        "You choose a passphrase of at least 12 characters, best a sentence or four words that do not belong "
        "together. Then a recovery code is printed, once: write it down or print it, and keep it in a safe. "
        "Without the passphrase and without the code nobody can open the vault, not even the makers of "
        "techguard."
    ),
    examples=(
        Example(
            # japanese: an example's data
            "techguard init acme.techguard --person 法務部長 --department legal",  # japanese: an example
            N_("The head of legal makes the company's vault:"),
        ),
    ),
)
@options.vault
@click.option(
    "--person",
    cls=Option,
    required=True,
    metavar="NAME",
    help=N_("Who opens it: a name, a staff code or a role."),
)
@click.option(
    "--department",
    cls=Option,
    required=True,
    metavar="DEPT",
    type=DepartmentType(),
    help=N_(
        "Department of that person: executive, planning, hr, legal, rnd, production, business, security, ip, "
        "export, procurement, finance, it or other."
    ),
)
@click.pass_context
def command(ctx: click.Context, vault: Path, person: str, department: str) -> None:
    from techguard.vault.errors import VaultExists

    if (vault / "vault.json").exists():
        raise VaultExists(path=vault)
    passphrase = opening.new_passphrase(ctx)
    from techguard.domain.words import Department
    from techguard.register import Register

    register, code = Register.create(
        vault, person=person, department=Department(department), passphrase=passphrase
    )
    with register:
        key_file = opening.given_key_file(options.settings(ctx))
        if key_file is not None:
            register.vault.change_passphrase(passphrase, key_file=key_file)
    say(_("The vault {vault} was made.").format(vault=vault))
    explain_code()
    put(code)
