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
NOT_A_FIGURE = "This is not a number."
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
RANGE_FORM = (
    "Write three figures, lowest / most likely / highest, or two, low ~ high, that hold nine times in ten."
)
RANGE_ORDER = "The figures of a range must not fall from low to high."
RANGE_POSITIVE = "A 90% interval lies above zero. Give low, most likely and high where it begins at zero."
RANGE_WIDE = "A 90% interval spans at most a factor of 10,000. Give a narrower one."
LOSS_MISSING = "Give at least one form of loss, or catch-up years with the margin of a year."
LEAD_HALF = "Give catch-up years and the margin of a year together, or neither."
LOSS_TWICE = (
    "Give lost competitive advantage once: as a loss, or as catch-up years with the margin of a year."
)
DOES_NOT_FIT = "This value does not fit."

MESSAGES = (
    REQUIRED,
    TOO_LONG,
    TOO_SMALL,
    TOO_LARGE,
    NOT_A_NUMBER,
    NOT_A_FIGURE,
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
    RANGE_FORM,
    RANGE_ORDER,
    RANGE_POSITIVE,
    RANGE_WIDE,
    LOSS_MISSING,
    LOSS_TWICE,
    LEAD_HALF,
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
    "range_form": RANGE_FORM,
    "range_order": RANGE_ORDER,
    "range_positive": RANGE_POSITIVE,
    "range_wide": RANGE_WIDE,
    "loss_missing": LOSS_MISSING,
    "loss_twice": LOSS_TWICE,
    "lead_half": LEAD_HALF,
    "taken": NUMBER_TAKEN,
    "not_there": NOT_THERE,
    "float_parsing": NOT_A_FIGURE,
    "float_type": NOT_A_FIGURE,
    "finite_number": NOT_A_FIGURE,
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
        super().__init__(fields=self.names, **facts)


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


class NotAllowed(TechguardError):
    """The person's access does not cover what they asked for. Facts: `access` (a label)."""

    what = "Your access to this register is “{access}”, which does not include this change."
    next_step = "Ask an editor to make it, or to give you another access."


class MayOnlyRead(NotAllowed):
    """A reader opened the register for writing. Facts: `access` (a label)."""

    exit_code = 6
    what = "Your access to this register is “{access}”: you can open it for reading only."
    next_step = "Open it for reading only, or ask an editor for another access."


class NoAccess(TechguardError):
    """The register's history says that this person has no access (any more)."""

    what = "Your access to this register was ended."
    next_step = "Ask an editor of the register."


class LastEditor(TechguardError):
    """Without this person nobody could change the register. Facts: `name`."""

    what = "{name} is the last person who can change this register and open it."
    next_step = "Make somebody else an editor first, and let them open the vault once."


class StillHasAccess(TechguardError):
    """An entry of a person who can open the vault cannot be removed. Facts: `ref`."""

    what = "{ref} can still open this vault."
    next_step = "End the access first: techguard people VAULT remove."


class NobodyThere(TechguardError):
    """Nobody in the register has this name or number. Facts: `name`."""

    what = "There is nobody called {name} in this register."
    next_step = "techguard people VAULT list shows who there is."


class HasAccess(TechguardError):
    """Somebody who opens the vault already was to be let in. Facts: `name`."""

    what = "{name} can open this vault already."
    next_step = "Change what they may do with: techguard people VAULT access"


class HasNoAccess(TechguardError):
    """Somebody without access was to lose it or get another. Facts: `name`."""

    what = "{name} has no access to this vault."
    next_step = "techguard people VAULT list shows who has."


class CodeInUse(TechguardError):
    """The recovery code that opened the vault was to be revoked."""

    what = "This recovery code has just opened the vault."
    next_step = "Set a new passphrase first and open the vault with it, then revoke the code."


class NotYourself(TechguardError):
    """Nobody ends their own access."""

    what = "Nobody ends their own access."
    next_step = "Let another editor do it."


class ReasonNeeded(TechguardError):
    """What is done for good was to be done without a reason."""

    what = "Say why: the reason stays in the history for as long as the register is kept."
    safe = "Nothing was changed."
    next_step = "Do it again with a reason, for example: retention period of ten years is over."


class Pruned(TechguardError):
    """An act that was to be taken back concerns an entry that was pruned. Facts: `seq`, `ref`."""

    what = "Act {seq} cannot be taken back: the values of {ref} were pruned since, and are gone."
    safe = "Nothing was changed."
    next_step = "What is needed again has to be entered anew."


class PrunedInUse(TechguardError):
    """One copy pruned what the other still uses. Facts: `refs`."""

    what = "One of the two copies pruned entries that are still in use in the other: {refs}."
    safe = "Nothing was changed, in neither of the two copies."
    next_step = (
        "What was pruned is gone and stays so. In the copy that still uses it take these entries out, prune "
        "there as well, and merge again; what is still needed has to be entered anew first."
    )


class ReadOnly(TechguardError):
    """The register was opened for reading only."""

    what = "This register is open for reading only."
    next_step = "Close it and open it again when nobody else is writing."


class AnotherVault(TechguardError):
    """What was given to merge is no copy of this vault. Facts: `path`."""

    what = "{path} is not a copy of this vault: it was made on its own."
    safe = "Nothing was changed, in neither of the two."
    next_step = "To take over entries from another vault, export them there and import them here."


class SameCopy(TechguardError):
    """A vault was to be merged with itself. Facts: `path`."""

    what = "{path} is this vault itself."
    next_step = "Name the folder of the other copy."


class NothingInCommon(TechguardError):
    """The histories of two vaults with one id do not begin with the same act. Facts: `path`."""

    exit_code = 4
    what = "The history of {path} does not begin as this one does, although it says it is the same vault."
    safe = "Nothing was changed, in neither of the two."
    next_step = "Compare both with the newest backup: one of them was not made by this program."


class OtherDamaged(TechguardError):
    """Something is wrong with the copy that was to be merged. Facts: `path`, `finding`."""

    exit_code = 4
    what = "The copy {path} is not whole: {finding}"
    safe = "Nothing of it was taken over."
    next_step = "Run techguard verify on it, and use another copy or a backup."


class OtherUnfinished(TechguardError):
    """A change in the copy that was to be merged was cut off. Facts: `path`."""

    what = "The last change in the copy {path} was cut off, and it has not been opened since."
    safe = "It was not touched: a copy that is taken in is never written."
    next_step = "Open it once with techguard, which sets it right, and merge again."


class ConflictsOpen(TechguardError):
    """Both copies hold different values, and nobody has settled which stands. Facts: `count`."""

    exit_code = 1
    what = "{count} conflicts are not settled."
    safe = "Nothing was changed, in neither of the two copies."
    next_step = "Settle them one by one on the screen, or give a rule with --prefer."


class RemovedActed(TechguardError):
    """Who has no access any more acted in the other copy: it is taken in only on purpose. Facts: `names`."""

    exit_code = 1
    what = "People who have no access here any more acted there: {names}."
    safe = "Nothing was changed, in neither of the two copies."
    next_step = "Look at what they did. To take it over: their line on the screen, or --accept-removed."


class ScalesApart(TechguardError):
    """Both copies got a scale of their own, and one does not follow from the other."""

    what = "In both copies an own scale was brought in, and ratings cannot be carried from one to the other."
    safe = "Nothing was changed, in neither of the two copies."
    next_step = "Undo the change of scale in one of the copies, then merge again."
