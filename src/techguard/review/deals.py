"""What-if for a deal: its variants side by side, and the decision that rests on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from techguard import catalog, present
from techguard.domain import errors as refused
from techguard.domain import items as i
from techguard.domain import whatif
from techguard.domain import words as w
from techguard.i18n import _, labelled, language, list_text, sentences
from techguard.register import Query, Register, Where

Row = tuple[str, str, str]
"""A row of the comparison: technology, route, and the exposure it rests on (else its scenario)."""


def row_of(assumed: i.Assumption) -> Row:
    """The row an assumed exposure stands in."""
    return assumed.technology, assumed.route, assumed.exposure or assumed.title


@dataclass(frozen=True, slots=True)
class Column:
    """A variant with what it assumes, by row."""

    variant: i.Variant
    cells: dict[Row, i.Assumption]

    @property
    def worst(self) -> int | None:
        """The highest level, or None when nothing is rated."""
        return max((a.level for a in self.cells.values() if a.level), default=None)

    def high(self, high_from: int) -> int:
        """How many assumed exposures need an executive's decision."""
        return sum((a.level or 0) >= high_from for a in self.cells.values())

    @property
    def unrated(self) -> int:
        """How many have no level: unknown, not safe."""
        return sum(a.level is None for a in self.cells.values())

    @property
    def proposed(self) -> int:
        """How many nobody has confirmed yet."""
        return sum(a.standing is w.AssumptionStanding.PROPOSED for a in self.cells.values())


@dataclass(frozen=True, slots=True)
class Deal:
    """An engagement with its variants, and the rows in which they are compared."""

    engagement: i.Engagement
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    technologies: dict[str, i.Technology]
    refs: dict[str, str]
    """The numbers of the exposures that rows rest on."""
    decided: tuple[i.Comparison, ...]

    def differs(self, row: Row) -> bool:
        """Whether the variants do not all bring the same level here."""
        return len({_level(c.cells.get(row)) for c in self.columns}) > 1


def _level(cell: i.Assumption | None) -> int | None:
    return cell.level if cell is not None else 0


def is_deal(engagement: i.Engagement) -> bool:
    """Whether variants can be compared for it."""
    return engagement.kind in whatif.DEALS


def deal(register: Register, engagement: str) -> Deal:
    """The comparison as it stands: variants in the order they were made, rows by worst level first."""
    found = register.get(engagement, i.Engagement)
    variants = sorted(register.find(i.Variant, engagement=found.id), key=lambda v: v.ref)
    assumed = register.find(
        i.Assumption, Query(where=(Where("variant", "in", tuple(v.id for v in variants)),))
    ) if variants else []  # fmt: skip
    columns = tuple(Column(v, {row_of(a): a for a in assumed if a.variant == v.id}) for v in variants)
    technologies = {
        id_: register.get(id_, i.Technology)
        for id_ in {*found.technologies, *(a.technology for a in assumed)}
    }
    worst: dict[Row, int] = {}
    for a in assumed:
        row = row_of(a)
        worst[row] = max(worst.get(row, 0), a.level or 0)
    refs = {id_: n.ref for id_, n in register.titles({a.exposure for a in assumed if a.exposure}).items()}
    rows = sorted(worst, key=lambda r: (-worst[r], technologies[r[0]].ref, r[1], refs.get(r[2], "")))
    decided = tuple(sorted(register.find(i.Comparison, engagement=found.id), key=lambda c: c.ref))
    return Deal(found, tuple(rows), columns, technologies, refs, decided)


# --- Making variants ---------------------------------------------------------------------------------------


def rows_of(register: Register, engagement: i.Engagement) -> list[tuple[str, str, str | None]]:
    """What a variant must say something about: technology, route and exposure for every open exposure of the
    engagement; and for each of its other technologies at least the route that such a deal opens.
    """
    rows: list[tuple[str, str, str | None]] = [
        (x.technology, x.route, x.id)
        for x in sorted(register.find(i.Exposure, engagement=engagement.id), key=lambda x: x.ref)
        if x.route and x.status is not w.ExposureStatus.CLOSED
    ]
    considered = {technology for technology, _route, _exposure in rows}
    route = whatif.DEALS.get(engagement.kind, "") if engagement.kind else ""
    if route:
        rows += [(t, route, None) for t in engagement.technologies if t not in considered]
    return rows


def add_variant(
    register: Register,
    engagement: str,
    title: str,
    *,
    stage: w.Stage | None = None,
    disclosure: w.DisclosureScope | None = None,
) -> i.Variant:
    """A new variant with a proposal in every row. Raises `NothingToCompare`, `Invalid`."""
    deal_ = register.get(engagement, i.Engagement)
    rows = rows_of(register, deal_)
    if not rows:
        raise refused.NothingToCompare(ref=deal_.ref)
    with register.act():
        variant = register.add(
            i.Variant.model_construct(engagement=deal_.id, title=title, stage=stage or deal_.stage)
        )
        for technology, route, exposure in rows:
            known = register.ground(technology, route, deal_.id, exposure)
            measures = tuple(dict.fromkeys(c.catalog_id for c in known.countermeasures if c.catalog_id))
            register.add(
                _proposed(
                    register,
                    variant,
                    technology,
                    route,
                    exposure,
                    known,
                    disclosure or deal_.disclosure_scope,
                    measures,
                )
            )
    return variant


def copy_variant(register: Register, variant: str, title: str) -> i.Variant:
    """The same once more under another name, every cell as it stands."""
    before = register.get(variant, i.Variant)
    with register.act():
        made = register.add(before.model_copy(update={"id": i.new_id(), "ref": "", "title": title}))
        for a in sorted(register.find(i.Assumption, variant=before.id), key=lambda a: a.ref):
            register.add(a.model_copy(update={"id": i.new_id(), "ref": "", "variant": made.id}))
    return made


def _proposed(
    register: Register,
    variant: i.Variant,
    technology: str,
    route: str,
    exposure: str | None,
    known: whatif.Ground,
    disclosure: w.DisclosureScope | None,
    measures: Sequence[str],
) -> i.Assumption:
    found = whatif.propose(known, disclosure, measures, register.scale)
    core = register.get(technology, i.Technology)
    scenario = known.exposure.title if known.exposure else present.route_name(route, language())
    return i.Assumption(
        variant=variant.id,
        technology=core.id,
        title=scenario,
        route=route,
        sub_route=known.exposure.sub_route if known.exposure else "",
        exposure=exposure,
        disclosure=disclosure,
        measures=tuple(measures),
        likelihood=found.likelihood,
        impact=found.impact,
        rationale=why(known, found, disclosure),
    )


def why(known: whatif.Ground, found: whatif.Proposal, disclosure: w.DisclosureScope | None) -> str:
    """What a proposal rests on, step by step, in the reader's language."""
    lang = language()
    parts: list[str] = []
    if found.start is None:
        parts.append(_("Nothing is rated on this route yet: the likelihood is unknown, not low."))
    else:
        assert known.exposure is not None
        text = (
            _("Starts from likelihood {n} before controls ({ref}).")
            if known.before_controls
            else _("Starts from the standing likelihood {n} ({ref}); its controls are in it.")
        )
        parts.append(text.format(n=found.start, ref=known.exposure.ref))
        if disclosure is not None:
            name = present.choice_label(disclosure, lang)
            then = present.choice_label(known.disclosure, lang) if known.disclosure else _("not stated")
            if found.shift:
                text = _("Disclosure {now} instead of {then}: {shift:+d}.")
                parts.append(text.format(now=name, then=then, shift=found.shift))
            else:
                parts.append(
                    _("Disclosure {now} ({then} when rated): no change.").format(now=name, then=then)
                )
        if found.credit:
            parts.append(_("Tested countermeasures: -{n}.").format(n=found.credit))
    if found.untested:
        names = list_text([measure_name(m) for m in found.untested])
        parts.append(_("Not tested, so lowering nothing: {measures}.").format(measures=names))
    if found.impact is None:
        parts.append(_("The impact is unknown: rate the technology's impact first."))
    return sentences(parts)


def measure_name(id_: str) -> str:
    """A catalogue measure by number and name; an unknown one as it was written."""
    entry = catalog.countermeasures().get(id_)
    return f"{id_} {entry.title.in_(language())}" if entry else id_


def propose(
    register: Register,
    assumption: i.Assumption,
    disclosure: w.DisclosureScope | None,
    measures: Sequence[str],
) -> i.Assumption:
    """A cell as it would be proposed under another disclosure or other measures; nothing is kept."""
    variant = register.get(assumption.variant, i.Variant)
    known = register.ground(assumption.technology, assumption.route, variant.engagement, assumption.exposure)
    found = whatif.propose(known, disclosure, measures, register.scale)
    return assumption.model_copy(
        update={
            "disclosure": disclosure,
            "measures": tuple(measures),
            "likelihood": found.likelihood,
            "impact": found.impact,
            "level": found.level,
            "standing": w.AssumptionStanding.PROPOSED,
            "rationale": why(known, found, disclosure),
        }
    )


_KEPT = ("disclosure", "measures", "likelihood", "impact", "standing", "rationale")


def assume(register: Register, wanted: i.Assumption) -> i.Assumption:
    """Keep a cell. What is disclosed of a technology is disclosed on its other routes too: their cells in
    this variant are proposed anew where the disclosure is another. Raises `UntestedHope`, `Invalid`.
    """
    with register.act():
        now = register.get(wanted.id, i.Assumption)
        kept = register.change(now, **{name: getattr(wanted, name) for name in _KEPT})
        others = register.find(i.Assumption, variant=kept.variant, technology=kept.technology)
        for other in others:
            if other.id != kept.id and other.disclosure is not kept.disclosure:
                anew = propose(register, other, kept.disclosure, other.measures)
                register.change(other, **{name: getattr(anew, name) for name in _KEPT})
    return kept


# --- Deciding ----------------------------------------------------------------------------------------------


def decide(
    register: Register,
    engagement: str,
    *,
    verdict: w.Verdict,
    chosen: str | None,
    conditions: str = "",
    reason: str = "",
    owner: str,
    due: date,
) -> i.Comparison:
    """Decide a deal: a decision, and with it the comparison as it stood, frozen for good, in one act.

    Go, and go with conditions, name a variant; conditions name them. Raises `Undecidable`, `Invalid`.
    """
    now = deal(register, engagement)
    column = next((c for c in now.columns if c.variant.id == chosen), None)
    if not now.columns or (verdict is not w.Verdict.NO_GO and column is None):
        raise refused.Undecidable(ref=now.engagement.ref)
    if verdict is w.Verdict.CONDITIONS and not conditions.strip():
        raise refused.Invalid([refused.Problem("conditions", refused.REQUIRED, "Conditions")])
    lang = language()
    name = f"{column.variant.ref} {column.variant.title}" if column else ""
    said = present.choice_label(verdict, lang)
    title = (
        _("{deal}: {verdict} by variant {variant}") if column else _("{deal}: {verdict}")
    ).format(deal=now.engagement.title, verdict=said, variant=name)[:300]  # fmt: skip
    seq, digest = register.head
    with register.act(title):
        decision = register.add(
            i.Decision(
                title=title,
                category=whatif.category(now.engagement.kind),
                status=w.DecisionStatus.DECIDED,
                engagement=now.engagement.id,
                reason=reason,
                owner=owner,
                due=due,
                decided_on=register.today,
                note=conditions,
            )
        )
        return register.add(
            i.Comparison.model_construct(
                engagement=now.engagement.id,
                decision=decision.id,
                title=title,
                verdict=verdict,
                chosen=column.variant.id if column else None,
                conditions=conditions,
                table=as_text(now, register.scale.high_from),
                snapshot_seq=seq,
                snapshot=digest,
            )
        )


def as_text(now: Deal, high_from: int) -> str:
    """The comparison as plain text, for a record or a screen reader: every variant with all its cells."""
    lang = language()
    lines: list[str] = []
    for column in now.columns:
        v = column.variant
        lines.append(f"{v.ref} {v.title} ({present.choice_label(v.stage, lang)})")
        lines.append("  " + summary(column, high_from))
        for row in now.rows:
            cell = column.cells.get(row)
            place = place_name(now, row)
            if cell is None:
                lines.append("  " + labelled(place, _("not considered")))
                continue
            given = [_("level {level}").format(level=level_words(cell.level))]
            given.append(f"{cell.likelihood or '?'} x {cell.impact or '?'}")
            if cell.disclosure:
                given.append(present.choice_label(cell.disclosure, lang))
            if cell.measures:
                given.append(" ".join(cell.measures))
            given.append(present.choice_label(cell.standing, lang))
            lines.append("  " + labelled(place, list_text(given)))
        lines.append("")
    return "\n".join(lines).strip()


def place_name(now: Deal, row: Row) -> str:
    """A row in words: exposure if there is one, technology, route."""
    technology = now.technologies[row[0]]
    lead = f"{now.refs[row[2]]} " if row[2] in now.refs else ""
    return f"{lead}{technology.ref} {technology.code_name} x {present.route_name(row[1], language())}"


def level_words(level: int | None) -> str:
    """A level as a number and a word; without one, that it is not rated."""
    word = present.level_word(level, language())
    return f"{level} {word}" if level else word


def summary(column: Column, high_from: int) -> str:
    """A variant in one line: its highest level, how many are high, what is unknown or unconfirmed."""
    text = _("highest {level}; level {high} and above: {n}; not rated: {unrated}; proposals: {proposed}")
    return text.format(
        level=level_words(column.worst),
        high=high_from,
        n=column.high(high_from),
        unrated=column.unrated,
        proposed=column.proposed,
    )
