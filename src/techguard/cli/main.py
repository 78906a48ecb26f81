"""`techguard`: reads the command line, finds the command, and says how it ended.

Nothing heavy is imported here or by a command's module: a command imports what it needs when it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from techguard import __version__
from techguard.cli import errors, options
from techguard.cli.command import Example, Group, Option
from techguard.i18n import N_, _, detect_language, set_language, share_with_libraries

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_ROOM = "techguard.cli"

# What a person looks for together stands together: title, then command → (module, what it does).
SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    N_("To begin"): {
        "demo": (f"{_ROOM}.demo", N_("Make a fictional company's vault and its board summary, and open it.")),
        "init": (f"{_ROOM}.init", N_("Make a new, empty vault for your company.")),
        "shortcut": (f"{_ROOM}.shortcut", N_("Put an icon on the desktop that opens the vault.")),
        "terminal": (f"{_ROOM}.terminal", N_("Look whether this terminal shows techguard well.")),
    },
    N_("To read"): {
        "list": (f"{_ROOM}.list", N_("List technologies, exposures, countermeasures and the rest.")),
        "show": (f"{_ROOM}.show", N_("Show one entry with everything that belongs to it.")),
        "search": (f"{_ROOM}.search", N_("Search every text of the register.")),
        "leakmap": (
            f"{_ROOM}.leakmap",
            N_("Show technologies against routes, and what was never considered."),
        ),
        "scale": (
            f"{_ROOM}.scale",
            N_("Show the rating scale, see what another one would change, put it in force."),
        ),
        "notice": (f"{_ROOM}.notice", N_("Write a notice on one engagement, sealed.")),
        "statistics": (
            f"{_ROOM}.statistics",
            N_("Write statistics for an industry association, sealed."),
        ),
        "money": (f"{_ROOM}.money", N_("Show what the estimated exposures could cost in a year.")),
        "plan": (f"{_ROOM}.plan", N_("Choose the countermeasures that do most within a budget.")),
        "history": (f"{_ROOM}.history", N_("Show who changed what, and when.")),
        "candidates": (
            f"{_ROOM}.candidates",
            N_("List the technologies still to be judged, and how far each interview is."),
        ),
        "whatif": (f"{_ROOM}.whatif", N_("Compare the ways a deal could be done.")),
        "review": (
            f"{_ROOM}.review",
            N_("Plan, prepare, follow and close a review session; compare two."),
        ),
        "checklist": (
            f"{_ROOM}.checklist",
            N_("Show how the checklists are answered; read and fill METI's own workbook."),
        ),
    },
    N_("To bring in, correct and hand over"): {
        "import": (f"{_ROOM}.import_", N_("Take in a spreadsheet, a CSV or a JSON file.")),
        "export": (f"{_ROOM}.export", N_("Write the register, or an empty form, to a file.")),
        "board": (f"{_ROOM}.board", N_("Write the board summary, sealed.")),
        "evidence": (
            f"{_ROOM}.evidence",
            N_("Pack what was done about a technology, for others to check."),
        ),
        "undo": (f"{_ROOM}.undo", N_("Take back a change; the history keeps both.")),
    },
    N_("To keep it safe"): {
        "verify": (
            f"{_ROOM}.verify",
            N_("Check that nothing was damaged or changed behind the program's back."),
        ),
        "checkpoint": (
            f"{_ROOM}.checkpoint",
            N_("Print a signed mark of the history, to be kept outside the vault."),
        ),
        "backup": (
            f"{_ROOM}.backup",
            N_("Make a complete, checked copy of the vault; list and check those there are."),
        ),
        "restore": (f"{_ROOM}.restore", N_("Bring a backup back as a vault in a new place.")),
        "merge": (f"{_ROOM}.merge", N_("Bring another copy of the vault together with this one.")),
        "prune": (
            f"{_ROOM}.prune",
            N_("Destroy the values of what was taken out long ago; tombstones remain."),
        ),
        "people": (
            f"{_ROOM}.people",
            N_("Say who has access; change your passphrase, key file or recovery code."),
        ),
        "completion": (f"{_ROOM}.completion", N_("Print the script that completes commands in your shell.")),
    },
}


class Root(Group):
    """The first word is a command, or else the vault to open."""

    lazy = {name: entry for section in SECTIONS.values() for name, entry in section.items()}

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run a command line and end the process with its exit code."""
        words = list(sys.argv[1:] if args is None else args)
        set_language(options.wanted_language(words) or detect_language(os.environ))
        share_with_libraries()
        _safe_streams()
        extra["standalone_mode"] = False
        extra.setdefault("prog_name", "techguard")
        try:
            code = super().main(args, *rest, **extra)
            sys.stdout.flush()
        except Exception as error:
            code = errors.tell(error, debug="--debug" in words)
        except KeyboardInterrupt as error:
            code = errors.tell(error)
        if code == errors.READER_GONE:
            errors.close_quietly()
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        from techguard.cli import cores

        cores.off()  # before any command asks for a secret
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise click.exceptions.Exit(errors.READER_GONE) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None and _is_place(args[0]):
            return "", _opener(), args
        return super().resolve_command(ctx, args)

    def unknown(self, word: str) -> str:
        return _("There is no command {name!r}, and no vault of that name.").format(name=word)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="dir")]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, _("[OPTIONS] [VAULT]"))
        formatter.write_usage(ctx.command_path, _("COMMAND [OPTIONS] [ARGUMENTS]"))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in SECTIONS.items():
            with formatter.section(_(title)):
                formatter.write_dl([(name, _(short)) for name, (_module, short) in section.items()])


def _opener() -> click.Command:
    from techguard.cli.open_ import command

    return command


def _is_place(word: str) -> bool:
    """Whether a word that is no command is meant as the path of a vault."""
    separators = [s for s in (os.sep, os.altsep) if s]
    return word.endswith(".techguard") or any(s in word for s in separators) or Path(word).exists()


def _safe_streams() -> None:
    """Data and words that the terminal's character set lacks are escaped, never a crash; files get UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            encoding = stream.encoding if stream.isatty() else "utf-8"
            reconfigure(encoding=encoding, errors="backslashreplace")


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"techguard {__version__}")
        ctx.exit()


@click.group(
    "techguard",
    cls=Root,
    invoke_without_command=True,
    help=N_(
        "An encrypted register of your company's core technologies and the routes by which they could "
        "leak.\n\n"
        "Without a command it opens a vault in the terminal: the one you name, or one that you choose or "
        "make there. The passphrase is asked for, or read from a file; it is never part of the command "
        "line."
    ),
    examples=(
        Example("techguard demo", N_("See it with a fictional company's data:")),
        Example("techguard acme.techguard", N_("Open a vault in the terminal:")),
        Example("techguard list --help", N_("Read about one command:")),
    ),
)
@click.option(
    "--version",
    cls=Option,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help=N_("Show the version and exit."),
)
@options.passphrase
@options.language
@options.debug
@click.pass_context
def root(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        ctx.invoke(_opener(), vault=None)


def main() -> NoReturn:
    """The entry point of the `techguard` command."""
    root.main(prog_name="techguard")
