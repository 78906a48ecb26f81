"""How a command gets its secrets, the vault, and the register.

A secret comes from the terminal, unseen, or from a file that the person names; never from an argument,
which other
users of the machine can read. It is never printed, and never part of an error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from techguard.cli.errors import NoTerminal, SecretFileEmpty, SecretFileUnreadable, say
from techguard.cli.options import Settings, settings
from techguard.i18n import _, explain, labelled

if TYPE_CHECKING:
    from techguard.register import Register
    from techguard.vault import SlotKey, Vault

T = TypeVar("T")

TRIES = 3
MOST_BYTES = 4096


def read_secret_file(name: str) -> str:
    """The secret in a file, or on standard input for "-": all of it, less one line end at its end.

    A byte order mark, which Windows editors and shells write, says how it is encoded. Raises
    `SecretFileUnreadable`, `SecretFileEmpty`.
    """
    try:
        data = _standard_input() if name == "-" else _first_bytes(Path(name))
        text = data.decode(_encoding(data))
    except OSError as error:
        raise SecretFileUnreadable(path=name, reason=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise SecretFileUnreadable(path=name, reason=_("it is not UTF-8 text")) from None
    if len(data) > MOST_BYTES:
        raise SecretFileUnreadable(path=name, reason=_("it is too long to be a passphrase"))
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise SecretFileEmpty(path=name)
    return text


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _standard_input() -> bytes:
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def _encoding(data: bytes) -> str:
    return "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"


def given_secret(given: Settings) -> str | None:
    """The passphrase that a file holds, or None when the person is to be asked."""
    name = given.passphrase_file or os.environ.get("TECHGUARD_PASSPHRASE_FILE")
    return read_secret_file(name) if name else None


def given_key_file(given: Settings) -> bytes | None:
    """The content of the key file that was named, or None. Raises `SecretFileUnreadable`."""
    name = given.key_file or os.environ.get("TECHGUARD_KEY_FILE")
    return read_key_file(name) if name else None


def read_key_file(name: str | Path) -> bytes:
    """What is in a key file or another small file. Raises `SecretFileUnreadable`."""
    from techguard.vault.passphrase import MOST_KEY_FILE

    try:
        with Path(name).open("rb") as file:
            return file.read(MOST_KEY_FILE + 1)
    except OSError as error:
        raise SecretFileUnreadable(path=name, reason=error.strerror or type(error).__name__) from None


def ask_secret(question: str) -> str:
    """Ask for a secret at the terminal, unseen. Raises `NoTerminal`."""
    if not _somebody_there():
        raise NoTerminal
    answer: str = click.prompt(
        labelled(question, ""), prompt_suffix="", hide_input=True, err=True, default="", show_default=False
    )
    return answer


def _somebody_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def new_passphrase(ctx: click.Context) -> str:
    """The passphrase of a new vault: from the file, or typed twice."""
    secret = given_secret(settings(ctx))
    return ask_new_passphrase() if secret is None else secret


def ask_new_passphrase() -> str:
    """A passphrase that is being set, typed twice, with a hint at its strength."""
    from techguard.vault import passphrase
    from techguard.vault.errors import VaultError

    while True:
        first = ask_secret(_("New passphrase"))
        try:
            passphrase.new_passphrase(first)
        except VaultError as error:
            say(str(explain(error)))
            continue
        for hint in passphrase.strength(first).hints:
            say(_(hint))
        if ask_secret(_("The same once more")) == first:
            return first
        say(_("The two were not the same. Once more, please."))


def unlocking(
    ctx: click.Context, vault: Path, unlock: Callable[[str | SlotKey], T], *, remembered: bool = True
) -> T:
    """What `unlock` gives for the secret: from the file, else what this machine remembers (`remembered`),
    else typed; at the terminal a mistyped passphrase may be corrected twice.
    """
    from techguard.vault import look
    from techguard.vault.errors import WrongPassphrase

    vault_id = look(vault).vault_id  # nobody types a passphrase for a vault that is not there
    secret = given_secret(settings(ctx))
    if secret is not None:
        return unlock(secret)
    opened = _as_remembered(vault_id, unlock) if remembered else None
    if opened is not None:
        return opened
    for left in reversed(range(TRIES)):
        try:
            return unlock(ask_secret(_("Passphrase")))
        except WrongPassphrase as error:
            if not left:
                raise
            say(str(explain(error)))
    raise AssertionError("unreachable")


def _as_remembered(vault_id: str, unlock: Callable[[str | SlotKey], T]) -> T | None:
    """What `unlock` gives for what this machine remembers; None if it remembers nothing that opens."""
    from techguard import remembering
    from techguard.vault.errors import RememberedVoid

    kept = remembering.recall(vault_id)
    if kept is None:
        return None
    try:
        opened = unlock(kept)
    except RememberedVoid as error:
        with suppress(remembering.KeychainRefused):
            remembering.forget(vault_id)
        say(str(explain(error)))
        return None
    say(_("Opened without a passphrase: this machine remembers it."))
    return opened


@contextmanager
def register(
    ctx: click.Context,
    vault: Path,
    *,
    read_only: bool = False,
    mend_head: bool = False,
    tell_versions: bool = True,
    own_keys: bool = False,
    remembered: bool = True,
) -> Iterator[Register]:
    """The register of a vault, open as long as the block lasts.

    Tells of a second version that a sync tool or a network share left beside it (`tell_versions`). A reader
    may open it for writing too where it is only about their own passphrase (`own_keys`). `remembered`:
    whether it opens without asking where this machine remembers it.
    """
    from techguard.register import Register

    key_file = given_key_file(settings(ctx))

    def unlock(secret: str | SlotKey) -> Register:
        return Register.open(
            vault, secret, read_only=read_only, mend_head=mend_head, own_keys=own_keys, key_file=key_file
        )

    with unlocking(ctx, vault, unlock, remembered=remembered) as opened:
        opened.show_as_chosen()
        for version in opened.vault.other_versions() if tell_versions else ():
            say(second_version(vault, version))
        if (newest := opened.recorded_ahead) is not None:
            say(clock_behind(newest, opened.now))
        yield opened


def clock_behind(newest: datetime, now: datetime) -> str:
    """What a person is told whose clock stands before what was recorded last."""
    from techguard import present

    return _(
        "The clock of this machine ({now}) stands before the newest entry of the history ({newest}). Nothing "
        "is wrong with the register; what you record now gets the time of that entry. Check the date, the "
        "time and the time zone of this machine."
    ).format(now=present.moment(now), newest=present.moment(newest))


def second_version(vault: Path, version: Path) -> str:
    """What a person is told of a second version of a vault."""
    return _(
        "Beside this vault lies a second version of it, {version}: two places wrote at once. Do not delete "
        'it. techguard merge "{vault}" "{version}" --dry-run shows what it holds; without --dry-run it '
        "brings both together."
    ).format(vault=vault, version=version)


@contextmanager
def open_vault(ctx: click.Context, vault: Path, *, read_only: bool = False) -> Iterator[Vault]:
    """The vault alone, for what does not concern the register in it."""
    from techguard import vault as vaults

    key_file = given_key_file(settings(ctx))

    def unlock(secret: str | SlotKey) -> Vault:
        return vaults.open(vault, secret, read_only=read_only, key_file=key_file)

    with unlocking(ctx, vault, unlock) as opened:
        yield opened
