"""Somebody who was invited sets a passphrase of their own, and comes in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from techguard.errors import TechguardError
from techguard.i18n import N_, _, explain
from techguard.vault.passphrase import MOST_KEY_FILE

from ..data import begin
from ..files import as_path
from ..input import LineInput, SecretInput
from ..page import Page
from ..picker import Tell
from ..prose import Prose
from ..scrolled import Scrolled
from ..text import literal
from .unlock import UnlockPage, _Gate, judged


class JoinPage(_Gate):
    """The file and the code of an invitation, and a new passphrase."""

    NAME = N_("Join by invitation")
    ABOUT = N_(
        "You were invited to this vault. Give the file you were sent and the code that came by another way, "
        "and choose a passphrase that nobody else learns: a sentence, or four or more words that do not "
        "belong together. With a key file, a file is wanted beside the passphrase whenever you open the "
        "vault: name it with --key-file or TECHGUARD_KEY_FILE. One that does not exist is made; keep it on "
        "another medium than the vault. Ctrl+S joins; the invitation is spent with it. Then a fingerprint "
        "of your key is shown: read it to whoever invited you."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "join", N_("Join")),
        Binding("down", "app.focus_next", N_("Next field"), show=False),
        Binding("up", "app.focus_previous", N_("Previous field"), show=False),
    ]

    def __init__(self, path: Path, file: str = "", key_file: str = "") -> None:
        super().__init__()
        self.path = path
        self.file = file
        self.key_file = key_file
        self.busy = False

    def place(self) -> Callable[[], Page]:
        path, file, key_file = self.path, self._typed("file"), self._typed("key-file")
        return lambda: JoinPage(path, file, key_file)

    def body(self) -> Iterable[Any]:
        with Scrolled(classes="gate -tight", can_focus=False):
            yield Static(literal(_(self.NAME)), classes="strong")
            yield Static(literal(str(self.path)), classes="muted")
            for label, field in (
                (_("File of the invitation"), LineInput(self.file, id="file")),
                (_("Code of the invitation"), SecretInput(id="code")),
                (_("Your new passphrase, at least 12 characters"), SecretInput(id="first")),
            ):
                yield Static(literal(label), classes="muted")
                yield field
            yield Prose(id="strength")
            yield Static(literal(_("The same passphrase again")), classes="muted")
            yield SecretInput(id="second")
            yield Static(literal(_("Key file beside the passphrase; empty: none")), classes="muted")
            yield LineInput(self.key_file, id="key-file")
        with Vertical(classes="gate-foot"):  # in sight whichever field the cursor is in
            yield Static(id="state", classes="muted")
            yield Prose(id="problem")

    def on_mount(self) -> None:
        self.query_one("#strength", Prose).say(*judged(""))
        self.query_one("#file").focus()

    @on(Input.Changed, "#first")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#strength", Prose).say(*judged(event.value))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "key-file":
            self.action_join()
        else:
            self.app.action_focus_next()

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value

    def _lacks(self, text: str, field: str) -> None:
        self.problem(text)
        self.query_one(f"#{field}").focus()

    def action_join(self) -> None:
        """Look whether all is there, and join."""
        if self.busy:
            return
        if not self._typed("file").strip():
            self._lacks(_("Give the file of the invitation."), "file")
        elif not self._typed("code").strip():
            self._lacks(_("Type the code of the invitation."), "code")
        elif self._typed("first") != self._typed("second"):
            self._lacks(_("The two passphrases differ. Type the second one again."), "second")
        else:
            file, code, passphrase = as_path(self._typed("file")), self._typed("code"), self._typed("first")
            named = self._typed("key-file").strip()
            key_file = as_path(named) if named else None
            begin(self, partial(self._join, file, code, passphrase, key_file), group="join", exclusive=True)

    async def _join(self, file: Path, code: str, passphrase: str, key_file: Path | None) -> None:
        self.busy = True
        self.problem("")
        self.query_one("#state", Static).update(literal(_("Making your keys … this takes a few seconds.")))
        try:
            name, key = await asyncio.to_thread(self._joined, file, code, passphrase, key_file)
        except OSError:
            said = _("{path} could not be read. Look at the path and try again.").format(path=file)
            self._lacks(said, "file")
            return
        except TechguardError as error:
            told = explain(error)
            self.problem("\n".join(t for t in (told.what, told.next_step) if t))
            return
        finally:
            self.busy = False
            self.query_one("#state", Static).update("")
        for secret in ("code", "first", "second"):
            self.query_one(f"#{secret}", SecretInput).value = ""
        joined = _("You join as {name}. Your passphrase is set, and the invitation is spent.").format(
            name=name
        )
        paragraphs = (
            (joined, ""),
            (_("Read the fingerprint of your key to whoever invited you; it must be in their list:"), ""),
            (key, "bold"),
        )

        def read(_closed: None) -> None:
            begin(self.app, partial(self._come_in, passphrase), group="enter")

        self.app.push_screen(Tell(_("You have joined"), paragraphs), read)

    def _joined(self, file: Path, code: str, passphrase: str, key_file: Path | None) -> tuple[str, str]:
        from techguard import people
        from techguard.register import Register

        with file.open("rb") as opened:
            invitation = opened.read(MOST_KEY_FILE + 1)
        with Register.open(
            self.path, code, invitation=invitation, own_keys=True, clock=self.tg.clock
        ) as register:
            beside = people.key_file(key_file) if key_file else None
            key = people.join(register, passphrase, key_file=beside, kdf=self.tg.kdf)
            self.tg.key_file = beside
            return register.me.name, key

    async def _come_in(self, passphrase: str) -> None:
        """By the door that everybody uses."""
        page = UnlockPage(self.path, given=True)
        await self.app.push_screen(page)
        await page.unlock(passphrase)
