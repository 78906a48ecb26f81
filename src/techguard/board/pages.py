"""What stands on the pages, in one language: codes become words, lists become tables.

The result is plain data. `typeset` draws it, `plain_text` writes it as lines; neither says anything of its
own. Texts that people wrote pass through as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from techguard import catalog
from techguard.domain import gaps
from techguard.domain import words as w
from techguard.domain.kinds import KINDS
from techguard.i18n import NP_, Language, Translator, translator

from . import document as d

Style = Literal["plain", "strong", "quiet", "asked"]
Align = Literal["left", "right", "center"]
P = TypeVar("P", bound=d.Part)


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a cell. `label` stands before it and is never broken."""

    text: str
    style: Style = "plain"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A level: its number, its word, and how it moved. `level` None: not rated."""

    level: int | None
    word: str
    moved: str = ""


Cell = tuple[Line, ...] | Badge


@dataclass(frozen=True, slots=True)
class Column:
    """`mm` is the width; 0 takes what is left."""

    label: str
    mm: float = 0
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what is under it. `more` says what the table leaves out."""

    title: str
    intro: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    more: str = ""
    nothing: bool = False
    """There is nothing to tell: the title goes into one line with the others of its sort."""
    tall: bool = False
    """More than half a page: it may run over to the next one."""
    long_rows: bool = False
    """Some row alone takes half a page: a row may break, too."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its name."""

    label: str
    value: str
    level: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """A cell of the heat map, as it is drawn."""

    level: int
    count: int
    moved: str = ""


@dataclass(frozen=True, slots=True)
class HeatMap:
    title: str
    rows: tuple[tuple[Heat, ...], ...]
    up: str
    across: str
    up_names: tuple[str, ...]
    across_names: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Card:
    """One of the worst exposures on the front page."""

    rank: str
    badge: Badge
    sentence: str
    where: str
    facts: tuple[Line, ...]
    below: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """The first page; it stands alone."""

    levels_title: str
    levels: tuple[Tile, ...]
    classes_title: str
    classes: tuple[Tile, ...]
    movement_title: str
    movement: tuple[Tile, ...]
    asked: str
    heat: HeatMap | None
    cards_title: str
    cards: tuple[Card, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class Pages:
    """Everything that is printed."""

    language: Language
    title: str
    subtitle: str
    marking: str
    running: str
    foot: str
    page_of: str
    front: Front
    sections: tuple[Section, ...]


def lay_out(document: d.BoardSummary, language: Language | None = None) -> Pages:
    """The pages of a document in its own language or another one."""
    own: Language = "ja" if document.title.language is w.Language.JA else "en"
    return _Writer(document, language or own).pages()


def width(text: str) -> int:
    """How many half-width cells a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def clip(text: str, most: int) -> str:
    """A text of at most `most` half-width cells on one line, with … where something was left out."""
    text = " ".join(text.split())
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
    return (Line(text or "–", style),)


_MOVED: Mapping[str, str] = {
    "new": NP_("movement of a level", "New"),
    "risen": NP_("movement of a level", "Risen"),
    "fallen": NP_("movement of a level", "Fallen"),
    "closed": NP_("movement of a level", "Closed"),
    "same": NP_("movement of a level", "Unchanged"),
}
_SIGNS: Mapping[str, str] = {"new": "＋", "risen": "▲", "fallen": "▼", "closed": "×", "same": "＝"}

_FRONT_SENTENCE = 112
_FRONT_LINE = 144
_FRONT_TITLE = 56
_LONG = 700


_PAGE_WIDTH, _HALF_A_PAGE = 178, 130


def _heights(columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]) -> list[float]:
    """About how high each row of a table is, in millimetres."""
    rest = _PAGE_WIDTH - sum(c.mm for c in columns)
    across = [(c.mm or rest) - 3 for c in columns]

    def lines(content: Cell, mm: float) -> int:
        if isinstance(content, Badge):
            return 2
        return sum(1 + int(width(line.label + line.text) * 1.45 / mm) for line in content)

    return [3 + 4.3 * max(lines(c, mm) for c, mm in zip(row, across, strict=True)) for row in rows]


class _Writer:
    """Says one document in one language."""

    def __init__(self, document: d.BoardSummary, language: Language) -> None:
        self.d = document
        self.language = language
        self.t: Translator = translator(language)
        self._ = self.t.gettext

    # --- words ---

    def label(self, choice: object) -> str:
        return self.t.label(choice) if choice is not None else ""

    def day(self, on: date | None) -> str:
        return self.t.date_text(on) if on else ""

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
        return Badge(level, word, f"{_SIGNS[moved]} {self.moved(moved)}" if moved else "")

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
        return self.join([*said, clip(change.reason, _LONG)])

    # --- pages ---

    def pages(self) -> Pages:
        title = self.d.title
        session = title.session or self.label(title.session_kind)
        compared = (
            self._("Compared with the session of {date}").format(date=self.day(title.since))
            if title.since
            else ""
        )
        redaction = self.label(title.redaction)
        return Pages(
            language=self.language,
            title=self.title(),
            subtitle=self.join(
                [
                    clip(title.period, _FRONT_TITLE),
                    clip(session, _FRONT_TITLE),
                    self._("As of {date}").format(date=self.day(title.as_of)),
                    compared,
                    self._("One matter: {name}").format(name=clip(self.name(title.matter), _FRONT_TITLE))
                    if title.matter
                    else "",
                ]
            ),
            marking=self.label(title.marking),
            running=redaction,
            foot=self._("Snapshot {digest}").format(digest=self.d.record.snapshot[:16]),
            page_of=self._("Page {page} of {pages}"),
            front=self.front(),
            sections=tuple(self.sections()),
        )

    def title(self) -> str:
        return {
            w.RedactionLevel.R2: self._("Leakage of a core technology: extract for an adviser"),
            w.RedactionLevel.R3: self._("Leakage of core technologies: statistics"),
        }.get(self.d.title.redaction, self._("Leakage of core technologies: board summary"))

    # --- the front page ---

    def front(self) -> Front:
        one_matter = self.d.title.redaction is w.RedactionLevel.R2
        total = self.d.decisions.total
        return Front(
            levels_title=self._("Exposures by level"),
            levels=()
            if one_matter
            else tuple(
                Tile(
                    label=self.step("level", n.level) if n.level else self._("Not rated"),
                    value=f"{n.count:,}",
                    level=n.level or 0,
                )
                for n in self.d.by_level
            ),
            classes_title=self._("Technologies by class"),
            classes=()
            if one_matter
            else tuple(
                Tile(
                    label=self._("Class {name}").format(name=n.criticality.value)
                    if n.criticality
                    else self._("No class"),
                    value=f"{n.count:,}",
                )
                for n in self.d.by_class
            ),
            movement_title="" if one_matter else self.movement_title(),
            movement=() if one_matter else self.movement_tiles(),
            asked=""
            if one_matter
            else self.t.ngettext(
                "{n} decision is asked of the board.", "{n} decisions are asked of the board.", total
            ).format(n=f"{total:,}"),
            heat=self.heat(),
            cards_title=self._("The five worst exposures"),
            cards=() if one_matter else tuple(self.card(top) for top in self.d.top[:5]),
            nothing=self._("No exposure is rated yet.")
            if self.d.title.redaction < w.RedactionLevel.R2 and not self.d.top
            else "",
        )

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
        return tuple(Tile(f"{_SIGNS[name]} {self.moved(name)}", f"{n:,}") for name, n in numbers)

    def heat(self) -> HeatMap | None:
        cells = {(c.likelihood, c.impact): c for c in self.d.heat_map.cells}
        if not cells:
            return None
        heat_map = self.d.heat_map
        size = {
            "likelihood": max(likelihood for likelihood, _impact in cells),
            "impact": max(impact for _likelihood, impact in cells),
        }
        axes: tuple[Literal["likelihood", "impact"], ...] = ("likelihood", "impact")
        up, across = axes if heat_map.upright == "likelihood" else axes[::-1]
        words = {"likelihood": self._("Likelihood"), "impact": self._("Impact")}

        def cell(upward: int, aside: int) -> Heat:
            place = (upward, aside) if up == "likelihood" else (aside, upward)
            c = cells[place]
            moved = (f"+{c.entered}" if c.entered else "", f"−{c.left}" if c.left else "")
            return Heat(c.level, c.count, " ".join(m for m in moved if m))

        rising, falling = range(1, size[across] + 1), range(size[up], 0, -1)
        return HeatMap(
            title=self._("Heat map: open exposures by likelihood and impact"),
            rows=tuple(tuple(cell(n, m) for m in rising) for n in falling),
            up=words[up],
            across=words[across],
            up_names=tuple(self.step(up, n) for n in falling),
            across_names=tuple(self.step(across, n) for n in rising),
            note=" ".join(self._beside_the_matrix(heat_map)),
        )

    def _beside_the_matrix(self, heat_map: d.HeatMap) -> Iterator[str]:
        if n := heat_map.unrated:
            said = self.t.ngettext("{n} open exposure is not rated.", "{n} open exposures are not rated.", n)
            yield said.format(n=f"{n:,}")
        if n := heat_map.earlier:
            said = self.t.ngettext(
                "{n} was rated on an earlier scale and is to be rated anew.",
                "{n} were rated on an earlier scale and are to be rated anew.",
                n,
            )
            yield said.format(n=f"{n:,}")

    def card(self, top: d.TopExposure) -> Card:
        technology = self.name(top.technology)
        if technology and top.criticality:
            technology = self._("{name} (class {criticality})").format(
                name=clip(technology, 44), criticality=top.criticality.value
            )
        facts = [Line(clip(self.name(top.owner), 44) or self._("No owner"), "strong", self._("Owner"))]
        if top.urgency:
            facts.append(Line(f"{top.urgency} {self.step('urgency', top.urgency)}", label=self._("Urgency")))
        if top.urgency_on:
            facts.append(
                Line(
                    self.join([self.day(top.urgency_on), self.label(top.urgency_event)]),
                    label=self._("Next date"),
                )
            )
        if top.driver:
            facts.append(Line(self.label(top.driver), label=self._("Hits hardest")))
        if top.arrow:
            before = (
                self._("level {level} before").format(level=top.level_before)
                if top.arrow in {"risen", "fallen"} and top.level_before
                else ""
            )
            facts.append(
                Line(
                    self.join([f"{_SIGNS[top.arrow]} {self.moved(top.arrow)}", before]), label=self._("Trend")
                )
            )
        below = [Line(clip(top.next_step, _FRONT_LINE) or self._("None stated"), label=self._("Next step"))]
        if top.decision_asked:
            below.append(Line(clip(top.decision_asked, _FRONT_LINE), "asked", self._("Decision asked")))
        return Card(
            rank=str(top.rank),
            badge=self.badge(top.level),
            sentence=clip(top.sentence, _FRONT_SENTENCE),
            where=self.join([top.label, technology, clip(self.route(top.route), 44)]),
            facts=tuple(facts),
            below=tuple(below),
        )

    def measure_names(self, top: d.TopExposure) -> str:
        return self.t.list_text([catalog.countermeasures()[c].title.in_(self.language) for c in top.measures])

    # --- the sections ---

    def sections(self) -> Iterable[Section]:
        if self.d.title.redaction is w.RedactionLevel.R2:
            return [self.detail(self._("Exposures of this matter")), self.record()]
        told = [
            self.decisions(),
            *(
                []
                if self.d.title.redaction is w.RedactionLevel.R3
                else [self.detail(self._("The worst exposures in detail"))]
            ),
            self.movement(),
            self.indicators(),
            self.gaps(),
            self.progress(),
            self.capital(),
            self.holders(),
            self.counterparties(),
            self.agreements(),
            self.acceptances(),
            self.regulatory(),
            self.observations(),
            self.consultations(),
            self.checklists(),
        ]
        none = [s.title for s in told if s.nothing]
        return [
            *(s for s in told if not s.nothing),
            *([Section(self._("Nothing to report"), tuple(none))] if none else []),
            self.limits(),
            self.record(),
        ]

    def listed(
        self,
        title: str,
        listing: d.Listing[P],
        columns: tuple[Column, ...],
        row: Callable[[P], tuple[Cell, ...]],
        intro: tuple[str, ...] = (),
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
        rows = tuple(row(r) for r in listing.rows)
        heights = _heights(columns, rows)
        return Section(
            title,
            intro,
            columns,
            rows,
            self._("and {count} more in the register").format(count=self.count(rest)) if rest else "",
            tall=sum(heights) > _HALF_A_PAGE,
            long_rows=max(heights) > _HALF_A_PAGE,
        )

    def decisions(self) -> Section:
        return self.listed(
            self._("Decisions asked"),
            self.d.decisions,
            (
                Column(self._("Number"), 19),
                Column(self._("What is asked")),
                Column(self._("Category"), 24),
                Column(self._("Owner"), 34),
                Column(self._("Due"), 20),
            ),
            lambda a: (
                cell(a.label, "quiet"),
                cell(clip(a.text, _LONG), "strong"),
                cell(
                    self.label(a.category)
                    if a.category
                    else self._("Level {level} {word}").format(
                        level=a.level, word=self.step("level", a.level)
                    )
                    if a.level
                    else ""
                ),
                cell(self.name(a.owner)),
                cell(self.day(a.due)),
            ),
        )

    def detail(self, title: str) -> Section:
        return self.listed(
            title,
            d.Listing[d.TopExposure](rows=self.d.top, total=len(self.d.top)),
            (Column("", 20), Column(self._("Exposure")), Column(self._("Rating and measures"), 66)),
            self.detail_row,
        )

    def detail_row(self, top: d.TopExposure) -> tuple[Cell, ...]:
        what = [Line(clip(top.sentence, _LONG), "strong")] if top.sentence else []
        technology = self.named(top.technology)
        if top.criticality:
            technology = self._("{name} (class {criticality})").format(
                name=technology, criticality=top.criticality.value
            )
        pairs = (
            (self._("Technology"), technology),
            (self._("Route"), self.route(top.route, top.sub_route)),
            (self._("Engagement"), self.named(top.engagement)),
            (self._("Counterparties"), self.t.list_text([self.named(n) for n in top.counterparties])),
            (self._("Owner"), self.name(top.owner)),
            (self._("Next step"), clip(top.next_step, _LONG)),
            (self._("Decision asked"), clip(top.decision_asked, _LONG)),
        )
        what += [Line(text, label=label) for label, text in pairs if text]
        rating = []
        if top.likelihood and top.impact:
            rating += [
                Line(
                    f"{top.likelihood} {self.step('likelihood', top.likelihood)}", label=self._("Likelihood")
                ),
                Line(
                    self.join([f"{top.impact} {self.step('impact', top.impact)}", self.label(top.driver)]),
                    label=self._("Impact"),
                ),
                Line(
                    self.step("confidence", top.confidence) or self._("Not stated"),
                    label=self._("Confidence"),
                ),
            ]
        if top.treatment:
            rating.append(Line(self.label(top.treatment), label=self._("Treatment")))
        if not top.measures_total:
            rating.append(Line(self._("No countermeasure yet"), label=self._("Measures")))
        elif top.measures_done is not None:
            rating.append(
                Line(
                    self._("{done} of {total} in force").format(
                        done=top.measures_done, total=top.measures_total
                    ),
                    label=self._("Measures"),
                )
            )
        if names := self.measure_names(top):
            rating.append(Line(names, "quiet"))
        if change := self.change(top.change):
            rating.append(Line(change, label=self._("Why it moved")))
        level = self.badge(top.level)
        mark: Cell = tuple(
            line
            for line in (
                Line(str(top.rank), "strong"),
                Line(top.label, "quiet"),
                Line(f"{top.level or ''} {level.word}".strip() if top.treatment else "", "strong"),
            )
            if line.text
        )
        return (mark, tuple(what), tuple(rating) or cell(""))

    def movement(self) -> Section:
        title = self._("What changed since the last session")
        if self.d.movement.since is None:
            return Section(title, (self.movement_title(),))
        return self.listed(
            title,
            self.d.movement.listed,
            (
                Column(self._("Number"), 19),
                Column(self._("Movement"), 20),
                Column(self._("Level"), 17, "center"),
                Column(self._("Exposure")),
                Column(self._("Why it moved"), 50),
            ),
            lambda m: (
                cell(m.label, "quiet"),
                cell(f"{_SIGNS[m.movement]} {self.moved(m.movement)}", "strong"),
                cell(self.levels(m.level_before, m.level)),
                (Line(clip(m.sentence, _LONG)), Line(self.name(m.technology), "quiet")),
                cell(self.change(m.change)),
            ),
            (self.join([f"{t.label} {t.value}" for t in self.movement_tiles()]),),
        )

    def levels(self, before: int | None, now: int | None) -> str:
        if before is not None and now is not None and before != now:
            return self._("{before} → {now}").format(before=before, now=now)
        return str(now or before or "")

    def indicators(self) -> Section:
        states = {
            "green": self.t.pgettext("state of an indicator", "Within limits"),
            "amber": self.t.pgettext("state of an indicator", "Watch"),
            "red": self.t.pgettext("state of an indicator", "Act"),
            "": "",
        }
        known = catalog.kris()
        return self.listed(
            self._("Key risk indicators"),
            d.Listing[d.Indicator](rows=self.d.indicators, total=len(self.d.indicators)),
            (
                Column("", 12),
                Column(self._("Indicator")),
                Column(self._("Now"), 18, "right"),
                Column(self._("Last time"), 22, "right"),
                Column(self._("State"), 28),
            ),
            lambda k: (
                cell(k.id, "quiet"),
                cell(known[k.id].in_(self.language)),
                cell("" if k.value is None else f"{k.value:,}", "strong"),
                cell("" if k.previous is None else f"{k.previous:,}"),
                cell(states[k.state], "strong" if k.state == "red" else "plain"),
            ),
        )

    def gaps(self) -> Section:
        found = tuple(g for g in self.d.gaps if g.count)
        return self.listed(
            self._("Gaps"),
            d.Listing[d.GapFound](rows=found, total=len(found)),
            (
                Column(self._("What is missing or overdue")),
                Column(self._("How many"), 22, "right"),
                Column(self._("What to do"), 76),
            ),
            lambda g: (
                cell(self._(gaps.BY_CODE[g.code].label)),
                cell(f"{g.count:,}", "strong"),
                cell(self._(gaps.BY_CODE[g.code].remedy)),
            ),
        )

    def progress(self) -> Section:
        p = self.d.progress
        states = [
            self._("{status}: {n}").format(status=self.label(s.status), n=f"{s.count:,}")
            for s in p.by_status
            if s.count
        ]
        numbers = [
            self._("Overdue: {n}").format(n=f"{p.overdue:,}"),
            self._("Never tested: {n}").format(n=f"{p.untested:,}"),
        ]
        if p.done_since is not None:
            numbers.append(self._("Finished since the last session: {n}").format(n=f"{p.done_since:,}"))
        return self.listed(
            self._("Progress of countermeasures"),
            p.pressing,
            (
                Column(self._("Number"), 19),
                Column(self._("Countermeasure")),
                Column(self._("Status"), 19),
                Column(self._("Owner"), 34),
                Column(self._("Due"), 21),
                Column(self._("Cost"), 27, "right"),
            ),
            self.measure_row,
            (
                *([self.join(states)] if states else []),
                self.join(numbers),
                *([self._("Overdue or due within 90 days:")] if p.pressing.total else []),
            ),
        )

    def measure_row(self, m: d.Measure) -> tuple[Cell, ...]:
        title = [Line(clip(m.title, _LONG))] if m.title else []
        if m.catalog_id:
            title.append(Line(catalog.countermeasures()[m.catalog_id].title.in_(self.language), "quiet"))
        due = [Line(self.day(m.due) or "–", "strong" if m.late else "plain")]
        if m.late:
            due.append(Line(self._("Overdue"), "strong"))
        cost = []
        if m.cost_initial is not None:
            cost.append(Line(self.t.money_text(m.cost_initial)))
        if m.cost_year is not None:
            cost.append(
                Line(self._("{amount} a year").format(amount=self.t.money_text(m.cost_year)), "quiet")
            )
        return (
            cell(m.label, "quiet"),
            tuple(title) or cell(""),
            cell(self.label(m.status)),
            cell(self.name(m.owner) or self.label(m.department)),
            tuple(due),
            tuple(cost) or cell(""),
        )

    def capital(self) -> Section:
        return self.listed(
            self._("Capital policy"),
            self.d.capital,
            (
                Column(self._("Number"), 19),
                Column(self._("Engagement")),
                Column(self._("Stage"), 20),
                Column(self._("Disclosure scope"), 28),
                Column(self._("Next date"), 25),
                Column(self._("Highest level"), 24),
                Column(self._("Owner"), 30),
            ),
            lambda c: (
                cell(c.label, "quiet"),
                (Line(self.name(c.name), "strong"), Line(self.label(c.kind), "quiet")),
                cell(self.label(c.stage)),
                cell(self.label(c.disclosure)),
                (
                    Line(self.day(c.next_on) or "–"),
                    *([Line(self.label(c.next_event), "quiet")] if c.next_event else []),
                ),
                (
                    Line(
                        f"{c.highest_level} {self.step('level', c.highest_level)}" if c.highest_level else "–"
                    ),
                    Line(
                        self.t.ngettext("{n} exposure", "{n} exposures", c.exposures).format(n=c.exposures),
                        "quiet",
                    ),
                ),
                cell(self.name(c.owner)),
            ),
        )

    def holders(self) -> Section:
        return self.listed(
            self._("People: class S and A technologies that one person alone knows"),
            self.d.single_holders,
            (
                Column(self._("Technology")),
                Column(self._("Class"), 16, "center"),
                Column(self._("Technology owner"), 45),
                Column(self._("Executive in charge"), 45),
            ),
            lambda h: (
                cell(self.named(h.technology)),
                cell(h.criticality.value if h.criticality else ""),
                cell(self.name(h.owner)),
                cell(self.name(h.executive)),
            ),
        )

    def counterparties(self) -> Section:
        return self.listed(
            self._("Counterparties in the danger zone"),
            self.d.counterparties,
            (
                Column(self._("Counterparty")),
                Column(self._("Kind"), 30),
                Column(self._("Threat"), 16, "right"),
                Column(self._("After measures"), 26),
                Column(self._("Due diligence"), 50),
            ),
            lambda c: (
                cell(self.named(c.name)),
                cell(self.label(c.kind)),
                cell(c.threat, "strong"),
                cell(self.label(c.zone_after)),
                cell(
                    self.join(
                        [
                            self.label(c.due_diligence) or self._("Not done"),
                            self._("until {date}").format(date=self.day(c.due_diligence_until))
                            if c.due_diligence_until
                            else "",
                        ]
                    )
                ),
            ),
        )

    def agreements(self) -> Section:
        return self.listed(
            self._("Agreements that ended or end within 90 days"),
            self.d.agreements,
            (
                Column(self._("Number"), 19),
                Column(self._("Agreement"), 34),
                Column(self._("Engagement and counterparties")),
                Column(self._("Expires"), 24),
                Column(self._("Survives until"), 24),
                Column(self._("Highest level"), 24),
            ),
            lambda a: (
                cell(a.label, "quiet"),
                cell(self.label(a.type)),
                (
                    Line(self.name(a.engagement) or "–"),
                    *(
                        [Line(self.t.list_text([self.name(n) for n in a.counterparties]), "quiet")]
                        if a.counterparties
                        else []
                    ),
                ),
                self.until(a.on, self._("Ended") if a.ended else ""),
                cell(self.day(a.survives_until)),
                cell(f"{a.highest_level} {self.step('level', a.highest_level)}" if a.highest_level else ""),
            ),
        )

    def until(self, on: date | None, ended: str) -> Cell:
        return (
            Line(self.day(on) or "–", "strong" if ended else "plain"),
            *([Line(ended, "strong")] if ended else []),
        )

    def acceptances(self) -> Section:
        a = self.d.acceptances
        intro = self._("Accepted and valid: {valid}. Past their date: {ended}.").format(
            valid=f"{a.valid:,}", ended=f"{a.ended:,}"
        )
        return self.listed(
            self._("Accepted exposures: ended or ending within 90 days"),
            a.ending,
            (
                Column(self._("Number"), 19),
                Column(self._("Exposure")),
                Column(self._("Level accepted"), 24, "center"),
                Column(self._("Accepted by"), 40),
                Column(self._("Valid until"), 24),
            ),
            lambda e: (
                cell(e.label, "quiet"),
                (
                    Line(clip(e.sentence, _LONG)),
                    *([Line(clip(e.reason, _LONG), "quiet")] if e.reason else []),
                ),
                cell(self.levels(e.level_at, e.level)),
                (Line(self.name(e.by) or "–"), *([Line(self.label(e.role), "quiet")] if e.role else [])),
                self.until(e.until, self._("Past its date") if e.ended else ""),
            ),
            (intro,),
        )

    def regulatory(self) -> Section:
        found = tuple(r for r in self.d.regulatory if r.open or r.act)
        fields = KINDS["technology"].by_name
        return self.listed(
            self._("Regulatory checks still to do (work to do, not a legal finding)"),
            d.Listing[d.RegulatoryCheck](rows=found, total=len(found)),
            (
                Column(self._("Regulatory check")),
                Column(self._("Technologies not assessed"), 48, "right"),
                Column(self._("Technologies that need action"), 52, "right"),
            ),
            lambda r: (
                cell(self._(fields[r.field].label)),
                cell(f"{r.open:,}"),
                cell(f"{r.act:,}", "strong" if r.act else "plain"),
            ),
        )

    def observations(self) -> Section:
        o = self.d.observations
        return self.listed(
            self._("Incidents and warning signs"),
            o.listed,
            (
                Column(self._("Number"), 19),
                Column(self._("Kind"), 22),
                Column(self._("What was seen")),
                Column(self._("Technology"), 36),
                Column(self._("Observed on"), 23),
                Column(self._("Status"), 20),
            ),
            lambda x: (
                cell(x.label, "quiet"),
                cell(self.label(x.kind), "strong" if x.kind is w.ObservationKind.INCIDENT else "plain"),
                (
                    Line(clip(x.title, _LONG)),
                    *(
                        [Line(catalog.signs()[x.sign].in_(self.language), "quiet")]
                        if x.sign
                        else [Line(self.route(x.route), "quiet")]
                        if x.route
                        else []
                    ),
                    *([Line(clip(x.lessons, _LONG), label=self._("Lessons"))] if x.lessons else []),
                ),
                cell(self.name(x.technology)),
                cell(self.day(x.on)),
                cell(self.label(x.status)),
            ),
            (
                self._("Incidents in the period: {incidents}. Warning signs open: {signs}.").format(
                    incidents=f"{o.incidents:,}", signs=f"{o.signs_open:,}"
                ),
            ),
        )

    def consultations(self) -> Section:
        return self.listed(
            self._("Consultations and dialogue with same-field firms"),
            self.d.consultations,
            (
                Column(self._("Number"), 19),
                Column(self._("Topic")),
                Column(self._("With whom"), 36),
                Column(self._("Date"), 23),
                Column(self._("Status"), 20),
                Column(self._("Antitrust review"), 24),
            ),
            lambda c: (
                cell(c.label, "quiet"),
                (Line(clip(c.topic, _LONG)), *([Line(clip(c.outcome, _LONG), "quiet")] if c.outcome else [])),
                cell(self.label(c.authority)),
                cell(self.day(c.on)),
                cell(self.label(c.status)),
                cell(self.label(c.antitrust_review)),
            ),
        )

    def checklists(self) -> Section:
        known = catalog.checklists()
        origins = {
            "official": self.t.pgettext("origin of a checklist", "Official"),
            "derived": self.t.pgettext("origin of a checklist", "Summary, not official"),
            "proposal": self.t.pgettext("origin of a checklist", "Proposal"),
        }
        return self.listed(
            self._("Checklists (counts, never a score)"),
            d.Listing[d.ChecklistState](rows=self.d.checklists, total=len(self.d.checklists)),
            (
                Column(self._("Checklist")),
                Column(self._("Items"), 14, "right"),
                Column(self.label(w.Answer.YES), 14, "right"),
                Column(self.label(w.Answer.NO), 14, "right"),
                Column(self.label(w.Answer.NOT_APPLICABLE), 20, "right"),
                Column(self._("Unanswered"), 19, "right"),
                Column(self._("Without grounds"), 22, "right"),
            ),
            lambda c: (
                (
                    Line(known[c.id].title.in_(self.language)),
                    # A list that does not come with the program has items of its issuer's own file.
                    Line(origins[known[c.id].origin.value if known[c.id].obtained else "official"], "quiet"),
                ),
                *(
                    cell(f"{n:,}")
                    for n in (c.items, c.yes, c.no, c.not_applicable, c.unanswered, c.without_grounds)
                ),
            ),
        )

    def limits(self) -> Section:
        x = self.d.limits
        said = [
            (x.unrated, self._("Open exposures that are not rated: {n}.")),
            (x.inherent_only, self._("Rated only without regard to today's controls: {n}.")),
            (x.high_on_a_guess, self._("High levels on a guess, to be found out: {n}.")),
            (x.unclassed, self._("Technologies without a class: {n}.")),
            (x.without_exposure, self._("Technologies for which no route was considered: {n}.")),
        ]
        lines = [text.format(n=f"{n:,}") for n, text in said if n]
        if x.absent:
            lines.append(
                self._("Departments not present at the session: {departments}.").format(
                    departments=self.t.list_text([self.label(a) for a in x.absent])
                )
            )
        if not x.money:
            lines.append(self._("Amounts of money were not estimated."))
        lines.append(
            self._(
                "Levels are the judgement of the people in the session, not a measurement; a rating says how "
                "sure they were. Scale edition: {edition}."
            ).format(edition=x.scale_edition)
        )
        return Section(self._("Limits of the assessment"), tuple(lines))

    def record(self) -> Section:
        r = self.d.record
        rows = (
            (self._("Review session"), r.session),
            (self._("Period"), self.d.title.period),
            (self._("Redaction"), self.label(r.redaction)),
            (self._("Prepared by"), self.name(r.prepared_by)),
            (self._("Composed at"), r.composed_at.isoformat(" ", "minutes")),
            (self._("Entries in the history"), f"{r.sequence:,}"),
            (self._("Snapshot digest"), r.snapshot),
        )
        return Section(
            self._("Record"),
            (),
            (Column("", 44), Column("")),
            tuple((cell(label, "quiet"), cell(value)) for label, value in rows if value),
        )


def plain_text(document: d.BoardSummary, language: Language | None = None) -> str:
    """The same pages as lines of text, for a terminal: what a reader would get, before it is sealed."""
    pages = lay_out(document, language)
    front = pages.front
    lines = [pages.title, pages.subtitle, f"{pages.marking} / {pages.running}", ""]
    for title, tiles in ((front.levels_title, front.levels), (front.classes_title, front.classes)):
        if tiles:
            lines.append(f"{title}: " + "  ".join(f"{t.label} {t.value}" for t in tiles))
    lines.append(" ".join([front.movement_title, *(f"{t.label} {t.value}" for t in front.movement)]))
    lines += [front.asked] if front.asked else []
    if front.heat:
        lines += ["", front.heat.title]
        lines += [
            "".join(f"{h.count:>7,}" for h in heat) + f"   {name}"
            for name, heat in zip(front.heat.up_names, front.heat.rows, strict=True)
        ]
    if front.cards:
        lines += ["", front.cards_title]
    for card in front.cards:
        badge = f"[{card.badge.level} {card.badge.word}] " if card.badge.level else ""
        lines += [f"{card.rank}. {badge}{card.sentence}", f"   {card.where}"]
        lines += [f"   {_said(line)}" for line in (*card.facts, *card.below)]
    for section in pages.sections:
        lines += ["", f"== {section.title}", *section.intro]
        for row in section.rows:
            lines.append("- " + " | ".join(_cell_text(c) for c in row))
        if section.more:
            lines.append(section.more)
    return "\n".join(lines) + "\n"


def _said(line: Line) -> str:
    return f"{line.label}: {line.text}" if line.label else line.text


def _cell_text(content: Cell) -> str:
    if isinstance(content, Badge):
        return f"{content.level or ''} {content.word}".strip()
    return " / ".join(_said(line) for line in content)
