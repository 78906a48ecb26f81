"""`techguard money`: what the estimated exposures could cost in a year."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from techguard.cli import opening, options
from techguard.cli.command import Example, Option
from techguard.cli.errors import say
from techguard.cli.output import block_bar, put, put_json, put_table
from techguard.i18n import N_, _, amounts, chance_text, estimates, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable

    from techguard.money import Figures
    from techguard.quant.simulate import Estimate, Outcome

_OWN_SEED, _OWN_TRIALS = 20260131, 100_000
_BAR = 8
_FLAT, _RAREST = 0.995, 0.001
"""Where the curve is told: from where it begins to fall to one year in a thousand."""


@options.command(
    "money",
    N_("Show what the estimated exposures could cost in a year."),
    N_(
        "Draw the losses of many years from the estimates in money, and show how often anything is lost, how "
        "much in bad years, and how much when it happens: without countermeasures, with those in force, and "
        "with those to come. Ranges went in, so ranges come out; what was not estimated is in no figure.\n\n"
        "The same register, seed and number of years give the same figures."
    ),
    examples=(
        Example("techguard money acme.techguard", N_("The figures, with their sampling errors:")),
        Example("techguard money acme.techguard --json", N_("With the curve, for another program:")),
    ),
)
@options.vault
@click.option(
    "--years",
    "trials",
    cls=Option,
    type=click.IntRange(1_000, 10_000_000),
    default=_OWN_TRIALS,
    show_default=True,
    help=N_("How many years are drawn."),
)
@click.option(
    "--seed",
    cls=Option,
    type=click.IntRange(0),
    default=_OWN_SEED,
    show_default=True,
    help=N_("Where the drawing begins."),
)
@options.as_json
@click.pass_context
def command(ctx: click.Context, vault: Path, trials: int, seed: int, as_json: bool) -> None:
    from techguard import money as counting

    with opening.register(ctx, vault, read_only=True) as register:
        found = counting.figures(register, seed=seed, trials=trials)
    if found is None:
        if as_json:
            put_json(None)
        say(_("No open exposure is estimated in money. Its page in the application takes an estimate."))
        return
    if as_json:
        put_json(_as_data(found))
        return
    _put_figures(found)


def _as_data(found: Figures) -> dict[str, object]:
    return {
        "estimated": [
            {
                "exposure": e.exposure.ref,
                "estimate": e.estimate.ref,
                "measures": [m.ref for m in e.measures],
                "confidence": e.estimate.confidence,
            }
            for e in found.estimated
        ],
        "not_estimated": found.without,
        "today": found.today.model_dump(mode="json"),
        "planned": found.planned.model_dump(mode="json") if found.planned else None,
    }


def _put_figures(found: Figures) -> None:
    columns: list[tuple[str, Outcome]] = [(_("Without measures"), found.today.before)]
    if found.today.after:
        columns.append((_("Today"), found.today.after))
    if found.planned and found.planned.after:
        columns.append((_("As planned"), found.planned.after))
    figures = [f for _n, o in columns for f in (o.if_any, o.p95, o.p99, o.mean) if f is not None]
    yen = estimates(n for f in figures for n in (f.value, f.low, f.high))
    rows = [
        [_("Chance of any loss in a year"), *(_ranged(o.p_any, chance_text) for _n, o in columns)],
        [_("Loss in a year when there is one"), *(_ranged(o.if_any, yen) for _n, o in columns)],
        [_("Not exceeded in 95 of 100 years"), *(_ranged(o.p95, yen) for _n, o in columns)],
        [_("Not exceeded in 99 of 100 years"), *(_ranged(o.p99, yen) for _n, o in columns)],
        [_("On average a year"), *(_ranged(o.mean, yen) for _n, o in columns)],
    ]
    put_table([_("In a year"), *(name for name, _o in columns)], rows)
    put()
    _put_curve(columns)
    after = {r.id: r for r in (found.planned or found.today).risks}
    say_mean = estimates(
        n for r in found.today.risks for n in (r.expected_before, after[r.id].expected_after)
    )
    put_table(
        [_("Number"), _("Exposure"), _("On average a year"), _("As planned")],
        [
            [
                e.exposure.ref,
                e.exposure.title,
                say_mean(r.expected_before),
                say_mean(after[r.id].expected_after),
            ]
            for e, r in zip(found.estimated, found.today.risks, strict=True)
        ],
    )
    put()
    n = found.without
    if n:
        say(
            ngettext(
                "{n} open exposure is not estimated: no figure holds anything of it.",
                "{n} open exposures are not estimated: no figure holds anything of them.",
                n,
            ).format(n=n)
        )
    say(
        _(
            "Drawn: {trials} years, seed {seed}. In brackets: what drawing alone leaves open, 95%; how good "
            "the estimates are it cannot say."
        ).format(trials=f"{found.today.trials:,}", seed=found.today.seed)
    )


def _put_curve(columns: list[tuple[str, Outcome]]) -> None:
    """The loss exceedance curve: how likely a year is that costs more, as bars of equal scale."""
    first = columns[0][1]
    most = first.p_any.value
    told = [
        points
        for points in zip(*(o.curve for _n, o in columns), strict=True)
        if _is_told(points[0].loss) and most * _FLAT >= points[0].probability.value >= _RAREST
    ]
    if not told:
        return
    say_loss = amounts(round(points[0].loss) for points in told)
    rows = [
        [
            say_loss(round(points[0].loss)),
            *(cell for p in points for cell in _chance_bar(p.probability.value, most)),
        ]
        for points in told
    ]
    put_table(
        [_("A year's loss above"), *(part for name, _o in columns for part in (name, ""))],
        rows,
        essential=tuple(range(0, 1 + 2 * len(columns))),
    )
    put()


def _chance_bar(chance: float, most: float) -> tuple[str, str]:
    return chance_text(chance), block_bar(chance / most, _BAR)


def _is_told(loss: float) -> bool:
    """Whether an amount is one, two, three or five with noughts."""
    return f"{loss:.6e}"[:8] in {"1.000000", "2.000000", "3.000000", "5.000000"}


def _ranged(figure: Estimate | None, say: Callable[[float], str]) -> str:
    if figure is None:
        return "–"
    return f"{say(figure.value)} ({say(figure.low)} – {say(figure.high)})"
