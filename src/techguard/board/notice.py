"""A notice: one engagement on one page, for outside counsel or for a consultation with METI (R2).

Its reader learns what the occasion is, which technologies it touches and by which routes they could leak,
what has been agreed, what is being done, and what is asked. Names of the company's own, of counterparties
and people, scenarios, ratings and amounts are not in it: `redact.veiled` takes them out before anything is
composed. What the sender asks is typed for this notice, and is in no register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args

from techguard import catalog
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.fields import Redaction
from techguard.domain.kinds import KINDS
from techguard.errors import TechguardError
from techguard.i18n import N_, Language, translator
from techguard.register import Query, Register, Where

from . import document as d
from .blocks import Cell, Column, Front, Line, Pages, Section
from .composition import letters
from .delivery import Delivered, Delivery, deliver
from .redact import veiled
from .wording import cell, clip, width

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T", bound=d.Part)
Reader = Literal["counsel", "meti"]
READERS: Final[tuple[Reader, ...]] = get_args(Reader)
READER_NAMES: Mapping[Reader, str] = {
    "counsel": N_("Outside counsel"),
    "meti": N_("Consultation with METI"),
}
_TITLES: Mapping[Reader, str] = {
    "counsel": N_("Notice on one engagement, for outside counsel"),
    "meti": N_("Notice on one engagement, for a consultation with METI"),
}
_CHECKS = (
    "fefta_prior_report",
    "core_sector",
    "deemed_export",
    "patent_secrecy",
    "foreign_filing_check",
    "specified_critical",
)
_DONE = (w.CountermeasureStatus.IMPLEMENTED, w.CountermeasureStatus.VERIFIED)
MOST: Final = 12
"""Rows of a list; where the page has no room for so many, fewer are shown."""
QUESTIONS: Final = 3
_LONG = 150
"""Half-width cells of a question."""


@dataclass(frozen=True, slots=True)
class _Room:
    """What the page has room for: rows of each list, half-width cells of a text in a table, and whether
    countermeasures stand one a line.
    """

    rows: int
    cells: int = 10_000
    apart: bool = False


_ROOMS: Final = (
    _Room(MOST, apart=True),
    *(_Room(rows) for rows in (MOST, 9, 7, 6, 5, 4, 3)),
    _Room(3, cells=150),
    _Room(3, cells=84),
)
"""From the widest to the one that always makes a single page."""


class QuestionsTooLong(TechguardError):
    """Facts: `most`, `letters`."""

    exit_code = 5
    what = "The notice is one page: it has room for {most} questions of about {letters} Japanese characters."
    safe = "No file was written."
    next_step = "Shorten them, or ask the others when you meet."


class Touched(d.Part):
    """A technology that the engagement touches, with the regulatory checks that are not settled."""

    code_name: str
    criticality: w.Criticality | None = None
    information_owner: w.InformationOwner | None = None
    checks: tuple[tuple[str, str], ...] = ()
    """Field of the technology, and its value."""


class Way(d.Part):
    """A route by which it could leak, the measures against it (catalogue ids), how many are in force."""

    route: str
    sub_route: str = ""
    measures: tuple[str, ...] = ()
    in_force: int = 0
    in_all: int = 0


class Agreed(d.Part):
    """An agreement of the engagement; None is what is not recorded."""

    type: w.AgreementType
    signed_on: date | None = None
    expires_on: date | None = None
    survives_until: date | None = None
    clauses: tuple[tuple[str, bool], ...] = ()
    """Field of the agreement, and whether it is in it."""


class Event(d.Part):
    kind: w.MilestoneKind
    on: date


class Party(d.Part):
    """A counterparty without its name: a letter, and what it is."""

    letter: str
    kind: w.CounterpartyKind | None = None


class Notice(d.Part):
    """The whole document, before it is laid out."""

    reader: Reader
    language: w.Language
    as_of: date
    kind: w.EngagementKind | None
    stage: w.Stage | None
    started_on: date | None
    ends_on: date | None
    disclosure: w.DisclosureScope | None
    parties: d.Listing[Party]
    technologies: d.Listing[Touched]
    ways: d.Listing[Way]
    agreements: d.Listing[Agreed]
    events: d.Listing[Event]
    questions: tuple[str, ...] = ()
    role: str = ""
    """Of whoever prepared it."""
    recipients: tuple[str, ...] = ()
    snapshot: str
    composed_at: datetime


def compose(
    register: Register,
    engagement: str,
    *,
    reader: Reader = "counsel",
    lang: Language = "ja",
    questions: Iterable[str] = (),
    recipients: tuple[str, ...] = (),
) -> Notice:
    """The notice on an engagement (reference number or id). Raises `NotFound`, `QuestionsTooLong`."""
    found = register.get(engagement, i.Engagement)
    level = Redaction.ADVISER
    mine = Query(where=(Where("engagement", "=", found.id),))
    exposures = [x for x in register.find(i.Exposure, mine) if x.status is not w.ExposureStatus.CLOSED]
    ids = dict.fromkeys([*found.technologies, *(x.technology for x in exposures)])
    technologies = register.find(i.Technology, _among("id", ids))
    parties = register.find(i.Counterparty, _among("id", found.counterparties))
    measures = register.find(i.Countermeasure, _among("exposures", [x.id for x in exposures]))
    seen = veiled(found, level)
    return Notice(
        reader=reader,
        language=w.Language(lang),
        as_of=register.today,
        kind=seen.kind,
        stage=seen.stage,
        started_on=seen.started_on,
        ends_on=seen.ends_on,
        disclosure=seen.disclosure_scope,
        parties=_some(
            d.Listing[Party],
            (Party(letter=letters(n), kind=veiled(p, level).kind) for n, p in enumerate(parties, 1)),
        ),
        technologies=_some(d.Listing[Touched], (_touched(veiled(t, level)) for t in technologies)),
        ways=_some(d.Listing[Way], _ways(exposures, measures)),
        agreements=_some(
            d.Listing[Agreed], (_agreed(veiled(a, level)) for a in register.find(i.Agreement, mine))
        ),
        events=_some(
            d.Listing[Event],
            (
                Event(kind=m.kind, on=m.on)
                for m in (veiled(m, level) for m in register.find(i.Milestone, mine))
                if not m.done and m.on >= register.today
            ),
        ),
        questions=fitting(questions),
        role=veiled(register.me, level).role,
        recipients=recipients,
        snapshot=register.head[1],
        composed_at=register.now.astimezone().replace(microsecond=0),
    )


def fitting(questions: Iterable[str]) -> tuple[str, ...]:
    """The questions, if the page has room for them. Raises `QuestionsTooLong`."""
    asked = tuple(q.strip() for q in questions if q.strip())
    if len(asked) > QUESTIONS or any(width(q) > _LONG for q in asked):
        raise QuestionsTooLong(most=QUESTIONS, letters=_LONG // 2)
    return asked


def _among(field: str, values: Iterable[str]) -> Query:
    return Query(where=(Where(field, "in", list(values)),))


def _some(listing: type[d.Listing[T]], rows: Iterable[T]) -> d.Listing[T]:
    every = tuple(rows)
    return listing(rows=every[:MOST], total=len(every))


def _touched(t: i.Technology) -> Touched:
    values = ((field, str(getattr(t, field))) for field in _CHECKS)
    return Touched(
        code_name=t.code_name,
        criticality=t.criticality,
        information_owner=t.information_owner,
        checks=tuple((field, value) for field, value in values if value != "not_applicable"),
    )


def _agreed(a: i.Agreement) -> Agreed:
    clauses = ("return_destroy", "audit_right", "sublicence", "publication_clause")
    return Agreed(
        type=a.type,
        signed_on=a.signed_on,
        expires_on=a.expires_on,
        survives_until=a.survives_until,
        clauses=tuple((c, said) for c in clauses if (said := getattr(a, c)) is not None),
    )


def _ways(exposures: Iterable[i.Exposure], measures: Iterable[i.Countermeasure]) -> Iterable[Way]:
    """The routes of the engagement's exposures, each once, with the measures against them."""
    known, entries = catalog.routes(), catalog.countermeasures()
    routes: dict[tuple[str, str], set[str]] = {}
    for x in exposures:
        if x.route in known:
            sub = x.sub_route if x.sub_route in catalog.sub_routes() else ""
            routes.setdefault((x.route, sub), set()).add(x.id)
    for (route, sub), ids in sorted(routes.items()):
        mine = [veiled(m, Redaction.ADVISER) for m in measures if ids & set(m.exposures)]
        yield Way(
            route=route,
            sub_route=sub,
            measures=tuple(dict.fromkeys(m.catalog_id for m in mine if m.catalog_id in entries)),
            in_force=sum(m.status in _DONE for m in mine),
            in_all=len(mine),
        )


# --- pages -----------------------------------------------------------------------------------------------


def lay_out(notice: Notice, language: Language | None = None) -> Pages:
    """The notice as one page, with as much on it as there is room for: the page is set to find out."""
    from .typeset import page_count

    lang: Language = language or ("ja" if notice.language is w.Language.JA else "en")
    made = (_Writer(notice, lang, room).pages() for room in _ROOMS)
    pages = next(made)
    while page_count(pages) > 1 and (tighter := next(made, None)):
        pages = tighter
    return pages


class _Writer:
    def __init__(self, notice: Notice, language: Language, room: _Room) -> None:
        self.n = notice
        self.language = language
        self.room = room
        self.t = translator(language)
        self._ = self.t.gettext

    def pages(self) -> Pages:
        n, t = self.n, self.t
        return Pages(
            language=self.language,
            title=t.gettext(_TITLES[n.reader]),
            subtitle=t.gettext("As of {date}").format(date=t.date_text(n.as_of)),
            marking=t.label(w.Handling.CONFIDENTIAL),
            running=t.label(w.RedactionLevel.R2),
            foot=t.gettext("Snapshot {digest}").format(digest=n.snapshot[:16]),
            page_of=t.gettext("Page {page} of {pages}"),
            continued=t.gettext("{title} (continued)"),
            front=Front(),
            sections=tuple(self.sections()),
        )

    def sections(self) -> Iterable[Section]:
        n, _ = self.n, self._
        asked = tuple(f"{k}. {clip(q, _LONG)}" for k, q in enumerate(n.questions, 1))
        yield Section(_("What we ask you"), asked or (_("We shall tell you in person."),))
        yield self.facts(
            _("Engagement"),
            (_("Kind"), self.label(n.kind)),
            (_("Stage"), self.label(n.stage)),
            (_("Period"), self.span(n.started_on, n.ends_on)),
            (_("Disclosure scope"), self.label(n.disclosure)),
            (_("Counterparties"), self.more(map(self.party, self.rows(n.parties)), n.parties)),
            (
                _("Coming dates"),
                self.more((f"{self.day(e.on)} {self.label(e.kind)}" for e in self.rows(n.events)), n.events),
            ),
        )
        yield self.table(
            _("Technologies concerned"),
            (Column(_("Code name"), 52), Column(_("Information owner"), 34), Column(_("Regulatory checks"))),
            (
                (
                    self.classed(t),
                    cell(self.label(t.information_owner)),
                    self.checks(t),
                )
                for t in self.rows(n.technologies)
            ),
            n.technologies,
        )
        yield self.table(
            _("Routes, and what is done"),
            (Column(_("Route"), 62), Column(_("Countermeasures")), Column(_("In force"), 22)),
            (
                (
                    cell(self.route(x)),
                    self.measures(x),
                    cell(_("{done} of {total}").format(done=x.in_force, total=x.in_all) if x.in_all else ""),
                )
                for x in self.rows(n.ways)
            ),
            n.ways,
        )
        yield self.table(
            _("Agreements"),
            (Column(_("Type"), 52), Column(_("Signed, ends"), 44), Column(_("Clauses"))),
            ((cell(self.label(a.type)), self.dates(a), self.clauses(a)) for a in self.rows(n.agreements)),
            n.agreements,
        )
        yield self.facts(
            _("Record"),
            (_("Prepared by"), n.role),
            (_("Recipients"), self.t.list_text(list(n.recipients))),
            (_("Snapshot digest"), n.snapshot),
        )

    def rows(self, listing: d.Listing[T]) -> tuple[T, ...]:
        """The rows that there is room for."""
        return listing.rows[: self.room.rows]

    def measures(self, way: Way) -> Cell:
        names = [catalog.countermeasures()[m].title.in_(self.language) for m in way.measures]
        if self.room.apart and names:
            return tuple(map(Line, names))
        return cell(clip(self.t.titles_text(names), self.room.cells))

    def listed(self, items: Iterable[str]) -> str:
        return clip(self.t.list_text(list(items)), self.room.cells)

    def label(self, choice: object) -> str:
        return self.t.label(choice) if choice is not None else ""

    def day(self, on: date | None) -> str:
        return self.t.short_date(on) if on else ""

    def span(self, start: date | None, end: date | None) -> str:
        if start and not end:
            return self._("from {date}").format(date=self.day(start))
        if not start:
            return self._("to {date}").format(date=self.day(end)) if end else ""
        return self._("{start} to {end}").format(start=self.day(start), end=self.day(end))

    def party(self, party: Party) -> str:
        name = self._("{kind} {letter}").format(kind=self._(KINDS["counterparty"].label), letter=party.letter)
        if not party.kind:
            return name
        return self._("{name} ({role})").format(name=name, role=self.label(party.kind))

    def classed(self, t: Touched) -> Cell:
        name = Line(clip(t.code_name, self.room.cells), "strong")
        if not t.criticality:
            return (name,)
        return name, Line(self._("Class {name}").format(name=t.criticality.value), "quiet")

    def checks(self, t: Touched) -> Cell:
        """The regulatory checks by how they stand: a line a state, with the checks that are in it."""
        known = KINDS["technology"].by_name
        states: dict[str, list[str]] = {}
        for field, value in t.checks:
            choices = known[field].choices
            assert choices is not None
            states.setdefault(self.label(choices(value)), []).append(self._(known[field].label))
        return self.grouped(states)

    def clauses(self, a: Agreed) -> Cell:
        """The clauses that are in an agreement on one line, those that are not on another."""
        known = KINDS["agreement"].by_name
        states: dict[str, list[str]] = {}
        for said, word in ((True, self._("In it")), (False, self._("Not in it"))):
            if found := [self._(known[field].label) for field, there in a.clauses if there is said]:
                states[word] = found
        return self.grouped(states)

    def grouped(self, states: Mapping[str, list[str]]) -> Cell:
        lines = tuple(Line(self.listed(fields), label=state) for state, fields in states.items())
        return lines or cell("")

    def route(self, way: Way) -> str:
        known = catalog.routes()[way.route].name.in_(self.language)
        if not way.sub_route:
            return known
        detail = catalog.sub_routes()[way.sub_route].in_(self.language)
        return self._("{route}: {detail}").format(route=known, detail=detail)

    def dates(self, a: Agreed) -> Cell:
        pairs = (
            (self._("Signed on"), a.signed_on),
            (self._("Expires"), a.expires_on),
            (self._("Survives until"), a.survives_until),
        )
        return tuple(Line(self.day(on), label=label) for label, on in pairs if on) or cell("")

    def more(self, said: Iterable[str], listing: d.Listing[Any]) -> str:
        parts = list(said)
        if rest := listing.total - len(parts):
            parts.append(self._("and {n} more").format(n=f"{rest:,}"))
        return self.t.list_text(parts)

    def facts(self, title: str, *pairs: tuple[str, str]) -> Section:
        rows = tuple(
            (cell(label, "quiet"), cell(clip(value, self.room.cells))) for label, value in pairs if value
        )
        return Section(title, (), (Column("", 44), Column("")), rows)

    def table(
        self,
        title: str,
        columns: tuple[Column, ...],
        rows: Iterable[tuple[Cell, ...]],
        listing: d.Listing[Any],
    ) -> Section:
        made = tuple(rows)
        if not made:
            return Section(title, (self._("None recorded."),))
        rest = listing.total - len(made)
        more = self._("and {n} more").format(n=f"{rest:,}") if rest else ""
        return Section(title, (), columns, made, more)


def produce(
    register: Register,
    delivery: Delivery,
    engagement: str,
    *,
    reader: Reader = "counsel",
    lang: Language = "ja",
    questions: Iterable[str] = (),
) -> Delivered:
    """Compose the notice and deliver it; the register records that it left. Raises `NotFound`, and the errors
    of the disk.
    """
    notice = compose(
        register,
        engagement,
        reader=reader,
        lang=lang,
        questions=questions,
        recipients=delivery.recipients,
    )
    pages = lay_out(notice, lang)
    found = register.get(engagement, i.Engagement)
    record = i.Summary(
        title=f"{pages.title}: {found.ref}"[:160],
        language=w.Language(lang),
        redaction=w.RedactionLevel.R2,
        snapshot=notice.snapshot,
    )
    return deliver(register, pages, delivery, record)
