"""`techguard people`: who has access, and one's own passphrase, key file and recovery code."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from techguard.cli import opening, options
from techguard.cli.command import Argument, Example, Option
from techguard.cli.errors import UsageError, say
from techguard.cli.init import DepartmentType
from techguard.cli.output import put, put_json, put_table, working
from techguard.cli.recovery import explain_code
from techguard.i18n import N_, _, label

if TYPE_CHECKING:
    from techguard.people import Seat
    from techguard.register import Register
    from techguard.vault import SlotKey, Vault

ACCESSES = ("editor", "reviewer", "reader")


class FileThere(UsageError):
    """The invitation would replace a file. Facts: `path`."""

    what = "{path} is already there, and an invitation replaces no file."
    next_step = "Name a file that does not exist yet."


class KeyFileEitherWay(UsageError):
    """--new-key-file and --no-key-file at once."""

    what = "A key file is either set or taken away."
    next_step = "Leave out --new-key-file or --no-key-file."


@options.group(
    "people",
    N_("Say who has access; change your passphrase, key file or recovery code."),
    N_(
        "Who is known in the register, who can open the vault and what they may do there; and your own "
        "passphrase, key file and recovery code. Name the vault first, then what to do."
    ),
    examples=(
        Example("techguard people acme.techguard list", N_("Who can open the vault:")),
        Example(
            # japanese: an example's data
            "techguard people acme.techguard invite 研究部長 "  # japanese: data
            "--access editor --output invitation.json",
            N_("Invite the head of research, who sets a passphrase on their own machine:"),
        ),
        Example("techguard people acme.techguard passphrase", N_("Change your passphrase:")),
    ),
)
@options.vault
def command(vault: Path) -> None:
    """Only names the vault; each command below opens it."""


def _command(name: str, short: str, help: str, *examples: Example) -> options.Decorator:  # noqa: A002
    made = options.command(name, short, help, examples)

    def add(function: options.Function) -> click.Command:
        added = made(options.passphrase(click.pass_context(function)))
        command.add_command(added)
        return added

    return add


_who = click.argument("who", cls=Argument, metavar="PERSON", help=N_("Their name, or their number."))
_access = click.option(
    "--access",
    cls=Option,
    required=True,
    type=click.Choice(ACCESSES),
    help=N_(
        "editor changes everything; reviewer rates, accepts, holds review sessions and signs them off; "
        "reader opens the register for reading only."
    ),
)
_department = click.option(
    "--department",
    cls=Option,
    metavar="DEPT",
    type=DepartmentType(),
    help=N_("Their department, if the register does not know them yet."),
)
_new_passphrase = click.option(
    "--new-passphrase-file",
    cls=Option,
    metavar="FILE",
    type=click.Path(allow_dash=True, dir_okay=False),
    help=N_("Read the new passphrase from this file instead of asking; - is standard input."),
)
_new_key_file = click.option(
    "--new-key-file",
    cls=Option,
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help=N_(
        "Want this file beside the passphrase from now on. One that does not exist is made, with random "
        "content. Keep it on another medium than the vault, with a copy in a safe: it must never change."
    ),
)


def _opened(ctx: click.Context, *, own_keys: bool = False) -> AbstractContextManager[Register]:
    """The register, by the passphrase: who has access is said by nobody who only sits at a machine that
    remembers it."""
    return opening.register(ctx, options.vault_of(ctx), own_keys=own_keys, remembered=False)


def _ask_new(file: str | None) -> str:
    return opening.read_secret_file(file) if file else opening.ask_new_passphrase()


def _key_file(name: str | None) -> bytes | None:
    """The content of a key file that is being set; one that is not there is made, and it is said."""
    if name is None:
        return None
    from techguard import people

    path = Path(name)
    there = path.exists()
    content = people.key_file(path)
    if not there:
        say(_("The key file {path} was made. Without it your passphrase opens nothing.").format(path=path))
    return content


@_command(
    "list",
    N_("List the people of the register and who can open the vault."),
    N_(
        "List the people of the register: name, department, role, what they may do, and how they open the "
        "vault. The fingerprint is of the key they sign with: whoever invited them compares it by telephone."
    ),
    Example("techguard people acme.techguard list", N_("Everybody:")),
)
@options.as_json
def list_people(ctx: click.Context, as_json: bool) -> None:
    from techguard import people, present

    with opening.register(ctx, options.vault_of(ctx), read_only=True) as register:
        seats = people.seats(register)
    if as_json:
        put_json([_as_json(seat) for seat in seats])
        return
    put_table(
        [
            _("Number"),
            _("Name"),
            _("Department"),
            _("Role"),
            _("Access"),
            _("Opens the vault"),
            _("Since"),
            _("Fingerprint"),
        ],
        (
            [
                seat.person.ref,
                seat.person.name,
                label(seat.person.department) if seat.person.department else "",
                seat.person.role,
                label(seat.person.access) if seat.person.access else "",
                people.ways(seat),
                present.day(seat.since) if seat.since else "",
                seat.key,
            ]
            for seat in seats
        ),
    )


def _as_json(seat: Seat) -> dict[str, Any]:
    p = seat.person
    ways = {"passphrase": seat.passphrase, "recovery": seat.recovery_code}
    return {
        "ref": p.ref,
        "name": p.name,
        "department": p.department,
        "role": p.role,
        "active": p.active,
        "access": p.access,
        "opens_with": [way for way, open_ in ways.items() if open_],
        "key_file": seat.key_file,
        "since": seat.since and seat.since.isoformat(),
        "invited_until": seat.invited_until and seat.invited_until.isoformat(),
        "fingerprint": seat.key,
        "me": seat.me,
        "remembered": seat.remembered,
    }


@_command(
    "add",
    N_("Let somebody in who sits here and types their own passphrase."),
    N_(
        "Let somebody in at this keyboard. First you give your passphrase; then they type theirs, twice, and "
        "nobody else learns it. Somebody who is elsewhere is invited instead."
    ),
    Example(
        # japanese: an example's data
        "techguard people acme.techguard add 研究部長 --access editor --department rnd",  # japanese: data
        N_("The head of research works in the register too:"),
    ),
)
@_who
@_access
@_department
@_new_passphrase
@_new_key_file
def add_person(
    ctx: click.Context,
    who: str,
    access: str,
    department: str | None,
    new_passphrase_file: str | None,
    new_key_file: str | None,
) -> None:
    from techguard import people
    from techguard.domain.words import Access, Department

    with _opened(ctx) as register:
        register.require_editor()
        say(_("Now {name} chooses a passphrase.").format(name=who))
        new = _ask_new(new_passphrase_file)
        made = people.let_in(
            register,
            who,
            Access(access),
            new,
            department=Department(department) if department else None,
            key_file=_key_file(new_key_file),
        )
        key = people.fingerprint(made.signing_keys[0])
    say(
        _("{name} ({ref}) can open the vault now, as {access}. Fingerprint of their key: {key}").format(
            name=made.name, ref=made.ref, access=label(Access(access)), key=key
        )
    )


@_command(
    "invite",
    N_("Invite somebody who sets a passphrase on their own machine."),
    N_(
        "Make an invitation: a file, and a code that is printed once. Send the file by one way and the code "
        "by another (read it out on the telephone); the vault they need too. With all three they set a "
        "passphrase of their own, which you never learn. The invitation can be used once, until its last "
        "day.\n\n"
        "Until it was used, whoever has file, code and vault could use it in their place: you, too. So "
        "compare the fingerprint that they are shown with the one in the list. To call an invitation back, "
        "use withdraw; if file and code may have fallen into wrong hands, use remove, which encrypts the "
        "register anew."
    ),
    Example(
        # japanese: an example's data
        "techguard people acme.techguard invite 研究部長 "  # japanese: data
        "--access reviewer --output invitation.json",
        N_("For two weeks:"),
    ),
)
@_who
@_access
@_department
@click.option(
    "--days",
    cls=Option,
    type=click.IntRange(1, 90),
    metavar="N",
    help=N_("How many days it holds; 14 unless you say otherwise."),
)
@options.output(N_("Where the invitation is written."), required=True)
def invite(
    ctx: click.Context, who: str, access: str, department: str | None, days: int | None, output: Path
) -> None:
    from techguard import people
    from techguard.domain.words import Access, Department

    if output.exists():
        raise FileThere(path=output)
    with _opened(ctx) as register:
        register.require_editor()
        made, code, until = people.invite_by_file(
            register,
            output,
            who,
            Access(access),
            department=Department(department) if department else None,
            days=days or people.DAYS,
        )
    say(
        _("The invitation of {name} is in {path}; it can be used once, until {until}.").format(
            name=made.name, path=output, until=until.isoformat()
        )
    )
    say(_("This is its code, shown only now. Give it to them by another way than the file."))
    put(code)


@_command(
    "join",
    N_("Use an invitation: set your own passphrase."),
    N_(
        "Use the invitation that somebody sent you. You are asked for its code, and then for a passphrase "
        "that you choose, twice. Your keys are made on this machine; nobody else ever has them. The "
        "invitation is spent with it."
    ),
    Example("techguard people acme.techguard join invitation.json", N_("Join at the terminal:")),
)
@click.argument(
    "invitation",
    cls=Argument,
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The file you were sent."),
)
@click.option(
    "--code-file",
    cls=Option,
    metavar="FILE",
    type=click.Path(allow_dash=True, dir_okay=False),
    help=N_("Read the code from this file instead of asking; - is standard input."),
)
@_new_passphrase
@_new_key_file
def join(
    ctx: click.Context,
    invitation: Path,
    code_file: str | None,
    new_passphrase_file: str | None,
    new_key_file: str | None,
) -> None:
    from techguard import people
    from techguard.register import Register
    from techguard.vault import look

    vault = options.vault_of(ctx)
    look(vault)
    file = opening.read_key_file(invitation)
    code = (
        opening.read_secret_file(code_file) if code_file else opening.ask_secret(_("Code of the invitation"))
    )
    with Register.open(vault, code, invitation=file, own_keys=True) as register:
        say(_("You join as {name}.").format(name=register.me.name))
        new = _ask_new(new_passphrase_file)
        key = people.join(register, new, key_file=_key_file(new_key_file))
    say(_("Your passphrase is set, and the invitation is spent."))
    say(_("Read the fingerprint of your key to whoever invited you; it must be in their list:"))
    put(key)


@_command(
    "withdraw",
    N_("Call back an invitation that was not used yet."),
    N_(
        "Call back an invitation that was not used yet. It opens this vault no more. Who has its file, its "
        "code and an older copy of the vault can still read that copy: use remove if that may be so."
    ),
    Example(
        # japanese: an example's data
        "techguard people acme.techguard withdraw 研究部長",  # japanese: data
        N_("When the invitation went to the wrong place:"),
    ),
)
@_who
def withdraw(ctx: click.Context, who: str) -> None:
    from techguard import people

    with _opened(ctx) as register:
        person = people.named(register, who)
        people.withdraw(register, person)
    say(_("The invitation of {name} was withdrawn.").format(name=person.name))


@_command(
    "access",
    N_("Change what somebody may do."),
    N_(
        "Change what somebody may do from now on: editor changes everything; reviewer rates, accepts, holds "
        "review sessions and signs them off; reader opens the register for reading only. What they did "
        "before stays as it is."
    ),
    Example(
        # japanese: an example's data
        "techguard people acme.techguard access 研究部長 reviewer",  # japanese: data
        N_("The head of research rates and signs, and changes nothing else:"),
    ),
)
@_who
@click.argument(
    "access",
    cls=Argument,
    metavar="ACCESS",
    type=click.Choice(ACCESSES),
    help=N_("editor, reviewer or reader."),
)
def change_access(ctx: click.Context, who: str, access: str) -> None:
    from techguard import people
    from techguard.domain.words import Access

    with _opened(ctx) as register:
        person = people.named(register, who)
        people.grade(register, person, Access(access))
    say(_("{name} is {access} from now on.").format(name=person.name, access=label(Access(access))))


@_command(
    "remove",
    N_("End somebody's access and encrypt the register anew."),
    N_(
        "End somebody's access. The register is encrypted anew under a key they never had; nobody else's "
        "passphrase is needed or changes. What they did stays in the history under their name.\n\n"
        "What they copied before, and every backup made before, still opens with their passphrase: it holds "
        "nothing that is written from now on."
    ),
    Example(
        # japanese: an example's data
        "techguard people acme.techguard remove 研究部長",  # japanese: data
        N_("When somebody leaves:"),
    ),
)
@_who
def remove_person(ctx: click.Context, who: str) -> None:
    from techguard import people

    with _opened(ctx) as register:
        person = people.named(register, who)
        with working(_("Encrypting the register anew")):
            people.remove(register, person)
    say(
        _("{name} cannot open the vault any more, and the register was encrypted anew.").format(
            name=person.name
        )
    )
    say(_("Copies made before, such as backups, still open as they did. Make a new backup now."))


@_command(
    "rekey",
    N_("Encrypt the register anew, although nobody leaves."),
    N_(
        "Encrypt the register anew under a new key: when a passphrase, a recovery code or an old copy of the "
        "vault may have been seen. Change or revoke what was seen first. Nobody's passphrase changes."
    ),
    Example(
        "techguard people acme.techguard rekey", N_("After a passphrase was changed because it was seen:")
    ),
)
def rekey(ctx: click.Context) -> None:
    from techguard import people

    with (
        _opened(ctx) as register,
        working(_("Encrypting the register anew")),
    ):
        people.rekey(register)
    say(_("The register was encrypted anew."))
    say(_("Copies made before, such as backups, still open as they did. Make a new backup now."))


@_command(
    "passphrase",
    N_("Change your own passphrase or key file."),
    N_(
        "Change your own passphrase. First you give the one you have, or your recovery code if you "
        "forgot it; then "
        "the new one, twice. The passphrases of others stay as they are.\n\n"
        "With --new-key-file a file is wanted beside the passphrase from now on: name it with --key-file or "
        "TECHGUARD_KEY_FILE whenever you open the vault. The recovery code opens the vault without it."
    ),
    Example("techguard people acme.techguard passphrase", N_("Change it at the terminal:")),
    Example(
        "techguard people acme.techguard passphrase --passphrase-file old.txt --new-passphrase-file new.txt",
        N_("Change it in a script:"),
    ),
    Example(
        "techguard people acme.techguard passphrase --new-key-file E:\\techguard.key",
        N_("Want a file on a stick as well:"),
    ),
)
@_new_passphrase
@_new_key_file
@click.option("--no-key-file", cls=Option, is_flag=True, help=N_("Want no key file any more."))
def change_passphrase(
    ctx: click.Context, new_passphrase_file: str | None, new_key_file: str | None, no_key_file: bool
) -> None:
    from techguard import people

    if new_key_file and no_key_file:
        raise KeyFileEitherWay
    with _opened(ctx, own_keys=True) as register:
        content = _key_file(new_key_file)
        new = _ask_new(new_passphrase_file)
        kept: people.KeyFile = "as it is" if content is None and not no_key_file else content
        people.set_passphrase(register, new, key_file=kept)
    say(_("Your passphrase was changed. The old one does not open this vault any more."))
    say(_("Copies made before, such as backups, still open with the old one."))


@_command(
    "recovery",
    N_("Issue a new recovery code for yourself, or revoke one."),
    N_(
        "Issue a new recovery code for yourself and print it, once. The code before it opens nothing "
        "any more. With --revoke there is none afterwards: yours, or, if you are an editor, that "
        "of the person named."
    ),
    Example("techguard people acme.techguard recovery", N_("When the printed code was lost or seen:")),
    Example("techguard people acme.techguard recovery --revoke", N_("Have none any more:")),
)
@click.option("--revoke", cls=Option, is_flag=True, help=N_("Revoke it and print no new one."))
@click.argument(
    "who",
    cls=Argument,
    metavar="[PERSON]",
    required=False,
    help=N_("Whose code is revoked: a name or a number; your own if you name nobody."),
)
def recovery_code(ctx: click.Context, revoke: bool, who: str | None) -> None:
    from techguard import people

    if who and not revoke:
        raise click.UsageError(_("A recovery code is issued only for yourself."))
    with _opened(ctx, own_keys=True) as register:
        if revoke:
            people.revoke_code(register, people.named(register, who) if who else register.me)
        else:
            code = people.issue_code(register)
    if revoke:
        say(_("The recovery code opens this vault no more. Copies made before still open with it."))
        return
    explain_code()
    put(code)


@_command(
    "remember",
    N_("Let this machine open the vault for you without asking."),
    N_(
        "Put the key that your passphrase derives into the keychain of this machine (Windows Credential "
        "Manager, macOS Keychain, GNOME Keyring or KWallet), so that the vault opens without asking. The "
        "passphrase itself is kept nowhere. It is asked for now, and again by everything that changes who "
        "has access.\n\n"
        "Whoever sits at this machine while you are logged in can then open the register, and so can any "
        "program that you run. Do this only on a machine that is yours alone, encrypted, and locks itself. "
        "It ends with forget, when you change your passphrase, and when you are removed. A key that wants a "
        "key file is not remembered. Needs: pip install techguard[keyring]"
    ),
    Example("techguard people acme.techguard remember", N_("On your own machine:")),
)
def remember(ctx: click.Context) -> None:
    from techguard import remembering
    from techguard import vault as vaults

    path, key_file = options.vault_of(ctx), opening.given_key_file(options.settings(ctx))

    def unlock(secret: str | SlotKey) -> Vault:
        assert isinstance(secret, str)
        with vaults.open(path, secret, read_only=True, key_file=key_file) as opened:
            remembering.remember(opened, secret)
            return opened

    opening.unlocking(ctx, path, unlock, remembered=False)
    say(_("This machine opens the vault for you from now on without asking."))
    say(_("So can every program that you run. To end it: techguard people VAULT forget"))


@_command(
    "forget",
    N_("Have this machine remember the vault no more."),
    N_(
        "Take out of the keychain of this machine what remember put there. No passphrase is asked for, and "
        "the vault is not opened."
    ),
    Example("techguard people acme.techguard forget", N_("Before you hand the machine on:")),
)
def forget(ctx: click.Context) -> None:
    from techguard import remembering
    from techguard.vault import look

    if remembering.forget(look(options.vault_of(ctx)).vault_id):
        say(_("This machine remembers the vault no more."))
    else:
        say(_("This machine did not remember the vault. Nothing was changed."))
