"""`techguard merge`: two copies of one vault, in which people worked apart, come together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import FOUND, say
from techguard.cli.options import settings
from techguard.cli.output import progress, put, put_json, put_table
from techguard.i18n import N_, NP_, _, language, list_text, ngettext, pgettext

if TYPE_CHECKING:
    from techguard.copies import Choice, Conflict, Meeting
    from techguard.domain.merging import Merged
    from techguard.register import Register
    from techguard.store.reading import Reading

WHAT = {
    "added": NP_("history", "added"),
    "changed": NP_("history", "changed"),
    "removed": NP_("history", "removed"),
    "restored": NP_("history", "brought back"),
}
SIDES = {"ours": NP_("merge", "here"), "theirs": NP_("merge", "there")}


@options.command(
    "merge",
    N_("Bring another copy of the vault together with this one."),
    N_(
        "Take in what was done in another copy of the same vault: on a laptop that was away, or in the "
        "second version that a network share kept. OTHER is only read. What was done on one side only is "
        "taken as it is; the same field changed on both sides to different values is a conflict. Without "
        "--prefer the conflicts are listed, exit code 1, and nothing is changed; in the terminal application "
        "they can be settled one at a time.\n\n"
        "The acts of the other copy stay in the history with the signatures of those who did them. A backup "
        "is made before. Merging the same copy again changes nothing, and it does not matter which copy "
        "takes in the other. Not merged: who has access (people), and what each person keeps for themselves, "
        "such as saved filters."
    ),
    examples=(
        Example("techguard merge acme.techguard D:\\acme.techguard --dry-run", N_("What would come:")),
        Example(
            "techguard merge acme.techguard D:\\acme.techguard --prefer newest",
            N_("Where both changed the same field, what was written last stands:"),
        ),
    ),
)
@options.vault
@click.argument(
    "other",
    cls=Argument,
    metavar="OTHER",
    type=click.Path(path_type=Path),
    help=N_("The other copy: a folder that holds vault.json, or a second version of register.db."),
)
@click.option(
    "--prefer",
    cls=Option,
    type=click.Choice(["ours", "theirs", "newest"]),
    help=N_(
        "Settle every conflict: as VAULT has it (ours), as OTHER has it (theirs), or as it was written last "
        "by the clocks of the machines (newest)."
    ),
)
@click.option(
    "--accept-removed",
    cls=Option,
    is_flag=True,
    help=N_(
        "Also take over what was done by people who have no access here any more. They get none by it. Look "
        "at it first: whoever was removed may still have an old copy and their key."
    ),
)
@click.option("--reason", cls=Option, default="", metavar="TEXT", help=N_("Why; it stands in the history."))
@click.option("--dry-run", cls=Option, is_flag=True, help=N_("Only show what would come; change nothing."))
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    other: Path,
    prefer: Choice | None,
    accept_removed: bool,
    reason: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    from techguard import copies

    with ExitStack() as stack:
        register = stack.enter_context(opening.register(ctx, vault, read_only=dry_run, tell_versions=False))
        there = stack.enter_context(_other(ctx, register, other))
        meeting = copies.Meeting(register, there)
        with progress(_("Checking the other copy")) as step:
            meeting.prove(step)
        result = meeting.result(lambda conflict: prefer)
        removed = meeting.signers()[1]
        held = bool(removed) and not accept_removed
        told = _told(meeting, result, bool(dry_run))
        notes = [*meeting.pruning_texts(), *map(copies.access_text, meeting.access_apart())]
        stands = bool(result.open) or held
        if not dry_run and not stands:
            told["merged"] = (
                meeting.take(lambda conflict: prefer, reason, accept_removed=accept_removed) is not None
            )
            told["seq"], told["digest"] = register.head
    if as_json:
        put_json(told)
    else:
        for text in notes:
            say(text)
        _say(told, held=held, dry_run=dry_run)
    ctx.exit(FOUND if stands else 0)


def _other(ctx: click.Context, register: Register, path: Path) -> Any:
    """The other copy: by the keys at hand, or by a passphrase of its own where these do not open it."""
    from contextlib import contextmanager

    from techguard import copies
    from techguard.vault.errors import CopyBeforeNewKeys

    @contextmanager
    def opened() -> Iterator[Reading]:
        with ExitStack() as stack:
            try:
                found = stack.enter_context(copies.open_other(register, path))
            except CopyBeforeNewKeys:
                say(_("The keys of this vault do not open the other copy; your passphrase there:"))

                key_file = opening.given_key_file(settings(ctx))

                def unlock(secret: Any) -> Any:
                    return stack.enter_context(copies.open_other(register, path, secret, key_file))

                found = opening.unlocking(ctx, path, unlock)
            yield found

    return opened()


def _told(meeting: Meeting, result: Merged, dry_run: bool) -> dict[str, Any]:
    """Everything there is to say, as JSON."""
    strangers, removed = meeting.signers()
    names = meeting.titles_of(result)
    settled = [(c, w) for c, w in result.settled]
    nothing = not result.open and meeting.nothing_new(result)
    return {
        "dry_run": dry_run,
        "merged": False,
        "nothing_new": nothing,
        "forward": meeting.forward and not nothing,
        "acts_here": meeting.our_acts,
        "acts_there": meeting.their_acts,
        "brings": []
        if nothing
        else [
            {
                "ref": b.ref,
                "kind": b.kind,
                "title": b.title,
                "what": b.what,
                "fields": list(b.fields),
                "person": b.person,
                "at": b.at.isoformat(),
            }
            for b in meeting.brings(result)
        ],
        "conflicts": [_conflict(meeting, c, names, "") for c in result.open]
        + [_conflict(meeting, c, names, w) for c, w in settled],
        "renumbered": [{"before": r.before, "after": r.after} for r in result.renumbered],
        "kept_out": [
            {"ref": meeting.title(k.item)[0], "title": meeting.title(k.item)[1], "field": k.field}
            for k in result.kept_out
        ],
        "still_needed": [meeting.title(i)[0] for i in result.still_needed],
        "pruned": list(meeting.pruned),
        "pruned_here": list(meeting.pruned_here),
        "new_people": strangers,
        "removed_people": removed,
        "access": [
            {"name": a.name, "here": a.here and a.here.value, "there": a.there and a.there.value}
            for a in meeting.access_apart()
        ],
    }


def _conflict(meeting: Meeting, c: Conflict, names: Mapping[str, str], which: str) -> dict[str, Any]:
    from techguard.copies import field_label, value_text

    ref, title = meeting.title(c.item)
    return {
        "ref": ref,
        "title": title,
        "kind": c.kind,
        "field": c.field,
        "label": field_label(c),
        "ours": value_text(c, c.ours, names),
        "theirs": value_text(c, c.theirs, names),
        "our_person": meeting.person(c.our_write),
        "our_at": c.our_write.at if c.our_write else None,
        "their_person": meeting.person(c.their_write),
        "their_at": c.their_write.at if c.their_write else None,
        "because": [meeting.title(i)[0] for i in dict.fromkeys(i for i, _ in c.because)],
        "settled": which or None,
    }


def _say(told: Mapping[str, Any], *, held: bool, dry_run: bool) -> None:
    """The same in words and tables."""
    if told["nothing_new"]:
        put(_("The other copy holds nothing that is not here already. Nothing was changed."))
        return
    for name in told["new_people"]:
        say(
            _(
                "{name} signed acts there and is not known here. They are proved; access is given by people."
            ).format(name=name)
        )
    if told["removed_people"]:
        say(
            _("People who have no access here any more acted there: {names}.").format(
                names=list_text(told["removed_people"])
            )
        )
    if told["brings"]:
        put_table(
            [_("Number"), _("Title"), _("What comes"), _("Fields"), _("Who"), _("When")],
            (
                [
                    b["ref"],
                    b["title"],
                    pgettext("history", WHAT[b["what"]]),
                    _fields(b),
                    b["person"],
                    present_moment(b["at"]),
                ]
                for b in told["brings"]
            ),
            essential=(1, 2),
        )
    if told["conflicts"]:
        put()
        put_table(
            [
                _("Conflict"),
                _("Title"),
                _("Field"),
                _("Here"),
                _("There"),
                _("Who here"),
                _("Who there"),
                _("Stands"),
            ],
            (
                [
                    c["ref"],
                    c["title"],
                    c["label"],
                    c["ours"],
                    c["theirs"],
                    _who(c["our_person"], c["our_at"]),
                    _who(c["their_person"], c["their_at"]),
                    pgettext("merge", SIDES[c["settled"]]) if c["settled"] else _("not settled"),
                ]
                for c in told["conflicts"]
            ),
            essential=(2, 3, 4),
        )
    for r in told["renumbered"]:
        say(
            _("Two entries had the number {before}; one of them is {after} now.").format(
                before=r["before"], after=r["after"]
            )
        )
    for k in told["kept_out"]:
        say(
            _(
                "{ref} {title}: what was written after the session was closed in the other copy stays out of "
                "its record; the history keeps it."
            ).format(**k)
        )
    if told["still_needed"]:
        say(
            _("Taken out in one copy but needed in the other, so kept: {refs}.").format(
                refs=list_text(told["still_needed"])
            )
        )
    open_ = sum(c["settled"] is None for c in told["conflicts"])
    if open_:
        say(
            ngettext(
                "{count} conflict is not settled: nothing was changed. Settle it in the terminal "
                "application, or give a rule with --prefer.",
                "{count} conflicts are not settled: nothing was changed. Settle them in the terminal "
                "application, or give a rule with --prefer.",
                open_,
            ).format(count=open_)
        )
    elif held:
        say(_("Nothing was changed. Look at what they did; --accept-removed takes it over."))
    elif dry_run:
        say(_("Nothing was changed: this was a dry run."))
    elif told["merged"]:
        say(
            ngettext(
                "{count} act of the other copy was taken in. This history ends with act {seq}, digest "
                "{digest}. The other copy was not touched; run merge there to bring it up to date as well.",
                "{count} acts of the other copy were taken in. This history ends with act {seq}, digest "
                "{digest}. The other copy was not touched; run merge there to bring it up to date as well.",
                told["acts_there"],
            ).format(count=told["acts_there"], seq=told["seq"], digest=told["digest"])
        )


def _fields(brought: Mapping[str, Any]) -> str:
    from techguard import present
    from techguard.domain.kinds import KINDS

    if brought["what"] != "changed":
        return ""
    kind = KINDS[brought["kind"]]
    labels = [
        present.field_label(kind.by_name[n], language()) for n in brought["fields"] if n in kind.by_name
    ]
    return list_text(labels) if labels else _("Number")


def present_moment(at: str) -> str:
    """A moment in the form of history, as a person reads it."""
    from datetime import datetime

    from techguard import present

    return present.moment(datetime.fromisoformat(at))


def _who(person: str, at: str | None) -> str:
    return f"{person} {present_moment(at)}".strip() if at else person
