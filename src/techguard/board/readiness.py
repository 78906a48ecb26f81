"""What the pack for the board still lacks: the board pack check (BRP-1 to BRP-9 of the catalogue), read from
the register where it can be read, and asked where it cannot.

An item is *ready* when the pack will say what it asks for; *lacking* when something in the register is
missing for that; *to answer* when only a person can know, for example whether there was truly no incident.
The answers stand in the register, in the checklist BRP: "yes" settles what was to be answered, "not
applicable" settles anything, "no" leaves it lacking. An answer counts until the next session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from techguard import catalog
from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.i18n import N_, Language, Translator, translator
from techguard.register import Query, Register, Where

from .gather import gather
from .wording import WORST

if TYPE_CHECKING:
    from .facts import Facts

LIST = "BRP"
State = Literal["ready", "lacking", "ask"]
STATES: Mapping[State, str] = {
    "ready": N_("Ready"),
    "lacking": N_("Lacking"),
    "ask": N_("To answer"),
}
_MUST_DECIDE = 5
"""The level that goes to the board in its next meeting (domain.md §6c, c.7)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the register says to one item, in the reader's language; `refs` are the entries to mend."""

    state: State
    said: str
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """One item of the check: its words, how it stands and why, and the answer given, if it counts."""

    item: catalog.ChecklistItem
    state: State
    said: str
    refs: tuple[str, ...]
    answer: i.ChecklistAnswer | None


def readiness(
    register: Register, lang: Language = "ja", *, review: str | None = None, since: str | None = None
) -> tuple[Ready, ...]:
    """How the pack stands that would report `review`, compared with `since` (as `board.compose` takes them).

    Raises `NotFound`, `NotEarlier`.
    """
    facts = gather(register, redaction=w.RedactionLevel.R0, review=review, since=since)
    reader = _Reader(register, facts, translator(lang))
    answers = _answers(register, facts)
    return tuple(
        _settled(item, reader.look(item.id), answers.get(item.id), reader.t)
        for item in catalog.checklists()[LIST].items
    )


def _answers(register: Register, facts: Facts) -> Mapping[str, i.ChecklistAnswer]:
    """The company's answers to the check that were given since the session before."""
    about_us = Query(where=(Where("counterparty", "empty"),))
    since = facts.previous.held_on if facts.previous else None
    standing = rules.standing_answers(register.find(i.ChecklistAnswer, about_us))
    return {
        item: answer
        for item, answer in standing.items()
        if since is None or (answer.as_of is not None and answer.as_of > since)
    }


def _settled(
    item: catalog.ChecklistItem, found: Found, answer: i.ChecklistAnswer | None, t: Translator
) -> Ready:
    """What the register says, and what a person said to it."""
    if answer is None or found.state == "ready":
        return Ready(item, found.state, found.said, found.refs, None)
    told = t.gettext("Answered: {answer}.").format(answer=t.label(answer.answer))
    state: State = found.state
    if answer.answer is w.Answer.NO:
        state = "lacking"
    elif answer.answer is w.Answer.NOT_APPLICABLE or found.state == "ask":
        state = "ready"
    why = (answer.evidence or answer.note) if state == "ready" else found.said
    return Ready(item, state, _sentences(t, told, why), found.refs, answer)


def _sentences(t: Translator, *said: str) -> str:
    """Sentences one after the other: Japanese puts no space between."""
    return ("" if t.language == "ja" else " ").join(s for s in said if s)


class _Reader:
    """Reads each item from the facts of the pack, and what they leave out from the register."""

    def __init__(self, register: Register, facts: Facts, t: Translator) -> None:
        self.register = register
        self.facts = facts
        self.t = t
        self._ = t.gettext
        self.gaps = {gap.code: gap.count for gap in facts.numbers.gaps}

    def look(self, item: str) -> Found:
        """What the register says to an item of the check."""
        return _ITEMS[item](self)

    def owners(self) -> Found:
        top = self.facts.top[:WORST]
        if not top:
            return Found("lacking", self._("No exposure is rated yet: the pack has nothing to rank."))
        without = tuple(r.exposure.ref for r in top if not r.exposure.owner)
        if without:
            return Found(
                "lacking", self._("Without an owner: {refs}.").format(refs=self.all(without)), without
            )
        return Found("ready", self._("Each of the worst exposures has one owner."))

    def money(self) -> Found:
        money = self.facts.numbers.money
        if money is None:
            said = self._(
                "Nothing is estimated in money. Estimate the worst exposures, or answer “not applicable” "
                "and say why the board gets no amounts."
            )
            return Found("lacking", said, tuple(r.exposure.ref for r in self.facts.top[:WORST]))
        said = self.t.ngettext(
            "{n} exposure is estimated; the pack shows ranges, what they rest on, and the seed.",
            "{n} exposures are estimated; the pack shows ranges, what they rest on, and the seed.",
            money.estimated,
        ).format(n=f"{money.estimated:,}")
        if money.without:
            more = self.t.ngettext(
                "{n} open exposure is not estimated: the pack says so.",
                "{n} open exposures are not estimated: the pack says so.",
                money.without,
            ).format(n=f"{money.without:,}")
            said = _sentences(self.t, said, more)
        return Found("ready", said)

    def movement(self) -> Found:
        previous, n = self.facts.previous, self.facts.numbers
        if previous is None:
            said = self._("No session was held before: there is nothing to compare with. The pack says so.")
            return Found("ready", said)
        silent = tuple(
            step.exposure.ref
            for step in self.facts.moved.rows
            if step.movement in {"risen", "fallen"} and (step.now is None or not step.now.rationale.strip())
        )
        if silent:
            return Found(
                "lacking", self._("Moved without a reason: {refs}.").format(refs=self.all(silent)), silent
            )
        said = self._(
            "Since {date}: {new} new, {risen} risen, {fallen} fallen, {closed} closed, with reasons."
        )
        day = self.t.date_text(previous.held_on) if previous.held_on else previous.title
        return Found(
            "ready",
            said.format(
                date=day,
                new=f"{n.new:,}",
                risen=f"{n.risen:,}",
                fallen=f"{n.fallen:,}",
                closed=f"{n.closed:,}",
            ),
        )

    def open_gaps(self) -> Found:
        ended = self.gaps.get("acceptance_expired", 0) + self.gaps.get("agreement_ending", 0)
        said = self._(
            "The pack lists every gap: {executive} without an executive, {unrated} not rated, "
            "{ended} acceptances and NDAs ended or ending."
        )
        return Found(
            "ready",
            said.format(
                executive=f"{self.gaps.get('technology_without_executive', 0):,}",
                unrated=f"{self.facts.numbers.limits.unrated:,}",
                ended=f"{ended:,}",
            ),
        )

    def decisions(self) -> Found:
        worst = {r.exposure.id: r.exposure for r in self.facts.top if r.exposure.level == _MUST_DECIDE}
        asked = {
            found.exposure
            for found in self.register.find(
                i.Decision,
                Query(
                    where=(Where("exposure", "in", list(worst)), Where("status", "=", w.DecisionStatus.ASKED))
                ),
            )
        }
        accepted = {
            found.exposure
            for found in self.register.find(
                i.Acceptance,
                Query(
                    where=(Where("exposure", "in", list(worst)), Where("valid_until", ">=", self.facts.as_of))
                ),
            )
        }
        silent = tuple(x.ref for x in worst.values() if not x.decision_asked and x.id not in asked | accepted)
        if silent:
            said = self._("The highest level goes to the board, and no decision is asked for: {refs}.")
            return Found("lacking", said.format(refs=self.all(silent)), silent)
        total = self.facts.asked.total + self.facts.decisions.total
        if not total:
            return Found("ask", self._("No decision is asked of the board. Is that meant?"))
        said = self.t.ngettext("{n} decision is asked.", "{n} decisions are asked.", total).format(
            n=f"{total:,}"
        )
        return Found("ready", said)

    def acceptances(self) -> Found:
        ended = self.gaps.get("acceptance_expired", 0)
        if ended:
            refs = tuple(
                a.exposure.ref
                for a in self.facts.acceptances.rows
                if a.acceptance.valid_until < self.facts.as_of
            )
            said = self.t.ngettext(
                "{n} exposure is accepted until a day that is past: {refs}.",
                "{n} exposures are accepted until a day that is past: {refs}.",
                ended,
            ).format(n=f"{ended:,}", refs=self.all(refs))
            return Found("lacking", said, refs)
        bare = self._accepted_by_nobody()
        if bare:
            said = self._("To be accepted, and nobody has accepted it until a day: {refs}.")
            return Found("lacking", said.format(refs=self.all(bare)), bare)
        said = self.t.ngettext(
            "{n} acceptance is valid; each has its day.",
            "{n} acceptances are valid; each has its day.",
            self.facts.numbers.accepted_valid,
        ).format(n=f"{self.facts.numbers.accepted_valid:,}")
        return Found("ready", said)

    def _accepted_by_nobody(self) -> tuple[str, ...]:
        """Exposures that are to be accepted without a record of who did."""
        chosen = self.register.find(
            i.Exposure,
            Query(
                where=(
                    Where("treatment", "=", w.Treatment.ACCEPT),
                    Where("status", "!=", w.ExposureStatus.CLOSED),
                )
            ),
        )
        ids = [x.id for x in chosen]
        told = {
            a.exposure for a in self.register.find(i.Acceptance, Query(where=(Where("exposure", "in", ids),)))
        }
        return tuple(x.ref for x in chosen if x.id not in told)

    def observations(self) -> Found:
        old = self.gaps.get("sign_open", 0)
        unlearnt = tuple(
            o.ref
            for o in self.facts.observations.rows
            if o.kind is w.ObservationKind.INCIDENT and not o.lessons.strip()
        )
        if unlearnt:
            said = self._("Incidents that do not say what was learnt: {refs}.")
            return Found("lacking", said.format(refs=self.all(unlearnt)), unlearnt)
        if old:
            said = self.t.ngettext(
                "{n} warning sign has been open for more than 30 days.",
                "{n} warning signs have been open for more than 30 days.",
                old,
            ).format(n=f"{old:,}")
            return Found("lacking", said)
        if not self.facts.observations.total:
            return Found("ask", self._("No incident and no sign is recorded. Was there truly none?"))
        n = self.facts.numbers
        said = self._("{incidents} incidents and {signs} open signs are in the pack.")
        return Found("ready", said.format(incidents=f"{n.incidents:,}", signs=f"{n.signs_open:,}"))

    def consultations(self) -> Found:
        silent = tuple(
            c.ref
            for c in self.facts.consultations.rows
            if c.status is w.ConsultationStatus.DONE and not c.outcome.strip()
        )
        if silent:
            said = self._("Held, and their outcome is not recorded: {refs}.")
            return Found("lacking", said.format(refs=self.all(silent)), silent)
        if not self.facts.consultations.total:
            return Found("ask", self._("No consultation is recorded. Was nobody consulted?"))
        said = self.t.ngettext(
            "{n} consultation is in the pack.",
            "{n} consultations are in the pack.",
            self.facts.consultations.total,
        ).format(n=f"{self.facts.consultations.total:,}")
        return Found("ready", said)

    def limits(self) -> Found:
        review, limits = self.facts.review, self.facts.numbers.limits
        if review is not None and review.status is w.ReviewStatus.HELD and not review.attendees:
            said = self._("Who took part in the session is not recorded: the pack cannot say who was absent.")
            return Found("lacking", said, (review.ref,))
        said = self._(
            "The pack says what was not rated ({unrated}) and which high levels are guesses ({guesses})."
        )
        return Found(
            "ready", said.format(unrated=f"{limits.unrated:,}", guesses=f"{limits.high_on_a_guess:,}")
        )

    def all(self, refs: Iterable[str]) -> str:
        return self.t.list_text(list(refs))


_ITEMS: Mapping[str, Callable[[_Reader], Found]] = {
    "BRP-1": _Reader.owners,
    "BRP-2": _Reader.money,
    "BRP-3": _Reader.movement,
    "BRP-4": _Reader.open_gaps,
    "BRP-5": _Reader.decisions,
    "BRP-6": _Reader.acceptances,
    "BRP-7": _Reader.observations,
    "BRP-8": _Reader.consultations,
    "BRP-9": _Reader.limits,
}
