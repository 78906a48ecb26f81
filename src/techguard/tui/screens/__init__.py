"""One module a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from techguard.tui.page import Page


def room_page(name: str) -> Page:
    """The screen of a room."""
    from .checklists import ChecklistsPage
    from .leakmap import LeakMapPage
    from .lists import ListPage
    from .more import MorePage
    from .overview import OverviewPage
    from .review import ReviewsPage

    if name == "overview":
        return OverviewPage()
    if name == "leakmap":
        return LeakMapPage()
    if name == "reviews":
        return ReviewsPage()
    if name == "checklists":
        return ChecklistsPage()
    return MorePage() if name == "more" else ListPage(name)
