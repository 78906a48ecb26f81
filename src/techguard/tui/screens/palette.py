"""Everything that can be done here, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from techguard.i18n import _, language, pgettext

from ..bars import ROOMS
from ..page import Speaking
from ..picker import Option, Picker

if TYPE_CHECKING:
    from textual.binding import Binding

    from ..app import TechguardApp


IMPORT, CANDIDATES, MONEY, TOUR = "import", "candidates", "money", "tour"
BACKUPS, MERGE, ACCESS = "backups", "merge", "access"


def open_palette(app: TechguardApp) -> None:
    """Let the person choose among the actions of the screen on top, and do it."""
    screen = app.screen
    if not isinstance(screen, Speaking):
        return
    actions = {
        active.binding.action: (active, app.get_key_display(active.binding))
        for active in reversed(screen.active_bindings.values())
        if active.enabled and active.binding.description and _offered(active.binding)
    }
    options = [
        Option(action, f"{active.binding.description}  ({key})", active.binding.tooltip)
        for action, (active, key) in reversed(actions.items())
    ]
    if app.check_action("room", ()):
        options += [
            Option(f"app.room('{name}')", _("Go to: {room}").format(room=pgettext("room", label)))
            for name, label in ROOMS
        ]
        if CANDIDATES not in actions:
            options.append(Option(CANDIDATES, _("Candidates still to judge")))
        if app.may_change("technology"):
            options.append(Option(IMPORT, _("Import a list")))
            said = _("Bring another copy of the vault together with this one.")
            options.append(Option(MERGE, _("Merge a copy"), said))
        if language() == "ja":
            said = _("How dates are shown to you.")
            options.append(Option("app.calendar", _("Dates by era / Western"), said))
        options.append(Option(MONEY, _("How money is shown"), _("In yen, millions or hundreds of millions.")))
        said = _("Let people in, end their access; your passphrase and recovery code.")
        options.append(Option(ACCESS, _("Who has access"), said))
        options.append(Option(BACKUPS, _("Backups"), _("List, make, check and compare backups.")))
        options.append(Option(TOUR, _("Tour"), _("Walk through the five places one needs first.")))

    async def act(chosen: list[Any] | None) -> None:
        if chosen == [IMPORT]:
            from .importing import FilePage

            app.go_to(FilePage())
        elif chosen == [MERGE]:
            from .merging import CopyPage

            app.go_to(CopyPage(app.path))
        elif chosen == [MONEY]:
            from .money import choose_money_unit

            choose_money_unit(app)
        elif chosen == [BACKUPS]:
            from .backups import BackupsPage

            app.go_to(BackupsPage())
        elif chosen == [ACCESS]:
            from .people import PeoplePage

            app.go_to(PeoplePage())
        elif chosen == [TOUR]:
            from .tour import start_tour

            start_tour(app)
        elif chosen == [CANDIDATES] and CANDIDATES not in actions:
            from .interview import CandidatesPage

            app.go_to(CandidatesPage())
        elif chosen:
            node = actions[chosen[0]][0].node if chosen[0] in actions else app
            await app.run_action(chosen[0], node)

    app.push_screen(Picker(_("Command list"), options), act)


def _offered(binding: Binding) -> bool:
    """What the bar shows or what explains itself; moving about needs no command, and neither does what only
    the keyboard can mean.
    """
    action = binding.action
    moving = (
        "move(",
        "page(",
        "edge(",
        "room(",
        "palette",
        "screen.",
        "cursor",
        "delete",
        "scroll",
        "copy",
        "cut",
    )
    return bool(binding.show or binding.tooltip) and not action.startswith(moving)
