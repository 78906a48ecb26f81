"""Hand something out: the board summary or minutes, read first, then sealed for those who get it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from techguard import present
from techguard.domain.items import Person, Summary
from techguard.domain.words import FileFormat
from techguard.i18n import N_, _, labelled, language, list_text

from ..files import as_path
from ..input import LineInput
from ..page import Page
from ..picker import Confirm, Option, Picker
from ..projection import NeedsWhatIsHidden
from ..prose import Prose
from ..text import beside, literal

if TYPE_CHECKING:
    from techguard.board import Delivered, Delivery
    from techguard.register import Register

FOR_KEYS = N_("For owners of an age key: no password has to travel.")
FORMATS = {
    FileFormat.PDF: N_("For most readers: a PDF viewer and the password open it."),
    FileFormat.HTML: N_("A browser and the password open it, without a network; good for screen readers."),
    FileFormat.XLSX: N_("For the secretariat: its tables, opened by Excel with the password."),
    FileFormat.AGE: FOR_KEYS,
    FileFormat.HTML_AGE: FOR_KEYS,
    FileFormat.XLSX_AGE: FOR_KEYS,
}


@dataclass(frozen=True)
class Setting:
    """Something that can be chosen before sealing: its name, what it is called, and what is chosen."""

    name: str
    label: str
    value: str


class Settings(Protocol):
    """What is chosen of a document before it is sealed, for example how much its reader sees."""

    def settings(self) -> tuple[Setting, ...]:
        """What can be chosen, as it stands."""

    def choose(self, page: Page, name: str, then: Callable[[], None]) -> None:
        """Let a person choose one of them on `page`; `then` is called when it was done."""


@dataclass(frozen=True)
class Handout:
    """What is to be sealed: what it is called, the file it would become, and how it is made.

    `make` writes the file and its record. A `package` is a zip in age, of evidence.
    """

    title: str
    file: Path
    make: Callable[[Register, Delivery], Delivered]
    pack: Settings | None = None
    """What can still be chosen."""
    named: Callable[[], Path] | None = None
    """The file it would become as it is chosen now."""
    left: Callable[[Register], str] | None = None
    """Says in a line what it still lacks."""
    check: Callable[[], Page] | None = None
    """The screen that tells it item by item."""
    package: bool = False


class Typed(NamedTuple):
    """What stands in the fields of `SealPage`, by their names."""

    file: str
    recipients: str = ""
    keys: str = ""


def beside_vault(page: Page, name: str) -> Path:
    """A file beside the vault: where a person finds it, and never inside."""
    assert page.tg.path is not None
    return page.tg.path.absolute().parent / name


class SealPage(Page):
    """Where it goes, in which format and to whom; then it is written, sealed.

    The name of the file tells the format; F5 only changes its ending.
    """

    NAME = N_("Seal")
    WITH_ROOMS = False
    ABOUT = N_(
        "Name the file and who gets it. F5 chooses the format, F6 the recipients from those the register "
        "knows, F7 what the document is to be: for whom, in which language and layout, compared with which "
        "session. F8 tells what it still lacks. techguard makes a strong password, writes the file so that "
        "only this password opens it, and keeps in the register what left it, for whom, in which format and "
        "with which digest. An age file may be sealed for its recipients' public keys instead."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "seal", N_("Write and seal"), tooltip=N_("Write the file, sealed.")),
        Binding("f5", "format", N_("Format"), tooltip=N_("PDF, web page, Excel workbook, or age.")),
        Binding("f6", "people", N_("Recipients"), tooltip=N_("Choose from those the register knows.")),
        Binding("f7", "options", N_("Options"), tooltip=N_("Readers, language, layout, comparison.")),
        Binding("f8", "check", N_("Check"), tooltip=N_("See what it still lacks.")),
        Binding("down", "app.focus_next", N_("Next field"), show=False),
        Binding("up", "app.focus_previous", N_("Previous field"), show=False),
    ]

    def __init__(self, handout: Handout, typed: Typed | None = None) -> None:
        super().__init__()
        self.handout = handout
        self.typed = typed or Typed(str(handout.file))
        self.proposed = handout.file

    def trail(self) -> tuple[str, ...]:
        return self.handout.title, _(self.NAME)

    def place(self) -> Callable[[], Page]:
        handout, typed = self.handout, self._typed()
        return lambda: SealPage(handout, typed)

    def _typed(self) -> Typed:
        if not self.is_mounted:
            return self.typed
        return Typed(*(self.query_one(f"#{name}", LineInput).value for name in Typed._fields))

    def body(self) -> Iterable[Any]:
        with Vertical(classes="gate"):
            yield Static(literal(_("File")), classes="muted")
            yield LineInput(self.typed.file, id="file")
            yield Prose(id="format")
            yield Prose(id="chosen")
            with Vertical(id="with-recipients"):
                said = _("Recipients by role, for the record (separated by commas)")
                yield Static(literal(said), classes="muted")
                yield LineInput(self.typed.recipients, id="recipients")
            with Vertical(id="with-keys"):
                said = _("Public keys of age (age1…), separated by commas; without one a password is made")
                yield Static(literal(said), classes="muted")
                yield LineInput(self.typed.keys, id="keys")
            yield Prose(
                _("A password is shown once, on the next screen. Hand it over by another way than the file."),
                "$t-muted",
            )
            yield Prose(id="left", classes="gap")
            yield Prose(id="problem", classes="gap")

    def on_mount(self) -> None:
        self._show_format()
        self._show_chosen()
        self.query_one("#file").focus()

    def reload(self) -> None:
        if self.handout.left is not None:
            self.ask(self._look, group="load", exclusive=True)

    async def _look(self) -> None:
        """Say what it still lacks."""
        left = self.handout.left
        assert left is not None
        self.query_one("#left", Prose).say((await self.store.run(left), "$t-warn"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "options":
            return self.handout.pack is not None
        if action == "check":
            return self.handout.check is not None
        if action == "format" and self.handout.package:
            return False
        return super().check_action(action, parameters)

    def action_check(self) -> None:
        if self.handout.check is not None:
            self.tg.go_to(self.handout.check())

    # --- what it is to be ---

    def _show_chosen(self) -> None:
        if self.handout.pack is not None:
            parts = [labelled(s.label, s.value) for s in self.handout.pack.settings()]
            self.query_one("#chosen", Prose).say((beside(parts), ""))

    def action_options(self) -> None:
        if self.handout.pack is not None:
            options = [Option(s.name, labelled(s.label, s.value)) for s in self.handout.pack.settings()]
            self.app.push_screen(Picker(_("Options"), options), self._option)

    def _option(self, chosen: list[Any] | None) -> None:
        if chosen and self.handout.pack is not None:
            self.handout.pack.choose(self, chosen[0], self._chosen)

    def _chosen(self) -> None:
        """Something else was chosen: say so, and name the file for it where nobody named it otherwise."""
        from techguard import board

        self._show_chosen()
        self.reload()
        line, kind = self.query_one("#file", LineInput), self._format()
        if self.handout.named and as_path(line.value) == board.named_for(self.proposed, kind):
            self.proposed = self.handout.named()
            line.value = str(board.named_for(self.proposed, kind))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    @on(Input.Changed, "#file")
    def _named(self, event: Input.Changed) -> None:
        event.stop()
        self._show_format()

    def _format(self) -> FileFormat:
        return self._format_of(as_path(self._typed().file)) or FileFormat.PDF

    def _format_of(self, file: Path) -> FileFormat | None:
        from techguard import board

        return FileFormat.ZIP_AGE if self.handout.package else board.format_of(file)

    def _show_format(self) -> None:
        kind = self._format()
        label, note = present.choice_label(kind, language()), _(FORMATS.get(kind, FOR_KEYS))
        self.query_one("#format", Prose).say((f"{labelled(_('Format'), label)}   {note}", ""))
        self.query_one("#with-keys").display = kind.in_age

    def action_format(self) -> None:
        options = [
            Option(kind, present.choice_label(kind, language()), _(note)) for kind, note in FORMATS.items()
        ]
        self.app.push_screen(Picker(_("Format"), options, chosen=[self._format()]), self._formatted)

    def _formatted(self, chosen: list[Any] | None) -> None:
        from techguard import board

        typed = self._typed().file
        if chosen and typed.strip():
            line = self.query_one("#file", LineInput)
            line.value = str(board.named_for(as_path(typed), chosen[0]))
            line.cursor_position = len(line.value)

    def action_people(self) -> None:
        self.ask(self._choose_people, group="load", exclusive=True)

    async def _choose_people(self) -> None:
        known = await self.store.run(_known_recipients)
        typed = _parts(self._typed().recipients)
        options = [Option(name, name) for name in dict.fromkeys((*typed, *known))]
        if not options:
            self._problem(_("The register knows no recipients yet: type them."))
            return
        self.app.push_screen(
            Picker(_("Recipients"), options, several=True, chosen=typed), self._people_chosen
        )

    def _people_chosen(self, chosen: list[Any] | None) -> None:
        if chosen is not None:
            self.query_one("#recipients", LineInput).value = list_text(chosen)

    def action_seal(self) -> None:
        from techguard import board, evidence

        typed = self._typed().file
        file = as_path(typed)
        if not typed.strip() or file.is_dir():
            self._problem(_("Name a file, for example {name}.").format(name=self.handout.file.name))
            return
        if self.handout.package:
            file = evidence.named_for(file)
        elif board.format_of(file) is None:
            file = board.named_for(file, FileFormat.PDF)
        if not file.parent.is_dir():
            self._problem(_("There is no folder {folder}.").format(folder=file.parent))
            return
        if file.exists():
            question = _("Replace {name}?").format(name=file.name)
            answers = [("stay", _("Leave it as it is")), ("replace", _("Replace it"))]
            self.app.push_screen(Confirm(question, answers), partial(self._replaced, file))
            return
        self.ask(partial(self._seal, file), group="save", exclusive=True)

    def _replaced(self, file: Path, answer: str | None) -> None:
        if answer == "replace":
            self.ask(partial(self._seal, file), group="save", exclusive=True)

    def _problem(self, text: str) -> None:
        self.query_one("#problem", Prose).say((text, "$t-bad"))

    async def _seal(self, file: Path) -> None:
        from techguard import board

        if self.store.projecting:  # it would be sealed without what is hidden, and its password shown to all
            raise NeedsWhatIsHidden
        typed, kind = self._typed(), self._format_of(file) or FileFormat.PDF
        keys = _parts(typed.keys) if kind.in_age else ()
        password = "" if keys else board.new_password()
        delivery = board.Delivery(
            output=file,
            lock=board.Keys(keys) if keys else password,
            format=kind,
            recipients=_parts(typed.recipients),
        )
        self.query_one("#problem", Prose).say((_("Writing and sealing …"), "$t-muted"))
        make = self.handout.make
        try:
            made = await self.store.run(lambda reg: make(reg, delivery))
        finally:
            self.query_one("#problem", Prose).say()
        self.tg.go_back()
        told = PasswordPage(file, password, made.digest, made.missing, recorded=made.record is not None)
        self.tg.go_to(told)


def _parts(typed: str) -> tuple[str, ...]:
    """What stands between commas, once each."""
    parts = (part.strip() for part in re.split(r"[,、，;；]", typed))
    return tuple(dict.fromkeys(part for part in parts if part))


def _known_recipients(register: Register) -> list[str]:
    """Those who got something before, newest first, then the roles of people."""
    before = (name for record in reversed(register.find(Summary)) for name in record.recipients)
    roles = (person.role or person.name for person in register.find(Person))
    return list(dict.fromkeys((*before, *roles)))


class PasswordPage(Page):
    """What was written, and its password, once; of a file that is sealed for keys there is none."""

    NAME = N_("Password")
    WITH_ROOMS = False
    ABOUT = N_(
        "This password opens the file. It is kept nowhere: note it, or hand it over now, by another way than "
        "the file itself. F6 copies it; the clipboard is cleared after 30 seconds."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6,c", "take", N_("Copy"), tooltip=N_("Copy the password; cleared after 30 s.")),
    ]

    def __init__(
        self, file: Path, password: str, digest: str, missing: str, *, recorded: bool = True
    ) -> None:
        super().__init__()
        self.file, self.password, self.digest, self.missing = file, password, digest, missing
        self.recorded = recorded

    def place(self) -> None:
        """A lock forgets it: who comes back may be somebody else."""
        return

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self.password) if action == "take" else super().check_action(action, parameters)

    def body(self) -> Iterable[Any]:
        with Vertical(classes="gate"):
            yield Static(literal(_("The file is written and sealed.")), classes="strong")
            yield Prose(str(self.file))
            if self.password:
                yield Static(literal(_("Its password, shown only now")), classes="gap muted")
                with Horizontal(classes="code"):
                    yield Static(literal(self.password, "bold"))
                told = _("Hand it over by another way than the file. If it is lost, seal the file anew.")
            else:
                told = _("There is no password: the owners of the keys open it with age.")
            yield Prose(told, "$t-muted", classes="gap")
            digest = _("SHA-256, also in the register: {digest}") if self.recorded else _("SHA-256: {digest}")
            yield Prose(digest.format(digest=self.digest), "$t-muted")
            if self.missing:
                text = _("These characters are not in the font and show as 〓: {characters}")
                yield Prose(text.format(characters=self.missing), "$t-warn")

    def action_take(self) -> None:
        self.tg.copy_to_clipboard(self.password)
        self.tg.say(_("Copied. The clipboard is cleared in 30 seconds."))
