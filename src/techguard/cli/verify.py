"""`techguard verify`: is everything whole, and did nobody change anything behind the program's back?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options
from techguard.cli.checkpoint import read
from techguard.cli.command import Example, Option
from techguard.cli.errors import FOUND, say
from techguard.cli.output import progress, put, put_json
from techguard.i18n import N_, _, explain, labelled

if TYPE_CHECKING:
    from techguard.store.checkpoint import Held

DAMAGED = 4


@options.command(
    "verify",
    N_("Check that nothing was damaged or changed behind the program's back."),
    N_(
        "Check every file of the vault, every page of the database, every signature of the history, and "
        "that each "
        "entry is what its history says.\n\n"
        "Whether the whole vault was replaced by an older one, or its history by another, only something "
        "outside the vault can tell: a checkpoint, as every board summary carries it. Put it in a file and "
        "name that with --against. Exit code 0: all is well. 1: something is worth a look. "
        "4: something is damaged or was changed."
    ),
    examples=(
        Example("techguard verify acme.techguard", N_("Before the review session:")),
        Example(
            "techguard verify acme.techguard --against checkpoint.txt",
            N_("Against the checkpoint of an earlier board summary:"),
        ),
        Example(
            "techguard verify acme.techguard --mend-head",
            N_("When only the file head was lost, and this is certainly the newest copy:"),
        ),
    ),
)
@options.vault
@options.against(
    N_(
        "Also hold the history against the checkpoint in this file: what techguard checkpoint wrote, or what "
        "was copied or typed from a board summary; - is standard input. May be repeated."
    )
)
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
def command(
    ctx: click.Context, vault: Path, against: tuple[Path, ...], mend_head: bool, recount: bool, as_json: bool
) -> None:
    from techguard.register import Finding

    read_only = not (mend_head or recount)
    notes = [(path, read(path)) for path in against]
    with opening.register(ctx, vault, read_only=read_only, mend_head=mend_head) as register:
        if recount:
            register.recount()
        with progress(_("Checking")) as step:
            proof = register.verify(step)
        held = [(path, register.hold(note)) for path, note in notes]
        names = {person: named.title for person, named in register.titles(_signers(held)).items()}
    findings = [*proof.findings, *(Finding("checkpoint", p) for _path, h in held for p in h.problems)]
    if as_json:
        put_json(
            {
                "ok": not findings,
                "findings": [
                    {
                        "part": finding.part,
                        "code": finding.code,
                        "damage": finding.problem.exit_code == DAMAGED,
                        "message": str(explain(finding.problem)),
                    }
                    for finding in findings
                ],
                "checkpoints": [_record(path, h, names) for path, h in held],
                "history": {"entries": proof.entries, "digest": proof.head},
                "items": proof.items,
            }
        )
    else:
        for finding in findings:
            put(labelled(finding.part, str(explain(finding.problem))))
        put(_("History: {entries} acts, digest {digest}").format(entries=proof.entries, digest=proof.head))
        put(_("Entries checked: {count}").format(count=proof.items))
        for _path, h in held:
            if not h.problems:
                put(_fits(h, names))
        say(_("Something was found; see above.") if findings else _("All is well."))
    damaged = any(finding.problem.exit_code == DAMAGED for finding in findings)
    ctx.exit(DAMAGED if damaged else FOUND if findings else 0)


def _signers(held: Sequence[tuple[Path, Held]]) -> set[str]:
    return {h.signed_by for _path, h in held if h.signed_by}


def _fits(held: Held, names: Mapping[str, str]) -> str:
    """What it means that a checkpoint fits, for a person."""
    from techguard import present

    said = held.note.checkpoint
    facts = {
        "size": said.size,
        "when": present.moment(said.at) if said.at else "",
        "who": names.get(held.signed_by or "", held.signed_by or ""),
    }
    if held.signed_by is None:
        text = _(
            "The checkpoint over {size} acts fits. It bears no signature: it is worth as much as the paper "
            "it was copied from."
        )
    elif said.at:
        text = _(
            "The checkpoint over {size} acts, signed by {who} on {when}, fits: none of them was changed, "
            "removed or put in since."
        )
    else:
        text = _(
            "The checkpoint over {size} acts, signed by {who}, fits: none of them was changed, removed or "
            "put in since."
        )
    return text.format(**facts)


def _record(path: Path, held: Held, names: Mapping[str, str]) -> dict[str, object]:
    said = held.note.checkpoint
    return {
        "file": str(path),
        "size": said.size,
        "root": said.root.hex(),
        "signed_at": said.at.isoformat() if said.at else None,
        "signed_by": names.get(held.signed_by or "", held.signed_by),
        "fits": held.fits,
    }
