"""Commands, options and arguments that speak the reader's language, in lines as wide as the terminal.

Their texts are message ids, translated when they are shown: the language is known only once the command line
has been read. Apart from that they are click's own.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from techguard.i18n import N_, _, labelled

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Example(NamedTuple):
    """A command line that works, and what it does (a message id)."""

    line: str
    what: str


class Formatter(click.HelpFormatter):
    """Click's, but counting cells: a Japanese character takes two, and its sentences have no spaces."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, labelled(_("Usage"), "") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(" " * self.current_indent + labelled(heading, "").rstrip() + "\n")

    def write_text(self, text: str) -> None:
        from techguard.domain.text import wrap

        indent = " " * self.current_indent
        paragraphs = (" ".join(p.split()) for p in inspect.cleandoc(text).split("\n\n"))
        self.write(
            "\n\n".join(
                "\n".join(f"{indent}{line}" for line in wrap(p, self.width - self.current_indent))
                for p in paragraphs
            )
            + "\n"
        )

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        from techguard.domain.text import width as cells
        from techguard.domain.text import wrap

        listed = list(rows)
        first = min(max(cells(term) for term, _text in listed), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, text in listed:
            lines = wrap(text, max(self.width - first - self.current_indent, 10)) if text else [""]
            fits = cells(term) <= first - col_spacing
            head = indent + term + " " * (first - cells(term)) + lines[0] if fits else indent + term
            rest = lines[1:] if fits else lines
            self.write(
                "\n".join([head.rstrip(), *(indent + " " * first + line for line in rest if line)]) + "\n"
            )


class Context(click.Context):
    formatter_class = Formatter


class Option(click.Option):
    """An option whose help is a message id. `common`: one that every command has, listed last."""

    def __init__(self, *args: Any, common: bool = False, **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.common = common

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        if record is None or not self.help:
            return record
        spec, text = record
        return spec, _(self.help) + text.removeprefix(self.help)


class Argument(click.Argument):
    """An argument whose help is a message id."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.make_metavar(ctx).strip("[]"), _(self.help or "")


class Command(click.Command):
    """A command whose help and examples are message ids."""

    context_class = Context

    def __init__(self, *args: Any, examples: Sequence[Example] = (), **attrs: Any) -> None:
        attrs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **attrs)
        self.examples = tuple(examples)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            # Click translates it once and keeps it; a screen may change its language.
            option.help = _("Show this message and exit.")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        return _(self.short_help or "")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        pieces = super().collect_usage_pieces(ctx)
        return [_("[OPTIONS]") if piece == self.options_metavar else piece for piece in pieces]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path.strip(), " ".join(self.collect_usage_pieces(ctx)))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_(self.help or self.short_help or ""))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        own = [p for p in options if isinstance(p, Option) and not p.common]
        for title, listed in (
            (_("Options"), own),
            (_("Every command"), [p for p in options if p not in own]),
        ):
            records = [record for p in listed if (record := p.get_help_record(ctx)) is not None]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section(_("Examples")):
                for line, what in self.examples:
                    formatter.write_text(_(what))
                    formatter.write(f"{'':{formatter.current_indent + 2}}{line}\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return [_told(item) for item in super().shell_complete(ctx, incomplete)]


def _told(item: CompletionItem) -> CompletionItem:
    if item.help:
        item.help = _(item.help)
    return item


class Group(Command, click.Group):
    """A command that has commands, each named in `lazy` with the module that holds it.

    No module is imported until its command is used, so that `--help` and `--version` start at once.
    """

    lazy: Mapping[str, tuple[str, str]] = {}
    """Name → (module, message id of what it does)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, _short = self.lazy[cmd_name]
        command: click.Command = import_module(module).command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self._options_first(ctx, args))

    def _options_first(self, ctx: click.Context, args: Sequence[str]) -> list[str]:
        """What belongs to this command with its options first: click would not read them after VAULT."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        with_value = {name for p in options if not p.is_flag for name in p.opts}
        arguments = sum(isinstance(p, click.Argument) for p in self.params)
        first: list[str] = []
        words: list[str] = []
        rest = list(args)
        while rest and rest[0] != "--" and (len(words) < arguments or rest[0].startswith("-")):
            word = rest.pop(0)
            (first if word.startswith("-") else words).append(word)
            if word in with_value and rest:
                first.append(rest.pop(0))
        return [*first, *words, *rest]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if not (ctx.resilient_parsing or word.startswith("-")) and self.get_command(ctx, word) is None:
            names = self.list_commands(ctx)
            raise click.exceptions.NoSuchCommand(word, self.unknown(word), possibilities=names, ctx=ctx)
        return super().resolve_command(ctx, args)

    def unknown(self, word: str) -> str | None:
        """What is said of a word that is no command; None for click's own sentence."""
        return None

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx)[:-1], _("COMMAND"), _("[ARGUMENTS]")]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, _(short)) for name, short in self.summaries(ctx).items()]
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)

    def summaries(self, ctx: click.Context) -> dict[str, str]:
        """What each command does (message ids), without importing any."""
        own = {name: command.short_help or "" for name, command in self.commands.items()}
        return {name: short for name, (_module, short) in self.lazy.items()} | own

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)


# Click leaves these to English, or asks the catalogue with words that only its own source has.
_CLICK_SAYS = (N_("required"),)
