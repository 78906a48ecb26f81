"""`techguard search`: every text of the register."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options, records, words
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import say
from techguard.cli.list import KindType
from techguard.cli.output import put_json, put_table
from techguard.i18n import N_, _, language

if TYPE_CHECKING:
    from techguard.register import Hit, Register


@options.command(
    "search",
    N_("Search every text of the register."),
    N_(
        "Find the entries in whose texts all the words occur, and show where. Japanese words of one or two "
        "characters are found too; width and case make no difference."
    ),
    examples=(
        Example(
            "techguard search acme.techguard 焼結",  # japanese: an example
            N_("Everything about sintering:"),
        ),
        Example(
            'techguard search acme.techguard "joint research" --kind exposures',
            N_("Only among the exposures:"),
        ),
    ),
)
@options.vault
@click.argument("text", cls=Argument, metavar="TEXT", help=N_("The words to find."))
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
    "--limit",
    cls=Option,
    type=click.IntRange(min=1),
    default=50,
    metavar="N",
    show_default=True,
    help=N_("Show at most so many entries."),
)
@options.as_json
@click.pass_context
def command(
    ctx: click.Context, vault: Path, text: str, kinds: tuple[str, ...], limit: int, as_json: bool
) -> None:
    from techguard.domain.kinds import KINDS
    from techguard.present import kind_label

    with opening.register(ctx, vault, read_only=True) as register:
        found = list(islice(_hits(register, text, kinds or words.KINDS, limit + 1), limit + 1))
    hits = found[:limit]
    if len(found) > limit:
        say(_("There is more; --limit shows more of it, --kind looks at one kind."))
    if as_json:
        put_json(
            [
                {
                    "kind": hit.kind,
                    "ref": hit.ref,
                    "id": hit.id,
                    "title": hit.title,
                    "field": hit.field,
                    "snippet": hit.snippet,
                    "spans": [list(span) for span in hit.spans],
                }
                for hit in hits
            ]
        )
        return
    if not hits:
        say(_("Nothing was found."))
        return
    put_table(
        [_("Number"), _("Kind"), _("Title"), _("Field"), _("Text")],
        (
            [
                hit.ref,
                kind_label(KINDS[hit.kind], language()),
                hit.title,
                records.label(KINDS[hit.kind].by_name[hit.field]) if hit.field else "",
                hit.snippet,
            ]
            for hit in hits
        ),
        essential=(2, 4),
    )


def _hits(register: Register, text: str, kinds: Sequence[str], most: int) -> Iterator[Hit]:
    """Every hit, kind by kind: asked for all at once, no kind would give more than its share."""
    for kind in kinds:
        yield from register.search(text, [kind], most)
