"""`techguard terminal`: whether this terminal shows techguard well, and what to change."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from techguard.cli import options
from techguard.cli.command import Example
from techguard.cli.errors import say
from techguard.cli.output import put, put_json
from techguard.i18n import N_, _

if TYPE_CHECKING:
    from techguard.desktop import System

FONTS: dict[System, str] = {
    "windows": N_(
        "If characters are missing or crooked, choose BIZ UDGothic or MS Gothic as the terminal's font."
    ),
    "macos": N_(
        "If lines of boxes have gaps, choose Menlo as the font and a line spacing of 0.8 in Terminal's "
        "profile."
    ),
    "linux": N_("If characters are missing, install a Japanese font such as Noto Sans Mono CJK JP."),
}
"""What to do about fonts on each system (message ids)."""

SAMPLE = "漢字かなカナ ①②③ ※ ─│┌┐ ■□●○ ▁▃▅▇ #### …"  # japanese: to be looked at


@options.command(
    "terminal",
    N_("Look whether this terminal shows techguard well."),
    N_(
        "Look at the terminal this runs in: its size, its colours, its character set, and how wide it draws "
        "characters whose width East Asian standards leave open. Each finding says in one sentence what to "
        "change. The exit code is 1 if there is one."
    ),
    examples=(Example("techguard terminal", N_("Is this terminal all right?")),),
)
@options.as_json
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    from techguard import terminal
    from techguard.desktop import this_system

    seen = terminal.look()
    found = terminal.findings(seen)
    if as_json:
        put_json({
            "terminal": seen.name,
            "columns": seen.columns,
            "rows": seen.rows,
            "colours": seen.colours,
            "utf8": seen.utf8,
            "ambiguous_width": seen.ambiguous,
            "findings": [f.code for f in found],
        })  # fmt: skip
    else:
        for finding in found:
            put(_(finding.advice))
        if not found:
            put(_("This terminal shows techguard well."))
        if sys.stdout.isatty():
            say(_("Can you read all of this line, without gaps? {sample}").format(sample=SAMPLE))
            say(_(FONTS[this_system()]))
    ctx.exit(1 if found else 0)
