"""Finding what is core: the questions put to a candidate, how far each is, and what follows from the answers.

Every answer is an act of its own, so that nothing is lost when the meeting breaks off; what nobody knows is
kept as unknown and never counted as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from techguard import catalog, present
from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.domain.fields import Choice
from techguard.domain.kinds import KINDS
from techguard.i18n import N_, Language, _, language, list_text, sentences
from techguard.register import Register

Q = w.InterviewQuestion
QUESTIONS = tuple(Q)


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that can be said to a question: the value that is kept, its name, what it takes to say so."""

    value: Any
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the reader's language, with all its answers."""

    id: Q
    title: str
    text: str
    answers: tuple[Answer, ...]


_ASKED: dict[Q, str] = {
    Q.SAME_FIELD_FIRMS: N_("Which other Japanese firms work in the same field with comparable technology?"),
    Q.INFORMATION_OWNER: N_("Does part of it belong to a partner, or is it owned together?"),
    Q.ELEMENTS: N_(
        "Of which unpublished pieces of know-how does it consist: conditions, recipes, drawings, skills?"
    ),
    Q.SECRECY_MANAGED: N_("Is it managed as a secret in a way that everyone concerned can recognise?"),
    Q.USEFUL: N_("Is it useful for business, now or as a lesson from failure?"),
    Q.NOT_PUBLIC: N_(
        "Is it unknown outside, and not to be had from publications or by taking products apart?"
    ),
}
_NOTES: dict[Choice, str] = {
    w.SameFieldFirms.NONE: N_("Nobody else in Japan: a leak takes it from the country."),
    w.SameFieldFirms.FEW: N_("One or two that one could name."),
    w.SameFieldFirms.MANY: N_("Several firms could step in."),
    w.InformationOwner.OWN: N_("Everything in it arose here, and no contract says otherwise."),
    w.InformationOwner.JOINT: N_("It arose with a partner; what may be done with it is agreed."),
    w.InformationOwner.PARTNER: N_("We hold it for a partner and owe them its protection."),
}
_REQUIREMENT_NOTES: dict[Q, dict[Choice, str]] = {
    Q.SECRECY_MANAGED: {
        w.Requirement.MET: N_("Marked, access limited to named people, and the rules are lived."),
        w.Requirement.PARTIAL: N_("Rules exist; marking or access has holes."),
        w.Requirement.NOT_MET: N_("Open to many, unmarked, or only in people's heads."),
    },
    Q.USEFUL: {
        w.Requirement.MET: N_("Products, cost or time depend on it."),
        w.Requirement.PARTIAL: N_("Part of it does; the rest is history."),
        w.Requirement.NOT_MET: N_("Nobody would lose anything without it."),
    },
    Q.NOT_PUBLIC: {
        w.Requirement.MET: N_("Not in papers, patents or exhibitions, and products do not give it away."),
        w.Requirement.PARTIAL: N_("Parts were published, or can be found in the product."),
        w.Requirement.NOT_MET: N_("Known in the field."),
    },
}


def question(id_: Q) -> Question:
    """A question with its answers, in the reader's language; best answers first where they have an order."""
    lang = language()
    if id_.value in rules.SCORES:
        scale = catalog.scales().scale(id_.value)
        answers = tuple(
            Answer(s.value, s.name.in_(lang), " / ".join(a.in_(lang) for a in s.anchors))
            for s in reversed(scale.levels)
        )
        return Question(id_, scale.title.in_(lang), scale.question.in_(lang), answers)
    title = present.choice_label(id_, lang)
    if id_ is Q.ELEMENTS:
        done = Answer(True, _("Named as far as known"), _("What can be named is in the list below."))
        return Question(id_, title, _(_ASKED[id_]), (done,))
    spec = KINDS["technology"].by_name[id_.value]
    assert spec.choices is not None
    notes = _REQUIREMENT_NOTES.get(id_, _NOTES)
    given = [c for c in spec.choices if c in notes]
    answers = tuple(Answer(c, present.choice_label(c, lang), _(notes[c])) for c in given)
    return Question(id_, title, _(_ASKED[id_]), answers)


def value(technology: i.Technology, id_: Q) -> Any:
    """What was answered, or None while it is open or not known."""
    if rules.asked(technology, id_) != "answered":
        return None
    return True if id_ is Q.ELEMENTS else getattr(technology, id_.value)


def answer(register: Register, technology: str, id_: Q, given: Any) -> i.Technology:
    """Keep an answer at once; `None` says that nobody knows. Raises what `Register.change` raises."""
    now = register.get(technology, i.Technology)
    fields: dict[str, Any] = {
        "questions_asked": tuple(q for q in QUESTIONS if q is id_ or q in now.questions_asked),
        "questions_unknown": tuple(
            q for q in QUESTIONS if (given is None if q is id_ else q in now.questions_unknown)
        ),
    }
    if id_ is not Q.ELEMENTS and (given is not None or id_.value in KINDS["technology"].by_name):
        fields[id_.value] = _unknown(id_) if given is None else given
    return register.change(now, **fields)


def _unknown(id_: Q) -> Any:
    if id_ in _REQUIREMENT_NOTES:
        return w.Requirement.UNKNOWN
    if id_ is Q.SAME_FIELD_FIRMS:
        return w.SameFieldFirms.UNKNOWN
    return w.InformationOwner.OWN if id_ is Q.INFORMATION_OWNER else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technology still to be judged, and how far its interview is."""

    technology: i.Technology
    answered: int
    unknown: int
    judgement: rules.Judgement
    lowest: w.Criticality
    highest: w.Criticality

    @property
    def open(self) -> int:
        """How many questions were not asked yet."""
        return len(QUESTIONS) - self.answered - self.unknown

    def of(self, progress: rules.Progress) -> tuple[Q, ...]:
        """The questions that are that far."""
        return tuple(q for q in QUESTIONS if rules.asked(self.technology, q) == progress)

    @property
    def first_open(self) -> int:
        """Where to go on: the place of the first question not asked yet, else behind the last."""
        return next((n for n, q in enumerate(QUESTIONS) if rules.asked(self.technology, q) == "open"),
                    len(QUESTIONS))  # fmt: skip


def standing(technology: i.Technology) -> Candidate:
    """How far a technology's interview is, and what it points to."""
    scores = {n: getattr(technology, n) for n in rules.SCORES}
    states = [rules.asked(technology, q) for q in QUESTIONS]
    lowest, highest = rules.possible(scores)
    return Candidate(
        technology, states.count("answered"), states.count("unknown"), rules.judge(scores), lowest, highest
    )


def candidates(register: Register) -> list[Candidate]:
    """Every candidate, the one that has waited longest first."""
    found = register.find(i.Technology, status=w.TechnologyStatus.CANDIDATE)
    return [standing(t) for t in sorted(found, key=lambda t: (t.created_at, t.ref))]


def span_text(found: Candidate, lang: Language) -> str:
    """The class that is proposed, or from which to which it could still be."""
    if found.judgement.proposed:
        return present.choice_label(found.judgement.proposed, lang)
    low, high = (present.choice_label(c, lang) for c in (found.lowest, found.highest))
    return low if low == high else _("{low} to {high}").format(low=low, high=high)


# --- What follows ----------------------------------------------------------------------------------------


def rule(found: Candidate) -> str:
    """The rule in words, with what it gives here."""
    judged = found.judgement
    name = present.choice_label(judged.proposed, language()) if judged.proposed else ""
    if judged.by_override:
        text = _(
            "Class S whatever the sum: nothing can stand in for it (4), and the national base rests on "
            "it (4)."
        )
    elif judged.proposed is None:
        text = _(
            "{scored} of 6 scores are known, {total} points so far. With what is unknown it could be from "
            "class {lowest} to class {highest}: nothing is proposed yet."
        )
    else:
        text = _("{total} of 24 points give class {name}: S from 20, A from 14, B from 8, else C.")
    return text.format(
        total=judged.total,
        scored=judged.scored,
        name=name,
        lowest=present.choice_label(found.lowest, language()),
        highest=present.choice_label(found.highest, language()),
    )


def scored(found: Candidate) -> list[tuple[str, int | None, str]]:
    """The six scores, the highest first and the unknown last: title, score, what it means."""
    lang = language()
    rows = []
    for name in rules.SCORES:
        scale = catalog.scales().scale(name)
        given: int | None = getattr(found.technology, name)
        meaning = scale.level(given).name.in_(lang) if given is not None else ""
        rows.append((scale.title.in_(lang), given, meaning))
    return sorted(rows, key=lambda row: -1 if row[1] is None else row[1], reverse=True)


def reason(found: Candidate, confirmed: w.Criticality | None, own: str = "") -> str:
    """The sentences that say why a class is what it is, to be kept with it."""
    known = [
        _("{title} {score}").format(title=title, score=score)
        for title, score, _meaning in scored(found)
        if score is not None
    ]
    parts = [rule(found)]
    if known:
        parts.append(_("Scores: {scores}.").format(scores=list_text(known)))
    missing = [*found.of("unknown"), *found.of("open")]
    if missing:
        names = list_text([present.choice_label(q, language()) for q in missing])
        parts.append(_("Not known: {questions}.").format(questions=names))
    if confirmed is not None and confirmed is not found.judgement.proposed:
        name = present.choice_label(confirmed, language())
        parts.append(_("Judged to be class {name}.").format(name=name))
    if own.strip():
        parts.append(own.strip())
    return sentences(parts)


def conclude(
    register: Register,
    technology: str,
    *,
    core: bool,
    confirmed: w.Criticality | None = None,
    own: str = "",
) -> i.Technology:
    """End the interview in one act: registered with its class and reason, or set aside as not core.

    Without `confirmed` the proposed class stands. Raises `Invalid` and what `Register.change` raises.
    """
    now = register.get(technology, i.Technology)
    found = standing(now)
    chosen = confirmed or found.judgement.proposed
    text = reason(found, chosen, own)
    with register.act(text[:500], action="edit"):
        return register.change(
            now,
            status=w.TechnologyStatus.REGISTERED if core else w.TechnologyStatus.RETIRED,
            criticality_confirmed=chosen,
            criticality_reason=text,
            next_review=(now.next_review or rules.next_review(None, register.today, register.scale))
            if core
            else now.next_review,
        )


def differs(found: Candidate, confirmed: w.Criticality | None) -> bool:
    """Whether a judgement is another than the rule's, so that it needs a reason of its own."""
    return confirmed is not None and confirmed is not found.judgement.proposed


def elements(register: Register, technology: str) -> Sequence[i.Element]:
    """The know-how elements that were named so far."""
    return register.find(i.Element, technology=technology)
