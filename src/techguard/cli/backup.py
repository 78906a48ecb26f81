"""`techguard backup`: complete, checked copies: make, list, check, compare, and say which are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import FOUND, UsageError, say
from techguard.cli.output import progress, put, put_json, put_table
from techguard.i18n import N_, NP_, _, explain, labelled, language, list_text, pgettext

if TYPE_CHECKING:
    from techguard import backups
    from techguard.vault import Vault

DAMAGED = 4
_KEPT_AT_MOST = 999  # as techguard.vault.retention says, which is not loaded for the help

WHAT = {
    "added": NP_("history", "added"),
    "changed": NP_("history", "changed"),
    "removed": NP_("history", "removed"),
}
RULES = {
    "last": N_("the last {count}"),
    "daily": N_("one a day for {count} days"),
    "weekly": N_("one a week for {count} weeks"),
    "monthly": N_("one a month for {count} months"),
}


class OneThingAtATime(UsageError):
    """Several of --list, --check, --compare and --keep-… at once."""

    what = "Only one of --list, --check, --compare and --keep-… can be done at a time."
    next_step = "Leave the others out, and run the command again for each."


class NothingKept(UsageError):
    """All rules are 0."""

    what = "A rule that keeps no backup at all is refused."
    next_step = "Leave at least one of the --keep-… numbers above 0."


class NoBackup(UsageError):
    """There is none in the folder. Facts: `path`."""

    what = "There is no backup of this vault in {path}."
    next_step = "Make one with: techguard backup VAULT"


def _keep(name: str, help: str) -> Callable[[options.F], options.F]:  # noqa: A002 - click's word
    return click.option(
        f"--keep-{name}",
        name,
        cls=Option,
        type=click.IntRange(0, _KEPT_AT_MOST),
        metavar="N",
        help=help,
    )


@options.command(
    "backup",
    N_("Make a complete, checked copy of the vault; list and check those there are."),
    N_(
        "Make a complete copy of the vault in a folder, named after the vault and the time. The copy is "
        "opened and proved (its keys, every page, every signature of the history, every entry) before it "
        "gets its name; it is encrypted like the vault and opened by the same passphrases. Others may go on "
        "working meanwhile.\n\n"
        "Without DIR the copy goes into the vault's own folder backups, where older ones are removed by the "
        "rules that --keep-last, --keep-daily, --keep-weekly and --keep-monthly set; they mean what restic's "
        "options of the same names mean. Copies in a DIR are never removed. Keep some on another disk: what "
        "happens to this one happens to backups on it."
    ),
    examples=(
        Example("techguard backup acme.techguard D:\\backups", N_("Copy the vault to another disk:")),
        Example("techguard backup acme.techguard --list", N_("Which backups there are:")),
        Example("techguard backup acme.techguard --check", N_("Open and prove every one of them:")),
        Example(
            "techguard backup acme.techguard D:\\backups --compare",
            N_("What was added, changed or taken out since the newest one there:"),
        ),
        Example(
            "techguard backup acme.techguard --keep-daily 14 --keep-monthly 24",
            N_("Keep more of those in the vault's own folder:"),
        ),
    ),
)
@options.vault
@click.argument(
    "directory",
    metavar="[DIR]",
    required=False,
    cls=Argument,
    type=click.Path(path_type=Path, file_okay=False),
    help=N_(
        "The folder that receives the copy; it is made when it is missing. With --list, --check and "
        "--compare: the folder with the backups, or one backup."
    ),
)
@click.option("--list", "list_", cls=Option, is_flag=True, help=N_("List the backups, newest first."))
@click.option(
    "--check",
    "check",
    cls=Option,
    is_flag=True,
    help=N_("Open each backup and prove all of it. Exit code 0: all hold; 4: one is damaged."),
)
@click.option(
    "--compare",
    "compare",
    cls=Option,
    is_flag=True,
    help=N_("Show what differs between the vault and the backup (the newest, if you name a folder)."),
)
@_keep("last", N_("From now on, keep the last N backups in the vault's own folder."))
@_keep("daily", N_("Keep the newest of each of the last N days that have a backup."))
@_keep("weekly", N_("Keep the newest of each of the last N weeks that have a backup."))
@_keep("monthly", N_("Keep the newest of each of the last N months that have a backup."))
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    /,
    vault: Path,
    directory: Path | None,
    list_: bool,
    check: bool,
    compare: bool,
    as_json: bool,
    **keep: int | None,
) -> None:
    rules = {name: count for name, count in keep.items() if count is not None}
    if sum((list_, check, compare, bool(rules))) > 1:
        raise OneThingAtATime
    if rules:
        _choose(ctx, vault, rules, as_json)
    elif list_ or check or compare:
        with opening.open_vault(ctx, vault, read_only=True) as opened:
            if list_:
                _list(opened, directory, as_json)
            elif check:
                ctx.exit(_check(opened, directory, as_json))
            else:
                _compare(opened, directory, as_json)
    else:
        _make(ctx, vault, directory, as_json)


def _make(ctx: click.Context, vault: Path, directory: Path | None, as_json: bool) -> None:
    from techguard import backups

    if directory is not None:
        with opening.open_vault(ctx, vault, read_only=True) as opened, progress(_("Checking")) as step:
            made = backups.make(opened, directory, progress=step)
    else:
        with opening.register(ctx, vault) as register, progress(_("Checking")) as step:
            made = backups.make(register.vault, retention=register.backups_kept, progress=step)
    if as_json:
        put_json({"vault": str(vault), "backup": str(made)})
        return
    say(_("The copy was made, opened again and found whole:"))
    put(str(made))


def _choose(ctx: click.Context, vault: Path, rules: Mapping[str, int], as_json: bool) -> None:
    from techguard.vault import Retention

    with opening.register(ctx, vault) as register:
        wanted = {**register.backups_kept.to_json(), **rules}
        try:
            chosen = Retention.from_json(wanted)
        except ValueError:
            raise NothingKept from None
        register.choose_backups_kept(chosen)
    if as_json:
        put_json({"keep": chosen.to_json()})
        return
    say(_("From the next backup on are kept: {rules}.").format(rules=_rules(chosen.to_json())))


def _rules(counts: Mapping[str, int]) -> str:
    return list_text([_(RULES[name]).format(count=n) for name, n in counts.items() if n])


# --- Looking ------------------------------------------------------------------------------------------


def _is_backup(path: Path) -> bool:
    return (path / "vault.json").exists()


def _place(vault: Vault, directory: Path | None) -> Path:
    """What was named: also a backup in the vault's own folder by its name alone."""
    own = vault.path / "backups"
    if directory is None:
        return own
    if not directory.exists() and (own / directory.name).exists():
        return own / directory.name
    return directory


def _chosen(vault: Vault, directory: Path | None) -> list[Path]:
    """The backups in question, newest first. Raises `NoBackup`."""
    from techguard import backups

    place = _place(vault, directory)
    if _is_backup(place):
        return [place]
    found = [one.path for one in backups.known(vault, place)]
    if not found:
        raise NoBackup(path=place)
    return found


def _list(vault: Vault, directory: Path | None, as_json: bool) -> None:
    from techguard import backups, present

    place = _place(vault, directory)
    found = backups.known(vault, place)
    if as_json:
        put_json(
            [
                {
                    "path": str(one.path),
                    "made_at": one.made_at.isoformat(),
                    "size": one.size,
                    "entries": one.seq,
                    "problem": None
                    if one.problem is None
                    else {"code": type(one.problem).__name__, "message": str(explain(one.problem))},
                }
                for one in found
            ]
        )
        return
    if not found:
        say(_("There is no backup of this vault in {path}.").format(path=place))
        return
    say(_("In {path}:").format(path=place))
    put_table(
        [_("Backup"), _("Made"), _("Size"), _("Last act"), pgettext("backup", "Problem")],
        (
            [
                one.path.name,
                present.moment(one.made_at),
                size_text(one.size),
                "" if one.seq is None else str(one.seq),
                "" if one.problem is None else explain(one.problem).what,
            ]
            for one in found
        ),
        essential=(1,),
    )


def size_text(size: int) -> str:
    """So many bytes, as a person says it."""
    return f"{size / 1_000_000:.1f} MB"


def _check(vault: Vault, directory: Path | None, as_json: bool) -> int:
    from techguard import backups
    from techguard.store.verify import Finding
    from techguard.vault.errors import CopyBeforeNewKeys

    found: list[tuple[Path, backups.Check]] = []
    for path in _chosen(vault, directory):
        with progress(path.name) as step:
            try:
                found.append((path, backups.check(vault, path, step)))
            except CopyBeforeNewKeys as error:
                found.append((path, backups.Check((Finding(path.name, error),), 0, "", None)))
    if as_json:
        put_json([_record(path, one) for path, one in found])
    else:
        for path, one in found:
            _say_check(path, one)
    if not all(one.ok for _path, one in found):
        return DAMAGED
    return FOUND if any(one.findings for _path, one in found) else 0


def _record(path: Path, one: backups.Check) -> dict[str, Any]:
    return {
        "path": str(path),
        "ok": not one.findings,
        "entries": one.seq,
        "digest": one.digest,
        "older_format": one.older,
        "findings": [
            {
                "part": f.part,
                "code": f.code,
                "damage": f.problem.exit_code == DAMAGED,
                "message": str(explain(f.problem)),
            }
            for f in one.findings
        ],
    }


def _say_check(path: Path, one: backups.Check) -> None:
    if not one.findings:
        whole = _("{name}: whole, up to act {seq}, digest {digest}")
        put(whole.format(name=path.name, seq=one.seq, digest=one.digest))
        if one.older:
            put(_("It was made by an older version: its entries are checked when it is restored."))
    for finding in one.findings:
        put(labelled(f"{path.name} {finding.part}", str(explain(finding.problem))))


def _compare(vault: Vault, directory: Path | None, as_json: bool) -> None:
    from techguard import backups

    path = _chosen(vault, directory)[0]
    found = backups.compare(vault, path)
    if as_json:
        put_json(
            {
                "vault": str(vault.path),
                "backup": str(path),
                "common": found.common,
                "vault_entries": found.vault_seq,
                "backup_entries": found.backup_seq,
                "since": [_difference(d) for d in found.since],
                "only_in_backup": [_difference(d) for d in found.only_there],
            }
        )
        return
    say(
        _("{backup} and the vault are the same up to act {common}; the vault goes on to act {seq}.").format(
            backup=path.name, common=found.common, seq=found.vault_seq
        )
    )
    if found.only_there:
        say(_("In the backup alone, after that act:"))
        _table(found.only_there)
        say(_("In the vault alone, after that act:"))
    if found.since:
        _table(found.since)
    else:
        say(_("Nothing was added, changed or taken out since."))


def _difference(one: backups.Difference) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "ref": one.ref,
        "title": one.title,
        "what": one.what,
        "first": one.first,
        "last": one.last,
        "fields": list(one.fields),
    }


def _table(differences: Iterable[backups.Difference]) -> None:
    from techguard import present
    from techguard.cli import records
    from techguard.domain.kinds import KINDS

    def row(one: backups.Difference) -> list[str]:
        kind = KINDS[one.kind]
        acts = str(one.first) if one.first == one.last else f"{one.first}–{one.last}"
        fields = [records.label(kind.by_name[n]) if n in kind.by_name else n for n in one.fields]
        what = pgettext("history", WHAT[one.what])
        kind_name = present.kind_label(kind, language())
        return [one.ref, kind_name, one.title, what, acts, list_text(fields)]

    headings = [_("Number"), _("Kind"), _("Title"), _("What"), _("Acts"), _("Fields")]
    put_table(headings, map(row, differences), essential=(2, 3))
