"""Draws curves as SVG within a web page: shapes and texts alone, each look given as an attribute, so that the
policy of the page needs no exception for them.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

from .blocks import Curve, Plot
from .outline import printable

_WIDE, _HIGH = 620, 300
"""The field of the curves."""
_LEFT, _ABOVE, _RIGHT, _BELOW = 150, 62, 50, 60
_INK, _QUIET, _RULE = "#1d2430", "#5a6472", "#dfe3e8"
_LINES = (
    f'stroke="{_QUIET}" stroke-width="2"',
    f'stroke="{_INK}" stroke-width="2" stroke-dasharray="8 4"',
    'stroke="#7c1226" stroke-width="2.4" stroke-dasharray="2 3.5"',
)


def drawn(plot: Plot) -> str:
    """A plot as an inline `<svg>` element."""
    across, up = _LEFT + _WIDE + _RIGHT, _ABOVE + _HIGH + _BELOW
    return (
        f'<svg viewBox="0 0 {across} {up}" role="img" class="plot" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{_escape(plot.title)}</title>{''.join(_parts(plot))}</svg>\n"
    )


def _escape(text: str) -> str:
    return html.escape(printable(text))


def _parts(plot: Plot) -> Iterator[str]:
    yield from _key(plot)
    yield _text(_LEFT, _ABOVE - 10, plot.up.label, anchor="start", quiet=True)
    for tick in plot.up.ticks:
        y = _y(tick.at)
        yield f'<line x1="{_LEFT}" x2="{_LEFT + _WIDE}" y1="{y}" y2="{y}" stroke="{_RULE}"/>'
        yield _text(_LEFT - 8, y + 4, tick.label, anchor="end")
        if tick.note:
            yield _text(_LEFT - 54, y + 4, tick.note, anchor="end", quiet=True)
    for tick in plot.across.ticks:
        x = _x(tick.at)
        yield f'<line x1="{x}" x2="{x}" y1="{_ABOVE}" y2="{_ABOVE + _HIGH}" stroke="{_RULE}"/>'
        yield _text(x, _ABOVE + _HIGH + 18, tick.label, anchor="middle")
    yield (f'<path d="M{_LEFT} {_ABOVE}V{_ABOVE + _HIGH}H{_LEFT + _WIDE}" fill="none" stroke="{_INK}"/>')
    yield _text(_LEFT + _WIDE, _ABOVE + _HIGH + 40, plot.across.label, anchor="end", quiet=True)
    for curve in plot.curves:
        yield from _curve(curve)


def _key(plot: Plot) -> Iterator[str]:
    """Which line is which, above the field."""
    each = (_WIDE + _LEFT) / len(plot.curves)
    for n, curve in enumerate(plot.curves):
        x = 8 + n * each
        if len(curve.dots) > 1:
            yield f'<path d="M{x:.1f} 18h34" fill="none" {_LINES[curve.look]}/>'
        yield _mark(curve.look, x + 17, 18)
        yield _text(x + 42, 22, curve.name, anchor="start")


def _curve(curve: Curve) -> Iterator[str]:
    places = [(_x(dot.at[0]), _y(dot.at[1])) for dot in curve.dots]
    if len(places) > 1:
        first, *rest = places
        steps = "".join(f"H{x}V{y}" if curve.stepped else f"L{x} {y}" for x, y in rest)
        yield f'<path d="M{first[0]} {first[1]}{steps}" fill="none" {_LINES[curve.look]}/>'
    for (x, y), dot in zip(places, curve.dots, strict=True):
        if dot.marked:
            yield _mark(curve.look, x, y)


def _mark(look: int, x: float, y: float) -> str:
    if look == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#fff" stroke="{_QUIET}" stroke-width="2"/>'
    if look == 1:
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{_INK}"/>'
    return f'<path d="M{x:.1f} {y - 5:.1f}l5 9h-10z" fill="#7c1226"/>'


def _text(x: float, y: float, text: str, *, anchor: str, quiet: bool = False) -> str:
    ink, size = (_QUIET, 12) if quiet else (_INK, 13)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{ink}">'
        f"{_escape(text)}</text>"
    )


def _x(at: float) -> float:
    return round(_LEFT + at * _WIDE, 1)


def _y(at: float) -> float:
    return round(_ABOVE + (1 - at) * _HIGH, 1)
