"""The arguments and options that several commands share, each written once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from techguard.cli.command import Argument, Command, Example, Group, Option
from techguard.cli.errors import UsageError
from techguard.i18n import LANGUAGES, N_, Language

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])
Function = Callable[..., Any]
Decorator = Callable[[Function], click.Command]


class NotAnAmount(UsageError):
    """Facts: `value`."""

    what = "This is not an amount of whole yen: {value}"
    next_step = "Write it as 50,000,000 or 50m."


class Amount(click.ParamType[int]):
    """An amount of money as people write it."""

    name = "yen"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from techguard.i18n.money import read_money

        found = value if isinstance(value, int) else read_money(str(value))
        if found is None:
            raise NotAnAmount(value=str(value))
        return found


@dataclass
class Settings:
    """What was said anywhere on the command line and counts for the whole of it."""

    passphrase_file: str | None = None
    key_file: str | None = None


def settings(ctx: click.Context) -> Settings:
    """The settings of this run."""
    return ctx.find_root().ensure_object(Settings)


def wanted(args: Sequence[str], option: str) -> str | None:
    """The value of `option` anywhere among `args`: what must be known before they can be read properly."""
    value = None
    for position, word in enumerate(args):
        if word == "--":
            break
        if word == option and position + 1 < len(args):
            value = args[position + 1]
        elif word.startswith(f"{option}="):
            value = word.partition("=")[2]
    return value


def wanted_language(args: Sequence[str]) -> Language | None:
    """The language asked for with --lang, wherever it stands."""
    value = wanted(args, "--lang")
    return value if value in LANGUAGES else None


def _keep_passphrase_file(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        settings(ctx).passphrase_file = value


def _keep_key_file(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        settings(ctx).key_file = value


language = click.option(
    "--lang",
    cls=Option,
    common=True,
    expose_value=False,
    type=click.Choice(LANGUAGES),
    help=N_("Language of everything shown: Japanese or English. Otherwise TECHGUARD_LANG, or the system's."),
)


def output(
    text: str = N_("The file to write; one that is there is replaced."), *, required: bool = False
) -> Function:
    """The option that names the file a command writes."""
    return click.option(
        "--output",
        cls=Option,
        required=required,
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help=text,
    )


def against(text: str) -> Function:
    """The option that names checkpoints which were kept elsewhere."""
    return click.option(
        "--against",
        cls=Option,
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        help=text,
    )


debug = click.option(
    "--debug",
    cls=Option,
    common=True,
    expose_value=False,
    is_flag=True,
    help=N_("When something goes wrong, also show where in the program: never what the register holds."),
)
_passphrase = click.option(
    "--passphrase-file",
    cls=Option,
    common=True,
    expose_value=False,
    metavar="FILE",
    type=click.Path(allow_dash=True, dir_okay=False),
    callback=_keep_passphrase_file,
    help=N_(
        "Read the passphrase from this file instead of asking; - is standard input. "
        "Otherwise TECHGUARD_PASSPHRASE_FILE may name the file."
    ),
)
_key_file = click.option(
    "--key-file",
    cls=Option,
    common=True,
    expose_value=False,
    metavar="FILE",
    type=click.Path(dir_okay=False),
    callback=_keep_key_file,
    help=N_(
        "The key file that belongs to your passphrase, if you have one. "
        "Otherwise TECHGUARD_KEY_FILE may name it."
    ),
)
as_json = click.option(
    "--json", "as_json", cls=Option, is_flag=True, help=N_("Print JSON, for other programs to read.")
)
plain = click.option(
    "--plain",
    cls=Option,
    is_flag=True,
    help=N_("One field a line, without a table: for screen readers."),
)


def passphrase(function: F) -> F:
    """How the passphrase of a vault is given, and the key file that may belong to it."""
    return _passphrase(_key_file(function))


def vault(function: F) -> F:
    """The vault a command works on, and how its passphrase is given."""
    argument = click.argument(
        "vault",
        cls=Argument,
        type=click.Path(path_type=Path, file_okay=False),
        help=N_("The vault: the folder that holds vault.json."),
    )
    return argument(passphrase(function))


def vault_of(ctx: click.Context) -> Path:
    """The vault that the group above a command named."""
    assert ctx.parent is not None
    return cast("Path", ctx.parent.params["vault"])


def command(
    name: str,
    short: str,
    help: str = "",  # noqa: A002 - click's word
    examples: Sequence[Example] = (),
) -> Decorator:
    """A command with the options that all commands have."""

    def make(function: Callable[..., Any]) -> click.Command:
        made = click.command(
            name, cls=Command, short_help=short, help=help or short, examples=tuple(examples)
        )
        return made(language(debug(function)))

    return make


def group(
    name: str,
    short: str,
    help: str = "",  # noqa: A002 - click's word
    examples: Sequence[Example] = (),
) -> Callable[[Callable[..., Any]], Group]:
    """A command that has commands, with the options that all commands have."""

    def make(function: Callable[..., Any]) -> Group:
        made = click.group(name, cls=Group, short_help=short, help=help or short, examples=tuple(examples))
        return made(language(debug(function)))

    return make


class Word(click.ParamType[str]):
    """One of a closed list of words, completed by the shell; the list is loaded only when it is needed."""

    def __init__(self, name: str, words: Callable[[], Sequence[str]]) -> None:
        self.name = name
        self._words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        words = self._words()
        if value not in words:
            choice = click.Choice(words)
            choice.convert(value, param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self._words() if word.startswith(incomplete)]
