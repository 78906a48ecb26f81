"""What a deal would bring: starting levels for a technology on a route, proposed openly (domain.md §6c.5).

A proposal says what it rests on, step by step, so that a person can confirm or change it. Three laws hold:

* the more is disclosed, the higher (never the lower) the likelihood; what a leak would cost stays the same;
* only a countermeasure that was tested lowers a likelihood; a planned one is a hope;
* what is done on one route changes nothing on another: a proposal knows of no route but its own.

What is not known stays unknown: without a rating to start from nothing is proposed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from .items import Countermeasure, Exposure, Rating, Technology
from .rules import credit
from .scales import Scale
from .words import Basis, DecisionCategory, DisclosureScope, EngagementKind

DISCLOSED: Mapping[DisclosureScope, int] = MappingProxyType({d: n for n, d in enumerate(DisclosureScope)})
"""How much a disclosure gives away: none 0, results only 1, black box 2, partial 3, full 4."""

USUAL = DisclosureScope.PARTIAL
"""What a rating is taken to have assumed where nobody said what was disclosed."""

DEALS: Mapping[EngagementKind, str] = MappingProxyType({
    EngagementKind.JOINT_RESEARCH: "R01",
    EngagementKind.CO_DEVELOPMENT: "R01",
    EngagementKind.MA_SELL: "R02",
    EngagementKind.MA_BUY: "R02",
    EngagementKind.DIVESTITURE: "R02",
    EngagementKind.CAPITAL_ALLIANCE: "R03",
    EngagementKind.LISTING: "R03",
    EngagementKind.JV: "R06",
    EngagementKind.OVERSEAS_PRODUCTION: "R06",
    EngagementKind.LICENSE_OUT: "R07",
    EngagementKind.TECHNICAL_ASSISTANCE: "R07",
})  # fmt: skip
"""The kinds of engagement that are decided as a deal, each with the route it opens in any case."""

_CAPITAL = frozenset({EngagementKind.LISTING, EngagementKind.CAPITAL_ALLIANCE})


def category(kind: EngagementKind | None) -> DecisionCategory:
    """What kind of decision a deal asks for: listing and capital alliance are capital policy."""
    return DecisionCategory.CAPITAL_POLICY if kind in _CAPITAL else DecisionCategory.GO_NO_GO


@dataclass(frozen=True, slots=True)
class Ground:
    """What the register knows of one technology on one route, before any variant.

    `likelihood` is the one before controls if it was ever rated (`before_controls`), else the standing one,
    in which controls are already counted. `disclosure`: what was disclosed when it was rated.
    """

    exposure: Exposure | None = None
    likelihood: int | None = None
    before_controls: bool = False
    impact: int | None = None
    disclosure: DisclosureScope | None = None
    countermeasures: tuple[Countermeasure, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Starting levels and the steps that led to them.

    `start` is the likelihood the ground gave, `shift` what the disclosure adds or takes away, `credit` what
    tested countermeasures take away, `untested` the measures that earn nothing yet.
    """

    likelihood: int | None
    impact: int | None
    level: int | None
    start: int | None
    shift: int
    credit: int
    untested: tuple[str, ...]


def ground(
    technology: Technology,
    exposures: Sequence[tuple[Exposure, Sequence[Rating], DisclosureScope | None]],
    countermeasures: Iterable[Countermeasure] = (),
) -> Ground:
    """The ground under a technology on one route, from its exposures there (ratings in order of record).

    The worst of them counts, by level, then by likelihood. `countermeasures`: those linked to that one.
    """
    rated = [(_start(x, ratings), x, d) for x, ratings, d in exposures if x.likelihood is not None]
    if not rated:
        return Ground(
            exposures[0][0] if exposures else None,
            impact=technology.impact,
            disclosure=exposures[0][2] if exposures else None,
            countermeasures=tuple(countermeasures),
        )
    (start, before), exposure, disclosure = max(rated, key=lambda r: (r[1].level or 0, r[0][0]))
    return Ground(
        exposure, start, before, exposure.impact or technology.impact, disclosure, tuple(countermeasures)
    )


def _start(exposure: Exposure, ratings: Sequence[Rating]) -> tuple[int, bool]:
    inherent = [r.likelihood for r in ratings if r.basis is Basis.INHERENT and r.likelihood is not None]
    assert exposure.likelihood is not None
    return (inherent[-1], True) if inherent else (exposure.likelihood, False)


def propose(
    known: Ground, disclosure: DisclosureScope | None, measures: Sequence[str], scale: Scale
) -> Proposal:
    """Starting levels for one technology on one route under a disclosure and with some measures.

    Less disclosed than when it was rated lowers the likelihood only where it is known what was disclosed
    then; more disclosed always raises it.
    """
    tested = [c for c in known.countermeasures if c.catalog_id in measures and credit([c])]
    earned = {c.catalog_id for c in tested}
    untested = tuple(m for m in measures if m not in earned)
    if known.likelihood is None:
        return Proposal(None, known.impact, None, None, 0, 0, untested)
    shift = 0
    if disclosure is not None:
        shift = DISCLOSED[disclosure] - DISCLOSED[known.disclosure or USUAL]
        if known.disclosure is None:
            shift = max(0, shift)
    # A standing rating has its controls in it already: they are not counted twice.
    taken = credit(tested) if known.before_controls else 0
    likelihood = max(1, min(5, known.likelihood + shift - taken))
    level = scale.level(likelihood, known.impact)
    return Proposal(likelihood, known.impact, level, known.likelihood, shift, taken, untested)
