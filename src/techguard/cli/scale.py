"""`techguard scale`: the scale in force, what another one would change, and putting that in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options
from techguard.cli.command import Example, Option
from techguard.cli.errors import say
from techguard.cli.output import put, put_json, put_table
from techguard.i18n import N_, _, language, ngettext

if TYPE_CHECKING:
    from techguard.domain.items import ScaleEdition
    from techguard.domain.rescaling import Rescaling
    from techguard.register import Register


@options.command(
    "scale",
    N_("Show the rating scale, see what another one would change, put it in force."),
    N_(
        "Without a file: the scale in force, its matrix and its steps; with --toml as a file to be edited. "
        "With --file: what the scale written there would change, entry by entry, and nothing else. With "
        "--apply too: put it in force, as one act that can be undone.\n\nRatings stay as they were made. A "
        "rating whose step has no place on the new scale keeps its level and is listed to be rated anew: "
        "nothing is rounded."
    ),
    examples=(
        Example("techguard scale acme.techguard", N_("The scale in force:")),
        Example("techguard scale acme.techguard --toml > scale.toml", N_("Write it to a file to edit:")),
        Example("techguard scale acme.techguard --file scale.toml", N_("See what the edited scale changes:")),
        Example("techguard scale acme.techguard --file scale.toml --apply", N_("Put it in force:")),
    ),
)
@options.vault
@click.option("--toml", "as_toml", cls=Option, is_flag=True, help=N_("Print the scale as a file to edit."))
@click.option(
    "--file",
    cls=Option,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help=N_("A scale written as --toml prints it."),
)
@click.option("--apply", cls=Option, is_flag=True, help=N_("Put the scale of --file in force."))
@options.as_json
@click.pass_context
def command(
    ctx: click.Context, vault: Path, as_toml: bool, file: Path | None, apply: bool, as_json: bool
) -> None:
    if apply and file is None:
        raise click.UsageError(_("--apply needs --file: the scale to put in force."), ctx)
    own = None if file is None else _read(file)
    with opening.register(ctx, vault, read_only=not apply) as register:
        if own is None:
            _show(register, as_toml=as_toml, as_json=as_json)
            return
        found = register.rescaling(own)
        if as_json:
            put_json(_record(found))
        else:
            _tell(found)
        if apply:
            with register.act(own.reason):
                made = register.add(own)
            say(_("{ref} is in force.").format(ref=made.ref))


def _read(file: Path) -> ScaleEdition:
    """The scale of a file. Raises `BadScaleFile`, and `Invalid` for a value that does not fit."""
    import tomllib

    from techguard.domain.items import ScaleEdition
    from techguard.domain.kinds import KINDS
    from techguard.exchange.errors import BadScaleFile

    known = {f.name for f in KINDS["scale"].editable}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadScaleFile(name=file.name, reason=str(error)) from error
    strange = sorted(set(values) - known)
    if strange:
        raise BadScaleFile(name=file.name, reason=tuple(strange))
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return ScaleEdition.model_construct(**given)


def _show(register: Register, *, as_toml: bool, as_json: bool) -> None:
    from techguard import catalog

    scale = register.scale
    written = catalog.written(scale, language())
    if as_toml:
        put(_as_toml(written))
        return
    if as_json:
        put_json({"edition": scale.edition, **written})
        return
    put(_("Scale in force: {edition}").format(edition=scale.edition))
    names = {axis: catalog.scales().scale(axis).levels for axis in ("likelihood", "impact")}
    heads = [_("Likelihood / impact"), *(f"{s.value} {s.name.in_(language())}" for s in names["impact"])]
    rows = [
        [f"{s.value} {s.name.in_(language())}", *map(str, scale.matrix[s.value - 1])]
        for s in reversed(names["likelihood"])
    ]
    put_table(heads, rows, range(len(heads)))


def _as_toml(written: dict[str, object]) -> str:
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(_("A rating scale. See what it changes with: techguard scale VAULT --file")))
    for name, value in {
        "title": "",
        "reason": "",
        **written,
        "carry_likelihood": (),
        "carry_impact": (),
    }.items():
        document.add(name, tomlkit.item([*value] if isinstance(value, tuple) else _plain(value)))
    return tomlkit.dumps(document).rstrip("\n")


def _plain(value: object) -> Any:
    from decimal import Decimal
    from enum import Enum

    if isinstance(value, Enum):
        return value.value
    return float(value) if isinstance(value, Decimal) else value


def _tell(found: Rescaling) -> None:
    from techguard import present
    from techguard.domain.items import Exposure
    from techguard.domain.kinds import kind_of
    from techguard.domain.rescaling import EFFECTS

    rows = [
        [
            r.now.ref,
            _(EFFECTS[r.effect]),
            *(
                f"{x.likelihood} x {x.impact} = {present.level_word(x.level, language())}"
                if isinstance(x, Exposure)
                else ""
                for x in (r.now, r.then)
            ),
            present.title(r.now, kind_of(r.now), language()),
        ]
        for r in found.rows
        if r.effect != "same"
    ]
    if rows:
        put_table([_("Number"), _("Effect"), _("Now"), _("Then"), _("Title")], rows, [1, 2, 3])
    anew = found.count("rate_anew")
    said = [
        ngettext("{n} exposure to rate anew", "{n} exposures to rate anew", anew).format(n=anew),
        ngettext("{n} rises", "{n} rise", found.count("risen")).format(n=found.count("risen")),
        ngettext("{n} falls", "{n} fall", found.count("fallen")).format(n=found.count("fallen")),
    ]
    say("   ".join(said))


def _record(found: Rescaling) -> list[dict[str, Any]]:
    from techguard.domain.items import Exposure

    return [
        {
            "ref": r.now.ref,
            "effect": r.effect,
            **(
                {
                    when: {"likelihood": x.likelihood, "impact": x.impact, "level": x.level}
                    for when, x in (("now", r.now), ("then", r.then))
                    if isinstance(x, Exposure)
                }
            ),
        }
        for r in found.rows
    ]
