"""`techguard review`: plan a review session, prepare it, follow it, close it, compare two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options, sealing
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import UsageError, say
from techguard.cli.output import Line, put, put_fields, put_json, put_plain, put_prose, put_table
from techguard.i18n import N_, _, date_text, language, list_text, ngettext, pgettext, sentences

if TYPE_CHECKING:
    from datetime import date

    from techguard.domain import items as i
    from techguard.register import Register
    from techguard.review.agenda import AgendaItem, Reason
    from techguard.review.comparison import Comparison, Move
    from techguard.review.session import Progress

_KINDS = ("quarterly", "semiannual", "annual", "ad_hoc")
_RESULTS = ("confirmed", "noted", "deferred")


class NothingToSettle(UsageError):
    """Neither items nor --rest, or both."""

    what = "Name the items to settle, or give --rest for all that are left."
    safe = "Nothing was changed."
    next_step = "techguard review VAULT show lists the items with their numbers."


class NoteNeeded(UsageError):
    """Noting and deferring say why."""

    what = "To note or to defer an item needs --note."
    safe = "Nothing was changed."


class PasswordWithoutFile(UsageError):
    """How a file is sealed was said, and no file is asked for."""

    what = "Without --output the minutes are printed, and nothing is sealed."
    safe = "No file was written."
    next_step = "Name the file with --output, or leave out how it is to be sealed."


@options.group(
    "review",
    N_("Plan, prepare, follow and close a review session; compare two."),
    N_(
        "The review session, in which R&D, legal, corporate planning, HR, production and an executive look "
        "at the register together: planned, prepared, held, closed. Name the vault first, then what to do. "
        "The meeting itself is led by the terminal application: techguard VAULT."
    ),
    examples=(
        Example("techguard review acme.techguard agenda", N_("What is to be discussed:")),
        Example("techguard review acme.techguard show", N_("How far the session is:")),
    ),
)
@options.vault
def command(vault: Path) -> None:
    """Only names the vault; each command below opens it."""


_session = click.argument(
    "session",
    cls=Argument,
    metavar="[SESSION]",
    required=False,
    help=N_("The number of a session, such as REV-0003; otherwise the one at hand."),
)


# --- agenda ----------------------------------------------------------------------------------------------


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
    _put(headings, [_row(item) for item in items], (1, 3, 6), plain=plain)


def _put(headings: list[str], rows: list[list[str]], essential: tuple[int, ...], *, plain: bool) -> None:
    if plain:
        put_plain([Line(*pair) for pair in zip(headings, row, strict=True) if pair[1]] for row in rows)
    else:
        put_table(headings, rows, essential=essential, wrapped=essential)


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
        sentences([_said(reason) for reason in item.reasons]),
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


# --- plan and prepare ------------------------------------------------------------------------------------


@options.command(
    "plan",
    N_("Plan a review session."),
    N_(
        "Plan a session: when, who leads it, who attends. People are named as in the register, or by their "
        "numbers. A department that should be there and is not is said, and the session is planned all the "
        "same."
    ),
    examples=(
        Example(
            'techguard review acme.techguard plan "FY2026 third quarter" --on 2026-12-01 --chair PSN-0004 '
            "--attendee PSN-0002 --attendee PSN-0003 --minutes 90",
            N_("A quarterly session of 90 minutes:"),
        ),
    ),
)
@options.passphrase
@click.argument("title", cls=Argument, help=N_("What the session is called."))
@click.option(
    "--kind",
    cls=Option,
    type=click.Choice(_KINDS),
    default="quarterly",
    show_default=True,
    help=N_("How often such a session is held."),
)
@click.option("--period", cls=Option, default="", metavar="TEXT", help=N_("The period it looks at."))
@click.option(
    "--on",
    cls=Option,
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help=N_("The day it is planned for."),
)
@click.option("--chair", cls=Option, metavar="PERSON", help=N_("Who leads it and signs it off."))
@click.option(
    "--attendee",
    "attendees",
    cls=Option,
    multiple=True,
    metavar="PERSON",
    help=N_("Who attends; may be repeated."),
)
@click.option(
    "--minutes", cls=Option, type=click.IntRange(5, 1440), metavar="N", help=N_("How long it may take.")
)
@click.option("--scope", cls=Option, default="", metavar="TEXT", help=N_("What it is about."))
@click.pass_context
def plan(
    ctx: click.Context,
    title: str,
    kind: str,
    period: str,
    on: Any,
    chair: str | None,
    attendees: tuple[str, ...],
    minutes: int | None,
    scope: str,
) -> None:
    from techguard.domain.words import ReviewKind
    from techguard.review import session

    with opening.register(ctx, options.vault_of(ctx)) as register:
        review = session.plan(
            register,
            title=title,
            kind=ReviewKind(kind),
            period=period,
            planned_on=on.date() if on else None,
            chair=_person(register, chair) if chair else None,
            attendees=[_person(register, name) for name in attendees],
            planned_minutes=minutes,
            scope=scope,
        )
        say(_("{ref} is planned: {title}").format(ref=review.ref, title=review.title))
        _warn(register, review)
    put(review.ref)


def _person(register: Register, name: str) -> str:
    """The id of a person by number or by name. Raises `NotFound`."""
    from techguard.domain.errors import NotFound
    from techguard.domain.items import Person
    from techguard.domain.text import folded

    same = [p for p in register.find(Person) if folded(p.name).strip() == folded(name).strip()]
    if len(same) == 1:
        return same[0].id
    try:
        return register.get(name, Person).id
    except NotFound:
        raise NotFound(ref=name) from None


def _warn(register: Register, review: i.Review) -> None:
    from techguard.i18n import label, list_text
    from techguard.review.session import missing_departments

    absent = missing_departments(register, review)
    if absent:
        say(
            _("These departments should take part and nobody of them does: {departments}.").format(
                departments=list_text([label(d) for d in absent])
            )
        )


def _review(register: Register, ref: str | None) -> i.Review:
    from techguard.domain.items import Review
    from techguard.review.session import current

    return register.get(ref, Review) if ref else current(register)


@options.command(
    "prepare",
    N_("Write the agenda of a session."),
    N_(
        "Write what is to be discussed into the agenda of a session: what the agenda command lists, and what "
        "came, rose or changed since the session before, what that session put off, capital policy, and "
        "checklists with open items. May be repeated: what is new is added, what is no longer due goes, what "
        "was settled stays."
    ),
    examples=(Example("techguard review acme.techguard prepare", N_("The session that is planned next:")),),
)
@options.passphrase
@_session
@click.pass_context
def prepare(ctx: click.Context, session: str | None) -> None:
    from techguard.review.session import prepare as write

    with opening.register(ctx, options.vault_of(ctx)) as register:
        review = _review(register, session)
        done = write(register, review)
        _warn(register, review)
    say(
        _("{ref}: {total} items are on the agenda; {added} came, {dropped} went, {renewed} changed.").format(
            ref=review.ref, total=done.total, added=done.added, dropped=done.dropped, renewed=done.renewed
        )
    )
    if done.left_out:
        say(
            ngettext(
                "{n} less pressing item did not fit; it waits for the next session.",
                "{n} less pressing items did not fit; they wait for the next session.",
                done.left_out,
            ).format(n=done.left_out)
        )


# --- show and settle -------------------------------------------------------------------------------------


@options.command(
    "show",
    N_("Show a session: how far it is, and its items."),
    examples=(
        Example("techguard review acme.techguard show", N_("The session at hand:")),
        Example("techguard review acme.techguard show REV-0002 --json", N_("For another program:")),
    ),
)
@options.passphrase
@_session
@options.as_json
@options.plain
@click.pass_context
def show(ctx: click.Context, session: str | None, as_json: bool, plain: bool) -> None:
    from techguard.i18n import label
    from techguard.review import session as sessions
    from techguard.review.reasons import label as reason_label

    with opening.register(ctx, options.vault_of(ctx), read_only=True) as register:
        review = _review(register, session)
        listed = sessions.outcomes(register, review)
        how = sessions.progress(register, review)
        hindering = sessions.loose(register, review)
        absent = sessions.missing_departments(register, review)
        chair = register.titles([review.chair])[review.chair].title if review.chair else ""
        about = register.titles(id_ for o in listed if (id_ := sessions.subject_id(o)))
    refs = {o.id: about[id_].ref for o in listed if (id_ := sessions.subject_id(o)) in about}
    if as_json:
        put_json(
            _session_record(review, how)
            | {
                "missing_departments": [d.value for d in absent],
                "decisions_open": [d.ref for d in hindering.decisions],
                "items": [_outcome_record(o, refs.get(o.id) or o.checklist) for o in listed],
            }
        )
        return
    from techguard.i18n import list_text

    facts = [
        Line(_("Review session"), f"{review.ref} {review.title}"),
        Line(_("Status"), label(review.status)),
        Line(_("Held on"), date_text(review.held_on) if review.held_on else ""),
        Line(_("Planned for"), date_text(review.planned_on) if review.planned_on else ""),
        Line(_("Chair"), chair),
        Line(_("Departments missing"), list_text([label(d) for d in absent])),
        Line(_("Settled"), _("{settled} of {total}").format(settled=how.settled, total=how.total)),
        Line(_("Decisions without owner or date"), list_text([d.ref for d in hindering.decisions])),
    ]
    put_fields([line for line in facts if line.text])
    if listed:
        put()
        headings = [_("Item"), _("About"), _("Level"), _("Title"), _("Result"), _("Why"), _("Note")]
        rows = [
            [
                o.ref,
                refs.get(o.id) or o.checklist,
                _levels(o.level_before, o.level_after),
                o.title,
                label(o.outcome),
                list_text([reason_label(code, language()) for code in o.reasons]),
                o.note,
            ]
            for o in listed
        ]
        _put(headings, rows, (3, 4), plain=plain)


def _levels(before: int | None, after: int | None) -> str:
    if after is None or after == before:
        return "" if before is None else str(before)
    return f"{before or '–'} → {after}"


def _session_record(review: i.Review, how: Progress) -> dict[str, object]:
    return {
        "ref": review.ref,
        "title": review.title,
        "kind": review.kind.value,
        "period": review.period,
        "status": review.status.value,
        "planned_on": _iso(review.planned_on),
        "held_on": _iso(review.held_on),
        "closed_at": _iso(review.closed_at),
        "snapshot": review.snapshot or None,
        "total": how.total,
        "settled": how.settled,
        "by_outcome": {kind.value: n for kind, n in how.by_outcome.items()},
        "minutes_planned": how.minutes_planned,
        "minutes_elapsed": how.minutes_elapsed,
    }


def _outcome_record(outcome: i.Outcome, about: str) -> dict[str, object]:
    return {
        "ref": outcome.ref,
        "position": outcome.position,
        "about": about or None,
        "title": outcome.title,
        "reasons": list(outcome.reasons),
        "outcome": outcome.outcome.value,
        "level_before": outcome.level_before,
        "level_after": outcome.level_after,
        "note": outcome.note or None,
        "settled_at": _iso(outcome.settled_at),
    }


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


@options.command(
    "settle",
    N_("Confirm, note or defer items of a session."),
    N_(
        "Confirm, note or defer items of the session that is being held; the first one begins it. Rating, "
        "accepting and assigning need a person's choices and are done in the terminal application."
    ),
    examples=(
        Example(
            "techguard review acme.techguard settle OUT-0003 OUT-0004 --as confirmed",
            N_("Two items stand as they are:"),
        ),
        Example(
            'techguard review acme.techguard settle --rest --as deferred --note "No time left"',
            N_("Put everything that is left off to the next session:"),
        ),
    ),
)
@options.passphrase
@click.argument(
    "items", cls=Argument, nargs=-1, metavar="[ITEM]...", help=N_("Numbers of items, such as OUT-0012.")
)
@click.option("--rest", cls=Option, is_flag=True, help=N_("All items that are not settled yet."))
@click.option("--as", "how", cls=Option, required=True, type=click.Choice(_RESULTS), help=N_("The result."))
@click.option(
    "--note",
    cls=Option,
    default="",
    metavar="TEXT",
    help=N_("What was said, or why; needed to note or to defer."),
)
@click.option(
    "--session",
    cls=Option,
    metavar="SESSION",
    help=N_("The number of the session; otherwise the one at hand."),
)
@click.pass_context
def settle(
    ctx: click.Context, items: tuple[str, ...], rest: bool, how: str, note: str, session: str | None
) -> None:
    if bool(items) == rest:
        raise NothingToSettle
    if how != "confirmed" and not note.strip():
        raise NoteNeeded
    from techguard.domain.items import Outcome, Review
    from techguard.domain.words import OutcomeKind
    from techguard.review import session as sessions

    with opening.register(ctx, options.vault_of(ctx)) as register:
        among = [register.get(ref, Outcome) for ref in items] or None
        if among and not session:
            review = register.get(among[0].review, Review)
        else:
            review = _review(register, session)
        with register.act(note, action="review", review=review.id):
            review = sessions.begin(register, review)
            n = sessions.settle_rest(register, review, OutcomeKind(how), note, among)
        left = sessions.progress(register, review).left
    say(
        ngettext(
            "{n} item is settled; {left} are left.", "{n} items are settled; {left} are left.", n
        ).format(n=n, left=left)
    )


# --- close, minutes, compare -----------------------------------------------------------------------------


@options.command(
    "close",
    N_("Close a session: minutes, snapshot, sign-off."),
    N_(
        "Close the session that is being held: the minutes are composed and kept, the register as it stands "
        "becomes its snapshot, and it is signed off. Refused while an item is not settled, or a decision has "
        "no owner or no due date. It cannot be undone."
    ),
    examples=(
        Example(
            'techguard review acme.techguard close --conclusion "No new core technology is exposed."',
            N_("Signed off by the chair:"),
        ),
    ),
)
@options.passphrase
@_session
@click.option("--signed-by", cls=Option, metavar="PERSON", help=N_("Who signs it off; otherwise the chair."))
@click.option(
    "--conclusion", cls=Option, default="", metavar="TEXT", help=N_("The conclusion in a sentence.")
)
@click.pass_context
def close(ctx: click.Context, session: str | None, signed_by: str | None, conclusion: str) -> None:
    from techguard.review import session as sessions

    with opening.register(ctx, options.vault_of(ctx)) as register:
        review = _review(register, session)
        closed = sessions.close(
            register,
            review,
            signed_by=_person(register, signed_by) if signed_by else None,
            conclusion=conclusion,
            lang=language(),
        )
    say(_("{ref} is closed and signed off.").format(ref=closed.ref))
    say(_("Its snapshot is entry {seq} of the history:").format(seq=closed.snapshot_seq))
    put(closed.snapshot)


@options.command(
    "minutes",
    N_("Print the minutes of a session, or write them sealed."),
    N_(
        "Print the minutes as plain text, in the language of --lang; with --output, write them sealed, "
        "as a PDF that only its password opens or in another format. They name people and technologies in "
        "full: they are for the members of the session. A session that is not closed yet gives a draft."
    ),
    examples=(
        Example("techguard review acme.techguard minutes REV-0003 --lang en", N_("In English, as text:")),
        Example(
            "techguard review acme.techguard minutes REV-0003 --output minutes.pdf --generate-password",
            N_("As a PDF, with a password made now and shown once:"),
        ),
    ),
)
@options.passphrase
@_session
@options.output()
@sealing.sealed
@options.as_json
@click.pass_context
def minutes(
    ctx: click.Context, session: str | None, output: Path | None, as_json: bool, how: sealing.How
) -> None:
    if output is None:
        if how:
            raise PasswordWithoutFile
        _print_minutes(ctx, session, as_json=as_json)
        return
    delivery = how.delivery(output)
    from techguard.review import minutes as composed

    with opening.register(ctx, options.vault_of(ctx)) as register:
        made = composed.produce(register, _last(register, session), delivery, lang=language())
    say(_("The minutes were written and sealed: {path}").format(path=made.path))
    how.tell(delivery, made)


def _print_minutes(ctx: click.Context, session: str | None, *, as_json: bool) -> None:
    import dataclasses

    from techguard.review import minutes as composed

    with opening.register(ctx, options.vault_of(ctx), read_only=True) as register:
        made = composed.compose(register, _last(register, session), language())
    if as_json:
        put_json(dataclasses.asdict(made))
        return
    put_prose(composed.text(made))


def _last(register: Register, ref: str | None) -> i.Review:
    """The session named, else the one being held, else the one closed last, else the one at hand."""
    from techguard.domain.items import Review
    from techguard.domain.words import ReviewStatus
    from techguard.review.session import current, last_closed

    if ref:
        return register.get(ref, Review)
    held = register.find(Review, status=ReviewStatus.HELD)
    return held[0] if held else last_closed(register) or current(register)


@options.command(
    "compare",
    N_("Compare two sessions: what rose, fell, came and went."),
    N_(
        "Compare two sessions by the levels of their exposures: what rose, fell, came and went, why, and who "
        "said so. A closed session is read from its frozen snapshot; one that was taken over from elsewhere "
        "from the ratings of its day; one that is being held from the register as it stands."
    ),
    examples=(
        Example(
            "techguard review acme.techguard compare REV-0002 REV-0003", N_("From the second to the third:")
        ),
    ),
)
@options.passphrase
@click.argument("before", cls=Argument, metavar="SESSION", help=N_("The number of the earlier session."))
@click.argument("after", cls=Argument, metavar="SESSION", help=N_("The number of the later session."))
@options.as_json
@options.plain
@click.pass_context
def compare(ctx: click.Context, before: str, after: str, as_json: bool, plain: bool) -> None:
    from techguard.domain.items import Review
    from techguard.review.session import compare as compared

    with opening.register(ctx, options.vault_of(ctx), read_only=True) as register:
        found = compared(register, register.get(before, Review), register.get(after, Review))
    if as_json:
        put_json(_comparison_record(found))
        return
    for review, basis in ((found.a, found.basis_a), (found.b, found.basis_b)):
        say(_BASES[basis]().format(ref=review.ref, title=review.title))
    if found.scales:
        other = _("The rating scale changed between them: {scales}.")
        say(other.format(scales=list_text([*found.scales])))
    if not found.moves:
        say(_("Nothing moved between them."))
        return
    headings = [
        _("Movement"),
        _("Number"),
        _("Level"),
        _("Title"),
        _("Technology"),
        _("Reason"),
        _("Who"),
        _("Date"),
    ]
    _put(headings, [_move_row(m) for m in found.moves], (1, 2, 3), plain=plain)


_BASES = {
    "snapshot": lambda: _("{ref} {title}: from its snapshot"),
    "ratings": lambda: _("{ref} {title}: from the ratings up to its day"),
    "now": lambda: _("{ref} {title}: from the register as it stands"),
}
_MOVES = {
    "risen": lambda: pgettext("movement of a level", "Risen"),
    "fallen": lambda: pgettext("movement of a level", "Fallen"),
    "new": lambda: pgettext("movement of a level", "New"),
    "gone": lambda: pgettext("movement of a level", "Gone"),
    "rescaled": lambda: _("By another scale"),
}


def _move_row(move: Move) -> list[str]:
    return [
        _MOVES[move.how](),
        move.ref,
        f"{move.before or '–'} → {move.after or '–'}",
        move.title,
        move.technology,
        move.reason,
        move.who,
        date_text(move.on) if move.on else "",
    ]


def _comparison_record(found: Comparison) -> dict[str, object]:
    return {
        "before": {"ref": found.a.ref, "basis": found.basis_a},
        "after": {"ref": found.b.ref, "basis": found.basis_b},
        "same": found.same,
        "scales": list(found.scales),
        "moves": [
            {
                "movement": m.how,
                "ref": m.ref,
                "title": m.title,
                "technology": m.technology,
                "before": m.before,
                "after": m.after,
                "reason": m.reason or None,
                "who": m.who or None,
                "on": _iso(m.on),
            }
            for m in found.moves
        ],
    }


for _each in (show_agenda, plan, prepare, show, settle, close, minutes, compare):
    command.add_command(_each)
