"""Colours that can be read: 4.5:1 for every pair that is used, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techguard.tui import theme

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
