"""`techguard prune`: destroy the values of what was taken out long ago."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options, words
from techguard.cli.command import Example, Option
from techguard.cli.errors import UsageError, say
from techguard.cli.output import put, put_json, put_table
from techguard.errors import TechguardError
from techguard.i18n import N_, NP_, _, language, ngettext, pgettext

if TYPE_CHECKING:
    from datetime import datetime

    from techguard.pruning import Kept, Plan, Removed


class LookFirst(UsageError):
    """Neither --dry-run nor --confirm, or both."""

    what = "Look at what would be pruned with --dry-run; then say with --confirm how many entries it was."
    safe = "Nothing was changed: what is pruned can never be brought back."


class AnotherCount(TechguardError):
    """Facts: `confirmed`, `count`."""

    what = "You confirmed {confirmed} entries, and the rule names {count} now."
    safe = "Nothing was changed."
    next_step = "Look once more with --dry-run, and confirm that number."


BECAUSE = {
    "kind": NP_("pruning", "entries of this kind are kept for good"),
    "acted": NP_("pruning", "acts of the history name it"),
    "needed": NP_("pruning", "{ref} refers to it"),
}


@options.command(
    "prune",
    N_("Destroy the values of what was taken out long ago; tombstones remain."),
    N_(
        "Destroy the values of entries that were taken out before a day: in their rows, in the search index "
        "and in the history, so that nobody who opens the vault can read them any more. What stays is a "
        "tombstone: the number, who pruned it, when, why and by which rule. Signatures, checkpoints and "
        "verify hold as before, because what an act signed of a value is a hash behind a random number that "
        "is destroyed with it.\n\n"
        "It cannot be undone. Nothing is pruned that is in the register or that anything still refers to; "
        "acts, their people, moments and reasons stay, and so do scales and the records of what left the "
        "register. Only an editor may do it. Backups and other copies of the vault that were made before "
        "still hold the values: a copy loses them when it is merged, a backup only by being deleted.\n\n"
        "Begin with --dry-run."
    ),
    examples=(
        Example("techguard prune acme.techguard --before 2016-04-01 --dry-run", N_("What would be pruned:")),
        Example(
            "techguard prune acme.techguard --before 2016-04-01 --kind people --confirm 3 "
            '--reason "ten years after leaving"',
            N_("People who were taken out before that day, after looking:"),
        ),
    ),
)
@options.vault
@click.option(
    "--before",
    cls=Option,
    required=True,
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help=N_("Only what was taken out before this day, such as 2016-04-01."),
)
@click.option(
    "--kind",
    "kinds",
    cls=Option,
    multiple=True,
    metavar="KIND",
    type=options.Word("kind", lambda: words.KINDS),
    help=N_("Only entries of this kind; may be repeated. Otherwise all kinds."),
)
@click.option("--dry-run", cls=Option, is_flag=True, help=N_("Only show what would go; change nothing."))
@click.option(
    "--confirm",
    cls=Option,
    metavar="COUNT",
    type=click.IntRange(min=1),
    help=N_("Prune, if these are as many entries as --dry-run showed."),
)
@click.option("--reason", cls=Option, default="", metavar="TEXT", help=N_("Why; it stands in the history."))
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    before: datetime,
    kinds: tuple[str, ...],
    dry_run: bool,
    confirm: int | None,
    reason: str,
    as_json: bool,
) -> None:
    from techguard import pruning
    from techguard.domain.errors import ReasonNeeded
    from techguard.domain.kinds import kind_of

    if dry_run is (confirm is not None):
        raise LookFirst
    if not dry_run and not reason.strip():
        raise ReasonNeeded
    rule = pruning.Rule(before.date(), tuple(kind_of(kind).name for kind in kinds))
    with opening.register(ctx, vault, read_only=dry_run) as register:
        plan = pruning.look(register, rule)
        if confirm is not None:
            if confirm != len(plan.goes):
                raise AnotherCount(confirmed=confirm, count=len(plan.goes))
            plan = pruning.prune(register, rule, reason)
        backups = len(register.vault.copies())
        seq = register.head[0]
    if as_json:
        told = {"dry_run": dry_run, "backups": backups, "entry": None if dry_run else seq}
        put_json(told | _record(plan))
        return
    _tell(plan, dry_run=dry_run, backups=backups, seq=seq)


def _record(plan: Plan) -> dict[str, Any]:
    return {
        "rule": plan.rule.told(),
        "goes": [_entry(e) for e in plan.goes],
        "stays": [_entry(k.entry) | {"because": k.because, "needed_by": k.needed_by} for k in plan.stays],
    }


def _entry(entry: Removed) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "ref": entry.ref,
        "title": entry.title,
        "removed_at": entry.removed_at.isoformat(),
    }


def _tell(plan: Plan, *, dry_run: bool, backups: int, seq: int) -> None:
    from techguard import present

    if plan.goes and dry_run:
        put_table([_("Number"), _("Kind"), _("Title"), _("Removed at")], map(_cells, plan.goes), (0, 2))
    if plan.stays:
        put()
        put_table(
            [_("Number"), _("Kind"), _("Title"), _("Removed at"), _("Stays, because")],
            ([*_cells(kept.entry), _because(kept)] for kept in plan.stays),
            essential=(0, 4),
        )
    count = len(plan.goes)
    if not dry_run:
        told = ngettext(
            "The values of {n} entry were destroyed. This is act {seq} of the history; techguard history "
            "shows the tombstones.",
            "The values of {n} entries were destroyed. This is act {seq} of the history; techguard history "
            "shows the tombstones.",
            count,
        )
        say(told.format(n=f"{count:,}", seq=seq))
        if backups:
            told = ngettext(
                "{n} backup in the vault's own folder still holds the values, as do other copies made "
                "before. They are gone only when these are deleted, too.",
                "{n} backups in the vault's own folder still hold the values, as do other copies made "
                "before. They are gone only when these are deleted, too.",
                backups,
            )
            say(told.format(n=backups))
        else:
            say(_("Copies of the vault that were made before still hold the values, until they are deleted."))
    elif count:
        told = ngettext(
            "{n} entry would be pruned: {rule}. Nothing was changed: this was a dry run. To do it: --confirm "
            "{n} with a --reason. It cannot be undone.",
            "{n} entries would be pruned: {rule}. Nothing was changed: this was a dry run. To do it: "
            "--confirm {n} with a --reason. It cannot be undone.",
            count,
        )
        say(told.format(n=count, rule=present.pruning_rule(plan.rule.told(), language())))
    else:
        say(_("There is nothing to prune by this rule."))


def _cells(entry: Removed) -> list[str]:
    from techguard import present
    from techguard.domain.kinds import KINDS

    kind = present.kind_label(KINDS[entry.kind], language())
    return [entry.ref, kind, entry.title, present.moment(entry.removed_at)]


def _because(kept: Kept) -> str:
    return pgettext("pruning", BECAUSE[kept.because]).format(ref=kept.needed_by)
