"""Colours that can be read: 4.5:1 for every pair that is used, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techguard.tui import theme
from techguard.tui.painted import STYLES
from techguard.tui.screens.overview import OverviewPage

from .conftest import Tui, running

SHEET = Path(theme.__file__).with_name("techguard.tcss").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(theme.PALETTES))
@pytest.mark.parametrize(("ink", "ground"), theme.PAIRS)
def test_contrast(name: str, ink: str, ground: str) -> None:
    colours = theme.PALETTES[name]
    assert theme.contrast(colours[ink], colours[ground]) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_the_pairs_in_the_style_sheet_are_the_pairs_that_are_checked() -> None:
    used = set()
    for block in re.findall(r"\{([^{}]*)\}", SHEET):
        ink = re.search(r"(?<![-\w])color: \$t-([\w-]+)", block)
        ground = re.search(r"background: \$t-([\w-]+)", block)
        if ink and ground:
            used.add((ink[1], ground[1]))
    unchecked = {pair for pair in used if pair not in theme.PAIRS}
    assert unchecked <= {("paper", "ink")}  # the cursor of a text: paper on ink, the first pair turned round


def test_both_themes_have_the_same_colours() -> None:
    assert theme.PALETTES[theme.LIGHT].keys() == theme.PALETTES[theme.DARK].keys()


def test_nothing_moves() -> None:
    assert "transition" not in SHEET
    assert "blink" not in SHEET


WALK = (
    "1", "2", "2 enter", "2 enter right", "2 f2", "3", "3 space", "3 enter", "3 enter right", "3 enter f5",
    "3 f6", "7", "8", "9", "0", "/ 焼", "f1", "ctrl+p", "ctrl+o", "ctrl+u", "2 f2 ctrl+s",
)  # fmt: skip
"""Enough of the screens that every style of the sheet is drawn somewhere."""


def drawn(tui: Tui) -> dict[tuple[str, str], str]:
    """The pairs of ink and ground on the screen, each with something that is written in it."""
    found: dict[tuple[str, str], str] = {}
    # What is dimmed behind a dialog is not to be read.
    region = next((d.region for d in tui.app.screen.query("#dialog")), tui.app.screen.region)
    strips = tui.app.screen._compositor.render_strips()[region.y : region.bottom]
    for strip in strips:
        for segment in strip.crop(region.x, region.right):
            style = segment.style
            if segment.text.strip(" ─│┌┐└┘▁▂▃▄▅▆▇█▔▎") and style and style.color and style.bgcolor:
                ink = style.color.get_truecolor().hex
                ground = style.bgcolor.get_truecolor().hex
                if style.reverse:
                    ink, ground = ground, ink
                found.setdefault((ink, ground), segment.text.strip()[:30])
    return found


async def test_every_letter_that_is_drawn_can_be_read(path: Path) -> None:
    """WCAG 2.2, 1.4.3: what stands on the screen, with the colours that Textual gave it in the end."""
    seen: dict[tuple[str, str], str] = {}
    async with running(path, size=(120, 40)) as tui:
        for name in theme.PALETTES:  # a change of theme costs more than opening another screen
            tui.app.theme = name
            for keys in WALK:
                await tui.app.restore([OverviewPage])
                await tui.settle()
                await tui.press(*keys.split())
                for pair, text in drawn(tui).items():
                    seen.setdefault(pair, f"{name}, {keys}: {text}")
    assert len(seen) > 30
    poor = {where: theme.contrast(*pair) for pair, where in seen.items() if theme.contrast(*pair) < 4.5}
    assert not poor, poor


def test_every_drawn_style_has_its_place_in_the_stylesheet_and_no_other_is_there() -> None:
    """A name without a rule would be drawn in the colours of nothing."""
    assert sorted(re.findall(r"^\.([a-z]+--[\w-]+) \{", SHEET, re.MULTILINE)) == sorted(STYLES)
