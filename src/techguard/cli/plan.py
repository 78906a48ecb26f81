"""`techguard plan`: which countermeasures to choose within a budget, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options
from techguard.cli.command import Example, Option
from techguard.cli.errors import UsageError, say
from techguard.cli.output import block_bar, put, put_json, put_table
from techguard.i18n import N_, _, language, translator

if TYPE_CHECKING:
    from techguard.domain.items import Countermeasure
    from techguard.quant.plan import FrontierPoint, Plan, Terms
    from techguard.register import Register

_GOALS = ("loss", "net", "levels")
_PAIR = 2


class NotAChoice(UsageError):
    """Facts: `value`."""

    what = "Of these there is nothing to choose: {value}"
    next_step = "Name at least two countermeasures, with commas between them."


class NotToCome(UsageError):
    """Facts: `ref`."""

    what = "{ref} cannot be chosen: it is done, or was given up."
    next_step = "Name countermeasures that are proposed, approved or in progress."


@options.command(
    "plan",
    N_("Choose the countermeasures that do most within a budget."),
    N_(
        "From the countermeasures that are proposed, approved or in progress, choose those that lower the "
        "expected loss most, save most after costs, or bring most exposures below the high levels, within a "
        "budget and a limit of burden on work. The choice is proven to be the best there is, and for each "
        "one it says why it is in or out.\n\n"
        "With --frontier: what the best choice reaches for less and more money, up to the budget.\n\n"
        "Without estimates in money, choose by levels: each measure's design effect counts as steps of "
        "likelihood."
    ),
    examples=(
        Example("techguard plan acme.techguard --budget 50m", N_("Within fifty million yen:")),
        Example(
            "techguard plan acme.techguard --goal levels --budget 20m --must CMS-0003",
            N_("By levels, with one that is a must:"),
        ),
        Example(
            "techguard plan acme.techguard --budget 50m --one-of CMS-0005,CMS-0006",
            N_("Two that do the same work, of which one is enough:"),
        ),
        Example("techguard plan acme.techguard --frontier", N_("What more money would reach:")),
    ),
)
@options.vault
@click.option(
    "--budget",
    cls=Option,
    type=options.Amount(),
    metavar="YEN",
    help=N_("What may be spent over the years; else no limit."),
)
@click.option(
    "--goal",
    cls=Option,
    type=click.Choice(_GOALS),
    default="loss",
    show_default=True,
    help=N_("Lower the expected loss, save most after costs (net), or lower the levels."),
)
@click.option(
    "--years",
    cls=Option,
    type=click.IntRange(1, 30),
    default=5,
    show_default=True,
    help=N_("Over how many years yearly costs are counted."),
)
@click.option(
    "--burden",
    cls=Option,
    type=click.IntRange(0),
    metavar="SUM",
    help=N_("The largest sum of burdens on work."),
)
@click.option(
    "--must",
    cls=Option,
    multiple=True,
    metavar="REF",
    help=N_("A countermeasure that is chosen in any case; may be repeated."),
)
@click.option(
    "--one-of",
    "rivals",
    cls=Option,
    multiple=True,
    metavar="REF,REF",
    help=N_("Countermeasures of which one at most is chosen; may be repeated."),
)
@click.option(
    "--frontier",
    "rising",
    cls=Option,
    is_flag=True,
    help=N_("Show what the best choice reaches within rising budgets."),
)
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    vault: Path,
    budget: int | None,
    goal: str,
    years: int,
    burden: int | None,
    must: tuple[str, ...],
    rivals: tuple[str, ...],
    rising: bool,
    as_json: bool,
) -> None:
    from techguard import money as counting
    from techguard.domain.items import Countermeasure
    from techguard.quant.plan import Goal, Terms

    terms = Terms(goal=Goal(goal), budget=budget, burden=burden, years=years)
    with opening.register(ctx, vault, read_only=True) as register:
        wanted = [register.get(ref, Countermeasure).id for ref in must]
        exclusions = [[m.id for m in _to_come(register, group)] for group in rivals]
        if rising:
            points = counting.reached(register, terms, must=wanted, exclusions=exclusions)
            chosen = {one for point in points for one in point.chosen}
            refs = {m.id: m.ref for m in _by_id(register, chosen)}
            _put_frontier(points, terms, refs, as_json=as_json)
            return
        found = counting.choose(register, terms, must=wanted, exclusions=exclusions)
        named = {c.id: c for c in _by_id(register, [v.id for v in found.verdicts])}
    if as_json:
        refs = {id_: c.ref for id_, c in named.items()}
        put_json(
            found.model_dump(mode="json")
            | {
                "chosen": [refs[c] for c in found.chosen],
                "unpriced": [refs[c] for c in found.unpriced],
                "verdicts": [
                    v.model_dump(mode="json") | {"id": refs[v.id], "others": [refs[o] for o in v.others]}
                    for v in found.verdicts
                ],
            }
        )
        return
    _put_plan(found, named)


def _by_id(register: Register, ids: Collection[str]) -> list[Countermeasure]:
    from techguard.domain.items import Countermeasure
    from techguard.register import Query, Where

    return register.find(Countermeasure, Query(where=(Where("id", "in", list(ids)),))) if ids else []


def _to_come(register: Register, group: str) -> list[Countermeasure]:
    """The countermeasures of one --one-of; each has to be one that can be chosen."""
    from techguard.domain.items import Countermeasure
    from techguard.money import TO_COME

    refs = [ref.strip() for ref in group.split(",") if ref.strip()]
    found = [register.get(ref, Countermeasure) for ref in refs]
    if len({m.id for m in found}) < _PAIR:
        raise NotAChoice(value=group)
    for measure in found:
        if measure.status not in TO_COME:
            raise NotToCome(ref=measure.ref)
    return found


def _put_frontier(
    points: Sequence[FrontierPoint], terms: Terms, refs: dict[str, str], *, as_json: bool
) -> None:
    if as_json:
        put_json(
            [
                point.model_dump(mode="json") | {"chosen": sorted(refs[c] for c in point.chosen)}
                for point in points
            ]
        )
        return
    if not any(point.cost for point in points):
        say(_("There is nothing to choose from: no countermeasure to come has a cost and an effect."))
        return
    by_levels = terms.goal.value == "levels"
    left = [point.high_after if by_levels else point.loss_after for point in points]
    said = translator(language()).together((p.cost for p in points), (p.loss_after for p in points))
    rows: list[list[str]] = []
    before: set[str] = set()
    for point, value in zip(points, left, strict=True):
        if rows and set(point.chosen) == before:
            continue  # more money that changes nothing
        added, gone = set(point.chosen) - before, before - set(point.chosen)
        rows.append(
            [
                said.cost(point.cost),
                f"{point.high_after:,}" if by_levels else said.loss(point.loss_after),
                block_bar(value / max(*left, 1)),
                " ".join(
                    [
                        *(f"+{refs[c]}" for c in _sorted(added, refs)),
                        *(f"-{refs[c]}" for c in _sorted(gone, refs)),
                    ]
                ),
            ]
        )
        before = set(point.chosen)
    what = _("High exposures left") if by_levels else _("Expected loss a year that is left")
    put_table([_("Cost"), what, "", _("What changes")], rows, essential=(0, 1, 2))
    put()
    say(
        _("Costs are counted over {years} years. Each line is the best there is for its cost.").format(
            years=terms.years
        )
    )
    if not all(point.proven for point in points):
        say(_("Some lines may be short of the best choice: there was not enough time to prove them."))


def _sorted(ids: Iterable[str], refs: dict[str, str]) -> list[str]:
    return sorted(ids, key=lambda one: refs[one])


def _put_plan(found: Plan, named: dict[str, Countermeasure]) -> None:
    from techguard import money, present

    if not found.verdicts:
        say(_("There is no countermeasure to choose from: none is proposed, approved or in progress."))
        return
    said = money.said_together(found, language())
    rows = [
        [
            _("in") if v.chosen else "",
            named[v.id].ref,
            named[v.id].title,
            said.cost(v.cost) if v.cost is not None else "–",
            said.loss(v.saves) if v.saves else "–",
            str(v.lowers or "–"),
            " ".join([present.choice_label(v.reason, language()), *(named[o].ref for o in v.others)]),
        ]
        for v in sorted(found.verdicts, key=lambda v: (not v.chosen, named[v.id].ref))
    ]
    put_table(
        ["", _("Number"), _("Countermeasure"), _("Cost"), _("Saves a year"), _("Levels"), _("Why")],
        rows,
        essential=(0, 1, 2, 6),
    )
    put()
    say(
        _("Cost over {years} years: {cost}. Expected loss a year: {before} → {after}.").format(
            years=found.terms.years,
            cost=said.cost(found.cost),
            before=said.loss(found.loss_before),
            after=said.loss(found.loss_after),
        )
    )
    say(
        _("Exposures on a high level that a measure could lower: {before} → {after}.").format(
            before=found.high_before, after=found.high_after
        )
    )
    say(
        _("No other choice does better: it is proven.")
        if found.proven
        else _("It may be short of the best choice by {gap}.").format(gap=f"{found.gap:.2%}")
    )
