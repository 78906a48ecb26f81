"""Every screen there is, in both languages and both themes: its words as a picture, its colours by name.

The list is of the classes themselves: a screen that nobody opens here makes a test fail. So it goes on, for
those screens that are there then, in plain mode, in projection mode and in a register with nothing in it. The
words are the same in both themes, and so are the names of the colours: one picture holds for both, and a
difference says "muted on paper" and not a number.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from techguard.domain import words as w
from techguard.domain.items import Consultation, Exposure, Review, Technology
from techguard.domain.kinds import KINDS
from techguard.register import Register
from techguard.review import session
from techguard.review.errors import NotHeld
from techguard.tui import plain, screens, theme
from techguard.tui.page import Dialog, LoadingPage, Page, Speaking
from techguard.tui.screens.bulk import BulkPage
from techguard.tui.screens.checklistfile import ChecklistFilePage, FillPage, TakeInPage
from techguard.tui.screens.checklists import ChecklistsPage
from techguard.tui.screens.gates import AntitrustPage
from techguard.tui.screens.history import HistoryPage, StepsPage
from techguard.tui.screens.holding import (
    AcceptItemPage,
    ConsultPage,
    DeferPage,
    HoldPage,
    ItemForm,
    ItemPage,
    RateItemPage,
)
from techguard.tui.screens.importing import FilePage, ProposalPage
from techguard.tui.screens.interview import CandidatesPage
from techguard.tui.screens.joining import JoinPage
from techguard.tui.screens.leakmap import LeakMapPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.merging import WayIn
from techguard.tui.screens.more import MorePage
from techguard.tui.screens.notice import LeavingPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.people import AskSecret, AskWord, NewCodePage, PeoplePage, _Form, _NewcomerPage
from techguard.tui.screens.preview import PreviewPage
from techguard.tui.screens.review import ClosePage, ComparePage, ReviewsPage
from techguard.tui.screens.search import SearchPage
from techguard.tui.screens.summary import SummaryPage
from techguard.tui.screens.unlock import CreatePage, RecoveryPage, _Gate
from tests.exchange.test_checklist import meti

from .conftest import PICTURES, Tui, running
from .test_importing import RISKS, write
from .test_keys import in_session, pages
from .test_pictures import Picture

Make = Callable[[], Page]
PARTS = {Dialog, LoadingPage, Page, ItemForm, _Gate, LeavingPage, PreviewPage, _Form, _NewcomerPage}
"""What others are made of; never on a screen themselves."""

CODE = "7K3QX-2M9FA-4ZC2J-03672-FXGT8-JDWWY-6SKMB"

DIALOGS: tuple[str, ...] = (
    "f1",  # help
    "f1 f2",  # the tour
    "ctrl+o",  # jump
    "ctrl+p",  # the command list
    "3 f3 共 f9 enter",  # the name of a filter
    "3 f9 end enter",  # the columns of a list
    "3 enter delete",  # a question before what cannot be undone
    "7 end enter enter",  # one entry of the history
)


def every_class() -> set[type[Speaking[Any]]]:
    """All screens and dialogs of the application."""
    for module in pkgutil.iter_modules(screens.__path__):
        importlib.import_module(f"{screens.__name__}.{module.name}")

    def below(cls: type[Any]) -> Iterator[type[Any]]:
        for one in cls.__subclasses__():
            yield one
            yield from below(one)

    return {one for one in below(Speaking) if one.__module__.startswith("techguard.")} - PARTS


async def more_pages(tui: Tui) -> list[Make]:
    """What `pages` leaves out: the steps inside of others."""

    def prepared(reg: Register) -> tuple[str, str, str, str, Consultation, list[str]]:
        review, _first = in_session(reg)
        before = reg.add(Review(title="前の会", status=w.ReviewStatus.CLOSED, held_on=date(2026, 6, 10)))
        talk = reg.add(Consultation(topic="標準化の進め方", kind=w.ConsultationKind.CONSULTATION))
        about = next(o for o in session.outcomes(reg, reg.get(review, Review)) if o.exposure)
        return review, about.id, str(about.exposure), before.id, talk, [x.id for x in reg.find(Exposure)]

    review, item, exposure, before, talk, exposures = await tui.app.store.run(prepared)
    return [
        lambda: BulkPage("exposure", exposures[:2], "owner"),
        lambda: AntitrustPage(talk.id, talk.model_dump()),
        lambda: HoldPage(review, item),
        lambda: AcceptItemPage(item, exposure),
        lambda: RateItemPage(item, exposure),
        lambda: ConsultPage(item),
        lambda: DeferPage(item),
        lambda: ItemPage(review),
        lambda: ClosePage(review),
        lambda: ComparePage(before, review),
        lambda: TakeInPage(Path("meti.xlsx"), "ESMG1-X"),
        lambda: FillPage(Path("meti.xlsx")),
    ]


Cells = list[list[tuple[str | None, str | None, str]]]
"""Of each line and cell: the colour of what is written (None: nothing is), that of its ground, its look."""


def cells(tui: Tui) -> Cells:
    def colour(found: Any) -> str:
        return "-" if found is None else found.get_truecolor().hex.upper()

    drawn: Cells = []
    for strip in tui.app.screen._compositor.render_strips():
        line: list[tuple[str | None, str | None, str]] = []
        for segment in strip:
            style = segment.style
            ink = colour(style and style.color) if segment.text.strip() else None
            looks = (style.bold, style.underline, style.reverse) if style else ()
            look = "".join(mark for mark, on in zip("bur", looks, strict=False) if on)
            line += [(ink, colour(style and style.bgcolor), look)] * segment.cell_length
        drawn.append(line)
    return drawn


def named(found: dict[str, Cells]) -> str:
    """What was drawn in each theme, by the names of colours, in runs `cells ink/ground look`; lines that are
    alike stand together. A colour that no name stands for in every theme is `mixed`: the shades of dialogs.
    """

    def name(colours: Sequence[str | None]) -> str:
        if set(colours) == {None}:
            return ""
        if set(colours) == {"-"}:
            return "-"
        alike = [
            name
            for name in theme.PALETTES[theme.LIGHT]
            if all(theme.PALETTES[one][name] == value for one, value in zip(found, colours, strict=True))
        ]
        return alike[0] if alike else "mixed"

    lines: list[str] = []
    for drawn in zip(*found.values(), strict=True):
        runs: list[list[Any]] = []
        for at in zip(*drawn, strict=True):
            inks, grounds, looks = zip(*at, strict=True)
            assert len(set(looks)) == 1, "bold in one theme only"
            said = f"{name(inks)}/{name(grounds)}" + (f" {looks[0]}" if looks[0] else "")
            if runs and runs[-1][1] == said:
                runs[-1][0] += 1
            else:
                runs.append([1, said])
        lines.append(", ".join(f"{count} {said}" for count, said in runs))
    out: list[str] = []
    first = 0
    for n, line in enumerate(lines):
        if n + 1 == len(lines) or lines[n + 1] != line:
            out.append(f"  {first}-{n}: {line}" if n > first else f"  {n}: {line}")
            first = n + 1
    return "\n".join(out)


class Walk:
    """Looks at screens one after the other, each in both themes."""

    def __init__(self, picture: Picture, folder: str, lang: str, update: bool) -> None:
        self.picture, self.folder, self.lang, self.update = picture, folder, lang, update
        self.met: set[type[Any]] = set()
        self.colours: dict[str, str] = {}

    async def look(self, tui: Tui) -> None:
        """At the screen as it is."""
        tui.app.clear_notifications()
        await tui.settle()
        if plain.is_on():
            plain.announce(tui.app)
            await tui.settle()
        cls = type(tui.app.screen)
        self.met.add(cls)
        name = f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}"
        name = next(n for n in (name, *(f"{name}-{i}" for i in range(2, 99))) if n not in self.colours)
        self.picture(tui, f"{self.folder}/{name}.{self.lang}")
        words, found = tui.text(), {}
        now = tui.app.theme  # needs no change
        for one in sorted(theme.PALETTES, key=lambda one: one != now):
            tui.app.theme = one
            await tui.settle()
            found[one] = cells(tui)
            assert tui.text() == words, f"{name} says something else in {one}"
        self.colours[name] = named(found)

    async def open(self, tui: Tui, makes: Iterable[Make]) -> None:
        """Each page above the overview."""
        for make in makes:
            await tui.app.restore([OverviewPage, make])
            await tui.settle()
            await self.look(tui)

    async def press(self, tui: Tui, *keys: str) -> None:
        """The keys, from the overview on."""
        await tui.app.restore([OverviewPage])
        await tui.settle()
        await tui.press(*keys)
        await self.look(tui)

    def end(self) -> None:
        """Compare the colours with those that were kept."""
        text = "".join(f"{name}\n{lines}\n" for name, lines in sorted(self.colours.items()))
        file = PICTURES / self.folder / f"colours.{self.lang}.txt"
        if self.update:
            file.write_text(text, encoding="utf-8")
        kept = file.read_text(encoding="utf-8") if file.exists() else ""
        assert text.splitlines() == kept.splitlines()


Walking = Callable[[str, str], Walk]


@pytest.fixture
def walk(picture: Picture, request: pytest.FixtureRequest) -> Walking:
    return lambda folder, lang: Walk(
        picture, folder, lang, bool(request.config.getoption("--snapshot-update"))
    )


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_screen_in_both_languages_and_both_themes(path: Path, walk: Walking, lang: str) -> None:
    walking = walk("every", lang)
    Path("meti.xlsx").write_bytes(meti({0: "Y"}))
    write(Path("台帳.xlsx"), [RISKS[2], *RISKS[3:5]])
    async with running(path, lang) as tui:
        await walking.open(tui, [*await pages(tui), *await more_pages(tui)])
        for keys in DIALOGS:
            await walking.press(tui, *keys.split())
        tui.app.tell_error(NotHeld(ref="REV-0001"))
        await walking.look(tui)
        await tui.app.restore([PeoplePage])
        await tui.settle()  # what is behind a dialog is in its picture
        code = NewCodePage(CODE)
        code.group = 2
        for screen in (
            AskSecret("確かめます。"),
            AskWord("外しますか。", note="名前を入力してください。"),
            code,
            WayIn(Path("other.techguard")),
        ):
            tui.app.push_screen(screen)  # type: ignore[arg-type]
            await tui.settle()
            await walking.look(tui)
        await walking.open(tui, [lambda: ProposalPage(Path("台帳.xlsx"))])
        await tui.press("ctrl+s")
        await walking.look(tui)
        tui.app.action_lock()
        await tui.settle()
        await walking.look(tui)
    async with running(None, lang, passphrase=None) as tui:
        await walking.look(tui)
        recovery = RecoveryPage(CODE)
        recovery.group = 2  # else it asks for any
        for page in (CreatePage(Path("new.techguard")), JoinPage(Path("acme.techguard")), recovery):
            tui.app.go_to(page)
            await tui.settle()
            await walking.look(tui)
    unmet = every_class() - walking.met
    assert sorted(cls.__qualname__ for cls in unmet) == []  # these are in no picture
    walking.end()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_screen_in_plain_mode(path: Path, walk: Walking, lang: str) -> None:
    walking = walk("every-plain", lang)
    Path("meti.xlsx").write_bytes(meti({0: "Y"}))
    async with running(path, lang, plain=True) as tui:
        await walking.open(tui, [*await pages(tui), *await more_pages(tui)])
        for keys in DIALOGS:
            await walking.press(tui, *keys.split())
    walking.end()


async def test_every_screen_on_the_wall(path: Path, walk: Walking) -> None:
    """In one language: what is veiled is the same in both, and so are the words elsewhere."""
    walking = walk("every-projected", "ja")
    async with running(path, "ja") as tui:
        makes = await pages(tui)
        hidden = w.Handling.STRICTLY_CONFIDENTIAL
        await tui.app.store.run(lambda reg: reg.change(reg.get("TEC-0001", Technology), handling=hidden))
        await tui.press("ctrl+r")
        await walking.open(tui, makes)
    walking.end()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_room_with_nothing_in_it(empty: Path, walk: Walking, lang: str) -> None:
    walking = walk("every-empty", lang)
    rooms: list[Make] = [
        OverviewPage,
        MorePage,
        HistoryPage,
        StepsPage,
        SearchPage,
        *(lambda kind=kind: ListPage(kind.plural) for kind in KINDS.values()),  # type: ignore[misc]
        CandidatesPage,
        LeakMapPage,
        FilePage,
        ReviewsPage,
        ChecklistsPage,
        ChecklistFilePage,
        SummaryPage,
        PeoplePage,
    ]
    async with running(empty, lang) as tui:
        await walking.open(tui, rooms)
    walking.end()
