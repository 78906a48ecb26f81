"""`techguard candidates`: the technologies still to be judged, and how far each interview is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options
from techguard.cli.command import Example
from techguard.cli.output import put_json, put_table
from techguard.i18n import N_, _, language

if TYPE_CHECKING:
    from techguard.review.interview import Candidate


@options.command(
    "candidates",
    N_("List the technologies still to be judged, and how far each interview is."),
    N_(
        "List every technology that is a candidate, the one that has waited longest first: how many of the "
        "questions were asked, how many nobody could answer, and the class that the answers so far allow. "
        "Unknown is not zero: while scores are missing, the lowest and the highest possible class are shown."
    ),
    examples=(
        Example("techguard candidates acme.techguard", N_("What is still to be judged:")),
        Example("techguard candidates acme.techguard --json", N_("The same for another program:")),
    ),
)
@options.vault
@options.as_json
@click.pass_context
def command(ctx: click.Context, vault: Path, as_json: bool) -> None:
    from techguard.review import interview

    with opening.register(ctx, vault, read_only=True) as register:
        found = interview.candidates(register)
        if as_json:
            put_json([_record(c) for c in found])
            return
        heads = [
            _("Number"),
            _("Code name"),
            _("Asked"),
            _("Not known"),
            _("Class so far"),
            _("Waiting since"),
        ]
        put_table(heads, ([c.technology.ref, *_cells(c)] for c in found), [1, 4])


def _cells(found: Candidate) -> list[str]:
    from techguard import present
    from techguard.review.interview import QUESTIONS, span_text

    t = found.technology
    since = present.day(t.created_at.astimezone().date()) if t.created_at else ""
    asked = f"{len(QUESTIONS) - found.open}/{len(QUESTIONS)}"
    return [t.code_name, asked, str(found.unknown), span_text(found, language()), since]


def _record(found: Candidate) -> dict[str, Any]:
    t = found.technology
    return {
        "ref": t.ref,
        "id": t.id,
        "code_name": t.code_name,
        "answered": found.answered,
        "unknown": [str(q) for q in found.of("unknown")],
        "open": [str(q) for q in found.of("open")],
        "total": found.judgement.total,
        "proposed": found.judgement.proposed and str(found.judgement.proposed),
        "lowest": str(found.lowest),
        "highest": str(found.highest),
        "since": t.created_at.isoformat() if t.created_at else None,
    }
