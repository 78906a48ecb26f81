"""A walk through the five places that a new user needs, each in front of the place itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from techguard.i18n import N_, _

from ..data import begin
from ..page import Dialog, Page
from ..prose import Prose

if TYPE_CHECKING:
    from techguard.register import Register

    from ..app import TechguardApp

TOPIC, TAKEN = "screen", "tour"
"""Where a person keeps that the tour was shown (`Register.kept`)."""


@dataclass(frozen=True)
class Stop:
    """A place of the tour: the room behind, what it is called, what to know of it (message ids)."""

    room: str
    title: str
    text: str


STOPS: tuple[Stop, ...] = (
    Stop(
        "overview",
        N_("Where you stand"),
        N_(
            "The overview (key 1) shows how many exposures there are at each level, what needs attention "
            "first, what is due and what is missing. Have you a list in Excel? F3 here takes it in. F9 is "
            "the board summary."
        ),
    ),
    Stop(
        "technologies",
        N_("What you own"),
        N_(
            "Key 2: the technologies that must not leak. F2 adds one; a name that identifies is enough, "
            "never write the secret itself. F5 leads through the questions whether it is core."
        ),
    ),
    Stop(
        "exposures",
        N_("Where it could leak"),
        N_(
            "Key 3: a technology and a route by which it could leak. Open one with Enter: F5 rates it, F8 "
            "proposes countermeasures, F9 records who accepts it and until when. Key 8 shows all of it as "
            "one map."
        ),
    ),
    Stop(
        "reviews",
        N_("Deciding together"),
        N_(
            "Key 9: the review session. F2 plans one; the agenda is drawn from the register, decisions and "
            "minutes are kept, and nothing is lost if the machine stops in the middle."
        ),
    ),
    Stop(
        "overview",
        N_("Finding your way"),
        N_(
            "The last line always shows the keys. F1 explains the screen, Ctrl+P lists everything that can "
            "be done, / searches every text, Esc goes back. Ctrl+Z takes a change back; Ctrl+L locks when "
            "you leave the desk."
        ),
    ),
)


class TourDialog(Dialog[None]):
    """One stop."""

    NAME = N_("Tour")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "step(1)", N_("Next place"), tooltip=N_("Go to the next place.")),
        Binding("left", "step(-1)", N_("Place before"), tooltip=N_("Go to the place before.")),
        Binding("escape", "leave", N_("End the tour"), tooltip=N_("F1 brings it back at any time.")),
    ]

    def __init__(self, stop: int, back: tuple[Callable[[], Page], ...]) -> None:
        super().__init__()
        self.stop = stop
        self.back = back

    def title_text(self) -> str:
        title = _("{n} of {all}: {title}")
        return title.format(n=self.stop + 1, all=len(STOPS), title=_(STOPS[self.stop].title))

    def body(self) -> Iterable[Any]:
        yield Prose(_(STOPS[self.stop].text), id="detail")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "step" or parameters != (-1,) or self.stop > 0

    def action_step(self, step: int) -> None:
        there = self.stop + step
        if there == len(STOPS):
            self.action_leave()
        else:
            begin(self.app, partial(_show, self.tg, there, self.back), group="restore", exclusive=True)

    def action_leave(self) -> None:
        """Back to where one was."""
        begin(self.app, partial(self.tg.restore, self.back), group="restore", exclusive=True)


async def _show(app: TechguardApp, stop: int, back: tuple[Callable[[], Page], ...]) -> None:
    from . import room_page

    await app.restore([lambda: room_page(STOPS[stop].room)])
    await app.push_screen(TourDialog(stop, back))


def start_tour(app: TechguardApp) -> None:
    """Show the first stop; the screens that are open now come back at the end, with what was typed."""
    begin(app, partial(_show, app, 0, tuple(app.places())), group="restore", exclusive=True)


def is_new(register: Register) -> bool:
    """Whether the person has not seen the tour and has never changed anything; from now on they have seen "
    "it."""
    if register.read_only or register.kept(TOPIC).get(TAKEN) or register.has_acted():
        return False
    register.keep(TOPIC, TAKEN, True)
    return True
