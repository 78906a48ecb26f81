"""Statistics for an industry association: counts of one company, and no count small enough to tell a matter
(R3). Which cells are withheld is decided in `withholding`. What was given before is counted again from the
signed history, so that no copy of it has to be kept.

The tables count different things (technologies, exposures, engagements, countermeasures), each thing once,
so that no table tells more of another.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge

from techguard import catalog
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.i18n import N_, Language, Translator, translator
from techguard.register import Query, Register, Where

from . import document as d
from .blocks import Cell, Column, Front, Pages, Section
from .delivery import Delivered, Delivery, deliver
from .withholding import published
from .wording import cell

LEAST: Final = 5
"""The least count that is shown unless somebody says otherwise. With 3, whoever knows of two of the matters
knows of the third; with 5 they would have to know of four. A company has few enough that more would leave
nothing to tell.
"""
FEWEST: Final = 3
"""Nobody may choose less: below it the members of a group know of each other."""

ISSUED: Final = frozenset(
    {
        "Leakage of core technologies: statistics for an association",
        "コア技術の流出リスク　業界団体向け統計",  # japanese: as it was recorded
    }
)
"""The titles under which the register has recorded statistics: by them the ones given before are found."""

Name = Literal["exposures", "technologies", "engagements", "countermeasures"]


class Table(d.Part):
    """Counts by row and column, as they may be shown; None is withheld. The last of each are totals."""

    name: Name
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[d.Count | None, ...], ...]


class Statistics(d.Part):
    """The whole document, before it is laid out."""

    language: w.Language
    as_of: date
    least: Annotated[int, Ge(FEWEST)]
    tables: tuple[Table, ...]
    issued: d.Count = 0
    """How many were given before, with which a reader may compare it."""
    recipients: tuple[str, ...] = ()
    snapshot: str
    composed_at: datetime


@dataclass(frozen=True)
class _Plan:
    """What a table counts: the entries, and the conditions that make a row and a column."""

    name: Name
    model: type[i.Item]
    among: tuple[Where, ...]
    rows: Mapping[str, tuple[Where, ...]]
    columns: Mapping[str, tuple[Where, ...]]


def _plans(register: Register) -> Iterable[_Plan]:
    high = register.scale.high_from
    yield _Plan(
        "exposures",
        i.Exposure,
        (Where("status", "!=", w.ExposureStatus.CLOSED),),
        {route: (Where("route", "=", route),) for route in catalog.routes()},
        {
            "high": (Where("level", ">=", high),),
            "lower": (Where("level", "<", high),),
            "unrated": (Where("level", "empty"),),
        },
    )
    yield _Plan(
        "technologies",
        i.Technology,
        (Where("status", "!=", w.TechnologyStatus.RETIRED),),
        {kind.value: (Where("kind", "=", kind),) for kind in w.TechnologyKind},
        {
            "core": (Where("criticality", "in", (w.Criticality.S, w.Criticality.A)),),
            "other": (Where("criticality", "in", (w.Criticality.B, w.Criticality.C)),),
            "unclassed": (Where("criticality", "empty"),),
        },
    )
    yield _Plan(
        "engagements",
        i.Engagement,
        (Where("stage", "!=", w.Stage.CLOSED),),
        {kind.value: (Where("kind", "=", kind),) for kind in w.EngagementKind},
        {"": ()},
    )
    yield _Plan(
        "countermeasures",
        i.Countermeasure,
        (),
        {status.value: (Where("status", "=", status),) for status in w.CountermeasureStatus},
        {"": ()},
    )


def compose(
    register: Register, *, least: int = LEAST, lang: Language = "ja", recipients: tuple[str, ...] = ()
) -> Statistics:
    """The statistics of a register, without any count below `least` (at least `FEWEST`: ValueError), and
    without any that moved by less than that since statistics that were given before.
    """
    if least < FEWEST:
        raise ValueError(f"the least count shown is at least {FEWEST}")
    issued = issues(register)
    return Statistics(
        language=w.Language(lang),
        as_of=register.today,
        least=least,
        tables=tuple(_counted(register, plan, least, issued) for plan in _plans(register)),
        issued=len(issued),
        recipients=recipients,
        snapshot=register.head[1],
        composed_at=register.now.astimezone().replace(microsecond=0),
    )


def issues(register: Register) -> tuple[str, ...]:
    """The snapshots of the statistics that were given before, each once."""
    given = register.find(i.Summary, redaction=w.RedactionLevel.R3)
    return tuple(dict.fromkeys(s.snapshot for s in given if s.title in ISSUED))


def _counted(register: Register, plan: _Plan, least: int, issued: Iterable[str]) -> Table:
    def count(*where: Where) -> int:
        return register.count(plan.model, Query(where=(*plan.among, *where)))

    counts = [[count(*row, *column) for column in plan.columns.values()] for row in plan.rows.values()]
    shown = published(counts, least, [counted_then(register, plan, snapshot) for snapshot in issued]).cells
    return Table(name=plan.name, rows=tuple(plan.rows), columns=tuple(plan.columns), cells=shown)


def counted_then(register: Register, plan: _Plan, snapshot: str) -> list[list[int]]:
    """A table as the register was when a snapshot was taken: the signed history holds it."""
    conditions = (plan.among, *plan.rows.values(), *plan.columns.values())
    fields = {where.field for each in conditions for where in each}
    entry = register.entry_with(snapshot) or 0
    states = register.states_at(plan.model, entry, *fields, digest=snapshot).values()
    among = [state for state in states if _hold(plan.among, state)]
    return [
        [sum(_hold((*row, *column), state) for state in among) for column in plan.columns.values()]
        for row in plan.rows.values()
    ]


def _hold(conditions: Iterable[Where], state: Mapping[str, Any]) -> bool:
    """Whether conditions hold of a state of the history, as the store holds them of an entry."""
    tests: Mapping[str, Callable[[Any, Any], bool]] = {
        "=": operator.eq,
        "!=": operator.ne,
        ">=": lambda value, least: value is not None and value >= least,
        "<": lambda value, most: value is not None and value < most,
        "in": lambda value, among: value in among,
        "empty": lambda value, _: value is None,
    }
    return all(tests[where.op](state.get(where.field), where.value) for where in conditions)


# --- pages -----------------------------------------------------------------------------------------------

WITHHELD: Final = "X"
"""How statistics mark a count that is withheld."""
_TITLES: Mapping[Name, str] = {
    "exposures": N_("Open exposures by route and level"),
    "technologies": N_("Technologies by kind and class"),
    "engagements": N_("Engagements under way, by kind"),
    "countermeasures": N_("Countermeasures by status"),
}
_SHORT: Mapping[Name, str] = {
    "exposures": N_("Open exposures"),
    "technologies": N_("Technologies"),
    "engagements": N_("Engagements under way"),
    "countermeasures": N_("Countermeasures"),
}
_COLUMNS: Mapping[str, str] = {
    "high": N_("High level"),
    "lower": N_("Lower level"),
    "unrated": N_("Not rated"),
    "core": N_("Class S or A"),
    "other": N_("Class B or C"),
    "unclassed": N_("No class"),
    "": N_("Count"),
}


def lay_out(statistics: Statistics, language: Language | None = None) -> Pages:
    """The statistics as pages."""
    lang: Language = language or ("ja" if statistics.language is w.Language.JA else "en")
    t = translator(lang)
    note = t.gettext(
        "{mark}: withheld. A count below {least}, zero too, is not shown, nor are those from which it could "
        "be worked out with the totals. A withheld count may be small or large."
    ).format(mark=WITHHELD, least=statistics.least)
    compared = t.gettext(
        "Statistics were given before. A count that moved by less than {least} since, but not by 0, is "
        "withheld in the same way."
    ).format(least=statistics.least)
    return Pages(
        language=lang,
        title=t.gettext("Leakage of core technologies: statistics for an association"),
        subtitle=t.gettext("As of {date}").format(date=t.date_text(statistics.as_of)),
        marking=t.label(w.Handling.INTERNAL),
        running=t.label(w.RedactionLevel.R3),
        foot=t.gettext("Snapshot {digest}").format(digest=statistics.snapshot[:16]),
        page_of=t.gettext("Page {page} of {pages}"),
        continued=t.gettext("{title} (continued)"),
        front=Front(),
        sections=(
            Section(t.gettext("How to read it"), (note, *([compared] if statistics.issued else []))),
            *(_section(table, t, lang) for table in statistics.tables),
        ),
    )


def _section(table: Table, t: Translator, lang: Language) -> Section:
    """A table; rows of which nothing is shown are told together, so that the page stays short."""
    one = len(table.columns) == 1
    shown = [(row, cells) for row, cells in zip((*table.rows, ""), table.cells, strict=True)]
    told = [(row, cells) for row, cells in shown if not row or any(c is not None for c in cells)]
    silent = [row for row, cells in shown if row and all(c is None for c in cells)]
    names = [t.gettext(_COLUMNS[c]) for c in table.columns] + ([] if one else [t.gettext("Total")])
    more = t.gettext("Withheld throughout: {rows}.").format(
        rows=t.list_text([_row_name(table.name, row, t, lang) for row in silent])
    )
    return Section(
        t.gettext(_TITLES[table.name]),
        (),
        (Column(""), *(Column(name, 30, "right") for name in names)),
        tuple(
            (
                cell(_row_name(table.name, row, t, lang), "plain" if row else "strong"),
                *(_count(c) for c in (cells[:1] if one else cells)),
            )
            for row, cells in told
        ),
        more if silent else "",
        tall=len(told) > 12,
        short=t.gettext(_SHORT[table.name]),
    )


def _count(n: int | None) -> Cell:
    return cell(WITHHELD, "quiet") if n is None else cell(f"{n:,}")


_LABELS: Mapping[Name, Callable[[str], object]] = {
    "technologies": w.TechnologyKind,
    "engagements": w.EngagementKind,
    "countermeasures": w.CountermeasureStatus,
}


def _row_name(name: Name, row: str, t: Translator, lang: Language) -> str:
    if not row:
        return t.gettext("Total")
    if name == "exposures":
        return catalog.routes()[row].name.in_(lang)
    return t.label(_LABELS[name](row))


def produce(
    register: Register, delivery: Delivery, *, least: int = LEAST, lang: Language = "ja"
) -> Delivered:
    """Compose the statistics and deliver them; the register records that they left."""
    found = compose(register, least=least, lang=lang, recipients=delivery.recipients)
    pages = lay_out(found, lang)
    record = i.Summary(
        title=pages.title,
        language=w.Language(lang),
        redaction=w.RedactionLevel.R3,
        snapshot=found.snapshot,
    )
    return deliver(register, pages, delivery, record)
