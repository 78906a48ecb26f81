"""`techguard review`: what the review session has to discuss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options
from techguard.cli.command import Example
from techguard.cli.errors import say
from techguard.cli.output import Line, put_json, put_plain, put_table
from techguard.i18n import N_, _, date_text, language

if TYPE_CHECKING:
    from techguard.review.agenda import AgendaItem, Reason


@options.group(
    "review",
    N_("Prepare the review session: what is to be discussed, and why."),
    N_(
        "Prepare the review session, in which R&D, legal, corporate planning, HR, production and an "
        "executive look at "
        "the register together. Name the vault first, then what to do."
    ),
    examples=(Example("techguard review acme.techguard agenda", N_("What is to be discussed:")),),
)
@options.vault
def command(vault: Path) -> None:
    """Only names the vault; each command below opens it."""


@options.command(
    "agenda",
    N_("List what is to be discussed, and why."),
    N_(
        "List what is to be discussed, the highest level first, each with its reasons: reviews that are "
        "due, level 4 "
        "and 5 without treatment, acceptances and agreements that end, countermeasures that are overdue "
        "or were never "
        "tested, counterparties that were never assessed, knowledge that only one person has, "
        "observations that are "
        "not settled, decisions that are asked."
    ),
    examples=(
        Example("techguard review acme.techguard agenda", N_("For the screen:")),
        Example("techguard review acme.techguard agenda --json", N_("For another program:")),
    ),
)
@options.passphrase
@options.as_json
@options.plain
@click.pass_context
def show_agenda(ctx: click.Context, as_json: bool, plain: bool) -> None:
    from techguard.review.agenda import agenda

    with opening.register(ctx, options.vault_of(ctx), read_only=True) as register:
        items = agenda(register)
    if as_json:
        put_json([_record(item) for item in items])
        return
    if not items:
        say(_("Nothing is waiting to be discussed."))
        return
    headings = [_("Number"), _("Level"), _("Kind"), _("Title"), _("Belongs to"), _("Owner"), _("Why")]
    rows = (_row(item) for item in items)
    if plain:
        put_plain([Line(*pair) for pair in zip(headings, row, strict=True) if pair[1]] for row in rows)
    else:
        put_table(headings, rows, essential=(1, 3, 6))


command.add_command(show_agenda)


def _row(item: AgendaItem) -> list[str]:
    from techguard.domain.kinds import KINDS
    from techguard.present import kind_label

    return [
        item.ref,
        "" if item.level is None else str(item.level),
        kind_label(KINDS[item.kind], language()),
        item.title,
        item.belongs_to,
        item.owner,
        " ".join(map(_said, item.reasons)),
    ]


def _said(reason: Reason) -> str:
    from datetime import date

    facts = {n: date_text(fact) if isinstance(fact, date) else fact for n, fact in reason.facts.items()}
    return _(reason.what).format(**facts)


def _record(item: AgendaItem) -> dict[str, object]:
    return {
        "ref": item.ref,
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "belongs_to": item.belongs_to or None,
        "owner": item.owner or None,
        "level": item.level,
        "due": item.on.isoformat() if item.on else None,
        "reasons": [{"code": reason.code, "text": _said(reason)} for reason in item.reasons],
    }
