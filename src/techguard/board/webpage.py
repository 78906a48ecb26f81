"""Draws pages as one HTML file that does nothing: no script, no request, no link; read in any browser.

Every text is escaped; the policy in its head (CSP level 3) allows one style sheet, by its hash, and nothing
else, so that even a text that got through as markup could not act.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from pathlib import Path
from typing import assert_never

from .blocks import Line, Pages
from .outline import Box, Drawing, Heading, Paragraph, Part, Table, outline, printable, spoken
from .svg import drawn
from .wording import NOTHING

WEB = Path(__file__).parent / "web"


_WIDEST, _WIDER = 120, 1.3
"""Columns up to so many millimetres on paper; on a screen letters are larger."""


_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b(?!\S)")
_LONG = re.compile(r"[!-~]{40,}")


@cache
def style() -> str:
    """The style sheet of every page: the same whatever the page says, so that its hash tells nothing."""
    return text_of("page.css") + "".join(
        f".mm{n} {{ width: {n * _WIDER:.0f}mm }}\n" for n in range(1, _WIDEST + 1)
    )


@cache
def text_of(name: str) -> str:
    """A file that goes into a page as it is."""
    return (WEB / name).read_text(encoding="utf-8")


def hash_of(inline: str) -> str:
    """An inline script or style, as a policy names it (CSP 3, 6.7.3.3)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def policy(**sources: str) -> str:
    """A content security policy: nothing is allowed but what is named."""
    named = "".join(f" {name.replace('_', '-')} {value};" for name, value in sources.items())
    return f"default-src 'none';{named} base-uri 'none'; form-action 'none'"


def escape(text: str) -> str:
    """A text as HTML: nothing in it is markup."""
    return html.escape(printable(text))


def document(language: str, title: str, body: str, *, own: str | None = None, **sources: str) -> str:
    """A whole page that fetches nothing: `body` is HTML, `title` is not.

    `own` is its style, ours if none is given; `sources` is what its policy allows beside that style.
    """
    own = style() if own is None else own
    sources.setdefault("style_src", hash_of(own))
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy(**sources)}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{own}</style>
</head>
<body>
{body}
</body>
</html>
"""


def render(pages: Pages) -> bytes:
    """Pages as an HTML document in UTF-8, readable without a script."""
    marking = f'<strong class="marking">{escape(pages.marking)}</strong> <span>{escape(pages.running)}</span>'
    body = f"<header>{marking}</header>\n{''.join(map(_main, spoken(pages)))}<footer>{marking}</footer>"
    return document(pages.language, f"[{pages.marking}] {pages.title}", body).encode()


def _main(pages: Pages) -> str:
    parts = "\n".join(map(_part, outline(pages)))
    return f'<main lang="{pages.language}">\n{parts}\n</main>\n'


def _part(part: Part) -> str:
    match part:
        case Heading(depth, text):
            return f"<h{depth}>{escape(text)}</h{depth}>"
        case Paragraph(text, style):
            return f'<p class="{style}">{escape(text)}</p>'
        case Table():
            return _table(part)
        case Drawing(plot, table):
            return _scrolling(drawn(plot)) + _table(table)
        case _:
            assert_never(part)


def _scrolling(inner: str) -> str:
    """In a box of its own, which scrolls where its content is wider than the screen."""
    return f'<div class="wide">{inner}</div>'


def _table(table: Table) -> str:
    """Of a list, each row becomes a block on a narrow screen: each cell after the head of its column."""
    caption = f"<caption>{escape(table.title)}</caption>" if table.title else ""
    widths = "".join(f'<col class="mm{mm:.0f}">' if mm else "<col>" for mm in table.widths)
    heads = "".join(_box(box, "th", ' scope="col"') for box in table.heads)
    listed = bool(table.widths) and not table.turned
    names = [" ".join(line.text for line in box.lines) for box in table.heads] if listed else []
    rows = "".join(f"<tr>{_row(row, names)}</tr>\n" for row in table.rows)
    head = f"<thead><tr>{heads}</tr></thead>\n" if heads else ""
    columns = f"<colgroup>{widths}</colgroup>" if widths and not table.turned else ""
    kind = ' class="turned"' if table.turned else ' class="listed"' if listed else ""
    return _scrolling(f"<table{kind}>{caption}{columns}\n{head}<tbody>\n{rows}</tbody></table>")


def _row(row: tuple[Box, ...], heads: list[str]) -> str:
    return "".join(_row_box(box, head) for box, head in zip(row, heads or [""] * len(row), strict=True))


def _row_box(box: Box, head: str) -> str:
    named = f' data-head="{escape(head)}"' if head else ""
    return _box(box, "th", f' scope="row"{named}') if box.names else _box(box, "td", named)


def _box(box: Box, tag: str, more: str = "") -> str:
    classes = f"{box.align} l{box.level}" if box.level is not None else box.align
    if all(line.text == NOTHING for line in box.lines):
        classes += " none"
    return f'<{tag}{more} class="{classes}">{"".join(map(_line, box.lines))}</{tag}>'


def _line(line: Line) -> str:
    label = f'<span class="label">{escape(line.label)}</span> ' if line.label else ""
    text = escape(line.text)
    for kind, found in (("day", _DAY), ("long", _LONG)):
        text = found.sub(rf'<span class="{kind}">\g<0></span>', text)
    return f'<div class="{line.style}">{label}{text}</div>'
