"""`techguard verify`: is everything whole, and did nobody change anything behind the program's back?"""

from __future__ import annotations

from pathlib import Path

import click

from techguard.cli import opening, options
from techguard.cli.command import Example, Option
from techguard.cli.errors import FOUND, say
from techguard.cli.output import put, put_json
from techguard.i18n import N_, _, explain

DAMAGED = 4


@options.command(
    "verify",
    N_("Check that nothing was damaged or changed behind the program's back."),
    N_(
        "Check every file of the vault, every page of the database, every signature of the history, and "
        "that each "
        "entry is what its history says.\n\n"
        "Compare the number and digest printed at the end with those in an earlier board summary: they "
        "show whether "
        "the whole vault was replaced by an older one. Exit code 0: all is well. 1: something is worth "
        "a look. "
        "4: something is damaged or was changed."
    ),
    examples=(
        Example("techguard verify acme.techguard", N_("Before the review session:")),
        Example(
            "techguard verify acme.techguard --mend-head",
            N_("When only the file head was lost, and this is certainly the newest copy:"),
        ),
    ),
)
@options.vault
@click.option(
    "--mend-head",
    cls=Option,
    is_flag=True,
    help=N_(
        "Make the file head anew if it alone is lost or damaged and everything else holds. Only when you "
        "are sure that this is the newest copy: without a head nothing on this disk can tell."
    ),
)
@click.option(
    "--recount",
    cls=Option,
    is_flag=True,
    help=N_("Count anew what the first screen shows, then check. No entry is changed."),
)
@options.as_json
@click.pass_context
def command(ctx: click.Context, vault: Path, mend_head: bool, recount: bool, as_json: bool) -> None:
    read_only = not (mend_head or recount)
    with opening.register(ctx, vault, read_only=read_only, mend_head=mend_head) as register:
        if recount:
            register.recount()
        proof = register.verify()
    if as_json:
        put_json(
            {
                "ok": proof.ok,
                "findings": [
                    {
                        "part": finding.part,
                        "code": finding.code,
                        "damage": finding.problem.exit_code == DAMAGED,
                        "message": str(explain(finding.problem)),
                    }
                    for finding in proof.findings
                ],
                "history": {"entries": proof.entries, "digest": proof.head},
                "items": proof.items,
            }
        )
    else:
        for finding in proof.findings:
            put(f"{finding.part}: {explain(finding.problem)}")
        put(_("History: {entries} acts, digest {digest}").format(entries=proof.entries, digest=proof.head))
        put(_("Entries checked: {count}").format(count=proof.items))
        say(_("All is well.") if proof.ok else _("Something was found; see above."))
    damaged = any(finding.problem.exit_code == DAMAGED for finding in proof.findings)
    ctx.exit(DAMAGED if damaged else FOUND if proof.findings else 0)
