"""The terminal application: opening and locking, rooms, language, theme, and a crash that tells nothing."""

from __future__ import annotations

import asyncio
import gc
import os
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import WorkerFailed

from techguard.domain.access import Deed, allows
from techguard.errors import TechguardError
from techguard.i18n import (
    LANGUAGES,
    N_,
    Language,
    _,
    dates_by,
    explain,
    language,
    set_calendar,
    set_language,
)
from techguard.i18n.dates import Calendar
from techguard.vault.errors import VaultClosed
from techguard.vault.idle import IdleTimer
from techguard.vault.kdf import KdfParameters

from . import compat, theme
from . import plain as plain_mode
from .bars import ROOMS, key_name
from .data import Store, begin
from .page import Page, Speaking
from .painted import PaintedApp
from .picker import Confirm, Tell

if TYPE_CHECKING:
    from techguard.domain.items import Person
    from techguard.domain.words import Access
    from techguard.register import Register
    from techguard.vault import Vault

IDLE_SECONDS = 600.0
"""Ten minutes without a key locks; a room of people looks away sooner than that."""
CLIPBOARD_SECONDS = 30.0
SELDOM, STILL_SECONDS = 10, 1.0
"""So much more seldom than usual the collector looks through everything while keys are pressed: a look costs
as much as the key. After so long without one it does so when it is due.
"""


class TechguardApp(PaintedApp):
    """One vault, from unlocking to locking."""

    CSS_PATH = "techguard.tcss"
    ENABLE_COMMAND_PALETTE = False  # ours speaks both languages and cannot take screenshots
    ALLOW_SELECT = False  # text goes to the clipboard by command only
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash,fullwidth_solidus,ctrl+f",
            "search",
            N_("Search all"),
            key_display="/",
            tooltip=N_("Search every text in the register. Ctrl+F does the same."),
        ),
        Binding(
            "f1,question_mark,fullwidth_question_mark",
            "help",
            N_("Help"),
            key_display="F1/?",
            tooltip=N_("What this screen is for, and its keys."),
        ),
        Binding(
            "ctrl+g,g",
            "go",
            N_("Go to"),
            show=False,
            tooltip=N_("Go straight to an entry by its number or title."),
        ),
        Binding(
            "ctrl+o",
            "jump",
            N_("Jump"),
            show=False,
            tooltip=N_("A number on each place that takes the cursor: type it to go there."),
        ),
        Binding("ctrl+p", "palette", N_("Command list"), tooltip=N_("Everything that can be done, by name.")),
        *(
            Binding(f"{n % 10},{chr(0xFF10 + n % 10)}", f"room('{name}')", N_("Room"), show=False)
            for n, (name, _label) in enumerate(ROOMS, 1)
        ),
        Binding("ctrl+z", "undo", N_("Undo"), show=False, tooltip=N_("Take the last change back.")),
        Binding("ctrl+y", "redo", N_("Redo"), show=False, tooltip=N_("Make the undone change again.")),
        Binding(
            "ctrl+u",
            "steps",
            N_("Undo list"),
            show=False,
            tooltip=N_("What can be taken back or made again: choose which."),
        ),
        Binding(
            "ctrl+r",
            "project",
            N_("Projection mode"),
            show=False,
            tooltip=N_("On a wall: hide the words of what is strictly confidential. Again: show them."),
        ),
        Binding("ctrl+l", "lock", N_("Lock"), show=False, tooltip=N_("Hide the screen and lock the vault.")),
        Binding(
            "f12",
            "language",
            N_("日本語 / English"),  # japanese: each language is named in itself
            show=False,
            priority=True,
            tooltip=N_("Change the language of the screen."),
        ),
        Binding("ctrl+t", "theme", N_("Light / dark"), show=False, tooltip=N_("Change the colours.")),
        Binding(
            "ctrl+q", "quit", N_("Quit"), show=False, priority=True, tooltip=N_("Close the vault and leave.")
        ),
    ]

    def __init__(
        self,
        path: Path | None = None,
        *,
        lang: Language = "ja",
        passphrase: str | None = None,
        read_only: bool = False,
        idle_seconds: float = IDLE_SECONDS,
        kdf: KdfParameters | None = None,
        clock: Callable[[], datetime] | None = None,
        plain: bool = False,
        notice: str = "",
        automatic_backup: bool = True,
        key_file: bytes | None = None,
    ) -> None:
        super().__init__()
        plain_mode.turn(plain)
        self.set_class(plain, "-plain")
        set_language(lang)
        self.path = path
        self.wants_read_only = read_only
        self.kdf = kdf
        self.key_file = key_file
        self.clock = clock
        self.store = Store()
        self.who = ""
        self.read_only = read_only
        self.access: Access | None = None
        """What the person may do in the register."""
        self.idle = IdleTimer(idle_seconds)
        self._first_secret = passphrase
        self._notice = notice
        self._automatic_backup = automatic_backup
        self._one_backup_at_a_time = asyncio.Lock()
        self._leaving = self._in_a_hurry = False
        self._left: list[Callable[[], Page]] = []
        self._held: list[events.Event] = []
        self._typed_at = 0.0
        self._thresholds: tuple[int, int, int] | None = None
        """How often the collector ran before it was told to leave the keys alone."""
        self._handing_on = False
        self.animation_level = "none"
        for one in theme.THEMES:
            self.register_theme(one)
        self.theme = theme.DARK if _dark_terminal(os.environ) else theme.LIGHT

    # --- starting ---

    def on_mount(self) -> None:
        self.set_interval(1.0, self._look_at_the_clock)
        if plain_mode.is_on():
            compat.show_cursor(self)
        if self._notice:
            self.notify(self._notice, markup=False, severity="warning", timeout=15)
        secret, self._first_secret = self._first_secret, None
        begin(self, partial(self._begin, secret))

    async def _begin(self, secret: str | None) -> None:
        from .screens.unlock import StartPage, UnlockPage

        if self.path is None:
            await self.push_screen(StartPage())
            return
        page = UnlockPage(self.path, given=secret is not None)
        await self.push_screen(page)
        if secret is not None:
            await page.unlock(secret)

    @property
    def vault_name(self) -> str:
        """The vault's folder, without the ending."""
        return self.path.name.removesuffix(".techguard") if self.path else "techguard"

    async def enter(self) -> None:
        """The vault is open: go to where we were when it was locked, or to the overview."""
        from techguard.domain.words import ReviewStatus
        from techguard.register import Query, Where

        from .screens.overview import OverviewPage
        from .screens.tour import is_new, start_tour

        def who(register: Register) -> tuple[Person, bool, bool, list[Path], datetime | None, int]:
            register.show_as_chosen()
            versions, ahead = register.vault.other_versions(), register.recorded_ahead
            # Counted and not read: what cannot be read is told where it is shown, and keeps nobody out.
            held = register.count("reviews", Query(where=(Where("status", "=", ReviewStatus.HELD),)))
            return register.me, register.read_only, is_new(register), versions, ahead, held

        me, self.read_only, new, versions, ahead, held = await self.store.run(who)
        self.who, self.access = me.name, me.access
        self.idle.touch()
        places, self._left = self._left, []
        await self.restore(places or [OverviewPage])
        for version in versions:
            self._tell_version(version)
        if ahead is not None:
            self._tell_clock(ahead)
        if held and not places:
            self.say(_("A review session is being held and was not closed. 9 leads to it."))
        if new and not places:
            start_tour(self)
        begin(self, self._back_up_if_due, group="backup")
        self.call_after_refresh(self._spare_keys_the_collector)

    def _spare_keys_the_collector(self) -> None:
        """The half a million objects that the program itself is made of stay: the collector, which would hold
        up a key for a tenth of a second to look through them, need not see them until the lock. Through what
        came after them it looks while nobody types.
        """
        gc.freeze()
        if self._thresholds is None:
            self._thresholds = gc.get_threshold()
            gc.set_threshold(*self._thresholds[:2], SELDOM * self._thresholds[2])

    def _collect_while_idle(self) -> None:
        if self._thresholds is None or time.monotonic() - self._typed_at < STILL_SECONDS:
            return
        if 0 < self._thresholds[2] <= gc.get_count()[2]:  # none: it goes in small steps by itself
            gc.collect()

    def _tell_version(self, version: Path) -> None:
        text = _(
            "Beside this vault lies a second version of it, {version}: two places wrote at once. Do not "
            "delete it. Merge a copy, in the command list (Ctrl+P), brings both together."
        ).format(version=version.name)
        self.notify(text, markup=False, severity="warning", timeout=15)

    def _tell_clock(self, newest: datetime) -> None:
        from techguard import present

        text = _(
            "The clock of this machine stands before the newest entry of the history ({newest}). What you "
            "record now gets the time of that entry. Check the date, the time and the time zone."
        ).format(newest=present.moment(newest))
        self.notify(text, markup=False, severity="warning", timeout=15)

    def on_unmount(self) -> None:
        gc.unfreeze()
        if self._thresholds is not None:
            gc.set_threshold(*self._thresholds)
            self._thresholds = None

    # --- screens ---

    def may_change(self, kind: str = "", *, session: bool = False) -> bool:
        """Whether the register would let the person change entries of a kind, or (without one) anything at
        all: a key for what would be refused is not shown.
        """
        if self.read_only:
            return False
        anything = [Deed(kind, "", "change", frozenset({"*"}))] if kind else []
        return allows(self.access, "", anything, session=session)

    def places(self) -> list[Callable[[], Page]]:
        """How to come back to every screen that is open now, the lowest first."""
        made = [s.place() for s in self.screen_stack if isinstance(s, Page)]
        return [place for place in made if place is not None]

    async def restore(self, places: Sequence[Callable[[], Page]]) -> None:
        """Leave every screen and make these anew."""
        with self.batch_update():
            while len(self.screen_stack) > 1:
                await self.pop_screen()
            for make in places:
                await self.push_screen(make())

    def rebuild(self) -> None:
        """Make every screen anew: the language has changed."""
        begin(self, partial(self.restore, self.places()), group="restore", exclusive=True)

    def go_to(self, page: Page) -> None:
        """Open a screen on top of the one before."""
        self.push_screen(page)

    def go_back(self) -> None:
        """Leave the screen on top."""
        if isinstance(self.screen, Page) and self.screen.can_go_back():
            self.pop_screen()

    def action_room(self, name: str) -> None:
        from .screens import room_page

        begin(self, partial(self.restore, [lambda: room_page(name)]), group="restore", exclusive=True)

    def action_search(self) -> None:
        from .screens.search import SearchPage

        self.go_to(SearchPage())

    def action_go(self) -> None:
        from .screens.goto import open_go_to

        open_go_to(self)

    def action_steps(self) -> None:
        from .screens.history import StepsPage

        self.go_to(StepsPage())

    def action_jump(self) -> None:
        from .screens.jump import open_jump

        open_jump(self)

    def action_help(self) -> None:
        from .screens.help import HelpDialog

        if isinstance(self.screen, Speaking):
            self.push_screen(HelpDialog(self.screen))

    def action_palette(self) -> None:
        from .screens.palette import open_palette

        open_palette(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys mean something on the screen on top. No key that does nothing is shown."""
        screen = self.screen if self._running and self.screen_stack else None
        on_page = isinstance(screen, Page)
        free = on_page and isinstance(screen, Page) and screen.WITH_ROOMS and self.store.is_open
        match action:
            case "room" | "go":
                return free
            case "jump":
                return isinstance(screen, Speaking) and type(screen).__name__ != "JumpScreen"
            case "search":
                return free and type(screen).__name__ != "SearchPage"
            case "steps":
                return free and type(screen).__name__ != "StepsPage"
            case "undo" | "redo":
                return free and not self.read_only
            case "lock":
                return self.store.is_open
            case "project":
                return free and all(s.WITH_ROOMS for s in self.screen_stack if isinstance(s, Page))
            case "help":
                return isinstance(screen, Speaking) and bool(screen.ABOUT)
            case "palette" | "language":
                return on_page
        return True

    def get_key_display(self, binding: Binding) -> str:
        """A key as it stands on the keyboard."""
        return binding.key_display or key_name(binding.key)

    def get_system_commands(self, screen: Screen[Any]) -> list[SystemCommand]:
        """None of Textual's: among them is one that writes the screen to a file as readable text."""
        return []

    # --- on the wall ---

    def action_project(self) -> None:
        """Hide what is strictly confidential from every screen, or show it again. Not while something is
        being filled in: what stands in a form was read before.
        """
        self.store.projecting = not self.store.projecting
        self.clear_notifications()
        self.rebuild()
        if self.store.projecting:
            self.say(_("Projection mode: what is strictly confidential is hidden. Ctrl+R shows it again."))
        else:
            self.say(_("Projection mode is off: everything is shown."), severity="warning")

    # --- language and theme ---

    def action_language(self) -> None:
        here = LANGUAGES.index(language())
        set_language(LANGUAGES[(here + 1) % len(LANGUAGES)])
        self.rebuild()

    async def action_calendar(self) -> None:
        """Show dates by the other calendar, and remember it where the vault may be written."""
        chosen: Calendar = "western" if dates_by() == "era" else "era"
        set_calendar(chosen)
        if not self.read_only:
            await self.store.run(lambda reg: reg.choose_calendar(chosen))
        self.rebuild()

    def action_theme(self) -> None:
        self.theme = theme.LIGHT if self.theme == theme.DARK else theme.DARK

    # --- telling ---

    def say(self, text: str, *, severity: str = "information") -> None:
        """A note that goes away by itself; the text is literal."""
        self.notify(text, markup=False, severity=severity, timeout=6)  # type: ignore[arg-type]

    def tell_error(self, error: TechguardError) -> None:
        """An error of ours: what happened, what is safe, what to do next."""
        if not self.store.is_open and type(error).__name__ == "VaultClosed":
            return  # the vault was locked while something was being read
        told = explain(error)
        self.push_screen(Tell(told.what, [(t, "") for t in (told.safe, told.next_step) if t]))

    def action_help_quit(self) -> None:
        self.say(_("Ctrl+Q leaves techguard."))

    # --- undo ---

    def action_undo(self) -> None:
        begin(self, partial(self._revert, "undo"), group="revert")

    def action_redo(self) -> None:
        begin(self, partial(self._revert, "redo"), group="revert")

    async def _revert(self, which: str) -> None:
        from .screens.history import changed_refs

        try:
            entry = await self.store.run(lambda reg: reg.undo() if which == "undo" else reg.redo())
        except TechguardError as error:
            self.tell_error(error)
            return
        titles = changed_refs(entry.changes)
        if which == "undo":
            self.say(_("Taken back: {what}. Ctrl+Y makes it again.").format(what=titles))
        else:
            self.say(_("Made again: {what}.").format(what=titles))
        if isinstance(self.screen, Page) and self.screen.is_mounted:  # one on its way reads it anyway
            self.screen.reload()

    # --- clipboard ---

    def copy_to_clipboard(self, text: str) -> None:
        """Copy (OSC 52), and take it back after a while: what was copied is from a register of secrets."""
        super().copy_to_clipboard(text)
        self.set_timer(CLIPBOARD_SECONDS, self._clear_clipboard)

    def _clear_clipboard(self) -> None:
        super().copy_to_clipboard("")
        compat.forget_clipboard(self)

    # --- locking ---

    async def on_event(self, event: events.Event) -> None:
        """Every key, click and paste says that somebody is here; one that comes too late meets the lock."""
        if isinstance(event, events.InputEvent | events.Paste):
            if self.store.is_open and self.idle.expired():
                self.action_lock()
                return
            self.idle.touch()
        typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if typed:
            self._typed_at = time.monotonic()
            self._held.append(event)
            self.hand_on()
        else:
            await super().on_event(event)

    def _must_wait(self) -> bool:
        return isinstance(self.screen, Speaking) and self.screen.must_wait

    def hand_on(self) -> None:
        """Do what was typed, one key after the other, also what came while a screen was on its way: nobody
        waits for a screen to type. (Textual hands a key on before the one before it has had its effect.)
        """
        if self._held and not self._handing_on:
            self._handing_on = True
            begin(self, self._hand_on)

    async def _hand_on(self) -> None:
        try:
            while self._held and not self._must_wait():
                target = self.focused or self.screen
                await super().on_event(self._held.pop(0))
                # A key goes from a widget to what it is in, up to here, each with a queue of its own; what it
                # does (Tab moves the cursor) must be done before the next key finds its widget.
                for node in target.ancestors_with_self:
                    passed = asyncio.Event()
                    if isinstance(node, MessagePump) and node.is_running and node.call_later(passed.set):
                        with suppress(TimeoutError):  # a widget that went away meanwhile never answers
                            await asyncio.wait_for(passed.wait(), 1)
        finally:
            self._handing_on = False
            self.announce(key=True)

    def announce(self, *, key: bool = False) -> None:
        """In plain mode, say what has the focus once the screen is drawn."""
        if plain_mode.is_on():
            self.call_after_refresh(partial(plain_mode.announce, self, key=key))

    def _look_at_the_clock(self) -> None:
        self.announce()  # also what came without a key: a list that was read, a note
        if self.store.is_open and self.idle.expired():
            self.action_lock()
        else:
            self._collect_while_idle()

    def action_lock(self) -> None:
        if self.store.is_open:
            begin(self, self._lock, group="restore", exclusive=True)

    async def _lock(self) -> None:
        from .screens.unlock import UnlockPage

        if self.path is None:
            return
        self._left = self.places()
        self._held.clear()
        path = self.path
        self.clear_notifications()
        await self.restore([lambda: UnlockPage(path, locked=True)])
        self.store.close()
        compat.forget_clipboard(self)
        compat.clear_drawn_text()
        gc.unfreeze()
        gc.collect()  # what was drawn is gone now, not at some later time

    # --- backups ---

    async def back_up(self) -> Path:
        """Make a backup in the vault's own folder, prove it, and remove the older ones that no rule keeps.
        The register goes on being used meanwhile. Raises the vault's errors.
        """
        from techguard import backups

        kept = await self.store.run(lambda reg: reg.backups_kept)
        async with self._one_backup_at_a_time:
            return await self.store.beside(
                lambda vault: backups.make(vault, retention=kept, progress=partial(self._go_on, vault))
            )

    async def encrypt_anew(self, work: Callable[[Register], None]) -> None:
        """Run what gives the database another key: no backup of ours may be reading it meanwhile."""
        async with self._one_backup_at_a_time:
            await self.store.run(work, veiled=False)

    def _go_on(self, vault: Vault, _done: int, _of: int) -> None:
        """Give up a backup that nobody waits for any more: the vault was locked, or the person leaves."""
        if self._in_a_hurry or not vault.is_open:
            raise VaultClosed

    async def _is_backup_due(self) -> bool:
        from techguard import backups

        if not self._automatic_backup or self.read_only or not self.store.is_open:
            return False
        try:
            async with self._one_backup_at_a_time:
                seq = await self.store.run(lambda reg: reg.head[0])
                return await self.store.beside(lambda vault: backups.due(vault, seq, datetime.now(UTC)))
        except TechguardError:
            return False  # locked meanwhile, or a fault that is told where it is met

    async def _back_up_if_due(self) -> None:
        """Once a day, if anything was changed; what goes wrong is told, and holds nothing up."""
        if not await self._is_backup_due():
            return
        try:
            await self.back_up()
        except TechguardError as error:
            if self.store.is_open:  # else it was locked meanwhile: the next unlocking makes it
                told = explain(error)
                said = _("The daily backup could not be made. {reason} {next_step}")
                text = said.format(reason=told.what, next_step=told.next_step)
                self.notify(text, markup=False, severity="warning", timeout=20)

    # --- leaving ---

    async def action_quit(self) -> None:
        if self._leaving:
            self._in_a_hurry = True
            self.exit(0)
            return
        unsaved = [s for s in self.screen_stack if isinstance(s, Page) and s.unsaved()]
        if not unsaved and not any(getattr(p, "unsaved", False) for p in self._left):
            self._leave()
            return
        question = _("Something is not saved. Leave all the same?")
        if isinstance(self.screen, Confirm) and self.screen.question == question:
            return  # it is being asked
        answers = [("stay", _("Stay")), ("leave", _("Leave without saving"))]
        self.push_screen(Confirm(question, answers), lambda a: self._leave() if a == "leave" else None)

    def _leave(self) -> None:
        """End; before that a backup, if one is due. Asked again to leave, it waits for nothing."""
        if not self._automatic_backup or self.read_only or not self.store.is_open:
            self.exit(0)
            return
        self._leaving = True
        begin(self, self._back_up_and_leave, group="leave")

    async def _back_up_and_leave(self) -> None:
        if await self._is_backup_due():
            self.say(_("Making the daily backup before leaving … Ctrl+Q leaves at once."))
            with suppress(TechguardError):  # the next unlocking tries again, and tells
                await self.back_up()
        self.exit(0)

    def _fatal_error(self) -> None:
        """In place of Textual's, which prints the local variables of every frame (see `compat`)."""
        compat.leave_after_crash(self, self._last_words())

    def panic(self, *renderables: Any) -> None:
        """As above: what it would print may quote what a person typed."""
        del renderables
        compat.leave_after_crash(self, self._last_words())

    def _last_words(self) -> str:
        error: BaseException | None = self._exception
        if isinstance(error, WorkerFailed):  # it stands for what failed, and knows no place
            error = error.error
        damage = self.store.damage_behind(error)
        return crash_report(error) if damage is None else str(explain(damage))


def crash_report(error: BaseException | None) -> str:
    """What may be said of a crash: the kind of error and the places in the program; no text, no values."""
    lines = [
        _("techguard stopped because of a fault of its own."),
        _("Everything that was saved is kept. Nothing was written to any file."),
    ]
    if error is not None:
        lines.append(type(error).__name__)
        lines += [
            f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return "\n".join(lines)


def _dark_terminal(environ: Any) -> bool:
    """Whether the terminal says that its ground is dark; most say nothing, and most are."""
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return not ground.isdigit() or int(ground) < 7 or int(ground) == 8
