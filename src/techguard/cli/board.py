"""`techguard board`: the board summary, sealed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options, sealing, words
from techguard.cli.command import Example, Option
from techguard.cli.errors import FOUND, UsageError, say
from techguard.cli.output import Line, put_fields, put_json, put_json_array
from techguard.errors import TechguardError
from techguard.i18n import N_, _, language, ngettext, sentences

if TYPE_CHECKING:
    from techguard.board import Checked, Form
    from techguard.register import Register


class OneThing(UsageError):
    """Not exactly one of: a file to write, a file to check, the question what is lacking."""

    what = "Name a file to write with --output, or one to look at with --check, or ask with --ready."
    safe = "No file was written."


class NoMoneyThere(UsageError):
    """A budget for a redaction that shows no money."""

    what = "R2 and R3 hold no money and no plan, so --budget says nothing there."
    safe = "No file was written."
    next_step = "Leave --budget out, or take --redaction R0 or R1."


_WITH_MONEY = ("R0", "R1")


class TooLarge(TechguardError):
    """Facts: `path`, `most`."""

    what = "{path} is larger than {most} MB: no file of that size leaves the register."
    next_step = "Check that it is the right file."


@options.command(
    "board",
    N_("Write the board summary, sealed."),
    N_(
        "Write the summary for the board as a PDF that only its password opens (AES-256), in the language of "
        "--lang. How much was left out, for whom it is, its format and digests are recorded in the "
        "register.\n\n"
        "Other formats: a web page that its password opens in a browser, without a network; an Excel "
        "workbook with its tables, for the secretariat; any of the three in age, for the public keys of its "
        "recipients.\n\n"
        "How much is in it: R0 everything, for members of the review session; R1 for the board, code "
        "names and "
        "roles; R2 for an outside adviser, one matter; R3 numbers only.\n\n"
        "Hand the password over by another way than the file. It should be another than your passphrase, and "
        "has at most 32 letters, digits and signs of ASCII: PDF viewers cannot take more."
    ),
    examples=(
        Example("techguard board acme.techguard --ready", N_("What does the pack still lack?")),
        Example(
            "techguard board acme.techguard --check summary.pdf",
            N_("Is this file what we sent, and of which day?"),
        ),
        Example(
            "techguard board acme.techguard --output slides.pdf --layout slides --since REV-0002 "
            "--generate-password",
            N_("As slides, compared with an earlier session than the last:"),
        ),
        Example(
            "techguard board acme.techguard --output summary.pdf --generate-password",
            N_("For the board, with a password made now and shown once:"),
        ),
        Example(
            "techguard board acme.techguard --output adviser.pdf --redaction R2 --lang en "
            "--password-file pw.txt",
            N_("For an outside adviser, in English, with a password from a file:"),
        ),
        Example(
            "techguard board acme.techguard --output summary.pdf.age --age-key director.pub "
            '--recipient "outside director"',
            N_("For an outside director's age key:"),
        ),
    ),
)
@options.vault
@options.output()
@click.option(
    "--check",
    cls=Option,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_(
        "Write nothing, but say whether this file left the register, what it shows, and whether it was "
        "altered. With --password-file also whether a copy that was sealed anew holds the same; one that "
        "was sealed for keys of age has no password."
    ),
)
@click.option(
    "--ready",
    cls=Option,
    is_flag=True,
    help=N_(
        "Write nothing, but go through the board pack check (BRP-1 to BRP-9): what the pack still lacks and "
        "what a person has to answer. Exit code 1 while anything is left."
    ),
)
@click.option(
    "--redaction",
    cls=Option,
    type=click.Choice(words.REDACTIONS),
    default="R1",
    show_default=True,
    help=N_("How much the reader may see."),
)
@sealing.sealed
@click.option(
    "--review",
    cls=Option,
    metavar="REF",
    help=N_("The review session it reports; otherwise the one in preparation, or the last one held."),
)
@click.option(
    "--matter",
    cls=Option,
    metavar="REF",
    help=N_("For R2: the engagement, technology or exposure that the adviser is asked about."),
)
@click.option(
    "--since",
    cls=Option,
    metavar="REF",
    help=N_("The earlier review session to compare with; otherwise the one held before."),
)
@click.option(
    "--layout",
    cls=Option,
    type=click.Choice(words.LAYOUTS),
    default="a4",
    show_default=True,
    help=N_("A4 pages, slides (16:9), or both languages side by side (A3)."),
)
@click.option(
    "--budget",
    cls=Option,
    metavar="YEN",
    type=options.Amount(),
    help=N_(
        "Choose the countermeasures in the pack within this much over five years, as techguard plan does, "
        "for example 5m; R0 and R1 only."
    ),
)
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    output: Path | None,
    check: Path | None,
    ready: bool,
    redaction: str,
    review: str | None,
    matter: str | None,
    since: str | None,
    layout: Form,
    budget: int | None,
    as_json: bool,
    how: sealing.How,
) -> None:
    if (output is not None, check is not None, ready).count(True) != 1:
        raise OneThing
    if ready:
        ctx.exit(_ready(ctx, vault, review, since, as_json=as_json))
    if check is not None:
        ctx.exit(check_file(ctx, vault, check, how.password(), as_json=as_json))
    assert output is not None
    if budget is not None and redaction not in _WITH_MONEY:
        raise NoMoneyThere
    delivery = how.delivery(output)
    from techguard import board

    with opening.register(ctx, vault) as register:
        made = board.produce(
            register,
            delivery,
            redaction=board.RedactionLevel(redaction),
            lang=language(),
            review=review,
            matter=matter,
            since=since,
            form=layout,
            budget=budget,
        )
    say(_("The board summary was written and sealed: {path}").format(path=made.path))
    how.tell(delivery, made)


def _ready(ctx: click.Context, vault: Path, review: str | None, since: str | None, *, as_json: bool) -> int:
    """Say how each item of the board pack check stands. Exit code 0 if nothing is left."""
    from techguard.board import readiness

    with opening.register(ctx, vault, read_only=True) as register:
        found = readiness.readiness(register, language(), review=review, since=since)
    left = [r for r in found if r.state != "ready"]
    if as_json:
        put_json_array(
            {
                "id": r.item.id,
                "item": r.item.in_(language()),
                "origin": r.item.origin,
                "state": r.state,
                "said": r.said,
                "refs": r.refs,
                "answer": r.answer.answer if r.answer else None,
            }
            for r in found
        )
        return FOUND if left else 0
    put_fields(
        [
            line
            for r in found
            for line in (
                Line(f"{r.item.id} {_(readiness.STATES[r.state])}", r.item.in_(language())),
                Line("", r.said),
            )
        ]
    )
    if left:
        said = ngettext("{n} item is left.", "{n} items are left.", len(left)).format(n=len(left))
        say(sentences([said, _("What only a person can know is answered in the checklist room, under BRP.")]))
    else:
        say(_("Nothing is left: the pack can be sealed."))
    return FOUND if left else 0


_MOST_MB = 100


def check_file(ctx: click.Context, vault: Path, path: Path, password: str | None, *, as_json: bool) -> int:
    """Say what is known of a file. Exit code 0 if what is inside left the register like this."""
    from techguard import board

    data = _read(path)
    with opening.register(ctx, vault, read_only=True) as register:
        found = board.check(register, data, password)
        _tell_found(register, found, as_json=as_json)
    return 0 if found.record else FOUND


def _read(path: Path) -> bytes:
    from techguard.vault.errors import os_errors

    with os_errors(path), path.open("rb") as file:
        data = file.read(_MOST_MB * 1_000_000 + 1)
    if len(data) > _MOST_MB * 1_000_000:
        raise TooLarge(path=path, most=_MOST_MB)
    return data


_VERDICTS = {
    "same": N_("This is the file that left the register: not a byte was altered."),
    "sealed anew": N_("The file is another, but what is inside is what left the register: sealed anew."),
    "altered": N_("What is inside never left this register like this: altered, or from elsewhere."),
    "unknown": N_(
        "This register has no record of this file: it was altered, sealed anew, or is from elsewhere."
    ),
}
_NEXT = {
    "password": N_("With its password in --password-file, what is inside is compared too."),
    "keys": N_(
        "It is sealed for public keys of age: no password opens it, and only the owner of a key can look "
        "inside. Ask them for the file as it reached them, and check that one."
    ),
    "": N_("It is no sealed PDF, web page, workbook or age file: check that it is the right one."),
}
"""What to do about a file that is unknown, by what opens it."""


def _tell_found(register: Register, found: Checked, *, as_json: bool) -> None:
    from techguard.cli import records
    from techguard.cli.show import rows_of
    from techguard.domain.kinds import kind_of

    known = found.record or found.claims
    row = rows_of(register, [known])[0] if known else None
    if as_json:
        kept = records.record(kind_of(row.item), row.item, row.named) if row else None
        told = {
            "verdict": found.verdict,
            "file_digest": found.digest,
            "entry": found.entry,
            "record": kept if found.record else None,
            "claims": kept if found.claims else None,
        }
        put_json(told)
        return
    if row:
        lines = records.lines(kind_of(row.item), row)
        if found.entry is not None:
            lines.append(Line(_("Snapshot: entry of the history"), f"{found.entry:,}"))
        put_fields(lines)
    if not found.record:
        put_fields([Line(_("Digest of the file at hand (SHA-256)"), found.digest)])
    if found.claims:
        say(
            _(
                "The file claims to be {ref} (above), but is not what was sealed. The claim can be copied: "
                "it proves nothing."
            ).format(ref=found.claims.ref)
        )
    verdict = _(_VERDICTS[found.verdict])
    say(sentences([verdict, _(_NEXT[found.lock])]) if found.verdict == "unknown" else verdict)
