"""The closed lists that the command line offers, without loading the domain: help and completion are quick.

A test holds them against the domain.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from techguard.i18n import LANGUAGES, translator

if TYPE_CHECKING:
    from techguard.domain.fields import Choice
    from techguard.domain.words import Department

KINDS = (
    "technologies",
    "elements",
    "exposures",
    "ratings",
    "countermeasures",
    "estimates",
    "acceptances",
    "engagements",
    "agreements",
    "milestones",
    "variants",
    "assumptions",
    "comparisons",
    "counterparties",
    "reviews",
    "outcomes",
    "decisions",
    "answers",
    "checkitems",
    "consultations",
    "observations",
    "exclusions",
    "people",
    "summaries",
    "scales",
)

# What documents leave as; a package of evidence has a format of its own.
FILE_FORMATS = ("pdf", "html", "xlsx", "age", "html.age", "xlsx.age")

DEPARTMENTS = (
    "executive",
    "planning",
    "hr",
    "legal",
    "rnd",
    "production",
    "business",
    "security",
    "ip",
    "export",
    "procurement",
    "finance",
    "it",
    "other",
)

FORMATS = ("xlsx", "csv", "json")
REDACTIONS = ("R0", "R1", "R2", "R3")
READERS = ("counsel", "meti")
LAYOUTS = ("a4", "slides", "both")
SHELLS = ("bash", "zsh", "fish", "powershell")

C = TypeVar("C", bound="Choice")


def folded(text: str) -> str:
    """`text` without the differences of typing: width, case, outer spaces."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def chosen(choices: Iterable[C], typed: str) -> C | None:
    """The member that a person means by its value or its label in either language."""
    wanted = folded(typed)
    for choice in choices:
        labels = (translator(language).label(choice) for language in LANGUAGES)
        if wanted in {folded(str(choice)), *map(folded, labels)}:
            return choice
    return None


def department(typed: str) -> Department | None:
    """The department of that code or name."""
    from techguard.domain.words import Department

    return chosen(Department, typed)


def kind(typed: str) -> str | None:
    """The plural word of the kind of that name, in either language."""
    from techguard.domain.kinds import KINDS as ALL

    wanted = folded(typed)
    for found in ALL.values():
        labels = (
            translator(language).gettext(text)
            for language in LANGUAGES
            for text in (found.label, found.label_plural)
        )
        if wanted in {found.name, found.plural, *map(folded, labels)}:
            return found.plural
    return None


def gaps() -> tuple[str, ...]:
    """The codes of the gaps."""
    from techguard.domain.gaps import GAPS

    return tuple(gap.code for gap in GAPS)
