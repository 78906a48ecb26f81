"""Doing what a plan says, through the one door and in one act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from techguard.i18n import Language, translator
from techguard.store.collecting import uncollected

from .errors import ToSettle
from .plan import Plan
from .report import Report, report, sentence_of

if TYPE_CHECKING:
    from techguard.register import Register


@uncollected()
def apply(plan: Plan, register: Register, *, good_rows: bool = False, lang: Language | None = None) -> Report:
    """Write a plan into the register: everything or nothing, in one history entry.

    Raises `ToSettle` while anything must be settled, unless `good_rows` asks for all other rows; and what
    `Register.act` raises.
    """
    lang = lang or plan.mapping.language
    if plan.to_settle and not good_rows:
        first = plan.to_settle[0]
        t = translator(lang)
        place = t.labelled(
            f"{first.sheet} {first.column}{first.row}", t.labelled(first.value, sentence_of(first, t))
        )
        raise ToSettle(count=len(plan.to_settle), first=place)
    if plan.items or plan.changes:
        with register.act(f"{plan.source.name} (SHA-256 {plan.source.digest[:16]}…)", action="import"):
            register.bulk(plan.items)
            for item, fields in plan.changes:
                register.change(item, **fields)
    return report(plan, lang, applied=True)
