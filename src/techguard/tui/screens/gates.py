"""What stands between a filled form and the register: the antitrust check, and facts only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from techguard import catalog
from techguard.domain.fields import FieldSpec
from techguard.domain.items import Item
from techguard.domain.kinds import KINDS
from techguard.domain.words import AntitrustReview, ConsultationKind, ConsultationStatus
from techguard.i18n import N_, _, language, list_text

from ..page import Page
from ..picker import Confirm
from ..prose import Prose
from .form import FormPage

Gate = Callable[[FormPage, dict[str, Any], Callable[[], None]], None]


def facts_only(page: FormPage, collected: dict[str, Any], go_on: Callable[[], None]) -> None:
    """Ask before conjecture or a person's profile is saved; the answer is the person's."""
    before = page.item
    texts = [
        value
        for name, value in collected.items()
        if isinstance(value, str) and value != getattr(before, name, "")
    ]
    found = catalog.unfactual(texts)
    if not found:
        go_on()
        return
    rules = catalog.fact_rules()
    said = [
        _("“{words}”: {rule}").format(words=list_text(list(words)), rule=rules[name].in_(language()))
        for name, words in found.items()
    ]
    answers = [("stay", _("Go back and write the fact")), ("save", _("These are facts: save"))]

    def answered(answer: str | None) -> None:
        if answer == "save":
            go_on()

    question = _("Only facts are kept here. Please look again:")
    page.app.push_screen(Confirm(question, answers, detail="\n".join(said)), answered)


_ASKED = frozenset({"kind", "status", "antitrust_review", "antitrust_reviewer", "antitrust_on"})


def antitrust(page: FormPage, collected: dict[str, Any], go_on: Callable[[], None]) -> None:
    """A dialogue with same-field firms goes by way of the antitrust check, unless that is complete. A form of
    a few fields cannot answer for it: there the register's own rule stands.
    """
    if _ASKED - collected.keys():
        go_on()
        return
    done = collected["antitrust_review"] is AntitrustReview.DONE
    complete = done and collected["antitrust_reviewer"] and collected["antitrust_on"]
    planned = (
        collected["antitrust_review"] is AntitrustReview.NEEDED
        and collected["status"] is ConsultationStatus.PENDING
    )
    if collected["kind"] is not ConsultationKind.DIALOGUE or complete or planned:
        go_on()
    else:
        page.tg.go_to(AntitrustPage(page.item_id, collected))


class AntitrustPage(FormPage):
    """The antitrust check of a dialogue: a step of its own, after which the dialogue is saved."""

    NAME = N_("Antitrust check")
    ABOUT = N_(
        "Before you talk with firms of the same field, somebody looks at it under competition law. "
        "Needed: the dialogue may be planned, but not held. Done: say who looked at it, when, and which "
        "materials are shared (a pointer only). Ctrl+S saves the dialogue; Esc goes back to it."
    )

    def __init__(
        self, item_id: str, rest: Mapping[str, Any], *, draft: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__("consultation", item_id, draft=draft)
        self.rest = dict(rest)
        self.overlay = {f.name: self.rest[f.name] for f in self.fields()}

    def trail(self) -> tuple[str, ...]:
        return _("Consultations"), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        item_id, rest = self.item_id, self.rest
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: AntitrustPage(item_id, rest, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        return tuple(f for f in KINDS["consultation"].editable if f.name.startswith("antitrust_"))

    def body(self) -> Iterable[Any]:
        why = _(
            "Firms of the same field that exchange prices, volumes, customers or plans may break the "
            "Antimonopoly Act, even with a good purpose. The guideline points to the JFTC's case book of "
            "20 November 2025 (information exchange, joint conduct, combination)."
        )
        yield Prose(why, id="antitrust-why")
        yield from super().body()

    def action_save(self) -> None:
        if self.form is None:
            return
        collected = self.form.collect()
        if collected is None:
            self.tg.say(_("Something is not right yet; the cursor is on it."), severity="warning")
        else:
            self.save({**self.rest, **collected})

    def leave(self, item: Item) -> None:
        """Past the form this step belongs to, which is saved with it."""
        self.tg.go_back()
        super().leave(item)


GATES: Mapping[str, Gate] = {"observation": facts_only, "consultation": antitrust}
"""The gate of each kind that has one."""
