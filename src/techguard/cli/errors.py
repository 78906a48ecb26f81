"""What a person is told when a command cannot do its work, and with which exit code it ends.

0 done · 1 a check found something · 2 wrong usage · 3 wrong passphrase · 4 vault damaged · 5 bad input
6 someone else is writing · 70 a fault of the program · 130 interrupted · 141 the reader of the output went
away
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import click

from techguard.cli.text import harmless
from techguard.errors import TechguardError
from techguard.i18n import _, explain

FOUND = 1
USAGE = 2
FAULT = 70
INTERRUPTED = 130
READER_GONE = 141


class UsageError(TechguardError):
    """Base of what is wrong with the command line itself."""

    exit_code: ClassVar[int] = USAGE


class NoTerminal(UsageError):
    """A passphrase is needed and nobody can be asked."""

    what = "A passphrase is needed, and there is no terminal to ask at."
    next_step = (
        "Give the file that holds it with --passphrase-file, or its path in TECHGUARD_PASSPHRASE_FILE."
    )


class SecretFileUnreadable(UsageError):
    """Facts: `path`, `reason`."""

    what = "The file {path} with the secret cannot be read: {reason}"
    next_step = "Check the path and who may read it. It holds one line of UTF-8 text."


class SecretFileEmpty(UsageError):
    """Facts: `path`."""

    what = "The file {path} with the secret is empty."
    next_step = "It holds one line: the passphrase, and nothing else."


class NoScreen(UsageError):
    """The terminal application was asked for where there is no terminal."""

    what = "The terminal application needs a terminal."
    next_step = "techguard --help lists the commands that work without one."


class OutOfMemory(TechguardError):
    """The machine, or a limit set on it, leaves too little."""

    exit_code: ClassVar[int] = 5
    what = (
        "There is not enough memory for this. What was saved before is kept, and nothing of it is half done."
    )
    next_step = "Close other programs, or divide a long list into parts, and try again."


def tell(error: BaseException, *, debug: bool = False) -> int:
    """Say on standard error what happened, and return the exit code.

    A fault of the program is one sentence with a number: no value of any variable is ever shown, because it
    may be what the register holds. `debug` adds where it happened, without values.
    """
    match error:
        case TechguardError():
            say(_("Error: {message}").format(message=str(explain(error))))
            if debug:
                _say_where(error)
            return error.exit_code
        case MemoryError():
            where = list(_where(error)) if debug else []
            while cause := error.__context__:  # these hold what filled the memory; telling needs some of it
                error.__context__ = cause.__context__
                cause.__traceback__ = None
            error.__traceback__ = error.__cause__ = None
            say(_("Error: {message}").format(message=str(explain(OutOfMemory()))))
            if debug:
                say("\n".join(where))
            return OutOfMemory.exit_code
        case click.exceptions.Exit():
            return error.exit_code
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return error.exit_code
        case click.UsageError():
            _say_usage(error)
            return error.exit_code
        case click.ClickException():
            say(_("Error: {message}").format(message=error.format_message()))
            return USAGE
        case click.Abort() | KeyboardInterrupt() | EOFError():
            say(_("Interrupted. What was saved before is kept."))
            return INTERRUPTED
        case OSError() if error.errno == errno.EPIPE:
            return READER_GONE
    say(
        _(
            "techguard met a fault of its own, number {number}; what was saved before is kept, and "
            "--debug shows "
            "where it happened."
        ).format(number=fault_number(error))
    )
    if debug:
        _say_where(error)
    return FAULT


def say(text: str) -> None:
    """Words for the person: on standard error, harmless."""
    click.echo(harmless(text), err=True)


def fault_number(error: BaseException) -> str:
    """The same number for the same fault at the same place: eight hexadecimal digits, from no value."""
    import hashlib

    return hashlib.sha256("\n".join(_where(error)).encode()).hexdigest()[:8]


def _where(error: BaseException) -> Iterator[str]:
    """The types of an error and of what led to it, each with its places: module, line and function."""
    import traceback

    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield type(cause).__qualname__
        for frame, line in traceback.walk_tb(cause.__traceback__):
            module = frame.f_globals.get("__name__", Path(frame.f_code.co_filename).stem)
            yield f"  {module}:{line} {frame.f_code.co_name}"
        cause = cause.__cause__ or cause.__context__


def _say_where(error: BaseException) -> None:
    say("\n".join(_where(error)))


def _say_usage(error: click.UsageError) -> None:
    context = error.ctx
    if context is not None:
        say(context.get_usage())
        say(
            _("Try '{command} {option}' for help.").format(
                command=context.command_path.strip(), option="--help"
            )
        )
        say("")
    say(_("Error: {message}").format(message=error.format_message()))


def close_quietly() -> None:
    """Keep Python from complaining at exit that nobody reads the output any more."""
    import os

    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return
