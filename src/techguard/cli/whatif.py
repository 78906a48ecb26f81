"""`techguard whatif`: the variants of a deal side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options, records
from techguard.cli.command import Argument, Example
from techguard.cli.output import put, put_json, put_table
from techguard.i18n import N_, _

if TYPE_CHECKING:
    from techguard.domain.items import Engagement
    from techguard.review.deals import Deal


@options.command(
    "whatif",
    N_("Compare the ways a deal could be done."),
    N_(
        "Show the variants of an engagement side by side: for every technology and route the level each "
        "variant would bring, the highest level, and how many are level 4 and above. ~ marks a proposal "
        "that nobody has confirmed, * a row in which the variants differ, ? what is not rated: unknown, not "
        "safe. With --json every assumption comes with its rationale, and the comparisons on record with it."
    ),
    examples=(
        Example("techguard whatif acme.techguard ENG-0003", N_("The variants of a deal:")),
        Example("techguard whatif acme.techguard ENG-0003 --json", N_("The same for another program:")),
    ),
)
@options.vault
@click.argument("ref", cls=Argument, metavar="REF", help=N_("The engagement's number, such as ENG-0003."))
@options.as_json
@click.pass_context
def command(ctx: click.Context, vault: Path, ref: str, as_json: bool) -> None:
    from techguard.domain.items import Engagement
    from techguard.review import deals

    with opening.register(ctx, vault, read_only=True) as register:
        found = register.get(ref, Engagement)
        now = deals.deal(register, found.id)
        high_from = register.scale.high_from
        if as_json:
            refs = {t.id: t.ref for t in now.technologies.values()}
            put_json(_record(now, found, high_from, refs))
            return
        heads = ["", _("Technology on a route"), *(f"{c.variant.ref} {c.variant.title}" for c in now.columns)]
        put_table(heads, _rows(now, high_from), range(1, len(heads)))
        for comparison in now.decided:
            put(f"{comparison.ref}  {comparison.title}")


def _rows(now: Deal, high_from: int) -> list[list[str]]:
    from techguard.domain.words import AssumptionStanding
    from techguard.review.deals import level_words, place_name

    rows = [
        ["", _("Highest level"), *(level_words(c.worst) for c in now.columns)],
        ["", _("Level {n} and above").format(n=high_from), *(str(c.high(high_from)) for c in now.columns)],
    ]
    for row in now.rows:
        cells = []
        for column in now.columns:
            cell = column.cells.get(row)
            mark = "~" if cell and cell.standing is AssumptionStanding.PROPOSED else ""
            cells.append("" if cell is None else mark + (level_words(cell.level) if cell.level else "?"))
        rows.append(["*" if now.differs(row) else "", place_name(now, row), *cells])
    return rows if now.columns else []


def _record(now: Deal, found: Engagement, high_from: int, refs: dict[str, str]) -> dict[str, Any]:
    return {
        "engagement": {"ref": found.ref, "id": found.id, "title": found.title},
        "variants": [
            {
                "ref": c.variant.ref,
                "title": c.variant.title,
                "stage": str(c.variant.stage),
                "highest": c.worst,
                "high": c.high(high_from),
                "unrated": c.unrated,
                "proposals": c.proposed,
                "assumptions": [
                    {
                        "ref": a.ref,
                        "technology": refs[a.technology],
                        "exposure": now.refs.get(a.exposure or ""),
                        "title": a.title,
                        "differs": now.differs(row),
                        **{
                            name: records.plain(getattr(a, name))
                            for name in (
                                "route",
                                "sub_route",
                                "disclosure",
                                "measures",
                                "likelihood",
                                "impact",
                                "level",
                                "standing",
                                "rationale",
                            )
                        },
                    }
                    for row in now.rows
                    if (a := c.cells.get(row)) is not None
                ],
            }
            for c in now.columns
        ],
        "decided": [
            {
                "ref": d.ref,
                "title": d.title,
                "verdict": str(d.verdict),
                "conditions": d.conditions,
                "table": d.table,
                "snapshot_seq": d.snapshot_seq,
                "snapshot": d.snapshot,
            }
            for d in now.decided
        ],
    }
