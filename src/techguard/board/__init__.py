"""The board summary: composed as a plain document, set as pages, sealed.

    document = board.compose(register, redaction=RedactionLevel.R1, lang="ja")
    sealed = board.seal(board.render(document), board.new_password())

or, in one step that also keeps a record in the register, `board.produce`. Nothing readable touches the disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from techguard.domain.words import FileFormat, RedactionLevel
from techguard.domain.words import Language as Written
from techguard.i18n import Language

from .blocks import FORMS, Form
from .checking import Checked, check
from .delivery import Delivered, Delivery, deliver, format_of, named_for
from .document import BoardSummary
from .errors import NotEarlier
from .pages import lay_out, plain_text
from .sealing import Keys, PasswordUnusable, Sealed, check_chosen, check_password, new_password, seal, unseal
from .typeset import render, set_pages

if TYPE_CHECKING:
    from techguard.register import Register

__all__ = [
    "FORMS",
    "BoardSummary",
    "Checked",
    "Delivered",
    "Delivery",
    "FileFormat",
    "Form",
    "Keys",
    "NotEarlier",
    "PasswordUnusable",
    "RedactionLevel",
    "Sealed",
    "check",
    "check_chosen",
    "check_password",
    "compose",
    "deliver",
    "format_of",
    "lay_out",
    "named_for",
    "new_password",
    "plain_text",
    "produce",
    "render",
    "seal",
    "set_pages",
    "unseal",
]


def compose(
    register: Register,
    *,
    redaction: RedactionLevel = RedactionLevel.R1,
    lang: Language = "ja",
    review: str | None = None,
    matter: str | None = None,
    since: str | None = None,
    budget: int | None = None,
) -> BoardSummary:
    """The summary of a register as a plain document. Nothing that `redaction` hides is in it.

    `review`: the session it reports (reference or id); without it, the one in preparation or held last.
    `matter`: for R2, the engagement, technology or exposure it is about; without it, that of the worst
    exposure. `since`: the earlier session it is compared with; without it, the one held before. `budget`: the
    yen within which the plans are chosen; without it, those worth most. Raises `NotFound` and `NotEarlier`.
    """
    from .composition import compose_from
    from .gather import gather

    facts = gather(register, redaction=redaction, review=review, matter=matter, since=since, budget=budget)
    return compose_from(facts, redaction=redaction, language=Written(lang))


def produce(
    register: Register,
    delivery: Delivery,
    *,
    redaction: RedactionLevel = RedactionLevel.R1,
    lang: Language = "ja",
    review: str | None = None,
    matter: str | None = None,
    since: str | None = None,
    budget: int | None = None,
    form: Form = "a4",
) -> Delivered:
    """Compose a summary and deliver it. Raises `NotFound`, `NotEarlier`, and the errors of the disk."""
    from techguard.domain.items import Summary

    from .composition import compose_from
    from .gather import gather

    facts = gather(register, redaction=redaction, review=review, matter=matter, since=since, budget=budget)
    document = compose_from(
        facts, redaction=redaction, language=Written(lang), recipients=delivery.recipients
    )
    record = Summary(
        title=document.title.session or document.title.as_of.isoformat(),
        period=document.title.period,
        language=Written(lang),
        redaction=redaction,
        snapshot=document.record.snapshot,
        review=facts.review.id if facts.review else None,
    )
    return deliver(register, lay_out(document, lang, form), delivery, record)
