"""What the register refuses, and why. One class is one situation; all are exit code 5."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from techguard.errors import TechguardError


class NotFound(TechguardError):
    """Nothing has this reference. Facts: `ref`."""

    what = "There is no entry {ref} in this register."
    next_step = "Check the number; techguard list shows what there is."


class UnknownField(TechguardError):
    """A kind has no such field. Facts: `name`, `kind`."""

    what = "{kind} has no field {name}."
    next_step = "The field names stand in the reference of the file formats."


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field. `message` is a message id with named facts, `field_label` one without."""

    field: str
    message: str
    field_label: str = ""
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.field}: {self.message.format(**self.facts)}"


class Invalid(TechguardError):
    """A value does not fit its field. Facts: `title`, `details`; `problems` lists them one by one."""

    what = "This cannot be kept as it is: {details}"
    next_step = "Correct the field and save again."

    def __init__(self, problems: Sequence[Problem], **facts: object) -> None:
        self.problems = tuple(problems)
        super().__init__(details=self.problems, **facts)


REQUIRED = "This field is needed."
TOO_LONG = "At most {max_length} characters."
TOO_SMALL = "Not less than {minimum}."
TOO_LARGE = "Not more than {maximum}."
NOT_A_NUMBER = "This is not a whole number."
NOT_A_DATE = "This is not a date. Write it as 2026-11-23."
NOT_A_CHOICE = "This is not one of the choices."
NOT_THERE = "What this refers to is not in the register."
NUMBER_TAKEN = "Another entry has this number."
NOT_A_NUMBER_OF_THIS_KIND = "This is not a number of this kind of entry."
EXPIRES_FIRST = "An acceptance must expire after the day it is given."
NEEDS_ANTITRUST = "A dialogue with same-field firms needs an antitrust review first."
ANTITRUST_FIRST = "A dialogue is not held before its antitrust review is done."
ANTITRUST_WHO = "An antitrust review that is done names who looked at it, and when."
SAY_WHY = "Write why it is not as proposed."
SCALE_STEPS = "From 3 to 6 steps, one a line, each with a name of its own."
SCALE_LINES = "Write {lines} lines, or none."
SCALE_MATRIX = "Write {rows} lines with {columns} levels from 1 to 5 in each."
SCALE_FALLS = "A level must not fall when likelihood or impact rises."
SCALE_ORDER = "The board accepts from the officer's level or higher, and danger begins above watch."
SCALE_CARRY = "Write old step → new step, for example 5 → 4, within the steps of both scales."
NOT_ON_THE_SCALE = "The scale in force has steps 1 to {maximum}."
DOES_NOT_FIT = "This value does not fit."

MESSAGES = (
    REQUIRED,
    TOO_LONG,
    TOO_SMALL,
    TOO_LARGE,
    NOT_A_NUMBER,
    NOT_A_DATE,
    NOT_A_CHOICE,
    NOT_THERE,
    NUMBER_TAKEN,
    NOT_A_NUMBER_OF_THIS_KIND,
    EXPIRES_FIRST,
    NEEDS_ANTITRUST,
    ANTITRUST_FIRST,
    ANTITRUST_WHO,
    SAY_WHY,
    SCALE_STEPS,
    SCALE_LINES,
    SCALE_MATRIX,
    SCALE_FALLS,
    SCALE_ORDER,
    SCALE_CARRY,
    NOT_ON_THE_SCALE,
    DOES_NOT_FIT,
)
"""Every sentence a `Problem` may carry (message ids)."""

_BY_TYPE = {
    "missing": REQUIRED,
    "string_too_short": REQUIRED,
    "none_required": REQUIRED,
    "string_too_long": TOO_LONG,
    "too_long": TOO_LONG,
    "greater_than_equal": TOO_SMALL,
    "less_than_equal": TOO_LARGE,
    "int_parsing": NOT_A_NUMBER,
    "int_type": NOT_A_NUMBER,
    "int_from_float": NOT_A_NUMBER,
    "decimal_parsing": NOT_A_NUMBER,
    "decimal_type": NOT_A_NUMBER,
    "date_parsing": NOT_A_DATE,
    "date_type": NOT_A_DATE,
    "date_from_datetime_parsing": NOT_A_DATE,
    "date_from_datetime_inexact": NOT_A_DATE,
    "datetime_parsing": NOT_A_DATE,
    "datetime_from_date_parsing": NOT_A_DATE,
    "enum": NOT_A_CHOICE,
    "bool_parsing": NOT_A_CHOICE,
    "scale_steps": SCALE_STEPS,
    "scale_lines": SCALE_LINES,
    "scale_matrix": SCALE_MATRIX,
    "scale_falls": SCALE_FALLS,
}
_BY_TEXT = {
    "expire after": EXPIRES_FIRST,
    "needs an antitrust": NEEDS_ANTITRUST,
    "not held before": ANTITRUST_FIRST,
    "names who looked": ANTITRUST_WHO,
    "thresholds must rise": SCALE_ORDER,
}


def problems_of(error: ValidationError, labels: Mapping[str, str]) -> list[Problem]:
    """What pydantic found, as our sentences; `labels` names the fields. Values may be secret: left out."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        context = detail.get("ctx", {})
        message = _BY_TYPE.get(detail["type"])
        if message is None:
            message = next((m for piece, m in _BY_TEXT.items() if piece in detail["msg"]), DOES_NOT_FIT)
        facts = {
            "max_length": context.get("max_length", ""),
            "minimum": context.get("ge", ""),
            "maximum": context.get("le", ""),
            "lines": context.get("lines", ""),
            "rows": context.get("rows", ""),
            "columns": context.get("columns", ""),
        }
        found.append(Problem(name, message, labels.get(name, name), facts))
    return found


class Conflict(TechguardError):
    """Someone changed the same fields in between. Facts: `ref`, `fields`; `names` lists them."""

    what = "{ref} was changed in the meantime: {fields}."
    safe = "What you typed was not saved; the newer version in the register was kept."
    next_step = "Look at the newer version, then make your change again."

    def __init__(self, *, names: Sequence[str], **facts: object) -> None:
        self.names = tuple(names)
        super().__init__(fields=", ".join(names), **facts)


class InUse(TechguardError):
    """Other entries refer to what should be removed. Facts: `ref`, `others`."""

    what = "{ref} cannot be removed: {others} refer to it."
    next_step = "Remove those first, or remove it together with what belongs to it."


class Evidence(TechguardError):
    """A rating, an acceptance, an answer: added to, never changed. Facts: `ref`."""

    what = "{ref} is evidence and is never changed."
    next_step = "Add a new one; the newest counts."


class UntestedControl(TechguardError):
    """A likelihood lower than tested controls allow (domain.md §6c.5). Facts: `lowest`, `inherent`."""

    what = "Likelihood cannot go below {lowest}: it is {inherent} before controls; only tests lower it."
    next_step = "Test a countermeasure of this exposure and record the result, or rate it as a target."


class UntestedHope(TechguardError):
    """A variant assumes a likelihood that only an untested measure could bring (domain.md §6c.5). Facts:
    `lowest`, `start`.
    """

    what = "Likelihood cannot go below {lowest}: the rating it starts from is {start}; only tests lower it."
    next_step = "Disclose less, test a countermeasure of this exposure, or rate the exposure anew first."


class NothingToCompare(TechguardError):
    """A deal without technologies or exposures has no rows to compare. Facts: `ref`."""

    what = "{ref} names no technology, and no exposure belongs to it: there is nothing to compare."
    next_step = "Edit the engagement and name the technologies concerned."


class Undecidable(TechguardError):
    """Go needs a variant that goes. Facts: `ref`."""

    what = "{ref} cannot be decided yet: no variant is chosen."
    next_step = "Add a variant with F2 and choose the one that was decided for."


class NotEntitled(TechguardError):
    """The role may not accept the level (domain.md §6c.7). Facts: `level`, `officer`, `board`."""

    what = "Level {level} cannot be accepted in this role."
    next_step = (
        "From level {officer} an executive officer accepts, from level {board} the board of directors."
    )


class NothingToAccept(TechguardError):
    """An unrated exposure cannot be accepted. Facts: `ref`."""

    what = "{ref} has no rating, so there is no level to accept."
    next_step = "Rate it first."


class DecisionsOpen(TechguardError):
    """A session closes only when each of its decisions has an owner and a due date. Facts: `others`."""

    what = "The session cannot be closed yet: {others} has no owner or no due date."
    next_step = "Give each decision an owner and a due date, or withdraw it."


class AgendaOpen(TechguardError):
    """A session closes only when each item was settled, be it by deferring it. Facts: `count`."""

    what = "The session cannot be closed yet: {count} items of its agenda are not settled."
    next_step = "Settle them, or defer them to the next session."


class SessionClosed(TechguardError):
    """A closed session is evidence. Facts: `ref`."""

    what = "{ref} is closed and signed off; it is never changed."
    next_step = "Record what is new in the next session."


class NothingToUndo(TechguardError):
    """There is nothing left to undo or redo."""

    what = "There is nothing left to undo."


class CannotUndo(TechguardError):
    """Later changes stand on what should be undone. Facts: `seq`, `ref`, `later`."""

    what = "Act {seq} cannot be undone: act {later} changed {ref} again after it."
    next_step = "Undo act {later} first."


class ReferredTo(CannotUndo):
    """After undoing, an entry would refer to one that is not there. Facts: `seq`, `ref`."""

    what = "Act {seq} cannot be undone: {ref} would then refer to an entry that is not there."
    next_step = "Undo the later change first, or change {ref}."


class ReadOnly(TechguardError):
    """The register was opened for reading only."""

    what = "This register is open for reading only."
    next_step = "Close it and open it again when nobody else is writing."
