"""Before the register: choose a vault, unlock it, or make a new one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from techguard import present
from techguard.domain.errors import MayOnlyRead
from techguard.domain.words import Department
from techguard.errors import TechguardError
from techguard.i18n import N_, _, explain, language, pgettext
from techguard.vault import SlotKey
from techguard.vault.errors import RememberedVoid, SomeoneElseWriting

from ..data import begin
from ..input import LineInput, SecretInput
from ..page import Page
from ..picker import ChoiceTable, Confirm, Option, Picker
from ..prose import Prose
from ..scrolled import Scrolled
from ..table import Column, Line, VirtualTable, plain
from ..text import literal


class OpeningInput(SecretInput):
    """The passphrase that opens."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", N_("Open"))]


class GoOnInput(LineInput):
    """A line whose Enter goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", N_("Go on"))]


class _Gate(Page):
    """A screen before the vault is open."""

    WITH_ROOMS = False
    NAME = N_("Vault")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "app.quit", N_("Quit"))]

    def place(self) -> Callable[[], Page] | None:
        return type(self)

    def problem(self, text: str) -> None:
        """Say what went wrong, above the keys."""
        self.query_one("#problem", Prose).say((text, "$t-bad"))


class StartPage(_Gate):
    """No vault was named: open one or make one."""

    ABOUT = N_(
        "techguard keeps a register in a vault: an encrypted folder on this machine. Open the folder of an "
        "existing vault, or make a new one."
    )

    def body(self) -> Iterable[Any]:
        with Vertical(classes="gate"):
            yield Static(literal("techguard"), classes="strong")
            yield Static(
                literal(_("The register of core technologies and the routes by which they could leak."))
            )
            yield Static(literal(_("Folder of the vault")), classes="gap muted")
            yield GoOnInput(str(Path.home() / "company.techguard"), id="path")
            yield ChoiceTable([Column("do", "", 20, 60, keep=True)], header=False, id="do")
            yield Prose(id="problem")

    def on_mount(self) -> None:
        table = self.query_one(ChoiceTable)
        table.show_lines(
            [Line("open", (plain(_("Open this vault")),)), Line("new", (plain(_("Make a new vault here")),))]
        )
        self.query_one("#path").focus()

    @on(Input.Submitted, "#path")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        path = Path(event.value).expanduser()
        self._go("open" if path.exists() else "new")

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self._go(event.key)

    def _go(self, what: str) -> None:
        path = Path(self.query_one("#path", LineInput).value.strip()).expanduser()
        self.tg.path = path
        self.tg.go_to(UnlockPage(path) if what == "open" else CreatePage(path))


class UnlockPage(_Gate):
    """Ask for the passphrase, unless this machine remembers it. After a lock it is asked for all the same."""

    NAME = N_("Unlock")
    ABOUT = N_(
        "Type your passphrase and press Enter. The recovery code that was printed when the vault was made "
        "opens it too. Nothing is shown of what you type except one dot for each character. Who was invited "
        "to this vault sets a passphrase with F5 first."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "join", N_("Join by invitation"), tooltip=N_("Set your own passphrase with it.")),
    ]

    def __init__(self, path: Path, *, locked: bool = False, given: bool = False) -> None:
        """`given`: a secret is at hand and will be tried."""
        super().__init__()
        self.path = path
        self.locked = locked
        self.given = given
        self.busy = False

    def place(self) -> Callable[[], Page]:
        path, locked = self.path, self.locked
        return lambda: UnlockPage(path, locked=locked)

    def body(self) -> Iterable[Any]:
        with Vertical(classes="gate"):
            title = _("Locked") if self.locked else _("Unlock the vault")
            yield Static(literal(title), classes="strong")
            yield Static(literal(str(self.path)), classes="muted")
            yield Static(literal(_("Passphrase, or recovery code")), classes="gap muted")
            yield OpeningInput(id="secret")
            yield Static(id="state", classes="muted")
            yield Prose(id="problem", classes="gap")

    def on_mount(self) -> None:
        self.query_one("#secret").focus()
        if not self.locked and not self.given:
            begin(self, self._as_remembered, group="recall")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "join":
            return not self.locked
        return super().check_action(action, parameters)

    def action_join(self) -> None:
        from .joining import JoinPage

        self.tg.go_to(JoinPage(self.path))

    async def _as_remembered(self) -> None:
        """Go in without asking, where this machine remembers how."""
        kept = await asyncio.to_thread(_recall, self.path)
        if kept is not None and not self.busy:
            begin(self, partial(self.unlock, kept), group="unlock", exclusive=True)

    @on(Input.Submitted, "#secret")
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        secret = event.value
        if secret and not self.busy:
            begin(self, partial(self.unlock, secret), group="unlock", exclusive=True)

    async def unlock(self, secret: str | SlotKey, *, read_only: bool | None = None) -> None:
        """Try a secret; go in, or say why not."""
        from techguard.register import Register

        wants = self.tg.wants_read_only if read_only is None else read_only
        path, clock, key_file = self.path, self.tg.clock, self.tg.key_file
        self.busy = True
        self.problem("")
        self.query_one("#state", Static).update(literal(_("Opening … this takes about a second.")))
        try:
            await self.tg.store.open(
                lambda: Register.open(path, secret, read_only=wants, clock=clock, key_file=key_file)
            )
        except MayOnlyRead:
            begin(self, partial(self.unlock, secret, read_only=True), group="reader")
            return
        except SomeoneElseWriting as error:
            self._offer_reading(error, secret)
            return
        except TechguardError as error:
            if isinstance(error, RememberedVoid):
                await asyncio.to_thread(_forget, path)
            told = explain(error)
            self.problem("\n".join(t for t in (told.what, told.next_step) if t))
            return
        finally:
            self.busy = False
            self.query_one("#state", Static).update("")
            self.query_one("#secret", OpeningInput).value = ""
        if isinstance(secret, SlotKey):
            self.tg.say(_("Opened without a passphrase: this machine remembers it."))
        begin(self.app, self.tg.enter, group="restore", exclusive=True)

    def _offer_reading(self, error: SomeoneElseWriting, secret: str | SlotKey) -> None:
        told = explain(error)
        answers = [("read", _("Open for reading only")), ("not", _("Do not open"))]

        def answered(answer: str | None) -> None:
            if answer == "read":
                begin(self, partial(self.unlock, secret, read_only=True), group="unlock", exclusive=True)
            else:
                self.problem("\n".join(t for t in (told.what, told.next_step) if t))

        self.app.push_screen(Confirm(told.what, answers), answered)


def _recall(path: Path) -> SlotKey | None:
    """What this machine remembers of the vault at a path, if one is there."""
    from techguard import remembering
    from techguard.vault import look

    with suppress(TechguardError):
        return remembering.recall(look(path).vault_id)
    return None


def _forget(path: Path) -> None:
    from techguard import remembering
    from techguard.vault import look

    with suppress(TechguardError):
        remembering.forget(look(path).vault_id)


def judged(typed: str) -> list[tuple[str, str]]:
    """How a passphrase that is being chosen would stand an attack, as (text, style)."""
    from techguard.vault import strength

    found = strength(typed)
    words = (
        pgettext("passphrase", "Not usable"),
        pgettext("passphrase", "Weak"),
        pgettext("passphrase", "Fair"),
        pgettext("passphrase", "Good"),
        pgettext("passphrase", "Strong"),
    )
    mark = "#" * (found.score + 1) + "." * (4 - found.score)
    style = ("$t-bad", "$t-bad", "$t-warn", "$t-good", "$t-good")[found.score]
    hints = " ".join(_(h) for h in found.hints)
    rated = (f"{mark} {words[found.score]}", style)
    return [*([rated] if typed else []), (hints, "$t-muted")]


class CreatePage(_Gate):
    """Make a new vault: who, and with which passphrase."""

    NAME = N_("New vault")
    ABOUT = N_(
        "A new vault needs its first person and a passphrase. Use a sentence, or four or more words that do"
        " not belong together; the line below the field says how it would stand an attack. Afterwards a "
        "recovery code is shown once: it opens the vault when the passphrase is forgotten."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "create", N_("Make the vault")),
        Binding("down", "app.focus_next", N_("Next field"), show=False),
        Binding("up", "app.focus_previous", N_("Previous field"), show=False),
    ]

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.department: Department | None = None
        self.busy = False

    def place(self) -> Callable[[], Page]:
        path = self.path
        return lambda: CreatePage(path)

    def body(self) -> Iterable[Any]:
        with Scrolled(classes="gate", can_focus=False):
            yield Static(literal(_("Make a new vault")), classes="strong")
            yield Static(literal(str(self.path)), classes="muted")
            for label, field in (
                (_("Your name, staff code or role"), LineInput(limit=80, id="name")),
                (
                    _("Department"),
                    ChoiceTable(
                        [Column("d", "", 20, 40, keep=True)], header=False, quiet=True, id="department"
                    ),
                ),
                (_("Passphrase, at least 12 characters"), SecretInput(id="first")),
            ):
                yield Static(literal(label), classes="muted")
                yield field
            yield Prose(id="strength")
            yield Static(literal(_("The same passphrase again")), classes="muted")
            yield SecretInput(id="second")
            yield Static(id="state", classes="muted")
            yield Prose(id="problem")

    def on_mount(self) -> None:
        self._show_department()
        self._hint("")
        self.query_one("#name").focus()

    def _show_department(self) -> None:
        label = present.choice_label(self.department, language()) if self.department else _("Not chosen")
        self.query_one("#department", ChoiceTable).show_lines([Line("department", (plain(label),))])

    @on(VirtualTable.Chosen)
    def _choose_department(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        options = [Option(d, present.choice_label(d, language())) for d in Department]

        def taken(chosen: list[Any] | None) -> None:
            if chosen:
                self.department = chosen[0]
                self._show_department()

        self.app.push_screen(Picker(_("Department"), options), taken)

    @on(Input.Changed, "#first")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._hint(event.value)

    def _hint(self, typed: str) -> None:
        self.query_one("#strength", Prose).say(*judged(typed))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "second":
            self.action_create()
        else:
            self.app.action_focus_next()

    def action_create(self) -> None:
        if self.busy:
            return
        name = self.query_one("#name", LineInput).value.strip()
        first = self.query_one("#first", SecretInput).value
        second = self.query_one("#second", SecretInput).value
        if not name:
            self.problem(_("Write who you are: a name, a staff code or a role."))
            self.query_one("#name").focus()
        elif self.department is None:
            self.problem(_("Choose your department."))
            self.query_one("#department").focus()
        elif first != second:
            self.problem(_("The two passphrases differ. Type the second one again."))
            self.query_one("#second").focus()
        else:
            begin(self, partial(self._create, name, self.department, first), group="create", exclusive=True)

    async def _create(self, name: str, department: Department, passphrase: str) -> None:
        from techguard.register import Register

        self.busy = True
        self.problem("")
        self.query_one("#state", Static).update(literal(_("Making the vault … this takes a few seconds.")))
        codes: list[str] = []

        def make() -> Register:
            register, code = Register.create(
                self.path,
                person=name,
                department=department,
                passphrase=passphrase,
                kdf=self.tg.kdf,
                clock=self.tg.clock,
            )
            codes.append(code)
            return register

        try:
            await self.tg.store.open(make)
        except TechguardError as error:
            told = explain(error)
            self.problem("\n".join(t for t in (told.what, told.next_step) if t))
            return
        finally:
            self.busy = False
            self.query_one("#state", Static).update("")
        self.tg.go_to(RecoveryPage(codes[0]))


class RecoveryPage(_Gate):
    """Show the recovery code, once, and see that it was written down."""

    NAME = N_("Recovery code")
    ABOUT = N_(
        "This code opens the vault when the passphrase is forgotten. It is shown only now. Write it on "
        "paper, keep the paper in a safe, and type the group that is asked for, to be sure that it was "
        "copied rightly."
    )

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self.group = random.SystemRandom().randrange(len(code.split("-")))

    def place(self) -> None:
        return None

    def can_go_back(self) -> bool:
        return False

    def body(self) -> Iterable[Any]:
        with Vertical(classes="gate"):
            yield Static(literal(_("Your recovery code")), classes="strong")
            yield Prose(_("It is shown only now. Write it down and keep it in a safe."))
            with Horizontal(classes="code gap"):
                yield Static(literal(self.code, "bold"))
            question = _("Type group {n} of the code to go on").format(n=self.group + 1)
            yield Static(literal(question), classes="gap muted")
            yield GoOnInput(limit=12, id="group")
            yield Prose(id="problem", classes="gap")

    def on_mount(self) -> None:
        self.query_one("#group").focus()

    @on(Input.Submitted, "#group")
    def _submitted(self, event: Input.Submitted) -> None:
        import unicodedata

        event.stop()
        typed = unicodedata.normalize("NFKC", event.value).strip().upper()
        if typed != self.code.split("-")[self.group]:
            self.problem(
                _("That is not group {n}. Compare it with what you wrote down.").format(n=self.group + 1)
            )
            return
        self.code = ""
        self.noted()

    def noted(self) -> None:
        """It was written down: go on."""
        begin(self.app, self.tg.enter, group="restore", exclusive=True)
