"""Draws the pictures of the documentation: `python -m tests.tui.images`, with nothing but this repository.

Textual's own SVG export places a run of text as a whole; Japanese glyphs then drift from their columns. Here
every character stands in its own cell.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from html import escape
from pathlib import Path

from rich.cells import cell_len, split_graphemes

from techguard import demo, i18n
from techguard.tui import theme
from techguard.tui.app import TechguardApp

from .conftest import Tui

IMAGES = Path(__file__).parents[2] / "docs" / "images"
CELL, LINE = 8.0, 21.0
FONTS = "'Noto Sans Mono CJK JP','BIZ UDGothic','MS Gothic','Osaka-Mono','DejaVu Sans Mono',monospace"

SHOTS: tuple[tuple[str, str, tuple[int, int], str, str], ...] = (
    ("overview.ja.light", "ja", (120, 40), theme.LIGHT, ""),
    ("overview.ja.dark", "ja", (120, 40), theme.DARK, ""),
    ("overview.en.light", "en", (120, 40), theme.LIGHT, ""),
    ("exposures.ja.light", "ja", (120, 40), theme.LIGHT, "3"),
    ("exposure.ja.light", "ja", (120, 40), theme.LIGHT, "3 enter"),
    ("rating.ja.light", "ja", (120, 40), theme.LIGHT, "3 enter f5 down"),
    ("technology.ja.light", "ja", (120, 40), theme.LIGHT, "2 enter"),
    ("suggestions.ja.light", "ja", (120, 40), theme.LIGHT, "3 enter f8"),
    ("technology-form.ja.light", "ja", (120, 40), theme.LIGHT, "2 enter f4"),
    ("checklists.ja.light", "ja", (120, 40), theme.LIGHT, "0"),
    ("partner-check.ja.light", "ja", (120, 40), theme.LIGHT, "5 enter f6"),
    ("overview-80x24.ja.light", "ja", (80, 24), theme.LIGHT, ""),
)


def runs(text: str) -> list[tuple[list[int], str]]:
    """Neighbouring characters of one width, without spaces: the cell of each, and the characters."""
    found: list[tuple[list[int], str]] = []
    at, last = 0, 0
    for start, stop, cells in split_graphemes(text)[0]:
        letter = text[start:stop]
        if not letter.strip():
            last = 0
        elif cells == last:
            places, letters = found[-1]
            found[-1] = [*places, at], letters + letter
        else:
            found.append(([at], letter))
            last = cells
        at += cells
    return found


def svg(tui: Tui) -> str:
    """The screen as SVG, each character in its cell."""
    size = tui.app.size
    ground = theme.PALETTES[tui.app.theme]["paper"]
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size.width * CELL:g} {size.height * LINE:g}" '
        f'font-family="{FONTS}" font-size="16">',
        f'<rect width="100%" height="100%" fill="{ground}"/>',
    ]
    for y, strip in enumerate(tui.app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            style = segment.style
            ink = style.color.get_truecolor().hex if style and style.color else "#888888"
            back = style.bgcolor.get_truecolor().hex if style and style.bgcolor else ground
            if style and style.reverse:
                ink, back = back, ink
            wide = cell_len(segment.text)
            place = f'x="{x * CELL:g}" y="{y * LINE:g}" width="{wide * CELL:g}" height="{LINE:g}"'
            if back.lower() != ground.lower():
                out.append(f'<rect {place} fill="{back}"/>')
            look = f'y="{y * LINE + 16:g}" fill="{ink}"'
            look += ' font-weight="bold"' if style and style.bold else ""
            look += ' text-decoration="underline"' if style and style.underline else ""
            for at, letters in runs(segment.text):
                places = " ".join(f"{(x + a) * CELL:g}" for a in at)
                out.append(f'<text x="{places}" {look}>{escape(letters)}</text>')
            x += wide
    return "\n".join([*out, "</svg>\n"])


async def draw(folder: Path) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    made = {lang: demo.build(folder / lang, lang) for lang in i18n.LANGUAGES}
    for name, lang, size, colours, keys in SHOTS:
        app = TechguardApp(made[lang].vault, lang=lang, passphrase=made[lang].passphrase)  # type: ignore[arg-type]
        app.theme = colours
        async with app.run_test(size=size) as pilot:
            screen = Tui(app, pilot)
            await screen.settle()
            await screen.press(*keys.split())
            (IMAGES / f"{name}.svg").write_text(svg(screen), encoding="utf-8")
        app.store.end()


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        asyncio.run(draw(folder))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
