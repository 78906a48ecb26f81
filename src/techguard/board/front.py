"""The front page, which stands alone, and a page for each of the worst exposures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from techguard.domain import words as w

from . import document as d
from .blocks import Card, Front, Heat, HeatMap, Line, Node, Position, Sheet, Tile
from .wording import LONG, SIGNS, WORST, Wording, clip

_FRONT_SENTENCE = 112
_FRONT_LINE = 144


class FrontWriter(Wording):
    """Writes the pages that stand before the tables."""

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
            cards=() if one_matter else tuple(self.card(top) for top in self.d.top[:WORST]),
            nothing=self._("No exposure is rated yet.")
            if self.d.title.redaction < w.RedactionLevel.R2 and not self.d.top
            else "",
        )

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
            technology = self._("{name} (class\u00a0{criticality})").format(
                name=clip(technology, 44), criticality=top.criticality.value
            )
        facts = [Line(clip(self.name(top.owner), 44) or self._("No owner"), "strong", self._("Owner"))]
        if top.urgency:
            facts.append(Line(f"{top.urgency} {self.step('urgency', top.urgency)}", label=self._("Urgency")))
        if top.urgency_on:
            facts.append(
                Line(
                    self.join([self.short(top.urgency_on), self.label(top.urgency_event)]),
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
                    self.join([f"{SIGNS[top.arrow]} {self.moved(top.arrow)}", before]), label=self._("Trend")
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

    def sheet(self, top: d.TopExposure) -> Sheet:
        """One exposure on a page: the way it could leak, where it stands, what is done and asked."""
        nobody = self._("Nobody in particular")
        owner = self.name(top.owner) or self._("No owner")
        measures = d.Listing[d.Measure](rows=top.measures_listed, total=len(top.measures_listed))
        return Sheet(
            title=self._("Exposure {number}").format(number=top.label or top.rank),
            sentence=clip(top.sentence, LONG),
            badge=self.badge(top.level, top.arrow),
            chain=(
                Node(self._("Technology"), self.classed(top)),
                Node(self._("Route"), self.route(top.route, top.sub_route)),
                Node(self._("Engagement"), self.named(top.engagement) or nobody, top.engagement is None),
                Node(
                    self._("Counterparty"),
                    self.t.list_text([self.named(n) for n in top.counterparties]) or nobody,
                    not top.counterparties,
                ),
            ),
            facts=tuple(
                Line(text, "strong" if strong else "plain", label)
                for label, text, strong in (
                    (self._("Owner"), owner, True),
                    (self._("Hits hardest"), self.label(top.driver), False),
                    (
                        self._("Urgency"),
                        f"{top.urgency} {self.step('urgency', top.urgency)}" if top.urgency else "",
                        False,
                    ),
                    (
                        self._("Next date"),
                        self.join([self.day(top.urgency_on), self.label(top.urgency_event)]),
                        False,
                    ),
                    (self._("Confidence"), self.step("confidence", top.confidence), False),
                    (self._("Treatment"), self.label(top.treatment), False),
                    (self._("High since"), self.day(top.high_since), False),
                    (self._("Why it moved"), self.change(top.change), False),
                    (self._("Next step"), clip(top.next_step, LONG) or self._("None stated"), False),
                )
                if text
            ),
            position=self.position(top),
            measures=self.listed(
                self._("Countermeasures: {number}").format(number=top.label or top.rank),
                measures,
                self.measure_columns(),
                self.measure_row(measures),
            ),
            asked=Line(
                clip(top.decision_asked, LONG) or self._("No decision is asked."),
                "asked" if top.decision_asked else "quiet",
                self._("Decision asked"),
            ),
        )

    def position(self, top: d.TopExposure) -> Position | None:
        """Where an exposure stands on the matrix, and where it stood at the session before."""
        levels = {(c.likelihood, c.impact): c.level for c in self.d.heat_map.cells}
        if not top.likelihood or not top.impact or (top.likelihood, top.impact) not in levels:
            return None
        likelihood_up = self.d.heat_map.upright == "likelihood"
        size = (max(a for a, _b in levels), max(b for _a, b in levels))
        high, broad = size if likelihood_up else size[::-1]
        up, across = ("likelihood", "impact") if likelihood_up else ("impact", "likelihood")

        def at(likelihood: int, impact: int) -> tuple[int, int]:
            upward, aside = (likelihood, impact) if likelihood_up else (impact, likelihood)
            return high - upward, aside - 1

        def level(row: int, column: int) -> int:
            upward, aside = high - row, column + 1
            return levels[(upward, aside) if likelihood_up else (aside, upward)]

        now = at(top.likelihood, top.impact)
        before = (
            at(top.likelihood_before, top.impact_before)
            if top.likelihood_before and top.impact_before
            else None
        )
        words = {"likelihood": self._("Likelihood"), "impact": self._("Impact")}
        stands = [
            f"{words['likelihood']} {top.likelihood} {self.step('likelihood', top.likelihood)}",
            f"{words['impact']} {top.impact} {self.step('impact', top.impact)}",
        ]
        moved = before is not None and before != now
        came = self._("before: likelihood {likelihood}, impact {impact}").format(
            likelihood=top.likelihood_before, impact=top.impact_before
        )
        return Position(
            levels=tuple(tuple(level(row, column) for column in range(broad)) for row in range(high)),
            up=words[up],
            across=words[across],
            up_names=tuple(self.step(up, n) for n in range(high, 0, -1)),
            across_names=tuple(self.step(across, n) for n in range(1, broad + 1)),
            now=now,
            then=before if moved else None,
            said=self.join([*stands, came if moved else ""]),
        )
