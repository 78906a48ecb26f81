"""`techguard checklist`: how the lists are answered; answers from a filled workbook; a filled copy of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import FOUND, UsageError, say
from techguard.cli.output import put, put_json, put_table, working
from techguard.i18n import N_, _, language, list_text, ngettext, pgettext

if TYPE_CHECKING:
    from techguard.exchange import AnswerPlan
    from techguard.exchange.checklist import Place
    from techguard.review.checklists import ItemState


class AlreadyThere(UsageError):
    """Facts: `path`."""

    what = "{path} is already there, and a filled copy replaces no file."
    safe = "It was not touched."
    next_step = "Give another name after --to."


class NoColumn(UsageError):
    """Facts: `name`."""

    what = "{name} is not the name of a column."
    next_step = "A column is named by its letters, as the spreadsheet shows them: C, or AB."


class NoSlot(UsageError):
    """Facts: `name`, `names`."""

    what = "{name} is not a list that waits for its items."
    next_step = "Choose one of: {names}."


@options.group(
    "checklist",
    N_("Show how the checklists are answered; read and fill METI's own workbook."),
    N_(
        "The checklists for self-check: counts and answers, never a score. None of the items is a duty. Name "
        "the vault first, then what to do. Answering itself is done in the terminal application: techguard "
        "VAULT, then 0."
    ),
    examples=(
        Example("techguard checklist acme.techguard list", N_("How each item is answered:")),
        Example("techguard checklist acme.techguard import filled.xlsx", N_("What a filled copy would add:")),
        Example(
            "techguard checklist acme.techguard export meti.xlsx --to filled.xlsx",
            N_("Fill a copy of METI's own file:"),
        ),
    ),
)
@options.vault
def command(vault: Path) -> None:
    """Only names the vault; each command below opens it."""


def _column(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if value and not (value.isascii() and value.isalpha() and len(value) <= 3):
        raise NoColumn(name=value)
    return value.upper()


def _slot(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    from techguard.catalog import checklists

    if value and (value not in checklists() or checklists()[value].obtained):
        raise NoSlot(name=value, names=tuple(c.id for c in checklists().values() if not c.obtained))
    return value


_answer_column = click.option(
    "--answer-column",
    cls=Option,
    metavar="COLUMN",
    default="",
    callback=_column,
    help=N_("The column of the answers, where no heading tells it, such as C."),
)
_grounds_column = click.option(
    "--grounds-column",
    cls=Option,
    metavar="COLUMN",
    default="",
    callback=_column,
    help=N_("The column of the grounds, where no heading tells it, such as D."),
)


# --- list ------------------------------------------------------------------------------------------------


@options.command(
    "list",
    N_("List every item with its answer and grounds."),
    N_(
        "List every item of every list: whose words it is (official, derived, proposed), how it is answered, "
        "on what grounds, as of when, and whether that changed since the last review session."
    ),
    examples=(
        Example("techguard checklist acme.techguard list", N_("For the screen:")),
        Example("techguard checklist acme.techguard list --json", N_("For another program:")),
    ),
)
@click.option(
    "--changed",
    cls=Option,
    is_flag=True,
    help=N_("Only what was answered otherwise since the last review session."),
)
@options.passphrase
@options.as_json
@click.pass_context
def show_list(ctx: click.Context, changed: bool, as_json: bool) -> None:
    from techguard.review import checklists

    with opening.register(ctx, options.vault_of(ctx), read_only=True) as register:
        room = checklists.company(register)
    states = [s for s in room.items if s.changed or not changed]
    if as_json:
        put_json([_record(s) for s in states])
        return
    headings = [_("Number"), _("Words"), _("Answer"), _("Checklist item"), _("Grounds"), _("As of")]
    put_table(headings, (_row(s) for s in states), essential=(0, 2, 3))
    total = room.total
    text = _("{items} items: {yes} yes, {no} no, {na} not applicable, {open} not answered yet.")
    say(
        text.format(
            items=total.items, yes=total.yes, no=total.no, na=total.not_applicable, open=total.unanswered
        )
    )


def _row(state: ItemState) -> list[str]:
    from techguard.present import choice_label, day

    answer = state.answer
    word = choice_label(answer.answer, language()) if answer else pgettext("Answer", "Not answered yet")
    return [
        state.item.id,
        whose(state.item.origin),
        f"{word} *" if state.changed else word,
        state.item.in_(language()),
        answer.evidence if answer else "",
        day(answer.as_of) if answer and answer.as_of else "",
    ]


def whose(origin: str) -> str:
    """Whose words an item is, in a word."""
    words = {
        "official": pgettext("origin of an item", "Official"),
        "derived": pgettext("origin of an item", "Derived"),
        "proposal": pgettext("origin of an item", "Proposal"),
    }
    return words[origin]


def _record(state: ItemState) -> dict[str, Any]:
    answer = state.answer
    return {
        "item": state.item.id,
        "checklist": state.checklist.id,
        "origin": str(state.item.origin),
        "text": state.item.in_(language()),
        "answer": answer and str(answer.answer),
        "evidence": answer.evidence if answer else "",
        "as_of": answer.as_of.isoformat() if answer and answer.as_of else None,
        "answered_by": answer and answer.answered_by,
        "changed": state.changed,
    }


# --- import ----------------------------------------------------------------------------------------------


@options.command(
    "import",
    N_("Read answers from a filled workbook."),
    N_(
        "Read answers from a filled copy of a checklist, METI's own or yours. Items are found by their "
        "wording, in whichever sheet and row they stand; the columns of the answers (Y, N, not applicable) "
        "and of their grounds by the headings above them.\n\n"
        "Without --apply nothing is changed: it shows what would be added, what stands already, and what "
        "cannot be taken. A blank cell takes no answer back. Exit code 1 means that something could not be "
        "taken; with --apply the rest is taken all the same, in one act.\n\n"
        "The items of METI's appendix after part A do not come with the program. With --items ESMG1-X the "
        "rows of your own copy that are no item known here are taken in as official items in the words of "
        "the file; look first, and leave out with --skip what is a heading."
    ),
    examples=(
        Example("techguard checklist acme.techguard import filled.xlsx", N_("Look first:")),
        Example("techguard checklist acme.techguard import filled.xlsx --apply", N_("Then take it in:")),
    ),
)
@click.argument(
    "file",
    cls=Argument,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The filled workbook."),
)
@click.option("--apply", "apply_", cls=Option, is_flag=True, help=N_("Add the answers; otherwise only look."))
@click.option(
    "--items",
    cls=Option,
    metavar="LIST",
    default="",
    callback=_slot,
    help=N_("Also take in the items themselves, as items of this list: ESMG1-X or GDC."),
)
@click.option(
    "--skip",
    cls=Option,
    multiple=True,
    metavar="ROW",
    type=click.IntRange(min=1),
    help=N_("With --items: a row that is no item; may be repeated."),
)
@_answer_column
@_grounds_column
@options.passphrase
@options.as_json
@click.pass_context
def take_in(
    ctx: click.Context,
    file: Path,
    apply_: bool,
    items: str,
    skip: tuple[int, ...],
    answer_column: str,
    grounds_column: str,
    as_json: bool,
) -> None:
    from techguard import exchange

    source = exchange.read(file)
    with opening.register(ctx, options.vault_of(ctx), read_only=not apply_) as register:
        plan = exchange.plan_answers(
            source,
            register,
            items=items,
            skip=skip,
            answer_column=answer_column,
            grounds_column=grounds_column,
        )
        if apply_:
            exchange.apply_answers(plan, register)
    if as_json:
        put_json(_report(plan, applied=apply_))
    else:
        _show(plan, applied=apply_)
    ctx.exit(FOUND if plan.problems or plan.strangers else 0)


def _show(plan: AnswerPlan, *, applied: bool) -> None:
    from techguard.present import choice_label

    for row, item in plan.items:
        text = _("Item taken in: {where}: {text}") if applied else _("Item to take in: {where}: {text}")
        put(text.format(where=f"{row.sheet} {row.row}", text=item.wording))
    if plan.new:
        rows = [
            [p.where, p.item.id, choice_label(a.answer, language()), a.evidence, p.item.in_(language())]
            for p, a in plan.new
        ]
        put_table(
            [_("Cell"), _("Number"), _("Answer"), _("Grounds"), _("Checklist item")], rows, essential=(1, 2)
        )
    n = len(plan.new)
    added = ngettext("{n} answer was added.", "{n} answers were added.", n)
    would = ngettext("{n} answer would be added.", "{n} answers would be added.", n)
    put((added if applied else would).format(n=n))
    put(
        _("{same} stand already as the file says; {blank} are blank in the file.").format(
            same=len(plan.unchanged), blank=len(plan.unanswered)
        )
    )
    for problem in plan.problems:
        put(
            _("Not taken: {where}, {item}: {why}").format(
                where=problem.place.where,
                item=problem.place.item.id,
                why=_(problem.message).format(**problem.facts),
            )
        )
    for stranger in plan.strangers:
        put(
            _("Not taken: {where}, an item that is not known here: {text}").format(
                where=f"{stranger.sheet} {stranger.row}", text=stranger.text
            )
        )
    if (plan.new or plan.items) and not applied:
        say(_("Nothing was changed. The same command with --apply adds them."))


def _report(plan: AnswerPlan, *, applied: bool) -> dict[str, Any]:
    def place(p: Place) -> dict[str, Any]:
        return {"item": p.item.id, "cell": p.where}

    return {
        "file": plan.source.name,
        "applied": applied,
        "items": [{"sheet": r.sheet, "row": r.row, "item": i.code, "text": i.wording} for r, i in plan.items],
        "new": [place(p) | {"answer": str(a.answer), "evidence": a.evidence} for p, a in plan.new],
        "unchanged": [place(p) for p in plan.unchanged],
        "blank": [place(p) for p in plan.unanswered],
        "not_taken": [place(p.place) | {"reason": _(p.message).format(**p.facts)} for p in plan.problems],
        "unknown": [{"sheet": s.sheet, "row": s.row, "text": s.text} for s in plan.strangers],
    }


# --- export ----------------------------------------------------------------------------------------------


@options.command(
    "export",
    N_("Fill a copy of a checklist workbook, keeping its layout."),
    N_(
        "Fill a copy of your own checklist file, such as METI's, with the answers that stand: only the cells "
        "of answers and grounds are written, everything else of the file stays as it is. The file itself is "
        "not touched; the copy goes to a new name.\n\n"
        "The copy is not encrypted: whoever has it can read it, so delete it when it is no longer needed."
    ),
    examples=(
        Example(
            "techguard checklist acme.techguard export meti.xlsx --to filled.xlsx",
            N_("Fill a copy of METI's own file:"),
        ),
    ),
)
@click.argument(
    "template",
    cls=Argument,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The workbook to fill a copy of (.xlsx)."),
)
@click.option(
    "--to",
    cls=Option,
    required=True,
    metavar="OUT.xlsx",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The file to write; it must not be there yet."),
)
@_answer_column
@_grounds_column
@options.passphrase
@options.as_json
@click.pass_context
def fill(
    ctx: click.Context,
    template: Path,
    to: Path,
    answer_column: str,
    grounds_column: str,
    as_json: bool,
) -> None:
    from techguard import exchange
    from techguard.vault.files import write_output

    if to.exists() or to.is_symlink():
        raise AlreadyThere(path=to)
    source = exchange.read(template)
    with opening.register(ctx, options.vault_of(ctx), read_only=True) as register:
        filling = exchange.plan_filling(
            exchange.find_items(
                source, exchange.KnownItems(register.company_checklists()), answer_column, grounds_column
            ),
            exchange.standing_answers(register),
        )
    with working(_("Writing {file}").format(file=to.name)):
        data, left = exchange.refill(template.read_bytes(), template.name, filling.cells)
        write_output(to, data)
    if as_json:
        put_json(
            {
                "file": str(to),
                "filled": [{"item": p.item.id, "cell": p.where} for p in filling.filled],
                "replaced": [{"item": p.item.id, "cell": p.where} for p in filling.replaced],
                "unanswered": [{"item": p.item.id, "cell": p.where} for p in filling.unanswered],
                "formulas": left,
                "without_grounds_column": [p.item.id for p in filling.without_grounds_column],
            }
        )
    else:
        put(str(to))
        n = len(filling.filled)
        say(ngettext("{n} item was filled in.", "{n} items were filled in.", n).format(n=n))
        if filling.replaced:
            where = list_text([p.where for p in filling.replaced])
            say(_("In the copy these took the place of what stood there: {cells}").format(cells=where))
        if filling.unanswered:
            n = len(filling.unanswered)
            text = ngettext(
                "{n} item has no answer here and was left as it is.",
                "{n} items have no answer here and were left as they are.",
                n,
            )
            say(text.format(n=n))
        if left:
            say(
                _("These cells hold a formula and were left as they are: {cells}").format(
                    cells=list_text(left)
                )
            )
        if filling.without_grounds_column:
            say(_("No heading tells where the grounds go; name the column with --grounds-column."))
    say(_("This is not encrypted: whoever has it can read it. Delete it when it is no longer needed."))


for _made in (show_list, take_in, fill):
    command.add_command(_made)
