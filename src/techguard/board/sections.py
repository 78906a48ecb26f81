"""The sections behind the front page: one for each question a board may ask."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import date
from itertools import pairwise

from techguard import catalog
from techguard.domain import gaps
from techguard.domain import words as w
from techguard.domain.kinds import KINDS

from . import document as d
from .blocks import Bar, Bars, Cell, Column, Line, Map, MapRow, Section, Spark
from .plots import PlotWriter
from .wording import LONG, SIGNS, WORST, cell, clip

_LONG_HIGH = 180
"""Days after which a high exposure is an old one."""
_A_LINE = 2
"""Numbers that make a line."""


class SectionWriter(PlotWriter):
    """Writes the sections."""

    def sections(self) -> Iterable[Section]:
        if self.d.title.redaction is w.RedactionLevel.R2:
            return [self.detail(self._("Exposures of this matter"), self.d.top), self.record()]
        told = [
            *([] if self.d.decisions.total else [self.decisions()]),
            *(
                []
                if not self.d.top[WORST:]
                else [self.detail(self._("Further high exposures"), self.d.top[WORST:])]
            ),
            self.leak_map(),
            *([self.money(self.d.money)] if self.d.money else []),
            *(self.plan(plan) for plan in self.d.plans),
            self.movement(),
            self.ageing(),
            self.indicators(),
            self.gaps(),
            self.progress(),
            self.pressing(),
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

    def decisions(self) -> Section:
        return self.listed(
            self._("Decisions asked"),
            self.d.decisions,
            (
                Column(self._("Number"), 19),
                Column(self._("What is asked")),
                Column(self._("Category"), 28),
                Column(self._("Owner"), 34),
                Column(self._("Due"), 20),
            ),
            lambda a: (
                cell(a.label, "quiet"),
                cell(clip(a.text, LONG), "strong"),
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
                cell(self.short(a.due)),
            ),
        )

    def leak_map(self) -> Section:
        title = self._("Leak map: technologies and the routes they could take")
        found = self.d.leak_map
        if not found.listed.rows:
            return self.listed(title, found.listed, (), lambda _row: ())
        signs = {None: "", 0: "?", -1: "×"}
        rest = found.listed.total - len(found.listed.rows)
        more = self._("and {count} more in the register")
        legend = self._(
            "A number is the worst level there; ? is not rated yet, × was considered and ruled out. "
            "Nobody has considered an empty field: those are the ones to ask about ({n} in all)."
        ).format(n=f"{found.blank:,}")
        return Section(
            title,
            short=self._("Leak map"),
            figure=Map(
                columns=tuple(self.route(r) for r in found.routes),
                rows=tuple(
                    MapRow(
                        self.join([row.criticality or "–", clip(self.name(row.technology), 60)]),
                        tuple(signs.get(level, str(level)) for level in row.levels),
                    )
                    for row in found.listed.rows
                ),
                legend=self._("{name} ({role})").format(name=legend, role=more.format(count=self.count(rest)))
                if rest
                else legend,
            ),
        )

    def money(self, found: d.Money) -> Section:
        """Ranges, never a single number, with what they rest on."""
        years = [
            (self._("Without measures"), found.before),
            (self._("Today"), found.today),
            (self._("As planned"), found.planned),
        ]
        shown = [(name, year) for name, year in years if year is not None]

        amounts = (f for _n, y in shown for f in (y.if_any, y.p95, y.p99, y.mean) if f)
        say = self.t.estimates(n for f in amounts for n in (f.value, f.low, f.high))

        def chance(figure: d.Figure) -> Cell:
            return _between(figure, self.t.chance_text)

        def yen(figure: d.Figure | None) -> Cell:
            if figure is None:
                return cell("")
            return _between(figure, say)

        rows = (
            (self._("Chance of any loss in a year"), [chance(y.p_any) for _n, y in shown]),
            (self._("Loss in a year when there is one"), [yen(y.if_any) for _n, y in shown]),
            (self._("Not exceeded in 95 of 100 years"), [yen(y.p95) for _n, y in shown]),
            (self._("Not exceeded in 99 of 100 years"), [yen(y.p99) for _n, y in shown]),
            (self._("On average a year"), [yen(y.mean) for _n, y in shown]),
        )
        said = [
            self.t.ngettext(
                "{n} exposure is estimated in money.",
                "{n} exposures are estimated in money.",
                found.estimated,
            ).format(n=f"{found.estimated:,}"),
            self.t.ngettext(
                "{n} open exposure is not estimated: no figure holds anything of it.",
                "{n} open exposures are not estimated: no figure holds anything of them.",
                found.without,
            ).format(n=f"{found.without:,}")
            if found.without
            else "",
            self._("Estimates of the lowest confidence: {n}.").format(n=f"{found.guesses:,}")
            if found.guesses
            else "",
        ]
        return Section(
            self._("Money: what the estimated exposures could cost in a year"),
            tuple(s for s in said if s),
            (Column("", 46), *(Column(name, 0, "right") for name, _y in shown)),
            tuple((cell(label, "strong"), *cells) for label, cells in rows),
            self._(
                "Drawn: {trials} years, seed {seed}. In brackets: what drawing alone leaves open, 95%; how "
                "good the estimates are it cannot say."
            ).format(trials=f"{found.trials:,}", seed=found.seed),
            figure=self.exceedance(found),
            short=self._("Money"),
        )

    def plan(self, found: d.Plan) -> Section:
        """The countermeasures that are worth most, each with a plain reason, and the frontier."""
        from techguard.quant.plan import Reason

        by_money = found.by == "money"
        title = (
            self._("Where the next yen goes: by money")
            if by_money
            else self._("Where the next yen goes: by levels")
        )
        if found.too_many:
            said = self._(
                "There are {n} countermeasures to come with a cost: too many to weigh up here. `techguard "
                "plan` chooses among them."
            )
            return Section(title, (said.format(n=f"{found.candidates:,}"),))
        reasons = {reason.value: reason for reason in Reason}
        say = self.saying(found)
        section = self.listed(
            title,
            found.listed,
            (
                Column("", 14),
                Column(self._("Number"), 19),
                Column(self._("Countermeasure")),
                Column(self._("Cost"), 24, "right"),
                Column(self._("Saves a year") if by_money else self._("Lowers"), 22, "right"),
                Column(self._("Why"), 44),
            ),
            lambda m: (
                cell(self._("in") if m.chosen else self._("out"), "strong" if m.chosen else "quiet"),
                cell(m.label, "quiet"),
                (
                    *([Line(clip(m.title, LONG), "strong" if m.chosen else "plain")] if m.title else []),
                    *(
                        [Line(catalog.countermeasures()[m.catalog_id].title.in_(self.language), "quiet")]
                        if m.catalog_id
                        else []
                    ),
                )
                or cell(""),
                cell("" if m.cost is None else say.cost(m.cost)),
                cell(
                    (say.loss(m.saves) if m.saves else "")
                    if by_money
                    else (f"{m.lowers:,}" if m.lowers else "")
                ),
                cell(self.join([self.label(reasons[m.reason]), self.t.list_text(list(m.others))])),
            ),
            self._plan_said(found),
        )
        short = self._("Plan by money") if by_money else self._("Plan by levels")
        return dataclasses.replace(section, figure=self.frontier(found), tall=True, short=short)

    def _plan_said(self, found: d.Plan) -> tuple[str, ...]:
        by_money = found.by == "money"
        say = self.saying(found)
        goals = {
            (True, False): self._(
                "The countermeasures to come that save most after their costs over {years} years."
            ),
            (False, False): self._(
                "The cheapest countermeasures to come that lower as many high exposures as can be."
            ),
            (True, True): self._(
                "The countermeasures to come that lower the expected loss most within {budget} over {years} "
                "years."
            ),
            (False, True): self._(
                "The countermeasures to come that lower most high exposures within {budget} over {years} "
                "years."
            ),
        }
        goal = goals[by_money, found.budget is not None]
        reached = (
            self._("Cost over {years} years: {cost}. Expected loss a year: {before} → {after}.").format(
                years=found.years,
                cost=say.cost(found.cost),
                before=say.loss(found.loss_before),
                after=say.loss(found.loss_after),
            )
            if by_money
            else self._("Cost over {years} years: {cost}. High exposures: {before} → {after}.").format(
                years=found.years,
                cost=say.cost(found.cost),
                before=f"{found.high_before:,}",
                after=f"{found.high_after:,}",
            )
        )
        proven = (
            self._("It may be short of the best choice by {gap}.").format(gap=f"{found.gap:.2%}")
            if found.gap
            else self._("No other choice does better: it is proven.")
        )
        useless = (
            self.t.ngettext(
                "{n} countermeasure has no known effect that counts here: it was left out.",
                "{n} countermeasures have no known effect that counts here: they were left out.",
                found.without_effect,
            ).format(n=f"{found.without_effect:,}")
            if found.without_effect
            else ""
        )
        space = "" if self.language == "ja" else " "
        return (
            goal.format(years=found.years, budget=say.cost(found.budget or 0)),
            space.join(s for s in (reached, proven, useless) if s),
        )

    def ageing(self) -> Section:
        title = self._("How long high exposures have been high")
        found = self.d.movement.ageing
        if not any(n.count for n in found.counts) and not found.unknown:
            return Section(title, (self._("None."),), nothing=True)
        most = [n.days for n in found.counts[1:]]
        labels = [
            self._("Less than {n} days").format(n=most[0]) if most else "",
            *(self._("{least} to {most} days").format(least=a, most=b - 1) for a, b in pairwise(most)),
            self._("{n} days and more").format(n=most[-1]) if most else "",
        ]
        bars = tuple(
            Bar(label, n.count, n.count if n.days >= _LONG_HIGH else 0)
            for label, n in zip(labels, found.counts, strict=True)
        )
        said = [
            self._("The oldest has been high since {date}.").format(date=self.day(found.oldest))
            if found.oldest
            else "",
            self._("Of {n} it is not known since when.").format(n=f"{found.unknown:,}")
            if found.unknown
            else "",
        ]
        return Section(
            title,
            figure=Bars(
                self._("Open exposures of a high level, by the days since they became so"),
                bars,
                self._("under half a year"),
                self._("half a year and more"),
                " ".join(s for s in said if s),
            ),
        )

    def detail(self, title: str, exposures: tuple[d.TopExposure, ...]) -> Section:
        return self.listed(
            title,
            d.Listing[d.TopExposure](rows=exposures, total=len(exposures)),
            (Column("", 20), Column(self._("Exposure")), Column(self._("Rating and measures"), 66)),
            self.detail_row,
        )

    def detail_row(self, top: d.TopExposure) -> tuple[Cell, ...]:
        what = [Line(clip(top.sentence, LONG), "strong")] if top.sentence else []
        pairs = (
            (self._("Technology"), self.classed(top)),
            (self._("Route"), self.route(top.route, top.sub_route)),
            (self._("Engagement"), self.named(top.engagement)),
            (self._("Counterparties"), self.t.list_text([self.named(n) for n in top.counterparties])),
            (self._("Owner"), self.name(top.owner)),
            (self._("Next step"), clip(top.next_step, LONG)),
            (self._("Decision asked"), clip(top.decision_asked, LONG)),
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
                cell(f"{SIGNS[m.movement]} {self.moved(m.movement)}", "strong"),
                cell(self.levels(m.level_before, m.level)),
                (Line(clip(m.sentence, LONG)), Line(self.name(m.technology), "quiet")),
                cell(self.change(m.change)),
            ),
            (self.join([f"{t.label} {t.value}" for t in self.movement_tiles()]),),
            short=self._("What changed"),
        )

    def indicators(self) -> Section:
        states = {
            "green": self.t.pgettext("state of an indicator", "Within limits"),
            "amber": self.t.pgettext("state of an indicator", "Watch"),
            "red": self.t.pgettext("state of an indicator", "Act"),
            "": "",
        }
        known = catalog.kris()
        compared = any(v is not None for k in self.d.indicators for v in (k.previous, *k.trend))
        return self.listed(
            self._("Key risk indicators"),
            d.Listing[d.Indicator](rows=self.d.indicators, total=len(self.d.indicators)),
            (
                Column("", 12),
                Column(self._("Indicator")),
                Column(self._("Now"), 18, "right"),
                *(
                    (Column(self._("Last time"), 22, "right"), Column(self._("Trend"), 30))
                    if compared
                    else ()
                ),
                Column(self._("State"), 28),
            ),
            lambda k: (
                cell(k.id, "quiet"),
                cell(known[k.id].in_(self.language)),
                cell("" if k.value is None else f"{k.value:,}", "strong"),
                *((cell("" if k.previous is None else f"{k.previous:,}"), self.trend(k)) if compared else ()),
                cell(states[k.state], "strong" if k.state == "red" else "plain"),
            ),
        )

    def trend(self, k: d.Indicator) -> Cell:
        """An indicator over the sessions that kept it and today; a dash where there is nothing to compare."""
        values = (*k.trend, k.value)
        known = [n for n in values if n is not None]
        if len(known) < _A_LINE:
            return cell("")
        return Spark(values, " → ".join(f"{n:,}" for n in known))

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
        said = (self.join(states), self.join(numbers))
        return Section(
            self._("Progress of countermeasures"), tuple(s for s in said if s), figure=self._burn_down()
        )

    def pressing(self) -> Section:
        return self.listed(
            self._("Countermeasures overdue or due within 90 days"),
            self.d.progress.pressing,
            self.measure_columns(),
            self.measure_row(self.d.progress.pressing),
            short=self._("Countermeasures due"),
        )

    def _burn_down(self) -> Bars | None:
        """Countermeasures left to do, by quarters: as it was, and as it will be if all dates are kept."""
        left = self.d.progress.left
        if not any(n.open for n in left):
            return None
        return Bars(
            self._("Countermeasures left to do at the end of each quarter"),
            tuple(Bar(self.short(n.on), n.open, n.late, n.planned) for n in left),
            self._("left to do"),
            self._("late"),
            self._(
                "Dates to come: if every countermeasure is done by its date. Late ones and those without a "
                "date stay until they are done."
            ),
        )

    def capital(self) -> Section:
        return self.listed(
            self._("Capital policy"),
            self.d.capital,
            (
                Column(self._("Number"), 19),
                Column(self._("Engagement")),
                Column(self._("Stage"), 19),
                Column(self._("Disclosure scope"), 25),
                Column(self._("Next date"), 22),
                Column(self._("Highest level"), 22),
                Column(self._("Owner"), 39),
            ),
            lambda c: (
                cell(c.label, "quiet"),
                (Line(self.name(c.name), "strong"), Line(self.label(c.kind), "quiet")),
                cell(self.label(c.stage)),
                cell(self.label(c.disclosure)),
                (
                    Line(self.short(c.next_on) or "–"),
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
            short=self._("Single holders"),
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
            short=self._("Danger zone"),
        )

    def agreements(self) -> Section:
        section = self._agreements_listed()
        calendar = self._agreements_ahead()
        return dataclasses.replace(section, figure=calendar, nothing=False) if calendar else section

    def _agreements_ahead(self) -> Bars | None:
        """A calendar of agreements running out, quarter by quarter."""
        ahead = self.d.agreements_ahead
        if not any(n.count for n in ahead):
            return None
        return Bars(
            self._("Agreements that end, quarter by quarter"),
            tuple(Bar(self._("to {date}").format(date=self.short(n.on)), n.count, n.ndas) for n in ahead),
            self._("other agreements"),
            self._("NDAs"),
            "",
        )

    def _agreements_listed(self) -> Section:
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
                cell(self.short(a.survives_until)),
                cell(f"{a.highest_level} {self.step('level', a.highest_level)}" if a.highest_level else ""),
            ),
            short=self._("Agreements ending"),
        )

    def until(self, on: date | None, ended: str) -> Cell:
        return (
            Line(self.short(on) or "–", "strong" if ended else "plain"),
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
                    Line(clip(e.sentence, LONG)),
                    *([Line(clip(e.reason, LONG), "quiet")] if e.reason else []),
                ),
                cell(self.levels(e.level_at, e.level)),
                (Line(self.name(e.by) or "–"), *([Line(self.label(e.role), "quiet")] if e.role else [])),
                self.until(e.until, self._("Past its date") if e.ended else ""),
            ),
            (intro,),
            short=self._("Accepted exposures"),
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
            short=self._("Regulatory checks"),
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
                Column(self._("Technology"), 42),
                Column(self._("Observed on"), 23),
                Column(self._("Status"), 20),
            ),
            lambda x: (
                cell(x.label, "quiet"),
                cell(self.label(x.kind), "strong" if x.kind is w.ObservationKind.INCIDENT else "plain"),
                (
                    Line(clip(x.title, LONG)),
                    *(
                        [Line(catalog.signs()[x.sign].in_(self.language), "quiet")]
                        if x.sign
                        else [Line(self.route(x.route), "quiet")]
                        if x.route
                        else []
                    ),
                    *([Line(clip(x.lessons, LONG), label=self._("Lessons"))] if x.lessons else []),
                ),
                cell(self.name(x.technology)),
                cell(self.short(x.on)),
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
                (Line(clip(c.topic, LONG)), *([Line(clip(c.outcome, LONG), "quiet")] if c.outcome else [])),
                cell(self.label(c.authority)),
                cell(self.short(c.on)),
                cell(self.label(c.status)),
                cell(self.label(c.antitrust_review)),
            ),
            short=self._("Consultations"),
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
            short=self._("Checklists"),
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
        if not x.money and self.d.title.redaction <= w.RedactionLevel.R1:  # above it, none is shown
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
        signed = self.join([self.name(r.signed_by), self.day(r.signed_on)])
        if not signed and r.session:
            signed = self._("Not signed off: the session is not closed yet.")
        rows = (
            (self._("Review session"), r.session),
            (self._("Period"), self.d.title.period),
            (self._("Redaction"), self.label(r.redaction)),
            (self._("Prepared by"), self.name(r.prepared_by)),
            (self._("Signed off by"), signed),
            (self._("Recipients"), self.t.list_text(list(r.recipients))),
            (self._("Composed at"), r.composed_at.isoformat(" ", "minutes")),
            (self._("Entries in the history"), f"{r.sequence:,}"),
            (self._("Snapshot digest"), r.snapshot),
        )
        shown = tuple((cell(label, "quiet"), cell(value)) for label, value in rows if value)
        if r.checkpoint:
            shown += ((cell(self._("Checkpoint"), "quiet"), tuple(map(Line, printed(r.checkpoint)))),)
        return Section(self._("Record"), (), (Column("", 44), Column("")), shown)


def printed(checkpoint: str) -> list[str]:
    """The lines of a checkpoint for paper: all but the signature with ML-DSA-65, which fills half a page.

    What is left is a whole note with the first of its signatures (Ed25519).
    """
    return [line for line in checkpoint.splitlines() if line and len(line) < _PRINTED_LINE]


_PRINTED_LINE = 400


def _between(figure: d.Figure, say: Callable[[float], str]) -> Cell:
    """A figure, and below it the range around it."""
    return Line(say(figure.value), "strong"), Line(f"({say(figure.low)} – {say(figure.high)})", "quiet")
