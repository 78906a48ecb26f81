"""Says the parts of one document in one language: codes become words, lists become tables. Texts that people
wrote pass through as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TypeVar

from techguard import catalog
from techguard.domain.kinds import KINDS
from techguard.i18n import NP_, Language, Translator, translator

from . import document as d
from .blocks import Badge, Cell, Column, Line, Section, Spark, Style, Tile

P = TypeVar("P", bound=d.Part)

WORST = 5
"""Exposures on the front page, each of which has a page of its own."""
SIGNS: Mapping[str, str] = {"new": "＋", "risen": "▲", "fallen": "▼", "closed": "×", "same": "＝"}
NOTHING = "–"
LONG = 700
"""Half-width cells of a text that people wrote; what is longer is read in the register."""

_MOVED: Mapping[str, str] = {
    "new": NP_("movement of a level", "New"),
    "risen": NP_("movement of a level", "Risen"),
    "fallen": NP_("movement of a level", "Fallen"),
    "closed": NP_("movement of a level", "Closed"),
    "same": NP_("movement of a level", "Unchanged"),
}
_SPACES = re.compile(r"\s+")
_PAGE_WIDTH, _HALF_A_PAGE, _KEPT = 178, 130, 30
"""Millimetres; two or three rows that are kept together have to fit on a slide."""


def width(text: str) -> int:
    """How many half-width cells a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _one_space(found: re.Match[str]) -> str:
    return "\u3000" if "\u3000" in found[0] else " "


def clip(text: str, most: int) -> str:
    """A text of at most `most` half-width cells on one line, with … where something was left out.

    A full-width space stays: in Japanese it stands between the parts of a text.
    """
    text = _SPACES.sub(_one_space, text).strip()
    if width(text) <= most:
        return text
    taken = 0
    for at, character in enumerate(text):
        taken += width(character)
        if taken > most - 2:
            return text[:at].rstrip() + "…"
    return text


def cell(text: str, style: Style = "plain") -> Cell:
    """A cell of one line; an empty one shows a dash, so that nobody takes it for a fault of the printer."""
    return (Line(text or NOTHING, style),)


def _heights(columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]) -> list[float]:
    """About how high each row of a table is, in millimetres."""
    rest = _PAGE_WIDTH - sum(c.mm for c in columns)
    across = [(c.mm or rest) - 3 for c in columns]

    def lines(content: Cell, mm: float) -> int:
        if isinstance(content, Badge | Spark):
            return 2
        said = (part for line in content for part in (line.label + line.text).split("\n"))
        return sum(1 + int(width(part) * 1.45 / mm) for part in said)

    return [3 + 4.3 * max(lines(c, mm) for c, mm in zip(row, across, strict=True)) for row in rows]


def sized(section: Section) -> Section:
    """A section that knows how high it and its rows are: what may break, and what is kept together."""
    said = (Column(""),), [((Line(text),),) for text in section.intro]
    heights = _heights(section.columns, section.rows)
    return replace(
        section,
        tall=sum(heights) + sum(_heights(*said)) > _HALF_A_PAGE,
        long_rows=max(heights, default=0) > _HALF_A_PAGE,
        kept=max(heights, default=0) < _KEPT,
    )


class Wording:
    """The words for what a document holds."""

    def __init__(self, document: d.BoardSummary, language: Language) -> None:
        self.d = document
        self.language = language
        self.t: Translator = translator(language)
        self._ = self.t.gettext

    def label(self, choice: object) -> str:
        return self.t.label(choice) if choice is not None else ""

    def day(self, on: date | None) -> str:
        return self.t.date_text(on) if on else ""

    def short(self, on: date | None) -> str:
        """A day in a column of a table."""
        return self.t.short_date(on) if on else ""

    def step(self, scale: str, value: int | None) -> str:
        """The short name of a step of a scale, in the company's own word where it has one."""
        if not value:
            return ""
        own: tuple[str, ...] = getattr(self.d.words, scale, ())
        if own:
            return own[value - 1] if value <= len(own) else ""
        return catalog.standard_scales().scale(scale).level(value).name.in_(self.language)

    def name(self, name: d.Name | None) -> str:
        """What an entry is called: its name, else its kind with a letter, else the department."""
        if name is None:
            return ""
        if name.text:
            return name.text
        if name.department is not None:
            return self.label(name.department)
        return self._("{kind} {letter}").format(kind=self._(KINDS[name.kind].label), letter=name.mark)

    def named(self, name: d.Name | None) -> str:
        """The name with its reference number, where there is one."""
        said = self.name(name)
        return f"{name.ref} {said}" if name and name.ref and said else said

    def classed(self, top: d.TopExposure) -> str:
        name = self.named(top.technology)
        if not name or not top.criticality:
            return name
        return self._("{name} (class\u00a0{criticality})").format(
            name=name, criticality=top.criticality.value
        )

    def route(self, route: str, sub_route: str = "") -> str:
        if not route:
            return ""
        known = catalog.routes()[route].name.in_(self.language)
        if not sub_route:
            return known
        return self._("{route}: {detail}").format(
            route=known, detail=catalog.sub_routes()[sub_route].in_(self.language)
        )

    def badge(self, level: int | None, moved: str | None = None) -> Badge:
        word = self.step("level", level) if level else self._("Not rated")
        return Badge(level, word, f"{SIGNS[moved]} {self.moved(moved)}" if moved else "")

    def moved(self, movement: str) -> str:
        return self.t.pgettext("movement of a level", _MOVED[movement])

    def join(self, parts: Iterable[str]) -> str:
        return self.t.pgettext("between facts on one line", " · ").join(p for p in parts if p)

    def count(self, number: int) -> str:
        return self.t.ngettext("{n} entry", "{n} entries", number).format(n=f"{number:,}")

    def change(self, change: d.Change | None) -> str:
        """Why a level moved, in numbers, with the reason where the document has it."""
        if change is None:
            return ""
        said = []
        pairs = (
            (self._("Likelihood"), change.likelihood_before, change.likelihood_now),
            (self._("Impact"), change.impact_before, change.impact_now),
        )
        for what, before, now in pairs:
            if before is not None and now is not None and before != now:
                said.append(self._("{what} {before} → {now}").format(what=what, before=before, now=now))
        return self.join([*said, clip(change.reason, LONG)])

    def levels(self, before: int | None, now: int | None) -> str:
        if before is not None and now is not None and before != now:
            return self._("{before} → {now}").format(before=before, now=now)
        return str(now or before or "")

    def movement_title(self) -> str:
        since = self.d.movement.since
        if since is None:
            return self._("There is no earlier session to compare with.")
        return self._("Since the session of {date}").format(date=self.day(since))

    def movement_tiles(self) -> tuple[Tile, ...]:
        m = self.d.movement
        if m.since is None:
            return ()
        numbers = (("new", m.new), ("risen", m.risen), ("fallen", m.fallen), ("closed", m.closed))
        return tuple(Tile(f"{SIGNS[name]} {self.moved(name)}", f"{n:,}") for name, n in numbers)

    def measure_columns(self) -> tuple[Column, ...]:
        return (
            Column(self._("Number"), 19),
            Column(self._("Countermeasure")),
            Column(self._("Status"), 21),
            Column(self._("Owner"), 34),
            Column(self._("Due"), 21),
            Column(self._("Cost"), 27, "right"),
        )

    def measure_row(self, listing: d.Listing[d.Measure]) -> Callable[[d.Measure], tuple[Cell, ...]]:
        """How the rows of a list of countermeasures are written: what they cost in one unit."""
        costs = (cost for m in listing.rows for cost in (m.cost_initial, m.cost_year) if cost is not None)
        say = self.t.amounts(costs)
        return lambda m: self._measure_row(m, say)

    def _measure_row(self, m: d.Measure, say: Callable[[int], str]) -> tuple[Cell, ...]:
        title = [Line(clip(m.title, LONG))] if m.title else []
        if m.catalog_id:
            title.append(Line(catalog.countermeasures()[m.catalog_id].title.in_(self.language), "quiet"))
        due = [Line(self.short(m.due) or "–", "strong" if m.late else "plain")]
        if m.late:
            due.append(Line(self._("Overdue"), "strong"))
        cost = []
        if m.cost_initial is not None:
            cost.append(Line(say(m.cost_initial)))
        if m.cost_year is not None:
            cost.append(Line(self._("{amount} a year").format(amount=say(m.cost_year)), "quiet"))
        return (
            cell(m.label, "quiet"),
            tuple(title) or cell(""),
            cell(self.label(m.status)),
            cell(self.name(m.owner) or self.label(m.department)),
            tuple(due),
            tuple(cost) or cell(""),
        )

    def measure_names(self, top: d.TopExposure) -> str:
        titles = [catalog.countermeasures()[c].title.in_(self.language) for c in top.measures]
        return self.t.titles_text(titles)

    def listed(
        self,
        title: str,
        listing: d.Listing[P],
        columns: tuple[Column, ...],
        row: Callable[[P], tuple[Cell, ...]],
        intro: tuple[str, ...] = (),
        short: str = "",
    ) -> Section:
        """A section around a list: its rows, or that there is nothing, or that only the number is shown."""
        rest = listing.total - len(listing.rows)
        if not listing.total:
            return Section(title, intro or (self._("None."),), nothing=not intro)
        if not listing.rows:
            shown = self._("{count}; this redaction shows the number only.").format(
                count=self.count(listing.total)
            )
            return Section(title, (*intro, shown))
        more = self._("and {count} more in the register").format(count=self.count(rest)) if rest else ""
        rows = tuple(row(r) for r in listing.rows)
        return sized(Section(title, intro, columns, rows, more, short=short))
