"""From the key press to the frame that shows what it did, in the real application, driven through Pilot.

The time runs from the moment the key reaches the application until the frame in which the result stands has
been turned into the bytes a terminal would get.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual._compositor import CompositorUpdate
from textual.pilot import Pilot

from techguard import tui, vault
from techguard.tui.app import TechguardApp
from techguard.tui.screens.lists import ListPage
from techguard.tui.table import VirtualTable

from .measure import Bar, median, p95
from .registers import PASSPHRASE, Built, now, without_kdf
from .synthetic import QUERIES, keystrokes

SIZE = (120, 40)
_LONGEST = 60.0
_REPEAT = 1 / 30
"""Seconds between two keys of one that is held down: as keyboards usually repeat it."""


class Watched(TechguardApp):
    """The application, which tells of each frame after it has been composed."""

    CSS_PATH = Path(tui.__file__).with_name("techguard.tcss")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drawn = asyncio.Event()
        self.awaited: Callable[[], bool] = lambda: False
        self.at = 0.0

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if isinstance(renderable, CompositorUpdate):
            renderable.render_segments(self.console)  # without a terminal Textual leaves this out
        if not self.drawn.is_set() and renderable is not None and self.awaited():
            self.at = time.perf_counter()
            self.drawn.set()

    async def until(self, act: Callable[[], object], awaited: Callable[[], bool]) -> float:
        """Milliseconds from `act` to the first frame drawn while `awaited` holds."""
        self.drawn.clear()
        self.awaited = awaited
        began = time.perf_counter()
        act()
        await asyncio.wait_for(self.drawn.wait(), _LONGEST)
        self.awaited = lambda: False
        return (self.at - began) * 1000

    def press(self, key: str, character: str | None = None) -> None:
        """Hand a key to the application as its driver does."""
        event = events.Key(key, character)
        event.set_sender(self)
        assert self._driver is not None
        self._driver.send_message(event)


@asynccontextmanager
async def _running(built: Built) -> Any:
    app = Watched(built.path, lang="ja", passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR, clock=now)
    try:
        async with app.run_test(size=SIZE, tooltips=False) as pilot:
            yield app, pilot
    finally:
        app.store.end()


def frames(built: Built, times: int) -> Iterator[Bar]:
    """First frame, cursor keys, pages and typed searches."""
    with without_kdf():
        first = [asyncio.run(_first_frame(built)) for _ in range(max(1, times // 3))]
        moves, pages, typed = asyncio.run(_keys(built, times))
    bare = asyncio.run(_bare_frames(times))
    yield Bar(
        "frame",
        "application started → first screen drawn, no KDF",
        built.size,
        median(first),
        median([f for f in bare if f]),
        "key → frame of an empty Textual screen",
    )
    for what, taken, limit in (
        ("key press → frame, cursor keys, p95", moves, 50.0),
        ("key press → frame, page keys and ends, p95", pages, 50.0),
        ("key press → frame, typing in the search line, p95", typed, 50.0),
    ):
        yield Bar(
            "frame",
            what,
            built.size,
            p95(taken),
            p95(bare),
            "key → frame of a Textual screen with one line",
            most_ours=limit,
            note=f"median {median(taken):.1f} ms of {len(taken)}",
        )


async def _first_frame(built: Built) -> float:
    from techguard.tui.screens.overview import OverviewPage

    began = time.perf_counter()
    async with _running(built) as (app, _pilot):

        def shown() -> bool:
            return isinstance(app.screen, OverviewPage) and _overview_filled(app)

        if not shown():
            await app.until(lambda: None, shown)
            return (app.at - began) * 1000
        return (time.perf_counter() - began) * 1000


def _overview_filled(app: TechguardApp) -> bool:
    return any(table.count for table in app.screen.query(VirtualTable))


async def _keys(built: Built, times: int) -> tuple[list[float], list[float], list[float]]:
    async with _running(built) as (app, pilot):
        await _settled(app, pilot)
        app.press("2", "2")
        await _settled(app, pilot)
        page = app.screen
        assert isinstance(page, ListPage)
        table = page.query_one(VirtualTable)
        assert table.count >= built.size

        def whole() -> bool:
            top = int(table.scroll_offset.y)
            return all(
                table.line(n) is not None for n in range(top, min(table.count, top + table.size.height - 1))
            )

        async def key(name: str) -> float:
            await asyncio.sleep(_REPEAT)
            before = table.cursor
            return await app.until(lambda: app.press(name), lambda: table.cursor != before and whole())

        async def onward(name: str) -> float:
            if table.cursor == table.count - 1:
                name = "home"
            elif table.cursor == 0 and name == "home":
                name = "end"
            return await key(name)

        moves = [await onward("down") for _ in range(times * 10)]
        pages = [await onward(name) for name in ["pagedown"] * (times * 5) + ["end", "home"] * 3]

        shown: list[str] = []
        show_source = table.show_source

        def noted(*args: Any, **kwargs: Any) -> None:
            show_source(*args, **kwargs)
            shown.append(page.view.text)

        table.show_source = noted  # type: ignore[method-assign]
        typed: dict[str, list[float]] = {}
        app.press("f3")
        await _settled(app, pilot)
        for query in QUERIES * max(1, times // 3):
            for text in keystrokes(query):
                character = text[-1]
                if len(text) > 1 and text[-2] == " ":
                    app.press("space", " ")
                    await _settled(app, pilot)
                taken = await app.until(
                    lambda character=character: app.press(_key_of(character), character),  # type: ignore[misc]
                    lambda text=text: shown[-1:] == [text],  # type: ignore[misc]
                )
                typed.setdefault(text, []).append(taken)
            for _ in query:
                app.press("backspace")
            await _settled(app, pilot)
        return moves, pages, [median(taken) for taken in typed.values()]


def _key_of(character: str) -> str:
    from textual.keys import _character_to_key

    return character if character.isalnum() else _character_to_key(character)


async def _settled(app: TechguardApp, pilot: Pilot[Any]) -> None:
    for _round in range(4):
        await pilot.pause()
        await app.workers.wait_for_complete()
    await pilot.pause()


async def _bare_frames(times: int) -> list[float]:
    """The least that Textual itself needs from a key to a frame."""
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Bare(App[None]):
        BINDINGS = [("down", "more", "")]

        def __init__(self) -> None:
            super().__init__()
            self.number = 0
            self.drawn = asyncio.Event()

        def compose(self) -> ComposeResult:
            yield Static("0")

        def action_more(self) -> None:
            self.number += 1
            self.query_one(Static).update(str(self.number))

        def _display(self, screen: Any, renderable: Any) -> None:
            super()._display(screen, renderable)
            if isinstance(renderable, CompositorUpdate):
                renderable.render_segments(self.console)
            if renderable is not None and self.number:
                self.drawn.set()

    app = Bare()
    taken = []
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for _ in range(max(5, times * 3)):
            app.number = 0
            app.drawn.clear()
            event = events.Key("down", None)
            event.set_sender(app)
            began = time.perf_counter()
            assert app._driver is not None
            app._driver.send_message(event)
            await asyncio.wait_for(app.drawn.wait(), _LONGEST)
            taken.append((time.perf_counter() - began) * 1000)
    return taken
