"""Colours: two quiet themes, ink on paper and paper on ink. One accent; five level colours that only ever
accompany a word and a mark. Every pair of text and ground is held at a contrast of 4.5:1 by a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

LIGHT = "techguard-light"
DARK = "techguard-dark"

_LIGHT = {
    "ink": "#1E2227",
    "muted": "#595F66",
    "accent": "#1B4B7A",
    "paper": "#FBFAF6",
    "panel": "#EFEDE5",
    "field": "#F3F1EA",
    "field-focus": "#E3EBF4",
    "cursor": "#1B4B7A",
    "cursor-ink": "#FFFFFF",
    "cursor-blurred": "#DDE3EA",
    "good": "#2B5E3C",
    "bad": "#9A1B1B",
    "warn": "#7A4B00",
    "level-5": "#9A1B1B",
    "level-4": "#8F4700",
    "level-3": "#665500",
    "level-2": "#2B5E3C",
    "level-1": "#4A545E",
    "tint-5": "#F6D3CF",
    "tint-4": "#F8DFC4",
    "tint-3": "#F3EBC3",
    "tint-2": "#DCEBDD",
    "tint-1": "#E8EAEC",
}

_DARK = {
    "ink": "#E8E6E0",
    "muted": "#A3ABB3",
    "accent": "#93BBE6",
    "paper": "#15181C",
    "panel": "#1F242A",
    "field": "#1B1F24",
    "field-focus": "#24303D",
    "cursor": "#BFD6EE",
    "cursor-ink": "#12161A",
    "cursor-blurred": "#2A323B",
    "good": "#93CFA5",
    "bad": "#FF9A90",
    "warn": "#F0BE78",
    "level-5": "#FF9A90",
    "level-4": "#FFB876",
    "level-3": "#E6D071",
    "level-2": "#93CFA5",
    "level-1": "#B4BEC8",
    "tint-5": "#4F2320",
    "tint-4": "#48301A",
    "tint-3": "#3C371A",
    "tint-2": "#1F3527",
    "tint-1": "#282D33",
}

PALETTES: Mapping[str, Mapping[str, str]] = {LIGHT: _LIGHT, DARK: _DARK}

# What is written on what, by name of colour: the pairs a test holds at 4.5:1.
PAIRS = (
    *(
        (ink, ground)
        for ink in ("ink", "muted", "accent", "good", "bad", "warn")
        for ground in ("paper", "panel")
    ),
    *((ink, ground) for ink in ("ink", "muted") for ground in ("field", "field-focus", "cursor-blurred")),
    *((f"level-{n}", ground) for n in range(1, 6) for ground in ("paper", "panel")),
    *(("ink", f"tint-{n}") for n in range(1, 6)),
    *((f"level-{n}", f"tint-{n}") for n in range(1, 6)),
    ("cursor-ink", "cursor"),
)


def _theme(name: str, colours: Mapping[str, str], *, dark: bool) -> Theme:
    return Theme(
        name=name,
        primary=colours["accent"],
        secondary=colours["accent"],
        accent=colours["accent"],
        warning=colours["warn"],
        error=colours["bad"],
        success=colours["good"],
        foreground=colours["ink"],
        background=colours["paper"],
        surface=colours["paper"],
        panel=colours["panel"],
        dark=dark,
        text_alpha=1.0,
        variables={
            **{f"t-{key}": value for key, value in colours.items()},
            "input-cursor-background": colours["ink"],
            "input-cursor-foreground": colours["paper"],
            "input-cursor-text-style": "none",
            "input-selection-background": colours["cursor"],
            "input-selection-foreground": colours["cursor-ink"],
            "scrollbar": colours["muted"],
            "scrollbar-hover": colours["accent"],
            "scrollbar-active": colours["accent"],
            "scrollbar-background": colours["panel"],
            "scrollbar-background-hover": colours["panel"],
            "scrollbar-background-active": colours["panel"],
            "scrollbar-corner-color": colours["panel"],
        },
    )


THEMES = (_theme(LIGHT, _LIGHT, dark=False), _theme(DARK, _DARK, dark=True))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours written #RRGGBB (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
