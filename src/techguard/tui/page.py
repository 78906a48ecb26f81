"""What every screen is: a top line, a body, a line of keys; in the language of the moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from techguard.errors import TechguardError
from techguard.i18n import N_, Language, _, language

from . import plain
from .bars import KeyBar, TopBar, Where
from .data import begin
from .input import Notice
from .prose import Prose
from .table import VirtualTable

if TYPE_CHECKING:
    from .app import TechguardApp
    from .data import Store

T = TypeVar("T")

ALONE = "alone"
"""The group of work that keys wait for."""


def translated(bindings: dict[str, ActiveBinding]) -> dict[str, ActiveBinding]:
    """The same keys, described in the language of the screen. Descriptions are message ids, evaluated when
    the class was made.
    """
    lang = language()
    return {
        key: active._replace(
            binding=_described(active.binding, lang), tooltip=_(active.tooltip) if active.tooltip else ""
        )
        for key, active in bindings.items()
    }


@lru_cache(maxsize=2048)  # a screen asks for all of its keys at every step of the cursor
def _described(binding: Binding, _lang: Language) -> Binding:
    return dataclasses.replace(
        binding,
        description=_(binding.description) if binding.description else "",
        tooltip=_(binding.tooltip) if binding.tooltip else "",
    )


class Speaking(Screen[T]):
    """A screen in our languages, with what all of ours share."""

    NAME: ClassVar[str] = ""
    """What the screen is called (message id)."""
    ABOUT: ClassVar[str] = ""
    """What the screen is for and how to use it, in a few sentences (message id)."""

    is_ready = True
    """Whether keys mean something yet. What is typed before is held by the application and handed on then."""
    told_damage = False
    """Whether damage was just told in front of this screen: to read again would tell it again, for ever."""

    @property
    def must_wait(self) -> bool:
        """Whether what is typed has to wait: until the screen is ready, and until what was begun with `ALONE`
        has ended. A key meant for what comes next never strikes what is still shown.
        """
        return not self.is_ready or any(
            worker.node is self and worker.group == ALONE and not worker.is_finished
            for worker in self.app.workers
        )

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What was waited for has ended."""
        if event.worker.group == ALONE and event.worker.is_finished:
            self.tg.hand_on()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        return translated(super().active_bindings)

    @property
    def tg(self) -> TechguardApp:
        """Our application."""
        return cast("TechguardApp", self.app)

    @property
    def store(self) -> Store:
        """The register, on its thread."""
        return self.tg.store

    def ask(self, work: Callable[[], Awaitable[Any]], *, group: str = "ask", exclusive: bool = False) -> None:
        """Run `work` without holding up the screen; tell the person of an error of ours. In the group `ALONE`
        it runs by itself: what is typed meanwhile waits for its end.
        """
        begin(self, partial(self._told, work), group=group, exclusive=exclusive)

    async def _told(self, work: Callable[[], Awaitable[Any]]) -> None:
        try:
            await work()
        except TechguardError as error:
            self._tell_error(error)
        except (NoMatches, NoScreen):
            # The screen was left while the register was being read, or is not there yet: there is nothing to
            # show it on.
            if self in self.app.screen_stack and self.is_mounted:
                raise

    def on_virtual_table_failed(self, event: VirtualTable.Failed) -> None:
        """A page of rows could not be read."""
        event.stop()
        self._tell_error(event.error)

    def _tell_error(self, error: TechguardError) -> None:
        self.told_damage = error.is_damage
        self.tg.tell_error(error)

    def on_notice(self, notice: Notice) -> None:
        """A field did something with what was typed: say it."""
        notice.stop()
        self.tg.say(notice.text)


class Page(Speaking[None]):
    """A whole screen. `place()` tells how to come back to it after a lock."""

    AUTO_FOCUS = ""  # each screen says itself where the cursor begins
    WITH_ROOMS: ClassVar[bool] = True
    IN_SESSION: ClassVar[bool] = False
    """Whether what is changed here belongs to a review session."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", N_("Back"), tooltip=N_("Go back to the screen before.")),
    ]

    def compose(self) -> ComposeResult:
        yield TopBar(rooms=self.WITH_ROOMS)
        with Vertical(id="body"):
            yield from self.body()
        if plain.is_on():
            yield plain.Spoken()
        yield KeyBar()

    def body(self) -> Iterable[Any]:
        """The widgets between the lines."""
        return ()

    def place(self) -> Callable[[], Page] | None:
        """How to make this screen again, or None when there is nothing to come back to."""
        return type(self)

    def room(self) -> str:
        """The room this screen is in, as the line of rooms marks it."""
        return ""

    def trail(self) -> tuple[str, ...]:
        """What the top line says after the vault."""
        return (_(self.NAME),) if self.NAME else ()

    def show_trail(self) -> None:
        """Write the top line anew."""
        self.query_one(TopBar).show(
            Where(
                vault=self.tg.vault_name,
                trail=self.trail(),
                who=self.tg.who,
                read_only=self.tg.read_only,
                projected=self.store.projecting,
                room=self.room(),
            )
        )

    def reload(self) -> None:
        """Take what is shown from the register anew. Called whenever the screen comes to the front."""

    def on_screen_resume(self) -> None:
        """Whatever happened on the screens above, show what is true now."""
        self.show_trail()
        told, self.told_damage = self.told_damage, False
        if not told:
            self.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key that does nothing is shown: the first screen has no way back, a reader no way to write, a
        reviewer none to what only an editor changes.
        """
        if action == "back":
            return self.can_go_back()
        kind = self.writing_actions().get(action)
        return kind is None or self.tg.may_change(kind, session=self.IN_SESSION)

    def can_go_back(self) -> bool:
        """Whether there is a screen below this one."""
        below = (
            self.app.screen_stack[: self.app.screen_stack.index(self)]
            if self in self.app.screen_stack
            else ()
        )
        return any(isinstance(screen, Page) for screen in below)

    def unsaved(self) -> bool:
        """Whether something was typed here that is not in the register."""
        return False

    def writing_actions(self) -> Mapping[str, str]:
        """The actions that change the register, and the kind of entry each changes (empty: none of them)."""
        return {}

    def action_back(self) -> None:
        self.tg.go_back()


class LoadingPage(Page):
    """A screen that means nothing until it was read from the register; ready as soon as the first reading has
    ended, well or not.
    """

    is_ready = False

    def works_on(self) -> str:
        """The id of the entry that is changed here, if it is one: a hidden one cannot be."""
        return ""

    async def _told(self, work: Callable[[], Awaitable[Any]]) -> None:
        if not self.is_ready:
            try:
                await self.store.refuse_hidden(self.works_on())
            except TechguardError as error:
                self.is_ready = True
                self.tg.go_back()
                self.tg.tell_error(error)
                self.tg.hand_on()
                return
        await super()._told(work)
        if not self.is_ready:
            self.is_ready = True
            self.tg.hand_on()


class Dialog(Speaking[T], ModalScreen[T]):
    """A question in front of a screen. Esc leaves it and changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", N_("Close"))]
    is_ready = False

    def on_screen_resume(self) -> None:
        self.call_later(self._now_ready)  # after what mounting asked for: the cursor is where one types

    def _now_ready(self) -> None:
        self.is_ready = True
        self.tg.hand_on()

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Prose(self.title_text(), "bold", id="dialog-title")
            yield from self.body()
            if plain.is_on():
                yield plain.Spoken()
            yield KeyBar()

    def title_text(self) -> str:
        """The first line."""
        return _(self.NAME)

    def body(self) -> Iterable[Any]:
        """The widgets below the title."""
        return ()

    def action_leave(self) -> None:
        self.dismiss(None)
