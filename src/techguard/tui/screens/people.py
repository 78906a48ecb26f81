"""Who has access, and everything that is done about it: let in, invited, graded, removed; one's own secrets.

Changes want the passphrase once more while this screen is open: a desk that was left unlocked, or a machine
that remembers the vault, is no reason to let anybody in. Secrets are taken out of the fields as soon as they
were used, and no screen with one comes back after a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from techguard import people, present
from techguard.domain.errors import HasNoAccess, NotYourself
from techguard.domain.text import folded
from techguard.domain.words import Access, Department
from techguard.errors import TechguardError
from techguard.i18n import N_, _, explain, labelled, language

from ..files import as_path
from ..input import LineInput, SecretInput
from ..page import ALONE, Dialog, Page
from ..picker import Ask, ChoiceTable, Confirm, Option, Picker, Tell
from ..projection import NoSecretOnTheWall
from ..prose import Prose
from ..scrolled import Scrolled
from ..table import Column, Line, VirtualTable, plain
from ..text import beside, literal
from .sealing import beside_vault
from .unlock import GoOnInput, RecoveryPage, judged

if TYPE_CHECKING:
    from techguard.people import KeyFile, Seat
    from techguard.register import Register

MAY = {
    Access.EDITOR: N_("Changes everything; lets people in and ends their access."),
    Access.REVIEWER: N_("Rates, accepts, holds review sessions and signs them off; reads the rest."),
    Access.READER: N_("Opens the register for reading only."),
}
"""What each access is for."""


def _facts(seat: Seat) -> list[tuple[str, str]]:
    """Everything about a person's access, as (label, value)."""
    p = seat.person
    found = [
        (_("Name"), p.name),
        (_("Number"), p.ref),
        (_("Access"), present.choice_label(p.access, language()) if p.access else _("none")),
        (_("Department"), present.choice_label(p.department, language()) if p.department else ""),
        (_("Role"), p.role),
        (_("Since"), present.day(seat.since) if seat.since else ""),
        (_("Opens the vault"), people.ways(seat)),
        (_("Fingerprint"), seat.key),
    ]
    return [(label, value) for label, value in found if value]


class SeatTable(VirtualTable):
    """A table whose Enter tells everything about one person."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("Details"), tooltip=N_("Everything about this person's access.")),
    ]


class SecretLine(SecretInput):
    """A secret whose Enter goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", N_("Go on"))]


class AskSecret(Dialog[str]):
    """Ask for the passphrase of whoever is here."""

    def __init__(self, note: str) -> None:
        super().__init__()
        self.note = note

    def title_text(self) -> str:
        return _("Your passphrase, or recovery code")

    def body(self) -> Iterable[Any]:
        yield Prose(self.note, "$t-muted", classes="note")
        yield SecretLine(id="narrow")

    def on_mount(self) -> None:
        self.query_one("#narrow").focus()

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        secret, event.input.value = event.value, ""
        if secret:
            self.dismiss(secret)


class AskWord(Ask):
    """Ask for a word that is typed off, before something that cannot be undone."""

    LINE = GoOnInput


class PeoplePage(Page):
    """Everybody in the register, and their way into the vault."""

    NAME = N_("Who has access")
    ABOUT = N_(
        "Who opens this vault and what they may do. F2 lets somebody in who sits here and types their own "
        "passphrase; F3 makes an invitation, a file and a code, for somebody who is elsewhere. F4 changes "
        "what somebody may do, F9 ends it: the register is then encrypted anew, and nobody else's passphrase "
        "changes. F5 changes your own passphrase or key file, F6 issues or revokes a recovery code, F7 has "
        "this machine remember the vault or forget it, F8 encrypts the register anew. Your passphrase is "
        "asked for once more before the first change. What was copied before, such as backups, still opens "
        "as it did."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "add", N_("Let in"), tooltip=N_("Somebody here types a passphrase of their own.")),
        Binding("f3", "invite", N_("Invite"), tooltip=N_("A file and a code for somebody elsewhere.")),
        Binding("f4", "grade", N_("Access"), tooltip=N_("Change what this person may do.")),
        Binding("f5", "passphrase", N_("Passphrase"), tooltip=N_("Change your own passphrase or key file.")),
        Binding("f6", "code", N_("Recovery code"), tooltip=N_("Issue one for yourself, or revoke one.")),
        Binding(
            "f7",
            "remember",
            N_("This machine"),
            show=False,
            tooltip=N_("Have it remember the vault, or forget it."),
        ),
        Binding(
            "f8",
            "rekey",
            N_("Encrypt anew"),
            show=False,
            tooltip=N_("A new key for the register; nobody leaves."),
        ),
        Binding(
            "f9", "remove", N_("End access"), tooltip=N_("End this person's access, or their invitation.")
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._seats: Mapping[str, Seat] = {}
        self._sure = self._editor = False

    def room(self) -> str:
        return "more"

    def place(self) -> Callable[[], Page]:
        return PeoplePage

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"add", "invite", "grade", "rekey", "remove"}:
            return self._editor and not self.tg.read_only
        return super().check_action(action, parameters)

    def body(self) -> Iterable[Any]:
        columns = [
            Column("name", _("Name"), 18, 40, keep=True),
            Column("access", _("Access"), 8, 10, keep=True, whole=True),
            Column("ways", _("Opens the vault"), 26, 44),
            Column("since", _("Since"), 10, 14),
            Column("department", _("Department"), 10, 24),
            Column("role", _("Role"), 10, 24),
            Column("key", _("Fingerprint"), 19, 19),
        ]
        yield SeatTable(columns, id="rows")
        with Scrolled(id="step", can_focus=False):
            yield Prose(id="step-text")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        seats, access = await self.store.run(lambda reg: (people.seats(reg), reg.access))
        seats.sort(key=lambda seat: (seat.person.access is None, seat.invited_until is not None))
        self._seats = {seat.person.id: seat for seat in seats}
        table = self.query_one(VirtualTable)
        table.show_lines([_line(seat) for seat in seats], cursor=table.cursor)
        self._tell_step(table.key)
        self._editor = access is Access.EDITOR
        self.refresh_bindings()

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        self._tell_step(event.key)

    def _tell_step(self, key: str) -> None:
        """What is most worth knowing about the row: the key to compare, the invitation that runs."""
        seat = self._seats.get(key)
        if seat is None:
            return
        said = [(beside(labelled(label, value) for label, value in _facts(seat)[2:]), "")]
        if seat.invited_until:
            told = _(
                "When they have joined, they read you the fingerprint of their key: compare it with this "
                "list."
            )
            said.append((told, "$t-muted"))
        elif sum(1 for s in self._seats.values() if s.person.access) == 1:
            told = _("Only you can open this vault. F2 lets somebody in who sits here, F3 invites somebody.")
            said.append((told, "$t-muted"))
        self.query_one("#step-text", Prose).say(*said)

    @on(VirtualTable.Chosen)
    def _details(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        seat = self._seats[event.key]
        said = [(labelled(label, value), "") for label, value in _facts(seat)[1:]]
        if seat.person.access:
            said.append((_(MAY[seat.person.access]), "$t-muted"))
        self.app.push_screen(Tell(seat.person.name, said))

    def _seat(self) -> Seat | None:
        return self._seats.get(self.query_one(VirtualTable).key)

    # --- the passphrase once more ---

    def _when_sure(self, then: Callable[[], None]) -> None:
        """Do it once it is known who is here."""
        if self._sure:
            then()
            return

        async def confirm(secret: str) -> None:
            await self.store.run(lambda reg: reg.vault.confirm(secret))
            self._sure = True
            then()

        self._with_secret(_("Before who has access is changed."), confirm)

    def _with_secret(self, note: str, do: Callable[[str], Any]) -> None:
        def given(secret: str | None) -> None:
            if secret:
                self.ask(partial(do, secret), group=ALONE)

        self.app.push_screen(AskSecret(note), given)

    async def _as_oneself(self, secret: str, do: Callable[[Register], Any]) -> Any:
        key_file = self.tg.key_file
        return await self.store.run(
            lambda reg: people.as_oneself(reg, secret, do, key_file=key_file), veiled=False
        )

    # --- others ---

    def action_add(self) -> None:
        self._when_sure(lambda: self.tg.go_to(AddPage(self._newcomer())))

    def action_invite(self) -> None:
        if self.store.projecting:
            self.tg.tell_error(NoSecretOnTheWall())
            return
        self._when_sure(lambda: self.tg.go_to(InvitePage(self._newcomer())))

    def _newcomer(self) -> str:
        """The name under the cursor, if that person does not open the vault yet."""
        seat = self._seat()
        return seat.person.name if seat is not None and seat.person.access is None else ""

    def action_grade(self) -> None:
        seat = self._seat()
        if seat is None:
            return
        if seat.person.access is None:
            self.tg.tell_error(HasNoAccess(name=seat.person.name))
            return
        self._when_sure(partial(self._choose_access, seat))

    def _choose_access(self, seat: Seat) -> None:
        title = _("What {name} may do").format(name=seat.person.name)

        def taken(chosen: list[Any] | None) -> None:
            if chosen and chosen[0] is not seat.person.access:
                self.ask(partial(self._grade, seat, chosen[0]), group=ALONE)

        self.app.push_screen(Picker(title, _accesses(), chosen=[seat.person.access]), taken)

    async def _grade(self, seat: Seat, access: Access) -> None:
        await self.store.run(lambda reg: people.grade(reg, seat.person, access), veiled=False)
        label = present.choice_label(access, language())
        self.tg.say(_("{name} is {access} from now on.").format(name=seat.person.name, access=label))
        self.reload()

    def action_remove(self) -> None:
        seat = self._seat()
        if seat is None:
            return
        if seat.me:
            self.tg.tell_error(NotYourself())
        elif seat.invited_until is not None:
            self._when_sure(partial(self._withdraw_or_remove, seat))
        elif seat.person.access is None and not (seat.passphrase or seat.recovery_code):
            self.tg.tell_error(HasNoAccess(name=seat.person.name))
        else:
            self._when_sure(partial(self._ask_name, seat))

    def _withdraw_or_remove(self, seat: Seat) -> None:
        answers = [
            ("stay", _("Leave the invitation as it is")),
            ("withdraw", _("Call the invitation back")),
            ("remove", _("File and code may be in wrong hands: encrypt anew as well")),
        ]

        def answered(answer: str | None) -> None:
            if answer == "withdraw":
                self.ask(partial(self._withdraw, seat), group=ALONE)
            elif answer == "remove":
                self._ask_name(seat)

        question = _("The invitation of {name} was not used yet.").format(name=seat.person.name)
        self.app.push_screen(Confirm(question, answers), answered)

    async def _withdraw(self, seat: Seat) -> None:
        await self.store.run(lambda reg: people.withdraw(reg, seat.person), veiled=False)
        self.tg.say(_("The invitation of {name} was withdrawn.").format(name=seat.person.name))
        self.reload()

    def _ask_name(self, seat: Seat) -> None:
        name = seat.person.name
        note = _(
            "Type the name to end this access. The register is encrypted anew; what they copied before, and "
            "every backup, still opens for them."
        )

        def typed(text: str | None) -> None:
            if text is None:
                return
            if folded(text).strip() == folded(name).strip():
                self.ask(partial(self._remove, seat), group=ALONE)
            else:
                self.tg.say(_("That is not the name. Nothing was changed."), severity="warning")

        self.app.push_screen(AskWord(_("Remove {name}?").format(name=name), note=note), typed)

    async def _remove(self, seat: Seat) -> None:
        self._tell_progress()
        await self.tg.encrypt_anew(lambda reg: people.remove(reg, seat.person))
        said = _("{name} cannot open the vault any more, and the register was encrypted anew.")
        self.tg.say(said.format(name=seat.person.name))
        self.tg.say(_("Copies made before, such as backups, still open as they did. Make a new backup now."))
        self.reload()

    def action_rekey(self) -> None:
        answers = [("stay", _("Leave it as it is")), ("rekey", _("Encrypt anew"))]
        detail = _(
            "When a passphrase, a recovery code or an old copy of the vault may have been seen. Change or "
            "revoke what was seen first. Nobody's passphrase changes."
        )

        def answered(answer: str | None) -> None:
            if answer == "rekey":
                self._when_sure(lambda: self.ask(self._rekey, group=ALONE))

        self.app.push_screen(Confirm(_("Encrypt the register anew?"), answers, detail=detail), answered)

    async def _rekey(self) -> None:
        self._tell_progress()
        await self.tg.encrypt_anew(people.rekey)
        self.tg.say(_("The register was encrypted anew."))
        self.tg.say(_("Copies made before, such as backups, still open as they did. Make a new backup now."))
        self.reload()

    def _tell_progress(self) -> None:
        said = _("Encrypting the register anew … what you type waits until it is done.")
        self.query_one("#step-text", Prose).say((said, "bold"))

    # --- oneself ---

    def action_passphrase(self) -> None:
        me = next(seat for seat in self._seats.values() if seat.me)
        self.tg.go_to(OwnPage(has_key_file=me.key_file))

    def action_code(self) -> None:
        seat = self._seat()
        me = next(seat for seat in self._seats.values() if seat.me)
        options = [
            Option("issue", _("Issue a new one for yourself"), _("The one before it opens nothing any more."))
        ]
        if me.recovery_code:
            options.append(
                Option("revoke", _("Revoke yours"), _("Then only your passphrase opens the vault."))
            )
        if seat is not None and not seat.me and seat.recovery_code and self.check_action("remove", ()):
            options.append(Option("theirs", _("Revoke that of {name}").format(name=seat.person.name)))

        def taken(chosen: list[Any] | None) -> None:
            if chosen == ["theirs"] and seat is not None:
                self._when_sure(lambda: self.ask(partial(self._revoke_theirs, seat), group=ALONE))
            elif chosen == ["issue"] and self.store.projecting:
                self.tg.tell_error(NoSecretOnTheWall())
            elif chosen == ["issue"]:
                self._with_secret(
                    _("A new recovery code for {name}.").format(name=me.person.name), self._issue
                )
            elif chosen == ["revoke"]:
                self._with_secret(_("The recovery code will open this vault no more."), self._revoke)

        self.app.push_screen(Picker(_("Recovery code"), options), taken)

    async def _issue(self, secret: str) -> None:
        code = await self._as_oneself(secret, people.issue_code)
        self.tg.go_to(NewCodePage(code))

    async def _revoke(self, secret: str) -> None:
        await self._as_oneself(secret, lambda reg: people.revoke_code(reg, reg.me))
        self._tell_revoked()

    async def _revoke_theirs(self, seat: Seat) -> None:
        await self.store.run(lambda reg: people.revoke_code(reg, seat.person), veiled=False)
        self._tell_revoked()

    def _tell_revoked(self) -> None:
        self.tg.say(_("The recovery code opens this vault no more. Copies made before still open with it."))
        self.reload()

    def action_remember(self) -> None:
        if any(seat.remembered for seat in self._seats.values()):
            self.ask(self._forget, group=ALONE)
            return
        note = _(
            "This machine opens the vault for you from now on without asking: so can every program that you "
            "run, and whoever sits here while you are logged in. The key goes into the keychain of the "
            "system, not the passphrase. F7 ends it."
        )
        self._with_secret(note, self._remember)

    async def _remember(self, secret: str) -> None:
        from techguard import remembering

        await self.store.run(lambda reg: remembering.remember(reg.vault, secret))
        self.tg.say(_("This machine opens the vault for you from now on without asking."))
        self.reload()

    async def _forget(self) -> None:
        from techguard import remembering

        await self.store.run(lambda reg: remembering.forget(reg.vault.vault_id))
        self.tg.say(_("This machine remembers the vault no more."))
        self.reload()


def _line(seat: Seat) -> Line:
    p = seat.person
    name = _("{name} (you)").format(name=p.name) if seat.me else p.name
    return Line(
        p.id,
        (
            plain(name, "" if p.access else "muted"),
            plain(present.choice_label(p.access, language()) if p.access else "", ""),
            plain(people.ways(seat), "" if p.access else "muted"),
            plain(present.day(seat.since) if seat.since else "", "muted"),
            plain(present.choice_label(p.department, language()) if p.department else "", "muted"),
            plain(p.role, "muted"),
            plain(seat.key, "muted"),
        ),
    )


def _accesses() -> list[Option]:
    return [Option(access, present.choice_label(access, language()), _(note)) for access, note in MAY.items()]


class _Form(Page):
    """A few lines, and choices that open a list; Ctrl+S does it."""

    WITH_ROOMS = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", N_("Next field"), show=False),
        Binding("up", "app.focus_previous", N_("Previous field"), show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.chosen: dict[str, Any] = {}
        self.busy = False

    def choices(self) -> Mapping[str, tuple[str, list[Option]]]:
        """What is chosen from a list: its title and its options, by the id of its row."""
        return {}

    def do(self) -> None:
        """Look whether all is there, and do it."""
        raise NotImplementedError

    def row(self, name: str) -> Iterable[Any]:
        """A line that opens a list."""
        yield Static(literal(self.choices()[name][0]), classes="muted")
        yield ChoiceTable(
            [Column(name, "", 20, 60, keep=True)], header=False, quiet=True, id=name, classes="choice"
        )

    def secret(self, name: str, label: str) -> Iterable[Any]:
        """A line for a secret."""
        yield Static(literal(label), classes="muted")
        yield SecretInput(id=name)

    def end(self) -> Iterable[Any]:
        """What is going on, and what went wrong."""
        yield Static(id="state", classes="muted")
        yield Prose(id="problem")

    def on_mount(self) -> None:
        for name in self.choices():
            self.show_choice(name)
        if self.query("#strength"):
            self.query_one("#strength", Prose).say(*judged(""))
        self.query(Input).first().focus()

    def show_choice(self, name: str) -> None:
        """Show what is chosen in a row."""
        options = self.choices()[name][1]
        label = next((o.label for o in options if o.value == self.chosen.get(name)), _("Not chosen"))
        self.query_one(f"#{name}", ChoiceTable).show_lines([Line(name, (plain(label),))])

    @on(VirtualTable.Chosen)
    def _choose(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        name = event.key
        title, options = self.choices()[name]

        def taken(chosen: list[Any] | None) -> None:
            if chosen:
                self.chosen[name] = chosen[0]
                self.show_choice(name)
                self.query_one("#problem", Prose).say()  # it was about what was there before

        self.app.push_screen(Picker(title, options, chosen=[self.chosen.get(name)]), taken)

    @on(Input.Changed, "#first")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#strength", Prose).say(*judged(event.value))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def typed(self, name: str) -> str:
        """What stands in a line."""
        return self.query_one(f"#{name}", LineInput).value

    def problem(self, text: str, at: str = "") -> None:
        """Say what is not right, and go there."""
        self.query_one("#problem", Prose).say((text, "$t-bad"))
        if at:
            self.query_one(f"#{at}").focus()

    def action_save(self) -> None:
        if not self.busy:
            self.do()

    def carry_out(self, said: str, work: Callable[[], Any]) -> None:
        """Do it; what goes wrong is said here, and no secret stays in a field."""

        async def working() -> None:
            self.busy = True
            self.query_one("#problem", Prose).say()
            self.query_one("#state", Static).update(literal(said))
            try:
                await work()
            except TechguardError as error:
                told = explain(error)
                self.problem("\n".join(t for t in (told.what, told.next_step) if t))
            finally:
                self.busy = False
                if self.is_mounted:
                    self.query_one("#state", Static).update("")
                    self.forget_secrets()

        self.ask(working, group=ALONE)

    def forget_secrets(self) -> None:
        """Empty every field with a secret."""
        for field in self.query(SecretInput):
            field.value = ""


class _NewcomerPage(_Form):
    """Who comes, and what they may do."""

    def __init__(self, name: str = "", access: Access | None = None) -> None:
        super().__init__()
        self.name_at_first = name
        self.chosen = {"access": access, "department": None}

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return _(PeoplePage.NAME), _(self.NAME)

    def choices(self) -> Mapping[str, tuple[str, list[Option]]]:
        departments = [Option(d, present.choice_label(d, language())) for d in Department]
        return {
            "access": (_("Access"), _accesses()),
            "department": (_("Department, if the register does not know them yet"), departments),
        }

    def newcomer(self) -> Iterable[Any]:
        """The first fields."""
        yield Static(literal(_("Name, staff code or role")), classes="muted")
        yield LineInput(self.name_at_first, limit=80, id="name")
        yield from self.row("access")
        yield from self.row("department")

    def lacking(self) -> bool:
        """Whether the first fields lack something; says what."""
        if not self.typed("name").strip():
            self.problem(_("Write who it is: a name, a staff code or a role."), "name")
        elif self.chosen["access"] is None:
            self.problem(_("Choose what they may do."), "access")
        else:
            return False
        return True


class AddPage(_NewcomerPage):
    """Somebody is let in at this keyboard."""

    NAME = N_("Let somebody in")
    ABOUT = N_(
        "Name the person and what they may do; then they sit down and type a passphrase of their own, twice. "
        "You never learn it. Ctrl+S lets them in."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", N_("Let in"))]

    def place(self) -> Callable[[], Page]:
        name, access = self.typed("name"), self.chosen["access"]
        return lambda: AddPage(name, access)

    def body(self) -> Iterable[Any]:
        with Scrolled(classes="gate", can_focus=False):
            yield from self.newcomer()
            yield from self.secret(
                "first", _("Their passphrase, at least 12 characters; they type it themselves")
            )
            yield Prose(id="strength")
            yield from self.secret("second", _("The same passphrase again"))
            yield from self.end()

    def do(self) -> None:
        if self.lacking():
            return
        if self.typed("first") != self.typed("second"):
            self.problem(_("The two passphrases differ. Type the second one again."), "second")
            return
        work = partial(self._let_in, self.typed("name").strip(), self.typed("first"))
        self.carry_out(_("Making their keys … this takes a second."), work)

    async def _let_in(self, name: str, passphrase: str) -> None:
        access, department, kdf = self.chosen["access"], self.chosen["department"], self.tg.kdf
        made = await self.store.run(
            lambda reg: people.let_in(reg, name, access, passphrase, department=department, kdf=kdf),
            veiled=False,
        )
        self.forget_secrets()
        self.tg.go_back()
        label = present.choice_label(access, language())
        self.tg.say(_("{name} can open the vault now, as {access}.").format(name=made.name, access=label))


class InvitePage(_NewcomerPage):
    """Somebody elsewhere gets a file and a code."""

    NAME = N_("Invite somebody")
    ABOUT = N_(
        "An invitation is a file, and a code that is shown once. Send them by different ways; the vault they "
        "need too. On their machine they open the vault with techguard, press F5 and choose a passphrase, "
        "which you never learn. It can be used once. Ctrl+S makes it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", N_("Make the invitation"))]

    def __init__(self, name: str = "", access: Access | None = None, *, file: str = "") -> None:
        super().__init__(name, access)
        self.file_at_first = file

    def place(self) -> Callable[[], Page]:
        name, access, file = self.typed("name"), self.chosen["access"], self.typed("file")
        return lambda: InvitePage(name, access, file=file)

    def body(self) -> Iterable[Any]:
        with Scrolled(classes="gate", can_focus=False):
            yield from self.newcomer()
            yield Static(literal(_("How many days it holds, 1 to 90")), classes="muted")
            yield LineInput(str(people.DAYS), limit=2, id="days")
            yield Static(literal(_("File")), classes="muted")
            yield LineInput(self.file_at_first or str(beside_vault(self, "invitation.json")), id="file")
            yield from self.end()

    def do(self) -> None:
        import unicodedata

        if self.lacking():
            return
        days, file = unicodedata.normalize("NFKC", self.typed("days")).strip(), as_path(self.typed("file"))
        if not days.isdigit() or not 1 <= int(days) <= 90:
            self.problem(_("Write a number of days from 1 to 90."), "days")
        elif not self.typed("file").strip() or file.is_dir() or not file.parent.is_dir():
            self.problem(_("There is no folder {folder}.").format(folder=file.parent), "file")
        elif file.exists():
            self.problem(
                _("{path} is already there, and an invitation replaces no file.").format(path=file), "file"
            )
        else:
            work = partial(self._invite, self.typed("name").strip(), int(days), file)
            self.carry_out(_("Making the invitation …"), work)

    async def _invite(self, name: str, days: int, file: Path) -> None:
        if self.store.projecting:
            raise NoSecretOnTheWall
        access, department = self.chosen["access"], self.chosen["department"]
        person, code, until = await self.store.run(
            lambda reg: people.invite_by_file(reg, file, name, access, department=department, days=days),
            veiled=False,
        )
        self.tg.go_back()
        self.tg.go_to(InvitationPage(Invitation(person.name, file, code, until)))


@dataclass(frozen=True)
class Invitation:
    """What was made, and for whom."""

    name: str
    file: Path
    code: str
    until: date


class InvitationPage(Page):
    """The code of an invitation, once."""

    NAME = N_("Invitation")
    WITH_ROOMS = False
    ABOUT = N_(
        "The code is kept nowhere and shown only now. Read it out on the telephone, or send it by another "
        "way than the file. F6 copies it; the clipboard is cleared after 30 seconds."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "take", N_("Copy"), tooltip=N_("Copy the code; cleared after 30 s.")),
    ]

    def __init__(self, made: Invitation) -> None:
        super().__init__()
        self.made = made

    def place(self) -> None:
        """A lock forgets it: who comes back may be somebody else."""
        return

    def body(self) -> Iterable[Any]:
        made = self.made
        with Vertical(classes="gate"):
            said = _("The invitation of {name} is made. It can be used once, until {until}.")
            yield Prose(said.format(name=made.name, until=present.day(made.until)), "bold")
            yield Static(literal(_("1. Send this file:")), classes="gap muted")
            yield Prose(str(made.file))
            yield Static(
                literal(_("2. Tell them this code by another way; it is shown only now:")),
                classes="gap muted",
            )
            with Horizontal(classes="code"):
                yield Static(literal(made.code, "bold"))
            yield Static(
                literal(_("3. They need the vault too, open it there and press F5:")), classes="gap muted"
            )
            yield Prose(f"techguard {self.tg.path}")
            told = _("At the end they read you a fingerprint. If it is the one in the list, it was them.")
            yield Prose(told, "$t-muted", classes="gap")

    def action_take(self) -> None:
        self.tg.copy_to_clipboard(self.made.code)
        self.tg.say(_("Copied. The clipboard is cleared in 30 seconds."))


class NewCodePage(RecoveryPage):
    """A new recovery code, once; one group of it is typed off, to be sure that it was noted."""

    def noted(self) -> None:
        self.app.pop_screen()
        if self.tg.read_only:  # as after a new passphrase
            self.tg.action_lock()


KEEP, WANT, GIVE_UP = "keep", "want", "give up"


class OwnPage(_Form):
    """One's own passphrase and key file."""

    NAME = N_("Passphrase")
    ABOUT = N_(
        "Give the passphrase you have, or your recovery code if you forgot it; then the new one, twice. With "
        "a key file, a file is wanted beside the passphrase whenever you open the vault: name it with "
        "--key-file or TECHGUARD_KEY_FILE. One that does not exist is made. Keep it on another medium than "
        "the vault, with a copy in a safe: it must never change. The recovery code opens the vault without "
        "it. Ctrl+S changes it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", N_("Change"))]

    def __init__(self, *, has_key_file: bool = False) -> None:
        super().__init__()
        self.has_key_file = has_key_file
        self.chosen = {"key-file": KEEP}

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return _(PeoplePage.NAME), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        has = self.has_key_file
        return lambda: OwnPage(has_key_file=has)

    def choices(self) -> Mapping[str, tuple[str, list[Option]]]:
        kept = _("The one there is") if self.has_key_file else _("None")
        options = [Option(KEEP, kept), Option(WANT, _("The file named below"))]
        if self.has_key_file:
            options.append(Option(GIVE_UP, _("None any more")))
        return {"key-file": (_("Key file beside the passphrase"), options)}

    def show_choice(self, name: str) -> None:
        super().show_choice(name)
        self.query_one("#file").display = self.chosen[name] == WANT

    def body(self) -> Iterable[Any]:
        with Scrolled(classes="gate", can_focus=False):
            yield from self.secret("current", _("The passphrase you have, or your recovery code"))
            yield from self.secret("first", _("New passphrase, at least 12 characters"))
            yield Prose(id="strength")
            yield from self.secret("second", _("The same passphrase again"))
            yield from self.row("key-file")
            yield LineInput(id="file")
            yield from self.end()

    def do(self) -> None:
        wants = self.chosen["key-file"] == WANT
        if not self.typed("current"):
            self.problem(_("Type the passphrase you have."), "current")
        elif self.typed("first") != self.typed("second"):
            self.problem(_("The two passphrases differ. Type the second one again."), "second")
        elif wants and not self.typed("file").strip():
            self.problem(_("Name the key file; one that does not exist is made."), "file")
        else:
            file = as_path(self.typed("file")) if wants else None
            work = partial(self._change, self.typed("current"), self.typed("first"), file)
            self.carry_out(_("Making the new key … this takes a second."), work)

    async def _change(self, current: str, new: str, file: Path | None) -> None:
        kdf, had, given_up = self.tg.kdf, self.tg.key_file, self.chosen["key-file"] == GIVE_UP

        def change(reg: Register) -> bytes | None:
            """What opens the vault beside the passphrase from now on."""
            content = people.key_file(file) if file else None
            kept: KeyFile = content if file or given_up else "as it is"
            people.set_passphrase(reg, new, key_file=kept, kdf=kdf)
            return content if file else None if given_up else had

        self.tg.key_file = await self.store.run(
            lambda reg: people.as_oneself(reg, current, change, key_file=had),
            veiled=False,
        )
        self.forget_secrets()
        self.tg.go_back()
        self.tg.say(_("Your passphrase was changed. The old one does not open this vault any more."))
        self.tg.say(_("Copies made before, such as backups, still open with the old one."))
        if self.tg.read_only:  # it was opened before this change, and knows the old keys alone
            self.tg.action_lock()
