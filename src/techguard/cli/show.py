"""`techguard show`: one entry with everything that belongs to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options, records
from techguard.cli.command import Argument, Example
from techguard.cli.output import Line, put, put_fields, put_json, put_plain, put_table
from techguard.i18n import N_, _, language

if TYPE_CHECKING:
    from techguard.domain.items import Item
    from techguard.register import Register, Row


@options.command(
    "show",
    N_("Show one entry with everything that belongs to it."),
    N_(
        "Show one entry by its number: every field that has a value, and after it whatever belongs to "
        "it, such as a "
        "technology's know-how elements and exposures, or an exposure's ratings and countermeasures."
    ),
    examples=(
        Example("techguard show acme.techguard TEC-0001", N_("A technology:")),
        Example("techguard show acme.techguard EXP-0012 --json", N_("An exposure, for another program:")),
    ),
)
@options.vault
@click.argument("ref", cls=Argument, metavar="REF", help=N_("The entry's number, such as TEC-0001."))
@options.as_json
@options.plain
@click.pass_context
def command(ctx: click.Context, vault: Path, ref: str, as_json: bool, plain: bool) -> None:
    from techguard.domain.kinds import KINDS, kind_of
    from techguard.present import kind_label, title

    with opening.register(ctx, vault, read_only=True) as register:
        item: Item = register.get(ref)
        parts = {KINDS[name]: found for name, found in register.parts(item.id).items() if found}
        kind = kind_of(item)
        row = rows_of(register, [item])[0]
        if as_json:
            record = records.record(kind, item, row.named)
            record["parts"] = {
                part.plural: [records.record(part, r.item, r.named) for r in rows_of(register, found)]
                for part, found in parts.items()
            }
            put_json(record)
            return
        heading = Line(kind_label(kind, language()), title(item, kind, language()))
        removed = [Line(_("Removed"), str(item.removed_at))] if item.removed_at else []
        shown = [heading, *removed, *records.lines(kind, row)]
        if plain:
            put_plain([shown])
        else:
            put_fields(shown)
        for part, found in parts.items():
            put()
            put(kind_label(part, language(), plural=True))
            rows = rows_of(register, found)
            if plain:
                put_plain(records.lines(part, r) for r in rows)
                continue
            specs = tuple(s for s in records.columns(part) if s.name != part.parent)
            put_table(
                records.headings(specs),
                (records.cells_of(specs, r) for r in rows),
                records.essential(part, specs),
            )


def rows_of(register: Register, items: list[Item]) -> list[Row]:
    """Entries with the names of what they refer to."""
    from techguard.domain.kinds import kind_of
    from techguard.register import Row

    wanted: set[str] = set()
    for item in items:
        for spec in kind_of(item).refs:
            value = getattr(item, spec.name)
            if value:
                wanted.update((value,) if isinstance(value, str) else value)
    named = register.titles(wanted)
    return [Row(item, named) for item in items]
