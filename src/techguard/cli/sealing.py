"""What `board` and `review minutes` have in common: how a document is sealed, for whom, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, words
from techguard.cli.command import Option
from techguard.cli.errors import UsageError, say
from techguard.cli.output import put
from techguard.i18n import N_, _

if TYPE_CHECKING:
    from techguard.board import Delivered, Delivery, FileFormat
    from techguard.board.sealing import Lock


class OnePassword(UsageError):
    """Not exactly one way to open the file."""

    what = "The file needs one password: give --password-file, or --generate-password."
    safe = "No file was written."
    next_step = (
        "The password should be another than your passphrase: those who read the file need it. "
        "An age file may be sealed for --age-key instead."
    )


class KeysNeedAge(UsageError):
    """Keys were given for a format that a password opens."""

    what = "--age-key goes with age only."
    safe = "No file was written."
    next_step = "Name a file that ends in .age, or say --format age."


class NameSaysOtherwise(UsageError):
    """Facts: `path`, `format`."""

    what = "{path} does not end as {format} does: whoever gets it could not open it."
    safe = "No file was written."
    next_step = "Change the name, or leave out --format: the name then tells it."


class KeyFileUnreadable(UsageError):
    """Facts: `path`, `reason`."""

    what = "{path} is no age public key, and no file with some can be read there: {reason}"
    safe = "No file was written."
    next_step = "A public key begins with age1; a file holds one a line."


@dataclass(frozen=True, slots=True)
class How:
    """How a document is to be sealed, as the options say it."""

    format: str | None
    password_file: str | None
    generate_password: bool
    age_keys: tuple[str, ...]
    recipients: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether something is to open the file."""
        return bool(self.password_file or self.generate_password or self.age_keys)

    def password(self) -> str | None:
        """The password in the file that was named, if one was."""
        return opening.read_secret_file(self.password_file) if self.password_file else None

    def delivery(self, output: Path) -> Delivery:
        """How the document leaves for a file. Raises the errors above, and those of passwords and keys."""
        from techguard import board

        form = board.FileFormat(self.format or board.format_of(output) or board.FileFormat.PDF)
        ending = output.suffix.lower()
        if ending in _ENDINGS and not f".{form.value}".endswith(ending):
            raise NameSaysOtherwise(path=output, format=form.value)
        return board.Delivery(output=output, lock=self.lock(form), format=form, recipients=self.recipients)

    def lock(self, form: FileFormat) -> Lock:
        """What opens the file. Raises the errors above, and those of passwords and keys."""
        from techguard import board

        if (bool(self.password_file), self.generate_password, bool(self.age_keys)).count(True) != 1:
            raise OnePassword
        if self.age_keys:
            if not form.in_age:
                raise KeysNeedAge
            return board.Keys(tuple(key for given in self.age_keys for key in _keys_in(given)))
        given = self.password()
        return board.new_password() if given is None else board.check_chosen(given, form)

    def tell_password(self, lock: Lock) -> None:
        """Print a password that was made."""
        if self.generate_password:
            say(
                _(
                    "This is the password of the file. It is shown only now; hand it over by another way "
                    "than the file."
                )
            )
            put(str(lock))

    def tell(self, delivery: Delivery, delivered: Delivered) -> None:
        """Say what was written; print a password that was made."""
        say(_("Its digest (SHA-256) is {digest}; the register keeps it too.").format(digest=delivered.digest))
        if delivered.missing:
            say(
                _("These characters are not in the font and show as 〓: {characters}").format(
                    characters=delivered.missing
                )
            )
        self.tell_password(delivery.lock)


_ENDINGS = {".pdf", ".html", ".xlsx", ".age"}
_MOST_BYTES = 65_536


def _keys_in(given: str) -> list[str]:
    """A key, or the keys in a file: one a line, as `age -R` reads them."""
    if given.lower().startswith(("age1", "age-secret-key")):
        return [given]
    try:
        with Path(given).open("rb") as file:
            lines = file.read(_MOST_BYTES).decode("utf-8-sig").splitlines()
    except OSError as error:
        raise KeyFileUnreadable(path=given, reason=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise KeyFileUnreadable(path=given, reason=_("it is not UTF-8 text")) from None
    found = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not found:
        raise KeyFileUnreadable(path=given, reason=_("it holds none"))
    return found


def sealed(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say how a document is sealed and for whom; the command gets them as `how`."""

    @wraps(function)
    def command(*args: Any, **given: Any) -> None:
        how = How(**{field.name: given.pop(field.name) for field in fields(How)})
        function(*args, how=how, **given)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def locked(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say what opens a file in age; the command gets them as `how`."""

    @wraps(function)
    def command(*args: Any, **given: Any) -> None:
        names = ("password_file", "generate_password", "age_keys", "recipients")
        function(*args, how=How(format=None, **{name: given.pop(name) for name in names}), **given)

    for option in reversed((*_LOCKS, _RECIPIENT)):
        command = option(command)
    return command


_LOCKS = (
    click.option(
        "--password-file",
        cls=Option,
        metavar="FILE",
        type=click.Path(allow_dash=True, dir_okay=False),
        help=N_("Read the password of the document from this file; - is standard input."),
    ),
    click.option(
        "--generate-password",
        cls=Option,
        is_flag=True,
        help=N_("Make a strong password and print it, once, on standard output and nowhere else."),
    ),
    click.option(
        "--age-key",
        "age_keys",
        cls=Option,
        multiple=True,
        metavar="KEY|FILE",
        help=N_(
            "In place of a password, for age: a recipient's public key (age1…), or a file with such keys, "
            "one a line; may be repeated."
        ),
    ),
)
_RECIPIENT = click.option(
    "--recipient",
    "recipients",
    cls=Option,
    multiple=True,
    metavar="NAME",
    help=N_("Who gets it, by role, for the record in the register; may be repeated."),
)
_OPTIONS = (
    click.option(
        "--format",
        cls=Option,
        type=click.Choice(words.FILE_FORMATS),
        help=N_(
            "The format; otherwise as the name of the file says, or PDF. age: a PDF in age; html.age and "
            "xlsx.age: the others in age."
        ),
    ),
    *_LOCKS,
    _RECIPIENT,
)
