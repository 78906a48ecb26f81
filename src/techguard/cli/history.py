"""`techguard history`: who changed what, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options, records
from techguard.cli.command import Argument, Example, Option
from techguard.cli.output import put_json, put_table
from techguard.i18n import N_, _, language

if TYPE_CHECKING:
    from techguard.domain.fields import FieldSpec
    from techguard.register import Change, Entry, Register


@options.command(
    "history",
    N_("Show who changed what, and when."),
    N_(
        "Show the history, the newest first: when, who, what, and each field before and after. Nothing "
        "in it can be "
        "changed unnoticed: every entry is signed by the person who acted. With a number, only what was "
        "done to that "
        "entry."
    ),
    examples=(
        Example("techguard history acme.techguard --limit 20", N_("The last twenty acts:")),
        Example("techguard history acme.techguard EXP-0012", N_("All that was done to one exposure:")),
    ),
)
@options.vault
@click.argument(
    "ref",
    cls=Argument,
    metavar="[REF]",
    required=False,
    help=N_("The number of one entry, such as TEC-0001."),
)
@click.option(
    "--limit",
    cls=Option,
    type=click.IntRange(min=1),
    default=100,
    metavar="N",
    show_default=True,
    help=N_("Show at most so many acts."),
)
@options.as_json
@click.pass_context
def command(ctx: click.Context, vault: Path, ref: str | None, limit: int, as_json: bool) -> None:
    with opening.register(ctx, vault, read_only=True) as register:
        entries = register.history(ref, limit=limit)
        if as_json:
            put_json([records.entry_record(entry) for entry in entries])
            return
        names = _names(register, entries)
    put_table(
        [
            _("Entry"),
            _("When"),
            _("Who"),
            _("Act"),
            _("Number"),
            _("Title"),
            _("Change"),
            _("Before"),
            _("After"),
            _("Reason"),
        ],
        (row for entry in entries for row in act_rows(entry, names)),
        essential=(1, 4, 6, 8),
    )


def act_rows(entry: Entry, names: Mapping[str, str]) -> Iterator[list[str]]:
    """A row for each thing that an act did; of a change, one for each field."""
    from techguard import present

    when = present.moment(entry.at)
    first = [str(entry.seq), when, entry.person, present.act_word(entry.action, language())]
    for change in entry.changes:
        entry_cells = [*first, change.ref, change.title]
        if change.op not in {"change", "settle"} or change.pruned:
            word = present.operation_word(change.op, language())
            yield [*entry_cells, word, *_told(change), entry.reason]
            continue
        for name, values in change.fields.items():
            yield [*entry_cells, *_field(change, name, values, names), entry.reason]
    left = entry.count - len(entry.changes)
    if left > 0:
        yield [*first, "", _("and {count} more").format(count=left), "", "", "", entry.reason]


def _told(change: Change) -> tuple[str, str]:
    """Before and after of what has no fields to show: that values were pruned, and by which rule."""
    from techguard import present

    before = present.pruned_word(language()) if change.pruned else ""
    rule = change.fields.get("rule", (None, None))[1]
    return before, present.pruning_rule(rule, language()) if rule else ""


def _field(change: Change, name: str, values: tuple[Any, Any], names: Mapping[str, str]) -> list[str]:
    from techguard.domain.kinds import KINDS

    spec: FieldSpec | None = KINDS[change.kind].by_name.get(name)
    if spec is None:
        return [name, *("" if v is None else str(v) for v in values)]
    return [records.label(spec), *(records.text(spec, v, names) for v in values)]


def _names(register: Register, entries: list[Entry]) -> dict[str, str]:
    """Titles of what changed references point to."""
    from techguard.domain.kinds import KINDS

    wanted: set[str] = set()
    for entry in entries:
        for change in entry.changes:
            for spec in KINDS[change.kind].refs:
                for value in change.fields.get(spec.name, ()):
                    wanted.update((value,) if isinstance(value, str) else value or ())
    return {id_: named.title for id_, named in register.titles(wanted).items()}
