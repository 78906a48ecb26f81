"""Hand something out: the board summary or minutes, read first, then sealed as a PDF with a password."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from techguard import present
from techguard.domain.words import RedactionLevel
from techguard.i18n import N_, _, language

from ..files import as_path
from ..input import LineInput
from ..page import LoadingPage, Page
from ..picker import Confirm, Option, Picker
from ..projection import NeedsWhatIsHidden
from ..prose import Prose, Reading
from ..text import literal

if TYPE_CHECKING:
    from techguard.register import Register

REDACTIONS = {
    RedactionLevel.R0: N_("Everything, for members of the review session."),
    RedactionLevel.R1: N_("For the board: code names, people by their roles, no know-how elements."),
    RedactionLevel.R2: N_("For an outside adviser: one matter and what belongs to it."),
    RedactionLevel.R3: N_("Numbers only."),
}


@dataclass(frozen=True)
class Handout:
    """What is to be sealed: what it is called, the file it would become, and how it is made.

    `make` writes the file and its record: (register, file, password, recipients) → its digest (SHA-256) and
    the characters that the font lacks.
    """

    title: str
    file: Path
    make: Callable[[Register, Path, str, tuple[str, ...]], tuple[str, str]]


class SummaryPage(LoadingPage):
    """The board summary as its reader will get it, before it is sealed."""

    NAME = N_("Board summary")
    ABOUT = N_(
        "What the board will read, composed from the register as it stands. F5 changes how much its readers "
        "may see; what is hidden is not in the document at all. F9 seals it as a PDF that only its password "
        "opens, and keeps a record of it in the register."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "redact", N_("For whom"), tooltip=N_("Choose how much the reader may see.")),
        Binding("f9", "seal", N_("Seal"), tooltip=N_("Write it as a PDF with a password.")),
    ]

    def __init__(self, redaction: RedactionLevel = RedactionLevel.R1) -> None:
        super().__init__()
        self.redaction = redaction
        self.text = ""
        self.day = date.min

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return (_(self.NAME),)

    def place(self) -> Callable[[], Page]:
        redaction = self.redaction
        return lambda: SummaryPage(redaction)

    def body(self) -> Iterable[Any]:
        yield Prose(id="for-whom", most=2)
        with Reading(id="minutes"):
            yield Prose(id="summary-text")

    def on_mount(self) -> None:
        self.query_one(Reading).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard import board

        redaction, lang = self.redaction, language()
        self.query_one("#for-whom", Prose).say((_("Composing …"), "$t-muted"))

        def compose(reg: Register) -> tuple[str, date]:
            return board.plain_text(board.compose(reg, redaction=redaction, lang=lang)), reg.today

        self.text, self.day = await self.store.run(compose)
        said = f"{present.choice_label(redaction, lang)}   {_(REDACTIONS[redaction])}"
        self.query_one("#for-whom", Prose).say((said, "bold $t-accent"))
        self.query_one("#summary-text", Prose).say((self.text, ""))

    def action_redact(self) -> None:
        options = [
            Option(level, present.choice_label(level, language()), _(note))
            for level, note in REDACTIONS.items()
        ]
        self.app.push_screen(Picker(_("For whom"), options, chosen=[self.redaction]), self._redacted)

    def _redacted(self, chosen: list[Any] | None) -> None:
        if chosen:
            self.redaction = chosen[0]
            self.query_one(Reading).scroll_home(animate=False)
            self.reload()

    def action_seal(self) -> None:
        redaction, lang = self.redaction, language()

        def make(reg: Register, file: Path, password: str, recipients: tuple[str, ...]) -> tuple[str, str]:
            from techguard import board

            made = board.produce(
                reg, file, redaction=redaction, lang=lang, password=password, recipients=recipients
            )
            return made.digest, made.missing

        name = f"{_('Board summary')}-{redaction.value}-{self.day.isoformat()}.pdf"
        self.tg.go_to(SealPage(Handout(_(self.NAME), beside_vault(self, name), make)))


def beside_vault(page: Page, name: str) -> Path:
    """A file beside the vault: where a person finds it, and never inside."""
    assert page.tg.path is not None
    return page.tg.path.absolute().parent / name


class SealPage(Page):
    """Where it goes and to whom; then it is written, sealed with a password made now."""

    NAME = N_("Seal")
    WITH_ROOMS = False
    ABOUT = N_(
        "Name the file and who gets it. techguard makes a strong password, writes the PDF so that only this "
        "password opens it (AES-256), and keeps in the register what left it, for whom and with which digest."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "seal", N_("Write and seal"), tooltip=N_("Write the PDF with a new password.")),
        Binding("down", "app.focus_next", N_("Next field"), show=False),
        Binding("up", "app.focus_previous", N_("Previous field"), show=False),
    ]

    def __init__(self, handout: Handout, typed: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.handout = handout
        self.typed = typed or (str(handout.file), "")

    def trail(self) -> tuple[str, ...]:
        return self.handout.title, _(self.NAME)

    def place(self) -> Callable[[], Page]:
        handout, typed = self.handout, self._typed()
        return lambda: SealPage(handout, typed)

    def _typed(self) -> tuple[str, str]:
        if not self.is_mounted:
            return self.typed
        return self.query_one("#file", LineInput).value, self.query_one("#recipients", LineInput).value

    def body(self) -> Iterable[Any]:
        with Vertical(classes="gate"):
            yield Static(literal(_("File")), classes="muted")
            yield LineInput(self.typed[0], id="file")
            yield Static(literal(_("Recipients, for the record (separated by commas)")), classes="muted")
            yield LineInput(self.typed[1], id="recipients")
            hint = N_(
                "The password is shown once, on the next screen. Hand it over by another way than the PDF."
            )
            yield Prose(_(hint), "$t-muted")
            yield Prose(id="problem", classes="gap")

    def on_mount(self) -> None:
        self.query_one("#file").focus()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def action_seal(self) -> None:
        typed, _who = self._typed()
        file = as_path(typed)
        if not typed.strip() or file.is_dir():
            self._problem(_("Name a file, for example {name}.").format(name=self.handout.file.name))
            return
        if file.suffix.casefold() != ".pdf":
            file = file.with_name(file.name + ".pdf")
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
        _file, typed = self._typed()
        recipients = tuple(name for part in re.split(r"[,、，;；]", typed) if (name := part.strip()))
        password = board.new_password()
        self.query_one("#problem", Prose).say((_("Writing and sealing …"), "$t-muted"))
        make = self.handout.make
        try:
            digest, missing = await self.store.run(lambda reg: make(reg, file, password, recipients))
        finally:
            self.query_one("#problem", Prose).say()
        self.tg.go_back()
        self.tg.go_to(PasswordPage(file, password, digest, missing))


class PasswordPage(Page):
    """The password of a PDF, once."""

    NAME = N_("Password")
    WITH_ROOMS = False
    ABOUT = N_(
        "This password opens the PDF. It is kept nowhere: note it, or hand it over now, by another way than "
        "the PDF itself. F6 copies it; the clipboard is cleared after 30 seconds."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6,c", "take", N_("Copy"), tooltip=N_("Copy the password; cleared after 30 s.")),
    ]

    def __init__(self, file: Path, password: str, digest: str, missing: str) -> None:
        super().__init__()
        self.file, self.password, self.digest, self.missing = file, password, digest, missing

    def place(self) -> None:
        """A lock forgets it: who comes back may be somebody else."""
        return

    def body(self) -> Iterable[Any]:
        with Vertical(classes="gate"):
            yield Static(literal(_("The PDF is written and sealed.")), classes="strong")
            yield Prose(str(self.file))
            yield Static(literal(_("Its password, shown only now")), classes="gap muted")
            with Horizontal(classes="code"):
                yield Static(literal(self.password, "bold"))
            yield Prose(
                _("Hand it over by another way than the PDF. If it is lost, seal the PDF anew."),
                "$t-muted",
                classes="gap",
            )
            yield Prose(_("SHA-256, also in the register: {digest}").format(digest=self.digest), "$t-muted")
            if self.missing:
                text = _("These characters are not in the font and show as 〓: {characters}")
                yield Prose(text.format(characters=self.missing), "$t-warn")

    def action_take(self) -> None:
        self.tg.copy_to_clipboard(self.password)
        self.tg.say(_("Copied. The clipboard is cleared in 30 seconds."))
